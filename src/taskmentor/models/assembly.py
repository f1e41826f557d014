"""Tables put together into an organisation, with every reference checked and every fault reported at once."""

import unicodedata
from collections.abc import Mapping

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, nearest, shown
from taskmentor.models.assessments import Assessments, Source
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
from taskmentor.models.forest import ReportingForest, find_cycles
from taskmentor.models.organisation import Engaged, GivenRequests, Organisation, PairList, Reporting
from taskmentor.models.people import NO_CODE, NO_GRADE, Categories, Extra, People
from taskmentor.models.tables import FaultLog, Table

__all__ = ["MODEL_TABLES", "assemble", "assemble_model"]

MODEL_TABLES = ("scale", "skills", "roles", "requirements")
MOST_LANGUAGES = 64
_CYCLE_SHOWN = 10

Tables = Mapping[str, Table]


def assemble(tables: Tables, log: FaultLog, *, deepest: int = 10_000) -> Organisation | None:
    """Return the organisation that the tables describe, or None where the log now holds errors.

    Args:
        tables: Well-formed tables by name; at least `people` and those of the competency model.
        log: What was found so far; everything found here is added.
        deepest: How many levels the reporting forest may have.

    Complexity:
        O(n log n) for n rows in all.
    """
    ids = _Ids.of(tables)
    model = assemble_model(tables, log)
    people = _people(tables["people"], ids, log, deepest)
    assessments = _assessments(tables.get("assessments"), ids, people, log)
    reporting = _reporting(tables.get("reporting"), ids, people, log)
    pins, blocks = _pairs(tables.get("pins"), ids, log), _pairs(tables.get("blocks"), ids, log)
    engaged = _engaged(tables.get("engaged"), ids, people, log)
    requests = _requests(tables.get("requests"), ids, log)
    if log.n_errors or model is None:
        return None
    return Organisation(
        model=model,
        people=people,
        assessments=assessments,
        reporting=reporting,
        pins=pins,
        blocks=blocks,
        engaged=engaged,
        requests=requests,
        warnings=log.warnings(),
    )


def assemble_model(tables: Tables, log: FaultLog) -> CompetencyModel | None:
    """Return the competency model that the tables describe, or None where something in it is wrong.

    Args:
        tables: At least `scale`, `skills`, `roles` and `requirements`.
        log: What was found so far; everything found here is added.
    """
    scale, skills, roles, required = (tables[name] for name in MODEL_TABLES)
    behaviours = tables.get("behaviours")
    levels = [
        ProficiencyLevel(*row)
        for row in zip(
            scale.numbers("level", -1).tolist(), scale.texts("name").tolist(), scale.texts("description").tolist(),
            strict=True,
        )
    ]  # fmt: skip
    skill_values = [
        Skill(id=SkillId(skill_id), name=name, category=category, description=description)
        for skill_id, name, category, description in _rows(skills, "skill_id", "name", "category", "description")
    ]
    role_values = [Role(id=RoleId(role_id), title=title) for role_id, title in _rows(roles, "role_id", "title")]
    requirement_values = [
        Requirement(role_id=RoleId(role_id), skill_id=SkillId(skill_id), level=level, importance=importance)
        for (role_id, skill_id), level, importance in zip(
            _rows(required, "role_id", "skill_id"),
            required.numbers("level", levels[0].level if levels else 0).tolist(),
            required.numbers("importance", 3).tolist(),
            strict=True,
        )
    ]
    behaviour_values = _behaviours(behaviours, levels)

    def place(table: str, index: int) -> tuple[str, int | None]:
        found = tables[table]
        return found.source, int(found.lines[index]) if index < len(found) else None

    # Rows whose own cells are faulty have been reported; what they would say about other rows would be guesses.
    before = log.n_errors
    faults = model_faults(levels, skill_values, role_values, requirement_values, behaviour_values, place)
    log.found_all(_not_yet_reported(faults, tables, log), tables)
    if log.n_errors > before or any(log.rows.get(name) for name in (*MODEL_TABLES, "behaviours")):
        return None
    about = _rows(tables["model"], "model_id", "version", "title")[0] if "model" in tables else ("model", "1", "")
    return CompetencyModel(
        id=about[0],
        version=about[1],
        title=about[2],
        scale=ProficiencyScale(tuple(levels)),
        skills=tuple(skill_values),
        roles=tuple(role_values),
        requirements=tuple(requirement_values),
        behaviours=tuple(behaviour_values),
    )


def _behaviours(table: Table | None, levels: list[ProficiencyLevel]) -> list[Behaviour]:
    if table is None:
        return []
    numbers = table.numbers("level", levels[0].level if levels else 0).tolist()
    return [
        Behaviour(
            skill_id=SkillId(skill_id), level=level, text=text, role_id=RoleId(role_id) if role_id else None
        )
        for (skill_id, text, role_id), level in zip(
            _rows(table, "skill_id", "behaviour", "role_id"), numbers, strict=True
        )
    ]  # fmt: skip


def _not_yet_reported(faults: list[Fault], tables: Tables, log: FaultLog) -> list[Fault]:
    faulty = {(tables[name].source, int(tables[name].lines[row])) for name, rows in log.rows.items() for row in rows}
    return [fault for fault in faults if (fault.table, fault.line) not in faulty]


def _rows(table: Table, *columns: str) -> list[tuple[str, ...]]:
    return list(zip(*(table.texts(column).tolist() for column in columns), strict=True))


@frozen(eq=False)
class _Ids:
    """The sorted ids that references may name."""

    people: NDArray[np.str_]
    skills: NDArray[np.str_]
    roles: NDArray[np.str_]
    levels: tuple[int, ...]

    @classmethod
    def of(cls, tables: Tables) -> "_Ids":
        def known(table: str, column: str) -> NDArray[np.str_]:
            texts = np.unique(tables[table].texts(column))
            return texts[texts != ""]

        levels = tables["scale"].numbers("level", -1)[tables["scale"].given("level")]
        return cls(
            people=known("people", "person_id"),
            skills=known("skills", "skill_id"),
            roles=known("roles", "role_id"),
            levels=tuple(sorted(levels.tolist())),
        )

    def references(
        self, table: Table, column: str, log: FaultLog, *, kind: str, none: str | None = None
    ) -> NDArray[np.int32]:
        """Return the codes that a column names, -1 where it is empty or names nothing, which is then in the log."""
        known = {"person": self.people, "skill": self.skills, "role": self.roles}[kind]
        texts, back = np.unique(table.texts(column), return_inverse=True)
        places = np.searchsorted(known, texts)
        found = places < len(known)
        found[found] = known[places[found]] == texts[found]
        codes = np.where(found, places, NO_CODE).astype(np.int32)[back]
        dangling = np.flatnonzero(~found[back] & table.given(column))
        cells = table.texts(column)

        def problem(row: int) -> str:
            # With many ids only those that sort beside the wanted one are looked at.
            cell = str(cells[row])
            place = int(np.searchsorted(known, cell))
            near = known.tolist() if len(known) <= 2_000 else known[max(0, place - 5) : place + 5].tolist()
            return f"{shown(cell)} names no {kind} of this organisation{nearest(cell, near)}"

        code = "UNKNOWN-MANAGER" if column == "manager_id" else f"UNKNOWN-{kind.upper()}"
        remedy = f"Add the {kind}, mend the id{' or leave the cell empty' if none else ''}."
        log.rows_of(table, dangling, code, column, problem, remedy=remedy)
        return codes

    def check_levels(self, table: Table, column: str, log: FaultLog) -> None:
        """Add a fault for each level that is not on the scale."""
        numbers = table.numbers(column, -1)
        off = np.flatnonzero(table.given(column) & ~np.isin(numbers, self.levels))
        if self.levels:
            remedy = f"Use {self.levels[0]} to {self.levels[-1]}."
            log.rows_of(
                table, off, "OUT-OF-SCALE", column, lambda row: f"level {numbers[row]} is not on the scale", remedy=remedy
            )


def _people(table: Table, ids: _Ids, log: FaultLog, deepest: int) -> People:
    _check_repeated(table, ("person_id",), "DUPLICATE-ID", log, "Give each person an id of their own.")
    _check_confusable(table, log)
    manager = ids.references(table, "manager_id", log, kind="person", none="nobody")
    role = ids.references(table, "role_id", log, kind="role", none="no role")
    _check_order(table, "joined_on", "left_on", log, strictly=True)
    _check_languages(table, log)
    _check_forest(table, ids, manager, log, deepest)
    # Among repeated ids, which are errors already, the first row stands for the person.
    wanted, first = np.unique(table.texts("person_id"), return_index=True)
    rows = first[wanted != ""]
    table, manager, role = table.take(rows), manager[rows], role[rows]
    masks, language_names = _languages(table)
    return People(
        ids=table.texts("person_id"),
        names=table.texts("name"),
        role=role,
        manager=manager,
        department=Categories.of(table.texts("department")),
        location=Categories.of(table.texts("location")),
        time_zone=Categories.of(table.texts("time_zone")),
        languages=masks,
        language_names=language_names,
        grade=table.numbers("grade", NO_GRADE).astype(np.int16),
        capacity=table.numbers("capacity", 0 if table.has("capacity") else 1).astype(np.int32),
        mentee_limit=table.numbers("mentee_limit", 2).astype(np.int32),
        joined_on=table.days("joined_on"),
        left_on=table.days("left_on"),
        extras=tuple(_extra(table, name) for name in sorted(table.columns) if name.startswith("x_")),
        capacity_given=table.has("capacity"),
        role_ids=tuple(RoleId(role_id) for role_id in ids.roles.tolist()),
    )


def _extra(table: Table, name: str) -> Extra:
    column = table.columns[name]
    if column.values.dtype.kind == "U":
        return Extra(name, Categories.of(column.texts), None, column.given)
    return Extra(name, None, column.numbers(0), column.given)


def _split_languages(cell: str) -> list[str]:
    return [name for name in (part.strip() for part in cell.split(";")) if name]


def _languages(table: Table) -> tuple[NDArray[np.uint64], tuple[str, ...]]:
    cells, back = np.unique(table.texts("languages"), return_inverse=True)
    spoken = [_split_languages(cell) for cell in cells.tolist()]
    names = sorted({name for some in spoken for name in some})[:MOST_LANGUAGES]
    bits = {name: 1 << bit for bit, name in enumerate(names)}
    masks = [sum(bits.get(name, 0) for name in set(some)) for some in spoken]
    return np.array(masks, np.uint64)[back], tuple(names)


def _check_languages(table: Table, log: FaultLog) -> None:
    names = {name for cell in np.unique(table.texts("languages")).tolist() for name in _split_languages(cell)}
    if len(names) > MOST_LANGUAGES:
        problem = f"{len(names)} different languages are named"
        remedy = f"Name at most {MOST_LANGUAGES}, separated by ';', such as en;de."
        log.found(Fault(code="TOO-MANY-LANGUAGES", table=table.source, column="languages", problem=problem, remedy=remedy))


def _check_forest(table: Table, ids: _Ids, manager: NDArray[np.int32], log: FaultLog, deepest: int) -> None:
    people = np.searchsorted(ids.people, table.texts("person_id"))
    own = np.flatnonzero((manager == people) & table.given("person_id") & (manager != NO_CODE))
    _self_managers(table, own, log)
    managers = np.full(len(ids.people), NO_CODE, np.int32)
    usable = np.setdiff1d(np.flatnonzero(table.given("person_id")), own)
    managers[people[usable]] = manager[usable]
    _check_cycles(table, ids, managers, log, {int(people[row]): int(row) for row in usable[::-1].tolist()})
    depth = int(ReportingForest(managers).depth.max(initial=0)) + 1
    if depth > deepest:
        problem = f"the reporting lines are {depth:,} levels deep"
        remedy = f"Mend the managers, or raise the limit of {deepest:,} levels."
        log.found(Fault(code="ORG-TOO-DEEP", table=table.source, column="manager_id", problem=problem, remedy=remedy))


def _self_managers(table: Table, own: NDArray[np.integer], log: FaultLog) -> None:
    cells = table.texts("person_id")
    remedy = "Leave the cell empty for somebody without a manager."
    log.rows_of(
        table, own, "SELF-MANAGER", "manager_id", lambda row: f"{shown(str(cells[row]))} is their own manager", remedy=remedy
    )


def _check_cycles(
    table: Table, ids: _Ids, managers: NDArray[np.int32], log: FaultLog, row_of: dict[int, int], day: str = ""
) -> None:
    for cycle in find_cycles(managers):
        names = [str(ids.people[code]) for code in cycle]
        more = f" and so on, {len(names):,} people" if len(names) > _CYCLE_SHOWN else f" -> {names[0]}"
        problem = f"managers go in a circle{day}: {' -> '.join(names[:_CYCLE_SHOWN])}{more}"
        rows = np.array([row_of[code] for code in cycle if code in row_of])
        # One fault a cycle, and every row of it counts as faulty.
        log.rows_of(
            table, rows[:1], "MANAGER-CYCLE", "manager_id", lambda _: problem, remedy="Give one of them another manager."
        )
        log.rows[table.name].update(rows.tolist())


def _check_repeated(table: Table, columns: tuple[str, ...], code: str, log: FaultLog, remedy: str) -> None:
    """Add a fault for every row that shares all of some columns with another row."""
    given = np.flatnonzero(np.logical_and.reduce([table.given(column) for column in columns]))
    keys = [np.unique(table.columns[column].values[given], return_inverse=True)[1] for column in columns]
    order = np.lexsort(keys[::-1])
    same = np.logical_and.reduce([key[order][1:] == key[order][:-1] for key in keys])
    rows = given[order]
    other = {int(rows[place + 1]): int(rows[place]) for place in np.flatnonzero(same)}
    other |= {int(rows[place]): int(rows[place + 1]) for place in np.flatnonzero(same)[::-1]}

    def problem(row: int) -> str:
        cells = " ".join(shown(str(table.columns[column].values[row])) for column in columns)
        return f"{cells} stands also on line {table.lines[other[row]]}"

    log.rows_of(table, np.array(sorted(other), np.int64), code, columns[0], problem, remedy=remedy)


def _check_confusable(table: Table, log: FaultLog) -> None:
    cells = table.texts("person_id")
    first: dict[str, int] = {}
    confusable: dict[int, int] = {}
    for row, cell in enumerate(cells.tolist()):
        before = first.setdefault(unicodedata.normalize("NFC", cell).casefold(), row)
        if before != row and cells[before] != cell:
            confusable[row] = before
    log.rows_of(
        table,
        np.array(list(confusable), np.int64),
        "CONFUSABLE-ID",
        "person_id",
        lambda row: f"{shown(str(cells[row]))} differs from {shown(str(cells[confusable[row]]))} by case or accents only",
        remedy="They are kept apart as two people.",
        warning=True,
    )


def _check_order(table: Table, first: str, last: str, log: FaultLog, *, strictly: bool = False) -> None:
    begin, end = table.days(first), table.days(last)
    wrong = np.flatnonzero((end <= begin) if strictly else (end < begin))
    remedy = f"Give a {last} {'after' if strictly else 'on or after'} {first}, or leave it empty."
    log.rows_of(table, wrong, "DATE-ORDER", last, lambda row: f"{end[row]} is not after {begin[row]}", remedy=remedy)


def _assessments(table: Table | None, ids: _Ids, people: People, log: FaultLog) -> Assessments:
    if table is None:
        none = np.zeros(0, np.int32)
        days = np.zeros(0, "datetime64[D]")
        return Assessments.sorted_from(person=none, skill=none, level=none, source=none, assessed_on=days, assessor=none)
    person = ids.references(table, "person_id", log, kind="person")
    skill = ids.references(table, "skill_id", log, kind="skill")
    assessor = ids.references(table, "assessor_id", log, kind="person", none="nobody")
    ids.check_levels(table, "level", log)
    labels, back = np.unique(table.texts("source"), return_inverse=True)
    source = np.array([Source.named(label) if label else Source.SELF for label in labels.tolist()], np.int8)[back]
    _check_assessors(table, people, person, assessor, source, log)
    same = ("person_id", "skill_id", "source", "assessed_on")
    _check_repeated(table, same, "DUPLICATE-ASSESSMENT", log, "Keep one assessment of a source a day.")
    versions, version = np.unique(table.texts("model_version"), return_inverse=True)
    return Assessments.sorted_from(
        person=person,
        skill=skill,
        level=table.numbers("level", 0),
        source=source,
        assessed_on=table.days("assessed_on"),
        assessor=assessor,
        model_version=version,
        versions=tuple(versions.tolist()) or ("",),
    )


def _check_assessors(
    table: Table,
    people: People,
    person: NDArray[np.int32],
    assessor: NDArray[np.int32],
    source: NDArray[np.int8],
    log: FaultLog,
) -> None:
    named = (assessor != NO_CODE) & (person != NO_CODE)
    not_own = np.flatnonzero(named & (source == Source.SELF) & (assessor != person))
    cells = table.texts("assessor_id")
    remedy = "A self-assessment is made by the person; leave the cell empty or mend the source."
    log.rows_of(
        table, not_own, "WRONG-ASSESSOR", "assessor_id", lambda row: f"{shown(str(cells[row]))} is not the person assessed", remedy=remedy
    )  # fmt: skip
    if len(find_cycles(people.manager)):
        return
    rows = np.flatnonzero(named & (source == Source.MANAGER))
    above = ReportingForest(people.manager).is_above(assessor[rows], person[rows])
    log.rows_of(
        table,
        rows[~above],
        "WRONG-ASSESSOR",
        "assessor_id",
        lambda row: f"{shown(str(cells[row]))} is not in the line of managers above the person",
        remedy="It is accepted, as the assessor may have been the manager before.",
        warning=True,
    )


def _reporting(table: Table | None, ids: _Ids, people: People, log: FaultLog) -> Reporting | None:
    if table is None:
        return None
    person = ids.references(table, "person_id", log, kind="person")
    manager = ids.references(table, "manager_id", log, kind="person")
    _check_order(table, "from_on", "until_on", log)
    own = np.flatnonzero((person == manager) & (person != NO_CODE))
    _self_managers(table, own, log)
    begin, end = table.days("from_on"), table.days("until_on")
    _check_two_managers(table, person, begin, end, log)
    usable = np.flatnonzero((person != NO_CODE) & (manager != NO_CODE) & (person != manager) & ~np.isnat(begin))
    reporting = Reporting(person[usable], manager[usable], begin[usable], end[usable])
    # A circle can only close on a day on which somebody gets a manager.
    for day in np.unique(begin[usable]):
        managers = reporting.managers(people.manager, day)
        rows = usable[~(begin[usable] > day) & ~(end[usable] < day)]
        row_of = {int(person[row]): int(row) for row in rows.tolist()}
        _check_cycles(table, ids, managers, log, row_of, f" on {day}")
    return reporting


def _check_two_managers(
    table: Table, person: NDArray[np.int32], begin: NDArray[np.datetime64], end: NDArray[np.datetime64], log: FaultLog
) -> None:
    order = np.lexsort((begin, person))
    same = person[order][1:] == person[order][:-1]
    late = np.isnat(end[order][:-1]) | (begin[order][1:] <= end[order][:-1])
    rows = order[1:][same & late & (person[order][1:] != NO_CODE)]
    log.rows_of(
        table, np.sort(rows), "TWO-MANAGERS", "from_on", lambda row: f"from {begin[row]} there are two managers on a day",
        remedy="End one reporting line before the next begins.",
    )  # fmt: skip


def _pairs(table: Table | None, ids: _Ids, log: FaultLog) -> PairList:
    if table is None:
        return PairList.empty()
    mentee, mentor = _two_people(table, ids, log)
    skill = ids.references(table, "skill_id", log, kind="skill", none="every skill")
    return PairList(mentee, mentor, skill)


def _two_people(table: Table, ids: _Ids, log: FaultLog) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    mentee = ids.references(table, "mentee_id", log, kind="person")
    mentor = ids.references(table, "mentor_id", log, kind="person")
    same = np.flatnonzero((mentee == mentor) & (mentee != NO_CODE))
    log.rows_of(
        table, same, "SELF-MENTOR", "mentor_id", lambda row: f"{shown(str(table.texts('mentor_id')[row]))} is also the mentee",
        remedy="Nobody mentors themselves.",
    )  # fmt: skip
    return mentee, mentor


def _engaged(table: Table | None, ids: _Ids, people: People, log: FaultLog) -> Engaged:
    if table is None:
        return Engaged.empty()
    mentee, mentor = _two_people(table, ids, log)
    skill = ids.references(table, "skill_id", log, kind="skill")
    _check_order(table, "from_on", "until_on", log)
    begin = table.days("from_on")
    for column, person in (("mentee_id", mentee), ("mentor_id", mentor)):
        gone = (person != NO_CODE) & (people.left_on[person] <= begin)
        cells = table.texts(column)
        log.rows_of(
            table, np.flatnonzero(gone), "INACTIVE-PERSON", column,
            lambda row, cells=cells: f"{shown(str(cells[row]))} had left before {begin[row]}",  # type: ignore[misc]
            remedy="Remove the engagement or mend the days.",
        )  # fmt: skip
    return Engaged(mentor, mentee, skill, begin, table.days("until_on"))


def _requests(table: Table | None, ids: _Ids, log: FaultLog) -> GivenRequests | None:
    if table is None:
        return None
    person = ids.references(table, "person_id", log, kind="person")
    skill = ids.references(table, "skill_id", log, kind="skill")
    ids.check_levels(table, "target_level", log)
    _check_repeated(table, ("person_id", "skill_id"), "DUPLICATE-REQUEST", log, "Keep one request for a skill.")
    return GivenRequests(
        person,
        skill,
        table.numbers("target_level", -1).astype(np.int16),
        table.numbers("priority", -1).astype(np.int8),
        Categories.of(table.texts("reason")),
    )
