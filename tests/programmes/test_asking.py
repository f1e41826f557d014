"""One pair that somebody chose: asked, offered, paired or assigned."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from taskmentor.authorisation import Relation
from taskmentor.errors import CapacityError, InputError, UnknownIdError
from taskmentor.lifecycle.moves import State
from taskmentor.matching.directory import find_mentors
from taskmentor.programmes import (
    MatchingMode,
    Programme,
    ask,
    career_development,
    informal,
    resource_based,
    task_based,
    training_based,
)
from tests.organisations import PeopleRows, organisation
from tests.programmes.living import AT, DAY, LARKSPUR, closed, unpinned

NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
PEOPLE: PeopleRows = {
    "mia": {"grade": 3, "department": "data"},
    "ann": {"capacity": 1, "grade": 3, "department": "sales", "x_listed": "yes"},
    "bob": {"capacity": 1, "grade": 3, "department": "data"},
    "cat": {"capacity": 1, "x_listed": "yes"},
}
KNOWS = {"ann": {"sql": 4}, "bob": {"sql": 5}, "cat": {"sql": 4}, "mia": {"sql": 1}}
WHOLE = organisation(
    PEOPLE,
    knows=KNOWS,
    wants={"mia": {"sql": 3}},
    engaged=[{"mentor_id": "cat", "mentee_id": "bob", "skill_id": "sql"}],
)


@pytest.mark.requirement("RB1", "RB2")
@pytest.mark.parametrize("programme", [resource_based(), career_development(), informal()], ids=lambda one: str(one.id))
def test_rb2_the_mentee_asks_somebody_and_it_leads_to_a_closed_engagement(programme: Programme) -> None:
    """Would be broken: the ways in which people choose for themselves, from the directory to the end."""
    listed = find_mentors(LARKSPUR, "p-0042", "data-analysis", on=DAY, programme=programme)
    asked = ask(LARKSPUR, programme, mentee_id="p-0042", mentor_id=listed[0].mentor_id, skill_id="data-analysis", at=AT)
    assert asked.proposal.initiator is Relation.MENTEE
    assert asked.fit == listed[0]
    assert closed(LARKSPUR, programme, asked.proposal).state is State.COMPLETED


@pytest.mark.requirement("RB1")
def test_rb1_mentors_list_themselves() -> None:
    """Would be broken: a directory of those who say so, and whoever is not in it is not asked."""
    listed = resource_based(listed_in="x_listed")
    assert ask(WHOLE, listed, mentee_id="mia", mentor_id="ann", skill_id="sql", at=NOW).fit.mentor_id == "ann"
    with pytest.raises(InputError, match=r"'bob' is none of the mentors .* Ask 'ann' or 'cat'\.") as caught:
        ask(WHOLE, listed, mentee_id="mia", mentor_id="bob", skill_id="sql", at=NOW)
    assert [fault.code for fault in caught.value.faults] == ["NOT-ADMITTED"]
    alone = evolve(WHOLE, people=WHOLE.people.with_capacity(WHOLE.people.capacity * 0))
    with pytest.raises(InputError, match="Nobody can be asked"):
        ask(alone, listed, mentee_id="mia", mentor_id="ann", skill_id="sql", at=NOW)


@pytest.mark.requirement("RB3")
def test_rb3_a_weak_fit_is_warned_of_and_not_refused() -> None:
    """Would be broken: the warning, its parts, and the points from which on there is none."""
    fit = ask(WHOLE, resource_based(), mentee_id="mia", mentor_id="bob", skill_id="sql", at=NOW).fit
    for weak_below, warned in ((fit.score, False), (fit.score + 1, True)):
        asked = ask(
            WHOLE, resource_based(weak_below=weak_below), mentee_id="mia", mentor_id="bob", skill_id="sql", at=NOW
        )
        assert bool(asked.warnings) is warned
        assert asked.proposal.mentor_id == "bob"
        if warned:
            assert asked.warnings[0].startswith(f"weak fit: {fit.score:,} points, where {weak_below:,}")
            assert "level-fit 150" in asked.warnings[0]
    assert ask(WHOLE, task_based(), mentee_id="mia", mentor_id="bob", skill_id="sql", at=NOW).warnings == ()


def test_nobody_is_asked_who_has_no_place_left() -> None:
    """Would be broken: the places of a mentor who is engaged in another programme."""
    with pytest.raises(CapacityError, match="'cat' has no free place as mentor from 2026-10-01"):
        ask(WHOLE, resource_based(), mentee_id="mia", mentor_id="cat", skill_id="sql", at=NOW)


@pytest.mark.requirement("T9")
@pytest.mark.parametrize("initiator", [Relation.MANAGER, Relation.PROGRAMME_MANAGER, Relation.MENTOR])
def test_t9_managers_pair_mentors_offer_and_programmes_assign(initiator: Relation) -> None:
    """Would be broken: who starts, as a field of the programme."""
    programme = evolve(task_based(), initiator=initiator)
    asked = ask(LARKSPUR, programme, mentee_id="p-0042", mentor_id="p-0044", skill_id="data-analysis", at=AT)
    assert closed(LARKSPUR, programme, asked.proposal).initiator is initiator


@pytest.mark.requirement("TB1", "D5")
def test_tb1_a_mentor_is_assigned_for_what_the_course_taught() -> None:
    """Would be broken: assignment after the theory, and only after it."""
    programme = training_based()
    assert programme.mode is MatchingMode.ASSIGNMENT
    asked = ask(unpinned(), programme, mentee_id="p-0048", mentor_id="p-0024", skill_id="sql", at=AT)
    engagement = closed(unpinned(), programme, asked.proposal)
    assert [product.approved for product in engagement.products] == [True]
    with pytest.raises(InputError, match="NOT-ADMITTED"):
        ask(unpinned(), programme, mentee_id="p-0042", mentor_id="p-0044", skill_id="data-analysis", at=AT)


def test_the_same_question_has_the_same_id_on_one_day() -> None:
    """Would be broken: a request that is sent twice."""
    ids = [
        ask(WHOLE, task_based(), mentee_id="mia", mentor_id=mentor, skill_id="sql", at=at).proposal.engagement_id
        for mentor, at in (
            ("ann", NOW),
            ("ann", NOW + timedelta(hours=3)),
            ("bob", NOW),
            ("ann", NOW + timedelta(days=1)),
        )
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_what_cannot_be_asked_is_refused_by_name() -> None:
    """Would be broken: unknown people, naive times, and targets that are reached already."""
    with pytest.raises(UnknownIdError, match="nobody"):
        ask(WHOLE, task_based(), mentee_id="mia", mentor_id="nobody", skill_id="sql", at=NOW)
    with pytest.raises(InputError, match="NAIVE-TIME"):
        ask(WHOLE, task_based(), mentee_id="mia", mentor_id="ann", skill_id="sql", at=NOW.replace(tzinfo=None))
    with pytest.raises(InputError, match="TARGET-REACHED"):
        ask(WHOLE, task_based(), mentee_id="mia", mentor_id="ann", skill_id="sql", at=NOW, target=1)
