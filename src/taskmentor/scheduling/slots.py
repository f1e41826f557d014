"""Slots that several people share: of any length, at any start, ranked, with a quorum, and why there is none."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, TooLargeError, UnknownIdError, shown
from taskmentor.models.availability import LONGEST_DAY
from taskmentor.models.people import PersonId
from taskmentor.scheduling.availability import (
    Availability,
    Bar,
    WeeklyHours,
    free_layers,
    weekly,
    weekly_time,
    window,
)
from taskmentor.scheduling.spans import Spans, instant_of
from taskmentor.validators import whole_faults

__all__ = [
    "MIDDLE_OF_THE_DAY",
    "CommonSlots",
    "Hindrance",
    "Slot",
    "Starts",
    "common_slots",
    "repeated_people",
    "slot_faults",
]

MIDDLE_OF_THE_DAY = weekly("mon-sun", "10:00", "16:00")
"""The hours that suit everybody, by each person's own clock; slots outside them are ranked behind."""

_MOST_CELLS = 50_000_000
_MINUTE = 60


@frozen(kw_only=True)
class Slot:
    """A time at which a session of several people can be held.

    Attributes:
        starts_at: When it begins, in UTC.
        minutes: How long it is.
        person_ids: Who can come, in the order in which they were given.
        absent_ids: Who cannot.
        n_outside: How many of those who can come would meet outside the middle of their day.
    """

    starts_at: datetime
    minutes: int
    person_ids: tuple[PersonId, ...]
    absent_ids: tuple[PersonId, ...] = ()
    n_outside: int = 0

    @property
    def ends_at(self) -> datetime:
        """Return when it ends, in UTC."""
        return self.starts_at + timedelta(minutes=self.minutes)


@frozen(kw_only=True)
class Hindrance:
    """What one person has to do with there being no common slot.

    Attributes:
        person_id: Who.
        n_free: At how many of the start times that were looked at this person could come.
        n_without: How many slots there would be for the others alone.
        bar: The first thing that leaves this person no start time at all; None where there are some.
    """

    person_id: PersonId
    n_free: int
    n_without: int
    bar: Bar | None

    def __str__(self) -> str:
        free = f"free at {self.n_free:,} start times" if self.bar is None else f"never free ({self.bar})"
        return f"{self.person_id}: {free}; the others alone have {self.n_without:,} slots"


@frozen(kw_only=True)
class CommonSlots:
    """The slots that several people share, best first.

    Attributes:
        slots: The best of them.
        n_found: How many there are in all.
        n_starts: How many start times were looked at.
        hindrances: Where there is none, what each person has to do with it; those who free most slots by staying away
            first.
    """

    slots: tuple[Slot, ...]
    n_found: int
    n_starts: int
    hindrances: tuple[Hindrance, ...] = ()

    def __len__(self) -> int:
        return len(self.slots)

    def __iter__(self) -> Iterator[Slot]:
        return iter(self.slots)


def common_slots(
    availabilities: Iterable[Availability],
    *,
    minutes: int,
    from_at: datetime,
    until_at: datetime,
    step_minutes: int = 15,
    quorum: int | None = None,
    required: Iterable[str] = (),
    most: int = 20,
    middle: tuple[WeeklyHours, ...] = MIDDLE_OF_THE_DAY,
) -> CommonSlots:
    """Return the slots at which enough of some people are free, best first.

    First come slots at which most of them can come, then those at which fewest meet outside the middle of their day,
    then the earliest.

    Args:
        availabilities: When each of them is free.
        minutes: How long the session is, 1 to 1440.
        from_at: The first start time, aware; the others follow in steps.
        until_at: The moment by which the session must be over, aware.
        step_minutes: From one start time to the next; 1 finds every full minute after the first.
        quorum: How many must be able to come; all of them unless given (G2).
        required: Who must be able to come whatever the quorum, such as the mentor.
        most: How many slots are returned.
        middle: The hours that suit everybody, by each person's own clock.

    Raises:
        InputError: With everything that is wrong: a moment is naive (`NAIVE-TIME`), numbers are out of range, a
            person is given twice, or the session is longer than somebody wants.
        UnknownIdError: If `required` names nobody of them.
        TooLargeError: If there are too many start times and people.

    Complexity:
        O(n (k + d log d)) for n people, k start times, and d days and busy spans each.
    """
    people = tuple(availabilities)
    starts = Starts.build(
        people, minutes=minutes, begin_end=window(from_at, until_at), step_minutes=step_minutes, quorum=quorum,
        required=tuple(required), middle=middle,
    )  # fmt: skip
    ranked = starts.ranked()
    return CommonSlots(
        slots=tuple(starts.slot(place) for place in ranked[:most].tolist()),
        n_found=len(ranked),
        n_starts=len(starts.begin),
        hindrances=() if len(ranked) else starts.hindrances(),
    )


@frozen(eq=False, kw_only=True)
class Starts:
    """The start times of one session, and who could come when.

    Attributes:
        people: Who would come.
        begin: Start times in seconds since 1970, rising. Shape (k,).
        minutes: How long the session is.
        free: Who could come when. Shape (n, k).
        outside: For whom it would be outside the middle of the day. Shape (n, k).
        needed: Who must be able to come. Shape (n,).
        quorum: How many must be able to come.
    """

    people: tuple[Availability, ...]
    begin: NDArray[np.int64]
    minutes: int
    free: NDArray[np.bool_] = field(repr=False)
    outside: NDArray[np.bool_] = field(repr=False)
    needed: NDArray[np.bool_] = field(repr=False)
    quorum: int

    @classmethod
    def build(
        cls,
        people: tuple[Availability, ...],
        *,
        minutes: int,
        begin_end: tuple[int, int],
        step_minutes: int,
        quorum: int | None = None,
        required: Sequence[str] = (),
        middle: tuple[WeeklyHours, ...] = MIDDLE_OF_THE_DAY,
    ) -> "Starts":
        """Return the start times within a window, with who could come when; see `common_slots`."""
        begin, end = begin_end
        faults = [*slot_faults(people, minutes=minutes, step_minutes=step_minutes), *_quorum_faults(people, quorum)]
        if not faults:
            faults += _window_faults(minutes, begin, end)
        if faults:
            raise InputError(faults)
        ids = [person.person_id for person in people]
        for person_id in required:
            if person_id not in ids:
                raise UnknownIdError("person among those who would meet", person_id, ids)
        last = end - _MINUTE * minutes
        n_cells = len(people) * ((last - begin) // (_MINUTE * step_minutes) + 1)
        if n_cells > _MOST_CELLS:
            instead = "look at a shorter time, in longer steps, or at fewer people"
            raise TooLargeError("common_slots", "start times of people", n_cells, _MOST_CELLS, instead)
        starts = np.arange(begin, last + 1, _MINUTE * step_minutes, dtype=np.int64)
        ends = starts + _MINUTE * minutes
        free = [_free(person, begin, end).hold(starts, ends) for person in people]
        inside = [weekly_time(middle, person.zone, begin, end).hold(starts, ends) for person in people]
        return cls(
            people=people,
            begin=starts,
            minutes=minutes,
            free=np.array(free),
            outside=~np.array(inside),
            needed=np.array([person_id in required for person_id in ids]),
            quorum=len(people) if quorum is None else quorum,
        )

    @cached_property
    def n_free(self) -> NDArray[np.int64]:
        """Return how many could come at each start time. Shape (k,)."""
        n_free: NDArray[np.int64] = self.free.sum(axis=0)
        return n_free

    @cached_property
    def n_outside(self) -> NDArray[np.int64]:
        """Return for how many of those who could come it would be outside the middle of their day. Shape (k,)."""
        n_outside: NDArray[np.int64] = (self.free & self.outside).sum(axis=0)
        return n_outside

    @cached_property
    def enough(self) -> NDArray[np.bool_]:
        """Return at which start times enough people could come. Shape (k,)."""
        return (self.n_free >= self.quorum) & self.free[self.needed].all(axis=0)

    def ranked(self) -> NDArray[np.intp]:
        """Return the places of the start times at which enough people could come, best first."""
        places = np.flatnonzero(self.enough)
        return places[np.lexsort((self.begin[places], self.n_outside[places], -self.n_free[places]))]

    def slot(self, place: int) -> Slot:
        """Return the slot at one start time."""
        there = self.free[:, place].tolist()
        ids = [(person.person_id, comes) for person, comes in zip(self.people, there, strict=True)]
        return Slot(
            starts_at=instant_of(int(self.begin[place])),
            minutes=self.minutes,
            person_ids=tuple(person_id for person_id, comes in ids if comes),
            absent_ids=tuple(person_id for person_id, comes in ids if not comes),
            n_outside=int(self.n_outside[place]),
        )

    def hindrances(self) -> tuple[Hindrance, ...]:
        """Return what each person has to do with there being no slot."""
        found = [self._hindrance(place, person) for place, person in enumerate(self.people)]
        return tuple(sorted(found, key=lambda one: (-one.n_without, one.n_free, one.person_id)))

    def _hindrance(self, place: int, person: Availability) -> Hindrance:
        others = np.arange(len(self.people)) != place
        # The quorum stays, as far as there are still so many.
        wanted = min(self.quorum, len(self.people) - 1)
        without = (self.free[others].sum(axis=0) >= wanted) & self.free[others & self.needed].all(axis=0)
        n_free = int(self.free[place].sum())
        return Hindrance(
            person_id=person.person_id,
            n_free=n_free,
            n_without=int(without.sum()) if len(self.people) > 1 else 0,
            bar=None if n_free else self._bar(person),
        )

    def _bar(self, person: Availability) -> Bar:
        """Return the first thing that leaves somebody none of the start times."""
        begin, ends = int(self.begin[0]), self.begin + _MINUTE * self.minutes
        layers = free_layers(person, begin, int(ends[-1]))
        return next(bar for bar, left in layers if not left.hold(self.begin, ends).any())


def _free(person: Availability, begin: int, end: int) -> Spans:
    *_, (_, free) = free_layers(person, begin, end)
    return free


def slot_faults(people: Sequence[Availability], *, minutes: int, step_minutes: int) -> Iterator[Fault]:
    """Give what is wrong with the people, the length and the steps of a session that is looked for."""
    about_minutes = [*whole_faults("slots", "minutes", minutes, 1, LONGEST_DAY)]
    yield from about_minutes
    yield from whole_faults("slots", "step_minutes", step_minutes, 1, LONGEST_DAY)
    if not people:
        yield _fault("NO-ROWS", "availabilities", "nobody is given", "Give at least one person.")
    yield from repeated_people(people)
    for person in () if about_minutes else people:
        if person.session_minutes is not None and minutes > person.session_minutes:
            problem = f"{shown(person.person_id)} wants sessions of at most {person.session_minutes} minutes"
            yield _fault("OUT-OF-RANGE", "minutes", problem, f"Give {person.session_minutes} or fewer.")


def repeated_people(people: Iterable[Availability]) -> Iterator[Fault]:
    """Give a fault for everybody whose availability is given more than once."""
    n_times = Counter(person.person_id for person in people)
    for person_id in sorted(person_id for person_id, n in n_times.items() if n > 1):
        yield _fault("DUPLICATE-ID", "availabilities", f"{shown(person_id)} is given twice", "Give each person once.")


def _window_faults(minutes: int, begin: int, end: int) -> Iterator[Fault]:
    if end - begin < _MINUTE * minutes:
        problem = f"{minutes} minutes do not fit between the first start and the end"
        yield _fault("OUT-OF-RANGE", "until_at", problem, "Look at a longer time.")


def _quorum_faults(people: Sequence[Availability], quorum: int | None) -> Iterator[Fault]:
    if quorum is not None:
        yield from whole_faults("slots", "quorum", quorum, 1, max(len(people), 1))


def _fault(code: str, column: str, problem: str, remedy: str) -> Fault:
    return Fault(code=code, table="slots", column=column, problem=problem, remedy=remedy)
