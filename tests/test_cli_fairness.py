"""The command `fairness`: from tables and a plan to what it gave to groups of people."""

import json
from pathlib import Path

import pytest

from taskmentor.cli import main
from taskmentor.formats.plans import read_plan
from taskmentor.formats.reading import protected_from_rows, read_organisation, read_protected
from taskmentor.formats.writing import write_protected
from taskmentor.outcomes import asked_in_plans, fairness_report
from taskmentor.programmes import task_based
from taskmentor.rounds import reopen

DAY, EARLIER = "2026-10-01", "2026-09-01"


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with tables, two plans, and the groups of everybody, drawn by turns."""
    folder = tmp_path_factory.mktemp("fairness")
    assert main(["sample", str(folder / "acme")]) == 0
    for name, on in (("plan", DAY), ("earlier", EARLIER)):
        assert main(["match", str(folder / "acme"), "--on", on, "--out", str(folder / name)]) == 0
    organisation = read_organisation(folder / "acme")
    rows = [
        {"person_id": person, "attribute": attribute, "group": groups[place % len(groups)], "consented_on": EARLIER}
        for place, person in enumerate(organisation.people.ids.tolist())
        for attribute, groups in (("sex", "fmf"), ("origin", "xyyyyyy"))
    ]
    write_protected(protected_from_rows(rows, organisation), folder / "acme")
    return folder


def asked(capsys: pytest.CaptureFixture[str], acme: Path, *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["fairness", str(acme / "acme"), str(acme / "plan"), *map(str, words)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_it_prints_the_report_of_the_plan(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = asked(capsys, acme, "--by", "sex", "--earlier", acme / "earlier")
    assert (status, err) == (0, "")
    organisation = read_organisation(acme / "acme")
    round_ = reopen(organisation, task_based(), *read_plan(acme / "plan"))
    waited = asked_in_plans(organisation, [read_plan(acme / "earlier")[0]])
    protected = read_protected(acme / "acme", organisation)
    assert out == f"{fairness_report(round_, protected, by=['sex'], asked=waited)}\n"
    assert "days waited" in out


def test_as_data_a_rate_is_a_fraction_and_what_is_kept_back_is_null(
    acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = asked(capsys, acme, "--json", "--exclude-below", "2")
    assert status == 0
    data = json.loads(out)
    assert data["by"] == ["origin", "sex"]
    by_origin, by_sex, crossed = data["selection"]
    (women, men) = by_sex["impacts"]
    assert women["labels"] == ["f"]
    assert "/" in women["rate"]
    assert isinstance(women["interval"][0], float)
    assert men["excluded"] is False
    assert by_origin["by"] == ["origin"]
    assert [one["rate"] for one in crossed["impacts"] if one["people"] is None]
    assert data["waited"] is None


def test_the_table_may_lie_elsewhere(acme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_text(
        "person_id,attribute,group,consented_on,note\np-0001,sex,f,2026-01-05,\nzoe,sex,m,2026-01-05,\n",
        encoding="utf-8",
    )
    status, _, err = asked(capsys, acme, "--protected", kept)
    assert (status, "UNKNOWN-PERSON" in err) == (2, True)
    status, out, err = asked(capsys, acme, "--protected", kept, "--quarantine")
    assert status == 0
    assert "UNKNOWN-COLUMN" in err
    assert "Left out of protected: 1 row." in err
    assert "not given" in out


def test_what_cannot_be_reported_is_refused(acme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, acme, "--by", "age")[0] == 2
    assert "there is no protected.csv" in asked(capsys, acme, "--protected", tmp_path)[2]
    assert "is not a whole number from 0 to 100" in asked(capsys, acme, "--exclude-below", "2.5")[2]
