"""Whether one more request could be served, held against networkx' Hopcroft-Karp."""

import networkx as nx
import numpy as np
import pytest
from networkx.algorithms.bipartite import hopcroft_karp_matching
from numpy.random import default_rng

from taskmentor.matching.duals import Duals
from taskmentor.matching.flow import Flow
from taskmentor.matching.problem import Problem
from taskmentor.matching.pursuit import most_requests, proves
from taskmentor.matching.solution import solve
from taskmentor.testing.small import SmallProblem
from tests.markets import market_of
from tests.random_problems import as_plan
from tests.shaped_problems import FAMILIES, shaped


def _most(small: SmallProblem) -> int:
    """Return how many requests can be served, by a matching of requests with places.

    A mentee with a limit gets as many dummy places that are nobody's as it has requests beyond the limit.
    """
    graph: nx.Graph[tuple[str, int, int]] = nx.Graph()
    requests = [("request", request, 0) for request in range(len(small.scores))]
    graph.add_nodes_from(requests)
    for request, row in enumerate(small.scores):
        for mentor, score in enumerate(row):
            if score is not None:
                places = range(small.capacity[mentor])
                graph.add_edges_from((requests[request], ("place", mentor, place)) for place in places)
    dummies = 0
    for mentee, limit in enumerate(small.limit):
        own = [request for request, owner in enumerate(small.mentee) if owner == mentee]
        spare = max(len(own) - limit, 0)
        dummies += spare
        for request in own:
            graph.add_edges_from((requests[request], ("nobody", mentee, place)) for place in range(spare))
    # Filling the dummy places first costs nothing: a largest matching that leaves one empty can be turned into one
    # that fills it, by moving a request of that mentee there.
    return len(hopcroft_karp_matching(graph, requests)) // 2 - dummies


def _problem(family: str, number: int) -> Problem:
    rng = default_rng([67, number])
    return shaped(rng, FAMILIES[family], requests=int(rng.integers(1, 14)), mentors=int(rng.integers(1, 8)))


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("family", ["anything", "one skill", "single pairs", "hardly a place"])
def test_a_plan_serves_as_many_as_can_be_exactly_when_a_largest_matching_says_so(family: str, compiled: bool) -> None:
    """Would be broken: most requests first, and the cover of 0 and 1 that proves the number."""
    short = full = 0
    for number in range(80):
        problem = _problem(family, number)
        market, most = market_of(problem, compiled=compiled), _most(SmallProblem.of(problem))
        plan = np.array(as_plan(problem, solve(problem, Flow(ties="any"))), np.int32)
        served = np.flatnonzero(plan >= 0)
        without = plan.copy()
        without[default_rng(number).permutation(served)[: len(served) // 2]] = -1
        for given in (plan, without, np.full_like(plan, -1)):
            cover = most_requests(market, given)
            assert (cover is not None) == ((given >= 0).sum() == most)
            short += cover is None
            full += cover is not None
            if cover is not None:
                assert proves(market, cover) == most
                _assert_covers(problem, cover)
    assert full > 80
    assert short > 10


def _assert_covers(problem: Problem, cover: Duals) -> None:
    for pairs in problem.pairs():
        owner = problem.mentee[pairs.request]
        both = (problem.limit[owner] > 0) & (problem.capacity[pairs.mentor] > 0)
        paid = cover.request[pairs.request] + cover.mentee[owner] + cover.mentor[pairs.mentor]
        assert (paid[both] >= 1).all()
