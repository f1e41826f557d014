"""The command `rematch`: what it answers, what it writes, and how `verify` checks that."""

import json
from pathlib import Path

import pytest

from taskmentor.cli import main

ON = ("--on", "2026-10-01")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """Return the folders of an organisation with its published plan, and of the same organisation a day later."""
    folder = tmp_path_factory.mktemp("acme")
    before, plan, after = (str(folder / name) for name in ("before", "plan", "after"))
    assert main(["sample", before]) == main(["sample", after]) == 0
    assert main(["match", before, *ON, "--out", plan]) == 0
    mentor = _lines(plan, "plan.csv")[1].split(",")[3]
    people = _lines(after, "people.csv")
    place = people[0].split(",").index("capacity")
    (Path(after) / "people.csv").write_text("\n".join(_without_places(row, mentor, place) for row in people) + "\n")
    return after, plan, mentor


def _lines(folder: str, name: str) -> list[str]:
    return (Path(folder) / name).read_text(encoding="utf-8").splitlines()


def _without_places(row: str, person_id: str, place: int) -> str:
    cells = row.split(",")
    if cells[0] == person_id:
        cells[place] = "0"
    return ",".join(cells)


def test_a_plan_is_matched_again_written_and_verified(
    acme: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would be broken: the nightly job of an organisation without Python."""
    after, plan, mentor = acme
    for keep in ("none", "all"):
        new = str(tmp_path / keep)
        assert main(["rematch", after, plan, *ON, "--keep", keep, "--out", new]) == 0
        said = capsys.readouterr().out
        assert f": {mentor} -> " in said
        assert "(no-places)" in said
        assert "Wrote plan.csv" in said
        assert main(["verify", after, new, "--before", plan, "--keep", keep]) == 0
        assert capsys.readouterr().out.startswith("optimal: ")
        assert main(["verify", after, new]) == 1
        capsys.readouterr()


def test_changes_are_told_as_data(acme: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Would be broken: what other programs read."""
    after, plan, mentor = acme
    assert main(["rematch", after, plan, *ON, "--most-changes", "5", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    told = data["rematch"]
    assert (told["most_changes"], told["gap"]) == (5, 0)
    assert told["changes"] <= 5
    lost = {change["before"] for change in told["difference"]["changes"] if change["why"] == "no-places"}
    assert lost == {mentor}
    assert data["status"] == "optimal"


def test_a_strategy_can_be_named(acme: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Would be broken: a rematch where nothing is compiled."""
    after, plan, _ = acme
    values = []
    for strategy in ("exact", "flow"):
        assert main(["rematch", after, plan, *ON, "--strategy", strategy, "--bonus", "3", "--json"]) == 0
        values.append(json.loads(capsys.readouterr().out)["value"])
    assert values[0] == values[1]


def test_what_cannot_be_matched_again_is_refused(
    acme: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would be broken: half a plan, or a bonus that is dropped, with exit code 0."""
    after, plan, _ = acme
    half, new = tmp_path / "half", tmp_path / "new"
    half.mkdir()
    for file in Path(plan).iterdir():
        (half / file.name).write_bytes(file.read_bytes())
    (half / "plan.csv").write_text("\n".join(_lines(plan, "plan.csv")[:20]) + "\n", encoding="utf-8")
    for asked, said in (
        ([str(half)], "TM-INVALID-PLAN plan: it has 19 pairs, not 48."),
        ([plan, "--bonus", "50", "--most-changes", "3"], "TM-CONFLICTING-ARGUMENTS arguments column bonus"),
    ):
        assert main(["rematch", after, *asked, *ON, "--out", str(new)]) == 2
        assert said in capsys.readouterr().err
        assert not new.exists()


def test_a_rematch_is_asked_like_any_plan(
    acme: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would be broken: a plan that can be made and checked, and of which nobody can ask why."""
    after, plan, _ = acme
    new, of_it = str(tmp_path / "new"), ("--before", plan, "--keep", "all")
    assert main(["rematch", after, plan, *ON, "--keep", "all", "--out", new]) == 0
    asked = ("--person", "p-0042", "--skill", "data-analysis")
    for command, *more in (("explain", *asked), ("blocking",), ("why-not", *asked), ("recruit", "--more", "1")):
        assert main([command, after, new, *more, *of_it]) == 0
        capsys.readouterr()
        assert main([command, after, new, *more]) == 2
        assert "it is a rematch; name the published plan with --before" in capsys.readouterr().err
    assert main(["explain", after, new, *asked, *of_it[2:]]) == 2
    assert "give that too, with --before" in capsys.readouterr().err
