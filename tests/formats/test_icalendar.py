"""Calendars: busy times as events, recurrences and free/busy say them, and invitations that calendars read back."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from taskmentor.errors import InputError, UnknownIdError, UnsupportedError
from taskmentor.formats.icalendar import busy_times, invitation, read_busy, read_days, uid
from taskmentor.models.people import PersonId
from taskmentor.scheduling import Diary, DiarySession, SessionId, Span, book, cancel, reschedule
from tests.data import real_data

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def calendar(*events: str, kind: str = "VEVENT") -> bytes:
    parts = [f"BEGIN:{kind}\r\nUID:{number}\r\n{event}\r\nEND:{kind}" for number, event in enumerate(events)]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//a//b//EN", *parts, "END:VCALENDAR", ""]).encode()


def lines(text: str) -> str:
    return "\r\n".join(text.split("\n"))


def busy(data: bytes, zone: str = "Europe/Berlin", begin: datetime = BEGIN, end: datetime = END) -> list[Span]:
    return list(busy_times(data, time_zone=zone, from_at=begin, until_at=end))


def hours(spans: list[Span]) -> list[tuple[datetime, float]]:
    """Start in UTC and hours of each span."""
    return [(one.starts_at, (one.ends_at - one.starts_at) / timedelta(hours=1)) for one in spans]


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


# --- busy times


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20260310T090000Z\nDTEND:20260310T103000Z", [(at(2026, 3, 10, 9), 1.5)]),
        ("DTSTART;TZID=America/New_York:20260310T090000\nDURATION:PT45M", [(at(2026, 3, 10, 13), 0.75)]),
        ("DTSTART:20260310T090000\nDTEND:20260310T100000", [(at(2026, 3, 10, 8), 1)]),
        ("DTSTART;VALUE=DATE:20260310", [(at(2026, 3, 9, 23), 24)]),
        ("DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330", [(at(2026, 3, 27, 23), 47)]),
        ("DTSTART;VALUE=DATE:20260310\nDURATION:P2D", [(at(2026, 3, 9, 23), 48)]),
        ("DTSTART:20260310T090000Z", []),
        ("DTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nSTATUS:CANCELLED", []),
        ("DTSTART:20260310T090000Z\nDTEND:20260310T100000Z\nSTATUS:TENTATIVE", [(at(2026, 3, 10, 9), 1)]),
        ("DTSTART:20251231T230000Z\nDTEND:20260101T010000Z", [(BEGIN, 1)]),
        ("DTSTART:20250310T090000Z\nDTEND:20250310T100000Z", []),
    ],
)
def test_an_event_is_busy_when_it_says(event: str, expected: list[tuple[datetime, float]]) -> None:
    """Times in a zone, in UTC, without a zone, and days: midnight is where the person is, however long the day."""
    assert hours(busy(calendar(lines(event)))) == expected


def test_a_recurrence_keeps_to_its_own_clock() -> None:
    """Every Monday at nine in New York is at 14 or 13 in UTC, as the clocks there say."""
    event = "DTSTART;TZID=America/New_York:20260223T090000\nDTEND;TZID=America/New_York:20260223T100000\n"
    found = busy(calendar(lines(event + "RRULE:FREQ=WEEKLY;UNTIL=20260323T130000Z\nEXDATE:20260302T140000Z")))
    assert hours(found) == [
        (at(2026, 2, 23, 14), 1), (at(2026, 3, 9, 13), 1), (at(2026, 3, 16, 13), 1), (at(2026, 3, 23, 13), 1),
    ]  # fmt: skip


def weekly_by_hand(first: date, every: int, days: set[int], last: date) -> Iterator[date]:
    monday = first - timedelta(days=first.weekday())
    day = first
    while day <= max(first, last):
        if day == first or ((day - monday).days // 7 % every == 0 and day.weekday() in days):
            yield day
        day += timedelta(days=1)


@given(
    st.dates(date(2025, 6, 1), date(2026, 6, 1)),
    st.integers(1, 3),
    st.sets(st.integers(0, 6), min_size=1),
    st.none() | st.integers(1, 30),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_weekly_events_recur_as_counted_by_hand(
    first: date, every: int, days: set[int], count: int | None, last: date
) -> None:
    words = ",".join(["MO", "TU", "WE", "TH", "FR", "SA", "SU"][day] for day in sorted(days | {first.weekday()}))
    end = f"COUNT={count}" if count else f"UNTIL={last:%Y%m%d}"
    event = f"DTSTART;TZID=Europe/Berlin:{first:%Y%m%d}T093000\nDURATION:PT1H\n"
    found = busy(calendar(lines(f"{event}RRULE:FREQ=WEEKLY;INTERVAL={every};BYDAY={words};{end}")))
    by_hand = list(weekly_by_hand(first, every, days | {first.weekday()}, END.date() if count else last))
    if count:
        by_hand = by_hand[:count]
    expected = [datetime(day.year, day.month, day.day, 9, 30, tzinfo=BERLIN) for day in by_hand if day.year == 2026]
    assert [one.starts_at for one in found] == expected


def test_dates_that_are_given_besides_and_days_that_recur() -> None:
    event = (
        "DTSTART;VALUE=DATE:20260327\nRRULE:FREQ=DAILY;COUNT=3\nRDATE;VALUE=DATE:20260410\nEXDATE;VALUE=DATE:20260328"
    )
    assert hours(busy(calendar(lines(event)))) == [
        (at(2026, 3, 26, 23), 24), (at(2026, 3, 28, 23), 23), (at(2026, 4, 9, 22), 24),
    ]  # fmt: skip
    event = "DTSTART:20260327T100000Z\nDTEND:20260327T110000Z\nRDATE;VALUE=PERIOD:20260401T100000Z/PT3H"
    assert hours(busy(calendar(lines(event)))) == [(at(2026, 3, 27, 10), 1), (at(2026, 4, 1, 10), 3)]


def test_one_recurrence_may_be_moved_or_cancelled() -> None:
    """The event that replaces one of them may stand before or after the series."""
    head = "BEGIN:VEVENT\nUID:s\n"
    series = head + "DTSTART:20260302T100000Z\nDTEND:20260302T110000Z\nRRULE:FREQ=WEEKLY;COUNT=3\nEND:VEVENT\n"
    moved = head + "RECURRENCE-ID:20260309T100000Z\nDTSTART:20260310T150000Z\nDTEND:20260310T153000Z\nEND:VEVENT\n"
    gone = head + "RECURRENCE-ID:20260316T100000Z\nDTSTART:20260316T100000Z\nSTATUS:CANCELLED\nEND:VEVENT\n"
    for parts in (series + moved + gone, gone + moved + series):
        data = lines("BEGIN:VCALENDAR\n" + parts + "END:VCALENDAR\n").encode()
        assert hours(busy(data)) == [(at(2026, 3, 2, 10), 1), (at(2026, 3, 10, 15), 0.5)]


def test_overlapping_events_are_busy_once() -> None:
    one, other = "DTSTART:20260310T090000Z\nDURATION:PT2H", "DTSTART:20260310T100000Z\nDURATION:PT2H"
    assert hours(busy(calendar(lines(one), lines(other)))) == [(at(2026, 3, 10, 9), 3)]


def test_free_busy_times_are_busy_unless_free() -> None:
    times = (
        "FREEBUSY:20260310T090000Z/PT1H,20260311T090000Z/20260311T093000Z\n"
        "FREEBUSY;FBTYPE=FREE:20260312T090000Z/PT1H\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20260313T090000Z/PT1H"
    )
    data = calendar(lines(times), "DTSTAMP:20260101T000000Z", "FREEBUSY:20260314T090000Z/PT2H", kind="VFREEBUSY")
    assert hours(busy(data)) == [
        (at(2026, 3, 10, 9), 1), (at(2026, 3, 11, 9), 0.5), (at(2026, 3, 13, 9), 1), (at(2026, 3, 14, 9), 2),
    ]  # fmt: skip


FLAWED = [
    ("SUMMARY:x", ["MISSING-VALUE"]),
    ("DTSTART:20260230T090000Z", ["BAD-CALENDAR"]),
    ("DTSTART;TZID=Mars/Olympus:20260310T090000\nDURATION:PT1H", ["BAD-ZONE"]),
    ("DTSTART:20260310T090000Z\nDTEND:20260310T080000Z", ["DATE-ORDER"]),
    ("DTSTART:20260310T090000Z\nDTSTART:20260311T090000Z", ["BAD-CALENDAR"]),
    ("DTSTART:00010101T090000Z\nDURATION:PT1H", ["OUT-OF-RANGE"]),
    ("DTSTART:20260310T090000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY", ["UNSUPPORTED-RECURRENCE"]),
    ("DTSTART:20260310T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0", ["UNSUPPORTED-RECURRENCE"]),
    ("DTSTART:20260310T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=25", ["UNSUPPORTED-RECURRENCE"]),
    ("DTSTART:19000101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=1,2,3", ["UNSUPPORTED-RECURRENCE"]),
    ("RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T100000Z\nDTSTART:20260310T150000Z", ["UNSUPPORTED-RECURRENCE"]),
    ("DTSTART:20260310T090000Z\nEXDATE:2026031", ["BAD-CALENDAR"]),
]


@pytest.mark.parametrize(("event", "codes"), FLAWED)
def test_what_cannot_be_told_is_refused(event: str, codes: list[str]) -> None:
    """A time that is not understood must not be taken for free."""
    with pytest.raises(InputError) as refused:
        busy(calendar(lines(event)))
    assert [fault.code for fault in refused.value.faults] == codes
    assert all(fault.problem.startswith("event 1: ") for fault in refused.value.faults)


def test_free_busy_times_that_cannot_be_told_are_refused_and_empty_ones_are_none() -> None:
    with pytest.raises(InputError, match=r"TM-BAD-CALENDAR calendar\.ics"):
        busy(calendar("FREEBUSY:20260310T090000Z/never", kind="VFREEBUSY"))
    assert busy(calendar("FREEBUSY:20260310T090000Z/PT0S", kind="VFREEBUSY")) == []


def test_every_fault_of_a_calendar_is_told_at_once_and_none_of_its_words() -> None:
    """A fault goes to logs and screens; what somebody is busy with does not belong there."""
    with pytest.raises(InputError) as refused:
        busy(
            calendar("SUMMARY:secret merger", lines("DTSTART:20260310T090000Z\nDTEND:20250101T000000Z\nSUMMARY:secret"))
        )
    assert [(fault.code, fault.table) for fault in refused.value.faults] == [
        ("MISSING-VALUE", "calendar.ics"), ("DATE-ORDER", "calendar.ics"),
    ]  # fmt: skip
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"person_id,name\n", b"\xff\xfe", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"])
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    """A file that is cut off would leave out what stood behind."""
    with pytest.raises(InputError, match=r"TM-BAD-CALENDAR calendar\.ics: it is no iCalendar file"):
        busy(data)


def test_moments_and_zones_are_checked() -> None:
    with pytest.raises(InputError, match="TM-NAIVE-TIME"):
        busy(calendar(), begin=BEGIN.replace(tzinfo=None))
    with pytest.raises(InputError, match=r"TM-BAD-ZONE calendar\.ics column time_zone: 'Mars' is no IANA time zone"):
        busy(calendar(), zone="Mars")


def test_a_file_is_read_and_a_missing_one_refused(tmp_path: Path) -> None:
    file = tmp_path / "ann.ics"
    file.write_bytes(calendar(lines("DTSTART:20260310T090000Z\nDURATION:PT1H")))
    assert hours(list(read_busy(file, time_zone="UTC", from_at=BEGIN, until_at=END))) == [(at(2026, 3, 10, 9), 1)]
    with pytest.raises(InputError, match=r"TM-NOT-A-FILE bob\.ics: there is no such file"):
        read_busy(tmp_path / "bob.ics", time_zone="UTC", from_at=BEGIN, until_at=END)
    with pytest.raises(InputError, match="TM-NOT-A-FILE"):
        read_busy(tmp_path, time_zone="UTC", from_at=BEGIN, until_at=END)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(UnsupportedError, match=r"install the extra taskmentor\[calendar\]"):
        busy(calendar())
    with pytest.raises(UnsupportedError, match=r"install the extra taskmentor\[calendar\]"):
        invited(session())


# --- real files


def test_every_real_file_is_read_or_refused_by_name() -> None:
    """Some are broken on purpose; none brings an error of another package to the light."""
    outcomes = {}
    for file in sorted(real_data("icalendar").rglob("*.ics")):
        try:
            found = read_busy(file, time_zone="Europe/Vienna", from_at=at(1990, 1, 1), until_at=END)
            outcomes[file.stem] = str(len(found))
        except InputError as error:
            outcomes[file.stem] = ",".join(sorted({fault.code for fault in error.faults}))
    assert len(outcomes) >= 37
    assert outcomes["event_with_recurrence_exdates_on_different_lines"] == "10"
    assert outcomes["event_with_recurrence"] == "100"
    assert outcomes["issue_156_RDATE_with_PERIOD_list"] == "3"
    assert outcomes["issue_464_invalid_rdate"] == "BAD-CALENDAR"
    assert outcomes["issue_100_transformed_doctests_into_unittests"] == "MISSING-VALUE"
    assert {code for code in outcomes.values() if not code.isdigit()} == {"BAD-CALENDAR", "MISSING-VALUE"}


def test_a_zone_of_the_files_own_is_used() -> None:
    """A calendar may bring the rules of its zone, under whatever name."""
    zone = (real_data("icalendar") / "timezones" / "pacific_fiji.ics").read_text(encoding="utf-8").strip()
    event = "BEGIN:VEVENT\nDTSTART;TZID=custom_Pacific/Fiji:20131001T100000\nDURATION:PT1H\n"
    event += "RRULE:FREQ=MONTHLY;COUNT=3\nEND:VEVENT"
    data = lines(f"BEGIN:VCALENDAR\n{zone}\n{event}\nEND:VCALENDAR\n").replace("\r\r", "\r").encode()
    found = hours(busy(data, begin=at(2013, 1, 1)))
    assert found == [(at(2013, 9, 30, 22), 1), (at(2013, 10, 31, 21), 1), (at(2013, 11, 30, 21), 1)]


# --- holidays


def test_days_are_those_of_whole_day_events(tmp_path: Path) -> None:
    file = tmp_path / "holidays.ics"
    day, two, hour = (
        "DTSTART;VALUE=DATE:20261225",
        "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227",
        ("DTSTART:20260310T090000Z\nDURATION:PT1H"),
    )
    file.write_bytes(calendar(day, lines(two), lines(hour)))
    assert read_days(file) == (date(2026, 12, 25), date(2026, 12, 26))
    file.write_bytes(calendar(lines(day + "\nRRULE:FREQ=YEARLY"), "SUMMARY:x"))
    with pytest.raises(InputError) as refused:
        read_days(file)
    assert [fault.code for fault in refused.value.faults] == ["UNSUPPORTED-RECURRENCE", "MISSING-VALUE"]


# --- invitations

ADDRESSES = {"p-0042": "ann@example.org", "p-0040": "bob.b@mail.example.org"}


def session(**more: Any) -> DiarySession:
    people = [PersonId("p-0042"), PersonId("p-0040")]
    return DiarySession(
        id=SessionId("data-analysis p-0042 1"), person_ids=people, starts_at=at(2026, 10, 5, 13, 15), minutes=20, **more
    )


def invited(one: DiarySession, **more: Any) -> bytes:
    settled = {"at": at(2026, 10, 1), "issuer": "mentoring.example.org", "organiser": "desk@example.org"}
    return invitation(one, **{**settled, "addresses": ADDRESSES, **more})


def read_back(data: bytes) -> tuple[Any, Any]:
    found = Calendar.from_ical(data)
    assert isinstance(found, Calendar)
    (event,) = found.walk("VEVENT")
    assert isinstance(event, Event)
    assert (found.errors, event.errors) == ([], [])
    return found, event


def test_an_invitation_reads_back_as_it_was_meant() -> None:
    found, event = read_back(invited(session(), title="Mentoring; part 1, again", place="Room 5"))
    assert found["METHOD"] == "REQUEST"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (at(2026, 10, 5, 13, 15), at(2026, 10, 5, 13, 35))
    assert (event["DTSTAMP"].dt, event["SEQUENCE"], event["STATUS"]) == (at(2026, 10, 1), 0, "CONFIRMED")
    assert (event["SUMMARY"], event["LOCATION"]) == ("Mentoring; part 1, again", "Room 5")
    assert event["ORGANIZER"] == "mailto:desk@example.org"
    assert event["ATTENDEE"] == ["mailto:ann@example.org", "mailto:bob.b@mail.example.org"]
    assert [one.params["PARTSTAT"] for one in event["ATTENDEE"]] == ["NEEDS-ACTION"] * 2


def test_a_session_keeps_its_uid_when_it_is_moved_and_cancelled() -> None:
    """Calendars take the file with the highest sequence for the newest, and tell sessions apart by their uid."""
    diary = book(Diary(), session())
    moved = reschedule(diary, session().id, at(2026, 10, 6, 8))
    gone = cancel(moved, session().id)
    files = [read_back(invited(one.session(session().id))) for one in (diary, moved, gone)]
    assert [str(found["METHOD"]) for found, _ in files] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [event["SEQUENCE"] for _, event in files] == [0, 1, 2]
    assert [str(event["STATUS"]) for _, event in files] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [event["DTSTART"].dt for _, event in files][1] == at(2026, 10, 6, 8)
    assert {str(event["UID"]) for _, event in files} == {uid(session().id, "mentoring.example.org")}
    assert uid(session().id, "other.example.org") != uid(SessionId("s-2"), "other.example.org")
    assert uid(session().id, "other.example.org") != uid(session().id, "mentoring.example.org")


def test_a_cancelled_session_is_not_busy_in_the_calendar_that_it_was_sent_to() -> None:
    assert busy(invited(session())) == [session().span]
    assert busy(invited(session(cancelled=True, sequence=1))) == []


def test_nothing_private_is_in_an_invitation() -> None:
    """Neither who learns what nor the organisation's own ids."""
    data = invited(session()).decode()
    assert all(word not in data for word in ("p-0042", "p-0040", "data-analysis"))
    names = {re.split("[;:]", line)[0] for line in data.replace("\r\n ", "").split("\r\n") if line}
    assert names == {
        "BEGIN", "END", "PRODID", "VERSION", "METHOD", "UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS",
        "CLASS", "SUMMARY", "ORGANIZER", "ATTENDEE",
    }  # fmt: skip


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60))
def test_whatever_a_title_holds_it_is_text_or_refused(title: str) -> None:
    """No title can add a line of its own, such as another attendee."""
    try:
        data = invited(session(), title=title)
    except InputError as error:
        codes = {fault.code for fault in error.faults}
        assert codes <= {"NUL-BYTE", "BAD-UNICODE"}
        return
    _, event = read_back(data)
    assert str(event["SUMMARY"]) == "\n".join(title.splitlines())
    assert len(event["ATTENDEE"]) == 2
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")


@pytest.mark.parametrize("title", ["x\r\nATTENDEE:mailto:eve@example.org", "x\nEND:VEVENT", "\u202egnp.exe", "a\x00b"])
def test_hostile_titles_stay_titles(title: str) -> None:
    if title.isprintable() or "\n" in title:
        _, found = read_back(invited(session(), title=title, place=title))
        assert (len(found["ATTENDEE"]), str(found["SUMMARY"])) == (2, "\n".join(title.splitlines()))
    else:
        with pytest.raises(InputError) as refused:
            invited(session(), title=title, place=title)
        assert [fault.column for fault in refused.value.faults] == ["title", "place"]


def test_addresses_are_addresses() -> None:
    bad = {"p-0042": "ann@example.org\r\nX:y", "p-0040": "bob"}
    with pytest.raises(InputError) as refused:
        invited(session(), addresses=bad, organiser="mailto:x@y")
    assert [fault.code for fault in refused.value.faults] == ["BAD-ADDRESS"] * 3
    with pytest.raises(UnknownIdError, match="'p-0040' names no person with an address"):
        invited(session(), addresses={"p-0042": "ann@example.org"})
    with pytest.raises(InputError, match="TM-NAIVE-TIME invitation column at"):
        invited(session(), at=datetime(2026, 10, 1))
