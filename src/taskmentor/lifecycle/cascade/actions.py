"""What somebody may want to do to a request that is put to ranked mentors."""

from typing import ClassVar

from attrs import field, frozen

from taskmentor.authorisation import Relation
from taskmentor.errors import shown
from taskmentor.lifecycle.cascade.events import AskEnd, CascadeActionName, CascadeId
from taskmentor.lifecycle.cascade.moves import OPENERS
from taskmentor.lifecycle.events import EngagementId, ProgrammeId, Scope, input_error
from taskmentor.lifecycle.given import check_words
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.people import PersonId

__all__ = [
    "AcceptAsk",
    "CascadeAction",
    "CloseAsk",
    "DeclineAsk",
    "Engage",
    "ExpireCascade",
    "LapseAsk",
    "LaterCascadeAction",
    "OpenCascade",
    "Release",
    "Suggest",
    "WithdrawCascade",
]


@frozen(kw_only=True)
class OpenCascade:
    """Put a request to mentors, best first.

    Attributes:
        cascade_id: The id that the cascade shall have.
        mentee_id: Whose request it is.
        mentor_ids: The mentors to be asked, best first; none where the request shall wait at once.
        scope: The skill, the levels and the behaviours.
        programme_id: The programme.
        initiator: The relation in which this programme lets proposals be made; the actor must hold it.
        terms: What the programme demands: how many are asked at a time, for how long, and whether others wait.

    Raises:
        InputError: If somebody is asked twice or would mentor themselves, nobody is asked where nobody waits, or nobody
            may open it as `initiator`.
    """

    name: ClassVar[CascadeActionName] = CascadeActionName.OPEN

    cascade_id: CascadeId
    mentee_id: PersonId
    mentor_ids: tuple[PersonId, ...]
    scope: Scope
    programme_id: ProgrammeId
    initiator: Relation = Relation.MENTEE
    terms: Terms = field(factory=Terms)

    def __attrs_post_init__(self) -> None:
        if self.initiator not in OPENERS:
            wanted = " or ".join(relation for relation in Relation if relation in OPENERS)
            raise input_error("BAD-INITIATOR", "initiator", f"a {self.initiator} opens nothing", f"Use {wanted}.")
        if self.mentee_id in self.mentor_ids:
            problem = f"{shown(self.mentee_id)} is mentee and mentor"
            raise input_error("SELF-MENTOR", "mentor_ids", problem, "Name other people.")
        if len(set(self.mentor_ids)) < len(self.mentor_ids):
            raise input_error("DUPLICATE-ID", "mentor_ids", "somebody stands in it twice", "Rank each mentor once.")
        if not self.mentor_ids and self.terms.wait_order is None:
            problem = "nobody is asked, and nobody waits in this programme"
            raise input_error("MISSING-VALUE", "mentor_ids", problem, "Name a mentor, or set a wait_order.")


@frozen(kw_only=True)
class Suggest:
    """Put another mentor at the end of the ranks; whoever waits is served by it."""

    name: ClassVar[CascadeActionName] = CascadeActionName.SUGGEST

    mentor_id: PersonId


@frozen(kw_only=True)
class AcceptAsk:
    """Say yes, as a mentor who is asked; the first yes ends the asking."""

    name: ClassVar[CascadeActionName] = CascadeActionName.ACCEPT


@frozen(kw_only=True)
class DeclineAsk:
    """Say no, as a mentor who is asked; nobody has to say why."""

    name: ClassVar[CascadeActionName] = CascadeActionName.DECLINE

    reason: str = ""


@frozen(kw_only=True)
class CloseAsk:
    """Take an ask back that its mentor cannot meet, as the programme manager or the system."""

    name: ClassVar[CascadeActionName] = CascadeActionName.CLOSE_ASK

    mentor_id: PersonId
    because: AskEnd


@frozen(kw_only=True)
class Release:
    """Take one's yes back, as the mentor who gave it, before there is an engagement: the next mentor is asked.

    Raises:
        InputError: If the reason is empty.
    """

    name: ClassVar[CascadeActionName] = CascadeActionName.RELEASE

    reason: str = field(validator=check_words)


@frozen(kw_only=True)
class Engage:
    """Say which engagement was proposed from it."""

    name: ClassVar[CascadeActionName] = CascadeActionName.ENGAGE

    engagement_id: EngagementId


@frozen(kw_only=True)
class WithdrawCascade:
    """Give the request up; the mentee need not say why."""

    name: ClassVar[CascadeActionName] = CascadeActionName.WITHDRAW

    reason: str = ""


@frozen(kw_only=True)
class LapseAsk:
    """Note that a mentor stayed silent until the time for an answer was over."""

    name: ClassVar[CascadeActionName] = CascadeActionName.LAPSE

    mentor_id: PersonId


@frozen(kw_only=True)
class ExpireCascade:
    """Note that the time for the whole request is over."""

    name: ClassVar[CascadeActionName] = CascadeActionName.EXPIRE


LaterCascadeAction = (
    Suggest | AcceptAsk | DeclineAsk | CloseAsk | Release | Engage | WithdrawCascade | LapseAsk | ExpireCascade
)
"""Everything that somebody may want to do to a cascade once it is open."""

CascadeAction = OpenCascade | LaterCascadeAction
"""Everything that somebody may want to do to a cascade."""
