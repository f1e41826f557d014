"""Stores by address: in memory, in a file of SQLite, or in PostgreSQL."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskmentor.errors import StoreError, UnsupportedError
from taskmentor.store.keeping import Store
from taskmentor.store.memory import MemoryDatabase
from taskmentor.store.payloads import Codec, Upcast
from taskmentor.store.standing import fill

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from taskmentor.store.sql import SqlDatabase

__all__ = ["engine_for", "open_store", "upgrade"]

_WAIT_SECONDS = 60
_READING = "taskmentor_reading"
_PASSING_STATES = frozenset({"40001", "40P01", "55P03"})  # serialisation, deadlock, lock not available
_CLEANED = ("tm_person", "tm_stream", "tm_party", "tm_command", "tm_facts", "tm_words", "tm_snapshot", "tm_proposal",
            "tm_course")  # fmt: skip


def open_store(address: str, *, upcasts: Sequence[Upcast] = ()) -> Store:
    """Return the store at an address.

    Args:
        address: `memory:`, `sqlite:///file.db`, or `postgresql://user@host/database`.
        upcasts: Raise payloads of older schemas as they are read.

    Raises:
        UnsupportedError: If the extra `store`, or for PostgreSQL `postgres`, is not installed.
        StoreError: If the database cannot be opened or lacks its tables, see `upgrade`, or the address is of another
            kind.
    """
    codec = Codec(upcasts)
    if address == "memory:":
        return Store(MemoryDatabase(), codec=codec)
    engine = engine_for(address)
    from taskmentor.store.migrating import check_version

    _check_file(engine)
    with _opening(engine):
        check_version(engine.execution_options(**{_READING: True}))
    return Store(_database(engine), codec=codec)


def upgrade(address: str, *, upcasts: Sequence[Upcast] = ()) -> str:
    """Make or renew the tables of a database, all of them or none, and return the number of the last step.

    Args:
        address: See `open_store`; in memory there is nothing to do.
        upcasts: Raise payloads of older schemas as they are read.

    Raises:
        UnsupportedError: If the extra `store`, or for PostgreSQL `postgres`, is not installed.
        StoreError: If the database cannot be opened, or the address is of another kind.
    """
    from taskmentor.store import migrating

    if address == "memory:":
        return migrating.NEWEST
    engine = engine_for(address)
    database = _database(engine)
    ledger = Store(database, codec=Codec(upcasts)).ledger

    def refill(connection: "Connection") -> None:
        fill(ledger, database.within(connection))

    try:
        with _opening(engine):
            engine.connect().close()
        return migrating.upgrade(engine, refill)
    finally:
        engine.dispose()


@contextmanager
def _opening(engine: "Engine") -> Iterator[None]:
    """Refuse a database that cannot be opened in the words of the database, and keep no connection to it."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        engine.dispose()
        what = " ".join(str(error.orig).split())
        raise StoreError(f"The database {_shown(engine)} cannot be opened: {what}") from error
    except StoreError:
        engine.dispose()
        raise


def _check_file(engine: "Engine") -> None:
    """Refuse a file of SQLite that is not there, which opening it would make."""
    if (file := _file(engine)) is not None and not file.exists():
        raise StoreError(
            f"There is no database {_shown(engine)}: run `taskmentor db upgrade` with its address, or tm.store.upgrade."
        )


def _file(engine: "Engine") -> Path | None:
    name = engine.url.database or ""
    if engine.dialect.name != "sqlite" or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def _shown(engine: "Engine") -> str:
    address = engine.url.set(drivername=engine.dialect.name)
    return address.render_as_string(hide_password=True)


def engine_for(address: str) -> "Engine":
    """Return SQLAlchemy's engine for an address, set up so that what is acknowledged is on the disk.

    Raises:
        UnsupportedError: If what it takes is not installed.
        StoreError: If the address is none of SQLite or PostgreSQL.
    """
    try:
        from sqlalchemy import create_engine, make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError as error:
        raise UnsupportedError("A store takes SQLAlchemy: install the extra taskmentor[store].") from error
    try:
        url = make_url(address)
    except ArgumentError:
        raise StoreError("The address of a store is memory:, sqlite:///FILE or postgresql://HOST/NAME.") from None
    if url.drivername == "sqlite" and url.database:
        engine = create_engine(url, connect_args={"timeout": _WAIT_SECONDS})
        _set_up_sqlite(engine)
        return engine
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        try:
            return create_engine(url.set(drivername="postgresql+psycopg"))
        except ImportError as error:
            raise UnsupportedError("PostgreSQL takes psycopg: install the extra taskmentor[postgres].") from error
    raise StoreError(f"No store is kept at {url.drivername}: use sqlite:///FILE or postgresql://HOST/NAME.")


def _database(engine: "Engine") -> "SqlDatabase":
    from sqlalchemy.dialects import postgresql, sqlite

    from taskmentor.store.sql import SqlDatabase

    if engine.dialect.name == "sqlite":
        return SqlDatabase(
            engine,
            engine.execution_options(**{_READING: True}),
            insert_new=lambda table: sqlite.insert(table).on_conflict_do_nothing(),
            is_passing=_is_passing,
            clean=partial(_clean_sqlite, engine),
        )
    return SqlDatabase(
        engine,
        engine.execution_options(isolation_level="REPEATABLE READ"),
        insert_new=lambda table: postgresql.insert(table).on_conflict_do_nothing(),
        is_passing=_is_passing,
        clean=partial(_clean_postgresql, engine),
    )


def _is_passing(error: BaseException) -> bool:
    from sqlalchemy.exc import DBAPIError, OperationalError

    if not isinstance(error, DBAPIError):
        return False
    # A lost connection may have been lost after the commit; the command's id tells when it is tried again.
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING_STATES:
        return True
    return isinstance(error, OperationalError) and _is_busy(error.orig)


def _is_busy(error: BaseException | None) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


# --- SQLite


def _set_up_sqlite(engine: "Engine") -> None:
    from sqlalchemy import event

    event.listen(engine, "connect", _connect_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _connect_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so, and not where the driver thinks
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: "Connection") -> None:
    # Who writes takes the lock before reading, so that nothing read can be out of date when it is written.
    reading = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _clean_sqlite(engine: "Engine") -> None:
    connection = engine.raw_connection()
    try:
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            cursor = connection.cursor()
            cursor.execute(statement)
            cursor.close()
    finally:
        connection.close()


# --- PostgreSQL


def _clean_postgresql(engine: "Engine") -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in _CLEANED:
            connection.exec_driver_sql(f"VACUUM FULL {table}")
