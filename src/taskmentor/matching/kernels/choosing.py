"""The k best mentors of every request, kind by kind, to the last tie."""

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import kernel
from taskmentor.matching.kernels.scanning import (
    Ranked,
    Scan,
    offer,
    points_of,
    promising_blocks,
    rank_holders,
    room_to_rank,
    sum_points,
    take_block,
)

__all__ = ["best_of"]

Whole = NDArray[np.signedinteger]


@kernel
def comes_first(points: int, mentor: int, other_points: int, other: int) -> bool:
    """Return whether a mentor comes before another: more points first, then the one that stands first."""
    return points > other_points or (points == other_points and mentor < other)


@kernel
def sort_holders(points: Whole, mentor: NDArray[np.int32], holder: NDArray[np.int64], size: int) -> None:
    """Sort the first so many holders by points, most first, then by mentor (heapsort)."""
    for end in range(2 * size - 1, -1, -1):
        # First the heap is built from its last place to its first; then the first entry is put last again and again.
        begin = end - size
        if begin >= 0:
            last, place = size, begin
        else:
            points[0], points[end] = points[end], points[0]
            mentor[0], mentor[end] = mentor[end], mentor[0]
            holder[0], holder[end] = holder[end], holder[0]
            last, place = end, 0
        while 2 * place + 1 < last:
            child = 2 * place + 1
            if child + 1 < last and comes_first(points[child], mentor[child], points[child + 1], mentor[child + 1]):
                child += 1
            if not comes_first(points[place], mentor[place], points[child], mentor[child]):
                break
            points[place], points[child] = points[child], points[place]
            mentor[place], mentor[child] = mentor[child], mentor[place]
            holder[place], holder[child] = holder[child], holder[place]
            place = child


@kernel
def kth_most(points: Whole, count: int, k: int, least: int, heap: Whole) -> int:
    """Return the k-th most points of the first so many, `least + 1` where fewer have more than `least`."""
    size = 0
    unused = np.empty(k, np.int64)
    for place in range(count):
        if points[place] <= least:
            continue
        if size < k or points[place] > heap[0]:
            size = offer(heap, unused, size, points[place], 0)
    return heap[0] if size == k else least + 1


@kernel
def gather_all(
    scan: Scan, kind: int, own: Whole, worth: Whole, heap: Whole, points: Whole, holder: NDArray[np.int64]
) -> int:
    """Write all holders who are among the first `len(heap)` of a kind, or worth as much as the last of these.

    Returns:
        How many they are, in any order.
    """
    n = scan.kind_count[kind]
    sum_points(scan, kind, own, worth)
    floor = kth_most(worth, n, len(heap), scan.least, heap)
    size = 0
    for place in range(n):
        if worth[place] >= floor:
            points[size], holder[size] = worth[place], place
            size += 1
    return size


@kernel
def gather_by_blocks(
    scan: Scan, kind: int, ranked: Ranked, n_blocks: int, heap: Whole, points: Whole, holder: NDArray[np.int64]
) -> int:
    """Do what `gather_all` does, with a look at those alone who could be among them."""
    first = scan.holder_start[scan.kind_skill[kind]]
    unused = np.empty(len(heap), np.int64)
    n_left, size, in_heap = promising_blocks(scan, kind, ranked, n_blocks, scan.least), 0, 0
    while n_left and (in_heap < len(heap) or -ranked.less[0] >= heap[0]):
        block, more = take_block(ranked, n_left)
        n_left -= 1
        for entry in range(ranked.begin[block], ranked.begin[block + 1]):
            if in_heap == len(heap) and ranked.worth[entry] + more < heap[0]:
                break
            worth = ranked.worth[entry] + points_of(scan, kind, first + ranked.place[entry])
            if worth <= scan.least:
                continue
            points[size], holder[size] = worth, ranked.place[entry]
            size += 1
            if in_heap < len(heap) or worth > heap[0]:
                in_heap = offer(heap, unused, in_heap, worth, 0)
    if in_heap < len(heap):
        return size
    kept = 0
    for place in range(size):
        if points[place] >= heap[0]:
            points[kept], holder[kept] = points[place], holder[place]
            kept += 1
    return kept


@kernel
def best_of(
    scan: Scan,
    kinds: NDArray[np.int64],
    first: NDArray[np.int64],
    price: Whole,
    by_blocks_above: int,
    turn: NDArray[np.int64],
    exception_start: NDArray[np.int64],
    exception_mentor: NDArray[np.int32],
    exception_points: Whole,
    exception_level: NDArray[np.int8],
    mentor: NDArray[np.int32],
    level: NDArray[np.int8],
    net: Whole,
) -> None:
    """Write the k best mentors of the requests of some kinds, best first, to the last tie.

    Args:
        scan: What everybody is worth.
        kinds: Kinds, those of one skill together. Shape (n_kinds,).
        first: Where the requests of each kind begin. Shape (n_kinds + 1,).
        price: Points. Shape (n_mentors,).
        by_blocks_above: As for `nearest`.
        turn: The mentor that comes first for each request among equals; the others follow in a circle. Shape (n,).
        exception_start: Where the exceptions of each request begin. Shape (n + 1,).
        exception_mentor: Shape (n_exceptions,).
        exception_points: Shape (n_exceptions,).
        exception_level: Columns in the table of levels. Shape (n_exceptions,).
        mentor: Written: mentors, left as they are where there are fewer than k. Shape (n, k).
        level: Written: their columns in the table of levels. Shape (n, k).
        net: Written: their points, less their prices. Shape (n, k).
    """
    k, n_mentors = mentor.shape[1], len(price)
    longest = 0
    for request in range(first[0], first[len(kinds)]):
        longest = max(longest, exception_start[request + 1] - exception_start[request])
    ranked = room_to_rank(scan, kinds, price)
    most = len(ranked.own)
    worth = np.empty(most, price.dtype)
    points, heap = np.empty(most, price.dtype), np.empty(k + longest, price.dtype)
    who, holder = np.empty(most, np.int32), np.empty(most, np.int64)
    used = np.zeros(longest, np.bool_)
    skill, n_blocks = -1, 0
    for place in range(len(kinds)):
        kind = kinds[place]
        if scan.kind_skill[kind] != skill:
            skill = scan.kind_skill[kind]
            n_blocks = rank_holders(scan, skill, price, ranked)
        begin = scan.holder_start[skill]
        if scan.kind_count[kind] > by_blocks_above:
            size = gather_by_blocks(scan, kind, ranked, n_blocks, heap, points, holder)
        else:
            size = gather_all(scan, kind, ranked.own, worth, heap, points, holder)
        for entry in range(size):
            who[entry] = scan.holder[begin + holder[entry]]
        sort_holders(points, who, holder, size)
        for request in range(first[place], first[place + 1]):
            begin_exception, end_exception = exception_start[request], exception_start[request + 1]
            used[:] = False
            rank = 0
            group, group_end, step, offset = 0, 0, 0, 0
            while rank < k:
                # The next one of the kind's who is no exception of the request.
                candidate = -1
                while candidate < 0 and (step < group_end or group_end < size):
                    if step == group_end:
                        group = group_end
                        while group_end < size and points[group_end] == points[group]:
                            group_end += 1
                        low, high = group, group_end
                        while low < high:
                            middle = (low + high) // 2
                            if who[middle] < turn[request]:
                                low = middle + 1
                            else:
                                high = middle
                        offset, step = low - group, group
                    entry = step + offset
                    if entry >= group_end:
                        entry -= group_end - group
                    listed = False
                    for exception in range(begin_exception, end_exception):
                        listed |= exception_mentor[exception] == who[entry]
                    if listed:
                        step += 1
                    else:
                        candidate = entry
                best_points, best_turn, best_exception = scan.least, 0, -1
                if candidate >= 0:
                    best_points, best_turn = points[candidate], (who[candidate] - turn[request]) % n_mentors
                for exception in range(begin_exception, end_exception):
                    if used[exception - begin_exception] or exception_points[exception] <= scan.least:
                        continue
                    other = exception_mentor[exception]
                    worth_it, its_turn = exception_points[exception] - price[other], (other - turn[request]) % n_mentors
                    if worth_it > best_points or (worth_it == best_points and its_turn < best_turn):
                        best_points, best_turn, best_exception = worth_it, its_turn, exception
                if best_exception >= 0:
                    used[best_exception - begin_exception] = True
                    mentor[request, rank] = exception_mentor[best_exception]
                    level[request, rank] = exception_level[best_exception]
                elif candidate >= 0:
                    mentor[request, rank] = who[candidate]
                    level[request, rank] = scan.level[begin + holder[candidate]]
                    step += 1
                else:
                    break
                net[request, rank] = best_points
                rank += 1
