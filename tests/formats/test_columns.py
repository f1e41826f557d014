"""From a grid to a table: which columns are read, and where faults are put."""

import numpy as np
import pytest

from taskmentor.formats.cells import Choice, Id, Whole
from taskmentor.formats.columns import name_shown, read_cells, read_table
from taskmentor.formats.csv_text import Grid, Limits, read_grid
from taskmentor.formats.rows import grid_of_rows
from taskmentor.formats.schema import ColumnRule, TableRule
from taskmentor.models.tables import FaultLog

RULE = TableRule(
    "posts",
    (ColumnRule("post_id", Id(), required=True), ColumnRule("kind", Choice(("day", "night"))),
     ColumnRule("grade", Whole(0, 9))),
)  # fmt: skip


def grid(text: str) -> Grid:
    return read_grid(text.encode(), "posts.csv", encoding="utf-8", limits=Limits())


def found(log: FaultLog) -> list[tuple[str, int | None, str | None]]:
    return [(fault.code, fault.line, fault.column) for fault in (*log.errors(), *log.warnings())]


def test_what_is_well_formed_is_read_beside_what_is_not() -> None:
    """One bad cell must not hide the rest of its row."""
    log = FaultLog()
    table = read_table(RULE, grid("post_id,grade\na,7\nb,x\n,3\n"), log, longest=9)
    assert table is not None
    assert (table.strings("post_id"), table.numbers("grade", -1).tolist()) == (["a", "b", ""], [7, -1, 3])
    assert found(log) == [("NOT-A-NUMBER", 3, "grade"), ("EMPTY-ID", 4, "post_id")]
    assert log.rows == {"posts": {1, 2}}


def test_a_ragged_row_is_one_fault() -> None:
    """Its cells are not where they should be, so nothing is said of them."""
    log = FaultLog()
    assert read_table(RULE, grid("post_id,grade\na b\n"), log, longest=9) is not None
    assert found(log) == [("RAGGED-ROW", 2, None)]


def test_a_word_that_is_nearly_right_is_answered_with_the_right_one() -> None:
    log = FaultLog()
    read_table(RULE, grid("post_id,kind\na,nihgt\n"), log, longest=9)
    assert "did you mean 'night'?" in log.errors()[0].problem


@pytest.mark.parametrize(
    ("header", "code", "column"),
    [
        ("grade", "MISSING-COLUMN", "post_id"),
        ("post_id,Post_ID", "DUPLICATE-COLUMN", "Post_ID"),
        ("post_id,x_own", "UNKNOWN-COLUMN", "x_own"),
    ],
)
def test_the_header_is_held_against_the_columns_of_the_table(header: str, code: str, column: str) -> None:
    """Without a column that must be there, or with one twice, nothing can be read; what is unknown is left."""
    log = FaultLog()
    table = read_table(RULE, grid(f"{header}\n"), log, longest=9)
    assert found(log) == [(code, 1, column)]
    assert (table is None) == (code != "UNKNOWN-COLUMN")


def test_no_rows_in_memory_lack_no_columns() -> None:
    """There is no header that could name them."""
    log = FaultLog()
    table = read_table(RULE, grid_of_rows([], "posts", Limits()), log, longest=9)
    assert table is not None
    assert (len(table), found(log)) == (0, [])


def test_columns_are_read_under_the_names_that_the_caller_gives() -> None:
    """The names of a header may be guarded; and what nobody asks for is not looked at."""
    table = read_cells("posts", grid("'=a,b\n5,?\n"), [ColumnRule("=a", Whole(0, 9)), None], FaultLog(), longest=9)
    assert list(table.columns) == ["=a"]
    assert table.numbers("=a", -1).tolist() == [5]
    assert np.array_equal(table.lines, [2])


@pytest.mark.parametrize(("name", "as_shown"), [("grade", "grade"), ("a\nb", r"'a\nb'"), ("x" * 50, f"'{'x' * 38}…")])
def test_a_name_from_outside_stands_in_a_message_on_one_line(name: str, as_shown: str) -> None:
    assert name_shown(name) == as_shown
