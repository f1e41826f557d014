"""Scorers that change no best plan of a problem: their points are there, and nobody is matched differently for them."""

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import TooLargeError
from taskmentor.matching.flow import Flow
from taskmentor.matching.problem import Pairs, Problem

__all__ = ["IdleScorer", "idle_scorers"]

_MOST_PAIRS = 25_000_000


@frozen(kw_only=True)
class IdleScorer:
    """A scorer that changes no best plan.

    Attributes:
        name: The scorer's name.
        why: Why it does not.
    """

    name: str
    why: str


def idle_scorers(problem: Problem) -> tuple[IdleScorer, ...]:
    """Return the scorers of a problem without which the best plans are the same, as far as three patterns tell.

    They are: the same points for every pair; the same for every pair of a request, where every request that can be
    served is; and the same for every pair of a mentor, where every place that can be filled is. The last two, and
    points other than 0 in the first, are told under `requests-then-score` alone, and without aims: elsewhere points
    decide how many are served. Where there are constraints, the last two are not looked for.

    Args:
        problem: The problem.

    Raises:
        TooLargeError: If there are more than 25 million qualified pairs.
    """
    if (size := problem.n_qualified()) > _MOST_PAIRS:
        raise TooLargeError("idle_scorers", "qualified pairs", size, _MOST_PAIRS, "take a part of the requests")
    pairs = _usable(problem)
    counted = problem.objective == "requests-then-score" and not problem.aims
    served, filled = _settled(problem, pairs) if counted else (False, False)
    found = []
    for scorer, points in zip(
        problem.point_scorers, problem.parts(pairs.request, pairs.mentor, pairs.level), strict=True
    ):
        if not points.any():
            found.append(IdleScorer(name=scorer.name, why="it gives no pair any points"))
        elif counted and (points == points[0]).all():
            found.append(IdleScorer(name=scorer.name, why="it gives every pair the same points"))
        elif served and _same_for_each(pairs.request, points):
            why = "it gives all mentors of a request the same points, and every request that can be served is served"
            found.append(IdleScorer(name=scorer.name, why=why))
        elif filled and _same_for_each(pairs.mentor, points):
            why = "it gives all requests of a mentor the same points, and every place that can be filled is filled"
            found.append(IdleScorer(name=scorer.name, why=why))
    return tuple(found)


def _usable(problem: Problem) -> Pairs:
    """Return the eligible pairs of which both sides have a place left."""
    whole = Pairs.joined(problem.pairs())
    return whole.take((problem.limit[problem.mentee[whole.request]] > 0) & (problem.capacity[whole.mentor] > 0))


def _settled(problem: Problem, pairs: Pairs) -> tuple[bool, bool]:
    """Return whether every plan that serves the most serves every request with a pair, and fills every such place."""
    if problem.constraints:  # how many can be served is then no matter of places alone
        return False, False
    alone = evolve(problem, scorers=(), plain=None, wish=None, load_cost=0)
    n_served = Flow(ties="any")(alone).n_matched - int((problem.pinned >= 0).sum())
    n_places = int(problem.capacity[np.unique(pairs.mentor)].sum(dtype=np.int64))
    return n_served == len(np.unique(pairs.request)), n_served == n_places


def _same_for_each(owner: NDArray[np.int32], points: NDArray[np.int64]) -> bool:
    """Return whether all points of one owner are the same."""
    order = np.argsort(owner, kind="stable")
    owner, points = owner[order], points[order]
    return bool(((points[1:] == points[:-1]) | (owner[1:] != owner[:-1])).all())
