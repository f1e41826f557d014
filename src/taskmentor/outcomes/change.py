"""What engagements changed: levels before and after, and whether the mentee's manager confirmed them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import numpy as np
from attrs import evolve, frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EngagementId, utc_day
from taskmentor.lifecycle.goals import Goal
from taskmentor.lifecycle.group import Group, GroupId
from taskmentor.lifecycle.outcomes import outcome
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.outcomes.breakdowns import Amounts
from taskmentor.outcomes.mentoring import Mentoring, engagements_in, groups_in
from taskmentor.outcomes.period import Period
from taskmentor.proficiency import ProficiencyPolicy, confirmed_proficiency

__all__ = ["SkillChange", "change_amounts", "skill_changes", "with_outcomes"]


@frozen(kw_only=True)
class SkillChange:
    """How one person's level of one skill changed by one engagement, or in one group (T13, T14, T19).

    Attributes:
        engagement_id: The engagement, or the group.
        person_id: Whose level.
        relation: Whether that is the mentee or the mentor.
        skill_id: The skill.
        before: The confirmed level before; None where a mentor had none.
        target: The level that the mentee was to reach; None for the mentor.
        stated: The level in the person's own reassessment; None where there was none.
        stated_on: The day of that.
        confirmed: The level that the mentee's manager confirmed; None where nobody did, as for the mentor.
        confirmed_on: The day of that.
    """

    engagement_id: EngagementId | GroupId
    person_id: PersonId
    relation: Relation
    skill_id: SkillId
    before: int | None
    target: int | None = None
    stated: int | None = None
    stated_on: date | None = None
    confirmed: int | None = None
    confirmed_on: date | None = None

    @property
    def after(self) -> int | None:
        """Return the confirmed level, else the stated one."""
        return self.stated if self.confirmed is None else self.confirmed

    @property
    def on(self) -> date | None:
        """Return the day of the confirmation, else that of the reassessment."""
        return self.stated_on if self.confirmed_on is None else self.confirmed_on

    @property
    def levels(self) -> int | None:
        """Return after minus before (T13); None where one of them is not known."""
        return None if self.after is None or self.before is None else self.after - self.before

    @property
    def reached(self) -> bool:
        """Return whether the target was reached and the manager confirmed it (T14)."""
        return self.confirmed is not None and self.target is not None and self.confirmed >= self.target

    def __str__(self) -> str:
        before = "none" if self.before is None else str(self.before)
        word = "confirmed" if self.confirmed is not None else "not confirmed"
        return f"{self.person_id} {self.skill_id} as {self.relation}: {before} to {self.after}, {word} ({self.on})"


def skill_changes(
    organisation: Organisation,
    known: Iterable[Mentoring],
    period: Period,
    *,
    policy: ProficiencyPolicy | None = None,
) -> tuple[SkillChange, ...]:
    """Return the changes whose last word falls into a period, by day, engagement and relation.

    A mentee's level before is the one that the engagement, or the goal in a group, started from. A mentor's is the
    confirmed one on the day before the start.

    Args:
        organisation: Tells the mentors' levels before.
        known: Engagements and groups; booked sessions have no target.
        period: From when to when.
        policy: Which assessment counts; `ManagerFirst()` unless said otherwise.
    """
    given = [*known]
    engagements = engagements_in(given)
    found = [_of_learner(one.id, one.mentee_id, one) for one in engagements]
    found += _of_mentors(organisation, engagements, policy)
    found += [_of_learner(group.id, goal.person_id, goal) for group in groups_in(given) for goal in group.goals]
    # Where nobody said anything there is no day, and no change.
    dated = [(change.on, change.engagement_id, change.relation, change) for change in found if change.on is not None]
    return tuple(change for on, *_, change in sorted(dated, key=lambda one: one[:3]) if period.holds(on))


def _of_learner(engagement_id: EngagementId | GroupId, person_id: PersonId, goal: Engagement | Goal) -> SkillChange:
    """Return what came of a goal: that of an engagement, or one of those in a group."""
    at = goal.confirmed_at
    return SkillChange(
        engagement_id=engagement_id,
        person_id=person_id,
        relation=Relation.MENTEE,
        skill_id=goal.scope.skill_id,
        before=goal.scope.from_level,
        target=goal.scope.target_level,
        stated=goal.reassessed_level,
        stated_on=goal.reassessed_on,
        confirmed=goal.confirmed_level,
        confirmed_on=None if at is None else utc_day(at),
    )


def _of_mentors(
    organisation: Organisation, engagements: Sequence[Engagement], policy: ProficiencyPolicy | None
) -> Iterator[SkillChange]:
    by_day: dict[date, list[Engagement]] = {}
    for one in engagements:
        if one.mentor_level is not None and one.started_at is not None:
            by_day.setdefault(utc_day(one.started_at), []).append(one)
    for day, started in by_day.items():
        known = confirmed_proficiency(organisation, on=date.fromordinal(day.toordinal() - 1), policy=policy)
        person = organisation.people.codes([one.mentor_id for one in started])
        skill = np.array([organisation.model.skill_code(one.scope.skill_id) for one in started], np.int32)
        levels, assessed = known.levels(person, skill)
        for one, level, was_assessed in zip(started, levels.tolist(), assessed.tolist(), strict=True):
            yield SkillChange(
                engagement_id=one.id,
                person_id=one.mentor_id,
                relation=Relation.MENTOR,
                skill_id=one.scope.skill_id,
                before=level if was_assessed else None,
                stated=one.mentor_level,
                stated_on=one.mentor_reassessed_on,
            )


def change_amounts(organisation: Organisation, changes: Iterable[SkillChange]) -> Amounts:
    """Return the levels that mentees gained with their manager's confirmation, for breakdowns."""
    confirmed = [one for one in changes if one.confirmed is not None and one.levels is not None]
    skills = [organisation.model.skill_code(one.skill_id) for one in confirmed]
    return Amounts(
        organisation=organisation,
        what="levels gained",
        person=organisation.people.codes([one.person_id for one in confirmed]),
        amount=np.array([one.levels for one in confirmed], np.int64),
        skill=np.array(skills, np.int32),
    )


def with_outcomes(organisation: Organisation, known: Iterable[Mentoring]) -> Organisation:
    """Return the organisation with the confirmed outcomes that it has not as assessments yet.

    Of a confirmer whom the organisation does not know, the name is left out.

    Args:
        organisation: The organisation.
        known: Engagements and groups.

    Raises:
        UnknownIdError: If an outcome names a person or a skill that is not here.
    """
    assessments, people, model = organisation.assessments, organisation.people, organisation.model
    rows = np.flatnonzero(assessments.source == Source.OUTCOME)
    columns = (assessments.person, assessments.skill, assessments.assessed_on)
    there = {*zip(*(column[rows].tolist() for column in columns), strict=True)}
    new, ids = [], set(people.ids.tolist())
    for found in _confirmed(known):
        key = people.code(found.person_id), model.skill_code(found.skill_id), found.assessed_on
        if key not in there:
            there.add(key)
            new.append(found if found.assessor_id in ids else evolve(found, assessor_id=None))
    return organisation.assessed(*new) if new else organisation


def _confirmed(known: Iterable[Mentoring]) -> list[Assessment]:
    """Return all outcomes, the latest first, so that of two on one day the later one counts."""
    found: list[tuple[datetime, str, Assessment]] = []
    for one in known:
        if isinstance(one, Engagement) and one.confirmed_at is not None:
            found.append((one.confirmed_at, one.id, outcome(one)))
        if isinstance(one, Group):
            said = [goal for goal in one.goals if goal.confirmed_at is not None]
            outcomes = [goal.outcome(one.model_version) for goal in said]
            found += [
                (goal.confirmed_at, one.id, made)
                for goal, made in zip(said, outcomes, strict=True)
                if goal.confirmed_at is not None and made is not None
            ]
    return [made for *_, made in sorted(found, key=lambda one: one[:2], reverse=True)]
