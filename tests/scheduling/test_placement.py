"""All sessions of a round at once: as many as brute force places, suited as well, and nobody in two at once."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskmentor.errors import CostRangeError, InputError, SolverError, UnknownIdError
from taskmentor.models.people import PersonId
from taskmentor.scheduling import (
    MIDDLE_OF_THE_DAY,
    Availability,
    Bar,
    Placement,
    SessionId,
    WantedSession,
    WhyLeftOut,
    double_bookings,
    place_sessions,
    placement,
    weekly,
)
from taskmentor.scheduling.placing import Tried
from tests.scheduling.invented import MONDAY, anybody, availabilities, busy
from tests.scheduling.plain import can_come, in_middle, minutes_between, unlawful

HOUR = timedelta(hours=1)
PEOPLE = ("ann", "bob", "cem", "dee")


def wanted(number: int, *people: str, minutes: int = 60, **more: Any) -> WantedSession:
    ids = [PersonId(person) for person in people]
    return WantedSession(id=SessionId(f"s-{number}"), person_ids=ids, minutes=minutes, **more)


def placed(sessions: list[WantedSession], people: list[Availability], *, hours: float = 3, **more: Any) -> Placement:
    settled = {"from_at": MONDAY, "until_at": MONDAY + hours * HOUR, "step_minutes": 30}
    return place_sessions(sessions, people, **{**settled, **more})


def by_brute_force(
    sessions: list[WantedSession], people: dict[str, Availability], begin: datetime, end: datetime, step: int
) -> tuple[int, int]:
    """How many sessions can be placed at most, and how many people meet outside their middle of the day then."""
    options: list[list[tuple[datetime, datetime, int] | None]] = []
    for session in sessions:
        members = [people[person_id] for person_id in session.person_ids]
        length = timedelta(minutes=session.minutes)
        options.append([None])
        for at in minutes_between(begin, end, step):
            inside = (session.from_at or begin) <= at and at + length <= min(session.until_at or end, end)
            if inside and all(can_come(one, at, session.minutes) for one in members):
                outside = sum(not in_middle(one, at, session.minutes, MIDDLE_OF_THE_DAY) for one in members)
                options[-1].append((at, at + length, outside))
    best = (0, 0)
    for choice in product(*options):
        held = [(session, one) for session, one in zip(sessions, choice, strict=True) if one is not None]
        clash = any(
            {*one.person_ids} & {*other.person_ids} and this[0] < that[1] and that[0] < this[1]
            for place, (one, this) in enumerate(held)
            for other, that in held[:place]
        )
        if not clash:
            best = max(best, (len(held), -sum(one[2] for _, one in held)))
    return best[0], -best[1]


@st.composite
def any_session(draw: st.DrawFn, number: int) -> WantedSession:
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    return wanted(number, *people, minutes=draw(st.sampled_from([30, 60, 90])))


@settings(max_examples=20)
@given(
    st.tuples(*(availabilities(name) for name in PEOPLE)),
    st.lists(st.integers(), min_size=1, max_size=4).flatmap(
        lambda some: st.tuples(*(any_session(number) for number in range(len(some))))
    ),
    st.integers(0, 47),
)
def test_the_optimum_is_that_of_brute_force(
    people: tuple[Availability, ...], sessions: tuple[WantedSession, ...], start: int
) -> None:
    """Two ways that share nothing agree on the number and on whom it suits; greedy is never above its bound."""
    begin = MONDAY + timedelta(days=5, hours=start)
    end = begin + 4 * HOUR
    known = {str(one.person_id): one for one in people}
    best = by_brute_force(list(sessions), known, begin, end, 60)
    found = placed(list(sessions), list(people), from_at=begin, until_at=end, step_minutes=60)
    assert (len(found.placed), found.n_outside) == best
    assert (found.status, found.gap, found.most_placed) == ("optimal", 0, best[0])
    assert found.value == found.weight * best[0] - best[1]
    quick = placed(list(sessions), list(people), from_at=begin, until_at=end, step_minutes=60, engine="greedy")
    assert quick.value <= found.value <= quick.bound
    assert (quick.status == "optimal") == (quick.gap == 0)
    for one in (found, quick):
        assert unlawful(one.placed, known) == []
        assert double_bookings(one.diary) == ()
        assert {*(each.id for each in one.placed), *(each.session_id for each in one.left_out)} == {
            session.id for session in sessions
        }


def test_the_solver_places_what_the_greedy_start_cannot() -> None:
    """Both have two start times; the first takes the one that suits it best, across both of the second."""
    people = [
        anybody("ann"),
        anybody("bob", busy=busy((11 / 12, 1), (23 / 12, 9))),
        anybody("cem", busy=busy((0, 1), (2, 9))),
    ]
    sessions = [wanted(1, "ann", "bob", minutes=50), wanted(2, "ann", "cem", minutes=30)]
    quick = placed(sessions, people, engine="greedy", middle=weekly("mon", "01:00", "02:00"))
    found = placed(sessions, people, middle=weekly("mon", "01:00", "02:00"))
    assert (len(quick.placed), quick.status) == (1, "feasible")
    assert (len(found.placed), found.status, found.n_outside) == (2, "optimal", 2)
    assert quick.most_placed == 2


def test_the_order_of_sessions_and_people_changes_nothing() -> None:
    people = [anybody(name) for name in PEOPLE]
    sessions = [wanted(number, PEOPLE[number % 4], PEOPLE[(number + 1) % 4]) for number in range(8)]
    one = placed(sessions, people, hours=4)
    assert one == placed(sessions[::-1], people[::-1], hours=4)
    assert [session.id for session in one.placed] == sorted(session.id for session in one.placed)
    assert one == placed(sessions, people, hours=4, seed=0)


def test_who_is_left_out_and_why() -> None:
    """Put to the test: without those that hold the time there is a place."""
    people = [anybody("ann"), anybody("bob"), anybody("cem", busy=busy((0, 9)))]
    sessions = [wanted(number, "ann", "bob") for number in range(4)] + [wanted(4, "ann", "cem")]
    found = placed(sessions, people)
    assert len(found.placed) == 3
    (full, never) = found.left_out
    assert full.reason is WhyLeftOut.ALL_TAKEN
    assert {*full.held_by} == {session.id for session in found.placed}
    without = [session for session in sessions if session.id not in full.held_by[:1]]
    assert full.session_id in {session.id for session in placed(without, people).placed}
    assert (never.session_id, never.reason) == ("s-4", WhyLeftOut.NO_COMMON_TIME)
    assert [(one.person_id, one.bar) for one in never.hindrances] == [("cem", Bar.BUSY), ("ann", None)]
    assert never.hindrances[0].n_without == 5


def test_a_session_keeps_to_its_own_window() -> None:
    people = [anybody("ann")]
    early = wanted(1, "ann", until_at=MONDAY + HOUR)
    late = wanted(2, "ann", from_at=MONDAY + timedelta(minutes=61))
    never = wanted(3, "ann", from_at=MONDAY + timedelta(minutes=150), until_at=MONDAY + 9 * HOUR)
    found = placed([early, late, never], people)
    assert [(one.id, one.starts_at - MONDAY) for one in found.placed] == [("s-1", 0 * HOUR), ("s-2", 1.5 * HOUR)]
    assert [(one.session_id, one.reason, one.hindrances) for one in found.left_out] == [
        ("s-3", WhyLeftOut.NO_COMMON_TIME, ())
    ]


def test_sessions_of_nobody_else_need_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "improved", None)
    people = [anybody(name) for name in PEOPLE]
    found = placed([wanted(1, "ann", "bob"), wanted(2, "cem", "dee")], people)
    assert (len(found.placed), found.status) == (2, "optimal")


def test_out_of_time_the_start_is_kept_and_the_bound_is_honest() -> None:
    people = [anybody("ann"), anybody("bob")]
    sessions = [wanted(number, "ann", "bob", minutes=30 + 30 * (number % 3)) for number in range(5)]
    found = placed(sessions, people, seconds=1e-9)
    assert found.status == "time-limit"
    assert found.placed
    assert found.gap > 0
    assert unlawful(found.placed, {str(one.person_id): one for one in people}) == []
    exact = placed(sessions, people)
    assert found.value <= exact.value <= found.bound


def test_no_sessions_need_no_places() -> None:
    found = placed([], [anybody("ann")])
    assert (found.placed, found.left_out, found.value, found.bound, found.status) == ((), (), 0, 0, "optimal")


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"from_at": MONDAY.replace(tzinfo=None)}, ["NAIVE-TIME"]),
    ({"until_at": MONDAY}, ["DATE-ORDER"]),
    ({"step_minutes": 0, "engine": "magic"}, ["OUT-OF-RANGE", "BAD-CHOICE"]),
    ({"sessions": [wanted(1, "bob"), wanted(1, "bob")]}, ["DUPLICATE-ID"]),
    ({"sessions": [wanted(1, "ann", minutes=21), wanted(2, "bob", "ann", minutes=30)]}, ["OUT-OF-RANGE"] * 2),
]


@pytest.mark.parametrize(("arguments", "codes"), BAD)
def test_what_cannot_be_placed_is_refused(arguments: dict[str, Any], codes: list[str]) -> None:
    people = [anybody("ann", session_minutes=20), anybody("bob")]
    settled: dict[str, Any] = {"sessions": [wanted(1, "bob")]}
    with pytest.raises(InputError) as refused:
        placed(people=people, **{**settled, **arguments})
    assert [fault.code for fault in refused.value.faults] == codes


@pytest.mark.parametrize("more", [{"from_at": datetime(2026, 3, 23)}, {"until_at": datetime(2026, 3, 23)}])
def test_a_window_of_no_certain_time_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"TM-NAIVE-TIME wanted column (from|until)_at"):
        wanted(1, "ann", **more)


def test_somebody_given_twice_is_refused_once() -> None:
    with pytest.raises(InputError, match="'ann' is given twice") as refused:
        placed([wanted(1, "ann"), wanted(2, "ann")], [anybody("ann"), anybody("bob"), anybody("ann")])
    assert [(fault.code, fault.column) for fault in refused.value.faults] == [("DUPLICATE-ID", "availabilities")]


def test_whose_time_is_not_known_cannot_be_placed() -> None:
    with pytest.raises(UnknownIdError, match="'anna' names no person whose availability is given; did you mean 'ann'"):
        placed([wanted(1, "anna")], [anybody("ann")])


def test_points_beyond_the_exact_range_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "_LARGEST", 5)
    with pytest.raises(CostRangeError, match="CP-SAT's objective"):
        placed([wanted(1, "ann"), wanted(2, "ann"), wanted(3, "ann")], [anybody("ann")])


def test_a_wrong_answer_of_the_solver_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "improved", lambda some, *_, **__: Tried((0,) * len(some), 0))
    with pytest.raises(SolverError, match="two sessions at once"):
        placed([wanted(number, "ann") for number in range(5)], [anybody("ann")])
