"""A round matched again after a few people changed: `python -m benchmarks.rematch`.

The same organisation is matched, a share of its people changes (a quarter leaves, a quarter each has other places as
mentor, another limit as mentee, or another department), and it is matched again. Value and bound must be the same from
either start before any time is written down, and every plan is verified.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from os import getloadavg
from time import perf_counter

import numpy as np
from attrs import evolve, frozen
from numpy.random import default_rng
from numpy.typing import NDArray

from benchmarks.instances import POLICY, organisation_of, policy_of, warm_up
from benchmarks.measuring import RESULTS, ROOT, markdown_table, median_of, origin, record, write_block
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.exact import Exact
from taskmentor.matching.ids import find_mentors, find_requests
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Solution, Strategy, solve
from taskmentor.matching.start import PlanStart
from taskmentor.models.organisation import Organisation
from taskmentor.programmes import Programme, task_based
from taskmentor.rematching import Rematch, rematch
from taskmentor.rematching.matching_again import USUAL_BONUS
from taskmentor.rounds import Round, match
from taskmentor.synthetic import DAY

__all__ = ["Changed", "changed", "measure", "tables"]

Row = Mapping[str, object]
PAGE = ROOT / "docs" / "benchmarks" / "rematch.md"
NAME = "rematch"
BONUSES = (1, 10, 50)
"""What a pair in place is worth, in points."""


@frozen(eq=False)
class Changed:
    """An organisation in which a few people changed, and who they are.

    Attributes:
        organisation: The organisation.
        people: Which people changed. Shape (n_people,).
    """

    organisation: Organisation
    people: NDArray[np.bool_]


def changed(whole: Organisation, share: float, *, seed: int) -> Changed:
    """Return an organisation in which a share of the people left, or has other places, limits or departments."""
    rng, people = default_rng([171, seed]), whole.people
    order = rng.permutation(len(people))[: round(share * len(people))]
    left, offering, learning, moved = (order[start::4] for start in range(4))
    left_on, capacity, limit = people.left_on.copy(), people.capacity.copy(), people.mentee_limit.copy()
    department = people.department.codes.copy()
    left_on[left] = np.datetime64(DAY) - np.timedelta64(1, "D")
    for column, rows in ((capacity, offering), (limit, learning)):
        column[rows] = np.maximum(column[rows] + rng.choice([-1, 1], len(rows)), 0)
    department[moved] = rng.integers(0, len(people.department.labels), len(moved))
    after = evolve(
        people,
        left_on=left_on,
        capacity=capacity,
        mentee_limit=limit,
        department=evolve(people.department, codes=department),
    )
    touched = np.zeros(len(people), np.bool_)
    touched[order] = True
    return Changed(evolve(whole, people=after), touched)


def measure(n_people: int, share: float, *, seed: int, repeats: int) -> Row:
    """Return what it takes to match again, and what stays."""
    programme = task_based(policy=policy_of(str(POLICY), "scarce", None))
    whole = organisation_of("scarce", n_people, seed=seed)
    before = match(whole, programme, on=DAY, strategy=Exact(), seed=seed)
    later = changed(whole, share, seed=seed)
    start = Exact(start=PlanStart(before.plan, before.certificate))
    begin = perf_counter()
    problem = daily_problem(later.organisation, programme.policy, on=DAY, seed=seed)
    seconds = {"problem": perf_counter() - begin}
    found: dict[str, Solution] = {}
    for name, strategy in (("nothing", Exact()), ("plan", start)):
        solve(problem, strategy)  # reads machine code from disk, which is done once in a process
        seconds[name], found[name] = _timed(problem, strategy, repeats)
    if (found["plan"].value, found["plan"].bound) != (found["nothing"].value, found["nothing"].bound):
        raise SystemExit(f"two starts give two values: {found}")
    kept = {name: _kept(before, problem, later, solution) for name, solution in found.items()}
    anew, gentle = _whole(before, later.organisation, programme, seconds)
    for bonus, again in gentle.items():
        kept[f"bonus {bonus}"] = _kept(before, again.round.problem, later, again.round.solution)
    return {
        "people": n_people,
        "seed": seed,
        "share": share,
        "changed": int(later.people.sum()),
        "requests": problem.n_requests,
        "pairs": len(before.plan),
        "value": found["plan"].value,
        "gap": found["plan"].gap,
        "seconds": {name: round(one, 3) for name, one in seconds.items()},
        "kept": kept,
        "score": anew.plan.claims.score,
        "scores": {f"bonus {bonus}": _score(again.round) for bonus, again in gentle.items()},
        "differences": {f"bonus {bonus}": again.difference.counts() for bonus, again in gentle.items()},
    }


def _timed(problem: Problem, strategy: Strategy, repeats: int) -> tuple[float, Solution]:
    times = []
    for _ in range(repeats):
        begin = perf_counter()
        solution = solve(problem, strategy)
        times.append(perf_counter() - begin)
    if not (verdict := verify_solution(problem, solution, method="oracle")).ok or solution.gap:
        raise SystemExit(f"The answer is not lawful, or not the best: {verdict}")
    return median_of(times), solution


def _whole(
    before: Round, later: Organisation, programme: Programme, seconds: dict[str, float]
) -> tuple[Round, dict[int, Rematch]]:
    """Return a match and a rematch for each bonus, from tables to verified plans, and write down what each takes."""
    begin = perf_counter()
    anew = match(later, programme, on=DAY, strategy=Exact(), seed=before.plan.claims.seed)
    seconds["match"] = perf_counter() - begin
    gentle = {}
    for bonus in BONUSES:
        begin = perf_counter()
        gentle[bonus] = rematch(before, later, programme, on=DAY, bonus=bonus)
        seconds[f"rematch {bonus}"] = perf_counter() - begin
    begin = perf_counter()
    held = rematch(before, later, programme, on=DAY, keep="all")
    seconds["rematch all"] = perf_counter() - begin
    if any(plan.claims.gap for plan in (anew.plan, held.round.plan, *(again.round.plan for again in gentle.values()))):
        raise SystemExit("A plan is not the best one.")
    return anew, gentle


def _score(round_: Round) -> int:
    """Return the score of a plan without what pairs in place count."""
    return int(round_.plan.parts[:, [name != "in-place" for name in round_.plan.scorers]].sum())


def _untouched(before: Round, later: Changed) -> NDArray[np.intp]:
    """Return the rows of the published plan whose two people have not changed."""
    people = later.organisation.people
    sides = (before.plan.mentee_id, before.plan.mentor_id)
    return np.flatnonzero(~np.logical_or(*(later.people[people.codes(side.tolist())] for side in sides)))


def _kept(before: Round, problem: Problem, later: Changed, solution: Solution) -> float:
    """Return the share of the untouched published pairs that a solution has."""
    rows, plan = _untouched(before, later), before.plan
    request = find_requests(problem, plan.mentee_id[rows], plan.skill_id[rows])
    mentor = find_mentors(problem, plan.mentor_id[rows])
    mentor_of = np.full(problem.n_requests + 1, -1)
    mentor_of[solution.request] = solution.mentor
    return round(float((mentor_of[request] == mentor).mean()), 5)


def tables(rows: Sequence[Row]) -> str:
    """Return the rows as two tables in Markdown: what it takes, and what stays."""
    cells, stays, names = [], [], [f"bonus {bonus}" for bonus in BONUSES]
    for row in rows:
        seconds, kept = row["seconds"], row["kept"]
        assert isinstance(seconds, dict)
        assert isinstance(kept, dict)
        of = (f"{row['people']:,}", f"{row['share']:.1%}")
        times = [f"{seconds[name]:.2f}" for name in ("problem", "nothing", "plan")]
        whole = [_told(seconds, name, ".2f") for name in ("match", f"rematch {USUAL_BONUS}", "rematch all")]
        cells.append([*of, *times, f"{seconds['nothing'] / seconds['plan']:.1f}", *whole, str(row["gap"])])
        shares = [_told(kept, name, ".2%") for name in ("nothing", "plan", *names)]
        scores = row["scores"]
        assert isinstance(scores, dict)
        lost = [
            _told({one: 1 - score / int(str(row["score"])) for one, score in scores.items()}, name, ".4%")
            for name in names
        ]
        stays.append([*of, f"{row['pairs']:,}", *shares, *lost])
    takes = ("people", "changed", "problem, s", "from nothing, s", "from the plan, s", "times faster")
    in_all = ("`match` in all, s", "`rematch` in all, s", '`rematch(keep="all")` in all, s')
    first = markdown_table([*takes, *in_all, "gap"], cells)
    stay = ["people", "changed", "published pairs", "from nothing", "from the plan", *names]
    second = markdown_table([*stay, *(f"score lost, {name}" for name in names)], stays)
    return f"{first}\n\n{second}"


def _told(figures: Mapping[str, float], name: str, form: str) -> str:
    """Return a figure as text, a dash where an older run has not measured it."""
    return format(figures[name], form) if name in figures else "-"


def _about(row: Row) -> str:
    versions = row["versions"]
    assert isinstance(versions, dict)
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    load = f", load average before it {row['load']}" if "load" in row else ""
    return f"Measured {str(row['measured_at'])[:10]}, commit {row['commit']}, on {row['machine']}{load}; {named}."


def write_page() -> None:
    """Make the tables of the page anew from the newest recorded run of each size and share."""
    newest: dict[tuple[object, ...], Row] = {}
    for line in (RESULTS / f"{NAME}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        newest[row["people"], row["share"], row["seed"]] = row
    rows = [newest[key] for key in sorted(newest, key=str)]
    write_block(PAGE, NAME, "\n\n".join([tables(rows), *dict.fromkeys(map(_about, rows))]))


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[100_000])
    parser.add_argument("--shares", type=float, nargs="+", default=[0.001, 0.01])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=3, help="how often each solve is timed; the median counts")
    parser.add_argument("--record", action="store_true", help="add the rows to benchmarks/results and to the docs")
    chosen = parser.parse_args(arguments)
    about = {"load": round(getloadavg()[0], 1), **origin(["taskmentor", "numpy", "numba"])}
    warm_up(Exact())
    for n_people in chosen.people:
        for share in chosen.shares:
            measured = measure(n_people, share, seed=chosen.seed, repeats=chosen.repeats)
            row = {**measured, **about}
            print(json.dumps(row, sort_keys=True), flush=True)
            if chosen.record:
                record(NAME, [row])
                write_page()


if __name__ == "__main__":
    main(sys.argv[1:])
