"""Bounds for plans that need not be optimal."""

import numpy as np
import pytest
from numpy.random import default_rng

from taskmentor.matching.duals import bound
from taskmentor.matching.flow import Flow
from taskmentor.matching.kernels.ascent import ascent_duals
from taskmentor.matching.kernels.filling import best_first
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import solve
from tests import profiles
from tests.random_problems import contended, from_scores


def best_pairs(problem: Problem, arcs: Arcs) -> int:
    """Return the sum of each request's best pair, the bound that needs no thought."""
    best = np.zeros(problem.n_requests, np.int64)
    np.maximum.at(best, arcs.request, arcs.weight)
    return int(best.sum())


@pytest.mark.parametrize("passes", [1, 3, 40])
def test_prices_of_any_lawful_plan_cover_all_pairs_and_bound_the_optimum(passes: int) -> None:
    """Would be broken: the proof of every plan that is not optimal; for no number of passes is it worse than none."""
    for number in profiles.some(150):
        rng = default_rng([10, number])
        problem = from_scores(rng)[0] if number % 3 else contended(number, requests=9, mentors=3)
        arcs = problem.arcs(who="a test", most=10**6)
        for chosen in (best_first(problem, arcs), np.zeros(len(arcs), np.bool_)):
            duals = ascent_duals(problem, arcs, chosen, passes=passes)
            for price in (duals.request, duals.mentee, duals.mentor):
                assert (price >= 0).all()
                assert price.dtype == np.int64
            paid = duals.request[arcs.request] + duals.mentee[problem.mentee[arcs.request]] + duals.mentor[arcs.mentor]
            assert (paid >= arcs.weight).all()
            proven = bound(problem, duals)
            assert solve(problem, Flow()).value <= proven <= best_pairs(problem, arcs)


def test_more_passes_never_prove_less() -> None:
    """Would be broken: that the best prices met are kept."""
    for number in range(10):
        problem = contended(number)
        arcs = problem.arcs(who="a test", most=10**6)
        chosen = best_first(problem, arcs)
        gaps = [bound(problem, ascent_duals(problem, arcs, chosen, passes=passes)) for passes in (4, 8, 400)]
        assert gaps[2] <= gaps[0]


def test_bounds_of_the_heaviest_weights_do_not_overflow() -> None:
    """Would be broken: sums and prices near the end of 64 bits, with more places than anybody needs."""
    scores = np.array([[2**59, 2**59 - 1], [2**59, 1]])
    problem = Problem.from_scores(scores, capacity=np.array([1, 999]), objective="score")
    arcs = problem.arcs(who="a test", most=9)
    for chosen in (best_first(problem, arcs), np.zeros(len(arcs), np.bool_)):
        proven = bound(problem, ascent_duals(problem, arcs, chosen))
        assert 2**60 - 1 <= proven <= 2**60
