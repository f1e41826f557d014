"""The way to a proven optimum: when it ends, what it gives when it is stopped, and what it says on the way."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.random import default_rng

from taskmentor.matching.flow import Flow
from taskmentor.matching.market import FINE, Market
from taskmentor.matching.problem import Problem
from taskmentor.matching.progress import Progress, unwatched
from taskmentor.matching.pursuit import Goal, Outcome, proves, pursue
from taskmentor.matching.solution import solve
from tests.markets import NEVER, market_of, worths
from tests.shaped_problems import FAMILIES, shaped


def _markets(n: int) -> Iterator[Market]:
    for number in range(n):
        family = list(FAMILIES.values())[number % len(FAMILIES)]
        problem = shaped(default_rng([103, number]), family, requests=60, mentors=30)
        if problem.objective == "score":
            yield market_of(problem)


def _value(outcome: Outcome) -> int:
    """Return the worth of a plan in points."""
    served = np.flatnonzero(outcome.mentor_of >= 0)
    worth = sum(int(worths(outcome.market, one)[outcome.mentor_of[one]]) for one in served.tolist())
    return worth // FINE * outcome.market.unit


def _assert_lawful_and_proven(outcome: Outcome) -> None:
    market, plan = outcome.market, outcome.mentor_of
    problem = market.problem
    assert (market.loads(plan) <= problem.capacity).all()
    served = np.flatnonzero(plan >= 0)
    assert (np.bincount(problem.mentee[served], minlength=problem.n_mentees) <= problem.limit).all()
    for request in market.request.tolist():
        own = worths(market, request)
        assert plan[request] < 0 or own[plan[request]] > NEVER
        paid = outcome.duals.request[request] + outcome.duals.mentee[problem.mentee[request]] + outcome.duals.mentor
        assert (paid >= own // FINE * market.unit).all()


def _stopping_after(n: int, told: list[Progress]) -> Goal:
    """Return a goal that is over once it has been told of so many parts."""
    over: Callable[[], bool] = lambda: len(told) >= n  # noqa: E731
    return Goal(over=over, timed=True, gap_ppm=0, watch=told.append)


@pytest.mark.parametrize("auction_above", [0, 10**9])
def test_wherever_it_is_stopped_the_plan_is_lawful_and_the_prices_prove_a_bound(
    monkeypatch: pytest.MonkeyPatch, auction_above: int
) -> None:
    """Would be broken: what is left of a search that ran out of time, also between two rounds of adding pairs."""
    monkeypatch.setattr("taskmentor.matching.pursuit._AUCTION_ABOVE", auction_above)
    stopped = between = 0
    for market in _markets(36):
        best = solve(market.problem, Flow(ties="any")).value
        for parts in range(4):
            told: list[Progress] = []
            outcome = pursue(market, _stopping_after(parts, told))
            _assert_lawful_and_proven(outcome)
            assert _value(outcome) <= best <= proves(market, outcome.duals)
            assert outcome.stopped or _value(outcome) == best
            stopped += outcome.stopped
            between += outcome.stopped and bool(told) and told[-1].phase == "closing the gap"
    assert stopped > 10
    assert between > 0 or auction_above == 0


def test_it_is_not_over_before_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the clock of limits of time."""
    now = [100.0]
    monkeypatch.setattr("taskmentor.matching.pursuit.monotonic", lambda: now[0])
    goal = Goal.until(seconds=5)
    assert goal.timed
    for at, over in ((100.0, False), (105.0, False), (105.1, True)):
        now[0] = at
        assert goal.over() is over
    endless = Goal.until()
    assert not endless.timed
    now[0] = 1e12
    assert not endless.over()
    assert (endless.gap_ppm, endless.watch) == (0, unwatched)


def test_without_a_limit_it_ends_with_the_optimum_and_prices_that_prove_it() -> None:
    """Would be broken: optimality; the bound of the prices is the plan's worth."""
    for market in _markets(36):
        outcome = pursue(market, Goal.until())
        assert not outcome.stopped
        _assert_lawful_and_proven(outcome)
        assert _value(outcome) == proves(market, outcome.duals) == solve(market.problem, Flow(ties="any")).value


@pytest.mark.parametrize("gap_ppm", [1_000_000, 50_000])
def test_a_gap_that_is_good_enough_ends_it(gap_ppm: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the time that a gap saves."""
    monkeypatch.setattr("taskmentor.matching.pursuit._AUCTION_ABOVE", 0)
    for market in _markets(36):
        told: list[Progress] = []
        outcome = pursue(market, Goal.until(gap_ppm=gap_ppm, watch=told.append))
        _assert_lawful_and_proven(outcome)
        proven = proves(market, outcome.duals)
        assert (proven - _value(outcome)) * 1_000_000 <= gap_ppm * proven
        assert len(told) <= 1 or gap_ppm < 1_000_000


def test_nothing_to_do_is_done_at_once() -> None:
    """Would be broken: days without requests."""
    outcome = pursue(market_of(Problem.from_scores(np.zeros((0, 3), np.int64), objective="score")), Goal.until())
    assert (len(outcome.mentor_of), outcome.stopped) == (0, False)
    assert outcome.duals.mentor.tolist() == [0, 0, 0]
