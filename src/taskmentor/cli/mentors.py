"""The command `taskmentor mentors`: the best mentors for one person and skill."""

from datetime import date
from typing import TYPE_CHECKING

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.choosing import named_programme
from taskmentor.cli.reading import read, with_left_out

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer

__all__ = ["mentors_command"]

_MOST_MENTORS = 1_000
_MOST_LEVEL = 100


@click.command("mentors")
@options.folder
@click.option("--person", "person_id", metavar="ID", required=True, help="Who wants to learn.")
@click.option("--skill", "skill_id", metavar="ID", required=True, help="What.")
@click.option(
    "--k", metavar="N", callback=options.whole(1, _MOST_MENTORS), default="5", show_default=True, help="How many."
)
@click.option("--target", metavar="N", callback=options.whole(0, _MOST_LEVEL),
              help="The level to reach; what the role requires unless given.")  # fmt: skip
@options.programme
@options.on
@options.strict
@options.quarantine
@answering
def mentors_command(
    folder: str,
    person_id: str,
    skill_id: str,
    k: int,
    target: int | None,
    programme: str | None,
    on: date,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Show the best mentors for one person and skill."""
    from taskmentor.cli.answers import Mentors
    from taskmentor.matching.directory import find_mentors
    from taskmentor.programmes import task_based

    meant = task_based() if programme is None else named_programme(programme)
    organisation = read(folder, strict=strict, quarantine=quarantine)
    found = find_mentors(organisation, person_id, skill_id, on=on, k=k, target=target, programme=meant)
    answer = Mentors(organisation=organisation, person_id=person_id, skill_id=skill_id, on=on, found=found)
    return with_left_out(answer, organisation, quarantine)
