"""The table of when people are there put together, with every fault reported at once."""

import numpy as np
from numpy.typing import NDArray

from taskmentor.errors import shown
from taskmentor.models.availability import (
    LONGEST_DAY,
    NO_WEEKDAY,
    AvailabilityKind,
    AvailabilityRows,
    Weekday,
    clock_text,
    minute_of_day,
)
from taskmentor.models.checks import References, check_order
from taskmentor.models.people import NO_CODE, People
from taskmentor.models.tables import FaultLog, Table

__all__ = ["assemble_availability"]

_KINDS = tuple(AvailabilityKind)
_WEEKLY = _KINDS.index(AvailabilityKind.WEEKLY)
_EXTRA = _KINDS.index(AvailabilityKind.EXTRA)


def assemble_availability(
    table: Table | None, references: References, people: People, log: FaultLog
) -> AvailabilityRows:
    """Return when people are there, as the table `availability` describes it.

    Args:
        table: The table `availability`; None where there is none.
        references: What it may refer to.
        people: Everybody, with their time zones.
        log: What was found so far; everything found here is added.
    """
    if table is None:
        return AvailabilityRows.empty()
    flawed = np.zeros(len(table), np.bool_)  # of a cell that is not well-formed enough is said already
    flawed[list(log.rows.get(table.name, ()))] = True
    person = references.person.referred(table, "person_id", log)
    kind = _codes(table, "kind", [one.value for one in _KINDS])
    weekday = _codes(table, "weekday", [day.label for day in Weekday])
    dated = kind > _WEEKLY
    begin, end = _minutes(table, "from"), _minutes(table, "until")
    given = {"from": begin >= 0, "until": end >= 0}
    check_order(table, "from_on", "until_on", log)
    _check_zones(table, person, people, log)
    _check_missing(
        table, "weekday", (kind == _WEEKLY) & (weekday == NO_WEEKDAY) & ~flawed, log, "Name a day, such as mon."
    )
    _check_missing(table, "from_on", dated & ~table.given("from_on") & ~flawed, log, "Use YYYY-MM-DD.")
    for column, other in (("from", "until"), ("until", "from")):
        wanted = (kind == _WEEKLY) | (kind == _EXTRA) | given[other]
        remedy = "Use HH:MM, such as 09:00; only somebody who is away whole days needs no time."
        _check_missing(table, column, wanted & ~given[column] & ~flawed, log, remedy)
    log.rows_of(
        table, np.flatnonzero(dated & (weekday != NO_WEEKDAY)), "CONFLICTING-CELLS", "weekday",
        lambda row: f"a row of kind {table.text('kind', row)} is about days, not about a day of the week",
        remedy="Leave the cell empty, or use the kind weekly.",
    )  # fmt: skip
    log.rows_of(
        table, np.flatnonzero(given["from"] & given["until"] & (end <= begin)), "TIME-ORDER", "until",
        lambda row: f"{clock_text(int(end[row]))} is not after {clock_text(int(begin[row]))}",
        remedy="End later on the same day; hours over midnight are two rows, up to 24:00 and from 00:00.",
    )  # fmt: skip
    first, last = table.days("from_on"), table.days("until_on")
    return AvailabilityRows(
        person=person,
        kind=kind,
        weekday=weekday,
        from_on=first,
        until_on=np.where(dated & np.isnat(last), first, last),
        from_minute=np.where(given["from"], begin, 0).astype(np.int16),
        until_minute=np.where(given["until"], end, LONGEST_DAY).astype(np.int16),
    )


def _codes(table: Table, column: str, words: list[str]) -> NDArray[np.int8]:
    """Return the place of each cell among some words, -1 where it is empty. Shape (n,)."""
    places, labels = table.labelled(column)
    return np.array([words.index(label) if label in words else NO_CODE for label in labels], np.int8)[places]


def _minutes(table: Table, column: str) -> NDArray[np.int16]:
    """Return a column of times of day in minutes from midnight, -1 where the cell is empty. Shape (n,)."""
    places, labels = table.labelled(column)
    minutes = [minute_of_day(label) for label in labels]
    return np.array([-1 if minute is None else minute for minute in minutes], np.int16)[places]


def _check_missing(table: Table, column: str, missing: NDArray[np.bool_], log: FaultLog, remedy: str) -> None:
    log.rows_of(
        table, np.flatnonzero(missing), "MISSING-VALUE", column,
        lambda row: f"the cell is empty in a row of kind {table.text('kind', row)}", remedy=remedy,
    )  # fmt: skip


def _check_zones(table: Table, person: NDArray[np.int32], people: People, log: FaultLog) -> None:
    without = np.append(people.time_zone.codes == NO_CODE, False)  # and nobody is nowhere
    log.rows_of(
        table, np.flatnonzero(without[person]), "NO-ZONE", "person_id",
        lambda row: f"{shown(table.text('person_id', row))} has no time zone, so that no time of day means anything",
        remedy="Give the person a time_zone in people.",
    )  # fmt: skip
