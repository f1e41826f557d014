"""The commands `costs`, `recruit` and `why-not`: what they answer, in text and as JSON, and how they say no."""

import json
from pathlib import Path

import pytest

from taskmentor.answers.comparing import Frontier
from taskmentor.cli import main
from taskmentor.cli.told import Compared


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("asked")
    acme, out = str(folder / "acme"), str(folder / "plan")
    assert main(["sample", acme]) == 0
    assert main(["match", acme, "--on", "2026-10-01", "--out", out]) == 0
    return acme, out


Caught = pytest.CaptureFixture[str]


def test_costs_are_told(plan: tuple[str, str], capsys: Caught) -> None:
    assert main(["costs", *plan, "--most", "1"]) == 0
    said = capsys.readouterr().out
    assert "one more place of every mentor             +13      +25" in said
    assert "... and 1 more blocks and pins: --most looks at more of them." in said
    assert "p-0006 Marisol Quintavar  mentor" in said
    assert main(["costs", *plan, "--json", "--most", "1"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {row["kind"] for row in data["costs"]} == {"rule", "block", "pin", "limit"}
    assert data["places"][0]["more"]["requests"] == 1


def test_recruits_are_told(plan: tuple[str, str], capsys: Caught) -> None:
    assert main(["recruit", *plan, "--more", "3", "--places", "3", "--like", "p-0042"]) == 0
    assert "location  places each" in capsys.readouterr().out
    assert main(["recruit", *plan, "--more", "3", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["n"], data["at_least"], data["smallest"]) == (3, 3, True)


def test_nobody_to_recruit_is_said_in_one_line(tmp_path: Path, capsys: Caught) -> None:
    acme, out = str(tmp_path / "few"), str(tmp_path / "plan")
    numbers = ("--people", "30", "--places-per-request", "2", "--format", "csv")
    assert main(["generate", acme, *numbers]) == 0
    assert main(["match", acme, "--on", "2026-10-01", "--out", out]) == 0
    capsys.readouterr()
    assert main(["recruit", acme, out, "--more", "1000", "--json"]) == 0
    ceiling = json.loads(capsys.readouterr().out)
    assert not ceiling["enough"]
    none = ("--like", "nobody")
    assert main(["recruit", acme, out, "--more", "1", *none]) == 2
    assert capsys.readouterr().err == "taskmentor: 'nobody' names no person.\n"


def test_what_would_have_to_change_is_told(plan: tuple[str, str], capsys: Caught) -> None:
    asked = ("--person", "p-0007", "--skill", "delegation")
    assert main(["why-not", *plan, *asked]) == 0
    said = capsys.readouterr().out
    assert "one place more for p-0015" in said
    assert "Why not all can be served: 50 requests of p-0003" in said
    assert main(["why-not", *plan, *asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["served"] is False
    assert main(["why-not", *plan, "--person", "p-0042", "--skill", "data-analysis"]) == 0
    assert capsys.readouterr().out == "p-0042 Thandiwe Marlowe in data-analysis has a mentor in this plan.\n"
    assert main(["why-not", *plan, "--person", "p-0023", "--skill", "functional-safety"]) == 0
    assert "can be served by nobody who offers a place" in capsys.readouterr().out
    assert main(["why-not", *plan, "--person", "p-0042", "--skill", "nothing"]) == 2


def test_probes_and_plans_side_by_side_are_told(plan: tuple[str, str], capsys: Caught) -> None:
    assert main(["probe", *plan, "--person", "p-0044"]) == 0
    said = capsys.readouterr().out
    assert "1 of 1 people would gain by misreporting alone." in said
    assert "1 place left instead of 2" in said
    assert main(["probe", *plan, "--person", "p-0044", "--strategy", "stable", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["people"] == 1
    assert main(["probe", *plan, "--strategy", "nothing"]) == 2
    assert "names no strategy" in capsys.readouterr().err
    assert main(["frontier", *plan]) == 0
    assert "unsurpassed" in capsys.readouterr().out
    assert main(["frontier", *plan, "--json"]) == 0
    assert {"stable", "leximin"} <= {row["name"] for row in json.loads(capsys.readouterr().out)["plans"]}


def test_plans_that_there_are_none_of_under_constraints_are_told() -> None:
    """Would be broken: a table that leaves plans out and does not say so."""
    assert Compared(found=Frontier(plans=(), left_out=("stable",))).text().endswith("constraints: stable.")
