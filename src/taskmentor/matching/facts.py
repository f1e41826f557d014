"""The facts about requests without a mentor: how many people stand before each, and what they have to give."""

from collections.abc import Sequence

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.matching.candidates import best
from taskmentor.matching.ids import pool_of
from taskmentor.matching.problem import Problem
from taskmentor.matching.rules import NotOneself
from taskmentor.matching.solution import Solution

__all__ = ["FREE", "FULL", "NONE", "UNKNOWN", "Facts", "Standing", "Tally", "facts_of"]

FREE, FULL, NONE = 0, 1, 2
"""What somebody has to give: a place that is left, places that are all held, no place at all."""

UNKNOWN = -1
"""The highest level where nobody has any."""

Places = NDArray[np.integer]


@frozen(eq=False, kw_only=True)
class Standing:
    """What a solution leaves of everybody's places.

    Attributes:
        left: Places that each mentor has left. Shape (n_mentors,).
        room: Places that each mentee has left. Shape (n_mentees,).
        place: `FREE`, `FULL` (also where engagements hold more than is offered) or `NONE`. Shape (n_mentors,).
        engaged: How many engagements each person has as mentee already. Shape (n_people,).
    """

    left: NDArray[np.int64]
    room: NDArray[np.int64]
    place: NDArray[np.int8]
    engaged: NDArray[np.int64]

    @classmethod
    def of(cls, problem: Problem, solution: Solution) -> "Standing":
        """Return what a solution leaves.

        Raises:
            ValueError: If the problem was made from scores, not from an organisation.
        """
        pool = pool_of(problem)
        free = problem.pinned[solution.request] < 0
        left = problem.capacity - np.bincount(solution.mentor[free], minlength=problem.n_mentors)
        served = np.bincount(problem.mentee[solution.request[free]], minlength=problem.n_mentees)
        gives = pool.organisation.people.capacity[pool.mentors] > 0
        gives[solution.mentor] = True
        running = pool.organisation.engaged.running(pool.on)
        teaching = pool.mentor_place[running.mentor]
        gives[teaching[teaching >= 0]] = True
        return cls(
            left=left,
            room=problem.limit - served,
            place=np.where(left > 0, FREE, np.where(gives, FULL, NONE)).astype(np.int8),
            engaged=np.bincount(running.mentee, minlength=len(pool.organisation.people)),
        )


@frozen(eq=False, kw_only=True)
class Tally:
    """How many people each request has before it, its own mentee never counted.

    Attributes:
        qualified: Everybody of sufficient level, by what they have to give. Shape (n, 3).
        admitted: Those of them whom no rule bars. Shape (n, 3).
        barred: Those of them whom each rule bars. Shape (n, n_rules).
    """

    qualified: NDArray[np.int64]
    admitted: NDArray[np.int64]
    barred: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        n: int,
        row: Places,
        place: NDArray[np.int8],
        barred: Sequence[NDArray[np.bool_]],
        size: NDArray[np.int64] | None = None,
    ) -> "Tally":
        """Return the counts of people who are listed, each with the request before which they stand.

        Args:
            n: How many requests there are.
            row: Whose request it is. Shape (m,).
            place: What they have to give. Shape (m,).
            barred: Which of them each rule bars. Shape (m,) each.
            size: How many each one stands for; one unless given. Shape (m,).
        """
        admitted = ~np.logical_or.reduce([np.zeros(len(row), np.bool_), *barred])
        each = np.ones(len(row), np.int64) if size is None else size
        cell = row * 3 + place
        return cls(
            qualified=_counts(cell, each, 3 * n).reshape(n, 3),
            admitted=_counts(cell[admitted], each[admitted], 3 * n).reshape(n, 3),
            barred=_columns([_counts(row[mask], each[mask], n) for mask in barred], n),
        )

    def take(self, rows: NDArray[np.integer] | slice) -> "Tally":
        """Return the counts of some requests."""
        return Tally(qualified=self.qualified[rows], admitted=self.admitted[rows], barred=self.barred[rows])

    def less(self, other: "Tally") -> "Tally":
        """Return the counts without those of another tally of the same requests."""
        return Tally(
            qualified=self.qualified - other.qualified,
            admitted=self.admitted - other.admitted,
            barred=self.barred - other.barred,
        )

    @classmethod
    def joined(cls, parts: Sequence["Tally"]) -> "Tally":
        """Return the counts of the requests of all parts, in their order."""
        return cls(
            qualified=np.concatenate([part.qualified for part in parts]),
            admitted=np.concatenate([part.admitted for part in parts]),
            barred=np.concatenate([part.barred for part in parts]),
        )

    @property
    def meant(self) -> NDArray[np.int64]:
        """Return those who could be the mentor if there were places: whom no rule bars. Shape (n, 3).

        Where rules bar everybody it is all of them: their places are what lifting the rules would meet next.
        """
        allowed = self.admitted.any(axis=1, keepdims=True)
        return np.where(allowed, self.admitted, self.qualified)


def _counts(place: Places, size: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    # Sums of counts stay far below the 53 bits up to which floats are exact.
    return np.bincount(place, weights=size, minlength=n).astype(np.int64)


def _columns(columns: Sequence[NDArray[np.int64]], n: int) -> NDArray[np.int64]:
    return np.stack(columns, axis=1) if columns else np.zeros((n, 0), np.int64)


@frozen(eq=False, kw_only=True)
class Facts:
    """What is known of requests without a mentor.

    Attributes:
        request: Their places. Shape (n,).
        needed: The level that a mentor must have. Shape (n,).
        tally: How many people each has before it.
        highest: The highest level that anybody else has, -1 where nobody has any. Shape (n,).
        limit: How many engagements the mentee may have. Shape (n,).
        engaged: How many the mentee has already. Shape (n,).
        room: How many places the plan leaves the mentee. Shape (n,).
        gain: Whether a pair with somebody meant who has a place left would add to the objective. Shape (n,).
        best_score: The best score of such a pair where none would add, else 0. Shape (n,).
        rules: The names of the rules.
        constraints: The names of the constraints.
    """

    request: NDArray[np.int32]
    needed: NDArray[np.int8]
    tally: Tally = field(repr=False)
    highest: NDArray[np.int16]
    limit: NDArray[np.int32]
    engaged: NDArray[np.int64]
    room: NDArray[np.int64]
    gain: NDArray[np.bool_]
    best_score: NDArray[np.int64]
    rules: tuple[str, ...]
    constraints: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.request)

    def take(self, rows: NDArray[np.integer]) -> "Facts":
        """Return the facts of some requests."""
        return evolve(
            self,
            request=self.request[rows],
            needed=self.needed[rows],
            tally=self.tally.take(rows),
            highest=self.highest[rows],
            limit=self.limit[rows],
            engaged=self.engaged[rows],
            room=self.room[rows],
            gain=self.gain[rows],
            best_score=self.best_score[rows],
        )


def facts_of(problem: Problem, standing: Standing, requests: NDArray[np.int32], tally: Tally) -> Facts:
    """Return all facts of requests whose people are counted.

    Args:
        problem: The problem, made from an organisation.
        standing: What its solution leaves.
        requests: Places of requests without a mentor. Shape (n,).
        tally: Their counts.
    """
    pool = pool_of(problem)
    mentees = pool.mentees[requests]
    gain, best_score = _gain(problem, standing, requests, tally)
    return Facts(
        request=requests,
        needed=problem.need[requests],
        tally=tally,
        highest=_highest(problem, requests),
        limit=pool.organisation.people.mentee_limit[mentees],
        engaged=standing.engaged[mentees],
        room=standing.room[problem.mentee[requests]],
        gain=gain,
        best_score=best_score,
        constraints=tuple(one.name for one in problem.constraints),
        rules=tuple(rule.name for rule in problem.rules),
    )


def _highest(problem: Problem, requests: NDArray[np.int32]) -> NDArray[np.int16]:
    """Return the highest level that anybody but the mentee has of each request's skill."""
    pool, skill = pool_of(problem), problem.skill[requests]
    highest = np.full(len(requests), UNKNOWN, np.int16)
    for held in (problem.holdings, problem.silent):
        if not len(held.mentor):
            continue
        for rank in range(2):  # the first may be the mentee, the second then is not
            row = held.start[skill] + rank
            there = row < held.start[skill + 1]
            row = np.minimum(row, len(held.mentor) - 1)
            there &= pool.mentors[held.mentor[row]] != pool.mentees[requests]
            highest = np.where(there, np.maximum(highest, held.level[row]), highest)
    return highest


def _gain(
    problem: Problem, standing: Standing, requests: NDArray[np.int32], tally: Tally
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return whether some pair that is meant and has a place left adds to the objective, else the best score."""
    gain, best_score = np.ones(len(requests), np.bool_), np.zeros(len(requests), np.int64)
    low, high = problem.score_bounds
    if problem.weight(np.array([low]))[0] > 0:
        return gain, best_score
    # At this price nobody without a place left comes before somebody with one.
    prices = np.where(standing.left > 0, 0, high - low + 1)
    allowed = tally.admitted.any(axis=1)
    own = tuple(rule for rule in problem.rules if rule.name == NotOneself().name)
    for rows, under in ((allowed, problem), (~allowed, evolve(problem, rules=own))):
        if len(some := np.flatnonzero(rows & (tally.meant[:, FREE] > 0))):
            net = best(under, requests[some], prices, k=1).net[:, 0]
            gain[some] = net > 0
            best_score[some] = np.where(net > 0, 0, net - problem.count_weight)
    return gain, best_score
