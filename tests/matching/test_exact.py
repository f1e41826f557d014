"""What every exact strategy promises, held against every plan there is."""

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from taskmentor.matching.certificate import Method, verify_solution
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.problem import Problem
from taskmentor.matching.progress import Progress
from taskmentor.matching.solution import Status, Strategy, solve
from taskmentor.testing.small import NOBODY, Plan, SmallProblem
from tests.random_problems import as_plan, from_scores, random_round, worth

EXACT: tuple[Strategy, ...] = (Flow(), Flow(engine="networkx"), CpSat(), Exact(ties="canonical"))
METHODS: tuple[Method, ...] = ("all pairs", "oracle")
CHUNK = 150
SOME = [pytest.param(chunk, marks=[pytest.mark.long] if chunk > 2 else []) for chunk in [*range(8), *range(100, 160)]]
"""More than 20,000 small problems with the long ones, 900 without."""


def _hash(problem: Problem, plan: Plan) -> int:
    pairs = [(request, mentor) for request, mentor in enumerate(plan) if mentor != NOBODY]
    request, mentor = np.array(pairs, np.int64).reshape(-1, 2).T
    return sum(1 + (one >> 32) for one in problem.tie(request, mentor).tolist())


def _assert_all_exact_strategies_find_it(problem: Problem, small: SmallProblem) -> None:
    best, plans = small.optimal()
    most = max(_hash(problem, plan) for plan in plans)
    (canonical,) = [plan for plan in plans if _hash(problem, plan) == most]
    solutions = [solve(problem, strategy) for strategy in EXACT]
    for solution in solutions:
        assert worth(problem, solution) == best
        assert solution.status is Status.OPTIMAL
        assert solution.value == solution.bound == solutions[0].value
        assert as_plan(problem, solution) == canonical
        for method in METHODS:
            assert verify_solution(problem, solution, method=method).status == "optimal"
    greedy = solve(problem, Greedy())
    pinned = sum(small.scores[request][mentor] or 0 for request, mentor in small.pins.items())
    kept = problem.value(len(small.pins), pinned)
    assert greedy.value <= solutions[0].value <= greedy.bound
    assert solutions[0].value - kept <= 2 * (greedy.value - kept)
    assert verify_solution(problem, greedy).ok


@pytest.mark.parametrize("chunk", SOME)
def test_every_exact_strategy_equals_brute_force_on_problems_from_scores(chunk: int) -> None:
    """Would be broken: optimality, K under points below 0, limits and places of 0, bounds, ties, or greedy's half."""
    for number in range(CHUNK):
        problem, small = from_scores(default_rng([1, chunk, number]))
        _assert_all_exact_strategies_find_it(problem, small)


@pytest.mark.parametrize("chunk", SOME)
def test_every_exact_strategy_equals_brute_force_on_organisations(chunk: int) -> None:
    """Would be broken: any rule, scorer or shape, pins, blocks, engagements, people who left, or all together."""
    for number in range(CHUNK):
        drawn = random_round(default_rng([2, chunk, number]))
        _assert_all_exact_strategies_find_it(drawn.problem, drawn.small)


def test_the_salt_settles_ties_and_nothing_else() -> None:
    """Would be broken: the lottery; another published salt must give another of the equally good plans."""
    problems = [Problem.from_scores(np.ones((4, 4), np.int64))]
    for salt in range(1, 6):
        key = problems[0].request_key * np.uint64(2 * salt + 1)
        problems.append(evolve(problems[0], request_key=key))
    solutions = [solve(problem, Flow()) for problem in problems]
    assert {solution.value for solution in solutions} == {solutions[0].value}
    assert len({tuple(solution.mentor.tolist()) for solution in solutions}) > 1


def test_exact_engines_agree_on_one_plan_where_hundreds_of_requests_are_all_alike() -> None:
    """Would be broken: the width of the hash, if it shrank so fast with the problem that many plans tied again."""
    problem = Problem.from_scores(np.ones((150, 60), np.int64), capacity=np.full(60, 2))
    plans = [as_plan(problem, solve(problem, strategy)) for strategy in EXACT]
    assert plans[0] == plans[1] == plans[2]


def test_loading_kernels_is_told_before_anything_else() -> None:
    """Would be broken: somebody who looks at a blank line while kernels are compiled, for half a minute."""
    told: list[Progress] = []
    exact = Exact(watch=told.append)
    assert exact == Exact()
    solve(Problem.from_scores(np.arange(12).reshape(3, 4)), exact)
    assert "loading kernels" not in {progress.phase for progress in told}
    told.clear()
    solve(Problem.from_scores(np.arange(8_100).reshape(90, 90)), exact)
    assert told[0].phase == "loading kernels"
    assert told[0].note
    assert told[-1].value == told[-1].bound
