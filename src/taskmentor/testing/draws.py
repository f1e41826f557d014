"""Where small invented inputs take their choices from: a seed, or Hypothesis, by the same generators."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from attrs import frozen
from numpy.random import Generator

__all__ = ["Draws", "Seeded"]

Thing = TypeVar("Thing")


class Draws(Protocol):
    """Choices, one after the other; what is plainer comes first, so that whoever shrinks knows where to go."""

    def whole(self, lowest: int, highest: int) -> int:
        """Return a whole number between two, both included."""
        ...

    def chance(self, per_cent: int) -> bool:
        """Return True in so many of a hundred cases."""
        ...

    def one_of(self, choices: Sequence[Thing]) -> Thing:
        """Return one of some things."""
        ...

    def order(self, things: Sequence[Thing]) -> list[Thing]:
        """Return the things in any order."""
        ...


@frozen
class Seeded:
    """Choices by random numbers.

    Attributes:
        rng: Where they come from.
    """

    rng: Generator

    def whole(self, lowest: int, highest: int) -> int:
        """Return a whole number between two, both included."""
        return int(self.rng.integers(lowest, highest, endpoint=True))

    def chance(self, per_cent: int) -> bool:
        """Return True in so many of a hundred cases."""
        return bool(self.rng.random() * 100 < per_cent)

    def one_of(self, choices: Sequence[Thing]) -> Thing:
        """Return one of some things."""
        return choices[int(self.rng.integers(len(choices)))]

    def order(self, things: Sequence[Thing]) -> list[Thing]:
        """Return the things in any order."""
        return [things[place] for place in self.rng.permutation(len(things)).tolist()]
