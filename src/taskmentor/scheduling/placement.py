"""All sessions of a round placed at once, nobody in two of them at the same time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

import numpy as np
from attrs import Attribute, field, frozen

from taskmentor.errors import CostRangeError, Fault, InputError, SolverError, UnknownIdError, shown
from taskmentor.models.availability import LONGEST_DAY
from taskmentor.models.people import PersonId
from taskmentor.scheduling.availability import Availability, WeeklyHours, free_layers, weekly_time, window
from taskmentor.scheduling.diary import Diary, DiarySession, SessionId, as_ids, check_people, double_bookings
from taskmentor.scheduling.placing import NOWHERE, OpenSession, Tried, contested, greedy, improved, points
from taskmentor.scheduling.slots import MIDDLE_OF_THE_DAY, Hindrance, Starts, repeated_people, slot_faults
from taskmentor.scheduling.spans import Spans, full_seconds_of, instant_of, seconds_of
from taskmentor.validators import check_instant, whole, whole_faults

__all__ = ["LeftOutSession", "Placement", "WantedSession", "WhyLeftOut", "place_sessions"]

_MINUTE = 60
_LARGEST = 2**53
"""CP-SAT gives objective and bound as floats, which hold whole numbers up to here."""


def _check_moment(_: object, attribute: "Attribute[datetime | None]", at: datetime | None) -> None:
    if at is not None:
        check_instant(at, "wanted", attribute.name)


@frozen(kw_only=True)
class WantedSession:
    """A session that is to be placed.

    Attributes:
        id: Its id.
        person_ids: Who takes part; all of them must be able to come.
        minutes: How long it is, 1 to 1440.
        from_at: The moment before which it must not begin, aware; that of the whole placement unless given.
        until_at: The moment by which it must be over, aware; that of the whole placement unless given.
    """

    id: SessionId
    person_ids: tuple[PersonId, ...] = field(converter=as_ids, validator=check_people)
    minutes: int = field(validator=whole(at_least=1, at_most=LONGEST_DAY))
    from_at: datetime | None = field(default=None, validator=_check_moment)
    until_at: datetime | None = field(default=None, validator=_check_moment)


class WhyLeftOut(StrEnum):
    """Why a session has no place, the first that holds."""

    NO_COMMON_TIME = "no-common-time"
    ALL_TAKEN = "all-taken"


@frozen(kw_only=True)
class LeftOutSession:
    """A session that has no place, and why.

    Attributes:
        session_id: The session.
        reason: Why it has none.
        hindrances: Where those who take part share no time, what each of them has to do with it.
        held_by: Where they do, the placed sessions that take it from them.
    """

    session_id: SessionId
    reason: WhyLeftOut
    hindrances: tuple[Hindrance, ...] = ()
    held_by: tuple[SessionId, ...] = ()


@frozen(kw_only=True)
class Placement:
    """Sessions with their places.

    A placement is worth `weight` points for each session that has a place, minus one for each person who meets outside
    the middle of their day. The weight is above the sum of all such persons, so that a session more is always better.

    Attributes:
        placed: The sessions that have a place, by id.
        left_out: The others, each with its reason, by id.
        status: `optimal`, `feasible` where nothing more was tried, or `time-limit`.
        n_outside: How many people meet outside the middle of their day, each counted once a session.
        weight: The points of one session.
        value: What this placement is worth.
        bound: No placement is worth more, by the solver's word; for the sessions that share nobody it is certain.
    """

    placed: tuple[DiarySession, ...]
    left_out: tuple[LeftOutSession, ...]
    status: Literal["optimal", "feasible", "time-limit"]
    n_outside: int
    weight: int
    value: int
    bound: int

    @property
    def gap(self) -> int:
        """Return by how many points a better placement could be better."""
        return self.bound - self.value

    @property
    def most_placed(self) -> int:
        """Return how many sessions any placement can have a place for at most."""
        return min(len(self.placed) + len(self.left_out), (self.bound + self.weight - 1) // self.weight)

    @property
    def diary(self) -> Diary:
        """Return the placed sessions as a diary."""
        return Diary(self.placed)


def place_sessions(
    wanted: Iterable[WantedSession],
    availabilities: Iterable[Availability],
    *,
    from_at: datetime,
    until_at: datetime,
    step_minutes: int = 15,
    engine: Literal["cpsat", "greedy"] = "cpsat",
    seconds: float = 60.0,
    seed: int = 0,
    middle: tuple[WeeklyHours, ...] = MIDDLE_OF_THE_DAY,
) -> Placement:
    """Return places for as many sessions as can be, and among such places those that suit the people's days best.

    Sessions of which nobody takes part in another one get their best slot at once. The others are put to OR-Tools'
    CP-SAT, from a greedy start: sessions with the fewest start times first, each at the best that is left.

    Args:
        wanted: The sessions.
        availabilities: When people are free; everybody who takes part in a session is among them. What is booked
            already stands in their calendars (`Diary.onto`).
        from_at: The first start time, aware; the others follow in steps.
        until_at: The moment by which all sessions must be over, aware.
        step_minutes: From one start time to the next.
        engine: `greedy` for the greedy start alone, with a bound that is certain and not close.
        seconds: Time limit of the solver; where it strikes, the status is `time-limit`.
        seed: The solver's own seed.
        middle: The hours that suit everybody, by each person's own clock.

    Raises:
        InputError: With everything that is wrong in sessions, people, lengths and moments, as in `common_slots`.
        UnknownIdError: If a session names somebody whose availability is not given.
        CostRangeError: If the points of all sessions do not fit the solver's exact range.
        SolverError: If the solver gives no answer.

    Complexity:
        O(p k) for p people in sessions and k start times before the solver starts.
    """
    sessions = tuple(sorted(wanted, key=lambda session: session.id))  # so that the order of rows changes nothing
    given = tuple(availabilities)
    people = {one.person_id: one for one in given}
    begin, end = window(from_at, until_at)
    _check(sessions, given, people, step_minutes, engine)
    grid = _Grid(people=people, begin=begin, end=end, step_minutes=step_minutes, middle=middle)
    times = {person_id: _Times.of(people[person_id], grid) for person_id in _everybody(sessions)}
    opens = [_open(session, times, grid) for session in sessions]
    weight = 1 + sum(int(one.cost.max(initial=0)) for one in opens)
    if weight * len(opens) > _LARGEST:
        raise CostRangeError("CP-SAT's objective", weight * len(opens), _LARGEST)
    tried = _tried(opens, weight, solve=engine == "cpsat", seconds=seconds, seed=seed)
    return _placement(sessions, opens, tried, weight, grid)


def _tried(opens: Sequence[OpenSession], weight: int, *, solve: bool, seconds: float, seed: int) -> Tried:
    """Return places of all sessions, from a greedy start and, where that can be better, from the solver."""
    start = greedy(opens)
    bound = sum(one.most(weight) for one in opens)
    if not solve or bound == points(opens, start, weight):
        return Tried(start, bound)
    shared = contested(opens)
    some = [opens[place] for place in shared]
    found = improved(some, [start[place] for place in shared], weight, seconds=seconds, seed=seed)
    chosen = list(start)
    for place, at in zip(shared, found.chosen, strict=True):
        chosen[place] = at
    # Where time ran out, the solver may have left a session without a place that is free, or found less than greedy.
    best = max(greedy(opens, chosen), start, key=lambda one: points(opens, one, weight))
    most = sum(one.most(weight) for one in some)
    return Tried(best, bound - most + min(most, found.bound), stopped=found.stopped)


def _placement(
    sessions: Sequence[WantedSession], opens: Sequence[OpenSession], tried: Tried, weight: int, grid: "_Grid"
) -> Placement:
    value = points(opens, tried.chosen, weight)
    together = list(zip(sessions, opens, tried.chosen, strict=True))
    placed = [_booked(one, place) for _, one, place in together if place != NOWHERE]
    if double_bookings(Diary(placed)):
        raise SolverError("CP-SAT put somebody into two sessions at once")
    status: Literal["feasible", "time-limit"] = "time-limit" if tried.stopped else "feasible"
    return Placement(
        placed=tuple(placed),
        left_out=tuple(_left_out(session, one, placed, grid) for session, one, place in together if place == NOWHERE),
        status="optimal" if value == tried.bound else status,
        n_outside=weight * len(placed) - value,
        weight=weight,
        value=value,
        bound=tried.bound,
    )


@frozen(kw_only=True)
class _Grid:
    """The start times of a placement, and the people in it."""

    people: Mapping[PersonId, Availability]
    begin: int
    end: int
    step_minutes: int
    middle: tuple[WeeklyHours, ...]

    def window(self, session: WantedSession) -> tuple[int, int]:
        """Return the first start time of a session and the moment by which it must be over."""
        begin = self.begin if session.from_at is None else max(self.begin, full_seconds_of(session.from_at))
        begin += (self.begin - begin) % (_MINUTE * self.step_minutes)
        return begin, self.end if session.until_at is None else min(self.end, seconds_of(session.until_at))


@frozen(eq=False)
class _Times:
    """When somebody is free, and when it is the middle of their day."""

    free: Spans
    middle: Spans

    @classmethod
    def of(cls, person: Availability, grid: _Grid) -> "_Times":
        *_, (_, free) = free_layers(person, grid.begin, grid.end)
        return cls(free, weekly_time(grid.middle, person.zone, grid.begin, grid.end))


def _everybody(sessions: Iterable[WantedSession]) -> list[PersonId]:
    return sorted({person_id for session in sessions for person_id in session.person_ids})


def _open(session: WantedSession, times: Mapping[PersonId, _Times], grid: _Grid) -> OpenSession:
    seconds = _MINUTE * session.minutes
    first, last = grid.window(session)
    starts = np.arange(first, last - seconds + 1, _MINUTE * grid.step_minutes, dtype=np.int64)
    for person_id in session.person_ids:
        starts = starts[times[person_id].free.hold(starts, starts + seconds)]
    cost = np.zeros(len(starts), np.int64)
    for person_id in session.person_ids:
        cost += ~times[person_id].middle.hold(starts, starts + seconds)
    return OpenSession(session.id, session.person_ids, seconds, starts, cost)


def _booked(one: OpenSession, place: int) -> DiarySession:
    return DiarySession(
        id=one.id,
        person_ids=one.person_ids,
        starts_at=instant_of(int(one.begin[place])),
        minutes=one.seconds // _MINUTE,
    )


def _left_out(session: WantedSession, one: OpenSession, placed: Iterable[DiarySession], grid: _Grid) -> LeftOutSession:
    if not len(one.begin):
        return LeftOutSession(
            session_id=session.id, reason=WhyLeftOut.NO_COMMON_TIME, hindrances=_hindrances(session, grid)
        )
    held_by = [other.id for other in placed if set(other.person_ids) & set(session.person_ids) and _meets(one, other)]
    return LeftOutSession(session_id=session.id, reason=WhyLeftOut.ALL_TAKEN, held_by=tuple(held_by))


def _meets(one: OpenSession, other: DiarySession) -> bool:
    """Return whether a session would overlap another at one of its start times."""
    begin, end = seconds_of(other.starts_at), full_seconds_of(other.ends_at)
    return bool(((one.begin < end) & (begin < one.begin + one.seconds)).any())


def _hindrances(session: WantedSession, grid: _Grid) -> tuple[Hindrance, ...]:
    begin, end = grid.window(session)
    if end - begin < _MINUTE * session.minutes:  # its own window is too short, whoever takes part
        return ()
    starts = Starts.build(
        tuple(grid.people[person_id] for person_id in session.person_ids),
        minutes=session.minutes,
        begin_end=(begin, end),
        step_minutes=grid.step_minutes,
        middle=grid.middle,
    )
    return starts.hindrances()


def _check(
    sessions: Sequence[WantedSession],
    given: Sequence[Availability],
    people: Mapping[PersonId, Availability],
    step_minutes: int,
    engine: str,
) -> None:
    faults = [*whole_faults("placement", "step_minutes", step_minutes, 1, LONGEST_DAY)]
    if engine not in ("cpsat", "greedy"):
        problem = f"{shown(engine)} is not accepted"
        faults.append(_fault("BAD-CHOICE", "engine", problem, "Give 'cpsat' or 'greedy'."))
    faults += repeated_people(given)
    ids = [session.id for session in sessions]
    for session_id in sorted(one for one, n_times in Counter(ids).items() if n_times > 1):
        remedy = "Give each session an id of its own."
        faults.append(_fault("DUPLICATE-ID", "id", f"{shown(session_id)} stands for two sessions", remedy))
    for session in sessions:
        for person_id in session.person_ids:
            if person_id not in people:
                raise UnknownIdError("person whose availability is given", person_id, people)
        members = [people[person_id] for person_id in session.person_ids]
        faults += slot_faults(members, minutes=session.minutes, step_minutes=1)
    if faults:
        raise InputError(faults)


def _fault(code: str, column: str, problem: str, remedy: str) -> Fault:
    return Fault(code=code, table="placement", column=column, problem=problem, remedy=remedy)
