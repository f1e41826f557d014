"""Odd cycles of rows, whose cuts every whole choice keeps."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.matching.odd_cycles import odd_cycles

TRIANGLE = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
"""Rows of three columns, of which each two share one."""


def cycles_of(counts: np.ndarray[tuple[int, int], np.dtype[np.int64]], part: list[float]) -> list[list[int]]:
    row, column = np.nonzero(counts)
    return [cycle.tolist() for cycle in odd_cycles(column, row, np.array(part))]


def test_three_halves_break_the_row_of_their_triangle() -> None:
    """Would be broken: cuts, without which the linear relaxation stays above every plan."""
    assert cycles_of(TRIANGLE, [0.5, 0.5, 0.5]) == [[0, 1, 2]]


def test_parts_that_keep_the_row_of_a_triangle_need_no_cut() -> None:
    """Would be broken: rows that join for nothing."""
    assert cycles_of(TRIANGLE, [0.4, 0.3, 0.3]) == []
    assert cycles_of(TRIANGLE[:0], [0.5, 0.5, 0.5]) == []


def test_five_rows_in_a_circle_are_found() -> None:
    """Would be broken: cycles of more than three rows."""
    circle = np.array([[int(column in (row, (row + 1) % 5)) for column in range(5)] for row in range(5)])
    assert cycles_of(circle, [0.5] * 5) == [[0, 1, 2, 3, 4]]


@given(st.data())
def test_whole_choices_keep_all_cuts(data: st.DataObject) -> None:
    """Would be broken: a cut that takes a plan away."""
    n_rows, n_columns = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 7))
    bits = data.draw(st.lists(st.booleans(), min_size=n_rows * n_columns, max_size=n_rows * n_columns))
    counts = np.array(bits, np.int64).reshape(n_rows, n_columns)
    part = data.draw(st.lists(st.sampled_from([0.25, 0.5, 0.75]), min_size=n_columns, max_size=n_columns))
    for cycle in cycles_of(counts, part):
        assert len(cycle) % 2 == 1
        half = counts[cycle].sum(axis=0) // 2
        assert half @ np.array(part) > len(cycle) // 2
        for chosen in product((0, 1), repeat=n_columns):
            if (counts @ chosen <= 1).all():
                assert half @ chosen <= len(cycle) // 2
