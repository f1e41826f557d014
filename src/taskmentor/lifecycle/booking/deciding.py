"""Deciding and remembering for a booked session."""

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import attrs

from taskmentor.authorisation import Relation
from taskmentor.errors import IllegalMoveError, InputError, NotAuthorisedError, shown
from taskmentor.lifecycle.booking import actions, events
from taskmentor.lifecycle.booking.actions import (
    Book,
    BookingAction,
    CancelBooking,
    ExpireBooking,
    GiveFeedback,
    HoldBooking,
    LaterBookingAction,
    MissBooking,
    MoveBooking,
    RecordBookingLeaver,
)
from taskmentor.lifecycle.booking.events import (
    BookingCancelled,
    BookingEvent,
    BookingHeld,
    BookingMade,
    BookingMissed,
    BookingMoved,
    FeedbackGiven,
)
from taskmentor.lifecycle.booking.moves import BOOKING_FINAL, BOOKING_MOVES, BOOKING_RIGHTS, BookingState
from taskmentor.lifecycle.booking.standing import Booking, OtherBookings
from taskmentor.lifecycle.clock import CLOCK
from taskmentor.lifecycle.deciding import held_by
from taskmentor.lifecycle.events import check_instant, input_error, log_corrupt, utc_day
from taskmentor.lifecycle.logs import check_order, order_problems, replayed, ticked
from taskmentor.lifecycle.moves import refusal
from taskmentor.models.people import PersonId

__all__ = ["decide_booking", "evolve_booking", "replay_booking", "tick_booking"]

_NOTHING_ELSE = OtherBookings()

_EVENTS: Mapping[type[LaterBookingAction], type[BookingEvent]] = MappingProxyType(
    {
        actions.AcceptBooking: events.BookingAccepted,
        actions.MoveBooking: events.BookingMoved,
        actions.CancelBooking: events.BookingCancelled,
        actions.HoldBooking: events.BookingHeld,
        actions.MissBooking: events.BookingMissed,
        actions.GiveFeedback: events.FeedbackGiven,
        actions.RecordBookingLeaver: events.BookingPersonLeft,
        actions.ExpireBooking: events.BookingExpired,
    }
)
"""The event that each action becomes, with the same fields."""


def decide_booking(
    booking: Booking | None,
    action: BookingAction,
    actor: PersonId,
    relations: Set[Relation],
    at: datetime,
    *,
    others: OtherBookings = _NOTHING_ELSE,
) -> tuple[BookingEvent, ...]:
    """Return the event that an action brings about, or refuse it; nothing is changed.

    Args:
        booking: The booking as it stands; None before it is made.
        action: What somebody wants to do.
        actor: Who wants it.
        relations: What the actor is to it on that day; who its two sides are is known from the booking itself.
        at: When, aware, and not before the last event.
        others: The other bookings, who has no free place, and who has left.

    Raises:
        NotAuthorisedError: If the actor may not take this action.
        IllegalMoveError: If the state, the terms or another booking do not allow it.
        InputError: If a time or number in it cannot be (`NAIVE-TIME`, `DATE-ORDER`).
    """
    check_instant(at)
    if isinstance(action, Book):
        return (_made(booking, action, actor, relations, at, others),)
    if booking is None:
        raise _illegal(None, action, "nothing is booked yet")
    _check(booking, action, actor, relations, at)
    if isinstance(action, MoveBooking):
        _check_time(booking, action, booking, at, others)
    facts = attrs.asdict(action, recurse=False)
    kind = _EVENTS[type(action)]
    return (kind(booking_id=booking.id, version=booking.version + 1, actor=actor, at=at, **facts),)


def _illegal(booking: Booking | None, action: BookingAction, problem: str) -> IllegalMoveError:
    state = None if booking is None else booking.state
    return refusal(BOOKING_MOVES, state, action.name, problem, "not booked")


def _made(
    booking: Booking | None,
    action: Book,
    actor: PersonId,
    relations: Set[Relation],
    at: datetime,
    others: OtherBookings,
) -> BookingMade:
    _check_right(action, actor, held_by(actor, relations, action.mentee_id, action.mentor_id))
    if booking is not None:
        raise _illegal(booking, action, "it is booked already")
    _check_time(None, action, action, at, others)
    _check_limits(action, others)
    return BookingMade(version=1, actor=actor, at=at, **attrs.asdict(action, recurse=False))


def _check_right(action: BookingAction, actor: PersonId, held: Set[Relation]) -> None:
    needed = BOOKING_RIGHTS[action.name]
    if needed.isdisjoint(held):
        raise NotAuthorisedError(action.name, actor, tuple(relation for relation in Relation if relation in needed))


def _check_time(
    booking: Booking | None, action: Book | MoveBooking, whose: Book | Booking, at: datetime, others: OtherBookings
) -> None:
    """Refuse a time that has gone by, lies too far ahead, is too long, or at which somebody has another session."""
    terms, starts_at, minutes = whose.terms, action.starts_at, action.minutes
    if starts_at.astimezone(UTC) <= at.astimezone(UTC):
        problem = f"{starts_at.isoformat()} has gone by"
        raise input_error("DATE-ORDER", "starts_at", problem, "Give a time that is still to come.")
    if starts_at.astimezone(UTC) > at.astimezone(UTC) + timedelta(days=terms.ahead_days):
        problem = f"{starts_at.isoformat()} is more than {terms.ahead_days} days ahead"
        raise _illegal(booking, action, problem)
    if minutes > (most := terms.longest_minutes(whose.own_minutes)):
        problem = f"{minutes} minutes are more than the {most} of the programme, the organisation and the mentee"
        raise _illegal(booking, action, problem)
    for person_id in (whose.mentee_id, whose.mentor_id):
        if person_id in others.away:
            raise _illegal(booking, action, f"{shown(person_id)} has left")
        if others.meeting_of(person_id, starts_at, minutes) is not None:
            raise _illegal(booking, action, f"{shown(person_id)} has another session at that time")
    if not others.left_in_week(whose.mentor_id, whose.programme_id, terms, utc_day(starts_at)):
        problem = f"the mentor has {terms.mentor_sessions_a_week} sessions in that week, and no more are left"
        raise _illegal(booking, action, problem)


def _check_limits(action: Book, others: OtherBookings) -> None:
    terms, programme_id = action.terms, action.programme_id
    if not others.left_for_mentee(action.mentee_id, programme_id, terms):
        raise _illegal(None, action, f"the mentee has {terms.open_per_mentee} open bookings, and no more are left")
    if not others.left_for_mentor(action.mentor_id, programme_id, terms):
        raise _illegal(None, action, f"the mentor has {terms.open_per_mentor} open bookings, and no more are left")
    if terms.takes_place and action.mentor_id in others.full:
        raise _illegal(None, action, "the mentor has no free place")


def _check(
    booking: Booking, action: LaterBookingAction, actor: PersonId, relations: Set[Relation], at: datetime
) -> None:
    held = held_by(actor, relations, booking.mentee_id, booking.mentor_id)
    _check_right(action, actor, held)
    if (booking.state, action.name) not in BOOKING_MOVES:
        raise _illegal(booking, action, "the state does not know this move")
    check_order(booking, at)
    if booking.is_open and not isinstance(action, ExpireBooking) and booking.expires_at <= at.astimezone(UTC):
        raise _illegal(booking, action, f"its time was over at {booking.expires_at.isoformat()}")
    if problem := next(_problems(booking, action, actor, held, at), ""):
        raise _illegal(booking, action, problem)


def _problems(
    booking: Booking, action: LaterBookingAction, actor: PersonId, held: Set[Relation], at: datetime
) -> Iterator[str]:
    """Yield what an action itself says against the booking and the moment."""
    has_begun = booking.starts_at.astimezone(UTC) <= at.astimezone(UTC)
    match action:
        case MoveBooking():
            if booking.state is BookingState.REQUESTED and Relation.MENTEE not in held:
                yield "the mentor says yes or cancels; the mentee asks for another time"
            if has_begun:
                yield "it has begun; say how it went"
        case HoldBooking() | MissBooking():
            if not has_begun:
                yield f"the session of {booking.starts_at.isoformat()} has not begun"
        case GiveFeedback():
            if any(said.actor == actor for said in booking.feedback):
                yield "this side has said it already"
            if action.level is not None and (booking.skill_id is None or Relation.MENTEE not in held):
                yield "only the mentee says where they stand, in the skill that was noted"
        case RecordBookingLeaver():
            if action.person_id not in (booking.mentee_id, booking.mentor_id):
                yield f"{shown(action.person_id)} takes no part in it"
        case ExpireBooking():
            if at.astimezone(UTC) < booking.expires_at:
                yield f"it is due at {booking.expires_at.isoformat()} and not before"
    if isinstance(action, MoveBooking | CancelBooking) and _is_late(booking, at) and not action.reason.strip():
        yield f"the notice was over at {booking.notice_until.isoformat()}, and it takes a reason since"


def _is_late(booking: Booking, at: datetime) -> bool:
    return booking.state is not BookingState.REQUESTED and booking.notice_until < at.astimezone(UTC)


def tick_booking(booking: Booking, at: datetime, *, actor: PersonId = CLOCK) -> tuple[BookingEvent, ...]:
    """Return the events that time alone has caused by a moment: what nobody answered or spoke of expires.

    Each is dated by the moment at which it was due, so asking often and asking once give the same log.

    Args:
        booking: The booking as it stands.
        at: Until when, aware.
        actor: The service account in whose name the events are logged.

    Raises:
        InputError: If the moment is naive (`NAIVE-TIME`).
    """

    def due(current: Booking) -> list[tuple[datetime, ExpireBooking]]:
        last = current.at.astimezone(UTC)
        return [(max(current.expires_at, last), ExpireBooking())] if current.is_open else []

    def act(current: Booking, action: ExpireBooking, moment: datetime) -> tuple[BookingEvent, ...]:
        return decide_booking(current, action, actor, {Relation.SYSTEM}, moment)

    return ticked(booking, at, due, act, evolve_booking)


def evolve_booking(booking: Booking | None, event: BookingEvent) -> Booking:
    """Return the booking after an event; it does not decide again, it only refuses what no log can hold.

    Raises:
        InputError: If the event cannot follow (`LOG-CORRUPT`).
    """
    if booking is None:
        return _begun(event)
    if problem := next(_log_problems(booking, event), ""):
        raise _corrupt(event, booking.version + 1, problem)
    state = _next_state(booking, event)
    facts: dict[str, Any] = {"state": state, "version": event.version, "at": event.at} | _facts_of(event, booking)
    if state in BOOKING_FINAL and booking.is_open:
        facts |= {"closed_at": event.at, "closed_by": event.actor}
    return attrs.evolve(booking, **facts)


def _corrupt(event: BookingEvent, position: int, problem: str) -> InputError:
    return log_corrupt(event, event.booking_id, "booking", position, problem)


def _begun(event: BookingEvent) -> Booking:
    if not isinstance(event, BookingMade) or event.version != 1:
        raise _corrupt(event, 1, "a log begins with BookingMade at version 1")
    facts = attrs.asdict(event, recurse=False)
    for name in ("booking_id", "actor"):
        del facts[name]
    state = BookingState.REQUESTED if event.terms.approval else BookingState.BOOKED
    return Booking(id=event.booking_id, state=state, booked_at=event.at, asked_at=event.at, **facts)


def _log_problems(booking: Booking, event: BookingEvent) -> Iterator[str]:
    if event.booking_id != booking.id:
        yield f"it belongs to another booking than {shown(booking.id)}"
    yield from order_problems(booking, event)
    if isinstance(event, BookingMade) or (booking.state, event.action) not in BOOKING_MOVES:
        yield f"{type(event).__name__} does not follow in state {booking.state}"
    sides = {Relation.MENTEE: booking.mentee_id, Relation.MENTOR: booking.mentor_id}
    rights = BOOKING_RIGHTS[event.action]
    if rights <= sides.keys() and event.actor not in {sides[relation] for relation in rights}:
        yield f"{shown(event.actor)} cannot have done this"


def _next_state(booking: Booking, event: BookingEvent) -> BookingState:
    if isinstance(event, BookingMoved):
        asks = booking.terms.approval and event.actor == booking.mentee_id
        return BookingState.REQUESTED if asks else BookingState.MOVED
    (state,) = BOOKING_MOVES[booking.state, event.action]
    return state


def _facts_of(event: BookingEvent, booking: Booking) -> dict[str, Any]:
    """Return what an event changes of a booking beside the move: fields and values."""
    late = {"late": (*booking.late, event.actor)} if _is_late(booking, event.at) else {}
    match event:
        case BookingMoved():
            time = {"starts_at": event.starts_at, "minutes": event.minutes}
            return {**time, "moved": booking.moved + 1, "asked_at": event.at, **late}
        case BookingCancelled():
            return {"closed_because": event.reason, **late}
        case BookingHeld():
            return {"minutes": event.minutes}
        case BookingMissed():
            return {"absent": event.absent}
        case FeedbackGiven():
            return {"feedback": (*booking.feedback, event)}
    return {}


def replay_booking(events: Iterable[BookingEvent]) -> Booking:
    """Return the booking that a log tells of.

    Raises:
        InputError: If the log is empty or an event in it cannot follow (`LOG-CORRUPT`, with its position).
    """
    return replayed(events, evolve_booking, "booking")
