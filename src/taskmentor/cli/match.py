"""The command `taskmentor match`: from requests to a plan with its proof."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.choosing import chosen_programme, named_strategy
from taskmentor.cli.reading import read, with_left_out

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.matching.policy import Objective

__all__ = ["match_command"]

_MILLION = 1_000_000


@click.command("match")
@options.folder
@click.option("--strategy", metavar="NAME", show_default="flow, or ordered where the policy has aims",
              help="greedy, flow, flow-networkx, cpsat, milp, exact, multipliers, ordered, stable, or another "
                   "installed one. A policy with constraints takes cpsat, milp or multipliers.")  # fmt: skip
@click.option("--seconds", metavar="N", callback=options.whole(1, options.MOST_SECONDS),
              help="With cpsat, milp, exact, multipliers and ordered: give the best plan found in this time, and "
                   "its gap.")  # fmt: skip
@click.option("--gap-ppm", metavar="N", callback=options.whole(0, _MILLION),
              help="With exact and multipliers: stop at a proven gap of so many millionths.")  # fmt: skip
@click.option("--proposing", type=click.Choice(["mentees", "mentors"]), show_default="mentees",
              help="With stable: the side that proposes, and gets its best stable plan.")  # fmt: skip
@options.programme
@options.policy
@click.option("--objective", type=click.Choice(["requests-then-score", "score"]),
              show_default="requests-then-score", help="What is maximised.")  # fmt: skip
@click.option("--weeks", metavar="N", callback=options.whole(1, options.MOST_WEEKS), show_default=str(options.WEEKS),
              help="How long an engagement usually lasts; mentors must stay as long.")  # fmt: skip
@options.on
@click.option("--out", metavar="DIR", callback=options.named_folder,
              help="Write the plan and its certificate into this folder.")  # fmt: skip
@click.option("--seed", metavar="N", callback=options.whole(0, options.MOST_SEED), default="0", show_default=True,
              help="Settles ties; publish it before the round.")  # fmt: skip
@options.overwrite
@options.all_rows
@options.without_pins
@options.strict
@options.quarantine
@answering
def match_command(
    folder: str,
    strategy: str | None,
    seconds: int | None,
    gap_ppm: int | None,
    proposing: str | None,
    programme: str | None,
    policy: str | None,
    objective: "Objective | None",
    weeks: int | None,
    on: date,
    out: str | None,
    seed: int,
    overwrite: bool,
    everything: bool,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Match requests to mentors, prove the plan, and give a reason to everybody left out."""
    from taskmentor.cli.answers import Matched
    from taskmentor.cli.progress import progress_line
    from taskmentor.formats.plans import check_target, write_plan
    from taskmentor.rounds import match

    meant = chosen_programme(programme, policy, objective, weeks)
    with progress_line(quiet=click.get_current_context().params["as_json"]) as watch:
        usual = "ordered" if meant.policy.aims else "flow"
        chosen = named_strategy(strategy or usual, watch, seconds=seconds, gap_ppm=gap_ppm, proposing=proposing)
        if out is not None:
            check_target(Path(out), overwrite=overwrite)
        organisation = read(folder, strict=strict, quarantine=quarantine, without_pins=without_pins)
        found = match(organisation, meant, on=on, strategy=chosen, seed=seed)
    if without_pins:
        found = evolve(found, plan=evolve(found.plan, claims=evolve(found.plan.claims, without_pins=True)))
    if out is not None:
        write_plan(found, out, overwrite=overwrite)
    answer = Matched(round=found, written=out is not None, everything=everything)
    return with_left_out(answer, organisation, quarantine)
