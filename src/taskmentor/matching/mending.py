"""Mending: plans that nearly keep rows of constraints made to keep them, by leaving few pairs out and adding others."""

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.candidates import best
from taskmentor.matching.covering import weighed
from taskmentor.matching.listing import Listing, listing
from taskmentor.matching.problem import Arcs, Problem

__all__ = ["filled", "mended"]

_TRIED = 20
"""Mentors of each open request that are tried when a plan is filled up."""

_PASSES = 3
"""How often all rows are looked at."""


def mended(problem: Problem, plan: Arcs) -> Arcs | None:
    """Return a plan without the pairs of least weight whose leaving makes it keep all rows, None where that fails."""
    kept = np.ones(len(plan), np.bool_)
    rows = listing(problem, plan)
    for _ in range(_PASSES):  # what leaves for one row may break another
        for row in np.flatnonzero(~rows.kept(kept)).tolist():
            _leave(rows, row, plan, kept)
        if rows.kept(kept).all():
            return plan.take(kept)
    return None


def _leave(rows: Listing, row: int, plan: Arcs, kept: NDArray[np.bool_]) -> None:
    """Take so many pairs out of a plan that a row is kept, those of least weight first."""
    entries = slice(int(rows.start[row]), int(rows.start[row + 1]))
    arc, amount = rows.arc[entries], rows.amount[entries]
    there = kept[arc]
    arc, amount = arc[there], amount[there]
    too_much = int(amount.sum()) - int(rows.high[row])
    short = max(too_much, int(rows.low[row]) - int(amount.sum()))
    wrong = amount > 0 if too_much > 0 else amount < 0
    arc, amount = arc[wrong], np.abs(amount[wrong])
    order = np.argsort(plan.weight[arc], kind="stable")
    enough = int(np.searchsorted(np.cumsum(amount[order]), short)) + 1
    kept[arc[order[:enough]]] = False


def filled(problem: Problem, plan: Arcs) -> Arcs:
    """Return a plan with the best pairs added of requests that are open while places are free, one after the other."""
    served = np.zeros(problem.n_requests, np.bool_)
    served[plan.request] = True
    places = problem.capacity - np.bincount(plan.mentor, minlength=problem.n_mentors)
    room = problem.limit - np.bincount(problem.mentee[plan.request], minlength=problem.n_mentees)
    open_ = problem.free[~served[problem.free] & (room[problem.mentee[problem.free]] > 0)]
    if not (places > 0).any() or not len(open_):
        return plan
    out_of_reach = problem.spread + problem.count_weight + 1
    found = best(problem, open_, np.where(places > 0, 0, out_of_reach), k=_TRIED)
    row, column = np.nonzero(found.mentor >= 0)
    request, mentor = open_[row], found.mentor[row, column]
    free = places[mentor] > 0
    more = weighed(problem, request[free].astype(np.int32), mentor[free].astype(np.int32))
    more = more.take(np.argsort(-more.weight, kind="stable"))
    return _added(problem, plan, more.take(np.flatnonzero(more.weight > 0)), places, room)


def _added(problem: Problem, plan: Arcs, more: Arcs, places: NDArray[np.int64], room: NDArray[np.int64]) -> Arcs:
    """Return a plan with those of some pairs, best first, that fit in and keep all rows."""
    both = Arcs.joined([plan, more])
    rows = listing(problem, both)
    chosen = np.append(np.ones(len(plan), np.bool_), np.zeros(len(more), np.bool_))
    sums = rows.sums(chosen)
    owner = np.repeat(np.arange(len(rows)), np.diff(rows.start))
    order = np.argsort(rows.arc, kind="stable")
    first = np.searchsorted(rows.arc[order], np.arange(len(both) + 1))
    served = set(plan.request.tolist())
    after = sums[owner] + rows.amount
    hopeless = np.zeros(len(both), np.bool_)
    hopeless[rows.arc[(after < rows.low[owner]) | (after > rows.high[owner])]] = True
    for arc in (len(plan) + np.flatnonzero(~hopeless[len(plan) :])).tolist():
        request, mentor = int(both.request[arc]), int(both.mentor[arc])
        mentee = problem.mentee[request]
        if request in served or places[mentor] <= 0 or room[mentee] <= 0:
            continue
        entries = order[first[arc] : first[arc + 1]]
        own, then = owner[entries], sums[owner[entries]] + rows.amount[entries]
        if ((then < rows.low[own]) | (then > rows.high[own])).any():
            continue
        sums[own] = then
        chosen[arc] = True
        places[mentor] -= 1
        room[mentee] -= 1
        served.add(request)
    return both.take(chosen)
