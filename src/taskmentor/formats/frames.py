"""Data frames and Arrow tables as grids, so that they are read as strictly as CSV files.

A column becomes the places of its different cells in Arrow, not in Python: what follows looks at each different cell
once, however many rows there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, UnsupportedError, shown
from taskmentor.formats.cells import Day, Kind, Own, Whole
from taskmentor.formats.columns import name_shown
from taskmentor.formats.csv_text import Grid, Limits, UnreadableError
from taskmentor.formats.schema import TableRule

if TYPE_CHECKING:
    import pyarrow as pa
    from narwhals.typing import IntoDataFrame

__all__ = ["check_extra", "check_rows", "first_line", "grid_of_arrow", "grid_of_frame", "read_names"]


def check_extra() -> None:
    """Return nothing where Parquet files and data frames can be read.

    Raises:
        UnsupportedError: Where the extra `frames` is not installed.
    """
    try:
        import narwhals  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError as error:
        problem = "Parquet files and data frames take pyarrow and narwhals, which are not both installed"
        remedy = "install the extra taskmentor[frames], or use CSV files or rows"
        raise UnsupportedError(f"{problem}: {remedy}.") from error


def grid_of_frame(frame: "IntoDataFrame", source: str, rule: TableRule, limits: Limits) -> Grid:
    """Return the cells of a data frame, not yet looked at; its rows are counted from 1, and an index is not read.

    Args:
        frame: A data frame of pandas, polars, pyarrow or whatever else narwhals knows.
        source: What messages call the table.
        rule: Which columns are read, and what they hold.
        limits: How much is read.

    Raises:
        UnreadableError: If it is no data frame in memory, is above a limit, or a column is of a wrong type.
        UnsupportedError: If the extra `frames` is not installed.
    """
    check_extra()
    import narwhals as nw
    import pyarrow as pa

    try:
        known = nw.from_native(frame, eager_only=True)
        if not isinstance(known, nw.DataFrame):
            raise _no_frame(frame, source)
        check_rows(len(known), limits.frame_rows, source)
        table = known.to_arrow().select(known.columns)
    except (pa.ArrowException, nw.exceptions.NarwhalsError, ValueError) as error:
        problem = f"it cannot be read as columns with a name and a type each: {first_line(error)}"
        remedy = "Give each column a name of its own and values of one type."
        raise UnreadableError(Fault(code="WRONG-SHAPE", table=source, problem=problem, remedy=remedy)) from error
    except TypeError as error:
        raise _no_frame(frame, source) from error
    return grid_of_arrow(table.schema, [table], source, rule, limits)


def _no_frame(given: object, source: str) -> UnreadableError:
    problem = f"a {type(given).__name__} is no data frame in memory"
    remedy = "Give one of pandas, polars or pyarrow, collected if it is lazy; leave out a table that there is not."
    return UnreadableError(Fault(code="WRONG-SHAPE", table=source, problem=problem, remedy=remedy))


def grid_of_arrow(
    schema: "pa.Schema", tables: Iterable["pa.Table"], source: str, rule: TableRule, limits: Limits
) -> Grid:
    """Return the cells of Arrow tables that follow each other, not yet looked at.

    Args:
        schema: The names and types of all columns.
        tables: Tables with at least the columns of `read_names`; none of another type than the schema says.
        source: What messages call them.
        rule: Which columns are read, and what they hold.
        limits: How much is read.

    Raises:
        UnreadableError: If there are too many columns, or columns that are read are of a wrong type.

    Complexity:
        O(n) for n cells.
    """
    if len(schema.names) > limits.columns:
        problem, remedy = f"there are more than {limits.columns} columns", "Remove some, or raise the limit columns."
        raise UnreadableError(Fault(code="TOO-MANY-COLUMNS", table=source, problem=problem, remedy=remedy))
    names = read_names(schema.names, rule)
    if wrong := list(_wrong_types(schema, names, source, rule)):
        raise UnreadableError(*wrong)
    parts: dict[str, list[pa.DictionaryArray]] = {name: [] for name in names}
    n_rows = 0
    for table in tables:
        n_rows += table.num_rows
        for name in names:
            parts[name] += _encoded(table.column(name))
    # Columns are let go one by one, as they may be the better part of what fits into memory.
    columns = {name: _different(parts.pop(name), source, name) for name in names}
    unread = _Different(np.zeros(n_rows, np.int32), (None,))
    found = [columns.get(name, unread) for name in schema.names]
    return Grid(
        source=source,
        header=tuple(schema.names),
        header_line=None,
        lines=np.arange(1, n_rows + 1),
        columns=tuple(column.places for column in found),
        cells=tuple(column.cells for column in found),
        ragged={},
    )


def read_names(names: Sequence[str], rule: TableRule) -> list[str]:
    """Return the names of the columns that are read: those that are known and stand there once."""
    return [name for name in names if rule.rule(name) is not None and names.count(name) == 1]


def check_rows(n_rows: int, most: int, source: str) -> None:
    """Refuse more rows than are read of a Parquet file or a data frame.

    Raises:
        UnreadableError: If there are more.
    """
    if n_rows > most:
        problem, remedy = f"there are more than {most:,} rows", "Split it, or in Python raise the limit frame_rows."
        raise UnreadableError(Fault(code="TOO-MANY-ROWS", table=source, problem=problem, remedy=remedy))


def first_line(error: Exception) -> str:
    """Return what another library says of an error, on one line and cut."""
    return shown(str(error).strip().partition("\n")[0])


# --- types


def _wrong_types(schema: "pa.Schema", names: Sequence[str], source: str, rule: TableRule) -> Iterator[Fault]:
    for name in names:
        known, held = rule.rule(name), schema.field(name).type
        if known is not None and not _may_hold(held, known.kind):
            wanted = _wanted(known.kind)
            yield Fault(
                code="WRONG-TYPE",
                table=source,
                column=name_shown(name),
                problem=f"it holds {shown(str(held)).strip(chr(39))}, and no {wanted}",
                remedy=f"Give {wanted}; an empty cell is null, which takes no other type.",
            )


def _wanted(kind: Kind) -> str:
    match kind:
        case Whole():
            return "whole numbers (int8 to int64)"
        case Day():
            return "days (date32), or texts such as 2026-11-23"
        case Own():
            return "texts or whole numbers"
    return "texts (string)"


def _may_hold(held: "pa.DataType", kind: Kind) -> bool:
    from pyarrow import types

    if types.is_dictionary(held):
        return _may_hold(held.value_type, kind)
    if types.is_null(held):
        return True
    is_text = bool(types.is_string(held) or types.is_large_string(held) or types.is_string_view(held))
    match kind:
        case Whole():
            return bool(types.is_integer(held))
        case Day():
            return is_text or bool(types.is_date(held))
        case Own():
            return is_text or bool(types.is_integer(held))
    return is_text


# --- cells


@frozen(eq=False)
class _Different:
    """A column as the place of each row's cell among the different ones."""

    places: NDArray[np.int32]
    cells: tuple[object, ...]


def _encoded(column: "pa.ChunkedArray") -> Iterator["pa.DictionaryArray"]:
    """Give the chunks of a column, each as places in a dictionary of its own."""
    import pyarrow as pa

    if pa.types.is_string_view(column.type):
        column = column.cast(pa.large_string())
    for chunk in column.chunks:
        encoded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        yield pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int32()), encoded.dictionary)


def _different(chunks: list["pa.DictionaryArray"], source: str, name: str) -> _Different:
    import pyarrow as pa

    if not chunks:
        return _Different(np.zeros(0, np.int32), ())
    whole = pa.chunked_array(chunks).unify_dictionaries().combine_chunks()
    # Whoever made the dictionary may have put a value into it twice, or none, or one that no row has.
    dictionary = whole.dictionary.dictionary_encode()
    place_of = np.append(_indices(dictionary), -1)
    places = place_of[_indices(whole)]
    used = np.append(np.bincount(places[places >= 0], minlength=len(dictionary.dictionary)) > 0, (places < 0).any())
    renamed = (np.cumsum(used) - 1).astype(np.int32)
    try:
        dictionary.dictionary.validate(full=True)
    except pa.ArrowInvalid as error:
        problem, remedy = "there is a text that is not UTF-8", "Write it again from texts, not from bytes."
        fault = Fault(code="ENCODING", table=source, column=name_shown(name), problem=problem, remedy=remedy)
        raise UnreadableError(fault) from error
    cells = [*dictionary.dictionary.to_pylist(), None]
    return _Different(renamed[places], tuple(cell for cell, kept in zip(cells, used.tolist(), strict=True) if kept))


def _indices(array: "pa.DictionaryArray") -> NDArray[np.int32]:
    """Return the places of an encoded column, -1 where a cell is null."""
    # Neither fill_null nor to_numpy, which load pandas where that is installed.
    indices, place = array.indices, array.indices.offset
    validity, data = indices.buffers()
    places: NDArray[np.int32] = np.frombuffer(data, np.int32)[place : place + len(indices)]
    if not indices.null_count:
        return places
    valid = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little")[place : place + len(indices)]
    return np.where(valid, places, np.int32(-1))
