"""The directory: who could mentor somebody in something."""

import pytest
from attrs import frozen
from hypothesis import assume, given
from hypothesis import strategies as st

from taskmentor.errors import InputError, UnknownIdError
from taskmentor.matching.directory import PossibleMentor, find_mentors
from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import NotManager, Qualified
from taskmentor.matching.scorers import LevelFit, SeniorityCloseness
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.testing.values import organisations
from tests.organisations import ON, organisation

PEOPLE: dict[str, dict[str, object]] = {
    "mia": {"manager_id": "boss", "role_id": "analyst", "grade": 3},
    "ann": {"capacity": 2, "grade": 3},
    "bob": {"capacity": 1, "grade": 4},
    "cat": {"capacity": 1, "grade": 4},
    "boss": {"capacity": 5, "grade": 9},
    "none": {"capacity": 0},
    "old": {"capacity": 1, "left_on": ON},
}
KNOWS = {
    "mia": {"sql": 1},
    "ann": {"sql": 4},
    "bob": {"sql": 3},
    "cat": {"sql": 5},
    "boss": {"sql": 5},
    "none": {"sql": 5},
    "old": {"sql": 5},
}
ENGAGED: list[dict[str, object]] = [
    {"mentor_id": "ann", "mentee_id": "bob", "skill_id": "law", "from_on": "2026-09-01"},
    {"mentor_id": "cat", "mentee_id": "mia", "skill_id": "sql", "from_on": "2026-09-01"},
    {"mentor_id": "bob", "mentee_id": "ann", "skill_id": "law", "from_on": "2026-01-01", "until_on": "2026-02-01"},
]


@frozen(kw_only=True)
class Programme:
    """Anything with a policy."""

    policy: Policy


LEVELS = Programme(policy=Policy(rules=(Qualified(), NotManager()), scorers=(LevelFit(weight=2), SeniorityCloseness())))


def acme() -> Organisation:
    pins: list[dict[str, object]] = [{"mentee_id": "mia", "mentor_id": "ann", "skill_id": "sql"}]
    return organisation(
        PEOPLE, knows=KNOWS, requires={"analyst": {"sql": 3}}, skills=("law",), engaged=ENGAGED, pins=pins
    )


def ids(found: tuple[PossibleMentor, ...]) -> list[str]:
    return [one.mentor_id for one in found]


@pytest.mark.requirement("T9")
def test_the_best_mentors_come_first_with_their_parts_and_places_left() -> None:
    """Would be broken: the directory way (T9): order, points part by part, and places that engagements leave."""
    found = find_mentors(acme(), "mia", "sql", on=ON, programme=LEVELS)
    assert found == (
        PossibleMentor(
            mentor_id=PersonId("ann"), level=4, score=300, parts=(("level-fit", 200), ("seniority", 100)), places_left=1
        ),
        *sorted(found[1:], key=lambda one: -one.score),
    )
    assert {one.mentor_id: (one.score, one.places_left) for one in found} == {
        "ann": (300, 1),
        "bob": (230, 1),
        "cat": (230, 0),
    }


def test_only_k_are_named() -> None:
    """Would be broken: the length of the list."""
    assert ids(find_mentors(acme(), "mia", "sql", on=ON, k=1, programme=LEVELS)) == ["ann"]
    with pytest.raises(ValueError, match="k must be 1 or more"):
        find_mentors(acme(), "mia", "sql", on=ON, k=0)


def test_the_target_is_the_roles_requirement_or_one_level_more_unless_given() -> None:
    """Would be broken: who is qualified."""
    assert set(ids(find_mentors(acme(), "mia", "sql", on=ON, programme=LEVELS))) == {"ann", "bob", "cat"}
    assert ids(find_mentors(acme(), "mia", "sql", on=ON, target=5, programme=LEVELS)) == ["cat"]
    assert ids(find_mentors(acme(), "ann", "sql", on=ON, programme=LEVELS, k=9)) in (["cat", "boss"], ["boss", "cat"])
    assert find_mentors(acme(), "mia", "law", on=ON) == ()


def test_the_default_policy_holds_without_a_programme() -> None:
    """Would be broken: the call that a newcomer makes."""
    found = find_mentors(acme(), "mia", "sql", on=ON)
    assert set(ids(found)) == {"ann", "bob", "cat"}
    assert [name for name, _ in found[0].parts] == [scorer.name for scorer in Policy().scorers]


def test_a_policy_without_scorers_gives_mentors_of_no_points() -> None:
    """Would be broken: the sum of no parts."""
    programme = Programme(policy=Policy(rules=(Qualified(),), scorers=()))
    found = find_mentors(acme(), "mia", "sql", on=ON, programme=programme)
    assert {(one.score, one.parts) for one in found} == {(0, ())}
    assert len(found) == 4


@pytest.mark.parametrize(
    ("person", "skill", "target", "error", "message"),
    [
        ("zoe", "sql", None, UnknownIdError, "'zoe' names no person"),
        ("mia", "tax", None, UnknownIdError, "'tax' names no skill"),
        ("mia", "sql", 9, UnknownIdError, "'9' names no level"),
        ("old", "law", None, InputError, "INACTIVE-PERSON"),
    ],
)
def test_what_names_nobody_and_nothing_is_refused(
    person: str, skill: str, target: int | None, error: type[Exception], message: str
) -> None:
    """Would be broken: the message for a misspelt id."""
    with pytest.raises(error, match=message):
        find_mentors(acme(), person, skill, on=ON, target=target)


@given(organisations(), st.integers(1, 4))
def test_fewer_mentors_are_the_first_of_more(whole: Organisation, k: int) -> None:
    """Would be broken: the order, which must not depend on how many are asked for."""
    person = whole.people.id(len(whole.people) - 1)
    assume(whole.people.active(ON)[-1])
    skill = whole.model.skill_ids[0]
    try:
        more = find_mentors(whole, person, skill, on=ON, k=9)
    except InputError:  # who has reached the highest level needs no mentor
        assume(False)
    assert find_mentors(whole, person, skill, on=ON, k=k) == more[:k]
    assert [one.score for one in more] == sorted((one.score for one in more), reverse=True)
    assert person not in ids(more)


def test_a_target_that_is_reached_is_refused_by_name() -> None:
    """Would be broken: the answer to somebody who has nothing to learn there."""
    whole = organisation({"bob": {}}, knows={"bob": {"b": 3}}, skills=("a",))
    with pytest.raises(InputError, match="TARGET-REACHED"):
        find_mentors(whole, "bob", "b", on=ON, target=3)
