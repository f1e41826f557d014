"""Why this mentor, and why no mentor: in words, and as data that a counterfactual can test."""

from enum import StrEnum
from functools import cached_property

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.matching.candidates import NOBODY, best
from taskmentor.matching.policy import Described
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import Pairs, Problem
from taskmentor.matching.solution import Solution

__all__ = ["Alternative", "Explanation", "Reason", "Reasons", "explain", "reasons"]

MOST_NAMED = 20
"""How many people a reason names; the rest is counted."""


class Reason(StrEnum):
    """Why a request has no mentor; the first that holds is given."""

    NOBODY_QUALIFIED = "nobody-qualified"
    BARRED = "barred"
    MENTEES_LIMIT = "mentees-limit"
    ALL_FULL = "all-full"
    NO_GAIN = "no-gain"
    LEFT_OPEN = "left-open"
    """None of the others: the strategy stopped, or is not built, to serve every request that it could."""


@frozen(eq=False, kw_only=True)
class Reasons:
    """Requests without a mentor, sorted by mentee and skill, each with the first reason that holds.

    Attributes:
        mentee_id: Shape (n,).
        skill_id: Shape (n,).
        reason: Values of `Reason`. Shape (n,).
        detail: Facts behind each reason, as plain data.
    """

    mentee_id: NDArray[np.str_]
    skill_id: NDArray[np.str_]
    reason: NDArray[np.str_]
    detail: tuple[dict[str, Described], ...]

    def __len__(self) -> int:
        return len(self.mentee_id)

    def counts(self) -> dict[str, int]:
        """Return how often each reason is given, in the order of `Reason`; those never given are left out."""
        return {reason.value: n for reason in Reason if (n := int((self.reason == reason.value).sum()))}


@frozen(kw_only=True)
class Alternative:
    """Another mentor for a request, with what speaks for and against.

    Attributes:
        mentor_id: Who it is.
        level: Their confirmed level of the skill.
        score: The pair's score.
        places_left: Places that the plan leaves them.
        price: What one of their places is worth in the plan's proof, in points of the objective.
    """

    mentor_id: str
    level: int
    score: int
    places_left: int
    price: int


@frozen(kw_only=True)
class Explanation:
    """Why a request has the mentor it has, or none.

    Attributes:
        mentee_id: Whose request it is.
        skill_id: The skill.
        target_level: The level to reach.
        mentor_id: The mentor, or None.
        mentor_level: The mentor's confirmed level, or None.
        score: The pair's score, or None.
        parts: Weighted points by scorer.
        pinned: Whether a pin made the pair.
        reason: Why there is no mentor, or None.
        detail: Facts behind the reason.
        alternatives: The best other mentors by score, best first.
    """

    mentee_id: str
    skill_id: str
    target_level: int
    mentor_id: str | None
    mentor_level: int | None
    score: int | None
    parts: tuple[tuple[str, int], ...]
    pinned: bool
    reason: Reason | None
    detail: dict[str, Described] = field(factory=dict)
    alternatives: tuple[Alternative, ...] = ()

    def as_data(self) -> dict[str, Described]:
        """Return the explanation as plain data."""
        return {
            "mentee_id": self.mentee_id,
            "skill_id": self.skill_id,
            "target_level": self.target_level,
            "mentor_id": self.mentor_id,
            "mentor_level": self.mentor_level,
            "score": self.score,
            "parts": dict(self.parts),
            "pinned": self.pinned,
            "reason": None if self.reason is None else self.reason.value,
            "detail": self.detail,
            "alternatives": [
                {
                    "mentor_id": other.mentor_id,
                    "level": other.level,
                    "score": other.score,
                    "places_left": other.places_left,
                    "price": other.price,
                }
                for other in self.alternatives
            ],
        }

    def __str__(self) -> str:
        asked = f"{self.mentee_id} asks for {self.skill_id} at level {self.target_level}"
        if self.mentor_id is None:
            lines = [f"{asked} and has no mentor: {_why_not(self.reason, self.detail)}"]
        else:
            sum_of_parts = " + ".join(f"{points} {name}" for name, points in self.parts)
            why = "by a pin" if self.pinned else f"{self.score} points = {sum_of_parts}"
            lines = [f"{asked} and is mentored by {self.mentor_id} (level {self.mentor_level}): {why}."]
        for other in self.alternatives:
            places = f"places left: {other.places_left}" if other.places_left else "no place left"
            lines.append(f"  otherwise {other.mentor_id} (level {other.level}): {other.score} points, {places}")
        return "\n".join(lines)


def _why_not(reason: Reason | None, detail: dict[str, Described]) -> str:
    """Return the reason as a sentence, with what else would be in the way if it were lifted."""
    also = detail.get("also")
    more = [_sentence(Reason(name), facts) for name, facts in also.items()] if isinstance(also, dict) else []
    return "; and also ".join([_sentence(reason, detail), *more]) + "."


def _sentence(reason: Reason | None, detail: Described) -> str:
    assert isinstance(detail, dict)
    if reason is Reason.NOBODY_QUALIFIED:
        highest = detail["highest_level"]
        known = "nobody else has any confirmed level" if highest is None else f"the highest is {highest}"
        return f"nobody else is confirmed at level {detail['needed_level']} or above ({known})"
    if reason is Reason.BARRED:
        rules = detail["rules"]
        counts = ", ".join(f"{n} by {rule}" for rule, n in rules.items()) if isinstance(rules, dict) else ""
        return f"everybody qualified is barred ({counts})"
    if reason is Reason.MENTEES_LIMIT:
        return f"the mentee's limit of {detail['limit']} is reached"
    if reason is Reason.ALL_FULL:
        full, none = detail["mentors"], detail["offering_none"]
        parts = [f"{full} {'is' if full == 1 else 'are'} full"] if full else []
        parts += [f"{none} {'offers' if none == 1 else 'offer'} no place"] if none else []
        return f"of those who could, {' and '.join(parts)}"
    if reason is Reason.NO_GAIN:
        return f"the best pair that is left would score {detail['best_score']}"
    return "the strategy left it open although a place is free"


def reasons(problem: Problem, solution: Solution) -> Reasons:
    """Return the first reason that holds for every request without a mentor.

    Lifting what reason and detail name (further ones that hold too stand under `also`) makes room for the request on
    top of the plan as it is.

    Args:
        problem: The problem, made from an organisation.
        solution: Its solution.

    Complexity:
        O(qualified pairs of the unmatched requests).
    """
    return _Diagnosis(problem, solution).reasons()


class _Diagnosis:
    """What stands in the way of the unmatched requests, as columns over them."""

    def __init__(self, problem: Problem, solution: Solution) -> None:
        if problem.pool is None:
            raise ValueError("this problem was made from scores: it has no people to name")
        self.problem, self.solution, self.pool = problem, solution, problem.pool
        self.unmatched = np.setdiff1d(np.arange(problem.n_requests), solution.request).astype(np.int32)
        pinned = problem.pinned[solution.request] >= 0
        self.left = problem.capacity - np.bincount(solution.mentor[~pinned], minlength=problem.n_mentors)
        served = problem.mentee[solution.request[~pinned]]
        self.room = problem.limit - np.bincount(served, minlength=problem.n_mentees)

    @cached_property
    def qualified(self) -> Pairs:
        """Every unmatched request with everybody else who is qualified, whether or not they offer places."""
        rows = self.unmatched
        both = [
            held.expand(np.arange(len(rows)), self.problem.skill[rows], self.problem.need[rows])
            for held in (self.problem.holdings, self.problem.silent)
        ]
        pairs = Pairs(
            request=np.concatenate([pairs.request for pairs in both]),
            mentor=np.concatenate([pairs.mentor for pairs in both]),
            level=np.concatenate([pairs.level for pairs in both]),
        )
        return pairs.take(self.pool.mentors[pairs.mentor] != self.pool.mentees[rows[pairs.request]])

    def _counts(self, which: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(self.qualified.request[which], minlength=len(self.unmatched))

    @cached_property
    def barred(self) -> dict[str, NDArray[np.bool_]]:
        """Which of the qualified pairs each rule bars; rules that bar none are left out."""
        pairs, request = self.qualified, self.unmatched[self.qualified.request]
        masks = {rule.name: ~rule.admits(request, pairs.mentor, pairs.level) for rule in self.problem.rules}
        return {name: mask for name, mask in masks.items() if mask.any()}

    @cached_property
    def _admitted(self) -> NDArray[np.bool_]:
        """Which of the qualified pairs no rule bars."""
        barred: NDArray[np.bool_] = np.logical_or.reduce(
            [np.zeros(len(self.qualified), np.bool_), *self.barred.values()]
        )
        return ~barred

    @cached_property
    def _meant(self) -> NDArray[np.bool_]:
        """Which of the qualified pairs could be made if there were places: those that no rule bars.

        Where rules bar everybody it is all of them: their places are what lifting the rules would meet next.
        """
        allowed = self._counts(self._admitted) > 0
        return self._admitted | ~allowed[self.qualified.request]

    @cached_property
    def _free(self) -> NDArray[np.bool_]:
        """Which of those have a place left."""
        return self._meant & (self.left[self.qualified.mentor] > 0)

    @cached_property
    def _stands(self) -> dict[Reason, NDArray[np.bool_]]:
        """Which reasons hold for each unmatched request, in the order in which they are given."""
        pairs, request, free = self.qualified, self.unmatched[self.qualified.request], self._free
        gain = np.zeros(len(pairs), np.bool_)
        gain[free] = self._weights(pairs.take(free), request[free]) > 0
        nobody = self._counts(np.ones(len(pairs), np.bool_)) == 0
        no_place = ~nobody & (self._counts(free) == 0)
        return {
            Reason.NOBODY_QUALIFIED: nobody,
            Reason.BARRED: ~nobody & (self._counts(self._admitted) == 0),
            Reason.MENTEES_LIMIT: self.room[self.problem.mentee[self.unmatched]] <= 0,
            Reason.ALL_FULL: no_place,
            Reason.NO_GAIN: ~nobody & ~no_place & (self._counts(gain) == 0),
            Reason.LEFT_OPEN: np.ones(len(self.unmatched), np.bool_),
        }

    def _weights(self, pairs: Pairs, request: NDArray[np.int32]) -> NDArray[np.int64]:
        return self.problem.weight(self.problem.score(request, pairs.mentor, pairs.level))

    def reasons(self) -> Reasons:
        people, skill_ids = self.pool.organisation.people, np.array(self.pool.organisation.model.skill_ids, np.str_)
        mentee_id = people.ids[self.pool.mentees[self.unmatched]]
        skill_id = skill_ids[self.pool.requests.skill[self.unmatched]]
        order = np.lexsort((skill_id, mentee_id))
        found = [self._reason(row) for row in order.tolist()]
        return Reasons(
            mentee_id=mentee_id[order],
            skill_id=skill_id[order],
            reason=np.array([reason.value for reason, _ in found], np.str_),
            detail=tuple(detail for _, detail in found),
        )

    def _reason(self, row: int) -> tuple[Reason, dict[str, Described]]:
        holding = [reason for reason, holds in self._stands.items() if holds[row]]
        detail = self._detail(holding[0], row)
        # `left-open` always holds and says nothing beside another reason.
        if also := holding[1:-1]:
            detail["also"] = {reason.value: self._detail(reason, row) for reason in also}
        return holding[0], detail

    @cached_property
    def _by_request(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.qualified.request, kind="stable")
        start = np.searchsorted(self.qualified.request[order], np.arange(len(self.unmatched) + 1))
        return order, start

    def _own(self, row: int) -> NDArray[np.int64]:
        order, start = self._by_request
        return order[start[row] : start[row + 1]]

    def _detail(self, reason: Reason, row: int) -> dict[str, Described]:
        own, request = self._own(row), int(self.unmatched[row])
        if reason is Reason.NOBODY_QUALIFIED:
            return {"needed_level": int(self.problem.need[request]), "highest_level": self._highest(request)}
        if reason is Reason.BARRED:
            counts = {name: int(mask[own].sum()) for name, mask in self.barred.items()}
            return {"qualified": len(own), "rules": {name: n for name, n in counts.items() if n}}
        if reason is Reason.MENTEES_LIMIT:
            return self._limit_detail(request)
        if reason is Reason.ALL_FULL:
            return self._full_detail(own)
        if reason is Reason.NO_GAIN:
            pairs = self.qualified.take(own[self._free[own]])
            scores = self.problem.score(np.full(len(pairs), request), pairs.mentor, pairs.level)
            return {"best_score": int(scores.max())}
        return {}

    @cached_property
    def _leaders(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]]:
        """Who has a confirmed level of each skill, highest first: where each skill begins, person codes, levels."""
        known = self.pool.proficiency
        there = np.flatnonzero(self.pool.mentor_place[known.person] >= 0)
        order = there[np.lexsort((-known.level[there].astype(np.int16), known.skill[there]))]
        return (
            np.searchsorted(known.skill[order], np.arange(known.n_skills + 1)),
            known.person[order],
            known.level[order],
        )

    def _highest(self, request: int) -> int | None:
        """Return the highest level that anybody else who is there has of the request's skill."""
        start, person, level = self._leaders
        skill = int(self.problem.skill[request])
        for row in range(int(start[skill]), min(int(start[skill]) + 2, int(start[skill + 1]))):
            if person[row] != self.pool.mentees[request]:
                return int(level[row])
        return None

    @cached_property
    def _engaged(self) -> NDArray[np.int64]:
        """How many engagements each person has as mentee already. Shape (n_people,)."""
        running = self.pool.organisation.engaged.running(self.pool.on)
        return np.bincount(running.mentee, minlength=len(self.pool.organisation.people))

    def _limit_detail(self, request: int) -> dict[str, Described]:
        people, person = self.pool.organisation.people, int(self.pool.mentees[request])
        # The requests of one mentee stand together, and served requests are sorted.
        mentee = self.problem.mentee[request]
        first, last = np.searchsorted(self.problem.mentee, [mentee, mentee + 1])
        own = self.solution.request[slice(*np.searchsorted(self.solution.request, [first, last]))]
        skills = [self.pool.organisation.model.skill_ids[code] for code in self.pool.requests.skill[own].tolist()]
        return {
            "limit": int(people.mentee_limit[person]),
            "served": [str(skill) for skill in sorted(skills)],
            "engaged": int(self._engaged[person]),
        }

    def _full_detail(self, own: NDArray[np.int64]) -> dict[str, Described]:
        mentors = np.unique(self.qualified.mentor[own[self._meant[own]]])
        # Somebody who offers no place any more may still be held by engagements that run.
        holding = np.array([mentor in self._holders for mentor in mentors.tolist()], np.bool_)
        offering = (self.pool.organisation.people.capacity[self.pool.mentors[mentors]] > 0) | holding
        ids = self.pool.organisation.people.ids[self.pool.mentors[mentors]]
        named = sorted(zip(ids[offering].tolist(), mentors[offering].tolist(), strict=True))[:MOST_NAMED]
        return {
            "mentors": int(offering.sum()),
            "offering_none": int((~offering).sum()),
            "held_by": {mentor_id: list(self._holders.get(mentor, ())) for mentor_id, mentor in named},
            "without_places": [str(one) for one in sorted(ids[~offering].tolist())[:MOST_NAMED]],
        }

    @cached_property
    def _holders(self) -> dict[int, list[str]]:
        """Return the ids of the mentees who hold each mentor's places, by the plan or by engagements that run."""
        people, running = self.pool.organisation.people, self.pool.organisation.engaged.running(self.pool.on)
        held: dict[int, list[str]] = {}
        mentees = self.pool.mentees[self.solution.request]
        taken = zip(
            np.append(self.solution.mentor, self.pool.mentor_place[running.mentor]).tolist(),
            people.ids[np.append(mentees, running.mentee)].tolist(),
            strict=True,
        )
        for mentor, mentee_id in taken:
            held.setdefault(mentor, []).append(mentee_id)
        return {mentor: sorted(ids) for mentor, ids in held.items()}


def explain(problem: Problem, solution: Solution, request: int, *, alternatives: int = 3) -> Explanation:
    """Return why one request has the mentor it has, or none.

    Args:
        problem: The problem, made from an organisation.
        solution: Its solution.
        request: The place of the request.
        alternatives: How many other mentors are named.
    """
    diagnosis = _Diagnosis(problem, solution)
    pool, place = diagnosis.pool, int(np.searchsorted(solution.request, request))
    served = place < solution.n_matched and int(solution.request[place]) == request
    mentor = int(solution.mentor[place]) if served else NOBODY
    one, who = np.array([request]), np.array([mentor])
    level = problem.levels(one, who)
    points = [int(part[0]) for part in problem.parts(one, who, level)] if served else []
    reason, detail = (None, {}) if served else diagnosis._reason(int(np.searchsorted(diagnosis.unmatched, request)))
    return Explanation(
        mentee_id=pool.organisation.people.id(int(pool.mentees[request])),
        skill_id=pool.organisation.model.skill_ids[problem.skill[request]],
        target_level=int(pool.requests.target[request]),
        mentor_id=_id(pool, mentor) if served else None,
        mentor_level=int(level[0]) if served else None,
        score=sum(points) if served else None,
        parts=tuple(zip((scorer.name for scorer in problem.scorers), points, strict=False)),
        pinned=bool(problem.pinned[request] >= 0),
        reason=reason,
        detail=detail,
        alternatives=_alternatives(diagnosis, request, mentor, alternatives),
    )


def _id(pool: Pool, mentor: int) -> str:
    return pool.organisation.people.id(int(pool.mentors[mentor]))


def _alternatives(diagnosis: _Diagnosis, request: int, mentor: int, most: int) -> tuple[Alternative, ...]:
    problem = diagnosis.problem
    found = best(problem, np.array([request]), k=most + 1)
    others = [place for place in range(most + 1) if found.mentor[0, place] not in (NOBODY, mentor)][:most]
    return tuple(
        Alternative(
            mentor_id=_id(diagnosis.pool, int(found.mentor[0, place])),
            level=int(found.level[0, place]),
            score=int(found.net[0, place]) - problem.count_weight,
            places_left=int(diagnosis.left[found.mentor[0, place]]),
            price=int(diagnosis.solution.duals.mentor[found.mentor[0, place]]),
        )
        for place in others
    )
