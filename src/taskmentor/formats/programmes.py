"""Programmes on disk: one TOML file that people write, with the policy as policy files have it."""

from pathlib import Path

from taskmentor.formats.policies import SHELVES
from taskmentor.formats.toml_values import read_value, value_text, write_text
from taskmentor.programmes.programme import Programme

__all__ = ["programme_text", "read_programme", "write_programme"]


def read_programme(source: str | Path) -> Programme:
    """Return the programme of a TOML file.

    Args:
        source: The file, in UTF-8.

    Raises:
        InputError: If it is no TOML file, names what there is not, or contradicts itself; it holds every fault.
    """
    return read_value(Programme, source, SHELVES)


def write_programme(programme: Programme, file: str | Path, *, overwrite: bool = False) -> None:
    """Return nothing; write a programme as a TOML file that `read_programme` reads back.

    Args:
        programme: The programme.
        file: The file.
        overwrite: Whether a file that is there already is replaced.

    Raises:
        InputError: If the file is there already (`FILE-EXISTS`), or the policy has a rule, a scorer or a method of
            one's own, which no file can name.
    """
    write_text(programme_text(programme), file, overwrite=overwrite)


def programme_text(programme: Programme) -> str:
    """Return a programme as the text of a TOML file, the same for equal programmes.

    Raises:
        InputError: If its policy has a rule, a scorer or a method of one's own.
    """
    return value_text(programme, SHELVES)
