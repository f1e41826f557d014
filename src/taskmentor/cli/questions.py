"""The commands that ask a plan for more than itself: `costs`, `frontier`, `probe`, `recruit` and `why-not`."""

from typing import TYPE_CHECKING

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.choosing import named_strategy
from taskmentor.cli.plans import of_plan

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.rounds import Round

__all__ = ["costs_command", "frontier_command", "probe_command", "recruit_command", "why_not_command"]

_MOST = 1_000


@click.command("costs")
@answering
@of_plan
@click.option("--most", metavar="N", callback=options.whole(1, _MOST), default="10", show_default=True,
              help="How many blocks, pins and places are looked at one by one.")  # fmt: skip
def costs_command(round_: "Round", most: int) -> "Answer":
    """Say what each rule, pin, block and limit costs the PLAN, by solving again without it."""
    from taskmentor.answers.costing import costs, place_worths
    from taskmentor.cli.told import Priced

    return Priced(round=round_, costs=costs(round_, most=most), places=place_worths(round_, most=most))


@click.command("recruit")
@answering
@of_plan
@click.option("--more", metavar="N", callback=options.whole(1, options.MOST_PEOPLE), required=True,
              help="How many requests more are to be served.")  # fmt: skip
@click.option("--places", metavar="N", callback=options.whole(1, _MOST), default="1", show_default=True,
              help="How many places each new mentor offers.")  # fmt: skip
@click.option("--like", metavar="ID", help="Whose department, grade, location and own columns new mentors share.")
def recruit_command(round_: "Round", more: int, places: int, like: str | None) -> "Answer":
    """Say which new mentors, and how few, would serve so many requests more than PLAN."""
    from taskmentor.answers.recruiting import recruit
    from taskmentor.cli.told import Recruited

    return Recruited(found=recruit(round_, more=more, places=places, like=like))


@click.command("why-not")
@answering
@of_plan
@click.option("--person", "person_id", metavar="ID", required=True, help="Whose request it is.")
@click.option("--skill", "skill_id", metavar="ID", required=True, help="The skill.")
@click.option("--most", metavar="N", callback=options.whole(1, _MOST), default="3", show_default=True,
              help="How many mentors are tried for each kind of change.")  # fmt: skip
def why_not_command(round_: "Round", person_id: str, skill_id: str, most: int) -> "Answer":
    """Say what would have to change for a request that PLAN does not serve."""
    from taskmentor.answers.changes import remedies
    from taskmentor.cli.told import WhyNot

    return WhyNot(round=round_, found=remedies(round_, person_id, skill_id, most=most))


@click.command("probe")
@answering
@of_plan
@click.option("--person", "person_id", metavar="ID", help="Who; everybody unless given.")
@click.option("--strategy", metavar="NAME", default="flow", show_default=True,
              help="Who matches, before and after; one of those of `match`.")  # fmt: skip
def probe_command(round_: "Round", person_id: str | None, strategy: str) -> "Answer":
    """Say what people could gain by misreporting, counted by what is true of them."""
    from taskmentor.answers.probing import Probes, probe, probe_everybody
    from taskmentor.cli.told import Probed
    from taskmentor.matching.progress import unwatched

    solver = named_strategy(strategy, unwatched)
    if person_id is None:
        return Probed(round=round_, found=probe_everybody(round_, strategy=solver))
    found = Probes(probes=(probe(round_, person_id, strategy=solver),))
    return Probed(round=round_, found=found)


@click.command("frontier")
@answering
@of_plan
def frontier_command(round_: "Round") -> "Answer":
    """Set PLAN beside others: total score against the worst-off, the spread of load and stability."""
    from taskmentor.answers.comparing import frontier
    from taskmentor.cli.told import Compared

    return Compared(found=frontier(round_))
