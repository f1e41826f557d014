"""What invariants are held against: the log, what is kept beside it, and the answers that callers were given.

Everything is reckoned from the log anew; nothing is taken from the code that writes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date
from functools import cached_property

from attrs import define, field, frozen

from taskmentor.authorisation import Relation, may
from taskmentor.errors import InputError
from taskmentor.lifecycle.cascade import Cascade, CascadeEvent, evolve_cascade
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import Event, utc_day
from taskmentor.lifecycle.evolving import evolve
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.training import Course
from taskmentor.models.people import name_of_erased
from taskmentor.store.chain import FIRST_LINK, Anchor, Header, commitment, link_after
from taskmentor.store.commands import Receipt, read_answer
from taskmentor.store.database import EVERY_STREAM, OPEN, Claim, Entry, Standing, Streams, Transaction
from taskmentor.store.keeping import Store
from taskmentor.store.ledger import payload_of, read_payload
from taskmentor.store.payloads import Codec, Payload
from taskmentor.store.places import Party, holders
from taskmentor.store.records import CourseRecorded, Erased, PlacesSet, Told

__all__ = [
    "Change",
    "Evidence",
    "Looked",
    "Outline",
    "Stay",
    "Whole",
    "courses_of",
    "erasures",
    "evidence",
    "evidence_of_streams",
    "look",
    "receipts",
]

_AT_ONCE = 5_000

Stay = tuple[Party, date, date]
"""Who holds a place, from when until before when."""

Change = tuple[int, PlacesSet]
"""How many places there are since a position of the log."""

HeldThen = Callable[[Event, Engagement | None], frozenset[Relation]]
"""Tells what the actor of an event was to the engagement at that moment, from an organisation."""


@frozen(kw_only=True)
class Looked:
    """One entry of the log, looked at once.

    Attributes:
        header: Its header.
        link: Its link.
        event: What it says; None where it was erased or cannot be read.
        schema: The schema it is written in; None where it was erased.
        has_words: Whether its words are there.
        faults: What is wrong with its payload.
    """

    header: Header
    link: str
    event: Told | None
    schema: int | None
    has_words: bool
    faults: tuple[str, ...] = ()


@define
class Outline:
    """What the headers alone tell, in the order of their positions.

    Attributes:
        n_events: How many events each command has.
        last: The position of the last of them.
        n_entries: How many entries there are.
        link: The last link.
        acted_again: Commands whose events do not stand together.
        misplaced: Entries that stand where others belong.
        broken: Where the chain breaks.
    """

    n_events: dict[str, int] = field(factory=dict)
    last: dict[str, int] = field(factory=dict)
    n_entries: int = 0
    link: str = FIRST_LINK
    acted_again: list[str] = field(factory=list)
    misplaced: list[str] = field(factory=list)
    broken: list[str] = field(factory=list)

    @classmethod
    def along(cls, headers: Iterable[tuple[Header, str]]) -> "Outline":
        """Return what headers with their links tell."""
        outline, acting = cls(), ""
        for expected, (header, link) in enumerate(headers, start=1):
            position, command_id = header.position, header.command_id
            if position != expected:
                outline.misplaced.append(f"position {position} stands where {expected} belongs")
            if link != link_after(outline.link, header):
                outline.broken.append(f"the chain breaks at position {position}")
            if command_id != acting and command_id in outline.n_events:
                outline.acted_again.append(f"command {command_id} acted again at position {position}")
            outline.n_events[command_id] = outline.n_events.get(command_id, 0) + 1
            outline.last[command_id] = position
            outline.link, outline.n_entries, acting = link, expected, command_id
        return outline


@frozen(kw_only=True)
class Whole:
    """What invariants about the store as a whole are held against.

    Attributes:
        outline: What the headers tell.
        end: Where the store says that the log ends.
        acks: What callers were told, by command.
        commands: All commands that ever came, also those whose answers were erased.
        stays: Who holds places, from when until when.
        changes: How many places there are, in the order of positions.
        recorded: Training that the log tells of.
        courses: How often each training of each mentor is kept; None where nobody looked.
    """

    outline: Outline
    end: Anchor
    acks: Mapping[str, Receipt]
    commands: Set[str]
    stays: Sequence[Stay]
    changes: Sequence[Change]
    recorded: Sequence[CourseRecorded]
    courses: Counter[tuple[str, Course]] | None


@frozen(kw_only=True, slots=False)
class Evidence:
    """Everything that invariants are held against.

    Attributes:
        log: All entries, in order; each stream in order is enough for what is about streams.
        end: Where the store says that the log ends.
        schema: The present schema of payloads.
        snapshots: The engagement that each snapshot tells of, by stream.
        claims: Who holds which places.
        standings: By what open engagements are found, by stream; None where nobody looked.
        courses: How often each training of each mentor is kept; None where nobody looked.
        acks: What callers were told, by command.
        commands: All commands that ever came, also those whose answers were erased.
        held: What actors were to engagements; None where nobody can tell.
        erasures: What was erased; None where the log itself tells all of it.
    """

    log: Sequence[Looked]
    end: Anchor
    schema: int = 1
    snapshots: Mapping[str, Engagement] = field(factory=dict)
    claims: Sequence[tuple[str, Claim]] = ()
    standings: Mapping[str, Standing] | None = None
    courses: Counter[tuple[str, Course]] | None = None
    acks: Mapping[str, Receipt] = field(factory=dict)
    commands: Set[str] = frozenset()
    held: HeldThen | None = None
    erasures: Sequence[Erased] | None = None

    @cached_property
    def walk(self) -> "_Walk":
        """Return where the log leads, reckoned once."""
        return _Walk.along(self)

    @cached_property
    def whole(self) -> Whole:
        """Return what is about the store as a whole."""
        return Whole(
            outline=Outline.along((looked.header, looked.link) for looked in self.log),
            end=self.end,
            acks=self.acks,
            commands=self.commands,
            stays=self.stays,
            changes=self.changes,
            recorded=self.recorded,
            courses=self.courses,
        )

    @property
    def stays(self) -> list[Stay]:
        """Return who holds places for a day at least."""
        return [(party, since, until) for party, _, since, until in self.walk.stays if since < until]

    @property
    def changes(self) -> list[Change]:
        """Return how many places there are."""
        return [(one.header.position, one.event) for one in self.log if isinstance(one.event, PlacesSet)]

    @property
    def recorded(self) -> list[CourseRecorded]:
        """Return the training that the log tells of."""
        return [one.event for one in self.log if isinstance(one.event, CourseRecorded)]

    @cached_property
    def erased(self) -> tuple[Set[int], Set[int]]:
        """Return the positions at which payloads and words are gone, as the erasures say."""
        told = [one.event for one in self.log if isinstance(one.event, Erased)]
        return _spans_of(told if self.erasures is None else self.erasures)


@define
class _Walk:
    """Every engagement walked along its events.

    Attributes:
        moves: Each event with the state before and after.
        now: Each engagement as it stands, by stream.
        cascades: Each cascade as it stands, by stream.
        faults: What no engagement can have met, as the lifecycle itself says.
        stays: Who holds a place for which stream, from when until when.
        unheld: Events whose actors had not the right.
        at_snapshot: Each engagement at the version of its snapshot.
        erased: The streams of which something is gone.
    """

    moves: list[tuple[Looked, State | None, State]] = field(factory=list)
    now: dict[str, Engagement] = field(factory=dict)
    cascades: dict[str, Cascade] = field(factory=dict)
    faults: list[str] = field(factory=list)
    stays: list[tuple[Party, str, date, date]] = field(factory=list)
    unheld: list[str] = field(factory=list)
    at_snapshot: dict[str, Engagement] = field(factory=dict)
    erased: set[str] = field(factory=set)
    _open: dict[tuple[str, Party], date] = field(factory=dict)

    @classmethod
    def along(cls, given: Evidence) -> "_Walk":
        walk = cls()
        for looked in given.log:
            stream, event = looked.header.stream, looked.event
            if event is None:
                walk.erased.add(stream)
            elif isinstance(event, Event) and stream not in walk.erased:
                walk._step(given, looked, event)
            elif isinstance(event, CascadeEvent) and stream not in walk.erased:
                walk._ask(looked, event)
        walk.stays += [(party, stream, since, OPEN) for (stream, party), since in walk._open.items()]
        return walk

    def _step(self, given: Evidence, looked: Looked, event: Event) -> None:
        stream = looked.header.stream
        before = self.now.get(stream)
        try:
            after = evolve(before, event)
        except InputError as error:
            self.faults.append(f"position {looked.header.position}: {error.faults[0].problem}")
            self.erased.add(stream)
            return
        if given.held is not None and not may(event.action, given.held(event, before)):
            self.unheld.append(f"position {looked.header.position}: the actor had no right to {event.action}")
        self.moves.append((looked, None if before is None else before.state, after.state))
        self.now[stream] = after
        if (snapshot := given.snapshots.get(stream)) is not None and snapshot.version == after.version:
            self.at_snapshot[stream] = after
        if before is None or before.state is not after.state:
            self._settle(stream, before, after)

    def _ask(self, looked: Looked, event: CascadeEvent) -> None:
        stream = looked.header.stream
        before = self.cascades.get(stream)
        try:
            after = evolve_cascade(before, event)
        except InputError as error:
            self.faults.append(f"position {looked.header.position}: {error.faults[0].problem}")
            self.erased.add(stream)
            return
        self.cascades[stream] = after
        self._settle(stream, before, after)

    def _settle(self, stream: str, before: Engagement | Cascade | None, after: Engagement | Cascade) -> None:
        had, has, on = holders(before), holders(after), utc_day(after.at)
        for party in had - has:
            since = self._open.pop((stream, party))
            self.stays.append((party, stream, since, max(since, on)))
        for party in has - had:
            self._open[stream, party] = on


# --- the evidence of a store


def evidence(store: Store, *, held: HeldThen | None = None) -> Evidence:
    """Return everything that a store's invariants are held against.

    Args:
        store: The store; nobody should write to it meanwhile, or what is found later is taken for a problem.
        held: Tells what actors were to engagements, where the organisation of those days is known.

    Complexity:
        O(n) time and memory for n entries, about 1 KB each.
    """
    with store.database.reading() as transaction:
        acks, commands = receipts(transaction)
        return Evidence(
            log=[*_looked(store, transaction, _all_entries(transaction))],
            end=transaction.anchor(),
            schema=store.ledger.codec.schema,
            snapshots=_snapshots(store, transaction, EVERY_STREAM),
            claims=_claims(transaction, EVERY_STREAM),
            standings=transaction.standings(EVERY_STREAM),
            courses=courses_of(transaction),
            acks=acks,
            commands=commands,
            held=held,
        )


def erasures(store: Store) -> list[Erased]:
    """Return all erasures, which the streams of everybody are held against."""
    with store.database.reading() as transaction:
        found = _looked(store, transaction, [transaction.entries_of_kind(Erased.__name__)])
        return [one.event for one in found if isinstance(one.event, Erased)]


def evidence_of_streams(store: Store, streams: Streams, erased: Sequence[Erased]) -> Evidence:
    """Return what invariants about some streams are held against, stream by stream.

    Args:
        store: The store.
        streams: The first stream, and the first one after the last.
        erased: All erasures of the store; finding them reads the whole log, so it is done once for all parts.
    """
    with store.database.reading() as transaction:
        entries = transaction.entries_between(streams)
        return Evidence(
            log=[*_looked(store, transaction, [entries])],
            end=transaction.anchor(),
            schema=store.ledger.codec.schema,
            snapshots=_snapshots(store, transaction, streams),
            claims=_claims(transaction, streams),
            standings=transaction.standings(streams),
            erasures=erased,
        )


def receipts(transaction: Transaction) -> tuple[dict[str, Receipt], frozenset[str]]:
    """Return what callers were told by command, and all commands that ever came."""
    answers = transaction.answers()
    read = ((command_id, read_answer(answer)) for command_id, answer in answers if answer is not None)
    acks = {command_id: answer for command_id, answer in read if isinstance(answer, Receipt)}
    return acks, frozenset(command_id for command_id, _ in answers)


def _all_entries(transaction: Transaction) -> Iterator[list[Entry]]:
    after = 0
    while entries := transaction.log(after, _AT_ONCE):
        yield entries
        after = entries[-1].header.position


def _looked(store: Store, transaction: Transaction, given: Iterable[list[Entry]]) -> Iterator[Looked]:
    for entries in given:
        people = store.ledger.people(transaction, entries)
        ids = transaction.engagement_ids({entry.header.stream for entry in entries})
        for entry in entries:
            yield look(store.ledger.codec, entry, people, ids.get(entry.header.stream, entry.header.stream))


def look(codec: Codec, entry: Entry, people: Mapping[str, str], engagement_id: str) -> Looked:
    """Return an entry with what it says, its commitments compared."""
    header, payload, event = entry.header, payload_of(entry), None
    faults = [*_broken_commitments(entry, payload)]
    if payload is not None:
        try:
            event = read_payload(codec, payload, header, people, engagement_id)
        except InputError as error:
            faults.append(error.faults[0].problem)
    return Looked(
        header=header, link=entry.link, event=event, schema=entry.schema, has_words=entry.words is not None,
        faults=tuple(faults),
    )  # fmt: skip


def _broken_commitments(entry: Entry, payload: Payload | None) -> Iterator[str]:
    header = entry.header
    if payload is not None and commitment(entry.facts_salt or "", payload.committed()) != header.facts_digest:
        yield "the facts are not those that were committed to"
    if entry.words is not None and commitment(entry.words_salt or "", entry.words) != header.words_digest:
        yield "the words are not those that were committed to"


def _snapshots(store: Store, transaction: Transaction, streams: Streams) -> dict[str, Engagement]:
    states = store.ledger.states
    kept = [(stream, one) for stream, one in transaction.snapshots(streams) if one.shape == states.shape]
    people = transaction.people({key for _, one in kept for key in states.keys(one)})
    return {stream: states.read(one, people) for stream, one in kept}


def _claims(transaction: Transaction, streams: Streams) -> list[tuple[str, Claim]]:
    claims = transaction.all_claims(streams)
    people = transaction.people({claim.person for claim in claims})
    return [(people.get(claim.person) or name_of_erased(claim.person), claim) for claim in claims]


def courses_of(transaction: Transaction) -> Counter[tuple[str, Course]]:
    """Return how often each training of each mentor is kept."""
    rows = transaction.all_courses()
    people = transaction.people({key for key, _ in rows})
    return Counter((people.get(key) or name_of_erased(key), course) for key, course in rows)


def _spans_of(told: Iterable[Erased]) -> tuple[Set[int], Set[int]]:
    entries: set[int] = set()
    words: set[int] = set()
    for erasure in told:
        entries.update(*(range(first, last + 1) for first, last in erasure.entries))
        words.update(*(range(first, last + 1) for first, last in erasure.words))
    return entries, words
