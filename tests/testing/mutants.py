"""Strategies that each break one promise, as somebody's own might."""

import random
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from attrs import evolve, field, frozen

from taskmentor.errors import TooLargeError, UnsupportedError
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.kernels.ascent import ascent_duals
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import CompiledConstraint
from taskmentor.matching.solution import Solution, Status

Chosen = Callable[[Problem], Solution]


@frozen
class Base:
    """Finds what `Flow` finds, under a name of its own, until a mutant spoils it."""

    name: ClassVar[str] = "mutant"

    def get_params(self) -> dict[str, Described]:
        return {}

    def best(self, problem: Problem) -> Solution:
        found = Flow(ties="any")(evolve(problem, constraints=()))
        return evolve(found, strategy=self.name, parameters=self.get_params())

    def quick(self, problem: Problem) -> Solution:
        return evolve(Greedy()(problem), strategy=self.name, parameters=self.get_params())

    def under(self, given: Problem, other: Problem) -> Solution:
        """Solve another problem, and give its plan with the sums and prices of the given one."""
        found = Flow(ties="any")(other)
        free = other.pinned[found.request] < 0
        request, mentor = found.request[free], found.mentor[free]
        held = given.levels(request, mentor) >= 0
        return self.with_pairs(given, request[held], mentor[held])

    def with_pairs(self, problem: Problem, request: object, mentor: object) -> Solution:
        """Give any pairs, pinned ones added, with prices that cover everything."""
        one, other = np.asarray(request, np.int32), np.asarray(mentor, np.int32)
        arcs = problem.arcs(who="Base", most=10**6)
        duals = ascent_duals(problem, arcs, np.zeros(len(arcs), np.bool_), passes=5)
        chosen = Arcs(request=one, mentor=other, weight=np.zeros(len(one), np.int64))
        return Solution.of(problem, self, chosen, duals)

    def __call__(self, problem: Problem) -> Solution:
        return self.best(problem)


@frozen
class IgnoresLimits(Base):
    def __call__(self, problem: Problem) -> Solution:
        return self.under(problem, evolve(problem, limit=problem.limit + 2))


@frozen
class IgnoresPlaces(Base):
    def __call__(self, problem: Problem) -> Solution:
        return self.under(problem, evolve(problem, capacity=problem.capacity + 1))


@frozen
class IgnoresRules(Base):
    def __call__(self, problem: Problem) -> Solution:
        return self.under(problem, evolve(problem, rules=()))


@frozen
class IgnoresBlocks(Base):
    def __call__(self, problem: Problem) -> Solution:
        kept = tuple(rule for rule in problem.rules if rule.name != "not-blocked")
        return self.under(problem, evolve(problem, rules=kept))


@frozen
class IgnoresPins(Base):
    def __call__(self, problem: Problem) -> Solution:
        found = self.best(problem)
        free = problem.pinned[found.request] < 0
        return evolve(found, request=found.request[free], mentor=found.mentor[free])


@frozen
class ServesTwice(Base):
    def __call__(self, problem: Problem) -> Solution:
        found = self.best(problem)
        return evolve(found, request=np.repeat(found.request, 2), mentor=np.repeat(found.mentor, 2))


@frozen
class MakesPairsOfNoWorth(Base):
    def __call__(self, problem: Problem) -> Solution:
        return self.under(problem, evolve(problem, objective="requests-then-score"))


@frozen
class NamesNobody(Base):
    def __call__(self, problem: Problem) -> Solution:
        found = self.best(problem)
        return evolve(found, mentor=found.mentor + problem.n_mentors)


@frozen
class ClaimsOptimal(Base):
    def __call__(self, problem: Problem) -> Solution:
        return evolve(self.quick(problem), status=Status.OPTIMAL)


@frozen
class BoundsByItsValue(Base):
    def __call__(self, problem: Problem) -> Solution:
        found = self.quick(problem)
        return evolve(found, bound=found.value, status=Status.OPTIMAL)


@frozen
class HasNoPrices(Base):
    def __call__(self, problem: Problem) -> Solution:
        found = self.best(problem)
        return evolve(found, duals=evolve(found.duals, request=0 * found.duals.request))


@frozen
class AddsUpWrongly(Base):
    def __call__(self, problem: Problem) -> Solution:
        found = self.best(problem)
        return evolve(found, score=found.score + 1)


@frozen
class IsOnlyQuick(Base):
    def __call__(self, problem: Problem) -> Solution:
        return self.quick(problem)


@frozen
class CountsInFloats(Base):
    """Loses points beyond 53 bits, where a tie that is none decides."""

    def __call__(self, problem: Problem) -> Solution:
        arcs = problem.arcs(who="CountsInFloats", most=10**6)
        rounded = evolve(arcs, weight=arcs.weight.astype(np.float32).astype(np.int64))
        order = np.lexsort((arcs.mentor, -rounded.weight))
        places, room, served, chosen = problem.capacity.copy(), problem.limit.copy(), set(), []
        for arc in order.tolist():
            request, mentor = int(arcs.request[arc]), int(arcs.mentor[arc])
            mentee = problem.mentee[request]
            if request not in served and places[mentor] and room[mentee]:
                served.add(request)
                places[mentor] -= 1
                room[mentee] -= 1
                chosen.append(arc)
        return self.with_pairs(problem, arcs.request[chosen], arcs.mentor[chosen])


@frozen
class ServesHalf(Base):
    """Leaves out every other request, and so most of what could be had."""

    def __call__(self, problem: Problem) -> Solution:
        found = self.best(problem)
        kept = (found.request % 4 == 0) & (problem.pinned[found.request] < 0)
        return self.with_pairs(problem, found.request[kept], found.mentor[kept])


@frozen
class ShrinksAsPlacesGrow(Base):
    """Serves nobody but pinned ones where there are more than three places."""

    def __call__(self, problem: Problem) -> Solution:
        return self.best(problem) if problem.capacity.sum() <= 3 else self.with_pairs(problem, [], [])


@frozen
class DrawsLots(Base):
    def __call__(self, problem: Problem) -> Solution:
        lots = [random.random() for _ in range(problem.n_requests)]
        found = self.best(problem)
        kept = np.array([lots[request] < 0.5 for request in found.request.tolist()], np.bool_)
        kept &= problem.pinned[found.request] < 0
        return self.with_pairs(problem, found.request[kept], found.mentor[kept])


@frozen
class Remembers(Base):
    """Serves the first request only every second time."""

    calls: list[int] = field(factory=list, eq=False)

    def __call__(self, problem: Problem) -> Solution:
        self.calls.append(1)
        found = self.best(problem)
        kept = (found.request > 0) | (len(self.calls) % 2 == 0)
        kept &= problem.pinned[found.request] < 0
        return self.with_pairs(problem, found.request[kept], found.mentor[kept])


@frozen
class HashesTexts(Base):
    """Leaves out requests by Python's hash of a text, which is another in each process."""

    def __call__(self, problem: Problem) -> Solution:
        found = self.best(problem)
        texts = [f"request {request} of {problem!r} worth {found.value}" for request in found.request.tolist()]
        kept = np.array([hash(text) % 2 == 0 for text in texts], np.bool_)
        kept &= problem.pinned[found.request] < 0
        return self.with_pairs(problem, found.request[kept], found.mentor[kept])


@frozen
class FirstRowsFirst(Base):
    """Leaves out the mentee who stands last in the table of blocks."""

    def __call__(self, problem: Problem) -> Solution:
        found, pool = self.best(problem), problem.pool
        if pool is None or not len(pool.organisation.blocks):
            return found
        last = pool.organisation.blocks.mentee[-1]
        kept = (pool.mentees[found.request] != last) & (problem.pinned[found.request] < 0)
        return self.with_pairs(problem, found.request[kept], found.mentor[kept])


@frozen
class TakesPlacesOff(Base):
    def __call__(self, problem: Problem) -> Solution:
        found = self.best(problem)
        np.subtract.at(problem.capacity, found.mentor[problem.pinned[found.request] < 0], 1)
        return found


@frozen
class ChangesItself(Base):
    calls: list[int] = field(factory=list, eq=False)

    def get_params(self) -> dict[str, Described]:
        return {"calls": len(self.calls)}

    def __call__(self, problem: Problem) -> Solution:
        self.calls.append(1)
        return self.best(problem)


@frozen
class SignsAsSomebodyElse(Base):
    def __call__(self, problem: Problem) -> Solution:
        return evolve(self.best(problem), strategy="flow")


@frozen
class HasParametersThatAreNoData(Base):
    def get_params(self) -> dict[str, Described]:
        return {"order": {1, 2}}  # type: ignore[dict-item]


@frozen
class CrashesWithoutMentors(Base):
    def __call__(self, problem: Problem) -> Solution:
        assert problem.capacity.max() >= 0
        return self.best(problem)


@frozen
class RefusesWithoutItsName(Base):
    def __call__(self, problem: Problem) -> Solution:
        if (problem.pinned >= 0).any():
            raise UnsupportedError("pins are too hard")
        return self.best(problem)


@frozen
class RefusesPins(Base):
    """Keeps all promises, if it is said to refuse pins."""

    def __call__(self, problem: Problem) -> Solution:
        if (problem.pinned >= 0).any():
            raise UnsupportedError("RefusesPins holds no pins; Flow does")
        return self.best(problem)


@frozen
class RefusesMoreThanItSays(Base):
    def __call__(self, problem: Problem) -> Solution:
        if problem.n_requests > 2:
            raise TooLargeError("mutant", "requests", problem.n_requests, 2, "take Flow")
        return self.best(problem)


@frozen
class AnswersWithNothing(Base):
    def __call__(self, problem: Problem) -> Solution:
        return None  # type: ignore[return-value]


@frozen
class SaysItHoldsConstraints(Base):
    def holds(self, constraint: CompiledConstraint) -> bool:
        return True


@frozen
class RefusesWhatItHolds(SaysItHoldsConstraints):
    def __call__(self, problem: Problem) -> Solution:
        if problem.constraints:
            raise UnsupportedError("mutant holds no constraints")
        return self.best(problem)


@frozen
class HasNoName(Base):
    name: ClassVar[str] = None  # type: ignore[assignment]


class HasNoParameters:
    """Has a name, and nothing that tells its parameters."""

    name = "mutant"

    def __call__(self, problem: Problem) -> Solution:
        return evolve(Base()(problem), parameters={})
