"""From ids back to places; what damaged plans come to is tested beside `verify`."""

import numpy as np
from attrs import evolve

from taskmentor.matching.flow import Flow
from taskmentor.matching.places import Findings, in_places
from taskmentor.matching.plan import certificate_of, plan_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import daily_problem
from tests.organisations import ON, organisation


def test_a_plan_comes_back_to_its_places_from_rows_in_any_order() -> None:
    """Would be broken: a plan that was written down, sorted by somebody, and opened again."""
    whole = organisation(
        {"mia": {}, "sam": {}, "ann": {"capacity": 2}},
        knows={"ann": {"sql": 3}},
        wants={"mia": {"sql": 2}, "sam": {"sql": 2}},
    )
    problem = daily_problem(whole, Policy(), on=ON)
    solution = Flow()(problem)
    plan, certificate = plan_of(problem, solution, seed=0, policy={}, versions={}), certificate_of(problem, solution)
    names = ("mentee_id", "skill_id", "target_level", "mentor_id", "score", "parts")
    turned = evolve(plan, **{name: getattr(plan, name)[::-1] for name in names})
    findings = Findings()
    placed = in_places(problem, turned, certificate, findings)
    assert placed is not None
    assert findings.faults == []
    assert (placed.solution.request.tolist(), placed.solution.mentor.tolist()) == (
        solution.request.tolist(),
        solution.mentor.tolist(),
    )
    asked = [str(request.mentee_id) for request in problem.pool.requests]  # type: ignore[union-attr]
    assert turned.mentee_id[placed.row].tolist() == [asked[request] for request in placed.solution.request.tolist()]
    for name in ("request", "mentee", "mentor"):
        np.testing.assert_array_equal(getattr(placed.solution.duals, name), getattr(solution.duals, name))


def test_a_plan_of_another_problem_is_not_put_in_places() -> None:
    """Would be broken: a plan opened beside the wrong organisation."""
    one = organisation({"mia": {}, "ann": {}}, knows={"ann": {"sql": 3}}, wants={"mia": {"sql": 2}})
    other = organisation({"sam": {}, "ann": {}}, knows={"ann": {"sql": 3}}, wants={"sam": {"sql": 2}})
    problem, strange = daily_problem(one, Policy(), on=ON), daily_problem(other, Policy(), on=ON)
    solution = Flow()(problem)
    plan, certificate = plan_of(problem, solution, seed=0, policy={}, versions={}), certificate_of(problem, solution)
    findings = Findings()
    assert in_places(strange, plan, certificate, findings) is None
    assert findings.faults[0] == "no such request, or the mentor is not there on that day: mia sql ann"


def test_only_the_first_faults_are_named() -> None:
    """Would be broken: the answer on a plan of a million rows that belongs to another organisation."""
    findings = Findings()
    findings.each("wrong", np.arange(1_000), lambda row: f"row {row}")
    assert len(findings.faults) == 21
    assert findings.faults[-1] == "wrong: and 980 more"
