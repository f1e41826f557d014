"""The tables of a competency model put together into the model, with every fault reported at once."""

import numpy as np
from attrs import evolve

from taskmentor.errors import Fault
from taskmentor.models.checks import MEND_IT, NOTHING_GONE, Gone, Tables, repeated, was_left_out
from taskmentor.models.competency import (
    Behaviour,
    CompetencyModel,
    ProficiencyLevel,
    ProficiencyScale,
    Requirement,
    Role,
    RoleId,
    Skill,
    SkillId,
    model_faults,
)
from taskmentor.models.tables import FaultLog, Table

__all__ = ["MODEL_TABLES", "assemble_model"]

MODEL_TABLES = ("scale", "skills", "roles", "requirements")
"""The tables without which there is no competency model."""


def assemble_model(
    tables: Tables, log: FaultLog, *, unread: frozenset[str] = frozenset(), gone: Gone = NOTHING_GONE
) -> CompetencyModel | None:
    """Return the competency model that the tables describe, or None where the log now holds errors.

    Args:
        tables: Well-formed tables by name; those of `MODEL_TABLES` are there, empty where they are unread.
        log: What was found so far; everything found here is added.
        unread: Tables that are there but could not be read; nothing is said about references to them.
        gone: The ids of rows that were left out.
    """
    levels, skills, roles = _levels(tables["scale"]), _skills(tables["skills"]), _roles(tables["roles"])
    requirements, behaviours = _requirements(tables["requirements"]), _behaviours(tables.get("behaviours"))

    def place(table: str, index: int) -> tuple[str, int | None]:
        found = tables[table]
        return found.source, int(found.lines[index]) if index < len(found) else None

    faults = model_faults(levels, skills, roles, requirements, behaviours, place)
    log.found_all([_said(fault, tables, gone) for fault in faults if not _is_guess(fault, tables, unread)], tables)
    for name, columns in (("skills", ["skill_id"]), ("roles", ["role_id"]), ("requirements", ["role_id", "skill_id"])):
        log.spoil(tables[name], repeated(tables[name], columns)[1])
    model_id, version, title = _about(tables.get("model"), log)
    if log.n_errors:
        return None
    return CompetencyModel(
        id=model_id,
        version=version,
        title=title,
        scale=ProficiencyScale(tuple(levels)),
        skills=tuple(skills),
        roles=tuple(roles),
        requirements=tuple(requirements),
        behaviours=tuple(behaviours),
    )


def _is_guess(fault: Fault, tables: Tables, unread: frozenset[str]) -> bool:
    """Return whether a fault only follows from a cell or table that has been reported itself."""
    unread_table = {"BAD-SCALE": "scale", "UNKNOWN-SKILL": "skills", "UNKNOWN-ROLE": "roles"}.get(fault.code)
    if fault.code == "BAD-SCALE":
        return unread_table in unread or not tables["scale"].given("level").all()
    if unread_table in unread:
        return True
    table, row = _row(fault, tables)
    needed = ("role_id", "skill_id") if fault.code == "CONFLICTING-REQUIREMENT" else (fault.column or "",)
    return not all(table.given(column)[row] for column in needed)


def _row(fault: Fault, tables: Tables) -> tuple[Table, int]:
    table = next(table for table in tables.values() if table.source == fault.table)
    return table, int(np.searchsorted(table.lines, fault.line or 0))


def _said(fault: Fault, tables: Tables, gone: Gone) -> Fault:
    """Return a fault that says of a reference to a row that was left out just that."""
    kind = {"UNKNOWN-SKILL": "skill", "UNKNOWN-ROLE": "role"}.get(fault.code, "")
    if kind not in gone:
        return fault
    table, row = _row(fault, tables)
    named = table.text(f"{kind}_id", row)
    return evolve(fault, problem=was_left_out(kind, named), remedy=MEND_IT) if named in gone[kind] else fault


def _about(table: Table | None, log: FaultLog) -> tuple[str, str, str]:
    if table is None or len(table) == 0:
        return "model", "1", ""
    remedy = "Keep one row; an organisation has one model."
    log.rows_of(
        table, np.arange(1, len(table)), "SEVERAL-MODELS", None, lambda _: "there is another model", remedy=remedy
    )
    return table.text("model_id", 0), table.text("version", 0), table.text("title", 0)


def _levels(table: Table) -> list[ProficiencyLevel]:
    """Return the levels of the scale; none where one of them is faulty, since the others are not a scale then."""
    if not table.given("level").all():
        return []
    columns = table.numbers("level", 0).tolist(), table.strings("name"), table.strings("description")
    return [ProficiencyLevel(*row) for row in zip(*columns, strict=True)]


def _skills(table: Table) -> list[Skill]:
    rows = _rows(table, "skill_id", "name", "category", "description")
    return [
        Skill(id=SkillId(skill_id), name=name, category=category, description=description)
        for skill_id, name, category, description in rows
    ]


def _roles(table: Table) -> list[Role]:
    return [Role(id=RoleId(role_id), title=title) for role_id, title in _rows(table, "role_id", "title")]


def _requirements(table: Table) -> list[Requirement]:
    levels, importances = table.numbers("level", 0).tolist(), table.numbers("importance", 3).tolist()
    return [
        Requirement(role_id=RoleId(role_id), skill_id=SkillId(skill_id), level=level, importance=importance)
        for (role_id, skill_id), level, importance in zip(
            _rows(table, "role_id", "skill_id"), levels, importances, strict=True
        )
    ]


def _behaviours(table: Table | None) -> list[Behaviour]:
    if table is None:
        return []
    return [
        Behaviour(skill_id=SkillId(skill_id), level=level, text=text, role_id=RoleId(role_id) if role_id else None)
        for (skill_id, text, role_id), level in zip(
            _rows(table, "skill_id", "behaviour", "role_id"), table.numbers("level", 0).tolist(), strict=True
        )
    ]


def _rows(table: Table, *columns: str) -> list[tuple[str, ...]]:
    return list(zip(*(table.strings(column) for column in columns), strict=True))
