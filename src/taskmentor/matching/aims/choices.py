"""Choices: the eligible pairs of a problem as its aims see them, whoever listed them."""

from functools import cached_property
from typing import Self

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.aims.aim import Floor, Spread, Step, Steps, Sum
from taskmentor.matching.duals import total
from taskmentor.matching.ids import NOWHERE, find_mentors, find_requests, pool_of
from taskmentor.matching.policy import Described
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import Pairs, Problem
from taskmentor.matching.shapes import distinct, find_keys, pair_keys
from taskmentor.models.ranges import ranges

__all__ = ["Listed", "aim_values", "numbered_places", "place_costs", "steps_of"]


@frozen(eq=False, kw_only=True)
class Listed:
    """All eligible pairs of the requests that are not pinned, in any order of rows, each once.

    Attributes:
        problem: The problem.
        request: Places of requests. Shape (n_pairs,).
        mentor: Places of mentors. Shape (n_pairs,).
        score: The scores. Shape (n_pairs,).
    """

    problem: Problem
    request: NDArray[np.integer]
    mentor: NDArray[np.integer]
    score: NDArray[np.int64]

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Return all eligible pairs of a problem, as the problem lists them."""
        pairs = Pairs.joined(problem.pairs())
        score = problem.score(pairs.request, pairs.mentor, pairs.level)
        return cls(problem=problem, request=pairs.request, mentor=pairs.mentor, score=score)

    @property
    def pool(self) -> Pool | None:
        """Return who the places stand for; None for a problem made from scores."""
        return self.problem.pool

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """Return one number for each pair. Shape (n_pairs,)."""
        return pair_keys(self.request, self.mentor, self.problem.n_mentors)

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Return in which pairs both sides have a place left, and some worth where the objective is the score."""
        own, other = self.problem.limit[self.problem.mentee[self.request]], self.problem.capacity[self.mentor]
        may = (own > 0) & (other > 0)
        return np.asarray(may & (self.score > 0) if self.problem.objective == "score" else may)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Return how many places of each mentor can be filled, and one more where there is one. Shape (n_mentors,)."""
        n_pairs = np.bincount(self.mentor[self.usable], minlength=self.problem.n_mentors)
        return np.minimum(self.problem.capacity.astype(np.int64), n_pairs + 1)

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """Return how far down each pair stands in its request's own order, among all mentors who offer places."""
        behind = self._behind
        order = np.lexsort((behind, self.request))
        request, behind = self.request[order], behind[order]
        first = np.append(True, request[1:] != request[:-1])[: len(order)]
        further = np.append(True, behind[1:] != behind[:-1])[: len(order)] | first
        count = np.cumsum(further)
        rank = np.zeros(len(order), np.int64)
        rank[order] = 1 + count - count[np.flatnonzero(first)][np.cumsum(first) - 1]
        return rank

    @property
    def _behind(self) -> NDArray[np.int64]:
        """How far each pair is behind the best, in numbers that can be compared for one request."""
        lag = int(self.score.max(initial=0)) - self.score
        given = self.problem.given
        return lag if given is None else given.wanted(self.request, self.mentor, lag)[0]

    @cached_property
    def meets_wish(self) -> NDArray[np.bool_]:
        """Return which pairs meet a wish of the mentee."""
        return self.problem.wishes_met(self.request, self.mentor)

    @property
    def load(self) -> NDArray[np.int64]:
        """Return how many mentees each mentor has already, by engagements and pins. Shape (n_mentors,)."""
        return self.problem.load

    def are_among(self, named: tuple[tuple[str, str, str], ...]) -> NDArray[np.bool_]:
        """Return which pairs are named, as (mentee id, skill id, mentor id).

        Raises:
            ValueError: If the problem was made from scores, so that it has no ids.
        """
        pool_of(self.problem)
        mentee_id, skill_id, mentor_id = np.array(named, np.str_).reshape(-1, 3).T
        request = find_requests(self.problem, mentee_id, skill_id)
        mentor = find_mentors(self.problem, mentor_id)
        known = (request != NOWHERE) & (mentor != NOWHERE)
        keys = distinct(pair_keys(request[known], mentor[known], self.problem.n_mentors))
        _, named_so = find_keys(keys, self.keys)
        return named_so

    def rows(self, request: NDArray[np.integer], mentor: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the rows of some pairs, -1 for those that are not eligible."""
        order = np.argsort(self.keys, kind="stable")
        place, known = find_keys(self.keys[order], pair_keys(request, mentor, self.problem.n_mentors))
        rows: NDArray[np.int64] = np.where(known, np.append(order, -1)[place], -1)
        return rows


def steps_of(listed: Listed) -> tuple[Steps, ...]:
    """Return the steps of each of a problem's aims."""
    return tuple(aim.steps(listed) for aim in listed.problem.aims)


def numbered_places(count: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return whose each place is, and which of theirs it is, from 0, where everybody has so many."""
    return np.repeat(np.arange(len(count)), count), ranges(np.zeros_like(count), count)


def place_costs(step: Step, mentor: NDArray[np.integer], number: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return what some places cost at a step.

    Args:
        step: The step.
        mentor: Whose each place is. Shape (n,).
        number: Which of the mentor's places it is, from 0. Shape (n,).
    """
    if not isinstance(step, Spread):
        return np.zeros(len(mentor), np.int64)
    costs: NDArray[np.int64] = step.load[mentor] + number
    return costs


def aim_values(
    listed: Listed, request: NDArray[np.integer], mentor: NDArray[np.integer]
) -> tuple[dict[str, Described], ...]:
    """Return what a plan reaches at each of its problem's aims, as plain data.

    Args:
        listed: All eligible pairs.
        request: The requests of the plan's pairs; those that are pinned do not count. Shape (n,).
        mentor: Their mentors; each pair is eligible. Shape (n,).
    """
    free = listed.problem.pinned[request] < 0
    request, mentor = request[free], mentor[free]
    rows, load = listed.rows(request, mentor), np.bincount(mentor, minlength=listed.problem.n_mentors)
    return tuple(
        {"aim": aim.name, "value": _value(steps, rows, load)}
        for aim, steps in zip(listed.problem.aims, steps_of(listed), strict=True)
    )


def _value(steps: Steps, rows: NDArray[np.integer], load: NDArray[np.integer]) -> Described:
    """Return what a plan reaches at an aim, as plain data.

    Args:
        steps: The steps of the aim.
        rows: The rows of the plan's pairs. Shape (n_matched,).
        load: How many of them each mentor has. Shape (n_mentors,).

    Returns:
        The sum, or the cost of places; for a least grade that grade, None where nobody is served; for one step a grade,
        a list of each grade that there is with the number of its pairs.
    """
    match steps:
        case (*_, Spread(load=before)):
            return int((load * before + load * (load - 1) // 2).sum())
        case (*_, Floor(column=column, unit=unit)):
            return unit * int(column[rows].min()) if len(rows) else None
        case (Sum(grade=None) as only,):
            return total(only.points(rows))
    counted = [(one.grade, int(abs(one.points(rows)).sum())) for one in steps if isinstance(one, Sum)]
    return [[grade, n] for grade, n in counted if grade is not None and n]
