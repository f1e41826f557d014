"""One pool for several programmes: the same requests, one capacity, and which limit binds.

Where mentors are many, one to one; where they are few, groups and short sessions: which request is served in which way
is settled in one solve, with a bound that prices prove (`matching.joint`).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, SolverError
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.matching.groups import GroupPolicy
from taskmentor.matching.ids import in_order, pool_of, request_ids
from taskmentor.matching.joint import JointProblem, JointSolution, Offer, joint_faults, solve_jointly
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.reasons import Reason
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation, PairList
from taskmentor.models.people import PersonId
from taskmentor.programmes import Format, Programme

__all__ = ["JointMatch", "JointRound", "Limit", "Share", "match_jointly"]

_SESSIONS_A_PLACE = 4
"""How many short sessions take as long as one engagement, where nothing else is said."""


@frozen(kw_only=True)
class Share:
    """One programme's part in a pool: what a mentor's place is worth in it.

    Attributes:
        programme: The programme; its policy says who may be served, and its points by whom best.
        seats: How many requests share one place: 1 for one to one, the most members of a group, the sessions that take
            as long as one engagement.
        least: How few may share it.
        one_skill: Whether all who share a place learn the same skill.
        bonus: Points on top of every pair's score, to prefer this programme to others.

    Raises:
        InputError: If `least` is above `seats`, or a number is out of its range.
    """

    programme: Programme
    seats: int = 1
    least: int = 1
    one_skill: bool = True
    bonus: int = 0

    def __attrs_post_init__(self) -> None:
        _ = self.offer  # what no place could keep is refused here and not later

    @property
    def offer(self) -> Offer:
        """Return the same without the programme."""
        return Offer(
            name=self.programme.id, seats=self.seats, least=self.least, one_skill=self.one_skill, bonus=self.bonus
        )

    @classmethod
    def of(cls, programme: Programme) -> "Share":
        """Return what a programme's format says of its places.

        A group on one skill has as many members as its policy says and takes one place of its mentor; a place given to
        booked sessions holds four of them, on any skills; everything else is one to one.
        """
        if programme.format is Format.GROUP:
            groups = programme.groups or GroupPolicy()
            return cls(programme=programme, seats=groups.max_members, least=groups.min_members)
        if programme.format is Format.SESSION:
            return cls(programme=programme, seats=_SESSIONS_A_PLACE, one_skill=False)
        return cls(programme=programme)


@frozen(kw_only=True)
class JointMatch:
    """One served request.

    Attributes:
        mentee_id: Who learns.
        skill_id: The skill.
        target_level: The level to reach.
        mentor_id: Who teaches.
        programme_id: In which programme.
        place: The number of the mentor's place, from 1; those of one mentor with the same number share it.
        score: Points, the programme's bonus included.
    """

    mentee_id: PersonId
    skill_id: SkillId
    target_level: int
    mentor_id: PersonId
    programme_id: ProgrammeId
    place: int
    score: int


@frozen(kw_only=True)
class Limit:
    """What would change if one limit were wider, found by solving again.

    Attributes:
        name: What was widened.
        served: How many more requests would be served; below 0 where fewer have the better score and that is what is
            maximised, or where time ran out.
        score: How much the score would change.
        binds: Whether more of what is maximised would be reached: more requests served or the same number better, or
            under the objective `score` a better score.
        proven: Whether both answers are proven to be the best.
    """

    name: str
    served: int
    score: int
    binds: bool
    proven: bool

    def __str__(self) -> str:
        word = "" if self.proven else " (not proven)"
        return f"{self.name}: {self.served:+,} served, {self.score:+,} points{word}"


@frozen(eq=False, kw_only=True)
class JointRound:
    """One pool, solved and checked.

    Attributes:
        organisation: The organisation.
        shares: The programmes and what a place is in each.
        on: The day.
        problems: The problem of each programme alone.
        problem: What was solved.
        solution: The answer in places.
        seconds: Time limit of each solve.
    """

    organisation: Organisation
    shares: tuple[Share, ...]
    on: date
    problems: tuple[Problem, ...] = field(repr=False)
    problem: JointProblem = field(repr=False)
    solution: JointSolution
    seconds: float

    @cached_property
    def matches(self) -> tuple[JointMatch, ...]:
        """Return every served request, by mentee and skill; pins are served in the first programme, at places of 0."""
        rows = [*self._pinned(), *self._served()]
        return tuple(sorted(rows, key=lambda one: (one.mentee_id, one.skill_id)))

    @cached_property
    def unmatched(self) -> tuple[tuple[PersonId, SkillId, Reason], ...]:
        """Return every request that is not served, by mentee and skill, with the first reason that holds."""
        first = self.problems[0]
        served = np.zeros(first.n_requests, np.bool_)
        served[self.problem.request[self.solution.pairs]] = True
        left = np.flatnonzero(~served & (first.pinned < 0))
        left = left[in_order(first, left)]
        mentees, skills = request_ids(first, left)
        reasons = [self._reason(request) for request in left.tolist()]
        return tuple(
            (PersonId(str(mentee)), SkillId(str(skill)), reason)
            for mentee, skill, reason in zip(mentees, skills, reasons, strict=True)
        )

    def counts(self) -> dict[ProgrammeId, int]:
        """Return how many requests each programme serves."""
        found = {share.programme.id: 0 for share in self.shares}
        for one in self.matches:
            found[one.programme_id] += 1
        return found

    def summary(self) -> str:
        """Return what the pool did, in a few lines."""
        solution, reasons = self.solution, [reason for *_, reason in self.unmatched]
        proof = "optimal" if solution.gap == 0 else f"at most {_share(solution)} below the optimum"
        by = ", ".join(f"{n:,} by {programme_id}" for programme_id, n in self.counts().items())
        lines = [
            f"One pool on {self.on}: {len(self.matches):,} of {self.problem.n_requests:,} requests are served: {by}.",
            f"Value {solution.value:,}, bound {solution.bound:,}, proven gap {solution.gap:,} ({proof}).",
        ]
        if reasons:
            told = ", ".join(f"{reasons.count(one)} {one}" for one in Reason if one in reasons)
            lines.append(f"Not served: {told}.")
        return "\n".join(lines)

    def limits(self) -> tuple[Limit, ...]:
        """Return what widening each limit by one would bring, the most first; each is found by solving again.

        Limits are the places of all mentors, those of mentors of each skill that was asked for in vain, the limit of
        mentees, and the seats and the least number of each programme whose places are shared.
        """
        found = [self._again(name, problems, offers) for name, problems, offers in self._wider()]
        return tuple(sorted(found, key=lambda one: (not one.binds, -one.served, -one.score, one.name)))

    def _again(self, name: str, problems: Sequence[Problem], offers: Sequence[Offer]) -> Limit:
        wider = JointProblem.of(problems, offers, objective=self._objective)
        solution = solve_jointly(wider, seconds=self.seconds)
        more = int(wider.score[solution.pairs].sum() - self.problem.score[self.solution.pairs].sum())
        served = len(solution.pairs) - len(self.solution.pairs)
        return Limit(
            name=name,
            served=served,
            score=more,
            binds=more > 0 if self._objective == "score" else (served, more) > (0, 0),
            proven=solution.gap == 0 and self.solution.gap == 0,
        )

    def _wider(self) -> Iterator[tuple[str, list[Problem], list[Offer]]]:
        problems, offers = list(self.problems), [share.offer for share in self.shares]
        offering = self.organisation.people.capacity[pool_of(problems[0]).mentors] > 0
        yield "one more place of every mentor", _with_places(problems, offering), offers
        for skill in sorted({skill_id for _, skill_id, reason in self.unmatched if reason is Reason.ALL_FULL}):
            holders = offering & self._holds(skill)
            yield f"one more place of every mentor of {skill}", _with_places(problems, holders), offers
        limits = [evolve(one, limit=one.limit + (one.limit > 0).astype(np.int32)) for one in problems]
        yield "one more request of every mentee", limits, offers
        for place, offer in enumerate(offers):
            if offer.seats > 1:
                more = [*offers[:place], evolve(offer, seats=offer.seats + 1), *offers[place + 1 :]]
                yield f"one more seat in each place of {offer.name}", problems, more
            if offer.least > 1:
                fewer = [*offers[:place], evolve(offer, least=offer.least - 1), *offers[place + 1 :]]
                yield f"one fewer needed in each place of {offer.name}", problems, fewer

    def _holds(self, skill_id: str) -> NDArray[np.bool_]:
        """Return which mentors hold a skill at all. Shape (n_mentors,)."""
        skill, holdings = self.organisation.model.skill_ids.index(SkillId(skill_id)), self.problems[0].holdings
        holds = np.zeros(self.problems[0].n_mentors, np.bool_)
        holds[holdings.mentor[holdings.start[skill] : holdings.start[skill + 1]]] = True
        return holds

    @property
    def _objective(self) -> Objective:
        return self.shares[0].programme.policy.objective

    def _pinned(self) -> Iterator[JointMatch]:
        first = self.problems[0]
        requests = np.flatnonzero(first.pinned >= 0)
        mentors = first.pinned[requests]
        scores = first.score(requests, mentors, first.levels(requests, mentors))
        for request, mentor, score in zip(requests.tolist(), mentors.tolist(), scores.tolist(), strict=True):
            yield self._match(request, mentor, 0, 0, score + self.shares[0].bonus)

    def _served(self) -> Iterator[JointMatch]:
        problem, pairs = self.problem, self.solution.pairs
        place, current = 0, (-1, -1)
        for lot in np.unique(problem.lot[pairs]).tolist():
            own = pairs[problem.lot[pairs] == lot]
            mentor, way = problem.mentor_of(lot), int(problem.offer[own[0]])
            place = place if current[0] == mentor else 0
            current = (mentor, lot)
            for some in np.array_split(own, -(-len(own) // problem.offer_of(lot).seats)):
                place += 1
                for pair in some.tolist():
                    request, score = int(problem.request[pair]), int(problem.score[pair])
                    yield self._match(request, mentor, way, place, score)

    def _match(self, request: int, mentor: int, way: int, place: int, score: int) -> JointMatch:
        first = self.problems[0]
        pool = pool_of(first)
        (mentee_id,), (skill_id,) = request_ids(first, np.array([request]))
        return JointMatch(
            mentee_id=PersonId(str(mentee_id)),
            skill_id=SkillId(str(skill_id)),
            target_level=int(pool.requests.target[request]),
            mentor_id=self.organisation.people.id(int(pool.mentors[mentor])),
            programme_id=self.shares[way].programme.id,
            place=place,
            score=score,
        )

    def _reason(self, request: int) -> Reason:
        qualified, mentors = self._suited(request)
        if not qualified:
            return Reason.NOBODY_QUALIFIED
        if not len(mentors):
            return Reason.BARRED
        mentee = int(self.problem.mentee[request])
        served = int((self.problem.mentee[self.problem.request[self.solution.pairs]] == mentee).sum())
        if served >= self.problem.limit[mentee]:
            return Reason.MENTEES_LIMIT
        return Reason.ALL_FULL if (self._places_left[mentors] <= 0).all() else Reason.LEFT_OPEN

    def _suited(self, request: int) -> tuple[int, NDArray[np.int32]]:
        """Return how many are qualified in some programme, and whom its rules admit, those without places included."""
        qualified, admitted = 0, []
        for problem in self.problems:
            for holdings in (problem.holdings, problem.silent):
                pairs = holdings.expand(np.array([request]), problem.skill[[request]], problem.need[[request]])
                qualified += len(pairs)
                admitted.append(pairs.mentor[problem.admits(pairs.request, pairs.mentor, pairs.level)])
        return qualified, np.concatenate(admitted)

    @cached_property
    def _places_left(self) -> NDArray[np.int64]:
        """How many places each mentor has left. Shape (n_mentors,)."""
        left = self.problem.capacity.astype(np.int64)
        for lot, served in zip(*np.unique(self.problem.lot[self.solution.pairs], return_counts=True), strict=True):
            left[self.problem.mentor_of(int(lot))] -= -(-int(served) // self.problem.offer_of(int(lot)).seats)
        return left


def match_jointly(
    organisation: Organisation, shares: Sequence[Share | Programme], *, on: date, seed: int = 0, seconds: float = 30.0
) -> JointRound:
    """Return one pool: the requests of a day, each served in one of several programmes, under one capacity.

    The first programme says what the requests are and what is maximised; pins are served in it. Each programme's policy
    says whom it may serve by whom, and its scores stand beside those of the others as they are.

    Args:
        organisation: The organisation.
        shares: The programmes, and what a place is in each where its format does not say enough.
        on: The day.
        seed: Salts the hash that orders ids.
        seconds: Time limit of the solver, for each solve.

    Raises:
        InputError: If there is no programme, two have the same id, they confirm proficiency in different ways, or one
            of them has a limit, a format or mentees' wishes that one pool does not know.
        TooLargeError: If there are more than 200,000 eligible pairs in all.
        CostRangeError: If the points do not fit exact whole numbers.
        SolverError: If the answer does not pass the check.
    """
    parts = tuple(one if isinstance(one, Share) else Share.of(one) for one in shares)
    _check(parts)
    first = parts[0].programme.policy
    problems = [daily_problem(organisation, first, on=on, seed=seed)]
    unpinned, pool = evolve(organisation, pins=PairList.empty()), pool_of(problems[0])
    problems += [
        Problem.build(
            unpinned, pool.requests, part.programme.policy, on=on, salt=str(seed), proficiency=pool.proficiency
        )
        for part in parts[1:]
    ]
    _check_wishes(parts, problems)
    problem = JointProblem.of(problems, [part.offer for part in parts], objective=first.objective)
    solution = solve_jointly(problem, seconds=seconds)
    if faults := joint_faults(problem, solution):
        raise SolverError(f"the plan of one pool does not hold: {'; '.join(faults)}")
    return JointRound(
        organisation=organisation,
        shares=parts,
        on=on,
        problems=tuple(problems),
        problem=problem,
        solution=solution,
        seconds=seconds,
    )


def _check(parts: tuple[Share, ...]) -> None:
    """Refuse programmes that cannot share a pool."""
    faults = []
    ids = [part.programme.id for part in parts]
    if not parts:
        faults.append(_fault("MISSING-VALUE", "there is no programme", "Give at least one."))
    if circles := [part.programme.id for part in parts if part.programme.format is Format.CIRCLE]:
        problem = f"{circles[0]} takes no mentor's place"
        faults.append(_fault("CONFLICTING-POLICY", problem, "Form circles of peers with `form_groups`."))
    if own := [part.programme.id for part in parts if part.programme.policy.places_per_mentor is not None]:
        problem = f"{own[0]} has places_per_mentor, a limit of its own, which one pool does not know"
        faults.append(_fault("CONFLICTING-POLICY", problem, "Leave it out, or match that programme alone."))
    for name in ("aims", "load_cost"):
        if given := [part.programme.id for part in parts if getattr(part.programme.policy, name)]:
            problem = f"{given[0]} has {name}, which one pool does not know"
            faults.append(_fault("CONFLICTING-POLICY", problem, "Leave it out, or match that programme alone."))
    if len(set(ids)) < len(ids):
        faults.append(_fault("DUPLICATE-ID", "two programmes have the same id", "Give each an id of its own."))
    if len({part.programme.policy.proficiency for part in parts}) > 1:
        problem, remedy = "they confirm proficiency in different ways", "Give all policies the same `proficiency`."
        faults.append(_fault("CONFLICTING-POLICY", problem, remedy))
    if faults:
        raise InputError(faults)


def _check_wishes(parts: Sequence[Share], problems: Sequence[Problem]) -> None:
    """Refuse programmes that heed what mentees wish about their mentor, where some wish something."""
    heeding = [part.programme.id for part, problem in zip(parts, problems, strict=True) if problem.wish is not None]
    if heeding:
        problem = f"mentees wish something about their mentor, and {heeding[0]} heeds it, which one pool does not"
        remedy = "Give its policy wishes='unused', or match that programme alone."
        raise InputError([_fault("CONFLICTING-POLICY", problem, remedy)])


def _fault(code: str, problem: str, remedy: str) -> Fault:
    return Fault(code=code, table="programmes", problem=problem, remedy=remedy)


def _with_places(problems: Sequence[Problem], mentors: NDArray[np.bool_]) -> list[Problem]:
    return [evolve(one, capacity=one.capacity + mentors.astype(np.int32)) for one in problems]


def _share(solution: JointSolution) -> str:
    return f"{100 * solution.gap / solution.bound:.4f} %"
