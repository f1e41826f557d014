"""The databases that the host is run on: a file of SQLite, and for whole lives PostgreSQL by its address too."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.conftest import new_postgresql, server

__all__ = ["address", "new_postgresql", "on_both", "server"]

on_both = pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)
"""Runs a test on both databases."""


@pytest.fixture
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'host.db'}"
    make: Callable[[], str] = request.getfixturevalue("new_postgresql")
    return make()
