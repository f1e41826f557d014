"""What makes the terms of a programme sound: fields that are sound alone, and demands that can be met together."""

from collections.abc import Iterable
from typing import TypeVar

from taskmentor.errors import Fault, InputError
from taskmentor.validators import Conflict, conflicts

__all__ = ["check_terms"]

_T = TypeVar("_T")


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
