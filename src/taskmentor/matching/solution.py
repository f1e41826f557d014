"""Solution: what a strategy answers, always with the prices that prove how good it is; and `solve`, which asks one."""

from enum import StrEnum
from typing import Literal, Protocol, Self, runtime_checkable

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import SolverError, UnsupportedError, shown
from taskmentor.matching.duals import Duals, bound, total
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem

__all__ = ["HoldsAims", "HoldsLoadCost", "Solution", "Status", "Strategy", "solve"]


class Status(StrEnum):
    """How much is known about a solution."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    TIME_LIMIT = "time-limit"


@frozen(eq=False, kw_only=True)
class Solution:
    """A plan in places, with its proof.

    Attributes:
        request: The served requests, rising, pinned ones included. Shape (n_matched,).
        mentor: Their mentors. Shape (n_matched,).
        status: `optimal` where value and bound are the same.
        value: What was maximised.
        bound: What no plan can exceed.
        score: The sum of the scores of all pairs.
        duals: The prices that prove the bound.
        strategy: The strategy's name.
        parameters: The strategy's parameters.
        aims: The prices that prove each step of the problem's aims, of either sign.
    """

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    status: Status
    value: int
    bound: int
    score: int
    duals: Duals = field(repr=False)
    strategy: str
    parameters: dict[str, Described]
    aims: tuple[Duals, ...] = field(default=(), repr=False)

    @property
    def n_matched(self) -> int:
        """Return how many requests are served."""
        return len(self.request)

    @property
    def gap(self) -> int:
        """Return how far the value is from the bound; 0 is a proof of optimality."""
        return self.bound - self.value

    def __repr__(self) -> str:
        return (
            f"Solution({self.strategy}, {self.status}, {self.n_matched:,} matched, "
            f"score {self.score:,}, value {self.value:,}, gap {self.gap:,})"
        )

    @classmethod
    def of(cls, problem: Problem, strategy: "Strategy", chosen: Arcs, duals: Duals, *, stopped: bool = False) -> Self:
        """Return the solution that uses some arcs, with pinned pairs added and everything recomputed.

        Args:
            problem: The problem.
            strategy: Who found it.
            chosen: The arcs that the plan uses.
            duals: Prices that cover every pair of which both sides have places.
            stopped: Whether a limit of time stopped the search.
        """
        pinned = np.flatnonzero(problem.pinned >= 0).astype(np.int32)
        request = np.append(chosen.request, pinned)
        order = np.argsort(request)
        request, mentor = request[order], np.append(chosen.mentor, problem.pinned[pinned])[order]
        level = problem.levels(request, mentor)
        score, worth = (total(measure(request, mentor, level)) for measure in (problem.score, problem.worth))
        covering = duals.covering(problem)
        value = problem.value(len(request), worth) - problem.paid_for_places(request, mentor)
        proven = bound(problem, covering)
        incomplete = Status.TIME_LIMIT if stopped else Status.FEASIBLE
        return cls(
            request=request,
            mentor=mentor,
            status=Status.OPTIMAL if value == proven else incomplete,
            value=value,
            bound=proven,
            score=score,
            duals=covering,
            strategy=strategy.name,
            parameters=strategy.get_params(),
        )


class Strategy(Protocol):
    """A way to solve a problem: a frozen object of parameters, called with the problem.

    What it does not support it refuses with `UnsupportedError`; it never ignores a limit or a rule.
    """

    @property
    def name(self) -> str:
        """Return the name that results carry."""
        ...

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        ...

    def __call__(self, problem: Problem) -> Solution:
        """Return a solution of the problem."""
        ...


@runtime_checkable
class HoldsLoadCost(Protocol):
    """A strategy that takes account of what mentors' places cost."""

    @property
    def holds_load_cost(self) -> Literal[True]:
        """Return that it is one."""
        ...


@runtime_checkable
class HoldsAims(Protocol):
    """A strategy whose solutions are best at each aim of the policy, with the prices that prove it."""

    @property
    def holds_aims(self) -> Literal[True]:
        """Return that it is one."""
        ...


def solve(problem: Problem, strategy: Strategy) -> Solution:
    """Return what a strategy finds for a problem.

    Args:
        problem: The problem.
        strategy: The strategy.

    Raises:
        UnsupportedError: If the strategy cannot do what the problem asks.
        CostRangeError: If the points do not fit the strategy's exact arithmetic.
        SolverError: If the strategy answers with anything but a solution.
        TypeError: If it is no strategy.
    """
    if isinstance(strategy, type) or not callable(strategy):
        raise TypeError(f"a strategy is an object such as Flow() or Greedy(), not {shown(strategy)}")
    if problem.aims and not isinstance(strategy, HoldsAims):
        names = ", ".join(aim.name for aim in problem.aims)
        raise UnsupportedError(f"{strategy.name} holds no aims in order, and the policy has {names}; take Ordered.")
    if problem.load_cost and not isinstance(strategy, HoldsLoadCost):
        raise UnsupportedError(f"{strategy.name} takes no account of load_cost, and the policy has one; take Flow.")
    found = strategy(problem)
    if not isinstance(found, Solution):
        raise SolverError(f"the strategy {strategy.name} answered with {shown(found)}, not with a Solution")
    return found
