"""Prices of requests and mentees that go with prices of mentors and of rows, over all eligible pairs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.candidates import best
from taskmentor.matching.duals import Duals, charged
from taskmentor.matching.pricing import next_places
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import UNLIMITED, RowPrices
from taskmentor.models.ranges import place_in_run

__all__ = [
    "UNITS",
    "asking",
    "closed",
    "covering_duals",
    "gaining",
    "lawful_prices",
    "near_arcs",
    "net_worth",
    "weighed",
]

UNITS = (1, 4096)
"""In which parts of a point prices are tried: whole ones, which prove flows to the point, and fine ones."""

_FEW = 64
"""So many pairs of a request are asked for, and not looked for among all."""


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
    found = best(relaxed, asking(problem), closed(relaxed, mentor), k=1)
    top = np.zeros(problem.n_requests, np.int64)
    top[found.request] = np.where(found.mentor[:, 0] >= 0, np.maximum(found.net[:, 0], 0), 0)
    mentee = next_places(top, problem.mentee, problem.limit)
    request = np.maximum(top - mentee[problem.mentee], 0)
    request[problem.pinned >= 0] = 0
    return Duals(request=request, mentee=mentee, mentor=mentor, rows=rows, unit=unit)


def net_worth(problem: Problem, relaxed: Problem, duals: Duals, arcs: Arcs) -> NDArray[np.int64]:
    """Return what some pairs are worth beyond what they are priced at, in parts of a point. Shape (n_arcs,).

    Args:
        problem: The problem.
        relaxed: The same with charged pairs.
        duals: The prices that pairs are charged at.
        arcs: The pairs.
    """
    paid = duals.request[arcs.request] + duals.mentee[problem.mentee[arcs.request]] + duals.mentor[arcs.mentor]
    return weighed(relaxed, arcs.request, arcs.mentor).weight - paid


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
    if most <= _FEW:
        return _nearest(problem, duals, within, most)
    relaxed = charged(problem, duals)
    return Arcs.joined(_near(problem, relaxed, duals, arcs, within, most) for arcs in problem.usable())


def _nearest(problem: Problem, duals: Duals, within: int, most: int) -> Arcs:
    relaxed = charged(problem, duals)
    found = best(relaxed, asking(problem), closed(relaxed, duals.mentor), k=most)
    paid = duals.request + duals.mentee[problem.mentee]
    near = (found.mentor >= 0) & (paid[found.request][:, None] - found.net <= within * duals.unit)
    row, column = np.nonzero(near)
    pairs = weighed(problem, found.request[row], found.mentor[row, column])
    pairs = pairs.take(np.lexsort((pairs.mentor, pairs.request)))
    return pairs.take(pairs.weight > 0)


def gaining(problem: Problem, duals: Duals) -> tuple[Arcs, NDArray[np.int64]]:
    """Return all pairs that are worth more than they are priced at, and how much more, in parts of a point.

    Args:
        problem: The problem.
        duals: Prices.

    Complexity:
        O(eligible pairs), and memory for the answer.
    """
    relaxed = charged(problem, duals)
    paid = duals.request + duals.mentee[problem.mentee]
    requests, mentors, nets = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
    left, k = asking(problem), _FEW
    while len(left):
        found = best(relaxed, left, closed(relaxed, duals.mentor), k=k)
        net = found.net - paid[found.request][:, None]
        gains = (found.mentor >= 0) & (net > 0)
        whole = gains.all(axis=1)  # there may be more than were asked for
        gains[whole] = False
        row, column = np.nonzero(gains)
        requests.append(found.request[row])
        mentors.append(found.mentor[row, column])
        nets.append(net[row, column])
        left, k = found.request[whole], 8 * k
    return weighed(problem, np.concatenate(requests), np.concatenate(mentors)), np.concatenate(nets)


def weighed(problem: Problem, request: NDArray[np.int32], mentor: NDArray[np.int32]) -> Arcs:
    """Return some pairs with what each adds to the objective of a problem.

    Args:
        problem: The problem.
        request: Places of requests. Shape (n,).
        mentor: Places of mentors. Shape (n,).
    """
    weight = problem.weight(problem.worth(request, mentor, problem.levels(request, mentor)))
    return Arcs(request=request, mentor=mentor, weight=weight)


def asking(problem: Problem) -> NDArray[np.int32]:
    """Return the requests that may be served."""
    return problem.free[problem.limit[problem.mentee[problem.free]] > 0]


def closed(problem: Problem, price: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return prices at which no pair of a mentor without places is worth anything."""
    return np.where(problem.capacity > 0, price, problem.spread + problem.count_weight + 1)


def _near(problem: Problem, relaxed: Problem, duals: Duals, arcs: Arcs, within: int, most: int) -> Arcs:
    short = -net_worth(problem, relaxed, duals, arcs)
    kept = np.flatnonzero(short <= within * duals.unit)
    kept = kept[np.lexsort((relaxed.tie(arcs.request[kept], arcs.mentor[kept]), short[kept], arcs.request[kept]))]
    return arcs.take(np.sort(kept[place_in_run(arcs.request[kept]) < most]))
