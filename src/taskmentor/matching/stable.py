"""`Stable`: a plan in which no mentee and mentor would rather have each other than what they have."""

from typing import Literal

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.matching.blocking import standing
from taskmentor.matching.kernels.ascent import ascent_duals
from taskmentor.matching.kernels.deferring import Takers, deferred_acceptance
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Solution
from taskmentor.validators import one_of, whole

__all__ = ["Stable"]


@frozen(kw_only=True)
class Stable:
    """Makes a plan without blocking pairs, by deferred acceptance.

    Mentees compare all pairs of their own requests, mentors all requests: by the lists that they gave, and by points
    where they gave none. A pair blocks a plan where both would gain by it: the mentor by a free place, or in place of
    the worst request that they took; the mentee by another mentor for the same request, by one for a further request
    within their limit, or in place of the worst pair that they have. Pinned pairs stand and are given up by nobody.
    Groups of mentees and mentors are not looked at.

    Ties are broken by a hash of the pair, so with ties the plan is weakly stable: no pair of which both would strictly
    gain. Where nobody gave a list, points are what both sides want, and the plan is that of best pair first.

    What is stable need not be the most requests nor the best score; the solution states a proven gap to those.

    Attributes:
        proposing: The side that proposes. Among all stable plans it gets the best, and the other side the worst.
        passes: How many passes improve the bound.
        most_pairs: Problems with more qualified pairs are refused.

    Complexity:
        O(p log p) for p pairs, O(p) memory.

    Source:
        Gale and Shapley (1962), as in `kernels.deferring`. Roth, "On the allocation of residents to rural hospitals",
        Econometrica 54 (1986): without ties each person has as many pairs in every stable plan, and who is left with
        free places or requests has the same ones. Ties and incomplete lists: Irving, "Stable marriage and
        indifference", Discrete Applied Mathematics 48 (1994).
    """

    proposing: Literal["mentees", "mentors"] = field(default="mentees", validator=one_of("mentees", "mentors"))
    passes: int = field(default=40, validator=whole(at_least=1))
    most_pairs: int = field(default=10_000_000, validator=whole(at_least=1))

    @property
    def name(self) -> str:
        """Return `stable`."""
        return "stable"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        return {"proposing": self.proposing, "passes": self.passes, "most_pairs": self.most_pairs}

    def __call__(self, problem: Problem) -> Solution:
        """Return a stable plan."""
        problem.refuse_constraints("Stable")
        arcs = problem.arcs(who="Stable", most=self.most_pairs)
        chosen = self._chosen(problem, arcs)
        duals = ascent_duals(problem, arcs, chosen, passes=self.passes)
        return Solution.of(problem, self, arcs.take(chosen), duals)

    def _chosen(self, problem: Problem, arcs: Arcs) -> NDArray[np.bool_]:
        by_mentee, by_mentor, accepted = standing(problem, arcs.request, arcs.mentor, arcs.weight)
        could, rows = arcs.take(accepted), np.flatnonzero(accepted)
        tie, mentee = problem.tie(could.request, could.mentor), problem.mentee[could.request]
        mentees = Takers(
            agent=mentee,
            item=could.request.astype(np.int64),
            limit=problem.limit,
            order=_order(mentee, by_mentee[rows], tie),
        )
        mentors = Takers(
            agent=could.mentor,
            item=np.arange(len(could)),
            limit=problem.capacity,
            order=_order(could.mentor, by_mentor[rows], tie),
        )
        sides = (mentees, mentors) if self.proposing == "mentees" else (mentors, mentees)
        chosen = np.zeros(len(arcs), np.bool_)
        chosen[rows[deferred_acceptance(*sides)]] = True
        return chosen


def _order(agent: NDArray[np.int32], behind: NDArray[np.int64], tie: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the place of each arc where those of one agent stand together, best first."""
    order = np.empty(len(agent), np.int64)
    order[np.lexsort((tie, behind, agent))] = np.arange(len(agent))
    return order
