"""A walk over every pair that looks whether prices cover it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import kernel

__all__ = ["Sheet", "short_pairs"]

_BLOCK = 1024
"""Holders looked at together: few enough for their slack to stay in the nearest cache."""


class Sheet(NamedTuple):
    """What a pair's slack is summed from; a pair of a request and a holder of its skill is short where it is below 0.

    The slack is `paid[request] + price[holder]` less `points[row[t, request] + code[t, holder]]` for every table t.

    Attributes:
        first: The first holder of each request's skill. Shape (n_requests,).
        stop: The end of the holders whose level is high enough, not included. Shape (n_requests,).
        paid: Shape (n_requests,).
        price: Shape (n_holders,).
        points: The rows of all tables, one after the other.
        row: Where each request's row begins in `points`. Shape (n_tables, n_requests).
        code: The place of each holder in the row. Shape (n_tables, n_holders).
    """

    first: NDArray[np.int64]
    stop: NDArray[np.int64]
    paid: NDArray[np.int64]
    price: NDArray[np.int64]
    points: NDArray[np.int64]
    row: NDArray[np.int64]
    code: NDArray[np.int32]


@kernel
def short_pairs(
    sheet: Sheet,
    asked: NDArray[np.int32],
    at: int,
    begin: int,
    request: NDArray[np.int64],
    holder: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Return where to go on, as a place in `asked` and a holder, and how many short pairs were written down.

    Every pair is looked at by itself, in the order of the requests and holders. The walk pauses when the next block of
    holders might not fit what is written down.

    Args:
        sheet: What slack is summed from.
        asked: Places of requests. Shape (n,).
        at: The place in `asked` to begin at.
        begin: The holder to begin at there; 0 for the first.
        request: Takes the requests of short pairs, 1,024 or more. Shape (n_written,).
        holder: Takes their holders. Shape (n_written,).

    Complexity:
        O(pairs x tables), of which the compiler makes several steps at once.
    """
    slack = np.empty(_BLOCK, np.int64)
    found = 0
    for place in range(at, len(asked)):
        asking = asked[place]
        first = max(begin, sheet.first[asking]) if place == at else sheet.first[asking]
        for start in range(first, sheet.stop[asking], _BLOCK):
            n = min(_BLOCK, sheet.stop[asking] - start)
            if found + n > len(request):
                return place, start, found
            for i in range(n):
                slack[i] = sheet.paid[asking] + sheet.price[start + i]
            for table in range(len(sheet.code)):
                row, code = sheet.row[table, asking], sheet.code[table]
                for i in range(n):
                    slack[i] -= sheet.points[row + code[start + i]]
            least = slack[0]
            for i in range(n):
                least = min(least, slack[i])
            if least < 0:
                for i in range(n):
                    if slack[i] < 0:
                        request[found], holder[found] = asking, start + i
                        found += 1
    return len(asked), 0, found
