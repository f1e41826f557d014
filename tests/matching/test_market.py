"""The market: what is sold, how points are measured, and by which steps auctions come down."""

from itertools import product

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from taskmentor.matching.market import FINE, Auction
from taskmentor.matching.problem import Problem
from taskmentor.matching.pursuit import proves
from tests.markets import NEVER, market_of, plain_worths, worths
from tests.shaped_problems import FAMILIES, shaped


@pytest.mark.parametrize("family", FAMILIES)
def test_points_are_measured_so_that_every_worth_is_a_multiple_of_the_measure(family: str) -> None:
    """Would be broken: prices cut to whole units, which prove whole numbers of points."""
    for number in range(20):
        problem = shaped(default_rng([95, number]), FAMILIES[family], requests=15, mentors=8)
        market = market_of(problem, bonus=6 * number)
        for request in market.request.tolist():
            own = worths(market, request)
            some = np.flatnonzero(own > NEVER)
            assert (own[some] % FINE == 0).all()
            requests = np.full(len(some), request)
            found = market.oracle.points(requests, some)[0] + market.asked.base[requests]
            assert found.tolist() == own[some].tolist()


def test_the_plain_cover_covers_every_pair_by_the_side_of_fewer_places() -> None:
    """Would be broken: the bound of plans that are stopped, where requests come first."""
    fewer = set()
    for family, number in product(FAMILIES, range(40)):
        problem = shaped(default_rng([96, number]), FAMILIES[family], requests=15, mentors=number % 9)
        market = market_of(problem)
        cover = market.plain_cover()
        for pairs in problem.pairs():
            owner = problem.mentee[pairs.request]
            both = (problem.limit[owner] > 0) & (problem.capacity[pairs.mentor] > 0)
            paid = cover.request[pairs.request] + cover.mentee[owner] + cover.mentor[pairs.mentor]
            assert (paid[both] >= 1).all()
        counts = np.bincount(problem.mentee[market.request], minlength=problem.n_mentees)
        by_mentees = int(np.minimum(counts, problem.limit).sum())
        by_mentors = int(problem.capacity[market.kinds.offering].sum())
        assert proves(market, cover) == min(by_mentees, by_mentors)
        fewer.add("mentors" if by_mentors <= by_mentees else "mentees")
    assert fewer == {"mentors", "mentees"}


@pytest.mark.parametrize("compiled", [False, True])
def test_lists_miss_nobody_who_is_worth_more_than_a_floor_unless_others_are_worth_more(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: pricing all pairs from lists that reach no further down than what a plan gives already."""
    for name, value in {"_WHOLE": 2, "_WIDTH": 4, "_WIDEST": 6, "_SURE": 2, "_BELOW_FLOOR": 2 * FINE}.items():
        monkeypatch.setattr(f"taskmentor.matching.market.{name}", value)
    short = 0
    for number in range(24):
        rng = default_rng([99, number])
        monkeypatch.setattr("taskmentor.matching.market._FEW_FALLEN", 1 + 7 * (number % 2))
        problem = shaped(rng, FAMILIES["single pairs" if number % 3 else "anything"], requests=30, mentors=25)
        market = market_of(problem, compiled=compiled)
        auction, kinds = Auction.of(market), market.kinds
        price = rng.integers(0, 9, problem.n_mentors) * FINE
        for _ in range(4):
            floor = np.where(rng.random(kinds.n_kinds) < 0.3, -(2**40), rng.integers(-4, 40, kinds.n_kinds) * FINE)
            lists = auction.at(price, None if number % 5 == 0 else floor)
            for kind in range(kinds.n_kinds):
                own = slice(int(lists.start[kind]), int(lists.start[kind]) + int(lists.length[kind]))
                listed, nets = lists.mentor[own].tolist(), lists.net[own].tolist()
                worth = {mentor: points - int(price[mentor]) for points, mentor in plain_worths(kinds.scan, kind)}
                assert nets == [worth[mentor] for mentor in listed] == sorted(nets, reverse=True)
                others = [net for mentor, net in worth.items() if mentor not in listed and net > market.asked.least]
                assert max(others, default=-(2**40)) <= max(lists.beyond[kind], market.asked.least)
                sure = sum(net >= lists.beyond[kind] for net in nets)
                least = market.asked.least if number % 5 == 0 else max(int(floor[kind]), market.asked.least)
                assert sure >= 2 + kinds.most_exceptions[kind] or lists.beyond[kind] <= least
                short += bool(others) and sure < 2
            change = rng.integers(-3, 3, problem.n_mentors) * (rng.random(problem.n_mentors) < 0.2)
            price = np.maximum(price + change * FINE, 0)
    assert short > 50


def test_steps_come_down_and_end() -> None:
    """Would be broken: the number of auctions, for points of any size."""
    for largest in (0, 1, 50, 10**4, 10**9):
        market = evolve(market_of(shaped(default_rng(1), FAMILIES["ties"], requests=9, mentors=5)), spread=largest)
        steps = market.steps()
        assert 1 <= len(steps) <= 5
        assert steps == sorted(steps, reverse=True)
        assert min(steps) >= 1


def test_an_auction_that_is_stopped_is_the_last() -> None:
    """Would be broken: limits of time."""
    market = market_of(shaped(default_rng(2), FAMILIES["anything"], requests=40, mentors=9))
    assert [sale.complete for sale in Auction.of(market).sales(lambda: True)] == [False]
    found = list(Auction.of(market).sales(lambda: False))
    assert [sale.complete for sale in found] == [True] * len(market.steps())
    for sale in found:
        assert (market.loads(sale.mentor_of) <= market.problem.capacity).all()
        assert (sale.price >= 0).all()


def test_where_a_first_price_leaves_many_places_over_auctions_begin_from_none() -> None:
    """Would be broken: the speed of markets in which everybody is after the same few mentors."""
    wanted, n = 5, 40
    request, mentor = np.append(np.repeat(np.arange(n), wanted), np.arange(15)), np.tile(np.arange(wanted), n)
    problem = Problem.from_pairs(
        request,
        np.append(mentor, wanted + np.arange(15)),
        np.append(np.full(wanted * n, 1000), np.ones(15, np.int64)),
        capacity=np.ones(20, np.int64),
        mentee=np.arange(n),
        limit=np.ones(n, np.int64),
        objective="score",
    )
    market = market_of(problem)
    for sale in Auction.of(market).sales(lambda: False):
        assert (sale.price[wanted:] < 100 * FINE).all()
        assert sale.price[:wanted].min() > 900 * FINE
        assert market.loads(sale.mentor_of).tolist()[:wanted] == [1] * wanted
