"""The benchmark of what fairness costs: small runs are verified, and tables and plots say what was measured."""

from pathlib import Path

import pytest

from benchmarks.fairness_price import SETTINGS, measured, plot, table, write_page


@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_a_small_run_is_verified_and_keeps_what_each_aim_promises(setting: str) -> None:
    """Would be broken: figures of plans that are not what they are called."""
    rows = {str(row["plan"]): row for row in measured(setting, seed=1, people=60)}
    best, exact = rows["most requests, then score"], [row for row in rows.values() if row["plan"] != "best pair first"]
    assert {row["matched"] for row in exact} == {best["matched"]}
    assert best["price_per_cent"] == 0
    assert max(int(str(row["worst"])) for row in exact) == rows["leximin"]["worst"]
    assert rows["max-min, then score"]["worst"] == rows["leximin"]["worst"]
    assert min(float(str(row["gini"])) for row in exact) < float(str(best["gini"]))
    assert table([*rows.values()]).count("\n") == len(rows) + 1


def test_the_page_is_made_from_rows_and_the_same_each_time(tmp_path: Path) -> None:
    """Would be broken: tables and plots that change though no figure did."""
    rows = measured("popular", seed=2, people=40)
    page = tmp_path / "fairness.md"
    page.write_text("".join(f"<!-- {name}: begin --><!-- {name}: end -->" for name in SETTINGS), encoding="utf-8")
    write_page(rows, page)
    assert "| leximin | 40 |" in page.read_text(encoding="utf-8")
    plot(rows, tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_bytes() == (tmp_path / "fairness.svg").read_bytes()
    assert "a cost of load, rising" in (tmp_path / "again.svg").read_text(encoding="utf-8")
