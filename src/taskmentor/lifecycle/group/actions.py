"""What somebody may want to do to a group: refused when made if it cannot be."""

from collections import Counter
from datetime import date, datetime
from typing import ClassVar

from attrs import field, frozen

from taskmentor.authorisation import Relation
from taskmentor.errors import shown
from taskmentor.lifecycle.events import ProgrammeId, input_error
from taskmentor.lifecycle.given import SAY, check_minutes, check_moment, check_words
from taskmentor.lifecycle.group.events import GroupActionName, GroupId
from taskmentor.lifecycle.group.terms import GroupPurpose, GroupTerms
from taskmentor.lifecycle.group.values import TEACHING, Focus, GroupEnd, LoopStep, Place, StoryKind
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = [
    "FORMED_BY",
    "AcceptPlace",
    "AddResource",
    "CancelGroupSession",
    "CloseGroup",
    "CloseIdleGroup",
    "ConfirmGoal",
    "DeclinePlace",
    "ExpireGroup",
    "ExtendGroup",
    "FinishGroup",
    "FormGroup",
    "GroupAction",
    "HoldGroupSession",
    "Invite",
    "Join",
    "LapseInvitation",
    "LaterGroupAction",
    "Leave",
    "LogGroupSession",
    "LogSideSession",
    "MoveGroupSession",
    "NoteGroupEndPassed",
    "NoteGroupIdle",
    "OpenThread",
    "PlanGroupSession",
    "PostWords",
    "ReassessGoal",
    "RecordGroupLeaver",
    "RecordResult",
    "RemoveMember",
    "ReplaceMentor",
    "ReturnGoal",
    "StartGroup",
    "TakeStep",
    "TellStory",
    "TimelyGroupAction",
]

FORMED_BY = frozenset({Relation.PROGRAMME_MANAGER, Relation.SYSTEM, Relation.MENTEE, Relation.MENTOR})
"""In which relations a group is formed: the system forms those of a round, mentee and mentor their own."""


@frozen(kw_only=True)
class FormGroup:
    """Form a group around something, and invite people to it.

    Attributes:
        group_id: The id that the group shall have.
        programme_id: The programme.
        focus: What it is around.
        places: Who is invited, as what.
        initiator: In which relation it is formed: as programme manager, by the system from a round, or by one of its
            own members as mentee or as mentor, where the terms let people join by themselves.
        terms: What the programme demands.
        model_version: The version of the competency model that the levels are of.

    Raises:
        InputError: If nobody may form it so, somebody has two places, a learner is to reach a skill that the group is
            not around, or the purpose lacks its problem, product or skill.
    """

    name: ClassVar[GroupActionName] = GroupActionName.FORM

    group_id: GroupId
    programme_id: ProgrammeId
    focus: Focus
    places: tuple[Place, ...]
    initiator: Relation = Relation.PROGRAMME_MANAGER
    terms: GroupTerms = field(factory=GroupTerms)
    model_version: str = ""

    def __attrs_post_init__(self) -> None:
        if self.initiator not in FORMED_BY:
            wanted = " or ".join(relation for relation in Relation if relation in FORMED_BY)
            raise input_error("BAD-INITIATOR", "initiator", f"a {self.initiator} forms nothing", f"Use {wanted}.")
        for person_id, times in Counter(place.person_id for place in self.places).items():
            if times > 1:
                problem = f"{shown(person_id)} has {times} places"
                raise input_error("DUPLICATE-ID", "places", problem, "Give each person one.")
        for place in self.places:
            check_place(self.focus, place)
        if problem := self._purpose_problem():
            raise input_error("MISSING-VALUE", "focus", problem, "Say what the group is around.")

    def _purpose_problem(self) -> str:
        focus, purpose = self.focus, self.terms.purpose
        if purpose is GroupPurpose.PROBLEM and not focus.problem.strip():
            return "there is no problem"
        if purpose is GroupPurpose.LAUNCH and focus.product_id is None:
            return "there is no product"
        if purpose is GroupPurpose.RESKILL and not focus.skill_ids:
            return "there is no skill"
        around = focus.skill_ids or focus.problem.strip() or focus.product_id
        return "" if around else "it is around nothing"


def check_place(focus: Focus, place: Place) -> None:
    """Refuse a place whose scopes are not of the group's skills (`UNKNOWN-SKILL`)."""
    for scope in place.scopes:
        if scope.skill_id not in focus.skill_ids:
            problem = f"the group is not around {shown(scope.skill_id)}"
            raise input_error("UNKNOWN-SKILL", "scopes", problem, f"Use {' or '.join(map(shown, focus.skill_ids))}.")


@frozen(kw_only=True)
class Invite:
    """Invite somebody else, before the start or later."""

    name: ClassVar[GroupActionName] = GroupActionName.INVITE

    place: Place


@frozen(kw_only=True)
class Join:
    """Join by oneself, where the terms let people do so."""

    name: ClassVar[GroupActionName] = GroupActionName.JOIN

    place: Place


@frozen(kw_only=True)
class AcceptPlace:
    """Accept one's place, and acknowledge what one is to reach by stating it (T2)."""

    name: ClassVar[GroupActionName] = GroupActionName.ACCEPT_PLACE

    place: Place


@frozen(kw_only=True)
class DeclinePlace:
    """Say no to one's place; nobody has to say why."""

    name: ClassVar[GroupActionName] = GroupActionName.DECLINE_PLACE

    reason: str = ""


@frozen(kw_only=True)
class LapseInvitation:
    """Note that somebody who was invited stayed silent until the time for an answer was over."""

    name: ClassVar[GroupActionName] = GroupActionName.LAPSE_INVITATION

    person_id: PersonId


@frozen(kw_only=True)
class StartGroup:
    """Begin, once enough have accepted, and fix the end date (T1)."""

    name: ClassVar[GroupActionName] = GroupActionName.START

    ends_on: date


@frozen(kw_only=True)
class PlanGroupSession:
    """Plan a session.

    Raises:
        InputError: If the time is naive or the minutes do not fit into a day.
    """

    name: ClassVar[GroupActionName] = GroupActionName.PLAN_SESSION

    starts_at: datetime = field(validator=check_moment)
    minutes: int = field(validator=check_minutes)
    face_to_face: bool = False


@frozen(kw_only=True)
class MoveGroupSession:
    """Move a planned session to another time.

    Raises:
        InputError: If the time is naive or the minutes do not fit into a day.
    """

    name: ClassVar[GroupActionName] = GroupActionName.MOVE_SESSION

    session: int
    starts_at: datetime = field(validator=check_moment)
    minutes: int = field(validator=check_minutes)


@frozen(kw_only=True)
class CancelGroupSession:
    """Call a planned session off."""

    name: ClassVar[GroupActionName] = GroupActionName.CANCEL_SESSION

    session: int


@frozen(kw_only=True)
class HoldGroupSession:
    """Say that a planned session took place, how long it was, and who came.

    Raises:
        InputError: If the minutes do not fit into a day.
    """

    name: ClassVar[GroupActionName] = GroupActionName.HOLD_SESSION

    session: int
    minutes: int = field(validator=check_minutes)
    attended: tuple[PersonId, ...]


@frozen(kw_only=True)
class LogGroupSession:
    """Write down a session that took place without a plan, and who came.

    Raises:
        InputError: If the time is naive or the minutes do not fit into a day.
    """

    name: ClassVar[GroupActionName] = GroupActionName.LOG_SESSION

    starts_at: datetime = field(validator=check_moment)
    minutes: int = field(validator=check_minutes)
    attended: tuple[PersonId, ...]
    face_to_face: bool = False


@frozen(kw_only=True)
class LogSideSession:
    """Write down a session that a mentor and one mentee of the group had by themselves (G3), as one of the two.

    Raises:
        InputError: If the time is naive or the minutes do not fit into a day.
    """

    name: ClassVar[GroupActionName] = GroupActionName.LOG_SIDE_SESSION

    mentor_id: PersonId
    mentee_id: PersonId
    starts_at: datetime = field(validator=check_moment)
    minutes: int = field(validator=check_minutes)
    face_to_face: bool = False


@frozen(kw_only=True)
class TakeStep:
    """Say which step of learning on the job one has taken, and what came of it (P6).

    Raises:
        InputError: If there are no words.
    """

    name: ClassVar[GroupActionName] = GroupActionName.TAKE_STEP

    step: LoopStep
    words: str = field(validator=check_words)


@frozen(kw_only=True)
class OpenThread:
    """Put something to the members to write about, each in their own time (D4).

    Raises:
        InputError: If the title is empty.
    """

    name: ClassVar[GroupActionName] = GroupActionName.OPEN_THREAD

    title: str = field(validator=check_words)


@frozen(kw_only=True)
class PostWords:
    """Write on a thread.

    Raises:
        InputError: If there are no words.
    """

    name: ClassVar[GroupActionName] = GroupActionName.POST

    thread: int
    words: str = field(validator=check_words)


@frozen(kw_only=True)
class AddResource:
    """Share a tool, template, instruction or course (T20, D6).

    Raises:
        InputError: If the title is empty.
    """

    name: ClassVar[GroupActionName] = GroupActionName.ADD_RESOURCE

    title: str = field(validator=check_words)
    reference: str = ""


@frozen(kw_only=True)
class TellStory:
    """Feed back, in a launch group, a customer story, an issue or an idea (P2).

    Raises:
        InputError: If there are no words.
    """

    name: ClassVar[GroupActionName] = GroupActionName.TELL_STORY

    kind: StoryKind
    words: str = field(validator=check_words)


@frozen(kw_only=True)
class RecordResult:
    """Say what became of the problem, and how that was measured (P7).

    Raises:
        InputError: If the measure is empty.
    """

    name: ClassVar[GroupActionName] = GroupActionName.RECORD_RESULT

    resolved: bool
    measure: str = field(validator=check_words)
    before: int | None = None
    after: int | None = None


@frozen(kw_only=True)
class Leave:
    """Leave the group, at any time; nobody has to say why."""

    name: ClassVar[GroupActionName] = GroupActionName.LEAVE

    reason: str = ""


@frozen(kw_only=True)
class RemoveMember:
    """Take somebody out of the group, and say why.

    Raises:
        InputError: If the reason is empty.
    """

    name: ClassVar[GroupActionName] = GroupActionName.REMOVE

    person_id: PersonId
    reason: str = field(validator=check_words)


@frozen(kw_only=True)
class ReplaceMentor:
    """Let somebody else take the place of a mentor or expert: the one leaves, the other is invited.

    Raises:
        InputError: If the reason is empty, or the other would not teach.
    """

    name: ClassVar[GroupActionName] = GroupActionName.REPLACE_MENTOR

    mentor_id: PersonId
    place: Place
    reason: str = field(validator=check_words)

    def __attrs_post_init__(self) -> None:
        if self.place.role not in TEACHING:
            problem = f"{shown(self.place.person_id)} would not teach"
            raise input_error("BAD-CHOICE", "place", problem, "Use mentor or expert.")


@frozen(kw_only=True)
class RecordGroupLeaver:
    """Take somebody out who leaves the organisation.

    Attributes:
        person_id: Who leaves.
        left_on: The first day of absence.
    """

    name: ClassVar[GroupActionName] = GroupActionName.RECORD_LEAVER

    person_id: PersonId
    left_on: date


@frozen(kw_only=True)
class ExtendGroup:
    """Move the end date to a later day, and say why.

    Raises:
        InputError: If the reason is empty.
    """

    name: ClassVar[GroupActionName] = GroupActionName.EXTEND

    ends_on: date
    reason: str = field(validator=check_words)


@frozen(kw_only=True)
class FinishGroup:
    """Say that the work together is over."""

    name: ClassVar[GroupActionName] = GroupActionName.FINISH


@frozen(kw_only=True)
class ReassessGoal:
    """Say, as a learner, at which level one's own skill is now (T13); without a day, on the day of the action."""

    name: ClassVar[GroupActionName] = GroupActionName.REASSESS

    skill_id: SkillId
    level: int
    assessed_on: date | None = None


@frozen(kw_only=True)
class ConfirmGoal:
    """Confirm, as the confirmer of the day, that a learner reached a target, at this level (T14)."""

    name: ClassVar[GroupActionName] = GroupActionName.CONFIRM

    person_id: PersonId
    skill_id: SkillId
    level: int


@frozen(kw_only=True)
class ReturnGoal:
    """Say, as the confirmer of the day, what is still missing.

    Raises:
        InputError: If the note is empty.
    """

    name: ClassVar[GroupActionName] = GroupActionName.RETURN

    person_id: PersonId
    skill_id: SkillId
    note: str = field(validator=check_words)


@frozen(kw_only=True)
class CloseGroup:
    """Close the group, at any time; the reason `other` takes words.

    Raises:
        InputError: If the reason is `other` and there are no words.
    """

    name: ClassVar[GroupActionName] = GroupActionName.CLOSE

    reason: GroupEnd
    words: str = ""

    def __attrs_post_init__(self) -> None:
        if self.reason is GroupEnd.OTHER and not self.words.strip():
            raise input_error("MISSING-VALUE", "words", "the reason is 'other' and nothing more", SAY)


@frozen(kw_only=True)
class ExpireGroup:
    """Close what did not start in time."""

    name: ClassVar[GroupActionName] = GroupActionName.EXPIRE


@frozen(kw_only=True)
class NoteGroupIdle:
    """Note that nobody gave a sign of life for as long as the terms wait."""

    name: ClassVar[GroupActionName] = GroupActionName.NOTE_IDLE


@frozen(kw_only=True)
class CloseIdleGroup:
    """Close what stayed without a sign of life after the notice."""

    name: ClassVar[GroupActionName] = GroupActionName.CLOSE_IDLE


@frozen(kw_only=True)
class NoteGroupEndPassed:
    """Note that the end date went by."""

    name: ClassVar[GroupActionName] = GroupActionName.NOTE_END_PASSED

    ends_on: date


TimelyGroupAction = LapseInvitation | ExpireGroup | NoteGroupIdle | CloseIdleGroup | NoteGroupEndPassed
"""What time alone may bring about."""

LaterGroupAction = (
    Invite | Join | AcceptPlace | DeclinePlace | StartGroup | PlanGroupSession | MoveGroupSession | CancelGroupSession
    | HoldGroupSession | LogGroupSession | LogSideSession | TakeStep | OpenThread | PostWords | AddResource | TellStory
    | RecordResult | Leave | RemoveMember | ReplaceMentor | RecordGroupLeaver | ExtendGroup | FinishGroup
    | ReassessGoal | ConfirmGoal | ReturnGoal | CloseGroup | TimelyGroupAction
)  # fmt: skip
"""Everything that somebody may want to do to a group once it is formed."""

GroupAction = FormGroup | LaterGroupAction
"""Everything that somebody may want to do to a group."""
