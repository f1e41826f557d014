"""`Multipliers`: shares, quotas and pairs only once at any size, by prices of rows on top of another strategy."""

from collections.abc import Sequence
from math import inf
from time import monotonic

import numpy as np
from attrs import define, evolve, field, frozen
from attrs.validators import gt, optional
from numpy.typing import NDArray

from taskmentor.errors import UnsupportedError
from taskmentor.matching.combining import combined
from taskmentor.matching.duals import Duals, pinned_value
from taskmentor.matching.listing import Listing
from taskmentor.matching.mending import filled, mended
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.relaxation import Relaxation, sampled_prices
from taskmentor.matching.rows import CompiledConstraint, MeetingRows, RowPrices, TableRows
from taskmentor.matching.shapes import find_keys
from taskmentor.matching.solution import Solution, Strategy, nothing_found
from taskmentor.validators import whole

__all__ = ["Multipliers"]

_MOST_ROWS = 1_000
"""Rows of one constraint whose prices are searched, at the most; of pairs only once, those that are broken."""


@frozen(kw_only=True)
class Multipliers:
    """Finds good plans under shares, quotas and pairs only once, with a proven gap, by asking another strategy.

    Prices of rows are searched: the other strategy solves the problem in which pairs are charged for their rows, which
    is one without constraints, and rows that its plan breaks become dearer. Its plans, some of which break a row and
    others of which keep it with room to spare, are combined to one that keeps all rows. Of very large problems prices
    are searched in a sample first.

    Attributes:
        strategy: Solves the charged problems; an exact one, such as `Exact()`, also at 100,000 people.
        rounds: How often it is asked at the most.
        seconds: No new round begins after so many seconds; None for no limit.
        gap_ppm: A proven gap of so many millionths of the bound is good enough.
        unit: Prices are in such parts of a point.

    Source:
        Lagrangian relaxation: Fisher, "The Lagrangian relaxation method for solving integer programming problems",
        Management Science 27 (1981). Each row's price is bracketed, all rows at once.
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
        near = _with_smaller_counts(problem)
        times = problem.count_weight - near.count_weight
        begin, seconds = monotonic(), inf if self.seconds is None else self.seconds
        search = _Search(problem=near, settings=self, end=begin + seconds * (_PLANNING if times else 1))
        plan, duals = search.run()
        if times:
            # Beyond what scores are apart, a row's price is what the requests it keeps from being served count for.
            known = [RowPrices.of(one.row, np.rint(one.price / near.count_weight)) for one in duals.rows]
            duals = duals.plus(self._most_served(problem, len(plan), known, begin + seconds), times)
        return Solution.of(problem, self, plan, duals, stopped=search.stopped)

    def _most_served(self, problem: Problem, n: int, known: Sequence[RowPrices], end: float) -> Duals:
        """Return prices that prove that no plan serves more requests than so many, if they are found."""
        counting = evolve(problem, scorers=(), plain=None, wish=None, per_request=1)
        prices = Relaxation.of(counting, self.strategy, known, unit=self.unit, finest=1)
        pinned = pinned_value(counting)
        for number in range(self.rounds):
            is_open = prices.round()[1]
            if prices.bound - pinned <= n or not is_open or (number and monotonic() > end):
                break
        assert prices.duals is not None
        return prices.duals


def _with_smaller_counts(problem: Problem) -> Problem:
    """Return a problem in which serving a request counts for a few times what scores are apart, at the most.

    Prices then stay small. Among plans that serve as many requests, the best one is the same.
    """
    return evolve(problem, per_request=min(problem.count_weight, _TIMES * (problem.spread + 1)))


_TIMES = 4
"""Serving a request counts for so many times what scores are apart, while plans are looked for."""

_PLANNING = 0.75
"""This part of the time is for plans, the rest for the proof that none serves more requests."""

_PLANS = 6
"""So many of the last plans are combined with a new one."""

_FEW = 100
"""Plans from which one pair in so many was left out, or fewer, are filled up at once; others only at the end."""

_PENALTY = 16
"""Breaking a row by one costs twice its price, and the spread of scores by this, when plans are combined."""


@define(eq=False, kw_only=True)
class _Search:
    """A search under way: the last plans, and the best one so far that keeps all rows."""

    problem: Problem
    settings: Multipliers
    end: float
    plans: list[Arcs] = field(factory=list)
    best: Arcs | None = None
    value: int = 0
    stopped: bool = False

    def run(self) -> tuple[Arcs, Duals]:
        """Return the best plan that was found, and the prices that prove the best bound."""
        settings = self.settings
        known = sampled_prices(
            self.problem, settings.strategy, settings.unit, rounds=settings.rounds, is_over=self._is_over
        )
        prices = Relaxation.of(self.problem, settings.strategy, known, unit=settings.unit, finest=1)
        for number in range(settings.rounds):
            self.stopped = self._is_over() and number > 0
            if self.stopped:
                break
            before = prices.present()
            plan, is_open = prices.round()
            self._keep(plan, before)
            if self._is_good_enough(prices.bound) or not is_open:
                break
        if self.best is None or prices.duals is None:
            raise nothing_found(self.problem, "Multipliers", f"{settings.rounds} rounds")
        return filled(self.problem, self.best), prices.duals

    def _is_over(self) -> bool:
        return monotonic() > self.end

    def _is_good_enough(self, bound: int) -> bool:
        return self.best is not None and (bound - self.value) * 1_000_000 <= self.settings.gap_ppm * bound

    def _keep(self, plan: Arcs, prices: tuple[RowPrices, ...]) -> None:
        """Combine a plan with those before, and keep what comes of it if it keeps all rows and is the best so far."""
        problem, unit = self.problem, self.settings.unit
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
