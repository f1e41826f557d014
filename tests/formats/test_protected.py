"""The table of protected attributes: every format, every fault at once, and no group in a message."""

from datetime import date
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest
from numpy.random import default_rng

from taskmentor.errors import InputError
from taskmentor.formats.reading import (
    organisation_from_rows,
    protected_from_frames,
    protected_from_rows,
    read_protected,
)
from taskmentor.formats.writing import write_protected
from taskmentor.models.protected import ProtectedAttributes
from tests.organisations import Row, organisation, random_tables

STAFF = organisation("ann bob cat")
ROWS: list[Row] = [
    {"person_id": "ann", "attribute": "sex", "group": "f", "consented_on": date(2026, 1, 5)},
    {"person_id": "bob", "attribute": "sex", "group": "m", "consented_on": "2026-02-05", "withdrawn_on": "2026-03-01"},
    {"person_id": "ann", "attribute": "ethnicity", "group": "=wide, with comma", "consented_on": "2026-01-05"},
]


def told(protected: ProtectedAttributes) -> list[tuple[str, str, str, date, date | None]]:
    return [
        (
            str(protected.person_id[row]),
            protected.attribute.label(row),
            protected.group.label(row),
            protected.consented_on[row].item(),
            protected.withdrawn_on[row].item(),
        )
        for row in range(len(protected))
    ]


def test_rows_are_read_as_they_are() -> None:
    protected = protected_from_rows(ROWS, STAFF)
    assert told(protected) == [
        ("ann", "sex", "f", date(2026, 1, 5), None),
        ("bob", "sex", "m", date(2026, 2, 5), date(2026, 3, 1)),
        ("ann", "ethnicity", "=wide, with comma", date(2026, 1, 5), None),
    ]
    assert protected.attributes == ("ethnicity", "sex")
    assert len(protected_from_rows([], STAFF)) == 0


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("alone", [False, True])
def test_what_is_written_is_read_back(tmp_path: Path, format: Literal["csv", "parquet"], alone: bool) -> None:
    protected = protected_from_rows(ROWS, STAFF)
    write_protected(protected, tmp_path, format=format)
    place = tmp_path / f"protected.{format}" if alone else tmp_path
    assert told(read_protected(place, STAFF, strict=True)) == told(protected)
    assert told(read_protected(str(place), STAFF, on_trial=True)) == told(protected)
    with pytest.raises(InputError, match="FILE-EXISTS"):
        write_protected(protected, tmp_path)
    write_protected(protected, tmp_path, overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == ["protected.csv"]


def test_a_file_of_any_name_is_read_alone(tmp_path: Path) -> None:
    write_protected(protected_from_rows(ROWS, STAFF), tmp_path)
    other = (tmp_path / "protected.csv").rename(tmp_path / "kept-apart.csv")
    assert len(read_protected(other, STAFF)) == 3


def test_a_data_frame_is_read_too() -> None:
    columns = ("person_id", "attribute", "group", "consented_on", "withdrawn_on")
    frame = pa.table({name: [None if name not in row else str(row[name]) for row in ROWS] for name in columns})
    assert told(protected_from_frames(frame, STAFF)) == told(protected_from_rows(ROWS, STAFF))


FAULTY: list[Row] = [
    *ROWS,
    {"person_id": "zoe", "attribute": "sex", "group": "secret-1", "consented_on": "2026-01-05"},
    {"person_id": "cat", "attribute": "sex", "group": "secret-2", "consented_on": "2026-01-05",
     "withdrawn_on": "2026-01-04"},
    {"person_id": "cat", "attribute": "age", "group": "secret-3", "consented_on": "2026-01-05"},
    {"person_id": "cat", "attribute": "age", "group": "secret-4", "consented_on": "2026-01-05"},
    {"person_id": "cat", "attribute": "sex", "group": None, "consented_on": "2026-01-06"},
]  # fmt: skip


def test_all_faults_are_told_at_once_and_none_tells_a_group() -> None:
    with pytest.raises(InputError) as refused:
        protected_from_rows(FAULTY, STAFF)
    codes = [(fault.code, fault.line) for fault in refused.value.faults]
    assert codes == [("UNKNOWN-PERSON", 4), ("DATE-ORDER", 5), ("DUPLICATE-ATTRIBUTE", 7), ("MISSING-VALUE", 8)]
    assert "secret" not in str(refused.value)


def test_faulty_rows_are_left_out_where_that_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    protected = protected_from_rows(FAULTY, STAFF, on_error="quarantine")
    assert told(protected) == told(protected_from_rows(ROWS, STAFF))
    assert protected.left_out is not None
    assert (protected.left_out.table, protected.left_out.rows) == ("protected", 5)
    assert len(protected.left_out.faults) == 4
    assert "secret" not in caplog.text
    assert protected_from_rows(ROWS, STAFF, on_error="quarantine").left_out is None


def test_a_table_that_cannot_be_read_is_refused_also_where_rows_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "protected.csv").write_text("person_id,attribute\nann,sex\n", encoding="utf-8")
    with pytest.raises(InputError, match="MISSING-COLUMN"):
        read_protected(tmp_path, STAFF, on_error="quarantine")


def test_a_folder_without_the_table_says_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no protected.csv or protected.parquet"):
        read_protected(tmp_path, STAFF)
    (tmp_path / "protectd.csv").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="protected"):
        read_protected(tmp_path, STAFF, strict=True)
    with pytest.raises(InputError, match="NOT-A-FILE nowhere: there is no such file or folder"):
        read_protected(tmp_path / "nowhere", STAFF)


def test_what_is_odd_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    rows = [{**ROWS[0], "wave": "2"}]
    protected = protected_from_rows(rows, STAFF)
    assert [warning.code for warning in protected.warnings] == ["UNKNOWN-COLUMN"]
    assert "UNKNOWN-COLUMN" in caplog.text
    with pytest.raises(InputError, match="UNKNOWN-COLUMN"):
        protected_from_rows(rows, STAFF, strict=True)


def test_an_organisation_does_not_take_the_table() -> None:
    """Given among the other tables it is not read, and the warning says where it belongs."""
    tables = {**random_tables(default_rng(1)), "protected": ROWS}
    found = organisation_from_rows(tables)
    assert [warning.code for warning in found.warnings if warning.table == "protected"] == ["UNKNOWN-TABLE"]
    assert any("protected_from_rows" in warning.remedy for warning in found.warnings)
