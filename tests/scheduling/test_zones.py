"""Clock times as instants: what is found is what the clocks show, whenever they change, in every zone there is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from taskmentor.errors import InputError
from taskmentor.scheduling import WeeklyHours, common_slots, weekly
from taskmentor.scheduling.spans import Spans, instant_of, seconds_of
from taskmentor.scheduling.zones import DAY_SECONDS, known_zone, on_the_clock
from tests.data import real_data
from tests.scheduling.invented import anybody
from tests.scheduling.plain import can_come

SINCE, UNTIL = datetime(1970, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
LOOK = timedelta(days=5)  # clocks are never changed twice within that time


def zones() -> list[str]:
    """Every zone of the table of the tz database."""
    lines = (real_data("time_zones") / "zone1970.tab").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[2] for line in lines if not line.startswith("#")]


def changes(zone: ZoneInfo) -> Iterator[tuple[datetime, timedelta]]:
    """When the clocks of a zone are changed, the last first, and by how much they are put forward (back below 0)."""
    at, new = UNTIL, ahead(zone, UNTIL)
    while at > SINCE:
        old = ahead(zone, at - LOOK)
        if old != new:
            yield exactly(zone, at - LOOK, at), new - old
        at, new = at - LOOK, old


def exactly(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which clocks are changed between two moments."""
    old = ahead(zone, before)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (middle, after) if ahead(zone, middle) == old else (before, middle)
    return after


def ahead(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


@cache
def last_changes() -> dict[str, list[datetime]]:
    """For every zone the last time at which its clocks are put forward, and the last at which they are put back."""
    found = {}
    for name in zones():
        last: dict[bool, datetime] = {}
        for at, step in changes(ZoneInfo(name)):
            last.setdefault(step > timedelta(0), at)
            if len(last) == 2:
                break
        found[name] = list(last.values())
    return found


def shown(zone: ZoneInfo, at: datetime) -> datetime:
    """What a clock shows at a moment, as if it were in UTC."""
    return at.astimezone(zone).replace(tzinfo=UTC)


def test_most_zones_have_changed_their_clocks_both_ways() -> None:
    """The next two tests would hold of nothing if no change were found."""
    both = [name for name, at in last_changes().items() if len(at) == 2]
    assert len(last_changes()) >= 312
    assert len(both) >= 230


def test_hours_around_every_change_are_what_the_clocks_show() -> None:
    """In each zone, for both directions: a time that is skipped gives nothing, one that is shown twice gives both."""
    for name, moments in last_changes().items():
        zone = ZoneInfo(name)
        for change in moments:
            around = [change + timedelta(minutes=minutes) for minutes in range(-180, 181, 5)]
            seconds, clocks = np.array([seconds_of(at) for at in around]), [shown(zone, at) for at in around]
            clock = shown(zone, change - timedelta(minutes=1)).replace(second=0)
            for first, last in ((-60, 30), (-15, 15), (0, 60), (5, 10), (30, 120)):
                begin, end = clock + timedelta(minutes=first), clock + timedelta(minutes=last)
                found = on_the_clock(zone, np.array([seconds_of(begin)]), np.array([seconds_of(end)]))
                held = found.hold(seconds, seconds + 1).tolist()
                assert held == [begin <= at < end for at in clocks], (name, change, first)


@pytest.mark.requirement("U6")
def test_slots_around_every_change_lie_in_everybodys_hours() -> None:
    """In each zone, for both directions, all start times that the clocks allow are found and no other."""
    for name, moments in last_changes().items():
        for change in moments:
            begin = (change - timedelta(minutes=105)).replace(second=0)
            clock = shown(ZoneInfo(name), change - timedelta(minutes=1))
            hours = hours_around(clock)
            people = [anybody("ann", name, working_hours=hours), anybody("bob", "UTC")]
            found = common_slots(
                people, minutes=20, from_at=begin, until_at=begin + timedelta(minutes=215), step_minutes=15, most=100
            )
            starts = [begin + timedelta(minutes=15 * step) for step in range(14)]
            assert sorted(slot.starts_at for slot in found) == [at for at in starts if can_come(people[0], at, 20)]


def hours_around(clock: datetime) -> tuple[WeeklyHours, ...]:
    """Hours on every day from half an hour before a time on the clock to an hour and a half after it."""
    minute = 60 * clock.hour + clock.minute
    begin, end = (minute - 30) % 1440, (minute + 90) % 1440

    def text(minutes: int) -> str:
        return f"{minutes // 60:02}:{minutes % 60:02}"

    if begin < end:
        return weekly("mon-sun", text(begin), text(end))
    return (*weekly("mon-sun", text(begin), "24:00"), *(weekly("mon-sun", "00:00", text(end)) if end else ()))


def test_a_day_that_was_left_out_has_no_hours() -> None:
    """Samoa went from the 29th to the 31st of December 2011."""
    zone, day = ZoneInfo("Pacific/Apia"), seconds_of(datetime(2011, 12, 30, tzinfo=UTC))
    assert len(on_the_clock(zone, np.array([day]), np.array([day + DAY_SECONDS]))) == 0
    both = on_the_clock(zone, np.array([day - DAY_SECONDS]), np.array([day + 2 * DAY_SECONDS]))
    assert [(span.ends_at - span.starts_at) for span in both] == [timedelta(days=2)]


def test_an_hour_that_is_shown_twice_is_two_hours() -> None:
    zone = ZoneInfo("Europe/Berlin")
    half_past_two = seconds_of(datetime(2026, 10, 25, 2, 30, tzinfo=UTC))
    found = on_the_clock(zone, np.array([half_past_two]), np.array([half_past_two + 900]))
    assert [span.starts_at for span in found] == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    ]  # fmt: skip


def test_no_hours_are_no_instants() -> None:
    none = np.zeros(0, np.int64)
    assert list(on_the_clock(ZoneInfo("UTC"), none, none)) == list(Spans.none())


@pytest.mark.parametrize("name", ["Europe/Berlim", "", "../x", "Europe", "/etc/passwd", "x\0y"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="TM-BAD-ZONE"):
        known_zone(name, table="availability", column="time_zone")
    assert known_zone("Europe/Berlin", table="x", column="y") == ZoneInfo("Europe/Berlin")


def test_moments_are_whole_seconds() -> None:
    assert instant_of(0) == SINCE
    assert seconds_of(SINCE + timedelta(microseconds=999_999)) == 0
