"""From ids back to places: a plan that was written down as a solution of a problem again."""

import numpy as np
from attrs import define, field, frozen

from taskmentor.matching.duals import Duals
from taskmentor.matching.plan import Certificate, Plan, pool_of, request_ids, request_places
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution, Status

__all__ = ["Findings", "in_places", "solution_in_places"]

_MOST_WITNESSES = 20


@define
class Findings:
    """What is wrong with a plan, at most 20 witnesses of each kind.

    Attributes:
        faults: Sentences.
    """

    faults: list[str] = field(factory=list)

    def check(self, holds: bool, fault: str) -> None:
        """Add a fault unless something holds."""
        if not holds:
            self.faults.append(fault)

    def each(self, fault: str, witnesses: list[str]) -> None:
        """Add a fault for each of its witnesses; beyond 20 the rest is counted."""
        self.faults += [f"{fault}: {witness}" for witness in witnesses[:_MOST_WITNESSES]]
        if (more := len(witnesses) - _MOST_WITNESSES) > 0:
            self.faults.append(f"{fault}: and {more:,} more")


def in_places(problem: Problem, plan: Plan, certificate: Certificate, findings: Findings) -> Solution | None:
    """Return a plan as a solution with all its claims, or None where an id in it names nothing.

    Args:
        problem: The problem, made from an organisation.
        plan: The plan.
        certificate: Its prices.
        findings: What was found wrong so far; what is found here is added.
    """
    before = len(findings.faults)
    places = _Places.of(problem)
    rows = list(zip(plan.mentee_id.tolist(), plan.skill_id.tolist(), plan.mentor_id.tolist(), strict=True))
    request = [places.request.get((mentee_id, skill_id), -1) for mentee_id, skill_id, _ in rows]
    mentor = [places.mentor.get(mentor_id, -1) for _, _, mentor_id in rows]
    strange = [" ".join(row) for row, r, j in zip(rows, request, mentor, strict=True) if r < 0 or j < 0]
    findings.each("no such request, or the mentor is not there on that day", strange)
    duals = _prices_in_places(problem, places, certificate, findings)
    if len(findings.faults) > before:
        return None
    order = np.argsort(request, kind="stable")
    return Solution(
        request=np.array(request, np.int32)[order],
        mentor=np.array(mentor, np.int32)[order],
        status=_status(plan.claims.status, findings),
        value=plan.claims.value,
        bound=plan.claims.bound,
        score=plan.claims.score,
        duals=duals,
        strategy=plan.claims.strategy,
        parameters=plan.claims.parameters,
    )


def solution_in_places(problem: Problem, plan: Plan, certificate: Certificate) -> Solution:
    """Return a plan that has been verified as a solution.

    Args:
        problem: The problem of the plan's day, policy and seed.
        plan: The plan.
        certificate: Its prices.

    Raises:
        ValueError: If an id of the plan names nothing in the problem.
    """
    findings = Findings()
    solution = in_places(problem, plan, certificate, findings)
    if solution is None:
        raise ValueError(f"not a plan of this problem: {findings.faults[0]}")
    return solution


def _status(claimed: str, findings: Findings) -> Status:
    try:
        return Status(claimed)
    except ValueError:
        findings.check(False, f"the status {claimed!r} is none that there is")
        return Status.FEASIBLE


def _prices_in_places(problem: Problem, places: "_Places", certificate: Certificate, findings: Findings) -> Duals:
    duals = Duals(
        request=np.zeros(problem.n_requests, np.int64),
        mentee=np.zeros(problem.n_mentees, np.int64),
        mentor=np.zeros(problem.n_mentors, np.int64),
    )
    columns = {"request": duals.request, "mentee": duals.mentee, "mentor": duals.mentor}
    seen: set[tuple[str, int]] = set()
    wrong = []
    rows = (certificate.side, certificate.id, certificate.skill_id, certificate.price)
    for side, owner, skill_id, price in zip(*(column.tolist() for column in rows), strict=True):
        place = places.find(side, owner, skill_id)
        if place is None or (side, place) in seen:
            wrong.append(f"{side} {owner} {skill_id} {'stands there twice' if place is not None else 'names nothing'}")
            continue
        seen.add((side, place))
        columns[side][place] = price
    findings.each("the certificate", wrong)
    return duals


@frozen(eq=False)
class _Places:
    """Where the ids of plans and certificates stand in a problem."""

    request: dict[tuple[str, str], int]
    mentee: dict[str, int]
    mentor: dict[str, int]

    @classmethod
    def of(cls, problem: Problem) -> "_Places":
        mentees, _ = request_ids(problem, np.arange(problem.n_requests))
        pool = pool_of(problem)
        mentors = pool.organisation.people.ids[pool.mentors].tolist()
        return cls(
            request=request_places(problem),
            mentee=dict(zip(mentees.tolist(), problem.mentee.tolist(), strict=True)),
            mentor={mentor: place for place, mentor in enumerate(mentors)},
        )

    def find(self, side: str, owner: str, skill_id: str) -> int | None:
        if side == "request":
            return self.request.get((owner, skill_id))
        if skill_id:
            return None
        return self.mentee.get(owner) if side == "mentee" else self.mentor.get(owner) if side == "mentor" else None
