"""Requests that are put to ranked mentors, kept like engagements: the same log, commands, places, erasures and checks.

All commands on cascades of one programme wait for each other, as how many requests a mentee has open, and by how many
a mentor is asked, is counted over all of them. The mentor whose yes it is holds a place until an engagement was
proposed from the request, so that of two mentors' yeses, and of two requests for one place, the database takes one.
"""

from collections.abc import Callable, Mapping, Set
from datetime import datetime

import attrs
from attrs import frozen

from taskmentor.authorisation import SIDES, Relation
from taskmentor.errors import NotAuthorisedError, UnknownIdError, shown
from taskmentor.lifecycle.cascade import (
    CASCADE_RIGHTS,
    Cascade,
    CascadeAction,
    CascadeEvent,
    CascadeId,
    CascadeState,
    Elsewhere,
    Engage,
    OpenCascade,
    Suggest,
    decide_cascade,
    evolve_cascade,
    tick_cascade,
)
from taskmentor.lifecycle.events import EngagementId, check_instant, input_error, utc_day
from taskmentor.lifecycle.terms import WaitOrder
from taskmentor.lifecycle.waitlist import Waiting, Waitlist
from taskmentor.models.people import PersonId, key_of_erased
from taskmentor.store.commands import CommandId, Receipt, check_command_id
from taskmentor.store.database import Transaction
from taskmentor.store.keeping import ANY_TIME, Store, check_same, conflict_of, unless
from taskmentor.store.ledger import Ledger, Placed
from taskmentor.store.places import held, settle
from taskmentor.store.records import cascade_of, name_of_cascade, name_of_programme
from taskmentor.store.standing import note

__all__ = ["CascadeCommand", "Cascades"]

HeldFor = Callable[[Cascade | None], Set[Relation]]
"""Tells what the actor is to the mentee, asked inside the transaction; who is asked the cascade itself knows."""


@frozen(kw_only=True)
class CascadeCommand:
    """One wish of one person, under an id that stays the same when it is sent again.

    Attributes:
        id: Drawn at random by whoever sends it, once a wish; it must not tell anything about a person.
        cascade_id: The cascade.
        action: What is wanted; None for what time alone has caused by then, as a service account.
        actor: Who wants it.
        at: When, aware.
        expected_version: The version that the actor saw; None where it does not matter.
    """

    id: CommandId
    cascade_id: CascadeId
    action: CascadeAction | None
    actor: PersonId
    at: datetime
    expected_version: int | None = None


class Cascades:
    """The requests of a store that are put to ranked mentors."""

    def __init__(self, store: Store) -> None:
        """Take the store in which they are kept."""
        self._store = store
        self._ledger: Ledger = store.ledger

    def execute(self, command: CascadeCommand, held: HeldFor, *, away: Set[PersonId] = frozenset()) -> Receipt:
        """Carry a command out, once however often it comes, and return what it brought about; see `Store.execute`.

        Args:
            command: The command. With the same id it must ask for the same; only its time may differ.
            held: Tells what the actor is to the mentee on the day of the command; of a cascade that is not there it is
                asked for an opening alone.
            away: The mentors who have left.

        Raises:
            RefusedError: If it is refused, as `lifecycle.decide_cascade` says; if the mentor who says yes has no free
                place (`CapacityError`); or if the cascade has moved on (`ConcurrencyConflict`).
            InputError: If something in the action cannot be, or the engagement that it names was not proposed from it.
            CommandReusedError: If the id stands for another command already.
        """
        check_command_id(command.id)
        check_instant(command.at)
        asked, name = repr(attrs.evolve(command, at=ANY_TIME)), name_of_cascade(command.cascade_id)

        def work(transaction: Transaction) -> Receipt:
            programme_id = self._programme(transaction, command)
            if programme_id is not None:
                transaction.lock_stream(name_of_programme(programme_id), self._ledger.token())
            stream = transaction.lock_stream(name, self._ledger.token())
            before = self._ledger.cascade(transaction, stream, command.cascade_id)
            elsewhere = self._elsewhere(transaction, programme_id, before, command, frozenset(away))
            conflict = conflict_of(
                command.cascade_id, command.expected_version, 0 if before is None else before.version
            )
            events = unless(conflict, lambda: _decided(command, before, held, elsewhere))
            if isinstance(command.action, Engage) and before is not None:
                self._check_engagement(transaction, before, command.action.engagement_id)
            return self._keep(transaction, command, stream, before, events)

        return self._store.once(command.id, asked, command.actor, work, EngagementId(name))

    def _programme(self, transaction: Transaction, command: CascadeCommand) -> str | None:
        """Return the programme of a cascade, which never changes, before anything is locked."""
        if isinstance(command.action, OpenCascade):
            return command.action.programme_id
        stream = transaction.find_stream(name_of_cascade(command.cascade_id))
        found = None if stream is None else self._ledger.cascade(transaction, stream, command.cascade_id)
        return None if found is None else found.programme_id

    def _elsewhere(
        self,
        transaction: Transaction,
        programme_id: str | None,
        cascade: Cascade | None,
        command: CascadeCommand,
        away: frozenset[PersonId],
    ) -> Elsewhere:
        """Return what goes on beside a cascade: the others of its programme, and who of its mentors has no place."""
        others = {} if programme_id is None else self._found(transaction, transaction.open_streams(programme_id, None))
        others.pop(command.cascade_id, None)
        ranked = _ranked(cascade, command.action)
        keys, on = transaction.keys(ranked), utc_day(command.at)
        full = {
            mentor_id
            for mentor_id in ranked
            if mentor_id not in keys
            or held(transaction.seats(Relation.MENTOR, keys[mentor_id]), on)
            <= held(transaction.claims(Relation.MENTOR, keys[mentor_id]), on)
        }
        return Elsewhere(cascades=tuple(others.values()), full=frozenset(full), away=away)

    def _check_engagement(self, transaction: Transaction, cascade: Cascade, engagement_id: EngagementId) -> None:
        stream = transaction.find_stream(engagement_id)
        found = None if stream is None else self._ledger.current(transaction, stream, engagement_id)
        pair = (cascade.mentee_id, cascade.accepted_by, cascade.scope)
        if found is None or (found.mentee_id, found.mentor_id, found.scope) != pair:
            problem = f"{shown(engagement_id)} is no engagement of these two in this skill"
            raise input_error("OTHER-ENGAGEMENT", "engagement_id", problem, "Propose `Cascade.proposal` first.")

    def _keep(
        self,
        transaction: Transaction,
        command: CascadeCommand,
        stream: str,
        before: Cascade | None,
        events: tuple[CascadeEvent, ...],
    ) -> Receipt:
        """Keep events, and the place that the cascade holds after them."""
        after = before
        for event in events:
            after = evolve_cascade(after, event)
        version = 0 if after is None else after.version
        if after is None or not events:
            return Receipt(command_id=command.id, version=version, position=0, n_events=0)
        placed: list[Placed] = [(stream, event.version, event) for event in events]
        yes = {one.accepted_by for one in (before, after) if one is not None and one.accepted_by is not None}
        keys = self._ledger.keys(transaction, self._ledger.named(placed) | yes | {after.mentee_id, *after.mentor_ids})
        known = set[PersonId]() if before is None else {before.mentee_id, *before.mentor_ids}
        parties = [(Relation.MENTEE, after.mentee_id), *((Relation.MENTOR, one) for one in after.mentor_ids)]
        transaction.add_parties([(stream, side, keys[person]) for side, person in parties if person not in known])
        settle(transaction, stream, before, after, utc_day(after.at), keys)
        note(transaction, stream, before, after)
        position = self._ledger.append(transaction, command.id, placed, keys)
        return Receipt(command_id=command.id, version=version, position=position, n_events=len(events))

    # --- reading

    def load(self, cascade_id: str) -> Cascade:
        """Return a cascade as it stands.

        Raises:
            UnknownIdError: If there is none of this id.
        """
        with self._store.database.reading() as transaction:
            stream = transaction.find_stream(name_of_cascade(cascade_id))
            found = None if stream is None else self._ledger.cascade(transaction, stream, cascade_id)
        if found is None:
            raise UnknownIdError("cascade", cascade_id)
        return found

    def events(self, cascade_id: str) -> tuple[CascadeEvent, ...]:
        """Return everything that happened to a cascade; nothing where there is none of this id."""
        with self._store.database.reading() as transaction:
            stream = transaction.find_stream(name_of_cascade(cascade_id))
            entries = [] if stream is None else transaction.entries(stream)
            people = self._ledger.people(transaction, entries)
            return tuple(self._ledger.cascade_events(entries, people, cascade_id))

    def open(self, *, programme_id: str | None = None, person_id: str | None = None) -> tuple[Cascade, ...]:
        """Return the cascades that are not over, in the order of their ids.

        Args:
            programme_id: Those of one programme; None for all.
            person_id: Those of one mentee, or in which a mentor is ranked; None for everybody's.
        """
        with self._store.database.reading() as transaction:
            key = None if person_id is None else transaction.keys({person_id}).get(person_id)
            if person_id is not None and key is None:
                return ()
            found = self._found(transaction, transaction.open_streams(programme_id, key))
        return tuple(found[cascade_id] for cascade_id in sorted(found))

    def due(self, at: datetime) -> tuple[CascadeId, ...]:
        """Return the cascades to which time has something to do by a moment, what is due first first."""
        check_instant(at)
        with self._store.database.reading() as transaction:
            streams = transaction.due_streams(at)
            names = transaction.engagement_ids(streams)
        found = (cascade_of(names[stream]) for stream in streams)
        return tuple(cascade_id for cascade_id in found if cascade_id is not None)

    def waitlist(
        self,
        programme_id: str,
        order: WaitOrder,
        *,
        rounds_unmatched: Mapping[PersonId, int] | None = None,
        missed: Mapping[PersonId, int] | None = None,
    ) -> Waitlist:
        """Return the requests of a programme that wait, first the one that is served next.

        Args:
            programme_id: The programme.
            order: The order, as its terms state it.
            rounds_unmatched: How many rounds have left each mentee without a mentor; nobody without one.
            missed: How many sessions each mentee did not come to; nobody without one.
        """
        unmatched, absences = rounds_unmatched or {}, missed or {}
        return Waitlist(
            order,
            [
                Waiting(
                    cascade_id=one.id,
                    mentee_id=one.mentee_id,
                    skill_id=one.scope.skill_id,
                    since=one.waits_since,
                    rounds_unmatched=unmatched.get(one.mentee_id, 0),
                    missed=absences.get(one.mentee_id, 0),
                )
                for one in self.open(programme_id=programme_id)
                if one.state is CascadeState.WAITLISTED and one.waits_since is not None
            ],
        )

    def _found(self, transaction: Transaction, streams: list[str]) -> dict[CascadeId, Cascade]:
        names = transaction.engagement_ids(streams)
        named = ((stream, cascade_of(name)) for stream, name in names.items())
        cascades = (self._ledger.cascade(transaction, stream, one) for stream, one in named if one is not None)
        return {one.id: one for one in cascades if one is not None}


def _ranked(cascade: Cascade | None, action: CascadeAction | None) -> tuple[PersonId, ...]:
    """Return everybody whose places decide what becomes of a command."""
    known = () if cascade is None else cascade.mentor_ids
    match action:
        case OpenCascade():
            return (*known, *action.mentor_ids)
        case Suggest():
            return (*known, action.mentor_id)
    return known


def _decided(
    command: CascadeCommand, cascade: Cascade | None, held: HeldFor, elsewhere: Elsewhere
) -> tuple[CascadeEvent, ...]:
    """Decide a command; to who is nothing to a cascade it is as if there were none."""
    action, actor = command.action, command.actor
    if action is None:
        if cascade is None or Relation.SYSTEM not in held(cascade):
            raise NotAuthorisedError("tick", actor, (Relation.SYSTEM,))
        return tick_cascade(cascade, command.at, elsewhere=elsewhere, actor=actor)
    if isinstance(action, OpenCascade):
        check_same("cascade_id", action.cascade_id, command.cascade_id)
        relations = held(cascade)
        if cascade is not None and not (relations - SIDES or cascade.relation_of(actor)):
            raise NotAuthorisedError(action.name, actor, (action.initiator,))
        return decide_cascade(cascade, action, actor, relations, command.at, elsewhere=elsewhere)
    if cascade is None or key_of_erased(actor):
        needed = CASCADE_RIGHTS[action.name]
        raise NotAuthorisedError(action.name, actor, tuple(one for one in Relation if one in needed))
    return decide_cascade(cascade, action, actor, held(cascade), command.at, elsewhere=elsewhere)
