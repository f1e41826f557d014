"""CSV text as RFC 4180 has it, from bytes to cells with their lines and back: strict, and quick on millions of rows."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources.abc import Traversable
from itertools import chain
from numbers import Number
from pathlib import Path
from typing import IO

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, shown

__all__ = ["Codes", "Grid", "Limits", "UnreadableError", "csv_text", "read_bytes", "read_grid", "unguarded",
           "write_table"]  # fmt: skip


@frozen(kw_only=True)
class Limits:
    """How much of everything is read before a file is refused.

    Attributes:
        file_bytes: Bytes of one file.
        decoded_bytes: Bytes that one Parquet file may become in memory.
        expansion: How many times its own size that may be.
        rows: Rows of one table of a CSV file or in memory.
        frame_rows: Rows of one Parquet file or data frame.
        columns: Columns of one table.
        cell_characters: Characters of one cell.
        faults: Errors, and warnings, that are kept in words; the rest is counted.
        reporting_levels: Levels of managers above each other.
    """

    file_bytes: int = 2 * 1024**3
    decoded_bytes: int = 8 * 1024**3
    expansion: int = 200
    rows: int = 5_000_000
    frame_rows: int = 50_000_000
    columns: int = 64
    cell_characters: int = 4_096
    faults: int = 1_000
    reporting_levels: int = 10_000


@frozen(eq=False, kw_only=True)
class Grid:
    """A table before its cells are looked at: each column as places in its different cells.

    Attributes:
        source: What messages call it.
        header: The names of the columns.
        header_line: The line they stand on; None for rows in memory.
        lines: The line of each row. Shape (n,).
        columns: For each column the place of every row's cell in `cells`. Shape (n,) each.
        cells: For each column its different cells; texts, or any values for rows in memory.
        ragged: How many cells a row has, for rows that have too many or too few; all but their first cell are empty.
    """

    source: str
    header: tuple[str, ...]
    header_line: int | None
    lines: NDArray[np.int64]
    columns: tuple[NDArray[np.int32], ...]
    cells: tuple[tuple[object, ...], ...]
    ragged: dict[int, int]

    def __len__(self) -> int:
        return len(self.lines)


class Codes(dict[object, int]):
    """The place of each different key, in the order in which they are first asked for."""

    def __missing__(self, key: object) -> int:
        self[key] = place = len(self)
        return place


class UnreadableError(Exception):
    """Nothing can be said about a file but why it cannot be read; never leaves the readers."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__(*faults)


# --- from a file to bytes


def read_bytes(file: Traversable, source: str, limits: Limits) -> bytes:
    """Return what stands in a file.

    Raises:
        UnreadableError: If it is no plain file, is too large, cannot be opened, or changes meanwhile.
    """
    remedy = "Give a plain file."
    if not (stat.S_ISREG(file.stat().st_mode) if isinstance(file, Path) else file.is_file()):
        raise UnreadableError(Fault(code="NOT-A-FILE", table=source, problem="it is not a plain file", remedy=remedy))
    try:
        with file.open("rb") as opened:
            before = _stamp(opened)
            data = _bounded(opened, source, limits, before[0] if before else 0)
            if before is not None and (_stamp(opened) != before or len(data) != before[0]):
                problem = "it changed while it was being read"
                remedy = "Wait until it is written, then read it again."
                raise UnreadableError(Fault(code="FILE-CHANGED", table=source, problem=problem, remedy=remedy))
            return data
    except OSError as error:
        problem = f"it cannot be opened: {error.strerror or type(error).__name__}"
        remedy = "Give a file that may be read."
        raise UnreadableError(Fault(code="NOT-READABLE", table=source, problem=problem, remedy=remedy)) from error


def _stamp(opened: IO[bytes]) -> tuple[int, int] | None:
    try:
        found = os.fstat(opened.fileno())
    except OSError:  # what lies inside a zip file has no descriptor of its own
        return None
    return found.st_size, found.st_mtime_ns


def _bounded(opened: IO[bytes], source: str, limits: Limits, size: int) -> bytes:
    data = b"" if size > limits.file_bytes else opened.read(limits.file_bytes + 1)
    if max(size, len(data)) > limits.file_bytes:
        problem = f"it has more than {limits.file_bytes:,} bytes"
        remedy = "Split it, or in Python raise the limit file_bytes."
        raise UnreadableError(Fault(code="TOO-LARGE", table=source, problem=problem, remedy=remedy))
    return data


# --- from bytes to text

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip or Excel",
    b"\xd0\xcf\x11\xe0": "Excel",
    b"PAR1": "Parquet",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"%PDF": "PDF",
}
_FOREIGN_BOMS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")


def _text(data: bytes, source: str, encoding: str) -> str:
    def refuse(code: str, problem: str, remedy: str, line: int | None = None) -> UnreadableError:
        return UnreadableError(Fault(code=code, table=source, line=line, problem=problem, remedy=remedy))

    for magic, name in _MAGIC.items():
        if data.startswith(magic):
            raise refuse("WRONG-FORMAT", f"it is a {name} file ({name} magic bytes)", "Give CSV text, not compressed.")
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        for bom, name in _FOREIGN_BOMS.items():
            if data.startswith(bom):
                remedy = f"Save it as UTF-8, or in Python pass encoding='{name.lower()}'."
                raise refuse("ENCODING", f"{name} BOM found", remedy)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line_of(data[: error.start].decode("latin-1"), error.start)
        problem = f"byte {error.object[error.start]:#04x} at offset {error.start:,} is not {encoding}"
        raise refuse("ENCODING", problem, "Save it as UTF-8, or in Python pass its own encoding=.", line) from error
    if (place := text.find("\0")) >= 0:
        remedy = "Remove it; save a UTF-16 file as UTF-8, or in Python pass encoding='utf-16'."
        raise refuse("NUL-BYTE", "there is a NUL character", remedy, _line_of(text, place))
    text = text.removeprefix(_BOM)
    if (place := text.find(_BOM)) >= 0:
        problem = "there is a byte order mark inside the text, as when two files are joined"
        raise refuse("STRAY-BOM", problem, "Remove it.", _line_of(text, place))
    return text


def _line_of(text: str, place: int) -> int:
    return 1 + len(_LINE_END.findall(text, 0, place))


# --- from text to cells
#
# Quoted cells are flattened first: what would end a cell or row becomes an escape that begins with NUL, which no text
# holds at this point. Then lines are rows and commas are cells, and splitting is as quick as str.split.

_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"(?=[,\r\n]|\Z)')
_UNCLOSED = re.compile(r'"[^"]*+(?:""[^"]*+)*+(?:\Z|"(?![,\r\n]))')
_FLATTENED = {",": "\0c", "\n": "\0n", "\r": "\0r"}
_BREAKS = ("\0n", "\0r", "\0w")
_CHUNK = 1 << 20


def _flat(text: str, source: str) -> str:
    parts, done = [], 0
    while (quote := text.find('"', done)) >= 0:
        match = _QUOTED.match(text, quote)
        if match is None or (quote > 0 and text[quote - 1] not in ",\r\n"):
            raise UnreadableError(_quote_fault(text, quote, source))
        parts += [text[done:quote], _escaped(match[0][1:-1])]
        done = match.end()
    return "".join([*parts, text[done:]])


def _quote_fault(text: str, quote: int, source: str) -> Fault:
    line = _line_of(text, quote)
    opens = quote == 0 or text[quote - 1] in ",\r\n"
    inside = _UNCLOSED.match(text, quote) if opens else None
    if inside is not None and (inside.end() == len(text) or _LINE_END.search(inside[0])):
        problem = "the quote that opens here is never closed before a comma or the end of a line"
        remedy = 'Close it with a second ", or write "" for a quote that belongs to the text.'
        return Fault(code="UNCLOSED-QUOTE", table=source, line=line, problem=problem, remedy=remedy)
    problem = "there is a quote in the middle of a cell"
    remedy = 'Put the whole cell in quotes and write "" for each quote in it.'
    return Fault(code="STRAY-QUOTE", table=source, line=line, problem=problem, remedy=remedy)


def _escaped(inside: str) -> str:
    inside = inside.replace('""', '"').replace("\r\n", "\0w")
    for character, escape in _FLATTENED.items():
        inside = inside.replace(character, escape)
    return inside


def _restored(cell: str) -> str:
    if "\0" in cell:
        for character, escape in _FLATTENED.items():
            cell = cell.replace(escape, character)
        cell = cell.replace("\0w", "\r\n")
    return cell


def _records(flat: str) -> Iterator[tuple[NDArray[np.int64], list[str]]]:
    """Return the rows, some at a time, each with the line it begins on; lines without a filled cell are no rows."""
    if "\r" in flat:
        flat = flat.replace("\r\n", "\n").replace("\r", "\n")
    start, line = 0, 1
    while start < len(flat):
        end = flat.find("\n", start + _CHUNK)
        end = len(flat) if end < 0 else end
        rows = flat[start:end].split("\n")
        heights = np.ones(len(rows), np.int64)
        if flat.find("\0", start, end) >= 0:
            heights += np.array([sum(map(row.count, _BREAKS)) for row in rows])
        lines = line + np.cumsum(heights) - heights
        line += int(heights.sum())
        start = end + 1
        filled = [place for place, row in enumerate(rows) if row.strip(",")]
        yield lines[filled], [rows[place] for place in filled]


def read_grid(data: bytes, source: str, *, encoding: str, limits: Limits) -> Grid:
    """Return the cells of a CSV file, not yet looked at.

    Args:
        data: The whole file.
        source: What messages call it.
        encoding: How its characters are written; a byte order mark of UTF-8 is skipped.
        limits: How much is read.

    Raises:
        UnreadableError: If it is empty, no CSV text in that encoding, or above a limit.

    Complexity:
        O(n) for n bytes.
    """
    records = _records(_flat(_text(data, source, encoding), source))
    header_line, header, first = _header(records, source, limits)
    builder = _Builder(source, len(header), limits)
    builder.add(*first)
    for lines, rows in records:
        builder.add(lines, rows)
    return builder.grid(header, header_line)


_Records = tuple[NDArray[np.int64], list[str]]


def _header(records: Iterator[_Records], source: str, limits: Limits) -> tuple[int, tuple[str, ...], _Records]:
    lines, rows = next((some for some in records if some[1]), (np.zeros(0, np.int64), [""]))
    header = tuple(_restored(name) for name in rows[0].split(",", limits.columns))
    fault = None
    if rows == [""]:
        problem, remedy = "there is nothing in it", "Give a header and rows, or leave the file out."
        fault = Fault(code="EMPTY-FILE", table=source, problem=problem, remedy=remedy)
    elif len(header) > limits.columns:
        problem = f"there are more than {limits.columns} columns"
        remedy = "Remove some, or in Python raise the limit columns."
        fault = Fault(code="TOO-MANY-COLUMNS", table=source, line=int(lines[0]), problem=problem, remedy=remedy)
    elif len(header) == 1 and (found := next((mark for mark in ";\t|" if mark in header[0]), None)):
        problem = f"one column found, it contains {shown(found)}"
        remedy = "Separate the cells by commas."
        fault = Fault(code="DELIMITER", table=source, line=int(lines[0]), problem=problem, remedy=remedy)
    if fault is not None:
        raise UnreadableError(fault)
    return int(lines[0]), header, (lines[1:], rows[1:])


class _Builder:
    """The columns of a grid while its rows come in."""

    def __init__(self, source: str, n_columns: int, limits: Limits) -> None:
        self._source, self._n_columns, self._limits = source, n_columns, limits
        self._codes = [Codes() for _ in range(n_columns)]
        self._columns: list[list[NDArray[np.int32]]] = [[np.zeros(0, np.int32)] for _ in range(n_columns)]
        self._lines = [np.zeros(0, np.int64)]
        self._ragged: dict[int, int] = {}
        self._n_rows = 0

    def add(self, lines: NDArray[np.int64], records: list[str]) -> None:
        """Add rows as flat text."""
        records = self._level(records)
        self._n_rows += len(records)
        if self._n_rows > self._limits.rows:
            problem = f"there are more than {self._limits.rows:,} rows"
            remedy = "Split it, or in Python raise the limit rows."
            fault = Fault(code="TOO-MANY-ROWS", table=self._source, problem=problem, remedy=remedy)
            raise UnreadableError(fault)
        self._lines.append(lines)
        # Every record has as many cells now, so all of them are split at once and each column is a stride.
        cells = ",".join(records).split(",") if records else []
        for place, (parts, codes) in enumerate(zip(self._columns, self._codes, strict=True)):
            parts.append(np.fromiter(map(codes.__getitem__, cells[place :: self._n_columns]), np.int32, len(records)))

    def _level(self, records: list[str]) -> list[str]:
        """Return the records with those of another width cut to their first cell, and note how wide those were."""
        widths = [record.count(",") + 1 for record in records]
        if widths.count(self._n_columns) == len(widths):
            return records
        level = list(records)
        for place, width in enumerate(widths):
            if width != self._n_columns:
                self._ragged[self._n_rows + place] = width
                level[place] = records[place].partition(",")[0] + "," * (self._n_columns - 1)
        return level

    def grid(self, header: tuple[str, ...], header_line: int) -> Grid:
        """Return what was added."""
        return Grid(
            source=self._source,
            header=header,
            header_line=header_line,
            lines=np.concatenate(self._lines),
            columns=tuple(np.concatenate(parts) for parts in self._columns),
            cells=tuple(tuple(unguarded(_restored(str(cell))) for cell in codes) for codes in self._codes),
            ragged=self._ragged,
        )


# --- the formula guard, and text from cells

_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_SPECIAL = re.compile(r'[",\r\n]')


def unguarded(cell: str) -> str:
    """Return a cell without the apostrophe that the formula guard put before it."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _SPECIAL.search(cell) else cell


def csv_text(rows: Iterable[Sequence[object]], *, formula_guard: bool = True) -> Iterator[str]:
    """Return the lines of a CSV file.

    Args:
        rows: The header and the rows; None becomes an empty cell.
        formula_guard: Whether a text that a spreadsheet would run as a formula gets an apostrophe before it, which
            the readers take away again.
    """
    for row in rows:
        yield ",".join(_cell(cell, formula_guard) for cell in row) + "\n"


def _cell(cell: object, formula_guard: bool) -> str:
    text = "" if cell is None else str(cell)
    # A number runs nothing, and behind an apostrophe a spreadsheet would take -5 for a text.
    if formula_guard and _FORMULA.match(text) and not isinstance(cell, Number):
        text = f"'{text}"
    return _quoted(text)


def write_table(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]], *, formula_guard: bool = True
) -> None:
    """Write a CSV file and return nothing: UTF-8, a header, one row a line, commas and quotes as RFC 4180 has them.

    Args:
        path: The file; one that exists is replaced.
        columns: The header.
        rows: The cells; None becomes an empty one.
        formula_guard: Whether a text that a spreadsheet would run as a formula gets an apostrophe before it, which
            the readers take away again.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_text(chain([columns], rows), formula_guard=formula_guard))
