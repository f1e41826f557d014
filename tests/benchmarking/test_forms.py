"""The benchmark of the forms: what it counts, and that its page shows what was recorded last."""

import csv
import json
from array import array
from pathlib import Path

import pytest

from benchmarks.forms import OURS, PAGE, THEIRS, about, instance_of, judged, table
from benchmarks.measuring import RESULTS
from benchmarks.processes import Missing


def test_a_plan_is_judged_by_the_points_and_the_forms_alone(tmp_path: Path) -> None:
    """Would be broken: pairs that are not allowed or use somebody twice, and wishes that nobody agreed to."""
    files = {
        "mentees": [
            {"identity to match": "tall", "match with similar identity": "yes"},
            {"identity to match": "tall", "match with similar identity": "no"},
        ],
        "mentors": [{"characteristics": "short, tall"}, {"characteristics": ""}],
    }
    for name, rows in files.items():
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as lines:
            writer = csv.DictWriter(lines, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    (tmp_path / "scores.bin").write_bytes(array("h", [18, 0, 9, 12]).tobytes())
    assert judged(tmp_path, [(0, 0), (1, 1)]) == {"matched": 2, "score": 30, "wishes_met": 1, "not_allowed": 0}
    assert judged(tmp_path, [(1, 0)]) == {"matched": 1, "score": 9, "wishes_met": 0, "not_allowed": 0}
    assert judged(tmp_path, [(0, 1), (1, 1)])["not_allowed"] == 2


def test_forms_that_are_not_there_are_named(tmp_path: Path) -> None:
    """Would be broken: a traceback in the place of a sentence."""
    with pytest.raises(Missing, match="TASKMENTOR_DATA"):
        instance_of(tmp_path, tmp_path / "cache", Path("python"))


def test_the_page_shows_the_rows_that_were_recorded_last() -> None:
    """Would be broken: figures in the docs that no run gave."""
    lines = (RESULTS / "forms.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines][-1 - len(OURS) :]
    assert [row["plan"] for row in rows] == [THEIRS, *OURS]
    page = PAGE.read_text(encoding="utf-8")
    assert table(rows) in page
    assert about(rows[0]) in page
