"""The reporting forest against a naive one and networkx, and cycles of any length."""

from datetime import date, timedelta

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from taskmentor.models.forest import NOBODY, ReportingForest, find_cycles, find_dated_cycles


@st.composite
def forests(draw: st.DrawFn) -> list[int]:
    """Draw the manager of each of some people, in an order that says nothing."""
    n = draw(st.integers(0, 14))
    names = draw(st.permutations(range(n)))
    managers = [NOBODY] * n
    for place in range(n):
        above = draw(st.integers(-1, place - 1))
        managers[names[place]] = NOBODY if above < 0 else names[above]
    return managers


def naive_line(managers: list[int], person: int) -> list[int]:
    line = []
    while (person := managers[person]) != NOBODY:
        line.append(person)
    return line


def array(managers: list[int]) -> NDArray[np.int32]:
    return np.array(managers, np.int32)


@given(forests())
@example([])
@example([NOBODY])
@example([1, 2, 3, NOBODY])
def test_lines_teams_and_spans_are_those_of_a_naive_walk(managers: list[int]) -> None:
    """Every way of asking gives the same forest."""
    forest, people = ReportingForest(array(managers)), range(len(managers))
    lines = [naive_line(managers, person) for person in people]
    assert len(forest) == len(managers)
    assert [forest.line(person) for person in people] == lines
    assert forest.depth.tolist() == [len(line) for line in lines]
    assert forest.span.tolist() == [managers.count(person) for person in people]
    assert forest.size.tolist() == [1 + sum(person in line for line in lines) for person in people]
    assert sorted(forest.enter.tolist()) == list(people)
    codes = np.arange(len(managers))
    above = forest.is_above(codes[:, None], codes[None, :])
    assert above.tolist() == [[manager in lines[person] for person in people] for manager in people]
    for manager in people:
        assert forest.team(manager).tolist() == [person for person in people if manager in lines[person]]
        for levels in (1, 2):
            assert forest.team(manager, levels=levels).tolist() == [
                person for person in people if manager in lines[person][:levels]
            ]
    assert find_cycles(array(managers)) == []


@given(forests())
def test_distance_is_the_length_of_the_path_in_networkx(managers: list[int]) -> None:
    """Up to the nearest common manager and down again; -1 between trees."""
    codes = np.arange(len(managers))
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(codes.tolist())
    graph.add_edges_from((person, manager) for person, manager in enumerate(managers) if manager != NOBODY)
    lengths = dict(nx.all_pairs_shortest_path_length(graph))
    distance = ReportingForest(array(managers)).distance(codes[:, None], codes[None, :])
    assert distance.dtype == np.int32
    for one in codes.tolist():
        for other in codes.tolist():
            assert distance[one, other] == lengths[one].get(other, NOBODY)


@given(st.lists(st.integers(-1, 11), max_size=12))
@example([1, 0])
@example([1, 2, 3, 1, 0])
def test_cycles_are_those_of_networkx(managers: list[int]) -> None:
    """Each once, smallest code first, in the order of reporting; those who only lead into one are not in it."""
    managers = [NOBODY if above >= len(managers) else above for above in managers]
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from((person, manager) for person, manager in enumerate(managers) if manager != NOBODY)
    wanted = {frozenset(cycle) for cycle in nx.simple_cycles(graph)}
    found = find_cycles(array(managers))
    assert {frozenset(cycle) for cycle in found} == wanted
    assert len(found) == len(wanted)
    for cycle in found:
        assert cycle[0] == min(cycle)
        assert [managers[person] for person in cycle] == [*cycle[1:], cycle[0]]


@pytest.mark.parametrize("n", [10_000, 100_000])
def test_a_chain_of_any_depth_is_walked_without_recursion(n: int) -> None:
    """Depth n must not fail where depth 10 works."""
    forest = ReportingForest(np.arange(-1, n - 1, dtype=np.int32))
    assert forest.depth.tolist() == list(range(n))
    assert forest.enter.tolist() == list(range(n))
    assert forest.size[0] == n
    assert forest.line(n - 1) == list(range(n - 2, -1, -1))
    assert len(forest.team(0)) == n - 1
    assert int(forest.distance(np.array(0), np.array(n - 1))) == n - 1
    assert bool(forest.is_above(np.array([0]), np.array([n - 1]))[0])


def test_a_cycle_of_two_and_of_100_000_are_found() -> None:
    """By walking, not by recursion."""
    assert find_cycles(array([1, 0, 0])) == [[0, 1]]
    (cycle,) = find_cycles(np.roll(np.arange(100_000, dtype=np.int32), 1))
    assert (len(cycle), cycle[:2]) == (100_000, [0, 99_999])


def test_what_a_forest_holds_cannot_be_changed() -> None:
    """A frozen value with an array that anybody may write to is not frozen; the caller's own array stays writable."""
    managers = array([NOBODY, 0])
    forest = ReportingForest(managers)
    for held in (forest.manager, forest.depth, forest.size, forest.span, forest.enter):
        with pytest.raises(ValueError, match="read-only"):
            held[0] = 1
    managers[0] = NOBODY


FIRST = date(2026, 1, 1)


@st.composite
def dated_lines(draw: st.DrawFn) -> list[tuple[int, int, int, int | None]]:
    """Draw reporting lines (person, manager, first day, last day) of which one person's never overlap."""
    lines = []
    for person in range(draw(st.integers(1, 5))):
        day = 0
        for _ in range(draw(st.integers(0, 3))):
            day += draw(st.integers(0, 3))
            last = draw(st.none() | st.integers(day, day + 3))
            manager = draw(st.sampled_from([other for other in range(6) if other != person]))
            lines.append((person, manager, day, last))
            if last is None:
                break
            day = last + 1
    return draw(st.permutations(lines))


def days(numbers: list[int | None]) -> NDArray[np.datetime64]:
    return np.array([None if n is None else FIRST + timedelta(days=n) for n in numbers], "datetime64[D]")


@given(dated_lines())
def test_cycles_by_day_are_found_where_a_walk_on_each_day_finds_one(
    lines: list[tuple[int, int, int, int | None]],
) -> None:
    """The first day with a cycle is named, and where there is none on any day nothing is."""
    otherwise = array([NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0])
    person, manager = array([line[0] for line in lines]), array([line[1] for line in lines])
    found = list(
        find_dated_cycles(otherwise, person, manager, days([x[2] for x in lines]), days([x[3] for x in lines]))
    )
    wanted = None
    for day in range(40):
        today = otherwise.copy()
        today[person] = NOBODY
        for who, above, first, last in lines:
            if first <= day and (last is None or day <= last):
                today[who] = above
        if cycles := find_cycles(today):
            wanted = (day, cycles)
            break
    if wanted is None:
        assert found == []
        return
    first_day = [cycle for cycle in found if cycle.on == np.datetime64(FIRST + timedelta(days=wanted[0]))]
    assert sorted(list(cycle.people) for cycle in first_day) == wanted[1]
    assert found[: len(first_day)] == first_day
    for cycle in found:
        members = set(cycle.people)
        assert {int(person[row]) for row in cycle.rows} | ({5} & members) == members


def test_lines_of_one_person_that_overlap_are_no_cycle_by_themselves() -> None:
    """They are a fault of their own; here the later one counts, and ends of the earlier one change nothing."""
    otherwise = array([NOBODY, NOBODY, NOBODY])
    person, manager = array([0, 0, 0, 1]), array([1, 2, 1, 0])
    found = find_dated_cycles(otherwise, person, manager, days([0, 2, 2, 5]), days([3, None, None, None]))
    assert [(cycle.on, cycle.people, cycle.rows) for cycle in found] == [
        (np.datetime64(FIRST + timedelta(days=5)), (0, 1), (2, 3))
    ]
