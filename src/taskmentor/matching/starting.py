"""Prices of mentors to begin with, over all eligible pairs and without constraints."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import can_compile
from taskmentor.matching.kinds import Kinds, free_functions
from taskmentor.matching.market import FINE, Market
from taskmentor.matching.oracle import Oracle, workers
from taskmentor.matching.problem import Problem
from taskmentor.matching.pursuit import Goal, pursue

__all__ = ["start_prices"]

_SECONDS = 30.0


def start_prices(problem: Problem) -> NDArray[np.int64]:
    """Return prices that are optimal without the constraints, 0 where that cannot be found quickly. Shape (n_mentors,).

    Args:
        problem: The problem, of which only places and what pairs are worth is looked at.
    """
    if free_functions(problem):
        return np.zeros(problem.n_mentors, np.int64)
    low, high = problem.score_bounds
    spread, bonus = max(high, 0) - min(low, 0) + 1, problem.count_weight
    rows = problem.free[problem.limit[problem.mentee[problem.free]] > 0]
    kinds = Kinds.of(problem, rows, offering=problem.capacity > 0, highest_price=4 * FINE * (bonus + spread))
    compiled = can_compile()
    with workers(None, compiled=compiled) as those:
        market = Market.of(
            problem, kinds, partial(Oracle, compiled=compiled, executor=those), bonus=bonus, spread=spread
        )
        return pursue(market, Goal.until(seconds=_SECONDS)).duals.mentor
