"""`Greedy`: the best pair first, until nothing more fits."""

from attrs import field, frozen

from taskmentor.matching.kernels.ascent import ascent_duals
from taskmentor.matching.kernels.filling import best_first
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution
from taskmentor.validators import whole

__all__ = ["Greedy"]


@frozen(kw_only=True)
class Greedy:
    """Makes the best remaining pair again and again; at least half as good as the optimum, usually far nearer.

    Pairs of equal weight are ordered by a hash of the pair. The solution states a proven gap, from a fixed number of
    passes that improve prices.

    Attributes:
        passes: How many passes improve the bound.
        most_pairs: Problems with more qualified pairs are refused.

    Complexity:
        O(p log p) for p pairs, O(p) memory.

    Source:
        A greedy solution is worth at least 1/k of the optimum in an intersection of k matroids; requests with mentees'
        limits, and mentors' places, are two: Korte and Hausmann, "An analysis of the greedy heuristic for independence
        systems", Annals of Discrete Mathematics 2 (1978).
    """

    passes: int = field(default=40, validator=whole(at_least=1))
    most_pairs: int = field(default=50_000_000, validator=whole(at_least=1))

    @property
    def name(self) -> str:
        """Return `greedy`."""
        return "greedy"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        return {"passes": self.passes, "most_pairs": self.most_pairs}

    def __call__(self, problem: Problem) -> Solution:
        """Return the plan that best pair first makes."""
        problem.refuse_constraints("Greedy")
        arcs = problem.arcs(who="Greedy", most=self.most_pairs)
        chosen = best_first(problem, arcs)
        duals = ascent_duals(problem, arcs, chosen, passes=self.passes)
        return Solution.of(problem, self, arcs.take(chosen), duals)
