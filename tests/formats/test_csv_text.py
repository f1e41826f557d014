"""Files of CSV text as cells: encodings, line ends, quotes, limits, and files that are none."""

import os
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.errors import InputError
from taskmentor.formats import csv_text
from taskmentor.formats.csv_text import Limits
from taskmentor.formats.reading import read_organisation
from tests.models.small import ALL_FILES, FILES, PEOPLE, faults, written


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(tmp_path: Path, end: str) -> None:
    """A file of CR alone is not one giant row (case 17), and a missing last line end is no fault."""
    written(tmp_path, {name: text.rstrip("\n").replace("\n", end) for name, text in ALL_FILES.items()})
    assert read_organisation(tmp_path).digest == read_organisation(written(tmp_path / "plain", ALL_FILES)).digest


def test_a_byte_order_mark_at_the_start_and_other_encodings_by_name_are_read(tmp_path: Path) -> None:
    """Excel writes a BOM; what is not UTF-8 is read when the caller says so."""
    plain = read_organisation(written(tmp_path / "plain", ALL_FILES))
    for encoding, named in (("utf-8-sig", "UTF-8"), ("utf-16", "utf-16"), ("latin-1", "latin-1")):
        folder = written(tmp_path / encoding, {name: text.encode(encoding) for name, text in ALL_FILES.items()})
        assert read_organisation(str(folder), encoding=named).digest == plain.digest


def test_lines_are_those_of_the_file_with_quoted_line_ends_and_empty_lines(tmp_path: Path) -> None:
    """Otherwise nobody finds the row; CR LF inside a cell is one line end, and stays what it was."""
    text = 'person_id,name\n\na,"x\ny, ""z"""\nb,"x\r\ny\rz"\n\nc d,e\n'
    (found,) = faults(lambda: read_organisation(written(tmp_path, FILES | {"people": text})))
    assert (found.code, found.line) == ("BAD-ID", 9)
    written(tmp_path, {"people": text.replace("c d", "cd")})
    assert read_organisation(tmp_path).people.names.tolist() == ['x\ny, "z"', "x\r\ny\rz", "e"]


def test_rows_of_commas_only_are_empty_lines(tmp_path: Path) -> None:
    """Spreadsheets write some after the last row, as wide as they like."""
    text = "\n,,\nperson_id,name,grade\na,b,1\n,,\nc,d,x\n,\n,,,,\n,,"
    (found,) = faults(lambda: read_organisation(written(tmp_path, FILES | {"people": text})))
    assert (found.code, found.line) == ("NOT-A-NUMBER", 6)
    assert len(read_organisation(written(tmp_path, {"people": text.replace("x", "2")})).people) == 2


def test_numbers_are_never_guarded() -> None:
    """Behind an apostrophe a spreadsheet takes -5 for a text, and a reader of our own for a number."""
    cells = [-5, np.int64(-5), Decimal("-0.5"), "-5", "=1", None, date(2026, 1, 1)]
    assert list(csv_text.csv_text([cells])) == ["-5,-5,-0.5,'-5,'=1,,2026-01-01\n"]
    assert list(csv_text.csv_text([cells], formula_guard=False)) == ["-5,-5,-0.5,-5,=1,,2026-01-01\n"]


def test_lines_are_right_over_many_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large files are split in parts; a fault in the last one has the line of the file."""
    monkeypatch.setattr(csv_text, "_CHUNK", 50)
    rows = "".join(f'p{n},"a\nb"\n\n' for n in range(100))
    (found,) = faults(lambda: read_organisation(written(tmp_path, FILES | {"people": f"person_id,name\n{rows}c d,\n"})))
    assert (found.code, found.line) == ("BAD-ID", 302)


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    """Case 18: a folder, a pipe (which would be waited on for ever) and /dev/zero (which never ends)."""
    written(tmp_path, FILES)
    for make in (lambda path: path.mkdir(), os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        (tmp_path / "people.csv").unlink()
        make(tmp_path / "people.csv")
        (found,) = faults(lambda: read_organisation(tmp_path))
        assert (found.code, found.table) == ("NOT-A-FILE", "people.csv")
        if (tmp_path / "people.csv").is_dir():
            (tmp_path / "people.csv").rmdir()
            (tmp_path / "people.csv").touch()


def test_limits_of_bytes_rows_and_faults_hold(tmp_path: Path) -> None:
    """Case 25, without 10^9 rows: nothing above a limit is read, and the limit is named."""
    written(tmp_path, FILES)
    found = faults(lambda: read_organisation(tmp_path, limits=Limits(rows=3)))
    assert [(fault.code, fault.table) for fault in found] == [
        ("TOO-MANY-ROWS", "scale.csv"), ("TOO-MANY-ROWS", "people.csv"),
    ]  # fmt: skip
    (large,) = faults(lambda: read_organisation(tmp_path, limits=Limits(file_bytes=100)))
    assert (large.code, large.table) == ("TOO-LARGE", "people.csv")
    assert "100 bytes" in large.problem
    written(tmp_path, {"people": PEOPLE + "a b,,\n" * 10})
    with pytest.raises(InputError) as caught:
        read_organisation(tmp_path, limits=Limits(faults=3))
    assert (len(caught.value.faults), caught.value.n_faults) == (3, 10)
    assert "7 more faults" in str(caught.value)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Case 26: half of a file that is being written is still well-formed."""
    written(tmp_path, FILES)
    stamps = iter([(10, 1), (9, 2)] * len(FILES))
    monkeypatch.setattr(csv_text, "_stamp", lambda opened: next(stamps))
    found = faults(lambda: read_organisation(tmp_path))
    assert {fault.code for fault in found} == {"FILE-CHANGED"}
    assert len(found) == len(FILES)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PermissionError alone would not say what else is wrong."""
    written(tmp_path, FILES)
    plain = Path.open

    def forbidden(path: Path, mode: str) -> object:
        if path.name == "people.csv":
            raise PermissionError(13, "Permission denied")
        return plain(path, mode)

    monkeypatch.setattr(Path, "open", forbidden)
    (found,) = faults(lambda: read_organisation(tmp_path))
    assert (found.code, found.table) == ("NOT-READABLE", "people.csv")
    assert "Permission denied" in found.problem


@given(data=st.binary(max_size=200) | st.text('a,"\n\r;\0', max_size=40).map(str.encode))
def test_no_file_makes_the_reader_stumble(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever the bytes, the answer is an organisation or an InputError whose faults have one line each."""
    folder = written(tmp_path_factory.mktemp("bytes"), FILES | {"people": data, "pins": data})
    with pytest.raises(InputError) as caught:
        read_organisation(folder)
    shutil.rmtree(folder)
    assert all("\n" not in str(fault) for fault in caught.value.faults)


CELLS = st.text("ab,\"\n\r='", max_size=5)


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS), min_size=1, max_size=5))
def test_cells_come_back_exactly_with_their_lines(rows: list[tuple[str, str]]) -> None:
    """The reader undoes what the writer does, and lines are those of the written text."""
    lines = list(csv_text.csv_text([("a", "b"), *rows]))
    grid = csv_text.read_grid("".join(lines).encode(), "x.csv", encoding="utf-8", limits=Limits())
    columns = [[cells[place] for place in places] for places, cells in zip(grid.columns, grid.cells, strict=True)]
    assert list(zip(*columns, strict=True)) == rows
    starts = [
        1 + len("".join(lines[:n]).replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1 for n in range(len(lines))
    ]
    assert grid.lines.tolist() == starts[1:]
