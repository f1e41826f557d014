"""The command `taskmentor rematch`: a published plan matched again, and what that changes."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.choosing import named_strategy, programme_of
from taskmentor.cli.reading import read, with_left_out

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer

__all__ = ["rematch_command"]

_MOST_BONUS = 1_000_000_000


@click.command("rematch")
@options.folder
@options.plan
@click.option("--keep", type=click.Choice(["none", "all"]), default="none", show_default=True,
              help="Which pairs of PLAN stay whatever it costs; all, where they still can.")  # fmt: skip
@click.option("--bonus", metavar="N", callback=options.whole(0, _MOST_BONUS), show_default="10",
              help="What a pair of PLAN is worth beside its points, in points.")  # fmt: skip
@click.option("--most-changes", metavar="N", callback=options.whole(0, options.MOST_PEOPLE),
              help="In place of a bonus: how many pairs of PLAN that could stay may change.")  # fmt: skip
@click.option("--strategy", metavar="NAME", show_default="exact, or ordered where the policy has aims",
              help="As for match; exact begins at the pairs and prices of PLAN.")  # fmt: skip
@options.programme
@options.policy
@options.on
@click.option("--out", metavar="DIR", callback=options.named_folder,
              help="Write the new plan and its certificate into this folder.")  # fmt: skip
@options.overwrite
@options.all_rows
@options.without_pins
@options.strict
@options.quarantine
@answering
def rematch_command(
    folder: str,
    plan_folder: str,
    keep: Literal["none", "all"],
    bonus: int | None,
    most_changes: int | None,
    strategy: str | None,
    programme: str | None,
    policy: str | None,
    on: date,
    out: str | None,
    overwrite: bool,
    everything: bool,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Match again what PLAN published, for DIR as it is now, and tell what changes.

    The new plan is verified by `verify DIR NEW --before PLAN`, with the same --keep.
    """
    from taskmentor.cli.answers import Rematched
    from taskmentor.cli.progress import progress_line
    from taskmentor.formats.plans import check_target, read_plan, write_plan
    from taskmentor.rematching import rematch

    published = read_plan(plan_folder)
    meant = programme_of(published[0], programme, policy)
    with progress_line(quiet=click.get_current_context().params["as_json"]) as watch:
        usual = "ordered" if meant.policy.aims else "exact"
        chosen = named_strategy(strategy or usual, watch)
        if out is not None:
            check_target(Path(out), overwrite=overwrite)
        organisation = read(folder, strict=strict, quarantine=quarantine, without_pins=without_pins)
        found = rematch(
            published, organisation, meant, on=on, strategy=chosen, keep=keep, bonus=bonus, most_changes=most_changes
        )
    if out is not None:
        write_plan(found.round, out, overwrite=overwrite)
    answer = Rematched(rematch=found, written=out is not None, everything=everything)
    return with_left_out(answer, organisation, quarantine)
