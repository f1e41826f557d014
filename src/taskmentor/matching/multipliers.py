"""`Multipliers`: hours, shares, quotas and pairs only once at any size, by prices on top of another strategy."""

from collections.abc import Callable, Sequence
from math import inf
from time import monotonic

import numpy as np
from attrs import define, evolve, field, frozen
from attrs.validators import optional

from taskmentor.errors import UnsupportedError
from taskmentor.matching.duals import Duals, pinned_value
from taskmentor.matching.hour_plans import UNIT, HourPlans
from taskmentor.matching.mending import filled
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.relaxation import Relaxation, can_price, sampled_prices
from taskmentor.matching.row_plans import RowPlans
from taskmentor.matching.rows import CompiledConstraint, HourRows, RowPrices
from taskmentor.matching.solution import Solution, Strategy, nothing_found, unheld
from taskmentor.matching.uses import Room, room_of
from taskmentor.validators import above_zero, whole

__all__ = ["Multipliers"]


@frozen(kw_only=True)
class Multipliers:
    """Finds good plans under hours, shares, quotas and pairs only once, with a proven gap, by asking another strategy.

    Prices of rows are searched: the other strategy solves the problem in which pairs are charged for their rows, which
    is one without constraints, and rows that its plan breaks become dearer. Its plans, some of which break a row and
    others of which keep it with room to spare, are combined to one that keeps all rows. Of very large problems prices
    are searched in a sample first. Hours are shared out among the places of each mentor, which leaves a flow, and
    shared out anew by what prices tell.

    Attributes:
        strategy: Solves the charged problems; an exact one, such as `Exact()`, also at 100,000 people.
        rounds: How often it is asked at the most.
        seconds: No new round begins after so many seconds; None for no limit.
        gap_ppm: A proven gap of so many millionths of the bound is good enough.
        unit: Prices are in such parts of a point; where there are hours, in parts that it chooses itself.

    Source:
        Lagrangian relaxation: Fisher, "The Lagrangian relaxation method for solving integer programming problems",
        Management Science 27 (1981). Each row's price is bracketed, all rows at once.
    """

    strategy: Strategy
    rounds: int = field(default=24, validator=whole(at_least=1))
    seconds: float | None = field(default=None, validator=optional(above_zero))
    gap_ppm: int = field(default=0, validator=whole(at_least=0, at_most=1_000_000))
    unit: int = field(default=64, validator=whole(at_least=1, at_most=4096))

    @property
    def name(self) -> str:
        """Return `multipliers`."""
        return "multipliers"

    def get_params(self) -> dict[str, Described]:
        """Return the parameters as plain data, those of the other strategy among them."""
        return {
            "strategy": {"name": self.strategy.name, **self.strategy.get_params()},
            "rounds": self.rounds,
            "seconds": None if self.seconds is None else str(self.seconds),
            "gap_ppm": self.gap_ppm,
            "unit": self.unit,
        }

    def holds(self, constraint: CompiledConstraint) -> bool:
        """Return whether a constraint has few rows that a table gives, or is about hours or pairs only once."""
        return can_price(constraint) or isinstance(constraint.shape, HourRows)

    def __call__(self, problem: Problem) -> Solution:
        """Return the best plan that was found, with the best bound.

        Raises:
            UnsupportedError: If a constraint is of another kind.
            SolverError: If no plan that keeps all rows was found.
        """
        if refused := unheld(problem, self):
            evolve(problem, constraints=refused).refuse_constraints("Multipliers")
        if not problem.constraints:
            raise UnsupportedError(
                f"Multipliers searches prices of rows, and there are none; take {self.strategy.name}."
            )
        near = _with_smaller_counts(problem)
        times = problem.count_weight - near.count_weight
        begin, seconds = monotonic(), inf if self.seconds is None else self.seconds
        search = _Search(problem=near, settings=self, end=begin + seconds * (_PLANNING if times else 1))
        plan, duals = search.run()
        if times:
            counting = evolve(problem, scorers=(), plain=None, wish=None, per_request=1)
            counts = _Search(problem=counting, settings=self, end=begin + seconds)
            duals = duals.plus(counts.most_served(len(plan), duals, near.count_weight), times)
        return Solution.of(problem, self, plan, duals, stopped=search.stopped)


def _with_smaller_counts(problem: Problem) -> Problem:
    """Return a problem in which serving a request counts for a few times what scores are apart, at the most.

    Prices then stay small. Among plans that serve as many requests, the best one is the same.
    """
    return evolve(problem, per_request=min(problem.count_weight, _TIMES * (problem.spread + 1)))


_TIMES = 4
"""Serving a request counts for so many times what scores are apart, while plans are looked for."""

_PLANNING = 0.75
"""This part of the time is for plans, the rest for the proof that none serves more requests."""


@define(eq=False, kw_only=True)
class _Search:
    """A search under way: the last plans, and the best one so far that keeps all rows."""

    problem: Problem
    settings: Multipliers
    end: float
    stopped: bool = False

    def run(self) -> tuple[Arcs, Duals]:
        """Return the best plan that was found, and the prices that prove the best bound."""
        room = room_of(self.problem)
        plan, duals = self._by_rows() if room is None else self._by_hours(room)
        if plan is None:
            raise nothing_found(self.problem, "Multipliers", f"{self.settings.rounds} rounds")
        return filled(self.problem, plan), duals

    def most_served(self, n: int, duals: Duals, counted: int) -> Duals:
        """Return prices that prove that no plan serves more requests than so many, if they are found.

        Args:
            n: How many requests a plan serves.
            duals: Prices where requests count for so much beside scores.
            counted: So much.
        """
        room, pinned = room_of(self.problem), pinned_value(self.problem)
        unit = (self.settings.unit if room is None else UNIT) / (counted * duals.unit)
        # Beyond what scores are apart, a row's price is what the requests it keeps from being served count for.
        known = tuple(RowPrices.of(one.row, np.rint(one.price * unit)) for one in duals.rows)
        if room is not None:
            return self._hours(room, lambda _, most: most - pinned <= n).run(known)[1]
        prices = self._relaxation(known)
        for number in range(self.settings.rounds):
            is_open = prices.round()[1]
            if prices.bound - pinned <= n or not is_open or (number and self._is_over()):
                break
        assert prices.duals is not None
        return prices.duals

    def _hours(self, room: Room, is_enough: Callable[[int, int], bool]) -> HourPlans:
        settings = self.settings
        return HourPlans(
            problem=self.problem,
            room=room,
            strategy=settings.strategy,
            rounds=settings.rounds,
            is_over=self._is_over,
            is_enough=is_enough,
        )

    def _by_hours(self, room: Room) -> tuple[Arcs | None, Duals]:
        if (room.budget < 0).any():  # pinned pairs take more hours than there are
            return None, Duals.none(self.problem)
        search = self._hours(room, self._is_good_enough)
        plan, duals = search.run()
        self.stopped = search.stopped
        return plan, duals

    def _by_rows(self) -> tuple[Arcs | None, Duals]:
        settings, plans = self.settings, RowPlans(problem=self.problem, unit=self.settings.unit)
        pinned = pinned_value(self.problem)
        known = sampled_prices(
            self.problem, settings.strategy, settings.unit, rounds=settings.rounds, is_over=self._is_over
        )
        prices = self._relaxation(known)
        for number in range(settings.rounds):
            self.stopped = self._is_over() and number > 0
            if self.stopped:
                break
            before = prices.present()
            plan, is_open = prices.round()
            plans.keep(plan, before)
            if not is_open or (plans.best is not None and self._is_good_enough(plans.value + pinned, prices.bound)):
                break
        assert prices.duals is not None, "there was a round"
        return plans.best, prices.duals

    def _relaxation(self, known: Sequence[RowPrices | None]) -> Relaxation:
        settings = self.settings
        return Relaxation.of(self.problem, settings.strategy, known, unit=settings.unit, finest=1)

    def _is_over(self) -> bool:
        return monotonic() > self.end

    def _is_good_enough(self, value: int, bound: int) -> bool:
        return (bound - value) * 1_000_000 <= self.settings.gap_ppm * bound
