"""The clock: what time alone causes, and when."""

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import IllegalMoveError, InputError
from taskmentor.lifecycle.actions import Accept, CheckIn, CloseIdle, NoteIdle, Pause, Schedule, Start
from taskmentor.lifecycle.clock import CLOCK, tick
from taskmentor.lifecycle.deadlines import deadlines
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import (
    CheckInOverdue,
    ClosedIdle,
    EndDatePassed,
    EndReason,
    Event,
    Expired,
    IdleNoticed,
    Resumed,
)
from taskmentor.lifecycle.evolving import evolve, replay
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.terms import Terms
from tests.lifecycle.examples import (
    BEGIN,
    MENTEE,
    MENTOR,
    SCOPE,
    SYSTEM,
    TIMED,
    engagement_in,
    held_by,
    log_to,
    state_after,
    take,
)

DAY = timedelta(days=1)


def after(engagement: Engagement, at: datetime) -> Engagement:
    for event in tick(engagement, at):
        engagement = evolve(engagement, event)
    return engagement


def kinds(engagement: Engagement, at: datetime) -> list[type[Event]]:
    return [type(event) for event in tick(engagement, at)]


def test_row_3_a_proposal_without_an_answer_expires_by_itself() -> None:
    """Silent mentors blocked the mentee's next choice."""
    engagement = engagement_in(State.PROPOSED, terms=Terms(expires_after_days=10))
    assert tick(engagement, BEGIN + 10 * DAY - timedelta(seconds=1)) == ()
    (event,) = tick(engagement, BEGIN + 30 * DAY)
    assert isinstance(event, Expired)
    assert (event.at, event.actor) == (BEGIN + 10 * DAY, CLOCK)
    assert evolve(engagement, event).state is State.EXPIRED


def test_an_answer_after_the_deadline_is_too_late_whether_or_not_the_clock_was_asked() -> None:
    engagement = engagement_in(State.PROPOSED)
    late = BEGIN + 14 * DAY
    with pytest.raises(IllegalMoveError, match="its time was over at 2026-01-19T09:00:00"):
        decide(engagement, Accept(scope=SCOPE), MENTEE, {Relation.MENTEE}, late)
    assert decide(engagement, Accept(scope=SCOPE), MENTEE, {Relation.MENTEE}, late - timedelta(seconds=1))


@pytest.mark.parametrize("state", [State.ACCEPTED, State.INTRODUCED])
def test_row_9_a_pair_that_never_fixes_dates_gives_its_places_back(state: State) -> None:
    """Matched mentees who never make contact waste scarce mentors."""
    engagement = engagement_in(state, terms=TIMED)
    assert engagement.accepted_at is not None
    assert after(engagement, engagement.accepted_at + 10 * DAY).state is State.EXPIRED
    assert deadlines(engagement_in(state)) == ()


def test_what_never_started_expires_when_its_end_date_is_over_everywhere() -> None:
    engagement = engagement_in(State.SCHEDULED)
    assert engagement.ends_on == date(2026, 2, 16)
    assert tick(engagement, datetime(2026, 2, 17, 11, 59, tzinfo=UTC)) == ()
    assert after(engagement, datetime(2026, 2, 17, 12, tzinfo=UTC)).state is State.EXPIRED


def test_rows_28_and_32_notice_is_given_of_silence_and_later_it_is_closed() -> None:
    """A mentor takes a case and goes silent: a soft warning first, then the place is given back."""
    engagement = engagement_in(State.ACTIVE, terms=attrs.evolve(TIMED, check_in_days=()))
    noticed = after(engagement, engagement.at + 10 * DAY)
    assert (noticed.state, noticed.idle_noticed_at) == (State.ACTIVE, engagement.at + 10 * DAY)
    closed = after(noticed, engagement.at + 14 * DAY)
    assert (closed.state, closed.end_reason, closed.closed_by) == (State.ENDED, EndReason.NO_RESPONSE, CLOCK)
    assert kinds(engagement, engagement.at + 50 * DAY) == [IdleNoticed, ClosedIdle]


def test_a_sign_of_life_after_the_notice_lets_it_go_on() -> None:
    log = log_to(State.ACTIVE, terms=attrs.evolve(TIMED, check_in_days=()))
    start = replay(log).at
    log.extend(tick(replay(log), start + 11 * DAY))
    check_in = CheckIn(trust=5, communication=5, meetings=4, responsibilities=5)
    alive = take(log, check_in, MENTEE, start + 12 * DAY)
    assert alive.idle_noticed_at is None
    assert tick(alive, start + 14 * DAY) == ()
    assert kinds(alive, start + 22 * DAY) == [IdleNoticed]


def test_without_a_notice_period_nothing_is_closed() -> None:
    engagement = engagement_in(State.ACTIVE, terms=Terms(idle_days=10))
    assert kinds(engagement, engagement.at + 40 * DAY) == [IdleNoticed]
    assert ActionName.CLOSE_IDLE not in [deadline.action.name for deadline in deadlines(engagement)]


def test_nothing_is_closed_before_its_time() -> None:
    engagement = engagement_in(State.ACTIVE, terms=TIMED)
    with pytest.raises(IllegalMoveError, match="it is due at 2026-01-19T13:00:00"):
        decide(engagement, CloseIdle(), SYSTEM, {Relation.SYSTEM}, engagement.at)
    with pytest.raises(IllegalMoveError, match="nothing of the kind will be due"):
        decide(engagement_in(State.ACTIVE), NoteIdle(), SYSTEM, {Relation.SYSTEM}, engagement.at + 90 * DAY)


def checked_in(*days: tuple[int, str]) -> Engagement:
    """Return an engagement that began on 5 January, with check-ins so many days later."""
    log = log_to(State.ACTIVE, terms=Terms(check_in_days=(14, 28)))
    start = replay(log).at
    for day, side in days:
        check_in = CheckIn(trust=4, communication=4, meetings=4, responsibilities=4)
        take(log, check_in, MENTEE if side == "mentee" else MENTOR, start + day * DAY)
    return replay(log)


@pytest.mark.parametrize(
    ("days", "missing"),
    [
        ((), [(14, ("mentee", "mentor")), (28, ("mentee", "mentor"))]),
        (((14, "mentee"),), [(14, ("mentor",)), (28, ("mentee", "mentor"))]),
        (((3, "mentor"), (14, "mentee")), [(28, ("mentee", "mentor"))]),
        (((3, "mentor"), (14, "mentee"), (20, "mentee"), (27, "mentor")), []),
        (((3, "mentor"), (17, "mentee")), [(14, ("mentee",)), (28, ("mentor",))]),
    ],
)
def test_d9_each_side_checks_in_by_each_day_or_it_is_noted(
    days: tuple[tuple[int, str], ...], missing: list[tuple[int, tuple[str, ...]]]
) -> None:
    """D15: keep in touch with both; one side alone does not speak for the other."""
    noted = [event for event in tick(checked_in(*days), BEGIN + 40 * DAY) if isinstance(event, CheckInOverdue)]
    start = date(2026, 1, 5)
    assert [((event.due_on - start).days, event.missing) for event in noted] == missing


def test_the_end_date_is_noted_once_and_again_after_an_extension() -> None:
    engagement = engagement_in(State.ACTIVE)
    assert engagement.ends_on is not None
    over = datetime(2026, 2, 17, 12, tzinfo=UTC)
    assert kinds(engagement, over) == [EndDatePassed]
    noted = after(engagement, over)
    assert (noted.state, noted.end_passed_on) == (State.ACTIVE, engagement.ends_on)
    assert tick(noted, over + 90 * DAY) == ()
    longer = attrs.evolve(noted, ends_on=date(2026, 3, 2))
    assert kinds(longer, over + 90 * DAY) == [EndDatePassed]


def test_a_pause_ends_by_itself_and_nothing_is_idle_meanwhile() -> None:
    log = log_to(State.ACTIVE, terms=TIMED)
    at = replay(log).at
    paused = take(log, Pause(until=date(2026, 2, 20), reason="A long trip."), MENTEE, at)
    assert kinds(paused, datetime(2026, 2, 20, 0, tzinfo=UTC)) == [EndDatePassed, Resumed]
    resumed = after(paused, datetime(2026, 2, 20, 0, tzinfo=UTC))
    assert (resumed.state, resumed.paused_until) == (State.ACTIVE, None)
    assert resumed.active_at == datetime(2026, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize("state", State)
def test_a_naive_moment_asks_nothing(state: State) -> None:
    with pytest.raises(InputError, match="NAIVE-TIME"):
        tick(engagement_in(state), datetime(2026, 5, 1))


@given(
    state=st.sampled_from(State),
    terms=st.builds(
        Terms,
        expires_after_days=st.integers(7, 30),
        schedule_within_days=st.none() | st.integers(1, 30),
        check_in_days=st.sets(st.integers(1, 84), max_size=4).map(lambda days: tuple(sorted(days))),
        idle_days=st.integers(1, 40),
        idle_notice_days=st.none() | st.integers(1, 20),
    ),
    hours=st.lists(st.integers(0, 24 * 120), max_size=6),
)
def test_asking_often_in_any_order_is_asking_once(state: State, terms: Terms, hours: list[int]) -> None:
    """A job that runs twice, or late, or after one with a later moment, changes nothing."""
    engagement = engagement_in(state, terms=terms)
    often = engagement
    for n_hours in hours:
        often = after(often, engagement.at + timedelta(hours=n_hours))
        assert tick(often, engagement.at + timedelta(hours=n_hours)) == ()
    assert often == after(engagement, engagement.at + timedelta(hours=max(hours, default=0)))


@given(hours=st.integers(0, 24 * 120))
def test_the_log_with_what_time_caused_replays(hours: int) -> None:
    log = log_to(State.ACTIVE, terms=TIMED)
    engagement = replay(log)
    log.extend(tick(engagement, engagement.at + timedelta(hours=hours)))
    assert replay(log) == after(engagement, engagement.at + timedelta(hours=hours))
    assert [event.version for event in log] == list(range(1, len(log) + 1))


def test_dates_are_those_of_the_place_where_they_are_last_over() -> None:
    """Nobody west of Greenwich is late on a day that has not ended for them."""
    log = log_to(State.ACCEPTED, terms=Terms(weeks=1, check_in_days=(7,)))
    take(log, Schedule(starts_on=date(2026, 1, 6), ends_on=date(2026, 1, 13)), MENTEE, BEGIN + DAY)
    take(log, Start(), MENTEE, BEGIN + DAY)
    still_the_thirteenth_in_honolulu = datetime(2026, 1, 14, 9, 59, tzinfo=UTC)
    engagement = state_after(log)
    assert engagement is not None
    assert tick(engagement, still_the_thirteenth_in_honolulu) == ()
    assert held_by(CLOCK, BEGIN) == {Relation.SYSTEM}
