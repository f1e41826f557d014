"""Places: who holds one for an engagement, and how many there are from which day on.

A place is a row, and holding it is another row over days; the database itself refuses a second one over the same days.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

from taskmentor.authorisation import Relation
from taskmentor.errors import CapacityError
from taskmentor.lifecycle.cascade import Cascade, CascadeState
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import input_error
from taskmentor.lifecycle.moves import PLACED
from taskmentor.models.people import PersonId
from taskmentor.store.database import OPEN, Claim, Seat, Transaction
from taskmentor.store.records import PlacesSet

__all__ = ["Party", "change_seats", "held", "holders", "settle"]

Party = tuple[Relation, PersonId]


def holders(engagement: Engagement | Cascade | None) -> frozenset[Party]:
    """Return who holds a place for an engagement, and as what: both, from acceptance to the end.

    For a cascade the mentor who said yes holds one, until an engagement was proposed from it or the yes is void.
    """
    if isinstance(engagement, Cascade):
        yes = engagement.accepted_by if engagement.state is CascadeState.ACCEPTED else None
        return frozenset() if yes is None else frozenset({(Relation.MENTOR, yes)})
    if engagement is None or engagement.state not in PLACED:
        return frozenset()
    return frozenset({(Relation.MENTEE, engagement.mentee_id), (Relation.MENTOR, engagement.mentor_id)})


def settle(
    transaction: Transaction,
    stream: str,
    before: Engagement | Cascade | None,
    after: Engagement | Cascade | None,
    on: date,
    keys: Mapping[str, str],
) -> None:
    """Return nothing; give back the places that are not held any more, and claim those that are held now.

    Args:
        transaction: The transaction.
        stream: The stream of the engagement or cascade.
        before: It before.
        after: It after; None where it was erased.
        on: The day of the change.
        keys: The keys of those who hold places.

    Raises:
        CapacityError: If somebody has no free place.
    """
    had, wanted = holders(before), holders(after)
    if gone := had - wanted:
        transaction.release(stream, [(side, keys[person]) for side, person in sorted(gone)], on)
    # Always in the same order, so that two transactions do not wait for each other.
    for side, person in sorted(wanted - had):
        claim = Claim(side=side, person=keys[person], number=0, stream=stream, from_on=on, until_on=OPEN)
        version = 0 if after is None else after.version
        if not transaction.claim(claim, version):
            n_seats = held(transaction.seats(side, keys[person]), on)
            raise CapacityError(person, side.value, on.isoformat(), n_seats)


def held(days: Sequence[Seat] | Sequence[Claim], on: date) -> int:
    """Return how many places are there, or claimed, on a day."""
    return sum(one.from_on <= on < one.until_on for one in days)


def change_seats(transaction: Transaction, changes: Sequence[PlacesSet], keys: Mapping[str, str]) -> None:
    """Return nothing; give people the places that changes say, and take away what is more.

    Raises:
        CapacityError: If somebody holds more places on that day or later than they would have.
        InputError: If a change is dated before an earlier one (`DATE-ORDER`).
    """
    new = (_change(transaction, change, keys[change.person_id]) for change in changes)
    transaction.add_seats([*chain.from_iterable(new)])


def _change(transaction: Transaction, change: PlacesSet, key: str) -> Iterator[tuple[Relation, str, Seat]]:
    """Give the places that a change adds; those that it takes away are closed."""
    seats, on = transaction.lock_seats(change.side, key), change.from_on
    _check_order(seats, on)
    n_open = sum(seat.until_on == OPEN for seat in seats)
    for number in range(len(seats) + 1, len(seats) + 1 + change.places - n_open):
        yield change.side, key, Seat(number=number, from_on=on, until_on=OPEN)
    if n_open > change.places:
        _close(transaction, change, key, seats, n_open - change.places)


def _check_order(seats: Sequence[Seat], on: date) -> None:
    changed = [day for seat in seats for day in (seat.from_on, seat.until_on) if day < OPEN]
    if changed and on < max(changed):
        problem = f"the places were changed as of {max(changed)} already, and {on} is before that"
        raise input_error("DATE-ORDER", "from_on", problem, f"Give {max(changed)} or a later day.")


def _close(transaction: Transaction, change: PlacesSet, key: str, seats: Sequence[Seat], n_closed: int) -> None:
    claims = transaction.claims(change.side, key)
    taken = {claim.number for claim in claims if max(claim.from_on, change.from_on) < claim.until_on}
    free = [seat.number for seat in reversed(seats) if seat.until_on == OPEN and seat.number not in taken]
    if len(free) < n_closed:
        raise CapacityError(change.person_id, change.side.value, change.from_on.isoformat(), len(taken))
    for number in free[:n_closed]:
        transaction.close_seat(change.side, key, number, change.from_on)
