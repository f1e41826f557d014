"""Tests that find real data say so when there is none."""

from pathlib import Path

import pytest

from tests.data import real_data


def test_the_named_place_is_searched_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "onet").mkdir()
    monkeypatch.setenv("TASKMENTOR_DATA", str(tmp_path))
    assert real_data("onet") == tmp_path / "onet"


def test_missing_data_skips_a_test_on_a_developers_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKMENTOR_DATA", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no folder 'onet'"):
        real_data("onet")


def test_missing_data_fails_a_test_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKMENTOR_DATA", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no folder 'onet'"):
        real_data("onet")
