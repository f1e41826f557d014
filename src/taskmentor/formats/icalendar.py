"""Calendars: busy times read from iCalendar files, and invitations to booked sessions written as such.

This is the only door to the package icalendar (extra `calendar`), which is imported when first used; recurrences are
expanded by dateutil. The standards are RFC 5545 (iCalendar) and RFC 5546 (invitations, changes, cancellations).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from attrs import define, field

from taskmentor.errors import Fault, InputError, UnknownIdError, UnsupportedError, shown
from taskmentor.formats.cells import FIRST_YEAR, LAST_YEAR, Flaw, Text
from taskmentor.formats.columns import name_shown
from taskmentor.formats.csv_text import Limits, UnreadableError, read_bytes
from taskmentor.scheduling.availability import window
from taskmentor.scheduling.diary import DiarySession, SessionId
from taskmentor.scheduling.spans import Span, Spans, instant_of
from taskmentor.scheduling.zones import known_zone
from taskmentor.validators import check_instant

if TYPE_CHECKING:
    from icalendar import Component, Event, vRecur

__all__ = ["busy_times", "invitation", "read_busy", "read_days", "uid"]

_LIMITS = Limits(file_bytes=16 << 20)
_MOST_OCCURRENCES = 100_000
_OF_TIME = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "FREEBUSY", "STATUS", "TRANSP")
"""The properties that say when somebody is busy; what is wrong with others does not matter here."""

_BY_DAYS = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAY = timedelta(days=1)
_BEGIN, _END = re.compile("(?im)^BEGIN:"), re.compile("(?im)^END:")
_UNPARSED = re.compile("parts: ['\"]([A-Za-z-]+)")
_PRODUCT = "-//taskmentor//taskmentor//EN"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,8}")


# --- busy times


def read_busy(file: str | Path, *, time_zone: str, from_at: datetime, until_at: datetime) -> tuple[Span, ...]:
    """Return when somebody is busy between two moments, from a calendar file of events, free/busy times, or both.

    Args:
        file: The file, with one or several calendars, events or free/busy components.
        time_zone: The IANA zone of the person, for days and for times without a zone.
        from_at: The first moment that is looked at, aware.
        until_at: The moment before which all must lie, aware.

    Raises:
        InputError: With everything that is wrong with the file: it cannot be read, an event has no start or an end
            before its start, a time is in an unknown zone (`BAD-ZONE`), or a recurrence cannot be expanded
            (`UNSUPPORTED-RECURRENCE`).
        UnsupportedError: If the extra `calendar` is not installed.
    """
    name, data = _data(file)
    return busy_times(data, time_zone=time_zone, from_at=from_at, until_at=until_at, name=name)


def busy_times(
    data: bytes, *, time_zone: str, from_at: datetime, until_at: datetime, name: str = "calendar.ics"
) -> tuple[Span, ...]:
    """Return when somebody is busy between two moments, from the bytes of a calendar file.

    Busy are events that are neither cancelled nor transparent, with all their recurrences and the exceptions to them,
    and free/busy times of any kind but free. A day without a time is busy from midnight to midnight where the person
    is. Recurrences keep to the clock of their own zone.

    Args:
        data: The bytes.
        time_zone: As in `read_busy`.
        from_at: As in `read_busy`.
        until_at: As in `read_busy`.
        name: What messages call the file.

    Raises:
        InputError: As in `read_busy`.
        UnsupportedError: As in `read_busy`.

    Complexity:
        O(n + m log m) for n recurrences since each event's start, and m of them between the two moments.
    """
    begin, end = window(from_at, until_at)
    zone = known_zone(time_zone, table=name, column="time_zone")
    calendar = _Calendar(name=name, zone=zone, end=instant_of(end))
    spans = [*calendar.busy(_components(data, name))]
    if calendar.faults:
        raise InputError(calendar.faults)
    return tuple(Spans.of(spans) & Spans.of([Span(instant_of(begin), instant_of(end))]))


def read_days(file: str | Path) -> tuple[date, ...]:
    """Return the days of the whole-day events of a calendar file, such as one of public holidays, each once and sorted.

    Args:
        file: The file; its recurrences are not expanded, as holidays are published day by day.

    Raises:
        InputError: If the file cannot be read, or holds a recurrence (`UNSUPPORTED-RECURRENCE`).
        UnsupportedError: If the extra `calendar` is not installed.
    """
    name, data = _data(file)
    calendar = _Calendar(name=name, zone=UTC, end=datetime.max)
    days: set[date] = set()
    for number, event in _events(_components(data, name)):
        if not calendar.is_sound(event, number):
            continue
        if "RRULE" in event or "RDATE" in event:
            calendar.fault(number, "UNSUPPORTED-RECURRENCE", "RRULE", "it recurs", "Give each day as an event.")
        elif (found := calendar.times(event, number)) is not None and not isinstance(found[0], datetime):
            first, length = found
            days.update(first + day * _DAY for day in range(length.days))
    if calendar.faults:
        raise InputError(calendar.faults)
    return tuple(sorted(days))


def _data(file: str | Path) -> tuple[str, bytes]:
    path = Path(file)
    name = name_shown(path.name or str(path))
    if not path.exists():
        remedy = "Give the name of a calendar file."
        raise InputError([Fault(code="NOT-A-FILE", table=name, problem="there is no such file", remedy=remedy)])
    try:
        return name, read_bytes(path, name, _LIMITS)
    except UnreadableError as error:
        raise InputError(error.faults) from error


def _components(data: bytes, name: str) -> "list[Component]":
    """Return the calendars, events and other components of a file."""
    check_extra()
    from icalendar import Component

    try:
        text = data.decode("utf-8-sig")
        found = Component.from_ical(text, multiple=True)
        # What is cut off at the end would be left out in silence, and its times taken for free.
        if not found or len(_BEGIN.findall(text)) != len(_END.findall(text)):
            raise ValueError("cut off")
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:  # whatever broken text leads it to
        problem = "it is no iCalendar file in UTF-8, or it is cut off"  # nothing of its words goes into a message
        remedy = "Give a calendar as calendar programs export it."
        raise InputError([Fault(code="BAD-CALENDAR", table=name, problem=problem, remedy=remedy)]) from error
    return list(found)


def check_extra() -> None:
    """Return nothing where calendars can be read and written.

    Raises:
        UnsupportedError: Where the extra `calendar` is not installed.
    """
    try:
        import dateutil  # noqa: F401
        import icalendar  # noqa: F401
    except ImportError as error:
        problem = "Calendar files take icalendar and dateutil, which are not both installed"
        raise UnsupportedError(f"{problem}: install the extra taskmentor[calendar].") from error


def _events(components: "Iterable[Component]") -> "Iterator[tuple[int, Event]]":
    """Give the events of calendars with their numbers, counted from 1."""
    from icalendar import Event

    found = (part for component in components for part in component.walk("VEVENT"))
    return ((number, event) for number, event in enumerate(found, start=1) if isinstance(event, Event))


def _free_busy_times(components: "Iterable[Component]") -> "Iterator[tuple[int, Component]]":
    """Give the free/busy components of calendars with their numbers, counted from 1."""
    return enumerate((part for component in components for part in component.walk("VFREEBUSY")), start=1)


_Day = date  # a datetime is one too


@define(kw_only=True)
class _Calendar:
    """What is read from one file: which busy times matter, and what is wrong with it.

    Attributes:
        name: What messages call the file.
        zone: Where the person is.
        end: The moment from which on nothing matters.
        faults: What is wrong so far.
    """

    name: str
    zone: tzinfo
    end: datetime
    faults: list[Fault] = field(factory=list)

    def fault(self, number: int, code: str, column: str, problem: str, remedy: str) -> None:
        """Note what is wrong with the event of a number, counted from 1."""
        self.faults.append(
            Fault(code=code, table=self.name, column=column, problem=f"event {number}: {problem}", remedy=remedy)
        )

    def busy(self, components: "list[Component]") -> Iterator[Span]:
        """Give the busy times of events and free/busy components."""
        events = [(number, event) for number, event in _events(components) if self.is_sound(event, number)]
        moved: dict[str, set[datetime]] = {}
        for number, event in events:
            if (at := self._moment(event, "RECURRENCE-ID", number)) is not None:
                moved.setdefault(_text(event, "UID"), set()).add(self._instant(at))
        for number, event in events:
            if _text(event, "STATUS").upper() != "CANCELLED" and _text(event, "TRANSP").upper() != "TRANSPARENT":
                replaced = moved.get(_text(event, "UID"), set()) if "RECURRENCE-ID" not in event else set()
                yield from self._event(event, number, replaced)
        for number, component in _free_busy_times(components):
            if self.is_sound(component, number):
                yield from self._free_busy(component)

    def is_sound(self, component: "Component", number: int) -> bool:
        """Return whether all that says when it is could be read, and note what could not."""
        names = {(name or _begin_of_line(message)).upper() for name, message in component.errors}
        for name in sorted(names.intersection(_OF_TIME)):
            self.fault(number, "BAD-CALENDAR", name, "it cannot be read", "Mend the line, or export the calendar anew.")
        if component.name == "VEVENT" and "DTSTART" not in component and "DTSTART" not in names:
            self.fault(number, "MISSING-VALUE", "DTSTART", "it has no start", "Say when it begins.")
            return False
        if "RANGE" in getattr(component.get("RECURRENCE-ID"), "params", ()):
            problem, remedy = "it changes all that follow", "Split the series where it changes."
            self.fault(number, "UNSUPPORTED-RECURRENCE", "RECURRENCE-ID", problem, remedy)
        return names.isdisjoint(_OF_TIME)

    def times(self, event: "Event", number: int) -> tuple[_Day, timedelta] | None:
        """Return the start of an event, a day or a moment, and how long it is; None where that is not said well."""
        start, end = self._moment(event, "DTSTART", number), self._moment(event, "DTEND", number)
        if start is None:
            return None
        length = self._length(event, start, end)
        if length < timedelta(0):
            self.fault(number, "DATE-ORDER", "DTEND", "it ends before it begins", "Give an end after the start.")
            return None
        return start, length

    def _length(self, event: "Event", start: _Day, end: _Day | None) -> timedelta:
        given = getattr(event.get("DURATION"), "dt", None)
        if isinstance(given, timedelta):
            return given
        if end is None:
            return timedelta(0) if isinstance(start, datetime) else _DAY
        length = self._instant(end) - self._instant(start)
        # A day may have 23 hours, and is a day all the same.
        return length if isinstance(start, datetime) else timedelta(days=round(length / _DAY))

    def _event(self, event: "Event", number: int, replaced: set[datetime]) -> Iterator[Span]:
        if (found := self.times(event, number)) is None:
            return
        start, length = found
        usual = {self._instant(one): self._end(one, length) for one in self._recurring(event, number, start)}
        given = {self._instant(first): self._end(first, length) if last is None else self._instant(last)
                 for first, last in map(_as_pair, event.rdates)}  # fmt: skip
        gone = {*replaced, *map(self._instant, event.exdates)}
        for begin, end in {**usual, **given}.items():
            if begin not in gone and begin < end:
                yield Span(begin, end)

    def _recurring(self, event: "Event", number: int, start: _Day) -> Iterator[_Day]:
        """Give the starts of an event by its rules, on the clock by which it is meant."""
        yield start
        zone = start.tzinfo if isinstance(start, datetime) else None
        clock = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, time())
        for rule in event.rrules:
            try:
                starts = [*self._expanded(rule, clock, zone or self.zone)]
            except ValueError as error:
                remedy = "Give a rule of whole days, weeks, months or years."
                self.fault(number, "UNSUPPORTED-RECURRENCE", "RRULE", str(error), remedy)
                return
            for at in starts:
                yield at.replace(tzinfo=zone) if isinstance(start, datetime) else at.date()

    def _expanded(self, rule: "vRecur", start: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Give the times on the clock at which a rule lets an event recur, up to the moment that ends all."""
        from dateutil.rrule import rrulestr

        frequency, (interval,) = str(_first(rule, "FREQ")).upper(), rule.get("INTERVAL", [1])
        if frequency not in _BY_DAYS or interval < 1:
            raise ValueError(f"{shown(frequency)} every {interval} is no rule that is expanded here")
        (count,) = rule.get("COUNT", [_MOST_OCCURRENCES + 1])
        last = self.end.astimezone(zone).replace(tzinfo=None) + _DAY
        if (until := _first(rule, "UNTIL")) is not None:
            last = min(last, _on_clock(until, zone))
        parts = {name: value for name, value in rule.items() if name not in ("COUNT", "UNTIL")}
        starts = rrulestr(_as_text(type(rule)(parts)), dtstart=start).replace(until=last)
        for done, at in enumerate(islice(starts, count)):
            if done == _MOST_OCCURRENCES:
                raise ValueError(f"it recurs more than {_MOST_OCCURRENCES:,} times")
            yield at

    def _free_busy(self, component: "Component") -> Iterator[Span]:
        periods = component.get("FREEBUSY", [])
        for period in periods if isinstance(periods, list) else [periods]:
            if str(period.params.get("FBTYPE", "BUSY")).upper() != "FREE":
                begin, end = period.dt
                first = self._instant(begin)
                last = first + end if isinstance(end, timedelta) else self._instant(end)
                if first < last:
                    yield Span(first, last)

    def _moment(self, component: "Component", name: str, number: int) -> _Day | None:
        """Return the day or moment that a property says; None where it is not there or not said well."""
        value = component.get(name)
        moment = getattr(value, "dt", None)
        if value is None:
            return None
        if not isinstance(moment, date):
            self.fault(number, "BAD-CALENDAR", name, "it is said twice, or is no moment", "Give one moment.")
            return None
        if isinstance(moment, datetime) and moment.tzinfo is None and "TZID" in value.params:
            problem = f"{shown(str(value.params['TZID']))} is no time zone that the file or the IANA knows"
            self.fault(number, "BAD-ZONE", name, problem, "Use a name such as Europe/Berlin.")
            return None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            remedy = f"Use a year from {FIRST_YEAR} to {LAST_YEAR}."
            self.fault(number, "OUT-OF-RANGE", name, f"the year {moment.year} is out of range", remedy)
            return None
        return moment

    def _instant(self, moment: _Day) -> datetime:
        """Return a moment in UTC; a day begins at midnight where the person is, as does a time without a zone."""
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    def _end(self, start: _Day, length: timedelta) -> datetime:
        """Return when what begins then is over: so many days later on the calendar, or so much time later."""
        return self._instant(start) + length if isinstance(start, datetime) else self._instant(start + length)


def _text(component: "Component", name: str) -> str:
    return str(component.get(name, ""))


def _begin_of_line(message: str) -> str:
    """Return the name that begins a line which could not be parsed, as the message about it shows the line."""
    found = _UNPARSED.search(message)
    return found[1] if found else ""


def _as_text(rule: "vRecur") -> str:
    text: bytes = rule.to_ical()  # type: ignore[no-untyped-call]
    return text.decode()


def _first(rule: "vRecur", name: str) -> object:
    values = rule.get(name) or [None]
    return values[0] if isinstance(values, list) else values


def _on_clock(until: object, zone: tzinfo) -> datetime:
    """Return the last time on a clock that a rule includes."""
    if isinstance(until, datetime):
        return (until.astimezone(zone) if until.tzinfo else until).replace(tzinfo=None)
    assert isinstance(until, date), "icalendar reads days and moments"
    return datetime.combine(until, time.max)


def _as_pair(given: object) -> tuple[_Day, _Day | None]:
    """Return the start of a date that was given besides, and its end where that was given too."""
    first, last = given if isinstance(given, tuple) else (given, None)
    assert isinstance(first, date), "icalendar reads days and moments"
    return first, last


# --- invitations


def uid(session_id: SessionId, issuer: str) -> str:
    """Return the id that calendars know a session by: the same for its whole life, and nobody can read anything in it.

    Args:
        session_id: The session.
        issuer: Who issues session ids, such as mentoring.example.org; two issuers may use the same ids.
    """
    return str(uuid5(uuid5(NAMESPACE_URL, issuer), session_id))


def invitation(
    session: DiarySession,
    *,
    at: datetime,
    issuer: str,
    organiser: str,
    addresses: Mapping[str, str],
    title: str = "Mentoring session",
    place: str = "",
) -> bytes:
    """Return a calendar file that invites to a session, changes it, or cancels it, as mail programs understand it.

    The first file of a session invites, one with a higher sequence changes it (`METHOD:REQUEST`), and one of a
    cancelled session takes it out of the calendars (`METHOD:CANCEL`). Nothing of the people is in it but the addresses
    that are given, and nothing of what the session is about but title and place.

    Args:
        session: The session, as it stands in the diary.
        at: When the file is made, aware.
        issuer: As in `uid`.
        organiser: The e-mail address of whoever sends the invitation, which need not be one of those who take part.
        addresses: The e-mail address of everybody who takes part, by person id.
        title: What calendars show; it is marked as private, and still seen by whoever may look into the calendar.
        place: Where it is, or the address of the meeting.

    Raises:
        InputError: With everything that is wrong: the moment is naive (`NAIVE-TIME`), an address is none
            (`BAD-ADDRESS`), or title or place hold what alters or hides text.
        UnknownIdError: If there is no address of somebody who takes part.
        UnsupportedError: If the extra `calendar` is not installed.
    """
    check_extra()
    from icalendar import Calendar, Event

    check_instant(at, "invitation", "at")
    for person_id in session.person_ids:
        if person_id not in addresses:
            raise UnknownIdError("person with an address", person_id, addresses)
    attendees = [addresses[person_id] for person_id in session.person_ids]
    if faults := [*_word_faults({"title": title, "place": place}), *_address_faults([organiser, *attendees])]:
        raise InputError(faults)
    event, calendar = Event(), Calendar()
    for name, value in (
        ("uid", uid(session.id, issuer)),
        ("dtstamp", at.astimezone(UTC)),
        ("dtstart", session.starts_at),
        ("dtend", session.ends_at),
        ("sequence", session.sequence),
        ("status", "CANCELLED" if session.cancelled else "CONFIRMED"),
        ("class", "PRIVATE"),
        ("summary", _one_kind_of_line_ends(title)),
        ("organizer", f"mailto:{organiser}"),
        *((("location", _one_kind_of_line_ends(place)),) if place else ()),
    ):
        event.add(name, value)
    for attendee in attendees:
        asked = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
        event.add("attendee", f"mailto:{attendee}", parameters=asked)
    for name, word in (
        ("prodid", _PRODUCT),
        ("version", "2.0"),
        ("method", "CANCEL" if session.cancelled else "REQUEST"),
    ):
        calendar.add(name, word)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _one_kind_of_line_ends(text: str) -> str:
    return "\n".join(text.splitlines())


def _word_faults(words: Mapping[str, str]) -> Iterator[Fault]:
    for name, text in words.items():
        flaw = Text(longest=1_000).from_text(text)
        if isinstance(flaw, Flaw):
            yield Fault(code=flaw.code, table="invitation", column=name, problem=flaw.problem, remedy=flaw.remedy)


def _address_faults(addresses: Iterable[str]) -> Iterator[Fault]:
    for address in addresses:
        if _ADDRESS.fullmatch(address) is None:
            problem, remedy = f"{shown(address)} is no e-mail address", "Give one such as ann@example.org."
            yield Fault(code="BAD-ADDRESS", table="invitation", column="addresses", problem=problem, remedy=remedy)
