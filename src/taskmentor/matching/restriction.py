"""The optimum over the few pairs that matter, by a flow of least cost that begins at the prices of an auction."""

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.kernels.circulation import (
    Network,
    Search,
    comply,
    room_for_search,
    route,
    sorted_places,
)
from taskmentor.matching.kinds import ranges
from taskmentor.matching.market import Market
from taskmentor.matching.pricing import next_places
from taskmentor.matching.problem import Arcs
from taskmentor.matching.shapes import find_keys, pair_keys

__all__ = ["Listed", "Optimum", "differing", "optimum"]

_UNLIMITED = 2**30
_ROOT = 0


@frozen(eq=False, kw_only=True)
class Listed:
    """The pairs of a kind and a mentor that a plan may use, sorted by kind and then by mentor, each once.

    Attributes:
        kind: Shape (n,).
        mentor: Shape (n,).
        points: What the mentor is worth to the kind. Shape (n,).
        n_mentors: How many mentors the problem has.
    """

    kind: NDArray[np.int32]
    mentor: NDArray[np.int32]
    points: NDArray[np.int64]
    n_mentors: int

    @classmethod
    def of(
        cls, kind: NDArray[np.integer], mentor: NDArray[np.integer], points: NDArray[np.integer], n: int
    ) -> "Listed":
        """Return pairs given in any order, also more than once, for a problem of n mentors."""
        keys = pair_keys(kind, mentor, n)
        order = np.argsort(keys, kind="stable")  # quick where kinds stand together
        rows = order[np.diff(keys[order], prepend=-1) != 0]
        return cls(
            kind=kind[rows].astype(np.int32),
            mentor=mentor[rows].astype(np.int32),
            points=points[rows].astype(np.int64),
            n_mentors=n,
        )

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def keys(self) -> NDArray[np.int64]:
        """Return one rising number for each pair. Shape (n,)."""
        return pair_keys(self.kind, self.mentor, self.n_mentors)

    def take(self, rows: NDArray[np.integer]) -> "Listed":
        """Return some of the pairs, in the order they stand in."""
        return Listed(
            kind=self.kind[rows], mentor=self.mentor[rows], points=self.points[rows], n_mentors=self.n_mentors
        )

    def joined(self, other: "Listed") -> "Listed":
        """Return the pairs of both."""
        return Listed.of(
            np.append(self.kind, other.kind),
            np.append(self.mentor, other.mentor),
            np.append(self.points, other.points),
            self.n_mentors,
        )


@frozen(eq=False, kw_only=True)
class Optimum:
    """An optimal plan over the listed pairs, with prices for which no listed pair could improve it.

    Attributes:
        mentor_of: The mentor of each request, -1 for none. Shape (n_requests,).
        price: Of each mentor. Shape (n_mentors,).
        worth: What each request gets, less the price: the most over its listed pairs. Shape (n_requests,).
        mentee: What one more place of each mentee is worth. Shape (n_mentees,).
    """

    mentor_of: NDArray[np.int32]
    price: NDArray[np.int64]
    worth: NDArray[np.int64]
    mentee: NDArray[np.int64]


def optimum(
    market: Market,
    listed: Listed,
    special: NDArray[np.bool_],
    price: NDArray[np.int64],
    mentor_of: NDArray[np.int32],
    over: Callable[[], bool],
) -> Optimum | None:
    """Return the optimum over the listed pairs, or None when it is over before.

    Args:
        market: What may be served, and what it is worth.
        listed: Pairs of kinds and mentors.
        special: Requests that differ from their kind in some pair that matters. Shape (n_requests,).
        price: Prices to begin with, the nearer to optimal ones the better. Shape (n_mentors,).
        mentor_of: A plan to begin with; pairs that the prices speak against are dropped. Shape (n_requests,).
        over: Asked now and then whether to stop.

    Source:
        Ahuja, Magnanti and Orlin, "Network Flows" (1993), sections 9.7 (successive shortest paths) and 9.9 (relaxing
        complementary slackness from any prices). Requests of one kind share their arcs by way of a node of the kind.
    """
    flow = _Flow.of(market, listed, special)
    return flow.settle(price, mentor_of, over)


@frozen(eq=False, kw_only=True)
class _Flow:
    """Root -> mentees -> groups -> mentors -> root; a group is a kind, or a request that differs from its kind.

    Arcs stand in the order of their tails: to mentees, of requests, of pairs, from mentors.

    Attributes:
        market: What is served.
        network: The network.
        group: The group of each request of the market. Shape (n_market_requests,).
        pair_group: The group of each arc of a pair. Shape (n_pairs,).
        pair_mentor: Its mentor. Shape (n_pairs,).
        n_groups: How many groups there are.
        compiled: Whether machine code runs.
    """

    market: Market
    network: Network
    group: NDArray[np.int64]
    pair_group: NDArray[np.int32]
    pair_mentor: NDArray[np.int32]
    pair_points: NDArray[np.int64]
    n_groups: int
    compiled: bool

    @classmethod
    def of(cls, market: Market, listed: Listed, special: NDArray[np.bool_]) -> "_Flow":
        problem, kinds, asked = market.problem, market.kinds, market.request
        apart = asked[special[asked]]
        group = kinds.kind[asked].astype(np.int64)
        group[special[asked]] = kinds.n_kinds + np.arange(len(apart))
        own = _own_pairs(market, listed, apart)
        # Exceptions of a request may come after its other pairs.
        order = np.lexsort((own.mentor, own.request)) if len(own) else np.zeros(0, np.intp)
        place = np.zeros(problem.n_requests, np.int32)
        place[apart] = kinds.n_kinds + np.arange(len(apart))
        pair_group = np.append(listed.kind, place[own.request[order]])
        pair_mentor = np.append(listed.mentor, own.mentor[order])
        points = np.append(listed.points, own.weight[order])
        n_groups = kinds.n_kinds + len(apart)
        compiled = market.oracle.compiled
        network = _network(market, group, pair_group, pair_mentor, points, n_groups, compiled)
        return cls(
            market=market,
            network=network,
            group=group,
            pair_group=pair_group,
            pair_mentor=pair_mentor,
            pair_points=points,
            n_groups=n_groups,
            compiled=compiled,
        )

    # Where things stand among nodes and arcs

    @property
    def _requests(self) -> slice:
        first = self.market.problem.n_mentees
        return slice(first, first + len(self.group))

    @property
    def _pairs(self) -> slice:
        return slice(self._requests.stop, self._requests.stop + len(self.pair_group))

    @property
    def _mentees(self) -> slice:
        return slice(1, 1 + self.market.problem.n_mentees)

    @property
    def _groups(self) -> slice:
        return slice(self._mentees.stop, self._mentees.stop + self.n_groups)

    @property
    def _mentors(self) -> slice:
        return slice(self._groups.stop, self._groups.stop + self.market.problem.n_mentors)

    def settle(
        self, price: NDArray[np.int64], mentor_of: NDArray[np.int32], over: Callable[[], bool]
    ) -> Optimum | None:
        """Return the optimum, from some prices and a plan; None when it is over before."""
        network = self.network
        n_nodes = len(network.first_out) - 1
        potential, flow = self._potentials(price), self._flow_of(mentor_of)
        excess = np.zeros(n_nodes, np.int64)
        comply.for_size(self.compiled)(network, potential, flow, excess)
        room = room_for_search(n_nodes, len(network.head))
        if not self._route(potential, flow, excess, room, over):
            return None
        potential -= potential[0]
        worth = np.full(self.market.problem.n_requests, self.market.asked.least, np.int64)
        worth[self.market.request] = potential[self._groups][self.group] + self.market.asked.base[self.market.request]
        return Optimum(
            mentor_of=self._plan_of(flow),
            # A side that is not used at all may have come out below 0; at 0 it is not used either.
            price=np.maximum(-potential[self._mentors], 0),
            worth=worth,
            mentee=np.maximum(potential[self._mentees], 0),
        )

    def _route(
        self,
        potential: NDArray[np.int64],
        flow: NDArray[np.int32],
        excess: NDArray[np.int64],
        room: Search,
        over: Callable[[], bool],
    ) -> bool:
        """Send all that is too much to where it lacks; return whether there was time."""
        send = route.for_size(self.compiled)
        # Nearly everything begins or ends at the root: a search from there would look at the whole network.
        for side, nodes in ((1, 1 + np.flatnonzero(excess[1:] > 0)), (-1, 1 + np.flatnonzero(excess[1:] < 0))):
            while len(nodes := nodes[excess[nodes] * side > 0]):
                if over():
                    return False
                send(self.network, potential, flow, excess, nodes, side, _ROOT, room)
        return True

    def _potentials(self, price: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return potentials for some prices of mentors: what each group gets at best, and each mentee's next place."""
        problem, market = self.market.problem, self.market
        potential = np.zeros(len(self.network.first_out) - 1, np.int64)
        potential[self._mentors] = -price
        best = np.full(self.n_groups, market.asked.least, np.int64)
        net = self.pair_points - price[self.pair_mentor]
        begins = np.flatnonzero(np.diff(self.pair_group, prepend=-1))
        if len(begins):
            best[self.pair_group[begins]] = np.maximum.reduceat(net, begins)
        potential[self._groups] = best
        worth = best[self.group] + market.asked.base[market.request]
        potential[self._mentees] = next_places(worth, problem.mentee[market.request], problem.limit)
        return potential

    def _flow_of(self, mentor_of: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the flow of a plan; pairs that have no arc are left out."""
        market = self.market
        flow = np.zeros(len(self.network.head), np.int32)
        mentor = mentor_of[market.request]
        n = market.problem.n_mentors
        wanted = pair_keys(self.group, np.maximum(mentor, 0), n)
        place, known = find_keys(pair_keys(self.pair_group, self.pair_mentor, n), wanted)
        served = np.flatnonzero(known & (mentor >= 0))
        flow[self._requests][served] = 1
        np.add.at(flow[self._pairs], place[served], 1)
        flow[: market.problem.n_mentees] = np.bincount(
            market.problem.mentee[market.request[served]], minlength=market.problem.n_mentees
        )
        flow[self._pairs.stop :] = np.bincount(mentor[served], minlength=n)
        return flow

    def _plan_of(self, flow: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the mentor of each request; among the requests of a kind it does not matter who has whom."""
        mentor_of = np.full(self.market.problem.n_requests, -1, np.int32)
        served = np.flatnonzero(flow[self._requests])
        by_group = served[np.argsort(self.group[served], kind="stable")]
        mentor_of[self.market.request[by_group]] = np.repeat(self.pair_mentor, flow[self._pairs])
        return mentor_of


def _network(
    market: Market,
    group: NDArray[np.int64],
    pair_group: NDArray[np.int32],
    pair_mentor: NDArray[np.int32],
    points: NDArray[np.int64],
    n_groups: int,
    compiled: bool,
) -> Network:
    problem = market.problem
    n_mentees, n_mentors = problem.n_mentees, problem.n_mentors
    mentees, mentors = np.arange(1, 1 + n_mentees), np.arange(n_mentors) + 1 + n_mentees + n_groups
    nothing = [np.zeros(n, np.int64) for n in (n_mentees, n_mentors)]
    tail = np.concatenate(
        [nothing[0], 1 + problem.mentee[market.request], 1 + n_mentees + pair_group, mentors], dtype=np.int32
    )
    head = np.concatenate(
        [mentees, 1 + n_mentees + group, 1 + n_mentees + n_groups + pair_mentor, nothing[1]], dtype=np.int32
    )
    capacity = np.concatenate(
        [problem.limit, np.ones(len(group), np.int32), np.full(len(points), _UNLIMITED), problem.capacity],
        dtype=np.int32,
    )
    cost = np.concatenate([nothing[0], -market.asked.base[market.request], -points, nothing[1]])
    n_nodes = 1 + n_mentees + n_groups + n_mentors
    ends = np.arange(n_nodes + 1)
    arc_in = sorted_places.for_size(compiled)(head, n_nodes)
    return Network(
        first_out=np.searchsorted(tail, ends).astype(np.int64),
        first_in=np.append(0, np.cumsum(np.bincount(head, minlength=n_nodes))).astype(np.int64),
        arc_in=arc_in,
        tail=tail,
        head=head,
        capacity=capacity,
        cost=cost,
    )


def _own_pairs(market: Market, listed: Listed, requests: NDArray[np.int32]) -> Arcs:
    """Return the pairs of some requests one by one: those listed for their kinds, as their exceptions have them."""
    kinds, n = market.kinds, market.problem.n_mentors
    start = np.searchsorted(listed.kind, np.arange(kinds.n_kinds + 1))
    kind = kinds.kind[requests]
    count = start[kind + 1] - start[kind]
    rows = ranges(start[kind], count)
    request, mentor = np.repeat(requests, count), listed.mentor[rows]
    listing = kinds.exceptions.take(requests)
    owner = np.repeat(requests, np.diff(listing.start))
    plain = ~find_keys(np.sort(pair_keys(owner, listing.mentor, n)), pair_keys(request, mentor, n))[1]
    may = listing.points > kinds.scan.least
    return Arcs(
        request=np.append(request[plain], owner[may]).astype(np.int32),
        mentor=np.append(mentor[plain], listing.mentor[may]),
        weight=np.append(listed.points[rows][plain], listing.points[may].astype(np.int64)),
    )


def differing(market: Market, listed: Listed) -> NDArray[np.bool_]:
    """Return which requests have an exception among the pairs listed for their kinds. Shape (n_requests,)."""
    exceptions, kind = market.kinds.exceptions, market.kinds.kind
    owner = np.repeat(np.arange(len(kind)), np.diff(exceptions.start))
    known = find_keys(listed.keys, pair_keys(kind[owner], exceptions.mentor, listed.n_mentors))[1]
    differs = np.zeros(len(kind), np.bool_)
    differs[owner[known]] = True
    return differs
