"""Tables put together into an organisation, with every reference checked and every fault reported at once."""

import unicodedata
from collections.abc import Mapping
from functools import cached_property

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, shown
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
from taskmentor.models.forest import ReportingForest, find_cycles, find_dated_cycles
from taskmentor.models.organisation import Engaged, GivenRequests, Organisation, PairList, Reporting
from taskmentor.models.people import NO_CODE, NO_GRADE, Categories, Extra, People
from taskmentor.models.suggestions import Suggestions
from taskmentor.models.tables import Column, FaultLog, Table

__all__ = ["MODEL_TABLES", "assemble", "assemble_model", "rows_below"]

MODEL_TABLES = ("scale", "skills", "roles", "requirements")
MOST_LANGUAGES = 64
_CYCLE_SHOWN = 10
_DAY_BITS = 20  # days from 1900 to 2200 fit

Tables = Mapping[str, Table]


def assemble(
    tables: Tables, log: FaultLog, *, deepest: int = 10_000, unread: frozenset[str] = frozenset()
) -> Organisation | None:
    """Return the organisation that the tables describe, or None where the log now holds errors.

    Args:
        tables: Well-formed tables by name; `people` and those of the competency model are there or unread.
        log: What was found so far; everything found here is added.
        deepest: How many levels the reporting forest may have.
        unread: Tables that are there but could not be read; nothing is said about references to them.

    Complexity:
        O(n log n) for n rows in all; dated reporting lines take a walk up the line each.
    """
    tables = _with_unread(tables, unread)
    ids = _Ids.of(tables, unread)
    model = assemble_model(tables, log, unread=unread)
    people = _people(tables["people"], ids, log, deepest)
    reporting = _reporting(tables.get("reporting"), ids, people, log)
    assessments = _assessments(tables.get("assessments"), ids, people, reporting, log)
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


def _with_unread(tables: Tables, unread: frozenset[str]) -> Tables:
    return {name: Table(name=name, source=name, lines=np.zeros(0, np.int64)) for name in unread} | dict(tables)


def assemble_model(tables: Tables, log: FaultLog, *, unread: frozenset[str] = frozenset()) -> CompetencyModel | None:
    """Return the competency model that the tables describe, or None where the log now holds errors.

    Args:
        tables: `scale`, `skills`, `roles` and `requirements` are there or unread.
        log: What was found so far; everything found here is added.
        unread: Tables that are there but could not be read; nothing is said about references to them.
    """  # fmt: skip
    tables = _with_unread(tables, unread)
    levels, skills, roles = _levels(tables["scale"]), _skills(tables["skills"]), _roles(tables["roles"])
    requirements, behaviours = _requirements(tables["requirements"]), _behaviours(tables.get("behaviours"))

    def place(table: str, index: int) -> tuple[str, int | None]:
        found = tables[table]
        return found.source, int(found.lines[index]) if index < len(found) else None

    faults = model_faults(levels, skills, roles, requirements, behaviours, place)
    log.found_all([fault for fault in faults if not _is_guess(fault, tables, unread)], tables)
    for name, columns in (("skills", ["skill_id"]), ("roles", ["role_id"]), ("requirements", ["role_id", "skill_id"])):
        log.spoil(tables[name], _repeated(tables[name], columns)[1])
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
    table = next(table for table in tables.values() if table.source == fault.table)
    row = int(np.searchsorted(table.lines, fault.line or 0))
    needed = ("role_id", "skill_id") if fault.code == "CONFLICTING-REQUIREMENT" else (fault.column or "",)
    return not all(table.given(column)[row] for column in needed)


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


@frozen(eq=False, kw_only=True)
class _Known:
    """The ids that references of one kind may name.

    Attributes:
        kind: What they name, such as `person`.
        ids: Sorted; an id's place is its code.
        unread: Whether the table of these ids could not be read, so that nothing can be said about references.
    """

    kind: str
    ids: tuple[str, ...]
    unread: bool

    @classmethod
    def of(cls, kind: str, table: Table, *, unread: bool) -> "_Known":
        column = f"{kind}_id"
        places, labels = table.labelled(column)
        used = np.unique(places[table.given(column)]).tolist()
        return cls(kind=kind, ids=tuple(labels[place] for place in used), unread=unread)

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {known: code for code, known in enumerate(self.ids)}

    @cached_property
    def near(self) -> Suggestions:
        return Suggestions(self.ids)

    def codes(self, table: Table, column: str) -> NDArray[np.int32]:
        """Return the codes that a column names, -1 where it is empty or names nothing. Shape (n,)."""
        places, labels = table.labelled(column)
        return np.array([self._codes.get(label, NO_CODE) for label in labels], np.int32)[places]


@frozen(eq=False)
class _Ids:
    """The ids and levels that references may name."""

    person: _Known
    skill: _Known
    role: _Known
    levels: tuple[int, ...]

    @classmethod
    def of(cls, tables: Tables, unread: frozenset[str]) -> "_Ids":
        scale = tables["scale"]
        whole = bool(scale.given("level").all())
        return cls(
            person=_Known.of("person", tables["people"], unread="people" in unread),
            skill=_Known.of("skill", tables["skills"], unread="skills" in unread),
            role=_Known.of("role", tables["roles"], unread="roles" in unread),
            levels=tuple(sorted(scale.numbers("level", 0).tolist())) if whole else (),
        )

    def check_levels(self, table: Table, column: str, log: FaultLog) -> None:
        """Add a fault for each level that is not on the scale."""
        if not self.levels:
            return
        numbers = table.numbers(column, -1)
        off = np.flatnonzero(table.given(column) & ~np.isin(numbers, self.levels))
        remedy = f"Use {self.levels[0]} to {self.levels[-1]}."
        log.rows_of(
            table, off, "OUT-OF-SCALE", column, lambda row: f"level {numbers[row]} is not on the scale", remedy=remedy
        )


def _referred(known: _Known, table: Table, column: str, log: FaultLog, *, may_be_empty: bool) -> NDArray[np.int32]:
    """Return the codes that a column names, -1 where it is empty or names nothing, which is then in the log."""
    codes = known.codes(table, column)
    if known.unread:
        return codes
    dangling = np.flatnonzero((codes == NO_CODE) & table.given(column))

    def problem(row: int) -> str:
        cell = table.text(column, row)
        return f"{shown(cell)} names no {known.kind} of this organisation{known.near(cell)}"

    code = "UNKNOWN-MANAGER" if column == "manager_id" else f"UNKNOWN-{known.kind.upper()}"
    remedy = f"Add the {known.kind}, mend the id or leave the cell empty."
    if not may_be_empty:
        remedy = f"Add the {known.kind} or mend the id."
    log.rows_of(table, dangling, code, column, problem, remedy=remedy)
    return codes


def _people(table: Table, ids: _Ids, log: FaultLog, deepest: int) -> People:
    _check_repeated(table, ["person_id"], "DUPLICATE-ID", log, "Give each person an id of their own.")
    _check_confusable(table, log)
    manager = _referred(ids.person, table, "manager_id", log, may_be_empty=True)
    role = _referred(ids.role, table, "role_id", log, may_be_empty=True)
    _check_order(table, "joined_on", "left_on", log, strictly=True)
    _check_languages(table, log)
    _check_forest(table, ids, manager, log, deepest)
    # Among repeated ids, which are errors already, the first row stands for the person.
    person = ids.person.codes(table, "person_id")
    codes, rows = np.unique(person, return_index=True)
    rows = rows[codes != NO_CODE]
    table, manager, role = table.take(rows), manager[rows], role[rows]
    masks, language_names = _languages(table)
    return People(
        ids=table.texts("person_id"),
        names=table.texts("name"),
        role=role,
        manager=manager,
        department=_categories(table, "department"),
        location=_categories(table, "location"),
        time_zone=_categories(table, "time_zone"),
        languages=masks,
        language_names=language_names,
        grade=table.numbers("grade", NO_GRADE).astype(np.int16),
        capacity=table.numbers("capacity", 0 if table.has("capacity") else 1).astype(np.int32),
        mentee_limit=table.numbers("mentee_limit", 2).astype(np.int32),
        joined_on=table.days("joined_on"),
        left_on=table.days("left_on"),
        extras=tuple(_extra(table, name) for name in sorted(table.columns) if name.startswith("x_")),
        capacity_given=table.has("capacity"),
        role_ids=tuple(RoleId(role_id) for role_id in ids.role.ids),
    )


def _categories(table: Table, column: str) -> Categories:
    """Return a column as categories; only labels that occur are kept, so rows that were left out leave no trace."""
    places, labels = table.labelled(column)
    used = [place for place in np.unique(places).tolist() if labels[place] != ""]
    codes = np.full(len(labels), NO_CODE, np.int32)
    codes[used] = np.arange(len(used))
    return Categories(codes[places], tuple(labels[place] for place in used))


def _extra(table: Table, name: str) -> Extra:
    column = table.columns[name]
    if column.labels is not None:
        return Extra(name, _categories(table, name), None, column.given)
    return Extra(name, None, column.numbers(0), column.given)


def _split_languages(cell: str) -> list[str]:
    return [name for name in (part.strip() for part in cell.split(";")) if name]


def _languages(table: Table) -> tuple[NDArray[np.uint64], tuple[str, ...]]:
    cells = _categories(table, "languages")
    spoken = [_split_languages(cell) for cell in cells.labels]
    names = sorted({name for some in spoken for name in some})[:MOST_LANGUAGES]
    bits = {name: 1 << bit for bit, name in enumerate(names)}
    masks = [sum(bits.get(name, 0) for name in set(some)) for some in spoken]
    return np.array([*masks, 0], np.uint64)[cells.codes], tuple(names)


def _check_languages(table: Table, log: FaultLog) -> None:
    names = {name for cell in _categories(table, "languages").labels for name in _split_languages(cell)}
    if len(names) > MOST_LANGUAGES:
        problem = f"{len(names)} different languages are named"
        remedy = f"Name at most {MOST_LANGUAGES}, separated by ';', such as en;de."
        log.found(
            Fault(code="TOO-MANY-LANGUAGES", table=table.source, column="languages", problem=problem, remedy=remedy)
        )


def _check_forest(table: Table, ids: _Ids, manager: NDArray[np.int32], log: FaultLog, deepest: int) -> None:
    person = ids.person.codes(table, "person_id")
    own = np.flatnonzero((manager == person) & (manager != NO_CODE))
    _self_managers(table, own, log)
    managers, row_of = np.full((2, len(ids.person.ids)), NO_CODE, np.int32)
    # Backwards, so that among repeated ids the first row stands for the person.
    usable = np.flatnonzero((person != NO_CODE) & (manager != person))[::-1]
    managers[person[usable]], row_of[person[usable]] = manager[usable], usable
    for cycle in find_cycles(managers):
        _manager_cycle(table, ids, tuple(cycle), row_of[cycle], log)
        managers[cycle] = NO_CODE
    depth = int(ReportingForest(managers).depth.max(initial=-1)) + 1
    if depth > deepest:
        problem = f"the reporting lines are {depth:,} levels deep"
        remedy = f"Mend the managers, or raise the limit of {deepest:,} levels."
        log.found(Fault(code="ORG-TOO-DEEP", table=table.source, column="manager_id", problem=problem, remedy=remedy))


def _self_managers(table: Table, own: NDArray[np.integer], log: FaultLog) -> None:
    remedy = "Leave the manager out for somebody who has none."
    log.rows_of(
        table, own, "SELF-MANAGER", "manager_id",
        lambda row: f"{shown(table.text('person_id', row))} is their own manager", remedy=remedy,
    )  # fmt: skip


def _manager_cycle(
    table: Table, ids: _Ids, cycle: tuple[int, ...], rows: NDArray[np.integer], log: FaultLog, when: str = ""
) -> None:
    """Add one fault for a cycle of managers; every row of it counts as faulty."""
    names = [ids.person.ids[code] for code in cycle[:_CYCLE_SHOWN]]
    more = f" and so on, {len(cycle):,} people" if len(cycle) > _CYCLE_SHOWN else f" -> {names[0]}"
    problem = f"managers go in a circle{when}: {' -> '.join(names)}{more}"
    remedy = "Give one of them another manager."
    log.rows_of(table, rows[:1], "MANAGER-CYCLE", "manager_id", lambda _: problem, remedy=remedy)
    log.spoil(table, rows)


def rows_below(table: Table, rows: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the rows of the people whose line of managers passes through some rows of the table `people`."""
    known = _Known.of("person", table, unread=False)
    person, manager = known.codes(table, "person_id"), known.codes(table, "manager_id")
    above = np.full(len(known.ids) + 1, NO_CODE, np.int32)
    falls = np.zeros(len(above), np.bool_)
    above[person], falls[person[rows]] = manager, True
    above[-1], falls[-1] = NO_CODE, False
    for _ in range(len(above).bit_length()):
        falls, above = falls | falls[above], above[above]
    return np.setdiff1d(np.flatnonzero(falls[person]), rows)


def _repeated(table: Table, columns: list[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows that share all of some columns with an earlier row, and for each the first such row."""
    rows = np.flatnonzero(np.logical_and.reduce([table.given(column) for column in columns]))
    keys = [table.columns[column].values[rows] for column in columns if len(rows)]
    if not keys:
        return rows, rows
    order = np.lexsort(keys[::-1])
    new = np.append(True, np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys]))
    first = rows[order][np.flatnonzero(new)[np.cumsum(new) - 1]]
    later, first = rows[order][~new], first[~new]
    by_row = np.argsort(later)
    return later[by_row], first[by_row]


def _check_repeated(table: Table, columns: list[str], code: str, log: FaultLog, remedy: str) -> None:
    """Add a fault for every row that shares all of some columns with an earlier row; both count as faulty."""
    later, first = _repeated(table, columns)
    first_of = dict(zip(later[: log.limit].tolist(), first[: log.limit].tolist(), strict=True))

    def problem(row: int) -> str:
        cells = " ".join(_cell_shown(table.columns[column], row) for column in columns)
        return f"{cells} stands also on line {table.lines[first_of[row]]}"

    log.rows_of(table, later, code, columns[0], problem, remedy=remedy)
    log.spoil(table, first)


def _cell_shown(column: Column, row: int) -> str:
    value = column.values[row]
    return str(value) if column.labels is None else shown(column.labels[int(value)])


def _check_confusable(table: Table, log: FaultLog) -> None:
    places, labels = table.labelled("person_id")
    first: dict[str, str] = {}
    before = [first.setdefault(unicodedata.normalize("NFC", label).casefold(), label) for label in labels]
    confusable = np.array([one != other for one, other in zip(labels, before, strict=True)])
    log.rows_of(
        table,
        np.flatnonzero(confusable[places]),
        "CONFUSABLE-ID",
        "person_id",
        lambda row: f"{shown(labels[places[row]])} differs from {shown(before[places[row]])} by case or accents only",
        remedy="They are kept apart as two people; give them ids that nobody mixes up.",
        warning=True,
    )


def _check_order(table: Table, first: str, last: str, log: FaultLog, *, strictly: bool = False) -> None:
    begin, end = table.days(first), table.days(last)
    wrong = np.flatnonzero((end <= begin) if strictly else (end < begin))
    word = "after" if strictly else "on or after"
    log.rows_of(
        table, wrong, "DATE-ORDER", last, lambda row: f"{end[row]} is not {word} {first} {begin[row]}",
        remedy=f"Give {last} a day {word} {first}, or leave it empty.",
    )  # fmt: skip


def _assessments(
    table: Table | None, ids: _Ids, people: People, reporting: Reporting | None, log: FaultLog
) -> Assessments:
    if table is None:
        table = Table(name="assessments", source="assessments", lines=np.zeros(0, np.int64))
    person = _referred(ids.person, table, "person_id", log, may_be_empty=False)
    skill = _referred(ids.skill, table, "skill_id", log, may_be_empty=False)
    assessor = _referred(ids.person, table, "assessor_id", log, may_be_empty=True)
    ids.check_levels(table, "level", log)
    places, labels = table.labelled("source")
    source = np.array([Source.named(label) if label else NO_CODE for label in labels], np.int8)[places]
    _check_self_assessors(table, person, assessor, source, log)
    _check_managers_assess(table, people, person, assessor, source, reporting, log)
    same = ["person_id", "skill_id", "source", "assessed_on"]
    _check_repeated(table, same, "DUPLICATE-ASSESSMENT", log, "Keep one assessment of a source a day.")
    versions = _categories(table, "model_version")
    return Assessments.sorted_from(
        person=person,
        skill=skill,
        level=table.numbers("level", 0),
        source=source,
        assessed_on=table.days("assessed_on"),
        assessor=assessor,
        model_version=versions.codes + 1,
        versions=("", *versions.labels),
    )


def _check_self_assessors(
    table: Table, person: NDArray[np.int32], assessor: NDArray[np.int32], source: NDArray[np.int8], log: FaultLog
) -> None:
    named = (assessor != NO_CODE) & (person != NO_CODE)
    log.rows_of(
        table,
        np.flatnonzero(named & (source == Source.SELF) & (assessor != person)),
        "WRONG-ASSESSOR",
        "assessor_id",
        lambda row: f"{shown(table.text('assessor_id', row))} is not the person assessed",
        remedy="A self-assessment is made by the person; leave the cell empty or mend the source.",
    )


def _check_managers_assess(
    table: Table,
    people: People,
    person: NDArray[np.int32],
    assessor: NDArray[np.int32],
    source: NDArray[np.int8],
    reporting: Reporting | None,
    log: FaultLog,
) -> None:
    named = (assessor != NO_CODE) & (person != NO_CODE)
    rows = np.flatnonzero(named & (source == Source.MANAGER))
    if not len(rows):
        return
    odd = rows[~ReportingForest(_without_cycles(people.manager)).is_above(assessor[rows], person[rows])]
    if reporting is not None:
        odd = odd[~reporting.managed(person[odd], assessor[odd], table.days("assessed_on")[odd])]
    log.rows_of(
        table,
        odd,
        "WRONG-ASSESSOR",
        "assessor_id",
        lambda row: f"{shown(table.text('assessor_id', row))} is not in the line of managers above the person",
        remedy="It is accepted, as the assessor may have been the manager before; the table reporting can say so.",
        warning=True,
    )


def _without_cycles(manager: NDArray[np.int32]) -> NDArray[np.int32]:
    without = manager.copy()
    without[manager == np.arange(len(manager))] = NO_CODE
    for cycle in find_cycles(without):
        without[cycle] = NO_CODE
    return without


def _reporting(table: Table | None, ids: _Ids, people: People, log: FaultLog) -> Reporting | None:
    if table is None:
        return None
    person = _referred(ids.person, table, "person_id", log, may_be_empty=False)
    manager = _referred(ids.person, table, "manager_id", log, may_be_empty=False)
    _check_order(table, "from_on", "until_on", log)
    _self_managers(table, np.flatnonzero((person == manager) & (person != NO_CODE)), log)
    begin, end = table.days("from_on"), table.days("until_on")
    _check_two_managers(table, person, begin, end, log)
    usable = np.flatnonzero(
        (person != NO_CODE) & (manager != NO_CODE) & (person != manager) & ~np.isnat(begin) & ~(end < begin)
    )
    reporting = Reporting(person[usable], manager[usable], begin[usable], end[usable])
    otherwise = _without_cycles(people.manager)
    for cycle in find_dated_cycles(
        otherwise, reporting.person, reporting.manager, reporting.from_on, reporting.until_on
    ):
        _manager_cycle(table, ids, cycle.people, usable[list(cycle.rows)], log, f" on {cycle.on}")
    return reporting


def _check_two_managers(
    table: Table, person: NDArray[np.int32], begin: NDArray[np.datetime64], end: NDArray[np.datetime64], log: FaultLog
) -> None:
    """Add a fault for each row that begins while an earlier one of the same person holds."""
    rows = np.flatnonzero((person != NO_CODE) & ~np.isnat(begin))
    rows = rows[np.lexsort((begin[rows], person[rows]))]
    # The last day so far, person by person: a later person's numbers lie above all of an earlier one's.
    base = person[rows].astype(np.int64) << _DAY_BITS
    last = np.where(np.isnat(end[rows]), (1 << _DAY_BITS) - 1, _day_number(end[rows]))
    so_far = np.maximum.accumulate(base + last)
    two = rows[1:][base[1:] + _day_number(begin[rows])[1:] <= so_far[:-1]]
    log.rows_of(
        table, np.sort(two), "TWO-MANAGERS", "from_on",
        lambda row: f"on {begin[row]} {shown(table.text('person_id', row))} has another manager already",
        remedy="End one reporting line before the next begins.",
    )  # fmt: skip


def _day_number(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return (days - np.datetime64("1900-01-01")).astype(np.int64)


def _pairs(table: Table | None, ids: _Ids, log: FaultLog) -> PairList:
    if table is None:
        return PairList.empty()
    mentee, mentor = _two_people(table, ids, log)
    skill = _referred(ids.skill, table, "skill_id", log, may_be_empty=True)
    return PairList(mentee, mentor, skill)


def _two_people(table: Table, ids: _Ids, log: FaultLog) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    mentee = _referred(ids.person, table, "mentee_id", log, may_be_empty=False)
    mentor = _referred(ids.person, table, "mentor_id", log, may_be_empty=False)
    log.rows_of(
        table, np.flatnonzero((mentee == mentor) & (mentee != NO_CODE)), "SELF-MENTOR", "mentor_id",
        lambda row: f"{shown(table.text('mentor_id', row))} is also the mentee",
        remedy="Name somebody else; nobody mentors themselves.",
    )  # fmt: skip
    return mentee, mentor


def _engaged(table: Table | None, ids: _Ids, people: People, log: FaultLog) -> Engaged:
    if table is None:
        return Engaged.empty()
    mentee, mentor = _two_people(table, ids, log)
    skill = _referred(ids.skill, table, "skill_id", log, may_be_empty=False)
    _check_order(table, "from_on", "until_on", log)
    _check_present(table, "mentee_id", mentee, people, log)
    _check_present(table, "mentor_id", mentor, people, log)
    same = ["mentor_id", "mentee_id", "skill_id", "from_on"]
    _check_repeated(table, same, "DUPLICATE-ENGAGEMENT", log, "Keep one row for an engagement.")
    return Engaged(mentor, mentee, skill, table.days("from_on"), table.days("until_on"))


def _check_present(table: Table, column: str, person: NDArray[np.int32], people: People, log: FaultLog) -> None:
    begin = table.days("from_on")
    known = np.flatnonzero(person != NO_CODE)
    gone = known[people.left_on[person[known]] <= begin[known]]
    log.rows_of(
        table, gone, "INACTIVE-PERSON", column,
        lambda row: f"{shown(table.text(column, row))} had left before {begin[row]}",
        remedy="Remove the engagement or mend the days.",
    )  # fmt: skip


def _requests(table: Table | None, ids: _Ids, log: FaultLog) -> GivenRequests | None:
    if table is None:
        return None
    person = _referred(ids.person, table, "person_id", log, may_be_empty=False)
    skill = _referred(ids.skill, table, "skill_id", log, may_be_empty=False)
    ids.check_levels(table, "target_level", log)
    _check_repeated(table, ["person_id", "skill_id"], "DUPLICATE-REQUEST", log, "Keep one request for a skill.")
    return GivenRequests(
        person,
        skill,
        table.numbers("target_level", -1).astype(np.int16),
        table.numbers("priority", -1).astype(np.int8),
        _categories(table, "reason"),
    )
