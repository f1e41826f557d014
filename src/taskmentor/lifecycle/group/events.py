"""What has happened to a group: frozen, in the past tense, never edited."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, NewType

from attrs import field, frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.events import ProgrammeId, instant
from taskmentor.lifecycle.group.terms import GroupTerms
from taskmentor.lifecycle.group.values import Focus, GroupEnd, LoopStep, Place, StoryKind
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = [
    "GroupActionName",
    "GroupClosed",
    "GroupClosedIdle",
    "GroupEndDatePassed",
    "GroupEvent",
    "GroupExpired",
    "GroupExtended",
    "GroupFinished",
    "GroupFormed",
    "GroupGoalConfirmed",
    "GroupGoalReassessed",
    "GroupGoalReturned",
    "GroupId",
    "GroupIdleNoticed",
    "GroupInvitationLapsed",
    "GroupInvited",
    "GroupJoined",
    "GroupMemberLeft",
    "GroupMemberRemoved",
    "GroupMentorReplaced",
    "GroupPersonLeft",
    "GroupPlaceAccepted",
    "GroupPlaceDeclined",
    "GroupPosted",
    "GroupResourceAdded",
    "GroupResultRecorded",
    "GroupSessionCancelled",
    "GroupSessionHeld",
    "GroupSessionLogged",
    "GroupSessionMoved",
    "GroupSessionPlanned",
    "GroupSideSessionLogged",
    "GroupStarted",
    "GroupStepTaken",
    "GroupStoryTold",
    "GroupThreadOpened",
]

GroupId = NewType("GroupId", str)


class GroupActionName(StrEnum):
    """The name of everything that can be done to a group, in the order of its life."""

    FORM = "form"
    INVITE = "invite"
    JOIN = "join"
    ACCEPT_PLACE = "accept-place"
    DECLINE_PLACE = "decline-place"
    LAPSE_INVITATION = "lapse-invitation"
    START = "start"
    PLAN_SESSION = "plan-session"
    MOVE_SESSION = "move-session"
    CANCEL_SESSION = "cancel-session"
    HOLD_SESSION = "hold-session"
    LOG_SESSION = "log-session"
    LOG_SIDE_SESSION = "log-side-session"
    TAKE_STEP = "take-step"
    OPEN_THREAD = "open-thread"
    POST = "post"
    ADD_RESOURCE = "add-resource"
    TELL_STORY = "tell-story"
    RECORD_RESULT = "record-result"
    LEAVE = "leave"
    REMOVE = "remove"
    REPLACE_MENTOR = "replace-mentor"
    RECORD_LEAVER = "record-leaver"
    EXTEND = "extend"
    FINISH = "finish"
    REASSESS = "reassess"
    CONFIRM = "confirm"
    RETURN = "return"
    CLOSE = "close"
    EXPIRE = "expire"
    NOTE_IDLE = "note-idle"
    CLOSE_IDLE = "close-idle"
    NOTE_END_PASSED = "note-end-passed"


@frozen(kw_only=True)
class GroupEvent:
    """Something that happened to a group.

    Attributes:
        group_id: The group.
        version: Its place in the log of the group, 1 for the first, without gaps.
        actor: Who did it.
        at: When, aware, as it was given.
    """

    action: ClassVar[GroupActionName]

    group_id: GroupId
    version: int
    actor: PersonId
    at: datetime = field(validator=instant)


@frozen(kw_only=True)
class GroupFormed(GroupEvent):
    """A group was formed around something, and people were invited to it.

    Attributes:
        programme_id: The programme.
        focus: What it is around.
        places: Who was invited, as what; whoever forms a group by themselves has accepted their own place.
        initiator: In which relation it was formed: programme manager, system for a round, else by one of its members.
        terms: What the programme demanded on that day.
        model_version: The version of the competency model that the levels are of.
    """

    action: ClassVar[GroupActionName] = GroupActionName.FORM

    programme_id: ProgrammeId
    focus: Focus
    places: tuple[Place, ...]
    initiator: Relation
    terms: GroupTerms
    model_version: str = ""


@frozen(kw_only=True)
class GroupInvited(GroupEvent):
    """Somebody else was invited."""

    action: ClassVar[GroupActionName] = GroupActionName.INVITE

    place: Place


@frozen(kw_only=True)
class GroupJoined(GroupEvent):
    """Somebody joined by themselves."""

    action: ClassVar[GroupActionName] = GroupActionName.JOIN

    place: Place


@frozen(kw_only=True)
class GroupPlaceAccepted(GroupEvent):
    """Somebody accepted their place, and acknowledged what they are to reach (T2)."""

    action: ClassVar[GroupActionName] = GroupActionName.ACCEPT_PLACE

    place: Place


@frozen(kw_only=True)
class GroupPlaceDeclined(GroupEvent):
    """Somebody said no to their place, which leaves no mark; nobody has to say why."""

    action: ClassVar[GroupActionName] = GroupActionName.DECLINE_PLACE

    reason: str = ""


@frozen(kw_only=True)
class GroupInvitationLapsed(GroupEvent):
    """Somebody who was invited stayed silent until the time for an answer was over."""

    action: ClassVar[GroupActionName] = GroupActionName.LAPSE_INVITATION

    person_id: PersonId


@frozen(kw_only=True)
class GroupStarted(GroupEvent):
    """The group began, with an end date (T1)."""

    action: ClassVar[GroupActionName] = GroupActionName.START

    ends_on: date


@frozen(kw_only=True)
class GroupSessionPlanned(GroupEvent):
    """A session was planned."""

    action: ClassVar[GroupActionName] = GroupActionName.PLAN_SESSION

    starts_at: datetime = field(validator=instant)
    minutes: int
    face_to_face: bool = False


@frozen(kw_only=True)
class GroupSessionMoved(GroupEvent):
    """A planned session was moved to another time."""

    action: ClassVar[GroupActionName] = GroupActionName.MOVE_SESSION

    session: int
    starts_at: datetime = field(validator=instant)
    minutes: int


@frozen(kw_only=True)
class GroupSessionCancelled(GroupEvent):
    """A planned session was called off."""

    action: ClassVar[GroupActionName] = GroupActionName.CANCEL_SESSION

    session: int


@frozen(kw_only=True)
class GroupSessionHeld(GroupEvent):
    """A planned session took place, with those who came."""

    action: ClassVar[GroupActionName] = GroupActionName.HOLD_SESSION

    session: int
    minutes: int
    attended: tuple[PersonId, ...]


@frozen(kw_only=True)
class GroupSessionLogged(GroupEvent):
    """A session that nobody had planned was written down afterwards, with those who came."""

    action: ClassVar[GroupActionName] = GroupActionName.LOG_SESSION

    starts_at: datetime = field(validator=instant)
    minutes: int
    attended: tuple[PersonId, ...]
    face_to_face: bool = False


@frozen(kw_only=True)
class GroupSideSessionLogged(GroupEvent):
    """A mentor and one mentee of the group met by themselves (G3)."""

    action: ClassVar[GroupActionName] = GroupActionName.LOG_SIDE_SESSION

    mentor_id: PersonId
    mentee_id: PersonId
    starts_at: datetime = field(validator=instant)
    minutes: int
    face_to_face: bool = False


@frozen(kw_only=True)
class GroupStepTaken(GroupEvent):
    """A member took the next step of learning on the job, and says what came of it (P6)."""

    action: ClassVar[GroupActionName] = GroupActionName.TAKE_STEP

    step: LoopStep
    words: str


@frozen(kw_only=True)
class GroupThreadOpened(GroupEvent):
    """Something was put to the members to write about, each in their own time (D4)."""

    action: ClassVar[GroupActionName] = GroupActionName.OPEN_THREAD

    title: str


@frozen(kw_only=True)
class GroupPosted(GroupEvent):
    """A member wrote on a thread."""

    action: ClassVar[GroupActionName] = GroupActionName.POST

    thread: int
    words: str


@frozen(kw_only=True)
class GroupResourceAdded(GroupEvent):
    """A tool, template, instruction or course was shared (T20, D6)."""

    action: ClassVar[GroupActionName] = GroupActionName.ADD_RESOURCE

    title: str
    reference: str = ""


@frozen(kw_only=True)
class GroupStoryTold(GroupEvent):
    """A member of a launch group fed something back: a customer story, an issue, an idea (P2)."""

    action: ClassVar[GroupActionName] = GroupActionName.TELL_STORY

    kind: StoryKind
    words: str


@frozen(kw_only=True)
class GroupResultRecorded(GroupEvent):
    """It was said what became of the problem (P7)."""

    action: ClassVar[GroupActionName] = GroupActionName.RECORD_RESULT

    resolved: bool
    measure: str
    before: int | None = None
    after: int | None = None


@frozen(kw_only=True)
class GroupMemberLeft(GroupEvent):
    """A member left; nobody has to say why."""

    action: ClassVar[GroupActionName] = GroupActionName.LEAVE

    reason: str = ""


@frozen(kw_only=True)
class GroupMemberRemoved(GroupEvent):
    """A member, or somebody who was invited, was taken out."""

    action: ClassVar[GroupActionName] = GroupActionName.REMOVE

    person_id: PersonId
    reason: str


@frozen(kw_only=True)
class GroupMentorReplaced(GroupEvent):
    """A mentor or expert gave their place to somebody else, who is invited to it."""

    action: ClassVar[GroupActionName] = GroupActionName.REPLACE_MENTOR

    mentor_id: PersonId
    place: Place
    reason: str


@frozen(kw_only=True)
class GroupPersonLeft(GroupEvent):
    """A member left the organisation, and so the group."""

    action: ClassVar[GroupActionName] = GroupActionName.RECORD_LEAVER

    person_id: PersonId
    left_on: date


@frozen(kw_only=True)
class GroupExtended(GroupEvent):
    """The end date was moved to a later day."""

    action: ClassVar[GroupActionName] = GroupActionName.EXTEND

    ends_on: date
    reason: str


@frozen(kw_only=True)
class GroupFinished(GroupEvent):
    """The work together is over; reassessments and confirmations are still to come, where the terms ask for them."""

    action: ClassVar[GroupActionName] = GroupActionName.FINISH


@frozen(kw_only=True)
class GroupGoalReassessed(GroupEvent):
    """A learner reassessed one of their own skills (T13)."""

    action: ClassVar[GroupActionName] = GroupActionName.REASSESS

    skill_id: SkillId
    level: int
    assessed_on: date


@frozen(kw_only=True)
class GroupGoalConfirmed(GroupEvent):
    """The confirmer of that day confirmed that a learner reached a target (T14)."""

    action: ClassVar[GroupActionName] = GroupActionName.CONFIRM

    person_id: PersonId
    skill_id: SkillId
    level: int


@frozen(kw_only=True)
class GroupGoalReturned(GroupEvent):
    """The confirmer of that day said what is still missing."""

    action: ClassVar[GroupActionName] = GroupActionName.RETURN

    person_id: PersonId
    skill_id: SkillId
    note: str


@frozen(kw_only=True)
class GroupClosed(GroupEvent):
    """The group was closed, without blame."""

    action: ClassVar[GroupActionName] = GroupActionName.CLOSE

    reason: GroupEnd
    words: str = ""


@frozen(kw_only=True)
class GroupExpired(GroupEvent):
    """The group did not start in time."""

    action: ClassVar[GroupActionName] = GroupActionName.EXPIRE


@frozen(kw_only=True)
class GroupIdleNoticed(GroupEvent):
    """Nobody gave a sign of life for as long as the terms wait."""

    action: ClassVar[GroupActionName] = GroupActionName.NOTE_IDLE


@frozen(kw_only=True)
class GroupClosedIdle(GroupEvent):
    """Nobody gave a sign of life after the notice either, which closes the group."""

    action: ClassVar[GroupActionName] = GroupActionName.CLOSE_IDLE


@frozen(kw_only=True)
class GroupEndDatePassed(GroupEvent):
    """The end date went by while the group was still going on."""

    action: ClassVar[GroupActionName] = GroupActionName.NOTE_END_PASSED

    ends_on: date
