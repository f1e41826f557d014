"""A circulation of least cost, from any flow and any potentials: nothing here knows of mentors."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import kernel

__all__ = ["Network", "Search", "comply", "room_for_search", "route", "sorted_places"]

FAR = 2**62
UNSEEN = 2**30


class Network(NamedTuple):
    """Arcs sorted by tail, with capacities and costs. Node 0 is the root, which most arcs of a plan begin or end at.

    Attributes:
        first_out: Where the arcs out of each node begin. Shape (n_nodes + 1,).
        first_in: Where the arcs into each node begin in `arc_in`. Shape (n_nodes + 1,).
        arc_in: Arcs, sorted by head. Shape (n_arcs,).
        tail: Shape (n_arcs,).
        head: Shape (n_arcs,).
        capacity: Shape (n_arcs,).
        cost: Shape (n_arcs,).
    """

    first_out: NDArray[np.int64]
    first_in: NDArray[np.int64]
    arc_in: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    capacity: NDArray[np.int32]
    cost: NDArray[np.int64]


class Search(NamedTuple):
    """Room for one search after the other, as large as the network has nodes.

    Attributes:
        distance: From where the search began, FAR between searches. Shape (n_nodes,).
        by: The arc by which each node is reached, inverted where it leads from the node. Shape (n_nodes,).
        settled: Which distances are final, False between searches. Shape (n_nodes,).
        reached: Nodes in the order they were reached. Shape (n_nodes,).
        stack: Nodes at the distance that is being looked at. Shape (n_nodes,).
        heap: Nodes further away, nearest first. Shape (n_nodes,).
        place: Where each node stands in the heap, -1 for nowhere. Shape (n_nodes,).
        tight: Arcs of some nodes that cost nothing, inverted where they lead to the node. Shape (2 n_arcs,).
        tight_node: The nodes at their other ends. Shape (2 n_arcs,).
        tight_begin: Where those of each node begin, -1 where they are not gathered. Shape (n_nodes,).
        tight_end: Where they end. Shape (n_nodes,).
        known: Nodes whose arcs are gathered. Shape (n_nodes,).
        layer: How many arcs that cost nothing lead to each node, UNSEEN between searches. Shape (n_nodes,).
    """

    distance: NDArray[np.int64]
    by: NDArray[np.int64]
    settled: NDArray[np.bool_]
    reached: NDArray[np.int32]
    stack: NDArray[np.int32]
    heap: NDArray[np.int32]
    place: NDArray[np.int32]
    tight: NDArray[np.int32]
    tight_node: NDArray[np.int32]
    tight_begin: NDArray[np.int32]
    tight_end: NDArray[np.int32]
    known: NDArray[np.int32]
    layer: NDArray[np.int32]


def room_for_search(n_nodes: int, n_arcs: int) -> Search:
    """Return room for searches in a network of so many nodes and arcs."""
    return Search(
        distance=np.full(n_nodes, FAR),
        by=np.zeros(n_nodes, np.int64),
        settled=np.zeros(n_nodes, np.bool_),
        reached=np.zeros(n_nodes, np.int32),
        stack=np.zeros(n_nodes, np.int32),
        heap=np.zeros(n_nodes, np.int32),
        place=np.full(n_nodes, -1, np.int32),
        tight=np.empty(2 * n_arcs, np.int32),
        tight_node=np.empty(2 * n_arcs, np.int32),
        tight_begin=np.full(n_nodes, -1, np.int32),
        tight_end=np.zeros(n_nodes, np.int32),
        known=np.zeros(n_nodes, np.int32),
        layer=np.full(n_nodes, UNSEEN, np.int32),
    )


@kernel
def comply(network: Network, potential: NDArray[np.int64], flow: NDArray[np.int32], excess: NDArray[np.int64]) -> None:
    """Fill arcs that pay, empty those that cost, keep the flow of all others, and write what each node has too much.

    Args:
        network: The network.
        potential: Of each node. An arc costs `cost + potential[tail] - potential[head]`. Shape (n_nodes,).
        flow: Of each arc, within its capacity; written. Shape (n_arcs,).
        excess: Inflow less outflow of each node; written. Shape (n_nodes,).
    """
    excess[:] = 0
    for arc in range(len(network.head)):
        tail, head = network.tail[arc], network.head[arc]
        cost = network.cost[arc] + potential[tail] - potential[head]
        if cost < 0:
            flow[arc] = network.capacity[arc]
        elif cost > 0:
            flow[arc] = 0
        excess[tail] -= flow[arc]
        excess[head] += flow[arc]


@kernel
def lift(room: Search, node: int, place: int) -> None:
    """Put a node into the heap at a free place or above it, nearer ones first."""
    while place > 0:
        above = (place - 1) // 2
        other = room.heap[above]
        if room.distance[other] <= room.distance[node]:
            break
        room.heap[place] = other
        room.place[other] = place
        place = above
    room.heap[place] = node
    room.place[node] = place


@kernel
def take_nearest(room: Search, size: int) -> int:
    """Take the nearest node off a heap of some size and return it."""
    nearest, last = room.heap[0], room.heap[size - 1]
    room.place[nearest] = -1
    place, child = 0, 1
    while child < size - 1:
        if child + 1 < size - 1 and room.distance[room.heap[child + 1]] < room.distance[room.heap[child]]:
            child += 1
        other = room.heap[child]
        if room.distance[other] >= room.distance[last]:
            break
        room.heap[place] = other
        room.place[other] = place
        place = child
        child = 2 * place + 1
    if size > 1:
        room.heap[place] = last
        room.place[last] = place
    return int(nearest)


@kernel
def across(network: Network, node: int, step: int, n_out: int) -> tuple[int, int, bool]:
    """Return one of a node's arcs, the node at its other end, and whether the arc leads there."""
    if step < n_out:
        arc = network.first_out[node] + step
        return int(arc), network.head[arc], True
    arc = int(network.arc_in[network.first_in[node] + step - n_out])
    return arc, network.tail[arc], False


@kernel
def has_room(network: Network, flow: NDArray[np.int32], arc: int, along: bool) -> bool:
    """Return whether more can flow along an arc, or against it."""
    return bool(flow[arc] < network.capacity[arc]) if along else bool(flow[arc] > 0)


@kernel
def search(
    network: Network,
    potential: NDArray[np.int64],
    flow: NDArray[np.int32],
    excess: NDArray[np.int64],
    sources: NDArray[np.int64],
    side: int,
    hub: int,
    room: Search,
) -> None:
    """Change potentials until a node that lacks something, or a hub, is at no cost from a source.

    Taken from the other side, sources are nodes that lack something, and ways lead to them.

    Args:
        network: The network.
        potential: Of each node; no arc that has room pays, in either direction; written. Shape (n_nodes,).
        flow: Of each arc. Shape (n_arcs,).
        excess: Of each node. Shape (n_nodes,).
        sources: Where the search begins. Shape (n,).
        side: 1 where sources have too much, -1 where they lack something.
        hub: A node that takes or gives any amount, and is no source; -1 for none.
        room: Room for the search.

    Raises:
        ValueError: If there is no way to such a node.

    Source:
        Dijkstra (1959), on reduced costs as in Edmonds and Karp, "Theoretical improvements in algorithmic efficiency
        for network flow problems", Journal of the ACM 19 (1972). Most arcs cost nothing: nodes of the same distance are
        looked at in the order in which they were reached, and need no heap.
    """
    n_reached, next_near, n_near, n_heap = len(sources), 0, len(sources), 0
    now, found = 0, False
    for place in range(len(sources)):
        room.distance[sources[place]] = 0
        room.reached[place] = sources[place]
        room.stack[place] = sources[place]
    while not found:
        if next_near < n_near:
            node = room.stack[next_near]
            next_near += 1
        elif n_heap:
            node = take_nearest(room, n_heap)
            n_heap -= 1
            now = room.distance[node]
        else:
            raise ValueError("there is no way from a node that has too much to one that lacks something")
        room.settled[node] = True
        if node == hub or excess[node] * side < 0:
            break
        n_out = network.first_out[node + 1] - network.first_out[node]
        n_in = network.first_in[node + 1] - network.first_in[node]
        for step in range(n_out + n_in):
            arc, other, out = across(network, node, step, n_out)
            along = out == (side > 0)
            if room.settled[other] or not has_room(network, flow, arc, along):
                continue
            cost = network.cost[arc] + potential[network.tail[arc]] - potential[network.head[arc]]
            reached_at = now + (cost if along else -cost)
            before = room.distance[other]
            if reached_at >= before:
                continue
            if before == FAR:
                room.reached[n_reached] = other
                n_reached += 1
            room.distance[other] = reached_at
            if reached_at == now and (other == hub or excess[other] * side < 0):
                found = True  # nothing is nearer, however many are as near
                break
            if room.place[other] >= 0:
                lift(room, other, room.place[other])
            elif reached_at == now:
                room.stack[n_near] = other
                n_near += 1
            else:
                lift(room, other, n_heap)
                n_heap += 1
    for place in range(n_reached):
        other = room.reached[place]
        if room.settled[other]:
            potential[other] -= side * (now - room.distance[other])
        room.settled[other] = False
        room.distance[other] = FAR
        room.place[other] = -1


@kernel
def route(
    network: Network,
    potential: NDArray[np.int64],
    flow: NDArray[np.int32],
    excess: NDArray[np.int64],
    nodes: NDArray[np.int64],
    side: int,
    hub: int,
    room: Search,
) -> int:
    """Send what some nodes have too much to where it lacks, or fetch what they lack, by all ways that cost least.

    Args:
        network: The network.
        potential: As for `search`; written.
        flow: Of each arc; written.
        excess: Of each node; written.
        nodes: The nodes that have too much, or lack something. Shape (n,).
        side: 1 where they have too much, -1 where they lack something.
        hub: A node that takes or gives any amount, and is none of these; -1 for none. Once no other node has too much
            or lacks anything, nor does this one. No way leads past it, so that little is moved.
        room: Room for searches.

    Returns:
        How much was sent, 1 or more.

    Source:
        The primal-dual method: Ahuja, Magnanti and Orlin, "Network Flows" (1993), section 9.8, with the blocking flows
        of Dinic (1970) on the arcs that cost nothing, which stay the same all the while and are gathered once.
    """
    search(network, potential, flow, excess, nodes, side, hub, room)
    sent, n_tight, n_known = 0, 0, 0
    while True:
        n_reached, n_tight, n_known, ends = _layers(
            network, potential, flow, excess, nodes, side, hub, room, n_tight, n_known
        )
        amount = _block(network, flow, excess, nodes, side, hub, room) if ends else 0
        for place in range(n_reached):
            room.layer[room.reached[place]] = UNSEEN
            room.place[room.reached[place]] = -1
        if amount == 0:
            break
        sent += amount
    for place in range(n_known):
        room.tight_begin[room.known[place]] = -1
    return sent


@kernel
def _gather(network: Network, potential: NDArray[np.int64], node: int, side: int, room: Search, n_tight: int) -> int:
    """Write which arcs of a node cost nothing, inverted where flow would go against them; return how many there are."""
    room.tight_begin[node] = n_tight
    for arc in range(network.first_out[node], network.first_out[node + 1]):
        other = network.head[arc]
        if network.cost[arc] + potential[node] == potential[other]:
            room.tight[n_tight], room.tight_node[n_tight] = (arc if side > 0 else ~arc), other
            n_tight += 1
    for place in range(network.first_in[node], network.first_in[node + 1]):
        arc = network.arc_in[place]
        other = network.tail[arc]
        if network.cost[arc] + potential[other] == potential[node]:
            room.tight[n_tight], room.tight_node[n_tight] = (~arc if side > 0 else arc), other
            n_tight += 1
    room.tight_end[node] = n_tight
    return n_tight


@kernel
def _lets_through(network: Network, flow: NDArray[np.int32], by: int) -> bool:
    """Return whether an arc, or an inverted one, has room."""
    return bool(flow[by] < network.capacity[by]) if by >= 0 else bool(flow[~by] > 0)


@kernel
def _layers(
    network: Network,
    potential: NDArray[np.int64],
    flow: NDArray[np.int32],
    excess: NDArray[np.int64],
    nodes: NDArray[np.int64],
    side: int,
    hub: int,
    room: Search,
    n_tight: int,
    n_known: int,
) -> tuple[int, int, int, bool]:
    """Write how many arcs that cost nothing each node is away from those that have too much.

    Returns:
        How many nodes were reached, how many arcs are gathered, of how many nodes, and whether one reached lacks
        something.
    """
    n_reached = 0
    for place in range(len(nodes)):
        if excess[nodes[place]] * side > 0:
            room.layer[nodes[place]] = 0
            room.reached[n_reached] = nodes[place]
            n_reached += 1
    last = UNSEEN
    begin = 0
    while begin < n_reached:
        node = room.reached[begin]
        begin += 1
        next_layer = room.layer[node] + 1
        if next_layer > last:
            room.place[node] = UNSEEN  # past all its arcs: nothing lies beyond the last layer
            continue
        if room.tight_begin[node] < 0:
            n_tight = _gather(network, potential, node, side, room, n_tight)
            room.known[n_known] = node
            n_known += 1
        room.place[node] = room.tight_begin[node]
        for entry in range(room.tight_begin[node], room.tight_end[node]):
            other = room.tight_node[entry]
            if room.layer[other] != UNSEEN or not _lets_through(network, flow, room.tight[entry]):
                continue
            ends = other == hub or excess[other] * side < 0
            if next_layer == last and not ends:
                continue  # no way to an end leads past the last layer
            room.layer[other] = next_layer
            room.reached[n_reached] = other
            n_reached += 1
            if ends:
                last = next_layer
    return n_reached, n_tight, n_known, last < UNSEEN


@kernel
def _block(
    network: Network,
    flow: NDArray[np.int32],
    excess: NDArray[np.int64],
    nodes: NDArray[np.int64],
    side: int,
    hub: int,
    room: Search,
) -> int:
    """Send as much as the layers let through; `room.place` holds the arc that each node is at."""
    sent = 0
    for place in range(len(nodes)):
        source = nodes[place]
        depth = 0
        room.stack[0] = source
        while depth >= 0 and excess[source] * side > 0:
            node = room.stack[depth]
            if node == hub or excess[node] * side < 0:
                sent += _augment(network, flow, excess, side, hub, depth, room)
                depth = 0
                continue
            onward, next_layer = -1, room.layer[node] + 1
            while room.place[node] < room.tight_end[node]:
                entry = room.place[node]
                other = room.tight_node[entry]
                if room.layer[other] == next_layer and _lets_through(network, flow, room.tight[entry]):
                    room.by[other] = room.tight[entry]
                    onward = other
                    break
                room.place[node] += 1
            if onward >= 0:
                depth += 1
                room.stack[depth] = onward
            else:
                depth -= 1
                if depth >= 0:
                    room.place[room.stack[depth]] += 1
    return sent


@kernel
def _augment(
    network: Network, flow: NDArray[np.int32], excess: NDArray[np.int64], side: int, hub: int, depth: int, room: Search
) -> int:
    """Send as much as can be along the way on the stack, and return how much it was."""
    source, end = room.stack[0], room.stack[depth]
    amount = excess[source] * side if end == hub else min(excess[source] * side, -excess[end] * side)
    for step in range(1, depth + 1):
        by = room.by[room.stack[step]]
        amount = min(amount, network.capacity[by] - flow[by] if by >= 0 else flow[~by])
    for step in range(1, depth + 1):
        by = room.by[room.stack[step]]
        flow[by if by >= 0 else ~by] += amount if by >= 0 else -amount
    excess[source] -= side * amount
    excess[end] += side * amount
    return int(amount)


@kernel
def sorted_places(keys: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """Return the places of keys from 0 to below n in the order of the keys, equal ones in the order they stand in."""
    start = np.zeros(n + 1, np.int64)
    for place in range(len(keys)):
        start[keys[place] + 1] += 1
    for key in range(n):
        start[key + 1] += start[key]
    places = np.empty(len(keys), np.int32)
    for place in range(len(keys)):
        key = keys[place]
        places[start[key]] = place
        start[key] += 1
    return places
