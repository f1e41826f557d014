"""Solutions, whoever found them."""

import numpy as np
import pytest

from taskmentor.errors import UnsupportedError
from taskmentor.matching.duals import Duals
from taskmentor.matching.flow import Flow
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution, Status, solve


class Lazy:
    """A strategy of one's own that pairs nobody and proves nothing better than the sum of all best pairs."""

    name = "lazy"

    def get_params(self) -> dict[str, Described]:
        return {"effort": 0}

    def __call__(self, problem: Problem) -> Solution:
        arcs = problem.arcs(who="Lazy", most=100)
        best = np.zeros(problem.n_requests, np.int64)
        np.maximum.at(best, arcs.request, arcs.weight)
        duals = Duals(
            request=best, mentee=np.zeros(problem.n_mentees, np.int64), mentor=np.zeros(problem.n_mentors, np.int64)
        )
        return Solution.of(problem, self, arcs.take(np.zeros(len(arcs), np.bool_)), duals)


def test_a_strategy_of_ones_own_is_any_callable_with_a_name_and_parameters() -> None:
    """Would be broken: strategies of others, and what their solutions say of themselves."""
    problem = Problem.from_scores(np.array([[3, 1], [3, 1]]), objective="score")
    solution = solve(problem, Lazy())
    assert (solution.value, solution.bound, solution.gap, solution.n_matched) == (0, 6, 6, 0)
    assert solution.status is Status.FEASIBLE
    assert (solution.strategy, solution.parameters) == ("lazy", {"effort": 0})
    assert repr(solution) == "Solution(lazy, feasible, 0 matched, score 0, value 0, gap 6)"


def test_a_solution_stands_in_the_order_of_its_requests() -> None:
    """Would be broken: everything that looks a request up in a solution."""
    problem = Problem.from_scores(np.array([[1, 9, 1], [1, 1, 9], [9, 1, 1]]))
    solution = solve(problem, Flow())
    assert solution.request.tolist() == [0, 1, 2]
    assert solution.mentor.tolist() == [1, 2, 0]
    assert solution.score == 27
    assert solution.value == 3 * problem.count_weight + 27


class Refusing(Lazy):
    """A strategy that refuses by name."""

    def __call__(self, problem: Problem) -> Solution:
        raise UnsupportedError("Refusing cannot do this; Flow can")


def test_what_a_strategy_refuses_is_not_caught() -> None:
    """Would be broken: refusals by name."""
    with pytest.raises(UnsupportedError, match="Flow can"):
        solve(Problem.from_scores(np.ones((1, 1), np.int64)), Refusing())
