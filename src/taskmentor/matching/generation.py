"""Column generation over the uses of mentors: the linear programme of plans under budgets of hours.

A column is a *use* (see `uses`): all requests that one mentor serves. The programme begins with few of them; its prices
tell each mentor's best use, which joins it, until none is missing. Rows of constraints join once they are broken.
"""

from time import monotonic

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from taskmentor.matching.columns import Columns
from taskmentor.matching.covering import lawful_prices
from taskmentor.matching.duals import Duals, bound
from taskmentor.matching.master import UNIT, Master, Met, Prices
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.shapes import pair_keys
from taskmentor.matching.uses import Room, best_uses, use_duals

__all__ = ["Generation"]

_WIDTH = 6
"""Prices are held within so many points around the best ones to begin with."""

_WIDEST = 2**20
"""Prices are not held any more from so many points on."""

_TURNS = 3
"""So often uses of the pool are looked for before pairs outside are."""

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


@define(eq=False, kw_only=True)
class Generation:
    """A linear programme over uses that grows until it is as good as one over all uses of all eligible pairs.

    Attributes:
        problem: The problem.
        room: What its mentors have.
        pool: The pairs that are looked at; pairs that the prices miss join it.
        end: When to stop, by the monotonic clock.
        seed: The solver's own seed.
        enough: A bound that is good enough; the best one unless given.
        width: Prices are held within so many points around the best ones.
        columns: The uses in the programme, of pairs of the pool.
        part: How much of each use is in the last solution.

    Source:
        Prices half-way between the best and the last ones: Wentges, "Weighted Dantzig-Wolfe decomposition for linear
        mixed-integer programming", International Transactions in Operational Research 4 (1997).
    """

    problem: Problem
    room: Room
    pool: Arcs
    end: float
    seed: int = 0
    enough: int | None = None
    width: int = _WIDTH
    columns: Columns = field(factory=Columns.none)
    part: Floats = field(factory=lambda: np.zeros(0))

    def run(self, first: Duals) -> Duals:
        """Let the programme grow until no use is missing or the time is over, and return the prices that prove most.

        Args:
            first: Prices of requests, mentees and rows to begin with.
        """
        master, times = Master(self.problem, self.room, self.pool, self.seed), UNIT // first.unit
        row = master.know(first.rows)
        prices = Prices(request=first.request * times, mentee=first.mentee * times, row=row * times)
        met, uses = self._asked(master, prices)
        self._add(master, uses)
        proven: Duals | None = None
        while True:
            grown, is_grown = self._grow(master, met)
            duals, missing = self._over_all_pairs(master, grown.prices)
            if proven is None or bound(self.problem, duals) < bound(self.problem, proven):
                proven, prices, self.width = duals, grown.prices, max(self.width // 2, _WIDTH)
            is_enough = self.enough is not None and bound(self.problem, proven) <= self.enough
            is_whole = not self._join(master, missing)
            if is_enough or (is_whole and is_grown) or monotonic() > self.end:
                return proven
            # Prices that were good over the pool alone are left again.
            met, _ = self._asked(master, prices)

    def _grow(self, master: Master, best: Met) -> tuple[Met, bool]:
        """Let the programme grow for some turns; return the best prices met, and whether no use of the pool is missing.

        What is missing beyond the pool is looked for in between, as it makes prices worthless that seem good.
        """
        master.hold(best, self.width)
        for _ in range(_TURNS):
            if monotonic() > self.end:
                break
            relaxed = master.solved(self.end - monotonic())
            if relaxed is None:
                return best, True
            self.part = relaxed.part
            if master.add_rows(self.columns, self.part):
                master.hold(best, self.width)
                continue
            now = relaxed.prices
            found = 0
            for asked in (best.prices.between(now), now):
                met, uses = self._asked(master, asked)
                if met.paid < best.paid:
                    best = met
                    master.hold(best, self.width)
                found += self._add(master, uses.take(self._gain(master, uses, now) > UNIT // 100))
            if not found or best.paid < (relaxed.value + 1) * UNIT:
                if not master.is_held() or self.width > _WIDEST:
                    return best, True
                self.width *= 2
                master.hold(best, self.width)
        return best, False

    def _asked(self, master: Master, prices: Prices) -> tuple[Met, Columns]:
        """Return what prices prove over the pool, and every mentor's best use."""
        uses = best_uses(self.room, self.pool, master.net(prices))
        paid = master.priced(prices) + int(uses.worth.sum())
        return Met(paid=paid, prices=prices, worth=uses.worth), Columns.by(self.pool.mentor[uses.pair], uses.pair)

    def _gain(self, master: Master, uses: Columns, prices: Prices) -> Numbers:
        """Return what some uses are worth beyond what their mentors' uses cost."""
        paid: Numbers = master.paid_use[self.pool.mentor[uses.first()]]
        return uses.sums(master.net(prices)) - paid

    def _add(self, master: Master, uses: Columns) -> int:
        """Let some uses join the programme; return how many there are."""
        if uses.n:
            self.columns = self.columns.plus(uses)
            master.add(uses)
        return uses.n

    def _over_all_pairs(self, master: Master, prices: Prices) -> tuple[Duals, Arcs]:
        """Return prices over all eligible pairs, and the pairs of the best uses at them."""
        place = best_uses(self.room, self.pool, master.net(prices)).place
        rows = lawful_prices(self.problem, master.row_prices(prices))
        duals = Duals(request=prices.request, mentee=prices.mentee, mentor=place, rows=rows, unit=UNIT)
        return use_duals(self.problem, self.room, duals)

    def _join(self, master: Master, found: Arcs) -> bool:
        """Let pairs sorted by mentor join the pool, and the uses that they form; return whether any was missing."""
        before = len(self.pool)
        uses = self._pooled(found)
        master.look_at(self.pool)
        self._add(master, uses)
        return len(self.pool) > before

    def add(self, plan: Arcs) -> None:
        """Let a plan join the uses, after all others, when the programme has ended."""
        self.columns = self.columns.plus(self._pooled(plan.take(np.argsort(plan.mentor, kind="stable"))))

    def _pooled(self, found: Arcs) -> Columns:
        """Let pairs sorted by mentor join the pool, and return the uses that they form."""
        n = self.problem.n_mentors
        keys, wanted = (pair_keys(arcs.request, arcs.mentor, n) for arcs in (self.pool, found))
        new = ~np.isin(wanted, keys)
        self.pool, keys = Arcs.joined([self.pool, found.take(new)]), np.append(keys, wanted[new])
        order = np.argsort(keys, kind="stable")
        return Columns.by(found.mentor, order[np.searchsorted(keys, wanted, sorter=order)])
