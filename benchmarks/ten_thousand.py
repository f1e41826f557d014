"""From an invented organisation to a verified plan, phase by phase: `python -m benchmarks.ten_thousand`.

Prints a table and, last, one JSON object. Ends with an error unless the plan is proven optimal.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from benchmarks.measuring import MIB, ROOT, Stopwatch, markdown_table, origin, peak_memory, record, write_block
from taskmentor import programmes, synthetic
from taskmentor.matching.certificate import verify
from taskmentor.matching.flow import Flow
from taskmentor.matching.plan import certificate_of, plan_of
from taskmentor.matching.problem import Problem
from taskmentor.matching.requests import open_requests
from taskmentor.matching.solution import Status, solve
from taskmentor.proficiency import confirmed_proficiency, gaps
from taskmentor.synthetic import DAY

WANTED_SECONDS = 15.0
WANTED_MIB = 1536.0
PAGE = ROOT / "docs" / "benchmarks" / "first-table.md"


def measure(n_people: int, *, seed: int, places_per_request: float) -> dict[str, object]:
    """Return what one run took and found."""
    watch, programme = Stopwatch(), programmes.task_based()
    policy = programme.policy
    with watch.phase("generate"):
        organisation = synthetic.organisation(n_people, seed=seed, places_per_request=places_per_request)
    with watch.phase("gaps"):
        found = gaps(organisation, on=DAY, policy=policy.proficiency)
    with watch.phase("requests"):
        known = confirmed_proficiency(organisation, on=DAY, policy=policy.proficiency)
        asked = open_requests(organisation, known, on=DAY, per_person=policy.requests_per_person)
    with watch.phase("problem"):
        problem = Problem.build(organisation, asked, policy, on=DAY, salt=str(seed), proficiency=known)
    with watch.phase("solve"):
        solution = solve(problem, Flow())
    with watch.phase("plan"):
        plan = plan_of(problem, solution, seed=seed, policy=policy.describe(), versions={})
        certificate = certificate_of(problem, solution)
    with watch.phase("verify"):
        verdict = verify(organisation, programme, plan, certificate)
    if not verdict.ok or verdict.status != "optimal" or solution.status is not Status.OPTIMAL:
        raise SystemExit(f"The plan is not proven optimal: {verdict}")
    return {
        "people": n_people,
        "seed": seed,
        "places_per_request": places_per_request,
        "gaps": len(found),
        "requests": problem.n_requests,
        "places": int(problem.capacity.sum()),
        "qualified_pairs": problem.n_qualified(),
        "matched": solution.n_matched,
        "score": solution.score,
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "verdict": verdict.status,
        "method": verdict.method,
        "seconds": {name: round(seconds, 4) for name, seconds in watch.seconds.items()},
        "seconds_without_generate": round(sum(watch.seconds.values()) - watch.seconds["generate"], 4),
        "peak_mib": round(peak_memory() / MIB, 1),
    }


def table(row: dict[str, object]) -> str:
    """Return a run as a table in Markdown."""
    seconds = row["seconds"]
    assert isinstance(seconds, dict)
    counts = ("people", "gaps", "requests", "places", "qualified_pairs", "matched", "score", "value", "bound", "gap")
    lines = [(f"{name.replace('_', ' ')}", f"{row[name]:,}") for name in counts]
    lines += [(f"{name}, s", f"{spent:.3f}") for name, spent in seconds.items()]
    lines += [
        ("all but generate, s", f"{row['seconds_without_generate']:.2f} (wanted: {WANTED_SECONDS:.0f} or less)"),
        ("peak memory, MiB", f"{row['peak_mib']:,.0f} (wanted: {WANTED_MIB:,.0f} or less)"),
        ("verdict", f"{row['verdict']}, by {row['method']}"),
    ]
    return markdown_table(("what", "figure"), lines)


def about(row: dict[str, object]) -> str:
    """Return when, where and with which versions a row was measured, as a sentence."""
    versions = row["versions"]
    assert isinstance(versions, dict)
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    return f"Measured at {row['measured_at']}, commit {row['commit']}, on {row['machine']}; {named}."


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--places", type=float, default=synthetic.SCARCE, help="places for each request")
    parser.add_argument("--record", action="store_true", help="add the run to benchmarks/results and to the docs")
    chosen = parser.parse_args(arguments)
    row = measure(chosen.people, seed=chosen.seed, places_per_request=chosen.places)
    row |= origin(["taskmentor", "numpy", "ortools"])
    print(table(row), end="\n\n")
    print(json.dumps(row, sort_keys=True))
    if chosen.record:
        record("ten_thousand", [row])
        write_block(PAGE, "ten-thousand", f"{table(row)}\n\n{about(row)}")


if __name__ == "__main__":
    main(sys.argv[1:])
