"""Plans side by side: total score against the worst-off, the spread of load and stability, on invented organisations.

python -m benchmarks.frontier --record
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measuring import RESULTS, ROOT, markdown_table, origin, record, write_block
from taskmentor import programmes, synthetic
from taskmentor.answers import frontier
from taskmentor.rounds import match

__all__ = ["PAGE", "main", "measured", "plot", "table", "write_page"]

PAGE = ROOT / "docs" / "benchmarks" / "frontier.md"
PLOT = "frontier.svg"
NAME = "frontier"
BLOCK = "plans"
Row = Mapping[str, object]

MEASURES = {
    "worst": "lowest score of a request that is served",
    "gini": "Gini coefficient of load",
    "blocking": "blocking pairs",
}


def measured(*, seed: int, people: int, places_per_request: float) -> list[Row]:
    """Return a row for each plan of one invented organisation."""
    invented = synthetic.organisation(people, seed=seed, places_per_request=places_per_request)
    found = frontier(match(invented, programmes.task_based(), on=synthetic.DAY))
    return [
        {"seed": seed, "people": people, "places_per_request": places_per_request, **plan.as_data(),
         "gini": None if plan.gini is None else round(float(plan.gini), 3)}
        for plan in found.plans
    ]  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table in Markdown."""
    head = ("plan", "served", "score", "worst", "mentors used", "busiest", "Gini of load", "blocking", "unsurpassed")
    keys = ("served", "score", "worst", "mentors", "most", "gini", "blocking")
    shown = [
        [str(row["name"]), *(f"{row[key]:,}" if isinstance(row[key], int) else f"{row[key]}" for key in keys),
         "yes" if row["best"] else "no"]
        for row in rows
    ]  # fmt: skip
    return markdown_table(head, shown)


def plot(rows: Sequence[Row], file: Path) -> None:
    """Write score against each other measure as an SVG file, the same bytes for the same numbers."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "taskmentor", "svg.fonttype": "none"}):
        figure = Figure(figsize=(11, 4.6), layout="constrained")
        for axes, (key, title) in zip(figure.subplots(1, len(MEASURES)), MEASURES.items(), strict=True):
            for place, row in enumerate(rows):
                axes.plot(
                    [float(str(row["score"]))], [float(str(row[key]))], "osD^vPX*<>hd"[place % 12], markersize=8,
                    color=f"C{place % 10}", fillstyle="full" if row["best"] else "none", label=str(row["name"]),
                )  # fmt: skip
            axes.set(xlabel="score", ylabel=title)
            if key == "blocking":
                axes.set_yscale("symlog", linthresh=10)  # none at all is a case of its own
            axes.grid(visible=True, alpha=0.4)
            axes.ticklabel_format(axis="x", style="plain")
            axes.tick_params(axis="x", rotation=30)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize="small")
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


def newest() -> list[Row]:
    """Return the rows of the last recorded run."""
    rows: list[Row] = [
        json.loads(line) for line in (RESULTS / f"{NAME}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return [row for row in rows if row["measured_at"] == rows[-1]["measured_at"]]


def write_page(rows: Sequence[Row], page: Path = PAGE) -> None:
    """Make the table and the plot of the page anew."""
    write_block(page, BLOCK, table(rows))
    plot(rows, page.parent / PLOT)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--places-per-request", type=float, default=1.3)
    parser.add_argument("--record", action="store_true", help="add the run to benchmarks/results and to the docs")
    chosen = parser.parse_args(arguments)
    rows = measured(seed=chosen.seed, people=chosen.people, places_per_request=chosen.places_per_request)
    print(table(rows))
    if chosen.record:
        about = origin(["taskmentor", "numpy", "ortools"])
        record(NAME, [{**row, **about} for row in rows])
        write_page(newest())


if __name__ == "__main__":
    main(sys.argv[1:])
