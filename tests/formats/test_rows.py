"""Rows in memory: the same organisation as from files, and what is no row."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from taskmentor.formats.csv_text import Limits
from taskmentor.formats.reading import organisation_from_rows, read_organisation
from tests.models.small import ALL_FILES, Rows, all_rows, faults, small_rows, written


def test_rows_in_memory_are_the_same_organisation(tmp_path: Path) -> None:
    """One meaning, whatever the tables come from; days may be dates or texts."""
    organisation = organisation_from_rows(all_rows())
    assert organisation.digest == read_organisation(written(tmp_path, ALL_FILES)).digest
    tables = all_rows()
    for row in tables["assessments"]:
        row["assessed_on"] = date.fromisoformat(str(row["assessed_on"]))
        row["level"] = np.int64(str(row["level"]))
    tables["people"][0]["languages"] = ["uk", "en"]
    tables["people"][0]["x_floor"] = 3
    assert organisation_from_rows({name: iter(rows) for name, rows in tables.items()}).digest == organisation.digest


ROW_FAULTS: list[tuple[dict[str, Rows], str, int | None, str | None]] = [
    ({"requirements": [{"role_id": "lead", "skill_id": "sql", "level": True}]}, "WRONG-TYPE", 1, "level"),
    ({"requirements": [{"role_id": "lead", "skill_id": "sql", "level": float("nan")}]}, "NOT-FINITE", 1, "level"),
    ({"requirements": [{"role_id": "lead", "skill_id": "sql"}]}, "MISSING-COLUMN", None, "level"),
    ({"people": [{"person_id": "a"}, {"person_id": 7}]}, "WRONG-TYPE", 2, "person_id"),
    ({"people": [{"person_id": "a"}, {"person_id": None}]}, "EMPTY-ID", 2, "person_id"),
    ({"people": [{"person_id": "a", "name": ["b"]}]}, "WRONG-TYPE", 1, "name"),
    ({"people": []}, "NO-ROWS", None, None),
    ({"people": [{"person_id": "a"}, "b"]}, "WRONG-SHAPE", 2, None),  # type: ignore[list-item]
    ({"people": [{"person_id": "a", 3: "b"}]}, "WRONG-SHAPE", 1, None),  # type: ignore[dict-item]
    ({"people": [{"person_id": "a", "x_Ü": 1, "x_ü": 1}]}, "DUPLICATE-COLUMN", None, "x_ü"),
    ({"assessments": None}, "WRONG-SHAPE", None, None),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(("tables", "code", "line", "column"), ROW_FAULTS)
def test_faults_of_rows_in_memory_count_rows_from_one(
    tables: dict[str, Rows], code: str, line: int | None, column: str | None
) -> None:
    """There is no file, so the table's own name stands in the message."""
    (found,) = faults(lambda: organisation_from_rows(small_rows() | tables))
    assert (found.code, found.table, found.line, found.column) == (code, next(iter(tables)), line, column)


def test_true_one_and_one_point_zero_are_told_apart() -> None:
    """In Python they are equal and have one hash."""
    people: Rows = [{"person_id": f"p{n}", "grade": grade} for n, grade in enumerate((1, True, 1.0, 1))]
    found = faults(lambda: organisation_from_rows(small_rows() | {"people": people}))
    assert [(fault.code, fault.line) for fault in found] == [("WRONG-TYPE", 2), ("WRONG-TYPE", 3)]


def test_an_unknown_table_in_memory_is_a_warning_and_rows_are_limited() -> None:
    """A misspelt key would be silently forgotten, and a generator may never end."""
    (warning,) = organisation_from_rows(small_rows() | {"assessment": []}).warnings
    assert (warning.code, warning.table) == ("UNKNOWN-TABLE", "assessment")
    assert "'assessments'" in warning.problem
    tables = small_rows()
    tables["peple"] = tables.pop("people")
    (missing,) = faults(lambda: organisation_from_rows(tables))
    assert (missing.code, missing.table) == ("MISSING-TABLE", "people")
    assert "found peple," in missing.problem

    def endless() -> Iterator[dict[str, object]]:
        while True:
            yield {"person_id": "a"}

    (found,) = faults(lambda: organisation_from_rows(small_rows() | {"people": endless()}, limits=Limits(rows=5)))
    assert found.code == "TOO-MANY-ROWS"
