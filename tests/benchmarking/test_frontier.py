"""The benchmark of plans side by side: a small run, and a page that says what was measured."""

from pathlib import Path

from benchmarks.frontier import BLOCK, measured, plot, table, write_page


def test_a_small_run_makes_the_page_the_same_each_time(tmp_path: Path) -> None:
    """Would be broken: a table and a plot that change though no figure did."""
    rows = measured(seed=1, people=24, places_per_request=1.3)
    assert {"the round", "stable", "best pair first"} <= {str(row["name"]) for row in rows}
    assert table(rows).count("\n") == len(rows) + 1
    page = tmp_path / "frontier.md"
    page.write_text(f"<!-- {BLOCK}: begin --><!-- {BLOCK}: end -->", encoding="utf-8")
    write_page(rows, page)
    assert "| stable | " in page.read_text(encoding="utf-8")
    plot(rows, tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_bytes() == (tmp_path / "frontier.svg").read_bytes()
