"""What every mentor does best with all places and hours at given prices of requests, and the prices that follow.

A *use* is what a mentor does with all places and hours: some requests that they serve together. Requests and mentees
priced, the best use of each mentor is a knapsack of its own, and all prices together are a bound.

Source:
    Dantzig and Wolfe, "Decomposition principle for linear programs", Operations Research 8 (1960), with a knapsack for
    each mentor as in Savelsbergh, "A branch-and-price algorithm for the generalized assignment problem", Operations
    Research 45 (1997).
"""

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import asdict, evolve, frozen
from numpy.typing import NDArray

from taskmentor.matching.columns import Columns
from taskmentor.matching.covering import gaining, net_worth
from taskmentor.matching.duals import Duals, charged, row_limits
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import HourRows, RowPrices
from taskmentor.matching.shapes import CategoryPoints, CompiledScorer
from taskmentor.models.ranges import ranges

__all__ = [
    "NearUses",
    "Room",
    "Uses",
    "best_uses",
    "coarse",
    "hour_charged",
    "near_pairs",
    "near_uses",
    "room_of",
    "use_duals",
]

Numbers = NDArray[np.int64]

_TOGETHER = 4_000_000
"""Cells of the table in which mentors of about as much room are looked at together."""

_NOTHING = -(2**60)
"""What a request counts that is not there."""

_MOST = 2**60
"""No price is higher."""

_PARTS = 4
"""So many different prices an hour has, beside none."""


@frozen(eq=False, kw_only=True)
class Room:
    """What every mentor has for a round, pinned pairs taken off.

    Attributes:
        constraint: The place of the constraint of hours.
        length: The hours of each request, in steps that all of them are multiples of. Shape (n_requests,).
        budget: Hours, in such steps; no more than all places could take, and -1 for less than none.
            Shape (n_mentors,).
        places: Shape (n_mentors,).
        spare: Hours beyond the budget, of which no step is left or no place could take one. Shape (n_mentors,).
        step: The hours of a step.
    """

    constraint: int
    length: Numbers
    budget: Numbers
    places: Numbers
    spare: Numbers
    step: int


def room_of(problem: Problem) -> Room | None:
    """Return what the first constraint of hours leaves to every mentor, None where there is none."""
    for place, constraint in enumerate(problem.constraints):
        shape = constraint.shape
        if isinstance(shape, HourRows):
            left = row_limits(problem, constraint, np.arange(shape.n_mentors))[1]
            step = max(int(np.gcd.reduce(shape.hours)), 1)
            places, longest = problem.capacity.astype(np.int64), int(shape.hours.max(initial=0)) // step
            budget = np.clip(left // step, -1, places * longest)
            return Room(
                constraint=place,
                length=(shape.hours // step)[shape.length],
                budget=budget,
                places=places,
                spare=left - budget * step,
                step=step,
            )
    return None


def hour_charged(problem: Problem, room: Room, price: int) -> Problem:
    """Return a problem in which an hour of who has several places costs so much.

    Args:
        problem: The problem.
        room: What its mentors have.
        price: For each step of the room.
    """
    several = (room.places > 1).astype(np.int32)
    table = price * np.arange(int(room.length.max(initial=0)) + 1)[:, None] * np.array([[0, 1]])
    scorer = CompiledScorer("hours", -1, CategoryPoints(room.length.astype(np.int32), several, table))
    return evolve(problem, scorers=(*problem.scorers, scorer), per_request=problem.count_weight)


@frozen(eq=False, kw_only=True)
class Uses:
    """The best use of every mentor.

    Attributes:
        worth: What it is worth net of prices, 0 or more. Shape (n_mentors,).
        place: What every place can cost without making the best use worth less, all places and hours paid. Shape
            (n_mentors,).
        hour: What every hour costs beside. Shape (n_mentors,).
        pair: The pairs of all best uses, by mentor.
        spare: How much less the best use with a pair is worth, at the most. Shape (n_pairs,).
    """

    worth: Numbers
    place: Numbers
    hour: Numbers
    pair: NDArray[np.intp]
    spare: Numbers


def best_uses(room: Room, arcs: Arcs, net: Numbers, hour: int = 0) -> Uses:
    """Return the best use of every mentor among some pairs.

    Args:
        room: What mentors have.
        arcs: The pairs, each once.
        net: What each is worth when its request and all rows are paid, below 0 too. Shape (n_pairs,).
        hour: What a step of hours costs at the most; less where the best use would be worth less by that.

    Complexity:
        O(n log n) for n pairs, and for each mentor O(different lengths x places squared x hours).
    """
    part = coarse(hour // room.step)
    worth, place, hours = (np.zeros(len(room.places), np.int64) for _ in range(3))
    rest = np.zeros(len(arcs), np.int64)
    fits = room.length[arcs.request] <= room.budget[arcs.mentor]
    by_mentor = np.argsort(arcs.mentor, kind="stable")
    chosen = [np.zeros(0, np.intp)]
    for mentors in _alike(room, np.unique(arcs.mentor[(net > 0) & fits])):
        some = np.concatenate([np.zeros(0, np.intp), *_stretches(arcs.mentor, by_mentor, mentors)])
        table = _Table(room, mentors, arcs.take(some), net[some])
        worth[mentors] = table.worth
        # An hour that no step is left for, or no place could take, would be paid for nothing.
        steps = np.where(room.spare[mentors] < room.step, table.hour(hour, part * room.step), 0)
        hours[mentors], place[mentors] = steps // room.step, table.place(steps)
        rest[some] = table.without(arcs.mentor[some], room.length[arcs.request[some]])
        chosen.append(some[table.chosen()])
    spare = worth[arcs.mentor] - net - rest
    spare = np.where(fits, np.maximum(spare, 0), -_NOTHING)
    return Uses(worth=worth, place=place, hour=hours, pair=np.concatenate(chosen), spare=spare)


def coarse(most: int) -> int:
    """Return what all prices of hours are multiples of, where none is higher than `most`.

    Few different prices make small tables of what pairs are charged.
    """
    return max(most // _PARTS, 1)


def _alike(room: Room, mentors: NDArray[np.integer]) -> Iterator[NDArray[np.intp]]:
    """Give mentors who have about as many places and hours together, rising."""
    width = np.ceil(np.log2(np.maximum(room.places[mentors], 1))).astype(np.int64)
    height = np.ceil(np.log2(np.maximum(room.budget[mentors], 1))).astype(np.int64)
    order = np.lexsort((height, width))
    mentors, kind = mentors[order].astype(np.intp), (width * 64 + height)[order]
    for same in np.split(mentors, np.flatnonzero(np.diff(kind)) + 1):
        if len(same):
            cells = int((1 + room.places[same].max()) * (1 + room.budget[same].max()))
            step = max(_TOGETHER // cells, 1)
            yield from (same[begin : begin + step] for begin in range(0, len(same), step))


def _stretches(
    mentor: NDArray[np.integer], by_mentor: NDArray[np.intp], wanted: NDArray[np.intp]
) -> Sequence[NDArray[np.intp]]:
    """Return the pairs of each wanted mentor."""
    first = np.searchsorted(mentor, wanted, sorter=by_mentor)
    end = np.searchsorted(mentor, wanted, side="right", sorter=by_mentor)
    return [by_mentor[a:b] for a, b in zip(first.tolist(), end.tolist(), strict=True)]


class _Table:
    """What some mentors do best with so many places and so many hours at the most. Shape (n, places + 1, hours + 1)."""

    def __init__(self, room: Room, mentors: NDArray[np.intp], arcs: Arcs, net: Numbers) -> None:
        self.mentors = mentors
        self.places, self.budget = room.places[self.mentors], room.budget[self.mentors]
        shape = (len(mentors), int(self.places.max()) + 1, int(self.budget.max()) + 1)
        self.best = np.zeros(shape, np.int64)
        self.steps: list[tuple[int, NDArray[np.intp], NDArray[np.bool_]]] = []
        own, length = np.searchsorted(self.mentors, arcs.mentor), room.length[arcs.request]
        gains = np.flatnonzero((net > 0) & (length <= self.budget[own]))
        gains = gains[np.lexsort((-net[gains], own[gains], length[gains]))]
        begins = np.flatnonzero(np.diff(own[gains], prepend=-1) | np.diff(length[gains], prepend=-1))
        rank = np.arange(len(gains)) - np.repeat(begins, np.diff(np.append(begins, len(gains))))
        # Of requests that take as long, a mentor serves the best ones, and no more of them than fit in.
        fits = (rank < self.places[own[gains]]) & (rank * length[gains] <= self.budget[own[gains]])
        gains, rank = gains[fits], rank[fits]
        for hours in np.unique(length[gains]).tolist():
            for turn in range(int(rank[length[gains] == hours].max()) + 1):
                at = gains[(length[gains] == hours) & (rank == turn)]
                self._offer(hours, own[at], at, net[at])

    def _offer(self, hours: int, own: NDArray[np.intp], at: NDArray[np.intp], net: Numbers) -> None:
        """Let each mentor take one more request of so many hours."""
        pair, gain = np.full(len(self.mentors), -1, np.intp), np.full(len(self.mentors), _NOTHING)
        pair[own], gain[own] = at, net
        taken = self.best[:, :-1, : self.best.shape[2] - hours] + gain[:, None, None]
        better = taken > self.best[:, 1:, hours:]
        np.copyto(self.best[:, 1:, hours:], taken, where=better)
        self.steps.append((hours, pair, better))

    @property
    def worth(self) -> Numbers:
        """Return what each mentor's best use is worth."""
        whole: Numbers = self.best[np.arange(len(self.mentors)), self.places, self.budget]
        return whole

    def hour(self, most: int, step: int) -> Numbers:
        """Return what every hour can cost, up to some price in such steps, without making the best use worth less."""
        full = self.best[np.arange(len(self.mentors)), self.places]
        missing = self.budget[:, None] - np.arange(full.shape[1])
        more = np.where(missing > 0, (self.worth[:, None] - full) // np.maximum(missing, 1), most)
        hour: Numbers = np.minimum(more.min(axis=1), most) // step * step
        return hour

    def place(self, hour: Numbers) -> Numbers:
        """Return what every place can cost beside hours without making the best use worth less, if it fills both."""
        worth, place = self.worth, np.full(len(self.mentors), _MOST)
        missing = self.budget[:, None] - np.arange(self.best.shape[2])
        paid = np.where(missing >= 0, missing * hour[:, None], _NOTHING)
        for n in range(self.best.shape[1] - 1):
            free = self.places - n
            more = worth - (self.best[:, n] + paid).max(axis=1)
            place = np.where(free > 0, np.minimum(place, more // np.maximum(free, 1)), place)
        return np.where(self.places > 0, place, 0)

    def without(self, mentor: NDArray[np.integer], hours: Numbers) -> Numbers:
        """Return what mentors do best with one place and some hours less; whatever does not fit in counts nothing."""
        own = np.searchsorted(self.mentors, mentor)
        left = np.maximum(self.budget[own] - hours, 0)
        rest: Numbers = self.best[own, self.places[own] - 1, left]
        return rest

    def chosen(self) -> NDArray[np.intp]:
        """Return the pairs of all best uses, by mentor."""
        each, places, hours = np.arange(len(self.mentors)), self.places.copy(), self.budget.copy()
        found, owner = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
        for length, pair, better in reversed(self.steps):
            open_ = np.flatnonzero((places > 0) & (hours >= length) & (pair >= 0))
            took = open_[better[each[open_], places[open_] - 1, hours[open_] - length]]
            places[took] -= 1
            hours[took] -= length
            found.append(pair[took])
            owner.append(took)
        pairs, order = np.concatenate(found), np.argsort(np.concatenate(owner), kind="stable")
        return pairs[order]


def use_duals(problem: Problem, room: Room, prices: Duals) -> tuple[Duals, Arcs]:
    """Return prices that prove a bound, those of uses added to others, and the pairs of all best uses.

    Args:
        problem: The problem.
        room: What its mentors have.
        prices: Any prices of 0 or more, none of uses. The higher those of mentors are, the fewer pairs are looked at.

    Complexity:
        O(eligible pairs).
    """
    arcs, net = gaining(problem, prices)
    uses = best_uses(room, arcs, net)
    worth = RowPrices.of(problem.n_mentors + np.arange(problem.n_mentors), uses.worth)
    own = tuple(
        one.plus(worth, 1, 1) if place == room.constraint else one
        for place, one in enumerate(prices.rows or (RowPrices.none(),) * len(problem.constraints))
    )
    used = arcs.take(uses.pair)
    # Rows that ask for pairs pay for some that no plan may have.
    return evolve(prices, rows=own), used.take(used.weight > 0)


def near_pairs(problem: Problem, room: Room, duals: Duals, within: int) -> Arcs:
    """Return every pair of which some use is worth at most so much less than its mentor's best one.

    A plan that falls short of the bound by `within` points at the most has no others.

    Args:
        problem: The problem.
        room: What its mentors have.
        duals: Prices from `use_duals`.
        within: Points.

    Complexity:
        O(eligible pairs), in blocks.
    """
    relaxed, slack = charged(problem, duals), within * duals.unit
    found, nets = [], []
    for arcs in problem.usable():
        net = net_worth(problem, relaxed, duals, arcs)
        near = np.flatnonzero(net >= -slack)
        found.append(arcs.take(near))
        nets.append(net[near])
    pairs, net = Arcs.joined(found), np.concatenate([np.zeros(0, np.int64), *nets])
    return pairs.take(best_uses(room, pairs, net).spare <= slack)


@frozen(eq=False, kw_only=True)
class NearUses:
    """Uses, and how much less each is worth than its mentor's best one, in points. Shape (n,)."""

    columns: Columns
    cost: NDArray[np.float64]


def near_uses(problem: Problem, room: Room, duals: Duals, pairs: Arcs, within: int, most: int) -> NearUses | None:
    """Return every use worth at most so much less than its mentor's best one, None where they are too many.

    A plan that falls short of the bound by `within` points at the most is made of no others.

    Args:
        problem: The problem.
        room: What its mentors have.
        duals: Prices from `use_duals`.
        pairs: All pairs of such uses, from `near_pairs`.
        within: Points.
        most: How many uses, or beginnings of them, are looked at.

    Source:
        Baldacci, Christofides and Mingozzi, "An exact algorithm for the vehicle routing problem based on the set
        partitioning formulation with additional cuts", Mathematical Programming 115 (2008).
    """
    net, slack = net_worth(problem, charged(problem, duals), duals, pairs), within * duals.unit
    by_mentor, found, costs = np.argsort(pairs.mentor, kind="stable"), Columns.none(), [np.zeros(0, np.int64)]
    for mentors in _alike(room, np.unique(pairs.mentor)):
        some = np.concatenate(_stretches(pairs.mentor, by_mentor, mentors))
        some = some[np.lexsort((-net[some], pairs.mentor[some]))]
        table = _Table(room, mentors, pairs.take(some), net[some])
        own, length = np.searchsorted(table.mentors, pairs.mentor[some]), room.length[pairs.request[some]]
        begun = _Begun.none(table, own)
        while len(begun.owner):
            if begun.n_next + found.n > most:
                return None
            begun = begun.longer(length, net[some]).within(table, slack)
            # Places that a use leaves free are paid too.
            free = begun.places * duals.mentor[table.mentors[begun.owner]]
            cost = table.worth[begun.owner] - begun.gain + free
            found = found.plus(begun.uses(cost <= slack, some))
            costs.append(cost[cost <= slack])
    return NearUses(columns=found, cost=np.concatenate(costs) / duals.unit)


@frozen(eq=False, kw_only=True)
class _Begun:
    """Beginnings of uses, which pairs that come later in a list can join.

    Attributes:
        owner: Whose they are, by place. Shape (n,).
        next: The first pair that could join. Shape (n,).
        end: Where the pairs of the same mentor end. Shape (n,).
        gain: What they are worth so far. Shape (n,).
        places: How many places are left. Shape (n,).
        hours: How many hours are left. Shape (n,).
        pair: Their pairs, by place in the list. Shape (n, n_pairs of each).
    """

    owner: NDArray[np.intp]
    next: NDArray[np.intp]
    end: NDArray[np.intp]
    gain: Numbers
    places: Numbers
    hours: Numbers
    pair: NDArray[np.intp]

    @classmethod
    def none(cls, table: _Table, own: NDArray[np.intp]) -> "_Begun":
        """Return the use without any pair of each mentor, whose pairs are listed one after the other."""
        owner = np.arange(len(table.mentors))
        return cls(
            owner=owner,
            next=np.searchsorted(own, owner),
            end=np.searchsorted(own, owner, side="right"),
            gain=np.zeros(len(owner), np.int64),
            places=table.places,
            hours=table.budget,
            pair=np.zeros((len(owner), 0), np.intp),
        )

    @property
    def n_next(self) -> int:
        """Return how many there are of one more pair, if all fit in."""
        return int((self.end - self.next).sum())

    def longer(self, length: Numbers, net: Numbers) -> "_Begun":
        """Return those of one more pair that fit in."""
        count = self.end - self.next
        of = np.repeat(np.arange(len(count)), count)
        pair = ranges(self.next, count)
        fits = (self.places[of] > 0) & (length[pair] <= self.hours[of])
        of, pair = of[fits], pair[fits]
        return _Begun(
            owner=self.owner[of],
            next=pair + 1,
            end=self.end[of],
            gain=self.gain[of] + net[pair],
            places=self.places[of] - 1,
            hours=self.hours[of] - length[pair],
            pair=np.column_stack([self.pair[of], pair]),
        )

    def within(self, table: _Table, slack: int) -> "_Begun":
        """Return those that can become uses worth at most so much less than the best one."""
        most = self.gain + table.best[self.owner, self.places, self.hours]
        near = most >= table.worth[self.owner] - slack
        return _Begun(**{name: column[near] for name, column in asdict(self, recurse=False).items()})

    def uses(self, wanted: NDArray[np.bool_], pairs: NDArray[np.intp]) -> Columns:
        """Return some of them as uses of listed pairs."""
        pair = self.pair[wanted]
        n, size = pair.shape
        return Columns(pair=pairs[pair.ravel()], column=np.repeat(np.arange(n), size), n=n)
