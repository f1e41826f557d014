"""Rows in memory as a grid, so that they are read as if they stood in a CSV file."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from taskmentor.errors import Fault, shown
from taskmentor.formats.csv_text import Codes, Grid, Limits, UnreadableError

__all__ = ["grid_of_rows"]


def grid_of_rows(given: Iterable[Mapping[str, object]], source: str, limits: Limits) -> Grid:
    """Return the cells of rows in memory, not yet looked at; a column that a row leaves out is an empty cell there.

    Args:
        given: Rows, each with its values by column; they are counted from 1.
        source: What messages call the table.
        limits: How much is read.

    Raises:
        UnreadableError: If they are no rows, there are too many, or one does not give values by column.
    """
    if not hasattr(given, "__iter__"):
        problem = f"{shown(given)} is no list of rows"
        remedy = "Give rows, each a mapping from column names to values; leave a table out that there is not."
        raise UnreadableError(Fault(code="WRONG-SHAPE", table=source, problem=problem, remedy=remedy))
    rows = list(islice(given, limits.rows + 1))
    if len(rows) > limits.rows:
        problem, remedy = f"there are more than {limits.rows:,} rows", "Give fewer, or raise the limit rows."
        raise UnreadableError(Fault(code="TOO-MANY-ROWS", table=source, problem=problem, remedy=remedy))
    for line, row in enumerate(rows, start=1):
        if not _gives_values_by_column(row):
            problem = f"{shown(row)} does not give values by column"
            remedy = "Give each row as a mapping from column names to values."
            raise UnreadableError(Fault(code="WRONG-SHAPE", table=source, line=line, problem=problem, remedy=remedy))
    header = tuple(dict.fromkeys(chain.from_iterable(rows)))
    columns = [_different([row.get(name) for row in rows]) for name in header]
    return Grid(
        source=source,
        header=header,
        header_line=None,
        lines=np.arange(1, len(rows) + 1),
        columns=tuple(places for places, _ in columns),
        cells=tuple(cells for _, cells in columns),
        ragged={},
    )


def _gives_values_by_column(row: object) -> bool:
    return isinstance(row, Mapping) and all(isinstance(name, str) for name in row)


def _different(values: Sequence[object]) -> tuple[NDArray[np.int32], tuple[object, ...]]:
    """Return the places of values among the different ones; 1, True and 1.0 are different here."""
    codes = Codes()
    cells: list[object] = []
    places = np.empty(len(values), np.int32)
    for row, value in enumerate(values):
        try:
            places[row] = codes[type(value), value]
        except TypeError:  # a list has no hash
            places[row] = codes[type(value), id(value)]
        if len(codes) > len(cells):
            cells.append(value)
    return places, tuple(cells)
