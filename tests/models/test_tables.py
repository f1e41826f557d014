"""Typed tables and the log of what is wrong with them."""

import numpy as np

from taskmentor.errors import Fault
from taskmentor.models.tables import Column, FaultLog, Table, row_keys

TABLE = Table(
    name="people",
    source="people.csv",
    lines=np.array([2, 3, 7]),
    columns={
        "id": Column(np.array([1, 0, 2]), np.array([True, False, True]), ("", "a", "b")),
        "grade": Column(np.array([4, 0, 5]), np.array([True, False, True])),
        "day": Column(np.array(["2026-01-01", "NaT", "NaT"], "datetime64[D]"), np.array([True, False, False])),
    },
)


def test_a_missing_column_is_one_of_empty_cells() -> None:
    """Functions need not ask whether an optional column was there."""
    assert TABLE.texts("id").tolist() == TABLE.strings("id") == ["a", "", "b"]
    assert TABLE.texts("none").tolist() == TABLE.strings("none") == ["", "", ""]
    assert TABLE.numbers("grade", -1).tolist() == [4, -1, 5]
    assert TABLE.numbers("none", 7).tolist() == [7, 7, 7]
    assert TABLE.days("day").tolist()[1:] == TABLE.days("none").tolist()[1:] == [None, None]
    assert TABLE.given("id").tolist() == [True, False, True]
    assert TABLE.given("none").tolist() == [False, False, False]
    assert (TABLE.has("id"), TABLE.has("none"), TABLE.text("id", 2), len(TABLE)) == (True, False, "b", 3)


def test_some_rows_of_a_table_keep_their_lines() -> None:
    """A fault that is found after rows were left out must still name the line of the file."""
    taken = TABLE.take(np.array([2, 0]))
    assert (taken.lines.tolist(), taken.strings("id"), taken.numbers("grade", 0).tolist()) == (
        [7, 2],
        ["b", "a"],
        [5, 4],
    )


def fault(code: str, line: int | None = None, table: str = "people.csv") -> Fault:
    return Fault(code=code, table=table, problem="x", line=line)


def test_the_log_keeps_some_faults_in_words_and_counts_all() -> None:
    """A file of five million faults must not fill the memory; warnings do not take the place of errors."""
    log = FaultLog(limit=2)
    log.rows_of(TABLE, np.array([0, 1, 2]), "ODD", "id", lambda row: f"row {row}", remedy="Mend it.", warning=True)
    log.rows_of(TABLE, np.array([2, 1, 0]), "BAD", "id", lambda row: f"row {row}", remedy="Mend it.")
    assert (log.n_warnings, log.n_errors, log.rows, log.whole) == (3, 3, {"people": {0, 1, 2}}, False)
    assert [(error.line, error.severity, error.problem) for error in log.errors()] == [
        (3, "error", "row 1"), (7, "error", "row 2"),
    ]  # fmt: skip
    assert [(warning.line, warning.severity) for warning in log.warnings()] == [(2, "warning"), (3, "warning")]
    log.found(fault("LATE"))
    for _ in range(3):
        log.found(fault("LATER"))
    assert (log.n_errors, len(log.kept), len(log.kept_whole), log.whole) == (7, 2, 2, True)
    assert [error.code for error in log.errors()] == ["LATE", "LATER"]


def test_a_strict_log_has_no_warnings() -> None:
    """Strict means that what is odd stops the reading."""
    log = FaultLog(strict=True)
    log.rows_of(TABLE, np.array([1]), "ODD", "id", str, remedy="Mend it.", warning=True)
    log.found(Fault(code="ODD", table="people.csv", problem="x", severity="warning"))
    assert (log.n_errors, log.n_warnings, log.whole, log.rows) == (2, 0, True, {"people": {1}})
    assert {error.severity for error in log.errors()} == {"error"}


def test_faults_with_a_line_spoil_that_row_only() -> None:
    """Quarantine leaves out the row that is named, and nothing else."""
    log = FaultLog()
    log.found_all([fault("ROW", 7), fault("TABLE"), fault("OTHER", 2, "x.csv")], {"people": TABLE})
    assert (log.rows, log.n_errors, log.whole) == ({"people": {2}}, 3, True)
    log.spoil(TABLE, np.array([0]))
    log.spoil(Table(name="none", source="none", lines=np.zeros(0, np.int64)), np.zeros(0, np.int64))
    assert log.rows == {"people": {0, 2}}
    assert [error.code for error in log.errors()] == ["TABLE", "ROW", "OTHER"]


def test_faults_are_told_in_the_order_of_tables_and_whole_tables_are_never_cut() -> None:
    """However many rows are faulty; and what is odd about names comes before what is odd about rows."""
    log = FaultLog(limit=3, order=("scale", "people"))
    log.rows_of(TABLE, np.array([0, 1, 2]), "BAD", "id", str, remedy="Mend it.")
    for found in (fault("MISSING-COLUMN", 1), fault("LATE", None, "scale")):
        log.found(found)
    assert [(error.table, error.code) for error in log.errors()] == [
        ("scale", "LATE"), ("people.csv", "MISSING-COLUMN"), ("people.csv", "BAD"),
    ]  # fmt: skip
    for code, table in (("ODD", "scale.csv"), ("UNKNOWN-COLUMN", "people.csv"), ("UNKNOWN-FILE", "peple.csv")):
        log.found(Fault(code=code, table=table, problem="x", line=1, severity="warning"))
    assert [warning.code for warning in log.warnings()] == ["UNKNOWN-FILE", "UNKNOWN-COLUMN", "ODD"]


def test_a_reference_can_be_emptied_whether_or_not_another_is_empty() -> None:
    """What is emptied is as if nothing had been there."""
    emptied = TABLE.emptied("id", np.array([0]))
    assert (emptied.strings("id"), emptied.given("id").tolist()) == (["", "", "b"], [False, False, True])
    assert TABLE.strings("id") == ["a", "", "b"]
    full = Column(np.array([1, 0]), np.array([True, True]), ("a", "b")).emptied(np.array([1]))
    assert (full.texts.tolist(), full.given.tolist()) == (["b", ""], [True, False])


def test_row_keys_order_rows_as_their_columns_do() -> None:
    """Negative numbers, days, and numbers whose ranges together are more than fits into one."""
    small = np.array([2, -1, 2, 2, -1])
    days = np.array(["2026-01-02", "2026-01-01", "2026-01-02", "2025-01-01", "2027-01-01"], "datetime64[D]")
    wide = np.array([2**61, 0, 2**61, 5, 2**60])
    for columns in ((small,), (small, days), (wide, days), (days, wide), (wide, small, wide), (wide, wide, wide)):
        keys = row_keys(columns)
        assert np.argsort(keys, kind="stable").tolist() == np.lexsort(columns[::-1]).tolist()
        rows = list(zip(*(column.tolist() for column in columns), strict=True))
        assert len(np.unique(keys)) == len(set(rows))
    assert row_keys((small[:0], days[:0])).tolist() == []
