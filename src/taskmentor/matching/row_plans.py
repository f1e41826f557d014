"""Plans at different prices of rows, combined into one that keeps all rows."""

from collections.abc import Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from taskmentor.matching.combining import combined
from taskmentor.matching.listing import Listing
from taskmentor.matching.mending import filled, mended
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import RowPrices
from taskmentor.matching.shapes import find_keys

__all__ = ["RowPlans"]

_PLANS = 6
"""So many of the last plans are combined with a new one."""

_FEW = 100
"""Plans from which one pair in so many was left out, or fewer, are filled up at once; others only at the end."""

_PENALTY = 16
"""Breaking a row by one costs twice its price, and the spread of scores by this, when plans are combined."""


@define(eq=False, kw_only=True)
class RowPlans:
    """The last plans, and the best one so far that keeps all rows.

    Attributes:
        problem: The problem.
        unit: Prices of rows are in such parts of a point.
        plans: The last plans, which may break rows.
        best: The best one that keeps all rows, None for none yet.
        value: What it is worth.
    """

    problem: Problem
    unit: int
    plans: list[Arcs] = field(factory=list)
    best: Arcs | None = None
    value: int = 0

    def keep(self, plan: Arcs, prices: tuple[RowPrices, ...]) -> None:
        """Combine a plan with those before, and keep what comes of it if it keeps all rows and is the best so far."""
        problem, unit = self.problem, self.unit
        least = problem.spread * unit // _PENALTY + 1

        def penalty(rows: Listing) -> NDArray[np.int64]:
            return least + 2 * np.abs(_price_of(rows, prices))

        whole = plan
        for other in [*([] if self.best is None else [self.best]), *reversed(self.plans)]:
            whole = combined(problem, whole, other, penalty, unit)
        self.plans = [*self.plans[1 - _PLANS :], plan]
        self._mend(whole)

    def _mend(self, plan: Arcs) -> None:
        """Mend a plan, fill it up, and keep it if it keeps all rows and is the best so far."""
        kept = mended(self.problem, plan)
        if kept is None:
            return
        if 0 < (len(plan) - len(kept)) * _FEW <= len(plan):
            kept = filled(self.problem, kept)
        value = int(kept.weight.sum())
        if self.best is None or value > self.value:
            self.best, self.value = kept, value


def _price_of(rows: Listing, prices: Sequence[RowPrices]) -> NDArray[np.int64]:
    """Return the price of each row, 0 for those without one. Shape (n_rows,)."""
    price = np.zeros(len(rows), np.int64)
    for place, known in enumerate(prices):
        own = np.flatnonzero(rows.constraint == place)
        there, is_known = find_keys(known.row, rows.row[own])
        price[own[is_known]] = known.price[there[is_known]]
    return price
