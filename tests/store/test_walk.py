"""Three stores side by side: whatever is done to them, they give the same answers and hold the same."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import ClassVar

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import event

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import InputError, RefusedError, TaskmentorError
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.events import EngagementId
from taskmentor.lifecycle.moves import State
from taskmentor.models.people import PersonId
from taskmentor.store import Command, PlacesSet, Receipt, Store, open_store
from taskmentor.store.checks import check, evidence
from taskmentor.store.sql import SqlDatabase
from taskmentor.store.tables import end, metadata
from tests.lifecycle.examples import ACTOR_OF, BEGIN, MENTEE, MENTOR, STRANGER, WAYS, example, moment_for, state_of
from tests.store.desk import AUTHORITY, DAY, found, new_id, places_set

Answer = Receipt | tuple[type[TaskmentorError], tuple[object, ...]]
Cell = tuple[State | None, ActionName, Relation | None]
RELATIONS = (*Relation, None)
STATES = (None, *State)


@frozen
class Sent:
    """A command with the relations in which it was sent."""

    command: Command
    held: frozenset[Relation]


def empty(store: Store) -> None:
    """Empty a store in SQL, which is quicker than to make a new one."""
    assert isinstance(store.database, SqlDatabase)
    with store.database.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not end:
                connection.execute(table.delete())
        connection.execute(end.update().values(position=0, link="0" * 64))


class Walk(RuleBasedStateMachine):
    """Commands of anybody to a few engagements, sent to all three stores."""

    kept: ClassVar[tuple[Store, ...]]
    hits: ClassVar[Counter[Cell]]

    def __init__(self) -> None:
        super().__init__()
        for store in self.kept:
            empty(store)
        self.stores = (open_store("memory:"), *self.kept)
        self.sent: list[Sent] = []
        self.ids: list[EngagementId] = []

    @property
    def memory(self) -> Store:
        return self.stores[0]

    @initialize(
        places=st.integers(0, 4),
        limit=st.integers(1, 4),
        states=st.lists(st.sampled_from(STATES), min_size=1, max_size=4),
    )
    def begin(self, places: int, limit: int, states: list[State | None]) -> None:
        self.set_places([places_set(MENTOR, Relation.MENTOR, places), places_set(MENTEE, Relation.MENTEE, limit)])
        for state in states:
            self.another(state)

    @rule(state=st.sampled_from(STATES))
    def another(self, state: State | None) -> None:
        """Begin one more engagement, and bring it towards a state as far as there are places."""
        self.ids.append(EngagementId(f"e-{len(self.ids) + 1}"))
        for name, actor in WAYS[state]:
            at = moment_for(name, found(self.memory, self.ids[-1]))
            relation = next(relation for relation, person in ACTOR_OF.items() if person == actor)
            self.send(self.command(name, self.ids[-1], actor, at - BEGIN), frozenset({relation}))

    @rule(
        which=st.integers(0, 20),
        name=st.sampled_from(ActionName),
        relation=st.sampled_from(RELATIONS),
        hours=st.integers(-2, 12),
        expected=st.sampled_from([None, None, None, 0, 1, 2]),
    )
    def anybody_does_anything(
        self, which: int, name: ActionName, relation: Relation | None, hours: int, expected: int | None
    ) -> None:
        engagement_id = self.ids[which % len(self.ids)]
        now = found(self.memory, engagement_id)
        at = moment_for(name, now) + timedelta(hours=max(hours, 0) if now is None else hours)
        actor = STRANGER if relation is None else ACTOR_OF[relation]
        held = frozenset() if relation is None else frozenset({relation})
        command = self.command(name, engagement_id, actor, at - BEGIN)
        version = None if expected is None or now is None else now.version + 1 - expected
        self.hits[state_of(now), name, relation] += 1
        self.send(evolve(command, expected_version=version), held)

    @rule(which=st.integers(0, 10_000))
    def somebody_sends_it_again(self, which: int) -> None:
        """Whatever happened since, the first answer comes again, and nothing is done."""
        if self.sent:
            again = self.sent[which % len(self.sent)]
            before = self.memory.anchor().position
            self.send(again.command, again.held)
            assert self.memory.anchor().position == before

    @rule(side=st.sampled_from([Relation.MENTOR, Relation.MENTEE]), places=st.integers(0, 5), days=st.integers(-3, 40))
    def places_change(self, side: Relation, places: int, days: int) -> None:
        person = MENTOR if side is Relation.MENTOR else MENTEE
        self.set_places([places_set(person, side, places, DAY + timedelta(days=days))])

    def set_places(self, changes: list[PlacesSet]) -> None:
        command_id = new_id()
        calls = [partial(store.set_places, command_id, changes, AUTHORITY) for store in self.stores]
        self.all_agree([answer(call) for call in calls])

    def command(self, name: ActionName, engagement_id: EngagementId, actor: PersonId, since: timedelta) -> Command:
        action = example(name, BEGIN + since)
        if isinstance(action, Propose):
            action = evolve(action, engagement_id=engagement_id)
        return Command(id=new_id(), engagement_id=engagement_id, action=action, actor=actor, at=BEGIN + since)

    def send(self, command: Command, held: frozenset[Relation]) -> None:
        self.sent.append(Sent(command, held))
        self.all_agree([answer(lambda one=store: one.execute(command, lambda _: held)) for store in self.stores])  # type: ignore[misc]

    def all_agree(self, answers: list[Answer]) -> None:
        assert answers[1:] == answers[:1] * (len(answers) - 1)

    @invariant()
    def all_are_as_long(self) -> None:
        """What they hold is compared at the end of each walk; until then, how much it is."""
        assert len({store.anchor().position for store in self.stores}) == 1

    def teardown(self) -> None:
        logs = [
            [(one.position, one.version, one.command_id, one.event) for one in store.log()] for store in self.stores
        ]
        assert logs[1:] == logs[:1] * (len(logs) - 1)
        for store in self.stores:
            assert check(evidence(store)) == []
            assert [repr(found(store, engagement_id)) for engagement_id in self.ids] == [
                repr(found(self.memory, engagement_id)) for engagement_id in self.ids
            ]


def without_waiting(store: Store) -> None:
    """Let SQLite not wait for the disk: nothing is killed here, and the walk is long."""
    assert isinstance(store.database, SqlDatabase)
    event.listen(store.database.engine, "connect", lambda driver, _: driver.execute("PRAGMA synchronous = OFF"))


def answer(call: Callable[[], Receipt]) -> Answer:
    """Return a receipt, or what a refusal says."""
    try:
        return call()
    except (RefusedError, InputError) as error:
        return type(error), error.args


@pytest.fixture
def walk(new_sqlite: Callable[[], str], new_postgresql: Callable[[], str]) -> Iterator[type[Walk]]:
    """Return the machine over two databases in SQL."""
    with ExitStack() as opened:
        stores = tuple(opened.enter_context(open_store(make())) for make in (new_sqlite, new_postgresql))
        without_waiting(stores[0])

        class Ready(Walk):
            kept = stores
            hits: ClassVar[Counter[Cell]] = Counter()

        yield Ready


def test_three_stores_give_the_same_answers(walk: type[Walk]) -> None:
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=30,
            stateful_step_count=15,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    assert sum(walk.hits.values()) > 50, walk.hits


@pytest.mark.long
def test_every_cell_is_met_by_all_three_stores(walk: type[Walk]) -> None:
    """A hundred thousand steps; the table of what was met is printed."""
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=2_500,
            stateful_step_count=50,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
        ),
    )
    print(table(walk.hits))
    cells = {(state, name, relation) for state in STATES for name in ActionName for relation in RELATIONS}
    assert cells - walk.hits.keys() == set()


def table(hits: Counter[Cell]) -> str:
    """Return how often each action was tried in each state, with the fewest of any relation."""
    head = f"{'state':24}" + "".join(f"{name:>17}" for name in ActionName)
    rows = [
        f"{state or 'none':24}"
        + "".join(
            f"{sum(counts):>11} ({min(counts):>3})"
            for name in ActionName
            if (counts := [hits[state, name, relation] for relation in RELATIONS])
        )
        for state in STATES
    ]
    return "\n".join([f"{sum(hits.values())} attempts; in brackets the fewest in any of {len(RELATIONS)} relations",
                      head, *rows])  # fmt: skip
