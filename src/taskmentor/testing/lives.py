"""Lives of engagements: logs of events that one mentee, one mentor and those around them could have made."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from attrs import frozen

from taskmentor.authorisation import Relation
from taskmentor.errors import InputError, RefusedError
from taskmentor.lifecycle import (
    Accept,
    Action,
    AddProduct,
    CheckIn,
    Comment,
    Confirm,
    Decline,
    End,
    EndReason,
    Engagement,
    EngagementId,
    Event,
    Extend,
    Finish,
    HoldSession,
    LogSession,
    Pause,
    PlanSession,
    ProductKind,
    ProgrammeId,
    Propose,
    Reassess,
    RecordIntro,
    Resume,
    Return,
    ReviewProduct,
    Schedule,
    Scope,
    Start,
    Terms,
    Withdraw,
    decide,
    evolve,
    tick,
)
from taskmentor.lifecycle.events import utc_day
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.testing.draws import Draws

__all__ = ["random_life"]

BEGIN = datetime(2026, 10, 1, 9, tzinfo=UTC)
SCOPE = Scope(skill_id=SkillId("sql"), from_level=1, target_level=3)
MENTEE, MENTOR, MANAGER, MANAGING = (PersonId(one) for one in ("mia", "max", "mona", "pam"))


@frozen
class _Step:
    """What somebody may do next: an action as of a moment."""

    actor: PersonId
    held: Relation
    action: Callable[[datetime, Engagement], Action]


def _session(engagement: Engagement) -> int:
    return len(engagement.sessions)


_STEPS = (
    _Step(MENTEE, Relation.MENTEE, lambda at, now: Accept(scope=SCOPE)),
    _Step(MENTOR, Relation.MENTOR, lambda at, now: Accept(scope=SCOPE)),
    _Step(MENTEE, Relation.MENTEE, lambda at, now: RecordIntro()),
    _Step(
        MENTOR,
        Relation.MENTOR,
        lambda at, now: Schedule(starts_on=utc_day(at), ends_on=utc_day(at) + timedelta(weeks=6)),
    ),
    _Step(MENTEE, Relation.MENTEE, lambda at, now: Start()),
    _Step(MENTOR, Relation.MENTOR, lambda at, now: PlanSession(starts_at=at, minutes=45)),
    _Step(MENTOR, Relation.MENTOR, lambda at, now: HoldSession(session=_session(now), minutes=50)),
    _Step(MENTEE, Relation.MENTEE, lambda at, now: LogSession(starts_at=at, minutes=30, face_to_face=True)),
    _Step(MENTEE, Relation.MENTEE, lambda at, now: AddProduct(kind=ProductKind.DELIVERABLE, title="A report")),
    _Step(MENTOR, Relation.MENTOR, lambda at, now: ReviewProduct(product=len(now.products), approved=True)),
    _Step(MENTEE, Relation.MENTEE, lambda at, now: CheckIn(trust=4, communication=3, meetings=4, responsibilities=5)),
    _Step(MENTOR, Relation.MENTOR, lambda at, now: Finish()),
    _Step(MENTEE, Relation.MENTEE, lambda at, now: Reassess(level=3)),
    _Step(MENTOR, Relation.MENTOR, lambda at, now: Comment(words="Done alone.")),
    _Step(MANAGER, Relation.CONFIRMER, lambda at, now: Confirm(level=3)),
    _Step(MANAGER, Relation.CONFIRMER, lambda at, now: Return(note="Not yet.")),
    _Step(MENTEE, Relation.MENTEE, lambda at, now: Pause(until=utc_day(at) + timedelta(days=9), reason="A long trip.")),
    _Step(MENTEE, Relation.MENTEE, lambda at, now: Resume()),
    _Step(
        MANAGING,
        Relation.PROGRAMME_MANAGER,
        lambda at, now: Extend(ends_on=(now.ends_on or utc_day(at)) + timedelta(days=7), reason="Illness."),
    ),
    _Step(MENTOR, Relation.MENTOR, lambda at, now: Decline()),
    _Step(MENTEE, Relation.MENTEE, lambda at, now: Withdraw(reason="Another project came first.")),
    _Step(MENTOR, Relation.MENTOR, lambda at, now: End(reason=EndReason.WORKLOAD)),
)
"""In the order of a life that goes well; what ends one early comes last."""


def random_life(draws: Draws, *, steps: int = 24) -> tuple[Event, ...]:
    """Return the log of an engagement that may have come to any state, by lawful steps at times that rise.

    Args:
        draws: Where choices come from.
        steps: How many things are tried at the most; what is refused leaves nothing in the log.
    """
    at = BEGIN
    proposal = Propose(
        engagement_id=EngagementId("e-1"),
        mentee_id=MENTEE,
        mentor_id=MENTOR,
        scope=SCOPE,
        programme_id=ProgrammeId("task-based"),
        initiator=Relation.PROGRAMME_MANAGER,
        terms=Terms(),
        model_version="2026",
        confirmer_id=MANAGER,
    )
    log = list(decide(None, proposal, MANAGING, {Relation.PROGRAMME_MANAGER}, at))
    now = _after(None, log)
    usual = iter(_STEPS)
    for _ in range(draws.whole(0, steps)):
        at += timedelta(days=12) if draws.chance(5) else timedelta(hours=draws.whole(1, 48))
        made = _made(draws.one_of(_STEPS) if draws.chance(25) else next(usual, _STEPS[-1]), now, at)
        log += made
        now = _after(now, made)
    return tuple(log)


def _made(step: _Step, now: Engagement, at: datetime) -> list[Event]:
    """Return the events of what time alone causes, and of a step where it is not refused."""
    timely = list(tick(now, at))
    then = _after(now, timely)
    try:
        return [*timely, *decide(then, step.action(at, then), step.actor, {step.held}, at)]
    except (RefusedError, InputError):
        return timely


def _after(now: Engagement | None, events: list[Event]) -> Engagement:
    for event in events:
        now = evolve(now, event)
    assert now is not None
    return now
