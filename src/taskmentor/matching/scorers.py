"""Scorers: how good a mentor is for a request, in whole points. To add one, write a frozen class as these.

Each gives 0 to 100 points, which its `weight` multiplies. A pair's score is the sum, on a scale of its own: nothing is
rescaled by who else takes part.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Literal, Protocol, Self
from zoneinfo import ZoneInfo

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.matching.pool import MOST_DAYS, Pool
from taskmentor.matching.shapes import (
    CategoryPoints,
    ExplicitPoints,
    LevelPoints,
    MentorPoints,
    PairPoints,
    PointsShape,
    RequestPoints,
    distinct,
    pair_keys,
    with_unknown,
)
from taskmentor.models.people import NO_CODE, NO_GRADE, Categories
from taskmentor.validators import as_rows, id_triples, one_of, whole, words

__all__ = [
    "FewHolders",
    "Importance",
    "InPlace",
    "KnownAlready",
    "LeavesSoon",
    "LevelFit",
    "OrgDistance",
    "OtherDepartment",
    "Scorer",
    "SeniorityCloseness",
    "SimilarField",
    "Tenure",
    "TimeZoneCloseness",
    "ValuesCloseness",
    "Waiting",
]

MOST = 100


class Scorer(Protocol):
    """A soft criterion: `weight` times the points of its shape are part of each pair's score."""

    @property
    def name(self) -> str:
        """Return the scorer's name, which heads its column in plans."""
        ...

    @property
    def weight(self) -> int:
        """Return the whole number that the points are multiplied by."""
        ...

    def compile(self, pool: Pool) -> PointsShape:
        """Return the scorer's shape for a pool, aligned with its requests and mentors."""
        ...


def _weight() -> int:
    return field(default=1, validator=whole())


@frozen(kw_only=True)
class LevelFit:
    """100 points for a mentor `ideal` levels above the target, fewer for each level further away.

    Attributes:
        ideal: Levels above the target at which a mentor is near enough to remember learning it.
        per_level: Points lost for each level away from the ideal.
    """

    weight: int = _weight()
    ideal: int = field(default=1, validator=whole(at_least=-100, at_most=100))
    per_level: int = field(default=25, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `level-fit`."""
        return "level-fit"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points by target and the mentor's level."""
        scale = pool.organisation.model.scale
        levels = np.arange(scale.lowest, scale.highest + 1)
        away = np.abs(levels[None, :] - levels[:, None] - self.ideal)
        row = pool.requests.target.astype(np.int32) - scale.lowest
        return LevelPoints(row, scale.lowest, _less(self.per_level, away))


@frozen(kw_only=True)
class Importance:
    """20 points for each step of the request's priority, which is the importance of the gap unless said otherwise."""

    weight: int = _weight()

    @property
    def name(self) -> str:
        """Return `importance`."""
        return "importance"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points on the request."""
        return RequestPoints(pool.requests.priority.astype(np.int64) * (MOST // 5))


@frozen(kw_only=True)
class OtherDepartment:
    """100 points where mentor and mentee are known to be of different departments (T10, T26)."""

    weight: int = _weight()

    @property
    def name(self) -> str:
        """Return `other-department`."""
        return "other-department"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points by both departments."""
        department = pool.organisation.people.department
        n = len(department.labels)
        table = _table(n, MOST * ~np.eye(n, dtype=np.bool_))
        return CategoryPoints(with_unknown(department, pool.mentees), with_unknown(department, pool.mentors), table)


@frozen(kw_only=True)
class TimeZoneCloseness:
    """100 points for the same time on the clock on that day, fewer for each hour apart; 0 where a zone is unknown.

    Attributes:
        per_hour: Points lost for each started hour between the clocks.
    """

    weight: int = _weight()
    per_hour: int = field(default=10, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `time-zone`."""
        return "time-zone"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points by both time zones."""
        zones = pool.organisation.people.time_zone
        noon = datetime.combine(pool.on, time(12), tzinfo=UTC)
        minutes = np.array([_minutes_from_utc(ZoneInfo(label), noon) for label in zones.labels], np.int64)
        # The clock goes round: 25 hours from Samoa to Kiribati are one hour on it.
        apart = (minutes[:, None] - minutes[None, :]) % (24 * 60)
        hours = -(-np.minimum(apart, 24 * 60 - apart) // 60)
        table = _table(len(minutes), _less(self.per_hour, hours))
        return CategoryPoints(with_unknown(zones, pool.mentees), with_unknown(zones, pool.mentors), table)


def _minutes_from_utc(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)


@frozen(kw_only=True)
class SeniorityCloseness:
    """100 points for the same grade, fewer for each grade apart; 0 where a grade is unknown.

    Attributes:
        per_grade: Points lost for each grade apart.
    """

    weight: int = _weight()
    per_grade: int = field(default=20, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `seniority`."""
        return "seniority"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points by both grades."""
        grades, codes = np.unique(pool.organisation.people.grade, return_inverse=True)
        known = grades.astype(np.int64)
        points = _less(self.per_grade, np.abs(known[:, None] - known[None, :]))
        unknown = grades == NO_GRADE
        points[unknown, :] = points[:, unknown] = 0
        narrow = codes.astype(np.int32)
        return CategoryPoints(narrow[pool.mentees], narrow[pool.mentors], points)


@frozen(kw_only=True)
class Tenure:
    """Points for each full year since the mentor joined, at most 100; 0 where that day is unknown.

    Attributes:
        per_year: Points for each full year.
    """

    weight: int = _weight()
    per_year: int = field(default=10, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `tenure`."""
        return "tenure"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points on the mentor."""
        return MentorPoints(np.minimum(min(self.per_year, MOST) * np.maximum(pool.years[pool.mentors], 0), MOST))


@frozen(kw_only=True)
class KnownAlready:
    """100 points where mentor and mentee had an engagement before that day, in any skill.

    A negative weight spreads acquaintance (U8, T23), a positive one brings people together again.
    """

    weight: int = _weight()

    @property
    def name(self) -> str:
        """Return `known-already`."""
        return "known-already"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points on the listed pairs."""
        request, person = pool.acquainted()
        mentor, n_mentors = pool.mentor_place[person], len(pool.mentors)
        there = mentor != NO_CODE
        keys = distinct(pair_keys(request[there], mentor[there], n_mentors))
        return ExplicitPoints(keys, np.full(len(keys), MOST), n_mentors)


@frozen(kw_only=True)
class OrgDistance:
    """Points by the number of reporting steps between mentor and mentee.

    Attributes:
        prefer: `near` gives 100 points less `per_step` for each step, at least 0; `far` gives `per_step` points for
            each, at most 100. People of different trees are as far apart as can be.
        per_step: Points for each step.
    """

    weight: int = _weight()
    prefer: Literal["near", "far"] = field(default="far", validator=one_of("near", "far"))
    per_step: int = field(default=10, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `org-distance`."""
        return "org-distance"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points on the pair, between 0 and 100."""

        def points(requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> NDArray[np.int64]:
            steps = pool.forest.distance(pool.mentees[requests], pool.mentors[mentors]).astype(np.int64)
            near = np.where(steps < 0, 0, _less(self.per_step, steps))
            return near if self.prefer == "near" else MOST - near

        return PairPoints(points, 0, MOST)


@frozen(kw_only=True)
class SimilarField:
    """Points for how much the roles of mentor and mentee ask for the same skills (MG1); 0 where one has no role.

    They are the skills that both roles require, in whole hundredths of those that either requires.
    """

    weight: int = _weight()

    @property
    def name(self) -> str:
        """Return `similar-field`."""
        return "similar-field"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points by both roles.

        Source:
            Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11 (1912): the coefficient of
            community, here of two roles.
        """
        required, n_roles = pool.organisation.model.required, len(pool.organisation.model.roles)
        asks = np.zeros((n_roles, len(pool.organisation.model.skills)), np.int64)
        asks[np.repeat(np.arange(n_roles), np.diff(required.start)), required.skill] = 1
        both = asks @ asks.T
        n_skills = asks.sum(axis=1)
        either = n_skills[:, None] + n_skills[None, :] - both
        role = Categories(pool.organisation.people.role, tuple(map(str, range(n_roles))))
        table = _table(n_roles, MOST * both // np.maximum(either, 1))
        return CategoryPoints(with_unknown(role, pool.mentees), with_unknown(role, pool.mentors), table)


@frozen(kw_only=True)
class FewHolders:
    """100 points for a request of which one person, or nobody, will still hold the level that it asks for (D17, KT1).

    Attributes:
        per_holder: Points lost for each further holder.
        days: Those who leave within so many days from the day of the round do not count.
    """

    weight: int = _weight()
    per_holder: int = field(default=20, validator=whole(at_least=0))
    days: int = field(default=365, validator=whole(at_least=0, at_most=MOST_DAYS))

    @property
    def name(self) -> str:
        """Return `few-holders`."""
        return "few-holders"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points on the request."""
        people, known, scale = pool.organisation.people, pool.proficiency, pool.organisation.model.scale
        stays = people.active(pool.on) & ~pool.leaves_within(self.days)
        rows = np.flatnonzero(stays[known.person])
        n_levels = scale.highest - scale.lowest + 1
        exact = np.zeros((known.n_skills, n_levels), np.int64)
        np.add.at(exact, (known.skill[rows], known.level[rows].astype(np.int64) - scale.lowest), 1)
        holders = exact[:, ::-1].cumsum(axis=1)[:, ::-1]
        further = holders[pool.requests.skill, pool.requests.target.astype(np.int64) - scale.lowest] - 1
        return RequestPoints(_less(self.per_holder, np.maximum(further, 0)))


@frozen(kw_only=True)
class LeavesSoon:
    """100 points for a mentor who is known to leave within a number of days, whose knowledge would go too (D17).

    Attributes:
        days: Counted from the day of the round.
    """

    weight: int = _weight()
    days: int = field(default=365, validator=whole(at_least=0, at_most=MOST_DAYS))

    @property
    def name(self) -> str:
        """Return `leaves-soon`."""
        return "leaves-soon"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points on the mentor."""
        return MentorPoints(MOST * pool.leaves_within(self.days)[pool.mentors].astype(np.int64))


@frozen(kw_only=True)
class ValuesCloseness:
    """100 points for the same number in a column of the organisation's own, fewer for each step apart (D11).

    Points are 0 where a cell is empty.

    Attributes:
        column: The column's name, with its `x_`; it holds whole numbers.
        per_step: Points lost for each step.
    """

    weight: int = _weight()
    column: str = field(default="x_values", validator=words)
    per_step: int = field(default=20, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `values`."""
        return "values"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points by both numbers."""
        codes, apart = pool.steps_apart(self.column)
        column = Categories(codes, tuple(map(str, range(len(apart)))))
        points = _table(len(apart), _less(self.per_step, apart))
        return CategoryPoints(with_unknown(column, pool.mentees), with_unknown(column, pool.mentors), points)


class _Unserved(Protocol):
    """The requests that a plan does not serve."""

    @property
    def mentee_id(self) -> NDArray[np.str_]: ...

    @property
    def skill_id(self) -> NDArray[np.str_]: ...


class _Dated(Protocol):
    """What a plan says of itself."""

    @property
    def on(self) -> date: ...


class Earlier(Protocol):
    """An earlier plan: whom it served in what, and whom it did not."""

    @property
    def mentee_id(self) -> NDArray[np.str_]:
        """Return whose request each pair serves. Shape (n_matched,)."""
        ...

    @property
    def skill_id(self) -> NDArray[np.str_]:
        """Return the skill of each pair. Shape (n_matched,)."""
        ...

    @property
    def unmatched(self) -> _Unserved:
        """Return the requests that are not served."""
        ...

    @property
    def claims(self) -> _Dated:
        """Return what the plan says of itself, such as its day."""
        ...


def _waits(given: Iterable[Iterable[object]]) -> tuple[tuple[str, str, int], ...]:
    rounds: dict[tuple[str, str], int] = {}
    for one in as_rows(given):
        match one:
            case (str(mentee_id), str(skill_id), int(n)) if not isinstance(n, bool) and n >= 0:
                rounds[mentee_id, skill_id] = n
            case odd:
                problem, remedy = f"{shown(odd)} is no wait", "Give rows of mentee id, skill id and rounds, 0 or more."
                raise InputError(
                    [Fault(code="WRONG-TYPE", table="policy", column="rounds", problem=problem, remedy=remedy)]
                )
    return tuple((mentee_id, skill_id, n) for (mentee_id, skill_id), n in sorted(rounds.items()) if n)


@frozen(kw_only=True)
class Waiting:
    """Points for each earlier round in a row that left the request without a mentor, at most 100.

    Attributes:
        per_round: Points for each such round.
        rounds: How many there were, as (mentee id, skill id, rounds); those of requests that are not there do nothing.
    """

    weight: int = _weight()
    per_round: int = field(default=20, validator=whole(at_least=0))
    rounds: tuple[tuple[str, str, int], ...] = field(default=(), converter=_waits)

    @classmethod
    def after(cls, *plans: Earlier, weight: int = 1, per_round: int = 20) -> Self:
        """Return the scorer for the round after some plans of the same programme.

        A request that a plan serves waits from there on anew.

        Args:
            plans: The plans, in any order; their days tell which came first.
            weight: The scorer's weight.
            per_round: Points for each round.
        """
        rounds: dict[tuple[str, str], int] = {}
        for plan in sorted(plans, key=lambda plan: plan.claims.on):
            for served in zip(plan.mentee_id.tolist(), plan.skill_id.tolist(), strict=True):
                rounds.pop(served, None)
            left = plan.unmatched
            for waiting in zip(left.mentee_id.tolist(), left.skill_id.tolist(), strict=True):
                rounds[waiting] = rounds.get(waiting, 0) + 1
        waits = tuple((mentee_id, skill_id, n) for (mentee_id, skill_id), n in rounds.items())
        return cls(weight=weight, per_round=per_round, rounds=waits)

    @property
    def name(self) -> str:
        """Return `waiting`."""
        return "waiting"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points on the request."""
        rounds = {(mentee_id, skill_id): n for mentee_id, skill_id, n in self.rounds}
        ids, skill_ids = pool.organisation.people.ids, pool.organisation.model.skill_ids
        asked = zip(ids[pool.mentees].tolist(), pool.requests.skill.tolist(), strict=True)
        waited = [rounds.get((mentee_id, skill_ids[skill]), 0) for mentee_id, skill in asked]
        return RequestPoints(np.array([min(self.per_round * n, MOST) for n in waited], np.int64))


def _triples(given: Iterable[Iterable[str]]) -> tuple[tuple[str, str, str], ...]:
    return id_triples(given, table="policy", column="pairs")


@frozen(kw_only=True)
class InPlace:
    """1 point for a pair that is in place already, so that nobody changes mentors for less than the weight gains.

    Attributes:
        pairs: Mentee, skill and mentor of each pair in place; those of people who have left, or of requests that are no
            longer open, say nothing.
    """

    weight: int = _weight()
    pairs: tuple[tuple[str, str, str], ...] = field(default=(), converter=_triples, repr=False)

    @property
    def name(self) -> str:
        """Return `in-place`."""
        return "in-place"

    def compile(self, pool: Pool) -> PointsShape:
        """Return a point on each pair in place."""
        mentee_id, skill_id, mentor_id = np.array(self.pairs, np.str_).reshape(-1, 3).T
        request = pool.requests_named(mentee_id, skill_id)
        mentor = pool.mentors_named(mentor_id)
        n_mentors, there = len(pool.mentors), (request != NO_CODE) & (mentor != NO_CODE)
        keys = distinct(pair_keys(request[there], mentor[there], n_mentors))
        return ExplicitPoints(keys, np.ones(len(keys), np.int64), n_mentors)


def _less(lost: int, steps: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return 100 points less some for each step, at least 0."""
    return np.maximum(MOST - min(lost, MOST) * steps.astype(np.int64), 0)


def _table(n: int, known: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return a table over n categories and the unknown one, which gives 0 points."""
    table = np.zeros((n + 1, n + 1), np.int64)
    table[:n, :n] = known
    return table
