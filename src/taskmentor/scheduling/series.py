"""A series of sessions in a rhythm, each within a tolerance of its day (D14)."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError
from taskmentor.scheduling.availability import Availability, WeeklyHours
from taskmentor.scheduling.slots import MIDDLE_OF_THE_DAY, Hindrance, Slot, Starts, slot_faults
from taskmentor.scheduling.spans import full_seconds_of, instant_of, seconds_of
from taskmentor.validators import check_instant, whole_faults

__all__ = ["MissingSession", "Series", "plan_series"]

_MOST_SESSIONS = 1_000
_MOST_DAYS = 366


@frozen(kw_only=True)
class MissingSession:
    """A session of a series for which there is no slot.

    Attributes:
        number: Its place in the series, 1 for the first.
        on: The day that the rhythm gives it.
        hindrances: What each person has to do with there being no slot within the tolerance; nothing where what is
            left of the days is shorter than the session.
    """

    number: int
    on: date
    hindrances: tuple[Hindrance, ...]


@frozen(kw_only=True)
class Series:
    """Sessions in a rhythm.

    Attributes:
        slots: The slot of each session that has one, in order.
        numbers: The place of each slot in the series, 1 for the first.
        missing: The sessions without a slot.
    """

    slots: tuple[Slot, ...]
    numbers: tuple[int, ...]
    missing: tuple[MissingSession, ...]


def plan_series(
    availabilities: Iterable[Availability],
    *,
    minutes: int,
    n_sessions: int,
    every_days: int,
    from_at: datetime,
    tolerance_days: int = 0,
    step_minutes: int = 15,
    quorum: int | None = None,
    required: Iterable[str] = (),
    middle: tuple[WeeklyHours, ...] = MIDDLE_OF_THE_DAY,
) -> Series:
    """Return a slot for each session of a series, the days as the clock of the first person shows them.

    The rhythm counts from the first day, so that a session that is early or late moves no other. The first session
    has the best slot as `common_slots` ranks them. For each later one come first slots at which most people can come,
    then those at which fewest meet outside the middle of their day, then those on the day nearest to the rhythm's,
    then those nearest to the first session's time of day, then the earliest.

    Args:
        availabilities: When each of them is free.
        minutes: How long each session is, 1 to 1440.
        n_sessions: How many there are to be, 1 to 1000.
        every_days: The rhythm: how many days after one session's day the next one's is, 1 to 366.
        from_at: The first start time of the first day, aware; start times follow in steps on every day.
        tolerance_days: How many days before or after its day a session may be; the first is never before `from_at`.
            Less than half of `every_days`, so that no session can overtake another.
        step_minutes: From one start time to the next.
        quorum: As in `common_slots`.
        required: As in `common_slots`.
        middle: As in `common_slots`.

    Raises:
        InputError: As in `common_slots`; also if the rhythm or the tolerance is out of range.
        UnknownIdError: If `required` names nobody of them.
        TooLargeError: If there are too many start times and people.

    Complexity:
        As `common_slots`, for each session.
    """
    people, needed = tuple(availabilities), tuple(required)
    check_instant(from_at, "series", "from_at")
    _check(people, minutes, step_minutes, n_sessions, every_days, tolerance_days)
    zone = people[0].zone
    first = from_at.astimezone(zone)
    slots: list[Slot] = []
    numbers: list[int] = []
    missing: list[MissingSession] = []
    for number in range(n_sessions):
        on = first.date() + timedelta(days=number * every_days)
        begin, end = _around(on, tolerance_days, first, zone, step_minutes)
        if end - begin < 60 * minutes:
            missing.append(MissingSession(number=number + 1, on=on, hindrances=()))
            continue
        starts = Starts.build(
            people, minutes=minutes, begin_end=(begin, end), step_minutes=step_minutes, quorum=quorum, required=needed,
            middle=middle,
        )  # fmt: skip
        ranked = _nearest(starts, on, slots[0], zone) if slots else starts.ranked()
        if len(ranked):
            slots.append(starts.slot(int(ranked[0])))
            numbers.append(number + 1)
        else:
            missing.append(MissingSession(number=number + 1, on=on, hindrances=starts.hindrances()))
    return Series(slots=tuple(slots), numbers=tuple(numbers), missing=tuple(missing))


def _around(on: date, tolerance_days: int, first: datetime, zone: ZoneInfo, step_minutes: int) -> tuple[int, int]:
    """Return the first start time around a day, and the end of the last day, in seconds since 1970.

    The steps pass through the time of day of the very first start, so that they keep to it when the clocks change.
    """
    tolerance, midnight = timedelta(days=tolerance_days), time(tzinfo=zone)
    begin = seconds_of(datetime.combine(on - tolerance, midnight))
    end = seconds_of(datetime.combine(on + tolerance + timedelta(days=1), midnight))
    begin = max(begin, full_seconds_of(first))
    through = full_seconds_of(datetime.combine(on, first.timetz()))
    return begin + (through - begin) % (60 * step_minutes), end


def _nearest(starts: Starts, on: date, first: Slot, zone: ZoneInfo) -> NDArray[np.intp]:
    """Return the places of the start times at which enough people could come, those most like the first slot first."""
    places = np.flatnonzero(starts.enough)
    clock = [instant_of(begin).astimezone(zone) for begin in starts.begin[places].tolist()]
    usual = _minute(first.starts_at.astimezone(zone))
    days = np.array([abs((at.date() - on).days) for at in clock], np.int64)
    minutes = np.array([abs(_minute(at) - usual) for at in clock], np.int64)
    return places[np.lexsort((starts.begin[places], minutes, days, starts.n_outside[places], -starts.n_free[places]))]


def _minute(at: datetime) -> int:
    return 60 * at.hour + at.minute


def _check(
    people: tuple[Availability, ...],
    minutes: int,
    step_minutes: int,
    n_sessions: int,
    every_days: int,
    tolerance_days: int,
) -> None:
    faults = [*slot_faults(people, minutes=minutes, step_minutes=step_minutes)]
    for name, value, least, most in (
        ("n_sessions", n_sessions, 1, _MOST_SESSIONS),
        ("every_days", every_days, 1, _MOST_DAYS),
        ("tolerance_days", tolerance_days, 0, _MOST_DAYS),
    ):
        faults += whole_faults("series", name, value, least, most)
    if not faults and 2 * tolerance_days >= every_days:
        problem = f"{tolerance_days} days either way are half of the {every_days} days of the rhythm, or more"
        remedy = "Give a smaller tolerance, so that no session overtakes another."
        faults.append(
            Fault(code="OUT-OF-RANGE", table="series", column="tolerance_days", problem=problem, remedy=remedy)
        )
    if faults:
        raise InputError(faults)
