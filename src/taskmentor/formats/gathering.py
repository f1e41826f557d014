"""Tables gathered from where they are, with all that is wrong with them: a folder, one file, or memory."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from attrs import define, evolve, field, frozen

from taskmentor.errors import Fault, InputError, nearest, shown
from taskmentor.formats.columns import name_shown, read_table
from taskmentor.formats.csv_text import Grid, Limits, UnreadableError, read_bytes, read_grid
from taskmentor.formats.frames import grid_of_frame
from taskmentor.formats.parquet import read_parquet
from taskmentor.formats.rehearsal import rehearse
from taskmentor.formats.rows import grid_of_rows
from taskmentor.formats.schema import ALL_TABLES, LATER_TABLES, NEEDED, PROTECTED, TABLE_NAMES, TableRule
from taskmentor.formats.writing import not_a_folder
from taskmentor.models.tables import FaultLog, Table

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame

__all__ = ["ENDINGS", "Gathered", "OnError", "Options", "no_rows"]

OnError = Literal["raise", "quarantine"]
"""What is done about faulty rows: accept all or nothing, or leave them out and count them."""

ENDINGS = (".csv", ".parquet")
"""What the names of files end in."""

# Files that mean something, now or later: their names are no near misses of each other.
_EXPECTED = frozenset(name + ending for name in (*LATER_TABLES, PROTECTED.name, *TABLE_NAMES) for ending in ENDINGS)
_NEAR_MISS = 0.75
_Given = TypeVar("_Given")


@frozen(kw_only=True)
class Options:
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
        """Return a log for the faults of these tables, with nothing in it."""
        return FaultLog(limit=self.limits.faults, strict=self.strict, order=TABLE_NAMES)

    @property
    def rules(self) -> tuple[TableRule, ...]:
        """Return the rules of the tables that are looked for."""
        return tuple(rule.with_ids(self.id_pattern) for rule in ALL_TABLES if rule.name in self.names)


@define
class Gathered:
    """What was read, before the tables are put together.

    Attributes:
        options: How it was read.
        log: What was found wrong.
        tables: The tables that are there or needed; empty where nothing of one could be read.
        unread: The names of those.
    """

    options: Options
    log: FaultLog
    tables: dict[str, Table] = field(factory=dict)
    unread: set[str] = field(factory=set)

    @classmethod
    def from_folder(cls, folder: Traversable, options: Options) -> "Gathered":
        """Return the tables of a folder, each in a file of its own."""
        read = cls(options, options.log())
        files = _files(folder)
        _warn_of_near_misses(files, options, read.log)
        for rule in options.rules:
            sources = [rule.name + ending for ending in ENDINGS]
            there = [source for source in sources if source in files]
            if len(there) > 1:
                read._unreadable(rule.name, there[0], _given_twice(*there))
            elif there:
                read._take(rule, there[0], partial(read._grid, rule, there[0], files[there[0]]))
            elif rule.name in NEEDED:
                read._missing(
                    rule.name, " or ".join(sources), [name for name in files if name.lower().endswith(ENDINGS)]
                )
        return read

    @classmethod
    def from_file(cls, file: Traversable, options: Options) -> "Gathered":
        """Return the one table of the options, whatever its file is called."""
        read = cls(options, options.log())
        (rule,) = options.rules
        read._take(rule, file.name, partial(read._grid, rule, file.name, file))
        return read

    @classmethod
    def from_rows(cls, tables: Mapping[str, Iterable[Mapping[str, object]]], options: Options) -> "Gathered":
        """Return the tables of rows in memory, by table name."""
        return cls._from_memory(tables, options, lambda rule, rows: grid_of_rows(rows, rule.name, options.limits))

    @classmethod
    def from_frames(cls, frames: "Mapping[str, IntoDataFrame]", options: Options) -> "Gathered":
        """Return the tables of data frames, by table name."""
        return cls._from_memory(
            frames, options, lambda rule, frame: grid_of_frame(frame, rule.name, rule, options.limits)
        )

    @classmethod
    def _from_memory(
        cls, tables: Mapping[str, _Given], options: Options, grid: Callable[[TableRule, _Given], Grid]
    ) -> "Gathered":
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
                read._take(rule, rule.name, partial(grid, rule, tables[rule.name]))
            elif rule.name in NEEDED:
                read._missing(rule.name, rule.name, list(tables))
        return read

    def _unreadable(self, name: str, source: str, *faults: Fault) -> None:
        self.unread.add(name)
        self.tables[name] = evolve(Table.empty(source), name=name)
        for fault in faults:
            self.log.found(fault)

    def _missing(self, name: str, wanted: str, found: Sequence[str]) -> None:
        source = wanted.partition(" ")[0]
        problem = f"there is no {wanted}; found {', '.join(sorted(found)) or 'nothing'}"
        remedy = f"Give {', '.join(needed for needed in self.options.names if needed in NEEDED)}."
        self._unreadable(name, source, Fault(code="MISSING-TABLE", table=source, problem=problem, remedy=remedy))

    def _take(self, rule: TableRule, source: str, grid: Callable[[], Grid]) -> None:
        """Read one table, from its cells."""
        try:
            table = read_table(rule, grid(), self.log, longest=self.options.limits.cell_characters)
        except UnreadableError as error:
            self._unreadable(rule.name, source, *error.faults)
            return
        if table is None:
            self._unreadable(rule.name, source)
        elif len(table) == 0 and rule.name in NEEDED:
            self._unreadable(rule.name, source, no_rows(source))
        else:
            self.tables[rule.name] = table

    def _grid(self, rule: TableRule, source: str, file: Traversable) -> Grid:
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


def no_rows(source: str, problem: str = "it has no rows") -> Fault:
    """Return the fault of a table that must have rows and has none."""
    return Fault(code="NO-ROWS", table=source, problem=problem, remedy="Give at least one row.")


def _files(folder: Traversable) -> dict[str, Traversable]:
    if not folder.is_dir():
        raise InputError([not_a_folder(folder, "Give the folder that holds people.csv, skills.csv and so on.")])
    return {file.name: file for file in folder.iterdir()}


def _warn_of_near_misses(files: Iterable[str], options: Options, log: FaultLog) -> None:
    for name in sorted(files):
        stem, ending = os.path.splitext(name.lower())
        if ending not in ENDINGS or name in _EXPECTED:
            continue
        for near in get_close_matches(stem.strip(), options.names, n=1, cutoff=_NEAR_MISS):
            problem = f"it is not read; did you mean {near}{ending}?"
            remedy = "Name it exactly so, or give it a name that is like no table's."
            log.found(
                Fault(code="UNKNOWN-FILE", table=name_shown(name), problem=problem, remedy=remedy, severity="warning")
            )
