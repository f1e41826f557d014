"""Aims: what a plan can be best at, one after the other. To add one, write a frozen class as these.

Pins are settled before, and count at no aim.
"""

from collections.abc import Iterable
from typing import Literal, Protocol, Self

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.matching.pool import Pool
from taskmentor.validators import id_triples, one_of

__all__ = [
    "Aim",
    "Choices",
    "FewestChanges",
    "Floor",
    "Leximin",
    "LoadSpread",
    "MaxMin",
    "Measure",
    "MostRequests",
    "RankMaximal",
    "Score",
    "Spread",
    "Step",
    "Steps",
    "Sum",
    "WishesMet",
]

Measure = Literal["score", "rank"]
"""How well off a request is with a mentor: by the pair's score, or by how far down its own order the mentor stands."""


class Choices(Protocol):
    """The pairs that a plan may have, as an aim sees them: one number or truth for each pair in every column."""

    @property
    def pool(self) -> Pool | None:
        """Return who the places stand for; None for a problem made from scores."""
        ...

    @property
    def request(self) -> NDArray[np.integer]:
        """Return the place of each pair's request."""
        ...

    @property
    def mentor(self) -> NDArray[np.integer]:
        """Return the place of each pair's mentor."""
        ...

    @property
    def score(self) -> NDArray[np.int64]:
        """Return the score of each pair."""
        ...

    @property
    def rank(self) -> NDArray[np.int64]:
        """Return how far down each pair stands in its request's own order: 1 for the best mentors, 2 for the next."""
        ...

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Return which pairs can be made: both sides have a place left, and no objective forbids pairs of no worth."""
        ...

    @property
    def meets_wish(self) -> NDArray[np.bool_]:
        """Return which pairs meet a wish of the mentee."""
        ...

    @property
    def load(self) -> NDArray[np.int64]:
        """Return how many mentees each mentor has already, by engagements and pins. Shape (n_mentors,)."""
        ...

    def are_among(self, named: tuple[tuple[str, str, str], ...]) -> NDArray[np.bool_]:
        """Return which pairs are named, as (mentee id, skill id, mentor id)."""
        ...


@frozen(eq=False)
class Sum:
    """A sum over the pairs of a plan, to be as large as can be.

    Attributes:
        column: A number for each pair. Shape (n_pairs,).
        grade: Where given, only pairs with this number count, and each counts `sign`.
        sign: 1 for many such pairs, -1 for few.
    """

    column: NDArray[np.int64]
    grade: int | None = None
    sign: int = 1

    def points(self, rows: NDArray[np.generic]) -> NDArray[np.int64]:
        """Return what some pairs add, by places or by a mask."""
        column = self.column[rows]
        counted: NDArray[np.int64] = (
            column if self.grade is None else self.sign * (column == self.grade).astype(np.int64)
        )
        return counted


@frozen(eq=False)
class Spread:
    """What mentors' places cost, to be as little as can be: each as much as the mentor has mentees before it.

    Attributes:
        load: How many mentees each mentor has already. Shape (n_mentors,).
    """

    load: NDArray[np.int64]

    def points(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return what some pairs add, by places: nothing, whichever they are."""
        return np.zeros(len(rows), np.int64)


@frozen(eq=False)
class Floor:
    """The least number among the pairs of a plan, to be as large as can be.

    Attributes:
        column: A number for each pair. Shape (n_pairs,).
        unit: What it is told in: -1 where the numbers are ranks below 0.
    """

    column: NDArray[np.int64]
    unit: Literal[1, -1] = 1


Step = Sum | Spread | Floor
Steps = tuple[Step, ...]


class Aim(Protocol):
    """What a plan can be best at."""

    @property
    def name(self) -> str:
        """Return the aim's name, by which results call it."""
        ...

    def steps(self, choices: Choices) -> Steps:
        """Return the whole-number sums that the aim stands for, in their order."""
        ...


def _all(choices: Choices) -> Sum:
    return Sum(np.ones(len(choices.usable), np.int64))


@frozen(kw_only=True)
class MostRequests:
    """As many served requests as can be."""

    @property
    def name(self) -> str:
        """Return `most-requests`."""
        return "most-requests"

    def steps(self, choices: Choices) -> Steps:
        """Return one sum, in which each pair counts 1."""
        return (_all(choices),)


@frozen(kw_only=True)
class Score:
    """As large a sum of scores as can be."""

    @property
    def name(self) -> str:
        """Return `score`."""
        return "score"

    def steps(self, choices: Choices) -> Steps:
        """Return one sum, of scores."""
        return (Sum(choices.score),)


@frozen(kw_only=True)
class WishesMet:
    """As many pairs as can be that meet what the mentee wishes about the mentor.

    Where the policy leaves wishes `unused`, or nobody wishes anything, all plans are equal here.
    """

    @property
    def name(self) -> str:
        """Return `wishes-met`."""
        return "wishes-met"

    def steps(self, choices: Choices) -> Steps:
        """Return one sum, in which each pair that meets a wish counts 1."""
        return (Sum(choices.meets_wish.astype(np.int64)),)


class _HasPairs(Protocol):
    """Anything with pairs in ids, such as a plan."""

    @property
    def mentee_id(self) -> NDArray[np.str_]: ...

    @property
    def skill_id(self) -> NDArray[np.str_]: ...

    @property
    def mentor_id(self) -> NDArray[np.str_]: ...


def _triples(given: Iterable[Iterable[str]]) -> tuple[tuple[str, str, str], ...]:
    return id_triples(given, table="aims", column="kept")


@frozen(kw_only=True)
class FewestChanges:
    """As few pairs of an earlier plan lost as can be: as many kept as can be.

    Attributes:
        kept: Its pairs, as (mentee id, skill id, mentor id). Those that nobody could make any more are lost anyway.
    """

    kept: tuple[tuple[str, str, str], ...] = field(converter=_triples)

    @classmethod
    def of(cls, plan: _HasPairs) -> Self:
        """Return the aim that keeps the pairs of a plan."""
        return cls(kept=zip(plan.mentee_id.tolist(), plan.skill_id.tolist(), plan.mentor_id.tolist(), strict=True))

    @property
    def name(self) -> str:
        """Return `fewest-changes`."""
        return "fewest-changes"

    def steps(self, choices: Choices) -> Steps:
        """Return one sum, in which each kept pair counts 1."""
        return (Sum(choices.are_among(self.kept).astype(np.int64)),)


@frozen(kw_only=True)
class LoadSpread:
    """As even a load of mentors as can be: each mentee costs as much as the mentor has mentees before.

    Over plans that serve as many requests this is the least sum of squared loads. Running engagements and pins count as
    load. Without an aim before it, the best plan gives no mentor more than one mentee.
    """

    @property
    def name(self) -> str:
        """Return `load-spread`."""
        return "load-spread"

    def steps(self, choices: Choices) -> Steps:
        """Return the costs of places."""
        return (Spread(choices.load),)


@frozen(kw_only=True)
class MaxMin:
    """The worst-off served request as well off as can be, with as many requests served as can be.

    A request that is not served is worse off than any that is, which is why the number of requests comes first.

    Attributes:
        by: `score`, the score of its pair; `rank`, how far down its own order its mentor stands.
    """

    by: Measure = field(default="score", validator=one_of("score", "rank"))

    @property
    def name(self) -> str:
        """Return `max-min`."""
        return "max-min"

    def steps(self, choices: Choices) -> Steps:
        """Return the number of requests, then the least grade."""
        return (_all(choices), Floor(choices.score) if self.by == "score" else Floor(-choices.rank, -1))


@frozen(kw_only=True)
class Leximin:
    """The worst-off request as well off as can be, then the next, and so on to the best-off.

    It is over requests, not people: somebody with several requests counts once for each. A request that is not served
    is worse off than any that is. So as many as can be are served, as few as can be of them have the lowest score, then
    the next, and so on.

    Attributes:
        by: As for `MaxMin`; by `rank` it gives what is known as a fair matching.

    Source:
        Huang, Kavitha, Mehlhorn and Michail, "Fair matchings and related problems", FSTTCS 2013: the fewest pairs of
        the worst rank, then of the next. Here ranks may be scores, and both sides may have several places.
    """

    by: Measure = field(default="score", validator=one_of("score", "rank"))

    @property
    def name(self) -> str:
        """Return `leximin`."""
        return "leximin"

    def steps(self, choices: Choices) -> Steps:
        """Return the number of requests, then that of pairs of each score or rank, the worst first."""
        column = choices.score if self.by == "score" else choices.rank
        grades = _distinct(column, choices)
        return (_all(choices), *(Sum(column, grade, -1) for grade in grades[:: 1 if self.by == "score" else -1]))


@frozen(kw_only=True)
class RankMaximal:
    """As many requests as can be with a mentor who is best for them, then with one who is next, and so on.

    The order of each request is what the mentee's list says, and where there is none, scores. Mentors who are equally
    good share a rank.

    Source:
        Irving, Kavitha, Mehlhorn, Michail and Paluch, "Rank-maximal matchings", ACM Transactions on Algorithms 2
        (2006).
    """

    @property
    def name(self) -> str:
        """Return `rank-maximal`."""
        return "rank-maximal"

    def steps(self, choices: Choices) -> Steps:
        """Return the number of pairs of each rank, the first rank first."""
        return tuple(Sum(choices.rank, rank) for rank in _distinct(choices.rank, choices))


def _distinct(column: NDArray[np.int64], choices: Choices) -> list[int]:
    """Return the different numbers of the pairs that can be used, rising."""
    found: list[int] = np.unique(column[choices.usable]).tolist()
    return found
