"""How many people stand before each request, counted by kinds: held against everybody one by one."""

from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching import counting
from taskmentor.matching.facts import Standing, Tally
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import pool_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.rules import NotManager, Qualified, Rule, SharedLanguage, StaysFor
from taskmentor.matching.shapes import CategoryBar, PairBar, RuleShape, with_unknown
from taskmentor.matching.solution import Solution, solve
from tests.organisations import ON, PeopleRows, organisation, random_organisation
from tests.random_problems import random_round


@frozen
class Own:
    """A rule of the organisation's own."""

    name: str
    compile: Callable[[Pool], RuleShape]


@frozen(eq=False)
class LevelCap:
    """A shape that the library does not know: it admits mentors up to a level."""

    highest: int

    def admits(
        self, requests: NDArray[np.integer], mentors: NDArray[np.integer], levels: NDArray[np.integer]
    ) -> NDArray[np.bool_]:
        return np.broadcast_to(levels <= self.highest, np.broadcast_shapes(requests.shape, mentors.shape))


def _departments(pool: Pool) -> CategoryBar:
    departments = pool.organisation.people.department
    n = len(departments.labels) + 1
    table = (np.arange(n)[:, None] + 2 * np.arange(n)[None, :]) % 3 != 0
    return CategoryBar(with_unknown(departments, pool.mentees), with_unknown(departments, pool.mentors), table)


def _odd_pairs(pool: Pool) -> PairBar:
    return PairBar(lambda requests, mentors: (requests * 7 + mentors * 3) % 4 != 0)


RULES: tuple[Rule, ...] = (
    Qualified(),
    NotManager(),
    NotManager(line="whole"),
    SharedLanguage(),
    StaysFor(days=60),
    Own("departments", _departments),
    Own("odd-pairs", _odd_pairs),
    Own("level-cap", lambda pool: LevelCap(3)),
)


def plain(problem: Problem, standing: Standing, requests: NDArray[np.int32]) -> Tally:
    """Return the counts of everybody, one by one."""
    pool, known = pool_of(problem), pool_of(problem).proficiency
    level_of = dict(
        zip(zip(known.person.tolist(), known.skill.tolist(), strict=True), known.level.tolist(), strict=True)
    )
    qualified, admitted = np.zeros((len(requests), 3), np.int64), np.zeros((len(requests), 3), np.int64)
    barred = np.zeros((len(requests), len(problem.rules)), np.int64)
    for row, request in enumerate(requests.tolist()):
        for mentor, person in enumerate(pool.mentors.tolist()):
            level = level_of.get((person, int(problem.skill[request])), -1)
            if person == pool.mentees[request] or level < problem.need[request]:
                continue
            pair = np.array([request]), np.array([mentor]), np.array([level], np.int8)
            bars = [not rule.admits(*pair)[0] for rule in problem.rules]
            qualified[row, standing.place[mentor]] += 1
            barred[row] += bars
            admitted[row, standing.place[mentor]] += not any(bars)
    return Tally(qualified=qualified, admitted=admitted, barred=barred)


def assert_counted(problem: Problem, solution: Solution, requests: NDArray[np.int32]) -> None:
    standing = Standing.of(problem, solution)
    found, expected = counting.count(problem, standing, requests), plain(problem, standing, requests)
    np.testing.assert_array_equal(found.qualified, expected.qualified)
    np.testing.assert_array_equal(found.barred, expected.barred)
    np.testing.assert_array_equal(found.admitted, expected.admitted)


def own_problem(rng: Generator) -> Problem:
    """Return the problem of a random organisation under rules of every shape."""
    chosen = [RULES[place] for place in np.flatnonzero(rng.random(len(RULES)) < 0.4).tolist()]
    rules = tuple({rule.name: rule for rule in chosen}.values())
    whole = random_organisation(rng)
    return daily_problem(evolve(whole, pins=type(whole.pins).empty()), Policy(rules=rules, scorers=()), on=ON)


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_counts_agree_with_everybody_one_by_one_under_rules_of_every_shape(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: every reason, and in blocks of any size the requests at their edges."""
    monkeypatch.setattr(counting, "_BLOCK", block)
    monkeypatch.setattr(counting, "_ROWS", block)
    for number in range(120):
        rng = default_rng([41, number])
        problem = own_problem(rng)
        requests = rng.permutation(problem.n_requests).astype(np.int32)
        assert_counted(problem, solve(problem, Flow()), requests[: rng.integers(0, len(requests) + 1)])


def test_counts_agree_with_everybody_where_there_are_pins_and_engagements() -> None:
    """Would be broken: places that the plan does not give away itself."""
    for number in range(60):
        problem = random_round(default_rng([42, number])).problem
        assert_counted(problem, solve(problem, Flow()), np.arange(problem.n_requests, dtype=np.int32))


def test_the_mentees_own_level_is_never_counted() -> None:
    """Would be broken: counts without the rule `qualified`, where the mentee's own level is enough."""
    whole = organisation(
        {"mia": {"capacity": 1}, "ann": {"capacity": 1}},
        knows={"mia": {"sql": 1}, "ann": {"sql": 1}},
        wants={"mia": {"sql": 2}},
    )
    problem = daily_problem(whole, Policy(rules=(), scorers=()), on=ON)
    tally = counting.count(problem, Standing.of(problem, solve(problem, Flow())), np.zeros(1, np.int32))
    assert tally.qualified.sum() == tally.admitted.sum() == 1
    assert not tally.barred.any()


def test_many_alike_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: reasons of a million people, if every pair were looked at."""
    many: PeopleRows = {f"p{number}": {"capacity": 1} for number in range(200)}
    mentees: PeopleRows = {f"q{number}": {} for number in range(100)}
    whole = organisation(
        {**many, **mentees},
        knows={person: {"sql": 3} for person in many},
        wants={person: {"sql": 2} for person in mentees},
    )
    problem = daily_problem(whole, Policy(rules=(Qualified(), SharedLanguage()), scorers=()), on=ON)
    standing = Standing.of(problem, solve(problem, Flow()))
    looked_at = 0
    admits = type(problem.rules[-1]).admits

    def counted(rule: object, requests: NDArray[np.integer], *others: NDArray[np.integer]) -> NDArray[np.bool_]:
        nonlocal looked_at
        looked_at += len(requests)
        return admits(rule, requests, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(type(problem.rules[-1]), "admits", counted)
    tally = counting.count(problem, standing, np.arange(100, dtype=np.int32))
    assert tally.admitted.sum() == 200 * 100
    assert looked_at < 20


def test_rows_are_alike_where_all_columns_agree() -> None:
    """Would be broken: who counts as one."""
    kind, first = counting.alike([np.array([1, 1, 0, 1]), np.array([2, 3, 2, 2], np.int8)])
    assert kind[0] == kind[3]
    assert len({*kind.tolist()}) == len(first) == 3
    assert (kind[first] == np.arange(3)).all()
    kind, first = counting.alike([np.zeros(0)])
    assert len(kind) == len(first) == 0
