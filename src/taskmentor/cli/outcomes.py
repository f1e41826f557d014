"""The command `taskmentor outcomes`: what mentoring has changed."""

from datetime import date
from typing import TYPE_CHECKING

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.reading import read, with_left_out

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.lifecycle.engagement import Engagement
    from taskmentor.outcomes import By

__all__ = ["outcomes_command"]


@click.command("outcomes")
@options.folder
@options.on
@click.option("--since", metavar="YYYY-MM-DD", callback=options.day, required=True, help="The first day of the period.")
@click.option(
    "--db", "address", metavar="ADDRESS", help="The store of engagements; unless given, the tables alone count."
)
@click.option("--by", type=click.Choice(["department", "location", "role", "grade"]), default="department",
              show_default=True, help="What people are grouped by.")  # fmt: skip
@click.option("--smallest", metavar="N", callback=options.whole(1, options.MOST_PEOPLE), default="5", show_default=True,
              help="The fewest people whose numbers are shown together; 1 shows all.")  # fmt: skip
@click.option("--aggregates", is_flag=True, help="Name no people and no engagements.")
@options.strict
@options.quarantine
@answering
def outcomes_command(
    folder: str,
    on: date,
    since: date,
    address: str | None,
    by: "By",
    smallest: int,
    aggregates: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Show what mentoring has changed from one day to another.

    Numbers of few people are kept back, and what would tell them. ADDRESS is sqlite:///FILE.db or
    postgresql://USER@HOST/NAME.
    """
    from taskmentor.cli.measured import Measured
    from taskmentor.outcomes import Period, report

    period = Period(since=since, on=on)
    organisation = read(folder, strict=strict, quarantine=quarantine)
    found = report(organisation, _kept_in(address), period, by=by, smallest=smallest)
    return with_left_out(Measured(report=found.aggregates() if aggregates else found), organisation, quarantine)


def _kept_in(address: str | None) -> "tuple[Engagement, ...]":
    """Return the engagements of a store; none without one."""
    if address is None:
        return ()
    from taskmentor.store import open_store

    with open_store(address) as store:
        return store.engagements()
