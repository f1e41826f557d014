"""The example of a package of one's own: it is built, found by its entry point, used, and its own tests pass."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from taskmentor import sample

PLUGIN = Path(__file__).resolve().parents[2] / "examples" / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the package was built and unpacked, as an installer does; no index is asked."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(PLUGIN, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder / "dist")]
    subprocess.run(build, cwd=folder / "source", check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder


def run(installed: Path, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with the package beside taskmentor."""
    environment = {**os.environ, "PYTHONPATH": str(installed / "site")}
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_the_strategy_of_another_package_is_found_and_used(installed: Path) -> None:
    """Would be broken: the way of a plug-in, from its entry point to a plan that verifies."""
    match = ("match", str(sample.folder()), "--on", "2026-10-01", "--strategy", "scarce-first", "--json")
    plan = run(installed, "-m", "taskmentor", *match, cwd=installed)
    assert plan.returncode == 0, plan.stderr
    assert json.loads(plan.stdout)["strategy"] == "scarce-first"


@pytest.mark.parametrize(
    "some",
    [
        pytest.param(["-k", "Scarce and not fresh_process"], id="some"),
        pytest.param([], id="all", marks=pytest.mark.long),
    ],
)
def test_the_tests_of_the_package_pass(installed: Path, some: list[str]) -> None:
    """Would be broken: the suite as an outsider meets it, in a project of their own."""
    source = installed / "tried"
    shutil.copytree(installed / "source", source, ignore=shutil.ignore_patterns("src"), dirs_exist_ok=True)
    done = run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:benchmark", *some, cwd=source)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
