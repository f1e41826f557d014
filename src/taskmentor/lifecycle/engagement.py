"""An engagement as a fold over its events: `decide`, `evolve`, `replay`.

`decide` answers an action with events or refuses it, in this order: who acts, whether the state knows the move, whether
time runs forwards, and what the action itself says. `evolve` gives the state after an event. Nothing else changes an
engagement, and nothing here reads a clock.
"""

from collections.abc import Iterable, Iterator, Set
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict

import attrs
from attrs import frozen

from taskmentor.authorisation import NEVER, RIGHTS, SIDES, ActionName, Relation, authorise, may
from taskmentor.errors import Fault, IllegalMoveError, InputError, NotAuthorisedError, shown
from taskmentor.lifecycle.actions import (
    Accept,
    Action,
    Confirm,
    Decline,
    End,
    Expire,
    Finish,
    LaterAction,
    Propose,
    Reassess,
    RecordIntro,
    RecordPractice,
    Return,
    Schedule,
    Start,
    Withdraw,
)
from taskmentor.lifecycle.events import (
    Accepted,
    AcceptedByMentee,
    AcceptedByMentor,
    Confirmed,
    Declined,
    Ended,
    EndReason,
    EngagementId,
    Event,
    Expired,
    Introduced,
    PracticeKind,
    PracticeRecorded,
    ProgrammeId,
    Proposed,
    Reassessed,
    ReassessmentDue,
    Returned,
    Scheduled,
    Scope,
    Started,
    Withdrawn,
    check_instant,
    input_error,
    utc_day,
)
from taskmentor.lifecycle.moves import TRANSITIONS, State
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = ["Credit", "Engagement", "allowed_actions", "credited", "decide", "evolve", "outcome", "replay"]


@frozen(kw_only=True)
class Engagement:
    """One engagement as it stands after its last event.

    Attributes:
        id: Its id.
        state: Where it stands.
        version: The version of its last event.
        at: The time of its last event, as it was given.
        mentee_id: Who learns.
        mentor_id: Who teaches.
        scope: The one skill, its levels and the behaviours to practise.
        programme_id: The programme.
        initiator: The relation in which it was proposed.
        terms: What the programme demanded when it was proposed.
        model_version: The version of the competency model that the levels are of.
        proposed_by: Who proposed.
        proposed_at: When.
        expected_confirmer_id: Who would have confirmed when it was proposed.
        mentee_accepted_at: When the mentee accepted and acknowledged the scope.
        mentor_accepted_at: When the mentor did.
        starts_on: The start date.
        ends_on: The end date that was planned.
        started_at: When it began.
        practice: What was practised, in the order it was recorded.
        reassessed_level: The mentee's last reassessment.
        reassessed_on: The day of that reassessment.
        returned: The notes with which it was sent back to practice.
        confirmed_level: The level that was confirmed.
        confirmed_by: Who confirmed.
        end_reason: Why it ended after its start, if it did.
        closed_by: Who took the last step, once nothing can follow.
        closed_because: The words given with that step.
    """

    id: EngagementId
    state: State
    version: int
    at: datetime
    mentee_id: PersonId
    mentor_id: PersonId
    scope: Scope
    programme_id: ProgrammeId
    initiator: Relation
    terms: Terms
    model_version: str
    proposed_by: PersonId
    proposed_at: datetime
    expected_confirmer_id: PersonId | None = None
    mentee_accepted_at: datetime | None = None
    mentor_accepted_at: datetime | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    started_at: datetime | None = None
    practice: tuple[PracticeRecorded, ...] = ()
    reassessed_level: int | None = None
    reassessed_on: date | None = None
    returned: tuple[str, ...] = ()
    confirmed_level: int | None = None
    confirmed_by: PersonId | None = None
    end_reason: EndReason | None = None
    closed_by: PersonId | None = None
    closed_because: str = ""

    @property
    def change(self) -> int | None:
        """Return by how many levels the skill changed: after minus before (T13); None before the reassessment."""
        after = self.reassessed_level if self.confirmed_level is None else self.confirmed_level
        return None if after is None else after - self.scope.from_level

    def minutes(self, kind: PracticeKind) -> int:
        """Return how many minutes were recorded of one kind of practice (T11)."""
        return sum(record.minutes for record in self.practice if record.kind is kind)


class _Header(TypedDict):
    engagement_id: EngagementId
    version: int
    actor: PersonId
    at: datetime


def decide(
    engagement: Engagement | None, action: Action, actor: PersonId, relations: Set[Relation], at: datetime
) -> tuple[Event, ...]:
    """Return the events that an action brings about, or refuse it; nothing is changed.

    Whether the actor is the mentee or the mentor is known from the engagement itself; a claim to be one is not taken.

    Args:
        engagement: The engagement as it stands; None before it is proposed.
        action: What somebody wants to do.
        actor: Who wants it.
        relations: What the actor is to the engagement on the day of `at` in UTC, see `authorisation.relations`.
        at: When, aware, and not before the last event.

    Raises:
        NotAuthorisedError: If the actor may not take this action.
        IllegalMoveError: If the state or the terms do not allow it.
        InputError: If a date or time in it cannot be (`NAIVE-TIME`, `DATE-ORDER`).
    """
    check_instant(at)
    if isinstance(action, Propose):
        return (_proposed(engagement, action, actor, relations, at),)
    if engagement is None:
        raise _illegal(None, action.name, "nothing is proposed yet")
    held = _held(actor, relations, engagement.mentee_id, engagement.mentor_id)
    authorise(action.name, actor, held)
    _check_move(engagement, action.name, held)
    _check_time(engagement, at)
    header = _Header(engagement_id=engagement.id, version=engagement.version + 1, actor=actor, at=at)
    return (_event(engagement, action, header),)


def _held(actor: str, relations: Set[Relation], mentee_id: str, mentor_id: str) -> frozenset[Relation]:
    sides = {Relation.MENTEE: mentee_id, Relation.MENTOR: mentor_id}
    is_side = {side for side, person_id in sides.items() if person_id == actor}
    return frozenset((relations - sides.keys()) | is_side)


def _illegal(state: State | None, action: str, problem: str) -> IllegalMoveError:
    allowed = tuple(known.value for before, known in TRANSITIONS if before is state)
    return IllegalMoveError(action, "not proposed" if state is None else state, problem, allowed)


def _check_move(engagement: Engagement, action: ActionName, held: Set[Relation]) -> None:
    if problem := _objection(engagement, action, held):
        raise _illegal(engagement.state, action, problem)


def _objection(engagement: Engagement, action: ActionName, held: Set[Relation]) -> str:
    """Return why the state and the terms refuse a move, whatever its arguments; nothing where they do not."""
    if (engagement.state, action) not in TRANSITIONS:
        return "the state does not know this move"
    if action is ActionName.ACCEPT and _accepted_at(engagement, held) is not None:
        return "this side has accepted already"
    if action is ActionName.SCHEDULE and engagement.state is State.ACCEPTED and engagement.terms.intro_meeting:
        return "the terms ask for an intro meeting first"
    return ""


def _accepted_at(engagement: Engagement, held: Set[Relation]) -> datetime | None:
    return engagement.mentee_accepted_at if Relation.MENTEE in held else engagement.mentor_accepted_at


def _check_time(engagement: Engagement, at: datetime) -> None:
    # Both are turned to UTC: Python compares two moments of one time zone by the wall clock, wrong when clocks go back.
    if at.astimezone(UTC) < engagement.at.astimezone(UTC):
        problem = f"{at.isoformat()} is before the last event at {engagement.at.isoformat()}"
        raise input_error("DATE-ORDER", "at", problem, "Give a time that is not before the last event.")


def _first_day(at: datetime) -> date:
    """Return the earliest day that is today somewhere on Earth."""
    return (at.astimezone(UTC) - timedelta(hours=12)).date()


def _last_day(at: datetime) -> date:
    """Return the latest day that is today somewhere on Earth, so that nobody east of UTC waits for their own day."""
    return (at.astimezone(UTC) + timedelta(hours=14)).date()


def _proposed(
    engagement: Engagement | None, action: Propose, actor: PersonId, relations: Set[Relation], at: datetime
) -> Proposed:
    if action.initiator not in _held(actor, relations, action.mentee_id, action.mentor_id):
        raise NotAuthorisedError(action.name, actor, (action.initiator,))
    if engagement is not None:
        raise _illegal(engagement.state, action.name, "it is proposed already")
    return Proposed(
        engagement_id=action.engagement_id,
        version=1,
        actor=actor,
        at=at,
        mentee_id=action.mentee_id,
        mentor_id=action.mentor_id,
        scope=action.scope,
        programme_id=action.programme_id,
        initiator=action.initiator,
        terms=action.terms,
        model_version=action.model_version,
        confirmer_id=action.confirmer_id,
    )


def _event(engagement: Engagement, action: LaterAction, header: _Header) -> Event:
    match action:
        case Accept():
            return _accepted(engagement, action, header)
        case Decline():
            return Declined(reason=action.reason, **header)
        case RecordIntro():
            return Introduced(**header)
        case Schedule():
            return _scheduled(engagement, action, header)
        case Start():
            return _started(engagement, header)
        case RecordPractice():
            return _practised(engagement, action, header)
        case Finish():
            return ReassessmentDue(**header)
        case Reassess():
            return _reassessed(engagement, action, header)
        case Confirm():
            return _confirmed(engagement, action, header)
        case Return():
            return Returned(note=action.note, **header)
        case Withdraw():
            return Withdrawn(reason=action.reason, **header)
        case End():
            return Ended(reason=action.reason, words=action.words, **header)
    return _expired(engagement, action, header)


def _accepted(engagement: Engagement, action: Accept, header: _Header) -> Accepted:
    if action.scope != engagement.scope:
        problem = f"the scope acknowledged is {action.scope}, the one proposed is {engagement.scope}"
        raise _illegal(engagement.state, action.name, problem)
    side = AcceptedByMentee if header["actor"] == engagement.mentee_id else AcceptedByMentor
    return side(scope=action.scope, **header)


def _scheduled(engagement: Engagement, action: Schedule, header: _Header) -> Scheduled:
    terms, n_days = engagement.terms, (action.ends_on - action.starts_on).days
    if not terms.shortest_days <= n_days <= terms.longest_days:
        problem = f"{n_days} days are not within the {terms.shortest_days} to {terms.longest_days} of the terms"
        raise _illegal(engagement.state, action.name, problem)
    today = _first_day(header["at"])
    if action.starts_on < today:
        problem = f"the start {action.starts_on} has gone by"
        raise input_error("DATE-ORDER", "starts_on", problem, f"Give {today} or a later day.")
    return Scheduled(starts_on=action.starts_on, ends_on=action.ends_on, **header)


def _started(engagement: Engagement, header: _Header) -> Started:
    starts_on, ends_on = _dates(engagement)
    if _last_day(header["at"]) < starts_on:
        problem = f"the start date {starts_on} has not come"
        raise input_error("DATE-ORDER", "at", problem, "Start on that day or later.")
    if _first_day(header["at"]) > ends_on:
        problem = f"the end date {ends_on} has gone by"
        raise input_error("DATE-ORDER", "at", problem, "Withdraw, and propose again with other dates.")
    return Started(**header)


def _dates(engagement: Engagement) -> tuple[date, date]:
    assert engagement.starts_on is not None, "a scheduled engagement has a start date"
    assert engagement.ends_on is not None, "a scheduled engagement has an end date"
    return engagement.starts_on, engagement.ends_on


def _practised(engagement: Engagement, action: RecordPractice, header: _Header) -> PracticeRecorded:
    agreed = engagement.scope.behaviours
    if agreed and action.behaviour not in agreed:
        problem = f"{shown(action.behaviour)} is none of the behaviours that were agreed"
        remedy = f"Use {' or '.join(shown(behaviour) for behaviour in agreed)}."
        raise input_error("UNKNOWN-BEHAVIOUR", "behaviour", problem, remedy)
    _check_day(engagement, action.day, header["at"], "day")
    return PracticeRecorded(
        kind=action.kind, behaviour=action.behaviour, day=action.day, minutes=action.minutes, **header
    )


def _reassessed(engagement: Engagement, action: Reassess, header: _Header) -> Reassessed:
    engagement.scope.check_level(action.level)
    assessed_on = utc_day(header["at"]) if action.assessed_on is None else action.assessed_on
    _check_day(engagement, assessed_on, header["at"], "assessed_on")
    return Reassessed(level=action.level, assessed_on=assessed_on, **header)


def _check_day(engagement: Engagement, day: date, at: datetime, column: str) -> None:
    # No later limit than today: what was sent back to practice goes on after the planned end.
    starts_on, _ = _dates(engagement)
    assert engagement.started_at is not None, "an active engagement has started"
    first, last = max(starts_on, _first_day(engagement.started_at)), _last_day(at)
    if not first <= day <= last:
        problem = f"the day {day} is before the start or still to come"
        raise input_error("DATE-ORDER", column, problem, f"Give a day from {first} to {last}.")


def _confirmed(engagement: Engagement, action: Confirm, header: _Header) -> Confirmed:
    engagement.scope.check_level(action.level)
    target = engagement.scope.target_level
    if action.level < target:
        problem = f"level {action.level} is below the target {target}; return it to practice, or end it"
        raise _illegal(engagement.state, action.name, problem)
    return Confirmed(level=action.level, **header)


def _expired(engagement: Engagement, action: Expire, header: _Header) -> Expired:
    waited = header["at"].astimezone(UTC) - engagement.proposed_at.astimezone(UTC)
    if waited.days < engagement.terms.expires_after_days:
        problem = f"{waited.days} days have passed of the {engagement.terms.expires_after_days} that the terms give"
        raise _illegal(engagement.state, action.name, problem)
    return Expired(**header)


def allowed_actions(engagement: Engagement | None, relations: Set[Relation]) -> tuple[ActionName, ...]:
    """Return what somebody with these relations may do to an engagement now, in the order of `ActionName`.

    What depends on the arguments of an action, its time or the programme's initiator is for `decide` to say.
    """
    if engagement is None:
        return (ActionName.PROPOSE,) if may(ActionName.PROPOSE, relations) else ()
    return tuple(name for name in ActionName if may(name, relations) and not _objection(engagement, name, relations))


def evolve(engagement: Engagement | None, event: Event) -> Engagement:
    """Return the engagement after an event; it does not decide again, it only refuses what no log can hold.

    Args:
        engagement: The engagement before; None before the first event.
        event: What happened.

    Raises:
        InputError: If the event cannot follow (`LOG-CORRUPT`).
    """
    if engagement is None:
        return _begun(event)
    if problem := next(_log_problems(engagement, event), ""):
        raise _corrupt(event, engagement.version + 1, problem)
    moved = attrs.evolve(engagement, state=_next_state(engagement, event), version=event.version, at=event.at)
    return _with_facts(moved, event)


def _corrupt(event: Event, position: int, problem: str) -> InputError:
    kind = type(event).__name__
    remedy = "Replay the whole log of one engagement, in the order of its versions."
    log = f"log of {shown(event.engagement_id)}"
    return InputError(
        [Fault(code="LOG-CORRUPT", table=log, line=position, column=kind, problem=problem, remedy=remedy)]
    )


def _begun(event: Event) -> Engagement:
    if not isinstance(event, Proposed):
        raise _corrupt(event, 1, "a log begins with Proposed")
    if event.version != 1:
        raise _corrupt(event, 1, f"version {event.version} stands where 1 belongs")
    if event.mentee_id == event.mentor_id:
        raise _corrupt(event, 1, f"{shown(event.mentee_id)} is mentee and mentor")
    return Engagement(
        id=event.engagement_id,
        state=State.PROPOSED,
        version=event.version,
        at=event.at,
        mentee_id=event.mentee_id,
        mentor_id=event.mentor_id,
        scope=event.scope,
        programme_id=event.programme_id,
        initiator=event.initiator,
        terms=event.terms,
        model_version=event.model_version,
        proposed_by=event.actor,
        proposed_at=event.at,
        expected_confirmer_id=event.confirmer_id,
    )


def _log_problems(engagement: Engagement, event: Event) -> Iterator[str]:
    held = _held(event.actor, frozenset(), engagement.mentee_id, engagement.mentor_id)
    if event.engagement_id != engagement.id:
        yield f"it belongs to another engagement than {shown(engagement.id)}"
    if event.version != engagement.version + 1:
        yield f"version {event.version} stands where {engagement.version + 1} belongs"
    if event.at.astimezone(UTC) < engagement.at.astimezone(UTC):
        yield f"{event.at.isoformat()} is before the event that it follows"
    if objection := _objection(engagement, event.action, held):
        yield f"{event.action} in state {engagement.state}: {objection}"
    if not _may_have_acted(event, held):
        yield f"{shown(event.actor)} cannot have done this"
    yield from _fact_problems(engagement, event)


def _fact_problems(engagement: Engagement, event: Event) -> Iterator[str]:
    """Return what an event says that no engagement with this log can have met."""
    scope, terms = engagement.scope, engagement.terms
    if isinstance(event, Accepted) and event.scope != scope:
        yield "it acknowledges another scope than the one proposed"
    if isinstance(event, Confirmed) and event.level < scope.target_level:
        yield f"level {event.level} is below the target {scope.target_level}"
    if isinstance(event, Scheduled):
        n_days = (event.ends_on - event.starts_on).days
        if not terms.shortest_days <= n_days <= terms.longest_days:
            yield f"{n_days} days are not within the {terms.shortest_days} to {terms.longest_days} of the terms"
    if isinstance(event, Reassessed) and engagement.starts_on and event.assessed_on < engagement.starts_on:
        yield f"the reassessment of {event.assessed_on} is before the start on {engagement.starts_on}"


def _may_have_acted(event: Event, held: Set[Relation]) -> bool:
    """Return whether the actor's being a side, which the log itself tells, agrees with the rights."""
    if isinstance(event, Accepted):
        return held == {Relation.MENTEE if isinstance(event, AcceptedByMentee) else Relation.MENTOR}
    if RIGHTS[event.action] <= SIDES:
        return may(event.action, held)
    return NEVER.get(event.action, frozenset()).isdisjoint(held)


def _next_state(engagement: Engagement, event: Event) -> State:
    if isinstance(event, Accepted):
        by_mentee = isinstance(event, AcceptedByMentee)
        other = engagement.mentor_accepted_at if by_mentee else engagement.mentee_accepted_at
        return State.PROPOSED if other is None else State.ACCEPTED
    (state,) = TRANSITIONS[engagement.state, event.action]
    return state


def _with_facts(engagement: Engagement, event: Event) -> Engagement:
    match event:
        case AcceptedByMentee():
            return attrs.evolve(engagement, mentee_accepted_at=event.at)
        case AcceptedByMentor():
            return attrs.evolve(engagement, mentor_accepted_at=event.at)
        case Scheduled():
            return attrs.evolve(engagement, starts_on=event.starts_on, ends_on=event.ends_on)
        case Started():
            return attrs.evolve(engagement, started_at=event.at)
        case PracticeRecorded():
            return attrs.evolve(engagement, practice=(*engagement.practice, event))
        case Reassessed():
            return attrs.evolve(engagement, reassessed_level=event.level, reassessed_on=event.assessed_on)
        case Returned():
            return attrs.evolve(engagement, returned=(*engagement.returned, event.note))
        case Confirmed():
            return attrs.evolve(
                engagement, confirmed_level=event.level, confirmed_by=event.actor, closed_by=event.actor
            )
        case Declined() | Withdrawn():
            return attrs.evolve(engagement, closed_by=event.actor, closed_because=event.reason)
        case Ended():
            return attrs.evolve(engagement, end_reason=event.reason, closed_by=event.actor, closed_because=event.words)
        case Expired():
            return attrs.evolve(engagement, closed_by=event.actor)
    return engagement


def replay(events: Iterable[Event]) -> Engagement:
    """Return the engagement that a log tells of.

    Raises:
        InputError: If the log is empty or an event in it cannot follow (`LOG-CORRUPT`, with its position).

    Complexity:
        O(n) for n events.
    """
    engagement: Engagement | None = None
    for event in events:
        engagement = evolve(engagement, event)
    if engagement is None:
        problem, remedy = "there is no event", "Give at least the proposal."
        raise InputError([Fault(code="LOG-CORRUPT", table="log", line=1, problem=problem, remedy=remedy)])
    return engagement


@frozen(kw_only=True)
class Credit:
    """What a completed engagement counts for one of the two (T15)."""

    person_id: PersonId
    relation: Relation
    skill_id: SkillId
    change: int
    earned_on: date


def outcome(engagement: Engagement) -> Assessment:
    """Return the assessment that a completed engagement is: the confirmed level, dated by the confirmation (T14).

    Raises:
        IllegalMoveError: If the engagement is not completed.
    """
    level, confirmed_by = _confirmation(engagement)
    return Assessment(
        person_id=engagement.mentee_id,
        skill_id=engagement.scope.skill_id,
        level=level,
        source=Source.OUTCOME,
        assessed_on=utc_day(engagement.at),
        assessor_id=confirmed_by,
        model_version=engagement.model_version,
    )


def credited(engagement: Engagement) -> tuple[Credit, Credit]:
    """Return what the confirmed change counts for the mentee and, equally, for the mentor (T15).

    Raises:
        IllegalMoveError: If the engagement is not completed.
    """
    level, _ = _confirmation(engagement)
    scope, earned_on = engagement.scope, utc_day(engagement.at)
    sides = ((engagement.mentee_id, Relation.MENTEE), (engagement.mentor_id, Relation.MENTOR))
    mentee, mentor = (
        Credit(
            person_id=person_id,
            relation=relation,
            skill_id=scope.skill_id,
            change=level - scope.from_level,
            earned_on=earned_on,
        )
        for person_id, relation in sides
    )
    return mentee, mentor


def _confirmation(engagement: Engagement) -> tuple[int, PersonId]:
    if engagement.confirmed_level is None or engagement.confirmed_by is None:
        raise _illegal(engagement.state, "outcome", "only a completed engagement has an outcome")
    return engagement.confirmed_level, engagement.confirmed_by
