"""What makes the terms of a programme sound: counts within bounds, and demands that can be met together."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from taskmentor.errors import Fault, InputError, shown
from taskmentor.validators import Conflict, conflicts

__all__ = ["check_terms", "count_faults"]

_T = TypeVar("_T")


def count_faults(name: str, value: object, least: int, most: int) -> Iterator[Fault]:
    """Yield what is wrong with a count; nothing where it is a whole number within its bounds."""
    remedy = f"Give a whole number from {least} to {most:,}."
    if isinstance(value, bool) or not isinstance(value, int):
        problem = f"{shown(value)} is not a whole number"
        yield Fault(code="NOT-WHOLE", table="terms", column=name, problem=problem, remedy=remedy)
    elif not least <= value <= most:
        problem = f"{value} is {f'below {least}' if value < least else f'above {most:,}'}"
        yield Fault(code="OUT-OF-RANGE", table="terms", column=name, problem=problem, remedy=remedy)


def check_terms(terms: _T, faults: Iterable[Fault], known: Iterable[Conflict[_T]]) -> None:
    """Refuse terms that nothing could keep, with everything that is wrong in them.

    Args:
        terms: The terms.
        faults: What is wrong with fields alone.
        known: What contradicts what.

    Raises:
        InputError: If there is anything wrong.
    """
    found = [*faults]
    found += conflicts(terms, known, table="terms", wrong={fault.column for fault in found})
    if found:
        raise InputError(found)
