"""The plan that is best aim by aim among those that keep constraints: a mixed-integer programme a step, on HiGHS.

What a step reached is a row of all further ones. So each step looks only among plans that are best at those before.
"""

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError
from taskmentor.matching.aims.aim import Floor, Spread, Step, Sum
from taskmentor.matching.aims.choices import Listed, numbered_places, place_costs
from taskmentor.matching.covering import weighed
from taskmentor.matching.duals import Duals
from taskmentor.matching.highs import LARGEST, NO_HEURISTICS, branching, model, says_impossible
from taskmentor.matching.listing import Listing, at_least
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.programme import Programme

__all__ = ["Stepped", "any_plan", "best_in_order"]

_TOGETHER = 4_096
"""Steps are looked at together as long as one of the first is worth no more than so many of the last: the solver takes
numbers for whole that are off by a millionth."""

Numbers = NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class Stepped:
    """The best plan found.

    Attributes:
        arcs: Its pairs, pinned ones left out; None where no plan keeps all constraints, or none was found in time.
        duals: Prices that prove what no plan exceeds by the problem's objective.
        stopped: Whether a limit of time stopped the search.
    """

    arcs: Arcs | None
    duals: Duals
    stopped: bool


def best_in_order(listed: Listed, steps: list[Step], *, seed: int, end: float) -> Stepped:
    """Return the plan that is best at the first step, among such plans at the second, and so on.

    Args:
        listed: All pairs.
        steps: The steps.
        seed: The solver's own seed.
        end: When to stop, by the monotonic clock; the plan is then best at the steps that were done.

    Raises:
        CostRangeError: If sums over a plan are larger than floats hold exactly.
    """
    search = _Search.of(listed, seed, end, spreads=any(isinstance(step, Spread) for step in steps))
    programme = search.programme
    duals = programme.duals(programme.relaxed())
    # Where aims leave it open, a pair more is better than none.
    done = search.settle(np.zeros(search.n_columns, np.int64)) and search.descend([*steps, search.every_pair])
    arcs = None if search.plan is None else programme.arcs.take(search.plan[: search.n_pairs])
    return Stepped(arcs=arcs, duals=duals, stopped=not done and not search.impossible)


def any_plan(problem: Problem, *, seed: int, end: float) -> bool:
    """Return whether some plan keeps all constraints of a problem; True too where time ran out."""
    search = _Search.of(Listed.of(problem), seed, end, spreads=False)
    search.settle(np.zeros(search.n_columns, np.int64))
    return not search.impossible


@define(eq=False, kw_only=True)
class _Search:
    """The plans that are best so far, with one of them.

    Columns are the usable pairs and, where a step has costs of places, the places that mentors could fill.

    Attributes:
        listed: All pairs.
        pairs: The rows of those that are usable, by request and mentor. Shape (n_pairs,).
        mentor: Whose each place is. Shape (n_places,).
        number: Which of the mentor's places it is, from 0. Shape (n_places,).
        programme: The pairs weighted by the objective, with the rows that all plans keep, the seed and the end.
        rows: What the best ones keep.
        plan: The columns of one of them, None where none is known. Shape (n_columns,).
        impossible: Whether it was found that there is none.
    """

    listed: Listed
    pairs: NDArray[np.intp]
    mentor: NDArray[np.intp]
    number: Numbers
    programme: Programme
    rows: Listing
    plan: NDArray[np.bool_] | None = None
    impossible: bool = False

    @classmethod
    def of(cls, listed: Listed, seed: int, end: float, *, spreads: bool) -> "_Search":
        """Return the search among all plans.

        Args:
            listed: All pairs.
            seed: The solver's own seed.
            end: When to stop, by the monotonic clock.
            spreads: Whether a step has costs of places.
        """
        pairs = np.flatnonzero(listed.usable)
        pairs = pairs[np.argsort(listed.keys[pairs], kind="stable")]
        request, mentor = (side[pairs].astype(np.int32) for side in (listed.request, listed.mentor))
        programme = Programme(listed.problem, weighed(listed.problem, request, mentor), seed, end)
        places = listed.places if spreads else np.zeros(listed.problem.n_mentors, np.int64)
        owner, number = numbered_places(places)
        rows = programme.rows.joined(programme.places)
        return cls(
            listed=listed,
            pairs=pairs,
            mentor=owner,
            number=number,
            programme=programme,
            rows=rows.joined(_filled(mentor, owner)) if spreads else rows,
        )

    @property
    def n_pairs(self) -> int:
        """Return how many pairs can be used."""
        return len(self.pairs)

    @property
    def n_columns(self) -> int:
        """Return how many pairs and places there are."""
        return self.n_pairs + len(self.mentor)

    @property
    def every_pair(self) -> Sum:
        """Return the sum in which each pair counts 1."""
        return Sum(np.ones(len(self.listed.keys), np.int64))

    def descend(self, steps: list[Step]) -> bool:
        """Settle the steps in their order, counts of few pairs together; return whether all were, in time."""
        waiting, weight = np.zeros(self.n_columns, np.int64), 1
        for step in steps:
            span = self._span(step)
            if isinstance(step, Floor) or weight * span > _TOGETHER:
                if not self.settle(waiting):
                    return False
                waiting, weight = np.zeros(self.n_columns, np.int64), 1
            if isinstance(step, Floor):
                if not self.raised(step):
                    return False
            else:
                waiting, weight = waiting * span + self._points(step), weight * span
        return self.settle(waiting)

    def _span(self, step: Step) -> int:
        """Return how many different sums of a step plans could have: any number, unless it counts pairs of a grade."""
        if not isinstance(step, Sum) or step.grade is None:
            return _TOGETHER
        counted = step.points(self.pairs) != 0
        return 1 + len(np.unique(self.listed.request[self.pairs][counted]))

    def settle(self, points: Numbers) -> bool:
        """Keep only the plans with the most points, and one of them; return whether these were proven to be the most.

        Args:
            points: Of each column. Shape (n_columns,).
        """
        if self.plan is not None and not points.any():
            return True
        answer = self._best(points, self.rows)
        self.impossible = answer.impossible and self.plan is None
        if answer.plan is None:
            return False
        self.plan = answer.plan
        if answer.proven:
            self.rows = self.rows.joined(at_least(points, int(points[answer.plan].sum())))
        return answer.proven

    def raised(self, step: Floor) -> bool:
        """Keep only the plans whose least grade is the highest; return whether that was proven."""
        column, nothing = step.column[self.pairs], np.zeros(self.n_columns, np.int64)
        if self.plan is None or not self.plan[: self.n_pairs].any():
            return self.plan is not None
        grades = np.unique(column)
        low, high = self._least(column, grades, self.plan), len(grades) - 1
        while low < high:
            middle = (low + high + 1) // 2
            answer = self._best(nothing, self._above(column, int(grades[middle])))
            if answer.plan is not None:
                self.plan = answer.plan
                low = self._least(column, grades, answer.plan)
            elif answer.impossible:
                high = middle - 1
            else:
                return False
        self.rows = self._above(column, int(grades[low]))
        return True

    def _least(self, column: Numbers, grades: Numbers, plan: NDArray[np.bool_]) -> int:
        """Return the place of the least grade in a plan that has some pair."""
        return int(np.searchsorted(grades, column[plan[: self.n_pairs]].min()))

    def _above(self, column: Numbers, least: int) -> Listing:
        """Return what is kept, and that no pair below some grade is used."""
        poor = np.append(column < least, np.zeros(len(self.mentor), np.bool_))
        return self.rows.joined(at_least(-poor.astype(np.int64), 0))

    def _points(self, step: Sum | Spread) -> Numbers:
        """Return what each column adds at a step. Shape (n_columns,)."""
        return np.append(step.points(self.pairs), -place_costs(step, self.mentor, self.number))

    def _best(self, points: Numbers, rows: Listing) -> "_Answer":
        """Return the plan that keeps some rows and has the most points."""
        from highspy import HighsModelStatus

        if (sums := int(np.abs(points).max(initial=0)) * (self.listed.problem.n_places + 1)) > LARGEST:
            raise CostRangeError("HiGHS' objective", sums, LARGEST)
        if not self.n_columns:
            nothing = np.zeros(0, np.bool_)
            possible = bool(rows.kept(nothing).all())
            return _Answer(plan=nothing if possible else None, proven=possible, impossible=not possible)
        highs = branching(
            model(points, (rows.low, rows.high), rows.entries, whole=True),
            seed=self.programme.seed,
            end=self.programme.end,
            # Heuristics were also seen to run without end, past any limit, on what rows over many pairs leave.
            settings=None if self.plan is None else NO_HEURISTICS,
            start=self.plan,
        )
        highs.run()
        if says_impossible(highs):
            return _Answer(impossible=True)
        chosen = np.array(highs.getSolution().col_value, np.float64) > 0.5
        if len(chosen) < len(points) or not rows.kept(chosen).all():
            return _Answer()
        return _Answer(plan=chosen, proven=highs.getModelStatus() == HighsModelStatus.kOptimal)


@frozen(eq=False, kw_only=True)
class _Answer:
    """A plan that was found, whether none has more points, and whether there is none at all."""

    plan: NDArray[np.bool_] | None = None
    proven: bool = False
    impossible: bool = False


def _filled(mentor: NDArray[np.integer], owner: NDArray[np.intp]) -> Listing:
    """Return the rows that say that each mentor fills as many places as they have pairs.

    Args:
        mentor: Whose each pair is. Shape (n_pairs,).
        owner: Whose each place is, which are the columns behind those of pairs. Shape (n_places,).
    """
    whose = np.append(mentor, owner)
    mentors, row = np.unique(whose, return_inverse=True)
    order = np.argsort(row, kind="stable")
    none = np.zeros(len(mentors), np.int64)
    amount = np.append(np.ones(len(mentor), np.int64), np.full(len(owner), -1))
    return Listing(
        arc=order.astype(np.int64),
        amount=amount[order],
        start=np.searchsorted(row[order], np.arange(len(mentors) + 1)).astype(np.int64),
        low=none,
        high=none,
        constraint=none - 1,
        row=mentors.astype(np.int64),
    )
