"""Organisations and competency models read from tables: a folder of CSV or Parquet files, data frames, or rows.

Every fault of every table is collected and raised at once, unless faulty rows are to be left out and counted.
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, nearest, shown
from taskmentor.formats.cells import DEFAULT_ID
from taskmentor.formats.columns import name_shown, read_table
from taskmentor.formats.csv_text import Grid, Limits, UnreadableError, read_bytes, read_grid
from taskmentor.formats.frames import check_extra, grid_of_frame
from taskmentor.formats.parquet import read_parquet
from taskmentor.formats.rehearsal import rehearse
from taskmentor.formats.rows import grid_of_rows
from taskmentor.formats.schema import ALL_TABLES, LATER_TABLES, NEEDED, OF_MODEL, PROTECTED, TABLE_NAMES, TableRule
from taskmentor.formats.writing import not_a_folder
from taskmentor.models.assembly import assemble
from taskmentor.models.checks import KnownIds, was_left_out
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.model_assembly import assemble_model
from taskmentor.models.organisation import LeftOut, Organisation
from taskmentor.models.protected import ProtectedAttributes, assemble_protected
from taskmentor.models.tables import FaultLog, Table

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame

__all__ = [
    "OnError",
    "organisation_from_frames",
    "organisation_from_rows",
    "protected_from_frames",
    "protected_from_rows",
    "read_model",
    "read_organisation",
    "read_protected",
]

OnError = Literal["raise", "quarantine"]
"""What is done about faulty rows: accept all or nothing, or leave them out and count them."""

_ENDINGS = (".csv", ".parquet")
# Files that mean something, now or later: their names are no near misses of each other.
_EXPECTED = frozenset(name + ending for name in (*LATER_TABLES, PROTECTED.name, *TABLE_NAMES) for ending in _ENDINGS)
_NEAR_MISS = 0.75
_LIMITS = Limits()
_LOG = logging.getLogger("taskmentor")
_Given = TypeVar("_Given")


@frozen(kw_only=True)
class _Options:
    """How tables are read."""

    names: tuple[str, ...] = TABLE_NAMES
    strict: bool
    on_error: OnError = "raise"
    limits: Limits
    encoding: str = "utf-8"
    id_pattern: str
    on_trial: bool = False

    def __attrs_post_init__(self) -> None:
        if self.on_error not in (accepted := get_args(OnError)):
            raise ValueError(f"on_error={self.on_error!r} is not one of {' and '.join(map(repr, accepted))}")

    def log(self) -> FaultLog:
        return FaultLog(limit=self.limits.faults, strict=self.strict, order=TABLE_NAMES)

    @property
    def rules(self) -> tuple[TableRule, ...]:
        return tuple(rule.with_ids(self.id_pattern) for rule in ALL_TABLES if rule.name in self.names)


def read_organisation(
    path: str | Path | Traversable,
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    encoding: str = "utf-8",
    id_pattern: str = DEFAULT_ID,
    on_trial: bool = False,
) -> Organisation:
    """Return the organisation that a folder of CSV or Parquet files describes, each table in either format.

    Args:
        path: The folder; `scale`, `skills`, `roles`, `requirements` and `people` must be in it.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: `raise` accepts all or nothing; `quarantine` leaves faulty rows out, and what cannot stand without
            them, and counts them in `Organisation.left_out`. Whoever reports to somebody who is left out stays,
            without a manager, and is named in `Organisation.warnings`.
        limits: How much is read before a file is refused.
        encoding: How the characters of CSV files are written.
        id_pattern: The regular expression that a whole id must match.
        on_trial: Whether Parquet files are read on trial first, each by a process of its own with a bound on its
            memory, since one that was made to harm can end the process that reads it. It takes about as long again.

    What is odd and accepted all the same stands in `Organisation.warnings`, and goes to the log `taskmentor`.

    Raises:
        InputError: With every fault of every table.
        UnsupportedError: If there is a Parquet file, and the extra `frames` is not installed.
        ValueError: If `on_error` is another word.

    Complexity:
        O(n log n) for n rows in all; about 30 s and 3 GiB for 1,000,000 people with 17,000,000 assessments in Parquet.
    """
    options = _Options(
        strict=strict,
        on_error=on_error,
        limits=limits,
        encoding=encoding,
        id_pattern=id_pattern,
        on_trial=on_trial,
    )
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
    """Return the competency model that a folder of CSV or Parquet files describes; other files are not looked at.

    Args:
        path: The folder; `scale`, `skills`, `roles` and `requirements` must be in it.
        strict: Whether what is odd but could be accepted is an error too.
        limits: How much is read before a file is refused.
        encoding: How the characters of CSV files are written.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault of every table.
    """
    options = _Options(names=OF_MODEL, strict=strict, limits=limits, encoding=encoding, id_pattern=id_pattern)
    read = _Read.from_folder(Path(path) if isinstance(path, str) else path, options)
    model = assemble_model(read.tables, read.log, unread=frozenset(read.unread))
    if model is None:
        raise InputError(read.log.errors(), read.log.n_errors)
    _report(read.log.warnings())
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
        on_error: As in `read_organisation`.
        limits: How much is read before a table is refused.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault of every table.
    """
    options = _Options(strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern)
    return _organisation(_Read.from_memory(tables, options, lambda rule, rows: grid_of_rows(rows, rule.name, limits)))


def organisation_from_frames(
    frames: "Mapping[str, IntoDataFrame]",
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    id_pattern: str = DEFAULT_ID,
) -> Organisation:
    """Return the organisation that data frames describe, as if they were Parquet files.

    Args:
        frames: Data frames of pandas, polars or pyarrow by table name. Ids and names are texts, levels and counts whole
            numbers, days dates or texts such as 2026-11-23; categories of these will do, and empty cells are null.
            Messages count rows from 1.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: As in `read_organisation`.
        limits: How much is read before a table is refused.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault of every table.
        UnsupportedError: If the extra `frames` is not installed.
    """
    check_extra()
    options = _Options(strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern)
    return _organisation(
        _Read.from_memory(frames, options, lambda rule, frame: grid_of_frame(frame, rule.name, rule, limits))
    )


def read_protected(
    path: str | Path | Traversable,
    organisation: Organisation,
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    encoding: str = "utf-8",
    id_pattern: str = DEFAULT_ID,
    on_trial: bool = False,
) -> ProtectedAttributes:
    """Return the protected attributes that the table `protected` of a folder gives, or one file, CSV or Parquet.

    Args:
        path: The folder of an organisation's tables, or the file alone.
        organisation: Whose people the table may name; it does not take anything of it.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: `raise` accepts all or nothing; `quarantine` leaves faulty rows out, and counts them in `left_out`.
        limits: How much is read before a file is refused.
        encoding: How the characters of CSV files are written.
        id_pattern: The regular expression that a whole id must match.
        on_trial: As in `read_organisation`.

    Raises:
        InputError: With every fault, or if there is no such table.
        UnsupportedError: If it is a Parquet file, and the extra `frames` is not installed.
        ValueError: If `on_error` is another word.
    """
    options = _Options(
        names=(PROTECTED.name,),
        strict=strict,
        on_error=on_error,
        limits=limits,
        encoding=encoding,
        id_pattern=id_pattern,
        on_trial=on_trial,
    )
    place = Path(path) if isinstance(path, str) else path
    if not (place.is_file() or place.is_dir()):
        problem, remedy = "there is no such file or folder", "Give the table itself, or the folder that holds it."
        raise InputError([Fault(code="NOT-A-FILE", table=name_shown(place.name), problem=problem, remedy=remedy)])
    read = _Read.from_file(place, options) if place.is_file() else _Read.from_folder(place, options)
    return _protected(read, organisation)


def protected_from_rows(
    rows: Iterable[Mapping[str, object]],
    organisation: Organisation,
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    id_pattern: str = DEFAULT_ID,
) -> ProtectedAttributes:
    """Return the protected attributes that rows in memory give, as if they stood in `protected.csv`.

    Args:
        rows: Values by column, as in `organisation_from_rows`.
        organisation: Whose people they may name.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: As in `read_protected`.
        limits: How much is read before the rows are refused.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault.
    """
    options = _Options(
        names=(PROTECTED.name,), strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern
    )  # fmt: skip
    given = {PROTECTED.name: rows}
    read = _Read.from_memory(given, options, lambda rule, rows: grid_of_rows(rows, rule.name, limits))
    return _protected(read, organisation)


def protected_from_frames(
    frame: "IntoDataFrame",
    organisation: Organisation,
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    id_pattern: str = DEFAULT_ID,
) -> ProtectedAttributes:
    """Return the protected attributes that a data frame gives, as if it were `protected.parquet`.

    Args:
        frame: A data frame of pandas, polars or pyarrow, with columns as in `organisation_from_frames`.
        organisation: Whose people it may name.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: As in `read_protected`.
        limits: How much is read before the frame is refused.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault.
        UnsupportedError: If the extra `frames` is not installed.
    """
    check_extra()
    options = _Options(
        names=(PROTECTED.name,), strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern
    )  # fmt: skip
    given = {PROTECTED.name: frame}
    read = _Read.from_memory(given, options, lambda rule, one: grid_of_frame(one, rule.name, rule, limits))
    return _protected(read, organisation)


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
            sources = [rule.name + ending for ending in _ENDINGS]
            there = [source for source in sources if source in files]
            if len(there) > 1:
                read.unreadable(rule.name, there[0], _given_twice(*there))
            elif there:
                read.take(rule, there[0], partial(read.grid, rule, there[0], files[there[0]]))
            elif rule.name in NEEDED:
                read.missing(
                    rule.name, " or ".join(sources), [name for name in files if name.lower().endswith(_ENDINGS)]
                )
        return read

    @classmethod
    def from_file(cls, file: Traversable, options: _Options) -> "_Read":
        """Return the one table of the options, whatever its file is called."""
        read = cls(options, options.log())
        (rule,) = options.rules
        read.take(rule, file.name, partial(read.grid, rule, file.name, file))
        return read

    @classmethod
    def from_memory(
        cls, tables: Mapping[str, _Given], options: _Options, grid: Callable[[TableRule, _Given], Grid]
    ) -> "_Read":
        read = cls(options, options.log())
        for name in sorted(set(tables) - set(options.names)):
            problem = f"{shown(name)} is no table of an organisation{nearest(name, options.names)}"
            remedy = f"Use {', '.join(options.names)}."
            if name == PROTECTED.name:
                remedy = "Give it to protected_from_rows or protected_from_frames; no organisation holds it."
            read.log.found(
                Fault(code="UNKNOWN-TABLE", table=name_shown(name), problem=problem, remedy=remedy, severity="warning")
            )
        for rule in options.rules:
            if rule.name in tables:
                read.take(rule, rule.name, partial(grid, rule, tables[rule.name]))
            elif rule.name in NEEDED:
                read.missing(rule.name, rule.name, list(tables))
        return read

    def unreadable(self, name: str, source: str, *faults: Fault) -> None:
        self.unread.add(name)
        self.tables[name] = evolve(Table.empty(source), name=name)
        for fault in faults:
            self.log.found(fault)

    def missing(self, name: str, wanted: str, found: Sequence[str]) -> None:
        source = wanted.partition(" ")[0]
        problem = f"there is no {wanted}; found {', '.join(sorted(found)) or 'nothing'}"
        remedy = f"Give {', '.join(needed for needed in self.options.names if needed in NEEDED)}."
        self.unreadable(name, source, Fault(code="MISSING-TABLE", table=source, problem=problem, remedy=remedy))

    def take(self, rule: TableRule, source: str, grid: Callable[[], Grid]) -> None:
        """Read one table, from its cells."""
        try:
            table = read_table(rule, grid(), self.log, longest=self.options.limits.cell_characters)
        except UnreadableError as error:
            self.unreadable(rule.name, source, *error.faults)
            return
        if table is None:
            self.unreadable(rule.name, source)
        elif len(table) == 0 and rule.name in NEEDED:
            self.unreadable(rule.name, source, _no_rows(source))
        else:
            self.tables[rule.name] = table

    def grid(self, rule: TableRule, source: str, file: Traversable) -> Grid:
        limits = self.options.limits
        data = read_bytes(file, source, limits)
        if not source.endswith(".parquet"):
            return read_grid(data, source, encoding=self.options.encoding, limits=limits)
        if self.options.on_trial:
            rehearse(data, rule.name, source, limits)
        return read_parquet(data, source, rule, self.log, limits)


def _given_twice(one: str, other: str) -> Fault:
    remedy = "Keep the one that counts."
    return Fault(code="DUPLICATE-TABLE", table=one, problem=f"there is {other} too", remedy=remedy)


def _no_rows(source: str, problem: str = "it has no rows") -> Fault:
    return Fault(code="NO-ROWS", table=source, problem=problem, remedy="Give at least one row.")


def _files(folder: Traversable) -> dict[str, Traversable]:
    if not folder.is_dir():
        raise InputError([not_a_folder(folder, "Give the folder that holds people.csv, skills.csv and so on.")])
    return {file.name: file for file in folder.iterdir()}


def _warn_of_near_misses(files: Iterable[str], options: _Options, log: FaultLog) -> None:
    for name in sorted(files):
        stem, ending = os.path.splitext(name.lower())
        if ending not in _ENDINGS or name in _EXPECTED:
            continue
        for near in get_close_matches(stem.strip(), options.names, n=1, cutoff=_NEAR_MISS):
            problem = f"it is not read; did you mean {near}{ending}?"
            remedy = "Name it exactly so, or give it a name that is like no table's."
            log.found(
                Fault(code="UNKNOWN-FILE", table=name_shown(name), problem=problem, remedy=remedy, severity="warning")
            )


# --- from tables to an organisation


def _organisation(read: _Read) -> Organisation:
    if read.options.on_error == "quarantine":
        organisation = _Quarantine(read).organisation()
    else:
        organisation = _whole_organisation(read)
    _report(organisation.warnings)
    for one in organisation.left_out:
        _LOG.warning("Left out of %s: %d rows.", one.table, one.rows)
    return organisation


def _whole_organisation(read: _Read) -> Organisation:
    deepest, unread = read.options.limits.reporting_levels, frozenset(read.unread)
    organisation = assemble(read.tables, read.log, deepest=deepest, unread=unread)
    if organisation is None:
        raise InputError(read.log.errors(), read.log.n_errors)
    return organisation


def _report(warnings: Iterable[Fault]) -> None:
    """Say each warning to whoever listens; it names ids and columns, and no names of people."""
    for warning in warnings:
        _LOG.warning("%s", warning)


def _protected(read: _Read, organisation: Organisation) -> ProtectedAttributes:
    table = read.tables.get(PROTECTED.name)
    if table is None:
        sources = " or ".join(PROTECTED.name + ending for ending in _ENDINGS)
        absent = Fault(
            code="MISSING-TABLE", table=PROTECTED.name, problem=f"there is no {sources}", remedy="Give the file itself."
        )  # fmt: skip
        raise InputError([absent])
    log, n_rows = read.log, 0
    faults: tuple[Fault, ...] = ()
    while (found := assemble_protected(table, organisation.people, log)) is None:
        if log.whole or read.options.on_error == "raise":
            raise InputError(log.errors(), log.n_errors)
        faulty = log.rows[table.name]
        faults, n_rows = (*faults, *log.errors()), n_rows + len(faulty)
        table = table.take(np.setdiff1d(np.arange(len(table)), [*faulty]))
        log = evolve(read.options.log(), kept_warnings=log.kept_warnings, n_warnings=log.n_warnings)
    _report(found.warnings)
    if not n_rows:
        return found
    _LOG.warning("Left out of %s: %d rows.", table.name, n_rows)
    kept = faults[: read.options.limits.faults]
    return evolve(found, left_out=LeftOut(table=table.name, rows=n_rows, faults=kept))


_IDS = {"people": "person", "skills": "skill", "roles": "role"}
"""What the rows of a table are called where others refer to them."""


@frozen
class _Optional:
    """A reference to a person without which its row still says something."""

    table: str
    column: str
    code: str
    row: str
    without: str


_OPTIONAL = (
    _Optional("people", "manager_id", "MANAGER-LEFT-OUT", "person", "a manager"),
    _Optional("assessments", "assessor_id", "ASSESSOR-LEFT-OUT", "the assessment of", "an assessor"),
)


@define
class _Quarantine:
    """Leaves faulty rows out, and what cannot stand without them, until an organisation remains.

    Attributes:
        read: What was read.
        tables: What is left of it.
        faults: Why rows were left out, by table, the first cause first.
        n_rows: How many rows were left out, by table.
        n_errors: How many faults there were so far.
        gone: The ids of the rows that were left out, by kind.
        emptied: What stood in references that were emptied, by table and line.
    """

    read: _Read
    tables: dict[str, Table] = field(init=False)
    faults: list[Fault] = field(factory=list, init=False)
    n_rows: Counter[str] = field(factory=Counter, init=False)
    n_errors: int = field(default=0, init=False)
    gone: dict[str, frozenset[str]] = field(factory=dict, init=False)
    emptied: dict[str, dict[int, str]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.tables = dict(self.read.tables)

    def organisation(self) -> Organisation:
        """Return what remains.

        Raises:
            InputError: If what is wrong concerns whole tables, or one that must have rows has none left.
        """
        read, deepest = self.read, self.read.options.limits.reporting_levels
        log, warnings = read.log, read.log.warnings()
        while True:
            organisation = assemble(self.tables, log, deepest=deepest, unread=frozenset(read.unread), gone=self.gone)
            if organisation is not None:
                return evolve(organisation, left_out=self._left_out(), warnings=self._warnings(organisation))
            self._leave_out(log)
            log = read.options.log()
            for warning in warnings:
                log.found(warning)

    def _leave_out(self, log: FaultLog) -> None:
        if log.whole:
            raise self._refusal(log.errors(), log.n_errors)
        self.faults += log.errors()
        self.n_errors += log.n_errors
        for name, rows in log.rows.items():
            table = self.tables[name]
            self.n_rows[name] += len(rows)
            self.tables[name] = table.take(np.setdiff1d(np.arange(len(table)), list(rows)))
            self._forget(table, self.tables[name])
        empty = [_no_rows(self.tables[name].source, "every row was left out") for name in log.rows if self._lacks(name)]
        if empty:
            raise self._refusal(empty, len(empty))
        self._empty_references()

    def _refusal(self, last: Sequence[Fault], n_last: int) -> InputError:
        """Return the error of faults that leaving rows out cannot mend, behind as many of its causes as have room."""
        room = max(0, self.read.options.limits.faults - len(last))
        return InputError([*self.faults[:room], *last], self.n_errors + n_last)

    def _lacks(self, name: str) -> bool:
        return name in NEEDED and not len(self.tables[name])

    def _forget(self, before: Table, after: Table) -> None:
        """Note the ids that only rows gave which are left out now."""
        if (kind := _IDS.get(before.name)) is not None:
            ids = [set(KnownIds.of(kind, table, unread=False).ids) for table in (before, after)]
            self.gone[kind] = self.gone.get(kind, frozenset()) | (ids[0] - ids[1])

    def _empty_references(self) -> None:
        """Empty what refers to somebody who is left out, where the row can stand without it."""
        gone = self.gone.get("person", frozenset())
        for one in _OPTIONAL:
            table = self.tables.get(one.table)
            if table is None or not gone:
                continue
            places, labels = table.labelled(one.column)
            rows = np.flatnonzero(np.array([label in gone for label in labels])[places])
            if len(rows):
                self.tables[one.table] = table.emptied(one.column, rows)
                named = [labels[place] for place in places[rows].tolist()]
                self.emptied.setdefault(one.table, {}).update(zip(table.lines[rows].tolist(), named, strict=True))

    def _warnings(self, organisation: Organisation) -> tuple[Fault, ...]:
        log = evolve(self.read.options.log(), strict=False)
        for warning in organisation.warnings:
            log.found(warning)
        for one, rows in self._still_there():
            problem = partial(self._emptied, one)
            table, remedy = self.tables[one.table], "Mend that row."
            log.rows_of(table, rows, one.code, one.column, problem, remedy=remedy, warning=True)
        return log.warnings()

    def _emptied(self, one: _Optional, row: int) -> str:
        table = self.tables[one.table]
        named = self.emptied[one.table][int(table.lines[row])]
        who = shown(table.text("person_id", row))
        return f"{one.row} {who} is kept without {one.without}, as {was_left_out('person', named)}"

    def _still_there(self) -> Iterator[tuple[_Optional, NDArray[np.intp]]]:
        """Give the rows whose reference was emptied and that were not left out later for something else."""
        for one in _OPTIONAL:
            if one.table in self.emptied:
                yield one, np.flatnonzero(np.isin(self.tables[one.table].lines, list(self.emptied[one.table])))

    def _left_out(self) -> tuple[LeftOut, ...]:
        counted, n_emptied = [], sum(len(rows) for _, rows in self._still_there())
        for name in (name for name in TABLE_NAMES if name in self.n_rows):
            faults = [fault for fault in self.faults if fault.table == self.tables[name].source]
            faults = faults[: self.read.options.limits.faults]
            counted.append(
                LeftOut(
                    table=name,
                    rows=self.n_rows[name],
                    faults=tuple(faults),
                    emptied=n_emptied if name == "people" else 0,
                )
            )
        return tuple(counted)
