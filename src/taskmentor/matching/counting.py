"""How many people stand before each of many requests, counted without listing their pairs.

Requests for the same skill and level that are alike to every rule have the same people before them, and people who are
alike to every rule count as one: each kind of request meets each kind of person once. The few pairs that a rule names
one by one, and everybody's own, are looked up afterwards and set right.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.facts import UNKNOWN, Standing, Tally
from taskmentor.matching.ids import pool_of
from taskmentor.matching.problem import Holdings, Problem
from taskmentor.matching.shapes import (
    CategoryBar,
    CompiledRule,
    ExplicitBar,
    IntervalBar,
    LevelFloor,
    MentorBar,
    RuleShape,
    SharedLanguages,
)
from taskmentor.models.ranges import ranges

__all__ = ["alike", "count"]

_BLOCK = 1 << 20
"""About how many meetings of kinds are looked at together."""

_ROWS = 1 << 18
"""How many requests are set right together."""

Places = NDArray[np.integer]


def count(problem: Problem, standing: Standing, requests: NDArray[np.int32]) -> Tally:
    """Return how many people each of some requests has before it.

    Args:
        problem: The problem, made from an organisation.
        standing: What its solution leaves.
        requests: Places of requests. Shape (n,).

    Complexity:
        O(h log h + n log n + m + p) time for h holdings, m meetings of a kind of request with a kind of person, and p
        pairs that rules name one by one. To a rule that is a free function everybody is of a kind of their own: then m
        is the number of qualified pairs.
    """
    rules = _by_sides(problem)
    kind, first = alike([problem.skill[requests], problem.need[requests], *(rule.request[requests] for rule in rules)])
    of_kinds = _count_kinds(problem, standing, rules, requests[first])
    parts = np.split(np.arange(len(requests)), range(_ROWS, len(requests), _ROWS))
    return Tally.joined(
        [_set_right(problem, standing, rules, requests[part], of_kinds.take(kind[part])) for part in parts]
    )


def alike(columns: Sequence[NDArray[np.generic]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the kind of each row, where rows that agree in all columns are of one kind, and a row of each kind.

    Args:
        columns: At least one. Shape (n,) each.

    Complexity:
        O(n log n) for each column.
    """
    order = np.lexsort(tuple(columns))
    begins = np.zeros(len(order), np.bool_)
    begins[:1] = True
    for column in columns:
        ordered = column[order]
        begins[1:] |= ordered[1:] != ordered[:-1]
    kind = np.empty(len(order), np.int64)
    kind[order] = np.cumsum(begins) - 1
    return kind, order[begins].astype(np.int64)


def _sides(shape: RuleShape, n_requests: int, n_mentors: int) -> tuple[NDArray[np.generic], NDArray[np.generic]] | None:
    """Return the columns by which a rule tells requests and mentors apart; None where it names pairs one by one."""
    if isinstance(shape, ExplicitBar | IntervalBar):
        return None
    if isinstance(shape, LevelFloor):  # of those who are qualified it bars nobody
        return np.zeros(n_requests, np.bool_), np.zeros(n_mentors, np.bool_)
    if isinstance(shape, MentorBar):
        return np.zeros(n_requests, np.bool_), shape.allowed
    if isinstance(shape, CategoryBar | SharedLanguages):
        return shape.request, shape.mentor
    return np.arange(n_requests), np.arange(n_mentors)


@frozen(eq=False)
class _SidedRule:
    """A rule that looks at a column of each side.

    Attributes:
        rule: The rule.
        place: Its place among all rules.
        request: What it sees of each request. Shape (n_requests,).
        mentor: What it sees of each mentor. Shape (n_mentors,).
    """

    rule: CompiledRule
    place: int
    request: NDArray[np.generic]
    mentor: NDArray[np.generic]


def _by_sides(problem: Problem) -> tuple[_SidedRule, ...]:
    sides = [_sides(rule.shape, problem.n_requests, problem.n_mentors) for rule in problem.rules]
    return tuple(
        _SidedRule(problem.rules[place], place, *columns) for place, columns in enumerate(sides) if columns is not None
    )


def _masks(
    problem: Problem, rules: Sequence[_SidedRule], requests: Places, mentors: Places, levels: Places
) -> list[NDArray[np.bool_]]:
    """Return which pairs each of all rules bars; those that name pairs one by one bar none here."""
    masks = [np.zeros(len(requests), np.bool_) for _ in problem.rules]
    for sided in rules:
        masks[sided.place] = ~sided.rule.admits(requests, mentors, levels)
    return masks


def _count_kinds(
    problem: Problem, standing: Standing, rules: Sequence[_SidedRule], requests: NDArray[np.int32]
) -> Tally:
    """Return the counts of some requests, the mentee's own level among them and no pair barred by name."""
    kind, mentor_of = alike([standing.place, *(rule.mentor for rule in rules)])
    crowd, size, kind_of = _crowd(problem, kind, len(mentor_of))
    skill, need = problem.skill[requests], problem.need[requests]
    ends = np.flatnonzero(np.diff(np.cumsum(crowd.count(skill, need)) // _BLOCK)) + 1

    def counted(part: NDArray[np.int64]) -> Tally:
        pairs = crowd.expand(np.arange(len(part)), skill[part], need[part])
        mentor = mentor_of[kind_of[pairs.mentor]]
        masks = _masks(problem, rules, requests[part[pairs.request]], mentor, pairs.level)
        return Tally.of(len(part), pairs.request, standing.place[mentor], masks, size[pairs.mentor])

    return Tally.joined([counted(part) for part in np.split(np.arange(len(requests)), ends)])


def _crowd(
    problem: Problem, kind: NDArray[np.int64], n_kinds: int
) -> tuple[Holdings, NDArray[np.int64], NDArray[np.int64]]:
    """Return holdings whose mentors are rows: for each row how many people it stands for, and their kind."""
    keys = []
    for held in (problem.holdings, problem.silent):
        skill = np.repeat(np.arange(len(held.start) - 1), np.diff(held.start))
        keys.append((skill * 128 + (127 - held.level.astype(np.int64))) * n_kinds + kind[held.mentor])
    rows, size = np.unique(np.concatenate(keys), return_counts=True)
    skill_and_level, kinds = rows // max(n_kinds, 1), rows % max(n_kinds, 1)
    skill = skill_and_level // 128
    crowd = Holdings(
        start=np.searchsorted(skill, np.arange(len(problem.holdings.start))).astype(np.int64),
        mentor=np.arange(len(rows), dtype=np.int32),
        level=(127 - skill_and_level % 128).astype(np.int8),
    )
    return crowd, size, kinds


# Pairs that are looked up one by one


def _set_right(
    problem: Problem, standing: Standing, rules: Sequence[_SidedRule], requests: NDArray[np.int32], tally: Tally
) -> Tally:
    """Return the counts of some requests less the mentees' own levels and the pairs that rules bar by name."""
    pool = pool_of(problem)
    own = pool.mentor_place[pool.mentees[requests]]
    level = _levels(problem, requests, own)
    row = np.flatnonzero(level >= problem.need[requests])
    masks = _masks(problem, rules, requests[row], own[row], level[row])
    others = tally.less(Tally.of(len(requests), row, standing.place[own[row]], masks))
    return _without_named(problem, standing, rules, requests, own, others)


def _without_named(
    problem: Problem,
    standing: Standing,
    rules: Sequence[_SidedRule],
    requests: NDArray[np.int32],
    own: NDArray[np.int32],
    tally: Tally,
) -> Tally:
    """Return the counts of some requests less the pairs that rules bar by name; `own` are the mentees as mentors."""
    n, named = len(requests), [*_named(problem, requests)]
    row, mentor = _joined([row for _, row, _ in named]), _joined([mentor for _, _, mentor in named])
    rule = np.repeat([place for place, _, _ in named], [len(row) for _, row, _ in named])
    level = _levels(problem, requests[row], mentor)
    counted = np.flatnonzero((mentor != own[row]) & (level >= problem.need[requests[row]]))
    barred = np.bincount(row[counted] * len(problem.rules) + rule[counted], minlength=n * len(problem.rules))
    _, first = np.unique(row[counted] * problem.n_mentors + mentor[counted], return_index=True)
    once = counted[first]
    masks = _masks(problem, rules, requests[row[once]], mentor[once], level[once])
    lost = Tally.of(n, row[once], standing.place[mentor[once]], masks)
    return Tally(
        qualified=tally.qualified,
        admitted=tally.admitted - lost.admitted,
        barred=tally.barred + barred.reshape(n, len(problem.rules)),
    )


def _joined(columns: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(0, np.int64), *columns])


def _levels(problem: Problem, requests: Places, mentors: Places) -> NDArray[np.int8]:
    """Return each mentor's level of each request's skill, whether or not they offer places; -1 where there is none."""
    pool = pool_of(problem)
    level, assessed = pool.proficiency.levels(pool.mentors[mentors], problem.skill[requests])
    return np.where(assessed, level, UNKNOWN).astype(np.int8)


def _named(problem: Problem, requests: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Return the pairs that rules bar one by one: the rule's place, rows of `requests`, and mentors."""
    for place, rule in enumerate(problem.rules):
        if isinstance(rule.shape, ExplicitBar):
            keys, n_mentors = rule.shape.keys, rule.shape.n_mentors
            whole = requests.astype(np.int64) * n_mentors
            row, key = _ranges(np.searchsorted(keys, whole), np.searchsorted(keys, whole + n_mentors))
            yield place, row, keys[key] - whole[row]
        elif isinstance(rule.shape, IntervalBar):
            order = np.argsort(rule.shape.place[requests], kind="stable")
            inside = rule.shape.place[requests][order]
            start = np.searchsorted(inside, rule.shape.low, side="right")
            mentor, row = _ranges(start, np.maximum(np.searchsorted(inside, rule.shape.high), start))
            yield place, order[row], mentor


def _ranges(start: NDArray[np.intp], end: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all places of some ranges, each with the range it comes from."""
    count = end - start
    return np.repeat(np.arange(len(count)), count), ranges(start, count)
