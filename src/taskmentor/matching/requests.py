"""Requests: the unit that is matched, one mentee, one skill, one target level."""

from collections.abc import Iterator
from datetime import date

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE, PersonId
from taskmentor.models.ranges import place_in_run
from taskmentor.proficiency import Proficiency, SkillGaps, gaps_of

__all__ = ["Request", "Requests", "open_requests", "requests"]


@frozen(kw_only=True)
class Request:
    """One mentee's wish to reach one level of one skill.

    Attributes:
        priority: 1 to 5, 5 first; the importance of the gap unless the request says otherwise.
    """

    mentee_id: PersonId
    skill_id: SkillId
    target_level: int
    priority: int


@frozen(eq=False, kw_only=True)
class Requests:
    """Requests as columns; the requests of one mentee stand together.

    Attributes:
        organisation: Whose requests these are.
        mentee: Person codes. Shape (n,).
        skill: Skill codes. Shape (n,).
        target: Levels. Shape (n,).
        current: The mentee's confirmed levels, the lowest where there is none. Shape (n,).
        priority: 1 to 5, 5 first. Shape (n,).
        n_met: How many given requests were left out because their target is confirmed already.
    """

    organisation: Organisation
    mentee: NDArray[np.int32]
    skill: NDArray[np.int32]
    target: NDArray[np.int8]
    current: NDArray[np.int8]
    priority: NDArray[np.int8]
    n_met: int = 0

    def __len__(self) -> int:
        return len(self.mentee)

    def __repr__(self) -> str:
        return f"Requests({len(self):,} requests of {len(np.unique(self.mentee)):,} mentees)"

    def __iter__(self) -> Iterator[Request]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, row: int) -> Request:
        return Request(
            mentee_id=self.organisation.people.id(int(self.mentee[row])),
            skill_id=self.organisation.model.skill_ids[self.skill[row]],
            target_level=int(self.target[row]),
            priority=int(self.priority[row]),
        )

    def take(self, rows: NDArray[np.integer]) -> "Requests":
        """Return some of the requests, in the order of `rows`."""
        return evolve(
            self,
            mentee=self.mentee[rows],
            skill=self.skill[rows],
            target=self.target[rows],
            current=self.current[rows],
            priority=self.priority[rows],
        )


def requests(gaps: SkillGaps, *, per_person: int = 3) -> Requests:
    """Return one request for each of the first gaps of each person.

    Args:
        gaps: Skill gaps, each person's in order of importance and size.
        per_person: How many requests one person makes at most.
    """
    kept = gaps.take(np.flatnonzero(place_in_run(gaps.person) < per_person))
    return Requests(
        organisation=gaps.organisation,
        mentee=kept.person,
        skill=kept.skill,
        target=kept.required,
        current=kept.confirmed,
        priority=kept.importance,
    )


def open_requests(organisation: Organisation, proficiency: Proficiency, *, on: date, per_person: int) -> Requests:
    """Return the requests of a day: those that were given, else those made from gaps.

    A skill in which the mentee has an engagement on that day is not requested again, nor a target that is confirmed
    already; given requests of the second kind are counted.

    Args:
        organisation: The organisation.
        proficiency: Everybody's confirmed proficiency.
        on: The day.
        per_person: How many requests made from gaps one person has at most.

    Raises:
        InputError: If a given request is of somebody who is not there on that day (`INACTIVE-PERSON`).
    """
    people = organisation.people
    there = people.active(on)
    if organisation.requests is not None:
        return _not_engaged(_given(organisation, proficiency, there), on)
    open_gaps = gaps_of(organisation, proficiency, np.flatnonzero(there & (people.role != NO_CODE)))
    free = _free_of_engagement(organisation, open_gaps.person, open_gaps.skill, on)
    return requests(open_gaps.take(np.flatnonzero(free)), per_person=per_person)


def _not_engaged(asked: Requests, on: date) -> Requests:
    return asked.take(np.flatnonzero(_free_of_engagement(asked.organisation, asked.mentee, asked.skill, on)))


def _free_of_engagement(
    organisation: Organisation, person: NDArray[np.int32], skill: NDArray[np.int32], on: date
) -> NDArray[np.bool_]:
    running = organisation.engaged.running(on)
    n_skills = len(organisation.model.skills)
    taken = running.mentee.astype(np.int64) * n_skills + running.skill
    return ~np.isin(person.astype(np.int64) * n_skills + skill, taken)


def _given(organisation: Organisation, proficiency: Proficiency, there: NDArray[np.bool_]) -> Requests:
    given = organisation.requests
    if given is None or len(given) == 0:
        none = np.zeros(0, np.int32)
        levels = np.zeros(0, np.int8)
        return Requests(
            organisation=organisation, mentee=none, skill=none, target=levels, current=levels, priority=levels
        )
    order = np.lexsort((given.skill, given.mentee))
    mentee, skill = given.mentee[order], given.skill[order]
    target, priority = given.target[order], given.priority[order]
    current, _ = proficiency.levels(mentee, skill)
    required, importance = _required(organisation, mentee, skill)
    # A requirement that is met already is no target: then it is one level more.
    usual = np.where(required > current, required, np.minimum(current + 1, organisation.model.scale.highest))
    asked = Requests(
        organisation=organisation,
        mentee=mentee,
        skill=skill,
        target=np.where(target == NO_CODE, usual, target).astype(np.int8),
        current=current,
        priority=np.where(priority == NO_CODE, importance, priority).astype(np.int8),
    )
    if absent := np.unique(asked.mentee[~there[asked.mentee]]).tolist():
        raise InputError([_absent(organisation.people.id(code)) for code in absent])
    unmet = np.flatnonzero(asked.target > asked.current)
    return evolve(asked.take(unmet), n_met=len(asked) - len(unmet))


def _absent(person_id: PersonId) -> Fault:
    return Fault(
        code="INACTIVE-PERSON",
        table="requests",
        problem=f"{person_id!r} is not there on that day",
        remedy="Remove the request, or ask for a day on which the person is there.",
    )


def _required(
    organisation: Organisation, person: NDArray[np.int32], skill: NDArray[np.int32]
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return the level and importance that each person's role asks of a skill, -1 and 3 where it asks nothing."""
    required, n_skills = organisation.model.required, len(organisation.model.skills)
    roles = np.repeat(np.arange(len(organisation.model.roles), dtype=np.int64), np.diff(required.start))
    key = roles * n_skills + required.skill
    wanted = organisation.people.role[person].astype(np.int64) * n_skills + skill
    place = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
    known = key[place] == wanted if len(key) else np.zeros(len(wanted), np.bool_)
    level = np.where(known, required.level[place] if len(key) else 0, NO_CODE)
    importance = np.where(known, required.importance[place] if len(key) else 0, 3)
    return level.astype(np.int8), importance.astype(np.int8)
