"""Organisations and competency models written as tables, CSV or Parquet, that the readers read back."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, UnsupportedError
from taskmentor.formats.columns import name_shown
from taskmentor.formats.csv_text import write_table
from taskmentor.formats.frames import check_extra
from taskmentor.formats.parquet import write_parquet
from taskmentor.formats.schema import NEEDED, OF_MODEL, PROTECTED, TABLE_NAMES
from taskmentor.models.assessments import Source
from taskmentor.models.availability import AvailabilityKind, AvailabilityRows, Weekday, clock_text
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.organisation import Organisation, PairList
from taskmentor.models.people import NO_CODE, NO_GRADE, Categories, Extra, People
from taskmentor.models.preferences import Side
from taskmentor.models.protected import ProtectedAttributes
from taskmentor.models.tables import Column

__all__ = ["Format", "check_folder", "file_exists", "not_a_folder", "organisation_rows", "usual_format", "write_model",
           "write_organisation", "write_protected"]  # fmt: skip

Format = Literal["csv", "parquet"]
"""What the files of tables are: CSV text that anything reads, or Parquet, which is smaller and much quicker to read."""

_ROWS_AT_ONCE = 1 << 16

_Columns = dict[str, Column]


def write_model(
    model: CompetencyModel,
    folder: str | Path,
    *,
    format: Format = "csv",
    overwrite: bool = False,
    formula_guard: bool = True,
) -> None:
    """Write the tables of a competency model and return nothing; reading them gives an equal model.

    Args:
        model: The model.
        folder: Made where it is missing.
        format: What the files are.
        overwrite: Whether tables of a model that are there already, in either format, are replaced.
        formula_guard: As in `write_table`; Parquet needs none.

    Raises:
        InputError: If a table is there already and may not be replaced, the folder is a file, or the model has no
            skills, roles or requirements, without which it could not be read back.
        UnsupportedError: If the format is Parquet, and the extra `frames` is not installed.
        ValueError: If `format` is another word.
    """
    _write(_model_tables(model), Path(folder), OF_MODEL, format, overwrite=overwrite, formula_guard=formula_guard)


def write_organisation(
    organisation: Organisation,
    folder: str | Path,
    *,
    format: Format = "csv",
    overwrite: bool = False,
    formula_guard: bool = True,
) -> tuple[str, ...]:
    """Write the tables of an organisation and return the files' names; reading them gives one with the same digest.

    Args:
        organisation: The organisation.
        folder: Made where it is missing.
        format: What the files are.
        overwrite: Whether tables that are there already, in either format, are replaced, and removed where this
            organisation has none.
        formula_guard: As in `write_table`; Parquet needs none.

    Raises:
        InputError: As in `write_model`; an organisation must have people too.
        UnsupportedError: As in `write_model`.
        ValueError: As in `write_model`.

    Complexity:
        O(n) for n cells.
    """
    tables = _model_tables(organisation.model) | _organisation_tables(organisation)
    _write(tables, Path(folder), TABLE_NAMES, format, overwrite=overwrite, formula_guard=formula_guard)
    return tuple(sorted(f"{name}.{format}" for name in tables))


def organisation_rows(organisation: Organisation) -> dict[str, list[dict[str, object]]]:
    """Return the rows of an organisation by table, as `organisation_from_rows` reads them back.

    Args:
        organisation: The organisation.

    Complexity:
        O(n) for n cells, of which each is a Python value: for organisations of thousands of people.
    """
    tables = _model_tables(organisation.model) | _organisation_tables(organisation)
    return {name: [dict(zip(columns, row, strict=True)) for row in _rows(columns)] for name, columns in tables.items()}


def write_protected(
    protected: ProtectedAttributes,
    folder: str | Path,
    *,
    format: Format = "csv",
    overwrite: bool = False,
    formula_guard: bool = True,
) -> None:
    """Write the table `protected` and return nothing; no other function writes it.

    Args:
        protected: The protected attributes.
        folder: Made where it is missing; best one that fewer people may read than those of the organisation.
        format: What the file is.
        overwrite: Whether a table that is there already, in either format, is replaced.
        formula_guard: As in `write_table`; Parquet needs none.

    Raises:
        InputError: If the table is there already and may not be replaced, or the folder is a file.
        UnsupportedError: As in `write_model`.
        ValueError: As in `write_model`.
    """
    columns: _Columns = {
        "person_id": _texts(protected.person_id.tolist()),
        "attribute": _labels(protected.attribute),
        "group": _labels(protected.group),
        "consented_on": _days(protected.consented_on),
        "withdrawn_on": _days(protected.withdrawn_on),
    }
    names = (PROTECTED.name,)
    _write({PROTECTED.name: columns}, Path(folder), names, format, overwrite=overwrite, formula_guard=formula_guard)


def usual_format() -> Format:
    """Return what large tables are best written as: Parquet where the extra `frames` is installed, else CSV."""
    try:
        check_extra()
    except UnsupportedError:
        return "csv"
    return "parquet"


def check_folder(folder: str | Path, *, overwrite: bool) -> None:
    """Return nothing where an organisation can be written into a folder, before there is anything to write.

    Args:
        folder: The folder.
        overwrite: Whether tables that are there already are replaced.

    Raises:
        InputError: If a table is there already and may not be replaced, or the folder is a file.
    """
    if faults := _folder_faults(Path(folder), TABLE_NAMES, overwrite=overwrite):
        raise InputError(faults)


def _folder_faults(folder: Path, names: Sequence[str], *, overwrite: bool) -> list[Fault]:
    faults = [] if overwrite else [file_exists(file.name) for file in _there(folder, names)]
    if folder.exists() and not folder.is_dir():
        faults.append(not_a_folder(folder, "Give a folder to write into."))
    return faults


def _there(folder: Path, names: Sequence[str]) -> list[Path]:
    """Return the files of some tables that are in a folder, in whatever format."""
    files = (folder / f"{name}.{ending}" for name in names for ending in get_args(Format))
    return [file for file in files if file.exists()]


def _write(
    tables: Mapping[str, _Columns],
    folder: Path,
    names: Sequence[str],
    format: Format,
    *,
    overwrite: bool,
    formula_guard: bool,
) -> None:
    if format not in (accepted := get_args(Format)):
        raise ValueError(f"format={format!r} is not one of {' and '.join(map(repr, accepted))}")
    if format == "parquet":
        check_extra()
    faults = [*_unreadable_faults(tables, format), *_folder_faults(folder, names, overwrite=overwrite)]
    if faults:
        raise InputError(faults)
    folder.mkdir(parents=True, exist_ok=True)
    for file in _there(folder, names):
        file.unlink()
    for name, columns in tables.items():
        path = folder / f"{name}.{format}"
        if format == "parquet":
            write_parquet(path, columns)
        else:
            write_table(path, list(columns), _rows(columns), formula_guard=formula_guard)


def _rows(columns: _Columns) -> Iterator[tuple[object, ...]]:
    """Give the rows of a table; only some of them are in memory as Python values at a time."""
    n_rows = len(next(iter(columns.values())).given)
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, n_rows))
        yield from zip(*(_cells(column.take(rows)) for column in columns.values()), strict=True)


def _cells(column: Column) -> list[object]:
    """Return the cells of a column as Python values, None where a cell is empty."""
    values = column.values.tolist()
    if column.labels is not None:
        values = [column.labels[place] for place in values]
    return [value if given else None for value, given in zip(values, column.given.tolist(), strict=True)]


def _unreadable_faults(tables: Mapping[str, _Columns], format: Format) -> Iterator[Fault]:
    """Give a fault for each table that the readers would refuse."""
    for name, columns in tables.items():
        if name in NEEDED and not any(len(column.given) for column in columns.values()):
            problem, remedy = "it would have no rows, and could not be read back", "Write what has some."
            yield Fault(code="NO-ROWS", table=f"{name}.{format}", problem=problem, remedy=remedy)


def file_exists(name: str) -> Fault:
    """Return the fault of a file that would be replaced."""
    remedy = "Choose another folder, or have it replaced: --overwrite on the command line, overwrite=True in Python."
    return Fault(code="FILE-EXISTS", table=name, problem="it is there already", remedy=remedy)


def not_a_folder(path: Traversable, remedy: str) -> Fault:
    """Return the fault of a path that should be a folder."""
    problem = "it is a file, and a folder is wanted" if path.is_file() else "it is not a folder"
    table = name_shown(path.name or str(path))
    return Fault(code="NOT-A-FOLDER", table=table, problem=problem, remedy=remedy)


# --- columns


def _texts(texts: Sequence[str | None]) -> Column:
    """Return a column of texts; None and the empty text are empty cells."""
    labels = sorted({text or "" for text in texts})
    place_of = {label: place for place, label in enumerate(labels)}
    places = np.array([place_of[text or ""] for text in texts], np.int32)
    return Column(places, np.array([bool(text) for text in texts], np.bool_), tuple(labels))


def _numbers(numbers: Sequence[int] | NDArray[np.integer], *, missing: int | None = None) -> Column:
    """Return a column of whole numbers, with one of them for an empty cell."""
    values = np.asarray(numbers)
    return Column(values, np.ones(len(values), np.bool_) if missing is None else values != missing)


def _days(days: NDArray[np.datetime64]) -> Column:
    return Column(days.astype("datetime64[D]"), ~np.isnat(days))


def _named(codes: NDArray[np.integer], labels: tuple[str, ...]) -> Column:
    """Return a column of ids or labels by their codes, -1 for an empty cell."""
    given = codes != NO_CODE
    # Without any label every cell is empty, and something must stand at its place all the same.
    return Column(np.where(given, codes, 0).astype(np.int32), given, labels or ("",))


def _labels(categories: Categories) -> Column:
    return _named(categories.codes, categories.labels)


# --- tables


def _model_tables(model: CompetencyModel) -> dict[str, _Columns]:
    levels, skills, roles = model.scale.levels, model.skills, model.roles
    tables: dict[str, _Columns] = {
        "model": {"model_id": _texts([model.id]), "version": _texts([model.version]), "title": _texts([model.title])},
        "scale": {
            "level": _numbers([level.level for level in levels]),
            "name": _texts([level.name for level in levels]),
            "description": _texts([level.description for level in levels]),
        },
        "skills": {
            "skill_id": _texts([skill.id for skill in skills]),
            "name": _texts([skill.name for skill in skills]),
            "category": _texts([skill.category for skill in skills]),
            "description": _texts([skill.description for skill in skills]),
        },
        "roles": {"role_id": _texts([role.id for role in roles]), "title": _texts([role.title for role in roles])},
        "requirements": {
            "role_id": _texts([required.role_id for required in model.requirements]),
            "skill_id": _texts([required.skill_id for required in model.requirements]),
            "level": _numbers([required.level for required in model.requirements]),
            "importance": _numbers([required.importance for required in model.requirements]),
        },
    }
    if model.behaviours:
        tables["behaviours"] = {
            "skill_id": _texts([shows.skill_id for shows in model.behaviours]),
            "level": _numbers([shows.level for shows in model.behaviours]),
            "behaviour": _texts([shows.text for shows in model.behaviours]),
            "role_id": _texts([shows.role_id for shows in model.behaviours]),
        }
    return tables


def _organisation_tables(organisation: Organisation) -> dict[str, _Columns]:
    people, skills = tuple(organisation.people.ids.tolist()), organisation.model.skill_ids
    tables = {"people": _people_columns(organisation.people, people, organisation.model.role_ids)}
    if len(organisation.assessments):
        tables["assessments"] = _assessment_columns(organisation, people)
    if (reporting := organisation.reporting) is not None:
        tables["reporting"] = {
            "person_id": _named(reporting.person, people),
            "manager_id": _named(reporting.manager, people),
            "from_on": _days(reporting.from_on),
            "until_on": _days(reporting.until_on),
        }
    tables |= {
        name: _pair_columns(pairs, people, skills)
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
    if len(organisation.availability):
        tables["availability"] = _availability_columns(organisation.availability, people)
    return tables | _asked_tables(organisation, people)


def _asked_tables(organisation: Organisation, people: tuple[str, ...]) -> dict[str, _Columns]:
    """Return the tables of what people ask for, those that are there: requests, preferences and wishes."""
    tables: dict[str, _Columns] = {}
    skills, sides = organisation.model.skill_ids, tuple(side.label for side in Side)
    if (requests := organisation.requests) is not None:
        tables["requests"] = {
            "person_id": _named(requests.mentee, people),
            "skill_id": _named(requests.skill, skills),
            "target_level": _numbers(requests.target, missing=NO_CODE),
            "priority": _numbers(requests.priority, missing=NO_CODE),
            "reason": _labels(requests.reason),
        }
    if len(preferences := organisation.preferences):
        tables["preferences"] = {
            "person_id": _named(preferences.person, people),
            "side": _named(preferences.side, sides),
            "skill_id": _named(preferences.skill, skills),
            "preferred_id": _named(preferences.preferred, people),
            "rank": _numbers(preferences.rank, missing=0),
        }
    if len(wishes := organisation.wishes):
        tables["wishes"] = {
            "person_id": _named(wishes.person, people),
            "side": _named(wishes.side, sides),
            "characteristic": _labels(wishes.characteristic),
            "consented_on": _days(wishes.consented_on),
            "withdrawn_on": _days(wishes.withdrawn_on),
        }
    return tables


def _people_columns(people: People, ids: tuple[str, ...], role_ids: tuple[str, ...]) -> _Columns:
    masks, languages = np.unique(people.languages, return_inverse=True)
    names, name = np.unique(people.names, return_inverse=True)
    columns: _Columns = {
        "person_id": _named(np.arange(len(people)), ids),
        "name": Column(name.astype(np.int32), people.names != "", tuple(names.tolist())),
        "role_id": _named(people.role, role_ids),
        "manager_id": _named(people.manager, ids),
        "department": _labels(people.department),
        "location": _labels(people.location),
        "time_zone": _labels(people.time_zone),
        "languages": _texts([";".join(people.spoken(mask)) for mask in masks.tolist()]).take(languages),
        "grade": _numbers(people.grade, missing=NO_GRADE),
        "capacity": _numbers(people.capacity),
        "mentee_limit": _numbers(people.mentee_limit),
        "joined_on": _days(people.joined_on),
        "left_on": _days(people.left_on),
    }
    if not people.capacity_given:
        del columns["capacity"]
    return columns | {extra.name: _extra_column(extra) for extra in people.extras}


def _extra_column(extra: Extra) -> Column:
    if extra.texts is not None:
        return _labels(extra.texts)
    assert extra.numbers is not None, "a column of one's own holds texts or numbers"
    return Column(extra.numbers, extra.given)


def _assessment_columns(organisation: Organisation, people: tuple[str, ...]) -> _Columns:
    rows = organisation.assessments
    return {
        "person_id": _named(rows.person, people),
        "skill_id": _named(rows.skill, organisation.model.skill_ids),
        "level": _numbers(rows.level),
        "source": _named(rows.source, tuple(source.label for source in sorted(Source))),
        "assessed_on": _days(rows.assessed_on),
        "assessor_id": _named(rows.assessor, people),
        "model_version": _texts(rows.versions).take(rows.model_version),
    }


def _availability_columns(rows: AvailabilityRows, people: tuple[str, ...]) -> _Columns:
    return {
        "person_id": _named(rows.person, people),
        "kind": _named(rows.kind, tuple(AvailabilityKind)),
        "weekday": _named(rows.weekday, tuple(day.label for day in Weekday)),
        "from_on": _days(rows.from_on),
        "until_on": _days(rows.until_on),
        "from": _texts([clock_text(minute) for minute in rows.from_minute.tolist()]),
        "until": _texts([clock_text(minute) for minute in rows.until_minute.tolist()]),
    }


def _pair_columns(pairs: PairList, people: tuple[str, ...], skills: tuple[str, ...]) -> _Columns:
    return {
        "mentee_id": _named(pairs.mentee, people),
        "mentor_id": _named(pairs.mentor, people),
        "skill_id": _named(pairs.skill, skills),
    }
