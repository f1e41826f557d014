"""The block of people that no plan can serve: why all of them cannot have what they ask for."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.answers.alternating import GrowingPlan
from taskmentor.errors import SolverError
from taskmentor.matching.ids import pool_of, request_ids
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Solution
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = ["Hindrance", "hindrance"]

_MOST_NAMED = 8


@frozen(kw_only=True)
class Hindrance:
    """Requests that only some mentors can serve, and more of them than these have places.

    Attributes:
        requests: The requests, by mentee and skill; nobody else can serve them.
        mentors: Everybody who could serve one of them and offers a place, by id.
        demand: How many of the requests could be served if mentors had places enough, within the mentees' limits.
        places: How many places the mentors have for them.
    """

    requests: tuple[tuple[PersonId, SkillId], ...]
    mentors: tuple[PersonId, ...]
    demand: int
    places: int

    @property
    def short_of(self) -> int:
        """Return how many of them no plan serves, 1 or more."""
        return self.demand - self.places

    def as_data(self) -> dict[str, Described]:
        """Return the block as plain data."""
        return {
            "requests": [{"mentee_id": mentee, "skill_id": skill} for mentee, skill in self.requests],
            "mentors": [*self.mentors],
            "demand": self.demand,
            "places": self.places,
            "short_of": self.short_of,
        }

    def __str__(self) -> str:
        if not self.mentors:
            return f"{_asked(self.demand)} can be served by nobody who offers a place"
        who = _listed([str(one) for one in self.mentors])
        places = "1 place" if self.places == 1 else f"{self.places:,} places"
        return (
            f"{_asked(self.demand)} of {_listed(sorted({str(one) for one, _ in self.requests}))} can be served by "
            f"{who} alone, who {'has' if len(self.mentors) == 1 else 'have'} {places}: {self.short_of:,} too few"
        )


def _asked(n: int) -> str:
    return "1 request" if n == 1 else f"{n:,} requests"


def _listed(names: list[str]) -> str:
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED:,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def hindrance(problem: Problem, solution: Solution, arcs: Arcs, request: int) -> Hindrance | None:
    """Return the block that keeps one request from being served besides all that a plan serves, or None.

    There is none where the request's mentee has no place left, or the plan can be improved so that it serves one more.

    Args:
        problem: The problem, made from an organisation.
        solution: Its solution.
        arcs: All pairs that a plan may use.
        request: The place of a request that is not served.

    Raises:
        SolverError: If the block that was found is none.

    Complexity:
        O(pairs).

    Source:
        Hall, "On representatives of subsets", Journal of the London Mathematical Society 10 (1935); the block is what
        alternating paths reach from the request.
    """
    free = problem.pinned[solution.request] < 0
    plan = GrowingPlan.of(problem, arcs, solution.request[free], solution.mentor[free])
    if problem.mentee[request] not in plan.roomy:
        return None
    found = plan.reach(request=request)
    if (found.mentor & (plan.load < problem.capacity)).any():
        return None
    demand, places = _checked(problem, arcs, found.request, found.mentor)
    pool = pool_of(problem)
    requests = np.flatnonzero(found.request)
    mentees, skills = request_ids(problem, requests)
    ids = pool.organisation.people.ids[pool.mentors[found.mentor]]
    return Hindrance(
        requests=tuple(sorted((PersonId(str(i)), SkillId(str(s))) for i, s in zip(mentees, skills, strict=True))),
        mentors=tuple(sorted(PersonId(str(one)) for one in ids)),
        demand=demand,
        places=places,
    )


def _checked(problem: Problem, arcs: Arcs, requests: NDArray[np.bool_], mentors: NDArray[np.bool_]) -> tuple[int, int]:
    """Return what a block asks for and what there is for it, counted from the pairs and limits alone."""
    own = np.bincount(problem.mentee[requests], minlength=problem.n_mentees)
    demand, places = int(np.minimum(own, problem.limit).sum()), int(problem.capacity[mentors].sum())
    if not mentors[arcs.mentor[requests[arcs.request]]].all() or demand <= places:
        raise SolverError("a block of requests was found that could all be served")
    return demand, places
