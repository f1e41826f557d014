"""The table of when people are there: what its rows say, and every fault at once."""

from datetime import date
from typing import Any

import pytest

from taskmentor.formats.reading import organisation_from_rows, read_organisation
from taskmentor.formats.writing import write_organisation
from taskmentor.models.availability import LONGEST_DAY, clock_text, minute_of_day
from tests.models.small import all_rows, faults, small_rows

HEAD: dict[str, Any] = {"person_id": "ann", "kind": "weekly", "weekday": "mon", "from": "09:00", "until": "12:00"}
DATED = HEAD | {"kind": "extra", "weekday": None, "from_on": "2026-03-28"}


def test_rows_are_columns() -> None:
    rows = organisation_from_rows(all_rows()).availability
    assert len(rows) == 4
    assert rows.kind.tolist() == [0, 0, 1, 2]
    assert rows.weekday.tolist() == [0, 1, -1, -1]
    assert rows.from_minute.tolist() == [540, 795, 600, 0]
    assert rows.until_minute.tolist() == [750, LONGEST_DAY, 660, LONGEST_DAY]
    assert rows.until_on[2:].tolist() == [date(2026, 3, 28), date(2026, 4, 3)], "a row of one day ends on it"


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_what_is_written_reads_back(tmp_path: Any, format: Any) -> None:
    before = organisation_from_rows(all_rows())
    write_organisation(before, tmp_path, format=format)
    after = read_organisation(tmp_path).availability
    for name in ("person", "kind", "weekday", "from_minute", "until_minute"):
        assert getattr(after, name).tolist() == getattr(before.availability, name).tolist()
    for name in ("from_on", "until_on"):
        assert getattr(after, name).astype(str).tolist() == getattr(before.availability, name).astype(str).tolist()


def test_no_plan_depends_on_it() -> None:
    tables = all_rows()
    before = organisation_from_rows(tables).digest
    del tables["availability"]
    without = organisation_from_rows(tables)
    assert without.digest == before
    assert len(without.availability) == 0


BAD: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (HEAD | {"person_id": "zoe"}, [("UNKNOWN-PERSON", "person_id")]),
    (HEAD | {"person_id": "dee"}, [("NO-ZONE", "person_id")]),
    (HEAD | {"kind": "sometimes"}, [("BAD-CHOICE", "kind")]),
    (HEAD | {"kind": None}, [("MISSING-VALUE", "kind")]),
    (HEAD | {"weekday": None}, [("MISSING-VALUE", "weekday")]),
    (HEAD | {"weekday": "monday"}, [("BAD-CHOICE", "weekday")]),
    (HEAD | {"from": "9:00"}, [("BAD-TIME", "from")]),
    (HEAD | {"until": None, "from": None}, [("MISSING-VALUE", "from"), ("MISSING-VALUE", "until")]),
    (HEAD | {"until": "09:00"}, [("TIME-ORDER", "until")]),
    (HEAD | {"from_on": "2026-02-01", "until_on": "2026-01-01"}, [("DATE-ORDER", "until_on")]),
    (DATED | {"from_on": None}, [("MISSING-VALUE", "from_on")]),
    (DATED | {"weekday": "sat"}, [("CONFLICTING-CELLS", "weekday")]),
    (DATED | {"kind": "away", "until": None}, [("MISSING-VALUE", "until")]),
    (DATED | {"until_on": "2026-03-27", "until": "08:00"}, [("TIME-ORDER", "until"), ("DATE-ORDER", "until_on")]),
]


@pytest.mark.parametrize(("row", "expected"), BAD)
def test_a_row_that_says_nothing_is_refused(row: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = faults(lambda: organisation_from_rows({**small_rows(), "availability": [row]}))
    assert sorted((fault.code, fault.column) for fault in found) == sorted(expected)


def test_all_faults_of_the_table_come_together_and_can_be_left_out() -> None:
    rows = [HEAD, *(row for row, _ in BAD), DATED]
    tables = {**small_rows(), "availability": rows}
    assert len(faults(lambda: organisation_from_rows(tables))) == sum(len(expected) for _, expected in BAD)
    kept = organisation_from_rows(tables, on_error="quarantine")
    assert len(kept.availability) == 2
    assert [(one.table, one.rows) for one in kept.left_out] == [("availability", len(BAD))]


def test_times_of_day_are_minutes() -> None:
    assert [minute_of_day(clock_text(minute)) for minute in range(LONGEST_DAY + 1)] == list(range(LONGEST_DAY + 1))
