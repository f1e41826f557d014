"""Free time is what the clock and the calendar of a person leave, minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskmentor.errors import InputError
from taskmentor.models.availability import Weekday
from taskmentor.models.people import PersonId
from taskmentor.scheduling import (
    USUAL_HOURS,
    Availability,
    DatedHours,
    Span,
    WeeklyHours,
    free_time,
    longest_session,
    weekly,
)
from tests.scheduling.invented import ALWAYS, MONDAY, anybody, availabilities, busy
from tests.scheduling.plain import is_there, minutes_between

WEEK = timedelta(days=7)


@settings(max_examples=30)
@given(availabilities(), st.integers(0, 9), st.integers(1, 3))
def test_free_time_is_what_the_clock_leaves(person: Availability, first: int, n_days: int) -> None:
    """Every quarter of an hour is looked at on the person's own clock, also where it is put forward or back."""
    begin = MONDAY + timedelta(days=first, hours=-30)
    end = begin + timedelta(days=n_days)
    free = list(free_time(person, begin, end))
    assert all(begin <= span.starts_at and span.ends_at <= end for span in free)
    for at in minutes_between(begin, end, 15):
        held = any(span.starts_at <= at < span.ends_at for span in free)
        assert held == is_there(person, at), at


def hours(person: Availability, day: date) -> list[tuple[str, str]]:
    """The free time of somebody on one day of their own, as their clock shows it."""
    midnight = datetime.combine(day, time(), person.zone)
    spans = free_time(person, midnight, midnight + timedelta(days=1))
    return [tuple(f"{at.astimezone(person.zone):%H:%M}" for at in (span.starts_at, span.ends_at)) for span in spans]  # type: ignore[misc]


def test_the_usual_hours_hold_unless_something_else_is_said() -> None:
    person = Availability(person_id=PersonId("ann"), time_zone="America/New_York")
    assert person.working_hours == USUAL_HOURS
    assert hours(person, date(2026, 3, 27)) == [("09:00", "17:00")]
    assert hours(person, date(2026, 3, 28)) == []


def test_own_hours_are_kept_within_working_hours() -> None:
    person = Availability(
        person_id=PersonId("ann"), time_zone="Asia/Kolkata", hours=weekly("mon fri", "13:15", "19:00")
    )
    assert hours(person, date(2026, 3, 27)) == [("13:15", "17:00")]
    assert hours(person, date(2026, 3, 26)) == []


def test_extra_hours_count_on_a_holiday_and_absence_counts_before_all() -> None:
    person = Availability(
        person_id=PersonId("ann"),
        time_zone="Europe/Berlin",
        extra=[DatedHours(from_on=date(2026, 3, 28), from_minute=600, until_minute=900)],
        away=[DatedHours(from_on=date(2026, 3, 27), until_on=date(2026, 3, 28), from_minute=660, until_minute=720)],
        holidays=[date(2026, 3, 26), date(2026, 3, 28)],
    )
    assert hours(person, date(2026, 3, 26)) == []
    assert hours(person, date(2026, 3, 27)) == [("09:00", "11:00"), ("12:00", "17:00")]
    assert hours(person, date(2026, 3, 28)) == [("10:00", "11:00"), ("12:00", "15:00")]


def test_what_stands_in_the_calendar_is_not_free() -> None:
    person = anybody("ann", busy=busy((1, 2))).with_busy(*busy((2, 3), (22, 30)))
    day = list(free_time(person, MONDAY, MONDAY + timedelta(days=1)))
    assert day == list(busy((0, 1), (3, 22)))
    assert person.busy == busy((1, 2), (2, 3), (22, 30))


def test_a_night_shift_is_two_rules() -> None:
    person = anybody(
        "ann", "Europe/Berlin", working_hours=(*weekly("sat", "22:00", "24:00"), *weekly("sun", "00:00", "06:00"))
    )
    assert [span.ends_at - span.starts_at for span in free_time(person, MONDAY, MONDAY + WEEK)] == [
        timedelta(hours=7)  # from ten to six, less the hour that is skipped that night
    ]


def test_rules_may_begin_and_end() -> None:
    rule = WeeklyHours(
        weekday=Weekday.MON, from_minute=0, until_minute=60, from_on=date(2026, 3, 24), until_on=date(2026, 4, 6)
    )
    person = anybody("ann", working_hours=[rule])
    found = [span.starts_at.date() for span in free_time(person, MONDAY, MONDAY + 4 * WEEK)]
    assert found == [date(2026, 3, 30), date(2026, 4, 6)]


@pytest.mark.parametrize("which", [0, 1])
def test_a_naive_moment_is_refused(which: int) -> None:
    """It would be taken for the time of whatever machine it is asked on."""
    moments = [MONDAY, MONDAY + WEEK]
    moments[which] = moments[which].replace(tzinfo=None)
    with pytest.raises(InputError, match=r"TM-NAIVE-TIME slots column (from|until)_at: .* has no time zone"):
        free_time(anybody("ann"), *moments)


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputError, match="TM-DATE-ORDER slots column until_at"):
        free_time(anybody("ann"), MONDAY, MONDAY)


def test_days_of_the_week_are_named_by_words() -> None:
    assert [rule.weekday for rule in weekly("wed-fri mon", "00:00", "24:00")] == [2, 3, 4, 0]
    assert len(ALWAYS) == 7
    assert {(rule.from_minute, rule.until_minute) for rule in ALWAYS} == {(0, 1440)}


@pytest.mark.parametrize(
    ("days", "begin", "end", "code"),
    [
        ("mo", "09:00", "10:00", "BAD-CHOICE hours column days: 'mo'"),
        ("fri-mon", "09:00", "10:00", "BAD-CHOICE hours column days: 'fri-mon'"),
        ("mon-", "09:00", "09:00", "TIME-ORDER WeeklyHours column until_minute: 09:00 is not after 09:00"),
        ("mon", "9:00", "10:00", "BAD-TIME hours column begin: '9:00' is no time of day"),
        ("mon", "09:00", "24:01", "BAD-TIME hours column end"),
        ("mon", "24:00", "24:00", "OUT-OF-RANGE WeeklyHours column from_minute: 1440"),
        ("mon", "22:00", "02:00", "TIME-ORDER WeeklyHours column until_minute: 02:00 is not after 22:00"),
    ],
)
def test_hours_that_are_none_are_refused(days: str, begin: str, end: str, code: str) -> None:
    with pytest.raises(InputError, match=f"TM-{code}"):
        weekly(days, begin, end)


def test_everything_that_is_wrong_with_hours_is_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        DatedHours(from_on=date(2026, 3, 2), until_on=date(2026, 3, 1), from_minute=60, until_minute=30)
    assert [fault.code for fault in refused.value.faults] == ["TIME-ORDER", "DATE-ORDER"]


@pytest.mark.parametrize(
    ("given_field", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, "BAD-ZONE"),
        ({"session_minutes": 0}, "OUT-OF-RANGE"),
        ({"session_minutes": True}, "WRONG-TYPE"),
    ],
)
def test_an_availability_that_cannot_be_is_refused(given_field: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError, match=f"TM-{code}"):
        anybody(**{"person_id": "ann", **given_field})


def test_the_longest_session_is_the_least_of_all_limits() -> None:
    """The organisation and the mentee each set one (U1)."""
    assert longest_session(20, None, 15) == 15
    assert longest_session(20, 45) == 20
    assert longest_session(None, None) is None
    assert longest_session() is None


def test_a_span_of_the_calendar_is_in_utc() -> None:
    assert Span(MONDAY, MONDAY + WEEK).starts_at.tzinfo is UTC
