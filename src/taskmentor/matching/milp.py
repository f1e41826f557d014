"""`Milp`: the optimum under constraints by mixed-integer linear programming, on HiGHS."""

from time import monotonic

import numpy as np
from attrs import evolve, field, frozen

from taskmentor.errors import CostRangeError, SolverError
from taskmentor.matching.clash import clash
from taskmentor.matching.covering import covering_duals, near_arcs
from taskmentor.matching.duals import Duals, bound, pinned_value
from taskmentor.matching.highs import LARGEST, need_highs
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.programme import Chosen, Programme, joined
from taskmentor.matching.ring_search import any_rings, best_rings
from taskmentor.matching.rings import cycle_shapes
from taskmentor.matching.rows import CompiledConstraint
from taskmentor.matching.solution import Solution, nothing_found
from taskmentor.matching.starting import start_prices
from taskmentor.matching.use_search import best_of_uses
from taskmentor.matching.uses import room_of
from taskmentor.validators import above_zero, as_float, whole

__all__ = ["Milp"]

_ROUNDS = 12
"""How often pairs that the prices miss are added, at the most."""

_NEAR, _MISSING = 24, 6
"""How many pairs of a request are given to the solver to begin with, and added each time, at the most."""

_SMALL = 2_000
"""Problems of up to so many qualified pairs are given to the solver whole."""

_NUMBERS = 8
"""Better plans are looked for by how many requests they serve, where these are so many numbers at the most."""

_TIMES = 4
"""While pairs are looked for, one more request counts so many times what scores are apart at the most."""


@frozen(kw_only=True)
class Milp:
    """Finds the best plan under any constraints, with HiGHS; needs the extra `milp`.

    The bound over all eligible pairs comes from the prices of the linear relaxation, which anybody can check. Where
    branching proves a better one, over all pairs that the prices do not rule out, that one is reported as the solver's
    word (`Solution.proof`).

    Attributes:
        seconds: Time limit; where it strikes, the status is `time-limit`.
        most_listed: So many pairs are given to branch and bound at the most.
        within: Pairs so near the prices of the linear relaxation, in points, are given to it first.
        seed: The solver's own seed.

    Source:
        Huangfu and Hall, "Parallelizing the dual revised simplex method", Mathematical Programming Computation 10
        (2018), and HiGHS' branch and bound.
    """

    seconds: float = field(default=60.0, validator=above_zero, converter=as_float)
    most_listed: int = field(default=400_000, validator=whole(at_least=1))
    within: int = field(default=12, validator=whole(at_least=0))
    seed: int = field(default=0, validator=whole(at_least=0, at_most=2**31 - 1))

    @property
    def name(self) -> str:
        """Return `milp`."""
        return "milp"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data."""
        return {
            "seconds": str(self.seconds),
            "most_listed": self.most_listed,
            "within": self.within,
            "seed": self.seed,
        }

    def holds(self, constraint: CompiledConstraint) -> bool:
        """Return that every constraint is held."""
        return True

    def __call__(self, problem: Problem) -> Solution:
        """Return the best plan that was found in time.

        Raises:
            CostRangeError: If points are larger than floats hold exactly.
            UnsupportedError: If highspy is not installed.
            SolverError: If the time was over before any plan was found.
        """
        need_highs("Milp")
        end = monotonic() + self.seconds
        if cycle_shapes(problem):
            return best_rings(problem, self) or _impossible(problem, self, end)
        if room_of(problem) is not None and problem.n_qualified() > _SMALL:
            return best_of_uses(problem, self) or _impossible(problem, self, end)
        return _Search(problem, self, end).run()


class _Search:
    """One call: the pairs that the solver is given, and what is known of the best plan.

    While pairs are looked for, serving one more request counts only a few times what scores are apart (`near`), since
    prices of that size say more. Among plans that serve as many requests, the best one is the same.
    """

    def __init__(self, problem: Problem, settings: Milp, end: float) -> None:
        self.problem, self.settings, self.end = problem, settings, end
        bonus = min(problem.count_weight, _TIMES * (problem.spread + 1))
        largest = (problem.n_places + 1) * (bonus + max(map(abs, problem.score_bounds)))
        if largest > LARGEST:
            raise CostRangeError("HiGHS' objective", largest, LARGEST)
        self.near = evolve(problem, per_request=bonus)
        self.is_small = problem.n_qualified() <= _SMALL

    def run(self) -> Solution:
        model, duals = self._generated()
        best = self._planned(model, duals, None)
        whole = None if best is not None or self.is_small else self._all_pairs(self.near)
        if whole is not None:  # floors may need pairs of little worth
            model = self._model(whole)
            best = self._planned(model, duals, None)
        served = None
        if self.problem.count_weight and best is not None:
            served = self._most_served(model, best[0])
            if served.n > len(best[0]):
                model = self._model(joined(self.problem, model.arcs, served.arcs))
                best = self._planned(model, duals, served.n)
        if best is None:
            return _impossible(self.problem, self.settings, self.end)
        return self._solution(*best, duals, served)

    def _planned(self, model: Programme, duals: Duals, least: int | None) -> tuple[Arcs, int | None] | None:
        """Return the best plan found, and what none is worth more than that serves as many; None where there is none.

        Args:
            model: The pairs that are looked at first.
            duals: Prices over all pairs.
            least: How many requests are served at least; any number unless given.
        """
        found = self._first(model, least)
        if found.impossible:
            return None
        if found.chosen is None:
            raise nothing_found(self.problem, "Milp", f"{self.settings.seconds} seconds")
        chosen = model.arcs.take(found.chosen)
        return (chosen, found.told) if self.is_small else self._proven(chosen, duals, least)

    def _solution(self, chosen: Arcs, told: int | None, duals: Duals, served: "_Served | None") -> Solution:
        """Return the solution of a plan, of which a bound among plans that serve as many may be told."""
        problem, bonus = self.problem, self.near.count_weight
        if served is None:
            whole = None if told is None else told + pinned_value(problem)
            return Solution.of(problem, self.settings, chosen, duals, stopped=self.is_over, told=whole)
        if served.told == served.n and told is not None:
            told += (problem.count_weight - bonus) * served.n + pinned_value(problem)
        else:
            told = None
        duals = duals.plus(served.duals, problem.count_weight - bonus)
        return Solution.of(problem, self.settings, chosen, duals, stopped=self.is_over, told=told)

    @property
    def is_over(self) -> bool:
        """Return whether the time is up."""
        return monotonic() > self.end

    def _model(self, arcs: Arcs) -> Programme:
        return Programme(self.near, arcs, self.settings.seed, self.end)

    def _generated(self) -> tuple[Programme, Duals]:
        """Return the pairs near the prices of the linear relaxation over all pairs, and those prices."""
        problem, settings = self.near, self.settings
        if self.is_small:
            model = self._model(problem.arcs(who="Milp", most=_SMALL))
            return model, model.duals(model.relaxed())
        best = covering_duals(problem, start_prices(problem), ())
        arcs = near_arcs(problem, best, settings.within, most=_NEAR)
        for _ in range(_ROUNDS):
            model = self._model(arcs)
            relaxed = model.relaxed()
            duals = model.duals(relaxed)
            if bound(problem, duals) < bound(problem, best):
                best = duals
            more = joined(problem, arcs, near_arcs(problem, duals, settings.within, most=_MISSING))
            covered = len(more) == len(arcs) or bound(problem, best) <= relaxed.value + 1
            if covered or self.is_over:
                break
            arcs = more
        arcs = joined(problem, near_arcs(problem, best, settings.within, most=_NEAR), arcs.take(model.used(relaxed)))
        return self._model(arcs), best

    def _first(self, model: Programme, least: int | None) -> Chosen:
        """Return the best plan of some pairs; of large problems, of those that serve as many as the relaxation does."""
        if not self.is_small:
            n = int(np.rint(model.relaxed().part.sum()))
            found = model.best(model.arcs.weight, n if least is None else max(n, least), exactly=True)
            if found.chosen is not None:
                return found
        return model.best(model.arcs.weight, least)

    def _most_served(self, model: Programme, plan: Arcs) -> "_Served":
        """Return a plan that serves as many requests as can be, and what proves that none serves more.

        Args:
            model: The pairs that are looked at first.
            plan: A plan, which is often the one already.
        """
        problem = evolve(self.problem, scorers=(), plain=None, wish=None, per_request=1)
        counting, pinned = self._counting(problem, model.arcs), pinned_value(problem)
        duals, is_whole = counting.duals(counting.relaxed()), self.is_small
        if bound(problem, duals) - pinned > len(plan) and not is_whole:
            whole = self._all_pairs(problem)
            if whole is not None:
                counting, is_whole = self._counting(problem, whole), True
                duals = min(duals, counting.duals(counting.relaxed()), key=lambda one: bound(problem, one))
        most = bound(problem, duals) - pinned
        if most <= len(plan):
            return _Served(n=len(plan), told=most, duals=duals, arcs=plan)
        found = counting.best(counting.arcs.weight, None)
        if found.told is not None and is_whole:
            most = min(most, found.told)
        if found.chosen is None or found.chosen.sum() <= len(plan):
            return _Served(n=len(plan), told=most, duals=duals, arcs=plan)
        chosen = counting.arcs.take(found.chosen)
        level = problem.levels(chosen.request, chosen.mentor)
        weight = self.near.weight(self.near.worth(chosen.request, chosen.mentor, level))
        return _Served(n=len(chosen), told=most, duals=duals, arcs=evolve(chosen, weight=weight))

    def _counting(self, problem: Problem, arcs: Arcs) -> Programme:
        ones = evolve(arcs, weight=np.ones(len(arcs), np.int64))
        return Programme(problem, ones, self.settings.seed, self.end)

    def _all_pairs(self, problem: Problem) -> Arcs | None:
        if problem.n_qualified() > self.settings.most_listed:
            return None
        return problem.arcs(who="Milp", most=self.settings.most_listed)

    def _proven(self, chosen: Arcs, duals: Duals, least: int | None) -> tuple[Arcs, int | None]:
        """Return the best plan found, and what no plan that serves as many is worth more than, by the solver's word.

        A pair whose price is above its weight by more than a plan falls short of the bound is in no better plan.
        """
        problem = self.near
        value, most = int(chosen.weight.sum()), bound(problem, duals) - pinned_value(problem)
        for _ in range(2):
            short = max(most - value, 0)
            near = near_arcs(problem, duals, short, most=problem.n_mentors)
            if len(near) > self.settings.most_listed:
                return chosen, None
            model = self._model(joined(problem, near, chosen))
            again = self._best(model, least, chosen)
            if again.chosen is not None and int(model.arcs.weight[again.chosen].sum()) >= value:
                chosen = model.arcs.take(again.chosen)
                value = int(chosen.weight.sum())
            if again.proven:
                return chosen, value
            if again.told is None or again.told >= most:
                return chosen, again.told
            most = again.told
        return chosen, most

    def _best(self, model: Programme, least: int | None, plan: Arcs) -> Chosen:
        """Return the best plan of some pairs, or none where that is a plan that is known.

        Where all that are better serve nearly as many requests, each number is looked at apart, as rows say more then.
        """
        weight, value = model.arcs.weight, int(plan.weight.sum())
        numbers = model.numbers(value)
        if numbers is None or len(numbers) > _NUMBERS:
            return model.best(weight, least, start=plan)
        best = Chosen(told=value, proven=True)
        for n in numbers:
            if n >= (least or 0):
                again = model.best(weight, n, exactly=True, start=plan if n == len(plan) else None)
                best = best.or_better(again, weight)
        return best


def _impossible(asked: Problem, settings: Milp, end: float) -> Solution:
    """Return what cannot be kept together in a problem that no plan keeps.

    Args:
        asked: The problem.
        settings: How it was asked.
        end: When time is over.

    Raises:
        SolverError: If there is a plan that keeps all, among pairs that were not looked at.
    """
    late = monotonic() > end

    def possible(problem: Problem) -> bool:
        if cycle_shapes(problem):
            return any_rings(problem, settings)
        arcs = problem.arcs(who="Milp", most=10 * settings.most_listed)
        model = Programme(problem, arcs, settings.seed, monotonic() + settings.seconds)
        return not model.best(np.zeros(len(arcs), np.int64), None).impossible

    if possible(asked):
        if late:
            raise nothing_found(asked, "Milp", f"{settings.seconds} seconds")
        raise SolverError("Milp found no plan among the pairs near the prices; raise `within`.")
    return Solution.impossible(asked, settings, clash(asked, possible))


@frozen(eq=False, kw_only=True)
class _Served:
    """How many requests can be served.

    Attributes:
        n: How many a plan serves.
        told: How many none exceeds.
        duals: Prices that cover 1 for every pair.
        arcs: The pairs of the plan.
    """

    n: int
    told: int
    duals: Duals
    arcs: Arcs
