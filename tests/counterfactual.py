"""Puts the reason of a request without a mentor to the test: lift what it names, solve again, and it can be served."""

import numpy as np
from attrs import evolve, frozen

from taskmentor.matching.ids import find_request
from taskmentor.matching.policy import Described, Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.reasons import Reason
from taskmentor.matching.solution import Strategy, solve
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation, PairList
from taskmentor.models.people import PersonId
from taskmentor.rounds import Round

__all__ = ["Lifted", "assert_reason_holds", "lifted", "without_names"]

_NAMES = ("served", "held_by", "without_places")


def without_names(detail: dict[str, Described]) -> dict[str, Described]:
    """Return the facts that a plan gives with a reason, from those of `explain`, which name people and skills too."""
    counts = {key: value for key, value in detail.items() if key not in _NAMES}
    if isinstance(also := detail.get("also"), dict):
        assert all(isinstance(facts, dict) for facts in also.values())
        counts["also"] = {reason: without_names(facts) for reason, facts in also.items() if isinstance(facts, dict)}
    return counts


@frozen
class Lifted:
    """What a reason names is lifted: then the request can join the plan as it is, with a mentor who has a place free.

    Attributes:
        organisation: The organisation after that.
        policy: The policy after that.
        mentee_id: Who asks.
        skill_id: What for.
        mentor_id: The mentor.
    """

    organisation: Organisation
    policy: Policy
    mentee_id: str
    skill_id: str
    mentor_id: PersonId


def assert_reason_holds(round_: Round, row: int, strategy: Strategy) -> None:
    """Lift what the reason of one unmatched request names, and nothing else; then the request is served on top."""
    found = lifted(round_, row)
    pinned = _with_pin(found.organisation, found.mentee_id, found.mentor_id, found.skill_id)
    problem = daily_problem(pinned, found.policy, on=round_.on, seed=round_.plan.claims.seed)
    again = solve(problem, strategy)
    assert find_request(problem, found.mentee_id, found.skill_id) in again.request
    if round_.problem.objective == "requests-then-score" and found.policy.objective == "requests-then-score":
        assert again.n_matched > round_.solution.n_matched


def lifted(round_: Round, row: int) -> Lifted:
    """Lift what the reason of one unmatched request names, and nothing else, and assert that it can join the plan."""
    unmatched = round_.plan.unmatched
    mentee_id, skill_id = str(unmatched.mentee_id[row]), str(unmatched.skill_id[row])
    organisation, policy = round_.organisation, round_.programme.policy
    explained = round_.explain(mentee_id, skill_id)
    assert explained.reason == str(unmatched.reason[row])
    assert without_names(explained.detail) == unmatched.details[unmatched.place[row]]
    named: dict[str, Described] = {str(unmatched.reason[row]): explained.detail}
    also = explained.detail.get("also", {})
    assert isinstance(also, dict)
    for reason, detail in {**named, **also}.items():
        assert isinstance(detail, dict)
        organisation, policy = _lift(round_, organisation, policy, Reason(reason), detail, mentee_id, skill_id)
    mentor_id = _somebody_free(round_, organisation, policy, mentee_id, skill_id)
    assert mentor_id is not None, (mentee_id, skill_id, named)
    return Lifted(organisation, policy, mentee_id, skill_id, mentor_id)


def _lift(
    round_: Round,
    organisation: Organisation,
    policy: Policy,
    reason: Reason,
    detail: dict[str, Described],
    mentee_id: str,
    skill_id: str,
) -> tuple[Organisation, Policy]:
    people = organisation.people
    if reason in (Reason.NOBODY_QUALIFIED, Reason.ALL_FULL):
        policy = evolve(policy, places_per_mentor=None)  # what is made room for below is a place of the mentor's own
    if reason is Reason.NOBODY_QUALIFIED:
        return _qualify_somebody(round_, organisation, detail, mentee_id, skill_id), policy
    if reason is Reason.BARRED:
        rules = detail["rules"]
        assert isinstance(rules, dict)
        assert rules
        if "not-blocked" in rules:
            organisation = evolve(organisation, blocks=PairList.empty())
        return organisation, evolve(policy, rules=tuple(rule for rule in policy.rules if rule.name not in rules))
    if reason is Reason.MENTEES_LIMIT:
        served, engaged = detail["served"], detail["engaged"]
        assert isinstance(served, list)
        assert isinstance(engaged, int)
        limit = people.mentee_limit.copy()
        # Engagements that run may be more than the limit, so one more than the limit need not be enough.
        limit[people.code(mentee_id)] = max(int(limit[people.code(mentee_id)]), len(served) + engaged) + 1
        return evolve(organisation, people=people.with_mentee_limit(limit)), policy
    if reason is Reason.ALL_FULL:
        held_by, without = detail["held_by"], detail["without_places"]
        assert isinstance(held_by, dict)
        assert isinstance(without, list)
        capacity = people.capacity.copy()
        for person_id, holders in [*held_by.items(), *((str(one), []) for one in without)]:
            assert isinstance(holders, list)
            capacity[people.code(person_id)] = max(int(capacity[people.code(person_id)]), len(holders)) + 1
        return evolve(organisation, people=people.with_capacity(capacity)), policy
    assert reason is Reason.NO_GAIN, reason
    return organisation, evolve(policy, objective="requests-then-score")


def _qualify_somebody(
    round_: Round, organisation: Organisation, detail: dict[str, Described], mentee_id: str, skill_id: str
) -> Organisation:
    """Give somebody whom no rule bars the level that is needed, if the scale has it, and one more place."""
    people, level = organisation.people, detail["needed_level"]
    assert isinstance(level, int)
    pool = round_.problem.pool
    assert pool is not None
    request = np.full(len(pool.mentors), find_request(round_.problem, mentee_id, skill_id))
    everybody, levels = np.arange(len(pool.mentors)), np.full(len(pool.mentors), level, np.int8)
    # Not by a gap of their own: whoever is qualified here must keep the requests they have.
    idle = ~np.isin(pool.mentors, pool.mentees)
    able = np.flatnonzero(round_.problem.admits(request, everybody, levels) & idle)
    mentor = (
        pool.mentors[able[0]]
        if len(able)
        else pool.mentors[np.flatnonzero(round_.problem.admits(request, everybody, levels))[0]]
    )
    capacity = people.capacity.copy()
    capacity[mentor] += 1
    known = Assessment(
        person_id=people.id(int(mentor)),
        skill_id=SkillId(skill_id),
        level=level,
        source=Source.OUTCOME,
        assessed_on=round_.on,
    )
    return evolve(organisation, people=people.with_capacity(capacity)).assessed(known)


def _somebody_free(
    round_: Round, organisation: Organisation, policy: Policy, mentee_id: str, skill_id: str
) -> PersonId | None:
    """Return an admissible mentor whom the old plan leaves a place, with room for the mentee, or None."""
    problem = daily_problem(organisation, policy, on=round_.on, seed=round_.plan.claims.seed)
    request = find_request(problem, mentee_id, skill_id)
    pool, taken = problem.pool, round_.plan.mentor_id.tolist()
    assert pool is not None
    if problem.limit[problem.mentee[request]] <= _served(problem, round_, mentee_id):
        return None
    for pairs in problem.pairs(np.array([request])):
        for mentor in pairs.mentor.tolist():
            mentor_id = organisation.people.id(int(pool.mentors[mentor]))
            pins = int((round_.problem.pinned >= 0).sum()) and _pinned(round_, mentor_id)
            if problem.capacity[mentor] + pins > taken.count(mentor_id):
                return mentor_id
    return None


def _served(problem: Problem, round_: Round, mentee_id: str) -> int:
    """Return how many requests of the mentee the old plan serves beside pins, whose places are taken off already."""
    solution, pool = round_.solution, round_.problem.pool
    assert pool is not None
    own = pool.mentees[solution.request] == round_.organisation.people.code(mentee_id)
    return int((own & (round_.problem.pinned[solution.request] < 0)).sum())


def _pinned(round_: Round, mentor_id: str) -> int:
    pins = round_.organisation.pins
    return int((pins.mentor == round_.organisation.people.code(mentor_id)).sum())


def _with_pin(organisation: Organisation, mentee_id: str, mentor_id: str, skill_id: str) -> Organisation:
    one, pins = organisation.pairs([(mentee_id, mentor_id, skill_id)]), organisation.pins
    return evolve(
        organisation,
        pins=PairList(
            np.append(pins.mentee, one.mentee), np.append(pins.mentor, one.mentor), np.append(pins.skill, one.skill)
        ),
    )
