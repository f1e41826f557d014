"""Minimum-cost circulation with a list of costs on each arc: the least sum of the first, then of the second, and so on.

Lists of whole numbers, compared like words in a dictionary, can be added and compared as numbers can, and that is all
that the theory of flows asks of costs. So there are prices of nodes, lists too, that prove a circulation best. Several
lists are found at once by writing them as digits of one number, as many as fit whole numbers of 62 bits.
"""

from collections.abc import Sequence

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError

__all__ = ["Circulation", "Network", "Prices"]

_LARGEST = 2**60
"""Three numbers up to this are added, and compared with another, in 64 bits."""

_WHO = "OR-Tools' minimum-cost flow"


@frozen(eq=False, kw_only=True)
class Network:
    """Arcs that a circulation may use.

    Attributes:
        tail: Shape (n_arcs,).
        head: Shape (n_arcs,).
        capacity: 0 or more. Shape (n_arcs,).
        n_nodes: How many nodes there are.
        reach: How many arcs whose costs differ from 0 in one direction a way that meets no node twice can have.
    """

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    capacity: NDArray[np.int64]
    n_nodes: int
    reach: int

    @property
    def heaviest(self) -> int:
        """Return the largest cost of an arc that the solver takes.

        It adds two nodes and scales costs by the number of nodes + 1; its prices grow to some three times that and are
        kept in an int64.
        """
        return (2**63 - 1) // (self.n_nodes + 3) // 4


@frozen(eq=False, kw_only=True)
class Prices:
    """Prices of nodes: no open arc with room costs less than its head's price less its tail's.

    Attributes:
        digits: One for each list of costs. Shape (n_costs, n_nodes).
        merged: All of them as one number. Shape (n_nodes,).
        cost: The costs of arcs as one number. Shape (n_arcs,).
    """

    digits: NDArray[np.int64]
    merged: NDArray[np.int64]
    cost: NDArray[np.int64]


@define(eq=False, kw_only=True)
class Circulation:
    """A circulation, and what is settled of it.

    Attributes:
        network: The arcs.
        is_open: Of which arcs the flow is not settled. Shape (n_arcs,).
        is_full: Which arcs must carry all they can; all others that are not open carry nothing. Shape (n_arcs,).
        flow: What each arc carries. Shape (n_arcs,).
    """

    network: Network
    is_open: NDArray[np.bool_]
    is_full: NDArray[np.bool_]
    flow: NDArray[np.int64]

    @classmethod
    def of(cls, network: Network) -> "Circulation":
        """Return the circulation in which nothing flows and all is open."""
        n = len(network.tail)
        return cls(
            network=network,
            is_open=np.ones(n, np.bool_),
            is_full=np.zeros(n, np.bool_),
            flow=np.zeros(n, np.int64),
        )

    def fits(self, costs: Sequence[NDArray[np.int64]]) -> bool:
        """Return whether some lists of costs fit one solve."""
        units = _units([self._base(one) for one in costs])
        heaviest = sum(self._largest(one) * unit for one, unit in zip(costs, units, strict=True))
        farthest = sum(self._farthest(one) * unit for one, unit in zip(costs, units, strict=True))
        return heaviest <= self.network.heaviest and farthest <= _LARGEST

    def improve(self, costs: Sequence[NDArray[np.int64]]) -> Prices:
        """Return prices that prove the circulation best, after making it so.

        Args:
            costs: Costs of arcs, the first counting most. Shape (n_arcs,) each.

        Raises:
            CostRangeError: If they do not fit.
            SolverError: If the solver returns what its own residual network refutes.

        Source:
            Ahuja, Magnanti and Orlin, "Network Flows" (1993), theorem 9.3 (reduced cost optimality), for costs from
            any ordered group.
        """
        if not self.fits(costs):
            raise CostRangeError(_WHO, max(map(self._largest, costs)), self.network.heaviest)
        bases = [self._base(one) for one in costs]
        cost = np.zeros(len(self.flow), np.int64)
        for one, unit in zip(costs, _units(bases), strict=True):
            cost += one * unit
        if not self.can_be(self.is_open, cost):
            raise SolverError(f"{_WHO} found no circulation where there is one")
        merged = self._distances(cost)
        return Prices(digits=_digits(merged, bases), merged=merged, cost=cost)

    def can_be(self, allowed: NDArray[np.bool_], cost: NDArray[np.int64]) -> bool:
        """Return whether there is a circulation that uses some open arcs only; where there is, take the cheapest.

        Args:
            allowed: Which arcs may be used beside those that must be. Shape (n_arcs,).
            cost: Costs of arcs as one number. Shape (n_arcs,).

        Raises:
            SolverError: If the solver ends without an answer.

        Source:
            Ahuja, Magnanti and Orlin (1993), section 2.4: an arc that must be full is a demand at its tail and a supply
            at its head.
        """
        from ortools.graph.python import min_cost_flow

        network, rows = self.network, np.flatnonzero(allowed & self.is_open)
        supply = np.zeros(network.n_nodes, np.int64)
        full = np.flatnonzero(self.is_full)
        np.add.at(supply, network.head[full], network.capacity[full])
        np.subtract.at(supply, network.tail[full], network.capacity[full])
        solver = min_cost_flow.SimpleMinCostFlow()
        solver.add_arcs_with_capacity_and_unit_cost(
            network.tail[rows], network.head[rows], network.capacity[rows], cost[rows]
        )
        solver.set_nodes_supplies(np.arange(network.n_nodes), supply)
        status = solver.solve()
        if status == solver.INFEASIBLE:
            return False
        if status != solver.OPTIMAL:
            raise SolverError(f"{_WHO} ended with {status.name}")
        self.flow[:] = 0
        self.flow[full] = network.capacity[full]
        self.flow[rows] = solver.flows(np.arange(len(rows)))
        return True

    def _base(self, cost: NDArray[np.int64]) -> int:
        """Return how many values a digit can have."""
        return 1 + 2 * self._farthest(cost)

    def _farthest(self, cost: NDArray[np.int64]) -> int:
        """Return what a way that meets no node twice costs at the most, either sign, with one more arc beside it."""
        own = cost[self.is_open]
        return (self.network.reach + 1) * (max(int(own.max(initial=0)), 0) - min(int(own.min(initial=0)), 0))

    def _largest(self, cost: NDArray[np.int64]) -> int:
        own = cost[self.is_open]
        return max(int(own.max(initial=0)), -int(own.min(initial=0)))

    def _distances(self, cost: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the cheapest way to each node in the residual network of open arcs, from wherever it is cheapest.

        Source:
            Ahuja, Magnanti and Orlin (1993), section 5.4: label correcting, here all labels of a round at once.
        """
        network = self.network
        ahead = np.flatnonzero(self.is_open & (self.flow < network.capacity))
        back = np.flatnonzero(self.is_open & (self.flow > 0))
        tail = np.concatenate([network.tail[ahead], network.head[back]])
        head = np.concatenate([network.head[ahead], network.tail[back]])
        length = np.concatenate([cost[ahead], -cost[back]])
        distance = np.zeros(network.n_nodes, np.int64)
        nearer = np.ones(network.n_nodes, np.bool_)
        for _ in range(network.n_nodes + 1):
            rows = np.flatnonzero(nearer[tail])
            before = distance.copy()
            np.minimum.at(distance, head[rows], before[tail[rows]] + length[rows])
            nearer = distance < before
            if not nearer.any():
                return distance
        raise SolverError(f"{_WHO} returned a circulation that can be improved")


def _units(bases: Sequence[int]) -> list[int]:
    """Return what one step of each digit is worth in the number, the last digit 1."""
    units = [1]
    for base in reversed(bases[1:]):
        units.append(units[-1] * base)
    return units[::-1]


def _digits(merged: NDArray[np.int64], bases: Sequence[int]) -> NDArray[np.int64]:
    """Return the digits of numbers, each between minus and plus half its base."""
    digits = np.zeros((len(bases), len(merged)), np.int64)
    rest = merged.copy()
    for place in range(len(bases) - 1, 0, -1):
        half = bases[place] // 2
        digits[place] = (rest + half) % bases[place] - half
        rest = (rest - digits[place]) // bases[place]
    digits[0] = rest
    return digits
