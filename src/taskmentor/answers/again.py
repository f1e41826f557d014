"""A round that can be solved again with something changed, and what the change brings, measured and bounded."""

from datetime import date

import numpy as np
from attrs import asdict, evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import InfeasibleError, SolverError, UnsupportedError
from taskmentor.matching.candidates import NOBODY, best
from taskmentor.matching.certificate import misfits, verify_solution
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.duals import Duals, bound, charged, total
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import pool_of
from taskmentor.matching.policy import Described, Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.rows import RowPrices
from taskmentor.matching.shapes import CompiledScorer
from taskmentor.matching.solution import Solution, Status, Strategy, solve
from taskmentor.matching.wishes import with_wish
from taskmentor.models.organisation import Organisation, PairList
from taskmentor.rounds import Round

__all__ = ["Baseline", "Effect", "counted_requests", "points"]

_UNPRICED = np.int64(-1)


def counted_requests(n: int) -> str:
    """Return a change in the number of requests in words."""
    return f"{n:+,} request" if abs(n) == 1 else f"{n:+,} requests"


def points(n: int) -> str:
    """Return a change of the score in words."""
    return f"{n:+,} point" if abs(n) == 1 else f"{n:+,} points"


@frozen(kw_only=True)
class Effect:
    """What a change would bring, against the plan of the round.

    Attributes:
        requests: How many more requests would be served.
        score: How much the score would rise.
        value: How much the objective would rise, in the measure of the round.
        at_most: What `value` cannot exceed, by the prices that prove the round's plan.
        most_requests: What `requests` cannot exceed, by the same prices; None where requests are not counted.
        proven: Whether both plans are proven to be the best.
        solved: Whether the problem was solved again; False where the prices alone prove that nothing would change.
    """

    requests: int
    score: int
    value: int
    at_most: int
    most_requests: int | None
    proven: bool
    solved: bool = True

    def as_data(self) -> dict[str, Described]:
        """Return the effect as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        bound = "" if self.most_requests is None else f", at most {self.most_requests:+,}"
        word = "" if self.proven else " (not proven)"
        return f"{counted_requests(self.requests)}{bound}; {points(self.score)}{word}"


@frozen(eq=False, kw_only=True)
class Baseline:
    """A round as it is solved again: what was asked, and a plan that changes are held against.

    Attributes:
        organisation: The organisation; its pins name their skills, so that no change makes them ambiguous.
        policy: The policy.
        on: The day.
        seed: Settles ties.
        problem: What was solved.
        solution: The plan: that of the round where it is proven to be the best, else what the strategy finds.
        strategy: Who solves again.
    """

    organisation: Organisation
    policy: Policy
    on: date
    seed: int
    problem: Problem = field(repr=False)
    solution: Solution
    strategy: Strategy

    @classmethod
    def of(cls, round_: Round, strategy: Strategy | None = None) -> "Baseline":
        """Return a round as it is solved again.

        Args:
            round_: The round.
            strategy: Who solves again; `Flow(ties="any")` unless given, or `CpSat()` where the policy has constraints.
                Effects are exact where it is.

        Raises:
            UnsupportedError: If the policy has aims in order, or the strategy cannot do what the policy asks.
        """
        if round_.problem.aims:
            names = ", ".join(aim.name for aim in round_.problem.aims)
            raise UnsupportedError(
                f"answers hold what is found against prices of the objective, and the policy has the aims {names}; "
                "ask about a round without them."
            )
        usual: Strategy = CpSat() if round_.problem.constraints else Flow(ties="any")
        solver = usual if strategy is None else strategy
        is_best = round_.solution.status is Status.OPTIMAL
        return cls(
            organisation=evolve(round_.organisation, pins=_settled_pins(round_.problem)),
            policy=round_.programme.policy,
            on=round_.on,
            seed=round_.plan.claims.seed,
            problem=round_.problem,
            solution=round_.solution if is_best else _sound(round_.problem, solver),
            strategy=solver,
        )

    def problem_of(self, *, organisation: Organisation | None = None, policy: Policy | None = None) -> Problem:
        """Return the problem of the same day with another organisation or policy."""
        return daily_problem(organisation or self.organisation, policy or self.policy, on=self.on, seed=self.seed)

    def with_places(
        self, *, capacity: NDArray[np.int32] | None = None, limit: NDArray[np.int32] | None = None
    ) -> Problem:
        """Return the problem of the round with other numbers of places, of which pins and engagements took theirs.

        Args:
            capacity: Places that each mentor has left; as they are unless given. Shape (n_mentors,).
            limit: Places that each mentee has left; as they are unless given. Shape (n_mentees,).
        """
        old = self.problem
        other = evolve(
            old, capacity=old.capacity if capacity is None else capacity, limit=old.limit if limit is None else limit
        )
        if other.plain is None or other.wish is None:
            return other
        # How much a wish counts beside the score depends on how many pairs there can be.
        return evolve(other, scorers=with_wish(other.plain, other.wish, self.policy.wishes, n_places=other.n_places))

    def solved(self, problem: Problem) -> Solution:
        """Return what the strategy finds for a problem, verified.

        Raises:
            InfeasibleError: If no plan keeps all constraints.
            SolverError: If its answer does not hold.
        """
        return _sound(problem, self.strategy)

    def gain(self, problem: Problem) -> Effect:
        """Return what it would bring to lift something, so that every plan of the round stays one.

        Where the prices of the round prove that there is nothing to gain, that is the answer, and nothing is solved.

        Args:
            problem: The problem with something lifted.

        Raises:
            SolverError: If the answer is better than the prices of the round's plan allow.
        """
        measured = _measured(problem, self.problem)
        is_sure = self.solution.status is Status.OPTIMAL and self._keeps_plans(problem)
        if not is_sure or (ceiling := self._ceiling(measured)) > self.solution.value:
            return self.effect(problem, self.solved(problem))
        most = self._most_requests(measured, ceiling)
        return Effect(requests=0, score=0, value=0, at_most=0, most_requests=most, proven=True, solved=False)

    def _keeps_plans(self, problem: Problem) -> bool:
        """Return whether every plan of the round is surely one of another problem, and they are ordered alike."""
        old = self.problem
        if problem.n_places != old.n_places:  # one more request counts for more
            return False
        pinned, others = (int((one.pinned >= 0).sum()) for one in (old, problem))
        if pinned != others and (old.objective == "score" or old.load_cost):
            return False  # a pinned pair may be of no worth, and its place is not paid for
        if problem.constraints is old.constraints or not problem.constraints:
            return True
        places = [int(one.capacity.sum(dtype=np.int64)) for one in (old, problem)]
        # What constraints ask for may grow with requests and places.
        return problem.n_requests == old.n_requests and places[0] + pinned == places[1] + others

    def effect(self, problem: Problem, solution: Solution) -> Effect:
        """Return what it would bring to have another problem, with its solution.

        Args:
            problem: The other problem, of the same people, and perhaps more of them whose ids come last.
            solution: What was found for it.

        Raises:
            SolverError: If the solution is better than the prices of the round's plan allow.
        """
        measured = _measured(problem, self.problem)
        ceiling = self._ceiling(measured)
        level = measured.levels(solution.request, solution.mentor)
        worth = total(measured.worth(solution.request, solution.mentor, level))
        paid = measured.paid_for_places(solution.request, solution.mentor)
        value = self.problem.count_weight * solution.n_matched + worth - paid
        if value > ceiling:
            raise SolverError(f"solved again, the value is {value:,}, and the prices allow {ceiling:,} at the most")
        return Effect(
            requests=solution.n_matched - self.solution.n_matched,
            score=solution.score - self.solution.score,
            value=value - self.solution.value,
            at_most=ceiling - self.solution.value,
            most_requests=self._most_requests(measured, ceiling),
            proven=solution.status is Status.OPTIMAL and self.solution.status is Status.OPTIMAL,
        )

    def _most_requests(self, measured: Problem, ceiling: int) -> int | None:
        """Return how many more requests any plan of a value up to the ceiling can serve."""
        if not self.problem.count_weight:
            return None
        # What each pair is worth at the least, its place paid.
        least = self.problem.count_weight + measured.score_bounds[0] - measured.dearest_place
        most = measured.n_places if least <= 0 else min(ceiling // least, measured.n_places)
        return most - self.solution.n_matched

    def _ceiling(self, measured: Problem) -> int:
        """Return what no plan of another problem exceeds, in the measure of the round, by the prices of its plan.

        Prices of people stay; those of requests are as low as they can be beside them. Whoever had no place in the
        round, and so no price that says anything, is given the lowest that covers their pairs.
        """
        rows = self._row_prices(measured)
        relaxed = charged(measured, evolve(self.solution.duals, rows=rows))
        mentee, mentor, is_new = self._prices(relaxed)
        free, owner = relaxed.free, relaxed.mentee[relaxed.free]
        found = best(relaxed, free, mentor, k=1)
        net = np.where(found.mentor[:, 0] == NOBODY, 0, np.maximum(found.net[:, 0], 0))
        unpriced = mentee[owner] == _UNPRICED
        mentee = np.maximum(mentee, 0)
        np.maximum.at(mentee, owner[unpriced], net[unpriced])
        request = np.zeros(relaxed.n_requests, np.int64)
        request[free] = np.maximum(net - mentee[owner], 0)
        if is_new.any():
            mentor = np.where(is_new, 0, mentor)
            for arcs in relaxed.usable():
                new = arcs.take(is_new[arcs.mentor])
                paid = request[new.request] + mentee[relaxed.mentee[new.request]]
                np.maximum.at(mentor, new.mentor, new.weight - paid)
        unit = self.solution.duals.unit
        return bound(measured, Duals(request=request, mentee=mentee, mentor=mentor, rows=rows, unit=unit))

    def _row_prices(self, measured: Problem) -> tuple[RowPrices, ...]:
        """Return the round's prices of the rows of another problem's constraints, where these are of the same rows."""
        old, prices = self.problem, self.solution.duals.rows
        if not prices or (measured.n_requests, measured.n_mentors) != (old.n_requests, old.n_mentors):
            return ()
        known = {one.name: (one.shape.n_rows, own) for one, own in zip(old.constraints, prices, strict=True)}
        none = (-1, RowPrices.none())
        found = ((one.shape.n_rows, *known.get(one.name, none)) for one in measured.constraints)
        return tuple(own if n_rows == n_own else RowPrices.none() for n_rows, n_own, own in found)

    def _prices(self, measured: Problem) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return the round's prices for the mentees and mentors of another problem, and which mentors have none.

        Mentees without a price have `_UNPRICED`; mentors without one, and whoever has no place, the price of nobody,
        at which no pair is worth anything.
        """
        pool, old, duals = pool_of(measured), pool_of(self.problem), self.solution.duals
        of_nobody = max(measured.count_weight + measured.score_bounds[1], 0)
        n_people = len(pool.organisation.people)
        by_mentee, by_mentor = np.full(n_people, _UNPRICED), np.full(n_people, _UNPRICED)
        learning = self.problem.mentee[self.problem.limit[self.problem.mentee] > 0]
        by_mentee[old.mentees[self.problem.limit[self.problem.mentee] > 0]] = duals.mentee[learning]
        by_mentor[old.mentors] = np.where(self.problem.capacity > 0, duals.mentor, _UNPRICED)
        mentee = np.zeros(measured.n_mentees, np.int64)
        mentee[measured.mentee] = by_mentee[pool.mentees]
        mentor = by_mentor[pool.mentors]
        is_new = (mentor == _UNPRICED) & (measured.capacity > 0)
        mentor = np.where((mentor == _UNPRICED) | (measured.capacity == 0), of_nobody, mentor)
        return np.where(measured.limit == 0, of_nobody, mentee), mentor, is_new


def _measured(problem: Problem, base: Problem) -> Problem:
    """Return a problem whose pairs are worth what they are in another one, where requests or wishes count otherwise."""
    weights = {scorer.name: scorer.weight for scorer in base.scorers}
    scorers = (CompiledScorer(one.name, weights.get(one.name, 0), one.shape) for one in problem.scorers)
    return evolve(problem, scorers=tuple(scorers), per_request=base.count_weight)


def _sound(problem: Problem, strategy: Strategy) -> Solution:
    """Return what a strategy finds for a problem, verified.

    Raises:
        InfeasibleError: If no plan keeps all constraints.
        SolverError: If the answer does not hold.
    """
    found = solve(problem, strategy)
    if found.status is Status.INFEASIBLE:
        raise InfeasibleError(found.clash)
    if wrong := [*misfits(problem, found)]:
        raise SolverError(f"the strategy {found.strategy} gave no solution of the problem: {'; '.join(wrong)}")
    verdict = verify_solution(problem, found)
    if not verdict.ok:
        raise SolverError(f"the strategy {found.strategy} gave a plan that does not hold: {verdict}")
    return found


def _settled_pins(problem: Problem) -> PairList:
    """Return the pins that a problem has settled, each with its skill."""
    pool, pinned = pool_of(problem), np.flatnonzero(problem.pinned >= 0)
    return PairList(
        pool.mentees[pinned], pool.mentors[problem.pinned[pinned]], pool.requests.skill[pinned].astype(np.int32)
    )
