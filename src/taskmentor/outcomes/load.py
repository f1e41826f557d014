"""How many engagements mentors carry, and how evenly: Gini coefficient, the top tenth's share, concentration."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.lifecycle.booking import Booking
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import utc_day
from taskmentor.lifecycle.group.values import MemberState
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.outcomes.breakdowns import Amounts
from taskmentor.outcomes.mentoring import Mentoring
from taskmentor.outcomes.ties import rows_apart
from taskmentor.outcomes.wording import as_decimal, counted, per_cent, shown

__all__ = ["MentorLoad", "gini", "load_amounts", "mentor_load", "places_held", "spread", "takes_place"]


@frozen(kw_only=True)
class MentorLoad:
    """How the engagements of a day are spread over mentors.

    Attributes:
        on: The day.
        mentors: Who counts: those there who offer places, and those who hold an engagement all the same.
        used: How many of them hold one; None where that is kept back.
        engagements: How many there are; None where that is kept back.
        places: How many places they offer.
        counts: How many mentors hold 0, 1, 2, ... engagements; the last of them, so many or more.
        gini: The Gini coefficient of the share of their places that mentors have taken: 0 where all have the same;
            None where nothing is taken, or that is kept back. Those who offer no place have no share, and are left out.
        top_tenth: The share of all engagements that the busiest tenth of mentors hold, rounded up to whole mentors;
            None where there are none, or that is kept back.
        concentration: The sum of the squared shares of engagements (Herfindahl and Hirschman): 1 where one has all;
            None where there are none, or that is kept back.
    """

    on: date
    mentors: int
    used: int | None
    engagements: int | None
    places: int
    counts: tuple[int, ...]
    gini: Fraction | None
    top_tenth: Fraction | None
    concentration: Fraction | None

    def kept_back(self, smallest: int) -> "MentorLoad":
        """Return it without what is about fewer mentors than some, nor what would tell that.

        Mentors with the most engagements are counted together until they are enough, also without those who hold the
        same: how many engagements they all hold would tell how many hold more. What tells still more of them is kept
        back, and so is how many engagements there are where even that tells too much.
        """
        sizes = range(len(self.counts), -1, -1)
        apart = next((n for n in sizes if self._tells_enough(n, smallest)), None)
        if apart is None:
            return evolve(
                self, used=None, engagements=None, counts=(self.mentors,), gini=None, top_tenth=None, concentration=None
            )
        together = self.counts[apart:]
        if len(together) <= 1:
            return self
        split = _split(together, ceil(Fraction(self.mentors, 10)))
        return evolve(
            self,
            used=self.used if apart else None,
            counts=(*self.counts[:apart], sum(together)),
            top_tenth=self.top_tenth if all(_enough(part, smallest) for part in split) else None,
            concentration=None,
        )

    def _tells_enough(self, apart: int, smallest: int) -> bool:
        """Return whether the first counts may be told one by one, and all others together."""
        return all(n == 0 or n >= smallest for n in self.counts[:apart]) and _enough(self.counts[apart:], smallest)

    def __str__(self) -> str:
        return (
            f"{'·' if self.engagements is None else counted(self.engagements, 'engagement')} held by "
            f"{shown(self.used)} of {counted(self.mentors, 'mentor')} "
            f"with {counted(self.places, 'place')} on {self.on}: Gini {as_decimal(self.gini)}, "
            f"busiest tenth {per_cent(self.top_tenth)}"
        )


def _enough(counts: Sequence[int], smallest: int) -> bool:
    """Return whether some mentors are enough or nobody, and those among them too who do not all hold the same."""
    n = sum(counts)
    return all(rest == 0 or rest >= smallest for rest in (n, *(n - one for one in counts if one)))


def _split(counts: Sequence[int], n_busiest: int) -> tuple[list[int], list[int]]:
    """Return counts of mentors by rising load as two: of the busiest, and of the others."""
    busiest = []
    for n in reversed(counts):
        busiest.append(min(n, n_busiest))
        n_busiest -= busiest[-1]
    return busiest[::-1], [n - taken for n, taken in zip(counts, reversed(busiest), strict=True)]


def takes_place(engagement: Engagement, on: date) -> bool:
    """Return whether an engagement takes a place on a day: accepted by then, and not closed before it."""
    if engagement.accepted_at is None or utc_day(engagement.accepted_at) > on:
        return False
    return engagement.closed_at is None or utc_day(engagement.closed_at) > on


def _teachers(one: Mentoring, on: date) -> list[PersonId]:
    """Return whose place as mentor something takes on a day."""
    if isinstance(one, Engagement):
        return [one.mentor_id] if takes_place(one, on) else []
    over = one.closed_at is not None and utc_day(one.closed_at) <= on
    if isinstance(one, Booking):
        return [one.mentor_id] if one.terms.takes_place and utc_day(one.booked_at) <= on and not over else []
    teaching = (member for member in one.members if member.place.teaches and member.state is MemberState.ACTIVE)
    return [] if over else [member.place.person_id for member in teaching if utc_day(member.since) <= on]


def places_held(organisation: Organisation, known: Iterable[Mentoring], *, on: date) -> NDArray[np.int64]:
    """Return how many of their places as mentor everybody has taken on a day, over all programmes. Shape (n_people,).

    Engagements count from acceptance to their end, groups from the day on which somebody who teaches is a member,
    booked sessions where their terms say so, and rows of the table `engaged` on their days, unless they tell of an
    engagement that is given too; see `worked_together`.
    """
    given, table = [*known], organisation.engaged
    placed = [person for one in given for person in _teachers(one, on)]
    day = np.datetime64(on)
    running = ~(table.from_on > day) & ~(table.until_on < day)
    apart = np.zeros(len(table), np.bool_)
    apart[rows_apart(organisation, given)] = True
    mentors = np.append(organisation.people.codes(placed), table.mentor[running & apart])
    return np.bincount(mentors, minlength=len(organisation.people))


def mentor_load(organisation: Organisation, known: Iterable[Mentoring], *, on: date) -> MentorLoad:
    """Return how the engagements of a day are spread over mentors, in exact fractions.

    Args:
        organisation: The organisation with capacities.
        known: Engagements, groups and booked sessions.
        on: The day.

    Complexity:
        O(n log n) for n people and engagements.
    """
    held, capacity = places_held(organisation, known, on=on), organisation.people.capacity
    counts = (organisation.people.active(on) & (capacity > 0)) | (held > 0)
    return spread(held[counts], capacity[counts], on=on)


def spread(load: NDArray[np.integer], offered: NDArray[np.integer], *, on: date) -> MentorLoad:
    """Return how some load is spread over mentors, in exact fractions.

    Args:
        load: What each mentor carries. Shape (n,).
        offered: How many places each offers. Shape (n,).
        on: The day.

    Complexity:
        O(n log n) for n mentors.
    """
    total = int(load.sum())
    shares = Counter(zip(load[offered > 0].tolist(), offered[offered > 0].tolist(), strict=True))
    busiest = np.sort(load)[::-1][: ceil(Fraction(len(load), 10))]
    return MentorLoad(
        on=on,
        mentors=len(load),
        used=int((load > 0).sum()),
        engagements=total,
        places=int(offered.sum()),
        counts=tuple(np.bincount(load).tolist()),
        gini=gini({Fraction(taken, places): n for (taken, places), n in _merged(shares).items()}),
        top_tenth=Fraction(int(busiest.sum()), total) if total else None,
        concentration=Fraction(int((load.astype(np.int64) ** 2).sum()), total**2) if total else None,
    )


def _merged(shares: Mapping[tuple[int, int], int]) -> Counter[tuple[int, int]]:
    """Return counts by shares in lowest terms, as 1 of 2 and 2 of 4 are the same."""
    merged: Counter[tuple[int, int]] = Counter()
    for (taken, places), n in shares.items():
        merged[Fraction(taken, places).as_integer_ratio()] += n
    return merged


def gini(counts: Mapping[Fraction, int]) -> Fraction | None:
    """Return the Gini coefficient of some values, exactly; None where they are all 0 or there are none.

    It is the mean absolute difference between two of them over twice their mean:
    sum over i and j of |x_i - x_j| / (2 n sum over i of x_i).

    Args:
        counts: How often each value, 0 or more, occurs.

    Source:
        Gini (1912), Variabilità e mutabilità; here with the sum of differences taken over sorted values.

    Examples:
        >>> gini({Fraction(0): 3, Fraction(1): 1})
        Fraction(3, 4)
    """
    n, total, below, differences = 0, Fraction(0), Fraction(0), Fraction(0)
    for value, times in sorted(counts.items()):
        differences += times * (n * value - below)
        n += times
        below += times * value
    total = below
    return Fraction(differences, n * total) if total else None


def load_amounts(organisation: Organisation, known: Iterable[Mentoring], *, on: date) -> Amounts:
    """Return how many engagements each mentor holds on a day, for breakdowns; those who hold none are among them."""
    held = places_held(organisation, known, on=on)
    person = np.flatnonzero((organisation.people.active(on) & (organisation.people.capacity > 0)) | (held > 0))
    return Amounts(
        organisation=organisation,
        what="engagements held",
        person=person.astype(np.int32),
        amount=held[person],
    )
