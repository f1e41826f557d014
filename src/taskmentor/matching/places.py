"""From ids back to places: a plan that was written down as a solution of a problem again."""

from collections.abc import Callable

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals
from taskmentor.matching.ids import NOWHERE, find_mentees, find_mentors, find_requests
from taskmentor.matching.plan import Certificate, Plan
from taskmentor.matching.problem import Problem
from taskmentor.matching.rows import RowPrices
from taskmentor.matching.solution import Solution, Status

__all__ = ["Findings", "Placed", "in_places"]

MOST_STEPS = 1_000_000
"""The last step that a certificate can have prices of."""

_MOST_WITNESSES = 20
_MOST_DIGITS = 18


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
    duals, *aims = _prices_in_places(problem, certificate, findings)
    duals = evolve(duals, unit=plan.claims.unit)
    if len(findings.faults) > before:
        return None
    order = np.argsort(request, kind="stable")
    solution = Solution(
        request=request[order].astype(np.int32),
        mentor=mentor[order].astype(np.int32),
        status=_status(plan.claims.status, findings),
        value=plan.claims.value,
        bound=plan.claims.bound,
        priced=plan.claims.priced,
        score=plan.claims.score,
        duals=duals,
        strategy=plan.claims.strategy,
        parameters=plan.claims.parameters,
        aims=tuple(aims),
    )
    return Placed(solution=solution, row=order)


def _status(claimed: str, findings: Findings) -> Status:
    try:
        return Status(claimed)
    except ValueError:
        findings.check(False, f"the status {claimed!r} is none that there is")
        return Status.FEASIBLE


def _prices_in_places(problem: Problem, certificate: Certificate, findings: Findings) -> list[Duals]:
    """Return the prices of the objective and of each step, those of steps that have none left out at the end."""
    place = np.full(len(certificate), NOWHERE, np.int64)
    priced_rows = _rows_in_places(problem, certificate, place)
    rows = {side: np.flatnonzero(certificate.side == side) for side in ("request", "mentee", "mentor")}
    asked, learning, offering = rows.values()
    place[asked] = find_requests(problem, certificate.id[asked], certificate.skill_id[asked])
    place[learning] = find_mentees(problem, certificate.id[learning])
    place[offering] = find_mentors(problem, certificate.id[offering])
    people = (certificate.side == "mentee") | (certificate.side == "mentor")
    place[people & (certificate.skill_id != "")] = NOWHERE
    place[(certificate.step < 0) | (certificate.step > MOST_STEPS)] = NOWHERE
    known, again = {side: own[place[own] != NOWHERE] for side, own in rows.items()}, np.zeros(len(place), np.bool_)
    for own in known.values():
        _, first = np.unique(np.stack([certificate.step[own], place[own]]), axis=1, return_index=True)
        again[np.delete(own, first)] = True

    def named(row: int) -> str:
        wrong = "stands there twice" if again[row] else "names nothing"
        return f"{certificate.side[row]} {certificate.id[row]} {certificate.skill_id[row]} {wrong}"

    findings.each("the certificate", np.flatnonzero((place == NOWHERE) | again), named)
    found = [Duals.none(problem)] * (1 + int(certificate.step[place != NOWHERE].max(initial=0)))
    for step in np.unique(certificate.step[place != NOWHERE]).tolist():
        found[step] = Duals.none(problem)
        for side, own in known.items():
            meant = own[certificate.step[own] == step]
            getattr(found[step], side)[place[meant]] = certificate.price[meant]
    found[0] = evolve(found[0], rows=priced_rows)
    return found


def _rows_in_places(problem: Problem, certificate: Certificate, place: NDArray[np.int64]) -> tuple[RowPrices, ...]:
    """Return the prices of rows, none at all where there are none, and write where each row of the certificate stands.

    What names no row, or one that was named before, is left where it is: nowhere.
    """
    priced = np.flatnonzero((certificate.side == "constraint") & (certificate.step == 0))
    names = {constraint.name: number for number, constraint in enumerate(problem.constraints)}
    found: list[dict[int, int]] = [{} for _ in problem.constraints]
    for row in priced.tolist():
        number, text = names.get(str(certificate.id[row]), NOWHERE), str(certificate.skill_id[row])
        if number == NOWHERE or not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS:
            continue
        own = int(text)
        if own < problem.constraints[number].shape.n_rows and own not in found[number]:
            found[number][own] = int(certificate.price[row])
            place[row] = own
    if not len(priced):
        return ()
    return tuple(RowPrices.of(np.array(list(own), np.int64), np.array(list(own.values()), np.int64)) for own in found)
