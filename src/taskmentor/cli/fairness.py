"""The command `taskmentor fairness`: what a plan gave to groups of people."""

from fractions import Fraction
from typing import TYPE_CHECKING

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.plans import KeptPairs, reopened
from taskmentor.cli.reading import how_many, say, with_left_out

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.models.organisation import Organisation
    from taskmentor.models.protected import ProtectedAttributes

__all__ = ["fairness_command"]


@click.command("fairness")
@options.folder
@options.plan
@click.option("--protected", "place", metavar="FILE",
              help="The table of protected attributes, CSV or Parquet; the one in DIR unless given.")  # fmt: skip
@click.option("--by", "by", metavar="ATTRIBUTE", multiple=True,
              help="What people are grouped by; once or twice. All attributes unless given.")  # fmt: skip
@click.option("--earlier", metavar="PLAN", multiple=True,
              help="The plan of an earlier round, to tell who had waited; once for each.")  # fmt: skip
@click.option("--exclude-below", metavar="N", callback=options.whole(0, 100), default="0", show_default=True,
              help="Leave categories of fewer than so many per cent of all people out of the ratios.")  # fmt: skip
@click.option("--smallest", metavar="N", callback=options.whole(1, options.MOST_PEOPLE), default="5", show_default=True,
              help="The fewest people whose numbers are shown together; 1 shows all.")  # fmt: skip
@options.programme
@options.policy
@options.before
@options.kept
@options.without_pins
@options.strict
@options.quarantine
@answering
def fairness_command(
    folder: str,
    plan_folder: str,
    place: str | None,
    by: tuple[str, ...],
    earlier: tuple[str, ...],
    exclude_below: int,
    smallest: int,
    programme: str | None,
    policy: str | None,
    before: str | None,
    keep: KeptPairs | None,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Show what PLAN gave to groups of people, by attributes that no plan can look at.

    Numbers of few people are kept back, and what would tell them. These are figures, and no legal advice.
    """
    from taskmentor.cli.measured import Measured
    from taskmentor.formats.plans import read_plan
    from taskmentor.outcomes import asked_in_plans, fairness_report

    organisation, found = reopened(
        folder,
        plan_folder,
        programme,
        policy,
        before=before,
        keep=keep,
        without_pins=without_pins,
        strict=strict,
        quarantine=quarantine,
    )
    protected = _read_protected(place or folder, organisation, strict=strict, quarantine=quarantine)
    asked = asked_in_plans(organisation, [read_plan(one)[0] for one in earlier]) if earlier else None
    report = fairness_report(
        found, protected, by=by or None, asked=asked, exclude_below=Fraction(exclude_below, 100), smallest=smallest
    )
    return with_left_out(Measured(report=report), organisation, quarantine)


def _read_protected(
    place: str, organisation: "Organisation", *, strict: bool, quarantine: bool
) -> "ProtectedAttributes":
    """Return the protected attributes of a file or folder; what is odd in them goes to standard error."""
    from taskmentor.formats.reading import read_protected

    protected = read_protected(
        place, organisation, strict=strict, on_error="quarantine" if quarantine else "raise", on_trial=True
    )
    say(map(str, protected.warnings))
    if (left_out := protected.left_out) is not None:
        say([*map(str, left_out.faults), how_many(left_out)])
    return protected
