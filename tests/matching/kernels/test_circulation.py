"""A circulation of least cost, from any flow and any potentials, held against networkx."""

import networkx as nx
import numpy as np
import pytest
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching.kernels.circulation import (
    Network,
    comply,
    lift,
    room_for_search,
    route,
    sorted_places,
    take_nearest,
)

COMPILED = [False, True]


def random_network(rng: Generator) -> Network:
    """Return a network with arcs both ways, several between the same nodes, without room, and of costs below 0."""
    n_nodes, n_arcs = int(rng.integers(2, 9)), int(rng.integers(0, 25))
    tail = np.sort(rng.integers(0, n_nodes, n_arcs)).astype(np.int32)
    head = ((tail + rng.integers(1, n_nodes, n_arcs)) % n_nodes).astype(np.int32)
    ends = np.arange(n_nodes + 1)
    return Network(
        first_out=np.searchsorted(tail, ends).astype(np.int64),
        first_in=np.searchsorted(np.sort(head), ends).astype(np.int64),
        arc_in=np.argsort(head, kind="stable").astype(np.int32),
        tail=tail,
        head=head,
        capacity=rng.integers(0, 5, n_arcs).astype(np.int32),
        cost=rng.integers(-6, 7, n_arcs),
    )


def least_cost(network: Network) -> int:
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(network.first_out) - 1))
    columns = (network.tail, network.head, network.capacity, network.cost)
    for tail, head, capacity, cost in zip(*(column.tolist() for column in columns), strict=True):
        graph.add_edge(tail, head, capacity=capacity, weight=cost)
    return int(nx.network_simplex(graph)[0])


def settled(
    network: Network, rng: Generator, *, compiled: bool, hub: int = -1
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Return flow, potentials and what nodes have too much, after beginning anywhere."""
    n_nodes, n_arcs = len(network.first_out) - 1, len(network.head)
    potential, excess = rng.integers(-9, 10, n_nodes), np.zeros(n_nodes, np.int64)
    flow = np.minimum(rng.integers(0, 5, n_arcs), network.capacity).astype(np.int32)
    comply.for_size(compiled)(network, potential, flow, excess)
    assert excess.sum() == 0
    room = room_for_search(n_nodes, n_arcs)
    others = np.arange(n_nodes) != hub
    while excess[others].any():
        side = int(rng.choice([-1, 1]))
        nodes = rng.permutation(np.flatnonzero(others & (side * excess > 0)))[: int(rng.integers(1, 9))]
        before = int(np.maximum(side * excess[others], 0).sum())
        if len(nodes):
            sent = route.for_size(compiled)(network, potential, flow, excess, nodes, side, hub, room)
            assert sent >= 1
            assert int(np.maximum(side * excess[others], 0).sum()) == before - sent
    return flow, potential, excess


@pytest.mark.parametrize("hub", [-1, 0])
@pytest.mark.parametrize("compiled", COMPILED)
def test_from_any_flow_and_potentials_the_circulation_is_one_of_least_cost(compiled: bool, hub: int) -> None:
    """Would be broken: the optimum over listed pairs, and the prices that prove it, also by way of a hub."""
    costs = []
    for number in range(300):
        rng = default_rng([61, number])
        network = random_network(rng)
        flow, potential, excess = settled(network, rng, compiled=compiled, hub=hub)
        assert not excess.any()
        assert ((flow >= 0) & (flow <= network.capacity)).all()
        n_nodes = len(network.first_out) - 1
        into, out = (np.bincount(ends, flow, minlength=n_nodes).tolist() for ends in (network.head, network.tail))
        assert into == out
        costs.append(int(network.cost @ flow))
        assert costs[-1] == least_cost(network)
        reduced = network.cost + potential[network.tail] - potential[network.head]
        assert (reduced[flow < network.capacity] >= 0).all()
        assert (reduced[flow > 0] <= 0).all()
    assert sum(cost < 0 for cost in costs) > 100


def test_compiled_it_takes_the_same_way() -> None:
    """Would be broken: the same plan on every machine."""
    for number in range(100):
        network = random_network(default_rng([61, number]))
        ways = [settled(network, default_rng([62, number]), compiled=way) for way in COMPILED]
        for one, other in zip(*ways, strict=True):
            assert one.tolist() == other.tolist()


@pytest.mark.parametrize("compiled", COMPILED)
@pytest.mark.parametrize("side", [1, -1])
def test_too_much_that_cannot_go_anywhere_is_an_error(compiled: bool, side: int) -> None:
    """Would be broken: the end of a search in a network that was put together wrongly."""
    network = random_network(default_rng(0))._replace(capacity=np.zeros(0, np.int32))
    n_arcs = len(network.head)
    network = network._replace(capacity=np.zeros(n_arcs, np.int32))
    n_nodes = len(network.first_out) - 1
    excess = np.zeros(n_nodes, np.int64)
    excess[0], excess[1] = side, -side
    arguments = (
        network,
        np.zeros(n_nodes, np.int64),
        np.zeros(n_arcs, np.int32),
        excess,
        np.zeros(1, np.int64),
        side,
        -1,
    )
    with pytest.raises(ValueError, match="there is no way from a node that has too much"):
        route.for_size(compiled)(*arguments, room_for_search(n_nodes, n_arcs))


@pytest.mark.parametrize("compiled", COMPILED)
def test_the_heap_gives_the_nearest_first_also_where_distances_shrink(compiled: bool) -> None:
    """Would be broken: the search for the cheapest way."""
    for number in range(60):
        rng = default_rng([63, number])
        n = int(rng.integers(1, 12))
        room = room_for_search(n, 0)
        room.distance[:] = rng.integers(0, 9, n)
        for size, node in enumerate(rng.permutation(n).tolist()):
            lift.for_size(compiled)(room, node, size)
        for node in rng.permutation(n)[: n // 2].tolist():
            room.distance[node] -= int(rng.integers(0, 9))
            lift.for_size(compiled)(room, node, int(room.place[node]))
        taken = [take_nearest.for_size(compiled)(room, size) for size in range(n, 0, -1)]
        assert sorted(taken) == list(range(n))
        assert room.distance[taken].tolist() == sorted(room.distance.tolist())
        assert (room.place == -1).all()


@pytest.mark.parametrize("compiled", COMPILED)
def test_places_are_sorted_by_key_and_stay_in_order_among_equals(compiled: bool) -> None:
    """Would be broken: which arcs lead into a node."""
    for number in range(30):
        rng = default_rng([64, number])
        keys = rng.integers(0, 5, int(rng.integers(0, 30))).astype(np.int32)
        places = sorted_places.for_size(compiled)(keys, 6)
        assert places.tolist() == np.argsort(keys, kind="stable").tolist()
