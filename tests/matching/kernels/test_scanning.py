"""Looking at all who hold a skill: the kernels, their compiled forms, and plain sorting."""

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from taskmentor.matching.kernels.scanning import Ranked, Scan, end_of_equals, nearest, sort_block
from taskmentor.matching.kinds import Kinds
from taskmentor.matching.oracle import Oracle
from tests import profiles
from tests.markets import plain_worths
from tests.shaped_problems import FAMILIES, shaped, shaped_at

COMPILED = [False, True]


def _worths(scan: Scan, kind: int, price: NDArray[np.signedinteger]) -> list[tuple[int, int]]:
    """Return what each admitted holder is worth to a kind, less the price, with the mentor, most first."""
    net = [(points - int(price[mentor]), mentor) for points, mentor in plain_worths(scan, kind)]
    return sorted((one for one in net if one[0] > scan.least), reverse=True)


@pytest.mark.parametrize("by_blocks_above", [0, 10**9], ids=["by blocks", "one by one"])
@pytest.mark.parametrize("compiled", COMPILED)
def test_the_nearest_are_those_that_sorting_finds_and_nobody_beyond_is_worth_more(
    compiled: bool, by_blocks_above: int
) -> None:
    """Would be broken: everything that rests on it: auctions, bounds, and the proof that no pair is missing."""
    longer = 0
    for number in profiles.some(150):
        rng, problem = default_rng([52, number]), shaped_at(number)
        kinds = Kinds.of(problem, problem.free)
        scan, order = kinds.scan, np.argsort(kinds.scan.kind_skill, kind="stable")
        price = rng.integers(0, 6, problem.n_mentors).astype(scan.by_mentor.dtype)
        width = rng.integers(1, 6, kinds.n_kinds)
        start = np.cumsum(width) - width
        mentor, net = np.zeros(width.sum(), np.int32), np.zeros(width.sum(), price.dtype)
        count, beyond = np.zeros(kinds.n_kinds, np.int32), np.zeros(kinds.n_kinds, price.dtype)
        above = by_blocks_above if len(scan.table_start) else 10**9  # blocks are of the first further table
        floor = np.where(rng.random(kinds.n_kinds) < 0.5, scan.least, rng.integers(-5, 15, kinds.n_kinds)).astype(
            price.dtype
        )
        nearest.for_size(compiled)(scan, order, price, start, width, floor, above, mentor, net, count, beyond)
        for place, kind in enumerate(order.tolist()):
            expected = [one for one in _worths(scan, kind, price) if one[0] > floor[place]]
            rows = slice(int(start[place]), int(start[place] + count[place]))
            assert net[rows].tolist() == [worth for worth, _ in expected[: int(width[place])]]
            found = list(zip(net[rows].tolist(), mentor[rows].tolist(), strict=True))
            assert set(found) <= set(expected)
            assert len(set(found)) == len(found)
            left = expected[int(width[place]) :]
            most_left = left[0][0] if left else floor[place]
            # Blocks that are not looked at are only known by what nobody in them exceeds, and no more than the listed.
            highest = found[-1][0] if left and above == 0 else most_left
            assert most_left <= beyond[place] <= highest
            longer += bool(left)
    assert longer > 100


@pytest.mark.parametrize("compiled", COMPILED)
def test_in_crowds_blocks_find_the_worth_that_looking_at_everybody_finds(compiled: bool) -> None:
    """Would be broken: where to stop within a block, which shows where many are worth different amounts."""
    looked = 0
    for number in range(8):
        rng = default_rng([56, number])
        problem = shaped(rng, FAMILIES["anything"], requests=12, mentors=250)
        with pytest.MonkeyPatch.context() as patch:  # tables that stay apart, so that some of a block are barred
            patch.setattr("taskmentor.matching.kinds._MOST_ENTRIES", 1)
            kinds = Kinds.of(problem, problem.free)
        if not len(kinds.scan.table_start):
            continue
        price = rng.integers(0, 400 if number % 2 else 4, problem.n_mentors)
        width, by_chance = rng.integers(1, 30, kinds.n_kinds), rng.integers(-400, 40, kinds.n_kinds)
        floor = np.where(rng.random(kinds.n_kinds) < 0.5, kinds.scan.least, by_chance)
        turn = rng.integers(0, problem.n_mentors, problem.n_requests)
        answers = []
        for above in (0, 10**9):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("taskmentor.matching.oracle._BY_BLOCKS_ABOVE", above)
                oracle = Oracle(kinds, compiled=compiled, executor=None)
                some = oracle.by_skill
                answers.append((oracle.nearest(some, price, width[some], floor[some]), oracle.best(price, turn, 7)))
        (near, best), (all_near, all_best) = answers
        assert near.count.tolist() == all_near.count.tolist()
        assert near.net.tolist() == all_near.net.tolist()
        assert (near.beyond >= all_near.beyond).all()
        assert best.mentor.tolist() == all_best.mentor.tolist()
        assert best.net.tolist() == all_best.net.tolist()
        looked += 1
    assert looked >= 4


@pytest.mark.parametrize("compiled", COMPILED)
@pytest.mark.parametrize("size", [1, 2, 30, 2_500])
def test_sorting_a_block_is_sorting_and_leaves_the_others_alone(compiled: bool, size: int) -> None:
    """Would be broken: the first holders of a block, after which nobody else is looked at."""
    rng = default_rng([57, size])
    own = rng.integers(-9, 10, size + 4).astype(np.int32)
    ranked = Ranked(
        own=own,
        begin=np.array([0, 2, size + 2, size + 4]),
        most=np.zeros(3, np.int32),
        level=np.zeros(3, np.int32),
        code=np.zeros(3, np.int32),
        is_sorted=np.zeros(3, np.bool_),
        place=np.full(size + 4, -1, np.int32),
        worth=np.full(size + 4, -1, np.int32),
        less=np.zeros(3, np.int32),
        block_of=np.zeros(3, np.int64),
    )
    sort_block.for_size(compiled)(ranked, 1)
    block = slice(2, size + 2)
    assert ranked.worth[block].tolist() == sorted(own[block].tolist(), reverse=True)
    assert ranked.worth[block].tolist() == own[ranked.place[block]].tolist()
    assert sorted(ranked.place[block].tolist()) == list(range(2, size + 2))
    assert ranked.place[[0, 1, -2, -1]].tolist() == [-1] * 4
    assert ranked.is_sorted.tolist() == [False, True, False]
    ends = [end_of_equals.for_size(compiled)(ranked, begin, size + 2) for begin in range(2, min(size, 50) + 2)]
    worth = ranked.worth.tolist()
    equals = [
        sum(worth[other] == worth[begin] for other in range(begin, size + 2)) for begin in range(2, len(ends) + 2)
    ]
    assert ends == [begin + n for begin, n in enumerate(equals, start=2)]
