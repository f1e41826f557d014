"""A plan filled up with the best remaining pairs."""

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.problem import Arcs, Problem

__all__ = ["best_first"]

_BLOCK = 4096


def best_first(problem: Problem, arcs: Arcs, *, start: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """Return which arcs a plan uses to which the best remaining pair was added until nothing more fitted.

    Pairs of equal weight are ordered by a hash of the pair.

    Args:
        problem: The problem.
        arcs: All pairs that a plan may use.
        start: The arcs that are in the plan already; none unless given. Shape (n_arcs,).

    Complexity:
        O(n log n) for n arcs.
    """
    order = np.lexsort((problem.tie(arcs.request, arcs.mentor), -arcs.weight))
    used = np.zeros(len(arcs), np.bool_) if start is None else start.copy()
    served = arcs.request[used]
    waiting = np.ones(problem.n_requests, np.bool_)
    waiting[served] = False
    places = problem.capacity - np.bincount(arcs.mentor[used], minlength=problem.n_mentors)
    room = problem.limit - np.bincount(problem.mentee[served], minlength=problem.n_mentees)
    # Whatever a block finds full is dropped by columns; only pairs that still fitted when it began are walked over.
    for begin in range(0, len(order), _BLOCK):
        block = order[begin : begin + _BLOCK]
        request, mentor = arcs.request[block], arcs.mentor[block]
        fits = waiting[request] & (places[mentor] > 0) & (room[problem.mentee[request]] > 0)
        for arc in block[fits].tolist():
            r, j = arcs.request[arc], arcs.mentor[arc]
            i = problem.mentee[r]
            if waiting[r] and places[j] > 0 and room[i] > 0:
                waiting[r] = False
                places[j] -= 1
                room[i] -= 1
                used[arc] = True
    return used
