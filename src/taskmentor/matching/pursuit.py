"""The way to a proven optimum: auctions, the optimum over few pairs, all pairs priced, until nothing is left."""

from collections.abc import Callable
from time import monotonic

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import SolverError
from taskmentor.matching.covering import weighed
from taskmentor.matching.duals import Duals, priced, total
from taskmentor.matching.kernels.finding import count_from
from taskmentor.matching.kernels.reach import reach
from taskmentor.matching.market import FINE, Auction, Market, within
from taskmentor.matching.pricing import Priced, price_pairs
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.progress import Progress, Watch, unwatched
from taskmentor.matching.restriction import Listed, Optimum, differing, optimum
from taskmentor.matching.shapes import find_keys
from taskmentor.matching.start import Beginning
from taskmentor.models.ranges import ranges

__all__ = ["Goal", "Outcome", "most_requests", "pursue"]

_AUCTION_ABOVE = 500
"""For fewer requests the flow is as fast without an auction before it."""

_ABOVE_ALL = 2**61
"""More than any kind can have, and 1 more still fits."""

_ASKERS = 16
"""Where an earlier plan leaves a place, so many kinds are listed that would give most for it."""

_NEAR = 8
_NEAR_UNITS = 1
"""Listed for a kind are its best mentors: so many, and all within so many units of the best."""


@frozen(eq=False, kw_only=True)
class Goal:
    """When to stop.

    Attributes:
        over: Whether the time is up.
        timed: Whether it ever will be.
        gap_ppm: The proven gap that is good enough, in millionths of the bound.
        watch: Told of the progress.
    """

    over: Callable[[], bool]
    timed: bool
    gap_ppm: int
    watch: Watch

    @classmethod
    def until(cls, *, seconds: float | None = None, gap_ppm: int = 0, watch: Watch = unwatched) -> "Goal":
        """Return a goal that gives up after some seconds from now."""
        end = None if seconds is None else monotonic() + seconds
        return cls(
            over=lambda: end is not None and monotonic() > end, timed=end is not None, gap_ppm=gap_ppm, watch=watch
        )


@frozen(eq=False, kw_only=True)
class Outcome:
    """The best plan that was found, and the best bound.

    Attributes:
        market: What was sold.
        mentor_of: The mentor of each request, -1 for none. Shape (n_requests,).
        duals: Prices that cover every pair, in points.
        stopped: Whether time ran out before the goal was reached.
    """

    market: Market
    mentor_of: NDArray[np.int32]
    duals: Duals
    stopped: bool

    def arcs(self, problem: Problem) -> Arcs:
        """Return the pairs of the plan that are worth something, and what they are worth in a problem."""
        request = np.flatnonzero(self.mentor_of >= 0).astype(np.int32)
        arcs = weighed(problem, request, self.mentor_of[request])
        return arcs.take(arcs.weight > 0)


def pursue(market: Market, goal: Goal, beginning: Beginning | None = None) -> Outcome:
    """Return an optimal plan of a market with its proof, or the best that was found in time.

    Args:
        market: What may be served, and what it is worth.
        goal: When to stop.
        beginning: Prices and pairs to begin with; an auction finds them unless given.

    Complexity:
        Measured: about linear in the pairs of kinds and mentors; see the page on large organisations.
    """
    pursuit = _Pursuit(market=market, goal=goal)
    return pursuit.run() if beginning is None else pursuit.run_from(beginning)


@frozen(eq=False, kw_only=True)
class _Sold:
    """A plan, with what its pairs are worth.

    Attributes:
        plan: The mentor of each request, -1 for none. Shape (n_requests,).
        points: What these are worth to them, without the requests' own points. Shape (n_requests,).
        excepted: Which pairs are exceptions. Shape (n_requests,).
    """

    plan: NDArray[np.int32]
    points: NDArray[np.int64]
    excepted: NDArray[np.bool_]

    @classmethod
    def nothing(cls, market: Market) -> "_Sold":
        """Return the plan that serves nobody."""
        n = market.problem.n_requests
        return cls(plan=np.full(n, -1, np.int32), points=np.zeros(n, np.int64), excepted=np.zeros(n, np.bool_))

    @classmethod
    def lawful(cls, market: Market, mentor_of: NDArray[np.integer]) -> "_Sold":
        """Return a plan without the pairs that may not be made, and without those for which there is no place left.

        Args:
            market: The market.
            mentor_of: The mentor of each request, any number for none. Shape (n_requests,).
        """
        problem, asked = market.problem, market.request
        plan = np.full(problem.n_requests, -1, np.int32)
        plan[asked] = np.where(mentor_of[asked] < problem.n_mentors, mentor_of[asked], -1)
        every = cls.nothing(market).changed(market, plan)
        request = every.request[every.points[every.request] > market.asked.least]
        request = request[within(plan[request], problem.capacity)]
        request = request[within(problem.mentee[request], problem.limit)]
        kept = np.full(problem.n_requests, -1, np.int32)
        kept[request] = plan[request]
        return evolve(every, plan=kept)

    def changed(self, market: Market, plan: NDArray[np.int32]) -> "_Sold":
        """Return another plan; looked at are the pairs that this one has not."""
        points, excepted = self.points.copy(), self.excepted.copy()
        new = np.flatnonzero((plan >= 0) & (plan != self.plan))
        points[new], excepted[new] = market.oracle.points(new, plan[new])
        return _Sold(plan=plan, points=points, excepted=excepted)

    @property
    def request(self) -> NDArray[np.intp]:
        """Return the requests that are served."""
        return np.flatnonzero(self.plan >= 0)


@define(eq=False, kw_only=True)
class _Pursuit:
    """A pursuit under way: the best plan and the best prices so far."""

    market: Market
    goal: Goal
    auction: Auction = field(init=False)
    plan: NDArray[np.int32] = field(init=False)
    value: int = 0
    duals: Duals = field(init=False)
    bound: int | None = None

    def __attrs_post_init__(self) -> None:
        self.auction = Auction.of(self.market)
        self.plan = np.full(self.market.problem.n_requests, -1, np.int32)

    def run(self) -> Outcome:
        price, plan = np.zeros(self.market.problem.n_mentors, np.int64), self.plan
        if len(self.market.request) > _AUCTION_ABOVE:
            steps = len(self.market.steps())
            for done, sale in enumerate(self.auction.sales(self.goal.over), start=1):
                # Prices are cut to whole units, so that what they prove is a whole number of points.
                price, plan = sale.price // FINE * FINE, sale.mentor_of
                self._keep(_Sold.nothing(self.market).changed(self.market, plan))
                self._tell("auction", done, steps)
                wanted = not sale.complete or self.goal.timed or self.goal.gap_ppm
                if wanted and self._priced(price) is None:
                    return self._outcome(stopped=False)
                if not sale.complete:
                    return self._outcome(stopped=True)
        found = self._priced(price)
        if found is None:
            return self._outcome(stopped=False)
        sold = _Sold.nothing(self.market).changed(self.market, plan)
        return self._outcome(stopped=not self._close(price, sold, found))

    def run_from(self, beginning: Beginning) -> Outcome:
        """Return the outcome, with what is lawful of a plan kept until something speaks against it."""
        market = self.market
        sold = _Sold.lawful(market, beginning.mentor_of)
        plan = sold.plan
        self._keep(sold)
        price = market.measured(beginning.prices_for(market.bonus))
        price[market.loads(plan) == 0] = market.highest_price  # what nobody has may have been given by nobody before
        found, wanted = self._priced(price, self._has(sold, price)), np.zeros(len(price), np.bool_)
        if found is not None:
            wanted = self._wanted(sold, found) > market.problem.capacity
        if wanted.any():
            price[wanted] = market.highest_price
            found = self._priced(price, self._has(sold, price))
        if found is None:
            return self._outcome(stopped=False)
        price, askers = self._opened(price, plan, found, wanted)
        return self._outcome(stopped=not self._close(price, sold, found, askers))

    def _has(self, sold: _Sold, price: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what each kind gets at least from a plan, less the prices. Shape (n_kinds,)."""
        served, gets = sold.request, np.zeros(len(sold.plan), np.int64)
        gets[served] = sold.points[served] + self.market.asked.base[served] - price[sold.plan[served]]
        return self._floor(self.market.request, gets)

    def _gets(self, worth: NDArray[np.int64], mentee: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what each request gets at least: its best mentor, or what its mentee has beside. Shape (n_requests,).

        Args:
            worth: What its best mentor is worth to it, less the price. Shape (n_requests,).
            mentee: The price of each mentee. Shape (n_mentees,).
        """
        gets: NDArray[np.int64] = np.maximum(worth, mentee[self.market.problem.mentee])
        return gets

    def _floor(self, requests: NDArray[np.integer], gets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what each kind has at least, where some of its requests get so much, 0 at the least. Shape (n_kinds,).

        Args:
            requests: These requests; kinds of others have more than any pair could give. Shape (n,).
            gets: What every request gets. Shape (n_requests,).
        """
        kinds, base = self.market.kinds, self.market.asked.base
        floor = np.full(kinds.n_kinds, _ABOVE_ALL)
        np.minimum.at(floor, kinds.kind[requests], np.maximum(gets[requests], 0) - base[requests])
        return floor

    def _wanted(self, sold: _Sold, found: Priced) -> NDArray[np.int64]:
        """Return how many requests that a plan serves would get most from another mentor. Shape (n_mentors,)."""
        market = self.market
        served = sold.request
        gets = sold.points[served] + market.asked.base[served] - found.duals.mentor[sold.plan[served]]
        more = served[found.worth[served] > gets]
        best = found.best[market.kinds.kind[more]]
        return np.bincount(best[best >= 0], minlength=market.problem.n_mentors)

    def _opened(
        self, price: NDArray[np.int64], plan: NDArray[np.int32], found: Priced, wanted: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], Listed]:
        """Return prices at which about as many ask for a place as there are, and the kinds that would give most.

        Looked at are mentors of whom a plan leaves a place, and those whom far more want than can have them. At an
        earlier price nobody may ask for a place, or everybody: in few pairs it then finds nobody at all, or the wrong
        ones, and in all pairs that takes long to mend.
        """
        market = self.market
        floor = self._floor(market.request, self._gets(found.worth, found.duals.mentee))
        left = (market.loads(plan) < market.problem.capacity) & (price > 0)
        some = np.flatnonzero(left | wanted)
        askers = market.oracle.askers(some, floor, _ASKERS)
        cut = price.copy()
        cut[some] = 0
        np.maximum.at(cut, askers.mentor, askers.value.astype(np.int64))
        points = askers.value + floor[askers.kind]
        return np.minimum(cut, price), Listed.of(askers.kind, askers.mentor, points, market.problem.n_mentors)

    def _close(self, price: NDArray[np.int64], sold: _Sold, found: Priced, askers: Listed | None = None) -> bool:
        """Find the optimum over more and more pairs until the gap is closed; return whether it is."""
        market = self.market
        listed = _listed(market, found, found.top - _NEAR_UNITS * FINE, first=_NEAR).joined(_pairs(market, sold))
        listed = listed if askers is None else listed.joined(askers)
        special = found.exceptional | ((sold.plan >= 0) & sold.excepted) | differing(market, listed)
        rounds = 0
        while True:
            best = optimum(market, listed, special, price, sold.plan, self.goal.over)
            if best is None:
                return False
            price, sold = best.price, sold.changed(market, best.mentor_of)
            self._keep(sold)
            priced = self._priced(price, self._floor(market.request, self._gets(best.worth, best.mentee)))
            rounds += 1
            self._tell("closing the gap", rounds, None)
            if priced is None:
                return True
            if self.goal.over():
                return False
            missing, exceptional = self._missing(best, priced, listed)
            if not len(missing) and not (exceptional & ~special).any():
                raise SolverError(f"no pair is left that could close a gap of {self._gap():,}")
            listed, special = listed.joined(missing), special | exceptional | differing(market, missing)

    def _missing(self, best: Optimum, found: Priced, listed: Listed) -> tuple[Listed, NDArray[np.bool_]]:
        """Return pairs that could improve a plan and are not listed, and requests whose exceptions could."""
        market, problem = self.market, self.market.problem
        asked = market.request
        gets = self._gets(best.worth, best.mentee)
        short = asked[found.worth[asked] > gets[asked]]
        more = _listed(market, found, self._floor(short, gets) + 1)
        new = np.flatnonzero(~find_keys(listed.keys, more.keys)[1])
        exceptional = np.zeros(problem.n_requests, np.bool_)
        exceptional[short] = found.exceptional[short]
        return more.take(new), exceptional

    def _priced(self, price: NDArray[np.int64], floor: NDArray[np.int64] | None = None) -> Priced | None:
        """Price all pairs and keep what that proves; return it, or None where the gap is small enough.

        Pairs that are worth no more than a floor to their kind prove as much whether they are known or not.
        """
        found = price_pairs(self.market, price, self.auction.at(price, floor))
        proven = proves(self.market, found.duals)
        if self.bound is None or proven < self.bound:
            self.duals, self.bound = found.duals, proven
        return None if self._gap() * 1_000_000 <= self.goal.gap_ppm * self.bound else found

    def _gap(self) -> int:
        assert self.bound is not None
        return self.bound - self.value

    def _keep(self, sold: _Sold) -> None:
        """Keep a plan if it is better than the one before."""
        value = _worth(self.market, sold)
        if value >= self.value:
            self.plan, self.value = sold.plan, value

    def _tell(self, phase: str, done: int, of: int | None) -> None:
        self.goal.watch(
            Progress(phase=phase, done=done, of=of, value=self._points(self.value), bound=self._points(self.bound))
        )

    def _points(self, amount: int | None) -> int | None:
        return None if amount is None else amount // FINE * self.market.unit

    def _outcome(self, *, stopped: bool) -> Outcome:
        return Outcome(
            market=self.market, mentor_of=self.plan, duals=self.duals.measured(FINE, self.market.unit), stopped=stopped
        )


def most_requests(market: Market, plan: NDArray[np.int32]) -> Duals | None:
    """Return prices of 0 and 1 that prove that no plan serves more requests, or None where some plan does.

    Args:
        market: What may be served.
        plan: The mentor of each request, -1 for none. Shape (n_requests,).
    """
    problem, asked = market.problem, market.asked
    served = np.flatnonzero(plan >= 0).astype(np.int32)
    mentee = np.zeros(problem.n_mentees, np.bool_)
    request, mentor = np.zeros(problem.n_requests, np.bool_), np.zeros(problem.n_mentors, np.bool_)
    done = reach.for_size(market.oracle.compiled)(
        market.kinds.scan,
        asked,
        plan,
        np.append(0, np.cumsum(market.loads(plan))),
        served[np.argsort(plan[served], kind="stable")],
        problem.capacity,
        problem.limit,
        int(market.kinds.offering.sum()),
        mentee,
        request,
        mentor,
    )
    if not done:
        return None
    if mentor[market.kinds.offering].all():
        return market.plain_cover()
    owned = mentee[problem.mentee]
    return Duals(
        request=(owned & ~request & (market.kinds.kind >= 0)).astype(np.int64),
        mentee=(~mentee).astype(np.int64),
        mentor=mentor.astype(np.int64),
    )


def proves(market: Market, duals: Duals) -> int:
    """Return the bound of prices in a market, where pins and what takes no part count nothing."""
    problem = market.problem
    return total(duals.request) + priced(duals.mentee, problem.limit) + priced(duals.mentor, problem.capacity)


def _worth(market: Market, sold: _Sold) -> int:
    """Return what a plan is worth in a market."""
    return total(sold.points[sold.request] + market.asked.base[sold.request])


def _listed(market: Market, found: Priced, floor: NDArray[np.int64], *, first: int = 0) -> Listed:
    """Return the pairs that are worth at least a floor, less their prices, and the first so many of each kind."""
    lists, count = found.lists, np.empty(market.kinds.n_kinds, np.int64)
    count_from.for_size(market.oracle.compiled)(lists, floor, first, count)
    rows = ranges(lists.start, count)
    kind = np.repeat(np.arange(len(count)), count)
    return Listed.of(kind, lists.mentor[rows], lists.points[rows], market.problem.n_mentors)


def _pairs(market: Market, sold: _Sold) -> Listed:
    """Return the pairs of a plan that are no exceptions."""
    by_kind = market.kinds.request  # so that hardly anything is left to sort
    plain = by_kind[((sold.plan >= 0) & ~sold.excepted)[by_kind]]
    return Listed.of(market.kinds.kind[plain], sold.plan[plain], sold.points[plain], market.problem.n_mentors)
