"""Supply and demand by skill, before anybody is matched: open gaps, and the places of those who could close them."""

from collections.abc import Container, Iterable, Iterator
from datetime import date

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.outcomes.breakdowns import SMALLEST, Amounts, breakdown, gap_amounts, tally
from taskmentor.outcomes.load import places_held
from taskmentor.outcomes.mentoring import Mentoring
from taskmentor.outcomes.suppression import n_different
from taskmentor.outcomes.wording import aligned, shown
from taskmentor.proficiency import Proficiency, ProficiencyPolicy, SkillGaps, confirmed_proficiency, gaps_of

__all__ = ["SkillSupply", "Supply", "supply_and_demand"]


@frozen(kw_only=True)
class SkillSupply:
    """Supply and demand of one skill; None where a number is about too few people.

    Attributes:
        skill_id: The skill.
        gaps: Open gaps.
        alone: Gaps that nobody with a free place is qualified for.
        mentors: People with a free place who are qualified for at least one of the gaps.
        places: Their free places, each counted in every skill that it could serve.
        own_places: Those of mentors who could serve no other skill.
    """

    skill_id: SkillId
    gaps: int | None
    alone: int | None
    mentors: int | None
    places: int | None
    own_places: int | None


@frozen(kw_only=True)
class Supply:
    """Supply and demand of a day.

    Mentors have one capacity for all their skills, so the places of skills add up to more than there are. What a skill
    can count on lies between its own places and its places; what all can have together is at most `at_most`.

    Attributes:
        on: The day.
        gaps: Open gaps; None, as all that follows, where it is about too few people.
        people: People who have one.
        mentors: People with a free place who are qualified for at least one of them.
        places: Their free places, each counted once.
        at_most: A bound on how many gaps can have a mentor at a time: by places of each skill, by all places, and by
            the limits of those who have the gaps.
        skills: Every skill with a gap, by id.
    """

    on: date
    gaps: int | None
    people: int | None
    mentors: int | None
    places: int | None
    at_most: int | None
    skills: tuple[SkillSupply, ...] = field(repr=False)

    def kept_back(self, skill_ids: Container[str]) -> "Supply":
        """Return it without the gaps of some skills, where something else would tell too much together with them."""
        skills = tuple(evolve(row, gaps=None, alone=None) if row.skill_id in skill_ids else row for row in self.skills)
        return evolve(self, skills=skills)

    def __str__(self) -> str:
        header = ("skill", "gaps", "alone", "mentors", "places", "own places")
        rows = [
            (row.skill_id, *map(shown, (row.gaps, row.alone, row.mentors, row.places, row.own_places)))
            for row in self.skills
        ]
        first = (
            f"Open gaps on {self.on}: {shown(self.gaps)}, of {shown(self.people)} people. Qualified mentors: "
            f"{shown(self.mentors)}, with {shown(self.places)} free places. Gaps that can have a mentor at a time: "
            f"at most {shown(self.at_most)}."
        )
        return "\n".join([first, *aligned(header, rows)])


def supply_and_demand(
    organisation: Organisation,
    known: Iterable[Mentoring] = (),
    *,
    on: date,
    policy: ProficiencyPolicy | None = None,
    smallest: int = SMALLEST,
) -> Supply:
    """Return, for each skill, the open gaps of a day and the free places of those who could close them.

    Qualified is who is confirmed at or above what a gap asks for, as under the rule `Qualified`; other rules of a
    policy are not looked at, so a round may find less.

    Args:
        organisation: The organisation.
        known: Engagements, groups and booked sessions that take places.
        on: The day.
        policy: Which assessment counts; `ManagerFirst()` unless said otherwise.
        smallest: The fewest people whose numbers are shown together.

    Complexity:
        O(n log n) for n assessments and requirements of all people.
    """
    people = organisation.people
    proficiency = confirmed_proficiency(organisation, on=on, policy=policy)
    there = people.active(on)
    open_gaps = gaps_of(organisation, proficiency, np.flatnonzero(there & (people.role >= 0)))
    free = np.where(there, np.maximum(people.capacity - places_held(organisation, known, on=on), 0), 0)
    offers = _offers(organisation, proficiency, open_gaps, free)
    alone = _alone(open_gaps, proficiency, free)
    mentors = np.unique(offers.person)
    places, asked = int(free[mentors].sum()), len(np.unique(open_gaps.person))
    told, offered = asked >= smallest or not asked, len(mentors) >= smallest or not len(mentors)
    return Supply(
        on=on,
        gaps=len(open_gaps) if told else None,
        people=asked if told else None,
        mentors=len(mentors) if offered else None,
        places=places if offered else None,
        at_most=_at_most(open_gaps, offers, places) if told and offered else None,
        skills=_by_skill(open_gaps, alone, offers, smallest),
    )


def _offers(organisation: Organisation, known: Proficiency, open_gaps: SkillGaps, free: NDArray[np.int64]) -> Amounts:
    """Return the free places of everybody in every skill in which they are qualified for some gap."""
    no_level = np.iinfo(np.int8).max
    least = np.full(known.n_skills, no_level, np.int16)
    np.minimum.at(least, open_gaps.skill, open_gaps.required)
    rows = np.flatnonzero((known.level >= least[known.skill]) & (free[known.person] > 0))
    return Amounts(
        organisation=organisation,
        what="free places",
        person=known.person[rows],
        amount=free[known.person[rows]],
        skill=known.skill[rows],
    )


def _alone(open_gaps: SkillGaps, known: Proficiency, free: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 1 for each gap that nobody with a free place is qualified for, else 0. Shape (n_gaps,)."""
    highest = np.full(known.n_skills, np.iinfo(np.int16).min, np.int16)
    rows = np.flatnonzero(free[known.person] > 0)
    np.maximum.at(highest, known.skill[rows], known.level[rows])
    # Whoever has the gap is below what it asks for, so that nobody is taken for their own mentor.
    return (highest[open_gaps.skill] < open_gaps.required).astype(np.int64)


def _at_most(open_gaps: SkillGaps, offers: Amounts, places: int) -> int:
    assert offers.skill is not None, "offers are about skills"
    limit = open_gaps.organisation.people.mentee_limit
    n_skills = len(open_gaps.organisation.model.skills)
    wanted = np.bincount(open_gaps.skill, minlength=n_skills)
    offered = np.zeros(n_skills, np.int64)
    np.add.at(offered, offers.skill, offers.amount)
    mentees, own = np.unique(open_gaps.person, return_counts=True)
    return min(int(np.minimum(wanted, offered).sum()), places, int(np.minimum(own, limit[mentees]).sum()))


def _by_skill(
    open_gaps: SkillGaps, alone: NDArray[np.int64], offers: Amounts, smallest: int
) -> tuple[SkillSupply, ...]:
    wanted = gap_amounts(open_gaps)
    unserved = evolve(wanted, what="gaps alone", amount=alone)
    own = _own(offers)
    few_alone = {*_split_badly(unserved, smallest)}
    few_own = {*_split_badly(own, smallest), *_told_by_all(own, smallest)}
    offered = {line.labels: line for line in breakdown(offers, "skill", smallest=smallest)}
    only = {line.labels: line for line in breakdown(own, "skill", smallest=smallest)}
    lines = zip(
        breakdown(wanted, "skill", smallest=smallest).lines[:-1],
        breakdown(unserved, "skill", smallest=smallest).lines[:-1],
        strict=True,
    )
    rows = []
    for line, left in lines:
        skill_id = SkillId(str(line.labels[0]))
        supply = offered.get(line.labels)
        rows.append(
            SkillSupply(
                skill_id=skill_id,
                gaps=line.total,
                alone=None if skill_id in few_alone else left.total,
                mentors=0 if supply is None else supply.people,
                places=0 if supply is None else supply.total,
                own_places=0 if supply is None else None if skill_id in few_own else only[line.labels].total,
            )
        )
    return tuple(rows)


def _own(offers: Amounts) -> Amounts:
    """Return the offers with the places of those who could serve another skill too as 0."""
    _, place, count = np.unique(offers.person, return_inverse=True, return_counts=True)
    return evolve(offers, what="own places", amount=np.where(count[place] == 1, offers.amount, 0))


def _split_badly(amounts: Amounts, smallest: int) -> Iterator[SkillId]:
    """Yield each skill in which too few people have a number, or too few have none: either would be told."""
    assert amounts.skill is not None, "these are about skills"
    for skill in np.unique(amounts.skill).tolist():
        of_skill = amounts.skill == skill
        some, none = (n_different(amounts.person[of_skill & has]) for has in (amounts.amount > 0, amounts.amount == 0))
        if 0 < some < smallest or 0 < none < smallest:
            yield amounts.organisation.model.skill_ids[skill]


def _told_by_all(own: Amounts, smallest: int) -> Iterator[SkillId]:
    """Yield each skill whose own places would tell, with those of the others and all places, of too few people."""
    assert own.skill is not None, "these are about skills"
    skill = np.where(own.amount > 0, own.skill + 1, 0)
    names = ("", *own.organisation.model.skill_ids)
    cases = [(names[code], str(person)) for code, person in zip(skill.tolist(), own.person.tolist(), strict=True)]
    found = tally("mentors", ("own skill",), cases, smallest=smallest)
    yield from (SkillId(str(line.labels[0])) for line in found if line.hidden and line.labels[0])
