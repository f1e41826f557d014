"""Who somebody knows through mentoring: partners over time, and who could help with a skill (T23, T29, U8)."""

from collections.abc import Callable, Iterable
from datetime import date

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.outcomes.mentoring import Mentoring
from taskmentor.outcomes.ties import ALWAYS, Ties, mentoring_ties, worked_together
from taskmentor.outcomes.wording import counted
from taskmentor.proficiency import ProficiencyPolicy, confirmed_proficiency

__all__ = ["Contact", "Partners", "partners", "who_do_i_know"]


@frozen(kw_only=True)
class Contact:
    """Somebody who can help with a skill, and how to come to them.

    Attributes:
        person_id: Who it is; None where only the ones in between may say.
        level: Their confirmed level of the skill; None where the reader may not see it.
        distance: 1 for a past or present partner, 2 for a partner's partner.
        through: Who can introduce them, sorted; nobody at distance 1.
        since: From when on the two of the first step have known each other, the earliest; None for always.
    """

    person_id: PersonId | None
    level: int | None
    distance: int
    through: tuple[PersonId, ...] = ()
    since: date | None = None

    def told(self, may_read: Callable[[PersonId], bool]) -> "Contact":
        """Return the contact as a reader may see it.

        Whose partner somebody's partner has been is those two people's own business. So a reader who may not read of
        such a person is told whom to ask, and no more; of a partner of their own, who it is.

        Args:
            may_read: Tells of whom the reader may read levels.
        """
        if self.person_id is None or may_read(self.person_id):
            return self
        return evolve(self, level=None, person_id=self.person_id if self.distance == 1 else None)

    def __str__(self) -> str:
        level = "" if self.level is None else f" (level {self.level})"
        if self.distance == 1:
            return f"{self.person_id}{level}: you have worked together"
        return f"{self.person_id or 'somebody'}{level}: ask {' or '.join(self.through)}"


def who_do_i_know(
    organisation: Organisation,
    known: Iterable[Mentoring],
    person_id: str,
    skill_id: str,
    *,
    on: date,
    at_least: int | None = None,
    policy: ProficiencyPolicy | None = None,
) -> tuple[Contact, ...]:
    """Return whom somebody knows, over one or two steps of mentoring, who can help with a skill (T29).

    Those who are there on the day and are confirmed at the level asked for, nearest first, then highest level first,
    then most ways to them first, then by id. Somebody who can be reached in one step is not named again for two.

    Args:
        organisation: The organisation; its table `engaged` tells of earlier ties.
        known: Engagements, booked sessions and groups; those that have begun are ties.
        person_id: Who asks.
        skill_id: The skill.
        on: The day.
        at_least: The level to be confirmed at; one above the asker's own unless given, or the highest where that is
            their own.
        policy: Which assessment counts; `ManagerFirst()` unless said otherwise.

    Raises:
        UnknownIdError: If the person, the skill or the level is unknown.

    Complexity:
        O(n log n) for n engagements, rows and assessments.
    """
    people, scale = organisation.people, organisation.model.scale
    me, skill = people.code(person_id), organisation.model.skill_code(skill_id)
    proficiency = confirmed_proficiency(organisation, on=on, policy=policy)
    codes = np.arange(len(people))
    levels, assessed = proficiency.levels(codes, np.full(len(codes), skill))
    least = min(int(levels[me]) + 1, scale.highest) if at_least is None else at_least
    scale.name(least)
    ties = mentoring_ties(organisation, known).until(on)
    near, there = _neighbours(ties, me), people.active(on)
    able = there & assessed & (levels >= least)
    ways: dict[int, list[int]] = {other: [] for other in near}
    for between in near:
        for other in _neighbours(ties, between) if there[between] else ():
            if other != me and other not in near:
                ways.setdefault(other, []).append(between)
    found = []
    for person, through in ways.items():
        if able[person]:
            first = min(near[step] for step in (through or (person,)))
            found.append(
                Contact(
                    person_id=people.id(person),
                    level=int(levels[person]),
                    distance=2 if through else 1,
                    through=tuple(people.id(code) for code in sorted(through)),
                    since=None if first == ALWAYS else first.astype("datetime64[D]").item(),
                )
            )
    return tuple(sorted(found, key=_nearest_first))


def _nearest_first(contact: Contact) -> tuple[int, int, int, str]:
    return contact.distance, -(contact.level or 0), -len(contact.through), str(contact.person_id)


def _neighbours(ties: Ties, person: int) -> dict[int, np.datetime64]:
    """Return who is tied to a person, and from which day."""
    own = ties.of(person)
    return dict(zip((own.one + own.other - person).tolist(), own.day, strict=True))


@frozen(kw_only=True)
class Partners:
    """Whom somebody has worked with, and how different these were (T23, U8).

    Attributes:
        person_id: Whose partners.
        on: Until which day.
        times: How many engagements and booked sessions they had, each group counted once for each mentor or mentee.
        growth: The days on which a partner was new, with the number of distinct partners from then on; None for always.
        mentors: How many people mentored them.
        mentees: How many people they mentored.
        departments: How many departments their partners are in, their own included where a partner is.
        locations: How many locations.
        skills: How many skills it was about.
    """

    person_id: PersonId
    on: date
    times: int
    growth: tuple[tuple[date | None, int], ...]
    mentors: int
    mentees: int
    departments: int
    locations: int
    skills: int

    @property
    def distinct(self) -> int:
        """Return how many people they worked with."""
        return self.growth[-1][1] if self.growth else 0

    def __str__(self) -> str:
        return (
            f"{self.person_id}: {counted(self.distinct, 'partner')}, {counted(self.times, 'time')} until {self.on}, "
            f"from {counted(self.departments, 'department')} and {counted(self.locations, 'location')}; "
            f"{counted(self.mentors, 'mentor')}, {counted(self.mentees, 'mentee')}, {counted(self.skills, 'skill')}"
        )


def partners(organisation: Organisation, known: Iterable[Mentoring], person_id: str, *, on: date) -> Partners:
    """Return the distinct partners of somebody over time, and their variety.

    Args:
        organisation: The organisation; its table `engaged` tells of earlier ties.
        known: Engagements, booked sessions and groups; those that have begun count.
        person_id: Whose partners.
        on: Until which day.

    Raises:
        UnknownIdError: If nobody has this id.
    """
    people, me = organisation.people, organisation.people.code(person_id)
    given = [*known]
    worked = worked_together(organisation, given).until(on).of(me)
    ties = mentoring_ties(organisation, given).until(on).of(me)
    others = ties.one + ties.other - me
    days, first = np.unique(ties.day, return_index=True)
    so_far = np.append(first[1:], len(ties)).tolist() if len(days) else []
    dated = [None if day == ALWAYS else day.astype("datetime64[D]").item() for day in days]
    return Partners(
        person_id=people.id(me),
        on=on,
        times=len(worked),
        growth=tuple(zip(dated, so_far, strict=True)),
        mentors=len(np.unique(worked.mentor[worked.mentee == me])),
        mentees=len(np.unique(worked.mentee[worked.mentor == me])),
        departments=_different(people.department.codes[others]),
        locations=_different(people.location.codes[others]),
        skills=_different(worked.skill),
    )


def _different(codes: NDArray[np.int32]) -> int:
    return len(np.unique(codes[codes >= 0]))
