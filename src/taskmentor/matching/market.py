"""Prices by auction: mentors' places are sold to requests, over everybody who could be whose mentor."""

from collections.abc import Callable, Iterator
from math import gcd

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals
from taskmentor.matching.kernels.auction import Asked, Lists, Places, bid
from taskmentor.matching.kinds import Kinds, ranges
from taskmentor.matching.oracle import Oracle
from taskmentor.matching.problem import Problem

__all__ = ["FINE", "Market", "Sale", "sales"]

_WIDTH = 16
"""How many mentors the list of a kind of one request has; one more for each further request, up to `_WIDEST`."""

_WIDEST = 256

FINE = 6
"""What the largest unit of all points is measured as.

Bids are raised by less than a unit, so that prices cut to whole units hardly disturb who suits whom best.
"""

_FIRST_STEP = 24
"""The first step of bids is the spread of scores by this; each further one is a fifth of the one before."""

_LAST_STEP = 2
"""The last step, a third of a unit."""

_MOST_AUCTIONS = 5
"""Where so many auctions do not come down to the last step, the flow does the rest."""

_LOWERED = 4
"""Before the next auction prices fall by so many steps, so that no place stays dear for want of bids."""

_BIDS = 1 << 18
"""So many bids are made before the clock is looked at."""


@frozen(eq=False, kw_only=True)
class Market:
    """The requests that may be served, the places that may be given, and what they are worth to each other.

    Attributes:
        problem: The problem.
        request: Places of the requests that take part, rising. Shape (n,).
        kinds: These requests by kind.
        oracle: Who finds the mentors worth most.
        asked: The requests as bidders see them.
        unit: The points of the policy that are measured as `FINE` here.
        bonus: What serving a request is worth beside the pair's score, in points.
        spread: How far scores of pairs are apart at the most, as measured here.
    """

    problem: Problem
    request: NDArray[np.int32]
    kinds: Kinds
    oracle: Oracle
    asked: Asked
    unit: int
    bonus: int
    spread: int

    @classmethod
    def of(
        cls, problem: Problem, kinds: Kinds, oracle: Callable[[Kinds], Oracle], *, bonus: int, spread: int
    ) -> "Market":
        """Return the market of a problem.

        Args:
            problem: The problem.
            kinds: The requests that can be served.
            oracle: Makes the oracle of some kinds.
            bonus: What serving a request is worth beside the pair's score, in points.
            spread: How far scores of pairs are apart at the most, in points.
        """
        unit = gcd(kinds.unit, bonus)
        kinds = kinds.measured(unit, FINE)
        asked = Asked(
            first=np.searchsorted(problem.mentee, np.arange(problem.n_mentees + 1)).astype(np.int64),
            mentee=problem.mentee,
            kind=kinds.kind,
            base=kinds.base + bonus // unit * FINE,
            exception_start=kinds.exceptions.start,
            exception_mentor=kinds.exceptions.mentor,
            exception_points=kinds.exceptions.points,
            least=kinds.scan.least,
        )
        return cls(
            problem=problem,
            request=np.flatnonzero(kinds.kind >= 0).astype(np.int32),
            kinds=kinds,
            oracle=oracle(kinds),
            asked=asked,
            unit=unit,
            bonus=bonus,
            spread=spread // unit * FINE,
        )

    def plain_cover(self) -> Duals:
        """Return prices of 0 and 1 that cover every pair, of whichever side has fewer places."""
        problem = self.problem
        counts = np.bincount(problem.mentee[self.request], minlength=problem.n_mentees)
        by_mentees = int(np.minimum(problem.limit, counts).sum(dtype=np.int64))
        offering = self.kinds.offering
        nothing = (np.zeros(n, np.int64) for n in (problem.n_requests, problem.n_mentees, problem.n_mentors))
        request, mentee, mentor = nothing
        if int(problem.capacity[offering].sum(dtype=np.int64)) <= by_mentees:
            mentor[offering] = 1
        else:
            mentee[counts > problem.limit] = 1
            request[self.request] = 1 - mentee[problem.mentee[self.request]]
        return Duals(request=request, mentee=mentee, mentor=mentor)

    def steps(self) -> list[int]:
        """Return the steps by which bids are raised, auction by auction."""
        steps = [max(self.spread // _FIRST_STEP, _LAST_STEP)]
        while steps[-1] > _LAST_STEP and len(steps) < _MOST_AUCTIONS:
            steps.append(max(steps[-1] // 5, _LAST_STEP))
        return steps

    def loads(self, mentor_of: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return how many requests each mentor serves. Shape (n_mentors,)."""
        return np.bincount(mentor_of[mentor_of >= 0], minlength=self.problem.n_mentors)


@frozen(eq=False, kw_only=True)
class Sale:
    """What an auction ended with.

    Attributes:
        price: What one more place of each mentor costs. Shape (n_mentors,).
        mentor_of: The mentor of each request, -1 for none. Shape (n_requests,).
        n_bids: How many bids were made.
        complete: Whether nobody would have bid any more.
    """

    price: NDArray[np.int64]
    mentor_of: NDArray[np.int32]
    n_bids: int
    complete: bool


def sales(market: Market, over: Callable[[], bool]) -> Iterator[Sale]:
    """Return one auction after the other, in smaller and smaller steps, each from the prices of the one before.

    Args:
        market: What is sold, and to whom.
        over: Asked now and then whether to stop.
    """
    price = _first_prices(market)
    for step in market.steps():
        sale = _Auction.of(market, price).run(step, over)
        yield sale
        if not sale.complete:
            return
        full = market.loads(sale.mentor_of) >= market.problem.capacity
        price = np.where(full, np.maximum(sale.price - _LOWERED * step, 0), 0)


def _first_prices(market: Market) -> NDArray[np.int64]:
    """Return one price for all at which a little more would be asked for than there is."""
    kinds, problem = market.kinds, market.problem
    everybody = market.oracle.by_skill
    free = np.zeros(problem.n_mentors, np.int64)
    found = market.oracle.nearest(everybody, free, np.ones(len(everybody), np.int64))
    top = np.zeros(kinds.n_kinds, np.int64)
    some = found.count > 0
    top[everybody[some]] = found.net
    worth = top[kinds.kind[market.request]] + market.asked.base[market.request]
    n_places = int(problem.capacity.sum(dtype=np.int64))
    if len(worth) > n_places > 0:
        highest = int(np.partition(worth, len(worth) - n_places)[len(worth) - n_places])
        return np.full(problem.n_mentors, max(highest - market.spread // 4, 0), np.int64)
    return free


@define(eq=False, kw_only=True)
class _Auction:
    """An auction under way."""

    market: Market
    lists: Lists
    width: NDArray[np.int64]
    places: Places
    mentor_of: NDArray[np.int32]
    room: NDArray[np.int32]
    stale: NDArray[np.bool_]
    n_bids: int = field(default=0)

    @classmethod
    def of(cls, market: Market, price: NDArray[np.int64]) -> "_Auction":
        kinds, problem = market.kinds, market.problem
        points = kinds.scan.by_mentor.dtype
        asked_by = np.diff(kinds.start)
        # Exceptions are passed over in a list; a list of nothing else would be asked for anew without end.
        width = np.minimum(_WIDTH + asked_by, _WIDEST) + kinds.most_exceptions
        width = np.minimum(width, np.maximum(kinds.scan.kind_count, 1))
        start = np.cumsum(width) - width
        n = int(width.sum())
        lists = Lists(
            start=start,
            length=np.zeros(kinds.n_kinds, np.int32),
            beyond=np.zeros(kinds.n_kinds, points),
            mentor=np.zeros(n, np.int32),
            points=np.zeros(n, points),
            net=np.zeros(n, points),
        )
        first = np.append(0, np.cumsum(problem.capacity, dtype=np.int64))
        places = Places(
            start=first,
            cost=np.repeat(price, problem.capacity),
            holder=np.full(int(first[-1]), -1, np.int32),
            price=price.astype(points),
        )
        return cls(
            market=market,
            lists=lists,
            width=width,
            places=places,
            mentor_of=np.full(problem.n_requests, -1, np.int32),
            room=problem.limit.copy(),
            stale=np.zeros(kinds.n_kinds, np.bool_),
        )

    def run(self, step: int, over: Callable[[], bool]) -> Sale:
        """Let everybody bid until nobody bids any more, or it is over."""
        self._renew(self.market.oracle.by_skill)
        n_mentees = self.market.problem.n_mentees
        queue = np.arange(n_mentees + 1, dtype=np.int32)
        parked = np.zeros(n_mentees, np.int32)
        waits = np.ones(n_mentees, np.bool_)
        state = np.array([0, n_mentees, 0], np.int64)
        call = bid.for_size(self.market.oracle.compiled)
        complete = True
        while state[0] != state[1] or state[2]:
            if over():
                complete = False
                break
            arguments = (self.market.asked, self.lists, self.places, step, self.room, self.mentor_of)
            self.n_bids += call(*arguments, queue, state, waits, parked, self.stale, _BIDS)
            if state[0] == state[1] and state[2]:
                n = int(state[2])
                queue[:n] = parked[:n]
                waits[parked[:n]] = True
                state[:] = 0, n, 0
                by_skill = self.market.oracle.by_skill
                self._renew(by_skill[self.stale[by_skill]])
        return Sale(
            price=self.places.price.astype(np.int64),
            mentor_of=self.mentor_of,
            n_bids=self.n_bids,
            complete=complete,
        )

    def _renew(self, kinds: NDArray[np.int64]) -> None:
        found = self.market.oracle.nearest(kinds, self.places.price, self.width[kinds])
        rows = ranges(self.lists.start[kinds], found.count)
        self.lists.length[kinds] = found.count
        self.lists.beyond[kinds] = found.beyond
        self.lists.mentor[rows] = found.mentor
        self.lists.net[rows] = found.net
        self.lists.points[rows] = found.net + self.places.price[found.mentor]
        self.stale[kinds] = False
