"""Bench strength: how many people can do what their role asks for, skill by skill, over time (T28)."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from attrs import evolve, field, frozen

from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE
from taskmentor.outcomes.breakdowns import SMALLEST, Amounts, Breakdown, Line, breakdown, hidden_alike
from taskmentor.outcomes.wording import aligned
from taskmentor.proficiency import (
    Proficiency,
    ProficiencyPolicy,
    check_day,
    confirmed_proficiency,
    requirements_of,
)

__all__ = ["Bench", "BenchDay", "at_level", "at_target", "bench_of", "bench_strength"]


@frozen(kw_only=True)
class BenchDay:
    """The bench of one skill on one day.

    Attributes:
        on: The day.
        skill_id: The skill; None for all skills together.
        asked: People whose role asks for the skill, once for each skill; None where that is kept back.
        at_target: Those of them who are confirmed at what their role asks for, or above.
        at_level: Everybody who is confirmed at the level that was asked about, or above; None where no level was.
    """

    on: date
    skill_id: SkillId | None
    asked: int | None
    at_target: int | None
    at_level: int | None = None


@frozen(kw_only=True)
class Bench:
    """The bench of every skill on a series of days.

    Attributes:
        days: The days, rising.
        level: The level that was asked about; None where none was.
        smallest: The fewest people whose numbers are shown together.
        rows: For each day every skill that somebody's role asks for, and all together at the end.
    """

    days: tuple[date, ...]
    level: int | None
    smallest: int
    rows: tuple[BenchDay, ...] = field(repr=False)

    def of(self, skill_id: str | None) -> tuple[BenchDay, ...]:
        """Return the bench of one skill, or of all together, day by day."""
        return tuple(row for row in self.rows if row.skill_id == skill_id)

    def __str__(self) -> str:
        skills = dict.fromkeys(row.skill_id for row in self.rows)
        by_place = {(row.skill_id, row.on): row for row in self.rows}
        header = ("skill", *(str(day) for day in self.days))
        rows = [
            (skill_id or "all", *(_cell(by_place.get((skill_id, day))) for day in self.days)) for skill_id in skills
        ]
        return "\n".join(aligned(header, rows))


def _cell(row: BenchDay | None) -> str:
    if row is None:
        return "–"
    text = "·" if row.asked is None else f"{row.at_target:,} of {row.asked:,}"
    return text if row.at_level is None else f"{text}, {row.at_level:,}"


def bench_strength(
    organisation: Organisation,
    days: Sequence[date],
    *,
    level: int | None = None,
    policy: ProficiencyPolicy | None = None,
    smallest: int = SMALLEST,
) -> Bench:
    """Return how many people are at or above their role's target in each skill, and at or above a level, day by day.

    People count on the days on which they are there, with the role they have in the table. A skill that fewer people
    have to know than are shown together is kept back on every day, and the next smallest with it where the total would
    tell.

    Args:
        organisation: The organisation.
        days: The days, in any order.
        level: A level to count everybody at, whatever their role; none is unless given.
        policy: Which assessment counts; `ManagerFirst()` unless said otherwise.
        smallest: The fewest people whose numbers are shown together.

    Raises:
        UnknownIdError: If the level is not on the scale.

    Complexity:
        O(n log n) for n requirements of all people, each day.
    """
    if level is not None:
        organisation.model.scale.name(level)
    rising = sorted(set(days))
    series, holders = [], {}
    for day in rising:
        check_day(day)
        known = confirmed_proficiency(organisation, on=day, policy=policy)
        series.append((day, breakdown(at_target(organisation, known, on=day), "skill", smallest=smallest)))
        if level is not None:
            holders[day] = breakdown(at_level(organisation, known, level, on=day), "skill", smallest=smallest)
    alike = hidden_alike(series)
    levels = dict(hidden_alike([*holders.items()]))
    return evolve(bench_of(alike, levels), level=level, smallest=smallest)


def bench_of(series: Sequence[tuple[date, Breakdown]], levels: Mapping[date, Breakdown] | None = None) -> Bench:
    """Return the bench that breakdowns by skill of what is at target tell, day by day.

    Args:
        series: Days, rising, each with its breakdown.
        levels: For days, breakdowns by skill of those at a level.
    """
    holders = levels or {}
    rows = [_row(day, line, holders.get(day)) for day, found in series for line in found]
    smallest = max((found.smallest for _, found in series), default=SMALLEST)
    return Bench(days=tuple(day for day, _ in series), level=None, smallest=smallest, rows=tuple(rows))


def _row(day: date, line: Line, holders: Breakdown | None) -> BenchDay:
    (skill_id,) = line.labels
    above = None
    if holders is not None:
        above = next((one.total for one in holders if one.labels == line.labels), 0)
    return BenchDay(
        on=day,
        skill_id=None if skill_id is None else SkillId(skill_id),
        asked=line.n,
        at_target=line.total,
        at_level=above,
    )


def at_target(organisation: Organisation, proficiency: Proficiency, *, on: date) -> Amounts:
    """Return, for everybody there on a day and each skill that their role asks for, 1 at or above the target, else 0.

    An unassessed skill counts as the scale's lowest level, as it does for gaps.
    """
    people, required = organisation.people, organisation.model.required
    person = np.flatnonzero(people.active(on) & (people.role != NO_CODE))
    owner, row = requirements_of(organisation, person)
    skill = required.skill[row]
    levels, _ = proficiency.levels(owner, skill)
    reached = (levels >= required.level[row]).astype(np.int64)
    return Amounts(organisation=organisation, what="at target", person=owner, amount=reached, skill=skill)


def at_level(organisation: Organisation, proficiency: Proficiency, level: int, *, on: date) -> Amounts:
    """Return 1 for everybody there on a day and each skill in which they are confirmed at a level or above."""
    there = organisation.people.active(on)[proficiency.person]
    rows = np.flatnonzero(there & (proficiency.level >= level))
    return Amounts(
        organisation=organisation,
        what=f"at level {level}",
        person=proficiency.person[rows],
        amount=np.ones(len(rows), np.int64),
        skill=proficiency.skill[rows],
    )
