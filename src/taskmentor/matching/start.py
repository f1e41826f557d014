"""Starts: an earlier solution and its prices, from which a search for the optimum of a changed problem begins.

A start is a hint and nothing else: it changes how long a search takes, and which one of equally good plans it meets
first, but neither the value nor the bound. So what does not hold any more is dropped, and not refused.
"""

from typing import Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.ids import NOWHERE, find_mentors, find_requests
from taskmentor.matching.plan import Certificate, Plan
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution

__all__ = ["Beginning", "PlanStart", "SolutionStart", "Start"]


@frozen(eq=False, kw_only=True)
class Beginning:
    """Prices and pairs in the places of a problem, as a search begins with them.

    Attributes:
        price: Of each mentor, in points; any whole numbers. Shape (n_mentors,).
        mentor_of: The mentor of each request, -1 for none; the pair need not be lawful. Shape (n_requests,).
        count_weight: What serving a request counted for where the prices come from; 0 where it did not.
    """

    price: NDArray[np.int64]
    mentor_of: NDArray[np.int32]
    count_weight: int

    def prices_for(self, bonus: int) -> NDArray[np.int64]:
        """Return the prices where serving a request counts for so much. Shape (n_mentors,).

        A place that there are too few of costs what a request counts for and some points more or less; others cost some
        points.
        """
        short = (self.price > self.count_weight // 2) & (self.count_weight > 0)
        return np.where(short, self.price - self.count_weight + bonus, self.price)


class Start(Protocol):
    """Anything that knows prices and pairs of a problem like the one that is to be solved."""

    def places(self, problem: Problem) -> Beginning:
        """Return the prices and pairs in the places of a problem."""
        ...


@frozen(eq=False)
class PlanStart:
    """The plan of an earlier round with its certificate, found again by ids; who is new costs nothing.

    Attributes:
        plan: The plan.
        certificate: Its prices.
    """

    plan: Plan
    certificate: Certificate

    def places(self, problem: Problem) -> Beginning:
        """Return the prices and pairs in the places of a problem made from an organisation."""
        plan, prices = self.plan, self.certificate
        price, mentor_of = np.zeros(problem.n_mentors, np.int64), np.full(problem.n_requests, -1, np.int32)
        offered = prices.side == "mentor"
        mentor = find_mentors(problem, prices.id[offered])
        price[mentor[mentor != NOWHERE]] = prices.price[offered][mentor != NOWHERE]
        request, mentor = find_requests(problem, plan.mentee_id, plan.skill_id), find_mentors(problem, plan.mentor_id)
        there = (request != NOWHERE) & (mentor != NOWHERE)
        mentor_of[request[there]] = mentor[there]
        claims = plan.claims
        counts = claims.objective != "score" and claims.matched > 0
        weight = (claims.value - claims.score) // claims.matched if counts else 0
        return Beginning(price=price, mentor_of=mentor_of, count_weight=weight)


@frozen(eq=False)
class SolutionStart:
    """A solution of a problem of the same requests and mentors, in the same places.

    Attributes:
        solution: The solution.
        count_weight: What serving a request counted for in the problem that it solves.
    """

    solution: Solution
    count_weight: int = 0

    def places(self, problem: Problem) -> Beginning:
        """Return the prices and pairs.

        Raises:
            ValueError: If the solution is of a problem of another size.
        """
        found, price = self.solution, self.solution.duals.mentor
        if price.shape != (problem.n_mentors,) or found.request.shape != found.mentor.shape:
            raise ValueError(f"a start must have a price for each of {problem.n_mentors:,} mentors, and pairs")
        there = (found.request >= 0) & (found.request < problem.n_requests)
        mentor_of = np.full(problem.n_requests, -1, np.int32)
        mentor_of[found.request[there]] = found.mentor[there]
        return Beginning(price=price.astype(np.int64), mentor_of=mentor_of, count_weight=self.count_weight)
