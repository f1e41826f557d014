"""People: the value `Person` and, beside it, the columns that hold everybody."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NewType

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import UnknownIdError
from taskmentor.models.competency import RoleId
from taskmentor.models.tables import hold_read_only

__all__ = [
    "NO_CODE",
    "NO_GRADE",
    "Categories",
    "Extra",
    "People",
    "Person",
    "PersonId",
    "key_of_erased",
    "name_of_erased",
]

PersonId = NewType("PersonId", str)

NO_CODE = -1
NO_GRADE = -1

_ERASED = re.compile("erased-([0-9a-f]{32})")


def name_of_erased(key: str) -> str:
    """Return what somebody is called who was erased: a name that tells nothing, the same wherever they occurred.

    Nobody acts under it, and no organisation knows it: who was erased has no managers, no rights and no assessments.
    What others did with them stays theirs.
    """
    return f"erased-{key}"


def key_of_erased(person_id: str) -> str | None:
    """Return the key in the name of somebody who was erased; None for everybody else."""
    found = _ERASED.fullmatch(person_id)
    return found[1] if found else None


@frozen(kw_only=True)
class Person:
    """One person of an organisation, who may be mentor for one skill and mentee for another (T7).

    Attributes:
        capacity: Engagements that this person will mentor at a time; 0 offers none.
        mentee_limit: Engagements that this person may have as mentee at a time.
        grade: Seniority as a whole number, None where unknown.
        joined_on: First day; None for always.
        left_on: First day on which the person is no longer there; None for never.
        extras: The organisation's own columns, named `x_...`.
    """

    id: PersonId
    name: str = ""
    role_id: RoleId | None = None
    manager_id: PersonId | None = None
    department: str = ""
    location: str = ""
    time_zone: str = ""
    languages: tuple[str, ...] = ()
    grade: int | None = None
    capacity: int = 0
    mentee_limit: int = 2
    joined_on: date | None = None
    left_on: date | None = None
    extras: tuple[tuple[str, str | int], ...] = ()


@frozen(eq=False)
class Categories:
    """A column of a few different texts.

    Attributes:
        codes: Places in `labels`, -1 where the cell is empty. Shape (n,).
        labels: The different texts, sorted.
    """

    codes: NDArray[np.int32]
    labels: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    @classmethod
    def of(cls, places: NDArray[np.integer], texts: Sequence[str]) -> "Categories":
        """Return the categories of a column of texts; the empty text is no category, nor is one that does not occur.

        Args:
            places: For each row the place of its text. Shape (n,).
            texts: Different texts, sorted.
        """
        used = [place for place in np.unique(places).tolist() if texts[place] != ""]
        codes = np.full(len(texts), NO_CODE, np.int32)
        codes[used] = np.arange(len(used))
        return cls(codes[places], tuple(texts[place] for place in used))

    def label(self, index: int) -> str:
        """Return the text of one row, "" where it is empty."""
        code = int(self.codes[index])
        return "" if code == NO_CODE else self.labels[code]

    def take(self, rows: NDArray[np.integer]) -> "Categories":
        """Return the same categories for some rows."""
        return Categories(self.codes[rows], self.labels)


@frozen(eq=False)
class Extra:
    """A column `x_...` that belongs to the organisation: texts as categories, or whole numbers.

    Attributes:
        name: The column's name, with its `x_`.
        texts: The values where they are texts, else None.
        numbers: The values where they are whole numbers, else None. Shape (n,).
        given: Whether the cell was filled; numbers are 0 where it was not. Shape (n,).
    """

    name: str
    texts: Categories | None
    numbers: NDArray[np.int64] | None
    given: NDArray[np.bool_]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def value(self, index: int) -> str | int | None:
        """Return the value of one row, None where the cell is empty."""
        if not self.given[index]:
            return None
        return self.texts.label(index) if self.texts is not None else int(self.numbers[index])  # type: ignore[index]


@frozen(eq=False, kw_only=True)
class People:
    """Everybody, as columns sorted by id; a person's place is their code.

    Attributes:
        ids: Sorted by code point. Shape (n,).
        names: Shape (n,).
        role: Role codes of the competency model, -1 for none. Shape (n,).
        manager: Person codes, -1 for nobody; holds where the table `reporting` says nothing. Shape (n,).
        department: Shape (n,).
        location: Shape (n,).
        time_zone: IANA names. Shape (n,).
        languages: Bit `k` is set for those who speak `language_names[k]`. Shape (n,).
        language_names: At most 64, sorted.
        grade: -1 where unknown. Shape (n,).
        capacity: Places as mentor. Shape (n,).
        mentee_limit: Places as mentee. Shape (n,).
        joined_on: First day, NaT for always. Shape (n,).
        left_on: First day of absence, NaT for never. Shape (n,).
        extras: The organisation's own columns.
        capacity_given: False where no table said who offers how many places, so that everybody offers one.
    """

    ids: NDArray[np.str_]
    names: NDArray[np.str_]
    role: NDArray[np.int32]
    manager: NDArray[np.int32]
    department: Categories
    location: Categories
    time_zone: Categories
    languages: NDArray[np.uint64]
    language_names: tuple[str, ...]
    grade: NDArray[np.int16]
    capacity: NDArray[np.int32]
    mentee_limit: NDArray[np.int32]
    joined_on: NDArray[np.datetime64]
    left_on: NDArray[np.datetime64]
    extras: tuple[Extra, ...] = ()
    capacity_given: bool = True
    _role_ids: tuple[RoleId, ...] = field(alias="role_ids")

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Person]:
        return (self[code] for code in range(len(self)))

    def code(self, person_id: str) -> int:
        """Return the code of a person.

        Raises:
            UnknownIdError: If nobody has this id; the message names an id that sorts beside it.
        """
        place = int(np.searchsorted(self.ids, person_id))
        if place == len(self) or self.ids[place] != person_id:
            raise UnknownIdError("person", person_id, self.ids[max(0, place - 2) : place + 2].tolist())
        return place

    def codes(self, person_ids: Sequence[str]) -> NDArray[np.int32]:
        """Return the codes of several people.

        Raises:
            UnknownIdError: If one of the ids names nobody.
        """
        places = np.searchsorted(self.ids, np.array(person_ids, np.str_)).astype(np.int32)
        found = self.ids[np.minimum(places, len(self) - 1)].tolist() if len(self) else []
        if found != list(person_ids):
            return np.array([self.code(person_id) for person_id in person_ids], np.int32)
        return places

    def id(self, code: int) -> PersonId:
        """Return the id of a code."""
        return PersonId(str(self.ids[code]))

    def __getitem__(self, code: int) -> Person:
        manager, role, grade = int(self.manager[code]), int(self.role[code]), int(self.grade[code])
        extras = ((extra.name, extra.value(code)) for extra in self.extras)
        return Person(
            id=self.id(code),
            name=str(self.names[code]),
            role_id=None if role == NO_CODE else self._role_ids[role],
            manager_id=None if manager == NO_CODE else self.id(manager),
            department=self.department.label(code),
            location=self.location.label(code),
            time_zone=self.time_zone.label(code),
            languages=self.spoken(int(self.languages[code])),
            grade=None if grade == NO_GRADE else grade,
            capacity=int(self.capacity[code]),
            mentee_limit=int(self.mentee_limit[code]),
            joined_on=_day(self.joined_on[code]),
            left_on=_day(self.left_on[code]),
            extras=tuple((name, value) for name, value in extras if value is not None),
        )

    def spoken(self, mask: int) -> tuple[str, ...]:
        """Return the languages of a mask, sorted."""
        return tuple(name for bit, name in enumerate(self.language_names) if mask >> bit & 1)

    def active(self, on: date) -> NDArray[np.bool_]:
        """Return who is there on a day: joined on or before it and not yet left. Shape (n,)."""
        day = np.datetime64(on)
        return ~(self.joined_on > day) & ~(self.left_on <= day)

    def extra(self, name: str) -> Extra:
        """Return one of the organisation's own columns.

        Raises:
            UnknownIdError: If there is no such column.
        """
        for extra in self.extras:
            if extra.name == name:
                return extra
        raise UnknownIdError("column of people", name, [extra.name for extra in self.extras])

    def with_capacity(self, capacity: NDArray[np.integer]) -> "People":
        """Return the same people with other numbers of places as mentor.

        Args:
            capacity: Places, 0 or more. Shape (n,).
        """
        return evolve(self, capacity=capacity.astype(np.int32), capacity_given=True)

    def with_mentee_limit(self, mentee_limit: NDArray[np.integer]) -> "People":
        """Return the same people with other numbers of places as mentee.

        Args:
            mentee_limit: Places, 0 or more. Shape (n,).
        """
        return evolve(self, mentee_limit=mentee_limit.astype(np.int32))


def _day(day: np.datetime64) -> date | None:
    return None if np.isnat(day) else day.astype("datetime64[D]").item()
