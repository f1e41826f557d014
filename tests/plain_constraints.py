"""Constraints once more, over whole plans in plain Python, and random ones of every kind."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import permutations

from attrs import evolve, frozen
from numpy.random import Generator

from taskmentor.matching.constraints import (
    Apart,
    Constraint,
    LeastShare,
    MentorHours,
    MentorLoad,
    OncePerPair,
    Reciprocity,
    TeachLearnCycles,
    Together,
    UnitQuota,
)
from taskmentor.matching.ids import pool_of
from taskmentor.matching.problem import Problem
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import Person
from tests.brute_force import NOBODY, Plan, SmallProblem


@frozen
class Lesson:
    """One pair of a plan."""

    mentee: Person
    skill: str
    mentor: Person


@frozen
class Plain:
    """A problem's names, in which plans are read.

    Attributes:
        asked: Mentee and skill of each request.
        mentors: All mentors.
        places: What each has left, pins included.
        people: Everybody.
    """

    people: Sequence[Person]
    asked: Sequence[tuple[Person, str]]
    mentors: Sequence[Person]
    places: Sequence[int]

    @classmethod
    def of(cls, problem: Problem, small: SmallProblem) -> "Plain":
        pool = pool_of(problem)
        people = pool.organisation.people
        return cls(
            people=list(people),
            asked=[(people[people.code(one.mentee_id)], str(one.skill_id)) for one in pool.requests],
            mentors=[people[code] for code in pool.mentors.tolist()],
            places=small.capacity,
        )

    def lessons(self, plan: Plan) -> list[Lesson]:
        return [
            Lesson(*self.asked[request], self.mentors[mentor])
            for request, mentor in enumerate(plan)
            if mentor != NOBODY
        ]

    def units(self, by: str) -> set[str]:
        return {unit(person, by) for person in self.people} - {""}

    def keeps(self, constraint: Constraint, plan: Plan) -> bool:
        """Return whether a plan keeps a constraint."""
        return bool(PLAIN[type(constraint)](constraint, self.lessons(plan), self))


def unit(person: Person, by: str) -> str:
    if by in ("department", "location"):
        return str(getattr(person, by))
    value = dict(person.extras).get(by)
    return "" if value is None else str(value)


def _hours(given: MentorHours, lessons: list[Lesson], plain: Plain) -> bool:
    hours = dict(given.by_skill)
    spent: Counter[str] = Counter()
    for one in lessons:
        spent[one.mentor.id] += hours.get(one.skill, given.each)
    for mentor, places in zip(plain.mentors, plain.places, strict=True):
        own = None if given.budget is None else dict(mentor.extras).get(given.budget)
        if spent[mentor.id] > (given.per_place * places if own is None else int(own)):
            return False
    return True


def _once(_: OncePerPair, lessons: list[Lesson], __: Plain) -> bool:
    return max(Counter((one.mentee.id, one.mentor.id) for one in lessons).values(), default=0) <= 1


def _share(given: LeastShare, lessons: list[Lesson], _: Plain) -> bool:
    kind = 0
    for one in lessons:
        own, other = unit(one.mentee, given.by), unit(one.mentor, given.by)
        kind += own != "" and other != "" and (own == other) == given.same
    return 100 * kind >= given.percent * len(lessons)


def _quota(given: UnitQuota, lessons: list[Lesson], plain: Plain) -> bool:
    counts = Counter(unit(one.mentor if given.side == "mentor" else one.mentee, given.by) for one in lessons)
    floors, ceilings = dict(given.floors), dict(given.ceilings)
    for name in plain.units(given.by):
        most = ceilings.get(name, given.at_most)
        if counts[name] < floors.get(name, given.at_least) or (most is not None and counts[name] > most):
            return False
    return True


def _load(given: MentorLoad, lessons: list[Lesson], plain: Plain) -> bool:
    counts = Counter(one.mentor.id for one in lessons)
    return all(
        counts[mentor.id] >= min(given.at_least, places)
        and (given.at_most is None or counts[mentor.id] <= given.at_most)
        for mentor, places in zip(plain.mentors, plain.places, strict=True)
    )


def _apart(given: Apart, lessons: list[Lesson], _: Plain) -> bool:
    served = {(one.mentee.id, one.mentor.id) for one in lessons}
    return not any(
        (one, mentor) in served and (other, mentor) in served for one, other in given.couples for _, mentor in served
    )


def _together(given: Together, lessons: list[Lesson], plain: Plain) -> bool:
    served = {(one.mentee.id, one.skill): one.mentor.id for one in lessons}
    asked = {(mentee.id, skill) for mentee, skill in plain.asked}
    for one, other in given.couples:
        for mentee, skill in asked:
            if mentee == one and (other, skill) in asked and served.get((one, skill)) != served.get((other, skill)):
                return False
    return True


def _reciprocity(given: Reciprocity, lessons: list[Lesson], _: Plain) -> bool:
    served = {(one.mentee.id, one.mentor.id) for one in lessons}
    back = [(mentor, mentee) in served for mentee, mentor in served]
    return all(back) if given.kind == "required" else not any(back)


def _cycles(given: TeachLearnCycles, lessons: list[Lesson], _: Plain) -> bool:
    """Every set of rings without a person in two of them is tried."""
    learns, teaches = [one.mentee.id for one in lessons], [one.mentor.id for one in lessons]
    if sorted(learns) != sorted(teaches) or len(set(learns)) < len(learns):
        return False
    taught_by = dict(zip(learns, teaches, strict=True))
    people = sorted(taught_by)
    rings = [
        ring
        for size in range(2, given.longest + 1)
        for ring in permutations(people, size)
        if all(taught_by[one] == other for one, other in zip(ring, (*ring[1:], ring[0]), strict=True))
    ]
    return {person for ring in rings for person in ring} == set(people)


PLAIN: dict[type, Callable[..., bool]] = {
    MentorHours: _hours,
    OncePerPair: _once,
    LeastShare: _share,
    UnitQuota: _quota,
    MentorLoad: _load,
    Apart: _apart,
    Together: _together,
    Reciprocity: _reciprocity,
    TeachLearnCycles: _cycles,
}


def random_constraint(kind: type[Constraint], organisation: Organisation, rng: Generator) -> Constraint:
    """Return a random constraint of a kind, which now and then no plan keeps."""
    ids = [str(one) for one in organisation.people.ids]
    skills = [str(one) for one in organisation.model.skill_ids]
    by = str(rng.choice(["department", "location", "x_team"]))
    some = [tuple(rng.choice(ids, 2, replace=False).tolist()) for _ in range(int(rng.integers(1, 3)))]
    if kind is MentorHours:
        return MentorHours(
            each=int(rng.integers(1, 5)),
            by_skill={skills[0]: int(rng.integers(0, 6))},
            per_place=int(rng.integers(1, 5)),
            budget="x_team" if rng.random() < 0.4 else None,
        )
    if kind is LeastShare:
        return LeastShare(percent=int(rng.choice([30, 50, 100])), by=by, same=bool(rng.random() < 0.5))
    if kind is UnitQuota:
        return _random_quota(organisation, by, rng)
    if kind is MentorLoad:
        return MentorLoad(at_least=int(rng.integers(0, 2)), at_most=int(rng.integers(1, 3)))
    if kind in (Apart, Together):
        return kind(couples=some)
    if kind is Reciprocity:
        return Reciprocity(kind="required" if rng.random() < 0.5 else "forbidden")
    if kind is TeachLearnCycles:
        return TeachLearnCycles(longest=int(rng.integers(2, 4)))
    return OncePerPair()


def _random_quota(organisation: Organisation, by: str, rng: Generator) -> UnitQuota:
    units = sorted({unit(person, by) for person in organisation.people} - {""})
    quota = UnitQuota(by=by, side="mentor" if rng.random() < 0.5 else "mentee")
    if rng.random() < 0.5:
        quota = evolve(quota, at_most=int(rng.integers(0, 3)))
    if units and rng.random() < 0.5:
        quota = evolve(quota, floors={units[0]: int(rng.integers(0, 2))}, ceilings={units[-1]: int(rng.integers(1, 3))})
    return quota
