"""The walk over all pairs: the kernel, its compiled form, and the same sums in numpy."""

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching.kernels.scan import Sheet, short_pairs

Found = list[tuple[int, int]]


def random_sheet(rng: Generator, *, n_holders: int) -> Sheet:
    """Return requests on neighbouring stretches of holders, with up to three tables of different sizes."""
    n_requests, n_tables = int(rng.integers(1, 8)), int(rng.integers(0, 4))
    shapes = [(int(rng.integers(1, 4)), int(rng.integers(1, 5))) for _ in range(n_tables)]
    begins = np.cumsum([0, *(rows * columns for rows, columns in shapes)])
    row, code = np.zeros((n_tables, n_requests), np.int64), np.zeros((n_tables, n_holders), np.int32)
    for table, (rows, columns) in enumerate(shapes):
        row[table] = begins[table] + columns * rng.integers(0, rows, n_requests)
        code[table] = rng.integers(0, columns, n_holders)
    ends = np.sort(rng.integers(0, n_holders + 1, (n_requests, 2)), axis=1)
    return Sheet(
        first=ends[:, 0].copy(),
        stop=ends[:, 1].copy(),
        paid=rng.integers(-3, 8, n_requests),
        price=rng.integers(0, 9, n_holders),
        points=rng.integers(-2, 6, begins[-1]),
        row=row,
        code=code,
    )


def by_numpy(sheet: Sheet, asked: NDArray[np.int32]) -> Found:
    found: Found = []
    for request in asked.tolist():
        holder = np.arange(sheet.first[request], sheet.stop[request])
        slack = sheet.paid[request] + sheet.price[holder]
        for row, code in zip(sheet.row, sheet.code, strict=True):
            slack = slack - sheet.points[row[request] + code[holder]]
        found += [(request, place) for place in holder[slack < 0].tolist()]
    return found


def walked(sheet: Sheet, asked: NDArray[np.int32], *, compiled: bool, room: int = 1024) -> tuple[Found, int]:
    """Return what a whole walk wrote down, and how often it began."""
    request, holder = np.empty(room, np.int64), np.empty(room, np.int64)
    found: Found = []
    at, begin, times = 0, 0, 0
    while at < len(asked):
        at, begin, n = short_pairs.for_size(compiled)(sheet, asked, at, begin, request, holder)
        found += zip(request[:n].tolist(), holder[:n].tolist(), strict=True)
        times += 1
    return found, times


@pytest.mark.parametrize("compiled", [False, True])
def test_the_walk_finds_the_short_pairs_and_no_others(compiled: bool) -> None:
    """Would be broken: the independent word on every certificate at size."""
    some = 0
    for seed in range(200):
        rng = default_rng([71, seed])
        sheet = random_sheet(rng, n_holders=int(rng.integers(0, 30)))
        asked = rng.permutation(len(sheet.first)).astype(np.int32)
        expected = by_numpy(sheet, asked)
        assert walked(sheet, asked, compiled=compiled) == (expected, 1)
        some += bool(expected)
    assert some > 50


@pytest.mark.parametrize("compiled", [False, True])
def test_the_walk_goes_on_where_it_paused(compiled: bool) -> None:
    """Would be broken: the count of uncovered pairs, where there are more than fit what is written down."""
    sheet = random_sheet(default_rng(4), n_holders=3000)
    sheet = sheet._replace(paid=sheet.paid - 5, first=np.zeros_like(sheet.first))
    asked = np.arange(len(sheet.first), dtype=np.int32)
    found, times = walked(sheet, asked, compiled=compiled)
    assert found == by_numpy(sheet, asked)
    assert len(found) > 2048
    assert times > 2
    assert walked(sheet, asked, compiled=compiled, room=1 << 16) == (found, 1)
