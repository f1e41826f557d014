"""`Multipliers`: plans that keep shares and quotas, never better than brute force, with bounds never below it."""

from itertools import combinations

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from taskmentor import programmes, synthetic
from taskmentor.errors import SolverError, UnsupportedError
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.constraints import (
    Constraint,
    LeastShare,
    MentorHours,
    MentorLoad,
    OncePerPair,
    Reciprocity,
    UnitQuota,
)
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.multipliers import Multipliers
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.relaxation import sample, sampled_prices
from taskmentor.matching.solution import Status, solve
from tests.matching.test_constraints import Case, case
from tests.random_problems import as_plan, worth

KINDS: list[type[Constraint]] = [OncePerPair, LeastShare, UnitQuota, MentorLoad, MentorHours]
CHOICES = [(kind,) for kind in KINDS] + list(combinations(KINDS, 2))
FLOW, EXACT = Multipliers(strategy=Flow(ties="any")), Multipliers(strategy=Exact())


def held(given: Case, strategy: Multipliers) -> bool:
    """Hold what is found against brute force; return whether it is the best plan, and proven."""
    expected = given.optimal()
    try:
        found = solve(given.problem, strategy)
    except SolverError:
        return expected is None
    assert expected is not None
    best, _ = expected
    assert worth(given.problem, found) <= best
    verdict = verify_solution(given.problem, found)
    assert verdict.faults == ()
    assert found.proof == "prices"
    plan = as_plan(given.problem, found)
    assert all(plan[request] == mentor for request, mentor in given.small.pins.items())
    if found.status is Status.OPTIMAL:
        assert worth(given.problem, found) == best
    return worth(given.problem, found) == best


@pytest.mark.parametrize("kinds", CHOICES, ids=lambda kinds: "+".join(kind.__name__ for kind in kinds))
def test_plans_keep_all_rows_and_bounds_hold(kinds: tuple[type[Constraint], ...]) -> None:
    """Would be broken: a plan that breaks a row, a bound below the optimum, and a search that finds next to nothing."""
    rng = default_rng([7, *(KINDS.index(kind) for kind in kinds)])
    best = [held(case(rng, kinds), strategy) for strategy in (FLOW, EXACT) for _ in range(3)]
    assert sum(best) >= len(best) // 2


def test_what_it_cannot_hold_is_refused_by_name() -> None:
    """Would be broken: constraints that are ignored, and a search for prices of nothing."""
    rng = default_rng(8)
    with pytest.raises(UnsupportedError, match="reciprocity"):
        solve(case(rng, (Reciprocity,)).problem, FLOW)
    with pytest.raises(UnsupportedError, match="take flow"):
        solve(case(rng, ()).problem, FLOW)


def test_its_parameters_name_those_of_the_other_strategy() -> None:
    """Would be broken: what results record."""
    assert Multipliers(strategy=Greedy(passes=3), seconds=2).get_params() == {
        "strategy": {"name": "greedy", "passes": 3, "most_pairs": 50_000_000},
        "rounds": 24, "seconds": "2", "gap_ppm": 0, "unit": 64,
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"seconds": 0}, {"gap_ppm": -1}, {"unit": 0}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    """Would be broken: parameters that mean nothing."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Multipliers(strategy=Flow(), **wrong)


def of_a_company(n_people: int, *constraints: Constraint) -> Problem:
    """Return a problem of an invented organisation in which places are scarce."""
    company = synthetic.organisation(n_people, seed=3, places_per_request=synthetic.SCARCE)
    policy = evolve(programmes.task_based().policy, objective="score", constraints=constraints)
    return daily_problem(company, policy, on=synthetic.DAY)


def test_plans_under_several_constraints_are_near_what_prices_prove() -> None:
    """Would be broken: plans that break one row for another, and are left with few pairs when they are mended."""
    problem = of_a_company(300, OncePerPair(), LeastShare(percent=60, same=True), UnitQuota(at_most=6))
    found = solve(problem, Multipliers(strategy=Exact(), gap_ppm=10_000))
    assert verify_solution(problem, found).faults == ()
    assert found.gap * 100 <= found.bound
    for constraint in problem.constraints:
        alone = solve(evolve(problem, constraints=(constraint,)), Multipliers(strategy=Exact(), gap_ppm=1_000))
        assert alone.gap * 1000 <= alone.bound


def test_prices_found_in_samples_are_where_the_search_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: samples of nobody, limits that are those of the whole, and a bound of the sample."""
    problem = of_a_company(400, OncePerPair(), LeastShare(percent=60, same=True), UnitQuota(at_most=8))
    assert problem.n_requests < 5_000
    assert sampled_prices(problem, Exact(), 64, rounds=8, is_over=lambda: False) == [None, None, None]
    monkeypatch.setattr("taskmentor.matching.relaxation._LEAST_SAMPLED", 40)
    once, share, quota = sampled_prices(problem, Exact(), 64, rounds=8, is_over=lambda: False)
    assert once is None
    assert share is not None
    assert quota is not None
    assert (share.price < 0).all()
    assert (quota.price > 0).all()
    assert (quota.price % 64 == 0).all()
    found = solve(problem, Multipliers(strategy=Exact(), rounds=8))
    assert verify_solution(problem, found).faults == ()
    assert found.gap * 50 <= found.bound


def test_a_sample_has_a_part_of_mentees_and_mentors_and_of_limits() -> None:
    """Would be broken: a sample of all, or one whose rows let as much pass as those of all."""
    problem = of_a_company(400, UnitQuota(at_most=9))
    few = sample(problem, 10)
    for part, whole in ((few.limit, problem.limit), (few.capacity, problem.capacity)):
        assert ((part == 0) | (part == whole)).all()
        assert 0 < int((part > 0).sum()) < int((whole > 0).sum()) / 4
    _, high = few.constraints[0].shape.limits(np.arange(1))
    assert high.tolist() == [1]


def test_time_ends_the_search_after_a_round() -> None:
    """Would be broken: no plan at all where time is short, and one that is called the best there is."""
    problem = of_a_company(400, LeastShare(percent=60, same=True))
    found = solve(problem, Multipliers(strategy=Exact(), seconds=1e-9))
    assert found.status is Status.TIME_LIMIT
    assert 0 < found.value < found.bound
    assert verify_solution(problem, found).faults == ()


def test_bounds_hold_where_the_other_strategy_is_not_exact() -> None:
    """Would be broken: plans taken for the best at their prices, and a start given to what knows of none."""
    problem = of_a_company(60, LeastShare(percent=60, same=True))
    exact, greedy = (solve(problem, Multipliers(strategy=strategy)) for strategy in (Exact(), Greedy()))
    assert verify_solution(problem, greedy).faults == ()
    assert greedy.value <= exact.bound <= greedy.bound


@pytest.mark.parametrize(
    "constraint", [UnitQuota(at_most=5), LeastShare(percent=60, same=True)], ids=lambda one: one.name
)
def test_where_requests_come_first_their_number_is_proven_apart(constraint: Constraint) -> None:
    """Would be broken: prices that creep up to what a request counts for, and a number that nothing proves."""
    problem = evolve(of_a_company(300, constraint), objective="requests-then-score")
    found = solve(problem, Multipliers(strategy=Exact(), rounds=12))
    assert verify_solution(problem, found).faults == ()
    assert found.bound // problem.count_weight == found.n_matched
    assert found.gap < problem.count_weight // 4
