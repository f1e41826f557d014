"""The command `taskmentor gaps`: who is below what their role requires."""

from datetime import date
from typing import TYPE_CHECKING

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.reading import read, with_left_out

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer

__all__ = ["gaps_command"]


@click.command("gaps")
@options.folder
@click.option("--manager", metavar="ID", help="Only the people below this manager.")
@click.option("--levels", metavar="N", callback=options.whole(1, 10**9),
              help="With --manager: how many levels down; all unless given.")  # fmt: skip
@options.on
@options.all_rows
@options.strict
@options.quarantine
@answering
def gaps_command(
    folder: str,
    manager: str | None,
    levels: int | None,
    on: date,
    everything: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Show who is below what their role requires."""
    from taskmentor.cli.answers import Gaps
    from taskmentor.proficiency import gaps

    if levels is not None and manager is None:
        raise click.UsageError("--levels counts from a manager; give --manager too.")
    organisation = read(folder, strict=strict, quarantine=quarantine)
    found = gaps(organisation, on=on, manager=manager, levels=levels)
    answer = Gaps(gaps=found, on=on, manager=manager, levels=levels, everything=everything)
    return with_left_out(answer, organisation, quarantine)
