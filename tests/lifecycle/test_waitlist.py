"""Those who wait: in an order that is stated."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.errors import InputError, UnknownIdError
from taskmentor.lifecycle.cascade import CascadeId
from taskmentor.lifecycle.terms import WaitOrder
from taskmentor.lifecycle.waitlist import Waiting, Waitlist
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


def waits(name: str, days: int, *, unmatched: int = 0, missed: int = 0, skill: str = "sql") -> Waiting:
    return Waiting(
        cascade_id=CascadeId(name),
        mentee_id=PersonId(f"p-{name}"),
        skill_id=SkillId(skill),
        since=BEGIN + timedelta(days=days),
        rounds_unmatched=unmatched,
        missed=missed,
    )


FOUR = (
    waits("late", 9, unmatched=2),
    waits("early", 1, missed=1),
    waits("middle", 5, unmatched=2),
    waits("law", 3, skill="law"),
)


def test_row_31_first_come_first_served_is_what_it_says() -> None:
    """The queue was not in the order of asking."""
    queue = Waitlist(WaitOrder.FIRST_COME, FOUR)
    assert [one.cascade_id for one in queue.queue] == ["early", "law", "middle", "late"]
    assert (queue.place("middle"), queue.place("middle", "sql")) == (3, 2)
    assert queue.why("middle") == "Place 3 of 4: 2 have waited longer."


def test_row_9_whom_rounds_left_out_come_first_and_who_missed_sessions_last() -> None:
    queue = Waitlist(WaitOrder.UNMATCHED_FIRST, FOUR)
    assert [one.cascade_id for one in queue.queue] == ["middle", "late", "law", "early"]
    assert queue.why("early") == (
        "Place 4 of 4: 3 missed fewer sessions, 0 were left out by more rounds, 0 have waited longer."
    )
    assert queue.why("law") == (
        "Place 3 of 4: 0 missed fewer sessions, 2 were left out by more rounds, 0 have waited longer."
    )
    assert queue.why("late").endswith("1 have waited longer.")


def test_row_8_a_free_mentor_goes_to_the_first_who_waits_for_what_they_can() -> None:
    queue = Waitlist(WaitOrder.FIRST_COME, FOUR)
    first = queue.next_for(["law", "sql"])
    assert first is not None
    assert first.cascade_id == "early"
    other = queue.next_for(["law"])
    assert other is not None
    assert other.cascade_id == "law"
    assert queue.next_for(["cooking"]) is None


def test_row_31_the_time_to_wait_follows_from_the_pace() -> None:
    queue = Waitlist(WaitOrder.FIRST_COME, FOUR)
    assert queue.expected_days("late", served_in_30_days=4) == 30
    assert queue.expected_days("late", served_in_30_days=7, skill_id="sql") == 13
    assert queue.expected_days("late", served_in_30_days=0) is None


def test_who_does_not_wait_has_no_place() -> None:
    with pytest.raises(UnknownIdError, match="'lte' names no request that waits; did you mean 'late'"):
        Waitlist(WaitOrder.FIRST_COME, FOUR).place("lte")
    with pytest.raises(InputError, match="missed"):
        waits("x", 1, missed=-1)


@given(days=st.lists(st.integers(0, 50), min_size=1, max_size=8), later=st.lists(st.integers(51, 99), max_size=5))
def test_row_31_nobody_is_overtaken_by_who_comes_later(days: list[int], later: list[int]) -> None:
    """Positions went up while people waited."""
    before = [waits(f"a{place}", day) for place, day in enumerate(days)]
    after = [waits(f"b{place}", day) for place, day in enumerate(later)]
    queue, longer = Waitlist(WaitOrder.FIRST_COME, before), Waitlist(WaitOrder.FIRST_COME, [*after, *before])
    assert all(longer.place(one.cascade_id) == queue.place(one.cascade_id) for one in before)
    served = Waitlist(WaitOrder.FIRST_COME, [one for one in before if one != queue.queue[0]])
    assert all(served.place(one.cascade_id) < queue.place(one.cascade_id) for one in served.queue)
