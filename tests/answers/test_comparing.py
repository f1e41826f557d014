"""Plans side by side, held against every plan of small rounds."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from attrs import evolve

from taskmentor.answers.comparing import MeasuredPlan, frontier
from taskmentor.errors import InfeasibleError, SolverError
from taskmentor.formats.reading import read_organisation
from taskmentor.matching.constraints import Constraint, MentorLoad, UnitQuota
from taskmentor.matching.flow import Flow
from taskmentor.matching.milp import Milp
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.solution import Solution, solve
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match
from taskmentor.sample import folder
from tests.answers.drawn import rounds, small_of
from tests.brute_force import NOBODY


@pytest.fixture(scope="module")
def sample() -> Round:
    return match(read_organisation(folder()), task_based(), on=date(2026, 10, 1))


def _gini(loads: list[int]) -> Fraction | None:
    """The definition: the mean difference of all pairs over twice the mean."""
    total = sum(loads)
    differences = sum(abs(one - other) for one in loads for other in loads)
    return Fraction(differences, 2 * len(loads) * total) if total else None


def test_the_highest_floor_is_the_best_worst_off_of_all_plans() -> None:
    """Max-min over all plans that serve the most; no plan of the frontier is surpassed unless it is marked so."""
    compared = 0
    for round_ in rounds(8, n=14):
        if round_.problem.objective == "score":
            continue
        both = small_of(round_.organisation, round_.programme.policy)
        assert both is not None
        small = both[1]
        (most, _), _ = small.optimal()
        worsts = []
        for plan in small.plans():
            scores = [small.scores[request][mentor] for request, mentor in enumerate(plan) if mentor != NOBODY]
            known = [score for score in scores if score is not None]
            if known and len(known) == most:
                worsts.append(min(known))
        found = frontier(round_)
        full = [one.worst for one in found.plans if one.served == most and one.worst is not None]
        if worsts:
            assert max(full) == max(worsts)
            compared += 1
        _check_marks(found.plans)
    assert compared > 2


def _check_marks(plans: tuple[MeasuredPlan, ...]) -> None:
    for one in plans:
        better = [
            other for other in plans
            if other.aims != one.aims and all(a >= b for a, b in zip(other.aims, one.aims, strict=True))
        ]  # fmt: skip
        assert one.best == (not better)
    assert any(one.best for one in plans)


def test_measures_are_those_of_plain_loops(sample: Round) -> None:
    found = {one.name: one for one in frontier(sample).plans}
    own, plan = found["the round"], sample.plan
    loads: dict[str, int] = {}
    for mentor_id in plan.mentor_id.tolist():
        loads[mentor_id] = loads.get(mentor_id, 0) + 1
    people = sample.organisation.people
    there = people.active(sample.on)
    running = sample.organisation.engaged.running(sample.on)
    left = people.capacity - np.bincount(running.mentor, minlength=len(people))
    offering = [
        loads.get(str(people.ids[code]), 0) for code in np.flatnonzero(there).tolist()
        if left[code] > 0 or str(people.ids[code]) in loads
    ]  # fmt: skip
    assert own.gini == _gini(offering)
    assert (own.served, own.score, own.worst) == (len(plan), int(plan.score.sum()), int(plan.score.min()))
    assert (own.mentors, own.most) == (len(loads), max(loads.values()))
    assert own.blocking == sample.blocking_pairs.n
    assert found["stable"].blocking == 0
    assert found["at most 1 each"].most == 2  # a pin stands beside what is matched
    pinned = np.flatnonzero(sample.problem.pinned >= 0)
    kept = sample.problem.pinned[pinned]
    lowest_pin = int(sample.problem.score(pinned, kept, sample.problem.levels(pinned, kept)).min())
    floors = [one for name, one in found.items() if name.startswith("no pair below")]
    for one in floors:
        assert one.worst is not None
        assert one.worst >= min(int(one.name.split()[-1].replace(",", "")), lowest_pin)
    text = str(frontier(sample))
    assert text.startswith("Plans by score; * where none is as good at everything:")
    assert "* stable: " in text


def test_further_plans_stand_beside_them(sample: Round) -> None:
    mine = solve(sample.problem, Flow())
    found = frontier(sample, also={"mine": mine})
    assert "mine" in [one.name for one in found.plans]
    assert len(found.best) >= 2
    plans = found.as_data()["plans"]
    assert isinstance(plans, list)
    assert len(plans) == len(found.plans)


def test_a_plan_that_does_not_hold_is_refused(sample: Round) -> None:
    mine = solve(sample.problem, Flow())
    wrong = evolve(mine, mentor=np.full_like(mine.mentor, mine.mentor[0]))
    with pytest.raises(SolverError, match="'mine' does not hold"):
        frontier(sample, also={"mine": wrong})
    short = evolve(mine, mentor=mine.mentor[1:])
    with pytest.raises(SolverError, match="is none of this round"):
        frontier(sample, also={"mine": short})
    assert isinstance(mine, Solution)


def _under(sample: Round, *constraints: Constraint) -> Round:
    programme = evolve(sample.programme, policy=evolve(sample.programme.policy, constraints=constraints))
    return match(sample.organisation, programme, on=sample.on, strategy=Milp())


def test_plans_under_constraints_keep_them_and_those_that_cannot_are_named(sample: Round) -> None:
    """Would be broken: plans that are set beside a round and break what it must keep."""
    round_ = _under(sample, MentorLoad(at_most=1), UnitQuota(at_most=12))
    found = frontier(round_)
    assert found.left_out == ("best pair first", "stable")
    assert str(found).endswith("None under these constraints: best pair first, stable.")
    assert found.as_data()["left_out"] == ["best pair first", "stable"]
    plans = {one.name: one for one in found.plans}
    assert {"the round", "leximin", "even load, then score", "best by score"} <= plans.keys()
    pins = np.bincount(round_.problem.pinned[round_.problem.pinned >= 0], minlength=round_.problem.n_mentors)
    assert max(one.most for one in found.plans) <= max(1, int(pins.max()))
    best = plans["best by requests, then score"]
    assert best.served == plans["leximin"].served == max(one.served for one in found.plans)
    assert frontier(sample).left_out == ()


def test_a_plan_that_breaks_a_constraint_is_refused(sample: Round) -> None:
    round_ = _under(sample, UnitQuota(at_most=3))
    with pytest.raises(SolverError, match="'free' does not hold: against the constraint"):
        frontier(round_, also={"free": sample.solution})


def test_constraints_that_no_other_plan_keeps_are_told(sample: Round) -> None:
    """Would be broken: a floor that no plan reaches under a constraint, taken for an error."""
    round_ = _under(sample, UnitQuota(at_least=1))
    assert any(name.startswith("no pair below") for name in frontier(round_).left_out)
    policy = evolve(sample.programme.policy, constraints=(UnitQuota(at_least=9_999),))
    impossible = evolve(round_, problem=daily_problem(sample.organisation, policy, on=sample.on))
    with pytest.raises(InfeasibleError, match="quota-of"):
        frontier(impossible)


def test_where_nobody_is_served_there_is_nothing_to_spread() -> None:
    from tests.organisations import ON, organisation

    empty = match(organisation({"a": {}, "b": {"capacity": 0}}, wants={"a": {"sql": 3}}), task_based(), on=ON)
    found = frontier(empty)
    assert {(one.served, one.worst, one.gini) for one in found.plans} == {(0, None, None)}
    assert "worst nobody" in str(found)
