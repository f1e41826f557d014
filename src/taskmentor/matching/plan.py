"""Plan and certificate: a solution in ids, as it is written down, handed on and checked."""

from datetime import date

import numpy as np
from attrs import Factory, field, frozen
from numpy.typing import NDArray

from taskmentor.matching.aims.choices import Listed, aim_values
from taskmentor.matching.duals import Duals
from taskmentor.matching.ids import in_order, pool_of, request_ids
from taskmentor.matching.policy import Described, Objective
from taskmentor.matching.problem import Problem
from taskmentor.matching.reasons import Reasons, reasons
from taskmentor.matching.solution import Proof, Solution

SIDES = ("constraint", "mentee", "mentor", "request")
"""What has prices, in the order in which certificates are written."""

__all__ = ["SIDES", "Certificate", "Claims", "Plan", "certificate_of", "plan_of"]


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
        aims: What was reached at each aim of the policy, in order, pinned pairs not counted.
        proof: `prices`, which prove the bound to anybody, or `solver`, on its word.
        priced: The bound that the prices prove.
        unit: The prices are in such parts of a point.
        without_pins: Whether the pins of the tables were left out, so that the digest is of an organisation without.
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
    aims: tuple[dict[str, Described], ...] = ()
    proof: Proof = "prices"
    priced: int = field(default=Factory(lambda self: self.bound, takes_self=True))
    unit: int = 1
    without_pins: bool = False


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
        side: `request`, `mentee`, `mentor` or `constraint`. Shape (n,).
        id: The mentee's id on the first two sides, the mentor's on the third, the constraint's name on the last. Shape
            (n,).
        skill_id: The request's skill, the number of a constraint's row, "" on the other sides. Shape (n,).
        price: Whole parts of a point, 0 or more for the objective; of a row below 0 where its low limit is charged
            for. Shape (n,).
        step: 0 for what the objective is proven by, 1 and on for the steps of the policy's aims. Shape (n,).
    """

    side: NDArray[np.str_]
    id: NDArray[np.str_]
    skill_id: NDArray[np.str_]
    price: NDArray[np.int64] = field(repr=False)
    step: NDArray[np.int64] = field(
        repr=False, default=Factory(lambda self: np.zeros(len(self.side), np.int64), takes_self=True)
    )

    def __len__(self) -> int:
        return len(self.side)


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
    order = in_order(problem, solution.request)
    request, mentor = solution.request[order], solution.mentor[order]
    level = problem.levels(request, mentor)
    parts = problem.part_columns(request, mentor, level)
    mentee_id, skill_id = request_ids(problem, request)
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
        proof=solution.proof,
        priced=solution.priced,
        unit=solution.duals.unit,
        score=solution.score,
        requests=problem.n_requests,
        matched=len(request),
        unmatched=problem.n_requests - len(request),
        policy=policy,
        input_digest=pool.organisation.digest,
        versions=versions,
        aims=aim_values(Listed.of(problem), solution.request, solution.mentor) if problem.aims else (),
    )
    return Plan(
        mentee_id=mentee_id,
        skill_id=skill_id,
        target_level=pool.requests.target[request].astype(np.int64),
        mentor_id=pool.organisation.people.ids[pool.mentors[mentor]],
        score=parts.sum(axis=1, dtype=np.int64),
        parts=parts,
        scorers=tuple(scorer.name for scorer in problem.point_scorers),
        unmatched=reasons(problem, solution),
        claims=claims,
    )


def certificate_of(problem: Problem, solution: Solution) -> Certificate:
    """Return a solution's prices in ids, those of 0 left out, sorted by step, side, id and skill."""
    parts = [_prices_of(problem, duals) for duals in (solution.duals, *solution.aims)]
    side, ids, skill_id, price = (np.concatenate(column) for column in zip(*parts, strict=True))
    step = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    return Certificate(side=side, id=ids, skill_id=skill_id, price=price, step=step)


def _prices_of(
    problem: Problem, duals: Duals
) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.str_], NDArray[np.int64]]:
    """Return prices in ids, those of 0 left out, as columns of sides, ids, skills and prices."""
    pool = pool_of(problem)
    requests, mentees, mentors = (np.flatnonzero(price) for price in (duals.request, duals.mentee, duals.mentor))
    requests = requests[in_order(problem, requests)]
    # Codes follow the ids.
    mentees = mentees[np.argsort(_person(problem, mentees))]
    mentors = mentors[np.argsort(pool.mentors[mentors])]
    mentee_id, skill_id = request_ids(problem, requests)
    ids = pool.organisation.people.ids
    names = [one.name for one in problem.constraints[: len(duals.rows)]]
    n_rows = [len(one.row) for one in duals.rows]
    row, row_price = (
        np.concatenate([np.zeros(0, np.int64), *(getattr(one, column) for one in duals.rows)])
        for column in ("row", "price")
    )
    sides = [sum(n_rows), len(mentees), len(mentors), len(requests)]
    named = np.repeat(np.array(names, np.str_), n_rows)
    return (
        np.repeat(np.array(SIDES), sides),
        np.concatenate([named, ids[_person(problem, mentees)], ids[pool.mentors[mentors]], mentee_id]),
        np.concatenate([row.astype(np.str_), np.zeros(len(mentees) + len(mentors), "U1"), skill_id]),
        np.concatenate([row_price, duals.mentee[mentees], duals.mentor[mentors], duals.request[requests]]),
    )


def _person(problem: Problem, mentees: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return the person code of some mentees, given as their places."""
    return pool_of(problem).mentees[np.searchsorted(problem.mentee, mentees)]
