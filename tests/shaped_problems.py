"""Random problems of any size made of every shape that is not a free function, with what makes each kind hard."""

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

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
    PointsShape,
    RequestPoints,
    RuleShape,
    SharedLanguages,
)

N_LEVELS = 5


@frozen(kw_only=True)
class Family:
    """What problems of a family have in common.

    Attributes:
        skills: How many skills are drawn from, at the most.
        unheld: How many more skills are asked for that nobody holds.
        places: Most places of a mentor.
        shapes: How likely each shape is there.
        listed: Which share of all pairs a list of single pairs names.
        points: Lowest and highest points of a table.
        weights: Weights of scorers.
    """

    skills: int = 3
    unheld: int = 0
    places: int = 2
    shapes: float = 0.3
    listed: float = 0.2
    points: tuple[int, int] = (-3, 6)
    weights: tuple[int, ...] = (-2, 0, 1, 3)


FAMILIES = {
    "anything": Family(),
    "ties": Family(points=(0, 1), weights=(1,)),
    "equal points": Family(points=(2, 2), weights=(1,), listed=0),
    "one skill": Family(skills=1, places=3),
    "skills that nobody holds": Family(unheld=4),
    "hardly a place": Family(places=0),
    "single pairs": Family(shapes=1, listed=0.6),
    "points below 0": Family(points=(-9, 0), weights=(1, 2)),
    "points of 64 bits": Family(points=(-(10**9), 10**9), weights=(1, 10**3)),
}


def shaped(rng: Generator, family: Family, *, requests: int, mentors: int) -> Problem:
    """Return a problem of so many requests and mentors."""
    n_skills = int(rng.integers(1, family.skills + 1))
    drawn = np.sort(rng.integers(0, max(requests * 2 // 3, 1), requests))
    asking, mentee = np.unique(drawn, return_inverse=True)
    holds = rng.random((n_skills, mentors)) < 0.8
    skill, mentor = np.nonzero(holds)
    level = rng.integers(0, N_LEVELS, len(skill))
    need = (rng.integers(0, N_LEVELS - 1, requests) * int(rng.integers(2))).astype(np.int8)
    objective: Objective = "score" if rng.random() < 0.5 else "requests-then-score"
    all_skills = n_skills + family.unheld
    none = np.zeros(0, np.int32)
    problem = Problem(
        mentee=mentee.astype(np.int32),
        skill=rng.integers(0, all_skills, requests).astype(np.int32),
        need=need,
        limit=rng.integers(0, 4, len(asking)).astype(np.int32),
        capacity=_capacity(rng, family.places, mentors),
        holdings=Holdings.of(skill, level, mentor, all_skills),
        silent=Holdings.of(none, none, none, all_skills),
        rules=tuple(
            CompiledRule(f"rule {number}", shape)
            for number, shape in enumerate(_rules(rng, family, need, requests, mentors))
        ),
        scorers=tuple(
            CompiledScorer(f"scorer {number}", int(rng.choice(family.weights)), shape)
            for number, shape in enumerate(_scorers(rng, family, requests, mentors))
        ),
        objective=objective,
        pinned=np.full(requests, -1, np.int32),
        request_key=rng.integers(0, 2**64, requests, dtype=np.uint64),
        mentor_key=rng.integers(0, 2**64, mentors, dtype=np.uint64),
    )
    problem.check_range()
    return problem


def _capacity(rng: Generator, most: int, mentors: int) -> NDArray[np.int32]:
    places = rng.integers(0, most + 1, mentors)
    return np.where(rng.random(mentors) < 0.2, 1, places).astype(np.int32)


def _rules(rng: Generator, family: Family, need: NDArray[np.int8], n: int, m: int) -> list[RuleShape]:
    def intervals() -> RuleShape:
        low = rng.permutation(m).astype(np.int32)
        high = np.minimum(low + rng.integers(1, 5, m), m).astype(np.int32)
        return IntervalBar(low, high, rng.integers(0, m + 1, n).astype(np.int32))

    def listed() -> RuleShape:
        return ExplicitBar(np.flatnonzero(rng.random(n * m) < family.listed).astype(np.int64), m)

    makers: list[Callable[[], RuleShape]] = [
        lambda: MentorBar(rng.random(m) < 0.8),
        lambda: CategoryBar(_codes(rng, 3, n), _codes(rng, 4, m), rng.random((3, 4)) < 0.8),
        lambda: CategoryBar(_codes(rng, 2, n), _codes(rng, 2, m), rng.random((2, 2)) < 0.8),
        lambda: SharedLanguages(*(rng.integers(1, 8, size).astype(np.uint64) for size in (n, m))),
        intervals,
        listed,
    ]
    return [LevelFloor(need), *(make() for make in makers if rng.random() < family.shapes)]


def _scorers(rng: Generator, family: Family, n: int, m: int) -> list[PointsShape]:
    low, high = family.points

    def points(*shape: int) -> NDArray[np.int64]:
        return rng.integers(low, high + 1, shape)

    def listed() -> PointsShape:
        keys = np.flatnonzero(rng.random(n * m) < family.listed).astype(np.int64)
        return ExplicitPoints(keys, points(len(keys)), m)

    makers: list[Callable[[], PointsShape]] = [
        lambda: RequestPoints(points(n)),
        lambda: MentorPoints(points(m)),
        lambda: CategoryPoints(_codes(rng, 3, n), _codes(rng, 5, m), points(3, 5)),
        lambda: CategoryPoints(_codes(rng, 4, n), _codes(rng, 2, m), points(4, 2)),
        lambda: LevelPoints(_codes(rng, 3, n), 0, points(3, N_LEVELS)),
        lambda: LevelPoints(_codes(rng, 2, n), 0, points(2, N_LEVELS)),
        listed,
    ]
    return [make() for make in makers if rng.random() < max(family.shapes, 0.5)]


def _codes(rng: Generator, n_categories: int, n: int) -> NDArray[np.int32]:
    return rng.integers(0, n_categories, n).astype(np.int32)


def shaped_at(number: int) -> Problem:
    """Return a small problem of one family after the other, always the same one for a number."""
    rng = default_rng([51, number])
    family = list(FAMILIES.values())[number % len(FAMILIES)]
    return shaped(rng, family, requests=int(rng.integers(1, 25)), mentors=int(rng.integers(1, 15)))
