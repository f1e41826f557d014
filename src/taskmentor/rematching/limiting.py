"""What is asked of a strategy: the best plan where pairs in place are worth more, or one that changes only so many."""

from functools import cached_property

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError
from taskmentor.matching.covering import weighed
from taskmentor.matching.exact import Exact
from taskmentor.matching.ids import pool_of
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import Problem, compile_problem
from taskmentor.matching.scorers import InPlace
from taskmentor.matching.shapes import find_keys, pair_keys
from taskmentor.matching.solution import Solution, Status, Strategy
from taskmentor.matching.start import SolutionStart
from taskmentor.models.organisation import Organisation
from taskmentor.programmes import Programme
from taskmentor.rematching.published import Published, argument
from taskmentor.rounds import answer

__all__ = ["IN_PLACE", "Asked", "Found", "counted_bonus"]

IN_PLACE = InPlace(pairs=()).name
"""The scorer that makes pairs in place worth more."""


@frozen(eq=False, kw_only=True)
class Found:
    """What a strategy found where a pair in place is worth some points more, under the programme that says so."""

    programme: Programme
    problem: Problem
    solution: Solution
    bonus: int


@frozen(eq=False, kw_only=True)
class Asked:
    """The round that is matched again."""

    published: Published
    organisation: Organisation
    programme: Programme

    def best(self, strategy: Strategy, bonus: int) -> Found:
        """Return the best plan where a pair in place is worth so many points more."""
        programme = self.published.valuing(self.programme, bonus)
        problem = compile_problem(Problem, self._pool, programme.policy)
        return Found(programme=programme, problem=problem, solution=answer(problem, strategy), bonus=bonus)

    @cached_property
    def _pool(self) -> Pool:
        """The pool of the day, in which pins and what a pair is worth change nothing but the problem made of it."""
        pool = pool_of(self.published.problem)
        return pool if pool.organisation is self.organisation else evolve(pool, organisation=self.organisation)

    def limited(self, strategy: Strategy, most_changes: int) -> Found:
        """Return a plan of at most so many changes, with what a pair in place is worth that makes it the best one.

        The more a pair in place is worth, the fewer change: the least such number is found by halving. Of the best
        plans on both sides of it, parts that do not touch each other are then mixed as the limit allows.

        Raises:
            InputError: If every plan that serves the most requests, and meets the most wishes where these go before the
                score, changes more.
        """
        dear = found = self.best(strategy, 0)
        problem = self.published.problem
        enough = 1 + problem.n_places * (problem.spread + 1)
        cheap: Found | None = None
        while (n_changes := self._n_changes(dear)) > most_changes:
            if dear.bonus > enough:
                first = problem.wish is not None and self.programme.policy.wishes == "before-score"
                raise InputError([_too_few(most_changes, n_changes, wishes_first=first)])
            cheap = dear
            dear = found = self.best(_from(strategy, found), max(1, 2 * dear.bonus))
        while cheap is not None and dear.bonus - cheap.bonus > 1:
            found = self.best(_from(strategy, found), (dear.bonus + cheap.bonus) // 2)
            if self._n_changes(found) > most_changes:
                cheap = found
            else:
                dear = found
        if cheap is None or dear.problem.load_cost or dear.problem.constraints:
            return dear  # with these, parts of plans that share nobody still depend on each other
        return self._mixed(strategy, dear, cheap, most_changes)

    def _n_changes(self, found: Found) -> int:
        kept = self.published.stays(found.solution.request, found.solution.mentor)
        return self.published.n_possible - int(np.count_nonzero(kept))

    def _mixed(self, strategy: Strategy, dear: Found, cheap: Found, most_changes: int) -> Found:
        """Return the plan of fewer changes with as many parts of the other one as the limit allows, best first."""
        problem, left = dear.problem, most_changes - self._n_changes(dear)
        parts = _parts(problem, dear.solution, cheap.solution)
        loss, changes = np.zeros(parts.n, np.int64), np.zeros(parts.n, np.int64)
        for side, sign in ((parts.out, 1), (parts.in_, -1)):
            pair = side.request, side.mentor
            np.add.at(loss, side.part, sign * weighed(problem, *pair).weight)
            np.add.at(changes, side.part, sign * self.published.stays(*pair))
        gain = counted_bonus(problem, dear.bonus) * changes - loss
        useful = np.flatnonzero((changes > 0) & (gain > 0))
        taken = np.zeros(parts.n, np.bool_)
        for part in useful[np.lexsort((useful, changes[useful], -gain[useful] // changes[useful]))].tolist():
            if changes[part] <= left:
                taken[part], left = True, left - int(changes[part])
        return evolve(dear, solution=parts.taking(problem, strategy, dear.solution, taken))


def _from(strategy: Strategy, found: Found) -> Strategy:
    """Return a strategy that begins at what was found, where it can."""
    start = SolutionStart(found.solution, found.problem.count_weight)
    return evolve(strategy, start=start) if isinstance(strategy, Exact) else strategy


def _too_few(most_changes: int, n_changes: int, *, wishes_first: bool) -> Fault:
    # Wishes that go before the score outweigh any points.
    also = " and meets the most wishes" if wishes_first else ""
    every = f"every plan that serves the most requests{also}"
    problem = f"{most_changes:,} changes are too few: {every} has {n_changes:,} or more"
    remedy = f"Allow {n_changes:,}, or keep all published pairs, which goes before any new one."
    return argument("TOO-FEW-CHANGES", "most_changes", problem, remedy)


@frozen(eq=False, kw_only=True)
class _Side:
    """Pairs that one of two plans has alone, and the part of the difference that each belongs to."""

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    part: NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class _Parts:
    """The difference of two plans in parts that share no mentor and no mentee, so that each may be taken by itself."""

    n: int
    out: _Side
    in_: _Side

    def taking(self, problem: Problem, strategy: Strategy, plan: Solution, taken: NDArray[np.bool_]) -> Solution:
        """Return the first plan with some parts as in the second, under the prices of the first."""
        gone, come = taken[self.out.part], taken[self.in_.part]
        keys = pair_keys(plan.request, plan.mentor, problem.n_mentors)
        leaves = np.sort(pair_keys(self.out.request[gone], self.out.mentor[gone], problem.n_mentors))
        stays = ~find_keys(leaves, keys)[1] & (problem.pinned[plan.request] < 0)
        request = np.append(plan.request[stays], self.in_.request[come])
        mentor = np.append(plan.mentor[stays], self.in_.mentor[come])
        chosen, stopped = weighed(problem, request, mentor), plan.status is Status.TIME_LIMIT
        return Solution.of(problem, strategy, chosen, plan.duals, stopped=stopped)


def _parts(problem: Problem, one: Solution, other: Solution) -> _Parts:
    """Return the difference of two plans in parts that touch each other nowhere."""
    keys = [np.sort(pair_keys(each.request, each.mentor, problem.n_mentors)) for each in (one, other)]
    alone = [own[~find_keys(rest, own)[1]] for own, rest in (keys, keys[::-1])]
    sides = [np.divmod(some, problem.n_mentors) for some in alone]
    mentee = np.concatenate([problem.mentee[request] for request, _ in sides]).astype(np.int64)
    mentor = np.concatenate([mentor for _, mentor in sides]) + problem.n_mentees
    label = np.arange(problem.n_mentees + problem.n_mentors)
    while len(mentee) and (label[mentee] != label[mentor]).any():
        least = np.minimum(label[mentee], label[mentor])
        for node in (mentee, mentor):
            np.minimum.at(label, node, least)
        label = label[label]
    names, part = np.unique(label[mentee], return_inverse=True)
    n_out = len(alone[0])
    out, in_ = (
        _Side(request=request.astype(np.int32), mentor=mentor.astype(np.int32), part=own)
        for (request, mentor), own in zip(sides, (part[:n_out], part[n_out:]), strict=True)
    )
    return _Parts(n=len(names), out=out, in_=in_)


def counted_bonus(problem: Problem, bonus: int) -> int:
    """Return what a pair in place counts more in a problem, where points may count several times beside wishes."""
    return sum(one.weight for one in problem.scorers if one.name == IN_PLACE) if bonus else 0
