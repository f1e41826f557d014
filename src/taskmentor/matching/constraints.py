"""Constraints: what a plan as a whole must keep, beside rules on pairs and everybody's places. Data, part of a policy.

Each says of a problem which sums over the pairs of a plan must stay between which limits, and whether a problem with it
alone is still a flow. A strategy that cannot hold a constraint refuses it by name.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from math import gcd
from typing import Literal, Protocol

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, nearest, shown
from taskmentor.matching.pool import Pool
from taskmentor.matching.rows import (
    UNLIMITED,
    CompiledConstraint,
    CycleRows,
    HourRows,
    Labels,
    ListedRows,
    MeetingRows,
    RowsShape,
    TableRows,
)
from taskmentor.matching.shapes import pair_keys
from taskmentor.models.competency import SkillId
from taskmentor.models.people import NO_CODE, Categories, PersonId
from taskmentor.validators import NumbersByName, as_rows, numbers_by_name, one_of, whole, wholes_by_name, words

__all__ = [
    "Apart",
    "Constraint",
    "LeastShare",
    "MentorHours",
    "MentorLoad",
    "OncePerPair",
    "Reciprocity",
    "TeachLearnCycles",
    "Together",
    "UnitQuota",
]

_UNITS = ("department", "location")
"""Columns of people that are units beside the organisation's own columns."""

_MOST_LISTED = 5_000_000
"""Pairs that a constraint writes down one by one, at the most."""


class Constraint(Protocol):
    """What a plan as a whole must keep."""

    @property
    def name(self) -> str:
        """Return the constraint's name, by which results and refusals call it."""
        ...

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return the constraint's rows.

        Args:
            pool: The pool; rows are aligned with its requests and mentors.
            places: What each mentor has left for the round, pins included. Shape (n_mentors,).
        """
        ...


def _fault(column: str, code: str, problem: str, remedy: str) -> InputError:
    return InputError([Fault(code=code, table="policy", column=column, problem=problem, remedy=remedy)])


def _same_for_all(pool: Pool) -> NDArray[np.int32]:
    return np.zeros(len(pool.requests), np.int32)


def _mentor_labels(pool: Pool) -> Labels:
    ids = pool.organisation.people.ids[pool.mentors]
    return lambda rows: [str(one) for one in ids[rows]]


@frozen(kw_only=True)
class MentorHours:
    """No mentor gives more hours than they have, where requests take different numbers of hours.

    A generalised assignment problem: no flow.

    Attributes:
        each: Hours that one request takes, where its skill is not named.
        by_skill: Hours by skill id.
        per_place: Hours that a mentor has for each place left, where `budget` says nothing of them.
        budget: The organisation's own column `x_...` of whole hours; an empty cell means `per_place`.
    """

    each: int = field(default=8, validator=whole(at_least=0))
    by_skill: NumbersByName = field(default=(), converter=numbers_by_name, validator=wholes_by_name(at_least=0))
    per_place: int = field(default=8, validator=whole(at_least=0))
    budget: str | None = field(default=None, validator=optional(words))

    @property
    def name(self) -> str:
        """Return `mentor-hours`."""
        return "mentor-hours"

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return a row for each mentor: hours given, at most those there are."""
        model = pool.organisation.model
        hours = np.full(len(model.skill_ids), self.each, np.int64)
        for skill_id, own in self.by_skill:
            if skill_id not in model.skill_ids:
                problem = f"{shown(skill_id)} names no skill{nearest(skill_id, model.skill_ids)}"
                raise _fault(self.name, "UNKNOWN-SKILL", problem, "Name a skill of the model.")
            hours[model.skill_ids.index(SkillId(skill_id))] = own
        lengths, length = np.unique(hours[pool.requests.skill], return_inverse=True)
        shape = HourRows(
            length=length.astype(np.int32),
            hours=lengths,
            budget=self._budgets(pool, places),
        )
        mentors = _mentor_labels(pool)
        return CompiledConstraint(name=self.name, shape=shape, labels=lambda rows: mentors(rows % len(places)))

    def _budgets(self, pool: Pool, places: NDArray[np.int32]) -> NDArray[np.int64]:
        budget = self.per_place * places.astype(np.int64)
        if self.budget is None:
            return budget
        _check_own_column(self.name, self.budget, pool)
        column = pool.organisation.people.extra(self.budget)
        if column.numbers is None and column.given.any():
            problem = f"{shown(self.budget)} is a column of texts"
            raise _fault(self.name, "NOT-WHOLE", problem, "Name a column of whole hours.")
        if column.numbers is None:  # every cell is empty
            return budget
        given, hours = column.given[pool.mentors], column.numbers[pool.mentors]
        if (below := np.flatnonzero(given & (hours < 0))).size:
            who = pool.organisation.people.ids[pool.mentors[below[0]]]
            problem = f"{shown(self.budget)} says {hours[below[0]]:,} hours of {who}"
            raise _fault(self.name, "OUT-OF-RANGE", problem, "Give whole hours of 0 or more, or an empty cell.")
        return np.where(given, hours, budget)


@frozen(kw_only=True)
class OncePerPair:
    """No mentor serves two requests of one mentee in a round. No flow."""

    @property
    def name(self) -> str:
        """Return `once-per-pair`."""
        return "once-per-pair"

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return a row for each mentee and mentor."""
        begins = np.diff(pool.mentees, prepend=-1) != 0
        mentee = (np.cumsum(begins) - 1).astype(np.int32)
        people, n_mentors = pool.organisation.people.ids, len(pool.mentors)
        learners = pool.mentees[begins]

        def labels(rows: NDArray[np.integer]) -> list[str]:
            learner, mentor = np.divmod(rows, n_mentors)
            pairs = zip(people[learners[learner]], people[pool.mentors[mentor]], strict=True)
            return [f"{one} with {other}" for one, other in pairs]

        shape = MeetingRows(mentee=mentee, person=np.arange(n_mentors, dtype=np.int32), most=1)
        return CompiledConstraint(name=self.name, shape=shape, labels=labels)


def _check_own_column(constraint: str, column: str, pool: Pool, *others: str) -> None:
    """Refuse a column of people that is not there.

    Args:
        constraint: The constraint's name.
        column: The organisation's own column.
        pool: The pool.
        others: What else would have been accepted.
    """
    own = [one.name for one in pool.organisation.people.extras]
    if column not in own:
        problem = f"{shown(column)} names no column of people{nearest(column, [*others, *own])}"
        either = f"{', '.join(others)} or " if others else ""
        remedy = f"Name {either}a column x_... of people."
        raise _fault(constraint, "UNKNOWN-COLUMN", problem, remedy)


def _units(constraint: str, by: str, pool: Pool) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the unit of each person as a code, the last one for an empty cell, and what the units are called."""
    people = pool.organisation.people
    if by in _UNITS:
        column: Categories = getattr(people, by)
        codes, labels = column.codes, column.labels
    else:
        _check_own_column(constraint, by, pool, *_UNITS)
        codes, values = pool.own_column(by)
        labels = tuple(str(one) for one in values)
    return np.where(codes == NO_CODE, len(labels), codes).astype(np.int32), labels


@frozen(kw_only=True)
class LeastShare:
    """At least so many in a hundred pairs are of two departments, of one location, and the like. No flow.

    Pairs of which one side's cell is empty are not of the kind. A plan without pairs keeps every share.

    Attributes:
        percent: The least share.
        by: `department`, `location` or the organisation's own column `x_...`.
        same: Whether the pairs wanted are those of the same one; else those of different ones.
    """

    percent: int = field(validator=whole(at_least=0, at_most=100))
    by: str = field(default="department", validator=words)
    same: bool = False

    @property
    def name(self) -> str:
        """Return such as `share-of-other-department`."""
        return f"share-of-{'same' if self.same else 'other'}-{self.by}"

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return one row: a hundred for each pair of the kind, less the percentage for each pair, is 0 or more.

        Both are taken as small as they can be, so that prices of the row are as fine as they can be.
        """
        codes, labels = _units(self.name, self.by, pool)
        n = len(labels)
        equal = np.eye(n + 1, dtype=np.bool_)
        wanted = equal if self.same else ~equal
        wanted[n, :] = wanted[:, n] = False
        shape = TableRows(
            request=codes[pool.mentees],
            mentor=codes[pool.mentors],
            row=np.zeros((n + 1, n + 1), np.int32),
            amount=(100 * wanted.astype(np.int64) - self.percent) // (gcd(100, self.percent) or 1),
            low=np.zeros(1, np.int64),
            high=np.full(1, UNLIMITED),
        )
        return CompiledConstraint(name=self.name, shape=shape, labels=lambda rows: ["all pairs"] * len(rows))


def _check_limits(constraint: str, at_least: int, at_most: int | None, *, column: str, of: str = "") -> None:
    """Refuse a floor above the ceiling."""
    if at_most is not None and at_least > at_most:
        problem = f"the floor{of} is {at_least:,}, and the ceiling {at_most:,}"
        remedy = "Give a floor that is not above the ceiling."
        raise InputError(
            [Fault(code="CONFLICTING-LIMITS", table=constraint, column=column, problem=problem, remedy=remedy)]
        )


@frozen(kw_only=True)
class UnitQuota:
    """Each unit has at least and at most so many pairs, counted by the unit of the mentor or of the mentee.

    Units are apart from each other, so that on the mentors' side the model stays a flow; on the mentees' side too, as
    a mentee has one unit.

    Attributes:
        by: `department`, `location` or the organisation's own column `x_...`.
        side: Whose unit counts.
        at_least: The floor of every unit that is not named.
        at_most: The ceiling of every unit that is not named; None for none.
        floors: The floors of some units.
        ceilings: The ceilings of some units.
    """

    by: str = field(default="department", validator=words)
    side: Literal["mentor", "mentee"] = field(default="mentor", validator=one_of("mentor", "mentee"))
    at_least: int = field(default=0, validator=whole(at_least=0))
    at_most: int | None = field(default=None, validator=optional(whole(at_least=0)))
    floors: NumbersByName = field(default=(), converter=numbers_by_name, validator=wholes_by_name(at_least=0))
    ceilings: NumbersByName = field(default=(), converter=numbers_by_name, validator=wholes_by_name(at_least=0))

    def __attrs_post_init__(self) -> None:
        _check_limits(type(self).__name__, self.at_least, self.at_most, column="at_least")
        floors = dict(self.floors)
        for unit, ceiling in self.ceilings:
            of = f" of {shown(unit)}"
            _check_limits(type(self).__name__, floors.get(unit, 0), ceiling, column="floors", of=of)

    @property
    def name(self) -> str:
        """Return such as `quota-of-mentor-department`."""
        return f"quota-of-{self.side}-{self.by}"

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return a row for each unit: its pairs."""
        codes, units = _units(self.name, self.by, pool)
        low = np.full(len(units), self.at_least, np.int64)
        high = np.full(len(units), UNLIMITED if self.at_most is None else self.at_most, np.int64)
        for limits, named in ((low, self.floors), (high, self.ceilings)):
            for unit, number in named:
                if unit not in units:
                    problem = f"{shown(unit)} is no {self.by} of anybody{nearest(unit, units)}"
                    raise _fault(self.name, "UNKNOWN-UNIT", problem, "Name one that somebody is of.")
                limits[units.index(unit)] = number
        row = np.append(np.arange(len(units), dtype=np.int32), np.int32(-1))
        one = np.ones(len(units) + 1, np.int64)
        if self.side == "mentor":
            request, mentor = _same_for_all(pool), codes[pool.mentors]
            row, one = row[None, :], one[None, :]
        else:
            request, mentor = codes[pool.mentees], np.zeros(len(pool.mentors), np.int32)
            row, one = row[:, None], one[:, None]
        shape = TableRows(request=request, mentor=mentor, row=row, amount=one, low=low, high=high)
        return CompiledConstraint(
            name=self.name, shape=shape, keeps_flow=True, labels=lambda rows: [units[one] for one in rows.tolist()]
        )


@frozen(kw_only=True)
class MentorLoad:
    """Every mentor who has places left serves at least and at most so many requests of the round. Stays a flow.

    Attributes:
        at_least: The floor, where the mentor has as many places; else all their places.
        at_most: The ceiling beside their places; None for none.
    """

    at_least: int = field(default=0, validator=whole(at_least=0))
    at_most: int | None = field(default=None, validator=optional(whole(at_least=0)))

    def __attrs_post_init__(self) -> None:
        _check_limits(type(self).__name__, self.at_least, self.at_most, column="at_least")

    @property
    def name(self) -> str:
        """Return `mentor-load`."""
        return "mentor-load"

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return a row for each mentor: their pairs."""
        n = len(pool.mentors)
        shape = TableRows(
            request=_same_for_all(pool),
            mentor=np.arange(n, dtype=np.int32),
            row=np.arange(n, dtype=np.int32)[None, :],
            amount=np.ones((1, n), np.int64),
            low=np.minimum(self.at_least, places.astype(np.int64)),
            high=np.full(n, UNLIMITED if self.at_most is None else self.at_most, np.int64),
        )
        return CompiledConstraint(name=self.name, shape=shape, keeps_flow=True, labels=_mentor_labels(pool))


Couples = tuple[tuple[PersonId, PersonId], ...]


def _couples(given: Iterable[tuple[str, str]]) -> Couples:
    rows = as_rows(given)
    odd = [row for row in rows if len(row) != 2 or not all(isinstance(one, str) for one in row)]
    if odd:
        remedy = "Give rows of two ids."
        raise InputError(
            [
                Fault(
                    code="WRONG-TYPE",
                    table="policy",
                    column="couples",
                    problem=f"{shown(row)} is no couple",
                    remedy=remedy,
                )
                for row in odd
            ]
        )
    return tuple((PersonId(str(one)), PersonId(str(other))) for one, other in rows)


def _people(constraint: str, couples: Couples, pool: Pool) -> list[tuple[int, int]]:
    """Return the person codes of some couples, two different people each."""
    people, faults = pool.organisation.people, []
    known = set(people.ids.tolist())
    for couple in couples:
        for one in couple:
            if one not in known:
                faults.append(f"{shown(one)} names nobody{nearest(one, known)}")
        if couple[0] == couple[1]:
            faults.append(f"{shown(couple[0])} stands there as both")
    if faults:
        remedy = "Name two different people of the organisation."
        raise InputError(
            [
                Fault(code="UNKNOWN-PERSON", table="policy", column=constraint, problem=one, remedy=remedy)
                for one in faults
            ]
        )
    return [(people.code(one), people.code(other)) for one, other in couples]


def _requests_of(pool: Pool, person: int) -> list[int]:
    requests: list[int] = pool.requests_of(np.array([person]))[1].tolist()
    return requests


class _Lines:
    """Rows under construction: pairs of requests and mentors with amounts, row by row."""

    def __init__(self) -> None:
        self.request: list[int] = []
        self.mentor: list[int] = []
        self.row: list[int] = []
        self.amount: list[int] = []
        self.low: list[int] = []
        self.high: list[int] = []
        self.labels: list[str] = []

    def add(self, pairs: Sequence[tuple[int, int, int]], low: int, high: int, label: str) -> None:
        """Add a row, of (request, mentor, amount)."""
        for request, mentor, amount in pairs:
            self.request.append(request)
            self.mentor.append(mentor)
            self.amount.append(amount)
            self.row.append(len(self.low))
        self.low.append(low)
        self.high.append(high)
        self.labels.append(label)

    def compiled(self, name: str, n_mentors: int) -> CompiledConstraint:
        """Return the constraint."""
        column = {key: np.array(getattr(self, key), np.int64) for key in ("request", "mentor", "row", "amount")}
        keys = pair_keys(column["request"], column["mentor"], n_mentors)
        limits = np.array(self.low, np.int64), np.array(self.high, np.int64)
        shape: RowsShape = ListedRows.of(keys, column["row"], column["amount"], limits, n_mentors=n_mentors)
        return CompiledConstraint(
            name=name, shape=shape, labels=lambda rows: [self.labels[one] for one in rows.tolist()]
        )


@frozen(kw_only=True)
class Apart:
    """No mentor serves both of two mentees in a round. No flow.

    Attributes:
        couples: Ids of the two, each couple.
    """

    couples: Couples = field(converter=_couples)

    @property
    def name(self) -> str:
        """Return `apart`."""
        return "apart"

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return a row for each mentor and two requests of the two: at most one of them."""
        lines, mentors = _Lines(), pool.organisation.people.ids[pool.mentors]
        for (one, other), ids in zip(_people(self.name, self.couples, pool), self.couples, strict=True):
            for own, theirs in product(_requests_of(pool, one), _requests_of(pool, other)):
                for mentor, mentor_id in enumerate(mentors):
                    both = [(own, mentor, 1), (theirs, mentor, 1)]
                    lines.add(both, -UNLIMITED, 1, f"{ids[0]} and {ids[1]} with {mentor_id}")
        return lines.compiled(self.name, len(mentors))


@frozen(kw_only=True)
class Together:
    """Two mentees get the same mentor for a skill that both ask for, or neither gets one for it. No flow.

    Attributes:
        couples: Ids of the two, each couple.
    """

    couples: Couples = field(converter=_couples)

    @property
    def name(self) -> str:
        """Return `together`."""
        return "together"

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return a row for each mentor and skill that both ask for: the same for both."""
        lines, mentors = _Lines(), pool.organisation.people.ids[pool.mentors]
        skill = pool.requests.skill
        for (one, other), ids in zip(_people(self.name, self.couples, pool), self.couples, strict=True):
            for own, theirs in product(_requests_of(pool, one), _requests_of(pool, other)):
                if skill[own] != skill[theirs]:
                    continue
                for mentor, mentor_id in enumerate(mentors):
                    both = [(own, mentor, 1), (theirs, mentor, -1)]
                    lines.add(both, 0, 0, f"{ids[0]} and {ids[1]} with {mentor_id}")
        return lines.compiled(self.name, len(mentors))


@frozen(kw_only=True)
class Reciprocity:
    """Whether two people may be each other's mentor in a round. No flow.

    Attributes:
        kind: `forbidden`: nobody is served by somebody whom they serve. `required`: whoever serves somebody is served
            by them too.
    """

    kind: Literal["forbidden", "required"] = field(default="forbidden", validator=one_of("forbidden", "required"))

    @property
    def name(self) -> str:
        """Return `reciprocity`."""
        return "reciprocity"

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return rows for each two people who both ask and both could teach."""
        lines, ids = _Lines(), pool.organisation.people.ids
        forth = _teachable(pool)
        for (learner, teacher), pairs in forth.items():
            back = forth.get((teacher, learner), [])
            label = f"{ids[learner]} and {ids[teacher]}"
            if self.kind == "required":
                for request, mentor in pairs:
                    row = [(request, mentor, 1), *((other, own, -1) for other, own in back)]
                    lines.add(row, -UNLIMITED, 0, label)
            elif learner < teacher:
                for (request, mentor), (other, own) in product(pairs, back):
                    lines.add([(request, mentor, 1), (other, own, 1)], -UNLIMITED, 1, label)
        return lines.compiled(self.name, len(pool.mentors))


def _teachable(pool: Pool) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return the requests and mentors of each (learner, teacher) of whom the teacher was assessed in the skill."""
    known = pool.proficiency
    holders: dict[int, list[int]] = {}
    for person, skill in zip(known.person.tolist(), known.skill.tolist(), strict=True):
        if pool.mentor_place[person] != NO_CODE:
            holders.setdefault(skill, []).append(person)
    size = sum(len(holders.get(skill, ())) for skill in pool.requests.skill.tolist())
    if size > _MOST_LISTED:
        problem = f"{size:,} pairs would have to be written down, and at most {_MOST_LISTED:,} are"
        raise _fault("reciprocity", "TOO-LARGE", problem, "Match fewer requests at a time.")
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for request, (learner, skill) in enumerate(zip(pool.mentees.tolist(), pool.requests.skill.tolist(), strict=True)):
        for teacher in holders.get(skill, ()):
            if teacher != learner:
                found.setdefault((learner, teacher), []).append((request, int(pool.mentor_place[teacher])))
    return found


@frozen(kw_only=True)
class TeachLearnCycles:
    """Everybody who learns teaches, in cycles: A teaches B, B teaches C, C teaches A. For peer programmes; no flow.

    Nobody is in more than one cycle of a round.

    Attributes:
        longest: How many people a cycle has at most.

    Source:
        The cycle formulation of kidney exchange: Abraham, Blum and Sandholm, "Clearing algorithms for barter exchange
        markets", EC 2007.
    """

    longest: int = field(default=3, validator=whole(at_least=2, at_most=5))

    @property
    def name(self) -> str:
        """Return `teach-learn-cycles`."""
        return "teach-learn-cycles"

    def compile(self, pool: Pool, places: NDArray[np.int32]) -> CompiledConstraint:
        """Return two rows for each person: learning as much as teaching, and that once at most."""
        n_people, ids = len(pool.organisation.people), pool.organisation.people.ids
        shape = CycleRows(
            learner=pool.mentees.astype(np.int32),
            teacher=pool.mentors.astype(np.int32),
            n_people=n_people,
            longest=self.longest,
        )
        return CompiledConstraint(
            name=self.name, shape=shape, labels=lambda rows: [str(one) for one in ids[np.asarray(rows) % n_people]]
        )
