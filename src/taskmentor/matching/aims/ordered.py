"""`Ordered`: the plan that is best at the first aim of a list, among such plans at the second, and so on, proven."""

from time import monotonic
from typing import Literal

from attrs import evolve, field, frozen

from taskmentor.errors import TooLargeError, UnsupportedError
from taskmentor.matching.aims.aim import Spread, Step
from taskmentor.matching.aims.choices import Listed, steps_of
from taskmentor.matching.aims.face import Face
from taskmentor.matching.aims.stepwise import any_plan, best_in_order
from taskmentor.matching.clash import clash
from taskmentor.matching.highs import need_highs
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.rows import CompiledConstraint, CycleRows
from taskmentor.matching.solution import Solution, Status, nothing_found, unheld
from taskmentor.validators import above_zero, as_float, whole

__all__ = ["Ordered"]


@frozen(kw_only=True)
class Ordered:
    """Finds the plan that is best aim by aim over all eligible pairs, with prices that prove each aim.

    The aims are the policy's. Value, bound and gap of the solution are those of the policy's `objective`, so the gap
    says what the aims cost there. What no aim decides is settled by a salted hash, such that no pair could be added.

    Under constraints the plan is the best of those that keep them, found by a mixed-integer programme for each step of
    the aims, which needs the extra `milp`. That it is best at each aim is then the solver's word, and what no aim
    decides is settled by the solver, such that as many pairs as can be are made.

    Attributes:
        most_pairs: Problems with more qualified pairs are refused.
        seconds: Time limit under constraints; where it strikes, the status is `time-limit`, and later aims are not
            looked at.
        seed: The solver's own seed.

    Complexity:
        A flow for each few steps of the aims: some four counts of pairs fit one flow of 1,000 requests. `Leximin` has
        one step for each different score.

    Source:
        Isermann, "Linear lexicographic optimization", OR Spektrum 4 (1982): each aim's optimum is a row of the next.
    """

    most_pairs: int = field(default=1_000_000, validator=whole(at_least=1))
    seconds: float = field(default=60.0, validator=above_zero, converter=as_float)
    seed: int = field(default=0, validator=whole(at_least=0, at_most=2**31 - 1))

    @property
    def name(self) -> str:
        """Return `ordered`."""
        return "ordered"

    @property
    def holds_aims(self) -> Literal[True]:
        """Return that it looks for what is best at each aim."""
        return True

    def holds(self, constraint: CompiledConstraint) -> bool:
        """Return whether it holds a constraint: all but those that ask for cycles."""
        return not isinstance(constraint.shape, CycleRows)

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        return {"most_pairs": self.most_pairs, "seconds": str(self.seconds), "seed": self.seed}

    def __call__(self, problem: Problem) -> Solution:
        """Return the best plan.

        Raises:
            UnsupportedError: If the policy has no aims, a constraint asks for cycles, or one is there without HiGHS.
            TooLargeError: If there are more pairs than `most_pairs`.
            CostRangeError: If points are larger than the arithmetic holds exactly.
            SolverError: If the time was over before any plan was found that keeps the constraints.
        """
        if not problem.aims:
            raise UnsupportedError(
                "Ordered() looks for what is best aim by aim, and the policy has no aims; use Flow() or Exact()."
            )
        if refused := unheld(problem, self):
            evolve(problem, constraints=refused).refuse_constraints("Ordered")
        if (size := problem.n_qualified()) > self.most_pairs:
            instead = "match fewer requests at a time, or by a policy without aims"
            raise TooLargeError("Ordered()", "qualified pairs", size, self.most_pairs, instead)
        return self._among_constrained(problem) if problem.constraints else self._among_all(problem)

    def _among_all(self, problem: Problem) -> Solution:
        """Return the best of all plans, with prices that prove each aim."""
        listed, steps = _in_order(problem)
        face = Face.of(listed, spreads=any(isinstance(step, Spread) for step in steps))
        duals = face.plain_duals()
        aims = face.descend(steps)
        return evolve(Solution.of(problem, self, face.settled(), duals), aims=aims)

    def _among_constrained(self, problem: Problem) -> Solution:
        """Return the best of the plans that keep the constraints, by the solver's word."""
        need_highs("Ordered under constraints")
        end = monotonic() + self.seconds
        listed, steps = _in_order(problem)
        found = best_in_order(listed, steps, seed=self.seed, end=end)
        if found.arcs is not None:
            best = Solution.of(problem, self, found.arcs, found.duals, stopped=found.stopped)
            return evolve(best, status=Status.TIME_LIMIT) if found.stopped else best
        if found.stopped:
            raise nothing_found(problem, "Ordered", f"{self.seconds} seconds")
        return Solution.impossible(problem, self, clash(problem, self._possible))

    def _possible(self, problem: Problem) -> bool:
        return any_plan(problem, seed=self.seed, end=monotonic() + self.seconds)


def _in_order(problem: Problem) -> tuple[Listed, list[Step]]:
    """Return all eligible pairs of a problem, and the steps of all its aims, one after the other."""
    listed = Listed.of(problem)
    return listed, [step for steps in steps_of(listed) for step in steps]
