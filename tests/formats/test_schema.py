"""The tables as data: each name once, ids where ids are."""

import re
from pathlib import Path

import pytest

from taskmentor.formats.cells import Id
from taskmentor.formats.schema import (
    ALL_TABLES,
    LATER_TABLES,
    NEEDED,
    OF_MODEL,
    TABLE_NAMES,
    TABLES,
    ColumnRule,
    TableRule,
)

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "tables.md"


def table(name: str) -> TableRule:
    return next(rule for rule in TABLES if rule.name == name)


def test_every_table_has_a_name_of_its_own() -> None:
    """Two tables of one name would be read from one file."""
    names = [*(rule.name for rule in ALL_TABLES), *LATER_TABLES]
    assert len(set(names)) == len(names)
    assert set(TABLE_NAMES) >= NEEDED | set(OF_MODEL)


@pytest.mark.parametrize("rule", ALL_TABLES, ids=[rule.name for rule in ALL_TABLES])
def test_a_table_finds_each_of_its_columns_and_no_other(rule: TableRule) -> None:
    assert [rule.rule(column.name) for column in rule.columns] == list(rule.columns)
    assert len({column.name for column in rule.columns}) == len(rule.columns)
    assert rule.rule("no_column") is None


@pytest.mark.parametrize("rule", ALL_TABLES, ids=[rule.name for rule in ALL_TABLES])
def test_ids_and_nothing_else_follow_the_pattern_of_ids(rule: TableRule) -> None:
    """An organisation that numbers its people with slashes does so in every table."""
    other = rule.with_ids("[a-z/]+")
    for column, before in zip(other.columns, rule.columns, strict=True):
        is_id = column.name.endswith("_id")
        assert column == (ColumnRule(before.name, Id("[a-z/]+"), before.required) if is_id else before)


def test_columns_of_their_own_are_for_people_only() -> None:
    own = table("people").rule("x_floor")
    assert own is not None
    assert not own.required
    assert table("people").rule("x_") is None
    assert table("skills").rule("x_floor") is None


def test_the_page_about_tables_names_every_column_and_which_must_be_there() -> None:
    """Those who write the tables have nothing but the page."""
    written = {}
    for names, columns in re.findall(r"^\| (`.*\.csv`) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE):
        plain = re.sub(r" \([^)]*\)|, `x_\.\.\.`", "", columns).split(", ")
        for name in re.findall(r"`(\w+)\.csv`", names):
            written[name] = {column.strip("*"): column.startswith("**") for column in plain}
    assert written == {rule.name: {column.name: column.required for column in rule.columns} for rule in ALL_TABLES}
