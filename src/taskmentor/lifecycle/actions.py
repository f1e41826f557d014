"""What somebody may want to do to an engagement: frozen, in the imperative, refused when made if it cannot be.

Whether an action is allowed is not known here; `engagement.decide` says it.
"""

from datetime import date, datetime
from typing import ClassVar

from attrs import Attribute, field, frozen

from taskmentor.authorisation import APPROVERS, INITIATORS, SIDES, ActionName, Approver, Relation
from taskmentor.errors import shown
from taskmentor.lifecycle.checklist import ItemText
from taskmentor.lifecycle.events import (
    EndReason,
    EngagementId,
    PracticeKind,
    ProgrammeId,
    Scope,
    check_dates,
    input_error,
)
from taskmentor.lifecycle.given import SAY, check_absent, check_minutes, check_moment, check_words
from taskmentor.lifecycle.terms import Terms
from taskmentor.lifecycle.values import Agreement, CourseId, ProductKind, Training
from taskmentor.models.people import PersonId
from taskmentor.validators import whole

__all__ = [
    "Accept",
    "AcceptSecondGoal",
    "Action",
    "AddProduct",
    "Approve",
    "CancelSession",
    "CheckIn",
    "CloseIdle",
    "Comment",
    "Confirm",
    "ConfirmSecondGoal",
    "Decline",
    "Disapprove",
    "DraftAgreement",
    "End",
    "Expire",
    "Extend",
    "Finish",
    "HandOver",
    "HoldSession",
    "LaterAction",
    "LogSession",
    "MissSession",
    "MoveSession",
    "NoteEndPassed",
    "NoteIdle",
    "NoteOverdueCheckIn",
    "NoteOverdueItem",
    "OfferSecondGoal",
    "Pause",
    "PlanSession",
    "Propose",
    "Reassess",
    "ReassessAsMentor",
    "ReassessSecondGoal",
    "Recognise",
    "RecordCourse",
    "RecordExchange",
    "RecordIntro",
    "RecordLeaver",
    "RecordPractice",
    "RecordTraining",
    "RequestExtension",
    "Resume",
    "Return",
    "ReturnSecondGoal",
    "ReviewProduct",
    "Schedule",
    "SignAgreement",
    "Start",
    "TickOff",
    "TimelyAction",
    "Withdraw",
]


def _check_initiator(_: object, __: "Attribute[Relation]", initiator: Relation) -> None:
    if initiator not in INITIATORS:
        wanted = " or ".join(relation for relation in Relation if relation in INITIATORS)
        raise input_error("BAD-INITIATOR", "initiator", f"a {initiator} proposes nothing", f"Use {wanted}.")


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
        continues: The engagement that was handed over to this one.

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
    continues: EngagementId | None = None

    def __attrs_post_init__(self) -> None:
        if self.mentee_id == self.mentor_id:
            problem = f"{shown(self.mentee_id)} is mentee and mentor"
            raise input_error("SELF-MENTOR", "mentor_id", problem, "Name two different people.")


@frozen(kw_only=True)
class Accept:
    """Accept as mentee or as mentor, and acknowledge the scope by stating it (T2)."""

    name: ClassVar[ActionName] = ActionName.ACCEPT

    scope: Scope


def _check_approver(_: object, __: "Attribute[Approver]", approver: Approver) -> None:
    if APPROVERS[approver] in SIDES:
        others = " or ".join(other for other in Approver if APPROVERS[other] not in SIDES)
        raise input_error("BAD-APPROVER", "approver", f"the {approver} accepts or declines", f"Use {others}.")


@frozen(kw_only=True)
class Approve:
    """Say yes to a proposal, as one of the others whose yes the terms ask for.

    Raises:
        InputError: If it is the yes of one of the two, who accept.
    """

    name: ClassVar[ActionName] = ActionName.APPROVE

    approver: Approver = field(validator=_check_approver)


@frozen(kw_only=True)
class Disapprove:
    """Say no to a proposal, as one of the others whose yes the terms ask for, and why.

    Raises:
        InputError: If it is the no of one of the two, who decline, or the reason is empty.
    """

    name: ClassVar[ActionName] = ActionName.DISAPPROVE

    approver: Approver = field(validator=_check_approver)
    reason: str = field(validator=check_words)


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
class RecordTraining:
    """Put on record, as the programme manager, which training the mentor has had (TR1)."""

    name: ClassVar[ActionName] = ActionName.RECORD_TRAINING

    training: Training


@frozen(kw_only=True)
class RecordCourse:
    """Put on record that the mentee completed the course that comes first (D5)."""

    name: ClassVar[ActionName] = ActionName.RECORD_COURSE

    course_id: CourseId
    completed_on: date


@frozen(kw_only=True)
class DraftAgreement:
    """Write down what both shall settle, and sign it; an earlier draft no longer counts (D13)."""

    name: ClassVar[ActionName] = ActionName.DRAFT_AGREEMENT

    agreement: Agreement


@frozen(kw_only=True)
class SignAgreement:
    """Sign what the other side wrote down, and say which draft was read.

    Attributes:
        draft: The version of the event that holds the draft.
    """

    name: ClassVar[ActionName] = ActionName.SIGN_AGREEMENT

    draft: int


@frozen(kw_only=True)
class OfferSecondGoal:
    """Write down a goal in the other direction: what the mentor might learn from the mentee (RV2).

    An earlier offer no longer counts.
    """

    name: ClassVar[ActionName] = ActionName.OFFER_SECOND_GOAL

    scope: Scope


@frozen(kw_only=True)
class AcceptSecondGoal:
    """Accept the goal in the other direction that the other side wrote down.

    Attributes:
        offer: The version of the event that holds it.
    """

    name: ClassVar[ActionName] = ActionName.ACCEPT_SECOND_GOAL

    offer: int


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
class PlanSession:
    """Plan a session.

    Raises:
        InputError: If the time is naive or the minutes do not fit into a day.
    """

    name: ClassVar[ActionName] = ActionName.PLAN_SESSION

    starts_at: datetime = field(validator=check_moment)
    minutes: int = field(validator=check_minutes)
    face_to_face: bool = False


@frozen(kw_only=True)
class MoveSession:
    """Move a planned session to another time.

    Raises:
        InputError: If the time is naive or the minutes do not fit into a day.
    """

    name: ClassVar[ActionName] = ActionName.MOVE_SESSION

    session: int
    starts_at: datetime = field(validator=check_moment)
    minutes: int = field(validator=check_minutes)


@frozen(kw_only=True)
class CancelSession:
    """Call a planned session off."""

    name: ClassVar[ActionName] = ActionName.CANCEL_SESSION

    session: int


@frozen(kw_only=True)
class HoldSession:
    """Say that a planned session took place, and how long it was.

    Raises:
        InputError: If the minutes do not fit into a day.
    """

    name: ClassVar[ActionName] = ActionName.HOLD_SESSION

    session: int
    minutes: int = field(validator=check_minutes)


@frozen(kw_only=True)
class MissSession:
    """Say who did not come to a planned session.

    Raises:
        InputError: If nobody is named, or somebody who is no side.
    """

    name: ClassVar[ActionName] = ActionName.MISS_SESSION

    session: int
    absent: tuple[Relation, ...] = field(validator=check_absent)


@frozen(kw_only=True)
class LogSession:
    """Write down a session that took place without a plan.

    Raises:
        InputError: If the time is naive or the minutes do not fit into a day.
    """

    name: ClassVar[ActionName] = ActionName.LOG_SESSION

    starts_at: datetime = field(validator=check_moment)
    minutes: int = field(validator=check_minutes)
    face_to_face: bool = False


@frozen(kw_only=True)
class RecordExchange:
    """Record what was exchanged without a time slot: written, recorded or shown, each in their own time (D4).

    Raises:
        InputError: If there are no words.
    """

    name: ClassVar[ActionName] = ActionName.RECORD_EXCHANGE

    day: date
    words: str = field(validator=check_words)


@frozen(kw_only=True)
class RecordPractice:
    """Record time spent on one of the agreed behaviours; on any, where none was agreed (T11).

    Raises:
        InputError: If the minutes do not fit into a day.
    """

    name: ClassVar[ActionName] = ActionName.RECORD_PRACTICE

    kind: PracticeKind
    behaviour: str = field(validator=check_words)
    day: date
    minutes: int = field(validator=check_minutes)


@frozen(kw_only=True)
class AddProduct:
    """Add a work product or an artefact (T12, T20).

    Raises:
        InputError: If the title is empty.
    """

    name: ClassVar[ActionName] = ActionName.ADD_PRODUCT

    kind: ProductKind
    title: str = field(validator=check_words)
    reference: str = ""


@frozen(kw_only=True)
class ReviewProduct:
    """Say, as the mentor, what a work product is worth, and whether it will do (T12)."""

    name: ClassVar[ActionName] = ActionName.REVIEW_PRODUCT

    product: int
    approved: bool
    feedback: str = ""


@frozen(kw_only=True)
class TickOff:
    """Say, as the owner of an item of the checklist, that it is seen to (D7)."""

    name: ClassVar[ActionName] = ActionName.TICK_OFF

    item: ItemText


@frozen(kw_only=True)
class CheckIn:
    """Say how it is going, on the four prerequisites (D9): 1 for not at all, 5 for fully.

    Raises:
        InputError: If one of the four is none of 1 to 5.
    """

    name: ClassVar[ActionName] = ActionName.CHECK_IN

    trust: int = field(validator=whole(at_least=1, at_most=5))
    communication: int = field(validator=whole(at_least=1, at_most=5))
    meetings: int = field(validator=whole(at_least=1, at_most=5))
    responsibilities: int = field(validator=whole(at_least=1, at_most=5))
    words: str = ""


@frozen(kw_only=True)
class Pause:
    """Let it rest until a day, and say why.

    Raises:
        InputError: If the reason is empty.
    """

    name: ClassVar[ActionName] = ActionName.PAUSE

    until: date
    reason: str = field(validator=check_words)


@frozen(kw_only=True)
class Resume:
    """Go on after a pause."""

    name: ClassVar[ActionName] = ActionName.RESUME


@frozen(kw_only=True)
class RequestExtension:
    """Ask for a later end date, and say why.

    Raises:
        InputError: If the reason is empty.
    """

    name: ClassVar[ActionName] = ActionName.REQUEST_EXTENSION

    ends_on: date
    reason: str = field(validator=check_words)


@frozen(kw_only=True)
class Extend:
    """Move the end date to a later day, as the programme manager, and say why.

    Raises:
        InputError: If the reason is empty.
    """

    name: ClassVar[ActionName] = ActionName.EXTEND

    ends_on: date
    reason: str = field(validator=check_words)


@frozen(kw_only=True)
class Finish:
    """Say that practice is over, so that the mentee reassesses, where the terms ask for it."""

    name: ClassVar[ActionName] = ActionName.FINISH


@frozen(kw_only=True)
class Reassess:
    """Say, as the mentee, at which level the skill is now (T13); without a day, on the day of the action in UTC."""

    name: ClassVar[ActionName] = ActionName.REASSESS

    level: int
    assessed_on: date | None = None


@frozen(kw_only=True)
class Comment:
    """Comment, as the mentor, on the mentee's reassessment.

    Raises:
        InputError: If there are no words.
    """

    name: ClassVar[ActionName] = ActionName.COMMENT

    words: str = field(validator=check_words)


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

    note: str = field(validator=check_words)


@frozen(kw_only=True)
class Recognise:
    """Thank the mentor on the record, once it is completed (T16).

    Raises:
        InputError: If there are no words.
    """

    name: ClassVar[ActionName] = ActionName.RECOGNISE

    words: str = field(validator=check_words)


@frozen(kw_only=True)
class ReassessAsMentor:
    """Say, as the mentor, at which level one's own skill is now (T19); without a day, on the day of the action."""

    name: ClassVar[ActionName] = ActionName.REASSESS_AS_MENTOR

    level: int
    assessed_on: date | None = None


@frozen(kw_only=True)
class ReassessSecondGoal:
    """Say, as the mentor, at which level the skill of the goal in the other direction is now (RV2).

    Without a day, on the day of the action.
    """

    name: ClassVar[ActionName] = ActionName.REASSESS_SECOND_GOAL

    level: int
    assessed_on: date | None = None


@frozen(kw_only=True)
class ConfirmSecondGoal:
    """Confirm, as the mentor's manager of the day, that the goal in the other direction is reached, at this level."""

    name: ClassVar[ActionName] = ActionName.CONFIRM_SECOND_GOAL

    level: int


@frozen(kw_only=True)
class ReturnSecondGoal:
    """Say, as the mentor's manager of the day, what is still missing.

    Raises:
        InputError: If the note is empty.
    """

    name: ClassVar[ActionName] = ActionName.RETURN_SECOND_GOAL

    note: str = field(validator=check_words)


@frozen(kw_only=True)
class Withdraw:
    """Give up before the start, and say why.

    Raises:
        InputError: If the reason is empty.
    """

    name: ClassVar[ActionName] = ActionName.WITHDRAW

    reason: str = field(validator=check_words)


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
            raise input_error("MISSING-VALUE", "words", "the reason is 'other' and nothing more", SAY)


@frozen(kw_only=True)
class HandOver:
    """Hand over to another mentor, as the programme manager: this engagement ends, another goes on in its place.

    `outcomes.succession` makes the proposal of the other.

    Attributes:
        successor_id: The id that the other engagement has or shall have.
        mentor_id: Its mentor.
        reason: Why.

    Raises:
        InputError: If the reason is empty.
    """

    name: ClassVar[ActionName] = ActionName.HAND_OVER

    successor_id: EngagementId
    mentor_id: PersonId
    reason: str = field(validator=check_words)


@frozen(kw_only=True)
class RecordLeaver:
    """Close it because one of the two leaves the organisation.

    Attributes:
        person_id: Who leaves.
        left_on: The first day of absence.
    """

    name: ClassVar[ActionName] = ActionName.RECORD_LEAVER

    person_id: PersonId
    left_on: date


@frozen(kw_only=True)
class Expire:
    """Close what was not accepted, scheduled or started in time."""

    name: ClassVar[ActionName] = ActionName.EXPIRE


@frozen(kw_only=True)
class NoteOverdueCheckIn:
    """Note that a check-in day went by without a word from one side or both."""

    name: ClassVar[ActionName] = ActionName.NOTE_OVERDUE_CHECK_IN

    due_on: date
    missing: tuple[Relation, ...]


@frozen(kw_only=True)
class NoteOverdueItem:
    """Note that the day of an item of the checklist went by, and it is open."""

    name: ClassVar[ActionName] = ActionName.NOTE_OVERDUE_ITEM

    item: ItemText
    due_on: date


@frozen(kw_only=True)
class NoteIdle:
    """Note that nobody gave a sign of life for as long as the terms wait."""

    name: ClassVar[ActionName] = ActionName.NOTE_IDLE


@frozen(kw_only=True)
class CloseIdle:
    """Close what stayed without a sign of life after the notice."""

    name: ClassVar[ActionName] = ActionName.CLOSE_IDLE


@frozen(kw_only=True)
class NoteEndPassed:
    """Note that the end date went by."""

    name: ClassVar[ActionName] = ActionName.NOTE_END_PASSED

    ends_on: date


TimelyAction = Resume | Expire | NoteOverdueCheckIn | NoteOverdueItem | NoteIdle | CloseIdle | NoteEndPassed
"""What time alone may bring about; see `deadlines`."""

LaterAction = (
    Accept | Approve | Disapprove | Decline | RecordIntro | RecordTraining | DraftAgreement | SignAgreement | Schedule
    | Start | PlanSession | MoveSession | CancelSession | HoldSession | MissSession | LogSession | RecordPractice
    | AddProduct | ReviewProduct | CheckIn | Pause | RequestExtension | Extend | Finish | Reassess | Comment | Confirm
    | Return | Recognise | ReassessAsMentor | Withdraw | End | HandOver | RecordLeaver | RecordCourse
    | OfferSecondGoal | AcceptSecondGoal | ReassessSecondGoal | ConfirmSecondGoal | ReturnSecondGoal | RecordExchange
    | TickOff | TimelyAction
)  # fmt: skip
"""Everything that somebody may want to do to an engagement once it is proposed."""

Action = Propose | LaterAction
"""Everything that somebody may want to do to an engagement."""
