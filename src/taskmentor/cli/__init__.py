"""The command `taskmentor`: arguments to calls.

Each command is a module of its own that is named here. What a command needs is imported when it runs, so that
`taskmentor --help` is quick. Answers go to standard output, warnings and faults to standard error, one line each.
"""

import io
import logging
import sys
from collections.abc import Iterable, Sequence

import click

from taskmentor import __version__
from taskmentor.cli.answering import Output
from taskmentor.cli.convert import convert_command
from taskmentor.cli.db import db_command
from taskmentor.cli.fairness import fairness_command
from taskmentor.cli.gaps import gaps_command
from taskmentor.cli.groups import groups_command
from taskmentor.cli.match import match_command
from taskmentor.cli.mentors import mentors_command
from taskmentor.cli.outcomes import outcomes_command
from taskmentor.cli.plans import blocking_command, explain_command, verify_command
from taskmentor.cli.programmes import programmes_command
from taskmentor.cli.questions import (
    costs_command,
    frontier_command,
    probe_command,
    recruit_command,
    why_not_command,
)
from taskmentor.cli.reading import say
from taskmentor.cli.rematch import rematch_command
from taskmentor.cli.sample import demo_command, generate_command, sample_command
from taskmentor.cli.slots import slots_command
from taskmentor.errors import InputError, TaskmentorError

__all__ = ["main"]

_BAD_INPUT = 2
_INTERRUPTED = 130  # as a shell reports it: 128 and the number of the signal
_PIPE_CLOSED = 141


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


for _command in (
    blocking_command,
    convert_command,
    costs_command,
    db_command,
    demo_command,
    explain_command,
    fairness_command,
    frontier_command,
    gaps_command,
    generate_command,
    groups_command,
    match_command,
    mentors_command,
    outcomes_command,
    probe_command,
    programmes_command,
    recruit_command,
    rematch_command,
    sample_command,
    slots_command,
    verify_command,
    why_not_command,
):
    _commands.add_command(_command)


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
    say(lines)
    return status
