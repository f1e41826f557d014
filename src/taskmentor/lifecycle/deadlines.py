"""What time alone will bring about, and when: computed from the engagement, the same whoever looks and how often."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from attrs import frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.actions import (
    CloseIdle,
    Expire,
    NoteEndPassed,
    NoteIdle,
    NoteOverdueCheckIn,
    NoteOverdueItem,
    Resume,
    TimelyAction,
)
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.moves import State

__all__ = ["Deadline", "deadlines"]


@frozen
class Deadline:
    """A moment, in UTC, from which on an action is due by itself."""

    at: datetime
    action: TimelyAction


def deadlines(engagement: Engagement) -> tuple[Deadline, ...]:
    """Return what time will do to an engagement if nobody acts, the earliest first.

    Days are over when they are over everywhere on Earth. A deadline is never before the last event.
    """
    last = engagement.at.astimezone(UTC)
    found = (Deadline(max(at.astimezone(UTC), last), action) for at, action in _due(engagement))
    return tuple(sorted(found, key=lambda deadline: deadline.at))


def _due(engagement: Engagement) -> Iterator[tuple[datetime, TimelyAction]]:
    match engagement.state:
        case State.PROPOSED:
            yield _after(engagement.proposed_at, engagement.terms.expires_after_days), Expire()
        case State.ACCEPTED | State.INTRODUCED:
            if engagement.terms.schedule_within_days is not None:
                yield _after(_accepted_at(engagement), engagement.terms.schedule_within_days), Expire()
        case State.SCHEDULED:
            yield _over(engagement.dates[1]), Expire()
        case State.ACTIVE:
            yield from _check_ins_due(engagement)
            yield from _items_due(engagement)
            yield from _end_due(engagement)
            yield from _idle_due(engagement)
        case State.PAUSED:
            yield from _end_due(engagement)
            yield _resumes(engagement), Resume()
        case State.AWAITING_REASSESSMENT:
            yield from _idle_due(engagement)


def _after(at: datetime, days: int) -> datetime:
    return at.astimezone(UTC) + timedelta(days=days)


def _over(day: date) -> datetime:
    """Return the moment from which a day is over everywhere on Earth."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1, hours=12)


def _accepted_at(engagement: Engagement) -> datetime:
    assert engagement.accepted_at is not None, "an accepted engagement has the time of its last yes"
    return engagement.accepted_at


def _resumes(engagement: Engagement) -> datetime:
    assert engagement.paused_until is not None, "a pause has an end"
    day = engagement.paused_until
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _end_due(engagement: Engagement) -> Iterator[tuple[datetime, TimelyAction]]:
    _, ends_on = engagement.dates
    if engagement.end_passed_on != ends_on:
        yield _over(ends_on), NoteEndPassed(ends_on=ends_on)


def _check_ins_due(engagement: Engagement) -> Iterator[tuple[datetime, TimelyAction]]:
    starts_on, _ = engagement.dates
    since = _over(starts_on - timedelta(days=2))
    for days in engagement.terms.check_in_days:
        due_on = starts_on + timedelta(days=days)
        until = _over(due_on)
        missing = _silent(engagement, since, until)
        if missing and due_on not in (*engagement.overdue, *engagement.excused):
            yield until, NoteOverdueCheckIn(due_on=due_on, missing=missing)
        since = until


def _items_due(engagement: Engagement) -> Iterator[tuple[datetime, TimelyAction]]:
    starts_on, _ = engagement.dates
    for item in engagement.open_items:
        due_on = item.due_on(starts_on)
        if item.text not in engagement.overdue_items:
            yield _over(due_on), NoteOverdueItem(item=item.text, due_on=due_on)


def _silent(engagement: Engagement, since: datetime, until: datetime) -> tuple[Relation, ...]:
    """Return who has not checked in for a check-in day: after the one before was over, and before this one was."""
    moments = ((engagement.side_of(one.actor), one.at.astimezone(UTC)) for one in engagement.check_ins)
    heard = {side for side, at in moments if since <= at < until}
    return tuple(side for side in (Relation.MENTEE, Relation.MENTOR) if side not in heard)


def _idle_due(engagement: Engagement) -> Iterator[tuple[datetime, TimelyAction]]:
    terms = engagement.terms
    if terms.idle_days is None:
        return
    idle = _after(engagement.active_at, terms.idle_days)
    if engagement.idle_noticed_at is None:
        yield idle, NoteIdle()
    if terms.idle_notice_days is not None:
        yield _after(idle, terms.idle_notice_days), CloseIdle()
