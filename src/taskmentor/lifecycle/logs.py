"""What every log of the lifecycle has in common, whatever it is the log of: order, time, and replay as a loop."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from taskmentor.errors import Fault, InputError
from taskmentor.lifecycle.events import check_instant, input_error

__all__ = ["Dated", "check_order", "order_problems", "replayed", "ticked"]


class Dated(Protocol):
    """A standing or an event: something at a version and a moment."""

    @property
    def version(self) -> int:
        """Return its place in the log, 1 for the first."""

    @property
    def at(self) -> datetime:
        """Return when, aware."""


_S = TypeVar("_S", bound=Dated)
_E = TypeVar("_E", bound=Dated)
_A = TypeVar("_A")


def check_order(last: Dated, at: datetime) -> None:
    """Refuse a moment that is before the last event.

    Raises:
        InputError: With code `DATE-ORDER`.
    """
    # Both are turned to UTC: Python compares two moments of one time zone by the wall clock, wrong when clocks go back.
    if at.astimezone(UTC) < last.at.astimezone(UTC):
        problem = f"{at.isoformat()} is before the last event at {last.at.isoformat()}"
        raise input_error("DATE-ORDER", "at", problem, "Give a time that is not before the last event.")


def order_problems(last: Dated, event: Dated) -> Iterator[str]:
    """Yield why an event cannot stand after what was last: a gap, or time that runs backwards."""
    if event.version != last.version + 1:
        yield f"version {event.version} stands where {last.version + 1} belongs"
    if event.at.astimezone(UTC) < last.at.astimezone(UTC):
        yield f"{event.at.isoformat()} is before the event that it follows"


def replayed(events: Iterable[_E], evolve: Callable[[_S | None, _E], _S], first: str) -> _S:
    """Return what a log tells of.

    Args:
        events: The whole log.
        evolve: Gives what stands after an event.
        first: What the log begins with, in words.

    Raises:
        InputError: If the log is empty or an event in it cannot follow (`LOG-CORRUPT`).

    Complexity:
        O(n) for n events.
    """
    standing: _S | None = None
    for event in events:
        standing = evolve(standing, event)
    if standing is None:
        problem, remedy = "there is no event", f"Give at least the {first}."
        raise InputError([Fault(code="LOG-CORRUPT", table="log", line=1, problem=problem, remedy=remedy)])
    return standing


def ticked(
    standing: _S,
    at: datetime,
    due: Callable[[_S], Sequence[tuple[datetime, _A]]],
    decide: Callable[[_S, _A, datetime], tuple[_E, ...]],
    evolve: Callable[[_S | None, _E], _S],
) -> tuple[_E, ...]:
    """Return the events that time alone has caused by a moment, each dated by the moment at which it was due.

    Args:
        standing: What stands now.
        at: Until when, aware.
        due: Tells what time will bring about, the earliest first, in UTC.
        decide: Gives the events of an action that is due.
        evolve: Gives what stands after an event.

    Raises:
        InputError: If the moment is naive (`NAIVE-TIME`).
    """
    check_instant(at)
    caused: list[_E] = []
    while (found := due(standing)) and found[0][0] <= at.astimezone(UTC):
        moment, action = found[0]
        for event in decide(standing, action, moment):
            caused.append(event)
            standing = evolve(standing, event)
    return tuple(caused)
