"""What somebody has done as a mentor (T15, T16, T18)."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.lifecycle.events import EngagementId, PracticeKind, PracticeRecorded, Recognised
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.people import PersonId
from taskmentor.outcomes import coaching_record
from tests.organisations import ON, organisation
from tests.outcomes.made import SINCE, at, engagement, random_case, session

STAFF = organisation({"max": {}, "mia": {"department": "data"}, "ben": {"department": "data"}, "eva": {}})
DAY = SINCE + timedelta(days=5)


def practised(kind: PracticeKind, minutes: int) -> PracticeRecorded:
    return PracticeRecorded(
        engagement_id=EngagementId("e"), version=9, actor=PersonId("mia"), at=at(DAY), kind=kind, behaviour="Counts",
        day=DAY, minutes=minutes,
    )  # fmt: skip


@pytest.mark.requirement("T18")
def test_coaching_is_practice_for_leading_others() -> None:
    """T18, T16, T15: with whom, how long, what came of it, who said thanks."""
    thanks = Recognised(engagement_id=EngagementId("e"), version=12, actor=PersonId("mia"), at=at(DAY), words="Good.")
    done = evolve(
        engagement(
            "mia", "max", state=State.COMPLETED, stated=3, confirmed=3,
            sessions=[session(DAY, SessionState.HELD), session(DAY, SessionState.MISSED)],
        ),
        practice=(practised(PracticeKind.SHADOWING, 30), practised(PracticeKind.PRACTISING, 50)),
        recognitions=(thanks,),
    )  # fmt: skip
    known = [done, engagement("ben", "max", "law"), engagement("eva", "max", state=State.DECLINED)]
    found = coaching_record(STAFF, known, "max", on=ON)
    assert (found.asked, found.engagements, found.mentees, found.teams, found.skills) == (3, 2, 2, 1, ("law", "sql"))
    assert (found.first_on, found.last_on) == (SINCE + timedelta(days=2),) * 2
    assert (found.completed, found.recognitions, found.levels) == (1, 1, 2)
    assert (found.sessions, found.minutes, found.shadowing, found.practising) == (1, 45, 30, 50)
    assert str(found).endswith("1 completed, thanked 1 time, 1 session (45 minutes), 2 levels confirmed")


def test_what_would_tell_of_mentees_can_be_left_out() -> None:
    found = coaching_record(STAFF, [engagement("mia", "max")], "max", on=ON).without_mentees()
    assert (found.engagements, found.sessions, found.levels, found.shadowing) == (1, None, None, None)
    assert "session" not in str(found)


def test_before_the_first_engagement_there_is_nothing() -> None:
    found = coaching_record(STAFF, [engagement("mia", "max")], "max", on=SINCE - timedelta(days=1))
    assert (found.asked, found.engagements, found.first_on, found.last_on) == (0, 0, None, None)


@given(st.integers(0, 2**32 - 1))
def test_all_records_together_are_all_engagements(seed: int) -> None:
    _, drawn, engagements = random_case(default_rng(seed))
    records = [coaching_record(drawn, engagements, person, on=ON) for person in drawn.people.ids.tolist()]
    begun = [one for one in engagements if one.started_at is not None and one.started_at.date() <= ON]
    done = [one for one in begun if one.state is State.COMPLETED and one.closed_at and one.closed_at.date() <= ON]
    assert sum(one.engagements for one in records) == len(begun)
    assert sum(one.completed for one in records) == len(done)
    assert sum(one.levels or 0 for one in records) == sum(
        one.confirmed_level - one.scope.from_level for one in done if one.confirmed_level is not None
    )
