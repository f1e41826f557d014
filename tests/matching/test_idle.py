"""Scorers that change nothing: best plans with and without them, from brute force."""

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng
from numpy.typing import NDArray

from taskmentor.errors import TooLargeError
from taskmentor.matching import aims, idle
from taskmentor.matching.constraints import Constraint, OncePerPair
from taskmentor.matching.idle import idle_scorers
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.scorers import Importance, OtherDepartment, Tenure
from taskmentor.matching.shapes import CompiledScorer, MentorPoints, RequestPoints
from taskmentor.testing.small import SmallProblem
from tests.organisations import ON, PeopleRows, organisation
from tests.plain_policy import small_problem
from tests.random_problems import from_scores, random_round


def test_row_18_best_plans_are_the_same_without_an_idle_scorer() -> None:
    """Would be broken: a scorer that is said to change nothing, and does."""
    reasons: list[str] = []
    for seed in range(30):
        round_ = random_round(default_rng([71, seed]))
        _, best = round_.small.optimal()
        for one in idle_scorers(round_.problem):
            kept = tuple(scorer for scorer in round_.policy.scorers if scorer.name != one.name)
            _, without = small_problem(round_.problem, evolve(round_.policy, scorers=kept)).optimal()
            assert sorted(without) == sorted(best), (seed, one)
            reasons.append(one.why)
    assert len(set(reasons)) == 2, set(reasons)


def test_row_18_points_of_one_side_change_nothing_where_that_side_is_served_whole() -> None:
    """Would be broken: points on the request and on the mentor, against brute force on 120 small problems."""
    found: list[str] = []
    for seed in range(120):
        rng = default_rng([72, seed])
        problem, small = from_scores(rng)
        requests, mentors = rng.integers(0, 4, problem.n_requests), rng.integers(0, 4, problem.n_mentors)
        more = (
            CompiledScorer("on requests", 1, RequestPoints(requests)),
            CompiledScorer("on mentors", 1, MentorPoints(mentors)),
        )
        problem = evolve(problem, scorers=(*problem.scorers, *more))
        _, best = _with(small, requests, mentors).optimal()
        for one in idle_scorers(problem):
            without = {
                "score": _with(small, requests, mentors, own=0),
                "on requests": _with(small, 0 * requests, mentors),
                "on mentors": _with(small, requests, 0 * mentors),
            }[one.name]
            assert sorted(without.optimal()[1]) == sorted(best), (seed, one)
            found.append(one.why.partition(",")[0])
    assert set(found) == {
        "it gives no pair any points",
        "it gives every pair the same points",
        "it gives all mentors of a request the same points",
        "it gives all requests of a mentor the same points",
    }


def _with(
    small: SmallProblem, requests: NDArray[np.int64], mentors: NDArray[np.int64], *, own: int = 1
) -> SmallProblem:
    """Return a problem with more points for each request and each mentor."""
    scores = [
        [
            None if score is None else own * score + more + other
            for score, other in zip(row, mentors.tolist(), strict=True)
        ]
        for row, more in zip(small.scores, requests.tolist(), strict=True)
    ]
    return evolve(small, scores=scores)


def _everybody_served(*constraints: Constraint) -> Problem:
    people: PeopleRows = {
        "mia": {}, "max": {"department": "a"},
        "ann": {"capacity": 2, "department": "a", "joined_on": "2020-01-01"},
        "bob": {"capacity": 2, "department": "b", "joined_on": "2022-01-01"},
    }  # fmt: skip
    whole = organisation(
        people, knows={"ann": {"sql": 3}, "bob": {"sql": 3}}, wants={"mia": {"sql": 2}, "max": {"sql": 2}}
    )
    policy = Policy(rules=(), scorers=(Importance(), OtherDepartment(), Tenure()), constraints=constraints)
    return daily_problem(whole, policy, on=ON)


def test_row_18_points_on_the_request_change_nothing_where_all_are_served() -> None:
    """Would be broken: the linter's usual find."""
    problem = _everybody_served()
    (found,) = idle_scorers(problem)
    assert found.name == "importance"
    assert found.why == "it gives every pair the same points"
    assert [one.name for one in idle_scorers(_everybody_served(OncePerPair()))] == ["importance"]
    assert idle_scorers(evolve(problem, objective="score")) == ()
    assert idle_scorers(evolve(problem, aims=(aims.Score(),))) == ()


def test_more_pairs_than_it_looks_at_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: memory."""
    monkeypatch.setattr(idle, "_MOST_PAIRS", 3)
    with pytest.raises(TooLargeError, match="idle_scorers takes at most 3 qualified pairs, and here are 4"):
        idle_scorers(Problem.from_scores(np.zeros((2, 2), np.int64)))
