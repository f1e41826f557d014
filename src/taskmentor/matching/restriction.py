"""The optimum over the few pairs that matter, by a flow of least cost that begins at the prices of an auction."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

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
from taskmentor.matching.kernels.finding import find_in_rows
from taskmentor.matching.kinds import Exceptions, starts
from taskmentor.matching.market import Market
from taskmentor.matching.pricing import next_places
from taskmentor.matching.problem import Arcs
from taskmentor.matching.shapes import find_keys, pair_keys
from taskmentor.models.ranges import ranges

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
        keys = self.keys
        new = other.take(np.flatnonzero(~find_keys(keys, other.keys)[1]))
        place = np.searchsorted(keys, new.keys)
        return Listed(
            kind=np.insert(self.kind, place, new.kind),
            mentor=np.insert(self.mentor, place, new.mentor),
            points=np.insert(self.points, place, new.points),
            n_mentors=self.n_mentors,
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
class _Ways:
    """Ways of requests that single mentors are worth more to than to their kinds: by the kind, and to each of those.

    Requests are counted among themselves here. Ways stand by request, the one by its kind first.

    Attributes:
        request: Which requests they are, as rows of the market's. Shape (n,).
        kind: The kind of each. Shape (n,).
        owner: The request of each way to a mentor, rising. Shape (n_ways,).
        mentor: Where it leads. Shape (n_ways,).
        points: What the pair is worth without the request's own points. Shape (n_ways,).
    """

    request: NDArray[np.intp]
    kind: NDArray[np.int32]
    owner: NDArray[np.intp]
    mentor: NDArray[np.int32]
    points: NDArray[np.int64]

    @classmethod
    def of(cls, market: Market, better: NDArray[np.bool_]) -> "_Ways":
        """Return the ways of some requests to all their exceptions that may be made."""
        rows = np.flatnonzero(better[market.request])
        asked = market.request[rows]
        listing = market.kinds.exceptions.take(asked)
        may = listing.points > market.kinds.scan.least
        return cls(
            request=rows,
            kind=market.kinds.kind[asked],
            owner=np.repeat(np.arange(len(rows)), np.diff(listing.start))[may],
            mentor=listing.mentor[may],
            points=listing.points[may].astype(np.int64),
        )

    def __len__(self) -> int:
        return len(self.request) + len(self.owner)

    @cached_property
    def by_kind(self) -> NDArray[np.intp]:
        """Return where the way of each request by its kind stands among all ways. Shape (n,)."""
        return np.searchsorted(self.owner, np.arange(len(self.request))) + np.arange(len(self.request))

    @cached_property
    def alone(self) -> NDArray[np.intp]:
        """Return where each way to a mentor stands among all ways. Shape (n_ways,)."""
        return np.arange(len(self.owner)) + self.owner + 1

    def joined(self, by_kind: NDArray[np.integer], alone: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return numbers of all ways, given those of both sorts. Shape (n + n_ways,)."""
        numbers = np.empty(len(self), np.int64)
        numbers[self.by_kind], numbers[self.alone] = by_kind, alone
        return numbers


@frozen(eq=False, kw_only=True)
class _Flow:
    """Root -> mentees -> groups -> mentors -> root; a group is a kind, or a request that differs from its kind.

    A request to which no listed mentor is worth less than to its kind needs no copy of the kind's arcs: it has a node
    between its mentee and the kind, with further arcs to those mentors who are worth more to it.

    Arcs stand in the order of their tails: to mentees, of requests, ways, of pairs, from mentors.

    Attributes:
        market: What is served.
        group: The group of each request of the market. Shape (n_market_requests,).
        ways: Further ways of some requests.
        pair_group: The group of each arc of a pair. Shape (n_pairs,).
        pair_mentor: Its mentor. Shape (n_pairs,).
        n_groups: How many groups there are.
        compiled: Whether machine code runs.
    """

    market: Market
    group: NDArray[np.int32]
    ways: _Ways
    pair_group: NDArray[np.int32]
    pair_mentor: NDArray[np.int32]
    pair_points: NDArray[np.int64]
    n_groups: int
    compiled: bool

    @classmethod
    def of(cls, market: Market, listed: Listed, special: NDArray[np.bool_]) -> "_Flow":
        problem, kinds, asked = market.problem, market.kinds, market.request
        worse = _worse_off(market, listed, special)
        apart = asked[worse[asked]]
        group = kinds.kind[asked]  # a copy
        group[worse[asked]] = kinds.n_kinds + np.arange(len(apart))
        own = _own_pairs(market, listed, apart)
        # Exceptions of a request may come after its other pairs.
        order = np.lexsort((own.mentor, own.request)) if len(own) else np.zeros(0, np.intp)
        place = np.zeros(problem.n_requests, np.int32)
        place[apart] = kinds.n_kinds + np.arange(len(apart))
        pair_group = np.append(listed.kind, place[own.request[order]])
        pair_mentor = np.append(listed.mentor, own.mentor[order])
        points = np.append(listed.points, own.weight[order])
        n_groups = kinds.n_kinds + len(apart)
        ways, compiled = _Ways.of(market, special & ~worse), market.oracle.compiled
        return cls(
            market=market,
            group=group,
            ways=ways,
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
    def _between(self) -> slice:
        return slice(self._requests.stop, self._requests.stop + len(self.ways))

    @property
    def _pairs(self) -> slice:
        return slice(self._between.stop, self._between.stop + len(self.pair_group))

    @property
    def _mentees(self) -> slice:
        return slice(1, 1 + self.market.problem.n_mentees)

    @property
    def _better(self) -> slice:
        return slice(self._mentees.stop, self._mentees.stop + len(self.ways.request))

    @property
    def _groups(self) -> slice:
        return slice(self._better.stop, self._better.stop + self.n_groups)

    @property
    def _mentors(self) -> slice:
        return slice(self._groups.stop, self._groups.stop + self.market.problem.n_mentors)

    def settle(
        self, price: NDArray[np.int64], mentor_of: NDArray[np.int32], over: Callable[[], bool]
    ) -> Optimum | None:
        """Return the optimum, from some prices and a plan; None when it is over before."""
        with ThreadPoolExecutor(1) as beside:  # the network takes as long to build as what begins on it
            network = beside.submit(
                _network,
                self.market,
                self.group,
                self.ways,
                self.pair_group,
                self.pair_mentor,
                self.pair_points,
                self.n_groups,
                self.compiled,
            )
            potential, flow = self._potentials(price), self._flow_of(mentor_of)
        return self._settled(network.result(), potential, flow, over)

    def _settled(
        self, network: Network, potential: NDArray[np.int64], flow: NDArray[np.int32], over: Callable[[], bool]
    ) -> Optimum | None:
        n_nodes = len(potential)
        excess = np.zeros(n_nodes, np.int64)
        comply.for_size(self.compiled)(network, potential, flow, excess)
        room = room_for_search(n_nodes, len(network.head))
        if not self._route(network, potential, flow, excess, room, over):
            return None
        potential -= potential[0]
        worth = np.full(self.market.problem.n_requests, self.market.asked.least, np.int64)
        worth[self.market.request] = self._worth(potential[self._groups], potential[self._better])
        return Optimum(
            mentor_of=self._plan_of(flow),
            # A side that is not used at all may have come out below 0; at 0 it is not used either.
            price=np.maximum(-potential[self._mentors], 0),
            worth=worth,
            mentee=np.maximum(potential[self._mentees], 0),
        )

    def _route(
        self,
        network: Network,
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
                send(network, potential, flow, excess, nodes, side, _ROOT, room)
        return True

    def _worth(self, group: NDArray[np.int64], better: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what each request of the market gets, given what groups and requests with further ways get."""
        gets = group[self.group]
        gets[self.ways.request] = better
        return np.asarray(gets + self.market.asked.base[self.market.request])

    def _potentials(self, price: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return potentials for some prices of mentors: what each group gets at best, and each mentee's next place."""
        problem, market = self.market.problem, self.market
        potential = np.zeros(self._mentors.stop, np.int64)
        potential[self._mentors] = -price
        best = np.full(self.n_groups, market.asked.least, np.int64)
        net = self.pair_points - price[self.pair_mentor]
        begins = np.flatnonzero(np.diff(self.pair_group, prepend=-1))
        if len(begins):
            best[self.pair_group[begins]] = np.maximum.reduceat(net, begins)
        better = best[self.ways.kind]
        np.maximum.at(better, self.ways.owner, self.ways.points - price[self.ways.mentor])
        potential[self._groups], potential[self._better] = best, better
        worth = self._worth(best, better)
        potential[self._mentees] = next_places(worth, problem.mentee[market.request], problem.limit)
        return potential

    def _flow_of(self, mentor_of: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the flow of a plan; pairs that have no arc are left out."""
        market, ways = self.market, self.ways
        flow, mentor = np.zeros(self._pairs.stop + market.problem.n_mentors, np.int32), mentor_of[market.request]
        alone = _found(
            starts(ways.owner, len(ways.request)),
            ways.mentor,
            np.arange(len(ways.request)),
            mentor[ways.request],
            self.compiled,
        )
        by_itself = ways.request[alone >= 0]
        place = _found(starts(self.pair_group, self.n_groups), self.pair_mentor, self.group, mentor, self.compiled)
        place[by_itself] = -1
        by_group = place >= 0
        flow[self._pairs] = np.bincount(place[by_group], minlength=len(self.pair_group))
        between = flow[self._between]
        between[ways.alone[alone[alone >= 0]]] = 1
        between[ways.by_kind] = by_group[ways.request]
        served = by_group.copy()
        served[by_itself] = True
        flow[self._requests] = served
        mentee = market.problem.mentee[market.request[served]]
        flow[: self._requests.start] = np.bincount(mentee, minlength=market.problem.n_mentees)
        flow[self._pairs.stop :] = np.bincount(mentor[served], minlength=market.problem.n_mentors)
        return flow

    def _plan_of(self, flow: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the mentor of each request; among the requests of a kind it does not matter who has whom."""
        mentor_of, ways = np.full(self.market.problem.n_requests, -1, np.int32), self.ways
        by_itself = np.flatnonzero(flow[self._between][ways.alone])
        rows = ways.request[ways.owner[by_itself]]
        mentor_of[self.market.request[rows]] = ways.mentor[by_itself]
        by_group = flow[self._requests] > 0
        by_group[rows] = False
        served = np.flatnonzero(by_group)
        served = served[sorted_places.for_size(self.compiled)(self.group[served], self.n_groups)]
        mentor_of[self.market.request[served]] = np.repeat(self.pair_mentor, flow[self._pairs])
        return mentor_of


def _network(
    market: Market,
    group: NDArray[np.int32],
    ways: _Ways,
    pair_group: NDArray[np.int32],
    pair_mentor: NDArray[np.int32],
    points: NDArray[np.int64],
    n_groups: int,
    compiled: bool,
) -> Network:
    problem, n_better = market.problem, len(ways.request)
    n_mentees, n_mentors = problem.n_mentees, problem.n_mentors
    better, groups = 1 + n_mentees, 1 + n_mentees + n_better
    mentees, mentors = np.arange(1, 1 + n_mentees), np.arange(n_mentors) + groups + n_groups
    nothing = [np.zeros(n, np.int64) for n in (n_mentees, n_mentors)]
    entered = groups + group
    entered[ways.request] = better + np.arange(n_better)
    once = np.ones(len(group) + len(ways), np.int32)
    arcs: tuple[tuple[NDArray[np.integer], ...], ...] = (  # tail, head, capacity and cost of each sort
        (nothing[0], mentees, problem.limit, nothing[0]),
        (1 + problem.mentee[market.request], entered, once[: len(group)], -market.asked.base[market.request]),
        (
            better + ways.joined(np.arange(n_better), ways.owner),
            groups + ways.joined(ways.kind, n_groups + ways.mentor),
            once[len(group) :],
            -ways.joined(np.zeros(n_better, np.int64), ways.points),
        ),
        (groups + pair_group, groups + n_groups + pair_mentor, np.full(len(points), _UNLIMITED, np.int32), -points),
        (mentors, nothing[1], problem.capacity, nothing[1]),
    )
    tails, heads, capacities, costs = zip(*arcs, strict=True)
    tail, head, capacity = (np.concatenate(ends, dtype=np.int32) for ends in (tails, heads, capacities))
    n_nodes = groups + n_groups + n_mentors
    return Network(
        first_out=starts(tail, n_nodes),
        first_in=starts(head, n_nodes),
        arc_in=sorted_places.for_size(compiled)(head, n_nodes),
        tail=tail,
        head=head,
        capacity=capacity,
        cost=np.concatenate(costs),
    )


def _worse_off(market: Market, listed: Listed, special: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of some requests a mentor listed for their kind is worth less to than to it. Shape (n_requests,)."""
    some = np.flatnonzero(special)
    own, owner, place = _listed_exceptions(market, listed, some)
    known = place >= 0
    worse = np.zeros(len(special), np.bool_)
    worse[owner[known][own.points[known] < listed.points[place[known]]]] = True
    return worse


def _listed_exceptions(
    market: Market, listed: Listed, requests: NDArray[np.intp]
) -> tuple[Exceptions, NDArray[np.intp], NDArray[np.int64]]:
    """Return the exceptions of some requests, whose they are, and where they stand among the pairs listed, or -1."""
    kinds = market.kinds
    own = kinds.exceptions.take(requests)
    owner = np.repeat(requests, np.diff(own.start))
    start = starts(listed.kind, kinds.n_kinds)
    return own, owner, _found(start, listed.mentor, kinds.kind[owner], own.mentor, market.oracle.compiled)


def _found(
    start: NDArray[np.int64],
    rising: NDArray[np.int32],
    row: NDArray[np.integer],
    wanted: NDArray[np.int32],
    compiled: bool,
) -> NDArray[np.int64]:
    """Return where each of some numbers stands among the rising ones of its row, -1 where it does not. Shape (n,)."""
    place = np.empty(len(row), np.int64)
    find_in_rows.for_size(compiled)(start, rising, row.astype(np.int64), wanted, place)
    return place


def _own_pairs(market: Market, listed: Listed, requests: NDArray[np.int32]) -> Arcs:
    """Return the pairs of some requests one by one: those listed for their kinds, as their exceptions have them."""
    kinds, n = market.kinds, market.problem.n_mentors
    start = starts(listed.kind, kinds.n_kinds)
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
    asked, kinds = market.request, market.kinds
    among = np.zeros(kinds.n_kinds, np.bool_)
    among[listed.kind] = True
    some = (np.diff(kinds.exceptions.start)[asked] > 0) & among[kinds.kind[asked]]
    _, owner, place = _listed_exceptions(market, listed, asked[some].astype(np.intp))
    differs = np.zeros(market.problem.n_requests, np.bool_)
    differs[owner[place >= 0]] = True
    return differs
