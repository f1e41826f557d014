"""Ways of placing sessions that share people: the greedy start, and CP-SAT."""

from collections.abc import Sequence
from math import floor
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import SolverError
from taskmentor.models.people import PersonId
from taskmentor.scheduling.diary import SessionId

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntervalVar, IntVar

__all__ = ["NOWHERE", "OpenSession", "Tried", "contested", "greedy", "improved", "is_free", "points", "take"]

NOWHERE = -1
_MINUTE = 60
_ROUNDING = 1e-6


@frozen(eq=False)
class OpenSession:
    """A session with the start times at which everybody who takes part could come.

    Attributes:
        id: The session.
        person_ids: Who takes part.
        seconds: How long it is.
        begin: Start times in seconds since 1970, rising. Shape (k,).
        cost: For how many people each would be outside the middle of the day. Shape (k,).
    """

    id: SessionId
    person_ids: tuple[PersonId, ...]
    seconds: int
    begin: NDArray[np.int64]
    cost: NDArray[np.int64]

    def worth(self, place: int, weight: int) -> int:
        """Return the points of holding it at one of its start times; none where it has none."""
        return 0 if place == NOWHERE else weight - int(self.cost[place])

    def most(self, weight: int) -> int:
        """Return the most points that it could bring."""
        return weight - int(self.cost.min()) if len(self.cost) else 0


@frozen
class Tried:
    """Places of sessions, and what is known of the best ones.

    Attributes:
        chosen: For each session the place of its start time, `NOWHERE` for none.
        bound: No places are worth more points.
        stopped: Whether time ran out.
    """

    chosen: tuple[int, ...]
    bound: int
    stopped: bool = False


Taken = dict[PersonId, list[tuple[int, int]]]
"""From when to when people are in sessions already, in seconds since 1970."""


def is_free(session: OpenSession, taken: Taken) -> NDArray[np.bool_]:
    """Return at which of its start times nobody who takes part is in another session. Shape (k,)."""
    free = np.ones(len(session.begin), np.bool_)
    for person_id in session.person_ids:
        for begin, end in taken.get(person_id, ()):
            free &= (session.begin >= end) | (session.begin + session.seconds <= begin)
    return free


def greedy(sessions: Sequence[OpenSession], start: Sequence[int] = ()) -> tuple[int, ...]:
    """Return for each session the place of its start time, those with the fewest start times served first.

    Each gets, of those that are left, the start time that fewest find outside the middle of their day, then the
    earliest.

    Args:
        sessions: The sessions.
        start: For each the place of the start time that it keeps, `NOWHERE` for none; nothing unless given.

    Complexity:
        O(n log n + n k m) for n sessions of k start times, and people in m sessions.
    """
    taken: Taken = {}
    chosen = list(start) or [NOWHERE] * len(sessions)
    for session, place in zip(sessions, chosen, strict=True):
        take(session, place, taken)
    for number in sorted(range(len(sessions)), key=lambda one: (len(sessions[one].begin), sessions[one].id)):
        session = sessions[number]
        left = np.flatnonzero(is_free(session, taken)) if chosen[number] == NOWHERE else ()
        if len(left):
            chosen[number] = int(left[np.argmin(session.cost[left])])
            take(session, chosen[number], taken)
    return tuple(chosen)


def take(session: OpenSession, place: int, taken: Taken) -> None:
    """Note that the people of a session are in it from one of its start times on, and nothing if it has none."""
    for person_id in session.person_ids if place != NOWHERE else ():
        begin = int(session.begin[place])
        taken.setdefault(person_id, []).append((begin, begin + session.seconds))


def points(sessions: Sequence[OpenSession], chosen: Sequence[int], weight: int) -> int:
    """Return what places are worth, given the place of each session's start time, `NOWHERE` for none."""
    return sum(session.worth(place, weight) for session, place in zip(sessions, chosen, strict=True))


def contested(sessions: Sequence[OpenSession]) -> list[int]:
    """Return the places of the sessions that could take somebody from another one."""
    of_person: dict[PersonId, list[int]] = {}
    for place, session in enumerate(sessions):
        for person_id in session.person_ids if len(session.begin) else ():
            of_person.setdefault(person_id, []).append(place)
    return sorted({place for places in of_person.values() if len(places) > 1 for place in places})


def improved(sessions: Sequence[OpenSession], start: Sequence[int], weight: int, *, seconds: float, seed: int) -> Tried:
    """Return the best places that CP-SAT finds.

    Each session is an optional interval whose begin is one of its start times, and nobody's intervals overlap. The
    start times of a session that cost the same stand behind one literal.

    Args:
        sessions: The sessions, each with a start time.
        start: For each the place of the start time to begin with, `NOWHERE` for none.
        weight: The points of one session.
        seconds: Time limit.
        seed: The solver's own seed.

    Raises:
        SolverError: If the solver ends without an answer.
    """
    from ortools.sat.python import cp_model

    model, origin = cp_model.CpModel(), min(int(session.begin[0]) for session in sessions)
    begins, held, worths = [], [], []
    of_person: dict[PersonId, list[IntervalVar]] = {}
    for session, hinted in zip(sessions, start, strict=True):
        begin, is_held, literals, interval = _modelled(model, session, origin, hinted)
        begins.append(begin)
        held.append(is_held)
        worths += [(literal, weight - cost) for cost, literal in literals]
        for person_id in session.person_ids:
            of_person.setdefault(person_id, []).append(interval)
    for intervals in of_person.values():
        if len(intervals) > 1:
            model.add_no_overlap(intervals)
    model.maximize(cp_model.LinearExpr.weighted_sum(*map(list, zip(*worths, strict=True))))
    solver = _solver(seconds, seed)
    status = solver.solve(model)
    if status == cp_model.UNKNOWN:  # out of time before the first answer; the start is one
        return Tried(tuple(start), sum(session.most(weight) for session in sessions), stopped=True)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise SolverError(f"CP-SAT ended with {solver.status_name(status)}")
    chosen = [
        int(np.searchsorted(session.begin, origin + _MINUTE * solver.value(begin))) if solver.value(one) else NOWHERE
        for session, begin, one in zip(sessions, begins, held, strict=True)
    ]
    bound = floor(solver.best_objective_bound + _ROUNDING)
    return Tried(tuple(chosen), bound, stopped=status != cp_model.OPTIMAL)


def _solver(seconds: float, seed: int) -> "CpSolver":
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    # Eight workers prove what one or two do not, on two cores too; in turns, they find the same each time.
    solver.parameters.num_workers = 8
    solver.parameters.interleave_search = True
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = seconds
    return solver


def _modelled(
    model: "CpModel", session: OpenSession, origin: int, hinted: int
) -> "tuple[IntVar, IntVar, list[tuple[int, IntVar]], IntervalVar]":
    """Return the begin of a session in minutes from an origin, whether it is held, a literal a cost, its interval."""
    from ortools.sat.python import cp_model

    minutes = (session.begin - origin) // _MINUTE
    begin = model.new_int_var_from_domain(cp_model.Domain.from_values(minutes.tolist()), "")
    literals = [(cost, model.new_bool_var("")) for cost in np.unique(session.cost).tolist()]
    is_held = model.new_bool_var("")
    model.add(cp_model.LinearExpr.sum([literal for _, literal in literals]) == is_held)
    for cost, literal in literals:
        domain = cp_model.Domain.from_values(minutes[session.cost == cost].tolist())
        model.add_linear_expression_in_domain(begin, domain).only_enforce_if(literal)
        model.add_hint(literal, hinted != NOWHERE and int(session.cost[hinted]) == cost)
    model.add_hint(is_held, hinted != NOWHERE)
    model.add_hint(begin, int(minutes[max(hinted, 0)]))
    interval = model.new_optional_fixed_size_interval_var(begin, session.seconds // _MINUTE, is_held, "")
    return begin, is_held, literals, interval
