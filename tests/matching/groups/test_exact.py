"""Groups against brute force: on hundreds of small cases, each demand alone and all together, compared with `==`."""

import pytest

from taskmentor.matching.groups import GroupReason, GroupSearch, Proof, solve_groups, verify_groups
from taskmentor.matching.groups.reasons import lifted
from taskmentor.matching.solution import Status
from tests.matching.groups.brute_force import SmallCase, best_worth, lawful_circles
from tests.matching.groups.random_cases import DEMANDS, small_case

USUAL = range(8)


def _agrees(case: SmallCase) -> None:
    best = best_worth(case)
    problem = case.problem()
    found = solve_groups(problem)
    assert found.value == found.bound == best
    assert found.status is Status.OPTIMAL
    assert found.start_value <= best <= found.priced_bound
    assert verify_groups(problem, found).faults == ()


@pytest.mark.parametrize("demand", DEMANDS)
def test_the_best_groups_are_found_and_no_bound_is_below_them(demand: str) -> None:
    """Would be broken: a demand that is overlooked, or read differently than it is meant; points; the bound."""
    for number in USUAL:
        _agrees(small_case(demand, number))


@pytest.mark.long
@pytest.mark.parametrize("demand", DEMANDS)
def test_the_best_groups_are_found_in_many_more_cases(demand: str) -> None:
    """Would be broken: what happens once in a hundred cases."""
    for number in range(len(USUAL), 200):
        _agrees(small_case(demand, number))


@pytest.mark.parametrize("demand", DEMANDS)
def test_groups_formed_a_few_at_a_time_are_lawful_and_within_the_bound(demand: str) -> None:
    """Would be broken: what large problems are solved with, where each step sees a part only."""
    for number in range(3):
        case = small_case(demand, number)
        found = solve_groups(case.problem(), GroupSearch(most_whole=0, rounds=6))
        assert found.start_value <= found.value <= best_worth(case) <= found.bound
        assert found.proof is Proof.PRICES
        assert verify_groups(case.problem(), found).faults == ()


@pytest.mark.parametrize("demand", DEMANDS)
def test_the_order_of_rows_does_not_matter(demand: str) -> None:
    """Would be broken: groups that change when a table is sorted anew."""
    case = small_case(demand, 3)
    one, other = solve_groups(case.problem()), solve_groups(case.problem(reverse=True))
    assert one.groups == other.groups
    assert one.left_out == other.left_out


def _around(case: SmallCase, person_id: str) -> bool:
    """Return whether some lawful group has somebody as a member, by brute force."""
    return any(person_id in circle.members for circle in lawful_circles(case))


@pytest.mark.parametrize("demand", DEMANDS)
def test_reasons_are_true(demand: str) -> None:
    """Would be broken: what those who are left out are told; each reason is put to the test by brute force."""
    for number in range(4):
        case = small_case(demand, number)
        found = solve_groups(case.problem())
        limit = {person.id: min(person.member_limit, case.policy.groups_per_person) for person in case.people}
        helping = {person.id for person in case.people if person.expert_capacity}
        able = tuple(row for row in case.members if limit[row.person_id])
        helped = tuple(row for row in case.experts if row.person_id in helping)
        for person in found.left_out:
            reason, person_id = person.reason, person.person_id
            assert (reason is GroupReason.NO_PLACE) == (limit[person_id] == 0)
            if reason is not GroupReason.NO_PLACE:
                alone = SmallCase(
                    policy=case.policy, people=case.people, topics=case.topics, members=able, experts=helped,
                    met=case.met, apart=case.apart,
                )  # fmt: skip
                assert (reason is GroupReason.WORTH_LESS) == _around(alone, person_id)
            if reason not in (GroupReason.NO_PLACE, GroupReason.WORTH_LESS, GroupReason.SEVERAL):
                easier = solve_groups(lifted(case.problem(), reason), GroupSearch(rounds=0))
                assert easier.value >= found.value
