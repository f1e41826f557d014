"""The reporting forest: who reports to whom, as columns, any number of levels deep.

Nothing here recurses or goes level by level: each person's manager 1, 2, 4, 8, ... steps up is enough to know depths,
teams and distances, so a chain of 100,000 people takes no longer than a flat organisation of that size.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.models.tables import hold_read_only, read_only

__all__ = ["NOBODY", "DatedCycle", "ReportingForest", "find_cycles", "find_dated_cycles"]

NOBODY = -1


def find_cycles(manager: NDArray[np.int32]) -> list[list[int]]:
    """Return every cycle of managers, each as person codes in the order of reporting, smallest code first.

    Args:
        manager: The code of each person's manager, -1 for nobody. Shape (n,).

    Complexity:
        O(n log n).
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


def _cycle_from(manager: Sequence[int] | NDArray[np.int32], code: int) -> list[int]:
    cycle = [code]
    while (above := int(manager[cycle[-1]])) != code:
        cycle.append(above)
    smallest = cycle.index(min(cycle))
    return cycle[smallest:] + cycle[:smallest]


def _reaches_root(manager: NDArray[np.int32]) -> NDArray[np.bool_]:
    # Jumping to the manager's manager halves what is left: n people need at most log2(n) + 1 rounds.
    above = np.append(manager, NOBODY)
    for _ in range(len(above).bit_length()):
        above = above[above]
    reaches: NDArray[np.bool_] = above[:-1] == NOBODY
    return reaches


@frozen(kw_only=True)
class DatedCycle:
    """A cycle of managers that closes on a day.

    Attributes:
        on: The first day on which it holds.
        people: Person codes in the order of reporting, smallest code first.
        rows: The dated reporting lines that take part in it.
    """

    on: np.datetime64
    people: tuple[int, ...]
    rows: tuple[int, ...]


def find_dated_cycles(
    otherwise: NDArray[np.int32],
    person: NDArray[np.int32],
    manager: NDArray[np.int32],
    from_on: NDArray[np.datetime64],
    until_on: NDArray[np.datetime64],
) -> Iterator[DatedCycle]:
    """Return every cycle of managers that closes on some day, in the order of days.

    A cycle can only close on a day on which somebody gets a manager, so only their lines are walked on that day.

    Args:
        otherwise: The managers of those who stand in no row. No cycles. Shape (n_people,).
        person: Person codes. Shape (n,).
        manager: Person codes. Shape (n,).
        from_on: First day of the row. Shape (n,).
        until_on: Last day of the row, NaT for open end. Shape (n,).

    Complexity:
        O(n log n + n depth).
    """
    first = otherwise.copy()
    first[person] = NOBODY
    managers, holds = first.tolist(), np.full(len(first), NOBODY).tolist()
    people, above = person.tolist(), manager.tolist()
    ending = [row for row in np.argsort(until_on, kind="stable").tolist() if not np.isnat(until_on[row])][::-1]
    by_day = np.argsort(from_on, kind="stable")
    days, first_row = np.unique(from_on[by_day], return_index=True)
    for day, rows in zip(days, np.split(by_day, first_row[1:]), strict=False):
        while ending and until_on[ending[-1]] < day:
            row = ending.pop()
            if holds[people[row]] == row:
                managers[people[row]] = holds[people[row]] = NOBODY
        for row in rows.tolist():
            managers[people[row]], holds[people[row]] = above[row], row
        for cycle in _cycles_through(managers, dict.fromkeys(person[rows].tolist())):
            yield DatedCycle(on=day, people=tuple(cycle), rows=tuple(holds[c] for c in cycle if holds[c] != NOBODY))
            for code in cycle:
                managers[code] = NOBODY


def _cycles_through(managers: Sequence[int], starts: Iterable[int]) -> Iterator[list[int]]:
    """Return the cycles that are reached from some people, each of whom is named once."""
    seen: dict[int, int] = {}
    for start in starts:
        code = start
        while code != NOBODY and code not in seen:
            seen[code] = start
            code = managers[code]
        if code != NOBODY and seen[code] == start:
            yield _cycle_from(managers, code)


@frozen(eq=False)
class ReportingForest:
    """Who reports to whom on one day.

    Attributes:
        manager: The code of each person's manager, -1 for nobody. No cycles. Shape (n,).
    """

    manager: NDArray[np.int32]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.manager)

    @cached_property
    def _jumps(self) -> tuple[NDArray[np.int32], ...]:
        """Each person's manager 1, 2, 4, ... steps up; n, which stands above itself, for nobody; n + 1 places each."""
        nobody = len(self)
        jump = np.append(np.where(self.manager == NOBODY, nobody, self.manager), nobody).astype(np.int32)
        jumps = [jump]
        while (jumps[-1] != nobody).any() and len(jumps) <= nobody.bit_length():
            jumps.append(jumps[-1][jumps[-1]])
        return tuple(jumps)

    def _summed_upwards(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return, for each person, the sum of a number over the person and the whole line above."""
        total = np.append(steps, 0)
        for jump in self._jumps:
            total = total + total[jump]
        return total[:-1]

    @cached_property
    def depth(self) -> NDArray[np.int32]:
        """Return how many managers stand above each person. Shape (n,)."""
        return read_only((self._summed_upwards(np.ones(len(self), np.int64)) - 1).astype(np.int32))

    @cached_property
    def span(self) -> NDArray[np.int32]:
        """Return how many people report directly to each person. Shape (n,)."""
        reports = self.manager[self.manager != NOBODY]
        return read_only(np.bincount(reports, minlength=len(self)).astype(np.int32))

    @cached_property
    def size(self) -> NDArray[np.int32]:
        """Return how many people stand in each person's team, all levels down, the person included. Shape (n,)."""
        # Who stands less than 2 d steps below: those less than d steps below, and those of everybody exactly d below.
        size = np.ones(len(self) + 1, np.int64)
        for jump in self._jumps:
            size = size + np.bincount(jump, weights=size, minlength=len(size)).astype(np.int64)
            size[-1] = 0
        return read_only(size[:-1].astype(np.int32))

    @cached_property
    def enter(self) -> NDArray[np.int32]:
        """Return each person's place in a walk that visits everybody's team right after them. Shape (n,).

        The team of person `i`, herself included, has the places `enter[i]` to `enter[i] + size[i] - 1`, so one
        interval answers whether somebody stands in the line of managers above somebody else.
        """
        order = np.argsort(self.manager, kind="stable")
        above, sizes = self.manager[order], self.size[order].astype(np.int64)
        before = np.cumsum(sizes) - sizes
        first = np.flatnonzero(np.diff(above, prepend=NOBODY - 1))
        sibling = before - np.repeat(before[first], np.diff(first, append=len(order)))
        step = np.empty(len(self), np.int64)
        step[order] = sibling + (above != NOBODY)
        return read_only(self._summed_upwards(step).astype(np.int32))

    def is_above(self, manager: NDArray[np.integer], person: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return whether each manager stands anywhere in the line above each person; nobody stands above herself.

        Args:
            manager: Person codes, of any shape that broadcasts with `person`.
            person: Person codes.
        """
        place = self.enter[person]
        above: NDArray[np.bool_] = (self.enter[manager] < place) & (place < self.enter[manager] + self.size[manager])
        return above

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

    def distance(self, one: NDArray[np.integer], other: NDArray[np.integer]) -> NDArray[np.int32]:
        """Return how many reporting steps lie between two people; -1 where they are in different trees.

        Args:
            one: Person codes, of any shape that broadcasts with `other`.
            other: Person codes.

        Complexity:
            O(log depth) for each pair.
        """
        one, other = np.broadcast_arrays(np.asarray(one, np.int32), np.asarray(other, np.int32))
        low = one
        for jump in reversed(self._jumps):
            higher = jump[low]
            low = np.where((higher != len(self)) & ~self._holds(higher, other), higher, low)
        common = np.where(self._holds(low, other), low, self._jumps[0][low])
        known = np.minimum(common, len(self) - 1)
        steps = self.depth[one] + self.depth[other] - 2 * self.depth[known]
        return np.where(common == len(self), NOBODY, steps).astype(np.int32)

    def _holds(self, top: NDArray[np.integer], person: NDArray[np.integer]) -> NDArray[np.bool_]:
        place, top = self.enter[person], np.minimum(top, len(self) - 1)
        holds: NDArray[np.bool_] = (self.enter[top] <= place) & (place < self.enter[top] + self.size[top])
        return holds
