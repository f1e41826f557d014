"""What is about one person is found and removed; headers and commitments stay, so that the chain still verifies."""

from collections.abc import Collection, Sequence
from datetime import datetime

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.cascade import Cascade
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import utc_day
from taskmentor.models.people import PersonId
from taskmentor.store.database import Transaction
from taskmentor.store.ledger import Ledger
from taskmentor.store.places import holders, settle
from taskmentor.store.records import Erased, Span, cascade_of

__all__ = ["erase_person"]


def erase_person(
    ledger: Ledger, transaction: Transaction, key: str, *, ticket: str, actor: PersonId, at: datetime
) -> Erased:
    """Return the record of an erasure, after it was done.

    Args:
        ledger: Reads the log.
        transaction: The transaction.
        key: Whom it is about.
        ticket: What the request is filed under.
        actor: Who erases.
        at: When.
    """
    streams = transaction.streams_of(key)
    spoken = transaction.written_by(key)
    whole = {stream for side, stream in streams if side is Relation.MENTEE}
    touched = {stream for _, stream in streams} | {stream for _, stream in spoken}
    entries = sorted(entry.header.position for stream in whole for entry in transaction.entries(stream))
    as_mentor = {stream for side, stream in streams if side is Relation.MENTOR} - whole
    words = {position for position, stream in spoken if stream not in whole} | _spoken_in(transaction, as_mentor)
    for stream in sorted(whole):
        _give_back(ledger, transaction, stream, at)
    transaction.close(whole)
    transaction.erase(entries=entries, words=words)
    transaction.forget(key, streams=whole, touched=touched)
    return Erased(actor=actor, at=at, ticket=ticket, entries=_spans(entries), words=_spans(sorted(words)))


def _spoken_in(transaction: Transaction, streams: Collection[str]) -> set[int]:
    """Return the positions of all words in some streams."""
    entries = (entry for stream in streams for entry in transaction.entries(stream))
    return {entry.header.position for entry in entries if entry.words is not None}


def _give_back(ledger: Ledger, transaction: Transaction, stream: str, at: datetime) -> None:
    (name,) = transaction.engagement_ids({stream}).values()
    engagement: Engagement | Cascade | None
    if (cascade_id := cascade_of(name)) is not None:
        engagement = ledger.cascade(transaction, stream, cascade_id)
    else:
        engagement = ledger.current(transaction, stream, name)
    keys = ledger.keys(transaction, {person for _, person in holders(engagement)})
    settle(transaction, stream, engagement, None, utc_day(at), keys)


def _spans(positions: Sequence[int]) -> tuple[Span, ...]:
    """Return sorted positions as spans of neighbours."""
    spans: list[Span] = []
    for position in positions:
        if spans and spans[-1][1] == position - 1:
            spans[-1] = (spans[-1][0], position)
        else:
            spans.append((position, position))
    return tuple(spans)
