"""Verification: is a plan lawful, is everything it claims true, and how far from the best can it be at the most?

Nothing here trusts who made the plan: rules and points are rebuilt from the tables, every sum is taken again, and the
bound is checked on every eligible pair, in whole numbers. No solver is imported.
"""

import json
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, InputError
from taskmentor.matching.aims.checking import aim_faults
from taskmentor.matching.aims.choices import Listed, aim_values
from taskmentor.matching.all_pairs import Holders, every_pair, uncovered_pairs
from taskmentor.matching.all_rings import asks_for_rings, uncovered_rings
from taskmentor.matching.all_uses import asks_for_uses, underpriced
from taskmentor.matching.candidates import best
from taskmentor.matching.duals import Duals, bound, charged
from taskmentor.matching.ids import find_requests, pool_of, request_ids
from taskmentor.matching.places import Findings, Placed, in_places
from taskmentor.matching.plan import Certificate, Plan
from taskmentor.matching.policy import Described, HasPolicy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.reasons import Reason, Reasons, reasons
from taskmentor.matching.rows import UNLIMITED, CompiledConstraint, CycleRows, RowPrices
from taskmentor.matching.solution import Solution, Status
from taskmentor.models.organisation import Organisation

__all__ = ["Examined", "Method", "Verdict", "examine", "misfits", "verify", "verify_solution"]

Method = Literal["all pairs", "oracle"]

_ALL_PAIRS_UP_TO = 500_000_000
_SAMPLED_PAIRS = 20_000_000
_LARGEST_UNIT = 2**20
_EVERY = 2**62


@frozen(kw_only=True)
class Verdict:
    """What is left of a plan's claims after checking.

    Attributes:
        status: `optimal` (gap 0), `feasible` (lawful, with a proven gap) or `invalid`.
        value: The objective, recomputed; None where the plan is too damaged to have one.
        bound: What no plan can exceed, by prices that were checked; None where they do not hold.
        method: `all pairs` looked at every pair by itself; `oracle` asked `best` for each request and looked at all
            pairs of a random sample of requests. Only the first is independent of what finds candidates. Both read the
            columns that rules and scorers compile to; where one compiles to a free function of the pair instead, that
            function is its only definition, and both call it.
        faults: Everything that is wrong, at most 20 of each kind.
        aims: The aims at which the plan is proven to be best, in order; all of the policy, where nothing is wrong and
            there are no constraints, under which that is the word of a solver.
    """

    status: Literal["optimal", "feasible", "invalid"]
    value: int | None
    bound: int | None
    method: Method
    faults: tuple[str, ...] = ()
    aims: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Return whether the plan is lawful and everything that it claims holds."""
        return self.status != "invalid"

    @property
    def gap(self) -> int | None:
        """Return how far the plan is from the best at the most, None where nothing is proven."""
        return None if self.bound is None or self.value is None else self.bound - self.value

    def __str__(self) -> str:
        if self.ok:
            proof = f"value {self.value:,}, bound {self.bound:,}, gap {self.gap:,}"
            best = f"; best at {', then '.join(self.aims)}" if self.aims else ""
            return f"{self.status}: {proof}{best} (checked by {self.method})"
        n = len(self.faults)
        faults = "1 fault" if n == 1 else f"{n} faults"
        return "\n".join([f"invalid: {faults} (checked by {self.method})", *self.faults])


def verify(
    organisation: Organisation,
    programme: HasPolicy,
    plan: Plan,
    certificate: Certificate,
    *,
    method: Method | None = None,
) -> Verdict:
    """Return whether a plan is lawful and everything that it and its certificate claim is true.

    Requests, rules, points, limits and reasons are rebuilt from the organisation and the programme's policy for the
    plan's day and seed. Checked are: the digest of the input and the policy; that every pair is of an open request and
    admitted by every rule; capacities, limits and pins; every score and part; every count, sum and reason; and the
    bound.

    Args:
        organisation: The organisation as it is now; if it is not what the plan was made from, the digest tells.
        programme: Anything with the policy.
        plan: The plan.
        certificate: Its prices.
        method: How the bound is checked; all pairs up to 500 million qualified ones unless given, else the oracle.

    Complexity:
        O(qualified pairs) time for `all pairs`, some hundred million a second and core where numba is installed (extra
            `fast`) and no rule or scorer is a free function of the pair; memory for people and requests, not for pairs.

    Source:
        Weak duality of linear programming; the prices of a flow are whole numbers because its constraints are totally
        unimodular (Hoffman and Kruskal 1956), so a gap of exactly 0 is possible and no tolerance is needed.
    """
    return examine(organisation, programme, plan, certificate, method=method).verdict


@frozen(eq=False, kw_only=True)
class Examined:
    """A plan that was verified, with what it was taken for.

    Attributes:
        verdict: What verification found.
        problem: The problem of the plan's day, rebuilt from the tables; None where there is none.
        solution: The plan in the places of that problem; None where it names what is not there.
    """

    verdict: Verdict
    problem: Problem | None = None
    solution: Solution | None = None


def examine(
    organisation: Organisation,
    programme: HasPolicy,
    plan: Plan,
    certificate: Certificate,
    *,
    method: Method | None = None,
) -> Examined:
    """Return the verdict of `verify`, with the problem that it rebuilt and the plan as its solution.

    Args:
        organisation: As for `verify`.
        programme: As for `verify`.
        plan: As for `verify`.
        certificate: As for `verify`.
        method: As for `verify`.
    """
    claims, findings = plan.claims, Findings()
    findings.check(claims.input_digest == organisation.digest, "the input is not what the plan was made from (digest)")
    findings.check(
        _same(claims.policy, programme.policy.describe()), "the policy is not the one that the plan was made under"
    )
    findings.check(claims.objective == programme.policy.objective, f"the objective is not {programme.policy.objective}")
    try:
        problem = daily_problem(organisation, programme.policy, on=claims.on, seed=claims.seed)
    except InputError as error:
        faults = error.faults
        findings.each("no lawful plan exists", np.arange(len(faults)), lambda row: str(faults[row]))
        return Examined(verdict=_refused(findings, method))
    placed = in_places(problem, plan, certificate, findings)
    if placed is not None:
        wrong = [*misfits(problem, placed.solution)]
        findings.each("not a solution of this problem", np.arange(len(wrong)), wrong.__getitem__)
    if placed is None or wrong:
        return Examined(verdict=_refused(findings, method), problem=problem)
    holders = _holders(organisation, problem)
    verdict = _verdict(problem, placed.solution, holders, findings, method)
    _check_rows(problem, placed, plan, findings)
    listed = _check_aims(problem, placed.solution, holders, findings)
    if listed is not None and not findings.faults:
        _check_values(listed, placed.solution, plan, findings)
    if not findings.faults:
        _check_unmatched(problem, placed.solution, plan, findings)
    return Examined(verdict=_final(verdict, findings), problem=problem, solution=placed.solution)


def verify_solution(problem: Problem, solution: Solution, *, method: Method | None = None) -> Verdict:
    """Return whether a solution of a problem is lawful and everything that it claims is true.

    The inner half of `verify`: it takes the problem's columns as given.

    Args:
        problem: The problem.
        solution: The solution.
        method: As for `verify`.
    """
    skill = np.repeat(np.arange(len(problem.holdings.start) - 1), np.diff(problem.holdings.start))
    holders = Holders(skill.astype(np.int32), problem.holdings.mentor, problem.holdings.level)
    findings = Findings()
    wrong = [*misfits(problem, solution)]
    findings.each("not a solution of this problem", np.arange(len(wrong)), wrong.__getitem__)
    if findings.faults:
        return _refused(findings, method)
    verdict = _verdict(problem, solution, holders, findings, method)
    _check_aims(problem, solution, holders, findings)
    return _final(verdict, findings)


def _final(verdict: Verdict, findings: Findings) -> Verdict:
    if findings.faults:
        return evolve(verdict, status="invalid", faults=tuple(findings.faults), aims=())
    return verdict


def _refused(findings: Findings, method: Method | None) -> Verdict:
    """Return the verdict on what is too damaged to be summed up."""
    return Verdict(
        status="invalid", value=None, bound=None, method=method or "all pairs", faults=tuple(findings.faults)
    )


def misfits(problem: Problem, solution: Solution) -> Iterator[str]:
    """Return which columns of a solution do not fit the problem, so that nothing can be looked up by them."""
    duals = solution.duals
    columns: list[tuple[str, NDArray[np.integer], int, int | None]] = [
        ("request", solution.request, len(solution.request), problem.n_requests),
        ("mentor", solution.mentor, len(solution.request), problem.n_mentors),
    ]
    for prices in (duals, *solution.aims):
        columns += [
            ("price of requests", prices.request, problem.n_requests, None),
            ("price of mentees", prices.mentee, problem.n_mentees, None),
            ("price of mentors", prices.mentor, problem.n_mentors, None),
        ]
    for name, column, length, end in columns:
        if column.shape != (length,) or column.dtype.kind not in "iu":
            yield f"{name} must be {length:,} whole numbers"
        elif end is not None and ((column < 0) | (column >= end)).any():
            yield f"{name} must be places from 0 to {end - 1:,}"
    if type(duals.unit) is not int or not 1 <= duals.unit <= _LARGEST_UNIT:
        yield f"the unit of prices must be a whole number from 1 to {_LARGEST_UNIT:,}"
    if len(duals.rows) not in (0, len(problem.constraints)):
        yield "prices of rows must be given for each constraint"
    for constraint, priced in zip(problem.constraints, duals.rows, strict=False):
        yield from _misfit_rows(constraint, priced)


def _misfit_rows(constraint: CompiledConstraint, prices: RowPrices) -> Iterator[str]:
    n_rows = constraint.shape.n_rows
    if (prices.row < 0).any() or (prices.row >= n_rows).any() or (np.diff(prices.row) <= 0).any():
        yield f"rows of {constraint.name} must rise from 0 to {n_rows - 1:,}"
        return
    low, high = constraint.shape.limits(prices.row)
    for side, free in (
        ("high", (prices.price > 0) & (high >= UNLIMITED)),
        ("low", (prices.price < 0) & (low <= -UNLIMITED)),
    ):
        if free.any():
            yield f"a row of {constraint.name} has a price for its {side} limit and no such limit"


def _holders(organisation: Organisation, problem: Problem) -> Holders:
    """Return who offers which skill, taken from the tables and not from the problem's own index."""
    pool = pool_of(problem)
    known = pool.proficiency
    place = np.full(len(organisation.people), -1)
    place[pool.mentors] = np.arange(len(pool.mentors))
    offers = organisation.people.active(pool.on) & (organisation.people.capacity > 0)
    rows = np.flatnonzero(offers[known.person])
    return Holders(known.skill[rows], place[known.person[rows]].astype(np.int32), known.level[rows])


# The checks


def _verdict(
    problem: Problem, solution: Solution, holders: Holders, findings: Findings, method: Method | None
) -> Verdict:
    how: Method = method or ("all pairs" if problem.n_qualified() <= _ALL_PAIRS_UP_TO else "oracle")
    how = "all pairs" if asks_for_rings(problem) or asks_for_uses(problem) else how
    value = _check_plan(problem, solution, findings)
    proven = _check_bound(problem, solution, holders, findings, how)
    gap = None if value is None or proven is None else proven - value
    findings.check(gap is None or gap >= 0, "the value exceeds the bound, so one of them is wrong")
    findings.check(solution.bound <= solution.priced, "the bound is above the one that its prices prove")
    findings.check(solution.bound >= solution.value, "the bound is below what the plan itself is worth")
    findings.check(
        solution.proof == "prices" or bool(problem.constraints), "a bound without constraints must be proven by prices"
    )
    claimed = solution.bound == solution.value
    findings.check(
        (solution.status is not Status.OPTIMAL) or claimed, "the plan claims to be optimal and the gap is not 0"
    )
    # Aims that the time was too short for may be left where the objective has its optimum.
    less = solution.status is not Status.OPTIMAL and not (
        solution.status is Status.TIME_LIMIT and problem.aims and problem.constraints
    )
    findings.check(not (claimed and less), f"the plan is optimal and claims to be {solution.status}")
    findings.check(solution.status is not Status.INFEASIBLE, "the plan claims that there is none")
    return Verdict(
        status="optimal" if gap == 0 else "feasible",
        value=value,
        bound=proven,
        method=how,
        aims=() if problem.constraints else tuple(aim.name for aim in problem.aims),
    )


def _check_plan(problem: Problem, solution: Solution, findings: Findings) -> int | None:
    """Check that the pairs are lawful and the sums right; return the value."""
    request, mentor = solution.request, solution.mentor
    level = problem.levels(request, mentor)
    places, times = np.unique(request, return_counts=True)
    findings.each("served twice", places[times > 1], _request_names(problem))
    held = level >= 0
    _each_pair(problem, findings, "the mentor offers no such skill", request[~held], mentor[~held])
    for rule in problem.rules:
        barred = np.flatnonzero(held)[~rule.admits(request[held], mentor[held], level[held])]
        _each_pair(problem, findings, f"against the rule {rule.name}", request[barred], mentor[barred])
    pinned = np.flatnonzero(problem.pinned >= 0)
    kept = np.full(problem.n_requests, -1)
    kept[request] = mentor
    lost = pinned[kept[pinned] != problem.pinned[pinned]]
    _each_pair(problem, findings, "a pin is not kept", lost, problem.pinned[lost])
    _check_limits(problem, solution, findings)
    _check_constraints(problem, solution, findings)
    if not held.all():
        return None
    scores = problem.score(request, mentor, level)
    if problem.objective == "score":
        poor = (scores <= 0) & (problem.pinned[request] < 0)
        _each_pair(problem, findings, "a pair of no worth", request[poor], mentor[poor])
    score = sum(scores.tolist())
    worth = sum(problem.worth(request, mentor, level).tolist())
    value = problem.value(len(request), worth) - problem.paid_for_places(request, mentor)
    findings.check(score == solution.score, f"the scores sum up to {score:,}, not {solution.score:,}")
    findings.check(value == solution.value, f"the value is {value:,}, not {solution.value:,}")
    return value


def _check_limits(problem: Problem, solution: Solution, findings: Findings) -> None:
    free = problem.pinned[solution.request] < 0
    load = np.bincount(solution.mentor[free], minlength=problem.n_mentors)
    over = np.flatnonzero(load > problem.capacity)
    findings.each("more mentees than places", over, _mentor_names(problem))
    learning = np.bincount(problem.mentee[solution.request[free]], minlength=problem.n_mentees)
    full = np.flatnonzero(learning > problem.limit)
    first = np.searchsorted(problem.mentee, full)
    findings.each("more mentors than the mentee's limit", first, _request_names(problem))


def _check_constraints(problem: Problem, solution: Solution, findings: Findings) -> None:
    """Check every row in which a pair of the plan counts, and every one that no pair at all would break."""
    for constraint in problem.constraints:
        entries = constraint.shape.entries(solution.request, solution.mentor)
        rows, own = np.unique(np.append(entries.row, constraint.shape.required), return_inverse=True)
        sums = np.zeros(len(rows), np.int64)
        np.add.at(sums, own[: len(entries.row)], entries.amount)
        low, high = constraint.shape.limits(rows)
        broken = np.flatnonzero((sums < low) | (sums > high))
        names = dict(zip(broken.tolist(), constraint.named(rows[broken]), strict=True))
        findings.each("against the constraint", broken, names.__getitem__)
        if isinstance(constraint.shape, CycleRows) and not len(broken):
            long = np.array(constraint.shape.too_long(solution.request, solution.mentor), np.int64)
            whose = dict(zip(long.tolist(), constraint.named(long), strict=True))
            findings.each("a cycle of too many people", long, whose.__getitem__)


def _check_bound(
    problem: Problem, solution: Solution, holders: Holders, findings: Findings, method: Method
) -> int | None:
    """Check that the prices cover every pair, ring or use, and sum up to the claimed bound; return the bound."""
    duals = solution.duals
    before = len(findings.faults)
    for side, price in (("request", duals.request), ("mentee", duals.mentee), ("mentor", duals.mentor)):
        findings.check(not (price < 0).any(), f"a {side} has a price below 0")
    if len(findings.faults) > before:
        return None
    try:
        relaxed = charged(problem, duals)
    except CostRangeError as error:
        findings.check(False, f"prices too large to be checked: {error}")
        return None
    if asks_for_rings(problem):
        _check_all_rings(problem, duals, holders, findings)
    elif asks_for_uses(problem):
        _check_all_uses(problem, relaxed, duals, holders, findings)
    else:
        if method == "oracle":
            _check_by_oracle(relaxed, duals, findings)
        _check_all_pairs(relaxed, duals, _asked(relaxed, method), holders, findings)
    if len(findings.faults) > before:
        return None
    proven = bound(problem, duals)
    findings.check(proven == solution.priced, f"the prices prove the bound {proven:,}, not {solution.priced:,}")
    return proven


def _asked(problem: Problem, method: Method) -> NDArray[np.int32]:
    """Return the requests whose pairs are all looked at."""
    if method == "all pairs":
        return problem.free
    # The sample depends on the problem alone, and so on the published salt: nobody can choose it.
    drawn = problem.free[np.argsort(problem.request_key[problem.free], kind="stable")]
    pairs = np.cumsum(problem.holdings.count(problem.skill[drawn], problem.need[drawn]))
    return drawn[: 1 + np.searchsorted(pairs, _SAMPLED_PAIRS, side="right")]


def _check_by_oracle(problem: Problem, duals: Duals, findings: Findings) -> None:
    found = best(problem, problem.free, duals.mentor, k=1)
    paid = duals.request[found.request] + duals.mentee[problem.mentee[found.request]]
    short = np.flatnonzero((found.mentor[:, 0] >= 0) & (found.net[:, 0] > paid))
    _each_pair(problem, findings, "prices do not cover", found.request[short], found.mentor[short, 0])


def _check_all_pairs(
    problem: Problem, duals: Duals, requests: NDArray[np.int32], holders: Holders, findings: Findings
) -> None:
    found = uncovered_pairs(problem, duals, requests, holders)
    _each_pair(problem, findings, "prices do not cover", found.request, found.mentor, n=found.n)


def _check_all_uses(problem: Problem, relaxed: Problem, duals: Duals, holders: Holders, findings: Findings) -> None:
    """Check that what a mentor's pairs gain together is covered by the price of the use, where it has one."""
    found = uncovered_pairs(relaxed, duals, relaxed.free, holders, witnesses=_EVERY)
    mentors = underpriced(problem, duals, found.request, found.mentor)
    findings.each("prices do not cover the use of", mentors, _mentor_names(problem))


def _check_all_rings(problem: Problem, duals: Duals, holders: Holders, findings: Findings) -> None:
    try:
        rings = uncovered_rings(problem, duals, holders)
    except CostRangeError as error:
        findings.check(False, f"prices too large to be checked: {error}")
        return
    request, mentor = _request_names(problem), _mentor_names(problem)

    def named(place: int) -> str:
        pairs = zip(rings[place].request.tolist(), rings[place].mentor.tolist(), strict=True)
        return ", ".join(f"{request(asked)} with {mentor(offered)}" for asked, offered in pairs)

    findings.each("prices do not cover the ring of", np.arange(len(rings)), named)


def _check_aims(problem: Problem, solution: Solution, holders: Holders, findings: Findings) -> Listed | None:
    """Check that a lawful plan is best at each aim; return all pairs, None where there are no aims or no such plan.

    Under constraints that is the solver's word: prices of aims would prove nothing there, and there must be none.
    """
    if not problem.aims or findings.faults:
        findings.check(bool(problem.aims) or not solution.aims, "there are prices of aims, and the policy has none")
        return None
    request, mentor, score = every_pair(problem, problem.free, holders)
    listed = Listed(problem=problem, request=request, mentor=mentor, score=score)
    if problem.constraints:
        findings.check(not solution.aims, "there are prices of aims beside constraints, of which they prove nothing")
        return listed
    free = problem.pinned[solution.request] < 0
    findings.faults += aim_faults(listed, solution.request[free], solution.mentor[free], solution.aims)
    return listed


def _check_values(listed: Listed, solution: Solution, plan: Plan, findings: Findings) -> None:
    """Check what a plan says that it reaches at each aim."""
    reached = aim_values(listed, solution.request, solution.mentor)
    findings.check(_same(list(reached), list(plan.claims.aims)), f"at the aims the plan reaches {_text(list(reached))}")


def _check_rows(problem: Problem, placed: Placed, plan: Plan, findings: Findings) -> None:
    """Check the rows and counts of a plan."""
    claims = plan.claims
    for name, claimed, true in (
        ("requests", claims.requests, problem.n_requests),
        ("matched", claims.matched, len(plan)),
        ("unmatched", claims.unmatched, problem.n_requests - len(plan)),
        ("gap", claims.gap, claims.bound - claims.value),
    ):
        findings.check(claimed == true, f"{name} is {true:,}, not {claimed:,}")
    proof = placed.solution.proof
    findings.check(claims.proof == proof, f"the bound is proven by the {proof}, not by the {claims.proof}")
    names = tuple(scorer.name for scorer in problem.point_scorers)
    findings.check(plan.scorers == names, "the scorers are not those of the policy")
    findings.check(plan.parts.shape == (len(plan), len(plan.scorers)), "the parts are not one a row and scorer")
    if findings.faults:
        return
    request, mentor, row = placed.solution.request, placed.solution.mentor, placed.row
    level = problem.levels(request, mentor)
    wrong = plan.score[row] != problem.score(request, mentor, level)
    wrong |= plan.target_level[row] != pool_of(problem).requests.target[request]
    for place, part in enumerate(problem.parts(request, mentor, level)):
        wrong |= plan.parts[row, place] != part
    _each_pair(problem, findings, "score, part or target of the row is wrong", request[wrong], mentor[wrong])


def _check_unmatched(problem: Problem, solution: Solution, plan: Plan, findings: Findings) -> None:
    """Check that exactly the unmatched requests are said to be so, each with the reason and the facts that hold."""
    codes: dict[str, int] = {}
    true, claimed = reasons(problem, solution), plan.unmatched
    true_request, true_code = _statements(problem, true, codes)
    request, code = _statements(problem, claimed, codes)
    said = np.full(problem.n_requests + 1, -1)
    said[request] = code
    known = request[request >= 0]
    findings.check(bool((np.bincount(known) <= 1).all()), "an unmatched request stands there twice")
    findings.each(
        "the reason of an unmatched request is missing or wrong",
        np.flatnonzero(said[true_request] != true_code),
        lambda row: f"{true.mentee_id[row]} {true.skill_id[row]} is {true.reason[row]}",
    )
    unmatched = np.zeros(problem.n_requests + 1, np.bool_)
    unmatched[true_request] = True
    findings.each(
        "not an unmatched request",
        np.flatnonzero(~unmatched[request]),
        lambda row: f"{claimed.mentee_id[row]} {claimed.skill_id[row]}",
    )


def _statements(problem: Problem, found: Reasons, codes: dict[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the place of each unmatched request, -1 for none, and a number for what is said of it.

    Args:
        problem: The problem.
        found: What is said.
        codes: The numbers of facts by their text; new ones are added.
    """
    facts = [codes.setdefault(_text(detail), len(codes)) for detail in found.details]
    reason = np.zeros(len(found), np.int64)
    for code, one in enumerate(Reason, start=1):
        reason[found.reason == one.value] = code
    said = np.array(facts, np.int64)[found.place] * (len(Reason) + 1) + reason
    return find_requests(problem, found.mentee_id, found.skill_id), said


def _same(one: Described, other: Described) -> bool:
    """Return whether two values are the same as plain data, in which True is not 1."""
    return _text(one) == _text(other)


def _text(data: Described) -> str:
    return json.dumps(data, sort_keys=True)


# Names of witnesses


def _each_pair(
    problem: Problem,
    findings: Findings,
    fault: str,
    requests: NDArray[np.integer],
    mentors: NDArray[np.integer],
    *,
    n: int | None = None,
) -> None:
    """Add a fault for each of some pairs, of which there are n in all."""
    request, mentor = _request_names(problem), _mentor_names(problem)
    rows = np.arange(len(requests))
    findings.each(fault, rows, lambda row: f"{request(int(requests[row]))} with {mentor(int(mentors[row]))}", n=n)


def _request_names(problem: Problem) -> Callable[[int], str]:
    return lambda place: f"request {place}" if problem.pool is None else _request_name(problem, place)


def _request_name(problem: Problem, place: int) -> str:
    mentee_id, skill_id = request_ids(problem, np.array([place]))
    return f"{mentee_id[0]} {skill_id[0]}"


def _mentor_names(problem: Problem) -> Callable[[int], str]:
    pool = problem.pool
    return lambda place: f"mentor {place}" if pool is None else str(pool.organisation.people.ids[pool.mentors[place]])
