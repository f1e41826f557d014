"""What makes the terms of a programme sound: counts within bounds, and demands that can be met together."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from taskmentor.errors import Fault, InputError
from taskmentor.validators import Conflict, conflicts, whole_faults

__all__ = ["check_terms", "count_faults"]

_T = TypeVar("_T")


def count_faults(name: str, value: object, least: int, most: int) -> Iterator[Fault]:
    """Return what is wrong with a count; nothing where it is a whole number within its bounds."""
    return whole_faults("terms", name, value, least, most)


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
