"""How prices of rows are searched, from what the plans at earlier prices sum up to."""

from typing import Protocol

import numpy as np
from attrs import define
from numpy.typing import NDArray

from taskmentor.matching.duals import row_limits
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import UNLIMITED, CompiledConstraint, MeetingRows, RowPrices

__all__ = ["Bracketing", "PriceSearch"]

_LIMITED = UNLIMITED // 2
"""Limits below this are limits, whatever pinned pairs take off them."""

_FIRST_STEP = 8
"""The first price of a row is the spread of scores by this, for the pair that counts most."""

_FIRST_CHANGE = 16
"""A price that was found elsewhere is first changed by this part of it."""


_GROWS, _KNOWN_GROWS = 2, 4
"""Each further change is so many times larger, until both ends are known; that of a price found elsewhere by more."""


class PriceSearch(Protocol):
    """A search for the prices of the rows of one constraint."""

    @property
    def settled(self) -> bool:
        """Return whether no price would move at the present grain, if those of other constraints stayed."""
        ...

    @property
    def moved(self) -> int:
        """Return by how much the charge of most pairs has changed at the most since the price before."""
        ...

    def prices(self) -> RowPrices:
        """Return the present prices."""
        ...

    def move(self, plan: Arcs, grain: int) -> None:
        """Choose the next prices.

        Args:
            plan: The plan found at the present ones, without pinned pairs.
            grain: Prices are multiples of this.
        """
        ...


@define(eq=False, kw_only=True)
class _Row:
    """One row: its limits, and the prices that were tried.

    Attributes:
        low: What pinned pairs leave of the low limit.
        high: What they leave of the high one.
        highest: No price goes beyond this, above or below 0.
        step: How far the next price is away while only one end is known.
        grows: How many times larger each further step is.
        price: The present price.
        under: The highest price at which there was too much in the row, and how much; None for none yet.
        over: The lowest price at which there was too little, or less than the price is for, and how much; None for
            none yet.
        times: How often the same end has moved on end, above 0 for the lower one.
        settled: Whether both ends are a grain apart, or the row is kept at no price.
    """

    low: int
    high: int
    highest: int
    step: int
    grows: int = _GROWS
    price: int = 0
    under: tuple[int, int] | None = None
    over: tuple[int, int] | None = None
    times: int = 0
    settled: bool = False

    def move(self, total: int, grain: int) -> None:
        """Choose the next price, from what the row sums up to at this one."""
        if self.low <= total <= self.high and not self.price:  # kept, at no price
            self.settled = True
            return
        if self._is_closed(grain):  # other rows have moved: what was found at both ends holds no more
            self.under = self.over = None
            self.step = grain
        target = self.high if self.price > 0 or total > self.high else self.low
        away = total - target
        if away > 0 or (away == 0 and self.price < 0):
            self.under, self.times = (self.price, max(away, 1)), max(self.times, 0) + 1
        else:
            self.over, self.times = (self.price, min(away, -1)), min(self.times, 0) - 1
        self.settled = self._is_closed(grain)
        before, self.price = self.price, self._next(grain)
        # A limit that is none is charged for nothing, and between prices for the two limits both may be kept at none.
        if (
            before * self.price < 0
            or (self.price < 0 and self.low <= -_LIMITED)
            or (self.price > 0 and self.high >= _LIMITED)
        ):
            self.price = 0

    def _is_closed(self, grain: int) -> bool:
        return self.under is not None and self.over is not None and self.over[0] - self.under[0] <= grain

    def _next(self, grain: int) -> int:
        if self.under is None or self.over is None:
            step, self.step = self.step, self.step * self.grows
            there = self.price + (step if self.over is None else -step)
            return max(-self.highest, min(there, self.highest))
        (under, much), (over, little) = self.under, self.over
        if self._is_closed(grain):
            return over if under == self.price else under
        # Where a straight line between both ends meets the limit; half way where one end comes no nearer by that.
        width = over - under
        there = under + (width * much // (much - little) if abs(self.times) < 2 else width // 2)
        return max(min(there // grain * grain, over - grain), under + grain)


@define(eq=False, kw_only=True)
class Bracketing:
    """Prices of few rows, each between one at which there is too much in the row and one at which there is too little.

    Attributes:
        problem: The problem.
        constraint: The constraint.
        unit: Prices are in such parts of a point.
        rows: The rows whose prices are searched, by number.
        moved: By how much the charge of pairs that count in the tables has changed.
    """

    problem: Problem
    constraint: CompiledConstraint
    unit: int
    rows: dict[int, _Row]
    moved: int = 0

    @classmethod
    def of(
        cls, problem: Problem, constraint: CompiledConstraint, *, unit: int, known: RowPrices | None = None
    ) -> "Bracketing":
        """Return the search before any price is tried, or with prices that were found elsewhere."""
        search = cls(problem=problem, constraint=constraint, unit=unit, rows={})
        known = known or RowPrices.none()
        # Of all pairs of people, only those are looked at that meet too often.
        is_few = not isinstance(constraint.shape, MeetingRows)
        search._add(np.arange(constraint.shape.n_rows) if is_few else known.row)
        for row, price in zip(known.row.tolist(), known.price.tolist(), strict=True):
            one = search.rows[row]
            one.price = round(price / unit) * unit
            one.grows = _KNOWN_GROWS
            one.step = max(abs(one.price) // _FIRST_CHANGE // unit, 1) * unit
        return search

    @property
    def settled(self) -> bool:
        """Return whether all rows are kept at no price, or between two prices that are a grain apart."""
        return all(one.settled for one in self.rows.values())

    def prices(self) -> RowPrices:
        """Return the present prices."""
        return RowPrices.of(
            np.array(list(self.rows), np.int64), np.array([one.price for one in self.rows.values()], np.int64)
        )

    def move(self, plan: Arcs, grain: int) -> None:
        """Choose the next prices, all rows at once."""
        shape = self.constraint.shape
        entries = shape.entries(plan.request, plan.mentor)
        row, place = np.unique(entries.row, return_inverse=True)
        sums = np.zeros(len(row), np.int64)
        np.add.at(sums, place, entries.amount)
        if isinstance(shape, MeetingRows):
            met = row[sums > row_limits(self.problem, self.constraint, row)[1]]
            self._add(met[~np.isin(met, list(self.rows))])
        total = dict(zip(row.tolist(), sums.tolist(), strict=True))
        before = [one.price for one in self.rows.values()]
        for number, one in self.rows.items():
            one.move(total.get(number, 0), grain)
        if not isinstance(shape, MeetingRows):
            after = [one.price for one in self.rows.values()]
            self.moved = shape.largest * max((abs(a - b) for a, b in zip(after, before, strict=True)), default=0)

    def _add(self, rows: NDArray[np.int64]) -> None:
        """Begin to search the prices of some rows."""
        lowest, highest = self.problem.score_bounds
        spread = max(highest, 0) - min(lowest, 0)
        highest = (spread + self.problem.count_weight) * self.unit
        step = max(spread // (_FIRST_STEP * max(self.constraint.shape.largest, 1)), 1) * self.unit
        low, high = row_limits(self.problem, self.constraint, rows)
        for row, least, most in zip(rows.tolist(), low.tolist(), high.tolist(), strict=True):
            self.rows[row] = _Row(low=least, high=most, highest=highest, step=step)
