"""From assessments to one confirmed proficiency for each person and skill, and from there to skill gaps."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from typing import Protocol

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.models.assessments import Assessments, Source
from taskmentor.models.competency import ProficiencyScale, SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE, PersonId
from taskmentor.models.ranges import ranges
from taskmentor.validators import whole

__all__ = [
    "Discounted",
    "Latest",
    "ManagerFirst",
    "Proficiency",
    "ProficiencyPolicy",
    "SkillGap",
    "SkillGaps",
    "check_day",
    "confirmed_proficiency",
    "gaps",
    "gaps_of",
    "requirements_of",
]

_FIRST_YEAR, _LAST_YEAR = 1900, 2200


@frozen(eq=False, kw_only=True)
class Proficiency:
    """The confirmed level of every person and skill that was assessed, as columns sorted by person and skill.

    Attributes:
        person: Person codes. Shape (n,).
        skill: Skill codes. Shape (n,).
        level: Levels on the scale. Shape (n,).
        row: The assessment that each level rests on. Shape (n,).
        n_skills: How many skills the model has.
        lowest: The scale's lowest level, which an unassessed skill counts as.
    """

    person: NDArray[np.int32]
    skill: NDArray[np.int32]
    level: NDArray[np.int8]
    row: NDArray[np.int64]
    n_skills: int
    lowest: int

    @cached_property
    def _key(self) -> NDArray[np.int64]:
        return self.person.astype(np.int64) * self.n_skills + self.skill

    def levels(
        self, person: NDArray[np.integer], skill: NDArray[np.integer]
    ) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """Return the levels of some people in some skills, and which of them were assessed at all.

        Args:
            person: Person codes. Shape (m,).
            skill: Skill codes. Shape (m,).

        Returns:
            Levels, the lowest where unassessed, and whether they were assessed. Shape (m,) each.

        Complexity:
            O(m log n).
        """
        wanted = person.astype(np.int64) * self.n_skills + skill
        if not len(self._key):
            return np.full(len(wanted), self.lowest, np.int8), np.zeros(len(wanted), np.bool_)
        place = np.minimum(np.searchsorted(self._key, wanted), len(self._key) - 1)
        assessed = self._key[place] == wanted
        return np.where(assessed, self.level[place], self.lowest).astype(np.int8), assessed


class ProficiencyPolicy(Protocol):
    """Chooses the one assessment of each person and skill that counts, and the level that it gives."""

    def __call__(
        self, assessments: Assessments, scale: ProficiencyScale, on: date
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """Return the rows that count, at most one for each person and skill in their order, and the levels given."""
        ...


def _last_of_each(assessments: Assessments, counts: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the last counting row for each person and skill, -1 where none counts."""
    if not len(assessments):
        return np.zeros(0, np.int64)
    person, skill = assessments.person, assessments.skill
    begins = np.append(True, (person[1:] != person[:-1]) | (skill[1:] != skill[:-1]))
    rows = np.where(counts, np.arange(len(assessments)), NO_CODE)
    return np.maximum.reduceat(rows, np.flatnonzero(begins))


@frozen(kw_only=True)
class ManagerFirst:
    """The newest of outcome, test and manager; where there is none, the newest self-assessment.

    On the same day an outcome counts before a test, a test before a manager's assessment.

    Attributes:
        self_cap: The highest level that a self-assessment gives as long as nobody else has confirmed one; None for no
            such cap.
    """

    self_cap: int | None = field(default=None, validator=optional(whole(at_least=-100, at_most=100)))

    def __call__(
        self, assessments: Assessments, scale: ProficiencyScale, on: date
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """Return the rows that count and their levels; see `ProficiencyPolicy`."""
        known = assessments.assessed_on <= np.datetime64(on)
        confirmed = _last_of_each(assessments, known & (assessments.source != Source.SELF))
        stated = _last_of_each(assessments, known & (assessments.source == Source.SELF))
        rows = np.where(confirmed != NO_CODE, confirmed, stated)
        rows = rows[rows != NO_CODE]
        level = assessments.level[rows]
        if self.self_cap is not None:
            capped = np.minimum(level, max(self.self_cap, scale.lowest))
            level = np.where(assessments.source[rows] == Source.SELF, capped, level)
        return rows, level.astype(np.int8)


@frozen
class Latest:
    """The newest assessment of any source."""

    def __call__(
        self, assessments: Assessments, scale: ProficiencyScale, on: date
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """Return the rows that count and their levels; see `ProficiencyPolicy`."""
        rows = _last_of_each(assessments, assessments.assessed_on <= np.datetime64(on))
        rows = rows[rows != NO_CODE]
        return rows, assessments.level[rows]


@frozen(kw_only=True)
class Discounted:
    """Another policy's levels, less one level for every full period that has passed since the assessment (P8).

    Attributes:
        policy: The policy that chooses the assessment.
        days_per_level: The length of a period, in days. A level never falls under the scale's lowest.
    """

    policy: ProficiencyPolicy = field(factory=ManagerFirst)
    days_per_level: int = field(default=730, validator=whole(at_least=1))

    def __call__(
        self, assessments: Assessments, scale: ProficiencyScale, on: date
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """Return the rows that count and their levels; see `ProficiencyPolicy`."""
        rows, level = self.policy(assessments, scale, on)
        age = (np.datetime64(on) - assessments.assessed_on[rows]).astype(np.int64)
        return rows, np.maximum(level - age // self.days_per_level, scale.lowest).astype(np.int8)


def confirmed_proficiency(
    organisation: Organisation, *, on: date, policy: ProficiencyPolicy | None = None
) -> Proficiency:
    """Return everybody's confirmed proficiency as of a day.

    Args:
        organisation: The organisation.
        on: The day; later assessments are not looked at.
        policy: Which assessment counts; `ManagerFirst()` unless said otherwise.

    Complexity:
        O(n) for n assessments.
    """
    check_day(on)
    assessments = organisation.assessments
    rows, level = (policy or ManagerFirst())(assessments, organisation.model.scale, on)
    return Proficiency(
        person=assessments.person[rows],
        skill=assessments.skill[rows],
        level=level,
        row=rows,
        n_skills=len(organisation.model.skills),
        lowest=organisation.model.scale.lowest,
    )


def check_day(on: object) -> None:
    """Refuse what is no day: a moment would be compared with days as if it were midnight.

    Raises:
        InputError: If it is no `date`, or of a year outside 1900 to 2200 (`BAD-DATE`).
    """
    if isinstance(on, datetime) or not isinstance(on, date) or not _FIRST_YEAR <= on.year <= _LAST_YEAR:
        remedy = f"Give a day of {_FIRST_YEAR} to {_LAST_YEAR}, such as date(2026, 10, 1)."
        problem = f"{shown(on)} is no day that can be asked about"
        raise InputError([Fault(code="BAD-DATE", table="arguments", column="on", problem=problem, remedy=remedy)])


@frozen(kw_only=True)
class SkillGap:
    """How far one person is below what their role requires of one skill.

    Attributes:
        required: The level the role asks for.
        confirmed: The confirmed level, or the scale's lowest where there is none.
        assessed: Whether there is a confirmed level at all.
        importance: 1 to 5, 5 the most important.
    """

    person_id: PersonId
    skill_id: SkillId
    required: int
    confirmed: int
    assessed: bool
    importance: int

    @property
    def size(self) -> int:
        """Return the levels that are missing, 1 or more."""
        return self.required - self.confirmed


@frozen(eq=False, kw_only=True)
class SkillGaps:
    """Skill gaps as columns; each person's stand together, the most important and largest first.

    Attributes:
        organisation: Whose gaps these are.
        person: Person codes, rising. Shape (n,).
        skill: Skill codes. Shape (n,).
        required: Levels. Shape (n,).
        confirmed: Levels. Shape (n,).
        assessed: Shape (n,).
        importance: 1 to 5. Shape (n,).
    """

    organisation: Organisation
    person: NDArray[np.int32]
    skill: NDArray[np.int32]
    required: NDArray[np.int8]
    confirmed: NDArray[np.int8]
    assessed: NDArray[np.bool_]
    importance: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.person)

    def __repr__(self) -> str:
        return f"SkillGaps({len(self):,} gaps of {len(np.unique(self.person)):,} people)"

    def __iter__(self) -> Iterator[SkillGap]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, row: int) -> SkillGap:
        return SkillGap(
            person_id=self.organisation.people.id(int(self.person[row])),
            skill_id=self.organisation.model.skill_ids[self.skill[row]],
            required=int(self.required[row]),
            confirmed=int(self.confirmed[row]),
            assessed=bool(self.assessed[row]),
            importance=int(self.importance[row]),
        )

    def take(self, rows: NDArray[np.integer]) -> "SkillGaps":
        """Return some of the gaps."""
        return evolve(
            self,
            person=self.person[rows],
            skill=self.skill[rows],
            required=self.required[rows],
            confirmed=self.confirmed[rows],
            assessed=self.assessed[rows],
            importance=self.importance[rows],
        )

    def of(self, person_id: str) -> "SkillGaps":
        """Return the gaps of one person.

        Raises:
            UnknownIdError: If nobody has this id.
        """
        return self.take(np.flatnonzero(self.person == self.organisation.people.code(person_id)))


def gaps(
    organisation: Organisation,
    *,
    on: date,
    policy: ProficiencyPolicy | None = None,
    manager: str | None = None,
    levels: int | None = None,
) -> SkillGaps:
    """Return the skill gaps of everybody who is there on a day, or of one manager's team (T6, T8).

    A gap is the role's required level less the confirmed one, where that is above 0. Each person's gaps are ordered by
    importance, then size, then skill id.

    Args:
        organisation: The organisation.
        on: The day.
        policy: Which assessment counts; `ManagerFirst()` unless said otherwise.
        manager: Only the people below this one, as of that day.
        levels: With a manager, how many levels down; None for all of them.

    Raises:
        UnknownIdError: If the manager names nobody.

    Complexity:
        O(n log n) for n requirements of all people.
    """
    check_day(on)
    everybody = organisation.people
    there = everybody.active(on) & (everybody.role != NO_CODE)
    if manager is not None:
        team = np.zeros(len(everybody), np.bool_)
        team[organisation.forest(on).team(everybody.code(manager), levels=levels)] = True
        there &= team
    proficiency = confirmed_proficiency(organisation, on=on, policy=policy)
    return gaps_of(organisation, proficiency, np.flatnonzero(there))


def gaps_of(organisation: Organisation, proficiency: Proficiency, person: NDArray[np.integer]) -> SkillGaps:
    """Return the skill gaps of some people.

    Args:
        organisation: The organisation.
        proficiency: Everybody's confirmed proficiency.
        person: The codes of people who have a role. Shape (n,).
    """
    required = organisation.model.required
    owner, row = requirements_of(organisation, person)
    skill = required.skill[row]
    confirmed, assessed = proficiency.levels(owner, skill)
    missing = required.level[row] - confirmed
    importance = required.importance[row]
    open_gaps = np.flatnonzero(missing > 0)
    order = open_gaps[np.lexsort((skill[open_gaps], -missing[open_gaps], -importance[open_gaps], owner[open_gaps]))]
    return SkillGaps(
        organisation=organisation,
        person=owner[order],
        skill=skill[order],
        required=required.level[row][order],
        confirmed=confirmed[order],
        assessed=assessed[order],
        importance=importance[order],
    )


def requirements_of(
    organisation: Organisation, person: NDArray[np.integer]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return what the roles of some people ask for: whose requirement it is, and its row in the model's `required`.

    Args:
        organisation: The organisation.
        person: The codes of people who have a role. Shape (n,).

    Returns:
        Person codes and rows, in the order of the people. Shape (m,) each.
    """
    required, role = organisation.model.required, organisation.people.role[person]
    count = required.start[role + 1] - required.start[role]
    return np.repeat(person, count).astype(np.int32), ranges(required.start[role], count)
