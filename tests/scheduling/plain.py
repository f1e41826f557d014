"""A second reading of what availability means, minute by minute on the clock of the person.

It shares nothing with `taskmentor.scheduling` but the values that are read.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from taskmentor.scheduling import Availability, DatedHours, DiarySession, WeeklyHours

__all__ = ["MINUTE", "can_come", "in_middle", "is_there", "minutes_between", "overlapping", "unlawful"]

MINUTE = timedelta(minutes=1)


def in_week(hours: Iterable[WeeklyHours], day: date, minute: int) -> bool:
    return any(
        rule.weekday == day.weekday()
        and rule.from_minute <= minute < rule.until_minute
        and (rule.from_on is None or rule.from_on <= day)
        and (rule.until_on is None or day <= rule.until_on)
        for rule in hours
    )


def on_days(hours: Iterable[DatedHours], day: date, minute: int) -> bool:
    return any(
        rule.from_on <= day <= rule.until_on and rule.from_minute <= minute < rule.until_minute for rule in hours
    )


def is_there(person: Availability, at: datetime) -> bool:
    """Whether somebody is free at one moment, by what their clock and calendar show."""
    clock = at.astimezone(ZoneInfo(person.time_zone))
    day, minute = clock.date(), 60 * clock.hour + clock.minute
    if on_days(person.away, day, minute) or any(span.starts_at <= at < span.ends_at for span in person.busy):
        return False
    if on_days(person.extra, day, minute):
        return True
    works = in_week(person.working_hours, day, minute) and day not in person.holidays
    return works and (not person.hours or in_week(person.hours, day, minute))


def minutes_between(begin: datetime, end: datetime, step: int = 1) -> Iterator[datetime]:
    """Every moment from one up to another, in steps of minutes."""
    at = begin.astimezone(UTC)
    while at < end:
        yield at
        at += step * MINUTE


def can_come(person: Availability, starts_at: datetime, minutes: int) -> bool:
    """Whether somebody is free for every minute of a session."""
    return all(is_there(person, at) for at in minutes_between(starts_at, starts_at + minutes * MINUTE))


def in_middle(person: Availability, starts_at: datetime, minutes: int, middle: Iterable[WeeklyHours]) -> bool:
    """Whether every minute of a session is within some hours of the day by somebody's clock."""
    hours = tuple(middle)
    clocks = (
        at.astimezone(ZoneInfo(person.time_zone)) for at in minutes_between(starts_at, starts_at + minutes * MINUTE)
    )
    return all(in_week(hours, clock.date(), 60 * clock.hour + clock.minute) for clock in clocks)


def overlapping(sessions: Iterable[DiarySession]) -> set[tuple[str, str, str]]:
    """Person and ids of every two sessions that somebody would be in at once."""
    held = sorted((one for one in sessions if not one.cancelled), key=lambda one: (one.starts_at, one.id))
    return {
        (person_id, one.id, other.id)
        for one, other in combinations(held, 2)
        for person_id in {*one.person_ids} & {*other.person_ids}
        if other.starts_at < one.starts_at + one.minutes * MINUTE
    }


def unlawful(sessions: Iterable[DiarySession], people: Mapping[str, Availability]) -> list[str]:
    """Everything that is wrong with placed sessions: somebody in two at once, or in one while not free."""
    placed = list(sessions)
    wrong = [f"{person_id} is in {one} and {other} at once" for person_id, one, other in sorted(overlapping(placed))]
    for session in placed:
        for person_id in session.person_ids:
            if not can_come(people[person_id], session.starts_at, session.minutes):
                wrong.append(f"{person_id} is not free for {session.id} at {session.starts_at}")
    return wrong
