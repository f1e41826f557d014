"""Requests to ranked mentors walked at random through three stores side by side: same answers, and all in order."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.cascade import (
    AcceptAsk,
    AskEnd,
    CascadeAction,
    CascadeActionName,
    CascadeId,
    CloseAsk,
    DeclineAsk,
    Engage,
    ExpireCascade,
    LapseAsk,
    OpenCascade,
    Release,
    Suggest,
    WithdrawCascade,
)
from taskmentor.lifecycle.events import EngagementId, ProgrammeId
from taskmentor.lifecycle.terms import Terms, WaitOrder
from taskmentor.models.people import PersonId
from taskmentor.store import CascadeCommand, Cascades, Store, check, evidence, open_store
from tests.lifecycle.examples import BEGIN, PROGRAMME_MANAGER, SCOPE, SYSTEM
from tests.store.desk import AUTHORITY, new_id, places_set, without_waiting
from tests.store.test_walk import answer, empty
from tests.walks import go

MENTORS = tuple(PersonId(name) for name in ("ann", "ben", "cy"))
MENTEES = tuple(PersonId(name) for name in ("mia", "mo"))
ACTORS = (*MENTORS, *MENTEES, PROGRAMME_MANAGER, SYSTEM)
HELD = {PROGRAMME_MANAGER: frozenset({Relation.PROGRAMME_MANAGER}), SYSTEM: frozenset({Relation.SYSTEM})}
IDS = tuple(CascadeId(f"c-{number}") for number in range(3))
TERMS = (Terms(), Terms(asked_at_once=2, open_asks=1), Terms(wait_order=WaitOrder.FIRST_COME, open_requests=1))


Wishes = tuple[CascadeAction | None, ...]


def actions(cascade_id: CascadeId, mentee: PersonId, mentor: PersonId, terms: Terms) -> Wishes:
    opening = OpenCascade(
        cascade_id=cascade_id, mentee_id=mentee, mentor_ids=MENTORS[1:], scope=SCOPE,
        programme_id=ProgrammeId("task-based"), terms=terms,
    )  # fmt: skip
    return (
        opening, Suggest(mentor_id=mentor), AcceptAsk(), DeclineAsk(), CloseAsk(mentor_id=mentor, because=AskEnd.FULL),
        Release(reason="Ill."), Engage(engagement_id=EngagementId("e-1")), WithdrawCascade(),
        LapseAsk(mentor_id=mentor), ExpireCascade(), None,
    )  # fmt: skip


class Walk(RuleBasedStateMachine):
    """Commands of anybody to a few requests, sent to all three stores."""

    kept: ClassVar[tuple[Store, ...]]
    done: ClassVar[Counter[CascadeActionName | None]]

    def __init__(self) -> None:
        super().__init__()
        for store in self.kept:
            empty(store)
        self.stores = (open_store("memory:"), *self.kept)
        self.hours = 0

    @initialize(places=st.sampled_from([(1, 1, 1), (2, 1, 2), (0, 1, 2), (1, 0, 0)]))
    def begin(self, places: tuple[int, ...]) -> None:
        command_id = new_id()
        offered = [places_set(mentor, Relation.MENTOR, n) for mentor, n in zip(MENTORS, places, strict=True)]
        for store in self.stores:
            store.set_places(command_id, offered, AUTHORITY)
        self.opens(0, 0)

    @rule(which=st.integers(0, 2), terms=st.integers(0, 2))
    def opens(self, which: int, terms: int) -> None:
        mentee = MENTEES[which % 2]
        self.send(IDS[which], actions(IDS[which], mentee, MENTORS[0], TERMS[terms])[0], mentee)

    @rule(
        which=st.integers(0, 2), what=st.integers(1, 10), actor=st.sampled_from(ACTORS), hours=st.integers(0, 400),
        mentor=st.sampled_from(MENTORS),
    )  # fmt: skip
    def anybody_does_anything(self, which: int, what: int, actor: PersonId, hours: int, mentor: PersonId) -> None:
        self.hours += hours // 4 if hours < 200 else 0
        self.send(IDS[which], actions(IDS[which], MENTEES[0], mentor, TERMS[0])[what], actor)

    @rule(which=st.integers(0, 2), yes=st.sampled_from([True, True, False]))
    def who_is_asked_answers(self, which: int, yes: bool) -> None:
        known = [one for one in Cascades(self.stores[0]).open() if one.id == IDS[which]]
        for ask in [ask for one in known for ask in one.asks][:1]:
            self.send(IDS[which], AcceptAsk() if yes else DeclineAsk(), ask.mentor_id)

    def send(self, cascade_id: CascadeId, action: CascadeAction | None, actor: PersonId) -> None:
        at = BEGIN + timedelta(hours=self.hours)
        sent = CascadeCommand(id=new_id(), cascade_id=cascade_id, action=action, actor=actor, at=at)
        calls = [
            partial(Cascades(store).execute, sent, lambda _: HELD.get(actor, frozenset())) for store in self.stores
        ]
        first, *others = [answer(call) for call in calls]
        assert others == [first] * len(others)
        if not isinstance(first, tuple) and first.n_events:
            self.done[None if action is None else action.name] += 1

    @invariant()
    def all_hold_the_same(self) -> None:
        first, *others = [Cascades(store).open() for store in self.stores]
        assert others == [first] * len(others)

    def teardown(self) -> None:
        for store in self.stores:
            assert check(evidence(store)) == []


@pytest.fixture
def walk(new_sqlite: Callable[[], str], new_postgresql: Callable[[], str]) -> Iterator[type[Walk]]:
    """Return the machine over two databases in SQL."""
    with ExitStack() as opened:
        stores = tuple(opened.enter_context(open_store(make())) for make in (new_sqlite, new_postgresql))
        without_waiting(stores[0])

        class Ready(Walk):
            kept = stores
            done: ClassVar[Counter[CascadeActionName | None]] = Counter()

        yield Ready


def test_three_stores_give_the_same_answers(walk: type[Walk]) -> None:
    what_the_clock_does(walk)
    assert walk.done.keys() >= {CascadeActionName.LAPSE, CascadeActionName.EXPIRE, None}, walk.done
    go(walk, walks=60, longest=16)
    assert walk.done[CascadeActionName.OPEN] > 20
    assert walk.done[CascadeActionName.ACCEPT] > 3, walk.done
    assert walk.done[CascadeActionName.DECLINE] > 3, walk.done


def what_the_clock_does(walk: type[Walk]) -> None:
    """Let an ask lapse, a request expire, and the clock do what is due: what random steps seldom are in time for."""
    for due in (LapseAsk(mentor_id=MENTORS[1]), ExpireCascade(), None):
        machine = walk()
        machine.begin((1, 1, 1))
        machine.hours = 24 * 400
        machine.send(IDS[0], due, SYSTEM)
        machine.all_hold_the_same()
        machine.teardown()


@pytest.mark.long
def test_everything_is_done_by_all_three_stores(walk: type[Walk]) -> None:
    """Twenty thousand steps; only an engagement is not proposed here, which its own test does."""
    what_the_clock_does(walk)
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=500, stateful_step_count=40, database=None, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
        ),
    )  # fmt: skip
    assert walk.done.keys() >= {None, *CascadeActionName} - {CascadeActionName.ENGAGE}, walk.done
