"""Checks that hold for every table: references name something, keys do not repeat, days are in order."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import shown
from taskmentor.models.competency import is_scale
from taskmentor.models.people import NO_CODE
from taskmentor.models.suggestions import Suggestions
from taskmentor.models.tables import Column, FaultLog, Table, row_keys

__all__ = ["MEND_IT", "NOTHING_GONE", "Gone", "KnownIds", "References", "Tables", "check_order", "check_repeated",
           "repeated", "was_left_out"]  # fmt: skip

Tables = Mapping[str, Table]
"""Well-formed tables by name."""

Gone = Mapping[str, frozenset[str]]
"""The ids of rows that were left out, by kind such as `person`."""

NOTHING_GONE: Gone = MappingProxyType({})


MEND_IT = "Mend that row."


def was_left_out(kind: str, row_id: str) -> str:
    """Return a clause that says why a reference names nothing any more."""
    return f"the row of {kind} {shown(row_id)} was left out"


@frozen(eq=False, kw_only=True)
class KnownIds:
    """The ids that references of one kind may name.

    Attributes:
        kind: What they name, such as `person`.
        ids: Sorted; an id's place is its code.
        unread: Whether the table of these ids could not be read, so that nothing can be said about references.
        gone: The ids of rows that were left out.
    """

    kind: str
    ids: tuple[str, ...]
    unread: bool
    gone: frozenset[str] = frozenset()

    @classmethod
    def of(cls, kind: str, table: Table, *, unread: bool, gone: frozenset[str] = frozenset()) -> "KnownIds":
        """Return the ids that a table gives in its column `<kind>_id`."""
        column = f"{kind}_id"
        places, labels = table.labelled(column)
        used = np.unique(places[table.given(column)]).tolist()
        return cls(kind=kind, ids=tuple(labels[place] for place in used), unread=unread, gone=gone)

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {known: code for code, known in enumerate(self.ids)}

    @cached_property
    def _near(self) -> Suggestions:
        return Suggestions(self.ids)

    def codes(self, table: Table, column: str) -> NDArray[np.int32]:
        """Return the codes that a column names, -1 where it is empty or names nothing. Shape (n,)."""
        places, labels = table.labelled(column)
        return np.array([self._codes.get(label, NO_CODE) for label in labels], np.int32)[places]

    def referred(self, table: Table, column: str, log: FaultLog, *, may_be_empty: bool = False) -> NDArray[np.int32]:
        """Return the codes that a column names, and add a fault for each cell that names nothing.

        Args:
            table: The table that refers.
            column: Its column of references.
            log: Where the faults go.
            may_be_empty: Whether leaving the cell empty would mend it.

        Returns:
            Codes, -1 where the cell is empty or names nothing. Shape (n,).
        """
        codes = self.codes(table, column)
        if self.unread:
            return codes
        dangling = np.flatnonzero((codes == NO_CODE) & table.given(column))

        def problem(row: int) -> str:
            cell = table.text(column, row)
            return f"{shown(cell)} names no {self.kind} of this organisation{self._near(cell)}"

        code = "UNKNOWN-MANAGER" if column == "manager_id" else f"UNKNOWN-{self.kind.upper()}"
        way_out = ", mend the id or leave the cell empty." if may_be_empty else " or mend the id."
        places, labels = table.labelled(column)
        gone = np.array([label in self.gone for label in labels])[places[dangling]]
        log.rows_of(table, dangling[~gone], code, column, problem, remedy=f"Add the {self.kind}{way_out}")
        log.rows_of(
            table, dangling[gone], code, column, lambda row: was_left_out(self.kind, table.text(column, row)),
            remedy=MEND_IT,
        )  # fmt: skip
        return codes


@frozen(eq=False)
class References:
    """The ids and levels that references may name."""

    person: KnownIds
    skill: KnownIds
    role: KnownIds
    levels: tuple[int, ...]

    @classmethod
    def of(cls, tables: Tables, unread: frozenset[str], gone: Gone = NOTHING_GONE) -> "References":
        """Return what the tables give; those named in `unread` are there and empty."""
        scale = tables["scale"]
        levels = sorted(scale.numbers("level", 0).tolist())

        def known(kind: str, name: str) -> KnownIds:
            return KnownIds.of(kind, tables[name], unread=name in unread, gone=gone.get(kind, frozenset()))

        return cls(
            person=known("person", "people"),
            skill=known("skill", "skills"),
            role=known("role", "roles"),
            levels=tuple(levels) if scale.given("level").all() and is_scale(levels) else (),
        )

    def check_levels(self, table: Table, column: str, log: FaultLog) -> None:
        """Add a fault for each level that is not on the scale."""
        if not self.levels:
            return
        numbers = table.numbers(column, -1)
        off = np.flatnonzero(table.given(column) & ~np.isin(numbers, self.levels))
        remedy = f"Use {self.levels[0]} to {self.levels[-1]}."
        log.rows_of(
            table, off, "OUT-OF-SCALE", column, lambda row: f"level {numbers[row]} is not on the scale", remedy=remedy
        )


def repeated(table: Table, columns: list[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows that share all of some columns with an earlier row, and for each the first such row."""
    rows = np.flatnonzero(np.logical_and.reduce([table.given(column) for column in columns]))
    if not len(rows):
        return rows, rows
    # All rows, as nearly always, need no copy, and that none is repeated is told without putting them in order.
    some = slice(None) if len(rows) == len(table) else rows
    keys = row_keys([table.columns[column].values[some] for column in columns])
    if (np.diff(np.sort(keys)) > 0).all():
        return rows[:0], rows[:0]
    order = np.argsort(keys, kind="stable")
    new = np.append(True, np.diff(keys[order]) != 0)
    first = rows[order][np.flatnonzero(new)[np.cumsum(new) - 1]]
    later, first = rows[order][~new], first[~new]
    by_row = np.argsort(later)
    return later[by_row], first[by_row]


def check_repeated(table: Table, columns: list[str], code: str, log: FaultLog, *, remedy: str) -> None:
    """Add a fault for every row that shares all of some columns with an earlier row; both count as faulty."""
    later, first = repeated(table, columns)
    first_of = dict(zip(later[: log.limit].tolist(), first[: log.limit].tolist(), strict=True))

    def problem(row: int) -> str:
        cells = " ".join(_cell_shown(table.columns[column], row) for column in columns)
        return f"{cells} stands also on line {table.lines[first_of[row]]}"

    log.rows_of(table, later, code, columns[0], problem, remedy=remedy)
    log.spoil(table, first)


def _cell_shown(column: Column, row: int) -> str:
    value = column.values[row]
    return str(value) if column.labels is None else shown(column.labels[int(value)])


def check_order(table: Table, first: str, last: str, log: FaultLog, *, strictly: bool = False) -> None:
    """Add a fault for each row whose last day lies before its first; `strictly`, also for those with one day."""
    begin, end = table.days(first), table.days(last)
    wrong = np.flatnonzero((end <= begin) if strictly else (end < begin))
    word = "after" if strictly else "on or after"
    log.rows_of(
        table, wrong, "DATE-ORDER", last, lambda row: f"{end[row]} is not {word} {first} {begin[row]}",
        remedy=f"Give {last} a day {word} {first}, or leave it empty.",
    )  # fmt: skip
