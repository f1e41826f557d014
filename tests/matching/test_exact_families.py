"""`Exact` on families of problems that are hard in one way each: by itself, compiled, after an auction, and larger."""

from collections.abc import Iterator

import numpy as np
import pytest
from attrs import evolve
from numpy.random import Generator, default_rng

from benchmarks.instances import INSTANCES, OBJECTIVES, POLICY, organisation_of, policy_of
from taskmentor.matching.candidates import NOBODY, best_by_kind, best_by_pair
from taskmentor.matching.certificate import Method, verify_solution
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Holdings, Problem, daily_problem
from taskmentor.matching.shapes import CompiledRule, CompiledScorer, ExplicitBar, MentorPoints
from taskmentor.matching.solution import Solution, Status, solve
from taskmentor.synthetic import DAY
from taskmentor.testing.small import SmallProblem
from tests import profiles
from tests.random_problems import worth
from tests.shaped_problems import FAMILIES, shaped

METHODS: tuple[Method, ...] = ("all pairs", "oracle")
EACH = 320
"""So many small problems of each family, of which 80 without the long ones; 4,160 in all."""
PARTS = [range(80), pytest.param(range(80, EACH), marks=pytest.mark.long)]


def _small(family: str, number: int) -> Problem:
    rng = default_rng([31, list(FAMILIES).index(family), number])
    return shaped(rng, FAMILIES[family], requests=int(rng.integers(0, 7)), mentors=int(rng.integers(0, 5)))


def _larger(family: str, number: int) -> Problem:
    rng = default_rng([37, list(FAMILIES).index(family), number])
    return shaped(rng, FAMILIES[family], requests=int(rng.integers(20, 90)), mentors=int(rng.integers(5, 40)))


def _assert_proven(problem: Problem, solution: Solution) -> None:
    assert solution.status is Status.OPTIMAL
    assert solution.value == solution.bound
    for method in METHODS:
        verdict = verify_solution(problem, solution, method=method)
        assert (verdict.status, verdict.value, verdict.bound) == ("optimal", solution.value, solution.value), verdict


def _assert_as_good_as_flow(problem: Problem) -> Solution:
    exact, flow = solve(problem, Exact()), solve(problem, Flow(ties="any"))
    assert (exact.value, exact.bound) == (flow.value, flow.bound)
    assert (exact.score, exact.n_matched) == (flow.score, flow.n_matched) or problem.objective == "score"
    _assert_proven(problem, exact)
    return exact


def _assert_best_under_prices(problem: Problem, small: SmallProblem, rng: Generator) -> None:
    """Hold the best mentor of each request, at random prices, against the lists."""
    prices = rng.integers(-3, 4, problem.n_mentors) * int(rng.integers(0, 30))
    asked = np.arange(problem.n_requests, dtype=np.int32)
    found = best_by_kind(problem, asked, prices, k=1, compiled=False)
    assert found.mentor.tolist() == best_by_pair(problem, asked, prices, k=1).mentor.tolist()
    for request, row in enumerate(small.scores):
        worths = [
            problem.count_weight + points - int(prices[one]) for one, points in enumerate(row) if points is not None
        ]
        assert (found.mentor[request, 0] == NOBODY) == (not worths)
        if worths:
            assert found.net[request, 0] == max(worths)


@pytest.mark.parametrize("numbers", PARTS, ids=["some", "others"])
@pytest.mark.parametrize("family", FAMILIES)
def test_exact_equals_brute_force_and_other_strategies_on_every_family(family: str, numbers: range) -> None:
    """Would be broken: optimality or its proof, under any shape of rule and scorer; `best` under prices."""
    served = 0
    for number in numbers:
        problem = _small(family, number)
        small = SmallProblem.of(problem)
        exact = _assert_as_good_as_flow(problem)
        assert worth(problem, exact) == small.optimal()[0]
        _assert_best_under_prices(problem, small, default_rng([32, number]))
        if number % 10 == 0 and family != "points of 64 bits":
            cpsat = solve(problem, CpSat(ties="any"))
            assert (exact.value, exact.bound) == (cpsat.value, cpsat.bound)
        served += exact.n_matched
    assert served > len(numbers) / 10


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run machine code however small the problem."""
    monkeypatch.setattr("taskmentor.matching.exact._COMPILED_ABOVE", 0)


@pytest.fixture
def auctioned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold an auction however few requests there are."""
    monkeypatch.setattr("taskmentor.matching.pursuit._AUCTION_ABOVE", 0)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("family", FAMILIES)
def test_compiled_kernels_find_the_same_on_every_family(family: str) -> None:
    """Would be broken: machine code, which large problems run and small ones do not."""
    for number in range(EACH, EACH + 40):
        problem = _small(family, number)
        assert worth(problem, _assert_as_good_as_flow(problem)) == SmallProblem.of(problem).optimal()[0]


@pytest.mark.usefixtures("auctioned")
@pytest.mark.parametrize("family", FAMILIES)
def test_an_auction_before_it_leads_to_the_same_on_every_family(family: str) -> None:
    """Would be broken: plans and prices of the auction, from which large problems begin."""
    for number in profiles.thinned(range(EACH + 40, EACH + 100)):
        problem = _small(family, number)
        assert worth(problem, _assert_as_good_as_flow(problem)) == SmallProblem.of(problem).optimal()[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_larger_problems_of_every_family_are_solved_with_and_without_an_auction_and_machine_code(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: rounds of adding pairs, which problems of five requests never need."""
    for number in profiles.some(6):
        problem = _larger(family, number)
        plain = _assert_as_good_as_flow(problem)
        with monkeypatch.context() as patched:
            patched.setattr("taskmentor.matching.pursuit._AUCTION_ABOVE", 0)
            auctioned = _assert_as_good_as_flow(problem)
            patched.setattr("taskmentor.matching.exact._COMPILED_ABOVE", 0)
            compiled = _assert_as_good_as_flow(problem)
            patched.setattr("taskmentor.matching.oracle._BY_BLOCKS_ABOVE", 0)
            by_blocks = _assert_as_good_as_flow(problem)
        assert compiled.mentor.tolist() == auctioned.mentor.tolist()
        assert compiled.duals.mentor.tolist() == auctioned.duals.mentor.tolist()
        assert plain.value == auctioned.value == by_blocks.value


@pytest.mark.parametrize("people", [300, 1_500])
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("instance", INSTANCES)
def test_exact_equals_flow_on_invented_organisations(instance: str, objective: Objective, people: int) -> None:
    """Would be broken: what users run it for, under the policy of the published figures, in every regime of places."""
    whole = organisation_of(instance, people, seed=3)
    problem = daily_problem(whole, policy_of(str(POLICY), instance, objective), on=DAY)
    assert _assert_as_good_as_flow(problem).n_matched > people / 20


def _chain(length: int) -> Problem:
    """Return a problem in which serving the first request too moves everybody to a mentor who suits them worse.

    Request i suits mentor i by 100 points and mentor i + 1 by none; the first request can only have the first mentor.
    """
    scores, admitted = np.zeros((length + 1, length + 1), np.int64), np.zeros((length + 1, length + 1), np.bool_)
    for request in range(1, length + 1):
        scores[request, request - 1] = 100
        admitted[request, request - 1 : request + 1] = True
    admitted[0, 0] = True
    return Problem.from_scores(scores, admitted=admitted)


@pytest.mark.parametrize(("length", "times"), [(3, 1), (20, 2), (60, 3)])
def test_one_request_more_is_served_however_much_score_that_costs(length: int, times: int) -> None:
    """Would be broken: most requests first, where a long way of exchanges costs more than requests first count for."""
    problem, told = _chain(length), []
    solution = solve(problem, Exact(watch=lambda progress: told.append(progress.phase == "closing the gap")))
    _assert_proven(problem, solution)
    assert (solution.n_matched, solution.score) == (length + 1, 0)
    assert solution.value == solve(problem, Flow()).value
    assert sum(told) >= times
    under_score = solve(evolve(problem, objective="score"), Exact())
    assert (under_score.n_matched, under_score.score) == (length, 100 * length)


def _damaged(problem: Problem, solution: Solution) -> Iterator[tuple[str, Solution]]:
    """Return solutions with one fault each, by what it is."""
    duals = solution.duals
    for name in ("request", "mentee", "mentor"):
        prices = getattr(duals, name)
        limited = {"request": prices > 0, "mentee": problem.limit > 0, "mentor": problem.capacity > 0}[name]
        for place in np.flatnonzero((prices > 0) & limited)[:3].tolist():
            for change in (-1, 1):
                changed = prices.copy()
                changed[place] += change
                yield f"{name} {change:+}", evolve(solution, duals=evolve(duals, **{name: changed}))
    swapped = solution.mentor.copy()
    swapped[:2] = swapped[1::-1]
    yield "swapped", evolve(solution, mentor=swapped)
    yield "left out", evolve(solution, request=solution.request[1:], mentor=solution.mentor[1:])
    yield "value", evolve(solution, value=solution.value + 1)


def test_planted_faults_are_found() -> None:
    """Would be broken: the check of the proof: a price, a pair or a number that is wrong by one."""
    kinds = set()
    for number in range(40):
        scores = default_rng([41, number]).integers(0, 60, (8, 4))
        problem = Problem.from_scores(scores, capacity=np.array([1, 2, 1, 1]), objective="score")
        solution = solve(problem, Exact())
        for what, damaged in _damaged(problem, solution):
            if what == "swapped" and _same_score(scores, solution, damaged):
                continue
            for method in METHODS:
                assert not verify_solution(problem, damaged, method=method).ok, what
            kinds.add(what)
    assert {"request -1", "request +1", "mentor -1", "mentor +1", "swapped", "left out", "value"} <= kinds


def _same_score(scores: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]", one: Solution, other: Solution) -> bool:
    return bool(scores[one.request, one.mentor].sum() == scores[other.request, other.mentor].sum())


@pytest.mark.usefixtures("auctioned")
@pytest.mark.parametrize("barred", [16, 18, 29, 30])
def test_a_request_that_is_barred_from_all_who_suit_its_kind_best_is_served_by_the_next(barred: int) -> None:
    """Would be broken: the end of an auction, which once asked again and again for a list of mentors who are barred."""
    problem = shaped(default_rng(1), evolve(FAMILIES["one skill"], shapes=0), requests=1, mentors=30)
    problem = evolve(
        problem,
        need=np.zeros(1, np.int8),
        limit=np.ones(1, np.int32),
        capacity=np.ones(30, np.int32),
        holdings=Holdings.of(np.zeros(30, np.int64), np.ones(30, np.int64), np.arange(30), 1),
        rules=(CompiledRule("bars", ExplicitBar(np.arange(barred), 30)),),
        scorers=(CompiledScorer("points", 1, MentorPoints(np.arange(30, 0, -1))),),
        objective="score",
    )
    assert solve(problem, Exact()).value == 30 - barred
