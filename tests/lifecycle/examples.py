"""People, an organisation, a lawful example of every action, and the rules in words apart from the library's tables."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from attrs import frozen

from taskmentor.authorisation import ActionName, Relation, relations
from taskmentor.lifecycle.actions import (
    Accept,
    Action,
    Confirm,
    Decline,
    End,
    Expire,
    Finish,
    Propose,
    Reassess,
    RecordIntro,
    RecordPractice,
    Return,
    Schedule,
    Start,
    Withdraw,
)
from taskmentor.lifecycle.engagement import Engagement, decide, evolve
from taskmentor.lifecycle.events import EndReason, EngagementId, Event, PracticeKind, ProgrammeId, Scope, utc_day
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

MENTEE, MENTOR = PersonId("mia"), PersonId("max")
MANAGER, LATER_MANAGER, HEAD = PersonId("mona"), PersonId("nina"), PersonId("hal")
PROGRAMME_MANAGER, SYSTEM = PersonId("pam"), PersonId("clock")
DELEGATE, STRANGER = PersonId("dora"), PersonId("stan")
PEOPLE = (MENTEE, MENTOR, MANAGER, LATER_MANAGER, HEAD, PROGRAMME_MANAGER, SYSTEM, DELEGATE, STRANGER)

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
SCOPE = Scope(
    skill_id=SkillId("data-analysis"),
    from_level=1,
    target_level=3,
    behaviours=("Builds a pivot table", "Shows one trend in a chart"),
)
ACTOR_OF = {
    Relation.MENTEE: MENTEE,
    Relation.MENTOR: MENTOR,
    Relation.CONFIRMER: MANAGER,
    Relation.MANAGER: MANAGER,
    Relation.MANAGER_ABOVE: HEAD,
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
            return ()
        return self.mentee_line if on < self.moves_on else self.later_line


def held_by(
    actor: str, at: datetime, *, lines: Lines | None = None, delegate: PersonId | None = None
) -> frozenset[Relation]:
    """Return the relations of somebody to the engagement of all tests."""
    return relations(
        Lines() if lines is None else lines,
        actor=actor,
        mentee_id=MENTEE,
        mentor_id=MENTOR,
        on=utc_day(at),
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


def example(name: ActionName, at: datetime, *, terms: Terms | None = None) -> Action:
    """Return a lawful action of each name, as of a moment."""
    today = utc_day(at)
    examples: dict[ActionName, Action] = {
        ActionName.PROPOSE: proposal(terms=terms),
        ActionName.ACCEPT: Accept(scope=SCOPE),
        ActionName.DECLINE: Decline(),
        ActionName.RECORD_INTRO: RecordIntro(),
        ActionName.SCHEDULE: Schedule(starts_on=today, ends_on=today + timedelta(weeks=6)),
        ActionName.START: Start(),
        ActionName.RECORD_PRACTICE: RecordPractice(
            kind=PracticeKind.PRACTISING, behaviour=SCOPE.behaviours[0], day=today, minutes=45
        ),
        ActionName.FINISH: Finish(),
        ActionName.REASSESS: Reassess(level=3),
        ActionName.CONFIRM: Confirm(level=3),
        ActionName.RETURN: Return(note="The chart has no title yet."),
        ActionName.WITHDRAW: Withdraw(reason="Another project came first."),
        ActionName.END: End(reason=EndReason.WORKLOAD),
        ActionName.EXPIRE: Expire(),
    }
    return examples[name]


def moment_for(name: ActionName, engagement: Engagement | None) -> datetime:
    """Return a moment at which an action is not refused for its time."""
    if engagement is None:
        return BEGIN
    days = engagement.terms.expires_after_days if name is ActionName.EXPIRE else 0
    return engagement.at + timedelta(days=days, hours=1)


def take(
    log: list[Event], action: Action, actor: PersonId, at: datetime, held: frozenset[Relation] | None = None
) -> Engagement:
    """Append what an action brings about to a log, and return the engagement after it."""
    before = state_after(log)
    log.extend(decide(before, action, actor, held_by(actor, at) if held is None else held, at))
    after = state_after(log)
    assert after is not None
    return after


def state_after(log: list[Event]) -> Engagement | None:
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
}


def log_to(state: State | None, *, terms: Terms | None = None) -> list[Event]:
    """Return the log of an engagement that has come to a state on the shortest way."""
    log: list[Event] = []
    for name, actor in WAYS[state]:
        at = moment_for(name, state_after(log))
        take(log, example(name, at, terms=terms), actor, at)
    return log


def engagement_in(state: State, *, terms: Terms | None = None) -> Engagement:
    engagement = state_after(log_to(state, terms=terms))
    assert engagement is not None
    assert engagement.state is state
    return engagement


def state_of(engagement: Engagement | None) -> State | None:
    return None if engagement is None else engagement.state


# The requirements in words; the library's tables are held against them.
BEFORE_START = {"proposed", "accepted", "introduced", "scheduled"}
RUNNING = {"active", "awaiting-reassessment", "awaiting-confirmation"}
STATES_OF = {
    "propose": {"none"},
    "accept": {"proposed"},
    "expire": {"proposed"},
    "decline": {"proposed", "introduced"},
    "record-intro": {"accepted"},
    "schedule": {"accepted", "introduced"},
    "start": {"scheduled"},
    "record-practice": {"active"},
    "finish": {"active"},
    "reassess": {"awaiting-reassessment"},
    "confirm": {"awaiting-confirmation"},
    "return": {"awaiting-confirmation"},
    "withdraw": BEFORE_START,
    "end": RUNNING,
}


def state_allows(state: State | None, name: ActionName) -> bool:
    return ("none" if state is None else state.value) in STATES_OF[name.value]


def relation_allows(name: ActionName, relation: Relation) -> bool:
    """Return what the words of the requirements say about who may do what."""
    if name in ("confirm", "return"):
        return relation == "confirmer"
    if name == "reassess":
        return relation == "mentee"
    if relation in ("mentee", "mentor"):
        return name != "expire" and not (name == "propose" and relation == "mentor")
    if relation == "programme manager":
        return name in ("propose", "schedule", "start", "finish", "withdraw", "end", "expire")
    if relation == "system":
        return name in ("start", "finish", "expire")
    return relation == "manager" and name == "propose"


def cells() -> Iterator[tuple[State | None, ActionName]]:
    for state in (None, *State):
        for name in ActionName:
            yield state, name
