"""The benchmark of placements, on a small instance: lawful by another reading, and never above the bound."""

import json
from pathlib import Path

import pytest

from benchmarks import measuring, scheduling
from benchmarks.scheduling import ZONES, invented, measured
from tests.scheduling.plain import can_come, overlapping


def test_a_small_round_is_placed_lawfully() -> None:
    instance = invented(120, 60, days=7, seed=0)
    assert {one.time_zone for one in instance.people} == set(ZONES)
    people = {one.person_id: one for one in instance.people}
    quick, _ = measured(instance, "greedy", 1)
    placement, row = measured(instance, "cpsat", 20)
    assert len(placement.placed) > 30
    assert overlapping(placement.placed) == set()
    for session in placement.placed:
        assert all(can_come(people[person_id], session.starts_at, session.minutes) for person_id in session.person_ids)
    assert quick.value <= placement.value <= placement.bound <= quick.bound
    assert (row["placed"], row["unlawful"]) == (len(placement.placed), 0)


def test_an_unlawful_placement_ends_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time is worth nothing if what it bought is wrong."""
    monkeypatch.setattr(scheduling, "unlawful", lambda *_: ["ann is in s-1 and s-2 at once"])
    with pytest.raises(SystemExit, match="not lawful: ann is in s-1 and s-2 at once, and 0 more"):
        measured(invented(20, 4, days=7, seed=0), "greedy", 1)


def test_a_run_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    scheduling.main(["--people", "20", "--sessions", "4", "--days", "7", "--seeds", "5", "--record"])
    rows = [json.loads(line) for line in (tmp_path / "scheduling.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["engine"], row["people"], row["seed"]) for row in rows] == [("greedy", 20, 5), ("cpsat", 20, 5)]
