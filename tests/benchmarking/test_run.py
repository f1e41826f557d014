"""The benchmark of large rounds: what it asks for, what it believes, and that it runs."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import run
from tests.data import REPOSITORY

Row = dict[str, object]


FIRST_CALL = [("first-call", "taskmentor")]


@pytest.mark.parametrize(
    "first_call", [[], pytest.param(FIRST_CALL, marks=pytest.mark.long)], ids=["usual", "compiling anew"]
)
def test_it_runs_by_its_path_and_proves_every_answer(first_call: Sequence[tuple[str, str]]) -> None:
    """Would be broken: the command that the docs give; without what its first call compiles, for half a minute."""
    asked = "--people 120 --seeds 3 --all-pairs --top-k 2 --full-graph --within 10 --peers --repeats 1"
    only = ("--only", "ortools", "networkx-simplex")
    command = [sys.executable, "benchmarks/run.py", *asked.split(), *(["--first-call"] if first_call else []), *only]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    rows = [json.loads(line) for line in ended.stdout.splitlines()]
    kinds = [(row["kind"], row.get("program", "taskmentor")) for row in rows]
    assert kinds == [
        ("round", "taskmentor"), ("top-k", "taskmentor"), ("all-pairs", "taskmentor"), ("all-pairs", "ortools"),
        ("within", "taskmentor"), *first_call,
        ("peer", "taskmentor"), ("peer", "ortools"), ("peer", "networkx-simplex"),
    ]  # fmt: skip
    assert {row["status"] for row in rows} == {"done"}
    assert rows[0]["gap"] == 0
    assert rows[0]["seconds"]["all pairs"] > 0
    peers = [row for row in rows if row["kind"] == "peer"]
    assert {row["value"] for row in rows if row not in peers and row["kind"] != "within"} == {rows[0]["value"]}
    assert {row["value"] for row in peers} == {row["optimum"] for row in peers}
    (kept,) = rows[1]["kept"]
    assert 0 < kept["value"] <= rows[0]["value"]
    assert all(row["policy"] == "policy" and row["objective"] == "score" and row["seed"] == 3 for row in rows)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Let every process answer at once; a process of networkx is always too late, and one of OR-Tools wrong."""
    asked: list[tuple[str, ...]] = []
    done = {"status": "done", "value": 7, "bound": 7, "seconds": {"build": 1.0, "solve": 2.0}, "peak_above_imports": 1}

    def answer_of(module: str, *arguments: str, **_: object) -> Row:
        asked.append((module.removeprefix("benchmarks."), *arguments))
        if arguments[0].startswith("networkx"):
            return {"status": "time-out", "detail": "stopped after 300 s", "limit": 300.0, "seconds": {}}
        return {**done, "value": 6 if arguments[0] == "ortools" else 7}

    monkeypatch.setattr(run, "answer_of", answer_of)
    monkeypatch.setattr(run, "environment", lambda *_: Path("python"))
    return asked


def printed(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> list[Row]:
    with pytest.raises(SystemExit, match=" of 8 runs have no lawful answer"):
        run.main(arguments)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_program_with_another_value_has_failed_and_one_that_is_late_is_not_run_again(
    answers: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Would be broken: times of wrong answers, and five minutes for each further size."""
    peers = ("ortools", "networkx-simplex", "scipy-sparse")
    rows = printed(capsys, ["--people", "20", "10", "--no-rounds", "--peers", "--only", *peers])
    told = [(row["people"], row["program"], row["status"]) for row in rows]
    assert told == [
        (people, *answer)
        for people, late in ((10, "time-out"), (20, "not run"))
        for answer in (
            ("taskmentor", "done"),
            ("ortools", "failed"),
            ("networkx-simplex", late),
            ("scipy-sparse", "done"),
        )
    ]
    assert rows[1]["detail"] == "the value is 6, and the optimum is 7"
    assert rows[6]["detail"] == "took too long with 10 people"
    assert [module for module, *_ in answers].count("measure") == 2
    assert len([name for _, name, *_ in answers if name == "scipy-sparse"]) == 6  # three runs of each size


def test_instances_sizes_and_seeds_are_all_combined(
    answers: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Would be broken: three seeds each."""
    run.main(["--people", "10", "20", "--instance", "scarce", "equal", "--seeds", "0", "4"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len({(row["people"], row["instance"], row["seed"]) for row in rows}) == len(rows) == 8
    assert {row["objective"] for row in rows if row["instance"] == "equal"} == {"requests-then-score"}


def test_recorded_runs_make_the_page(monkeypatch: pytest.MonkeyPatch, answers: list[tuple[str, ...]]) -> None:
    """Would be broken: `--record` and `--page`."""
    written: list[object] = []
    monkeypatch.setattr(run, "record", lambda name, rows: written.extend((name, *rows)))
    monkeypatch.setattr(run, "write_page", lambda: written.append("page"))
    run.main(["--people", "10", "--seeds", "0", "--record"])
    assert (written[0], written[2]) == ("large", "page")
    run.main(["--page"])
    assert written[3:] == ["page"]
    assert len(answers) == 1
