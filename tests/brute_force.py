"""Every plan of a small problem, tried one after the other in plain Python, and the best of them.

Nothing here knows prices, flows, weights or how much a request counts for: plans are compared as pairs (how many
requests are served, score) or by their score alone.
"""

from collections.abc import Iterator, Mapping, Sequence

from attrs import field, frozen

NOBODY = -1
Scores = Sequence[Sequence[int | None]]
Plan = tuple[int, ...]


@frozen(kw_only=True)
class SmallProblem:
    """A problem as lists.

    Attributes:
        scores: Points of each request with each mentor, None where the pair is not admitted.
        mentee: Whose each request is.
        limit: Places of each mentee, those of pins included.
        capacity: Places of each mentor, those of pins included.
        pins: The mentor of each pinned request.
        objective: `requests-then-score` or `score`.
    """

    scores: Scores
    mentee: Sequence[int]
    limit: Sequence[int]
    capacity: Sequence[int]
    objective: str
    pins: Mapping[int, int] = field(factory=dict)

    def plans(self) -> Iterator[Plan]:
        """Return every lawful plan, as the mentor of each request."""
        yield from self._extended((), list(self.limit), list(self.capacity))

    def _extended(self, plan: Plan, limit: list[int], capacity: list[int]) -> Iterator[Plan]:
        request = len(plan)
        if request == len(self.scores):
            yield plan
            return
        if request not in self.pins:
            yield from self._extended((*plan, NOBODY), limit, capacity)
        mentee = self.mentee[request]
        for mentor, score in enumerate(self.scores[request]):
            if self.pins.get(request, mentor) != mentor or not self._may(request, score):
                continue
            if limit[mentee] and capacity[mentor]:
                limit[mentee] -= 1
                capacity[mentor] -= 1
                yield from self._extended((*plan, mentor), limit, capacity)
                limit[mentee] += 1
                capacity[mentor] += 1

    def _may(self, request: int, score: int | None) -> bool:
        if score is None:
            return False
        return self.objective == "requests-then-score" or score > 0 or request in self.pins

    def worth(self, plan: Plan) -> tuple[int, int]:
        """Return how many requests a plan serves and its score; the first is 0 where it does not count."""
        points = [self.scores[request][mentor] for request, mentor in enumerate(plan) if mentor != NOBODY]
        served = len(points) if self.objective == "requests-then-score" else 0
        return served, sum(score for score in points if score is not None)

    def optimal(self) -> tuple[tuple[int, int], list[Plan]]:
        """Return the greatest worth and every plan that has it."""
        best: tuple[int, int] | None = None
        plans: list[Plan] = []
        for plan in self.plans():
            worth = self.worth(plan)
            if best is None or worth > best:
                best, plans = worth, []
            if worth == best:
                plans.append(plan)
        assert best is not None
        return best, plans
