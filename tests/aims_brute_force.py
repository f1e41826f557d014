"""What plans of small problems reach at aims, in plain Python, so that all of them can be tried and compared.

Nothing here knows prices, steps or flows: what a plan reaches is a number or a list, and lists are compared as Python
compares them.
"""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from taskmentor.matching import aims
from taskmentor.testing.small import NOBODY, Plan, SmallProblem

_UNSERVED = -(10**9)
_MOST_RANKS = 9
Reached = int | list[int] | tuple[int, ...]


@frozen(kw_only=True)
class Weighed:
    """A small problem with what aims look at beside scores.

    Attributes:
        small: The problem.
        load: How many mentees each mentor has already.
        kept: The pairs to be kept, as requests and mentors.
    """

    small: SmallProblem
    load: Sequence[int] = ()
    kept: frozenset[tuple[int, int]] = field(default=frozenset())

    def best(self, wanted: Sequence[aims.Aim]) -> list[Reached]:
        """Return the most that any plan reaches, aim after aim."""
        return max(self.reached(wanted, plan) for plan in self.small.plans())

    def reached(self, wanted: Sequence[aims.Aim], plan: Plan) -> list[Reached]:
        """Return what a plan reaches at each aim; more is better."""
        pairs = [(r, j) for r, j in enumerate(plan) if j != NOBODY and r not in self.small.pins]
        return [self._reached(aim, pairs, len(plan) - len(self.small.pins)) for aim in wanted]

    def _reached(self, aim: aims.Aim, pairs: Sequence[tuple[int, int]], n: int) -> Reached:
        scores = [self._score(*pair) for pair in pairs]
        ranks = [self._ranks(r)[j] for r, j in pairs]
        match aim:
            case aims.MostRequests():
                return len(pairs)
            case aims.Score():
                return sum(scores)
            case aims.FewestChanges():
                return sum(pair in self.kept for pair in pairs)
            case aims.LoadSpread():
                return -sum(self._cost(j, [other for _, other in pairs].count(j)) for j in {j for _, j in pairs})
            case aims.MaxMin(by=by):
                return len(pairs), min(scores if by == "score" else [-rank for rank in ranks], default=0)
            case aims.Leximin(by=by):
                well = scores if by == "score" else [-rank for rank in ranks]
                return sorted([*well, *[_UNSERVED] * (n - len(pairs))])
            case aims.RankMaximal():
                return [ranks.count(rank) for rank in range(1, _MOST_RANKS)]
        raise AssertionError(aim)

    def _score(self, request: int, mentor: int) -> int:
        score = self.small.scores[request][mentor]
        assert score is not None
        return score

    def _cost(self, mentor: int, n: int) -> int:
        before = self.load[mentor] if self.load else 0
        return sum(range(before, before + n))

    def _ranks(self, request: int) -> Mapping[int, int]:
        """Return how far down each mentor stands; those who are equally good share a rank."""
        scores = {j: score for j, score in enumerate(self.small.scores[request]) if score is not None}
        different = sorted(set(scores.values()), reverse=True)
        return {j: 1 + different.index(score) for j, score in scores.items()}
