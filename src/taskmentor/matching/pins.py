"""Pins: pairs that a plan must contain. They are settled before anything is solved, and take their places off."""

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError
from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import CompiledRule
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
    pinned = np.full(len(pool.requests), NO_CODE, np.int32)
    limit, capacity = limit.copy(), capacity.copy()
    faults: list[Fault] = []
    for pin in _pins(pool):
        request, fault = pin.request(pool, rules)
        if fault is None and pinned[request] != NO_CODE:
            fault = pin.fault("PIN-TWICE", "another pin means the same request", "Keep one of the two pins.")
        if fault is not None:
            faults.append(fault)
            continue
        pinned[request] = pin.mentor
        limit[mentee[request]] -= 1
        capacity[pin.mentor] -= 1
        if limit[mentee[request]] < 0:
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


def _pins(pool: Pool) -> Iterator[_Pin]:
    """Return the pins that no running engagement has made come true already."""
    organisation = pool.organisation
    pins, running = organisation.pins, organisation.engaged.running(pool.on)
    together = list(zip(running.mentee.tolist(), running.mentor.tolist(), running.skill.tolist(), strict=True))
    true = {*together, *((mentee, mentor, NO_CODE) for mentee, mentor, _ in together)}
    for mentee, mentor, skill in zip(pins.mentee.tolist(), pins.mentor.tolist(), pins.skill.tolist(), strict=True):
        if (mentee, mentor, skill) in true:
            continue
        yield _Pin(
            mentee_code=mentee,
            mentee_id=organisation.people.id(mentee),
            mentor_id=organisation.people.id(mentor),
            mentor=int(pool.mentor_place[mentor]),
            skill=skill,
            skill_id=None if skill == NO_CODE else organisation.model.skill_ids[skill],
        )
