"""The search does not take a solver's word: what it answers is held against the demands and what is there already."""

import numpy as np
import pytest
from attrs import evolve

from benchmarks.group_cases import group_case
from taskmentor.errors import SolverError
from taskmentor.matching.groups import GroupProblem, GroupSearch, search, solve_groups
from taskmentor.matching.groups.greedy import greedy_groups
from taskmentor.matching.groups.model import Answer
from taskmentor.matching.groups.problem import NO_SLOT, Draft
from taskmentor.matching.groups.worth import broken

QUICK = GroupSearch(rounds=1, steps=2, most_whole=0)


@pytest.fixture(scope="module")
def case() -> GroupProblem:
    return group_case("skills", seed=2, people=60)


def _answering(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    monkeypatch.setattr(search, "solve_question", lambda problem, question: answer)


def test_a_solver_that_finds_nothing_in_time_changes_nothing(
    case: GroupProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: groups that are lost because the effort was too small."""
    _answering(monkeypatch, Answer(groups=None, proven=False))
    found = solve_groups(case, QUICK)
    assert found.value == found.start_value > 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(groups=None, proven=True), "impossible which are there already"),
        (Answer(groups=(), proven=True), "worth less than those it began from"),
        (Answer(groups=(Draft(0, (), (), 0),), proven=True), "break members"),
    ],
)
def test_a_solver_that_says_what_cannot_be_is_found_out(
    case: GroupProblem, monkeypatch: pytest.MonkeyPatch, answer: Answer, words: str
) -> None:
    """Would be broken: the word of a solver, which must never be handed on unchecked."""
    _answering(monkeypatch, answer)
    with pytest.raises(SolverError, match=words):
        solve_groups(case, evolve(QUICK, rounds=20))


def test_a_solver_that_refuses_the_model_is_an_error(case: GroupProblem, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: statuses that cannot be."""
    from ortools.sat.python import cp_model

    monkeypatch.setattr(cp_model.CpSolver, "solve", lambda self, model: cp_model.MODEL_INVALID)
    monkeypatch.setattr(cp_model.CpSolver, "status_name", lambda self, status: "MODEL_INVALID")
    with pytest.raises(SolverError, match="CP-SAT ended with MODEL_INVALID"):
        solve_groups(case, QUICK)


def test_every_broken_demand_of_a_group_is_named(case: GroupProblem) -> None:
    """Would be broken: the check between the solver and everybody else."""
    group = greedy_groups(case)[0]
    assert broken(case, group) == []
    assert broken(case, evolve(group, slot=NO_SLOT)) == ["attendance"]
    assert broken(case, evolve(group, experts=())) == ["experts"]
    assert broken(case, Draft(group.topic, (10**6,), ())) == ["candidates"]
    high = evolve(case.members, target=np.full_like(case.members.target, 99))
    assert broken(evolve(case, members=high), group) == ["experts"]
    apart = evolve(case, apart=np.array([sorted(group.members[:2])], np.int32))
    assert broken(apart, group) == ["apart"]
