"""Engagements that fade, told from dates and counts alone; nothing that anybody wrote is read (U10)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from enum import StrEnum

from attrs import field, frozen

from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EngagementId, check_instant, utc_day
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.values import Session, SessionState
from taskmentor.outcomes.wording import counted
from taskmentor.validators import whole

__all__ = ["Fading", "Limits", "Sign", "SignOfFading", "fading", "idle_since", "sessions_unlogged", "signs_of_fading"]


class Sign(StrEnum):
    """What tells that an engagement fades."""

    IDLE = "idle"
    NOT_BEGUN = "not begun"
    NO_SESSION_AHEAD = "no session ahead"
    MISSED = "missed in a row"
    UNLOGGED = "not logged"
    MOVED = "moved again and again"
    OVERDUE = "check-in overdue"
    PAST_END = "past its end"


@frozen(kw_only=True)
class Limits:
    """From when on something is a sign; what the terms of an engagement say of it comes first.

    Attributes:
        idle_days: Days without a sign of life, where the terms name none.
        session_days: Days without a session behind or ahead, where neither agreement nor terms name a rhythm.
        missed: Sessions missed in a row.
        unlogged: Sessions that have passed and were not logged.
        moved: How often one session was moved.
    """

    idle_days: int = field(default=14, validator=whole(at_least=1))
    session_days: int = field(default=14, validator=whole(at_least=1))
    missed: int = field(default=2, validator=whole(at_least=1))
    unlogged: int = field(default=2, validator=whole(at_least=1))
    moved: int = field(default=2, validator=whole(at_least=1))


@frozen(kw_only=True)
class SignOfFading:
    """One sign, with the count that it rests on.

    Attributes:
        sign: What it is.
        count: How many days, sessions or check-ins.
        since: The day from which on it counts.
    """

    sign: Sign
    count: int
    since: date

    def __str__(self) -> str:
        match self.sign:
            case Sign.IDLE:
                return f"no sign of life for {counted(self.count, 'day')}, since {self.since}"
            case Sign.NOT_BEGUN:
                return f"its start date was {counted(self.count, 'day')} ago, on {self.since}"
            case Sign.NO_SESSION_AHEAD:
                return f"no session for {counted(self.count, 'day')}, since {self.since}, and none planned"
            case Sign.MISSED:
                return f"{counted(self.count, 'session')} missed in a row, since {self.since}"
            case Sign.UNLOGGED:
                return f"{counted(self.count, 'session')} not logged, since {self.since}"
            case Sign.MOVED:
                return f"a session was moved {counted(self.count, 'time')}, now to {self.since}"
            case Sign.OVERDUE:
                return f"{counted(self.count, 'check-in')} overdue, since {self.since}"
        return f"its end date was {counted(self.count, 'day')} ago, on {self.since}"


@frozen(kw_only=True)
class Fading:
    """An engagement that shows signs of fading.

    Attributes:
        engagement_id: The engagement.
        at: The moment.
        signs: What tells it.
    """

    engagement_id: EngagementId
    at: datetime
    signs: tuple[SignOfFading, ...]

    def __str__(self) -> str:
        return f"{self.engagement_id}: {'; '.join(map(str, self.signs))}"


def sessions_unlogged(engagement: Engagement, at: datetime) -> tuple[Session, ...]:
    """Return the planned sessions that have passed and of which nobody has said how they went, where they still can."""
    return engagement.unlogged(at) if engagement.state is State.ACTIVE else ()


def idle_since(engagement: Engagement, at: datetime) -> datetime | None:
    """Return the last sign of life of an engagement that waits for one, in UTC; None where it waits for none.

    It waits while it is active, and for the reassessment; a pause, and the manager's confirmation, are not the two's
    silence.
    """
    if engagement.state not in (State.ACTIVE, State.AWAITING_REASSESSMENT):
        return None
    last = engagement.active_at.astimezone(UTC)
    return last if last <= at.astimezone(UTC) else None


def fading(engagements: Iterable[Engagement], at: datetime, *, limits: Limits | None = None) -> tuple[Fading, ...]:
    """Return the engagements that show signs of fading, those with the most signs first, then by id.

    What to do about one is for people to say; where it is another mentor, `lifecycle.succession` proposes the one that
    goes on, and `find_mentors` names who could.

    Args:
        engagements: All engagements; those that do not go on show no signs.
        at: The moment, aware.
        limits: From when on something is a sign.

    Raises:
        InputError: If the moment is naive (`NAIVE-TIME`).
    """
    check_instant(at)
    found = [
        Fading(engagement_id=one.id, at=at, signs=signs)
        for one in engagements
        if (signs := tuple(signs_of_fading(one, at, Limits() if limits is None else limits)))
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.signs), one.engagement_id)))


def signs_of_fading(engagement: Engagement, at: datetime, limits: Limits) -> Iterator[SignOfFading]:
    """Yield what tells that one engagement fades, in the order of `Sign`."""
    today = utc_day(at)
    if engagement.state is State.SCHEDULED:
        begins, _ = engagement.dates
        if today > begins:
            yield SignOfFading(sign=Sign.NOT_BEGUN, count=(today - begins).days, since=begins)
    since = idle_since(engagement, at)
    if since is not None:
        idle = (at.astimezone(UTC) - since).days
        if idle >= (engagement.terms.idle_days or limits.idle_days):
            yield SignOfFading(sign=Sign.IDLE, count=idle, since=since.date())
    if engagement.state is State.ACTIVE:
        yield from _signs_of_sessions(engagement, at, limits)
        yield from _signs_of_dates(engagement, today)


def _signs_of_sessions(engagement: Engagement, at: datetime, limits: Limits) -> Iterator[SignOfFading]:
    moment = at.astimezone(UTC)
    planned = [one for one in engagement.sessions if one.state is SessionState.PLANNED]
    ahead = [one for one in planned if one.ends_at > moment]
    met = [one for one in engagement.sessions if one.state is SessionState.HELD and one.ends_at <= moment]
    last = utc_day(max((one.starts_at for one in met), default=engagement.started_at or engagement.at))
    without = (utc_day(at) - last).days
    if not ahead and without >= _rhythm(engagement, limits):
        yield SignOfFading(sign=Sign.NO_SESSION_AHEAD, count=without, since=last)
    row = _missed_in_a_row(engagement)
    if len(row) >= limits.missed:
        yield SignOfFading(sign=Sign.MISSED, count=len(row), since=utc_day(row[0].starts_at))
    unlogged = sessions_unlogged(engagement, at)
    if len(unlogged) >= limits.unlogged:
        first = min(utc_day(one.starts_at) for one in unlogged)
        yield SignOfFading(sign=Sign.UNLOGGED, count=len(unlogged), since=first)
    moved = max(planned, key=lambda one: one.moved, default=None)
    if moved is not None and moved.moved >= limits.moved:
        yield SignOfFading(sign=Sign.MOVED, count=moved.moved, since=utc_day(moved.starts_at))


def _rhythm(engagement: Engagement, limits: Limits) -> int:
    """Return after how many days the next session should be: what the two agreed, the programme asks, or the usual."""
    own = None if engagement.agreement is None else engagement.agreement.session_every_days
    return own or engagement.terms.session_every_days or limits.session_days


def _missed_in_a_row(engagement: Engagement) -> list[Session]:
    """Return the sessions missed since the last that was held, in the order of time."""
    told = (SessionState.HELD, SessionState.MISSED)
    by_time = sorted((one for one in engagement.sessions if one.state in told), key=lambda one: one.ends_at)
    held = [place for place, one in enumerate(by_time) if one.state is SessionState.HELD]
    return by_time[max(held, default=-1) + 1 :]


def _signs_of_dates(engagement: Engagement, today: date) -> Iterator[SignOfFading]:
    if engagement.overdue:
        yield SignOfFading(sign=Sign.OVERDUE, count=len(engagement.overdue), since=engagement.overdue[0])
    _, ends_on = engagement.dates
    if today > ends_on:
        yield SignOfFading(sign=Sign.PAST_END, count=(today - ends_on).days, since=ends_on)
