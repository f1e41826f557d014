"""Confirmed proficiency and skill gaps."""

from datetime import date, timedelta

import numpy as np
import pytest
from attrs import frozen
from hypothesis import given
from numpy.typing import NDArray

from taskmentor.errors import UnknownIdError
from taskmentor.models.assessments import Assessment, Assessments, Source
from taskmentor.models.competency import ProficiencyScale, SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.proficiency import (
    Discounted,
    Latest,
    ManagerFirst,
    ProficiencyPolicy,
    SkillGap,
    confirmed_proficiency,
    gaps,
)
from taskmentor.testing.values import organisations
from tests.organisations import ON, organisation


def assessed(*rows: tuple[Source, int, date]) -> Organisation:
    """Return an organisation in which ann was assessed in sql so and so."""
    more = [
        Assessment(person_id=PersonId("ann"), skill_id=SkillId("sql"), level=level, source=source, assessed_on=day)
        for source, level, day in rows
    ]
    return organisation("ann bob", skills=("law", "sql")).assessed(*more)


def level(whole: Organisation, policy: ProficiencyPolicy | None = None, on: date = ON) -> int | None:
    """Return ann's confirmed level of sql, None where there is none."""
    known = confirmed_proficiency(whole, on=on, policy=policy)
    levels, there = known.levels(np.array([whole.people.code("ann")]), np.array([whole.model.skill_code("sql")]))
    return int(levels[0]) if there[0] else None


MARCH, APRIL, LATER = date(2026, 3, 1), date(2026, 4, 1), ON + timedelta(days=1)
SELF, MANAGER, TEST, OUTCOME = Source.SELF, Source.MANAGER, Source.TEST, Source.OUTCOME


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], None),
        ([(SELF, 2, MARCH)], 2),
        ([(SELF, 2, MARCH), (SELF, 3, APRIL)], 3),
        ([(MANAGER, 1, MARCH), (SELF, 4, APRIL)], 1),
        ([(MANAGER, 1, APRIL), (TEST, 3, MARCH)], 1),
        ([(MANAGER, 1, MARCH), (TEST, 3, APRIL)], 3),
        ([(MANAGER, 1, MARCH), (TEST, 2, MARCH)], 2),
        ([(OUTCOME, 3, MARCH), (TEST, 2, MARCH), (MANAGER, 1, MARCH), (SELF, 5, MARCH)], 3),
        ([(MANAGER, 2, ON)], 2),
        ([(MANAGER, 2, LATER)], None),
        ([(SELF, 1, MARCH), (MANAGER, 2, LATER)], 1),
    ],
)
def test_the_newest_of_outcome_test_and_manager_counts_before_any_self_assessment(
    rows: list[tuple[Source, int, date]], expected: int | None
) -> None:
    """Would be broken: whose word counts, on equal days too, or that the future is not looked at."""
    assert level(assessed(*rows)) == expected
    assert level(assessed(*rows[::-1])) == expected


@pytest.mark.parametrize(("cap", "expected"), [(None, 4), (5, 4), (2, 2), (0, 0), (-3, 0)])
def test_a_self_assessment_is_capped_until_somebody_confirms(cap: int | None, expected: int) -> None:
    """Would be broken: the cap, or that a level stays on the scale."""
    policy = ManagerFirst(self_cap=cap)
    assert level(assessed((SELF, 4, MARCH)), policy) == expected
    assert level(assessed((SELF, 4, APRIL), (MANAGER, 3, MARCH)), policy) == 3


def test_latest_takes_the_newest_of_any_source() -> None:
    """Would be broken: the policy for organisations that trust self-assessments, and what is in the future."""
    rows = ((MANAGER, 1, MARCH), (SELF, 4, APRIL), (OUTCOME, 5, LATER))
    assert level(assessed(*rows), Latest()) == 4
    assert level(assessed(*rows), Latest(), on=LATER) == 5
    assert level(assessed(), Latest()) is None


@pytest.mark.requirement("P8")
@pytest.mark.parametrize(("days", "expected"), [(0, 3), (99, 3), (100, 2), (199, 2), (200, 1), (300, 0), (900, 0)])
def test_a_level_is_discounted_by_one_for_every_full_period_and_never_below_the_lowest(
    days: int, expected: int
) -> None:
    """Would be broken: whole levels a full period."""
    one = assessed((MANAGER, 3, ON - timedelta(days=days)))
    assert level(one, Discounted(days_per_level=100)) == expected


def test_discounting_follows_the_policy_that_it_is_given() -> None:
    """Would be broken: which assessment is discounted."""
    one = assessed((MANAGER, 5, ON - timedelta(days=900)), (SELF, 3, ON - timedelta(days=150)))
    assert level(one, Discounted(days_per_level=100)) == 0
    assert level(one, Discounted(policy=Latest(), days_per_level=100)) == 2
    with pytest.raises(ValueError, match="days_per_level"):
        Discounted(days_per_level=0)


@frozen
class Nobody:
    """A policy of one's own, by which nothing counts."""

    def __call__(
        self, assessments: Assessments, scale: ProficiencyScale, on: date
    ) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        return np.zeros(0, np.int64), np.zeros(0, np.int8)


def test_any_callable_can_be_the_policy() -> None:
    """Would be broken: pluggable policies."""
    assert level(assessed((MANAGER, 5, MARCH)), Nobody()) is None


@pytest.mark.requirement("T5")
def test_a_gap_is_what_the_role_requires_less_what_is_confirmed() -> None:
    """Would be broken: the gap, its mark for unassessed skills, and that a met requirement is none."""
    whole = organisation(
        {"ann": {"role_id": "lead"}, "bob": {}},
        knows={"ann": {"law": 1, "sql": 3, "tax": 5}},
        requires={"lead": {"law": (3, 4), "sql": 3, "tax": 2, "art": (2, 1), "zen": 0}},
    )
    found = gaps(whole, on=ON)
    assert list(found) == [
        SkillGap(
            person_id=PersonId("ann"), skill_id=SkillId("law"), required=3, confirmed=1, assessed=True, importance=4
        ),
        SkillGap(
            person_id=PersonId("ann"), skill_id=SkillId("art"), required=2, confirmed=0, assessed=False, importance=1
        ),
    ]
    assert [gap.size for gap in found] == [2, 2]
    assert repr(found) == "SkillGaps(2 gaps of 1 people)"


def test_gaps_are_ordered_by_importance_then_size_then_skill() -> None:
    """Would be broken: which gaps become requests."""
    needs = {"a": (1, 2), "b": (1, 2), "c": (3, 2), "d": (1, 5), "e": (5, 1)}
    whole = organisation({"ann": {"role_id": "lead"}}, requires={"lead": needs})
    assert [gap.skill_id for gap in gaps(whole, on=ON)] == ["d", "c", "a", "b", "e"]


def chain() -> Organisation:
    """Return ann above bob above cat above dan, all with a gap; bob is not there any more, eve is of another tree."""
    roles = {person: {"role_id": "lead"} for person in ("ann", "bob", "cat", "dan", "eve")}
    above = {"bob": "ann", "cat": "bob", "dan": "cat"}
    people: dict[str, dict[str, object]] = {
        person: {**columns, "manager_id": above.get(person)} for person, columns in roles.items()
    }
    people["bob"]["left_on"] = ON
    return organisation(
        people,
        requires={"lead": {"sql": 2}},
        reporting=[
            {"person_id": "cat", "manager_id": "bob", "from_on": "2020-01-01", "until_on": "2026-12-31"},
            {"person_id": "cat", "manager_id": "eve", "from_on": "2027-01-01"},
        ],
    )


@pytest.mark.requirement("T8")
@pytest.mark.parametrize(
    ("manager", "levels", "team"),
    [
        (None, None, ["ann", "cat", "dan", "eve"]),
        ("ann", None, ["cat", "dan"]),
        ("ann", 1, []),
        ("ann", 2, ["cat"]),
        ("bob", 1, ["cat"]),
        ("cat", None, ["dan"]),
        ("dan", None, []),
        ("eve", None, []),
    ],
)
def test_a_manager_sees_the_gaps_of_the_whole_team_all_levels_down_or_some(
    manager: str | None, levels: int | None, team: list[str]
) -> None:
    """Would be broken: the team view (T6, T8), and that people who have left have no gaps."""
    found = gaps(chain(), on=ON, manager=manager, levels=levels)
    assert [gap.person_id for gap in found] == team


def test_the_team_is_the_one_of_the_day() -> None:
    """Would be broken: dated reporting lines."""
    assert [gap.person_id for gap in gaps(chain(), on=date(2027, 1, 1), manager="eve")] == ["cat", "dan"]


def test_gaps_of_one_person_can_be_asked_for() -> None:
    """Would be broken: the look-up of a person, and the message for an unknown one."""
    found = gaps(chain(), on=ON)
    assert [gap.person_id for gap in found.of("dan")] == ["dan"]
    assert len(found.of("bob")) == 0
    with pytest.raises(UnknownIdError, match="zoe"):
        found.of("zoe")
    with pytest.raises(UnknownIdError, match="zoe"):
        gaps(chain(), on=ON, manager="zoe")


def test_another_policy_gives_other_gaps() -> None:
    """Would be broken: that `gaps` hands its policy on."""
    whole = organisation({"ann": {"role_id": "lead"}}, knows={"ann": {"sql": 2}}, requires={"lead": {"sql": 2}})
    assert len(gaps(whole, on=ON)) == 0
    assert len(gaps(whole, on=ON, policy=Discounted(days_per_level=30))) == 1


@given(organisations())
def test_every_gap_is_real_and_none_is_missing(whole: Organisation) -> None:
    """Would be broken: the expansion of requirements by role, looked at person by person."""
    found = {(gap.person_id, gap.skill_id): gap for gap in gaps(whole, on=ON)}
    known = confirmed_proficiency(whole, on=ON)
    there = whole.people.active(ON)
    expected = set()
    for code, person in enumerate(whole.people):
        for row in whole.model.requirements:
            skill = whole.model.skill_code(row.skill_id)
            levels, is_known = known.levels(np.array([code]), np.array([skill]))
            if there[code] and row.role_id == person.role_id and row.level > levels[0]:
                expected.add((person.id, row.skill_id))
                gap = found[person.id, row.skill_id]
                assert (gap.required, gap.confirmed, gap.assessed) == (row.level, levels[0], is_known[0])
    assert set(found) == expected
