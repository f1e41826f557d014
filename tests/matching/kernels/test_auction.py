"""Bids: who looks at whom, what a sale leaves behind, and an auction to its end."""

import numpy as np
import pytest
from numpy.random import default_rng

from taskmentor.matching.kernels.auction import Asked, Lists, Places, look, put_again, sell
from taskmentor.matching.market import Auction
from taskmentor.matching.problem import Problem
from tests.markets import market_of, worths
from tests.shaped_problems import FAMILIES, shaped

COMPILED = [False, True]
LEAST = -1000


def _asked(exceptions: list[tuple[int, int]], *, base: int = 0) -> Asked:
    """Return one request of one kind, with some exceptions."""
    mentors, points = np.array(exceptions, np.int64).reshape(-1, 2).T
    return Asked(
        first=np.array([0, 1]),
        mentee=np.zeros(1, np.int32),
        kind=np.zeros(1, np.int32),
        base=np.array([base]),
        exception_start=np.array([0, len(exceptions)]),
        exception_mentor=mentors.astype(np.int32),
        exception_points=points,
        least=LEAST,
    )


def _lists(points: list[int], *, beyond: int = LEAST) -> Lists:
    """Return the list of one kind in which mentor i is worth the i-th points, made when nobody had a price."""
    return Lists(
        start=np.zeros(1, np.int64),
        length=np.array([len(points)], np.int32),
        beyond=np.array([beyond]),
        mentor=np.arange(len(points), dtype=np.int32),
        points=np.array(points),
        net=np.array(points),
    )


@pytest.mark.parametrize("compiled", COMPILED)
def test_a_look_finds_the_best_and_the_next_best_at_present_prices(compiled: bool) -> None:
    """Would be broken: bids, which rest on both numbers; prices, exceptions, and lists that end."""
    for number in range(200):
        rng = default_rng([71, number])
        points = sorted(rng.integers(0, 20, int(rng.integers(0, 6))).tolist(), reverse=True)
        price = rng.integers(0, 8, 8)
        exceptional = rng.permutation(8)[: int(rng.integers(0, 4))].tolist()
        exceptions = [(mentor, int(rng.choice([LEAST, 3, 12, 25]))) for mentor in exceptional]
        beyond = int(rng.choice([LEAST, 5]))
        worths = [worth - int(price[one]) for one, worth in enumerate(points) if one not in exceptional]
        worths += [worth - int(price[one]) for one, worth in exceptions if worth > LEAST]
        first, second = sorted([*worths, LEAST, LEAST], reverse=True)[:2]
        arguments = _asked(exceptions, base=100), _lists(points, beyond=beyond), price, 0
        who, best, following, sure = look.for_size(compiled)(*arguments)
        assert best == first + 100
        assert following == max(second, beyond) + 100
        assert sure == (first >= beyond)
        assert (who < 0) == (first == LEAST)
        if who >= 0:
            own = dict(exceptions).get(who)
            assert (points[who] if own is None else own) - price[who] == first


@pytest.mark.parametrize("compiled", COMPILED)
def test_lists_are_put_in_order_for_other_prices_and_equals_stay_as_they_stand(compiled: bool) -> None:
    """Would be broken: bids after the first auction, which end a look where nothing better can follow."""
    for number in range(60):
        rng = default_rng([76, number])
        lists, price = _lists(rng.integers(0, 9, int(rng.integers(0, 9))).tolist()), rng.integers(0, 6, 9)
        expected = sorted(range(len(lists.mentor)), key=lambda one: int(price[one] - lists.points[one]))
        points = lists.points.tolist()
        put_again.for_size(compiled)(lists, np.zeros(1, np.int64), price)
        assert lists.mentor.tolist() == expected
        assert lists.points.tolist() == [points[one] for one in expected]
        assert lists.net.tolist() == [points[one] - int(price[one]) for one in expected]


@pytest.mark.parametrize("compiled", COMPILED)
def test_the_cheapest_place_is_sold_and_the_next_cheapest_is_the_price(compiled: bool) -> None:
    """Would be broken: who is outbid, and what one more place of a mentor costs."""
    for number in range(60):
        rng = default_rng([72, number])
        n = int(rng.integers(1, 9))
        places = Places(
            start=np.array([0, n]),
            cost=np.zeros(n, np.int64),
            holder=np.full(n, -1, np.int32),
            price=np.zeros(1, np.int64),
        )
        held: list[tuple[int, int]] = [(0, -1)] * n
        for request in range(30):
            cheapest = min(held)[0]
            cost = cheapest + int(rng.integers(1, 9))
            before = sell.for_size(compiled)(places, 0, request, cost)
            assert (cheapest, before) in held
            held.remove((cheapest, before))
            held.append((cost, request))
            assert sorted(zip(places.cost.tolist(), places.holder.tolist(), strict=True)) == sorted(held)
            assert places.price[0] == min(held)[0]


def test_an_auction_ends_with_a_lawful_plan_in_which_nobody_would_rather_bid_elsewhere() -> None:
    """Would be broken: the prices that the flow begins with; none may be further off than a step."""
    checked = 0
    for number in range(120):
        rng = default_rng([73, number])
        family = list(FAMILIES.values())[number % len(FAMILIES)]
        problem = shaped(rng, family, requests=int(rng.integers(1, 40)), mentors=int(rng.integers(1, 15)))
        market = market_of(problem)
        steps, found = market.steps(), list(Auction.of(market).sales(lambda: False))
        assert len(found) == len(steps)
        for step, sale in zip(steps, found, strict=True):
            assert sale.complete
            plan, asked = sale.mentor_of, market.request
            assert (market.loads(plan) <= problem.capacity).all()
            served = np.flatnonzero(plan >= 0)
            assert (np.bincount(problem.mentee[served], minlength=problem.n_mentees) <= problem.limit).all()
            single = np.bincount(problem.mentee[asked], minlength=problem.n_mentees) == 1
            for request in asked[single[problem.mentee[asked]]].tolist():
                nets = worths(market, request) - sale.price
                gets = int(nets[plan[request]]) if plan[request] >= 0 else 0
                assert gets >= int(nets.max(initial=0)) - step or problem.limit[problem.mentee[request]] == 0
                checked += plan[request] >= 0
    assert checked > 100


def test_compiled_an_auction_makes_the_same_bids() -> None:
    """Would be broken: the same prices on every machine."""
    for number in range(60):
        family = list(FAMILIES.values())[number % len(FAMILIES)]
        problem = shaped(default_rng([74, number]), family, requests=40, mentors=12)
        ways = [list(Auction.of(market_of(problem, compiled=way)).sales(lambda: False)) for way in COMPILED]
        for plain, compiled in zip(*ways, strict=True):
            assert plain.n_bids == compiled.n_bids
            assert plain.price.tolist() == compiled.price.tolist()
            assert plain.mentor_of.tolist() == compiled.mentor_of.tolist()


def test_an_auction_without_time_ends_at_once() -> None:
    """Would be broken: limits of time."""
    problem = shaped(default_rng(5), FAMILIES["ties"], requests=40, mentors=12)
    (sale,) = Auction.of(market_of(problem)).sales(lambda: True)
    assert not sale.complete
    assert sale.n_bids == 0


def test_lists_that_grow_too_old_are_made_anew() -> None:
    """Would be broken: auctions over more mentors than a list holds, whom everybody wants in the same order."""
    rng = default_rng(77)
    scores = 10 * np.arange(90) + rng.integers(0, 4, (70, 90))
    problem = Problem.from_scores(scores, objective="score")
    ways = []
    for compiled in COMPILED:
        market = market_of(problem, compiled=compiled)
        auction = Auction.of(market)
        assert auction.width.max() < problem.n_mentors
        ways.append(list(auction.sales(lambda: False)))
        for step, sale in zip(market.steps(), ways[-1], strict=True):
            assert sale.complete
            for request in range(problem.n_requests):
                nets = worths(market, request) - sale.price
                mentor = sale.mentor_of[request]
                assert (nets[mentor] if mentor >= 0 else 0) >= max(int(nets.max()), 0) - step
    for plain, machine in zip(*ways, strict=True):
        assert plain.price.tolist() == machine.price.tolist()
        assert plain.mentor_of.tolist() == machine.mentor_of.tolist()
