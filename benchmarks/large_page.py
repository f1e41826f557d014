"""Tables and plots of `docs/benchmarks/large.md`, made from the recorded runs and from nothing else."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.measuring import MIB, RESULTS, ROOT, STRATEGY, markdown_table, median_of, write_block

__all__ = ["PAGE", "RESULTS_NAME", "blocks", "plot", "recorded", "write_page"]

Row = Mapping[str, object]
Measure = Callable[[Sequence[Row]], float | None]
Series = Mapping[str, Sequence[tuple[float, float]]]

PAGE = ROOT / "docs" / "benchmarks" / "large.md"
RESULTS_NAME = "large"
NOTHING = "No run is recorded yet."

PROGRAMS = {
    "taskmentor": f"taskmentor `{STRATEGY.title()}()`",
    "ortools": "OR-Tools `SimpleMinCostFlow`",
    "networkx-simplex": "networkx `network_simplex`",
    "networkx-matching": "networkx `max_weight_matching`",
    "scipy-sparse": "SciPy `min_weight_full_bipartite_matching`",
    "scipy-dense": "SciPy `linear_sum_assignment`",
    "lapx": "lapx `lapmod`",
    "highs": "HiGHS simplex",
    "munkres": "munkres 3 `min_weight_full_bipartite_matching`",
}
PHASES = ("gaps", "requests", "problem", "candidates", "solve", "price", "certificate", "plan", "verify", "all pairs")


def write_page(page: Path = PAGE, lines: Path = RESULTS / f"{RESULTS_NAME}.jsonl") -> None:
    """Make every table and plot of a page anew from the recorded runs."""
    rows = recorded(lines)
    for name, text in blocks(rows, page.parent).items():
        write_block(page, name, text)


def recorded(lines: Path) -> list[Row]:
    """Return the newest run of everything that is recorded."""
    if not lines.exists():
        return []
    newest: dict[tuple[object, ...], Row] = {}
    for line in lines.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        told_by = ("kind", "people", "seed", "instance", "policy", "objective", "strategy", "program", "gap_ppm")
        newest[tuple(row.get(key) for key in told_by)] = row
    return list(newest.values())


def blocks(rows: Sequence[Row], folder: Path) -> dict[str, str]:
    """Return the text of each block of the page; plots are written into a folder."""
    rounds = [row for row in _done(rows, "round") if row["strategy"] == STRATEGY]
    usual = [row for row in rounds if _is_usual(row)]
    peers = [row for row in rows if row["kind"] == "peer" and "optimum" in row]
    return {
        "rounds": _block(_rounds_table, usual),
        "time": _plotted(_phase_series(usual), folder / "large-time.svg", "Seconds of each phase", "seconds"),
        "memory": _plotted(_memory_series(usual), folder / "large-memory.svg", "Peak memory", "MiB"),
        "instances": _block(_instances_table, rounds),
        "peers": _block(_peers_table, peers),
        "peers-plot": _plotted(
            _peer_series(peers), folder / "large-peers.svg", "Seconds on the 20 best pairs of each request", "seconds"
        ),
        "full-graph": _block(_peers_table, [row for row in rows if row["kind"] == "all-pairs"]),
        "within": _block(_within_table, _done(rows, "within")),
        "top-k": _block(_top_k_table, _done(rows, "top-k")),
        "first-call": _block(_first_call_table, _done(rows, "first-call")),
    }


def _done(rows: Iterable[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["kind"] == kind and row["status"] == "done"]


def _is_usual(row: Row) -> bool:
    return (row["instance"], row["policy"], row["objective"]) == ("scarce", "policy", "score")


def _block(table: Callable[[Sequence[Row]], str], rows: Sequence[Row]) -> str:
    return f"{table(rows)}\n\n{_about(rows)}" if rows else NOTHING


def _about(rows: Sequence[Row]) -> str:
    """Return when, where and with which versions rows were measured."""
    days = sorted({str(row["measured_at"])[:10] for row in rows})
    commits = sorted({str(row["commit"]) for row in rows})
    newest = max(rows, key=lambda row: str(row["measured_at"]))
    versions = newest["versions"]
    assert isinstance(versions, dict)
    packages = newest.get("packages", [])
    assert isinstance(packages, list)
    named = ", ".join([*(f"{name} {number}" for name, number in versions.items()), *packages]).replace("==", " ")
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"Measured {when}, commit {', '.join(commits)}, on {newest['machine']}; {named}."


def _grouped(rows: Iterable[Row], *keys: str) -> list[tuple[tuple[object, ...], list[Row]]]:
    def key(row: Row) -> tuple[object, ...]:
        return tuple(row[name] for name in keys)

    return [
        (told, list(group)) for told, group in groupby(sorted(rows, key=lambda row: tuple(map(_rank, key(row)))), key)
    ]


def _rank(value: object) -> tuple[int, str]:
    return (value, "") if isinstance(value, int) else (0, str(value))


def _in_order(rows: Iterable[Row]) -> list[Row]:
    return [row for _, group in _grouped(rows, "instance", "people") for row in group]


def _median(rows: Iterable[Row], *path: str) -> float | None:
    """Return the median of a number that rows hold, None where one of them has it not."""
    found = [_within(row, path) for row in rows]
    numbers = [float(number) for number in found if isinstance(number, int | float)]
    return median_of(numbers) if numbers and len(numbers) == len(found) else None


def _within(row: object, path: Sequence[str]) -> object:
    for key in path:
        row = row.get(key) if isinstance(row, Mapping) else None
    return row


def _shown(number: float | None, digits: int = 0) -> str:
    return "" if number is None else f"{number:,.{digits}f}"


def _seconds(number: float | None) -> str:
    """Return seconds with as many digits as mean something."""
    return _shown(number, 3 if number is not None and number < 1 else 2 if number is not None and number < 100 else 0)


def _worst_gap(rows: Iterable[Row]) -> str:
    return f"{max(int(str(row['gap'])) for row in rows):,}"


# Tables


def _rounds_table(rows: Sequence[Row]) -> str:
    seen = [phase for phase in PHASES if any(_within(row, ("seconds", phase)) is not None for row in rows)]
    head = [
        "people", "gap", "peak, MiB", *(f"{phase}, s" for phase in ("generate", *seen)), "requests", "qualified pairs",
        "matched", "value", "seeds",
    ]  # fmt: skip
    lines = []
    for (people,), group in _grouped(rows, "people"):
        peak = _median(group, "peak_bytes")
        lines.append(
            [
                f"{people:,}",
                _worst_gap(group),
                _shown(None if peak is None else peak / MIB),
                *(_seconds(_median(group, "seconds", phase)) for phase in ("generate", *seen)),
                *(_shown(_median(group, name)) for name in ("requests", "qualified_pairs", "matched", "value")),
                str(len(group)),
            ]
        )
    return markdown_table(head, lines)


def _instances_table(rows: Sequence[Row]) -> str:
    head = (
        "instance", "policy", "objective", "people", "gap", "solve, s", "peak, MiB", "requests", "places", "matched",
        "qualified pairs", "seeds",
    )  # fmt: skip
    lines = []
    keys = ("instance", "policy", "objective", "people")
    for told, group in _grouped(rows, *keys):
        peak = _median(group, "peak_bytes")
        lines.append(
            [
                *(f"{part:,}" if isinstance(part, int) else str(part) for part in told),
                _worst_gap(group),
                _seconds(_median(group, "seconds", "solve")),
                _shown(None if peak is None else peak / MIB),
                *(_shown(_median(group, name)) for name in ("requests", "places", "matched", "qualified_pairs")),
                str(len(group)),
            ]
        )
    return markdown_table(head, lines)


def _peers_table(rows: Sequence[Row]) -> str:
    head = (
        "program", "instance", "people", "× time", "× memory", "all, s", "of it building, s",
        "peak above imports, MiB", "pairs", "matched", "value",
    )  # fmt: skip
    lines = []
    for _, group in _grouped(rows, "instance", "people"):
        ours = next((row for row in group if row["program"] == "taskmentor" and row["status"] == "done"), None)
        lines += [_peer_cells(row, ours) for row in group]
    return markdown_table(head, lines)


def _peer_cells(row: Row, ours: Row | None) -> list[str]:
    first = [PROGRAMS[str(row["program"])], str(row["instance"]), f"{row['people']:,}"]
    if row["status"] != "done":
        spent = (
            f"more than {float(str(row['limit'])) / total(ours):,.0f}" if ours and row["status"] == "time-out" else ""
        )
        return [*first, spent, "", f"{row['status']}: {row['detail']}", *([""] * 5)]
    memory = _median([row], "peak_above_imports")
    ratios = ["", ""] if ours is None else [f"{total(row) / total(ours):,.1f}", _ratio(memory, ours)]
    building = total(row) - (_median([row], "seconds", "solve") or 0.0)
    counted = (_shown(_median([row], name)) for name in ("pairs", "matched", "value"))
    return [
        *first, *ratios, _seconds(total(row)), _seconds(building), _shown(None if memory is None else memory / MIB),
        *counted,
    ]  # fmt: skip


def _ratio(memory: float | None, ours: Row) -> str:
    own = _median([ours], "peak_above_imports")
    return f"{memory / max(own, MIB):,.1f}" if memory is not None and own is not None else ""


def total(row: Row) -> float:
    """Return the seconds of all phases of a row."""
    seconds = row["seconds"]
    assert isinstance(seconds, Mapping)
    return float(sum(seconds.values()))


def _within_table(rows: Sequence[Row]) -> str:
    head = ("instance", "people", "good enough", "solve, s", "proven gap", "of the bound", "peak, MiB")
    lines = []
    for row in _in_order(rows):
        solve, peak = _median([row], "seconds", "solve"), _median([row], "peak_bytes")
        gap, bound, enough = (float(str(row[name])) for name in ("gap", "bound", "gap_ppm"))
        lines.append(
            [
                str(row["instance"]), f"{row['people']:,}", f"{enough / 10_000:.4f} %", _seconds(solve), f"{gap:,.0f}",
                f"{100 * gap / bound:.6f} %", _shown(None if peak is None else peak / MIB),
            ]
        )  # fmt: skip
    return markdown_table(head, lines)


def _top_k_table(rows: Sequence[Row]) -> str:
    head = (
        "instance",
        "people",
        "kept a request",
        "lost",
        "matched",
        "of the optimum's",
        "pairs kept",
        "qualified pairs",
    )
    lines = []
    for row in _in_order(rows):
        kept = row["kept"]
        assert isinstance(kept, list)
        lines += [
            [
                str(row["instance"]), f"{row['people']:,}", f"{one['k']:,}", f"{one['lost_percent']:.3f} %",
                f"{one['matched']:,}", f"{row['matched']:,}", f"{one['pairs']:,}", f"{row['qualified_pairs']:,}",
            ]
            for one in kept
        ]  # fmt: skip
    return markdown_table(head, lines)


def _first_call_table(rows: Sequence[Row]) -> str:
    lines = []
    for row in _in_order(rows):
        first, after = _median([row], "seconds", "first"), _median([row], "seconds", "next")
        assert first is not None
        assert after is not None
        about = [str(row["instance"]), f"{row['people']:,}"]
        lines.append([*about, _seconds(max(first - after, 0.0)), _seconds(first), _seconds(after)])
    return markdown_table(("instance", "people", "once, s", "first call, s", "next call, s"), lines)


# Plots


def _phase_series(rows: Sequence[Row]) -> Series:
    def spent(phase: str) -> Measure:
        return lambda group: _median(group, "seconds", phase)

    return {phase: _points(rows, spent(phase)) for phase in PHASES}


def _memory_series(rows: Sequence[Row]) -> Series:
    def peak(group: Sequence[Row], name: str) -> float | None:
        found = _median(group, name)
        return None if found is None else found / MIB

    return {
        "whole process": _points(rows, lambda group: peak(group, "peak_bytes")),
        "above imports": _points(rows, lambda group: peak(group, "peak_above_imports")),
    }


def _peer_series(rows: Sequence[Row]) -> Series:
    done = [row for row in rows if row["status"] == "done" and row["instance"] == "scarce"]
    return {
        title.replace("`", ""): _points(
            [row for row in done if row["program"] == name], lambda group: median_of(total(row) for row in group)
        )
        for name, title in PROGRAMS.items()
    }


def _points(rows: Sequence[Row], measure: Measure) -> list[tuple[float, float]]:
    found = [(float(str(people)), measure(group)) for (people,), group in _grouped(rows, "people")]
    return [(people, number) for people, number in found if number]


def _plotted(series: Series, file: Path, title: str, unit: str) -> str:
    """Return the Markdown of a plot, which is written; nothing where there are fewer than two sizes."""
    if len({people for points in series.values() for people, _ in points}) < 2:
        return NOTHING
    plot(series, file, unit=unit)
    return f"![{title}, by the number of people; both axes are logarithmic]({file.name})"


def plot(series: Series, file: Path, *, unit: str) -> None:
    """Write lines over the number of people on logarithmic axes as an SVG file, the same bytes for the same numbers."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "taskmentor", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 5), layout="constrained")
        axes = figure.subplots()
        for place, (name, points) in enumerate((name, points) for name, points in series.items() if points):
            axes.loglog(*zip(*points, strict=True), marker="os^Dv"[place % 5], label=name)
        axes.set_xlabel("people")
        axes.set_ylabel(unit)
        axes.grid(visible=True, which="major", alpha=0.4)
        axes.legend(fontsize="small")
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
