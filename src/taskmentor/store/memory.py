"""A database in memory, for tests, notebooks and simulations: everything is gone with the process."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TypeVar

import attrs

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.training import Course
from taskmentor.store.chain import FIRST_LINK, Anchor, Header
from taskmentor.store.database import (
    OPEN,
    Claim,
    Entry,
    Kept,
    KeptProposal,
    KeptRound,
    Seat,
    Snapshot,
    Standing,
    Streams,
    Transaction,
)

__all__ = ["MemoryDatabase"]

_K = TypeVar("_K")
_V = TypeVar("_V")
_Side = tuple[Relation, str]


class MemoryDatabase:
    """Keeps everything in dictionaries; one transaction at a time."""

    def __init__(self) -> None:
        """Make an empty database."""
        self._lock = threading.RLock()
        self._tables = _Tables()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Give a transaction that is undone where an error leaves it."""
        with self._lock:
            undo: list[Callable[[], object]] = []
            try:
                yield _MemoryTransaction(self._tables, undo)
            except BaseException:
                for step in reversed(undo):
                    step()
                raise

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Give a transaction that changes nothing."""
        with self._lock:
            yield _MemoryTransaction(self._tables, [])

    def is_passing(self, error: BaseException) -> bool:
        """Return False: there is nobody else to wait for."""
        return False

    def clean(self) -> None:
        """Do nothing: there are no files."""

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


class _Tables:
    def __init__(self) -> None:
        self.commands: dict[str, tuple[Kept, str | None, str]] = {}
        self.streams: dict[str, str] = {}
        self.engagements: dict[str, str] = {}
        self.standings: dict[str, Standing] = {}
        self.parties: dict[tuple[str, Relation, str], None] = {}
        self.keys: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self.seats: dict[_Side, tuple[Seat, ...]] = {}
        self.claims: dict[_Side, tuple[Claim, ...]] = {}
        self.courses: dict[str, tuple[Course, ...]] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.rounds: dict[str, KeptRound] = {}
        self.proposals: dict[str, tuple[KeptProposal, ...]] = {}
        self.log: list[Entry] = []
        self.of_stream: dict[str, list[int]] = defaultdict(list)


class _MemoryTransaction:
    def __init__(self, tables: _Tables, undo: list[Callable[[], object]]) -> None:
        self._tables = tables
        self._undo = undo

    def _set(self, table: MutableMapping[_K, _V], key: _K, value: _V) -> None:
        if key in table:
            before = table[key]
            self._undo.append(lambda: table.__setitem__(key, before))
        else:
            self._undo.append(lambda: table.pop(key))
        table[key] = value

    def _remove(self, table: MutableMapping[_K, _V], key: _K) -> None:
        if key in table:
            before = table.pop(key)
            self._undo.append(lambda: table.__setitem__(key, before))

    # commands

    def take_command(self, command_id: str) -> Kept | None:
        found = self._tables.commands.get(command_id)
        return None if found is None else found[0]

    def keep_answer(self, command_id: str, kept: Kept, *, stream: str | None, actor: str) -> None:
        self._set(self._tables.commands, command_id, (kept, stream, actor))

    # streams

    def lock_stream(self, engagement_id: str, new: str) -> str:
        if engagement_id not in self._tables.streams:
            self._set(self._tables.streams, engagement_id, new)
            self._set(self._tables.engagements, new, engagement_id)
        return self._tables.streams[engagement_id]

    def find_stream(self, engagement_id: str) -> str | None:
        return self._tables.streams.get(engagement_id)

    def engagement_ids(self, streams: Collection[str]) -> dict[str, str]:
        known = self._tables.engagements
        return {stream: known[stream] for stream in streams if stream in known}

    def entries(self, stream: str, after: int = 0) -> list[Entry]:
        return [self._tables.log[position - 1] for position in self._tables.of_stream.get(stream, ())[after:]]

    def snapshot(self, stream: str) -> Snapshot | None:
        return self._tables.snapshots.get(stream)

    def keep_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        self._set(self._tables.snapshots, stream, snapshot)

    def all_names(self) -> list[tuple[str, str]]:
        return list(self._tables.engagements.items())

    def stand(self, standings: Mapping[str, Standing]) -> None:
        for stream, standing in standings.items():
            self._set(self._tables.standings, stream, standing)

    def close(self, streams: Collection[str]) -> None:
        for stream in streams:
            self._remove(self._tables.standings, stream)

    def standings(self, streams: Streams) -> dict[str, Standing]:
        return {stream: one for stream, one in self._tables.standings.items() if _is_among(stream, streams)}

    def open_streams(self, programme_id: str | None, person: str | None) -> list[str]:
        known = None if person is None else {stream for _, stream in self.streams_of(person)}
        return [
            stream
            for stream, standing in self._tables.standings.items()
            if programme_id in (None, standing.programme_id) and (known is None or stream in known)
        ]

    def due_streams(self, at: datetime) -> list[str]:
        dated = ((one.due_at, stream) for stream, one in self._tables.standings.items())
        return [
            stream for _, stream in sorted((due, stream) for due, stream in dated if due and due <= at.astimezone(UTC))
        ]

    def add_streams(self, streams: Mapping[str, str]) -> bool:
        if not self._tables.streams.keys().isdisjoint(streams):
            return False
        for engagement_id, stream in streams.items():
            self.lock_stream(engagement_id, stream)
        return True

    def add_parties(self, parties: Sequence[tuple[str, Relation, str]]) -> None:
        for stream, side, person in parties:
            self._set(self._tables.parties, (person, side, stream), None)

    def streams_of(self, person: str) -> list[tuple[Relation, str]]:
        return [(side, stream) for key, side, stream in self._tables.parties if key == person]

    # people

    def keys(self, people: Collection[str]) -> dict[str, str]:
        return {person: self._tables.keys[person] for person in people if person in self._tables.keys}

    def add_people(self, keys: Mapping[str, str]) -> None:
        for person, key in keys.items():
            if person not in self._tables.keys:
                self._set(self._tables.keys, person, key)
                self._set(self._tables.people, key, person)

    def people(self, keys: Collection[str]) -> dict[str, str]:
        return {key: self._tables.people[key] for key in keys if key in self._tables.people}

    # places

    def claim(self, claim: Claim, version: int) -> bool:
        side = (claim.side, claim.person)
        taken = {
            other.number
            for other in self._tables.claims.get(side, ())
            if max(other.from_on, claim.from_on) < min(other.until_on, claim.until_on)
        }
        for seat in self._tables.seats.get(side, ()):
            if seat.from_on <= claim.from_on and claim.until_on <= seat.until_on and seat.number not in taken:
                held = attrs.evolve(claim, number=seat.number)
                self._set(self._tables.claims, side, (*self._tables.claims.get(side, ()), held))
                return True
        return False

    def release(self, stream: str, parties: Collection[_Side], until_on: date) -> None:
        for side in parties:
            claims = tuple(
                attrs.evolve(claim, until_on=max(claim.from_on, until_on))
                if claim.stream == stream and claim.until_on == OPEN
                else claim
                for claim in self._tables.claims[side]
            )
            self._set(self._tables.claims, side, claims)

    def seats(self, side: Relation, person: str) -> list[Seat]:
        return list(self._tables.seats.get((side, person), ()))

    def lock_seats(self, side: Relation, person: str) -> list[Seat]:
        return self.seats(side, person)

    def claims(self, side: Relation, person: str) -> list[Claim]:
        return list(self._tables.claims.get((side, person), ()))

    def add_seats(self, seats: Sequence[tuple[Relation, str, Seat]]) -> None:
        for side, person, seat in seats:
            self._set(self._tables.seats, (side, person), (*self._tables.seats.get((side, person), ()), seat))

    def close_seat(self, side: Relation, person: str, number: int, until_on: date) -> None:
        seats = tuple(
            attrs.evolve(seat, until_on=until_on) if seat.number == number else seat
            for seat in self._tables.seats[side, person]
        )
        self._set(self._tables.seats, (side, person), seats)

    # training

    def add_courses(self, courses: Sequence[tuple[str, Course]]) -> None:
        for person, course in courses:
            self._set(self._tables.courses, person, (*self._tables.courses.get(person, ()), course))

    def courses(self, person: str) -> list[Course]:
        return list(self._tables.courses.get(person, ()))

    def all_courses(self) -> list[tuple[str, Course]]:
        return [(person, course) for person, courses in self._tables.courses.items() for course in courses]

    # rounds

    def add_round(self, round_id: str, kept: KeptRound) -> bool:
        if round_id in self._tables.rounds:
            return False
        self._set(self._tables.rounds, round_id, kept)
        return True

    def find_round(self, round_id: str) -> KeptRound | None:
        return self._tables.rounds.get(round_id)

    def lock_round(self, round_id: str) -> KeptRound | None:
        return self.find_round(round_id)

    def move_round(self, round_id: str, state: str, version: int) -> None:
        moved = attrs.evolve(self._tables.rounds[round_id], state=state, version=version)
        self._set(self._tables.rounds, round_id, moved)

    def add_proposals(self, round_id: str, proposals: Sequence[KeptProposal]) -> None:
        self._set(self._tables.proposals, round_id, tuple(proposals))

    def proposals(self, round_id: str) -> list[KeptProposal]:
        return list(self._tables.proposals.get(round_id, ()))

    # the log

    def anchor(self) -> Anchor:
        log = self._tables.log
        return Anchor(position=len(log), link=log[-1].link if log else FIRST_LINK)

    def lock_end(self) -> Anchor:
        return self.anchor()

    def append(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._tables.log.append(entry)
            self._tables.of_stream[entry.header.stream].append(entry.header.position)
            self._undo.append(self._tables.log.pop)
            self._undo.append(self._tables.of_stream[entry.header.stream].pop)

    def log(self, after: int, most: int) -> list[Entry]:
        return self._tables.log[after : after + most]

    def headers(self, after: int, most: int) -> list[tuple[Header, str]]:
        return [(entry.header, entry.link) for entry in self.log(after, most)]

    # everything, for checks and exports

    def entries_between(self, streams: Streams) -> list[Entry]:
        chosen = (entry for entry in self._tables.log if _is_among(entry.header.stream, streams))
        return sorted(chosen, key=lambda entry: entry.header.stream)

    def entries_of_kind(self, kind: str) -> list[Entry]:
        return [entry for entry in self._tables.log if entry.kind == kind]

    def entries_by(self, person: str) -> list[Entry]:
        return [entry for entry in self._tables.log if entry.actor == person]

    def proposals_of(self, person: str) -> list[KeptProposal]:
        kept = (pair for pairs in self._tables.proposals.values() for pair in pairs)
        return [pair for pair in kept if person in (pair.mentee, pair.mentor)]

    def answers(self) -> list[tuple[str, str | None]]:
        return [(command_id, kept.answer) for command_id, (kept, _, _) in self._tables.commands.items()]

    def snapshots(self, streams: Streams) -> list[tuple[str, Snapshot]]:
        return [(stream, kept) for stream, kept in self._tables.snapshots.items() if _is_among(stream, streams)]

    def all_claims(self, streams: Streams) -> list[Claim]:
        held = (claim for claims in self._tables.claims.values() for claim in claims)
        return [claim for claim in held if _is_among(claim.stream, streams)]

    # erasing

    def written_by(self, person: str) -> list[tuple[int, str]]:
        spoken = (entry for entry in self._tables.log if entry.actor == person and entry.words)
        return [(entry.header.position, entry.header.stream) for entry in spoken]

    def erase(self, *, entries: Collection[int], words: Collection[int]) -> None:
        for position in (*entries, *words):
            entry = self._tables.log[position - 1]
            bare = attrs.evolve(entry, words=None, words_salt=None)
            if position in entries:
                bare = Entry(header=entry.header, link=entry.link)
            self._change_entry(position - 1, bare)

    def _change_entry(self, place: int, entry: Entry) -> None:
        log, before = self._tables.log, self._tables.log[place]
        self._undo.append(lambda: log.__setitem__(place, before))
        log[place] = entry

    def forget(self, person: str, *, streams: Collection[str], touched: Collection[str]) -> None:
        tables = self._tables
        for stream in touched:
            self._remove(tables.snapshots, stream)
        for command_id, (kept, about, actor) in list(tables.commands.items()):
            if actor == person or about in touched:
                bare = Kept(fingerprint=kept.fingerprint, salt=None, answer=None)
                self._set(tables.commands, command_id, (bare, None, actor))
        for stream in streams:
            self._remove(tables.streams, tables.engagements[stream])
            self._remove(tables.engagements, stream)
        for party in [party for party in tables.parties if party[0] == person or party[2] in streams]:
            self._remove(tables.parties, party)
        for round_id, kept_pairs in list(tables.proposals.items()):
            left = tuple(pair for pair in kept_pairs if person not in (pair.mentee, pair.mentor))
            self._set(tables.proposals, round_id, left)
        self._remove(tables.courses, person)
        self._remove(tables.keys, tables.people[person])
        self._remove(tables.people, person)


def _is_among(stream: str, streams: Streams) -> bool:
    first, until = streams
    return first <= stream < until
