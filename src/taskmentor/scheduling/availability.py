"""When one person is free: weekly hours, dated exceptions, holidays and a calendar, in the person's own time zone."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.models.availability import LONGEST_DAY, Weekday, clock_text, minute_of_day
from taskmentor.models.people import PersonId
from taskmentor.scheduling.spans import Span, Spans, full_seconds_of, seconds_of
from taskmentor.scheduling.zones import DAY_SECONDS, known_zone, on_the_clock
from taskmentor.validators import check_instant, whole

__all__ = ["USUAL_HOURS", "Availability", "Bar", "DatedHours", "WeeklyHours", "free_layers", "free_time",
           "longest_session", "weekly", "weekly_time", "window"]  # fmt: skip

_EPOCH_DAY = date(1970, 1, 1)
_THURSDAY = Weekday.THU  # the first day of 1970


def _check_hours(hours: "WeeklyHours | DatedHours") -> None:
    """Refuse hours that end before they begin, and days that do."""
    faults = []
    table = type(hours).__name__
    if hours.until_minute <= hours.from_minute:
        problem = f"{clock_text(hours.until_minute)} is not after {clock_text(hours.from_minute)}"
        remedy = "End later on the same day; hours over midnight are two, up to 24:00 and from 00:00."
        faults.append(Fault(code="TIME-ORDER", table=table, column="until_minute", problem=problem, remedy=remedy))
    if hours.from_on is not None and hours.until_on is not None and hours.until_on < hours.from_on:
        problem = f"{hours.until_on} is before {hours.from_on}"
        remedy = "Give a last day on or after the first."
        faults.append(Fault(code="DATE-ORDER", table=table, column="until_on", problem=problem, remedy=remedy))
    if faults:
        raise InputError(faults)


@frozen(kw_only=True)
class WeeklyHours:
    """Hours on one day of every week, as a clock shows them where they are kept.

    Attributes:
        weekday: The day.
        from_minute: When they begin, in minutes from midnight.
        until_minute: When they end, 1440 for the end of the day.
        from_on: The first day on which they hold; None for always.
        until_on: The last day on which they hold; None for no end.
    """

    weekday: Weekday = field(converter=Weekday)
    from_minute: int = field(validator=whole(at_least=0, at_most=LONGEST_DAY - 1))
    until_minute: int = field(validator=whole(at_least=1, at_most=LONGEST_DAY))
    from_on: date | None = None
    until_on: date | None = None

    def __attrs_post_init__(self) -> None:
        _check_hours(self)


@frozen(kw_only=True)
class DatedHours:
    """Hours on certain days, as a clock shows them where they are kept; whole days unless hours are given.

    Attributes:
        from_on: The first day.
        until_on: The last day; the first unless given.
        from_minute: When they begin on each of these days, in minutes from midnight.
        until_minute: When they end on each of these days, 1440 for the end of the day.
    """

    from_on: date
    until_on: date = field()
    from_minute: int = field(default=0, validator=whole(at_least=0, at_most=LONGEST_DAY - 1))
    until_minute: int = field(default=LONGEST_DAY, validator=whole(at_least=1, at_most=LONGEST_DAY))

    @until_on.default
    def _one_day(self) -> date:
        return self.from_on

    def __attrs_post_init__(self) -> None:
        _check_hours(self)


def weekly(days: str, begin: str, end: str) -> tuple[WeeklyHours, ...]:
    """Return the same hours on several days of the week.

    Args:
        days: Words such as `mon wed fri`; `mon-fri` stands for all days from one to another.
        begin: The time of day at which they begin, such as 09:00.
        end: The time of day at which they end, such as 17:30; 24:00 is the end of the day.

    Raises:
        InputError: If a word or a time of day is none, or the hours end before they begin.

    Examples:
        >>> [(hours.weekday.label, hours.from_minute) for hours in weekly("mon-tue fri", "09:00", "12:30")]
        [('mon', 540), ('tue', 540), ('fri', 540)]
    """
    from_minute, until_minute = _minute("begin", begin), _minute("end", end)
    return tuple(
        WeeklyHours(weekday=weekday, from_minute=from_minute, until_minute=until_minute) for weekday in _weekdays(days)
    )


def _minute(name: str, text: str) -> int:
    if (minute := minute_of_day(text)) is not None:
        return minute
    problem = f"{shown(text)} is no time of day"
    raise InputError(
        [Fault(code="BAD-TIME", table="hours", column=name, problem=problem, remedy="Use HH:MM, such as 09:00.")]
    )


def _weekdays(days: str) -> Iterator[Weekday]:
    labels = [weekday.label for weekday in Weekday]
    for word in days.split():
        first, _, last = word.partition("-")
        if first not in labels or (last or first) not in labels[labels.index(first) :]:
            problem, remedy = f"{shown(word)} names no days of the week", "Use words such as mon or mon-fri."
            raise InputError([Fault(code="BAD-CHOICE", table="hours", column="days", problem=problem, remedy=remedy)])
        yield from (Weekday(day) for day in range(labels.index(first), labels.index(last or first) + 1))


USUAL_HOURS = weekly("mon-fri", "09:00", "17:00")
"""The working hours that hold where an organisation says nothing else: Monday to Friday, nine to five."""


def _in_order(hours: Iterable[WeeklyHours]) -> tuple[WeeklyHours, ...]:
    return tuple(hours)


def _dated(hours: Iterable[DatedHours]) -> tuple[DatedHours, ...]:
    return tuple(hours)


def _days(days: Iterable[date]) -> frozenset[date]:
    return frozenset(days)


def _spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(spans)


class Bar(StrEnum):
    """What keeps somebody from a time, the first that holds."""

    HOURS = "outside working hours"
    HOLIDAY = "holiday"
    AWAY = "away"
    BUSY = "busy"


@frozen(kw_only=True)
class Availability:
    """When one person can take part in sessions.

    A person is free within the working hours, and within their own weekly hours where they gave some, except on
    holidays; besides in extra hours, whatever the day; and never while away or busy.

    Attributes:
        person_id: Who.
        time_zone: The IANA zone of the clock by which all hours and days here are meant.
        working_hours: The hours that the organisation works.
        hours: The person's own weekly hours; empty for all working hours.
        extra: Days and hours on which the person is there besides.
        away: Days and hours on which the person is not there.
        holidays: Days on which nobody works where the person is.
        busy: What stands in the person's calendar already.
        session_minutes: The longest session that the person wants; None for no limit (U1).
    """

    person_id: PersonId
    time_zone: str = field()
    working_hours: tuple[WeeklyHours, ...] = field(default=USUAL_HOURS, converter=_in_order)
    hours: tuple[WeeklyHours, ...] = field(default=(), converter=_in_order)
    extra: tuple[DatedHours, ...] = field(default=(), converter=_dated)
    away: tuple[DatedHours, ...] = field(default=(), converter=_dated)
    holidays: frozenset[date] = field(default=frozenset(), converter=_days)
    busy: tuple[Span, ...] = field(default=(), converter=_spans, repr=False)
    session_minutes: int | None = field(default=None, validator=optional(whole(at_least=1, at_most=LONGEST_DAY)))

    @time_zone.validator
    def _check_zone(self, _: "Attribute[str]", name: str) -> None:
        known_zone(name, table="availability", column="time_zone")

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return ZoneInfo(self.time_zone)

    def with_busy(self, *more: Span) -> "Availability":
        """Return the same availability with more in the calendar."""
        return evolve(self, busy=(*self.busy, *more))


def longest_session(*limits: int | None) -> int | None:
    """Return the longest session that some limits all allow, such as those of the people who would meet.

    Args:
        limits: Minutes; None for no limit.

    Returns:
        Minutes; None where nobody sets a limit.
    """
    return min((limit for limit in limits if limit is not None), default=None)


def window(from_at: datetime, until_at: datetime) -> tuple[int, int]:
    """Return the seconds since 1970 from a moment up to another, none of which is partly outside.

    Raises:
        InputError: If one is naive (`NAIVE-TIME`), or the end is not after the start (`DATE-ORDER`).
    """
    check_instant(from_at, "slots", "from_at")
    check_instant(until_at, "slots", "until_at")
    if until_at <= from_at:
        problem = f"{until_at.isoformat()} is not after {from_at.isoformat()}"
        remedy = "Give an end after the start."
        raise InputError([Fault(code="DATE-ORDER", table="slots", column="until_at", problem=problem, remedy=remedy)])
    begin = full_seconds_of(from_at)
    return begin, max(begin, seconds_of(until_at))


def free_time(availability: Availability, from_at: datetime, until_at: datetime) -> Spans:
    """Return when somebody is free from a moment up to another.

    Args:
        availability: When that person can take part in sessions.
        from_at: The first moment that is looked at, aware.
        until_at: The moment before which all must lie, aware.

    Raises:
        InputError: If a moment is naive (`NAIVE-TIME`), or the end is not after the start (`DATE-ORDER`).

    Complexity:
        O(n log n) for n days and busy spans.
    """
    *_, (_, free) = free_layers(availability, *window(from_at, until_at))
    return free


def free_layers(availability: Availability, begin: int, end: int) -> Iterator[tuple[Bar, Spans]]:
    """Give what is left of a window after each thing that may bar somebody, the last being the time that is free.

    Args:
        availability: When that person can take part in sessions.
        begin: The window's begin in seconds since 1970.
        end: The window's end.
    """
    zone, days = availability.zone, _days_around(begin, end)
    whole_window = Spans(np.array([begin], np.int64), np.array([end], np.int64))
    extra = _dated_spans(availability.extra, zone, days) & whole_window
    left = _weekly_spans(availability.working_hours, zone, days) & whole_window
    if availability.hours:
        left &= _weekly_spans(availability.hours, zone, days)
    yield Bar.HOURS, left | extra
    if holidays := [day for day in availability.holidays if _day_number(day) in days]:
        left -= _dated_spans([DatedHours(from_on=day) for day in holidays], zone, days)
    left |= extra
    yield Bar.HOLIDAY, left
    if availability.away:
        left -= _dated_spans(availability.away, zone, days)
    yield Bar.AWAY, left
    if availability.busy:
        left -= Spans.of(availability.busy)
    yield Bar.BUSY, left


def weekly_time(hours: tuple[WeeklyHours, ...], zone: ZoneInfo, begin: int, end: int) -> Spans:
    """Return the instants of weekly hours by the clock of a zone, for at least the whole of a window.

    Args:
        hours: The hours.
        zone: Where the clock stands.
        begin: The window's begin in seconds since 1970.
        end: The window's end.
    """
    return _weekly_spans(hours, zone, _days_around(begin, end))


def _days_around(begin: int, end: int) -> range:
    """Return the days, counted from 1970, that clocks anywhere may show within a window: no zone is a day from UTC."""
    return range(begin // DAY_SECONDS - 1, end // DAY_SECONDS + 2)


def _day_number(day: date) -> int:
    return (day - _EPOCH_DAY).days


@lru_cache(maxsize=1_024)
def _weekly_spans(hours: tuple[WeeklyHours, ...], zone: ZoneInfo, days: range) -> Spans:
    """Return the instants of weekly hours on some days, counted from 1970."""
    numbers = np.arange(days.start, days.stop, dtype=np.int64)
    weekdays = (numbers + _THURSDAY) % len(Weekday)
    begins, ends = [], []
    for rule in hours:
        held = weekdays == rule.weekday
        if rule.from_on is not None:
            held &= numbers >= _day_number(rule.from_on)
        if rule.until_on is not None:
            held &= numbers <= _day_number(rule.until_on)
        begins.append(numbers[held] * DAY_SECONDS + 60 * rule.from_minute)
        ends.append(numbers[held] * DAY_SECONDS + 60 * rule.until_minute)
    return _clock_spans(zone, begins, ends)


def _dated_spans(hours: Iterable[DatedHours], zone: ZoneInfo, days: range) -> Spans:
    """Return the instants of hours on certain days, so far as these are among some days, counted from 1970."""
    begins, ends = [], []
    for rule in hours:
        first, last = max(_day_number(rule.from_on), days.start), min(_day_number(rule.until_on), days.stop - 1)
        numbers = np.arange(first, last + 1, dtype=np.int64)
        begins.append(numbers * DAY_SECONDS + 60 * rule.from_minute)
        ends.append(numbers * DAY_SECONDS + 60 * rule.until_minute)
    return _clock_spans(zone, begins, ends)


def _clock_spans(zone: ZoneInfo, begins: list[NDArray[np.int64]], ends: list[NDArray[np.int64]]) -> Spans:
    none = np.zeros(0, np.int64)
    return on_the_clock(zone, np.concatenate([none, *begins]), np.concatenate([none, *ends]))
