"""Requests, made from gaps or given."""

from datetime import date

import numpy as np
import pytest
from attrs import evolve

from taskmentor.errors import InputError
from taskmentor.matching.requests import Request, Requests, open_requests, requests
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.proficiency import confirmed_proficiency, gaps
from tests.organisations import ON, PeopleRows, organisation


def asked(whole: Organisation, *, per_person: int = 3, on: date = ON) -> list[tuple[str, str, int, int]]:
    """Return the requests of a day as mentee, skill, target and priority."""
    found = open_requests(whole, confirmed_proficiency(whole, on=on), on=on, per_person=per_person)
    return [(one.mentee_id, one.skill_id, one.target_level, one.priority) for one in found]


NEEDS: dict[str, dict[str, int | tuple[int, int]]] = {"lead": {"a": (1, 2), "b": (3, 2), "c": (1, 5), "d": (5, 1)}}


def two_leads(**tables: list[dict[str, object]]) -> Organisation:
    people: dict[str, dict[str, object]] = {"ann": {"role_id": "lead"}, "bob": {"role_id": "lead"}, "cat": {}}
    return organisation(people, knows={"bob": {"b": 3, "c": 1}}, requires=NEEDS, **tables)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("per_person", "ann"), [(1, ["c"]), (2, ["c", "b"]), (3, ["c", "b", "a"]), (9, ["c", "b", "a", "d"])]
)
def test_a_person_requests_the_first_gaps_only(per_person: int, ann: list[str]) -> None:
    """Would be broken: `requests_per_person`, and which gaps come first."""
    found = asked(two_leads(), per_person=per_person)
    assert [skill for mentee, skill, _, _ in found if mentee == "ann"] == ann
    assert [skill for mentee, skill, _, _ in found if mentee == "bob"] == ["a", "d"][:per_person]


def test_a_request_takes_target_and_priority_from_its_gap() -> None:
    """Would be broken: what is asked for and how much it counts."""
    assert asked(two_leads(), per_person=2)[:2] == [("ann", "c", 1, 5), ("ann", "b", 3, 2)]


def test_requests_can_be_made_from_any_gaps() -> None:
    """Would be broken: the step between gaps and problem, which is useful alone."""
    found = requests(gaps(two_leads(), on=ON))
    assert repr(found) == "Requests(5 requests of 2 mentees)"
    assert found[0] == Request(mentee_id=PersonId("ann"), skill_id=SkillId("c"), target_level=1, priority=5)
    assert [one.skill_id for one in found.take(np.array([1, 0]))] == ["b", "c"]
    assert len(requests(gaps(two_leads(), on=ON).of("cat"))) == 0


def test_a_skill_with_a_running_engagement_is_not_requested_again_and_the_next_gap_moves_up() -> None:
    """Would be broken: engagements of earlier rounds; those that have ended or begin later count for nothing."""
    running: list[dict[str, object]] = [{"mentor_id": "cat", "mentee_id": "ann", "skill_id": "c"}]
    ended = [{**running[0], "from_on": "2026-01-01", "until_on": "2026-09-30"}]
    later = [{**running[0], "from_on": "2026-10-02"}]
    assert [row[1] for row in asked(two_leads(engaged=running), per_person=2)][:2] == ["b", "a"]
    assert [row[1] for row in asked(two_leads(engaged=ended), per_person=2)][:2] == ["c", "b"]
    assert [row[1] for row in asked(two_leads(engaged=later), per_person=2)][:2] == ["c", "b"]


def test_given_requests_replace_those_from_gaps() -> None:
    """Would be broken: the table `requests`: the role's requirement, else one level more; its importance, else 3."""
    whole = two_leads(
        requests=[
            {"person_id": "bob", "skill_id": "d"},  # required at 5, importance 1
            {"person_id": "bob", "skill_id": "b"},  # required at 3 and confirmed there: one more, importance 2
            {"person_id": "cat", "skill_id": "c"},  # no role: one above the lowest, importance 3
            {"person_id": "ann", "skill_id": "a", "target_level": 4, "priority": 5},
        ]
    )
    assert asked(whole) == [("ann", "a", 4, 5), ("bob", "b", 4, 2), ("bob", "d", 5, 1), ("cat", "c", 1, 3)]
    assert asked(whole, per_person=1) == asked(whole)


def test_a_given_request_with_a_running_engagement_is_not_made_again() -> None:
    """Would be broken: the same for given requests."""
    engaged: list[dict[str, object]] = [{"mentor_id": "cat", "mentee_id": "ann", "skill_id": "a"}]
    given: list[dict[str, object]] = [{"person_id": "ann", "skill_id": skill} for skill in "ab"]
    assert [row[1] for row in asked(two_leads(requests=given, engaged=engaged))] == ["b"]


def test_no_given_requests_are_no_requests() -> None:
    """Would be broken: an empty table, which says that nobody asks, and is not a missing one."""
    assert asked(two_leads(requests=[])) == []


def test_requests_of_people_who_are_not_there_are_refused_all_at_once() -> None:
    """Would be broken: the message that lists everybody who must be mended."""
    people: PeopleRows = {"bob": {}, "old": {"left_on": ON}, "elder": {"left_on": ON}}
    given: list[dict[str, object]] = [{"person_id": name, "skill_id": "a"} for name in ("old", "bob", "elder", "old")]
    given[-1]["skill_id"] = "b"
    whole = organisation(people, skills=("a", "b"), requests=given)
    with pytest.raises(InputError) as refused:
        asked(whole)
    assert [fault.code for fault in refused.value.faults] == ["INACTIVE-PERSON", "INACTIVE-PERSON"]


def test_given_requests_that_are_met_are_left_out_and_counted() -> None:
    """Would be broken: the round after an outcome confirmed what the table still asks for."""
    given: list[dict[str, object]] = [
        {"person_id": "bob", "skill_id": "b", "target_level": 3},
        {"person_id": "bob", "skill_id": "a"},
    ]
    whole = organisation({"bob": {}}, knows={"bob": {"b": 3}}, skills=("a",), requests=given)
    known = confirmed_proficiency(whole, on=ON)
    made = open_requests(whole, known, on=ON, per_person=3)
    assert [request.skill_id for request in made] == ["a"]
    assert made.n_met == 1


def test_nobody_without_a_role_or_who_has_left_requests_anything_by_gaps() -> None:
    """Would be broken: who has gaps."""
    people: PeopleRows = {
        "ann": {"role_id": "lead", "left_on": ON},
        "bob": {"role_id": "lead", "joined_on": "2026-10-02"},
        "cat": {},
    }
    assert asked(organisation(people, requires=NEEDS)) == []


def test_a_role_without_requirements_makes_no_target() -> None:
    """Would be broken: the look-up of requirements at either end of the columns."""
    people: PeopleRows = {"ann": {"role_id": "zero"}, "bob": {"role_id": "lead"}}
    given: list[dict[str, object]] = [{"person_id": person, "skill_id": skill} for person in people for skill in "az"]
    whole = organisation(people, requires={"zero": {}, "lead": {"a": (2, 5)}}, skills=("z",), requests=given)
    assert asked(whole) == [("ann", "a", 1, 3), ("ann", "z", 1, 3), ("bob", "a", 2, 5), ("bob", "z", 1, 3)]


def test_columns_keep_the_narrow_types_that_large_organisations_need() -> None:
    """Would be broken: memory for 100,000 people."""
    made: Requests = requests(gaps(two_leads(), on=ON))
    given = open_requests(
        evolve(two_leads(requests=[{"person_id": "ann", "skill_id": "a"}])),
        confirmed_proficiency(two_leads(), on=ON),
        on=ON,
        per_person=3,
    )
    for some in (made, given):
        types = [getattr(some, name).dtype for name in ("mentee", "skill", "target", "current", "priority")]
        assert types == [np.int32, np.int32, np.int8, np.int8, np.int8]
