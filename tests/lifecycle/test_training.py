"""What of a mentor's training counts on a day, against a plain reckoning day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.errors import InputError
from taskmentor.lifecycle.training import Course, CourseKind, training_on
from taskmentor.lifecycle.values import Training

DAY = date(2026, 1, 1)
INITIAL, REFRESHER = CourseKind.INITIAL, CourseKind.REFRESHER


def course(kind: CourseKind, hours: int, day: int, expires: int | None = None) -> Course:
    on = DAY + timedelta(days=day)
    until = None if expires is None else DAY + timedelta(days=expires)
    return Course(kind=kind, hours=hours, completed_on=on, expires_on=until)


def day_by_day(courses: list[Course], on: date, valid_days: int | None) -> int:
    """Return how many hours count on a day, by living through every day until then."""
    hours, alive = 0, set[int]()
    day = DAY
    while day <= on:
        alive = {one for one in alive if day <= courses[one].counts_until(valid_days)}
        hours = hours if alive else 0
        for one, taken in sorted(enumerate(courses), key=lambda pair: (pair[1].kind, pair[0])):
            if taken.completed_on == day and (alive or taken.kind is INITIAL):
                hours += taken.hours
                alive.add(one)
        day += timedelta(days=1)
    return hours


COURSES = st.builds(
    lambda kind, hours, day, lasts: course(kind, hours, day, None if lasts is None else day + lasts),
    st.sampled_from(CourseKind), st.integers(1, 30), st.integers(0, 40), st.none() | st.integers(0, 20),
)  # fmt: skip


@given(st.lists(COURSES, max_size=6), st.integers(0, 60), st.none() | st.integers(1, 30))
def test_hours_are_those_of_living_through_every_day(courses: list[Course], day: int, valid_days: int | None) -> None:
    on = DAY + timedelta(days=day)
    found = training_on(courses, on, valid_days)
    assert (0 if found is None else found.hours) == day_by_day(courses, on, valid_days)
    assert training_on(courses[::-1], on, valid_days) == found


@pytest.mark.parametrize(
    ("courses", "day", "expected"),
    [
        ([], 0, None),
        ([course(INITIAL, 20, 0)], 0, (0, 20)),
        ([course(INITIAL, 20, 1)], 0, None),
        ([course(INITIAL, 20, 0, 10)], 10, (0, 20)),
        ([course(INITIAL, 20, 0, 10)], 11, None),
        ([course(INITIAL, 20, 0, 10), course(REFRESHER, 4, 10, 30)], 30, (10, 24)),
        ([course(INITIAL, 20, 0, 10), course(REFRESHER, 4, 11, 30)], 20, None),
        ([course(REFRESHER, 4, 0)], 5, None),
        ([course(INITIAL, 20, 0, 10), course(INITIAL, 8, 12)], 20, (12, 8)),
    ],
)
def test_a_refresher_keeps_alive_what_still_counts(
    courses: list[Course], day: int, expected: tuple[int, int] | None
) -> None:
    on = None if expected is None else Training(completed_on=DAY + timedelta(days=expected[0]), hours=expected[1])
    assert training_on(courses, DAY + timedelta(days=day)) == on


def test_a_course_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="DATE-ORDER"):
        course(INITIAL, 1, 5, 4)
    with pytest.raises(InputError, match="OUT-OF-RANGE"):
        course(INITIAL, 0, 5)
