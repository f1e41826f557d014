"""Remembering: the engagement after an event, and replay as a loop over it. Nothing is decided again here."""

from collections.abc import Iterable, Iterator, Set
from datetime import timedelta
from functools import singledispatch
from operator import attrgetter
from typing import Any

import attrs

from taskmentor.authorisation import APPROVERS, NEVER, RIGHTS, SIDES, Relation, may
from taskmentor.errors import InputError, shown
from taskmentor.lifecycle.deciding import held_by
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import (
    Accepted,
    AcceptedByMentee,
    AgreementDrafted,
    AgreementSigned,
    Approved,
    CheckedIn,
    CheckInOverdue,
    ClosedIdle,
    Commented,
    Confirmed,
    CourseCompleted,
    Declined,
    Disapproved,
    EndDatePassed,
    Ended,
    EndReason,
    Event,
    ExchangeRecorded,
    Extended,
    ExtensionRequested,
    HandedOver,
    IdleNoticed,
    ItemOverdue,
    ItemTickedOff,
    Paused,
    PersonLeft,
    PracticeRecorded,
    ProductAdded,
    ProductReviewed,
    Proposed,
    Reassessed,
    ReassessedAsMentor,
    ReassessmentDue,
    Recognised,
    Resumed,
    Returned,
    Scheduled,
    SecondGoalAccepted,
    SecondGoalConfirmed,
    SecondGoalOffered,
    SecondGoalReassessed,
    SecondGoalReturned,
    SessionCancelled,
    SessionHeld,
    SessionLogged,
    SessionMissed,
    SessionMoved,
    SessionPlanned,
    Started,
    TrainingRecorded,
    Withdrawn,
    log_corrupt,
    utc_day,
)
from taskmentor.lifecycle.goals import Goal
from taskmentor.lifecycle.logs import order_problems, replayed
from taskmentor.lifecycle.moves import FINAL, TRANSITIONS, State
from taskmentor.lifecycle.objections import objection
from taskmentor.lifecycle.values import Exchange, Product, Session, SessionState

__all__ = ["evolve", "replay"]

_Facts = dict[str, Any]  # fields of an engagement and their values

_NOTICES = (CheckInOverdue, ItemOverdue, IdleNoticed, EndDatePassed)
_NAMES = tuple(attrs.fields_dict(Engagement))
_values = attrgetter(*_NAMES)
_OF_A_SESSION = (SessionMoved, SessionCancelled, SessionHeld, SessionMissed)


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
    following, is_notice = _next_state(engagement, event), isinstance(event, _NOTICES)
    closes = following in FINAL and engagement.state not in FINAL
    moved: _Facts = {"state": following, "version": event.version, "at": event.at}
    if not is_notice:
        moved |= {"active_at": event.at, "idle_noticed_at": None}
    if closes:
        moved |= {"closed_at": event.at, "closed_by": event.actor}
    return _changed(engagement, moved | _facts_of(event, engagement))


def _changed(engagement: Engagement, facts: _Facts) -> Engagement:
    # attrs.evolve does the same, and looks at each of the many fields one by one, which takes a replay twice as long.
    return Engagement(**(dict(zip(_NAMES, _values(engagement), strict=True)) | facts))


def _corrupt(event: Event, position: int, problem: str) -> InputError:
    return log_corrupt(event, event.engagement_id, "engagement", position, problem)


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
        active_at=event.at,
        expected_confirmer_id=event.confirmer_id,
        continues=event.continues,
    )


def _log_problems(engagement: Engagement, event: Event) -> Iterator[str]:
    held = _told_by(engagement, event)
    if event.engagement_id != engagement.id:
        yield f"it belongs to another engagement than {shown(engagement.id)}"
    yield from order_problems(engagement, event)
    if reason := objection(engagement, event.action, held):
        yield f"{event.action} in state {engagement.state}: {reason}"
    if not _may_have_acted(event, held):
        yield f"{shown(event.actor)} cannot have done this"
    yield from _fact_problems(engagement, event)


def _told_by(engagement: Engagement, event: Event) -> frozenset[Relation]:
    """Return the relations of the actor that the log tells: whether they are a side, and whose yes or item it was."""
    claimed = set[Relation]()
    if isinstance(event, Approved | Disapproved):
        claimed = {APPROVERS[event.approver]}
    if isinstance(event, ItemTickedOff):
        claimed = {item.owner for item in engagement.terms.checklist if item.text == event.item}
    return held_by(event.actor, claimed, engagement.mentee_id, engagement.mentor_id)


def _may_have_acted(event: Event, held: Set[Relation]) -> bool:
    """Return whether the actor's being a side agrees with the rights."""
    if isinstance(event, Accepted):
        return held == {Relation.MENTEE if isinstance(event, AcceptedByMentee) else Relation.MENTOR}
    if RIGHTS[event.action] <= SIDES:
        return may(event.action, held)
    return NEVER.get(event.action, frozenset()).isdisjoint(held)


def _fact_problems(engagement: Engagement, event: Event) -> Iterator[str]:
    """Return what an event says that no engagement with this log can have met."""
    scope, terms = engagement.scope, engagement.terms
    if isinstance(event, Accepted) and event.scope != scope:
        yield "it acknowledges another scope than the one proposed"
    if isinstance(event, Confirmed) and event.level < scope.target_level:
        yield f"level {event.level} is below the target {scope.target_level}"
    if isinstance(event, Scheduled | Extended):
        starts_on = event.starts_on if isinstance(event, Scheduled) else engagement.dates[0]
        n_days = (event.ends_on - starts_on).days
        if not terms.shortest_days <= n_days <= terms.longest_days:
            yield f"{n_days} days are not within the {terms.shortest_days} to {terms.longest_days} of the terms"
    if isinstance(event, Reassessed) and engagement.starts_on and event.assessed_on < engagement.starts_on:
        yield f"the reassessment of {event.assessed_on} is before the start on {engagement.starts_on}"
    if isinstance(event, _OF_A_SESSION) and engagement.session(event.session) is None:
        yield f"no session {event.session} is planned"
    if isinstance(event, ProductReviewed) and not 1 <= event.product <= len(engagement.products):
        yield f"there is no product {event.product}"
    if isinstance(event, SecondGoalAccepted) and event.offer != engagement.second_offer_version:
        yield f"offer {event.offer} is not the one that waits for an answer"
    if isinstance(event, SecondGoalConfirmed) and event.level < _second(engagement).scope.target_level:
        yield f"level {event.level} is below the target of the goal in the other direction"
    if isinstance(event, ItemTickedOff):
        yield from _item_problems(engagement, event)
    if isinstance(event, AgreementSigned) and event.draft != engagement.draft_version:
        yield f"draft {event.draft} is not the one that waits for a signature"


def _item_problems(engagement: Engagement, event: ItemTickedOff) -> Iterator[str]:
    owner = next((item.owner for item in engagement.open_items if item.text == event.item), None)
    if owner is None:
        yield f"no item {shown(event.item)} is open"
    if owner in SIDES and engagement.side_of(event.actor) is not owner:
        yield f"{shown(event.actor)} cannot have done this"


def _next_state(engagement: Engagement, event: Event) -> State:
    following = TRANSITIONS[engagement.state, event.action]
    if isinstance(event, Accepted | Approved):
        return State.PROPOSED if len(engagement.outstanding) > 1 else State.ACCEPTED
    if isinstance(event, ReassessmentDue):
        return State.AWAITING_REASSESSMENT if engagement.terms.reassessment else State.COMPLETED
    if isinstance(event, Reassessed):
        return State.AWAITING_CONFIRMATION if engagement.terms.confirmation else State.COMPLETED
    (state,) = following
    return state


@singledispatch
def _facts_of(event: Event, engagement: Engagement) -> _Facts:
    """Return what an event changes of an engagement beside the move: fields and values; many change nothing."""
    return {}


@_facts_of.register
def _accepted(event: Accepted, engagement: Engagement) -> _Facts:
    side = "mentee_accepted_at" if isinstance(event, AcceptedByMentee) else "mentor_accepted_at"
    return {side: event.at, **_all_said(event, engagement)}


@_facts_of.register
def _approved(event: Approved, engagement: Engagement) -> _Facts:
    return {"approved": (*engagement.approved, event.approver), **_all_said(event, engagement)}


def _all_said(event: Event, engagement: Engagement) -> _Facts:
    return {"accepted_at": event.at} if len(engagement.outstanding) == 1 else {}


@_facts_of.register
def _trained(event: TrainingRecorded, engagement: Engagement) -> _Facts:
    return {"training": event.training}


@_facts_of.register
def _course_completed(event: CourseCompleted, engagement: Engagement) -> _Facts:
    return {"course_completed_on": event.completed_on}


@_facts_of.register
def _second_offered(event: SecondGoalOffered, engagement: Engagement) -> _Facts:
    return {"second_offer": event.scope, "second_offer_version": event.version, "second_offer_by": event.actor}


@_facts_of.register
def _second_accepted(event: SecondGoalAccepted, engagement: Engagement) -> _Facts:
    assert engagement.second_offer is not None, "what is accepted was offered"
    goal = Goal(person_id=engagement.mentor_id, scope=engagement.second_offer)
    return {"second_goal": goal, "second_offer": None, "second_offer_version": None, "second_offer_by": None}


@_facts_of.register
def _second_reassessed(event: SecondGoalReassessed, engagement: Engagement) -> _Facts:
    return {"second_goal": _second(engagement).reassess(event.level, event.assessed_on)}


@_facts_of.register
def _second_confirmed(event: SecondGoalConfirmed, engagement: Engagement) -> _Facts:
    return {"second_goal": _second(engagement).confirm(event.level, event.actor, event.at)}


@_facts_of.register
def _second_returned(event: SecondGoalReturned, engagement: Engagement) -> _Facts:
    return {"second_goal": _second(engagement).send_back(event.note)}


def _second(engagement: Engagement) -> Goal:
    assert engagement.second_goal is not None, "what is reassessed or confirmed is a goal"
    return engagement.second_goal


@_facts_of.register
def _exchanged(event: ExchangeRecorded, engagement: Engagement) -> _Facts:
    exchange = Exchange(actor=event.actor, day=event.day, words=event.words)
    return {"exchanges": (*engagement.exchanges, exchange)}


@_facts_of.register
def _ticked_off(event: ItemTickedOff, engagement: Engagement) -> _Facts:
    return {"ticked_off": (*engagement.ticked_off, event.item)}


@_facts_of.register
def _item_overdue(event: ItemOverdue, engagement: Engagement) -> _Facts:
    return {"overdue_items": (*engagement.overdue_items, event.item)}


@_facts_of.register
def _drafted(event: AgreementDrafted, engagement: Engagement) -> _Facts:
    return {"draft": event.agreement, "draft_version": event.version, "draft_by": event.actor}


@_facts_of.register
def _signed(event: AgreementSigned, engagement: Engagement) -> _Facts:
    return {"agreement": engagement.draft, "draft": None, "draft_version": None, "draft_by": None}


@_facts_of.register
def _scheduled(event: Scheduled, engagement: Engagement) -> _Facts:
    return {"starts_on": event.starts_on, "ends_on": event.ends_on}


@_facts_of.register
def _started(event: Started, engagement: Engagement) -> _Facts:
    return {"started_at": event.at}


@_facts_of.register(SessionPlanned)
@_facts_of.register(SessionLogged)
def _session_added(event: SessionPlanned | SessionLogged, engagement: Engagement) -> _Facts:
    session = Session(
        number=len(engagement.sessions) + 1,
        starts_at=event.starts_at,
        minutes=event.minutes,
        face_to_face=event.face_to_face,
        state=SessionState.PLANNED if isinstance(event, SessionPlanned) else SessionState.HELD,
    )
    return {"sessions": (*engagement.sessions, session)}


@_facts_of.register(SessionMoved)
@_facts_of.register(SessionCancelled)
@_facts_of.register(SessionHeld)
@_facts_of.register(SessionMissed)
def _session_changed(
    event: SessionMoved | SessionCancelled | SessionHeld | SessionMissed, engagement: Engagement
) -> _Facts:
    place, others = event.session - 1, engagement.sessions
    after = _session_after(event, others[place])
    return {"sessions": (*others[:place], after, *others[event.session :])}


def _session_after(event: SessionMoved | SessionCancelled | SessionHeld | SessionMissed, before: Session) -> Session:
    match event:
        case SessionMoved():
            return before.to(event.starts_at, event.minutes)
        case SessionCancelled():
            return attrs.evolve(before, state=SessionState.CANCELLED)
        case SessionHeld():
            return attrs.evolve(before, state=SessionState.HELD, minutes=event.minutes)
    return attrs.evolve(before, state=SessionState.MISSED, absent=event.absent)


@_facts_of.register
def _practised(event: PracticeRecorded, engagement: Engagement) -> _Facts:
    return {"practice": (*engagement.practice, event)}


@_facts_of.register
def _product_added(event: ProductAdded, engagement: Engagement) -> _Facts:
    number = len(engagement.products) + 1
    product = Product(number=number, kind=event.kind, title=event.title, reference=event.reference)
    return {"products": (*engagement.products, product)}


@_facts_of.register
def _product_reviewed(event: ProductReviewed, engagement: Engagement) -> _Facts:
    products = engagement.products
    after = attrs.evolve(products[event.product - 1], approved=event.approved, feedback=event.feedback)
    return {"products": (*products[: event.product - 1], after, *products[event.product :])}


@_facts_of.register
def _checked_in(event: CheckedIn, engagement: Engagement) -> _Facts:
    return {"check_ins": (*engagement.check_ins, event)}


@_facts_of.register
def _paused(event: Paused, engagement: Engagement) -> _Facts:
    return {"paused_at": event.at, "paused_until": event.until}


@_facts_of.register
def _resumed(event: Resumed, engagement: Engagement) -> _Facts:
    assert engagement.paused_at is not None, "a pause has a beginning"
    (starts_on, _), first, last = engagement.dates, utc_day(engagement.paused_at), utc_day(event.at)
    due = (starts_on + timedelta(days=days) for days in engagement.terms.check_in_days)
    excused = (*engagement.excused, *(day for day in due if first <= day < last))
    return {"paused_at": None, "paused_until": None, "excused": excused}


@_facts_of.register
def _extension_requested(event: ExtensionRequested, engagement: Engagement) -> _Facts:
    return {"extension_until": event.ends_on}


@_facts_of.register
def _extended(event: Extended, engagement: Engagement) -> _Facts:
    return {"ends_on": event.ends_on, "extension_until": None}


@_facts_of.register
def _reassessed(event: Reassessed, engagement: Engagement) -> _Facts:
    return {"reassessed_level": event.level, "reassessed_on": event.assessed_on}


@_facts_of.register
def _commented(event: Commented, engagement: Engagement) -> _Facts:
    return {"comments": (*engagement.comments, event.words)}


@_facts_of.register
def _returned(event: Returned, engagement: Engagement) -> _Facts:
    return {"returned": (*engagement.returned, event.note)}


@_facts_of.register
def _confirmed(event: Confirmed, engagement: Engagement) -> _Facts:
    return {"confirmed_level": event.level, "confirmed_by": event.actor, "confirmed_at": event.at}


@_facts_of.register
def _recognised(event: Recognised, engagement: Engagement) -> _Facts:
    return {"recognitions": (*engagement.recognitions, event)}


@_facts_of.register
def _reassessed_as_mentor(event: ReassessedAsMentor, engagement: Engagement) -> _Facts:
    return {"mentor_level": event.level, "mentor_reassessed_on": event.assessed_on}


@_facts_of.register(Declined)
@_facts_of.register(Disapproved)
@_facts_of.register(Withdrawn)
def _refused(event: Declined | Disapproved | Withdrawn, engagement: Engagement) -> _Facts:
    return {"closed_because": event.reason}


@_facts_of.register
def _ended(event: Ended, engagement: Engagement) -> _Facts:
    return {"end_reason": event.reason, "closed_because": event.words}


@_facts_of.register
def _handed_over(event: HandedOver, engagement: Engagement) -> _Facts:
    return {"successor_id": event.successor_id, "closed_because": event.reason}


@_facts_of.register
def _left(event: PersonLeft, engagement: Engagement) -> _Facts:
    return {"end_reason": EndReason.LEFT_ORGANISATION}


@_facts_of.register
def _closed_idle(event: ClosedIdle, engagement: Engagement) -> _Facts:
    return {"end_reason": EndReason.NO_RESPONSE}


@_facts_of.register
def _overdue(event: CheckInOverdue, engagement: Engagement) -> _Facts:
    return {"overdue": (*engagement.overdue, event.due_on)}


@_facts_of.register
def _idle(event: IdleNoticed, engagement: Engagement) -> _Facts:
    return {"idle_noticed_at": event.at}


@_facts_of.register
def _end_passed(event: EndDatePassed, engagement: Engagement) -> _Facts:
    return {"end_passed_on": event.ends_on}


def replay(events: Iterable[Event]) -> Engagement:
    """Return the engagement that a log tells of.

    Raises:
        InputError: If the log is empty or an event in it cannot follow (`LOG-CORRUPT`, with its position).

    Complexity:
        O(n) for n events.
    """
    return replayed(events, evolve, "proposal")
