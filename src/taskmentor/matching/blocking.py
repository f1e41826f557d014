"""Blocking pairs: who would both rather have each other than what a plan gives them, for every strategy's plan."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import TooLargeError
from taskmentor.matching.ids import pool_of, request_ids
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Solution

__all__ = ["MOST_PAIRS", "BlockingPair", "BlockingPairs", "blocking_pairs", "standing"]

MOST_PAIRS = 500_000_000
"""So many qualified pairs are looked at."""

_NOTHING = np.int64(-1)
_ANYTHING = np.iinfo(np.int64).max


@frozen(kw_only=True)
class BlockingPair:
    """A request and a mentor that would both gain by each other."""

    mentee_id: str
    skill_id: str
    mentor_id: str


@frozen(eq=False, kw_only=True)
class BlockingPairs:
    """The pairs that block a plan: how many, and the first by score.

    Attributes:
        n: How many there are.
        n_refused: How many pairs of the plan one of the two refuses by a list.
        request: Places of requests of those that are listed. Shape (n_listed,).
        mentor: Places of their mentors. Shape (n_listed,).
    """

    n: int
    n_refused: int
    request: NDArray[np.int32]
    mentor: NDArray[np.int32]

    def named(self, problem: Problem) -> tuple[BlockingPair, ...]:
        """Return the listed pairs in ids, in their order.

        Args:
            problem: The problem, made from an organisation.
        """
        pool = pool_of(problem)
        mentees, skills = request_ids(problem, self.request)
        mentors = pool.organisation.people.ids[pool.mentors[self.mentor]]
        columns = zip(mentees.tolist(), skills.tolist(), mentors.tolist(), strict=True)
        return tuple(BlockingPair(mentee_id=i, skill_id=s, mentor_id=j) for i, s, j in columns)


def standing(
    problem: Problem, request: NDArray[np.integer], mentor: NDArray[np.integer], weight: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return how far down pairs stand with their mentees and mentors, and whether both accept them.

    Args:
        problem: The problem.
        request: Places of requests. Shape (n,).
        mentor: Places of mentors. Shape (n,).
        weight: What each pair adds to the objective. Shape (n,).

    Returns:
        Whole numbers of which the smaller is the better, equal for ties, comparable among all pairs of one person;
        and truths. Shape (n,) each.
    """
    lag = problem.count_weight + problem.score_bounds[1] - weight
    if problem.given is None:
        return lag, lag, np.ones(len(lag), np.bool_)
    return problem.given.wanted(request, mentor, lag)


def blocking_pairs(problem: Problem, solution: Solution, *, most_listed: int = 20) -> BlockingPairs:
    """Return the pairs that would both strictly gain by each other, in the sense of `Stable`, exactly.

    Preferences are the lists that people gave, and points where they gave none. Only pairs that a plan may use count:
    eligible, of some worth, and with a place on both sides that no pin has taken.

    Args:
        problem: The problem.
        solution: Its solution, by any strategy.
        most_listed: How many of the pairs are listed; the best by score, equal ones by a hash.

    Raises:
        TooLargeError: If there are more than 500 million qualified pairs.

    Complexity:
        O(qualified pairs) time, O(block) memory.
    """
    if (size := problem.n_qualified()) > MOST_PAIRS:
        raise TooLargeError("blocking_pairs", "qualified pairs", size, MOST_PAIRS, "ask about fewer requests")
    kept = _Kept.of(problem, solution)
    found, listed = 0, kept.held.take(np.zeros(0, np.intp))
    for arcs in problem.usable():
        blocking = arcs.take(kept.gain(problem, arcs))
        found += len(blocking)
        listed = _first(problem, listed, blocking, most_listed)
    return BlockingPairs(n=found, n_refused=kept.n_refused, request=listed.request, mentor=listed.mentor)


def _first(problem: Problem, some: Arcs, more: Arcs, n: int) -> Arcs:
    """Return the first of two lists of arcs by weight."""
    both = Arcs(
        request=np.append(some.request, more.request),
        mentor=np.append(some.mentor, more.mentor),
        weight=np.append(some.weight, more.weight),
    )
    return both.take(np.lexsort((problem.tie(both.request, both.mentor), -both.weight))[:n])


@frozen(eq=False, kw_only=True)
class _Kept:
    """What a plan gives to everybody, and what a pair must be better than for them to gain by it.

    Attributes:
        held: The pairs of the plan that are not pinned.
        request: What a pair for each request must stand before with its mentee. Shape (n_requests,).
        mentor: What a pair with each mentor must stand before with them. Shape (n_mentors,).
        n_refused: How many of the pairs one of the two refuses.
    """

    held: Arcs
    request: NDArray[np.int64]
    mentor: NDArray[np.int64]
    n_refused: int

    @classmethod
    def of(cls, problem: Problem, solution: Solution) -> "_Kept":
        free = problem.pinned[solution.request] < 0
        request, mentor = solution.request[free], solution.mentor[free]
        weight = problem.weight(problem.worth(request, mentor, problem.levels(request, mentor)))
        by_mentee, by_mentor, accepted = standing(problem, request, mentor, weight)
        # Who has room gains by anything, who has none by what is better than the worst that they have.
        of_mentee = _worst(problem.mentee[request], by_mentee, problem.limit)
        of_request = of_mentee[problem.mentee]
        of_request[request] = by_mentee
        return cls(
            held=Arcs(request=request, mentor=mentor, weight=weight),
            request=of_request,
            mentor=_worst(mentor, by_mentor, problem.capacity),
            n_refused=int((~accepted).sum()),
        )

    def gain(self, problem: Problem, arcs: Arcs) -> NDArray[np.bool_]:
        """Return of which arcs both sides would gain."""
        by_mentee, by_mentor, accepted = standing(problem, arcs.request, arcs.mentor, arcs.weight)
        return accepted & (by_mentee < self.request[arcs.request]) & (by_mentor < self.mentor[arcs.mentor])


def _worst(owner: NDArray[np.integer], behind: NDArray[np.int64], places: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how far down the worst stands that each owner has, anything where they have a place left."""
    worst = np.full(len(places), _NOTHING)
    np.maximum.at(worst, owner, behind)
    worst[np.bincount(owner, minlength=len(places)) < places] = _ANYTHING
    return worst
