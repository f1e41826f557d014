"""Alternating paths: whether a plan can serve one request more, and what stands in the way if it cannot."""

from typing import Self

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from taskmentor.matching.problem import Arcs, Problem
from taskmentor.models.ranges import rows_of

__all__ = ["NOBODY", "GrowingPlan", "Reached"]

NOBODY = -1

Marks = NDArray[np.bool_]


@frozen(eq=False, kw_only=True)
class Reached:
    """What alternating paths reach from some mentees.

    Attributes:
        mentee: Shape (n_mentees,).
        request: Shape (n_requests,).
        mentor: Shape (n_mentors,).
        before_request: By which mentor each request was reached that is served, -1 for none. Shape (n_requests,).
        before_mentor: By which request each mentor was reached, -1 for none. Shape (n_mentors,).
        before_mentee: By which served request each mentee was reached, -1 where a path begins. Shape (n_mentees,).
    """

    mentee: Marks
    request: Marks
    mentor: Marks
    before_request: NDArray[np.int32]
    before_mentor: NDArray[np.int32]
    before_mentee: NDArray[np.int32]


@define(eq=False, kw_only=True)
class GrowingPlan:
    """A plan that is changed one path at a time; pins are no part of it.

    Attributes:
        mentee: Whose each request is. Shape (n_requests,).
        limit: Places of each mentee. Shape (n_mentees,).
        capacity: Places of each mentor. Shape (n_mentors,).
        arcs: The pairs that it may use, sorted by request.
        mentor_of: The mentor of each request, -1 for none. Shape (n_requests,).
    """

    mentee: NDArray[np.int32]
    limit: NDArray[np.int32]
    capacity: NDArray[np.int32]
    arcs: Arcs
    mentor_of: NDArray[np.int32]
    _start: NDArray[np.int64]
    _first: NDArray[np.int64]

    @classmethod
    def of(cls, problem: Problem, arcs: Arcs, request: NDArray[np.integer], mentor: NDArray[np.integer]) -> Self:
        """Return the plan that serves some requests.

        Args:
            problem: The problem.
            arcs: The pairs that may be used, sorted by request.
            request: The requests that are served, none of them pinned. Shape (n,).
            mentor: Their mentors. Shape (n,).
        """
        mentor_of = np.full(problem.n_requests, NOBODY, np.int32)
        mentor_of[request] = mentor
        return cls(
            mentee=problem.mentee,
            limit=problem.limit,
            capacity=problem.capacity.copy(),
            arcs=arcs,
            mentor_of=mentor_of,
            start=np.searchsorted(arcs.request, np.arange(problem.n_requests + 1)),
            first=np.searchsorted(problem.mentee, np.arange(problem.n_mentees + 1)),
        )

    @property
    def n_served(self) -> int:
        """Return how many requests are served."""
        return int((self.mentor_of != NOBODY).sum())

    @property
    def load(self) -> NDArray[np.int64]:
        """Return how many requests each mentor serves. Shape (n_mentors,)."""
        return np.bincount(self.mentor_of[self.mentor_of != NOBODY], minlength=len(self.capacity))

    @property
    def roomy(self) -> NDArray[np.intp]:
        """Return the mentees who have a place left."""
        learning = np.bincount(self.mentee[self.mentor_of != NOBODY], minlength=len(self.limit))
        return np.flatnonzero(learning < self.limit)

    def copy(self) -> "GrowingPlan":
        """Return the same plan, to be changed by itself."""
        return GrowingPlan(
            mentee=self.mentee, limit=self.limit, capacity=self.capacity.copy(), arcs=self.arcs,
            mentor_of=self.mentor_of.copy(), start=self._start, first=self._first,
        )  # fmt: skip

    def reach(self, mentees: NDArray[np.intp] | None = None, *, request: int | None = None) -> Reached:
        """Return what alternating paths reach from mentees with a place left, or from one request of theirs.

        From a mentee they go to requests without a mentor, from a request to everybody who could be its mentor, from a
        mentor to the requests that the plan gives to that mentor, and from these back to their mentees.

        Args:
            mentees: Where paths begin; at everybody with a place left unless given. Shape (n,).
            request: Where they begin instead of at all requests of these mentees.

        Complexity:
            O(pairs).
        """
        n_requests = len(self.mentee)
        found = Reached(
            mentee=np.zeros(len(self.limit), np.bool_),
            request=np.zeros(n_requests, np.bool_),
            mentor=np.zeros(len(self.capacity), np.bool_),
            before_request=np.full(n_requests, NOBODY, np.int32),
            before_mentor=np.full(len(self.capacity), NOBODY, np.int32),
            before_mentee=np.full(len(self.limit), NOBODY, np.int32),
        )
        if request is not None:
            found.request[request] = True
            requests = np.array([request], np.intp)
        else:
            requests = self._of_mentees(found, self.roomy if mentees is None else mentees)
        while len(requests):
            requests = self._of_mentors(found, self._mentors_of(found, requests))
        return found

    def _of_mentees(self, found: Reached, mentees: NDArray[np.intp]) -> NDArray[np.intp]:
        """Mark mentees and their requests without a mentor; return these requests."""
        found.mentee[mentees] = True
        own = rows_of(self._first, mentees)
        new: NDArray[np.intp] = own[(self.mentor_of[own] == NOBODY) & ~found.request[own]]
        found.request[new] = True
        return new

    def _mentors_of(self, found: Reached, requests: NDArray[np.intp]) -> NDArray[np.intp]:
        """Mark who could mentor some requests; return those who are new."""
        rows = rows_of(self._start, requests)
        rows = rows[~found.mentor[self.arcs.mentor[rows]]]
        mentors = self.arcs.mentor[rows]
        found.before_mentor[mentors] = self.arcs.request[rows]
        found.mentor[mentors] = True
        return np.unique(mentors).astype(np.intp)

    def _of_mentors(self, found: Reached, mentors: NDArray[np.intp]) -> NDArray[np.intp]:
        """Mark the requests that some mentors serve, and what lies behind them; return all requests that are new."""
        is_new = np.zeros(len(self.capacity), np.bool_)
        is_new[mentors] = True
        served = np.flatnonzero((self.mentor_of != NOBODY) & ~found.request)
        served = served[is_new[self.mentor_of[served]]]
        found.request[served] = True
        found.before_request[served] = self.mentor_of[served]
        new = served[~found.mentee[self.mentee[served]]]
        found.before_mentee[self.mentee[new]] = new
        return np.concatenate([served, self._of_mentees(found, np.unique(self.mentee[new]).astype(np.intp))])

    def augment(self, found: Reached, mentor: int) -> None:
        """Serve one request more along the path to a mentor with a place left.

        Args:
            found: What was reached from mentees with a place left.
            mentor: The mentor; reached, and with a place left.
        """
        while True:
            request = int(found.before_mentor[mentor])
            before, self.mentor_of[request] = int(found.before_request[request]), mentor
            if before == NOBODY:
                freed = int(found.before_mentee[self.mentee[request]])
                if freed == NOBODY:
                    return
                # The mentee gives up another request of theirs for this one.
                before, self.mentor_of[freed] = int(found.before_request[freed]), NOBODY
            mentor = before

    def fill(self, *, most: int | None = None) -> None:
        """Serve as many requests as can be, or so many more, starting from the plan as it is.

        Source:
            Berge (1957): a plan to which no such path leads serves the most.
        """
        done = 0
        while most is None or done < most:
            found = self.reach()
            open_ = np.flatnonzero(found.mentor & (self.load < self.capacity))
            if not len(open_):
                return
            self.augment(found, int(open_[0]))
            done += 1
