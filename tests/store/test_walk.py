"""Three stores side by side: whatever is done to them, they give the same answers and hold the same."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from time import perf_counter
from typing import ClassVar

import pytest
from attrs import define, evolve, field, frozen
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from taskmentor.authorisation import ActionName, Approver, Relation
from taskmentor.errors import InputError, RefusedError, TaskmentorError
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.deciding import allowed_actions
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EngagementId
from taskmentor.lifecycle.moves import TRANSITIONS, State
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.people import PersonId
from taskmentor.store import Command, PlacesSet, Receipt, Store, open_store
from taskmentor.store.checks import check
from taskmentor.store.reckoning import evidence
from taskmentor.store.sql import SqlDatabase
from tests.lifecycle.examples import (
    ACTOR_OF,
    MENTEE,
    MENTOR,
    STRANGER,
    TIMED,
    WAYS,
    example,
    moment_for,
    state_of,
    steps_before,
    terms_for,
)
from tests.store.desk import AUTHORITY, DAY, empty_tables, found, new_id, places_set, without_waiting
from tests.walks import go

Answer = Receipt | tuple[type[TaskmentorError], tuple[object, ...]]
Cell = tuple[State | None, ActionName, Relation | None]
RELATIONS = (*Relation, None)
STATES = (None, *State)
CELLS: tuple[Cell, ...] = tuple(product(STATES, ActionName, RELATIONS))
TERMS = (Terms(), TIMED, Terms(approvals=(Approver.PROGRAMME_MANAGER, Approver.MENTEE, Approver.MENTOR)))
LEAST_STEPS = 100_000


@frozen
class Sent:
    """A command with the relations in which it was sent."""

    command: Command
    held: frozenset[Relation]


def empty(store: Store) -> None:
    """Empty a store in SQL, which is quicker than to make a new one."""
    assert isinstance(store.database, SqlDatabase)
    empty_tables(store.database)


@define
class Tally:
    """What was done on all walks together.

    Attributes:
        steps: How many steps were taken.
        hits: How often something was tried, by the state that it was tried in, and as what.
        done: How often it was carried out.
        begin: When the first walk began, in seconds of a clock that only measures.
    """

    steps: int = 0
    hits: Counter[Cell] = field(factory=Counter)
    done: Counter[Cell] = field(factory=Counter)
    begin: float = field(factory=perf_counter)

    def __str__(self) -> str:
        seconds = perf_counter() - self.begin
        return f"{self.steps:,} steps in {seconds:,.0f} s, {len(self.hits):,} of {len(CELLS):,} cells"


class Walk(RuleBasedStateMachine):
    """Commands of anybody to a few engagements, sent to all three stores."""

    kept: ClassVar[tuple[Store, ...]]
    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        for store in self.kept:
            empty(store)
        self.stores = (open_store("memory:"), *self.kept)
        self.sent: list[Sent] = []
        self.now: dict[EngagementId, Engagement | None] = {}

    @property
    def memory(self) -> Store:
        return self.stores[0]

    @initialize(
        places=st.integers(0, 4),
        limit=st.integers(1, 4),
        states=st.lists(st.sampled_from(STATES), min_size=1, max_size=3),
        terms=st.sampled_from(TERMS),
    )
    def begin(self, places: int, limit: int, states: list[State | None], terms: Terms) -> None:
        self.set_places([places_set(MENTOR, Relation.MENTOR, places), places_set(MENTEE, Relation.MENTEE, limit)])
        for state in states:
            self.bring(state, terms)

    def bring(self, state: State | None, terms: Terms) -> EngagementId:
        """Begin one more engagement, and bring it towards a state as far as there are places and the terms let it."""
        return self.begun(WAYS[state], terms)

    def begun(self, steps: Iterable[tuple[ActionName, PersonId]], terms: Terms) -> EngagementId:
        """Begin one more engagement, and take some steps with it."""
        new = EngagementId(f"e-{len(self.now) + 1}")
        self.now[new] = None
        for name, actor in steps:
            relation = next(relation for relation, person in ACTOR_OF.items() if person == actor)
            self.attempt(new, name, relation, terms)
        return new

    @rule(terms=st.sampled_from(TERMS))
    def another(self, terms: Terms) -> None:
        """Propose one more engagement."""
        self.bring(State.PROPOSED, terms)

    @rule(which=st.integers(0, 20), move=st.integers(0, 100))
    def somebody_does_what_they_may(self, which: int, move: int) -> None:
        """Do something that state and rights allow, so that walks come far."""
        engagement_id = self.one(which)
        now = self.now[engagement_id]
        lawful = [(name, relation) for relation in Relation for name in allowed_actions(now, {relation})]
        if lawful:
            name, relation = lawful[move % len(lawful)]
            self.attempt(engagement_id, name, relation)

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
        self.attempt(self.one(which), name, relation, hours=hours, expected=expected)

    def one(self, which: int) -> EngagementId:
        return [*self.now][which % len(self.now)]

    def attempt(
        self,
        engagement_id: EngagementId,
        name: ActionName,
        relation: Relation | None,
        terms: Terms = TERMS[0],
        *,
        hours: int = 0,
        expected: int | None = None,
    ) -> None:
        """Try one action on one engagement as somebody who is nothing else to it."""
        now = self.now[engagement_id]
        at = moment_for(name, now) + timedelta(hours=max(hours, 0) if now is None else hours)
        actor = STRANGER if relation is None else ACTOR_OF[relation]
        held = frozenset() if relation is None else frozenset({relation})
        command = self.command(name, engagement_id, actor, at, terms)
        version = None if expected is None or now is None else now.version + 1 - expected
        answered = self.send(evolve(command, expected_version=version), held)
        met = state_of(now), name, relation
        self.tally.hits[met] += 1
        self.tally.done[met] += isinstance(answered, Receipt)

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
        self.answer_of_all(lambda store: store.set_places(command_id, changes, AUTHORITY))

    def command(
        self, name: ActionName, engagement_id: EngagementId, actor: PersonId, at: datetime, terms: Terms
    ) -> Command:
        action = example(name, at, self.now[engagement_id], terms=terms)
        if isinstance(action, Propose):
            action = evolve(action, engagement_id=engagement_id)
        return Command(id=new_id(), engagement_id=engagement_id, action=action, actor=actor, at=at)

    def send(self, command: Command, held: frozenset[Relation]) -> Answer:
        self.sent.append(Sent(command, held))
        answered = self.answer_of_all(lambda store: store.execute(command, lambda _: held))
        self.now[command.engagement_id] = found(self.memory, command.engagement_id)
        return answered

    def answer_of_all(self, call: Callable[[Store], Receipt]) -> Answer:
        """Return what all stores answer, which is the same."""
        first, *others = [answer(partial(call, store)) for store in self.stores]
        assert others == [first] * len(others)
        return first

    @invariant()
    def a_step_is_counted(self) -> None:
        self.tally.steps += 1

    def teardown(self) -> None:
        logs = [
            [(one.position, one.version, one.command_id, one.event) for one in store.log()] for store in self.stores
        ]
        assert logs[1:] == logs[:1] * (len(logs) - 1)
        for store in self.stores:
            assert check(evidence(store)) == []
            assert [repr(found(store, one)) for one in self.now] == [repr(now) for now in self.now.values()]


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
            tally = Tally()

        yield Ready


def test_three_stores_give_the_same_answers(walk: type[Walk]) -> None:
    go(walk, walks=30, longest=15)
    assert sum(walk.tally.hits.values()) > 50, walk.tally


@pytest.mark.long
def test_every_cell_is_met_by_all_three_stores(walk: type[Walk]) -> None:
    """Every cell once, then a hundred thousand steps; how far it is, and the table of what was met, are printed."""
    for state in STATES:
        meet_all_cells_of(walk, state)
        print(walk.tally, flush=True)
    assert set(CELLS) - walk.tally.hits.keys() == set()
    make_all_moves(walk)
    assert TRANSITIONS.keys() - {(state, name) for state, name, _ in +walk.tally.done} == set()
    while walk.tally.steps < LEAST_STEPS:
        go(walk, walks=50, longest=100, derandomize=False)
        print(walk.tally, flush=True)
    print(table(walk.tally))


def meet_all_cells_of(walk: type[Walk], state: State | None) -> None:
    """Try every action as every relation in one state, on an engagement that is brought there anew once it moves on."""
    one = walk()
    one.set_places([places_set(MENTOR, Relation.MENTOR, 500), places_set(MENTEE, Relation.MENTEE, 500)])
    there = one.bring(state, TIMED)
    for name, relation in product(ActionName, RELATIONS):
        if state_of(one.now[there]) is not state:
            there = one.bring(state, TIMED)
        one.attempt(there, name, relation)
    one.teardown()


def make_all_moves(walk: type[Walk]) -> None:
    """Carry out every move of the table, each with an engagement of its own in which nothing stands against it."""
    one = walk()
    one.set_places([places_set(MENTOR, Relation.MENTOR, 1_000), places_set(MENTEE, Relation.MENTEE, 1_000)])
    for (state, name), relation in product(TRANSITIONS, Relation):
        if not any(walk.tally.done[state, name, other] for other in Relation):
            terms = terms_for(state, name, relation)
            one.attempt(one.begun(steps_before(state, name, relation), terms), name, relation, terms)
    one.teardown()


def table(tally: Tally) -> str:
    """Return how often each action was tried in each state, with the fewest of any relation."""
    hits = tally.hits
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
    about = [f"{tally}: {hits.total():,} attempts, of which {tally.done.total():,} were carried out",
             f"in brackets the fewest in any of {len(RELATIONS)} relations"]  # fmt: skip
    return "\n".join([*about, head, *rows])
