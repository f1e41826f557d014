"""How far a policy could be gamed: solve again with one person's misreport, and count in that person's true terms."""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction

import numpy as np
from attrs import asdict, evolve, frozen
from numpy.typing import NDArray

from taskmentor.answers.again import Baseline
from taskmentor.errors import InfeasibleError, TooLargeError
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import find_mentors, find_requests, pool_of, request_ids
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution, Strategy
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE, PersonId
from taskmentor.rounds import Round

__all__ = ["Attempt", "Misreport", "Probe", "Probes", "Terms", "probe", "probe_everybody"]

_MOST_PEOPLE = 500


class Misreport(StrEnum):
    """What somebody says that is not so."""

    FEWER_PLACES = "fewer places"
    SINGLE_REQUEST = "a single request"
    FIRST_WISH_ONLY = "the first wish only"
    LOWER_LEVEL = "a lower self-assessment"
    HIGHER_LEVEL = "a higher self-assessment"


@frozen(kw_only=True)
class Terms:
    """What a plan gives to one person, by what is true of them.

    Attributes:
        served: How many of their requests have a mentor.
        score: The sum of the scores of these.
        taught: How many requests they mentor.
        taught_score: The sum of the scores of those.
    """

    served: int
    score: int
    taught: int
    taught_score: int

    @property
    def per_mentee(self) -> Fraction:
        """Return the score for each request that they mentor, 0 where there is none."""
        return Fraction(self.taught_score, self.taught) if self.taught else Fraction(0)


@frozen(kw_only=True)
class Attempt:
    """One misreport, and what it brings to the person who makes it.

    Attributes:
        misreport: Of which kind.
        words: What is said.
        terms: What the plan then gives them.
        gains: Whether that is more than the truth gives them. For what they say as mentee it is more requests served,
            or as many with a better score; under the objective `score` the score alone. For what they say as mentor it
            is a better score for each mentee, as long as they have one.
    """

    misreport: Misreport
    words: str
    terms: Terms
    gains: bool


@frozen(kw_only=True)
class Probe:
    """What one person could gain by misreporting.

    Attributes:
        person_id: Who.
        truth: What the plan gives them as things are.
        attempts: Every misreport that was tried.
    """

    person_id: PersonId
    truth: Terms
    attempts: tuple[Attempt, ...]

    @property
    def gaining(self) -> tuple[Attempt, ...]:
        """Return the misreports by which they gain."""
        return tuple(one for one in self.attempts if one.gains)

    def as_data(self) -> dict[str, Described]:
        """Return the probe as plain data."""
        tried: list[Described] = [
            {"misreport": one.misreport.value, "words": one.words, "gains": one.gains, "terms": asdict(one.terms)}
            for one in self.attempts
        ]
        return {"person_id": self.person_id, "truth": asdict(self.truth), "attempts": tried}

    def __str__(self) -> str:
        counted = f"{len(self.gaining)} of {len(self.attempts)} misreports"
        lines = [f"{self.person_id} gains by {counted}; now {_told(self.truth)}."]
        lines += [f"  {one.words}: {_told(one.terms)}" for one in self.gaining]
        return "\n".join(lines)


def _told(terms: Terms) -> str:
    return (
        f"{terms.served:,} requests served for {terms.score:,} points, "
        f"{terms.taught:,} mentored for {terms.taught_score:,}"
    )


@frozen(kw_only=True)
class Probes:
    """What everybody could gain by misreporting, each alone.

    Attributes:
        probes: One for each person who could misreport anything, by id.
    """

    probes: tuple[Probe, ...]

    @property
    def gaining(self) -> tuple[Probe, ...]:
        """Return those who would gain by something."""
        return tuple(one for one in self.probes if one.gaining)

    def tried(self) -> dict[Misreport, tuple[int, int]]:
        """Return for each kind of misreport how many were tried, and by how many the person gains."""
        tried = Counter(one.misreport for probe in self.probes for one in probe.attempts)
        gaining = Counter(one.misreport for probe in self.probes for one in probe.gaining)
        return {kind: (tried[kind], gaining[kind]) for kind in Misreport if tried[kind]}

    def as_data(self) -> dict[str, Described]:
        """Return the probes as plain data."""
        kinds: dict[str, Described] = {
            kind.value: {"tried": n, "gaining": gaining} for kind, (n, gaining) in self.tried().items()
        }
        return {
            "people": len(self.probes),
            "gaining": len(self.gaining),
            "misreports": kinds,
            "probes": [one.as_data() for one in self.gaining],
        }

    def __str__(self) -> str:
        lines = [f"{len(self.gaining):,} of {len(self.probes):,} people would gain by misreporting alone."]
        lines += [f"  {kind}: {gaining:,} of {n:,} gain" for kind, (n, gaining) in self.tried().items()]
        return "\n".join(lines)


def probe(round_: Round, person_id: str, *, strategy: Strategy | None = None) -> Probe:
    """Return what one person could gain by misreporting, each misreport tried by matching again.

    They say that they have fewer places, ask for one of their requests alone, name the first of their preferences
    alone, or say a level lower or higher of themselves where that counts. Everybody else tells the truth. What they get
    is counted by what is true: a pair that the rules do not admit in truth counts nothing.

    A gain may be luck with ties, which are settled anew when anything changes.

    Args:
        round_: The round.
        person_id: Who.
        strategy: Who matches, before and after; `Flow()` unless given, or `CpSat()` where there are constraints.

    Raises:
        UnknownIdError: If nobody has this id.
        UnsupportedError: If the strategy cannot do what the policy or the size asks.
        SolverError: If an answer does not hold.
    """
    round_.organisation.people.code(person_id)
    return _probe(_base_of(round_, strategy), PersonId(person_id))


def probe_everybody(round_: Round, *, strategy: Strategy | None = None) -> Probes:
    """Return what each person of a round could gain by misreporting alone.

    Args:
        round_: The round.
        strategy: Who matches, before and after; `Flow()` unless given, or `CpSat()` where there are constraints.

    Raises:
        TooLargeError: If there are more than 500 people with requests or places.
        UnsupportedError: If the strategy cannot do what the policy or the size asks.
        SolverError: If an answer does not hold.

    Complexity:
        A few solves for each person.
    """
    pool, people = pool_of(round_.problem), round_.organisation.people
    offering = pool.mentors[people.capacity[pool.mentors] > 0]
    codes = np.union1d(pool.mentees, offering)
    if len(codes) > _MOST_PEOPLE:
        raise TooLargeError("probe_everybody", "people", len(codes), _MOST_PEOPLE, "probe some of them one by one")
    base = _base_of(round_, strategy)
    found = (_probe(base, people.id(int(code))) for code in codes)
    return Probes(probes=tuple(one for one in found if one.attempts))


def _base_of(round_: Round, strategy: Strategy | None) -> Baseline:
    """Return the round with the plan that the strategy gives when everybody tells the truth."""
    usual: Strategy = CpSat() if round_.problem.constraints else Flow()
    solver = usual if strategy is None else strategy
    base, solution = Baseline.of(round_, solver), round_.solution
    is_same = (solution.strategy, solution.parameters) == (solver.name, solver.get_params())
    return evolve(base, solution=solution if is_same else base.solved(base.problem))


def _probe(base: Baseline, person_id: PersonId) -> Probe:
    truth = _terms(base, base.problem, base.solution, person_id)
    attempts = []
    for misreport, words, problem in _misreports(base, person_id):
        try:
            terms = _terms(base, problem, base.solved(problem), person_id)
        except InfeasibleError:  # then there is no round at all
            continue
        gains = _gains(base, misreport, truth, terms)
        attempts.append(Attempt(misreport=misreport, words=words, terms=terms, gains=gains))
    return Probe(person_id=person_id, truth=truth, attempts=tuple(attempts))


def _gains(base: Baseline, misreport: Misreport, truth: Terms, terms: Terms) -> bool:
    if misreport is Misreport.FEWER_PLACES:
        return terms.taught > 0 and terms.per_mentee > truth.per_mentee
    if base.problem.objective == "score":
        return terms.score > truth.score
    return (terms.served, terms.score) > (truth.served, truth.score)


def _terms(base: Baseline, problem: Problem, solution: Solution, person_id: PersonId) -> Terms:
    """Return what a plan of some problem gives to a person, counted in the true one."""
    true, pool = base.problem, pool_of(problem)
    code = pool.organisation.people.code(person_id)
    learns = pool.mentees[solution.request] == code
    teaches = pool.mentors[solution.mentor] == code
    rows = np.flatnonzero(learns | teaches)
    mentees, skills = request_ids(problem, solution.request[rows])
    request = find_requests(true, mentees, skills)
    mentor = find_mentors(true, pool.organisation.people.ids[pool.mentors[solution.mentor[rows]]])
    asked = np.flatnonzero(request >= 0)
    level = true.levels(request[asked], mentor[asked])
    holds = level >= true.need[request[asked]]
    is_true = holds & true.admits(request[asked], mentor[asked], level)
    score = np.zeros(len(rows), np.int64)
    score[asked[is_true]] = true.score(request[asked], mentor[asked], level)[is_true]
    counts = np.zeros(len(rows), np.bool_)
    counts[asked[is_true]] = True
    return Terms(
        served=int((counts & learns[rows]).sum()),
        score=int(score[learns[rows]].sum()),
        taught=int((counts & teaches[rows]).sum()),
        taught_score=int(score[teaches[rows]].sum()),
    )


# What may be said


def _misreports(base: Baseline, person_id: PersonId) -> Iterator[tuple[Misreport, str, Problem]]:
    """Return every misreport of a person that is tried, with the problem that it makes."""
    code = base.organisation.people.code(person_id)
    yield from _fewer_places(base, code)
    yield from _single_requests(base, code)
    yield from _first_wishes(base, code)
    yield from _other_levels(base, code, person_id)


def _fewer_places(base: Baseline, code: int) -> Iterator[tuple[Misreport, str, Problem]]:
    pool, problem = pool_of(base.problem), base.problem
    place = int(pool.mentor_place[code])
    left = int(problem.capacity[place]) if place != NO_CODE else 0
    for fewer in range(1, left):
        capacity = problem.capacity.copy()
        capacity[place] = fewer
        words = f"{fewer:,} {'place' if fewer == 1 else 'places'} left instead of {left:,}"
        yield Misreport.FEWER_PLACES, words, base.with_places(capacity=capacity)


def _single_requests(base: Baseline, code: int) -> Iterator[tuple[Misreport, str, Problem]]:
    problem, pool = base.problem, pool_of(base.problem)
    own = np.flatnonzero((pool.mentees == code) & (problem.pinned < 0))
    for request in own.tolist() if len(own) > 1 else []:
        kept = np.setdiff1d(np.arange(problem.n_requests), own[own != request])
        skill_id = pool.organisation.model.skill_ids[problem.skill[request]]
        fewer = Problem.build(
            base.organisation, pool.requests.take(kept), base.policy,
            on=base.on, salt=str(base.seed), proficiency=pool.proficiency,
        )  # fmt: skip
        yield Misreport.SINGLE_REQUEST, f"{skill_id} alone", fewer


def _first_wishes(base: Baseline, code: int) -> Iterator[tuple[Misreport, str, Problem]]:
    """Cut each list of preferences of a person down to whom they prefer to all others."""
    given = base.organisation.preferences
    own = np.flatnonzero(given.person == code)
    lists = {(int(given.side[row]), int(given.skill[row])) for row in own.tolist()}
    for side, skill in sorted(lists):
        rows = own[(given.side[own] == side) & (given.skill[own] == skill)]
        named = rows[given.preferred[rows] != NO_CODE]
        first = named[given.rank[named] == given.rank[named].min(initial=10_000)]
        if 0 < len(first) < len(rows):
            kept = np.setdiff1d(np.arange(len(given)), np.setdiff1d(rows, first))
            other = evolve(base.organisation, preferences=given.take(kept))
            who = " and ".join(sorted(str(base.organisation.people.id(int(one))) for one in given.preferred[first]))
            yield Misreport.FIRST_WISH_ONLY, f"{who} alone", base.problem_of(organisation=other)


def _other_levels(base: Baseline, code: int, person_id: PersonId) -> Iterator[tuple[Misreport, str, Problem]]:
    """Say a level lower or higher of oneself in every skill in which one's own word counts."""
    scale, pool = base.organisation.model.scale, pool_of(base.problem)
    for skill in _own_word(base, code).tolist():
        (level,), _ = pool.proficiency.levels(np.array([code]), np.array([skill]))
        skill_id = base.organisation.model.skill_ids[skill]
        for kind, said in ((Misreport.LOWER_LEVEL, int(level) - 1), (Misreport.HIGHER_LEVEL, int(level) + 1)):
            if scale.lowest <= said <= scale.highest:
                word = Assessment(
                    person_id=person_id, skill_id=skill_id, level=said, source=Source.SELF, assessed_on=base.on
                )
                other = _without_word_of_the_day(base, code, skill).assessed(word)
                yield kind, f"level {said} of {skill_id}", base.problem_of(organisation=other)


def _own_word(base: Baseline, code: int) -> NDArray[np.int32]:
    """Return the skills that somebody asks for or has said a level of, without a confirmed one and without a pin."""
    pool, rows = pool_of(base.problem), base.organisation.assessments
    known = rows.assessed_on <= np.datetime64(base.on)
    own = known & (rows.person == code)
    said = rows.skill[own & (rows.source == Source.SELF)]
    confirmed = rows.skill[own & (rows.source != Source.SELF)]
    asked = pool.requests.skill[(pool.mentees == code) & (base.problem.pinned < 0)]
    pins = base.organisation.pins
    pinned = pins.skill[(pins.mentee == code) | (pins.mentor == code)]  # which another level might break
    return np.setdiff1d(np.union1d(said, asked), np.union1d(confirmed, pinned)).astype(np.int32)


def _without_word_of_the_day(base: Baseline, code: int, skill: int) -> Organisation:
    """Return the organisation without what somebody said of a skill on the day itself."""
    rows = base.organisation.assessments
    today = rows.assessed_on == np.datetime64(base.on)
    same = today & (rows.person == code) & (rows.skill == skill) & (rows.source == Source.SELF)
    kept = np.flatnonzero(~same)
    fewer = evolve(
        rows,
        person=rows.person[kept],
        skill=rows.skill[kept],
        level=rows.level[kept],
        source=rows.source[kept],
        assessed_on=rows.assessed_on[kept],
        assessor=rows.assessor[kept],
        model_version=rows.model_version[kept],
    )
    return evolve(base.organisation, assessments=fewer)
