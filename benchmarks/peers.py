"""The same people and the same scores for taskmentor's strategies and two packages: `python -m benchmarks.peers`.

Mentors take one mentee and mentees one mentor. The scores are those that mentor-match computes for resampled
civil-service forms by rules of its own; every other program gets exactly this matrix, and all plans are scored with it.
Each run has a process of its own, with a limit of time. Every answer is checked before its time is reported.

The environments of the two packages, which share an import name, are made once with venv and pip in `.benchmarks/`.
"""

import argparse
import csv
import hashlib
import json
import os
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.contender import read_scores
from benchmarks.measuring import MIB, ROOT, markdown_table, median_of, origin, record, write_block
from benchmarks.processes import CACHE, Missing, answer_of, environment

PAGE = ROOT / "docs" / "benchmarks" / "first-table.md"
ENVIRONMENTS = {
    "mentor-match": ("mentor-match==7.0.1", "munkres==3.0.0"),
    "matching": ("matching==1.4.3", f"numpy=={version('numpy')}"),
}
OURS = {
    "exact": "Exact()",
    "flow": "Flow()",
    "greedy": "Greedy()",
    "cpsat": "CpSat()",
    "flow-networkx": 'Flow(engine="networkx")',
}
TITLES = OURS | {name: needed[0].replace("==", " ") for name, needed in ENVIRONMENTS.items()}
REFERENCE = "exact"
LONG_SECONDS = 20.0
"""A run that takes longer is not repeated."""
START_SECONDS = 1.0
"""What a process that was stopped is granted for its start and its imports."""


# Instances


def instance_of(size: int, *, seed: int, data: Path, cache: Path) -> Path:
    """Return the folder of an instance, which is made where it is missing: as many mentees as mentors, and the scores.

    Raises:
        Missing: If the forms or the environment of mentor-match are not there.
    """
    folder = cache / "instances" / f"{size}-{seed}"
    if not (folder / "scores.bin").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("mentees", "mentors"):
            resample(data / "small" / f"{name}.csv", folder / f"{name}.csv", size, f"{seed} {name}")
        python = environment("mentor-match", ENVIRONMENTS["mentor-match"], cache)
        exported = answer_of("benchmarks.contender", "export-scores", str(folder), python=python)
        if exported["status"] != "done":
            raise Missing(f"mentor-match could not compute the scores: {exported['detail']}")
        if not any(read_scores(folder)[1]):
            (folder / "scores.bin").unlink()
            raise Missing(f"Not a single pair of the {size} mentees and mentors is allowed.")
    return folder


def resample(source: Path, target: Path, size: int, seed: str) -> None:
    """Write some rows of a file of forms, drawn with repetition, each with an address of its own.

    Raises:
        Missing: If there is no such file.
    """
    if not source.is_file():
        raise Missing(f"There is no {source.name} below 'mentor_match'; TASKMENTOR_DATA names the folder to look in.")
    with source.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    drawn = random.Random(seed).choices(rows, k=size)
    with target.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(
            {**row, "email address": f"{target.stem}-{place}@example.com"} for place, row in enumerate(drawn)
        )


# Runs


def run(name: str, instance: Path, *, python: Path, seconds: float) -> dict[str, object]:
    """Return what one contender answered within a limit of time, checked and scored with the instance's own scores."""
    found = answer_of("benchmarks.contender", name, str(instance), seconds=seconds, python=python)
    return checked(found, instance) if found["status"] == "done" else found


def checked(found: dict[str, object], instance: Path) -> dict[str, object]:
    """Return an answer with its pairs replaced by their number and score; an unlawful one becomes a failure."""
    n, scores = read_scores(instance)
    pairs = found.pop("pairs")
    assert isinstance(pairs, list)
    mentees, mentors = {i for i, _ in pairs}, {j for _, j in pairs}
    points = [scores[i * n + j] for i, j in pairs if 0 <= i < n and 0 <= j < n]
    if not len(mentees) == len(mentors) == len(pairs) == len(points) or min(points, default=1) <= 0:
        return {"status": "failed", "detail": "the plan uses somebody twice, or a pair that is not allowed"}
    return {**found, "matched": len(pairs), "score": sum(points)}


def repeated(name: str, instance: Path, *, python: Path, seconds: float, repeats: int) -> dict[str, object]:
    """Return a contender's answer with the medians of several runs; a long one is run once."""
    runs = [run(name, instance, python=python, seconds=seconds)]
    while len(runs) < repeats and runs[-1]["status"] == "done" and _seconds(runs[-1], "solve") <= LONG_SECONDS:
        runs.append(run(name, instance, python=python, seconds=seconds))
    done = [one for one in runs if one["status"] == "done"]
    if len(done) < len(runs):
        return next(one for one in runs if one["status"] != "done")
    if len({one["score"] for one in done}) > 1:
        return {"status": "failed", "detail": "the score is another one in each run"}
    phases = {phase: median_of(_seconds(one, phase) for one in done) for phase in ("prepare", "solve")}
    peak = median_of(_number(one, "peak_bytes") for one in done)
    return {**done[0], "seconds": phases, "peak_bytes": int(peak), "runs": len(done)}


def _seconds(row: Mapping[str, object], phase: str) -> float:
    seconds = row["seconds"]
    assert isinstance(seconds, dict)
    return float(seconds.get(phase, 0.0))


def _total(row: Mapping[str, object]) -> float:
    return _seconds(row, "prepare") + _seconds(row, "solve")


def _number(row: Mapping[str, object], key: str) -> float:
    number = row[key]
    assert isinstance(number, int | float)
    return float(number)


def compare(
    size: int, names: Iterable[str], instance: Path, *, cache: Path, seconds: float, repeats: int
) -> list[dict[str, object]]:
    """Return one row for each contender on one instance, with the gap to the proven optimum where there is one."""
    rows = []
    for name in names:
        try:
            python = Path(sys.executable) if name in OURS else environment(name, ENVIRONMENTS[name], cache)
            row = repeated(name, instance, python=python, seconds=seconds, repeats=repeats)
        except Missing as missing:
            row = {"status": "failed", "detail": str(missing)}
        rows.append({"size": size, "program": name, **row})
        print(f"{size:>6,}  {TITLES[name]:<24} {_in_short(rows[-1])}", flush=True)
    optimum = next((row["bound"] for row in rows if row.get("bound") == row.get("score", "none")), None)
    proven = {"scores": hashlib.sha256((instance / "scores.bin").read_bytes()).hexdigest()[:16], "optimum": optimum}
    return [{**row, **proven} for row in rows]


def _in_short(row: Mapping[str, object]) -> str:
    if row["status"] != "done":
        return f"{row['status']}: {row['detail']}"
    return f"{_seconds(row, 'solve'):.3f} s, score {row['score']:,}, {row['matched']:,} matched"


# The table


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as a table in Markdown, ratios to `Exact()` of the same size first, with scoring and preparing."""
    head = (
        "program", "mentees × mentors", "× time", "× memory", "score of optimum", "solve, s",
        "scoring or preparing, s", "peak memory, MiB", "matched", "score", "gap",
    )  # fmt: skip
    base = {row["size"]: row for row in rows if row["program"] == REFERENCE and row["status"] == "done"}
    return markdown_table(head, [_cells(row, base.get(row["size"])) for row in rows])


def _cells(row: Mapping[str, object], base: Mapping[str, object] | None) -> list[str]:
    first = [f"`{TITLES[str(row['program'])]}`", f"{row['size']:,}"]
    if row["status"] == "time-out":
        return [*first, *_late_cells(row, base)]
    if row["status"] != "done":
        return [*first, f"{row['status']}: {row['detail']}", *([""] * 8)]
    ratios = ["", ""]
    if base is not None:
        time = _total(row) / _total(base)
        memory = _number(row, "peak_bytes") / max(_number(base, "peak_bytes"), MIB)
        ratios = [f"{time:,.2f}", f"{memory:,.2f}"]
    optimum, score = row.get("optimum"), _number(row, "score")
    share, gap = ("", "not proven") if not isinstance(optimum, int) else (f"{100 * score / max(optimum, 1):.2f} %", "")
    gap = gap or f"{_number(row, 'optimum') - score:,.0f}"
    prepare = _seconds(row, "prepare")
    return [
        *first, *ratios, share, f"{_seconds(row, 'solve'):,.3f}", f"{prepare:,.3f}" if prepare else "",
        f"{_number(row, 'peak_bytes') / MIB:,.1f}", f"{row['matched']:,}", f"{score:,.0f}", gap,
    ]  # fmt: skip


def _late_cells(row: Mapping[str, object], base: Mapping[str, object] | None) -> list[str]:
    prepare = _seconds(row, "prepare")
    spent = max(_number(row, "limit") - prepare - START_SECONDS, 0)
    ratio = "" if base is None else f"more than {(prepare + spent) / _total(base):,.0f}"
    return [ratio, "", "time-out", f"more than {spent:,.0f}", f"{prepare:,.3f}" if prepare else "", "", "", "", ""]


def about(row: Mapping[str, object], *, seed: int, seconds: float) -> str:
    """Return when, where and with which versions the rows were measured, in two sentences."""
    versions = row["versions"]
    assert isinstance(versions, dict)
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    peers = ", ".join(needed.replace("==", " ") for some in ENVIRONMENTS.values() for needed in some)
    return (
        f"Measured at {row['measured_at']}, commit {row['commit']}, on {row['machine']}; {named}; {peers}.\n"
        f"Seed {seed}, at most {seconds:.0f} s a run, medians of the repeated runs."
    )


def data_folder() -> Path:
    """Return where the civil-service forms lie."""
    return Path(os.environ.get("TASKMENTOR_DATA") or ROOT.parent / "shared" / "data") / "mentor_match"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 200, 2_000])
    parser.add_argument("--only", nargs="+", choices=list(TITLES), default=list(TITLES))
    parser.add_argument("--seconds", type=float, default=300.0, help="limit of one run")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where environments and instances are kept")
    parser.add_argument("--record", action="store_true", help="add the rows to benchmarks/results and to the docs")
    chosen = parser.parse_args(arguments)
    source, rows = origin(["taskmentor", "numpy", "ortools", "networkx"]), []
    cache = chosen.cache.resolve()
    try:
        for size in chosen.sizes:
            instance = instance_of(size, seed=chosen.seed, data=data_folder(), cache=cache)
            rows += compare(
                size, chosen.only, instance, cache=cache, seconds=chosen.seconds, repeats=chosen.repeats
            )  # fmt: skip
    except Missing as missing:
        raise SystemExit(str(missing)) from missing
    rows = [{**row, "seed": chosen.seed, "limit_seconds": chosen.seconds, **source} for row in rows]
    print("", table(rows), "", about(rows[0], seed=chosen.seed, seconds=chosen.seconds), "", sep="\n")
    for row in rows:
        print(json.dumps(row, sort_keys=True))
    if chosen.record:
        record("peers", rows)
        text = f"{table(rows)}\n\n{about(rows[0], seed=chosen.seed, seconds=chosen.seconds)}"
        write_block(PAGE, "peers", text)


if __name__ == "__main__":
    main(sys.argv[1:])
