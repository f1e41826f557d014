"""What a database must do for a store: one transaction at a time, in small steps.

`memory` does it with dictionaries, `sql` with SQLite and PostgreSQL. What the steps are for is in `keeping`.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from attrs import frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.training import Course
from taskmentor.store.chain import Anchor, Header

__all__ = [
    "EVERY_STREAM",
    "OPEN",
    "Claim",
    "Database",
    "Entry",
    "Kept",
    "KeptProposal",
    "KeptRound",
    "Seat",
    "Snapshot",
    "Standing",
    "Streams",
    "Transaction",
]

OPEN = date.max
"""Until when a place is held that nobody has given back."""

Streams = tuple[str, str]
"""The streams from one name until before another."""

EVERY_STREAM: Streams = ("", "g")  # their names are hexadecimal digits


@frozen(kw_only=True)
class Entry:
    """One entry of the log as it is kept; what was erased is None, and so is what never was.

    Attributes:
        header: What is never edited.
        link: Its link in the chain.
        kind: The class of the event.
        schema: The schema of the facts.
        actor: The key of who did it.
        facts: The facts.
        facts_salt: Their salt.
        words: The words.
        words_salt: Their salt.
    """

    header: Header
    link: str
    kind: str | None = None
    schema: int | None = None
    actor: str | None = None
    facts: str | None = None
    facts_salt: str | None = None
    words: str | None = None
    words_salt: str | None = None


@frozen(kw_only=True)
class Kept:
    """A command that came before.

    Attributes:
        fingerprint: Tells whether the same was asked.
        salt: Under which the fingerprint was taken; None where the answer was erased.
        answer: The answer as JSON; None where it was erased.
    """

    fingerprint: str
    salt: str | None
    answer: str | None


@frozen(kw_only=True)
class Snapshot:
    """An engagement as it stood after one version, so that not all its events must be read.

    Attributes:
        version: The version.
        shape: Tells whether the class of engagements is still the same.
        state: The engagement as JSON, with keys for people.
        digest: Of the state and the link of its last event.
    """

    version: int
    shape: str
    state: str
    digest: str


@frozen(kw_only=True)
class Standing:
    """What an engagement is found by while it is open; nothing is kept of one that is over.

    Attributes:
        programme_id: Its programme.
        due_at: From when on something is due to it even if nobody acts, in UTC; None where there is no such time.
    """

    programme_id: str
    due_at: datetime | None


@frozen(kw_only=True)
class Seat:
    """One place of one person on one side, on the days from `from_on` until before `until_on`."""

    number: int
    from_on: date
    until_on: date


@frozen(kw_only=True)
class Claim:
    """One place held by one engagement, on the days from `from_on` until before `until_on`."""

    side: Relation
    person: str
    number: int
    stream: str
    from_on: date
    until_on: date


@frozen(kw_only=True)
class KeptRound:
    """A matching round as it is kept.

    Attributes:
        stream: Its stream in the log.
        state: Where it stands.
        version: How often it was moved.
        claims: What its plan says of itself, as JSON.
        n_proposals: How many pairs it had.
        programme_id: The programme; None of a round that was kept before it was noted.
    """

    stream: str
    state: str
    version: int
    claims: str
    n_proposals: int
    programme_id: str | None


@frozen(kw_only=True)
class KeptProposal:
    """One pair of a round, as JSON with keys for people."""

    number: int
    mentee: str
    mentor: str
    body: str


class Transaction(Protocol):
    """The steps within one transaction. All people are keys here."""

    # commands

    def take_command(self, command_id: str) -> Kept | None:
        """Return what is kept of a command that came before; else None, and the command is this transaction's own."""

    def keep_answer(self, command_id: str, kept: Kept, *, stream: str | None, actor: str) -> None:
        """Keep the answer to a command that was taken."""

    # streams

    def lock_stream(self, engagement_id: str, new: str) -> str:
        """Return the stream of an engagement, `new` where it had none, held against other transactions."""

    def find_stream(self, engagement_id: str) -> str | None:
        """Return the stream of an engagement."""

    def engagement_ids(self, streams: Collection[str]) -> dict[str, str]:
        """Return the engagement of each stream that has one."""

    def entries(self, stream: str, after: int = 0) -> list[Entry]:
        """Return the entries of a stream after a version, in order."""

    def snapshot(self, stream: str) -> Snapshot | None:
        """Return the newest snapshot of a stream."""

    def keep_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        """Keep a snapshot instead of the one before."""

    def all_names(self) -> list[tuple[str, str]]:
        """Return every stream that has a name, with it."""

    def stand(self, standings: Mapping[str, Standing]) -> None:
        """Keep by what open engagements are found, by stream, instead of what was kept before."""

    def close(self, streams: Collection[str]) -> None:
        """Find some engagements no longer among the open ones."""

    def standings(self, streams: Streams) -> dict[str, Standing]:
        """Return by what each open engagement is found, by stream."""

    def open_streams(self, programme_id: str | None, person: str | None) -> list[str]:
        """Return the open streams, those of a programme and those of somebody, where these are given."""

    def due_streams(self, at: datetime) -> list[str]:
        """Return the open streams to which something is due by a moment, what is due first first."""

    def add_streams(self, streams: Mapping[str, str]) -> bool:
        """Begin the streams of new engagements, and return whether none of them had one."""

    def add_parties(self, parties: Sequence[tuple[str, Relation, str]]) -> None:
        """Note whom engagements are between: stream, as what, who."""

    def streams_of(self, person: str) -> list[tuple[Relation, str]]:
        """Return the streams of somebody, as what."""

    # people

    def keys(self, people: Collection[str]) -> dict[str, str]:
        """Return the key of each person who has one."""

    def add_people(self, keys: Mapping[str, str]) -> None:
        """Give keys to people who have none; who has one keeps it."""

    def people(self, keys: Collection[str]) -> dict[str, str]:
        """Return the person of each key that has one."""

    # places

    def claim(self, claim: Claim, version: int) -> bool:
        """Hold one place, and return whether there was one; the number of the claim is not looked at."""

    def release(self, stream: str, parties: Collection[tuple[Relation, str]], until_on: date) -> None:
        """Give back the places that an engagement holds."""

    def seats(self, side: Relation, person: str) -> list[Seat]:
        """Return the places of somebody, in the order of their numbers."""

    def lock_seats(self, side: Relation, person: str) -> list[Seat]:
        """Return the places of somebody, held against other transactions, in the order of their numbers."""

    def claims(self, side: Relation, person: str) -> list[Claim]:
        """Return what is or was held of somebody's places."""

    def add_seats(self, seats: Sequence[tuple[Relation, str, Seat]]) -> None:
        """Add places."""

    def close_seat(self, side: Relation, person: str, number: int, until_on: date) -> None:
        """Take a place away from a day on."""

    # training

    def add_courses(self, courses: Sequence[tuple[str, Course]]) -> None:
        """Add training that people have had."""

    def courses(self, person: str) -> list[Course]:
        """Return the training that somebody has had, in the order in which it was recorded."""

    def all_courses(self) -> list[tuple[str, Course]]:
        """Return everybody's training."""

    # rounds

    def add_round(self, round_id: str, kept: KeptRound) -> bool:
        """Keep a round, and return whether there was none of this id."""

    def find_round(self, round_id: str) -> KeptRound | None:
        """Return a round."""

    def lock_round(self, round_id: str) -> KeptRound | None:
        """Return a round, held against other transactions."""

    def move_round(self, round_id: str, state: str, version: int) -> None:
        """Let a round stand elsewhere."""

    def add_proposals(self, round_id: str, proposals: Sequence[KeptProposal]) -> None:
        """Keep the pairs of a round."""

    def proposals(self, round_id: str) -> list[KeptProposal]:
        """Return the pairs of a round in their order."""

    # the log

    def anchor(self) -> Anchor:
        """Return the end of the log."""

    def lock_end(self) -> Anchor:
        """Return the end of the log, which no other transaction moves before this one is over."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries at the end of the log, which is locked."""

    def log(self, after: int, most: int) -> list[Entry]:
        """Return at most so many entries after a position, in order."""

    def headers(self, after: int, most: int) -> list[tuple[Header, str]]:
        """Return at most so many headers after a position with their links, in order."""

    # everything, for checks and exports

    def entries_between(self, streams: Streams) -> list[Entry]:
        """Return the entries of some streams, stream by stream, each in order."""

    def entries_of_kind(self, kind: str) -> list[Entry]:
        """Return the entries of one class of events or records, in order."""

    def entries_by(self, person: str) -> list[Entry]:
        """Return the entries whose actor somebody is, in order."""

    def proposals_of(self, person: str) -> list[KeptProposal]:
        """Return the pairs of all rounds in which somebody is."""

    def answers(self) -> list[tuple[str, str | None]]:
        """Return the answer to each command; None where it was erased."""

    def snapshots(self, streams: Streams) -> list[tuple[str, Snapshot]]:
        """Return the snapshots of some streams."""

    def all_claims(self, streams: Streams) -> list[Claim]:
        """Return everything that is or was held for some streams."""

    # erasing

    def written_by(self, person: str) -> list[tuple[int, str]]:
        """Return position and stream of each entry that holds words and whose actor somebody is."""

    def erase(self, *, entries: Collection[int], words: Collection[int]) -> None:
        """Remove facts and words at some positions, and only the words at others."""

    def forget(self, person: str, *, streams: Collection[str], touched: Collection[str]) -> None:
        """Remove who is meant by a key, the names of streams, snapshots, and answers given to or about them."""


class Database(Protocol):
    """Where a store keeps everything."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """Return a transaction that is kept whole at the end, or not at all where an error leaves it."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """Return a transaction that sees one moment and changes nothing."""

    def is_passing(self, error: BaseException) -> bool:
        """Return whether an error is of the moment, so that the same may be tried again."""

    def clean(self) -> None:
        """Leave no trace of what was erased in the files of the database."""

    def close(self) -> None:
        """Let go of connections and files."""
