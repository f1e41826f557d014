"""What would have to change for one request to be served: single changes, each tested by solving again."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.answers.again import Baseline, counted_requests, points
from taskmentor.answers.hindrance import Hindrance, hindrance
from taskmentor.answers.recruiting import Recruit, with_recruits
from taskmentor.errors import InfeasibleError
from taskmentor.matching.facts import Standing
from taskmentor.matching.ids import find_request, pool_of
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Pairs, Problem
from taskmentor.matching.requests import Requests
from taskmentor.matching.rules import SameLocation
from taskmentor.matching.shapes import CompiledRule, CompiledScorer, ExplicitBar, PairBar, RequestPoints, pair_keys
from taskmentor.matching.solution import Solution, Strategy
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.rounds import Round
from taskmentor.validators import check_arguments

__all__ = ["Change", "Remedies", "Remedy", "remedies"]

_MOST_PAIRS = 5_000_000
_HIGHEST_PRIORITY = 5


class Change(StrEnum):
    """What is changed; of changes that do as much, the first is named first."""

    NOTHING = "nothing"
    PRIORITY = "priority"
    LIMIT = "limit"
    PLACE = "place"
    RULE = "rule"
    TARGET = "target"
    LEVEL = "level"
    RECRUIT = "recruit"


@frozen(kw_only=True)
class Remedy:
    """One change, with the best plan that serves the request after it.

    Attributes:
        change: What is changed.
        words: The change in words.
        mentor_id: Whom it is about, None where it is about nobody.
        rule: The rule that is lifted for the pair, None for all other changes.
        served: Whether some plan serves the request after the change; all that follows is 0 or False where none does.
        requests: How many more requests that plan serves than the plan of the round.
        score: How much its score is above that of the round.
        chosen: Whether it is one of the best plans after the change, so that matching again may give it.
    """

    change: Change
    words: str
    mentor_id: PersonId | None = None
    rule: str | None = None
    served: bool
    requests: int
    score: int
    chosen: bool

    @property
    def displaces(self) -> bool:
        """Return whether somebody else loses a mentor by it."""
        return self.served and self.requests < 1

    def as_data(self) -> dict[str, Described]:
        """Return the change as plain data."""
        return {
            "change": self.change.value,
            "words": self.words,
            "mentor_id": self.mentor_id,
            "rule": self.rule,
            "served": self.served,
            "requests": self.requests,
            "score": self.score,
            "chosen": self.chosen,
            "displaces": self.displaces,
        }

    def __str__(self) -> str:
        if not self.served:
            return f"{self.words}: still served by no plan"
        whose = "in place of another" if self.displaces else "besides all others"
        word = "" if self.chosen else ", and a better plan leaves it out"
        return f"{self.words}: served {whose} ({counted_requests(self.requests)}, {points(self.score)}){word}"


@frozen(kw_only=True)
class Remedies:
    """What would have to change for one request to be served.

    Attributes:
        mentee_id: Whose request it is.
        skill_id: The skill.
        served: Whether the plan of the round serves it already; then there are no changes.
        hindrance: The block of requests and mentors that keeps it from being served besides all others; None where the
            mentee's own limit does, or nothing.
        remedies: The changes, the best first; the first of all is `nothing` where some plan serves it as things are.
    """

    mentee_id: PersonId
    skill_id: SkillId
    served: bool
    hindrance: Hindrance | None
    remedies: tuple[Remedy, ...]

    def as_data(self) -> dict[str, Described]:
        """Return the answer as plain data."""
        return {
            "mentee_id": self.mentee_id,
            "skill_id": self.skill_id,
            "served": self.served,
            "hindrance": None if self.hindrance is None else self.hindrance.as_data(),
            "remedies": [one.as_data() for one in self.remedies],
        }

    def __str__(self) -> str:
        asked = f"{self.mentee_id} in {self.skill_id}"
        if self.served:
            return f"{asked} has a mentor."
        why = [] if self.hindrance is None else [f"Why not all can be served: {self.hindrance}."]
        lines = [f"  {one}" for one in self.remedies] or ["  no single change serves it"]
        return "\n".join([f"What would have to change for {asked}:", *lines, *why])


def remedies(
    round_: Round, mentee_id: str, skill_id: str, *, strategy: Strategy | None = None, most: int = 3
) -> Remedies:
    """Return what would have to change for one request to be served, each change tested by solving again.

    For every change the best plan of all that serve the request is found, and held against the best of all. Changes
    are: a higher priority; one request more for the mentee, where their limit is reached; one place more for a mentor
    who could; one rule lifted for the pair, where it alone bars it; a target one level lower; a mentor who rises to the
    level that is needed; a mentor recruited.

    Args:
        round_: The round.
        mentee_id: Whose request it is.
        skill_id: The skill.
        strategy: Who solves again; `Flow(ties="any")` unless given.
        most: How many mentors are tried for each kind of change, the most promising first.

    Raises:
        InputError: If `most` is no whole number of 0 or more.
        UnknownIdError: If there is no such request.
        TooLargeError: If there are more than 5 million qualified pairs.
        UnsupportedError: If the strategy cannot do what the policy or the size asks.
        SolverError: If an answer is refuted by its own check.
    """
    check_arguments(0, most=most)
    request = find_request(round_.problem, mentee_id, skill_id)
    base = Baseline.of(round_, strategy)
    asked = _Asked(base=base, request=request, mentee_id=PersonId(mentee_id), skill_id=SkillId(skill_id), most=most)
    if request in round_.solution.request:
        return Remedies(mentee_id=asked.mentee_id, skill_id=asked.skill_id, served=True, hindrance=None, remedies=())
    arcs = base.problem.arcs(who="remedies", most=_MOST_PAIRS)
    found = [one for one in asked.tried(arcs) if one.served]
    return Remedies(
        mentee_id=asked.mentee_id,
        skill_id=asked.skill_id,
        served=False,
        hindrance=None if request in base.solution.request else hindrance(base.problem, base.solution, arcs, request),
        remedies=tuple(sorted(found, key=_best_first)),
    )


_ORDER = {change: place for place, change in enumerate(Change)}


def _best_first(one: Remedy) -> tuple[bool, bool, int, int, int, str]:
    return one.change is not Change.NOTHING, not one.chosen, -one.requests, -one.score, _ORDER[one.change], one.words


@frozen(eq=False, kw_only=True)
class _Asked:
    """One request of a round, and the changes that are tried for it."""

    base: Baseline
    request: int
    mentee_id: PersonId
    skill_id: SkillId
    most: int

    def tried(self, arcs: Arcs) -> Iterator[Remedy]:
        """Return every change that is tried."""
        yield self._remedy(Change.NOTHING, "as things are", self.base.problem)
        yield from self._own_changes()
        yield from self._more_places(arcs)
        yield from self._lifted_rules()
        yield from self._risen_levels()
        yield from self._recruited()

    # What is changed

    def _own_changes(self) -> Iterator[Remedy]:
        """Change the request itself, or what its mentee may have."""
        base, problem = self.base, self.base.problem
        asked, mentee = pool_of(problem).requests, int(problem.mentee[self.request])
        if asked.priority[self.request] < _HIGHEST_PRIORITY:
            priority = asked.priority.copy()
            priority[self.request] = _HIGHEST_PRIORITY
            words = f"priority {_HIGHEST_PRIORITY} instead of {asked.priority[self.request]}"
            yield self._remedy(Change.PRIORITY, words, self._asking(evolve(asked, priority=priority)))
        if self._room <= 0:
            limit = problem.limit.copy()
            limit[mentee] += 1
            words = "one request more for the mentee, whose limit is reached"
            yield self._remedy(Change.LIMIT, words, base.with_places(limit=limit))
        if asked.target[self.request] - 1 > asked.current[self.request]:
            target = asked.target.copy()
            target[self.request] -= 1
            yield self._remedy(
                Change.TARGET, f"target level {target[self.request]}", self._asking(evolve(asked, target=target))
            )

    def _asking(self, asked: Requests) -> Problem:
        """Return the problem of other requests."""
        base, known = self.base, pool_of(self.base.problem).proficiency
        return Problem.build(
            base.organisation, asked, base.policy, on=base.on, salt=str(base.seed), proficiency=known
        )  # fmt: skip

    def _more_places(self, arcs: Arcs) -> Iterator[Remedy]:
        """Give one place more to those who could be the mentor and are full."""
        problem = self.base.problem
        could = self._qualified.take(np.asarray(self._admitted.all(axis=1)))
        full = could.take(self._standing.left[could.mentor] <= 0)
        for mentor in self._by_score(full).mentor[: self.most].tolist():
            capacity = problem.capacity.copy()
            capacity[mentor] += 1
            words = f"one place more for {self._id(mentor)}"
            yield self._remedy(Change.PLACE, words, self.base.with_places(capacity=capacity), mentor=mentor)

    def _lifted_rules(self) -> Iterator[Remedy]:
        """Lift the one rule that bars a pair, for that pair."""
        barring = ~self._admitted
        by_one = self._by_score(self._qualified.take(barring.sum(axis=1) == 1))
        tried: dict[str, int] = {}
        for mentor, level in zip(by_one.mentor.tolist(), by_one.level.tolist(), strict=True):
            pair = np.array([self.request]), np.array([mentor]), np.array([level])
            place = next(place for place, rule in enumerate(self.base.problem.rules) if not rule.admits(*pair)[0])
            rule = self.base.problem.rules[place]
            tried[rule.name] = tried.get(rule.name, 0) + 1
            if tried[rule.name] > self.most:
                continue
            words = f"{rule.name} lifted for {self._id(mentor)}"
            yield self._remedy(Change.RULE, words, self._lifted(place, mentor), mentor=mentor, rule=rule.name)

    def _lifted(self, place: int, mentor: int) -> Problem:
        """Return the problem in which one rule does not hold for the request and a mentor."""
        problem, request = self.base.problem, self.request
        rules = list(problem.rules)
        rule = rules[place]

        def admits(requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> NDArray[np.bool_]:
            levels = problem.levels(requests.ravel(), mentors.ravel()).reshape(requests.shape)
            lifted = (requests == request) & (mentors == mentor)
            return np.asarray(rule.admits(requests, mentors, levels) | lifted)

        rules[place] = CompiledRule(rule.name, PairBar(admits))
        return evolve(problem, rules=tuple(rules))

    def _risen_levels(self) -> Iterator[Remedy]:
        """Let somebody who teaches below the level that is needed rise to it."""
        problem, base = self.base.problem, self.base
        need = int(problem.need[self.request])
        if need > base.organisation.model.scale.highest:
            return
        one, skill = np.array([self.request]), problem.skill[[self.request]]
        lowest = np.full(1, pool_of(problem).proficiency.lowest, np.int8)
        holders = problem.holdings.expand(one, skill, lowest)
        holders = holders.take((holders.level < need) & (problem.capacity[holders.mentor] > 0))
        raised = np.full(len(holders), need, np.int8)
        able = holders.take(problem.admits(holders.request, holders.mentor, raised))
        able = able.take(~np.isin(pool_of(problem).mentors[able.mentor], self._settled))
        order = np.lexsort((able.mentor, -self._standing.left[able.mentor], -able.level))
        for mentor in able.mentor[order][: self.most].tolist():
            mentor_id = self._id(mentor)
            known = Assessment(
                person_id=mentor_id, skill_id=self.skill_id, level=need, source=Source.OUTCOME, assessed_on=base.on
            )
            risen = base.problem_of(organisation=base.organisation.assessed(known))
            yield self._remedy(Change.LEVEL, f"{mentor_id} at level {need}", risen, mentor=mentor)

    @property
    def _settled(self) -> NDArray[np.int32]:
        """Whose level of the skill stands: their outcome is of the day itself, or a pin says who teaches it to them."""
        rows, pins = self.base.organisation.assessments, self.base.organisation.pins
        skill, day = self.base.problem.skill[self.request], np.datetime64(self.base.on)
        same = (rows.skill == skill) & (rows.source == Source.OUTCOME) & (rows.assessed_on == day)
        return np.union1d(rows.person[same], pins.mentee[pins.skill == skill]).astype(np.int32)

    def _recruited(self) -> Iterator[Remedy]:
        """Recruit somebody for the skill, where the mentee works if rules look at that."""
        base = self.base
        need = int(base.problem.need[self.request])
        if need > base.organisation.model.scale.highest:
            return
        by_location = any(isinstance(rule, SameLocation) for rule in base.policy.rules)
        people = base.organisation.people
        location = people.location.label(people.code(self.mentee_id)) if by_location else ""
        new = Recruit(skill_id=self.skill_id, level=need, location=location)
        grown = with_recruits(base.organisation, ((new, 1),), on=base.on)
        yield self._remedy(Change.RECRUIT, f"a recruit for {new}", base.problem_of(organisation=grown))

    # Who could

    @cached_property
    def _standing(self) -> Standing:
        return Standing.of(self.base.problem, self.base.solution)

    @cached_property
    def _room(self) -> int:
        """How many requests more the mentee may have served."""
        return int(self._standing.room[self.base.problem.mentee[self.request]])

    @cached_property
    def _qualified(self) -> Pairs:
        """Everybody else of sufficient level who offers places."""
        problem, one = self.base.problem, np.array([self.request])
        pairs = problem.holdings.expand(one, problem.skill[one], problem.need[one])
        pool = pool_of(problem)
        return pairs.take(pool.mentors[pairs.mentor] != pool.mentees[self.request])

    @cached_property
    def _admitted(self) -> NDArray[np.bool_]:
        """Whom of them each rule admits. Shape (n_qualified, n_rules)."""
        pairs = self._qualified
        columns = [rule.admits(pairs.request, pairs.mentor, pairs.level) for rule in self.base.problem.rules]
        return np.stack(columns, axis=1)

    def _by_score(self, pairs: Pairs) -> Pairs:
        """Return pairs with those first who have a place left, and of these the ones with the best score."""
        problem = self.base.problem
        score = problem.score(pairs.request, pairs.mentor, pairs.level)
        is_full = self._standing.left[pairs.mentor] <= 0
        return pairs.take(np.lexsort((problem.tie(pairs.request, pairs.mentor), -score, is_full)))

    def _id(self, mentor: int) -> PersonId:
        pool = pool_of(self.base.problem)
        return pool.organisation.people.id(int(pool.mentors[mentor]))

    # What it brings

    def _remedy(
        self, change: Change, words: str, problem: Problem, *, mentor: int | None = None, rule: str | None = None
    ) -> Remedy:
        """Return what a change brings: the best plan that serves the request, held against the best of all."""
        base, request = self.base, find_request(problem, self.mentee_id, self.skill_id)
        try:
            plan, best = base.solved(_serving(problem, request)), base.solved(problem)
        except InfeasibleError:
            return Remedy(
                change=change, words=words, mentor_id=None, rule=rule, served=False, requests=0, score=0, chosen=False
            )
        served = request in plan.request
        return Remedy(
            change=change,
            words=words,
            mentor_id=None if mentor is None else self._id(mentor),
            rule=rule,
            served=served,
            requests=plan.n_matched - base.solution.n_matched if served else 0,
            score=_score(problem, plan) - base.solution.score if served else 0,
            chosen=served and _worth(problem, plan) == _worth(problem, best),
        )


def _score(problem: Problem, solution: Solution) -> int:
    """Return the sum of the scores that a problem gives to the pairs of a plan."""
    level = problem.levels(solution.request, solution.mentor)
    return int(problem.score(solution.request, solution.mentor, level).sum())


def _worth(problem: Problem, solution: Solution) -> tuple[int, int]:
    """Return what a plan is worth under the objective of a problem."""
    level = problem.levels(solution.request, solution.mentor)
    served = solution.n_matched if problem.count_weight else 0
    worth = int(problem.worth(solution.request, solution.mentor, level).sum())
    return served, worth - problem.paid_for_places(solution.request, solution.mentor)


def _serving(problem: Problem, request: int) -> Problem:
    """Return a problem with the same plans, in which those that serve one request go before all others.

    Serving it takes the place of two others at the most, and under constraints of any number, such as of all for whom
    its mentor has hours; so it is made worth more than these, with the place that it takes.
    """
    n_others = problem.n_places if problem.constraints else 2
    counts = np.full(problem.n_requests, problem.count_weight)
    first = np.zeros(problem.n_requests, np.int64)
    first[request] = (n_others + 1) * (problem.count_weight + problem.spread + problem.dearest_place) + 1
    scorers = (
        *problem.scorers,
        CompiledScorer("request", 1, RequestPoints(counts)),
        CompiledScorer("this request", 1, RequestPoints(first)),
    )
    rules = (*problem.rules, CompiledRule("gain", _of_no_worth(problem, request)))
    raised = evolve(problem, scorers=scorers, rules=rules, objective="score", plain=None, wish=None)
    raised.check_range()
    return raised


def _of_no_worth(problem: Problem, request: int) -> ExplicitBar:
    """Return a bar of the pairs of a request that no plan may use, since they are of no worth."""
    keys = [np.zeros(0, np.int64)]
    for pairs in problem.pairs(np.array([request])):
        weight = problem.weight(problem.worth(pairs.request, pairs.mentor, pairs.level))
        poor = pairs.take(weight <= 0)
        keys.append(pair_keys(poor.request, poor.mentor, problem.n_mentors))
    return ExplicitBar(np.sort(np.concatenate(keys)), problem.n_mentors)
