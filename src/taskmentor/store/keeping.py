"""The store: commands in, events kept, the same over every database.

A command runs in one transaction, in this order, which is the same for all and keeps two of them from waiting for each
other: the command's id is taken, the engagement locked, the action decided, people given keys, places claimed, and the
end of the log locked last and for the shortest time. Entries get their positions under that lock, so whoever has read
up to one position never sees anything new below it.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from datetime import UTC, date, datetime
from types import TracebackType
from typing import TypeVar

import attrs
from attrs import frozen

from taskmentor.authorisation import Authority, ProgrammeAction, Relation, require
from taskmentor.errors import (
    CommandReusedError,
    ConcurrencyConflict,
    ErasedError,
    IllegalMoveError,
    InputError,
    NotAuthorisedError,
    RefusedError,
    UnknownIdError,
    shown,
)
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.deciding import decide, held_by
from taskmentor.lifecycle.disclosure import seen_by
from taskmentor.lifecycle.engagement import Engagement, last_day
from taskmentor.lifecycle.events import EngagementId, Event, ProgrammeId, check_instant, input_error, utc_day
from taskmentor.lifecycle.evolving import evolve
from taskmentor.lifecycle.training import Course, training_on
from taskmentor.models.organisation import EngagedRow
from taskmentor.models.people import PersonId, key_of_erased
from taskmentor.store import rounds
from taskmentor.store.chain import Anchor, commitment
from taskmentor.store.commands import (
    Command,
    CommandId,
    Receipt,
    Refusal,
    check_command_id,
    read_answer,
    write_answer,
)
from taskmentor.store.database import Database, Kept, Transaction
from taskmentor.store.erasing import erase_person
from taskmentor.store.ledger import Ledger, Placed
from taskmentor.store.payloads import Codec
from taskmentor.store.places import change_seats, held, settle
from taskmentor.store.records import CourseRecorded, PlacesSet, RoundId, RoundState, Told, named_engagement
from taskmentor.store.rounds import StoredRound
from taskmentor.store.standing import note
from taskmentor.store.states import StateCodec

__all__ = ["ANY_TIME", "Deciding", "Held", "Logged", "Store", "check_same", "conflict_of", "unless"]

Held = Callable[[Engagement | None], Set[Relation]]
"""Tells what the actor is to an engagement, asked inside the transaction: rights withdrawn meanwhile are gone."""

Deciding = Callable[[Engagement | None], tuple[Event, ...]]
"""Gives the events that follow from an engagement as it stands, or refuses."""

ANY_TIME = datetime(2, 1, 1, tzinfo=UTC)
"""The time of every command where two are compared: one that comes again comes at another time, and asks the same."""

_V = TypeVar("_V")
_E = TypeVar("_E")
_TRIES = 12
_LONGEST_PAUSE = 0.5
_READ_AT_ONCE = 5_000


@frozen(kw_only=True)
class Logged:
    """One entry of the log as a reader sees it.

    Attributes:
        position: Its place in the whole log.
        stream: The random id of what it belongs to.
        version: Its place there.
        command_id: The command that brought it about.
        event: What it says; None where that was erased.
    """

    position: int
    stream: str
    version: int
    command_id: str
    event: Told | None


class Store:
    """Keeps engagements: their events, who asked for them, and the places that they hold."""

    def __init__(
        self,
        database: Database,
        *,
        codec: Codec | None = None,
        draw: Callable[[int], bytes] = secrets.token_bytes,
        snapshot_every: int = 32,
    ) -> None:
        """Make a store over a database.

        Args:
            database: Where everything is kept; see `open_store`.
            codec: Writes and reads payloads; give one with upcasts to read older ones.
            draw: Gives so many random bytes, for salts, keys and the ids of streams.
            snapshot_every: After how many events an engagement is kept as it stands.
        """
        self.database = database
        self.ledger = Ledger(codec or Codec(), draw, snapshot_every, StateCodec())

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    # --- commands

    def execute(self, command: Command, held: Held) -> Receipt:
        """Carry a command out, once however often it comes, and return what it brought about.

        Rights come first: whoever has none is told neither how an engagement stands, nor its version, nor whether there
        is one.

        Args:
            command: The command. With the same id it must ask for the same; only its time may differ.
            held: Tells what the actor is to the engagement on the day of the command; of one that is not there it is
                asked for a proposal alone, as to anything else nobody has a right then.

        Raises:
            RefusedError: If the engagement refuses (`IllegalMoveError`, `NotAuthorisedError`), somebody has no free
                place (`CapacityError`), or the engagement has moved on (`ConcurrencyConflict`). A refusal is an answer
                too: the same command gets it again.
            InputError: If something in the action cannot be; kept as an answer too.
            CommandReusedError: If the id stands for another command already.
            ErasedError: If the command came before, and its answer was erased.
        """

        def deciding(engagement: Engagement | None) -> tuple[Event, ...]:
            return _decided(command, engagement, held)

        return self.carry_out(
            command.id,
            command.engagement_id,
            deciding,
            asked=repr(attrs.evolve(command, at=ANY_TIME)),
            actor=command.actor,
            expected_version=command.expected_version,
            on=utc_day(command.at),
        )

    def carry_out(
        self,
        command_id: CommandId,
        engagement_id: EngagementId,
        deciding: Deciding,
        *,
        asked: str,
        actor: PersonId,
        expected_version: int | None = None,
        on: date | None = None,
    ) -> Receipt:
        """Keep what a decision about an engagement brings about; see `execute`, which does this with `decide`.

        Args:
            command_id: The command's id.
            engagement_id: The engagement.
            deciding: Gives the events that follow from the engagement as it stands, none too, or refuses; who has no
                right is refused before anything else is said.
            asked: What was asked in words, the same whenever the command is sent again.
            actor: Who asked; nobody else gets the answer.
            expected_version: The version that the actor saw; None where it does not matter.
            on: The day on which the mentor's training is looked at, where the terms ask for some; None for none.
        """
        check_command_id(command_id)
        _check_name(engagement_id)

        def work(transaction: Transaction) -> Receipt:
            stream = transaction.lock_stream(engagement_id, self.ledger.token())
            before = self.ledger.current(transaction, stream, engagement_id)
            version = 0 if before is None else before.version
            conflict = conflict_of(engagement_id, expected_version, version)
            seen = before if on is None else self._trained(transaction, before, on)
            events = unless(conflict, lambda: deciding(seen))
            return self._keep(transaction, command_id, stream, before, events)

        return self.once(command_id, f"{engagement_id}\n{asked}", actor, work, engagement_id)

    def _trained(self, transaction: Transaction, engagement: Engagement | None, on: date) -> Engagement | None:
        """Return an engagement with the training that its mentor has on record, where that is more than its own."""
        if engagement is None or engagement.terms.training_hours == 0:
            return engagement
        key = self.ledger.keys(transaction, {engagement.mentor_id})[engagement.mentor_id]
        valid_days = engagement.terms.training_valid_days
        known = training_on(transaction.courses(key), on, valid_days)
        own = engagement.training
        lapsed = own is not None and (own.valid_until(valid_days) or on) < on
        if known is None or (own is not None and not lapsed and own.hours >= known.hours):
            return engagement
        return attrs.evolve(engagement, training=known)

    def _keep(
        self,
        transaction: Transaction,
        command_id: CommandId,
        stream: str,
        before: Engagement | None,
        events: tuple[Event, ...],
    ) -> Receipt:
        """Keep events, and the places that their engagement holds after them."""
        after = before
        for event in events:
            after = evolve(after, event)
        if after is None or not events:
            return Receipt(command_id=command_id, version=0 if after is None else after.version, position=0, n_events=0)
        placed: list[Placed] = [(stream, event.version, event) for event in events]
        keys = self.ledger.keys(transaction, self.ledger.named(placed) | self.ledger.states.people(after))
        self._note_parties(transaction, stream, before, after, keys)
        settle(transaction, stream, before, after, utc_day(after.at), keys)
        note(transaction, stream, before, after)
        position = self.ledger.append(transaction, command_id, placed, keys)
        self.ledger.keep_snapshot(transaction, stream, after, len(events), keys)
        return Receipt(command_id=command_id, version=after.version, position=position, n_events=len(events))

    def _note_parties(
        self,
        transaction: Transaction,
        stream: str,
        before: Engagement | None,
        after: Engagement,
        keys: Mapping[str, str],
    ) -> None:
        known = set() if before is None else {before.mentee_id, before.mentor_id}
        both = ((Relation.MENTEE, after.mentee_id), (Relation.MENTOR, after.mentor_id))
        if new := [(side, keys[person]) for side, person in both if person not in known]:
            transaction.add_parties([(stream, side, person) for side, person in new])

    # --- once and only once

    def once(
        self,
        command_id: CommandId,
        asked: str,
        actor: PersonId,
        work: Callable[[Transaction], Receipt],
        engagement_id: EngagementId | None = None,
    ) -> Receipt:
        """Do some work if its command is new, and keep the answer; else give its actor the answer that is kept."""
        asked = f"{actor}\n{asked}"

        def first_or_again(transaction: Transaction) -> Receipt:
            if (kept := transaction.take_command(command_id)) is not None:
                return _kept_answer(kept, command_id, asked)
            receipt = work(transaction)
            self._keep_answer(transaction, command_id, asked, actor, receipt, engagement_id)
            return receipt

        try:
            return self._write(command_id, first_or_again)
        except (RefusedError, InputError) as refusal:
            # Everything that was begun is undone; what is left to keep is the answer. A command on no engagement has
            # done nothing then, and is decided anew when it comes again.
            if engagement_id is None:
                raise
            refused = refusal

        def keep_refusal(transaction: Transaction) -> Receipt | None:
            if (kept := transaction.take_command(command_id)) is not None:
                return _kept_answer(kept, command_id, asked)
            self._keep_answer(transaction, command_id, asked, actor, refused, engagement_id)
            return None

        if (first := self._write(command_id, keep_refusal)) is None:
            raise refused
        return first

    def _write(self, command_id: str, work: Callable[[Transaction], _V]) -> _V:
        """Run one transaction, and again where what stopped it is of the moment."""
        for attempt in range(_TRIES - 1):
            try:
                with self.database.writing() as transaction:
                    return work(transaction)
            except Exception as error:
                if not self.database.is_passing(error):
                    raise
                time.sleep(_pause(command_id, attempt))
        with self.database.writing() as transaction:
            return work(transaction)

    def _keep_answer(
        self,
        transaction: Transaction,
        command_id: CommandId,
        asked: str,
        actor: PersonId,
        answer: Receipt | Refusal,
        engagement_id: EngagementId | None,
    ) -> None:
        salt = self.ledger.token()
        kept = Kept(fingerprint=commitment(salt, asked), salt=salt, answer=write_answer(answer))
        key = self.ledger.keys(transaction, {actor})[actor]
        stream = None if engagement_id is None else transaction.find_stream(engagement_id)
        transaction.keep_answer(command_id, kept, stream=stream, actor=key)

    # --- reading

    def load(self, engagement_id: str) -> Engagement:
        """Return an engagement as it stands.

        Raises:
            UnknownIdError: If there is none of this id.
        """
        with self.database.reading() as transaction:
            stream = transaction.find_stream(engagement_id) if named_engagement(engagement_id) else None
            engagement = None if stream is None else self.ledger.current(transaction, stream, engagement_id)
        if engagement is None:
            raise UnknownIdError("engagement", engagement_id)
        return engagement

    def events(self, engagement_id: str) -> tuple[Event, ...]:
        """Return everything that happened to an engagement; nothing where there is none of this id."""
        with self.database.reading() as transaction:
            stream = transaction.find_stream(engagement_id) if named_engagement(engagement_id) else None
            if stream is None:
                return ()
            entries = transaction.entries(stream)
            return tuple(self.ledger.events(entries, self.ledger.people(transaction, entries), engagement_id))

    def engagements_of(self, person_id: str, side: Relation | None = None) -> tuple[EngagementId, ...]:
        """Return the ids of somebody's engagements in their order, on both sides or on one."""
        with self.database.reading() as transaction:
            keys = transaction.keys({person_id})
            streams = transaction.streams_of(keys[person_id]) if keys else []
            wanted = {stream for as_what, stream in streams if side in (None, as_what)}
            return _engagements(transaction, wanted)

    def open_engagements(
        self, *, programme_id: str | None = None, person_id: str | None = None
    ) -> tuple[EngagementId, ...]:
        """Return the ids of the engagements that are not over, in their order.

        Args:
            programme_id: Those of one programme; None for all.
            person_id: Those of one person, as mentee or mentor; None for everybody's.

        Complexity:
            O(n) for n open engagements of that programme or person, whatever else is kept.
        """
        with self.database.reading() as transaction:
            keys = {} if person_id is None else transaction.keys({person_id})
            if person_id is not None and not keys:
                return ()
            streams = transaction.open_streams(programme_id, None if person_id is None else keys[person_id])
            return _engagements(transaction, streams)

    def engaged(self, on: date) -> list[EngagedRow]:
        """Return the pairs that are open on a day, from their proposal on, as rows of the table `engaged`.

        With them a round proposes none of these again, and counts their places as taken; see `Organisation.engaging`.
        Of a pair that has since been closed nothing is told, whatever the day.

        Args:
            on: The day, in UTC.

        Complexity:
            O(n) for n open engagements, some milliseconds each.
        """
        with self.database.reading() as transaction:
            names = transaction.engagement_ids(transaction.open_streams(None, None))
            in_order = sorted((name, stream) for stream, name in names.items() if named_engagement(name))
            found = (self.ledger.current(transaction, stream, name) for name, stream in in_order)
            dated = ((one, utc_day(one.proposed_at)) for one in found if one is not None)
            return [
                EngagedRow(one.mentor_id, one.mentee_id, one.scope.skill_id, from_on=since)
                for one, since in dated
                if since <= on
            ]

    def due(self, at: datetime) -> tuple[EngagementId, ...]:
        """Return the engagements to which something is due by a moment, what is due first first.

        That is what time alone causes (`lifecycle.deadlines`), the start from the start date on, and the end from the
        day after the end date on; what nobody does about it stays due.

        Args:
            at: Until when, aware.

        Complexity:
            O(n) for n that are due, whatever else is kept.
        """
        check_instant(at)
        with self.database.reading() as transaction:
            streams = transaction.due_streams(at)
            names = transaction.engagement_ids(streams)
            return tuple(EngagementId(names[one]) for one in streams if named_engagement(names[one]))

    def open_to(
        self,
        reader: PersonId,
        authority: Authority,
        on: date,
        *,
        programme_id: str | None = None,
        person_id: str | None = None,
    ) -> Iterator[Engagement]:
        """Yield the open engagements to which a reader is something on a day, as far as they may see them.

        Args:
            reader: Who looks.
            authority: Says what they are to each.
            on: The day.
            programme_id: Those of one programme; None for all.
            person_id: Those of one person, as mentee or mentor; None for everybody's.
        """
        for engagement_id in self.open_engagements(programme_id=programme_id, person_id=person_id):
            engagement = self.load(engagement_id)
            if held := authority.relations(reader, engagement, on):
                yield seen_by(engagement, reader, held)

    def log(self, after: int = 0) -> Iterator[Logged]:
        """Yield everything after a position, in the order of positions, a few thousand entries at a time."""
        while True:
            with self.database.reading() as transaction:
                entries = transaction.log(after, _READ_AT_ONCE)
                people = self.ledger.people(transaction, entries)
                ids = transaction.engagement_ids({entry.header.stream for entry in entries})
            for entry in entries:
                header = entry.header
                yield Logged(
                    position=header.position,
                    stream=header.stream,
                    version=header.version,
                    command_id=header.command_id,
                    event=self.ledger.read(entry, people, ids.get(header.stream, header.stream)),
                )
            if len(entries) < _READ_AT_ONCE:
                return
            after = entries[-1].header.position

    def engagements(self) -> tuple[Engagement, ...]:
        """Return every engagement as it stands, in the order of their proposals, from one reading of the whole log.

        Those of which something was erased that it takes to know where they stand are not among them.

        Complexity:
            O(n) for n events; everything is held in memory.
        """
        standing: dict[str, Engagement | None] = {}
        for entry in self.log():
            if entry.event is None:
                standing[entry.stream] = None
            elif isinstance(entry.event, Event) and (entry.version == 1 or standing.get(entry.stream) is not None):
                standing[entry.stream] = evolve(standing.get(entry.stream), entry.event)
        return tuple(one for one in standing.values() if one is not None)

    def anchor(self) -> Anchor:
        """Return the end of the log, to be published elsewhere: nothing before it can then be changed unseen."""
        with self.database.reading() as transaction:
            return transaction.anchor()

    # --- places

    def set_places(self, command_id: CommandId, changes: Iterable[PlacesSet], authority: Authority) -> Receipt:
        """Set how many engagements people take part in at a time, and return what it brought about.

        Args:
            command_id: The command's id.
            changes: What shall hold from which day on; one a person and side.
            authority: Says who may. Places count in all programmes, so it takes a grant that is not for one alone.

        Raises:
            NotAuthorisedError: If who asks for one of the changes may not.
            CapacityError: If somebody holds more places on that day or later than they would have.
            InputError: If there is nothing to set, or a change is dated before an earlier one.
        """
        wanted = sorted(changes, key=lambda change: (change.side, change.person_id))
        if not wanted:
            raise input_error("MISSING-VALUE", "changes", "there are none", "Give at least one.")
        check_command_id(command_id)

        def work(transaction: Transaction) -> Receipt:
            for actor, on in {(change.actor, utc_day(change.at)) for change in wanted}:
                authority.require(actor, ProgrammeAction.SET_PLACES, None, on)
            placed: list[Placed] = [(self.ledger.token(), 1, change) for change in wanted]
            keys = self.ledger.keys(transaction, self.ledger.named(placed))
            change_seats(transaction, wanted, keys)
            position = self.ledger.append(transaction, command_id, placed, keys)
            return Receipt(command_id=command_id, version=1, position=position, n_events=len(wanted))

        asked = "\n".join(repr(attrs.evolve(change, at=ANY_TIME)) for change in wanted)
        return self.once(command_id, asked, wanted[0].actor, work)

    def places(self, person_id: str, side: Relation, on: date) -> tuple[int, int]:
        """Return how many places somebody has on a day, and how many of them are held."""
        with self.database.reading() as transaction:
            key = transaction.keys({person_id}).get(person_id)
            if key is None:
                return 0, 0
            return held(transaction.seats(side, key), on), held(transaction.claims(side, key), on)

    # --- training

    def record_courses(self, command_id: CommandId, courses: Iterable[CourseRecorded], authority: Authority) -> Receipt:
        """Put on record training that mentors have had, and return what it brought about.

        It counts in all their engagements from then on: where the terms ask for training before the start, the store
        looks at what the mentor has on that day, beside what was recorded for the one engagement.

        Args:
            command_id: The command's id.
            courses: Who has had what.
            authority: Says who may. Training counts in all programmes, so it takes a grant that is not for one alone.

        Raises:
            NotAuthorisedError: If who records one of them may not.
            InputError: If there is nothing to record, or a course is completed later than it is recorded.
        """
        wanted = [*courses]
        if not wanted:
            raise input_error("MISSING-VALUE", "courses", "there are none", "Give at least one.")
        check_command_id(command_id)
        for one in wanted:
            if one.course.completed_on > last_day(one.at):
                problem = f"the day {one.course.completed_on} is still to come"
                raise input_error("DATE-ORDER", "completed_on", problem, f"Give {last_day(one.at)} or before.")

        def work(transaction: Transaction) -> Receipt:
            for actor, on in {(one.actor, utc_day(one.at)) for one in wanted}:
                authority.require(actor, ProgrammeAction.RECORD_COURSES, None, on)
            placed: list[Placed] = [(self.ledger.token(), 1, one) for one in wanted]
            keys = self.ledger.keys(transaction, self.ledger.named(placed))
            transaction.add_courses([(keys[one.person_id], one.course) for one in wanted])
            position = self.ledger.append(transaction, command_id, placed, keys)
            return Receipt(command_id=command_id, version=1, position=position, n_events=len(wanted))

        asked = "\n".join(repr(attrs.evolve(one, at=ANY_TIME)) for one in wanted)
        return self.once(command_id, asked, wanted[0].actor, work)

    def courses(self, person_id: str) -> tuple[Course, ...]:
        """Return the training that somebody has had, in the order in which it was recorded."""
        with self.database.reading() as transaction:
            keys = transaction.keys({person_id})
            return tuple(transaction.courses(keys[person_id])) if keys else ()

    # --- rounds

    def keep_round(
        self,
        command_id: CommandId,
        round_id: RoundId,
        proposals: Iterable[Propose],
        *,
        programme_id: ProgrammeId,
        claims: Mapping[str, object],
        actor: PersonId,
        at: datetime,
        authority: Authority,
    ) -> Receipt:
        """Keep the pairs of a round as a draft, and return what it brought about.

        Args:
            command_id: The command's id.
            round_id: What the round shall be called; it must not tell anything about a person.
            proposals: Its pairs, as `Round.proposals` gives them.
            programme_id: The programme of all of them.
            claims: What its plan says of itself, as `formats.plans.claims_data` gives it.
            actor: Who keeps it.
            at: When, aware.
            authority: Says who runs the programme on that day.

        Raises:
            NotAuthorisedError: If the actor does not run the programme.
            InputError: If a pair is of another programme (`WRONG-PROGRAMME`).
            CommandReusedError: If the id stands for a round with other pairs or claims, or for anything else.
            IllegalMoveError: If there is a round of this id already.

        Complexity:
            O(n) for n pairs, some 50 microseconds each.
        """
        check_command_id(round_id)
        pairs = [*proposals]
        rounds.check_programme(programme_id, pairs)

        def work(transaction: Transaction) -> tuple[list[Placed], Mapping[str, str]]:
            authority.require(actor, ProgrammeAction.KEEP_ROUND, programme_id, utc_day(at))
            placed = rounds.keep(self.ledger, transaction, round_id, programme_id, pairs, claims, actor=actor, at=at)
            return placed, self.ledger.keys(transaction, {actor})

        asked = f"keep {round_id} of {programme_id}: {rounds.said_of(pairs, claims)}"
        return self._record(command_id, asked, actor, at, work)

    def move_round(
        self,
        command_id: CommandId,
        round_id: RoundId,
        state: RoundState,
        *,
        actor: PersonId,
        at: datetime,
        authority: Authority,
    ) -> Receipt:
        """Give a draft to review, take it back or discard it, and return what it brought about.

        Args:
            command_id: The command's id.
            round_id: The round.
            state: Where it shall stand.
            actor: Who moves it.
            at: When, aware.
            authority: Says who runs its programme on that day.

        Raises:
            NotAuthorisedError: If the actor does not run its programme; whether there is such a round is told to those
                alone who run all programmes.
            UnknownIdError: If there is no such round.
            IllegalMoveError: If it cannot go there from where it stands; `publish_round` alone publishes.
        """
        if state is RoundState.PUBLISHED:
            raise IllegalMoveError("move to published", "review", "a round is published with all its proposals")

        def work(transaction: Transaction) -> tuple[list[Placed], Mapping[str, str]]:
            placed = rounds.move(transaction, round_id, state, actor=actor, at=at, authority=authority)
            return placed, self.ledger.keys(transaction, {actor})

        return self._record(command_id, f"move {round_id} to {state}", actor, at, work)

    def publish_round(
        self, command_id: CommandId, round_id: RoundId, *, actor: PersonId, at: datetime, authority: Authority
    ) -> Receipt:
        """Propose every pair of a round that was reviewed, all or none, and return what it brought about.

        Args:
            command_id: The command's id.
            round_id: The round.
            actor: Who publishes, and so proposes.
            at: When, aware.
            authority: Says who runs its programme on that day, and what the actor is to the two of each pair.

        Raises:
            UnknownIdError: If there is no such round.
            IllegalMoveError: If it is not in review, or one of its pairs is proposed already.
            NotAuthorisedError: If the actor does not run its programme, or may not propose one of them.
        """

        def work(transaction: Transaction) -> tuple[list[Placed], Mapping[str, str]]:
            moved = rounds.move(transaction, round_id, RoundState.PUBLISHED, actor=actor, at=at, authority=authority)
            pairs = rounds.proposals(transaction, round_id)
            proposed, keys = rounds.publish(self.ledger, transaction, pairs, actor=actor, at=at, authority=authority)
            return moved + proposed, keys

        return self._record(command_id, f"publish {round_id}", actor, at, work)

    def _record(
        self,
        command_id: CommandId,
        asked: str,
        actor: PersonId,
        at: datetime,
        work: Callable[[Transaction], tuple[list[Placed], Mapping[str, str]]],
    ) -> Receipt:
        """Do some work that belongs to no engagement, and keep what it says."""
        check_command_id(command_id)
        check_instant(at)

        def done(transaction: Transaction) -> Receipt:
            placed, keys = work(transaction)
            position = self.ledger.append(transaction, command_id, placed, keys)
            return Receipt(command_id=command_id, version=placed[0][1], position=position, n_events=len(placed))

        return self.once(command_id, asked, actor, done)

    def round(self, round_id: RoundId) -> StoredRound:
        """Return a round as it stands.

        Raises:
            UnknownIdError: If there is no such round.
        """
        with self.database.reading() as transaction:
            return rounds.stored(transaction, round_id)

    def proposals(self, round_id: RoundId) -> list[Propose]:
        """Return the pairs of a round in their order, without those of which somebody was erased."""
        with self.database.reading() as transaction:
            return rounds.proposals(transaction, round_id)

    # --- erasing

    def erase(
        self,
        command_id: CommandId,
        person_id: str,
        *,
        ticket: str,
        actor: PersonId,
        at: datetime,
        authority: Authority,
    ) -> Receipt:
        """Remove what is about one person for good, and return what it brought about.

        Gone are all events of the engagements in which they are the mentee, the words of those in which they are the
        mentor, the words of everything they did elsewhere, and who they are: what is left names them by a key that
        means nothing. Headers and commitments stay, so the chain still verifies. The places of erased engagements are
        given back.

        Args:
            command_id: The command's id.
            person_id: Who.
            ticket: What the request is filed under; it is kept, and must not tell whom it is about.
            actor: Who erases; somebody else.
            at: When, aware.
            authority: Says who may. It reaches into all programmes, so it takes a grant that is not for one alone.

        Raises:
            NotAuthorisedError: If the actor may not, whether or not the store knows the person.
            UnknownIdError: If the store does not know the person.
            InputError: If the ticket is empty, or somebody would erase themselves.
            CommandReusedError: If the id stands for another command already.
        """
        check_command_id(command_id)
        check_instant(at)
        if actor == person_id:
            raise input_error("SELF-ERASURE", "actor", "nobody erases themselves", "Let somebody else do it.")
        if not ticket.strip():
            remedy = "Give what the request is filed under."
            raise input_error("MISSING-VALUE", "ticket", "nobody is erased without a ticket", remedy)

        def work(transaction: Transaction) -> Receipt:
            authority.require(actor, ProgrammeAction.ERASE_PERSON, None, utc_day(at))
            key = transaction.keys({person_id}).get(person_id)
            if key is None:
                raise UnknownIdError("person", person_id)
            record = erase_person(self.ledger, transaction, key, ticket=ticket, actor=actor, at=at)
            keys = self.ledger.keys(transaction, {actor})
            position = self.ledger.append(transaction, command_id, [(self.ledger.token(), 1, record)], keys)
            return Receipt(command_id=command_id, version=1, position=position, n_events=1)

        # Whom it is about cannot be part of what was asked: it must be forgotten. So it is looked at afterwards.
        receipt = self.once(command_id, f"erase\n{ticket}", actor, work)
        with self.database.reading() as transaction:
            if transaction.keys({person_id}):
                raise CommandReusedError(command_id)
        self.database.clean()
        return receipt


def _decided(command: Command, engagement: Engagement | None, held: Held) -> tuple[Event, ...]:
    """Decide a command; to who is nothing to an engagement it is as if there were none."""
    action, actor = command.action, command.actor
    if isinstance(action, Propose):
        check_same("engagement_id", action.engagement_id, command.engagement_id)
        relations = held(engagement)
        if engagement is not None and not held_by(actor, relations, engagement.mentee_id, engagement.mentor_id):
            raise NotAuthorisedError(action.name, actor, (action.initiator,))
        return decide(engagement, action, actor, relations, command.at)
    if engagement is None or key_of_erased(actor):
        require(action.name, actor, frozenset())
    return decide(engagement, action, actor, held(engagement), command.at)


def _engagements(transaction: Transaction, streams: Collection[str]) -> tuple[EngagementId, ...]:
    """Return the engagements among some streams, in the order of their ids."""
    names = transaction.engagement_ids(streams).values()
    return tuple(EngagementId(name) for name in sorted(names) if named_engagement(name))


def _check_name(engagement_id: str) -> None:
    if not named_engagement(engagement_id):
        problem = f"{shown(engagement_id)} is named like something else"
        raise input_error("BAD-ID", "engagement_id", problem, "Draw an id without a slash.")


def check_same(column: str, named: str, asked: str) -> None:
    """Refuse a command that begins something else than it is sent to.

    Raises:
        InputError: With code `OTHER-ID`.
    """
    if named != asked:
        problem = f"the command is sent to {shown(asked)}, and begins {shown(named)}"
        raise input_error("OTHER-ID", column, problem, "Name the same in both.")


def conflict_of(name: str, expected: int | None, current: int) -> ConcurrencyConflict | None:
    """Return the conflict between the version that somebody saw and the one there is; None where there is none."""
    return None if expected in (None, current) else ConcurrencyConflict(name, expected or 0, current)


def unless(conflict: ConcurrencyConflict | None, deciding: Callable[[], tuple[_E, ...]]) -> tuple[_E, ...]:
    """Decide, so that who has no right is refused first, and who has one is told of a conflict before all else."""
    try:
        events = deciding()
    except (IllegalMoveError, InputError):
        if conflict is None:
            raise
        events = ()
    if conflict is not None:
        raise conflict
    return events


def _kept_answer(kept: Kept, command_id: str, asked: str) -> Receipt:
    if kept.salt is None or kept.answer is None:
        raise ErasedError("The answer to this command was erased.")
    if commitment(kept.salt, asked) != kept.fingerprint:
        raise CommandReusedError(command_id)
    answer = read_answer(kept.answer)
    if isinstance(answer, Receipt):
        return answer
    raise answer


def _pause(command_id: str, attempt: int) -> float:
    """Return for how many seconds to wait before trying again: longer each time, and not the same for all."""
    share = int.from_bytes(hashlib.sha256(f"{command_id}:{attempt}".encode()).digest()[:4]) / 2**32
    longest: float = min(_LONGEST_PAUSE, 0.01 * 2**attempt)
    return longest * (0.5 + share / 2)
