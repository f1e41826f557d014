"""Which requests and mentors an alternating path reaches: whether one more request could be served."""

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.auction import Asked
from taskmentor.matching.kernels.compiling import kernel
from taskmentor.matching.kernels.scanning import Scan, sum_points

__all__ = ["reach"]


@kernel
def reach(
    scan: Scan,
    asked: Asked,
    mentor_of: NDArray[np.int32],
    served_start: NDArray[np.int64],
    served: NDArray[np.int32],
    capacity: NDArray[np.int32],
    limit: NDArray[np.int32],
    n_offering: int,
    reached_mentee: NDArray[np.bool_],
    reached_request: NDArray[np.bool_],
    reached_mentor: NDArray[np.bool_],
) -> bool:
    """Return whether no more requests than a plan serves can be served, and mark what an alternating path reaches.

    Paths begin at mentees with a place left; from a mentee they go to requests without a mentor, from a request to
    everybody who could be its mentor, from a mentor to the requests that the plan gives to that mentor, and from these
    back to their mentees. Where one ends at a mentor with a place left, the plan can be improved.

    Args:
        scan: Who could be whose mentor.
        asked: The requests.
        mentor_of: The plan. Shape (n_requests,).
        served_start: Where the requests of each mentor begin in `served`. Shape (n_mentors + 1,).
        served: Requests sorted by their mentor. Shape (n_served,).
        capacity: Places of each mentor. Shape (n_mentors,).
        limit: Places of each mentee. Shape (n_mentees,).
        n_offering: How many mentors hold any skill. Once all of them are reached, the search ends.
        reached_mentee: Written. Shape (n_mentees,).
        reached_request: Written. Shape (n_requests,).
        reached_mentor: Written. Shape (n_mentors,).

    Complexity:
        O(pairs of kinds and mentors), and once more for requests that some mentor is barred from by name.

    Source:
        König (1931); Hopcroft and Karp (1973). What is not reached on the side of the mentees, and what is reached on
        the side of the mentors, covers every pair.
    """
    n_requests = len(mentor_of)
    stack = np.empty(n_requests + 1, np.int32)
    whole = np.zeros(len(scan.kind_skill), np.bool_)
    most = 0
    for skill in range(len(scan.holder_start) - 1):
        most = max(most, scan.holder_start[skill + 1] - scan.holder_start[skill])
    none = np.zeros(most, scan.by_mentor.dtype)
    worth = np.empty(most, scan.by_mentor.dtype)
    n_reached, size = 0, 0
    for mentee in range(len(limit)):
        taken = 0
        for request in range(asked.first[mentee], asked.first[mentee + 1]):
            taken += asked.kind[request] >= 0 and mentor_of[request] >= 0
        if taken < limit[mentee]:
            size = reach_mentee(asked, mentor_of, mentee, reached_mentee, reached_request, stack, size)
    while size and n_reached < n_offering:
        size -= 1
        request = stack[size]
        kind = asked.kind[request]
        if whole[kind]:
            continue
        whole[kind] = True
        sum_points(scan, kind, none, worth)
        first = scan.holder_start[scan.kind_skill[kind]]
        for place in range(scan.kind_count[kind]):
            mentor = scan.holder[first + place]
            if worth[place] <= scan.least or reached_mentor[mentor]:
                continue
            barred = False
            for exception in range(asked.exception_start[request], asked.exception_start[request + 1]):
                barred |= (
                    asked.exception_mentor[exception] == mentor and asked.exception_points[exception] <= asked.least
                )
            if barred:
                whole[kind] = False
                continue
            if served_start[mentor + 1] - served_start[mentor] < capacity[mentor]:
                return False
            reached_mentor[mentor] = True
            n_reached += 1
            for place_served in range(served_start[mentor], served_start[mentor + 1]):
                other = served[place_served]
                reached_request[other] = True
                stack[size] = other
                size += 1
                size = reach_mentee(asked, mentor_of, asked.mentee[other], reached_mentee, reached_request, stack, size)
    return True


@kernel
def reach_mentee(
    asked: Asked,
    mentor_of: NDArray[np.int32],
    mentee: int,
    reached_mentee: NDArray[np.bool_],
    reached_request: NDArray[np.bool_],
    stack: NDArray[np.int32],
    size: int,
) -> int:
    """Mark a mentee and the requests without a mentor as reached, stack the requests, and return the stack's size."""
    if reached_mentee[mentee]:
        return size
    reached_mentee[mentee] = True
    for request in range(asked.first[mentee], asked.first[mentee + 1]):
        if asked.kind[request] >= 0 and mentor_of[request] < 0 and not reached_request[request]:
            reached_request[request] = True
            stack[size] = request
            size += 1
    return size
