"""Protected attributes: whose group counts on a day, and that nothing that matches can get at one."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from types import FunctionType
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import taskmentor as tm
from taskmentor.errors import UnknownIdError
from taskmentor.formats.reading import protected_from_rows, read_organisation
from taskmentor.formats.writing import write_organisation, write_protected
from taskmentor.matching.ids import pool_of
from taskmentor.models.protected import ProtectedAttributes
from tests.organisations import ON, organisation

STAFF = organisation("ann bob cat dan", knows={"ann": {"sql": 5}}, wants={"bob": {"sql": 2}, "cat": {"sql": 3}})
LABEL = "group-that-nobody-else-names"


def row(person: str, group: str, *, from_on: date = ON, until: date | None = None, attribute: str = "sex"):  # type: ignore[no-untyped-def]
    return {
        "person_id": person,
        "attribute": attribute,
        "group": group,
        "consented_on": from_on,
        "withdrawn_on": until,
    }


def labels(protected: ProtectedAttributes, on: date, attribute: str = "sex") -> list[str]:
    found = protected.groups(attribute, STAFF.people, on)
    return [found.label(code) for code in range(len(STAFF.people))]


def days() -> st.SearchStrategy[date]:
    return st.integers(-4, 4).map(lambda n: ON + timedelta(days=n))


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(STAFF.people.ids.tolist()), st.sampled_from(["age", "sex"]), days()),
        st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 5)),
        min_size=1,
    ),
    st.randoms(),
)
def test_the_newest_of_a_day_counts_unless_it_is_withdrawn(said, shuffle) -> None:  # type: ignore[no-untyped-def]
    rows = [
        row(person, group, from_on=day, until=None if kept is None else day + timedelta(days=kept), attribute=attribute)
        for (person, attribute, day), (group, kept) in said.items()
    ]
    shuffle.shuffle(rows)
    protected = protected_from_rows(rows, STAFF)
    for attribute in protected.attributes:
        for on in (ON - timedelta(days=2), ON, ON + timedelta(days=5)):
            wanted = []
            for person in STAFF.people.ids.tolist():
                mine = [one for one in rows if (one["person_id"], one["attribute"]) == (person, attribute)]
                past = [one for one in mine if one["consented_on"] <= on]
                newest = max(past, key=lambda one: one["consented_on"], default=None)
                gone = newest is None or (newest["withdrawn_on"] is not None and newest["withdrawn_on"] <= on)
                wanted.append("" if newest is None or gone else newest["group"])
            assert labels(protected, on, attribute) == wanted
            found = protected.groups(attribute, STAFF.people, on)
            assert set(found.labels) == {*wanted} - {""}


def test_rows_of_people_who_are_not_asked_about_are_not_looked_at() -> None:
    """After an erasure the organisation does not know somebody any more, and the table may."""
    protected = protected_from_rows([row("ann", "f"), row("dan", "m")], STAFF)
    fewer = organisation("ann bob")
    found = protected.groups("sex", fewer.people, ON)
    assert [found.label(code) for code in range(2)] == ["f", ""]


def test_an_attribute_that_nobody_has_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownIdError, match="sex"):
        protected_from_rows([row("ann", "f")], STAFF).groups("sexx", STAFF.people, ON)


def test_what_is_printed_says_nothing_of_anybody() -> None:
    protected = protected_from_rows([row("ann", LABEL), row("bob", LABEL, attribute="age")], STAFF)
    assert repr(protected) == str(protected) == "ProtectedAttributes(2 rows about age, sex)"
    assert repr(protected.take(np.array([], np.int64))) == "ProtectedAttributes(0 rows about no attribute)"


# --- no way from what matches to what is protected


def everything(value: object) -> Iterator[Any]:
    """Yield all that can be got at from a value: fields, items, what functions close over, what is cached."""
    seen: set[int] = set()
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or one is None or isinstance(one, type | int | bytes | date | Enum):
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += one
        elif isinstance(one, np.ndarray) and one.dtype.kind in "UO":
            waiting += one.ravel().tolist()
        elif isinstance(one, FunctionType):
            waiting += [cell.cell_contents for cell in one.__closure__ or ()] + [*(one.__defaults__ or ())]
        elif attrs.has(type(one)):
            waiting += [getattr(one, field.name) for field in attrs.fields(type(one))]
        waiting += [*getattr(one, "__dict__", {}).values()]
        slots = [slot for kind in type(one).__mro__ for slot in getattr(kind, "__slots__", ())]
        waiting += [getattr(one, slot) for slot in slots if slot != "__weakref__" and hasattr(one, slot)]


def folder_with_groups(folder: Path) -> ProtectedAttributes:
    protected = protected_from_rows([row(person, LABEL) for person in STAFF.people.ids.tolist()], STAFF)
    write_organisation(STAFF, folder)
    write_protected(protected, folder)
    return protected


def test_nothing_that_is_reached_from_a_round_holds_a_group(tmp_path: Path) -> None:
    """Rules, scorers, strategies, explanations and proofs are given parts of a round, and nothing else."""
    protected = folder_with_groups(tmp_path)
    round_ = tm.match(read_organisation(tmp_path), tm.programmes.task_based(), on=ON)
    told = round_.explain("bob", "sql")
    reached = [*everything((round_, pool_of(round_.problem), told))]
    assert any(one is round_.organisation.people for one in reached)
    assert any(one == "ann" for one in reached if isinstance(one, str))
    assert not any(isinstance(one, ProtectedAttributes) for one in reached)
    assert not any(LABEL in one for one in reached if isinstance(one, str))
    assert any(LABEL in one for one in everything(protected) if isinstance(one, str))


def test_an_organisation_is_the_same_with_and_without_the_table_beside_it(tmp_path: Path) -> None:
    """Not even the digest of what was matched may tell that anybody has said something."""
    folder_with_groups(tmp_path)
    with_table = read_organisation(tmp_path, strict=True)
    (tmp_path / "protected.csv").unlink()
    assert with_table.digest == read_organisation(tmp_path).digest
    assert with_table.warnings == read_organisation(tmp_path).warnings


def test_writing_an_organisation_leaves_the_table_beside_it_alone(tmp_path: Path) -> None:
    folder_with_groups(tmp_path)
    before = (tmp_path / "protected.csv").read_bytes()
    names = write_organisation(STAFF, tmp_path, overwrite=True)
    assert "protected.csv" not in names
    assert (tmp_path / "protected.csv").read_bytes() == before
