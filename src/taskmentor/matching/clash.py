"""Where no plan keeps all constraints: an irreducible set of those that clash."""

from collections.abc import Callable, Sequence

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.matching.ids import request_ids
from taskmentor.matching.problem import Problem
from taskmentor.matching.rows import UNLIMITED, CycleRows, Entries, RowPrices, RowsShape, bars
from taskmentor.matching.shapes import CompiledScorer, ExplicitPoints, PointsShape, pair_keys

__all__ = ["clash"]

_MOST_ROWS = 256
"""Rows of one constraint that are tried one by one; of more, the constraint is named as a whole."""


def clash(problem: Problem, possible: Callable[[Problem], bool]) -> tuple[str, ...]:
    """Return constraints, rows of them and pins that cannot be kept together, and of which none can be left out.

    Everybody's places, limits and the rules on pairs are always kept.

    Args:
        problem: A problem that no plan keeps.
        possible: Says whether some plan keeps another problem.

    Complexity:
        One question for each constraint, and for each row of those that are left.

    Source:
        The deletion filter: Chinneck and Dravnieks, "Locating minimal infeasible constraint sets in linear programs",
        ORSA Journal on Computing 3 (1991).
    """
    whole = _parts(problem)
    left = _irreducible(problem, whole, possible)
    fine = [piece for part in left for piece in _pieces(problem, part)]
    if any(piece.row is not None for piece in fine if piece.constraint >= 0):
        left = _irreducible(problem, fine, possible)
    return tuple(part.name for part in left)


@frozen(eq=False)
class _Part:
    """What can be left out: a constraint, or some rows of it, or a pin.

    Attributes:
        name: What it is called.
        constraint: Its place, -1 for a pin.
        row: The row, None for all of them; of a pin, the request.
    """

    name: str
    constraint: int
    row: int | None = None


def _parts(problem: Problem) -> list[_Part]:
    pinned = np.flatnonzero(problem.pinned >= 0)
    pins = [
        _Part(f"the pin of {name}", -1, int(row)) for row, name in zip(pinned, _named(problem, pinned), strict=True)
    ]
    return [*pins, *(_Part(one.name, place) for place, one in enumerate(problem.constraints))]


def _named(problem: Problem, requests: NDArray[np.integer]) -> list[str]:
    if problem.pool is None:
        return [f"request {one}" for one in requests.tolist()]
    mentees, skills = request_ids(problem, requests)
    return [f"{mentee} for {skill}" for mentee, skill in zip(mentees, skills, strict=True)]


def _pieces(problem: Problem, part: _Part) -> list[_Part]:
    """Return the rows of a part that no pair at all would break, or the part where they are none or too many."""
    if part.constraint < 0 or part.row is not None:
        return [part]
    constraint = problem.constraints[part.constraint]
    rows = np.arange(min(constraint.shape.n_rows, _MOST_ROWS + 1))
    if len(rows) > _MOST_ROWS or isinstance(constraint.shape, CycleRows):
        return [part]
    return [_Part(name, part.constraint, row) for row, name in zip(rows.tolist(), constraint.named(rows), strict=True)]


def _irreducible(problem: Problem, parts: Sequence[_Part], possible: Callable[[Problem], bool]) -> list[_Part]:
    left = list(parts)
    for part in parts:
        fewer = [one for one in left if one is not part]
        if not possible(_with_only(problem, fewer)):
            left = fewer
    return left


def _with_only(problem: Problem, parts: Sequence[_Part]) -> Problem:
    """Return a problem with only some of the constraints, rows and pins; pins left out are free requests."""
    kept = []
    for place, constraint in enumerate(problem.constraints):
        own = [part for part in parts if part.constraint == place]
        if any(part.row is None for part in own):
            kept.append(constraint)
        elif own:
            rows = np.array(sorted(part.row for part in own if part.row is not None), np.int64)
            kept.append(evolve(constraint, shape=_SomeRows(constraint.shape, rows)))
    pins = {part.row for part in parts if part.constraint < 0}
    dropped = [one for one in np.flatnonzero(problem.pinned >= 0).tolist() if one not in pins]
    pinned, capacity, limit = problem.pinned.copy(), problem.capacity.copy(), problem.limit.copy()
    np.add.at(capacity, pinned[dropped], 1)
    np.add.at(limit, problem.mentee[dropped], 1)
    scorers = (*problem.scorers, _of_worth(problem, dropped)) if problem.objective == "score" else problem.scorers
    pinned[dropped] = -1
    # What a constraint bars by itself goes with it.
    names = {bar.name for bar in bars(problem.constraints)}
    rules = [rule for rule in problem.rules if rule.name not in names]
    return evolve(
        problem,
        constraints=tuple(kept),
        rules=(*rules, *bars(kept)),
        scorers=scorers,
        pinned=pinned,
        capacity=capacity,
        limit=limit,
    )


def _of_worth(problem: Problem, pins: list[int]) -> CompiledScorer:
    """Return points for the pairs of some pins, which plans may have whatever else they are worth."""
    keys = np.sort(pair_keys(np.array(pins, np.int64), problem.pinned[pins], problem.n_mentors))
    low, _ = problem.score_bounds
    return CompiledScorer("pin", 1, ExplicitPoints(keys, np.full(len(keys), 1 - low), problem.n_mentors))


@frozen(eq=False)
class _SomeRows:
    """Some rows of a shape; all others have no limits."""

    shape: RowsShape
    rows: NDArray[np.int64]

    @property
    def n_rows(self) -> int:
        """Return a number that the numbers of all rows are below."""
        return self.shape.n_rows

    @property
    def n_stated(self) -> int:
        """Return how many rows state the constraint."""
        return self.shape.n_stated

    @property
    def largest(self) -> int:
        """Return what the amounts of no pair exceed together."""
        return self.shape.largest

    @property
    def required(self) -> NDArray[np.int64]:
        """Return the rows that no pair at all would break."""
        return np.intersect1d(self.shape.required, self.rows)

    def entries(self, requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> Entries:
        """Return how much some pairs count in which rows."""
        return self.shape.entries(requests, mentors)

    def limits(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the low and the high limit of some rows."""
        low, high = self.shape.limits(rows)
        kept = np.isin(rows, self.rows)
        return np.where(kept, low, -UNLIMITED), np.where(kept, high, UNLIMITED)

    def charges(self, prices: RowPrices) -> tuple[PointsShape, ...]:
        """Return what every pair is charged when rows have prices."""
        return self.shape.charges(prices)
