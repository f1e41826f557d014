"""Duals: whole-number prices of requests, mentees and mentors, and the bound that they prove."""

from itertools import zip_longest
from math import lcm

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError
from taskmentor.matching.problem import LARGEST, Problem
from taskmentor.matching.rows import CompiledConstraint, RowPrices
from taskmentor.matching.shapes import CompiledScorer, find_keys

__all__ = ["Duals", "bound", "charged", "pinned_value", "priced", "row_limits", "total"]


@frozen(eq=False, kw_only=True)
class Duals:
    """Prices q, v and p, all 0 or more.

    They prove a bound where `q[r] + v[mentee of r] + p[j]` is at least the weight of every eligible pair (r, j): then
    no plan is worth more than the sum of the prices of everything that is limited. Where mentors' places have a cost,
    each counts with what the price is above it. Where rows of constraints have prices, the weight of a pair is what is
    left of it when it is charged for its rows.

    Where a constraint lets plans be made of rings only (`CycleRows`), it is enough that they cover every ring: the
    weights of its pairs are together at most the prices of those pairs together. Pinned pairs in it count as nothing on
    both sides: `bound` adds what they are worth, and takes what they count off the limits of rows. Prices that cover
    every pair cover every ring.

    Where mentors have hours (`HourRows`), it is enough that they cover every use: what pairs of one mentor that fit
    into places and hours are worth beyond all other prices is together at most the price of the mentor's use.

    Attributes:
        request: q, what each request is worth beyond its mentee's place and its mentor's. Shape (n_requests,).
        mentee: v, what one more place of each mentee is worth at the most. Shape (n_mentees,).
        mentor: p, what one more place of each mentor is worth at the most. Shape (n_mentors,).
        rows: Prices of rows, for each constraint of the problem; none at all where there is nothing to charge.
        unit: All prices are in such parts of a point.
    """

    request: NDArray[np.int64]
    mentee: NDArray[np.int64]
    mentor: NDArray[np.int64]
    rows: tuple[RowPrices, ...] = ()
    unit: int = 1

    @classmethod
    def none(cls, problem: Problem) -> "Duals":
        """Return prices of 0."""
        sizes = (problem.n_requests, problem.n_mentees, problem.n_mentors)
        request, mentee, mentor = (np.zeros(size, np.int64) for size in sizes)
        return cls(request=request, mentee=mentee, mentor=mentor)

    def plus(self, other: "Duals", times: int) -> "Duals":
        """Return these prices with others added to them so many times, in the finer unit of the two."""
        unit = lcm(self.unit, other.unit)
        own, times = unit // self.unit, times * (unit // other.unit)
        rows = zip_longest(self.rows, other.rows, fillvalue=RowPrices.none())
        return Duals(
            request=own * self.request + times * other.request,
            mentee=own * self.mentee + times * other.mentee,
            mentor=own * self.mentor + times * other.mentor,
            rows=tuple(one.plus(another, own, times) for one, another in rows),
            unit=unit,
        )

    def measured(self, unit: int, times: int) -> "Duals":
        """Return the same prices divided by a unit, of which all are multiples, and taken so many times."""
        return Duals(
            request=self.request // unit * times, mentee=self.mentee // unit * times, mentor=self.mentor // unit * times
        )

    def covering(self, problem: Problem) -> "Duals":
        """Return the same prices, with those of people without any place left raised until they cover every pair.

        Such places cost nothing in the bound, and no solver sees their pairs. Who holds no skill has no pairs to cover.
        """
        _, high = problem.score_bounds
        heaviest = max(problem.count_weight + high, 0)
        taken = np.zeros(problem.n_mentors, np.bool_)
        taken[problem.holdings.mentor] = True
        taken &= problem.capacity == 0
        return evolve(
            self,
            mentee=np.where(problem.limit == 0, heaviest, self.mentee),
            mentor=np.where(taken, heaviest, self.mentor),
        )


def bound(problem: Problem, duals: Duals) -> int:
    """Return what no plan can exceed, if the prices cover every pair or ring: the sum of limited prices and of pins.

    The values of plans are whole numbers, so parts of a point are cut off.
    """
    parts = total(duals.request) + priced(duals.mentee, problem.limit) + _priced_places(problem, duals.mentor)
    for constraint, prices in zip(problem.constraints, duals.rows, strict=False):
        low, high = row_limits(problem, constraint, prices.row)
        limits = np.where(prices.price > 0, high, low).tolist()
        parts += sum(price * limit for price, limit in zip(prices.price.tolist(), limits, strict=True))
    return parts // duals.unit + pinned_value(problem)


def charged(problem: Problem, duals: Duals) -> Problem:
    """Return a problem without constraints, in parts of a point, whose pairs are charged for the rows they count in.

    No plan that keeps the constraints is worth more in the first problem than it is in this one, with what the limits
    of the rows are worth: the Lagrangian relaxation.

    Args:
        problem: The problem.
        duals: Whose prices of rows, and unit, are taken.

    Raises:
        CostRangeError: If the objective could exceed whole numbers of 62 bits.
    """
    if not problem.constraints and duals.unit == 1:
        return problem
    scorers = [CompiledScorer(one.name, one.weight * duals.unit, one.shape) for one in problem.scorers]
    for constraint, prices in zip(problem.constraints, duals.rows, strict=False):
        if (heaviest := _largest(prices.price) * constraint.shape.largest) > LARGEST:
            raise CostRangeError(f"the charge of {constraint.name}", heaviest, LARGEST)
        scorers += [CompiledScorer(constraint.name, -1, shape) for shape in constraint.shape.charges(prices)]
    relaxed = evolve(
        problem,
        scorers=tuple(scorers),
        plain=None,
        wish=None,
        constraints=(),
        per_request=problem.count_weight * duals.unit,
    )
    relaxed.check_range()
    return relaxed


def row_limits(
    problem: Problem, constraint: CompiledConstraint, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what pinned pairs leave of the low and the high limit of some rows, rising."""
    low, high = constraint.shape.limits(rows)
    requests = np.flatnonzero(problem.pinned >= 0)
    taken = constraint.shape.entries(requests, problem.pinned[requests])
    used = np.zeros(len(rows), np.int64)
    place, known = find_keys(rows, taken.row)
    np.add.at(used, place[known], taken.amount[known])
    return low - used, high - used


def _priced_places(problem: Problem, prices: NDArray[np.int64]) -> int:
    """Return what mentors' prices are above the cost of their places, over all places where they are."""
    if not problem.load_cost:
        return priced(prices, problem.capacity)
    over = 0
    for price, before, n in zip(prices.tolist(), problem.load.tolist(), problem.capacity.tolist(), strict=True):
        cheaper = min(max(-(-price // problem.load_cost) - before, 0), n)
        over += cheaper * price - problem.load_cost * (before * cheaper + cheaper * (cheaper - 1) // 2)
    return over


def priced(prices: NDArray[np.int64], places: NDArray[np.int32]) -> int:
    """Return what all places cost together."""
    if _largest(prices) * _largest(places) * len(prices) < 2**63:
        return int(prices @ places.astype(np.int64))
    some = np.flatnonzero(prices)
    return sum(a * b for a, b in zip(prices[some].tolist(), places[some].tolist(), strict=True))


def total(numbers: NDArray[np.int64]) -> int:
    """Return the sum of whole numbers; where 64 bits could be too few, Python's do not overflow."""
    return int(numbers.sum()) if _largest(numbers) * len(numbers) < 2**63 else sum(numbers.tolist())


def _largest(numbers: NDArray[np.integer]) -> int:
    return max(int(numbers.max(initial=0)), -int(numbers.min(initial=0)))


def pinned_value(problem: Problem) -> int:
    """Return what the pinned pairs add to the objective of every plan."""
    requests = np.flatnonzero(problem.pinned >= 0)
    mentors = problem.pinned[requests]
    worth = problem.worth(requests, mentors, problem.levels(requests, mentors))
    return problem.value(len(requests), total(worth))
