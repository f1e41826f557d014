"""Rounds of up to a million people, phase by phase, and other programs on the same pairs.

    python benchmarks/run.py --people 1000 10000 100000 --peers --record

Each measurement has a process of its own, and every answer is verified before its time is reported. Standard output is
one JSON object a run; what is going on is told on standard error. `--record` adds the runs to
`benchmarks/results/large.jsonl` and makes tables and plots of `docs/benchmarks/large.md` anew from all that is there.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

if not __package__:  # called by its path: the package is beside this folder, not in it
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.instances import INSTANCES, OBJECTIVES, POLICY
from benchmarks.large_page import RESULTS_NAME, write_page
from benchmarks.measure import Job
from benchmarks.measuring import STRATEGY, median_of, origin, record
from benchmarks.processes import CACHE, Missing, answer_of, environment
from benchmarks.sparse import PROGRAMS

Row = dict[str, object]

OURS = "taskmentor"
PEERS = tuple(name for name in PROGRAMS if name != OURS)
AT_HAND = frozenset({OURS, "ortools", "networkx-simplex", "networkx-matching"})
"""Programs that taskmentor itself needs; the others have an environment of their own."""

PACKAGES = ("scipy==1.17.0", "lapx==0.11.1", "highspy==1.15.1", "munkres==3.0.0", f"numpy=={version('numpy')}")
"""What that environment holds."""

REPEATS, LONG_SECONDS = 3, 20.0
"""A program is run so often unless asked otherwise, and once only where it takes longer than that."""


def main(arguments: Sequence[str]) -> None:
    chosen = _parser().parse_args(arguments)
    if chosen.page:
        write_page()
        return
    source = origin(["taskmentor", "numpy", "numba", "ortools", "networkx"])
    rows = []
    for row in _measured(chosen):
        rows.append({**row, **source})
        print(json.dumps(rows[-1], sort_keys=True), flush=True)
        if chosen.record:
            record(RESULTS_NAME, rows[-1:])
    if chosen.record:
        write_page()
    if broken := [row for row in rows if row["status"] == "failed" or (_is_ours(row) and row["status"] != "done")]:
        raise SystemExit(f"{len(broken)} of {len(rows)} runs have no lawful answer: {broken[0].get('detail')}")


def _is_ours(row: Mapping[str, object]) -> bool:
    return row.get("program", OURS) == OURS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--people", type=int, nargs="+", default=[1_000, 10_000], help="sizes of organisations")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2])
    add("--instance", nargs="+", choices=list(INSTANCES), default=["scarce"])
    add("--policy", default=str(POLICY), help="task-based, or a policy file; benchmarks/policy.toml unless given")
    add("--objective", choices=OBJECTIVES, help="another one than that of the policy")
    add("--strategy", default=STRATEGY, help="the name of an installed strategy")
    add("--all-pairs", action="store_true", help="verify each plan independently over all pairs too")
    add("--no-rounds", action="store_true", help="only what the following options ask for")
    add("--peers", action="store_true", help="other programs on the 20 best pairs of each request, first seed")
    add("--only", nargs="+", choices=PEERS, default=list(PEERS), help="these of the other programs")
    add("--repeats", type=int, default=REPEATS, help="so many runs of a program that is quick, for their medians")
    add("--peer-seconds", type=float, default=300.0, help="limit of one run of another program")
    add("--full-graph", action="store_true", help="OR-Tools' flow on all pairs too, first seed")
    add("--top-k", type=int, nargs="+", default=[], help="what is lost where so many pairs a request are kept")
    add("--within", type=int, nargs="+", default=[], help="a plan within so many millionths of the bound, first seed")
    add("--first-call", action="store_true", help="what compiling costs once")
    add("--seconds", type=float, default=3_600.0, help="limit of one run of ours")
    add("--cache", type=Path, default=CACHE, help="where environments are kept")
    add("--record", action="store_true", help="add the runs to benchmarks/results and to the docs")
    add("--page", action="store_true", help="only make the docs anew from what is recorded")
    return parser


def _measured(chosen: argparse.Namespace) -> Iterator[Row]:
    """Give a row for each run that was asked for."""
    organisations = [(people, instance) for people in chosen.people for instance in chosen.instance]
    if not chosen.no_rounds:
        for people, instance in organisations:
            for seed in chosen.seeds:
                yield _ours(_job(chosen, "round", people, instance, seed, all_pairs=chosen.all_pairs), chosen.seconds)
    seed = chosen.seeds[0]
    for people, instance in organisations:
        if chosen.top_k:
            yield _ours(_job(chosen, "top-k", people, instance, seed, kept=chosen.top_k), chosen.seconds)
        if chosen.full_graph:
            yield from _full_graph(chosen, people, instance, seed)
        for gap_ppm in chosen.within:
            yield _ours(_job(chosen, "within", people, instance, seed, gap_ppm=gap_ppm), chosen.seconds)
        if chosen.first_call:
            yield _first_call(_job(chosen, "first-call", people, instance, seed), chosen.seconds)
    if chosen.peers:
        yield from _peers(chosen, organisations, seed)


def _job(
    chosen: argparse.Namespace, kind: str, people: int, instance: str, seed: int, **more: object
) -> dict[str, object]:
    common = {"policy": chosen.policy, "objective": chosen.objective, "strategy": chosen.strategy}
    return {"kind": kind, "people": people, "instance": instance, "seed": seed, **common, **more}


def _ours(job: dict[str, object], seconds: float, variables: Mapping[str, str] | None = None) -> Row:
    """Return what one measurement of ours found."""
    _say(job)
    found = answer_of("benchmarks.measure", json.dumps(job), seconds=seconds, variables=variables)
    return {**_about(job), **found}


def _about(job: dict[str, object]) -> Row:
    """Return what tells a measurement from others, also where it has failed."""
    known = Job(**{"kept": (), **job})  # type: ignore[arg-type]
    return known.described()


def _say(job: Mapping[str, object]) -> None:
    words = (f"{job['people']:,} people", job["instance"], f"seed {job['seed']}", job.get("program", ""))
    print(f"{job['kind']:<12}", *words, file=sys.stderr, flush=True)


def _first_call(job: dict[str, object], seconds: float) -> Row:
    """Return what the first call costs where numba's cache is empty."""
    with tempfile.TemporaryDirectory() as folder:
        return _ours(job, seconds, {"NUMBA_CACHE_DIR": folder})


def _full_graph(chosen: argparse.Namespace, people: int, instance: str, seed: int) -> list[Row]:
    """Return what the optimum over all pairs costs, ours and by OR-Tools' flow on the whole graph."""
    ours = _ours(_job(chosen, "all-pairs", people, instance, seed), chosen.seconds)
    theirs = _ours(_job(chosen, "all-pairs-ortools", people, instance, seed), chosen.peer_seconds)
    rows = [{**ours, "program": OURS}, {**theirs, "program": "ortools"}]
    return _same_value([{**row, "kind": "all-pairs"} for row in rows])


def _peers(chosen: argparse.Namespace, organisations: Sequence[tuple[int, str]], seed: int) -> Iterator[Row]:
    """Give a row for each program on each graph; one that ran out of time is not given a larger one."""
    too_slow: dict[str, int] = {}
    for people, instance in sorted(organisations):
        with tempfile.TemporaryDirectory() as folder:
            graph = Path(folder) / "graph.npz"
            job = _job(chosen, "graph", people, instance, seed, graph=str(graph))
            made = _ours(job, chosen.seconds)
            if made.get("status", "done") != "done":
                yield made
                continue
            rows = []
            for name in (OURS, *chosen.only):
                _say({**job, "kind": "peer", "program": name})
                row = _program(name, graph, chosen, too_slow)
                if row["status"] == "time-out":
                    too_slow.setdefault(name, people)
                told = {
                    "kind": "peer",
                    "program": name,
                    "limit_seconds": chosen.peer_seconds,
                    "packages": list(PACKAGES),
                }
                rows.append({**made, **row, **told})
        yield from _same_value(rows)


def _program(name: str, graph: Path, chosen: argparse.Namespace, too_slow: Mapping[str, int]) -> Row:
    """Return the answer of one program, with the medians of several runs where it is quick."""
    if name in too_slow:
        return {"status": "not run", "detail": f"took too long with {too_slow[name]:,} people"}
    try:
        python = Path(sys.executable) if name in AT_HAND else environment("solvers", PACKAGES, chosen.cache.resolve())
    except Missing as missing:
        return {"status": "failed", "detail": str(missing)}
    runs: list[Row] = []
    while len(runs) < chosen.repeats and all(
        run["status"] == "done" and total_seconds(run) <= LONG_SECONDS for run in runs
    ):
        runs.append(answer_of("benchmarks.sparse", name, str(graph), seconds=chosen.peer_seconds, python=python))
    last = runs[-1]
    if last["status"] != "done":
        return last
    seconds = {phase: median_of(_phase(run, phase) for run in runs) for phase in ("build", "solve")}
    memory = median_of(float(str(run["peak_above_imports"])) for run in runs)
    return {**last, "seconds": seconds, "peak_above_imports": int(memory), "runs": len(runs)}


def total_seconds(row: Mapping[str, object]) -> float:
    """Return the seconds of all phases of a row."""
    seconds = row["seconds"]
    assert isinstance(seconds, dict)
    return float(sum(seconds.values()))


def _phase(row: Mapping[str, object], phase: str) -> float:
    seconds = row["seconds"]
    assert isinstance(seconds, dict)
    return float(seconds.get(phase, 0.0))


def _same_value(rows: Sequence[Row]) -> list[Row]:
    """Return rows of one graph; a program whose value is not that of the proven optimum has failed."""
    ours = next(row for row in rows if row["program"] == OURS)
    if ours["status"] != "done" or ours["bound"] != ours["value"]:
        return [{**row, "optimum": None} for row in rows]
    optimum = ours["value"]
    return [
        {**row, "optimum": optimum}
        if row.get("value", optimum) == optimum
        else {**row, "status": "failed", "detail": f"the value is {row['value']}, and the optimum is {optimum}"}
        for row in rows
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
