"""Booked sessions as a value: booked, moved and cancelled without anybody being in two at once."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NewType

from attrs import Attribute, evolve, field, frozen

from taskmentor.errors import Fault, InputError, SlotTakenError, UnknownIdError, shown
from taskmentor.models.availability import LONGEST_DAY
from taskmentor.models.people import PersonId
from taskmentor.scheduling.availability import Availability, free_layers
from taskmentor.scheduling.slots import slot_faults
from taskmentor.scheduling.spans import Span, full_seconds_of, seconds_of
from taskmentor.validators import whole

__all__ = [
    "Diary",
    "DiarySession",
    "DoubleBooking",
    "SessionId",
    "as_ids",
    "book",
    "cancel",
    "check_people",
    "double_bookings",
    "reschedule",
]  # fmt: skip

SessionId = NewType("SessionId", str)


def _starts(at: datetime) -> datetime:
    return Span(at, at + timedelta(minutes=1)).starts_at


def as_ids(person_ids: Iterable[PersonId]) -> tuple[PersonId, ...]:
    """Return the ids of those who take part in a session, as a session keeps them."""
    return tuple(person_ids)


def check_people(_: object, attribute: "Attribute[tuple[PersonId, ...]]", person_ids: tuple[PersonId, ...]) -> None:
    """Refuse a session in which nobody or somebody twice takes part.

    Raises:
        InputError: If so (`DUPLICATE-ID`).
    """
    if len(set(person_ids)) != len(person_ids) or not person_ids:
        problem = f"{shown(person_ids)} names {'somebody twice' if person_ids else 'nobody'}"
        remedy = "Name everybody who takes part once."
        raise InputError(
            [Fault(code="DUPLICATE-ID", table="session", column=attribute.name, problem=problem, remedy=remedy)]
        )


@frozen(kw_only=True)
class DiarySession:
    """A session in the diary.

    Attributes:
        id: Its id, the same for its whole life.
        person_ids: Who takes part, each once.
        starts_at: When it begins, in UTC, whatever zone it is given in.
        minutes: How long it is, 1 to 1440.
        sequence: How often it was changed; calendars take the highest for the newest.
        cancelled: Whether it will not be held.

    Raises:
        InputError: If the start is naive (`NAIVE-TIME`), the length is out of range, or nobody or somebody twice takes
            part.
    """

    id: SessionId
    person_ids: tuple[PersonId, ...] = field(converter=as_ids, validator=check_people)
    starts_at: datetime = field(converter=_starts)
    minutes: int = field(validator=whole(at_least=1, at_most=LONGEST_DAY))
    sequence: int = field(default=0, validator=whole(at_least=0))
    cancelled: bool = False

    @property
    def ends_at(self) -> datetime:
        """Return when it ends, in UTC."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def span(self) -> Span:
        """Return the time that it takes."""
        return Span(self.starts_at, self.ends_at)


def _sessions(sessions: Iterable[DiarySession]) -> tuple[DiarySession, ...]:
    return tuple(sessions)


@frozen
class Diary:
    """The booked sessions of many people, those that were cancelled among them.

    A diary that is made from elsewhere may hold double bookings; `double_bookings` finds them, and `book` adds none.

    Attributes:
        sessions: In the order in which they were booked, each id once.
    """

    sessions: tuple[DiarySession, ...] = field(default=(), converter=_sessions)

    @sessions.validator
    def _check_ids(self, _: "Attribute[tuple[DiarySession, ...]]", sessions: tuple[DiarySession, ...]) -> None:
        seen: set[SessionId] = set()
        for session in sessions:
            if session.id in seen:
                problem = f"{shown(session.id)} stands for two sessions"
                remedy = "Give each session an id of its own."
                raise InputError(
                    [Fault(code="DUPLICATE-ID", table="diary", column="id", problem=problem, remedy=remedy)]
                )
            seen.add(session.id)

    def __len__(self) -> int:
        return len(self.sessions)

    def __iter__(self) -> Iterator[DiarySession]:
        return iter(self.sessions)

    def session(self, session_id: str) -> DiarySession:
        """Return a session by its id.

        Raises:
            UnknownIdError: If no session has this id.
        """
        for session in self.sessions:
            if session.id == session_id:
                return session
        raise UnknownIdError("session", session_id, [session.id for session in self.sessions])

    def sessions_of(self, person_id: str) -> tuple[DiarySession, ...]:
        """Return the sessions to be held in which somebody takes part, the earliest first."""
        found = [session for session in self.sessions if person_id in session.person_ids and not session.cancelled]
        return tuple(sorted(found, key=lambda session: session.starts_at))

    def onto(self, availability: Availability) -> Availability:
        """Return somebody's availability without the times of their booked sessions."""
        return availability.with_busy(*(session.span for session in self.sessions_of(availability.person_id)))


@frozen(kw_only=True)
class DoubleBooking:
    """Two sessions of one person at once."""

    person_id: PersonId
    first: SessionId
    second: SessionId


def double_bookings(diary: Diary) -> tuple[DoubleBooking, ...]:
    """Return every pair of sessions of one person that overlap, by person and time; none where all is well.

    Args:
        diary: The booked sessions, such as those of an existing calendar. Sessions that only touch do not overlap.

    Complexity:
        O(n log n + d) for n sessions of all people and d double bookings.
    """
    of_person: dict[PersonId, list[DiarySession]] = {}
    for session in diary:
        for person_id in () if session.cancelled else session.person_ids:
            of_person.setdefault(person_id, []).append(session)
    return tuple(found for person_id in sorted(of_person) for found in _overlaps(person_id, of_person[person_id]))


def _overlaps(person_id: PersonId, sessions: list[DiarySession]) -> Iterator[DoubleBooking]:
    running: list[DiarySession] = []
    for session in sorted(sessions, key=lambda one: (one.starts_at, one.id)):
        running = [one for one in running if one.ends_at > session.starts_at]
        yield from (DoubleBooking(person_id=person_id, first=one.id, second=session.id) for one in running)
        running.append(session)


def book(diary: Diary, session: DiarySession, *, availabilities: Iterable[Availability] = ()) -> Diary:
    """Return the diary with one more session, in which nobody is in two sessions at once.

    Args:
        diary: What is booked already.
        session: What is to be booked.
        availabilities: When those who take part are free, where that is known; the session must lie within it.

    Raises:
        InputError: If the session's id is in the diary already, or it is longer than somebody wants.
        SlotTakenError: If somebody has another session at that time, or is not free then.

    Complexity:
        O(n) for n sessions in the diary.
    """
    after = Diary((*diary.sessions, session))
    _check_free(session, diary, tuple(availabilities))
    return after


def reschedule(
    diary: Diary,
    session_id: str,
    starts_at: datetime,
    *,
    minutes: int | None = None,
    availabilities: Iterable[Availability] = (),
) -> Diary:
    """Return the diary with a session moved to another time; its id stays, and its sequence goes up by one.

    Args:
        diary: What is booked.
        session_id: The session.
        starts_at: When it is to begin, aware.
        minutes: How long it is to be; as before unless given.
        availabilities: As for `book`.

    Raises:
        InputError: If the start is naive (`NAIVE-TIME`), the session is cancelled, or it is longer than somebody wants.
        UnknownIdError: If no session has this id.
        SlotTakenError: If somebody has another session at that time, or is not free then.
    """
    old = _held(diary, session_id)
    moved = evolve(
        old, starts_at=starts_at, minutes=old.minutes if minutes is None else minutes, sequence=old.sequence + 1
    )
    others = Diary(session for session in diary if session.id != session_id)
    _check_free(moved, others, tuple(availabilities))
    return _with(diary, moved)


def cancel(diary: Diary, session_id: str) -> Diary:
    """Return the diary with a session cancelled; its time is free again, and its sequence goes up by one.

    Raises:
        InputError: If it is cancelled already.
        UnknownIdError: If no session has this id.
    """
    old = _held(diary, session_id)
    return _with(diary, evolve(old, cancelled=True, sequence=old.sequence + 1))


def _held(diary: Diary, session_id: str) -> DiarySession:
    session = diary.session(session_id)
    if session.cancelled:
        problem = f"session {shown(session_id)} is cancelled"
        remedy = "Book a new session."
        raise InputError([Fault(code="CANCELLED", table="diary", column="id", problem=problem, remedy=remedy)])
    return session


def _with(diary: Diary, changed: DiarySession) -> Diary:
    return Diary(changed if session.id == changed.id else session for session in diary)


def _check_free(session: DiarySession, diary: Diary, availabilities: tuple[Availability, ...]) -> None:
    """Refuse a session at whose time somebody who takes part has another one or is not free."""
    for other in diary:
        both = [person_id for person_id in session.person_ids if person_id in other.person_ids]
        if both and not other.cancelled and other.starts_at < session.ends_at and session.starts_at < other.ends_at:
            raise SlotTakenError(both[0], session.starts_at.isoformat(), session.minutes, f"session {other.id}")
    people = tuple(one for one in availabilities if one.person_id in session.person_ids)
    if people and (faults := [*slot_faults(people, minutes=session.minutes, step_minutes=1)]):
        raise InputError(faults)
    begin, end = seconds_of(session.starts_at), full_seconds_of(session.ends_at)
    for person in people:
        for bar, left in free_layers(person, begin, end):
            if (left.begin.tolist(), left.end.tolist()) != ([begin], [end]):
                raise SlotTakenError(person.person_id, session.starts_at.isoformat(), session.minutes, str(bar))
