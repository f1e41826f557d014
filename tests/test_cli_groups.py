"""The command `groups`: what it answers, in text and as JSON, and how it says no."""

import json
from datetime import date
from pathlib import Path

import pytest

from taskmentor.cli import main
from taskmentor.formats import read_organisation
from taskmentor.matching.groups import GroupPolicy, Topic, form_groups
from taskmentor.programmes import reskilling

ON = ("--on", "2026-10-01")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("acme")
    assert main(["sample", str(folder), "--overwrite"]) == 0
    return str(folder)


def test_groups_are_formed_around_skills_and_told_in_text(acme: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Would be broken: the main use of the command."""
    assert main(["groups", acme, "--skill", "presenting", "--skill", "python", "--min-members", "5", *ON]) == 0
    said = capsys.readouterr().out
    assert "groups with" in said.splitlines()[0]
    assert "presenting" in said
    assert "expert" in said
    assert "In no group: members 4" in said


def test_groups_of_a_set_of_skills_are_told_as_data(acme: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Would be broken: what other programs read."""
    assert main(["groups", acme, "--skills", "presenting,leading-change", "--json", *ON]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["status"] == "optimal"
    assert data["gap"] == data["bound"] - data["value"] == 0
    assert {group["topic_id"] for group in data["groups"]} == {"presenting+leading-change"}
    assert {one["role"] for group in data["groups"] for one in group["people"]} == {"peer", "expert"}
    assert all(one["reason"] for one in data["left_out"])


def test_a_problem_file_names_who_may_take_part(acme: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """P1: groups around a business problem, across departments."""
    file = tmp_path / "problem.toml"
    members = [f"p-{number:04}" for number in range(10, 30)]
    file.write_text(f'id = "late-deliveries"\nmembers = {members}\n', encoding="utf-8")
    sizes = ["--min-experts", "0", "--max-experts", "0", "--min-departments", "3", "--max-groups", "1"]
    assert main(["groups", acme, "--problem-file", str(file), *sizes, "--json", *ON]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [group["topic_id"] for group in data["groups"]] == ["late-deliveries"]


def test_groups_are_formed_as_a_programme_says(acme: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """P3: a cohort with an expert of each skill; by the name of a preset as by a file."""
    assert main(["programmes", "reskilling", "--toml"]) == 0
    file = tmp_path / "ours.toml"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    answers = []
    for programme in ("reskilling", str(file)):
        words = ["--skills", "presenting,leading-change", "--programme", programme]
        assert main(["groups", acme, *words, "--json", *ON]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1]
    topic = Topic(id="presenting+leading-change", skills=("presenting", "leading-change"))
    formed = form_groups(read_organisation(acme), reskilling().groups or GroupPolicy(), [topic], on=date(2026, 10, 1))
    assert [{one["person_id"] for one in group["people"]} for group in answers[0]["groups"]] == [
        {*group.members, *group.experts} for group in formed.groups
    ]
    assert formed.groups


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "BAD-TOML"),
        ('id = "x"\nmember = []', "'member' is not known; did you mean 'members'?"),
        ('name = "x"\nmembers = 7', "UNKNOWN-KEY"),
        ('name = "x"\nmembers = 7', "MISSING-VALUE"),
        ('name = "x"\nmembers = 7', "WRONG-TYPE"),
    ],
)
def test_a_problem_file_that_is_wrong_is_refused(
    acme: str, tmp_path: Path, text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would be broken: a file with a slip of the pen, read as if it said something else."""
    file = tmp_path / "problem.toml"
    file.write_text(text, encoding="utf-8")
    assert main(["groups", acme, "--problem-file", str(file), *ON]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "give --skill, --skills or --problem-file"),
        (
            ["--skill", "python", "--programme", "reverse"],
            "forms no groups; give one such as group, circle, reskilling",
        ),
        (
            ["--skill", "python", "--programme", "group", "--min-members", "4", "--max-groups", "2"],
            "--programme says all that itself; leave --min-members, --max-groups out.",
        ),
        (["--skill", "presenting", "--min-members", "9"], "TM-CONFLICTING-POLICY"),
        (["--skill", "juggling"], "juggling"),
        (["--problem-file", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_what_cannot_be_done_is_said(
    acme: str, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would be broken: exit codes and words of refusals."""
    assert main(["groups", acme, *options, *ON]) == 2
    assert words in capsys.readouterr().err


PROBLEM = [f"p-{number:04}" for number in range(10, 30)]


@pytest.fixture
def problem(tmp_path: Path) -> list[str]:
    """Return the words that ask for groups of four to six of twenty people around a problem."""
    file = tmp_path / "problem.toml"
    file.write_text(f'id = "late-deliveries"\nmembers = {PROBLEM}\n', encoding="utf-8")
    sizes = {"min-members": 4, "wanted-members": 5, "max-members": 6, "min-experts": 0, "max-experts": 0}
    words = [word for name, n in sizes.items() for word in (f"--{name}", str(n))]
    return ["--problem-file", str(file), *words, *ON]


def people_of(said: str) -> list[set[str]]:
    return [{one["person_id"] for one in group["people"]} for group in json.loads(said)["groups"]]


def test_row_15_nobody_is_in_a_group_with_the_same_people_again(
    acme: str, problem: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer of one round is the history of the next."""
    assert main(["groups", acme, *problem, "--json"]) == 0
    before = capsys.readouterr().out
    (tmp_path / "before.json").write_text(before, encoding="utf-8")
    history = ["--history", str(tmp_path / "before.json"), "--bar-repeats"]
    assert main(["groups", acme, *problem, *history, "--json"]) == 0
    after = people_of(capsys.readouterr().out)
    assert after
    assert all(len(one & other) <= 1 for one in people_of(before) for other in after)
    (tmp_path / "before.json").write_text('{"groups": [{"people": [1]}]}', encoding="utf-8")
    assert main(["groups", acme, *problem, *history]) == 2
    assert "it holds no groups of people" in capsys.readouterr().err


def test_people_are_kept_together_and_apart(acme: str, problem: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    sets = ["--together", "p-0010,p-0011", "--apart", "p-0012,p-0013,p-0014"]
    assert main(["groups", acme, *problem, *sets, "--json"]) == 0
    for group in people_of(capsys.readouterr().out):
        assert len(group & {"p-0010", "p-0011"}) in (0, 2)
        assert len(group & {"p-0012", "p-0013", "p-0014"}) <= 1
    assert main(["groups", acme, *problem, "--apart", "p-0012,p-12"]) == 2
    assert "'p-12' names no person" in capsys.readouterr().err


def test_groups_meet_at_slots_at_which_their_members_can_come(
    acme: str, problem: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """G2: slots have any names; who has none never comes."""
    slots = tmp_path / "slots.csv"
    free = {person: ("Mon 09:00" if place % 2 else "Tue 14:30") for place, person in enumerate(PROBLEM[:16])}
    rows = "".join(f"{person},{slot}\n" for person, slot in free.items())
    slots.write_text(f"person_id,slot\n{rows}", encoding="utf-8")
    assert main(["groups", acme, *problem, "--slots", str(slots), "--json"]) == 0
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert {group["slot"] for group in groups} == {"Mon 09:00", "Tue 14:30"}
    assert all(free[one["person_id"]] == group["slot"] for group in groups for one in group["people"])
    assert main(["groups", acme, *problem, "--slots", str(slots), "--attendance", "50"]) == 0
    assert "Mon 09:00" in capsys.readouterr().out
    assert main(["groups", acme, *problem, "--attendance", "50"]) == 2
    assert "give --slots too" in capsys.readouterr().err
    slots.write_text("person_id,slot\np-0010,\n", encoding="utf-8")
    assert main(["groups", acme, *problem, "--slots", str(slots)]) == 2
    assert "TM-MISSING-VALUE slots.csv line 2 column slot" in capsys.readouterr().err
