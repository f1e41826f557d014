"""The events: what each refuses when it is made."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

import pytest
from attrs.exceptions import FrozenInstanceError

from taskmentor.errors import InputError
from taskmentor.lifecycle.events import EngagementId, Introduced, Scheduled, Scope, utc_day
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId


class NoZone(tzinfo):
    """A time zone that knows no offset, which Python counts as none."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    dst = tzname = utcoffset


def introduced(at: datetime) -> Introduced:
    return Introduced(engagement_id=EngagementId("e-1"), version=4, actor=PersonId("mia"), at=at)


@pytest.mark.parametrize("at", [datetime(2026, 1, 5), datetime(2026, 1, 5, tzinfo=NoZone())])
def test_a_naive_time_is_refused(at: datetime) -> None:
    """Two offices would read the same event as different moments."""
    with pytest.raises(InputError, match="has no time zone") as refused:
        introduced(at)
    assert refused.value.faults[0].code == "NAIVE-TIME"


@pytest.mark.parametrize("year", [1, 9999])
def test_a_time_at_the_edge_of_the_calendar_is_refused(year: int) -> None:
    """Turning it to UTC would overflow."""
    with pytest.raises(InputError, match="Give a year from 2 to 9998") as refused:
        introduced(datetime(year, 1, 1, tzinfo=UTC))
    assert refused.value.faults[0].code == "OUT-OF-RANGE"


def test_a_time_is_kept_as_it_was_given() -> None:
    auckland = timezone(timedelta(hours=13))
    event = introduced(datetime(2026, 1, 5, 9, tzinfo=auckland))
    assert event.at.utcoffset() == timedelta(hours=13)
    assert utc_day(event.at) == date(2026, 1, 4)


def test_an_event_cannot_be_edited() -> None:
    with pytest.raises(FrozenInstanceError):
        introduced(datetime(2026, 1, 5, tzinfo=UTC)).version = 5  # type: ignore[misc]


@pytest.mark.parametrize("ends_on", [date(2026, 1, 4), date(2026, 1, 5)])
def test_t1_the_end_is_after_the_start(ends_on: date) -> None:
    with pytest.raises(InputError, match="is not after the start 2026-01-05") as refused:
        Scheduled(
            engagement_id=EngagementId("e-1"),
            version=4,
            actor=PersonId("mia"),
            at=datetime(2026, 1, 5, tzinfo=UTC),
            starts_on=date(2026, 1, 5),
            ends_on=ends_on,
        )
    assert refused.value.faults[0].code == "DATE-ORDER"


def test_t2_a_scope_aims_above_where_it_starts() -> None:
    """There would be nothing to learn, and the change would be 0 or less."""
    with pytest.raises(InputError, match="the target 2 is not above the level 2"):
        Scope(skill_id=SkillId("data-analysis"), from_level=2, target_level=2)


@pytest.mark.parametrize(
    ("level", "code"), [(6, "OUT-OF-SCALE"), (-1, "OUT-OF-SCALE"), (True, "WRONG-TYPE"), (2.0, "WRONG-TYPE")]
)
def test_a_scope_refuses_levels_that_are_none(level: int, code: str) -> None:
    """A completed engagement at a level off the scale could never become an assessment."""
    scope = Scope(skill_id=SkillId("sql"), from_level=1, target_level=3, scale=(0, 5))
    scope.check_level(5)
    with pytest.raises(InputError) as refused:
        scope.check_level(level)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_target_off_the_scale_is_refused() -> None:
    """Nobody could ever be confirmed there."""
    with pytest.raises(InputError, match="OUT-OF-SCALE"):
        Scope(skill_id=SkillId("sql"), from_level=1, target_level=6, scale=(0, 5))
