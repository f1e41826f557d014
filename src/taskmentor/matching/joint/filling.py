"""A plan of one pool that is quickly found: mentor after mentor takes the best use of what is left."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.joint.offers import JointProblem
from taskmentor.matching.joint.uses import Prices, Use, best_use, net_worth

__all__ = ["fill"]


def fill(problem: JointProblem, prices: Prices) -> NDArray[np.int64]:
    """Return the pairs of a plan, rising: every mentor in turn serves those who are worth more than their prices.

    Places left over are offered once more for nothing.

    Args:
        problem: The problem.
        prices: Parts of a point, such as those that prove a bound.

    Complexity:
        O(n log n) for n pairs, and O(lots x capacity squared).
    """
    filling = _Filling(problem)
    nothing = Prices(request=np.zeros_like(prices.request), mentee=np.zeros_like(prices.mentee))
    for asked in (prices, nothing):
        filling.sweep(net_worth(problem, asked))
    return np.array(sorted(filling.chosen), np.int64)


class _Filling:
    """A plan that grows."""

    def __init__(self, problem: JointProblem) -> None:
        self.problem = problem
        self.chosen: list[int] = []
        self._places = problem.capacity.copy()
        self._room = problem.limit.copy()
        self._served = np.zeros(problem.n_requests, np.bool_)
        self._mentee = problem.mentee[problem.request]

    def sweep(self, net: NDArray[np.int64]) -> None:
        """Let every mentor use the places left on the requests left."""
        for mentor, lots in self.problem.lots_of.items():
            free = ~self._served[self.problem.request] & (self._room[self._mentee] > 0)
            use = best_use(self.problem, lots, net, free, int(self._places[mentor]))
            while use is not None and (excess := self._excess(use)):
                free[excess] = False
                use = best_use(self.problem, lots, net, free, int(self._places[mentor]))
            if use is not None:
                self._make(use)

    def _excess(self, use: Use) -> list[int]:
        """Return the pairs of a use that serve a request a second time, or a mentee beyond the limit."""
        served, taken, excess = set[int](), Counter[int](), []
        for pair in use.pairs.tolist():
            request, mentee = int(self.problem.request[pair]), int(self._mentee[pair])
            if request in served or taken[mentee] == self._room[mentee]:
                excess.append(pair)
            else:
                served.add(request)
                taken[mentee] += 1
        return excess

    def _make(self, use: Use) -> None:
        self.chosen += use.pairs.tolist()
        self._served[self.problem.request[use.pairs]] = True
        np.subtract.at(self._room, self._mentee[use.pairs], 1)
        for lot, served in Counter(self.problem.lot[use.pairs].tolist()).items():
            self._places[use.mentor] -= -(-served // self.problem.offer_of(lot).seats)
