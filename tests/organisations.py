"""Small organisations for tests: written by hand in a few words, or drawn at random with everything that can occur."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from attrs import evolve
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from taskmentor.errors import InputError
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.models.organisation import Organisation

ON = date(2026, 10, 1)
ASSESSED_ON = date(2026, 1, 15)

Row = Mapping[str, object]
PeopleRows = Mapping[str, Row]


def organisation(
    people: PeopleRows | str,
    *,
    knows: Mapping[str, Mapping[str, int]] | None = None,
    wants: Mapping[str, Mapping[str, int | None]] | None = None,
    requires: Mapping[str, Mapping[str, int | tuple[int, int]]] | None = None,
    skills: Sequence[str] = ("sql",),
    highest: int = 5,
    **tables: Sequence[Row],
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
        tables: Further tables as rows.
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
            **tables,
        }
    )


DEPARTMENTS = ("data", "sales", "legal", None)
ZONES = ("Europe/Berlin", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", None)
LANGUAGES = ("en", "de", "de;en", "fr", None)
LOCATIONS = ("Lyon", "Graz", "Lyon", None)
SOURCES = ("self", "manager", "test", "outcome")


def random_tables(rng: Generator) -> dict[str, list[Row]]:
    """Return the tables of an organisation of two to seven people, with ties, islands, zeros and empty cells."""
    ids = [f"p{number}" for number in range(int(rng.integers(2, 9)))]
    skills, highest = [f"s{number}" for number in range(int(rng.integers(1, 4)))], int(rng.integers(2, 6))
    roles = ["r0", "r1"]

    def day(first: int, last: int) -> date:
        return ON + timedelta(days=int(rng.integers(first, last)))

    def any_of(choices: Sequence[object]) -> object:
        return choices[int(rng.integers(len(choices)))]

    people: list[Row] = [
        {
            "person_id": person_id,
            "role_id": any_of([*roles, *roles, None]),
            "manager_id": any_of([None, *ids[:place]]) if rng.random() < 0.7 else None,
            "department": any_of(DEPARTMENTS),
            "time_zone": any_of(ZONES),
            "languages": any_of(LANGUAGES),
            "grade": any_of([1, 2, 3, 7, None]),
            "capacity": any_of([0, 1, 1, 2, 3]),
            "mentee_limit": any_of([0, 1, 1, 2, 3]),
            "joined_on": day(-400, 5) if rng.random() < 0.2 else None,
            "left_on": day(6, 60) if rng.random() < 0.3 else None,
            "x_team": any_of([1, 2, 3, None]),
            "location": LOCATIONS[place % len(LOCATIONS)],
            "x_asked": "yes" if place % 4 else None,
        }
        for place, person_id in enumerate(ids)
    ]
    people[0] = {**people[0], "left_on": ON - timedelta(days=3), "joined_on": None} if rng.random() < 0.1 else people[0]
    required: list[Row] = [
        {
            "role_id": role,
            "skill_id": skill,
            "level": int(rng.integers(0, highest + 1)),
            "importance": int(rng.integers(1, 6)),
        }
        for role in roles
        for skill in skills
    ]
    assessed: list[Row] = [
        {
            "person_id": person_id,
            "skill_id": skill,
            "level": int(rng.integers(0, highest + 1)),
            "source": any_of(SOURCES),
            "assessed_on": day(-900, 30),
        }
        for person_id in ids
        for skill in skills
        if rng.random() < 0.9
    ]
    tables: dict[str, list[Row]] = {
        "scale": [{"level": level, "name": f"level {level}"} for level in range(highest + 1)],
        "skills": [{"skill_id": skill, "name": skill} for skill in skills],
        "roles": [{"role_id": role, "title": role} for role in roles],
        "requirements": required,
        "people": people,
        "assessments": assessed,
    }

    def pairs(n: int) -> list[Row]:
        drawn = [rng.choice(len(ids), 2, replace=False).tolist() for _ in range(n)]
        return [
            {"mentee_id": ids[one], "mentor_id": ids[other], "skill_id": any_of([None, *skills])}
            for one, other in drawn
        ]

    if rng.random() < 0.4:
        tables["blocks"] = pairs(int(rng.integers(1, 3)))
    here = [str(row["person_id"]) for row in people if row["joined_on"] is None and row["left_on"] is None]
    if rng.random() < 0.3 and len(here) > 1:
        mentor, mentee = rng.choice(here, 2, replace=False).tolist()
        tables["engaged"] = [
            {"mentor_id": mentor, "mentee_id": mentee, "skill_id": any_of(skills), "from_on": day(-20, 3)}
        ]
    if rng.random() < 0.4:
        levels = {(row["person_id"], row["skill_id"]): int(str(row["level"])) for row in assessed}
        tables["requests"] = [
            {
                "person_id": person_id,
                "skill_id": skill,
                "target_level": any_of([None, *range(levels.get((person_id, skill), 0) + 1, highest + 1)]),
                "priority": any_of([None, 1, 5]),
            }
            for person_id in here
            for skill in skills
            if rng.random() < 0.5 and levels.get((person_id, skill), 0) < highest
        ]
    return tables


def shuffled(tables: Mapping[str, Sequence[Row]], rng: Generator) -> dict[str, list[Row]]:
    """Return the same tables with the rows of each in another order."""
    return {name: [rows[place] for place in rng.permutation(len(rows))] for name, rows in tables.items()}


def random_organisation(rng: Generator) -> Organisation:
    """Return a random organisation without pins."""
    return organisation_from_rows(random_tables(rng))


def with_random_pins(drawn: Organisation, policy: Policy, rng: Generator) -> tuple[Organisation, Problem]:
    """Return an organisation with up to two pins that a policy admits, and its problem of the day."""
    problem = daily_problem(drawn, policy, on=ON)
    assert problem.pool is not None
    ids, skills = drawn.people.ids, drawn.model.skill_ids
    pins: list[tuple[str, str, str | None]] = []
    for block in problem.pairs():
        for row in rng.permutation(len(block))[: int(rng.integers(0, 3))].tolist():
            request, mentor = int(block.request[row]), int(block.mentor[row])
            mentee_id = str(ids[problem.pool.mentees[request]])
            pin = (mentee_id, str(ids[problem.pool.mentors[mentor]]), str(skills[problem.skill[request]]))
            pinned = evolve(drawn, pins=drawn.pairs([*pins, pin]))
            try:
                daily_problem(pinned, policy, on=ON)
            except InputError:
                continue
            pins.append(pin)
    pinned = evolve(drawn, pins=drawn.pairs(pins))
    return pinned, daily_problem(pinned, policy, on=ON)


def organisations() -> st.SearchStrategy[Organisation]:
    """Return a Hypothesis strategy of random organisations, shrunk by their seed."""
    return st.integers(0, 2**32 - 1).map(lambda seed: random_organisation(default_rng(seed)))
