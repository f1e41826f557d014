"""One run of one program on one instance, in a process of its own; started by `benchmarks.peers`.

    python -m benchmarks.contender NAME INSTANCE ANSWER

INSTANCE is a folder with `scores.bin` (whole numbers of 16 bits, a row for each mentee, a column for each mentor, 0 for
pairs that are not allowed) and, for `mentor-match`, `mentees.csv` and `mentors.csv`. The answer is JSON. Nothing but
the standard library is imported before it is known who runs, since this also runs in other packages' environments.
"""

import csv
import json
import operator
import sys
from array import array
from collections.abc import Callable, Sequence
from math import isqrt
from pathlib import Path
from typing import Any

from benchmarks.measuring import STRATEGY, Stopwatch, peak_memory, settled_memory

Pairs = list[tuple[int, int]]
Run = Callable[[Path, Stopwatch], Pairs]

GRADES = ("AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4")
RECURSION = 100_000


class Refused(Exception):
    """The program says that it cannot do this instance."""


def read_scores(instance: Path) -> tuple[int, "array[int]"]:
    """Return how many mentees and mentors there are each, and the scores row by row."""
    scores = array("h", (instance / "scores.bin").read_bytes())
    return isqrt(len(scores)), scores


# taskmentor: its import, and its engine's, come before the clock and the memory mark


def exact() -> Run:
    """Match the forms themselves, scoring included; the others of ours are given the scores."""
    from benchmarks.civil_service import DAY, POLICY, organisation_of
    from benchmarks.instances import warm_up
    from taskmentor.matching.certificate import verify_solution
    from taskmentor.matching.ids import pool_of
    from taskmentor.matching.problem import daily_problem
    from taskmentor.matching.solution import solve
    from taskmentor.matching.strategies import available_strategies

    strategy = available_strategies()[STRATEGY]()
    warm_up(strategy)

    def run(instance: Path, watch: Stopwatch) -> Pairs:
        organisation = organisation_of(instance)
        with watch.phase("prepare"):
            problem = daily_problem(organisation, POLICY, on=DAY)
        with watch.phase("solve"):
            solution = solve(problem, strategy)
        watch.peak = peak_memory()
        if not (verdict := verify_solution(problem, solution)).ok:
            raise SystemExit(f"The answer is not lawful: {verdict}")
        watch.bound = solution.bound
        pool, ids = pool_of(problem), organisation.people.ids
        mentees, mentors = ids[pool.mentees[solution.request]], ids[pool.mentors[solution.mentor]]
        return [(_row(mentee), _row(mentor)) for mentee, mentor in zip(mentees.tolist(), mentors.tolist(), strict=True)]

    return run


def _row(person_id: str) -> int:
    return int(person_id.partition("-")[2])


def greedy() -> Run:
    from taskmentor.matching.greedy import Greedy

    return _taskmentor(Greedy())


def flow() -> Run:
    from ortools.graph.python import min_cost_flow  # noqa: F401

    from taskmentor.matching.flow import Flow

    return _taskmentor(Flow())


def flow_networkx() -> Run:
    import networkx as nx  # noqa: F401

    from taskmentor.matching.flow import Flow

    return _taskmentor(Flow(engine="networkx"))


def cpsat() -> Run:
    from ortools.sat.python import cp_model  # noqa: F401

    from taskmentor.matching.cpsat import CpSat

    return _taskmentor(CpSat(seconds=3_600))


def _taskmentor(strategy: Any) -> Run:
    import numpy as np

    from taskmentor.errors import UnsupportedError
    from taskmentor.matching.certificate import verify_solution
    from taskmentor.matching.problem import Problem
    from taskmentor.matching.solution import solve

    def run(instance: Path, watch: Stopwatch) -> Pairs:
        n, given = read_scores(instance)
        scores = np.frombuffer(given, np.int16).reshape(n, n)
        try:
            with watch.phase("solve"):
                problem = Problem.from_scores(scores, objective="score")
                solution = solve(problem, strategy)
        except UnsupportedError as refusal:
            raise Refused(str(refusal)) from refusal
        watch.peak = peak_memory()
        verdict = verify_solution(problem, solution)
        if not verdict.ok:
            raise SystemExit(f"The answer is not lawful: {verdict}")
        watch.bound = solution.bound
        return list(zip(solution.request.tolist(), solution.mentor.tolist(), strict=True))

    return run


# mentor-match


def mentor_match() -> Run:
    from matching.process import generate_match_matrix, match_and_assign_participants  # type: ignore[import-not-found]

    def run(instance: Path, watch: Stopwatch) -> Pairs:
        mentors, mentees = _civil_servants(instance)
        with watch.phase("prepare"):
            matches = generate_match_matrix(mentors, mentees, _civil_service_rules())
        with watch.phase("solve"):
            match_and_assign_participants(matches)
        place = {id(mentor): number for number, mentor in enumerate(mentors)}
        return [(row, place[id(mentor)]) for row, mentee in enumerate(mentees) for mentor in mentee.mentors]

    return run


def export_scores() -> Run:
    """Write the scores that mentor-match gives to the people of an instance; this is no contender."""
    from matching.process import generate_match_matrix

    def run(instance: Path, watch: Stopwatch) -> Pairs:
        mentors, mentees = _civil_servants(instance)
        scores = array("h", bytes(2 * len(mentors) * len(mentees)))
        # A mentor at a time, since the objects of all pairs take gigabytes.
        for column, mentor in enumerate(mentors):
            (row,) = generate_match_matrix([mentor], mentees, _civil_service_rules())
            scores[column :: len(mentors)] = array("h", [match.score for match in row])
        (instance / "scores.bin").write_bytes(scores.tobytes())
        return []

    return run


def _civil_servants(instance: Path) -> tuple[list[Any], list[Any]]:
    from matching.mentee import Mentee  # type: ignore[import-not-found]
    from matching.mentor import Mentor  # type: ignore[import-not-found]

    def read(name: str, kind: Any) -> list[Any]:
        with (instance / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
            people = []
            for row in csv.DictReader(lines):
                # People are told apart by `email` alone.
                person = kind(**{**row, "grade": GRADES.index(row["grade"]), "email": row["email address"]})
                person.characteristics = [part.strip() for part in row.get("characteristics", "").split(",")]
                person.wish = row.get("identity to match", "")
                people.append(person)
        return people

    return read("mentors", Mentor), read("mentees", Mentee)


def _civil_service_rules() -> list[Any]:
    """Return rules in mentor-match's own terms, with the points that its author's civil-service site uses."""
    from matching.rules.rule import Disqualify, Equivalent, Generic, Grade  # type: ignore[import-not-found]

    return [
        Disqualify(Equivalent("organisation").evaluate),
        Disqualify(Grade(2, operator.gt).evaluate),
        Disqualify(Grade(0, operator.le).evaluate),
        Grade(2, operator.eq, {True: 12, False: 0}),
        Grade(1, operator.eq, {True: 9, False: 0}),
        Equivalent("profession", {True: 10, False: 0}),
        Generic({True: 6, False: 0}, lambda m: bool(m.mentee.wish) and m.mentee.wish in m.mentor.characteristics),
    ]


# matching


def matching() -> Run:
    from matching.games import HospitalResident  # type: ignore[import-not-found]

    sys.setrecursionlimit(RECURSION)

    def run(instance: Path, watch: Stopwatch) -> Pairs:
        n, scores = read_scores(instance)
        with watch.phase("prepare"):
            mentees, mentors = _preferences(n, scores)
            game = HospitalResident.create_from_dictionaries(mentees, mentors, dict.fromkeys(mentors, 1))
        with watch.phase("solve"):
            solved = game.solve()
        return [(mentee.name, mentor.name - n) for mentor, served in solved.items() for mentee in served]

    return run


def _preferences(n: int, scores: "array[int]") -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return whom each mentee (0 to n - 1) and each mentor (from n on) prefers: higher scores, then lower places."""

    def ranked(row: "array[int]", offset: int) -> list[int]:
        return [place + offset for place in sorted(range(n), key=lambda place: (-row[place], place)) if row[place] > 0]

    mentees = {place: ranked(scores[place * n : (place + 1) * n], n) for place in range(n)}
    mentors = {place + n: ranked(scores[place::n], 0) for place in range(n)}
    return {k: v for k, v in mentees.items() if v}, {k: v for k, v in mentors.items() if v}


CONTENDERS: dict[str, Callable[[], Run]] = {
    "exact": exact,
    "flow": flow,
    "greedy": greedy,
    "cpsat": cpsat,
    "flow-networkx": flow_networkx,
    "mentor-match": mentor_match,
    "matching": matching,
    "export-scores": export_scores,
}


def measured(name: str, instance: Path) -> dict[str, object]:
    """Return the answer of one contender with its seconds and its memory above that of its imports."""
    run = CONTENDERS[name]()
    before, watch = settled_memory(), Stopwatch(aloud=True)
    try:
        pairs = run(instance, watch)
    except Refused as refusal:
        return {"status": "refused", "detail": str(refusal)}
    return {
        "status": "done",
        "seconds": watch.seconds,
        "peak_bytes": max((watch.peak or peak_memory()) - before, 0),
        "bound": watch.bound,
        "pairs": pairs,
    }


def main(arguments: Sequence[str]) -> None:
    name, instance, answer = arguments
    Path(answer).write_text(json.dumps(measured(name, Path(instance))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
