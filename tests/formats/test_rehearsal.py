"""Parquet files read on trial: what ends that process, or takes too much of its memory, is a named fault here."""

import resource
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taskmentor.errors import UnsupportedError
from taskmentor.formats import rehearsal
from taskmentor.formats.csv_text import Limits, UnreadableError
from taskmentor.formats.reading import read_organisation
from tests.formats.test_parquet import EXPLOSIVE, PAGES, PLAIN
from tests.models.small import ALL_FILES, FILES, faults, written_as_parquet

BOUNDS = [str(2**33), "1000", str(2**31)]


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the bounds on memory that would have been set, which would hold for the tests too."""
    found: list[int] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: found.extend(limits))
    return found


def code(data: bytes, table: str = "people") -> str:
    with pytest.raises(UnreadableError) as caught:
        rehearsal.rehearse(data, table, "people.parquet", Limits())
    (fault,) = caught.value.faults
    assert (fault.table, bool(fault.remedy)) == ("people.parquet", True)
    return fault.code


def test_what_can_be_read_is_read_twice(tmp_path: Path) -> None:
    """Once on trial, and the organisation is the same."""
    folder = written_as_parquet(tmp_path, {name: ALL_FILES[name] for name in ("people", *FILES)})
    assert read_organisation(folder, on_trial=True).digest == read_organisation(folder).digest


def test_what_is_refused_in_order_is_left_to_the_reader_to_refuse(tmp_path: Path) -> None:
    """It says more about what is wrong than an exit code."""
    (written_as_parquet(tmp_path, FILES) / "people.parquet").write_bytes(EXPLOSIVE)
    (found,) = faults(lambda: read_organisation(tmp_path, on_trial=True))
    assert found.code == "EXPANSION-RATIO"


def test_a_process_that_is_ended_is_a_named_fault() -> None:
    assert code(PLAIN, table="no such table") == "CORRUPT-FILE"


def test_a_process_without_enough_memory_is_a_named_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than it has taken already is certainly too little."""
    monkeypatch.setattr(rehearsal, "_ROOM", 0)
    assert code(PLAIN) in ("TOO-LARGE", "CORRUPT-FILE")


@pytest.mark.parametrize(
    ("data", "status"),
    [(PLAIN, 0), (b"person_id\n", 0), (PLAIN[:PAGES] + b"PAR1", 0), (EXPLOSIVE, 0)],
)  # fmt: skip
def test_only_memory_and_accidents_are_told_by_the_exit_code(bound: list[int], data: bytes, status: int) -> None:
    assert rehearsal.main(["people", *BOUNDS], data) == status


def test_memory_is_bounded_by_what_the_footer_announces(bound: list[int]) -> None:
    rehearsal.main(["people", *BOUNDS], PLAIN)
    assert bound[0] == bound[1]
    assert 2**31 < bound[0] < 2**31 + 20_000


def test_too_little_memory_is_an_exit_code_of_its_own(bound: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_: object, **__: object) -> pa.Table:
        raise MemoryError("malloc of size 4096 failed")

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", short)
    assert rehearsal.main(["people", *BOUNDS], PLAIN) == 3


def test_systems_that_cannot_bound_memory_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert rehearsal.main(["people", *BOUNDS], PLAIN) == 0


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UnsupportedError, match=r"install the extra taskmentor\[frames\]"):
        rehearsal.rehearse(PLAIN, "people", "people.parquet", Limits())
