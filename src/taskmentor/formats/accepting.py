"""From tables to an organisation: all or nothing, or what is left where faulty rows are left out."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.formats.gathering import ENDINGS, Gathered, no_rows
from taskmentor.formats.schema import NEEDED, PROTECTED, TABLE_NAMES
from taskmentor.models.assembly import assemble
from taskmentor.models.checks import KnownIds, was_left_out
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.model_assembly import assemble_model
from taskmentor.models.organisation import LeftOut, Organisation
from taskmentor.models.protected import ProtectedAttributes, assemble_protected
from taskmentor.models.tables import FaultLog, Table

__all__ = ["model_of", "organisation_of", "protected_of"]

_LOG = logging.getLogger("taskmentor")


def model_of(read: Gathered) -> CompetencyModel:
    """Return the competency model of the tables.

    Raises:
        InputError: With every fault.
    """
    model = assemble_model(read.tables, read.log, unread=frozenset(read.unread))
    if model is None:
        raise InputError(read.log.errors(), read.log.n_errors)
    _report(read.log.warnings())
    return model


def organisation_of(read: Gathered) -> Organisation:
    """Return the organisation of the tables, in the way that the options say.

    Raises:
        InputError: With every fault of every table, or what leaving rows out cannot mend.
    """
    if read.options.on_error == "quarantine":
        organisation = _Quarantine(read).organisation()
    else:
        organisation = _whole_organisation(read)
    _report(organisation.warnings)
    for one in organisation.left_out:
        _LOG.warning("Left out of %s: %d rows.", one.table, one.rows)
    return organisation


def _whole_organisation(read: Gathered) -> Organisation:
    deepest, unread = read.options.limits.reporting_levels, frozenset(read.unread)
    organisation = assemble(read.tables, read.log, deepest=deepest, unread=unread)
    if organisation is None:
        raise InputError(read.log.errors(), read.log.n_errors)
    return organisation


def _report(warnings: Iterable[Fault]) -> None:
    """Say each warning to whoever listens; it names ids and columns, and no names of people."""
    for warning in warnings:
        _LOG.warning("%s", warning)


def protected_of(read: Gathered, organisation: Organisation) -> ProtectedAttributes:
    """Return the protected attributes of the table, for people of an organisation.

    Raises:
        InputError: With every fault, or if there is no such table.
    """
    table = read.tables.get(PROTECTED.name)
    if table is None:
        sources = " or ".join(PROTECTED.name + ending for ending in ENDINGS)
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

    read: Gathered
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
        empty = [no_rows(self.tables[name].source, "every row was left out") for name in log.rows if self._lacks(name)]
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
