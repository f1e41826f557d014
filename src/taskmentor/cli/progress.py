"""How far a strategy has come: one line of the terminal, written anew whenever there is something to tell."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from attrs import define, field

from taskmentor.cli.layout import one_line
from taskmentor.matching.progress import Progress, Watch, unwatched

__all__ = ["described", "progress_line"]

_BAR = 10


def described(progress: Progress) -> str:
    """Return a progress on one line, what matters most first: a narrow terminal shows no more.

    Examples:
        >>> described(Progress(phase="auction", done=2, of=4, value=300))
        'auction [#####     ] 2 of 4, value 300'
    """
    parts = [progress.phase]
    if progress.of:
        bar = "#" * (_BAR * progress.done // progress.of)
        parts = [f"{progress.phase} [{bar:{_BAR}}] {progress.done:,} of {progress.of:,}"]
    elif progress.done:
        parts = [f"{progress.phase}, round {progress.done:,}"]
    if progress.note:
        parts.append(progress.note)
    if progress.value is not None and progress.bound is not None:
        gap = progress.bound - progress.value
        parts.append(f"proven gap {100 * gap / progress.bound:.4f} %" if gap else "proven gap 0")
    if progress.value is not None:
        parts.append(f"value {progress.value:,}")
    if progress.bound is not None:
        parts.append(f"bound {progress.bound:,}")
    return one_line(", ".join(parts))


@contextmanager
def progress_line(*, quiet: bool) -> Iterator[Watch]:
    """Give a watch that shows progress on standard error, and clear that line at the end.

    Args:
        quiet: Show nothing; so it is too where standard error is no terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield unwatched
        return
    line = _Line()
    try:
        yield line.show
    finally:
        line.clear()


@define
class _Line:
    """The line as it stands, so that a shorter one leaves nothing of it behind."""

    _length: int = field(default=0, init=False)

    def show(self, progress: Progress) -> None:
        """Write what a progress says in place of what stands there, cut to the width of the terminal."""
        text = described(progress)[: shutil.get_terminal_size().columns - 1]
        click.echo(f"\r{text:{self._length}}", nl=False, err=True)
        self._length = len(text)

    def clear(self) -> None:
        """Leave an empty line, with the cursor at its beginning."""
        if self._length:
            click.echo(f"\r{'':{self._length}}\r", nl=False, err=True)
