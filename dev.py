#!/usr/bin/env python3
"""Everything a developer runs, with nothing installed but Python.

    python3 dev.py demo    taskmentor at work on a sample organisation
    python3 dev.py test    the tests; more arguments go to pytest; --long adds the long ones
    python3 dev.py check   format, lint, types, layers, dependencies, spelling, docs
    python3 dev.py docs    the documentation, into site/

Each makes `.venv` when it is missing or stale. Needs Python 3.11 or newer, and uv or Python's own venv.
"""

import sys

OLDEST = (3, 11)


def too_old(version):  # type: (tuple[int, ...]) -> str
    """Say in one sentence why a Python of this version cannot be used; nothing when it can."""
    if version >= OLDEST:
        return ""
    return "taskmentor needs Python {}.{} or newer, and this is Python {}.{}: run dev.py with a newer one.".format(
        *(OLDEST + version[:2])
    )


# Nothing below runs on an old Python; all of it must still parse there, so that the sentence above can be said.
if too_old(sys.version_info[:3]):
    sys.stderr.write(too_old(sys.version_info[:3]) + "\n")
    sys.exit(2)

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCK = ROOT / "requirements" / "dev.txt"
STAMP = VENV / "taskmentor-stamp"


class Refusal(Exception):
    """What is missing and how to get it, in one sentence."""


# The environment


def missing_module(has: Callable[[str], object] = importlib.util.find_spec) -> str:
    """Say in one sentence what Python lacks to make a virtual environment; nothing when it lacks nothing."""
    for name in ("venv", "ensurepip"):
        if not has(name):
            return (
                f"This Python comes without `{name}`, which making .venv needs: "
                "on Debian and Ubuntu `apt-get install python3-venv` brings it."
            )
    return ""


def fingerprint() -> str:
    """Return a digest of all that .venv depends on: lock, project table, Python and place."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [pyproject["build-system"], pyproject["project"], list(sys.version_info[:2]), str(ROOT)]
    return hashlib.sha256(LOCK.read_bytes() + json.dumps(parts, sort_keys=True).encode()).hexdigest()


def is_fresh() -> bool:
    """Tell whether .venv was made to its end, from the present lock and project table."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == fingerprint()


def steps(uv: "str | None") -> "list[list[str]]":
    """Return the commands that make .venv, with uv where it is there, else with venv and pip."""
    if uv:
        make = [uv, "venv", "--quiet", "--python", sys.executable, str(VENV)]
        install = [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    else:
        make = [sys.executable, "-m", "venv", str(VENV)]
        install = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    return [
        make,
        [*install, "--require-hashes", "-r", str(LOCK)],
        [*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ]


def ensure_venv() -> None:
    """Make .venv unless it is fresh; one that an interruption left half made is made anew."""
    if is_fresh():
        return
    uv = shutil.which("uv")
    if not uv and missing_module():
        raise Refusal(missing_module())
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise Refusal("This is the Python of .venv, which has to be made anew: run dev.py with the Python outside it.")
    print("Making .venv from requirements/dev.txt: about a minute, once.", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    if not all(run(step) == 0 for step in steps(uv)):
        raise Refusal("Making .venv failed, for the reason above; run the same command to try again.")
    STAMP.write_text(fingerprint(), encoding="utf-8")


def environment() -> "dict[str, str]":
    """Return the user's environment without what would lead Python or pip astray; pip's indexes stay as they are.

    Without bytecode on disk every process would compile all packages anew, and there are hundreds of processes.
    """
    dropped = {
        "PIP_CONSTRAINT",
        "PIP_PREFIX",
        "PIP_PYTHON",
        "PIP_REQUIREMENT",
        "PIP_ROOT",
        "PIP_TARGET",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHOME",
        "PYTHONOPTIMIZE",
        "PYTHONPATH",
        "VIRTUAL_ENV",
    }
    kept = {name: value for name, value in os.environ.items() if name.upper() not in dropped}
    # Zero, not unset: a pip configuration file may ask for them too.
    pip = {"PIP_USER": "0", "PIP_REQUIRE_HASHES": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    return {**kept, **pip, "NO_MKDOCS_2_WARNING": "1"}


def run(command: "Sequence[str]", **extra: str) -> int:
    """Run a command at the root of the repository and return its exit status."""
    return subprocess.run(command, cwd=ROOT, env={**environment(), **extra}, check=False).returncode


def tool(name: str, *arguments: str) -> "list[str]":
    """Return the command that runs a tool of .venv."""
    return [shutil.which(name, path=str(BIN)) or str(BIN / name), *arguments]


# The commands


def demo(arguments: "list[str]") -> int:
    return run([str(PYTHON), "-m", "taskmentor", "demo", *arguments])


def test(arguments: "list[str]") -> int:
    # In the order of the folders: the many short files of docs come last, so that all workers end at the same time.
    spread = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    pytest = [str(PYTHON), "-m", "pytest", *spread]
    if "--long" not in arguments:
        return run([*pytest, *arguments])
    others = [argument for argument in arguments if argument != "--long"]
    return run([*pytest, "-m", "", *others], TASKMENTOR_PROFILE="long")


def check(arguments: "list[str]") -> int:
    typed = [
        name
        for name in ("src", "tests", "typing_tests", "benchmarks", "docs", "examples", "conftest.py", "dev.py")
        if any_python(ROOT / name)
    ]
    with tempfile.TemporaryDirectory() as site:
        checks = {
            "format": tool("ruff", "format", "--check"),
            "lint": tool("ruff", "check"),
            "types": tool("mypy", "--strict", *typed),
            "layers": tool("lint-imports", "--no-logo"),
            "dependencies": tool("deptry", "src"),
            "spelling": tool("codespell"),
            "docs": tool("mkdocs", "build", "--strict", "--quiet", "--site-dir", site),
        }
        unknown = set(arguments) - set(checks)
        if unknown:
            raise Refusal(f"No check is named {', '.join(sorted(unknown))}; there are {', '.join(checks)}.")
        failed = [name for name in checks if name in (arguments or checks) and not passes(name, checks[name])]
    print(f"check: {', '.join(failed)} failed" if failed else "check: all good", flush=True)
    return 1 if failed else 0


def docs(arguments: "list[str]") -> int:
    return run(tool("mkdocs", "build", "--strict", *arguments))


def passes(name: str, command: "list[str]") -> bool:
    """Run one check under its name and tell whether it passed."""
    print(f"--- {name}", flush=True)
    return run(command) == 0


def any_python(path: Path) -> bool:
    """Tell whether the path is a Python file or a folder that holds one."""
    return path.is_file() or any(path.rglob("*.py"))


COMMANDS = {"demo": demo, "test": test, "check": check, "docs": docs}


def main(arguments: "list[str]") -> int:
    """Run one command and return the exit status: 2 where something is missing."""
    if arguments and arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        ensure_venv()
        return COMMANDS[arguments[0]](arguments[1:])
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
