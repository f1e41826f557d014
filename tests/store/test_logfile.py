"""Exported logs: whatever byte of one is changed is found."""

import random
from pathlib import Path

import pytest

from taskmentor.authorisation import ActionName
from taskmentor.lifecycle.moves import State
from taskmentor.store import Anchor, MemoryDatabase, Store, check_log, write_log
from tests import profiles
from tests.lifecycle.examples import MENTEE, MENTOR, PROGRAMME_MANAGER
from tests.store.desk import AUTHORITY, bring, days_after, do, new_id, open_places

N_EDITS = len(profiles.some(400))


@pytest.fixture
def exported(tmp_path: Path) -> tuple[Path, Anchor]:
    """Return the file of a small log with an erasure in it, and its end."""
    store = Store(MemoryDatabase())
    open_places(store, places=2)
    bring(store, State.ENDED)
    store.erase(new_id(), MENTOR, ticket="T-1", actor=PROGRAMME_MANAGER, at=days_after(30), authority=AUTHORITY)
    file = tmp_path / "log.jsonl"
    return file, write_log(store, file)


def first_problem(file: Path, anchor: Anchor | None = None) -> str | None:
    return next(check_log(file, anchor=anchor), None)


def test_a_log_as_it_was_written_is_in_order(exported: tuple[Path, Anchor]) -> None:
    file, anchor = exported
    assert first_problem(file, anchor) is None
    assert first_problem(file) is None


def test_a_log_is_written_the_same_from_every_store(store: Store, tmp_path: Path) -> None:
    open_places(store)
    bring(store, State.COMPLETED)
    end = write_log(store, tmp_path / "log.jsonl")
    assert end == store.anchor()
    assert first_problem(tmp_path / "log.jsonl", end) is None
    with pytest.raises(FileExistsError):
        write_log(store, tmp_path / "log.jsonl")


def test_every_changed_byte_is_found(exported: tuple[Path, Anchor]) -> None:
    """A seeded sample of all places and values; the benchmark takes ten thousand."""
    file, _ = exported
    data, draw = file.read_bytes(), random.Random(7)
    for _ in range(N_EDITS):
        place = draw.randrange(len(data))
        value = draw.choice([byte for byte in range(256) if byte != data[place]])
        file.write_bytes(data[:place] + bytes([value]) + data[place + 1 :])
        assert first_problem(file) is not None, (place, value)


@pytest.mark.parametrize("cut", [1, 2, 100, 1000])
def test_a_log_that_was_cut_is_found(exported: tuple[Path, Anchor], cut: int) -> None:
    file, _ = exported
    file.write_bytes(file.read_bytes()[:-cut])
    assert first_problem(file) is not None


def test_lines_that_were_left_out_or_moved_are_found(exported: tuple[Path, Anchor]) -> None:
    file, _ = exported
    lines = file.read_bytes().splitlines(keepends=True)
    for forged in (lines[1:], lines[:3] + lines[4:], [lines[1], lines[0], *lines[2:]], [lines[0], *lines], lines[-1:]):
        file.write_bytes(b"".join(forged))
        assert first_problem(file) is not None


def test_an_empty_file_is_no_log(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"")
    assert first_problem(file) is not None


def test_an_older_end_is_seen_only_with_the_anchor(tmp_path: Path) -> None:
    """Somebody who puts back yesterday's log is found by whoever kept today's anchor."""
    store = Store(MemoryDatabase())
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    write_log(store, tmp_path / "yesterday.jsonl")
    do(store, ActionName.ACCEPT, MENTEE)
    assert first_problem(tmp_path / "yesterday.jsonl") is None
    assert first_problem(tmp_path / "yesterday.jsonl", store.anchor()) is not None
    assert str(store.anchor()) == f"2:{store.anchor().link}"
