"""What somebody may want to do to a booked session: refused when made if it cannot be."""

from datetime import datetime
from typing import ClassVar

from attrs import field, frozen
from attrs.validators import optional

from taskmentor.authorisation import Relation
from taskmentor.errors import shown
from taskmentor.lifecycle.booking.events import BookingActionName, BookingId
from taskmentor.lifecycle.booking.terms import BookingTerms
from taskmentor.lifecycle.events import ProgrammeId, input_error
from taskmentor.lifecycle.given import check_absent, check_minutes, check_moment
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.validators import whole

__all__ = [
    "AcceptBooking",
    "Book",
    "BookingAction",
    "CancelBooking",
    "ExpireBooking",
    "GiveFeedback",
    "HoldBooking",
    "LaterBookingAction",
    "MissBooking",
    "MoveBooking",
    "RecordBookingLeaver",
]


@frozen(kw_only=True)
class Book:
    """Book a session as its mentee, or ask for one where the terms leave the yes to the mentor.

    Attributes:
        booking_id: The id that the booking shall have.
        mentee_id: Who would learn.
        mentor_id: Who would teach.
        programme_id: The programme.
        starts_at: When it shall begin, aware.
        minutes: How long it shall be.
        face_to_face: Whether they meet in one place; otherwise online (U4).
        own_minutes: The longest session that the mentee wants (U1).
        skill_id: The skill, where it is noted.
        level: Where the mentee stands in it, where that is noted; the lowest level will do (U7).
        topic: What it is about.
        terms: What the programme demands.

    Raises:
        InputError: If somebody would mentor themselves, a time is naive, minutes do not fit into a day, or a level
            stands without a skill.
    """

    name: ClassVar[BookingActionName] = BookingActionName.BOOK

    booking_id: BookingId
    mentee_id: PersonId
    mentor_id: PersonId
    programme_id: ProgrammeId
    starts_at: datetime = field(validator=check_moment)
    minutes: int = field(validator=check_minutes)
    face_to_face: bool = False
    own_minutes: int | None = field(default=None, validator=optional(check_minutes))
    skill_id: SkillId | None = None
    level: int | None = field(default=None, validator=optional(whole(at_least=0)))
    topic: str = ""
    terms: BookingTerms = field(factory=BookingTerms)

    def __attrs_post_init__(self) -> None:
        if self.mentee_id == self.mentor_id:
            problem = f"{shown(self.mentee_id)} is mentee and mentor"
            raise input_error("SELF-MENTOR", "mentor_id", problem, "Name two different people.")
        if self.level is not None and self.skill_id is None:
            raise input_error("MISSING-VALUE", "skill_id", "a level stands without its skill", "Name the skill too.")


@frozen(kw_only=True)
class AcceptBooking:
    """Say yes, as the mentor."""

    name: ClassVar[BookingActionName] = BookingActionName.ACCEPT


@frozen(kw_only=True)
class MoveBooking:
    """Move it to another time; later than the terms' notice it takes a reason.

    Raises:
        InputError: If the time is naive or the minutes do not fit into a day.
    """

    name: ClassVar[BookingActionName] = BookingActionName.MOVE

    starts_at: datetime = field(validator=check_moment)
    minutes: int = field(validator=check_minutes)
    reason: str = ""


@frozen(kw_only=True)
class CancelBooking:
    """Call it off, or say no to it as the mentor; later than the terms' notice it takes a reason."""

    name: ClassVar[BookingActionName] = BookingActionName.CANCEL

    reason: str = ""


@frozen(kw_only=True)
class HoldBooking:
    """Say that it took place, and how long it was.

    Raises:
        InputError: If the minutes do not fit into a day.
    """

    name: ClassVar[BookingActionName] = BookingActionName.HOLD

    minutes: int = field(validator=check_minutes)


@frozen(kw_only=True)
class MissBooking:
    """Say who did not come.

    Raises:
        InputError: If nobody is named, or somebody who is no side.
    """

    name: ClassVar[BookingActionName] = BookingActionName.MISS

    absent: tuple[Relation, ...] = field(validator=check_absent)


@frozen(kw_only=True)
class GiveFeedback:
    """Say what it was worth, each side once: 1 for of no use, 5 for of great use.

    A mentee may say where they see themselves in the skill now. A booking knows no scale, so that `level` has no upper
    limit here: give one of the organisation's scale. It is read as a self-assessment, which no manager confirms.

    Raises:
        InputError: If the rating is none of 1 to 5, or the level is below 0.
    """

    name: ClassVar[BookingActionName] = BookingActionName.GIVE_FEEDBACK

    rating: int = field(validator=whole(at_least=1, at_most=5))
    words: str = ""
    level: int | None = field(default=None, validator=optional(whole(at_least=0)))


@frozen(kw_only=True)
class RecordBookingLeaver:
    """Call it off because one of the two leaves the organisation."""

    name: ClassVar[BookingActionName] = BookingActionName.RECORD_LEAVER

    person_id: PersonId


@frozen(kw_only=True)
class ExpireBooking:
    """Note that the time for an answer, or for saying how it went, is over."""

    name: ClassVar[BookingActionName] = BookingActionName.EXPIRE


LaterBookingAction = (
    AcceptBooking | MoveBooking | CancelBooking | HoldBooking | MissBooking | GiveFeedback | RecordBookingLeaver
    | ExpireBooking
)  # fmt: skip
"""Everything that somebody may want to do to a booking once it is made."""

BookingAction = Book | LaterBookingAction
"""Everything that somebody may want to do to a booking."""
