"""How evenly engagements are spread over mentors, in exact fractions, against sums over all pairs."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.formats.reading import organisation_from_rows
from taskmentor.lifecycle.moves import State
from taskmentor.outcomes import MentorLoad, breakdown, load_amounts, mentor_load
from taskmentor.outcomes.load import gini, places_held, takes_place
from tests.organisations import ON, organisation
from tests.outcomes.made import SINCE, doubled, engagement, random_case, twins

STAFF = organisation({"ann": {"capacity": 2}, "bob": {"capacity": 4}, "cat": {"capacity": 1}, "dan": {"capacity": 0}})


def test_two_of_two_is_more_than_two_of_four() -> None:
    taken = [engagement("dan", "ann"), engagement("cat", "ann"), engagement("dan", "bob"), engagement("ann", "bob")]
    found = mentor_load(STAFF, taken, on=ON)
    assert (found.mentors, found.used, found.engagements, found.places) == (3, 2, 4, 7)
    assert found.counts == (1, 0, 2)
    assert found.gini == Fraction(4, 9)  # of 1, 1/2 and 0
    assert (found.top_tenth, found.concentration) == (Fraction(1, 2), Fraction(1, 2))
    assert str(found) == (
        "4 engagements held by 2 of 3 mentors with 7 places on 2026-10-01: Gini 0.44, busiest tenth 50 %"
    )


def test_whoever_holds_one_without_offering_a_place_counts_too() -> None:
    found = mentor_load(STAFF, [engagement("ann", "dan")], on=ON)
    assert (found.mentors, found.used, found.gini) == (4, 1, None)


def test_without_engagements_nothing_is_spread() -> None:
    found = mentor_load(STAFF, [], on=ON)
    assert (found.gini, found.top_tenth, found.concentration) == (None, None, None)
    assert breakdown(load_amounts(STAFF, [], on=ON), "department", smallest=1).total.total == 0


def load_of(counts: Sequence[int]) -> MentorLoad:
    """Return the load where so many mentors hold 0, 1, 2, ... engagements."""
    mentors = [f"m{held}-{number}" for held, n in enumerate(counts) for number in range(n)]
    staff = organisation({**{mentor: {"capacity": 9} for mentor in mentors}, "mia": {"capacity": 0}})
    held = [engagement("mia", mentor) for mentor in mentors for _ in range(int(mentor[1 : mentor.index("-")]))]
    return mentor_load(staff, held, on=ON).kept_back(5)


@pytest.mark.parametrize(
    ("counts", "told", "engagements", "used"),
    [
        ((9, 8, 7), (9, 8, 7), 22, 15),
        ((9, 0, 7), (9, 0, 7), 14, 7),
        ((9, 6, 5, 5), (9, 6, 5, 5), 31, 16),
        ((9, 6, 5, 4), (9, 15), 28, 15),  # five and four: whoever takes the five away is left with four
        ((9, 5, 5, 5, 3, 5), (9, 5, 5, 13), 67, 23),
        ((9, 3), (12,), None, None),  # three used
        ((3, 9), (12,), None, None),  # three idle
        ((9, 6, 1), (16,), 8, None),  # one or two engagements, and how many hold two would be the difference
        ((9, 6, 3, 3), (9, 12), 21, 12),
        ((0, 12), (0, 12), 12, 12),
        ((12,), (12,), 0, 0),
    ],
)
def test_mentors_are_counted_together_until_they_are_enough(
    counts: Sequence[int], told: Sequence[int], engagements: int | None, used: int | None
) -> None:
    found = load_of(counts)
    assert (found.counts, found.engagements, found.used) == (told, engagements, used)
    assert (found.concentration is None) == (len(told) < len(counts) or not engagements)


def test_the_busiest_tenth_is_told_where_it_is_enough_and_leaves_enough() -> None:
    assert load_of((30, 15, 6, 6)).top_tenth is not None  # counted one by one
    assert load_of((30, 12, 2, 6, 3)).top_tenth is None  # six of nine: three and three
    assert load_of((60, 16, 2, 6, 6, 5, 5)).top_tenth is not None


@pytest.mark.parametrize(
    ("state", "days", "takes"),
    [
        (State.ACTIVE, 0, False),
        (State.ACTIVE, 1, True),
        (State.ACCEPTED, 1, True),
        (State.PROPOSED, 9, False),
        (State.COMPLETED, 31, True),
        (State.COMPLETED, 32, False),
    ],
)
def test_a_place_is_taken_from_acceptance_to_the_end(state: State, days: int, takes: bool) -> None:
    assert takes_place(engagement("ann", "bob", state=state), SINCE + timedelta(days=days)) is takes


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4)), max_size=12))
def test_the_gini_coefficient_is_the_mean_difference_of_all_pairs(loads: list[tuple[int, int]]) -> None:
    values = [Fraction(taken, places) for taken, places in loads]
    counts = {value: values.count(value) for value in values}
    if not sum(values):
        assert gini(counts) is None
        return
    differences = sum(abs(one - other) for one in values for other in values)
    assert gini(counts) == differences / (2 * len(values) * sum(values))


@given(st.integers(0, 2**32 - 1))
def test_load_is_what_plain_loops_count(seed: int) -> None:
    _, drawn, engagements = random_case(default_rng(seed))
    held = places_held(drawn, engagements, on=ON)
    found = mentor_load(drawn, engagements, on=ON)
    loads = [
        (int(held[code]), person.capacity)
        for code, person in enumerate(drawn.people)
        if held[code] or (person.capacity and drawn.people.active(ON)[code])
    ]
    total = sum(load for load, _ in loads)
    assert (found.engagements, found.mentors) == (total, len(loads))
    offered = [Fraction(load, places) for load, places in loads if places]
    differences = sum((abs(one - other) for one in offered for other in offered), Fraction(0))
    assert found.gini == (differences / (2 * len(offered) * sum(offered)) if sum(offered) else None)
    busiest = sorted((load for load, _ in loads), reverse=True)[: ceil(len(loads) / 10)]
    assert found.top_tenth == (Fraction(sum(busiest), total) if total else None)
    assert found.concentration == (Fraction(sum(load**2 for load, _ in loads), total**2) if total else None)


@given(st.integers(0, 2**32 - 1))
def test_twice_the_organisation_is_spread_alike(seed: int) -> None:
    tables, drawn, engagements = random_case(default_rng(seed))
    once = mentor_load(drawn, engagements, on=ON)
    twice = mentor_load(organisation_from_rows(doubled(tables)), [*engagements, *twins(engagements)], on=ON)
    assert twice.gini == once.gini
    assert (twice.engagements, twice.mentors) == (2 * (once.engagements or 0), 2 * once.mentors)
    assert twice.concentration == (None if once.concentration is None else once.concentration / 2)
