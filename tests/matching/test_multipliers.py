"""`Multipliers`: plans that keep shares and quotas, never better than brute force, with bounds never below it."""

from itertools import combinations

import pytest
from numpy.random import default_rng

from taskmentor.errors import SolverError, UnsupportedError
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.constraints import Constraint, LeastShare, MentorHours, MentorLoad, OncePerPair, UnitQuota
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.multipliers import Multipliers
from taskmentor.matching.solution import Status, solve
from tests.matching.test_constraints import Case, case
from tests.random_problems import as_plan, worth

KINDS: list[type[Constraint]] = [OncePerPair, LeastShare, UnitQuota, MentorLoad]
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
    """Would be broken: hours that are ignored, and a search for prices of nothing."""
    rng = default_rng(8)
    with pytest.raises(UnsupportedError, match="mentor-hours"):
        solve(case(rng, (MentorHours,)).problem, FLOW)
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
