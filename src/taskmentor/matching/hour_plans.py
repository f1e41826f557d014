"""Plans under budgets of hours and rows of other constraints, of any size, with prices that prove how good they are."""

from collections.abc import Callable, Sequence

import numpy as np
from attrs import define, evolve

from taskmentor.matching.covering import weighed
from taskmentor.matching.duals import Duals, bound, charged, pinned_value
from taskmentor.matching.mending import filled
from taskmentor.matching.portion_search import PortionSearch, UsePrices
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.relaxation import Relaxation, sampled_prices
from taskmentor.matching.row_plans import RowPlans
from taskmentor.matching.rows import RowPrices
from taskmentor.matching.solution import Strategy
from taskmentor.matching.uses import Room, coarse, use_duals

__all__ = ["UNIT", "HourPlans"]

UNIT, _FINE = 8, 16
"""Prices of rows are in such parts of a point while plans are looked for; means of prices are so many times finer."""

_ROWS, _PORTIONS, _AGAIN = 8, 12, 7
"""So often prices of rows are searched at the same portions, and portions at the same prices at first and later."""

Rows = tuple[RowPrices, ...]


@define(eq=False, kw_only=True)
class HourPlans:
    """A search for plans under hours: portions of hours at prices of rows and prices of rows at portions, by turns.

    Attributes:
        problem: The problem, with hours and other constraints.
        room: What its mentors have.
        strategy: Solves problems without constraints.
        rounds: How often it is asked at the most.
        is_over: Whether the time is over.
        is_enough: Says of the value of a plan and of a bound whether they are near enough to stop.
        stopped: Whether the time ended the search.
    """

    problem: Problem
    room: Room
    strategy: Strategy
    rounds: int
    is_over: Callable[[], bool]
    is_enough: Callable[[int, int], bool]
    stopped: bool = False
    _plan: Arcs | None = None
    _value: int = 0
    _duals: Duals | None = None
    _bound: int = 0

    def run(self, known: Rows | None = None) -> tuple[Arcs | None, Duals]:
        """Return the best plan that keeps all rows, None where none was found, and the prices that prove most.

        Args:
            known: Prices of rows to begin with, for each constraint; searched without hours unless given.
        """
        rows = self._row_prices() if known is None else self._with_hours(self._others(known), RowPrices.none())
        search = PortionSearch.of(self._charged(rows), self.room, self.strategy)
        while True:
            self._share(search, rows)
            if len(self.problem.constraints) > 1 and (self._plan is None or not self._is_done()):
                rows = self._search_rows(search, rows)
                search.charge(self._charged(rows))
            if self._is_done():
                break
        assert self._duals is not None, "there was a round"
        return self._plan, self._duals

    def _is_done(self) -> bool:
        """Return whether to stop."""
        self.stopped = self.is_over()
        enough = self._plan is not None and self.is_enough(self._value, self._bound)
        return self.stopped or self.rounds <= 0 or enough

    def _row_prices(self) -> Rows:
        """Return prices of rows as far as they can be found without hours."""
        others = tuple(one for place, one in enumerate(self.problem.constraints) if place != self.room.constraint)
        alone = evolve(self.problem, constraints=others)
        if not others:
            return self._with_hours((), RowPrices.none())
        known = sampled_prices(alone, self.strategy, UNIT, rounds=self.rounds, is_over=self.is_over)
        prices = Relaxation.of(alone, self.strategy, known, unit=UNIT, finest=UNIT)
        return self._with_hours(self._tried(prices, lambda *_: None), RowPrices.none())

    def _tried(self, prices: Relaxation, keep: Callable[[Arcs, Rows], None]) -> Rows:
        """Return prices of rows after some rounds, and keep the plans."""

        def count(plan: Arcs, rows: Rows) -> None:
            self.rounds -= 1
            keep(plan, rows)

        return prices.search(min(_ROWS, max(self.rounds, 1)), self.is_over, count).rows

    def _search_rows(self, search: PortionSearch, rows: Rows) -> Rows:
        """Keep plans over the present portions at different prices of rows, and return those that prove most."""
        portions = search.portions
        problem = portions.problem(self.problem, self.room)
        plans = RowPlans(problem=problem, unit=UNIT)
        prices = Relaxation.of(problem, self.strategy, self._others(rows), unit=UNIT, finest=1)
        found = self._tried(prices, plans.keep)
        if plans.best is not None:
            self._keep(portions.plan(plans.best))
        return self._with_hours(found, RowPrices.none())

    def _share(self, search: PortionSearch, rows: Rows) -> None:
        """Share out hours at some prices of rows, and prove what these and the prices that were met say."""
        for _ in range(_PORTIONS if self._duals is None else _AGAIN):
            search.round()
            self.rounds -= 1
            if self.rounds <= 0 or self.is_over():
                break
        if len(self.problem.constraints) == 1 and search.plan is not None:
            self._keep(search.plan)
        assert search.mean is not None, "there was a round"
        duals, _ = use_duals(self.problem, self.room, self._priced(search.mean, rows))
        proven = bound(self.problem, duals)
        if self._duals is None or proven < self._bound:
            self._duals, self._bound = duals, proven

    def _keep(self, plan: Arcs) -> None:
        """Fill a plan up, and keep it if it is the best so far."""
        plan = filled(self.problem, weighed(self.problem, plan.request, plan.mentor))
        value = int(plan.weight.sum()) + pinned_value(self.problem)
        if self._plan is None or value > self._value:
            self._plan, self._value = plan, value

    def _charged(self, rows: Rows) -> Problem:
        """Return the problem with pairs charged for their rows."""
        return charged(self.problem, evolve(Duals.none(self.problem), rows=rows, unit=UNIT))

    def _priced(self, prices: UsePrices, rows: Rows) -> Duals:
        """Return prices in finer parts of a point, of whole hours too."""
        request, mentee, place, hour = (
            np.rint(one * _FINE).astype(np.int64) for one in (prices.request, prices.mentee, prices.place, prices.hour)
        )
        part = coarse(int(hour.max(initial=0)))
        own = RowPrices.of(np.arange(self.problem.n_mentors), hour // part * part)
        fine = tuple(RowPrices(one.row, one.price * _FINE) for one in rows)
        rows = self._with_hours(self._others(fine), own)
        return Duals(request=request, mentee=mentee, mentor=place, rows=rows, unit=UNIT * _FINE)

    def _others(self, rows: Rows) -> Rows:
        """Return prices of rows of other constraints."""
        place = self.room.constraint
        return (*rows[:place], *rows[place + 1 :])

    def _with_hours(self, others: Sequence[RowPrices], hours: RowPrices) -> Rows:
        """Return prices of rows of other constraints with those of hours at their place."""
        place = self.room.constraint
        return (*others[:place], hours, *others[place:])
