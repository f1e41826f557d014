"""Tables put together into an organisation, with every reference checked and every fault reported at once.

What concerns the competency model alone stands in `model_assembly`, what concerns people and managers in
`people_assembly`; here is what stands between them.
"""

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from taskmentor.errors import shown
from taskmentor.models.assessments import Assessments, Source
from taskmentor.models.availability_assembly import assemble_availability
from taskmentor.models.checks import NOTHING_GONE, Gone, References, Tables, check_order, check_repeated
from taskmentor.models.forest import ReportingForest
from taskmentor.models.model_assembly import assemble_model
from taskmentor.models.organisation import Engaged, GivenRequests, Organisation, PairList, Reporting
from taskmentor.models.people import NO_CODE, Categories, People
from taskmentor.models.people_assembly import assemble_people, assemble_reporting
from taskmentor.models.preferences import Preferences, Side
from taskmentor.models.tables import Column, FaultLog, Table
from taskmentor.models.wishes import Wishes

__all__ = ["assemble"]


def assemble(
    tables: Tables,
    log: FaultLog,
    *,
    deepest: int = 10_000,
    unread: frozenset[str] = frozenset(),
    gone: Gone = NOTHING_GONE,
) -> Organisation | None:
    """Return the organisation that the tables describe, or None where the log now holds errors.

    Args:
        tables: Well-formed tables by name; `people` and `MODEL_TABLES` are there, empty where they are unread.
        log: What was found so far; everything found here is added.
        deepest: How many levels the reporting forest may have.
        unread: Tables that are there but could not be read; nothing is said about references to them.
        gone: The ids of rows that were left out, by kind.

    Complexity:
        O(n log n) for n rows in all; dated reporting lines take a walk up the line each.
    """
    references = References.of(tables, unread, gone)
    model = assemble_model(tables, log, unread=unread, gone=gone)
    people = assemble_people(tables["people"], references, log, deepest=deepest)
    reporting = assemble_reporting(tables["reporting"], references, people, log) if "reporting" in tables else None
    assessments = _assessments(tables.get("assessments"), references, people, reporting, log)
    pins, blocks = _pairs(tables.get("pins"), references, log), _pairs(tables.get("blocks"), references, log)
    engaged = _engaged(tables.get("engaged"), references, people, log)
    requests = _requests(tables.get("requests"), references, log)
    preferences = _preferences(tables.get("preferences"), references, log)
    availability = assemble_availability(tables.get("availability"), references, people, log)
    wishes = _wishes(tables.get("wishes"), references, log)
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
        preferences=preferences,
        availability=availability,
        wishes=wishes,
        warnings=log.warnings(),
    )


def _assessments(
    table: Table | None, references: References, people: People, reporting: Reporting | None, log: FaultLog
) -> Assessments:
    if table is None:
        table = Table.empty("assessments")
    person = references.person.referred(table, "person_id", log)
    skill = references.skill.referred(table, "skill_id", log)
    assessor = references.person.referred(table, "assessor_id", log, may_be_empty=True)
    references.check_levels(table, "level", log)
    places, labels = table.labelled("source")
    source = np.array([Source.named(label) if label else NO_CODE for label in labels], np.int8)[places]
    _check_self_assessors(table, person, assessor, source, log)
    _check_managers_assess(table, people, person, assessor, source, reporting, log)
    same = ["person_id", "skill_id", "source", "assessed_on"]
    check_repeated(table, same, "DUPLICATE-ASSESSMENT", log, remedy="Keep one assessment of a source a day.")
    versions = Categories.of(*table.labelled("model_version"))
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
    odd = rows[~ReportingForest(people.manager).is_above(assessor[rows], person[rows])]
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


def _pairs(table: Table | None, references: References, log: FaultLog) -> PairList:
    if table is None:
        return PairList.empty()
    mentee, mentor = _two_people(table, references, log)
    skill = references.skill.referred(table, "skill_id", log, may_be_empty=True)
    return PairList(mentee, mentor, skill)


def _two_people(table: Table, references: References, log: FaultLog) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    mentee = references.person.referred(table, "mentee_id", log)
    mentor = references.person.referred(table, "mentor_id", log)
    log.rows_of(
        table, np.flatnonzero((mentee == mentor) & (mentee != NO_CODE)), "SELF-MENTOR", "mentor_id",
        lambda row: f"{shown(table.text('mentor_id', row))} is also the mentee",
        remedy="Name somebody else; nobody mentors themselves.",
    )  # fmt: skip
    return mentee, mentor


def _engaged(table: Table | None, references: References, people: People, log: FaultLog) -> Engaged:
    if table is None:
        return Engaged.empty()
    mentee, mentor = _two_people(table, references, log)
    skill = references.skill.referred(table, "skill_id", log)
    check_order(table, "from_on", "until_on", log)
    _check_present(table, "mentee_id", mentee, people, log)
    _check_present(table, "mentor_id", mentor, people, log)
    same = ["mentor_id", "mentee_id", "skill_id", "from_on"]
    check_repeated(table, same, "DUPLICATE-ENGAGEMENT", log, remedy="Keep one row for an engagement.")
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


def _requests(table: Table | None, references: References, log: FaultLog) -> GivenRequests | None:
    if table is None:
        return None
    person = references.person.referred(table, "person_id", log)
    skill = references.skill.referred(table, "skill_id", log)
    references.check_levels(table, "target_level", log)
    check_repeated(table, ["person_id", "skill_id"], "DUPLICATE-REQUEST", log, remedy="Keep one request for a skill.")
    return GivenRequests(
        person,
        skill,
        table.numbers("target_level", -1).astype(np.int16),
        table.numbers("priority", -1).astype(np.int8),
        Categories.of(*table.labelled("reason")),
    )


def _preferences(table: Table | None, references: References, log: FaultLog) -> Preferences:
    if table is None:
        return Preferences.empty()
    person = references.person.referred(table, "person_id", log)
    skill = references.skill.referred(table, "skill_id", log, may_be_empty=True)
    preferred = references.person.referred(table, "preferred_id", log, may_be_empty=True)
    log.rows_of(
        table, np.flatnonzero((person == preferred) & (person != NO_CODE)), "SELF-MENTOR", "preferred_id",
        lambda row: f"{shown(table.text('preferred_id', row))} is the person whose list it is",
        remedy="Name somebody else; nobody mentors themselves.",
    )  # fmt: skip
    _check_lists(table, log)
    return Preferences(person, _sides(table), skill, preferred, table.numbers("rank", 0).astype(np.int32))


def _sides(table: Table) -> NDArray[np.int8]:
    places, labels = table.labelled("side")
    sides = {side.label: side for side in Side}
    return np.array([sides.get(label, NO_CODE) for label in labels], np.int8)[places]


def _wishes(table: Table | None, references: References, log: FaultLog) -> Wishes:
    if table is None:
        return Wishes.empty()
    person = references.person.referred(table, "person_id", log)
    check_order(table, "consented_on", "withdrawn_on", log)
    same = ["person_id", "side", "characteristic", "consented_on"]
    check_repeated(table, same, "DUPLICATE-WISH", log, remedy="Keep one row for what somebody says.")
    said = Categories.of(*table.labelled("characteristic"))
    return Wishes(person, _sides(table), said, table.days("consented_on"), table.days("withdrawn_on"))


def _check_lists(table: Table, log: FaultLog) -> None:
    # A cell that could not be read is no empty one; what is wrong with it has been said.
    sound = np.ones(len(table), np.bool_)
    sound[list(log.rows.get(table.name, ()))] = False
    named, ranked = table.given("preferred_id"), table.given("rank")
    log.rows_of(
        table, np.flatnonzero(sound & named & ~ranked), "MISSING-VALUE", "rank",
        lambda row: f"{shown(table.text('preferred_id', row))} is preferred and has no rank",
        remedy="Give a whole number, 1 for the best; equal ones are ties.",
    )  # fmt: skip
    log.rows_of(
        table, np.flatnonzero(sound & ~named & ranked), "MISSING-VALUE", "preferred_id",
        lambda _: "a rank stands here alone",
        remedy="Name somebody; a row with neither says that everybody else comes after those on the list.",
    )  # fmt: skip
    same = ["person_id", "side", "skill_id", "preferred_id"]
    cells = {name: table.labelled(name) for name in same}  # an empty cell is repeated like any other
    filled = {name: Column(places, sound, labels) for name, (places, labels) in cells.items()}
    once = "Keep one row for each person on a list."
    check_repeated(evolve(table, columns=filled), same, "DUPLICATE-PREFERENCE", log, remedy=once)
