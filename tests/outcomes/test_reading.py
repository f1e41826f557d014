"""Outcomes are read through rights: one's own, one's team's; analysts read groups alone."""

from datetime import timedelta

import pytest
from attrs import evolve

from taskmentor.authorisation import Authority, Grant, PersonRelation, Relation
from taskmentor.errors import NotAuthorisedError, UnknownIdError
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.people import PersonId
from taskmentor.outcomes import (
    Period,
    breakdown_to,
    gap_amounts,
    outcomes_to,
    who_do_i_know_to,
)
from taskmentor.proficiency import gaps
from tests.organisations import ON, organisation
from tests.outcomes.made import SINCE, engagement, session

PERIOD = Period(since=SINCE, on=ON)
STAFF = organisation(
    {
        "hal": {},
        "mona": {"manager_id": "hal"},
        "mark": {"manager_id": "hal"},
        "mia": {"manager_id": "mona", "role_id": "analyst"},
        "max": {"manager_id": "mark"},
        "ann": {"role_id": "analyst", "department": "data"},
        "bob": {"role_id": "analyst", "department": "data"},
        "cat": {"role_id": "analyst", "department": "data"},
        "dan": {"role_id": "analyst", "department": "data"},
    },
    requires={"analyst": {"sql": 3}},
    knows={"max": {"sql": 4}, "mia": {"sql": 1}},
)
DONE = engagement(
    "mia", "max", state=State.COMPLETED, stated=2, confirmed=3, mentor_level=5,
    sessions=[session(SINCE + timedelta(days=9), SessionState.HELD)],
)  # fmt: skip
WORKED = [DONE, engagement("ann", "mia")]


def grant(person: str, relation: Relation | PersonRelation) -> Grant:
    return Grant(person_id=PersonId(person), relation=relation, from_on=SINCE)


AUTHORITY = Authority(
    organisation=STAFF,
    grants=(grant("anna", PersonRelation.HR_ANALYST), grant("audrey", PersonRelation.AUDITOR)),
    enrolments=tuple(one.enrolment for one in WORKED),
)


def told(reader: str, person: str):  # type: ignore[no-untyped-def]
    return outcomes_to(reader, person, STAFF, WORKED, PERIOD, authority=AUTHORITY)


@pytest.mark.parametrize("reader", ["mia", "mona", "hal", "audrey"])
def test_the_mentee_those_above_and_auditors_read_the_confirmed_change(reader: str) -> None:
    found = told(reader, "mia")
    assert [(one.person_id, one.confirmed) for one in found.changes] == [("mia", 3)]
    assert found.partners.distinct == 2
    assert found.logged is (reader == "audrey")


@pytest.mark.parametrize("reader", ["max", "ann", "mark", "anna", "nobody"])
def test_nobody_else_reads_them(reader: str) -> None:
    """Analysts read aggregates, and mentors are told of the agreed skill by the engagement itself."""
    with pytest.raises(NotAuthorisedError) as refusal:
        told(reader, "mia")
    assert "read-outcomes" in str(refusal.value)


def test_a_refusal_is_the_same_for_people_who_are_not_there() -> None:
    with pytest.raises(NotAuthorisedError) as there:
        told("ann", "mia")
    with pytest.raises(NotAuthorisedError) as not_there:
        told("ann", "zoe")
    assert str(there.value) == str(not_there.value)
    with pytest.raises(UnknownIdError):
        told("audrey", "zoe")


def test_a_manager_above_reads_what_was_confirmed_and_not_what_was_said() -> None:
    (change,) = told("hal", "mia").changes
    assert (change.confirmed, change.stated) == (3, None)
    assert told("mona", "mia").changes[0].stated == 2


def test_the_mentors_manager_reads_the_record_without_the_mentees_levels() -> None:
    assert told("max", "max").record.levels == 2
    assert told("audrey", "max").record.sessions == 1
    found = told("mark", "max")
    assert (found.record.engagements, found.record.levels, found.record.sessions) == (1, None, None)
    assert [(one.relation, one.stated) for one in found.changes] == [(Relation.MENTOR, 5)]
    assert told("hal", "max").changes == ()


def test_an_analyst_reads_large_groups() -> None:
    amounts = gap_amounts(gaps(STAFF, on=SINCE))
    found = breakdown_to("anna", amounts, "department", on=ON, authority=AUTHORITY)
    assert found.total.total == 5
    assert found.line("data").hidden
    assert found.smallest == 5


@pytest.mark.parametrize("reader", ["mona", "audrey", "nobody"])
def test_nobody_else_reads_aggregates(reader: str) -> None:
    with pytest.raises(NotAuthorisedError, match="read-aggregate"):
        breakdown_to(reader, gap_amounts(gaps(STAFF, on=SINCE)), "department", on=ON, authority=AUTHORITY)


def test_an_analyst_reads_nothing_of_a_few() -> None:
    amounts = gap_amounts(gaps(STAFF, on=SINCE))
    stricter = evolve(AUTHORITY, smallest_group=6)
    with pytest.raises(NotAuthorisedError, match="read-aggregate"):
        breakdown_to("anna", amounts, "department", on=ON, authority=stricter)


def test_whom_one_knows_is_told_without_levels_and_without_others_partners() -> None:
    """ann has worked with mia, who has worked with max."""
    found = who_do_i_know_to("ann", STAFF, WORKED, "sql", on=ON, authority=AUTHORITY, at_least=2)
    assert [(one.person_id, one.level, one.through) for one in found] == [(None, None, ("mia",))]
    mine = who_do_i_know_to("mia", STAFF, WORKED, "sql", on=ON, authority=AUTHORITY)
    assert [(one.person_id, one.level) for one in mine] == [("max", None)]
    above = evolve(AUTHORITY, grants=(grant("ann", PersonRelation.AUDITOR),))
    assert who_do_i_know_to("ann", STAFF, WORKED, "sql", on=ON, authority=above, at_least=4)[0].level == 4
