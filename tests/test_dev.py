"""dev.py says in one sentence what is missing, and makes .venv only from the lock."""

import ast
import sys
from pathlib import Path

import pytest

import dev


@pytest.fixture
def bare_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what dev.py reads, without any .venv and without uv."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").write_text("attrs==26.1.0 --hash=sha256:00\n")
    (tmp_path / "pyproject.toml").write_text('[build-system]\nrequires = []\n[project]\nname = "taskmentor"\n')
    python = tmp_path / ".venv" / dev.PYTHON.relative_to(dev.VENV)
    places = {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "PYTHON": python,
        "LOCK": tmp_path / "requirements" / "dev.txt",
        "STAMP": tmp_path / ".venv" / dev.STAMP.name,
    }
    for name, place in places.items():
        monkeypatch.setattr(dev, name, place)
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that dev.py would have run; making the environment leaves a Python behind."""
    ran: list[list[str]] = []

    def pretend(command: list[str], **_: str) -> int:
        ran.append(command)
        if "venv" in command:
            dev.PYTHON.parent.mkdir(parents=True)
            dev.PYTHON.touch()
        return 0

    monkeypatch.setattr(dev, "run", pretend)
    return ran


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13)])
def test_an_old_python_is_told_so_in_one_sentence(version: tuple[int, ...]) -> None:
    assert dev.too_old(version) == (
        f"taskmentor needs Python 3.11 or newer, and this is Python 3.{version[1]}: run dev.py with a newer one."
    )


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 0), (4, 0, 0)])
def test_a_python_that_will_do_is_told_nothing(version: tuple[int, ...]) -> None:
    assert dev.too_old(version) == ""


def test_an_old_python_can_parse_the_script() -> None:
    """A syntax error would come before the sentence."""
    ast.parse(Path(dev.__file__).read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_missing_module_is_named_with_the_command_that_brings_it(missing: str) -> None:
    sentence = dev.missing_module(lambda name: name != missing)
    assert f"without `{missing}`" in sentence
    assert "apt-get install python3-venv" in sentence
    assert "\n" not in sentence


def test_nothing_is_missing_where_both_are_there() -> None:
    assert dev.missing_module(lambda name: True) == ""


def test_where_no_environment_can_be_made_the_status_is_2(
    bare_repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "missing_module", lambda: "What is missing.")
    assert dev.main(["test"]) == 2
    assert capsys.readouterr().err == "What is missing.\n"
    assert not (bare_repository / ".venv").exists()


def test_the_environment_is_made_from_the_lock_once(bare_repository: Path, commands: list[list[str]]) -> None:
    dev.ensure_venv()
    dev.ensure_venv()
    make, install, install_self = commands
    assert make == [sys.executable, "-m", "venv", str(bare_repository / ".venv")]
    assert install[-3:] == ["--require-hashes", "-r", str(bare_repository / "requirements" / "dev.txt")]
    assert install_self[-4:] == ["--no-deps", "--no-build-isolation", "-e", str(bare_repository)]


def test_an_environment_left_half_made_is_made_anew(bare_repository: Path, commands: list[list[str]]) -> None:
    leftover = bare_repository / ".venv" / "leftover"
    leftover.parent.mkdir()
    leftover.touch()
    dev.ensure_venv()
    assert not leftover.exists()
    assert dev.is_fresh()


@pytest.mark.parametrize("name", ["requirements/dev.txt", "pyproject.toml"])
def test_a_change_of_what_is_installed_makes_the_environment_stale(
    bare_repository: Path, commands: list[list[str]], name: str
) -> None:
    dev.ensure_venv()
    with (bare_repository / name).open("a") as file:
        file.write("\nversion = '2'\n")
    assert not dev.is_fresh()


def test_a_failed_installation_is_not_taken_for_a_whole_one(
    bare_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "run", lambda command: 1)
    with pytest.raises(dev.Refusal, match="try again"):
        dev.ensure_venv()
    assert not dev.is_fresh()


def test_uv_is_used_where_it_is_there() -> None:
    assert [step[0] for step in dev.steps("uv")] == ["uv", "uv", "uv"]
    assert all(step[0] != "uv" for step in dev.steps(None))


def test_the_users_choice_of_index_is_kept_and_what_leads_astray_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "file:///mirror")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment = dev.environment()
    assert environment["PIP_INDEX_URL"] == "file:///mirror"
    assert environment["PIP_USER"] == "0"
    assert not environment.keys() & {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}


def test_further_arguments_go_to_pytest(commands: list[list[str]]) -> None:
    dev.test(["-k", "certificate"])
    dev.test(["--long", "-x"])
    assert commands[0][-2:] == ["-k", "certificate"]
    assert commands[1][-3:] == ["-m", "", "-x"]


def test_every_check_runs_even_when_one_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "run", lambda command: int("mypy" in command[0]))
    assert dev.check([]) == 1
    output = capsys.readouterr().out
    assert output.count("---") == 7
    assert output.endswith("check: types failed\n")


def test_an_unknown_check_is_refused_with_the_known_ones() -> None:
    with pytest.raises(dev.Refusal, match="named typos; there are format, lint"):
        dev.check(["typos"])


@pytest.mark.parametrize("arguments", [[], ["tests"]])
def test_an_unknown_command_shows_the_known_ones(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(arguments) == 2
    assert "dev.py demo" in capsys.readouterr().err
