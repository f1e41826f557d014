"""A search that begins at an earlier solution finds what a search from nothing finds, wherever it begins."""

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np
import pytest
from attrs import evolve
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.duals import Duals
from taskmentor.matching.exact import Exact
from taskmentor.matching.plan import certificate_of, plan_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.shapes import CompiledRule, LevelFloor
from taskmentor.matching.solution import Solution, solve
from taskmentor.matching.start import PlanStart, SolutionStart, Start
from tests import profiles
from tests.organisations import ON, Row, random_tables
from tests.plain_policy import random_policy
from tests.shaped_problems import FAMILIES, shaped

HUGE = 2**62


@pytest.fixture
def short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lists of small problems be as short beside the problem as they are where problems are large."""
    monkeypatch.setattr("taskmentor.matching.market._WHOLE", 2)
    monkeypatch.setattr("taskmentor.matching.market._WIDTH", 3)
    monkeypatch.setattr("taskmentor.matching.market._SURE", 1)
    monkeypatch.setattr("taskmentor.matching.market._FEW_FALLEN", 1)
    monkeypatch.setattr("taskmentor.matching.pursuit._NEAR", 2)


def assert_same(problem: Problem, start: Start, *, picked: bool = False) -> Solution:
    """Check that a start changes neither value nor bound, nor the plan that a hash picked; return the solution."""
    cold, warm = solve(problem, Exact()), solve(problem, Exact(start=start))
    assert (warm.value, warm.bound, warm.status) == (cold.value, cold.bound, cold.status)
    assert verify_solution(problem, warm, method="all pairs").status == "optimal"
    if picked:
        plans = [solve(problem, Exact(ties="canonical", start=one)) for one in (None, start)]
        assert plans[0].mentor.tolist() == plans[1].mentor.tolist()
        assert plans[0].request.tolist() == plans[1].request.tolist()
    return warm


def changed(problem: Problem, rng: Generator) -> Problem:
    """Return a problem in which a few things are other than they were: places, limits, levels, who takes part."""

    def some(n: int) -> NDArray[np.bool_]:
        return np.asarray(rng.random(n) < rng.choice([0, 0.05, 0.3]))

    capacity, limit, need = problem.capacity.copy(), problem.limit.copy(), problem.need.copy()
    more = some(len(capacity))
    capacity[more] = np.maximum(capacity[more] + rng.choice([-1, 1], more.sum()), 0)
    capacity[some(len(capacity))] = 0  # left
    limit[some(len(limit))] = 0  # withdrew all requests
    asks_less = some(len(limit))
    limit[asks_less] = np.maximum(limit[asks_less] + rng.choice([-1, 1], asks_less.sum()), 0)
    harder = some(len(need))
    need[harder] += 1
    scorers = shaped(rng, FAMILIES["anything"], requests=problem.n_requests, mentors=problem.n_mentors).scorers
    points = (*problem.scorers, *scorers[:1]) if rng.random() < 0.5 else problem.scorers
    rules = tuple(
        CompiledRule(rule.name, LevelFloor(need)) if isinstance(rule.shape, LevelFloor) else rule
        for rule in problem.rules
    )
    return evolve(problem, capacity=capacity, limit=limit, need=need, rules=rules, scorers=points)


@pytest.mark.parametrize("chunk", [*range(3), *(pytest.param(n, marks=pytest.mark.long) for n in range(3, 40))])
@pytest.mark.parametrize("family", FAMILIES)
def test_from_an_earlier_solution_value_and_bound_are_those_from_nothing(
    family: str, chunk: int, short_lists: None
) -> None:
    """Would be broken: a nightly round that begins at last night's prices, for every shape there is."""
    for number in profiles.some(12):
        rng = default_rng([131, chunk, number])
        before = shaped(rng, FAMILIES[family], requests=50, mentors=25)
        found = solve(before, Exact())
        after = changed(before, rng)
        assert_same(after, SolutionStart(found, before.count_weight), picked=number % 4 == 0)


def with_changes(tables: Mapping[str, Sequence[Row]], rng: Generator) -> dict[str, list[Row]]:
    """Return the tables of a day later: people came, went and changed, requests were made, withdrawn and changed."""
    later = {name: list(rows) for name, rows in tables.items()}
    people = later["people"]
    for place, person in enumerate(people):
        if rng.random() < 0.2:
            people[place] = {**person, "capacity": int(rng.integers(0, 4)), "mentee_limit": int(rng.integers(0, 4))}
    if rng.random() < 0.4:
        later["people"] = [*people, {**people[-1], "person_id": "p99", "manager_id": None}]
    kept = rng.random(len(later["assessments"])) < 0.9
    later["assessments"] = [row for row, keeps in zip(later["assessments"], kept.tolist(), strict=True) if keeps]
    if "requests" in later:
        later["requests"] = [
            {**row, "priority": int(rng.integers(1, 6))} for row in later["requests"] if rng.random() < 0.9
        ]
    return later


@pytest.mark.parametrize("chunk", [*range(2), *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 40))])
def test_from_the_plan_of_an_earlier_day_value_and_bound_are_those_from_nothing(chunk: int, short_lists: None) -> None:
    """Would be broken: finding people and requests again by their ids, and prices beside what a request counts for."""
    for number in profiles.some(60):
        rng = default_rng([132, chunk, number])
        tables, policy = random_tables(rng), random_policy(rng)
        before = daily_problem(organisation_from_rows(tables), policy, on=ON)
        after = daily_problem(organisation_from_rows(with_changes(tables, rng)), policy, on=ON, seed=1)
        assert_same(after, plan_start(before, policy), picked=number % 4 == 0)


def plan_start(problem: Problem, policy: Policy) -> PlanStart:
    found = solve(problem, Exact())
    plan = plan_of(problem, found, seed=0, policy=policy.describe(), versions={})
    return PlanStart(plan, certificate_of(problem, found))


def solution_with(
    problem: Problem, request: NDArray[np.integer], mentor: NDArray[np.integer], price: NDArray[np.int64]
) -> Solution:
    """Return what calls itself a solution and need not be one."""
    zeros = np.zeros(problem.n_requests, np.int64)
    return evolve(
        solve(problem, Exact()),
        request=request.astype(np.int32),
        mentor=mentor.astype(np.int32),
        duals=Duals(request=zeros, mentee=zeros[: problem.n_mentees], mentor=price),
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_start_that_says_what_is_not_changes_nothing(family: str, short_lists: None) -> None:
    """Would be broken: prices below 0 and beyond all bounds, pairs that no rule admits, places that there are not."""
    for number in range(2):
        rng = default_rng([133, number])
        problem = shaped(rng, FAMILIES[family], requests=40, mentors=20)
        n, m = problem.n_requests, problem.n_mentors
        prices = (
            rng.integers(-50, 50, m),
            np.full(m, HUGE),
            np.full(m, -HUGE),
            rng.integers(-HUGE, HUGE, m),
        )
        request, mentor = rng.integers(-3, n + 3, 60), rng.integers(-3, m + 3, 60)
        for price in prices:
            start = SolutionStart(solution_with(problem, request, mentor, price), int(rng.integers(0, 10**6)))
            assert_same(problem, start)
        crowded = solution_with(problem, np.arange(n), np.zeros(n, np.int32), prices[0])
        assert_same(problem, SolutionStart(crowded))


def test_a_start_of_another_size_is_refused() -> None:
    """Would be broken: places of another problem, which mean other people."""
    problem, other = (Problem.from_scores(np.ones((3, m), np.int64)) for m in (4, 5))
    with pytest.raises(ValueError, match="a start must have a price for each of 5 mentors"):
        solve(other, Exact(start=SolutionStart(solve(problem, Exact()))))
    short = evolve(solve(other, Exact()), request=np.zeros(1, np.int32))
    with pytest.raises(ValueError, match="and pairs"):
        solve(other, Exact(start=SolutionStart(short)))


def test_a_solution_of_the_same_problem_stays_as_it_is() -> None:
    """Would be broken: moves at no gain where nothing at all has changed."""
    for family in FAMILIES.values():
        for number in range(6):
            problem = shaped(default_rng([134, number]), family, requests=60, mentors=30)
            found = solve(problem, Exact())
            again = assert_same(problem, SolutionStart(found, problem.count_weight))
            pairs = [{*zip(one.request.tolist(), one.mentor.tolist(), strict=True)} for one in (found, again)]
            assert pairs[0] == pairs[1]


def test_a_plan_says_whether_its_search_began_at_another_one() -> None:
    """Would be broken: repeating a round, of which equally good plans are met in another order from another start."""
    problem = Problem.from_scores(np.ones((3, 4), np.int64))
    start = SolutionStart(solve(problem, Exact()))
    assert Exact(start=start).get_params() == {**Exact().get_params(), "start": "SolutionStart"}
    assert solve(problem, Exact(start=start)).parameters["start"] == "SolutionStart"


def test_where_time_is_up_at_once_the_earlier_plan_is_given() -> None:
    """Would be broken: a re-plan within a second that loses what was known before it began."""
    given = islice(
        (shaped(default_rng([135, n]), FAMILIES["anything"], requests=60, mentors=30) for n in range(99)), 20
    )
    for problem in given:
        found = solve(problem, Exact())
        stopped = solve(problem, Exact(seconds=1e-9, start=SolutionStart(found, problem.count_weight)))
        assert stopped.value == found.value
