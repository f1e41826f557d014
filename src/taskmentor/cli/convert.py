"""The commands `taskmentor convert`: published competency models as tables."""

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.errors import Fault, InputError, shown

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer

__all__ = ["convert_command"]


def _importance(context: click.Context, option: click.Parameter, value: str) -> Decimal:
    """Return the importance that a text means, in exact decimals."""
    if not re.fullmatch(r"[1-4](\.[0-9]{1,4})?|5(\.0{1,4})?", value):
        problem = f"{shown(value)} is not a number from 1 to 5. Use one such as 3 or 2.75."
        raise click.BadParameter(problem, context, option)
    return Decimal(value)


@click.group("convert")
def convert_command() -> None:
    """Turn a published competency model into tables."""


@convert_command.command("onet")
@click.argument("source", metavar="SRC", callback=options.named_folder)
@options.folder
@click.option("--least-importance", metavar="N", callback=_importance, default="3", show_default=True,
              help="The smallest importance that is kept, 1 to 5.")  # fmt: skip
@options.overwrite
@answering
def _onet(source: str, folder: str, least_importance: Decimal, overwrite: bool) -> "Answer":
    """Turn the O*NET skills tables of SRC into a competency model in DIR."""
    from taskmentor.cli.answers import Converted
    from taskmentor.formats.onet import convert_onet
    from taskmentor.formats.writing import write_model

    conversion = convert_onet(Path(source), least_importance=least_importance)
    if not conversion.n_kept:
        problem = f"no requirement is left: {conversion.n_unimportant:,} of {conversion.n_rated:,} rated skills of "
        problem += f"occupations are of importance below {least_importance}"
        remedy = "Give a smaller --least-importance; without requirements the model could not be read back."
        raise InputError([Fault(code="NO-ROWS", table="requirements.csv", problem=problem, remedy=remedy)])
    write_model(conversion.model, folder, overwrite=overwrite)
    return Converted(conversion=conversion)
