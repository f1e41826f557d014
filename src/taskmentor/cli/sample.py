"""The commands `taskmentor demo`, `sample` and `generate`: organisations that nobody has to bring."""

import re
from typing import TYPE_CHECKING, Literal

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.errors import shown

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer

__all__ = ["demo_command", "generate_command", "sample_command"]


@click.command("demo")
@answering
def demo_command() -> "Answer":
    """Run the main job on the sample organisation."""
    from taskmentor.cli.demo import run

    return run()


@click.command("sample")
@options.folder
@options.overwrite
@answering
def sample_command(folder: str, overwrite: bool) -> "Answer":
    """Write the tables of the sample organisation into DIR."""
    from taskmentor.cli.answers import Written
    from taskmentor.formats.reading import read_organisation
    from taskmentor.formats.writing import write_organisation
    from taskmentor.sample import folder as sample

    organisation = read_organisation(sample())
    files = write_organisation(organisation, folder, overwrite=overwrite)
    return Written(what="the sample organisation", organisation=organisation, files=files)


def _places(context: click.Context, option: click.Parameter, value: str) -> float:
    """Return the places for each request that a text means."""
    if not re.fullmatch(r"[01](\.[0-9]{1,4})?|2(\.0{1,4})?", value):
        problem = f"{shown(value)} is not a number from 0 to 2. Use one such as 0.57 or 1.3."
        raise click.BadParameter(problem, context, option)
    return float(value)


@click.command("generate")
@options.folder
@click.option("--people", metavar="N", callback=options.whole(10, options.MOST_PEOPLE), required=True, help="How many.")
@click.option("--seed", metavar="N", callback=options.whole(0, options.MOST_SEED), default="0", show_default=True,
              help="Another one invents another organisation.")  # fmt: skip
@click.option("--places-per-request", metavar="X", callback=_places, default="0.57", show_default=True,
              help="How many places mentors offer for each request, 0 to 2.")  # fmt: skip
@click.option("--format", type=click.Choice(["csv", "parquet"]),
              help="What is written; unless given, parquet if pyarrow is installed, else csv.")  # fmt: skip
@options.overwrite
@answering
def generate_command(
    folder: str,
    people: int,
    seed: int,
    places_per_request: float,
    format: Literal["csv", "parquet"] | None,
    overwrite: bool,
) -> "Answer":
    """Write the tables of an invented organisation into DIR, the same for the same numbers."""
    from taskmentor.cli.answers import Written
    from taskmentor.formats.writing import check_folder, usual_format, write_organisation
    from taskmentor.synthetic import organisation

    written_as = format or usual_format()
    check_folder(folder, overwrite=overwrite)
    invented = organisation(people, seed=seed, places_per_request=places_per_request)
    files = write_organisation(invented, folder, format=written_as, overwrite=overwrite)
    return Written(what="an invented organisation", organisation=invented, files=files)
