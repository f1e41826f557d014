"""The reporting forest: who reports to whom, as columns, any number of levels deep."""

from functools import cached_property

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

__all__ = ["ReportingForest", "find_cycles"]

NOBODY = -1


def find_cycles(manager: NDArray[np.int32]) -> list[list[int]]:
    """Return every cycle of managers, each as person codes in the order of reporting, smallest code first.

    Args:
        manager: The code of each person's manager, -1 for nobody. Shape (n,).

    Complexity:
        O(n).
    """
    cycles = []
    seen = np.zeros(len(manager), np.int32)  # 0: not yet, else the walk it was first met on
    for walk, start in enumerate(np.flatnonzero(~_reaches_root(manager)).tolist(), start=1):
        code = start
        while seen[code] == 0:
            seen[code] = walk
            code = int(manager[code])
        if seen[code] == walk:
            cycles.append(_cycle_from(manager, code))
    return cycles


def _cycle_from(manager: NDArray[np.int32], code: int) -> list[int]:
    cycle = [code]
    while (above := int(manager[cycle[-1]])) != code:
        cycle.append(above)
    smallest = cycle.index(min(cycle))
    return cycle[smallest:] + cycle[:smallest]


def _reaches_root(manager: NDArray[np.int32]) -> NDArray[np.bool_]:
    # Jumping to the manager's manager halves what is left: n people need at most log2(n) rounds.
    above = np.append(manager, NOBODY)
    for _ in range(max(1, len(manager)).bit_length()):
        above = above[above]
    return above[:-1] == NOBODY


@frozen(eq=False)
class ReportingForest:
    """Who reports to whom on one day.

    Attributes:
        manager: The code of each person's manager, -1 for nobody. No cycles. Shape (n,).
    """

    manager: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.manager)

    @cached_property
    def _levels(self) -> tuple[NDArray[np.int32], ...]:
        """The people of each depth, those without a manager first."""
        start, children = self._children
        levels = []
        level = np.flatnonzero(self.manager == NOBODY).astype(np.int32)
        while len(level):
            levels.append(level)
            counts = start[level + 1] - start[level]
            offsets = np.repeat(start[level] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
            level = children[offsets]
        return tuple(levels)

    @cached_property
    def _children(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        children = np.argsort(self.manager, kind="stable").astype(np.int32)
        start = np.searchsorted(self.manager[children], np.arange(len(self) + 1)).astype(np.int64)
        return start, children

    @cached_property
    def depth(self) -> NDArray[np.int32]:
        """Return how many managers stand above each person. Shape (n,)."""
        depth = np.zeros(len(self), np.int32)
        for number, level in enumerate(self._levels):
            depth[level] = number
        return depth

    @cached_property
    def span(self) -> NDArray[np.int32]:
        """Return how many people report directly to each person. Shape (n,)."""
        reports = self.manager[self.manager != NOBODY]
        return np.bincount(reports, minlength=len(self)).astype(np.int32)

    @cached_property
    def size(self) -> NDArray[np.int32]:
        """Return how many people stand in each person's team, all levels down, the person included. Shape (n,)."""
        size = np.ones(len(self), np.int32)
        for level in reversed(self._levels[1:]):
            np.add.at(size, self.manager[level], size[level])
        return size

    @cached_property
    def enter(self) -> NDArray[np.int32]:
        """Return each person's place in a walk that visits everybody's team right after them. Shape (n,).

        The team of person `i`, herself included, has the places `enter[i]` to `enter[i] + size[i] - 1`, so one
        interval answers whether somebody stands in the line of managers above somebody else.
        """
        enter = np.zeros(len(self), np.int32)
        for number, level in enumerate(self._levels):
            sizes = self.size[level]
            before = np.cumsum(sizes) - sizes
            if number == 0:
                enter[level] = before
                continue
            above = self.manager[level]
            first_of_team = np.flatnonzero(np.append(True, above[1:] != above[:-1]))
            team = np.cumsum(np.append(True, above[1:] != above[:-1])) - 1
            enter[level] = enter[above] + 1 + before - before[first_of_team][team]
        return enter

    def is_above(self, manager: NDArray[np.integer], person: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return whether each manager stands anywhere in the line above each person; nobody stands above herself.

        Args:
            manager: Person codes, of any shape that broadcasts with `person`.
            person: Person codes.
        """
        place = self.enter[person]
        return (self.enter[manager] < place) & (place < self.enter[manager] + self.size[manager])

    def line(self, person: int) -> list[int]:
        """Return the managers above one person, nearest first."""
        line: list[int] = []
        above = int(self.manager[person])
        while above != NOBODY:
            line.append(above)
            above = int(self.manager[above])
        return line

    def team(self, person: int, *, levels: int | None = None) -> NDArray[np.int32]:
        """Return the codes of everybody below one person, in code order.

        Args:
            person: The code of the manager.
            levels: How many levels down; None for all, 1 for direct reports only.
        """
        place = self.enter
        inside = (place > place[person]) & (place < place[person] + self.size[person])
        if levels is not None:
            inside &= self.depth <= self.depth[person] + levels
        return np.flatnonzero(inside).astype(np.int32)

    @cached_property
    def _lifted(self) -> tuple[NDArray[np.int32], ...]:
        """Each person's manager 1, 2, 4, 8, ... steps up; roots stay where they are."""
        above = np.where(self.manager == NOBODY, np.arange(len(self)), self.manager).astype(np.int32)
        lifted = [above]
        for _ in range(int(self.depth.max(initial=0)).bit_length() - 1):
            lifted.append(lifted[-1][lifted[-1]])
        return tuple(lifted)

    def distance(self, one: NDArray[np.integer], other: NDArray[np.integer]) -> NDArray[np.int32]:
        """Return how many reporting steps lie between two people; -1 where they are in different trees.

        Args:
            one: Person codes, of any shape that broadcasts with `other`.
            other: Person codes.

        Complexity:
            O(log depth) for each pair.
        """
        one, other = np.broadcast_arrays(np.asarray(one, np.int32), np.asarray(other, np.int32))
        steps = self.depth[one] + self.depth[other]
        low = one
        for jump in reversed(self._lifted):
            higher = jump[low]
            low = np.where(self._holds(higher, other), low, higher)
        common = np.where(self._holds(low, other), low, self._lifted[0][low])
        apart = ~self._holds(common, other)
        return np.where(apart, NOBODY, steps - 2 * self.depth[common]).astype(np.int32)

    def _holds(self, top: NDArray[np.integer], person: NDArray[np.integer]) -> NDArray[np.bool_]:
        place = self.enter[person]
        return (self.enter[top] <= place) & (place < self.enter[top] + self.size[top])
