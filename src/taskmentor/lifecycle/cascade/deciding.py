"""Deciding and remembering for a request that is put to ranked mentors."""

from collections.abc import Iterable, Iterator, Set
from datetime import UTC, datetime, timedelta
from functools import singledispatch
from typing import TypedDict

from attrs import evolve as changed

from taskmentor.authorisation import SIDES, Relation
from taskmentor.errors import IllegalMoveError, InputError, NotAuthorisedError, shown
from taskmentor.lifecycle.cascade.actions import (
    AcceptAsk,
    CascadeAction,
    CloseAsk,
    DeclineAsk,
    Engage,
    ExpireCascade,
    LapseAsk,
    LaterCascadeAction,
    OpenCascade,
    Release,
    Suggest,
    WithdrawCascade,
)
from taskmentor.lifecycle.cascade.events import (
    AcceptanceReleased,
    AskAccepted,
    AskClosed,
    AskDeclined,
    AskEnd,
    AskLapsed,
    CascadeEngaged,
    CascadeEvent,
    CascadeExhausted,
    CascadeExpired,
    CascadeId,
    CascadeOpened,
    CascadeWaitlisted,
    CascadeWithdrawn,
    MentorAsked,
    MentorPassedOver,
    MentorSuggested,
)
from taskmentor.lifecycle.cascade.moves import CASCADE_MOVES, CASCADE_RIGHTS, CascadeState
from taskmentor.lifecycle.cascade.standing import Ask, Cascade, Elsewhere
from taskmentor.lifecycle.clock import CLOCK
from taskmentor.lifecycle.events import check_instant, log_corrupt
from taskmentor.lifecycle.logs import check_order, order_problems, replayed, ticked
from taskmentor.lifecycle.moves import refusal
from taskmentor.models.people import PersonId

__all__ = ["decide_cascade", "evolve_cascade", "replay_cascade", "tick_cascade"]

_NOTHING_ELSE = Elsewhere()


class _Header(TypedDict):
    cascade_id: CascadeId
    version: int
    actor: PersonId
    at: datetime


def decide_cascade(
    cascade: Cascade | None,
    action: CascadeAction,
    actor: PersonId,
    relations: Set[Relation],
    at: datetime,
    *,
    elsewhere: Elsewhere = _NOTHING_ELSE,
) -> tuple[CascadeEvent, ...]:
    """Return the events that an action brings about, or refuse it: its own, and those that follow from it.

    Where a mentor falls out, the next ones in rank are asked; those who are full, away or asked by too many are passed
    over; the first yes ends all other asks; where nobody is left, the request waits or is exhausted.

    Args:
        cascade: The cascade as it stands; None before it is opened.
        action: What somebody wants to do.
        actor: Who wants it.
        relations: What the actor is to the mentee on that day; who is asked is known from the cascade itself.
        at: When, aware, and not before the last event.
        elsewhere: Other requests, and who has no free place.

    Raises:
        NotAuthorisedError: If the actor may not take this action.
        IllegalMoveError: If the state or the terms do not allow it.
        InputError: If a time in it cannot be (`NAIVE-TIME`, `DATE-ORDER`).
    """
    check_instant(at)
    if isinstance(action, OpenCascade):
        events = (_opened(cascade, action, actor, relations, at, elsewhere),)
    else:
        if cascade is None:
            raise _illegal(None, action, "nothing is open yet")
        _check(cascade, action, actor, relations, at)
        events = (_event(cascade, action, actor, at, elsewhere),)
    return (*events, *_following(_after(cascade, events), actor, at, elsewhere))


def _illegal(cascade: Cascade | None, action: CascadeAction, problem: str) -> IllegalMoveError:
    state = None if cascade is None else cascade.state
    return refusal(CASCADE_MOVES, state, action.name, problem, "not opened")


def _opened(
    cascade: Cascade | None,
    action: OpenCascade,
    actor: PersonId,
    relations: Set[Relation],
    at: datetime,
    elsewhere: Elsewhere,
) -> CascadeEvent:
    is_mentee = {Relation.MENTEE} if actor == action.mentee_id else set()
    if action.initiator not in (relations - SIDES) | is_mentee:
        raise NotAuthorisedError(action.name, actor, (action.initiator,))
    if cascade is not None:
        raise _illegal(cascade, action, "it is open already")
    if not elsewhere.requests_left(action.mentee_id, action.terms):
        raise _illegal(None, action, f"the mentee has {action.terms.open_requests} open requests, and no more are left")
    return CascadeOpened(
        cascade_id=action.cascade_id,
        version=1,
        actor=actor,
        at=at,
        mentee_id=action.mentee_id,
        mentor_ids=action.mentor_ids,
        scope=action.scope,
        programme_id=action.programme_id,
        initiator=action.initiator,
        terms=action.terms,
    )


def _check(
    cascade: Cascade, action: LaterCascadeAction, actor: PersonId, relations: Set[Relation], at: datetime
) -> None:
    own = cascade.relation_of(actor)
    held = (relations - SIDES) | (set() if own is None else {own})
    needed = CASCADE_RIGHTS[action.name]
    if needed.isdisjoint(held):
        raise NotAuthorisedError(action.name, actor, tuple(relation for relation in Relation if relation in needed))
    if (cascade.state, action.name) not in CASCADE_MOVES:
        raise _illegal(cascade, action, "the state does not know this move")
    check_order(cascade, at)


def _event(
    cascade: Cascade, action: LaterCascadeAction, actor: PersonId, at: datetime, elsewhere: Elsewhere
) -> CascadeEvent:
    header = _Header(cascade_id=cascade.id, version=cascade.version + 1, actor=actor, at=at)
    match action:
        case Suggest():
            if action.mentor_id == cascade.mentee_id or action.mentor_id in cascade.mentor_ids:
                raise _illegal(cascade, action, f"{shown(action.mentor_id)} is the mentee, or had a turn already")
            return MentorSuggested(mentor_id=action.mentor_id, **header)
        case AcceptAsk():
            _check_in_time(cascade, action, actor, at)
            if (bar := elsewhere.bar(actor, cascade.terms)) in (AskEnd.FULL, AskEnd.LEFT_ORGANISATION):
                raise _illegal(cascade, action, f"{shown(actor)} cannot: {bar}")
            return AskAccepted(mentor_id=actor, **header)
        case DeclineAsk():
            return AskDeclined(mentor_id=actor, reason=action.reason, **header)
        case CloseAsk():
            if cascade.ask_of(action.mentor_id) is None:
                raise _illegal(cascade, action, f"{shown(action.mentor_id)} is not asked")
            return AskClosed(mentor_id=action.mentor_id, because=action.because, **header)
        case Release():
            return AcceptanceReleased(reason=action.reason, **header)
        case Engage():
            return CascadeEngaged(engagement_id=action.engagement_id, **header)
        case WithdrawCascade():
            return CascadeWithdrawn(reason=action.reason, **header)
    return _timely(cascade, action, header)


def _check_in_time(cascade: Cascade, action: AcceptAsk, actor: PersonId, at: datetime) -> None:
    """Refuse a yes that comes when the time for it is over, whether or not anybody has asked the clock."""
    ask = cascade.ask_of(actor)
    assert ask is not None, "a mentor of an open cascade is asked"
    over = min(ask.until, cascade.expires_at)
    if over <= at.astimezone(UTC):
        raise _illegal(cascade, action, f"the time for an answer was over at {over.isoformat()}")


def _timely(cascade: Cascade, action: LapseAsk | ExpireCascade, header: _Header) -> CascadeEvent:
    due = [at for at, known in _due(cascade) if known == action]
    if not due or header["at"].astimezone(UTC) < due[0]:
        raise _illegal(cascade, action, "it is not due")
    if isinstance(action, LapseAsk):
        return AskLapsed(mentor_id=action.mentor_id, **header)
    return CascadeExpired(**header)


def _following(cascade: Cascade, actor: PersonId, at: datetime, elsewhere: Elsewhere) -> Iterator[CascadeEvent]:
    """Yield what follows by itself: other asks end, the next mentors are asked, or nobody is left."""
    header = _Header(cascade_id=cascade.id, version=cascade.version, actor=actor, at=at)
    if cascade.state is CascadeState.ACCEPTED:
        for ask in cascade.asks:
            header["version"] += 1
            yield AskClosed(mentor_id=ask.mentor_id, because=AskEnd.ANOTHER_ACCEPTED, **header)
    if cascade.state is not CascadeState.OPEN:
        return
    n_asked = len(cascade.asks)
    for mentor_id in cascade.mentor_ids[cascade.n_reached :]:
        if n_asked == cascade.terms.asked_at_once:
            return
        header["version"] += 1
        if bar := elsewhere.bar(mentor_id, cascade.terms):
            yield MentorPassedOver(mentor_id=mentor_id, because=bar, **header)
        else:
            n_asked += 1
            yield MentorAsked(mentor_id=mentor_id, **header)
    if n_asked == 0:
        header["version"] += 1
        waits = cascade.terms.wait_order is not None
        yield CascadeWaitlisted(**header) if waits else CascadeExhausted(**header)


def _due(cascade: Cascade) -> list[tuple[datetime, LapseAsk | ExpireCascade]]:
    """Return what time will do to a cascade, the earliest first."""
    if cascade.state is not CascadeState.OPEN:
        return []
    due: list[tuple[datetime, LapseAsk | ExpireCascade]] = [(cascade.expires_at, ExpireCascade())]
    due += [(ask.until, LapseAsk(mentor_id=ask.mentor_id)) for ask in cascade.asks]
    last = cascade.at.astimezone(UTC)
    return sorted(((max(at, last), action) for at, action in due), key=lambda found: found[0])


def tick_cascade(
    cascade: Cascade, at: datetime, *, elsewhere: Elsewhere = _NOTHING_ELSE, actor: PersonId = CLOCK
) -> tuple[CascadeEvent, ...]:
    """Return the events that time alone has caused by a moment: silence moves on to the next mentor, requests expire.

    Each is dated by the moment at which it was due, so asking often and asking once give the same log.

    Args:
        cascade: The cascade as it stands.
        at: Until when, aware.
        elsewhere: Other requests, and who has no free place.
        actor: The service account in whose name the events are logged.

    Raises:
        InputError: If the moment is naive (`NAIVE-TIME`).
    """

    def act(current: Cascade, action: LapseAsk | ExpireCascade, moment: datetime) -> tuple[CascadeEvent, ...]:
        return decide_cascade(current, action, actor, {Relation.SYSTEM}, moment, elsewhere=elsewhere)

    return ticked(cascade, at, _due, act, evolve_cascade)


def evolve_cascade(cascade: Cascade | None, event: CascadeEvent) -> Cascade:
    """Return the cascade after an event; it does not decide again, it only refuses what no log can hold.

    Raises:
        InputError: If the event cannot follow (`LOG-CORRUPT`).
    """
    if cascade is None:
        return _begun(event)
    if problem := next(_log_problems(cascade, event), ""):
        raise _corrupt(event, cascade.version + 1, problem)
    return _with_facts(event, changed(cascade, version=event.version, at=event.at))


def _corrupt(event: CascadeEvent, position: int, problem: str) -> InputError:
    return log_corrupt(event, event.cascade_id, "cascade", position, problem)


def _begun(event: CascadeEvent) -> Cascade:
    if not isinstance(event, CascadeOpened) or event.version != 1:
        raise _corrupt(event, 1, "a log begins with CascadeOpened at version 1")
    return Cascade(
        id=event.cascade_id,
        state=CascadeState.OPEN,
        version=event.version,
        at=event.at,
        mentee_id=event.mentee_id,
        mentor_ids=event.mentor_ids,
        scope=event.scope,
        programme_id=event.programme_id,
        initiator=event.initiator,
        terms=event.terms,
        opened_at=event.at,
        since=event.at,
    )


def _log_problems(cascade: Cascade, event: CascadeEvent) -> Iterator[str]:
    if event.cascade_id != cascade.id:
        yield f"it belongs to another cascade than {shown(cascade.id)}"
    yield from order_problems(cascade, event)
    if not _may_follow(cascade, event):
        yield f"{type(event).__name__} does not follow in state {cascade.state}"
    if isinstance(event, AskAccepted | AskDeclined | AskLapsed | AskClosed) and not cascade.ask_of(event.mentor_id):
        yield f"{shown(event.mentor_id)} is not asked"
    if isinstance(event, AskAccepted | AskDeclined) and event.actor != event.mentor_id:
        yield f"{shown(event.actor)} cannot have answered for somebody else"
    if isinstance(event, MentorAsked | MentorPassedOver):
        ranks = cascade.mentor_ids[cascade.n_reached : cascade.n_reached + 1]
        if cascade.state is not CascadeState.OPEN or ranks != (event.mentor_id,):
            yield f"it is not the turn of {shown(event.mentor_id)}"


def _may_follow(cascade: Cascade, event: CascadeEvent) -> bool:
    """Return whether the state knows the move, or the event follows from the one before by itself."""
    if isinstance(event, AskClosed) and event.because is AskEnd.ANOTHER_ACCEPTED:
        return cascade.state is CascadeState.ACCEPTED
    if isinstance(event, CascadeWaitlisted | CascadeExhausted):
        nobody_left = not cascade.asks and cascade.n_reached == len(cascade.mentor_ids)
        waits = cascade.terms.wait_order is not None
        return cascade.state is CascadeState.OPEN and nobody_left and isinstance(event, CascadeWaitlisted) == waits
    return event.action is None or (cascade.state, event.action) in CASCADE_MOVES


@singledispatch
def _with_facts(event: CascadeEvent, cascade: Cascade) -> Cascade:
    """Return a cascade with what an event tells."""
    raise _corrupt(event, event.version, "it is none of the events of a cascade that is open")


@_with_facts.register
def _asked(event: MentorAsked, cascade: Cascade) -> Cascade:
    until = event.at.astimezone(UTC) + timedelta(days=cascade.terms.answer_days)
    asks = (*cascade.asks, Ask(event.mentor_id, event.at, until))
    return changed(cascade, asks=asks, n_reached=cascade.n_reached + 1)


@_with_facts.register
def _passed_over(event: MentorPassedOver, cascade: Cascade) -> Cascade:
    return changed(cascade, n_reached=cascade.n_reached + 1)


@_with_facts.register
def _suggested(event: MentorSuggested, cascade: Cascade) -> Cascade:
    longer = changed(cascade, mentor_ids=(*cascade.mentor_ids, event.mentor_id))
    if cascade.state is CascadeState.OPEN:
        return longer
    return changed(longer, state=CascadeState.OPEN, since=event.at)


@_with_facts.register
def _accepted(event: AskAccepted, cascade: Cascade) -> Cascade:
    return changed(_without(cascade, event.mentor_id), state=CascadeState.ACCEPTED, accepted_by=event.mentor_id)


@_with_facts.register(AskDeclined)
@_with_facts.register(AskLapsed)
def _fell_out(event: AskDeclined | AskLapsed, cascade: Cascade) -> Cascade:
    return _without(cascade, event.mentor_id)


@_with_facts.register
def _closed(event: AskClosed, cascade: Cascade) -> Cascade:
    others = _without(cascade, event.mentor_id)
    if event.because is not AskEnd.ANOTHER_ACCEPTED:
        return others
    return changed(others, called_off=(*others.called_off, event.mentor_id))


def _without(cascade: Cascade, mentor_id: PersonId) -> Cascade:
    return changed(cascade, asks=tuple(ask for ask in cascade.asks if ask.mentor_id != mentor_id))


@_with_facts.register
def _released(event: AcceptanceReleased, cascade: Cascade) -> Cascade:
    reached, still_to_come = cascade.mentor_ids[: cascade.n_reached], cascade.mentor_ids[cascade.n_reached :]
    ranks = (*reached, *cascade.called_off, *still_to_come)
    reopened = changed(cascade, state=CascadeState.OPEN, since=event.at, accepted_by=None)
    return changed(reopened, mentor_ids=ranks, called_off=())


@_with_facts.register
def _waitlisted(event: CascadeWaitlisted, cascade: Cascade) -> Cascade:
    # Who has waited before keeps the place of then.
    return changed(cascade, state=CascadeState.WAITLISTED, waits_since=cascade.waits_since or event.at)


@_with_facts.register
def _exhausted(event: CascadeExhausted, cascade: Cascade) -> Cascade:
    return changed(cascade, state=CascadeState.EXHAUSTED)


@_with_facts.register
def _engaged(event: CascadeEngaged, cascade: Cascade) -> Cascade:
    return changed(cascade, state=CascadeState.ENGAGED, engagement_id=event.engagement_id)


@_with_facts.register
def _withdrawn(event: CascadeWithdrawn, cascade: Cascade) -> Cascade:
    return changed(cascade, state=CascadeState.WITHDRAWN, asks=())


@_with_facts.register
def _expired(event: CascadeExpired, cascade: Cascade) -> Cascade:
    return changed(cascade, state=CascadeState.EXPIRED, asks=())


def _after(cascade: Cascade | None, events: Iterable[CascadeEvent]) -> Cascade:
    for event in events:
        cascade = evolve_cascade(cascade, event)
    assert cascade is not None, "a decision has at least one event"
    return cascade


def replay_cascade(events: Iterable[CascadeEvent]) -> Cascade:
    """Return the cascade that a log tells of.

    Raises:
        InputError: If the log is empty or an event in it cannot follow (`LOG-CORRUPT`, with its position).
    """
    return replayed(events, evolve_cascade, "opening")
