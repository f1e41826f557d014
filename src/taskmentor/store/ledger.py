"""The log within one transaction: events become entries and entries events, and people are known by keys."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC
from typing import TypeVar

from attrs import frozen

from taskmentor.errors import ErasedError
from taskmentor.lifecycle.cascade import Cascade, CascadeEvent, evolve_cascade
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import Event
from taskmentor.lifecycle.evolving import evolve
from taskmentor.models.people import key_of_erased
from taskmentor.store.chain import Header, commitment, link_after
from taskmentor.store.database import Entry, Snapshot, Transaction
from taskmentor.store.payloads import Codec, Payload, corrupt
from taskmentor.store.records import Told, name_of_cascade
from taskmentor.store.states import StateCodec

__all__ = ["Ledger", "Placed", "payload_of", "read_entry", "read_payload"]

_Kind = TypeVar("_Kind", Event, CascadeEvent)

Placed = tuple[str, int, Told]
"""What an entry shall say, with its stream and its version there."""


def payload_of(entry: Entry) -> Payload | None:
    """Return the payload of an entry; None where it was erased."""
    if entry.kind is None or entry.schema is None or entry.facts is None or entry.actor is None:
        return None
    words = entry.words if entry.header.words_digest else ""
    return Payload(kind=entry.kind, schema=entry.schema, facts=entry.facts, words=words, actor=entry.actor)


def read_entry(codec: Codec, entry: Entry, people: Mapping[str, str], engagement_id: str) -> Told | None:
    """Return what an entry tells of; None where it was erased.

    Raises:
        InputError: If it says what no entry can (`LOG-CORRUPT`).
    """
    payload = payload_of(entry)
    return None if payload is None else read_payload(codec, payload, entry.header, people, engagement_id)


def read_payload(codec: Codec, payload: Payload, header: Header, people: Mapping[str, str], engagement_id: str) -> Told:
    """Return what the payload of an entry tells of; see `read_entry`."""
    return codec.read(payload, people, engagement_id=engagement_id, version=header.version, position=header.position)


@frozen
class Ledger:
    """Writes and reads the log within a transaction.

    Attributes:
        codec: Writes and reads payloads.
        draw: Gives so many random bytes.
        snapshot_every: After how many events an engagement is kept as it stands.
        states: Writes and reads engagements as they stand.
    """

    codec: Codec
    draw: Callable[[int], bytes]
    snapshot_every: int
    states: StateCodec

    def token(self) -> str:
        """Return a random name that means nothing."""
        return self.draw(16).hex()

    # people

    def keys(self, transaction: Transaction, people: Collection[str]) -> dict[str, str]:
        """Return everybody's key; who has none gets one, and who was erased is named by it."""
        keys = {person: key for person in people if (key := key_of_erased(person))}
        keys |= transaction.keys(set(people) - keys.keys())
        if missing := sorted(set(people) - keys.keys()):
            transaction.add_people({person: self.token() for person in missing})
            keys |= transaction.keys(missing)
        return keys

    def named(self, placed: Sequence[Placed]) -> set[str]:
        """Return everybody whom some events name."""
        return {person for _, _, event in placed for person in self.codec.people(event)}

    def people(
        self, transaction: Transaction, entries: Sequence[Entry], snapshot: Snapshot | None = None
    ) -> Mapping[str, str]:
        """Return who is meant by each key in some entries and a snapshot."""
        found = {key for entry in entries if entry.facts is not None for key in self.codec.keys(entry.facts)}
        if snapshot is not None:
            found |= self.states.keys(snapshot)
        return transaction.people(found)

    # reading

    def current(self, transaction: Transaction, stream: str, engagement_id: str) -> Engagement | None:
        """Return an engagement as it stands, from its last snapshot on; None where nothing happened yet."""
        snapshot = transaction.snapshot(stream)
        if snapshot is not None and snapshot.shape != self.states.shape:
            snapshot = None  # it was kept by another version of the package; the events tell the same
        entries = transaction.entries(stream, 0 if snapshot is None else snapshot.version)
        people = self.people(transaction, entries, snapshot)
        engagement = None if snapshot is None else self.states.read(snapshot, people)
        for event in self.events(entries, people, engagement_id):
            engagement = evolve(engagement, event)
        return engagement

    def cascade(self, transaction: Transaction, stream: str, cascade_id: str) -> Cascade | None:
        """Return a cascade as it stands; None where nothing happened yet."""
        entries = transaction.entries(stream)
        cascade: Cascade | None = None
        for event in self.cascade_events(entries, self.people(transaction, entries), cascade_id):
            cascade = evolve_cascade(cascade, event)
        return cascade

    def cascade_events(
        self, entries: Sequence[Entry], people: Mapping[str, str], cascade_id: str
    ) -> Iterator[CascadeEvent]:
        """Give the events that entries of one cascade tell of; see `events`."""
        return self._of(CascadeEvent, entries, people, name_of_cascade(cascade_id))

    def events(self, entries: Sequence[Entry], people: Mapping[str, str], engagement_id: str) -> Iterator[Event]:
        """Give the events that entries of one engagement tell of.

        Raises:
            ErasedError: If one of them was erased.
            InputError: If one of them says what no entry can (`LOG-CORRUPT`).
        """
        return self._of(Event, entries, people, engagement_id)

    def _of(self, kind: type[_Kind], entries: Sequence[Entry], people: Mapping[str, str], name: str) -> Iterator[_Kind]:
        for entry in entries:
            found = self.read(entry, people, name)
            if found is None:
                raise ErasedError(f"What happened at position {entry.header.position} was erased.")
            if not isinstance(found, kind):
                raise corrupt("log", entry.header.position, f"a {type(found).__name__} stands among events")
            yield found

    def read(self, entry: Entry, people: Mapping[str, str], engagement_id: str) -> Told | None:
        """Return what an entry tells of; None where it was erased."""
        return read_entry(self.codec, entry, people, engagement_id)

    # writing

    def append(
        self, transaction: Transaction, command_id: str, placed: Sequence[Placed], keys: Mapping[str, str]
    ) -> int:
        """Add entries at the end of the log, and return the position of the last."""
        sealed = [self._seal(event, keys) for _, _, event in placed]
        end = transaction.lock_end()
        entries, link, position = [], end.link, end.position
        for (stream, version, event), part in zip(placed, sealed, strict=True):
            position += 1
            header = Header(
                position=position,
                stream=stream,
                version=version,
                at=event.at.astimezone(UTC).isoformat(),
                command_id=command_id,
                facts_digest=part.facts_digest,
                words_digest=part.words_digest,
            )
            link = link_after(link, header)
            entries.append(part.entry(header, link))
        transaction.append(entries)
        return position

    def _seal(self, event: Told, keys: Mapping[str, str]) -> "_Sealed":
        payload = self.codec.write(event, keys)
        facts_salt, words_salt = self.token(), self.token() if payload.words else ""
        return _Sealed(
            payload=payload,
            facts_salt=facts_salt,
            facts_digest=commitment(facts_salt, payload.committed()),
            words_salt=words_salt,
            words_digest=commitment(words_salt, payload.words) if payload.words else "",
        )

    def keep_snapshot(
        self, transaction: Transaction, stream: str, after: Engagement, n_events: int, keys: Mapping[str, str]
    ) -> None:
        """Keep an engagement as it stands, where its events have become many since the last time."""
        if after.version // self.snapshot_every != (after.version - n_events) // self.snapshot_every:
            transaction.keep_snapshot(stream, self.states.write(after, keys))


@frozen(kw_only=True)
class _Sealed:
    payload: Payload
    facts_salt: str
    facts_digest: str
    words_salt: str
    words_digest: str

    def entry(self, header: Header, link: str) -> Entry:
        return Entry(
            header=header,
            link=link,
            kind=self.payload.kind,
            schema=self.payload.schema,
            actor=self.payload.actor,
            facts=self.payload.facts,
            facts_salt=self.facts_salt,
            words=self.payload.words or None,
            words_salt=self.words_salt or None,
        )
