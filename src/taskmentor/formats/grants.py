"""Written grants from a CSV file: who is what the organisation's tables do not say."""

from datetime import date
from pathlib import Path

import numpy as np
from attrs import evolve

from taskmentor.authorisation import GRANTED, Grant, PersonRelation, Relation
from taskmentor.errors import Fault, InputError
from taskmentor.formats.cells import Choice, Day, Id, Text
from taskmentor.formats.schema import ColumnRule, TableRule
from taskmentor.formats.single import read_single
from taskmentor.models.people import PersonId
from taskmentor.models.tables import Table

__all__ = ["read_grants"]

_RULE = TableRule(
    "grants",
    (
        ColumnRule("person_id", Id(), required=True),
        ColumnRule("relation", Choice(tuple(str(one) for one in GRANTED)), required=True),
        ColumnRule("from_on", Day(), required=True),
        ColumnRule("until_on", Day()),
        ColumnRule("programme_id", Text(256)),
        ColumnRule("granted_by", Id()),
    ),
)
_RELATIONS: dict[str, Relation | PersonRelation] = {str(one): one for one in GRANTED}


def read_grants(file: str | Path) -> tuple[Grant, ...]:
    """Return the grants of a CSV file, in its order.

    Its columns are those of `Grant`: `person_id`, `relation` and `from_on`, and where they are needed `until_on`,
    `programme_id` and `granted_by`.

    Raises:
        InputError: With everything that is wrong in it, each with its line.
    """
    table = read_single(file, _RULE)
    found: list[Grant] = []
    faults: list[Fault] = []
    for row in range(len(table)):
        try:
            found.append(_grant(table, row))
        except InputError as error:
            faults += (evolve(one, table=table.source, line=int(table.lines[row])) for one in error.faults)
    if faults:
        raise InputError(faults)
    return tuple(found)


def _grant(table: Table, row: int) -> Grant:
    first = _day(table, "from_on", row)
    assert first is not None, "the column is filled"
    by = _text(table, "granted_by", row)
    return Grant(
        person_id=PersonId(table.text("person_id", row)),
        relation=_RELATIONS[table.text("relation", row)],
        from_on=first,
        until_on=_day(table, "until_on", row),
        programme_id=_text(table, "programme_id", row),
        granted_by=None if by is None else PersonId(by),
    )


def _text(table: Table, column: str, row: int) -> str | None:
    return table.text(column, row) or None


def _day(table: Table, column: str, row: int) -> date | None:
    if np.isnat(day := table.days(column)[row]):
        return None
    found = day.item()
    assert isinstance(found, date)
    return found
