"""Arguments and options that several commands share, and how their values are read.

This is the one place where the clock may be read: `--on` is today unless given.
"""

import re
from collections.abc import Callable
from datetime import date

import click

from taskmentor.errors import shown

__all__ = [
    "MOST_PEOPLE",
    "MOST_SECONDS",
    "MOST_SEED",
    "MOST_WEEKS",
    "WEEKS",
    "all_rows",
    "before",
    "day",
    "folder",
    "kept",
    "named_folder",
    "on",
    "overwrite",
    "plan",
    "policy",
    "programme",
    "quarantine",
    "strict",
    "today",
    "whole",
    "without_pins",
]

MOST_PEOPLE = 10_000_000
MOST_SECONDS = 1_000_000
MOST_SEED = 2**32 - 1
MOST_WEEKS = 520
WEEKS = 6


def day(context: click.Context, option: click.Parameter, value: str | None) -> date:
    """Return the day that a text means; today where none is given."""
    from taskmentor.formats.cells import FIRST_YEAR, LAST_YEAR, Day, Flaw

    found = today() if value is None else Day().from_text(value)
    if isinstance(found, Flaw):
        in_range = f"Use a year from {FIRST_YEAR} to {LAST_YEAR}."
        remedy = in_range if found.code == "OUT-OF-RANGE" else found.remedy
        raise click.BadParameter(f"{found.problem}. {remedy}", context, option)
    assert isinstance(found, date)
    return found


def today() -> date:
    """Return the day that the clock shows."""
    return date.today()


def whole(lowest: int, highest: int) -> Callable[[click.Context, click.Parameter, str | None], int | None]:
    """Return what reads an option as a whole number in the digits 0 to 9, within a range."""

    def number(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
        if value is None:
            return None
        if re.fullmatch("[0-9]{1,18}", value) and lowest <= int(value) <= highest:
            return int(value)
        problem = f"{shown(value)} is not a whole number from {lowest} to {highest}."
        raise click.BadParameter(problem, context, option)

    return number


def named_folder(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Return the folder as it was given, unless it is the empty text, which Python takes for the folder we are in."""
    if value == "":
        raise click.BadParameter("the empty text names no folder. Use . for the one you are in.", context, option)
    return value


folder = click.argument("folder", metavar="DIR", callback=named_folder)
plan = click.argument("plan_folder", metavar="PLAN", callback=named_folder)
on = click.option("--on", metavar="YYYY-MM-DD", callback=day, help="The day that counts; today unless given.")
before = click.option("--before", metavar="PLAN", callback=named_folder,
                      help="The published plan, where PLAN is a rematch of it.")  # fmt: skip
kept = click.option("--keep", type=click.Choice(["none", "all"]), show_default="none",
                    help="With --before: what was asked to stay.")  # fmt: skip
all_rows = click.option("--all", "everything", is_flag=True, help="Show all rows of long lists.")
overwrite = click.option("--overwrite", is_flag=True, help="Replace what is there already.")
policy = click.option("--policy", metavar="FILE.toml",
                      help="The policy; the usual one of task-based mentoring unless given.")  # fmt: skip
programme = click.option("--programme", metavar="NAME|FILE.toml",
                         help="A preset of `taskmentor programmes`, or a programme of one's own.")  # fmt: skip
without_pins = click.option("--without-pins", is_flag=True,
                            help="Leave the pins out, which were settled for another programme.")  # fmt: skip
strict = click.option("--strict", is_flag=True, help="Take what is odd in the tables as faults too.")
quarantine = click.option("--quarantine", is_flag=True, help="Leave faulty rows out, and say how many.")
