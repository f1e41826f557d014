"""Stores by address: what is tried again, what is missing, and how SQLite is set up."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from taskmentor.authorisation import ActionName
from taskmentor.errors import StoreError, UnsupportedError
from taskmentor.store import MemoryDatabase, Store, open_store, upgrade
from taskmentor.store.database import Transaction
from taskmentor.store.sql import SqlDatabase
from tests.lifecycle.examples import PROGRAMME_MANAGER
from tests.store.desk import command, do, engagement_ids, send
from tests.store.server import Server


class PassingError(Exception):
    """Something that is over when it is tried again."""


class BusyDatabase(MemoryDatabase):
    """A database that is busy so many times."""

    def __init__(self, n_times: int) -> None:
        super().__init__()
        self.left = n_times

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with super().writing() as transaction:
            yield transaction
            self.left -= 1
            if self.left >= 0:
                raise PassingError

    def is_passing(self, error: BaseException) -> bool:
        return isinstance(error, PassingError)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that are made, without making them."""
    made: list[float] = []
    monkeypatch.setattr("taskmentor.store.keeping.time.sleep", made.append)
    return made


def test_what_passes_is_tried_again(pauses: list[float]) -> None:
    store = Store(BusyDatabase(4))
    assert do(store, ActionName.PROPOSE, PROGRAMME_MANAGER).version == 1
    assert store.anchor().position == 1
    assert len(pauses) == 4
    assert all(0 < pause <= 0.5 for pause in pauses)
    assert pauses == sorted(pauses)


def test_what_does_not_pass_in_time_is_told(pauses: list[float]) -> None:
    """Twelve times in all; then the caller decides, and may send the same command again."""
    store = Store(BusyDatabase(12))
    sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    with pytest.raises(PassingError):
        send(store, sent)
    assert len(pauses) == 11
    assert store.anchor().position == 0
    assert send(store, sent).version == 1


def failing_once(store: Store, error: Callable[[], BaseException]) -> None:
    """Let the third statement from now on fail."""
    assert isinstance(store.database, SqlDatabase)
    calls: list[object] = []

    def fail(*given: object) -> None:
        calls.append(given)
        if len(calls) == 3:
            raise error()

    event.listen(store.database.engine, "before_cursor_execute", fail)


class Refused(Exception):
    """An error of a driver, with the code by which databases tell what it is."""

    def __init__(self, *, sqlstate: str | None = None, sqlite_errorcode: int | None = None) -> None:
        super().__init__()
        self.sqlstate, self.sqlite_errorcode = sqlstate, sqlite_errorcode


PASSING: dict[str, Callable[[], BaseException]] = {
    "serialisation": lambda: DBAPIError("", {}, Refused(sqlstate="40001")),
    "deadlock": lambda: DBAPIError("", {}, Refused(sqlstate="40P01")),
    "busy": lambda: OperationalError("", {}, Refused(sqlite_errorcode=5)),
    "busy with a snapshot": lambda: OperationalError("", {}, Refused(sqlite_errorcode=517)),
    "connection lost": lambda: DBAPIError("", {}, Refused(), connection_invalidated=True),
}
LASTING: dict[str, Callable[[], BaseException]] = {
    "constraint": lambda: IntegrityError("", {}, Refused(sqlstate="23505")),
    "full": lambda: OperationalError("", {}, Refused(sqlite_errorcode=13)),
    "no error of a database": RuntimeError,
}


@pytest.mark.parametrize("name", PASSING)
def test_errors_of_the_moment_are_known(sql_address: str, name: str, pauses: list[float]) -> None:
    with open_store(sql_address) as store:
        sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
        failing_once(store, PASSING[name])
        assert send(store, sent).position == 1
        assert len(pauses) == 1


@pytest.mark.parametrize("name", LASTING)
def test_other_errors_are_handed_on(sql_address: str, name: str, pauses: list[float]) -> None:
    with open_store(sql_address) as store:
        sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
        failing_once(store, LASTING[name])
        with pytest.raises(type(LASTING[name]())):
            send(store, sent)
        assert pauses == []
        assert store.anchor().position == 0


def test_a_connection_that_the_server_closed_is_made_anew(
    new_postgresql: Callable[[], str], server: Server, pauses: list[float]
) -> None:
    """As after a restart of the server, or a firewall that drops what is idle."""
    with open_store(new_postgresql()) as store:
        first, second = engagement_ids(2)
        do(store, ActionName.PROPOSE, PROGRAMME_MANAGER, first)
        sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER, second)
        server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'template'")
        assert send(store, sent).position == 2
        assert len(pauses) == 1


def test_sqlite_keeps_what_it_acknowledges(new_sqlite: Callable[[], str]) -> None:
    with open_store(new_sqlite()) as store:
        assert isinstance(store.database, SqlDatabase)
        with store.database.engine.connect() as connection:
            settings = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
            }
    assert settings == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 60_000,
    }  # fmt: skip


def test_opening_does_not_wait_for_a_writer(new_sqlite: Callable[[], str]) -> None:
    """Many processes that open one file at once would wait for each other, and at last give up."""
    address = new_sqlite()
    with open_store(address) as store:
        assert isinstance(store.database, SqlDatabase)
        with store.database.writing(), open_store(address) as other:
            assert other.anchor().position == 0


@pytest.mark.parametrize(
    ("module", "address", "extra"),
    [("sqlalchemy", "sqlite:///x.db", "store"), ("psycopg", "postgresql://x/y", "postgres")],
)
def test_what_is_not_installed_is_named(module: str, address: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "taskmentor.store.migrating", raising=False)
    with pytest.raises(UnsupportedError, match=rf"install the extra taskmentor\[{extra}\]"):
        open_store(address)


def test_a_file_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    """Would be broken: a misspelt address that leaves an empty database behind."""
    file = tmp_path / "nowhere.db"
    with pytest.raises(StoreError, match=r"There is no database sqlite:///.*nowhere\.db: run `taskmentor db upgrade`"):
        open_store(f"sqlite:///{file}")
    assert not file.exists()


@pytest.mark.parametrize("call", [open_store, upgrade])
def test_what_is_no_database_is_refused_in_its_words(tmp_path: Path, call: Callable[[str], object]) -> None:
    """Would be broken: an error of a driver where a file of another kind was named."""
    file = tmp_path / "plan.csv"
    file.write_text("mentee_id,skill_id,target_level,mentor_id\n" * 40, encoding="utf-8")
    with pytest.raises(StoreError, match=r"plan\.csv cannot be opened: file is not a database"):
        call(f"sqlite:///{file}")


@pytest.mark.parametrize("call", [open_store, upgrade])
def test_a_server_that_is_not_there_is_refused_without_the_password(call: Callable[[str], object]) -> None:
    """Would be broken: a driver's error on the command line, or a secret in a message."""
    with pytest.raises(StoreError, match="cannot be opened: ") as refused:
        call("postgresql://user:hush@127.0.0.1:1/name")
    assert "postgresql://user:***@127.0.0.1:1/name" in str(refused.value)
    assert "hush" not in str(refused.value)
