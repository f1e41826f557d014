"""People as values and as columns."""

from datetime import date

import numpy as np
import pytest

from taskmentor.errors import UnknownIdError
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.models.people import Categories, People
from tests.models.small import small_rows


@pytest.fixture
def people() -> People:
    return organisation_from_rows(small_rows()).people


def test_people_are_found_by_id(people: People) -> None:
    """An id that is not there is named with one that sorts beside it, and never taken for another."""
    assert [person.id for person in people] == ["ann", "bob", "cem", "dee"]
    assert (people.code("cem"), people.id(2), len(people)) == (2, "cem", 4)
    assert people.codes(["dee", "ann", "ann"]).tolist() == [3, 0, 0]
    assert people.codes([]).tolist() == []
    for unknown in ("annn", "zzz", "", "ann\0"):
        with pytest.raises(UnknownIdError):
            people.code(unknown)
        with pytest.raises(UnknownIdError):
            people.codes(["bob", unknown])
    with pytest.raises(UnknownIdError, match="did you mean 'ann'"):
        people.code("annn")


def test_nobody_is_found_among_nobody(people: People) -> None:
    """An empty organisation can be asked too."""
    none = np.zeros(0, np.int32)
    empty = People(
        ids=np.zeros(0, "U1"), names=np.zeros(0, "U1"), role=none, manager=none, department=Categories(none, ()),
        location=Categories(none, ()), time_zone=Categories(none, ()), languages=none.astype(np.uint64),
        language_names=(), grade=none.astype(np.int16), capacity=none, mentee_limit=none,
        joined_on=none.astype("datetime64[D]"), left_on=none.astype("datetime64[D]"), role_ids=(),
    )  # fmt: skip
    assert list(empty) == []
    with pytest.raises(UnknownIdError):
        empty.codes(["a"])


def test_who_is_there_on_a_day(people: People) -> None:
    """The first day counts, the day of leaving does not."""
    assert people.active(date(2019, 12, 31)).tolist() == [False, True, False, True]
    assert people.active(date(2020, 1, 1)).tolist() == [True, True, True, True]
    assert people.active(date(2030, 1, 1)).tolist() == [True, True, False, True]


def test_columns_of_ones_own_are_found_by_name(people: People) -> None:
    """Rules and scorers may use them."""
    assert [people.extra("x_floor").value(code) for code in range(4)] == [3, None, -1, None]
    assert [people.extra("x_code").value(code) for code in range(4)] == ["007", "b", None, None]
    with pytest.raises(UnknownIdError, match="x_floor"):
        people.extra("x_flor")


def test_other_capacities_make_other_people(people: People) -> None:
    """The old ones stay as they were."""
    other = people.with_capacity(np.array([1, 2, 3, 4])).with_mentee_limit(np.array([4, 3, 2, 1]))
    assert [(person.capacity, person.mentee_limit) for person in other] == [(1, 4), (2, 3), (3, 2), (4, 1)]
    assert people.capacity.tolist() == [2, 0, 1, 0]
    with pytest.raises(ValueError, match="read-only"):
        people.capacity[0] = 9


def test_categories_are_those_that_occur_and_know_no_empty_text() -> None:
    """An empty department is no department that people share, and one that nobody is in leaves no trace."""
    categories = Categories.of(np.array([3, 0, 1, 3]), ("", "a", "b", "c"))
    assert (categories.codes.tolist(), categories.labels) == ([1, -1, 0, 1], ("a", "c"))
    assert [categories.label(row) for row in range(4)] == ["c", "", "a", "c"]
    assert categories.take(np.array([1, 2])).codes.tolist() == [-1, 0]
    assert Categories.of(np.array([1, 0]), ("a", "b")).labels == ("a", "b")
    assert Categories.of(np.zeros(0, np.int64), ("",)).labels == ()
