"""What must hold of a store, whatever happened to it: fourteen invariants, each one function over the evidence.

The evidence is the log, what is kept beside it (snapshots, places, the end), and the answers that callers were given.

What an invariant says of streams can be told of some of them at a time, so that a large store is checked in parts, by
several processes; see `checking`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import chain, islice

from attrs import frozen

from taskmentor.authorisation import NEVER, SIDES, Relation
from taskmentor.lifecycle.cascade import Cascade
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import Confirmed, Event, Reassessed
from taskmentor.lifecycle.moves import TRANSITIONS
from taskmentor.models.people import key_of_erased
from taskmentor.store.chain import FIRST_LINK, Anchor
from taskmentor.store.keeping import Store
from taskmentor.store.reckoning import Evidence, Whole
from taskmentor.store.standing import standing

__all__ = [
    "INVARIANTS",
    "Invariant",
    "Problem",
    "chain_holds",
    "check",
    "check_anchor",
    "first_of_each",
    "problems_of_streams",
    "problems_of_whole",
]

_MOST_SHOWN = 20


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


def no_lost_transition(whole: Whole) -> Iterator[str]:
    """Give acknowledged commands that have not as many events as their callers were told."""
    outline = whole.outline
    for command_id, receipt in whole.acks.items():
        n_events, position = outline.n_events.get(command_id, 0), outline.last.get(command_id, 0)
        if n_events != receipt.n_events or position != receipt.position:
            told = f"{receipt.n_events} events up to position {receipt.position}"
            yield f"command {command_id} was acknowledged with {told}, and has {n_events} in the log"


def never_came(whole: Whole) -> Iterator[str]:
    """Give events of commands that never came."""
    for command_id, position in whole.outline.last.items():
        if command_id not in whole.commands:
            yield f"position {position}: the command {command_id} never came"


def no_right(given: Evidence) -> Iterator[str]:
    """Give events whose actors had not the right."""
    yield from given.walk.unheld


def capacity(whole: Whole) -> Iterator[str]:
    """Give mentors with more engagements than places on some day."""
    return _overbooked(whole, Relation.MENTOR)


def mentee_limit(whole: Whole) -> Iterator[str]:
    """Give mentees with more engagements than places on some day."""
    return _overbooked(whole, Relation.MENTEE)


def _overbooked(whole: Whole, side: Relation) -> Iterator[str]:
    dated: dict[str, list[tuple[date, int, int]]] = defaultdict(list)
    for (as_what, whose), since, until in whole.stays:
        if as_what is side:
            dated[whose] += [(since, 1, 0), (until, -1, 0)]
    places: dict[str, int] = defaultdict(int)
    for _, change in whole.changes:
        if change.side is side:
            dated[change.person_id].append((change.from_on, 0, change.places - places[change.person_id]))
            places[change.person_id] = change.places
    for person, days in dated.items():
        yield from _above(person, side, days)


def _above(person: str, side: Relation, dated: list[tuple[date, int, int]]) -> Iterator[str]:
    taken = there = 0
    dated.sort()
    for number, (on, stays, more) in enumerate(dated):
        taken, there = taken + stays, there + more
        day_is_over = number + 1 == len(dated) or dated[number + 1][0] > on
        if day_is_over and taken > there:
            yield f"{person} has {taken} engagements as {side} on {on}, and {there} places"


def legal_path(given: Evidence) -> Iterator[str]:
    """Give moves that the machine does not know."""
    yield from given.walk.faults
    for looked, before, after in given.walk.moves:
        event = looked.event
        if isinstance(event, Event) and after not in TRANSITIONS.get((before, event.action), ()):
            yield f"position {looked.header.position}: {event.action} leads from {before} to {after}"


def replay_is_state(given: Evidence) -> Iterator[str]:
    """Give what is kept beside the log and is not what the log tells: snapshots field by field, and places held."""
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


def courses_are_kept(whole: Whole) -> Iterator[str]:
    """Give training that is kept and that the log does not tell of, or the other way round."""
    left = Counter((one.person_id, one.course) for one in whole.recorded if not key_of_erased(one.person_id))
    if whole.courses is not None and left != whole.courses:
        yield f"{whole.courses.total()} courses are kept, and the log tells of {left.total()}"


def _misplaced(given: Evidence) -> Iterator[str]:
    if given.standings is None:
        return
    for stream in given.walk.erased & given.standings.keys():
        yield f"{stream} was erased, and is found among the open ones"
    known: list[tuple[str, Engagement | Cascade]] = [*given.walk.now.items(), *given.walk.cascades.items()]
    for stream, kept in known:
        if stream not in given.walk.erased and given.standings.get(stream) != (told := standing(kept)):
            yield f"{kept.id} is found as {given.standings.get(stream)}, and the log tells of {told}"


def idempotent(whole: Whole) -> Iterator[str]:
    """Give commands that acted again."""
    yield from whole.outline.acted_again


def optimistic_lock(given: Evidence) -> Iterator[str]:
    """Give versions of streams that two commands won."""
    winner: dict[tuple[str, int], str] = {}
    for looked in given.log:
        header = looked.header
        first = winner.setdefault((header.stream, header.version), header.command_id)
        if first != header.command_id:
            yield f"version {header.version} of {header.stream} was won by {first} and by {header.command_id}"


def positions(whole: Whole) -> Iterator[str]:
    """Give positions that do not run from 1 to the end."""
    yield from whole.outline.misplaced
    if whole.end.position != whole.outline.n_entries:
        yield f"the log ends at {whole.outline.n_entries}, and the store says at {whole.end.position}"


def versions(given: Evidence) -> Iterator[str]:
    """Give versions that do not run from 1 on in their stream."""
    reached: dict[str, int] = defaultdict(int)
    for looked in given.log:
        header = looked.header
        reached[header.stream] += 1
        if header.version != reached[header.stream]:
            yield f"position {header.position}: version {header.version} stands where {reached[header.stream]} belongs"


def dates(given: Evidence) -> Iterator[str]:
    """Give starts after ends, and events before the one that caused them."""
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
    """Give confirmations by one of the two, or of what was not reassessed after the start."""
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


def links(whole: Whole) -> Iterator[str]:
    """Give links that do not follow from the one before."""
    yield from whole.outline.broken
    if whole.outline.n_entries and whole.outline.link != whole.end.link:
        yield "the last link is not the one that the store gives out"


def payloads(given: Evidence) -> Iterator[str]:
    """Give payloads that are not those committed to, and those that are gone without an erasure."""
    entries, words = given.erased
    for looked in given.log:
        position = looked.header.position
        for fault in looked.faults:
            yield f"position {position}: {fault}"
        if looked.schema is None and position not in entries:
            yield f"position {position} lost its payload, and no erasure says so"
        if looked.header.words_digest and not looked.has_words and position not in entries and position not in words:
            yield f"position {position} lost its words, and no erasure says so"


def chain_holds(given: Evidence) -> Iterator[str]:
    """Yield every place at which a log was changed, as far as it tells by itself."""
    yield from links(given.whole)
    yield from payloads(given)


def erased_is_gone(given: Evidence) -> Iterator[str]:
    """Give what is left where an erasure says that it was removed."""
    entries, words = given.erased
    for looked in given.log:
        position = looked.header.position
        if position in entries and looked.schema is not None:
            yield f"position {position} was erased, and its payload is there"
        if looked.has_words and (position in entries or position in words):
            yield f"the words of position {position} were erased, and are there"
    for stream in given.snapshots.keys() & given.walk.erased:
        yield f"{stream} was erased, and a snapshot of it is there"


def schemas_read(given: Evidence) -> Iterator[str]:
    """Give payloads of schemas that are not read."""
    for looked in given.log:
        if looked.schema is not None and not 1 <= looked.schema <= given.schema:
            yield f"position {looked.header.position} is of schema {looked.schema}, and 1 to {given.schema} are read"


def check_anchor(store: Store, anchor: Anchor) -> list[str]:
    """Return what is wrong with a log whose end was published once; nothing where it goes on from there."""
    with store.database.reading() as transaction:
        end = transaction.anchor()
        found = transaction.headers(anchor.position - 1, 1) if anchor.position else []
    if anchor.position > end.position:
        return [f"the log ends at position {end.position}, and one of {anchor.position} entries was published"]
    link = found[0][1] if found else FIRST_LINK
    return [] if link == anchor.link else [f"another link was published for position {anchor.position}"]


def _nothing(_: object) -> Iterator[str]:
    return iter(())


@frozen(kw_only=True)
class Invariant:
    """Something that must hold.

    Attributes:
        name: Its name.
        says: What holds.
        of_whole: Finds where it does not hold of the store as a whole.
        of_streams: Finds where it does not hold of some streams.
    """

    name: str
    says: str
    of_whole: Callable[[Whole], Iterator[str]] = _nothing
    of_streams: Callable[[Evidence], Iterator[str]] = _nothing


INVARIANTS = (
    Invariant(
        name="I1",
        says="Every command that was acknowledged is in the log, with as many events as its caller was told, once.",
        of_whole=no_lost_transition,
    ),
    Invariant(
        name="I2",
        says="Every event has a command, and an actor who was allowed to at that moment.",
        of_whole=never_came,
        of_streams=no_right,
    ),
    Invariant(
        name="I3",
        says="On every day, every mentor has at most as many engagements as they had places.",
        of_whole=capacity,
    ),
    Invariant(
        name="I4",
        says="On every day, every mentee has at most as many engagements as they had places.",
        of_whole=mentee_limit,
    ),
    Invariant(name="I5", says="Every engagement is a word of the machine.", of_streams=legal_path),
    Invariant(
        name="I6",
        says="What is kept beside the log is what the log tells: snapshots field by field, places held, training.",
        of_whole=courses_are_kept,
        of_streams=replay_is_state,
    ),
    Invariant(name="I7", says="The events of one command stand together, in one run.", of_whole=idempotent),
    Invariant(name="I8", says="No version of an engagement was won by two commands.", of_streams=optimistic_lock),
    Invariant(
        name="I9",
        says="Positions run from 1 to the end without gaps, and so do the versions of every stream.",
        of_whole=positions,
        of_streams=versions,
    ),
    Invariant(
        name="I10",
        says="Starts are before ends, and no event is before the one that caused it.",
        of_streams=dates,
    ),
    Invariant(
        name="I11",
        says="Who confirmed was neither mentee nor mentor, and did so after a reassessment that came after the start.",
        of_streams=confirmation,
    ),
    Invariant(
        name="I12",
        says="Every link follows from the one before, and every payload is the one committed to, or lawfully erased.",
        of_whole=links,
        of_streams=payloads,
    ),
    Invariant(
        name="I13",
        says="Where an erasure says that something was removed, nothing of it is left.",
        of_streams=erased_is_gone,
    ),
    Invariant(
        name="I14",
        says="Every payload is of a schema that this version of the package reads, raised as it is read.",
        of_streams=schemas_read,
    ),
)
"""The invariants in their order."""


def problems_of_whole(whole: Whole) -> list[Problem]:
    """Return every way in which an invariant does not hold of the store as a whole, at most twenty of each."""
    return [Problem(one.name, said) for one in INVARIANTS for said in islice(one.of_whole(whole), _MOST_SHOWN)]


def problems_of_streams(given: Evidence) -> list[Problem]:
    """Return every way in which an invariant does not hold of some streams, at most twenty of each."""
    return [Problem(one.name, said) for one in INVARIANTS for said in islice(one.of_streams(given), _MOST_SHOWN)]


def first_of_each(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems in the order of invariants, at most twenty of each."""
    found: dict[str, list[Problem]] = {one.name: [] for one in INVARIANTS}
    for problem in problems:
        found[problem.invariant].append(problem)
    return [problem for those in found.values() for problem in those[:_MOST_SHOWN]]


def check(given: Evidence) -> list[Problem]:
    """Return every way in which an invariant does not hold, at most twenty of each; nothing where all is well."""
    return first_of_each(chain(problems_of_whole(given.whole), problems_of_streams(given)))
