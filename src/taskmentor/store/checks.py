"""What must hold of a store, whatever happened to it: fourteen invariants, each one function over the evidence.

The evidence is the log, what is kept beside it (snapshots, places, the end), and the answers that callers were given.
Everything here is reckoned from the log anew; nothing is taken from the code that writes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import pairwise

from attrs import define, field, frozen

from taskmentor.authorisation import NEVER, SIDES, Relation, may
from taskmentor.errors import InputError
from taskmentor.lifecycle.cascade import Cascade, CascadeEvent, evolve_cascade
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import Confirmed, Event, Reassessed, utc_day
from taskmentor.lifecycle.evolving import evolve
from taskmentor.lifecycle.moves import TRANSITIONS, State
from taskmentor.lifecycle.training import Course
from taskmentor.models.people import key_of_erased, name_of_erased
from taskmentor.store.chain import FIRST_LINK, Anchor, Header, commitment, link_after
from taskmentor.store.commands import Receipt, read_answer
from taskmentor.store.database import OPEN, Claim, Entry, Seat, Snapshot, Standing, Transaction
from taskmentor.store.keeping import Store
from taskmentor.store.ledger import payload_of, read_entry
from taskmentor.store.payloads import Codec
from taskmentor.store.places import Party, holders
from taskmentor.store.records import CourseRecorded, Erased, PlacesSet, Told
from taskmentor.store.standing import standing

__all__ = ["INVARIANTS", "Evidence", "Looked", "Problem", "check", "check_anchor", "evidence"]

_AT_ONCE = 5_000
_MOST_SHOWN = 20

HeldThen = Callable[[Event, Engagement | None], frozenset[Relation]]
"""Tells what the actor of an event was to the engagement at that moment, from an organisation."""


@frozen
class Problem:
    """One way in which an invariant does not hold.

    Attributes:
        invariant: Its name, such as `I3`.
        problem: A clause that says what is wrong, and where.
    """

    invariant: str
    problem: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.problem}."


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


@frozen(kw_only=True, slots=False)
class Evidence:
    """Everything that invariants are held against.

    Attributes:
        log: All entries, in order.
        end: Where the store says that the log ends.
        schema: The present schema of payloads.
        snapshots: The engagement that each snapshot tells of, by stream.
        seats: Places by side and person.
        claims: Who holds which of them.
        standings: By what open engagements are found, by stream; None where nobody looked.
        courses: How often each training of each mentor is kept; None where nobody looked.
        acks: What callers were told, by command.
        commands: All commands that ever came, also those whose answers were erased.
        held: What actors were to engagements; None where nobody can tell.
    """

    log: Sequence[Looked]
    end: Anchor
    schema: int = 1
    snapshots: Mapping[str, Engagement] = field(factory=dict)
    seats: Mapping[tuple[Relation, str], Sequence[Seat]] = field(factory=dict)
    claims: Sequence[tuple[str, Claim]] = ()
    standings: Mapping[str, Standing] | None = None
    courses: Counter[tuple[str, Course]] | None = None
    acks: Mapping[str, Receipt] = field(factory=dict)
    commands: Set[str] = frozenset()
    held: HeldThen | None = None

    @cached_property
    def walk(self) -> "_Walk":
        """Return where the log leads, reckoned once."""
        return _Walk.along(self)


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
        log = [*_looked(store, transaction)]
        answers = transaction.answers()
        read = ((command_id, read_answer(answer)) for command_id, answer in answers if answer is not None)
        acks = {command_id: answer for command_id, answer in read if isinstance(answer, Receipt)}
        snapshots = {
            stream: engagement
            for stream, kept in transaction.snapshots()
            if (engagement := _snapshot(store, transaction, kept)) is not None
        }
        return Evidence(
            log=log,
            end=transaction.anchor(),
            schema=store.ledger.codec.schema,
            snapshots=snapshots,
            seats=_by_person(transaction),
            claims=_claims(transaction),
            standings=transaction.standings(),
            courses=_courses(transaction),
            acks=acks,
            commands=frozenset(command_id for command_id, _ in answers),
            held=held,
        )


def _looked(store: Store, transaction: Transaction) -> Iterator[Looked]:
    after = 0
    while entries := transaction.log(after, _AT_ONCE):
        people = store.ledger.people(transaction, entries)
        ids = transaction.engagement_ids({entry.header.stream for entry in entries})
        for entry in entries:
            yield look(store.ledger.codec, entry, people, ids.get(entry.header.stream, entry.header.stream))
        after = entries[-1].header.position


def look(codec: Codec, entry: Entry, people: Mapping[str, str], engagement_id: str) -> Looked:
    """Return an entry with what it says, its commitments compared."""
    header, event, faults = entry.header, None, [*_broken_commitments(entry)]
    try:
        event = read_entry(codec, entry, people, engagement_id)
    except InputError as error:
        faults.append(error.faults[0].problem)
    return Looked(
        header=header, link=entry.link, event=event, schema=entry.schema, has_words=entry.words is not None,
        faults=tuple(faults),
    )  # fmt: skip


def _broken_commitments(entry: Entry) -> Iterator[str]:
    payload, header = payload_of(entry), entry.header
    if payload is not None and commitment(entry.facts_salt or "", payload.committed()) != header.facts_digest:
        yield "the facts are not those that were committed to"
    if entry.words is not None and commitment(entry.words_salt or "", entry.words) != header.words_digest:
        yield "the words are not those that were committed to"


def _snapshot(store: Store, transaction: Transaction, kept: Snapshot) -> Engagement | None:
    if kept.shape != store.ledger.states.shape:
        return None
    return store.ledger.states.read(kept, transaction.people(store.ledger.states.keys(kept)))


def _by_person(transaction: Transaction) -> dict[tuple[Relation, str], list[Seat]]:
    seats: dict[tuple[Relation, str], list[Seat]] = defaultdict(list)
    rows = transaction.all_seats()
    people = transaction.people({key for _, key, _ in rows})
    for side, key, seat in rows:
        seats[side, people.get(key) or name_of_erased(key)].append(seat)
    return seats


def _claims(transaction: Transaction) -> list[tuple[str, Claim]]:
    claims = transaction.all_claims()
    people = transaction.people({claim.person for claim in claims})
    return [(people.get(claim.person) or name_of_erased(claim.person), claim) for claim in claims]


def _courses(transaction: Transaction) -> Counter[tuple[str, Course]]:
    rows = transaction.all_courses()
    people = transaction.people({key for key, _ in rows})
    return Counter((people.get(key) or name_of_erased(key), course) for key, course in rows)


# --- the invariants


def no_lost_transition(given: Evidence) -> Iterator[str]:
    """I1: every command that was acknowledged is in the log, with as many events as its caller was told, once."""
    n_events: dict[str, int] = defaultdict(int)
    last: dict[str, int] = {}
    for looked in given.log:
        n_events[looked.header.command_id] += 1
        last[looked.header.command_id] = looked.header.position
    for command_id, receipt in given.acks.items():
        if n_events[command_id] != receipt.n_events or last.get(command_id, 0) != receipt.position:
            told = f"{receipt.n_events} events up to position {receipt.position}"
            yield f"command {command_id} was acknowledged with {told}, and has {n_events[command_id]} in the log"


def no_invented_transition(given: Evidence) -> Iterator[str]:
    """I2: every event has a command, and an actor who was allowed to at that moment."""
    yield from given.walk.unheld
    for looked in given.log:
        if looked.header.command_id not in given.commands:
            yield f"position {looked.header.position}: the command {looked.header.command_id} never came"


def capacity(given: Evidence) -> Iterator[str]:
    """I3: on every day, every mentor has at most as many engagements as they had places."""
    return _overbooked(given, Relation.MENTOR)


def mentee_limit(given: Evidence) -> Iterator[str]:
    """I4: on every day, every mentee has at most as many engagements as they had places."""
    return _overbooked(given, Relation.MENTEE)


def _overbooked(given: Evidence, side: Relation) -> Iterator[str]:
    changes: dict[str, list[tuple[date, int, int]]] = defaultdict(list)
    for (as_what, whose), _, since, until in given.walk.stays:
        if as_what is side and since < until:
            changes[whose] += [(since, 1, 0), (until, -1, 0)]
    places: dict[str, int] = defaultdict(int)
    for looked in given.log:
        if isinstance(looked.event, PlacesSet) and looked.event.side is side:
            change = looked.event
            changes[change.person_id].append((change.from_on, 0, change.places - places[change.person_id]))
            places[change.person_id] = change.places
    for person, dated in changes.items():
        yield from _above(person, side, dated)


def _above(person: str, side: Relation, dated: list[tuple[date, int, int]]) -> Iterator[str]:
    taken = there = 0
    dated.sort()
    for number, (on, stays, more) in enumerate(dated):
        taken, there = taken + stays, there + more
        day_is_over = number + 1 == len(dated) or dated[number + 1][0] > on
        if day_is_over and taken > there:
            yield f"{person} has {taken} engagements as {side} on {on}, and {there} places"


def legal_path(given: Evidence) -> Iterator[str]:
    """I5: every engagement is a word of the machine."""
    yield from given.walk.faults
    for looked, before, after in given.walk.moves:
        event = looked.event
        if isinstance(event, Event) and after not in TRANSITIONS.get((before, event.action), ()):
            yield f"position {looked.header.position}: {event.action} leads from {before} to {after}"


def replay_is_state(given: Evidence) -> Iterator[str]:
    """I6: what is kept beside the log is what the log tells: snapshots field by field, and places held."""
    for stream, kept in given.snapshots.items():
        if stream not in given.walk.erased and kept != given.walk.at_snapshot.get(stream):
            yield f"the snapshot of {kept.id} at version {kept.version} is not what its events tell"
    told = sorted(
        (stream, side.value, person, since, until)
        for (side, person), stream, since, until in given.walk.stays
        if stream not in given.walk.erased and since < until
    )
    stored = sorted(
        (claim.stream, claim.side.value, person, claim.from_on, claim.until_on)
        for person, claim in given.claims
        if claim.stream not in given.walk.erased and claim.from_on < claim.until_on
    )
    if told != stored:
        first = next(iter(set(told) ^ set(stored)), told[0] if told else stored[0])
        yield f"{len(stored)} places are held, and the log tells of {len(told)}, such as {first}"
    yield from _misplaced(given)
    recorded = [looked.event for looked in given.log if isinstance(looked.event, CourseRecorded)]
    left = Counter((one.person_id, one.course) for one in recorded if not key_of_erased(one.person_id))
    if given.courses is not None and left != given.courses:
        yield f"{given.courses.total()} courses are kept, and the log tells of {left.total()}"


def _misplaced(given: Evidence) -> Iterator[str]:
    if given.standings is None:
        return
    for stream in given.walk.erased & given.standings.keys():
        yield f"{stream} was erased, and is found among the open ones"
    known: list[tuple[str, Engagement | Cascade]] = [*given.walk.now.items(), *given.walk.cascades.items()]
    for stream, kept in known:
        if stream not in given.walk.erased and given.standings.get(stream) != (told := standing(kept)):
            yield f"{kept.id} is found as {given.standings.get(stream)}, and the log tells of {told}"


def idempotent(given: Evidence) -> Iterator[str]:
    """I7: the events of one command stand together, in one run."""
    seen: set[str] = set()
    for before, looked in pairwise([None, *given.log]):
        assert looked is not None, "only the first of the pairs begins with nothing"
        command_id = looked.header.command_id
        if before is not None and before.header.command_id == command_id:
            continue
        if command_id in seen:
            yield f"command {command_id} acted again at position {looked.header.position}"
        seen.add(command_id)


def optimistic_lock(given: Evidence) -> Iterator[str]:
    """I8: no version of an engagement was won by two commands."""
    winner: dict[tuple[str, int], str] = {}
    for looked in given.log:
        header = looked.header
        first = winner.setdefault((header.stream, header.version), header.command_id)
        if first != header.command_id:
            yield f"version {header.version} of {header.stream} was won by {first} and by {header.command_id}"


def no_gaps(given: Evidence) -> Iterator[str]:
    """I9: positions run from 1 to the end without gaps, and so do the versions of every stream."""
    versions: dict[str, int] = defaultdict(int)
    for expected, looked in enumerate(given.log, start=1):
        header = looked.header
        if header.position != expected:
            yield f"position {header.position} stands where {expected} belongs"
        versions[header.stream] += 1
        if header.version != versions[header.stream]:
            yield f"position {header.position}: version {header.version} stands where {versions[header.stream]} belongs"
    if given.end.position != len(given.log):
        yield f"the log ends at {len(given.log)}, and the store says at {given.end.position}"


def dates(given: Evidence) -> Iterator[str]:
    """I10: starts are before ends, and no event is before the one that caused it."""
    latest: dict[str, datetime] = {}
    for looked in given.log:
        event, header = looked.event, looked.header
        if event is None:
            continue
        at = event.at.astimezone(UTC)
        if at.isoformat() != header.at:
            yield f"position {header.position}: the header says {header.at}, and the event {at.isoformat()}"
        if at < latest.get(header.stream, at):
            yield f"position {header.position} is before the event that it follows"
        latest[header.stream] = at
    for engagement in given.walk.now.values():
        if engagement.starts_on and engagement.ends_on and engagement.starts_on > engagement.ends_on:
            yield f"{engagement.id} ends on {engagement.ends_on} and starts on {engagement.starts_on}"


def confirmation(given: Evidence) -> Iterator[str]:
    """I11: who confirmed was neither mentee nor mentor, and did so after a reassessment that came after the start."""
    reassessed: dict[str, date] = {}
    for looked, _, _ in given.walk.moves:
        event, stream = looked.event, looked.header.stream
        if isinstance(event, Reassessed):
            reassessed[stream] = event.assessed_on
        elif isinstance(event, Confirmed):
            engagement = given.walk.now[stream]
            if event.actor in (engagement.mentee_id, engagement.mentor_id) and NEVER[event.action] == SIDES:
                yield f"position {looked.header.position}: {event.actor} confirmed their own engagement"
            start = engagement.starts_on
            if start is None or reassessed.get(stream, date.min) < start:
                yield f"position {looked.header.position} confirms what was not reassessed after the start"


def chain_holds(given: Evidence) -> Iterator[str]:
    """I12: every link follows from the one before, and every payload is the one committed to, or lawfully erased."""
    link = FIRST_LINK
    entries, words = _erased_spans(given)
    for looked in given.log:
        position = looked.header.position
        link = link_after(link, looked.header)
        if link != looked.link:
            yield f"the chain breaks at position {position}"
            link = looked.link
        for fault in looked.faults:
            yield f"position {position}: {fault}"
        if looked.schema is None and position not in entries:
            yield f"position {position} lost its payload, and no erasure says so"
        if looked.header.words_digest and not looked.has_words and position not in entries | words:
            yield f"position {position} lost its words, and no erasure says so"
    if given.log and (given.log[-1].link != given.end.link):
        yield "the last link is not the one that the store gives out"


def _erased_spans(given: Evidence) -> tuple[set[int], set[int]]:
    entries: set[int] = set()
    words: set[int] = set()
    for looked in given.log:
        if isinstance(looked.event, Erased):
            entries.update(*(range(first, last + 1) for first, last in looked.event.entries))
            words.update(*(range(first, last + 1) for first, last in looked.event.words))
    return entries, words


def erased_is_gone(given: Evidence) -> Iterator[str]:
    """I13: where an erasure says that something was removed, nothing of it is left."""
    entries, words = _erased_spans(given)
    for looked in given.log:
        position = looked.header.position
        if position in entries and looked.schema is not None:
            yield f"position {position} was erased, and its payload is there"
        if position in entries | words and looked.has_words:
            yield f"the words of position {position} were erased, and are there"
    for stream in given.snapshots.keys() & given.walk.erased:
        yield f"{stream} was erased, and a snapshot of it is there"


def schemas_read(given: Evidence) -> Iterator[str]:
    """I14: every payload is of a schema that this version of the package reads, raised as it is read."""
    for looked in given.log:
        if looked.schema is not None and not 1 <= looked.schema <= given.schema:
            yield f"position {looked.header.position} is of schema {looked.schema}, and 1 to {given.schema} are read"


def check_anchor(given: Evidence, anchor: Anchor) -> list[str]:
    """Return what is wrong with a log whose end was published once; nothing where it goes on from there."""
    if anchor.position > len(given.log):
        return [f"the log ends at position {len(given.log)}, and one of {anchor.position} entries was published"]
    link = given.log[anchor.position - 1].link if anchor.position else FIRST_LINK
    return [] if link == anchor.link else [f"another link was published for position {anchor.position}"]


INVARIANTS: Mapping[str, Callable[[Evidence], Iterator[str]]] = {
    "I1": no_lost_transition,
    "I2": no_invented_transition,
    "I3": capacity,
    "I4": mentee_limit,
    "I5": legal_path,
    "I6": replay_is_state,
    "I7": idempotent,
    "I8": optimistic_lock,
    "I9": no_gaps,
    "I10": dates,
    "I11": confirmation,
    "I12": chain_holds,
    "I13": erased_is_gone,
    "I14": schemas_read,
}
"""The invariants by their names."""


def check(given: Evidence) -> list[Problem]:
    """Return every way in which an invariant does not hold, at most twenty of each; nothing where all is well."""
    return [
        Problem(name, problem)
        for name, invariant in INVARIANTS.items()
        for _, problem in zip(range(_MOST_SHOWN), invariant(given), strict=False)
    ]
