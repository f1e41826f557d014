"""Levels before and after, and whether the manager confirmed them."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.authorisation import Relation
from taskmentor.errors import InputError
from taskmentor.lifecycle.moves import State
from taskmentor.models.assessments import Source
from taskmentor.outcomes import Period, breakdown, change_amounts, skill_changes, with_outcomes
from taskmentor.proficiency import confirmed_proficiency
from tests.organisations import ON, organisation
from tests.outcomes.made import SINCE, engagement, random_case

PERIOD = Period(since=SINCE, on=ON)
STAFF = organisation("mia max mona pam", knows={"max": {"sql": 4}, "mia": {"sql": 1}}, skills=("sql", "law"))
DONE = engagement("mia", "max", state=State.COMPLETED, stated=2, confirmed=3, mentor_level=5)


@pytest.mark.requirement("T13", "T14")
def test_the_change_is_after_minus_before_and_confirmed_by_the_manager() -> None:
    """T13, T14: the reassessment says 2, the manager confirms the target of 3; the change is 2 and not 1."""
    change = skill_changes(STAFF, [DONE], PERIOD)[0]
    assert (change.before, change.stated, change.confirmed, change.levels) == (1, 2, 3, 2)
    assert change.reached
    assert "1 to 3, confirmed" in str(change)


def test_without_a_confirmation_the_target_is_not_reached() -> None:
    """T14: to state is not to confirm."""
    stated = engagement("mia", "max", state=State.AWAITING_CONFIRMATION, stated=3)
    change = skill_changes(STAFF, [stated], PERIOD)[0]
    assert (change.levels, change.reached) == (2, False)
    assert "not confirmed" in str(change)


@pytest.mark.requirement("T19")
def test_the_mentors_own_level_may_rise_too() -> None:
    """T19: before is what was confirmed the day before the start."""
    change = skill_changes(STAFF, [DONE], PERIOD)[1]
    assert (change.person_id, change.relation, change.before, change.levels) == ("max", Relation.MENTOR, 4, 1)
    assert change.target is None
    assert not change.reached


def test_a_mentor_who_was_never_assessed_has_no_change() -> None:
    taught = engagement("mia", "max", "law", state=State.COMPLETED, stated=2, confirmed=3, mentor_level=5)
    change = skill_changes(STAFF, [taught], PERIOD)[1]
    assert (change.before, change.levels) == (None, None)
    assert "none to 5" in str(change)


def test_levels_that_were_confirmed_add_up() -> None:
    changes = skill_changes(STAFF, [DONE], PERIOD)
    assert breakdown(change_amounts(STAFF, changes), "skill", smallest=1).total.total == 2
    assert breakdown(change_amounts(STAFF, changes), "skill").total.hidden


@given(st.integers(0, 2**32 - 1), st.integers(-50, 60))
def test_changes_are_those_whose_last_word_falls_into_the_period(seed: int, days: int) -> None:
    _, drawn, engagements = random_case(default_rng(seed))
    period = Period(since=SINCE + timedelta(days=days), on=SINCE + timedelta(days=days + 60))
    expected: list[tuple[str, str, int | None]] = []
    for one in engagements:
        if one.confirmed_at is not None or one.reassessed_on is not None:
            day = one.reassessed_on if one.confirmed_at is None else one.confirmed_at.date()
            after = one.reassessed_level if one.confirmed_level is None else one.confirmed_level
            assert day is not None
            assert after is not None
            if period.since <= day <= period.on:
                expected.append((one.id, "mentee", after - one.scope.from_level))
        if one.mentor_level is not None and one.mentor_reassessed_on is not None and one.started_at is not None:
            known = confirmed_proficiency(drawn, on=one.started_at.date() - timedelta(days=1))
            rows = [
                int(level)
                for person, skill, level in zip(known.person, known.skill, known.level, strict=True)
                if drawn.people.id(int(person)) == one.mentor_id and drawn.model.skill_ids[skill] == one.scope.skill_id
            ]
            if period.since <= one.mentor_reassessed_on <= period.on:
                expected.append((one.id, "mentor", one.mentor_level - rows[0] if rows else None))
    found = skill_changes(drawn, engagements, period)
    assert sorted((one.engagement_id, str(one.relation), one.levels or 0) for one in found) == sorted(
        (name, relation, levels or 0) for name, relation, levels in expected
    )
    assert [one.on for one in found] == sorted(one.on for one in found if one.on is not None)


def test_a_confirmed_outcome_becomes_an_assessment_once() -> None:
    """The loop closes, however often it is asked to."""
    once = with_outcomes(STAFF, [DONE])
    twice = with_outcomes(once, [DONE, DONE])
    assert len(once.assessments) == len(STAFF.assessments) + 1
    assert twice is once
    assert (once.assessments.source == Source.OUTCOME).sum() == (STAFF.assessments.source == Source.OUTCOME).sum() + 1
    assert with_outcomes(STAFF, [engagement("mia", "max")]) is STAFF


def test_of_two_outcomes_of_a_day_the_later_one_counts() -> None:
    assert DONE.confirmed_at is not None
    later = evolve(DONE, confirmed_level=4, confirmed_at=DONE.confirmed_at + timedelta(hours=1))
    known = confirmed_proficiency(with_outcomes(STAFF, [DONE, later]), on=ON)
    assert known.level.max() == 4
    assert known.level[known.person == STAFF.people.code("mia")].tolist() == [4]


def test_a_period_runs_forwards() -> None:
    assert str(PERIOD) == f"{SINCE} to {ON}"
    with pytest.raises(InputError, match="TM-DATE-ORDER period column on"):
        Period(since=ON, on=SINCE)
