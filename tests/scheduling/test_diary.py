"""A diary never puts anybody into two sessions at once, whatever is booked, moved and cancelled."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.errors import InputError, RefusedError, SlotTakenError, UnknownIdError
from taskmentor.models.people import PersonId
from taskmentor.scheduling import (
    Diary,
    DiarySession,
    DoubleBooking,
    SessionId,
    book,
    cancel,
    common_slots,
    double_bookings,
    free_time,
    reschedule,
    weekly,
)
from tests.scheduling.invented import MONDAY, anybody, busy
from tests.scheduling.plain import overlapping

HOUR = timedelta(hours=1)
PEOPLE = ("ann", "bob", "cem", "dee")


def session(number: int, hour: float, *people: str, minutes: int = 60, **more: Any) -> DiarySession:
    return DiarySession(
        id=SessionId(f"s-{number}"),
        person_ids=[PersonId(person) for person in people],
        starts_at=MONDAY + hour * HOUR,
        minutes=minutes,
        **more,
    )


anywhen = st.integers(0, 30).map(lambda quarters: quarters / 4)
some_people = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True)
some_minutes = st.sampled_from([5, 15, 45, 60, 100])
any_sessions = st.lists(st.tuples(anywhen, some_people, some_minutes, st.booleans()), max_size=8)


@given(any_sessions)
def test_every_double_booking_of_a_calendar_is_found_and_no_other(
    given_sessions: list[tuple[float, list[str], int, bool]],
) -> None:
    diary = Diary(
        session(number, hour, *people, minutes=minutes, cancelled=cancelled)
        for number, (hour, people, minutes, cancelled) in enumerate(given_sessions)
    )
    found = double_bookings(diary)
    assert {(one.person_id, one.first, one.second) for one in found} == overlapping(diary)
    assert len(set(found)) == len(found)


steps = st.tuples(st.sampled_from(["book", "move", "cancel"]), st.integers(0, 5), anywhen, some_people, some_minutes)


@given(st.lists(steps, max_size=25))
def test_whatever_is_done_nobody_is_in_two_sessions_at_once(
    todo: list[tuple[str, int, float, list[str], int]],
) -> None:
    """What is refused would have been a double booking, or was no session; and nothing else is refused."""
    diary = Diary()
    for what, number, hour, people, minutes in todo:
        there = {one.id: one for one in diary}
        wanted = session(number, hour, *people, minutes=minutes)
        old = there.get(wanted.id)
        try:
            if what == "book":
                after = book(diary, wanted)
            elif what == "move":
                after = reschedule(diary, wanted.id, wanted.starts_at, minutes=minutes)
            else:
                after = cancel(diary, wanted.id)
        except UnknownIdError:
            assert old is None
            assert what != "book"
        except InputError:
            assert old is not None
            assert what == "book" or old.cancelled
        except SlotTakenError as error:
            taken = error.person_id
            moved = wanted if what == "book" or old is None else session(number, hour, *old.person_ids, minutes=minutes)
            others = [one for one in diary if one.id != wanted.id]
            assert taken in {person_id for person_id, *_ in overlapping([*others, moved])}
        else:
            assert overlapping(after) == set()
            changed = after.session(wanted.id)
            assert changed.sequence == (0 if old is None else old.sequence + 1)
            assert changed.cancelled == (what == "cancel")
            assert {one.id: one for one in after} == {**there, wanted.id: changed}
            diary = after
    assert double_bookings(diary) == ()


def test_a_double_booking_names_person_and_sessions() -> None:
    diary = Diary([session(1, 9, "ann", "bob"), session(2, 9.5, "bob", "cem"), session(3, 10, "ann")])
    assert double_bookings(diary) == (DoubleBooking(person_id=PersonId("bob"), first=SessionId("s-1"),
                                                    second=SessionId("s-2")),)  # fmt: skip
    with pytest.raises(SlotTakenError, match=r"'bob' is not free for 60 minutes from 2026-03-23T09:30:00\+00:00: "
                                             r"session s-1\. Ask for the common slots"):  # fmt: skip
        book(Diary(diary.sessions[:1]), diary.sessions[1])


def test_booking_gives_a_new_diary_and_leaves_the_old_one() -> None:
    before = Diary()
    after = book(before, session(1, 9, "ann"))
    assert (len(before), len(after)) == (0, 1)
    assert hash(after) == hash(Diary([session(1, 9, "ann")]))


def test_a_session_may_move_onto_its_own_time() -> None:
    diary = book(Diary(), session(1, 9, "ann"))
    moved = reschedule(diary, "s-1", MONDAY + 9.5 * HOUR).session("s-1")
    assert (moved.starts_at, moved.minutes, moved.sequence) == (MONDAY + 9.5 * HOUR, 60, 1)
    assert moved.ends_at == MONDAY + 10.5 * HOUR


def test_a_cancelled_session_frees_its_time_and_keeps_its_place() -> None:
    diary = cancel(book(Diary(), session(1, 9, "ann")), "s-1")
    assert diary.session("s-1").cancelled
    assert diary.sessions_of("ann") == ()
    again = book(diary, session(2, 9, "ann"))
    assert [one.id for one in again.sessions_of("ann")] == ["s-2"]
    with pytest.raises(InputError, match="TM-CANCELLED diary column id: session 's-1' is cancelled"):
        reschedule(again, "s-1", MONDAY)
    with pytest.raises(InputError, match="TM-CANCELLED"):
        cancel(again, "s-1")


def test_a_session_lies_within_the_free_time_of_those_who_are_known() -> None:
    """Of whom nothing is known, nothing is asked."""
    ann = anybody("ann", working_hours=weekly("mon", "09:00", "12:00"), busy=busy((10, 11)))
    assert len(book(Diary(), session(1, 9, "ann", "bob"), availabilities=[ann, anybody("zoe")])) == 1
    for hour, bar in ((9.5, "busy"), (10.25, "busy"), (11.5, "outside working hours")):
        with pytest.raises(SlotTakenError, match=f"'ann' is not free for 60 minutes from .*: {bar}"):
            book(Diary(), session(1, hour, "ann"), availabilities=[ann])
    diary = book(Diary(), session(1, 9, "ann"))
    with pytest.raises(RefusedError, match="outside working hours"):
        reschedule(diary, "s-1", MONDAY + 12 * HOUR, availabilities=[ann])


def test_a_session_is_no_longer_than_anybody_wants() -> None:
    ann = anybody("ann", session_minutes=20)
    with pytest.raises(InputError, match="'ann' wants sessions of at most 20 minutes"):
        book(Diary(), session(1, 9, "ann"), availabilities=[ann])
    assert len(book(Diary(), session(1, 9, "ann", minutes=20), availabilities=[ann])) == 1


def test_what_is_booked_is_not_free_any_more() -> None:
    """The next slot that is offered is never one that is taken."""
    diary = book(Diary(), session(1, 0, "ann"))
    ann, bob = diary.onto(anybody("ann")), diary.onto(anybody("bob"))
    assert next(iter(free_time(ann, MONDAY, MONDAY + 5 * HOUR))).starts_at == MONDAY + HOUR
    assert bob == anybody("bob")
    found = common_slots([ann, bob], minutes=60, from_at=MONDAY, until_at=MONDAY + 3 * HOUR)
    assert min(slot.starts_at for slot in found) == MONDAY + HOUR


def test_a_start_is_kept_in_utc_and_a_naive_one_refused() -> None:
    east = MONDAY.astimezone(timezone(timedelta(hours=9)))
    made = DiarySession(id=SessionId("s"), person_ids=[PersonId("ann")], starts_at=east, minutes=5)
    assert made.starts_at.tzinfo is UTC
    assert made == DiarySession(id=SessionId("s"), person_ids=[PersonId("ann")], starts_at=MONDAY, minutes=5)
    for naive in (datetime(2026, 3, 23, 9), east.replace(tzinfo=None)):
        with pytest.raises(InputError, match="TM-NAIVE-TIME"):
            DiarySession(id=SessionId("s"), person_ids=[PersonId("ann")], starts_at=naive, minutes=5)
        with pytest.raises(InputError, match="TM-NAIVE-TIME"):
            reschedule(Diary([made]), "s", naive)


@pytest.mark.parametrize(
    ("people", "more", "code"),
    [
        ((), {}, "DUPLICATE-ID session column person_ids: .* names nobody"),
        (("ann", "ann"), {}, "DUPLICATE-ID session column person_ids: .* names somebody twice"),
        (("ann",), {"minutes": 0}, "OUT-OF-RANGE"),
        (("ann",), {"minutes": 1441}, "OUT-OF-RANGE"),
        (("ann",), {"sequence": -1}, "OUT-OF-RANGE"),
    ],
)
def test_a_session_that_cannot_be_is_refused(people: tuple[str, ...], more: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError, match=f"TM-{code}"):
        session(1, 9, *people, **more)


def test_an_id_stands_for_one_session() -> None:
    with pytest.raises(InputError, match="TM-DUPLICATE-ID diary column id: 's-1' stands for two sessions"):
        book(Diary([session(1, 9, "ann")]), session(1, 12, "bob"))
    with pytest.raises(UnknownIdError, match="'s-2' names no session"):
        Diary([session(1, 9, "ann")]).session("s-2")


def test_a_part_of_a_second_keeps_nobody_from_a_session_and_lets_nobody_into_two() -> None:
    at = MONDAY + 9 * HOUR + timedelta(microseconds=500_000)
    ann = anybody("ann", working_hours=weekly("mon", "00:00", "24:00"))
    first = DiarySession(id=SessionId("s-0"), person_ids=[ann.person_id], starts_at=at, minutes=60)
    diary = book(Diary(), first, availabilities=[ann])
    found = common_slots([diary.onto(ann)], minutes=30, from_at=MONDAY + 10 * HOUR, until_at=MONDAY + 11 * HOUR)
    assert [slot.starts_at for slot in found] == [MONDAY + 10 * HOUR + timedelta(minutes=n) for n in (15, 30)]
    late = common_slots([ann], minutes=30, from_at=at, until_at=at + HOUR, step_minutes=30)
    assert [slot.starts_at for slot in late] == [at + timedelta(microseconds=500_000)]
    with pytest.raises(InputError, match="do not fit"):
        common_slots([ann], minutes=30, from_at=at, until_at=at + timedelta(microseconds=1))
    assert not len(free_time(ann, at, at + timedelta(microseconds=1)))
