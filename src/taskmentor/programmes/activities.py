"""What somebody could do about a skill gap: a course, a mentor, or both, and why (T24, T31)."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import StrEnum

from attrs import field, frozen

from taskmentor.matching.directory import find_mentors
from taskmentor.matching.policy import HasPolicy
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.proficiency import SkillGap, gaps
from taskmentor.validators import words

__all__ = ["Activity", "FormalLearning", "Suggestion", "WhyMentor", "activities"]


class Activity(StrEnum):
    """What somebody could do about a gap."""

    MENTOR = "mentor"  # task-based mentoring
    COURSE = "course"  # formal learning serves
    WAIT = "wait"  # neither is there now


class WhyMentor(StrEnum):
    """Why a mentor rather than formal learning (T24)."""

    NONE = "there is no formal learning for it"
    LATE = "formal learning comes too late"
    POOR = "it is not learnt well in a formal way"
    UNDEFINED = "too little of it is defined for formal learning"


@frozen(kw_only=True)
class FormalLearning:
    """What there is to learn a skill in a formal way.

    Attributes:
        skill_id: The skill.
        title: What it is called.
        begins_on: When it can be begun; None for any time.
        serves_well: Whether the skill is learnt well so.
        is_defined: Whether enough of the skill is defined for it.
    """

    skill_id: SkillId
    title: str = field(validator=words)
    begins_on: date | None = None
    serves_well: bool = True
    is_defined: bool = True

    def against(self, needed_by: date) -> tuple[WhyMentor, ...]:
        """Return what speaks against it where it should begin by a day."""
        holds = {
            WhyMentor.LATE: self.begins_on is not None and self.begins_on > needed_by,
            WhyMentor.POOR: not self.serves_well,
            WhyMentor.UNDEFINED: not self.is_defined,
        }
        return tuple(why for why in WhyMentor if holds.get(why, False))


@frozen(kw_only=True)
class Suggestion:
    """What somebody could do about one gap.

    Attributes:
        gap: The gap.
        activity: What to do.
        reasons: Why a mentor rather than formal learning; none where a course serves.
        courses: The titles of the courses that serve.
        mentor_ids: Who could be asked, best first; also where a course comes first, for the practice after it (D5).
    """

    gap: SkillGap
    activity: Activity
    reasons: tuple[WhyMentor, ...]
    courses: tuple[str, ...]
    mentor_ids: tuple[PersonId, ...]


def activities(
    organisation: Organisation,
    person_id: str,
    *,
    on: date,
    courses: Iterable[FormalLearning] = (),
    within_days: int = 30,
    programme: HasPolicy | None = None,
    k: int = 3,
) -> tuple[Suggestion, ...]:
    """Return what somebody could do about each of their skill gaps, the most important first (T31).

    A course is suggested where one serves; otherwise a mentor, with the reasons why.

    Args:
        organisation: The organisation.
        person_id: Who has the gaps.
        on: The day.
        courses: What formal learning there is.
        within_days: Within how many days a course must begin to be in time.
        programme: Whose policy says who could mentor; the default policy unless given.
        k: How many mentors are named.

    Raises:
        UnknownIdError: If nobody has this id.
    """
    offered = tuple(courses)
    needed_by = on + timedelta(days=within_days)

    def suggestions() -> Iterator[Suggestion]:
        for gap in gaps(organisation, on=on).of(person_id):
            known = [one for one in offered if one.skill_id == gap.skill_id]
            serving = tuple(one.title for one in known if not one.against(needed_by))
            found = find_mentors(organisation, person_id, gap.skill_id, on=on, k=k, programme=programme)
            yield Suggestion(
                gap=gap,
                activity=Activity.COURSE if serving else Activity.MENTOR if found else Activity.WAIT,
                reasons=() if serving else _reasons(known, needed_by),
                courses=serving,
                mentor_ids=tuple(one.mentor_id for one in found),
            )

    return tuple(suggestions())


def _reasons(known: list[FormalLearning], needed_by: date) -> tuple[WhyMentor, ...]:
    """Return everything that speaks against each course there is, or that there is none."""
    against = {why for one in known for why in one.against(needed_by)} or {WhyMentor.NONE}
    return tuple(why for why in WhyMentor if why in against)
