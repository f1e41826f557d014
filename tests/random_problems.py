"""Random small problems, each together with the same problem as lists for brute force."""

import numpy as np
from attrs import frozen
from numpy.random import Generator, default_rng

from taskmentor.matching.policy import Objective, Policy
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution
from taskmentor.models.organisation import Organisation
from tests.brute_force import NOBODY, Plan, SmallProblem
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
    n, m = int(rng.integers(0, most_requests + 1)), int(rng.integers(0, most_mentors + 1))
    lowest, highest = [(0, 2), (-4, 4), (-6, -1), (1, 9)][int(rng.integers(4))]
    scores = rng.integers(lowest, highest + 1, (n, m))
    admitted = rng.random((n, m)) < rng.choice([0.5, 0.8, 1])
    if rng.random() < 0.2:  # two islands
        admitted &= np.arange(n)[:, None] % 2 == np.arange(m)[None, :] % 2
    _, mentee = np.unique(rng.integers(0, max(1, n), n), return_inverse=True)
    mentee = np.sort(mentee)
    limit, capacity = rng.integers(0, 4, int(mentee.max(initial=-1)) + 1), rng.integers(0, 3, m)
    objective: Objective = "score" if rng.random() < 0.5 else "requests-then-score"
    problem = Problem.from_scores(
        scores, admitted=admitted, capacity=capacity, mentee=mentee, limit=limit, objective=objective
    )
    return problem, SmallProblem(
        scores=[
            [score if may else None for score, may in zip(*rows, strict=True)]
            for rows in zip(scores.tolist(), admitted.tolist(), strict=True)
        ],
        mentee=mentee.tolist(),
        limit=limit.tolist(),
        capacity=capacity.tolist(),
        objective=objective,
    )


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
    mentor_of = dict(zip(solution.request.tolist(), solution.mentor.tolist(), strict=True))
    return tuple(mentor_of.get(request, NOBODY) for request in range(problem.n_requests))


def worth(problem: Problem, solution: Solution) -> tuple[int, int]:
    """Return a solution's worth as brute force counts it."""
    return (solution.n_matched if problem.objective == "requests-then-score" else 0), solution.score
