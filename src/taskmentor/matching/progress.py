"""Progress: what a long computation says of itself while it runs."""

from collections.abc import Callable

from attrs import frozen

__all__ = ["Progress", "Watch", "unwatched"]


@frozen(kw_only=True)
class Progress:
    """How far a computation has come.

    Attributes:
        phase: What is being done, such as `auction`.
        done: How many of its parts are done.
        of: How many there are, None where nobody can know.
        value: The value of the best plan so far, None before the first.
        bound: The best proven bound so far, None before the first.
        note: What is worth knowing about the phase, to be shown beside it.
    """

    phase: str
    done: int
    of: int | None = None
    value: int | None = None
    bound: int | None = None
    note: str = ""


Watch = Callable[[Progress], None]
"""Told of every part that is done; called in the thread that computes."""


def unwatched(_: Progress) -> None:
    """Tell nobody."""
