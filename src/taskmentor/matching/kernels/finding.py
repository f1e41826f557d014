"""Single pairs looked up: where they stand among sorted ones, and what they are worth."""

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.auction import Lists
from taskmentor.matching.kernels.compiling import kernel
from taskmentor.matching.kernels.scanning import Scan

__all__ = ["best_worth", "count_from", "find_in_rows", "points_of_pairs"]

Whole = NDArray[np.signedinteger]


@kernel
def place_between(rising: NDArray[np.int32], begin: int, end: int, wanted: int) -> int:
    """Return where a number stands among rising ones, -1 where it does not."""
    low, high = begin, end
    while low < high:
        middle = (low + high) // 2
        if rising[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < end and rising[low] == wanted else -1


@kernel
def find_in_rows(
    start: NDArray[np.int64],
    rising: NDArray[np.int32],
    row: NDArray[np.int64],
    wanted: NDArray[np.int32],
    place: NDArray[np.int64],
) -> None:
    """Write where each of some numbers stands in its row, -1 where it does not.

    Args:
        start: Where each row begins in `rising`. Shape (n_rows + 1,).
        rising: Numbers, rising in each row.
        row: The row of each wanted number. Shape (n,).
        wanted: Shape (n,).
        place: Written. Shape (n,).
    """
    for entry in range(len(row)):
        place[entry] = place_between(rising, start[row[entry]], start[row[entry] + 1], wanted[entry])


@kernel
def points_of_pairs(
    scan: Scan,
    kind: NDArray[np.int32],
    held_start: NDArray[np.int64],
    held: NDArray[np.int32],
    exception_start: NDArray[np.int64],
    exception_mentor: NDArray[np.int32],
    exception_points: Whole,
    request: NDArray[np.int32],
    mentor: NDArray[np.int32],
    points: NDArray[np.int64],
    excepted: NDArray[np.bool_],
) -> None:
    """Write what mentors are worth to some requests, without the requests' own points, and which pairs are exceptions.

    Args:
        scan: What everybody is worth to each kind.
        kind: The kind of each request. Shape (n_requests,).
        held_start: Where the holders that each mentor is begin in `held`. Shape (n_mentors + 1,).
        held: Holders, mentor by mentor.
        exception_start: Where the exceptions of each request begin. Shape (n_requests + 1,).
        exception_mentor: Their mentors, rising for each request.
        exception_points: What they are worth.
        request: Requests that have a kind. Shape (n,).
        mentor: Mentors. Shape (n,).
        points: Written: `scan.least` or less where the pair may not be made. Shape (n,).
        excepted: Written. Shape (n,).
    """
    for pair in range(len(request)):
        asked, other = request[pair], mentor[pair]
        own = kind[asked]
        first, count = scan.holder_start[scan.kind_skill[own]], scan.kind_count[own]
        worth = np.int64(scan.least)
        for entry in range(held_start[other], held_start[other + 1]):
            holder = held[entry]
            if first <= holder < first + count:
                worth = np.int64(scan.by_mentor[other]) + scan.levels[scan.kind_level[own], scan.level[holder]]
                for table in range(len(scan.table_start)):
                    row = scan.table_start[table] + scan.kind_row[table, own] * scan.table_width[table]
                    worth += scan.table[row + scan.code[table, holder]]
        exception = place_between(exception_mentor, exception_start[asked], exception_start[asked + 1], other)
        excepted[pair] = exception >= 0
        points[pair] = exception_points[exception] if exception >= 0 else worth


@kernel
def best_worth(
    least: int,
    request: NDArray[np.int32],
    kind: NDArray[np.int32],
    exception_start: NDArray[np.int64],
    exception_mentor: NDArray[np.int32],
    exception_points: Whole,
    base: NDArray[np.int64],
    price: NDArray[np.int64],
    lists: Lists,
    worth: NDArray[np.int64],
    exceptional: NDArray[np.bool_],
) -> None:
    """Write what some requests get at most, less the price, and which of them get it from an exception of theirs.

    Args:
        least: What barred pairs are worth.
        request: Requests that have a kind. Shape (n,).
        kind: The kind of each request. Shape (n_requests,).
        exception_start: Where the exceptions of each request begin. Shape (n_requests + 1,).
        exception_mentor: Their mentors, rising for each request.
        exception_points: What they are worth.
        base: What any mentor is worth to each request beside that. Shape (n_requests,).
        price: Of each mentor. Shape (n_mentors,).
        lists: The mentors worth most to each kind at these prices, in order.
        worth: Written. Shape (n_requests,).
        exceptional: Written. Shape (n_requests,).
    """
    for asked in request:
        own, begin, end = kind[asked], exception_start[asked], exception_start[asked + 1]
        plain, listed = np.int64(lists.beyond[own]), np.int64(least)
        for entry in range(begin, end):
            if exception_points[entry] > least:
                listed = max(listed, exception_points[entry] - price[exception_mentor[entry]])
        for entry in range(lists.start[own], lists.start[own] + lists.length[own]):
            if begin == end or place_between(exception_mentor, begin, end, lists.mentor[entry]) < 0:
                plain = max(plain, np.int64(lists.net[entry]))
                break  # the first one is the best, unless it is an exception
        worth[asked] = max(plain, listed) + base[asked]
        exceptional[asked] = listed > plain


@kernel
def count_from(lists: Lists, floor: NDArray[np.int64], first: int, count: NDArray[np.int64]) -> None:
    """Write how many of each list are worth at least a floor, less their prices, or are among the first so many.

    Args:
        lists: Lists, in order.
        floor: Of each kind. Shape (n_kinds,).
        first: So many.
        count: Written. Shape (n_kinds,).
    """
    for kind in range(len(count)):
        begin, rank = lists.start[kind], 0
        while rank < lists.length[kind] and (rank < first or lists.net[begin + rank] >= floor[kind]):
            rank += 1
        count[kind] = rank
