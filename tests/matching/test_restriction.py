"""The optimum over listed pairs, from any prices and any plan, held against Flow on the same pairs."""

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching.flow import Flow
from taskmentor.matching.kinds import kinds_of_arcs
from taskmentor.matching.market import FINE, Market
from taskmentor.matching.problem import Problem
from taskmentor.matching.restriction import Listed, Optimum, differing, optimum
from taskmentor.matching.solution import solve
from tests.markets import NEVER, market_of, worths
from tests.shaped_problems import FAMILIES, shaped


def _listed(rng: Generator, market: Market, share: float) -> Listed:
    """Return some of the pairs of a kind and a mentor who is worth something to it."""
    kind, mentor, points = [], [], []
    for one in range(market.kinds.n_kinds):
        member = int(market.kinds.request[market.kinds.start[one]])
        excepted = set(market.kinds.exceptions.take(np.array([member])).mentor.tolist())
        own = worths(market, member) - market.asked.base[member]
        for other in np.flatnonzero(own > NEVER // 2).tolist():
            if other not in excepted and rng.random() < share:
                kind.append(one)
                mentor.append(other)
                points.append(int(own[other]))
    return Listed.of(np.array(kind, int), np.array(mentor, int), np.array(points, int), market.problem.n_mentors)


def _usable(market: Market, listed: Listed, special: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which requests may have which mentors: as their kinds, special ones also by their exceptions."""
    usable = np.zeros((market.problem.n_requests, market.problem.n_mentors), np.bool_)
    exceptions = market.kinds.exceptions
    for request in market.request.tolist():
        usable[request, listed.mentor[listed.kind == market.kinds.kind[request]]] = True
        if special[request]:
            usable[request, exceptions.take(np.array([request])).mentor] = True
        usable[request, worths(market, request) == NEVER] = False
    return usable


def _assert_optimal(problem: Problem, market: Market, usable: NDArray[np.bool_], found: Optimum) -> None:
    scores = np.stack([worths(market, request) for request in range(problem.n_requests)])
    small = Problem.from_scores(
        np.where(usable, scores, 0),
        admitted=usable,
        capacity=problem.capacity,
        mentee=problem.mentee,
        limit=problem.limit,
        objective="score",
    )
    served = np.flatnonzero(found.mentor_of >= 0)
    assert usable[served, found.mentor_of[served]].all()
    assert (market.loads(found.mentor_of) <= problem.capacity).all()
    assert (np.bincount(problem.mentee[served], minlength=problem.n_mentees) <= problem.limit).all()
    value = int(scores[served, found.mentor_of[served]].sum())
    assert value == solve(small, Flow(ties="any")).value
    assert found.price.min(initial=0) >= 0
    gets = np.where(usable, scores - found.price, NEVER).max(axis=1, initial=NEVER)
    paid = np.maximum(gets - found.mentee[problem.mentee], 0)[market.request].sum()
    assert paid + found.mentee @ problem.limit + found.price @ problem.capacity == value


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_from_any_prices_and_plan_the_optimum_over_the_listed_pairs_is_found(family: str, compiled: bool) -> None:
    """Would be broken: the middle of the method: the flow over kinds, requests that differ from theirs, and prices."""
    for number in range(12):
        rng = default_rng([101, number])
        problem = shaped(rng, FAMILIES[family], requests=14, mentors=8)
        market = market_of(problem, bonus=number % 5, compiled=compiled)
        listed = _listed(rng, market, [0.0, 0.5, 1.0][number % 3])
        special = differing(market, listed) | (rng.random(problem.n_requests) < 0.3)
        usable = _usable(market, listed, special)
        price = rng.integers(0, 9, problem.n_mentors) * FINE
        start = np.full(problem.n_requests, -1, np.int32)
        for _ in range(2):
            found = optimum(market, listed, special, price, start, lambda: False)
            assert found is not None
            _assert_optimal(problem, market, usable, found)
            price, start = found.price, found.mentor_of


def test_it_is_given_up_when_it_is_over() -> None:
    """Would be broken: limits of time."""
    problem = Problem.from_scores(np.array([[3, 2], [3, 1]]), objective="score")
    market = market_of(problem)
    listed, nothing = _listed(default_rng(0), market, 1), np.zeros(2, np.bool_)
    start = np.full(2, -1, np.int32)
    assert optimum(market, listed, nothing, np.zeros(2, np.int64), start, lambda: True) is None
    assert optimum(market, listed, nothing, np.zeros(2, np.int64), start, lambda: False) is not None


def test_lists_are_sorted_and_name_each_pair_once() -> None:
    """Would be broken: arcs that stand there twice, and finding a pair among them."""
    one = Listed.of(np.array([1, 0, 1]), np.array([2, 3, 2]), np.array([7, 5, 7]), 4)
    assert (one.kind.tolist(), one.mentor.tolist(), one.points.tolist()) == ([0, 1], [3, 2], [5, 7])
    both = one.joined(Listed.of(np.array([0]), np.array([1]), np.array([9]), 4))
    assert both.keys.tolist() == [1, 3, 6]
    assert both.points.tolist() == [9, 5, 7]
    assert both.take(np.array([2])).keys.tolist() == [6]
    assert len(both) == 3


def test_requests_whose_kind_has_one_of_their_exceptions_on_the_list_differ() -> None:
    """Would be broken: which requests are looked at by themselves."""
    problem = shaped(default_rng(7), FAMILIES["single pairs"], requests=14, mentors=8)
    market = market_of(problem)
    listed = _listed(default_rng(0), market, 1)
    keys = set(listed.keys.tolist())
    for request, differs in enumerate(differing(market, listed).tolist()):
        mentors = market.kinds.exceptions.take(np.array([request])).mentor.tolist()
        assert differs == any(int(market.kinds.kind[request]) * 8 + one in keys for one in mentors)
    arcs = Problem.from_scores(np.ones((2, 2), np.int64)).arcs(who="a test", most=9)
    assert not kinds_of_arcs(arcs, 2, 2, highest_price=1).most_exceptions.any()
