"""Engagements that fade, told from dates and counts alone (U10)."""

from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.errors import InputError
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.moves import FINAL, State
from taskmentor.lifecycle.terms import Terms
from taskmentor.lifecycle.values import Agreement, SessionState
from taskmentor.outcomes import Limits, Sign, fading, idle_since, sessions_unlogged
from tests.outcomes.made import SINCE, at, engagement, random_case, session

BEGUN = SINCE + timedelta(days=2)


def day(n: int):  # type: ignore[no-untyped-def]
    return BEGUN + timedelta(days=n)


def signs(one: Engagement, n: int, limits: Limits | None = None) -> dict[Sign, int]:
    """Return the signs that an engagement shows so many days after its start, with their counts."""
    found = fading([one], at(day(n)), limits=limits)
    return {sign.sign: sign.count for sign in found[0].signs} if found else {}


def heard(one: Engagement, n: int) -> Engagement:
    """Return an engagement with a last sign of life so many days after its start."""
    return evolve(one, active_at=at(day(n)))


def test_silence_is_a_sign_after_two_weeks_or_what_the_terms_say() -> None:
    """U10; a fading relationship is seen while there is time to do something."""
    planned = [session(day(90), SessionState.PLANNED)]
    one = engagement("mia", "max", sessions=planned)
    assert signs(one, 13) == {}
    assert signs(one, 14) == {Sign.IDLE: 14}
    assert signs(heard(one, 10), 23) == {}
    own = engagement("mia", "max", sessions=planned, terms=Terms(idle_days=5))
    assert signs(own, 5) == {Sign.IDLE: 5}
    assert signs(one, 3, Limits(idle_days=3)) == {Sign.IDLE: 3}


def test_no_session_behind_or_ahead_is_a_sign() -> None:
    held = heard(engagement("mia", "max", sessions=[session(day(4), SessionState.HELD)]), 17)
    assert signs(held, 17) == {}
    assert signs(held, 18) == {Sign.NO_SESSION_AHEAD: 14}
    agreed = evolve(held, agreement=Agreement(session_every_days=7))
    assert signs(agreed, 11) == {Sign.NO_SESSION_AHEAD: 7}
    asked = evolve(held, terms=Terms(session_every_days=10))
    assert signs(asked, 14) == {Sign.NO_SESSION_AHEAD: 10}


def test_sessions_missed_in_a_row_are_a_sign_and_one_that_is_held_ends_it() -> None:
    row = [session(day(n), SessionState.MISSED, number=n) for n in (1, 2, 3)]
    ahead = session(day(90), SessionState.PLANNED, number=9)
    one = heard(engagement("mia", "max", sessions=[*row, ahead]), 5)
    assert signs(one, 5) == {Sign.MISSED: 3}
    mended = heard(engagement("mia", "max", sessions=[*row, session(day(4), SessionState.HELD), ahead]), 5)
    assert signs(mended, 5) == {}


def test_what_was_planned_and_never_told_is_a_sign() -> None:
    """Without logs a programme is blind."""
    planned = [session(day(n), SessionState.PLANNED, number=n) for n in (1, 2, 90)]
    one = heard(engagement("mia", "max", sessions=planned), 5)
    assert [held.number for held in sessions_unlogged(one, at(day(5)))] == [1, 2]
    assert signs(one, 5) == {Sign.UNLOGGED: 2}
    assert sessions_unlogged(evolve(one, state=State.PAUSED), at(day(5))) == ()


def test_a_session_moved_again_and_again_is_a_sign() -> None:
    one = heard(engagement("mia", "max", sessions=[session(day(90), SessionState.PLANNED, moved=3)]), 5)
    assert signs(one, 5) == {Sign.MOVED: 3}


def test_dates_that_went_by_are_signs() -> None:
    one = heard(engagement("mia", "max", sessions=[session(day(90), SessionState.PLANNED)]), 44)
    assert signs(one, 44) == {Sign.PAST_END: 2}
    assert signs(evolve(one, overdue=(day(14), day(28))), 40) == {Sign.OVERDUE: 2}
    assert signs(engagement("mia", "max", state=State.SCHEDULED), 3) == {Sign.NOT_BEGUN: 3}
    assert signs(engagement("mia", "max", state=State.SCHEDULED), 0) == {}


def test_the_confirmation_and_a_pause_are_not_the_twos_silence() -> None:
    for state in (State.AWAITING_CONFIRMATION, State.PAUSED, State.ACCEPTED, *FINAL):
        assert idle_since(engagement("mia", "max", state=state), at(day(99))) is None
        assert signs(engagement("mia", "max", state=state), 99) == {}
    assert signs(engagement("mia", "max", state=State.AWAITING_REASSESSMENT), 20) == {Sign.IDLE: 20}


def test_the_last_sign_of_life_is_told_in_utc_and_never_from_the_future() -> None:
    east = evolve(engagement("mia", "max"), active_at=datetime(2026, 6, 6, 1, tzinfo=timezone(timedelta(hours=9))))
    assert idle_since(east, at(day(9))) == datetime(2026, 6, 5, 16, tzinfo=UTC)
    assert idle_since(heard(engagement("mia", "max"), 20), at(day(9))) is None


def test_the_worst_come_first_and_say_why() -> None:
    silent = engagement("mia", "max", name="e-silent")
    slow = engagement("ann", "max", sessions=[session(day(90), SessionState.PLANNED)], name="e-slow")
    found = fading([slow, silent, heard(slow, 15)], at(day(15)))
    assert [str(one) for one in found] == [
        f"e-silent: no sign of life for 15 days, since {BEGUN}; "
        f"no session for 15 days, since {BEGUN}, and none planned",
        f"e-slow: no sign of life for 15 days, since {BEGUN}",
    ]


def test_every_sign_has_its_sentence() -> None:
    rows = [session(day(n), SessionState.MISSED, number=n) for n in (1, 2)]
    rows += [session(day(n), SessionState.PLANNED, number=n, moved=2) for n in (3, 4)]
    everything = evolve(engagement("mia", "max", sessions=rows), overdue=(day(14),))
    found = [
        *fading([everything], at(day(60)))[0].signs,
        *fading([engagement("a", "b", state=State.SCHEDULED)], at(day(9)))[0].signs,
    ]
    assert {one.sign for one in found} == set(Sign)
    assert len({str(one).split(",")[0] for one in found}) == len(found)
    assert all(str(one.since) in str(one) for one in found)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="NAIVE-TIME"):
        fading([], datetime(2026, 1, 1))


WORDS = ("closed_because", "comments", "returned")


@given(st.integers(0, 2**32 - 1), st.integers(0, 150))
def test_no_word_that_anybody_wrote_is_looked_at(seed: int, n: int) -> None:
    _, _, engagements = random_case(default_rng(seed))
    worded = [
        evolve(one, closed_because="Never again.", comments=("Dull.",), returned=("Not yet.",)) for one in engagements
    ]
    assert set(WORDS) <= set(attrs.fields_dict(Engagement))
    assert fading(worded, at(day(n))) == fading(engagements, at(day(n)))


@given(st.integers(0, 2**32 - 1), st.integers(0, 150))
def test_what_does_not_go_on_does_not_fade(seed: int, n: int) -> None:
    _, _, engagements = random_case(default_rng(seed))
    by_id = {one.id: one for one in engagements}
    for one in fading(engagements, at(day(n))):
        assert by_id[one.engagement_id].state in (State.ACTIVE, State.SCHEDULED, State.AWAITING_REASSESSMENT)
        assert one.signs
        assert all(sign.count > 0 for sign in one.signs)
