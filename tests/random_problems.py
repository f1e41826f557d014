"""Random small problems, each together with the same problem as lists for brute force."""

from attrs import frozen
from numpy.random import Generator, default_rng

from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution
from taskmentor.models.organisation import Organisation
from taskmentor.testing.cases import random_small
from taskmentor.testing.draws import Seeded
from taskmentor.testing.small import Plan, SmallProblem, plan_of
from tests.organisations import random_organisation, with_random_pins
from tests.plain_policy import random_policy, small_problem


@frozen(eq=False)
class Round:
    """An organisation, a policy, and the problem they make, compiled and as lists."""

    organisation: Organisation
    policy: Policy
    problem: Problem
    small: SmallProblem


def from_scores(rng: Generator, *, most_requests: int = 5, most_mentors: int = 4) -> tuple[Problem, SmallProblem]:
    """Return a problem from scores: ties, points below 0, islands, empty sides, places and limits of 0."""
    small = random_small(Seeded(rng), requests=most_requests, mentors=most_mentors, pins=False)
    return small.problem(), small


def random_round(rng: Generator) -> Round:
    """Return a random organisation with pins, under a random policy of any rules and scorers."""
    policy = random_policy(rng)
    organisation, problem = with_random_pins(random_organisation(rng), policy, rng)
    return Round(organisation, policy, problem, small_problem(problem, policy))


def contended(seed: int, *, requests: int = 30, mentors: int = 8) -> Problem:
    """Return a problem in which everybody wants the same few mentors, who have fewer places than there are requests."""
    rng = default_rng([23, seed])
    liked = rng.integers(0, 100, mentors)
    scores = liked[None, :] + rng.integers(0, 60, (requests, mentors))
    return Problem.from_scores(scores, capacity=rng.integers(1, 4, mentors))


def as_plan(problem: Problem, solution: Solution) -> Plan:
    """Return a solution as the mentor of each request."""
    return plan_of(solution, problem.n_requests)


def worth(problem: Problem, solution: Solution) -> tuple[int, int]:
    """Return a solution's worth as brute force counts it."""
    return (solution.n_matched if problem.objective == "requests-then-score" else 0), solution.score
