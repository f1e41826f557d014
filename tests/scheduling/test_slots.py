"""Common slots: all that there are and no other, in the stated order, and why there is none."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from taskmentor.errors import InputError, TooLargeError, UnknownIdError
from taskmentor.scheduling import (
    MIDDLE_OF_THE_DAY,
    Availability,
    Bar,
    CommonSlots,
    DatedHours,
    common_slots,
    weekly,
)
from tests.scheduling.invented import MONDAY, anybody, availabilities, busy
from tests.scheduling.plain import can_come, in_middle, minutes_between

DAY = timedelta(days=1)


def slots(*people: Availability, hours: int = 24, **more: Any) -> CommonSlots:
    settled = {"minutes": 60, "from_at": MONDAY, "until_at": MONDAY + timedelta(hours=hours), "most": 10_000}
    return common_slots(people, **{**settled, **more})


def by_brute_force(
    people: list[Availability], minutes: int, begin: datetime, end: datetime, step: int, quorum: int, needed: set[str]
) -> list[tuple[int, int, datetime, tuple[str, ...]]]:
    """Every start time at which enough people could come, in the stated order, with the numbers that rank it."""
    found = []
    for at in minutes_between(begin, end, step):
        there = [one for one in people if at + timedelta(minutes=minutes) <= end and can_come(one, at, minutes)]
        ids = tuple(one.person_id for one in there)
        if len(there) >= quorum and needed <= set(ids):
            outside = sum(not in_middle(one, at, minutes, MIDDLE_OF_THE_DAY) for one in there)
            found.append((-len(there), outside, at, ids))
    return sorted(found)


@settings(max_examples=20)
@given(
    st.tuples(availabilities("ann"), availabilities("bob"), availabilities("cem")),
    st.sampled_from([10, 45, 60, 95]),
    st.sampled_from([15, 20, 35]),
    st.integers(1, 3),
    st.sets(st.sampled_from(["ann", "bob", "cem"])),
    st.integers(0, 1439),
)
def test_slots_are_those_that_brute_force_finds(
    people: tuple[Availability, ...], minutes: int, step: int, quorum: int, needed: set[str], start: int
) -> None:
    begin = MONDAY + timedelta(days=5, minutes=start)
    end = begin + timedelta(hours=12)
    wanted = by_brute_force(list(people), minutes, begin, end, step, quorum, needed)
    found = slots(
        *people, minutes=minutes, from_at=begin, until_at=end, step_minutes=step, quorum=quorum, required=needed
    )
    assert [(-len(one.person_ids), one.n_outside, one.starts_at, one.person_ids) for one in found] == wanted
    assert found.n_found == len(wanted)
    assert all(one.ends_at - one.starts_at == timedelta(minutes=minutes) for one in found)
    assert all({*one.person_ids, *one.absent_ids} == {"ann", "bob", "cem"} for one in found)
    assert bool(found.hindrances) == (not wanted)


@settings(max_examples=20)
@given(st.tuples(availabilities("ann"), availabilities("bob"), availabilities("cem")), st.sampled_from([60, 240, 480]))
def test_a_hindrance_says_what_would_be_without_that_person(people: tuple[Availability, ...], minutes: int) -> None:
    """Put to the test: leave the person out, ask again, and there are as many slots as was said."""
    found = slots(*people, minutes=minutes)
    for hindrance in found.hindrances:
        (person,) = [one for one in people if one.person_id == hindrance.person_id]
        others = [one for one in people if one is not person]
        assert slots(*others, minutes=minutes).n_found == hindrance.n_without
        assert slots(person, minutes=minutes).n_found == hindrance.n_free
        assert (hindrance.bar is None) == (hindrance.n_free > 0)
    ranks = [(-one.n_without, one.n_free, one.person_id) for one in found.hindrances]
    assert ranks == sorted(ranks)


def test_the_bar_is_the_first_thing_that_leaves_nothing() -> None:
    day = MONDAY.date()
    people = {
        Bar.HOURS: anybody("ann", working_hours=weekly("tue", "09:00", "17:00")),
        Bar.HOLIDAY: anybody("bob", holidays=[day], away=[DatedHours(from_on=day)]),
        Bar.AWAY: anybody("cem", away=[DatedHours(from_on=day)], busy=busy((0, 24))),
        Bar.BUSY: anybody("dee", busy=busy((0, 24))),
        None: anybody("eve"),
    }
    found = slots(*people.values())
    assert {one.person_id: one.bar for one in found.hindrances} == {one.person_id: bar for bar, one in people.items()}
    assert [str(one) for one in found.hindrances[:1]] == [
        "ann: never free (outside working hours); the others alone have 0 slots"
    ]
    assert str(found.hindrances[-1]) == "eve: free at 93 start times; the others alone have 0 slots"


def test_one_person_alone_hinders_themselves() -> None:
    (hindrance,) = slots(anybody("ann", busy=busy((0, 24)))).hindrances
    assert (hindrance.n_free, hindrance.n_without, hindrance.bar) == (0, 0, Bar.BUSY)


@pytest.mark.requirement("G2")
def test_whom_a_quorum_leaves_out_and_who_is_required() -> None:
    """A group of which not all can ever meet still meets, and never without its mentor (G2)."""
    people = [anybody("mia", busy=busy((0, 6))), anybody("bob", busy=busy((6, 24))), anybody("cem")]
    assert slots(*people).n_found == 0
    best = next(iter(slots(*people, quorum=2, required=["mia"])))
    assert (best.person_ids, best.absent_ids) == (("mia", "cem"), ("bob",))
    assert best.starts_at == MONDAY + timedelta(hours=10), "the first in the middle of the day of those who come"
    early = slots(*people, quorum=2)
    assert any("mia" in one.absent_ids for one in early)


def test_any_start_minute_can_be_asked_for() -> None:
    """Slots begin at 13:15 or 13:17 where that is when people can (field note 25)."""
    person = anybody("ann", working_hours=weekly("mon", "13:17", "13:40"))
    assert [one.starts_at.minute for one in slots(person, minutes=23, step_minutes=1)] == [17]
    assert slots(person, minutes=24, step_minutes=1).n_found == 0
    quarter = MONDAY + timedelta(minutes=2)
    assert [one.starts_at.minute for one in slots(person, minutes=20, from_at=quarter)] == [17]


def test_only_the_best_are_returned_and_all_are_counted() -> None:
    found = slots(anybody("ann"), most=3)
    assert (len(found), found.n_found, found.n_starts) == (3, 93, 93)
    assert [one.starts_at.hour for one in found] == [10, 10, 10]


def test_the_same_moment_in_any_zone_gives_the_same_slots() -> None:
    east = MONDAY.astimezone(timezone(timedelta(hours=5, minutes=30)))
    found = slots(anybody("ann"), from_at=east)
    assert list(found) == list(slots(anybody("ann")))
    assert all(one.starts_at.tzinfo is UTC for one in islice(found, 2))


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"from_at": MONDAY.replace(tzinfo=None)}, ["NAIVE-TIME"]),
    ({"until_at": MONDAY.replace(tzinfo=None)}, ["NAIVE-TIME"]),
    ({"until_at": MONDAY}, ["DATE-ORDER"]),
    ({"minutes": 0, "step_minutes": 0, "quorum": 3}, ["OUT-OF-RANGE", "OUT-OF-RANGE", "OUT-OF-RANGE"]),
    ({"minutes": 1441}, ["OUT-OF-RANGE"]),
    ({"minutes": 22.5, "quorum": True}, ["NOT-WHOLE", "NOT-WHOLE"]),
    ({"minutes": "30"}, ["NOT-WHOLE"]),
    ({"until_at": MONDAY + timedelta(minutes=59)}, ["OUT-OF-RANGE"]),
]


@pytest.mark.parametrize(("given_arguments", "codes"), BAD)
def test_what_cannot_be_asked_is_refused(given_arguments: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        slots(anybody("ann"), anybody("bob"), **given_arguments)
    assert [fault.code for fault in refused.value.faults] == codes


def test_nobody_and_somebody_twice_are_refused() -> None:
    with pytest.raises(InputError, match="TM-NO-ROWS slots column availabilities: nobody is given"):
        slots()
    with pytest.raises(InputError, match="TM-DUPLICATE-ID slots column availabilities: 'ann' is given twice"):
        slots(anybody("ann"), anybody("bob"), anybody("ann"))


def test_a_session_is_no_longer_than_anybody_wants() -> None:
    """Twenty minutes are twenty minutes (U1)."""
    people = [anybody("ann", session_minutes=20), anybody("bob", session_minutes=30)]
    assert slots(*people, minutes=20).n_found == 95
    with pytest.raises(InputError, match="'ann' wants sessions of at most 20 minutes"):
        slots(*people, minutes=21)
    with pytest.raises(InputError) as refused:
        slots(*people, minutes=31)
    assert len(refused.value.faults) == 2
    assert slots(*(evolve(one, session_minutes=None) for one in people), minutes=31).n_found == 94


def test_whoever_is_required_must_be_one_of_them() -> None:
    with pytest.raises(UnknownIdError, match="'anne' names no person among those who would meet; did you mean 'ann'"):
        slots(anybody("ann"), required=["anne"])


def test_more_than_can_be_looked_at_is_refused() -> None:
    with pytest.raises(TooLargeError, match="common_slots takes at most 50,000,000 start times of people"):
        slots(anybody("ann"), until_at=MONDAY + 100 * 366 * DAY, step_minutes=1)
