"""The moves of a booking and who may make them, as data."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from taskmentor.authorisation import SIDES, Relation
from taskmentor.lifecycle.booking.events import BookingActionName

__all__ = ["BOOKING_FINAL", "BOOKING_MOVES", "BOOKING_OPEN", "BOOKING_RIGHTS", "BookingState"]


class BookingState(StrEnum):
    """Where a booked session stands."""

    REQUESTED = "requested"
    BOOKED = "booked"
    MOVED = "moved"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


BOOKING_FINAL = frozenset({BookingState.HELD, BookingState.MISSED, BookingState.CANCELLED, BookingState.EXPIRED})
"""The states that nothing leaves; feedback is given in one."""

BOOKING_OPEN = frozenset(BookingState) - BOOKING_FINAL
"""The states in which a session is still to come, or nobody has said how it went."""

_ASKED_OR_MOVED = (
    BookingState.REQUESTED,
    BookingState.MOVED,
)  # a mentor who says yes to each says it to a new time too

BOOKING_MOVES: Mapping[tuple[BookingState | None, BookingActionName], tuple[BookingState, ...]] = MappingProxyType(
    {
        (None, BookingActionName.BOOK): (BookingState.REQUESTED, BookingState.BOOKED),
        (BookingState.REQUESTED, BookingActionName.ACCEPT): (BookingState.BOOKED,),
        (BookingState.REQUESTED, BookingActionName.MOVE): (BookingState.REQUESTED,),
        (BookingState.REQUESTED, BookingActionName.CANCEL): (BookingState.CANCELLED,),
        (BookingState.REQUESTED, BookingActionName.RECORD_LEAVER): (BookingState.CANCELLED,),
        (BookingState.REQUESTED, BookingActionName.EXPIRE): (BookingState.EXPIRED,),
        (BookingState.BOOKED, BookingActionName.MOVE): _ASKED_OR_MOVED,
        (BookingState.BOOKED, BookingActionName.CANCEL): (BookingState.CANCELLED,),
        (BookingState.BOOKED, BookingActionName.HOLD): (BookingState.HELD,),
        (BookingState.BOOKED, BookingActionName.MISS): (BookingState.MISSED,),
        (BookingState.BOOKED, BookingActionName.RECORD_LEAVER): (BookingState.CANCELLED,),
        (BookingState.BOOKED, BookingActionName.EXPIRE): (BookingState.EXPIRED,),
        (BookingState.MOVED, BookingActionName.MOVE): _ASKED_OR_MOVED,
        (BookingState.MOVED, BookingActionName.CANCEL): (BookingState.CANCELLED,),
        (BookingState.MOVED, BookingActionName.HOLD): (BookingState.HELD,),
        (BookingState.MOVED, BookingActionName.MISS): (BookingState.MISSED,),
        (BookingState.MOVED, BookingActionName.RECORD_LEAVER): (BookingState.CANCELLED,),
        (BookingState.MOVED, BookingActionName.EXPIRE): (BookingState.EXPIRED,),
        (BookingState.HELD, BookingActionName.GIVE_FEEDBACK): (BookingState.HELD,),
    }
)
"""Every legal move. A mentor who does not want a session cancels it, so that there is no state for saying no."""

_PROGRAMME_OR_SYSTEM = frozenset({Relation.PROGRAMME_MANAGER, Relation.SYSTEM})

BOOKING_RIGHTS: Mapping[BookingActionName, frozenset[Relation]] = MappingProxyType(
    {
        BookingActionName.BOOK: frozenset({Relation.MENTEE}),
        BookingActionName.ACCEPT: frozenset({Relation.MENTOR}),
        BookingActionName.MOVE: SIDES,
        BookingActionName.CANCEL: SIDES | {Relation.PROGRAMME_MANAGER},
        BookingActionName.HOLD: SIDES,
        BookingActionName.MISS: SIDES,
        BookingActionName.GIVE_FEEDBACK: SIDES,
        BookingActionName.RECORD_LEAVER: _PROGRAMME_OR_SYSTEM,
        BookingActionName.EXPIRE: frozenset({Relation.SYSTEM}),
    }
)
"""The relations of which one is enough; the booking itself says who its two sides are."""
