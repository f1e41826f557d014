"""Rows added up, divided and rounded down, so that no whole choice breaks them and parts of rings do."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import kernel

__all__ = ["Parts", "rounded_rows"]


class Parts(NamedTuple):
    """Rings that are used in parts.

    Attributes:
        people: Who is in each ring, -1 behind the last. Shape (n_rings, longest).
        part: How much of each is used. Shape (n_rings,).
        start: Where the rings of each person begin in `ring`. Shape (n_people + 1,).
        ring: The rings of one person after the other.
    """

    people: NDArray[np.int64]
    part: NDArray[np.float64]
    start: NDArray[np.int64]
    ring: NDArray[np.int64]


@kernel
def _gained(parts: Parts, load: NDArray[np.int64], person: int, by: int, divisor: int) -> float:
    """Return by how much the rounded sum over all used parts rises if a person counts so much more."""
    gained = 0.0
    for entry in range(parts.start[person], parts.start[person + 1]):
        ring = parts.ring[entry]
        gained += ((load[ring] + by) // divisor - load[ring] // divisor) * parts.part[ring]
    return gained


@kernel
def _count(parts: Parts, load: NDArray[np.int64], times: NDArray[np.int64], person: int, by: int) -> None:
    """Let a person count so much more, in all their rings."""
    times[person] += by
    for entry in range(parts.start[person], parts.start[person + 1]):
        load[parts.ring[entry]] += by


@kernel
def _around(parts: Parts, times: NDArray[np.int64], met: NDArray[np.int64]) -> int:
    """Return how many people share a ring with those who count, and set who."""
    known, is_known = 0, np.zeros(len(times), np.bool_)
    for person in range(len(times)):
        if times[person] == 0:
            continue
        for entry in range(parts.start[person], parts.start[person + 1]):
            for other in parts.people[parts.ring[entry]]:
                if other >= 0 and not is_known[other]:
                    is_known[other] = True
                    met[known] = other
                    known += 1
    return known


@kernel
def _join(
    parts: Parts,
    load: NDArray[np.int64],
    times: NDArray[np.int64],
    met: NDArray[np.int64],
    lean: NDArray[np.float64],
    divisor: int,
) -> float:
    """Let the person count once more who adds most, now or soon, and return what that adds, -1 where there is none."""
    best, most = -1, -1.0
    for place in range(_around(parts, times, met)):
        person = met[place]
        if times[person] + 1 >= divisor:
            continue
        soon = lean[person]
        for entry in range(parts.start[person], parts.start[person + 1]):
            if load[parts.ring[entry]] > 0:
                soon += 0.3 * parts.part[parts.ring[entry]] / divisor
        worth = _gained(parts, load, person, 1, divisor) + soon
        if worth > most:
            best, most = person, worth
    if best < 0:
        return -1.0
    gained = _gained(parts, load, best, 1, divisor)
    _count(parts, load, times, best, 1)
    return gained


@kernel
def _swap(
    parts: Parts, load: NDArray[np.int64], times: NDArray[np.int64], met: NDArray[np.int64], divisor: int
) -> float:
    """Let somebody count once less and somebody else once more where that adds most, and return what it adds."""
    leaves, joins, most = -1, -1, 1e-6
    known = _around(parts, times, met)
    for person in range(len(times)):
        if times[person] == 0:
            continue
        lost = _gained(parts, load, person, -1, divisor)
        _count(parts, load, times, person, -1)
        for place in range(known):
            other = met[place]
            if other != person and times[other] + 1 < divisor:
                gained = lost + _gained(parts, load, other, 1, divisor)
                if gained > most:
                    leaves, joins, most = person, other, gained
        _count(parts, load, times, person, 1)
    if leaves < 0:
        return 0.0
    _count(parts, load, times, leaves, -1)
    _count(parts, load, times, joins, 1)
    return most


@kernel
def rounded_rows(
    parts: Parts, first: int, divisor: int, largest: int, lean: NDArray[np.float64], best: NDArray[np.int64]
) -> float:
    """Return by how much rings used in parts break a rounded sum of rows, 0 or less where none was found.

    The rows say that everybody is in one ring at the most. Each counts so often, the sum is divided and rounded down on
    both sides: whole rings keep that. It begins with the people of one ring; then the person who adds most joins, again
    and again, and people are exchanged as long as that adds anything.

    Args:
        parts: The rings.
        first: The ring to begin with.
        divisor: What sums are divided by, 2 or more.
        largest: Rows are added up until there are so many.
        lean: What speaks for each person beside what they add. Shape (n_people,).
        best: Takes how often each person's row counts. Shape (n_people,).

    Source:
        Chvátal, "Edmonds polytopes and a hierarchy of combinatorial problems", Discrete Mathematics 4 (1973). For rows
        of set packing: Jepsen, Petersen, Spoorendonk and Pisinger, "Subset-row inequalities applied to the
        vehicle-routing problem with time windows", Operations Research 56 (2008).

    Complexity:
        O(n^2) changes for n rows and those near them, for each of the rows that are added up.
    """
    times, load = np.zeros(len(lean), np.int64), np.zeros(len(parts.people), np.int64)
    met = np.empty(len(lean), np.int64)
    total, reached, most = 0, 0.0, 0.0
    for person in parts.people[first]:
        if person >= 0:
            reached += _gained(parts, load, person, 1, divisor)
            _count(parts, load, times, person, 1)
            total += 1
    while total <= largest:
        while total % divisor != divisor - 1:
            gained = _join(parts, load, times, met, lean, divisor)
            if gained < 0:
                return most
            reached, total = reached + gained, total + 1
        added = 1.0
        while added > 0:
            added = _swap(parts, load, times, met, divisor)
            reached += added
        if reached - total // divisor > most:
            most = reached - total // divisor
            best[:] = times
        gained = _join(parts, load, times, met, lean, divisor)
        if gained < 0:
            return most
        reached, total = reached + gained, total + 1
    return most
