"""One matching round of one programme: from an organisation to a verified plan, and on to proposals."""

import platform
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib.metadata import version

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor import authorisation
from taskmentor.authorisation import Allow, Authority, DataAction, Deny, PersonData, Relation
from taskmentor.errors import Fault, InfeasibleError, InputError, NotAuthorisedError, SolverError, UnsupportedError
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import check_instant, utc_day
from taskmentor.lifecycle.evolving import evolve
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.blocking import BlockingPairs, blocking_pairs
from taskmentor.matching.certificate import Verdict, examine, misfits, verify
from taskmentor.matching.explanation import Explanation, explain
from taskmentor.matching.facts import Standing
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import find_request, find_requests, pool_of
from taskmentor.matching.plan import Certificate, Plan, certificate_of, plan_of
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Solution, Status, Strategy, solve
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.programmes import Format, Programme
from taskmentor.programmes.proposing import engagement_id, proposal_of

__all__ = ["Round", "answer", "match", "reopen", "round_of"]

_FIRST_TO_WAKE = timedelta(hours=14)  # how far ahead of UTC a day begins
_MOST_SUMMARISED = 5_000_000  # pairs that a summary looks at, in about a second
_MOST_GRADES = 5  # that a summary names
_COMPUTED_BY = ("taskmentor", "numpy", "ortools", "networkx")
_ALSO = {"milp": "highspy"}
_INSTEAD = {
    Format.GROUP: "form groups, with form_groups or `taskmentor groups`",
    Format.CIRCLE: "form circles, with form_groups or `taskmentor groups`",
    Format.SESSION: "find slots for its sessions, with common_slots or `taskmentor slots`",
}


@frozen(eq=False, kw_only=True)
class Round:
    """One matching round, whose plan has been verified.

    Attributes:
        organisation: The organisation.
        programme: The programme.
        problem: What was solved.
        solution: The answer in places.
        plan: The answer in ids, with the reasons of those left out.
        certificate: The prices that prove the bound.
        verdict: What verification found.
    """

    organisation: Organisation
    programme: Programme
    problem: Problem = field(repr=False)
    solution: Solution
    plan: Plan = field(repr=False)
    certificate: Certificate = field(repr=False)
    verdict: Verdict = field(repr=False)

    @property
    def on(self) -> date:
        """Return the day of the round."""
        return self.plan.claims.on

    @property
    def _best(self) -> str:
        """How well the plan does at the policy's aims, and who says so."""
        if self.verdict.aims:
            return "Proven best"
        if self.solution.status is Status.TIME_LIMIT:
            return "Reached in time"
        return f"Best, by the word of {self.solution.strategy},"

    def summary(self) -> str:
        """Return what the round did, in a few lines."""
        claims, counts = self.plan.claims, self.plan.unmatched.counts()
        left_out = ", ".join(f"{n} {reason}" for reason, n in counts.items())
        share = claims.gap / claims.bound if claims.bound > 0 else 1
        proof = "optimal" if claims.gap == 0 else f"at most {100 * share:.4f} % below the optimum"
        if claims.proof == "solver":
            proof += f"; {claims.strategy}'s word, prices prove {claims.priced:,}"
        lines = [
            f"{self.programme.title} on {claims.on}: {claims.matched:,} of {claims.requests:,} requests have a mentor.",
            f"Objective {claims.objective}: value {claims.value:,}, bound {claims.bound:,}, "
            f"proven gap {claims.gap:,} ({proof}).",
            f"Score {claims.score:,}, found by {claims.strategy}, checked by {self.verdict.method}.",
        ]
        if claims.aims:
            reached = "; ".join(f"{one['aim']} {_reached(one['value'])}" for one in claims.aims)
            lines.append(f"{self._best} at each aim in order: {reached}.")
        if self.problem.n_qualified() <= _MOST_SUMMARISED:
            lines.append(_stability(self.blocking_pairs))
        if left_out:
            lines.append(f"Without a mentor: {left_out}.")
        if met := pool_of(self.problem).requests.n_met:
            lines.append(f"Given requests whose target is confirmed already, and which were left out: {met:,}.")
        if not self.organisation.people.capacity_given:
            lines.append("No capacities were given, so everybody was taken to offer one place.")
        if self.organisation.left_out:
            some = ", ".join(f"{one.rows:,} of {one.table}" for one in self.organisation.left_out)
            lines.append(f"Rows left out when reading: {some}.")
        return "\n".join(lines)

    @cached_property
    def blocking_pairs(self) -> BlockingPairs:
        """Return the pairs of a request and a mentor that would both rather have each other than what the plan gives.

        Raises:
            TooLargeError: If there are more than 500 million qualified pairs.
        """
        return blocking_pairs(self.problem, self.solution)

    def explain(self, mentee_id: str, skill_id: str, *, alternatives: int = 3) -> Explanation:
        """Return why one request has the mentor it has, or none.

        Args:
            mentee_id: Whose request it is.
            skill_id: The skill.
            alternatives: How many other mentors are named.

        Raises:
            UnknownIdError: If there is no such request.
        """
        request = find_request(self.problem, mentee_id, skill_id)
        return explain(self.problem, self.solution, request, alternatives=alternatives, standing=self._standing)

    def explain_to(
        self, reader: str, mentee_id: str, skill_id: str, *, authority: Authority, alternatives: int = 3
    ) -> Explanation:
        """Return why one request has the mentor it has, or none, with nothing in it that a reader may not see.

        Args:
            reader: Who asks.
            mentee_id: Whose request it is.
            skill_id: The skill.
            authority: Says who may see what on the day of the round.
            alternatives: How many other mentors are looked at; those whose levels the reader may not see are left out.

        Raises:
            NotAuthorisedError: If the reader may not read the mentee's skill gaps.
            UnknownIdError: If there is no such request.
        """
        asked = PersonData(person_id=mentee_id, skill_id=skill_id)
        answer = authority.authorise(reader, DataAction.READ_GAPS, asked, self.on)
        if isinstance(answer, Deny):
            raise NotAuthorisedError(DataAction.READ_GAPS, reader, answer.needed)

        def may_read(person_id: str) -> bool:
            data = PersonData(person_id=person_id, skill_id=skill_id)
            read = authority.authorise(reader, DataAction.READ_MANAGER_ASSESSMENT, data, self.on)
            return isinstance(read, Allow)

        return self.explain(mentee_id, skill_id, alternatives=alternatives).told(may_read, is_own=reader == mentee_id)

    def proposals(self, *, at: datetime) -> tuple[Propose, ...]:
        """Return every pair of the plan as an action that proposes the engagement, in the order of the plan.

        Args:
            at: When they will be proposed; aware. It settles who would confirm, for the record.
        """
        return tuple(self._proposal(row, at) for row in range(len(self.plan)))

    def propose(self, *, at: datetime, actor: str) -> tuple[Engagement, ...]:
        """Return every pair of the plan as an engagement that has been proposed.

        Args:
            at: When; aware, on the day of the round or later.
            actor: Who proposes. Where the programme's initiator is the programme manager, the caller vouches that the
                actor is one, as the organisation's tables do not say so; where it is the mentee or the manager, the
                actor must be that for every pair.

        Raises:
            InputError: If `at` is naive or before the round.
            NotAuthorisedError: If the actor is not what the programme's initiator must be for some pair.
        """
        check_instant(at)
        if (at.astimezone(UTC) + _FIRST_TO_WAKE).date() < self.on:
            problem, remedy = f"{at.isoformat()} is before the round of {self.on}", "Propose on that day or later."
            raise InputError([Fault(code="DATE-ORDER", table="round", column="at", problem=problem, remedy=remedy)])
        engagements = []
        for proposal in self.proposals(at=at):
            (event,) = decide(None, proposal, PersonId(actor), self._held(actor, proposal, at), at)
            engagements.append(evolve(None, event))
        return tuple(engagements)

    def _held(self, actor: str, proposal: Propose, at: datetime) -> frozenset[Relation]:
        vouched_for = {actor} if self.programme.initiator is Relation.PROGRAMME_MANAGER else set()
        return authorisation.relations(
            self.organisation,
            actor=actor,
            mentee_id=proposal.mentee_id,
            mentor_id=proposal.mentor_id,
            on=utc_day(at),
            programme_managers=vouched_for,
        )

    def _proposal(self, row: int, at: datetime) -> Propose:
        plan = self.plan
        mentee_id, skill_id = str(plan.mentee_id[row]), str(plan.skill_id[row])
        mentor_id, current = str(plan.mentor_id[row]), int(pool_of(self.problem).requests.current[self._request[row]])
        # The same pair of the same round has the same id, so that proposing a plan twice can be noticed.
        day, seed = self.on.isoformat(), str(plan.claims.seed)
        return proposal_of(
            self.organisation,
            self.programme,
            id=engagement_id(self.programme, day, seed, mentee_id, skill_id, mentor_id),
            mentee_id=PersonId(mentee_id),
            mentor_id=PersonId(mentor_id),
            skill_id=SkillId(skill_id),
            levels=(current, int(plan.target_level[row])),
            at=at,
        )

    @cached_property
    def _standing(self) -> Standing:
        """What the plan leaves of everybody's places."""
        return Standing.of(self.problem, self.solution)

    @cached_property
    def _request(self) -> NDArray[np.int64]:
        """The place of the request of each pair of the plan. Shape (n_matched,)."""
        return find_requests(self.problem, self.plan.mentee_id, self.plan.skill_id)


def match(
    organisation: Organisation,
    programme: Programme,
    *,
    on: date,
    strategy: Strategy | None = None,
    seed: int = 0,
) -> Round:
    """Return a matching round: everybody's gaps or given requests, matched, proven, verified and explained.

    Args:
        organisation: The organisation.
        programme: The programme, whose policy is applied.
        on: The day: assessments, reporting lines, engagements and presence are taken as of then.
        strategy: Who solves; `Flow()` unless given, or `Ordered()` where the policy has aims.
        seed: Salts the hash that orders ids and settles ties. Publish it before the round.

    Raises:
        InputError: If a pin or a given request cannot hold on that day, or a rule or scorer of the policy does not keep
            what its shape promises.
        UnsupportedError: If the programme is none of one mentor and one mentee, or the strategy cannot do what the
            policy or the size asks.
        CostRangeError: If the points do not fit exact whole numbers.
        InfeasibleError: If no plan keeps all constraints of the policy.
        SolverError: If the strategy's answer does not pass verification.
    """
    _check_format(programme)
    problem = daily_problem(organisation, programme.policy, on=on, seed=seed)
    usual = Ordered() if problem.aims else Flow()
    solution = answer(problem, usual if strategy is None else strategy)
    return round_of(organisation, programme, problem, solution, seed=seed)


def answer(problem: Problem, strategy: Strategy) -> Solution:
    """Return what a strategy finds, where it is a solution of the problem.

    Raises:
        InfeasibleError: If no plan keeps all constraints.
        SolverError: If it is none.
    """
    solution = solve(problem, strategy)
    if wrong := [*misfits(problem, solution)]:
        raise SolverError(f"the strategy {solution.strategy} gave no solution of the problem: {'; '.join(wrong)}")
    if solution.status is Status.INFEASIBLE:
        raise InfeasibleError(solution.clash)
    return solution


def round_of(
    organisation: Organisation, programme: Programme, problem: Problem, solution: Solution, *, seed: int
) -> Round:
    """Return the round of a solution, verified from the tables.

    Args:
        organisation: The organisation.
        programme: The programme.
        problem: The problem of the day of both.
        solution: Its solution.
        seed: The salt of the problem.

    Raises:
        SolverError: If the solution does not pass verification.
        UnsupportedError: If the programme is none of one mentor and one mentee.
    """
    _check_format(programme)
    policy = programme.policy.describe()
    plan = plan_of(problem, solution, seed=seed, policy=policy, versions=_versions(solution.strategy))
    certificate = certificate_of(problem, solution)
    verdict = verify(organisation, programme, plan, certificate)
    if not verdict.ok:
        raise SolverError(f"the strategy {solution.strategy} gave a plan that does not hold: {verdict}")
    return Round(
        organisation=organisation,
        programme=programme,
        problem=problem,
        solution=solution,
        plan=plan,
        certificate=certificate,
        verdict=verdict,
    )


def _check_format(programme: Programme) -> None:
    if programme.format is not Format.ONE_TO_ONE:
        problem_of_format = f"{programme.title} has the format {programme.format}, and a round matches one to one"
        raise UnsupportedError(f"{problem_of_format}; {_INSTEAD[programme.format]}.")


def reopen(organisation: Organisation, programme: Programme, plan: Plan, certificate: Certificate) -> Round:
    """Return the round that a plan came from, verified again, so that it can be explained and proposed.

    Args:
        organisation: The organisation that the plan was made from.
        programme: The programme with the plan's policy.
        plan: The plan.
        certificate: Its prices.

    Raises:
        InputError: If the plan does not hold for this organisation and programme, with everything that is wrong
            (`INVALID-PLAN`).
    """
    found = examine(organisation, programme, plan, certificate)
    if not found.verdict.ok or found.problem is None or found.solution is None:
        remedy = "Give the organisation that the plan was made from, or match again."
        raise InputError(
            [Fault(code="INVALID-PLAN", table="plan", problem=fault, remedy=remedy) for fault in found.verdict.faults]
        )
    return Round(
        organisation=organisation,
        programme=programme,
        problem=found.problem,
        solution=found.solution,
        plan=plan,
        certificate=certificate,
        verdict=found.verdict,
    )


def _versions(strategy: str) -> dict[str, str]:
    packages = [*_COMPUTED_BY, *([_ALSO[strategy]] if strategy in _ALSO else [])]
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


def _reached(value: Described) -> str:
    """Return what was reached at an aim, in words."""
    if isinstance(value, list):
        counts = [f"{one[1]:,} of {one[0]:,}" for one in value if isinstance(one, list)]
        more = len(counts) - _MOST_GRADES
        return ", ".join(counts[:_MOST_GRADES]) + (f" and {more:,} more" if more > 0 else "")
    return f"{value:,}" if isinstance(value, int) else "of nobody"


def _stability(found: BlockingPairs) -> str:
    refused = f" {found.n_refused:,} pairs are refused by a list." if found.n_refused else ""
    counted = f"{found.n:,}, in each of which both would rather have the other" if found.n else "none"
    return f"Blocking pairs: {counted}.{refused}"
