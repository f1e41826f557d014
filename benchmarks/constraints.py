"""Plans under constraints: how soon, how near to what is possible, and in how much memory, by constraint and size.

    python -m benchmarks.constraints --people 1000 10000 --record

Each case is a process of its own, whose kernels are loaded before its clock starts, and each plan is verified. The
gap is the proven one; where a solver's word is part of it, the gap that prices alone prove stands beside it.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter, process_time

from attrs import evolve

from benchmarks.instances import POLICY, organisation_of, policy_of, warm_up
from benchmarks.measuring import MIB, RESULTS, ROOT, markdown_table, origin, peak_memory, record, write_block
from taskmentor.errors import TaskmentorError
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.constraints import (
    Constraint,
    LeastShare,
    MentorHours,
    MentorLoad,
    OncePerPair,
    Reciprocity,
    TeachLearnCycles,
    UnitQuota,
)
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.milp import Milp
from taskmentor.matching.multipliers import Multipliers
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.solution import Strategy
from taskmentor.models.organisation import Organisation
from taskmentor.synthetic import DAY

__all__ = ["CASES", "PAGE", "main", "measured", "table"]

PAGE = ROOT / "docs" / "benchmarks" / "constraints.md"
NAME = "constraints"
Row = Mapping[str, object]


def hours(organisation: Organisation) -> MentorHours:
    """Return requests of 4 to 12 hours, by skill, and 8 hours for each place."""
    lengths = {str(skill): 4 + number % 9 for number, skill in enumerate(organisation.model.skill_ids)}
    return MentorHours(each=8, by_skill=lengths, per_place=8)


def quota(organisation: Organisation) -> UnitQuota:
    """Return a ceiling for the mentors of each department that the large ones reach."""
    return UnitQuota(at_most=max(1, len(organisation.people) // 60))


def _constraints(organisation: Organisation) -> Mapping[str, tuple[Constraint, ...]]:
    share = LeastShare(percent=30, same=True)
    return {
        "none": (),
        "hours": (hours(organisation),),
        "pair once": (OncePerPair(),),
        "share": (share,),
        "quota": (quota(organisation),),
        "load": (MentorLoad(at_most=2),),
        "reciprocity": (Reciprocity(),),
        "cycles": (TeachLearnCycles(),),
        "hours, pair once, share, quota": (hours(organisation), OncePerPair(), share, quota(organisation)),
        "pair once, share, quota": (OncePerPair(), share, quota(organisation)),
    }


_FIRST = ", requests first"
"""Cases that end so are solved for the most requests first, and then the best score; others for the score alone."""

CASES = ("none", "hours", f"hours{_FIRST}", "pair once", "share", "quota", "load", "reciprocity", "cycles",
         "hours, pair once, share, quota", f"hours, pair once, share, quota{_FIRST}",
         "pair once, share, quota")  # fmt: skip


def strategy_of(name: str, seconds: float) -> Strategy:
    """Return a strategy by name, with a limit of time."""
    strategies: Mapping[str, Strategy] = {
        "milp": Milp(seconds=seconds),
        "cpsat": CpSat(seconds=seconds),
        "multipliers": Multipliers(strategy=Exact(), rounds=200, seconds=seconds, gap_ppm=20),
    }
    return strategies[name]


def measured(case: str, *, people: int, strategy: str, seconds: float, seed: int) -> dict[str, object]:
    """Return what one run gives, verified."""
    organisation = organisation_of("scarce", people, seed=seed)
    objective: Objective = "requests-then-score" if case.endswith(_FIRST) else "score"
    constraints = _constraints(organisation)[case.removesuffix(_FIRST)]
    policy = evolve(policy_of(str(POLICY), "scarce", objective), constraints=constraints)
    solver = strategy_of(strategy, seconds)
    row: dict[str, object] = {"case": case, "people": people, "strategy": strategy, "limit": seconds, "seed": seed}
    try:
        warm_up(Exact())
        problem = daily_problem(organisation, policy, on=DAY)
        begin, worked = perf_counter(), process_time()
        found = solver(problem)
        took, worked = perf_counter() - begin, process_time() - worked
    except TaskmentorError as error:
        return row | {"refused": str(error)}
    verdict = verify_solution(problem, found, method="oracle" if people > 30_000 else "all pairs")
    if not verdict.ok:
        raise AssertionError(verdict.faults)
    return row | {
        "requests": problem.n_requests,
        "pairs": problem.n_qualified(),
        "matched": found.n_matched,
        "seconds": round(took, 1),
        "processor_seconds": round(worked, 1),
        "status": str(found.status),
        "proof": found.proof,
        "value": found.value,
        "bound": found.bound,
        "gap_per_cent": round(100 * found.gap / max(found.bound, 1), 4),
        "priced_gap_per_cent": round(100 * (found.priced - found.value) / max(found.priced, 1), 4),
        "mib": round(peak_memory() / MIB),
        "checked_by": verdict.method,
    }


def apart(chosen: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Measure each case in a process of its own."""
    for people in chosen.people:
        for case in chosen.cases:
            for strategy in chosen.strategies:
                one = [case, str(people), strategy, str(chosen.seconds), str(chosen.seed)]
                command = [sys.executable, "-m", "benchmarks.constraints", "--one", *one]
                done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
                if done.returncode:
                    raise AssertionError(done.stderr)
                yield json.loads(done.stdout.splitlines()[-1])


def table(rows: Sequence[Row]) -> str:
    """Return measurements as a table in Markdown."""
    header = ("people", "constraints", "strategy", "served", "gap, %", "proven by", "gap by prices, %", "seconds",
              "processor seconds", "MiB")  # fmt: skip
    return markdown_table(header, [_cells(row) for row in rows])


def _cells(row: Row) -> list[str]:
    first = [f"{row['people']:,}", str(row["case"]), str(row["strategy"])]
    if "refused" in row:
        return [*first, str(row["refused"]), *[""] * 6]
    keys = ("gap_per_cent", "proof", "priced_gap_per_cent", "seconds", "processor_seconds", "mib")
    return [*first, f"{row['matched']:,}", *(str(row[key]) for key in keys)]


def newest() -> list[Row]:
    """Return the last recorded run of each case, size and strategy, smallest first."""
    lines = (RESULTS / f"{NAME}.jsonl").read_text(encoding="utf-8").splitlines()
    found = {(row["people"], CASES.index(row["case"]), row["strategy"]): row for row in map(json.loads, lines)}
    return [found[key] for key in sorted(found)]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", nargs="+", type=int, default=[1_000])
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--strategies", nargs="+", choices=("milp", "cpsat", "multipliers"), default=["milp"])
    parser.add_argument("--seconds", type=float, default=60.0, help="limit of time of the strategy")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="add the runs to benchmarks/results and to the docs")
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.one:
        case, people, strategy, seconds, seed = chosen.one
        row = measured(case, people=int(people), strategy=strategy, seconds=float(seconds), seed=int(seed))
        print(json.dumps(row))
        return
    for row in apart(chosen):
        print(json.dumps(row), flush=True)
        if chosen.record:
            record(NAME, [row | origin(["taskmentor", "numpy", "ortools", "highspy"])])
            write_block(PAGE, NAME, table(newest()))


if __name__ == "__main__":
    main(sys.argv[1:])
