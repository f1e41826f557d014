"""Choosing the best of every request: the kernels, their compiled forms, and plain sorting."""

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from taskmentor.matching.kernels.choosing import best_of, kth_most, sort_holders
from taskmentor.matching.kinds import Kinds
from taskmentor.matching.problem import Problem
from tests import profiles
from tests.shaped_problems import shaped_at

COMPILED = [False, True]


@pytest.mark.parametrize("compiled", COMPILED)
def test_sorting_holders_is_sorting(compiled: bool) -> None:
    """Would be broken: the order of candidates, to the last tie."""
    for number in profiles.some(60):
        rng = default_rng([53, number])
        size, room = int(rng.integers(0, 12)), 12
        points, mentor = rng.integers(-2, 3, room), rng.permutation(room).astype(np.int32)
        rows = sorted(zip((-points[:size]).tolist(), mentor[:size].tolist(), range(size), strict=True))
        holder = np.arange(room)
        sort_holders.for_size(compiled)(points, mentor, holder, size)
        assert list(zip((-points[:size]).tolist(), mentor[:size].tolist(), holder[:size].tolist(), strict=True)) == rows
        assert holder[size:].tolist() == list(range(size, room))


@pytest.mark.parametrize("compiled", COMPILED)
def test_the_kth_most_is_what_sorting_says(compiled: bool) -> None:
    """Would be broken: who is left out before candidates are sorted."""
    for number in profiles.some(100):
        rng = default_rng([54, number])
        points, k, least = rng.integers(-5, 6, 15), int(rng.integers(1, 6)), int(rng.integers(-6, 5))
        count = int(rng.integers(0, 16))
        above = sorted((one for one in points[:count].tolist() if one > least), reverse=True)
        found = kth_most.for_size(compiled)(points, count, k, least, np.zeros(k, np.int64))
        assert found == (above[k - 1] if len(above) >= k else least + 1)


def _best(problem: Problem, kinds: Kinds, rng: Generator, *, compiled: bool, blocks_above: int) -> list[object]:
    order = np.argsort(kinds.scan.kind_skill, kind="stable")
    count = np.diff(kinds.start)[order]
    request = np.concatenate([kinds.request[kinds.start[one] : kinds.start[one + 1]] for one in order.tolist()])
    own, n, k = kinds.exceptions.take(request), len(request), int(rng.integers(1, 5))
    price = rng.integers(-3, 4, problem.n_mentors).astype(kinds.scan.by_mentor.dtype)
    mentor, level, net = np.full((n, k), -1, np.int32), np.zeros((n, k), np.int8), np.zeros((n, k), price.dtype)
    best_of.for_size(compiled)(
        kinds.scan,
        order,
        np.append(0, np.cumsum(count)),
        price,
        blocks_above,
        rng.integers(0, problem.n_mentors, n),
        own.start,
        own.mentor,
        own.points,
        own.level,
        mentor,
        level,
        net,
    )
    return [mentor.tolist(), level.tolist(), net.tolist()]


def test_the_best_of_every_request_are_the_same_compiled() -> None:
    """Would be broken: machine code; that the function itself is right is in test_candidates.py."""
    for number in profiles.some(60):
        problem = shaped_at(number)
        kinds = Kinds.of(problem, problem.free)
        everybody = int(kinds.scan.holder_start[-1])
        plain, compiled = (
            _best(problem, kinds, default_rng([55, number]), compiled=way, blocks_above=everybody) for way in COMPILED
        )
        assert plain == compiled
        if len(kinds.scan.table_start):
            for way in COMPILED:
                assert _best(problem, kinds, default_rng([55, number]), compiled=way, blocks_above=0) == plain
