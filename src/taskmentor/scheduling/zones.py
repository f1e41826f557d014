"""Times on the clocks of a time zone as instants, also where clocks are put forward or back."""

from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.scheduling.spans import Spans, instant_of

__all__ = ["DAY_SECONDS", "known_zone", "on_the_clock"]

DAY_SECONDS = 24 * 60 * 60


def known_zone(name: str, *, table: str, column: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Args:
        name: Such as Europe/Berlin.
        table: What the name was given to, for the message.
        column: Its field there.

    Raises:
        InputError: If there is no such zone (`BAD-ZONE`).
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a name with .. in it, or that of a folder
        problem = f"{shown(name)} is no IANA time zone"
        remedy = "Use a name such as Europe/Berlin."
        raise InputError(
            [Fault(code="BAD-ZONE", table=table, column=column, problem=problem, remedy=remedy)]
        ) from error


def on_the_clock(zone: ZoneInfo, begin: NDArray[np.int64], end: NDArray[np.int64]) -> Spans:
    """Return the instants at which the clocks of a zone show a time within at least one of some spans.

    A time that is skipped where clocks are put forward gives no instant, one that is shown twice where they are put
    back gives both. So what is found never lies outside the times that were asked for, as those who read the clock see
    them.

    Args:
        zone: The time zone.
        begin: What the clock shows, as seconds from 1970 began on that clock. Shape (n,).
        end: As `begin`. Shape (n,).

    Complexity:
        O(n m) for m changes of the clocks between the first and the last.
    """
    if not len(begin):
        return Spans.none()
    since, offset = _offsets(zone, int(begin.min()) // DAY_SECONDS - 1, int(end.max()) // DAY_SECONDS + 2)
    begins = np.maximum(begin[None, :] - offset[:, None], since[:-1, None])
    ends = np.minimum(end[None, :] - offset[:, None], since[1:, None])
    return Spans.between(begins.ravel(), ends.ravel())


@lru_cache(maxsize=4_096)
def _offsets(zone: ZoneInfo, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when a zone's offset from UTC changes within some days, and the offset after each change.

    No zone of the tz database has changed its clocks twice within three days, so one look a day misses nothing.

    Args:
        zone: The time zone.
        first: The first day, counted from 1970 in UTC.
        last: The day after the last.

    Returns:
        Seconds since 1970 of the first day's begin, of each change, and of the last day's end. Shape (m + 1,).
        Seconds by which the zone's clocks are ahead of UTC between them. Shape (m,).
    """
    looks = [day * DAY_SECONDS for day in range(first, last + 1)]
    offsets = [_offset(zone, look) for look in looks]
    since, offset = [looks[0]], [offsets[0]]
    for before, after, old, new in zip(looks, looks[1:], offsets, offsets[1:], strict=False):
        if old != new:
            since.append(_change(zone, before, after))
            offset.append(new)
    return np.array([*since, looks[-1]], np.int64), np.array(offset, np.int64)


def _offset(zone: ZoneInfo, seconds: int) -> int:
    offset = instant_of(seconds).astimezone(zone).utcoffset()
    assert offset is not None, "a ZoneInfo knows its offset"
    return offset // timedelta(seconds=1)


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the second at which the one change of the clocks between two moments takes place."""
    old = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after
