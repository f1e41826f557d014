"""The competency model as a value: sorted, checked, and its columns."""

import pytest

from taskmentor.errors import InputError, UnknownIdError
from taskmentor.models.competency import (
    Behaviour,
    CompetencyModel,
    ProficiencyLevel,
    ProficiencyScale,
    Requirement,
    Role,
    RoleId,
    Skill,
    SkillId,
)

SQL, PIVOT, LEAD, ANALYST = SkillId("sql"), SkillId("pivot"), RoleId("lead"), RoleId("analyst")


def scale(*levels: int) -> ProficiencyScale:
    return ProficiencyScale(tuple(ProficiencyLevel(level, f"level {level}") for level in levels))


SKILLS = (Skill(id=SQL, name="SQL"), Skill(id=PIVOT, name="Pivot tables"))
ROLES = (Role(id=LEAD, title="Lead"), Role(id=ANALYST, title="Analyst"))


def model(**parts: object) -> CompetencyModel:
    """Return a small model with some parts replaced."""
    given: dict[str, object] = {
        "scale": scale(2, 0, 1),
        "skills": SKILLS,
        "roles": ROLES,
        "requirements": (
            Requirement(role_id=LEAD, skill_id=SQL, level=2, importance=5),
            Requirement(role_id=LEAD, skill_id=PIVOT, level=1),
        ),
        "behaviours": (
            Behaviour(skill_id=SQL, level=2, text="joins tables"),
            Behaviour(skill_id=SQL, level=1, text="reads queries"),
            Behaviour(skill_id=SQL, level=2, text="reviews queries", role_id=LEAD),
        ),
    }
    return CompetencyModel(**(given | parts))  # type: ignore[arg-type]


def codes(**parts: object) -> list[tuple[str, str, int | None]]:
    with pytest.raises(InputError) as caught:
        model(**parts)
    return [(fault.code, fault.table, fault.line) for fault in caught.value.faults]


def test_a_scale_knows_its_levels_by_name() -> None:
    """Levels are said in words, and a level off the scale has none."""
    levels = scale(3, 1, 2)
    assert (levels.lowest, levels.highest, levels.name(2)) == (1, 3, "level 2")
    assert (3 in levels, 0 in levels) == (True, False)
    assert str(levels) == "1 (level 1) to 3 (level 3)"
    with pytest.raises(UnknownIdError, match="level of the scale"):
        levels.name(0)


def test_everything_is_found_by_id_and_sorted() -> None:
    """Codes are places among sorted ids, so equal models have equal codes."""
    ours = model()
    assert (ours.skill_ids, ours.role_ids) == ((PIVOT, SQL), (ANALYST, LEAD))
    assert (ours.skill_code("sql"), ours.role_code("lead"), ours.skill("sql")) == (1, 1, SKILLS[0])
    assert ours == model(skills=SKILLS[::-1], roles=ROLES[::-1])
    with pytest.raises(UnknownIdError, match="did you mean 'sql'"):
        ours.skill_code("sqk")
    with pytest.raises(UnknownIdError, match="role"):
        ours.role_code("zzz")


def test_the_columns_of_requirements_are_grouped_by_role() -> None:
    """A role without requirements has an empty slice."""
    required = model().required
    assert required.start.tolist() == [0, 0, 2]
    assert (required.skill.tolist(), required.level.tolist()) == ([0, 1], [1, 2])
    assert required.importance.tolist() == [3, 5]
    assert model(requirements=()).required.start.tolist() == [0, 0, 0]


@pytest.mark.requirement("T5")
def test_behaviours_to_practise_lie_above_the_level_reached() -> None:
    """Those of another role are left out."""
    ours = model()
    assert [shows.text for shows in ours.behaviours_for("sql", above=0, up_to=2)] == ["reads queries", "joins tables"]
    texts = [shows.text for shows in ours.behaviours_for("sql", above=1, up_to=2, role_id="lead")]
    assert texts == ["joins tables", "reviews queries"]
    assert ours.behaviours_for("pivot", above=0, up_to=2) == ()


@pytest.mark.parametrize("levels", [(), (1,), (0, 2), (0, 0, 1), (-1, 0), tuple(range(102)), tuple(range(0, 60, 2))])
def test_a_scale_has_two_or_more_levels_without_gaps(levels: tuple[int, ...]) -> None:
    """Also not below 0 or above 100, and a long one is not printed whole (case 73)."""
    with pytest.raises(InputError) as caught:
        model(scale=scale(*levels), requirements=(), behaviours=())
    (found,) = caught.value.faults
    assert (found.code, len(found.problem) < 120, bool(found.remedy)) == ("BAD-SCALE", True, True)


def test_a_model_made_by_hand_is_checked_like_one_that_is_read() -> None:
    """All faults at once, with rows counted from 1."""
    assert codes(
        skills=(*SKILLS, SKILLS[0]),
        roles=(*ROLES, ROLES[0]),
        requirements=(
            Requirement(role_id=LEAD, skill_id=SQL, level=3),
            Requirement(role_id=LEAD, skill_id=SQL, level=1, importance=6),
            Requirement(role_id=RoleId("x"), skill_id=SkillId("y"), level=1),
        ),
        behaviours=(Behaviour(skill_id=SkillId("y"), level=9, text="", role_id=RoleId("x")),),
    ) == [
        ("DUPLICATE-ID", "skills", 3),
        ("DUPLICATE-ID", "roles", 3),
        ("OUT-OF-SCALE", "requirements", 1),
        ("OUT-OF-RANGE", "requirements", 2),
        ("CONFLICTING-REQUIREMENT", "requirements", 2),
        ("UNKNOWN-ROLE", "requirements", 3),
        ("UNKNOWN-SKILL", "requirements", 3),
        ("UNKNOWN-ROLE", "behaviours", 1),
        ("UNKNOWN-SKILL", "behaviours", 1),
        ("OUT-OF-SCALE", "behaviours", 1),
    ]
