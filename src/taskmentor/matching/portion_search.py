"""Plans under budgets of hours by flows: hours are shared out among places, and shared out anew by what prices tell.

Source:
    Decomposition by resources: Geoffrion, "Primal resource-directive approaches for optimizing nonlinear decomposable
    systems", Operations Research 18 (1970). What every mentor would do with other portions comes from an exact knapsack
    at the prices of requests, as in `uses`. Prices that are means of many prove more than the last ones, as in Barahona
    and Anbil, "The volume algorithm: producing primal solutions with a subgradient method", Mathematical Programming 87
    (2000).
"""

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching.candidates import best
from taskmentor.matching.covering import asking, closed, weighed
from taskmentor.matching.portions import Portions
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Solution, Strategy, solve
from taskmentor.matching.uses import Room, Uses, best_uses, hour_charged

__all__ = ["PortionSearch", "UsePrices"]

_FIRST = 128
"""To begin with, an hour costs such a part of what scores are apart."""

_NEAR = 24
"""So many mentors of each request are looked at when hours are shared out anew."""

_MOVED = (0.3, 0.3, 0.3, 0.2, 0.2, 0.2, 0.1)
"""Such a part of the mentors who would gain change their portions in each round; the last one from then on."""

_MEAN = 0.1
"""The last prices count at least so much in the mean."""

Numbers = NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class UsePrices:
    """Prices at which uses of mentors are asked for.

    Attributes:
        request: Shape (n_requests,).
        mentee: Shape (n_mentees,).
        place: Of each mentor's places. Shape (n_mentors,).
        hour: Of each mentor's hours, beside. Shape (n_mentors,).
    """

    request: NDArray[np.float64]
    mentee: NDArray[np.float64]
    place: NDArray[np.float64]
    hour: NDArray[np.float64]

    def towards(self, other: "UsePrices", part: float) -> "UsePrices":
        """Return prices between these and others."""
        pairs = ((name, getattr(self, name), getattr(other, name)) for name in ("request", "mentee", "place", "hour"))
        return UsePrices(**{name: own + part * (others - own) for name, own, others in pairs})


@define(eq=False, kw_only=True)
class PortionSearch:
    """A search for portions.

    Attributes:
        problem: The problem without constraints, whose pairs may be charged for rows of others than hours.
        room: What its mentors have.
        strategy: Finds plans over portions.
        lengths: The different lengths of requests, rising, after -1 for a place that is closed.
        portion: Which of the lengths each place of each mentor is for. Shape (n_mentors, places).
        rng: Chooses who changes portions.
        turn: How many rounds there were.
        rounds: How many of them were of the present problem.
        mean: Prices, in the mean of those rounds.
        plan: The best plan of those rounds, of mentors.
        value: What it is worth.
    """

    problem: Problem
    room: Room
    strategy: Strategy
    lengths: Numbers
    portion: Numbers
    rng: Generator = field(factory=lambda: default_rng(0))
    turn: int = 0
    rounds: int = 0
    mean: UsePrices | None = None
    plan: Arcs | None = None
    value: int = 0

    @classmethod
    def of(cls, problem: Problem, room: Room, strategy: Strategy) -> "PortionSearch":
        """Return a search that begins with the best plan when hours cost the same everywhere."""
        problem = evolve(problem, constraints=())
        first = solve(hour_charged(problem, room, problem.spread // _FIRST), strategy)
        free = problem.pinned[first.request] < 0
        lengths = np.append(-1, np.unique(room.length))
        none = np.zeros((problem.n_mentors, int(room.places.max(initial=0))), np.int64)
        search = cls(problem=problem, room=room, strategy=strategy, lengths=lengths, portion=none)
        search.portion = search._as_long(first.request[free], first.mentor[free])
        search._fill(np.arange(problem.n_mentors))
        return search

    def charge(self, problem: Problem) -> None:
        """Go on with other charges."""
        self.problem, self.rounds, self.mean, self.plan = evolve(problem, constraints=()), 0, None, None

    @property
    def portions(self) -> Portions:
        """Return the present portions."""
        return Portions.of(self.lengths[self.portion])

    def round(self) -> None:
        """Find the best plan over the present portions, and change some of them."""
        self.turn += 1
        portions, n = self.portions, self.problem.n_mentors
        found = solve(portions.problem(self.problem, self.room), self.strategy)
        paid = np.where(portions.places > 0, found.duals.mentor, 0)
        hour, place = self._slope(portions, paid)
        arcs, net = self._near(found, hour, place)
        uses = best_uses(self.room, arcs, net, hour)
        gain = uses.worth - np.bincount(portions.mentor, paid * portions.places, minlength=n).astype(np.int64)
        self._keep(found, portions)
        self._average(found, self._prices(arcs, uses, place))
        self._change(arcs.take(uses.pair), gain)

    def _keep(self, found: Solution, portions: Portions) -> None:
        """Keep the plan if it is the best so far."""
        if self.plan is not None and found.value <= self.value:
            return
        problem, free = self.problem, self.problem.pinned[found.request] < 0
        request, mentor = found.request[free], portions.mentor[found.mentor[free]].astype(np.int32)
        self.plan, self.value = weighed(problem, request, mentor), found.value

    def _average(self, found: Solution, own: tuple[Numbers, Numbers]) -> None:
        place, hour = (prices.astype(np.float64) for prices in own)
        request, mentee = found.duals.request.astype(np.float64), found.duals.mentee.astype(np.float64)
        prices = UsePrices(request=request, mentee=mentee, place=place, hour=hour)
        # While many portions change, old prices say little.
        begins = self.mean is None or self.turn <= len(_MOVED)
        self.rounds = 1 if begins else self.rounds + 1
        self.mean = prices if self.mean is None else self.mean.towards(prices, max(1 / self.rounds, _MEAN))

    def _prices(self, arcs: Arcs, uses: Uses, place: Numbers) -> tuple[Numbers, Numbers]:
        """Return prices of places and hours that the best uses pay."""
        # Whose places are not filled by the pairs that were looked at has other ones.
        filled = np.bincount(arcs.mentor[uses.pair], minlength=len(place)) >= self.room.places
        return np.where(filled, uses.place, np.maximum(uses.place, place)), uses.hour

    def _slope(self, portions: Portions, paid: Numbers) -> tuple[int, Numbers]:
        """Return what an hour costs, as prices of portions of one mentor rise with their hours, and a place beside."""
        open_ = portions.places > 0
        several = open_ & (self.room.places[portions.mentor] > 1)
        whose = portions.mentor[several]
        count = np.maximum(np.bincount(whose, minlength=self.problem.n_mentors), 1)
        hours, price = (
            one[several] - (np.bincount(whose, one[several], minlength=len(count)) / count)[whose]
            for one in (portions.hours, paid)
        )
        hour = max(round(float((hours * price).sum() / max((hours * hours).sum(), 1))), 0)
        place = np.full(len(count), paid.max(initial=0))
        beside = paid - np.where(several, hour * portions.hours, 0)
        np.minimum.at(place, portions.mentor[open_], beside[open_])
        return hour, np.maximum(place, 0)

    def _near(self, found: Solution, hour: int, place: Numbers) -> tuple[Arcs, Numbers]:
        """Return the best mentors of each request at prices of hours and places, and what pairs are worth before."""
        problem, several = hour_charged(self.problem, self.room, hour), self.room.places > 1
        near = best(problem, asking(problem), closed(problem, place), k=_NEAR)
        row, column = np.nonzero(near.mentor >= 0)
        request, mentor = near.request[row], near.mentor[row, column]
        paid = found.duals.request[request] + found.duals.mentee[problem.mentee[request]]
        worth = near.net[row, column] + place[mentor] + np.where(several[mentor], hour * self.room.length[request], 0)
        return Arcs(request=request, mentor=mentor, weight=worth), worth - paid

    def _change(self, uses: Arcs, gain: Numbers) -> None:
        """Give some of those mentors who would gain the portions of their best use."""
        gains = np.flatnonzero((gain > 0) & (self.room.places > 1))
        if not len(gains):
            return
        n = int(np.ceil(_MOVED[min(self.turn, len(_MOVED)) - 1] * len(gains)))
        moved = self.rng.choice(gains, size=n, replace=False, p=gain[gains] / gain[gains].sum())
        self.portion[moved] = self._as_long(uses.request, uses.mentor)[moved]
        self._fill(moved)

    def _as_long(self, request: NDArray[np.integer], mentor: NDArray[np.integer]) -> Numbers:
        """Return portions as long as the requests that each mentor serves. Shape (n_mentors, places)."""
        portion, order = np.zeros_like(self.portion), np.argsort(mentor, kind="stable")
        request, mentor = request[order], mentor[order]
        number = np.arange(len(mentor)) - np.searchsorted(mentor, mentor)
        portion[mentor, number] = np.searchsorted(self.lengths, self.room.length[request])
        return portion

    def _fill(self, mentors: NDArray[np.integer]) -> None:
        """Make portions of some mentors shorter by steps at random until hours suffice, then longer while they do."""
        own = np.arange(self.portion.shape[1]) < self.room.places[mentors, None]
        portion, budget, hours = self.portion[mentors], self.room.budget[mentors], np.maximum(self.lengths, 0)
        longer = np.append(np.diff(hours), np.iinfo(np.int64).max)
        while (over := hours[portion].sum(axis=1) > budget).any():
            portion[over, self._drawn(portion[over] > 0)] -= 1
        while (fits := own & (longer[portion] <= (budget - hours[portion].sum(axis=1))[:, None])).any():
            rows = fits.any(axis=1)
            portion[rows, self._drawn(fits[rows])] += 1
        self.portion[mentors] = portion

    def _drawn(self, wanted: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return a random place of each row that is wanted."""
        drawn: NDArray[np.intp] = np.where(wanted, self.rng.random(wanted.shape), -1).argmax(axis=1)
        return drawn
