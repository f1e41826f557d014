"""Why one request has the mentor it has, or none: in words, and as data that a counterfactual can test."""

from collections.abc import Callable

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.matching.candidates import NOBODY, best
from taskmentor.matching.facts import FULL, NONE, Standing, Tally, facts_of
from taskmentor.matching.ids import pool_of
from taskmentor.matching.policy import Described
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import Pairs, Problem
from taskmentor.matching.reasons import Reason, told
from taskmentor.matching.solution import Solution

__all__ = ["Alternative", "Explanation", "explain"]

MOST_NAMED = 20
"""How many people a reason names; the rest is counted."""


@frozen(kw_only=True)
class Alternative:
    """Another mentor for a request, with what speaks for and against.

    Attributes:
        mentor_id: Who it is.
        level: Their confirmed level of the skill.
        score: The pair's score.
        places_left: Places that the plan leaves them.
        price: What one of their places is worth in the plan's proof, in points of the objective, a part of one rounded
            up.
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
        wish_met: Whether the mentor has what the mentee wishes for; None where the mentee wishes nothing, or it is not
            the reader's to know.
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
    wish_met: bool | None = None

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
            "wish_met": self.wish_met,
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

    def told(self, may_read: Callable[[str], bool], *, is_own: bool = False) -> "Explanation":
        """Return what of this may be told to somebody who must not learn the levels of everybody.

        Points tell levels, so they go with them; so do the facts behind a reason, which name others and count them. Who
        the mentor is stays, and the reason does. What the mentee wishes for, and the mentor says of themselves, is for
        the mentee alone.

        Args:
            may_read: Whether the levels of a person may be told.
            is_own: Whether the reader is the mentee.
        """
        if not is_own:
            return evolve(self, wish_met=None).told(may_read, is_own=True)
        others = tuple(other for other in self.alternatives if may_read(other.mentor_id))
        if self.mentor_id is not None and may_read(self.mentor_id):
            return evolve(self, alternatives=others)
        return evolve(self, mentor_level=None, score=None, parts=(), detail={}, alternatives=others)

    def __str__(self) -> str:
        asked = f"{self.mentee_id} asks for {self.skill_id} at level {self.target_level}"
        if self.mentor_id is None:
            lines = [f"{asked} and has no mentor: {_why_not(self.reason, self.detail)}"]
        elif self.mentor_level is None:
            lines = [f"{asked} and is mentored by {self.mentor_id}{' by a pin' if self.pinned else ''}."]
        else:
            sum_of_parts = " + ".join(f"{points} {name}" for name, points in self.parts)
            why = "by a pin" if self.pinned else f"{self.score} points = {sum_of_parts}"
            lines = [f"{asked} and is mentored by {self.mentor_id} (level {self.mentor_level}): {why}."]
        if self.wish_met is not None:
            lines[0] += f" The wish about the mentor is {'met' if self.wish_met else 'not met'}."
        for other in self.alternatives:
            places = f"places left: {other.places_left}" if other.places_left else "no place left"
            lines.append(f"  otherwise {other.mentor_id} (level {other.level}): {other.score} points, {places}")
        return "\n".join(lines)


_IN_SHORT = {
    Reason.NOBODY_QUALIFIED: "nobody else is qualified",
    Reason.BARRED: "everybody qualified is barred by a rule",
    Reason.MENTEES_LIMIT: "the mentee's limit is reached",
    Reason.ALL_FULL: "those who could have no place left",
    Reason.NO_GAIN: "the plan gains nothing by a pair that is left",
    Reason.CONSTRAINED: "what the plan as a whole must keep is in the way",
}
"""What is told of a reason to those who must not learn the facts behind it."""


def _why_not(reason: Reason | None, detail: dict[str, Described]) -> str:
    """Return the reason as a sentence, with what else would be in the way if it were lifted."""
    if not detail and reason in _IN_SHORT:
        return f"{_IN_SHORT[reason]}."
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
    if reason is Reason.CONSTRAINED:
        names = detail["constraints"]
        named = " and ".join(str(one) for one in names) if isinstance(names, list) else ""
        return f"places are free, and what the plan as a whole must keep may be in the way ({named})"
    return "the strategy left it open although a place is free"


def explain(
    problem: Problem, solution: Solution, request: int, *, alternatives: int = 3, standing: Standing | None = None
) -> Explanation:
    """Return why one request has the mentor it has, or none.

    Args:
        problem: The problem, made from an organisation.
        solution: Its solution.
        request: The place of the request.
        alternatives: How many other mentors are named.
        standing: What the solution leaves of everybody's places, where it is at hand already.

    Complexity:
        O(requests + people + p log p) for the p people who are qualified for this one request.
    """
    pool, place = pool_of(problem), int(np.searchsorted(solution.request, request))
    served = place < solution.n_matched and int(solution.request[place]) == request
    mentor = int(solution.mentor[place]) if served else NOBODY
    one, who = np.array([request]), np.array([mentor])
    level = problem.levels(one, who)
    points = [int(part[0]) for part in problem.parts(one, who, level)] if served else []
    left = standing or Standing.of(problem, solution)
    reason, detail = (None, {}) if served else _why(problem, solution, left, request)
    return Explanation(
        mentee_id=pool.organisation.people.id(int(pool.mentees[request])),
        skill_id=pool.organisation.model.skill_ids[problem.skill[request]],
        target_level=int(pool.requests.target[request]),
        mentor_id=_id(pool, mentor) if served else None,
        mentor_level=int(level[0]) if served else None,
        score=sum(points) if served else None,
        parts=tuple(zip((scorer.name for scorer in problem.point_scorers), points, strict=False)),
        pinned=bool(problem.pinned[request] >= 0),
        reason=reason,
        detail=detail,
        alternatives=_alternatives(problem, solution, left, request, mentor, alternatives),
        wish_met=bool(problem.wishes_met(one, who)[0]) if served and problem.wishes(one)[0] else None,
    )


def _id(pool: Pool, mentor: int) -> str:
    return pool.organisation.people.id(int(pool.mentors[mentor]))


def _alternatives(
    problem: Problem, solution: Solution, standing: Standing, request: int, mentor: int, most: int
) -> tuple[Alternative, ...]:
    found = best(problem, np.array([request]), k=most + 1)
    others = [place for place in range(most + 1) if found.mentor[0, place] not in (NOBODY, mentor)][:most]
    asked, who, level = np.full(len(others), request), found.mentor[0, others], found.level[0, others]
    scores = problem.score(asked, who, level).tolist()
    return tuple(
        Alternative(
            mentor_id=_id(pool_of(problem), int(found.mentor[0, place])),
            level=int(found.level[0, place]),
            score=score,
            places_left=int(standing.left[found.mentor[0, place]]),
            price=-(-int(solution.duals.mentor[found.mentor[0, place]]) // solution.duals.unit),
        )
        for place, score in zip(others, scores, strict=True)
    )


# Why one request has none: the same facts as for all of them, from a list of those who are qualified, and with names


def _why(problem: Problem, solution: Solution, standing: Standing, request: int) -> tuple[Reason, dict[str, Described]]:
    """Return the first reason that holds for a request without a mentor, with the facts and names behind it."""
    one, pairs = np.array([request], np.int32), _qualified(problem, request)
    masks = [~rule.admits(pairs.request, pairs.mentor, pairs.level) for rule in problem.rules]
    row, place = np.zeros(len(pairs), np.int64), standing.place[pairs.mentor]
    tally = Tally.of(1, row, place, masks)
    ((reason, detail),) = told(facts_of(problem, standing, one, tally))
    admitted = ~np.logical_or.reduce([np.zeros(len(pairs), np.bool_), *masks])
    meant = pairs.mentor[admitted] if admitted.any() else pairs.mentor
    also = detail.get("also", {})
    assert isinstance(also, dict)
    for name, facts in ((reason.value, detail), *also.items()):
        assert isinstance(facts, dict)
        if name == Reason.MENTEES_LIMIT:
            facts["served"] = _served(problem, solution, request)
        if name == Reason.ALL_FULL:
            facts.update(_holders(problem, solution, standing, meant))
    return reason, detail


def _qualified(problem: Problem, request: int) -> Pairs:
    """Return one request with everybody else who is qualified, whether or not they offer places."""
    pool, one = pool_of(problem), np.array([request])
    holders = problem.holdings, problem.silent
    pairs = Pairs.joined(held.expand(one, problem.skill[one], problem.need[one]) for held in holders)
    return pairs.take(pool.mentors[pairs.mentor] != pool.mentees[request])


def _served(problem: Problem, solution: Solution, request: int) -> list[Described]:
    """Return the skills in which the plan gives the request's mentee a mentor."""
    own = solution.request[problem.mentee[solution.request] == problem.mentee[request]]
    skill_ids = pool_of(problem).organisation.model.skill_ids
    return [str(skill_ids[code]) for code in sorted(problem.skill[own].tolist())]


def _holders(
    problem: Problem, solution: Solution, standing: Standing, mentors: NDArray[np.int32]
) -> dict[str, Described]:
    """Return who holds the places of some mentors, and who of them has none to give; the first by id are named."""
    pool = pool_of(problem)
    running = pool.organisation.engaged.running(pool.on)
    ids = pool.organisation.people.ids
    # Codes follow the ids.
    full = np.sort(pool.mentors[mentors[standing.place[mentors] == FULL]])[:MOST_NAMED]
    none = np.sort(pool.mentors[mentors[standing.place[mentors] == NONE]])[:MOST_NAMED]
    mentor = np.append(pool.mentors[solution.mentor], running.mentor)
    mentee = np.append(pool.mentees[solution.request], running.mentee)
    held_by = {code: np.sort(mentee[mentor == code]) for code in full.tolist()}
    return {
        "held_by": {str(ids[code]): [str(one) for one in ids[held]] for code, held in held_by.items()},
        "without_places": [str(one) for one in ids[none]],
    }
