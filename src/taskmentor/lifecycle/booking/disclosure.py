"""A booking as one person may see it: what they may not read is not in it."""

from collections.abc import Mapping, Set
from types import MappingProxyType

import attrs

from taskmentor.authorisation import SIDES, Relation
from taskmentor.lifecycle.booking.standing import Booking
from taskmentor.lifecycle.deciding import held_by
from taskmentor.lifecycle.disclosure import hidden_parts

__all__ = ["BOOKING_SEEN_BY", "booking_seen_by"]

_PROGRAMME = frozenset({Relation.PROGRAMME_MANAGER})

BOOKING_SEEN_BY: Mapping[str, frozenset[Relation]] = MappingProxyType(
    {
        "own_minutes": SIDES,
        "level": SIDES,
        "topic": SIDES,
        "absent": SIDES | _PROGRAMME,
        "feedback": SIDES | _PROGRAMME,
        "closed_because": SIDES | _PROGRAMME,
        "late": SIDES | _PROGRAMME,
    }
)
"""The relations of which one is enough to see a part of a booking; everybody concerned sees the other parts.

Of feedback, the two see their own, and the programme manager sees all.
"""


def booking_seen_by(booking: Booking, actor: str, relations: Set[Relation]) -> Booking:
    """Return a booking with nothing in it that an actor may not see: those parts are as if nothing had happened.

    Args:
        booking: All of it.
        actor: Who looks.
        relations: What they are to it on that day.

    Raises:
        NotAuthorisedError: If they are nothing to it at all.
    """
    held = held_by(actor, relations, booking.mentee_id, booking.mentor_id)
    hidden = hidden_parts(booking, BOOKING_SEEN_BY, "feedback", "read-booking", actor, held)
    return attrs.evolve(booking, **hidden)
