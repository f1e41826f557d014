"""Uses as columns of a programme, and how much they count in its rows."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.models.ranges import ranges

__all__ = ["Columns", "Matrix"]

Numbers = NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class Columns:
    """Uses: the pairs of each, one after the other.

    Attributes:
        pair: Places of pairs. Shape (n_entries,).
        column: The use of each, rising. Shape (n_entries,).
        n: How many uses there are.
    """

    pair: NDArray[np.intp]
    column: NDArray[np.intp]
    n: int

    @classmethod
    def none(cls) -> "Columns":
        """Return none."""
        return cls(pair=np.zeros(0, np.intp), column=np.zeros(0, np.intp), n=0)

    @classmethod
    def by(cls, owner: NDArray[np.integer], pair: NDArray[np.intp]) -> "Columns":
        """Return one use for each owner of some pairs, sorted by owner."""
        column = np.cumsum(np.diff(owner, prepend=owner[:1]) != 0).astype(np.intp)
        return cls(pair=pair, column=column, n=int(column.max(initial=-1)) + 1)

    def plus(self, other: "Columns") -> "Columns":
        """Return the uses of both."""
        pair, column = np.append(self.pair, other.pair), np.append(self.column, self.n + other.column)
        return Columns(pair=pair, column=column, n=self.n + other.n)

    def take(self, wanted: NDArray[np.bool_]) -> "Columns":
        """Return some of the uses."""
        kept = wanted[self.column]
        number = np.cumsum(wanted) - 1
        return Columns(pair=self.pair[kept], column=number[self.column[kept]], n=int(wanted.sum()))

    def first(self) -> NDArray[np.intp]:
        """Return the first pair of each use. Shape (n,)."""
        return self.pair[np.flatnonzero(np.diff(self.column, prepend=-1))]

    def sums(self, numbers: Numbers) -> Numbers:
        """Return the sum over the pairs of each use. Shape (n,)."""
        sums = np.zeros(self.n, np.int64)
        np.add.at(sums, self.column, numbers[self.pair])
        return sums


@frozen(eq=False, kw_only=True)
class Matrix:
    """How much things count in rows, thing by thing.

    Attributes:
        start: Where the entries of each begin. Shape (n + 1,).
        row: Shape (n_entries,).
        amount: Shape (n_entries,).
    """

    start: Numbers
    row: Numbers
    amount: Numbers

    @classmethod
    def of(cls, thing: NDArray[np.integer], row: NDArray[np.integer], amount: Numbers, *, n: int) -> "Matrix":
        """Return the matrix of entries in any order, those of the same thing and row summed up."""
        width = int(row.max(initial=0)) + 1
        keys, place = np.unique(thing.astype(np.int64) * width + row, return_inverse=True)
        total = np.zeros(len(keys), np.int64)
        np.add.at(total, place, amount)
        start = np.searchsorted(keys, width * np.arange(n + 1)).astype(np.int64)
        return cls(start=start, row=keys % width, amount=total)

    def entries(self, things: NDArray[np.integer]) -> tuple[NDArray[np.intp], Numbers, Numbers]:
        """Return the entries of some things: which of them, row and amount."""
        count = np.diff(self.start)[things]
        place = ranges(self.start[things], count)
        return np.repeat(np.arange(len(things)), count), self.row[place], self.amount[place]

    def summed(self, columns: Columns, own: Numbers) -> "Matrix":
        """Return how much uses count, where the things are pairs, with a row of its own for each use."""
        which, row, amount = self.entries(columns.pair)
        return Matrix.of(
            np.append(columns.column[which], np.arange(columns.n)),
            np.append(row, own),
            np.append(amount, np.ones(columns.n, np.int64)),
            n=columns.n,
        )
