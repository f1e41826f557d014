"""The three databases: each test that asks for `store` or `address` runs over all of them, each time an empty one."""

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from taskmentor.store import Store, open_store, upgrade
from tests.store.desk import without_waiting
from tests.store.server import Server, missing

KINDS = ("memory", "sqlite", "postgresql")
_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Start a PostgreSQL server, once for all tests."""
    if problem := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(problem)
        pytest.skip(problem)
    with Server() as running:
        upgrade(running.create("template"))
        yield running


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of SQLite with empty tables."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def new_sqlite(sqlite_template: Path, tmp_path: Path) -> Callable[[], str]:
    """Return what makes empty databases of SQLite."""

    def make() -> str:
        path = tmp_path / f"store-{next(_numbers)}.db"
        shutil.copy(sqlite_template, path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def new_postgresql(server: Server) -> Callable[[], str]:
    """Return what empties the one database of PostgreSQL that all tests use: making new ones takes much longer."""
    return lambda: server.emptied("template")


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database."""
    return _empty(request, request.param)


@pytest.fixture(params=KINDS[1:])
def sql_address(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database in SQL."""
    return _empty(request, request.param)


def _empty(request: pytest.FixtureRequest, kind: str) -> str:
    if kind == "memory":
        return "memory:"
    make: Callable[[], str] = request.getfixturevalue(f"new_{kind}")
    return make()


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with open_store(address) as opened:
        yield without_waiting(opened)
