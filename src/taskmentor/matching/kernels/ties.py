"""One plan among all that are equally good: the canonical one, whoever solved the problem."""

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals
from taskmentor.matching.problem import Arcs, Problem

__all__ = ["canonical_arcs", "tight_arcs"]

_MOST_BITS = 32
_VALUE_BITS = 53
"""Sums of so many bits are exact in every solver."""


def tight_arcs(problem: Problem, arcs: Arcs, duals: Duals) -> NDArray[np.bool_]:
    """Return which arcs an optimal plan may use: those whose weight the optimal prices pay exactly."""
    paid = duals.request[arcs.request] + duals.mentee[problem.mentee[arcs.request]] + duals.mentor[arcs.mentor]
    return np.asarray(paid == arcs.weight)


def canonical_arcs(problem: Problem, arcs: Arcs, duals: Duals) -> Arcs:
    """Return the arcs of all optimal plans, weighted such that the best plan over them is the canonical one.

    By complementary slackness a plan is optimal exactly when it uses tight arcs only, serves every request with a
    price and fills every place with a price. The weights reward what must be filled before all else, and then a hash
    of the pair; so the same engine that found any optimal plan finds the canonical one.

    Args:
        problem: The problem.
        arcs: All pairs that a plan may use.
        duals: Optimal prices for them; which of the optimal ones does not matter.

    Source:
        Mulmuley, Vazirani and Vazirani, "Matching is as easy as matrix inversion", Combinatorica 7 (1987): random
        weights make the optimum unique but for a chance of n_arcs / 2**bits.
    """
    tight = arcs.take(tight_arcs(problem, arcs, duals))
    most_chosen = problem.n_requests + 1
    # The bits depend on the size of the problem alone, so that every strategy takes the same. No weight exceeds
    # 4 n 2**bits, and no plan has more than n pairs.
    size = max(most_chosen, problem.n_mentors)
    bits = max(8, min(_MOST_BITS, _VALUE_BITS - 2 - 2 * size.bit_length()))
    hashed = (problem.tie(tight.request, tight.mentor) >> np.uint64(64 - bits)).astype(np.int64)
    must = most_chosen << bits
    filled = (
        (duals.request[tight.request] > 0).astype(np.int64)
        + (duals.mentee[problem.mentee[tight.request]] > 0)
        + (duals.mentor[tight.mentor] > 0)
    )
    return evolve(tight, weight=1 + hashed + must * filled)
