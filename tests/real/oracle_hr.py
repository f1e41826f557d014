"""The 107 staff of the Oracle HR sample schema as the tables of an organisation, their jobs mapped to O*NET roles.

Data: `oracle_hr`, the sample schema "human_resources" of oracle-samples/db-sample-schemas, MIT; `onet`, O*NET 29.0
Database, USDOL/ETA, CC BY 4.0. People, jobs, reporting lines, departments, cities and dates are those of the schema;
languages, capacities, mentee limits and assessments, which it does not hold, are drawn with a seed.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from taskmentor.formats.onet import convert_onet
from taskmentor.models.competency import CompetencyModel, Requirement
from tests.data import real_data

__all__ = ["ON", "Row", "Rows", "assessment_rows", "depths", "model_rows", "onet_model", "read_rows", "rows"]

Row = dict[str, object]
Rows = dict[str, list[Row]]

ON = date(2019, 1, 31)
"""A day on which everybody has joined and has been assessed."""

O_NET_ROLES = {
    "AC_ACCOUNT": "13-2011.00",
    "AC_MGR": "11-3031.01",
    "AD_ASST": "43-6011.00",
    "AD_PRES": "11-1011.00",
    "AD_VP": "11-1021.00",
    "FI_ACCOUNT": "13-2011.00",
    "FI_MGR": "11-3031.00",
    "HR_REP": "13-1071.00",
    "IT_PROG": "15-1251.00",
    "MK_MAN": "11-2021.00",
    "MK_REP": "13-1161.00",
    "PR_REP": "27-3031.00",
    "PU_CLERK": "43-3061.00",
    "PU_MAN": "11-3061.00",
    "SA_MAN": "11-2022.00",
    "SA_REP": "41-4012.00",
    "SH_CLERK": "43-5071.00",
    "ST_CLERK": "53-7065.00",
    "ST_MAN": "11-3071.00",
}
"""The nearest O*NET occupation of each job; both kinds of accountants are one."""

TIME_ZONES = {"CA": "America/Toronto", "DE": "Europe/Berlin", "GB": "Europe/London", "US": "America/Los_Angeles"}
"""The zone of the country's only city with staff; of those in the United States, one lies elsewhere."""
TIME_ZONES_BY_STATE = {"Texas": "America/Chicago"}

LANGUAGES = {
    "CA": ("en;fr", "en"),
    "DE": ("de;en", "de"),
    "GB": ("en",),
    "US": ("en", "en", "en", "en;es", "en;es", "es"),
}
"""What people in a country speak; one is drawn for each person."""

_LONGEST_AGE = 250  # the last of the staff joined 285 days before


@cache
def rows(seed: int = 0) -> Rows:
    """Return the tables of the organisation, as rows by table name; made once, and to be left as they are."""
    rng = np.random.default_rng(seed)
    model = onet_model(real_data("onet"))
    people = _people(real_data("oracle_hr"), rng)
    return {
        **model_rows(model, {str(person["role_id"]) for person in people}),
        "people": people,
        "assessments": assessment_rows(people, model, rng, ON),
    }


@cache
def onet_model(source: Path) -> CompetencyModel:
    """Return the whole O*NET model."""
    return convert_onet(source, version="29.0").model


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def model_rows(model: CompetencyModel, role_ids: Iterable[str]) -> Rows:
    """Return the tables of a competency model with some of its roles."""
    used = sorted(set(role_ids))
    return {
        "model": [{"model_id": model.id, "version": model.version, "title": model.title}],
        "scale": [{"level": level.level, "name": level.name} for level in model.scale.levels],
        "skills": [{"skill_id": skill.id, "name": skill.name} for skill in model.skills],
        "behaviours": [{"skill_id": b.skill_id, "level": b.level, "behaviour": b.text} for b in model.behaviours],
        "roles": [{"role_id": role_id, "title": model.roles[model.role_code(role_id)].title} for role_id in used],
        "requirements": [
            {"role_id": r.role_id, "skill_id": r.skill_id, "level": r.level, "importance": r.importance}
            for r in model.requirements
            if r.role_id in used
        ],
    }


def depths(managers: Mapping[str, str]) -> dict[str, int]:
    """Return how many managers stand above each person; those of whom "" is the manager have none."""
    depth = {"": -1}
    for person_id in managers:
        line = [person_id]
        while line[-1] not in depth:
            line.append(managers[line[-1]])
        for below, above in zip(line[-2::-1], line[:0:-1], strict=True):
            depth[below] = depth[above] + 1
    del depth[""]
    return depth


def assessment_rows(
    people: Sequence[Mapping[str, object]], model: CompetencyModel, rng: np.random.Generator, last_on: date
) -> list[Row]:
    """Return assessments drawn around what each person's role requires, by the person and by the manager.

    One skill in ten is not assessed at all, and one in five not by the manager.
    """
    required: dict[str, list[Requirement]] = {}
    for requirement in model.requirements:
        required.setdefault(requirement.role_id, []).append(requirement)
    return [
        row
        for person in people
        for requirement in required.get(str(person["role_id"]), [])
        if rng.random() >= 0.1
        for row in _assessments(person, requirement, model, rng, last_on)
    ]


def _assessments(
    person: Mapping[str, object],
    requirement: Requirement,
    model: CompetencyModel,
    rng: np.random.Generator,
    last_on: date,
) -> list[Row]:
    def row(level: int, source: str, assessor: object) -> Row:
        return {
            "person_id": person["person_id"],
            "skill_id": requirement.skill_id,
            "level": min(max(level, model.scale.lowest), model.scale.highest),
            "source": source,
            "assessed_on": (last_on - timedelta(days=int(rng.integers(1, _LONGEST_AGE)))).isoformat(),
            "assessor_id": assessor,
        }

    level = requirement.level + int(rng.choice([-2, -1, -1, 0, 0, 1, 2]))
    own = row(
        level + int(rng.integers(0, 2)), "self", person["person_id"]
    )  # people think a little better of themselves
    by_manager = rng.random() < 0.8 and person["manager_id"]
    return [own, row(level, "manager", person["manager_id"])] if by_manager else [own]


def _people(source: Path, rng: np.random.Generator) -> list[Row]:
    staff = read_rows(source / "employees.csv")
    locations = {row["location_id"]: row for row in read_rows(source / "locations.csv")}
    departments = {row["department_id"]: row for row in read_rows(source / "departments.csv")}
    depth = depths({row["employee_id"]: row["manager_id"] for row in staff})
    deepest = max(depth.values())
    return [
        {
            "person_id": row["employee_id"],
            "name": f"{row['first_name']} {row['last_name']}",
            "role_id": O_NET_ROLES[row["job_id"]],
            "manager_id": row["manager_id"],
            **_place(departments.get(row["department_id"]), locations, rng),
            "grade": 1 + deepest - depth[row["employee_id"]],
            "capacity": int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1])),
            "mentee_limit": int(rng.integers(1, 4)),
            "joined_on": datetime.strptime(row["hire_date"], "%d-%m-%Y").date().isoformat(),
        }
        for row in staff
    ]


def _place(
    department: Mapping[str, str] | None, locations: Mapping[str, Mapping[str, str]], rng: np.random.Generator
) -> Row:
    """Return where somebody works; one person has no department, and so no place either."""
    if department is None:
        return {"department": "", "location": "", "time_zone": "", "languages": "en"}
    location = locations[department["location_id"]]
    country, state = location["country_id"], location["state_province"]
    return {
        "department": department["department_name"],
        "location": location["city"],
        "time_zone": TIME_ZONES_BY_STATE.get(state, TIME_ZONES[country]),
        "languages": str(rng.choice(LANGUAGES[country])),
    }
