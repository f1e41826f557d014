"""From the answer of a command to what is printed and the exit code."""

import io
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

import click
from attrs import frozen

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer

__all__ = ["Output", "answering"]

_P = ParamSpec("_P")


@frozen
class Output:
    """What a command prints, and its exit code."""

    text: str
    status: int


def answering(function: "Callable[_P, Answer]") -> Callable[..., Output]:
    """Give a command the option `--json`, and turn its answer into text."""

    @click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object on standard output.")
    @wraps(function)
    def command(as_json: bool, *arguments: _P.args, **options: _P.kwargs) -> Output:
        answer = function(*arguments, **options)
        if not as_json:
            return Output(f"{answer.text()}\n", answer.status)
        from taskmentor.formats.strict_json import write_json

        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", errors="strict")  # JSON is UTF-8 everywhere
        return Output(write_json(answer.data()), answer.status)

    return command
