"""The civil-service forms as they are, under their own wishes, beside mentor-match: `python -m benchmarks.forms`.

Fifty mentees and fifty mentors. An identity counts as a wish where the mentee also said yes to being matched by it, for
every program. Each plan is scored with the points that mentor-match itself gives, and looked through for pairs that its
rules do not allow. The environment of mentor-match is made once, as `benchmarks.peers` does.
"""

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve

from benchmarks.civil_service import DAY, POLICY, WISHES, consented_wish, forms, organisation_of, traits
from benchmarks.contender import read_scores
from benchmarks.measuring import ROOT, markdown_table, origin, record, write_block
from benchmarks.peers import ENVIRONMENTS, data_folder
from benchmarks.processes import CACHE, Missing, answer_of, environment
from taskmentor.matching.blocking import blocking_pairs
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.exact import Exact
from taskmentor.matching.ids import pool_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.solution import Strategy, solve
from taskmentor.matching.stable import Stable

PAGE = ROOT / "docs" / "benchmarks" / "civil-service.md"
OURS: Mapping[str, tuple[Strategy, Policy]] = {
    "`Exact()`, best score": (Exact(), POLICY),
    "`Exact()`, most requests, then score": (Exact(), evolve(POLICY, objective="requests-then-score")),
    "`Exact()`, most requests, score, wishes": (Exact(), evolve(WISHES, wishes="after-score")),
    "`Exact()`, most requests, wishes, score": (Exact(), WISHES),
    "`Stable()`, by the same points": (Stable(), POLICY),
}
THEIRS = ENVIRONMENTS["mentor-match"][0].replace("==", " ")
HEAD = ("plan", "matched", "score", "wishes met", "pairs not allowed", "blocking pairs", "gap")
Pairs = Sequence[tuple[int, int]]


def instance_of(data: Path, cache: Path, python: Path) -> Path:
    """Return the folder of the instance: the forms, wishes without a yes left out, and the points of mentor-match.

    Raises:
        Missing: If the forms are not there or mentor-match cannot score them.
    """
    folder = cache / "instances" / "forms"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("mentees", "mentors"):
        if not (source := data / "small" / f"{name}.csv").is_file():
            raise Missing(f"There is no {name}.csv below 'mentor_match'; TASKMENTOR_DATA names the folder to look in.")
        rows = forms(source)
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as lines:
            writer = csv.DictWriter(lines, list(rows[0]))
            writer.writeheader()
            for row in rows:
                wish = {"identity to match": consented_wish(row)} if name == "mentees" else {}
                writer.writerow({**row, **wish})
    exported = answer_of("benchmarks.contender", "export-scores", str(folder), python=python)
    if exported["status"] != "done":
        raise Missing(f"mentor-match could not compute the scores: {exported['detail']}")
    return folder


def judged(instance: Path, pairs: Pairs) -> dict[str, object]:
    """Return what a plan is worth by the points of mentor-match and by the forms, reckoned without taskmentor."""
    n, scores = read_scores(instance)
    mentees, mentors = (forms(instance / f"{name}.csv") for name in ("mentees", "mentors"))
    points = [scores[mentee * n + mentor] for mentee, mentor in pairs]
    return {
        "matched": len(pairs),
        "score": sum(points),
        "wishes_met": sum(consented_wish(mentees[mentee]) in traits(mentors[mentor]) for mentee, mentor in pairs),
        "not_allowed": points.count(0) + 2 * len(pairs) - len({i for i, _ in pairs}) - len({j for _, j in pairs}),
    }


def ours(instance: Path, strategy: Strategy, policy: Policy) -> tuple[Pairs, dict[str, object]]:
    """Return the pairs of a plan of ours, verified, and what is known of it."""
    organisation = organisation_of(instance)
    problem = daily_problem(organisation, policy, on=DAY)
    solution = solve(problem, strategy)
    if not (verdict := verify_solution(problem, solution)).ok:
        raise SystemExit(f"The answer is not lawful: {verdict}")
    pool, ids = pool_of(problem), organisation.people.ids
    people = zip(ids[pool.mentees[solution.request]].tolist(), ids[pool.mentors[solution.mentor]].tolist(), strict=True)
    pairs = [(int(mentee.partition("-")[2]), int(mentor.partition("-")[2])) for mentee, mentor in people]
    return pairs, {"gap": solution.gap, "blocking": blocking_pairs(problem, solution).n}


def compare(instance: Path, python: Path) -> list[dict[str, object]]:
    """Return one row for each plan.

    Raises:
        Missing: If mentor-match gave no plan.
    """
    found = answer_of("benchmarks.contender", "mentor-match", str(instance), python=python)
    if found["status"] != "done":
        raise Missing(f"mentor-match could not match the forms: {found['detail']}")
    pairs = found["pairs"]
    assert isinstance(pairs, list)
    rows = [{"plan": THEIRS, **judged(instance, pairs), "gap": None, "blocking": None}]
    for title, (strategy, policy) in OURS.items():
        pairs, known = ours(instance, strategy, policy)
        rows.append({"plan": title, **judged(instance, pairs), **known})
    return rows


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as a table in Markdown."""
    keys = ("matched", "score", "wishes_met", "not_allowed", "blocking", "gap")
    cells = [[str(row["plan"]), *("" if row[key] is None else f"{row[key]:,}" for key in keys)] for row in rows]
    return markdown_table(HEAD, cells)


def about(row: Mapping[str, object]) -> str:
    """Return when and with which versions the rows were made, in one sentence."""
    return f"Made at {row['measured_at']}, commit {row['commit']}, with {', '.join(ENVIRONMENTS['mentor-match'])}."


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where environments and instances are kept")
    parser.add_argument("--record", action="store_true", help="add the rows to benchmarks/results and to the docs")
    chosen = parser.parse_args(arguments)
    cache = chosen.cache.resolve()
    try:
        python = environment("mentor-match", ENVIRONMENTS["mentor-match"], cache)
        rows = compare(instance_of(data_folder(), cache, python), python)
    except Missing as missing:
        raise SystemExit(str(missing)) from missing
    rows = [{**row, **origin(["taskmentor", "numpy"])} for row in rows]
    print(table(rows), "", about(rows[0]), "", *(json.dumps(row, sort_keys=True) for row in rows), sep="\n")
    if chosen.record:
        record("forms", rows)
        write_block(PAGE, "forms", f"{table(rows)}\n\n{about(rows[0])}")


if __name__ == "__main__":
    main(sys.argv[1:])
