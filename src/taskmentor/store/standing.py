"""Open engagements, and when something is due to each: kept beside the log, so that nobody reads it to find them."""

from datetime import UTC, date, datetime, timedelta

from taskmentor.lifecycle.cascade import CASCADE_FINAL, Cascade, CascadeState
from taskmentor.lifecycle.deadlines import deadlines
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.moves import FINAL, State
from taskmentor.store.database import EVERY_STREAM, Standing, Transaction
from taskmentor.store.ledger import Ledger
from taskmentor.store.records import cascade_of

__all__ = ["fill", "note", "standing"]


def standing(engagement: Engagement | Cascade | None) -> Standing | None:
    """Return by what an engagement is found; None of one that is over, or that there is not.

    Something is due at its first deadline, from its start date on while it waits to be started, and from the day after
    its end date on while it is not finished, whoever decides on these two.
    """
    if isinstance(engagement, Cascade):
        return _of_cascade(engagement)
    if engagement is None or engagement.state in FINAL:
        return None
    due = [deadline.at for deadline in deadlines(engagement)]
    if engagement.state is State.SCHEDULED:
        due.append(_begins(engagement.dates[0]))
    if engagement.state is State.ACTIVE:
        due.append(_begins(engagement.dates[1] + timedelta(days=1)))
    return Standing(programme_id=engagement.programme_id, due_at=min(due, default=None))


def _of_cascade(cascade: Cascade) -> Standing | None:
    if cascade.state in CASCADE_FINAL:
        return None
    due_at: datetime | None = None
    if cascade.state is CascadeState.OPEN:
        due_at = max(min([cascade.expires_at, *(ask.until for ask in cascade.asks)]), cascade.at.astimezone(UTC))
    return Standing(programme_id=cascade.programme_id, due_at=due_at)


def _begins(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def note(
    transaction: Transaction, stream: str, before: Engagement | Cascade | None, after: Engagement | Cascade | None
) -> None:
    """Return nothing; keep by what an engagement or a cascade is found from now on, where it has changed."""
    had, has = standing(before), standing(after)
    if has is None and had is not None:
        transaction.close([stream])
    elif has is not None and has != had:
        transaction.stand({stream: has})


def fill(ledger: Ledger, transaction: Transaction) -> None:
    """Return nothing; keep anew by what every open engagement is found, from the log."""
    found: dict[str, Standing] = {}
    for stream, name in transaction.all_names():
        cascade_id = cascade_of(name)
        if cascade_id is not None:
            has = standing(ledger.cascade(transaction, stream, cascade_id))
        else:
            has = standing(ledger.current(transaction, stream, name))
        if has is not None:
            found[stream] = has
    transaction.close(transaction.standings(EVERY_STREAM))
    transaction.stand(found)
