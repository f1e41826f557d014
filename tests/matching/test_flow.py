"""`Flow`: what it does when its engines fail; that it finds the optimum is shown in test_exact.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.flow import Flow
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Status, solve
from tests.random_problems import contended


def test_flow_says_its_name_and_parameters() -> None:
    """Would be broken: what results record."""
    assert Flow().name == "flow"
    assert Flow(engine="networkx", most_pairs=5).get_params() == {
        "engine": "networkx", "ties": "canonical", "most_pairs": 5,
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [{"engine": "gurobi"}, {"ties": "mine"}, {"most_pairs": 0}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    """Would be broken: misspelt engines."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Flow(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("engine", "function"), [("ortools", "_by_ortools"), ("networkx", "_by_networkx")])
def test_an_engine_that_returns_a_plan_that_can_be_improved_is_found_out(
    engine: str, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: the word of an engine, which must never be handed on unchecked."""

    def lying(problem: Problem, arcs: Arcs) -> NDArray[np.bool_]:
        return np.zeros(len(arcs), np.bool_)

    monkeypatch.setattr(f"taskmentor.matching.flow.{function}", lying)
    with pytest.raises(SolverError, match=f"{engine} returned a plan that can be improved"):
        solve(contended(1), Flow(engine=engine))  # type: ignore[arg-type]


def test_an_engine_that_fails_while_ties_are_settled_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the second call of the engine, whose plan is measured against the bound like any other."""
    from taskmentor.matching import flow

    solved, calls = flow._by_ortools, iter([True, False])

    def tired(problem: Problem, arcs: Arcs) -> NDArray[np.bool_]:
        return solved(problem, arcs) if next(calls) else np.zeros(len(arcs), np.bool_)

    monkeypatch.setattr(flow, "_by_ortools", tired)
    with pytest.raises(SolverError, match="ortools lost the optimum while ties were settled"):
        solve(contended(1), Flow())


def _ending_with(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from ortools.graph.python import min_cost_flow

    class Failing(min_cost_flow.SimpleMinCostFlow):  # type: ignore[misc]
        def solve(self) -> object:
            return getattr(self, name)

    monkeypatch.setattr(min_cost_flow, "SimpleMinCostFlow", Failing)


def test_an_engine_that_ends_without_an_optimum_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: every status of OR-Tools but OPTIMAL."""
    _ending_with("BAD_RESULT", monkeypatch)
    with pytest.raises(SolverError, match="ended with BAD_RESULT"):
        solve(contended(1), Flow())


def test_an_engine_whose_prices_do_not_fit_is_said_to_be_out_of_range(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the error that names the way out, where only the solver itself can tell."""
    _ending_with("BAD_COST_RANGE", monkeypatch)
    with pytest.raises(CostRangeError, match="COST-RANGE OR-Tools' minimum-cost flow"):
        solve(contended(1), Flow())


def test_costs_beyond_the_engines_own_limit_are_refused_before_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: OR-Tools scales costs by the number of nodes and wraps around in silence."""
    from ortools.graph.python import min_cost_flow

    monkeypatch.setattr(min_cost_flow, "SimpleMinCostFlow", None)
    problem = Problem.from_scores(np.full((3, 3), 2**60 - 1), objective="score")
    with pytest.raises(CostRangeError, match="COST-RANGE OR-Tools' minimum-cost flow") as refused:
        solve(problem, Flow())
    assert refused.value.limit == (2**63 - 1) // 14 // 4
    assert solve(problem, Flow(engine="networkx")).value == 3 * (2**60 - 1)


@pytest.mark.parametrize("engine", ["ortools", "networkx"])
def test_costs_at_the_engines_limit_are_exact(engine: str) -> None:
    """Would be broken: exactness at the stated limit itself."""
    limit = (2**63 - 1) // 11 // 4
    problem = Problem.from_scores(np.array([[limit, limit - 1], [limit - 1, limit - 3]]), objective="score")
    solution = solve(problem, Flow(engine=engine))  # type: ignore[arg-type]
    assert solution.value == solution.bound == 2 * limit - 2
    assert verify_solution(problem, solution).status == "optimal"


@pytest.mark.parametrize("engine", ["ortools", "networkx"])
def test_ties_any_is_as_good(engine: str) -> None:
    """Would be broken: the plan that skips the second solve."""
    problem = contended(2)
    solution = solve(problem, Flow(engine=engine, ties="any"))  # type: ignore[arg-type]
    assert solution.status is Status.OPTIMAL
    assert solution.value == solve(problem, Flow()).value
