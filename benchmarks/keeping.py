"""Large stores: an erasure, changed bytes, and everything replayed and checked: `python -m benchmarks.keeping`.

Stores are filled through the same steps as everywhere else, only a thousand engagements at once and without waiting
for the disk; that is not what is measured here.
"""

import argparse
import json
import os
import random
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import event

from benchmarks.measuring import MIB, forget_peak, origin, peak_memory, record, resident_memory
from benchmarks.race import new_database, run_by
from benchmarks.store_page import RESULTS_NAME, write_page
from taskmentor.authorisation import Authority, Grant, Relation
from taskmentor.lifecycle.actions import (
    Accept,
    Action,
    End,
    Propose,
    RecordPractice,
    Schedule,
    Start,
)
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EndReason, EngagementId, Event, PracticeKind, ProgrammeId, Proposed, Scope
from taskmentor.lifecycle.evolving import evolve
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.store import (
    CommandId,
    PlacesSet,
    Receipt,
    Store,
    check,
    check_in_parts,
    check_log,
    evidence,
    open_store,
    upgrade,
    write_log,
)
from taskmentor.store.chain import FIRST_LINK
from taskmentor.store.commands import write_answer
from taskmentor.store.database import Kept
from taskmentor.store.ledger import Placed
from taskmentor.store.sql import SqlDatabase
from tests.lifecycle.examples import Lines
from tests.store.server import Server

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SCOPE = Scope(skill_id=SkillId("data-analysis"), from_level=1, target_level=3)
MANAGER = PersonId("pam")
LATER = AT + timedelta(days=9)
OFFICER = PersonId("officer")
AUTHORITY = Authority(
    organisation=Lines(),
    grants=(Grant(person_id=OFFICER, relation=Relation.PROGRAMME_MANAGER, from_on=AT.date()),),
)
EVENTS_EACH = 10
ENGAGEMENTS_AT_ONCE = 1_000
ENGAGEMENTS_OF_A_MENTEE = 4
ENGAGEMENTS_OF_A_MENTOR = 5
WORDS = "a word that nobody else says"


def mentee_of(number: int) -> PersonId:
    return PersonId(f"mentee-{number // ENGAGEMENTS_OF_A_MENTEE}-of-all")


def mentor_of(number: int) -> PersonId:
    return PersonId(f"mentor-{number // ENGAGEMENTS_OF_A_MENTOR}-of-all")


def life(number: int) -> Iterator[tuple[PersonId, Action]]:
    """Give ten moves from a proposal to an end."""
    mentee, mentor, today = mentee_of(number), mentor_of(number), AT.date()
    yield MANAGER, Propose(
        engagement_id=EngagementId(f"e-{number}"), mentee_id=mentee, mentor_id=mentor, scope=SCOPE,
        programme_id=ProgrammeId("task-based"),
    )  # fmt: skip
    yield mentee, Accept(scope=SCOPE)
    yield mentor, Accept(scope=SCOPE)
    yield mentor, Schedule(starts_on=today, ends_on=today + timedelta(weeks=6))
    yield mentee, Start()
    for minutes in (30, 45, 60, 90):
        yield mentee, RecordPractice(kind=PracticeKind.PRACTISING, behaviour="charts", day=today, minutes=minutes)
    yield mentee, End(reason=EndReason.OTHER, words=f"{WORDS}, and {mentee} says so.")


def events_of(number: int) -> tuple[Event, ...]:
    engagement: Engagement | None = None
    events: list[Event] = []
    for step, (actor, action) in enumerate(life(number)):
        held = frozenset({Relation.PROGRAMME_MANAGER}) if actor == MANAGER else frozenset[Relation]()
        (one,) = decide(engagement, action, actor, held, AT + timedelta(hours=step))
        engagement = evolve(engagement, one)
        events.append(one)
    return tuple(events)


def fill(store: Store, n_events: int) -> None:
    """Fill a store with so many events."""
    database = store.database
    assert isinstance(database, SqlDatabase)
    hurried = "PRAGMA synchronous = OFF" if database.engine.dialect.name == "sqlite" else "SET synchronous_commit = off"
    event.listen(database.engine, "connect", lambda connection, _: connection.execute(hurried))
    database.engine.dispose()
    n_engagements = n_events // EVENTS_EACH
    people = {(Relation.MENTEE, mentee_of(number)) for number in range(n_engagements)}
    people |= {(Relation.MENTOR, mentor_of(number)) for number in range(n_engagements)}
    changes = (
        PlacesSet(actor=MANAGER, at=AT, person_id=person, side=side, places=6, from_on=date(2026, 1, 1))
        for side, person in people
    )
    store.set_places(CommandId("places"), changes, run_by(MANAGER))
    for first in range(0, n_engagements, ENGAGEMENTS_AT_ONCE):
        numbers = range(first, min(first + ENGAGEMENTS_AT_ONCE, n_engagements))
        fill_with(store, CommandId(f"c-{first}"), [events_of(number) for number in numbers])


def fill_with(store: Store, command_id: CommandId, logs: Sequence[tuple[Event, ...]]) -> None:
    """Keep whole engagements, all by one command; none of them holds a place on any day, as each ends on its first."""
    ledger = store.ledger
    with store.database.writing() as transaction:
        transaction.take_command(command_id)
        streams: dict[str, str] = {log[0].engagement_id: ledger.token() for log in logs}
        transaction.add_streams(streams)
        placed: list[Placed] = [(streams[one.engagement_id], one.version, one) for log in logs for one in log]
        keys = ledger.keys(transaction, ledger.named(placed))
        firsts = [log[0] for log in logs]
        transaction.add_parties(
            [
                (streams[one.engagement_id], side, keys[person])
                for one in firsts
                if isinstance(one, Proposed)
                for side, person in ((Relation.MENTEE, one.mentee_id), (Relation.MENTOR, one.mentor_id))
            ]
        )
        position = ledger.append(transaction, command_id, placed, keys)
        receipt = Receipt(command_id=command_id, version=EVENTS_EACH, position=position, n_events=len(placed))
        kept = Kept(fingerprint="", salt=ledger.token(), answer=write_answer(receipt))
        transaction.keep_answer(command_id, kept, stream=None, actor=keys[MANAGER])


def erasure(kind: str, n_events: int, server: Server | None) -> dict[str, object]:
    """Return how long it takes to erase one person of many, and what is left of them."""
    with new_database(kind, "erasure", server) as address:
        upgrade(address)
        with open_store(address) as store:
            fill(store, n_events)
            person = mentee_of(n_events // EVENTS_EACH // 2)
            before = left_of(person, address, server)
            begin = perf_counter()
            store.erase(CommandId("erase"), person, ticket="T-1", actor=OFFICER, at=LATER, authority=AUTHORITY)
            seconds = perf_counter() - begin
            after = left_of(person, address, server)
            begin = perf_counter()
            problems = check(evidence(store))
            return {
                "benchmark": "erase one person",
                "store": kind,
                "events": n_events,
                "seconds": round(seconds, 2),
                "occurrences_before": before,
                "occurrences_after": after,
                "problems": len(problems),
                "check_seconds": round(perf_counter() - begin, 1),
            }


def left_of(person: PersonId, address: str, server: Server | None) -> int:
    """Return how often somebody's id occurs in the files of a database; on PostgreSQL in its dump too."""
    if server is None:
        file = Path(address.removeprefix("sqlite:///"))
        return sum(one.read_bytes().count(person.encode()) for one in file.parent.glob(f"{file.name}*"))
    server.psql("CHECKPOINT", "erasure")
    files = (one for one in (server.folder / "data" / "base").rglob("*") if one.is_file())
    in_files = sum(one.read_bytes().count(person.encode()) for one in files)
    return in_files + server.dump("erasure").count(person)


def edits(n_edits: int, seed: int) -> dict[str, object]:
    """Return how many of so many single-byte edits of an exported log are found."""
    with new_database("sqlite", "edits", None) as address, tempfile.TemporaryDirectory() as folder:
        upgrade(address)
        file = Path(folder) / "log.jsonl"
        with open_store(address) as store:
            fill(store, EVENTS_EACH)
            store.erase(CommandId("erase"), mentor_of(0), ticket="T-1", actor=OFFICER, at=LATER, authority=AUTHORITY)
            write_log(store, file)
        data, draw, found, begin = file.read_bytes(), random.Random(seed), 0, perf_counter()
        for _ in range(n_edits):
            place = draw.randrange(len(data))
            value = draw.choice([byte for byte in range(256) if byte != data[place]])
            file.write_bytes(data[:place] + bytes([value]) + data[place + 1 :])
            found += next(check_log(file), None) is not None
        return {
            "benchmark": "edits of an exported log",
            "bytes": len(data),
            "edits": n_edits,
            "found": found,
            "seconds": round(perf_counter() - begin, 1),
        }


def replay(kind: str, n_events: int, server: Server | None) -> dict[str, object]:
    """Return how fast everything is replayed, and how long all invariants take."""
    with new_database(kind, "replay", server) as address:
        upgrade(address)
        with open_store(address) as store:
            begin = perf_counter()
            fill(store, n_events)
            filled = perf_counter() - begin
            forget_peak()
            resident, begin, spent = resident_memory(), perf_counter(), process_time()
            now: dict[str, Engagement] = {}
            for one in store.log():
                if isinstance(one.event, Event):
                    now[one.stream] = evolve(now.get(one.stream), one.event)
            replayed, spent = perf_counter() - begin, process_time() - spent
            replay_memory = peak_memory() - resident
            now.clear()
            assert store.anchor().link != FIRST_LINK
        checking = checked(address)
        return {
            "benchmark": "replay and check everything",
            "store": kind,
            "events": n_events,
            "fill_seconds": round(filled, 1),
            "fill_events_a_second": round(n_events / filled),
            "replay_seconds": round(replayed, 1),
            "replay_processor_seconds": round(spent, 1),
            "replay_events_a_second": round(n_events / replayed),
            "replay_mib": round(replay_memory / MIB),
            **checking,
        }


def checked(address: str) -> dict[str, object]:
    """Return how long all invariants take, held by one process for each core."""
    n_processes = os.cpu_count() or 1
    begin = perf_counter()
    with ProcessPoolExecutor(n_processes) as pool:
        problems = check_in_parts(address, executor=pool)
    seconds, spent = perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "check_processes": n_processes,
        "check_seconds": round(seconds, 1),
        "check_processor_seconds": round(spent.ru_utime + spent.ru_stime, 1),
        "check_mib": round(spent.ru_maxrss / 1024),
        "problems": len(problems),
    }


def is_good(row: dict[str, object]) -> bool:
    """Return whether a row says what it must."""
    found_all = row.get("found") == row.get("edits")
    return found_all and not row.get("problems") and not row.get("occurrences_after")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--erase", type=int, default=100_000, help="events of the store that somebody is erased from")
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--replay", type=int, default=1_000_000, help="events that are replayed and checked")
    parser.add_argument("--kind", nargs="*", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="add the runs to benchmarks/results")
    chosen = parser.parse_args(arguments)
    good = True
    for row in rows(chosen):
        print(json.dumps(row), flush=True)
        good = good and is_good(row)
        if chosen.record:
            record(RESULTS_NAME, [row | origin(["taskmentor", "sqlalchemy", "psycopg"])])
            write_page()
    print("keeping: all good" if good else "keeping: not as it must be")
    return 0 if good else 1


def rows(chosen: argparse.Namespace) -> Iterator[dict[str, object]]:
    if chosen.edits:
        yield edits(chosen.edits, chosen.seed)
    if chosen.erase and "sqlite" in chosen.kind:
        yield erasure("sqlite", chosen.erase, None)
    if chosen.erase and "postgresql" in chosen.kind:
        with Server(safe=True) as server:
            yield erasure("postgresql", chosen.erase, server)
    if chosen.replay:
        yield replay("sqlite", chosen.replay, None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
