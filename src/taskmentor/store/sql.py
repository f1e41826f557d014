"""A database in SQL: the steps of a transaction in SQLAlchemy Core, the same for SQLite and PostgreSQL.

What differs between the two is how a transaction begins, how a row is locked and which errors pass; see `opening`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from attrs import asdict
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Insert,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    text,
    update,
)

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.training import Course, CourseKind
from taskmentor.store import tables as t
from taskmentor.store.chain import Anchor, Header
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

__all__ = ["SqlDatabase"]

_AT_ONCE = 5_000  # bound parameters of one statement: SQLite takes 32,766, PostgreSQL 65,535
_MANY = 500
_V = TypeVar("_V")

_JOINED = t.header.outerjoin(t.facts, t.facts.c.position == t.header.c.position).outerjoin(
    t.words, t.words.c.position == t.header.c.position
)
_ENTRY = select(
    *t.header.c, t.facts.c.kind, t.facts.c.schema, t.facts.c.actor, t.facts.c.facts, t.facts.c.facts_salt,
    t.words.c.words, t.words.c.words_salt,
).select_from(_JOINED)  # fmt: skip
_ENTRIES = (
    _ENTRY.where(t.header.c.stream == bindparam("stream"), t.header.c.version > bindparam("after"))
    .order_by(t.header.c.version)
)  # fmt: skip
_LOG = _ENTRY.where(t.header.c.position > bindparam("after")).order_by(t.header.c.position).limit(bindparam("most"))
_HEADERS = select(t.header).where(t.header.c.position > bindparam("after")).order_by(t.header.c.position)
_BETWEEN = _ENTRY.where(t.header.c.stream >= bindparam("first"), t.header.c.stream < bindparam("until")).order_by(
    t.header.c.stream, t.header.c.position
)
_OF_KIND = _ENTRY.where(t.facts.c.kind == bindparam("kind_")).order_by(t.header.c.position)
_KEPT = select(t.command.c.fingerprint, t.command.c.salt, t.command.c.answer).where(t.command.c.id == bindparam("id_"))
_ANSWER = update(t.command).where(t.command.c.id == bindparam("id_"))
_STREAM = select(t.stream.c.id).where(t.stream.c.engagement_id == bindparam("engagement_id_"))
_STREAM_LOCKED = _STREAM.with_for_update()
_VALUES: BindParameter[Any] = bindparam("values_", expanding=True)
_ENGAGEMENT_IDS = select(t.stream.c.id, t.stream.c.engagement_id).where(t.stream.c.id.in_(_VALUES))
_KEYS = select(t.person.c.person_id, t.person.c.key).where(t.person.c.person_id.in_(_VALUES))
_PEOPLE = select(t.person.c.key, t.person.c.person_id).where(t.person.c.key.in_(_VALUES))
_SNAPSHOT = select(
    t.snapshot.c.version, t.snapshot.c.shape, t.snapshot.c.state, t.snapshot.c.digest
).where(t.snapshot.c.stream == bindparam("stream_"))  # fmt: skip
_NO_SNAPSHOT = delete(t.snapshot).where(t.snapshot.c.stream == bindparam("stream_"))
_STREAMS_OF = select(t.party.c.side, t.party.c.stream).where(t.party.c.person == bindparam("person_"))
_DUE = (
    select(t.standing.c.stream).where(t.standing.c.due_at <= bindparam("at_"))
    .order_by(t.standing.c.due_at, t.standing.c.stream)
)  # fmt: skip
_FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
_END = select(t.end.c.position, t.end.c.link)
_END_LOCKED = _END.with_for_update()
_OF_SIDE = and_(t.seat.c.person == bindparam("person_"), t.seat.c.side == bindparam("side_"))
_SEATS = select(t.seat.c.number, t.seat.c.from_on, t.seat.c.until_on).where(_OF_SIDE).order_by(t.seat.c.number)
_SEATS_LOCKED = _SEATS.with_for_update()
_CLAIMS = select(t.claim).where(t.claim.c.person == bindparam("person_"), t.claim.c.side == bindparam("side_"))
_TAKEN = exists().where(
    t.claim.c.person == t.seat.c.person,
    t.claim.c.side == t.seat.c.side,
    t.claim.c.number == t.seat.c.number,
    t.claim.c.from_on < bindparam("until_"),
    t.claim.c.until_on > bindparam("from_"),
)
# Places that look free come first; whether one is free is for the database's own rule to say when it is claimed.
_CANDIDATES = (
    select(t.seat.c.number)
    .where(_OF_SIDE, t.seat.c.from_on <= bindparam("from_"), t.seat.c.until_on >= bindparam("until_"))
    .order_by(_TAKEN, t.seat.c.number).with_for_update(read=True, of=t.seat)
)  # fmt: skip
_RELEASE = (
    update(t.claim)
    .where(
        t.claim.c.stream == bindparam("stream_"), t.claim.c.side == bindparam("side_"),
        t.claim.c.person == bindparam("person_"), t.claim.c.until_on == bindparam("open_"),
    )
)  # fmt: skip
_ROUND = select(
    t.round_.c.stream, t.round_.c.state, t.round_.c.version, t.round_.c.claims, t.round_.c.n_proposals,
    t.round_.c.programme_id,
).where(t.round_.c.id == bindparam("id_"))  # fmt: skip
_ROUND_LOCKED = _ROUND.with_for_update()
_MOVE_ROUND = update(t.round_).where(t.round_.c.id == bindparam("id_"))
_PROPOSALS = (
    select(t.proposal.c.number, t.proposal.c.mentee, t.proposal.c.mentor, t.proposal.c.body)
    .where(t.proposal.c.round_id == bindparam("round_id_")).order_by(t.proposal.c.number)
)  # fmt: skip
_PROPOSALS_OF = (
    select(t.proposal.c.number, t.proposal.c.mentee, t.proposal.c.mentor, t.proposal.c.body)
    .where(or_(t.proposal.c.mentee == bindparam("person_"), t.proposal.c.mentor == bindparam("person_")))
    .order_by(t.proposal.c.round_id, t.proposal.c.number)
)  # fmt: skip
_ENTRIES_BY = _ENTRY.where(t.facts.c.actor == bindparam("person_")).order_by(t.header.c.position)
_WRITTEN_BY = (
    select(t.facts.c.position, t.header.c.stream)
    .join(t.words, t.words.c.position == t.facts.c.position)
    .join(t.header, t.header.c.position == t.facts.c.position)
    .where(t.facts.c.actor == bindparam("person_"))
)


class SqlDatabase:
    """Keeps everything in SQL."""

    def __init__(
        self,
        engine: Engine,
        reader: Engine,
        *,
        insert_new: Callable[[Table], Insert],
        is_passing: Callable[[BaseException], bool],
        clean: Callable[[], None],
    ) -> None:
        """Make a database over an engine.

        Args:
            engine: Begins transactions that write.
            reader: Begins transactions that see one moment.
            insert_new: Makes an insert that leaves a row alone which is there already.
            is_passing: Tells errors that are of the moment.
            clean: Leaves no trace of what was erased.
        """
        self.engine = engine
        self._reader = reader
        self._new = {
            table: insert_new(table).execution_options(preserve_rowcount=True)
            for table in (t.command, t.stream, t.person, t.claim, t.round_)
        }
        self.is_passing = is_passing
        self.clean = clean

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Give a transaction that is kept whole, or not at all."""
        with self.engine.begin() as connection:
            yield _SqlTransaction(connection, self._new)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Give a transaction that sees one moment and changes nothing."""
        with self._reader.connect() as connection:
            yield _SqlTransaction(connection, self._new)

    def within(self, connection: Connection) -> Transaction:
        """Return a transaction that is somebody else's to end."""
        return _SqlTransaction(connection, self._new)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


class _SqlTransaction:
    def __init__(self, connection: Connection, new: Mapping[Table, Insert]) -> None:
        self._connection = connection
        self._run = connection.execute
        self._new = new

    # commands

    def take_command(self, command_id: str) -> Kept | None:
        if self._is_new(t.command, {"id": command_id}):
            return None
        found = self._run(_KEPT, {"id_": command_id}).one()
        return Kept(fingerprint=found.fingerprint, salt=found.salt, answer=found.answer)

    def keep_answer(self, command_id: str, kept: Kept, *, stream: str | None, actor: str) -> None:
        self._run(_ANSWER, {"id_": command_id, **asdict(kept), "stream": stream, "actor": actor})

    # streams

    def lock_stream(self, engagement_id: str, new: str) -> str:
        if (found := self._run(_STREAM_LOCKED, {"engagement_id_": engagement_id}).scalar()) is None:
            self._run(self._new[t.stream], {"id": new, "engagement_id": engagement_id})
            found = self._run(_STREAM_LOCKED, {"engagement_id_": engagement_id}).scalar_one()
        return str(found)

    def find_stream(self, engagement_id: str) -> str | None:
        found: str | None = self._run(_STREAM, {"engagement_id_": engagement_id}).scalar()
        return found

    def engagement_ids(self, streams: Collection[str]) -> dict[str, str]:
        return self._pairs(_ENGAGEMENT_IDS, streams)

    def entries(self, stream: str, after: int = 0) -> list[Entry]:
        return [_entry(row) for row in self._run(_ENTRIES, {"stream": stream, "after": after})]

    def snapshot(self, stream: str) -> Snapshot | None:
        found = self._run(_SNAPSHOT, {"stream_": stream}).one_or_none()
        return None if found is None else Snapshot(**found._mapping)

    def keep_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        self._run(_NO_SNAPSHOT, {"stream_": stream})
        self._run(insert(t.snapshot), {"stream": stream, **asdict(snapshot)})

    def all_names(self) -> list[tuple[str, str]]:
        named = select(t.stream.c.id, t.stream.c.engagement_id).where(t.stream.c.engagement_id.is_not(None))
        return [(row[0], row[1]) for row in self._run(named)]

    def stand(self, standings: Mapping[str, Standing]) -> None:
        self.close(standings)
        rows = [
            {"stream": stream, "programme_id": one.programme_id, "due_at": _microseconds(one.due_at)}
            for stream, one in standings.items()
        ]
        self._add(t.standing, rows)

    def close(self, streams: Collection[str]) -> None:
        self._delete(t.standing, "stream", streams)

    def standings(self, streams: Streams) -> dict[str, Standing]:
        return {
            row.stream: Standing(programme_id=row.programme_id, due_at=_moment(row.due_at))
            for row in self._run(select(t.standing).where(_among(t.standing, streams)))
        }

    def open_streams(self, programme_id: str | None, person: str | None) -> list[str]:
        chosen = select(t.standing.c.stream)
        if programme_id is not None:
            chosen = chosen.where(t.standing.c.programme_id == programme_id)
        if person is not None:
            own = select(t.party.c.stream).where(t.party.c.person == person)
            chosen = chosen.where(t.standing.c.stream.in_(own))
        return [row[0] for row in self._run(chosen)]

    def due_streams(self, at: datetime) -> list[str]:
        return [row[0] for row in self._run(_DUE, {"at_": _microseconds(at)})]

    def add_streams(self, streams: Mapping[str, str]) -> bool:
        # In the order of ids, so that two transactions that begin the same ones do not wait for each other.
        self._add_new(t.stream, [{"engagement_id": one, "id": streams[one]} for one in sorted(streams)])
        return len(self.engagement_ids(streams.values())) == len(streams)

    def add_parties(self, parties: Sequence[tuple[str, Relation, str]]) -> None:
        rows = [{"stream": stream, "side": side.value, "person": person} for stream, side, person in parties]
        self._add(t.party, rows)

    def streams_of(self, person: str) -> list[tuple[Relation, str]]:
        return [(Relation(row.side), row.stream) for row in self._run(_STREAMS_OF, {"person_": person})]

    # people

    def keys(self, people: Collection[str]) -> dict[str, str]:
        return self._pairs(_KEYS, people)

    def add_people(self, keys: Mapping[str, str]) -> None:
        # In the order of ids, so that two transactions that add the same people do not wait for each other.
        self._add_new(t.person, [{"person_id": person, "key": keys[person]} for person in sorted(keys)])

    def people(self, keys: Collection[str]) -> dict[str, str]:
        return self._pairs(_PEOPLE, keys)

    def _pairs(self, chosen: Select[Any], values: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in _some(values):
            found |= {row[0]: row[1] for row in self._run(chosen, {"values_": some}) if row[1] is not None}
        return found

    # places

    def claim(self, claim: Claim, version: int) -> bool:
        days = {"from_": claim.from_on, "until_": claim.until_on}
        numbers = self._run(_CANDIDATES, {**_of(claim.side, claim.person), **days}).scalars().all()
        row = {**asdict(claim), "side": claim.side.value, "version": version}
        return any(self._is_new(t.claim, {**row, "number": number}) for number in numbers)

    def _add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows; many of them the quick way, where the database has one."""
        if len(rows) >= _MANY and self._connection.dialect.name == "postgresql":
            self._copy(table, rows)
        elif rows:
            self._run(insert(table), rows)

    def _add_new(self, table: Table, rows: Sequence[Mapping[str, str]]) -> None:
        """Add rows of texts, and leave alone those that are there already."""
        if len(rows) < _MANY or self._connection.dialect.name != "postgresql":
            if rows:
                self._run(self._new[table], rows)
            return
        names = list(rows[0])
        columns = ", ".join(f"CAST(:{name} AS text[])" for name in names)
        into = f"INSERT INTO {table.name} ({', '.join(names)})"
        adding = text(f"{into} SELECT * FROM unnest({columns}) ON CONFLICT DO NOTHING")
        for some in _some(rows):
            self._run(adding, {name: [row[name] for row in some] for name in names})

    def _copy(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        names = list(rows[0])
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])

    def _is_new(self, table: Table, row: Mapping[str, Any]) -> bool:
        """Add a row, and return whether the database took it."""
        n_rows = self._run(self._new[table], row).rowcount
        assert n_rows in (0, 1), "the database tells how many rows it took"
        return n_rows == 1

    def release(self, stream: str, parties: Collection[tuple[Relation, str]], until_on: date) -> None:
        for side, person in parties:
            self._run(_RELEASE, {"stream_": stream, "open_": OPEN, **_of(side, person), "until_on": until_on})

    def seats(self, side: Relation, person: str) -> list[Seat]:
        return [Seat(**row._mapping) for row in self._run(_SEATS, _of(side, person))]

    def lock_seats(self, side: Relation, person: str) -> list[Seat]:
        return [Seat(**row._mapping) for row in self._run(_SEATS_LOCKED, _of(side, person))]

    def claims(self, side: Relation, person: str) -> list[Claim]:
        return [_claim(row) for row in self._run(_CLAIMS, _of(side, person))]

    def add_seats(self, seats: Sequence[tuple[Relation, str, Seat]]) -> None:
        rows = [{"side": side.value, "person": person, **asdict(seat)} for side, person, seat in seats]
        self._add(t.seat, rows)

    def close_seat(self, side: Relation, person: str, number: int, until_on: date) -> None:
        closing = update(t.seat).where(_OF_SIDE, t.seat.c.number == bindparam("number_"))
        self._run(closing, {**_of(side, person), "number_": number, "until_on": until_on})

    # training

    def add_courses(self, courses: Sequence[tuple[str, Course]]) -> None:
        counts = {person: len(self.courses(person)) for person, _ in courses}
        rows = []
        for person, course in courses:
            counts[person] += 1
            rows.append({"person": person, "number": counts[person], **asdict(course), "kind": course.kind.value})
        self._add(t.course, rows)

    def courses(self, person: str) -> list[Course]:
        chosen = select(t.course).where(t.course.c.person == person).order_by(t.course.c.number)
        return [_course(row) for row in self._run(chosen)]

    def all_courses(self) -> list[tuple[str, Course]]:
        chosen = select(t.course).order_by(t.course.c.person, t.course.c.number)
        return [(row.person, _course(row)) for row in self._run(chosen)]

    # rounds

    def add_round(self, round_id: str, kept: KeptRound) -> bool:
        return self._is_new(t.round_, {"id": round_id, **asdict(kept)})

    def find_round(self, round_id: str) -> KeptRound | None:
        return self._round(_ROUND, round_id)

    def lock_round(self, round_id: str) -> KeptRound | None:
        return self._round(_ROUND_LOCKED, round_id)

    def _round(self, chosen: Select[Any], round_id: str) -> KeptRound | None:
        found = self._run(chosen, {"id_": round_id}).one_or_none()
        return None if found is None else KeptRound(**found._mapping)

    def move_round(self, round_id: str, state: str, version: int) -> None:
        self._run(_MOVE_ROUND, {"id_": round_id, "state": state, "version": version})

    def add_proposals(self, round_id: str, proposals: Sequence[KeptProposal]) -> None:
        self._add(t.proposal, [{"round_id": round_id, **asdict(proposal)} for proposal in proposals])

    def proposals(self, round_id: str) -> list[KeptProposal]:
        return [KeptProposal(**row._mapping) for row in self._run(_PROPOSALS, {"round_id_": round_id})]

    # the log

    def anchor(self) -> Anchor:
        return Anchor(**self._run(_END).one()._mapping)

    def lock_end(self) -> Anchor:
        return Anchor(**self._run(_END_LOCKED).one()._mapping)

    def append(self, entries: Sequence[Entry]) -> None:
        headers = [{**asdict(entry.header), "link": entry.link} for entry in entries]
        self._add(t.header, headers)
        self._add(t.facts, [_row(entry, t.facts) for entry in entries])
        self._add(t.words, [_row(entry, t.words) for entry in entries if entry.words is not None])
        last = entries[-1]
        self._run(update(t.end), {"position": last.header.position, "link": last.link})

    def log(self, after: int, most: int) -> list[Entry]:
        return [_entry(row) for row in self._run(_LOG, {"after": after, "most": most})]

    def headers(self, after: int, most: int) -> list[tuple[Header, str]]:
        return [(_header(row), row[7]) for row in self._run(_HEADERS.limit(most), {"after": after})]

    # everything, for checks and exports

    def entries_between(self, streams: Streams) -> list[Entry]:
        first, until = streams
        return [_entry(row) for row in self._run(_BETWEEN, {"first": first, "until": until})]

    def entries_of_kind(self, kind: str) -> list[Entry]:
        return [_entry(row) for row in self._run(_OF_KIND, {"kind_": kind})]

    def entries_by(self, person: str) -> list[Entry]:
        return [_entry(row) for row in self._run(_ENTRIES_BY, {"person_": person})]

    def proposals_of(self, person: str) -> list[KeptProposal]:
        return [KeptProposal(**row._mapping) for row in self._run(_PROPOSALS_OF, {"person_": person})]

    def answers(self) -> list[tuple[str, str | None]]:
        return [(row[0], row[1]) for row in self._run(select(t.command.c.id, t.command.c.answer))]

    def snapshots(self, streams: Streams) -> list[tuple[str, Snapshot]]:
        chosen = select(t.snapshot).where(_among(t.snapshot, streams))
        return [
            (row.stream, Snapshot(version=row.version, shape=row.shape, state=row.state, digest=row.digest))
            for row in self._run(chosen)
        ]

    def all_claims(self, streams: Streams) -> list[Claim]:
        return [_claim(row) for row in self._run(select(t.claim).where(_among(t.claim, streams)))]

    # erasing

    def written_by(self, person: str) -> list[tuple[int, str]]:
        return [(row[0], row[1]) for row in self._run(_WRITTEN_BY, {"person_": person})]

    def erase(self, *, entries: Collection[int], words: Collection[int]) -> None:
        self._delete(t.words, "position", [*entries, *words])
        self._delete(t.facts, "position", entries)

    def _delete(self, table: Table, column: str, values: Collection[Any]) -> None:
        for some in _some(values):
            self._run(delete(table).where(table.c[column].in_(some)))

    def forget(self, person: str, *, streams: Collection[str], touched: Collection[str]) -> None:
        self._delete(t.snapshot, "stream", touched)
        bare = {"salt": None, "answer": None, "stream": None}
        self._run(update(t.command).where(t.command.c.actor == person).values(bare))
        for some in _some(touched):
            self._run(update(t.command).where(t.command.c.stream.in_(some)).values(bare))
        for some in _some(streams):
            self._run(update(t.stream).where(t.stream.c.id.in_(some)).values(engagement_id=None))
        self._delete(t.party, "stream", streams)
        self._delete(t.party, "person", [person])
        for side in ("mentee", "mentor"):
            self._delete(t.proposal, side, [person])
        self._delete(t.course, "person", [person])
        self._delete(t.person, "key", [person])


def _microseconds(at: datetime | None) -> int | None:
    """Return a moment as microseconds since 1970 in UTC, which every database compares alike."""
    return None if at is None else (at - _FIRST_MOMENT) // timedelta(microseconds=1)


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _FIRST_MOMENT + timedelta(microseconds=microseconds)


def _of(side: Relation, person: str) -> dict[str, str]:
    return {"side_": side.value, "person_": person}


def _claim(row: Any) -> Claim:
    return Claim(
        side=Relation(row.side),
        person=row.person,
        number=row.number,
        stream=row.stream,
        from_on=row.from_on,
        until_on=row.until_on,
    )


def _course(row: Any) -> Course:
    return Course(kind=CourseKind(row.kind), hours=row.hours, completed_on=row.completed_on, expires_on=row.expires_on)


def _row(entry: Entry, table: Table) -> dict[str, Any]:
    own = {column.name: getattr(entry, column.name) for column in table.c if column.name != "position"}
    return {"position": entry.header.position, **own}


def _among(table: Table, streams: Streams) -> ColumnElement[bool]:
    first, until = streams
    return and_(table.c.stream >= first, table.c.stream < until)


def _header(row: Sequence[Any]) -> Header:
    position, stream, version, at, command_id, facts_digest, words_digest = row[:7]
    return Header(
        position=position, stream=stream, version=version, at=at, command_id=command_id,
        facts_digest=facts_digest, words_digest=words_digest,
    )  # fmt: skip


def _entry(row: Sequence[Any]) -> Entry:
    link, kind, schema, actor, facts, facts_salt, words, words_salt = row[7:]
    return Entry(
        header=_header(row), link=link, kind=kind, schema=schema, actor=actor, facts=facts, facts_salt=facts_salt,
        words=words, words_salt=words_salt,
    )  # fmt: skip


def _some(values: Collection[_V]) -> Iterator[list[_V]]:
    """Give values in lists that fit into one statement."""
    left = iter(values)
    while some := list(islice(left, _AT_ONCE)):
        yield some
