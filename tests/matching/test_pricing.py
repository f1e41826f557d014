"""Pricing: what every request could get at most at given prices, and prices that cover every pair."""

import numpy as np
import pytest
from numpy.random import default_rng

from taskmentor.matching.market import FINE, Auction
from taskmentor.matching.pricing import next_places, price_pairs
from tests import profiles
from tests.markets import NEVER, market_of, worths
from tests.shaped_problems import FAMILIES, shaped


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_each_request_gets_at_most_is_what_looking_at_all_its_pairs_gives(
    family: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: every bound; a request with exceptions gets the best that is none, or one of them."""
    monkeypatch.setattr("taskmentor.matching.market._WHOLE", 1)
    monkeypatch.setattr("taskmentor.matching.market._WIDTH", width)
    monkeypatch.setattr("taskmentor.matching.market._WIDEST", width)
    exceptional = 0
    for number in range(30):
        rng = default_rng([97, number])
        problem = shaped(rng, FAMILIES[family], requests=18, mentors=9)
        market = market_of(problem, bonus=number % 7)
        price = rng.integers(0, 5, problem.n_mentors) * FINE
        found = price_pairs(market, price, Auction.of(market).at(price))
        duals = found.duals
        assert min(duals.request.min(initial=0), duals.mentee.min(initial=0)) >= 0
        for request in range(problem.n_requests):
            if market.kinds.kind[request] < 0:
                assert duals.request[request] == 0
                continue
            own = worths(market, request)
            nets = (own - price)[own > NEVER]
            assert found.worth[request] == nets.max() if len(nets) else found.worth[request] < -(2**20)
            listed = market.kinds.exceptions.take(np.array([request])).mentor
            if found.exceptional[request]:
                assert set(np.flatnonzero(own - price == found.worth[request]).tolist()) <= set(listed.tolist())
                exceptional += 1
            paid = duals.request[request] + duals.mentee[problem.mentee[request]] + price
            assert (paid >= own).all()
        for kind, (best, top) in enumerate(zip(found.best.tolist(), found.top.tolist(), strict=True)):
            asked = [one for one in range(problem.n_requests) if market.kinds.kind[one] == kind]
            exceptions = market.kinds.exceptions.take(np.array(asked[:1])).mentor
            nets = (worths(market, asked[0]) - price).tolist()
            assert best < 0 or best in exceptions or (top == nets[best] - market.asked.base[asked[0]])
    assert exceptional > 10 or family != "single pairs"


def test_a_mentees_next_place_is_worth_the_best_request_beyond_its_limit() -> None:
    """Would be broken: the price of a place on the mentee's side."""
    for number in profiles.some(100):
        rng = default_rng([98, number])
        mentee = np.sort(rng.integers(0, 4, int(rng.integers(0, 12)))).astype(np.int32)
        worth, limit = rng.integers(-3, 9, len(mentee)), rng.integers(0, 4, 4).astype(np.int32)
        for one, price in enumerate(next_places(worth, mentee, limit).tolist()):
            beyond = sorted(worth[mentee == one].tolist(), reverse=True)[int(limit[one]) :]
            assert price == max([0, *beyond[:1]])
