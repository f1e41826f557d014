"""The civil-service forms as they were filled in: read, and matched under their own wishes.

Data: `mentor_match` (jonodrew/mentor-match, Open Government Licence), synthetic people.
"""

from functools import cache

import pytest

from benchmarks.civil_service import DAY, GRADES, WISHES, forms, organisation_of
from benchmarks.forms import OURS, ours
from taskmentor.matching.blocking import blocking_pairs
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.solution import solve
from taskmentor.matching.stable import Stable
from taskmentor.models.organisation import Organisation
from taskmentor.models.preferences import Side
from tests.data import real_data


@cache
def organisation() -> Organisation:
    return organisation_of(real_data("mentor_match") / "small")


def test_every_form_is_a_person_and_a_wish_needs_a_yes() -> None:
    """Would be broken: the reading; nineteen mentees name an identity and do not want to be matched by it."""
    folder, whole = real_data("mentor_match") / "small", organisation()
    mentees, mentors = forms(folder / "mentees.csv"), forms(folder / "mentors.csv")
    assert (len(mentees), len(mentors), len(whole.people)) == (50, 50, 100)
    assert {form["grade"] for form in (*mentees, *mentors)} <= set(GRADES)
    named = [form for form in mentees if form["identity to match"]]
    wished = {whole.people.id(code) for code in whole.wishes.person[whole.wishes.side == Side.MENTEE].tolist()}
    yes = [form for form in named if form["match with similar identity"] == "yes"]
    assert (len(named), len(yes), len(wished)) == (44, 25, 25)
    for place, form in enumerate(mentees):
        person = whole.people[whole.people.code(f"mentee-{place}")]
        assert (person.department, person.grade) == (form["organisation"], GRADES.index(form["grade"]))


@pytest.mark.parametrize("title", OURS)
def test_no_plan_has_a_pair_that_the_rules_of_the_scheme_do_not_allow(title: str) -> None:
    """Would be broken: another department, one or two grades above, one mentor each; from the forms alone."""
    folder = real_data("mentor_match") / "small"
    mentees, mentors = forms(folder / "mentees.csv"), forms(folder / "mentors.csv")
    pairs, known = ours(folder, *OURS[title])
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs) == 35
    for mentee, mentor in pairs:
        assert mentees[mentee]["organisation"] != mentors[mentor]["organisation"]
        steps = GRADES.index(mentors[mentor]["grade"]) - GRADES.index(mentees[mentee]["grade"])
        assert steps in (1, 2)
    assert (known["blocking"] == 0) if title.startswith("`Stable") else known["gap"] == 0


def test_wishes_before_points_are_met_for_three_times_as_many_and_cost_no_match() -> None:
    """Would be broken: what the level of wishes is for, and that all exact strategies agree on it."""
    problem = daily_problem(organisation(), WISHES, on=DAY)
    solutions = [solve(problem, strategy) for strategy in (Exact(), Flow(), CpSat())]
    assert len({(one.n_matched, one.value, one.bound) for one in solutions}) == 1
    met = [int(problem.wishes_met(one.request, one.mentor).sum()) for one in solutions]
    assert met == [13, 13, 13]
    stable = solve(problem, Stable())
    assert blocking_pairs(problem, stable).n == 0
    assert stable.n_matched == solutions[0].n_matched == 35
