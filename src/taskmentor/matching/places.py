"""From ids back to places: a plan that was written down as a solution of a problem again."""

from collections.abc import Callable

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals
from taskmentor.matching.ids import NOWHERE, find_mentees, find_mentors, find_requests
from taskmentor.matching.plan import Certificate, Plan
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution, Status

__all__ = ["Findings", "Placed", "in_places"]

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

    def each(self, fault: str, rows: NDArray[np.integer], name: Callable[[int], str], *, n: int | None = None) -> None:
        """Add a fault for each of some rows; beyond 20 the rest is counted.

        Args:
            fault: What is wrong with all of them.
            rows: The rows, 20 of them at least where there are as many. Shape (n_given,).
            name: Says which row it is; called only for those that are named.
            n: How many there are in all, where not all are given.
        """
        self.faults += [f"{fault}: {name(row)}" for row in rows[:_MOST_WITNESSES].tolist()]
        if (more := (len(rows) if n is None else n) - _MOST_WITNESSES) > 0:
            self.faults.append(f"{fault}: and {more:,} more")


@frozen(eq=False, kw_only=True)
class Placed:
    """A plan as a solution.

    Attributes:
        solution: The solution.
        row: The row of the plan in which each of its pairs stands. Shape (n_matched,).
    """

    solution: Solution
    row: NDArray[np.int64]


def in_places(problem: Problem, plan: Plan, certificate: Certificate, findings: Findings) -> Placed | None:
    """Return a plan as a solution with all its claims, or None where an id in it names nothing.

    Args:
        problem: The problem, made from an organisation.
        plan: The plan.
        certificate: Its prices.
        findings: What was found wrong so far; what is found here is added.
    """
    before = len(findings.faults)
    request = find_requests(problem, plan.mentee_id, plan.skill_id)
    mentor = find_mentors(problem, plan.mentor_id)
    findings.each(
        "no such request, or the mentor is not there on that day",
        np.flatnonzero((request == NOWHERE) | (mentor == NOWHERE)),
        lambda row: f"{plan.mentee_id[row]} {plan.skill_id[row]} {plan.mentor_id[row]}",
    )
    duals = _prices_in_places(problem, certificate, findings)
    if len(findings.faults) > before:
        return None
    order = np.argsort(request, kind="stable")
    solution = Solution(
        request=request[order].astype(np.int32),
        mentor=mentor[order].astype(np.int32),
        status=_status(plan.claims.status, findings),
        value=plan.claims.value,
        bound=plan.claims.bound,
        score=plan.claims.score,
        duals=duals,
        strategy=plan.claims.strategy,
        parameters=plan.claims.parameters,
    )
    return Placed(solution=solution, row=order)


def _status(claimed: str, findings: Findings) -> Status:
    try:
        return Status(claimed)
    except ValueError:
        findings.check(False, f"the status {claimed!r} is none that there is")
        return Status.FEASIBLE


def _prices_in_places(problem: Problem, certificate: Certificate, findings: Findings) -> Duals:
    place = np.full(len(certificate), NOWHERE, np.int64)
    rows = {side: np.flatnonzero(certificate.side == side) for side in ("request", "mentee", "mentor")}
    asked, learning, offering = rows.values()
    place[asked] = find_requests(problem, certificate.id[asked], certificate.skill_id[asked])
    place[learning] = find_mentees(problem, certificate.id[learning])
    place[offering] = find_mentors(problem, certificate.id[offering])
    place[(certificate.side != "request") & (certificate.skill_id != "")] = NOWHERE
    sizes = (problem.n_requests, problem.n_mentees, problem.n_mentors)
    prices, again = [], np.zeros(len(certificate), np.bool_)
    for own, n in zip(rows.values(), sizes, strict=True):
        known = own[place[own] != NOWHERE]
        _, first = np.unique(place[known], return_index=True)
        again[np.delete(known, first)] = True
        column = np.zeros(n, np.int64)
        column[place[known[first]]] = certificate.price[known[first]]
        prices.append(column)

    def named(row: int) -> str:
        wrong = "stands there twice" if again[row] else "names nothing"
        return f"{certificate.side[row]} {certificate.id[row]} {certificate.skill_id[row]} {wrong}"

    findings.each("the certificate", np.flatnonzero((place == NOWHERE) | again), named)
    return Duals(request=prices[0], mentee=prices[1], mentor=prices[2])
