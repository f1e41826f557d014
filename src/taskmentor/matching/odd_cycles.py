"""Odd cycles of rows in a linear relaxation, each of which gives a row that whole numbers keep and parts do not."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["odd_cycles"]

_LEAST = 1e-3
"""By so much parts break the row of a cycle at the least."""

_STEP = 1e-4
"""What a step costs beside, so that cycles are short."""

Floats = NDArray[np.float64]


def odd_cycles(column: NDArray[np.integer], row: NDArray[np.integer], part: Floats) -> list[NDArray[np.int64]]:
    """Return sets of 2k + 1 rows, of which columns count more than k when each counts half as often as it has rows.

    At most one column of each row is chosen whole. Then those that are in two or three rows of such a set are k
    together at the most, where those in four or five count twice, and so on.

    Args:
        column: Which column each entry is of. Shape (n_entries,).
        row: Which row it is in. Shape (n_entries,).
        part: How much of each column is chosen. Shape (n_columns,).

    Complexity:
        O(n_rows cubed), over the rows that several of the columns are in.

    Source:
        Caprara and Fischetti, "{0, 1/2}-Chvátal-Gomory cuts", Mathematical Programming 74 (1996); shortest odd cycles
        as shortest paths between two copies of a row, all at once (Floyd and Warshall).
    """
    rows, place, count = np.unique(row, return_inverse=True, return_counts=True)
    shared = count[place] > 1
    rows, place = np.unique(row[shared], return_inverse=True)
    columns, own = np.unique(column[shared], return_inverse=True)
    there = np.zeros((len(rows), len(columns)))
    there[place, own] = 1
    cost = np.full((len(rows), len(rows)), np.inf)
    for one, amount in enumerate(part[columns].tolist()):
        some = np.flatnonzero(there[:, one])
        both = np.ix_(some, some)
        cost[both] = np.minimum(cost[both], max(1 - 2 * amount, 0) + _STEP)
    np.fill_diagonal(cost, np.inf)
    found = {}
    for walk in _odd_walks(cost):
        cycle = np.flatnonzero(np.bincount(walk, minlength=len(rows)) % 2)
        counted = there[cycle].sum(axis=0) // 2 @ part[columns]
        if counted > len(cycle) // 2 + _LEAST:
            found[cycle.tobytes()] = rows[cycle].astype(np.int64)
    return list(found.values())


def _odd_walks(cost: Floats) -> list[list[int]]:
    """Return the cheapest walk of an odd number of steps from each place back to it, of those that cost less than 1."""
    n, none = len(cost), np.full_like(cost, np.inf)
    least = np.block([[none, cost], [cost, none]])
    before = np.tile(np.arange(2 * n)[:, None], (1, 2 * n))
    for middle in range(2 * n):
        over = least[:, middle, None] + least[None, middle]
        better = over < least
        np.copyto(least, over, where=better)
        np.copyto(before, before[middle][None], where=better)
    walks = []
    for start in np.flatnonzero(least[np.arange(n), n + np.arange(n)] < 1).tolist():
        walk, here = [], n + start
        while here != start:
            walk.append(here % n)
            here = int(before[start, here])
        walks.append(walk)
    return walks
