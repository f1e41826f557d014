"""Runs of programs in processes of their own, with a limit of time, also in the environments of other packages.

Only the standard library is used.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measuring import ROOT

__all__ = ["CACHE", "Missing", "answer_of", "clean_environment", "environment"]

CACHE = ROOT / ".benchmarks"
"""Where environments and instances are kept between runs."""


class Missing(Exception):
    """Something that a benchmark needs is not there."""


def environment(name: str, needed: Sequence[str], cache: Path) -> Path:
    """Return the Python of an environment that holds some packages, which is made where it is missing.

    Args:
        name: What the environment is for.
        needed: The packages, each with its version.
        cache: The folder that environments are kept in.

    Raises:
        Missing: If it cannot be made.
    """
    key = hashlib.sha256("\n".join([*needed, sys.version]).encode()).hexdigest()[:12]
    folder = cache / "environments" / f"{name}-{key}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    finished = folder / "finished"
    if finished.exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needed]
    for command in ([sys.executable, "-m", "venv", str(folder)], install):
        if subprocess.run(command, check=False, cwd=ROOT, env=clean_environment()).returncode:
            raise Missing(f"The environment of {name} could not be made, for the reason above.")
    finished.touch()
    return python


def clean_environment() -> dict[str, str]:
    """Return the variables of this process without those that would lead another Python to our packages."""
    ours = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def answer_of(
    module: str,
    *arguments: str,
    seconds: float | None = None,
    python: Path = Path(sys.executable),
    variables: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return the JSON object that a module leaves in the file named by its last argument.

    Args:
        module: The module that is run.
        arguments: Its arguments; the file's name is put after them.
        seconds: After how long it is stopped; never unless given.
        python: The Python of its environment.
        variables: More variables of its environment.

    Returns:
        The answer, or one whose `status` is `time-out` (with the last JSON object that was printed as `seconds`) or
        `failed` (with the last line that it complained with as `detail`).
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        try:
            ended = subprocess.run(
                [str(python), "-m", module, *arguments, str(answer)],
                check=False,
                cwd=ROOT,
                env=clean_environment() | dict(variables or {}),
                timeout=seconds,
                capture_output=True,
                text=True,
            )
        except subprocess.TimeoutExpired as late:
            # What has been printed until then is bytes, whatever was asked for.
            lines = (late.stdout or b"").splitlines()
            phases = json.loads(lines[-1]) if lines else {}
            detail = f"stopped after {late.timeout:.0f} s"
            return {"status": "time-out", "detail": detail, "limit": late.timeout, "seconds": phases}
        if ended.returncode:
            last = ended.stderr.strip().splitlines()[-1:] or [f"ended with status {ended.returncode}"]
            return {"status": "failed", "detail": last[0]}
        found: dict[str, object] = json.loads(answer.read_text(encoding="utf-8"))
    return found
