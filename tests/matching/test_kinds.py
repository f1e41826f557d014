"""Requests by kind: what everybody is worth to a kind, and single pairs that differ, held against the problem."""

from collections.abc import Iterator

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError
from taskmentor.matching.kinds import Kinds, _grouped, _pairs_of, free_functions, kinds_of_arcs
from taskmentor.matching.oracle import Oracle
from taskmentor.matching.problem import Holdings, Problem
from taskmentor.matching.shapes import (
    CategoryBar,
    CategoryPoints,
    CompiledRule,
    CompiledScorer,
    ExplicitBar,
    ExplicitPoints,
    IntervalBar,
    MentorBar,
    MentorPoints,
    RuleShape,
    pair_keys,
)
from tests.markets import NEVER, kinds_for, plain_worths
from tests.random_problems import from_scores, random_round
from tests.shaped_problems import FAMILIES, shaped


def _problems(n: int) -> Iterator[Problem]:
    for number in range(n):
        rng = default_rng([81, number])
        family = list(FAMILIES.values())[number % len(FAMILIES)]
        yield shaped(rng, family, requests=int(rng.integers(0, 20)), mentors=int(rng.integers(1, 14)))


def _plain(requests: int, mentors: int, *rules: RuleShape) -> Problem:
    """Return a problem of one skill that everybody holds, of one request for each mentee, under some rules."""
    base = Problem.from_scores(np.zeros((requests, mentors), np.int64))
    holdings = Holdings.of(np.zeros(mentors, np.int64), np.zeros(mentors, np.int64), np.arange(mentors), 1)
    named = tuple(CompiledRule(f"rule {number}", rule) for number, rule in enumerate(rules))
    return evolve(base, skill=np.zeros(requests, np.int32), holdings=holdings, rules=named, scorers=())


def _by_kind(problem: Problem, kinds: Kinds, request: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return what each mentor is worth to a request by its kind and its exceptions, `NEVER` where it may not be."""
    scan, kind = kinds.scan, int(kinds.kind[request])
    found = np.full(problem.n_mentors, NEVER)
    for points, mentor in plain_worths(scan, kind):
        if points > scan.least:
            found[mentor] = points
    own = kinds.exceptions.take(np.array([request]))
    found[own.mentor] = np.where(own.points > scan.least, own.points.astype(np.int64), NEVER)
    found[found > NEVER] += kinds.base[request]
    return found


def _points(kinds: Kinds, request: NDArray[np.integer], mentor: NDArray[np.integer]) -> NDArray[np.int64]:
    return Oracle(kinds, compiled=False, executor=None).points(request, mentor)[0]


def _by_problem(problem: Problem, request: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    found = np.full(problem.n_mentors, NEVER)
    for pairs in problem.pairs(np.array([request])):
        found[pairs.mentor] = problem.score(pairs.request, pairs.mentor, pairs.level)
    return found


@pytest.mark.parametrize("most_entries", [0, 8, 1 << 20])
def test_every_pair_is_worth_to_its_kind_what_it_is_worth_in_the_problem(
    monkeypatch: pytest.MonkeyPatch, most_entries: int
) -> None:
    """Would be broken: which pairs there are and what they score, for tables packed into one, few, or not at all."""
    monkeypatch.setattr("taskmentor.matching.kinds._MOST_ENTRIES", most_entries)
    tables = 0
    for problem in _problems(180):
        kinds = Kinds.of(problem, problem.free)
        tables = max(tables, len(kinds.scan.table_start))
        for request in range(problem.n_requests):
            assert _by_kind(problem, kinds, request).tolist() == _by_problem(problem, request).tolist()
    assert (tables == 1) == (most_entries > 8)


def test_on_organisations_too_every_pair_is_worth_what_the_problem_says() -> None:
    """Would be broken: the shapes that the library's own rules and scorers compile to."""
    checked = 0
    for number in range(120):
        problem = random_round(default_rng([82, number])).problem
        if not free_functions(problem):
            kinds = Kinds.of(problem, problem.free)
            for request in problem.free.tolist():
                assert _by_kind(problem, kinds, request).tolist() == _by_problem(problem, request).tolist()
                checked += 1
    assert checked > 150


def test_requests_of_one_kind_share_their_candidates_and_those_left_out_have_none() -> None:
    """Would be broken: how few kinds there are, on which the speed rests, and where each request stands."""
    for problem in _problems(60):
        some = problem.free[::2]
        kinds = Kinds.of(problem, some)
        assert np.flatnonzero(kinds.kind >= 0).tolist() == sorted(some.tolist())
        assert sorted(kinds.request.tolist()) == sorted(some.tolist())
        for kind in range(kinds.n_kinds):
            members = kinds.request[kinds.start[kind] : kinds.start[kind + 1]]
            assert len(members) >= 1
            assert (kinds.kind[members] == kind).all()
            assert len(set(problem.skill[members].tolist())) == len(set(problem.need[members].tolist())) == 1
        longest = np.diff(kinds.exceptions.start)
        for kind, most in enumerate(kinds.most_exceptions.tolist()):
            assert most == max(longest[kinds.request[kinds.start[kind] : kinds.start[kind + 1]]])


@pytest.mark.parametrize("spread", [3, 2**40])
def test_rows_are_grouped_by_all_columns_however_far_their_numbers_are_apart(spread: int) -> None:
    """Would be broken: requests of different kinds taken for one where numbers of several columns do not fit in one."""
    rng = default_rng([83, spread])
    columns = [rng.choice([0, 1, spread], 60) for _ in range(3)]
    group, first = _grouped(columns, 60)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert [rows[first[one]] for one in group.tolist()] == rows
    assert sorted(rows[one] for one in first.tolist()) == sorted(set(rows))
    assert first.tolist() == [rows.index(rows[one]) for one in first.tolist()]


@pytest.mark.parametrize("entries", [1, 1 << 20])
def test_combinations_of_codes_are_counted_in_small_and_large_tables(
    monkeypatch: pytest.MonkeyPatch, entries: int
) -> None:
    """Would be broken: two tables made one."""
    monkeypatch.setattr("taskmentor.matching.kinds._MOST_ENTRIES", entries)
    keys, place = _pairs_of(np.array([2, 0, 2, 1]), np.array([1, 0, 1, 4]), 5)
    assert keys.tolist() == [0, 9, 11]
    assert place.tolist() == [2, 0, 2, 1]


def test_requests_that_ask_for_the_same_are_one_kind() -> None:
    """Would be broken: the number of kinds; a bar or a category that nobody has must not split them."""
    half = CategoryBar(np.zeros(6, np.int32), np.arange(4, dtype=np.int32) % 2, np.array([[True, True], [False, True]]))
    kinds = Kinds.of(_plain(6, 4, half), np.arange(6))
    assert kinds.n_kinds == 1
    assert len(kinds.scan.table_start) == 0
    by_parity = CategoryBar(np.arange(6, dtype=np.int32) % 2, half.mentor, half.table)
    assert Kinds.of(_plain(6, 4, by_parity), np.arange(6)).n_kinds == 2


@pytest.mark.parametrize("highest_price", [0, 2**40])
def test_bars_add_up_without_overflow_in_narrow_and_in_wide_points(highest_price: int) -> None:
    """Would be broken: a pair that many rules bar at once, whose points must not come round to the other side."""
    shapes = [
        CategoryBar(np.zeros(1, np.int32), np.arange(3, dtype=np.int32), np.array([[True, False, False]]))
        for _ in range(12)
    ]
    problem = _plain(1, 3, *shapes)
    problem = evolve(problem, scorers=(CompiledScorer("points", 1, MentorPoints(np.array([1, 2**24, -(2**24)]))),))
    kinds = Kinds.of(problem, np.arange(1), highest_price=highest_price)
    assert kinds.scan.by_mentor.dtype == (np.int64 if highest_price else np.int32)
    assert _by_kind(problem, kinds, 0).tolist() == [1, NEVER, NEVER]


def test_tables_that_would_grow_too_large_together_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: memory, for policies of many categories."""
    scorers = tuple(
        CompiledScorer(
            f"points {number}",
            1,
            CategoryPoints(
                np.arange(12, dtype=np.int32) // (number + 1),
                np.arange(9, dtype=np.int32) // (number + 1),
                default_rng(number).integers(0, 9, (12, 9)),
            ),
        )
        for number in range(3)
    )
    problem = evolve(_plain(12, 9), scorers=scorers)
    assert len(Kinds.of(problem, np.arange(12)).scan.table_start) == 1
    monkeypatch.setattr("taskmentor.matching.kinds._MOST_COLUMNS", 4)
    assert len(Kinds.of(problem, np.arange(12)).scan.table_start) == 3


def test_mentors_who_are_barred_or_not_looked_at_do_not_stand_there() -> None:
    """Would be broken: the size of what is looked at."""
    problem = _plain(2, 5, MentorBar(np.array([True, False, True, True, True])))
    offering = np.array([True, True, False, True, True])
    kinds = Kinds.of(problem, np.arange(2), offering=offering)
    assert kinds.scan.holder.tolist() == [0, 3, 4]
    assert kinds.offering.tolist() == [True, False, False, True, True]
    assert offering.tolist() == [True, True, False, True, True]


@pytest.mark.parametrize("nested", [True, False])
def test_pairs_that_intervals_bar_are_found_by_name(nested: bool) -> None:
    """Would be broken: the line of managers above each mentee; intervals in one another, apart, and overlapping."""
    barred = 0
    for number in range(150):
        rng = default_rng([83, number])
        n, m = int(rng.integers(1, 9)), int(rng.integers(1, 12))
        if nested:  # subtrees of a random forest, in the order of a walk that visits managers first
            depth = np.zeros(m, np.int64)
            for place in range(1, m):
                depth[place] = rng.integers(0, depth[place - 1] + 2)
            low = np.arange(m)
            high = np.array([next((end for end in range(one + 1, m) if depth[end] <= depth[one]), m) for one in low])
            order = rng.permutation(m)
            low, high = low[order], high[order]
        else:
            low = rng.integers(0, m, m)
            high = low + rng.integers(0, 6, m)
        shape = IntervalBar(low.astype(np.int32), high.astype(np.int32), rng.integers(0, m, n).astype(np.int32))
        found = Kinds.of(_plain(n, m, shape), np.arange(n)).exceptions
        owner = np.repeat(np.arange(n), np.diff(found.start))
        requests, mentors = np.indices((n, m)).reshape(2, -1)
        none = np.zeros(n * m, np.int8)
        expected = pair_keys(requests, mentors, m)[~shape.admits(requests, mentors, none)]
        assert pair_keys(owner, found.mentor, m).tolist() == expected.tolist()
        barred += len(expected)
    assert barred > 200


def test_exceptions_say_more_less_and_never() -> None:
    """Would be broken: single pairs of both signs, and a pair that one list favours and another bars."""
    problem = _plain(2, 3, ExplicitBar(np.array([1, 5]), 3))
    listed = ExplicitPoints(np.array([0, 1, 4]), np.array([40, 30, -25]), 3)
    problem = evolve(problem, scorers=(CompiledScorer("wishes", 2, listed),))
    kinds = Kinds.of(problem, np.arange(2))
    assert [_by_kind(problem, kinds, request).tolist() for request in range(2)] == [[80, NEVER, 0], [0, -50, NEVER]]
    found = kinds.exceptions
    assert found.start.tolist() == [0, 2, 4]
    oracle = Oracle(kinds, compiled=False, executor=None)
    points, excepted = oracle.points(np.array([0, 0, 1, 1]), np.array([0, 2, 1, 0]))
    assert excepted.tolist() == [True, False, True, False]
    assert points.tolist() == [80, 0, -50, 0]
    taken = found.take(np.array([1, 0, 1]))
    assert taken.start.tolist() == [0, 2, 4, 6]
    assert taken.mentor.tolist() == [1, 2, 0, 1, 1, 2]


def test_points_of_pairs_are_those_of_the_problem_and_scale_with_the_measure() -> None:
    """Would be broken: the worth of plans while they are made, and the unit that keeps prices small."""
    for problem in _problems(80):
        kinds = kinds_for(problem)
        some = [pairs for pairs in problem.pairs(np.flatnonzero(kinds.kind >= 0)) if len(pairs)]
        for pairs in some:
            kept = pairs.take(problem.capacity[pairs.mentor] > 0)
            score = problem.score(kept.request, kept.mentor, kept.level)
            assert (_points(kinds, kept.request, kept.mentor) + kinds.base[kept.request]).tolist() == score.tolist()
            measured = kinds.measured(kinds.unit, 6)
            found = _points(measured, kept.request, kept.mentor) + measured.base[kept.request]
            assert (found * kinds.unit).tolist() == (6 * score).tolist()


def test_listed_pairs_are_kinds_of_their_own() -> None:
    """Would be broken: problems whose points come from free functions."""
    for number in range(80):
        problem = from_scores(default_rng([84, number]))[0]
        arcs = problem.arcs(who="a test", most=10**4)
        kinds = kinds_of_arcs(arcs, problem.n_requests, problem.n_mentors, highest_price=10)
        assert _points(kinds, arcs.request, arcs.mentor).tolist() == arcs.weight.tolist()
        assert np.flatnonzero(kinds.kind >= 0).tolist() == sorted(set(arcs.request.tolist()))
        assert not kinds.most_exceptions.any()


@pytest.mark.parametrize(("largest", "width"), [(2**26 - 1, np.int32), (2**26, np.int64), (2**58 - 1, np.int64)])
def test_points_are_as_wide_as_sums_need(largest: int, width: type[np.signedinteger]) -> None:
    """Would be broken: exactness on one side, speed on the other."""
    assert Kinds.of(_plain(1, 1), np.arange(1), highest_price=largest).scan.by_mentor.dtype == width
    with pytest.raises(CostRangeError, match="a score and a price"):
        Kinds.of(_plain(1, 1), np.arange(1), highest_price=2**58)


def test_free_functions_are_named() -> None:
    """Would be broken: the refusal that says what is in the way of large rounds."""
    problem = Problem.from_scores(np.ones((2, 2), np.int64), admitted=np.eye(2, dtype=np.bool_))
    assert "score" in free_functions(problem)
    assert len(free_functions(problem)) == len(problem.rules) + 1
    assert free_functions(_plain(1, 1)) == []
