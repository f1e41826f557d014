"""Processes are killed while they write, and servers stopped as by a power failure: `python -m benchmarks.kill`.

In each cycle a process sends commands one after the other and says which ones were acknowledged, until it is killed.
Then everything acknowledged must be there, and every command that is sent again must get the answer that was told.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from time import perf_counter, sleep

import attrs

from benchmarks.measuring import origin, record
from benchmarks.race import run_by
from benchmarks.store_page import RESULTS_NAME, write_page
from taskmentor.authorisation import Relation
from taskmentor.lifecycle.actions import Accept, Action, End, Propose, RecordPractice, Schedule, Start
from taskmentor.lifecycle.events import EndReason, EngagementId, PracticeKind, ProgrammeId, Scope
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.store import Command, CommandId, PlacesSet, Receipt, Store, open_store, upgrade
from taskmentor.store.checks import check
from taskmentor.store.reckoning import evidence
from taskmentor.store.sql import SqlDatabase
from tests.store.server import Server

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SCOPE = Scope(skill_id=SkillId("data-analysis"), from_level=1, target_level=3)
MANAGER = PersonId("pam")
LONGEST_SECONDS = 0.1
WHOLE_CHECKS = 20  # so many times in a run all invariants are held against the whole log


def commands(cycle: int) -> Iterator[Command]:
    """Give the commands of one cycle, the same whenever they are asked for: one engagement after the other."""
    for number in range(1_000):
        engagement_id = EngagementId(f"e-{cycle}-{number}")
        for step, (actor, action) in enumerate(life(engagement_id, *pair_of(cycle))):
            yield Command(
                id=CommandId(f"c-{cycle}-{number}-{step}"),
                engagement_id=engagement_id,
                action=action,
                actor=actor,
                at=AT + timedelta(minutes=step),
            )


def pair_of(cycle: int) -> tuple[PersonId, PersonId]:
    """Return mentee and mentor of one cycle; what a cycle leaves unfinished takes no place of another."""
    return PersonId(f"mentee-{cycle}"), PersonId(f"mentor-{cycle}")


def open_places(store: Store, cycle: int) -> None:
    mentee, mentor = pair_of(cycle)
    changes = [
        PlacesSet(actor=MANAGER, at=AT, person_id=person, side=side, places=2, from_on=date(2026, 1, 1))
        for person, side in ((mentee, Relation.MENTEE), (mentor, Relation.MENTOR))
    ]
    store.set_places(CommandId(f"places-{cycle}"), changes, run_by(MANAGER))


def life(engagement_id: EngagementId, mentee: PersonId, mentor: PersonId) -> Iterator[tuple[PersonId, Action]]:
    """Give one engagement from its proposal to an early end, which gives the places back."""
    programme_id = ProgrammeId("task-based")
    yield (
        MANAGER,
        Propose(
            engagement_id=engagement_id, mentee_id=mentee, mentor_id=mentor, scope=SCOPE, programme_id=programme_id
        ),
    )
    yield mentee, Accept(scope=SCOPE)
    yield mentor, Accept(scope=SCOPE)
    yield mentor, Schedule(starts_on=AT.date(), ends_on=AT.date() + timedelta(weeks=6))
    yield mentee, Start()
    yield mentee, RecordPractice(kind=PracticeKind.PRACTISING, behaviour="charts", day=AT.date(), minutes=45)
    yield mentor, End(reason=EndReason.OTHER, words="Another project came first.")


def send(store: Store, command: Command) -> Receipt:
    managing = frozenset({Relation.PROGRAMME_MANAGER}) if command.actor == MANAGER else frozenset[Relation]()
    return store.execute(command, lambda _: managing)


def child(store: Store, cycle: int) -> tuple[int, int]:
    """Return a process that sends commands, and the pipe on which it says what was acknowledged."""
    database = store.database
    assert isinstance(database, SqlDatabase)
    database.engine.dispose()  # no connection of this process is used by the other
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    try:
        for command in commands(cycle):
            os.write(writing, (json.dumps(attrs.asdict(send(store, command))) + "\n").encode())
    finally:
        os._exit(1)


def cycle_of(store: Store, cycle: int, draw: random.Random, stop: Callable[[int], None], counts: Counter[str]) -> None:
    """Kill once, and look."""
    open_places(store, cycle)
    process, pipe = child(store, cycle)
    first = os.read(pipe, 1)  # it has begun
    sleep(draw.random() * LONGEST_SECONDS)
    stop(process)
    os.waitpid(process, 0)
    receipts = told(first, pipe)
    counts["acknowledged"] += len(receipts)
    before = store.anchor().position
    for command in commands(cycle):
        again = send(store, command)
        if command.id in receipts:
            counts["lost"] += receipts[command.id] != again
            continue
        counts["done unheard"] += again.position <= before
        break  # what comes after was never sent
    log = list(store.log(max(0, before - 50)))
    counts["gaps"] += [one.position for one in log] != list(range(log[0].position, log[0].position + len(log)))


def told(first: bytes, pipe: int) -> dict[str, Receipt]:
    """Return everything that a process said, of which the first byte was read already."""
    with os.fdopen(pipe, "rb") as file:
        lines = (first + file.read()).split(b"\n")[:-1]
    receipts = [Receipt(**json.loads(line)) for line in lines]
    return {receipt.command_id: receipt for receipt in receipts}


def run(address: str, n_cycles: int, seed: int, stops: Sequence[Callable[[int], None]]) -> dict[str, object]:
    """Return what came of so many cycles, whose processes are stopped in turn in one of several ways."""
    draw, counts, begin = random.Random(seed), Counter[str](), perf_counter()
    upgrade(address)
    with open_store(address) as store:
        for cycle in range(n_cycles):
            cycle_of(store, cycle, draw, stops[cycle % len(stops)], counts)
            if cycle % max(1, n_cycles // WHOLE_CHECKS) == 0:
                counts["problems"] += len(check(evidence(store)))
        counts["problems"] += len(check(evidence(store)))
        events = store.anchor().position
    return {
        "cycles": n_cycles,
        "seconds": round(perf_counter() - begin, 1),
        "events": events,
        "acknowledged": counts["acknowledged"],
        "done_unheard": counts["done unheard"],
        "lost": counts["lost"],
        "gaps": counts["gaps"],
        "problems": counts["problems"],
    }


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sqlite", type=int, default=1_000, help="cycles on SQLite")
    parser.add_argument("--postgresql", type=int, default=100, help="cycles on PostgreSQL, half of them of the server")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="add the runs to benchmarks/results")
    chosen = parser.parse_args(arguments)
    rows: list[dict[str, object]] = []
    if chosen.sqlite:
        with tempfile.TemporaryDirectory() as folder:
            found = run(f"sqlite:///{folder}/kill.db", chosen.sqlite, chosen.seed, [kill])
            rows.append({"benchmark": "kill", "store": "sqlite", **found})
    if chosen.postgresql:
        with Server(safe=True) as server:

            def power_failure(process: int) -> None:
                server.stop("immediate")
                kill(process)
                server.start()

            found = run(server.create("kill"), chosen.postgresql, chosen.seed, [kill, power_failure])
            rows.append({"benchmark": "kill", "store": "postgresql", **found})
    for row in rows:
        print(json.dumps(row), flush=True)
    if chosen.record:
        record(RESULTS_NAME, [row | origin(["taskmentor", "sqlalchemy", "psycopg"]) for row in rows])
        write_page()
    good = not any(row[name] for row in rows for name in ("lost", "gaps", "problems"))
    print("kill: all good" if good else "kill: not as it must be")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
