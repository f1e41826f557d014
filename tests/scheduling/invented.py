"""Availabilities for tests: a few people, and Hypothesis strategies for anybody."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from taskmentor.models.availability import Weekday
from taskmentor.models.people import PersonId
from taskmentor.scheduling import Availability, DatedHours, Span, WeeklyHours, weekly

# Around the days on which clocks change in Europe; those of Lord Howe change by half an hour a week later.
MONDAY = datetime(2026, 3, 23, tzinfo=UTC)
ALWAYS = weekly("mon-sun", "00:00", "24:00")
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca",
    "Pacific/Kiritimati",
)  # fmt: skip


def anybody(person_id: str, time_zone: str = "UTC", **more: Any) -> Availability:
    """Somebody who is always there, but for what is said."""
    more.setdefault("working_hours", ALWAYS)
    return Availability(person_id=PersonId(person_id), time_zone=time_zone, **more)


def busy(*hours: tuple[float, float], since: datetime = MONDAY) -> tuple[Span, ...]:
    """Spans of time from so many hours after a moment to so many."""
    return tuple(Span(since + timedelta(hours=begin), since + timedelta(hours=end)) for begin, end in hours)


@st.composite
def minutes_of_day(draw: st.DrawFn, grain: int = 15) -> tuple[int, int]:
    begin = draw(st.integers(0, 24 * 60 // grain - 1))
    end = draw(st.integers(begin + 1, 24 * 60 // grain))
    return grain * begin, grain * end


days = st.dates(date(2026, 3, 22), date(2026, 3, 31))


@st.composite
def weekly_hours(draw: st.DrawFn) -> WeeklyHours:
    begin, end = draw(minutes_of_day())
    first, last = draw(st.none() | days), draw(st.none() | days)
    if first is not None and last is not None:
        first, last = sorted((first, last))
    return WeeklyHours(
        weekday=draw(st.sampled_from(Weekday)), from_minute=begin, until_minute=end, from_on=first, until_on=last
    )


@st.composite
def dated_hours(draw: st.DrawFn) -> DatedHours:
    begin, end = draw(minutes_of_day())
    first = draw(days)
    last = first + timedelta(days=draw(st.integers(0, 2)))
    return DatedHours(from_on=first, until_on=last, from_minute=begin, until_minute=end)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    begin = MONDAY + timedelta(minutes=15 * draw(st.integers(0, 4 * 24 * 7)))
    return Span(begin, begin + timedelta(minutes=15 * draw(st.integers(1, 4 * 30))))


@st.composite
def availabilities(draw: st.DrawFn, person_id: str = "ann") -> Availability:
    """Somebody with all that an availability can say."""
    return Availability(
        person_id=PersonId(person_id),
        time_zone=draw(st.sampled_from(ZONES)),
        working_hours=draw(st.just(ALWAYS) | st.tuples(*[weekly_hours()] * 8)),
        hours=draw(st.lists(weekly_hours(), max_size=8)),
        extra=draw(st.lists(dated_hours(), max_size=2)),
        away=draw(st.lists(dated_hours(), max_size=2)),
        holidays=draw(st.frozensets(days, max_size=3)),
        busy=draw(st.lists(spans(), max_size=3)),
    )
