"""Relaxation: pairs are charged for their rows, and problems without constraints solved, at better and better prices.

Source:
    Lagrangian relaxation: Fisher, "The Lagrangian relaxation method for solving integer programming problems",
    Management Science 27 (1981).
"""

from collections.abc import Callable, Sequence

import numpy as np
from attrs import define, evolve

from taskmentor.matching.covering import weighed
from taskmentor.matching.duals import Duals, bound, charged, row_limits
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.row_search import Bracketing, PriceSearch
from taskmentor.matching.rows import UNLIMITED, CompiledConstraint, MeetingRows, RowPrices, TableRows
from taskmentor.matching.solution import Solution, Strategy, solve
from taskmentor.matching.start import SolutionStart

__all__ = ["Relaxation", "can_price", "sample", "sampled_prices"]

_SAMPLE, _SAMPLES = 10, 3
"""Prices are searched in a sample of a tenth first, and before that in a tenth of that, and so on."""

_LEAST_SAMPLED = 4_000
"""A sample has at least so many requests."""

_FINER = 4
"""Where prices do not move any more, they are searched in parts that are so many times finer."""

_STALLED_PPM, _STALLED = 10, 3
"""Where so many rounds bring the bound down by less than so many millionths each, prices do not move any more."""

_NEAR = 64
"""Where charges change by less than the spread of scores by this, the last plan is near the next one."""

_MOST_ROWS = 1_000
"""Rows of one constraint whose prices are searched, at the most; of pairs only once, those that are broken."""


def can_price(constraint: CompiledConstraint) -> bool:
    """Return whether prices of a constraint's rows can be searched: those of a small table, or of pairs only once."""
    shape = constraint.shape
    return isinstance(shape, MeetingRows) or (isinstance(shape, TableRows) and shape.n_rows <= _MOST_ROWS)


@define(eq=False, kw_only=True)
class Relaxation:
    """A search for prices: those of each constraint, and the best bound so far.

    Attributes:
        problem: The problem.
        strategy: Solves the problem of charged pairs.
        unit: Prices are in such parts of a point.
        searches: Who moves the prices of each constraint.
        grain: Prices are multiples of this.
        finest: The smallest grain.
        duals: The prices that prove the bound, None before the first round.
        bound: The best bound so far.
        stalled: For how many rounds the bound has hardly come down.
        last: What the other strategy found last.
    """

    problem: Problem
    strategy: Strategy
    unit: int
    searches: tuple[PriceSearch, ...]
    grain: int
    finest: int
    duals: Duals | None = None
    bound: int = 0
    stalled: int = 0
    last: Solution | None = None

    @classmethod
    def of(
        cls, problem: Problem, strategy: Strategy, known: Sequence[RowPrices | None], *, unit: int, finest: int
    ) -> "Relaxation":
        """Return the search before any price is tried, or with prices that were found elsewhere."""
        searches = tuple(
            Bracketing.of(problem, one, unit=unit, known=price)
            for one, price in zip(problem.constraints, known, strict=True)
        )
        return cls(problem=problem, strategy=strategy, unit=unit, searches=searches, grain=unit, finest=finest)

    def present(self) -> tuple[RowPrices, ...]:
        """Return the present prices."""
        return tuple(one.prices() for one in self.searches)

    def search(
        self,
        rounds: int,
        is_over: Callable[[], bool],
        keep: Callable[[Arcs, tuple[RowPrices, ...]], None] = lambda *_: None,
    ) -> Duals:
        """Return the prices that prove most after some rounds, fewer where none are left to try.

        Args:
            rounds: How many rounds there are at the most; 1 or more.
            is_over: Asked after each round whether to stop.
            keep: Told of the plan of each round, and of the prices that it was found at.
        """
        for _ in range(rounds):
            before = self.present()
            plan, is_open = self.round()
            keep(plan, before)
            if not is_open or is_over():
                break
        assert self.duals is not None, "there was a round"
        return self.duals

    def round(self) -> tuple[Arcs, bool]:
        """Return the plan that the other strategy finds at the present prices, and whether others are left to try."""
        problem, none = self.problem, np.zeros(0, np.int64)
        priced = Duals(request=none, mentee=none, mentor=none, rows=self.present(), unit=self.unit)
        relaxed = charged(problem, priced)
        found = solve(relaxed, self._strategy(relaxed))
        self.last = found
        self._prove(evolve(found.duals, rows=priced.rows, unit=priced.unit))
        free = problem.pinned[found.request] < 0
        plan = weighed(problem, found.request[free], found.mentor[free])
        plan = plan.take(plan.weight > 0)
        for one in self.searches:
            one.move(plan, self.grain)
        return plan, self._is_open()

    def _is_near(self) -> bool:
        """Return whether the present prices are near those before."""
        spread = self.problem.spread or self.problem.count_weight
        near = spread * self.unit // _NEAR
        return self.last is not None and all(one.moved <= near for one in self.searches)

    def _strategy(self, relaxed: Problem) -> Strategy:
        """Return the other strategy, told to begin where it ended before if it can."""
        strategy = self.strategy
        # Far from where it ended, beginning there takes longer than beginning anew.
        if self.last is None or not self._is_near() or not hasattr(strategy, "start"):
            return strategy
        return evolve(strategy, start=SolutionStart(self.last, relaxed.count_weight))  # type: ignore[misc]

    def _prove(self, duals: Duals) -> None:
        """Keep prices if what they prove is nearer."""
        proven = bound(self.problem, duals)
        fallen = self.bound - proven
        is_same = self.duals is not None and fallen * 1_000_000 < _STALLED_PPM * max(self.bound, 0)
        self.stalled = self.stalled + 1 if is_same and self._is_near() else 0
        if self.duals is None or proven < self.bound:
            self.duals, self.bound = duals, proven

    def _is_open(self) -> bool:
        """Return whether prices are left to be tried; where they do not move any more, finer ones are."""
        if self.stalled < _STALLED and not all(one.settled for one in self.searches):
            return True
        if self.grain == self.finest:
            return False
        self.grain, self.stalled = max(self.grain // _FINER, self.finest), 0
        return True


def sampled_prices(
    problem: Problem, strategy: Strategy, unit: int, *, rounds: int, is_over: Callable[[], bool]
) -> list[RowPrices | None]:
    """Return whole prices of rows found in samples, larger and larger ones; None where rows are about single people.

    Args:
        problem: The problem.
        strategy: Solves the problem of charged pairs.
        unit: Prices are in such parts of a point.
        rounds: How often it is asked in each sample at the most.
        is_over: Asked after each round whether to stop.
    """
    places = [place for place, one in enumerate(problem.constraints) if isinstance(one.shape, TableRows)]
    known: list[RowPrices | None] = [None] * len(problem.constraints)
    shared = evolve(problem, constraints=tuple(problem.constraints[place] for place in places))
    parts = [_SAMPLE**power for power in range(1, _SAMPLES + 1)]
    for part in reversed([part for part in parts if places and problem.n_requests >= _LEAST_SAMPLED * part]):
        few = sample(shared, part)
        prices = Relaxation.of(few, strategy, [known[place] for place in places], unit=unit, finest=unit)
        for place, price in zip(places, prices.search(rounds, is_over).rows, strict=True):
            known[place] = price
    return known


def sample(problem: Problem, part: int) -> Problem:
    """Return a problem in which one in so many mentees and mentors take part, chosen by a hash.

    Limits of rows, which a table gives, are as much lower. Nobody is pinned.
    """
    first = np.searchsorted(problem.mentee, np.arange(problem.n_mentees))
    return evolve(
        problem,
        limit=np.where(problem.request_key[first] % np.uint64(part) == 0, problem.limit, 0).astype(np.int32),
        capacity=np.where(problem.mentor_key % np.uint64(part) == 0, problem.capacity, 0).astype(np.int32),
        constraints=tuple(_sampled(problem, one, part) for one in problem.constraints),
        pinned=np.full(problem.n_requests, -1, np.int32),
    )


def _sampled(problem: Problem, constraint: CompiledConstraint, part: int) -> CompiledConstraint:
    shape = constraint.shape
    assert isinstance(shape, TableRows)
    limits = row_limits(problem, constraint, np.arange(shape.n_rows))
    low, high = (np.where(np.abs(limit) < UNLIMITED // 2, -(-limit // part), limit) for limit in limits)
    return evolve(constraint, shape=evolve(shape, low=low, high=high))
