"""A proven bound without an optimal plan: prices improved for a fixed number of passes."""

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals, priced, total
from taskmentor.matching.problem import Arcs, Problem

__all__ = ["ascent_duals"]

_DAMPED = 0.6
"""How far a pass moves towards the best price of each mentor alone; all of them at once, the whole way, overshoots."""


def ascent_duals(problem: Problem, arcs: Arcs, chosen: NDArray[np.bool_], *, passes: int = 40) -> Duals:
    """Return good prices for a plan that need not be optimal, found in a fixed number of passes.

    Only mentors' prices are searched: for given ones the best prices of mentees and requests follow in closed form.
    The search starts from prices of 0, where the bound is the sum of each request's best pair within its mentee's
    limit, or from what the plan's full mentors gave their last place for, whichever proves more, and never ends with
    less. A quarter of the passes moves every mentor's price towards the best one while all others stay; the rest goes
    along subgradients.

    Args:
        problem: The problem.
        arcs: All pairs that a plan may use.
        chosen: Which of them the plan uses. Shape (n_arcs,).
        passes: How many passes.

    Complexity:
        O(passes x n_arcs log n_arcs).

    Source:
        Held, Wolfe and Crowder, "Validation of subgradient optimization", Mathematical Programming 6 (1974), with
        Polyak's step, after coordinate steps. Prices are rounded to whole numbers before they are judged, so the bound
        is exact.
    """
    search = _Search(problem, arcs)
    value = sum(arcs.weight[chosen].tolist())
    price = min((np.zeros(problem.n_mentors, np.int64), _last_places(problem, arcs, chosen)), key=search.bound)
    towards, along = passes // 4, passes - passes // 4
    return search.duals(_along_slopes(search, _towards_best(search, price, towards), along, value))


def _last_places(problem: Problem, arcs: Arcs, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the least weight that each full mentor was chosen for, 0 for all others."""
    load = np.bincount(arcs.mentor[chosen], minlength=problem.n_mentors)
    least = np.full(problem.n_mentors, np.iinfo(np.int64).max)
    np.minimum.at(least, arcs.mentor[chosen], arcs.weight[chosen])
    return np.where((load == problem.capacity) & (load > 0), least, 0)


def _towards_best(search: "_Search", price: NDArray[np.int64], passes: int) -> NDArray[np.int64]:
    """Return the best prices met while every mentor's moves towards the best one for it alone."""
    best, best_bound, current = price, search.bound(price), price.astype(np.float64)
    for _ in range(passes):
        current += _DAMPED * (search.best_alone(np.rint(current).astype(np.int64)) - current)
        whole = np.rint(current).astype(np.int64)
        if (proven := search.bound(whole)) < best_bound:
            best, best_bound = whole, proven
    return best


def _along_slopes(search: "_Search", price: NDArray[np.int64], passes: int, value: int) -> NDArray[np.int64]:
    """Return the best prices met on steps against the slope of the bound, which aim at the value of the plan."""
    best, best_bound, current = price, search.bound(price), price.astype(np.float64)
    momentum, damping = np.zeros(len(price)), 1.0
    heaviest = float(search.arcs.weight.max(initial=0))  # a price above it turns away nobody more
    for step in range(passes):
        whole = np.rint(current).astype(np.int64)
        proven, slope = search.bound(whole), search.slope(whole)
        if proven < best_bound:
            best, best_bound = whole, proven
        elif step % 5 == 4:
            damping /= 1.5
        steepness = float((slope.astype(np.float64) ** 2).sum())
        if best_bound <= value or steepness == 0:
            break
        momentum = slope / steepness + 0.3 * momentum
        current = np.clip(current - damping * (proven - value) * momentum, 0, heaviest)
    return best


class _Search:
    """What does not change between the passes, and what prices say about all arcs at once."""

    def __init__(self, problem: Problem, arcs: Arcs) -> None:
        self.problem, self.arcs = problem, arcs
        self.begins = np.flatnonzero(np.diff(arcs.request, prepend=-1))
        self.asking = arcs.request[self.begins]

    def net(self, price: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return each arc's weight less the mentor's price. Shape (n_arcs,)."""
        return self.arcs.weight - price[self.arcs.mentor]

    def best(self, net: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return each request's best net weight, at least 0. Shape (n_requests,)."""
        best = np.zeros(self.problem.n_requests, np.int64)
        if len(net):
            best[self.asking] = np.maximum(np.maximum.reduceat(net, self.begins), 0)
        return best

    def top(self, net: NDArray[np.int64], best: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the first best arc of each request that has one worth more than 0."""
        top = np.flatnonzero((net == best[self.arcs.request]) & (net > 0))
        return top[np.flatnonzero(np.diff(self.arcs.request[top], prepend=-1))]

    def bound(self, price: NDArray[np.int64]) -> int:
        """Return the bound of some prices, without pins."""
        best = self.best(self.net(price))
        kept = best[_within_limits(self.problem, best)]
        return total(kept) + priced(price, self.problem.capacity)

    def slope(self, price: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how the bound changes with each price: places less demand, 0 where a price of 0 would fall."""
        net = self.net(price)
        best = self.best(net)
        within = np.zeros(self.problem.n_requests, np.bool_)
        within[_within_limits(self.problem, best)] = True
        top = self.top(net, best)
        wanted = self.arcs.mentor[top[within[self.arcs.request[top]]]]
        slope = self.problem.capacity - np.bincount(wanted, minlength=self.problem.n_mentors)
        return np.where((price == 0) & (slope > 0), 0, slope)

    def best_alone(self, price: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the price of each mentor that minimises the bound while all other prices stay.

        It is what the first request beyond the mentor's places would still pay rather than take its next best choice.
        """
        net = self.net(price)
        best = self.best(net)
        top = self.top(net, best)
        others = net.copy()
        others[top] = 0
        outside = _mentee_prices(self.problem, best)[self.problem.mentee]
        choice = np.maximum(best, outside)[self.arcs.request]
        choice[top] = np.maximum(self.best(others), outside)[self.arcs.request[top]]
        pays = np.maximum(self.arcs.weight - choice, 0)
        order = np.lexsort((-pays, self.arcs.mentor))
        start = np.searchsorted(self.arcs.mentor[order], np.arange(self.problem.n_mentors + 1))
        beyond = start[:-1] + self.problem.capacity
        price = np.zeros(self.problem.n_mentors, np.int64)
        wanted = beyond < start[1:]
        price[wanted] = pays[order[beyond[wanted]]]
        return price

    def duals(self, price: NDArray[np.int64]) -> Duals:
        """Return all prices that go with the mentors' prices."""
        best = self.best(self.net(price))
        mentee = _mentee_prices(self.problem, best)
        return Duals(request=np.maximum(best - mentee[self.problem.mentee], 0), mentee=mentee, mentor=price)


def _within_limits(problem: Problem, best: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the requests that are among the best of their mentee, as many as the mentee has places."""
    order = np.lexsort((-best, problem.mentee))
    owner = problem.mentee[order]
    start = np.searchsorted(owner, np.arange(problem.n_mentees))
    rank = np.arange(len(order)) - start[owner]
    return order[rank < problem.limit[owner]]


def _mentee_prices(problem: Problem, best: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what the best request beyond each mentee's limit is worth. Shape (n_mentees,)."""
    beyond = np.ones(problem.n_requests, np.bool_)
    beyond[_within_limits(problem, best)] = False
    mentee = np.zeros(problem.n_mentees, np.int64)
    np.maximum.at(mentee, problem.mentee[beyond], best[beyond])
    return mentee
