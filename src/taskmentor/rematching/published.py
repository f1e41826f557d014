"""The pairs of a published plan in the problem of today: which of them could stay, and what another plan changes."""

from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.matching.ids import pool_of
from taskmentor.matching.market import within
from taskmentor.matching.plan import Plan
from taskmentor.matching.pool import place_in
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.scorers import InPlace
from taskmentor.matching.shapes import find_keys, pair_keys
from taskmentor.models.organisation import Organisation, PairList
from taskmentor.programmes import Programme
from taskmentor.rematching.difference import Change, Difference, Fate, Why
from taskmentor.validators import as_rows

__all__ = ["Keep", "Published", "argument"]

Keep = Literal["none", "all"] | Collection[tuple[str, str]]
"""Which published pairs stay whatever it costs: none, all that still can, or those of some mentees and skills."""

_WHYS = tuple(Why)


@frozen(eq=False, kw_only=True)
class Published:
    """The pairs of a published plan, in the order of its rows.

    Attributes:
        plan: The plan.
        problem: The problem of today, without a word about what is published.
        request: Places of their requests, -1 for those that are not open. Shape (n,).
        mentor: Places of their mentors, -1 for those who are not there. Shape (n,).
        running: Which have become engagements. Shape (n,).
        why: Why each cannot stay, as a place in `Why`; -1 where it can. Shape (n,).
    """

    plan: Plan
    problem: Problem
    request: NDArray[np.int64]
    mentor: NDArray[np.int64]
    running: NDArray[np.bool_]
    why: NDArray[np.int64]

    @classmethod
    def of(cls, organisation: Organisation, programme: Programme, plan: Plan, *, on: date, seed: int) -> "Published":
        """Return the pairs of a published plan on a day.

        Raises:
            InputError: If the plan contradicts itself (`INVALID-PLAN`) or is that of another organisation
                (`OTHER-ORGANISATION`).
        """
        problem = daily_problem(organisation, programme.policy, on=on, seed=seed)
        pool, people = pool_of(problem), organisation.people
        request = pool.requests_named(plan.mentee_id, plan.skill_id)
        mentor = pool.mentors_named(plan.mentor_id)
        mentee = place_in(people.ids, plan.mentee_id)
        _check_published(plan, mentee, request)
        there = np.append(people.active(on), False)
        pair = np.flatnonzero((request >= 0) & (mentor >= 0))
        asked, offered = request[pair], mentor[pair]
        level, pinned = problem.levels(asked, offered), problem.pinned[asked]
        holds = {why: np.zeros(len(plan), np.bool_) for why in Why}
        holds[Why.MENTEE_LEFT] = ~there[mentee]
        holds[Why.REQUEST_CLOSED] = request < 0
        holds[Why.REQUEST_CLOSED][pair] = (pinned >= 0) & (pinned != offered)
        holds[Why.MENTOR_LEFT] = mentor < 0
        holds[Why.NO_PLACES][pair] = people.capacity[pool.mentors[offered]] <= 0
        holds[Why.NOT_QUALIFIED][pair] = (level < 0) | (level < problem.need[asked])
        holds[Why.BARRED][pair] = ~problem.admits(asked, offered, level)
        return cls(
            plan=plan,
            problem=problem,
            request=request,
            mentor=mentor,
            running=_running(organisation, plan, mentee, on),
            why=np.select([*holds.values()], np.arange(len(holds)), -1),
        )

    @cached_property
    def possible(self) -> NDArray[np.intp]:
        """Return the rows of the pairs that could stay, each by itself."""
        return np.flatnonzero((self.why < 0) & ~self.running)

    @property
    def n_possible(self) -> int:
        """Return how many they are."""
        return len(self.possible)

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """Return one number for each pair that could stay, rising."""
        return np.sort(pair_keys(self.request[self.possible], self.mentor[self.possible], self.problem.n_mentors))

    @cached_property
    def possible_pairs(self) -> tuple[tuple[str, str, str], ...]:
        """Return the pairs that could stay: mentee, skill, mentor."""
        columns = (self.plan.mentee_id, self.plan.skill_id, self.plan.mentor_id)
        return tuple(zip(*(column[self.possible].tolist() for column in columns), strict=True))

    def stays(self, request: NDArray[np.integer], mentor: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return which pairs are published and could stay."""
        return find_keys(self.keys, pair_keys(request, mentor, self.problem.n_mentors))[1]

    @cached_property
    def crowded(self) -> NDArray[np.bool_]:
        """Return which rows have a mentor or mentee with fewer places than there are such pairs. Shape (n,)."""
        problem, free = self.problem, self.possible[self.problem.pinned[self.request[self.possible]] < 0]
        mentor, mentee = self.mentor[free], problem.mentee[self.request[free]]
        crowded = np.zeros(len(self.plan), np.bool_)
        crowded[free] = np.bincount(mentor, minlength=problem.n_mentors)[mentor] > problem.capacity[mentor]
        crowded[free] |= np.bincount(mentee, minlength=problem.n_mentees)[mentee] > problem.limit[mentee]
        return crowded

    def rules(self, row: int) -> tuple[str, ...]:
        """Return the rules that bar a pair; none where nobody would ask."""
        if self.why[row] != _WHYS.index(Why.BARRED):
            return ()
        pair = self.request[row : row + 1], self.mentor[row : row + 1]
        level = self.problem.levels(*pair)
        return tuple(rule.name for rule in self.problem.rules if not rule.admits(*pair, level)[0])

    def pinning(self, keep: Keep) -> Organisation:
        """Return the organisation with those published pairs as pins that are to stay.

        Raises:
            InputError: With every pair that is to stay and cannot (`CANNOT-STAY`).
        """
        pool = pool_of(self.problem)
        rows = self._staying(keep)
        rows = rows[self.problem.pinned[self.request[rows]] < 0]
        if not len(rows):
            return pool.organisation
        pins, request = pool.organisation.pins, self.request[rows]
        more = PairList(
            np.append(pins.mentee, pool.mentees[request]),
            np.append(pins.mentor, pool.mentors[self.mentor[rows]]),
            np.append(pins.skill, pool.requests.skill[request]),
        )
        return evolve(pool.organisation, pins=more)

    def _staying(self, keep: Keep) -> NDArray[np.intp]:
        if keep == "none":
            return self.possible[:0]
        if keep == "all":
            return self._with_places(self.possible)
        named = _requests_to_keep(keep)
        asked = zip(self.plan.mentee_id.tolist(), self.plan.skill_id.tolist(), strict=True)
        rows = {pair: row for row, pair in enumerate(asked) if pair in named}
        faults = [_no_such_pair(*pair) for pair in sorted(named - rows.keys())]
        faults += [self._cannot_stay(row) for row in rows.values() if self.why[row] >= 0 and not self.running[row]]
        if faults:
            raise InputError(faults)
        return np.array([row for row in rows.values() if not self.running[row]], np.intp)

    def _with_places(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return as many of some rows as there are places for, those of most points first."""
        problem = self.problem
        pair = self.request[rows], self.mentor[rows]
        rows = rows[np.lexsort((rows, -problem.score(*pair, problem.levels(*pair))))]
        rows = rows[within(self.mentor[rows], problem.capacity)]
        return rows[within(problem.mentee[self.request[rows]], problem.limit)]

    def _cannot_stay(self, row: int) -> Fault:
        plan, why = self.plan, _WHYS[int(self.why[row])]
        problem = f"the pair of {plan.mentee_id[row]} and {plan.mentor_id[row]} for {plan.skill_id[row]}: {why.value}"
        return argument("CANNOT-STAY", "keep", problem, "Leave it out.")

    def valuing(self, programme: Programme, bonus: int) -> Programme:
        """Return a programme under which a published pair that can stay is worth more."""
        if not bonus or not self.n_possible:
            return programme
        scorer = InPlace(weight=bonus, pairs=self.possible_pairs)
        return evolve(programme, policy=evolve(programme.policy, scorers=(*programme.policy.scorers, scorer)))

    def difference(self, plan: Plan) -> Difference:
        """Return what another plan changes of the published one."""
        now = dict(zip(_requests(plan), plan.mentor_id.tolist(), strict=True))
        kept, changes = 0, []
        for row, (asked, before) in enumerate(zip(_requests(self.plan), self.plan.mentor_id.tolist(), strict=True)):
            after = now.pop(asked, None)
            if self.running[row]:
                continue
            if after == before:
                kept += 1
                continue
            fate = Fate.LOST if after is None else Fate.CHANGED
            change = Change(
                mentee_id=asked[0],
                skill_id=asked[1],
                before=before,
                after=after,
                fate=fate,
                why=self._gone(row),
                rules=self.rules(row),
            )
            changes.append(change)
        changes += [
            Change(mentee_id=mentee_id, skill_id=skill_id, before=None, after=after, fate=Fate.NEW, why=None)
            for (mentee_id, skill_id), after in now.items()
        ]
        changes.sort(key=lambda change: (change.mentee_id, change.skill_id))
        return Difference(kept=kept, running=int(np.count_nonzero(self.running)), changes=tuple(changes))

    def _gone(self, row: int) -> Why:
        """Return why a published pair did not stay."""
        if self.why[row] >= 0:
            return _WHYS[int(self.why[row])]
        return Why.FEWER_PLACES if self.crowded[row] else Why.BETTER_PLAN


def _check_published(plan: Plan, mentee: NDArray[np.int64], request: NDArray[np.int64]) -> None:
    """Refuse a plan whose rows are not those that it claims to have, and one that nobody here is a mentee of.

    Args:
        plan: The published plan.
        mentee: Its mentees as people of the organisation, -1 for those who are none. Shape (n,).
        request: Its requests as places of today's, -1 for those that are not open. Shape (n,).
    """
    claims, score = plan.claims, int(plan.score.sum())
    found = [f"it has {len(plan):,} pairs, not {claims.matched:,}"] if len(plan) != claims.matched else []
    found += [f"its scores sum up to {score:,}, not {claims.score:,}"] if score != claims.score else []
    asked = np.flatnonzero(request >= 0)
    twice = asked[np.bincount(request[asked])[request[asked]] > 1]
    found += sorted({f"served twice: {plan.mentee_id[row]} {plan.skill_id[row]}" for row in twice})
    if found:
        remedy = "Give the plan as it was written."
        raise InputError([Fault(code="INVALID-PLAN", table="plan", problem=one, remedy=remedy) for one in found])
    if len(plan) and (mentee < 0).all():
        problem = f"none of its {len(plan):,} pairs has a mentee of this organisation"
        remedy = "Give the plan that was published for it."
        raise InputError([Fault(code="OTHER-ORGANISATION", table="plan", problem=problem, remedy=remedy)])


def _requests_to_keep(keep: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the requests whose pairs are to stay.

    Raises:
        InputError: If something else is given (`WRONG-TYPE`).
    """
    rows = as_rows(keep)
    odd = [row for row in rows if len(row) != 2 or not all(isinstance(one, str) for one in row)]
    if odd:
        remedy = "Give 'none', 'all' or pairs of mentee id and skill id."
        raise InputError([argument("WRONG-TYPE", "keep", f"{shown(row)} is no request", remedy) for row in odd])
    return {(str(mentee_id), str(skill_id)) for mentee_id, skill_id in rows}


def _no_such_pair(mentee_id: str, skill_id: str) -> Fault:
    problem = f"the published plan has no pair of {shown(mentee_id)} for {shown(skill_id)}"
    return argument("CANNOT-STAY", "keep", problem, "Leave it out.")


def _running(organisation: Organisation, plan: Plan, mentee: NDArray[np.int64], on: date) -> NDArray[np.bool_]:
    """Return which pairs of a plan have become engagements that take a place. Shape (n,)."""
    engaged = organisation.engaged.running(on)
    mentor = place_in(organisation.people.ids, plan.mentor_id)
    skill = place_in(np.array(organisation.model.skill_ids, np.str_), plan.skill_id)
    n_people, n_skills = len(organisation.people), len(organisation.model.skills)
    known = (mentee >= 0) & (mentor >= 0) & (skill >= 0)
    taken = pair_keys(pair_keys(engaged.mentee, engaged.mentor, n_people), engaged.skill, n_skills)
    return known & np.isin(pair_keys(pair_keys(mentee, mentor, n_people), skill, n_skills), taken)


def _requests(plan: Plan) -> list[tuple[str, str]]:
    return list(zip(plan.mentee_id.tolist(), plan.skill_id.tolist(), strict=True))


def argument(code: str, name: str, problem: str, remedy: str) -> Fault:
    """Return the fault of an argument."""
    return Fault(code=code, table="arguments", column=name, problem=problem, remedy=remedy)
