"""`verify_groups`: what is wrong in groups, or in what is claimed of them, is found; and what a search may be told."""

from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve

from benchmarks.group_cases import group_case
from taskmentor.errors import CostRangeError, InputError
from taskmentor.matching.groups import (
    GroupPolicy,
    GroupProblem,
    GroupSearch,
    GroupSolution,
    Proof,
    solve_groups,
    verify_groups,
)
from taskmentor.matching.groups.problem import GroupPerson, GroupTopic, PossibleExpert, PossibleMember
from taskmentor.matching.progress import Progress
from taskmentor.matching.solution import Status
from taskmentor.models.people import PersonId

QUICK = GroupSearch(rounds=2, steps=20, most_whole=0)


@pytest.fixture(scope="module")
def case() -> GroupProblem:
    return group_case("skills", seed=5, people=70)


@pytest.fixture(scope="module")
def found(case: GroupProblem) -> GroupSolution:
    return solve_groups(case, QUICK)


def test_groups_as_they_were_formed_hold(case: GroupProblem, found: GroupSolution) -> None:
    """Would be broken: everything else here."""
    verdict = verify_groups(case, found)
    assert verdict.ok
    assert (verdict.value, verdict.bound) == (found.value, found.priced_bound)
    assert len(found.groups) > 2


def _group(found: GroupSolution, **changes: object) -> GroupSolution:
    return evolve(found, groups=(evolve(found.groups[0], **changes), *found.groups[1:]))  # type: ignore[arg-type]


TAMPERED: dict[str, Callable[[GroupSolution], GroupSolution]] = {
    "is claimed": lambda found: evolve(found, value=found.value + 1),
    "the prices prove": lambda found: evolve(found, priced_bound=found.priced_bound - 1),
    "below what the prices prove": lambda found: evolve(found, bound=found.priced_bound - 1, proof=Proof.PRICES),
    "below the value": lambda found: evolve(found, bound=found.value - 1),
    "the status is optimal": lambda found: evolve(found, status=Status.OPTIMAL, bound=found.value + 1),
    "not those who are in no group": lambda found: evolve(found, left_out=found.left_out[1:]),
    "unknown topic": lambda found: _group(found, topic_id="nothing"),
    "unknown p-none": lambda found: _group(found, members=(PersonId("p-none"),)),
    "unknown here as a member": lambda found: _group(found, members=found.groups[0].experts),
    " members": lambda found: _group(found, members=found.groups[0].members[:2]),
    "0 experts": lambda found: _group(found, experts=()),
    "it has no slot": lambda found: _group(found, slot=None),
    "there is no such slot": lambda found: _group(found, slot=99),
    "can come": lambda found: _group(found, slot=(found.groups[0].slot or 0) + 1),
    "the facilitator": lambda found: _group(found, facilitator=found.groups[0].members[0]),
    "is a member 2 times": lambda found: evolve(found, groups=(*found.groups, found.groups[0])),
    "in 2 groups at slot": lambda found: evolve(found, groups=(*found.groups, found.groups[0])),
    "twice a member": lambda found: evolve(found, groups=(*found.groups, found.groups[0])),
    "prices prove 4,611": lambda found: evolve(found, prices=evolve(found.prices, group=-1)),
}


@pytest.mark.parametrize("problem", TAMPERED)
def test_what_is_wrong_is_found(case: GroupProblem, found: GroupSolution, problem: str) -> None:
    """Would be broken: a check that cannot fail."""
    faults = verify_groups(case, TAMPERED[problem](found)).faults
    assert any(problem in fault for fault in faults), faults


STRICTER: dict[str, Callable[[GroupProblem], GroupProblem]] = {
    "departments": lambda case: evolve(case, policy=evolve(case.policy, min_departments=10)),
    "levels": lambda case: evolve(case, policy=evolve(case.policy, min_levels=9)),
    "levels from": lambda case: evolve(case, policy=evolve(case.policy, max_level_spread=0)),
    "below a member's target": lambda case: evolve(
        case, members=evolve(case.members, target=np.full_like(case.members.target, 99))
    ),
    "a skill has no expert": lambda case: evolve(
        case, policy=evolve(case.policy, every_skill=True), n_skills=np.full_like(case.n_skills, 9)
    ),
    "there are": lambda case: evolve(case, policy=evolve(case.policy, max_groups=1)),
    "sizes go from": lambda case: evolve(case, policy=evolve(case.policy, max_size_difference=0)),
}


@pytest.mark.parametrize("problem", STRICTER)
def test_demands_that_are_broken_are_named(case: GroupProblem, found: GroupSolution, problem: str) -> None:
    """Would be broken: groups of one policy passed off as those of another."""
    sizes = sorted(found.groups, key=lambda group: len(group.members))
    assert len(sizes[0].members) < len(sizes[-1].members)
    faults = verify_groups(STRICTER[problem](case), found).faults
    assert any(problem in fault for fault in faults), faults


def test_company_is_checked(case: GroupProblem, found: GroupSolution) -> None:
    """Would be broken: people who must be apart, or together."""
    place = {str(one): number for number, one in enumerate(case.ids)}
    one, other = (place[person] for person in found.groups[0].members[:2])
    stranger = place[found.groups[1].members[0]]
    apart = evolve(case, apart=np.array([sorted((one, other))], np.int32))
    torn = evolve(case, together=(tuple(sorted((one, stranger))),))
    assert any("kept apart" in fault for fault in verify_groups(apart, found).faults)
    assert any("torn" in fault for fault in verify_groups(torn, found).faults)


def test_the_search_tells_of_itself_and_stops_in_time(case: GroupProblem) -> None:
    """Would be broken: progress, the limit of time, and the status that tells of it."""
    told: list[Progress] = []
    found = solve_groups(case, GroupSearch(seconds=1e-6, watch=told.append))
    assert found.status is Status.TIME_LIMIT
    assert verify_groups(case, found).ok
    assert {one.phase for one in told} == {"prices"}


def test_points_beyond_the_exact_range_are_refused() -> None:
    """Would be broken: exactness; CP-SAT compares objectives as floats."""
    people = [GroupPerson(id=PersonId(f"p-{n}"), member_limit=1_000_000, expert_capacity=1_000_000) for n in range(900)]
    rows = [PossibleMember(person_id=one.id, topic_id="t", points=1_000_000) for one in people]
    helpers = [PossibleExpert(person_id=one.id, topic_id="t", points=1_000_000) for one in people]
    policy = GroupPolicy(groups_per_person=100, member_points=1_000_000, expert_cost=1_000_000)
    problem = GroupProblem.build(policy, people, [GroupTopic(id="t")], rows, helpers)
    with pytest.raises(CostRangeError, match="COST-RANGE"):
        solve_groups(problem)


def test_faults_of_what_is_given_are_told_at_once() -> None:
    """Would be broken: mending one fault after the other."""
    person = GroupPerson(id=PersonId("p-1"), member_limit=-1, slots=frozenset({-1}))
    row = PossibleMember(person_id=PersonId("p-2"), topic_id="u", points=True)
    with pytest.raises(InputError) as refused:
        GroupProblem.build(
            GroupPolicy(together=[["p-1", "p-9"]]), [person, person], [GroupTopic(id="t", n_skills=-1)], [row, row]
        )
    assert [(fault.code, fault.table, fault.column) for fault in refused.value.faults] == [
        ("DUPLICATE-ID", "people", "id"),
        ("DUPLICATE-ID", "members", "person_id"),
        *[("UNKNOWN-ID", "members", column) for _ in range(2) for column in ("person_id", "topic_id")],
        ("UNKNOWN-ID", "groups", "together"),
        *[("OUT-OF-RANGE", "people", column) for _ in range(2) for column in ("member_limit", "slots")],
        ("OUT-OF-RANGE", "topics", "n_skills"),
        *[("OUT-OF-RANGE", "members", "points")] * 2,
    ]


def test_nobody_and_nothing_is_an_empty_answer() -> None:
    """Would be broken: organisations in which nobody lacks anything."""
    found = solve_groups(GroupProblem.build(GroupPolicy(), [], [], []))
    assert (found.groups, found.left_out, found.value, found.bound, found.gap_per_cent) == ((), (), 0, 0, 0.0)
    assert found.status is Status.OPTIMAL


def test_numbers_that_no_column_holds_are_refused() -> None:
    """Would be broken: a target that was cut off to another number, and a skill that is none."""
    people = [GroupPerson(id=PersonId("p-1"))]
    member = PossibleMember(person_id=PersonId("p-1"), topic_id="t", target=2**40)
    expert = PossibleExpert(person_id=PersonId("p-1"), topic_id="t", skills=frozenset({-1, 70}))
    with pytest.raises(InputError) as refused:
        GroupProblem.build(GroupPolicy(), people, [GroupTopic(id="t")], [member], [expert])
    assert [(fault.code, fault.table, fault.column) for fault in refused.value.faults] == [
        ("OUT-OF-RANGE", "members", "target"), *[("OUT-OF-RANGE", "experts", "skills")] * 2,
    ]  # fmt: skip


def test_ids_with_spaces_are_not_taken_for_others() -> None:
    """`a b` in `c` is not `a` in `b c`."""
    rows = [PossibleMember(person_id=PersonId(one), topic_id=topic) for one, topic in (("a b", "c"), ("a", "b c"))]
    people = [GroupPerson(id=row.person_id) for row in rows]
    topics = [GroupTopic(id=row.topic_id) for row in rows]
    assert len(GroupProblem.build(GroupPolicy(), people, topics, rows).members.person) == 2
