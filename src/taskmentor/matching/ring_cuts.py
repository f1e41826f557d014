"""Cuts: rows that whole rings keep and parts of rings do not, which bring the relaxation nearer to the best plan.

Everybody is in one ring at the most. Where these rows are added up, each so often, divided by a number and rounded down
on both sides, whole rings keep the sum, and parts of them often do not.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from os import cpu_count
from time import monotonic

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching.highs import limits, model, silent
from taskmentor.matching.kernels.compiling import can_compile
from taskmentor.matching.kernels.rounding import Parts, rounded_rows
from taskmentor.matching.listing import Listing, at_least
from taskmentor.matching.rings import Rings
from taskmentor.matching.rows import UNLIMITED

__all__ = ["CutOff", "CutRelaxation", "Cuts", "broken_cuts"]

_ROUNDS, _LEAST_FALLEN = 8, 0.01
"""So often cuts are looked for, as long as the bound falls by more than this part of what it has fallen in all."""

_SOONEST = 0.01
"""Seconds that HiGHS is given at least."""

_DIVISORS, _LARGEST = (2, 3, 4), 15
"""What sums of rows are divided by, and how many rows are added up at the most."""

_LEANS = (0.0, 0.05, 0.1, 0.2)
"""How much chance has a say in which rows are added up."""

_BROKEN = 0.01
"""Cuts are kept that the parts break by more than this."""

_TOGETHER, _MOST = 6, 300
"""So many cuts of one person are added at a time, and of all, at the most."""

_COMPILED_FROM = 50
"""Rings from which on machine code is worth its loading."""

_NOTHING, _INEXACT = 1e-6, 1e-9
"""Less of a ring, or a point, than the first is none; HiGHS' sums are off by such a part at the most."""

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


@frozen(eq=False, kw_only=True)
class Cuts:
    """Sums of the rows of people, divided and rounded down.

    Attributes:
        times: How often the row of each person counts in each sum. Shape (n_cuts, n_people).
        divisor: What each is divided by. Shape (n_cuts,).
    """

    times: Numbers
    divisor: Numbers

    @classmethod
    def none(cls, n_people: int) -> "Cuts":
        """Return no cuts."""
        return cls(times=np.zeros((0, n_people), np.int64), divisor=np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.divisor)

    def take(self, cuts: NDArray[np.generic]) -> "Cuts":
        """Return some of the cuts."""
        return Cuts(times=self.times[cuts], divisor=self.divisor[cuts])

    def joined(self, other: "Cuts") -> "Cuts":
        """Return the cuts of both."""
        return Cuts(times=np.concatenate([self.times, other.times]), divisor=np.append(self.divisor, other.divisor))

    def added(self, rows: Listing, people: Numbers) -> Listing:
        """Return rows and behind them the cuts.

        Args:
            rows: Rows over rings.
            people: Who is in each of these, -1 behind the last. Shape (n_rings, longest).
        """
        for times, divisor in zip(self.times, self.divisor.tolist(), strict=True):
            row = at_least(np.append(times, 0)[people].sum(axis=1) // divisor, -UNLIMITED)
            rows = rows.joined(evolve(row, high=np.array([int(times.sum()) // divisor])))
        return rows


def broken_cuts(people: Numbers, part: Floats, n_people: int, rng: Generator) -> Cuts:
    """Return cuts that rings break which are used in parts, those that are broken most for their size.

    Args:
        people: Who is in each ring, -1 behind the last. Shape (n_rings, longest).
        part: How much of each is used. Shape (n_rings,).
        n_people: How many people there are.
        rng: What chance is drawn from.
    """
    used = np.flatnonzero(part > _NOTHING)
    people, part = people[used], part[used]
    ring, place = np.nonzero(people >= 0)
    order = np.argsort(people[ring, place], kind="stable")
    start = np.searchsorted(people[ring, place][order], np.arange(n_people + 1)).astype(np.int64)
    parts = Parts(people=people, part=part, start=start, ring=ring[order])
    search = rounded_rows.for_size(can_compile() and len(used) >= _COMPILED_FROM)
    leans = [share * rng.random(n_people) for share in _LEANS]

    def broken(first: int) -> list[tuple[int, float, Numbers]]:
        cuts = []
        for divisor, lean in product(_DIVISORS, leans):
            times = np.zeros(n_people, np.int64)
            over = search(parts, first, divisor, _LARGEST, lean, times)
            if over > _BROKEN:
                cuts.append((divisor, float(over / np.sqrt((times > 0).sum())), times))
        return cuts

    with ThreadPoolExecutor(cpu_count()) as threads:
        each = threads.map(broken, np.flatnonzero(part < 1 - _NOTHING).tolist())
        found = {(divisor, times.tobytes()): (over, times) for cuts in each for divisor, over, times in cuts}
    return _spread(found, n_people)


def _spread(found: dict[tuple[int, bytes], tuple[float, Numbers]], n_people: int) -> Cuts:
    """Return the cuts that are broken most, few of any one person."""
    chosen: list[tuple[Numbers, int]] = []
    often = np.zeros(n_people, np.int64)
    for (divisor, _), (_, times) in sorted(found.items(), key=lambda one: -one[1][0]):
        if len(chosen) < _MOST and bool((often[times > 0] < _TOGETHER).all()):
            chosen.append((times, divisor))
            often[times > 0] += 1
    return Cuts(
        times=np.array([times for times, _ in chosen], np.int64).reshape(-1, n_people),
        divisor=np.array([divisor for _, divisor in chosen], np.int64),
    )


@frozen(eq=False, kw_only=True)
class CutOff:
    """What the linear relaxation with cuts says.

    Attributes:
        cuts: The cuts.
        most: What no plan is worth more than, by the solver's word.
        spare: What each ring is priced at beyond its worth, in points. Shape (n_rings,).
        price: Of each row, and behind them of each cut, in points. Shape (n_rows + n_cuts,).
    """

    cuts: Cuts
    most: float
    spare: Floats
    price: Floats

    def tightened(self, rows: Listing, goal: int) -> Listing:
        """Return rows with limits that plans of some worth keep.

        How far a row is from the limit that it is priced for costs its price, and all that costs together no more than
        such plans fall short of the bound: who is dear is in a ring of each.

        Args:
            rows: The rows and the cuts, over some rings.
            goal: What the plans are worth at least, in points.
        """
        dear = np.flatnonzero(np.abs(self.price) > _NOTHING)
        price, low, high = self.price[dear], rows.low.copy(), rows.high.copy()
        far = np.floor((self.most - goal) / np.abs(price) + _BROKEN).astype(np.int64)
        low[dear] = np.where(price > 0, np.maximum(rows.low[dear], rows.high[dear] - far), rows.low[dear])
        high[dear] = np.where(price < 0, np.minimum(rows.high[dear], rows.low[dear] + far), rows.high[dear])
        return evolve(rows, low=low, high=high)


@frozen(eq=False, kw_only=True)
class _Relaxed:
    """A linear relaxation: its value, how much of each ring is in it, and the price of each row."""

    value: float
    part: Floats
    price: Floats


@frozen(eq=False, kw_only=True)
class CutRelaxation:
    """The linear relaxation over some rings, to which cuts are added.

    Attributes:
        rings: The rings.
        people: Who is in each, -1 behind the last. Shape (n_rings, longest).
        worth: Of each, in points. Shape (n_rings,).
        rows: Returns the rows over some of them, in the same order for any.
        n_people: How many people there are.
        seed: The solver's own seed, and that of chance.
        end: When to stop, by the monotonic clock.
    """

    rings: Rings
    people: Numbers
    worth: Numbers
    rows: Callable[[Rings], Listing]
    n_people: int
    seed: int
    end: float

    def run(self, some: NDArray[np.intp]) -> CutOff | None:
        """Return the cuts found over some of the rings, and what they say of all, None where time ran out."""
        programme = _Programme(self, some, Cuts.none(self.n_people))
        relaxed = self._cut(programme)
        while relaxed is not None:
            spare = self._spare(programme.cuts, relaxed.price)
            missing = np.setdiff1d(np.flatnonzero(spare < -_NOTHING), programme.some)
            if not len(missing):
                most = relaxed.value + _NOTHING + _INEXACT * abs(relaxed.value)
                return CutOff(cuts=programme.cuts, most=most, spare=spare, price=relaxed.price)
            programme = _Programme(self, np.union1d(programme.some, missing), programme.cuts)
            relaxed = programme.solved()
        return None

    def _cut(self, programme: "_Programme") -> _Relaxed | None:
        """Add cuts that the solution breaks, again and again, and return the last solution, None where time ran out."""
        rng, values = default_rng(self.seed), list[float]()
        for _ in range(_ROUNDS):
            relaxed = programme.solved()
            if relaxed is None:
                return None
            values.append(relaxed.value)
            if len(values) > 1 and values[-2] - values[-1] <= _LEAST_FALLEN * (values[0] - values[-1]):
                return relaxed
            more = broken_cuts(self.people[programme.some], relaxed.part, self.n_people, rng)
            programme.cut(relaxed.price[len(relaxed.price) - len(programme.cuts) :] > _NOTHING, more)
        return programme.solved()

    def _spare(self, cuts: Cuts, price: Floats) -> Floats:
        """Return what each ring is priced at beyond its worth. Shape (n_rings,)."""
        rows = cuts.added(self.rows(self.rings), self.people)
        charged = rows.amount * np.repeat(price, np.diff(rows.start))
        prices = np.asarray(np.bincount(rows.arc, weights=charged, minlength=len(self.worth)), np.float64)
        return prices - self.worth


class _Programme:
    """The linear programme over some rings, to which cuts are added: each time it is solved on from where it was."""

    def __init__(self, relaxation: CutRelaxation, some: NDArray[np.intp], cuts: Cuts) -> None:
        self.some, self.cuts, self.end = some, cuts, relaxation.end
        self.people, rows = relaxation.people[some], relaxation.rows(relaxation.rings.take(some))
        self.n_rows, self.none = len(rows), rows.take(np.zeros(0, np.intp))
        rows = cuts.added(rows, self.people)
        made = model(relaxation.worth[some], (rows.low, rows.high), rows.entries, whole=False)
        # Rows limit rings to one; a limit of their own would have a price that rows do not tell.
        made.col_upper_ = np.full(len(some), np.inf)
        self.highs = silent()
        self.highs.setOptionValue("solver", "ipm")
        self.highs.setOptionValue("random_seed", relaxation.seed)
        self.highs.passModel(made)

    def cut(self, kept: NDArray[np.bool_], more: Cuts) -> None:
        """Drop all cuts but some, and add others.

        Args:
            kept: Which stay. Shape (n_cuts,).
            more: Those that are added.
        """
        dropped = (self.n_rows + np.flatnonzero(~kept)).astype(np.int32)
        self.highs.deleteRows(len(dropped), dropped)
        self.cuts, rows = self.cuts.take(kept).joined(more), more.added(self.none, self.people)
        start, ring = rows.start[:-1].astype(np.int32), rows.arc.astype(np.int32)
        amount = rows.amount.astype(np.float64)
        self.highs.addRows(len(rows), *limits(rows.low, rows.high), len(ring), start, ring, amount)

    def solved(self) -> _Relaxed | None:
        """Return the solution, None where time ran out."""
        from highspy import HighsModelStatus

        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + max(self.end - monotonic(), _SOONEST))
        self.highs.run()
        if self.highs.getModelStatus() != HighsModelStatus.kOptimal:
            return None
        self.highs.setOptionValue("solver", "simplex")  # which takes few steps from one solution to the next
        solution = self.highs.getSolution()
        part, price = (np.array(column, np.float64) for column in (solution.col_value, solution.row_dual))
        return _Relaxed(value=float(self.highs.getInfo().objective_function_value), part=part, price=price)
