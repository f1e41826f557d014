"""Prices that prove a bound: from a linear programme over pairs, then by column generation over uses of places."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from taskmentor.errors import SolverError
from taskmentor.matching.joint.offers import UNIT, JointProblem
from taskmentor.matching.joint.uses import Prices, Use, best_uses, bound, bound_of

if TYPE_CHECKING:
    from ortools.linear_solver.pywraplp import Constraint, Solver, Variable

__all__ = ["divided_places", "prove"]


_MOST_REFINED = 20_000
"""Above so many pairs the passes take minutes, and the first prices are good already."""


def prove(problem: JointProblem, first: Prices, chosen: NDArray[np.int64], *, passes: int) -> Prices:
    """Return prices that prove a bound, as near to the value of a plan as a number of passes brings it.

    Each pass solves the linear programme over the uses of mentors' places met so far, the plan's first, and asks every
    mentor for a better use half-way between its prices and the best ones so far. Prices are rounded to parts of a point
    and every bound is taken again in whole numbers, so nothing rests on the linear solver.

    Args:
        problem: The problem.
        first: Prices to begin with, such as those of `divided_places`.
        chosen: The pairs of the plan, as places in the problem's columns.
        passes: How many passes at most; none follow once the bound is the plan's value, and none are made for large
            problems.

    Source:
        Dantzig and Wolfe, "Decomposition principle for linear programs", Operations Research 8 (1960); smoothed prices
        as in Wentges, "Weighted Dantzig-Wolfe decomposition", International Transactions in Operational Research 4
        (1997).
    """
    value = sum(problem.weight[chosen].tolist())
    best = current = first
    if len(problem) > _MOST_REFINED:
        return best
    proven = bound(problem, best)
    master = _Master(problem, chosen)
    halfway = True
    for _ in range(passes):
        if proven == value:
            break
        asked = _between(best, current) if halfway else current
        uses = list(best_uses(problem, asked))
        found = [use for use in uses if master.lacks(use)]
        if (now := bound_of(problem, asked, uses)) < proven:
            best, proven = asked, now
        if not found and not halfway:
            break  # no mentor knows a better use: this is the linear programme's optimum
        halfway = bool(found)
        for use in found:
            master.add(use)
        current = master.prices()
    return best


def _between(best: Prices, current: Prices) -> Prices:
    return Prices(request=(best.request + current.request) // 2, mentee=(best.mentee + current.mentee) // 2)


def _solver() -> "Solver":
    from ortools.linear_solver import pywraplp

    return pywraplp.Solver.CreateSolver("GLOP")


def divided_places(problem: JointProblem) -> Prices:
    """Return the shadow prices of the linear programme over pairs, in which parts of places may be opened."""
    solver = _solver()
    rows = _Rows(solver, problem)
    mentors = [solver.Constraint(0, float(places)) for places in problem.capacity.tolist()]
    for lot, (start, end) in enumerate(pairwise(problem.lots.tolist())):
        seats, places = problem.offer_of(lot).seats, mentors[problem.mentor_of(lot)]
        if seats > 1:
            opened = solver.NumVar(0, solver.infinity(), "")
            places.SetCoefficient(opened, 1)
            places = solver.Constraint(-solver.infinity(), 0)
            places.SetCoefficient(opened, -seats)
        for pair in range(start, end):
            places.SetCoefficient(rows.column([pair]), 1)
    return rows.prices()


class _Rows:
    """A linear programme whose rows are requests and mentees; its columns are sets of pairs."""

    def __init__(self, solver: "Solver", problem: JointProblem) -> None:
        self.solver = solver
        self._weight = problem.weight.tolist()
        self._request, self._mentee = problem.request.tolist(), problem.mentee[problem.request].tolist()
        self._objective = solver.Objective()
        self._objective.SetMaximization()
        self._requests = [solver.Constraint(0, 1) for _ in range(problem.n_requests)]
        self._mentees = [solver.Constraint(0, float(limit)) for limit in problem.limit.tolist()]

    def column(self, pairs: Sequence[int]) -> "Variable":
        """Return a new column for some pairs."""
        variable = self.solver.NumVar(0, self.solver.infinity(), "")
        self._objective.SetCoefficient(variable, float(sum(self._weight[pair] for pair in pairs)))
        for row, times in Counter(self._request[pair] for pair in pairs).items():
            self._requests[row].SetCoefficient(variable, times)
        for row, times in Counter(self._mentee[pair] for pair in pairs).items():
            self._mentees[row].SetCoefficient(variable, times)
        return variable

    def prices(self) -> Prices:
        """Return the prices of the optimum, rounded to parts of a point."""
        if self.solver.Solve() != self.solver.OPTIMAL:
            raise SolverError("the linear programme of one pool has no optimum")
        return Prices(request=_rounded(self._requests), mentee=_rounded(self._mentees))


class _Master:
    """The linear programme over the uses of places met so far."""

    def __init__(self, problem: JointProblem, chosen: NDArray[np.int64]) -> None:
        solver = _solver()
        self._rows = _Rows(solver, problem)
        self._mentors = [solver.Constraint(0, 1) for _ in range(len(problem.capacity))]
        self._known: set[tuple[int, bytes]] = set()
        owner = problem.mentor[chosen]
        for pairs in np.split(chosen, np.flatnonzero(np.diff(owner)) + 1):
            if len(pairs):
                self.add(Use(mentor=int(problem.mentor[pairs[0]]), pairs=pairs, worth=0))

    def lacks(self, use: Use) -> bool:
        """Tell whether a use is new; one that is there already cannot gain more than the programme says."""
        return (use.mentor, use.pairs.tobytes()) not in self._known

    def add(self, use: Use) -> None:
        """Take one more use into account."""
        self._known.add((use.mentor, use.pairs.tobytes()))
        self._mentors[use.mentor].SetCoefficient(self._rows.column(use.pairs.tolist()), 1)

    def prices(self) -> Prices:
        """Return the prices of the programme's optimum."""
        return self._rows.prices()


def _rounded(rows: "list[Constraint]") -> NDArray[np.int64]:
    duals = np.array([row.dual_value() for row in rows], np.float64)
    return np.maximum(np.rint(duals * UNIT), 0).astype(np.int64)
