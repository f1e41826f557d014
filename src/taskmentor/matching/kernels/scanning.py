"""Looking at all who hold a skill, once for each kind of request."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import kernel

__all__ = ["Scan", "best_kinds", "nearest"]

Whole = NDArray[np.signedinteger]


class Scan(NamedTuple):
    """Everything that says which mentor is worth how much to a kind of request, but for prices and single pairs.

    The points of a kind with a holder are the sum of the holder's own, an entry of the table of levels, and one of each
    further table. Points are all of one width, 32 or 64 bits.

    Attributes:
        holder_start: Where the holders of each skill begin. Shape (n_skills + 1,).
        holder: Mentors, skill by skill, highest level first. Shape (n_holders,).
        level: Each holder's column in the table of levels. Shape (n_holders,).
        code: Each holder's column in each further table. Shape (n_tables, n_holders).
        kind_skill: Shape (n_kinds,).
        kind_count: How many of the skill's holders, from the first on, have the needed level. Shape (n_kinds,).
        kind_level: Each kind's row in the table of levels. Shape (n_kinds,).
        kind_row: Each kind's row in each further table. Shape (n_tables, n_kinds).
        levels: The table of levels. Shape (rows, levels).
        table: The further tables, row by row, one after the other. Shape (n_entries,).
        table_start: Where each of them begins. Shape (n_tables,).
        table_width: How many columns each has. Shape (n_tables,).
        by_mentor: The mentors' own points. Shape (n_mentors,).
        block_start: Where the blocks of each skill begin; holders of a block have the same level and the same column in
            the first further table. Shape (n_skills + 1,).
        block_first: Which of the skill's holders each block begins with. Shape (n_blocks,).
        kind_rest: The most that all further tables but the first give to each kind. Shape (n_kinds,).
        least: What barred pairs come out at or below.
    """

    holder_start: NDArray[np.int64]
    holder: NDArray[np.int32]
    level: NDArray[np.int32]
    code: NDArray[np.int32]
    kind_skill: NDArray[np.int32]
    kind_count: NDArray[np.int64]
    kind_level: NDArray[np.int32]
    kind_row: NDArray[np.int32]
    levels: Whole
    table: Whole
    table_start: NDArray[np.int64]
    table_width: NDArray[np.int64]
    by_mentor: Whole
    block_start: NDArray[np.int64]
    block_first: NDArray[np.int64]
    kind_rest: Whole
    least: int


class Ranked(NamedTuple):
    """The holders of one skill at some prices, block by block; room for the skill that has most of them.

    Attributes:
        own: What each holder is worth by itself, less the price. Shape (most_holders,).
        begin: Where each block begins, and where the last one ends. Shape (most_blocks + 1,).
        most: The most that a holder of each block is worth by itself. Shape (most_blocks,).
        level: The column of each block in the table of levels. Shape (most_blocks,).
        code: The column of each block in the first further table. Shape (most_blocks,).
        is_sorted: Which blocks are sorted in `place` and `worth`. Shape (most_blocks,).
        place: Which holders stand in each block, those worth most by themselves first. Shape (most_holders,).
        worth: What these are worth by themselves. Shape (most_holders,).
        less: Room for a heap of blocks. Shape (most_blocks,).
        block_of: The same. Shape (most_blocks,).
    """

    own: Whole
    begin: NDArray[np.int64]
    most: Whole
    level: NDArray[np.int32]
    code: NDArray[np.int32]
    is_sorted: NDArray[np.bool_]
    place: NDArray[np.int32]
    worth: Whole
    less: Whole
    block_of: NDArray[np.int64]


@kernel
def room_to_rank(scan: Scan, kinds: NDArray[np.int64], price: Whole) -> Ranked:
    """Return room for the holders of any skill of some kinds."""
    holders, blocks = 0, 0
    for place in range(len(kinds)):
        skill = scan.kind_skill[kinds[place]]
        holders = max(holders, scan.holder_start[skill + 1] - scan.holder_start[skill])
        blocks = max(blocks, scan.block_start[skill + 1] - scan.block_start[skill])
    return Ranked(
        np.empty(holders, price.dtype),
        np.empty(blocks + 1, np.int64),
        np.empty(blocks, price.dtype),
        np.empty(blocks, np.int32),
        np.empty(blocks, np.int32),
        np.empty(blocks, np.bool_),
        np.empty(holders, np.int32),
        np.empty(holders, price.dtype),
        np.empty(blocks, price.dtype),
        np.empty(blocks, np.int64),
    )


@kernel
def rank_holders(scan: Scan, skill: int, price: Whole, ranked: Ranked) -> int:
    """Write what every holder of a skill is worth by itself, and the most of each block; return how many blocks are."""
    first, last = scan.holder_start[skill], scan.holder_start[skill + 1]
    for place in range(last - first):
        mentor = scan.holder[first + place]
        ranked.own[place] = scan.by_mentor[mentor] - price[mentor]
    first_block = scan.block_start[skill]
    n_blocks = scan.block_start[skill + 1] - first_block
    for block in range(n_blocks):
        ranked.begin[block] = scan.block_first[first_block + block]
    ranked.begin[n_blocks] = last - first
    for block in range(n_blocks):
        begin = ranked.begin[block]
        most = ranked.own[begin]
        for place in range(begin + 1, ranked.begin[block + 1]):
            most = max(most, ranked.own[place])
        ranked.most[block] = most
        ranked.level[block] = scan.level[first + begin]
        ranked.code[block] = scan.code[0, first + begin] if len(scan.code) else 0
        ranked.is_sorted[block] = False
    return int(n_blocks)


@kernel
def sort_block(ranked: Ranked, block: int) -> None:
    """Sort the holders of a block by what they are worth by themselves, most first.

    Source:
        Shell (1959), with the gaps of Ciura, "Best increments for the average case of Shellsort" (2001).
    """
    begin, end = ranked.begin[block], ranked.begin[block + 1]
    for place in range(begin, end):
        ranked.place[place], ranked.worth[place] = place, ranked.own[place]
    for gap in (1_750, 701, 301, 132, 57, 23, 10, 4, 1):
        for entry in range(begin + gap, end):
            holder, worth = ranked.place[entry], ranked.worth[entry]
            place = entry
            while place - gap >= begin and ranked.worth[place - gap] < worth:
                ranked.place[place], ranked.worth[place] = ranked.place[place - gap], ranked.worth[place - gap]
                place -= gap
            ranked.place[place], ranked.worth[place] = holder, worth
    ranked.is_sorted[block] = True


@kernel
def end_of_equals(ranked: Ranked, begin: int, end: int) -> int:
    """Return where those end who are worth as much by themselves as the first one of a sorted block from there on."""
    low, high = begin + 1, end
    while low < high:
        middle = (low + high) // 2
        if ranked.worth[middle] == ranked.worth[begin]:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def sum_points(scan: Scan, kind: int, own: Whole, net: Whole) -> None:
    """Write what every holder who may have the needed level is worth to a kind, less the price, into `net`."""
    first, count = scan.holder_start[scan.kind_skill[kind]], scan.kind_count[kind]
    by_level = scan.levels[scan.kind_level[kind]]
    level = scan.level[first : first + count]
    for place in range(count):
        net[place] = own[place] + by_level[level[place]]
    for table in range(len(scan.table_start)):
        begin = scan.table_start[table] + scan.kind_row[table, kind] * scan.table_width[table]
        row = scan.table[begin : begin + scan.table_width[table]]
        code = scan.code[table, first : first + count]
        for place in range(count):
            net[place] += row[code[place]]


@kernel
def sift_down(value: Whole, which: NDArray[np.int64], size: int) -> None:
    """Restore a heap, least value first, whose first entry was replaced."""
    top, mark = value[0], which[0]
    place = 0
    child = 1
    while child < size:
        if child + 1 < size and value[child + 1] < value[child]:
            child += 1
        if value[child] >= top:
            break
        value[place], which[place] = value[child], which[child]
        place = child
        child = 2 * place + 1
    value[place], which[place] = top, mark


@kernel
def promising_blocks(scan: Scan, kind: int, ranked: Ranked, n_blocks: int, floor: int) -> int:
    """Write the blocks of a kind as a heap, by the most that any of their holders could be worth, taken negative.

    Returns:
        How many blocks have the needed level and could hold somebody who is worth more than the floor.
    """
    row = scan.table_start[0] + scan.kind_row[0, kind] * scan.table_width[0]
    by_level, rest, count = scan.levels[scan.kind_level[kind]], scan.kind_rest[kind], scan.kind_count[kind]
    size = 0
    for block in range(n_blocks):
        if ranked.begin[block] >= count:
            break
        bound = ranked.most[block] + by_level[ranked.level[block]] + scan.table[row + ranked.code[block]] + rest
        if bound > floor:
            size = offer(ranked.less, ranked.block_of, size, -bound, block)
    return size


@kernel
def take_block(ranked: Ranked, n_left: int) -> tuple[int, int]:
    """Take the most promising block off the heap; return it, its holders sorted, and what they add to their own worth.

    The second is the most that any of them adds by what it is to the kind.
    """
    bound, block = -ranked.less[0], ranked.block_of[0]
    ranked.less[0], ranked.block_of[0] = ranked.less[n_left - 1], ranked.block_of[n_left - 1]
    sift_down(ranked.less, ranked.block_of, n_left - 1)
    if not ranked.is_sorted[block]:
        sort_block(ranked, block)
    return int(block), int(bound - ranked.most[block])


@kernel
def points_of(scan: Scan, kind: int, holder: int) -> int:
    """Return what a holder, by its place among all holders, is worth to a kind beside what it is worth by itself."""
    points = scan.levels[scan.kind_level[kind], scan.level[holder]]
    for table in range(len(scan.table_start)):
        row = scan.table_start[table] + scan.kind_row[table, kind] * scan.table_width[table]
        points += scan.table[row + scan.code[table, holder]]
    return int(points)


@kernel
def offer(value: Whole, which: NDArray[np.int64], size: int, points: int, holder: int) -> int:
    """Add an entry to a heap, least first, or put it in the place of the least; return the heap's size."""
    if size < len(value):
        child = size
        while child > 0 and value[(child - 1) // 2] > points:
            value[child], which[child] = value[(child - 1) // 2], which[(child - 1) // 2]
            child = (child - 1) // 2
        value[child], which[child] = points, holder
        return size + 1
    value[0], which[0] = points, holder
    sift_down(value, which, size)
    return size


@kernel
def weigh(
    value: Whole, which: NDArray[np.int64], size: int, left: int, least: int, points: int, holder: int
) -> tuple[int, int]:
    """Put a holder into a heap of those worth most if it belongs there.

    Returns:
        The heap's size, and what nobody who is left out exceeds.
    """
    if points <= least:
        return size, left
    is_full = size == len(value)
    if is_full and points <= value[0]:
        return size, max(left, points)
    if is_full:
        left = max(left, value[0])
    return offer(value, which, size, points, holder), left


@kernel
def nearest_of_all(
    scan: Scan, kind: int, own: Whole, worth: Whole, turn: int, floor: int, value: Whole, which: NDArray[np.int64]
) -> tuple[int, int]:
    """Write those worth most to a kind, above a floor, as a heap; return its size, and what nobody else exceeds."""
    n, size, left = scan.kind_count[kind], 0, floor
    sum_points(scan, kind, own, worth)
    for step in range(n):
        holder = step + turn % n
        if holder >= n:
            holder -= n
        size, left = weigh(value, which, size, left, floor, worth[holder], holder)
    return size, left


@kernel
def nearest_by_blocks(
    scan: Scan, kind: int, ranked: Ranked, n_blocks: int, turn: int, floor: int, value: Whole, which: NDArray[np.int64]
) -> tuple[int, int]:
    """Do what `nearest_of_all` does, with a look at those alone who could be among the ones worth most."""
    first, room = scan.holder_start[scan.kind_skill[kind]], len(value)
    size, left = 0, floor
    n_left = promising_blocks(scan, kind, ranked, n_blocks, floor)
    while n_left:
        if size == room and -ranked.less[0] <= value[0]:
            left = max(left, -ranked.less[0])
            break
        block, more = take_block(ranked, n_left)
        n_left -= 1
        end = ranked.begin[block + 1]
        group, group_end = 0, ranked.begin[block]
        for entry in range(ranked.begin[block], end):
            bound = ranked.worth[entry] + more
            if bound <= floor or (size == room and bound <= value[0]):
                left = max(left, bound)
                break
            if entry == group_end:
                group, group_end = entry, end_of_equals(ranked, entry, end)
            holder = ranked.place[group + (entry - group + turn) % (group_end - group)]
            points = ranked.worth[entry] + points_of(scan, kind, first + holder)
            size, left = weigh(value, which, size, left, floor, points, holder)
    return size, left


@kernel
def nearest(
    scan: Scan,
    kinds: NDArray[np.int64],
    price: Whole,
    start: NDArray[np.int64],
    width: NDArray[np.int64],
    floor: Whole,
    by_blocks_above: int,
    mentor: NDArray[np.int32],
    net: Whole,
    count: NDArray[np.int32],
    beyond: Whole,
) -> None:
    """Write the mentors worth most to each of some kinds, less their prices, best first.

    Where several are worth the same at the end of a list, which of them are kept depends on the kind, so that not all
    kinds crowd around the same ones. Where a kind has very many holders, those blocks are looked at first that could
    hold the best ones, in each of them those who are worth most by themselves, and the others not at all.

    Args:
        scan: What everybody is worth.
        kinds: Kinds, those of one skill together. Shape (n,).
        price: Points. Shape (n_mentors,).
        start: Where the list of each of these kinds begins in `mentor` and `net`. Shape (n,).
        width: How many mentors it has room for, 1 or more. Shape (n,).
        floor: Mentors worth no more are left out, `scan.least` for none. Shape (n,).
        by_blocks_above: Kinds of more holders are looked at block by block, which takes a further table.
        mentor: Written: mentors.
        net: Written: their points less their prices.
        count: Written: the length of each list. Shape (n,).
        beyond: Written: nobody who is not in the list is worth more, the floor for nobody. Shape (n,).
    """
    ranked = room_to_rank(scan, kinds, price)
    worth = np.empty(len(ranked.own), price.dtype)
    skill, n_blocks = -1, 0
    for place in range(len(kinds)):
        kind = kinds[place]
        if scan.kind_skill[kind] != skill:
            skill = scan.kind_skill[kind]
            n_blocks = rank_holders(scan, skill, price, ranked)
        first, begin, room = scan.holder_start[skill], start[place], width[place]
        value, which = net[begin : begin + room], np.empty(room, np.int64)
        turn = kind * 40503 + 12345
        if scan.kind_count[kind] > by_blocks_above:
            size, left = nearest_by_blocks(scan, kind, ranked, n_blocks, turn, floor[place], value, which)
        else:
            size, left = nearest_of_all(scan, kind, ranked.own, worth, turn, floor[place], value, which)
        count[place], beyond[place] = size, left
        while size > 1:
            size -= 1
            value[0], value[size] = value[size], value[0]
            which[0], which[size] = which[size], which[0]
            sift_down(value, which, size)
        for entry in range(count[place]):
            mentor[begin + entry] = scan.holder[first + which[entry]]


@kernel
def best_kinds(
    scan: Scan,
    kinds: NDArray[np.int64],
    floor: NDArray[np.int64],
    value: Whole,
    which: NDArray[np.int64],
    size: NDArray[np.int64],
) -> None:
    """Write the kinds to which each mentor is worth most beyond what they have, in any order.

    Args:
        scan: What everybody is worth.
        kinds: Kinds. Shape (n,).
        floor: What each kind has. Shape (n_kinds,).
        value: Written: what the mentor is worth to the kind beyond that; each row is a heap. Shape (n_mentors, k).
        which: Written: kinds. Shape (n_mentors, k).
        size: Written: how many there are, 0 before. Shape (n_mentors,).
    """
    most = 0
    for place in range(len(kinds)):
        most = max(most, scan.kind_count[kinds[place]])
    own, net = np.empty(most, value.dtype), np.empty(most, value.dtype)
    for place in range(len(kinds)):
        kind = kinds[place]
        first, count = scan.holder_start[scan.kind_skill[kind]], scan.kind_count[kind]
        for holder in range(count):
            own[holder] = scan.by_mentor[scan.holder[first + holder]]
        sum_points(scan, kind, own, net)
        for holder in range(count):
            mentor, more = scan.holder[first + holder], net[holder] - floor[kind]
            is_full = size[mentor] == value.shape[1]
            if net[holder] > scan.least and not (is_full and more <= value[mentor, 0]):
                size[mentor] = offer(value[mentor], which[mentor], size[mentor], more, kind)
