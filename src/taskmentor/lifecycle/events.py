"""What has happened to an engagement: frozen, in the past tense, never edited.

Each event names the action that brought it about. Words that people wrote are not checked here but in the actions, so
that a log whose words were erased still replays.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import ClassVar, NewType

from attrs import Attribute, field, frozen

from taskmentor import validators
from taskmentor.authorisation import ActionName, Approver, Relation
from taskmentor.errors import Fault, InputError, shown
from taskmentor.lifecycle.checklist import ItemText
from taskmentor.lifecycle.terms import Terms
from taskmentor.lifecycle.values import Agreement, CourseId, ProductKind, Training
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = [
    "Accepted",
    "AcceptedByMentee",
    "AcceptedByMentor",
    "AgreementDrafted",
    "AgreementSigned",
    "Approved",
    "CheckInOverdue",
    "CheckedIn",
    "ClosedIdle",
    "Commented",
    "Confirmed",
    "CourseCompleted",
    "Declined",
    "Disapproved",
    "EndDatePassed",
    "EndReason",
    "Ended",
    "EngagementId",
    "Event",
    "ExchangeRecorded",
    "Expired",
    "Extended",
    "ExtensionRequested",
    "HandedOver",
    "IdleNoticed",
    "Introduced",
    "ItemOverdue",
    "ItemTickedOff",
    "Paused",
    "PersonLeft",
    "PracticeKind",
    "PracticeRecorded",
    "ProductAdded",
    "ProductReviewed",
    "ProgrammeId",
    "Proposed",
    "Reassessed",
    "ReassessedAsMentor",
    "ReassessmentDue",
    "Recognised",
    "Resumed",
    "Returned",
    "Scheduled",
    "Scope",
    "SecondGoalAccepted",
    "SecondGoalConfirmed",
    "SecondGoalOffered",
    "SecondGoalReassessed",
    "SecondGoalReturned",
    "SessionCancelled",
    "SessionHeld",
    "SessionLogged",
    "SessionMissed",
    "SessionMoved",
    "SessionPlanned",
    "Started",
    "TrainingRecorded",
    "Withdrawn",
    "check_dates",
    "check_instant",
    "input_error",
    "instant",
    "log_corrupt",
    "utc_day",
]

EngagementId = NewType("EngagementId", str)
ProgrammeId = NewType("ProgrammeId", str)


class PracticeKind(StrEnum):
    """How time was spent on a behaviour (T11)."""

    SHADOWING = "shadowing"
    PRACTISING = "practising"


class EndReason(StrEnum):
    """Why an engagement ended before its target was confirmed; none of them is a failure (D16)."""

    TIME_ZONE = "time zone"
    LANGUAGE = "language"
    NO_RESPONSE = "no response"
    CONDUCT = "conduct"
    GOALS_CHANGED = "goals changed"
    WORKLOAD = "workload"
    LEFT_ORGANISATION = "left organisation"
    NO_PROGRESS = "no progress"
    OTHER = "other"


def input_error(code: str, column: str, problem: str, remedy: str) -> InputError:
    """Return the error for one wrong value given to an engagement."""
    return InputError([Fault(code=code, table="engagement", column=column, problem=problem, remedy=remedy)])


def log_corrupt(event: object, stream_id: str, whose: str, position: int, problem: str) -> InputError:
    """Return the refusal of an event that no log of that kind can hold at its position.

    Args:
        event: The event.
        stream_id: Whose log it stands in.
        whose: What the log is of, such as `engagement`.
        position: Its place in the log, 1 for the first.
        problem: Why it cannot follow.
    """
    return InputError(
        [
            Fault(
                code="LOG-CORRUPT",
                table=f"log of {shown(stream_id)}",
                line=position,
                column=type(event).__name__,
                problem=problem,
                remedy=f"Replay the whole log of one {whose}, in the order of its versions.",
            )
        ]
    )


def check_instant(at: datetime) -> None:
    """Refuse a moment that is not a point in time.

    Raises:
        InputError: If it has no time zone (`NAIVE-TIME`) or lies at the edge of the calendar (`OUT-OF-RANGE`).
    """
    validators.check_instant(at, "engagement", "at")


def check_dates(starts_on: date, ends_on: date) -> None:
    """Refuse an end date that is not after the start date (T1).

    Raises:
        InputError: With code `DATE-ORDER`.
    """
    if ends_on <= starts_on:
        problem = f"the end {ends_on} is not after the start {starts_on}"
        raise input_error("DATE-ORDER", "ends_on", problem, "Give an end date after the start date.")


def utc_day(at: datetime) -> date:
    """Return the day of a moment in UTC: the day as of which relations hold and outcomes are dated."""
    return at.astimezone(UTC).date()


def instant(_: object, __: "Attribute[datetime]", at: datetime) -> None:
    """Refuse a field that is not a point in time; see `check_instant`."""
    check_instant(at)


@frozen(kw_only=True)
class Scope:
    """What an engagement is about: exactly one skill, and the behaviours to practise on the way to the target (T2).

    Attributes:
        skill_id: The skill.
        from_level: The mentee's confirmed level when it was proposed.
        target_level: The level to reach, above that.
        behaviours: What is practised.
        scale: The lowest and the highest level that there are; None where they are not known, and not checked.
    """

    skill_id: SkillId
    from_level: int
    target_level: int
    behaviours: tuple[str, ...] = ()
    scale: tuple[int, int] | None = None

    def check_level(self, level: int) -> None:
        """Raise InputError if a level is none of the scale."""
        if isinstance(level, bool) or not isinstance(level, int):
            raise input_error("WRONG-TYPE", "level", f"{shown(level)} is no level", "Give a whole number.")
        if self.scale is not None and not self.scale[0] <= level <= self.scale[1]:
            remedy = f"Use {self.scale[0]} to {self.scale[1]}."
            raise input_error("OUT-OF-SCALE", "level", f"level {level} is not on the scale", remedy)

    def __attrs_post_init__(self) -> None:
        self.check_level(self.target_level)
        if self.target_level <= self.from_level:
            problem = f"the target {self.target_level} is not above the level {self.from_level} it starts from"
            raise input_error("OUT-OF-RANGE", "target_level", problem, f"Give {self.from_level + 1} or more.")


@frozen(kw_only=True)
class Event:
    """Something that happened to an engagement.

    Attributes:
        engagement_id: The engagement.
        version: Its place in the log of the engagement, 1 for the first, without gaps.
        actor: Who did it.
        at: When, aware, as it was given.
    """

    action: ClassVar[ActionName]

    engagement_id: EngagementId
    version: int
    actor: PersonId
    at: datetime = field(validator=instant)


@frozen(kw_only=True)
class Proposed(Event):
    """Two people were proposed to each other for one skill.

    Attributes:
        mentee_id: Who would learn.
        mentor_id: Who would teach.
        scope: The skill, the levels and the behaviours.
        programme_id: The programme it belongs to.
        initiator: The relation in which the programme lets proposals be made.
        terms: What the programme demanded on that day.
        model_version: The version of the competency model that the levels are of.
        confirmer_id: Who would have confirmed on that day; who does is settled on the day of the confirmation.
        continues: The engagement that was handed over to this one.
    """

    action: ClassVar[ActionName] = ActionName.PROPOSE

    mentee_id: PersonId
    mentor_id: PersonId
    scope: Scope
    programme_id: ProgrammeId
    initiator: Relation
    terms: Terms
    model_version: str = ""
    confirmer_id: PersonId | None = None
    continues: EngagementId | None = None


@frozen(kw_only=True)
class Accepted(Event):
    """One side accepted, and acknowledged what it is about (T2)."""

    action: ClassVar[ActionName] = ActionName.ACCEPT

    scope: Scope


@frozen(kw_only=True)
class AcceptedByMentee(Accepted):
    """The mentee accepted."""


@frozen(kw_only=True)
class AcceptedByMentor(Accepted):
    """The mentor accepted."""


@frozen(kw_only=True)
class Approved(Event):
    """Somebody else whose yes the terms ask for gave it."""

    action: ClassVar[ActionName] = ActionName.APPROVE

    approver: Approver


@frozen(kw_only=True)
class Disapproved(Event):
    """Somebody else whose yes the terms ask for said no, and why."""

    action: ClassVar[ActionName] = ActionName.DISAPPROVE

    approver: Approver
    reason: str


@frozen(kw_only=True)
class Declined(Event):
    """One side said no, which leaves no mark on anybody; nobody has to say why."""

    action: ClassVar[ActionName] = ActionName.DECLINE

    reason: str = ""


@frozen(kw_only=True)
class Introduced(Event):
    """The two have met without obligation (D12)."""

    action: ClassVar[ActionName] = ActionName.RECORD_INTRO


@frozen(kw_only=True)
class TrainingRecorded(Event):
    """The mentor's training was put on record."""

    action: ClassVar[ActionName] = ActionName.RECORD_TRAINING

    training: Training


@frozen(kw_only=True)
class CourseCompleted(Event):
    """It was put on record that the mentee completed the course that comes first (D5)."""

    action: ClassVar[ActionName] = ActionName.RECORD_COURSE

    course_id: CourseId
    completed_on: date


@frozen(kw_only=True)
class AgreementDrafted(Event):
    """One side wrote down what both shall settle, and signed it (D13)."""

    action: ClassVar[ActionName] = ActionName.DRAFT_AGREEMENT

    agreement: Agreement


@frozen(kw_only=True)
class AgreementSigned(Event):
    """The other side signed the draft of that version of the log."""

    action: ClassVar[ActionName] = ActionName.SIGN_AGREEMENT

    draft: int


@frozen(kw_only=True)
class SecondGoalOffered(Event):
    """One side wrote down a goal in the other direction: what the mentor might learn from the mentee (RV2)."""

    action: ClassVar[ActionName] = ActionName.OFFER_SECOND_GOAL

    scope: Scope


@frozen(kw_only=True)
class SecondGoalAccepted(Event):
    """The other side accepted the goal of that version of the log."""

    action: ClassVar[ActionName] = ActionName.ACCEPT_SECOND_GOAL

    offer: int


@frozen(kw_only=True)
class Scheduled(Event):
    """Start date and end date were fixed (T1)."""

    action: ClassVar[ActionName] = ActionName.SCHEDULE

    starts_on: date
    ends_on: date

    def __attrs_post_init__(self) -> None:
        check_dates(self.starts_on, self.ends_on)


@frozen(kw_only=True)
class Started(Event):
    """The engagement began."""

    action: ClassVar[ActionName] = ActionName.START


@frozen(kw_only=True)
class SessionPlanned(Event):
    """A session was planned."""

    action: ClassVar[ActionName] = ActionName.PLAN_SESSION

    starts_at: datetime = field(validator=instant)
    minutes: int
    face_to_face: bool = False


@frozen(kw_only=True)
class SessionMoved(Event):
    """A planned session was moved to another time."""

    action: ClassVar[ActionName] = ActionName.MOVE_SESSION

    session: int
    starts_at: datetime = field(validator=instant)
    minutes: int


@frozen(kw_only=True)
class SessionCancelled(Event):
    """A planned session was called off before it began, or never took place and nobody is to blame."""

    action: ClassVar[ActionName] = ActionName.CANCEL_SESSION

    session: int


@frozen(kw_only=True)
class SessionHeld(Event):
    """A planned session took place."""

    action: ClassVar[ActionName] = ActionName.HOLD_SESSION

    session: int
    minutes: int


@frozen(kw_only=True)
class SessionMissed(Event):
    """Somebody did not come to a planned session."""

    action: ClassVar[ActionName] = ActionName.MISS_SESSION

    session: int
    absent: tuple[Relation, ...]


@frozen(kw_only=True)
class SessionLogged(Event):
    """A session that nobody had planned was written down afterwards."""

    action: ClassVar[ActionName] = ActionName.LOG_SESSION

    starts_at: datetime = field(validator=instant)
    minutes: int
    face_to_face: bool = False


@frozen(kw_only=True)
class ExchangeRecorded(Event):
    """The two exchanged something without a time slot: wrote, recorded or showed it, each in their own time (D4)."""

    action: ClassVar[ActionName] = ActionName.RECORD_EXCHANGE

    day: date
    words: str


@frozen(kw_only=True)
class PracticeRecorded(Event):
    """Time was spent on one of the behaviours (T11)."""

    action: ClassVar[ActionName] = ActionName.RECORD_PRACTICE

    kind: PracticeKind
    behaviour: str
    day: date
    minutes: int


@frozen(kw_only=True)
class ProductAdded(Event):
    """A work product or an artefact came of it (T12, T20)."""

    action: ClassVar[ActionName] = ActionName.ADD_PRODUCT

    kind: ProductKind
    title: str
    reference: str = ""


@frozen(kw_only=True)
class ProductReviewed(Event):
    """The mentor looked at a work product, gave feedback, and approved it or did not yet (T12)."""

    action: ClassVar[ActionName] = ActionName.REVIEW_PRODUCT

    product: int
    approved: bool
    feedback: str = ""


@frozen(kw_only=True)
class ItemTickedOff(Event):
    """An item of the checklist was seen to by its owner (D7)."""

    action: ClassVar[ActionName] = ActionName.TICK_OFF

    item: ItemText


@frozen(kw_only=True)
class CheckedIn(Event):
    """One side said how it is going, on the four prerequisites (D9): 1 for not at all, 5 for fully.

    Attributes:
        trust: Trust and respect.
        communication: Open communication.
        meetings: Regular meetings and clear goals.
        responsibilities: The responsibilities of both.
        words: What there is to say beside.
    """

    action: ClassVar[ActionName] = ActionName.CHECK_IN

    trust: int
    communication: int
    meetings: int
    responsibilities: int
    words: str = ""


@frozen(kw_only=True)
class Paused(Event):
    """The engagement rests until a day."""

    action: ClassVar[ActionName] = ActionName.PAUSE

    until: date
    reason: str


@frozen(kw_only=True)
class Resumed(Event):
    """A pause is over."""

    action: ClassVar[ActionName] = ActionName.RESUME


@frozen(kw_only=True)
class ExtensionRequested(Event):
    """One side asked for a later end date."""

    action: ClassVar[ActionName] = ActionName.REQUEST_EXTENSION

    ends_on: date
    reason: str


@frozen(kw_only=True)
class Extended(Event):
    """The end date was moved to a later day."""

    action: ClassVar[ActionName] = ActionName.EXTEND

    ends_on: date
    reason: str


@frozen(kw_only=True)
class ReassessmentDue(Event):
    """Practice is over; the mentee's reassessment is due, where the terms ask for one."""

    action: ClassVar[ActionName] = ActionName.FINISH


@frozen(kw_only=True)
class Reassessed(Event):
    """The mentee reassessed the one skill (T13)."""

    action: ClassVar[ActionName] = ActionName.REASSESS

    level: int
    assessed_on: date


@frozen(kw_only=True)
class Commented(Event):
    """The mentor commented on the reassessment."""

    action: ClassVar[ActionName] = ActionName.COMMENT

    words: str


@frozen(kw_only=True)
class Confirmed(Event):
    """The confirmer of that day confirmed that the target is reached (T14)."""

    action: ClassVar[ActionName] = ActionName.CONFIRM

    level: int


@frozen(kw_only=True)
class Returned(Event):
    """The confirmer said that the target is not reached yet: back to practice."""

    action: ClassVar[ActionName] = ActionName.RETURN

    note: str


@frozen(kw_only=True)
class Recognised(Event):
    """The mentor was thanked on the record (T16)."""

    action: ClassVar[ActionName] = ActionName.RECOGNISE

    words: str


@frozen(kw_only=True)
class ReassessedAsMentor(Event):
    """The mentor reassessed their own level of the skill that they taught (T19)."""

    action: ClassVar[ActionName] = ActionName.REASSESS_AS_MENTOR

    level: int
    assessed_on: date


@frozen(kw_only=True)
class SecondGoalReassessed(Event):
    """The mentor reassessed the skill of the goal in the other direction (RV2)."""

    action: ClassVar[ActionName] = ActionName.REASSESS_SECOND_GOAL

    level: int
    assessed_on: date


@frozen(kw_only=True)
class SecondGoalConfirmed(Event):
    """The mentor's manager of that day confirmed that the goal in the other direction is reached."""

    action: ClassVar[ActionName] = ActionName.CONFIRM_SECOND_GOAL

    level: int


@frozen(kw_only=True)
class SecondGoalReturned(Event):
    """The mentor's manager of that day said what is still missing."""

    action: ClassVar[ActionName] = ActionName.RETURN_SECOND_GOAL

    note: str


@frozen(kw_only=True)
class Withdrawn(Event):
    """The engagement was given up before it started."""

    action: ClassVar[ActionName] = ActionName.WITHDRAW

    reason: str


@frozen(kw_only=True)
class Ended(Event):
    """The engagement was ended after it started, without blame (D16)."""

    action: ClassVar[ActionName] = ActionName.END

    reason: EndReason
    words: str = ""


@frozen(kw_only=True)
class HandedOver(Event):
    """Another mentor takes over: this engagement ends, and the one named goes on in its place."""

    action: ClassVar[ActionName] = ActionName.HAND_OVER

    successor_id: EngagementId
    mentor_id: PersonId
    reason: str


@frozen(kw_only=True)
class PersonLeft(Event):
    """One of the two left the organisation, which closes the engagement."""

    action: ClassVar[ActionName] = ActionName.RECORD_LEAVER

    person_id: PersonId
    left_on: date


@frozen(kw_only=True)
class Expired(Event):
    """The time for the next step passed: every yes, dates, or the start."""

    action: ClassVar[ActionName] = ActionName.EXPIRE


@frozen(kw_only=True)
class CheckInOverdue(Event):
    """A check-in day went by without a word from one side or both."""

    action: ClassVar[ActionName] = ActionName.NOTE_OVERDUE_CHECK_IN

    due_on: date
    missing: tuple[Relation, ...]


@frozen(kw_only=True)
class ItemOverdue(Event):
    """The day of an item of the checklist went by, and it is open."""

    action: ClassVar[ActionName] = ActionName.NOTE_OVERDUE_ITEM

    item: ItemText
    due_on: date


@frozen(kw_only=True)
class IdleNoticed(Event):
    """Nobody gave a sign of life for as long as the terms wait."""

    action: ClassVar[ActionName] = ActionName.NOTE_IDLE


@frozen(kw_only=True)
class ClosedIdle(Event):
    """Nobody gave a sign of life after the notice either, which closes the engagement."""

    action: ClassVar[ActionName] = ActionName.CLOSE_IDLE


@frozen(kw_only=True)
class EndDatePassed(Event):
    """The end date went by while the engagement was still going on."""

    action: ClassVar[ActionName] = ActionName.NOTE_END_PASSED

    ends_on: date
