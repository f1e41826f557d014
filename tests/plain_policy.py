"""Rules and scorers once more, pair by pair in plain Python over values: what the columns must agree with.

Beside the library's own there is one rule or scorer of every shape that the library itself does not use.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from attrs import frozen
from numpy.random import Generator
from numpy.typing import NDArray

from taskmentor.matching.ids import pool_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import Problem
from taskmentor.matching.rules import (
    MenteesWhere,
    MentorsWhere,
    NoRepeat,
    NotManager,
    Qualified,
    RecruitsOnly,
    Rule,
    SameLocation,
    Senior,
    SharedLanguage,
    StaysFor,
    TheoryFirst,
    ValuesNear,
    WithinSkills,
)
from taskmentor.matching.scorers import (
    FewHolders,
    Importance,
    InPlace,
    KnownAlready,
    LeavesSoon,
    LevelFit,
    OrgDistance,
    OtherDepartment,
    Scorer,
    SeniorityCloseness,
    SimilarField,
    Tenure,
    TimeZoneCloseness,
    ValuesCloseness,
    Waiting,
)
from taskmentor.matching.shapes import (
    CategoryBar,
    ExplicitPoints,
    LevelFloor,
    MentorPoints,
    PairBar,
    PairPoints,
    PointsShape,
    RuleShape,
    pair_keys,
)
from taskmentor.models.assessments import Source
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import Person
from taskmentor.testing import policies
from taskmentor.testing.draws import Seeded
from taskmentor.testing.small import SmallProblem


@frozen
class Facts:
    """An organisation on a day, as dictionaries."""

    organisation: Organisation
    on: date

    @cached_property
    def people(self) -> dict[str, Person]:
        return {person.id: person for person in self.organisation.people}

    @cached_property
    def there(self) -> set[str]:
        return {
            person.id
            for person in self.people.values()
            if (person.joined_on is None or person.joined_on <= self.on)
            and (person.left_on is None or self.on < person.left_on)
        }

    @cached_property
    def levels(self) -> Mapping[tuple[str, str], int]:
        """The newest of outcome, test and manager, else the newest self-assessment, by person and skill."""
        rows = [self.organisation.assessment(row) for row in range(len(self.organisation.assessments))]
        known = sorted((row for row in rows if row.assessed_on <= self.on), key=lambda a: (a.assessed_on, a.source))
        levels: dict[tuple[str, str], int] = {}
        for row in sorted(known, key=lambda a: a.source is not Source.SELF):
            levels[row.person_id, row.skill_id] = row.level
        return levels

    def acquainted(
        self, days: int | None = None, rounds: int | None = None, roles: str = "same"
    ) -> set[tuple[str, str]]:
        """Mentees and mentors who had an engagement before the day, which ended at most so many days before."""
        engaged, ids = self.organisation.engaged, self.organisation.people.ids
        rows = [*zip(engaged.from_on.tolist(), engaged.until_on.tolist(), strict=True)]
        of_rounds = sorted({begun for begun, _ in rows if begun is not None and begun < self.on}, reverse=True)[:rounds]
        found = {
            (str(ids[engaged.mentee[row]]), str(ids[engaged.mentor[row]]))
            for row, (begun, ended) in enumerate(rows)
            if (begun is None or begun in of_rounds)
            and (days is None or ended is None or (self.on - ended).days <= days)
        }
        return found if roles == "same" else found | {(other, one) for one, other in found}

    @cached_property
    def tests(self) -> Mapping[tuple[str, str], list[date]]:
        """The days of the tests of each person and skill, up to the day."""
        rows = [self.organisation.assessment(row) for row in range(len(self.organisation.assessments))]
        days: dict[tuple[str, str], list[date]] = {}
        for row in rows:
            if row.source is Source.TEST and row.assessed_on <= self.on:
                days.setdefault((row.person_id, row.skill_id), []).append(row.assessed_on)
        return days

    def asks(self, role_id: str | None) -> set[str]:
        """The skills that a role requires, of which only the fact counts."""
        required = self.organisation.model.requirements
        return {one.skill_id for one in required if one.role_id == role_id}

    def line(self, person_id: str) -> Sequence[str]:
        """The managers above a person, nearest first."""
        line: list[str] = []
        manager = self.people[person_id].manager_id
        while manager is not None:
            line.append(manager)
            manager = self.people[manager].manager_id
        return line


@frozen
class Case:
    """One pair of a request and somebody who was assessed in its skill."""

    facts: Facts
    mentee: Person
    mentor: Person
    skill_id: str
    target: int
    priority: int

    @property
    def level(self) -> int:
        return self.facts.levels[self.mentor.id, self.skill_id]

    @property
    def current(self) -> int:
        return self.facts.levels.get((self.mentee.id, self.skill_id), self.facts.organisation.model.scale.lowest)


class Plain(Protocol):
    """A rule or scorer that says itself what it means."""

    def plain(self, case: Case) -> int: ...


def digit(person_id: str) -> int:
    return int(person_id[-1])


# Rules and scorers of the shapes that the library's own do not have


def _digits(pool: Pool, people: NDArray[np.int32]) -> NDArray[np.int32]:
    ids = pool.organisation.people.ids[people].tolist()
    return np.array([digit(person_id) for person_id in ids], np.int32)


@frozen
class NeitherBothOdd:
    """A table over categories."""

    name: str = "neither-both-odd"

    def compile(self, pool: Pool) -> RuleShape:
        table = np.array([[True, True], [True, False]])
        return CategoryBar(_digits(pool, pool.mentees) % 2, _digits(pool, pool.mentors) % 2, table)

    def plain(self, case: Case) -> int:
        return not (digit(case.mentee.id) % 2 and digit(case.mentor.id) % 2)


@frozen
class MinimumLevel:
    """A floor of its own, beside or without `Qualified`."""

    level: int
    name: str = "minimum-level"

    def compile(self, pool: Pool) -> RuleShape:
        return LevelFloor(np.full(len(pool.requests), self.level, np.int8))

    def plain(self, case: Case) -> int:
        return case.level >= self.level


@frozen
class NoSumOfThree:
    """A free predicate."""

    name: str = "no-sum-of-three"

    def compile(self, pool: Pool) -> RuleShape:
        mentees, mentors = _digits(pool, pool.mentees), _digits(pool, pool.mentors)
        return PairBar(lambda requests, places: (mentees[requests] + mentors[places]) % 3 != 0)

    def plain(self, case: Case) -> int:
        return (digit(case.mentee.id) + digit(case.mentor.id)) % 3 != 0


@frozen
class Patience:
    """Points on the mentor, in narrow whole numbers."""

    weight: int = 1
    name: str = "patience"

    def compile(self, pool: Pool) -> PointsShape:
        return MentorPoints((7 * _digits(pool, pool.mentors) - 15).astype(np.int8))

    def plain(self, case: Case) -> int:
        return 7 * digit(case.mentor.id) - 15


@frozen
class Wishes:
    """Points on listed pairs: the first half of the mentees has a wish, the others the opposite of one."""

    weight: int = 1
    name: str = "wishes"

    def compile(self, pool: Pool) -> PointsShape:
        mentees, mentors = _digits(pool, pool.mentees), _digits(pool, pool.mentors)
        requests, places = np.nonzero((mentees[:, None] + mentors[None, :]) % 4 == 1)
        points = np.where(mentees[requests] < 2, 40, -25)
        return ExplicitPoints(pair_keys(requests, places, len(mentors)), points, len(mentors))

    def plain(self, case: Case) -> int:
        mentee, mentor = digit(case.mentee.id), digit(case.mentor.id)
        return 0 if (mentee + mentor) % 4 != 1 else 40 if mentee < 2 else -25


@frozen
class Chemistry:
    """Points by a free function."""

    weight: int = 1
    name: str = "chemistry"

    def compile(self, pool: Pool) -> PointsShape:
        mentees, mentors = _digits(pool, pool.mentees), _digits(pool, pool.mentors)
        return PairPoints(lambda requests, places: mentees[requests] * mentors[places] % 5 - 1, -1, 3)

    def plain(self, case: Case) -> int:
        return digit(case.mentee.id) * digit(case.mentor.id) % 5 - 1


# The library's own


def admits(rule: Rule, case: Case) -> bool:
    """Return whether a rule admits a pair."""
    facts, mentee, mentor = case.facts, case.mentee, case.mentor
    match rule:
        case Qualified():
            return case.level >= case.target + rule.above_target and case.level > case.current
        case NotManager():
            line = facts.line(mentee.id)
            return mentor.id not in (line if rule.line == "whole" else line[:1])
        case SharedLanguage():
            either_unknown = not mentee.languages or not mentor.languages
            return either_unknown or bool(set(mentee.languages) & set(mentor.languages))
        case StaysFor():
            return mentor.left_on is None or (mentor.left_on - facts.on).days > rule.days
        case Senior():
            senior, junior = (mentor, mentee) if rule.side == "mentor" else (mentee, mentor)
            above, below = _standing(facts, senior, rule.by), _standing(facts, junior, rule.by)
            return above is not None and below is not None and above - below >= rule.least
        case WithinSkills():
            return case.skill_id in rule.skills
        case RecruitsOnly():
            return mentee.joined_on is not None and (facts.on - mentee.joined_on).days <= rule.days
        case TheoryFirst():
            tested = facts.tests.get((mentee.id, case.skill_id), [])
            return any((facts.on - day).days <= rule.days for day in tested)
        case MenteesWhere() | MentorsWhere():
            cell = own(mentee if isinstance(rule, MenteesWhere) else mentor, rule.column)
            return cell is not None and str(cell) in rule.values
        case ValuesNear():
            cells = own(mentee, rule.column), own(mentor, rule.column)
            return None in cells or abs(_number(cells[0]) - _number(cells[1])) <= rule.most
        case SameLocation():
            return "" in (mentee.location, mentor.location) or mentee.location == mentor.location
        case NoRepeat():
            return (mentee.id, mentor.id) not in facts.acquainted(rule.days, rule.rounds, rule.roles)
        case _:
            return bool(rule.plain(case))  # type: ignore[attr-defined]


def points(scorer: Scorer, case: Case) -> int:
    """Return a scorer's points for a pair, before its weight."""
    mentee, mentor = case.mentee, case.mentor
    match scorer:
        case LevelFit():
            return max(0, 100 - scorer.per_level * abs(case.level - case.target - scorer.ideal))
        case Importance():
            return 20 * case.priority
        case OtherDepartment():
            known = mentee.department and mentor.department
            return 100 if known and mentee.department != mentor.department else 0
        case TimeZoneCloseness():
            if not mentee.time_zone or not mentor.time_zone:
                return 0
            return max(0, 100 - scorer.per_hour * _hours(mentee.time_zone, mentor.time_zone, case.facts.on))
        case SeniorityCloseness():
            if mentee.grade is None or mentor.grade is None:
                return 0
            return max(0, 100 - scorer.per_grade * abs(mentee.grade - mentor.grade))
        case OrgDistance():
            steps = _steps(case.facts, mentee.id, mentor.id)
            far = 100 if steps is None else min(100, scorer.per_step * steps)
            return far if scorer.prefer == "far" else 100 - far
        case Tenure():
            return (
                0 if mentor.joined_on is None else min(100, scorer.per_year * _years(mentor.joined_on, case.facts.on))
            )
        case KnownAlready():
            return 100 if (mentee.id, mentor.id) in case.facts.acquainted() else 0
        case SimilarField():
            one, other = case.facts.asks(mentee.role_id), case.facts.asks(mentor.role_id)
            return 100 * len(one & other) // max(len(one | other), 1)
        case FewHolders():
            return max(0, 100 - scorer.per_holder * max(_holders(case, scorer.days) - 1, 0))
        case LeavesSoon():
            return 100 if mentor.left_on is not None and (mentor.left_on - case.facts.on).days <= scorer.days else 0
        case ValuesCloseness():
            cells = own(mentee, scorer.column), own(mentor, scorer.column)
            apart = 0 if None in cells else abs(_number(cells[0]) - _number(cells[1]))
            return 0 if None in cells else max(0, 100 - scorer.per_step * apart)
        case Waiting():
            waits = {(mentee_id, skill_id): n for mentee_id, skill_id, n in scorer.rounds}
            return min(100, scorer.per_round * waits.get((mentee.id, case.skill_id), 0))
        case InPlace():
            return int((mentee.id, case.skill_id, mentor.id) in scorer.pairs)
        case _:
            return int(scorer.plain(case))  # type: ignore[attr-defined]


def own(person: Person, column: str) -> str | int | None:
    """A cell of the organisation's own."""
    return dict(person.extras).get(column)


def _number(cell: str | int | None) -> int:
    assert isinstance(cell, int)
    return cell


def _standing(facts: Facts, person: Person, by: str) -> int | None:
    if by == "grade":
        return person.grade
    if by == "tenure":
        return None if person.joined_on is None else _years(person.joined_on, facts.on)
    return -len(facts.line(person.id))


def _holders(case: Case, days: int) -> int:
    """How many will still be there who hold the level of the request."""
    facts = case.facts
    held = [facts.people[one] for (one, skill), level in facts.levels.items()
            if skill == case.skill_id and level >= case.target and one in facts.there]  # fmt: skip
    return sum(one.left_on is None or (one.left_on - facts.on).days > days for one in held)


def _years(since: date, on: date) -> int:
    """The birthdays that somebody born on one day has had by another."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def _hours(one: str, other: str, on: date) -> int:
    """The started hours between two clocks, the shorter way round."""
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    clocks = [noon.astimezone(ZoneInfo(zone)) for zone in (one, other)]
    minutes = [60 * clock.hour + clock.minute for clock in clocks]
    apart = abs(minutes[0] - minutes[1])
    return (min(apart, 24 * 60 - apart) + 59) // 60


def _steps(facts: Facts, one: str, other: str) -> int | None:
    first, second = [one, *facts.line(one)], [other, *facts.line(other)]
    common = next((person for person in first if person in second), None)
    return None if common is None else first.index(common) + second.index(common)


# Whole problems


RULES: tuple[Rule, ...] = (*policies.RULES, NeitherBothOdd(), NoSumOfThree(), MinimumLevel(2))
SCORERS: tuple[Callable[..., Scorer], ...] = (*policies.SCORERS, Patience, Wishes, Chemistry)


def random_policy(rng: Generator) -> Policy:
    """Return a policy of any rules and scorers, weights below 0 among them."""
    return policies.random_policy(Seeded(rng), rules=RULES, scorers=SCORERS)


def small_problem(problem: Problem, policy: Policy) -> SmallProblem:
    """Return a problem as lists in the same order, with everything but that order taken from the tables again."""
    pool = pool_of(problem)
    facts, organisation = Facts(pool.organisation, pool.on), pool.organisation
    ids = organisation.people.ids
    mentors = [str(ids[code]) for code in pool.mentors.tolist()]
    asked = [(str(request.mentee_id), request) for request in pool.requests]
    mentees = list(dict.fromkeys(mentee_id for mentee_id, _ in asked))
    blocked = [_ids(organisation, row, "blocks") for row in range(len(organisation.blocks))]
    running = organisation.engaged.running(pool.on)
    teaching = [str(ids[code]) for code in running.mentor.tolist()]
    learning = [str(ids[code]) for code in running.mentee.tolist()]

    def score(mentee_id: str, skill_id: str, target: int, priority: int, mentor_id: str) -> int | None:
        if mentor_id == mentee_id or (mentor_id, skill_id) not in facts.levels or mentor_id not in facts.there:
            return None
        if (mentee_id, mentor_id, None) in blocked or (mentee_id, mentor_id, skill_id) in blocked:
            return None
        case = Case(facts, facts.people[mentee_id], facts.people[mentor_id], skill_id, target, priority)
        if not all(admits(rule, case) for rule in policy.rules):
            return None
        return sum(scorer.weight * points(scorer, case) for scorer in policy.scorers)

    most = 99 if policy.places_per_mentor is None else policy.places_per_mentor
    pins = [_ids(organisation, row, "pins") for row in range(len(organisation.pins))]
    places = {(mentee_id, str(request.skill_id)): place for place, (mentee_id, request) in enumerate(asked)}
    return SmallProblem(
        scores=[
            [score(mentee_id, one.skill_id, one.target_level, one.priority, mentor) for mentor in mentors]
            for mentee_id, one in asked
        ],
        mentee=[mentees.index(mentee_id) for mentee_id, _ in asked],
        limit=[max(0, facts.people[one].mentee_limit - learning.count(one)) for one in mentees],
        capacity=[min(most, max(0, facts.people[one].capacity - teaching.count(one))) for one in mentors],
        objective=policy.objective,
        pins={places[mentee, str(skill)]: mentors.index(mentor) for mentee, mentor, skill in pins},
    )


def _ids(organisation: Organisation, row: int, table: str) -> tuple[str, str, str | None]:
    pairs = organisation.pins if table == "pins" else organisation.blocks
    skill = int(pairs.skill[row])
    ids = organisation.people.ids
    named = None if skill < 0 else str(organisation.model.skill_ids[skill])
    return str(ids[pairs.mentee[row]]), str(ids[pairs.mentor[row]]), named
