"""Hypothesis strategies: what they draw is lawful, varied, and shrinks to what is plain."""

from hypothesis import find, given, settings

from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.flow import Flow
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import solve
from taskmentor.models.organisation import Organisation
from taskmentor.testing import values
from taskmentor.testing.small import SmallProblem, plan_of
from taskmentor.testing.tables import ON


@given(values.small_problems())
@settings(max_examples=50)
def test_small_problems_are_lawful_and_say_the_same_in_both_forms(small: SmallProblem) -> None:
    """Would be broken: pins that no plan can keep, and a problem that is another one than its tuples."""
    for shape in ("free", "listed"):
        problem = small.problem(shape)
        assert SmallProblem.of(problem) == small
        solution = solve(problem, Flow())
        assert small.worth(plan_of(solution, problem.n_requests)) == small.optimum


@given(values.organisations(), values.policies())
@settings(max_examples=25)
def test_organisations_and_policies_make_problems(organisation: Organisation, policy: Policy) -> None:
    """Would be broken: tables that cannot be read, and rules that name what is not there."""
    problem = daily_problem(organisation, policy, on=ON)
    assert verify_solution(problem, solve(problem, Flow())).ok


@given(values.problems(requests=2, mentors=2))
@settings(max_examples=20)
def test_problems_have_the_size_that_was_asked_for(problem: Problem) -> None:
    """Would be broken: tests that become slow without anybody asking."""
    assert problem.n_requests <= 2
    assert problem.n_mentors <= 2


def test_what_is_found_is_small() -> None:
    """Would be broken: shrinking; a large problem shows nobody what is wrong."""
    found = find(values.small_problems(), lambda small: len(small.optimal()[1]) > 1)
    assert (len(found.scores), len(found.capacity)) in {(1, 2), (2, 1)}
    assert {score for row in found.scores for score in row} == {0}
    assert not found.pins
