"""The availability of people from the tables of their organisation."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from taskmentor.errors import InputError, UnknownIdError
from taskmentor.models.organisation import Organisation
from taskmentor.scheduling import (
    USUAL_HOURS,
    Availability,
    DatedHours,
    WeeklyHours,
    availabilities,
    free_time,
    weekly,
)
from tests.data import real_data
from tests.organisations import organisation
from tests.scheduling.plain import is_there, minutes_between

PEOPLE: dict[str, dict[str, Any]] = {
    "ann": {"time_zone": "Europe/London", "location": "Leeds"},
    "bob": {"time_zone": "Europe/Berlin", "joined_on": date(2026, 3, 3), "left_on": date(2026, 3, 10)},
    "cem": {"location": "Leeds"},
}
ROWS: list[dict[str, object]] = [
    {"person_id": "bob", "kind": "away", "from_on": "2026-03-05", "until_on": "2026-03-06"},
    {
        "person_id": "ann",
        "kind": "weekly",
        "weekday": "wed",
        "from": "13:15",
        "until": "24:00",
        "until_on": "2026-06-30",
    },
    {"person_id": "ann", "kind": "extra", "from_on": "2026-03-07", "from": "10:00", "until": "11:00"},
]


def small(rows: list[dict[str, object]] = ROWS) -> Organisation:
    return organisation(PEOPLE, availability=rows)


def test_rows_are_values() -> None:
    ann, bob = availabilities(small(), ["ann", "bob"])
    assert ann == Availability(
        person_id=ann.person_id,
        time_zone="Europe/London",
        hours=[WeeklyHours(weekday=2, from_minute=795, until_minute=1440, until_on=date(2026, 6, 30))],
        extra=[DatedHours(from_on=date(2026, 3, 7), from_minute=600, until_minute=660)],
    )
    assert bob.away[0] == DatedHours(from_on=date(2026, 3, 5), until_on=date(2026, 3, 6))
    assert (bob.working_hours, bob.hours) == (USUAL_HOURS, ())


def test_nobody_meets_before_they_join_or_after_they_left() -> None:
    (bob,) = availabilities(small(), ["bob"])
    begin = datetime(2026, 2, 20, tzinfo=UTC)
    days = {span.starts_at.day for span in free_time(bob, begin, begin + timedelta(days=60))}
    assert days == {3, 4, 9}


def test_everybody_with_a_time_zone_is_there_unless_some_are_named() -> None:
    assert [one.person_id for one in availabilities(small())] == ["ann", "bob"]
    assert [one.person_id for one in availabilities(small(), ["bob", "ann"])] == ["bob", "ann"]
    with pytest.raises(InputError, match="TM-NO-ZONE people column time_zone: 'cem' has no time zone"):
        availabilities(small(), ["ann", "cem"])
    with pytest.raises(UnknownIdError, match="'dan' names no person"):
        availabilities(small(), ["dan"])


def test_the_organisation_says_when_it_works() -> None:
    (bob,) = availabilities(small(), ["bob"], working_hours=weekly("tue", "08:00", "09:00"))
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    assert [span.starts_at for span in free_time(bob, begin, begin + timedelta(days=30))] == [
        datetime(2026, 3, 3, 7, tzinfo=UTC)
    ]
    with pytest.raises(UnknownIdError, match="'Leds' names no location of people; did you mean 'Leeds'"):
        availabilities(small(), holidays={"Leds": []})


def test_bank_holidays_keep_people_from_meeting_where_they_are() -> None:
    """The days of England are none in Berlin."""
    text = (real_data("holidays") / "bank-holidays.json").read_text(encoding="utf-8")
    years = json.loads(text)["divisions"]["england-and-wales"]
    days = [datetime.strptime(one["date"], "%d/%m/%Y").date() for one in years["2020"]]
    people = {
        name: {"time_zone": "Europe/London", "location": place} for name, place in (("a", "Leeds"), ("b", "Rome"))
    }
    ann, bob = availabilities(organisation(people), holidays={"Leeds": days})
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    free = [list(free_time(one, begin, datetime(2021, 1, 1, tzinfo=UTC))) for one in (ann, bob)]
    gone = {span.starts_at.date() for span in free[1]} - {span.starts_at.date() for span in free[0]}
    assert gone == {day for day in days if day.weekday() < 5}
    assert len(gone) == 8


def test_around_the_days_on_which_british_clocks_change_people_work_their_own_hours() -> None:
    text = (real_data("holidays") / "when-do-the-clocks-change.json").read_text(encoding="utf-8")
    (ann,) = availabilities(
        organisation({"ann": {"time_zone": "Europe/London"}}), working_hours=weekly("mon-sun", "00:30", "02:30")
    )
    years = [year for year in json.loads(text)["divisions"]["united-kingdom"].values() if isinstance(year, list)]
    changes = [one["date"] for year in years for one in year]
    lengths = set()
    for written in changes:
        day = datetime.strptime(written, "%d/%m/%Y").replace(tzinfo=UTC) - timedelta(hours=1)
        spans = list(free_time(ann, day, day + timedelta(days=1)))
        lengths.add(sum((span.ends_at - span.starts_at for span in spans), timedelta()))
        for at in minutes_between(day, day + timedelta(hours=5), 10):
            assert any(span.starts_at <= at < span.ends_at for span in spans) == is_there(ann, at)
    assert len(changes) >= 10
    assert lengths == {timedelta(hours=1), timedelta(hours=3)}, "an hour less in spring, an hour more in autumn"
