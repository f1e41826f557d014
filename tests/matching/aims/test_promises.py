"""`Ordered` keeps what every strategy promises: the aims of an objective, asked for as a strategy for it."""

from attrs import evolve, frozen

from taskmentor.matching.aims import Aim, MostRequests, Score, WishesMet
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution
from taskmentor.testing import StrategyConformance, StrategyPromises


@frozen
class ByAims:
    """Finds the optimum of an objective by its aims in order."""

    @property
    def name(self) -> str:
        return "by-aims"

    def get_params(self) -> dict[str, Described]:
        return {}

    def __call__(self, problem: Problem) -> Solution:
        wanted: tuple[Aim, ...] = (Score(), WishesMet())
        if problem.objective == "requests-then-score":
            wanted = (MostRequests(), *wanted)
        found = Ordered()(evolve(problem, aims=wanted))
        return evolve(found, aims=(), strategy=self.name, parameters={})


class TestOrdered(StrategyConformance):
    strategy = ByAims()
    promised = StrategyPromises(exact=True, problems=20, organisations=6, leave_out={"fresh"})
