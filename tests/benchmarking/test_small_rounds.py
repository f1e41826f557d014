"""Small benchmarks that run with the tests, for their answers alone; `--benchmark-enable` tells times too."""

from functools import cache

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.instances import INSTANCES, POLICY, organisation_of, policy_of
from benchmarks.measuring import STRATEGY
from taskmentor.matching.candidates import best
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.flow import Flow
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Solution, solve
from taskmentor.matching.strategies import available_strategies
from taskmentor.synthetic import DAY

PEOPLE = 1_000
SEED = 0


@cache
def problem_of(instance: str) -> Problem:
    """Return a problem of a thousand people; one huge skill is for a tenth of them."""
    people = PEOPLE // 10 if instance == "one-skill" else PEOPLE
    organisation = organisation_of(instance, people, seed=SEED)
    return daily_problem(organisation, policy_of(str(POLICY), instance, None), on=DAY, seed=SEED)


@cache
def optimum_of(instance: str) -> Solution:
    return solve(problem_of(instance), Flow(ties="any"))


@pytest.mark.parametrize("instance", INSTANCES)
def test_the_strategy_proves_the_optimum_of_every_instance(benchmark: BenchmarkFixture, instance: str) -> None:
    """Would be broken: the headline, on instances of every kind."""
    problem = problem_of(instance)
    found = benchmark(solve, problem, available_strategies()[STRATEGY]())
    assert (found.gap, found.value) == (0, optimum_of(instance).value)


def test_an_organisation_becomes_a_problem(benchmark: BenchmarkFixture) -> None:
    """Would be broken: gaps, requests and columns."""
    organisation = organisation_of("scarce", PEOPLE, seed=SEED)
    policy = policy_of(str(POLICY), "scarce", None)
    problem = benchmark(daily_problem, organisation, policy, on=DAY, seed=SEED)
    assert problem.n_requests > PEOPLE
    assert problem.n_qualified() == problem_of("scarce").n_qualified()


def test_the_twenty_best_of_every_request_are_found(benchmark: BenchmarkFixture) -> None:
    """Would be broken: recommendations, and the graph that other programs are given."""
    problem = problem_of("scarce")
    found = benchmark(best, problem, problem.free, k=20)
    count = np.zeros(problem.n_requests, np.int64)
    for pairs in problem.pairs():
        count += np.bincount(pairs.request, minlength=problem.n_requests)
    assert ((found.mentor >= 0).sum(axis=1) == np.minimum(count[problem.free], 20)).all()
    assert (found.net[:, :-1] >= found.net[:, 1:])[found.mentor[:, 1:] >= 0].all()


@pytest.mark.parametrize("method", ["oracle", "all pairs"])
def test_a_certificate_is_checked(benchmark: BenchmarkFixture, method: str) -> None:
    """Would be broken: the proof, by either way of checking it."""
    verdict = benchmark(verify_solution, problem_of("scarce"), optimum_of("scarce"), method=method)
    assert (verdict.status, verdict.method) == ("optimal", method)
