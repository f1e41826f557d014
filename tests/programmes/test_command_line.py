"""The command line lists programmes, says what one does, and matches under one by name or file."""

import json
from pathlib import Path

import pytest

from taskmentor.cli import main
from taskmentor.formats.programmes import read_programme
from taskmentor.programmes import PRESETS, reverse

ON = ("--on", "2026-10-01")


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    caught = capsys.readouterr()
    return status, caught.out, caught.err


@pytest.fixture
def acme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(capsys, "sample", tmp_path / "acme")[0] == 0
    return tmp_path / "acme"


def test_all_presets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Would be broken: a preset that nobody finds."""
    status, text, _ = run(capsys, "programmes")
    assert status == 0
    assert [line.split()[0] for line in text.splitlines()[1 : len(PRESETS) + 1]] == [*PRESETS]
    listed = json.loads(run(capsys, "programmes", "--json")[1])["programmes"]
    assert [one["programme"] for one in listed] == [*PRESETS]
    weeks = {one["programme"]: one["weeks"] for one in listed}
    assert {one["initiator"] for one in listed} >= {"mentee", "programme manager"}
    assert (weeks["reverse"], weeks["group"], weeks["micromentoring"]) == (16, 12, None)


def test_one_is_described_with_every_field_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    """Would be broken: a field that the description leaves out."""
    status, text, _ = run(capsys, "programmes", "onboarding")
    assert status == 0
    assert "  purpose: onboarding. What it is for." in text
    assert "  recruits-only: days 180. The mentee joined within a number of days before the day of the round;" in text
    assert "  Set up devices and accounts: manager, day 1" in text
    fields = json.loads(run(capsys, "programmes", "onboarding", "--json")[1])["fields"]
    assert {
        "part": "terms",
        "name": "weeks",
        "value": "12",
        "meaning": "How long an engagement usually lasts.",
    } in fields


def test_a_programme_is_printed_as_a_file_that_can_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Would be broken: a way to begin for those who do not write Python."""
    status, text, _ = run(capsys, "programmes", "reverse", "--toml")
    (tmp_path / "ours.toml").write_text(text, encoding="utf-8")
    assert status == 0
    assert read_programme(tmp_path / "ours.toml") == reverse()
    assert json.loads(run(capsys, "programmes", "reverse", "--toml", "--json")[1]) == {"toml": text}
    assert run(capsys, "programmes", tmp_path / "ours.toml")[1] == run(capsys, "programmes", "reverse")[1]


def test_a_round_of_a_programme_is_matched_and_verified_by_name_and_by_file(
    capsys: pytest.CaptureFixture[str], acme: Path, tmp_path: Path
) -> None:
    """Would be broken: plans of other programmes than task-based mentoring."""
    plan = tmp_path / "plan"
    by_name = ("--programme", "reverse", "--without-pins")
    status, text, _ = run(capsys, "match", acme, *ON, *by_name, "--out", plan)
    assert status == 0
    assert text.startswith("Reverse mentoring on 2026-10-01: 23 of 73 requests have a mentor.")
    (tmp_path / "ours.toml").write_text(run(capsys, "programmes", "reverse", "--toml")[1], encoding="utf-8")
    by_file = ("--programme", tmp_path / "ours.toml", "--without-pins")
    again = run(capsys, "match", acme, *ON, *by_file)[1]
    assert again.splitlines()[:20] == text.splitlines()[:20]
    for named in (by_name, by_file, by_name[:2]):  # the plan remembers that pins were left out
        assert run(capsys, "verify", acme, plan, *named)[0] == 0
    who = ("--person", "p-0002", "--skill", "prioritisation")
    assert run(capsys, "explain", acme, plan, *by_name, *who)[0] == 0
    assert run(capsys, "blocking", acme, plan, *by_name)[0] == 0
    assert json.loads((plan / "solution.json").read_text(encoding="utf-8"))["without_pins"] is True
    assert run(capsys, "verify", acme, plan)[0] == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--programme", "revers"), "names no preset and no file; did you mean 'reverse'?"),
        (("--programme", "none.toml"), "TM-NOT-A-FILE none.toml"),
        (("--programme", "reverse", "--weeks", "3"), "--programme says all that itself"),
        (("--programme", "reverse"), "TM-PIN-BREAKS-RULE"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    capsys: pytest.CaptureFixture[str], acme: Path, words: tuple[str, ...], message: str
) -> None:
    """Would be broken: options that are passed over, or a pin that goes before a rule."""
    status, _, said = run(capsys, "match", acme, *ON, *words)
    assert status == 2
    assert message in said


def test_only_one_programme_is_printed_as_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Would be broken: an option that does nothing."""
    status, _, said = run(capsys, "programmes", "--toml")
    assert status == 2
    assert "--toml prints one programme" in said


def test_a_name_that_is_misspelt_is_told_where_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    """Would be broken: a message about an option that nobody used."""
    status, _, said = run(capsys, "programmes", "revers")
    assert status == 2
    assert said.startswith("taskmentor: Invalid value for 'NAME|FILE.toml': 'revers' names no preset")
