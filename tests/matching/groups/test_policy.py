"""`GroupPolicy`: what is refused when it is made, all at once, and what sets of people become."""

import pytest

from taskmentor.errors import InputError
from taskmentor.matching.groups import GroupPolicy
from taskmentor.matching.groups.policy import joined
from taskmentor.models.people import PersonId


def _codes(**given: object) -> list[tuple[str, str | None]]:
    with pytest.raises(InputError) as refused:
        GroupPolicy(**given)  # type: ignore[arg-type]
    return [(fault.code, fault.column) for fault in refused.value.faults]


def test_the_usual_policy_is_accepted_and_described() -> None:
    """Would be broken: groups without any settings, and what a plan records of them."""
    described = GroupPolicy().describe()
    assert isinstance(described, dict)
    assert described["class"] == "GroupPolicy"
    assert (described["min_members"], described["max_groups"], described["together"]) == (3, None, [])


@pytest.mark.parametrize("name", ["min_members", "max_experts", "attendance", "repeat_cost", "max_groups"])
@pytest.mark.parametrize(("value", "code"), [(True, "NOT-WHOLE"), (2.5, "NOT-WHOLE"), (-1, "OUT-OF-RANGE")])
def test_numbers_are_whole_and_in_range(name: str, value: object, code: str) -> None:
    """Would be broken: limits that mean nothing."""
    assert (code, name) in _codes(**{name: value})


@pytest.mark.parametrize(
    ("given", "code", "column"),
    [
        ({"attendance": 101}, "OUT-OF-RANGE", "attendance"),
        ({"min_members": None}, "NOT-WHOLE", "min_members"),
        ({"every_skill": 1}, "WRONG-TYPE", "every_skill"),
        ({"level_kind": "age"}, "BAD-CHOICE", "level_kind"),
        ({"together": "p-1"}, "WRONG-TYPE", "together"),
        ({"together": 7}, "WRONG-TYPE", "together"),
        ({"together": ["p-1"]}, "WRONG-TYPE", "together"),
        ({"together": [7]}, "WRONG-TYPE", "together"),
        ({"apart": [["p-1"]]}, "BAD-SET", "apart"),
        ({"apart": [["p-1", "p-1"]]}, "BAD-SET", "apart"),
        ({"apart": [["p-1", ""]]}, "WRONG-TYPE", "apart"),
        ({"wanted_members": 9}, "CONFLICTING-POLICY", "wanted_members"),
        ({"min_members": 9}, "CONFLICTING-POLICY", "max_members"),
        ({"min_members": 7, "wanted_members": 6}, "CONFLICTING-POLICY", "wanted_members"),
        ({"min_experts": 3}, "CONFLICTING-POLICY", "max_experts"),
        ({"min_experts": 0, "max_experts": 0, "every_skill": True}, "CONFLICTING-POLICY", "every_skill"),
        ({"min_departments": 9}, "CONFLICTING-POLICY", "min_departments"),
        ({"min_levels": 9}, "CONFLICTING-POLICY", "min_levels"),
        ({"min_levels": 3, "max_level_spread": 1}, "CONFLICTING-POLICY", "max_level_spread"),
        ({"together": [[f"p-{n}" for n in range(11)]]}, "CONFLICTING-POLICY", "together"),
        ({"together": [["a", "b"], ["b", "c"]], "apart": [["a", "c"]]}, "CONFLICTING-POLICY", "together"),
    ],
)
def test_what_no_group_could_obey_is_refused_by_name(given: dict[str, object], code: str, column: str) -> None:
    """Would be broken: a policy under which nothing is ever formed, found out only by its empty result."""
    assert _codes(**given) == [(code, column)]


def test_all_faults_are_told_at_once_and_each_once() -> None:
    """Would be broken: mending one fault after the other."""
    assert _codes(min_members=0, min_experts=3, min_departments=20, apart=[["p-1"]]) == [
        ("OUT-OF-RANGE", "min_members"),
        ("BAD-SET", "apart"),
        ("CONFLICTING-POLICY", "max_experts"),
        ("CONFLICTING-POLICY", "min_departments"),
    ]


def test_sets_are_the_same_in_any_order() -> None:
    """Would be broken: policies that are equal and do not say so."""
    one = GroupPolicy(apart=[["p-2", "p-1"], ["p-4", "p-3"]])
    other = GroupPolicy(apart=(("p-3", "p-4"), ("p-1", "p-2")))
    assert one == other
    assert hash(one) == hash(other)


def test_sets_that_share_somebody_become_one() -> None:
    """Would be broken: chains of people who must stay together."""
    ids = [PersonId(letter) for letter in "abcdef"]
    a, b, c, d, e, f = ids
    assert joined([(a, b), (c, d), (e, f), (d, a)]) == ((a, b, c, d), (e, f))
