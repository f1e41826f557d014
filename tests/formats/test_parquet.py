"""Parquet files: the same organisation and the same faults as from CSV, damage is found, and sizes are known before."""

import csv
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taskmentor.errors import Fault, InputError, UnsupportedError
from taskmentor.formats.csv_text import Limits, UnreadableError
from taskmentor.formats.parquet import read_parquet, write_parquet
from taskmentor.formats.reading import organisation_from_rows, read_model, read_organisation
from taskmentor.formats.schema import TABLES
from taskmentor.formats.writing import write_organisation
from taskmentor.models.tables import Column, FaultLog
from tests.formats.test_reading import BAD, WARNED, Bad
from tests.models.small import ALL_FILES, FILES, PEOPLE, all_rows, arrow_table, faults, written, written_as_parquet

PEOPLE_RULE = next(rule for rule in TABLES if rule.name == "people")


def parquet(table: pa.Table, **options: object) -> bytes:
    """Return the bytes of a Parquet file with checksums."""
    file = BytesIO()
    pq.write_table(table, file, **{"write_page_checksum": True, **options})
    return file.getvalue()


def refusal(data: bytes, limits: Limits | None = None) -> Fault:
    """Return the one fault for which a file of people cannot be read."""
    with pytest.raises(UnreadableError) as caught:
        read_parquet(data, "people.parquet", PEOPLE_RULE, FaultLog(), limits or Limits())
    (fault,) = caught.value.faults
    return fault


# --- the same as from CSV


def test_parquet_files_are_the_same_organisation(tmp_path: Path) -> None:
    """Also beside CSV files, and also as they are written here."""
    organisation = read_organisation(written(tmp_path / "csv", ALL_FILES))
    found = read_organisation(written_as_parquet(tmp_path / "parquet", ALL_FILES), strict=True)
    assert (found.digest, found.model, list(found.people)) == (
        organisation.digest, organisation.model, list(organisation.people),
    )  # fmt: skip
    write_organisation(organisation, tmp_path / "own", format="parquet")
    assert read_organisation(tmp_path / "own", strict=True).digest == organisation.digest
    assert read_model(tmp_path / "own") == organisation.model
    mixed = written(tmp_path / "mixed", {name: ALL_FILES[name] for name in ("people", "scale")})
    written_as_parquet(mixed, {name: text for name, text in ALL_FILES.items() if name not in ("people", "scale")})
    assert read_organisation(mixed).digest == organisation.digest


def is_typed(bad: Bad) -> bool:
    """Return whether a bad CSV text could stand in the columns of a Parquet file."""
    try:
        return isinstance(bad.text, str) and len(arrow_table(bad.text)) > 0
    except (ValueError, OverflowError, csv.Error):
        return False


# What only a text file can have, or names of columns, which stand on no line here.
OF_CSV = {"STRAY-BOM", "NUL-BYTE", "UNCLOSED-QUOTE", "STRAY-QUOTE", "DELIMITER", "MISSING-COLUMN", "DUPLICATE-COLUMN"}
TYPED = [bad for bad in BAD if is_typed(bad) and bad.code not in OF_CSV]


def test_most_bad_inputs_can_be_given_in_parquet_too() -> None:
    assert len(TYPED) > 40


@pytest.mark.parametrize("bad", TYPED, ids=[bad.case for bad in TYPED])
def test_a_bad_input_is_the_same_fault_in_its_row(tmp_path: Path, bad: Bad) -> None:
    """One grammar for both formats: code, column and remedy are those of CSV, and rows are counted from 1."""
    assert isinstance(bad.text, str)
    written_as_parquet(tmp_path, FILES)
    written_as_parquet(tmp_path, {bad.table: bad.text})
    (found,) = faults(lambda: read_organisation(tmp_path))
    assert (found.code, found.table, found.column) == (bad.code, f"{bad.table}.parquet", bad.column)
    assert found.line == (None if bad.line is None else bad.line - 1)
    assert bad.remedy in found.remedy
    assert "line" in bad.words or bad.words in found.problem
    assert f"{found.table} row {found.line}" in str(found) or found.line is None


@pytest.mark.parametrize(("table", "text", "code", "line", "column"), [case[1:6] for case in WARNED[:-1]])
def test_what_is_odd_is_the_same_warning(
    tmp_path: Path, table: str, text: str, code: str, line: int, column: str
) -> None:
    written_as_parquet(tmp_path, FILES | {table: text})
    (warning,) = read_organisation(tmp_path).warnings
    of_header = code == "UNKNOWN-COLUMN"
    assert (warning.code, warning.line, warning.column) == (code, None if of_header else line - 1, column)


def test_a_near_miss_of_a_files_name_is_named(tmp_path: Path) -> None:
    written_as_parquet(tmp_path, FILES | {"assessment": ALL_FILES["assessments"]})
    (warning,) = read_organisation(tmp_path).warnings
    assert (warning.code, warning.table) == ("UNKNOWN-FILE", "assessment.parquet")
    assert "did you mean assessments.parquet?" in warning.problem


def test_a_table_in_both_formats_is_refused(tmp_path: Path) -> None:
    """Nobody knows which of the two counts."""
    written_as_parquet(written(tmp_path, FILES), {"people": PEOPLE + "a,,\n"})
    (found,) = faults(lambda: read_organisation(tmp_path))
    assert (found.code, found.table) == ("DUPLICATE-TABLE", "people.csv")
    assert found.problem == "there is people.parquet too"


@pytest.mark.parametrize(("header", "code"), [("name,grade\n", "MISSING-COLUMN"), (PEOPLE, "NO-ROWS")])
def test_columns_are_looked_at_also_where_there_are_no_rows(tmp_path: Path, header: str, code: str) -> None:
    (found,) = faults(lambda: read_organisation(written_as_parquet(tmp_path, FILES | {"people": header})))
    assert found.code == code


def test_faulty_rows_are_left_out_on_request(tmp_path: Path) -> None:
    written_as_parquet(tmp_path, FILES | {"people": PEOPLE + "a,,\nb,,zz\nc d,,\n"})
    organisation = read_organisation(tmp_path, on_error="quarantine")
    assert organisation.people.ids.tolist() == ["a"]
    assert [(one.table, one.rows) for one in organisation.left_out] == [("people", 2)]


# --- what is no Parquet file, or not a whole one

PLAIN = parquet(arrow_table(PEOPLE + "a,Ann,\nb,Bob,a\n"))
EXPLOSIVE = parquet(pa.table({"person_id": ["x" * 4_000] * 10_000}), use_dictionary=False, compression="zstd")


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "EMPTY-FILE", "nothing in it"),
        (b"person_id\na\n", "WRONG-FORMAT", "PAR1"),
        (b"PAR1", "CORRUPT-FILE", "damaged"),
        (PLAIN[:-1], "CORRUPT-FILE", "its end is missing"),
        (PLAIN[:100] + PLAIN[-60:], "CORRUPT-FILE", "damaged"),
        (parquet(pa.table({"person_id": ["a"]} | {f"x_{n}": [1] for n in range(64)})), "TOO-MANY-COLUMNS", "64"),
        (EXPLOSIVE, "EXPANSION-RATIO", "40,"),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_named_fault(data: bytes, code: str, words: str) -> None:
    """Cases 19, 20 and 24 of the bad inputs."""
    found = refusal(data)
    assert (found.code, found.table) == (code, "people.parquet")
    assert words in found.problem
    assert found.remedy


@pytest.mark.parametrize(
    ("limits", "code", "remedy"),
    [
        (Limits(frame_rows=1), "TOO-MANY-ROWS", "frame_rows"),
        (Limits(decoded_bytes=10), "TOO-LARGE", "decoded_bytes"),
        (Limits(expansion=0), "EXPANSION-RATIO", "expansion"),
    ],
)
def test_a_footer_that_announces_too_much_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, limits: Limits, code: str, remedy: str
) -> None:
    """Cases 23 and 25."""
    monkeypatch.delattr(pq.ParquetFile, "read_row_group")
    found = refusal(PLAIN, limits)
    assert (found.code, remedy in found.remedy) == (code, True)


def test_what_is_read_is_counted_again() -> None:
    """Sizes in a footer are what whoever wrote it wants to be believed: here a number takes less than a byte."""
    table = pa.table({"x_a": np.zeros(100_000, np.int64)})
    found = refusal(parquet(table), Limits(decoded_bytes=500_000, expansion=10**6))
    assert (found.code, "812,500" in found.problem) == ("TOO-LARGE", True)


def test_too_little_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_: object, **__: object) -> pa.Table:
        raise MemoryError("malloc of size 4096 failed")

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", short)
    found = refusal(PLAIN)
    assert (found.code, "malloc of size 4096 failed" in found.problem) == ("TOO-LARGE", True)


# Flips in the footer are left to readers in a process of their own: a few of them end the process.
PAGES = len(PLAIN) - 8 - int.from_bytes(PLAIN[-8:-4], "little")


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_of_a_page_is_found(bit: int) -> None:
    """Case 21: without checksums it would be read as something else."""
    whole = read_parquet(PLAIN, "people.parquet", PEOPLE_RULE, FaultLog(), Limits())
    found = 0
    for place in range(bit, PAGES, 3):
        data = bytearray(PLAIN)
        data[place] ^= 1 << bit
        try:
            grid = read_parquet(bytes(data), "people.parquet", PEOPLE_RULE, FaultLog(), Limits())
        except UnreadableError:
            found += 1
        else:  # what the reader does not look at, such as the statistics of a page
            assert grid.cells == whole.cells
            assert all(map(np.array_equal, grid.columns, whole.columns))
    assert found > PAGES / 6


def test_a_footer_that_names_a_column_otherwise_is_found() -> None:
    """A footer has no checksum, but says each name twice; else `manager_id` could become a column nobody knows."""
    assert PLAIN.count(b"manager_id") >= 2
    found = refusal(PLAIN[:PAGES] + PLAIN[PAGES:].replace(b"manager_id", b"manager_iD", 1))
    assert (found.code, "'manager_iD'" in found.problem or "'manager_id'" in found.problem) == ("CORRUPT-FILE", True)


@pytest.mark.parametrize("dictionary", [True, False])
def test_a_file_without_checksums_is_read_with_a_warning(tmp_path: Path, dictionary: bool) -> None:
    """Most programs write none."""
    written_as_parquet(tmp_path, FILES)
    data = parquet(arrow_table(FILES["people"]), write_page_checksum=False, use_dictionary=dictionary)
    (tmp_path / "people.parquet").write_bytes(data)
    (warning,) = read_organisation(tmp_path).warnings
    assert (warning.code, warning.table, warning.line) == ("NO-CHECKSUM", "people.parquet", None)
    assert "write_page_checksum=True" in warning.remedy
    (error,) = faults(lambda: read_organisation(tmp_path, strict=True))
    assert error.code == "NO-CHECKSUM"
    data = parquet(arrow_table(FILES["people"]), use_dictionary=dictionary, data_page_version="2.0")
    (tmp_path / "people.parquet").write_bytes(data)
    assert read_organisation(tmp_path, strict=True).warnings == ()


def test_a_page_header_that_is_none_has_no_checksum() -> None:
    """Whether it is damaged is for the reader of pages to say."""
    offset = pq.ParquetFile(BytesIO(PLAIN)).metadata.row_group(0).column(0).dictionary_page_offset
    log = FaultLog()
    with pytest.raises(UnreadableError):
        read_parquet(PLAIN[:offset] + b"\0" + PLAIN[offset + 1 :], "people.parquet", PEOPLE_RULE, log, Limits())
    assert [warning.code for warning in log.warnings()] == ["NO-CHECKSUM"]


# --- writing


def test_the_same_organisation_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order of the rows it was read from."""
    tables = all_rows()
    write_organisation(organisation_from_rows(tables), tmp_path / "one", format="parquet")
    for rows in tables.values():
        rows.reverse()
    write_organisation(organisation_from_rows(tables), tmp_path / "two", format="parquet")
    for name in ("people", "assessments", "skills"):
        one, two = (tmp_path / folder / f"{name}.parquet" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_columns_have_the_types_that_others_expect(tmp_path: Path) -> None:
    write_organisation(organisation_from_rows(all_rows()), tmp_path, format="parquet")
    people, assessed = (pq.read_schema(tmp_path / f"{name}.parquet") for name in ("people", "assessments"))
    types = {name: people.field(name).type for name in ("person_id", "capacity", "joined_on", "x_floor", "x_code")}
    assert types == {
        "person_id": pa.string(), "capacity": pa.int32(), "joined_on": pa.date32(), "x_floor": pa.int64(),
        "x_code": pa.string(),
    }  # fmt: skip
    assert assessed.field("level").type == pa.int8()


def test_only_the_labels_that_occur_in_rows_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million ids must not stand in the dictionary of a column that names three of them, nor in each row group."""
    monkeypatch.setattr("taskmentor.formats.parquet._ROWS_OF_A_GROUP", 2)
    codes, labels = np.array([5, 5, 999, 0, 7]), tuple(f"p{n:03}" for n in range(1_000))
    column = Column(codes, codes > 0, labels)
    write_parquet(tmp_path / "a.parquet", {"a": column})
    file = pq.ParquetFile(tmp_path / "a.parquet", read_dictionary=["a"])
    groups = [file.read_row_group(place)["a"].chunk(0) for place in range(file.metadata.num_row_groups)]
    assert [group.dictionary.to_pylist() for group in groups] == [["p005"], ["p999"], ["p007"]]
    assert [value for group in groups for value in group.to_pylist()] == ["p005", "p005", "p999", None, "p007"]


@pytest.mark.parametrize("missing", ["pyarrow", "narwhals"])
def test_the_extra_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    folder = written_as_parquet(tmp_path, FILES)
    organisation = read_organisation(folder)
    monkeypatch.setitem(sys.modules, missing, None)
    for call in (lambda: read_organisation(folder), lambda: write_organisation(organisation, folder, format="parquet")):
        with pytest.raises(UnsupportedError, match=r"install the extra taskmentor\[frames\]"):
            call()


def test_files_of_the_other_format_are_replaced_when_asked(tmp_path: Path) -> None:
    """Else a folder would hold two organisations."""
    organisation = organisation_from_rows(all_rows())
    write_organisation(organisation, tmp_path)
    with pytest.raises(InputError, match=r"people\.csv"):
        write_organisation(organisation, tmp_path, format="parquet")
    write_organisation(organisation, tmp_path, format="parquet", overwrite=True)
    assert {file.suffix for file in tmp_path.iterdir()} == {".parquet"}
    assert read_organisation(tmp_path).digest == organisation.digest


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="format='xlsx' is not one of 'csv' and 'parquet'"):
        write_organisation(organisation_from_rows(all_rows()), tmp_path, format="xlsx")  # type: ignore[arg-type]
