"""Forms groups of five hundred people, of several kinds: how near to what is possible, and how soon.

    python -m benchmarks.groups --seeds 0 1 2 --record

Each set of groups is verified before anything is said of it. One process works on one core; the seconds of the
processor are those that it takes on a quiet machine, also where others keep it waiting.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from time import perf_counter, process_time

from benchmarks.group_cases import KINDS, group_case
from benchmarks.measuring import RESULTS, ROOT, markdown_table, origin, record, write_block
from taskmentor.matching.groups import GroupSearch, solve_groups, verify_groups

PAGE = ROOT / "docs" / "explanation" / "forming-groups.md"
Row = dict[str, object]


def measured(kind: str, *, seed: int, people: int, search: GroupSearch) -> Row:
    """Return what one run gives, verified."""
    problem = group_case(kind, seed=seed, people=people)
    begin, worked = perf_counter(), process_time()
    found = solve_groups(problem, search)
    seconds, worked = perf_counter() - begin, process_time() - worked
    if faults := verify_groups(problem, found).faults:
        raise AssertionError(faults)
    return {
        "kind": kind,
        "seed": seed,
        "people": people,
        "seconds": round(seconds, 1),
        "processor_seconds": round(worked, 1),
        "groups": len(found.groups),
        "placed": found.n_placed,
        "start": found.start_value,
        "value": found.value,
        "bound": found.bound,
        "gap_per_cent": round(found.gap_per_cent, 2),
        "status": str(found.status),
        "proof": str(found.proof),
        "search": search.get_params(),
    }


def table(rows: Sequence[Row]) -> str:
    """Return measurements as a table in Markdown."""
    header = ("kind", "seed", "groups", "members", "greedy start", "value", "bound", "gap, %", "processor seconds")
    keys = ("kind", "seed", "groups", "placed", "start", "value", "bound", "gap_per_cent", "processor_seconds")
    shown = [tuple(f"{row[key]:,}" if isinstance(row[key], int) else str(row[key]) for key in keys) for row in rows]
    return markdown_table(header, shown)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", choices=sorted(KINDS), default=list(KINDS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=GroupSearch().rounds)
    parser.add_argument("--record", action="store_true", help="add the run to benchmarks/results and to the docs")
    chosen = parser.parse_args(arguments)
    search = GroupSearch(seconds=chosen.seconds, rounds=chosen.rounds)
    rows = []
    for kind in chosen.kinds:
        for seed in chosen.seeds:
            rows.append(measured(kind, seed=seed, people=chosen.people, search=search))
            print(rows[-1], flush=True)
    print(table(rows))
    if chosen.record:
        record("groups", [row | origin(["taskmentor", "numpy", "ortools"]) for row in rows])
        write_block(PAGE, "groups", table(newest()))


def newest() -> list[Row]:
    """Return the last recorded run of each kind and seed, kind by kind."""
    lines = (RESULTS / "groups.jsonl").read_text(encoding="utf-8").splitlines()
    last: dict[tuple[int, int], Row] = {}
    for row in map(json.loads, lines):
        last[list(KINDS).index(row["kind"]), row["seed"]] = row
    return [row for _, row in sorted(last.items())]


if __name__ == "__main__":
    main(sys.argv[1:])
