"""`Greedy`: good, quick, and honest about how good."""

import numpy as np
import pytest

from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Status, solve
from tests.matching.kernels.test_ascent import best_pairs
from tests.random_problems import contended


def test_the_bound_beats_the_sum_of_best_pairs_wherever_there_is_contention() -> None:
    """Would be broken: the proven gap, which must be nearer than the bound that anybody can write down."""
    shares = []
    for seed in range(40):
        problem = contended(seed, requests=40 + seed, mentors=8)
        optimum, greedy = solve(problem, Flow()).value, solve(problem, Greedy())
        naive = best_pairs(problem, problem.arcs(who="a test", most=10**6))
        assert greedy.value <= optimum <= greedy.bound < naive
        assert optimum <= 2 * greedy.value
        shares.append((greedy.bound - optimum) / (naive - optimum))
    assert max(shares) < 0.1
    assert sum(shares) / len(shares) < 0.01


def test_greedy_proves_its_plan_optimal_where_nobody_is_in_anybodys_way() -> None:
    """Would be broken: the gap of 0 and the status that goes with it."""
    solution = solve(Problem.from_scores(np.eye(5, dtype=np.int64) + 1), Greedy())
    assert solution.gap == 0
    assert solution.status is Status.OPTIMAL


def test_greedy_loses_where_the_best_pair_stands_in_the_way_and_says_so() -> None:
    """Would be broken: the difference between greedy and the optimum, stated in the result."""
    problem = Problem.from_scores(np.array([[10, 9], [9, 0]]), objective="score")
    solution = solve(problem, Greedy())
    assert (solution.value, solution.status) == (10, Status.FEASIBLE)
    assert solution.gap == solution.bound - 10 > 0
    assert solve(problem, Flow()).value == 18


def test_greedy_gives_the_same_answer_every_time() -> None:
    """Would be broken: determinism of plan and bound."""
    one, other = (solve(contended(5), Greedy()) for _ in range(2))
    assert (one.mentor.tolist(), one.bound) == (other.mentor.tolist(), other.bound)


def test_greedy_says_its_name_and_parameters() -> None:
    """Would be broken: what results record."""
    assert Greedy().name == "greedy"
    assert Greedy(passes=3, most_pairs=9).get_params() == {"passes": 3, "most_pairs": 9}
    with pytest.raises(ValueError, match="passes"):
        Greedy(passes=0)
