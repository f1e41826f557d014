"""Whether prices cover every ring of people who teach each other, found by walking from person to person.

Where everybody learns once and teaches once, in rings, a plan is made of rings. So prices need not cover every pair: it
is enough that the pairs of every ring are not worth more together than what they are priced at together. This shares no
code with what finds rings for a strategy. It reads pairs as `all_pairs` does.
"""

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, TooLargeError
from taskmentor.matching.all_pairs import Holders, every_pair
from taskmentor.matching.duals import Duals, charged
from taskmentor.matching.problem import Problem
from taskmentor.matching.rows import CycleRows

__all__ = ["UncoveredRing", "asks_for_rings", "uncovered_rings"]

_MOST_PAIRS = 20_000_000
"""Qualified pairs that are looked at, at the most."""

_MOST_STEPS = 2_000_000_000
"""Steps that walks could take, at the most."""

_BLOCK = 1 << 20
"""Steps that numpy looks at together."""

_LARGEST = 2**62

Numbers = NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class UncoveredRing:
    """The pairs of a ring that are worth more than they are priced at.

    Attributes:
        request: Places of the requests, each of whom the next one teaches. Shape (n,).
        mentor: Places of their mentors. Shape (n,).
        over: By how many parts of a point.
    """

    request: Numbers
    mentor: Numbers
    over: int


def asks_for_rings(problem: Problem) -> bool:
    """Return whether a constraint says that plans are made of rings."""
    return any(isinstance(one.shape, CycleRows) for one in problem.constraints)


def uncovered_rings(problem: Problem, duals: Duals, holders: Holders) -> list[UncoveredRing]:
    """Return different rings that prices do not cover, those that walks from each person meet.

    There is none exactly where no ring of eligible pairs is uncovered. A closed walk of so many pairs is made of rings
    of as many or fewer, so one that is worth more than its price has a ring in it that is too; and a sum above 0 can
    be begun somewhere so that all its beginnings are above 0 (Raney 1960), so walks that come to nothing are given up.

    Pinned pairs are in rings too, and are neither worth nor charged anything there: the bound counts them apart.
    Whoever learns or teaches in one does so in no other pair, as nobody does so twice.

    Args:
        problem: The problem, with a constraint that asks for cycles.
        duals: The prices.
        holders: Everybody who offers places, with the skills they hold.

    Raises:
        TooLargeError: If there are too many pairs or steps.
        CostRangeError: If sums over a ring could exceed whole numbers of 62 bits.

    Complexity:
        O(pairs) for the pairs, and for each person O(pairs of those whom they can reach) for each person of a ring
        beyond the first.
    """
    if (size := problem.n_qualified()) > _MOST_PAIRS:
        raise TooLargeError("verify", "qualified pairs under cycles", size, _MOST_PAIRS, "match fewer requests")
    roads = _roads(problem, duals, holders)
    steps = roads.n_steps
    if steps > _MOST_STEPS:
        raise TooLargeError(
            "verify", "steps around cycles", steps, _MOST_STEPS, "match fewer requests or shorter cycles"
        )
    found = (ring for first in roads.blocks() for ring in _closed(roads, first))
    return list({tuple(sorted(ring.request.tolist())): ring for ring in found}.values())


@frozen(eq=False, kw_only=True)
class _Roads:
    """From each person who learns to each who could teach them, the pair that is worth most beyond its prices.

    Attributes:
        learner: Rising. Shape (n,).
        teacher: Rising for each learner. Shape (n,).
        over: What the pair is worth beyond its prices. Shape (n,).
        request: Shape (n,).
        mentor: Shape (n,).
        start: Where those of each person begin. Shape (n_people + 1,).
        longest: How many people a ring has at most.
    """

    learner: Numbers
    teacher: Numbers
    over: Numbers
    request: Numbers
    mentor: Numbers
    start: Numbers
    longest: int

    @property
    def n_people(self) -> int:
        return len(self.start) - 1

    @property
    def n_steps(self) -> int:
        """Return how many steps walks could take at the most."""
        lengths, ways = self.longest, np.ones(self.n_people)
        for _ in range(lengths - 1):
            onward = np.zeros(self.n_people)
            np.add.at(onward, self.learner, np.minimum(ways[self.teacher], len(self.teacher)))
            ways = onward
        return int(np.minimum(ways, len(self.teacher) * max(lengths - 2, 1)).sum())

    def find(self, learner: Numbers, teacher: Numbers) -> Numbers:
        """Return the road from each learner to a teacher, -1 where there is none."""
        keys = self.learner * self.n_people + self.teacher
        wanted = learner * self.n_people + teacher
        place = np.searchsorted(keys, wanted)
        there = keys[np.minimum(place, len(keys) - 1)] == wanted
        return np.where(there, place, -1)

    def blocks(self) -> Iterator[Numbers]:
        """Return everybody who learns, in groups whose first steps are not too many together."""
        people = np.flatnonzero(np.diff(self.start))
        onward = np.diff(self.start)
        second = np.zeros(self.n_people, np.int64)
        np.add.at(second, self.learner, onward[self.teacher])
        yield from np.split(people, np.flatnonzero(np.diff(np.cumsum(second[people]) // _BLOCK)) + 1)


def _roads(problem: Problem, duals: Duals, holders: Holders) -> _Roads:
    shapes = [one.shape for one in problem.constraints if isinstance(one.shape, CycleRows)]
    shape, longest = shapes[0], min(one.longest for one in shapes)
    request, mentor, over = _worth_beyond(problem, duals, holders, longest)
    pins = np.flatnonzero(problem.pinned >= 0)
    learner, teacher = shape.learner[request], shape.teacher[mentor]
    busy = np.isin(learner, shape.learner[pins]) | np.isin(teacher, shape.teacher[problem.pinned[pins]])
    request, mentor = np.append(request[~busy], pins), np.append(mentor[~busy], problem.pinned[pins])
    over = np.append(over[~busy], np.zeros(len(pins), np.int64))
    learner, teacher = shape.learner[request].astype(np.int64), shape.teacher[mentor].astype(np.int64)
    order = np.lexsort((-over, teacher, learner))
    key = (learner * shape.n_people + teacher)[order]
    best = order[np.append(True, key[1:] != key[:-1])[: len(key)]]
    return _Roads(
        learner=learner[best],
        teacher=teacher[best],
        over=over[best],
        request=request[best].astype(np.int64),
        mentor=mentor[best].astype(np.int64),
        start=np.searchsorted(learner[best], np.arange(shape.n_people + 1)).astype(np.int64),
        longest=longest,
    )


def _worth_beyond(
    problem: Problem, duals: Duals, holders: Holders, longest: int
) -> tuple[NDArray[np.integer], NDArray[np.integer], Numbers]:
    """Return all pairs that a plan could have and that are not pinned, with what each is worth beyond its prices."""
    relaxed = charged(problem, duals)
    heaviest = max(relaxed.count_weight + max(map(abs, relaxed.score_bounds)), 1)
    if 8 * longest * longest * heaviest > _LARGEST:
        raise CostRangeError("what rings are worth", 8 * longest * longest * heaviest, _LARGEST)
    request, mentor, worth = every_pair(relaxed, relaxed.free, holders)
    # A price of what a whole ring could be worth covers it, so that higher ones are cut there.
    paid = [np.minimum(price, longest * heaviest) for price in (duals.request, duals.mentee, duals.mentor)]
    over = worth - paid[0][request] - paid[1][problem.mentee[request]] - paid[2][mentor]
    could = (problem.limit[problem.mentee[request]] > 0) & (problem.capacity[mentor] > 0)
    if problem.objective == "score":
        asked, offered, score = every_pair(problem, problem.free, holders)
        poor = score <= 0
        keys = asked[poor].astype(np.int64) * problem.n_mentors + offered[poor]
        could &= ~np.isin(request.astype(np.int64) * problem.n_mentors + mentor, keys)
    return request[could], mentor[could], over[could]


def _closed(roads: _Roads, first: Numbers) -> Iterator[UncoveredRing]:
    """Return an uncovered ring for each of some people from whom a walk comes back with more than it cost."""
    whose, at, over = first, first, np.zeros(len(first), np.int64)
    path = np.zeros((len(first), 0), np.int64)
    for length in range(1, roads.longest + 1):
        home = roads.find(at, whose)
        gained = over + np.where(home >= 0, roads.over[home], 0)
        for walk in np.flatnonzero((home >= 0) & (gained > 0)).tolist():
            yield _ring(roads, [*path[walk].tolist(), int(home[walk])])
        if length < roads.longest:
            whose, at, over, path = _further(roads, whose, at, over, path)


def _ring(roads: _Roads, walk: list[int]) -> UncoveredRing:
    """Return the first ring in a closed walk that is worth more than its price, as the walk is."""
    way: list[int] = []
    ring: list[int] = []
    for road in walk:
        way.append(road)
        met = [place for place, before in enumerate(way) if roads.learner[before] == roads.teacher[road]]
        ring = way[met[0] :] if met else []
        if sum(roads.over[ring].tolist()) > 0:
            break
        del way[len(way) - len(ring) :]
    found = np.array(ring, np.int64)
    return UncoveredRing(request=roads.request[found], mentor=roads.mentor[found], over=int(roads.over[found].sum()))


def _further(
    roads: _Roads, whose: Numbers, at: Numbers, over: Numbers, path: Numbers
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return the walks one step further that are still above 0, the best one from each person to each other."""
    count = np.diff(roads.start)[at]
    walk = np.repeat(np.arange(len(at)), count)
    road = np.arange(count.sum()) + np.repeat(roads.start[at] - np.cumsum(count) + count, count)
    sums = over[walk] + roads.over[road]
    kept = np.flatnonzero((sums > 0) & (roads.teacher[road] != whose[walk]))
    walk, road, sums = walk[kept], road[kept], sums[kept]
    key = whose[walk] * roads.n_people + roads.teacher[road]
    order = np.lexsort((-sums, key))
    best = order[np.append(True, np.diff(key[order]) != 0)[: len(order)]]
    walk, road = walk[best], road[best]
    return whose[walk], roads.teacher[road], sums[best], np.column_stack([path[walk], road])
