"""Ties: pairs of people who have worked together as mentor and mentee, with the day from which they have."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations, product

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import utc_day
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE, PersonId
from taskmentor.models.tables import hold_read_only
from taskmentor.outcomes.mentoring import Meeting, Mentoring, engagements_in, groups_in, meetings

__all__ = ["ALWAYS", "Ties", "Worked", "mentoring_ties", "rows_apart", "worked_together"]

ALWAYS = np.datetime64("0001-01-01")
"""The day that stands for as long as anybody knows."""


@frozen(eq=False)
class Worked:
    """Who mentored whom from which day on, once for each engagement, session or group, in the order of days.

    Attributes:
        mentor: Person codes. Shape (n,).
        mentee: Person codes. Shape (n,).
        skill: Skill codes, -1 where it was about none, or several. Shape (n,).
        day: First days, `ALWAYS` for as long as anybody knows. Shape (n,).
    """

    mentor: NDArray[np.int32]
    mentee: NDArray[np.int32]
    skill: NDArray[np.int32]
    day: NDArray[np.datetime64]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.mentor)

    def until(self, on: date) -> "Worked":
        """Return what had begun by a day."""
        return self.take(np.flatnonzero(self.day <= np.datetime64(on)))

    def take(self, rows: NDArray[np.integer]) -> "Worked":
        """Return some of it."""
        return Worked(self.mentor[rows], self.mentee[rows], self.skill[rows], self.day[rows])

    def of(self, person: int) -> "Worked":
        """Return those of one person, on either side."""
        return self.take(np.flatnonzero((self.mentor == person) | (self.mentee == person)))


def worked_together(organisation: Organisation, known: Iterable[Mentoring] = ()) -> Worked:
    """Return who has mentored whom: from the start of engagements, held sessions, and the table `engaged`.

    In a group it is those who taught and those who learned at the first session that both came to. A row of the table
    for the mentor, mentee and skill of an engagement, from no day or from its proposal on, is that engagement told
    twice, and left out. A row without a day has been there always.

    Args:
        organisation: The organisation with its table.
        known: Engagements in any state, booked sessions, groups.

    Raises:
        UnknownIdError: If something names a person or a skill that is not here.

    Complexity:
        O(n log n) for n engagements, pairs in sessions and rows.
    """
    given = [*known]
    rows, table = _rows_apart(organisation, engagements_in(given)), organisation.engaged
    from_on = np.where(np.isnat(table.from_on), ALWAYS, table.from_on)[rows].astype("datetime64[D]")
    pairs = [*_taught(given)]
    people, model = organisation.people, organisation.model
    skills = [NO_CODE if skill is None else model.skill_code(skill) for _, _, skill, _ in pairs]
    worked = Worked(
        np.append(people.codes([mentor for mentor, *_ in pairs]), table.mentor[rows]),
        np.append(people.codes([mentee for _, mentee, *_ in pairs]), table.mentee[rows]),
        np.append(np.array(skills, np.int32), table.skill[rows]),
        np.append(np.array([day for *_, day in pairs], "datetime64[D]"), from_on),
    )
    return worked.take(np.lexsort((worked.skill, worked.mentee, worked.mentor, worked.day)))


def _taught(known: Iterable[Mentoring]) -> Iterator[tuple[PersonId, PersonId, SkillId | None, date]]:
    """Yield mentor, mentee, skill and first day, once for each engagement, booked session, and pair in a group."""
    for one in known:
        if isinstance(one, Engagement):
            if one.started_at is not None:
                yield one.mentor_id, one.mentee_id, one.scope.skill_id, utc_day(one.started_at)
            continue
        first: dict[tuple[PersonId, PersonId], Meeting] = {}
        for held in _held(one):
            for pair in product(held.teaching, held.learning):
                first.setdefault(pair, held)
        for (mentor_id, mentee_id), held in first.items():
            yield mentor_id, mentee_id, held.skill_id, utc_day(held.starts_at)


def _held(one: Mentoring) -> list[Meeting]:
    held = [meeting for meeting in meetings([one]) if meeting.state is SessionState.HELD]
    return sorted(held, key=lambda meeting: meeting.starts_at)


def rows_apart(organisation: Organisation, known: Iterable[Mentoring]) -> NDArray[np.int64]:
    """Return the rows of the table `engaged` that tell of no engagement; see `worked_together`."""
    return _rows_apart(organisation, engagements_in(known))


def _codes(
    organisation: Organisation, engagements: Sequence[Engagement]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    people, model = organisation.people, organisation.model
    return (
        people.codes([one.mentor_id for one in engagements]),
        people.codes([one.mentee_id for one in engagements]),
        np.array([model.skill_code(one.scope.skill_id) for one in engagements], np.int32),
    )


def _rows_apart(organisation: Organisation, engagements: Sequence[Engagement]) -> NDArray[np.int64]:
    table = organisation.engaged
    proposed: dict[tuple[int, int, int], date] = {}
    codes = (column.tolist() for column in _codes(organisation, engagements))
    for *key, engagement in zip(*codes, engagements, strict=True):
        mentor, mentee, skill = key
        day = utc_day(engagement.proposed_at)
        proposed[mentor, mentee, skill] = min(day, proposed.get((mentor, mentee, skill), day))
    apart = np.ones(len(table), np.bool_)
    of_both = np.isin(table.mentor, [mentor for mentor, *_ in proposed])
    for row in np.flatnonzero(of_both).tolist():
        found = proposed.get((int(table.mentor[row]), int(table.mentee[row]), int(table.skill[row])))
        apart[row] = found is None or bool(table.from_on[row] < np.datetime64(found))
    return np.flatnonzero(apart)


@frozen(eq=False)
class Ties:
    """Pairs of people, each once, in the order of the days from which they have known each other.

    Attributes:
        one: Person codes, the smaller of the two. Shape (n,).
        other: Person codes, the larger. Shape (n,).
        day: First days, `ALWAYS` for as long as anybody knows. Shape (n,).
    """

    one: NDArray[np.int32]
    other: NDArray[np.int32]
    day: NDArray[np.datetime64]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.one)

    @classmethod
    def between(cls, one: NDArray[np.integer], other: NDArray[np.integer], day: NDArray[np.datetime64]) -> "Ties":
        """Return the ties of pairs that may be there several times and either way round; each from its first day."""
        low, high = np.minimum(one, other).astype(np.int64), np.maximum(one, other).astype(np.int64)
        order = np.lexsort((high, low, day))
        width = int(high.max(initial=0)) + 1
        _, kept = np.unique(low[order] * width + high[order], return_index=True)
        rows = order[np.sort(kept)]
        return cls(low[rows].astype(np.int32), high[rows].astype(np.int32), day[rows])

    def take(self, rows: NDArray[np.integer]) -> "Ties":
        """Return some of the ties."""
        return Ties(self.one[rows], self.other[rows], self.day[rows])

    def before(self, day: date) -> "Ties":
        """Return those that were there before a day."""
        return self.take(np.flatnonzero(self.day < np.datetime64(day)))

    def until(self, day: date) -> "Ties":
        """Return those that were there by the end of a day."""
        return self.take(np.flatnonzero(self.day <= np.datetime64(day)))

    def of(self, person: int) -> "Ties":
        """Return those of one person."""
        return self.take(np.flatnonzero((self.one == person) | (self.other == person)))

    def pairs(self, organisation: Organisation) -> Iterator[tuple[PersonId, PersonId]]:
        """Yield the ids of each pair."""
        for one, other in zip(self.one.tolist(), self.other.tolist(), strict=True):
            yield organisation.people.id(one), organisation.people.id(other)


def mentoring_ties(organisation: Organisation, known: Iterable[Mentoring] = ()) -> Ties:
    """Return the pairs who have worked together, see `worked_together`, or have learned together in a group."""
    given = [*known]
    worked = worked_together(organisation, given)
    peers = [
        (one, other, utc_day(held.starts_at))
        for group in groups_in(given)
        for held in _held(group)
        for one, other in combinations(held.learning, 2)
    ]
    codes = organisation.people.codes
    return Ties.between(
        np.append(worked.mentor, codes([one for one, *_ in peers])),
        np.append(worked.mentee, codes([other for _, other, _ in peers])),
        np.append(worked.day, np.array([day for *_, day in peers], "datetime64[D]")),
    )
