"""The best plan under `TeachLearnCycles`, with other constraints, over rings instead of pairs, on HiGHS."""

from collections.abc import Mapping
from time import monotonic

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, TooLargeError
from taskmentor.matching.duals import Duals, bound, pinned_value
from taskmentor.matching.highs import (
    LARGEST,
    NO_HEURISTICS,
    Settings,
    branching,
    limits,
    model,
    says_impossible,
    silent,
)
from taskmentor.matching.kernels.ringing import FAR
from taskmentor.matching.listing import Listing, at_least
from taskmentor.matching.problem import Problem
from taskmentor.matching.ring_cuts import CutOff, CutRelaxation
from taskmentor.matching.rings import Lessons, Rings, lessons_of
from taskmentor.matching.solution import Solution, nothing_found

__all__ = ["any_rings", "best_rings"]

_UNIT, _LARGEST = 2**20, 2**58
"""Prices are in such parts of a point; in larger ones where sums of them could exceed the second number."""

_WHOLE, _EVERY = 20_000, 1_000_000
"""So many rings are all given to the solver; so many are, where else it cannot be said whether there is any plan."""

_EACH = 10
"""How many rings of one first person are added at a time."""

_CLOSE = 8
"""Rings that gain no more parts of a point than this are as good as covered."""

_SOONEST = 0.01
"""Seconds that HiGHS is given at least."""

_FIRST = 20
"""Plans are made of so many rings for each person first."""

_NEAREST, _FURTHER = 10, 2
"""Plans are looked for among so many rings for each person first, and then among so many times more."""

_SHARE = 0.5
"""That takes such a part of the time that is left at the most, each time that the goal is not the last one."""

_MUCH = 0.7
"""Rings of which the relaxation uses more than this are taken whole."""

_SOME, _FAILED = 60, 3
"""So many people are given new rings together, more of them after so many failures."""

_BRIEF: Mapping[str, str | float | bool] = {
    "presolve": "off",
    "mip_heuristic_effort": 0.0,
    "mip_detect_symmetry": False,
}
"""Settings of HiGHS where only some people are given new rings: what else it does does not pay there."""

_PLAIN: Mapping[str, str | float | bool] = {
    **NO_HEURISTICS,
    "mip_allow_restart": False,
    "mip_pscost_minreliable": 0,
}
"""Settings of HiGHS where cuts and a goal leave little: its branches alone, and no looking ahead at them."""

_BRIEF_SHARE = 0.1
"""That takes such a part of the time that is left at the most, each time."""

_TIMES = 64
"""While rings are looked for, one more request counts so many times what scores are apart at the most."""

_SLACK = 1e-6
"""What HiGHS' numbers, which are floats, are off by at the most."""

Numbers = NDArray[np.int64]


def best_rings(problem: Problem, settings: Settings) -> Solution | None:
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


def any_rings(problem: Problem, settings: Settings) -> bool:
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

    @classmethod
    def of(cls, counts: Numbers, rings: Rings) -> "_Least":
        """Return that it serves as many as some rings do."""
        return cls(counts=counts, n=int(rings.sums(counts).sum()))


@frozen(eq=False, kw_only=True)
class _Priced:
    """What the linear relaxation over all rings says.

    Attributes:
        rings: Those that it was solved over.
        solved: Whether it was, in time.
        part: How much of each is in it. Shape (n_rings,).
        paid: Prices of rows that cover every ring. Shape (n_rows,).
        duals: The same as prices of the problem's rows.
        most: What no plan is worth more than, pinned pairs left out.
    """

    rings: Rings
    solved: bool
    part: NDArray[np.float64]
    paid: Numbers
    duals: Duals
    most: int


@frozen(eq=False, kw_only=True)
class _Found:
    """The best rings found, what none exceed by the solver's word, whether that is the same, and if there are none."""

    rings: Rings | None = None
    told: int | None = None
    proven: bool = False
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

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self.problem, self.settings, self.end = problem, settings, monotonic() + settings.seconds
        spread = problem.spread + 1
        bonus = min(problem.count_weight, _TIMES * spread)
        if (sums := (problem.n_places + 1) * (bonus + spread)) > LARGEST:
            raise CostRangeError("HiGHS' objective", sums, LARGEST)
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
        raise nothing_found(self.problem, self.settings.name, f"{self.settings.seconds} seconds")

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
        least = None if start is None else _Least.of(self._counts, start)
        every = self.every_ring(_WHOLE)
        if len(every) <= _WHOLE:
            priced = self._priced(problem, weight, every)
            found = self._whole(priced, weight, least) or self.branched(every, weight, least, start)
            return _Best(found=found, priced=priced)
        priced = self._priced(problem, weight, None)
        rings = self._begin(priced, weight, least, start)
        if rings is not None:
            return _Best(found=self._proven(rings, priced, weight, least), priced=priced)
        every = self.every_ring()
        found = self.branched(every, weight, least) if len(every) <= _EVERY else _Found()
        return _Best(found=found, priced=priced)

    def _priced(self, problem: Problem, weight: Numbers, every: Rings | None) -> _Priced:
        """Return the linear relaxation over all rings: as long as some are priced below their worth, they are added.

        That takes half of the time that is left at the most.
        """
        lessons, relaxation = self.lessons, _Relaxation(self.lessons, weight, self.settings.seed)
        end = (monotonic() + self.end) / 2
        more = lessons.rings(weight, most=_EACH) if every is None else every
        part, paid, solved = np.zeros(0), np.zeros(lessons.n_rows, np.int64), True
        while len(more) or every is not None:
            relaxation.add(more)
            relaxed = relaxation.solved(max(end - monotonic(), _SOONEST))
            solved = relaxed is not None
            if relaxed is None:
                break
            part, paid = relaxed[0], lessons.paid(np.rint(relaxed[1] * self.unit).astype(np.int64))
            if every is not None or monotonic() > end:
                break
            more = lessons.rings(lessons.gain(weight * self.unit, paid), least=_CLOSE, most=_EACH)
            more = relaxation.rings.joined(more).take(slice(len(relaxation.rings), None))
        part = np.append(part, np.zeros(len(relaxation.rings) - len(part)))
        paid = lessons.covering(weight * self.unit, paid)
        duals = lessons.duals(problem, paid, unit=self.unit)
        most = bound(problem, duals) - pinned_value(problem)
        return _Priced(rings=relaxation.rings, solved=solved, part=part, paid=paid, duals=duals, most=most)

    def _whole(self, priced: _Priced, weight: Numbers, least: _Least | None) -> _Found | None:
        """Return the rings of the linear relaxation, where it has only whole ones and they are a plan."""
        rings = priced.rings.take(priced.part > 0.5)
        is_whole = priced.solved and bool((np.abs(priced.part - np.rint(priced.part)) < _SLACK).all())
        if is_whole and self._keeps(rings, least):
            return _Found(rings=rings, told=int(rings.sums(weight).sum()))
        return None

    def _begin(self, priced: _Priced, weight: Numbers, least: _Least | None, start: Rings | None) -> Rings | None:
        """Return some plan of the rings of the relaxation, else a start, None where there is neither."""
        whole = self._whole(priced, weight, least)
        rings = self._rounded(priced, weight, least) if whole is None else whole.rings
        if rings is None and start is None:
            return self.branched(priced.rings, weight, least, share=_SHARE).rings
        return start if rings is None else rings

    def _rounded(self, priced: _Priced, weight: Numbers, least: _Least | None) -> Rings | None:
        """Return the rings that the relaxation uses most, and again of what they leave, if they are a plan."""
        near, _ = self._near(None, priced, weight)
        left = near.take(self._nearest(near, priced, weight))
        kept, used = left.take(slice(0, 0)), True
        while used:
            relaxation = _Relaxation(self.lessons, weight, self.settings.seed)
            relaxation.add(left)
            relaxed = relaxation.solved(max((self.end - monotonic()) / 2, _SOONEST))
            if relaxed is None:
                break
            chosen, taken = self._apart(left, relaxed[0])
            kept, used = kept.joined(chosen), bool(len(chosen))
            left = left.take(np.flatnonzero(~taken[self.lessons.people(left)].any(axis=1)))
        return kept if self._keeps(kept, least) else None

    def _apart(self, rings: Rings, part: NDArray[np.float64]) -> tuple[Rings, NDArray[np.bool_]]:
        """Return rings of different people that are used more than most, or most of all, and who is in them."""
        people, chosen = self.lessons.people(rings), []
        taken = np.zeros(self.lessons.n_people + 1, np.bool_)
        enough = min(_MUCH, 0.9 * float(part.max(initial=0)))
        for ring in np.argsort(-part, kind="stable").tolist():
            if part[ring] <= max(enough, _SLACK):
                break
            own = people[ring][people[ring] >= 0]
            if not taken[own].any():
                taken[own] = True
                chosen.append(ring)
        return rings.take(np.array(chosen, np.int64)), taken

    def _gain(self, priced: _Priced, weight: Numbers) -> Numbers:
        return self.lessons.gain(weight * self.unit, priced.paid)

    def _proven(self, rings: Rings, priced: _Priced, weight: Numbers, least: _Least | None) -> _Found:
        """Return the best rings, and what none exceed: among all that could be in a better plan than some rings.

        Whatever is priced above its worth by more than these fall short of the bound is in no better plan. Cuts bring
        the bound down. Then plans are looked for that are worth nearly as much as the bound, which few rings could be
        in; where there are none, plans are looked for that are worth less.
        """
        near, complete = self._near(rings, priced, weight)
        cut = self._cut_off(near, priced, weight, least)
        if cut is None:
            return _Found(rings=rings)
        value, told = int(rings.sums(weight).sum()), int(np.floor(cut.most))
        spare, n = np.sort(cut.spare), max(_NEAREST * self.lessons.n_people, 1)
        while told > value and not self.is_over:
            goal = max(value + 1, int(np.ceil(cut.most - spare[n]))) if n < len(spare) else value + 1
            some = near.take(np.flatnonzero(cut.spare <= cut.most - goal + _SLACK))
            found = self.branched(some, weight, least, share=_SHARE if goal > value + 1 else 1.0, cut=cut, goal=goal)
            if found.rings is not None or not found.impossible:
                told, rings = told if found.told is None else min(told, found.told), _better(found, rings)
                if not found.proven and not len(self.lessons.others):
                    rings = self._improved(rings, near.take(self._nearest(near, priced, weight)), weight, least)
                return _Found(rings=rings, told=told if complete else None)
            told, n = goal - 1, n * _FURTHER
        return _Found(rings=rings, told=told if complete else None)

    def _cut_off(self, near: Rings, priced: _Priced, weight: Numbers, least: _Least | None) -> CutOff | None:
        """Return cuts for the relaxation over some rings, found over the nearest, None where time ran out."""

        def rows(rings: Rings) -> Listing:
            return _with_least(self._rows(rings, None), rings, least)

        relaxation = CutRelaxation(
            rings=near, people=self.lessons.people(near), worth=near.sums(weight), rows=rows,
            n_people=self.lessons.n_people, seed=self.settings.seed, end=self.end,
        )  # fmt: skip
        return relaxation.run(self._nearest(near, priced, weight))

    def _nearest(self, rings: Rings, priced: _Priced, weight: Numbers) -> NDArray[np.intp]:
        """Return the places of the rings that are worth most beyond their price."""
        order = np.argsort(-rings.sums(self._gain(priced, weight)), kind="stable")
        return order[: _FIRST * self.lessons.n_people]

    def _improved(self, rings: Rings, near: Rings, weight: Numbers, least: _Least | None) -> Rings:
        """Return better rings, by branch and bound over those of some people at a time, for a part of the time.

        The people are near each other by the rings that they could be in, drawn by the seed; when nothing is found any
        longer, there are more of them.
        """
        rng = default_rng(self.settings.seed)
        size, failed, people = _SOME, 0, self.lessons.people(near)
        while size < self.lessons.n_people and not self.is_over:
            some = _together(rng, people, self.lessons.n_people, size)
            own = self.lessons.people(rings)
            opened = np.flatnonzero(some[own].any(axis=1))
            some[own[opened]] = True
            among = np.flatnonzero(some[:-1])
            some[-1] = True
            before, free = rings.take(opened), np.flatnonzero(some[people].all(axis=1))
            own_least = None if least is None else _Least.of(least.counts, before)
            better = _better(
                self.branched(near.take(free), weight, own_least, before, share=_BRIEF_SHARE, among=among), before
            )
            failed = failed + 1 if better.sums(weight).sum() <= before.sums(weight).sum() else 0
            rings = better.joined(rings.take(np.delete(np.arange(len(rings)), opened)))
            if failed > _FAILED:
                size, failed = size + size // 4 + 1, 0
        return rings

    def _near(self, rings: Rings | None, priced: _Priced, weight: Numbers) -> tuple[Rings, bool]:
        """Return the rings that could be in a better plan than some, all or the nearest of each person."""
        gain, limit = self._gain(priced, weight), self.settings.most_listed
        least = FAR if rings is None else (int(rings.sums(weight).sum()) - priced.most) * self.unit
        near = self.lessons.rings(gain, least=least, limit=limit)
        if len(near) <= limit:
            return near, True
        return self.lessons.rings(gain, least=least, most=_FIRST), False

    def _keeps(self, rings: Rings, least: _Least | None, among: NDArray[np.intp] | None = None) -> bool:
        enough = least is None or int(rings.sums(least.counts).sum()) >= least.n
        return enough and bool(self._rows(rings, among).kept(np.ones(len(rings), np.bool_)).all())

    def _rows(self, rings: Rings, among: NDArray[np.intp] | None) -> Listing:
        rows = self.lessons.rows(rings)
        return rows if among is None else rows.take(among)

    def branched(
        self,
        rings: Rings,
        weight: Numbers,
        least: _Least | None,
        start: Rings | None = None,
        *,
        share: float = 1.0,
        among: NDArray[np.intp] | None = None,
        cut: CutOff | None = None,
        goal: int | None = None,
    ) -> _Found:
        """Return the best of some rings by branch and bound.

        Args:
            rings: The rings.
            weight: Of each pair. Shape (n_lessons,).
            least: How many requests are served.
            start: A plan to begin with.
            share: Of the time that is left.
            among: People of whom all the rings are, where these are not all people. Shape (n_some,).
            cut: Rows that help to prove it.
            goal: What they are worth at least; anything unless given.
        """
        from highspy import HighsModelStatus

        rings = rings if start is None else start.joined(rings)
        if not len(rings):
            is_plan = goal is None and self._keeps(rings, least, among)
            return _Found(rings=rings, told=0) if is_plan else _Found(impossible=True)
        rows, now = _with_least(self._rows(rings, among), rings, least), monotonic()
        if cut is not None:
            rows = cut.cuts.added(rows, self.lessons.people(rings))
        if cut is not None and goal is not None:
            rows = cut.tightened(rows, goal)
        programme = model(rings.sums(weight), (rows.low, rows.high), rows.entries, whole=True)
        highs = branching(
            programme,
            seed=self.settings.seed,
            end=now + share * (self.end - now),
            settings=_BRIEF if among is not None else _PLAIN if cut is not None else None,
            goal=goal,
            start=None if start is None else np.arange(len(rings)) < len(start),
        )
        highs.run()
        if says_impossible(highs):
            return _Found(impossible=True)
        status, info = highs.getModelStatus(), highs.getInfo()
        told = int(np.floor(info.mip_dual_bound + _SLACK)) if np.isfinite(info.mip_dual_bound) else None
        told = told if told is None or goal is None else max(told, goal - 1)
        part = np.array(highs.getSolution().col_value, np.float64)
        if len(part) < len(rings) or not self._keeps(chosen := rings.take(part > 0.5), least, among):
            return _Found(told=told)
        value = int(chosen.sums(weight).sum())
        if goal is not None and value < goal:
            return _Found(impossible=status == HighsModelStatus.kOptimal, told=told)
        if status == HighsModelStatus.kOptimal:
            return _Found(rings=chosen, told=value, proven=True)
        return _Found(rings=chosen, told=None if told is None else max(told, value))


def _together(rng: Generator, people: Numbers, n_people: int, size: int) -> NDArray[np.bool_]:
    """Return some people who are near each other by rings, and False behind the last. Shape (n_people + 1,)."""
    some = np.zeros(n_people + 1, np.bool_)
    some[rng.integers(n_people)] = True
    while (missing := size - int(some.sum())) > 0:
        met = np.unique(people[some[people].any(axis=1)])
        new = met[(met >= 0) & ~some[met]]
        if not len(new):
            break
        some[rng.permutation(new)[: min(missing, size // 4 + 1)]] = True
    return some


def _better(found: _Found, rings: Rings) -> Rings:
    return rings if found.rings is None else found.rings


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
        made = highspy.HighsLp()
        made.num_col_, made.num_row_ = len(broken), len(rows)
        made.col_cost_ = np.full(len(broken), -dear, np.float64)
        made.col_lower_, made.col_upper_ = np.zeros(len(broken)), np.full(len(broken), np.inf)
        made.row_lower_, made.row_upper_ = limits(rows.low, rows.high)
        made.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        made.a_matrix_.start_ = np.arange(len(broken) + 1)
        made.a_matrix_.index_ = broken
        made.a_matrix_.value_ = np.where(rows.low[broken] > 0, 1.0, -1.0)
        made.sense_ = highspy.ObjSense.kMaximize
        self.highs, self.n_dear = silent(), len(broken)
        self.highs.setOptionValue("random_seed", seed)
        self.highs.setOptionValue("solver", "ipm")  # forty times as quick as simplex where rings are many
        self.highs.passModel(made)

    def add(self, rings: Rings) -> None:
        """Add rings."""
        n, (ring, row, amount) = len(rings), self.lessons.entries(rings)
        start = np.searchsorted(ring, np.arange(n)).astype(np.int32)
        cost, free = rings.sums(self.weight).astype(np.float64), np.full(n, np.inf)
        entries = row.astype(np.int32), amount.astype(np.float64)
        self.highs.addCols(n, cost, np.zeros(n), free, len(ring), start, *entries)
        self.rings = Rings(lesson=np.concatenate([self.rings.lesson, rings.lesson]))

    def solved(self, seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Return how much of each ring is used, and the price of each row; None where time ran out."""
        from highspy import HighsModelStatus

        if not len(self.rings):
            return np.zeros(0), np.zeros(self.lessons.n_rows)
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + seconds)
        self.highs.run()
        if self.highs.getModelStatus() != HighsModelStatus.kOptimal:
            return None
        solution = self.highs.getSolution()
        part, price = (np.array(column, np.float64) for column in (solution.col_value, solution.row_dual))
        return part[self.n_dear :], price


def _with_least(rows: Listing, rings: Rings, least: _Least | None) -> Listing:
    """Return rows over rings, and behind them how many requests are served at least."""
    return rows if least is None else rows.joined(at_least(rings.sums(least.counts), least.n))
