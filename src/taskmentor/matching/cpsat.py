"""`CpSat`: the optimum by constraint programming, for problems of up to a few thousand requests."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from attrs import field, frozen
from attrs.validators import gt
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError
from taskmentor.matching.kernels.ascent import ascent_duals
from taskmentor.matching.kernels.filling import best_first
from taskmentor.matching.kernels.residual import residual_duals
from taskmentor.matching.kernels.ties import canonical_arcs, tight_arcs
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Solution
from taskmentor.validators import one_of, whole

__all__ = ["CpSat"]

_LARGEST = 2**53
"""CP-SAT compares objective and bound as floats: above this it calls plans optimal that are a point or two below."""

_LARGEST_MODEL = 2**62
"""CP-SAT refuses models in which the sum of all coefficients could leave an int64."""


@frozen(kw_only=True)
class CpSat:
    """Finds and proves the optimum with OR-Tools' CP-SAT, on settings that are deterministic and prove assignments.

    The proof does not rest on the solver's word: prices are taken from the plan itself. Where the time runs out first,
    the bound comes from prices that were improved for a fixed number of passes.

    Attributes:
        seconds: Time limit; where it strikes, the status is `time-limit`.
        ties: As for `Flow`; where the time runs out while ties are settled, the optimal plan met first is kept.
        most_pairs: Problems with more qualified pairs are refused.
        seed: The solver's own seed.
    """

    seconds: float = field(default=60.0, validator=gt(0), converter=float)
    ties: Literal["canonical", "any"] = field(default="canonical", validator=one_of("canonical", "any"))
    most_pairs: int = field(default=200_000, validator=whole(at_least=1))
    seed: int = field(default=0, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `cpsat`."""
        return "cpsat"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        return {"seconds": str(self.seconds), "ties": self.ties, "most_pairs": self.most_pairs, "seed": self.seed}

    def __call__(self, problem: Problem) -> Solution:
        """Return an optimal plan, or the best one found in time."""
        arcs = problem.arcs(who="CpSat", most=self.most_pairs)
        chosen, proven = self._solve(problem, arcs, np.zeros(len(arcs), np.bool_))
        duals = residual_duals(problem, arcs, chosen)
        if duals is None:
            if proven:  # never hand on as optimal what its own residual network refutes
                raise SolverError("CP-SAT called a plan optimal that can be improved")
            filled = best_first(problem, arcs, start=chosen)
            return Solution.of(problem, self, arcs.take(filled), ascent_duals(problem, arcs, filled), stopped=True)
        picked = arcs.take(chosen)
        if self.ties == "canonical":
            optimal = canonical_arcs(problem, arcs, duals)
            again, settled = self._solve(problem, optimal, chosen[tight_arcs(problem, arcs, duals)])
            picked = optimal.take(again) if settled else picked
        solution = Solution.of(problem, self, picked, duals)
        if solution.gap != 0:
            raise SolverError("CP-SAT lost the optimum while ties were settled")
        return solution

    def _solve(self, problem: Problem, arcs: Arcs, hint: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], bool]:
        """Return which arcs the best plan found uses, and whether CP-SAT says that it is the best there is."""
        from ortools.sat.python import cp_model

        largest = int(arcs.weight.max(initial=0)) * (problem.n_places + 1)
        if largest > _LARGEST:
            raise CostRangeError("CP-SAT's objective", largest, _LARGEST)
        if (coefficients := sum(arcs.weight.tolist())) > _LARGEST_MODEL:
            raise CostRangeError("CP-SAT's sum of coefficients", coefficients, _LARGEST_MODEL)
        model = cp_model.CpModel()
        used = [model.new_bool_var("") for _ in range(len(arcs))]
        for some, most in _limits(problem, arcs):
            chosen = [used[arc] for arc in some]
            if most == 1:
                model.add_at_most_one(chosen)
            else:
                model.add(cp_model.LinearExpr.sum(chosen) <= most)
        model.maximize(cp_model.LinearExpr.weighted_sum(used, arcs.weight.tolist()))
        for arc in np.flatnonzero(hint).tolist():
            model.add_hint(used[arc], 1)
        solver = cp_model.CpSolver()
        # One worker is deterministic; it proves assignments only with the whole linear programme from the start.
        solver.parameters.num_workers = 1
        solver.parameters.add_lp_constraints_lazily = False
        solver.parameters.linearization_level = 2
        solver.parameters.random_seed = self.seed
        solver.parameters.max_time_in_seconds = self.seconds
        status = solver.solve(model)
        if status == cp_model.UNKNOWN:  # out of time before the first plan; the empty one is always there
            return hint, False
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise SolverError(f"CP-SAT ended with {solver.status_name(status)}")
        values = [solver.boolean_value(one) for one in used]
        return np.array(values, np.bool_), status == cp_model.OPTIMAL


def _limits(problem: Problem, arcs: Arcs) -> Iterator[tuple[list[int], int]]:
    """Return every limit that could bind, as places of arcs and how many of them may be used."""
    owners = (
        (arcs.request, np.ones(problem.n_requests, np.int32)),
        (problem.mentee[arcs.request], problem.limit),
        (arcs.mentor, problem.capacity),
    )
    for owner, most in owners:
        order = np.argsort(owner, kind="stable")
        begins = np.flatnonzero(np.diff(owner[order], prepend=-1))
        for some in np.split(order, begins)[1:]:
            limit = int(most[owner[some[0]]])
            if len(some) > limit:
                yield some.tolist(), limit
