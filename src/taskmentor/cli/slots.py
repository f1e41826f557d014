"""The command `taskmentor slots`: when several people can meet."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.reading import read, with_left_out
from taskmentor.errors import shown

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer

__all__ = ["slots_command"]

_MOST_MINUTES = 1_440


def _calendars(_: click.Context, option: click.Parameter, values: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return whose calendar is in which file."""
    pairs = [value.partition("=") for value in values]
    for whole, (person_id, sign, file) in zip(values, pairs, strict=True):
        if not (person_id and sign and file):
            raise click.BadParameter(f"{shown(whole)} names no person and file. Use ID=FILE.ics.", param=option)
    return tuple((person_id, file) for person_id, _, file in pairs)


@click.command("slots")
@options.folder
@click.option("--person", "person_ids", metavar="ID", multiple=True, required=True,
              help="Who would meet; once for each person.")  # fmt: skip
@click.option("--minutes", metavar="N", callback=options.whole(1, _MOST_MINUTES), required=True, help="How long.")
@click.option("--from", "from_on", metavar="YYYY-MM-DD", callback=options.day, required=True,
              help="The first day, as the first person's clock shows it.")  # fmt: skip
@click.option("--until", "until_on", metavar="YYYY-MM-DD", callback=options.day, required=True, help="The last day.")
@click.option("--step", "step_minutes", metavar="N", callback=options.whole(1, _MOST_MINUTES), default="15",
              show_default=True, help="Minutes from one start time to the next.")  # fmt: skip
@click.option("--quorum", metavar="N", callback=options.whole(1, options.MOST_PEOPLE),
              help="How many must be able to come; all unless given.")  # fmt: skip
@click.option("--required", metavar="ID", multiple=True, help="Who must be able to come whatever the quorum.")
@click.option("--busy", metavar="ID=FILE.ics", multiple=True, callback=_calendars,
              help="Somebody's calendar; once for each file.")  # fmt: skip
@click.option("--holidays", metavar="FILE.ics", help="Days on which nobody works.")
@options.all_rows
@options.strict
@options.quarantine
@answering
def slots_command(
    folder: str,
    person_ids: tuple[str, ...],
    minutes: int,
    from_on: date,
    until_on: date,
    step_minutes: int,
    quorum: int | None,
    required: tuple[str, ...],
    busy: Sequence[tuple[str, str]],
    holidays: str | None,
    everything: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Show when several people can meet, best first, or who hinders."""
    from taskmentor.cli.found_slots import Slots, asked_slots

    if until_on < from_on:
        raise click.UsageError(f"--until {until_on} is before --from {from_on}; give a last day that is not.")
    organisation = read(folder, strict=strict, quarantine=quarantine)
    found = asked_slots(
        organisation, person_ids, days=(from_on, until_on), minutes=minutes, step_minutes=step_minutes,
        quorum=quorum, required=required, calendars=busy, holidays=holidays,
    )  # fmt: skip
    answer = Slots(organisation=organisation, person_ids=person_ids, minutes=minutes, found=found, from_on=from_on,
                   until_on=until_on, everything=everything)  # fmt: skip
    return with_left_out(answer, organisation, quarantine)
