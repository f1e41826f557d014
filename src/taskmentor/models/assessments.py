"""Assessments: who judged whom, on what skill, at what level, when, and from which source."""

from datetime import date
from enum import IntEnum
from typing import Self

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.models.tables import hold_read_only, row_keys

__all__ = ["Assessment", "Assessments", "Source"]


class Source(IntEnum):
    """Where an assessment comes from; on the same day the higher one counts."""

    SELF = 0
    MANAGER = 1
    TEST = 2
    OUTCOME = 3

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the source that the tables call `self`, `manager`, `test` or `outcome`."""
        return cls[name.upper()]

    @property
    def label(self) -> str:
        """Return the word the tables use."""
        return self.name.lower()


@frozen(kw_only=True)
class Assessment:
    """One judgement of one person's level of one skill."""

    person_id: PersonId
    skill_id: SkillId
    level: int
    source: Source
    assessed_on: date
    assessor_id: PersonId | None = None
    model_version: str = ""


@frozen(eq=False, kw_only=True)
class Assessments:
    """Assessments as columns, sorted by person, skill, day and source.

    Attributes:
        person: Person codes. Shape (n,).
        skill: Skill codes. Shape (n,).
        level: Levels on the scale. Shape (n,).
        source: Values of `Source`. Shape (n,).
        assessed_on: Days. Shape (n,).
        assessor: Person codes, -1 where nobody is named. Shape (n,).
        model_version: Places in `versions`. Shape (n,).
        versions: The versions of the competency model that are named; "" where none is.
    """

    person: NDArray[np.int32]
    skill: NDArray[np.int32]
    level: NDArray[np.int8]
    source: NDArray[np.int8]
    assessed_on: NDArray[np.datetime64]
    assessor: NDArray[np.int32]
    model_version: NDArray[np.int16]
    versions: tuple[str, ...] = ("",)

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.person)

    @classmethod
    def sorted_from(
        cls,
        *,
        person: NDArray[np.integer],
        skill: NDArray[np.integer],
        level: NDArray[np.integer],
        source: NDArray[np.integer],
        assessed_on: NDArray[np.datetime64],
        assessor: NDArray[np.integer],
        model_version: NDArray[np.integer] | None = None,
        versions: tuple[str, ...] = ("",),
    ) -> Self:
        """Return assessments from columns in any order.

        Complexity:
            O(n log n) for n assessments; O(n) where they are sorted already.
        """
        by_name = np.argsort(np.array(versions, np.str_))  # one order of versions, whichever came first
        named = np.zeros(len(person), np.int16)
        if model_version is not None:
            named = np.argsort(by_name).astype(np.int16)[model_version]
        keys = row_keys((person, skill, assessed_on, source))
        sorted_already = bool((np.diff(keys) >= 0).all())
        order = slice(None) if sorted_already else np.argsort(keys, kind="stable")
        return cls(
            person=person[order].astype(np.int32, copy=False),
            skill=skill[order].astype(np.int32, copy=False),
            level=level[order].astype(np.int8, copy=False),
            source=source[order].astype(np.int8, copy=False),
            assessed_on=assessed_on[order].astype("datetime64[D]", copy=False),
            assessor=assessor[order].astype(np.int32, copy=False),
            model_version=named[order],
            versions=tuple(versions[place] for place in by_name),
        )

    def key(self) -> tuple[NDArray[np.generic], ...]:
        """Return the columns that no two assessments share: person, skill, day and source."""
        return self.person, self.skill, self.assessed_on, self.source

    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """Return the columns in their documented order."""
        return (
            self.person, self.skill, self.level, self.source, self.assessed_on, self.assessor, self.model_version,
        )  # fmt: skip
