"""The competency model: a scale of levels, skills, the behaviours that show a level, and what each role requires."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NewType

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, UnknownIdError, shown
from taskmentor.models.suggestions import Suggestions
from taskmentor.models.tables import hold_read_only

__all__ = [
    "HIGHEST_IMPORTANCE",
    "LOWEST_IMPORTANCE",
    "Behaviour",
    "CompetencyModel",
    "ProficiencyLevel",
    "ProficiencyScale",
    "RequiredColumns",
    "Requirement",
    "Role",
    "RoleId",
    "Skill",
    "SkillId",
    "is_scale",
    "model_faults",
]

SkillId = NewType("SkillId", str)
RoleId = NewType("RoleId", str)

LOWEST_IMPORTANCE = 1
HIGHEST_IMPORTANCE = 5
_LEVELS_SHOWN = 20
_HIGHEST_LEVEL = 100  # levels are held in eight bits

Place = Callable[[str, int], tuple[str, int | None]]
"""Where the n-th row of a table stands, as (file or table, line), for messages."""


@frozen
class ProficiencyLevel:
    """One named level of a proficiency scale."""

    level: int
    name: str
    description: str = ""


def _lowest_first(given: Iterable[ProficiencyLevel]) -> tuple[ProficiencyLevel, ...]:
    return tuple(sorted(given, key=lambda level: level.level))


@frozen
class ProficiencyScale:
    """The levels of proficiency that one organisation uses, lowest first, without gaps between them."""

    levels: tuple[ProficiencyLevel, ...] = field(converter=_lowest_first)

    @property
    def lowest(self) -> int:
        """Return the lowest level, which is also what an unassessed skill counts as in a gap."""
        return self.levels[0].level

    @property
    def highest(self) -> int:
        """Return the highest level."""
        return self.levels[-1].level

    def __contains__(self, level: int) -> bool:
        return self.lowest <= level <= self.highest

    def name(self, level: int) -> str:
        """Return the name of a level of this scale.

        Raises:
            UnknownIdError: If the scale has no such level.
        """
        if level not in self:
            raise UnknownIdError(f"level of the scale {self}", str(level))
        return self.levels[level - self.lowest].name

    def __str__(self) -> str:
        return f"{self.lowest} ({self.levels[0].name}) to {self.highest} ({self.levels[-1].name})"


@frozen(kw_only=True)
class Skill:
    """Something a person can be good at and can learn from somebody else."""

    id: SkillId
    name: str
    category: str = ""
    description: str = ""


@frozen(kw_only=True)
class Behaviour:
    """What somebody does who has a skill at a level: what is practised in an engagement (T5, T11).

    `role_id` narrows it to one role; None holds for every role.
    """

    skill_id: SkillId
    level: int
    text: str
    role_id: RoleId | None = None


@frozen(kw_only=True)
class Role:
    """A kind of post, which requires skills at levels."""

    id: RoleId
    title: str


@frozen(kw_only=True)
class Requirement:
    """The level of a skill that a role asks for; importance is 1 to 5, 5 the most important."""

    role_id: RoleId
    skill_id: SkillId
    level: int
    importance: int = 3


def _skills_by_id(given: Iterable[Skill]) -> tuple[Skill, ...]:
    return tuple(sorted(given, key=lambda skill: skill.id))


def _roles_by_id(given: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(sorted(given, key=lambda role: role.id))


def _requirements_by_ids(given: Iterable[Requirement]) -> tuple[Requirement, ...]:
    return tuple(sorted(given, key=lambda requirement: (requirement.role_id, requirement.skill_id)))


def _behaviours_by_level(given: Iterable[Behaviour]) -> tuple[Behaviour, ...]:
    return tuple(sorted(given, key=lambda shows: (shows.skill_id, shows.level, shows.role_id or "", shows.text)))


def _plain_place(table: str, index: int) -> tuple[str, int | None]:
    return table, index + 1


@frozen(kw_only=True)
class CompetencyModel:
    """A versioned competency model; everything in it is sorted by id, so equal models compare equal.

    Attributes:
        id: The model's own id.
        version: The version that assessments may name.
        title: What people call it.
        scale: The one proficiency scale.
        skills: Sorted by id; a skill's place here is its code in every table of columns.
        behaviours: Sorted by skill, level, role and text.
        roles: Sorted by id; a role's place here is its code.
        requirements: Sorted by role and skill.

    Raises:
        InputError: If ids repeat, references point nowhere, or a level is not on the scale.
    """

    scale: ProficiencyScale
    skills: tuple[Skill, ...] = field(converter=_skills_by_id)
    roles: tuple[Role, ...] = field(converter=_roles_by_id)
    requirements: tuple[Requirement, ...] = field(converter=_requirements_by_ids)
    behaviours: tuple[Behaviour, ...] = field(default=(), converter=_behaviours_by_level)
    id: str = "model"
    version: str = "1"
    title: str = ""

    def __attrs_post_init__(self) -> None:
        faults = model_faults(self.scale.levels, self.skills, self.roles, self.requirements, self.behaviours)
        if faults:
            raise InputError(faults)

    @cached_property
    def skill_ids(self) -> tuple[SkillId, ...]:
        """Return the ids of all skills, sorted; the place of an id is the skill's code."""
        return tuple(skill.id for skill in self.skills)

    @cached_property
    def role_ids(self) -> tuple[RoleId, ...]:
        """Return the ids of all roles, sorted; the place of an id is the role's code."""
        return tuple(role.id for role in self.roles)

    def skill_code(self, skill_id: str) -> int:
        """Return the code of a skill: its place among all skills sorted by id.

        Raises:
            UnknownIdError: If the model has no such skill; the message names the nearest one.
        """
        return _code(self.skill_ids, skill_id, "skill")

    def role_code(self, role_id: str) -> int:
        """Return the code of a role: its place among all roles sorted by id.

        Raises:
            UnknownIdError: If the model has no such role; the message names the nearest one.
        """
        return _code(self.role_ids, role_id, "role")

    def skill(self, skill_id: str) -> Skill:
        """Return the skill of an id.

        Raises:
            UnknownIdError: If the model has no such skill.
        """
        return self.skills[self.skill_code(skill_id)]

    def behaviours_for(
        self, skill_id: str, *, above: int, up_to: int, role_id: str | None = None
    ) -> tuple[Behaviour, ...]:
        """Return the behaviours to practise on the way from one level to another, lowest level first.

        Args:
            skill_id: The skill.
            above: The level that is reached already; its own behaviours are left out.
            up_to: The level to reach; its behaviours are included.
            role_id: Adds the behaviours that hold for this role alone.
        """
        return tuple(
            shows
            for shows in self.behaviours
            if shows.skill_id == skill_id and above < shows.level <= up_to and shows.role_id in (None, role_id)
        )

    @cached_property
    def required(self) -> "RequiredColumns":
        """Return the requirements as columns, sorted by role and skill."""
        roles = {role_id: code for code, role_id in enumerate(self.role_ids)}
        skills = {skill_id: code for code, skill_id in enumerate(self.skill_ids)}
        rows = [(roles[r.role_id], skills[r.skill_id], r.level, r.importance) for r in self.requirements]
        columns = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return RequiredColumns(
            start=np.searchsorted(columns[:, 0], np.arange(len(self.roles) + 1)).astype(np.int64),
            skill=columns[:, 1].astype(np.int32),
            level=columns[:, 2].astype(np.int8),
            importance=columns[:, 3].astype(np.int8),
        )


@frozen(eq=False)
class RequiredColumns:
    """Requirements as columns; those of role code `r` stand in `start[r]:start[r + 1]`.

    Attributes:
        start: Shape (n_roles + 1,).
        skill: Skill codes. Shape (n_requirements,).
        level: Required levels on the scale. Shape (n_requirements,).
        importance: 1 to 5. Shape (n_requirements,).
    """

    start: NDArray[np.int64]
    skill: NDArray[np.int32]
    level: NDArray[np.int8]
    importance: NDArray[np.int8]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)


def _code(ids: Sequence[str], wanted: str, kind: str) -> int:
    place = bisect_left(ids, wanted)
    if place == len(ids) or ids[place] != wanted:
        raise UnknownIdError(kind, wanted, ids)
    return place


def model_faults(
    levels: Sequence[ProficiencyLevel],
    skills: Sequence[Skill],
    roles: Sequence[Role],
    requirements: Sequence[Requirement],
    behaviours: Sequence[Behaviour],
    place: Place = _plain_place,
) -> list[Fault]:
    """Return everything that is wrong between the parts of a competency model.

    Args:
        levels: The rows of table `scale`.
        skills: The rows of table `skills`.
        roles: The rows of table `roles`.
        requirements: The rows of table `requirements`.
        behaviours: The rows of table `behaviours`.
        place: Where a row stands, for the messages.
    """
    numbers = sorted(level.level for level in levels)
    known = _Known(
        levels=tuple(numbers) if is_scale(numbers) else (),
        skills=frozenset(skill.id for skill in skills),
        roles=frozenset(role.id for role in roles),
        place=place,
    )
    return [
        *_scale_faults(levels, place),
        *_repeated([s.id for s in skills], "skills", "skill_id", place),
        *_repeated([r.id for r in roles], "roles", "role_id", place),
        *known.requirement_faults(requirements),
        *known.behaviour_faults(behaviours),
    ]


def is_scale(levels: Sequence[int]) -> bool:
    """Return whether whole numbers, sorted, are the levels of a scale: two or more, in steps of one, none too high."""
    return len(levels) >= 2 and list(levels) == list(range(levels[0], levels[0] + len(levels))) and _fits(levels)


def _fits(levels: Sequence[int]) -> bool:
    return levels[0] >= 0 and levels[-1] <= _HIGHEST_LEVEL


def _scale_faults(levels: Sequence[ProficiencyLevel], place: Place) -> Iterator[Fault]:
    table, _ = place("scale", 0)
    wanted = "Give two or more levels in whole steps of one, such as 0, 1, 2, 3, each once."
    numbers = sorted(level.level for level in levels)
    given = ", ".join(map(str, numbers[:_LEVELS_SHOWN])) + (", ..." if len(numbers) > _LEVELS_SHOWN else "")
    if len(numbers) < 2 or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        yield Fault(
            code="BAD-SCALE", table=table, problem=f"the levels {given or '(none)'} are not a scale", remedy=wanted
        )
    elif not _fits(numbers):
        problem = f"levels run from {numbers[0]} to {numbers[-1]}"
        yield Fault(code="BAD-SCALE", table=table, problem=problem, remedy=f"Use levels from 0 to {_HIGHEST_LEVEL}.")


def _repeated(ids: Sequence[str], table: str, column: str, place: Place) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, row_id in enumerate(ids):
        before = first.setdefault(row_id, index)
        if before != index:
            source, line = place(table, index)
            problem = f"{shown(row_id)} stands also on line {place(table, before)[1]}"
            remedy = "Give each row an id of its own."
            yield Fault(code="DUPLICATE-ID", table=source, line=line, column=column, problem=problem, remedy=remedy)


@frozen(kw_only=True)
class _Known:
    """What the references of requirements and behaviours may name."""

    levels: tuple[int, ...]
    skills: frozenset[str]
    roles: frozenset[str]
    place: Place

    @cached_property
    def _near_skill(self) -> Suggestions:
        return Suggestions(self.skills)

    @cached_property
    def _near_role(self) -> Suggestions:
        return Suggestions(self.roles)

    def requirement_faults(self, requirements: Sequence[Requirement]) -> Iterator[Fault]:
        seen: dict[tuple[str, str], int] = {}
        for index, row in enumerate(requirements):
            yield from self._reference_faults("requirements", index, row.skill_id, row.level, row.role_id)
            if not LOWEST_IMPORTANCE <= row.importance <= HIGHEST_IMPORTANCE:
                problem = f"importance {row.importance} is out of range"
                remedy = f"Use {LOWEST_IMPORTANCE} to {HIGHEST_IMPORTANCE}."
                yield self._fault("OUT-OF-RANGE", "requirements", index, "importance", problem, remedy)
            before = seen.setdefault((row.role_id, row.skill_id), index)
            if before != index:
                line = self.place("requirements", before)[1]
                problem = f"role {shown(row.role_id)} requires {shown(row.skill_id)} also on line {line}"
                remedy = "Keep one level for each skill of a role."
                yield self._fault("CONFLICTING-REQUIREMENT", "requirements", index, "skill_id", problem, remedy)

    def behaviour_faults(self, behaviours: Sequence[Behaviour]) -> Iterator[Fault]:
        for index, row in enumerate(behaviours):
            yield from self._reference_faults("behaviours", index, row.skill_id, row.level, row.role_id)

    def _reference_faults(
        self, table: str, index: int, skill_id: str, level: int, role_id: str | None
    ) -> Iterator[Fault]:
        if role_id is not None and role_id not in self.roles:
            problem = f"{shown(role_id)} names no role{self._near_role(role_id)}"
            yield self._fault("UNKNOWN-ROLE", table, index, "role_id", problem, "Add the role or mend the id.")
        if skill_id not in self.skills:
            problem = f"{shown(skill_id)} names no skill{self._near_skill(skill_id)}"
            yield self._fault("UNKNOWN-SKILL", table, index, "skill_id", problem, "Add the skill or mend the id.")
        if self.levels and level not in self.levels:
            problem = f"level {level} is not on the scale"
            remedy = f"Use {self.levels[0]} to {self.levels[-1]}."
            yield self._fault("OUT-OF-SCALE", table, index, "level", problem, remedy)

    def _fault(self, code: str, table: str, index: int, column: str, problem: str, remedy: str) -> Fault:
        source, line = self.place(table, index)
        return Fault(code=code, table=source, line=line, column=column, problem=problem, remedy=remedy)
