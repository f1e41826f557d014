"""Promises, and what a broken one looks like: which promise, what was seen, and the smallest input that shows it."""

import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TypeVar

import attrs
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import nearest, shown

__all__ = ["Broken", "BrokenPromiseError", "arrays_of", "check_names", "names_of", "raise_broken", "smallest"]

Case = TypeVar("Case")


@frozen(kw_only=True)
class Broken:
    """One promise that does not hold.

    Attributes:
        promise: Its name.
        meaning: What it promises.
        seen: What was seen instead.
        case: The smallest input that was found to show it, as text; empty where no single input does.
    """

    promise: str
    meaning: str
    seen: str
    case: str = ""

    def __str__(self) -> str:
        lines = [f"{self.promise}: {self.meaning}", f"  seen: {self.seen}"]
        return "\n".join([*lines, f"  smallest input:\n{textwrap.indent(self.case, '    ')}"] if self.case else lines)


class BrokenPromiseError(AssertionError):
    """Something does not keep what is promised of it; `broken` holds every promise that does not hold.

    An assertion that failed, like that of any other test, and so no `TaskmentorError`.

    Attributes:
        who: What was checked.
        broken: The broken promises.
    """

    def __init__(self, who: str, broken: Sequence[Broken]) -> None:
        self.who, self.broken = who, tuple(broken)
        super().__init__(who, self.broken)

    def __str__(self) -> str:
        n = len(self.broken)
        return "\n".join([f"{self.who} breaks {n} {'promise' if n == 1 else 'promises'}", *map(str, self.broken)])


def raise_broken(who: object, broken: Iterable[Broken]) -> None:
    """Raise BrokenPromiseError if there is any broken promise."""
    if found := list(broken):
        raise BrokenPromiseError(shown(who), found)


def names_of(given: Iterable[str]) -> frozenset[str]:
    """Return names in any form as a set."""
    return frozenset(given)


def check_names(given: Collection[str], known: Collection[str], what: str) -> None:
    """Raise ValueError if something is named that there is not."""
    for name in given:
        if name not in known:
            raise ValueError(f"{shown(name)} is no {what}{nearest(name, known)}; there are {', '.join(sorted(known))}")


def smallest(
    case: Case, smaller: Callable[[Case], Iterator[Case]], fails: Callable[[Case], bool], *, most_tries: int = 2_000
) -> Case:
    """Return the smallest case that still fails, of those to which single steps lead.

    Args:
        case: A case that fails.
        smaller: Gives the cases that are one step smaller.
        fails: Whether a case fails.
        most_tries: After so many cases the smallest so far is good enough.

    Source:
        Delta debugging, taking one part away at a time: Zeller and Hildebrandt, "Simplifying and isolating
        failure-inducing input", IEEE Transactions on Software Engineering 28 (2002).
    """
    tries, found = 0, True
    while found and tries < most_tries:
        found = False
        for one in smaller(case):
            tries += 1
            if fails(one):
                case, found = one, True
                break
    return case


def arrays_of(value: object) -> list[bytes]:
    """Return the content of every array that a value holds, in an order that does not change."""
    return [column.tobytes() for column in _columns(value, set())]


def _columns(value: object, seen: set[int]) -> Iterator[NDArray[np.generic]]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _columns(one, seen)
    elif (kind := type(value)) and attrs.has(kind) and id(value) not in seen:
        seen.add(id(value))
        for attribute in attrs.fields(kind):
            yield from _columns(getattr(value, attribute.name), seen)
