"""When people are there for sessions: the times of day, and the table `availability` as columns."""

import re
from enum import IntEnum, StrEnum

import numpy as np
from attrs import fields, frozen
from numpy.typing import NDArray

from taskmentor.models.tables import hold_read_only

__all__ = [
    "LONGEST_DAY",
    "NO_WEEKDAY",
    "AvailabilityKind",
    "AvailabilityRows",
    "Weekday",
    "clock_text",
    "minute_of_day",
]

LONGEST_DAY = 24 * 60
"""The minutes of a day on the clock, whatever the clock is put forward or back by."""

NO_WEEKDAY = -1

_CLOCK = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


class Weekday(IntEnum):
    """A day of the week, numbered as Python's `date.weekday` does."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6

    @property
    def label(self) -> str:
        """Return the word that the tables use, such as `mon`."""
        return self.name.lower()


class AvailabilityKind(StrEnum):
    """What a row of the table `availability` says."""

    WEEKLY = "weekly"  # there every week on one day of it
    EXTRA = "extra"  # there on certain days besides
    AWAY = "away"  # not there on certain days


def minute_of_day(text: str) -> int | None:
    """Return the minutes from midnight that a time of day means, None for a text that is none.

    Args:
        text: Hours and minutes in 24 hours, such as 09:00 or 13:15; 24:00 is the end of the day.

    Examples:
        >>> minute_of_day("13:15")
        795
    """
    if _CLOCK.fullmatch(text) is None:
        return None
    return 60 * int(text[:2]) + int(text[3:])


def clock_text(minute: int) -> str:
    """Return a time of day as text, given its minutes from midnight.

    Examples:
        >>> clock_text(795)
        '13:15'
    """
    return f"{minute // 60:02}:{minute % 60:02}"


@frozen(eq=False, kw_only=True)
class AvailabilityRows:
    """When people said that they are there, and when not; who has no row keeps the usual working hours.

    Attributes:
        person: Person codes. Shape (n,).
        kind: Places in `AvailabilityKind`, in its order. Shape (n,).
        weekday: 0 for Monday to 6, -1 in rows that are not weekly. Shape (n,).
        from_on: First day, NaT for always in weekly rows. Shape (n,).
        until_on: Last day, NaT for no end in weekly rows. Shape (n,).
        from_minute: Minutes from midnight, 0 to 1439. Shape (n,).
        until_minute: Minutes from midnight, above `from_minute`, at most 1440. Shape (n,).
    """

    person: NDArray[np.int32]
    kind: NDArray[np.int8]
    weekday: NDArray[np.int8]
    from_on: NDArray[np.datetime64]
    until_on: NDArray[np.datetime64]
    from_minute: NDArray[np.int16]
    until_minute: NDArray[np.int16]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.person)

    def of_people(self, which: NDArray[np.bool_]) -> "AvailabilityRows":
        """Return the rows of some people.

        Args:
            which: Who they are, by person code. Shape (n_people,).
        """
        return AvailabilityRows(
            **{column.name: getattr(self, column.name)[which[self.person]] for column in fields(AvailabilityRows)}
        )

    @classmethod
    def empty(cls) -> "AvailabilityRows":
        """Return no rows."""
        codes, minutes, days = np.zeros(0, np.int8), np.zeros(0, np.int16), np.zeros(0, "datetime64[D]")
        return cls(
            person=np.zeros(0, np.int32), kind=codes, weekday=codes, from_on=days, until_on=days,
            from_minute=minutes, until_minute=minutes,
        )  # fmt: skip
