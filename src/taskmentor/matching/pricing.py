"""Pricing: what every request could get at most over all eligible pairs, at given prices, and the bound that proves."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals
from taskmentor.matching.kernels.finding import best_with_exceptions
from taskmentor.matching.kinds import ranges
from taskmentor.matching.market import Market
from taskmentor.matching.oracle import Nearest

__all__ = ["Priced", "next_places", "price_pairs"]


@frozen(eq=False, kw_only=True)
class Priced:
    """All pairs at some prices.

    Attributes:
        kind: The kinds, in the order of `nearest`. Shape (n_kinds,).
        nearest: The mentors worth most to each of them.
        worth: What each request gets at most, less the price. Shape (n_requests,).
        exceptional: Requests that get it from an exception. Shape (n_requests,).
        duals: Prices of all sides that cover every pair.
    """

    kind: NDArray[np.int64]
    nearest: Nearest
    worth: NDArray[np.int64]
    exceptional: NDArray[np.bool_]
    duals: Duals

    @property
    def top(self) -> NDArray[np.int64]:
        """Return what the best mentor of each kind is worth, in the order of `kind`. Shape (n_kinds,)."""
        return tops(self.nearest)


def price_pairs(market: Market, price: NDArray[np.int64], found: Nearest) -> Priced:
    """Return what every request could get at some prices of mentors, over all pairs.

    Args:
        market: Whose requests.
        price: Points. Shape (n_mentors,).
        found: The mentors worth most to each kind at these prices, in the order of the market's `oracle.by_skill`, at
            least one who is no exception.
    """
    problem, kinds, asked = market.problem, market.kinds, market.request
    order = market.oracle.by_skill
    n_listed = np.diff(kinds.exceptions.start)
    top = np.empty(kinds.n_kinds, np.int64)
    top[order] = tops(found)
    worth = np.full(problem.n_requests, market.asked.least, np.int64)
    worth[asked] = top[kinds.kind[asked]]
    apart = asked[n_listed[asked] > 0]
    plain, listed = _with_exceptions(market, found, price, apart)
    worth[apart] = np.maximum(plain, listed)
    exceptional = np.zeros(problem.n_requests, np.bool_)
    exceptional[apart] = listed > plain
    worth[asked] += market.asked.base[asked]
    mentee = next_places(worth[asked], problem.mentee[asked], problem.limit)
    request = np.maximum(worth - mentee[problem.mentee], 0)
    request[kinds.kind < 0] = 0
    return Priced(
        kind=order,
        nearest=found,
        worth=worth,
        exceptional=exceptional,
        duals=Duals(request=request, mentee=mentee, mentor=price),
    )


def tops(found: Nearest) -> NDArray[np.int64]:
    """Return what the best mentor of each kind is worth, far below any points for nobody. Shape (n_kinds,)."""
    top = found.beyond.astype(np.int64)
    some = found.count > 0
    top[some] = found.net[(np.cumsum(found.count) - found.count)[some]]
    return top


def _with_exceptions(
    market: Market, found: Nearest, price: NDArray[np.int64], requests: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what some requests get at most from mentors who are no exceptions of theirs, and from those who are."""
    kinds, own = market.kinds, market.kinds.exceptions
    plain, listed = np.empty(len(requests), np.int64), np.empty(len(requests), np.int64)
    place = np.empty(kinds.n_kinds, np.int32)
    place[market.oracle.by_skill] = np.arange(kinds.n_kinds)
    best_with_exceptions.for_size(market.oracle.compiled)(
        kinds.scan.least,
        requests,
        place[kinds.kind[requests]],
        own.start,
        own.mentor,
        own.points,
        price,
        np.append(0, np.cumsum(found.count, dtype=np.int64)),
        found.mentor,
        found.net,
        found.beyond,
        plain,
        listed,
    )
    return plain, listed


def next_places(worth: NDArray[np.int64], mentee: NDArray[np.int32], limit: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return what the best request beyond each mentee's limit is worth, at least 0.

    Args:
        worth: What each request gets. Shape (n,).
        mentee: Rising. Shape (n,).
        limit: Shape (n_mentees,).
    """
    price = np.zeros(len(limit), np.int64)
    count = np.bincount(mentee, minlength=len(limit))
    first = np.cumsum(count) - count
    by_one = np.flatnonzero(count == limit + 1)
    if len(by_one):  # as a rule nearly all of them: the worst one is left
        begin = np.cumsum(count[by_one]) - count[by_one]
        price[by_one] = np.maximum(np.minimum.reduceat(worth[ranges(first[by_one], count[by_one])], begin), 0)
    by_more = np.flatnonzero(count > limit + 1)
    rows = ranges(first[by_more], count[by_more])
    order = rows[np.lexsort((-worth[rows], mentee[rows]))]
    begin = np.cumsum(count[by_more]) - count[by_more]
    price[by_more] = np.maximum(worth[order[begin + limit[by_more]]], 0)
    return price
