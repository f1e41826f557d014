"""`Ordered` under constraints: the best of the plans that keep them, aim by aim, against brute force."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

import taskmentor as tm
from taskmentor.errors import CostRangeError, InfeasibleError, SolverError
from taskmentor.formats.plans import read_plan, write_plan
from taskmentor.formats.reading import read_organisation
from taskmentor.matching import aims
from taskmentor.matching.aims import stepwise
from taskmentor.matching.aims.choices import Listed, aim_values
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.certificate import verify, verify_solution
from taskmentor.matching.constraints import (
    Constraint,
    LeastShare,
    MentorHours,
    MentorLoad,
    OncePerPair,
    TeachLearnCycles,
    UnitQuota,
)
from taskmentor.matching.listing import Listing
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Status, solve
from taskmentor.programmes import Programme, task_based
from taskmentor.rounds import Round, match
from taskmentor.sample import folder
from tests.aims_brute_force import Weighed
from tests.matching.test_constraints import CHOICES, KINDS, Case, case
from tests.plain_constraints import Plain
from tests.random_problems import as_plan

SUMS: tuple[aims.Aim, ...] = (
    aims.MostRequests(),
    aims.Score(),
    aims.LoadSpread(),
    aims.MaxMin(),
    aims.Leximin(),
)
HELD = [kinds for kinds in CHOICES if TeachLearnCycles not in kinds]
DAY = date(2026, 10, 1)


def _check(given: Case, wanted: tuple[aims.Aim, ...]) -> None:
    """Hold what `Ordered` finds against all plans that keep the constraints."""
    problem = evolve(given.problem, aims=wanted)
    found = solve(problem, Ordered())
    plain = Plain.of(problem, given.small)
    plans = [plan for plan in given.small.plans() if all(plain.keeps(one, plan) for one in given.constraints)]
    if not plans:
        assert found.status is Status.INFEASIBLE
        assert found.clash
        return
    weighed = Weighed(small=given.small, load=problem.load.tolist())
    assert as_plan(problem, found) in plans
    assert weighed.reached(wanted, as_plan(problem, found)) == max(weighed.reached(wanted, plan) for plan in plans)
    verdict = verify_solution(problem, found)
    assert verdict.faults == ()
    assert verdict.aims == ()


def _held(kinds: tuple[type[Constraint], ...], n: int) -> None:
    rng = default_rng([34, *map(KINDS.index, kinds)])
    for _ in range(n):
        wanted = rng.choice(len(SUMS), int(rng.integers(1, 4)), replace=False)
        _check(case(rng, kinds), tuple(SUMS[place] for place in wanted))


each_choice = pytest.mark.parametrize("kinds", HELD, ids=lambda kinds: "+".join(kind.__name__ for kind in kinds))


@each_choice
def test_lists_of_aims_equal_brute_force(kinds: tuple[type[Constraint], ...]) -> None:
    """Would be broken: an aim that gives way to a later one, or a constraint to an aim."""
    _held(kinds, 2)


@pytest.mark.long
@each_choice
def test_lists_of_aims_equal_brute_force_on_thousands(kinds: tuple[type[Constraint], ...]) -> None:
    """The same on some two thousand problems."""
    _held(kinds, 60)


def test_steps_looked_at_one_by_one_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: counts of grades that are looked at together, of which the first is worth too little."""
    for seed in range(12):
        given = case(default_rng([35, seed]), (OncePerPair,))
        _check(given, (aims.Leximin(), aims.LoadSpread()))
        with monkeypatch.context() as patched:
            patched.setattr(stepwise, "_TOGETHER", 1)
            _check(given, (aims.Leximin(), aims.LoadSpread()))


def _synthetic(n: int, wanted: tuple[aims.Aim, ...], *constraints: Constraint) -> Problem:
    policy = evolve(task_based().policy, aims=wanted, constraints=constraints)
    return daily_problem(tm.synthetic.organisation(n, seed=2), policy, on=tm.synthetic.DAY)


@pytest.mark.parametrize(
    "aim", [aims.Leximin(by="rank"), aims.MaxMin(by="rank"), aims.RankMaximal(), aims.LoadSpread(), aims.WishesMet()]
)
def test_a_constraint_that_binds_nobody_changes_no_aim(aim: aims.Aim) -> None:
    """Would be broken: ranks and costs of places, for which flows are held against brute force."""
    wanted = (aims.MostRequests(), aim)
    free, loose = _synthetic(60, wanted), _synthetic(60, wanted, MentorLoad(at_most=1_000))
    listed, plans = Listed.of(free), [solve(one, Ordered()) for one in (free, loose)]
    values = [aim_values(listed, plan.request, plan.mentor) for plan in plans]
    assert values[0] == values[1]
    assert values[0][0]["value"] != 0


@pytest.fixture(scope="module")
def programme() -> Programme:
    usual = task_based()
    wanted = (aims.MaxMin(), aims.LoadSpread(), aims.Score())
    constraints = (MentorHours(each=6, per_place=8), LeastShare(percent=40), UnitQuota(at_most=12))
    return evolve(usual, policy=evolve(usual.policy, aims=wanted, constraints=constraints))


@pytest.fixture(scope="module")
def round_(programme: Programme) -> Round:
    return match(read_organisation(folder()), programme, on=DAY)


def test_a_round_says_what_it_reaches_and_by_whose_word(round_: Round, programme: Programme, tmp_path: Path) -> None:
    """Would be broken: a claim that prices prove the aims, and plans on disk."""
    assert round_.verdict.aims == ()
    assert "Best, by the word of ordered, at each aim in order: max-min " in round_.summary()
    write_plan((round_.plan, round_.certificate), tmp_path / "round")
    plan, certificate = read_plan(tmp_path / "round")
    assert plan.claims == round_.plan.claims
    assert verify(round_.organisation, programme, plan, certificate) == round_.verdict


def test_what_is_claimed_of_aims_is_checked(round_: Round, programme: Programme) -> None:
    """Would be broken: values of aims, which no price proves here but which the plan itself tells."""
    first, *others = round_.plan.claims.aims
    better = ({**first, "value": 10_000}, *others)
    plan = evolve(round_.plan, claims=evolve(round_.plan.claims, aims=better))
    verdict = verify(round_.organisation, programme, plan, round_.certificate)
    assert any("at the aims the plan reaches" in fault for fault in verdict.faults)
    dear = evolve(round_.solution, aims=(round_.solution.duals,))
    faults = verify_solution(round_.problem, dear).faults
    assert faults == ("there are prices of aims beside constraints, of which they prove nothing",)


def test_constraints_that_no_plan_keeps_are_named() -> None:
    """Would be broken: the difference between no plan and no time."""
    usual = task_based()
    policy = evolve(
        usual.policy, aims=(aims.Leximin(),), constraints=(OncePerPair(), UnitQuota(side="mentee", at_least=9_999))
    )
    with pytest.raises(InfeasibleError, match="quota-of-mentee-department"):
        match(read_organisation(folder()), evolve(usual, policy=policy), on=DAY)


def test_no_plan_in_time_is_not_that_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the error, which must not say that constraints clash."""
    problem = _synthetic(60, (aims.MostRequests(),), OncePerPair(), MentorLoad(at_most=2))
    monkeypatch.setattr(stepwise._Search, "_best", lambda self, points, rows: stepwise._Answer())
    with pytest.raises(SolverError, match="Ordered found no plan that keeps once-per-pair and mentor-load in 9"):
        solve(problem, Ordered(seconds=9))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_time_that_is_over_leaves_the_plan_of_the_aims_that_were_done(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: aims that were not looked at, told as if they had been."""
    problem = _synthetic(60, (aims.MaxMin(), aims.Leximin()), OncePerPair(), LeastShare(percent=30))
    answers, best = iter(range(n)), stepwise._Search._best

    def in_time(self: stepwise._Search, points: stepwise.Numbers, rows: Listing) -> stepwise._Answer:
        return stepwise._Answer() if next(answers, None) is None else best(self, points, rows)

    whole = solve(problem, Ordered())
    monkeypatch.setattr(stepwise._Search, "_best", in_time)
    stopped = solve(problem, Ordered())
    assert n < 2 or stopped.n_matched == whole.n_matched > 0
    assert stopped.status is Status.TIME_LIMIT
    assert verify_solution(problem, stopped).faults == ()


def test_time_that_is_over_is_told_where_the_objective_has_its_optimum(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: aims that were not looked at, told as the best by the word of the solver."""
    wanted = (aims.MostRequests(), aims.Score(), aims.LoadSpread())
    given = evolve(programme, policy=evolve(programme.policy, aims=wanted, constraints=(OncePerPair(),)))
    answers, best = iter(range(3)), stepwise._Search._best

    def in_time(self: stepwise._Search, points: stepwise.Numbers, rows: Listing) -> stepwise._Answer:
        return stepwise._Answer() if next(answers, None) is None else best(self, points, rows)

    monkeypatch.setattr(stepwise._Search, "_best", in_time)
    stopped = match(read_organisation(folder()), given, on=DAY)
    assert stopped.solution.gap == 0
    assert stopped.solution.status is Status.TIME_LIMIT
    assert "Reached in time at each aim in order: most-requests" in stopped.summary()


def test_points_that_floats_do_not_hold_are_refused() -> None:
    """Would be broken: sums beyond what the solver adds exactly."""
    problem = _synthetic(30, (aims.Score(),), OncePerPair())
    dear = evolve(problem, plain=tuple(evolve(one, weight=one.weight * 2**45) for one in problem.point_scorers))
    with pytest.raises(CostRangeError, match="COST-RANGE HiGHS' objective"):
        solve(dear, Ordered())


def test_a_problem_without_pairs_has_the_empty_plan() -> None:
    """Would be broken: a model without columns."""
    problem = _synthetic(30, (aims.MaxMin(), aims.LoadSpread()), OncePerPair())
    nobody = evolve(problem, capacity=np.zeros_like(problem.capacity))
    assert solve(nobody, Ordered()).n_matched == 0
