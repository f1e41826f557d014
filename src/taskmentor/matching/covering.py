"""Prices of requests and mentees that go with prices of mentors and of rows, over all eligible pairs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals, charged
from taskmentor.matching.pricing import next_places
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import UNLIMITED, RowPrices

__all__ = ["UNITS", "covering_duals", "lawful_prices", "near_arcs"]

UNITS = (1, 4096)
"""In which parts of a point prices are tried: whole ones, which prove flows to the point, and fine ones."""


def lawful_prices(problem: Problem, rows: Sequence[RowPrices]) -> tuple[RowPrices, ...]:
    """Return prices of rows with those left out that charge for a limit which the row does not have."""
    kept = []
    for constraint, prices in zip(problem.constraints, rows, strict=True):
        low, high = constraint.shape.limits(prices.row)
        lawful = np.where(prices.price > 0, high < UNLIMITED, low > -UNLIMITED)
        kept.append(RowPrices.of(prices.row[lawful], prices.price[lawful]))
    return tuple(kept)


def covering_duals(problem: Problem, mentor: NDArray[np.int64], rows: tuple[RowPrices, ...], *, unit: int = 1) -> Duals:
    """Return the best prices of requests and mentees for some prices of mentors and rows.

    Args:
        problem: The problem.
        mentor: In parts of a point, 0 or more. Shape (n_mentors,).
        rows: In parts of a point, for each constraint.
        unit: In which parts of a point they are.

    Complexity:
        O(eligible pairs), in blocks.
    """
    none = np.zeros(0, np.int64)
    relaxed = charged(problem, Duals(request=none, mentee=none, mentor=mentor, rows=rows, unit=unit))
    top = np.zeros(problem.n_requests, np.int64)
    for arcs in relaxed.usable():
        net = arcs.weight - mentor[arcs.mentor]
        begins = np.flatnonzero(np.diff(arcs.request, prepend=-1))
        if len(begins):
            asked = arcs.request[begins]
            top[asked] = np.maximum(top[asked], np.maximum.reduceat(net, begins))
    mentee = next_places(top, problem.mentee, problem.limit)
    request = np.maximum(top - mentee[problem.mentee], 0)
    request[problem.pinned >= 0] = 0
    return Duals(request=request, mentee=mentee, mentor=mentor, rows=rows, unit=unit)


def near_arcs(problem: Problem, duals: Duals, within: int, *, most: int) -> Arcs:
    """Return the pairs whose weight is within some points of what they are priced at, the nearest of each request.

    Args:
        problem: The problem.
        duals: Prices that cover every pair.
        within: Points; below it nothing is left out, but for `most`.
        most: How many pairs each request has at most.

    Complexity:
        O(eligible pairs), in blocks.
    """
    relaxed = charged(problem, duals)
    blocks = [_near(problem, relaxed, duals, arcs, within, most) for arcs in problem.usable()]
    return Arcs(
        request=np.concatenate([arcs.request for arcs in blocks]),
        mentor=np.concatenate([arcs.mentor for arcs in blocks]),
        weight=np.concatenate([arcs.weight for arcs in blocks]),
    )


def _near(problem: Problem, relaxed: Problem, duals: Duals, arcs: Arcs, within: int, most: int) -> Arcs:
    level = problem.levels(arcs.request, arcs.mentor)
    weight = relaxed.weight(relaxed.worth(arcs.request, arcs.mentor, level))
    paid = duals.request[arcs.request] + duals.mentee[problem.mentee[arcs.request]] + duals.mentor[arcs.mentor]
    short = paid - weight
    kept = np.flatnonzero(short <= within * duals.unit)
    kept = kept[np.lexsort((relaxed.tie(arcs.request[kept], arcs.mentor[kept]), short[kept], arcs.request[kept]))]
    owner = arcs.request[kept]
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    rank = np.arange(len(kept)) - np.repeat(begins, np.diff(np.append(begins, len(kept))))
    return arcs.take(np.sort(kept[rank < most]))
