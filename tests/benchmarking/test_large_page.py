"""Tables and plots of the large benchmarks, from made-up runs."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.large_page import NOTHING, PAGE, blocks, plot, recorded, write_page
from benchmarks.measuring import STRATEGY

COMMON: Mapping[str, object] = {
    "seed": 0, "instance": "scarce", "policy": "policy", "objective": "score", "strategy": STRATEGY, "status": "done",
    "measured_at": "2026-11-27T10:00:00+00:00", "commit": "abc", "machine": "a machine", "versions": {"python": "3.11"},
    "requests": 1_500, "places": 855, "qualified_pairs": 57_000, "matched": 850, "value": 700_000, "bound": 700_000,
    "gap": 0, "peak_bytes": 200 << 20, "peak_above_imports": 100 << 20,
}  # fmt: skip


def a_round(people: int, solve: float, **more: object) -> dict[str, object]:
    return {**COMMON, "kind": "round", "people": people, "seconds": {"generate": 1.0, "solve": solve}, **more}


def a_peer(program: str, people: int, seconds: float, **more: object) -> dict[str, object]:
    spent = {"build": 0.0, "solve": seconds}
    return {**COMMON, "kind": "peer", "program": program, "people": people, "seconds": spent, "optimum": 700_000,
            "pairs": 29_000, "packages": ["scipy==1.17.0"], **more}  # fmt: skip


def late(program: str, people: int) -> dict[str, object]:
    return a_peer(program, people, 0.0) | {"status": "time-out", "detail": "stopped after 300 s", "limit": 300.0}


def test_rounds_are_told_by_size_with_medians_over_seeds(tmp_path: Path) -> None:
    """Would be broken: the headline figures."""
    rows = [a_round(10_000, 0.4), a_round(1_000, 0.3, seed=2), a_round(1_000, 0.1), a_round(1_000, 0.2, seed=1)]
    text = blocks(rows, tmp_path)["rounds"]
    head, _, first, second, _, about = text.splitlines()
    assert head.startswith("| people | gap | peak, MiB | generate, s | solve, s |")
    assert first.startswith("| 1,000 | 0 | 200 | 1.00 | 0.200 |")
    assert first.endswith("| 3 |")
    assert second.startswith("| 10,000 |")
    assert about == "Measured 2026-11-27, commit abc, on a machine; python 3.11."


def test_other_programs_are_told_by_their_ratio_to_ours(tmp_path: Path) -> None:
    """Would be broken: a ratio the wrong way round, or of a program that never ended."""
    rows = [
        a_peer("taskmentor", 1_000, 0.1),
        a_peer("scipy-sparse", 1_000, 3.0, peak_above_imports=500 << 20),
        late("networkx-matching", 1_000),
        a_peer("lapx", 1_000, 1.0) | {"status": "failed", "detail": "the value is another"},
    ]
    lines = blocks(rows, tmp_path)["peers"].splitlines()
    assert lines[3].startswith("| SciPy `min_weight_full_bipartite_matching` | scarce | 1,000 | 30.0 | 5.0 | 3.00 |")
    assert "| more than 3,000 |" in lines[4]
    assert "time-out: stopped after 300 s" in lines[4]
    assert "failed: the value is another" in lines[5]
    assert lines[-1].endswith("python 3.11, scipy 1.17.0.")


def test_what_is_lost_and_what_compiling_costs_is_told(tmp_path: Path) -> None:
    """Would be broken: tables that nobody looks at until they are published."""
    kept = [{**COMMON, "k": 20, "pairs": 29_000, "lost_percent": 1.87}]
    rows = [
        {**COMMON, "kind": "top-k", "people": 10_000, "kept": kept},
        {**COMMON, "kind": "within", "people": 10_000, "gap_ppm": 10, "gap": 3, "seconds": {"solve": 0.25}},
        {**COMMON, "kind": "first-call", "people": 10_000, "seconds": {"first": 20.4, "next": 0.4}},
        a_round(1_000, 9.0, instance="one-skill", policy="task-based", objective="requests-then-score"),
    ]
    found = blocks(rows, tmp_path)
    assert "| scarce | 10,000 | 20 | 1.870 % |" in found["top-k"]
    assert "| scarce | 10,000 | 0.0010 % | 0.250 | 3 | 0.000429 % | 200 |" in found["within"]
    assert "| scarce | 10,000 | 20.00 | 20.40 | 0.400 |" in found["first-call"]
    assert "| one-skill | task-based | requests-then-score | 1,000 | 0 | 9.00 |" in found["instances"]
    assert found["rounds"] == NOTHING


def test_only_the_newest_run_of_each_is_shown(tmp_path: Path) -> None:
    """Would be broken: rows are added to the record and never replaced."""
    lines = [a_round(1_000, 9.0), a_round(1_000, 8.0, seed=1), a_round(1_000, 7.0)]
    (tmp_path / "large.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert [row["seconds"] for row in recorded(tmp_path / "large.jsonl")] == [lines[2]["seconds"], lines[1]["seconds"]]
    assert recorded(tmp_path / "none.jsonl") == []


def test_plots_are_the_same_bytes_for_the_same_numbers(tmp_path: Path) -> None:
    """Would be broken: a changed file for unchanged figures."""
    series = {"solve": [(1_000.0, 0.1), (10_000.0, 0.4)], "nothing": []}
    plot(series, tmp_path / "one.svg", unit="seconds")
    plot(series, tmp_path / "other.svg", unit="seconds")
    one = (tmp_path / "one.svg").read_bytes()
    assert one == (tmp_path / "other.svg").read_bytes()
    assert b"solve" in one
    assert b"nothing" not in one


@pytest.mark.parametrize("rows", [[], [a_round(1_000, 0.1), a_round(10_000, 0.4), a_peer("taskmentor", 1_000, 0.1)]])
def test_the_page_has_a_place_for_every_block(tmp_path: Path, rows: list[dict[str, object]]) -> None:
    """Would be broken: a figure that is recorded and shown nowhere."""
    page = tmp_path / "large.md"
    page.write_text(PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "large.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    write_page(page, tmp_path / "large.jsonl")
    text = page.read_text(encoding="utf-8")
    for name, block in blocks(rows, tmp_path).items():
        assert f"<!-- {name}: begin -->\n\n{block}\n\n<!-- {name}: end -->" in text
    assert ("large-time.svg" in text) == bool(rows)
    assert (tmp_path / "large-time.svg").exists() == bool(rows)
