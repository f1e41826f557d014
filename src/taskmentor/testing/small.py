"""Small problems as plain tuples, and every plan of them tried one after the other.

Nothing here knows prices, flows, weights or how much a request counts for: plans are compared as pairs (how many
requests are served, score) or by their score alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Literal, TypeVar

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Problem
from taskmentor.matching.shapes import CompiledRule, CompiledScorer, ExplicitBar, ExplicitPoints
from taskmentor.matching.solution import Solution

__all__ = ["NOBODY", "Plan", "Shape", "SmallProblem", "plan_of"]

Thing = TypeVar("Thing")

NOBODY = -1
"""Stands in a plan for a request without a mentor."""

Scores = Sequence[Sequence[int | None]]
Plan = tuple[int, ...]
"""The mentor of each request."""

Shape = Literal["free", "listed"]
"""Whether a problem's rule and scorer are free functions of the pair, or lists of pairs."""


def _rows(given: Scores) -> tuple[tuple[int | None, ...], ...]:
    return tuple(map(tuple, given))


def _numbers(given: Iterable[int]) -> tuple[int, ...]:
    return tuple(given)


@frozen(kw_only=True)
class SmallProblem:
    """A problem as tuples.

    Attributes:
        scores: Points of each request with each mentor, None where the pair is not admitted.
        mentee: Whose each request is; rising.
        limit: Places of each mentee, those of pins included.
        capacity: Places of each mentor, those of pins included.
        pins: The mentor of each pinned request.
        objective: `requests-then-score` or `score`.
    """

    scores: tuple[tuple[int | None, ...], ...] = field(converter=_rows)
    mentee: tuple[int, ...] = field(converter=_numbers)
    limit: tuple[int, ...] = field(converter=_numbers)
    capacity: tuple[int, ...] = field(converter=_numbers)
    objective: Objective = "requests-then-score"
    pins: Mapping[int, int] = field(factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> "SmallProblem":
        """Return a problem as tuples, with the points and the eligibility of each pair asked for one by one."""
        pinned = np.flatnonzero(problem.pinned >= 0)
        taught = np.bincount(problem.pinned[pinned], minlength=problem.n_mentors)
        learnt = np.bincount(problem.mentee[pinned], minlength=problem.n_mentees)
        return cls(
            scores=[
                [_points(problem, request, mentor) for mentor in range(problem.n_mentors)]
                for request in range(problem.n_requests)
            ],
            mentee=problem.mentee.tolist(),
            limit=(problem.limit + learnt).tolist(),
            capacity=(problem.capacity + taught).tolist(),
            objective=problem.objective,
            pins={request: int(problem.pinned[request]) for request in pinned.tolist()},
        )

    def problem(self, shape: Shape = "free") -> Problem:
        """Return the problem that a strategy solves.

        Args:
            shape: What its rule and its scorer compile to: a free function of the pair, or a list of pairs.
        """
        admitted = np.array([[score is not None for score in row] for row in self.scores], np.bool_)
        scores = np.array([[score or 0 for score in row] for row in self.scores], np.int64)
        size = len(self.scores), len(self.capacity)
        admitted, scores = admitted.reshape(size), scores.reshape(size)
        made = Problem.from_scores(
            scores,
            admitted=admitted,
            capacity=np.array(self.capacity, np.int32),
            mentee=np.array(self.mentee, np.int32),
            limit=np.array(self.limit, np.int32),
            objective=self.objective,
        )
        return self._pinned(made if shape == "free" else _listed(made, scores, admitted))

    def _pinned(self, made: Problem) -> Problem:
        if not self.pins:
            return made
        pinned = made.pinned.copy()
        pinned[list(self.pins)] = list(self.pins.values())
        taught = np.bincount(list(self.pins.values()), minlength=made.n_mentors)
        learnt = np.bincount([self.mentee[request] for request in self.pins], minlength=made.n_mentees)
        return evolve(
            made,
            pinned=pinned,
            capacity=(made.capacity - taught).astype(np.int32),
            limit=(made.limit - learnt).astype(np.int32),
        )

    def plans(self) -> Iterator[Plan]:
        """Return every lawful plan."""
        yield from self._extended((), list(self.limit), list(self.capacity))

    def _extended(self, plan: Plan, limit: list[int], capacity: list[int]) -> Iterator[Plan]:
        request = len(plan)
        if request == len(self.scores):
            yield plan
            return
        if request not in self.pins:
            yield from self._extended((*plan, NOBODY), limit, capacity)
        mentee = self.mentee[request]
        for mentor, score in enumerate(self.scores[request]):
            if self.pins.get(request, mentor) != mentor or not self._may(request, score):
                continue
            if limit[mentee] and capacity[mentor]:
                limit[mentee] -= 1
                capacity[mentor] -= 1
                yield from self._extended((*plan, mentor), limit, capacity)
                limit[mentee] += 1
                capacity[mentor] += 1

    def _may(self, request: int, score: int | None) -> bool:
        if score is None:
            return False
        return self.objective == "requests-then-score" or score > 0 or request in self.pins

    def worth(self, plan: Plan) -> tuple[int, int]:
        """Return how many requests a plan serves and its score; the first is 0 where it does not count."""
        points = [self.scores[request][mentor] for request, mentor in enumerate(plan) if mentor != NOBODY]
        served = len(points) if self.objective == "requests-then-score" else 0
        return served, sum(score for score in points if score is not None)

    def optimal(self) -> tuple[tuple[int, int], list[Plan]]:
        """Return the greatest worth and every plan that has it."""
        best: tuple[int, int] | None = None
        plans: list[Plan] = []
        for plan in self.plans():
            worth = self.worth(plan)
            if best is None or worth > best:
                best, plans = worth, []
            if worth == best:
                plans.append(plan)
        assert best is not None
        return best, plans

    @cached_property
    def optimum(self) -> tuple[int, int]:
        """Return the greatest worth of a plan."""
        return max(map(self.worth, self.plans()))

    @property
    def most_plans(self) -> int:
        """Return how many plans there could be, places and limits left aside: how long it takes to try them all."""
        return prod(1 + sum(score is not None for score in row) for row in self.scores)

    def faults(self, pairs: Sequence[tuple[int, int]]) -> list[str]:
        """Return what is unlawful about a plan, given as pairs of a request and a mentor."""
        served = Counter(request for request, _ in pairs)
        taught = Counter(mentor for _, mentor in pairs)
        learnt = Counter(self.mentee[request] for request, _ in pairs)
        return [
            *(f"request {request} is served {n} times" for request, n in served.items() if n > 1),
            *(f"mentor {one} has {n} of {self.capacity[one]} places" for one, n in taught.items()
              if n > self.capacity[one]),
            *(f"mentee {one} has {n} mentors and a limit of {self.limit[one]}" for one, n in learnt.items()
              if n > self.limit[one]),
            *(f"request {one} and mentor {other} are not admitted" for one, other in pairs
              if self.scores[one][other] is None),
            *(f"request {one} and mentor {other} are of no worth" for one, other in pairs
              if self.scores[one][other] is not None and not self._may(one, self.scores[one][other])),
            *(f"request {one} is pinned to mentor {other}, and has another or none" for one, other in self.pins.items()
              if (one, other) not in pairs),
        ]  # fmt: skip

    # Smaller ones

    def without_request(self, request: int) -> "SmallProblem":
        """Return the problem without one request, and without its mentee where it is their only one."""
        mentee = self.mentee[request]
        others = [one for place, one in enumerate(self.mentee) if place != request]
        gone = mentee not in others
        return evolve(
            self,
            scores=_but(self.scores, request),
            mentee=[one - (gone and one > mentee) for one in others],
            limit=_but(self.limit, mentee) if gone else self.limit,
            pins={one - (one > request): mentor for one, mentor in self.pins.items() if one != request},
        )

    def without_mentor(self, mentor: int) -> "SmallProblem":
        """Return the problem without one mentor and their pins."""
        return evolve(
            self,
            scores=[_but(row, mentor) for row in self.scores],
            capacity=_but(self.capacity, mentor),
            pins={one: other - (other > mentor) for one, other in self.pins.items() if other != mentor},
        )

    def without_pin(self, request: int) -> "SmallProblem":
        """Return the problem without one pin."""
        return evolve(self, pins={one: mentor for one, mentor in self.pins.items() if one != request})

    def with_score(self, request: int, mentor: int, score: int | None) -> "SmallProblem":
        """Return the problem with other points of one pair, None to bar it."""
        rows = [list(row) for row in self.scores]
        rows[request][mentor] = score
        return evolve(self, scores=rows)

    def with_capacity(self, mentor: int, places: int) -> "SmallProblem":
        """Return the problem with other places of one mentor."""
        return evolve(self, capacity=[places if one == mentor else n for one, n in enumerate(self.capacity)])

    def smaller(self) -> Iterator["SmallProblem"]:
        """Return problems that are a little smaller or plainer, those first that leave out most."""
        n, m = len(self.scores), len(self.capacity)
        yield from (self.without_request(one) for one in range(n))
        yield from (self.without_mentor(one) for one in range(m))
        yield from (self.without_pin(one) for one in self.pins)
        pinned = Counter(self.pins.values())
        spare = [one for one in range(m) if self.capacity[one] > pinned[one]]
        yield from (self.with_capacity(one, self.capacity[one] - 1) for one in spare)
        for request in range(n):
            for mentor, score in enumerate(self.scores[request]):
                if score is not None and self.pins.get(request) != mentor:
                    yield self.with_score(request, mentor, None)
                yield from (
                    self.with_score(request, mentor, plainer)
                    for plainer in (0, 1, (score or 0) // 2)
                    if score is not None and abs(plainer) < abs(score)
                )


def plan_of(solution: Solution, n_requests: int) -> Plan:
    """Return a solution as the mentor of each request."""
    mentor_of = dict(zip(solution.request.tolist(), solution.mentor.tolist(), strict=True))
    return tuple(mentor_of.get(request, NOBODY) for request in range(n_requests))


def _points(problem: Problem, request: int, mentor: int) -> int | None:
    pair = np.array([request]), np.array([mentor])
    level = problem.levels(*pair)
    eligible = level[0] >= 0 and level[0] >= problem.need[request] and problem.admits(*pair, level)[0]
    return int(problem.worth(*pair, level)[0]) if eligible else None


def _listed(made: Problem, scores: NDArray[np.int64], admitted: NDArray[np.bool_]) -> Problem:
    """Return the same problem with its rule and its scorer as lists of pairs."""
    n_mentors = made.n_mentors
    named = np.flatnonzero(scores.ravel()).astype(np.int64)
    barred = np.flatnonzero(~admitted.ravel()).astype(np.int64)
    points = ExplicitPoints(named, scores.ravel()[named], n_mentors)
    return evolve(
        made,
        rules=(CompiledRule("admitted", ExplicitBar(barred, n_mentors)),),
        scorers=(CompiledScorer("score", 1, points),),
    )


def _but(things: Sequence[Thing], place: int) -> list[Thing]:
    return [*things[:place], *things[place + 1 :]]
