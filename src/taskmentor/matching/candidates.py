"""The one primitive: the k best mentors of each request when every mentor costs a price."""

from concurrent.futures import Executor

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import can_compile
from taskmentor.matching.kinds import Kinds, free_functions
from taskmentor.matching.oracle import Oracle, workers
from taskmentor.matching.problem import Pairs, Problem
from taskmentor.models.ranges import place_in_run

__all__ = ["Candidates", "best", "best_by_kind", "best_by_pair"]

NOBODY = -1

_BY_KIND_ABOVE = 2_000_000
"""Below so many pairs, looking at them takes less time than starting machine code."""


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
    problem: Problem,
    requests: NDArray[np.integer],
    prices: NDArray[np.int64] | None = None,
    *,
    k: int,
    executor: Executor | None = None,
) -> Candidates:
    """Return, exactly, the k best eligible mentors of each request when mentor j costs `prices[j]`.

    Mentors are ordered by weight less price; equal ones by their order in the problem, which is a hash of their ids,
    beginning for each request at another one, so that not everybody is sent to the same mentor first. Capacities and
    limits are not looked at: prices stand for them.

    Args:
        problem: The problem.
        requests: Places of requests, each once, in any order; pinned ones may be among them. Shape (n,).
        prices: Points; 0 for everybody unless given. Shape (n_mentors,).
        k: How many mentors for each request, 1 or more.
        executor: Who does the work; a thread for each core where there is much of it, unless given.

    Raises:
        ValueError: If k is below 1.

    Complexity:
        O(p) for the p pairs of a kind of request and a mentor who is qualified for it, where numba is installed and no
        rule or scorer is a free function. Otherwise O(p log p) for the p qualified pairs of the requests, O(block)
        memory beside the answer.
    """
    if k < 1:
        raise ValueError(f"k must be 1 or more, not {k}")
    asked = np.asarray(requests, np.int32)
    costs = np.zeros(problem.n_mentors, np.int64) if prices is None else prices
    if can_compile() and problem.n_qualified(asked) > _BY_KIND_ABOVE and not free_functions(problem):
        return best_by_kind(problem, asked, costs, k=k, executor=executor, compiled=True)
    return best_by_pair(problem, asked, costs, k=k)


def best_by_pair(problem: Problem, asked: NDArray[np.int32], prices: NDArray[np.int64], *, k: int) -> Candidates:
    """Return what `best` does, by looking at every pair of every request in blocks."""
    order = np.argsort(asked, kind="stable")
    place_of = np.full(problem.n_requests, NOBODY, np.int64)
    place_of[asked] = np.arange(len(asked))
    found = _nobody(asked, k)
    for pairs in problem.pairs(asked[order]):
        _keep_best(problem, pairs, prices, k, place_of, found)
    return found


def best_by_kind(
    problem: Problem,
    asked: NDArray[np.int32],
    prices: NDArray[np.int64],
    *,
    k: int,
    executor: Executor | None = None,
    compiled: bool = True,
) -> Candidates:
    """Return what `best` does, by looking at the holders of a skill once for all requests of a kind.

    Raises:
        CostRangeError: If points and prices together could exceed 58 bits.
    """
    highest = max(abs(int(prices.max(initial=0))), abs(int(prices.min(initial=0))))
    kinds = Kinds.of(problem, np.sort(asked), highest_price=highest)
    with workers(executor, compiled=compiled) as those:
        best = Oracle(kinds, compiled=compiled, executor=those).best(prices, _turn(problem), k)
    place_of = np.empty(problem.n_requests, np.int64)
    place_of[asked] = np.arange(len(asked))
    found, rows, there = _nobody(asked, k), place_of[best.request], best.mentor != NOBODY
    found.mentor[rows] = best.mentor
    found.level[rows] = np.where(there, best.level + kinds.lowest_level, 0)
    own = problem.weight(kinds.base[best.request])
    found.net[rows] = np.where(there, best.net + own[:, None], 0)
    return found


def _nobody(asked: NDArray[np.int32], k: int) -> Candidates:
    return Candidates(
        request=asked,
        mentor=np.full((len(asked), k), NOBODY, np.int32),
        level=np.zeros((len(asked), k), np.int8),
        net=np.zeros((len(asked), k), np.int64),
    )


def _turn(problem: Problem) -> NDArray[np.int64]:
    """Return which mentor comes first among equals for each request."""
    high = (problem.request_key >> np.uint64(32)) * np.uint64(problem.n_mentors)
    return (high >> np.uint64(32)).astype(np.int64)


def _keep_best(
    problem: Problem, pairs: Pairs, costs: NDArray[np.int64], k: int, place_of: NDArray[np.int64], found: Candidates
) -> None:
    weight = problem.weight(problem.worth(pairs.request, pairs.mentor, pairs.level))
    net = weight - costs[pairs.mentor]
    rank_among_equals = (pairs.mentor - _turn(problem)[pairs.request]) % max(problem.n_mentors, 1)
    order = np.lexsort((rank_among_equals, -net, pairs.request))
    rank = place_in_run(pairs.request[order])
    kept = order[rank < k]
    row, column = place_of[pairs.request[kept]], rank[rank < k]
    found.mentor[row, column] = pairs.mentor[kept]
    found.level[row, column] = pairs.level[kept]
    found.net[row, column] = net[kept]
