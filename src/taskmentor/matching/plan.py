"""Plan and certificate: a solution in ids, as it is written down, handed on and checked."""

from datetime import date

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import UnknownIdError
from taskmentor.matching.explanation import Reasons, reasons
from taskmentor.matching.policy import Described, Objective
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution

__all__ = ["Certificate", "Claims", "Plan", "certificate_of", "find_request", "plan_of", "pool_of"]


@frozen(kw_only=True)
class Claims:
    """What a plan says of itself: the keys of `solution.json`.

    Attributes:
        strategy: Who found it.
        parameters: The strategy's parameters.
        seed: Salt of the ids' order.
        on: The day.
        objective: What was maximised.
        status: `optimal`, `feasible`, `infeasible` or `time-limit`.
        value: The objective's value.
        bound: What no plan can exceed.
        gap: `bound - value`.
        score: The sum of all pairs' scores.
        requests: How many requests there were.
        matched: How many were served.
        unmatched: How many were not.
        policy: The whole policy as plain data.
        input_digest: The digest of the organisation.
        versions: Of taskmentor and what computed with it.
    """

    strategy: str
    parameters: dict[str, Described]
    seed: int
    on: date
    objective: Objective
    status: str
    value: int
    bound: int
    gap: int
    score: int
    requests: int
    matched: int
    unmatched: int
    policy: dict[str, Described]
    input_digest: str
    versions: dict[str, str]


@frozen(eq=False, kw_only=True)
class Plan:
    """Who mentors whom in what, who is left without a mentor and why, and what the plan claims.

    Attributes:
        mentee_id: Shape (n_matched,), sorted with `skill_id`.
        skill_id: Shape (n_matched,).
        target_level: Shape (n_matched,).
        mentor_id: Shape (n_matched,).
        score: Points of each pair. Shape (n_matched,).
        parts: Weighted points by scorer. Shape (n_matched, n_scorers).
        scorers: The names of the scorers.
        unmatched: The requests without a mentor, with reasons.
        claims: What the plan says of itself.
    """

    mentee_id: NDArray[np.str_]
    skill_id: NDArray[np.str_]
    target_level: NDArray[np.int64]
    mentor_id: NDArray[np.str_]
    score: NDArray[np.int64]
    parts: NDArray[np.int64]
    scorers: tuple[str, ...]
    unmatched: Reasons
    claims: Claims

    def __len__(self) -> int:
        return len(self.mentee_id)

    def __repr__(self) -> str:
        return f"Plan({len(self):,} matched, {len(self.unmatched):,} unmatched, {self.claims.status})"


@frozen(eq=False, kw_only=True)
class Certificate:
    """Prices in ids; what is not listed costs 0.

    Attributes:
        side: `request`, `mentee` or `mentor`. Shape (n,).
        id: The mentee's id on the first two sides, the mentor's on the third. Shape (n,).
        skill_id: The request's skill, "" on the other sides. Shape (n,).
        price: Whole points, 0 or more. Shape (n,).
    """

    side: NDArray[np.str_]
    id: NDArray[np.str_]
    skill_id: NDArray[np.str_]
    price: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.side)


def pool_of(problem: Problem) -> Pool:
    """Return who the places of a problem stand for.

    Raises:
        ValueError: If the problem was made from scores, not from an organisation.
    """
    if problem.pool is None:
        raise ValueError("this problem was made from scores: it has no people to name")
    return problem.pool


def find_request(problem: Problem, mentee_id: str, skill_id: str) -> int:
    """Return the place of a request.

    Raises:
        UnknownIdError: If the mentee or the skill is unknown, or the mentee has no such request.
    """
    pool = pool_of(problem)
    mentee = pool.organisation.people.code(mentee_id)
    skill = pool.organisation.model.skill_code(skill_id)
    found = np.flatnonzero((pool.mentees == mentee) & (pool.requests.skill == skill))
    if not len(found):
        own = pool.requests.skill[pool.mentees == mentee].tolist()
        asked = [pool.organisation.model.skill_ids[code] for code in own]
        raise UnknownIdError(f"request of {mentee_id} (asked for: {', '.join(sorted(asked)) or 'nothing'})", skill_id)
    return int(found[0])


def plan_of(
    problem: Problem, solution: Solution, *, seed: int, policy: dict[str, Described], versions: dict[str, str]
) -> Plan:
    """Return a solution in ids, sorted by mentee and skill, with a reason for every request that it does not serve.

    Args:
        problem: The problem.
        solution: Its solution.
        seed: The salt of the ids' order.
        policy: The whole policy as plain data.
        versions: What computed it.
    """
    pool = pool_of(problem)
    request, mentor = solution.request, solution.mentor
    level = problem.levels(request, mentor)
    parts = problem.part_columns(request, mentor, level)
    mentee_id, skill_id = request_ids(problem, request)
    order = np.lexsort((skill_id, mentee_id))
    missing = np.setdiff1d(np.arange(problem.n_requests), request)
    claims = Claims(
        strategy=solution.strategy,
        parameters=solution.parameters,
        seed=seed,
        on=pool.on,
        objective=problem.objective,
        status=solution.status.value,
        value=solution.value,
        bound=solution.bound,
        gap=solution.gap,
        score=solution.score,
        requests=problem.n_requests,
        matched=len(request),
        unmatched=len(missing),
        policy=policy,
        input_digest=pool.organisation.digest,
        versions=versions,
    )
    return Plan(
        mentee_id=mentee_id[order],
        skill_id=skill_id[order],
        target_level=pool.requests.target[request][order].astype(np.int64),
        mentor_id=pool.organisation.people.ids[pool.mentors[mentor]][order],
        score=parts.sum(axis=1, dtype=np.int64)[order],
        parts=parts[order],
        scorers=tuple(scorer.name for scorer in problem.scorers),
        unmatched=reasons(problem, solution),
        claims=claims,
    )


def certificate_of(problem: Problem, solution: Solution) -> Certificate:
    """Return a solution's prices in ids, those of 0 left out, sorted by side, id and skill."""
    pool = pool_of(problem)
    people, duals = pool.organisation.people, solution.duals
    requests, mentees, mentors = (np.flatnonzero(price) for price in (duals.request, duals.mentee, duals.mentor))
    mentee_id, skill_id = request_ids(problem, requests)
    first = np.searchsorted(problem.mentee, mentees)
    ids = np.concatenate([mentee_id, people.ids[pool.mentees[first]], people.ids[pool.mentors[mentors]]])
    skills = np.append(skill_id, np.zeros(len(mentees) + len(mentors), "U1"))
    price = np.concatenate([duals.request[requests], duals.mentee[mentees], duals.mentor[mentors]])
    side = np.repeat(np.array(["request", "mentee", "mentor"]), [len(requests), len(mentees), len(mentors)])
    order = np.lexsort((skills, ids, side))
    return Certificate(side=side[order], id=ids[order], skill_id=skills[order], price=price[order])


def request_ids(problem: Problem, requests: NDArray[np.integer]) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return the mentee id and the skill id of some requests."""
    pool = pool_of(problem)
    skill_ids = np.array(pool.organisation.model.skill_ids, np.str_)
    return pool.organisation.people.ids[pool.mentees[requests]], skill_ids[pool.requests.skill[requests]]


def request_places(problem: Problem) -> dict[tuple[str, str], int]:
    """Return the place of every request by its mentee id and skill id."""
    mentee_id, skill_id = request_ids(problem, np.arange(problem.n_requests))
    return {key: place for place, key in enumerate(zip(mentee_id.tolist(), skill_id.tolist(), strict=True))}
