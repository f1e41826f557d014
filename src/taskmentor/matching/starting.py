"""The optimum over all eligible pairs without constraints, as a beginning for those who have some to hold."""

from functools import partial

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.matching.kernels.compiling import can_compile
from taskmentor.matching.kinds import Kinds, free_functions
from taskmentor.matching.market import Market, highest_price
from taskmentor.matching.oracle import Oracle, workers
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.pursuit import Goal, Outcome, pursue
from taskmentor.matching.solution import Solution
from taskmentor.matching.start import Start

__all__ = ["Unconstrained", "start_prices"]

_SECONDS = 30.0


@frozen(kw_only=True)
class Unconstrained:
    """The optimum without constraints, over all eligible pairs, as a strategy to be asked by others."""

    start: Start | None = field(default=None)

    @property
    def name(self) -> str:
        """Return `unconstrained`."""
        return "unconstrained"

    def get_params(self) -> dict[str, Described]:
        """Return that there are none."""
        return {}

    def __call__(self, problem: Problem) -> Solution:
        """Return the optimum, or the best plan found in half a minute."""
        outcome = _outcome(problem, self.start)
        return Solution.of(problem, self, outcome.arcs(problem), outcome.duals, stopped=outcome.stopped)


def start_prices(problem: Problem) -> NDArray[np.int64]:
    """Return prices that are optimal without the constraints, 0 where that cannot be found quickly. Shape (n_mentors,).

    Args:
        problem: The problem, of which only places and what pairs are worth is looked at.
    """
    if free_functions(problem):
        return np.zeros(problem.n_mentors, np.int64)
    return _outcome(problem, None).duals.mentor


def _outcome(problem: Problem, start: Start | None) -> Outcome:
    spread, bonus = problem.spread + 1, problem.count_weight
    rows = problem.free[problem.limit[problem.mentee[problem.free]] > 0]
    kinds = Kinds.of(problem, rows, offering=problem.capacity > 0, highest_price=highest_price(bonus, spread))
    compiled = can_compile()
    with workers(None, compiled=compiled) as those:
        market = Market.of(
            problem, kinds, partial(Oracle, compiled=compiled, executor=those), bonus=bonus, spread=spread
        )
        return pursue(market, Goal.until(seconds=_SECONDS), None if start is None else start.places(problem))
