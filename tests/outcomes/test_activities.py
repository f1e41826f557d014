"""How engagements went: counts of a period, ends and their reasons, sessions, days to completion."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EndReason
from taskmentor.lifecycle.moves import FINAL, State
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.people import PersonId
from taskmentor.outcomes import Period, activity
from tests.organisations import ON
from tests.outcomes.attacker import Cell, told_of_few
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
    broken_off = [one.mentee_id for one in closed if one.state in (State.ENDED, State.HANDED_OVER)]
    assert found.completed in (None, told([one.mentee_id for one in done]))
    assert found.broken_off in (None, told(broken_off))
    if smallest == 1:
        assert (found.completed, found.broken_off) == (len(done), len(broken_off))
    for state, number in ((SessionState.HELD, found.held), (SessionState.MISSED, found.missed)):
        assert number == told([mentee for mentee, held in met if held.state is state])
    held_by = [mentee for mentee, held in met if held.state is SessionState.HELD]
    assert found.minutes == told(held_by, 45 * len(held_by))
    assert found.ends.total.total == told([one.mentee_id for one in closed])


def ended(state: State, n: int, reason: EndReason | None = None) -> list[Engagement]:
    """Return engagements of as many mentees that ended in one way."""
    return [engagement(f"{state}-{reason}-{one}", "z", state=state, end_reason=reason) for one in range(n)]


def cells_of(known: Sequence[Engagement]) -> dict[Cell, set[int]]:
    """Return who ended how, and what of the engagement there was."""
    cells: dict[Cell, set[int]] = defaultdict(set)
    for number, one in enumerate(known):
        begun = "broken off" if one.started_at else "not begun"
        part = "completed" if one.state is State.COMPLETED else begun
        cells[one.state.value if one.end_reason is None else f"{one.state}: {one.end_reason}", part].add(number)
    return cells


@given(*[st.integers(0, 8)] * 5, st.integers(1, 5))
@example(6, 2, 0, 0, 0, 5)
@example(0, 0, 7, 1, 6, 5)
def test_what_was_completed_tells_nothing_of_ends_that_are_kept_back(
    done: int, tired: int, busy: int, never: int, declined: int, smallest: int
) -> None:
    """Six of eight were completed: whoever may see both numbers knows of the two whose end is kept back."""
    begun = [*ended(State.ENDED, tired, EndReason.CONDUCT), *ended(State.ENDED, busy, EndReason.WORKLOAD)]
    before = [evolve(one, mentee_id=PersonId(f"{one.mentee_id}-never"), started_at=None)
              for one in ended(State.ENDED, never, EndReason.WORKLOAD)]  # fmt: skip
    known = [*ended(State.COMPLETED, done), *begun, *before, *ended(State.DECLINED, declined)]
    found = activity(known, PERIOD, smallest=smallest)
    shown: list[Cell] = [(line.labels[0], None) for line in found.ends if not line.hidden]
    shown += [(None, "completed")] if found.completed is not None else []
    shown += [(None, "broken off")] if found.broken_off is not None else []
    assert [*told_of_few(cells_of(known), shown, smallest)] == []
