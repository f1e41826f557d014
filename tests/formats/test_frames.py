"""Data frames: the same organisation whatever made them, and what cannot be read is named."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taskmentor.errors import Fault, UnsupportedError
from taskmentor.formats.csv_text import Limits, UnreadableError
from taskmentor.formats.frames import grid_of_arrow, grid_of_frame
from taskmentor.formats.reading import organisation_from_frames, read_organisation
from taskmentor.formats.schema import TABLES
from tests.models.small import ALL_FILES, DAYS, FILES, arrow_table, faults, written

PEOPLE_RULE = next(rule for rule in TABLES if rule.name == "people")
TABLES_OF_ARROW = {name: arrow_table(text) for name, text in ALL_FILES.items()}
NEEDED = {name: TABLES_OF_ARROW[name] for name in FILES}


def as_text(table: pa.Table, kind: pa.DataType) -> pa.Table:
    """Return a table with texts of another type, and days as texts."""
    fields = [
        pa.field(one.name, kind if pa.types.is_string(one.type) or one.name in DAYS else one.type)
        for one in table.schema
    ]
    return table.cast(pa.schema(fields))


def categorical(table: pa.Table) -> pa.Table:
    """Return a table of dictionaries, each with a value that no row has and one twice."""
    columns = []
    for column in table.columns:
        encoded = column.combine_chunks().dictionary_encode()
        values = pa.concat_arrays([encoded.dictionary, encoded.dictionary, pa.nulls(1, column.type)])
        columns.append(pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int8()), values))
    return pa.table(columns, table.column_names)


def with_null_places(table: pa.Table) -> pa.Table:
    """Return a table of dictionaries in which an empty cell is the place of a null."""
    columns = []
    for column in table.columns:
        encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
        columns.append(encoded)
    return pa.table(columns, table.column_names)


MAKERS: dict[str, Callable[[pa.Table], Any]] = {
    "pyarrow": lambda table: table,
    "narwhals": nw.from_native,
    "pandas": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "pandas objects": lambda table: pd.DataFrame(
        {name: pd.Series(table[name].to_pylist(), dtype="Int64" if pa.types.is_integer(table[name].type) else object)
         for name in table.column_names}
    ),
    "pandas with an index": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype).set_index(
        np.arange(len(table))[::-1]
    ),
    "large texts": lambda table: as_text(table, pa.large_string()),
    "views of texts": lambda table: as_text(table, pa.string_view()),
    "categories": categorical,
    "categories with null": with_null_places,
    "chunks": lambda table: pa.concat_tables([table.slice(row, 1) for row in range(len(table))]),
}  # fmt: skip


@pytest.mark.parametrize("maker", MAKERS)
def test_data_frames_are_the_same_organisation(tmp_path: Path, maker: str) -> None:
    """One meaning, whatever library holds the tables."""
    organisation = read_organisation(written(tmp_path, ALL_FILES))
    found = organisation_from_frames({name: MAKERS[maker](table) for name, table in TABLES_OF_ARROW.items()})
    assert found.warnings == ()
    assert (found.digest, list(found.people)) == (organisation.digest, list(organisation.people))


def refusals(**columns: object) -> list[Fault]:
    """Return the faults of a table of people with these columns instead."""
    table = pa.table({"person_id": ["a", "b"], **columns})
    return faults(lambda: organisation_from_frames(NEEDED | {"people": table}))


@pytest.mark.parametrize(
    ("column", "values", "wanted"),
    [
        ("person_id", pa.array([7, 8]), "texts (string)"),
        ("person_id", pa.array([b"a", b"b"]), "texts (string)"),
        ("name", pa.array([True, False]), "texts (string)"),
        ("grade", pa.array([1.0, 2.0]), "whole numbers (int8 to int64)"),
        ("grade", pa.array(["1", "2"]), "whole numbers (int8 to int64)"),
        ("grade", pa.array([1.5, 1.5]).dictionary_encode(), "whole numbers (int8 to int64)"),
        ("joined_on", pa.array([datetime(2026, 1, 1)] * 2), "days (date32), or texts such as 2026-11-23"),
        ("x_own", pa.array([[1], [2]]), "texts or whole numbers"),
    ],
)
def test_a_column_of_a_wrong_type_is_one_fault(column: str, values: pa.Array, wanted: str) -> None:
    """Case 22: not one for each of a million rows."""
    (found,) = refusals(**{column: values})
    assert (found.code, found.table, found.line, found.column) == ("WRONG-TYPE", "people", None, column)
    assert found.problem.endswith(f", and no {wanted}")
    assert found.remedy.startswith(f"Give {wanted};")


def test_all_wrong_types_of_a_table_are_named_at_once() -> None:
    found = refusals(grade=[1.5, 2.5], capacity=[0.5, 0.5])
    assert [fault.column for fault in found] == ["capacity", "grade"]


def test_columns_without_any_cell_have_no_type() -> None:
    """Such as pandas makes of a column of None; what must be filled is missed all the same."""
    table = pa.table({"person_id": ["a", "b"], "grade": pa.nulls(2), "name": pa.nulls(2), "joined_on": pa.nulls(2)})
    people = organisation_from_frames(NEEDED | {"people": table}).people
    assert [(person.grade, person.name, person.joined_on) for person in people] == [(None, "", None)] * 2
    assert [(fault.code, fault.line) for fault in refusals(person_id=pa.nulls(2))] == [("EMPTY-ID", 1), ("EMPTY-ID", 2)]


def test_numbers_and_days_out_of_range_are_named_by_row() -> None:
    found = refusals(capacity=[1, -1], joined_on=[date(1, 1, 1), None], x_own=pa.array([2**63, 1], pa.uint64()))
    assert [(fault.code, fault.line, fault.column) for fault in found] == [
        ("OUT-OF-RANGE", 1, "joined_on"), ("OUT-OF-RANGE", 1, "x_own"), ("OUT-OF-RANGE", 2, "capacity"),
    ]  # fmt: skip


def test_a_text_that_is_not_utf_8_is_named() -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.array([0, 1, 2], pa.int32()).buffers()[1], pa.py_buffer(b"a\xff")]
    )
    (found,) = refusals(name=broken)
    assert (found.code, found.column) == ("ENCODING", "name")


@pytest.mark.parametrize("given", [None, 7, [{"person_id": "a"}], nw.from_native(TABLES_OF_ARROW["people"]).lazy()])
def test_what_is_no_data_frame_is_named(given: object) -> None:
    (found,) = faults(lambda: organisation_from_frames(NEEDED | {"people": given}))
    assert (found.code, found.table) == ("WRONG-SHAPE", "people")
    assert "no data frame in memory" in found.problem


def test_columns_that_are_none_of_their_own_are_named() -> None:
    """A column of texts and numbers has no type, and two of one name cannot be told apart."""
    mixed = pd.DataFrame({"person_id": pd.Series(["a", 7], dtype=object)})
    twice = pd.DataFrame([["a", "b"]], columns=["person_id", "person_id"])
    for frame in (mixed, twice):
        (found,) = faults(lambda frame=frame: organisation_from_frames(NEEDED | {"people": frame}))  # type: ignore[misc]
        assert (found.code, found.table) == ("WRONG-SHAPE", "people")
        assert found.problem.startswith("it cannot be read as columns with a name and a type each: ")


def test_a_name_that_stands_there_twice_is_not_read() -> None:
    """Which of the two columns counts is for whoever gave them to say."""
    table = pa.table([pa.array(["a"]), pa.array(["b"]), pa.array([1.5])], ["person_id", "person_id", "unknown"])
    grid = grid_of_arrow(table.schema, [table], "people", PEOPLE_RULE, Limits())
    assert (grid.header, grid.cells) == (("person_id", "person_id", "unknown"), ((None,), (None,), (None,)))


def test_rows_and_columns_are_limited() -> None:
    with pytest.raises(UnreadableError) as caught:
        grid_of_frame(TABLES_OF_ARROW["people"], "people", PEOPLE_RULE, Limits(frame_rows=3))
    assert [fault.code for fault in caught.value.faults] == ["TOO-MANY-ROWS"]
    with pytest.raises(UnreadableError) as caught:
        grid_of_frame(TABLES_OF_ARROW["people"], "people", PEOPLE_RULE, Limits(columns=3))
    assert [fault.code for fault in caught.value.faults] == ["TOO-MANY-COLUMNS"]


def test_an_unknown_table_is_a_warning() -> None:
    (warning,) = organisation_from_frames(NEEDED | {"peeple": TABLES_OF_ARROW["people"]}).warnings
    assert (warning.code, warning.table) == ("UNKNOWN-TABLE", "peeple")


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "narwhals", None)
    with pytest.raises(UnsupportedError, match=r"install the extra taskmentor\[frames\]"):
        organisation_from_frames(TABLES_OF_ARROW)
