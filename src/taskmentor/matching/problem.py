"""The problem that a strategy solves: whole-number columns and a compiled policy, and nothing about people."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Self, TypeVar

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, Fault, InputError, TooLargeError, UnsupportedError, shown
from taskmentor.matching.aims.aim import Aim
from taskmentor.matching.pins import settle_pins
from taskmentor.matching.policy import Objective, Policy
from taskmentor.matching.pool import Pool, build_pool, mixed
from taskmentor.matching.preferences import Given, given_lists
from taskmentor.matching.requests import Requests, open_requests
from taskmentor.matching.rows import CompiledConstraint, bars
from taskmentor.matching.rules import NotBlocked, NotOneself, Rule
from taskmentor.matching.shapes import (
    CategoryPoints,
    CompiledRule,
    CompiledScorer,
    ExplicitBar,
    ExplicitPoints,
    IntervalBar,
    LevelFloor,
    PairBar,
    PairPoints,
    distinct,
    find_keys,
    pair_keys,
)
from taskmentor.matching.wishes import wish_shape, with_wish
from taskmentor.models.organisation import Organisation
from taskmentor.models.ranges import ranges
from taskmentor.proficiency import Proficiency, check_day, confirmed_proficiency

__all__ = ["Arcs", "Holdings", "Pairs", "Problem", "compile_problem", "daily_problem", "places_left"]

LARGEST = 2**62
"""Sums above this are refused, which leaves one bit of an int64 to spare."""

MOST_SEED = 2**32 - 1
"""The largest seed of a round."""

_BLOCK = 1 << 20


@frozen(eq=False, kw_only=True)
class Pairs:
    """Pairs of a request and a mentor, as columns sorted by request.

    Attributes:
        request: Places of requests. Shape (n,).
        mentor: Places of mentors. Shape (n,).
        level: The mentor's level of the request's skill. Shape (n,).
    """

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    level: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.request)

    def take(self, rows: NDArray[np.generic]) -> "Pairs":
        """Return some of the pairs, by places or by a mask."""
        return Pairs(request=self.request[rows], mentor=self.mentor[rows], level=self.level[rows])

    @classmethod
    def joined(cls, parts: Iterable["Pairs"]) -> "Pairs":
        """Return the pairs of one or more parts, in their order."""
        request, mentor, level = zip(*((one.request, one.mentor, one.level) for one in parts), strict=True)
        return cls(request=np.concatenate(request), mentor=np.concatenate(mentor), level=np.concatenate(level))


@frozen(eq=False, kw_only=True)
class Arcs:
    """The pairs that a plan may use, with what each is worth, sorted by request.

    Attributes:
        request: Places of requests. Shape (n,).
        mentor: Places of mentors. Shape (n,).
        weight: What the pair adds to the objective, above 0. Shape (n,).
    """

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    weight: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.request)

    def take(self, rows: NDArray[np.generic]) -> "Arcs":
        """Return some of the arcs, by places or by a mask."""
        return Arcs(request=self.request[rows], mentor=self.mentor[rows], weight=self.weight[rows])

    @classmethod
    def joined(cls, parts: Iterable["Arcs"]) -> "Arcs":
        """Return the arcs of some parts, in their order."""
        none = cls(request=np.zeros(0, np.int32), mentor=np.zeros(0, np.int32), weight=np.zeros(0, np.int64))
        columns = ((one.request, one.mentor, one.weight) for one in (none, *parts))
        request, mentor, weight = zip(*columns, strict=True)
        return cls(request=np.concatenate(request), mentor=np.concatenate(mentor), weight=np.concatenate(weight))


@frozen(eq=False, kw_only=True)
class Holdings:
    """Who holds which skill at which level; those of skill `s` stand in `start[s]:start[s + 1]`, highest level first.

    Attributes:
        start: Shape (n_skills + 1,).
        mentor: Places of mentors. Shape (n,).
        level: Shape (n,).
    """

    start: NDArray[np.int64]
    mentor: NDArray[np.int32]
    level: NDArray[np.int8]

    @classmethod
    def of(
        cls, skill: NDArray[np.integer], level: NDArray[np.integer], mentor: NDArray[np.integer], n_skills: int
    ) -> Self:
        """Return holdings from columns in any order."""
        # One number a row is sorted several times as quickly as three columns one after the other.
        place = skill.astype(np.int64) * 256 + (127 - level.astype(np.int64))
        order = np.argsort(place * (int(mentor.max(initial=0)) + 1) + mentor, kind="stable")
        return cls(
            start=np.searchsorted(skill[order], np.arange(n_skills + 1)).astype(np.int64),
            mentor=mentor[order].astype(np.int32),
            level=level[order].astype(np.int8),
        )

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """How many hold each skill at each level or above, up to one that nobody has. Shape (n_skills, n_levels)."""
        skill = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        exact = np.zeros((len(self.start) - 1, int(self.level.max(initial=-1)) + 2), np.int64)
        np.add.at(exact, (skill, self.level.astype(np.int64)), 1)
        return exact[:, ::-1].cumsum(axis=1)[:, ::-1]

    def count(self, skill: NDArray[np.integer], need: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return how many hold each skill at a level or above. Shape (n_requests,)."""
        found: NDArray[np.int64] = self._counts[skill, np.minimum(need, self._counts.shape[1] - 1)]
        return found

    def expand(self, request: NDArray[np.integer], skill: NDArray[np.integer], need: NDArray[np.integer]) -> Pairs:
        """Return every pair of a request and a holder of its skill at the needed level or above.

        Args:
            request: Places of requests. Shape (n,).
            skill: Their skills. Shape (n,).
            need: The least level for each. Shape (n,).

        Complexity:
            O(pairs).
        """
        count = self.count(skill, need)
        row = ranges(self.start[skill], count)
        owner = np.repeat(request, count).astype(np.int32)
        return Pairs(request=owner, mentor=self.mentor[row], level=self.level[row])


@frozen(eq=False, kw_only=True)
class Problem:
    """Requests to be given mentors, under capacities, limits and a compiled policy.

    Attributes:
        mentee: The place of each request's mentee, rising. Shape (n_requests,).
        skill: Skill codes. Shape (n_requests,).
        need: The least level of the skill that a mentor must have. Shape (n_requests,).
        limit: Places that each mentee has left. Shape (n_mentees,).
        capacity: Places that each mentor has left. Shape (n_mentors,).
        holdings: Who offers places and holds which skill.
        silent: Who holds which skill and offers no place at all.
        rules: The compiled rules, in the order of the policy, those of every policy first.
        scorers: The compiled scorers, in the order of the policy; where wishes are a level of the objective, weighted
            so that all levels are one sum, with the wishes last.
        objective: What is maximised.
        pinned: The mentor that each request is pinned to, -1 for none. Their places are taken off already. Shape
            (n_requests,).
        request_key: A hash of each request's ids, which settles ties. Shape (n_requests,).
        mentor_key: A hash of each mentor's id, which settles ties. Shape (n_mentors,).
        given: The lists that people gave of whom they prefer, None where nobody gave one.
        plain: The scorers as the policy weights them, where `scorers` are others.
        wish: 1 for each pair that meets the mentee's wish, where wishes are a level of the objective.
        aims: What a plan is to be best at, in order, where that is more than the objective says.
        load_cost: How many points each mentee of a mentor costs more than the one before.
        pool: Who the places stand for; strategies do not look at it. None for a problem made from scores.
        constraints: What a plan as a whole must keep, pinned pairs included.
        per_request: What serving one more request is worth next to its score, where the objective does not say it.
    """

    mentee: NDArray[np.int32]
    skill: NDArray[np.int32]
    need: NDArray[np.int8]
    limit: NDArray[np.int32]
    capacity: NDArray[np.int32]
    holdings: Holdings
    silent: Holdings
    rules: tuple[CompiledRule, ...]
    scorers: tuple[CompiledScorer, ...]
    objective: Objective
    pinned: NDArray[np.int32]
    request_key: NDArray[np.uint64]
    mentor_key: NDArray[np.uint64]
    given: Given | None = field(default=None, repr=False)
    plain: tuple[CompiledScorer, ...] | None = field(default=None, repr=False)
    wish: CategoryPoints | None = field(default=None, repr=False)
    aims: tuple[Aim, ...] = field(default=(), repr=False)
    load_cost: int = 0
    pool: Pool | None = field(default=None, repr=False)
    constraints: tuple[CompiledConstraint, ...] = field(default=(), repr=False)
    per_request: int | None = None

    @property
    def n_requests(self) -> int:
        """Return how many requests there are, pinned ones included."""
        return len(self.mentee)

    @property
    def n_mentees(self) -> int:
        """Return how many people have requests."""
        return len(self.limit)

    @property
    def n_mentors(self) -> int:
        """Return how many people could be mentors, those without places included."""
        return len(self.capacity)

    def __repr__(self) -> str:
        places = int(self.capacity.sum(dtype=np.int64))
        return (
            f"Problem({self.n_requests:,} requests, {self.n_mentees:,} mentees, {places:,} places, {self.objective!r})"
        )

    @classmethod
    def build(
        cls,
        organisation: Organisation,
        requests: Requests,
        policy: Policy,
        *,
        on: date,
        salt: str = "0",
        proficiency: Proficiency | None = None,
    ) -> Self:
        """Return the problem of serving some requests under a policy on a day.

        Args:
            organisation: The organisation.
            requests: The requests, in any order.
            policy: The policy; it is compiled here, once.
            on: The day.
            salt: Orders the ids; published before the round.
            proficiency: Everybody's confirmed proficiency, where it is at hand already.

        Raises:
            InputError: If a pin names no request, more than one, breaks a rule or exceeds a limit.
            CostRangeError: If the objective could exceed whole numbers of 62 bits.
        """
        known = proficiency or confirmed_proficiency(organisation, on=on, policy=policy.proficiency)
        return compile_problem(cls, build_pool(organisation, requests, known, on=on, salt=salt), policy)

    @classmethod
    def from_scores(
        cls,
        scores: NDArray[np.integer],
        *,
        admitted: NDArray[np.bool_] | None = None,
        capacity: NDArray[np.integer] | None = None,
        mentee: NDArray[np.integer] | None = None,
        limit: NDArray[np.integer] | None = None,
        objective: Objective = "requests-then-score",
        constraints: tuple[CompiledConstraint, ...] = (),
    ) -> Self:
        """Return a problem from a matrix of scores, for benchmarks and experiments.

        Args:
            scores: Whole points of each request with each mentor. Shape (n_requests, n_mentors).
            admitted: Which pairs are admitted; all unless given. Shape (n_requests, n_mentors).
            capacity: Places of each mentor; 1 unless given. Shape (n_mentors,).
            mentee: Whose each request is, rising from 0; everyone's own unless given. Shape (n_requests,).
            limit: Places of each mentee; 1 unless given. Shape (n_mentees,).
            objective: What is maximised.
            constraints: What a plan as a whole must keep, aligned with requests and mentors.

        Raises:
            CostRangeError: If the objective could exceed whole numbers of 62 bits.
            ValueError: If the shapes disagree.
        """
        problem = problem_from_scores(cls, scores, admitted, capacity, mentee, limit, objective)
        return evolve(problem, constraints=tuple(constraints), rules=(*problem.rules, *bars(constraints)))

    @classmethod
    def from_pairs(
        cls,
        request: NDArray[np.integer],
        mentor: NDArray[np.integer],
        score: NDArray[np.integer],
        *,
        capacity: NDArray[np.integer],
        mentee: NDArray[np.integer],
        limit: NDArray[np.integer],
        objective: Objective = "requests-then-score",
    ) -> Self:
        """Return a problem from a list of pairs, all others of which are not admitted, for benchmarks and experiments.

        Args:
            request: The request of each pair. Shape (n_pairs,).
            mentor: Its mentor. Shape (n_pairs,).
            score: Its whole points. Shape (n_pairs,).
            capacity: Places of each mentor. Shape (n_mentors,).
            mentee: Whose each request is, rising from 0. Shape (n_requests,).
            limit: Places of each mentee. Shape (n_mentees,).
            objective: What is maximised.

        Raises:
            CostRangeError: If the objective could exceed whole numbers of 62 bits.
            ValueError: If the shapes disagree, or a pair stands there twice or is of nobody.
        """
        return problem_from_pairs(cls, request, mentor, score, capacity, mentee, limit, objective)

    # What a pair is worth

    @cached_property
    def score_bounds(self) -> tuple[int, int]:
        """Return numbers that what no pair is worth, before it is counted, falls below or exceeds."""
        bounds = [scorer.bounds for scorer in self.scorers]
        return sum(low for low, _ in bounds), sum(high for _, high in bounds)

    @property
    def spread(self) -> int:
        """Return how far the worth of pairs, and of no pair at all, is apart at the most, 0 or more."""
        low, high = self.score_bounds
        return max(high, 0) - min(low, 0)

    @cached_property
    def n_places(self) -> int:
        """Return how many requests could be served at the most, by the mentors' places alone, pinned ones included."""
        pinned = int((self.pinned >= 0).sum())
        return min(self.n_requests, int(self.capacity.sum(dtype=np.int64)) + pinned)

    @cached_property
    def count_weight(self) -> int:
        """Return what serving one more request is worth next to its score; 0 under the objective `score`.

        Under `requests-then-score` it is 1 + places x (highest - lowest possible score), where the highest counts as at
        least 0: then one request more outweighs any loss of score, also where all scores are negative. What the dearest
        place costs is such a loss too.
        """
        if self.per_request is not None:
            return self.per_request
        if self.objective == "score":
            return 0
        low, high = self.score_bounds
        return 1 + self.n_places * (max(high, 0) - low + self.dearest_place)

    def refuse_constraints(self, who: str, instead: str | None = None) -> None:
        """Raise UnsupportedError if there are constraints, none of which is held.

        Args:
            who: By whom.
            instead: What to do about it; unless given, to take a strategy that holds all of them.
        """
        if self.constraints:
            names = " and ".join(one.name for one in self.constraints)
            usual = "give the policy no aims, and take CpSat or Milp" if self.aims else "take CpSat or Milp"
            instead = instead or usual
            raise UnsupportedError(f"{who} does not hold {names}, which the policy has; {instead}.")

    def check_range(self) -> None:
        """Raise CostRangeError if the objective of some plan, or a part of it, could exceed 62 bits."""
        parts = sum(max(abs(low), abs(high)) for low, high in (scorer.bounds for scorer in self.scorers))
        largest = (self.n_requests + 1) * (self.count_weight + parts + self.dearest_place)
        if largest > LARGEST:
            raise CostRangeError("the objective", largest, LARGEST)

    # What places cost

    @cached_property
    def load(self) -> NDArray[np.int64]:
        """Return how many mentees each mentor has already, by running engagements and pins. Shape (n_mentors,)."""
        load = np.bincount(self.pinned[self.pinned >= 0], minlength=self.n_mentors)
        if self.pool is not None:
            running = self.pool.organisation.engaged.running(self.pool.on)
            load += np.bincount(running.mentor, minlength=len(self.pool.organisation.people))[self.pool.mentors]
        return load.astype(np.int64)

    def place_costs(self, mentors: NDArray[np.integer], numbers: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return what some places cost: `load_cost` for each mentee that the mentor has before.

        Args:
            mentors: Whose each place is. Shape (n,).
            numbers: Which of the places left it is, from 0. Shape (n,).
        """
        return np.asarray(self.load_cost * (self.load[mentors] + numbers), np.int64)

    def paid_for_places(self, requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> int:
        """Return what the places of a plan cost together, those of pinned pairs left out.

        Args:
            requests: The plan's requests. Shape (n_matched,).
            mentors: Their mentors. Shape (n_matched,).
        """
        if not self.load_cost:
            return 0
        filled = np.bincount(mentors[self.pinned[requests] < 0], minlength=self.n_mentors)
        cost: int = (self.load * filled + filled * (filled - 1) // 2).sum().item()
        return self.load_cost * cost

    @cached_property
    def dearest_place(self) -> int:
        """Return what no place costs more than."""
        if not self.load_cost:
            return 0
        return self.load_cost * int((self.load + np.minimum(self.capacity, self.n_requests)).max(initial=0))

    def parts(
        self, requests: NDArray[np.integer], mentors: NDArray[np.integer], levels: NDArray[np.integer]
    ) -> list[NDArray[np.int64]]:
        """Return the weighted points that each scorer gives to some pairs, in the order of the scorers."""
        return [scorer.points(requests, mentors, levels) for scorer in self.point_scorers]

    @property
    def point_scorers(self) -> tuple[CompiledScorer, ...]:
        """Return the scorers as the policy weights them."""
        return self.scorers if self.plain is None else self.plain

    def part_columns(
        self, requests: NDArray[np.integer], mentors: NDArray[np.integer], levels: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        """Return the weighted points of some pairs, a column for each scorer. Shape (n_pairs, n_scorers)."""
        columns = np.zeros((len(requests), len(self.point_scorers)), np.int64)
        for place, part in enumerate(self.parts(requests, mentors, levels)):
            columns[:, place] = part
        return columns

    def score(
        self, requests: NDArray[np.integer], mentors: NDArray[np.integer], levels: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        """Return the score of some pairs: the sum of their weighted points."""
        return self._sum(self.point_scorers, requests, mentors, levels)

    def worth(
        self, requests: NDArray[np.integer], mentors: NDArray[np.integer], levels: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        """Return what some pairs are worth before they are counted: the score, with wishes where they are a level."""
        return self._sum(self.scorers, requests, mentors, levels)

    def _sum(
        self,
        scorers: tuple[CompiledScorer, ...],
        requests: NDArray[np.integer],
        mentors: NDArray[np.integer],
        levels: NDArray[np.integer],
    ) -> NDArray[np.int64]:
        total = np.zeros(np.broadcast_shapes(requests.shape, mentors.shape), np.int64)
        for scorer in scorers:
            total += scorer.points(requests, mentors, levels)
        return total

    def weight(self, worth: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what pairs that are worth so much add to the objective."""
        return worth + self.count_weight

    def value(self, n_matched: int, worth: int) -> int:
        """Return the objective of a plan that serves so many requests and is worth so much beside."""
        return self.count_weight * n_matched + worth

    def wishes(self, requests: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return of which requests the mentee wishes something about the mentor; none where wishes are no level."""
        return np.zeros(len(requests), np.bool_) if self.wish is None else self.wish.request[requests] > 0

    def wishes_met(self, requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return in which pairs the mentor has what the mentee wishes for; none where wishes are no level."""
        if self.wish is None:
            return np.zeros(len(requests), np.bool_)
        return np.asarray(self.wish.points(requests, mentors, requests) > 0)

    def tie(self, requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> NDArray[np.uint64]:
        """Return a hash for each pair, which orders pairs of equal weight differently for each request."""
        return mixed(self.request_key[requests], self.mentor_key[mentors])

    # Which pairs there are

    @cached_property
    def _held(self) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """The skill and mentor of every holding as one sorted number, and its level."""
        skill = np.repeat(np.arange(len(self.holdings.start) - 1), np.diff(self.holdings.start))
        keys = pair_keys(skill, self.holdings.mentor, self.n_mentors)
        order = np.argsort(keys, kind="stable")  # quick where most are in order already
        return keys[order], self.holdings.level[order]

    def levels(self, requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> NDArray[np.int8]:
        """Return each mentor's level of each request's skill, -1 where the mentor does not offer that skill."""
        keys, levels = self._held
        place, listed = find_keys(keys, pair_keys(self.skill[requests], mentors, self.n_mentors))
        return np.where(listed, levels[place], -1).astype(np.int8) if len(keys) else np.full(len(requests), -1, np.int8)

    @cached_property
    def named(self) -> Pairs:
        """Return the pairs that a rule or scorer names one by one and whose mentor is qualified, sorted by request."""
        shapes = [*(rule.shape for rule in self.rules), *(scorer.shape for scorer in self.scorers)]
        listed = [shape.keys for shape in shapes if isinstance(shape, ExplicitBar | ExplicitPoints | IntervalBar)]
        keys = distinct(np.concatenate([np.zeros(0, np.int64), *listed]))
        request, mentor = np.divmod(keys, max(self.n_mentors, 1))
        level = self.levels(request, mentor)
        could = (level >= 0) & (level >= self.need[request])
        return Pairs(request=request.astype(np.int32), mentor=mentor.astype(np.int32), level=level).take(could)

    def admits(
        self, requests: NDArray[np.integer], mentors: NDArray[np.integer], levels: NDArray[np.integer]
    ) -> NDArray[np.bool_]:
        """Return which pairs every rule admits."""
        admitted = np.ones(np.broadcast_shapes(requests.shape, mentors.shape), np.bool_)
        for rule in self.rules:
            admitted &= rule.admits(requests, mentors, levels)
        return admitted

    @cached_property
    def free(self) -> NDArray[np.int32]:
        """Return the places of the requests that are not pinned, rising."""
        return np.flatnonzero(self.pinned < 0).astype(np.int32)

    def n_qualified(self, requests: NDArray[np.integer] | None = None) -> int:
        """Return how many pairs of a request and a mentor of sufficient level there are, before all other rules."""
        rows = self.free if requests is None else requests
        return int(self.holdings.count(self.skill[rows], self.need[rows]).sum())

    def pairs(self, requests: NDArray[np.integer] | None = None) -> Iterator[Pairs]:
        """Return all eligible pairs in blocks of about a million, in the order of the requests.

        Args:
            requests: Places of requests; all that are not pinned unless given. Shape (n,).

        Complexity:
            O(qualified pairs) time in all, O(block) memory.
        """
        rows = self.free if requests is None else np.asarray(requests)
        count = self.holdings.count(self.skill[rows], self.need[rows])
        block = np.cumsum(count) // _BLOCK
        for part in np.split(rows, np.flatnonzero(np.diff(block)) + 1):
            pairs = self.holdings.expand(part, self.skill[part], self.need[part])
            yield pairs.take(self.admits(pairs.request, pairs.mentor, pairs.level))

    def arcs(self, *, who: str, most: int) -> Arcs:
        """Return all pairs that a plan may use: eligible, of some worth, and with a place left on both sides.

        Args:
            who: Whom a refusal names.
            most: How many qualified pairs are accepted.

        Raises:
            TooLargeError: If there are more.
        """
        if (size := self.n_qualified()) > most:
            raise TooLargeError(who, "qualified pairs", size, most, "match fewer requests at a time")
        return Arcs.joined(self.usable())

    def usable(self) -> Iterator[Arcs]:
        """Return all pairs that a plan may use, as `arcs` does, in blocks of about a million at the most."""
        rows = self.free[self.limit[self.mentee[self.free]] > 0]
        return (self._usable(pairs) for pairs in self.pairs(rows))

    def _usable(self, pairs: Pairs) -> Arcs:
        pairs = pairs.take(self.capacity[pairs.mentor] > 0)
        weight = self.weight(self.worth(pairs.request, pairs.mentor, pairs.level))
        return Arcs(request=pairs.request, mentor=pairs.mentor, weight=weight).take(weight > 0)


_Problem = TypeVar("_Problem", bound=Problem)


def daily_problem(organisation: Organisation, policy: Policy, *, on: date, seed: int = 0) -> Problem:
    """Return the problem of a day: everybody's gaps or given requests, under a policy.

    Args:
        organisation: The organisation.
        policy: The policy.
        on: The day.
        seed: Salts the hash that orders ids and settles ties; published before the round.

    Raises:
        InputError: If a pin or a given request cannot hold on that day.
        CostRangeError: If the objective could exceed whole numbers of 62 bits.
    """
    check_day(on)
    _check_seed(seed)
    known = confirmed_proficiency(organisation, on=on, policy=policy.proficiency)
    asked = open_requests(organisation, known, on=on, per_person=policy.requests_per_person)
    return Problem.build(organisation, asked, policy, on=on, salt=str(seed), proficiency=known)


def _check_seed(seed: object) -> None:
    """Refuse a seed that could not be written down with a plan."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MOST_SEED:
        problem, remedy = f"{shown(seed)} is no seed", f"Give a whole number from 0 to {MOST_SEED}."
        raise InputError([Fault(code="OUT-OF-RANGE", table="arguments", column="seed", problem=problem, remedy=remedy)])


def compile_problem(kind: type[_Problem], pool: Pool, policy: Policy) -> _Problem:
    """Return the problem of a pool under a policy."""
    obeyed: tuple[Rule, ...] = (NotOneself(), NotBlocked(), *policy.rules)
    rules = tuple(CompiledRule(given.name, given.compile(pool)) for given in obeyed)
    scorers = tuple(CompiledScorer(given.name, given.weight, given.compile(pool)) for given in policy.scorers)
    for rule in rules:
        rule.check(len(pool.requests), len(pool.mentors))
    for scorer in scorers:
        scorer.check(len(pool.requests), len(pool.mentors))
    people, running = pool.organisation.people, pool.organisation.engaged.running(pool.on)
    taken = np.bincount(running.mentor, minlength=len(people))
    learning = np.bincount(running.mentee, minlength=len(people))
    mentees, mentee = _mentees(pool.mentees)
    offering, silent = _holdings(pool)
    problem = kind(
        mentee=mentee,
        skill=pool.requests.skill,
        need=_needs(rules, pool),
        limit=np.maximum(people.mentee_limit[mentees] - learning[mentees], 0).astype(np.int32),
        capacity=places_left(people.capacity[pool.mentors], taken[pool.mentors], policy),
        holdings=offering,
        silent=silent,
        rules=rules,
        scorers=scorers,
        objective=policy.objective,
        pinned=np.full(len(pool.requests), -1, np.int32),
        request_key=pool.request_key,
        mentor_key=pool.mentor_key,
        given=given_lists(pool),
        aims=policy.aims,
        load_cost=policy.load_cost,
        pool=pool,
    )
    constraints = tuple(given.compile(pool, problem.capacity) for given in policy.constraints)
    settled = settle_pins(pool, rules, mentee=mentee, limit=problem.limit, capacity=problem.capacity)
    problem = evolve(
        problem,
        pinned=settled.mentor,
        limit=settled.limit,
        capacity=settled.capacity,
        constraints=constraints,
        rules=(*rules, *bars(constraints)),
    )
    problem = _with_wishes(problem, pool, policy)
    problem.check_range()
    return problem


def places_left(capacity: NDArray[np.integer], taken: NDArray[np.integer], policy: Policy) -> NDArray[np.int32]:
    """Return the places that mentors give to a round: what running engagements leave, within the policy's limit."""
    left = np.maximum(capacity - taken, 0)
    most = policy.places_per_mentor
    return (left if most is None else np.minimum(left, most)).astype(np.int32)


def _with_wishes(problem: _Problem, pool: Pool, policy: Policy) -> _Problem:
    """Return a problem with mentees' wishes as a further level of its objective, where there are any."""
    if problem.objective == "score" or policy.wishes == "unused" or (shape := wish_shape(pool)) is None:
        return problem
    if policy.load_cost:
        text, remedy = "it has load_cost, and mentees wish something about their mentor", "Give it wishes='unused'."
        raise InputError(
            [Fault(code="CONFLICTING-POLICY", table="policy", column="load_cost", problem=text, remedy=remedy)]
        )
    levels = with_wish(problem.scorers, shape, policy.wishes, n_places=problem.n_places)
    return evolve(problem, scorers=levels, plain=problem.scorers, wish=shape)


def _mentees(person: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the different people of a column in which each one's rows stand together, and each row's place there."""
    begins = np.append(True, person[1:] != person[:-1]) if len(person) else np.zeros(0, np.bool_)
    return person[begins], (np.cumsum(begins) - 1).astype(np.int32)


def _needs(rules: tuple[CompiledRule, ...], pool: Pool) -> NDArray[np.int8]:
    floors = [rule.shape.need for rule in rules if isinstance(rule.shape, LevelFloor)]
    lowest = np.full(len(pool.requests), pool.proficiency.lowest, np.int8)
    return np.asarray(np.maximum.reduce([lowest, *floors]))


def _holdings(pool: Pool) -> tuple[Holdings, Holdings]:
    known = pool.proficiency
    mentor = pool.mentor_place[known.person]
    offers = pool.organisation.people.capacity[known.person] > 0

    def held(rows: NDArray[np.bool_]) -> Holdings:
        return Holdings.of(known.skill[rows], known.level[rows], mentor[rows], known.n_skills)

    return held((mentor >= 0) & offers), held((mentor >= 0) & ~offers)


def problem_from_scores(
    kind: type[_Problem],
    scores: NDArray[np.integer],
    admitted: NDArray[np.bool_] | None,
    capacity: NDArray[np.integer] | None,
    mentee: NDArray[np.integer] | None,
    limit: NDArray[np.integer] | None,
    objective: Objective,
) -> _Problem:
    """Return a problem of one skill, in which a matrix gives the points of every pair."""
    given = np.asarray(scores)
    if given.ndim != 2 or given.dtype.kind not in "iu":
        raise ValueError(f"scores must be a matrix of whole numbers, not {given.dtype} of shape {given.shape}")
    n_requests, n_mentors = given.shape
    owner, places, limits = _sides(
        np.arange(n_requests) if mentee is None else mentee,
        np.ones(n_mentors, np.int32) if capacity is None else capacity,
        limit,
    )
    if owner.shape != (n_requests,) or places.shape != (n_mentors,):
        raise ValueError("mentee must have one entry a request, capacity one entry a mentor")
    if admitted is not None and (admitted.shape != given.shape or admitted.dtype != np.bool_):
        raise ValueError("admitted must be true or false for each entry of scores")
    points = given.astype(np.int64)
    low, high = int(given.min(initial=0)), int(given.max(initial=0))
    rules: tuple[CompiledRule, ...] = ()
    if admitted is not None:
        rules = (CompiledRule("admitted", PairBar(lambda requests, mentors: admitted[requests, mentors])),)
    by_pair = PairPoints(lambda requests, mentors: points[requests, mentors], low, high)
    zeros, holders = np.zeros(n_mentors, np.int32), np.arange(n_mentors)
    skill, holdings = np.zeros(n_requests, np.int32), Holdings.of(zeros, zeros, holders, 1)
    return _without_people(kind, (owner, places, limits), (skill, holdings), rules, by_pair, objective)


def problem_from_pairs(
    kind: type[_Problem],
    request: NDArray[np.integer],
    mentor: NDArray[np.integer],
    score: NDArray[np.integer],
    capacity: NDArray[np.integer],
    mentee: NDArray[np.integer],
    limit: NDArray[np.integer],
    objective: Objective,
) -> _Problem:
    """Return a problem in which each request has a skill of its own, which the mentors of its pairs hold."""
    owner, places, limits = _sides(mentee, capacity, limit)
    asked, offered = _counts("request", request), _counts("mentor", mentor)
    points = np.asarray(score)
    if asked.ndim != 1 or not asked.shape == offered.shape == points.shape or points.dtype.kind not in "iu":
        raise ValueError("request, mentor and score must be whole numbers, one of each for every pair")
    if asked.max(initial=-1) >= len(owner) or offered.max(initial=-1) >= len(places):
        raise ValueError("request and mentor must be places in mentee and capacity")
    keys = pair_keys(asked, offered, len(places))
    order = np.argsort(keys, kind="stable")
    asked, offered = asked[order], offered[order]
    keys, points = keys[order], points[order].astype(np.int64)
    if (keys[1:] == keys[:-1]).any():
        raise ValueError("each pair must stand there once")
    low, high = int(points.min(initial=0)), int(points.max(initial=0))
    by_pair = PairPoints(
        lambda requests, mentors: points[find_keys(keys, pair_keys(requests, mentors, len(places)))[0]], low, high
    )
    holdings = Holdings.of(asked, np.zeros(len(asked), np.int8), offered, len(owner))
    skill = np.arange(len(owner), dtype=np.int32)
    return _without_people(kind, (owner, places, limits), (skill, holdings), (), by_pair, objective)


def _without_people(
    kind: type[_Problem],
    sides: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    holders: tuple[NDArray[np.int32], Holdings],
    rules: tuple[CompiledRule, ...],
    by_pair: PairPoints,
    objective: Objective,
) -> _Problem:
    """Return a problem in which a free function gives the points of every pair."""
    (owner, places, limits), (skill, holdings) = sides, holders
    none = np.zeros(0, np.int32)
    problem = kind(
        mentee=owner,
        skill=skill,
        need=np.zeros(len(owner), np.int8),
        limit=limits,
        capacity=places,
        holdings=holdings,
        silent=Holdings.of(none, none, none, len(holdings.start) - 1),
        rules=rules,
        scorers=(CompiledScorer("score", 1, by_pair),),
        objective=objective,
        pinned=np.full(len(owner), -1, np.int32),
        request_key=mixed(np.arange(len(owner), dtype=np.uint64), np.full(1, 1, np.uint64)),
        mentor_key=mixed(np.arange(len(places), dtype=np.uint64), np.full(1, 2, np.uint64)),
    )
    problem.check_range()
    return problem


def _sides(
    mentee: NDArray[np.integer], capacity: NDArray[np.integer], limit: NDArray[np.integer] | None
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return whose each request is, the places of mentors and those of mentees, one each unless given."""
    owner, places = _counts("mentee", mentee), _counts("capacity", capacity)
    limits = _counts("limit", np.ones(owner.max(initial=-1) + 1, np.int32) if limit is None else limit)
    if owner.ndim != 1 or places.ndim != 1 or (np.diff(owner) < 0).any():
        raise ValueError("mentee must rise and have one entry a request, capacity one entry a mentor")
    if limits.ndim != 1 or len(limits) <= owner.max(initial=-1):
        raise ValueError("limit must have one entry a mentee")
    return owner, places, limits


def _counts(name: str, given: NDArray[np.generic]) -> NDArray[np.int32]:
    """Return whole numbers of 0 or more as they are held; nothing is cut to fit."""
    counts = np.asarray(given)
    if counts.dtype.kind not in "iu" or (counts < 0).any() or (counts > np.iinfo(np.int32).max).any():
        raise ValueError(f"{name} must be whole numbers of 0 or more that fit 32 bits")
    return counts.astype(np.int32)
