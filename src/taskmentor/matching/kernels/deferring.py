"""Deferred acceptance: one side proposes, the other keeps the best it was offered until something better comes."""

from heapq import heappop, heappush

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

__all__ = ["Takers", "deferred_acceptance"]

NOTHING = -1


@frozen(eq=False, kw_only=True)
class Takers:
    """One side of a market: who takes how many arcs, and which they would rather have.

    Attributes:
        agent: Who takes each arc. Shape (n_arcs,).
        item: What of theirs it is for; at most one arc is taken for each item, and all arcs of an item are of one
            agent. Shape (n_arcs,).
        limit: How many arcs each agent takes, 1 or more for those who have any. Shape (n_agents,).
        order: A place of each arc, different for all: an agent would rather have a smaller one. Shape (n_arcs,).
    """

    agent: NDArray[np.int32]
    item: NDArray[np.int64]
    limit: NDArray[np.int32]
    order: NDArray[np.int64]


def deferred_acceptance(proposing: Takers, receiving: Takers) -> NDArray[np.bool_]:
    """Return the stable plan that is best for the side that proposes, as which arcs it uses.

    Nobody takes more than their limit or two arcs for one item, and there is no arc outside the plan for which both of
    its agents would give up what they must: nothing where they have room, else the worst they took, or what they took
    for the same item.

    Args:
        proposing: The side that proposes.
        receiving: The other side, of the same arcs.

    Complexity:
        O(p log p) for p arcs.

    Source:
        Gale and Shapley, "College admissions and the stability of marriage", American Mathematical Monthly 69 (1962).
        Agents with several items and one limit choose as a matroid does, greedily: Fleiner, "A fixed-point approach to
        stable matchings and some applications", Mathematics of Operations Research 28 (2003).
    """
    offers, kept = _Offers.of(proposing), _Kept.of(receiving)
    waiting = np.unique(proposing.agent)[::-1].tolist()
    while waiting:
        agent = waiting.pop()
        while (arc := offers.next(agent)) != NOTHING:
            lost = kept.offered(arc)
            if lost != NOTHING:
                waiting.append(offers.refused(lost))
    return kept.used


@define(eq=False)
class _Offers:
    """What the proposing side has not proposed yet.

    Attributes:
        side: The side.
        arc: The arcs by item, the best first. Shape (n_arcs,).
        next_of: Where the next arc of each item stands there. Shape (n_items,).
        end: Where the arcs of each item end. Shape (n_items,).
        heads: The best arc of each item that is not taken, as its order, in a heap for each agent.
        room: How many more arcs each agent would take. Shape (n_agents,).
    """

    side: Takers
    arc: NDArray[np.int64]
    next_of: NDArray[np.int64]
    end: NDArray[np.int64]
    by_order: NDArray[np.int64]
    heads: list[list[int]]
    room: list[int]

    @classmethod
    def of(cls, side: Takers) -> "_Offers":
        arc = np.lexsort((side.order, side.item))
        items = np.arange(int(side.item.max(initial=-1)) + 1)
        start = np.searchsorted(side.item[arc], items)
        end = np.searchsorted(side.item[arc], items, side="right")
        heads: list[list[int]] = [[] for _ in side.limit]
        first = np.sort(side.order[arc[start[start < end]]])  # what is sorted is a heap
        by_order = np.empty(len(arc), np.int64)
        by_order[side.order] = np.arange(len(arc))
        for agent, order in zip(side.agent[by_order[first]].tolist(), first.tolist(), strict=True):
            heads[agent].append(order)
        return cls(side, arc, start + 1, end, by_order, heads, side.limit.tolist())

    def next(self, agent: int) -> int:
        """Return the best arc that an agent with room has not proposed, and count it as taken."""
        if not self.room[agent] or not self.heads[agent]:
            return NOTHING
        self.room[agent] -= 1
        return int(self.by_order[heappop(self.heads[agent])])

    def refused(self, arc: int) -> int:
        """Return whose arc it was that is not taken after all; the next one for its item comes up."""
        agent, item = int(self.side.agent[arc]), self.side.item[arc]
        self.room[agent] += 1
        if (place := self.next_of[item]) < self.end[item]:
            self.next_of[item] += 1
            heappush(self.heads[agent], int(self.side.order[self.arc[place]]))
        return agent


@define(eq=False)
class _Kept:
    """What the receiving side has kept so far.

    Attributes:
        side: The side.
        used: Which arcs are kept. Shape (n_arcs,).
        worst: What each agent kept, as order and arc, the worst first; some of it may have been given up since.
        of_item: The arc kept for each item.
        room: How many more arcs each agent would keep.
    """

    side: Takers
    used: NDArray[np.bool_]
    worst: list[list[tuple[int, int]]]
    room: list[int]
    of_item: dict[int, int] = field(factory=dict)

    @classmethod
    def of(cls, side: Takers) -> "_Kept":
        return cls(side, np.zeros(len(side.agent), np.bool_), [[] for _ in side.limit], side.limit.tolist())

    def offered(self, arc: int) -> int:
        """Return which arc is given up, or refused, now that another one is offered; -1 where there is room for it."""
        agent, item, order = int(self.side.agent[arc]), int(self.side.item[arc]), self.side.order
        rival = self.of_item.get(item, NOTHING)
        if rival == NOTHING and self.room[agent]:
            self.room[agent] -= 1
        else:
            rival = self._worst(agent) if rival == NOTHING else rival
            if order[rival] < order[arc]:
                return arc
            self.used[rival] = False
            del self.of_item[int(self.side.item[rival])]
        self.used[arc], self.of_item[item] = True, arc
        heappush(self.worst[agent], (-int(order[arc]), arc))
        return rival

    def _worst(self, agent: int) -> int:
        """Return the worst arc that an agent keeps."""
        heap = self.worst[agent]
        while not self.used[heap[0][1]]:
            heappop(heap)
        return heap[0][1]
