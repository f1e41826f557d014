"""Many processes accept engagements with mentors who have few places: `python -m benchmarks.race`.

Every engagement is accepted twice, by mentee and mentor, from processes that know nothing of each other; some commands
are sent again under their ids, and some by two processes at once. Afterwards the invariants are held against the log
and against what every process was told. Then the same without the database's own rule on places, which must fail.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import attrs
from attrs import frozen

from benchmarks.measuring import origin, record
from benchmarks.store_page import RESULTS_NAME, write_page
from taskmentor.authorisation import Authority, Grant, Relation
from taskmentor.errors import CapacityError, RefusedError
from taskmentor.lifecycle.actions import Accept, Propose
from taskmentor.lifecycle.events import EngagementId, ProgrammeId, Scope
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.store import Command, CommandId, PlacesSet, RoundId, RoundState, Store, open_store, upgrade
from taskmentor.store.checks import check
from taskmentor.store.commands import Receipt
from taskmentor.store.opening import engine_for
from taskmentor.store.reckoning import evidence
from taskmentor.store.tables import CLAIM_RULE
from tests.store.server import Server

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SCOPE = Scope(skill_id=SkillId("data-analysis"), from_level=1, target_level=3)
MANAGER = PersonId("manager")
PROGRAMME_ID = ProgrammeId("task-based")
ROUND = RoundId("race")
KINDS = ("sqlite", "postgresql")


@frozen(kw_only=True)
class Race:
    """The size of a race.

    Attributes:
        engagements: How many are accepted by both sides: twice as many commands.
        per_mentor: How many engagements ask for the same mentor.
        most_places: Mentors have 1 to so many.
        processes: How many send commands.
        seed: Of who has how many places, and of the order of commands.
    """

    engagements: int = 26_000
    per_mentor: int = 10
    most_places: int = 3
    processes: int = 64
    seed: int = 0

    def proposals(self) -> list[Propose]:
        return [
            Propose(
                engagement_id=EngagementId(f"e-{number}"),
                mentee_id=PersonId(f"mentee-{number}"),
                mentor_id=PersonId(f"mentor-{number // self.per_mentor}"),
                scope=SCOPE,
                programme_id=PROGRAMME_ID,
            )
            for number in range(self.engagements)
        ]

    def places(self) -> dict[str, int]:
        """Return how many places each mentor has."""
        draw = random.Random(self.seed)
        mentors = sorted({pair.mentor_id for pair in self.proposals()})
        return {mentor: draw.randint(1, self.most_places) for mentor in mentors}

    def commands(self) -> list[list[Command]]:
        """Return what each process sends: everything once, some of it twice, and some of it by two processes."""
        draw = random.Random(self.seed + 1)
        once = [
            Command(
                id=CommandId(f"{pair.engagement_id}-{side}"),
                engagement_id=pair.engagement_id,
                action=Accept(scope=SCOPE),
                actor=actor,
                at=AT + timedelta(hours=1),
            )
            for pair in self.proposals()
            for side, actor in (("mentee", pair.mentee_id), ("mentor", pair.mentor_id))
        ]
        sent = once + draw.sample(once, len(once) // 20)
        draw.shuffle(sent)
        shares = [sent[number :: self.processes] for number in range(self.processes)]
        return [share + draw.sample(share, len(share) // 20) for share in shares]


@frozen
class NoLines:
    """An organisation in which nobody manages anybody."""

    def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
        """Return nobody."""
        return ()


def run_by(manager: PersonId) -> Authority:
    """Return the rights of somebody who runs all programmes, and of nobody else."""
    grant = Grant(person_id=manager, relation=Relation.PROGRAMME_MANAGER, from_on=date(2026, 1, 1))
    return Authority(organisation=NoLines(), grants=(grant,))


def prepare(store: Store, race: Race) -> None:
    """Propose everything, and give everybody places."""
    pairs, rights = race.proposals(), run_by(MANAGER)
    day = date(2026, 1, 1)
    limits = [(pair.mentee_id, Relation.MENTEE, 1) for pair in pairs]
    offered = [(PersonId(mentor), Relation.MENTOR, places) for mentor, places in race.places().items()]
    store.set_places(
        CommandId("places"),
        [
            PlacesSet(actor=MANAGER, at=AT, person_id=person, side=side, places=places, from_on=day)
            for person, side, places in (*limits, *offered)
        ],
        rights,
    )
    store.keep_round(
        CommandId("keep"), ROUND, pairs, programme_id=PROGRAMME_ID, claims={}, actor=MANAGER, at=AT, authority=rights
    )
    store.move_round(CommandId("review"), ROUND, RoundState.REVIEW, actor=MANAGER, at=AT, authority=rights)
    store.publish_round(CommandId("publish"), ROUND, actor=MANAGER, at=AT, authority=rights)


def send(address: str, commands: Sequence[Command], told: Path) -> None:
    """Send commands in their order, and write down what was told."""
    nothing: frozenset[Relation] = frozenset()
    with open_store(address) as store, told.open("w", encoding="utf-8") as file:
        for command in commands:
            try:
                answer = attrs.asdict(store.execute(command, lambda _: nothing))
            except RefusedError as refusal:
                answer = {"command_id": command.id, "refusal": type(refusal).__name__}
            file.write(json.dumps(answer) + "\n")


def run(address: str, race: Race) -> dict[str, object]:
    """Return what came of a race."""
    upgrade(address)
    with open_store(address) as store:
        prepare(store, race)
        before = store.anchor().position
    return finished(address, race, before)


def finished(address: str, race: Race, before: int) -> dict[str, object]:
    shares = race.commands()
    fork = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"told-{number}" for number in range(race.processes)]
        racers = [
            fork.Process(target=send, args=(address, share, file)) for share, file in zip(shares, files, strict=True)
        ]
        begin = perf_counter()
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        seconds = perf_counter() - begin
        assert all(racer.exitcode == 0 for racer in racers), "every process comes to its end"
        told = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return outcome(address, race, told, seconds, before)


def outcome(address: str, race: Race, told: list[dict[str, object]], seconds: float, before: int) -> dict[str, object]:
    """Return counts of what must not be, and figures."""
    with open_store(address) as store:
        given = evidence(store)
    receipts: dict[str, Receipt] = {}
    unlike = 0
    for answer in told:
        if "refusal" in answer:
            continue
        receipt = Receipt(**answer)  # type: ignore[arg-type]
        unlike += receipts.setdefault(receipt.command_id, receipt) != receipt
    problems = Counter(problem.invariant for problem in check(attrs.evolve(given, acks={**given.acks, **receipts})))
    held = Counter(person for (side, person), *_ in given.walk.stays if side is Relation.MENTOR)
    places = race.places()
    wanted = Counter(pair.mentor_id for pair in race.proposals())
    fillable = sum(min(n_places, wanted[PersonId(mentor)]) for mentor, n_places in places.items())
    filled = sum(min(n_held, places[mentor]) for mentor, n_held in held.items())
    n_events = given.end.position - before
    refusals = Counter(str(answer["refusal"]) for answer in told if "refusal" in answer)
    return {
        "processes": race.processes,
        "commands": len(told),
        "different_commands": 2 * race.engagements,
        "seconds": round(seconds, 1),
        "commands_a_second": round(len(told) / seconds),
        "events": n_events,
        "events_a_second": round(n_events / seconds),
        "overbooked": sum(n_held > places[mentor] for mentor, n_held in held.items()),
        "lost": problems["I1"],
        "doubled": problems["I7"] + problems["I8"] + unlike,
        "other_problems": sum(problems.values()) - problems["I1"] - problems["I7"] - problems["I8"],
        "fillable": fillable,
        "filled": filled,
        "filled_share": round(filled / fillable, 4),
        "refused_for_capacity": refusals[CapacityError.__name__],
        "refused_otherwise": sum(refusals.values()) - refusals[CapacityError.__name__],
    }


def without_rule(address: str) -> None:
    """Take away the database's own rule that no place is held twice."""
    engine = engine_for(address)
    sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"DROP TRIGGER {CLAIM_RULE}" if sqlite else f"ALTER TABLE tm_claim DROP CONSTRAINT {CLAIM_RULE}"
        )
    engine.dispose()


def run_without_rule(address: str, race: Race) -> dict[str, object]:
    upgrade(address)
    without_rule(address)
    return run(address, race)


@contextmanager
def new_database(kind: str, name: str, server: Server | None) -> Iterator[str]:
    """Give the address of a database that is gone afterwards."""
    if server is not None and kind == "postgresql":
        yield server.create(name)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/{name}.db"


def is_lawful(row: dict[str, object]) -> bool:
    """Return whether a race ended as it must."""
    wrong = [row[name] for name in ("overbooked", "lost", "doubled", "other_problems")]
    share = row["filled_share"]
    assert isinstance(share, float)
    return not any(wrong) and share >= 0.99


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engagements", type=int, default=Race().engagements)
    parser.add_argument("--processes", type=int, default=Race().processes)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--record", action="store_true", help="add the runs to benchmarks/results")
    chosen = parser.parse_args(arguments)
    race = Race(engagements=chosen.engagements, processes=chosen.processes, seed=chosen.seed)
    small = attrs.evolve(race, engagements=min(2_000, race.engagements))
    good = True
    for kind in chosen.kind:
        with Server(safe=True) if kind == "postgresql" else tempfile.TemporaryDirectory() as server:
            running = server if isinstance(server, Server) else None
            with new_database(kind, "race", running) as address:
                row = {"benchmark": "race", "store": kind, **run(address, race)}
            with new_database(kind, "without", running) as address:
                off = {"benchmark": "race without the rule", "store": kind, **run_without_rule(address, small)}
        for one in (row, off):
            print(json.dumps(one), flush=True)
            if chosen.record:
                record(RESULTS_NAME, [one | origin(["taskmentor", "sqlalchemy", "psycopg"])])
                write_page()
        good = good and is_lawful(row) and bool(off["overbooked"])
    print("race: all good" if good else "race: not as it must be")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
