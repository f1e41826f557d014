"""The command `taskmentor`: arguments to calls.

What a command needs is imported when it runs, so that `taskmentor --help` is quick. Answers go to standard output,
warnings and faults to standard error, one line each. This is the one place where the clock may be read: `--on` is today
unless given.
"""

import io
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from attrs import evolve

from taskmentor import __version__
from taskmentor.cli.answering import Output, answering
from taskmentor.cli.db import db
from taskmentor.errors import Fault, InputError, TaskmentorError, nearest, shown

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.lifecycle.engagement import Engagement
    from taskmentor.matching.groups import GroupPolicy
    from taskmentor.matching.plan import Plan
    from taskmentor.matching.policy import Objective
    from taskmentor.matching.progress import Watch
    from taskmentor.matching.solution import Strategy
    from taskmentor.models.organisation import Organisation
    from taskmentor.outcomes import By
    from taskmentor.programmes import Programme
    from taskmentor.rounds import Round

__all__ = ["main"]

_BAD_INPUT = 2
_INTERRUPTED = 130  # as a shell reports it: 128 and the number of the signal
_PIPE_CLOSED = 141
_MOST_SEED = 2**32 - 1
_MOST_PEOPLE = 10_000_000
_MOST_MENTORS = 1_000
_MOST_LEVEL = 100
_MOST_WEEKS = 520
_MOST_MINUTES = 1_440
_MOST_SECONDS = 1_000_000
_MILLION = 1_000_000
_WEEKS = 6


# --- from the command line to an exit code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: The words after `taskmentor`; those the process was called with unless given.

    Returns:
        0 where all is well, 1 where `verify` or `db check` says no, 2 for bad input; 130 and 141 where the command was
        interrupted or nobody reads its output any more.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter shows its code
            stream.reconfigure(errors="backslashreplace")
    # The readers tell the log what is odd; here it is told on standard error, and is not to be said twice.
    said = logging.NullHandler()
    logging.getLogger("taskmentor").addHandler(said)
    try:
        return _run(arguments)
    except (KeyboardInterrupt, click.Abort):
        return _refuse(["taskmentor: interrupted."], _INTERRUPTED)
    except (BrokenPipeError, SystemExit):  # click exits by itself where a pipe breaks under it
        sys.stdout = io.StringIO()  # so that nothing is flushed into the pipe at the end
        return _PIPE_CLOSED
    finally:
        logging.getLogger("taskmentor").removeHandler(said)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        output = _commands.main(arguments, prog_name="taskmentor", standalone_mode=False)
        if not isinstance(output, Output):  # --help and --version have said all
            return 0
        click.echo(output.text, nl=False)
        return output.status
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return _BAD_INPUT
    except click.ClickException as error:
        return _refuse([f"taskmentor: {error.format_message()}"])
    except InputError as error:
        more = error.n_faults - len(error.faults)
        return _refuse([*map(str, error.faults), *([f"... and {more:,} more faults"] if more else [])])
    except TaskmentorError as error:
        return _refuse([f"taskmentor: {error}"])
    except BrokenPipeError:
        raise
    except OSError as error:
        sys.stdout = sys.stdout if error.filename else io.StringIO()  # what standard output refused stays refused
        name = f"{error.filename}: " if error.filename else ""
        return _refuse([f"taskmentor: {name}{error.strerror or type(error).__name__}"])
    except MemoryError:
        return _refuse(["taskmentor: there is not enough memory for an input of this size."])


def _refuse(lines: Iterable[str], status: int = _BAD_INPUT) -> int:
    _say(lines)
    return status


def _say(lines: Iterable[str]) -> None:
    from taskmentor.cli.layout import one_line

    for line in lines:
        click.echo(one_line(line), err=True)


# --- options that several commands share


def _day(context: click.Context, option: click.Parameter, value: str | None) -> date:
    """Return the day that a text means; today where none is given."""
    from taskmentor.formats.cells import FIRST_YEAR, LAST_YEAR, Day, Flaw

    found = _today() if value is None else Day().from_text(value)
    if isinstance(found, Flaw):
        in_range = f"Use a year from {FIRST_YEAR} to {LAST_YEAR}."
        remedy = in_range if found.code == "OUT-OF-RANGE" else found.remedy
        raise click.BadParameter(f"{found.problem}. {remedy}", context, option)
    assert isinstance(found, date)
    return found


def _importance(context: click.Context, option: click.Parameter, value: str) -> Decimal:
    """Return the importance that a text means, in exact decimals."""
    if not re.fullmatch(r"[1-4](\.[0-9]{1,4})?|5(\.0{1,4})?", value):
        problem = f"{shown(value)} is not a number from 1 to 5. Use one such as 3 or 2.75."
        raise click.BadParameter(problem, context, option)
    return Decimal(value)


def _places(context: click.Context, option: click.Parameter, value: str) -> float:
    """Return the places for each request that a text means."""
    if not re.fullmatch(r"[01](\.[0-9]{1,4})?|2(\.0{1,4})?", value):
        problem = f"{shown(value)} is not a number from 0 to 2. Use one such as 0.57 or 1.3."
        raise click.BadParameter(problem, context, option)
    return float(value)


def _today() -> date:
    return date.today()


def _whole(lowest: int, highest: int) -> Callable[[click.Context, click.Parameter, str | None], int | None]:
    """Return what reads an option as a whole number in the digits 0 to 9, within a range."""

    def number(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
        if value is None:
            return None
        if re.fullmatch("[0-9]{1,18}", value) and lowest <= int(value) <= highest:
            return int(value)
        problem = f"{shown(value)} is not a whole number from {lowest} to {highest}."
        raise click.BadParameter(problem, context, option)

    return number


def _named_folder(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Return the folder as it was given, unless it is the empty text, which Python takes for the folder we are in."""
    if value == "":
        raise click.BadParameter("the empty text names no folder. Use . for the one you are in.", context, option)
    return value


def _calendars(_: click.Context, option: click.Parameter, values: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return whose calendar is in which file."""
    pairs = [value.partition("=") for value in values]
    for whole, (person_id, sign, file) in zip(values, pairs, strict=True):
        if not (person_id and sign and file):
            raise click.BadParameter(f"{shown(whole)} names no person and file. Use ID=FILE.ics.", param=option)
    return tuple((person_id, file) for person_id, _, file in pairs)


_folder = click.argument("folder", metavar="DIR", callback=_named_folder)
_plan = click.argument("plan_folder", metavar="PLAN", callback=_named_folder)
_on = click.option("--on", metavar="YYYY-MM-DD", callback=_day, help="The day that counts; today unless given.")
_all = click.option("--all", "everything", is_flag=True, help="Show all rows of long lists.")
_overwrite = click.option("--overwrite", is_flag=True, help="Replace what is there already.")
_policy = click.option("--policy", metavar="FILE.toml",
                       help="The policy; the usual one of task-based mentoring unless given.")  # fmt: skip
_programme = click.option("--programme", metavar="NAME|FILE.toml",
                          help="A preset of `taskmentor programmes`, or a programme of one's own.")  # fmt: skip
_unpinned = click.option("--without-pins", is_flag=True,
                         help="Leave the pins out, which were settled for another programme.")  # fmt: skip
_strict = click.option("--strict", is_flag=True, help="Take what is odd in the tables as faults too.")
_quarantine = click.option("--quarantine", is_flag=True, help="Leave faulty rows out, and say how many.")


def _read(folder: str, *, strict: bool, quarantine: bool, without_pins: bool = False) -> "Organisation":
    """Return the organisation of a folder; what is odd in it goes to standard error."""
    from taskmentor.formats.reading import OnError, read_organisation
    from taskmentor.models.tables import ABOUT_NAMES

    on_error: OnError = "quarantine" if quarantine else "raise"
    organisation = read_organisation(folder, strict=strict, on_error=on_error, on_trial=True)
    # Causes before consequences: names that are not known, rows that are left out for it, what is odd in the others.
    _say(str(warning) for warning in organisation.warnings if warning.code in ABOUT_NAMES)
    for left_out in organisation.left_out:
        _say(map(str, left_out.faults))
    _say(str(warning) for warning in organisation.warnings if warning.code not in ABOUT_NAMES)
    for left_out in organisation.left_out:
        emptied = f" Emptied cells of other rows that named one of them: {left_out.emptied:,}."
        rows = "1 row" if left_out.rows == 1 else f"{left_out.rows:,} rows"
        _say([f"Left out of {left_out.table}: {rows}.{emptied if left_out.emptied else ''}"])
    return evolve(organisation, pins=organisation.pairs([])) if without_pins else organisation


def _answer(answer: "Answer", organisation: "Organisation", quarantine: bool) -> "Answer":
    """Return the answer, with the counts of what was left out where that was asked for."""
    from taskmentor.cli.answers import InPart

    return InPart(answer=answer, organisation=organisation) if quarantine else answer


def _strategy(name: str, watch: "Watch", **limits: int | None) -> "Strategy":
    """Return a strategy by its name, with the limits that are given and, where it takes one, a watch."""
    own = _own_strategies()
    factory = own[name] if name in own else _offered_strategy(name, own)
    taken = signature(factory).parameters
    given: dict[str, object] = {limit: value for limit, value in limits.items() if value is not None}
    for limit in sorted(given.keys() - taken.keys()):
        takers = " or ".join(sorted(other for other in own if limit in signature(own[other]).parameters))
        raise click.UsageError(f"{name} takes no --{limit.replace('_', '-')}; give --strategy {takers} for that.")
    return factory(**given, **({"watch": watch} if "watch" in taken else {}))


def _own_strategies() -> "dict[str, Callable[..., Strategy]]":
    from taskmentor.matching.cpsat import CpSat
    from taskmentor.matching.exact import Exact
    from taskmentor.matching.flow import Flow
    from taskmentor.matching.greedy import Greedy
    from taskmentor.matching.stable import Stable

    networkx = partial(Flow, engine="networkx")
    return {
        "greedy": Greedy, "flow": Flow, "flow-networkx": networkx, "cpsat": CpSat, "exact": Exact, "stable": Stable
    }  # fmt: skip


def _offered_strategy(name: str, own: Mapping[str, object]) -> "Callable[..., Strategy]":
    """Return a strategy that another package offers."""
    from taskmentor.matching.strategies import available_strategies

    offered = available_strategies()
    known = sorted({**own, **offered})
    if name not in offered:
        problem = f"{shown(name)} names no strategy{nearest(name, known) or '.'} Use one of {', '.join(known)}."
        raise click.BadParameter(problem, param_hint="'--strategy'")
    return offered[name]


def _chosen_programme(
    programme: str | None, policy: str | None, objective: "Objective | None", weeks: int | None
) -> "Programme":
    """Return a programme by name or file, else task-based mentoring with a policy, or an objective and a length."""
    from taskmentor.formats.policies import read_policy
    from taskmentor.programmes import task_based

    if programme is not None:
        if (policy, objective, weeks) != (None, None, None):
            raise click.UsageError("--programme says all that itself; leave --policy, --objective and --weeks out.")
        return _named_programme(programme)
    if policy is None:
        return task_based(objective=objective or "requests-then-score", weeks=weeks or _WEEKS)
    if objective is not None or weeks is not None:
        raise click.UsageError("--policy says objective and stays-for itself; leave --objective and --weeks out.")
    return task_based(policy=read_policy(policy))


def _named_programme(name: str, *, given_as: str = "--programme") -> "Programme":
    """Return a preset by its name, or the programme of a file."""
    from taskmentor.formats.programmes import read_programme
    from taskmentor.programmes import PRESETS

    if name in PRESETS:
        return PRESETS[name]()
    if name.endswith(".toml") or Path(name).exists():
        return read_programme(name)
    problem = f"{shown(name)} names no preset and no file{nearest(name, PRESETS) or '.'}"
    raise click.BadParameter(f"{problem} Use one of {', '.join(PRESETS)}, or a file.", param_hint=f"'{given_as}'")


def _programme_of(plan: "Plan", programme: str | None, policy: str | None) -> "Programme":
    """Return what a plan was made under: the programme or policy that is named, else what the plan says itself."""
    if programme is not None or policy is not None:
        return _chosen_programme(programme, policy, None, None)
    from taskmentor.programmes import task_based

    rules = plan.claims.policy.get("rules")
    kept = [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    days = next((rule.get("days") for rule in kept if rule.get("class") == "StaysFor"), None)
    weeks = days // 7 if isinstance(days, int) else _WEEKS
    return task_based(objective=plan.claims.objective, weeks=weeks if 1 <= weeks <= _MOST_WEEKS else _WEEKS)


def _own_policy(plan: "Plan", programme: "Programme", call: str) -> str:
    """Return what to say of a plan under another policy than that of a programme; nothing where it is the same."""
    if plan.claims.policy == programme.policy.describe():
        return ""
    return (
        "the plan says that it was made under another policy; give it with --programme or --policy, "
        f"or in Python its programme to taskmentor.{call}"
    )


# --- the commands


@click.group(
    name="taskmentor",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def _commands() -> None:
    """From skill gaps to mentors, with a proof of how good the match is.

    DIR is a folder of CSV or Parquet tables: an organisation. PLAN is a folder that `match --out` wrote.

    Exit codes: 0 good, 1 verify says no or db check does, 2 bad input.
    """


_commands.add_command(db)


@_commands.command("demo")
@answering
def _demo() -> "Answer":
    """Run the main job on the sample organisation."""
    from taskmentor.cli.demo import run

    return run()


@_commands.command("sample")
@_folder
@_overwrite
@answering
def _sample(folder: str, overwrite: bool) -> "Answer":
    """Write the tables of the sample organisation into DIR."""
    from taskmentor.cli.answers import Written
    from taskmentor.formats.reading import read_organisation
    from taskmentor.formats.writing import write_organisation
    from taskmentor.sample import folder as sample

    organisation = read_organisation(sample())
    files = write_organisation(organisation, folder, overwrite=overwrite)
    return Written(what="the sample organisation", organisation=organisation, files=files)


@_commands.command("generate")
@_folder
@click.option("--people", metavar="N", callback=_whole(10, _MOST_PEOPLE), required=True, help="How many.")
@click.option("--seed", metavar="N", callback=_whole(0, _MOST_SEED), default="0", show_default=True,
              help="Another one invents another organisation.")  # fmt: skip
@click.option("--places-per-request", metavar="X", callback=_places, default="0.57", show_default=True,
              help="How many places mentors offer for each request, 0 to 2.")  # fmt: skip
@click.option("--format", type=click.Choice(["csv", "parquet"]),
              help="What is written; unless given, parquet if pyarrow is installed, else csv.")  # fmt: skip
@_overwrite
@answering
def _generate(
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


@_commands.group("convert")
def _convert() -> None:
    """Turn a published competency model into tables."""


@_convert.command("onet")
@click.argument("source", metavar="SRC", callback=_named_folder)
@_folder
@click.option("--least-importance", metavar="N", callback=_importance, default="3", show_default=True,
              help="The smallest importance that is kept, 1 to 5.")  # fmt: skip
@_overwrite
@answering
def _convert_onet(source: str, folder: str, least_importance: Decimal, overwrite: bool) -> "Answer":
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


@_commands.command("gaps")
@_folder
@click.option("--manager", metavar="ID", help="Only the people below this manager.")
@click.option("--levels", metavar="N", callback=_whole(1, 10**9),
              help="With --manager: how many levels down; all unless given.")  # fmt: skip
@_on
@_all
@_strict
@_quarantine
@answering
def _gaps(
    folder: str,
    manager: str | None,
    levels: int | None,
    on: date,
    everything: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Show who is below what their role requires."""
    from taskmentor.cli.answers import Gaps
    from taskmentor.proficiency import gaps

    if levels is not None and manager is None:
        raise click.UsageError("--levels counts from a manager; give --manager too.")
    organisation = _read(folder, strict=strict, quarantine=quarantine)
    found = gaps(organisation, on=on, manager=manager, levels=levels)
    answer = Gaps(gaps=found, on=on, manager=manager, levels=levels, everything=everything)
    return _answer(answer, organisation, quarantine)


@_commands.command("mentors")
@_folder
@click.option("--person", "person_id", metavar="ID", required=True, help="Who wants to learn.")
@click.option("--skill", "skill_id", metavar="ID", required=True, help="What.")
@click.option("--k", metavar="N", callback=_whole(1, _MOST_MENTORS), default="5", show_default=True, help="How many.")
@click.option("--target", metavar="N", callback=_whole(0, _MOST_LEVEL),
              help="The level to reach; what the role requires unless given.")  # fmt: skip
@_on
@_strict
@_quarantine
@answering
def _mentors(
    folder: str,
    person_id: str,
    skill_id: str,
    k: int,
    target: int | None,
    on: date,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Show the best mentors for one person and skill."""
    from taskmentor.cli.answers import Mentors
    from taskmentor.matching.directory import find_mentors
    from taskmentor.programmes import task_based

    organisation = _read(folder, strict=strict, quarantine=quarantine)
    found = find_mentors(organisation, person_id, skill_id, on=on, k=k, target=target, programme=task_based())
    answer = Mentors(organisation=organisation, person_id=person_id, skill_id=skill_id, on=on, found=found)
    return _answer(answer, organisation, quarantine)


@_commands.command("slots")
@_folder
@click.option("--person", "person_ids", metavar="ID", multiple=True, required=True,
              help="Who would meet; once for each person.")  # fmt: skip
@click.option("--minutes", metavar="N", callback=_whole(1, _MOST_MINUTES), required=True, help="How long.")
@click.option("--from", "from_on", metavar="YYYY-MM-DD", callback=_day, required=True,
              help="The first day, as the first person's clock shows it.")  # fmt: skip
@click.option("--until", "until_on", metavar="YYYY-MM-DD", callback=_day, required=True, help="The last day.")
@click.option("--step", "step_minutes", metavar="N", callback=_whole(1, _MOST_MINUTES), default="15",
              show_default=True, help="Minutes from one start time to the next.")  # fmt: skip
@click.option("--quorum", metavar="N", callback=_whole(1, _MOST_PEOPLE),
              help="How many must be able to come; all unless given.")  # fmt: skip
@click.option("--required", metavar="ID", multiple=True, help="Who must be able to come whatever the quorum.")
@click.option("--busy", metavar="ID=FILE.ics", multiple=True, callback=_calendars,
              help="Somebody's calendar; once for each file.")  # fmt: skip
@click.option("--holidays", metavar="FILE.ics", help="Days on which nobody works.")
@_all
@_strict
@_quarantine
@answering
def _slots(
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
    from taskmentor.cli.slots import Slots, asked_slots

    if until_on < from_on:
        raise click.UsageError(f"--until {until_on} is before --from {from_on}; give a last day that is not.")
    organisation = _read(folder, strict=strict, quarantine=quarantine)
    found = asked_slots(
        organisation, person_ids, days=(from_on, until_on), minutes=minutes, step_minutes=step_minutes,
        quorum=quorum, required=required, calendars=busy, holidays=holidays,
    )  # fmt: skip
    answer = Slots(organisation=organisation, person_ids=person_ids, minutes=minutes, found=found, from_on=from_on,
                   until_on=until_on, everything=everything)  # fmt: skip
    return _answer(answer, organisation, quarantine)


@_commands.command("programmes")
@click.argument("name", metavar="[NAME|FILE.toml]", required=False)
@click.option("--toml", "as_toml", is_flag=True, help="With a name: print the programme as a file to change.")
@answering
def _programmes(name: str | None, as_toml: bool) -> "Answer":
    """List the kinds of mentoring, or say everything that one of them does."""
    from taskmentor.cli.answers import Described, Listed, Text
    from taskmentor.formats.programmes import programme_text
    from taskmentor.programmes import PRESETS

    if name is None:
        if as_toml:
            raise click.UsageError("--toml prints one programme; name it.")
        return Listed(programmes=tuple(preset() for preset in PRESETS.values()))
    found = _named_programme(name, given_as="NAME|FILE.toml")
    return Text(key="toml", written=programme_text(found)) if as_toml else Described(programme=found)


@_commands.command("match")
@_folder
@click.option("--strategy", metavar="NAME", default="flow", show_default=True,
              help="greedy, flow, flow-networkx, cpsat, exact, stable, or another that is installed.")  # fmt: skip
@click.option("--seconds", metavar="N", callback=_whole(1, _MOST_SECONDS),
              help="With cpsat and exact: give the best plan found in this time, and its gap.")  # fmt: skip
@click.option("--gap-ppm", metavar="N", callback=_whole(0, _MILLION),
              help="With exact: stop at a proven gap of so many millionths.")  # fmt: skip
@_programme
@_policy
@click.option("--objective", type=click.Choice(["requests-then-score", "score"]),
              show_default="requests-then-score", help="What is maximised.")  # fmt: skip
@click.option("--weeks", metavar="N", callback=_whole(1, _MOST_WEEKS), show_default=str(_WEEKS),
              help="How long an engagement usually lasts; mentors must stay as long.")  # fmt: skip
@_on
@click.option("--out", metavar="DIR", callback=_named_folder,
              help="Write the plan and its certificate into this folder.")  # fmt: skip
@click.option("--seed", metavar="N", callback=_whole(0, _MOST_SEED), default="0", show_default=True,
              help="Settles ties; publish it before the round.")  # fmt: skip
@_overwrite
@_all
@_unpinned
@_strict
@_quarantine
@answering
def _match(
    folder: str,
    strategy: str,
    seconds: int | None,
    gap_ppm: int | None,
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

    chosen_programme = _chosen_programme(programme, policy, objective, weeks)
    with progress_line(quiet=click.get_current_context().params["as_json"]) as watch:
        chosen = _strategy(strategy, watch, seconds=seconds, gap_ppm=gap_ppm)
        if out is not None:
            check_target(Path(out), overwrite=overwrite)
        organisation = _read(folder, strict=strict, quarantine=quarantine, without_pins=without_pins)
        found = match(organisation, chosen_programme, on=on, strategy=chosen, seed=seed)
    if out is not None:
        write_plan(found, out, overwrite=overwrite)
    answer = Matched(round=found, written=out is not None, everything=everything)
    return _answer(answer, organisation, quarantine)


def _skill_sets(context: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Return the ids of a text in which commas part them."""
    return tuple(one for one in (value or "").split(",") if one)


_MOST_IN_GROUP = 100


def _size(name: str, default: int, help: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    number = _whole(0, _MOST_IN_GROUP)
    return click.option(name, metavar="N", callback=number, show_default=str(default), help=help)


def _group_policy(programme: "Programme | None", sizes: Mapping[str, int | None]) -> "GroupPolicy":
    """Return how groups are formed: as a programme says, or under the sizes that are given and the usual ones."""
    from taskmentor.matching.groups import GroupPolicy
    from taskmentor.programmes import PRESETS

    given = {name: size for name, size in sizes.items() if size is not None}
    if programme is None:
        return GroupPolicy(**given)  # type: ignore[arg-type]
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise click.UsageError(f"--programme says all that itself; leave {options} out.")
    if programme.groups is None:
        can = ", ".join(name for name, preset in PRESETS.items() if preset().groups is not None)
        raise click.UsageError(
            f"{programme.title} has the format {programme.format} and forms no groups; give one such as {can}."
        )
    return programme.groups


@_commands.command("groups")
@_folder
@click.option("--skill", "single", metavar="ID", multiple=True, help="Groups for this skill; may be given again.")
@click.option("--skills", "cohort", metavar="ID,ID", callback=_skill_sets, help="Groups for a set of skills.")
@click.option("--problem-file", metavar="FILE.toml", help="Groups for a problem: id, members, skills, experts.")
@_programme
@_size("--min-members", 3, "The fewest members of a group.")
@_size("--wanted-members", 6, "How many members a group should have.")
@_size("--max-members", 8, "The most members of a group.")
@_size("--min-experts", 1, "The fewest experts of a group; 0 for circles of peers.")
@_size("--max-experts", 2, "The most experts of a group.")
@_size("--min-departments", 1, "From how many departments, at least, the members come.")
@click.option("--max-groups", metavar="N", callback=_whole(1, 10_000), help="The most groups.")
@click.option("--seconds", metavar="N", callback=_whole(1, _MOST_SECONDS), default="60", show_default=True,
              help="The most time of the search.")  # fmt: skip
@_on
@_all
@_strict
@_quarantine
@answering
def _groups(
    folder: str,
    single: tuple[str, ...],
    cohort: tuple[str, ...],
    problem_file: str | None,
    programme: str | None,
    seconds: int,
    on: date,
    everything: bool,
    strict: bool,
    quarantine: bool,
    **sizes: int | None,
) -> "Answer":
    """Form groups around skills or a problem, prove how good they are, and say why somebody is in none."""
    from taskmentor.cli.groups import Formed, read_problem
    from taskmentor.matching.groups import GroupSearch, Topic, form_groups

    topics = [*Topic.of_skills(*single)]
    topics += [Topic(id="+".join(cohort), skills=cohort)] if cohort else []
    topics += [read_problem(Path(problem_file))] if problem_file is not None else []
    if not topics:
        raise click.UsageError("groups are formed around something: give --skill, --skills or --problem-file.")
    chosen = None if programme is None else _named_programme(programme)
    policy = _group_policy(chosen, sizes)
    organisation = _read(folder, strict=strict, quarantine=quarantine)
    found = form_groups(
        organisation, policy, topics, on=on, proficiency=None if chosen is None else chosen.policy.proficiency,
        search=GroupSearch(seconds=seconds),
    )  # fmt: skip
    answer = Formed(organisation=organisation, solution=found, on=on, everything=everything)
    return _answer(answer, organisation, quarantine)


@_commands.command("verify")
@_folder
@_plan
@_programme
@_policy
@click.option("--method", type=click.Choice(["all-pairs", "oracle"]), help="How the bound is checked.")
@_unpinned
@_strict
@_quarantine
@answering
def _verify(
    folder: str,
    plan_folder: str,
    programme: str | None,
    policy: str | None,
    method: str | None,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Check PLAN against the tables of DIR, without any solver.

    Check every claim of PLAN that can be checked without solving again; strategy, parameters, seed and versions are
    recorded and not checked.
    """
    from taskmentor.cli.answers import Verified
    from taskmentor.formats.plans import read_plan
    from taskmentor.matching.certificate import Method, verify

    methods: dict[str | None, Method | None] = {None: None, "all-pairs": "all pairs", "oracle": "oracle"}
    plan, certificate = read_plan(plan_folder)
    organisation = _read(folder, strict=strict, quarantine=quarantine, without_pins=without_pins)
    meant = _programme_of(plan, programme, policy)
    verdict = verify(organisation, meant, plan, certificate, method=methods[method])
    return _answer(Verified(verdict=verdict, note=_own_policy(plan, meant, "verify")), organisation, quarantine)


def _reopened(
    folder: str,
    plan_folder: str,
    programme: str | None,
    policy: str | None,
    *,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "tuple[Organisation, Round]":
    """Return the organisation of a folder and the round that a plan of it came from."""
    from taskmentor.formats.plans import read_plan
    from taskmentor.rounds import reopen

    plan, certificate = read_plan(plan_folder)
    organisation = _read(folder, strict=strict, quarantine=quarantine, without_pins=without_pins)
    meant = _programme_of(plan, programme, policy)
    if problem := _own_policy(plan, meant, "reopen"):
        raise InputError([Fault(code="INVALID-PLAN", table="plan", problem=problem)])
    return organisation, reopen(organisation, meant, plan, certificate)


@_commands.command("blocking")
@_folder
@_plan
@_programme
@_policy
@_unpinned
@_strict
@_quarantine
@answering
def _blocking(
    folder: str,
    plan_folder: str,
    programme: str | None,
    policy: str | None,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Count the pairs who would both rather have each other than what PLAN gives them."""
    from taskmentor.cli.answers import Blocking

    organisation, found = _reopened(
        folder, plan_folder, programme, policy, without_pins=without_pins, strict=strict, quarantine=quarantine
    )
    return _answer(Blocking(round=found), organisation, quarantine)


@_commands.command("explain")
@_folder
@_plan
@_programme
@_policy
@click.option("--person", "person_id", metavar="ID", required=True, help="Whose request it is.")
@click.option("--skill", "skill_id", metavar="ID", required=True, help="The skill.")
@_unpinned
@_strict
@_quarantine
@answering
def _explain(
    folder: str,
    plan_folder: str,
    programme: str | None,
    policy: str | None,
    person_id: str,
    skill_id: str,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Say why a request has its mentor in PLAN, or none."""
    from taskmentor.cli.answers import Explained

    organisation, found = _reopened(
        folder, plan_folder, programme, policy, without_pins=without_pins, strict=strict, quarantine=quarantine
    )
    answer = Explained(organisation=organisation, explanation=found.explain(person_id, skill_id))
    return _answer(answer, organisation, quarantine)


@_commands.command("outcomes")
@_folder
@_on
@click.option("--since", metavar="YYYY-MM-DD", callback=_day, required=True, help="The first day of the period.")
@click.option(
    "--db", "address", metavar="ADDRESS", help="The store of engagements; unless given, the tables alone count."
)
@click.option("--by", type=click.Choice(["department", "location", "role", "grade"]), default="department",
              show_default=True, help="What people are grouped by.")  # fmt: skip
@click.option("--smallest", metavar="N", callback=_whole(1, _MOST_PEOPLE), default="5", show_default=True,
              help="The fewest people whose numbers are shown together; 1 shows all.")  # fmt: skip
@click.option("--aggregates", is_flag=True, help="Name no people and no engagements.")
@_strict
@_quarantine
@answering
def _outcomes(
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
    organisation = _read(folder, strict=strict, quarantine=quarantine)
    found = report(organisation, _kept_in(address), period, by=by, smallest=smallest)
    return _answer(Measured(report=found.aggregates() if aggregates else found), organisation, quarantine)


def _kept_in(address: str | None) -> "tuple[Engagement, ...]":
    """Return the engagements of a store; none without one."""
    if address is None:
        return ()
    from taskmentor.store import open_store

    with open_store(address) as store:
        return store.engagements()
