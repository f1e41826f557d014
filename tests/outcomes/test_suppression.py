"""Nothing that a table shows can be added up and subtracted to a number about a few people."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from taskmentor.outcomes.suppression import Hidden, Members, hide
from tests.outcomes.attacker import Cell, solved, told_of_few

Counted = tuple[int, int, int]
"""A row, a column, a person."""


def members(counted: list[Counted], n_rows: int, n_columns: int) -> Members:
    row, column, person = np.array(counted, np.int64).reshape(-1, 3).T
    return Members.of(row, column, person, (n_rows, n_columns))


def of_sizes(sizes: list[list[int]]) -> Members:
    """Return a table in which nobody is in two cells."""
    counted = [
        (row, column, 1000 * row + 100 * column + number)
        for row, line in enumerate(sizes)
        for column, size in enumerate(line)
        for number in range(size)
    ]
    return members(counted, len(sizes), len(sizes[0]))


def people_of(table: Members) -> dict[Cell, set[int]]:
    cells: dict[Cell, set[int]] = {
        (str(row), str(column)): set() for row in range(table.n_rows) for column in range(table.n_columns)
    }
    for cell, person in zip(table.cell.tolist(), table.person.tolist(), strict=True):
        cells[str(cell // table.n_columns), str(cell % table.n_columns)].add(person)
    return cells


def lines_shown(hidden: Hidden) -> list[Cell]:
    n_rows, n_columns = hidden.cells.shape
    lines: list[Cell] = [
        (str(row), str(column)) for row in range(n_rows) for column in range(n_columns) if not hidden.cells[row, column]
    ]
    lines += [(str(row), None) for row in range(n_rows) if not hidden.rows[row]]
    lines += [(None, str(column)) for column in range(n_columns) if not hidden.columns[column]]
    return lines if hidden.all else [*lines, (None, None)]


def leaks(table: Members, smallest: int) -> list[set[Cell]]:
    return [*told_of_few(people_of(table), lines_shown(hide(table, smallest=smallest)), smallest)]


@st.composite
def partitions(draw: st.DrawFn) -> Members:
    n_rows, n_columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    size = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 9])
    return of_sizes(
        draw(st.lists(st.lists(size, min_size=n_columns, max_size=n_columns), min_size=n_rows, max_size=n_rows))
    )


@st.composite
def overlapping(draw: st.DrawFn) -> Members:
    n_rows, n_columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    one = st.tuples(st.integers(0, n_rows - 1), st.integers(0, n_columns - 1), st.integers(0, 11))
    return members(draw(st.lists(one, max_size=40)), n_rows, n_columns)


@given(partitions(), st.integers(1, 5))
@example(of_sizes([[2], [7], [9]]), 5)
@example(of_sizes([[2, 9], [9, 9]]), 5)
@example(of_sizes([[2, 9, 9], [9, 9, 9], [9, 9, 2]]), 5)
@example(of_sizes([[2, 0], [6, 4], [0, 9]]), 5)
@example(of_sizes([[1, 1, 1], [1, 1, 1], [1, 1, 1]]), 5)
@example(of_sizes([[3, 0, 0], [0, 3, 0], [0, 0, 3]]), 5)
def test_no_combination_of_what_is_shown_is_about_a_few(table: Members, smallest: int) -> None:
    """Whoever subtracts the shown groups from the totals would know what the hidden ones have."""
    assert leaks(table, smallest) == []


@given(overlapping(), st.integers(2, 4))
def test_people_who_are_in_several_cells_count_once(table: Members, smallest: int) -> None:
    """By skill, one person stands in many cells: five numbers may all be about the same two people."""
    assert leaks(table, smallest) == []


@given(partitions())
def test_no_small_cell_can_be_solved_for(table: Members) -> None:
    """One that is kept back for the sake of others has enough people itself."""
    cells = people_of(table)
    small = {cell for cell, people in cells.items() if 0 < len(people) < 5}
    assert solved(cells, lines_shown(hide(table, smallest=5))).isdisjoint(small)


@given(partitions(), st.integers(1, 5))
def test_every_small_group_is_kept_back_and_nobody_hides_nobody(table: Members, smallest: int) -> None:
    hidden = hide(table, smallest=smallest)
    few = (table.cells > 0) & (table.cells < smallest)
    assert hidden.cells[few].all()
    assert not hidden.cells[table.cells == 0].any()
    assert hidden.all == (table.all < smallest)
    if not few.any() and not hidden.all:
        assert not hidden.cells.any()


def test_the_next_smallest_goes_with_the_only_small_one() -> None:
    hidden = hide(of_sizes([[9], [2], [7], [8]]), smallest=5)
    assert hidden.cells[:, 0].tolist() == [False, True, True, False]


def test_small_ones_that_are_enough_together_need_no_other() -> None:
    hidden = hide(of_sizes([[9], [2], [7], [3]]), smallest=5)
    assert hidden.cells[:, 0].tolist() == [False, True, False, True]


def test_a_small_cell_of_a_table_takes_three_others_with_it() -> None:
    """One in its row, one in its column, and the fourth corner, or the other totals would tell."""
    hidden = hide(of_sizes([[2, 9, 6], [7, 9, 9], [9, 9, 5]]), smallest=5)
    assert hidden.cells.tolist() == [[True, False, True], [True, False, True], [False, False, False]]
    assert not hidden.rows.any()
    assert not hidden.columns.any()


def test_where_only_totals_are_left_to_hide_they_are() -> None:
    """Each row has one cell, so that its total is that cell."""
    table = of_sizes([[3, 0, 0], [0, 6, 0], [0, 0, 7]])
    hidden = hide(table, smallest=5)
    assert hidden.cells.diagonal().tolist() == [True, True, False]
    assert hidden.rows.tolist() == hidden.columns.tolist() == [True, True, False]


@pytest.mark.parametrize("sizes", [[[0]], [[4]], [[2, 2]]])
def test_nothing_is_shown_of_too_few(sizes: list[list[int]]) -> None:
    hidden = hide(of_sizes(sizes), smallest=5)
    assert hidden.all
    assert hidden.rows.all()
    assert hidden.columns.all()


def test_the_attacker_finds_what_a_careless_table_tells() -> None:
    """An attacker who never succeeds would prove nothing."""
    cells: dict[Cell, set[int]] = {("a",): {1, 2}, ("b",): {3, 4, 5, 6, 7}}
    careless: list[Cell] = [("b",), (None,)]
    assert solved(cells, careless) == {("a",), ("b",)}
    assert [*told_of_few(cells, careless, 5)] == [{("a",)}]
