"""Whether a plan is best at each aim, by prices that are checked on every pair; no solver is imported.

The prices of all steps are read as one list for each request, mentee and mentor, and lists are compared like words in a
dictionary: the first number that differs decides. A list is 0 or more where its first number that is not 0 is above 0.
Where `q + v + p` is at least the pair's own list for every pair, no plan's list of sums exceeds

    sum q + sum limit v + the sum over all places of what p exceeds the cost of the place by, where it does,

and a plan whose sums are these is best. A pair whose three prices exceed what it adds at one step is used by no best
plan, so it is not looked at in later steps: there remain those that all best plans choose from.
"""

from collections.abc import Callable, Iterator
from itertools import chain, repeat

import numpy as np
from attrs import define, evolve
from numpy.typing import NDArray

from taskmentor.matching.aims.aim import Floor, Step, Sum
from taskmentor.matching.aims.choices import Listed, numbered_places, place_costs, steps_of
from taskmentor.matching.duals import Duals, total

__all__ = ["aim_faults"]

_MOST_PRICE = 2**60
"""Three of them are added, and compared with points, in 64 bits."""


def aim_faults(
    listed: Listed, request: NDArray[np.integer], mentor: NDArray[np.integer], prices: tuple[Duals, ...]
) -> Iterator[str]:
    """Return what is wrong with the claim that a plan is best at each of its problem's aims, in order.

    Args:
        listed: All eligible pairs.
        request: The requests of the plan's pairs that are not pinned. Shape (n,).
        mentor: Their mentors; each pair is eligible, and no limit is exceeded. Shape (n,).
        prices: The prices of each step, of 0 for all steps beyond the last.

    Complexity:
        O(pairs) for each step, of pairs that remain.
    """
    aims = steps_of(listed)
    if len(prices) > (n_steps := sum(map(len, aims))):
        yield f"the aims have {n_steps:,} steps, and there are prices of {len(prices):,}"
        return
    checker = _Checker.of(listed, request, mentor)
    given = chain(prices, repeat(Duals.none(listed.problem)))
    for aim, steps in zip(listed.problem.aims, aims, strict=True):
        for number, step in enumerate(steps, start=1):
            if fault := checker.fault(step, next(given)):
                yield f"aim {aim.name}, step {number:,}: {fault}"
                return


@define(eq=False, kw_only=True)
class _Checker:
    """What the steps before have proven.

    Attributes:
        listed: All pairs.
        used: The rows of the plan's pairs. Shape (n_matched,).
        load: How many of them each mentor has. Shape (n_mentors,).
        rows: The usable pairs that remain. Shape (n_remaining,).
        request: Which requests have a price above 0. Shape (n_requests,).
        mentee: Which mentees have. Shape (n_mentees,).
        mentor: Whose each place is. Shape (n_places,).
        number: Which of the mentor's places it is, from 0. Shape (n_places,).
        sign: 1 where the mentor's price is above the cost of the place, -1 where below, 0 while both are the same.
            Shape (n_places,).
    """

    listed: Listed
    used: NDArray[np.int64]
    load: NDArray[np.int64]
    rows: NDArray[np.intp]
    request: NDArray[np.bool_]
    mentee: NDArray[np.bool_]
    mentor: NDArray[np.intp]
    number: NDArray[np.int64]
    sign: NDArray[np.int64]

    @classmethod
    def of(cls, listed: Listed, request: NDArray[np.integer], mentor: NDArray[np.integer]) -> "_Checker":
        """Return the checker of a plan before the first step."""
        problem, (owner, number) = listed.problem, numbered_places(listed.places)
        return cls(
            listed=listed,
            used=listed.rows(request, mentor),
            load=np.bincount(mentor, minlength=problem.n_mentors),
            rows=np.flatnonzero(listed.usable),
            request=np.zeros(problem.n_requests, np.bool_),
            mentee=np.zeros(problem.n_mentees, np.bool_),
            mentor=owner,
            number=number,
            sign=np.zeros(len(owner), np.int64),
        )

    def fault(self, step: Step, prices: Duals) -> str | None:
        """Return what is wrong with the proof of a step, None where it holds; what it proves is remembered."""
        if isinstance(step, Floor):
            return self._floor_fault(step, prices)
        costs = place_costs(step, self.mentor, self.number)
        proven = self._proven(step.points, costs, prices)
        if isinstance(proven, str):
            return proven
        reached = total(step.points(self.used)) - total(costs[self.number < self.load[self.mentor]])
        return None if reached == proven else f"the plan reaches {reached:,}, and the prices prove {proven:,}"

    def _floor_fault(self, step: Floor, prices: Duals) -> str | None:
        """Return what is wrong with the proof that no plan has a higher least grade than this one has."""
        if not len(self.used):
            return None
        least = int(step.column[self.used].min())
        low = Sum((step.column <= least).astype(np.int64), 1, -1)
        proven = evolve(self)._proven(low.points, np.zeros(len(self.mentor), np.int64), prices)
        if isinstance(proven, str):
            return proven
        self.rows = self.rows[step.column[self.rows] >= least]
        return None if proven < 0 else f"the prices do not prove that some pair has {least:,} or less"

    def _proven(
        self, points: Callable[[NDArray[np.intp]], NDArray[np.int64]], costs: NDArray[np.int64], prices: Duals
    ) -> int | str:
        """Return what no remaining plan exceeds, or why the prices do not prove it."""
        listed, problem = self.listed, self.listed.problem
        sides = (prices.request, prices.mentee, prices.mentor)
        if any(((side > _MOST_PRICE) | (side < -_MOST_PRICE)).any() for side in sides):
            return f"a price is beyond {_MOST_PRICE:,}"
        of_request, of_mentee, of_mentor = (side.astype(np.int64) for side in sides)
        if (of_request[~self.request] < 0).any() or (of_mentee[~self.mentee] < 0).any():
            return "a request or a mentee has prices below 0"
        self.request, self.mentee = self.request | (of_request > 0), self.mentee | (of_mentee > 0)
        request, mentor = listed.request[self.rows], listed.mentor[self.rows]
        spare = of_request[request] + of_mentee[problem.mentee[request]] + of_mentor[mentor] - points(self.rows)
        if (spare < 0).any():
            return f"prices do not cover {int((spare < 0).sum()):,} pairs"
        self.rows = self.rows[spare == 0]
        over = of_mentor[self.mentor] - costs
        self.sign = np.where(self.sign == 0, np.sign(over), self.sign)
        limits = of_mentee.astype(object) * problem.limit
        return total(of_request) + int(limits.sum()) + total(over[self.sign > 0])
