"""The benchmarks of the first table: they run, and say nothing that is not so."""

import csv
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from benchmarks import measuring, peers
from benchmarks.civil_service import DAY, GRADES, POLICY, organisation_of
from benchmarks.processes import Missing
from taskmentor.matching.ids import pool_of
from taskmentor.matching.problem import daily_problem
from tests.data import REPOSITORY

Form = Mapping[str, str]
SIZE = 16


def run_benchmark(name: str, *arguments: str) -> dict[str, object]:
    """Run a benchmark at a size that costs nothing, and return the JSON object that it prints last."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_the_benchmark_of_the_start_measures_numpy_too() -> None:
    ratio = run_benchmark("start", "--repeats", "1")["ratio_to_numpy"]
    assert isinstance(ratio, dict)
    assert ratio["numpy"] == 1


def forms_of(rng: Generator, kind: str, n: int) -> list[Form]:
    """Return forms with everything that the rules look at, empty cells among them."""

    def any_of(*choices: str) -> str:
        return choices[int(rng.integers(len(choices)))]

    own: Mapping[str, Mapping[str, tuple[str, ...]]] = {
        "mentees": {"identity to match": ("", "left-handed", "tall")},
        "mentors": {"characteristics": ("", "tall", "left-handed, tall", "short,left-handed")},
    }
    return [
        {
            "grade": GRADES[int(rng.integers(3 if kind == "mentees" else 6))],
            "organisation": any_of("Joy", "Love", "Virtue"),
            "profession": any_of("", "Policy", "Security"),
            **{column: any_of(*choices) for column, choices in own[kind].items()},
        }
        for _ in range(n)
    ]


def points(mentee: Form, mentor: Form) -> int:
    """Return the points of a pair by the rules of the civil service's site, 0 where it is not allowed."""
    steps = GRADES.index(mentor["grade"]) - GRADES.index(mentee["grade"])
    if mentee["organisation"] == mentor["organisation"] or steps not in {1, 2}:
        return 0
    wish = mentee["identity to match"]
    wished = bool(wish) and wish in [part.strip() for part in mentor["characteristics"].split(",")]
    return {2: 12, 1: 9}[steps] + 10 * (mentee["profession"] == mentor["profession"]) + 6 * wished


@pytest.fixture
def forms() -> dict[str, list[Form]]:
    rng = default_rng(7)
    return {kind: forms_of(rng, kind, SIZE) for kind in ("mentees", "mentors")}


@pytest.fixture
def instance(tmp_path: Path, forms: dict[str, list[Form]]) -> Path:
    """Return an instance of some mentees and mentors, many of whose pairs are not allowed."""
    for kind, rows in forms.items():
        with (tmp_path / f"{kind}.csv").open("w", newline="", encoding="utf-8") as lines:
            writer = csv.DictWriter(lines, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    scores = [[points(mentee, mentor) for mentor in forms["mentors"]] for mentee in forms["mentees"]]
    (tmp_path / "scores.bin").write_bytes(np.array(scores, np.int16).tobytes())
    return tmp_path


def test_the_policy_of_the_forms_gives_the_points_of_the_site(instance: Path, forms: dict[str, list[Form]]) -> None:
    """Would be broken: the identical scores, on which a comparison rests."""
    organisation = organisation_of(instance)
    problem = daily_problem(organisation, POLICY, on=DAY)
    pool, ids = pool_of(problem), organisation.people.ids
    (pairs,) = problem.pairs()
    scores = problem.score(pairs.request, pairs.mentor, pairs.level)
    found = {
        (str(ids[pool.mentees[request]]), str(ids[pool.mentors[mentor]])): score
        for request, mentor, score in zip(*(c.tolist() for c in (pairs.request, pairs.mentor, scores)), strict=True)
    }
    expected = {
        (f"mentee-{row}", f"mentor-{column}"): points(mentee, mentor)
        for row, mentee in enumerate(forms["mentees"])
        for column, mentor in enumerate(forms["mentors"])
    }
    assert found == {pair: score for pair, score in expected.items() if score}
    assert set(found.values()) >= {9, 12, 15, 18, 19, 22}


def test_contenders_are_compared_on_the_same_scores(instance: Path) -> None:
    rows = peers.compare(SIZE, peers.OURS, instance, cache=instance, seconds=120, repeats=1)
    assert [row["status"] for row in rows] == ["done"] * len(peers.OURS), rows
    by_name = {row["program"]: row for row in rows}
    exact = {by_name[name]["score"] for name in ("exact", "flow", "cpsat", "flow-networkx")}
    assert exact == {by_name["greedy"]["optimum"]}
    text = peers.table(rows)
    assert text.count("100.00 %") >= 3
    assert len(text.splitlines()) == 2 + len(peers.OURS)


def test_a_contender_that_takes_too_long_or_breaks_is_reported_as_such(instance: Path) -> None:
    late = peers.run("flow", instance, python=Path(sys.executable), seconds=0.01)
    assert late["status"] == "time-out"
    broken = peers.run("matching", instance, python=Path(sys.executable), seconds=120)
    assert broken["status"] == "failed"
    assert "matching" in str(broken["detail"])
    rows = [{"size": SIZE, "program": "flow", **late}, {"size": SIZE, "program": "matching", **broken}]
    assert "| time-out |" in peers.table(rows)
    assert "| failed: " in peers.table(rows)


@pytest.mark.parametrize("pairs", [[(0, 1), (0, 2)], [(0, 1), (1, 1)], [(0, 99)], [(-1, 0)], [(0, 0)]])
def test_an_unlawful_answer_has_no_time(instance: Path, pairs: list[tuple[int, int]]) -> None:
    scores = np.ones((SIZE, SIZE), np.int16)
    scores[0, 0] = 0
    (instance / "scores.bin").write_bytes(scores.tobytes())
    found: dict[str, object] = {"status": "done", "pairs": pairs, "seconds": {"solve": 1}, "peak_bytes": 1}
    assert peers.checked(found, instance)["status"] == "failed"


def test_forms_are_resampled_by_seed_and_keep_apart_people(tmp_path: Path) -> None:
    (tmp_path / "forms.csv").write_text("grade,email address\nAA,a@example.com\nEO,b@example.com\n", encoding="utf-8")
    drawn = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        peers.resample(tmp_path / "forms.csv", tmp_path / name / "mentees.csv", 9, "0 mentees")
        drawn.append((tmp_path / name / "mentees.csv").read_text(encoding="utf-8"))
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0].splitlines())) == 10


def test_missing_forms_are_named(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"There is no mentees\.csv.*TASKMENTOR_DATA"):
        peers.instance_of(9, seed=0, data=tmp_path, cache=tmp_path)


def test_a_table_replaces_what_stands_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- one: begin -->\nold\n<!-- one: end -->\nafter\n", encoding="utf-8")
    measuring.write_block(page, "one", "new")
    assert page.read_text(encoding="utf-8") == "before\n<!-- one: begin -->\n\nnew\n\n<!-- one: end -->\nafter\n"
    with pytest.raises(ValueError, match="no markers"):
        measuring.write_block(page, "other", "new")


@pytest.mark.parametrize("name", ["start", "peers"])
def test_the_page_of_the_docs_has_a_place_for_each_table(name: str) -> None:
    page = peers.PAGE.read_text(encoding="utf-8")
    assert page.index(f"<!-- {name}: begin -->") < page.index(f"<!-- {name}: end -->")
