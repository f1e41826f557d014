"""The best plan under `TeachLearnCycles`, with other constraints, over rings instead of pairs, on HiGHS."""

from time import monotonic
from typing import TYPE_CHECKING, Protocol

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError, TooLargeError
from taskmentor.matching.duals import Duals, bound, pinned_value
from taskmentor.matching.highs import silent
from taskmentor.matching.listing import Listing
from taskmentor.matching.problem import Problem
from taskmentor.matching.rings import Lessons, Rings, lessons_of
from taskmentor.matching.solution import Solution, Strategy

if TYPE_CHECKING:
    from highspy import Highs

__all__ = ["RingSettings", "any_rings", "best_rings"]

_UNIT, _LARGEST = 2**20, 2**58
"""Prices are in such parts of a point; in larger ones where sums of them could exceed the second number."""

_FLOATS = 2**53
"""HiGHS reckons in floats, which hold whole numbers up to this."""

_WHOLE, _EVERY = 20_000, 1_000_000
"""So many rings are all given to the solver; so many are, where else it cannot be said whether there is any plan."""

_EACH = 10
"""How many rings of one first person are added at a time."""

_CLOSE = 8
"""Rings that gain no more parts of a point than this are as good as covered."""

_TIMES = 64
"""While rings are looked for, one more request counts so many times what scores are apart at the most."""

_SLACK = 1e-6
"""What HiGHS' numbers, which are floats, are off by at the most."""

Numbers = NDArray[np.int64]


class RingSettings(Strategy, Protocol):
    """A strategy that states its limits."""

    @property
    def seconds(self) -> float:
        """Return the limit of time."""
        ...

    @property
    def most_listed(self) -> int:
        """Return how many rings are given to branch and bound at the most."""
        ...

    @property
    def seed(self) -> int:
        """Return the solver's seed."""
        ...


def best_rings(problem: Problem, settings: RingSettings) -> Solution | None:
    """Return the best plan found of a problem with cycles, None where there is no plan.

    Args:
        problem: The problem.
        settings: The strategy that answers for the plan.

    Raises:
        TooLargeError: If there are too many pairs.
        SolverError: If no plan was found in time, or among the rings that can be listed.

    Source:
        Abraham, Blum and Sandholm, "Clearing algorithms for barter exchange markets", EC 2007: the cycle formulation,
        its relaxation by column generation.
    """
    return _Search(problem, settings).run()


def any_rings(problem: Problem, settings: RingSettings) -> bool:
    """Return whether a problem with cycles has any plan.

    Args:
        problem: The problem.
        settings: The strategy that asks.

    Raises:
        TooLargeError: If there are more than a million rings.
    """
    search = _Search(problem, settings)
    every = search.every_ring()
    if len(every) > _EVERY:
        raise TooLargeError(settings.name, "teach-learn cycles", len(every), _EVERY, "match fewer requests at a time")
    return not search.branched(every, np.zeros(len(search.lessons.arcs), np.int64), None).impossible


@frozen(eq=False, kw_only=True)
class _Least:
    """How many requests a plan serves at least, and what each pair adds to them."""

    counts: Numbers
    n: int


@frozen(eq=False, kw_only=True)
class _Priced:
    """What the linear relaxation over all rings says.

    Attributes:
        rings: Those that it was solved over.
        part: How much of each is in it. Shape (n_rings,).
        paid: Prices of rows that cover every ring. Shape (n_rows,).
        duals: The same as prices of the problem's rows.
        most: What no plan is worth more than, pinned pairs left out.
    """

    rings: Rings
    part: NDArray[np.float64]
    paid: Numbers
    duals: Duals
    most: int


@frozen(eq=False, kw_only=True)
class _Found:
    """The best rings found, what none exceed by the solver's word, and whether there are none."""

    rings: Rings | None = None
    told: int | None = None
    impossible: bool = False


@frozen(eq=False, kw_only=True)
class _Best:
    """The best rings by some weights, with the linear relaxation."""

    found: _Found
    priced: _Priced


class _Search:
    """One call.

    While rings are looked for, serving one more request counts only so much that floats hold it well (`near`). Among
    plans that serve as many requests, the best one is the same.
    """

    def __init__(self, problem: Problem, settings: RingSettings) -> None:
        self.problem, self.settings, self.end = problem, settings, monotonic() + settings.seconds
        low, high = problem.score_bounds
        spread = max(high, 0) - min(low, 0) + 1
        bonus = min(problem.count_weight, _TIMES * spread)
        if (sums := (problem.n_places + 1) * (bonus + spread)) > _FLOATS:
            raise CostRangeError("HiGHS' objective", sums, _FLOATS)
        self.near = evolve(problem, per_request=bonus)
        self.lessons = lessons_of(self.near, who=settings.name)
        largest = (problem.n_requests + 1) * (problem.count_weight + spread)
        self.unit = next(
            unit for unit in (_UNIT >> shift for shift in range(21)) if unit * largest < _LARGEST or unit == 1
        )

    def run(self) -> Solution | None:
        """Return the best plan found, None where there is none."""
        over = self.problem.count_weight - self.near.count_weight
        served = self._best(self._counting, self._counts, None) if over else None
        start = None if served is None else served.found.rings
        if served is not None and start is None:
            return self._nothing(served.found)
        best = self._best(self.near, self.lessons.arcs.weight, start)
        if best.found.rings is None:
            return self._nothing(best.found)
        told, duals = best.found.told, best.priced.duals
        if served is not None and start is not None:
            n = int(start.sums(self._counts).sum())
            told = told + over * n if told is not None and served.found.told == n else None
            duals = duals.plus(served.priced.duals, over)
        chosen = np.sort(best.found.rings.lessons)
        arcs = self.lessons.arcs.take(chosen[~self.lessons.pinned[chosen]])
        whole = None if told is None else told + pinned_value(self.problem)
        return Solution.of(self.problem, self.settings, arcs, duals, stopped=self.is_over, told=whole)

    def _nothing(self, found: _Found) -> Solution | None:
        """Return nothing where there is no plan, and raise where none was found."""
        if found.impossible:
            return None
        names = " and ".join(one.name for one in self.problem.constraints)
        raise SolverError(f"{self.settings.name} found no plan that keeps {names} in {self.settings.seconds} seconds.")

    @property
    def _counting(self) -> Problem:
        return evolve(self.problem, scorers=(), plain=None, wish=None, per_request=1)

    @property
    def _counts(self) -> Numbers:
        return (~self.lessons.pinned).astype(np.int64)

    @property
    def is_over(self) -> bool:
        """Return whether the time is up."""
        return monotonic() > self.end

    def every_ring(self, most: int = _EVERY) -> Rings:
        """Return all rings, or more than so many."""
        return self.lessons.rings(self.lessons.arcs.weight, limit=most)

    def _best(self, problem: Problem, weight: Numbers, start: Rings | None) -> _Best:
        """Return the best rings by some weights, which serve as many requests as those of a start, and prices."""
        least = None if start is None else _Least(counts=self._counts, n=int(start.sums(self._counts).sum()))
        every = self.every_ring(_WHOLE)
        if len(every) <= _WHOLE:
            priced = self._priced(problem, weight, every)
            found = self._whole(priced, weight, least) or self.branched(every, weight, least, start)
            return _Best(found=found, priced=priced)
        priced = self._priced(problem, weight, None)
        found = self._whole(priced, weight, least) or self.branched(priced.rings, weight, least, start)
        if found.rings is None:
            every = self.every_ring()
            found = self.branched(every, weight, least) if len(every) <= _EVERY else _Found()
        else:
            found = self._proven(found.rings, priced, weight, least)
        return _Best(found=found, priced=priced)

    def _priced(self, problem: Problem, weight: Numbers, every: Rings | None) -> _Priced:
        """Return the linear relaxation over all rings: as long as some are priced below their worth, they are added."""
        lessons, relaxation = self.lessons, _Relaxation(self.lessons, weight, self.settings.seed)
        more = lessons.rings(weight, most=_EACH) if every is None else every
        while True:
            relaxation.add(more)
            part, price = relaxation.solved(max(self.end - monotonic(), 0.1))
            paid = lessons.paid(np.rint(price * self.unit).astype(np.int64))
            if every is not None or self.is_over:
                break
            more = lessons.rings(lessons.gain(weight * self.unit, paid), least=_CLOSE, most=_EACH)
            more = relaxation.rings.joined(more).take(slice(len(relaxation.rings), None))
            if not len(more):
                break
        paid = lessons.covering(weight * self.unit, paid)
        duals = lessons.duals(problem, paid, unit=self.unit)
        most = bound(problem, duals) - pinned_value(problem)
        return _Priced(rings=relaxation.rings, part=part, paid=paid, duals=duals, most=most)

    def _whole(self, priced: _Priced, weight: Numbers, least: _Least | None) -> _Found | None:
        """Return the rings of the linear relaxation, where it has only whole ones and they are a plan."""
        rings = priced.rings.take(priced.part > 0.5)
        if (np.abs(priced.part - np.rint(priced.part)) < _SLACK).all() and self._keeps(rings, least):
            return _Found(rings=rings, told=int(rings.sums(weight).sum()))
        return None

    def _proven(self, rings: Rings, priced: _Priced, weight: Numbers, least: _Least | None) -> _Found:
        """Return the best rings, and what none exceed: among all that could be in a better plan than some rings.

        Whatever is priced above its worth by more than these fall short of the bound is in no better plan.
        """
        value, limit = int(rings.sums(weight).sum()), self.settings.most_listed
        if value >= priced.most:
            return _Found(rings=rings, told=value)
        gain = self.lessons.gain(weight * self.unit, priced.paid)
        near = self.lessons.rings(gain, least=(value - priced.most) * self.unit, limit=limit)
        if len(near) > limit or self.is_over:
            return _Found(rings=rings)
        again = self.branched(near, weight, least, rings)
        if again.impossible:
            return _Found(rings=rings, told=value)
        return again if again.rings is not None else _Found(rings=rings, told=again.told)

    def _keeps(self, rings: Rings, least: _Least | None) -> bool:
        enough = least is None or int(rings.sums(least.counts).sum()) >= least.n
        return enough and bool(self.lessons.rows(rings).kept(np.ones(len(rings), np.bool_)).all())

    def branched(self, rings: Rings, weight: Numbers, least: _Least | None, start: Rings | None = None) -> _Found:
        """Return the best of some rings by branch and bound.

        Args:
            rings: The rings.
            weight: Of each pair. Shape (n_lessons,).
            least: How many requests are served.
            start: A plan to begin with.
        """
        from highspy import HighsModelStatus

        rings = rings if start is None else start.joined(rings)
        if not len(rings):
            return _Found(rings=rings, told=0) if self._keeps(rings, least) else _Found(impossible=True)
        highs = _programme(self.lessons, rings, weight, least)
        highs.setOptionValue("random_seed", self.settings.seed)
        highs.setOptionValue("time_limit", max(self.end - monotonic(), 0.1))
        if start is not None:
            first = np.arange(len(rings)) < len(start)
            highs.setSolution(len(rings), np.arange(len(rings), dtype=np.int32), first.astype(np.float64))
        highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        if status in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible):
            return _Found(impossible=True)
        told = int(np.floor(info.mip_dual_bound + _SLACK)) if np.isfinite(info.mip_dual_bound) else None
        part = np.array(highs.getSolution().col_value, np.float64)
        if len(part) < len(rings) or not self._keeps(chosen := rings.take(part > 0.5), least):
            return _Found(told=told)
        value = int(chosen.sums(weight).sum())
        if status is HighsModelStatus.kOptimal:
            return _Found(rings=chosen, told=value)
        return _Found(rings=chosen, told=None if told is None else max(told, value))


class _Relaxation:
    """The linear relaxation over rings that are added bit by bit.

    Rows that no ring at all would break are kept by dear columns of their own until rings keep them.
    """

    def __init__(self, lessons: Lessons, weight: Numbers, seed: int) -> None:
        import highspy

        self.lessons, self.weight, self.rings = lessons, weight, Rings(lesson=np.zeros((0, lessons.longest), np.int64))
        rows = lessons.rows(self.rings)
        broken = np.flatnonzero((rows.low > 0) | (rows.high < 0))
        dear = 10 * lessons.longest * (1 + int(weight.max(initial=0)))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(broken), len(rows)
        model.col_cost_ = np.full(len(broken), -dear, np.float64)
        model.col_lower_, model.col_upper_ = np.zeros(len(broken)), np.full(len(broken), np.inf)
        model.row_lower_, model.row_upper_ = _limits(rows)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.arange(len(broken) + 1)
        model.a_matrix_.index_ = broken
        model.a_matrix_.value_ = np.where(rows.low[broken] > 0, 1.0, -1.0)
        model.sense_ = highspy.ObjSense.kMaximize
        self.highs, self.n_dear = silent(), len(broken)
        self.highs.setOptionValue("random_seed", seed)
        self.highs.passModel(model)

    def add(self, rings: Rings) -> None:
        """Add rings."""
        n, (ring, row, amount) = len(rings), self.lessons.entries(rings)
        start = np.searchsorted(ring, np.arange(n)).astype(np.int32)
        cost, free = rings.sums(self.weight).astype(np.float64), np.full(n, np.inf)
        entries = row.astype(np.int32), amount.astype(np.float64)
        self.highs.addCols(n, cost, np.zeros(n), free, len(ring), start, *entries)
        self.rings = Rings(lesson=np.concatenate([self.rings.lesson, rings.lesson]))

    def solved(self, seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return how much of each ring is used, and the price of each row; 0 where time ran out."""
        if not len(self.rings):
            return np.zeros(0), np.zeros(self.lessons.n_rows)
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + seconds)
        self.highs.run()
        solution = self.highs.getSolution()
        part, price = (np.array(column, np.float64) for column in (solution.col_value, solution.row_dual))
        if len(price) < self.lessons.n_rows:
            return np.zeros(len(self.rings)), np.zeros(self.lessons.n_rows)
        return part[self.n_dear :], price


def _programme(lessons: Lessons, rings: Rings, weight: Numbers, least: _Least | None) -> "Highs":
    """Return HiGHS with the model of choosing whole rings."""
    import highspy

    rows, n = lessons.rows(rings), len(rings)
    if least is not None:
        rows = rows.joined(_at_least(rings.sums(least.counts), least.n))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n, len(rows)
    model.col_cost_ = rings.sums(weight).astype(np.float64)
    model.col_lower_, model.col_upper_ = np.zeros(n), np.ones(n)
    model.row_lower_, model.row_upper_ = _limits(rows)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.start
    model.a_matrix_.index_ = rows.arc
    model.a_matrix_.value_ = rows.amount.astype(np.float64)
    model.sense_ = highspy.ObjSense.kMaximize
    model.integrality_ = [highspy.HighsVarType.kInteger] * n
    highs = silent()
    for name, value in (("mip_rel_gap", 0.0), ("mip_abs_gap", 0.99)):  # values are whole numbers
        highs.setOptionValue(name, value)
    highs.passModel(model)
    return highs


def _limits(rows: Listing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low = np.where(rows.low > -(2**53), rows.low, -np.inf).astype(np.float64)
    high = np.where(rows.high < 2**53, rows.high, np.inf).astype(np.float64)
    return low, high


def _at_least(amount: Numbers, least: int) -> Listing:
    """Return the row that says that rings sum up to so much at least."""
    some, none = np.flatnonzero(amount), np.array([-1])
    return Listing(
        arc=some,
        amount=amount[some],
        start=np.array([0, len(some)]),
        low=np.array([least]),
        high=np.array([2**60]),
        constraint=none,
        row=none,
    )
