"""The canonical plan."""

import numpy as np
import pytest
from numpy.random import default_rng

from taskmentor.matching.duals import Duals
from taskmentor.matching.flow import Flow
from taskmentor.matching.kernels.ties import canonical_arcs, tight_arcs
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import solve
from taskmentor.testing.small import NOBODY
from tests import profiles
from tests.random_problems import from_scores


def test_every_pair_of_every_optimal_plan_is_tight() -> None:
    """Would be broken: complementary slackness, on which the choice among optimal plans rests."""
    for number in profiles.some(200):
        problem, small = from_scores(default_rng([12, number]))
        arcs = problem.arcs(who="a test", most=10**6)
        duals = solve(problem, Flow()).duals
        tight = tight_arcs(problem, arcs, duals)
        kept = set(zip(arcs.request[tight].tolist(), arcs.mentor[tight].tolist(), strict=True))
        for plan in small.optimal()[1]:
            assert {(request, mentor) for request, mentor in enumerate(plan) if mentor != NOBODY} <= kept


def test_optimal_plans_outweigh_all_other_plans_over_tight_pairs() -> None:
    """Would be broken: that the second solve stays among the optimal plans."""
    problem = Problem.from_scores(np.array([[2, 2], [2, 1]]), objective="score")
    arcs = problem.arcs(who="a test", most=9)
    duals = solve(problem, Flow()).duals
    weights = canonical_arcs(problem, arcs, duals).weight
    assert weights.min() > 0
    assert solve(problem, Flow()).mentor.tolist() == [1, 0]


@pytest.mark.parametrize(("n_requests", "n_mentors"), [(3, 3), (2_000, 3), (3, 2_000), (100_000, 2)])
def test_the_weights_of_large_problems_stay_within_every_solvers_arithmetic(n_requests: int, n_mentors: int) -> None:
    """Would be broken: ties of 100,000 requests, whose hash must shrink so that sums are exact, but not to nothing."""
    scores = np.ones((n_requests, n_mentors), np.int64)
    problem = Problem.from_scores(scores, capacity=np.full(n_mentors, n_requests))
    arcs = problem.arcs(who="a test", most=10**6)
    everything = Duals(
        request=np.full(n_requests, arcs.weight[0]),
        mentee=np.zeros(n_requests, np.int64),
        mentor=np.zeros(n_mentors, np.int64),
    )
    weight = canonical_arcs(problem, arcs, everything).weight
    assert int(weight.max()) * (problem.n_places + 1) <= 2**53
    assert int(weight.max()) * (2 * n_requests + n_mentors + 3) < 2**62
    assert len(np.unique(weight)) > 0.9 * min(len(arcs), 2**16)
