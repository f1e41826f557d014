"""Checks that hold for every table."""

import numpy as np
import pytest

from taskmentor.models.checks import KnownIds, References, check_order, check_repeated, repeated
from taskmentor.models.tables import Column, FaultLog, Table


def texts(*cells: str) -> Column:
    labels = tuple(sorted({"", *cells}))
    return Column(np.array([labels.index(cell) for cell in cells]), np.array([cell != "" for cell in cells]), labels)


def table(name: str = "posts", **columns: Column) -> Table:
    n = len(next(iter(columns.values())).values)
    return Table(name=name, source=f"{name}.csv", lines=np.arange(2, n + 2), columns=columns)


def days(*cells: str) -> Column:
    given = np.array([cell != "" for cell in cells])
    return Column(np.array([cell or "NaT" for cell in cells], "datetime64[D]"), given)


def found(log: FaultLog) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.line) for fault in log.errors()]


def test_ids_are_known_by_code_in_their_order_without_the_empty_one() -> None:
    """A code is the place of an id among all ids, sorted."""
    known = KnownIds.of("post", table(post_id=texts("b", "", "a", "b")), unread=False)
    assert known.ids == ("a", "b")
    assert known.codes(table(next_id=texts("a", "c", "", "b")), "next_id").tolist() == [0, -1, -1, 1]


@pytest.mark.parametrize(
    ("may_be_empty", "remedy"),
    [(True, "Add the post, mend the id or leave the cell empty."), (False, "Add the post or mend the id.")],
)
def test_what_names_nothing_is_a_fault_with_the_nearest_id(may_be_empty: bool, remedy: str) -> None:
    known, log = KnownIds.of("post", table(post_id=texts("porter")), unread=False), FaultLog()
    codes = known.referred(table(next_id=texts("portre", "", "porter")), "next_id", log, may_be_empty=may_be_empty)
    assert codes.tolist() == [-1, -1, 0]
    (fault,) = log.errors()
    assert (fault.code, fault.line, fault.remedy) == ("UNKNOWN-POST", 2, remedy)
    assert "did you mean 'porter'?" in fault.problem


def test_a_reference_to_a_row_that_was_left_out_is_told_so() -> None:
    """To add the post, or to take another, would be bad advice."""
    known = KnownIds.of("post", table(post_id=texts("porter")), unread=False, gone=frozenset({"cook"}))
    log = FaultLog()
    assert known.referred(table(next_id=texts("cook", "cooks")), "next_id", log).tolist() == [-1, -1]
    assert [(fault.code, fault.line, fault.remedy) for fault in log.errors()] == [
        ("UNKNOWN-POST", 2, "Mend that row."), ("UNKNOWN-POST", 3, "Add the post or mend the id."),
    ]  # fmt: skip


def test_nothing_is_said_of_references_to_a_table_that_could_not_be_read() -> None:
    """One broken file must not make a fault of every row that refers to it."""
    known, log = KnownIds.of("post", Table.empty("posts"), unread=True), FaultLog()
    assert known.referred(table(next_id=texts("a")), "next_id", log).tolist() == [-1]
    assert found(log) == []


def test_levels_are_held_against_a_scale_that_is_whole() -> None:
    """Where a level of the scale is faulty itself, nobody knows which levels there are."""
    assessed = table(level=Column(np.array([1, 5, 0]), np.array([True, True, False])))
    for given, codes in (((True, True), [("OUT-OF-SCALE", 3)]), ((True, False), [])):
        tables = {name: Table.empty(name) for name in ("people", "skills", "roles")}
        tables["scale"] = table("scale", level=Column(np.array([1, 2]), np.array(given)))
        log = FaultLog()
        References.of(tables, frozenset()).check_levels(assessed, "level", log)
        assert found(log) == codes


def test_rows_repeat_an_earlier_one_in_all_of_some_columns() -> None:
    """Empty cells repeat nothing; each later row is told with the first."""
    rows = table(a=texts("x", "y", "x", "", "x", ""), b=texts("1", "1", "1", "1", "1", "1"))
    later, first = repeated(rows, ["a", "b"])
    assert (later.tolist(), first.tolist()) == ([2, 4], [0, 0])
    log = FaultLog()
    check_repeated(rows, ["a", "b"], "DUPLICATE-POST", log, remedy="Keep one.")
    assert found(log) == [("DUPLICATE-POST", 4), ("DUPLICATE-POST", 6)]
    assert "'x' '1' stands also on line 2" in log.errors()[0].problem
    assert log.rows == {"posts": {0, 2, 4}}, "nobody knows which of them is right"


@pytest.mark.parametrize(("strictly", "lines"), [(False, [3]), (True, [2, 3])])
def test_days_are_in_order_and_open_ends_are_no_days(strictly: bool, lines: list[int]) -> None:
    log = FaultLog()
    first, last = ("2026-01-02", "2026-01-02", "2026-01-02", ""), ("2026-01-02", "2026-01-01", "", "2026-01-01")
    rows = table(first=days(*first), last=days(*last))
    check_order(rows, "first", "last", log, strictly=strictly)
    assert found(log) == [("DATE-ORDER", line) for line in lines]
