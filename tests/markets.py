"""Markets of problems, for tests of their parts."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.scanning import Scan
from taskmentor.matching.kinds import Kinds, free_functions, kinds_of_arcs
from taskmentor.matching.market import FINE, Market
from taskmentor.matching.oracle import Oracle
from taskmentor.matching.problem import Problem

Prices = NDArray[np.int64]
NEVER = -(2**60)


def market_of(problem: Problem, *, bonus: int = 0, compiled: bool = False) -> Market:
    """Return the market of a problem, in which serving a request is worth a bonus beside the score."""
    low, high = problem.score_bounds
    spread = max(high, 0) - min(low, 0) + 1
    highest = 4 * FINE * (bonus + spread)
    oracle = partial(Oracle, compiled=compiled, executor=None)
    return Market.of(problem, kinds_for(problem, highest), oracle, bonus=bonus, spread=spread)


def kinds_for(problem: Problem, highest_price: int = 0) -> Kinds:
    """Return the requests of a problem by kind, or each by itself where functions must be asked."""
    if free_functions(problem):
        arcs = problem.arcs(who="a test", most=10**6)
        weight = arcs.weight - problem.count_weight
        arcs = type(arcs)(request=arcs.request, mentor=arcs.mentor, weight=weight)
        return kinds_of_arcs(arcs, problem.n_requests, problem.n_mentors, highest_price=highest_price)
    rows = problem.free[problem.limit[problem.mentee[problem.free]] > 0]
    return Kinds.of(problem, rows, offering=problem.capacity > 0, highest_price=highest_price)


def plain_worths(scan: Scan, kind: int) -> list[tuple[int, int]]:
    """Return what each admitted holder is worth to a kind, summed part by part, with the mentor."""
    found = []
    first = int(scan.holder_start[scan.kind_skill[kind]])
    for holder in range(first, first + int(scan.kind_count[kind])):
        mentor = int(scan.holder[holder])
        points = int(scan.by_mentor[mentor]) + int(scan.levels[scan.kind_level[kind], scan.level[holder]])
        for table in range(len(scan.table_start)):
            row = int(scan.table_start[table]) + int(scan.kind_row[table, kind]) * int(scan.table_width[table])
            points += int(scan.table[row + int(scan.code[table, holder])])
        found.append((points, mentor))
    return found


def worths(market: Market, request: int) -> Prices:
    """Return what each mentor is worth to a request as the market measures it, far below 0 where it may not be."""
    problem = market.problem
    mentors = np.flatnonzero(problem.capacity > 0)
    requests = np.full(len(mentors), request)
    level = problem.levels(requests, mentors)
    may = (level >= 0) & (level >= problem.need[request])
    requests, mentors, level = requests[may], mentors[may], level[may]
    admitted = problem.admits(requests, mentors, level)
    score = problem.score(requests, mentors, level) + market.bonus
    found = np.full(problem.n_mentors, NEVER)
    found[mentors[admitted]] = score[admitted] // market.unit * FINE
    return found
