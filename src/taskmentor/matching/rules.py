"""Rules: what admits a mentor to a request, or does not. To add one, write a frozen class with `name` and `compile`."""

from datetime import timedelta
from typing import Literal, Protocol

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import (
    ExplicitBar,
    IntervalBar,
    LevelFloor,
    MentorBar,
    RuleShape,
    SharedLanguages,
    pair_keys,
)
from taskmentor.models.people import NO_CODE
from taskmentor.validators import one_of, whole

__all__ = ["NotBlocked", "NotManager", "NotOneself", "Qualified", "Rule", "SharedLanguage", "StaysFor"]


_OFF_ALL_SCALES = 127
"""A level that no scale has, and the highest that fits its column."""


MOST_DAYS = 36_600
"""A hundred years: no day of a round plus this leaves the calendar."""


class Rule(Protocol):
    """A hard rule. `name` is what reasons and plans call it; `compile` gives its shape for one pool."""

    @property
    def name(self) -> str:
        """Return the rule's name, such as `shared-language`."""
        ...

    def compile(self, pool: Pool) -> RuleShape:
        """Return the rule's shape for a pool, aligned with its requests and mentors."""
        ...


@frozen(kw_only=True)
class Qualified:
    """The mentor's confirmed level is at or above the target, and above the mentee's own.

    Nobody is qualified by an unassessed skill.

    Attributes:
        above_target: How many levels above the target the mentor must at least be.
    """

    above_target: int = field(default=0, validator=whole(at_least=0))

    @property
    def name(self) -> str:
        """Return `qualified`."""
        return "qualified"

    def compile(self, pool: Pool) -> RuleShape:
        """Return the least level that each request needs."""
        target = pool.requests.target.astype(np.int16) + min(self.above_target, _OFF_ALL_SCALES)
        need = np.maximum(target, pool.requests.current.astype(np.int16) + 1)
        return LevelFloor(np.minimum(need, _OFF_ALL_SCALES).astype(np.int8))


@frozen
class NotOneself:
    """Nobody mentors themselves. Part of every policy."""

    @property
    def name(self) -> str:
        """Return `not-oneself`."""
        return "not-oneself"

    def compile(self, pool: Pool) -> RuleShape:
        """Return each request's own mentee as a barred pair."""
        return _barred(pool, np.arange(len(pool.requests)), pool.mentees)


@frozen
class NotBlocked:
    """No pair of the table `blocks`. Part of every policy."""

    @property
    def name(self) -> str:
        """Return `not-blocked`."""
        return "not-blocked"

    def compile(self, pool: Pool) -> RuleShape:
        """Return the blocked pairs; a block without a skill holds for all of the mentee's requests."""
        blocks = pool.organisation.blocks
        block, request = pool.requests_of(blocks.mentee)
        meant = (blocks.skill[block] == NO_CODE) | (blocks.skill[block] == pool.requests.skill[request])
        return _barred(pool, request[meant], blocks.mentor[block[meant]])


@frozen(kw_only=True)
class NotManager:
    """The mentor is not the mentee's manager.

    Attributes:
        line: `direct` bars the manager, `whole` everybody in the line of managers above.
    """

    line: Literal["direct", "whole"] = field(default="direct", validator=one_of("direct", "whole"))

    @property
    def name(self) -> str:
        """Return `not-manager`."""
        return "not-manager"

    def compile(self, pool: Pool) -> RuleShape:
        """Return the managers as barred pairs, or the intervals of their teams."""
        if self.line == "direct":
            return _barred(pool, np.arange(len(pool.requests)), pool.forest.manager[pool.mentees])
        low = pool.forest.enter[pool.mentors]
        return IntervalBar(low, low + pool.forest.size[pool.mentors], pool.forest.enter[pool.mentees])


@frozen
class SharedLanguage:
    """Mentor and mentee have a language in common; those of whom no language is known are taken to share any."""

    @property
    def name(self) -> str:
        """Return `shared-language`."""
        return "shared-language"

    def compile(self, pool: Pool) -> RuleShape:
        """Return the languages of both sides as bits."""
        spoken = pool.organisation.people.languages
        known = np.where(spoken == 0, np.uint64(2**64 - 1), spoken)
        return SharedLanguages(known[pool.mentees], known[pool.mentors])


@frozen(kw_only=True)
class StaysFor:
    """The mentor does not leave within a number of days.

    Attributes:
        days: Counted from the day of the round.
    """

    days: int = field(validator=whole(at_least=0, at_most=MOST_DAYS))

    @property
    def name(self) -> str:
        """Return `stays-for`."""
        return "stays-for"

    def compile(self, pool: Pool) -> RuleShape:
        """Return who stays long enough."""
        until = np.datetime64(pool.on + timedelta(days=self.days))
        return MentorBar(~(pool.organisation.people.left_on[pool.mentors] <= until))


def _barred(pool: Pool, request: NDArray[np.integer], person: NDArray[np.int32]) -> ExplicitBar:
    """Return a bar of some requests against some people, of whom -1 is nobody."""
    mentor = np.where(person == NO_CODE, NO_CODE, pool.mentor_place[person])
    there = mentor != NO_CODE
    keys = np.sort(pair_keys(request[there], mentor[there], len(pool.mentors)))
    # `np.unique` would hash what is nearly sorted already, which takes several times as long.
    return ExplicitBar(keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]], len(pool.mentors))
