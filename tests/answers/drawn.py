"""Random small rounds for the answers, and what brute force says of a day with something changed."""

from collections.abc import Iterator
from itertools import count
from math import prod

import pytest
from attrs import evolve
from numpy.random import default_rng

from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.models.organisation import Organisation
from taskmentor.programmes import Programme, task_based
from taskmentor.rounds import Round, match
from tests.brute_force import SmallProblem
from tests.organisations import ON
from tests.plain_policy import small_problem
from tests.random_problems import random_round

CHUNKS = [0, *(pytest.param(chunk, marks=pytest.mark.long) for chunk in range(1, 11))]
"""Each chunk draws other rounds; all but the first take long."""

MOST_PLANS = 4_000
"""Problems with more plans than this at the most are not tried one by one."""


def programme(policy: Policy) -> Programme:
    """Return a programme with a policy."""
    return evolve(task_based(), policy=policy)


def rounds(seed: int, *, n: int) -> Iterator[Round]:
    """Return so many random rounds with requests in them, of few enough plans, under policies of any rules."""
    found = 0
    for draw in count():
        drawn = random_round(default_rng([seed, draw]))
        if drawn.problem.n_requests and n_plans(drawn.small) <= MOST_PLANS:
            yield match(drawn.organisation, programme(drawn.policy), on=ON)
            found += 1
        if found == n:
            return


def n_plans(small: SmallProblem) -> int:
    """Return how many plans there are at the most."""
    return prod(1 + sum(score is not None for score in row) for row in small.scores)


def small_of(organisation: Organisation, policy: Policy) -> tuple[Problem, SmallProblem] | None:
    """Return the problem of the day, and the same as lists; None where it has too many plans to be tried."""
    problem = daily_problem(organisation, policy, on=ON)
    small = small_problem(problem, policy)
    return (problem, small) if n_plans(small) <= MOST_PLANS else None
