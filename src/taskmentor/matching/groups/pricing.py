"""Prices of places that prove a low bound, found by small steps against what is bought too often."""

from collections.abc import Callable

import numpy as np
from attrs import frozen

from taskmentor.matching.groups.bound import PARTS, Bought, Prices, TopicBounds
from taskmentor.matching.groups.problem import GroupProblem

__all__ = ["Priced", "lower_prices"]

_PATIENCE = 12
_SMALLEST_STEP = 1 / 64
_INERTIA = 0.4


@frozen(eq=False, kw_only=True)
class Priced:
    """Prices and what they prove.

    Attributes:
        prices: The prices.
        total: The bound, in thousandths of a point.
        bought: What each topic would buy at these prices.
    """

    prices: Prices
    total: int
    bought: list[Bought]

    @property
    def bound(self) -> int:
        """Return the bound in whole points: what is worth a part of a point more is not worth a whole one more."""
        return self.total // PARTS


def lower_prices(
    problem: GroupProblem,
    bounds: TopicBounds,
    *,
    value: int,
    steps: int,
    begin: Prices | None = None,
    goes_on: Callable[[], bool] = lambda: True,
) -> Priced:
    """Return prices that prove a bound as low as a number of steps finds.

    Args:
        problem: The problem.
        bounds: Its topics.
        value: What some groups are worth; the bound is not looked for below it.
        steps: How many steps are made at the most.
        begin: Prices to begin from; nothing costs anything unless given.
        goes_on: Asked before each step whether to make it.
    """
    best = current = _priced(problem, bounds, begin or Prices.nothing(problem))
    step, idle, heading = 1.0, 0, np.zeros(2 * problem.n_people + 1)
    for _ in range(steps):
        if best.bound <= value or step < _SMALLEST_STEP or not goes_on():
            break
        slope = _slope(problem, current)
        heading = slope + _INERTIA * heading
        length = float(heading @ heading)
        if not slope.any() or not length:
            break
        stride = step * max(current.total - PARTS * value, PARTS) / length
        current = _priced(problem, bounds, _moved(problem, current.prices, stride * heading))
        if current.total < best.total:
            best, idle = current, 0
        elif (idle := idle + 1) >= _PATIENCE:
            step, idle, current, heading = step / 2, 0, best, np.zeros(2 * problem.n_people + 1)
    return best


def _priced(problem: GroupProblem, bounds: TopicBounds, prices: Prices) -> Priced:
    bought = bounds.bought(prices)
    return Priced(prices=prices, total=prices.earned(problem) + sum(one.gain for one in bought), bought=bought)


def _slope(problem: GroupProblem, priced: Priced) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return how often each place is bought beyond how often there is it; 0 where the price is 0 and would fall."""
    n = problem.n_people
    members = np.bincount(np.concatenate([one.members for one in priced.bought]), minlength=n) - problem.limit
    experts = np.bincount(np.concatenate([one.experts for one in priced.bought]), minlength=n) - problem.capacity
    most = problem.policy.max_groups
    groups = 0 if most is None else sum(one.n_groups for one in priced.bought) - most
    slope = np.concatenate([members, experts, [groups]]).astype(np.float64)
    prices = np.concatenate([priced.prices.member, priced.prices.expert, [priced.prices.group]])
    slope[(prices == 0) & (slope < 0)] = 0
    return slope


def _moved(problem: GroupProblem, prices: Prices, by: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Prices:
    n = problem.n_people
    rounded = np.rint(by).astype(np.int64)
    return Prices(
        member=np.maximum(prices.member + rounded[:n], 0),
        expert=np.maximum(prices.expert + rounded[n : 2 * n], 0),
        group=max(prices.group + int(rounded[2 * n]), 0),
    )
