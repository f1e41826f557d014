"""The commands on stores: upgrade, check, export, erase."""

import json
import sqlite3
from pathlib import Path

import pytest

from taskmentor.cli import main
from taskmentor.lifecycle.moves import State
from taskmentor.store import check_log, open_store
from tests.lifecycle.examples import MENTEE
from tests.store.desk import bring, open_places


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a store in a file, with one engagement that was ended with words."""
    path = tmp_path / "store.db"
    assert main(["db", "upgrade", f"sqlite:///{path}"]) == 0
    with open_store(f"sqlite:///{path}") as store:
        open_places(store)
        bring(store, State.COMPLETED)
    return path


def asked(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["db", *map(str, words)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_store_in_order_is_said_to_be(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = asked(capsys, "check", f"sqlite:///{file}")
    assert status == 0
    assert out.startswith("All invariants hold over 10 entries.\nAnchor: 10:")
    status, out, _ = asked(capsys, "check", f"sqlite:///{file}", "--json")
    assert json.loads(out)["problems"] == []


def test_a_store_that_was_changed_is_said_to_be(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE tm_facts SET facts = replace(facts, '\"level\":3', '\"level\":4')")
    status, out, _ = asked(capsys, "check", f"sqlite:///{file}")
    assert status == 1
    assert "I12: position 9: the facts are not those that were committed to." in out


def test_an_anchor_is_compared(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"sqlite:///{file}"
    _, out, _ = asked(capsys, "check", address, "--json")
    anchor = json.loads(out)["anchor"]
    for good in (anchor, "0:" + "0" * 64):
        assert asked(capsys, "check", address, "--anchor", good)[0] == 0
    for bad in ("10:" + "0" * 64, "11:" + anchor[3:]):
        assert asked(capsys, "check", address, "--anchor", bad)[0] == 1
    status, _, err = asked(capsys, "check", address, "--anchor", "yesterday")
    assert status == 2
    assert "that is no anchor" in err


def test_a_log_is_exported_once(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.jsonl"
    status, out, _ = asked(capsys, "export", f"sqlite:///{file}", "--log", log)
    assert status == 0
    assert out.startswith("Wrote 10 entries.\nAnchor: 10:")
    assert [*check_log(log)] == []
    assert asked(capsys, "export", f"sqlite:///{file}", "--log", log)[0] == 2


def test_a_person_gets_their_own(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "own"
    status, said, _ = asked(capsys, "export", f"sqlite:///{file}", "--person", MENTEE, "--out", out)
    assert (status, said) == (0, "Files: data.json, page.html.\n")
    assert json.loads((out / "data.json").read_text(encoding="utf-8"))["person_id"] == MENTEE
    assert "What is kept about mia" in (out / "page.html").read_text(encoding="utf-8")
    status, _, err = asked(capsys, "export", f"sqlite:///{file}", "--person", "nobody", "--out", tmp_path / "none")
    assert status == 2
    assert "names no person" in err


@pytest.mark.parametrize("words", [[], ["--person", "mia"], ["--log", "x", "--person", "mia"], ["--out", "x"]])
def test_an_export_says_of_what(file: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = asked(capsys, "export", f"sqlite:///{file}", *words)
    assert status == 2
    assert "either --log FILE, or --person ID with --out DIR" in err


def test_a_person_is_erased(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grants = tmp_path / "grants.csv"
    grants.write_text(
        "person_id,relation,from_on,programme_id\n"
        "officer,programme manager,2020-01-01,\nother,programme manager,2020-01-01,task-based\n",
        encoding="utf-8",
    )
    words = ["erase", f"sqlite:///{file}", "--person", MENTEE, "--ticket", "T-1", "--grants", grants, "--actor"]
    status, out, err = asked(capsys, *words, "other")
    assert (status, out) == (2, "")
    assert "'other' may not erase-person: it takes programme manager" in err
    words.append("officer")
    status, out, _ = asked(capsys, *words)
    assert status == 0
    assert out.startswith("Erased; the log tells of it at position 11.\nAnchor: 11:")
    assert asked(capsys, "check", f"sqlite:///{file}")[0] == 0
    assert asked(capsys, *words)[0] == 2


def test_a_database_without_tables_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = asked(capsys, "check", f"sqlite:///{tmp_path}/new.db")
    assert status == 2
    assert "run `taskmentor db upgrade`" in err
