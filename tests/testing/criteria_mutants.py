"""Rules and scorers that each break one promise, as somebody's own might."""

import random
from typing import ClassVar

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import (
    CategoryBar,
    MentorBar,
    MentorPoints,
    PairBar,
    PairPoints,
    Places,
    PointsShape,
    RequestPoints,
    RuleShape,
    Truths,
    with_unknown,
)


def _requests(pool: Pool, admitted: NDArray[np.bool_]) -> CategoryBar:
    anybody = np.zeros(len(pool.mentors), np.int32)
    return CategoryBar(admitted.astype(np.int32), anybody, np.array([[False], [True]]))


@frozen
class Named:
    name: ClassVar[str] = "mutant"


@frozen
class SameSite(Named):
    """Keeps every promise."""

    def compile(self, pool: Pool) -> RuleShape:
        site = pool.organisation.people.extra("x_site").texts
        assert site is not None
        same = np.eye(len(site.labels) + 1, dtype=np.bool_)
        return CategoryBar(with_unknown(site, pool.mentees), with_unknown(site, pool.mentors), same)


@frozen
class OfAnotherSize(Named):
    def compile(self, pool: Pool) -> RuleShape:
        return MentorBar(np.ones(len(pool.organisation.people) + 1, np.bool_))


@frozen
class AnswersWithNumbers(Named):
    def compile(self, pool: Pool) -> RuleShape:
        def said(requests: Places, mentors: Places) -> Truths:
            return (requests + mentors) % 2  # type: ignore[return-value]

        return PairBar(said)


@frozen
class Raises(Named):
    def compile(self, pool: Pool) -> RuleShape:
        raise KeyError(len(pool.mentors))


@frozen
class DependsOnItsPlace(Named):
    """Admits every other pair of those that it is asked about."""

    def compile(self, pool: Pool) -> RuleShape:
        def said(requests: Places, mentors: Places) -> Truths:
            shape = np.broadcast_shapes(requests.shape, mentors.shape)
            return np.asarray(np.arange(int(np.prod(shape))) % 2 == 0).reshape(shape)

        return PairBar(said)


@frozen(eq=False)
class _AdmitsNobody(CategoryBar):
    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        return np.zeros(np.broadcast_shapes(requests.shape, mentors.shape), np.bool_)


@frozen
class SaysOneThingAndDeclaresAnother(Named):
    """A table that admits everybody, and a method that admits nobody."""

    def compile(self, pool: Pool) -> RuleShape:
        none = np.zeros(len(pool.requests), np.int32), np.zeros(len(pool.mentors), np.int32)
        return _AdmitsNobody(*none, np.ones((1, 1), np.bool_))


@frozen
class BarsByRow(Named):
    """Bars the mentee who stands first in the table of blocks."""

    def compile(self, pool: Pool) -> RuleShape:
        first = pool.organisation.blocks.mentee[:1]
        return _requests(pool, ~np.isin(pool.mentees, first))


@frozen
class BarsByIds(Named):
    def compile(self, pool: Pool) -> RuleShape:
        ids = pool.organisation.people.ids[pool.mentors].tolist()
        return MentorBar(np.array([int(one[1:]) % 2 == 0 for one in ids], np.bool_))


@frozen
class BarsByName(Named):
    def compile(self, pool: Pool) -> RuleShape:
        names = pool.organisation.people.names[pool.mentors].tolist()
        return MentorBar(np.array([len(one) < 5 for one in names], np.bool_))


@frozen
class LooksAhead(Named):
    """Bars mentors who will be assessed after the day."""

    def compile(self, pool: Pool) -> RuleShape:
        known = pool.organisation.assessments
        return MentorBar(~np.isin(pool.mentors, known.person[known.assessed_on > np.datetime64(pool.on)]))


@frozen
class BarsByHowManyAsk(Named):
    def compile(self, pool: Pool) -> RuleShape:
        return MentorBar(np.full(len(pool.mentors), len(pool.requests) % 2 == 0))


@frozen
class BarsByHash(Named):
    """Bars by what only orders rows."""

    def compile(self, pool: Pool) -> RuleShape:
        return MentorBar(pool.mentor_key % np.uint64(2) == 0)


@frozen
class ShiftsTheDay(Named):
    def compile(self, pool: Pool) -> RuleShape:
        pool.request_key[:] += np.uint64(1)
        return MentorBar(np.ones(len(pool.mentors), np.bool_))


@frozen
class TossesACoin(Named):
    def compile(self, pool: Pool) -> RuleShape:
        return MentorBar(np.array([random.random() < 0.5 for _ in pool.mentors], np.bool_))


@frozen
class AdmitsEverybody(Named):
    def compile(self, pool: Pool) -> RuleShape:
        return MentorBar(np.ones(len(pool.mentors), np.bool_))


@frozen
class HasNoName:
    name: ClassVar[str] = ""

    def compile(self, pool: Pool) -> RuleShape:
        return MentorBar(np.ones(len(pool.mentors), np.bool_))


@frozen
class BarsByHashOfText(Named):
    """Bars mentors by Python's hash of a text, of which there are so many that two processes never agree on all."""

    def compile(self, pool: Pool) -> RuleShape:
        texts = [f"mentor {place} of {len(pool.requests)} requests" for place in range(len(pool.mentors))]
        return MentorBar(np.array([hash(text) % 2 == 0 for text in texts], np.bool_))


@frozen
class Weighted:
    weight: int = 1
    name: ClassVar[str] = "mutant"


@frozen
class GivesFractions(Weighted):
    def compile(self, pool: Pool) -> PointsShape:
        def halves(requests: Places, mentors: Places) -> NDArray[np.int64]:
            return (requests + mentors) / 2  # type: ignore[return-value]

        return PairPoints(halves, 0, 100)


@frozen
class LeavesItsBounds(Weighted):
    def compile(self, pool: Pool) -> PointsShape:
        return PairPoints(lambda requests, mentors: requests + mentors + np.int64(5), 0, 1)


@frozen
class IsTheSameForAll(Weighted):
    def compile(self, pool: Pool) -> PointsShape:
        return RequestPoints(np.full(len(pool.requests), 7))


@frozen
class IsScaledByThePool(Weighted):
    """Points out of the highest priority of anybody."""

    def compile(self, pool: Pool) -> PointsShape:
        priority = pool.requests.priority.astype(np.int64)
        return RequestPoints(100 * priority // max(int(priority.max(initial=1)), len(priority)))


@frozen
class WeighsHalf:
    weight: ClassVar[float] = 0.5
    name: ClassVar[str] = "mutant"

    def compile(self, pool: Pool) -> PointsShape:
        return MentorPoints(np.zeros(len(pool.mentors), np.int64))
