"""The organisation: a competency model, the people, their assessments, and what is settled between people already."""

import hashlib
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError
from taskmentor.models.assessments import Assessment, Assessments, Source
from taskmentor.models.availability import AvailabilityRows
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.forest import NOBODY, ReportingForest
from taskmentor.models.people import NO_CODE, Categories, People, PersonId, key_of_erased
from taskmentor.models.preferences import Preferences
from taskmentor.models.tables import hold_read_only
from taskmentor.models.wishes import Wishes

__all__ = ["Engaged", "EngagedRow", "GivenRequests", "LeftOut", "Organisation", "PairList", "Reporting"]


@frozen(eq=False)
class PairList:
    """Pairs of people that were pinned or blocked.

    Attributes:
        mentee: Person codes. Shape (n,).
        mentor: Person codes. Shape (n,).
        skill: Skill codes, -1 where none is named. Shape (n,).
    """

    mentee: NDArray[np.int32]
    mentor: NDArray[np.int32]
    skill: NDArray[np.int32]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.mentee)

    @classmethod
    def empty(cls) -> "PairList":
        """Return a list of no pairs."""
        none = np.zeros(0, np.int32)
        return cls(none, none, none)


class EngagedRow(NamedTuple):
    """One place that is taken, as a row of the table `engaged`.

    Attributes:
        mentor_id: Who teaches.
        mentee_id: Who learns.
        skill_id: The skill.
        from_on: The first day; None for always.
        until_on: The last day; None for an open end.
    """

    mentor_id: str
    mentee_id: str
    skill_id: str
    from_on: date | None = None
    until_on: date | None = None


@frozen(eq=False)
class Engaged:
    """Places that are taken already, by engagements from earlier rounds.

    Attributes:
        mentor: Person codes. Shape (n,).
        mentee: Person codes. Shape (n,).
        skill: Skill codes. Shape (n,).
        from_on: First day. Shape (n,).
        until_on: Last day, NaT for open end. Shape (n,).
    """

    mentor: NDArray[np.int32]
    mentee: NDArray[np.int32]
    skill: NDArray[np.int32]
    from_on: NDArray[np.datetime64]
    until_on: NDArray[np.datetime64]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.mentor)

    @classmethod
    def empty(cls) -> "Engaged":
        """Return no engagements."""
        none, days = np.zeros(0, np.int32), np.zeros(0, "datetime64[D]")
        return cls(none, none, none, days, days)

    @property
    def columns(self) -> tuple[NDArray[np.generic], ...]:
        """Return the columns in their documented order."""
        return self.mentor, self.mentee, self.skill, self.from_on, self.until_on

    def running(self, on: date) -> "Engaged":
        """Return the engagements that take a place on a day."""
        day = np.datetime64(on)
        rows = np.flatnonzero(~(self.from_on > day) & ~(self.until_on < day))
        return Engaged(self.mentor[rows], self.mentee[rows], self.skill[rows], self.from_on[rows], self.until_on[rows])


@frozen(eq=False)
class GivenRequests:
    """Requests that were given instead of being made from gaps.

    Attributes:
        mentee: Person codes. Shape (n,).
        skill: Skill codes. Shape (n,).
        target: Levels, -1 where none is given. Shape (n,).
        priority: 1 to 5, 5 first; -1 where none is given. Shape (n,).
        reason: Why it is asked for, in the mentee's words. Shape (n,).
    """

    mentee: NDArray[np.int32]
    skill: NDArray[np.int32]
    target: NDArray[np.int16]
    priority: NDArray[np.int8]
    reason: Categories

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.mentee)


@frozen(eq=False)
class Reporting:
    """Who reported to whom from when to when.

    Attributes:
        person: Person codes. Shape (n,).
        manager: Person codes. Shape (n,).
        from_on: First day. Shape (n,).
        until_on: Last day, NaT for open end. Shape (n,).
    """

    person: NDArray[np.int32]
    manager: NDArray[np.int32]
    from_on: NDArray[np.datetime64]
    until_on: NDArray[np.datetime64]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.person)

    def managers(self, otherwise: NDArray[np.int32], on: date | np.datetime64) -> NDArray[np.int32]:
        """Return everybody's manager on a day.

        Args:
            otherwise: The managers of those of whom this table says nothing at all. Shape (n_people,).
            on: The day.
        """
        day = np.datetime64(on)
        managers = otherwise.copy()
        managers[self.person] = NOBODY
        holds = np.flatnonzero(~(self.from_on > day) & ~(self.until_on < day))
        managers[self.person[holds]] = self.manager[holds]
        return managers

    def managed(
        self, person: NDArray[np.integer], manager: NDArray[np.integer], on: NDArray[np.datetime64]
    ) -> NDArray[np.bool_]:
        """Return for each pair whether one was the direct manager of the other on a day.

        Args:
            person: Person codes. Shape (n,).
            manager: Person codes. Shape (n,).
            on: Days. Shape (n,).
        """
        spans: dict[tuple[int, int], list[int]] = {}
        for row, pair in enumerate(zip(self.person.tolist(), self.manager.tolist(), strict=True)):
            spans.setdefault(pair, []).append(row)
        managed = np.zeros(len(person), np.bool_)
        for place, pair in enumerate(zip(person.tolist(), manager.tolist(), strict=True)):
            rows = spans.get(pair, [])
            managed[place] = bool(np.any((self.from_on[rows] <= on[place]) & ~(self.until_on[rows] < on[place])))
        return managed


@frozen(kw_only=True)
class LeftOut:
    """How many rows of a table were left out on request, and why.

    Attributes:
        table: The table.
        rows: How many of its rows were left out.
        faults: Why, the first cause first; in words as many as the reader's limits say.
        emptied: How many cells of other rows that named one of these were emptied, so that those rows could stay: the
            managers of people, and who made an assessment. `Organisation.warnings` tells which.
    """

    table: str
    rows: int
    faults: tuple[Fault, ...]
    emptied: int = 0


@frozen(eq=False, kw_only=True)
class Organisation:
    """Everything that matching needs to know, with all references checked.

    Made by `taskmentor.read_organisation`, `taskmentor.organisation_from_rows` or `taskmentor.synthetic`.

    Attributes:
        model: The competency model.
        people: Everybody.
        assessments: All assessments; those after the day of a question are not looked at.
        reporting: Dated reporting lines; None where the manager in `people` holds for every day.
        pins: Pairs that a plan must contain.
        blocks: Pairs that a plan must not contain.
        engaged: Places that are taken already.
        requests: Requests that were given; None where they are made from gaps.
        preferences: Whom people would rather mentor or be mentored by.
        availability: When people said that they are there for sessions; no part of the digest, as no plan looks at it.
        wishes: What people said about characteristics, for wishes about mentors alone.
        warnings: What was odd in the tables and accepted all the same.
        left_out: Rows that were left out on request.
    """

    model: CompetencyModel
    people: People
    assessments: Assessments
    reporting: Reporting | None = None
    pins: PairList = field(factory=PairList.empty)
    blocks: PairList = field(factory=PairList.empty)
    engaged: Engaged = field(factory=Engaged.empty)
    requests: GivenRequests | None = None
    preferences: Preferences = field(factory=Preferences.empty)
    availability: AvailabilityRows = field(factory=AvailabilityRows.empty)
    wishes: Wishes = field(factory=Wishes.empty)
    warnings: tuple[Fault, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Organisation({len(self.people):,} people, {len(self.model.roles):,} roles, "
            f"{len(self.model.skills):,} skills, {len(self.assessments):,} assessments)"
        )

    def managers(self, on: date) -> NDArray[np.int32]:
        """Return the code of everybody's manager on a day, -1 for nobody. Shape (n_people,)."""
        if self.reporting is None:
            return self.people.manager
        return self.reporting.managers(self.people.manager, on)

    def forest(self, on: date) -> ReportingForest:
        """Return the reporting forest of a day."""
        if self.reporting is None:
            return self._forest
        return ReportingForest(self.managers(on))

    @cached_property
    def _forest(self) -> ReportingForest:
        return ReportingForest(self.people.manager)

    def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
        """Return the managers above a person on a day, nearest first, without those who are not there on that day.

        Raises:
            UnknownIdError: If nobody has this id.
        """
        line = self.forest(on).line(self.people.code(person_id))
        there = self.people.active(on)
        return tuple(self.people.id(code) for code in line if there[code])

    def team(self, manager_id: str, on: date, *, levels: int | None = None) -> tuple[PersonId, ...]:
        """Return everybody below a manager on a day, sorted by id.

        Args:
            manager_id: The manager.
            on: The day.
            levels: How many levels down; None for all of them.

        Raises:
            UnknownIdError: If nobody has this id.
        """
        team = self.forest(on).team(self.people.code(manager_id), levels=levels)
        return tuple(self.people.id(code) for code in team.tolist())

    def assessed(self, *more: Assessment) -> "Organisation":
        """Return the same organisation with further assessments, such as a confirmed outcome.

        Raises:
            UnknownIdError: If an assessment names a person or skill that is not here, or a level off the scale; who
                assessed and was erased since is nobody, and the assessment stays.
            InputError: If there is one of the same person, skill, source and day already (`DUPLICATE-ASSESSMENT`).
        """
        for assessment in more:
            self.model.scale.name(assessment.level)
        old, versions = self.assessments, list(self.assessments.versions)
        for version in (assessment.model_version for assessment in more):
            if version not in versions:
                versions.append(version)
        named = (None if a.assessor_id is None or key_of_erased(a.assessor_id) else a.assessor_id for a in more)
        assessors = [NO_CODE if assessor is None else self.people.code(assessor) for assessor in named]
        days = np.array([a.assessed_on for a in more], "datetime64[D]")
        of_version = [versions.index(a.model_version) for a in more]
        merged = Assessments.sorted_from(
            person=np.append(old.person, self.people.codes([a.person_id for a in more])),
            skill=np.append(old.skill, [self.model.skill_code(a.skill_id) for a in more]).astype(np.int32),
            level=np.append(old.level, [a.level for a in more]).astype(np.int8),
            source=np.append(old.source, [a.source for a in more]).astype(np.int8),
            assessed_on=np.append(old.assessed_on, days),
            assessor=np.append(old.assessor, assessors).astype(np.int32),
            model_version=np.append(old.model_version, of_version).astype(np.int16),
            versions=tuple(versions),
        )
        same = np.logical_and.reduce([np.diff(column.astype(np.int64)) == 0 for column in merged.key()])
        if twice := np.flatnonzero(same).tolist():
            known = evolve(self, assessments=merged).assessment(twice[0])
            problem = f"{known.person_id} {known.skill_id} {known.source.label} {known.assessed_on} is there already"
            remedy = "Keep one assessment of a source a day."
            raise InputError([Fault(code="DUPLICATE-ASSESSMENT", table="assessments", problem=problem, remedy=remedy)])
        return evolve(self, assessments=merged)

    def assessment(self, row: int) -> Assessment:
        """Return one row of the assessments as a value."""
        rows, people = self.assessments, self.people
        assessor = int(rows.assessor[row])
        return Assessment(
            person_id=people.id(int(rows.person[row])),
            skill_id=self.model.skill_ids[rows.skill[row]],
            level=int(rows.level[row]),
            source=Source(int(rows.source[row])),
            assessed_on=rows.assessed_on[row].item(),
            assessor_id=None if assessor == NO_CODE else people.id(assessor),
            model_version=rows.versions[rows.model_version[row]],
        )

    def pairs(self, rows: list[tuple[str, str, str | None]]) -> PairList:
        """Return pairs (mentee id, mentor id, skill id or None) as columns, for pins and blocks.

        Raises:
            UnknownIdError: If an id names nobody and nothing.
        """
        skills = [NO_CODE if skill is None else self.model.skill_code(skill) for _, _, skill in rows]
        mentees, mentors = [row[0] for row in rows], [row[1] for row in rows]
        return PairList(self.people.codes(mentees), self.people.codes(mentors), np.array(skills, np.int32))

    def engaging(self, rows: Iterable[EngagedRow]) -> "Organisation":
        """Return the same organisation with further places taken, as `Store.engaged` gives them.

        A row with somebody whom the organisation does not know, as after an erasure, is left out: they are matched with
        nobody.

        Raises:
            UnknownIdError: If a row names no skill.
        """
        ids = set(self.people.ids.tolist())
        known = [row for row in rows if {row.mentor_id, row.mentee_id} <= ids]
        old = self.engaged
        more = Engaged(
            np.append(old.mentor, self.people.codes([row.mentor_id for row in known])).astype(np.int32),
            np.append(old.mentee, self.people.codes([row.mentee_id for row in known])).astype(np.int32),
            np.append(old.skill, [self.model.skill_code(row.skill_id) for row in known]).astype(np.int32),
            np.append(old.from_on, np.array([row.from_on for row in known], "datetime64[D]")),
            np.append(old.until_on, np.array([row.until_on for row in known], "datetime64[D]")),
        )
        return evolve(self, engaged=more)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256, in hexadecimal digits, of everything here that can change a plan.

        It is taken over columns sorted by id, so the order of the rows and the format of the files do not matter.
        """
        return _digest(self)


def _digest(organisation: Organisation) -> str:
    sha = hashlib.sha256(b"taskmentor organisation 1")
    for name, column in _digested_columns(organisation):
        sha.update(f"\0{name}\0{len(column)}\0".encode())
        if column.dtype.kind == "U":
            sha.update("\0".join(column.tolist()).encode())
        else:
            wide = column.astype("<M8[D]").astype("<i8") if column.dtype.kind == "M" else column.astype("<i8")
            sha.update(wide.tobytes())
    return sha.hexdigest()


def _digested_columns(organisation: Organisation) -> list[tuple[str, NDArray[np.generic]]]:
    people, model = organisation.people, organisation.model
    columns: list[tuple[str, NDArray[np.generic]]] = [
        ("scale", np.array([level.level for level in model.scale.levels])),
        ("skills", np.array(model.skill_ids, np.str_)),
        ("roles", np.array(model.role_ids, np.str_)),
        ("required", np.concatenate([model.required.start, model.required.skill])),
        ("required.level", np.concatenate([model.required.level, model.required.importance])),
        ("people", people.ids),
    ]
    for name in ("role", "manager", "grade", "capacity", "mentee_limit", "joined_on", "left_on"):
        columns.append((name, getattr(people, name)))
    for name in ("department", "location", "time_zone"):
        columns += _category_columns(name, getattr(people, name))
    spoken = people.languages.view(np.int64)
    columns += [("languages", spoken), ("language_names", np.array(people.language_names, np.str_))]
    for extra in people.extras:
        columns.append((f"{extra.name}.given", extra.given))
        if extra.texts is not None:
            columns += _category_columns(extra.name, extra.texts)
        if extra.numbers is not None:
            columns.append((extra.name, extra.numbers))
    assessments = organisation.assessments
    columns += [(f"assessments.{place}", column) for place, column in enumerate(assessments.arrays())]
    columns.append(("assessments.versions", np.array(assessments.versions, np.str_)))
    return [*columns, *_settled_columns(organisation)]


def _settled_columns(organisation: Organisation) -> list[tuple[str, NDArray[np.generic]]]:
    """Columns of the small tables, each sorted by all its columns."""
    settled: list[tuple[str, tuple[NDArray[np.generic], ...]]] = []
    for name, pairs in (("pins", organisation.pins), ("blocks", organisation.blocks)):
        settled.append((name, (pairs.mentee, pairs.mentor, pairs.skill)))
    engaged = organisation.engaged
    settled.append(
        ("engaged", (engaged.mentor, engaged.mentee, engaged.skill, engaged.from_on, engaged.until_on)),
    )
    if (reporting := organisation.reporting) is not None:
        settled.append(
            ("reporting", (reporting.person, reporting.manager, reporting.from_on, reporting.until_on)),
        )
    if (requests := organisation.requests) is not None:
        settled.append(("requests", (requests.mentee, requests.skill, requests.target, requests.priority)))
    if len(preferences := organisation.preferences):
        settled.append(("preferences", preferences.columns))
    columns: list[tuple[str, NDArray[np.generic]]] = []
    if len(wishes := organisation.wishes):
        columns.append(("wishes.labels", np.array(wishes.characteristic.labels, np.str_)))
        settled.append(("wishes", wishes.columns))
    for name, parts in settled:
        order = np.lexsort(parts[::-1])
        columns += [(f"{name}.{place}", part[order]) for place, part in enumerate(parts)]
    return columns


def _category_columns(name: str, categories: Categories) -> list[tuple[str, NDArray[np.generic]]]:
    return [(name, categories.codes), (f"{name}.labels", np.array(categories.labels, np.str_))]
