"""What `Exact` does within limits of time and gap, what it refuses, and what it tells while it runs."""

from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from numpy.random import default_rng

from benchmarks.instances import OBJECTIVES, POLICY, organisation_of, policy_of
from taskmentor.errors import CostRangeError, SolverError, TooLargeError
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.progress import Progress
from taskmentor.matching.solution import Solution, Status, solve
from taskmentor.synthetic import DAY
from tests import profiles
from tests.random_problems import contended
from tests.shaped_problems import FAMILIES, shaped


def _organisation(objective: Objective, instance: str = "scarce") -> Problem:
    """Return a problem large enough for auctions and machine code."""
    whole = organisation_of(instance, 900, seed=5)
    return daily_problem(whole, policy_of(str(POLICY), instance, objective), on=DAY)


def _assert_proven(problem: Problem, solution: Solution) -> None:
    """Hold the plan to be lawful, and its gap to be what it says."""
    verdict = verify_solution(problem, solution, method="all pairs")
    assert verdict.ok, verdict
    assert (verdict.value, verdict.bound) == (solution.value, solution.bound)
    assert verdict.status == ("optimal" if solution.gap == 0 else "feasible")


def test_exact_says_its_name_and_the_parameters_that_change_the_answer() -> None:
    """Would be broken: what results record; who watches or does the work must not be part of it."""
    strategy = Exact(seconds=2, gap_ppm=5, watch=print)
    assert strategy.name == "exact"
    assert strategy.get_params() == {"seconds": "2", "gap_ppm": 5, "ties": "any"}
    assert strategy == Exact(seconds=2, gap_ppm=5)
    assert Exact().get_params()["seconds"] is None


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"ties": "mine"}, {"gap_ppm": -1}, {"gap_ppm": 1_000_001}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    """Would be broken: parameters that mean nothing."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Exact(**wrong)  # type: ignore[arg-type]


# Time


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("auction_above", [0, 10**9])
def test_wherever_time_runs_out_the_plan_is_lawful_and_its_gap_proven(
    monkeypatch: pytest.MonkeyPatch, objective: Objective, auction_above: int
) -> None:
    """Would be broken: the plan, bound or status of a search that is stopped wherever it looks at a clock."""
    monkeypatch.setattr("taskmentor.matching.pursuit._AUCTION_ABOVE", auction_above)
    scores = default_rng(3).integers(0, 10**6, (40, 12))
    problem = Problem.from_scores(scores, capacity=np.full(12, 2), objective=objective)
    best, statuses = solve(problem, Flow(ties="any")).value, []
    for ticks in profiles.thinned(range(1, 60)):
        clock = count()
        monkeypatch.setattr("taskmentor.matching.pursuit.monotonic", clock.__next__)
        solution = solve(problem, Exact(seconds=ticks))
        _assert_proven(problem, solution)
        assert solution.value <= best <= solution.bound
        assert (solution.status is Status.OPTIMAL) == (solution.gap == 0)
        statuses.append(solution.status)
    assert set(statuses) == {Status.TIME_LIMIT, Status.OPTIMAL}
    assert statuses[0] is Status.TIME_LIMIT
    assert statuses[-1] is Status.OPTIMAL


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_hardly_any_time_still_gives_a_plan_of_an_organisation(objective: Objective) -> None:
    """Would be broken: the machine-code way of a search that is stopped."""
    problem = _organisation(objective)
    solution = solve(problem, Exact(seconds=1e-9))
    assert solution.status is Status.TIME_LIMIT
    _assert_proven(problem, solution)
    assert solution.value <= solve(problem, Flow(ties="any")).value <= solution.bound


def test_enough_time_changes_nothing() -> None:
    """Would be broken: the optimum under a limit of time that never strikes."""
    problem = _organisation("requests-then-score")
    assert solve(problem, Exact(seconds=500)).gap == 0


# Gap


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("gap_ppm", [1_000_000, 200_000, 20_000, 500, 0])
def test_a_gap_that_is_good_enough_is_proven_and_not_exceeded(objective: Objective, gap_ppm: int) -> None:
    """Would be broken: the promise of a gap, which users trade time for."""
    for problem in (_organisation(objective), _organisation(objective, "surplus"), contended(4)):
        solution = solve(problem, Exact(gap_ppm=gap_ppm))
        _assert_proven(problem, solution)
        assert solution.gap * 1_000_000 <= gap_ppm * solution.bound
        assert solution.status is (Status.OPTIMAL if solution.gap == 0 else Status.FEASIBLE)


@pytest.mark.parametrize("family", FAMILIES)
def test_limits_of_gap_and_time_hold_on_every_family(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: a proven gap under exceptions, empty sides, points below 0, and without any place."""
    for number in profiles.some(20):
        rng = default_rng([43, number])
        problem = shaped(rng, FAMILIES[family], requests=int(rng.integers(0, 30)), mentors=int(rng.integers(0, 12)))
        with monkeypatch.context() as patched:
            patched.setattr("taskmentor.matching.pursuit._AUCTION_ABOVE", 0 if number % 2 else 10**9)
            solution = solve(problem, Exact(gap_ppm=50_000))
            _assert_proven(problem, solution)
            assert solution.gap * 1_000_000 <= 50_000 * solution.bound
            clock = count()
            patched.setattr("taskmentor.matching.pursuit.monotonic", clock.__next__)
            stopped = solve(problem, Exact(seconds=1 + number % 5))
            _assert_proven(problem, stopped)
            assert stopped.value <= solution.bound
            assert solution.value <= stopped.bound


# Refusals


def _scored(n: int = 20) -> Problem:
    return Problem.from_scores(default_rng(1).integers(0, 99, (n, n)))


def test_too_many_pairs_for_a_free_function_are_refused_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: a refusal that does not say which scorer is at fault."""
    monkeypatch.setattr("taskmentor.matching.exact._MOST_LISTED", 399)
    with pytest.raises(TooLargeError, match="Exact, under the free function score, takes at most 399") as refused:
        solve(_scored(), Exact())
    assert refused.value.size == 400


def test_too_many_pairs_to_settle_ties_between_are_refused_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Would be broken: hours of work that end in a refusal."""
    monkeypatch.setattr("taskmentor.matching.exact._MOST_CANONICAL", 399)
    told: list[Progress] = []
    with pytest.raises(TooLargeError, match="take ties='any' instead"):
        solve(_scored(), Exact(ties="canonical", watch=told.append))
    assert told == []


def test_large_problems_without_numba_are_refused_and_small_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the message for those who have not installed the extra `fast`."""
    monkeypatch.setattr("taskmentor.matching.exact.can_compile", lambda: False)
    problem = _scored(80)
    assert solve(problem, Exact()).gap == 0
    monkeypatch.setattr("taskmentor.matching.exact._MOST_UNCOMPILED", 6_399)
    with pytest.raises(TooLargeError, match=r"install taskmentor\[fast\], or use Flow"):
        solve(problem, Exact())


def test_points_whose_sums_with_prices_do_not_fit_are_refused() -> None:
    """Would be broken: exactness; a sum that wraps around would prove anything."""
    big = 2**55
    problem = Problem.from_scores(np.array([[big, big - 1]]), objective="score")
    with pytest.raises(CostRangeError, match="COST-RANGE a score and a price") as refused:
        solve(problem, Exact())
    assert refused.value.limit == 2**58


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_points_up_to_the_stated_limit_are_exact(objective: Objective) -> None:
    """Would be broken: exactness just below the limit, where points need 64 bits."""
    for number in range(40):
        rng = default_rng([47, number])
        n = int(rng.integers(2, 5))
        scores = (2**58 // 48 - rng.integers(1, 5, (n, n)) >> (0 if objective == "score" else 8)) * rng.choice([-1, 1])
        problem = Problem.from_scores(scores, objective=objective)
        solution = solve(problem, Exact())
        assert solution.value == solution.bound == solve(problem, Flow(engine="networkx", ties="any")).value


def test_pairs_of_no_worth_are_not_made_for_the_score_alone() -> None:
    """Would be broken: plans that hand out places for nothing, or at a loss."""
    problem = Problem.from_scores(np.array([[0, -1], [-5, 3], [0, 3]]), objective="score")
    solution = solve(problem, Exact())
    assert (solution.n_matched, solution.value, solution.bound) == (1, 3, 3)


def test_points_below_0_do_not_keep_requests_from_being_served_where_requests_come_first() -> None:
    """Would be broken: what a request counts for under negative points."""
    solution = solve(Problem.from_scores(np.array([[-7, -9], [-8, -2]])), Exact())
    assert (solution.n_matched, solution.score, solution.gap) == (2, -9, 0)


def test_an_optimum_that_cannot_be_proven_is_never_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the last check; a solver that loses pairs must not go round for ever or call itself optimal."""
    monkeypatch.setattr("taskmentor.matching.pursuit._worth", lambda market, sold: 0)
    with pytest.raises(SolverError, match="no pair is left that could close a gap of"):
        solve(contended(2), Exact())


# Progress


def _check(told: list[Progress]) -> Callable[[Progress], None]:
    def watch(progress: Progress) -> None:
        told.append(progress)

    return watch


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("ties", ["any", "canonical"])
def test_watchers_are_told_of_every_part_in_order_with_bounds_that_never_fall_below_values(
    monkeypatch: pytest.MonkeyPatch, objective: Objective, ties: str
) -> None:
    """Would be broken: a progress bar that goes back, or a bound that the plan exceeds."""
    monkeypatch.setattr("taskmentor.matching.pursuit._AUCTION_ABOVE", 0)
    told: list[Progress] = []
    problem = Problem.from_scores(
        default_rng(3).integers(0, 10**4, (60, 20)), capacity=np.full(20, 2), objective=objective
    )
    solution = solve(problem, Exact(ties=ties, watch=_check(told)))  # type: ignore[arg-type]
    auctions = [progress for progress in told if progress.phase == "auction"]
    closing = [progress for progress in told if progress.phase == "closing the gap"]
    assert len(auctions) + len(closing) == len(told)
    assert auctions
    assert closing
    for progress in told:
        assert progress.done >= 1
        assert progress.value is None or progress.bound is None or progress.value <= progress.bound
        assert progress.of is None or progress.done <= progress.of
    assert all(progress.of is not None for progress in auctions)
    assert all(progress.of is None for progress in closing)
    if objective == "score" and ties == "any":
        assert [progress.done for progress in told] == [*range(1, len(auctions) + 1), *range(1, len(closing) + 1)]
        values, bounds = [one.value for one in told], [one.bound for one in told if one.bound is not None]
        assert values == sorted(values)  # type: ignore[type-var]
        assert bounds == sorted(bounds, reverse=True)
        assert (told[-1].value, told[-1].bound) == (solution.value, solution.bound)


def test_watching_does_not_change_the_answer() -> None:
    """Would be broken: plans that depend on who looks."""
    told: list[Progress] = []
    problem = _organisation("score")
    watched, unwatched = solve(problem, Exact(watch=_check(told))), solve(problem, Exact())
    assert told
    assert watched.mentor.tolist() == unwatched.mentor.tolist()
    assert watched.duals.mentor.tolist() == unwatched.duals.mentor.tolist()
