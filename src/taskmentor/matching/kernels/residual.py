"""Optimal prices from an optimal plan, without trusting who found it."""

import numpy as np
from attrs import define
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.models.ranges import rows_of

__all__ = ["residual_duals"]

_FAR = np.int64(2**62)


def residual_duals(problem: Problem, arcs: Arcs, chosen: NDArray[np.bool_]) -> Duals | None:
    """Return whole-number prices that prove a plan optimal over some arcs, or None where it is not.

    The plan is a flow from a root through mentees, requests and mentors back to the root. Where it is optimal, its
    residual network has no cycle that gains, so shortest distances from the root exist, and they are the prices.

    Args:
        problem: The problem.
        arcs: All pairs that a plan may use.
        chosen: Which of them the plan uses; it must keep all limits. Shape (n_arcs,).

    Complexity:
        O(n_arcs) a round, over the arcs of what changed in the round before; at most one round a mentor.

    Source:
        Ahuja, Magnanti and Orlin, "Network Flows" (1993), theorem 9.4 (reduced cost optimality) with the
        label-correcting algorithm of section 5.4; here all labels of a round are corrected at once.
    """
    network = _Residual.of(problem, arcs, chosen)
    return network.duals(problem) if network.settle() else None


@define(eq=False, kw_only=True)
class _Residual:
    """The residual network of a plan, with the distances found so far."""

    problem: Problem
    arcs: Arcs
    chosen: NDArray[np.bool_]
    start: NDArray[np.int64]  # arcs of each request
    mentor_of: NDArray[np.int32]  # of each request, -1 where it is not served
    weight_of: NDArray[np.int64]
    served_by: NDArray[np.int32]  # requests sorted by the mentor who serves them
    served_start: NDArray[np.int64]
    load: NDArray[np.int64]  # of each mentor
    learning: NDArray[np.int64]  # served requests of each mentee
    request_start: NDArray[np.int64]  # requests of each mentee
    to_request: NDArray[np.int64]
    to_mentee: NDArray[np.int64]
    to_mentor: NDArray[np.int64]

    @classmethod
    def of(cls, problem: Problem, arcs: Arcs, chosen: NDArray[np.bool_]) -> "_Residual":
        n = problem.n_requests
        request, mentor = arcs.request[chosen], arcs.mentor[chosen]
        mentor_of, weight_of = np.full(n, -1, np.int32), np.zeros(n, np.int64)
        mentor_of[request], weight_of[request] = mentor, arcs.weight[chosen]
        by_mentor = np.argsort(mentor, kind="stable")
        return cls(
            problem=problem,
            arcs=arcs,
            chosen=chosen,
            start=np.searchsorted(arcs.request, np.arange(n + 1)),
            mentor_of=mentor_of,
            weight_of=weight_of,
            served_by=request[by_mentor],
            served_start=np.searchsorted(mentor[by_mentor], np.arange(problem.n_mentors + 1)),
            load=np.bincount(mentor, minlength=problem.n_mentors),
            learning=np.bincount(problem.mentee[request], minlength=problem.n_mentees),
            request_start=np.searchsorted(problem.mentee, np.arange(problem.n_mentees + 1)),
            to_request=np.full(n, _FAR),
            to_mentee=np.full(problem.n_mentees, _FAR),
            to_mentor=np.full(problem.n_mentors, _FAR),
        )

    def settle(self) -> bool:
        """Correct all distances; False where a cycle gains, so that the plan is not optimal."""
        heaviest = int(self.arcs.weight.max(initial=0))
        roomy = np.flatnonzero(self.learning < self.problem.limit)
        mentors = np.flatnonzero(self.load > 0)
        self.to_mentee[roomy] = 0
        self.to_mentor[mentors] = 0
        requests = np.union1d(self._unserved_of(roomy), self._served_by(mentors))
        # A shortest path meets each mentor once: what changes after as many rounds goes around a cycle that gains.
        for _ in range(self.problem.n_mentors + 1):
            mentors = self._reach_mentors(requests)
            if self._gains(heaviest):
                return False
            requests = self._served_by(mentors)
            if not len(requests):
                return True
        return False

    def _gains(self, heaviest: int) -> bool:
        """Whether some distance shows a cycle that gains: through the root, or below what any optimal plan allows."""
        spare = self.load < self.problem.capacity
        back_to_root = (self.to_mentor[spare] < 0).any() or (self.to_mentee[self.learning > 0] < 0).any()
        return bool(back_to_root or (self.to_mentor < -heaviest).any())

    def _served_by(self, mentors: NDArray[np.intp]) -> NDArray[np.intp]:
        """Correct the requests that some mentors serve, and what lies behind them; return all requests corrected."""
        served = self.served_by[rows_of(self.served_start, mentors)].astype(np.intp)
        along = self.to_mentor[self.mentor_of[served]] + self.weight_of[served]
        nearer = served[along < self.to_request[served]]
        self.to_request[nearer] = self.to_mentor[self.mentor_of[nearer]] + self.weight_of[nearer]
        known = self.to_mentee.copy()
        np.minimum.at(self.to_mentee, self.problem.mentee[nearer], self.to_request[nearer])
        return np.union1d(nearer, self._unserved_of(np.flatnonzero(self.to_mentee < known)))

    def _unserved_of(self, mentees: NDArray[np.intp]) -> NDArray[np.intp]:
        """Correct the requests of some mentees that nobody serves; return those corrected."""
        own = rows_of(self.request_start, mentees)
        own = own[self.mentor_of[own] < 0]
        along = self.to_mentee[self.problem.mentee[own]]
        nearer = along < self.to_request[own]
        self.to_request[own[nearer]] = along[nearer]
        return own[nearer].astype(np.intp)

    def _reach_mentors(self, requests: NDArray[np.intp]) -> NDArray[np.intp]:
        """Correct the mentors that some requests could have instead; return those corrected."""
        rows = rows_of(self.start, requests)
        rows = rows[~self.chosen[rows]]
        before = self.to_mentor.copy()
        along = self.to_request[self.arcs.request[rows]] - self.arcs.weight[rows]
        np.minimum.at(self.to_mentor, self.arcs.mentor[rows], along)
        return np.flatnonzero(self.to_mentor < before)

    def duals(self, problem: Problem) -> Duals:
        """Return the prices that the distances stand for."""
        reached = np.where(self.to_mentee == _FAR, 0, self.to_mentee)
        mentee = np.maximum(reached, 0)
        served = self.mentor_of >= 0
        request = np.where(served, self.to_request - reached[problem.mentee], 0)
        mentor = np.maximum(np.where(self.to_mentor == _FAR, 0, -self.to_mentor), 0)
        return Duals(request=np.maximum(request, 0), mentee=mentee, mentor=mentor)
