"""Wishes: a mentee's own about a characteristic of their mentor, and what mentors say of themselves, by consent."""

from datetime import date

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.models.people import Categories
from taskmentor.models.tables import hold_read_only

__all__ = ["Wishes"]


@frozen(eq=False)
class Wishes:
    """What people said about characteristics, each with the day on which they agreed to its use.

    As a mentee a row is a wish about the mentor; as a mentor it is what somebody says of themselves. Nothing of this
    comes from what the organisation knows about people.

    Attributes:
        person: Who said it, as person codes. Shape (n,).
        side: As what, `Side`. Shape (n,).
        characteristic: The characteristic, in words that both sides use. Shape (n,).
        consented_on: The first day on which it may be used. Shape (n,).
        withdrawn_on: The first day on which it may no longer, NaT for open end. Shape (n,).
    """

    person: NDArray[np.int32]
    side: NDArray[np.int8]
    characteristic: Categories
    consented_on: NDArray[np.datetime64]
    withdrawn_on: NDArray[np.datetime64]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.person)

    @classmethod
    def empty(cls) -> "Wishes":
        """Return nothing said."""
        none, days = np.zeros(0, np.int32), np.zeros(0, "datetime64[D]")
        return cls(none, np.zeros(0, np.int8), Categories.of(none, ()), days, days)

    @property
    def columns(self) -> tuple[NDArray[np.generic], ...]:
        """Return the columns in their documented order, characteristics as codes."""
        return self.person, self.side, self.characteristic.codes, self.consented_on, self.withdrawn_on

    def take(self, rows: NDArray[np.integer]) -> "Wishes":
        """Return some of the rows."""
        return Wishes(
            self.person[rows],
            self.side[rows],
            self.characteristic.take(rows),
            self.consented_on[rows],
            self.withdrawn_on[rows],
        )

    def holding(self, on: date) -> "Wishes":
        """Return what may be used on a day."""
        day = np.datetime64(on)
        return self.take(np.flatnonzero((self.consented_on <= day) & ~(self.withdrawn_on <= day)))
