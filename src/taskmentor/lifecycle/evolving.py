"""Remembering: the engagement after an event, and replay as a loop over it. Nothing is decided again here."""

from collections.abc import Iterable, Iterator, Set
from datetime import UTC, timedelta
from functools import singledispatch

from attrs import evolve as changed

from taskmentor.authorisation import APPROVERS, NEVER, RIGHTS, SIDES, Relation, may
from taskmentor.errors import Fault, InputError, shown
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
    Declined,
    Disapproved,
    EndDatePassed,
    Ended,
    EndReason,
    Event,
    Extended,
    ExtensionRequested,
    HandedOver,
    IdleNoticed,
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
    SessionCancelled,
    SessionHeld,
    SessionLogged,
    SessionMissed,
    SessionMoved,
    SessionPlanned,
    Started,
    TrainingRecorded,
    Withdrawn,
    utc_day,
)
from taskmentor.lifecycle.moves import FINAL, TRANSITIONS, State
from taskmentor.lifecycle.objections import objection
from taskmentor.lifecycle.values import Product, Session, SessionState

__all__ = ["evolve", "replay"]

_NOTICES = (CheckInOverdue, IdleNoticed, EndDatePassed)
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
    moved = changed(
        engagement,
        state=following,
        version=event.version,
        at=event.at,
        active_at=engagement.active_at if is_notice else event.at,
        idle_noticed_at=engagement.idle_noticed_at if is_notice else None,
        closed_at=event.at if closes else engagement.closed_at,
        closed_by=event.actor if closes else engagement.closed_by,
    )
    return _with_facts(event, moved)


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
        active_at=event.at,
        expected_confirmer_id=event.confirmer_id,
        continues=event.continues,
    )


def _log_problems(engagement: Engagement, event: Event) -> Iterator[str]:
    held = _told_by(engagement, event)
    if event.engagement_id != engagement.id:
        yield f"it belongs to another engagement than {shown(engagement.id)}"
    if event.version != engagement.version + 1:
        yield f"version {event.version} stands where {engagement.version + 1} belongs"
    if event.at.astimezone(UTC) < engagement.at.astimezone(UTC):
        yield f"{event.at.isoformat()} is before the event that it follows"
    if reason := objection(engagement, event.action, held):
        yield f"{event.action} in state {engagement.state}: {reason}"
    if not _may_have_acted(event, held):
        yield f"{shown(event.actor)} cannot have done this"
    yield from _fact_problems(engagement, event)


def _told_by(engagement: Engagement, event: Event) -> frozenset[Relation]:
    """Return the relations of the actor that the log itself tells: whether they are a side, and whose yes they gave."""
    claimed = {APPROVERS[event.approver]} if isinstance(event, Approved | Disapproved) else set[Relation]()
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
    if isinstance(event, AgreementSigned) and event.draft != engagement.draft_version:
        yield f"draft {event.draft} is not the one that waits for a signature"


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
def _with_facts(event: Event, engagement: Engagement) -> Engagement:
    """Return an engagement that has moved with what the event tells beside the move; many tell nothing."""
    return engagement


@_with_facts.register
def _accepted(event: Accepted, engagement: Engagement) -> Engagement:
    if isinstance(event, AcceptedByMentee):
        return _all_said(changed(engagement, mentee_accepted_at=event.at))
    return _all_said(changed(engagement, mentor_accepted_at=event.at))


@_with_facts.register
def _approved(event: Approved, engagement: Engagement) -> Engagement:
    return _all_said(changed(engagement, approved=(*engagement.approved, event.approver)))


def _all_said(engagement: Engagement) -> Engagement:
    return changed(engagement, accepted_at=engagement.at) if engagement.state is State.ACCEPTED else engagement


@_with_facts.register
def _trained(event: TrainingRecorded, engagement: Engagement) -> Engagement:
    return changed(engagement, training=event.training)


@_with_facts.register
def _drafted(event: AgreementDrafted, engagement: Engagement) -> Engagement:
    return changed(engagement, draft=event.agreement, draft_version=event.version, draft_by=event.actor)


@_with_facts.register
def _signed(event: AgreementSigned, engagement: Engagement) -> Engagement:
    return changed(engagement, agreement=engagement.draft, draft=None, draft_version=None, draft_by=None)


@_with_facts.register
def _scheduled(event: Scheduled, engagement: Engagement) -> Engagement:
    return changed(engagement, starts_on=event.starts_on, ends_on=event.ends_on)


@_with_facts.register
def _started(event: Started, engagement: Engagement) -> Engagement:
    return changed(engagement, started_at=event.at)


@_with_facts.register(SessionPlanned)
@_with_facts.register(SessionLogged)
def _session_added(event: SessionPlanned | SessionLogged, engagement: Engagement) -> Engagement:
    session = Session(
        number=len(engagement.sessions) + 1,
        starts_at=event.starts_at,
        minutes=event.minutes,
        face_to_face=event.face_to_face,
        state=SessionState.PLANNED if isinstance(event, SessionPlanned) else SessionState.HELD,
    )
    return changed(engagement, sessions=(*engagement.sessions, session))


@_with_facts.register(SessionMoved)
@_with_facts.register(SessionCancelled)
@_with_facts.register(SessionHeld)
@_with_facts.register(SessionMissed)
def _session_changed(
    event: SessionMoved | SessionCancelled | SessionHeld | SessionMissed, engagement: Engagement
) -> Engagement:
    place, others = event.session - 1, engagement.sessions
    after = _session_after(event, others[place])
    return changed(engagement, sessions=(*others[:place], after, *others[event.session :]))


def _session_after(event: SessionMoved | SessionCancelled | SessionHeld | SessionMissed, before: Session) -> Session:
    match event:
        case SessionMoved():
            return before.to(event.starts_at, event.minutes)
        case SessionCancelled():
            return changed(before, state=SessionState.CANCELLED)
        case SessionHeld():
            return changed(before, state=SessionState.HELD, minutes=event.minutes)
    return changed(before, state=SessionState.MISSED, absent=event.absent)


@_with_facts.register
def _practised(event: PracticeRecorded, engagement: Engagement) -> Engagement:
    return changed(engagement, practice=(*engagement.practice, event))


@_with_facts.register
def _product_added(event: ProductAdded, engagement: Engagement) -> Engagement:
    number = len(engagement.products) + 1
    product = Product(number=number, kind=event.kind, title=event.title, reference=event.reference)
    return changed(engagement, products=(*engagement.products, product))


@_with_facts.register
def _product_reviewed(event: ProductReviewed, engagement: Engagement) -> Engagement:
    products = engagement.products
    after = changed(products[event.product - 1], approved=event.approved, feedback=event.feedback)
    return changed(engagement, products=(*products[: event.product - 1], after, *products[event.product :]))


@_with_facts.register
def _checked_in(event: CheckedIn, engagement: Engagement) -> Engagement:
    return changed(engagement, check_ins=(*engagement.check_ins, event))


@_with_facts.register
def _paused(event: Paused, engagement: Engagement) -> Engagement:
    return changed(engagement, paused_at=event.at, paused_until=event.until)


@_with_facts.register
def _resumed(event: Resumed, engagement: Engagement) -> Engagement:
    assert engagement.paused_at is not None, "a pause has a beginning"
    (starts_on, _), first, last = engagement.dates, utc_day(engagement.paused_at), utc_day(event.at)
    due = (starts_on + timedelta(days=days) for days in engagement.terms.check_in_days)
    excused = (*engagement.excused, *(day for day in due if first <= day < last))
    return changed(engagement, paused_at=None, paused_until=None, excused=excused)


@_with_facts.register
def _extension_requested(event: ExtensionRequested, engagement: Engagement) -> Engagement:
    return changed(engagement, extension_until=event.ends_on)


@_with_facts.register
def _extended(event: Extended, engagement: Engagement) -> Engagement:
    return changed(engagement, ends_on=event.ends_on, extension_until=None)


@_with_facts.register
def _reassessed(event: Reassessed, engagement: Engagement) -> Engagement:
    return changed(engagement, reassessed_level=event.level, reassessed_on=event.assessed_on)


@_with_facts.register
def _commented(event: Commented, engagement: Engagement) -> Engagement:
    return changed(engagement, comments=(*engagement.comments, event.words))


@_with_facts.register
def _returned(event: Returned, engagement: Engagement) -> Engagement:
    return changed(engagement, returned=(*engagement.returned, event.note))


@_with_facts.register
def _confirmed(event: Confirmed, engagement: Engagement) -> Engagement:
    return changed(engagement, confirmed_level=event.level, confirmed_by=event.actor, confirmed_at=event.at)


@_with_facts.register
def _recognised(event: Recognised, engagement: Engagement) -> Engagement:
    return changed(engagement, recognitions=(*engagement.recognitions, event))


@_with_facts.register
def _reassessed_as_mentor(event: ReassessedAsMentor, engagement: Engagement) -> Engagement:
    return changed(engagement, mentor_level=event.level, mentor_reassessed_on=event.assessed_on)


@_with_facts.register(Declined)
@_with_facts.register(Disapproved)
@_with_facts.register(Withdrawn)
def _refused(event: Declined | Disapproved | Withdrawn, engagement: Engagement) -> Engagement:
    return changed(engagement, closed_because=event.reason)


@_with_facts.register
def _ended(event: Ended, engagement: Engagement) -> Engagement:
    return changed(engagement, end_reason=event.reason, closed_because=event.words)


@_with_facts.register
def _handed_over(event: HandedOver, engagement: Engagement) -> Engagement:
    return changed(engagement, successor_id=event.successor_id, closed_because=event.reason)


@_with_facts.register
def _left(event: PersonLeft, engagement: Engagement) -> Engagement:
    return changed(engagement, end_reason=EndReason.LEFT_ORGANISATION)


@_with_facts.register
def _closed_idle(event: ClosedIdle, engagement: Engagement) -> Engagement:
    return changed(engagement, end_reason=EndReason.NO_RESPONSE)


@_with_facts.register
def _overdue(event: CheckInOverdue, engagement: Engagement) -> Engagement:
    return changed(engagement, overdue=(*engagement.overdue, event.due_on))


@_with_facts.register
def _idle(event: IdleNoticed, engagement: Engagement) -> Engagement:
    return changed(engagement, idle_noticed_at=event.at)


@_with_facts.register
def _end_passed(event: EndDatePassed, engagement: Engagement) -> Engagement:
    return changed(engagement, end_passed_on=event.ends_on)


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
