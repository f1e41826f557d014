"""Solution: what a strategy answers, always with the prices that prove how good it is; and `solve`, which asks one."""

from enum import StrEnum
from typing import Literal, Protocol, Self, runtime_checkable

import numpy as np
from attrs import Factory, evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import SolverError, UnsupportedError, shown
from taskmentor.matching.duals import Duals, bound, charged, total
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import CompiledConstraint

__all__ = [
    "HoldsAims",
    "HoldsConstraints",
    "HoldsLoadCost",
    "Proof",
    "Solution",
    "Status",
    "Strategy",
    "nothing_found",
    "solve",
    "unheld",
]

Proof = Literal["prices", "solver"]


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
        status: `optimal` where value and bound are the same, unless aims in order are left that the time was too short
            for; `infeasible` where no plan keeps all constraints, and this one is empty.
        value: What was maximised.
        bound: What no plan can exceed.
        score: The sum of the scores of all pairs.
        duals: The prices that prove the bound, or one near it.
        strategy: The strategy's name.
        parameters: The strategy's parameters.
        aims: The prices that prove each step of the problem's aims, of either sign.
        priced: The bound that the prices prove; above `bound` where that is the word of a solver, which constraints
            that are no flow can make necessary.
        clash: Where no plan keeps all constraints: such of them, or rows of them, as cannot be kept together, of which
            none can be left out.
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
    priced: int = field(default=Factory(lambda self: self.bound, takes_self=True))
    clash: tuple[str, ...] = ()

    @property
    def proof(self) -> Proof:
        """Return who proves the bound: `prices`, which anybody can check, or the `solver` on its word."""
        return "prices" if self.priced <= self.bound else "solver"

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
    def of(
        cls,
        problem: Problem,
        strategy: "Strategy",
        chosen: Arcs,
        duals: Duals,
        *,
        stopped: bool = False,
        told: int | None = None,
    ) -> Self:
        """Return the solution that uses some arcs, with pinned pairs added and everything recomputed.

        Args:
            problem: The problem.
            strategy: Who found it.
            chosen: The arcs that the plan uses.
            duals: Prices that cover every pair of which both sides have places.
            stopped: Whether a limit of time stopped the search.
            told: What no plan exceeds by the word of a solver, None where there is none.
        """
        pinned = np.flatnonzero(problem.pinned >= 0).astype(np.int32)
        request = np.append(chosen.request, pinned)
        order = np.argsort(request)
        request, mentor = request[order], np.append(chosen.mentor, problem.pinned[pinned])[order]
        level = problem.levels(request, mentor)
        worth = total(problem.worth(request, mentor, level))
        score = worth if problem.plain is None else total(problem.score(request, mentor, level))
        covering = duals.covering(charged(problem, duals))
        value = problem.value(len(request), worth) - problem.paid_for_places(request, mentor)
        priced = bound(problem, covering)
        proven = priced if told is None else min(priced, told)
        incomplete = Status.TIME_LIMIT if stopped else Status.FEASIBLE
        return cls(
            request=request,
            mentor=mentor,
            status=Status.OPTIMAL if value == proven else incomplete,
            value=value,
            bound=proven,
            priced=priced,
            score=score,
            duals=covering,
            strategy=strategy.name,
            parameters=strategy.get_params(),
        )

    @classmethod
    def impossible(cls, problem: Problem, strategy: "Strategy", clash: tuple[str, ...]) -> Self:
        """Return the solution that says that no plan keeps all constraints.

        Args:
            problem: The problem.
            strategy: Who found it.
            clash: What cannot be kept together.
        """
        none = np.zeros(0, np.int32)
        free = Duals(
            request=np.zeros(problem.n_requests, np.int64),
            mentee=np.zeros(problem.n_mentees, np.int64),
            mentor=np.zeros(problem.n_mentors, np.int64),
        )
        return cls(
            request=none,
            mentor=none,
            status=Status.INFEASIBLE,
            value=0,
            bound=0,
            score=0,
            duals=free,
            strategy=strategy.name,
            parameters=strategy.get_params(),
            clash=clash,
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


@runtime_checkable
class HoldsConstraints(Protocol):
    """A strategy that holds constraints, all of them or those that it does not refuse."""

    def holds(self, constraint: CompiledConstraint) -> bool:
        """Return whether it holds a constraint."""
        ...


def nothing_found(problem: Problem, who: str, limit: str) -> SolverError:
    """Return the error that no plan was found, which is not that there is none.

    Args:
        problem: The problem.
        who: The strategy.
        limit: How long it looked, such as `60.0 seconds`.
    """
    names = " and ".join(one.name for one in problem.constraints)
    return SolverError(f"{who} found no plan that keeps {names} in {limit}.")


def unheld(problem: Problem, strategy: Strategy) -> tuple[CompiledConstraint, ...]:
    """Return the constraints of a problem that a strategy does not hold."""
    holds = strategy.holds if isinstance(strategy, HoldsConstraints) else lambda _: False
    return tuple(one for one in problem.constraints if not holds(one))


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
    if refused := unheld(problem, strategy):
        evolve(problem, constraints=refused).refuse_constraints(strategy.name)
    found = strategy(problem)
    if not isinstance(found, Solution):
        raise SolverError(f"the strategy {strategy.name} answered with {shown(found)}, not with a Solution")
    return found
