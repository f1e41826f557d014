"""The command line: what each command answers, in text and as JSON, and how it says no."""

import errno
import io
import json
import os
import random
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from attrs import frozen

import taskmentor
from taskmentor.cli import _commands, layout, main, options
from taskmentor.cli.progress import described
from taskmentor.errors import TooLargeError
from taskmentor.formats.plans import FILES
from taskmentor.formats.reading import read_model, read_organisation
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.progress import Progress
from taskmentor.matching.solution import Solution
from taskmentor.synthetic import organisation
from tests.data import REPOSITORY, real_data
from tests.formats.test_parquet import PAGES, PLAIN
from tests.models.small import ALL_FILES
from tests.models.small import FILES as FILES_OF_TABLES
from tests.models.small import written as write_tables
from tests.models.small import written_as_parquet as write_parquet_tables

REVERSE = ("--programme", "reverse")
ON = ("--on", "2026-10-01")
SCRIPT = Path(sys.executable).parent / "taskmentor"


class Said(NamedTuple):
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, object]:
        """Return the one JSON object on standard output."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def called(*arguments: str | Path) -> Said:
        status = main([str(argument) for argument in arguments])
        caught = capsys.readouterr()
        return Said(status, caught.out, caught.err)

    return called


@pytest.fixture
def acme(tmp_path: Path, run: Run) -> Path:
    assert run("sample", tmp_path / "acme").status == 0
    return tmp_path / "acme"


@pytest.fixture
def plan(tmp_path: Path, acme: Path, run: Run) -> Path:
    assert run("match", acme, *ON, "--out", tmp_path / "plan").status == 0
    return tmp_path / "plan"


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def refused(said: Said, *lines: str) -> None:
    """Check that a command refused its input with these lines, in part or whole, and nothing else."""
    assert said.status == 2
    assert said.out == ""
    found = said.err.splitlines()
    assert len(found) == len(lines), said.err
    for line, wanted in zip(found, lines, strict=True):
        assert wanted in line


# --- what each command answers


def test_sample_writes_an_organisation_that_reads_back(acme: Path, tmp_path: Path, run: Run) -> None:
    assert len(read_organisation(acme).people) == 60
    said = run("sample", tmp_path / "more", "--json")
    assert said.data["people"] == 60
    assert said.data["files"] == sorted(bytes_of(acme))
    assert "60 people" in run("sample", tmp_path / "more", "--overwrite").out


def test_generate_writes_an_invented_organisation(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the quicker format where it can be read, and the same organisation in either."""
    said = run("generate", tmp_path / "one", "--people", "50", "--seed", "3", "--places-per-request", "1.3", "--json")
    expected = organisation(50, seed=3, places_per_request=1.3)
    assert said.data["people"] == 50
    assert said.data["files"] == sorted(bytes_of(tmp_path / "one"))
    assert "people.parquet" in bytes_of(tmp_path / "one")
    assert read_organisation(tmp_path / "one", strict=True).digest == expected.digest
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    words = ("generate", tmp_path / "two", "--people", "50", "--seed", "3", "--places-per-request", "1.3")
    assert run(*words).out.startswith("Wrote an invented organisation: 50 people, ")
    assert read_organisation(tmp_path / "two", strict=True).digest == expected.digest
    refused(run(*words), *["TM-FILE-EXISTS"] * 8)
    assert run(*words, "--overwrite").status == 0
    refused(run(*words, "--overwrite", "--format", "parquet"), "install the extra taskmentor[frames]")


def test_convert_onet_writes_a_model(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "onet"
    source.mkdir()
    head = "O*NET-SOC Code,Title,Element ID,Element Name,Scale ID,Data Value,Recommend Suppress,Not Relevant"
    rows = [
        "15-1251.00,Programmers,2.B.3.e,Programming,IM,4.5,N,",
        "15-1251.00,Programmers,2.B.3.e,Programming,LV,4.88,N,N",
    ]
    (source / "skills.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    said = run("convert", "onet", source, tmp_path / "model")
    assert "1 roles, 1 skills, 1 requirements" in said.out
    assert read_model(tmp_path / "model").requirements[0].level == 5
    said = run("convert", "onet", source, tmp_path / "more", "--least-importance", "4.5", "--json")
    assert (said.data["requirements"], said.data["unimportant"]) == (1, 0)
    refused(
        run("convert", "onet", source, tmp_path / "none", "--least-importance", "4.75", "--json"),
        "TM-NO-ROWS requirements.csv: no requirement is left: 1 of 1 rated skills of occupations are of importance "
        "below 4.75. Give a smaller --least-importance",
    )
    assert not (tmp_path / "none").exists()
    refused(run("convert", "onet", source, tmp_path / "model"), *["TM-FILE-EXISTS"] * 5)
    refused(
        run("convert", "onet", source, tmp_path / "x", "--least-importance", "5.5"), "'5.5' is not a number from 1 to 5"
    )


def test_convert_onet_takes_the_real_tables(tmp_path: Path, run: Run) -> None:
    said = run("convert", "onet", real_data("onet"), tmp_path / "model", "--json")
    assert said.data["roles"] == 879
    assert len(read_model(tmp_path / "model").roles) == 879


def test_gaps_shows_names_and_levels(acme: Path, run: Run) -> None:
    said = run("gaps", acme, *ON)
    assert "p-0042 Thandiwe Marlowe" not in said.out
    assert "... and 60 more gaps: --all shows them here, --json gives them as data." in said.out
    said = run("gaps", acme, *ON, "--all")
    assert re.search(r"p-0042 Thandiwe Marlowe +data-analysis +2 Basic +3 Independent +4\n", said.out)
    assert len(said.out.splitlines()) == 82
    assert said.err == ""


def test_gaps_of_a_team(acme: Path, run: Run) -> None:
    team = run("gaps", acme, *ON, "--manager", "p-0011", "--json").data
    assert team["manager"] == "p-0011"
    rows = team["gaps"]
    assert isinstance(rows, list)
    assert len(rows) == 12
    assert {"person_id": "p-0042", "skill_id": "data-analysis", "required": 3, "confirmed": 2, "assessed": True,
            "size": 1, "importance": 4} in rows  # fmt: skip
    below = [run("gaps", acme, *ON, "--manager", "p-0002", "--levels", n, "--json").data["gaps"] for n in ("1", "2")]
    assert isinstance(below[0], list)
    assert isinstance(below[1], list)
    assert len(below[0]) < len(below[1])
    assert "of the team of p-0011 Sunniva Lornedal" in run("gaps", acme, *ON, "--manager", "p-0011").out
    assert run("gaps", acme, *ON, "--manager", "p-0042").out == (
        "0 skill gaps of 0 people of the team of p-0042 Thandiwe Marlowe on 2026-10-01.\n"
    )


def test_today_counts_where_no_day_is_given(acme: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line is the one place that may read the clock, and what it read is in the answer."""
    assert run("gaps", acme, "--json").data["on"] == date.today().isoformat()
    monkeypatch.setattr(options, "today", lambda: date(2026, 10, 1))
    assert run("match", acme, "--json").data["on"] == "2026-10-01"


def test_mentors_shows_points_part_by_part(acme: Path, run: Run) -> None:
    asked = ("mentors", acme, "--person", "p-0042", "--skill", "data-analysis", *ON)
    said = run(*asked, "--k", "2")
    assert len(said.out.splitlines()) == 4
    assert re.search(r"p-0040 Dominik Rabenau +4 Advanced +920 +300 +240 +100 +180 +100 +1\n", said.out)
    data = run(*asked, "--json").data
    mentors = data["mentors"]
    assert isinstance(mentors, list)
    assert len(mentors) == 5
    assert mentors[0]["mentor_id"] == "p-0040"
    assert sum(mentors[0]["parts"].values()) == mentors[0]["score"] == 920
    assert len(run(*asked, "--k", "1000").out.splitlines()) > 10
    assert "There is no mentor" in run("mentors", acme, "--person", "p-0023", "--skill", "functional-safety", *ON).out


def mentors_named(said: Said) -> set[str]:
    mentors = said.data["mentors"]
    assert isinstance(mentors, list)
    return {str(one["mentor_id"]) for one in mentors}


def test_mentors_are_those_of_a_programme_where_one_is_named(acme: Path, run: Run) -> None:
    """Reverse mentoring takes those below the mentee, whom task-based mentoring takes too, and nobody else."""
    asked = ("mentors", acme, "--person", "p-0002", "--skill", "prioritisation", *ON, "--k", "50", "--json")
    usual, reverse = (mentors_named(run(*asked, *more)) for more in ((), REVERSE))
    assert reverse < usual
    assert "names no preset" in run(*asked, "--programme", "revers").err


def calendar_of(file: Path, event: str) -> Path:
    words = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", *event.split(), "END:VEVENT", "END:VCALENDAR", ""]
    file.write_bytes("\r\n".join(words).encode())
    return file


def test_slots_are_told_by_everybodys_own_clock(acme: Path, tmp_path: Path, run: Run) -> None:
    """And where there is none, who hinders; a calendar and holidays take time away."""
    people = ("--person", "p-0042", "--person", "p-0057")
    words = ("slots", acme, *people, "--minutes", "45", "--step", "45", "--from", "2026-10-05", "--until", "2026-10-06")
    lines = run(*words).out.splitlines()
    assert lines[0].startswith("8 slots of 45 minutes from 2026-10-05 to 2026-10-06, best first")
    assert lines[3].split()[1::2] == ["09:30", "10:30", "15:00"]
    slots = run(*words, "--json").data["slots"]
    assert isinstance(slots, list)
    assert len(slots) == 8
    assert slots[0] == {
        "starts_at": "2026-10-05T09:30:00+00:00",
        "person_ids": ["p-0042", "p-0057"],
        "absent_ids": [],
        "outside": 0,
    }
    day = calendar_of(tmp_path / "day.ics", "DTSTART:20261005T000000Z DURATION:P1D")
    assert run(*words, "--busy", f"p-0057={day}").out.startswith("4 slots")
    both = calendar_of(tmp_path / "both.ics", "DTSTART:20261005T000000Z DURATION:P2D")
    said = run(*words, "--busy", f"p-0057={both}").out.splitlines()
    assert said[0] == "0 slots of 45 minutes from 2026-10-05 to 2026-10-06."
    assert said[3].split() == ["p-0057", "Sanjana", "Wadekarni", "0", "20", "busy"]
    assert run(*words, "--busy", f"p-0057={both}", "--json").data["hindrances"] == [
        {"person_id": "p-0057", "free": 0, "without": 20, "bar": "busy"},
        {"person_id": "p-0042", "free": 20, "without": 0, "bar": None},
    ]
    quorum = run(*words, "--busy", f"p-0057={both}", "--quorum", "1", "--required", "p-0042")
    assert quorum.out.splitlines()[3].split()[4:] == ["-", "0"]
    holiday = calendar_of(tmp_path / "holidays.ics", "DTSTART;VALUE=DATE:20261005")
    assert run(*words, "--holidays", holiday).out.startswith("4 slots")


def test_match_shows_pairs_and_reasons(acme: Path, run: Run) -> None:
    said = run("match", acme, *ON)
    assert "48 of 73 requests have a mentor" in said.out
    assert "... and 28 more pairs: --all shows them here, --out writes them." in said.out
    assert "Wrote" not in said.out
    said = run("match", acme, *ON, "--all")
    assert re.search(r"p-0042 Thandiwe Marlowe +data-analysis +3 Independent +p-0040 Dominik Rabenau +920\n", said.out)
    assert re.search(r"p-0023 Matthis Grauwald +functional-safety +nobody-qualified\n", said.out)
    assert len(said.out.splitlines()) == 5 + 1 + 49 + 1 + 26


def test_blocking_counts_and_names_the_pairs_of_any_plan(acme: Path, plan: Path, tmp_path: Path, run: Run) -> None:
    """Would be broken: what the best plan costs in stability, and that a stable one costs nothing."""
    said = json.loads(run("blocking", acme, plan, "--json").out)
    assert (said["blocking"], said["refused"], len(said["first"])) == (12, 0, 12)
    first = said["first"][0]
    assert (first["mentee_id"], first["skill_id"], first["mentor_id"]) == ("p-0040", "presenting", "p-0042")
    assert (first["mentee_leaves"], first["mentee_gain"]) == ("p-0037", 20)
    shown = run("blocking", acme, plan).out.splitlines()
    assert shown[0] == "Blocking pairs: 12. Pairs of the plan that a list refuses: 0."
    assert len(shown) == 1 + 1 + 1 + 12
    made = run("match", acme, *ON, "--strategy", "stable", "--out", tmp_path / "stable")
    assert "Blocking pairs: none.\n" in made.out
    assert run("blocking", acme, tmp_path / "stable").out.count("\n") == 1
    by_mentors = run("match", acme, *ON, "--strategy", "stable", "--proposing", "mentors", "--json").data
    assert "'proposing': 'mentors'" in str(by_mentors["parameters"])
    refused(run("match", acme, *ON, "--proposing", "mentors"), "flow takes no --proposing; give --strategy stable")


@pytest.mark.parametrize("strategy", ["milp", "cpsat", "multipliers"])
def test_constraints_of_a_policy_file_are_matched_and_verified(
    acme: Path, tmp_path: Path, run: Run, strategy: str
) -> None:
    """Would be broken: constraints for those who write no Python, by any strategy that holds them."""
    policy, out = tmp_path / "whole.toml", tmp_path / "whole"
    policy.write_text(
        "[constraints]\nleast-share = { percent = 60 }\nmentor-load = { at_most = 1 }\n", encoding="utf-8"
    )
    made = run("match", acme, *ON, "--policy", policy, "--strategy", strategy, "--out", out)
    assert made.status == 0
    assert f"found by {strategy}," in made.out
    assert run("verify", acme, out, "--policy", policy).status == 0
    refused(run("match", acme, *ON, "--policy", policy), "flow does not hold share-of-other-department")


def test_aims_of_a_policy_file_are_matched_and_verified(acme: Path, tmp_path: Path, run: Run) -> None:
    """Would be broken: fairness for those who write no Python."""
    policy, out = tmp_path / "fair.toml", tmp_path / "fair"
    policy.write_text("[aims]\nmax-min = {}\nload-spread = {}\nscore = {}\n", encoding="utf-8")
    made = run("match", acme, *ON, "--policy", policy, "--out", out)
    assert "found by ordered" in made.out
    assert "Proven best at each aim in order: max-min " in made.out
    assert "; best at max-min, then load-spread, then score" in run("verify", acme, out, "--policy", policy).out
    refused = run("match", acme, *ON, "--policy", policy, "--strategy", "greedy")
    assert "greedy holds no aims in order" in refused.err
    lines = (out / "certificate.csv").read_text(encoding="utf-8").splitlines()
    *rest, last = lines
    cells = last.split(",")
    cells[3] = str(int(cells[3]) + 1)
    (out / "certificate.csv").write_text("\n".join([*rest, ",".join(cells), ""]), encoding="utf-8")
    said = run("verify", acme, out, "--policy", policy)
    assert said.status == 1
    assert "aim score, step 1" in said.out


def test_match_says_as_json_what_it_writes(acme: Path, plan: Path, run: Run) -> None:
    said = run("match", acme, *ON, "--json")
    assert said.out == (plan / "solution.json").read_text(encoding="utf-8")
    assert sorted(bytes_of(plan)) == sorted(FILES)
    assert str(acme) not in said.out


@pytest.mark.parametrize("strategy", ["greedy", "flow", "flow-networkx", "cpsat", "stable"])
@pytest.mark.parametrize("objective", ["requests-then-score", "score"])
def test_match_then_verify_then_explain(acme: Path, tmp_path: Path, run: Run, strategy: str, objective: str) -> None:
    """The whole round trip through files, with each strategy and objective."""
    out = tmp_path / "plan"
    made = run("match", acme, *ON, "--strategy", strategy, "--objective", objective, "--seed", "7", "--out", out)
    assert made.status == 0
    assert made.out.endswith("Wrote plan.csv, unmatched.csv, certificate.csv, solution.json.\n")
    claims = json.loads((out / "solution.json").read_text(encoding="utf-8"))
    assert (claims["objective"], claims["seed"], claims["on"]) == (objective, 7, "2026-10-01")
    for method in ((), ("--method", "all-pairs"), ("--method", "oracle")):
        said = run("verify", acme, out, *method, "--json")
        assert said.status == 0
        assert (said.data["value"], said.data["bound"], said.data["gap"]) == (
            claims["value"], claims["bound"], claims["gap"],
        )  # fmt: skip
    assert said.data["method"] == "oracle"
    said = run("explain", acme, out, "--person", "p-0042", "--skill", "data-analysis")
    assert said.status == 0
    assert "p-0042 Thandiwe Marlowe" in said.out


def test_verify_prints_value_bound_and_gap(acme: Path, plan: Path, run: Run) -> None:
    said = run("verify", acme, plan)
    assert said == Said(0, "optimal: value 2,250,113, bound 2,250,113, gap 0 (checked by all pairs)\n", "")


def test_explain_names_people_and_levels(acme: Path, plan: Path, run: Run) -> None:
    asked = ("explain", acme, plan, "--person")
    said = run(*asked, "p-0042", "--skill", "data-analysis")
    assert said.out.startswith(
        "p-0042 asks for data-analysis at level 3 and is mentored by p-0040 (level 4): 920 points"
    )
    assert "mentor  p-0040 Dominik Rabenau, 4 Advanced" in said.out
    assert re.search(r"p-0044 Greta Lindenau +4 Advanced +900 +0\n", said.out)
    data = run(*asked, "p-0042", "--skill", "data-analysis", "--json").data
    assert (data["mentor_id"], data["score"], data["reason"]) == ("p-0040", 920, None)
    said = run(*asked, "p-0007", "--skill", "delegation")
    assert re.search(r"p-0015 Beatriz Hollomar +p-0012\n", said.out)
    assert run(*asked, "p-0007", "--skill", "delegation", "--json").data["reason"] == "all-full"
    said = run(*asked, "p-0023", "--skill", "functional-safety")
    assert "is confirmed at level 5" in said.out
    assert "otherwise" not in said.out


def test_the_same_round_twice_is_the_same_bytes(acme: Path, plan: Path, tmp_path: Path, run: Run) -> None:
    assert run("match", acme, *ON, "--out", tmp_path / "again").status == 0
    assert bytes_of(tmp_path / "again") == bytes_of(plan)


def test_shuffled_rows_give_the_same_bytes(acme: Path, plan: Path, tmp_path: Path, run: Run) -> None:
    """Otherwise the order of an export would decide who gets a mentor."""
    for file in acme.iterdir():
        head, *rows = file.read_text(encoding="utf-8").splitlines()
        random.Random(7).shuffle(rows)
        file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    assert run("match", acme, *ON, "--out", tmp_path / "again").status == 0
    assert bytes_of(tmp_path / "again") == bytes_of(plan)


# --- verify says no


DAMAGES = {
    "score": lambda acme, plan: spoil(plan / "plan.csv", ",825,225", ",826,226"),
    "mentor": lambda acme, plan: spoil(plan / "plan.csv", "p-0007,825", "p-0001,825"),
    "nobody": lambda acme, plan: spoil(plan / "plan.csv", "p-0007,825", "p-9999,825"),
    "price": lambda acme, plan: spoil(plan / "certificate.csv", "mentor,p-0005,,46901", "mentor,p-0005,,46001"),
    "value": lambda acme, plan: spoil(plan / "solution.json", '"value": 2250113', '"value": 2250114'),
    "digest": lambda acme, plan: spoil(plan / "solution.json", '"input_digest": "', '"input_digest": "0'),
    "policy": lambda acme, plan: spoil(plan / "solution.json", '"days": 42', '"days": 41'),
    "objective": lambda acme, plan: spoil(
        plan / "solution.json", '"objective": "requests-then-score"', '"objective": "score"'
    ),
    "reason": lambda acme, plan: spoil(plan / "unmatched.csv", "all-full", "barred"),
    "tables": lambda acme, plan: spoil(
        acme / "people.csv", "p-0007,Kwabena Osafoh,department-head", "p-0007,K,team-lead"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_verify_exits_1_for_what_does_not_hold(acme: Path, plan: Path, run: Run, damage: str) -> None:
    DAMAGES[damage](acme, plan)
    said = run("verify", acme, plan)
    assert said.status == 1
    assert said.out.startswith("invalid: ")
    assert len(said.out.splitlines()) >= 2
    assert said.err == ""
    data = run("verify", acme, plan, "--json")
    assert (data.status, data.data["status"]) == (1, "invalid")
    assert data.data["faults"]
    explained = run("explain", acme, plan, "--person", "p-0042", "--skill", "data-analysis")
    assert explained.status == 2
    assert explained.out == ""
    assert all(line.startswith("TM-INVALID-PLAN plan: ") for line in explained.err.splitlines())


# --- bad input


@pytest.mark.parametrize("command", [
    ("gaps", "DIR"),
    ("match", "DIR"),
    ("mentors", "DIR", "--person", "p-0042", "--skill", "data-analysis"),
    ("verify", "DIR", "PLAN"),
    ("explain", "DIR", "PLAN", "--person", "p-0042", "--skill", "data-analysis"),
])  # fmt: skip
def test_every_fault_of_the_tables_has_a_line(
    acme: Path, plan: Path, tmp_path: Path, run: Run, command: Sequence[str]
) -> None:
    places = {"DIR": str(tmp_path / "nowhere"), "PLAN": str(plan)}
    refused(run(*(places.get(word, word) for word in command)), "TM-NOT-A-FOLDER nowhere: it is not a folder")
    places["DIR"] = str(acme / "people.csv")
    refused(run(*(places.get(word, word) for word in command)), "TM-NOT-A-FOLDER people.csv")
    spoil(acme / "people.csv", "p-0001,", "p 0001,")
    spoil(acme / "assessments.csv", ",manager,", ",managr,")
    (acme / "roles.csv").unlink()
    places["DIR"] = str(acme)
    said = run(*(places.get(word, word) for word in command), "--json")
    assert said.status == 2
    assert said.out == ""
    lines = said.err.splitlines()
    assert all(line.startswith("TM-") for line in lines)
    for part in ("TM-BAD-ID people.csv line 2", "TM-BAD-CHOICE assessments.csv", "TM-MISSING-TABLE roles.csv"):
        assert any(part in line for line in lines)


def test_more_faults_than_are_kept_are_counted(acme: Path, run: Run) -> None:
    people = acme / "people.csv"
    head = people.read_text(encoding="utf-8").splitlines()[0]
    people.write_text(head + "\n" + "".join(f"p {n},{',' * 11}\n" for n in range(1_234)), encoding="utf-8")
    said = run("gaps", acme)
    assert said.status == 2
    assert said.err.splitlines()[-1].startswith("... and ")


def test_a_fault_stays_on_one_line(acme: Path, run: Run) -> None:
    """Otherwise a name with line ends or terminal codes in it could write what it likes."""
    spoil(acme / "people.csv", "person_id,name", 'person_id,"na\x1b[2Jme\nTM-FORGED"')
    said = run("gaps", acme, *ON)
    assert "\x1b" not in said.err
    assert "na\\x1b[2Jme\\nTM-FORGED" in said.err
    assert all(line.startswith("TM-UNKNOWN-COLUMN") for line in said.err.splitlines())


def test_faults_of_a_plan_have_a_line_each(acme: Path, plan: Path, run: Run) -> None:
    spoil(plan / "plan.csv", ",825,", ",x,")
    spoil(plan / "solution.json", '"seed": 0', '"seed": 0.5')
    for command in (("verify",), ("explain", "--person", "p-0042", "--skill", "data-analysis")):
        refused(
            run(*command, acme, plan), "TM-NOT-A-NUMBER plan.csv line 2 column score", "TM-WRONG-TYPE solution.json"
        )
    refused(run("verify", acme, acme.parent / "none"), "TM-NOT-A-FOLDER none")
    refused(run("verify", acme, acme), *[f"TM-MISSING-FILE {name}" for name in sorted(FILES)])


MEET = ("--person", "p-0042", "--minutes", "30", "--from", "2026-10-05", "--until", "2026-10-06")

REFUSALS = [
    (("gaps", "acme", "--manager", "p-0061"), "taskmentor: 'p-0061' names no person."),
    (("mentors", "acme", "--person", "p-0042", "--skill", "data-analysi"), "did you mean 'data-analysis'?"),
    (("mentors", "acme", "--person", "p_0042", "--skill", "sql"), "'p_0042' names no person"),
    (("mentors", "acme", "--person", "p-0042", "--skill", "sql", "--target", "99"), "'99' names no level"),
    (("mentors", "acme", "--person", "p-0042", "--skill", "sql", "--k", "0"), "'--k'"),
    (("mentors", "acme", "--person", "p-0042", "--skill", "sql", "--k", str(10**12)), "'--k'"),
    (("mentors", "acme", "--person", "p-0042"), "Missing option '--skill'"),
    (("gaps", "acme", "--levels", "1"), "give --manager too"),
    (("gaps", "acme", "--manager", "p-0001", "--levels", "0"), "'--levels'"),
    (("gaps", "acme", "--on", "2026-02-30"), "'2026-02-30' is not in the calendar. Use YYYY-MM-DD"),
    (("gaps", "acme", "--on", "01/10/2026"), "ambiguous"),
    (("gaps", "acme", "--on", "tomorrow"), "Use YYYY-MM-DD"),
    (("match", "acme", "--on", ""), "'' is not written as a day"),
    (("gaps", "acme", "--on", "2300-01-01"), "'2300-01-01' is out of range. Use a year from 1900 to 2200."),
    (
        ("match", "acme", "--strategy", "flw"),
        "'flw' names no strategy; did you mean 'flow'? "
        "Use one of cpsat, exact, flow, flow-networkx, greedy, milp, multipliers, ordered, stable.",
    ),
    (("match", "acme", "--strategy", "x"), "'x' names no strategy. Use one of cpsat,"),
    (
        ("match", "acme", "--seconds", "9"),
        "flow takes no --seconds; give --strategy cpsat or exact or milp or multipliers for that.",
    ),
    (("match", "acme", "--strategy", "greedy", "--gap-ppm", "0"), "greedy takes no --gap-ppm; give --strategy exact"),
    (("match", "acme", "--strategy", "exact", "--gap-ppm", "1.5"), "'1.5' is not a whole number from 0 to 1000000."),
    (("match", "acme", "--strategy", "exact", "--seconds", "0"), "'0' is not a whole number from 1 to 1000000."),
    (("match", "acme", "--objective", "most"), "'most' is not one of"),
    (("match", "acme", "--seed", "-1"), "'--seed': '-1' is not a whole number from 0 to 4294967295."),
    (("match", "acme", "--seed", "x"), "'--seed': 'x' is not a whole number from 0 to 4294967295."),
    (("match", "acme", "--seed", "4294967296"), "'--seed': '4294967296' is not a whole number from 0 to 4294967295."),
    (("match", "acme", "--seed", "٣"), "'--seed'"),
    (("match", "acme", "--seed", "9" * 5_000), "'--seed'"),
    (("match", "acme", "--weeks", "521"), "'--weeks': '521' is not a whole number from 1 to 520."),
    (("match", "acme", "--policy", "none.toml"), "TM-NOT-A-FILE none.toml: there is no plain file of this name."),
    (("match", "acme", "--policy", ""), "TM-NOT-A-FILE"),
    (("match", "acme", "--policy", "ours.toml", "--weeks", "6"), "leave --objective and --weeks out."),
    (("match", "acme", "--policy", "ours.toml", "--objective", "score"), "leave --objective and --weeks out."),
    (("match", "acme", "--out", ""), "'--out': the empty text names no folder. Use . for the one you are in."),
    (("gaps", ""), "'DIR': the empty text names no folder."),
    (("verify", "acme", "plan", "--method", "guess"), "'guess' is not one of"),
    (("explain", "acme", "plan", "--person", "p-0042", "--skill", "sql"), "asked for: data-analysis, facilitation"),
    (("explain", "acme", "plan", "--person", "p0060", "--skill", "sql"), "did you mean 'p-0060'?"),
    (("slots", "acme", *MEET, "--busy", "p-0042"), "'--busy': 'p-0042' names no person and file. Use ID=FILE.ics."),
    (("slots", "acme", *MEET, "--busy", "p-0001=x.ics"), "'p-0001' names no person among those who would meet"),
    (("slots", "acme", *MEET, "--busy", "p-0042=x.ics"), "TM-NOT-A-FILE x.ics: there is no such file"),
    (("slots", "acme", *MEET, "--minutes", "1441"), "'1441' is not a whole number from 1 to 1440."),
    (("slots", "acme", *MEET, "--until", "2026-10-04"), "--until 2026-10-04 is before --from 2026-10-05; give"),
    (("slots", "acme", *MEET, "--quorum", "2"), "TM-OUT-OF-RANGE slots column quorum: 2 is above 1"),
    (("slots", "acme", *MEET, "--person", "p-0042"), "TM-DUPLICATE-ID slots column availabilities"),
    (("slots", "acme", *MEET, "--required", "p-0001"), "'p-0001' names no person among those who would meet"),
    (("slots", "acme", "--minutes", "30"), "Missing option '--person'"),
    (("gap", "acme"), "No such command 'gap'"),
    (("gaps",), "Missing argument 'DIR'"),
    (("gaps", "acme", "more"), "unexpected extra argument"),
    (("gaps", "acme", "--manger", "p-0001"), "No such option"),
    (("generate", "acme", "--people", "9"), "'9' is not a whole number from 10 to 10000000."),
    (("generate", "new", "--people", "10", "--places-per-request", "2.1"), "'2.1' is not a number from 0 to 2."),
    (("generate", "acme/people.csv", "--people", "10"), "TM-NOT-A-FOLDER people.csv"),
    (("generate", "new", "--people", "10", "--format", "xlsx"), "'xlsx' is not one of"),
    (("sample", "acme/people.csv"), "TM-NOT-A-FOLDER people.csv: it is a file, and a folder is wanted."),
    (("sample", "acme/people.csv/x"), "Not a directory"),
    (
        ("match", "acme", "--out", "acme/people.csv"),
        "TM-NOT-A-FOLDER people.csv: it is a file, and a folder is wanted.",
    ),
    (("match", "acme", "--out", "acme/people.csv/x"), "Not a directory"),
    (("convert", "onet", "nowhere", "x"), "TM-NOT-A-FILE skills.csv"),
    (("convert", "onet", "acme", "x", "--least-importance", "nan"), "'nan' is not a number from 1 to 5"),
    (("convert", "esco", "acme", "x"), "No such command 'esco'"),
]


@pytest.mark.parametrize(
    ("words", "line"), REFUSALS, ids=lambda value: "-".join(value) if isinstance(value, tuple) else ""
)
def test_a_wrong_argument_is_refused_in_one_line(
    acme: Path, plan: Path, monkeypatch: pytest.MonkeyPatch, run: Run, words: Sequence[str], line: str
) -> None:
    monkeypatch.chdir(acme.parent)
    refused(run(*words), line)


def test_nothing_is_overwritten_unless_told(acme: Path, plan: Path, run: Run) -> None:
    before = bytes_of(plan)
    refused(run("match", acme, *ON, "--seed", "1", "--out", plan), *[f"TM-FILE-EXISTS {name}" for name in FILES])
    assert bytes_of(plan) == before
    assert run("match", acme, *ON, "--seed", "1", "--out", plan, "--overwrite").status == 0
    assert json.loads((plan / "solution.json").read_text(encoding="utf-8"))["seed"] == 1
    assert run("sample", acme).status == 2
    link = acme.parent / "link"
    link.symlink_to(plan)
    refused(run("match", acme, *ON, "--out", link, "--overwrite"), "TM-UNSAFE-PATH link")


def test_a_file_that_would_end_the_process_that_reads_it_is_refused(tmp_path: Path, run: Run) -> None:
    """One bit of a footer is enough for that: what it says of memory is not checked where it is used."""
    data = bytearray(PLAIN)
    data[PAGES + 20] ^= 1
    (write_parquet_tables(tmp_path, FILES_OF_TABLES) / "people.parquet").write_bytes(bytes(data))
    refused(run("gaps", tmp_path, *ON), "TM-CORRUPT-FILE people.parquet")


def test_what_is_odd_goes_to_standard_error(acme: Path, run: Run) -> None:
    (acme / "peoples.csv").write_text("person_id\n", encoding="utf-8")
    said = run("gaps", acme, *ON, "--json")
    assert said.status == 0
    assert said.err.startswith("TM-UNKNOWN-FILE peoples.csv")
    assert len(said.err.splitlines()) == 1
    assert said.data["on"] == "2026-10-01"
    refused(run("gaps", acme, *ON, "--strict"), "TM-UNKNOWN-FILE peoples.csv")


def test_faulty_rows_can_be_left_out_and_are_counted(acme: Path, tmp_path: Path, run: Run) -> None:
    spoil(acme / "assessments.csv", ",manager,", ",managr,")
    refused(run("match", acme, *ON), "TM-BAD-CHOICE assessments.csv")
    out = tmp_path / "plan"
    said = run("match", acme, *ON, "--quarantine", "--out", out)
    assert said.status == 0
    assert "TM-BAD-CHOICE assessments.csv" in said.err
    assert said.err.endswith("Left out of assessments: 1 row.\n")
    assert "Rows left out when reading: 1 of assessments." in said.out
    assert run("verify", acme, out, "--quarantine").status == 0
    explained = run("explain", acme, out, "--person", "p-0042", "--skill", "data-analysis", "--quarantine")
    assert explained.status == 0


def test_the_chief_executive_may_be_left_out_and_everybody_else_stays(acme: Path, tmp_path: Path, run: Run) -> None:
    """Causes stand before consequences, and JSON says the counts of what is not in it."""
    spoil(acme / "people.csv", "Europe/London", "Europe/Londn")
    spoil(acme / "blocks.csv", "skill_id", "skil_id")
    said = run("match", acme, *ON, "--quarantine", "--out", tmp_path / "plan", "--json")
    lines = said.err.splitlines()
    assert lines[0].startswith("TM-UNKNOWN-COLUMN blocks.csv line 1 column skil_id")
    assert lines[1].startswith("TM-BAD-ZONE people.csv line 2 column time_zone")
    assert all(line.startswith("TM-UNKNOWN-PERSON assessments.csv") for line in lines[2:9])
    assert lines[9].startswith("TM-MANAGER-LEFT-OUT people.csv line 3 column manager_id: person 'p-0002' is kept")
    assert lines[-2:] == [
        "Left out of people: 1 row. Emptied cells of other rows that named one of them: 27.",
        "Left out of assessments: 7 rows.",
    ]
    left_out = {"people": 1, "assessments": 7}
    assert said.data["left_out"] == left_out
    assert "left_out" not in json.loads((tmp_path / "plan" / "solution.json").read_text(encoding="utf-8"))
    asked = ("--person", "p-0042", "--skill", "data-analysis")
    for command in (("gaps", acme, *ON), ("mentors", acme, *asked, *ON), ("verify", acme, tmp_path / "plan"),
                    ("explain", acme, tmp_path / "plan", *asked)):  # fmt: skip
        said = run(*command, "--quarantine", "--json")
        assert (said.status, said.data["left_out"]) == (0, left_out)
    assert "left_out" not in run("sample", tmp_path / "more", "--json").data


def test_a_plan_of_another_length_is_verified_and_explained(acme: Path, tmp_path: Path, run: Run) -> None:
    """The weeks are in the policy that the plan records, and nobody needs to say them again."""
    out = tmp_path / "plan"
    assert run("match", acme, *ON, "--weeks", "9", "--out", out).status == 0
    assert '"days": 63' in (out / "solution.json").read_text(encoding="utf-8")
    assert run("verify", acme, out).out.startswith("optimal: ")
    assert run("explain", acme, out, "--person", "p-0042", "--skill", "data-analysis").status == 0


@pytest.mark.parametrize(
    "rules",
    [
        [{"class": "StaysFor", "days": 63}],
        [{"class": "StaysFor", "days": 7 * 521}],
        [{"class": "StaysFor", "days": "63"}],
        [{"class": "StaysFor"}],
        ["StaysFor", {"class": "ours.Rule"}],
        "none",
    ],
)
def test_a_policy_of_ones_own_is_said_to_be_one(acme: Path, plan: Path, run: Run, rules: Described) -> None:
    """`invalid` alone would be taken for a plan that does not hold."""
    claims = json.loads((plan / "solution.json").read_text(encoding="utf-8"))
    claims["policy"]["rules"] = rules
    (plan / "solution.json").write_text(json.dumps(claims), encoding="utf-8")
    said = run("verify", acme, plan)
    assert said.status == 1
    assert said.out.endswith(
        "\nNote: the plan says that it was made under another policy; give it with --programme or --policy, "
        "or in Python its programme to taskmentor.verify.\n"
    )
    assert str(run("verify", acme, plan, "--json").data["note"]).startswith("the plan says")
    refused(
        run("explain", acme, plan, "--person", "p-0042", "--skill", "sql"),
        "TM-INVALID-PLAN plan: the plan says that it was made under another policy",
    )


def test_a_policy_file_stands_for_the_usual_policy(acme: Path, tmp_path: Path, run: Run) -> None:
    """Would be broken: a round, its check and its answers under one's own policy, without any Python."""
    file, out, asked = tmp_path / "ours.toml", tmp_path / "plan", ("--person", "p-0042", "--skill", "data-analysis")
    file.write_text("objective = 'score'\n[scorers]\nlevel-fit = {}\ntenure = { weight = 2 }\n", encoding="utf-8")
    said = run("match", acme, *ON, "--policy", file, "--out", out)
    assert (said.status, "Objective score: " in said.out) == (0, True)
    head, *_ = (out / "plan.csv").read_text(encoding="utf-8").splitlines()
    assert head.endswith("score,level-fit,tenure")
    assert run("verify", acme, out, "--policy", file).out.startswith("optimal: ")
    assert " tenure" in run("explain", acme, out, *asked, "--policy", file).out
    assert "give it with --programme or --policy" in run("verify", acme, out).out
    file.write_text("[scorers]\nlevel-fit = {}\n", encoding="utf-8")
    assert "the policy is not the one" in run("verify", acme, out, "--policy", file).out


def test_a_pin_that_breaks_a_rule_is_refused(tmp_path: Path, run: Run) -> None:
    folder = write_tables(tmp_path / "small", ALL_FILES)
    refused(run("match", folder, "--on", "2026-06-01"), "TM-PIN-BREAKS-RULE pins")


# --- strategies of other packages


@frozen
class TooSmall:
    """A strategy that takes next to nothing."""

    name = "too-small"

    def get_params(self) -> dict[str, Described]:
        return {}

    def __call__(self, problem: Problem) -> Solution:
        raise TooLargeError("TooSmall", "requests", problem.n_requests, 1, "use Flow")


def test_an_installed_strategy_can_be_named(acme: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "taskmentor.matching.strategies.available_strategies", lambda: {"ours": Greedy, "too-small": TooSmall}
    )
    assert run("match", acme, *ON, "--strategy", "ours", "--json").data["strategy"] == "greedy"
    refused(run("match", acme, *ON, "--strategy", "too-small"), "TooSmall takes at most 1 requests, and here are 73")
    refused(run("match", acme, *ON, "--strategy", "our"), "did you mean 'ours'?")


def test_limits_are_handed_to_the_strategy(acme: Path, run: Run) -> None:
    said = run("match", acme, *ON, "--strategy", "exact", "--seconds", "60", "--gap-ppm", "10", "--json")
    assert said.data["parameters"] == {"seconds": "60", "gap_ppm": 10, "ties": "any"}
    said = run("match", acme, *ON, "--strategy", "cpsat", "--seconds", "60", "--json")
    assert dict(said.data["parameters"])["seconds"] == "60.0"  # type: ignore[call-overload]


# --- progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_and_cleared(acme: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Would be broken: progress in files and pipes, what is left of it on the line, and JSON that is not alone."""
    words = ("match", acme, *ON, "--strategy", "exact")
    assert run(*words).err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    assert run(*words).status == 0
    first, *_, last, left = terminal.getvalue().removeprefix("\r").split("\r")
    assert first.startswith("closing the gap, round 1, proven gap ")
    assert all(len(line) <= 59 for line in terminal.getvalue().split("\r"))
    assert (last.strip(), left) == ("", "")
    assert len(last) >= len(first.rstrip())
    before = terminal.getvalue()
    assert run(*words, "--json").data["strategy"] == "exact"
    assert run("match", acme, *ON).status == 0
    assert terminal.getvalue() == before, "JSON comes alone, and a strategy that tells nothing leaves nothing to clear"


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (Progress(phase="loading kernels", done=0, note="once"), "loading kernels, once"),
        (Progress(phase="auction", done=1, of=4, value=1_200), "auction [##        ] 1 of 4, value 1,200"),
        (
            Progress(phase="closing the gap", done=3, value=999, bound=1_000),
            "closing the gap, round 3, proven gap 0.1000 %, value 999, bound 1,000",
        ),
        (
            Progress(phase="two\nlines", done=0, value=0, bound=0),
            "two\\nlines, proven gap 0, value 0, bound 0",
        ),
    ],
    ids=lambda value: value.phase if isinstance(value, Progress) else "",
)
def test_progress_is_said_on_one_line(progress: Progress, line: str) -> None:
    assert described(progress) == line


# --- the process


def test_help_and_version(run: Run) -> None:
    assert "claim of PLAN that can be checked without solving again" in " ".join(run("verify", "-h").out.split())
    assert run("--version").out == f"taskmentor {taskmentor.__version__}\n"
    assert "verify says no" in run("-h").out
    commands = ("demo", "sample", "generate", "convert", "gaps", "mentors", "slots", "match", "verify", "explain")
    for command in commands:
        assert f"\n  {command} " in run("--help").out
        assert run(command, "--help").status == 0
    nothing = run()
    assert (nothing.status, nothing.out) == (2, "")
    assert nothing.err.startswith("Usage: taskmentor")


@pytest.mark.parametrize("words", [["--help"], ["match", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    """Otherwise nobody would ask for help twice."""
    code = (
        "import sys; from taskmentor.cli import main; status = main(sys.argv[1:]);"
        "sys.exit(status or ' '.join({'numpy', 'networkx', 'ortools'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_script_is_the_module() -> None:
    done = subprocess.run([str(SCRIPT), "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"taskmentor {taskmentor.__version__}\n")
    assert subprocess.run([str(SCRIPT), "gaps", "nowhere"], capture_output=True, check=False).returncode == 2


def test_the_process_answers_and_says_no(tmp_path: Path) -> None:
    def called(*words: str) -> Said:
        command = [sys.executable, "-m", "taskmentor", *words]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, check=False)
        return Said(done.returncode, done.stdout, done.stderr)

    assert called("sample", "acme").status == 0
    assert called("match", "acme", *ON, "--out", "plan").status == 0
    assert called("verify", "acme", "plan", "--json").data["status"] == "optimal"
    spoil(tmp_path / "plan" / "plan.csv", ",825,225", ",826,226")
    assert called("verify", "acme", "plan").status == 1
    refused(called("gaps", "nowhere"), "TM-NOT-A-FOLDER nowhere")
    (tmp_path / "acme" / "peoples.csv").write_text("x", encoding="utf-8")
    assert len(called("gaps", "acme", *ON).err.splitlines()) == 1, "what the log says is not said twice"


def test_the_module_runs_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import taskmentor.__main__  # which runs nothing

    monkeypatch.setattr(sys, "argv", ["taskmentor", "--version"])
    monkeypatch.delitem(sys.modules, "taskmentor.__main__")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("taskmentor", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"taskmentor {taskmentor.__version__}\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
def test_a_reader_that_stops_reading_is_no_error(acme: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "taskmentor", "gaps", acme, *ON, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert started.stdout is not None
    started.stdout.close()
    assert started.stderr is not None
    assert started.stderr.read() == b""
    started.stderr.close()
    assert started.wait() == 141


def test_a_terminal_without_a_letter_shows_its_code(acme: Path) -> None:
    spoil(acme / "people.csv", "Rosalind Achterholm", "漢字")
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "taskmentor", "mentors", str(acme), *ON, "--person", "p-0001", "--skill", "sql"]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"p-0001 \\u6f22\\u5b57" in done.stdout
    done = subprocess.run([*command, "--json"], capture_output=True, env=environment, check=False)
    assert json.loads(done.stdout.decode("utf-8"))["person_id"] == "p-0001"


class Refusing(io.TextIOBase):
    """A standard output that takes nothing."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, _: str) -> int:
        raise self.error


def test_a_broken_pipe_ends_quietly(
    acme: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["gaps", str(acme)], ["--help"]):
        monkeypatch.setattr(sys, "stdout", Refusing(BrokenPipeError(errno.EPIPE, "Broken pipe")))
        assert main(words) == 141
        print("nothing breaks any more")
    assert capsys.readouterr().err == ""


def test_a_full_disk_is_one_line(
    acme: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Refusing(OSError(errno.ENOSPC, "No space left on device")))
    assert main(["gaps", str(acme), "--json"]) == 2
    assert capsys.readouterr().err == "taskmentor: No space left on device\n"


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (KeyboardInterrupt(), 130, "taskmentor: interrupted."),
        (MemoryError(), 2, "taskmentor: there is not enough memory for an input of this size."),
        (PermissionError(errno.EACCES, "Permission denied", "acme"), 2, "taskmentor: acme: Permission denied"),
        (OSError(), 2, "taskmentor: OSError"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_stops_a_command_is_one_line(
    acme: Path, run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, line: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("taskmentor.formats.reading.read_organisation", fails)
    said = run("gaps", acme)
    assert (said.status, said.out, said.err.strip()) == (status, "", line)


# --- text for people


def test_cells_are_aligned_whatever_they_hold() -> None:
    rows: list[list[object]] = [["漢字", 1], ["e\u0301", 22], ["two\nlines", None], ["\u202eevil", 3]]
    assert layout.table(("name", "points"), rows, numbers=("points",)) == [
        "name        points",
        "漢字             1",
        "e\u0301               22",
        "two\\nlines",
        "\\u202eevil       3",
    ]


def test_a_wide_cell_is_cut() -> None:
    assert layout.table(("name",), [["x" * 60], ["漢" * 30], ["y" * 48]]) == [
        "name",
        "x" * 47 + "…",
        "漢" * 23 + "…",
        "y" * 48,
    ]


# --- the page in the docs


def blocks() -> list[str]:
    page = (REPOSITORY / "docs" / "how-to" / "command-line.md").read_text(encoding="utf-8")
    return re.findall(r"^```console\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


def test_the_page_shows_what_the_commands_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Each block of the page is run, in order, in one folder; its output must be what the page shows."""
    monkeypatch.chdir(tmp_path)
    assert len(blocks()) >= 8
    for block in blocks():
        command, shown = block.split("\n", 1)
        assert command.startswith("$ taskmentor ")
        said = run(*command.removeprefix("$ taskmentor ").split())
        assert said.out + said.err == shown


def test_the_page_knows_every_command() -> None:
    page = (REPOSITORY / "docs" / "how-to" / "command-line.md").read_text(encoding="utf-8")
    assert [command for command in _commands.commands if f"taskmentor {command}" not in page] == []
