"""Plans side by side: total score against the worst-off, the spread of load and stability, and which none surpasses."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import InfeasibleError, SolverError
from taskmentor.matching.aims import Aim, Leximin, LoadSpread, MostRequests, Score
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.blocking import blocking_pairs
from taskmentor.matching.certificate import misfits, verify_solution
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.milp import Milp
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.shapes import CompiledRule, ExplicitBar, pair_keys
from taskmentor.matching.solution import Solution, Status, Strategy, solve, unheld
from taskmentor.matching.stable import Stable
from taskmentor.rounds import Round
from taskmentor.validators import check_arguments

__all__ = ["Frontier", "MeasuredPlan", "frontier"]

_MOST_PAIRS = 5_000_000

_AIMS: Mapping[str, tuple[Aim, ...]] = {
    "leximin": (Leximin(),),
    "even load, then score": (MostRequests(), LoadSpread(), Score()),
}


@frozen(kw_only=True)
class MeasuredPlan:
    """One plan, measured by the policy of the round whoever made it.

    Attributes:
        name: How it was made.
        served: How many requests it serves.
        score: The sum of the scores.
        worst: The lowest score of a request that is served, None where none is.
        mentors: How many mentors have somebody.
        most: How many the busiest one has.
        gini: The Gini coefficient of mentors' loads, over all who have a place: 0 where all have as many; None where
            nobody has any.
        blocking: How many pairs would rather have each other.
        best: Whether no other plan is as good at everything and better at something.
    """

    name: str
    served: int
    score: int
    worst: int | None
    mentors: int
    most: int
    gini: Fraction | None
    blocking: int
    best: bool = False

    @property
    def aims(self) -> tuple[int | Fraction, ...]:
        """Return all that is compared, the greater the better: served, score, worst, evenness of load, stability."""
        worst = -(2**62) if self.worst is None else self.worst
        return self.served, self.score, worst, -(Fraction(0) if self.gini is None else self.gini), -self.blocking

    def as_data(self) -> dict[str, Described]:
        """Return the plan's measures as plain data; the Gini coefficient as a fraction in words."""
        return {
            "name": self.name,
            "served": self.served,
            "score": self.score,
            "worst": self.worst,
            "mentors": self.mentors,
            "most": self.most,
            "gini": None if self.gini is None else str(self.gini),
            "blocking": self.blocking,
            "best": self.best,
        }

    def __str__(self) -> str:
        gini = "none" if self.gini is None else f"{float(self.gini):.2f}"
        mark = "*" if self.best else " "
        worst = "nobody" if self.worst is None else f"{self.worst:,}"
        return (
            f"{mark} {self.name}: {self.served:,} served, score {self.score:,}, worst {worst}, "
            f"{self.mentors:,} mentors with at most {self.most:,}, Gini {gini}, {self.blocking:,} blocking pairs"
        )


@frozen(kw_only=True)
class Frontier:
    """Plans side by side.

    Attributes:
        plans: By score, the greatest first.
        left_out: Those that there are none of under the constraints of the policy: their strategy holds one of these
            not, or no plan keeps them.
    """

    plans: tuple[MeasuredPlan, ...]
    left_out: tuple[str, ...] = ()

    @property
    def best(self) -> tuple[MeasuredPlan, ...]:
        """Return the plans that no other one surpasses in everything."""
        return tuple(plan for plan in self.plans if plan.best)

    @property
    def missing(self) -> str:
        """Return which plans there are none of, in words; empty where there are all."""
        return f"None under these constraints: {', '.join(self.left_out)}." if self.left_out else ""

    def as_data(self) -> dict[str, Described]:
        """Return the plans as plain data."""
        return {"plans": [plan.as_data() for plan in self.plans], "left_out": list(self.left_out)}

    def __str__(self) -> str:
        lines = ["Plans by score; * where none is as good at everything:", *map(str, self.plans), self.missing]
        return "\n".join(filter(None, lines))


def frontier(
    round_: Round, *, also: Mapping[str, Solution] | None = None, strategy: Strategy | None = None, floors: int = 4
) -> Frontier:
    """Return plans of one round that pull in different directions, each measured in the same way.

    They are: the plan of the round; the best by requests and score; by score alone; best pair first; stable; leximin;
    an even load, and then the best score; the best in which no request is served by a pair below some score, up to the
    highest floor that still serves as many; and the best in which each mentor gives fewer places. Aims in order and a
    cost of places, if the policy has any, count for the plan of the round alone; `also` takes others.

    Constraints hold for all of them. A plan whose strategy does not hold them is left out by name, as best pair first
    and stable are, and so is one that cannot keep them.

    Args:
        round_: The round.
        also: Further plans of the problem, such as those of other strategies, by name.
        strategy: Who finds the best ones; `Flow(ties="any")` unless given, and under constraints `Milp()`.
        floors: How many floors are tried, beside the highest that serves as many.

    Raises:
        InputError: If `floors` is no whole number of 0 or more.
        SolverError: If a plan does not hold under the policy.
        TooLargeError: If the problem is above what one of these strategies takes.
        UnsupportedError: If the strategy does not hold the constraints.
        InfeasibleError: If no plan keeps them.

    Source:
        The highest floor is the max-min of Rawls over plans that serve the most: a bottleneck assignment, found by
        halving. Which plans are kept: Pareto (1906).
    """
    check_arguments(0, floors=floors)
    problem = evolve(round_.problem, aims=(), load_cost=0)
    found = dict(_plans(problem, strategy or (Milp() if problem.constraints else Flow(ties="any")), floors))
    plans = {name: solution for name, solution in found.items() if solution is not None}
    plans |= {"the round": round_.solution, **(also or {})}
    measured = [_measured(problem, name, evolve(solution, aims=())) for name, solution in plans.items()]
    marked = (evolve(one, best=not any(_surpasses(other, one) for other in measured)) for one in measured)
    return Frontier(
        plans=tuple(sorted(marked, key=lambda one: (-one.score, one.name))),
        left_out=tuple(name for name, solution in found.items() if solution is None),
    )


def _surpasses(one: MeasuredPlan, other: MeasuredPlan) -> bool:
    pairs = [*zip(one.aims, other.aims, strict=True)]
    return all(own >= theirs for own, theirs in pairs) and any(own > theirs for own, theirs in pairs)


def _plans(problem: Problem, solver: Strategy, floors: int) -> Iterator[tuple[str, Solution | None]]:
    """Return plans that pull in different directions, by name; None where there is none under the constraints."""
    best = solve(problem, solver)
    if best.status is Status.INFEASIBLE:
        raise InfeasibleError(best.clash)
    yield "best by requests, then score" if problem.count_weight else "best by score", best
    if problem.count_weight:
        yield "best by score", _kept(evolve(problem, objective="score"), solver)
    yield "best pair first", _kept(problem, Greedy())
    yield "stable", _kept(problem, Stable())
    for name, wanted in _AIMS.items():
        yield name, _kept(evolve(problem, aims=wanted), Ordered())
    for floor in _floors(problem, solver, best, floors):
        yield f"no pair below {floor:,}", _kept(_with_floor(problem, floor), solver)
    busiest = int(np.bincount(best.mentor, minlength=1).max())
    for places in range(busiest - 1, 0, -1):
        fewer = evolve(problem, capacity=np.minimum(problem.capacity, places))
        yield f"at most {places:,} each", _kept(fewer, solver)


def _kept(problem: Problem, strategy: Strategy) -> Solution | None:
    """Return the plan of a strategy, None where it does not hold the constraints or none keeps them."""
    if unheld(problem, strategy):
        return None
    found = solve(problem, strategy)
    return None if found.status is Status.INFEASIBLE else found


def _floors(problem: Problem, solver: Strategy, best: Solution, n: int) -> list[int]:
    """Return scores that no pair is to fall below: the highest that serves as many, and some on either side."""
    arcs = problem.arcs(who="frontier", most=_MOST_PAIRS)
    scores = np.unique(problem.score(arcs.request, arcs.mentor, problem.levels(arcs.request, arcs.mentor)))
    free = problem.pinned[best.request] < 0
    request, mentor = best.request[free], best.mentor[free]
    if not len(request):
        return []
    least = int(problem.score(request, mentor, problem.levels(request, mentor)).min())
    low, high = int(np.searchsorted(scores, least)), len(scores) - 1
    while low < high:
        middle = (low + high + 1) // 2
        found = _kept(_with_floor(problem, int(scores[middle])), solver)
        if found is not None and found.n_matched >= best.n_matched:
            low = middle
        else:
            high = middle - 1
    # Above it requests are lost; some floors show how many.
    above = scores[np.linspace(low, len(scores) - 1, n + 2).astype(np.intp)[:-1]]
    return sorted({int(one) for one in above if one > least})


def _with_floor(problem: Problem, floor: int) -> Problem:
    """Return a problem in which no pair is admitted that scores below a floor, pinned ones excepted."""
    keys = [np.zeros(0, np.int64)]
    for pairs in problem.pairs():
        poor = pairs.take(problem.score(pairs.request, pairs.mentor, pairs.level) < floor)
        keys.append(pair_keys(poor.request, poor.mentor, problem.n_mentors))
    barred = ExplicitBar(np.sort(np.concatenate(keys)), problem.n_mentors)
    return evolve(problem, rules=(*problem.rules, CompiledRule("floor", barred)))


def _measured(problem: Problem, name: str, solution: Solution) -> MeasuredPlan:
    """Return the measures of a plan, checked for the round's own limits and rules.

    Raises:
        SolverError: If it does not hold.
    """
    request, mentor = _lawful(problem, name, solution)
    score = problem.score(request, mentor, problem.levels(request, mentor))
    load = np.bincount(mentor, minlength=problem.n_mentors)
    offering = (problem.capacity > 0) | (load > 0)
    return MeasuredPlan(
        name=name,
        served=len(request),
        score=int(score.sum()),
        worst=int(score.min()) if len(score) else None,
        mentors=int((load > 0).sum()),
        most=int(load.max(initial=0)),
        gini=_gini(load[offering]),
        blocking=blocking_pairs(problem, solution, most_listed=0).n,
    )


def _lawful(problem: Problem, name: str, solution: Solution) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    if wrong := [*misfits(problem, solution)]:
        raise SolverError(f"the plan {name!r} is none of this round: {'; '.join(wrong)}")
    # Its own bound may be of another objective or with a floor: that says nothing here.
    faults = [fault for fault in verify_solution(problem, solution).faults if fault.startswith(_UNLAWFUL)]
    if faults:
        raise SolverError(f"the plan {name!r} does not hold: {'; '.join(faults)}")
    return solution.request, solution.mentor


_UNLAWFUL = (
    "served twice", "the mentor offers no such skill", "against the rule", "a pin is not kept",
    "more mentees than places", "more mentors than the mentee's limit", "against the constraint", "a cycle of too many",
)  # fmt: skip


def _gini(load: NDArray[np.int64]) -> Fraction | None:
    """Return the Gini coefficient of loads: the mean difference of all pairs of mentors over twice the mean."""
    total = int(load.sum())
    if not total:
        return None
    rank = np.arange(1, len(load) + 1)
    return Fraction(int(((2 * rank - len(load) - 1) * np.sort(load)).sum()), len(load) * total)
