"""Programs that are given the same graph of pairs, each in a process of its own; started by `benchmarks/run.py`.

    python -m benchmarks.sparse NAME GRAPH ANSWER

A graph holds for each request its best mentors, with the places of mentors and the limits of mentees. What is looked
for is the plan of the highest score. Programs that know nothing of places and limits are given what is the same to
them: a mentor is as many columns as places, and a mentee with more requests than may be served has as many further
columns for the surplus, which pay so much that they are always taken.

Nothing but numpy and the standard library is imported before it is known who runs, since this also runs in an
environment of other packages.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import STRATEGY, Stopwatch, peak_memory, settled_memory

Column = NDArray[np.int64]
Pairs = tuple[Column, Column]
Run = Callable[["Graph", Stopwatch], Pairs]

MOST_DENSE_BYTES = 6 << 30


class Refused(Exception):
    """A program cannot be given this graph."""


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Pairs of requests and mentors, under places and limits.

    Attributes:
        request: Shape (n_pairs,), rising.
        mentor: Shape (n_pairs,).
        score: Shape (n_pairs,).
        worth: What serving one more request is worth beside the score of its pair.
        capacity: Places of each mentor. Shape (n_mentors,).
        mentee: Whose each request is. Shape (n_requests,), rising.
        limit: Places of each mentee. Shape (n_mentees,).
    """

    request: Column
    mentor: Column
    score: Column
    worth: int
    capacity: Column
    mentee: Column
    limit: Column

    def __len__(self) -> int:
        return len(self.request)

    @cached_property
    def weight(self) -> Column:
        """What each pair adds to the objective; above 0. Shape (n_pairs,)."""
        return self.score + self.worth

    def save(self, file: Path) -> None:
        """Write the graph to a file."""
        np.savez(
            file, request=self.request, mentor=self.mentor, score=self.score, worth=np.array(self.worth),
            capacity=self.capacity, mentee=self.mentee, limit=self.limit,
        )  # fmt: skip

    @classmethod
    def load(cls, file: Path) -> "Graph":
        """Return the graph of a file."""
        with np.load(file) as columns:
            found = {name: columns[name] for name in columns.files}
        return cls(**{**found, "worth": int(found["worth"])})

    def checked(self, request: Column, mentor: Column) -> dict[str, object]:
        """Return what a plan achieves; one that is not lawful is said to have failed."""
        n_mentors = len(self.capacity)
        keys, asked = self.request * n_mentors + self.mentor, request * n_mentors + mentor
        order = np.argsort(keys, kind="stable")
        place = np.minimum(np.searchsorted(keys[order], asked), len(keys) - 1)
        pair = order[place]
        lawful = (
            bool((keys[pair] == asked).all())
            and len(np.unique(request)) == len(request)
            and bool((np.bincount(mentor, minlength=n_mentors) <= self.capacity).all())
            and bool((np.bincount(self.mentee[request], minlength=len(self.limit)) <= self.limit).all())
        )
        if not lawful:
            return {"status": "failed", "detail": "the plan breaks a limit, or uses a pair that is not there"}
        score = int(self.score[pair].sum())
        value = score + self.worth * len(request)
        return {"status": "done", "matched": len(request), "score": score, "value": value}


# The graph as others need it


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network of flows: root, mentees, requests, mentors, sink, and a free way around for what is not served.

    The arcs of the pairs come first and in their order.
    """

    tail: Column
    head: Column
    capacity: Column
    cost: Column
    root: int
    sink: int
    supply: int

    @classmethod
    def of(cls, graph: Graph) -> "Network":
        n_requests, n_mentors, n_mentees = len(graph.mentee), len(graph.capacity), len(graph.limit)
        mentees = np.arange(n_mentees) + n_requests + n_mentors
        mentors = np.arange(n_mentors) + n_requests
        root = n_requests + n_mentors + n_mentees
        sink = root + 1
        blocks: list[tuple[Column | int, ...]] = [
            (graph.request, n_requests + graph.mentor, 1, -graph.weight),
            (mentees[graph.mentee], np.arange(n_requests), 1, 0),
            (root, mentees, graph.limit, 0),
            (mentors, sink, graph.capacity, 0),
            (np.array([root]), sink, n_requests, 0),
        ]
        spread = [np.stack(np.broadcast_arrays(*block)).astype(np.int64) for block in blocks]
        tail, head, capacity, cost = np.concatenate(spread, axis=1)
        return cls(tail=tail, head=head, capacity=capacity, cost=cost, root=root, sink=sink, supply=n_requests)


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Edges of an assignment of rows to columns: requests to places, and to the columns for surplus requests.

    Attributes:
        row: Shape (n_edges,), rising.
        column: Shape (n_edges,), rising within a row.
        gain: Above 0. Shape (n_edges,).
        n_rows: How many requests there are.
        mentor: Whose place each column is, -1 for surplus. Shape (n_columns,).
    """

    row: Column
    column: Column
    gain: Column
    n_rows: int
    mentor: Column

    @property
    def n_columns(self) -> int:
        return len(self.mentor)

    @property
    def dearest(self) -> int:
        """A whole number above every gain, from which gains are taken to make costs above 0."""
        return int(self.gain.max(initial=0)) + 1

    @classmethod
    def of(cls, graph: Graph) -> "Assignment":
        n_rows, places = len(graph.mentee), int(graph.capacity.sum())
        own = np.bincount(graph.mentee, minlength=len(graph.limit))
        surplus = np.maximum(own - graph.limit, 0)
        pair, place = _each(graph.capacity[graph.mentor], np.cumsum(graph.capacity)[graph.mentor])
        request, further = _each(surplus[graph.mentee], places + np.cumsum(surplus)[graph.mentee])
        # One point more than any pair gains is enough: a surplus column that stood empty would gain by any exchange.
        most = int(graph.weight.max(initial=0)) + 1
        row = np.concatenate([graph.request[pair], request])
        column = np.concatenate([place, further])
        gain = np.concatenate([graph.weight[pair], np.full(len(request), most)])
        order = np.lexsort((column, row))
        mentor = np.concatenate([np.repeat(np.arange(len(graph.capacity)), graph.capacity), np.full(surplus.sum(), -1)])
        return cls(row=row[order], column=column[order], gain=gain[order], n_rows=n_rows, mentor=mentor)

    def with_stay(self) -> tuple[Column, Column, Column, int]:
        """Return row, column and cost of every edge, and one further column for each row, which gains nothing.

        Every row can then be assigned; costs are above 0.
        """
        rows = np.arange(self.n_rows)
        row, column = np.append(self.row, rows), np.append(self.column, self.n_columns + rows)
        cost = np.append(self.dearest - self.gain, np.full(self.n_rows, self.dearest))
        order = np.lexsort((column, row))
        return row[order], column[order], cost[order], self.n_columns + self.n_rows

    def square(self) -> tuple[Column, Column, Column, int]:
        """Return row, column and cost of the edges of a square problem that always has an answer, and its size.

        Each column gets a row of its own, which takes the column where no request does, and else the column that the
        request would have stayed in.
        """
        row, column, cost, _ = self.with_stay()
        columns = np.arange(self.n_columns)
        rows = np.concatenate([row, self.n_rows + columns, self.n_rows + self.column])
        heads = np.concatenate([column, columns, self.n_columns + self.row])
        costs = np.concatenate([cost, np.zeros(self.n_columns + len(self.row), np.int64)])
        order = np.lexsort((heads, rows))
        return rows[order], heads[order], costs[order], self.n_rows + self.n_columns

    def pairs(self, row: NDArray[np.integer], column: NDArray[np.integer]) -> Pairs:
        """Return the requests with a mentor, and their mentors, of assigned rows and columns."""
        inside = np.flatnonzero((row < self.n_rows) & (column < self.n_columns))
        row, mentor = np.asarray(row)[inside], self.mentor[np.asarray(column)[inside]]
        return row[mentor >= 0].astype(np.int64), mentor[mentor >= 0]


def _each(count: Column, end: Column) -> Pairs:
    """Return every row as often as its count, and the numbers below its end, as many, beside it."""
    rows = np.repeat(np.arange(len(count)), count)
    first = end - count
    within = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return rows, first[rows] + within


# The programs: their imports come before the clock and the memory mark


def taskmentor() -> Run:
    from benchmarks.graphs import problem_of
    from benchmarks.instances import warm_up
    from taskmentor.matching.certificate import verify_solution
    from taskmentor.matching.solution import solve
    from taskmentor.matching.strategies import available_strategies

    strategy = available_strategies()[STRATEGY]()
    warm_up(strategy)

    def run(graph: Graph, watch: Stopwatch) -> Pairs:
        with watch.phase("build"):
            problem = problem_of(graph)
        with watch.phase("solve"):
            solution = solve(problem, strategy)
        watch.peak, watch.bound = peak_memory(), solution.bound
        if not (verdict := verify_solution(problem, solution)).ok:
            raise SystemExit(f"The answer is not lawful: {verdict}")
        return solution.request.astype(np.int64), solution.mentor.astype(np.int64)

    return run


def ortools_flow() -> Run:
    from ortools.graph.python import min_cost_flow

    def run(graph: Graph, watch: Stopwatch) -> Pairs:
        with watch.phase("build"):
            network, flow = Network.of(graph), min_cost_flow.SimpleMinCostFlow()
            flow.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, network.capacity, network.cost)
            ends, supply = np.array([network.root, network.sink]), np.array([network.supply, -network.supply])
            flow.set_nodes_supplies(ends, supply)
        with watch.phase("solve"):
            status = flow.solve()
            used = np.flatnonzero(np.asarray(flow.flows(np.arange(len(graph)))) > 0)
        if status != flow.OPTIMAL:
            raise SystemExit(f"OR-Tools ended with {status}")
        return graph.request[used], graph.mentor[used]

    return run


def networkx_simplex() -> Run:
    import networkx as nx

    def run(graph: Graph, watch: Stopwatch) -> Pairs:
        with watch.phase("build"):
            network = Network.of(graph)
            directed: nx.DiGraph[int] = nx.DiGraph()
            directed.add_node(network.root, demand=-network.supply)
            directed.add_node(network.sink, demand=network.supply)
            columns = (network.tail, network.head, network.capacity, network.cost)
            directed.add_edges_from(
                (tail, head, {"capacity": capacity, "weight": cost})
                for tail, head, capacity, cost in zip(*(column.tolist() for column in columns), strict=True)
            )
        with watch.phase("solve"):
            _, flows = nx.network_simplex(directed)
        n_requests = len(graph.mentee)
        used = [
            flows[tail][head] > 0
            for tail, head in zip(graph.request.tolist(), (graph.mentor + n_requests).tolist(), strict=True)
        ]
        return graph.request[used], graph.mentor[used]

    return run


def networkx_matching() -> Run:
    import networkx as nx

    def run(graph: Graph, watch: Stopwatch) -> Pairs:
        with watch.phase("build"):
            given = Assignment.of(graph)
            undirected: nx.Graph[int] = nx.Graph()
            edges = zip(given.row.tolist(), (given.column + given.n_rows).tolist(), given.gain.tolist(), strict=True)
            undirected.add_weighted_edges_from(edges)
        with watch.phase("solve"):
            found = nx.max_weight_matching(undirected)
        rows = np.array([min(pair) for pair in found], np.int64)
        columns = np.array([max(pair) for pair in found], np.int64) - given.n_rows
        return given.pairs(rows, columns)

    return run


def scipy_sparse() -> Run:
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    return _full_matching(min_weight_full_bipartite_matching)


def munkres_sparse() -> Run:
    from munkres import min_weight_full_bipartite_matching

    return _full_matching(min_weight_full_bipartite_matching)


def _full_matching(solver: Callable[[Any], tuple[Any, Any]]) -> Run:
    """Return a program that gives each row of a sparse matrix a column of its own, or its own place to stay."""
    from scipy.sparse import csr_array

    def run(graph: Graph, watch: Stopwatch) -> Pairs:
        with watch.phase("build"):
            given = Assignment.of(graph)
            row, column, cost, n_columns = given.with_stay()
            matrix = csr_array((cost, (row, column)), shape=(given.n_rows, n_columns))
        with watch.phase("solve"):
            rows, columns = solver(matrix)
        return given.pairs(np.asarray(rows), np.asarray(columns))

    return run


def scipy_dense() -> Run:
    from scipy.optimize import linear_sum_assignment

    def run(graph: Graph, watch: Stopwatch) -> Pairs:
        with watch.phase("build"):
            given = Assignment.of(graph)
            size = 8 * given.n_rows * given.n_columns
            if size > MOST_DENSE_BYTES:
                raise Refused(f"its dense matrix would take {size / (1 << 30):,.0f} GiB")
            matrix = np.zeros((given.n_rows, given.n_columns))
            matrix[given.row, given.column] = given.gain
        with watch.phase("solve"):
            rows, columns = linear_sum_assignment(matrix, maximize=True)
        paid = matrix[rows, columns] > 0
        return given.pairs(rows[paid], columns[paid])

    return run


def lapx_sparse() -> Run:
    from lap import lapmod

    def run(graph: Graph, watch: Stopwatch) -> Pairs:
        with watch.phase("build"):
            given = Assignment.of(graph)
            row, column, cost, size = given.square()
            starts = np.searchsorted(row, np.arange(size + 1)).astype(np.int32)
            costs, heads = cost.astype(np.float64), column.astype(np.int32)
        with watch.phase("solve"):
            columns, _ = lapmod(size, costs, starts, heads, return_cost=False)
        return given.pairs(np.arange(size), np.asarray(columns))

    return run


def highs_simplex() -> Run:
    import highspy

    def run(graph: Graph, watch: Stopwatch) -> Pairs:
        with watch.phase("build"):
            model = _linear_program(graph, highspy.HighsLp())
            model.sense_ = highspy.ObjSense.kMaximize
            model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
            solver = highspy.Highs()  # type: ignore[no-untyped-call]
            solver.setOptionValue("output_flag", False)
            solver.setOptionValue("solver", "simplex")
            solver.passModel(model)
        with watch.phase("solve"):
            solver.run()
            shares = np.array(solver.getSolution().col_value)
        if np.abs(shares - np.round(shares)).max(initial=0) > 1e-6:
            raise SystemExit("HiGHS ended with shares of pairs")
        used = np.flatnonzero(np.round(shares) > 0)
        return graph.request[used], graph.mentor[used]

    return run


def _linear_program(graph: Graph, model: Any) -> Any:
    """Return the linear program of a graph: a column for each pair; a row for each request, mentee and mentor."""
    n_requests, n_mentees, n_pairs = len(graph.mentee), len(graph.limit), len(graph)
    rows = [graph.request, n_requests + graph.mentee[graph.request], n_requests + n_mentees + graph.mentor]
    upper = np.concatenate([np.ones(n_requests, np.int64), graph.limit, graph.capacity]).astype(np.float64)
    model.num_col_, model.num_row_ = n_pairs, len(upper)
    model.col_cost_ = graph.weight.astype(np.float64)
    model.col_lower_, model.col_upper_ = np.zeros(n_pairs), np.ones(n_pairs)
    model.row_lower_, model.row_upper_ = np.zeros(len(upper)), upper
    model.a_matrix_.start_ = np.arange(n_pairs + 1) * 3
    model.a_matrix_.index_ = np.stack(rows, axis=1).ravel()
    model.a_matrix_.value_ = np.ones(3 * n_pairs)
    return model


PROGRAMS: dict[str, Callable[[], Run]] = {
    "taskmentor": taskmentor,
    "ortools": ortools_flow,
    "networkx-simplex": networkx_simplex,
    "networkx-matching": networkx_matching,
    "scipy-sparse": scipy_sparse,
    "scipy-dense": scipy_dense,
    "lapx": lapx_sparse,
    "highs": highs_simplex,
    "munkres": munkres_sparse,
}


def measured(name: str, graph: Graph) -> dict[str, object]:
    """Return the checked answer of one program with its seconds and its memory above its imports and the graph."""
    run = PROGRAMS[name]()
    before, watch = settled_memory(), Stopwatch(aloud=True)
    try:
        pairs = run(graph, watch)
    except Refused as refusal:
        return {"status": "refused", "detail": str(refusal)}
    peak = watch.peak or peak_memory()
    spent = {"seconds": watch.seconds, "peak_above_imports": max(peak - before, 0), "bound": watch.bound}
    return {**graph.checked(*pairs), **spent}


def main(arguments: Sequence[str]) -> None:
    name, graph, answer = arguments
    Path(answer).write_text(json.dumps(measured(name, Graph.load(Path(graph)))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
