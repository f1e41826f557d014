"""Mentees' consented wishes about their mentor, as a level of the objective of its own."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import CategoryPoints, CompiledScorer
from taskmentor.models.preferences import Side

__all__ = ["WISH", "WishLevel", "wish_shape", "with_wish"]

WISH = "wish"
"""What the level of wishes is called among scorers; it heads no column and is no part of a score."""

WishLevel = Literal["after-score", "before-score", "unused"]
"""Where wishes stand among the levels of `requests-then-score`."""


def wish_shape(pool: Pool) -> CategoryPoints | None:
    """Return 1 for each pair in which the mentor has what the mentee wishes for, None where nobody wishes anything.

    One of several wishes is enough. Only what both consented to on the day counts.
    """
    said = pool.organisation.wishes.holding(pool.on)
    sets: dict[Side, dict[int, frozenset[int]]] = {side: {} for side in Side}
    columns = (said.person.tolist(), said.side.tolist(), said.characteristic.codes.tolist())
    for person, side, characteristic in zip(*columns, strict=True):
        own = sets[Side(side)]
        own[person] = own.get(person, frozenset()) | {characteristic}
    wished, request = _grouped(sets[Side.MENTEE], pool.mentees)
    shown, mentor = _grouped(sets[Side.MENTOR], pool.mentors)
    if len(wished) == 1:
        return None
    table = np.array([[int(bool(one & other)) for other in shown] for one in wished], np.int64)
    return CategoryPoints(request, mentor, table)


def _grouped(
    sets: Mapping[int, frozenset[int]], people: NDArray[np.int32]
) -> tuple[list[frozenset[int]], NDArray[np.int32]]:
    """Return the different sets of some people, the empty one first, and the place of each person's."""
    wanted = {code: sets[code] for code in np.unique(people).tolist() if code in sets}
    different = [frozenset(), *sorted(set(wanted.values()), key=sorted)]
    place_of = {one: place for place, one in enumerate(different)}
    place = np.zeros(int(people.max(initial=-1)) + 1, np.int32)
    for code, own in wanted.items():
        place[code] = place_of[own]
    return different, place[people]


def with_wish(
    scorers: tuple[CompiledScorer, ...], shape: CategoryPoints, level: WishLevel, *, n_places: int
) -> tuple[CompiledScorer, ...]:
    """Return scorers and wishes in whole numbers of which no sum of the lower level outweighs one step of the upper.

    Args:
        scorers: The scorers of the policy.
        shape: 1 for each pair that meets a wish.
        level: Which of the two is the upper one.
        n_places: How many pairs a plan has at the most.
    """
    if level == "after-score":
        raised = tuple(CompiledScorer(one.name, one.weight * (1 + n_places), one.shape) for one in scorers)
        return (*raised, CompiledScorer(WISH, 1, shape))
    spread = sum(high - low for low, high in (scorer.bounds for scorer in scorers))
    return (*scorers, CompiledScorer(WISH, 1 + n_places * spread, shape))
