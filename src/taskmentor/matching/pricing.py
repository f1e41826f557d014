"""Pricing: what every request could get at most over all eligible pairs, at given prices, and the bound that proves."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals
from taskmentor.matching.kernels.auction import Lists
from taskmentor.matching.kernels.finding import best_worth
from taskmentor.matching.market import Market
from taskmentor.models.ranges import ranges

__all__ = ["Priced", "next_places", "price_pairs"]


@frozen(eq=False, kw_only=True)
class Priced:
    """All pairs at some prices.

    Attributes:
        lists: The mentors worth most to each kind, at these prices until the next ones are looked at.
        worth: What each request gets at most, less the price. Shape (n_requests,).
        exceptional: Requests that get it from an exception. Shape (n_requests,).
        duals: Prices of all sides that cover every pair.
    """

    lists: Lists
    worth: NDArray[np.int64]
    exceptional: NDArray[np.bool_]
    duals: Duals

    @property
    def best(self) -> NDArray[np.int64]:
        """Return the best mentor of each kind, -1 where nobody is listed. Shape (n_kinds,)."""
        return np.where(self.lists.length > 0, self.lists.mentor[self.lists.start], -1).astype(np.int64)

    @property
    def top(self) -> NDArray[np.int64]:
        """Return what the best mentor of each kind is worth, far below any points for nobody. Shape (n_kinds,)."""
        lists = self.lists
        return np.where(lists.length > 0, lists.net[lists.start], lists.beyond).astype(np.int64)


def price_pairs(market: Market, price: NDArray[np.int64], lists: Lists) -> Priced:
    """Return what every request could get at some prices of mentors, over all pairs.

    Args:
        market: Whose requests.
        price: Points. Shape (n_mentors,).
        lists: The mentors worth most to each kind at these prices, at least one who is no exception.
    """
    problem, kinds, asked, own = market.problem, market.kinds, market.request, market.kinds.exceptions
    worth, exceptional = np.full(problem.n_requests, market.asked.least), np.zeros(problem.n_requests, np.bool_)
    listing = (own.start, own.mentor, own.points)
    best_worth.for_size(market.oracle.compiled)(
        kinds.scan.least, asked, kinds.kind, *listing, market.asked.base, price, lists, worth, exceptional
    )
    mentee = next_places(worth[asked], problem.mentee[asked], problem.limit)
    request = np.maximum(worth - mentee[problem.mentee], 0)
    request[kinds.kind < 0] = 0
    return Priced(
        lists=lists,
        worth=worth,
        exceptional=exceptional,
        duals=Duals(request=request, mentee=mentee, mentor=price),
    )


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
