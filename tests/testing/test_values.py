"""Hypothesis strategies: what they draw is lawful, varied, and shrinks to what is plain."""

import importlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import find, given, settings
from numpy.random import default_rng

from taskmentor.formats.plans import read_plan, write_plan
from taskmentor.lifecycle.events import Event
from taskmentor.lifecycle.evolving import replay
from taskmentor.lifecycle.moves import State
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.flow import Flow
from taskmentor.matching.plan import Plan
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.requests import Requests
from taskmentor.matching.solution import solve
from taskmentor.models.assessments import Assessment
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import Person
from taskmentor.rounds import Round
from taskmentor.testing import values
from taskmentor.testing.draws import Seeded
from taskmentor.testing.lives import random_life
from taskmentor.testing.small import SmallProblem, plan_of
from taskmentor.testing.tables import ON


@given(values.small_problems())
@settings(max_examples=25)
def test_small_problems_are_lawful_and_say_the_same_in_both_forms(small: SmallProblem) -> None:
    """Would be broken: pins that no plan can keep, and a problem that is another one than its tuples."""
    for shape in ("free", "listed"):
        problem = small.problem(shape)
        assert SmallProblem.of(problem) == small
        solution = solve(problem, Flow())
        assert small.worth(plan_of(solution, problem.n_requests)) == small.optimum


@given(values.organisations(), values.policies())
@settings(max_examples=12)
def test_organisations_and_policies_make_problems(organisation: Organisation, policy: Policy) -> None:
    """Would be broken: tables that cannot be read, and rules that name what is not there."""
    problem = daily_problem(organisation, policy, on=ON)
    assert verify_solution(problem, solve(problem, Flow())).ok


@given(values.rounds())
@settings(max_examples=8)
def test_rounds_are_proven_and_their_plans_come_back_from_disk(round_: Round) -> None:
    """Would be broken: rounds that do not verify, and plans that cannot be written."""
    assert round_.verdict.ok
    with TemporaryDirectory() as folder:
        write_plan(round_, Path(folder) / "plan")
        plan, _ = read_plan(Path(folder) / "plan")
    assert plan.mentor_id.tolist() == round_.plan.mentor_id.tolist()


@given(values.logs())
@settings(max_examples=30)
def test_logs_are_replayed_to_some_state(log: tuple[Event, ...]) -> None:
    """Would be broken: logs with gaps, or with times that fall."""
    engagement = replay(log)
    assert engagement.version == len(log) == log[-1].version
    assert [event.at for event in log] == sorted(event.at for event in log)


def test_logs_come_to_every_state_but_those_that_take_a_successor() -> None:
    """Would be broken: tests on logs that all stop before anything happens."""
    reached = {replay(random_life(Seeded(default_rng(seed)))).state for seed in range(150)}
    assert reached == set(State) - {State.HANDED_OVER}


@given(values.people(), values.assessments(), values.models(), values.requests(), values.plans())
@settings(max_examples=4)
def test_values_are_whole(
    person: Person, assessment: Assessment, model: CompetencyModel, requests: Requests, plan: Plan
) -> None:
    """Would be broken: values that refer to nothing."""
    assert person.capacity >= 0
    assert assessment.level in range(6)
    assert model.skill_ids
    assert all(request.skill_id in requests.organisation.model.skill_ids for request in requests)
    assert len(plan) == plan.claims.matched


@given(values.problems(requests=2, mentors=2))
@settings(max_examples=20)
def test_problems_have_the_size_that_was_asked_for(problem: Problem) -> None:
    """Would be broken: tests that become slow without anybody asking."""
    assert problem.n_requests <= 2
    assert problem.n_mentors <= 2


def test_what_is_found_is_small() -> None:
    """Would be broken: shrinking; a large problem shows nobody what is wrong."""
    enough = settings(max_examples=200, database=None, derandomize=True)
    found = find(values.small_problems(requests=3, mentors=3), lambda one: len(one.optimal()[1]) > 1, settings=enough)
    admitted = [score for row in found.scores for score in row if score is not None]
    assert set(admitted) == {0}
    assert len(admitted) <= 6  # of 9 that there could be; how many people are left beside them is not settled
    assert not found.pins


def test_without_hypothesis_it_is_said_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: an error that names a package, and not the extra."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "taskmentor.testing.values")
    with pytest.raises(ModuleNotFoundError, match=r"needs Hypothesis; install taskmentor\[testing\]"):
        importlib.import_module("taskmentor.testing.values")
