"""The tables of people and of their reporting lines put together, with every fault reported at once."""

import unicodedata

import numpy as np
from numpy.typing import NDArray

from taskmentor.errors import Fault, shown
from taskmentor.models.checks import References, check_order, check_repeated
from taskmentor.models.competency import RoleId
from taskmentor.models.forest import ReportingForest, find_cycles, find_dated_cycles
from taskmentor.models.organisation import Reporting
from taskmentor.models.people import NO_CODE, NO_GRADE, Categories, Extra, People
from taskmentor.models.tables import FaultLog, Table

__all__ = ["assemble_people", "assemble_reporting"]

MOST_LANGUAGES = 64
_CYCLE_SHOWN = 10
_DAY_BITS = 20  # days from 1900 to 2200 fit


def assemble_people(table: Table, references: References, log: FaultLog, *, deepest: int) -> People:
    """Return the people that the table `people` describes; where the log now holds errors, the best guess at them.

    Args:
        table: The table `people`.
        references: What it may refer to.
        log: What was found so far; everything found here is added.
        deepest: How many levels the reporting forest may have.
    """
    check_repeated(table, ["person_id"], "DUPLICATE-ID", log, remedy="Give each person an id of their own.")
    _check_confusable(table, log)
    manager = references.person.referred(table, "manager_id", log, may_be_empty=True)
    role = references.role.referred(table, "role_id", log, may_be_empty=True)
    check_order(table, "joined_on", "left_on", log, strictly=True)
    languages, language_names = _languages(table, log)
    person = references.person.codes(table, "person_id")
    managers = _managers(table, references, person, manager, log, deepest)
    # Among repeated ids, which are errors already, the first row stands for the person.
    codes, rows = np.unique(person, return_index=True)
    rows = rows[codes != NO_CODE]
    table, role = table.take(rows), role[rows]
    return People(
        ids=table.texts("person_id"),
        names=table.texts("name"),
        role=role,
        manager=managers,
        department=Categories.of(*table.labelled("department")),
        location=Categories.of(*table.labelled("location")),
        time_zone=Categories.of(*table.labelled("time_zone")),
        languages=languages[rows],
        language_names=language_names,
        grade=table.numbers("grade", NO_GRADE).astype(np.int16),
        capacity=table.numbers("capacity", 0 if table.has("capacity") else 1).astype(np.int32),
        mentee_limit=table.numbers("mentee_limit", 2).astype(np.int32),
        joined_on=table.days("joined_on"),
        left_on=table.days("left_on"),
        extras=tuple(_extra(table, name) for name in sorted(table.columns) if name.startswith("x_")),
        capacity_given=table.has("capacity"),
        role_ids=tuple(RoleId(role_id) for role_id in references.role.ids),
    )


def _extra(table: Table, name: str) -> Extra:
    column = table.columns[name]
    if column.labels is not None:
        return Extra(name, Categories.of(*table.labelled(name)), None, column.given)
    return Extra(name, None, column.numbers(0), column.given)


def _languages(table: Table, log: FaultLog) -> tuple[NDArray[np.uint64], tuple[str, ...]]:
    """Return the languages of each row as a mask of bits, and what each bit stands for."""
    cells = Categories.of(*table.labelled("languages"))
    spoken = [cell.split(";") for cell in cells.labels]
    names = sorted({name for some in spoken for name in some})
    if len(names) > MOST_LANGUAGES:
        problem = f"{len(names)} different languages are named"
        remedy = f"Name at most {MOST_LANGUAGES}, separated by ';', such as en;de."
        log.found(
            Fault(code="TOO-MANY-LANGUAGES", table=table.source, column="languages", problem=problem, remedy=remedy)
        )
    bits = {name: 1 << bit for bit, name in enumerate(names[:MOST_LANGUAGES])}
    masks = [sum(bits.get(name, 0) for name in some) for some in spoken]
    return np.array([*masks, 0], np.uint64)[cells.codes], tuple(bits)


def _managers(
    table: Table,
    references: References,
    person: NDArray[np.int32],
    manager: NDArray[np.int32],
    log: FaultLog,
    deepest: int,
) -> NDArray[np.int32]:
    """Return everybody's manager by person code, without cycles: each that is found is in the log, and undone here."""
    _self_managers(table, np.flatnonzero((manager == person) & (manager != NO_CODE)), log)
    managers, row_of = np.full((2, len(references.person.ids)), NO_CODE, np.int32)
    # Backwards, so that among repeated ids the first row stands for the person.
    usable = np.flatnonzero((person != NO_CODE) & (manager != person))[::-1]
    managers[person[usable]], row_of[person[usable]] = manager[usable], usable
    for cycle in find_cycles(managers):
        _manager_cycle(table, references, tuple(cycle), row_of[cycle], log)
        managers[cycle] = NO_CODE
    depth = int(ReportingForest(managers).depth.max(initial=-1)) + 1
    if depth > deepest:
        problem = f"the reporting lines are {depth:,} levels deep"
        remedy = f"Mend the managers, or raise the limit of {deepest:,} levels."
        log.found(Fault(code="ORG-TOO-DEEP", table=table.source, column="manager_id", problem=problem, remedy=remedy))
    return managers


def _self_managers(table: Table, own: NDArray[np.integer], log: FaultLog) -> None:
    remedy = "Leave the manager out for somebody who has none."
    log.rows_of(
        table, own, "SELF-MANAGER", "manager_id",
        lambda row: f"{shown(table.text('person_id', row))} is their own manager", remedy=remedy,
    )  # fmt: skip


def _manager_cycle(
    table: Table,
    references: References,
    cycle: tuple[int, ...],
    rows: NDArray[np.integer],
    log: FaultLog,
    when: str = "",
) -> None:
    """Add one fault for a cycle of managers; every row of it counts as faulty."""
    names = [references.person.ids[code] for code in cycle[:_CYCLE_SHOWN]]
    more = f" and so on, {len(cycle):,} people" if len(cycle) > _CYCLE_SHOWN else f" -> {names[0]}"
    problem = f"managers go in a circle{when}: {' -> '.join(names)}{more}"
    remedy = "Give one of them another manager."
    log.rows_of(table, rows[:1], "MANAGER-CYCLE", "manager_id", lambda _: problem, remedy=remedy)
    log.spoil(table, rows)


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


def assemble_reporting(table: Table, references: References, people: People, log: FaultLog) -> Reporting:
    """Return the dated reporting lines that the table `reporting` describes, without those that are faulty."""
    person = references.person.referred(table, "person_id", log)
    manager = references.person.referred(table, "manager_id", log)
    check_order(table, "from_on", "until_on", log)
    _self_managers(table, np.flatnonzero((person == manager) & (person != NO_CODE)), log)
    begin, end = table.days("from_on"), table.days("until_on")
    _check_two_managers(table, person, begin, end, log)
    usable = np.flatnonzero(
        (person != NO_CODE) & (manager != NO_CODE) & (person != manager) & ~np.isnat(begin) & ~(end < begin)
    )
    reporting = Reporting(person[usable], manager[usable], begin[usable], end[usable])
    for cycle in find_dated_cycles(
        people.manager, reporting.person, reporting.manager, reporting.from_on, reporting.until_on
    ):
        _manager_cycle(table, references, cycle.people, usable[list(cycle.rows)], log, f" on {cycle.on}")
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
