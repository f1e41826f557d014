"""The rows of the pairs that a strategy looks at, listed for a solver."""

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.matching.duals import row_limits
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import UNLIMITED, RowPrices
from taskmentor.matching.shapes import distinct
from taskmentor.models.ranges import ranges

__all__ = ["Entries", "Listing", "at_least", "listing", "places_listing"]

_FAR = UNLIMITED // 2
"""Limits beyond it are none."""


@frozen(eq=False, kw_only=True)
class Entries:
    """The amounts of a model, row by row or column by column.

    Attributes:
        start: Where those of each row, or column, begin. Shape (n + 1,).
        index: The column, or row, of each. Shape (n_entries,).
        amount: Shape (n_entries,).
        by_row: Whether they stand row by row.
    """

    start: NDArray[np.int64]
    index: NDArray[np.int64]
    amount: NDArray[np.int64]
    by_row: bool


@frozen(eq=False, kw_only=True)
class Listing:
    """Rows over some pairs: `low <= sum of amount over the chosen pairs <= high`.

    Attributes:
        arc: Places of pairs, by row. Shape (n_entries,).
        amount: Shape (n_entries,).
        start: Where the entries of each row begin. Shape (n_rows + 1,).
        low: What pinned pairs leave of the low limit. Shape (n_rows,).
        high: What they leave of the high limit. Shape (n_rows,).
        constraint: The place of each row's constraint. Shape (n_rows,).
        row: Its number there. Shape (n_rows,).
    """

    arc: NDArray[np.int64]
    amount: NDArray[np.int64]
    start: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    constraint: NDArray[np.int64]
    row: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.low)

    def take(self, rows: NDArray[np.integer]) -> "Listing":
        """Return some of the rows."""
        count = np.diff(self.start)[rows]
        place = ranges(self.start[rows], count)
        return Listing(
            arc=self.arc[place],
            amount=self.amount[place],
            start=np.append(0, np.cumsum(count)),
            low=self.low[rows],
            high=self.high[rows],
            constraint=self.constraint[rows],
            row=self.row[rows],
        )

    def joined(self, other: "Listing") -> "Listing":
        """Return the rows of both."""
        return Listing(
            arc=np.append(self.arc, other.arc),
            amount=np.append(self.amount, other.amount),
            start=np.append(self.start, self.start[-1] + other.start[1:]),
            low=np.append(self.low, other.low),
            high=np.append(self.high, other.high),
            constraint=np.append(self.constraint, other.constraint),
            row=np.append(self.row, other.row),
        )

    @property
    def entries(self) -> Entries:
        """Return how much columns count in the rows, as a solver takes it."""
        return Entries(start=self.start, index=self.arc, amount=self.amount, by_row=True)

    def sums(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the sum of each row over chosen pairs. Shape (n_rows,)."""
        counted = np.append(0, np.cumsum(np.where(chosen[self.arc], self.amount, 0)))
        sums: NDArray[np.int64] = counted[self.start[1:]] - counted[self.start[:-1]]
        return sums

    def kept(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which rows chosen pairs keep. Shape (n_rows,)."""
        sums = self.sums(chosen)
        return np.asarray((self.low <= sums) & (sums <= self.high))

    def rounded(self, n_columns: int, n_chosen: int) -> "Listing":
        """Return rows that the same choices of so many columns keep, with limits rounded to what sums can be.

        Where the amounts of all columns are multiples of some number and a rest that is the same for all, so is the sum
        over the chosen ones. Such a row tells how often columns of the higher amounts are chosen, in whole numbers.

        Args:
            n_columns: How many columns there are.
            n_chosen: How many of them are chosen.

        Source:
            Chvátal, "Edmonds polytopes and a hierarchy of combinatorial problems", Discrete Mathematics 4 (1973).
        """
        amount, low, high = self.amount.copy(), self.low.copy(), self.high.copy()
        for row in np.flatnonzero(np.diff(self.start) == n_columns).tolist():
            own = slice(self.start[row], self.start[row + 1])
            rest = int(self.amount[own].min(initial=0))
            step = int(np.gcd.reduce(self.amount[own] - rest))
            if step < 2 or len(np.unique(self.arc[own])) < n_columns:
                continue
            amount[own] = (self.amount[own] - rest) // step
            low[row] = -((rest * n_chosen - low[row]) // step) if low[row] > -_FAR else low[row]
            high[row] = (high[row] - rest * n_chosen) // step if high[row] < _FAR else high[row]
        return evolve(self, amount=amount, low=low, high=high)

    def prices(self, problem: Problem, price: NDArray[np.int64]) -> tuple[RowPrices, ...]:
        """Return prices of rows by constraint."""
        own = [np.flatnonzero(self.constraint == place) for place in range(len(problem.constraints))]
        return tuple(RowPrices.of(self.row[rows], price[rows]) for rows in own)


def listing(problem: Problem, arcs: Arcs) -> Listing:
    """Return the rows of all constraints over some pairs; rows that no choice of them could break are left out.

    Args:
        problem: The problem.
        arcs: The pairs.

    Complexity:
        O(n log n) for n entries.
    """
    parts = [_of_constraint(problem, place, arcs) for place in range(len(problem.constraints))]
    empty = np.zeros(0, np.int64)
    whole = Listing(arc=empty, amount=empty, start=np.zeros(1, np.int64), low=empty, high=empty,
                    constraint=empty, row=empty)  # fmt: skip
    for part in parts:
        whole = whole.joined(part)
    return whole


def _of_constraint(problem: Problem, place: int, arcs: Arcs) -> Listing:
    constraint = problem.constraints[place]
    entries = constraint.shape.entries(arcs.request, arcs.mentor)
    pinned = np.flatnonzero(problem.pinned >= 0)
    taken = constraint.shape.entries(pinned, problem.pinned[pinned])
    rows = distinct(np.concatenate([entries.row, taken.row, constraint.shape.required]))
    low, high = row_limits(problem, constraint, rows)
    own = np.searchsorted(rows, entries.row)
    least, most = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    np.add.at(least, own, np.minimum(entries.amount, 0))
    np.add.at(most, own, np.maximum(entries.amount, 0))
    order = np.argsort(own, kind="stable")
    found = Listing(
        arc=entries.pair[order],
        amount=entries.amount[order],
        start=np.searchsorted(own[order], np.arange(len(rows) + 1)).astype(np.int64),
        low=low,
        high=high,
        constraint=np.full(len(rows), place, np.int64),
        row=rows,
    )
    return found.take(np.flatnonzero((least < low) | (most > high)))


def places_listing(problem: Problem, arcs: Arcs) -> Listing:
    """Return the rows that every problem has: each request once, mentees' limits, mentors' places, where they bind.

    `constraint` is 0 for requests, 1 for mentees and 2 for mentors, `row` the place of each.
    """
    requests = _of_places(0, arcs.request, np.ones(problem.n_requests, np.int64))
    mentees = _of_places(1, problem.mentee[arcs.request], problem.limit)
    return requests.joined(mentees).joined(_of_places(2, arcs.mentor, problem.capacity))


def _of_places(side: int, owner: NDArray[np.int32], most: NDArray[np.integer]) -> Listing:
    order = np.argsort(owner, kind="stable")
    start = np.searchsorted(owner[order], np.arange(len(most) + 1)).astype(np.int64)
    whole = Listing(
        arc=order.astype(np.int64),
        amount=np.ones(len(owner), np.int64),
        start=start,
        low=np.full(len(most), -len(owner), np.int64),
        high=most.astype(np.int64),
        constraint=np.full(len(most), side, np.int64),
        row=np.arange(len(most), dtype=np.int64),
    )
    return whole.take(np.flatnonzero(np.diff(start) > most))


def at_least(amount: NDArray[np.int64], least: int) -> Listing:
    """Return the row that says that chosen columns sum up to so much at least.

    Args:
        amount: What each column counts. Shape (n_columns,).
        least: So much.
    """
    some, none = np.flatnonzero(amount), np.array([-1])
    return Listing(
        arc=some,
        amount=amount[some],
        start=np.array([0, len(some)]),
        low=np.array([least]),
        high=np.array([UNLIMITED]),
        constraint=none,
        row=none,
    )
