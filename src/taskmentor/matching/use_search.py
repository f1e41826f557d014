"""The best plan under budgets of hours, with other constraints, over uses of mentors instead of pairs, on HiGHS."""

from time import monotonic

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError
from taskmentor.matching.closing import Closing
from taskmentor.matching.covering import covering_duals, near_arcs, net_worth, weighed
from taskmentor.matching.duals import Duals, bound, charged, pinned_value, total
from taskmentor.matching.generation import Generation
from taskmentor.matching.highs import LARGEST, Settings
from taskmentor.matching.kinds import free_functions
from taskmentor.matching.mending import filled
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.programme import Programme, joined
from taskmentor.matching.relaxation import Relaxation, can_price, sampled_prices
from taskmentor.matching.rows import RowPrices
from taskmentor.matching.solution import Solution, nothing_found
from taskmentor.matching.starting import Unconstrained, start_prices
from taskmentor.matching.use_branching import Branching, Found
from taskmentor.matching.uses import Uses, best_uses, hour_charged, near_pairs, near_uses, room_of

__all__ = ["best_of_uses"]

_NEAR = 24
"""How many pairs of a request are looked at before all others."""

_TIMES = 4
"""While uses are looked for, one more request counts so many times what scores are apart at the most."""

_FIRST, _ROUNDS = 0.15, 24
"""Prices of rows to begin with have so much of the time, and are tried so often."""

_ROW_UNIT = 16
"""They are looked for in such parts of a point."""

_STEPS = 128
"""An hour is tried at such a part of what scores are apart, then at twice as much, and so on."""

_WHOLE = 20_000
"""Up to so many uses are all left to branch and bound; of more, a plan is rounded and made better piece by piece."""

_MOST_USES = 500_000
"""So many uses near the prices are looked at; where they are more, pairs are given to branch and bound."""

_FAR = 8
"""Uses are looked at that are up to so many steps below their mentor's best one, or half as many, and so on."""

_SHARE = 0.6
"""The relaxation has so much of the time, and of the rest what looks for a first plan near its prices."""

_PLANNING = 0.75
"""This part of the time is for plans, the rest for the proof that none serves more requests."""

Numbers = NDArray[np.int64]


def best_of_uses(problem: Problem, settings: Settings) -> Solution | None:
    """Return the best plan found of a problem with hours, None where the solver says that there is none.

    Args:
        problem: The problem.
        settings: The strategy that answers for the plan.

    Raises:
        CostRangeError: If points are larger than floats hold exactly.
        SolverError: If no plan was found in time.

    Source:
        Savelsbergh, "A branch-and-price algorithm for the generalized assignment problem", Operations Research 45
        (1997): a column for each use of a mentor; branching is left to HiGHS, over what reduced costs leave.
    """
    return _Search(problem, settings).run()


@frozen(eq=False, kw_only=True)
class _Best:
    """The best plan by some weights, and the prices that prove most."""

    found: Found
    duals: Duals


class _Search:
    """One call.

    While uses are looked for, serving one more request counts only a few times what scores are apart (`near`), since
    prices of that size say more. Among plans that serve as many requests, the best one is the same.
    """

    def __init__(self, problem: Problem, settings: Settings) -> None:
        room = room_of(problem)
        assert room is not None, "there are hours"
        self.problem, self.settings, self.room = problem, settings, room
        self.end = monotonic() + settings.seconds
        self.spread = problem.spread + 1
        bonus = min(problem.count_weight, _TIMES * self.spread)
        if (sums := (problem.n_places + 1) * (bonus + self.spread)) > LARGEST:
            raise CostRangeError("HiGHS' objective", sums, LARGEST)
        self.near = evolve(problem, per_request=bonus)

    def run(self) -> Solution | None:
        """Return the best plan found, None where the solver says that there is none."""
        if (self.room.budget < 0).any():  # pinned pairs take more hours than there are
            return None
        over, end = self.problem.count_weight - self.near.count_weight, self.end
        if over:
            self.end = monotonic() + _PLANNING * (end - monotonic())
        best = self._best(self.near, None)
        self.end = end
        if best.found.plan is None:
            return self._nothing(best.found)
        return self._solution(*self._serving_most(best, over) if over else (best.found, best.duals))

    def _solution(self, found: Found, duals: Duals) -> Solution:
        """Return the solution of a plan, of which a bound without pinned pairs may be told."""
        assert found.plan is not None
        told = None if found.told is None else found.told + pinned_value(self.problem)
        plan = found.plan.take(np.argsort(found.plan.request))
        return Solution.of(self.problem, self.settings, plan, duals, stopped=self.is_over, told=told)

    def _serving_most(self, best: _Best, over: int) -> tuple[Found, Duals]:
        """Return the best plan that serves as many requests as can be, and the prices that prove most.

        Args:
            best: The best plan where serving one more request counts only a few times what scores are apart.
            over: How much more it counts.
        """
        found, counting = best.found, evolve(self.problem, scorers=(), plain=None, wish=None, per_request=1)
        assert found.plan is not None
        n, pinned = len(found.plan), pinned_value(counting)
        duals = self._generated(counting, enough=n + pinned)[1]
        most = bound(counting, duals) - pinned
        if most > n and not self.is_over:
            served = self._best(counting, found.plan)
            assert served.found.plan is not None
            duals, most = served.duals, most if served.found.told is None else served.found.told
            if len(served.found.plan) > n:
                best = self._best(self.near, served.found.plan)
                found, n = best.found, len(served.found.plan)
        told = None if found.told is None or most > n else found.told + over * n
        return evolve(found, told=told), best.duals.plus(duals, over)

    @property
    def is_over(self) -> bool:
        """Return whether the time is up."""
        return monotonic() > self.end

    def _nothing(self, found: Found) -> Solution | None:
        """Return nothing where there is no plan, and raise where none was found."""
        if found.impossible:
            return None
        raise nothing_found(self.problem, self.settings.name, f"{self.settings.seconds} seconds")

    def _best(self, problem: Problem, start: Arcs | None) -> _Best:
        """Return the best plan by some weights that serves as many requests as another one."""
        least = None if start is None else len(start)
        growing, duals = self._generated(problem)
        if start is not None:
            start = weighed(problem, start.request, start.mentor)  # it was found by other weights
            growing.add(start)
        found = self._whole(problem, growing, duals, least) if growing.columns.n > _WHOLE else None
        found = found or self._closed(problem, duals, start, least)
        if found.plan is None and not found.impossible:
            branching = self._branching(problem, growing.pool, least)
            found = branching.best(growing.columns)
            plan = branching.nothing().plan if found.plan is None else found.plan
            found = found if plan is None else Found(plan=filled(problem, plan))
        if start is not None and (found.plan is None or len(found.plan) < len(start)):
            found = Found(plan=start)
        if found.plan is None or found.told is not None or self.is_over:
            return _Best(found=found, duals=duals)
        return _Best(found=self._proven(problem, found.plan, duals, least), duals=duals)

    def _generated(self, problem: Problem, enough: int | None = None) -> tuple[Generation, Duals]:
        """Return the linear programme over uses, and the prices that prove most.

        Args:
            problem: The problem.
            enough: A bound that is good enough; the best one unless given.
        """
        first, pool = self._first_prices(problem)
        end = monotonic() + _SHARE * max(self.end - monotonic(), 0)
        growing = Generation(
            problem=problem, room=self.room, pool=pool, end=end, seed=self.settings.seed, enough=enough
        )
        return growing, growing.run(first)

    def _branching(self, problem: Problem, pool: Arcs, least: int | None, *, share: float = 1.0) -> Branching:
        """Return branch and bound over uses of some pairs, which has a share of the time that is left."""
        now = monotonic()
        end = now + share * (self.end - now)
        return Branching(problem, self.room, pool, least=least, seed=self.settings.seed, end=end)

    def _closed(self, problem: Problem, duals: Duals, plan: Arcs | None, least: int | None) -> Found:
        """Return the best plan of all uses that are near the prices, further ones too until it is the best of all."""
        most = bound(problem, duals) - pinned_value(problem)
        within, is_first = max(self.spread // _STEPS, 1) * _FAR, True
        while not self.is_over:
            pairs = near_pairs(problem, self.room, duals, within)
            uses = near_uses(problem, self.room, duals, pairs, within, _MOST_USES)
            if uses is None and is_first and within:
                within //= 2
                continue
            if uses is None:
                break
            # Without a plan, time is left to find one among the uses of the relaxation.
            closing = Closing(self._branching(problem, pairs, least, share=_SHARE if plan is None else 1.0), uses, plan)
            closing.run()
            plan, is_first = closing.plan, False
            if not closing.is_whole:
                break
            if plan is None and within >= most:
                return Found(impossible=True)
            if plan is not None and within >= most - int(plan.weight.sum()):
                return Found(plan=plan, told=int(plan.weight.sum()))
            within = 2 * within if plan is None else most - int(plan.weight.sum())
        return Found(plan=plan)

    def _whole(self, problem: Problem, growing: Generation, duals: Duals, least: int | None) -> Found | None:
        """Return a good plan of many uses, None where there is none at hand."""
        spare = self._uses(problem, growing.pool, duals).spare // duals.unit
        plan = self._branching(problem, growing.pool, least).rounded(growing.columns, growing.part, spare)
        if plan is None:
            return None
        before = growing.columns.n
        growing.add(plan)
        chosen = np.arange(growing.columns.n) >= before
        return Found(plan=self._branching(problem, growing.pool, least).improved(growing.columns, chosen))

    def _first_prices(self, problem: Problem) -> tuple[Duals, Arcs]:
        """Return prices to begin with, of rows too, and the pairs that are looked at before all others."""
        rows, step = self._row_prices(problem), max(self.spread // _STEPS, 1)
        best, pool = self._at_price(problem, rows, 0)
        proven = self._proves(problem, pool, best)
        for times in (1, 2, 4, 8, 16):
            duals, near = self._at_price(problem, rows, step * times)
            now = self._proves(problem, near, duals)
            if now >= proven or self.is_over:
                break
            best, pool, proven = duals, near, now
        return best, pool

    def _row_prices(self, problem: Problem) -> Duals:
        """Return prices of the rows of other constraints, found without hours, as far as they can be found so."""
        none = evolve(Duals.none(problem), rows=tuple(RowPrices.none() for _ in problem.constraints))
        held = [place for place, one in enumerate(problem.constraints) if can_price(one)]
        if not held or free_functions(problem):
            return none
        end = monotonic() + _FIRST * self.settings.seconds
        alone = evolve(problem, constraints=tuple(problem.constraints[place] for place in held))

        def is_over() -> bool:
            return monotonic() > end

        known = sampled_prices(alone, Unconstrained(), _ROW_UNIT, rounds=_ROUNDS, is_over=is_over)
        relaxation = Relaxation.of(alone, Unconstrained(), known, unit=_ROW_UNIT, finest=_ROW_UNIT)
        found, rows = relaxation.search(_ROUNDS, is_over), list(none.rows)
        for place, prices in zip(held, found.rows, strict=True):
            rows[place] = prices
        return evolve(none, rows=tuple(rows), unit=found.unit)

    def _at_price(self, problem: Problem, rows: Duals, price: int) -> tuple[Duals, Arcs]:
        """Return prices that are optimal at prices of rows and of an hour of who has several places, and near pairs."""
        relaxed = hour_charged(charged(problem, rows), self.room, price * rows.unit)
        found = covering_duals(relaxed, start_prices(relaxed), ())
        near = near_arcs(relaxed, found, 2**62, most=_NEAR)
        near = weighed(problem, near.request, near.mentor)
        return evolve(found, rows=rows.rows, unit=rows.unit), near.take(near.weight > 0)

    def _uses(self, problem: Problem, pool: Arcs, duals: Duals) -> Uses:
        """Return the best use of every mentor among some pairs at some prices."""
        return best_uses(self.room, pool, net_worth(problem, charged(problem, duals), duals, pool))

    def _proves(self, problem: Problem, pool: Arcs, duals: Duals) -> int:
        """Return what prices prove over some pairs, with the best use of every mentor at them."""
        free = evolve(duals, mentor=np.zeros(problem.n_mentors, np.int64))
        return bound(problem, free) + total(self._uses(problem, pool, free).worth) // duals.unit

    def _proven(self, problem: Problem, plan: Arcs, duals: Duals, least: int | None) -> Found:
        """Return the best plan, and what none that serves as many is worth more than, by the solver's word."""
        value, most = int(plan.weight.sum()), bound(problem, duals) - pinned_value(problem)
        if value >= most:
            return Found(plan=plan, told=value)
        near = near_pairs(problem, self.room, duals, most - value)
        if len(near) > self.settings.most_listed or self.is_over:
            return Found(plan=plan)
        programme = Programme(problem, joined(problem, near, plan), self.settings.seed, self.end)
        again = programme.best(programme.arcs.weight, least, start=plan)
        if again.chosen is None or int(programme.arcs.weight[again.chosen].sum()) < value:
            return Found(plan=plan, told=again.told)
        return Found(plan=programme.arcs.take(again.chosen), told=again.told)
