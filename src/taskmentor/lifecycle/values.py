"""The small values that actions and events carry beside plain fields: agreement, sessions, work products."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from attrs import evolve, field, frozen

from taskmentor.authorisation import Relation
from taskmentor.models.people import PersonId
from taskmentor.validators import whole

__all__ = [
    "MINUTES_A_DAY",
    "Agreement",
    "CourseId",
    "Exchange",
    "Product",
    "ProductKind",
    "Session",
    "SessionState",
    "Training",
]

CourseId = NewType("CourseId", str)

MINUTES_A_DAY = 24 * 60


@frozen(kw_only=True)
class Agreement:
    """What both sides settle: goals, what each expects and does, and how they will work (D13).

    Attributes:
        goals: What is to be reached.
        mentee_expects: What the mentee expects.
        mentor_expects: What the mentor expects.
        mentee_duties: What the mentee takes on.
        mentor_duties: What the mentor takes on.
        session_every_days: How often they meet, where they set a rhythm of their own.
        session_minutes: The longest session they want; the programme's limit holds beside it (U1).
    """

    goals: tuple[str, ...] = ()
    mentee_expects: str = ""
    mentor_expects: str = ""
    mentee_duties: tuple[str, ...] = ()
    mentor_duties: tuple[str, ...] = ()
    session_every_days: int | None = None
    session_minutes: int | None = None


@frozen(kw_only=True)
class Training:
    """A mentor's training, as the programme has it on record."""

    completed_on: date
    hours: int = field(validator=whole(at_least=1, at_most=10_000))

    def valid_until(self, days: int | None) -> date | None:
        """Return the last day on which it counts; None for ever."""
        return None if days is None else self.completed_on + timedelta(days=days)


@frozen(kw_only=True)
class Exchange:
    """Something that was written, shown or said without a time slot (D4)."""

    actor: PersonId
    day: date
    words: str


class SessionState(StrEnum):
    """Where a session stands."""

    PLANNED = "planned"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"


@frozen(kw_only=True)
class Session:
    """One meeting of an engagement.

    Attributes:
        number: Its place among the sessions of the engagement, 1 for the first.
        starts_at: When it begins or began, aware.
        minutes: How long it is or was.
        face_to_face: Whether the two meet in one place (T4, V2).
        state: Where it stands.
        moved: How often it was moved.
        absent: Who did not come, where it was missed.
    """

    number: int
    starts_at: datetime
    minutes: int
    face_to_face: bool = False
    state: SessionState = SessionState.PLANNED
    moved: int = 0
    absent: tuple[Relation, ...] = ()

    @property
    def ends_at(self) -> datetime:
        """Return when it ends, in UTC."""
        return self.starts_at.astimezone(UTC) + timedelta(minutes=self.minutes)

    def to(self, starts_at: datetime, minutes: int) -> "Session":
        """Return the session moved to another time."""
        return evolve(self, starts_at=starts_at, minutes=minutes, moved=self.moved + 1)


class ProductKind(StrEnum):
    """What came of doing real work together."""

    DELIVERABLE = "deliverable"  # the mentee's work, with oversight (T12)
    ARTEFACT = "artefact"  # a tool, template or instruction that the mentor made (T20)


@frozen(kw_only=True)
class Product:
    """A work product or artefact of an engagement.

    Attributes:
        number: Its place among them, 1 for the first.
        kind: What it is.
        title: What it is called.
        reference: Where it is kept.
        approved: Whether the mentor approved it; None while nobody has looked at it.
        feedback: What the mentor said of it.
    """

    number: int
    kind: ProductKind
    title: str
    reference: str = ""
    approved: bool | None = None
    feedback: str = ""
