"""Whom to recruit: a smallest set of further mentors, by skill, that serves so many requests more."""

from collections.abc import Iterator
from datetime import date

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.answers.again import Baseline
from taskmentor.answers.alternating import GrowingPlan, Reached
from taskmentor.errors import SolverError, UnsupportedError
from taskmentor.matching.ids import find_mentors, pool_of
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.rules import SameLocation
from taskmentor.matching.solution import Strategy
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE, NO_GRADE, Categories, Extra, People, PersonId
from taskmentor.rounds import Round, match
from taskmentor.validators import check_arguments

__all__ = ["Recruit", "Recruiting", "recruit", "with_recruits"]

_MOST_PAIRS = 5_000_000


@frozen(kw_only=True, order=True)
class Recruit:
    """A mentor who is not there yet.

    Attributes:
        skill_id: The one skill that they teach.
        level: Their level of it.
        location: Where they work; empty where the rules do not look at it.
        places: How many places they offer.
    """

    skill_id: SkillId
    level: int
    location: str = ""
    places: int = 1

    def __str__(self) -> str:
        where = f" in {self.location}" if self.location else ""
        offered = "" if self.places == 1 else f" with {self.places:,} places"
        return f"{self.skill_id} at level {self.level}{where}{offered}"


@frozen(kw_only=True)
class Recruiting:
    """Whom to recruit, and what came of it when they were really added and the day was matched again.

    Attributes:
        wanted: How many requests more were wanted.
        recruits: The new mentors with how many of each, sorted; empty where nobody is needed, or nobody helps.
        at_least: No fewer new mentors of so many places serve as many.
        before: How many requests the plan of the round serves.
        possible: How many those who are there can serve at the most.
        after: How many requests are served with them, found by matching again.
        ceiling: How many are served however many are recruited.
        score: How much the score rose.
    """

    wanted: int
    recruits: tuple[tuple[Recruit, int], ...]
    at_least: int
    before: int
    possible: int
    after: int
    ceiling: int
    score: int

    @property
    def n(self) -> int:
        """Return how many new mentors there are."""
        return sum(n for _, n in self.recruits)

    @property
    def enough(self) -> bool:
        """Return whether as many more are served as were wanted."""
        return self.after - self.before >= self.wanted

    @property
    def smallest(self) -> bool:
        """Return whether it is proven that no smaller set serves as many more."""
        return self.enough and self.n == self.at_least

    def as_data(self) -> dict[str, Described]:
        """Return the answer as plain data."""
        recruits: list[Described] = [
            {"skill_id": one.skill_id, "level": one.level, "location": one.location, "places": one.places, "n": n}
            for one, n in self.recruits
        ]
        return {
            "wanted": self.wanted,
            "recruits": recruits,
            "n": self.n,
            "at_least": self.at_least,
            "enough": self.enough,
            "smallest": self.smallest,
            "before": self.before,
            "possible": self.possible,
            "after": self.after,
            "ceiling": self.ceiling,
            "score": self.score,
        }

    def __str__(self) -> str:
        gained = self.after - self.before
        proof = "no fewer can" if self.smallest else f"at least {self.at_least:,} are needed"
        if not self.enough:
            proof = f"no number of new mentors serves more than {self.ceiling - self.before:+,}"
        mentors = "1 more mentor serves" if self.n == 1 else f"{self.n:,} more mentors serve"
        requests = "request" if gained == 1 else "requests"
        lines = [
            f"{mentors} {gained:,} {requests} more, of {self.wanted:,} wanted, checked by matching again; {proof}."
        ]
        return "\n".join([*lines, *(f"  {n:,} for {one}" for one, n in self.recruits)])


def recruit(
    round_: Round, *, more: int, places: int = 1, like: str | None = None, strategy: Strategy | None = None
) -> Recruiting:
    """Return a smallest set of further mentors, by skill, that serves so many requests more than the round.

    Each new mentor teaches one skill, at the highest level at which it is asked for, and offers so many places. They
    speak every language that somebody speaks, have no manager and no requests, and are in all else as nobody is known
    to be, or like somebody who is there. Where a rule asks for the same location, they are recruited for one.

    With one place each the set is a smallest one: a new place serves one request more or none, and by alternating paths
    every set that is needed is completed (places that can be filled together are a matroid). With more places each they
    are chosen one after the other, whoever serves most, and `at_least` says how few could do at the best. Either way
    they are then added to the organisation, and the day is matched again.

    Args:
        round_: The round.
        more: How many requests more.
        places: How many places each new mentor offers.
        like: The id of somebody whose department, grade, location and own columns new mentors share.
        strategy: Who matches again; `Flow(ties="any")` unless given.

    Returns:
        The set; where even all recruits of the world would not do, the one that serves the most.

    Raises:
        InputError: If one of the numbers is no whole number of 1 or more.
        UnknownIdError: If nobody has the id `like`.
        UnsupportedError: If the objective is `score`, under which requests do not count, or there are constraints.
        TooLargeError: If there are more than 5 million qualified pairs.
        SolverError: If matching again serves fewer than was found.

    Complexity:
        O(pairs) for each request more and, with several places, for each of them and each skill.

    Source:
        Edmonds and Fulkerson, "Transversals and matroid partition" (1965), for the matroid; Nemhauser, Wolsey and
        Fisher, "An analysis of approximations for maximizing submodular set functions" (1978), for several places.
    """
    check_arguments(1, more=more, places=places)
    if round_.problem.objective == "score":
        raise UnsupportedError("recruit counts requests, which the objective score does not; use requests-then-score.")
    round_.problem.refuse_constraints("recruit", "ask about a round without them")
    most = round_.programme.policy.places_per_mentor
    offered = places if most is None else min(places, most)
    search = _Search.of(Baseline.of(round_, strategy), offered, like)
    search.plan.fill()
    possible = search.n_served
    missing = round_.solution.n_matched + more - possible
    at_least = search.fewest(missing)
    chosen = search.choose(missing)
    return _checked(round_, search, chosen, more=more, possible=possible, at_least=at_least)


def _checked(
    round_: Round, search: "_Search", chosen: list[int], *, more: int, possible: int, at_least: int
) -> Recruiting:
    """Return the answer, with the new mentors really added and the day matched again."""
    base = search.base
    counts = {kind: chosen.count(kind) for kind in sorted(set(chosen))}
    recruits = tuple(sorted((search.kinds[kind], n) for kind, n in counts.items()))
    after, score = base.solution.n_matched, base.solution.score
    if recruits:
        grown = with_recruits(base.organisation, recruits, like=search.like, on=base.on)
        again = match(grown, round_.programme, on=base.on, strategy=base.strategy, seed=base.seed)
        after, score = again.solution.n_matched, again.solution.score
        if again.solution.gap == 0 and after != search.n_served:
            raise SolverError(f"matched again, {after:,} requests are served, and {search.n_served:,} were expected")
    search.open_all()
    search.plan.fill()
    return Recruiting(
        wanted=more,
        recruits=recruits,
        at_least=at_least,
        before=round_.solution.n_matched,
        possible=possible,
        after=after,
        ceiling=search.n_served,
        score=score - round_.solution.score,
    )


@frozen(eq=False, kw_only=True)
class _Search:
    """A plan to which new mentors are added one after the other.

    Attributes:
        base: The round.
        problem: Its problem with one new mentor of each kind, who offers no place yet.
        kinds: The kinds of new mentors.
        places: How many places each of them offers.
        mentor: The place of the one of each kind among the mentors. Shape (n_kinds,).
        plan: The plan so far.
        n_pinned: How many requests are served by pins.
        like: Whom new mentors are like.
    """

    base: Baseline
    problem: Problem
    kinds: tuple[Recruit, ...]
    places: int
    mentor: NDArray[np.int64]
    plan: GrowingPlan
    n_pinned: int
    like: str | None = None

    @classmethod
    def of(cls, base: Baseline, places: int, like: str | None) -> "_Search":
        kinds = _kinds(base, places)
        grown = with_recruits(base.organisation, tuple((kind, 1) for kind in kinds), like=like, on=base.on)
        problem = base.problem_of(organisation=grown)
        arcs = problem.arcs(who="recruit", most=_MOST_PAIRS)
        old, solution = pool_of(base.problem), base.solution
        ids = old.organisation.people.ids[old.mentors[solution.mentor]]
        free = base.problem.pinned[solution.request] < 0
        new_ids = grown.people.ids[len(grown.people) - len(kinds) :]
        mentor = find_mentors(problem, new_ids)
        plan = GrowingPlan.of(problem, arcs, solution.request[free], find_mentors(problem, ids)[free])
        plan.capacity[mentor] = 0
        n_pinned = int((problem.pinned >= 0).sum())
        return cls(base=base, problem=problem, kinds=kinds, places=places, mentor=mentor, plan=plan,
                   n_pinned=n_pinned, like=like)  # fmt: skip

    @property
    def n_served(self) -> int:
        """Return how many requests are served, pinned ones included."""
        return self.plan.n_served + self.n_pinned

    def choose(self, missing: int) -> list[int]:
        """Add new mentors until so many more are served, or none serves more; return the kinds in their order."""
        chosen: list[int] = []
        aim = self.n_served + missing
        while self.n_served < aim:
            kind = self._next(aim - self.n_served)
            if kind is None:
                break
            self._add(self.plan, kind, most=aim - self.n_served)
            chosen.append(kind)
        self.plan.fill()
        return chosen

    def _next(self, missing: int) -> int | None:
        """Return the kind that serves the most, of equal ones the one that most requests without a mentor could use."""
        found = self.plan.reach()
        could = np.flatnonzero(found.mentor[self.mentor])
        if not len(could):
            return None
        gains = np.ones(len(could), np.int64)
        if self.places > 1 and missing > 1:
            gains = np.array([self._gain(kind, missing) for kind in could.tolist()])
        asking = self._asking(found)[could]
        return int(could[np.lexsort((could, -asking, -gains))[0]])

    def _asking(self, found: Reached) -> NDArray[np.int64]:
        """Return how many requests without a mentor could have one of each kind. Shape (n_kinds,)."""
        waiting = found.request & (self.plan.mentor_of < 0)
        asked = np.bincount(self.plan.arcs.mentor[waiting[self.plan.arcs.request]], minlength=self.problem.n_mentors)
        return asked[self.mentor]

    def _gain(self, kind: int, missing: int) -> int:
        """Return how many more are served by one new mentor of a kind."""
        tried = self.plan.copy()
        self._add(tried, kind, most=missing)
        return tried.n_served - self.plan.n_served

    def _add(self, plan: GrowingPlan, kind: int, *, most: int) -> None:
        plan.capacity[self.mentor[kind]] += self.places
        plan.fill(most=most)

    def open_all(self) -> None:
        """Let there be as many new mentors of every kind as there are requests."""
        self.plan.capacity[self.mentor] = self.problem.n_requests

    def fewest(self, missing: int) -> int:
        """Return how many new mentors are needed at the least to serve so many more.

        What a set adds is at most the sum of what each kind adds by itself, and further ones of a kind add less and
        less.
        """
        if missing <= 0:
            return 0
        if self.places == 1:
            return missing
        steps = sorted((step for kind in range(len(self.kinds)) for step in self._steps(kind, missing)), reverse=True)
        sums = np.cumsum(np.array(steps, np.int64))
        enough = np.flatnonzero(sums >= missing)
        return int(enough[0]) + 1 if len(enough) else -(-missing // self.places)

    def _steps(self, kind: int, missing: int) -> Iterator[int]:
        """Return what the first, second and further new mentors of one kind add by themselves."""
        tried, done = self.plan.copy(), 0
        while done < missing:
            before = tried.n_served
            self._add(tried, kind, most=missing - done)
            if (step := tried.n_served - before) == 0:
                return
            done += step
            yield step


def _kinds(base: Baseline, places: int) -> tuple[Recruit, ...]:
    """Return every kind of new mentor: one for each skill that is asked for and, where it matters, each location."""
    problem, organisation = base.problem, base.organisation
    highest = organisation.model.scale.highest
    by_location = any(isinstance(rule, SameLocation) for rule in base.policy.rules)
    locations = organisation.people.location.labels if by_location else ("",)
    kinds = []
    for skill in np.unique(problem.skill).tolist():
        need = problem.need[problem.skill == skill]
        within = need[need <= highest]
        if len(within):
            skill_id, level = organisation.model.skill_ids[skill], int(within.max())
            kinds += [Recruit(skill_id=skill_id, level=level, location=one, places=places) for one in locations]
    return tuple(kinds)


def with_recruits(
    organisation: Organisation, recruits: tuple[tuple[Recruit, int], ...], *, like: str | None = None, on: date
) -> Organisation:
    """Return an organisation with new mentors, whose ids come after all others.

    Args:
        organisation: The organisation.
        recruits: The new mentors, with how many of each.
        like: The id of somebody whose department, grade, location and own columns they share.
        on: The day on which their levels are confirmed.

    Raises:
        UnknownIdError: If nobody has the id `like`.
    """
    everybody = [one for one, n in recruits for _ in range(n)]
    people = organisation.people
    template = NO_CODE if like is None else people.code(like)
    grown = _grown(people, everybody, template)
    known = [
        Assessment(person_id=PersonId(str(person_id)), skill_id=one.skill_id, level=one.level, source=Source.OUTCOME,
                   assessed_on=on)
        for person_id, one in zip(grown.ids[len(people) :], everybody, strict=True)
    ]  # fmt: skip
    return evolve(organisation, people=grown).assessed(*known)


def _grown(people: People, new: list[Recruit], template: int) -> People:
    """Return people with new mentors after all others, like the one with a code where it is none of nobody."""
    n, last = len(new), str(people.ids[-1]) if len(people) else ""
    stem = "recruit" if last < "recruit" else f"{last}-recruit"
    ids = np.array([f"{stem}-{number:0{len(str(n))}}" for number in range(1, n + 1)], np.str_)
    everything = (1 << len(people.language_names)) - 1
    none = np.full(n, np.datetime64("NaT", "D"))
    return evolve(
        people,
        ids=np.append(people.ids, ids),
        names=np.append(people.names, np.full(n, "")),
        role=np.append(people.role, np.full(n, NO_CODE)).astype(np.int32),
        manager=np.append(people.manager, np.full(n, NO_CODE)).astype(np.int32),
        department=_longer(people.department, n, template),
        location=_located(people.location, new, template),
        time_zone=_longer(people.time_zone, n, template),
        languages=np.append(people.languages, np.full(n, everything, np.uint64)),
        grade=np.append(people.grade, np.full(n, _of(people.grade, template, NO_GRADE))).astype(np.int16),
        capacity=np.append(people.capacity, [one.places for one in new]).astype(np.int32),
        mentee_limit=np.append(people.mentee_limit, np.zeros(n)).astype(np.int32),
        joined_on=np.append(people.joined_on, none if template == NO_CODE else np.full(n, people.joined_on[template])),
        left_on=np.append(people.left_on, none),
        extras=tuple(_longer_extra(extra, n, template) for extra in people.extras),
    )


def _of(column: NDArray[np.integer], template: int, otherwise: int) -> int:
    return otherwise if template == NO_CODE else int(column[template])


def _longer(column: Categories, n: int, template: int) -> Categories:
    own = np.full(n, _of(column.codes, template, NO_CODE))
    return Categories(np.append(column.codes, own).astype(np.int32), column.labels)


def _located(location: Categories, new: list[Recruit], template: int) -> Categories:
    usual = _of(location.codes, template, NO_CODE)
    own = [location.labels.index(one.location) if one.location else usual for one in new]
    return Categories(np.append(location.codes, own).astype(np.int32), location.labels)


def _longer_extra(extra: Extra, n: int, template: int) -> Extra:
    given = np.append(extra.given, np.full(n, template != NO_CODE and bool(extra.given[template])))
    texts = None if extra.texts is None else _longer(extra.texts, n, template)
    if extra.numbers is None:
        return Extra(extra.name, texts, None, given)
    own = 0 if template == NO_CODE else extra.numbers[template]
    return Extra(extra.name, texts, np.append(extra.numbers, np.full(n, own)), given)
