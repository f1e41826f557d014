"""Rings: closed ways along arcs that meet nobody twice, of which those of more than some gain are written down."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import kernel

__all__ = ["FAR", "Ways", "rings_above"]

FAR = -(2**61)
"""Less than any gain that is asked for."""


class Ways(NamedTuple):
    """Arcs from one person to another, sorted by where they begin and then by where they lead.

    Attributes:
        start: Where the arcs of each person begin. Shape (n_people + 1,).
        head: Whom each arc leads to. Shape (n_arcs,).
        back: Where the arcs that lead to each person begin in `into`. Shape (n_people + 1,).
        into: All arcs, sorted by whom they lead to and then by whom they come from. Shape (n_arcs,).
        tail: Whom each of these comes from. Shape (n_arcs,).
    """

    start: NDArray[np.int64]
    head: NDArray[np.int64]
    back: NDArray[np.int64]
    into: NDArray[np.int64]
    tail: NDArray[np.int64]


@kernel
def _reach_back(
    ways: Ways, gain: NDArray[np.int64], first: int, reach: NDArray[np.int64], met: NDArray[np.int64]
) -> int:
    """Return from how many people the first one is reached, met in this order, and set what they gain at most.

    Args:
        ways: The arcs.
        gain: Of each arc, in the order of `into`. Shape (n_arcs,).
        first: Nobody below them is looked at.
        reach: Takes the most that at most so many arcs gain, from each person to the first; `FAR` where none lead
            there, to begin with everywhere. Shape (longest, n_people).
        met: Takes who was met. Shape (n_people,).
    """
    known = 0
    for steps in range(1, len(reach)):
        before = known
        for place in range(before):
            reach[steps, met[place]] = reach[steps - 1, met[place]]
        for place in range(1 if steps == 1 else before):
            middle = first if steps == 1 else met[place]
            beyond = 0 if steps == 1 else reach[steps - 1, middle]
            for entry in range(ways.back[middle + 1] - 1, ways.back[middle] - 1, -1):
                person = ways.tail[entry]
                if person <= first:
                    break
                if reach[steps, person] == FAR:
                    met[known] = person
                    known += 1
                reach[steps, person] = max(reach[steps, person], gain[entry] + beyond)
    return known


@kernel
def _of_first(
    ways: Ways,
    gain: NDArray[np.int64],
    first: int,
    least: int,
    reach: NDArray[np.int64],
    ring: NDArray[np.int64],
    worth: NDArray[np.int64],
    at: int,
) -> int:
    """Return how many rings of some gain have a person as their first, one more than there is room for at the most.

    Args:
        ways: The arcs.
        gain: Of each arc. Shape (n_arcs,).
        first: The person of the lowest number in the ring.
        least: Rings gain more than this.
        reach: As `_reach_back` sets it. Shape (longest, n_people).
        ring: Takes the arcs of the rings, -1 behind the last. Shape (n_room, longest).
        worth: Takes what they gain. Shape (n_room,).
        at: Where the room begins.
    """
    longest = len(reach)
    path, whom = np.full(longest, -1, np.int64), np.full(longest, first, np.int64)
    so_far, next_arc = np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    next_arc[0] = ways.start[first + 1] - 1
    depth, found = 0, 0
    while depth >= 0:
        arc = next_arc[depth]
        if arc < ways.start[whom[depth]] or ways.head[arc] < first:
            path[depth] = -1
            depth -= 1
            continue
        next_arc[depth] = arc - 1
        person, gained = ways.head[arc], so_far[depth] + gain[arc]
        path[depth] = arc
        if person == first:
            if gained > least:
                found += 1
                if at + found > len(worth):
                    return found
                ring[at + found - 1] = path
                worth[at + found - 1] = gained
        elif depth + 1 < longest:
            beyond = reach[longest - depth - 1, person]
            closes = beyond != FAR and gained + beyond > least
            for place in range(1, depth + 1):
                closes = closes and whom[place] != person
            if closes:
                depth += 1
                whom[depth], so_far[depth], next_arc[depth] = person, gained, ways.start[person + 1] - 1
    return found


@kernel
def rings_above(
    ways: Ways,
    gain: NDArray[np.int64],
    least: int,
    most: int,
    begin: int,
    ring: NDArray[np.int64],
    worth: NDArray[np.int64],
) -> tuple[int, int]:
    """Return with whom to go on, and how many rings that gain more than some amount were written down.

    Each ring is found once, from the person of the lowest number in it. The search pauses before a person whose rings
    do not fit what is left. Of a person whose rings do not fit all the room, some are taken where only few are kept
    anyway; else none is written down.

    Args:
        ways: The arcs.
        gain: Of each arc. Shape (n_arcs,).
        least: Rings gain more than this, `FAR` for all of them.
        most: Of the rings of one first person those that gain most are kept, so many.
        begin: The first person to begin with.
        ring: Takes the arcs of the rings one after the other, -1 behind the last. Shape (n_room, longest).
        worth: Takes what they gain. Shape (n_room,).

    Complexity:
        O(arcs x longest) for each first person, and O(longest) for each ring and the people on the way to it.
    """
    n = len(ways.start) - 1
    reach, met = np.full((ring.shape[1], n), FAR, np.int64), np.empty(n, np.int64)
    gain_into, at = gain[ways.into], 0
    for first in range(begin, n):
        known = _reach_back(ways, gain_into, first, reach, met)
        found = _of_first(ways, gain, first, least, reach, ring, worth, at)
        for place in range(known):
            for steps in range(len(reach)):
                reach[steps, met[place]] = FAR
        if at + found > len(worth):
            if at > 0 or most >= len(worth):
                return first, at
            found = len(worth)
        if found > most:
            order = np.argsort(-worth[at : at + found])[:most]
            ring[at : at + most] = ring[at : at + found][order]
            worth[at : at + most] = worth[at : at + found][order]
            found = most
        at += found
    return n, at
