"""What has happened to a request that is put to ranked mentors: frozen, in the past tense, never edited."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType

from attrs import field, frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.events import EngagementId, ProgrammeId, Scope, instant
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.people import PersonId

__all__ = [
    "AcceptanceReleased",
    "AskAccepted",
    "AskClosed",
    "AskDeclined",
    "AskEnd",
    "AskLapsed",
    "CascadeActionName",
    "CascadeEngaged",
    "CascadeEvent",
    "CascadeExhausted",
    "CascadeExpired",
    "CascadeId",
    "CascadeOpened",
    "CascadeWaitlisted",
    "CascadeWithdrawn",
    "MentorAsked",
    "MentorPassedOver",
    "MentorSuggested",
]

CascadeId = NewType("CascadeId", str)


class CascadeActionName(StrEnum):
    """The name of everything that can be done to a cascade, in the order of its life."""

    OPEN = "open"
    SUGGEST = "suggest"
    ACCEPT = "accept-ask"
    DECLINE = "decline-ask"
    CLOSE_ASK = "close-ask"
    RELEASE = "release"
    ENGAGE = "engage"
    WITHDRAW = "withdraw"
    LAPSE = "lapse-ask"
    EXPIRE = "expire"


class AskEnd(StrEnum):
    """Why a mentor is not, or no longer, asked without having said no."""

    FULL = "no free place"
    TOO_MANY_ASKS = "asked by too many already"
    LEFT_ORGANISATION = "left organisation"
    ANOTHER_ACCEPTED = "another mentor accepted"


@frozen(kw_only=True)
class CascadeEvent:
    """Something that happened to a cascade.

    Attributes:
        cascade_id: The cascade.
        version: Its place in the log of the cascade, 1 for the first, without gaps.
        actor: Who did it, or whose step it follows from.
        at: When, aware, as it was given.
    """

    action: ClassVar[CascadeActionName | None] = None  # None for what follows from another event

    cascade_id: CascadeId
    version: int
    actor: PersonId
    at: datetime = field(validator=instant)


@frozen(kw_only=True)
class CascadeOpened(CascadeEvent):
    """A request was put to mentors, best first."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.OPEN

    mentee_id: PersonId
    mentor_ids: tuple[PersonId, ...]
    scope: Scope
    programme_id: ProgrammeId
    initiator: Relation
    terms: Terms


@frozen(kw_only=True)
class MentorAsked(CascadeEvent):
    """The next mentor was asked."""

    mentor_id: PersonId


@frozen(kw_only=True)
class MentorPassedOver(CascadeEvent):
    """A mentor whose turn it was could not be asked."""

    mentor_id: PersonId
    because: AskEnd


@frozen(kw_only=True)
class MentorSuggested(CascadeEvent):
    """Another mentor was put at the end of the ranks."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.SUGGEST

    mentor_id: PersonId


@frozen(kw_only=True)
class AskAccepted(CascadeEvent):
    """A mentor who was asked said yes; it is the first yes."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.ACCEPT

    mentor_id: PersonId


@frozen(kw_only=True)
class AskDeclined(CascadeEvent):
    """A mentor who was asked said no, which leaves no mark; nobody has to say why."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.DECLINE

    mentor_id: PersonId
    reason: str = ""


@frozen(kw_only=True)
class AskLapsed(CascadeEvent):
    """A mentor who was asked stayed silent until the time for an answer was over."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.LAPSE

    mentor_id: PersonId


@frozen(kw_only=True)
class AskClosed(CascadeEvent):
    """A mentor who was asked need not answer any more."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.CLOSE_ASK

    mentor_id: PersonId
    because: AskEnd


@frozen(kw_only=True)
class AcceptanceReleased(CascadeEvent):
    """The mentor who had said yes took it back, and why."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.RELEASE

    reason: str


@frozen(kw_only=True)
class CascadeEngaged(CascadeEvent):
    """An engagement was proposed from it."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.ENGAGE

    engagement_id: EngagementId


@frozen(kw_only=True)
class CascadeWithdrawn(CascadeEvent):
    """The request was given up."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.WITHDRAW

    reason: str = ""


@frozen(kw_only=True)
class CascadeExpired(CascadeEvent):
    """The time for the whole request was over."""

    action: ClassVar[CascadeActionName | None] = CascadeActionName.EXPIRE


@frozen(kw_only=True)
class CascadeWaitlisted(CascadeEvent):
    """Nobody is left to be asked, and the request waits for a mentor."""


@frozen(kw_only=True)
class CascadeExhausted(CascadeEvent):
    """Nobody is left to be asked, and nobody waits in this programme."""
