"""Organisations and competency models read from tables: a folder of CSV files, or rows in memory.

Every fault of every table is collected and raised at once, unless faulty rows are to be left out and counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import numpy as np
from attrs import define, evolve, field, frozen

from taskmentor.errors import Fault, InputError, nearest, shown
from taskmentor.formats.cells import DEFAULT_ID
from taskmentor.formats.columns import name_shown, read_table
from taskmentor.formats.csv_text import Grid, Limits, UnreadableError, read_bytes, read_grid
from taskmentor.formats.rows import grid_of_rows
from taskmentor.formats.schema import LATER_TABLES, NEEDED, OF_MODEL, TABLE_NAMES, TABLES, TableRule
from taskmentor.models.assembly import assemble
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.model_assembly import assemble_model
from taskmentor.models.organisation import LeftOut, Organisation
from taskmentor.models.people_assembly import rows_below
from taskmentor.models.tables import FaultLog, Table

__all__ = ["OnError", "organisation_from_rows", "read_model", "read_organisation"]

OnError = Literal["raise", "quarantine"]
"""What is done about faulty rows: accept all or nothing, or leave them out and count them."""

# Files that mean something, now or later: their names are no near misses of each other.
_EXPECTED = frozenset(f"{name}.csv" for name in (*LATER_TABLES, *TABLE_NAMES))
_NEAR_MISS = 0.75
_LIMITS = Limits()


@frozen(kw_only=True)
class _Options:
    """How tables are read."""

    names: tuple[str, ...] = TABLE_NAMES
    strict: bool
    on_error: OnError = "raise"
    limits: Limits
    encoding: str = "utf-8"
    id_pattern: str

    def log(self) -> FaultLog:
        return FaultLog(limit=self.limits.faults, strict=self.strict)

    @property
    def rules(self) -> tuple[TableRule, ...]:
        return tuple(rule.with_ids(self.id_pattern) for rule in TABLES if rule.name in self.names)


def read_organisation(
    path: str | Path | Traversable,
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    encoding: str = "utf-8",
    id_pattern: str = DEFAULT_ID,
) -> Organisation:
    """Return the organisation that a folder of CSV files describes.

    Args:
        path: The folder; `scale`, `skills`, `roles`, `requirements` and `people` must be in it.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: `raise` accepts all or nothing; `quarantine` leaves faulty rows out, and what refers to them, and
            counts them in `Organisation.left_out`.
        limits: How much is read before a file is refused.
        encoding: How the characters of the files are written.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault of every table.

    Complexity:
        O(n log n) for n rows in all.
    """
    options = _Options(strict=strict, on_error=on_error, limits=limits, encoding=encoding, id_pattern=id_pattern)
    read = _Read.from_folder(Path(path) if isinstance(path, str) else path, options)
    return _organisation(read)


def read_model(
    path: str | Path | Traversable,
    *,
    strict: bool = False,
    limits: Limits = _LIMITS,
    encoding: str = "utf-8",
    id_pattern: str = DEFAULT_ID,
) -> CompetencyModel:
    """Return the competency model that a folder of CSV files describes; other files in it are not looked at.

    Args:
        path: The folder; `scale`, `skills`, `roles` and `requirements` must be in it.
        strict: Whether what is odd but could be accepted is an error too.
        limits: How much is read before a file is refused.
        encoding: How the characters of the files are written.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault of every table.
    """
    options = _Options(names=OF_MODEL, strict=strict, limits=limits, encoding=encoding, id_pattern=id_pattern)
    read = _Read.from_folder(Path(path) if isinstance(path, str) else path, options)
    model = assemble_model(read.tables, read.log, unread=frozenset(read.unread))
    if model is None:
        raise InputError(read.log.errors(), read.log.n_errors)
    return model


def organisation_from_rows(
    tables: Mapping[str, Iterable[Mapping[str, object]]],
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    id_pattern: str = DEFAULT_ID,
) -> Organisation:
    """Return the organisation that rows in memory describe, as if they stood in CSV files.

    Args:
        tables: Rows by table name. A row gives values by column: texts, whole numbers, dates (or texts such as
            2026-11-23); None or a column that is left out is an empty cell. Messages count rows from 1.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: `raise` accepts all or nothing; `quarantine` leaves faulty rows out, and what refers to them.
        limits: How much is read before a table is refused.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault of every table.
    """
    options = _Options(strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern)
    return _organisation(_Read.from_rows(tables, options))


@define
class _Read:
    """What was read, before the tables are put together.

    Attributes:
        options: How it was read.
        log: What was found wrong.
        tables: The tables that are there or needed; empty where nothing of one could be read.
        unread: The names of those.
    """

    options: _Options
    log: FaultLog
    tables: dict[str, Table] = field(factory=dict)
    unread: set[str] = field(factory=set)

    @classmethod
    def from_folder(cls, folder: Traversable, options: _Options) -> "_Read":
        read = cls(options, options.log())
        files = _files(folder)
        _warn_of_near_misses(files, options, read.log)
        for rule in options.rules:
            source = f"{rule.name}.csv"
            if source in files:
                read.take(rule, source, files[source])
            elif rule.name in NEEDED:
                read.missing(rule.name, source, [name for name in files if name.lower().endswith(".csv")])
        return read

    @classmethod
    def from_rows(cls, tables: Mapping[str, Iterable[Mapping[str, object]]], options: _Options) -> "_Read":
        read = cls(options, options.log())
        for name in sorted(set(tables) - set(options.names)):
            problem = f"{shown(name)} is no table{nearest(name, options.names)}"
            remedy = f"Use {', '.join(options.names)}."
            read.log.found(
                Fault(code="UNKNOWN-TABLE", table=name_shown(name), problem=problem, remedy=remedy, severity="warning")
            )
        for rule in options.rules:
            if rule.name in tables:
                read.take(rule, rule.name, tables[rule.name])
            elif rule.name in NEEDED:
                read.missing(rule.name, rule.name, list(tables))
        return read

    def unreadable(self, name: str, source: str) -> None:
        self.unread.add(name)
        self.tables[name] = evolve(Table.empty(source), name=name)

    def missing(self, name: str, source: str, found: Sequence[str]) -> None:
        self.unreadable(name, source)
        problem = f"there is no {source}; found {', '.join(sorted(found)) or 'nothing'}"
        remedy = f"Give {', '.join(needed for needed in self.options.names if needed in NEEDED)}."
        self.log.found(Fault(code="MISSING-TABLE", table=source, problem=problem, remedy=remedy))

    def take(self, rule: TableRule, source: str, given: Traversable | Iterable[Mapping[str, object]]) -> None:
        """Read one table, from a file or from rows."""
        try:
            grid = self.grid(source, given)
        except UnreadableError as error:
            self.unreadable(rule.name, source)
            self.log.found(error.fault)
            return
        table = read_table(rule, grid, self.log, longest=self.options.limits.cell_characters)
        if table is None:
            self.unreadable(rule.name, source)
        elif len(table) == 0 and rule.name in NEEDED:
            self.unreadable(rule.name, source)
            self.log.found(_no_rows(source))
        else:
            self.tables[rule.name] = table

    def grid(self, source: str, given: Traversable | Iterable[Mapping[str, object]]) -> Grid:
        limits = self.options.limits
        if not isinstance(given, Traversable):
            return grid_of_rows(given, source, limits)
        return read_grid(read_bytes(given, source, limits), source, encoding=self.options.encoding, limits=limits)


def _no_rows(source: str) -> Fault:
    return Fault(code="NO-ROWS", table=source, problem="it has no rows", remedy="Give at least one row.")


def _files(folder: Traversable) -> dict[str, Traversable]:
    if not folder.is_dir():
        problem = "it is not a folder"
        remedy = "Give the folder that holds people.csv, skills.csv and so on."
        raise InputError([Fault(code="NOT-A-FOLDER", table=name_shown(folder.name), problem=problem, remedy=remedy)])
    return {file.name: file for file in folder.iterdir()}


def _warn_of_near_misses(files: Iterable[str], options: _Options, log: FaultLog) -> None:
    for name in sorted(files):
        stem, _, ending = name.rpartition(".")
        if ending.lower() != "csv" or name in _EXPECTED:
            continue
        for near in get_close_matches(stem.strip().lower(), options.names, n=1, cutoff=_NEAR_MISS):
            problem = f"it is not read; did you mean {near}.csv?"
            remedy = "Name it exactly so, or give it a name that is like no table's."
            log.found(
                Fault(code="UNKNOWN-FILE", table=name_shown(name), problem=problem, remedy=remedy, severity="warning")
            )


# --- from tables to an organisation


def _organisation(read: _Read) -> Organisation:
    if read.options.on_error == "quarantine":
        return _without_faulty_rows(read)
    deepest, unread = read.options.limits.reporting_levels, frozenset(read.unread)
    organisation = assemble(read.tables, read.log, deepest=deepest, unread=unread)
    if organisation is None:
        raise InputError(read.log.errors(), read.log.n_errors)
    return organisation


def _without_faulty_rows(read: _Read) -> Organisation:
    """Return the organisation without faulty rows and without what refers to them."""
    limits, unread = read.options.limits, frozenset(read.unread)
    log, tables, warnings = read.log, dict(read.tables), read.log.warnings()
    left_out: list[tuple[str, int, tuple[Fault, ...]]] = []
    while True:
        organisation = assemble(tables, log, deepest=limits.reporting_levels, unread=unread)
        if organisation is not None:
            return evolve(organisation, left_out=_counted(left_out, limits.faults))
        _raise_of_whole_tables(log)
        _leave_out_below(tables, log)
        for name, rows in log.rows.items():
            table = tables[name]
            left_out.append((name, len(rows), tuple(fault for fault in log.errors() if fault.table == table.source)))
            tables[name] = table.take(np.setdiff1d(np.arange(len(table)), list(rows)))
            if name in NEEDED and len(tables[name]) == 0:
                log.found(_no_rows(table.source))
        _raise_of_whole_tables(log)
        log = read.options.log()
        for warning in warnings:
            log.found(warning)


def _raise_of_whole_tables(log: FaultLog) -> None:
    if log.whole:
        raise InputError(log.errors(), log.n_errors)


def _leave_out_below(tables: Mapping[str, Table], log: FaultLog) -> None:
    """Add the people who report, directly or not, to somebody who is left out; row by row it could take for ever."""
    if log.rows.get("people"):
        people = tables["people"]
        rows = rows_below(people, np.array(sorted(log.rows["people"]), np.int64))
        problem, remedy = "somebody in the line of managers above is left out", "Mend the row of that manager."
        log.rows_of(people, rows, "UNKNOWN-MANAGER", "manager_id", lambda _: problem, remedy=remedy)


def _counted(left_out: Sequence[tuple[str, int, tuple[Fault, ...]]], most: int) -> tuple[LeftOut, ...]:
    names = sorted({name for name, _, _ in left_out})
    counted = []
    for name in names:
        n_rows = sum(rows for other, rows, _ in left_out if other == name)
        faults = [fault for other, _, faults in left_out if other == name for fault in faults]
        in_order = sorted(faults, key=lambda fault: (fault.line or 0, fault.column or "", fault.code))
        counted.append(LeftOut(table=name, rows=n_rows, faults=tuple(in_order[:most])))
    return tuple(counted)
