"""The public names are there, load when first used, and are the same in code and types."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import taskmentor

SOURCE = Path(taskmentor.__file__)


def test_names_types_and_homes_agree() -> None:
    """`__all__`, what type checkers see and what is loaded at run time are three lists of the same names."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    (checked,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == set(taskmentor.__all__) == {*taskmentor._ROOMS, *taskmentor._HOME}
    assert len(taskmentor.__all__) == len(set(taskmentor.__all__))


@pytest.mark.parametrize("name", taskmentor.__all__)
def test_every_name_loads(name: str) -> None:
    """A name in the list that cannot be loaded would fail only when a user asks for it."""
    assert getattr(taskmentor, name) is getattr(taskmentor, name)
    assert name in dir(taskmentor)


def test_no_name_is_hidden_by_a_module() -> None:
    """A function called as the module that it is in would be that module as soon as anything has loaded it."""
    modules = {path.stem for path in SOURCE.parent.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert modules & set(taskmentor._HOME) == set()


def test_an_unknown_name_is_an_attribute_error() -> None:
    """Misspelt names fail as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'Flwo'"):
        _ = taskmentor.Flwo


def test_all_names_load_without_the_solvers() -> None:
    """Solvers are loaded by the strategies that use them, when they are called."""
    code = (
        "import sys, taskmentor\n"
        "for name in taskmentor.__all__: getattr(taskmentor, name)\n"
        "print([name for name in ('networkx', 'ortools', 'pandas', 'numba') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
