"""Teach-learn cycles: every ring of pairs in which each person learns from the next, up to so many people."""

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import TooLargeError
from taskmentor.matching.listing import Listing
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import CycleRows

__all__ = ["Cycles", "cycles_of", "in_cycles", "short_cycles"]

_MOST_CYCLES = 1_000_000


@frozen(eq=False, kw_only=True)
class Cycles:
    """Rings of pairs, each a choice of its own: a pair is used as often as rings that it is part of.

    Attributes:
        arc: The pairs of each ring one after the other; those beyond the given ones are pinned. Shape (n_entries,).
        ring: The ring of each. Shape (n_entries,).
        n_rings: How many there are.
        n_pins: How many pinned pairs there are, of which each must be in a ring.
    """

    arc: NDArray[np.int64]
    ring: NDArray[np.int64]
    n_rings: int
    n_pins: int


def cycles_of(problem: Problem, arcs: Arcs, *, who: str) -> Cycles | None:
    """Return all rings that some pairs form, None where no constraint asks for them.

    Args:
        problem: The problem.
        arcs: The pairs.
        who: Whom a refusal names.

    Raises:
        TooLargeError: If there are more than a million.
    """
    shapes = [one.shape for one in problem.constraints if isinstance(one.shape, CycleRows)]
    if not shapes:
        return None
    longest = min(shape.longest for shape in shapes)
    pins = np.flatnonzero(problem.pinned >= 0)
    request = np.append(arcs.request, pins.astype(np.int32))
    mentor = np.append(arcs.mentor, problem.pinned[pins])
    rings = []
    for ring in _rings(shapes[0], request, mentor, longest):
        rings.append(ring)
        if len(rings) > _MOST_CYCLES:
            raise TooLargeError(who, "teach-learn cycles", len(rings), _MOST_CYCLES, "match fewer requests at a time")
    return Cycles(
        arc=np.array([arc for ring in rings for arc in ring], np.int64),
        ring=np.repeat(np.arange(len(rings)), [len(ring) for ring in rings]).astype(np.int64),
        n_rings=len(rings),
        n_pins=len(pins),
    )


def _rings(
    shape: CycleRows, request: NDArray[np.integer], mentor: NDArray[np.integer], longest: int
) -> Iterator[tuple[int, ...]]:
    """Give every ring once, as the pairs from its first person on, the one of the lowest code."""
    lessons: dict[int, list[tuple[int, int]]] = {}  # of each learner: pair and teacher
    for arc, (learner, teacher) in enumerate(
        zip(shape.learner[request].tolist(), shape.teacher[mentor].tolist(), strict=True)
    ):
        lessons.setdefault(learner, []).append((arc, teacher))
    for first in sorted(lessons):
        yield from _closed(lessons, first, first, (), frozenset(), longest)


def _closed(
    lessons: dict[int, list[tuple[int, int]]],
    first: int,
    person: int,
    so_far: tuple[int, ...],
    between: frozenset[int],
    longest: int,
) -> Iterator[tuple[int, ...]]:
    for arc, teacher in lessons.get(person, ()):
        if teacher == first and so_far:
            yield (*so_far, arc)
        elif teacher > first and teacher not in between and len(so_far) + 2 <= longest:
            yield from _closed(lessons, first, teacher, (*so_far, arc), between | {teacher}, longest)


def short_cycles(problem: Problem, chosen: Arcs) -> bool:
    """Return whether chosen pairs, with the pinned ones, form no ring of too many people."""
    pins = np.flatnonzero(problem.pinned >= 0)
    request, mentor = np.append(chosen.request, pins.astype(np.int32)), np.append(chosen.mentor, problem.pinned[pins])
    shapes = [one.shape for one in problem.constraints if isinstance(one.shape, CycleRows)]
    return not any(shape.too_long(request, mentor) for shape in shapes)


def in_cycles(n_arcs: int, cycles: Cycles) -> Listing:
    """Return the rows that say that a pair is used as often as the rings that it is part of, which follow the pairs.

    Pinned pairs, which are no columns, are used once.
    """
    arc = np.append(np.arange(n_arcs), cycles.arc)
    column = np.append(np.arange(n_arcs), n_arcs + cycles.ring)
    amount = np.append(np.ones(n_arcs, np.int64), np.full(len(cycles.ring), -1, np.int64))
    order = np.argsort(arc, kind="stable")
    n_rows = n_arcs + cycles.n_pins
    used = np.append(np.zeros(n_arcs, np.int64), np.full(cycles.n_pins, -1, np.int64))
    return Listing(
        arc=column[order],
        amount=amount[order],
        start=np.searchsorted(arc[order], np.arange(n_rows + 1)).astype(np.int64),
        low=used,
        high=used,
        constraint=np.full(n_rows, -1, np.int64),
        row=np.arange(n_rows, dtype=np.int64),
    )
