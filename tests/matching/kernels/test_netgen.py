"""A published network of least cost, solved by our own kernel, with its answer proven by its own potentials."""

from pathlib import Path

import numpy as np
import pytest
from attrs import frozen
from numpy.random import default_rng
from numpy.typing import NDArray

from taskmentor.matching.kernels.circulation import Network, comply, room_for_search, route
from tests.data import real_data

PUBLISHED = 6_749_969_302


@frozen(eq=False)
class Instance:
    """A network and how much each node gives, below 0 what it takes."""

    network: Network
    supply: NDArray[np.int64]


def read_dimacs(path: Path) -> Instance:
    """Return the network of a file in the DIMACS form of minimum-cost flow, in which nodes count from 1."""
    lines = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    ((_, _, n_nodes, n_arcs),) = (line for line in lines if line[0] == "p")
    supply = np.zeros(int(n_nodes), np.int64)
    for _, node, amount in (line for line in lines if line[0] == "n"):
        supply[int(node) - 1] = int(amount)
    arcs = np.array([[int(word) for word in line[1:]] for line in lines if line[0] == "a"], np.int64)
    assert arcs.shape == (int(n_arcs), 5)
    tail, head, least, most, cost = arcs[np.argsort(arcs[:, 0], kind="stable")].T
    assert not least.any()
    ends = np.arange(len(supply) + 1)
    network = Network(
        first_out=np.searchsorted(tail - 1, ends).astype(np.int64),
        first_in=np.searchsorted(np.sort(head - 1), ends).astype(np.int64),
        arc_in=np.argsort(head, kind="stable").astype(np.int32),
        tail=(tail - 1).astype(np.int32),
        head=(head - 1).astype(np.int32),
        capacity=most.astype(np.int32),
        cost=cost,
    )
    return Instance(network, supply)


def cheapest(
    instance: Instance, potential: NDArray[np.int64], flow: NDArray[np.int32], *, compiled: bool
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return a flow of least cost that meets every supply, and potentials, beginning anywhere."""
    network = instance.network
    flow, potential, excess = flow.copy(), potential.copy(), np.zeros(len(instance.supply), np.int64)
    comply.for_size(compiled)(network, potential, flow, excess)
    excess += instance.supply
    room = room_for_search(len(excess), len(network.head))
    while len(nodes := np.flatnonzero(excess > 0)):
        route.for_size(compiled)(network, potential, flow, excess, nodes, 1, -1, room)
    return flow, potential


def assert_least(instance: Instance, flow: NDArray[np.int32], potential: NDArray[np.int64]) -> None:
    """Check a flow and, by the potentials alone, that none costs less."""
    network, supply = instance.network, instance.supply
    assert ((flow >= 0) & (flow <= network.capacity)).all()
    given = np.zeros(len(supply), np.int64)
    np.add.at(given, network.tail, flow)
    np.subtract.at(given, network.head, flow)
    assert given.tolist() == supply.tolist()
    # Weak duality: what every unit pays at its ends, less what the arcs that pay would give at the most.
    reduced = network.cost + potential[network.tail] - potential[network.head]
    proven = -int(supply @ potential) + int(np.minimum(reduced, 0) @ network.capacity.astype(np.int64))
    assert int(network.cost @ flow.astype(np.int64)) == proven == PUBLISHED


@pytest.mark.parametrize("compiled", [False, True])
def test_netgen_2_costs_what_is_published_and_the_potentials_prove_it(compiled: bool) -> None:
    """Would be broken: the flow of least cost, on numbers that others have published.

    The instance is netgen-2 of networkx's tests (BSD-3-Clause), made by NETGEN: Klingman, Napier and Stutz, "NETGEN: a
    program for generating large scale capacitated assignment, transportation, and minimum cost flow network problems",
    Management Science 20 (1974).
    """
    instance = read_dimacs(real_data("min_cost_flow") / "netgen-2.min")
    assert (len(instance.supply), len(instance.network.head)) == (400, 1_416)
    n_arcs = len(instance.network.head)
    flow, potential = cheapest(instance, np.zeros(400, np.int64), np.zeros(n_arcs, np.int32), compiled=compiled)
    assert_least(instance, flow, potential)


def test_netgen_2_costs_the_same_from_wherever_the_search_begins() -> None:
    """Would be broken: a flow that begins at prices and a plan of yesterday."""
    instance = read_dimacs(real_data("min_cost_flow") / "netgen-2.min")
    for number in range(6):
        rng = default_rng([65, number])
        potential = rng.integers(-20_000, 20_001, 400)
        flow = rng.integers(0, instance.network.capacity + 1).astype(np.int32)
        assert_least(instance, *cheapest(instance, potential, flow, compiled=True))
