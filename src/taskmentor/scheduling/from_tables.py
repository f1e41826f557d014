"""The availability of the people of an organisation, from its tables."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np

from taskmentor.errors import Fault, InputError, UnknownIdError, shown
from taskmentor.models.availability import AvailabilityKind, AvailabilityRows, Weekday
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import Person
from taskmentor.scheduling.availability import USUAL_HOURS, Availability, DatedHours, WeeklyHours

__all__ = ["availabilities"]

_NO_DAYS: Mapping[str, Iterable[date]] = MappingProxyType({})
_KINDS = tuple(AvailabilityKind)


def availabilities(
    organisation: Organisation,
    person_ids: Iterable[str] | None = None,
    *,
    working_hours: tuple[WeeklyHours, ...] = USUAL_HOURS,
    holidays: Mapping[str, Iterable[date]] = _NO_DAYS,
) -> tuple[Availability, ...]:
    """Return when some people of an organisation can take part in sessions, in the order in which they are named.

    Everybody is there from the day they joined to the day before they left. The table `availability` says the rest;
    who has no weekly rows there keeps the working hours.

    Args:
        organisation: The organisation.
        person_ids: Whom to look at; everybody who has a time zone unless given.
        working_hours: The hours that the organisation works, by each person's own clock.
        holidays: Days on which nobody works, by the location of the people.

    Raises:
        UnknownIdError: If somebody is not in the organisation, or nobody is at a location.
        InputError: If somebody who is named has no time zone (`NO-ZONE`); all of them are told at once.

    Complexity:
        O(n + m log m) for n people and m rows.
    """
    people = organisation.people
    for location in sorted(holidays):
        if location not in people.location.labels:
            raise UnknownIdError("location of people", location, people.location.labels)
    codes = range(len(people)) if person_ids is None else map(people.code, person_ids)
    asked = [people[code] for code in codes]
    there = [person for person in asked if person.time_zone]
    if person_ids is not None and len(there) < len(asked):
        raise InputError([*_zone_faults(asked)])
    rows, first = _by_person(organisation.availability, len(people))
    days = {location: frozenset(of_location) for location, of_location in holidays.items()}
    return tuple(
        _availability(
            person, rows[first[code] : first[code + 1]].tolist(), organisation.availability, working_hours, days
        )
        for person, code in zip(there, people.codes([person.id for person in there]).tolist(), strict=True)
    )


def _by_person(table: AvailabilityRows, n_people: int) -> tuple["np.ndarray[tuple[int], np.dtype[np.intp]]", list[int]]:
    """Return the rows of the table sorted by person, and where those of each person begin."""
    rows = np.argsort(table.person, kind="stable")
    return rows, np.searchsorted(table.person[rows], np.arange(n_people + 1)).tolist()


def _availability(
    person: Person,
    rows: list[int],
    table: AvailabilityRows,
    working_hours: tuple[WeeklyHours, ...],
    holidays: Mapping[str, frozenset[date]],
) -> Availability:
    of_kind: dict[AvailabilityKind, list[int]] = {kind: [] for kind in AvailabilityKind}
    for row in rows:
        of_kind[_KINDS[table.kind[row]]].append(row)
    return Availability(
        person_id=person.id,
        time_zone=person.time_zone,
        working_hours=working_hours,
        hours=(_weekly(table, row) for row in of_kind[AvailabilityKind.WEEKLY]),
        extra=(_dated(table, row) for row in of_kind[AvailabilityKind.EXTRA]),
        away=(*(_dated(table, row) for row in of_kind[AvailabilityKind.AWAY]), *_absent(person)),
        holidays=holidays.get(person.location, ()),
    )


def _weekly(table: AvailabilityRows, row: int) -> WeeklyHours:
    return WeeklyHours(
        weekday=Weekday(int(table.weekday[row])),
        from_minute=int(table.from_minute[row]),
        until_minute=int(table.until_minute[row]),
        from_on=table.from_on[row].item(),
        until_on=table.until_on[row].item(),
    )


def _dated(table: AvailabilityRows, row: int) -> DatedHours:
    return DatedHours(
        from_on=table.from_on[row].item(),
        until_on=table.until_on[row].item(),
        from_minute=int(table.from_minute[row]),
        until_minute=int(table.until_minute[row]),
    )


def _absent(person: Person) -> Iterator[DatedHours]:
    """Give the days before somebody joined, and those from when they left."""
    if person.joined_on is not None:
        yield DatedHours(from_on=date.min, until_on=person.joined_on - timedelta(days=1))
    if person.left_on is not None:
        yield DatedHours(from_on=person.left_on, until_on=date.max)


def _zone_faults(asked: Iterable[Person]) -> Iterator[Fault]:
    for person in asked:
        if not person.time_zone:
            problem = f"{shown(person.id)} has no time zone, so that no time of day means anything"
            remedy = "Give the person a time_zone."
            yield Fault(code="NO-ZONE", table="people", column="time_zone", problem=problem, remedy=remedy)
