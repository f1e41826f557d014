"""Whether prices cover every use of every mentor: all requests that one serves within places and hours.

Shares no code with what finds uses (`uses`): of each mentor, the pairs that gain at the prices are gone through one by
one, and what any of them are worth together is held against the price of the mentor's use.
"""

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals, charged, row_limits
from taskmentor.matching.problem import Problem
from taskmentor.matching.rows import HourRows

__all__ = ["asks_for_uses", "underpriced"]

_CELLS = 4_000_000
"""Numbers that are looked at together."""

Numbers = NDArray[np.int64]


def asks_for_uses(problem: Problem) -> bool:
    """Return whether there are hours, so that prices need only cover what fits into them."""
    return any(isinstance(constraint.shape, HourRows) for constraint in problem.constraints)


def _paid(problem: Problem, duals: Duals) -> Numbers:
    """Return the price of each mentor's use. Shape (n_mentors,)."""
    paid = np.zeros(problem.n_mentors, np.int64)
    for constraint, prices in zip(problem.constraints, duals.rows, strict=False):
        if isinstance(constraint.shape, HourRows):
            uses = prices.row >= problem.n_mentors
            paid[prices.row[uses] - problem.n_mentors] += prices.price[uses]
    return paid


def underpriced(
    problem: Problem, duals: Duals, request: NDArray[np.integer], mentor: NDArray[np.integer]
) -> NDArray[np.intp]:
    """Return the mentors of whom some use is worth more than its price.

    Args:
        problem: The problem.
        duals: The prices.
        request: The requests of all eligible pairs that the prices do not cover by themselves. Shape (n,).
        mentor: Their mentors. Shape (n,).

    Complexity:
        O(n log n), and O(n x places x hours), where hours are counted in steps that all lengths are multiples of.
    """
    relaxed, paid = charged(problem, duals), _paid(problem, duals)
    level = problem.levels(request, mentor)
    net = relaxed.weight(relaxed.worth(request, mentor, level))
    net = net - duals.request[request] - duals.mentee[problem.mentee[request]] - duals.mentor[mentor]
    order = np.argsort(mentor, kind="stable")
    request, mentor, net = request[order], mentor[order], net[order]
    hours, budget = _hours(problem, request)
    whose, first, count = np.unique(mentor, return_index=True, return_counts=True)
    worth = np.zeros(len(whose), np.int64)
    size = (1 + problem.capacity[whose]) * (1 + np.maximum(budget[whose], 0))
    for some in np.split(np.arange(len(whose)), np.flatnonzero(np.diff(np.cumsum(size) // _CELLS)) + 1):
        if len(some):
            those = whose[some]
            best = _Best(problem.capacity[those].astype(np.int64), np.maximum(budget[those], 0))
            for turn in range(int(count[some].max())):
                left = np.flatnonzero(count[some] > turn)
                at = first[some[left]] + turn
                fits = hours[at] <= budget[those[left]]
                best.offer(left[fits], hours[at[fits]], net[at[fits]])
            worth[some] = best.worth()
    return np.flatnonzero(np.bincount(whose, worth > paid[whose], minlength=problem.n_mentors))


def _hours(problem: Problem, request: NDArray[np.integer]) -> tuple[Numbers, Numbers]:
    """Return the hours of some requests, and what each mentor has left, in the largest steps that fit all lengths."""
    constraint = next(one for one in problem.constraints if isinstance(one.shape, HourRows))
    shape = constraint.shape
    assert isinstance(shape, HourRows)
    step = max(int(np.gcd.reduce(shape.hours)), 1)
    _, left = row_limits(problem, constraint, np.arange(problem.n_mentors))
    most = problem.capacity.astype(np.int64) * int(shape.hours.max(initial=0))  # more hours change nothing
    return shape.hours[shape.length[request]] // step, np.minimum(left, most) // step


class _Best:
    """The most that some mentors can gain with so many places and so many hours."""

    def __init__(self, places: Numbers, hours: Numbers) -> None:
        self.places, self.hours = places, hours
        shape = (len(places), int(places.max(initial=0)) + 1, int(hours.max(initial=0)) + 1)
        self.gain = np.zeros(shape, np.int64)

    def offer(self, mentors: NDArray[np.intp], hours: Numbers, net: Numbers) -> None:
        """Let each of some mentors serve one more request, or not."""
        if not len(mentors):
            return
        before = self.gain[mentors]
        left = np.arange(before.shape[2])[None, :] - hours[:, None]
        known = np.take_along_axis(before, np.maximum(left, 0)[:, None, :], axis=2)[:, :-1, :]
        served = np.where(left[:, None, :] >= 0, known + net[:, None, None], 0)
        before[:, 1:, :] = np.maximum(before[:, 1:, :], served)
        self.gain[mentors] = before

    def worth(self) -> Numbers:
        """Return what each mentor gains at the most."""
        worth: Numbers = self.gain[np.arange(len(self.places)), self.places, self.hours]
        return worth
