"""A period of days that is measured."""

from datetime import date

from attrs import field, frozen

from taskmentor.errors import Fault, InputError
from taskmentor.proficiency import check_day

__all__ = ["Period"]


@frozen(kw_only=True)
class Period:
    """From one day to another, both included.

    Attributes:
        since: The first day; what is compared is as of this day.
        on: The last day, with what is as of its end.

    Raises:
        InputError: If one of them is no day, or the last one is before the first (`DATE-ORDER`).
    """

    since: date = field()
    on: date = field()

    def __attrs_post_init__(self) -> None:
        check_day(self.since)
        check_day(self.on)
        if self.on < self.since:
            problem, remedy = f"{self.on} is before {self.since}", "Give a last day that is not before the first."
            raise InputError([Fault(code="DATE-ORDER", table="period", column="on", problem=problem, remedy=remedy)])

    def holds(self, day: date) -> bool:
        """Return whether a day is within the period."""
        return self.since <= day <= self.on

    def __str__(self) -> str:
        return f"{self.since} to {self.on}"
