"""A strategy: those who have the fewest mentors to choose from choose first."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.kernels.ascent import ascent_duals
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Solution


@frozen(kw_only=True)
class ScarceFirst:
    """Serves requests one by one, those with the fewest mentors first, each with its best mentor who has a place.

    Attributes:
        passes: How many passes improve the bound.
    """

    passes: int = 40

    @property
    def name(self) -> str:
        """Return `scarce-first`."""
        return "scarce-first"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        return {"passes": self.passes}

    def __call__(self, problem: Problem) -> Solution:
        """Return the plan, with prices that say how far from the best it is at the most."""
        arcs = problem.arcs(who="ScarceFirst", most=1_000_000)
        chosen = self._chosen(problem, arcs)
        duals = ascent_duals(problem, arcs, chosen, passes=self.passes)
        return Solution.of(problem, self, arcs.take(chosen), duals)

    def _chosen(self, problem: Problem, arcs: Arcs) -> NDArray[np.bool_]:
        could = np.bincount(arcs.request, minlength=problem.n_requests)
        # Equal ones are ordered by a hash of the pair, so that no order of rows decides.
        order = np.lexsort((problem.tie(arcs.request, arcs.mentor), -arcs.weight, could[arcs.request]))
        places, room = problem.capacity.copy(), problem.limit.copy()
        served, chosen = np.zeros(problem.n_requests, np.bool_), np.zeros(len(arcs), np.bool_)
        for arc in order.tolist():
            request, mentor = arcs.request[arc], arcs.mentor[arc]
            mentee = problem.mentee[request]
            if not served[request] and places[mentor] and room[mentee]:
                served[request] = chosen[arc] = True
                places[mentor] -= 1
                room[mentee] -= 1
        return chosen
