"""Who asked for a mentor, who got one, and after how many days (T25)."""

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.lifecycle.moves import State
from taskmentor.outcomes import (
    asked_as_gaps,
    asked_in_rounds,
    breakdown,
    coverage_amounts,
    time_to_mentor,
    waits,
)
from taskmentor.outcomes.waiting import Waits
from taskmentor.proficiency import gaps
from taskmentor.programmes import task_based
from taskmentor.rounds import match
from tests.organisations import ON, organisation
from tests.outcomes.made import SINCE, engagement, random_case

STAFF = organisation(
    {
        f"p{number}": {"role_id": "analyst", "left_on": SINCE + timedelta(days=30) if number == 3 else None}
        for number in range(5)
    },
    requires={"analyst": {"sql": 3}},
    knows={"p4": {"sql": 5}},
)


def days(n: int) -> date:
    return SINCE + timedelta(days=n)


@pytest.mark.requirement("T25")
def test_those_who_wait_and_those_who_left_are_counted_in() -> None:
    """T25: served after 10 and 20 days, one left after 30, one still waits: half are served after 20 days."""
    served = [engagement("p0", "p4", accepted=days(10)), engagement("p1", "p4", accepted=days(20))]
    waited = waits(asked_as_gaps(STAFF, [SINCE]), served, on=ON)
    found = time_to_mentor(waited, on=ON)
    assert (found.asked, found.served, found.waiting, found.left) == (4, 2, 1, 1)
    assert (found.median, found.quantile(Fraction(1, 4)), found.quantile(Fraction(3, 4))) == (20, 10, None)
    assert found.coverage == Fraction(1, 2)
    assert str(found).endswith("median time to mentor 20 days")
    assert breakdown(coverage_amounts(waited), "skill", smallest=1).total.mean == Fraction(1, 2)
    assert [(one.person_id, one.served_on, one.left_on) for one in waited] == [
        ("p0", days(10), None), ("p1", days(20), None), ("p2", None, None), ("p3", None, days(30)),
    ]  # fmt: skip


def test_a_median_over_the_quick_cases_alone_would_be_too_short() -> None:
    waited = waits(asked_as_gaps(STAFF, [SINCE]), [engagement("p0", "p4", accepted=days(10))], on=ON)
    assert time_to_mentor(waited, on=ON).median is None
    assert "not reached" in str(time_to_mentor(waited, on=ON))


def test_nobody_asked() -> None:
    found = time_to_mentor(waits(asked_as_gaps(STAFF, []), [], on=ON), on=ON)
    assert (found.asked, found.coverage, found.median) == (0, None, None)


@pytest.mark.parametrize(
    ("state", "closed", "served"),
    [
        (State.ACTIVE, None, SINCE),
        (State.COMPLETED, days(5), SINCE),
        (State.COMPLETED, SINCE, None),
        (State.PROPOSED, None, None),
    ],
)
def test_a_yes_from_before_counts_while_the_engagement_goes_on(
    state: State, closed: date | None, served: date | None
) -> None:
    early = engagement("p0", "p4", state=state, proposed=days(-9), started=days(-7), closed=closed)
    assert next(iter(waits(asked_as_gaps(STAFF, [SINCE]), [early], on=ON))).served_on == served


def test_what_happens_after_the_day_is_not_known() -> None:
    late = engagement("p0", "p4", accepted=days(10))
    assert not waits(asked_as_gaps(STAFF, [SINCE, ON]), [late], on=days(9)).served.any()
    assert len(waits(asked_as_gaps(STAFF, [ON]), [late], on=days(9))) == 0


def test_a_gap_is_asked_for_from_the_first_day_on_which_it_is_seen() -> None:
    found = asked_as_gaps(STAFF, [ON, SINCE])
    assert {(one.person_id, one.asked_on) for one in found} == {(f"p{number}", SINCE) for number in range(4)}


def test_what_rounds_asked_for_counts_from_the_first_of_them() -> None:
    rounds = [match(STAFF, task_based(), on=day) for day in (days(40), days(35))]
    found = asked_in_rounds(STAFF, rounds)
    assert {(one.person_id, one.asked_on) for one in found} == {(f"p{number}", days(35)) for number in range(3)}


def survival(cases: list[tuple[int, bool]]) -> dict[int, Fraction]:
    """Return the share without a mentor after each day on which one was found, by the definition."""
    share, found = Fraction(1), {}
    for day in sorted({day for day, served in cases if served}):
        at_risk = sum(one >= day for one, _ in cases)
        share *= 1 - Fraction(sum(case == (day, True) for case in cases), at_risk)
        found[day] = share
    return found


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=25))
def test_the_curve_is_that_of_kaplan_and_meier(cases: list[tuple[int, bool]]) -> None:
    on = date(2026, 12, 1)
    zone = np.arange(len(cases), dtype=np.int32)
    asked = np.array([on - timedelta(days=20 if served else day) for day, served in cases], "datetime64[D]")
    yes = [on - timedelta(days=20 - day) if served else None for day, served in cases]
    waited = Waits(
        organisation=STAFF,
        person=zone,
        skill=zone,
        asked_on=asked,
        served_on=np.array(yes, "datetime64[D]"),
        left_on=np.full(len(cases), np.datetime64("NaT", "D")),
    )
    found = time_to_mentor(waited, on=on)
    assert dict(found.waited) == survival(cases)
    if cases and all(served for _, served in cases):
        assert found.median == sorted(day for day, _ in cases)[(len(cases) - 1) // 2]


@given(st.integers(0, 2**32 - 1))
def test_what_was_asked_is_answered_by_the_first_yes(seed: int) -> None:
    _, drawn, engagements = random_case(default_rng(seed))
    asked = asked_as_gaps(drawn, [SINCE])
    assert {(one.person_id, one.skill_id) for one in asked} == {
        (gap.person_id, gap.skill_id) for gap in gaps(drawn, on=SINCE)
    }
    for one in waits(asked, engagements, on=ON):
        yes = [
            max(some.accepted_at.date(), SINCE)
            for some in engagements
            if (some.mentee_id, some.scope.skill_id) == (one.person_id, one.skill_id)
            and some.accepted_at is not None
            and some.accepted_at.date() <= ON
            and (some.closed_at is None or some.closed_at.date() > SINCE)
        ]
        assert one.served_on == min(yes, default=None)
