"""Why requests have no mentor: for all of them at once, as columns and as data that a counterfactual can test."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.counting import alike, count
from taskmentor.matching.facts import FREE, FULL, NONE, UNKNOWN, Facts, Standing, facts_of
from taskmentor.matching.ids import in_order, request_ids
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution

__all__ = ["Reason", "Reasons", "reasons", "told", "unmatched"]


class Reason(StrEnum):
    """Why a request has no mentor; the first that holds is given."""

    NOBODY_QUALIFIED = "nobody-qualified"
    BARRED = "barred"
    MENTEES_LIMIT = "mentees-limit"
    ALL_FULL = "all-full"
    NO_GAIN = "no-gain"
    CONSTRAINED = "constrained"
    """None of the others, under constraints on the plan as a whole: without them there may be a plan that serves it."""
    LEFT_OPEN = "left-open"
    """None of the others: the strategy stopped, or is not built, to serve every request that it could, or what the
    policy counts beside scores (aims, or what places cost) is better without."""


@frozen(eq=False, kw_only=True)
class Reasons:
    """Requests without a mentor, sorted by mentee and skill, each with the first reason that holds.

    Many requests share the facts behind their reason, which are counts; names `explain` gives.

    Attributes:
        mentee_id: Shape (n,).
        skill_id: Shape (n,).
        reason: Values of `Reason`. Shape (n,).
        place: Where the facts of each request stand in `details`. Shape (n,).
        details: Facts behind reasons, as plain data.
    """

    mentee_id: NDArray[np.str_]
    skill_id: NDArray[np.str_]
    reason: NDArray[np.str_]
    place: NDArray[np.int64]
    details: tuple[dict[str, Described], ...]

    def __attrs_post_init__(self) -> None:
        if ((self.place < 0) | (self.place >= len(self.details))).any():
            raise ValueError(f"place must be places in details, from 0 to {len(self.details) - 1}")

    def __len__(self) -> int:
        return len(self.mentee_id)

    @property
    def detail(self) -> tuple[dict[str, Described], ...]:
        """Return the facts behind each reason."""
        return tuple(self.details[place] for place in self.place.tolist())

    def counts(self) -> dict[str, int]:
        """Return how often each reason is given, in the order of `Reason`; those never given are left out."""
        return {reason.value: n for reason in Reason if (n := int((self.reason == reason.value).sum()))}


def unmatched(problem: Problem, solution: Solution) -> NDArray[np.int32]:
    """Return the places of the requests that a solution does not serve, rising."""
    served = np.zeros(problem.n_requests, np.bool_)
    served[solution.request] = True
    return np.flatnonzero(~served).astype(np.int32)


def reasons(problem: Problem, solution: Solution) -> Reasons:
    """Return the first reason that holds for every request without a mentor.

    Lifting what they stand for (further ones that hold too stand under `also`, and `explain` names those concerned)
    makes room for the request on top of the plan as it is.

    Args:
        problem: The problem, made from an organisation.
        solution: Its solution.

    Complexity:
        As `counting.count`: pairs are counted by kinds, not listed, unless a rule is a free function of both.
    """
    standing, requests = Standing.of(problem, solution), unmatched(problem, solution)
    requests = requests[in_order(problem, requests)]
    facts = facts_of(problem, standing, requests, count(problem, standing, requests))
    place, first = alike(_columns(facts))
    given = told(facts.take(first))
    mentee_id, skill_id = request_ids(problem, requests)
    return Reasons(
        mentee_id=mentee_id,
        skill_id=skill_id,
        reason=np.array([reason.value for reason, _ in given], np.str_)[place],
        place=place,
        details=tuple(detail for _, detail in given),
    )


def told(facts: Facts) -> list[tuple[Reason, dict[str, Described]]]:
    """Return the first reason that holds for each request, with the facts behind it and behind all others that hold."""
    stands = list(zip(*(holds.tolist() for holds in _stands(facts).values()), strict=True))
    rows = zip(*(_rows(numbers, len(facts)) for numbers in _numbers(facts).values()), strict=True)
    given = []
    for holds, numbers in zip(stands, rows, strict=True):
        details = {
            reason: _detail(reason, own, facts)
            for reason, stands_here, own in zip(Reason, holds, numbers, strict=True)
            if stands_here
        }
        given.append(_first(details))
    return given


def _rows(columns: Sequence[NDArray[np.integer]], n: int) -> list[list[int]]:
    rows: list[list[int]] = np.stack([*columns, np.zeros(n, np.int64)], axis=1)[:, :-1].tolist()
    return rows


def _first(details: dict[Reason, dict[str, Described]]) -> tuple[Reason, dict[str, Described]]:
    first, *others = details
    # These two always hold, the one of them under any constraint, and say nothing beside another reason.
    silent = (Reason.CONSTRAINED, Reason.LEFT_OPEN)
    also: dict[str, Described] = {reason.value: details[reason] for reason in others if reason not in silent}
    return first, {**details[first], "also": also} if also else details[first]


def _stands(facts: Facts) -> dict[Reason, NDArray[np.bool_]]:
    """Return which reasons hold for each request, in the order in which they are given."""
    nobody = ~facts.tally.qualified.any(axis=1)
    no_place = ~nobody & (facts.tally.meant[:, FREE] == 0)
    return {
        Reason.NOBODY_QUALIFIED: nobody,
        Reason.BARRED: ~nobody & ~facts.tally.admitted.any(axis=1),
        Reason.MENTEES_LIMIT: facts.room <= 0,
        Reason.ALL_FULL: no_place,
        Reason.NO_GAIN: ~nobody & ~no_place & ~facts.gain,
        Reason.CONSTRAINED: np.full(len(facts), bool(facts.constraints)),
        Reason.LEFT_OPEN: np.ones(len(facts), np.bool_),
    }


def _numbers(facts: Facts) -> dict[Reason, list[NDArray[np.integer]]]:
    """Return the numbers that the facts behind each reason are made of."""
    tally, meant = facts.tally, facts.tally.meant
    return {
        Reason.NOBODY_QUALIFIED: [facts.needed, facts.highest],
        Reason.BARRED: [tally.qualified.sum(axis=1), *tally.barred.T],
        Reason.MENTEES_LIMIT: [facts.limit, facts.engaged],
        Reason.ALL_FULL: [meant[:, FULL], meant[:, NONE]],
        Reason.NO_GAIN: [facts.best_score],
        Reason.CONSTRAINED: [],
        Reason.LEFT_OPEN: [],
    }


def _columns(facts: Facts) -> list[NDArray[np.generic]]:
    """Return columns in which requests are the same for which the same is to be said."""
    stands, numbers = _stands(facts), _numbers(facts)
    said = [np.where(stands[reason], number, 0) for reason in Reason for number in numbers[reason]]
    return [*stands.values(), *said]


def _detail(reason: Reason, numbers: Sequence[int], facts: Facts) -> dict[str, Described]:
    if reason is Reason.NOBODY_QUALIFIED:
        needed, highest = numbers
        return {"needed_level": needed, "highest_level": None if highest == UNKNOWN else highest}
    if reason is Reason.BARRED:
        return {
            "qualified": numbers[0],
            "rules": {name: n for name, n in zip(facts.rules, numbers[1:], strict=True) if n},
        }
    if reason is Reason.CONSTRAINED:
        return {"constraints": list(facts.constraints)}
    return dict(zip(_NAMES[reason], numbers, strict=True))


_NAMES = {
    Reason.MENTEES_LIMIT: ("limit", "engaged"),
    Reason.ALL_FULL: ("mentors", "offering_none"),
    Reason.NO_GAIN: ("best_score",),
    Reason.LEFT_OPEN: (),
}
