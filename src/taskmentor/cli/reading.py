"""Reading the organisation of a command, and saying on standard error what is odd in it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from attrs import evolve

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.models.organisation import LeftOut, Organisation

__all__ = ["how_many", "read", "say", "with_left_out"]


def say(lines: Iterable[str]) -> None:
    """Write lines to standard error."""
    from taskmentor.cli.layout import one_line

    for line in lines:
        click.echo(one_line(line), err=True)


def read(folder: str, *, strict: bool, quarantine: bool, without_pins: bool = False) -> "Organisation":
    """Return the organisation of a folder; what is odd in it goes to standard error."""
    from taskmentor.formats.gathering import OnError
    from taskmentor.formats.reading import read_organisation
    from taskmentor.models.tables import ABOUT_NAMES

    on_error: OnError = "quarantine" if quarantine else "raise"
    organisation = read_organisation(folder, strict=strict, on_error=on_error, on_trial=True)
    # Causes before consequences: names that are not known, rows that are left out for it, what is odd in the others.
    say(str(warning) for warning in organisation.warnings if warning.code in ABOUT_NAMES)
    for left_out in organisation.left_out:
        say(map(str, left_out.faults))
    say(str(warning) for warning in organisation.warnings if warning.code not in ABOUT_NAMES)
    say(map(how_many, organisation.left_out))
    return evolve(organisation, pins=organisation.pairs([])) if without_pins else organisation


def how_many(left_out: "LeftOut") -> str:
    """Return how many rows were left out of a table, as a sentence."""
    emptied = f" Emptied cells of other rows that named one of them: {left_out.emptied:,}."
    rows = "1 row" if left_out.rows == 1 else f"{left_out.rows:,} rows"
    return f"Left out of {left_out.table}: {rows}.{emptied if left_out.emptied else ''}"


def with_left_out(answer: "Answer", organisation: "Organisation", quarantine: bool) -> "Answer":
    """Return the answer, with the counts of what was left out where that was asked for."""
    from taskmentor.cli.answers import InPart

    return InPart(answer=answer, organisation=organisation) if quarantine else answer
