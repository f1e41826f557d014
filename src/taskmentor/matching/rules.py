"""Rules: what admits a mentor to a request, or does not. To add one, write a frozen class with `name` and `compile`."""

from datetime import timedelta
from typing import Literal, Protocol

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from taskmentor.matching.pool import MOST_DAYS, Pool
from taskmentor.matching.shapes import (
    CategoryBar,
    ExplicitBar,
    IntervalBar,
    LevelFloor,
    MentorBar,
    RuleShape,
    SharedLanguages,
    distinct,
    pair_keys,
    with_unknown,
)
from taskmentor.models.assessments import Source
from taskmentor.models.people import NO_CODE
from taskmentor.validators import one_of, row_of, some_words, whole, words

__all__ = [
    "MenteesWhere",
    "MentorsWhere",
    "NoRepeat",
    "NotBlocked",
    "NotManager",
    "NotOneself",
    "Qualified",
    "RecruitsOnly",
    "Rule",
    "SameLocation",
    "Senior",
    "SharedLanguage",
    "StaysFor",
    "TheoryFirst",
    "ValuesNear",
    "WithinSkills",
]


_OFF_ALL_SCALES = 127
"""A level that no scale has, and the highest that fits its column."""


class Rule(Protocol):
    """A hard rule. `name` is what reasons and plans call it; `compile` gives its shape for one pool."""

    @property
    def name(self) -> str:
        """Return the rule's name, such as `shared-language`."""
        ...

    def compile(self, pool: Pool) -> RuleShape:
        """Return the rule's shape for a pool, aligned with its requests and mentors."""
        ...


@frozen(kw_only=True)
class Qualified:
    """The mentor's confirmed level is at or above the target, and above the mentee's own.

    Nobody is qualified by an unassessed skill.

    Attributes:
        above_target: How many levels above the target the mentor must at least be.
    """

    above_target: int = field(default=0, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `qualified`."""
        return "qualified"

    def compile(self, pool: Pool) -> RuleShape:
        """Return the least level that each request needs."""
        target = pool.requests.target.astype(np.int16) + min(self.above_target, _OFF_ALL_SCALES)
        need = np.maximum(target, pool.requests.current.astype(np.int16) + 1)
        return LevelFloor(np.minimum(need, _OFF_ALL_SCALES).astype(np.int8))


@frozen
class NotOneself:
    """Nobody mentors themselves. Part of every policy."""

    @property
    def name(self) -> str:
        """Return `not-oneself`."""
        return "not-oneself"

    def compile(self, pool: Pool) -> RuleShape:
        """Return each request's own mentee as a barred pair."""
        return _barred(pool, np.arange(len(pool.requests)), pool.mentees)


@frozen
class NotBlocked:
    """No pair of the table `blocks`. Part of every policy."""

    @property
    def name(self) -> str:
        """Return `not-blocked`."""
        return "not-blocked"

    def compile(self, pool: Pool) -> RuleShape:
        """Return the blocked pairs; a block without a skill holds for all of the mentee's requests."""
        blocks = pool.organisation.blocks
        block, request = pool.requests_of(blocks.mentee)
        meant = (blocks.skill[block] == NO_CODE) | (blocks.skill[block] == pool.requests.skill[request])
        return _barred(pool, request[meant], blocks.mentor[block[meant]])


@frozen(kw_only=True)
class NotManager:
    """The mentor is not the mentee's manager.

    Attributes:
        line: `direct` bars the manager, `whole` everybody in the line of managers above.
    """

    line: Literal["direct", "whole"] = field(default="direct", validator=one_of("direct", "whole"))

    @property
    def name(self) -> str:
        """Return `not-manager`."""
        return "not-manager"

    def compile(self, pool: Pool) -> RuleShape:
        """Return the managers as barred pairs, or the intervals of their teams."""
        if self.line == "direct":
            return _barred(pool, np.arange(len(pool.requests)), pool.forest.manager[pool.mentees])
        low = pool.forest.enter[pool.mentors]
        return IntervalBar(low, low + pool.forest.size[pool.mentors], pool.forest.enter[pool.mentees])


@frozen
class SharedLanguage:
    """Mentor and mentee have a language in common; those of whom no language is known are taken to share any."""

    @property
    def name(self) -> str:
        """Return `shared-language`."""
        return "shared-language"

    def compile(self, pool: Pool) -> RuleShape:
        """Return the languages of both sides as bits."""
        spoken = pool.organisation.people.languages
        known = np.where(spoken == 0, np.uint64(2**64 - 1), spoken)
        return SharedLanguages(known[pool.mentees], known[pool.mentors])


@frozen(kw_only=True)
class StaysFor:
    """The mentor does not leave within a number of days.

    Attributes:
        days: Counted from the day of the round.
    """

    days: int = field(validator=whole(at_least=0, at_most=MOST_DAYS))

    @property
    def name(self) -> str:
        """Return `stays-for`."""
        return "stays-for"

    def compile(self, pool: Pool) -> RuleShape:
        """Return who stays long enough."""
        return MentorBar(~pool.leaves_within(self.days)[pool.mentors])


@frozen(kw_only=True)
class Senior:
    """One side is senior to the other; nobody is whose grade or first day is unknown.

    Attributes:
        side: Who is the senior: the `mentor`, or under reverse mentoring the `mentee` (RV1).
        by: What counts: the `grade`, the `tenure` in full years, or the `position`, by which those are senior who have
            fewer managers above them.
        least: By how much at least.
    """

    side: Literal["mentor", "mentee"] = field(default="mentor", validator=one_of("mentor", "mentee"))
    by: Literal["grade", "tenure", "position"] = field(default="grade", validator=one_of("grade", "tenure", "position"))
    least: int = field(default=1, validator=whole(at_least=0, at_most=1_000))

    @property
    def name(self) -> str:
        """Return `senior`."""
        return "senior"

    def compile(self, pool: Pool) -> RuleShape:
        """Return a table over the standing of both."""
        standing, known = self._standing(pool)
        values, codes = np.unique(np.where(known, standing, 0), return_inverse=True)
        unknown, n = len(values), len(values) + 1
        above = values[None, :] - values[:, None] >= self.least
        table = np.zeros((n, n), np.bool_)
        table[:unknown, :unknown] = above if self.side == "mentor" else above.T
        code = np.where(known, codes, unknown).astype(np.int32)
        return CategoryBar(code[pool.mentees], code[pool.mentors], table)

    def _standing(self, pool: Pool) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return how senior everybody is, and of whom it is known. Shape (n_people,) each."""
        if self.by == "position":
            depth = pool.forest.depth.astype(np.int64)
            return -depth, np.ones(len(depth), np.bool_)
        standing = pool.organisation.people.grade.astype(np.int64) if self.by == "grade" else pool.years
        return standing, standing >= 0


@frozen(kw_only=True)
class WithinSkills:
    """The request is for one of some skills, such as those of a course (TB2).

    Attributes:
        skills: Ids of skills of the competency model.
    """

    skills: tuple[str, ...] = field(converter=row_of, validator=some_words)

    @property
    def name(self) -> str:
        """Return `within-skills`."""
        return "within-skills"

    def compile(self, pool: Pool) -> RuleShape:
        """Return which requests are for one of them.

        Raises:
            UnknownIdError: If the competency model lacks one of them.
        """
        codes = [pool.organisation.model.skill_code(skill) for skill in self.skills]
        return _requests_only(pool, np.isin(pool.requests.skill, codes))


@frozen(kw_only=True)
class RecruitsOnly:
    """The mentee joined within a number of days before the day of the round (OB1); not whoever was always there.

    Attributes:
        days: Counted from the first day, which is day 0.
    """

    days: int = field(default=180, validator=whole(at_least=0, at_most=MOST_DAYS))

    @property
    def name(self) -> str:
        """Return `recruits-only`."""
        return "recruits-only"

    def compile(self, pool: Pool) -> RuleShape:
        """Return which requests are of recruits."""
        first = np.datetime64(pool.on - timedelta(days=self.days))
        return _requests_only(pool, pool.organisation.people.joined_on[pool.mentees] >= first)


@frozen(kw_only=True)
class TheoryFirst:
    """The mentee has a test in the skill on record, as a course of its theory ends with (D5).

    Attributes:
        days: How many days before the day of the round the test may be.
    """

    days: int = field(default=730, validator=whole(at_least=0, at_most=MOST_DAYS))

    @property
    def name(self) -> str:
        """Return `theory-first`."""
        return "theory-first"

    def compile(self, pool: Pool) -> RuleShape:
        """Return which requests follow on a test."""
        known, n_skills = pool.organisation.assessments, pool.proficiency.n_skills
        first, last = np.datetime64(pool.on - timedelta(days=self.days)), np.datetime64(pool.on)
        tests = (known.source == Source.TEST) & (known.assessed_on >= first) & (known.assessed_on <= last)
        tested = known.person[tests].astype(np.int64) * n_skills + known.skill[tests]
        return _requests_only(pool, np.isin(pool.mentees.astype(np.int64) * n_skills + pool.requests.skill, tested))


@frozen(kw_only=True)
class MenteesWhere:
    """The mentee's cell in a column of the organisation's own holds one of some values; an empty one never does.

    Attributes:
        column: The column's name, with its `x_`.
        values: What it may hold; whole numbers as their digits.
    """

    column: str = field(validator=words)
    values: tuple[str, ...] = field(default=("yes",), converter=row_of, validator=some_words)

    @property
    def name(self) -> str:
        """Return `mentees-where`."""
        return "mentees-where"

    def compile(self, pool: Pool) -> RuleShape:
        """Return which requests are of such mentees.

        Raises:
            UnknownIdError: If there is no such column.
        """
        return _requests_only(pool, _holds(pool, self.column, self.values)[pool.mentees])


@frozen(kw_only=True)
class MentorsWhere:
    """The mentor's cell in a column of the organisation's own holds one of some values; an empty one never does.

    So mentors list themselves (RB1), and with `MenteesWhere` both sides say that they are ready (D10).

    Attributes:
        column: The column's name, with its `x_`.
        values: What it may hold; whole numbers as their digits.
    """

    column: str = field(validator=words)
    values: tuple[str, ...] = field(default=("yes",), converter=row_of, validator=some_words)

    @property
    def name(self) -> str:
        """Return `mentors-where`."""
        return "mentors-where"

    def compile(self, pool: Pool) -> RuleShape:
        """Return who is such a mentor.

        Raises:
            UnknownIdError: If there is no such column.
        """
        return MentorBar(_holds(pool, self.column, self.values)[pool.mentors])


@frozen(kw_only=True)
class ValuesNear:
    """The numbers of both sides in a column of the organisation's own are not too far apart (D11).

    An empty cell is taken to be near everybody's.

    Attributes:
        column: The column's name, with its `x_`; it holds whole numbers.
        most: The largest difference that is admitted.
    """

    column: str = field(default="x_values", validator=words)
    most: int = field(default=2, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `values-near`."""
        return "values-near"

    def compile(self, pool: Pool) -> RuleShape:
        """Return a table over both numbers."""
        codes, apart = pool.steps_apart(self.column)
        n = len(apart)
        table = np.ones((n + 1, n + 1), np.bool_)
        table[:n, :n] = apart <= self.most
        column = np.where(codes == NO_CODE, n, codes).astype(np.int32)
        return CategoryBar(column[pool.mentees], column[pool.mentors], table)


@frozen
class SameLocation:
    """Mentor and mentee work at the same location; of whom none is known, may be anywhere."""

    @property
    def name(self) -> str:
        """Return `same-location`."""
        return "same-location"

    def compile(self, pool: Pool) -> RuleShape:
        """Return a table over both locations."""
        location = pool.organisation.people.location
        n = len(location.labels)
        table = np.eye(n + 1, dtype=np.bool_)
        table[n, :] = table[:, n] = True
        return CategoryBar(with_unknown(location, pool.mentees), with_unknown(location, pool.mentors), table)


@frozen(kw_only=True)
class NoRepeat:
    """Mentor and mentee had no engagement before the day, in any skill.

    Attributes:
        days: Only engagements that ended within so many days before the day count, or that go on; None for all.
        rounds: Only engagements of the last so many rounds count; None for all. A round is a day on which engagements
            began, anybody's.
        roles: Whether the mentor must have been the mentor (`same`), or either of the two (`either`).
    """

    days: int | None = field(default=None, validator=optional(whole(at_least=0, at_most=MOST_DAYS)))
    rounds: int | None = field(default=None, validator=optional(whole(at_least=1, at_most=MOST_DAYS)))
    roles: Literal["same", "either"] = field(default="same", validator=one_of("same", "either"))

    @property
    def name(self) -> str:
        """Return `no-repeat`."""
        return "no-repeat"

    def compile(self, pool: Pool) -> RuleShape:
        """Return those who know each other as barred pairs."""
        known = pool.acquainted(self.days, within_rounds=self.rounds, either_way=self.roles == "either")
        return _barred(pool, *known)


def _holds(pool: Pool, column: str, values: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return whose cell in a column holds one of some values. Shape (n_people,)."""
    codes, known = pool.own_column(column)
    return np.isin(codes, [code for code, value in enumerate(known) if str(value) in values])


def _requests_only(pool: Pool, admitted: NDArray[np.bool_]) -> CategoryBar:
    """Return a rule that admits every mentor to some requests, and nobody to the others. Shape (n_requests,)."""
    anybody = np.zeros(len(pool.mentors), np.int32)
    return CategoryBar(admitted.astype(np.int32), anybody, np.array([[False], [True]]))


def _barred(pool: Pool, request: NDArray[np.integer], person: NDArray[np.int32]) -> ExplicitBar:
    """Return a bar of some requests against some people, of whom -1 is nobody."""
    mentor = np.where(person == NO_CODE, NO_CODE, pool.mentor_place[person])
    there = mentor != NO_CODE
    keys = pair_keys(request[there], mentor[there], len(pool.mentors))
    return ExplicitBar(distinct(keys), len(pool.mentors))
