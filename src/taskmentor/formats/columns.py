"""From a grid to a table: its header against the columns that are known, then each cell against its kind."""

import unicodedata
from collections.abc import Sequence

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from taskmentor.errors import Fault, nearest, shown
from taskmentor.formats.cells import ReadColumn, read_column
from taskmentor.formats.csv_text import Grid
from taskmentor.formats.schema import ColumnRule, TableRule
from taskmentor.models.suggestions import Suggestions
from taskmentor.models.tables import Column, FaultLog, Table

__all__ = ["has_name", "name_shown", "read_cells", "read_table", "unnamed"]


def read_table(rule: TableRule, grid: Grid, log: FaultLog, *, longest: int) -> Table | None:
    """Return the well-formed cells of a table, None where its columns are not those it must have.

    Args:
        rule: What the table holds.
        grid: Its cells, not yet looked at.
        log: Where everything goes that is wrong.
        longest: The most characters of a cell.
    """
    if _has_duplicates(grid, log):
        return None
    rules = [rule.rule(name) for name in grid.header]
    for place, (name, known) in enumerate(zip(grid.header, rules, strict=True), start=1):
        if known is None:
            _unknown_column(rule, name, place, grid, log)
    table = read_cells(rule.name, grid, rules, log, longest=longest)
    return table if _has_required_columns(rule, grid, log) else None


def name_shown(name: str) -> str:
    """Return a name from outside as it may stand in a message: as it is, if it is short and printable."""
    return name if name.isprintable() and len(name) <= 40 else shown(name)


def has_name(name: str) -> bool:
    """Return whether the header of a column says anything."""
    return bool(name.strip())


def unnamed(place: int) -> str:
    """Return a clause about a column without a name, by its place from 1, which is more than an empty name says."""
    return f"column {place} has no name"


def _has_duplicates(grid: Grid, log: FaultLog) -> bool:
    first: dict[str, str] = {}
    found = False
    for name in filter(has_name, grid.header):
        before = first.setdefault(_folded(name), name)
        if before is not name:
            found = True
            problem = f"{name[:40]!a} is the same column as {before[:40]!a}"
            remedy = "Keep one of them; upper case, spaces and the form of accents do not tell columns apart."
            log.found(
                Fault(
                    code="DUPLICATE-COLUMN",
                    table=grid.source,
                    line=grid.header_line,
                    column=name_shown(name),
                    problem=problem,
                    remedy=remedy,
                )
            )
    return found


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFC", name).split()).casefold()


def _unknown_column(rule: TableRule, name: str, place: int, grid: Grid, log: FaultLog) -> None:
    known = [column.name for column in rule.columns]
    problem = f"{shown(name)} is no column of {rule.name}{nearest(name.strip().lower(), known)}"
    own = "; name a column of your own x_..." if rule.own_columns else ""
    log.found(
        Fault(
            code="UNKNOWN-COLUMN",
            table=grid.source,
            line=grid.header_line,
            column=name_shown(name) if has_name(name) else None,
            problem=problem if has_name(name) else unnamed(place),
            remedy=f"It is not read. Use {', '.join(known)}{own}.",
            severity="warning",
        )
    )


def _has_required_columns(rule: TableRule, grid: Grid, log: FaultLog) -> bool:
    if not len(grid) and not grid.header:  # without rows in memory there are no columns either
        return True
    missing = [column.name for column in rule.columns if column.required and column.name not in grid.header]
    for name in missing:
        problem = f"there is no column {name}; found {', '.join(map(name_shown, filter(has_name, grid.header)))}"
        remedy = f"Add it; {rule.name} has {', '.join(column.name for column in rule.columns)}."
        log.found(
            Fault(
                code="MISSING-COLUMN",
                table=grid.source,
                line=grid.header_line,
                column=name,
                problem=problem,
                remedy=remedy,
            )
        )
    return not missing


# --- cells


def read_cells(name: str, grid: Grid, rules: Sequence[ColumnRule | None], log: FaultLog, *, longest: int) -> Table:
    """Return the well-formed cells of a grid.

    Args:
        name: What the table is.
        grid: Its cells, not yet looked at.
        rules: What each column of the grid holds, under which name; None for one that is not read.
        log: Where everything goes that is wrong with a cell or row.
        longest: The most characters of a cell.
    """
    table = Table(name=name, source=grid.source, lines=grid.lines)
    _check_ragged(table, grid, log)
    columns: dict[str, Column] = {}
    for rule, places, cells in zip(rules, grid.columns, grid.cells, strict=True):
        if rule is not None:
            from_text = grid.header_line is not None
            read = read_column(rule.kind, places, cells, from_text=from_text, longest=longest, required=rule.required)
            _log_flaws(table, rule.name, read, places, cells, grid, log)
            columns[rule.name] = read.column
    return evolve(table, columns=columns)


def _check_ragged(table: Table, grid: Grid, log: FaultLog) -> None:
    def problem(row: int) -> str:
        return f"the row has {grid.ragged[row]} cells, the header has {len(grid.header)}"

    remedy = "Give each column a cell, if need be an empty one, and put a cell that holds a comma in quotes."
    log.rows_of(table, np.array(sorted(grid.ragged), np.int64), "RAGGED-ROW", None, problem, remedy=remedy)


def _log_flaws(
    table: Table,
    column: str,
    read: ReadColumn,
    places: NDArray[np.int32],
    cells: tuple[object, ...],
    grid: Grid,
    log: FaultLog,
) -> None:
    rows = np.flatnonzero(read.flawed[places])
    # What is wrong with a ragged row has been said; its other cells are not where they should be.
    rows = rows[~np.isin(rows, list(grid.ragged))]

    suggest = Suggestions(next((flaw.near for flaw in read.flaws.values() if flaw.near), ()))

    def fault(row: int) -> Fault:
        place = int(places[row])
        flaw = read.flaws[place]
        return Fault(
            code=flaw.code,
            table=table.source,
            line=int(table.lines[row]),
            column=column,
            problem=flaw.problem + (suggest(str(cells[place])) if flaw.near else ""),
            remedy=flaw.remedy,
        )

    log.add(table, rows, fault)
