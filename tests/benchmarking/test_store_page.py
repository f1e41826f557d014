"""Tables of the benchmarks of stores: what the page says is what the recorded runs say."""

import json
import shutil
from pathlib import Path

from benchmarks.measuring import RESULTS
from benchmarks.store_page import NOTHING, PAGE, RESULTS_NAME, blocks, recorded, write_page

COMMON = {
    "measured_at": "2026-11-27T10:00:00+00:00", "commit": "abc", "machine": "a machine", "versions": {"python": "3.11"},
}  # fmt: skip


def test_the_page_says_what_the_recorded_runs_say(tmp_path: Path) -> None:
    """Would be broken: figures written by hand, or a run that the page does not show."""
    page = tmp_path / PAGE.name
    shutil.copy(PAGE, page)
    write_page(page, RESULTS / f"{RESULTS_NAME}.jsonl")
    assert page.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
    assert NOTHING not in PAGE.read_text(encoding="utf-8")


def test_a_race_is_told_with_and_without_the_rule(tmp_path: Path) -> None:
    race = {
        **COMMON, "store": "postgresql", "processes": 64, "different_commands": 52_000, "commands": 57_288,
        "overbooked": 0, "lost": 0, "doubled": 0, "filled_share": 1.0, "seconds": 9.5, "commands_a_second": 204,
        "events_a_second": 111,
    }  # fmt: skip
    rows = [
        {**race, "benchmark": "race", "seconds": 99.0},
        {**race, "benchmark": "race without the rule", "overbooked": 200},
        {**race, "benchmark": "race"},
    ]
    lines = tmp_path / "lines"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    told = blocks(recorded(lines))
    assert told["kill"] == NOTHING
    _, _, on, off, _, about = told["race"].splitlines()
    assert on == "| PostgreSQL | on | 64 | 52,000 | 57,288 | 0 | 0 | 0 | 100.00% | 9.5 | 204 | 111 |"
    assert off.startswith("| PostgreSQL | off | 64 | 52,000 | 57,288 | 200 |")
    assert about == "Measured 2026-11-27, commit abc, on a machine; python 3.11."
