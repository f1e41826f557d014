"""The mixed-integer programme over some pairs: their rows, its relaxation and its best plan, by HiGHS."""

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.matching.covering import UNITS, covering_duals, lawful_prices
from taskmentor.matching.duals import Duals, bound
from taskmentor.matching.highs import branching, model, says_impossible
from taskmentor.matching.listing import Listing, at_least, listing, places_listing
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.shapes import pair_keys

if TYPE_CHECKING:
    from highspy import Highs

__all__ = ["Chosen", "Programme", "joined"]

_MANY = 20_000
"""Of more pairs than this linear programmes are solved by an interior point method."""

_SLACK = 1e-6
"""What HiGHS' numbers, which are floats, are off by at the most."""

_WIDE_SLACK = 1e-3
"""What numbers of pairs are off by at the most that are reckoned from a row of large amounts."""


def joined(problem: Problem, one: Arcs, other: Arcs) -> Arcs:
    """Return the pairs of both, each once, sorted by request and mentor."""
    request, mentor = np.append(one.request, other.request), np.append(one.mentor, other.mentor)
    _, first = np.unique(request.astype(np.int64) * problem.n_mentors + mentor, return_index=True)
    both = Arcs(request=request, mentor=mentor, weight=np.append(one.weight, other.weight))
    return both.take(first)


@frozen(eq=False, kw_only=True)
class Chosen:
    """What branch and bound ended with: the pairs of the best plan, what none exceeds, and whether that is the same."""

    chosen: NDArray[np.bool_] | None = None
    told: int | None = None
    proven: bool = False
    impossible: bool = False

    def or_better(self, other: "Chosen", weight: NDArray[np.int64]) -> "Chosen":
        """Return the better one of two answers about different plans, with what is told and proven of both.

        Args:
            other: The other answer.
            weight: What each pair is worth. Shape (n_arcs,).
        """
        if other.impossible:
            return self
        told = None if self.told is None or other.told is None else max(self.told, other.told)
        plans = [chosen for chosen in (self.chosen, other.chosen) if chosen is not None]
        best = max(plans, key=lambda chosen: int(weight[chosen].sum()), default=None)
        return Chosen(chosen=best, told=told, proven=self.proven and other.proven)


@frozen(eq=False, kw_only=True)
class Relaxed:
    """The linear relaxation over the listed pairs: its value, the pairs in it, and the prices of all rows."""

    value: float
    part: NDArray[np.float64]
    price: NDArray[np.float64]


class Programme:
    """The rows of some pairs, as HiGHS takes them: constraints first, then places."""

    def __init__(self, problem: Problem, arcs: Arcs, seed: int, end: float) -> None:
        self.problem, self.arcs, self.seed, self.end = problem, arcs, seed, end
        self.rows, self.places = listing(problem, arcs), places_listing(problem, arcs)

    def relaxed(self) -> Relaxed:
        """Return the linear relaxation."""
        if not len(self.arcs):
            return Relaxed(value=0.0, part=np.zeros(0), price=np.zeros(len(self.rows) + len(self.places)))
        highs = self._solved(self.arcs.weight, self._rows(None), whole=False)
        solution = highs.getSolution()
        part = np.array(solution.col_value, np.float64)
        price = np.array(solution.row_dual, np.float64)
        value = float(highs.getInfo().objective_function_value)
        if not len(price) or not len(part):
            part, price = np.zeros(len(self.arcs)), np.zeros(len(self.rows) + len(self.places))
        return Relaxed(value=value, part=part, price=price)

    def used(self, relaxed: Relaxed) -> NDArray[np.intp]:
        """Return the pairs of which a part is in the relaxation."""
        return np.flatnonzero(relaxed.part > _SLACK)

    def duals(self, relaxed: Relaxed) -> Duals:
        """Return whole prices over all pairs from those of the relaxation, in the parts of a point that prove more."""
        price, n = relaxed.price, len(self.rows)
        own = np.flatnonzero(self.places.constraint == 2)
        found = []
        for unit in UNITS:
            mentor = np.zeros(self.problem.n_mentors, np.int64)
            mentor[self.places.row[own]] = np.maximum(np.rint(price[n + own] * unit), 0)
            rows = self.rows.prices(self.problem, np.rint(price[:n] * unit).astype(np.int64))
            found.append(covering_duals(self.problem, mentor, lawful_prices(self.problem, rows), unit=unit))
        return min(found, key=lambda duals: bound(self.problem, duals))

    def numbers(self, value: int) -> range | None:
        """Return how many pairs any plan that is worth more than some value has, None where time ran out.

        Args:
            value: In points, pinned pairs left out.
        """
        from highspy import HighsModelStatus

        ones = np.ones(len(self.arcs), np.int64)
        rows = self.rows.joined(self.places).joined(at_least(self.arcs.weight, value + 1))
        ends = []
        for sign in (-1, 1):
            made = model(sign * ones, (rows.low, rows.high), rows.entries, whole=False)
            highs = branching(made, seed=self.seed, end=self.end)
            highs.run()
            if highs.getModelStatus() == HighsModelStatus.kInfeasible:
                return range(0)
            if highs.getModelStatus() != HighsModelStatus.kOptimal:
                return None
            ends.append(int(np.floor(highs.getInfo().objective_function_value + _WIDE_SLACK)))
        return range(-ends[0], ends[1] + 1)

    def best(
        self, weight: NDArray[np.int64], least: int | None, *, exactly: bool = False, start: Arcs | None = None
    ) -> Chosen:
        """Return the best plan found by branch and bound.

        Args:
            weight: What each pair is worth. Shape (n_arcs,).
            least: How many pairs the plan has at least; None for any number.
            exactly: Whether it has no more than these.
            start: A plan to begin with, of pairs that are listed.
        """
        from highspy import HighsModelStatus

        if not len(self.arcs):
            nothing = np.zeros(0, np.bool_)
            possible = self._lawful(nothing, least)
            return Chosen(chosen=nothing, told=0, proven=True) if possible else Chosen(impossible=True)
        rows = self._rows(least, exactly=exactly)
        highs = self._solved(weight, rows, whole=True, start=start)
        if says_impossible(highs):
            return Chosen(impossible=True)
        info, proven = highs.getInfo(), highs.getModelStatus() == HighsModelStatus.kOptimal
        told = None if not np.isfinite(info.mip_dual_bound) else int(np.floor(info.mip_dual_bound + _SLACK))
        values = np.array(highs.getSolution().col_value, np.float64)
        chosen = values > 0.5
        if not len(values) or not self._lawful(chosen, least):
            return Chosen(told=told)
        value = int(weight[chosen].sum())
        told = None if told is None else max(told, value)
        return Chosen(chosen=chosen, told=value if proven else told, proven=proven)

    def _lawful(self, chosen: NDArray[np.bool_], least: int | None) -> bool:
        enough = least is None or int(chosen.sum()) >= least
        return enough and bool(self.rows.kept(chosen).all() and self.places.kept(chosen).all())

    def _rows(self, least: int | None, *, exactly: bool = False) -> Listing:
        """Return all rows, where there are least or exactly so many pairs if that is said."""
        rows = self.rows.joined(self.places)
        if least is None:
            return rows
        count = at_least(np.ones(len(self.arcs), np.int64), least)
        if not exactly:
            return rows.joined(count)
        return rows.rounded(len(self.arcs), least).joined(evolve(count, high=count.low))

    def _solved(self, weight: NDArray[np.int64], rows: Listing, *, whole: bool, start: Arcs | None = None) -> "Highs":
        """Return HiGHS after it has solved the model, whole or relaxed."""
        made = model(weight, (rows.low, rows.high), rows.entries, whole=whole)
        first = None
        if start is not None:
            keys = pair_keys(self.arcs.request, self.arcs.mentor, self.problem.n_mentors)
            first = np.isin(keys, pair_keys(start.request, start.mentor, self.problem.n_mentors))
        # Where all pairs are worth the same, simplex goes many steps that change nothing.
        settings = {"solver": "ipm"} if not whole and len(weight) > _MANY else None
        highs = branching(made, seed=self.seed, end=self.end, settings=settings, start=first)
        highs.run()
        return highs
