"""Combining: from two plans, one that takes from each what keeps rows of constraints and is worth most."""

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.listing import Listing, listing
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.shapes import pair_keys

__all__ = ["combined"]

_MOST_SWEEPS = 4
"""All trails are looked at so often at the most."""

Places = NDArray[np.int64]


def combined(
    problem: Problem, plan: Arcs, other: Arcs, penalty: Callable[[Listing], NDArray[np.int64]], unit: int = 1
) -> Arcs:
    """Return a plan that follows one plan here and another there, worth no less than the first one less its penalties.

    Where two plans differ, they differ by trails: a request changes its mentor, whose place goes to another request,
    and so on. As whichever trails are followed the plan stays one, those are followed, one after the other, by which
    it is worth more or breaks rows less.

    Args:
        problem: The problem.
        plan: A plan without pinned pairs, which may break rows of constraints.
        other: Another one.
        penalty: Says what breaking rows by one costs, in parts of a point.
        unit: How many parts a point has.

    Complexity:
        O(n log n) for n pairs in which the plans differ, and steps for each trail and row that it changes.
    """
    both, joins, leaves = _union(problem, plan, other)
    trail = _trails(problem, both, joins, leaves)
    rows = listing(problem, both)
    trails = _Trails.of(rows, trail, joins.astype(np.int64) - leaves, both.weight * unit, penalty(rows))
    follows = np.append(trails.followed(rows.sums(~joins).tolist()), False)  # the last one for pairs of no trail
    chosen = np.flatnonzero((trail < 0) | (joins == follows[trail]))
    return both.take(chosen[np.argsort(both.request[chosen], kind="stable")])


def _union(problem: Problem, plan: Arcs, other: Arcs) -> tuple[Arcs, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the pairs of two plans, and which of them only the other, or only the first one has."""
    own = pair_keys(plan.request, plan.mentor, problem.n_mentors)
    others = pair_keys(other.request, other.mentor, problem.n_mentors)
    more = other.take(~np.isin(others, own))
    both = Arcs.joined([plan, more])
    joins = np.arange(len(both)) >= len(plan)
    return both, joins, np.append(~np.isin(own, others), np.zeros(len(more), np.bool_))


def _trails(problem: Problem, both: Arcs, joins: NDArray[np.bool_], leaves: NDArray[np.bool_]) -> Places:
    """Return to which trail each pair belongs, numbered from 0; -1 for pairs that both plans have.

    A pair that leaves goes with one that joins: of the same request, else of the same mentee; and of the same mentor.
    """
    leaving, joining = np.flatnonzero(leaves), np.flatnonzero(joins)
    links = [_linked(both.request, leaving, joining), _linked(both.mentor, leaving, joining)]
    left, joined = (np.setdiff1d(some, linked) for some, linked in zip((leaving, joining), links[0], strict=True))
    links.append(_linked(problem.mentee[both.request], left, joined))
    first, second = (np.concatenate(side) for side in zip(*links, strict=True))
    label = _components(len(both), first, second)
    trail = np.full(len(both), -1, np.int64)
    either = np.flatnonzero(leaves | joins)
    trail[either] = np.unique(label[either], return_inverse=True)[1]
    return trail


def _linked(owner: NDArray[np.int32], leaving: Places, joining: Places) -> tuple[Places, Places]:
    """Return pairs that leave and pairs that join of the same owners, the first with the first and so on."""
    leaving, joining = (some[np.argsort(owner[some], kind="stable")] for some in (leaving, joining))
    keys = [
        owner[some].astype(np.int64) * (len(owner) + 1)
        + np.arange(len(some))
        - np.searchsorted(owner[some], owner[some])
        for some in (leaving, joining)
    ]
    _, first, second = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    return leaving[first], joining[second]


def _components(n: int, first: Places, second: Places) -> Places:
    """Return a number for each of n things, the same for those that links connect. Shape (n,)."""
    label = np.arange(n)
    while True:
        lower = label.copy()
        np.minimum.at(lower, first, label[second])
        np.minimum.at(lower, second, label[first])
        lower = lower[lower]
        if np.array_equal(lower, label):
            return label
        label = lower


@frozen(eq=False, kw_only=True)
class _Trails:
    """What following trails changes; the effects of trail `t` on rows stand in `start[t]:start[t + 1]`.

    Attributes:
        worth: What each trail adds to the worth of the plan, in parts of a point.
        start: Shape (n_trails + 1,).
        row: Places of rows.
        amount: By how much their sums change.
        low: The low limit of each row.
        high: The high one.
        penalty: What breaking a row by one costs, in parts of a point.
    """

    worth: list[int]
    start: list[int]
    row: list[int]
    amount: list[int]
    low: list[int]
    high: list[int]
    penalty: list[int]

    @classmethod
    def of(
        cls, rows: Listing, trail: Places, change: Places, weight: NDArray[np.int64], penalty: NDArray[np.int64]
    ) -> "_Trails":
        """Return the trails, where `change` says whether a pair joins (1), leaves (-1) or stays (0)."""
        n_trails, moves = int(trail.max(initial=-1)) + 1, trail >= 0
        worth = np.zeros(n_trails, np.int64)
        np.add.at(worth, trail[moves], (change * weight)[moves])
        owner = np.repeat(np.arange(len(rows)), np.diff(rows.start))
        counts = np.flatnonzero(moves[rows.arc])
        key, place = np.unique(trail[rows.arc[counts]] * len(rows) + owner[counts], return_inverse=True)
        amount = np.zeros(len(key), np.int64)
        np.add.at(amount, place, (change[rows.arc] * rows.amount)[counts])
        key, amount = key[amount != 0], amount[amount != 0]
        whose, row = np.divmod(key, max(len(rows), 1))
        start = np.searchsorted(whose, np.arange(n_trails + 1))
        return cls(
            worth=worth.tolist(),
            start=start.tolist(),
            row=row.tolist(),
            amount=amount.tolist(),
            low=rows.low.tolist(),
            high=rows.high.tolist(),
            penalty=penalty.tolist(),
        )

    def followed(self, sums: list[int]) -> NDArray[np.bool_]:
        """Return which trails are worth following, one after the other.

        Args:
            sums: The sums of the rows, which change as trails are followed.
        """
        ways = [1] * len(self.worth)
        order = sorted(range(len(ways)), key=lambda trail: -self._gain(trail, 1, sums))
        for _ in range(_MOST_SWEEPS):
            gains = 0
            for trail in order:
                way = ways[trail]
                if self._gain(trail, way, sums) > 0:
                    gains += 1
                    ways[trail] = -way
                    for effect in range(self.start[trail], self.start[trail + 1]):
                        sums[self.row[effect]] += way * self.amount[effect]
            if not gains:
                break
        return np.array(ways) < 0

    def _gain(self, trail: int, way: int, sums: list[int]) -> int:
        """Return what a plan gains where a trail is followed (1), or not any more (-1)."""
        gain = way * self.worth[trail]
        for effect in range(self.start[trail], self.start[trail + 1]):
            row = self.row[effect]
            low, high, before = self.low[row], self.high[row], sums[row]
            after = before + way * self.amount[effect]
            broken = max(after - high, low - after, 0) - max(before - high, low - before, 0)
            gain -= self.penalty[row] * broken
        return gain
