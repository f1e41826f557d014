"""By how much each side of a blocking pair would gain, held against plain lists of the plan."""

import numpy as np
from attrs import evolve

from taskmentor import synthetic
from taskmentor.matching.blocking import BlockingPair, blocking_pairs
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import find_mentors, find_request, pool_of
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.scorers import LevelFit
from taskmentor.matching.solution import Solution, solve
from taskmentor.programmes import task_based
from tests.organisations import ON, organisation


def _score(problem: Problem, request: int, mentor: int) -> int:
    one, who = np.array([request]), np.array([mentor])
    return int(problem.score(one, who, problem.levels(one, who))[0])


def _gains(problem: Problem, solution: Solution, pair: BlockingPair) -> tuple[int, int]:
    """What each side would gain in points, from the plan as a dictionary."""
    request = find_request(problem, pair.mentee_id, pair.skill_id)
    mentor = int(find_mentors(problem, np.array([pair.mentor_id]))[0])
    held = {
        one: who for one, who in zip(solution.request.tolist(), solution.mentor.tolist(), strict=True)
        if problem.pinned[one] < 0
    }  # fmt: skip
    score = _score(problem, request, mentor)
    own = [one for one in held if problem.mentee[one] == problem.mentee[request]]
    if request in held:
        left = _score(problem, request, held[request])
    elif len(own) < problem.limit[problem.mentee[request]]:
        left = 0
    else:
        left = min(_score(problem, one, held[one]) for one in own)
    taught = [_score(problem, one, mentor) for one in held if held[one] == mentor]
    return score - left, score - (min(taught) if len(taught) == problem.capacity[mentor] else 0)


def test_gains_are_what_both_sides_would_have_more() -> None:
    compared = 0
    for seed in range(4):
        invented = synthetic.organisation(80, seed=seed, places_per_request=0.8)
        for objective in ("score", "requests-then-score"):
            policy = evolve(task_based().policy, objective=objective)
            problem = daily_problem(invented, policy, on=synthetic.DAY)
            solution = solve(problem, Flow())
            for pair in blocking_pairs(problem, solution, most_listed=50).named(problem):
                assert (pair.mentee_gain, pair.mentor_gain) == _gains(problem, solution, pair)
                assert min(pair.mentee_gain, pair.mentor_gain) > 0
                compared += 1
    assert compared > 20


def test_both_sides_are_told_with_whom_they_would_leave() -> None:
    """The most requests are served by pairs that the best two would rather not have."""
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 1}, "y": {"capacity": 1}},
        knows={"x": {"sql": 4}, "y": {"sql": 5}}, wants={"a": {"sql": 4}, "b": {"sql": 5}},
    )  # fmt: skip
    policy = evolve(task_based().policy, scorers=(LevelFit(),))
    problem = daily_problem(org, policy, on=ON)
    solution = solve(problem, Flow())
    (pair,) = blocking_pairs(problem, solution).named(problem)
    assert (pair.mentee_id, pair.mentor_id) == ("a", "y")
    assert (pair.mentee_leaves, pair.mentor_leaves) == ("x", ("b", "sql"))
    assert (pair.score, pair.mentee_gain, pair.mentor_gain) == (100, 25, 25)
    assert str(pair) == "a in sql, who would leave x (+25), and y, who would leave b (+25)"
    alone = Solution.of(problem, Flow(), problem.arcs(who="test", most=9).take(np.zeros(0, np.int64)), solution.duals)
    free = blocking_pairs(problem, alone).named(problem)
    assert {one.mentee_leaves for one in free} == {None}
    assert {one.mentor_leaves for one in free} == {None}
    assert "with a place left" in str(free[0])
    assert pool_of(problem).organisation is org
