"""Failures injected at every database call of every command: nothing is half done, and trying again finishes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import CapacityError, ErasedError
from taskmentor.lifecycle.cascade import AcceptAsk, CascadeId, CascadeState, OpenCascade, Release
from taskmentor.lifecycle.events import EngagementId, ProgrammeId
from taskmentor.lifecycle.moves import State
from taskmentor.models.people import PersonId
from taskmentor.store import Anchor, CascadeCommand, Cascades, MemoryDatabase, Receipt, Store, open_store
from taskmentor.store.checks import check, evidence
from taskmentor.store.database import Transaction
from taskmentor.store.sql import SqlDatabase
from tests.lifecycle.examples import MANAGER, MENTEE, MENTOR, PROGRAMME_MANAGER, SCOPE, WAYS
from tests.store.desk import AUTHORITY, bring, command, days_after, do, new_id, open_places, places_set, send


class PowerFailureError(Exception):
    """What no code expects."""


class Fuse:
    """Blows at the k-th database call; with k = 0 never."""

    def __init__(self) -> None:
        self.k = 0
        self.calls = 0

    def set(self, k: int) -> None:
        self.k, self.calls = k, 0

    def call(self, *_: object, **__: object) -> None:
        self.calls += 1
        if self.calls == self.k:
            raise PowerFailureError


class FusedMemory(MemoryDatabase):
    """A database in memory, each of whose steps may fail, the last one too."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self._fuse = fuse

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with super().writing() as transaction:
            yield FusedTransaction(transaction, self._fuse)
            self._fuse.call()


class FusedTransaction:
    def __init__(self, transaction: Transaction, fuse: Fuse) -> None:
        self._transaction = transaction
        self._fuse = fuse

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            self._fuse.call()
            return getattr(self._transaction, name)(*arguments, **named)

        return step


@pytest.fixture
def fuse() -> Fuse:
    return Fuse()


@pytest.fixture
def fused(address: str, fuse: Fuse) -> Iterator[Store]:
    """Give a store whose database calls go through the fuse: statements, and commits before they are done."""
    if address == "memory:":
        yield Store(FusedMemory(fuse), snapshot_every=3)
        return
    with open_store(address) as opened:
        assert isinstance(opened.database, SqlDatabase)
        event.listen(opened.database.engine, "before_cursor_execute", fuse.call)
        event.listen(opened.database.engine, "commit", fuse.call)
        yield Store(opened.database, snapshot_every=3)


def tried_until_done(store: Store, fuse: Fuse, call: Callable[[], Receipt]) -> int:
    """Fail at the first call, then at the second, and so on until nothing fails any more; return how often it failed.

    After each failure the store must be as it was, and in order.
    """
    before, k = store.anchor(), 0
    while True:
        k += 1
        fuse.set(k)
        try:
            receipt = call()
        except PowerFailureError:
            fuse.set(0)
            assert store.anchor() == before
            assert check(evidence(store)) == []
            continue
        except CapacityError:
            fuse.set(0)
            assert store.anchor() == before
            return k - 1
        fuse.set(0)
        assert call() == receipt
        assert check(evidence(store)) == []
        assert store.anchor().position == max(receipt.position, before.position)
        return k - 1


def test_every_command_fails_everywhere_without_harm(fused: Store, fuse: Fuse) -> None:
    """Each way through the lifecycle, each command at each of its database calls."""
    changes = [places_set(MENTOR, Relation.MENTOR, 1), places_set(MENTEE, Relation.MENTEE, 1)]
    places_id = new_id()
    failures = [tried_until_done(fused, fuse, lambda: fused.set_places(places_id, changes, AUTHORITY))]
    for name, actor in [*WAYS[State.AWAITING_CONFIRMATION], (ActionName.RETURN, MANAGER), (ActionName.END, MENTEE)]:
        sent = command(fused, name, actor)
        failures.append(tried_until_done(fused, fuse, lambda sent=sent: send(fused, sent)))  # type: ignore[misc]
    assert min(failures) >= 5


def test_a_refusal_fails_everywhere_without_harm(fused: Store, fuse: Fuse) -> None:
    """Where the mentee has no place left, the mentor's that was claimed before is given back at each failure."""
    fused.set_places(
        new_id(), [places_set(MENTOR, Relation.MENTOR, 2), places_set(MENTEE, Relation.MENTEE, 1)], AUTHORITY
    )
    bring(fused, State.ACCEPTED)
    second = EngagementId("e-2")
    do(fused, ActionName.PROPOSE, PROGRAMME_MANAGER, second)
    do(fused, ActionName.ACCEPT, MENTEE, second)
    sent = command(fused, ActionName.ACCEPT, MENTOR, second)
    assert tried_until_done(fused, fuse, lambda: send(fused, sent)) >= 5
    with pytest.raises(CapacityError):
        send(fused, sent)


def test_a_request_to_ranked_mentors_fails_everywhere_without_harm(fused: Store, fuse: Fuse) -> None:
    """Opened, accepted with its place claimed, and taken back."""
    fused.set_places(new_id(), [places_set(MENTOR, Relation.MENTOR, 1)], AUTHORITY)
    opened = OpenCascade(
        cascade_id=CascadeId("c-1"), mentee_id=MENTEE, mentor_ids=(PersonId("moe"), MENTOR), scope=SCOPE,
        programme_id=ProgrammeId("task-based"),
    )  # fmt: skip
    for action, actor in ((opened, MENTEE), (AcceptAsk(), MENTOR), (Release(reason="Ill."), MENTOR)):
        sent = CascadeCommand(id=new_id(), cascade_id=opened.cascade_id, action=action, actor=actor, at=days_after(0))
        execute = partial(Cascades(fused).execute, sent, lambda _: frozenset())
        assert tried_until_done(fused, fuse, execute) >= 5
    assert Cascades(fused).load("c-1").state is CascadeState.EXHAUSTED


def test_an_erasure_fails_everywhere_without_harm(fused: Store, fuse: Fuse) -> None:
    """Either everything about the person is there, or nothing."""
    open_places(fused)
    bring(fused, State.ENDED)
    erasing = new_id()

    def erase() -> Receipt:
        return fused.erase(erasing, MENTEE, ticket="T-1", actor=PersonId("dpo"), at=days_after(30))

    before, k = fused.anchor(), 0
    while fused.engagements_of(MENTEE):
        k += 1
        fuse.set(k)
        with_failure(erase)
        fuse.set(0)
        assert fused.anchor() == before or not fused.engagements_of(MENTEE)
        assert check(evidence(fused)) == []
    assert k >= 5
    assert erase().position == before.position + 1
    assert fused.anchor().position == before.position + 1


def with_failure(call: Callable[[], Receipt]) -> None:
    try:
        call()
    except PowerFailureError:
        return


def test_an_answer_that_was_lost_on_the_way_is_given_again(sql_address: str) -> None:
    """The commit is done and its caller never hears of it: the retry finds the answer and does nothing."""
    with open_store(sql_address) as store:
        open_places(store)
        bring(store, State.PROPOSED)
        sent = command(store, ActionName.ACCEPT, MENTEE)
        first = send(store, sent)
    with open_store(sql_address) as later:
        end: Anchor = later.anchor()
        assert send(later, sent) == first
        assert later.anchor() == end


def test_an_answer_that_was_erased_is_not_given_again(store: Store) -> None:
    """Nor is anything done: the caller is told that it was erased."""
    open_places(store)
    sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    send(store, sent)
    store.erase(new_id(), MENTEE, ticket="T-1", actor=PersonId("dpo"), at=days_after(30))
    end = store.anchor()
    with pytest.raises(ErasedError, match="was erased"):
        send(store, sent)
    assert store.anchor() == end
