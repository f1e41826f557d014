"""How many who asked for a mentor got one, and how long it took, those who still wait counted in (T25)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import utc_day
from taskmentor.lifecycle.group import Group
from taskmentor.matching.ids import pool_of
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.models.ranges import begins
from taskmentor.models.tables import hold_read_only
from taskmentor.outcomes.breakdowns import Amounts
from taskmentor.outcomes.mentoring import Mentoring
from taskmentor.outcomes.suppression import n_different
from taskmentor.outcomes.wording import counted, per_cent, shown
from taskmentor.proficiency import ProficiencyPolicy, gaps
from taskmentor.rounds import Round

__all__ = [
    "TimeToMentor",
    "Wait",
    "Waits",
    "asked_as_gaps",
    "asked_in_rounds",
    "coverage_amounts",
    "time_to_mentor",
    "waits",
]

Codes = NDArray[np.int32]
_EPOCH = date(1970, 1, 1).toordinal()


@frozen(kw_only=True)
class Wait:
    """A mentor was asked for, and perhaps found.

    Attributes:
        person_id: Who asked.
        skill_id: For which skill.
        asked_on: The first day on which it was asked.
        served_on: The day on which all had said yes to an engagement; None while there was none.
        left_on: The day on which the person left, if they did.
    """

    person_id: PersonId
    skill_id: SkillId
    asked_on: date
    served_on: date | None = None
    left_on: date | None = None


@frozen(eq=False, kw_only=True)
class Waits:
    """What was asked for, as columns sorted by person and skill, each pair once.

    Attributes:
        organisation: Whose people and skills these are.
        person: Person codes. Shape (n,).
        skill: Skill codes. Shape (n,).
        asked_on: First days. Shape (n,).
        served_on: Days on which a mentor was found, NaT where none was. Shape (n,).
        left_on: Days on which those who asked left, NaT where they did not. Shape (n,).
    """

    organisation: Organisation
    person: NDArray[np.int32]
    skill: NDArray[np.int32]
    asked_on: NDArray[np.datetime64]
    served_on: NDArray[np.datetime64]
    left_on: NDArray[np.datetime64]

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    @classmethod
    def first_of(cls, organisation: Organisation, seen: Sequence[tuple[date, Codes, Codes]]) -> "Waits":
        """Return each person and skill from the first day on which it was seen.

        Args:
            organisation: Whose people and skills these are.
            seen: Days, each with person codes and skill codes. Shape (n,) each.
        """
        n_skills = len(organisation.model.skills)
        keys = [person.astype(np.int64) * n_skills + skill for _, person, skill in seen]
        days = [np.full(len(person), np.datetime64(day, "D")) for day, person, _ in seen]
        key = np.concatenate([np.zeros(0, np.int64), *keys])
        day = np.concatenate([np.zeros(0, "datetime64[D]"), *days])
        order = np.lexsort((day, key))
        key, day = key[order], day[order]
        first = begins(key)
        never = np.full(len(first), np.datetime64("NaT", "D"))
        return cls(
            organisation=organisation,
            person=(key[first] // n_skills).astype(np.int32),
            skill=(key[first] % n_skills).astype(np.int32),
            asked_on=day[first],
            served_on=never,
            left_on=never,
        )

    def __len__(self) -> int:
        return len(self.person)

    def __iter__(self) -> Iterator[Wait]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, row: int) -> Wait:
        asked_on = _day(self.asked_on[row])
        assert asked_on is not None, "what was asked was so on a day"
        return Wait(
            person_id=self.organisation.people.id(int(self.person[row])),
            skill_id=self.organisation.model.skill_ids[self.skill[row]],
            asked_on=asked_on,
            served_on=_day(self.served_on[row]),
            left_on=_day(self.left_on[row]),
        )

    @property
    def served(self) -> NDArray[np.bool_]:
        """Return whether a mentor was found. Shape (n,)."""
        return ~np.isnat(self.served_on)


def _day(day: np.datetime64) -> date | None:
    return None if np.isnat(day) else date.fromordinal(int(day.astype(np.int64)) + _EPOCH)


def asked_in_rounds(organisation: Organisation, rounds: Iterable[Round]) -> Waits:
    """Return what was asked in some rounds, each person and skill from the first round in which they did.

    Args:
        organisation: Whose people and skills they are told in.
        rounds: The rounds, of this organisation on other days perhaps.
    """
    seen = []
    for one in rounds:
        requests = pool_of(one.problem).requests
        person = organisation.people.codes(one.organisation.people.ids[requests.mentee].tolist())
        skills = [organisation.model.skill_code(skill) for skill in one.organisation.model.skill_ids]
        seen.append((one.on, person, np.array(skills, np.int32)[requests.skill]))
    return Waits.first_of(organisation, seen)


def asked_as_gaps(
    organisation: Organisation, days: Iterable[date], *, policy: ProficiencyPolicy | None = None
) -> Waits:
    """Return every skill gap as what is asked for, each from the first of some days on which it was there.

    A gap of the first day may have been there before, so that times from that day on are too short and never too long.
    """
    found = [(day, gaps(organisation, on=day, policy=policy)) for day in sorted(set(days))]
    return Waits.first_of(organisation, [(day, some.person, some.skill) for day, some in found])


def waits(asked: Waits, known: Iterable[Mentoring], *, on: date) -> Waits:
    """Return what was asked by a day, with the day on which each got a mentor, and on which its person left.

    The first engagement of that mentee in that skill counts to which all have said yes, and the first group with such a
    goal of theirs, once it has begun and they are a member: from the day of asking on, or on the day of asking itself
    where it is older and still goes on.

    Args:
        asked: What was asked.
        known: Engagements and groups.
        on: The day; what happens later is not known.

    Complexity:
        O(n + m log n) for n that were asked and m engagements and goals.
    """
    organisation, day = asked.organisation, np.datetime64(on)
    n_skills = len(organisation.model.skills)
    keys = asked.person.astype(np.int64) * n_skills + asked.skill
    served = np.full(len(asked), np.datetime64("NaT", "D"))
    for person_id, skill_id, since, until in _served(known):
        key = organisation.people.code(person_id) * n_skills + organisation.model.skill_code(skill_id)
        row = int(np.searchsorted(keys, key))
        if since > day or row == len(keys) or keys[row] != key or until <= asked.asked_on[row]:
            continue
        served[row] = np.fmin(served[row], max(since, asked.asked_on[row]))
    left = organisation.people.left_on[asked.person].astype("datetime64[D]")
    left = np.where(left <= day, np.maximum(left, asked.asked_on), np.datetime64("NaT", "D"))
    rows = np.flatnonzero(asked.asked_on <= day)
    return Waits(
        organisation=organisation,
        person=asked.person[rows],
        skill=asked.skill[rows],
        asked_on=asked.asked_on[rows],
        served_on=served[rows],
        left_on=left[rows],
    )


def _served(known: Iterable[Mentoring]) -> Iterator[tuple[PersonId, SkillId, np.datetime64, np.datetime64]]:
    """Yield who was served in which skill, from which day, and the day on which that was over, if it was."""
    for one in known:
        until = np.datetime64(date.max if one.closed_at is None else utc_day(one.closed_at))
        if isinstance(one, Engagement) and one.accepted_at is not None:
            yield one.mentee_id, one.scope.skill_id, np.datetime64(utc_day(one.accepted_at)), until
        if isinstance(one, Group) and one.started_at is not None:
            begun = utc_day(one.started_at)
            for stay in (stay for member in one.members for stay in member.stays):
                left = date.max if stay.left_at is None else utc_day(stay.left_at)
                if left >= begun:
                    served = np.datetime64(max(begun, utc_day(stay.joined_at))), min(until, np.datetime64(left))
                    for scope in stay.place.scopes:
                        yield stay.place.person_id, scope.skill_id, *served


@frozen(kw_only=True)
class TimeToMentor:
    """How long people waited for a mentor, in whole days, those who still wait counted in.

    Attributes:
        on: As of which day.
        asked: How many asked.
        served: How many of them got a mentor; None, as all that follows, where that would tell of too few people.
        waiting: How many still wait.
        left: How many left unserved.
        waited: Days and the share of those who ask that have no mentor so many days later, wherever it falls.
    """

    on: date
    asked: int
    served: int | None
    waiting: int | None
    left: int | None
    waited: tuple[tuple[int, Fraction], ...] = field(repr=False)

    @property
    def coverage(self) -> Fraction | None:
        """Return the share of those who asked that got a mentor; None where nobody asked or that is kept back."""
        return Fraction(self.served, self.asked) if self.asked and self.served is not None else None

    @property
    def median(self) -> int | None:
        """Return the fewest days after which half of those who ask have a mentor; None where that is not reached."""
        return self.quantile(Fraction(1, 2))

    def quantile(self, share: Fraction) -> int | None:
        """Return the fewest days after which a share of those who ask have a mentor; None where that is not reached."""
        return next((days for days, left in self.waited if left <= 1 - share), None)

    def __str__(self) -> str:
        median = "not reached" if self.median is None else counted(self.median, "day")
        return (
            f"{shown(self.served)} of {counted(self.asked, 'request')} got a mentor ({per_cent(self.coverage)}), "
            f"{shown(self.waiting)} still wait, {shown(self.left)} left; median time to mentor {median}"
        )


def time_to_mentor(waited: Waits, *, on: date, smallest: int = 1) -> TimeToMentor:
    """Return how long people waited for a mentor.

    Those who still wait on the day, or left, waited at least until then. They count among those who might be served
    for as long as they waited, and are neither left out, which would praise the quick cases, nor taken as served.

    Where numbers of few people are to be kept back, times are rounded up to days between which enough people were
    served, and nobody or enough people stopped waiting otherwise.

    Args:
        waited: What was asked, and when it was served; see `waits`.
        on: The day.
        smallest: The fewest people whose numbers are shown together; 1 shows all, to those who may see everybody's.

    Source:
        Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, JASA 53, equation 2b, in exact
        fractions.

    Complexity:
        O(n) for n that were asked, and fractions that grow with the number of different days.
    """
    served = waited.served
    ended = np.where(served, waited.served_on, np.fmin(waited.left_on, np.datetime64(on)))
    left = ~served & ~np.isnat(waited.left_on)
    counts, kinds = _told(waited, [served, ~(served | left), left], smallest)
    days = _rounded_up((ended - waited.asked_on).astype(np.int64), waited.person, kinds, smallest)
    if counts[0] is None:
        return TimeToMentor(on=on, asked=len(waited), served=None, waiting=None, left=None, waited=())
    by_day = np.bincount(days[served], minlength=int(days.max(initial=0)) + 1).tolist()
    at_risk, share, curve = len(waited), Fraction(1), []
    for day, (found, gone) in enumerate(zip(by_day, np.bincount(days, minlength=len(by_day)).tolist(), strict=True)):
        if found:
            share *= Fraction(at_risk - found, at_risk)
            curve.append((day, share))
        at_risk -= gone
    return TimeToMentor(
        on=on, asked=len(waited), served=counts[0], waiting=counts[1], left=counts[2], waited=tuple(curve)
    )


def _told(
    waited: Waits, kinds: Sequence[NDArray[np.bool_]], smallest: int
) -> tuple[tuple[int | None, int | None, int | None], Sequence[NDArray[np.bool_]]]:
    """Return how many were served, wait and left, as far as that may be told, and the kinds that are told apart."""
    served, waiting, left = kinds
    numbers = [int(kind.sum()) for kind in kinds]
    if not _enough(waited.person, (served, waiting | left), smallest):
        return (None, None, None), (served, waiting | left)
    if not _enough(waited.person, (waiting, left), smallest):
        return (numbers[0], None, None), (served, waiting | left)
    return (numbers[0], numbers[1], numbers[2]), kinds


def _enough(person: NDArray[np.int32], kinds: Iterable[NDArray[np.bool_]], smallest: int) -> bool:
    """Return whether each kind is about enough people, or about nobody."""
    return not any(0 < n_different(person[kind]) < smallest for kind in kinds)


def _rounded_up(
    days: NDArray[np.int64], person: NDArray[np.int32], kinds: Sequence[NDArray[np.bool_]], smallest: int
) -> NDArray[np.int64]:
    """Return days rounded up so that on each, of each kind, there are enough people or nobody; and some of the first.

    What is left after the last such day goes with those before it, if need be with all.
    """
    if smallest == 1:
        return days
    ends: list[int] = []
    for day in np.unique(days[kinds[0]]).tolist():
        some = (days > (ends[-1] if ends else -1)) & (days <= day)
        if _enough(person, [kind & some for kind in kinds], smallest):
            ends.append(day)
    while ends and not _enough(person, [kind & (days > ends[-1]) for kind in kinds], smallest):
        ends.pop()
    steps = np.array([*ends, int(days.max(initial=0))], np.int64)
    return steps[np.searchsorted(steps, days)]


def coverage_amounts(waited: Waits) -> Amounts:
    """Return 1 for everything asked that got a mentor, else 0, for breakdowns; their mean is the coverage."""
    return Amounts(
        organisation=waited.organisation,
        what="got a mentor",
        person=waited.person,
        amount=waited.served.astype(np.int64),
        skill=waited.skill,
    )
