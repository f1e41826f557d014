"""People, an organisation, a lawful example of every action, and the rules in words apart from the library's tables."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

import attrs
from attrs import frozen

from taskmentor.authorisation import ActionName, Approver, Relation, relations
from taskmentor.lifecycle.actions import (
    Accept,
    AcceptSecondGoal,
    Action,
    AddProduct,
    Approve,
    CancelSession,
    CheckIn,
    CloseIdle,
    Comment,
    Confirm,
    ConfirmSecondGoal,
    Decline,
    Disapprove,
    DraftAgreement,
    End,
    Expire,
    Extend,
    Finish,
    HandOver,
    HoldSession,
    LogSession,
    MissSession,
    MoveSession,
    NoteEndPassed,
    NoteIdle,
    NoteOverdueCheckIn,
    NoteOverdueItem,
    OfferSecondGoal,
    Pause,
    PlanSession,
    Propose,
    Reassess,
    ReassessAsMentor,
    ReassessSecondGoal,
    Recognise,
    RecordCourse,
    RecordExchange,
    RecordIntro,
    RecordLeaver,
    RecordPractice,
    RecordTraining,
    RequestExtension,
    Resume,
    Return,
    ReturnSecondGoal,
    ReviewProduct,
    Schedule,
    SignAgreement,
    Start,
    TickOff,
    Withdraw,
)
from taskmentor.lifecycle.checklist import ChecklistItem, ItemText
from taskmentor.lifecycle.deadlines import deadlines
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EndReason, EngagementId, Event, PracticeKind, ProgrammeId, Scope, utc_day
from taskmentor.lifecycle.evolving import evolve
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.terms import Terms
from taskmentor.lifecycle.values import Agreement, CourseId, ProductKind, SessionState, Training
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

MENTEE, MENTOR = PersonId("mia"), PersonId("max")
MANAGER, LATER_MANAGER, HEAD = PersonId("mona"), PersonId("nina"), PersonId("hal")
PROGRAMME_MANAGER, SYSTEM = PersonId("pam"), PersonId("clock")
DELEGATE, STRANGER = PersonId("dora"), PersonId("stan")
MENTORS_MANAGER, OTHER_MENTOR = PersonId("mark"), PersonId("otto")
PEOPLE = (
    MENTEE, MENTOR, MANAGER, LATER_MANAGER, HEAD, MENTORS_MANAGER, PROGRAMME_MANAGER, SYSTEM, DELEGATE, STRANGER,
)  # fmt: skip

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
SCOPE = Scope(
    skill_id=SkillId("data-analysis"),
    from_level=1,
    target_level=3,
    behaviours=("Builds a pivot table", "Shows one trend in a chart"),
)
SECOND_SCOPE = Scope(skill_id=SkillId("video-editing"), from_level=0, target_level=2, scale=(0, 5))
COURSE = CourseId("charts-101")
BADGE = ItemText("badge")
ACTOR_OF = {
    Relation.MENTEE: MENTEE,
    Relation.MENTOR: MENTOR,
    Relation.CONFIRMER: MANAGER,
    Relation.MANAGER: MANAGER,
    Relation.MANAGER_ABOVE: HEAD,
    Relation.MENTORS_MANAGER: MENTORS_MANAGER,
    Relation.PROGRAMME_MANAGER: PROGRAMME_MANAGER,
    Relation.SYSTEM: SYSTEM,
}


@frozen
class Lines:
    """Reporting lines that change on one day: the mentee moves from one manager to another, under the same head."""

    moves_on: date = date.max
    mentee_line: tuple[PersonId, ...] = (MANAGER, HEAD)
    later_line: tuple[PersonId, ...] = (LATER_MANAGER, HEAD)

    def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
        if person_id != MENTEE:
            return (MENTORS_MANAGER,) if person_id == MENTOR else ()
        return self.mentee_line if on < self.moves_on else self.later_line


def held_by(
    actor: str, at: datetime, *, lines: Lines | None = None, delegate: PersonId | None = None
) -> frozenset[Relation]:
    """Return the relations of somebody to the engagement of all tests."""
    return _held_on(actor, utc_day(at), Lines() if lines is None else lines, delegate)


@cache
def _held_on(actor: str, on: date, lines: Lines, delegate: PersonId | None) -> frozenset[Relation]:
    return relations(
        lines,
        actor=actor,
        mentee_id=MENTEE,
        mentor_id=MENTOR,
        on=on,
        delegate=delegate,
        programme_managers={PROGRAMME_MANAGER},
        system_actors={SYSTEM},
    )


def proposal(
    *, terms: Terms | None = None, initiator: Relation = Relation.PROGRAMME_MANAGER, scope: Scope = SCOPE
) -> Propose:
    return Propose(
        engagement_id=EngagementId("e-1"),
        mentee_id=MENTEE,
        mentor_id=MENTOR,
        scope=scope,
        programme_id=ProgrammeId("task-based"),
        initiator=initiator,
        terms=Terms() if terms is None else terms,
        model_version="2026",
        confirmer_id=MANAGER,
    )


TIMED = Terms(schedule_within_days=10, check_in_days=(14,), idle_days=10, idle_notice_days=4)
"""Terms under which everything can happen that time alone causes."""

ASKED = {
    Relation.CONFIRMER: Approver.MENTEES_MANAGER,
    Relation.MENTORS_MANAGER: Approver.MENTORS_MANAGER,
    Relation.PROGRAMME_MANAGER: Approver.PROGRAMME_MANAGER,
}
"""Whose yes each relation gives, beside the two."""


def example(
    name: ActionName, at: datetime, engagement: Engagement | None = None, *, terms: Terms | None = None
) -> Action:
    """Return a lawful action of each name, as of a moment; what refers to earlier events names those that there are."""
    today = utc_day(at)
    session, product, draft, approver, due = _references(engagement)
    offer = 0 if engagement is None else engagement.second_offer_version or 0
    item = next((one.text for one in (() if engagement is None else engagement.open_items)), BADGE)
    ends_on = today + timedelta(weeks=6) if engagement is None or engagement.ends_on is None else engagement.ends_on
    examples: dict[ActionName, Callable[[], Action]] = {
        ActionName.PROPOSE: lambda: proposal(terms=terms),
        ActionName.ACCEPT: lambda: Accept(scope=SCOPE),
        ActionName.APPROVE: lambda: Approve(approver=approver),
        ActionName.DISAPPROVE: lambda: Disapprove(approver=approver, reason="Needed elsewhere."),
        ActionName.DECLINE: Decline,
        ActionName.RECORD_INTRO: RecordIntro,
        ActionName.RECORD_TRAINING: lambda: RecordTraining(training=Training(completed_on=today, hours=20)),
        ActionName.DRAFT_AGREEMENT: lambda: DraftAgreement(agreement=Agreement(goals=("One report a month",))),
        ActionName.SIGN_AGREEMENT: lambda: SignAgreement(draft=draft),
        ActionName.RECORD_COURSE: lambda: RecordCourse(course_id=COURSE, completed_on=today),
        ActionName.OFFER_SECOND_GOAL: lambda: OfferSecondGoal(scope=SECOND_SCOPE),
        ActionName.ACCEPT_SECOND_GOAL: lambda: AcceptSecondGoal(offer=offer),
        ActionName.REASSESS_SECOND_GOAL: lambda: ReassessSecondGoal(level=2),
        ActionName.CONFIRM_SECOND_GOAL: lambda: ConfirmSecondGoal(level=2),
        ActionName.RETURN_SECOND_GOAL: lambda: ReturnSecondGoal(note="The cut is too hard."),
        ActionName.RECORD_EXCHANGE: lambda: RecordExchange(day=today, words="Sent my chart, and got three remarks."),
        ActionName.TICK_OFF: lambda: TickOff(item=item),
        ActionName.NOTE_OVERDUE_ITEM: lambda: NoteOverdueItem(item=BADGE, due_on=today),
        ActionName.SCHEDULE: lambda: Schedule(starts_on=today, ends_on=today + timedelta(weeks=6)),
        ActionName.START: Start,
        ActionName.PLAN_SESSION: lambda: PlanSession(starts_at=at, minutes=45),
        ActionName.MOVE_SESSION: lambda: MoveSession(session=session, starts_at=at, minutes=45),
        ActionName.CANCEL_SESSION: lambda: CancelSession(session=session),
        ActionName.HOLD_SESSION: lambda: HoldSession(session=session, minutes=50),
        ActionName.MISS_SESSION: lambda: MissSession(session=session, absent=(Relation.MENTEE,)),
        ActionName.LOG_SESSION: lambda: LogSession(starts_at=at, minutes=30, face_to_face=True),
        ActionName.RECORD_PRACTICE: lambda: RecordPractice(
            kind=PracticeKind.PRACTISING, behaviour=SCOPE.behaviours[0], day=today, minutes=45
        ),
        ActionName.ADD_PRODUCT: lambda: AddProduct(kind=ProductKind.DELIVERABLE, title="The report of March"),
        ActionName.REVIEW_PRODUCT: lambda: ReviewProduct(product=product, approved=True),
        ActionName.CHECK_IN: lambda: CheckIn(trust=4, communication=4, meetings=3, responsibilities=5),
        ActionName.PAUSE: lambda: Pause(until=today + timedelta(days=20), reason="A long trip."),
        ActionName.RESUME: Resume,
        ActionName.REQUEST_EXTENSION: lambda: RequestExtension(ends_on=ends_on + timedelta(days=7), reason="Illness."),
        ActionName.EXTEND: lambda: Extend(ends_on=ends_on + timedelta(days=7), reason="Illness."),
        ActionName.FINISH: Finish,
        ActionName.REASSESS: lambda: Reassess(level=3),
        ActionName.COMMENT: lambda: Comment(words="She did it alone."),
        ActionName.CONFIRM: lambda: Confirm(level=3),
        ActionName.RETURN: lambda: Return(note="The chart has no title yet."),
        ActionName.RECOGNISE: lambda: Recognise(words="Patient, and always there."),
        ActionName.REASSESS_AS_MENTOR: lambda: ReassessAsMentor(level=5),
        ActionName.WITHDRAW: lambda: Withdraw(reason="Another project came first."),
        ActionName.END: lambda: End(reason=EndReason.WORKLOAD),
        ActionName.HAND_OVER: lambda: HandOver(
            successor_id=EngagementId("e-2"), mentor_id=OTHER_MENTOR, reason="Another skill is needed."
        ),
        ActionName.RECORD_LEAVER: lambda: RecordLeaver(person_id=MENTEE, left_on=today),
        ActionName.EXPIRE: Expire,
        ActionName.NOTE_OVERDUE_CHECK_IN: lambda: NoteOverdueCheckIn(due_on=today, missing=(Relation.MENTEE,)),
        ActionName.NOTE_IDLE: NoteIdle,
        ActionName.CLOSE_IDLE: CloseIdle,
        ActionName.NOTE_END_PASSED: lambda: NoteEndPassed(ends_on=ends_on),
    }
    return next((action for action in due if action.name is name), None) or examples[name]()


def _references(engagement: Engagement | None) -> tuple[int, int, int, Approver, tuple[Action, ...]]:
    """Return what there is to refer to: a planned session, a product, a draft, whose yes is next, and what is due."""
    approver = Approver.PROGRAMME_MANAGER
    if engagement is None:
        return 1, 1, 0, approver, ()
    planned = [one.number for one in engagement.sessions if one.state is SessionState.PLANNED]
    waiting = [one.number for one in engagement.products if not one.approved]
    others = [one for one in engagement.outstanding if one not in (Approver.MENTEE, Approver.MENTOR)]
    due = tuple(deadline.action for deadline in deadlines(engagement))
    first = next(iter(planned), 1), next(iter(waiting), 1)
    return *first, engagement.draft_version or 0, next(iter(others), approver), due


TIMELY = ("expire", "note-overdue-check-in", "note-overdue-item", "note-idle", "close-idle", "note-end-passed")


def moment_for(name: ActionName, engagement: Engagement | None) -> datetime:
    """Return a moment at which an action is not refused for its time."""
    if engagement is None:
        return BEGIN
    due = [deadline.at for deadline in deadlines(engagement) if deadline.action.name == name]
    return due[0] if due and name in TIMELY else engagement.at + timedelta(hours=1)


def take(
    log: list[Event], action: Action, actor: PersonId, at: datetime, held: frozenset[Relation] | None = None
) -> Engagement:
    """Append what an action brings about to a log, and return the engagement after it."""
    before = state_after(log)
    log.extend(decide(before, action, actor, held_by(actor, at) if held is None else held, at))
    after = state_after(log)
    assert after is not None
    return after


def state_after(log: Iterable[Event]) -> Engagement | None:
    engagement: Engagement | None = None
    for event in log:
        engagement = evolve(engagement, event)
    return engagement


# The shortest way to each state: (action, actor) after (action, actor).
_TO_ACCEPTED = (
    (ActionName.PROPOSE, PROGRAMME_MANAGER),
    (ActionName.ACCEPT, MENTEE),
    (ActionName.ACCEPT, MENTOR),
)
_TO_SCHEDULED = (*_TO_ACCEPTED, (ActionName.SCHEDULE, MENTOR))
_TO_ACTIVE = (*_TO_SCHEDULED, (ActionName.START, MENTEE))
_TO_AWAITING_REASSESSMENT = (*_TO_ACTIVE, (ActionName.FINISH, MENTOR))
_TO_AWAITING_CONFIRMATION = (*_TO_AWAITING_REASSESSMENT, (ActionName.REASSESS, MENTEE))
WAYS: dict[State | None, tuple[tuple[ActionName, PersonId], ...]] = {
    None: (),
    State.PROPOSED: _TO_ACCEPTED[:1],
    State.ACCEPTED: _TO_ACCEPTED,
    State.INTRODUCED: (*_TO_ACCEPTED, (ActionName.RECORD_INTRO, MENTEE)),
    State.SCHEDULED: _TO_SCHEDULED,
    State.ACTIVE: _TO_ACTIVE,
    State.AWAITING_REASSESSMENT: _TO_AWAITING_REASSESSMENT,
    State.AWAITING_CONFIRMATION: _TO_AWAITING_CONFIRMATION,
    State.COMPLETED: (*_TO_AWAITING_CONFIRMATION, (ActionName.CONFIRM, MANAGER)),
    State.DECLINED: (*_TO_ACCEPTED[:1], (ActionName.DECLINE, MENTOR)),
    State.EXPIRED: (*_TO_ACCEPTED[:1], (ActionName.EXPIRE, SYSTEM)),
    State.WITHDRAWN: (*_TO_ACCEPTED, (ActionName.WITHDRAW, MENTEE)),
    State.ENDED: (*_TO_ACTIVE, (ActionName.END, MENTOR)),
    State.PAUSED: (*_TO_ACTIVE, (ActionName.PAUSE, MENTEE)),
    State.HANDED_OVER: (*_TO_ACTIVE, (ActionName.HAND_OVER, PROGRAMME_MANAGER)),
}


def log_to(state: State | None, *, terms: Terms | None = None) -> list[Event]:
    """Return the log of an engagement that has come to a state on the shortest way."""
    return _log_of(WAYS[state], terms)


def log_with_second_goal(state: State | None, *, terms: Terms | None = None) -> list[Event]:
    """Return such a log in which a second goal is agreed on once the engagement is active."""
    return _log_of(steps_before(state, ActionName.REASSESS_SECOND_GOAL, Relation.MENTEE), terms)


def _log_of(steps: Iterable[tuple[ActionName, PersonId]], terms: Terms | None) -> list[Event]:
    log: list[Event] = []
    engagement: Engagement | None = None
    for name, actor in steps:
        at = moment_for(name, engagement)
        events = decide(engagement, example(name, at, engagement, terms=terms), actor, held_by(actor, at), at)
        log.extend(events)
        for event in events:
            engagement = evolve(engagement, event)
    return log


# What has to be there before: an action refers to something that an earlier one made.
_FIRST: dict[ActionName, ActionName] = {
    ActionName.MOVE_SESSION: ActionName.PLAN_SESSION,
    ActionName.CANCEL_SESSION: ActionName.PLAN_SESSION,
    ActionName.HOLD_SESSION: ActionName.PLAN_SESSION,
    ActionName.MISS_SESSION: ActionName.PLAN_SESSION,
    ActionName.REVIEW_PRODUCT: ActionName.ADD_PRODUCT,
    ActionName.SIGN_AGREEMENT: ActionName.DRAFT_AGREEMENT,
    ActionName.ACCEPT_SECOND_GOAL: ActionName.OFFER_SECOND_GOAL,
}
_AGREED = ((ActionName.OFFER_SECOND_GOAL, MENTOR), (ActionName.ACCEPT_SECOND_GOAL, MENTEE))
_REASSESSED = (*_AGREED, (ActionName.REASSESS_SECOND_GOAL, MENTOR))
_ONCE_ACTIVE: dict[ActionName, tuple[tuple[ActionName, PersonId], ...]] = {
    ActionName.REASSESS_SECOND_GOAL: _AGREED,
    ActionName.CONFIRM_SECOND_GOAL: _REASSESSED,
    ActionName.RETURN_SECOND_GOAL: _REASSESSED,
}


def item_of(owner: Relation) -> ChecklistItem:
    owners = ("mentee", "mentor", "manager", "programme manager")
    return ChecklistItem(text=BADGE, owner=owner if owner in owners else Relation.MENTEE, due_days=7)


def terms_for(state: State | None, name: ActionName, relation: Relation) -> Terms:
    """Return terms under which an action has something to refer to."""
    if name in ("approve", "disapprove") and state is State.PROPOSED:
        approver = ASKED.get(relation, Approver.PROGRAMME_MANAGER)
        return Terms(approvals=(approver, Approver.MENTEE, Approver.MENTOR))
    if name == "note-overdue-item":
        return attrs.evolve(TIMED, checklist=(item_of(Relation.MENTEE),))
    if name in TIMELY:
        return TIMED
    if name == "tick-off":
        return Terms(checklist=(item_of(relation),))
    if name == "record-course" and state in (State.ACCEPTED, State.INTRODUCED, State.SCHEDULED):
        return Terms(course_id=COURSE)
    return Terms(second_goal=name.endswith("second-goal"))


@cache
def ready_for(state: State | None, name: ActionName, relation: Relation) -> tuple[Event, ...]:
    """Return the log of an engagement in a state, in which nothing but state and rights can refuse an action."""
    return tuple(_log_of(steps_before(state, name, relation), terms_for(state, name, relation)))


def steps_before(state: State | None, name: ActionName, relation: Relation) -> Iterator[tuple[ActionName, PersonId]]:
    """Return what is done, and by whom, until only state and rights can refuse an action."""
    for step in WAYS[state]:
        yield step
        if step[0] is ActionName.START:
            yield from _ONCE_ACTIVE.get(name, ())
    if (first := _FIRST.get(name)) and state_allows(state, first) and state_allows(state, name):
        yield first, MENTEE if relation is Relation.MENTOR else MENTOR


def engagement_in(state: State, *, terms: Terms | None = None) -> Engagement:
    engagement = state_after(log_to(state, terms=terms))
    assert engagement is not None
    assert engagement.state is state
    return engagement


def state_of(engagement: Engagement | None) -> State | None:
    return None if engagement is None else engagement.state


# The requirements in words; the library's tables are held against them.
BEFORE_START = {"proposed", "accepted", "introduced", "scheduled"}
RUNNING = {"active", "paused", "awaiting-reassessment", "awaiting-confirmation"}
STATES_OF = {
    "propose": {"none"},
    "accept": {"proposed"},
    "approve": {"proposed"},
    "disapprove": {"proposed"},
    "decline": {"proposed", "introduced"},
    "record-intro": {"accepted"},
    "record-training": BEFORE_START - {"proposed"},
    "record-course": BEFORE_START - {"proposed"},
    "offer-second-goal": {"accepted", "introduced", "scheduled", "active"},
    "accept-second-goal": {"accepted", "introduced", "scheduled", "active"},
    "reassess-second-goal": {"active", "awaiting-reassessment", "awaiting-confirmation", "completed"},
    "confirm-second-goal": {"active", "awaiting-reassessment", "awaiting-confirmation", "completed"},
    "return-second-goal": {"active", "awaiting-reassessment", "awaiting-confirmation", "completed"},
    "record-exchange": {"active"},
    "tick-off": {"active"},
    "note-overdue-item": {"active"},
    "draft-agreement": {"accepted", "introduced", "active"},
    "sign-agreement": {"accepted", "introduced", "active"},
    "schedule": {"accepted", "introduced"},
    "start": {"scheduled"},
    "plan-session": {"scheduled", "active"},
    "move-session": {"scheduled", "active"},
    "cancel-session": {"scheduled", "active"},
    "hold-session": {"active"},
    "miss-session": {"active"},
    "log-session": {"active"},
    "record-practice": {"active"},
    "add-product": {"active"},
    "review-product": {"active"},
    "check-in": {"active"},
    "pause": {"active"},
    "resume": {"paused"},
    "request-extension": {"active", "paused"},
    "extend": {"active", "paused"},
    "finish": {"active"},
    "reassess": {"awaiting-reassessment"},
    "comment": {"awaiting-confirmation"},
    "confirm": {"awaiting-confirmation"},
    "return": {"awaiting-confirmation"},
    "recognise": {"completed"},
    "reassess-as-mentor": {"completed"},
    "withdraw": BEFORE_START,
    "end": RUNNING,
    "hand-over": {"active", "paused"},
    "record-leaver": BEFORE_START | RUNNING,
    "expire": BEFORE_START,
    "note-overdue-check-in": {"active"},
    "note-idle": {"active", "awaiting-reassessment"},
    "close-idle": {"active", "awaiting-reassessment"},
    "note-end-passed": {"active", "paused"},
}


def state_allows(state: State | None, name: ActionName) -> bool:
    return ("none" if state is None else state.value) in STATES_OF[name.value]


def relation_allows(name: ActionName, relation: Relation) -> bool:
    """Return what the words of the requirements say about who may do what."""
    if name in ("approve", "disapprove"):
        return relation in ("confirmer", "mentor's manager", "programme manager")
    if name in ("confirm", "return"):
        return relation == "confirmer"
    if name == "recognise":
        return relation in ("mentee", "mentor's manager", "programme manager")
    if name == "reassess":
        return relation == "mentee"
    if name in ("confirm-second-goal", "return-second-goal"):
        return relation == "mentor's manager"
    if name == "tick-off":
        return relation in ("mentee", "mentor", "manager", "programme manager")
    if name in ("comment", "review-product", "reassess-as-mentor", "reassess-second-goal"):
        return relation == "mentor"
    if name in ("record-training", "extend", "hand-over"):
        return relation == "programme manager"
    if name in ("expire", "record-leaver", "record-course"):
        return relation in ("programme manager", "system")
    if name.startswith("note-") or name == "close-idle":
        return relation == "system"
    if relation in ("mentee", "mentor"):
        return True
    if relation == "programme manager":
        return name in ("propose", "schedule", "start", "finish", "withdraw", "end", "pause", "resume")
    if relation == "system":
        return name in ("start", "finish", "resume")
    return relation == "manager" and name == "propose"


def cells() -> Iterator[tuple[State | None, ActionName]]:
    for state in (None, *State):
        for name in ActionName:
            yield state, name
