"""`Ordered`: the plan that is best at the first aim of a list, among such plans at the second, and so on, proven."""

from typing import Literal

from attrs import evolve, field, frozen

from taskmentor.errors import TooLargeError, UnsupportedError
from taskmentor.matching.aims.aim import Spread
from taskmentor.matching.aims.choices import Listed, steps_of
from taskmentor.matching.aims.face import Face
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution
from taskmentor.validators import whole

__all__ = ["Ordered"]


@frozen(kw_only=True)
class Ordered:
    """Finds the plan that is best aim by aim over all eligible pairs, with prices that prove each aim.

    The aims are the policy's. Value, bound and gap of the solution are those of the policy's `objective`, so the gap
    says what the aims cost there. What no aim decides is settled by a salted hash, such that no pair could be added.

    Attributes:
        most_pairs: Problems with more qualified pairs are refused.

    Complexity:
        A flow for each few steps of the aims: some four counts of pairs fit one flow of 1,000 requests. `Leximin` has
        one step for each different score.
    """

    most_pairs: int = field(default=1_000_000, validator=whole(at_least=1))

    @property
    def name(self) -> str:
        """Return `ordered`."""
        return "ordered"

    @property
    def holds_aims(self) -> Literal[True]:
        """Return that it looks for what is best at each aim."""
        return True

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        return {"most_pairs": self.most_pairs}

    def __call__(self, problem: Problem) -> Solution:
        """Return the best plan."""
        if not problem.aims:
            raise UnsupportedError(
                "Ordered() looks for what is best aim by aim, and the policy has no aims; use Flow() or Exact()."
            )
        problem.refuse_constraints("Ordered", "give the policy no aims, and take CpSat or Milp")
        if (size := problem.n_qualified()) > self.most_pairs:
            instead = "match fewer requests at a time, or by a policy without aims"
            raise TooLargeError("Ordered()", "qualified pairs", size, self.most_pairs, instead)
        listed = Listed.of(problem)
        steps = [step for aim in steps_of(listed) for step in aim]
        face = Face.of(listed, spreads=any(isinstance(step, Spread) for step in steps))
        duals = face.plain_duals()
        aims = face.descend(steps)
        return evolve(Solution.of(problem, self, face.settled(), duals), aims=aims)
