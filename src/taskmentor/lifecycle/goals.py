"""What one person is to reach in one skill, and how far it has come: reassessed, sent back, confirmed.

The same rules hold wherever somebody learns: in an engagement, in a group, and for a goal in the other direction.
"""

from datetime import date, datetime
from enum import StrEnum

import attrs
from attrs import frozen

from taskmentor.lifecycle.events import Scope, input_error, utc_day
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId, key_of_erased

__all__ = ["Goal", "GoalState", "check_within", "self_assessment", "target_problem"]


class GoalState(StrEnum):
    """How far somebody has come with a goal."""

    PRACTISING = "practising"
    REASSESSED = "reassessed"
    CONFIRMED = "confirmed"


def check_within(first: date, day: date, last: date, column: str) -> None:
    """Refuse a day that is before the start or still to come (`DATE-ORDER`)."""
    if not first <= day <= last:
        problem = f"the day {day} is before the start or still to come"
        raise input_error("DATE-ORDER", column, problem, f"Give a day from {first} to {last}.")


def target_problem(scope: Scope, level: int) -> str:
    """Return why a level cannot be confirmed as reached; nothing where it can (T14).

    Raises:
        InputError: If the level is none of the scale.
    """
    scope.check_level(level)
    if level < scope.target_level:
        return f"level {level} is below the target {scope.target_level}; return it to practice, or end it"
    return ""


@frozen(kw_only=True)
class Goal:
    """What one person is to reach in one skill, as it stands.

    Attributes:
        person_id: Who learns.
        scope: The skill, its levels and the behaviours to practise.
        state: How far it has come.
        reassessed_level: The last reassessment (T13).
        reassessed_on: The day of that reassessment.
        returned: The notes with which it was sent back to practice.
        confirmed_level: The level that was confirmed (T14).
        confirmed_by: Who confirmed.
        confirmed_at: When.
    """

    person_id: PersonId
    scope: Scope
    state: GoalState = GoalState.PRACTISING
    reassessed_level: int | None = None
    reassessed_on: date | None = None
    returned: tuple[str, ...] = ()
    confirmed_level: int | None = None
    confirmed_by: PersonId | None = None
    confirmed_at: datetime | None = None

    @property
    def change(self) -> int | None:
        """Return by how many levels the skill changed: after minus before (T13); None before the reassessment."""
        after = self.reassessed_level if self.confirmed_level is None else self.confirmed_level
        return None if after is None else after - self.scope.from_level

    def is_outstanding(self, *, confirmation: bool) -> bool:
        """Return whether there is more to come: a reassessment, or a confirmation where one is asked for."""
        wanted = GoalState.CONFIRMED if confirmation else GoalState.REASSESSED
        return self.state not in (wanted, GoalState.CONFIRMED)

    def reassess(self, level: int, on: date) -> "Goal":
        """Return the goal after its learner's reassessment."""
        return attrs.evolve(self, state=GoalState.REASSESSED, reassessed_level=level, reassessed_on=on)

    def send_back(self, note: str) -> "Goal":
        """Return the goal after it was sent back to practice."""
        return attrs.evolve(self, state=GoalState.PRACTISING, returned=(*self.returned, note))

    def confirm(self, level: int, by: PersonId, at: datetime) -> "Goal":
        """Return the goal after its confirmation."""
        return attrs.evolve(
            self, state=GoalState.CONFIRMED, confirmed_level=level, confirmed_by=by, confirmed_at=at
        )  # fmt: skip

    def outcome(self, model_version: str) -> Assessment | None:
        """Return the assessment that a confirmation is, dated by it; None where nothing was confirmed."""
        if self.confirmed_level is None or self.confirmed_at is None:
            return None
        return Assessment(
            person_id=self.person_id,
            skill_id=self.scope.skill_id,
            level=self.confirmed_level,
            source=Source.OUTCOME,
            assessed_on=utc_day(self.confirmed_at),
            assessor_id=self.confirmed_by,
            model_version=model_version,
        )

    def self_assessment(self, model_version: str) -> Assessment | None:
        """Return what the learner said of themselves; None where they have not, or were erased."""
        if self.reassessed_level is None or self.reassessed_on is None:
            return None
        return self_assessment(
            self.person_id, self.scope.skill_id, self.reassessed_level, self.reassessed_on, model_version
        )


def self_assessment(
    person_id: PersonId, skill_id: SkillId, level: int, on: date, model_version: str
) -> Assessment | None:
    """Return what somebody said of themselves as an assessment; None of who was erased, as nothing is left to say."""
    if key_of_erased(person_id):
        return None
    return Assessment(
        person_id=person_id,
        skill_id=skill_id,
        level=level,
        source=Source.SELF,
        assessed_on=on,
        assessor_id=person_id,
        model_version=model_version,
    )
