"""Prices from a plan: there for optimal plans, and for no others."""

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals, bound
from taskmentor.matching.flow import Flow
from taskmentor.matching.kernels.filling import best_first
from taskmentor.matching.kernels.residual import residual_duals
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Solution, solve
from tests.random_problems import contended, from_scores, random_round


def _chosen(arcs: Arcs, solution: Solution) -> NDArray[np.bool_]:
    pairs = set(zip(solution.request.tolist(), solution.mentor.tolist(), strict=True))
    return np.array([pair in pairs for pair in zip(arcs.request.tolist(), arcs.mentor.tolist(), strict=True)], np.bool_)


def _assert_optimal(problem: Problem, arcs: Arcs, duals: Duals, solution: Solution) -> None:
    for price in (duals.request, duals.mentee, duals.mentor):
        assert (price >= 0).all()
    paid = duals.request[arcs.request] + duals.mentee[problem.mentee[arcs.request]] + duals.mentor[arcs.mentor]
    assert (paid >= arcs.weight).all()
    assert bound(problem, duals) == solution.value


def test_an_optimal_plan_has_prices_that_cover_all_pairs_and_sum_up_to_its_value() -> None:
    """Would be broken: every proof of optimality, on small and on contended problems."""
    problems = [from_scores(default_rng([7, number]))[0] for number in range(200)]
    problems += [random_round(default_rng([8, number])).problem for number in range(100)]
    problems += [contended(number) for number in range(5)]
    for problem in problems:
        solution = solve(problem, Flow())
        arcs = problem.arcs(who="a test", most=10**6)
        duals = residual_duals(problem, arcs, _chosen(arcs, solution))
        assert duals is not None
        _assert_optimal(problem, arcs, duals, solution)


def test_a_lawful_plan_that_can_be_improved_has_no_prices() -> None:
    """Would be broken: the check of what engines return; plans are emptied, filled greedily or drawn at random."""
    refused = 0
    for number in range(300):
        rng = default_rng([9, number])
        problem = from_scores(rng)[0] if number % 2 else contended(number, requests=8, mentors=4)
        arcs = problem.arcs(who="a test", most=10**6)
        best = solve(problem, Flow()).value
        for kept in (0.0, 0.5, 1.0):
            start = best_first(problem, arcs)
            start &= rng.random(len(arcs)) < kept
            shaken = Arcs(request=arcs.request, mentor=arcs.mentor, weight=rng.integers(1, 9, len(arcs)))
            for chosen in (start, best_first(problem, shaken, start=start)):
                value = sum(arcs.weight[chosen].tolist())
                duals = residual_duals(problem, arcs, chosen)
                assert (duals is not None) == (value == best)
                refused += duals is None
                if duals is not None:
                    assert bound(problem, duals) == best
    assert refused > 500


def test_a_cycle_of_tiny_gain_among_heavy_pairs_is_found_in_few_rounds() -> None:
    """Would be broken: the time to refuse a plan; without a limit the rounds grow with the weights."""
    heavy = 10**12
    scores = np.array([[heavy, heavy + 1], [heavy, heavy]])
    problem = Problem.from_scores(scores, objective="score")
    arcs = problem.arcs(who="a test", most=9)
    straight = arcs.request == arcs.mentor
    assert residual_duals(problem, arcs, straight) is None
    assert residual_duals(problem, arcs, ~straight) is not None
