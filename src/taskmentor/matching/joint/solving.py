"""The plan of one pool, by CP-SAT, with a bound that prices prove."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError
from taskmentor.matching.cpsat import proving_solver
from taskmentor.matching.joint.filling import fill
from taskmentor.matching.joint.offers import JointProblem
from taskmentor.matching.joint.proving import divided_places, prove
from taskmentor.matching.joint.uses import Prices, bound
from taskmentor.matching.solution import Status

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

__all__ = ["JointSolution", "solve_jointly"]

_LARGEST = 2**53
"""CP-SAT compares objective and bound as floats."""


@frozen(eq=False, kw_only=True)
class JointSolution:
    """A plan of one pool.

    Attributes:
        pairs: The pairs that are made, as places in the problem's columns, rising. Shape (n_matched,).
        status: `optimal` where value and bound are the same; `feasible` where the bound of the prices is above it.
        value: What was maximised.
        bound: What no plan can exceed, which the prices prove.
        solver_says_optimal: Whether CP-SAT calls the plan optimal; where the gap is not 0 that is its word alone.
        prices: What proves the bound.
    """

    pairs: NDArray[np.int64]
    status: Status
    value: int
    bound: int
    solver_says_optimal: bool
    prices: Prices = field(repr=False)

    @property
    def gap(self) -> int:
        """Return how far the value is from the bound; 0 is a proof of optimality."""
        return self.bound - self.value


def solve_jointly(problem: JointProblem, *, seconds: float = 30.0, passes: int = 200, seed: int = 0) -> JointSolution:
    """Return the best plan found for one pool, with a bound that prices prove.

    Args:
        problem: The problem.
        seconds: Time limit of CP-SAT; where it strikes, the status is `time-limit`.
        passes: How many passes of column generation improve the bound at most.
        seed: CP-SAT's own seed.

    Raises:
        CostRangeError: If the objective is beyond what CP-SAT compares exactly.
        SolverError: If a solver ends without an answer.
    """
    first = divided_places(problem)
    pairs, optimal = _plan(problem, fill(problem, first), seconds, seed)
    prices = prove(problem, first, pairs, passes=passes)
    value, proven = sum(problem.weight[pairs].tolist()), bound(problem, prices)
    incomplete = Status.FEASIBLE if optimal else Status.TIME_LIMIT
    return JointSolution(
        pairs=pairs,
        status=Status.OPTIMAL if value == proven else incomplete,
        value=value,
        bound=proven,
        solver_says_optimal=optimal,
        prices=prices,
    )


def _plan(problem: JointProblem, start: NDArray[np.int64], seconds: float, seed: int) -> tuple[NDArray[np.int64], bool]:
    """Return the pairs of the best plan found from one, and whether CP-SAT says that it is the best there is."""
    from ortools.sat.python import cp_model

    largest = int(problem.weight.max(initial=0)) * (problem.n_requests + 1)
    if largest > _LARGEST:
        raise CostRangeError("CP-SAT's objective", largest, _LARGEST)
    model = cp_model.CpModel()
    used = [model.new_bool_var("") for _ in range(len(problem))]
    for request in _by(problem.request):
        model.add_at_most_one(used[pair] for pair in request)
    for own in _by(problem.mentee[problem.request]):
        limit = int(problem.limit[problem.mentee[problem.request[own[0]]]])
        if len({int(problem.request[pair]) for pair in own}) > limit:
            model.add(cp_model.LinearExpr.sum([used[pair] for pair in own]) <= limit)
    _add_places(model, problem, used)
    model.maximize(cp_model.LinearExpr.weighted_sum(used, problem.weight.tolist()))
    for pair in start.tolist():
        model.add_hint(used[pair], 1)
    solver = proving_solver(seed=seed, seconds=seconds)
    status = solver.solve(model)
    if status == cp_model.UNKNOWN:  # out of time before its first plan
        return start, False
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise SolverError(f"CP-SAT ended with {solver.status_name(status)}")
    chosen = np.array([solver.boolean_value(one) for one in used], np.bool_)
    found = np.flatnonzero(chosen)
    better = problem.weight[found].sum() >= problem.weight[start].sum()
    return found if better else start, status == cp_model.OPTIMAL


def _add_places(model: "CpModel", problem: JointProblem, used: "list[IntVar]") -> None:
    """Say how many places the pairs of each lot take, and that each mentor's lots stay within the capacity."""
    taken: dict[int, list[IntVar]] = {}
    for lot, (start, end) in enumerate(pairwise(problem.lots.tolist())):
        offer, mentor, pairs = problem.offer_of(lot), problem.mentor_of(lot), used[start:end]
        if offer.seats == 1:
            taken.setdefault(mentor, []).extend(pairs)
            continue
        places = model.new_int_var(0, min(int(problem.capacity[mentor]), len(pairs) // offer.least), "")
        model.add(sum(pairs) <= offer.seats * places)
        model.add(sum(pairs) >= offer.least * places)
        taken.setdefault(mentor, []).append(places)
    for mentor, places_taken in taken.items():
        model.add(sum(places_taken) <= int(problem.capacity[mentor]))


def _by(owner: NDArray[np.integer]) -> list[list[int]]:
    """Return the pairs of each owner who has any."""
    order = np.argsort(owner, kind="stable")
    begins = np.flatnonzero(np.diff(owner[order], prepend=-1))
    return [some.tolist() for some in np.split(order, begins)[1:]]
