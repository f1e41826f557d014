"""Parquet files: read with their page checksums verified and their size known beforehand, and written so.

What a footer says is not believed further than it can be checked: sizes are compared with the limits before anything
is read, and what was read is counted again, row group by row group.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from taskmentor.errors import Fault, shown
from taskmentor.formats.csv_text import Grid, Limits, UnreadableError
from taskmentor.formats.frames import check_extra, check_rows, first_line, grid_of_arrow, read_names
from taskmentor.formats.schema import TableRule
from taskmentor.models.tables import Column, FaultLog

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ColumnChunkMetaData, FileMetaData, ParquetFile

__all__ = ["announced_bytes", "read_parquet", "write_parquet"]

_MAGIC = b"PAR1"
_ROWS_OF_A_GROUP = 1 << 20
_PLACE_BYTES = 4  # what a cell takes once it is read, however little of the file it is
_I32 = 0x15  # Thrift's compact protocol: the next field is a 32-bit number


def read_parquet(data: bytes, source: str, rule: TableRule, log: FaultLog, limits: Limits) -> Grid:
    """Return the cells of a Parquet file, not yet looked at; its rows are counted from 1.

    Args:
        data: The whole file.
        source: What messages call it.
        rule: Which columns are read, and what they hold.
        log: Where it goes that pages have no checksums (`NO-CHECKSUM`), so that damage could go unseen.
        limits: How much is read.

    Raises:
        UnreadableError: If it is no Parquet file, damaged, above a limit, or a column is of a wrong type.
        UnsupportedError: If the extra `frames` is not installed.

    Complexity:
        O(n) for n cells.
    """
    check_extra()
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    _check_magic(data, source)
    with _damage_named(source):
        buffer = pa.py_buffer(data)
        metadata = ParquetFile(buffer).metadata
        _check_sizes(metadata, len(data), source, limits)
        _check_names(metadata, source)
        if not _has_checksums(data, metadata):
            log.found(_no_checksum(source))
        schema = ParquetFile(buffer, metadata=metadata).schema_arrow
        names = read_names(schema.names, rule)
        texts = [name for name in names if pa.types.is_string(schema.field(name).type)]
        file = ParquetFile(buffer, metadata=metadata, read_dictionary=texts, page_checksum_verification=True)
        return grid_of_arrow(schema, _row_groups(file, names, source, limits), source, rule, limits)


def _check_magic(data: bytes, source: str) -> None:
    if not data:
        remedy = "Give a table, or leave the file out."
        raise UnreadableError(Fault(code="EMPTY-FILE", table=source, problem="there is nothing in it", remedy=remedy))
    if not data.startswith(_MAGIC):
        problem, remedy = "it is no Parquet file (it does not begin with PAR1)", "Give a Parquet file, not encrypted."
        raise UnreadableError(Fault(code="WRONG-FORMAT", table=source, problem=problem, remedy=remedy))
    if not data.endswith(_MAGIC):
        raise UnreadableError(_corrupt(source, "its end is missing"))


def _corrupt(source: str, problem: str) -> Fault:
    remedy = "Write the file again, or copy it again from where it came."
    return Fault(code="CORRUPT-FILE", table=source, problem=problem, remedy=remedy)


@contextmanager
def _damage_named(source: str) -> Iterator[None]:
    """Turn whatever pyarrow says of a file that it cannot read into one named fault."""
    try:
        yield
    except UnreadableError:
        raise
    except MemoryError as error:
        problem, remedy = f"there is not enough memory for it: {first_line(error)}", "Split it."
        raise UnreadableError(Fault(code="TOO-LARGE", table=source, problem=problem, remedy=remedy)) from error
    except Exception as error:  # which errors damage leads to, no version of pyarrow promises
        raise UnreadableError(_corrupt(source, f"it is damaged: {first_line(error)}")) from error


def _check_sizes(metadata: "FileMetaData", n_bytes: int, source: str, limits: Limits) -> None:
    """Refuse a file whose footer announces more than the limits allow."""
    check_rows(metadata.num_rows, limits.frame_rows, source)
    if metadata.num_columns > limits.columns:
        problem, remedy = f"there are more than {limits.columns} columns", "Remove some, or raise the limit columns."
        raise UnreadableError(Fault(code="TOO-MANY-COLUMNS", table=source, problem=problem, remedy=remedy))
    decoded = _announced(metadata)
    _check_decoded(decoded, source, limits)
    if decoded > limits.expansion * n_bytes:
        problem = f"its {n_bytes:,} bytes would become {decoded:,}, more than {limits.expansion} times as much"
        remedy = "Look where it comes from; in Python the limit expansion can be raised."
        raise UnreadableError(Fault(code="EXPANSION-RATIO", table=source, problem=problem, remedy=remedy))


def announced_bytes(data: bytes, source: str) -> int:
    """Return how many bytes of memory a Parquet file would take at least, by what its footer says.

    Raises:
        UnreadableError: If it has no footer that can be read.
    """
    from pyarrow import py_buffer
    from pyarrow.parquet import ParquetFile

    _check_magic(data, source)
    with _damage_named(source):
        return _announced(ParquetFile(py_buffer(data)).metadata)


def _announced(metadata: "FileMetaData") -> int:
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    pages, places = sum(group.total_byte_size for group in groups), metadata.num_rows * metadata.num_columns
    announced: int = max(pages, _PLACE_BYTES * places)
    return announced


def _check_decoded(decoded: int, source: str, limits: Limits) -> None:
    if decoded > limits.decoded_bytes:
        problem = f"it would take {decoded:,} bytes of memory, more than {limits.decoded_bytes:,}"
        remedy = "Split it, or in Python raise the limit decoded_bytes."
        raise UnreadableError(Fault(code="TOO-LARGE", table=source, problem=problem, remedy=remedy))


def _check_names(metadata: "FileMetaData", source: str) -> None:
    """Refuse a file whose footer gives a column two names: it has no checksum of its own, but says them twice."""
    names = [metadata.schema.column(place).path for place in range(metadata.num_columns)]
    for chunk, name in zip(_chunks(metadata), cycle(names), strict=False):
        if chunk.path_in_schema != name:
            raise UnreadableError(_corrupt(source, f"its footer names a column {shown(name)} and also otherwise"))


def _chunks(metadata: "FileMetaData") -> Iterator["ColumnChunkMetaData"]:
    """Give what the footer says of each column of each row group."""
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        yield from map(group.column, range(group.num_columns))


def _row_groups(file: "ParquetFile", names: list[str], source: str, limits: Limits) -> Iterator["pa.Table"]:
    """Give the row groups one by one, as long as they keep to what the footer may announce."""
    decoded = 0
    for place in range(file.metadata.num_row_groups):
        table = file.read_row_group(place, columns=names)
        decoded += table.nbytes
        _check_decoded(decoded, source, limits)
        yield table


# --- checksums


def _no_checksum(source: str) -> Fault:
    return Fault(
        code="NO-CHECKSUM",
        table=source,
        problem="its pages have no checksums, so that damage could go unseen",
        remedy="Write it with them: in pyarrow by write_page_checksum=True; write_organisation does.",
        severity="warning",
    )


def _has_checksums(data: bytes, metadata: "FileMetaData") -> bool:
    """Return whether the first page of each column of each row group has a checksum."""
    chunks = (chunk for chunk in _chunks(metadata) if chunk.num_values)
    return all(_page_has_checksum(data, chunk.dictionary_page_offset or chunk.data_page_offset) for chunk in chunks)


def _page_has_checksum(data: bytes, offset: int) -> bool:
    """Return whether the header of a page has its fourth field.

    The header is a Thrift struct in the compact protocol, and its first fields are 32-bit numbers: the type of the
    page, its size, its compressed size, and the checksum, the first that may be left out.

    Source:
        parquet-format, `parquet.thrift`, struct PageHeader; Thrift, "Compact protocol encoding", sections "Struct
        encoding" and "Integer encoding".
    """
    for _ in range(3):
        if data[offset : offset + 1] != bytes([_I32]):
            return False
        offset += 1
        while data[offset : offset + 1] >= b"\x80":  # all bytes of a number but the last have their highest bit set
            offset += 1
        offset += 1
    return data[offset : offset + 1] == bytes([_I32])


# --- writing


def write_parquet(path: Path, columns: Mapping[str, Column]) -> None:
    """Write a Parquet file and return nothing; the same columns give the same bytes with the same version of pyarrow.

    Args:
        path: The file; one that exists is replaced.
        columns: By name, all of one length; a cell that is not given becomes null.

    Raises:
        UnsupportedError: If the extra `frames` is not installed.
    """
    check_extra()
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([(name, _type(column)) for name, column in columns.items()])
    n_rows = max(len(column.given) for column in columns.values())
    with ParquetWriter(
        path, schema, compression="zstd", write_page_checksum=True, store_schema=False, write_statistics=False
    ) as writer:
        for start in range(0, n_rows, _ROWS_OF_A_GROUP):
            rows = slice(start, start + _ROWS_OF_A_GROUP)
            writer.write_table(pa.table([_array(column, rows) for column in columns.values()], schema))


def _type(column: Column) -> "pa.DataType":
    import pyarrow as pa

    if column.labels is not None:
        return pa.dictionary(pa.int32(), pa.string())
    return pa.date32() if column.values.dtype.kind == "M" else pa.from_numpy_dtype(column.values.dtype)


def _array(column: Column, rows: slice) -> "pa.Array":
    """Return some rows of a column; of its labels only those that occur there, as all would be written."""
    import pyarrow as pa

    given, values = column.given[rows], column.values[rows]
    if column.labels is None:
        return pa.array(values, _type(column), mask=~given)
    places = values.astype(np.int64)
    used = np.bincount(places[given], minlength=len(column.labels)) > 0
    renamed = np.maximum(np.cumsum(used) - 1, 0).astype(np.int32)
    labels = [column.labels[place] for place in np.flatnonzero(used).tolist()]
    return pa.DictionaryArray.from_arrays(pa.array(renamed[places], mask=~given), pa.array(labels, pa.string()))
