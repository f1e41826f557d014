"""What has happened to an engagement: frozen, in the past tense, never edited.

Each event names the action that brought it about. Words that people wrote are not checked here but in the actions, so
that a log whose words were erased still replays.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import ClassVar, NewType

from attrs import Attribute, field, frozen

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import Fault, InputError, shown
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = [
    "Accepted",
    "AcceptedByMentee",
    "AcceptedByMentor",
    "Confirmed",
    "Declined",
    "EndReason",
    "Ended",
    "EngagementId",
    "Event",
    "Expired",
    "Introduced",
    "PracticeKind",
    "PracticeRecorded",
    "ProgrammeId",
    "Proposed",
    "Reassessed",
    "ReassessmentDue",
    "Returned",
    "Scheduled",
    "Scope",
    "Started",
    "Withdrawn",
    "check_dates",
    "check_instant",
    "input_error",
    "utc_day",
]

EngagementId = NewType("EngagementId", str)
ProgrammeId = NewType("ProgrammeId", str)

# The calendar's first and last year are left out, so that moving a moment to another time zone cannot overflow.
_FIRST_YEAR, _LAST_YEAR = 2, 9998


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


def check_instant(at: datetime) -> None:
    """Refuse a moment that is not a point in time.

    Raises:
        InputError: If it has no time zone (`NAIVE-TIME`) or lies at the edge of the calendar (`OUT-OF-RANGE`).
    """
    if at.utcoffset() is None:
        problem = f"{at.isoformat()} has no time zone"
        raise input_error("NAIVE-TIME", "at", problem, "Give an aware datetime, such as one with tzinfo=UTC.")
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        problem = f"the year {at.year} is out of range"
        raise input_error("OUT-OF-RANGE", "at", problem, f"Give a year from {_FIRST_YEAR} to {_LAST_YEAR}.")


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


def _instant(_: object, __: "Attribute[datetime]", at: datetime) -> None:
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
    at: datetime = field(validator=_instant)


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
class Declined(Event):
    """One side said no, which leaves no mark on anybody; nobody has to say why."""

    action: ClassVar[ActionName] = ActionName.DECLINE

    reason: str = ""


@frozen(kw_only=True)
class Introduced(Event):
    """The two have met without obligation (D12)."""

    action: ClassVar[ActionName] = ActionName.RECORD_INTRO


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
class PracticeRecorded(Event):
    """Time was spent on one of the behaviours (T11)."""

    action: ClassVar[ActionName] = ActionName.RECORD_PRACTICE

    kind: PracticeKind
    behaviour: str
    day: date
    minutes: int


@frozen(kw_only=True)
class ReassessmentDue(Event):
    """Practice is over and the mentee's reassessment is due."""

    action: ClassVar[ActionName] = ActionName.FINISH


@frozen(kw_only=True)
class Reassessed(Event):
    """The mentee reassessed the one skill (T13)."""

    action: ClassVar[ActionName] = ActionName.REASSESS

    level: int
    assessed_on: date


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
class Expired(Event):
    """The proposal was not accepted by both in time."""

    action: ClassVar[ActionName] = ActionName.EXPIRE
