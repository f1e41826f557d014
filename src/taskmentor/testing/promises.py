"""Promises, and what a broken one looks like: which promise, what was seen, and the smallest input that shows it."""

import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Generic, Protocol, Self, TypeVar

import attrs
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import nearest, shown

__all__ = [
    "Broken",
    "BrokenPromiseError",
    "Promise",
    "arrays_of",
    "check_names",
    "names_of",
    "raise_broken",
    "smallest",
]

SomeTrial = TypeVar("SomeTrial")
SomeCase = TypeVar("SomeCase", bound="Case")


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


class Case(Protocol):
    """One input on which something is tried, and the ones that are a step smaller."""

    @property
    def most_tries(self) -> int:
        """Return after how many smaller cases the smallest so far is small enough."""
        ...

    def smaller(self) -> Iterator[Self]:
        """Return the cases that are a step smaller."""
        ...


@frozen
class Promise(Generic[SomeTrial, SomeCase]):
    """What is promised, and what looks whether it is kept: case by case, or over all of them together.

    Attributes:
        meaning: A sentence that holds where it is kept.
        of_each: Says what is seen instead in one case.
        of_all: Says what is seen instead over all cases.
    """

    meaning: str
    of_each: Callable[[SomeTrial, SomeCase], str | None] | None = None
    of_all: Callable[[SomeTrial], str | None] | None = None

    def broken(self, name: str, trial: SomeTrial, cases: Sequence[SomeCase]) -> Iterator[Broken]:
        """Give what was seen instead, with the smallest case that shows it; nothing where the promise is kept."""
        if self.of_all is not None and (seen := self.of_all(trial)) is not None:
            yield Broken(promise=name, meaning=self.meaning, seen=seen)
        if (check := self.of_each) is not None:
            told = ""  # of the last case that failed: what draws by lot may not fail again

            def fails(case: SomeCase) -> bool:
                nonlocal told
                seen = check(trial, case)
                told = told if seen is None else seen
                return seen is not None

            if (found := next(filter(fails, cases), None)) is not None:
                least = smallest(found, fails)
                yield Broken(promise=name, meaning=self.meaning, seen=told, case=str(least))


def smallest(case: SomeCase, fails: Callable[[SomeCase], bool]) -> SomeCase:
    """Return the smallest case that still fails, of those to which single steps lead.

    Args:
        case: A case that fails.
        fails: Whether a case fails.

    Source:
        Delta debugging, taking one part away at a time: Zeller and Hildebrandt, "Simplifying and isolating
        failure-inducing input", IEEE Transactions on Software Engineering 28 (2002).
    """
    tries, most, found = 0, case.most_tries, True
    while found and tries < most:
        found = False
        for one in case.smaller():
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
