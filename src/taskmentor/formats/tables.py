"""Organisations and competency models as tables: a folder of CSV files, or rows in memory.

Every fault of every table is collected and raised at once, unless faulty rows are to be left out and counted.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from itertools import chain, islice
from pathlib import Path
from typing import Literal

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, nearest, shown
from taskmentor.formats.cells import (
    DEFAULT_ID,
    Choice,
    Day,
    Id,
    Kind,
    Languages,
    Own,
    ReadColumn,
    Text,
    Whole,
    Zone,
    read_column,
)
from taskmentor.formats.csv_text import Codes, Grid, Limits, UnreadableError, csv_text, read_bytes, read_grid
from taskmentor.models.assembly import MODEL_TABLES, assemble, assemble_model, rows_below
from taskmentor.models.assessments import Source
from taskmentor.models.competency import HIGHEST_IMPORTANCE, LOWEST_IMPORTANCE, CompetencyModel
from taskmentor.models.organisation import LeftOut, Organisation, PairList
from taskmentor.models.people import NO_CODE, NO_GRADE, Categories, Extra, People
from taskmentor.models.suggestions import Suggestions
from taskmentor.models.tables import Column, FaultLog, Table

__all__ = [
    "TABLES",
    "ColumnRule",
    "Limits",
    "TableRule",
    "organisation_from_rows",
    "read_model",
    "read_organisation",
    "write_model",
    "write_organisation",
    "write_table",
]

# --- the tables and their columns


@frozen
class ColumnRule:
    """What one column of a table holds, and whether each row must fill it."""

    name: str
    kind: Kind
    required: bool = False


@frozen
class TableRule:
    """The columns of one table.

    Attributes:
        name: Its file is `<name>.csv`.
        columns: In the order in which they are written.
        own_columns: Whether columns named `x_...` belong to the organisation.
    """

    name: str
    columns: tuple[ColumnRule, ...]
    own_columns: bool = False

    def rule(self, column: str) -> ColumnRule | None:
        """Return the rule of a column; None for a column that is not known."""
        for rule in self.columns:
            if rule.name == column:
                return rule
        return ColumnRule(column, Own()) if self.own_columns and column.startswith("x_") and len(column) > 2 else None


def _must(name: str, kind: Kind) -> ColumnRule:
    return ColumnRule(name, kind, required=True)


# A level is checked against the scale once that is known; here it only has to be a whole number.
_LEVEL = Whole(-(10**9), 10**9, called="a level of the scale")
_IMPORTANCE = Whole(LOWEST_IMPORTANCE, HIGHEST_IMPORTANCE)
_COUNT = Whole(0, 999)
_NAME = Text(256)
_VERSION = Text(64)
_TEXT = Text()

TABLES = (
    TableRule("model", (_must("model_id", Id()), _must("version", _VERSION), ColumnRule("title", _NAME))),
    TableRule("scale", (_must("level", _LEVEL), _must("name", _NAME), ColumnRule("description", _TEXT))),
    TableRule(
        "skills",
        (
            _must("skill_id", Id()),
            _must("name", _NAME),
            ColumnRule("category", _NAME),
            ColumnRule("description", _TEXT),
        ),
    ),
    TableRule(
        "behaviours",
        (
            _must("skill_id", Id()),
            _must("level", _LEVEL),
            _must("behaviour", _TEXT),
            ColumnRule("role_id", Id()),
        ),
    ),
    TableRule("roles", (_must("role_id", Id()), _must("title", _NAME))),
    TableRule(
        "requirements",
        (
            _must("role_id", Id()),
            _must("skill_id", Id()),
            _must("level", _LEVEL),
            ColumnRule("importance", _IMPORTANCE),
        ),
    ),
    TableRule(
        "people",
        (
            _must("person_id", Id()),
            ColumnRule("name", _NAME),
            ColumnRule("role_id", Id()),
            ColumnRule("manager_id", Id()),
            ColumnRule("department", _NAME),
            ColumnRule("location", _NAME),
            ColumnRule("time_zone", Zone()),
            ColumnRule("languages", Languages()),
            ColumnRule("grade", _COUNT),
            ColumnRule("capacity", _COUNT),
            ColumnRule("mentee_limit", _COUNT),
            ColumnRule("joined_on", Day()),
            ColumnRule("left_on", Day()),
        ),
        own_columns=True,
    ),
    TableRule(
        "reporting",
        (
            _must("person_id", Id()),
            _must("manager_id", Id()),
            _must("from_on", Day()),
            ColumnRule("until_on", Day()),
        ),
    ),
    TableRule(
        "assessments",
        (
            _must("person_id", Id()),
            _must("skill_id", Id()),
            _must("level", _LEVEL),
            _must("source", Choice(tuple(source.label for source in Source))),
            _must("assessed_on", Day()),
            ColumnRule("assessor_id", Id()),
            ColumnRule("model_version", _VERSION),
        ),
    ),
    TableRule("pins", (_must("mentee_id", Id()), _must("mentor_id", Id()), ColumnRule("skill_id", Id()))),
    TableRule("blocks", (_must("mentee_id", Id()), _must("mentor_id", Id()), ColumnRule("skill_id", Id()))),
    TableRule(
        "engaged",
        (
            _must("mentor_id", Id()),
            _must("mentee_id", Id()),
            _must("skill_id", Id()),
            ColumnRule("from_on", Day()),
            ColumnRule("until_on", Day()),
        ),
    ),
    TableRule(
        "requests",
        (
            _must("person_id", Id()),
            _must("skill_id", Id()),
            ColumnRule("target_level", _LEVEL),
            ColumnRule("priority", _IMPORTANCE),
            ColumnRule("reason", _TEXT),
        ),
    ),
)

_OF_MODEL = ("model", "scale", "skills", "behaviours", "roles", "requirements")
_NEEDED = frozenset({*MODEL_TABLES, "people"})
# Files that mean something, now or later: their names are no near misses of each other.
_LATER = ("availability", "history", "training", "preferences", "grants", "protected")
_EXPECTED = frozenset(f"{name}.csv" for name in (*_LATER, *(rule.name for rule in TABLES)))
_NEAR_MISS = 0.75

OnError = Literal["raise", "quarantine"]


# --- reading


@frozen(kw_only=True)
class _Options:
    """How tables are read."""

    names: tuple[str, ...]
    strict: bool
    on_error: OnError
    limits: Limits
    encoding: str = "utf-8"
    id_pattern: str = DEFAULT_ID

    def log(self) -> FaultLog:
        return FaultLog(limit=self.limits.faults, strict=self.strict)

    @property
    def needed(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name in _NEEDED)

    @property
    def rules(self) -> tuple[TableRule, ...]:
        return tuple(rule for rule in TABLES if rule.name in self.names)


_LIMITS = Limits()


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
    names = tuple(rule.name for rule in TABLES)
    options = _Options(
        names=names, strict=strict, on_error=on_error, limits=limits, encoding=encoding, id_pattern=id_pattern
    )
    read = _Read.from_folder(Path(path) if isinstance(path, str) else path, options)
    return _organisation(read, options)


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
    options = _Options(
        names=_OF_MODEL, strict=strict, on_error="raise", limits=limits, encoding=encoding, id_pattern=id_pattern
    )
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
    names = tuple(rule.name for rule in TABLES)
    options = _Options(names=names, strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern)
    return _organisation(_Read.from_rows(tables, options), options)


@frozen
class _Read:
    """What was read, before the tables are put together.

    Attributes:
        options: How it was read.
        log: What was found wrong.
        tables: The tables that were well-formed apart from single rows.
        unread: The tables that are there or needed but are not among them.
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
            elif rule.name in _NEEDED:
                read.missing(rule.name, source, [name for name in files if name.lower().endswith(".csv")])
        return read

    @classmethod
    def from_rows(cls, tables: Mapping[str, Iterable[Mapping[str, object]]], options: _Options) -> "_Read":
        read = cls(options, options.log())
        for name in sorted(set(tables) - set(options.names)):
            problem = f"{shown(name)} is no table{nearest(name, options.names)}"
            remedy = f"Use {', '.join(options.names)}."
            read.log.found(
                Fault(code="UNKNOWN-TABLE", table=_plain(name), problem=problem, remedy=remedy, severity="warning")
            )
        for rule in options.rules:
            if rule.name in tables:
                read.take(rule, rule.name, tables[rule.name])
            elif rule.name in _NEEDED:
                read.missing(rule.name, rule.name, list(tables))
        return read

    def missing(self, name: str, source: str, found: Sequence[str]) -> None:
        self.unread.add(name)
        problem = f"there is no {source}; found {', '.join(sorted(found)) or 'nothing'}"
        remedy = f"Give {', '.join(self.options.needed)}."
        self.log.found(Fault(code="MISSING-TABLE", table=source, problem=problem, remedy=remedy))

    def take(self, rule: TableRule, source: str, given: Traversable | Iterable[Mapping[str, object]]) -> None:
        """Read one table, from a file or from rows."""
        try:
            if isinstance(given, Traversable):
                data = read_bytes(given, source, self.options.limits)
                grid = read_grid(data, source, encoding=self.options.encoding, limits=self.options.limits)
            else:
                grid = _grid_of_rows(source, given, self.options.limits)
        except UnreadableError as error:
            self.unread.add(rule.name)
            self.log.found(error.fault)
            return
        table = _table(rule, grid, self.options, self.log)
        if table is not None and (len(table) or rule.name not in _NEEDED):
            self.tables[rule.name] = table
            return
        self.unread.add(rule.name)
        if table is not None:
            self.log.found(_no_rows(source))


def _no_rows(source: str) -> Fault:
    return Fault(code="NO-ROWS", table=source, problem="it has no rows", remedy="Give at least one row.")


def _files(folder: Traversable) -> dict[str, Traversable]:
    if not folder.is_dir():
        problem = "it is not a folder"
        remedy = "Give the folder that holds people.csv, skills.csv and so on."
        raise InputError([Fault(code="NOT-A-FOLDER", table=_plain(folder.name), problem=problem, remedy=remedy)])
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
                Fault(code="UNKNOWN-FILE", table=_plain(name), problem=problem, remedy=remedy, severity="warning")
            )


def _grid_of_rows(source: str, given: Iterable[Mapping[str, object]], limits: Limits) -> Grid:
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


# --- from a grid to a table


def _table(rule: TableRule, grid: Grid, options: _Options, log: FaultLog) -> Table | None:
    """Return the well-formed cells of a table; None where its columns are not those it must have."""
    table = Table(name=rule.name, source=grid.source, lines=grid.lines)
    if _has_duplicates(grid, log):
        return None
    _check_ragged(table, grid, log)
    columns = {}
    for name, places, cells in zip(grid.header, grid.columns, grid.cells, strict=True):
        column_rule = rule.rule(name)
        if column_rule is None:
            _unknown_column(rule, name, grid, log)
        else:
            columns[name] = _column(table, column_rule, places, cells, grid, options, log)
    missing = [column.name for column in rule.columns if column.required and column.name not in columns]
    if missing and (len(grid) or grid.header_line is not None):
        for name in missing:
            problem = f"there is no column {name}; found {', '.join(map(_plain, grid.header))}"
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
        return None
    return evolve(table, columns=columns)


def _plain(name: str) -> str:
    return name if name.isprintable() and len(name) <= 40 else shown(name)


def _has_duplicates(grid: Grid, log: FaultLog) -> bool:
    first: dict[str, str] = {}
    found = False
    for name in grid.header:
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
                    column=_plain(name),
                    problem=problem,
                    remedy=remedy,
                )
            )
    return found


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFC", name).split()).casefold()


def _unknown_column(rule: TableRule, name: str, grid: Grid, log: FaultLog) -> None:
    known = [column.name for column in rule.columns]
    problem = f"{shown(name)} is no column of {rule.name}{nearest(name.strip().lower(), known)}"
    own = "; name a column of your own x_..." if rule.own_columns else ""
    log.found(
        Fault(
            code="UNKNOWN-COLUMN",
            table=grid.source,
            line=grid.header_line,
            column=_plain(name),
            problem=problem,
            remedy=f"It is not read. Use {', '.join(known)}{own}.",
            severity="warning",
        )
    )


def _check_ragged(table: Table, grid: Grid, log: FaultLog) -> None:
    def problem(row: int) -> str:
        return f"the row has {grid.ragged[row]} cells, the header has {len(grid.header)}"

    remedy = "Give each column a cell, if need be an empty one, and put a cell that holds a comma in quotes."
    log.rows_of(table, np.array(sorted(grid.ragged), np.int64), "RAGGED-ROW", None, problem, remedy=remedy)


def _column(
    table: Table,
    rule: ColumnRule,
    places: NDArray[np.int32],
    cells: tuple[object, ...],
    grid: Grid,
    options: _Options,
    log: FaultLog,
) -> Column:
    kind = Id(options.id_pattern) if isinstance(rule.kind, Id) else rule.kind
    read = read_column(
        kind,
        places,
        cells,
        from_text=grid.header_line is not None,
        longest=options.limits.cell_characters,
        required=rule.required,
    )
    _log_flaws(table, rule.name, read, places, cells, grid, log)
    return read.column


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


# --- from tables to an organisation


def _organisation(read: _Read, options: _Options) -> Organisation:
    if options.on_error == "quarantine":
        return _without_faulty_rows(read, options)
    deepest, unread = options.limits.reporting_levels, frozenset(read.unread)
    organisation = assemble(read.tables, read.log, deepest=deepest, unread=unread)
    if organisation is None:
        raise InputError(read.log.errors(), read.log.n_errors)
    return organisation


def _without_faulty_rows(read: _Read, options: _Options) -> Organisation:
    """Return the organisation without faulty rows and without what refers to them."""
    log, tables, warnings = read.log, dict(read.tables), read.log.warnings()
    left_out: list[tuple[str, int, tuple[Fault, ...]]] = []
    while True:
        organisation = assemble(
            tables, log, deepest=options.limits.reporting_levels, unread=frozenset(read.unread)
        )  # fmt: skip
        if organisation is not None:
            return evolve(organisation, left_out=_counted(left_out, options.limits.faults))
        _raise_of_whole_tables(log)
        _leave_out_below(tables, log)
        for name, rows in log.rows.items():
            table = tables[name]
            left_out.append((name, len(rows), tuple(fault for fault in log.errors() if fault.table == table.source)))
            tables[name] = table.take(np.setdiff1d(np.arange(len(table)), list(rows)))
            if name in _NEEDED and len(tables[name]) == 0:
                log.found(_no_rows(table.source))
        _raise_of_whole_tables(log)
        log = options.log()
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


# --- writing

_Cells = dict[str, Sequence[object]]


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


def write_model(
    model: CompetencyModel, folder: str | Path, *, overwrite: bool = False, formula_guard: bool = True
) -> None:
    """Write the tables of a competency model and return nothing; reading them gives an equal model.

    Args:
        model: The model.
        folder: Made where it is missing.
        overwrite: Whether tables of a model that are there already are replaced.
        formula_guard: As in `write_table`.

    Raises:
        InputError: If a table is there already and may not be replaced.
    """
    _write(_model_tables(model), Path(folder), _OF_MODEL, overwrite=overwrite, formula_guard=formula_guard)


def write_organisation(
    organisation: Organisation, folder: str | Path, *, overwrite: bool = False, formula_guard: bool = True
) -> None:
    """Write the tables of an organisation and return nothing; reading them gives one with the same digest.

    Args:
        organisation: The organisation.
        folder: Made where it is missing.
        overwrite: Whether tables that are there already are replaced, and removed where this organisation has none.
        formula_guard: As in `write_table`.

    Raises:
        InputError: If a table is there already and may not be replaced.
    """
    names = [rule.name for rule in TABLES]
    tables = _model_tables(organisation.model) | _organisation_tables(organisation)
    _write(tables, Path(folder), names, overwrite=overwrite, formula_guard=formula_guard)


def _write(
    tables: Mapping[str, _Cells], folder: Path, names: Iterable[str], *, overwrite: bool, formula_guard: bool
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    there = [folder / f"{name}.csv" for name in names if (folder / f"{name}.csv").exists()]
    if there and not overwrite:
        remedy = "Choose another folder, or pass overwrite=True."
        raise InputError(
            [Fault(code="FILE-EXISTS", table=file.name, problem="it is there already", remedy=remedy) for file in there]
        )
    for file in there:
        file.unlink()
    for name, cells in tables.items():
        rows = zip(*cells.values(), strict=True)
        write_table(folder / f"{name}.csv", list(cells), rows, formula_guard=formula_guard)


def _model_tables(model: CompetencyModel) -> dict[str, _Cells]:
    levels, skills, roles = model.scale.levels, model.skills, model.roles
    tables: dict[str, _Cells] = {
        "model": {"model_id": [model.id], "version": [model.version], "title": [model.title]},
        "scale": {
            "level": [level.level for level in levels],
            "name": [level.name for level in levels],
            "description": [level.description for level in levels],
        },
        "skills": {
            "skill_id": [skill.id for skill in skills],
            "name": [skill.name for skill in skills],
            "category": [skill.category for skill in skills],
            "description": [skill.description for skill in skills],
        },
        "roles": {"role_id": [role.id for role in roles], "title": [role.title for role in roles]},
        "requirements": {
            "role_id": [required.role_id for required in model.requirements],
            "skill_id": [required.skill_id for required in model.requirements],
            "level": [required.level for required in model.requirements],
            "importance": [required.importance for required in model.requirements],
        },
    }
    if model.behaviours:
        tables["behaviours"] = {
            "skill_id": [shows.skill_id for shows in model.behaviours],
            "level": [shows.level for shows in model.behaviours],
            "behaviour": [shows.text for shows in model.behaviours],
            "role_id": [shows.role_id for shows in model.behaviours],
        }
    return tables


def _named(codes: NDArray[np.integer], names: Sequence[str]) -> list[str | None]:
    return [None if code == NO_CODE else names[code] for code in codes.tolist()]


def _or_none(numbers: NDArray[np.integer]) -> list[int | None]:
    return [None if number < 0 else number for number in numbers.tolist()]


def _days(days: NDArray[np.datetime64]) -> list[object]:
    return list(days.astype("datetime64[D]").tolist())


def _labels(categories: Categories) -> list[str | None]:
    return _named(categories.codes, categories.labels)


def _organisation_tables(organisation: Organisation) -> dict[str, _Cells]:
    people, skills = organisation.people.ids.tolist(), organisation.model.skill_ids
    tables = {"people": _people_cells(organisation.people, organisation.model.role_ids)}
    if len(organisation.assessments):
        tables["assessments"] = _assessment_cells(organisation)
    if (reporting := organisation.reporting) is not None:
        tables["reporting"] = {
            "person_id": _named(reporting.person, people),
            "manager_id": _named(reporting.manager, people),
            "from_on": _days(reporting.from_on),
            "until_on": _days(reporting.until_on),
        }
    tables |= {
        name: _pair_cells(pairs, people, skills)
        for name, pairs in (("pins", organisation.pins), ("blocks", organisation.blocks))
        if len(pairs)
    }
    if len(engaged := organisation.engaged):
        tables["engaged"] = {
            "mentor_id": _named(engaged.mentor, people),
            "mentee_id": _named(engaged.mentee, people),
            "skill_id": _named(engaged.skill, skills),
            "from_on": _days(engaged.from_on),
            "until_on": _days(engaged.until_on),
        }
    if (requests := organisation.requests) is not None:
        tables["requests"] = {
            "person_id": _named(requests.mentee, people),
            "skill_id": _named(requests.skill, skills),
            "target_level": _or_none(requests.target),
            "priority": _or_none(requests.priority),
            "reason": _labels(requests.reason),
        }
    return tables


def _people_cells(people: People, role_ids: Sequence[str]) -> _Cells:
    masks, back = np.unique(people.languages, return_inverse=True)
    spoken = [";".join(people.spoken(mask)) for mask in masks.tolist()]
    cells: _Cells = {
        "person_id": people.ids.tolist(),
        "name": people.names.tolist(),
        "role_id": _named(people.role, role_ids),
        "manager_id": _named(people.manager, people.ids.tolist()),
        "department": _labels(people.department),
        "location": _labels(people.location),
        "time_zone": _labels(people.time_zone),
        "languages": [spoken[place] for place in back.tolist()],
        "grade": [None if grade == NO_GRADE else grade for grade in people.grade.tolist()],
        "capacity": people.capacity.tolist(),
        "mentee_limit": people.mentee_limit.tolist(),
        "joined_on": _days(people.joined_on),
        "left_on": _days(people.left_on),
    }
    if not people.capacity_given:
        del cells["capacity"]
    return cells | {extra.name: _extra_cells(extra) for extra in people.extras}


def _extra_cells(extra: Extra) -> list[object]:
    return [extra.value(row) for row in range(len(extra.given))]


def _assessment_cells(organisation: Organisation) -> _Cells:
    rows, people = organisation.assessments, organisation.people.ids.tolist()
    labels = [source.label for source in sorted(Source)]
    return {
        "person_id": _named(rows.person, people),
        "skill_id": _named(rows.skill, organisation.model.skill_ids),
        "level": rows.level.tolist(),
        "source": _named(rows.source, labels),
        "assessed_on": _days(rows.assessed_on),
        "assessor_id": _named(rows.assessor, people),
        "model_version": _named(rows.model_version, rows.versions),
    }


def _pair_cells(pairs: PairList, people: Sequence[str], skills: Sequence[str]) -> _Cells:
    return {
        "mentee_id": _named(pairs.mentee, people),
        "mentor_id": _named(pairs.mentor, people),
        "skill_id": _named(pairs.skill, skills),
    }
