"""A series keeps its rhythm within its tolerance, and says which session has no slot."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskmentor.errors import InputError
from taskmentor.scheduling import MIDDLE_OF_THE_DAY, Availability, Bar, DatedHours, Series, plan_series, weekly
from tests.scheduling.invented import MONDAY, anybody, availabilities
from tests.scheduling.plain import can_come, in_middle, minutes_between

BERLIN = ZoneInfo("Europe/Berlin")


def series(*people: Availability, **more: Any) -> Series:
    settled = {"minutes": 45, "n_sessions": 4, "every_days": 7, "from_at": MONDAY, "tolerance_days": 1}
    return plan_series(people, **{**settled, **more})


@settings(max_examples=15)
@given(st.tuples(availabilities("ann"), availabilities("bob")), st.integers(0, 1), st.integers(1, 2))
def test_each_session_is_the_best_that_brute_force_finds(
    people: tuple[Availability, ...], tolerance: int, quorum: int
) -> None:
    begin = MONDAY - timedelta(days=1) + timedelta(hours=3, minutes=10)
    found = series(
        *people, from_at=begin, n_sessions=3, every_days=3, tolerance_days=tolerance, quorum=quorum, step_minutes=30
    )
    zone = people[0].zone
    first = begin.astimezone(zone).date()
    usual: int | None = None
    slots = dict(zip(found.numbers, found.slots, strict=True))
    for number in range(3):
        on = first + timedelta(days=3 * number)
        ranked = []
        for at in minutes_between(begin, begin + timedelta(days=12), 30):
            clock, end = at.astimezone(zone), (at + timedelta(minutes=45)).astimezone(zone)
            away = abs((clock.date() - on).days)
            there = [one for one in people if away <= tolerance and can_come(one, at, 45)]
            last = (end - timedelta(microseconds=1)).date()
            if away <= tolerance and last <= on + timedelta(days=tolerance) and len(there) >= quorum:
                outside = sum(not in_middle(one, at, 45, MIDDLE_OF_THE_DAY) for one in there)
                minute = 60 * clock.hour + clock.minute
                like = (0, 0) if usual is None else (away, abs(minute - usual))
                ranked.append((-len(there), outside, *like, at))
        if ranked:
            best = min(ranked)
            assert slots[number + 1].starts_at == best[-1]
            if usual is None:
                clock = slots[number + 1].starts_at.astimezone(zone)
                usual = 60 * clock.hour + clock.minute
        else:
            assert number + 1 in {one.number for one in found.missing}
    assert sorted([*found.numbers, *(one.number for one in found.missing)]) == [1, 2, 3]


@pytest.mark.parametrize("step", [15, 1440])
def test_the_time_of_day_stays_when_the_clocks_change(step: int) -> None:
    """Summer time begins after the first session; the meeting at 13:15 stays at 13:15."""
    ann = anybody("ann", "Europe/Berlin", working_hours=weekly("mon-fri", "13:15", "17:00"))
    begin = datetime(2026, 3, 23, 13, 15, tzinfo=BERLIN)
    found = series(ann, from_at=begin, tolerance_days=0, step_minutes=step)
    clocks = [slot.starts_at.astimezone(BERLIN) for slot in found.slots]
    assert [clock.strftime("%a %H:%M") for clock in clocks] == ["Mon 13:15"] * 4
    assert [slot.starts_at.hour for slot in found.slots] == [12, 11, 11, 11]


@pytest.mark.requirement("D14")
def test_a_session_moves_by_a_day_where_its_own_is_a_holiday() -> None:
    """And those after it keep to the rhythm all the same."""
    ann = anybody("ann", holidays=[date(2026, 3, 30)])
    found = series(ann, from_at=MONDAY + timedelta(hours=10))
    assert [slot.starts_at.day for slot in found.slots] == [23, 29, 6, 13]
    assert {slot.starts_at.hour for slot in found.slots} == {10}
    assert found.numbers == (1, 2, 3, 4)


def test_a_session_without_a_slot_is_named_with_what_hinders() -> None:
    ann = anybody("ann", away=[DatedHours(from_on=date(2026, 3, 28), until_on=date(2026, 4, 3))])
    found = series(ann, anybody("bob"))
    assert found.numbers == (1, 3, 4)
    (missing,) = found.missing
    assert (missing.number, missing.on) == (2, date(2026, 3, 30))
    assert missing.hindrances[0].person_id == "ann"
    assert missing.hindrances[0].bar is Bar.AWAY


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"n_sessions": 0, "every_days": 0, "tolerance_days": -1}, ["OUT-OF-RANGE"] * 3),
        ({"every_days": 2}, ["OUT-OF-RANGE"]),
        ({"tolerance_days": 1.5, "minutes": 0}, ["OUT-OF-RANGE", "NOT-WHOLE"]),
        ({"from_at": datetime(2026, 3, 23)}, ["NAIVE-TIME"]),
        ({"from_at": datetime(9999, 1, 1, tzinfo=UTC)}, ["OUT-OF-RANGE"]),
        ({"quorum": 2}, ["OUT-OF-RANGE"]),
    ],
)
def test_a_rhythm_that_cannot_be_is_refused(more: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        series(anybody("ann"), **more)
    assert [fault.code for fault in refused.value.faults] == codes


def test_nobody_has_no_series() -> None:
    with pytest.raises(InputError, match="TM-NO-ROWS"):
        series()


def test_a_session_for_which_the_day_has_no_time_left_is_named() -> None:
    """From 23:30 on there is no hour left of the first day, whoever takes part."""
    ann = anybody("ann", working_hours=weekly("mon", "00:00", "24:00"))
    late = datetime(2026, 3, 23, 23, 30, tzinfo=UTC)
    found = plan_series([ann], minutes=60, n_sessions=2, every_days=7, from_at=late)
    assert [(one.number, one.on, one.hindrances) for one in found.missing] == [(1, date(2026, 3, 23), ())]
    assert found.numbers == (2,)
