"""The one primitive: the k best mentors of each request when every mentor costs a price."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.problem import Pairs, Problem

__all__ = ["Candidates", "best"]

NOBODY = -1


@frozen(eq=False, kw_only=True)
class Candidates:
    """The best mentors of some requests, best first.

    Attributes:
        request: Places of the requests asked about. Shape (n,).
        mentor: Places of mentors, -1 where a request has fewer than k. Shape (n, k).
        level: Their levels of the request's skill, 0 where there is nobody. Shape (n, k).
        net: What each pair adds to the objective less the mentor's price, 0 where there is nobody. Shape (n, k).
    """

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    level: NDArray[np.int8]
    net: NDArray[np.int64]


def best(
    problem: Problem, requests: NDArray[np.integer], prices: NDArray[np.int64] | None = None, *, k: int
) -> Candidates:
    """Return, exactly, the k best eligible mentors of each request when mentor j costs `prices[j]`.

    Mentors are ordered by weight less price; equal ones by a hash of the pair, so that not everybody is sent to the
    same mentor first. Capacities and limits are not looked at: prices stand for them.

    Args:
        problem: The problem.
        requests: Places of requests, each once, in any order; pinned ones may be among them. Shape (n,).
        prices: Points; 0 for everybody unless given. Shape (n_mentors,).
        k: How many mentors for each request, 1 or more.

    Raises:
        ValueError: If k is below 1.

    Complexity:
        O(p log p) for the p qualified pairs of the requests, O(block) memory beside the answer.
    """
    if k < 1:
        raise ValueError(f"k must be 1 or more, not {k}")
    asked = np.asarray(requests, np.int32)
    costs = np.zeros(problem.n_mentors, np.int64) if prices is None else prices
    order = np.argsort(asked, kind="stable")
    place_of = np.full(problem.n_requests, NOBODY, np.int64)
    place_of[asked] = np.arange(len(asked))
    found = Candidates(
        request=asked,
        mentor=np.full((len(asked), k), NOBODY, np.int32),
        level=np.zeros((len(asked), k), np.int8),
        net=np.zeros((len(asked), k), np.int64),
    )
    for pairs in problem.pairs(asked[order]):
        _keep_best(problem, pairs, costs, k, place_of, found)
    return found


def _keep_best(
    problem: Problem, pairs: Pairs, costs: NDArray[np.int64], k: int, place_of: NDArray[np.int64], found: Candidates
) -> None:
    weight = problem.weight(problem.score(pairs.request, pairs.mentor, pairs.level))
    net = weight - costs[pairs.mentor]
    order = np.lexsort((problem.tie(pairs.request, pairs.mentor), -net, pairs.request))
    owner = pairs.request[order]
    begins = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])) if len(owner) else np.zeros(0, np.int64)
    rank = np.arange(len(owner)) - np.repeat(begins, np.diff(np.append(begins, len(owner))))
    kept = order[rank < k]
    row, column = place_of[pairs.request[kept]], rank[rank < k]
    found.mentor[row, column] = pairs.mentor[kept]
    found.level[row, column] = pairs.level[kept]
    found.net[row, column] = net[kept]
