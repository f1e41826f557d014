"""The problems that strategies are tried on: the corners by hand, the rest at random, the smallest first."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from itertools import count, islice
from typing import ClassVar, Protocol, Self

import numpy as np
from attrs import evolve, frozen
from numpy.random import default_rng

from taskmentor.errors import InputError
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.aims import Leximin
from taskmentor.matching.constraints import MentorLoad, OncePerPair
from taskmentor.matching.kinds import free_functions
from taskmentor.matching.policy import Objective, Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.rules import Qualified
from taskmentor.matching.scorers import LevelFit
from taskmentor.matching.solution import HoldsAims, HoldsLoadCost, Strategy, unheld
from taskmentor.models.organisation import Organisation
from taskmentor.testing.draws import Draws, Seeded
from taskmentor.testing.policies import random_policy
from taskmentor.testing.small import Shape, SmallProblem
from taskmentor.testing.tables import (
    ON,
    Tables,
    as_text,
    corner_tables,
    random_tables,
    shuffled,
    smaller_tables,
    with_pins,
)

__all__ = ["FEATURES", "Case", "OrganisationCase", "ScoresCase", "features", "problem_cases", "random_small"]

_HUGE = 2**40
"""Points may be refused where the objective could exceed this."""

_MOST_PLANS = 200_000
"""Organisations with more plans are left out: all plans are tried, which takes seconds for so many."""

FEATURES: dict[str, Callable[[Problem], bool]] = {
    "aims": lambda problem: bool(problem.aims),
    "constraints": lambda problem: bool(problem.constraints),
    "free functions": lambda problem: bool(free_functions(problem)),
    "load cost": lambda problem: problem.load_cost > 0,
    "limits": lambda problem: problem.n_requests > problem.n_mentees or bool((problem.limit != 1).any()),
    "pins": lambda problem: bool((problem.pinned >= 0).any()),
    "requests-then-score": lambda problem: problem.objective == "requests-then-score",
    "score": lambda problem: problem.objective == "score",
    "several places": lambda problem: bool((problem.capacity > 1).any()),
}
"""What a problem may ask of a strategy, and a strategy may refuse."""


def features(problem: Problem) -> frozenset[str]:
    """Return what a problem asks of a strategy."""
    return frozenset(name for name, holds in FEATURES.items() if holds(problem))


class Case(Protocol):
    """One problem in two forms, and the ones that are a step smaller."""

    @property
    def problem(self) -> Problem:
        """Return the problem to judge by, which no strategy is given."""
        ...

    @property
    def small(self) -> SmallProblem:
        """Return the problem as tuples."""
        ...

    @property
    def blocked(self) -> frozenset[tuple[str, str, str | None]]:
        """Return the blocked pairs by mentee, mentor and skill, None for all skills."""
        ...

    @property
    def most_tries(self) -> int:
        """Return after how many smaller cases the smallest so far is small enough."""
        ...

    def again(self) -> Problem:
        """Return the problem, built anew."""
        ...

    def smaller(self) -> Iterator[Self]:
        """Return the cases that are a step smaller."""
        ...


def is_plain(problem: Problem) -> bool:
    """Return whether plans are compared by the objective alone, and only rules and places forbid any."""
    return not (problem.constraints or problem.aims or problem.load_cost)


def is_held(problem: Problem, strategy: Strategy) -> bool:
    """Return whether a strategy says that it holds everything that a problem asks for beside the objective."""
    return (
        not unheld(problem, strategy)
        and (not problem.aims or isinstance(strategy, HoldsAims))
        and (not problem.load_cost or isinstance(strategy, HoldsLoadCost))
    )


def is_huge(problem: Problem) -> bool:
    """Return whether points are so large that a strategy may refuse them."""
    low, high = problem.score_bounds
    return (problem.n_requests + 1) * (problem.count_weight + max(abs(low), abs(high))) > _HUGE


@frozen(eq=False)
class ScoresCase:
    """A problem made from scores.

    Attributes:
        small: The problem as tuples.
        shape: What its rule and scorer compile to.
    """

    most_tries: ClassVar[int] = 2_000

    small: SmallProblem
    shape: Shape = "free"

    @cached_property
    def problem(self) -> Problem:
        """Return the problem to judge by, which no strategy is given."""
        return self.again()

    @property
    def blocked(self) -> frozenset[tuple[str, str, str | None]]:
        """Return no pairs: such a problem has no people."""
        return frozenset()

    def again(self) -> Problem:
        """Return the problem, built anew."""
        return self.small.problem(self.shape)

    def smaller(self) -> "Iterator[ScoresCase]":
        """Return the cases that are a step smaller."""
        return (ScoresCase(small, self.shape) for small in self.small.smaller())

    def __str__(self) -> str:
        return f"{self.small!r}.problem({self.shape!r})"


@frozen(eq=False)
class OrganisationCase:
    """The problem of the day of an organisation.

    Attributes:
        tables: The organisation.
        policy: The policy.
    """

    most_tries: ClassVar[int] = 200

    tables: Tables
    policy: Policy

    @cached_property
    def problem(self) -> Problem:
        """Return the problem to judge by, which no strategy is given."""
        return self.again()

    @cached_property
    def small(self) -> SmallProblem:
        """Return the problem as tuples."""
        return SmallProblem.of(self.problem)

    @property
    def blocked(self) -> frozenset[tuple[str, str, str | None]]:
        """Return the blocked pairs by mentee, mentor and skill, None for all skills."""
        columns = ("mentee_id", "mentor_id", "skill_id")
        found = ([row.get(column) for column in columns] for row in self.tables.get("blocks", []))
        return frozenset((str(one), str(other), None if skill is None else str(skill)) for one, other, skill in found)

    @cached_property
    def organisation(self) -> Organisation:
        """Return the organisation that the tables describe."""
        return organisation_from_rows(self.tables)

    @cached_property
    def reordered(self) -> tuple[Organisation, ...]:
        """Return the same organisation, read from tables with their rows in two other orders."""
        backwards = {name: rows[::-1] for name, rows in self.tables.items()}
        return tuple(map(organisation_from_rows, (backwards, shuffled(self.tables, Seeded(default_rng(0))))))

    def again(self) -> Problem:
        """Return the problem, built anew."""
        return daily_problem(self.organisation, self.policy, on=ON)

    def smaller(self) -> "Iterator[OrganisationCase]":
        """Return the cases that are a step smaller and still make a problem."""
        rules, scorers = self.policy.rules, self.policy.scorers
        plainer = [
            *(evolve(self.policy, rules=(*rules[:n], *rules[n + 1 :])) for n in range(len(rules))),
            *(evolve(self.policy, scorers=(*scorers[:n], *scorers[n + 1 :])) for n in range(len(scorers))),
        ]
        those = [OrganisationCase(tables, self.policy) for tables in smaller_tables(self.tables)]
        those += [OrganisationCase(self.tables, policy) for policy in plainer]
        return (one for one in those if one.makes_a_problem())

    def makes_a_problem(self) -> bool:
        """Return whether the tables can be read, and all pins be kept."""
        try:
            return self.problem is not None
        except InputError:
            return False

    def __str__(self) -> str:
        return f"daily_problem(organisation_from_rows(tables), {self.policy!r}, on={ON!r})\n{as_text(self.tables)}"


def _corners() -> Iterator[SmallProblem]:
    """Return the corners: nobody, nothing, no places, ties, points below 0, huge points, several of one mentee."""
    objectives: tuple[Objective, ...] = ("requests-then-score", "score")
    for objective in objectives:

        def one(
            scores: Sequence[Sequence[int | None]],
            capacity: Sequence[int],
            objective: Objective = objective,
            **more: Sequence[int],
        ) -> SmallProblem:
            mentee = more.get("mentee", range(len(scores)))
            limit = more.get("limit", [1] * len(scores))
            return SmallProblem(scores=scores, mentee=mentee, limit=limit, capacity=capacity, objective=objective)

        yield one([], [])
        yield one([], [2])
        yield one([[], []], [])
        yield one([[5]], [0])
        yield one([[5]], [1], limit=[0])
        yield one([[None, None]], [1, 1])
        yield one([[0]], [1])
        yield one([[-5]], [1])
        yield one([[3, 3], [3, 3], [3, 3]], [1, 1])
        yield one([[2, 1], [2, None]], [1, 1])
        yield one([[9, 1], [8, 7]], [1, 1])
        yield one([[-9, -9], [100, None]], [1, 1])
        yield one([[4], [6], [5]], [2])
        yield one([[4, 1], [6, 2]], [1, 1], mentee=[0, 0], limit=[1])
        yield one([[4, 1], [6, 2]], [3, 3], mentee=[0, 0], limit=[2])
        yield one([[2**31 - 1, -(2**31)], [2**31 - 1, 2**31 - 2]], [1, 1])
        yield one([[2**50, 2**50 - 1], [2**50 - 1, 2**50 - 3]], [1, 1])
        yield one([[2**57, 2**57 - 1], [2**57 - 1, 2**57 - 3]], [1, 1])
        yield evolve(one([[4, 9], [5, 1]], [1, 1]), pins={0: 0})
        yield evolve(one([[-4, 9], [5, 1]], [2, 1]), pins={0: 0})


_POLICIES = (Policy(), Policy(rules=(Qualified(),), scorers=(LevelFit(),), objective="score"))
_WISHED = (
    Policy(constraints=(OncePerPair(),)),
    Policy(constraints=(MentorLoad(at_most=1),)),
    Policy(load_cost=10),
    Policy(aims=(Leximin(),)),
)
"""Policies of which most strategies hold only some, and refuse the others."""


def random_small(draws: Draws, *, requests: int = 5, mentors: int = 4, pins: bool = True) -> SmallProblem:
    """Return any small problem: ties, points below 0, islands, empty sides, places and limits of 0, pins.

    Args:
        draws: Where choices come from.
        requests: How many there are at the most.
        mentors: How many there are at the most.
        pins: Whether there may be pins.
    """
    n, m = draws.whole(0, requests), draws.whole(0, mentors)
    lowest, highest = draws.one_of([(0, 2), (1, 9), (-4, 4), (-6, -1)])
    per_cent, islands = draws.one_of([100, 80, 50]), draws.chance(20)
    scores = [
        [
            draws.whole(lowest, highest) if draws.chance(per_cent) and not (islands and (i + j) % 2) else None
            for j in range(m)
        ]
        for i in range(n)
    ]
    mentee = np.unique(np.sort([draws.whole(0, n - 1) for _ in range(n)]), return_inverse=True)[1].tolist()
    objective: Objective = draws.one_of(("requests-then-score", "score"))
    free = SmallProblem(
        scores=scores,
        mentee=mentee,
        limit=[draws.whole(0, 3) for _ in range(len(set(mentee)))],
        capacity=[draws.whole(0, 2) for _ in range(m)],
        objective=objective,
    )
    return _pinned(free, draws) if pins and draws.chance(20) else free


def _pinned(free: SmallProblem, draws: Draws) -> SmallProblem:
    """Return the problem with up to two pins that its places and limits bear."""
    could = [
        (one, other) for one, row in enumerate(free.scores) for other, score in enumerate(row) if score is not None
    ]
    pins: dict[int, int] = {}
    for request, mentor in draws.order(could)[: draws.whole(1, 2)]:
        more = {**pins, request: mentor}
        if not evolve(free, pins=more).faults(list(more.items())):
            pins = more
    return evolve(free, pins=pins)


@cache
def problem_cases(*, problems: int, organisations: int, seed: int) -> tuple[Case, ...]:
    """Return the cases of a check, the smallest first.

    Args:
        problems: How many problems are made from random scores, beside the corners.
        organisations: How many are made from random organisations.
        seed: Of the random numbers.
    """
    shapes: tuple[Shape, ...] = ("free", "listed")
    corners = [*corner_tables()]
    by_hand = [OrganisationCase(tables, policy) for policy in _POLICIES for tables in corners]
    by_hand += [OrganisationCase(corners[-1], policy) for policy in _WISHED]
    drawn = (random_small(Seeded(default_rng([seed, 0, number]))) for number in range(problems))
    smalls = sorted([*_corners(), *drawn], key=lambda small: (len(small.scores), len(small.capacity)))
    cases: list[Case] = [ScoresCase(small, shapes[place % 2]) for place, small in enumerate(smalls)]
    drawn_ones = (_organisation(Seeded(default_rng([seed, 1, number]))) for number in count())
    few_plans = (case for case in drawn_ones if case.small.most_plans <= _MOST_PLANS)
    return (*cases, *by_hand, *islice(few_plans, organisations))


def _organisation(draws: Draws) -> OrganisationCase:
    tables, policy = random_tables(draws), random_policy(draws)
    return OrganisationCase(with_pins(tables, policy, draws), policy)
