"""`CpSat`: the optimum by constraint programming, for problems of up to a few thousand requests."""

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError, TooLargeError
from taskmentor.matching.clash import clash
from taskmentor.matching.duals import Duals, bound, pinned_value
from taskmentor.matching.kernels.ascent import ascent_duals
from taskmentor.matching.kernels.filling import best_first
from taskmentor.matching.kernels.residual import residual_duals
from taskmentor.matching.kernels.ties import canonical_arcs, tight_arcs
from taskmentor.matching.listing import Listing, listing, places_listing
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rings import Lessons, Rings, cycle_shapes, lessons_of
from taskmentor.matching.rows import CompiledConstraint
from taskmentor.matching.shapes import pair_keys
from taskmentor.matching.solution import Solution, nothing_found
from taskmentor.validators import above_zero, as_float, one_of, whole

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar

__all__ = ["CpSat", "proving_solver"]

_LARGEST = 2**53
"""CP-SAT compares objective and bound as floats: above this it calls plans optimal that are a point or two below."""

_LARGEST_MODEL = 2**62
"""CP-SAT refuses models in which the sum of all coefficients could leave an int64."""


_MOST_RINGS = 1_000_000
"""Problems with more teach-learn cycles are refused."""


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

    seconds: float = field(default=60.0, validator=above_zero, converter=as_float)
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

    def holds(self, constraint: CompiledConstraint) -> bool:
        """Return that every constraint is held."""
        return True

    def __call__(self, problem: Problem) -> Solution:
        """Return an optimal plan, or the best one found in time.

        Raises:
            SolverError: If under constraints the time was over before any plan was found.
        """
        arcs = problem.arcs(who="CpSat", most=self.most_pairs)
        if problem.constraints:
            return self._constrained(problem, arcs)
        found = self._solve(problem, arcs, np.zeros(len(arcs), np.bool_))
        chosen = found.chosen
        assert chosen is not None, "the empty plan is always there"
        duals = residual_duals(problem, arcs, chosen)
        if duals is None:
            if found.proven:  # never hand on as optimal what its own residual network refutes
                raise SolverError("CP-SAT called a plan optimal that can be improved")
            filled = best_first(problem, arcs, start=chosen)
            return Solution.of(problem, self, arcs.take(filled), ascent_duals(problem, arcs, filled), stopped=True)
        picked = arcs.take(chosen)
        if self.ties == "canonical":
            optimal = canonical_arcs(problem, arcs, duals)
            again = self._solve(problem, optimal, chosen[tight_arcs(problem, arcs, duals)])
            picked = optimal.take(again.chosen) if again.proven and again.chosen is not None else picked
        solution = Solution.of(problem, self, picked, duals)
        if solution.gap != 0:
            raise SolverError("CP-SAT lost the optimum while ties were settled")
        return solution

    def _constrained(self, problem: Problem, arcs: Arcs) -> Solution:
        found = self._in_rings(problem, arcs) if cycle_shapes(problem) else self._solve(problem, arcs, None)
        if found.impossible:
            return Solution.impossible(problem, self, clash(problem, self._possible))
        if found.chosen is None:
            raise nothing_found(problem, "CpSat", f"{self.seconds} seconds")
        duals = ascent_duals(problem, arcs, best_first(problem, arcs))
        if found.duals is not None and bound(problem, found.duals) < bound(problem, duals):
            duals = found.duals
        told = None if found.told is None else found.told + pinned_value(problem)
        return Solution.of(problem, self, arcs.take(found.chosen), duals, stopped=not found.proven, told=told)

    def _possible(self, problem: Problem) -> bool:
        arcs = problem.arcs(who="CpSat", most=self.most_pairs)
        if cycle_shapes(problem):
            lessons, rings = self._rings(problem)
            return not self._best(problem, np.zeros(len(rings), np.int64), (lessons.rows(rings),), None).impossible
        return not self._solve(problem, evolve(arcs, weight=np.zeros(len(arcs), np.int64)), None).impossible

    def _rings(self, problem: Problem) -> tuple[Lessons, Rings]:
        lessons = lessons_of(problem, who="CpSat")
        rings = lessons.rings(lessons.arcs.weight, limit=_MOST_RINGS)
        if len(rings) > _MOST_RINGS:
            instead = "match fewer requests at a time"
            raise TooLargeError("CpSat", "teach-learn cycles", len(rings), _MOST_RINGS, instead)
        return lessons, rings

    def _in_rings(self, problem: Problem, arcs: Arcs) -> "Found":
        """Return the best plan of whole rings, over some pairs, and prices that cover all rings."""
        lessons, rings = self._rings(problem)
        duals = lessons.duals(problem, lessons.fair_prices(rings), unit=1)
        found = self._best(problem, rings.sums(lessons.arcs.weight), (lessons.rows(rings),), None)
        if found.chosen is None:
            return found
        used = lessons.arcs.take(rings.take(found.chosen).lessons)
        keys = pair_keys(used.request, used.mentor, problem.n_mentors)
        return evolve(found, chosen=np.isin(pair_keys(arcs.request, arcs.mentor, problem.n_mentors), keys), duals=duals)

    def _solve(self, problem: Problem, arcs: Arcs, hint: NDArray[np.bool_] | None) -> "Found":
        """Return the best plan that CP-SAT finds over some pairs; where there is a hint, it is one."""
        return self._best(problem, arcs.weight, (places_listing(problem, arcs), listing(problem, arcs)), hint)

    def _best(
        self, problem: Problem, weight: NDArray[np.int64], parts: tuple[Listing, ...], hint: NDArray[np.bool_] | None
    ) -> "Found":
        """Return the best choice of columns that CP-SAT finds under some rows; where there is a hint, it is one."""
        from ortools.sat.python import cp_model

        largest = int(weight.max(initial=0)) * (problem.n_places + 1)
        if largest > _LARGEST:
            raise CostRangeError("CP-SAT's objective", largest, _LARGEST)
        if (coefficients := sum(weight.tolist())) > _LARGEST_MODEL:
            raise CostRangeError("CP-SAT's sum of coefficients", coefficients, _LARGEST_MODEL)
        model = cp_model.CpModel()
        used = [model.new_bool_var("") for _ in range(len(weight))]
        for rows in parts:
            _add(model, rows, used)
        model.maximize(cp_model.LinearExpr.weighted_sum(used, weight.tolist()))
        for arc in np.flatnonzero(hint).tolist() if hint is not None else ():
            model.add_hint(used[arc], 1)
        solver = proving_solver(seed=self.seed, seconds=self.seconds)
        status = solver.solve(model)
        if status == cp_model.UNKNOWN:  # out of time before the first plan
            return Found(chosen=hint)
        if status == cp_model.INFEASIBLE:
            return Found(impossible=True)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise SolverError(f"CP-SAT ended with {solver.status_name(status)}")
        chosen = np.array([solver.boolean_value(one) for one in used], np.bool_)
        value, proven = int(weight[chosen].sum()), status == cp_model.OPTIMAL
        # CP-SAT tells its bound, a whole number, as a float that may lie just below it.
        told = value if proven else max(round(solver.best_objective_bound), value)
        return Found(chosen=chosen, told=told, proven=proven)


def proving_solver(*, seed: int, seconds: float) -> "CpSolver":
    """Return CP-SAT with settings that are deterministic and prove assignments.

    Args:
        seed: Its own seed.
        seconds: Its time limit.
    """
    from ortools.sat.python.cp_model import CpSolver

    solver = CpSolver()
    # One worker is deterministic; it proves assignments only with the whole linear programme from the start.
    solver.parameters.num_workers = 1
    solver.parameters.add_lp_constraints_lazily = False
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = seconds
    return solver


@frozen(eq=False, kw_only=True)
class Found:
    """What CP-SAT ended with: the columns of the best plan, what none exceeds, whether that is the same, and prices."""

    chosen: NDArray[np.bool_] | None = None
    told: int | None = None
    proven: bool = False
    impossible: bool = False
    duals: Duals | None = None


def _add(model: "CpModel", rows: Listing, columns: "list[IntVar]") -> None:
    from ortools.sat.python.cp_model import Domain, LinearExpr

    bounds = zip(rows.low.tolist(), rows.high.tolist(), strict=True)
    for (start, end), (low, high) in zip(pairwise(rows.start.tolist()), bounds, strict=True):
        some, amount = [columns[arc] for arc in rows.arc[start:end].tolist()], rows.amount[start:end]
        if not some:  # an empty sum would be dropped, whatever its limits
            if not low <= 0 <= high:
                model.add_bool_or([])
        elif high == 1 and low <= 0 and (amount == 1).all():
            model.add_at_most_one(some)
        else:
            model.add_linear_expression_in_domain(LinearExpr.weighted_sum(some, amount.tolist()), Domain(low, high))
