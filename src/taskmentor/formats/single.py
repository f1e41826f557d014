"""One table that is no part of an organisation, from a CSV file of its own, read as strictly as those that are."""

from pathlib import Path

from taskmentor.errors import Fault, InputError
from taskmentor.formats.columns import read_table
from taskmentor.formats.csv_text import Limits, UnreadableError, read_bytes, read_grid
from taskmentor.formats.schema import TableRule
from taskmentor.models.tables import FaultLog, Table

__all__ = ["read_single"]


def read_single(file: str | Path, rule: TableRule) -> Table:
    """Return the rows of a CSV file that holds one table.

    Args:
        file: The file, in UTF-8.
        rule: Its columns.

    Raises:
        InputError: With everything that is wrong in it, each with its line and column.
    """
    path, limits = Path(file), Limits()
    log = FaultLog(limit=limits.faults)
    try:
        grid = read_grid(read_bytes(path, path.name, limits), path.name, encoding="utf-8", limits=limits)
    except UnreadableError as error:
        raise InputError(error.faults) from None
    table = read_table(rule, grid, log, longest=limits.cell_characters)
    if log.n_errors or table is None:
        raise InputError(log.errors(), n_faults=log.n_errors)
    if not len(table):
        raise InputError([Fault(code="NO-ROWS", table=path.name, problem="it has no rows", remedy="Give one.")])
    return table
