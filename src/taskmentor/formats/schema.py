"""The tables of an organisation and their columns, as data: what the readers accept and the writers write."""

from attrs import evolve, frozen

from taskmentor.formats.cells import Choice, Clock, Day, Id, Kind, Languages, Own, Text, Whole, Zone
from taskmentor.models.assessments import Source
from taskmentor.models.availability import AvailabilityKind, Weekday
from taskmentor.models.competency import HIGHEST_IMPORTANCE, LOWEST_IMPORTANCE
from taskmentor.models.model_assembly import MODEL_TABLES
from taskmentor.models.preferences import HIGHEST_RANK, Side

__all__ = [
    "ALL_TABLES",
    "LATER_TABLES",
    "NEEDED",
    "OF_MODEL",
    "PROTECTED",
    "TABLES",
    "TABLE_NAMES",
    "ColumnRule",
    "TableRule",
]


@frozen
class ColumnRule:
    """What one column of a table holds, and whether each row must fill it."""

    name: str
    kind: Kind
    required: bool = False


@frozen
class TableRule:
    """The columns of one table.

    Attributes:
        name: Its file is `<name>.csv`.
        columns: In the order in which they are written.
        own_columns: Whether columns named `x_...` belong to the organisation.
    """

    name: str
    columns: tuple[ColumnRule, ...]
    own_columns: bool = False

    def rule(self, column: str) -> ColumnRule | None:
        """Return the rule of a column; None for a column that is not known."""
        for rule in self.columns:
            if rule.name == column:
                return rule
        return ColumnRule(column, Own()) if self.own_columns and column.startswith("x_") and len(column) > 2 else None

    def with_ids(self, pattern: str) -> "TableRule":
        """Return the same table with ids that match another regular expression."""
        ids = Id(pattern)
        columns = (evolve(rule, kind=ids) if isinstance(rule.kind, Id) else rule for rule in self.columns)
        return evolve(self, columns=tuple(columns))


def _must(name: str, kind: Kind) -> ColumnRule:
    return ColumnRule(name, kind, required=True)


# A level is checked against the scale once that is known; here it only has to be a whole number.
_LEVEL = Whole(-(10**9), 10**9, called="a level of the scale")
_IMPORTANCE = Whole(LOWEST_IMPORTANCE, HIGHEST_IMPORTANCE)
_COUNT = Whole(0, 999)
_NAME = Text(256)
_VERSION = Text(64)
_TEXT = Text()

TABLES = (
    TableRule("model", (_must("model_id", Id()), _must("version", _VERSION), ColumnRule("title", _NAME))),
    TableRule("scale", (_must("level", _LEVEL), _must("name", _NAME), ColumnRule("description", _TEXT))),
    TableRule(
        "skills",
        (
            _must("skill_id", Id()),
            _must("name", _NAME),
            ColumnRule("category", _NAME),
            ColumnRule("description", _TEXT),
        ),
    ),
    TableRule("roles", (_must("role_id", Id()), _must("title", _NAME))),
    TableRule(
        "requirements",
        (
            _must("role_id", Id()),
            _must("skill_id", Id()),
            _must("level", _LEVEL),
            ColumnRule("importance", _IMPORTANCE),
        ),
    ),
    TableRule(
        "behaviours",
        (
            _must("skill_id", Id()),
            _must("level", _LEVEL),
            _must("behaviour", _TEXT),
            ColumnRule("role_id", Id()),
        ),
    ),
    TableRule(
        "people",
        (
            _must("person_id", Id()),
            ColumnRule("name", _NAME),
            ColumnRule("role_id", Id()),
            ColumnRule("manager_id", Id()),
            ColumnRule("department", _NAME),
            ColumnRule("location", _NAME),
            ColumnRule("time_zone", Zone()),
            ColumnRule("languages", Languages()),
            ColumnRule("grade", _COUNT),
            ColumnRule("capacity", _COUNT),
            ColumnRule("mentee_limit", _COUNT),
            ColumnRule("joined_on", Day()),
            ColumnRule("left_on", Day()),
        ),
        own_columns=True,
    ),
    TableRule(
        "assessments",
        (
            _must("person_id", Id()),
            _must("skill_id", Id()),
            _must("level", _LEVEL),
            _must("source", Choice(tuple(source.label for source in Source))),
            _must("assessed_on", Day()),
            ColumnRule("assessor_id", Id()),
            ColumnRule("model_version", _VERSION),
        ),
    ),
    TableRule(
        "reporting",
        (
            _must("person_id", Id()),
            _must("manager_id", Id()),
            _must("from_on", Day()),
            ColumnRule("until_on", Day()),
        ),
    ),
    TableRule(
        "requests",
        (
            _must("person_id", Id()),
            _must("skill_id", Id()),
            ColumnRule("target_level", _LEVEL),
            ColumnRule("priority", _IMPORTANCE),
            ColumnRule("reason", _TEXT),
        ),
    ),
    TableRule("pins", (_must("mentee_id", Id()), _must("mentor_id", Id()), ColumnRule("skill_id", Id()))),
    TableRule("blocks", (_must("mentee_id", Id()), _must("mentor_id", Id()), ColumnRule("skill_id", Id()))),
    TableRule(
        "engaged",
        (
            _must("mentor_id", Id()),
            _must("mentee_id", Id()),
            _must("skill_id", Id()),
            ColumnRule("from_on", Day()),
            ColumnRule("until_on", Day()),
        ),
    ),
    TableRule(
        "preferences",
        (
            _must("person_id", Id()),
            _must("side", Choice(tuple(side.label for side in Side))),
            ColumnRule("skill_id", Id()),
            ColumnRule("preferred_id", Id()),
            ColumnRule("rank", Whole(1, HIGHEST_RANK)),
        ),
    ),
    TableRule(
        "availability",
        (
            _must("person_id", Id()),
            _must("kind", Choice(tuple(AvailabilityKind))),
            ColumnRule("weekday", Choice(tuple(day.label for day in Weekday))),
            ColumnRule("from_on", Day()),
            ColumnRule("until_on", Day()),
            ColumnRule("from", Clock()),
            ColumnRule("until", Clock()),
        ),
    ),
    TableRule(
        "wishes",
        (
            _must("person_id", Id()),
            _must("side", Choice(tuple(side.label for side in Side))),
            _must("characteristic", _NAME),
            _must("consented_on", Day()),
            ColumnRule("withdrawn_on", Day()),
        ),
    ),
)
"""Every table of an organisation, in the order in which they are read and faults told: what is referred to is first."""

TABLE_NAMES = tuple(rule.name for rule in TABLES)

OF_MODEL = ("model", "scale", "skills", "roles", "requirements", "behaviours")
"""The tables of a competency model."""

NEEDED = frozenset({*MODEL_TABLES, "people"})
"""The tables without which there is no organisation."""

PROTECTED = TableRule(
    "protected",
    (
        _must("person_id", Id()),
        _must("attribute", _NAME),
        _must("group", _NAME),
        _must("consented_on", Day()),
        ColumnRule("withdrawn_on", Day()),
    ),
)
"""The table of protected attributes: read by itself, and no part of an organisation, so that no plan can look at it."""

ALL_TABLES = (*TABLES, PROTECTED)
"""Every table that is read at all."""

LATER_TABLES = ("history", "training", "grants")
"""Names that are kept for tables of later versions."""
