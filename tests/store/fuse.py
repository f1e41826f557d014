"""A fuse that blows at the k-th call of a database, stores that are wired through it, and what it leaves behind."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from attrs import frozen
from sqlalchemy import event, select, text

from taskmentor.store import MemoryDatabase, Receipt, Store, check, evidence
from taskmentor.store.database import Database, Transaction
from taskmentor.store.sql import SqlDatabase
from taskmentor.store.tables import metadata
from tests.store.desk import empty_tables

__all__ = ["Failures", "Fuse", "FusedDatabase", "PowerFailureError", "Prepared", "fail_everywhere", "kept_in"]

Prepared = Callable[[Store, int], Callable[[], Receipt]]
"""Prepares a command that is like no other of its number, and returns what sends it, always with the same id."""


class PowerFailureError(Exception):
    """What no code expects."""


class Fuse:
    """Blows once, at the k-th call; with k = 0 never."""

    def __init__(self) -> None:
        self.k = 0
        self.calls = 0
        self.error: Exception = PowerFailureError()

    @property
    def is_blown(self) -> bool:
        return 0 < self.k <= self.calls

    def set(self, k: int) -> None:
        self.k, self.calls = k, 0

    def call(self, *_: object, **__: object) -> None:
        self.calls += 1
        if self.calls == self.k:
            raise self.error


class FusedDatabase:
    """A database whose calls go through a fuse: steps in memory and statements in SQL, before each commit and after.

    What fails after a commit is only the answer, which gets lost on its way to who asked.
    """

    def __init__(self, database: Database, fuse: Fuse) -> None:
        self.database = database
        self._fuse = fuse
        if isinstance(database, SqlDatabase):
            event.listen(database.engine, "before_cursor_execute", fuse.call)
            event.listen(database.engine, "commit", fuse.call)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with self.database.writing() as transaction:
            yield self._wired(transaction)
            self._fuse.call()
        self._fuse.call()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with self.database.reading() as transaction:
            yield self._wired(transaction)

    def _wired(self, transaction: Transaction) -> Transaction:
        return FusedTransaction(transaction, self._fuse) if isinstance(self.database, MemoryDatabase) else transaction

    def is_passing(self, error: BaseException) -> bool:
        return self.database.is_passing(error)

    def clean(self) -> None:
        self._fuse.call()
        self.database.clean()
        self._fuse.call()

    def close(self) -> None:
        self.database.close()


class FusedTransaction:
    def __init__(self, transaction: Transaction, fuse: Fuse) -> None:
        self._transaction = transaction
        self._fuse = fuse

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            self._fuse.call()
            return getattr(self._transaction, name)(*arguments, **named)

        return step


def kept_in(store: Store) -> Mapping[str, object]:
    """Return everything that a fused store holds, table by table, to be compared with what it held before."""
    assert isinstance(store.database, FusedDatabase)
    database = store.database.database
    if isinstance(database, SqlDatabase):
        return kept_in_sql(database)
    assert isinstance(database, MemoryDatabase)
    held = vars(database._tables)
    of_stream = {stream: [*positions] for stream, positions in held["of_stream"].items() if positions}
    return {name: table.copy() for name, table in held.items()} | {"of_stream": of_stream}


_KEPT = 8
"""After so many commands a store in SQL is emptied: everything in it is looked at again and again."""


def emptied(store: Store) -> None:
    """Empty a fused store in SQL."""
    assert isinstance(store.database, FusedDatabase)
    if isinstance(database := store.database.database, SqlDatabase):
        empty_tables(database)


def kept_in_sql(database: SqlDatabase) -> Mapping[str, object]:
    """Return the rows of all tables as texts; from PostgreSQL with one question for all of them."""
    with database.engine.connect() as connection:
        if database.engine.dialect.name != "postgresql":
            tables = metadata.tables.items()
            return {name: sorted(map(repr, connection.execute(select(table)))) for name, table in tables}
        asked = " UNION ALL ".join(f"SELECT '{name}', {name}::text FROM {name}" for name in metadata.tables)
        kept: dict[str, list[str]] = {name: [] for name in metadata.tables}
        for name, row in connection.execute(text(asked)):
            kept[name].append(row)
    return {name: sorted(rows) for name, rows in kept.items()}


@frozen(kw_only=True)
class Failures:
    """How often something failed.

    Attributes:
        n_injected: At how many calls the fuse blew.
        n_seen: How often who had called was told.
    """

    n_injected: int
    n_seen: int


def fail_everywhere(store: Store, fuse: Fuse, prepare: Prepared) -> Failures:
    """Send a new command for each k, fail its k-th call and send it again, until one needs fewer calls than that.

    After each failure the store is in order, and everything is as before or as it is after the command; sent again it
    has one effect, and the answer that it had or would have had.
    """
    n_seen = 0
    for k in count(1):
        if k % _KEPT == 0:
            emptied(store)
        call = prepare(store, k)
        before, end = kept_in(store), store.anchor().position
        fuse.set(k)
        told: Receipt | None = None
        try:
            told = call()
        except type(fuse.error):
            n_seen += 1
        is_blown = fuse.is_blown
        fuse.set(0)
        left = kept_in(store)
        assert check(evidence(store)) == []
        first = call()
        after = kept_in(store)
        assert after != before
        assert left == after or (left == before and told is None)
        assert told in (None, first)
        assert store.anchor().position == end + first.n_events
        if not is_blown:
            assert call() == first
            assert kept_in(store) == after
            assert check(evidence(store)) == []
            return Failures(n_injected=k - 1, n_seen=n_seen)
    raise AssertionError("counting does not end")
