"""Small invented organisations as tables, with everything that can occur: ties, islands, zeros and empty cells."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from attrs import evolve

from taskmentor.errors import InputError
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.ids import pool_of, request_ids
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import daily_problem
from taskmentor.models.organisation import Organisation
from taskmentor.testing.draws import Draws

__all__ = [
    "ON",
    "Row",
    "Tables",
    "as_text",
    "corner_tables",
    "random_pins",
    "random_tables",
    "renamed",
    "shuffled",
    "smaller_tables",
    "with_other_ids",
    "with_pins",
]

ON = date(2026, 10, 1)
"""The day of the small organisations."""

Row = Mapping[str, object]
Tables = dict[str, list[Row]]

DEPARTMENTS = ("data", "sales", "legal", None)
ZONES = ("Europe/Berlin", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", None)
LANGUAGES = ("en", "de", "de;en", "fr", None)
LOCATIONS = ("Lyon", "Graz", "Lyon", None)
SOURCES = ("self", "manager", "test", "outcome")
ROLES = ("r0", "r1")
_PEOPLE = {
    "people": ("person_id", "manager_id"),
    "assessments": ("person_id", "assessor_id"),
    "blocks": ("mentee_id", "mentor_id"),
    "pins": ("mentee_id", "mentor_id"),
    "engaged": ("mentee_id", "mentor_id"),
    "requests": ("person_id",),
    "reporting": ("person_id", "manager_id"),
    "preferences": ("person_id", "preferred_id"),
    "availability": ("person_id",),
    "wishes": ("person_id",),
}
"""The columns that name people; the first makes the row theirs, and `manager_id` and `assessor_id` may be emptied."""


def random_tables(draws: Draws, *, columns: Mapping[str, Sequence[object]] | None = None) -> Tables:
    """Return the tables of an organisation of two to eight people.

    Args:
        draws: Where choices come from.
        columns: Further columns of people, with what may stand in their cells.
    """
    ids = [f"p{number}" for number in range(draws.whole(2, 8))]
    skills, highest = [f"s{number}" for number in range(draws.whole(1, 3))], draws.whole(2, 5)
    people = [_person(draws, ids, place, columns or {}) for place in range(len(ids))]
    if draws.chance(10):
        people[0] = {**people[0], "left_on": ON - timedelta(days=3), "joined_on": None}
    assessed = _assessments(draws, ids, skills, highest)
    tables: Tables = {
        "scale": [{"level": level, "name": f"level {level}"} for level in range(highest + 1)],
        "skills": [{"skill_id": skill, "name": skill} for skill in skills],
        "roles": [{"role_id": role, "title": role} for role in ROLES],
        "requirements": [
            {"role_id": role, "skill_id": skill, "level": draws.whole(0, highest), "importance": draws.whole(1, 5)}
            for role in ROLES
            for skill in skills
        ],
        "people": people,
        "assessments": assessed,
    }
    here = [str(row["person_id"]) for row in people if row["joined_on"] is None and row["left_on"] is None]
    if draws.chance(40):
        tables["blocks"] = [_pair(draws, ids, skills) for _ in range(draws.whole(1, 2))]
    if draws.chance(40) and len(here) > 1:
        tables["engaged"] = _engaged(draws, here, skills)
    if draws.chance(40):
        tables["requests"] = _requests(draws, here, skills, assessed, highest)
    return tables


def _day(draws: Draws, first: int, last: int) -> date:
    return ON + timedelta(days=draws.whole(first, last))


def _person(draws: Draws, ids: Sequence[str], place: int, columns: Mapping[str, Sequence[object]]) -> Row:
    return {
        "person_id": ids[place],
        "role_id": draws.one_of([*ROLES, *ROLES, None]),
        "manager_id": draws.one_of([None, *ids[:place]]) if draws.chance(70) else None,
        "department": draws.one_of(DEPARTMENTS),
        "time_zone": draws.one_of(ZONES),
        "languages": draws.one_of(LANGUAGES),
        "grade": draws.one_of([1, 2, 3, 7, None]),
        "capacity": draws.one_of([0, 1, 1, 2, 3]),
        "mentee_limit": draws.one_of([0, 1, 1, 2, 3]),
        "joined_on": _day(draws, *draws.one_of([(-400, 4), (-2_500, -400)])) if draws.chance(30) else None,
        "left_on": _day(draws, 6, 59) if draws.chance(30) else None,
        "x_team": draws.one_of([1, 2, 3, None]),
        "location": LOCATIONS[place % len(LOCATIONS)],
        "x_asked": "yes" if place % 4 else None,
        **{name: draws.one_of(cells) for name, cells in columns.items()},
    }


def _assessments(draws: Draws, ids: Sequence[str], skills: Sequence[str], highest: int) -> list[Row]:
    return [
        {
            "person_id": person_id,
            "skill_id": skill,
            "level": draws.whole(0, highest),
            "source": draws.one_of(SOURCES),
            "assessed_on": _day(draws, -900, 29),
        }
        for person_id in ids
        for skill in skills
        if draws.chance(90)
    ]


def _pair(draws: Draws, ids: Sequence[str], skills: Sequence[str]) -> Row:
    mentee, mentor = draws.order(ids)[:2]
    return {"mentee_id": mentee, "mentor_id": mentor, "skill_id": draws.one_of([None, *skills])}


def _engaged(draws: Draws, here: Sequence[str], skills: Sequence[str]) -> list[Row]:
    """Return engagements that run or are over, each of two people who are in no other."""
    people = draws.order(here)
    rows: list[Row] = []
    for mentor, mentee in zip(people[::2], people[1::2], strict=False):
        row = {"mentor_id": mentor, "mentee_id": mentee, "skill_id": draws.one_of(skills)}
        over = draws.chance(50)
        rows.append({**row, "from_on": _day(draws, -20, 2), "until_on": None} if not over else
                    {**row, "from_on": _day(draws, -400, -200), "until_on": _day(draws, -100, -1)})  # fmt: skip
    return rows


def _requests(
    draws: Draws, here: Sequence[str], skills: Sequence[str], assessed: Sequence[Row], highest: int
) -> list[Row]:
    levels = {(row["person_id"], row["skill_id"]): int(str(row["level"])) for row in assessed}
    return [
        {
            "person_id": person_id,
            "skill_id": skill,
            "target_level": draws.one_of([None, *range(levels.get((person_id, skill), 0) + 1, highest + 1)]),
            "priority": draws.one_of([None, 1, 5]),
        }
        for person_id in here
        for skill in skills
        if draws.chance(50) and levels.get((person_id, skill), 0) < highest
    ]


def corner_tables() -> Iterator[Tables]:
    """Return organisations in which ann and bob teach mia and tom, and something stands in the way."""
    people: list[Row] = [
        {"person_id": "ann", "capacity": 1},
        {"person_id": "bob", "capacity": 1},
        {"person_id": "mia", "mentee_limit": 2},
        {"person_id": "tom", "mentee_limit": 1},
    ]
    holds = [("ann", "sql", 3), ("ann", "law", 4), ("bob", "sql", 4), ("bob", "law", 2)]
    whole: Tables = {
        "scale": [{"level": level, "name": f"level {level}"} for level in range(6)],
        "skills": [{"skill_id": "sql", "name": "sql"}, {"skill_id": "law", "name": "law"}],
        "roles": [{"role_id": "any", "title": "any"}],
        "requirements": [{"role_id": "any", "skill_id": "sql", "level": 0}],
        "people": people,
        "assessments": [
            {"person_id": one, "skill_id": skill, "level": level, "source": "outcome", "assessed_on": ON}
            for one, skill, level in holds
        ],
        "requests": [
            {"person_id": "tom", "skill_id": "sql", "target_level": 2},
            {"person_id": "mia", "skill_id": "sql", "target_level": 2},
            {"person_id": "mia", "skill_id": "law", "target_level": 2},
        ],
    }

    def pair(mentee: str, mentor: str, skill: str | None) -> Row:
        return {"mentee_id": mentee, "mentor_id": mentor, "skill_id": skill}

    yield whole
    yield {**whole, "blocks": [pair("tom", "ann", None), pair("tom", "bob", None), pair("mia", "ann", "law")]}
    yield {**whole, "blocks": [pair("mia", "bob", "sql"), pair("tom", "ann", None), pair("mia", "ann", None)]}
    yield {**whole, "pins": [pair("tom", "ann", "sql")]}
    yield {**whole, "pins": [pair("mia", "ann", "law"), pair("tom", "bob", "sql")]}
    yield {**whole, "engaged": [{**pair("tom", "ann", "law"), "from_on": ON}]}
    yield {**whole, "people": [{**people[0], "left_on": ON}, *people[1:]]}
    yield {**whole, "people": [{**one, "capacity": 0} for one in people]}
    yield {**whole, "people": [{**people[0], "capacity": 3}, *people[1:]]}


def with_pins(tables: Tables, policy: Policy, draws: Draws) -> Tables:
    """Return tables with up to two pins that a policy admits."""
    pins = random_pins(organisation_from_rows(tables), policy, draws)
    columns = ("mentee_id", "mentor_id", "skill_id")
    rows: list[Row] = [dict(zip(columns, pin, strict=True)) for pin in pins]
    return {**tables, "pins": rows} if rows else tables


def random_pins(organisation: Organisation, policy: Policy, draws: Draws) -> list[tuple[str, str, str | None]]:
    """Return up to two pins that a policy admits, as ids of mentee, mentor and skill; the skill is always named."""
    problem = daily_problem(organisation, policy, on=ON)
    people, pool = organisation.people.ids, pool_of(problem)
    could = [pair for block in problem.pairs() for pair in zip(block.request, block.mentor, strict=True)]
    pins: list[tuple[str, str, str | None]] = []
    for request, mentor in draws.order(could)[: draws.whole(0, 2)]:
        (mentee_id,), (skill_id,) = request_ids(problem, request.reshape(1))
        pin = str(mentee_id), str(people[pool.mentors[mentor]]), str(skill_id)
        if _can_be_kept(evolve(organisation, pins=organisation.pairs([*pins, pin])), policy):
            pins.append(pin)
    return pins


def _can_be_kept(organisation: Organisation, policy: Policy) -> bool:
    try:
        daily_problem(organisation, policy, on=ON)
    except InputError:
        return False
    return True


def shuffled(tables: Mapping[str, Sequence[Row]], draws: Draws) -> Tables:
    """Return the same tables with the rows of each in another order."""
    return {name: draws.order(rows) for name, rows in tables.items()}


def renamed(tables: Mapping[str, Sequence[Row]], draws: Draws) -> tuple[Tables, dict[str, str]]:
    """Return the same tables with other ids for all people, and the new ids by the old ones."""
    ids = [str(row["person_id"]) for row in tables["people"]]
    names = dict(zip(ids, draws.order([f"q{number}" for number in range(len(ids))]), strict=True))
    return with_other_ids(tables, names), names


def with_other_ids(tables: Mapping[str, Sequence[Row]], names: Mapping[str, str]) -> Tables:
    """Return the same tables with other ids for some people, wherever they are named."""
    return {
        name: [
            {
                column: names.get(str(cell), cell) if column in _PEOPLE.get(name, ()) else cell
                for column, cell in row.items()
            }
            for row in rows
        ]
        for name, rows in tables.items()
    }


def as_text(tables: Mapping[str, Sequence[Row]]) -> str:
    """Return tables as they may stand in a message: a row a line, without empty cells."""
    lines = []
    for name, rows in tables.items():
        cells = [str({column: cell for column, cell in row.items() if cell is not None}) for row in rows]
        lines.append("\n".join([f"{name}:", *(f"  {row}" for row in cells)]))
    return "\n".join(lines)


def smaller_tables(tables: Tables) -> Iterator[Tables]:
    """Return tables with one person, one row or one optional cell less; some of them may be no organisation."""
    for row in tables["people"] if len(tables["people"]) > 1 else ():
        yield _without_person(tables, row["person_id"])
    for name in ("blocks", "pins", "engaged", "requests", "assessments"):
        rows = tables.get(name, [])
        yield from ({**tables, name: [*rows[:place], *rows[place + 1 :]]} for place in range(len(rows)))
    for place, row in enumerate(tables["people"]):
        for column in sorted({*row} - {"person_id", "capacity", "mentee_limit"}):
            if row[column] is not None:
                people = [*tables["people"][:place], {**row, column: None}, *tables["people"][place + 1 :]]
                yield {**tables, "people": people}


def _without_person(tables: Tables, person_id: object) -> Tables:
    def kept(name: str, row: Row) -> Row | None:
        named = [column for column in _PEOPLE.get(name, ()) if row.get(column) == person_id]
        if not named:
            return row
        optional = {column: None for column in named if column in ("manager_id", "assessor_id")}
        return {**row, **optional} if len(optional) == len(named) else None

    some = {name: [kept(name, row) for row in rows] for name, rows in tables.items()}
    return {name: [row for row in rows if row is not None] for name, rows in some.items()}
