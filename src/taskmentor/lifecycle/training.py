"""Mentor training as it is kept per mentor: courses and refreshers, and what of them counts on a day."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from attrs import field, frozen

from taskmentor.lifecycle.events import input_error
from taskmentor.lifecycle.values import Training
from taskmentor.validators import whole

__all__ = ["Course", "CourseKind", "training_on"]


class CourseKind(StrEnum):
    """Whether a course makes a mentor, or keeps one up to date."""

    INITIAL = "initial"
    REFRESHER = "refresher"


@frozen(kw_only=True)
class Course:
    """Training that a mentor has had.

    Attributes:
        kind: Whether it stands by itself, or refreshes what still counts.
        hours: How long it was.
        completed_on: Its last day.
        expires_on: The last day on which it counts; None for ever, as far as terms do not say less.

    Raises:
        InputError: If it expires before it is completed.
    """

    kind: CourseKind
    hours: int = field(validator=whole(at_least=1, at_most=10_000))
    completed_on: date
    expires_on: date | None = None

    def __attrs_post_init__(self) -> None:
        if self.expires_on is not None and self.expires_on < self.completed_on:
            problem = f"it expires on {self.expires_on} and is completed on {self.completed_on}"
            raise input_error("DATE-ORDER", "expires_on", problem, f"Give {self.completed_on} or a later day.")

    def counts_until(self, valid_days: int | None) -> date:
        """Return the last day on which it counts by itself, the last of all days for ever."""
        until = self.expires_on or date.max
        return until if valid_days is None else min(until, self.completed_on + timedelta(days=valid_days))


def training_on(courses: Iterable[Course], on: date, valid_days: int | None = None) -> Training | None:
    """Return what training a mentor has on a day: hours added up, dated by the last course; None where none counts.

    What still counts when another course is completed is kept alive by it, as long as that one counts; hours add up.
    What has lapsed is gone: a refresher does not bring it back, only initial training begins anew.

    Args:
        courses: All that the mentor has had.
        on: The day; what is completed later is left out.
        valid_days: For how many days the terms let training count; None for ever.

    Examples:
        >>> first = Course(kind=CourseKind.INITIAL, hours=20, completed_on=date(2025, 1, 10))
        >>> again = Course(kind=CourseKind.REFRESHER, hours=4, completed_on=date(2026, 1, 5))
        >>> training_on([first, again], date(2026, 6, 1), valid_days=365)
        Training(completed_on=datetime.date(2026, 1, 5), hours=24)
    """
    hours, until, last = 0, date.min, date.min
    for course in sorted(courses, key=lambda one: (one.completed_on, one.kind)):
        if course.completed_on > on:
            break
        lapsed = until < course.completed_on
        if lapsed and course.kind is CourseKind.REFRESHER:
            continue
        hours = course.hours if lapsed else hours + course.hours
        until = course.counts_until(valid_days) if lapsed else max(until, course.counts_until(valid_days))
        last = course.completed_on
    return Training(completed_on=last, hours=hours) if hours and until >= on else None
