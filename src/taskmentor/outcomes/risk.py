"""Knowledge at risk: skills that few can teach, or whose holders leave soon, and who waits for them (D17, KT1, SP1)."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import InputError
from taskmentor.matching.directory import find_mentors
from taskmentor.matching.policy import HasPolicy
from taskmentor.models.competency import RoleId, SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE, PersonId
from taskmentor.outcomes.load import places_held
from taskmentor.outcomes.mentoring import Mentoring
from taskmentor.outcomes.wording import aligned, as_decimal
from taskmentor.proficiency import (
    ProficiencyPolicy,
    SkillGap,
    SkillGaps,
    confirmed_proficiency,
    gaps_of,
)

__all__ = ["AtRisk", "KnowledgeAtRisk", "Readiness", "Suggestion", "knowledge_at_risk", "readiness"]

_YEAR = 365
_FEW = 2


@frozen(kw_only=True)
class AtRisk:
    """A skill that the organisation may lose.

    Attributes:
        skill_id: The skill.
        level: The level that is looked at: the highest that the role of somebody who is there asks for.
        holders: Who is confirmed at that level or above, sorted.
        leaving: Those of them who leave soon, with their first day of absence, the first to leave first.
        gaps: How many people who are there have a gap in it.
        departments: In how many departments holders who stay are.
    """

    skill_id: SkillId
    level: int
    holders: tuple[PersonId, ...]
    leaving: tuple[tuple[PersonId, date], ...]
    gaps: int
    departments: int

    @property
    def staying(self) -> int:
        """Return how many holders do not leave soon."""
        return len(self.holders) - len(self.leaving)


@frozen(kw_only=True)
class Suggestion:
    """An engagement that would keep knowledge in the organisation.

    Attributes:
        skill_id: The skill.
        mentor_id: Who holds it.
        mentee_id: Who has a gap in it.
        target_level: What the mentee's role asks for.
        before: The day on which the mentor leaves; None where they do not.
    """

    skill_id: SkillId
    mentor_id: PersonId
    mentee_id: PersonId
    target_level: int
    before: date | None

    def __str__(self) -> str:
        until = "" if self.before is None else f", before {self.before}"
        return f"{self.mentor_id} mentors {self.mentee_id} in {self.skill_id} to level {self.target_level}{until}"


@frozen(kw_only=True)
class KnowledgeAtRisk:
    """The skills that an organisation may lose, those with the fewest holders who stay first.

    Attributes:
        on: The day.
        until: The last day that counts as soon.
        few: Up to how many holders who stay are few.
        skills: The skills at risk.
        suggestions: Engagements that would help, in the order of the skills.
    """

    on: date
    until: date
    few: int
    skills: tuple[AtRisk, ...] = field(repr=False)
    suggestions: tuple[Suggestion, ...] = field(repr=False)

    def __str__(self) -> str:
        header = ("skill", "level", "holders", "leaving", "departments", "gaps")
        rows = [
            (
                one.skill_id, str(one.level), str(len(one.holders)), str(len(one.leaving)), str(one.departments),
                str(one.gaps),
            )
            for one in self.skills
        ]  # fmt: skip
        return "\n".join([*aligned(header, rows), *map(str, self.suggestions)])


def knowledge_at_risk(
    organisation: Organisation,
    known: Iterable[Mentoring] = (),
    *,
    on: date,
    within_days: int = _YEAR,
    few: int = _FEW,
    suggestions: int = 10,
    programme: HasPolicy | None = None,
    policy: ProficiencyPolicy | None = None,
) -> KnowledgeAtRisk:
    """Return the skills that few people hold or that lose their holders soon, and engagements that would pass them on.

    A skill is at risk where somebody's role asks for it, and at most `few` people who stay are confirmed at the highest
    level that is asked for. Suggested are mentors whom the programme's policy admits and who have a place left, the
    first to leave first, each for the mentee with the most important and largest gap; nobody is suggested twice as
    mentee of one skill, nor beyond their places.

    Args:
        organisation: The organisation; `left_on` tells who leaves.
        known: Engagements, groups and booked sessions that take places.
        on: The day.
        within_days: How many days are soon.
        few: Up to how many holders are few.
        suggestions: How many engagements are suggested at most.
        programme: Whose policy admits mentors; the default policy unless given.
        policy: Which assessment counts; `ManagerFirst()` unless said otherwise.

    Complexity:
        O(n log n) for n assessments and requirements of all people, and O(n) again for every suggestion looked for.
    """
    until = on + timedelta(days=within_days)
    gaps = _gaps(organisation, on, policy)
    found = sorted(_skills_at_risk(organisation, gaps, on, until, few, policy), key=_most_at_risk)
    free = organisation.people.capacity - places_held(organisation, known, on=on)
    suggested: list[Suggestion] = []
    for one in found:
        for gap in gaps.take(np.flatnonzero(gaps.skill == organisation.model.skill_code(one.skill_id))):
            if len(suggested) < suggestions:
                suggested += _suggested(organisation, one, gap, free, on, programme)
    return KnowledgeAtRisk(on=on, until=until, few=few, skills=tuple(found), suggestions=tuple(suggested))


def _gaps(organisation: Organisation, on: date, policy: ProficiencyPolicy | None) -> SkillGaps:
    """Return everybody's gaps, the most important first, then the largest."""
    people = organisation.people
    known = confirmed_proficiency(organisation, on=on, policy=policy)
    found = gaps_of(organisation, known, np.flatnonzero(people.active(on) & (people.role != NO_CODE)))
    size = found.required.astype(np.int16) - found.confirmed
    return found.take(np.lexsort((found.person, -size, -found.importance)))


def _most_at_risk(one: AtRisk) -> tuple[int, int, str]:
    return one.staying, -one.gaps, one.skill_id


def _skills_at_risk(
    organisation: Organisation, gaps: SkillGaps, on: date, until: date, few: int, policy: ProficiencyPolicy | None
) -> Iterator[AtRisk]:
    people, required = organisation.people, organisation.model.required
    there = people.active(on)
    n_roles, n_skills = len(organisation.model.roles), len(organisation.model.skills)
    held_roles = np.bincount(people.role[there & (people.role != NO_CODE)], minlength=n_roles) > 0
    asks = held_roles[np.repeat(np.arange(n_roles), np.diff(required.start))] & (
        required.level > organisation.model.scale.lowest
    )
    level = np.full(n_skills, NO_CODE)
    np.maximum.at(level, required.skill[asks], required.level[asks])
    known = confirmed_proficiency(organisation, on=on, policy=policy)
    holds = there[known.person] & (known.level >= level[known.skill])
    soon = people.left_on <= np.datetime64(until)
    stays = np.bincount(known.skill[holds & ~soon[known.person]], minlength=n_skills)
    waiting = np.bincount(gaps.skill, minlength=n_skills)
    for skill in np.flatnonzero((stays <= few) & (np.bincount(required.skill[asks], minlength=n_skills) > 0)).tolist():
        holders = known.person[holds & (known.skill == skill)]
        leaving = holders[soon[holders]]
        yield AtRisk(
            skill_id=organisation.model.skill_ids[skill],
            level=int(level[skill]),
            holders=tuple(people.id(code) for code in holders.tolist()),
            leaving=tuple(
                (people.id(code), people.left_on[code].astype("datetime64[D]").item())
                for code in leaving[np.argsort(people.left_on[leaving], kind="stable")].tolist()
            ),
            gaps=int(waiting[skill]),
            departments=len(np.unique(people.department.codes[holders[~soon[holders]]])),
        )


def _suggested(
    organisation: Organisation,
    one: AtRisk,
    gap: SkillGap,
    free: NDArray[np.int64],
    on: date,
    programme: HasPolicy | None,
) -> Iterator[Suggestion]:
    """Yield the one suggestion for a gap, if there is any, and take the mentor's place."""
    leaves = dict(one.leaving)
    try:
        possible = find_mentors(
            organisation,
            gap.person_id,
            gap.skill_id,
            on=on,
            k=len(one.holders) + 1,
            target=gap.required,
            programme=programme,
        )
    except InputError:  # the programme's policy takes the target for reached
        return
    able = [mentor.mentor_id for mentor in possible if mentor.mentor_id in one.holders]
    for mentor_id in sorted(able, key=lambda mentor: leaves.get(mentor, date.max)):
        code = organisation.people.code(mentor_id)
        if free[code] > 0:
            free[code] -= 1
            yield Suggestion(
                skill_id=one.skill_id,
                mentor_id=mentor_id,
                mentee_id=gap.person_id,
                target_level=gap.required,
                before=leaves.get(mentor_id),
            )
            return


@frozen(kw_only=True)
class Readiness:
    """How much of what a role asks for somebody has already (SP1).

    Attributes:
        person_id: Who.
        met: Requirements that they meet.
        required: Requirements of the role.
        missing: Levels that they lack, over all its skills.
    """

    person_id: PersonId
    met: int
    required: int
    missing: int

    @property
    def share(self) -> Fraction:
        """Return the share of the role's requirements that they meet."""
        return Fraction(self.met, self.required)

    def __str__(self) -> str:
        return (
            f"{self.person_id}: {self.met} of {self.required} ({as_decimal(self.share)}), {self.missing} levels missing"
        )


def readiness(
    organisation: Organisation,
    role_id: str,
    *,
    on: date,
    k: int = 5,
    policy: ProficiencyPolicy | None = None,
) -> tuple[Readiness, ...]:
    """Return the k people who lack least of what a role asks for, and do not have it, for planning a succession (SP1).

    Fewest levels missing first, then most requirements met, then by id. Nobody who leaves is known to stay, so look at
    `left_on` too.

    Args:
        organisation: The organisation.
        role_id: The role.
        on: The day.
        k: How many people, 1 or more.
        policy: Which assessment counts; `ManagerFirst()` unless said otherwise.

    Raises:
        UnknownIdError: If there is no such role.

    Complexity:
        O(people x requirements of the role).
    """
    people, model = organisation.people, organisation.model
    role = model.role_code(RoleId(role_id))
    begin, end = model.required.start[role : role + 2].tolist()
    if begin == end:
        return ()
    known = confirmed_proficiency(organisation, on=on, policy=policy)
    person = np.flatnonzero(people.active(on) & (people.role != role))
    met, missing = np.zeros((2, len(person)), np.int64)
    for row in range(begin, end):
        levels, _ = known.levels(person, np.full(len(person), model.required.skill[row]))
        lacks = np.maximum(int(model.required.level[row]) - levels.astype(np.int64), 0)
        missing += lacks
        met += lacks == 0
    order = np.lexsort((person, -met, missing))[:k]
    return tuple(
        Readiness(
            person_id=people.id(int(person[place])),
            met=int(met[place]),
            required=end - begin,
            missing=int(missing[place]),
        )
        for place in order.tolist()
    )
