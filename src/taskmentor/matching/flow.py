"""`Flow`: the optimum by minimum-cost flow, on OR-Tools or, to be read and compared with, on networkx."""

from typing import Literal, Protocol

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError, TooLargeError, UnsupportedError
from taskmentor.matching.aims.choices import Listed
from taskmentor.matching.aims.face import Face
from taskmentor.matching.kernels.residual import residual_duals
from taskmentor.matching.kernels.ties import canonical_arcs
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Solution
from taskmentor.validators import one_of, whole

__all__ = ["Flow"]

_MOST_PAIRS_BY_PLACES = 1_000_000
_MOST_PAIRS = {"ortools": 25_000_000, "networkx": 200_000}


@frozen(kw_only=True)
class Flow:
    """Finds an optimal plan over all eligible pairs, and proves it by prices taken from the plan itself.

    Attributes:
        engine: `ortools` is fast; `networkx` is the readable reference. Both give the same objective.
        ties: `canonical` gives the one plan that a salted hash picks among all optimal ones, the same from every exact
            strategy; `any` takes the optimal plan that the engine meets first, still the same for any order of rows.
        most_pairs: Problems with more qualified pairs are refused; None takes what the engine can do.

    Source:
        Ahuja, Magnanti and Orlin, "Network Flows" (1993), chapters 9 to 11.
    """

    engine: Literal["ortools", "networkx"] = field(default="ortools", validator=one_of("ortools", "networkx"))
    ties: Literal["canonical", "any"] = field(default="canonical", validator=one_of("canonical", "any"))
    most_pairs: int | None = field(default=None, validator=optional(whole(at_least=1)))

    @property
    def holds_load_cost(self) -> Literal[True]:
        """Return that it takes account of what mentors' places cost."""
        return True

    @property
    def name(self) -> str:
        """Return `flow`."""
        return "flow"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        return {"engine": self.engine, "ties": self.ties, "most_pairs": self.most_pairs}

    def __call__(self, problem: Problem) -> Solution:
        """Return an optimal plan."""
        problem.refuse_constraints("Flow")
        if problem.load_cost:
            return self._by_places(problem)
        most = self.most_pairs or _MOST_PAIRS[self.engine]
        arcs = problem.arcs(who=f"Flow(engine={self.engine!r})", most=most)
        engine: _Engine = _by_ortools if self.engine == "ortools" else _by_networkx
        chosen = engine(problem, arcs)
        duals = residual_duals(problem, arcs, chosen)
        if duals is None:  # never hand on as optimal what its own residual network refutes
            raise SolverError(f"{self.engine} returned a plan that can be improved")
        picked = arcs.take(chosen)
        if self.ties == "canonical":
            optimal = canonical_arcs(problem, arcs, duals)
            picked = optimal.take(engine(problem, optimal))
        solution = Solution.of(problem, self, picked, duals)
        if solution.gap != 0:
            raise SolverError(f"{self.engine} lost the optimum while ties were settled")
        return solution

    def _by_places(self, problem: Problem) -> Solution:
        """Return an optimal plan where each place has a cost of its own.

        Source:
            Ahuja, Magnanti and Orlin (1993), section 14.4: convex costs as parallel arcs.
        """
        who = f"Flow(engine={self.engine!r})"
        if self.engine == "networkx":
            raise UnsupportedError(f"{who} takes no account of load_cost, and the policy has one; take Flow().")
        most = self.most_pairs or _MOST_PAIRS_BY_PLACES
        if (size := problem.n_qualified()) > most:
            raise TooLargeError(
                f"{who} with load_cost", "qualified pairs", size, most, "match fewer requests at a time"
            )
        face = Face.of(Listed.of(problem), spreads=True)
        duals = face.optimum()
        return Solution.of(problem, self, face.settled(), duals)


class _Engine(Protocol):
    def __call__(self, problem: Problem, arcs: Arcs) -> NDArray[np.bool_]:
        """Return which arcs a plan of the greatest weight uses."""
        ...


def _by_ortools(problem: Problem, arcs: Arcs) -> NDArray[np.bool_]:
    """Return which arcs an optimal plan uses, by OR-Tools' cost-scaling push-relabel.

    Source:
        Goldberg, "An efficient implementation of a scaling minimum-cost flow algorithm", Journal of Algorithms 22
        (1997).
    """
    from ortools.graph.python import min_cost_flow

    network = _Network.of(problem, arcs)
    heaviest = int(arcs.weight.max(initial=0))
    # The solver adds two nodes and scales costs by the number of nodes + 1; its prices grow to some three times that
    # and are kept in an int64. It notices where they do not fit.
    limit = (2**63 - 1) // (network.n_nodes + 3) // 4
    if heaviest > limit:
        raise CostRangeError("OR-Tools' minimum-cost flow", heaviest, limit)
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, network.capacity, network.cost)
    flow.set_nodes_supplies(np.array([network.root, network.sink]), np.array([network.supply, -network.supply]))
    status = flow.solve()
    if status == flow.BAD_COST_RANGE:
        raise CostRangeError("OR-Tools' minimum-cost flow", heaviest, limit)
    if status != flow.OPTIMAL:
        raise SolverError(f"OR-Tools' minimum-cost flow ended with {status.name}")
    return np.asarray(flow.flows(np.arange(len(arcs))) > 0)


def _by_networkx(problem: Problem, arcs: Arcs) -> NDArray[np.bool_]:
    """Return which arcs an optimal plan uses, by networkx' network simplex on Python's own whole numbers."""
    import networkx as nx

    network = _Network.of(problem, arcs)
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_node(network.root, demand=-network.supply)
    graph.add_node(network.sink, demand=network.supply)
    columns = (network.tail.tolist(), network.head.tolist(), network.capacity.tolist(), network.cost.tolist())
    for number, (tail, head, capacity, cost) in enumerate(zip(*columns, strict=True)):
        graph.add_edge(tail, head, key=number, capacity=capacity, weight=cost)
    _, flows = nx.network_simplex(graph)
    tails, heads = columns[0][: len(arcs)], columns[1][: len(arcs)]
    used = [flows[tail][head][number] > 0 for number, (tail, head) in enumerate(zip(tails, heads, strict=True))]
    return np.array(used, np.bool_)


@frozen(eq=False, kw_only=True)
class _Network:
    """Root -> mentees -> requests -> mentors -> sink, with a free way around for what is not served.

    The arcs from requests to mentors come first and in the order they were given.
    """

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    capacity: NDArray[np.int64]
    cost: NDArray[np.int64]
    supply: int
    root: int
    sink: int

    @property
    def n_nodes(self) -> int:
        return self.sink + 1

    @classmethod
    def of(cls, problem: Problem, arcs: Arcs) -> "_Network":
        requests, mentors = np.arange(problem.n_requests), np.arange(problem.n_mentors) + problem.n_requests
        mentees = np.arange(problem.n_mentees) + problem.n_requests + problem.n_mentors
        root = problem.n_requests + problem.n_mentors + problem.n_mentees
        sink, supply = root + 1, problem.n_requests

        def four(*columns: NDArray[np.integer] | int) -> NDArray[np.int64]:
            return np.stack([np.asarray(column, np.int64) for column in np.broadcast_arrays(*columns)])

        whole = np.concatenate(
            [
                four(arcs.request, arcs.mentor + np.int64(problem.n_requests), 1, -arcs.weight),
                four(mentees[problem.mentee], requests, 1, 0),
                four(root, mentees, problem.limit, 0),
                four(mentors, sink, problem.capacity, 0),
                four(np.array([root]), sink, supply, 0),
            ],
            axis=1,
        )
        return cls(tail=whole[0], head=whole[1], capacity=whole[2], cost=whole[3], supply=supply, root=root, sink=sink)
