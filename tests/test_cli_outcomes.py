"""The command `outcomes`: from tables and a store to what has changed."""

import json
from pathlib import Path

import pytest

from taskmentor.cli import main
from taskmentor.cli.measured import Measured
from taskmentor.lifecycle.moves import State
from taskmentor.outcomes import Period, report
from taskmentor.store import Store, open_store
from tests.organisations import ON, organisation
from tests.outcomes.made import SINCE, engagement
from tests.store.desk import bring, open_places

DAYS = ("--since", "2026-02-15", "--on", "2026-10-01")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables") / "acme"
    assert main(["sample", str(folder)]) == 0
    return folder


def asked(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["outcomes", *map(str, words)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_it_shows_what_changed_and_keeps_small_groups_back(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = asked(capsys, acme, *DAYS, "--by", "role")
    assert (status, err) == (0, "")
    assert out.startswith("2026-02-15 to 2026-10-01: 0 engagements.\n")
    assert "·: fewer than 5 people, or kept back" in out
    assert "Knowledge at risk" in out
    _, shown, _ = asked(capsys, acme, *DAYS, "--smallest", 1, "--by", "location", "--aggregates")
    assert "·" not in shown
    assert "Weimar" in shown
    assert "Knowledge at risk" not in shown


def test_as_data_what_is_kept_back_is_null(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = asked(capsys, acme, *DAYS, "--by", "role", "--json")
    data = json.loads(out)
    assert data["period"] == {"since": "2026-02-15", "on": "2026-10-01"}
    lines = {line["labels"][0]: line for line in data["met_after"]["lines"]}
    assert lines["chief-executive"] == {"labels": ["chief-executive"], "people": None, "n": None, "total": None}
    assert lines[None]["n"] - lines[None]["total"] == 80
    assert (data["load"]["engagements"], data["load"]["top_tenth"]) == (None, None)  # held by fewer than five mentors
    assert data["reach"] is None or "/" in data["reach"]["before"]["by_chance"]
    assert all("/" in share for _, share in data["time"]["waited"])


def test_fading_engagements_are_data_too() -> None:
    staff = organisation("max mia")
    found = report(staff, [engagement("mia", "max", name="e-1")], Period(since=SINCE, on=ON))
    data = Measured(report=found).data()
    assert isinstance(data, dict)
    assert data["fading"] == [
        {
            "engagement_id": "e-1",
            "at": "2026-10-02T00:00:00+00:00",
            "signs": [
                {"sign": "idle", "count": 118, "since": "2026-06-05"},
                {"sign": "no session ahead", "count": 119, "since": "2026-06-05"},
                {"sign": "past its end", "count": 77, "since": "2026-07-17"},
            ],
        }
    ]


def test_engagements_come_from_a_store(acme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of people whom the tables do not know are counted apart."""
    address = f"sqlite:///{tmp_path / 'store.db'}"
    assert main(["db", "upgrade", address]) == 0
    with open_store(address) as store:
        open_places(store)
        bring(store, State.COMPLETED)
    status, out, _ = asked(capsys, acme, *DAYS, "--db", address)
    assert status == 0
    assert out.startswith("2026-02-15 to 2026-10-01: 0 engagements. 1 other of people or skills no longer known.")


def test_a_period_that_runs_backwards_is_refused(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = asked(capsys, acme, "--since", "2026-10-01", "--on", "2026-02-15")
    assert status == 2
    assert "TM-DATE-ORDER" in err


def test_a_store_gives_every_engagement_as_it_stands(tmp_path: Path) -> None:
    with open_store("memory:") as store:
        assert store.engagements() == ()
        open_places(store)
        bring(store, State.COMPLETED)
        assert store.engagements() == (store.load("e-1"),)
        assert isinstance(store, Store)
