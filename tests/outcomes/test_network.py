"""The mentoring network against networkx, plain loops and what must not change it (T26)."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from itertools import combinations, permutations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.formats.reading import organisation_from_rows
from taskmentor.outcomes import Period, as_graph, brokers, mentoring_ties, network_reach
from taskmentor.outcomes.network import distances, silo
from taskmentor.outcomes.ties import ALWAYS, Ties
from tests.organisations import ON, organisation
from tests.outcomes.made import SINCE, doubled, engagement, random_case, twins

PERIOD = Period(since=SINCE, on=ON)
STAFF = organisation(
    {
        "hal": {"department": "board"},
        "ann": {"department": "data", "manager_id": "hal", "location": "Oslo"},
        "bob": {"department": "data", "manager_id": "ann", "location": "Oslo"},
        "cat": {"department": "legal", "manager_id": "hal", "location": "Lima"},
        "dan": {"department": "legal", "manager_id": "cat", "location": "Oslo"},
    },
    engaged=[{"mentor_id": "ann", "mentee_id": "bob", "skill_id": "sql", "from_on": SINCE - timedelta(days=90)}],
)
ACROSS = engagement("bob", "dan", proposed=SINCE)


@pytest.mark.requirement("T26")
def test_a_tie_between_departments_opens_a_silo_and_shortens_the_ways() -> None:
    """T26: before there is one tie inside; bob and dan, four steps apart, then know each other."""
    reach = network_reach(STAFF, [ACROSS], PERIOD)
    assert (reach.new_ties, reach.new_across, reach.pairs_before, reach.pairs_after) == (1, 1, 0, 1)
    assert (reach.before.index, reach.after.index) == (Fraction(1), Fraction(0))
    assert reach.before.by_chance == Fraction(4, 20)
    assert reach.before.expected == Fraction(-3, 5)
    assert (reach.distances_before.longest, reach.distances_after.longest) == (4, 2)
    assert reach.distances_before.mean == Fraction(20, 10)
    assert reach.distances_after.mean == Fraction(15, 10)
    assert reach.distances_after.within(1) == Fraction(1, 2)
    assert "1 new tie, 1 of them between two departments." in str(reach)


def test_the_same_tie_is_inside_one_location() -> None:
    reach = network_reach(STAFF, [ACROSS], PERIOD, over="location")
    assert (reach.new_ties, reach.new_across, reach.pairs_after) == (1, 0, 0)
    assert reach.after.index == 1


def test_the_tie_of_an_earlier_period_is_not_new() -> None:
    later = Period(since=SINCE + timedelta(days=30), on=ON)
    assert network_reach(STAFF, [ACROSS], later).new_ties == 0


def test_without_ties_there_is_no_index_and_alone_there_is_nobody_to_reach() -> None:
    alone = organisation({"ann": {"department": "data"}})
    reach = network_reach(alone, [], PERIOD)
    assert (reach.before.index, reach.before.by_chance, reach.before.expected) == (None, None, None)
    assert (reach.distances_after.mean, reach.distances_after.within(3)) == (None, None)
    assert (reach.distances_after.longest, reach.distances_after.apart) == (0, 0)
    assert "silo index –" in str(reach)


def test_who_alone_holds_two_departments_together_is_a_broker() -> None:
    ties = mentoring_ties(STAFF, [ACROSS, engagement("ann", "dan"), engagement("cat", "hal")])
    found = brokers(STAFF, ties)
    assert [(one.person_id, one.pairs) for one in found] == [
        ("cat", (("board", "legal"),)),
        ("dan", (("data", "legal"),)),
        ("hal", (("board", "legal"),)),
    ]


def test_ties_can_be_looked_at_with_networkx() -> None:
    graph = as_graph(STAFF, mentoring_ties(STAFF, [ACROSS]))
    assert set(graph) == {"ann", "bob", "cat", "dan", "hal"}
    assert graph.edges["bob", "dan"]["since"] == SINCE + timedelta(days=2)
    bare = organisation("max mia", engaged=[{"mentor_id": "max", "mentee_id": "mia", "skill_id": "sql"}])
    assert as_graph(bare, mentoring_ties(bare)).edges["max", "mia"]["since"] is None


def ties_of(pairs: list[tuple[int, int]]) -> Ties:
    one, other = np.array([*pairs], np.int32).reshape(-1, 2).T
    return Ties.between(one, other, np.full(len(one), ALWAYS))


@given(st.integers(1, 90), st.lists(st.tuples(st.integers(0, 89), st.integers(0, 89))), st.integers(0, 2**20 - 1))
def test_steps_are_those_that_networkx_counts(n: int, pairs: list[tuple[int, int]], absent: int) -> None:
    """More than 64 people look out in two turns."""
    edges = [(one, other) for one, other in pairs if one < n and other < n and one != other]
    there = np.array([not absent >> place & 1 for place in range(n)])
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(np.flatnonzero(there).tolist())
    graph.add_edges_from((one, other) for one, other in edges if there[one] and there[other])
    steps = Counter(
        length for _, lengths in nx.all_pairs_shortest_path_length(graph) for length in lengths.values() if length
    )
    found = distances(there, ties_of(edges[::2]), ties_of(edges[1::2]))
    assert found.counts == tuple(steps[length] for length in range(1, max(steps, default=0) + 1))
    assert found.apart == len(graph) * (len(graph) - 1) - steps.total()
    assert found.sources == found.people == len(graph)


def test_of_many_people_a_sample_looks_out_the_same_for_the_same_seed() -> None:
    ring = ties_of([(place, (place + 1) % 100) for place in range(100)])
    there = np.ones(100, np.bool_)
    found = distances(there, ring, ties_of([]), most_sources=10, seed=3)
    assert (found.sources, found.people) == (10, 100)
    assert found.counts == (20,) * 49 + (10,)
    assert found == distances(there, ring, ties_of([]), most_sources=10, seed=3)


@given(st.integers(0, 2**32 - 1))
def test_the_silo_index_is_what_plain_loops_count(seed: int) -> None:
    _, drawn, engagements = random_case(default_rng(seed))
    ties, people = mentoring_ties(drawn, engagements), drawn.people
    found = silo(drawn, ties, "department", PERIOD)
    department = {people.id(code): people[code].department for code in range(len(people))}
    known = [(department[one], department[other]) for one, other in ties.pairs(drawn)]
    known = [pair for pair in known if "" not in pair]
    inside, across = (sum((one == other) is same for one, other in known) for same in (True, False))
    assert (found.internal, found.external) == (inside, across)
    assert found.index == (Fraction(inside - across, len(known)) if known else None)
    there = [
        one.department
        for one in people
        if one.department
        and (one.joined_on is None or one.joined_on <= PERIOD.on)
        and (one.left_on is None or one.left_on > PERIOD.since)
    ]
    pairs = [*permutations(there, 2)]
    assert found.by_chance == (Fraction(sum(one == other for one, other in pairs), len(pairs)) if pairs else None)


@given(st.integers(0, 2**32 - 1))
def test_a_broker_is_whoever_takes_a_last_tie_along(seed: int) -> None:
    """Without the person, some two departments that had a tie have none."""
    _, drawn, engagements = random_case(default_rng(seed))
    ties, people = mentoring_ties(drawn, engagements), drawn.people
    department = {people.id(code): people[code].department for code in range(len(people))}

    def linked(left_out: str | None) -> set[tuple[str, str]]:
        kept = [pair for pair in ties.pairs(drawn) if left_out not in pair]
        ends = [sorted((department[one], department[other])) for one, other in kept]
        return {(one, other) for one, other in ends if one and one != other}

    expected = {person: linked(None) - linked(person) for person in department}
    found = {one.person_id: set(one.pairs) for one in brokers(drawn, ties)}
    assert found == {person: pairs for person, pairs in expected.items() if pairs}


@given(st.integers(0, 2**32 - 1))
def test_two_organisations_side_by_side_are_as_closed_as_one(seed: int) -> None:
    tables, drawn, engagements = random_case(default_rng(seed))
    twice = organisation_from_rows(doubled(tables))
    once = network_reach(drawn, engagements, PERIOD)
    both = network_reach(twice, [*engagements, *twins(engagements)], PERIOD)
    assert (both.before.index, both.after.index) == (once.before.index, once.after.index)
    assert both.new_ties == 2 * once.new_ties
    assert both.distances_after.counts == tuple(2 * count for count in once.distances_after.counts)
    assert both.pairs_after == once.pairs_after


def test_pairs_of_departments_are_counted_once_whichever_way_round() -> None:
    ways = [engagement(*pair) for pair in combinations(["ann", "bob", "cat", "dan"], 2)]
    back = [engagement(*pair[::-1]) for pair in combinations(["ann", "bob", "cat", "dan"], 2)]
    reach = network_reach(STAFF, [*ways, *back], PERIOD)
    assert (reach.pairs_after, reach.after.internal, reach.after.external) == (1, 2, 4)
