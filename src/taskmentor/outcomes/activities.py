"""How engagements went: sessions held and missed, how they ended and why, and how long it took to confirm."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction

from attrs import frozen

from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import utc_day
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.people import PersonId
from taskmentor.outcomes.breakdowns import SMALLEST, Breakdown, tally
from taskmentor.outcomes.mentoring import Meeting, Mentoring, engagements_in, meetings
from taskmentor.outcomes.period import Period
from taskmentor.outcomes.wording import counted, per_cent, shown

__all__ = ["Activity", "activity"]

_COMPLETED, _BROKEN_OFF, _NOT_BEGUN = "completed", "broken off", "not begun"


@frozen(kw_only=True)
class Activity:
    """How the engagements of a period went, and all sessions; None where a number is about too few people or tells one.

    Attributes:
        period: The period.
        proposed: How many were proposed in it.
        accepted: How many were accepted in it by all who had to.
        started: How many began.
        completed: How many were completed.
        broken_off: How many ended between their start and their completion, handed over ones included.
        held: How many sessions were held: of engagements, booked ones, and those of groups.
        missed: How many were missed.
        unlogged: How many had passed by the end of the period, and nobody has said how they went.
        minutes: How long those held were, all together.
        days_to_completion: The middle number of days from start to completion, the lower of two.
        ends: Everything that closed, by how and why.
    """

    period: Period
    proposed: int | None
    accepted: int | None
    started: int | None
    completed: int | None
    broken_off: int | None
    held: int | None
    missed: int | None
    unlogged: int | None
    minutes: int | None
    days_to_completion: int | None
    ends: Breakdown

    @property
    def completion(self) -> Fraction | None:
        """Return the share of what had begun and closed in the period that was completed; None where none was."""
        if self.completed is None or self.broken_off is None:
            return None
        closed = self.completed + self.broken_off
        return Fraction(self.completed, closed) if closed else None

    @property
    def attendance(self) -> Fraction | None:
        """Return the share of sessions held among those held and missed; None where there was none."""
        if self.held is None or self.missed is None:
            return None
        met = self.held + self.missed
        return Fraction(self.held, met) if met else None

    def __str__(self) -> str:
        return (
            f"Engagements: {shown(self.proposed)} proposed, {shown(self.accepted)} accepted, "
            f"{shown(self.started)} started, {shown(self.completed)} completed, {shown(self.broken_off)} broken off "
            f"(completion {per_cent(self.completion)}; middle "
            f"{'–' if self.days_to_completion is None else counted(self.days_to_completion, 'day')}).\n"
            f"Sessions: {shown(self.held)} held, {shown(self.missed)} missed, {shown(self.unlogged)} not logged "
            f"(attendance {per_cent(self.attendance)}, {shown(self.minutes)} minutes)."
        )


def activity(known: Iterable[Mentoring], period: Period, *, smallest: int = SMALLEST) -> Activity:
    """Return how the engagements of a period went.

    Each count is kept back where it is about fewer mentees than that, unless it is about none; and how many were
    completed or broken off also where that, taken from the ends, would tell of fewer.

    Args:
        known: Engagements, booked sessions and groups.
        period: The period; days are those of UTC.
        smallest: The fewest people whose numbers are shown together.
    """
    given = [*known]
    engagements = engagements_in(given)
    proposed = [one for one in engagements if _on(one.proposed_at, period)]
    accepted = [one for one in engagements if _on(one.accepted_at, period)]
    started = [one for one in engagements if _on(one.started_at, period)]
    closed = [one for one in engagements if _on(one.closed_at, period)]
    completed = [one for one in closed if one.state is State.COMPLETED]
    ends = tally(
        "engagements", ("end", "part"), ((_end(one), _part(one), one.mentee_id) for one in closed), smallest=smallest
    )
    totals = {line.labels[1]: line.total for line in ends if line.labels[0] is None}
    sessions = [one for one in meetings(given) if _on(one.starts_at, period)]
    held, missed, planned = (
        [one for one in sessions if one.state is state]
        for state in (SessionState.HELD, SessionState.MISSED, SessionState.PLANNED)
    )
    unlogged = [one for one in planned if _over(one, period)]

    def told(number: int | None, about: Iterable[Engagement | Meeting]) -> int | None:
        mentees = {person for one in about for person in _mentees(one)}
        return None if 0 < len(mentees) < smallest else number

    return Activity(
        period=period,
        proposed=told(len(proposed), proposed),
        accepted=told(len(accepted), accepted),
        started=told(len(started), started),
        completed=totals.get(_COMPLETED, 0),
        broken_off=totals.get(_BROKEN_OFF, 0),
        held=told(len(held), held),
        missed=told(len(missed), missed),
        unlogged=told(len(unlogged), unlogged),
        minutes=told(sum(one.minutes for one in held), held),
        days_to_completion=told(_middle_days(completed), completed),
        ends=ends.by_the_first,
    )


def _mentees(one: Engagement | Meeting) -> tuple[PersonId, ...]:
    return (one.mentee_id,) if isinstance(one, Engagement) else one.learning


def _on(at: datetime | None, period: Period) -> bool:
    return at is not None and period.holds(utc_day(at))


def _over(session: Meeting, period: Period) -> bool:
    """Return whether a session was over by the end of a period."""
    ends_at = session.starts_at.astimezone(UTC) + timedelta(minutes=session.minutes)
    return ends_at <= datetime.combine(period.on + timedelta(days=1), time(), UTC)


def _middle_days(completed: Sequence[Engagement]) -> int | None:
    """Return the middle number of days from start to completion, the lower of two."""
    days = sorted(
        (one.closed_at - one.started_at).days
        for one in completed
        if one.started_at is not None and one.closed_at is not None
    )
    return days[(len(days) - 1) // 2] if days else None


def _part(engagement: Engagement) -> str:
    """Return what of its life an engagement had behind it when it closed."""
    if engagement.state is State.COMPLETED:
        return _COMPLETED
    return _NOT_BEGUN if engagement.started_at is None else _BROKEN_OFF


def _end(engagement: Engagement) -> str:
    """Return how an engagement ended and, where there is one, why."""
    reason = engagement.end_reason
    return engagement.state.value if reason is None else f"{engagement.state}: {reason}"
