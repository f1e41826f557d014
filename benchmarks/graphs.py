"""Between problems and graphs: the best pairs of each request, all pairs, and a graph as a problem again."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.sparse import Graph
from taskmentor.matching.candidates import best
from taskmentor.matching.problem import Problem

__all__ = ["best_pairs", "every_pair", "problem_of"]


def best_pairs(problem: Problem, *, k: int) -> Graph:
    """Return the k best pairs of each request, as far as they are worth anything."""
    found = best(problem, problem.free, k=k)
    weight = np.where(found.mentor >= 0, found.net, 0)
    row, column = np.nonzero(weight > 0)
    return _graph(problem, found.request[row], found.mentor[row, column], weight[row, column])


def every_pair(problem: Problem) -> Graph:
    """Return all pairs that a plan may use."""
    arcs = problem.arcs(who="the benchmark", most=problem.n_qualified())
    return _graph(problem, arcs.request, arcs.mentor, arcs.weight)


def _graph(problem: Problem, request: NDArray[np.int32], mentor: NDArray[np.int32], weight: NDArray[np.int64]) -> Graph:
    return Graph(
        request=request.astype(np.int64),
        mentor=mentor.astype(np.int64),
        score=weight - problem.count_weight,
        worth=problem.count_weight,
        capacity=problem.capacity.astype(np.int64),
        mentee=problem.mentee.astype(np.int64),
        limit=problem.limit.astype(np.int64),
    )


def problem_of(graph: Graph) -> Problem:
    """Return the problem of serving the requests of a graph."""
    return Problem.from_pairs(
        graph.request,
        graph.mentor,
        graph.score,
        capacity=graph.capacity,
        mentee=graph.mentee,
        limit=graph.limit,
        objective="requests-then-score" if graph.worth else "score",
    )
