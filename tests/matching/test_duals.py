"""Duals and the bound that they prove."""

import numpy as np
import pytest

from taskmentor.matching.duals import Duals, bound, pinned_value, priced, total
from taskmentor.matching.flow import Flow
from taskmentor.matching.plan import certificate_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.rules import Qualified
from taskmentor.matching.scorers import LevelFit
from taskmentor.matching.solution import solve
from tests.organisations import ON, PeopleRows, organisation


def test_the_bound_is_the_sum_of_all_limited_prices_in_whole_numbers_that_do_not_overflow() -> None:
    """Would be broken: the arithmetic of every proof."""
    problem = Problem.from_scores(
        np.ones((2, 2), np.int64), mentee=np.array([0, 0]), limit=np.array([3]), capacity=np.array([0, 5])
    )
    duals = Duals(request=np.array([1, 2]), mentee=np.array([10]), mentor=np.array([99, 100]))
    assert bound(problem, duals) == 1 + 2 + 3 * 10 + 0 * 99 + 5 * 100
    assert priced(np.full(3, 2**62), np.full(3, 999, np.int32)) == 3 * 999 * 2**62
    assert total(np.full(3, 2**62)) == 3 * 2**62
    assert total(np.array([-(2**63), -1])) == -(2**63) - 1
    assert total(np.zeros(0, np.int64)) == 0


def test_prices_of_people_without_places_are_raised_for_free() -> None:
    """Would be broken: certificates of plans in which somebody's limit or capacity is 0."""
    problem = Problem.from_scores(
        np.array([[7, 1], [1, 1]]), limit=np.array([0, 1]), capacity=np.array([0, 1]), objective="score"
    )
    none = Duals(request=np.zeros(2, np.int64), mentee=np.array([0, 1]), mentor=np.zeros(2, np.int64))
    covering = none.covering(problem)
    assert covering.mentee.tolist() == [7, 1]
    assert covering.mentor.tolist() == [7, 0]
    assert bound(problem, covering) == bound(problem, none) == 1


def test_a_certificate_does_not_list_people_who_hold_no_place_and_no_skill() -> None:
    """Would be broken: the size of a certificate; most of an organisation offers no place."""
    people: PeopleRows = {"mia": {}, "ann": {"capacity": 1}, **{f"p{number}": {} for number in range(20)}}
    whole = organisation(people, knows={"ann": {"sql": 3}, "p1": {"sql": 5}}, wants={"mia": {"sql": 2}})
    problem = daily_problem(whole, Policy(rules=(Qualified(),)), on=ON)
    assert len(certificate_of(problem, solve(problem, Flow()))) <= 2


@pytest.mark.parametrize("objective", ["requests-then-score", "score"])
def test_pins_are_worth_what_they_are_worth(objective: str) -> None:
    """Would be broken: the part of the bound that no price covers, also where a pin has points below 0."""
    people: PeopleRows = {"mia": {}, "ann": {"capacity": 1}}
    pins = [{"mentee_id": "mia", "mentor_id": "ann"}]
    whole = organisation(people, knows={"ann": {"sql": 3}}, wants={"mia": {"sql": 2}}, pins=pins)
    policy = Policy(rules=(), scorers=(LevelFit(weight=-1),), objective=objective)  # type: ignore[arg-type]
    problem = daily_problem(whole, policy, on=ON)
    assert pinned_value(problem) == problem.count_weight - 100
    solution = solve(problem, Flow())
    assert (solution.value, solution.bound, solution.score) == (problem.count_weight - 100, solution.value, -100)


def test_prices_add_up_and_change_their_measure() -> None:
    """Would be broken: proofs that are put together from prices of pairs and a cover of 0 and 1."""
    duals = Duals(request=np.array([6, 0]), mentee=np.array([12]), mentor=np.array([18, 2**40 * 6]))
    points = duals.measured(6, 5)
    assert [points.request.tolist(), points.mentee.tolist(), points.mentor.tolist()] == [[5, 0], [10], [15, 5 * 2**40]]
    cover = Duals(request=np.array([0, 1]), mentee=np.array([1]), mentor=np.array([0, 1]))
    both = points.plus(cover, 2**41)
    assert [both.request.tolist(), both.mentee.tolist()] == [[5, 2**41], [10 + 2**41]]
    assert both.mentor.tolist() == [15, 7 * 2**40]
