"""Knowledge that may be lost, what would keep it, and who is ready for a role (D17, KT1, SP1)."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.errors import UnknownIdError
from taskmentor.outcomes import knowledge_at_risk, readiness
from taskmentor.proficiency import Latest, confirmed_proficiency, gaps
from tests.organisations import ON, organisation, random_organisation
from tests.outcomes.made import engagement

SOON = ON + timedelta(days=60)
STAFF = organisation(
    {
        "old": {"role_id": "engineer", "left_on": SOON, "department": "plant", "capacity": 1},
        "rare": {"role_id": "engineer", "department": "lab", "capacity": 3},
        "new": {"role_id": "engineer", "department": "plant"},
        "raw": {"role_id": "engineer", "department": "plant"},
        "boss": {},
    },
    requires={"engineer": {"welding": (4, 5), "sql": 1}},
    knows={
        "old": {"welding": 5, "sql": 1},
        "rare": {"welding": 4, "sql": 1},
        "new": {"welding": 2, "sql": 1},
        "raw": {"welding": 1, "sql": 1},
    },
)


@pytest.mark.requirement("D17")
def test_a_skill_whose_holders_are_few_or_leave_soon_is_at_risk() -> None:
    """D17: of two who can weld, one leaves in two months, and two wait for what they know."""
    found = knowledge_at_risk(STAFF, on=ON)
    (welding,) = found.skills
    assert (welding.skill_id, welding.level, welding.holders, welding.staying) == ("welding", 4, ("old", "rare"), 1)
    assert welding.leaving == (("old", SOON),)
    assert (welding.gaps, welding.departments) == (2, 1)


def test_who_leaves_first_is_suggested_first_for_the_largest_gap() -> None:
    """KT1, D17: old has one place, which goes to raw; rare takes new."""
    found = knowledge_at_risk(STAFF, on=ON)
    assert [(one.mentor_id, one.mentee_id, one.target_level, one.before) for one in found.suggestions] == [
        ("old", "raw", 4, SOON),
        ("rare", "new", 4, None),
    ]
    assert f"old mentors raw in welding to level 4, before {SOON}" in str(found)
    assert len(knowledge_at_risk(STAFF, on=ON, suggestions=1).suggestions) == 1


def test_who_has_a_gap_under_one_policy_alone_is_not_suggested() -> None:
    """The programme takes what a manager confirmed, and here the newest word of anybody is looked at."""
    said = {"person_id": "new", "skill_id": "welding", "source": "self", "assessed_on": ON}
    staff = organisation(
        {"old": {"role_id": "engineer"}, "new": {"role_id": "engineer"}},
        requires={"engineer": {"welding": 4}},
        assessments=[
            {**said, "level": 1},
            {**said, "level": 4, "source": "manager", "assessed_on": ON - timedelta(days=9)},
            {**said, "person_id": "old", "level": 5, "source": "manager"},
        ],
    )
    found = knowledge_at_risk(staff, on=ON, policy=Latest())
    assert [(one.skill_id, one.gaps) for one in found.skills] == [("welding", 1)]
    assert found.suggestions == ()


def test_a_place_that_is_taken_is_not_suggested() -> None:
    found = knowledge_at_risk(STAFF, [engagement("boss", "old", "welding")], on=ON)
    assert [one.mentor_id for one in found.suggestions] == ["rare", "rare"]
    assert knowledge_at_risk(STAFF, on=ON, few=0).skills == ()
    assert knowledge_at_risk(STAFF, on=ON, few=0).suggestions == ()


@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.integers(0, 60))
def test_the_skills_are_those_that_plain_loops_find(seed: int, few: int, within: int) -> None:
    drawn = random_organisation(default_rng(seed))
    known = confirmed_proficiency(drawn, on=ON)
    people = [*drawn.people]
    there = [code for code, is_there in enumerate(drawn.people.active(ON).tolist()) if is_there]
    expected = {}
    for skill_code, skill_id in enumerate(drawn.model.skill_ids):
        asked = [
            one.level
            for code in there
            for one in drawn.model.requirements
            if (one.role_id, one.skill_id) == (people[code].role_id, skill_id) and one.level > 0
        ]
        holders = [
            int(person)
            for person, skill, level in zip(known.person, known.skill, known.level, strict=True)
            if skill == skill_code and person in there and asked and level >= max(asked)
        ]
        leaving = [code for code in holders if (day := people[code].left_on) and day <= ON + timedelta(days=within)]
        if asked and len(holders) - len(leaving) <= few:
            n_gaps = sum(gap.skill_id == skill_id for gap in gaps(drawn, on=ON))
            expected[skill_id] = ({people[code].id for code in holders}, {people[code].id for code in leaving}, n_gaps)
    found = knowledge_at_risk(drawn, on=ON, few=few, within_days=within, suggestions=2)
    assert {
        one.skill_id: (set(one.holders), {who for who, _ in one.leaving}, one.gaps) for one in found.skills
    } == expected
    assert [one.staying for one in found.skills] == sorted(one.staying for one in found.skills)
    for one in found.suggestions:
        assert one.mentor_id in expected[one.skill_id][0]
        assert one.mentor_id != one.mentee_id


@pytest.mark.requirement("SP1")
def test_who_lacks_least_is_nearest_to_a_role() -> None:
    """SP1: the boss has been assessed in nothing."""
    staff = organisation(
        {"ann": {}, "bob": {}, "cat": {"role_id": "lead"}, "dan": {}},
        requires={"lead": {"sql": 3, "law": 2}},
        knows={"ann": {"sql": 3}, "bob": {"sql": 2, "law": 2}, "cat": {"sql": 5, "law": 5}},
    )
    found = readiness(staff, "lead", on=ON)
    assert [(one.person_id, one.met, one.required, one.missing) for one in found] == [
        ("bob", 1, 2, 1), ("ann", 1, 2, 2), ("dan", 0, 2, 5),
    ]  # fmt: skip
    assert found[0].share == Fraction(1, 2)
    assert str(found[0]) == "bob: 1 of 2 (0.50), 1 levels missing"
    assert len(readiness(staff, "lead", on=ON, k=1)) == 1
    assert readiness(organisation("ann", requires={"guest": {}}), "guest", on=ON) == ()
    with pytest.raises(UnknownIdError):
        readiness(staff, "chef", on=ON)
