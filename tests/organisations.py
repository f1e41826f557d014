"""Small organisations for tests: written by hand in a few words, or drawn at random by a generator of numpy."""

from collections.abc import Mapping, Sequence
from datetime import date

from attrs import evolve
from numpy.random import Generator

from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.models.organisation import Organisation
from taskmentor.testing import tables
from taskmentor.testing.draws import Seeded
from taskmentor.testing.tables import ON, Row, Tables

__all__ = [
    "ON",
    "PeopleRows",
    "Row",
    "organisation",
    "random_organisation",
    "random_tables",
    "shuffled",
    "with_random_pins",
]

ASSESSED_ON = date(2026, 1, 15)

PeopleRows = Mapping[str, Row]


def organisation(
    people: PeopleRows | str,
    *,
    knows: Mapping[str, Mapping[str, int]] | None = None,
    wants: Mapping[str, Mapping[str, int | None]] | None = None,
    requires: Mapping[str, Mapping[str, int | tuple[int, int]]] | None = None,
    skills: Sequence[str] = ("sql",),
    highest: int = 5,
    **further: Sequence[Row],
) -> Organisation:
    """Return an organisation from what a test is about; everything else is as plain as can be.

    Args:
        people: The columns of each person by id, or just the ids.
        knows: Levels by person and skill, confirmed by a manager before the day of the tests.
        wants: Target levels of given requests by person and skill, None for the usual one; without it requests are made
            from gaps.
        requires: Levels, or levels and importances, by role and skill.
        skills: Ids of skills; those that are known, wanted or required need not be named.
        highest: The scale runs from 0 to this level.
        further: Further tables as rows.
    """
    columns: PeopleRows = {one: {} for one in people.split()} if isinstance(people, str) else people
    knows = knows or {}
    required: dict[str, Mapping[str, int | tuple[int, int]]] = {"helper": {}, **(requires or {})}
    named = [*knows.values(), *required.values(), *(wants or {}).values()]
    all_skills = sorted({*skills, *(skill for levels in named for skill in levels)})
    required["helper"] = {all_skills[0]: 0}
    requirements = [
        {"role_id": role, "skill_id": skill, "level": asked}
        if isinstance(asked, int)
        else {"role_id": role, "skill_id": skill, "level": asked[0], "importance": asked[1]}
        for role, levels in required.items()
        for skill, asked in levels.items()
    ]
    assessments = [
        {"person_id": person, "skill_id": skill, "level": level, "source": "outcome", "assessed_on": ASSESSED_ON}
        for person, levels in knows.items()
        for skill, level in levels.items()
    ]
    given: dict[str, Sequence[Row]] = {}
    if wants is not None:
        given["requests"] = [
            {"person_id": person, "skill_id": skill, "target_level": target}
            for person, targets in wants.items()
            for skill, target in targets.items()
        ]
    return organisation_from_rows(
        {
            "scale": [{"level": level, "name": f"level {level}"} for level in range(highest + 1)],
            "skills": [{"skill_id": skill, "name": skill} for skill in all_skills],
            "roles": [{"role_id": role, "title": role} for role in required],
            "requirements": requirements,
            "people": [{"person_id": person_id, **columns[person_id]} for person_id in columns],
            "assessments": assessments,
            **given,
            **further,
        }
    )


def random_tables(rng: Generator) -> Tables:
    """Return the tables of a small organisation, with ties, islands, zeros and empty cells."""
    return tables.random_tables(Seeded(rng))


def shuffled(given: Mapping[str, Sequence[Row]], rng: Generator) -> Tables:
    """Return the same tables with the rows of each in another order."""
    return tables.shuffled(given, Seeded(rng))


def random_organisation(rng: Generator) -> Organisation:
    """Return a random organisation without pins."""
    return organisation_from_rows(random_tables(rng))


def with_random_pins(drawn: Organisation, policy: Policy, rng: Generator) -> tuple[Organisation, Problem]:
    """Return an organisation with up to two pins that a policy admits, and its problem of the day."""
    pinned = evolve(drawn, pins=drawn.pairs(tables.random_pins(drawn, policy, Seeded(rng))))
    return pinned, daily_problem(pinned, policy, on=ON)
