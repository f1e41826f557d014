"""The facts about requests without a mentor, each by what it says; the counts are tested beside `counting`."""

import numpy as np
import pytest
from attrs import evolve

from taskmentor.matching.counting import count
from taskmentor.matching.facts import FREE, FULL, NONE, UNKNOWN, Facts, Standing, Tally, facts_of
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import find_mentors, find_request, pool_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Arcs, Problem, daily_problem
from taskmentor.matching.rules import NotManager, Qualified
from taskmentor.matching.scorers import OtherDepartment
from taskmentor.matching.solution import Solution, solve
from tests.organisations import ON, PeopleRows, organisation

PEOPLE: PeopleRows = {
    "ann": {"capacity": 2},
    "bob": {"capacity": 1},
    "cat": {"capacity": 0},
    "dan": {"capacity": 0},
    "mia": {"manager_id": "ann", "department": "a"},
    "pat": {"mentee_limit": 3},
}


def small(policy: Policy, **tables: list[dict[str, object]]) -> tuple[Problem, Solution]:
    """Return mia and pat, who want sql from ann and bob; cat offers no place, and dan none beside the one he has."""
    whole = organisation(
        PEOPLE,
        knows={"ann": {"sql": 3}, "bob": {"sql": 3}, "cat": {"sql": 4}, "dan": {"sql": 3}},
        wants={"mia": {"sql": 3}, "pat": {"sql": 2, "law": 2}},
        engaged=[{"mentor_id": "dan", "mentee_id": "pat", "skill_id": "zen"}],
        skills=("zen",),
        **tables,  # type: ignore[arg-type]
    )
    problem = daily_problem(whole, policy, on=ON)
    return problem, solve(problem, Flow())


def facts(problem: Problem, solution: Solution, mentee_id: str, skill_id: str) -> Facts:
    """Return the facts of one request as if it had no mentor."""
    standing = Standing.of(problem, solution)
    one = np.array([find_request(problem, mentee_id, skill_id)], np.int32)
    return facts_of(problem, standing, one, count(problem, standing, one))


def test_everybody_stands_as_the_plan_and_running_engagements_leave_them() -> None:
    """Would be broken: who is said to be full, and who to offer nothing."""
    problem, solution = small(Policy(rules=(Qualified(), NotManager()), scorers=()))
    standing = Standing.of(problem, solution)
    ann, bob, cat, dan = find_mentors(problem, np.array(["ann", "bob", "cat", "dan"])).tolist()
    assert solution.n_matched == 2
    assert (standing.left[ann], standing.place[ann]) == (1, FREE)
    assert (standing.left[bob], standing.place[bob]) == (0, FULL)
    assert (standing.place[cat], standing.place[dan]) == (NONE, FULL)
    assert standing.engaged[pool_of(problem).organisation.people.code("pat")] == 1
    assert sorted(standing.room.tolist()) == [1, 1]


def test_those_who_are_meant_are_whom_no_rule_bars_or_else_everybody() -> None:
    """Would be broken: what else is in the way where rules bar everybody."""
    qualified, admitted = np.array([[1, 2, 3], [1, 2, 3]]), np.array([[0, 1, 0], [0, 0, 0]])
    tally = Tally(qualified=qualified, admitted=admitted, barred=np.zeros((2, 0), np.int64))
    assert tally.meant.tolist() == [[0, 1, 0], [1, 2, 3]]
    joined = Tally.joined([tally, tally]).less(Tally.joined([tally, evolve(tally, admitted=admitted * 0)]))
    assert joined.qualified.tolist() == [[0, 0, 0]] * 4
    assert joined.take(np.array([2])).admitted.tolist() == [[0, 1, 0]]


def test_the_highest_level_is_known_also_of_those_who_offer_nothing() -> None:
    """Would be broken: the level that is said to be there where nobody is qualified."""
    problem, solution = small(Policy(rules=(Qualified(),), scorers=()))
    found = facts(problem, solution, "pat", "sql")
    assert (found.highest.tolist(), found.needed.tolist(), found.limit.tolist()) == ([4], [2], [3])
    assert facts(problem, solution, "pat", "law").highest.tolist() == [UNKNOWN]


@pytest.mark.parametrize("blocked", [False, True])
def test_a_pair_that_gains_nothing_has_its_best_score_whether_or_not_a_rule_bars_it(blocked: bool) -> None:
    """Would be broken: `no-gain`, also as what lifting a rule would meet next."""
    blocks: list[dict[str, object]] = [{"mentee_id": "pat", "mentor_id": one} for one in ("ann", "bob", "cat", "dan")]
    policy = Policy(rules=(Qualified(),), scorers=(OtherDepartment(weight=-2),), objective="score")
    problem, solution = small(policy, blocks=blocks if blocked else [])
    found = facts(problem, solution, "pat", "sql")
    assert found.tally.admitted.any() != blocked
    assert (found.gain.tolist(), found.best_score.tolist()) == ([False], [0])


def test_where_every_pair_counts_each_free_one_gains() -> None:
    """Would be broken: the blame on a strategy that stopped early."""
    problem, solution = small(Policy(rules=(Qualified(),), scorers=()))
    none = np.zeros(0, np.int32)
    nothing = Solution.of(
        problem, Flow(), Arcs(request=none, mentor=none, weight=np.zeros(0, np.int64)), solution.duals
    )
    found = facts(problem, nothing, "mia", "sql")
    assert found.gain.tolist() == [True]
    assert found.tally.meant.tolist() == [[2, 1, 1]]
    assert len(found.take(np.zeros(2, np.int64))) == 2
