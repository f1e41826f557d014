"""`CpSat`: what it does when the time runs out or the solver fails; that it finds the optimum is in test_exact.py."""

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.cpsat import CpSat, Found
from taskmentor.matching.flow import Flow
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.solution import Status, solve
from tests.random_problems import contended


def test_cpsat_says_its_name_and_parameters() -> None:
    """Would be broken: what results record."""
    assert CpSat().name == "cpsat"
    assert CpSat(seconds=2, seed=7).get_params() == {
        "seconds": "2.0", "ties": "canonical", "most_pairs": 200_000, "seed": 7,
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"ties": "mine"}, {"most_pairs": 0}, {"seed": -1}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    """Would be broken: parameters that mean nothing."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        CpSat(**wrong)  # type: ignore[arg-type]


def test_where_the_time_runs_out_the_plan_is_lawful_and_its_gap_proven() -> None:
    """Would be broken: the status, the bound and the plan of a search that was stopped before it found anything."""
    problem = contended(0)
    solution = solve(problem, CpSat(seconds=1e-9))
    assert solution.status is Status.TIME_LIMIT
    assert solution.n_matched > 0
    assert solution.value <= solve(problem, Flow()).value <= solution.bound
    assert verify_solution(problem, solution).status == "feasible"


def _answering(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, bool]) -> None:
    """Let the solver answer so, call by call: a good plan, half of it or none, and whether it says that it is best."""
    solved, left = CpSat._solve, list(answers)

    def answer(self: CpSat, problem: Problem, arcs: Arcs, hint: NDArray[np.bool_]) -> Found:
        share, proven = left.pop(0)
        chosen = solved(self, problem, arcs, hint).chosen
        assert chosen is not None
        if share == "half":
            chosen = chosen & (np.cumsum(chosen) % 2 == 0)
        return Found(chosen=chosen if share != "nothing" else np.zeros(len(arcs), np.bool_), proven=proven)

    monkeypatch.setattr(CpSat, "_solve", answer)


def test_a_plan_that_was_found_in_time_is_filled_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: places that stay empty although somebody could have them."""
    problem = Problem.from_scores(np.ones((6, 6), np.int64))
    _answering(monkeypatch, ("half", False))
    solution = solve(problem, CpSat())
    assert solution.n_matched == 6
    assert solution.status is Status.OPTIMAL


def test_a_plan_that_happens_to_be_the_best_is_proven_though_the_time_ran_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the proof, which rests on the plan and not on the solver's word; the ties stay unsettled."""
    problem = contended(1)
    _answering(monkeypatch, ("whole", False), ("nothing", False))
    solution = solve(problem, CpSat())
    assert solution.status is Status.OPTIMAL
    assert solution.gap == 0


def test_a_solver_that_calls_a_plan_optimal_that_can_be_improved_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the word of a solver, which must never be handed on unchecked."""
    _answering(monkeypatch, ("half", True))
    with pytest.raises(SolverError, match="CP-SAT called a plan optimal that can be improved"):
        solve(contended(1), CpSat())


def test_a_solver_that_fails_while_ties_are_settled_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the second call of the solver."""
    _answering(monkeypatch, ("whole", True), ("half", True))
    with pytest.raises(SolverError, match="CP-SAT lost the optimum while ties were settled"):
        solve(contended(1), CpSat())


def test_a_solver_that_ends_without_a_plan_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: statuses that cannot be, such as a model that the solver calls invalid."""
    from ortools.sat.python import cp_model

    monkeypatch.setattr(cp_model.CpSolver, "solve", lambda self, model: cp_model.MODEL_INVALID)
    monkeypatch.setattr(cp_model.CpSolver, "status_name", lambda self, status: "MODEL_INVALID")
    with pytest.raises(SolverError, match="CP-SAT ended with MODEL_INVALID"):
        solve(contended(1), CpSat())


def test_objectives_beyond_the_solvers_own_limit_are_refused_before_it_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Would be broken: exactness; above 2**53 CP-SAT calls plans optimal that are not (seen from 2**54 on)."""
    from ortools.sat.python import cp_model

    monkeypatch.setattr(cp_model, "CpModel", None)
    big = 2**57
    problem = Problem.from_scores(np.array([[big + 2, big + 1], [big + 1, big - 1]]), objective="score")
    with pytest.raises(CostRangeError, match="COST-RANGE CP-SAT's objective") as refused:
        solve(problem, CpSat())
    assert (refused.value.largest, refused.value.limit) == (3 * (big + 2), 2**53)


def test_objectives_up_to_the_stated_limit_are_exact() -> None:
    """Would be broken: exactness at the stated limit itself."""
    for number in range(20):
        rng = default_rng([13, number])
        n = int(rng.integers(2, 5))
        scores = 2**53 // (n + 1) - rng.integers(0, 4, (n, n))
        problem = Problem.from_scores(scores, objective="score")
        assert solve(problem, CpSat()).value == solve(problem, Flow(engine="networkx")).value


def test_the_same_seed_gives_the_same_plan() -> None:
    """Would be broken: determinism without the canonical ties."""
    problem = Problem.from_scores(np.ones((6, 6), np.int64))
    plans = [solve(problem, CpSat(ties="any", seed=3)).mentor.tolist() for _ in range(2)]
    assert plans[0] == plans[1]


def test_a_model_whose_coefficients_do_not_add_up_in_an_int64_is_refused_by_name() -> None:
    """Would be broken: the error of a solver that only calls such a model invalid."""
    problem = Problem.from_scores(np.full((1, 1_100), 2**52), objective="score")
    with pytest.raises(CostRangeError, match="sum of coefficients"):
        CpSat()(problem)
