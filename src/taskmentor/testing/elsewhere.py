"""A call made once more in a fresh process, in which strings hash otherwise and nothing is remembered."""

import importlib.util
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TypeVar

__all__ = ["CannotTravelError", "called_elsewhere"]

Given = TypeVar("Given")
Answer = TypeVar("Answer")

_SECONDS = 600


class CannotTravelError(Exception):
    """Something cannot be handed to another process."""


def called_elsewhere(function: Callable[[Given], Answer], given: Given, *, home: type) -> Answer:
    """Return what a function answers in a fresh process.

    Args:
        function: A function at the top of a module of the library.
        given: What it is called with.
        home: The class of what is checked; its module is loaded from its file where it cannot be imported.

    Raises:
        CannotTravelError: If what is given cannot be handed to another process, or that process failed.
    """
    try:
        letter = pickle.dumps((function, given))
    except Exception as error:
        raise CannotTravelError(f"it cannot be pickled: {error}") from error
    head = pickle.dumps((sys.path, home.__module__, _file(home.__module__)))
    process = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import answer; answer()"],
        input=len(head).to_bytes(8, "big") + head + letter,
        env={**os.environ, "PYTHONHASHSEED": "7" if os.environ.get("PYTHONHASHSEED") != "7" else "8"},
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if process.returncode:
        last = process.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise CannotTravelError(f"the fresh process failed: {' '.join(last)}")
    found: Answer = pickle.loads(process.stdout)
    return found


def answer() -> None:
    """Answer the call that stands on the standard input, on the standard output."""
    given = sys.stdin.buffer
    path, module, file = pickle.loads(given.read(int.from_bytes(given.read(8), "big")))
    sys.path[:] = path
    _load(module, file)
    function, argument = pickle.loads(given.read())
    with redirect_stdout(sys.stderr):  # what is printed is no part of the answer
        found = pickle.dumps(function(argument))
    sys.stdout.buffer.write(found)


def _file(module: str) -> str | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    return None if file is None or module == "__main__" else str(Path(file).resolve())


def _load(module: str, file: str | None) -> None:
    """Load a module from its file if it is not found by its name."""
    if file is None or _found(module) is not None:
        return
    spec = importlib.util.spec_from_file_location(module, file)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[module] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[module])


def _found(module: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(module)
    except ImportError:
        return None
