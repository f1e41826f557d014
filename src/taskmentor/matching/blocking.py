"""Blocking pairs: who would both rather have each other than what a plan gives them, for every strategy's plan."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import TooLargeError
from taskmentor.matching.covering import weighed
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
    """A request and a mentor that would both gain by each other.

    Gains are in points; where somebody gave a list, it goes before points, and a gain may then be below 0.

    Attributes:
        mentee_id: Whose request it is.
        skill_id: The skill.
        mentor_id: The mentor.
        score: The score of the pair.
        mentee_leaves: The mentor whom the mentee would give up for this one, None where they have a place left.
        mentee_gain: How much more the pair scores than what the mentee would give up.
        mentor_leaves: The mentee and the skill that the mentor would give up, None where they have a place left.
        mentor_gain: How much more the pair scores than what the mentor would give up.
    """

    mentee_id: str
    skill_id: str
    mentor_id: str
    score: int
    mentee_leaves: str | None
    mentee_gain: int
    mentor_leaves: tuple[str, str] | None
    mentor_gain: int

    def __str__(self) -> str:
        mentee = "with a place left" if self.mentee_leaves is None else f"who would leave {self.mentee_leaves}"
        mentor = "with a place left" if self.mentor_leaves is None else f"who would leave {self.mentor_leaves[0]}"
        return (
            f"{self.mentee_id} in {self.skill_id}, {mentee} ({self.mentee_gain:+,}), "
            f"and {self.mentor_id}, {mentor} ({self.mentor_gain:+,})"
        )


@frozen(eq=False, kw_only=True)
class BlockingPairs:
    """The pairs that block a plan: how many, and the first by score.

    Attributes:
        n: How many there are.
        n_refused: How many pairs of the plan one of the two refuses by a list.
        request: Places of requests of those that are listed. Shape (n_listed,).
        mentor: Places of their mentors. Shape (n_listed,).
        mentee_leaves: Places of the requests whose mentor the mentee would give up, -1 for none. Shape (n_listed,).
        mentor_leaves: Places of the requests that the mentor would give up, -1 for none. Shape (n_listed,).
        mentor_of: The mentor of each request in the plan, -1 for none. Shape (n_requests,).
    """

    n: int
    n_refused: int
    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    mentee_leaves: NDArray[np.int32]
    mentor_leaves: NDArray[np.int32]
    mentor_of: NDArray[np.int32]

    def named(self, problem: Problem) -> tuple[BlockingPair, ...]:
        """Return the listed pairs in ids, in their order.

        Args:
            problem: The problem, made from an organisation.
        """
        return tuple(self._named(problem, place) for place in range(len(self.request)))

    def _named(self, problem: Problem, place: int) -> BlockingPair:
        pool = pool_of(problem)
        mentors = pool.organisation.people.ids[pool.mentors]
        request, mentor = int(self.request[place]), int(self.mentor[place])
        own, other = int(self.mentee_leaves[place]), int(self.mentor_leaves[place])
        asked = np.array([request, *(one for one in (own, other) if one >= 0)])
        who = np.array([mentor, *self.mentor_of[asked[1:]]])
        scores = dict(zip(asked.tolist(), problem.score(asked, who, problem.levels(asked, who)).tolist(), strict=True))
        score = int(problem.score(asked[:1], who[:1], problem.levels(asked[:1], who[:1]))[0])
        mentees, skills = request_ids(problem, np.array([request, max(other, 0)]))
        return BlockingPair(
            mentee_id=str(mentees[0]),
            skill_id=str(skills[0]),
            mentor_id=str(mentors[mentor]),
            score=score,
            mentee_leaves=None if own < 0 else str(mentors[self.mentor_of[own]]),
            mentee_gain=score - (0 if own < 0 else scores[own]),
            mentor_leaves=None if other < 0 else (str(mentees[1]), str(skills[1])),
            mentor_gain=score - (0 if other < 0 else scores[other]),
        )


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
    mentor_of = np.full(problem.n_requests, -1, np.int32)
    mentor_of[kept.held.request] = kept.held.mentor
    own, other = kept.left_for(problem, listed)
    return BlockingPairs(
        n=found,
        n_refused=kept.n_refused,
        request=listed.request,
        mentor=listed.mentor,
        mentee_leaves=own,
        mentor_leaves=other,
        mentor_of=mentor_of,
    )


def _first(problem: Problem, some: Arcs, more: Arcs, n: int) -> Arcs:
    """Return the first of two lists of arcs by weight."""
    both = Arcs.joined([some, more])
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
        held = weighed(problem, request, mentor)
        by_mentee, by_mentor, accepted = standing(problem, request, mentor, held.weight)
        # Who has room gains by anything, who has none by what is better than the worst that they have.
        of_mentee = _worst(problem.mentee[request], by_mentee, problem.limit)
        of_request = of_mentee[problem.mentee]
        of_request[request] = by_mentee
        return cls(
            held=held,
            request=of_request,
            mentor=_worst(mentor, by_mentor, problem.capacity),
            n_refused=int((~accepted).sum()),
        )

    def gain(self, problem: Problem, arcs: Arcs) -> NDArray[np.bool_]:
        """Return of which arcs both sides would gain."""
        by_mentee, by_mentor, accepted = standing(problem, arcs.request, arcs.mentor, arcs.weight)
        return accepted & (by_mentee < self.request[arcs.request]) & (by_mentor < self.mentor[arcs.mentor])

    def left_for(self, problem: Problem, arcs: Arcs) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the request that each side of some arcs would give up, -1 for none. Shape (n,) each."""
        held = self.held
        by_mentee, by_mentor, _ = standing(problem, held.request, held.mentor, held.weight)
        mentee = problem.mentee[held.request]
        own, other = np.full(len(arcs), -1, np.int32), np.full(len(arcs), -1, np.int32)
        for place, (request, mentor) in enumerate(zip(arcs.request.tolist(), arcs.mentor.tolist(), strict=True)):
            same = np.flatnonzero(held.request == request)
            learning = same if len(same) else np.flatnonzero(mentee == problem.mentee[request])
            if len(same) or len(learning) == problem.limit[problem.mentee[request]]:
                own[place] = held.request[learning[np.argmax(by_mentee[learning])]]
            teaching = np.flatnonzero(held.mentor == mentor)
            if len(teaching) == problem.capacity[mentor]:
                other[place] = held.request[teaching[np.argmax(by_mentor[teaching])]]
        return own, other


def _worst(owner: NDArray[np.integer], behind: NDArray[np.int64], places: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how far down the worst stands that each owner has, anything where they have a place left."""
    worst = np.full(len(places), _NOTHING)
    np.maximum.at(worst, owner, behind)
    worst[np.bincount(owner, minlength=len(places)) < places] = _ANYTHING
    return worst
