"""A booking as it stands after its last event, what goes on beside it, and what it leaves behind."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from attrs import frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.booking.events import BookingId, FeedbackGiven
from taskmentor.lifecycle.booking.moves import BOOKING_OPEN, BookingState
from taskmentor.lifecycle.booking.terms import BookingTerms
from taskmentor.lifecycle.events import ProgrammeId, utc_day
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = ["Booking", "OtherBookings", "booked_places", "mentors_met", "skill_notes"]


@frozen(kw_only=True)
class Booking:
    """One booked session as it stands: the unit of micromentoring, with no engagement around it (U5).

    Attributes:
        id: Its id.
        state: Where it stands.
        version: The version of its last event.
        at: The time of its last event, as it was given.
        mentee_id: Who learns, and booked it.
        mentor_id: Who teaches.
        programme_id: The programme.
        terms: What the programme demanded when it was booked.
        booked_at: When it was booked or asked for.
        asked_at: Since when an answer is waited for, where one is.
        starts_at: When it begins or began, aware.
        minutes: How long it is or was.
        face_to_face: Whether they meet in one place; otherwise online (U4).
        own_minutes: The longest session that the mentee wants; None for no limit of their own.
        skill_id: The skill, where it was noted.
        level: Where the mentee stood in it, where that was noted.
        topic: What it is about.
        moved: How often it was moved.
        absent: Who did not come, where it was missed.
        feedback: What each side said of it.
        closed_at: When it came to its end.
        closed_by: Who took the last step.
        closed_because: The words given with a cancellation.
        late: Who moved or cancelled it after the terms' notice, in that order.
    """

    id: BookingId
    state: BookingState
    version: int
    at: datetime
    mentee_id: PersonId
    mentor_id: PersonId
    programme_id: ProgrammeId
    terms: BookingTerms
    booked_at: datetime
    asked_at: datetime
    starts_at: datetime
    minutes: int
    face_to_face: bool = False
    own_minutes: int | None = None
    skill_id: SkillId | None = None
    level: int | None = None
    topic: str = ""
    moved: int = 0
    absent: tuple[Relation, ...] = ()
    feedback: tuple[FeedbackGiven, ...] = ()
    closed_at: datetime | None = None
    closed_by: PersonId | None = None
    closed_because: str = ""
    late: tuple[PersonId, ...] = ()

    @property
    def initiator(self) -> Relation:
        """Return who starts a booking: the mentee (U3)."""
        return Relation.MENTEE

    @property
    def is_open(self) -> bool:
        """Return whether it is still to come, or nobody has said how it went."""
        return self.state in BOOKING_OPEN

    @property
    def ends_at(self) -> datetime:
        """Return when it ends, in UTC."""
        return self.starts_at.astimezone(UTC) + timedelta(minutes=self.minutes)

    @property
    def notice_until(self) -> datetime:
        """Return until when it may be moved or cancelled without a reason, in UTC."""
        return self.starts_at.astimezone(UTC) - timedelta(hours=self.terms.notice_hours)

    @property
    def expires_at(self) -> datetime:
        """Return when it expires if nobody acts, in UTC: unanswered, or unsaid how it went; while it is open."""
        if self.state is BookingState.REQUESTED:
            answer = self.asked_at.astimezone(UTC) + timedelta(hours=self.terms.answer_hours)
            return min(answer, self.starts_at.astimezone(UTC))
        return self.ends_at + timedelta(days=self.terms.log_days)

    def is_unlogged(self, at: datetime) -> bool:
        """Return whether its time has passed and nobody has said how it went."""
        return self.is_open and self.ends_at <= at.astimezone(UTC)

    def overlaps(self, starts_at: datetime, minutes: int) -> bool:
        """Return whether it shares a moment with another time."""
        begin = starts_at.astimezone(UTC)
        return begin < self.ends_at and self.starts_at.astimezone(UTC) < begin + timedelta(minutes=minutes)


@frozen(kw_only=True)
class OtherBookings:
    """What goes on beside a booking.

    Attributes:
        bookings: The other bookings, of all programmes: nobody is in two places at once.
        full: The mentors without a free place; heeded where the terms say that a booking takes one.
        away: The people who have left.
    """

    bookings: tuple[Booking, ...] = ()
    full: frozenset[PersonId] = frozenset()
    away: frozenset[PersonId] = frozenset()

    def left_for_mentee(self, mentee_id: str, programme_id: str, terms: BookingTerms) -> int:
        """Return how many more open bookings a mentee may have in a programme."""
        n_open = sum(one.is_open and (one.mentee_id, one.programme_id) == (mentee_id, programme_id)
                     for one in self.bookings)  # fmt: skip
        return max(0, terms.open_per_mentee - n_open)

    def left_for_mentor(self, mentor_id: str, programme_id: str, terms: BookingTerms) -> int:
        """Return how many more open bookings a mentor may have in a programme."""
        n_open = sum(one.is_open and (one.mentor_id, one.programme_id) == (mentor_id, programme_id)
                     for one in self.bookings)  # fmt: skip
        return max(0, terms.open_per_mentor - n_open)

    def left_in_week(self, mentor_id: str, programme_id: str, terms: BookingTerms, on: date) -> int:
        """Return how many more sessions of a mentor may lie in the week of a day."""
        monday = _monday(on)
        n_there = sum(
            (one.mentor_id, one.programme_id, _monday(utc_day(one.starts_at))) == (mentor_id, programme_id, monday)
            for one in self.bookings
            if one.is_open or one.state is BookingState.HELD
        )
        return max(0, terms.mentor_sessions_a_week - n_there)

    def meeting_of(self, person_id: str, starts_at: datetime, minutes: int) -> Booking | None:
        """Return an open booking that somebody has at a time already, on either side; None where they have none."""
        return next(
            (
                one
                for one in self.bookings
                if one.is_open and person_id in (one.mentee_id, one.mentor_id) and one.overlaps(starts_at, minutes)
            ),
            None,
        )


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def booked_places(bookings: Iterable[Booking]) -> Counter[PersonId]:
    """Return how many places of each mentor's capacity open bookings take: none, unless their terms say so."""
    return Counter(one.mentor_id for one in bookings if one.is_open and one.terms.takes_place)


def mentors_met(bookings: Iterable[Booking]) -> Counter[PersonId]:
    """Return how many different mentors each mentee has had a session with (U8)."""
    pairs = {(one.mentee_id, one.mentor_id) for one in bookings if one.state is BookingState.HELD}
    return Counter(mentee_id for mentee_id, _ in pairs)


def skill_notes(booking: Booking) -> tuple[Assessment, ...]:
    """Return what the mentee said of their skill after the session, as a self-assessment; nobody confirms it."""
    return tuple(
        Assessment(
            person_id=booking.mentee_id,
            skill_id=booking.skill_id,
            level=said.level,
            source=Source.SELF,
            assessed_on=utc_day(said.at),
            assessor_id=booking.mentee_id,
        )
        for said in booking.feedback
        if said.level is not None and booking.skill_id is not None
    )
