"""Places that engagements take."""

import pytest

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.places import full, places_taken
from taskmentor.models.people import PersonId
from tests.lifecycle.examples import MENTEE, MENTOR, STRANGER, engagement_in


@pytest.mark.parametrize("state", State)
def test_row_1_a_place_is_taken_from_acceptance_to_the_end(state: State) -> None:
    taken = state in (
        "accepted", "introduced", "scheduled", "active", "paused", "awaiting-reassessment", "awaiting-confirmation",
    )  # fmt: skip
    engagement = engagement_in(state)
    assert places_taken([engagement], Relation.MENTOR)[MENTOR] == int(taken)
    assert places_taken([engagement], Relation.MENTEE)[MENTEE] == int(taken)


def test_row_1_who_has_no_free_place_is_full() -> None:
    engagements = [engagement_in(State.ACTIVE), engagement_in(State.ACCEPTED), engagement_in(State.ENDED)]
    capacity = {MENTOR: 2, STRANGER: 0, PersonId("free"): 1}
    assert full(engagements, Relation.MENTOR, capacity) == {MENTOR, STRANGER}
    assert full(engagements, Relation.MENTOR, {MENTOR: 3}) == frozenset()
    assert full(engagements, Relation.MENTEE, {}) == {MENTEE}
