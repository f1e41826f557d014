"""Shapes: what rules and scorers compile to."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from taskmentor.errors import InputError
from taskmentor.matching.flow import Flow
from taskmentor.matching.policy import Policy
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.rules import Qualified, Rule
from taskmentor.matching.scorers import Scorer
from taskmentor.matching.shapes import (
    CategoryBar,
    CategoryPoints,
    CompiledScorer,
    ExplicitBar,
    ExplicitPoints,
    IntervalBar,
    LevelFloor,
    LevelPoints,
    MentorBar,
    MentorPoints,
    PairBar,
    PairPoints,
    PointsShape,
    RequestPoints,
    RuleShape,
    SharedLanguages,
    distinct,
    find_keys,
    pair_keys,
    with_unknown,
)
from taskmentor.matching.solution import solve
from taskmentor.models.people import Categories
from tests.organisations import ON, organisation

N_REQUESTS, N_MENTORS = 3, 4
_I32 = np.int32


def i32(*numbers: int) -> NDArray[np.int32]:
    return np.array(numbers, _I32)


RULES: dict[str, tuple[RuleShape, Callable[[int, int, int], bool]]] = {
    "LevelFloor": (LevelFloor(np.array([0, 2, 5], np.int8)), lambda r, j, level: level >= (0, 2, 5)[r]),
    "MentorBar": (MentorBar(np.array([True, False, True, False])), lambda r, j, level: j % 2 == 0),
    "CategoryBar": (
        CategoryBar(i32(0, 1, 1), i32(0, 0, 1, 1), np.array([[True, False], [False, True]])),
        lambda r, j, level: (r > 0) == (j > 1),
    ),
    "SharedLanguages": (
        SharedLanguages(np.array([1, 2, 3], np.uint64), np.array([1, 2, 4, 2**63], np.uint64)),
        lambda r, j, level: (1, 2, 3)[r] & (1, 2, 4, 2**63)[j] != 0,
    ),
    "IntervalBar": (
        IntervalBar(i32(0, 1, 2, 3), i32(4, 3, 3, 4), i32(1, 2, 3)),
        lambda r, j, level: not (0, 1, 2, 3)[j] < (1, 2, 3)[r] < (4, 3, 3, 4)[j],
    ),
    "ExplicitBar": (ExplicitBar(np.array([1, 6, 11]), N_MENTORS), lambda r, j, level: 4 * r + j not in (1, 6, 11)),
    "ExplicitBar of nothing": (ExplicitBar(np.zeros(0, np.int64), N_MENTORS), lambda r, j, level: True),
    "PairBar": (PairBar(lambda r, j: (r + j) % 2 == 0), lambda r, j, level: (r + j) % 2 == 0),
}
POINTS: dict[str, tuple[PointsShape, Callable[[int, int, int], int]]] = {
    "RequestPoints": (RequestPoints(np.array([3, -1, 7])), lambda r, j, level: (3, -1, 7)[r]),
    "MentorPoints": (MentorPoints(np.array([3, -1, 7, 0])), lambda r, j, level: (3, -1, 7, 0)[j]),
    "CategoryPoints": (
        CategoryPoints(i32(0, 1, 1), i32(0, 0, 1, 1), np.array([[1, 2], [3, 4]])),
        lambda r, j, level: 1 + 2 * (r > 0) + (j > 1),
    ),
    "LevelPoints": (
        LevelPoints(i32(0, 1, 1), 2, np.array([[1, 2, 3, 4], [5, 6, 7, 8]])),
        lambda r, j, level: 1 + 4 * (r > 0) + level - 2,
    ),
    "ExplicitPoints": (
        ExplicitPoints(np.array([1, 6, 11]), np.array([5, -9, 2]), N_MENTORS),
        lambda r, j, level: {1: 5, 6: -9, 11: 2}.get(4 * r + j, 0),
    ),
    "ExplicitPoints of nothing": (
        ExplicitPoints(np.zeros(0, np.int64), np.zeros(0, np.int64), N_MENTORS),
        lambda r, j, level: 0,
    ),
    "PairPoints": (PairPoints(lambda r, j: r * j - 2, -2, 4), lambda r, j, level: r * j - 2),
}
REQUESTS, MENTORS = np.repeat(np.arange(N_REQUESTS), N_MENTORS), np.tile(np.arange(N_MENTORS), N_REQUESTS)
LEVELS = (2 + (REQUESTS + MENTORS) % 4).astype(np.int8)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_shape_answers_pair_by_pair_and_in_blocks(name: str) -> None:
    """Would be broken: the same rule for strategies, oracle and verifier."""
    shape, plain = RULES[name]
    expected = [
        plain(r, j, level) for r, j, level in zip(REQUESTS.tolist(), MENTORS.tolist(), LEVELS.tolist(), strict=True)
    ]
    assert shape.admits(REQUESTS, MENTORS, LEVELS).tolist() == expected
    block = shape.admits(np.arange(3)[:, None], np.arange(4)[None, :], LEVELS.reshape(3, 4))
    assert np.broadcast_to(block, (3, 4)).ravel().tolist() == expected


@pytest.mark.parametrize("name", POINTS)
def test_a_points_shape_answers_pair_by_pair_and_in_blocks_within_its_bounds(name: str) -> None:
    """Would be broken: the same points for strategies, oracle and verifier, and bounds that count for K."""
    shape, plain = POINTS[name]
    expected = [
        plain(r, j, level) for r, j, level in zip(REQUESTS.tolist(), MENTORS.tolist(), LEVELS.tolist(), strict=True)
    ]
    assert shape.points(REQUESTS, MENTORS, LEVELS).tolist() == expected
    block = shape.points(np.arange(3)[:, None], np.arange(4)[None, :], LEVELS.reshape(3, 4))
    assert np.broadcast_to(block, (3, 4)).ravel().tolist() == expected
    assert shape.lowest <= min(expected)
    assert max(expected) <= shape.highest
    assert shape.points(REQUESTS, MENTORS, LEVELS).dtype == np.int64


def test_shapes_of_nothing_have_bounds_of_0() -> None:
    """Would be broken: rounds without requests."""
    none, nowhere = np.zeros(0, np.int64), np.zeros(0, np.int32)
    empty: list[PointsShape] = [
        RequestPoints(none),
        MentorPoints(none),
        CategoryPoints(nowhere, nowhere, np.zeros((0, 0), np.int64)),
        LevelPoints(nowhere, 0, np.zeros((0, 5), np.int64)),
        ExplicitPoints(none, none, 3),
    ]
    assert {(shape.lowest, shape.highest) for shape in empty} == {(0, 0)}


def test_narrow_points_do_not_overflow_when_they_are_weighted() -> None:
    """Would be broken: scorers of others; 5 in eight bits times 100 wraps around to -12."""
    shape = RequestPoints(np.array([5, 1], np.int8))
    scorer = CompiledScorer("importance", 100, shape)
    assert scorer.points(np.arange(2), np.zeros(2, np.int64), np.zeros(2, np.int8)).tolist() == [500, 100]
    assert scorer.bounds == (100, 500)
    assert CompiledScorer("less", -2, shape).bounds == (-10, -2)


@pytest.mark.parametrize("kind", [float, bool, np.uint64])
def test_points_that_are_no_whole_numbers_are_refused(kind: type) -> None:
    """Would be broken: fractions that would be cut off in silence."""
    some: NDArray[Any] = np.array([1, 1, 0]).astype(kind)
    with pytest.raises(ValueError, match="whole numbers"):
        RequestPoints(some)
    with pytest.raises(ValueError, match="whole numbers"):
        PairPoints(lambda r, j: some[r], 0, 1).points(np.arange(3), np.arange(3), np.arange(3))


def test_a_pair_scorer_that_breaks_its_bounds_is_named() -> None:
    """Would be broken: K and the exactness that rests on the bounds."""
    shape = PairPoints(lambda r, j: r + j, 0, 3)
    assert shape.points(i32(1), i32(2), i32(0)).tolist() == [3]
    assert shape.points(i32(), i32(), i32()).tolist() == []
    for request, mentor in ((2, 2), (-1, 0)):
        with pytest.raises(ValueError, match="outside its bounds 0 to 3"):
            shape.points(i32(request), i32(mentor), i32(0))


@pytest.mark.parametrize("keys", [[2, 1], [1, 1]])
def test_listed_pairs_must_be_sorted_each_once(keys: list[int]) -> None:
    """Would be broken: the binary search, which would miss pairs in silence."""
    with pytest.raises(ValueError, match="sorted"):
        ExplicitBar(np.array(keys), 2)
    with pytest.raises(ValueError, match="sorted"):
        ExplicitPoints(np.array(keys), np.array([1, 2]), 2)


def test_unknown_categories_come_last() -> None:
    """Would be broken: the code of the empty cell, which is -1 and must not mean the last category."""
    some = Categories(i32(1, -1, 0), ("a", "b"))
    assert with_unknown(some, np.array([0, 1, 2])).tolist() == [1, 2, 0]


def test_keys_are_different_for_different_pairs_and_found_again() -> None:
    """Would be broken: explicit pairs, at the ends of the list too."""
    keys = pair_keys(REQUESTS, MENTORS, N_MENTORS)
    assert len(np.unique(keys)) == len(keys)
    place, found = find_keys(np.array([2, 5]), np.array([1, 2, 3, 5, 9]))
    assert found.tolist() == [False, True, False, True, False]
    assert place[[1, 3]].tolist() == [0, 1]
    assert find_keys(np.zeros(0, np.int64), np.array([1]))[1].tolist() == [False]


@given(
    st.sets(st.integers(0, 200)),
    st.lists(st.integers(-9, 10**6) | st.integers(0, 200), min_size=1),
    st.sampled_from([1, 999, 10**9]),
)
def test_many_keys_are_found_where_few_are(keys: set[int], wanted: list[int], scale: int) -> None:
    """Would be broken: lookups in large organisations, which go other ways, also in columns of columns."""
    known, asked = np.array(sorted(keys), np.int64) * scale, np.array(wanted, np.int64) * scale
    answers = []
    for many, some in ((0, 0), (10**9, 0), (10**9, 10**9)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("taskmentor.matching.shapes._MANY_KEYS", many)
            patch.setattr("taskmentor.matching.shapes._SOME_KEYS", some)
            place, found = find_keys(known, asked)
            assert found.tolist() == [one in keys for one in wanted]
            assert known[place[found]].tolist() == asked[found].tolist()
            answers.append(find_keys(known, asked[:, None])[1].tolist())
    assert answers[0] == answers[1] == answers[2]


@given(st.lists(st.integers(0, 30)))
def test_distinct_numbers_rise_and_stand_once(numbers: list[int]) -> None:
    """Would be broken: explicit pairs, which are searched for by halves."""
    assert distinct(np.array(numbers, np.int64)).tolist() == sorted(set(numbers))


class Liar:
    """A shape of one's own that gives more than it promises."""

    lowest, highest = 0, 1

    def points(
        self, requests: NDArray[np.integer], mentors: NDArray[np.integer], levels: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        return np.full(np.broadcast_shapes(requests.shape, mentors.shape), 5, np.int64)


@frozen
class Promising:
    """A scorer or rule of one's own that compiles to anything."""

    shape: Any
    weight: int = 1
    name = "promising"

    def compile(self, pool: Pool) -> Any:
        return self.shape


@pytest.mark.parametrize(
    ("rules", "scorers", "code"),
    [
        ((), (Promising(MentorPoints(np.arange(7))),), "WRONG-SHAPE"),
        ((), (Promising(MentorPoints(np.zeros(0, np.int64))),), "WRONG-SHAPE"),
        ((), (Promising(RequestPoints(np.arange(9))),), "WRONG-SHAPE"),
        ((), (Promising(None),), "WRONG-SHAPE"),
        ((Promising(MentorBar(np.ones(9, np.bool_))),), (), "WRONG-SHAPE"),
        ((Promising(None),), (), "WRONG-SHAPE"),
        ((Promising(PairBar(cast(Any, lambda requests, mentors: mentors))),), (), "WRONG-TYPE"),
        ((), (Promising(PairPoints(cast(Any, lambda requests, mentors: mentors * 0.5), 0, 9)),), "WRONG-TYPE"),
        ((), (Promising(Liar()),), "OUT-OF-RANGE"),
    ],
)
def test_a_rule_or_scorer_that_breaks_its_shape_is_named(
    rules: tuple[Rule, ...], scorers: tuple[Scorer, ...], code: str
) -> None:
    """Columns over everybody instead of the pool would give points to the wrong people, in silence."""
    whole = organisation({"mia": {}, "ann": {}}, knows={"ann": {"sql": 3}}, wants={"mia": {"sql": 2}})
    policy = Policy(rules=(Qualified(), *rules), scorers=scorers)
    with pytest.raises(InputError) as refused:
        solve(daily_problem(whole, policy, on=ON), Flow())
    (fault,) = refused.value.faults
    assert (fault.code, fault.column) == (code, "promising")
