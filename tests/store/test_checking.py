"""A store checked in parts: whatever is wrong is found as when all of it is looked at together."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from taskmentor.store import Anchor, Store, check, check_anchor, check_in_parts, evidence, open_store
from taskmentor.store.checks import Problem
from taskmentor.store.sql import SqlDatabase
from tests.lifecycle.examples import PROGRAMME_MANAGER
from tests.store.desk import AUTHORITY, OFFICER, days_after, new_id
from tests.store.test_checks import lived_in

TAMPERED = {
    "nothing": "UPDATE tm_end SET link = link",
    "a fact": "UPDATE tm_facts SET facts = '{}' WHERE position = 7",
    "a word": "UPDATE tm_words SET words = '[\"other\"]'",
    "a lost payload": "DELETE FROM tm_facts WHERE position = 9",
    "lost words": "DELETE FROM tm_words",
    "a link": "UPDATE tm_header SET link = 'f' WHERE position = 11",
    "a command": "UPDATE tm_header SET command_id = 'forged' WHERE position = 11",
    "a command again": "UPDATE tm_header SET command_id = (SELECT command_id FROM tm_header WHERE position = 4) "
    "WHERE position = 12",
    "a version": "UPDATE tm_header SET version = 99 WHERE position = 12",
    "a time": "UPDATE tm_header SET at = '2020-01-01T00:00:00+00:00' WHERE position = 12",
    "the end": "UPDATE tm_end SET position = position + 1",
    "places": "DELETE FROM tm_claim",
    "the erasure": "DELETE FROM tm_facts WHERE kind = 'Erased'",
    "a schema": "UPDATE tm_facts SET schema = 2 WHERE position = 8",
    "what is open": "DELETE FROM tm_standing",
}


@pytest.fixture
def kept(sql_address: str) -> Iterator[Store]:
    with open_store(sql_address) as store:
        live(store)
        yield store


def live(store: Store) -> None:
    lived_in(store)
    store.erase(new_id(), PROGRAMME_MANAGER, ticket="T-1", actor=OFFICER, at=days_after(60), authority=AUTHORITY)


def test_parts_find_what_the_whole_finds(new_sqlite: Callable[[], str]) -> None:
    """Would be broken: a fault that is seen only where two parts meet, or told by none of them."""
    with open_store(new_sqlite()) as store:
        live(store)
        path = Path(str(engine_of(store).url.database))
        for what, statement in TAMPERED.items():
            copy = path.with_name(f"{what}.db")
            store.database.clean()
            shutil.copy(path, copy)
            compare(f"sqlite:///{copy}", statement, is_sound=what == "nothing")


def engine_of(store: Store) -> Engine:
    assert isinstance(store.database, SqlDatabase)
    return store.database.engine


def compare(address: str, statement: str, *, is_sound: bool) -> None:
    with open_store(address) as store:
        with engine_of(store).begin() as connection:
            connection.execute(text(statement))
        whole = check(evidence(store))
    assert bool(whole) is not is_sound, statement
    for entries_of_a_part in (5, 1_000):
        assert said(check_in_parts(address, entries_of_a_part=entries_of_a_part)) == said(whole), statement


def said(problems: list[Problem]) -> list[str]:
    return sorted(str(problem) for problem in problems)


def test_several_processes_find_the_same(kept: Store, sql_address: str) -> None:
    with ProcessPoolExecutor(2) as pool:
        assert check_in_parts(sql_address, executor=pool, entries_of_a_part=10) == []


def test_an_anchor_that_was_published_is_found_again(kept: Store) -> None:
    end = kept.anchor()
    assert check_anchor(kept, end) == []
    assert check_anchor(kept, Anchor(position=0, link="0" * 64)) == []
    for wrong in (Anchor(position=3, link=end.link), Anchor(position=end.position + 1, link=end.link)):
        assert len(check_anchor(kept, wrong)) == 1
