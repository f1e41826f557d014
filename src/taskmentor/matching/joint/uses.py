"""What every mentor does best with all places at given prices of requests and mentees, and the bound that proves.

Source:
    Lagrangian relaxation (Geoffrion, "Lagrangean relaxation for integer programming", Mathematical Programming Study 2,
    1974): whatever the prices are, no plan is worth more than the prices of everything limited plus the best that each
    mentor could do if requests cost just their prices.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.joint.offers import UNIT, JointProblem, Offer

__all__ = ["Prices", "Use", "best_use", "best_uses", "bound", "bound_of", "net_worth"]


@frozen(eq=False, kw_only=True)
class Prices:
    """Prices of requests and of mentees' places, in parts of a point (`UNIT`), all 0 or more.

    Attributes:
        request: Shape (n_requests,).
        mentee: Shape (n_mentees,).
    """

    request: NDArray[np.int64]
    mentee: NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class Use:
    """What one mentor does with all places.

    Attributes:
        mentor: The mentor.
        pairs: The pairs that are made, as places in the problem's columns. Shape (n,).
        worth: Their net worth in parts of a point, above 0.
    """

    mentor: int
    pairs: NDArray[np.int64]
    worth: int


def bound(problem: JointProblem, prices: Prices) -> int:
    """Return what no plan of the problem can exceed, taken from prices alone.

    Args:
        problem: The problem.
        prices: Any prices of 0 or more.

    Complexity:
        O(n log n) for n pairs, and O(lots x capacity squared).

    Raises:
        ValueError: If a price is below 0.
    """
    if min(prices.request.min(initial=0), prices.mentee.min(initial=0)) < 0:
        raise ValueError("a price below 0 proves nothing")
    return bound_of(problem, prices, best_uses(problem, prices))


def bound_of(problem: JointProblem, prices: Prices, uses: Iterable[Use]) -> int:
    """Return what prices prove, where the best uses at these prices are at hand already."""
    priced = sum(prices.request.tolist()) + sum(
        price * places for price, places in zip(prices.mentee.tolist(), problem.limit.tolist(), strict=True)
    )
    proven: int = priced + sum(use.worth for use in uses)
    return proven // UNIT


def best_uses(problem: JointProblem, prices: Prices) -> Iterator[Use]:
    """Return the best use of every mentor's places at some prices, of each mentor who gains by one.

    Args:
        problem: The problem.
        prices: Parts of a point.
    """
    net, every = net_worth(problem, prices), np.ones(len(problem), np.bool_)
    for mentor, lots in problem.lots_of.items():
        use = best_use(problem, lots, net, every, int(problem.capacity[mentor]))
        if use is not None:
            yield use


def net_worth(problem: JointProblem, prices: Prices) -> NDArray[np.int64]:
    """Return each pair's weight less the prices, in parts of a point. Shape (n_pairs,)."""
    return problem.weight * UNIT - (prices.request + prices.mentee[problem.mentee])[problem.request]


def best_use(
    problem: JointProblem, lots: Sequence[int], net: NDArray[np.int64], free: NDArray[np.bool_], places: int
) -> Use | None:
    """Return the best use of some places of one mentor, None where nothing is gained.

    Args:
        problem: The problem.
        lots: The mentor's lots.
        net: What each pair gains. Shape (n_pairs,).
        free: Which pairs may be made. Shape (n_pairs,).
        places: How many places may be opened.
    """
    reached: list[_Reached] = [_Reached(0, ())] * (places + 1)  # the best with so many places in the lots so far
    for lot in lots:
        pairs = np.arange(problem.lots[lot], problem.lots[lot + 1])
        pairs = pairs[free[pairs]]
        order = pairs[np.lexsort((problem.request[pairs], -net[pairs]))]
        choices = list(_choices(problem.offer_of(lot), net[order], places))
        if choices:
            reached = [_best_reached(reached, choices, order, most) for most in range(places + 1)]
    best = reached[places]
    if best.worth <= 0:
        return None
    return Use(mentor=problem.mentor_of(lots[0]), pairs=np.concatenate(best.made), worth=best.worth)


@frozen(eq=False)
class _Reached:
    """What some places give, and the pairs that are made."""

    worth: int
    made: tuple[NDArray[np.int64], ...]


@frozen
class _Choice:
    """A number of places that a lot opens, the most that they give, and how many they serve."""

    places: int
    worth: int
    served: int


def _best_reached(
    reached: Sequence[_Reached], choices: Sequence[_Choice], order: NDArray[np.int64], most: int
) -> _Reached:
    """Return the best that can be reached with so many places when one more lot may open some of them."""
    possible = [choice for choice in choices if choice.places <= most]
    best = max(possible, key=lambda choice: reached[most - choice.places].worth + choice.worth, default=None)
    if best is None or reached[most - best.places].worth + best.worth <= reached[most].worth:
        return reached[most]
    before = reached[most - best.places]
    return _Reached(before.worth + best.worth, (*before.made, order[: best.served]))


def _choices(offer: Offer, net: NDArray[np.int64], places: int) -> Iterator[_Choice]:
    """Return each choice that one lot has, whose pairs' net worth falls."""
    gainful, sums = int((net > 0).sum()), np.cumsum(net)
    for opened in range(1, places + 1 if gainful else 1):
        fewest, most = offer.least * opened, min(offer.seats * opened, len(net))
        if fewest > most:
            return
        served = min(max(gainful, fewest), most)
        yield _Choice(opened, int(sums[served - 1]), served)
        if served == gainful and served < offer.seats * opened:
            return  # more places would hold nobody who is worth the price
