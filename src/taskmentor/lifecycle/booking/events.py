"""What has happened to a booked session: frozen, in the past tense, never edited."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType

from attrs import field, frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.booking.terms import BookingTerms
from taskmentor.lifecycle.events import ProgrammeId, instant
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = [
    "BookingAccepted",
    "BookingActionName",
    "BookingCancelled",
    "BookingEvent",
    "BookingExpired",
    "BookingHeld",
    "BookingId",
    "BookingMade",
    "BookingMissed",
    "BookingMoved",
    "BookingPersonLeft",
    "FeedbackGiven",
]

BookingId = NewType("BookingId", str)


class BookingActionName(StrEnum):
    """The name of everything that can be done to a booking, in the order of its life."""

    BOOK = "book"
    ACCEPT = "accept-booking"
    MOVE = "move-booking"
    CANCEL = "cancel-booking"
    HOLD = "hold-booking"
    MISS = "miss-booking"
    GIVE_FEEDBACK = "give-feedback"
    RECORD_LEAVER = "record-leaver"
    EXPIRE = "expire-booking"


@frozen(kw_only=True)
class BookingEvent:
    """Something that happened to a booking.

    Attributes:
        booking_id: The booking.
        version: Its place in the log of the booking, 1 for the first, without gaps.
        actor: Who did it.
        at: When, aware, as it was given.
    """

    action: ClassVar[BookingActionName]

    booking_id: BookingId
    version: int
    actor: PersonId
    at: datetime = field(validator=instant)


@frozen(kw_only=True)
class BookingMade(BookingEvent):
    """A mentee booked a session with a mentor, or asked for one (U3).

    Attributes:
        mentee_id: Who learns.
        mentor_id: Who teaches.
        programme_id: The programme.
        starts_at: When the session begins, aware.
        minutes: How long it shall be.
        face_to_face: Whether they meet in one place; otherwise online (U4).
        own_minutes: The longest session that the mentee wants; None for no limit of their own (U1).
        skill_id: The skill it is about, where that was noted.
        level: Where the mentee stands in it, where that was noted; the lowest level will do (U7).
        topic: What it is about, in the mentee's words.
        terms: What the programme demanded on that day.
    """

    action: ClassVar[BookingActionName] = BookingActionName.BOOK

    mentee_id: PersonId
    mentor_id: PersonId
    programme_id: ProgrammeId
    starts_at: datetime = field(validator=instant)
    minutes: int
    face_to_face: bool = False
    own_minutes: int | None = None
    skill_id: SkillId | None = None
    level: int | None = None
    topic: str = ""
    terms: BookingTerms


@frozen(kw_only=True)
class BookingAccepted(BookingEvent):
    """The mentor said yes."""

    action: ClassVar[BookingActionName] = BookingActionName.ACCEPT


@frozen(kw_only=True)
class BookingMoved(BookingEvent):
    """The session was moved to another time."""

    action: ClassVar[BookingActionName] = BookingActionName.MOVE

    starts_at: datetime = field(validator=instant)
    minutes: int
    reason: str = ""


@frozen(kw_only=True)
class BookingCancelled(BookingEvent):
    """The session was called off, or the mentor said no; in time nobody has to say why."""

    action: ClassVar[BookingActionName] = BookingActionName.CANCEL

    reason: str = ""


@frozen(kw_only=True)
class BookingHeld(BookingEvent):
    """The session took place."""

    action: ClassVar[BookingActionName] = BookingActionName.HOLD

    minutes: int


@frozen(kw_only=True)
class BookingMissed(BookingEvent):
    """Somebody did not come."""

    action: ClassVar[BookingActionName] = BookingActionName.MISS

    absent: tuple[Relation, ...]


@frozen(kw_only=True)
class FeedbackGiven(BookingEvent):
    """One side said what the session was worth.

    Attributes:
        rating: 1 for of no use, 5 for of great use.
        words: What there is to say beside.
        level: Where the mentee sees themselves in the skill now, where they say so; nobody confirms it.
    """

    action: ClassVar[BookingActionName] = BookingActionName.GIVE_FEEDBACK

    rating: int
    words: str = ""
    level: int | None = None


@frozen(kw_only=True)
class BookingPersonLeft(BookingEvent):
    """One of the two left the organisation, which calls the session off."""

    action: ClassVar[BookingActionName] = BookingActionName.RECORD_LEAVER

    person_id: PersonId


@frozen(kw_only=True)
class BookingExpired(BookingEvent):
    """Nobody answered in time, or nobody said in time how the session went."""

    action: ClassVar[BookingActionName] = BookingActionName.EXPIRE
