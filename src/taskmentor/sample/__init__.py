"""Larkspur Instruments, an invented organisation of sixty people, as a folder of CSV tables."""

from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = ["folder"]


def folder() -> Traversable:
    """Return the folder that holds the tables of the sample organisation.

    The folder may lie inside a zip file: `importlib.resources.as_file` gives a path where one is needed.

    Returns:
        The package's own folder; its tables are `people.csv`, `skills.csv` and so on.
    """
    return files(__name__)
