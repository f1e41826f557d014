"""Constraints, alone and in pairs, against every plan of small problems tried one after the other."""

from itertools import combinations
from math import prod

import pytest
from attrs import evolve, frozen
from numpy.random import Generator, default_rng

from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.constraints import Constraint
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.milp import Milp
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Solution, Status, Strategy, solve
from tests import profiles
from tests.brute_force import Plan, SmallProblem
from tests.organisations import ON, random_organisation, with_random_pins
from tests.plain_constraints import PLAIN, Plain, random_constraint
from tests.plain_policy import random_policy, small_problem
from tests.random_problems import as_plan, worth

KINDS = list(PLAIN)
CHOICES = [(kind,) for kind in KINDS] + list(combinations(KINDS, 2))
MOST_PLANS = 20_000

STRATEGIES = [CpSat(), Milp()]
strategies = pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)


@frozen(eq=False)
class Case:
    """A problem with constraints, compiled and as lists."""

    problem: Problem
    small: SmallProblem
    constraints: tuple[Constraint, ...]

    def optimal(self) -> tuple[tuple[int, int], list[Plan]] | None:
        """Return the best worth and all plans of it that keep the constraints, None where no plan does."""
        plain = Plain.of(self.problem, self.small)
        plans = [
            plan for plan in self.small.plans() if all(plain.keeps(constraint, plan) for constraint in self.constraints)
        ]
        if not plans:
            return None
        best = max(map(self.small.worth, plans))
        return best, [plan for plan in plans if self.small.worth(plan) == best]


def case(rng: Generator, kinds: tuple[type[Constraint], ...]) -> Case:
    """Return a random case with constraints of some kinds, small enough for brute force."""
    while True:
        policy = random_policy(rng)
        organisation = random_organisation(rng)
        if rng.random() < 0.5:
            organisation, _ = with_random_pins(organisation, policy, rng)
        constraints = tuple(random_constraint(kind, organisation, rng) for kind in kinds)
        problem = daily_problem(organisation, evolve(policy, constraints=constraints), on=ON)
        small = small_problem(problem, policy)
        if prod(1 + sum(score is not None for score in row) for row in small.scores) <= MOST_PLANS:
            return Case(problem, small, constraints)


def check(given: Case, strategy: Strategy) -> Solution:
    """Hold what a strategy finds against brute force."""
    found, expected = solve(given.problem, strategy), given.optimal()
    if expected is None:
        assert found.status is Status.INFEASIBLE
        assert found.clash
        return found
    assert found.status is Status.OPTIMAL
    assert worth(given.problem, found) == expected[0]
    assert as_plan(given.problem, found) in expected[1]
    verdict = verify_solution(given.problem, found)
    assert verdict.faults == ()
    assert verdict.bound is not None
    assert verdict.bound >= found.value
    return found


@strategies
@pytest.mark.parametrize("kinds", CHOICES, ids=lambda kinds: "+".join(kind.__name__ for kind in kinds))
def test_exact_strategies_equal_brute_force(strategy: Strategy, kinds: tuple[type[Constraint], ...]) -> None:
    """Would be broken: a constraint that is not kept, or a plan that is not the best one that keeps it.

    The long profile tries more than three thousand problems for each strategy.
    """
    rng = default_rng([6, *(KINDS.index(kind) for kind in kinds)])
    for _ in profiles.some(70):
        check(case(rng, kinds), strategy)
