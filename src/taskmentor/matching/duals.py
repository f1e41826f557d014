"""Duals: whole-number prices of requests, mentees and mentors, and the bound that they prove."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.problem import Problem

__all__ = ["Duals", "bound", "priced", "total"]


@frozen(eq=False, kw_only=True)
class Duals:
    """Prices q, v and p, all 0 or more.

    They prove a bound where `q[r] + v[mentee of r] + p[j]` is at least the weight of every eligible pair (r, j): then
    no plan is worth more than the sum of the prices of everything that is limited. Where mentors' places have a cost,
    each counts with what the price is above it.

    Attributes:
        request: q, what each request is worth beyond its mentee's place and its mentor's. Shape (n_requests,).
        mentee: v, what one more place of each mentee is worth at the most. Shape (n_mentees,).
        mentor: p, what one more place of each mentor is worth at the most. Shape (n_mentors,).
    """

    request: NDArray[np.int64]
    mentee: NDArray[np.int64]
    mentor: NDArray[np.int64]

    @classmethod
    def none(cls, problem: Problem) -> "Duals":
        """Return prices of 0."""
        sizes = (problem.n_requests, problem.n_mentees, problem.n_mentors)
        request, mentee, mentor = (np.zeros(size, np.int64) for size in sizes)
        return cls(request=request, mentee=mentee, mentor=mentor)

    def plus(self, other: "Duals", times: int) -> "Duals":
        """Return these prices with others added to them so many times."""
        return Duals(
            request=self.request + times * other.request,
            mentee=self.mentee + times * other.mentee,
            mentor=self.mentor + times * other.mentor,
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
        return Duals(
            request=self.request,
            mentee=np.where(problem.limit == 0, heaviest, self.mentee),
            mentor=np.where(taken, heaviest, self.mentor),
        )


def bound(problem: Problem, duals: Duals) -> int:
    """Return what no plan can exceed, if the prices cover every pair: the sum of all limited prices and all pins."""
    return (
        total(duals.request)
        + priced(duals.mentee, problem.limit)
        + _priced_places(problem, duals.mentor)
        + pinned_value(problem)
    )


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
