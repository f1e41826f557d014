"""Preferences: whom people would rather mentor or be mentored by, as they said it themselves."""

from enum import IntEnum

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.models.tables import hold_read_only

__all__ = ["HIGHEST_RANK", "Preferences", "Side"]

HIGHEST_RANK = 9_999
"""The last rank that a list may give."""


class Side(IntEnum):
    """As what somebody prefers somebody: as a mentee about mentors, or as a mentor about mentees."""

    MENTEE = 0
    MENTOR = 1

    @property
    def label(self) -> str:
        """Return the word that tables use."""
        return self.name.lower()


@frozen(eq=False)
class Preferences:
    """Lists of preferred people as columns.

    The rows of one person, side and skill are one list. Those who are not on it are refused, unless a row without a
    preferred person says that everybody else comes after them. Whoever has no list refuses nobody.

    Attributes:
        person: Whose list it is, as person codes. Shape (n,).
        side: As what, `Side`. Shape (n,).
        skill: Skill codes; -1 for the list that holds for all skills without one of their own. Shape (n,).
        preferred: Person codes, -1 for everybody else. Shape (n,).
        rank: 1 for the best, equal for ties; 0 for everybody else. Shape (n,).
    """

    person: NDArray[np.int32]
    side: NDArray[np.int8]
    skill: NDArray[np.int32]
    preferred: NDArray[np.int32]
    rank: NDArray[np.int32]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.person)

    @classmethod
    def empty(cls) -> "Preferences":
        """Return no lists."""
        none = np.zeros(0, np.int32)
        return cls(none, np.zeros(0, np.int8), none, none, none)

    @property
    def columns(self) -> tuple[NDArray[np.generic], ...]:
        """Return the columns in their documented order."""
        return self.person, self.side, self.skill, self.preferred, self.rank

    def take(self, rows: NDArray[np.integer]) -> "Preferences":
        """Return some of the rows."""
        return Preferences(self.person[rows], self.side[rows], self.skill[rows], self.preferred[rows], self.rank[rows])
