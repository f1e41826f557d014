"""Places that engagements take: of a mentor's, and of a mentee's, from acceptance to the end."""

from collections import Counter
from collections.abc import Iterable, Mapping

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.moves import PLACED
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.people import PersonId

__all__ = ["at_host_limit", "full", "places_taken"]


def places_taken(engagements: Iterable[Engagement], side: Relation) -> Counter[PersonId]:
    """Return how many places each person has taken, as mentor or as mentee."""
    placed = (one for one in engagements if one.state in PLACED)
    return Counter(one.mentor_id if side is Relation.MENTOR else one.mentee_id for one in placed)


def full(engagements: Iterable[Engagement], side: Relation, capacity: Mapping[PersonId, int]) -> frozenset[PersonId]:
    """Return who has no free place left, as mentor or as mentee.

    Args:
        engagements: All engagements.
        side: As what.
        capacity: How many places each person has on that side; who is not in it has none.
    """
    taken = places_taken(engagements, side)
    people = taken.keys() | capacity.keys()
    return frozenset(person for person in people if taken[person] >= capacity.get(person, 0))


def at_host_limit(engagements: Iterable[Engagement], terms: Terms, programme_id: str) -> frozenset[PersonId]:
    """Return the mentors who have as many engagements of a programme as its terms let one have at a time.

    Whoever is shadowed at work can host few, whatever else they have room for; the capacity of a person holds beside.

    Args:
        engagements: All engagements.
        terms: The terms of the programme.
        programme_id: The programme.
    """
    if terms.host_limit is None:
        return frozenset()
    hosting = places_taken((one for one in engagements if one.programme_id == programme_id), Relation.MENTOR)
    return frozenset(person for person, n in hosting.items() if n >= terms.host_limit)
