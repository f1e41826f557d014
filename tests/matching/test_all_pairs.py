"""The check of all pairs: a second reading of every shape, held against the shapes' own answers pair by pair."""

from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching import all_pairs, shapes
from taskmentor.matching.all_pairs import Holders, uncovered_pairs
from taskmentor.matching.certificate import _holders
from taskmentor.matching.duals import Duals
from taskmentor.matching.kernels.scan import short_pairs
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Holdings, Problem
from taskmentor.matching.shapes import (
    CategoryBar,
    CategoryPoints,
    CompiledRule,
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
    Places,
    PointsShape,
    RequestPoints,
    RuleShape,
    SharedLanguages,
)
from tests.random_problems import random_round

WALKS = ("numpy", "kernel", "kernel as written")
LEVELS = 6


@pytest.fixture(params=WALKS)
def walk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with each way to walk over pairs, in small blocks and chunks."""
    chosen = str(request.param)
    monkeypatch.setattr(all_pairs, "_CHUNK", 40)
    monkeypatch.setattr(all_pairs, "_BLOCK", 16)
    monkeypatch.setattr(all_pairs, "_WRITTEN", 1024)
    if chosen != "numpy":
        monkeypatch.setattr(all_pairs, "_COMPILED_FROM", 0)
    if chosen == "kernel as written":
        monkeypatch.setattr(all_pairs, "short_pairs", _AsWritten())
    return chosen


class _AsWritten:
    """The kernel where it runs as it is written, also where machine code is asked for."""

    compiled = short_pairs


# Random problems of every shape


@frozen
class EvenSum:
    """A rule shape of one's own, without columns."""

    def admits(self, requests: Places, mentors: Places, levels: Places) -> NDArray[np.bool_]:
        return np.asarray((requests + mentors) % 2 == 0)


@frozen
class LevelSquared:
    """A points shape of one's own, without columns."""

    lowest: int = 0
    highest: int = LEVELS**2

    def points(self, requests: Places, mentors: Places, levels: Places) -> NDArray[np.int64]:
        return np.broadcast_to(levels.astype(np.int64) ** 2, np.broadcast_shapes(requests.shape, levels.shape))


def some_keys(rng: Generator, n: int, m: int) -> NDArray[np.int64]:
    return np.flatnonzero(rng.random(n * m) < rng.choice([0, 0.1, 0.5]))


def codes(rng: Generator, n: int, kinds: int) -> NDArray[np.int32]:
    return rng.integers(0, kinds, n).astype(np.int32)


def interval_bar(rng: Generator, n: int, m: int) -> RuleShape:
    low = codes(rng, m, 8)
    return IntervalBar(low, low + codes(rng, m, 6), codes(rng, n, 10))


RULES: dict[str, Callable[[Generator, int, int], RuleShape]] = {
    "LevelFloor": lambda rng, n, m: LevelFloor(codes(rng, n, LEVELS + 1).astype(np.int8)),
    "MentorBar": lambda rng, n, m: MentorBar(rng.random(m) < 0.7),
    "CategoryBar": lambda rng, n, m: CategoryBar(codes(rng, n, 3), codes(rng, m, 4), rng.random((3, 4)) < 0.6),
    "SharedLanguages": lambda rng, n, m: SharedLanguages(
        np.uint64(1) << rng.choice([0, 1, 63], n).astype(np.uint64), rng.integers(0, 2**64, m, np.uint64)
    ),
    "IntervalBar": interval_bar,
    "ExplicitBar": lambda rng, n, m: ExplicitBar(some_keys(rng, n, m), m),
    "PairBar": lambda rng, n, m: PairBar(lambda r, j: (r + j) % 3 > 0),
    "EvenSum": lambda rng, n, m: EvenSum(),
}


def explicit_points(rng: Generator, n: int, m: int) -> PointsShape:
    keys = some_keys(rng, n, m)
    return ExplicitPoints(keys, rng.integers(-9, 10, len(keys)), m)


POINTS: dict[str, Callable[[Generator, int, int], PointsShape]] = {
    "RequestPoints": lambda rng, n, m: RequestPoints(rng.integers(-5, 6, n)),
    "MentorPoints": lambda rng, n, m: MentorPoints(rng.integers(-5, 6, m)),
    "CategoryPoints": lambda rng, n, m: CategoryPoints(codes(rng, n, 2), codes(rng, m, 3), rng.integers(-5, 6, (2, 3))),
    "LevelPoints": lambda rng, n, m: LevelPoints(codes(rng, n, 2), -1, rng.integers(-5, 6, (2, LEVELS + 1))),
    "ExplicitPoints": explicit_points,
    "PairPoints": lambda rng, n, m: PairPoints(lambda r, j: r * j % 5 - 1, -1, 3),
    "LevelSquared": lambda rng, n, m: LevelSquared(),
}
FREE = {"PairBar", "EvenSum", "PairPoints", "LevelSquared"}


def random_problem(rng: Generator) -> Problem:
    """Return a problem of a few skills with shapes of any kind, some of them twice."""
    n, m, n_skills = int(rng.integers(1, 14)), int(rng.integers(1, 12)), int(rng.integers(1, 4))
    skill, mentor = np.nonzero(rng.random((n_skills, m)) < 0.7)
    barring = rng.choice(list(RULES), int(rng.integers(0, 4))).tolist()
    counting = rng.choice(list(POINTS), int(rng.integers(0, 5))).tolist()
    weights = rng.integers(-3, 5, len(counting)).tolist()
    objective: Objective = "score" if rng.random() < 0.5 else "requests-then-score"
    return problem_of(
        mentee=np.sort(rng.integers(0, n, n)),
        skill=rng.integers(0, n_skills, n),
        holdings=Holdings.of(skill, rng.integers(0, LEVELS, len(skill)), mentor, n_skills),
        n_mentors=m,
        rules=[RULES[name](rng, n, m) for name in barring],
        scorers=[(w, POINTS[name](rng, n, m)) for name, w in zip(counting, weights, strict=True)],
        objective=objective,
    )


def problem_of(
    *,
    mentee: NDArray[np.integer],
    skill: NDArray[np.integer],
    holdings: Holdings,
    n_mentors: int,
    rules: list[RuleShape],
    scorers: list[tuple[int, PointsShape]],
    objective: Objective = "requests-then-score",
) -> Problem:
    nothing = np.zeros(0, np.int32)
    problem = Problem(
        mentee=mentee.astype(np.int32),
        skill=skill.astype(np.int32),
        need=np.zeros(len(mentee), np.int8),
        limit=np.ones(int(mentee.max(initial=-1)) + 1, np.int32),
        capacity=np.ones(n_mentors, np.int32),
        holdings=holdings,
        silent=Holdings.of(nothing, nothing, nothing, len(holdings.start) - 1),
        rules=tuple(CompiledRule(f"rule {place}", shape) for place, shape in enumerate(rules)),
        scorers=tuple(CompiledScorer(f"scorer {place}", w, shape) for place, (w, shape) in enumerate(scorers)),
        objective=objective,
        pinned=np.full(len(mentee), -1, np.int32),
        request_key=np.arange(len(mentee), dtype=np.uint64),
        mentor_key=np.arange(n_mentors, dtype=np.uint64),
    )
    problem.check_range()
    return problem


def holders_of(problem: Problem, rng: Generator | None = None) -> Holders:
    """Return the holders of a problem, in any order."""
    skill = np.repeat(np.arange(len(problem.holdings.start) - 1), np.diff(problem.holdings.start)).astype(np.int32)
    holders = Holders(skill, problem.holdings.mentor, problem.holdings.level)
    return holders if rng is None else holders.take(rng.permutation(len(skill)))


# Brute force by the shapes' own answers


def weights_of(problem: Problem, requests: NDArray[np.int32], holders: Holders) -> dict[tuple[int, int], int]:
    """Return the weight of every eligible pair of some requests, asked about one by one."""
    weights = {}
    for request in requests.tolist():
        for row in np.flatnonzero(holders.skill == problem.skill[request]).tolist():
            pair = np.array([request]), holders.mentor[[row]], holders.level[[row]]
            if problem.admits(*pair).all():
                score = sum(int(scorer.points(*pair)[0]) for scorer in problem.scorers)
                weights[request, int(holders.mentor[row])] = problem.count_weight + score
    return weights


def paid_for(problem: Problem, duals: Duals, request: int, mentor: int) -> int:
    return int(duals.request[request]) + int(duals.mentee[problem.mentee[request]]) + int(duals.mentor[mentor])


def uncovered(problem: Problem, duals: Duals, weights: dict[tuple[int, int], int]) -> set[tuple[int, int]]:
    return {pair for pair, weight in weights.items() if weight > paid_for(problem, duals, *pair)}


def found(problem: Problem, duals: Duals, requests: NDArray[np.int32], holders: Holders) -> set[tuple[int, int]]:
    answer = uncovered_pairs(problem, duals, requests, holders, witnesses=10**6)
    pairs = list(zip(answer.request.tolist(), answer.mentor.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) == answer.n
    return set(pairs)


def no_duals(problem: Problem) -> Duals:
    sides = (problem.n_requests, problem.n_mentees, problem.n_mentors)
    request, mentee, mentor = (np.zeros(n, np.int64) for n in sides)
    return Duals(request=request, mentee=mentee, mentor=mentor)


def random_duals(rng: Generator, problem: Problem) -> Duals:
    most = max(1, (problem.count_weight + problem.score_bounds[1]) // 2 + 2)
    sides = (problem.n_requests, problem.n_mentees, problem.n_mentors)
    request, mentee, mentor = (rng.integers(0, most, n) * (rng.random(n) < 0.7) for n in sides)
    return Duals(request=request, mentee=mentee, mentor=mentor)


def tight_duals(rng: Generator, problem: Problem, weights: dict[tuple[int, int], int]) -> Duals:
    """Return prices that cover every pair, and no request pays a point too much."""
    duals = random_duals(rng, problem)
    duals = evolve(
        duals, request=np.zeros(problem.n_requests, np.int64), mentor=duals.mentor // 3, mentee=duals.mentee // 3
    )
    for (request, mentor), weight in weights.items():
        short = weight - paid_for(problem, duals, request, mentor)
        duals.request[request] += max(0, short)
    return duals


def test_the_same_pairs_are_found_as_by_the_shapes_own_answers(walk: str) -> None:
    """Would be broken: a shape that is read otherwise than it answers, or a walk that leaves pairs out."""
    seen, with_faults = 0, 0
    for seed in range(400):
        rng = default_rng([31, seed])
        problem = random_problem(rng)
        holders = holders_of(problem, rng)
        asked = np.flatnonzero(rng.random(problem.n_requests) < 0.8).astype(np.int32)
        duals, weights = random_duals(rng, problem), weights_of(problem, asked, holders)
        expected = uncovered(problem, duals, weights)
        assert found(problem, duals, asked, holders) == expected, seed
        seen += len(weights)
        with_faults += bool(expected)
    assert seen > 5_000
    assert 100 < with_faults < 390


def test_rounds_of_random_organisations_are_read_as_they_answer(walk: str) -> None:
    """Would be broken: the library's own rules and scorers, whose holders are taken from the tables."""
    with_faults = 0
    for seed in range(100):
        rng = default_rng([37, seed])
        given = random_round(rng)
        problem = given.problem
        holders = _holders(given.organisation, problem)
        duals, weights = random_duals(rng, problem), weights_of(problem, problem.free, holders)
        expected = uncovered(problem, duals, weights)
        assert found(problem, duals, problem.free, holders) == expected, seed
        with_faults += bool(expected)
    assert with_faults > 20


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_read(name: str, walk: str) -> None:
    """Would be broken: what bars too little rejects lawful prices, and what bars too much accepts false ones."""
    for seed in range(10):
        rng = default_rng([41, seed])
        drawn = random_problem(rng)
        shape = RULES[name](rng, drawn.n_requests, drawn.n_mentors)
        problem = evolve(drawn, rules=(CompiledRule(name, shape),))
        holders = holders_of(problem, rng)
        problem = evolve(problem, scorers=(), objective="requests-then-score")
        weights = weights_of(problem, problem.free, holders)
        assert found(problem, no_duals(problem), problem.free, holders) == set(weights)


@pytest.mark.parametrize("side", ["request", "mentee", "mentor"])
def test_a_price_one_too_low_on_any_side_is_found_at_its_tightest_pairs(side: str, walk: str) -> None:
    """Would be broken: the difference between proven and almost proven."""
    planted = 0
    for seed in range(60):
        rng = default_rng([43, seed])
        problem = random_problem(rng)
        holders = holders_of(problem)
        weights = weights_of(problem, problem.free, holders)
        duals = tight_duals(rng, problem, weights)
        assert found(problem, duals, problem.free, holders) == set()
        prices: NDArray[np.int64] = getattr(duals, side)
        for place in np.flatnonzero(prices > 0)[:6].tolist():
            lower = prices.copy()
            lower[place] -= 1
            damaged = evolve(duals, **{side: lower})  # type: ignore[arg-type]
            expected = uncovered(problem, damaged, weights)
            assert found(problem, damaged, problem.free, holders) == expected
            planted += bool(expected)
    assert planted > 25


@pytest.mark.parametrize("points", [7, -7])
def test_listed_points_uncover_and_cover_their_own_pair_alone(points: int, walk: str) -> None:
    """Would be broken: a wish that makes a pair worth more than is paid, or a past contact that makes it worth less."""
    n, m = 3, 4
    problem = problem_of(
        mentee=np.arange(n),
        skill=np.zeros(n, np.int64),
        holdings=Holdings.of(np.zeros(m, np.int64), np.zeros(m, np.int64), np.arange(m), 1),
        n_mentors=m,
        rules=[ExplicitBar(np.array([9]), m)],
        scorers=[(1, RequestPoints(np.full(n, 10))), (1, ExplicitPoints(np.array([6, 9]), np.full(2, points), m))],
        objective="score",
    )
    everybody = {(request, mentor) for request in range(n) for mentor in range(m)}
    for paid, expected in (
        (10, {(1, 2)} if points > 0 else set()),
        (9, everybody - ({(1, 2)} if points < 0 else set())),
    ):
        duals = Duals(request=np.full(n, paid), mentee=np.zeros(n, np.int64), mentor=np.zeros(m, np.int64))
        assert found(problem, duals, problem.free, holders_of(problem)) == expected - {(2, 1)}


def test_the_largest_weights_and_prices_do_not_overflow(walk: str) -> None:
    """Would be broken: a certificate whose absurd prices sum up, in 64 bits, to whatever its author likes."""
    most, largest = 2**58, np.iinfo(np.int64).max
    problem = problem_of(
        mentee=np.arange(2),
        skill=np.zeros(2, np.int64),
        holdings=Holdings.of(np.zeros(2, np.int64), np.zeros(2, np.int64), np.arange(2), 1),
        n_mentors=2,
        rules=[],
        scorers=[
            (
                1,
                CategoryPoints(
                    np.arange(2, dtype=np.int32), np.arange(2, dtype=np.int32), np.array([[0, most], [-most, 1]])
                ),
            ),
            (-2, MentorPoints(np.array([0, most // 2]))),
            (1, RequestPoints(np.array([-most, most]))),
        ],
        objective="score",
    )
    holders = holders_of(problem)
    weights = weights_of(problem, problem.free, holders)
    for prices in ([0, 0], [largest, 0], [0, largest], [largest, largest], [most, most - 1], [1, 2**57]):
        for others in (0, 1, largest):
            duals = Duals(
                request=np.array(prices), mentee=np.full(2, others), mentor=np.array(prices[::-1]) // (1 + others % 2)
            )
            assert found(problem, duals, problem.free, holders) == uncovered(problem, duals, weights)
    narrow = Duals(request=np.zeros(2, np.uint8), mentee=np.zeros(2, np.int32), mentor=np.full(2, 2**64 - 1, np.uint64))
    assert found(problem, narrow, problem.free, holders) == set()


def test_one_uncovered_pair_among_sixty_million_is_found() -> None:
    """Would be broken: the one thing that looking at a sample cannot do."""
    n, m = 8_000, 7_500
    problem = problem_of(
        mentee=np.arange(n),
        skill=np.zeros(n, np.int64),
        holdings=Holdings.of(np.zeros(m, np.int64), np.arange(m) % LEVELS, np.arange(m), 1),
        n_mentors=m,
        rules=[MentorBar(np.ones(m, np.bool_)), ExplicitBar(np.arange(n) * m, m)],
        scorers=[(3, LevelPoints(np.zeros(n, np.int32), 0, np.arange(LEVELS)[None, :]))],
        objective="score",
    )
    duals = Duals(
        request=np.full(n, 1),
        mentee=np.zeros(n, np.int64),
        mentor=3 * (np.arange(m) % LEVELS) - 1,
    )
    assert (
        uncovered_pairs(problem, evolve(duals, mentor=np.maximum(duals.mentor, 0)), problem.free, holders_of(problem)).n
        == 0
    )
    duals.request[4711] = 0
    duals.mentor[:] += 1
    duals.mentor[1234] -= 1
    answer = uncovered_pairs(problem, duals, problem.free, holders_of(problem))
    assert (answer.n, answer.request.tolist(), answer.mentor.tolist()) == (1, [4711], [1234])


def test_all_are_counted_and_the_first_named(walk: str) -> None:
    """Would be broken: a verdict one can read, and how bad it is."""
    problem = evolve(random_problem(default_rng(5)), rules=(), scorers=(), objective="requests-then-score")
    holders = holders_of(problem)
    answer = uncovered_pairs(problem, no_duals(problem), problem.free, holders, witnesses=3)
    assert answer.n == len(weights_of(problem, problem.free, holders)) > 40
    assert len(answer.request) == len(answer.mentor) == 3


def test_no_answer_of_a_shape_with_columns_is_used(walk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the word `independent`; one wrong answer would pass as right twice."""

    def refuse(*_: object) -> None:
        raise AssertionError("asked")

    rng = default_rng(47)
    n, m = 9, 8
    problem = problem_of(
        mentee=np.arange(n),
        skill=np.zeros(n, np.int64),
        holdings=Holdings.of(np.zeros(m, np.int64), rng.integers(0, LEVELS, m), np.arange(m), 1),
        n_mentors=m,
        rules=[make(rng, n, m) for name, make in RULES.items() if name not in FREE],
        scorers=[(2, make(rng, n, m)) for name, make in POINTS.items() if name not in FREE],
    )
    duals = random_duals(rng, problem)
    expected = found(problem, duals, problem.free, holders_of(problem))
    for kind in (*map(type, (rule.shape for rule in problem.rules)), CompiledRule):
        monkeypatch.setattr(kind, "admits", refuse)
    for kind in (*map(type, (scorer.shape for scorer in problem.scorers)), CompiledScorer):
        monkeypatch.setattr(kind, "points", refuse)
    monkeypatch.setattr(shapes, "find_keys", refuse)
    monkeypatch.setattr(shapes, "pair_keys", refuse)
    assert found(problem, duals, problem.free, holders_of(problem)) == expected


def test_every_shape_of_the_library_is_put_to_the_test() -> None:
    """Would be broken: a new shape that nobody reads, and that is taken for a free function instead."""
    kinds = {name: getattr(shapes, name) for name in shapes.__all__ if not name.startswith("Compiled")}
    barring = {name for name, kind in kinds.items() if hasattr(kind, "admits")} - {"RuleShape"}
    counting = {name for name, kind in kinds.items() if hasattr(kind, "points")} - {"PointsShape"}
    assert set(RULES) == barring | {"EvenSum"}
    assert set(POINTS) == counting | {"LevelSquared"}


@pytest.mark.parametrize("first", [1, -LEVELS])
def test_a_table_without_an_entry_for_a_holder_is_refused(first: int) -> None:
    """Would be broken: points read from beside the table, in machine code without a word."""
    problem = problem_of(
        mentee=np.zeros(1, np.int64),
        skill=np.zeros(1, np.int64),
        holdings=Holdings.of(np.zeros(1, np.int64), np.zeros(1, np.int64), np.arange(1), 1),
        n_mentors=1,
        rules=[],
        scorers=[(1, LevelPoints(np.zeros(1, np.int32), first, np.zeros((1, LEVELS), np.int64)))],
    )
    with pytest.raises(ValueError, match=r"scorer 'scorer 0' has a category outside its table of shape \(1, 6\)"):
        uncovered_pairs(problem, no_duals(problem), problem.free, holders_of(problem))


def test_without_requests_or_holders_nothing_is_uncovered(walk: str) -> None:
    """Would be broken: the verdict on an empty round."""
    problem = random_problem(default_rng(3))
    holders, duals = holders_of(problem), random_duals(default_rng(3), problem)
    assert found(problem, duals, problem.free[:0], holders) == set()
    assert found(problem, duals, problem.free, holders.take(np.zeros(0, np.int64))) == set()
    nobody = Problem.from_scores(np.zeros((0, 0), np.int64))
    assert found(nobody, no_duals(nobody), nobody.free, holders_of(nobody)) == set()
