"""The command `taskmentor programmes`: the kinds of mentoring."""

from typing import TYPE_CHECKING

import click

from taskmentor.cli.answering import answering
from taskmentor.cli.choosing import named_programme

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer

__all__ = ["programmes_command"]


@click.command("programmes")
@click.argument("name", metavar="[NAME|FILE.toml]", required=False)
@click.option("--toml", "as_toml", is_flag=True, help="With a name: print the programme as a file to change.")
@answering
def programmes_command(name: str | None, as_toml: bool) -> "Answer":
    """List the kinds of mentoring, or say everything that one of them does."""
    from taskmentor.cli.answers import Described, Listed, Text
    from taskmentor.formats.programmes import programme_text
    from taskmentor.programmes import PRESETS

    if name is None:
        if as_toml:
            raise click.UsageError("--toml prints one programme; name it.")
        return Listed(programmes=tuple(preset() for preset in PRESETS.values()))
    found = named_programme(name, given_as="NAME|FILE.toml")
    return Text(key="toml", written=programme_text(found)) if as_toml else Described(programme=found)
