"""Whom somebody knows for a skill, and how many different people they have worked with (T23, T29, U8)."""

from datetime import date, timedelta

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.errors import UnknownIdError
from taskmentor.outcomes import as_graph, mentoring_ties, partners, who_do_i_know
from taskmentor.proficiency import confirmed_proficiency
from tests.organisations import ON, organisation
from tests.outcomes.made import SINCE, engagement, random_case

STAFF = organisation(
    {
        "ann": {"department": "data", "location": "Oslo"},
        "bob": {"department": "data", "location": "Lima"},
        "cat": {"department": "legal", "location": "Oslo"},
        "dan": {"department": "legal", "location": "Oslo"},
        "eve": {"department": "legal", "left_on": ON - timedelta(days=1)},
        "fay": {},
    },
    knows={
        "ann": {"sql": 1},
        "bob": {"sql": 1},
        "cat": {"sql": 3},
        "dan": {"sql": 4},
        "eve": {"sql": 5},
        "fay": {"sql": 5},
    },
)
WORKED = [
    engagement("ann", "bob", proposed=SINCE),
    engagement("ann", "cat", proposed=SINCE + timedelta(days=10)),
    engagement("dan", "bob", proposed=SINCE),
    engagement("dan", "cat", proposed=SINCE + timedelta(days=20)),
    engagement("ann", "eve", proposed=SINCE),
    engagement("eve", "fay", proposed=SINCE),
]


@pytest.mark.requirement("T29")
def test_a_past_partner_helps_to_find_the_right_person() -> None:
    """T29: cat herself, and dan, to whom bob and cat can introduce; nobody over eve, who has left."""
    found = who_do_i_know(STAFF, WORKED, "ann", "sql", on=ON)
    assert [(one.person_id, one.level, one.distance, one.through) for one in found] == [
        ("cat", 3, 1, ()),
        ("dan", 4, 2, ("bob", "cat")),
    ]
    assert found[1].since == SINCE + timedelta(days=2)
    assert [str(one) for one in found] == ["cat (level 3): you have worked together", "dan (level 4): ask bob or cat"]


def test_the_level_can_be_asked_for() -> None:
    assert [one.person_id for one in who_do_i_know(STAFF, WORKED, "ann", "sql", on=ON, at_least=4)] == ["dan"]
    assert [one.person_id for one in who_do_i_know(STAFF, WORKED, "ann", "sql", on=ON, at_least=1)] == [
        "cat",
        "bob",
        "dan",
    ]
    assert [one.person_id for one in who_do_i_know(STAFF, WORKED, "fay", "sql", on=ON)] == []
    with pytest.raises(UnknownIdError):
        who_do_i_know(STAFF, WORKED, "ann", "sql", on=ON, at_least=9)


def test_whose_partner_a_partner_was_is_not_told() -> None:
    direct, further = who_do_i_know(STAFF, WORKED, "ann", "sql", on=ON)
    assert direct.told(lambda _: False).level is None
    assert direct.told(lambda _: False).person_id == "cat"
    assert str(further.told(lambda _: False)) == "somebody: ask bob or cat"
    assert further.told(lambda _: True) == further
    hidden = further.told(lambda _: False)
    assert hidden.told(lambda _: True) == hidden


@given(st.integers(0, 2**32 - 1))
def test_contacts_are_those_whom_networkx_finds_one_or_two_steps_away(seed: int) -> None:
    rng = default_rng(seed)
    _, drawn, engagements = random_case(rng)
    asker = str(drawn.people.ids[int(rng.integers(len(drawn.people)))])
    skill = drawn.model.skill_ids[int(rng.integers(len(drawn.model.skill_ids)))]
    least = int(rng.integers(0, drawn.model.scale.highest + 1))
    known = confirmed_proficiency(drawn, on=ON)
    able = {
        str(drawn.people.ids[person])
        for person, about, level in zip(known.person, known.skill, known.level, strict=True)
        if drawn.model.skill_ids[about] == skill and level >= least and drawn.people.active(ON)[person]
    }
    graph = as_graph(drawn, mentoring_ties(drawn, engagements).until(ON))
    there = {drawn.people.id(code) for code in range(len(drawn.people)) if drawn.people.active(ON)[code]}
    near = set(graph[asker])
    expected: set[tuple[str, int, tuple[str, ...]]] = {(person, 1, ()) for person in near & able}
    for person in able - near - {asker}:
        between = sorted(near & there & set(graph[person]))
        if between:
            assert nx.shortest_path_length(graph, asker, person) == 2
            expected.add((person, 2, tuple(between)))
    found = who_do_i_know(drawn, engagements, asker, skill, on=ON, at_least=least)
    assert {(one.person_id, one.distance, one.through) for one in found} == expected
    assert [one.distance for one in found] == sorted(one.distance for one in found)


@pytest.mark.requirement("T23")
def test_many_short_relations_add_up() -> None:
    """T23, U8: distinct partners over time, and how different they are; the same one again is not another."""
    again = engagement("bob", "ann", proposed=SINCE + timedelta(days=40))
    found = partners(STAFF, [*WORKED, again], "ann", on=ON)
    assert found.growth == ((SINCE + timedelta(days=2), 2), (SINCE + timedelta(days=12), 3))
    assert (found.times, found.distinct, found.mentors, found.mentees) == (4, 3, 3, 1)
    assert (found.departments, found.locations, found.skills) == (2, 2, 1)
    assert str(found).startswith("ann: 3 partners, 4 times until")
    assert partners(STAFF, WORKED, "ann", on=SINCE).distinct == 0


@given(st.integers(0, 2**32 - 1))
def test_partners_are_counted_day_by_day(seed: int) -> None:
    _, drawn, engagements = random_case(default_rng(seed))
    ties = mentoring_ties(drawn, engagements).until(ON)
    for person in drawn.people.ids.tolist():
        found = partners(drawn, engagements, person, on=ON)
        first: dict[str, date] = {}
        for pair, day in zip(ties.pairs(drawn), ties.day.tolist(), strict=True):
            if person in pair:
                (other,) = {*pair} - {person}
                first[other] = day
        assert found.distinct == len(first)
        for day, count in found.growth:
            assert day is None or count == sum(one <= day for one in first.values())
