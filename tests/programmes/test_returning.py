"""A goal in return: what a mentor could learn from the mentee."""

import pytest

from taskmentor.programmes import reverse, second_goals, task_based
from tests.organisations import ON, PeopleRows, organisation

PEOPLE: PeopleRows = {
    "old": {"grade": 8, "role_id": "chief"},
    "young": {"grade": 2, "role_id": "clerk", "capacity": 1},
    "guest": {"capacity": 1},
}
WHOLE = organisation(
    PEOPLE,
    knows={"old": {"law": 4, "tax": 1}, "young": {"sql": 5, "law": 1}},
    requires={"chief": {"sql": 2}, "clerk": {"law": (3, 5), "tax": (2, 4), "art": (1, 3)}},
)


@pytest.mark.requirement("RV2")
def test_rv2_the_junior_may_learn_what_the_senior_can() -> None:
    """Would be broken: a two-way street; what the senior does not know well enough is no goal."""
    found = second_goals(WHOLE, reverse(), "old", "young", on=ON)
    assert [(one.person_id, one.skill_id, one.required) for one in found] == [("young", "law", 3)]


@pytest.mark.requirement("RV2")
def test_rv2_it_is_optional() -> None:
    """Would be broken: programmes that go one way, and people without a role."""
    assert second_goals(WHOLE, reverse(second_goal=False), "old", "young", on=ON) == ()
    assert second_goals(WHOLE, task_based(), "old", "young", on=ON) == ()
    assert second_goals(WHOLE, reverse(), "old", "guest", on=ON) == ()
