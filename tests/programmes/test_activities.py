"""What somebody could do about a gap, and why."""

from datetime import date

import pytest

from taskmentor.errors import InputError
from taskmentor.models.competency import SkillId
from taskmentor.programmes import Activity, FormalLearning, WhyMentor, activities, task_based
from tests.organisations import ON, PeopleRows, organisation

PEOPLE: PeopleRows = {"mia": {"role_id": "clerk"}, "ann": {"capacity": 1}}
WHOLE = organisation(
    PEOPLE, knows={"ann": {"sql": 4}}, requires={"clerk": {"sql": (3, 5), "law": (2, 4)}}, skills=("sql", "law")
)
SQL = SkillId("sql")


@pytest.mark.requirement("T24", "T31")
@pytest.mark.parametrize(
    ("course", "activity", "reasons"),
    [
        (None, Activity.MENTOR, (WhyMentor.NONE,)),
        (FormalLearning(skill_id=SQL, title="SQL I"), Activity.COURSE, ()),
        (FormalLearning(skill_id=SQL, title="SQL I", begins_on=date(2026, 10, 31)), Activity.COURSE, ()),
        (FormalLearning(skill_id=SQL, title="SQL I", begins_on=date(2026, 11, 1)), Activity.MENTOR, (WhyMentor.LATE,)),
        (FormalLearning(skill_id=SQL, title="SQL I", serves_well=False), Activity.MENTOR, (WhyMentor.POOR,)),
        (FormalLearning(skill_id=SQL, title="SQL I", is_defined=False), Activity.MENTOR, (WhyMentor.UNDEFINED,)),
        (
            FormalLearning(
                skill_id=SQL, title="SQL I", begins_on=date(2027, 1, 1), serves_well=False, is_defined=False
            ),
            Activity.MENTOR,
            (WhyMentor.LATE, WhyMentor.POOR, WhyMentor.UNDEFINED),
        ),
        (FormalLearning(skill_id=SkillId("tax"), title="Tax"), Activity.MENTOR, (WhyMentor.NONE,)),
    ],
)
def test_t24_a_mentor_is_suggested_for_four_reasons(
    course: FormalLearning | None, activity: Activity, reasons: tuple[WhyMentor, ...]
) -> None:
    """Would be broken: each reason for a mentor, and a course that serves."""
    found = activities(WHOLE, "mia", on=ON, courses=[course] if course else [])[0]
    assert (found.gap.skill_id, found.activity, found.reasons) == ("sql", activity, reasons)
    assert found.mentor_ids == ("ann",)
    assert found.courses == (("SQL I",) if activity is Activity.COURSE else ())


@pytest.mark.requirement("T31")
def test_t31_every_gap_leads_to_something_or_says_that_nothing_is_there() -> None:
    """Would be broken: a gap that nothing follows from; the most important one comes first."""
    found = activities(WHOLE, "mia", on=ON, programme=task_based())
    assert [(one.gap.skill_id, one.activity) for one in found] == [("sql", "mentor"), ("law", "wait")]
    assert found[1].mentor_ids == ()


def test_one_course_that_serves_is_enough() -> None:
    """Would be broken: several courses for one skill, of which one comes too late."""
    late = FormalLearning(skill_id=SQL, title="Late", begins_on=date(2027, 1, 1))
    good = FormalLearning(skill_id=SQL, title="Good")
    found = activities(WHOLE, "mia", on=ON, courses=[late, good])[0]
    assert (found.activity, found.courses, found.reasons) == ("course", ("Good",), ())


def test_a_course_without_a_title_is_refused() -> None:
    """Would be broken: a suggestion that names nothing."""
    with pytest.raises(InputError):
        FormalLearning(skill_id=SQL, title=" ")
