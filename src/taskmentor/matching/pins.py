"""Pins: pairs that a plan must contain. They are settled before anything is solved, and take their places off."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError
from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import CompiledRule, find_keys, pair_keys
from taskmentor.models.organisation import PairList
from taskmentor.models.people import NO_CODE

__all__ = ["SettledPins", "settle_pins"]


@frozen(eq=False, kw_only=True)
class SettledPins:
    """What the pins leave.

    Attributes:
        mentor: The place of the mentor that each request is pinned to, -1 for none. Shape (n_requests,).
        limit: Places that each mentee has left. Shape (n_mentees,).
        capacity: Places that each mentor has left. Shape (n_mentors,).
    """

    mentor: NDArray[np.int32]
    limit: NDArray[np.int32]
    capacity: NDArray[np.int32]


def settle_pins(
    pool: Pool,
    rules: Sequence[CompiledRule],
    *,
    mentee: NDArray[np.int32],
    limit: NDArray[np.int32],
    capacity: NDArray[np.int32],
) -> SettledPins:
    """Return the pins as settled pairs.

    A pin names its skill, or its mentee has exactly one admissible request with that mentor. A pin makes no request,
    and it never goes before a rule.

    Args:
        pool: The pool.
        rules: All rules of the problem.
        mentee: The place of each request's mentee. Shape (n_requests,).
        limit: Places of each mentee. Shape (n_mentees,).
        capacity: Places of each mentor. Shape (n_mentors,).

    Raises:
        InputError: With every pin that cannot be kept: `INACTIVE-PERSON`, `PIN-WITHOUT-REQUEST`, `AMBIGUOUS-PIN`,
            `PIN-BREAKS-RULE`, `PIN-TWICE` or `PIN-OVER-CAPACITY`.
    """
    pins = _open(pool)
    request, mentor = _named(pool, rules, pins), pool.mentor_place[pins.mentor]
    if (request != NO_CODE).all():
        settled = _settled(request, mentor, mentee, limit, capacity, len(pool.requests))
        if settled is not None:
            return settled
    return _one_by_one(pool, rules, pins, request, mentee=mentee, limit=limit, capacity=capacity)


def _settled(
    request: NDArray[np.int64],
    mentor: NDArray[np.int32],
    mentee: NDArray[np.int32],
    limit: NDArray[np.int32],
    capacity: NDArray[np.int32],
    n_requests: int,
) -> SettledPins | None:
    """Return pins as settled pairs, or None where two mean the same request or there are too few places."""
    pinned = np.full(n_requests, NO_CODE, np.int32)
    pinned[request] = mentor
    left = (limit - np.bincount(mentee[request], minlength=len(limit))).astype(np.int32)
    places = (capacity - np.bincount(mentor, minlength=len(capacity))).astype(np.int32)
    fits = np.count_nonzero(pinned != NO_CODE) == len(request) and min(left.min(initial=0), places.min(initial=0)) >= 0
    return SettledPins(mentor=pinned, limit=left, capacity=places) if fits else None


def _one_by_one(
    pool: Pool,
    rules: Sequence[CompiledRule],
    pins: PairList,
    request: NDArray[np.int64],
    *,
    mentee: NDArray[np.int32],
    limit: NDArray[np.int32],
    capacity: NDArray[np.int32],
) -> SettledPins:
    """Return pins as settled pairs, or tell every one that cannot be kept.

    Args:
        pool: The pool.
        rules: All rules of the problem.
        pins: The pins.
        request: The request that each pin means where that is known already, -1 for others. Shape (n_pins,).
        mentee: The place of each request's mentee. Shape (n_requests,).
        limit: Places of each mentee. Shape (n_mentees,).
        capacity: Places of each mentor. Shape (n_mentors,).
    """
    pinned = np.full(len(pool.requests), NO_CODE, np.int32)
    limit, capacity = limit.copy(), capacity.copy()
    faults: list[Fault] = []
    for row, known in enumerate(request.tolist()):
        pin = _Pin.of(pool, pins, row)
        meant, fault = (known, None) if known != NO_CODE else pin.request(pool, rules)
        if fault is None and pinned[meant] != NO_CODE:
            fault = pin.fault("PIN-TWICE", "another pin means the same request", "Keep one of the two pins.")
        if fault is not None:
            faults.append(fault)
            continue
        pinned[meant] = pin.mentor
        limit[mentee[meant]] -= 1
        capacity[pin.mentor] -= 1
        if limit[mentee[meant]] < 0:
            faults.append(pin.over("the mentee's limit"))
        if capacity[pin.mentor] < 0:
            faults.append(pin.over("the mentor's capacity"))
    if faults:
        raise InputError(faults)
    return SettledPins(mentor=pinned, limit=limit, capacity=capacity)


@frozen(kw_only=True)
class _Pin:
    """One pin: person codes, the mentor's place in the pool (-1 if not there), a skill code or -1."""

    mentee_code: int
    mentee_id: str
    mentor_id: str
    mentor: int
    skill: int
    skill_id: str | None

    @classmethod
    def of(cls, pool: Pool, pins: PairList, row: int) -> "_Pin":
        """Return one of some pins."""
        organisation, skill = pool.organisation, int(pins.skill[row])
        return cls(
            mentee_code=int(pins.mentee[row]),
            mentee_id=organisation.people.id(int(pins.mentee[row])),
            mentor_id=organisation.people.id(int(pins.mentor[row])),
            mentor=int(pool.mentor_place[pins.mentor[row]]),
            skill=skill,
            skill_id=None if skill == NO_CODE else organisation.model.skill_ids[skill],
        )

    def fault(self, code: str, problem: str, remedy: str) -> Fault:
        about = f" for {self.skill_id}" if self.skill_id else ""
        return Fault(
            code=code,
            table="pins",
            problem=f"the pin of {self.mentee_id} to {self.mentor_id}{about}: {problem}",
            remedy=remedy,
        )

    def over(self, what: str) -> Fault:
        return self.fault("PIN-OVER-CAPACITY", f"{what} has no place left for it", "Remove a pin or add a place.")

    def request(self, pool: Pool, rules: Sequence[CompiledRule]) -> tuple[int, Fault | None]:
        """Return the place of the request that is pinned, or why there is none."""
        for side, place in (("mentee", pool.mentor_place[self.mentee_code]), ("mentor", self.mentor)):
            if place == NO_CODE:
                problem = f"the {side} is not there on that day"
                return NO_CODE, self.fault("INACTIVE-PERSON", problem, "Remove the pin.")
        own = np.flatnonzero(pool.mentees == self.mentee_code)
        own = own[pool.requests.skill[own] == self.skill] if self.skill != NO_CODE else own
        if not len(own):
            problem = "the mentee has no such request"
            return NO_CODE, self.fault("PIN-WITHOUT-REQUEST", problem, "A pin makes no request: add the request.")
        broken = self._broken(pool, rules, own)
        good = [request for request, names in zip(own.tolist(), broken, strict=True) if not names]
        if len(good) == 1:
            return good[0], None
        if len(good) > 1:
            problem = f"{len(good)} of the mentee's requests could be meant"
            return NO_CODE, self.fault("AMBIGUOUS-PIN", problem, "Name the skill.")
        names = " and ".join(sorted({name for some in broken for name in some}))
        return NO_CODE, self.fault(
            "PIN-BREAKS-RULE", f"it breaks the rule {names}", "Remove the pin, change the rule, or leave the pins out."
        )

    def _broken(self, pool: Pool, rules: Sequence[CompiledRule], own: NDArray[np.intp]) -> list[list[str]]:
        """Return, for each of the mentee's requests, the names of the rules that the pair breaks."""
        mentor = np.full(len(own), self.mentor)
        person = pool.mentors[mentor]
        levels, assessed = pool.proficiency.levels(person, pool.requests.skill[own])
        # Nobody is qualified by a skill in which they were never assessed.
        broken = [[] if known else ["qualified"] for known in assessed.tolist()]
        for rule in rules:
            for names, admitted in zip(broken, rule.admits(own, mentor, levels).tolist(), strict=True):
                if not admitted and rule.name not in names:
                    names.append(rule.name)
        return broken


def _open(pool: Pool) -> PairList:
    """Return the pins that no running engagement has made come true already."""
    organisation = pool.organisation
    pins, running = organisation.pins, organisation.engaged.running(pool.on)
    n_people, n_skills = len(organisation.people), len(organisation.model.skill_ids)

    def keys(mentee: NDArray[np.int32], mentor: NDArray[np.int32], skill: NDArray[np.int32]) -> NDArray[np.int64]:
        return pair_keys(pair_keys(mentee, mentor, n_people), skill + 1, n_skills + 1)

    together = keys(running.mentee, running.mentor, running.skill)
    of_any_skill = keys(running.mentee, running.mentor, np.full_like(running.skill, NO_CODE))
    left = ~np.isin(keys(pins.mentee, pins.mentor, pins.skill), np.append(together, of_any_skill))
    return PairList(pins.mentee[left], pins.mentor[left], pins.skill[left])


def _named(pool: Pool, rules: Sequence[CompiledRule], pins: PairList) -> NDArray[np.int64]:
    """Return the request that each pin means, -1 for pins that name no skill and for those that cannot be kept."""
    n_skills, meant = len(pool.organisation.model.skill_ids), np.full(len(pins), NO_CODE, np.int64)
    asked = pair_keys(pool.mentees, pool.requests.skill, n_skills)
    order = np.argsort(asked, kind="stable")
    place, known = find_keys(asked[order], pair_keys(pins.mentee, pins.skill, n_skills))
    known &= (pins.skill != NO_CODE) & (pool.mentor_place[pins.mentee] != NO_CODE)
    rows = np.flatnonzero(known & (pool.mentor_place[pins.mentor] != NO_CODE))
    request, mentor = order[place[rows]], pool.mentor_place[pins.mentor[rows]]
    levels, kept = pool.proficiency.levels(pins.mentor[rows], pins.skill[rows])
    for rule in rules:
        kept = kept & rule.admits(request, mentor, levels)
    meant[rows[kept]] = request[kept]
    return meant
