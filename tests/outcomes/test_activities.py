"""How engagements went: counts of a period, ends and their reasons, sessions, days to completion."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.lifecycle.events import EndReason
from taskmentor.lifecycle.moves import FINAL, State
from taskmentor.lifecycle.values import SessionState
from taskmentor.outcomes import Period, activity
from tests.organisations import ON
from tests.outcomes.made import SINCE, engagement, random_case, session

PERIOD = Period(since=SINCE, on=ON)
DAY = SINCE + timedelta(days=10)


def test_completion_attendance_and_reasons() -> None:
    sessions = [
        session(DAY, SessionState.HELD),
        session(DAY, SessionState.HELD, minutes=30),
        session(DAY, SessionState.MISSED),
        session(DAY, SessionState.PLANNED),
        session(ON + timedelta(days=1), SessionState.PLANNED),
    ]
    known = [
        engagement("a", "z", state=State.COMPLETED, confirmed=3, stated=3, sessions=sessions),
        engagement("b", "z", state=State.COMPLETED, confirmed=3, stated=3, closed=SINCE + timedelta(days=42)),
        engagement("c", "z", state=State.ENDED, end_reason=EndReason.WORKLOAD),
        engagement("d", "z", state=State.DECLINED),
        engagement("e", "z"),
    ]
    found = activity(known, PERIOD, smallest=1)
    assert (found.proposed, found.accepted, found.started, found.completed, found.broken_off) == (5, 4, 4, 2, 1)
    assert found.completion == Fraction(2, 3)
    assert (found.held, found.missed, found.unlogged, found.minutes) == (2, 1, 1, 75)
    assert found.attendance == Fraction(2, 3)
    assert found.days_to_completion == 30
    assert [(line.labels[0], line.total) for line in found.ends] == [
        ("completed", 2), ("declined", 1), ("ended: workload", 1), (None, 4),
    ]  # fmt: skip
    assert "2 completed, 1 broken off (completion 67 %; middle 30 days)" in str(found)


def test_what_is_about_a_few_is_kept_back_and_nothing_is_said_openly() -> None:
    """One engagement that ended for conduct is about two people whom everybody then knows."""
    known = [engagement("a", "z", state=State.ENDED, end_reason=EndReason.CONDUCT)]
    found = activity(known, PERIOD)
    assert (found.broken_off, found.completed, found.completion) == (None, 0, None)
    assert (found.held, found.attendance, found.days_to_completion) == (0, None, None)
    assert [line.hidden for line in found.ends] == [True, True]
    assert "· broken off" in str(found)


@given(st.integers(0, 2**32 - 1), st.integers(-60, 100), st.integers(1, 4))
def test_counts_are_those_of_plain_loops(seed: int, begin: int, smallest: int) -> None:
    _, _, engagements = random_case(default_rng(seed))
    period = Period(since=SINCE + timedelta(days=begin), on=SINCE + timedelta(days=begin + 50))
    found = activity(engagements, period, smallest=smallest)

    def told(about: Sequence[str], number: int | None = None) -> int | None:
        return None if 0 < len(set(about)) < smallest else len(about) if number is None else number

    def during(name: str) -> list[str]:
        return [
            one.mentee_id
            for one in engagements
            if (at := getattr(one, name)) is not None and period.since <= at.date() <= period.on
        ]

    met = [(one.mentee_id, held) for one in engagements for held in one.sessions if period.holds(held.starts_at.date())]
    closed = [one for one in engagements if one.state in FINAL and one.closed_at and period.holds(one.closed_at.date())]
    done = [one for one in closed if one.state is State.COMPLETED]
    assert found.proposed == told(during("proposed_at"))
    assert found.accepted == told(during("accepted_at"))
    assert found.started == told(during("started_at"))
    assert found.completed == told([one.mentee_id for one in done])
    assert found.broken_off == told([one.mentee_id for one in closed if one.state in (State.ENDED, State.HANDED_OVER)])
    for state, number in ((SessionState.HELD, found.held), (SessionState.MISSED, found.missed)):
        assert number == told([mentee for mentee, held in met if held.state is state])
    held_by = [mentee for mentee, held in met if held.state is SessionState.HELD]
    assert found.minutes == told(held_by, 45 * len(held_by))
    assert found.ends.total.total == told([one.mentee_id for one in closed])
