"""What somebody may want to do to an engagement: frozen, in the imperative, refused when made if it cannot be.

Whether an action is allowed is not known here; `engagement.decide` says it.
"""

from datetime import date
from typing import ClassVar

from attrs import Attribute, field, frozen

from taskmentor.authorisation import INITIATORS, ActionName, Relation
from taskmentor.errors import shown
from taskmentor.lifecycle.events import (
    EndReason,
    EngagementId,
    PracticeKind,
    ProgrammeId,
    Scope,
    check_dates,
    input_error,
)
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.people import PersonId

__all__ = [
    "Accept",
    "Action",
    "Confirm",
    "Decline",
    "End",
    "Expire",
    "Finish",
    "LaterAction",
    "Propose",
    "Reassess",
    "RecordIntro",
    "RecordPractice",
    "Return",
    "Schedule",
    "Start",
    "Withdraw",
]

_MINUTES_A_DAY = 24 * 60
_SAY = "Say it in a few words."


def _check_words(_: object, attribute: "Attribute[str]", words: str) -> None:
    if not words.strip():
        raise input_error("MISSING-VALUE", attribute.name, "there are no words", _SAY)


def _check_initiator(_: object, __: "Attribute[Relation]", initiator: Relation) -> None:
    if initiator not in INITIATORS:
        wanted = " or ".join(relation for relation in Relation if relation in INITIATORS)
        raise input_error("BAD-INITIATOR", "initiator", f"a {initiator} proposes nothing", f"Use {wanted}.")


def _check_minutes(_: object, __: "Attribute[int]", minutes: int) -> None:
    if not 1 <= minutes <= _MINUTES_A_DAY:
        problem = f"{minutes} minutes do not fit into a day"
        raise input_error("OUT-OF-RANGE", "minutes", problem, f"Give 1 to {_MINUTES_A_DAY} minutes.")


@frozen(kw_only=True)
class Propose:
    """Propose two people to each other for one skill.

    Attributes:
        engagement_id: The id that the engagement shall have.
        mentee_id: Who would learn.
        mentor_id: Who would teach.
        scope: The skill, the levels and the behaviours.
        programme_id: The programme.
        initiator: The relation in which this programme lets proposals be made; the actor must hold it.
        terms: What the programme demands.
        model_version: The version of the competency model that the levels are of.
        confirmer_id: Who would confirm today, for the record.

    Raises:
        InputError: If somebody would mentor themselves, or nobody may propose as `initiator`.
    """

    name: ClassVar[ActionName] = ActionName.PROPOSE

    engagement_id: EngagementId
    mentee_id: PersonId
    mentor_id: PersonId
    scope: Scope
    programme_id: ProgrammeId
    initiator: Relation = field(default=Relation.PROGRAMME_MANAGER, validator=_check_initiator)
    terms: Terms = field(factory=Terms)
    model_version: str = ""
    confirmer_id: PersonId | None = None

    def __attrs_post_init__(self) -> None:
        if self.mentee_id == self.mentor_id:
            problem = f"{shown(self.mentee_id)} is mentee and mentor"
            raise input_error("SELF-MENTOR", "mentor_id", problem, "Name two different people.")


@frozen(kw_only=True)
class Accept:
    """Accept as mentee or as mentor, and acknowledge the scope by stating it (T2)."""

    name: ClassVar[ActionName] = ActionName.ACCEPT

    scope: Scope


@frozen(kw_only=True)
class Decline:
    """Say no, to a proposal or after the intro meeting; nobody has to say why."""

    name: ClassVar[ActionName] = ActionName.DECLINE

    reason: str = ""


@frozen(kw_only=True)
class RecordIntro:
    """Record that the two have met without obligation (D12)."""

    name: ClassVar[ActionName] = ActionName.RECORD_INTRO


@frozen(kw_only=True)
class Schedule:
    """Fix the start date and the end date (T1).

    Raises:
        InputError: If the end is not after the start (`DATE-ORDER`).
    """

    name: ClassVar[ActionName] = ActionName.SCHEDULE

    starts_on: date
    ends_on: date

    def __attrs_post_init__(self) -> None:
        check_dates(self.starts_on, self.ends_on)


@frozen(kw_only=True)
class Start:
    """Begin, on the start date or later."""

    name: ClassVar[ActionName] = ActionName.START


@frozen(kw_only=True)
class RecordPractice:
    """Record time spent on one of the agreed behaviours; on any, where none was agreed (T11).

    Raises:
        InputError: If the minutes do not fit into a day.
    """

    name: ClassVar[ActionName] = ActionName.RECORD_PRACTICE

    kind: PracticeKind
    behaviour: str = field(validator=_check_words)
    day: date
    minutes: int = field(validator=_check_minutes)


@frozen(kw_only=True)
class Finish:
    """Say that practice is over, so that the mentee reassesses."""

    name: ClassVar[ActionName] = ActionName.FINISH


@frozen(kw_only=True)
class Reassess:
    """Say, as the mentee, at which level the skill is now (T13); without a day, on the day of the action in UTC."""

    name: ClassVar[ActionName] = ActionName.REASSESS

    level: int
    assessed_on: date | None = None


@frozen(kw_only=True)
class Confirm:
    """Confirm, as the confirmer of the day, that the target is reached, at this level (T14)."""

    name: ClassVar[ActionName] = ActionName.CONFIRM

    level: int


@frozen(kw_only=True)
class Return:
    """Say, as the confirmer of the day, what is still missing: back to practice.

    Raises:
        InputError: If the note is empty.
    """

    name: ClassVar[ActionName] = ActionName.RETURN

    note: str = field(validator=_check_words)


@frozen(kw_only=True)
class Withdraw:
    """Give up before the start, and say why.

    Raises:
        InputError: If the reason is empty.
    """

    name: ClassVar[ActionName] = ActionName.WITHDRAW

    reason: str = field(validator=_check_words)


@frozen(kw_only=True)
class End:
    """End after the start, without blame (D16); the reason `other` takes words.

    Raises:
        InputError: If the reason is `other` and there are no words.
    """

    name: ClassVar[ActionName] = ActionName.END

    reason: EndReason
    words: str = ""

    def __attrs_post_init__(self) -> None:
        if self.reason is EndReason.OTHER and not self.words.strip():
            raise input_error("MISSING-VALUE", "words", "the reason is 'other' and nothing more", _SAY)


@frozen(kw_only=True)
class Expire:
    """Close a proposal that was not accepted by both in time."""

    name: ClassVar[ActionName] = ActionName.EXPIRE


LaterAction = (
    Accept | Decline | RecordIntro | Schedule | Start | RecordPractice | Finish
    | Reassess | Confirm | Return | Withdraw | End | Expire
)  # fmt: skip
"""Everything that somebody may want to do to an engagement once it is proposed."""

Action = Propose | LaterAction
"""Everything that somebody may want to do to an engagement."""
