"""Portions: the hours of a mentor shared out among places, which makes a flow of a round with budgets of hours.

A place that has so many hours may take any request that is as long or shorter. Where every mentor's places have no more
hours together than the mentor, every plan over portions keeps all budgets; and the best one is found as without hours,
with a mentor of its own for each portion.
"""

from typing import TypeVar

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.matching.problem import Arcs, Holdings, Problem
from taskmentor.matching.rows import CompiledConstraint, HourRows, MeetingRows, TableRows
from taskmentor.matching.shapes import (
    CategoryBar,
    CategoryPoints,
    CompiledRule,
    ExplicitBar,
    ExplicitPoints,
    IntervalBar,
    MentorBar,
    MentorPoints,
    PairBar,
    PairPoints,
    PointsShape,
    RuleShape,
    SharedLanguages,
    pair_keys,
)
from taskmentor.matching.uses import Room

__all__ = ["Portions"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""Keys of portions of one mentor are so far apart, as those of different people are."""

Numbers = NDArray[np.int64]
Shape = TypeVar("Shape", RuleShape, PointsShape)


@frozen(eq=False, kw_only=True)
class Portions:
    """Portions of all mentors; places of one mentor that have as many hours are one portion.

    Attributes:
        mentor: Whose each is, rising; everybody has one, who has no place one without places. Shape (n,).
        hours: In the steps of the room, -1 for no place. Shape (n,).
        places: Shape (n,).
    """

    mentor: Numbers
    hours: Numbers
    places: Numbers

    @classmethod
    def of(cls, hours: Numbers) -> "Portions":
        """Return the portions of mentors whose places have so many hours, -1 for no place.

        Args:
            hours: Shape (n_mentors, places).
        """
        longest = int(hours.max(initial=0)) + 2
        mentor, place = np.nonzero(hours >= 0)
        nobody = np.flatnonzero((hours < 0).all(axis=1))
        keys = np.append(mentor * longest + hours[mentor, place] + 1, nobody * longest)
        keys, count = np.unique(keys, return_counts=True)
        owner, taken = np.divmod(keys, longest)
        return cls(mentor=owner, hours=taken - 1, places=np.where(taken > 0, count, 0))

    def __len__(self) -> int:
        return len(self.mentor)

    def problem(self, problem: Problem, room: Room) -> Problem:
        """Return the problem in which every portion is a mentor.

        Args:
            problem: The problem, with constraints of hours, tables and meetings only; those of hours are left out, and
                scorers are as they are added up.
            room: What its mentors have.
        """
        copies = _Copies(self.mentor, problem.n_mentors)
        own = np.arange(len(self)) - copies.first[self.mentor]
        pinned = np.where(problem.pinned >= 0, copies.first[problem.pinned], -1)
        rules = tuple(evolve(one, shape=copies.shape(one.shape)) for one in problem.rules)
        scorers = tuple(evolve(one, shape=copies.shape(one.shape)) for one in problem.scorers)
        constraints = [one for one in problem.constraints if not isinstance(one.shape, HourRows)]
        return evolve(
            problem,
            capacity=self.places.astype(np.int32),
            holdings=copies.holdings(problem.holdings),
            silent=copies.holdings(problem.silent),
            rules=(*rules, self._bar(room)),
            scorers=scorers,
            pinned=pinned.astype(np.int32),
            mentor_key=problem.mentor_key[self.mentor] + own.astype(np.uint64) * _GOLDEN,
            constraints=tuple(copies.constraint(one) for one in constraints),
            per_request=problem.count_weight,
            given=None,
            plain=None,
            wish=None,
            pool=None,
        )

    def _bar(self, room: Room) -> CompiledRule:
        """Return the rule that requests fit into portions."""
        length, row = np.unique(room.length, return_inverse=True)
        hours, column = np.unique(self.hours, return_inverse=True)
        fits = length[:, None] <= hours[None, :]
        return CompiledRule("portions", CategoryBar(row.astype(np.int32), column.astype(np.int32), fits))

    def plan(self, found: Arcs) -> Arcs:
        """Return a plan over portions as one of their mentors."""
        return evolve(found, mentor=self.mentor[found.mentor].astype(np.int32))


class _Copies:
    """Columns of mentors, for mentors that stand there several times."""

    def __init__(self, mentor: Numbers, n_mentors: int) -> None:
        self.mentor, self.n_mentors = mentor, n_mentors
        self.first = np.searchsorted(mentor, np.arange(n_mentors))
        self.count = np.bincount(mentor, minlength=n_mentors)

    def rows(self, mentor: NDArray[np.integer]) -> tuple[Numbers, Numbers]:
        """Return which of some rows with a mentor stand how often, and whose each copy is. Shapes (n_copies,)."""
        count = self.count[mentor]
        row = np.repeat(np.arange(len(mentor)), count)
        number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return row, self.first[mentor[row]] + number

    def holdings(self, holdings: Holdings) -> Holdings:
        """Return who holds what."""
        row, mentor = self.rows(holdings.mentor)
        n_skills = len(holdings.start) - 1
        skill = np.repeat(np.arange(n_skills), np.diff(holdings.start))
        return Holdings.of(skill[row], holdings.level[row], mentor, n_skills)

    def constraint(self, constraint: CompiledConstraint) -> CompiledConstraint:
        """Return a constraint over the copies, of which rows have the same numbers."""
        shape = constraint.shape
        if isinstance(shape, MeetingRows):
            return evolve(constraint, shape=evolve(shape, person=shape.person[self.mentor]))
        assert isinstance(shape, TableRows), "no others are held"
        return evolve(constraint, shape=evolve(shape, mentor=shape.mentor[self.mentor]))

    def shape(self, shape: Shape) -> Shape:
        """Return the shape of a rule or a scorer over the copies."""
        if isinstance(shape, ExplicitBar):
            keys, _ = self._keys(shape.keys)
            return evolve(shape, keys=keys, n_mentors=len(self.mentor))
        if isinstance(shape, ExplicitPoints):
            keys, row = self._keys(shape.keys)
            return evolve(shape, keys=keys, by_pair=shape.by_pair[row], n_mentors=len(self.mentor))
        if isinstance(shape, PairBar | PairPoints):
            function = shape.function
            return evolve(shape, function=lambda requests, mentors: function(requests, self.mentor[mentors]))
        if isinstance(shape, IntervalBar):
            return evolve(shape, low=shape.low[self.mentor], high=shape.high[self.mentor])
        if isinstance(shape, MentorBar):
            return evolve(shape, allowed=shape.allowed[self.mentor])
        if isinstance(shape, MentorPoints):
            return evolve(shape, by_mentor=shape.by_mentor[self.mentor])
        if isinstance(shape, CategoryBar | CategoryPoints):
            return evolve(shape, mentor=shape.mentor[self.mentor])
        if isinstance(shape, SharedLanguages):
            return evolve(shape, mentor=shape.mentor[self.mentor])
        return shape

    def _keys(self, keys: Numbers) -> tuple[Numbers, Numbers]:
        """Return the keys of listed pairs with every copy, rising, and which pair each is of."""
        request, mentor = np.divmod(keys, max(self.n_mentors, 1))
        row, copy = self.rows(mentor)
        copies = pair_keys(request[row], copy, len(self.mentor))
        order = np.argsort(copies, kind="stable")
        return copies[order], row[order]
