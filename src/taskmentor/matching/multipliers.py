"""`Multipliers`: shares, quotas and pairs only once at any size, by prices of rows on top of another strategy."""

from time import monotonic

import numpy as np
from attrs import define, evolve, field, frozen
from attrs.validators import gt, optional
from numpy.typing import NDArray

from taskmentor.errors import SolverError, UnsupportedError
from taskmentor.matching.candidates import best
from taskmentor.matching.duals import Duals, bound, charged, row_limits
from taskmentor.matching.listing import listing
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import UNLIMITED, CompiledConstraint, MeetingRows, RowPrices, RowsShape, TableRows
from taskmentor.matching.shapes import CategoryPoints, CompiledScorer, PointsShape
from taskmentor.matching.solution import Solution, Strategy, solve
from taskmentor.matching.start import SolutionStart
from taskmentor.validators import whole

__all__ = ["Multipliers"]

_TRIED = 20
"""Mentors of each open request that are tried when a plan is filled up."""

_MOST_ROWS = 1_000
"""Rows of one constraint whose prices are searched, at the most; of pairs only once, those that are broken."""


@frozen(kw_only=True)
class Multipliers:
    """Finds good plans under shares, quotas and pairs only once, with a proven gap, by asking another strategy.

    Prices of rows are searched: the other strategy solves the problem in which pairs are charged for their rows, which
    is one without constraints, and rows that its plan breaks become dearer, until its plan keeps them or can be mended.

    Attributes:
        strategy: Solves the charged problems; an exact one, such as `Exact()`, also at 100,000 people.
        rounds: How often it is asked at the most.
        seconds: No new round begins after so many seconds; None for no limit.
        gap_ppm: A proven gap of so many millionths of the bound is good enough.
        unit: Prices are in such parts of a point.

    Source:
        Lagrangian relaxation: Fisher, "The Lagrangian relaxation method for solving integer programming problems",
        Management Science 27 (1981). Each row's price is bracketed and halved, all rows at once.
    """

    strategy: Strategy
    rounds: int = field(default=24, validator=whole(at_least=1))
    seconds: float | None = field(default=None, validator=optional(gt(0)))
    gap_ppm: int = field(default=0, validator=whole(at_least=0, at_most=1_000_000))
    unit: int = field(default=64, validator=whole(at_least=1, at_most=4096))

    @property
    def name(self) -> str:
        """Return `multipliers`."""
        return "multipliers"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data, those of the other strategy among them."""
        return {
            "strategy": {"name": self.strategy.name, **self.strategy.get_params()},
            "rounds": self.rounds,
            "seconds": None if self.seconds is None else str(self.seconds),
            "gap_ppm": self.gap_ppm,
            "unit": self.unit,
        }

    def holds(self, constraint: CompiledConstraint) -> bool:
        """Return whether a constraint has few rows that a table gives, or is about pairs only once."""
        shape = constraint.shape
        return isinstance(shape, MeetingRows) or (isinstance(shape, TableRows) and shape.n_rows <= _MOST_ROWS)

    def __call__(self, problem: Problem) -> Solution:
        """Return the best plan that was found, with the best bound.

        Raises:
            UnsupportedError: If a constraint is of another kind.
            SolverError: If no plan that keeps all rows was found.
        """
        if refused := [one for one in problem.constraints if not self.holds(one)]:
            instead = "take Milp or CpSat"
            evolve(problem, constraints=tuple(refused)).refuse_constraints("Multipliers", instead)
        if not problem.constraints:
            raise UnsupportedError(
                f"Multipliers searches prices of rows, and there are none; take {self.strategy.name}."
            )
        end = None if self.seconds is None else monotonic() + self.seconds
        return _Search(problem=problem, settings=self, end=end).run()


_PARTS = 16
"""A price between two whole ones is the upper one for so many sixteenths of the requests, and the lower one for others.

Where many pairs are worth the same, a row jumps from broken to far more than kept between two whole prices.
"""


@define(eq=False, kw_only=True)
class _Row:
    """One row: its limits, and the prices that were tried, in sixteenths.

    Attributes:
        low: What pinned pairs leave of the low limit.
        high: What they leave of the high one.
        step: How far the next price is away while only one end is known.
        is_alone: Whether no other row has a price that is searched.
        price: The present price.
        under: The highest price at which there was too much in the row, and how much; None for none yet.
        over: The lowest price at which there was too little, or less than the price is for, and how much; None for
            none yet.
        times: How often the same end has moved on end, above 0 for the lower one.
    """

    low: int
    high: int
    step: int
    is_alone: bool
    price: int = 0
    under: tuple[int, int] | None = None
    over: tuple[int, int] | None = None
    times: int = 0

    def move(self, total: int) -> None:
        """Choose the next price, from what the row sums up to at this one."""
        if self.low <= total <= self.high and not self.price:  # kept, at no price
            return
        target = self.high if self.price > 0 or total > self.high else self.low
        away = total - target
        if away > 0 or (away == 0 and self.price < 0):
            self.under, self.times = (self.price, max(away, 1)), max(self.times, 0) + 1
        else:
            self.over, self.times = (self.price, min(away, -1)), min(self.times, 0) - 1
        least = 0 if self.is_alone else _PARTS
        if self.under is not None and self.over is not None and self.over[0] - self.under[0] <= least:
            # Other rows have moved: what was found at the other end holds no more.
            self.under, self.over = (self.under, None) if self.under[0] == self.price else (None, self.over)
            self.step = max(self.step // 64, _PARTS) if self.is_alone else _PARTS
        self.price = self._next()
        # A limit that is none is charged for nothing.
        self.price = max(self.price, 0) if self.low <= -UNLIMITED else self.price
        self.price = min(self.price, 0) if self.high >= UNLIMITED else self.price

    def _next(self) -> int:
        if self.under is None or self.over is None:
            self.step *= 2
            return self.price + (self.step if self.over is None else -self.step) // 2
        (under, much), (over, little) = self.under, self.over
        width = over - under
        # Where a straight line between both ends meets the limit; half way where one end comes no nearer by that.
        there = (
            under + width * much // (much - little) if abs(self.times) < 2 and not self.is_alone else under + width // 2
        )
        there = max(min(there, over - 1), under + 1) if width > 1 else under
        # Whole prices first: only those give a bound.
        whole = there // _PARTS * _PARTS
        return next((one for one in (whole, whole + _PARTS) if under < one < over), there)


@define(eq=False, kw_only=True)
class _Search:
    """A search under way: the best plan and the best prices so far."""

    problem: Problem
    settings: Multipliers
    end: float | None
    rows: list[dict[int, _Row]] = field(init=False)
    best: Arcs | None = None
    value: int = 0
    duals: Duals | None = None
    bound: int = 0
    stopped: bool = False
    last: Solution | None = None

    def run(self) -> Solution:
        self.rows = [
            {} if isinstance(one.shape, MeetingRows) else self._new(one, np.arange(one.shape.n_rows))
            for one in self.problem.constraints
        ]
        for number in range(self.settings.rounds):
            if number and self.end is not None and monotonic() > self.end:
                self.stopped = True
                break
            before = self._prices()
            self._ask()
            if self._is_good_enough() or before == self._prices():
                break
        if self.best is None or self.duals is None:
            names = " and ".join(one.name for one in self.problem.constraints)
            raise SolverError(f"Multipliers found no plan that keeps {names} in {self.settings.rounds} rounds.")
        return Solution.of(self.problem, self.settings, self.best, self.duals, stopped=self.stopped)

    def _new(self, constraint: CompiledConstraint, rows: NDArray[np.int64]) -> dict[int, _Row]:
        """Return some rows before their prices are searched."""
        lowest, highest = self.problem.score_bounds
        spread = max(highest, 0) - min(lowest, 0)
        step = max(spread * self.settings.unit // (8 * max(constraint.shape.largest, 1)), 1) * _PARTS
        alone = len(self.problem.constraints) == 1 and constraint.shape.n_rows == 1
        limits = zip(*(limit.tolist() for limit in row_limits(self.problem, constraint, rows)), strict=True)
        return {
            row: _Row(low=low, high=high, step=step, is_alone=alone)
            for row, (low, high) in zip(rows.tolist(), limits, strict=True)
        }

    def _prices(self) -> list[dict[int, int]]:
        return [{row: one.price for row, one in own.items() if one.price} for own in self.rows]

    def _is_good_enough(self) -> bool:
        return self.best is not None and (self.bound - self.value) * 1_000_000 <= self.settings.gap_ppm * self.bound

    def _ask(self) -> None:
        """Let the other strategy solve the problem at the present prices, and learn from its plan."""
        problem, prices = self.problem, self._prices()
        relaxed = self._charged(prices)
        found = solve(relaxed, self._strategy(relaxed))
        self.last = found
        free = problem.pinned[found.request] < 0
        request, mentor = found.request[free], found.mentor[free]
        weight = problem.weight(problem.worth(request, mentor, problem.levels(request, mentor)))
        plan = Arcs(request=request, mentor=mentor, weight=weight).take(weight > 0)
        if not any(price % _PARTS for own in prices for price in own.values()):
            self._prove(found.duals, prices)
        self._keep(plan)
        self._learn(plan)

    def _strategy(self, relaxed: Problem) -> Strategy:
        """Return the other strategy, told to begin where it ended before if it can."""
        strategy = self.settings.strategy
        # Far from where it ended, beginning there takes longer than beginning anew.
        is_near = all(
            one.under is not None and one.over is not None for own in self.rows for one in own.values() if one.price
        )
        if self.last is None or not is_near or not hasattr(strategy, "start"):
            return strategy
        return evolve(strategy, start=SolutionStart(self.last, relaxed.count_weight))  # type: ignore[misc]

    def _charged(self, prices: list[dict[int, int]]) -> Problem:
        problem, unit = self.problem, self.settings.unit
        none = np.zeros(0, np.int64)
        scaled = charged(problem, Duals(request=none, mentee=none, mentor=none, unit=unit))
        shapes = [
            (one.name, shape)
            for one, own in zip(problem.constraints, prices, strict=True)
            for shape in _charges(problem, one.shape, own)
        ]
        charges = tuple(CompiledScorer(name, -1, shape) for name, shape in shapes)
        relaxed = evolve(scaled, scorers=(*scaled.scorers, *charges))
        relaxed.check_range()
        return relaxed

    def _prove(self, duals: Duals, prices: list[dict[int, int]]) -> None:
        """Keep the prices of a plan of charged pairs if what they prove is nearer."""
        rows = tuple(
            RowPrices.of(np.array(list(own), np.int64), np.array(list(own.values()), np.int64) // _PARTS)
            for own in prices
        )
        known = evolve(duals, rows=rows, unit=self.settings.unit)
        proven = bound(self.problem, known)
        if self.duals is None or proven < self.bound:
            self.duals, self.bound = known, proven

    def _keep(self, plan: Arcs) -> None:
        """Mend a plan, fill it up, and keep it if it keeps all rows and is the best so far."""
        mended = _mended(self.problem, plan)
        if mended is None:
            return
        filled = _filled(self.problem, mended)
        value = int(filled.weight.sum())
        if self.best is None or value > self.value:
            self.best, self.value = filled, value

    def _learn(self, plan: Arcs) -> None:
        """Move the price of every row."""
        for constraint, own in zip(self.problem.constraints, self.rows, strict=True):
            entries = constraint.shape.entries(plan.request, plan.mentor)
            row, place = np.unique(entries.row, return_inverse=True)
            sums = np.zeros(len(row), np.int64)
            np.add.at(sums, place, entries.amount)
            total = dict(zip(row.tolist(), sums.tolist(), strict=True))
            if isinstance(constraint.shape, MeetingRows):  # of all pairs of people, those that meet too often
                met = row[sums > row_limits(self.problem, constraint, row)[1]]
                own.update(self._new(constraint, met[~np.isin(met, list(own))]))
            for number, one in own.items():
                one.move(total.get(number, 0))


def _charges(problem: Problem, shape: RowsShape, prices: dict[int, int]) -> tuple[PointsShape, ...]:
    """Return what every pair is charged at prices in sixteenths."""
    row, price = np.array(list(prices), np.int64), np.array(list(prices.values()), np.int64)
    if not isinstance(shape, TableRows) or not (price % _PARTS).any():
        return shape.charges(RowPrices.of(row, np.floor_divide(price, _PARTS)))
    dense = np.zeros(shape.n_rows + 1, np.int64)  # the last one for pairs that count in no row
    dense[row] = price
    part = np.arange(_PARTS)[:, None]
    whole = dense // _PARTS + (dense % _PARTS > part)  # of each part of the requests
    tables = whole[:, shape.row] * shape.amount
    n_categories = shape.row.shape[0]
    mine = (problem.request_key % np.uint64(_PARTS)).astype(np.int32)
    table = tables.reshape(_PARTS * n_categories, shape.row.shape[1])
    return (CategoryPoints(shape.request + n_categories * mine, shape.mentor, table),)


def _mended(problem: Problem, plan: Arcs) -> Arcs | None:
    """Return a plan without the pairs of least weight whose leaving makes it keep all rows, None where that fails."""
    kept = np.ones(len(plan), np.bool_)
    rows = listing(problem, plan)
    for row in np.flatnonzero(~rows.kept(kept)).tolist():
        entries = slice(int(rows.start[row]), int(rows.start[row + 1]))
        arc, amount = rows.arc[entries], rows.amount[entries]
        total = int(amount[kept[arc]].sum())
        too_much = total - int(rows.high[row])
        wrong = amount > 0 if too_much > 0 else amount < 0
        short = max(too_much, int(rows.low[row]) - total)
        leaving = arc[wrong & kept[arc]]
        leaving = leaving[np.argsort(plan.weight[leaving], kind="stable")]
        size = (
            np.abs(amount[np.searchsorted(arc, leaving)])
            if (np.diff(arc) > 0).all()
            else np.ones(len(leaving), np.int64)
        )
        enough = int(np.searchsorted(np.cumsum(size), short)) + 1
        kept[leaving[:enough]] = False
    return plan.take(kept) if rows.kept(kept).all() else None


def _filled(problem: Problem, plan: Arcs) -> Arcs:
    """Return a plan with the best pairs added of requests that are open while places are free, one after the other."""
    served = np.zeros(problem.n_requests, np.bool_)
    served[plan.request] = True
    places = problem.capacity - np.bincount(plan.mentor, minlength=problem.n_mentors)
    room = problem.limit - np.bincount(problem.mentee[plan.request], minlength=problem.n_mentees)
    open_ = problem.free[~served[problem.free] & (room[problem.mentee[problem.free]] > 0)]
    if not (places > 0).any() or not len(open_):
        return plan
    low, high = problem.score_bounds
    out_of_reach = max(high, 0) - min(low, 0) + problem.count_weight + 1
    found = best(problem, open_, np.where(places > 0, 0, out_of_reach), k=_TRIED)
    row, column = np.nonzero(found.mentor >= 0)
    request, mentor = open_[row], found.mentor[row, column]
    free = places[mentor] > 0
    request, mentor = request[free], mentor[free]
    weight = problem.weight(problem.worth(request, mentor, problem.levels(request, mentor)))
    order = np.argsort(-weight, kind="stable")
    more = Arcs(request=request[order].astype(np.int32), mentor=mentor[order].astype(np.int32), weight=weight[order])
    return _added(problem, plan, more.take(np.flatnonzero(more.weight > 0)), places, room)


def _added(problem: Problem, plan: Arcs, more: Arcs, places: NDArray[np.int64], room: NDArray[np.int64]) -> Arcs:
    """Return a plan with those of some pairs, best first, that fit in and keep all rows."""
    both = Arcs(
        request=np.append(plan.request, more.request),
        mentor=np.append(plan.mentor, more.mentor),
        weight=np.append(plan.weight, more.weight),
    )
    rows = listing(problem, both)
    chosen = np.append(np.ones(len(plan), np.bool_), np.zeros(len(more), np.bool_))
    sums = rows.sums(chosen)
    owner = np.repeat(np.arange(len(rows)), np.diff(rows.start))
    order = np.argsort(rows.arc, kind="stable")
    first = np.searchsorted(rows.arc[order], np.arange(len(both) + 1))
    served = set(plan.request.tolist())
    for arc in range(len(plan), len(both)):
        request, mentor = int(both.request[arc]), int(both.mentor[arc])
        mentee = problem.mentee[request]
        if request in served or places[mentor] <= 0 or room[mentee] <= 0:
            continue
        entries = order[first[arc] : first[arc + 1]]
        own, after = owner[entries], sums[owner[entries]] + rows.amount[entries]
        if ((after < rows.low[own]) | (after > rows.high[own])).any():
            continue
        sums[own] = after
        chosen[arc] = True
        places[mentor] -= 1
        room[mentee] -= 1
        served.add(request)
    return both.take(chosen)
