"""Prices by auction: mentors' places are sold to requests, over everybody who could be whose mentor."""

from collections.abc import Callable, Iterator
from functools import cached_property
from math import gcd

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals
from taskmentor.matching.kernels.auction import NONE, Asked, Lists, Places, bid, find_stale, put_again, put_in
from taskmentor.matching.kinds import Kinds, starts
from taskmentor.matching.oracle import Oracle
from taskmentor.matching.problem import Problem
from taskmentor.models.ranges import ranges

__all__ = ["FINE", "Auction", "Market", "Sale", "highest_price", "within"]

Whole = NDArray[np.signedinteger]

_WIDTH = 16
"""How many mentors the list of a kind of one request has; one more for each further request, up to `_WIDEST`."""

_WIDEST = 256

_WHOLE = 64
"""Of kinds that so few could mentor everybody is listed: such a list never grows too old."""

FINE = 6
"""What the largest unit of all points is measured as.

Bids are raised by less than a unit, so that prices cut to whole units hardly disturb who suits whom best.
"""

_FIRST_STEP = 32
"""The first step of bids is the spread of scores by this; each further one is a fifth of the one before."""

_LAST_STEP = 1
"""The last step, a sixth of a unit."""

_BELOW = 8
"""The first price for all is by this part of the spread below the one at which as much is asked for as there is."""

_LEFT_OVER = 10
"""Where more than one place by so many finds nobody at that price, auctions begin anew from none."""

_MOST_AUCTIONS = 5
"""Where so many auctions do not come down to the last step, the flow does the rest."""

_LOWERED, _LOWERED_LAST = 2, 3
"""Before the next auction, and before the last one, prices fall by so many steps.

Few places then stay dear for want of bids. The next auction mends what is left of them; after the last one the flow
must, which takes longer.
"""

_FEW_FALLEN = 8
"""Where the prices of fewer holders of skills than one in so many fell, lists are mended and not made anew."""

_SURE = 4
"""Of mended lists so many mentors are sure to be the best ones, exceptions aside."""

_BELOW_FLOOR = 8 * FINE
"""Lists reach so far below what is asked about: prices may rise so much before they have to be made anew."""

_BIDS = 1 << 16
"""So many bids are made before the clock is looked at, and before those who wait are put in order again."""


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
            first=starts(problem.mentee, problem.n_mentees),
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

    @cached_property
    def _requests_of_mentees(self) -> NDArray[np.int64]:
        """How many requests of each mentee take part. Shape (n_mentees,)."""
        return np.bincount(self.problem.mentee[self.request], minlength=self.problem.n_mentees)

    @property
    def n_places(self) -> int:
        """Return how many places all mentors have together."""
        return int(self.problem.capacity.sum(dtype=np.int64))

    def most_served(self) -> int:
        """Return how many requests the mentees' limits alone would let be served."""
        return int(np.minimum(self.problem.limit, self._requests_of_mentees).sum(dtype=np.int64))

    def plain_cover(self) -> Duals:
        """Return prices of 0 and 1 that cover every pair, of whichever side has fewer places."""
        problem = self.problem
        counts, offering = self._requests_of_mentees, self.kinds.offering
        nothing = (np.zeros(n, np.int64) for n in (problem.n_requests, problem.n_mentees, problem.n_mentors))
        request, mentee, mentor = nothing
        if int(problem.capacity[offering].sum(dtype=np.int64)) <= self.most_served():
            mentor[offering] = 1
        else:
            mentee[counts > problem.limit] = 1
            request[self.request] = 1 - mentee[problem.mentee[self.request]]
        return Duals(request=request, mentee=mentee, mentor=mentor)

    @cached_property
    def turn(self) -> NDArray[np.int32]:
        """Return a number for each mentee: the kind of the first of its requests that take part. Shape (n_mentees,)."""
        turn = np.zeros(self.problem.n_mentees, np.int32)
        turn[self.problem.mentee[self.request[::-1]]] = self.kinds.kind[self.request[::-1]]
        return turn

    def steps(self) -> list[int]:
        """Return the steps by which bids are raised, auction by auction."""
        steps = [max(self.spread // _FIRST_STEP, _LAST_STEP)]
        while steps[-1] > _LAST_STEP and len(steps) < _MOST_AUCTIONS:
            steps.append(max(steps[-1] // 5, _LAST_STEP))
        return steps

    def measured(self, price: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return prices in points as they are measured here, within what a price can be. Shape (n_mentors,)."""
        units = np.minimum(np.maximum(price, 0) // self.unit, self.highest_price // FINE)
        return np.asarray(units * FINE, np.int64)

    @property
    def highest_price(self) -> int:
        """Return a price that nobody would pay, as it is measured here."""
        return (self.bonus // self.unit + self.spread // FINE + 1) * FINE

    def loads(self, mentor_of: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return how many requests each mentor serves. Shape (n_mentors,)."""
        return np.bincount(mentor_of[mentor_of >= 0], minlength=self.problem.n_mentors)


def highest_price(bonus: int, spread: int) -> int:
    """Return what no price exceeds, in the finest measure: bids stop where nothing is left of what a pair is worth.

    Args:
        bonus: What serving a request is worth beside the score.
        spread: How far scores are apart at the most.
    """
    return 4 * FINE * (bonus + spread)


def within(owner: NDArray[np.integer], places: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which rows are among the first ones of their owners, as many as these have places. Shape (n,)."""
    kept = np.asarray(np.bincount(owner, minlength=len(places))[owner] <= places[owner])
    rows = np.flatnonzero(~kept)  # few, as a rule
    rows = rows[np.argsort(owner[rows], kind="stable")]
    rising = owner[rows]
    among = np.arange(len(rows)) - np.searchsorted(rising, rising)
    kept[rows] = among < places[rising]
    return kept


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


@frozen(eq=False, kw_only=True)
class Auction:
    """One auction after the other, with the same lists of who is worth most to each kind.

    Attributes:
        market: What is sold, and to whom.
        lists: The mentors worth most to each kind.
        width: How many a list has room for. Shape (n_kinds,).
        stale: Which lists are too old. Shape (n_kinds,).
        held_at: Prices; at these and at any higher ones the lists say what is true. Shape (n_mentors,).
    """

    market: Market
    lists: Lists
    width: NDArray[np.int64]
    stale: NDArray[np.bool_]
    held_at: NDArray[np.int64]

    @classmethod
    def of(cls, market: Market) -> "Auction":
        """Return the auctions of a market, before any list is made."""
        kinds = market.kinds
        points = kinds.scan.by_mentor.dtype
        asked_by, held_by = np.diff(kinds.start), np.maximum(kinds.scan.kind_count, 1)
        # Exceptions are passed over in a list; a list of nothing else would be asked for anew without end.
        width = np.minimum(_WIDTH + asked_by, _WIDEST) + kinds.most_exceptions
        width = np.where(held_by <= _WHOLE, held_by, np.minimum(width, held_by))
        n = int(width.sum())
        lists = Lists(
            start=np.cumsum(width) - width,
            length=np.zeros(kinds.n_kinds, np.int32),
            beyond=np.zeros(kinds.n_kinds, points),
            mentor=np.zeros(n, np.int32),
            points=np.zeros(n, points),
            net=np.zeros(n, points),
        )
        return cls(
            market=market,
            lists=lists,
            width=width,
            stale=np.zeros(kinds.n_kinds, np.bool_),
            held_at=np.full(market.problem.n_mentors, np.iinfo(np.int64).max),
        )

    def sales(self, over: Callable[[], bool]) -> Iterator[Sale]:
        """Return one auction after the other, in smaller and smaller steps, each from the prices of the one before.

        Args:
            over: Asked now and then whether to stop.
        """
        market = self.market
        price = self._first_prices()
        steps = market.steps()
        for number, step in enumerate(steps):
            if number:
                self._look_again(price)
            sale = self._run(price, step, over)
            if not number and price.any() and sale.complete and self._is_too_dear(sale):
                price = np.zeros_like(price)
                self._look_again(price)
                sale = self._run(price, step, over)
            yield sale
            if not sale.complete:
                return
            full = market.loads(sale.mentor_of) >= market.problem.capacity
            lowered = step * (_LOWERED if number + 2 < len(steps) else _LOWERED_LAST)
            price = np.where(full, np.maximum(sale.price - lowered, 0), 0)

    def _is_too_dear(self, sale: Sale) -> bool:
        """Return whether so many places are left over that finding their prices would be the work of the flow."""
        n_places = self.market.n_places
        return (n_places - int(np.count_nonzero(sale.mentor_of >= 0))) * _LEFT_OVER > n_places

    def at(self, price: NDArray[np.int64], floor: NDArray[np.int64] | None = None) -> Lists:
        """Return the lists brought up to date for some prices; they are the same ones, written anew, every time.

        Args:
            price: Of each mentor. Shape (n_mentors,).
            floor: What each kind has at least: of mentors who are worth no more to it, less their prices, nothing need
                be known. Everybody counts unless given. Shape (n_kinds,).
        """
        least = self.market.asked.least
        self._look_again(price, None if floor is None else np.maximum(floor, least).astype(self.lists.net.dtype))
        return self.lists

    def _first_prices(self) -> NDArray[np.int64]:
        """Make all lists, for one price for all at which a little more would be asked for than there is; return it."""
        market, lists, n_mentors = self.market, self.lists, self.market.problem.n_mentors
        points = lists.net.dtype
        self._renew(market.oracle.by_skill, np.zeros(n_mentors, points))
        top = np.zeros(market.kinds.n_kinds, np.int64)
        some = lists.length > 0
        top[some] = lists.net[lists.start[some]]
        worth = top[market.kinds.kind[market.request]] + market.asked.base[market.request]
        n_places, price = market.n_places, 0
        if market.most_served() > n_places > 0:
            highest = int(np.partition(worth, len(worth) - n_places)[len(worth) - n_places])
            price = max(highest - market.spread // _BELOW, 0)
        lists.net[:] -= points.type(price)
        lists.beyond[~self._whole] -= points.type(price)
        self.held_at[:] = price
        return np.full(n_mentors, price, np.int64)

    def _look_again(self, price: NDArray[np.int64], floor: Whole | None = None) -> None:
        """Bring all lists up to date, for any prices."""
        holder = self.market.kinds.scan.holder
        fallen = (price < self.held_at)[holder]
        if np.count_nonzero(fallen) * _FEW_FALLEN < len(holder):
            self._mend(price.astype(self.lists.net.dtype), fallen, floor)
        else:
            self._make_anew(price.astype(self.lists.net.dtype), floor)
        self.held_at[:] = price

    def _make_anew(self, price: Whole, floor: Whole | None) -> None:
        whole, by_skill = self._whole, self.market.oracle.by_skill
        put_again.for_size(self.market.oracle.compiled)(self.lists, np.flatnonzero(whole), price)
        self._renew(by_skill[~whole[by_skill]], price, floor)

    def _mend(self, price: Whole, fallen: NDArray[np.bool_], floor: Whole | None) -> None:
        """Bring all lists up to date where few prices fell: who is cheaper now may belong into lists it is not in.

        What nobody beyond a list exceeds is still true of everybody else, whose prices are as they were or higher, and
        of those who are cheaper now but no more than that: they are left out.
        """
        market, lists, compiled = self.market, self.lists, self.market.oracle.compiled
        put_again.for_size(compiled)(lists, np.arange(market.kinds.n_kinds), price)
        cheaper = market.oracle.among(fallen)
        by_skill = market.oracle.by_skill
        kinds = by_skill[(cheaper.kinds.scan.kind_count[by_skill] > 0) & ~self._whole[by_skill]]
        if len(kinds):
            found = cheaper.nearest(kinds, price, self.width[kinds], lists.beyond[kinds])
            start = np.cumsum(found.count, dtype=np.int64) - found.count
            further = (start, found.count, found.beyond, found.mentor, found.net)
            put_in.for_size(compiled)(lists, self.width, kinds, price, *further)
        known = np.full(market.kinds.n_kinds, market.asked.least, lists.net.dtype) if floor is None else floor
        find_stale.for_size(compiled)(lists, market.kinds.most_exceptions + _SURE, known, self.stale)
        self._renew(by_skill[self.stale[by_skill]], price, floor)

    @property
    def _whole(self) -> NDArray[np.bool_]:
        """Return which lists hold everybody. Shape (n_kinds,)."""
        return self.lists.beyond <= self.market.asked.least

    def _run(self, price: NDArray[np.int64], step: int, over: Callable[[], bool]) -> Sale:
        """Let everybody bid until nobody bids any more, or it is over."""
        market, problem = self.market, self.market.problem
        start = np.append(0, np.cumsum(problem.capacity, dtype=np.int64))
        places = Places(
            start=start,
            cost=np.repeat(price, problem.capacity),
            holder=np.full(int(start[-1]), -1, np.int32),
            price=price.astype(self.lists.net.dtype),
        )
        mentor_of, room = np.full(problem.n_requests, NONE, np.int32), problem.limit.copy()
        n_mentees, n_bids, turn = problem.n_mentees, 0, market.turn
        queue, parked = np.zeros(n_mentees + 1, np.int32), np.zeros(n_mentees, np.int32)
        waits, state = np.zeros(n_mentees, np.bool_), np.zeros(3, np.int64)
        pending: NDArray[np.integer] = np.flatnonzero(np.bincount(problem.mentee[market.request]))
        call = bid.for_size(market.oracle.compiled)
        while len(pending) and not over():
            # Whose kinds are the same bid one after the other: what they look at is then at hand.
            queue[: len(pending)] = pending[np.argsort(turn[pending], kind="stable")]
            waits[pending] = True
            state[:2] = 0, len(pending)
            arguments = (market.asked, self.lists, places, step, room, mentor_of)
            n_bids += call(*arguments, queue, state, waits, parked, self.stale, _BIDS)
            begin, end, n_parked = (int(one) for one in state)
            pending = queue[begin:end] if begin <= end else np.append(queue[begin:], queue[:end])
            if not len(pending) and n_parked:
                pending, state[2] = parked[:n_parked], 0
                by_skill = market.oracle.by_skill
                self._renew(by_skill[self.stale[by_skill]], places.price)
        self.held_at[:] = places.price
        complete = bool(not len(pending) and not state[2])
        return Sale(
            price=places.price.astype(np.int64), mentor_of=np.maximum(mentor_of, NONE), n_bids=n_bids, complete=complete
        )

    def _renew(self, kinds: NDArray[np.int64], price: Whole, floor: Whole | None = None) -> None:
        """Make the lists of some kinds anew, of mentors worth more than a floor and some more."""
        if not len(kinds):
            return
        low = None if floor is None else np.maximum(floor[kinds] - _BELOW_FLOOR, self.market.asked.least)
        found = self.market.oracle.nearest(kinds, price, self.width[kinds], low)
        rows = ranges(self.lists.start[kinds], found.count)
        self.lists.length[kinds] = found.count
        self.lists.beyond[kinds] = found.beyond
        self.lists.mentor[rows] = found.mentor
        self.lists.net[rows] = found.net
        self.lists.points[rows] = found.net + price[found.mentor]
        self.stale[kinds] = False
