"""Organisations and competency models written as tables: a folder of CSV files that the readers read back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError
from taskmentor.formats.columns import name_shown
from taskmentor.formats.csv_text import write_table
from taskmentor.formats.schema import NEEDED, OF_MODEL, TABLE_NAMES
from taskmentor.models.assessments import Source
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.organisation import Organisation, PairList
from taskmentor.models.people import NO_CODE, NO_GRADE, Categories, Extra, People

__all__ = ["file_exists", "not_a_folder", "write_model", "write_organisation"]

_Cells = dict[str, Sequence[object]]


def write_model(
    model: CompetencyModel, folder: str | Path, *, overwrite: bool = False, formula_guard: bool = True
) -> None:
    """Write the tables of a competency model and return nothing; reading them gives an equal model.

    Args:
        model: The model.
        folder: Made where it is missing.
        overwrite: Whether tables of a model that are there already are replaced.
        formula_guard: As in `write_table`.

    Raises:
        InputError: If a table is there already and may not be replaced, the folder is a file, or the model has no
            skills, roles or requirements, without which it could not be read back.
    """
    _write(_model_tables(model), Path(folder), OF_MODEL, overwrite=overwrite, formula_guard=formula_guard)


def write_organisation(
    organisation: Organisation, folder: str | Path, *, overwrite: bool = False, formula_guard: bool = True
) -> None:
    """Write the tables of an organisation and return nothing; reading them gives one with the same digest.

    Args:
        organisation: The organisation.
        folder: Made where it is missing.
        overwrite: Whether tables that are there already are replaced, and removed where this organisation has none.
        formula_guard: As in `write_table`.

    Raises:
        InputError: As in `write_model`; an organisation must have people too.
    """
    tables = _model_tables(organisation.model) | _organisation_tables(organisation)
    _write(tables, Path(folder), TABLE_NAMES, overwrite=overwrite, formula_guard=formula_guard)


def _write(
    tables: Mapping[str, _Cells], folder: Path, names: Iterable[str], *, overwrite: bool, formula_guard: bool
) -> None:
    there = [folder / f"{name}.csv" for name in names if (folder / f"{name}.csv").exists()]
    faults = [*_unreadable_faults(tables), *(file_exists(file.name) for file in there if not overwrite)]
    if folder.exists() and not folder.is_dir():
        faults.append(not_a_folder(folder, "Give a folder to write into."))
    if faults:
        raise InputError(faults)
    folder.mkdir(parents=True, exist_ok=True)
    for file in there:
        file.unlink()
    for name, cells in tables.items():
        rows = zip(*cells.values(), strict=True)
        write_table(folder / f"{name}.csv", list(cells), rows, formula_guard=formula_guard)


def _unreadable_faults(tables: Mapping[str, _Cells]) -> Iterator[Fault]:
    """Give a fault for each table that the readers would refuse."""
    for name, cells in tables.items():
        if name in NEEDED and not any(map(len, cells.values())):
            problem, remedy = "it would have no rows, and could not be read back", "Write what has some."
            yield Fault(code="NO-ROWS", table=f"{name}.csv", problem=problem, remedy=remedy)


def file_exists(name: str) -> Fault:
    """Return the fault of a file that would be replaced."""
    remedy = "Choose another folder, or have it replaced: --overwrite on the command line, overwrite=True in Python."
    return Fault(code="FILE-EXISTS", table=name, problem="it is there already", remedy=remedy)


def not_a_folder(path: Traversable, remedy: str) -> Fault:
    """Return the fault of a path that should be a folder."""
    problem = "it is a file, and a folder is wanted" if path.is_file() else "it is not a folder"
    table = name_shown(path.name or str(path))
    return Fault(code="NOT-A-FOLDER", table=table, problem=problem, remedy=remedy)


def _model_tables(model: CompetencyModel) -> dict[str, _Cells]:
    levels, skills, roles = model.scale.levels, model.skills, model.roles
    tables: dict[str, _Cells] = {
        "model": {"model_id": [model.id], "version": [model.version], "title": [model.title]},
        "scale": {
            "level": [level.level for level in levels],
            "name": [level.name for level in levels],
            "description": [level.description for level in levels],
        },
        "skills": {
            "skill_id": [skill.id for skill in skills],
            "name": [skill.name for skill in skills],
            "category": [skill.category for skill in skills],
            "description": [skill.description for skill in skills],
        },
        "roles": {"role_id": [role.id for role in roles], "title": [role.title for role in roles]},
        "requirements": {
            "role_id": [required.role_id for required in model.requirements],
            "skill_id": [required.skill_id for required in model.requirements],
            "level": [required.level for required in model.requirements],
            "importance": [required.importance for required in model.requirements],
        },
    }
    if model.behaviours:
        tables["behaviours"] = {
            "skill_id": [shows.skill_id for shows in model.behaviours],
            "level": [shows.level for shows in model.behaviours],
            "behaviour": [shows.text for shows in model.behaviours],
            "role_id": [shows.role_id for shows in model.behaviours],
        }
    return tables


def _named(codes: NDArray[np.integer], names: Sequence[str]) -> list[str | None]:
    return [None if code == NO_CODE else names[code] for code in codes.tolist()]


def _or_none(numbers: NDArray[np.integer]) -> list[int | None]:
    return [None if number < 0 else number for number in numbers.tolist()]


def _days(days: NDArray[np.datetime64]) -> list[object]:
    return list(days.astype("datetime64[D]").tolist())


def _labels(categories: Categories) -> list[str | None]:
    return _named(categories.codes, categories.labels)


def _organisation_tables(organisation: Organisation) -> dict[str, _Cells]:
    people, skills = organisation.people.ids.tolist(), organisation.model.skill_ids
    tables = {"people": _people_cells(organisation.people, organisation.model.role_ids)}
    if len(organisation.assessments):
        tables["assessments"] = _assessment_cells(organisation)
    if (reporting := organisation.reporting) is not None:
        tables["reporting"] = {
            "person_id": _named(reporting.person, people),
            "manager_id": _named(reporting.manager, people),
            "from_on": _days(reporting.from_on),
            "until_on": _days(reporting.until_on),
        }
    tables |= {
        name: _pair_cells(pairs, people, skills)
        for name, pairs in (("pins", organisation.pins), ("blocks", organisation.blocks))
        if len(pairs)
    }
    if len(engaged := organisation.engaged):
        tables["engaged"] = {
            "mentor_id": _named(engaged.mentor, people),
            "mentee_id": _named(engaged.mentee, people),
            "skill_id": _named(engaged.skill, skills),
            "from_on": _days(engaged.from_on),
            "until_on": _days(engaged.until_on),
        }
    if (requests := organisation.requests) is not None:
        tables["requests"] = {
            "person_id": _named(requests.mentee, people),
            "skill_id": _named(requests.skill, skills),
            "target_level": _or_none(requests.target),
            "priority": _or_none(requests.priority),
            "reason": _labels(requests.reason),
        }
    return tables


def _people_cells(people: People, role_ids: Sequence[str]) -> _Cells:
    masks, back = np.unique(people.languages, return_inverse=True)
    spoken = [";".join(people.spoken(mask)) for mask in masks.tolist()]
    cells: _Cells = {
        "person_id": people.ids.tolist(),
        "name": people.names.tolist(),
        "role_id": _named(people.role, role_ids),
        "manager_id": _named(people.manager, people.ids.tolist()),
        "department": _labels(people.department),
        "location": _labels(people.location),
        "time_zone": _labels(people.time_zone),
        "languages": [spoken[place] for place in back.tolist()],
        "grade": [None if grade == NO_GRADE else grade for grade in people.grade.tolist()],
        "capacity": people.capacity.tolist(),
        "mentee_limit": people.mentee_limit.tolist(),
        "joined_on": _days(people.joined_on),
        "left_on": _days(people.left_on),
    }
    if not people.capacity_given:
        del cells["capacity"]
    return cells | {extra.name: _extra_cells(extra) for extra in people.extras}


def _extra_cells(extra: Extra) -> list[object]:
    return [extra.value(row) for row in range(len(extra.given))]


def _assessment_cells(organisation: Organisation) -> _Cells:
    rows, people = organisation.assessments, organisation.people.ids.tolist()
    labels = [source.label for source in sorted(Source)]
    return {
        "person_id": _named(rows.person, people),
        "skill_id": _named(rows.skill, organisation.model.skill_ids),
        "level": rows.level.tolist(),
        "source": _named(rows.source, labels),
        "assessed_on": _days(rows.assessed_on),
        "assessor_id": _named(rows.assessor, people),
        "model_version": _named(rows.model_version, rows.versions),
    }


def _pair_cells(pairs: PairList, people: Sequence[str], skills: Sequence[str]) -> _Cells:
    return {
        "mentee_id": _named(pairs.mentee, people),
        "mentor_id": _named(pairs.mentor, people),
        "skill_id": _named(pairs.skill, skills),
    }
