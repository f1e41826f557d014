"""A group and its people, a lawful example of every action, and the rules in words apart from the library's tables."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from taskmentor.authorisation import Relation
from taskmentor.errors import InputError, RefusedError
from taskmentor.lifecycle.events import ProgrammeId, Scope, utc_day
from taskmentor.lifecycle.group import (
    AcceptPlace,
    AddResource,
    CancelGroupSession,
    CloseGroup,
    CloseIdleGroup,
    ConfirmGoal,
    DeclinePlace,
    ExpireGroup,
    ExtendGroup,
    FinishGroup,
    Focus,
    FormGroup,
    Group,
    GroupAction,
    GroupActionName,
    GroupEnd,
    GroupEvent,
    GroupId,
    GroupPurpose,
    GroupState,
    GroupTerms,
    HoldGroupSession,
    Invite,
    Join,
    LapseInvitation,
    Leave,
    LogGroupSession,
    LogSideSession,
    LoopStep,
    MemberState,
    MoveGroupSession,
    NoteGroupEndPassed,
    NoteGroupIdle,
    OpenThread,
    Place,
    PlanGroupSession,
    PostWords,
    ProductId,
    ReassessGoal,
    RecordGroupLeaver,
    RecordResult,
    RemoveMember,
    ReplaceMentor,
    ReturnGoal,
    Role,
    StartGroup,
    StoryKind,
    TakeStep,
    TellStory,
    decide_group,
    group_deadlines,
    replay_group,
    tick_group,
)
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from tests.lifecycle.examples import BEGIN

MAX, MIA, BEN, CY, FAY, INA = (PersonId(name) for name in ("max", "mia", "ben", "cy", "fay", "ina"))
PAM, CLOCK, MONA, STAN, OTTO = (PersonId(name) for name in ("pam", "clock", "mona", "stan", "otto"))
MEMBERS = (MAX, MIA, BEN, CY, FAY)
PEOPLE = (MAX, MIA, BEN, CY, FAY, INA, PAM, CLOCK, MONA, STAN)
HELD = {PAM: {Relation.PROGRAMME_MANAGER}, CLOCK: {Relation.SYSTEM}, MONA: {Relation.CONFIRMER}}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SKILL = SkillId("data-analysis")
SCOPE = Scope(skill_id=SKILL, from_level=1, target_level=3, scale=(0, 5))
FOCUS = Focus(
    skill_ids=(SKILL,),
    problem="Returns take three weeks.",
    product_id=ProductId("p-7"),
    launch_from=utc_day(BEGIN),
    launch_until=utc_day(BEGIN + 60 * DAY),
)


def held_by(actor: PersonId) -> frozenset[Relation]:
    """Return what somebody is to the group of all tests, beside what the group itself knows."""
    return frozenset(HELD.get(actor, set()))


def place(person_id: PersonId, role: Role = Role.MENTEE, department: str = "sales") -> Place:
    scopes = (SCOPE,) if role in (Role.MENTEE, Role.PEER) else ()
    return Place(person_id=person_id, role=role, department=department, scopes=scopes)


PLACES = (
    place(MAX, Role.MENTOR, "finance"), place(MIA), place(BEN), place(CY, Role.PEER, "support"),
    place(FAY, Role.FACILITATOR), place(INA),
)  # fmt: skip
TERMS = GroupTerms(purpose=GroupPurpose.PROBLEM, self_join=True, facilitator=True, idle_days=30, idle_notice_days=10)


def forming(
    terms: GroupTerms = TERMS,
    places: Iterable[Place] = PLACES,
    focus: Focus = FOCUS,
    initiator: Relation = Relation.PROGRAMME_MANAGER,
) -> FormGroup:
    return FormGroup(
        group_id=GroupId("g-1"),
        programme_id=ProgrammeId("problems"),
        focus=focus,
        places=tuple(places),
        initiator=initiator,
        terms=terms,
        model_version="2026",
    )


class Story:
    """The log of one group, and what happens to it."""

    def __init__(self, action: FormGroup | None = None, actor: PersonId = PAM) -> None:
        self.log: list[GroupEvent] = []
        self.take(action or forming(), actor, BEGIN)

    @property
    def now(self) -> Group:
        return replay_group(self.log)

    def take(self, action: GroupAction, actor: PersonId, at: datetime | None = None) -> Group:
        before = self.now if self.log else None
        moment = at or self.now.at
        self.log.extend(decide_group(before, action, actor, held_by(actor), moment))
        return self.now

    def tick(self, at: datetime) -> list[type[GroupEvent]]:
        caused = tick_group(self.now, at)
        self.log.extend(caused)
        return [type(event) for event in caused]

    def refused(self, action: GroupAction, actor: PersonId, match: str, at: datetime | None = None) -> None:
        before = list(self.log)
        with pytest.raises((RefusedError, InputError), match=match):
            self.take(action, actor, at)
        assert self.log == before

    def accept(self, *people: PersonId) -> "Story":
        for person_id in people:
            member = self.now.member(person_id)
            assert member is not None
            self.take(AcceptPlace(place=member.place), person_id)
        return self


def started(terms: GroupTerms = TERMS) -> Story:
    """Return a group that has just begun, with everybody in it but one who has not answered."""
    story = Story(forming(terms)).accept(*MEMBERS)
    story.take(StartGroup(ends_on=utc_day(BEGIN + 84 * DAY)), FAY)
    return story


def in_state(state: GroupState) -> Story:
    """Return a group in a state in which there is something to refer to by every action that the state knows."""
    if state in (GroupState.FORMING, GroupState.CANCELLED, GroupState.EXPIRED):
        story = Story().accept(*MEMBERS)
        if state is GroupState.CANCELLED:
            story.take(CloseGroup(reason=GroupEnd.GOALS_CHANGED), PAM)
        elif state is GroupState.EXPIRED:
            story.tick(BEGIN + 30 * DAY)
        return story
    story = started()
    story.take(PlanGroupSession(starts_at=BEGIN, minutes=60), FAY)
    story.take(OpenThread(title="Where does the time go?"), MIA)
    story.take(ReassessGoal(skill_id=SKILL, level=3), MIA)
    if state is not GroupState.RUNNING:
        story.take(FinishGroup(), FAY)
    if state is GroupState.CLOSED:
        story.take(CloseGroup(reason=GroupEnd.DONE), PAM)
    assert story.now.state is state
    return story


def example(name: str, actor: PersonId, group: Group, at: datetime) -> GroupAction:
    """Return a lawful action of each name, by somebody, as of a moment."""
    today, due = utc_day(at), [action for _, action in group_deadlines(group) if action.name == name]
    member, learner = group.member(actor), actor if actor in (BEN, CY) else MIA
    ends_on = group.ends_on or today
    examples: dict[str, GroupAction] = {
        "invite": Invite(place=place(OTTO)),
        "join": Join(place=place(actor, Role.MENTOR)),
        "accept-place": AcceptPlace(place=place(INA) if member is None else member.place),
        "decline-place": DeclinePlace(reason="No time."),
        "lapse-invitation": LapseInvitation(person_id=INA),
        "start": StartGroup(ends_on=today + 84 * DAY),
        "plan-session": PlanGroupSession(starts_at=at, minutes=60),
        "move-session": MoveGroupSession(session=1, starts_at=at, minutes=45),
        "cancel-session": CancelGroupSession(session=1),
        "hold-session": HoldGroupSession(session=1, minutes=50, attended=(MAX, MIA, BEN)),
        "log-session": LogGroupSession(starts_at=at, minutes=50, attended=(MAX, MIA)),
        "log-side-session": LogSideSession(mentor_id=MAX, mentee_id=learner, starts_at=at, minutes=20),
        "take-step": TakeStep(step=LoopStep.LEARN, words="Read the returns of March."),
        "open-thread": OpenThread(title="Whom to ask?"),
        "post": PostWords(thread=1, words="The warehouse."),
        "add-resource": AddResource(title="Template", reference="wiki/7"),
        "tell-story": TellStory(kind=StoryKind.CUSTOMER, words="Three calls for one parcel."),
        "record-result": RecordResult(resolved=True, measure="days a return takes", before=21, after=9),
        "leave": Leave(),
        "remove": RemoveMember(person_id=CY, reason="Never came."),
        "replace-mentor": ReplaceMentor(mentor_id=MAX, place=place(OTTO, Role.EXPERT), reason="Another project."),
        "record-leaver": RecordGroupLeaver(person_id=CY, left_on=today),
        "extend": ExtendGroup(ends_on=ends_on + 7 * DAY, reason="Illness."),
        "finish": FinishGroup(),
        "reassess": ReassessGoal(skill_id=SKILL, level=3),
        "confirm": ConfirmGoal(person_id=MIA, skill_id=SKILL, level=3),
        "return": ReturnGoal(person_id=MIA, skill_id=SKILL, note="The chart has no title yet."),
        "close": CloseGroup(reason=GroupEnd.DONE),
        "expire": ExpireGroup(),
        "note-idle": NoteGroupIdle(),
        "close-idle": CloseIdleGroup(),
        "note-end-passed": NoteGroupEndPassed(ends_on=ends_on),
    }
    return due[0] if due else examples[name]


TIMELY = ("lapse-invitation", "expire", "note-idle", "close-idle", "note-end-passed")


def moment_for(name: str, group: Group) -> datetime:
    """Return a moment at which an action is not refused for its time."""
    due = [at for at, action in group_deadlines(group) if action.name == name]
    return due[0] if due else group.at


_BY_MEMBERS = frozenset(MEMBERS)
_ANY_SIDE, _CLOCK = _BY_MEMBERS | {PAM, CLOCK}, frozenset({CLOCK})
_LATE = "running reviewing"
WORDS: dict[str, tuple[str, frozenset[PersonId]]] = {
    "invite": ("forming running", frozenset({MAX, FAY, PAM, CLOCK})),
    "join": ("forming running", frozenset({PAM, CLOCK, MONA, STAN})),
    "accept-place": ("forming running", frozenset({INA})),
    "decline-place": ("forming running", frozenset({INA})),
    "lapse-invitation": ("forming running", _CLOCK),
    "start": ("forming", _ANY_SIDE),
    "plan-session": ("running", _ANY_SIDE),
    "move-session": ("running", _ANY_SIDE),
    "cancel-session": ("running", _ANY_SIDE),
    "hold-session": ("running", _BY_MEMBERS),
    "log-session": ("running", _BY_MEMBERS),
    "log-side-session": ("running", _BY_MEMBERS - {FAY}),
    "take-step": ("running", _BY_MEMBERS),
    "open-thread": ("running", _BY_MEMBERS),
    "post": ("running", _BY_MEMBERS),
    "add-resource": ("running", _BY_MEMBERS),
    "tell-story": ("running", _BY_MEMBERS),
    "record-result": ("running reviewing closed", _BY_MEMBERS | {PAM}),
    "leave": ("forming running reviewing", _BY_MEMBERS),
    "remove": ("forming running reviewing", frozenset({FAY, PAM})),
    "replace-mentor": ("forming running", frozenset({PAM})),
    "record-leaver": ("forming running reviewing", frozenset({PAM, CLOCK})),
    "extend": ("running", frozenset({PAM})),
    "finish": ("running", _ANY_SIDE),
    "reassess": (_LATE, frozenset({MIA, BEN, CY})),
    "confirm": (_LATE, frozenset({MONA})),
    "return": (_LATE, frozenset({MONA})),
    "close": ("forming running reviewing", frozenset({MAX, FAY, PAM})),
    "expire": ("forming", frozenset({PAM, CLOCK})),
    "note-idle": (_LATE, _CLOCK),
    "close-idle": (_LATE, _CLOCK),
    "note-end-passed": ("running", _CLOCK),
}
"""In which states each example is lawful, and by whom, in the words of the requirements."""


def is_lawful(state: GroupState, name: str, actor: PersonId) -> bool:
    """Return what those words say of each example in each state of `in_state`."""
    states, actors = WORDS[name]
    return state.value in states.split() and actor in actors


def names() -> set[str]:
    return {name.value for name in GroupActionName} - {"form"}


def states_of_members(group: Group) -> dict[str, MemberState]:
    return {one.place.person_id: one.state for one in group.members}
