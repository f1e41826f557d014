"""Proofs of aims: what is damaged is refused, in memory and on disk."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from numpy.random import Generator, default_rng

import taskmentor as tm
from taskmentor.errors import InputError
from taskmentor.matching import aims
from taskmentor.matching.aims.choices import Listed, steps_of
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.duals import Duals
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution, solve
from tests.random_problems import contended, from_scores

DAY = date(2026, 10, 1)
WANTED: tuple[tuple[aims.Aim, ...], ...] = (
    (aims.Leximin(),),
    (aims.MostRequests(), aims.RankMaximal(), aims.Score()),
    (aims.MostRequests(), aims.LoadSpread(), aims.Score()),
    (aims.Score(), aims.LoadSpread(), aims.MostRequests()),
)


def _damaged(solution: Solution, step: int, side: str, place: int, by: int) -> Solution:
    """Return a solution with one price of one step changed."""
    prices = list(solution.aims)
    column = getattr(prices[step], side).copy()
    column[place] += by
    prices[step] = evolve(prices[step], **{side: column})
    return evolve(solution, aims=tuple(prices))


def _somewhere(problem: Problem, solution: Solution, rng: Generator) -> tuple[str, int] | None:
    """Return a price that every proof depends on: of a request, of a mentee with places, or of a mentor in use."""
    side = str(rng.choice(["request", "mentee", "mentor"]))
    of_request, of_mentee = np.arange(problem.n_requests), np.flatnonzero(problem.limit)
    meant = {"request": of_request, "mentee": of_mentee, "mentor": np.unique(solution.mentor).astype(np.int64)}[side]
    return (side, int(rng.choice(meant))) if len(meant) else None


def test_a_proof_that_is_damaged_in_one_number_is_refused() -> None:
    """Would be broken: every price of every step."""
    refused = 0
    for seed in range(120):
        rng = default_rng([41, seed])
        wanted = WANTED[seed % len(WANTED)]
        problem, _ = from_scores(rng)
        problem = evolve(problem, aims=wanted)
        solution = solve(problem, Ordered())
        where = _somewhere(problem, solution, rng)
        if where is None or not solution.aims:
            continue
        damaged = _damaged(solution, int(rng.integers(len(solution.aims))), *where, int(rng.choice([-1, 1])))
        verdict = verify_solution(problem, damaged)
        assert verdict.status == "invalid", (seed, where)
        assert verdict.aims == ()
        assert any(fault.startswith("aim ") for fault in verdict.faults)
        refused += 1
    assert refused > 60


def test_a_plan_that_is_not_best_is_refused() -> None:
    """Would be broken: another plan beside the proof of the best one."""
    problem = evolve(contended(3), aims=(aims.MaxMin(), aims.Score()))
    best = solve(problem, Ordered())
    worse = evolve(best, request=best.request[1:], mentor=best.mentor[1:])
    faults = verify_solution(problem, worse).faults
    assert any("sum up to" in fault for fault in faults)
    other = solve(evolve(problem, aims=(aims.RankMaximal(),)), Ordered())
    faults = verify_solution(problem, evolve(other, aims=best.aims)).faults
    assert [fault for fault in faults if fault.startswith("aim ")], faults


def test_a_least_grade_that_could_be_higher_is_refused() -> None:
    """Would be broken: the second half of max-min, that nobody could be better off."""
    problem = evolve(contended(3), aims=(aims.MaxMin(),))
    best = solve(problem, Ordered())
    unproven = evolve(best, aims=(best.aims[0], Duals.none(problem)))
    assert any("that some pair has" in fault for fault in verify_solution(problem, unproven).faults) or any(
        "do not cover" in fault for fault in verify_solution(problem, unproven).faults
    )


def test_prices_of_steps_that_there_are_not_are_refused() -> None:
    """Would be broken: a proof that was made for other aims."""
    problem = evolve(contended(3), aims=(aims.MostRequests(),))
    best = solve(problem, Ordered())
    more = evolve(best, aims=(*best.aims, Duals.none(problem)))
    assert verify_solution(problem, more).faults == ("the aims have 1 steps, and there are prices of 2",)
    plain = evolve(problem, aims=())
    assert verify_solution(plain, best).faults == ("there are prices of aims, and the policy has none",)


def test_prices_too_large_to_be_added_are_refused() -> None:
    """Would be broken: sums that wrap around to something lawful."""
    problem = evolve(contended(3), aims=(aims.MostRequests(),))
    best = solve(problem, Ordered())
    for by in (2**61, -(2**63)):  # the second has no number opposite to it in 64 bits
        column = np.full(problem.n_mentors, by)
        damaged = evolve(best, aims=(evolve(best.aims[0], mentor=column),))
        assert any("a price is beyond" in fault for fault in verify_solution(problem, damaged).faults)


def test_columns_of_the_wrong_length_are_refused() -> None:
    """Would be broken: prices that are of no one."""
    problem = evolve(contended(3), aims=(aims.MostRequests(),))
    best = solve(problem, Ordered())
    short = evolve(best.aims[0], request=best.aims[0].request[1:])
    faults = verify_solution(problem, evolve(best, aims=(short,))).faults
    assert faults == ("not a solution of this problem: price of requests must be 30 whole numbers",)


@pytest.mark.parametrize("unit", [0, -1, 2**40])
def test_a_unit_that_prices_cannot_have_is_refused(unit: int) -> None:
    """Would be broken: prices of the objective, looked at beside those of aims, and what is divided by the unit."""
    problem = evolve(contended(3), aims=(aims.MostRequests(),))
    best = solve(problem, Ordered())
    faults = verify_solution(problem, evolve(best, duals=evolve(best.duals, unit=unit))).faults
    assert faults == ("not a solution of this problem: the unit of prices must be a whole number from 1 to 1,048,576",)


def test_an_empty_problem_has_a_proof() -> None:
    """Would be broken: nobody to be worst off."""
    for wanted in ((aims.Leximin(),), (aims.MaxMin(),), (aims.RankMaximal(),), (aims.LoadSpread(),)):
        problem = evolve(Problem.from_scores(np.zeros((2, 0), np.int64)), aims=wanted)
        solution = solve(problem, Ordered())
        assert verify_solution(problem, solution).ok
        assert sum(map(len, steps_of(Listed.of(problem)))) == len(solution.aims)


# On disk


@pytest.fixture(scope="module")
def round_() -> tm.Round:
    """Return a round under a list of aims, with places fewer than requests."""
    organisation = tm.synthetic.organisation(120, seed=5)
    programme = tm.programmes.task_based(weeks=6)
    before = tm.match(organisation, programme, on=DAY, seed=1)
    wanted = (aims.FewestChanges.of(before.plan), aims.MaxMin(), aims.LoadSpread(), aims.Score())
    return tm.match(organisation, evolve(programme, policy=evolve(programme.policy, aims=wanted)), on=DAY)


def test_a_round_with_aims_comes_back_from_disk(round_: tm.Round, tmp_path: Path) -> None:
    """Would be broken: the column of steps, what is claimed at each aim, and the policy with its aims."""
    tm.write_plan(round_, tmp_path)
    plan, certificate = tm.read_plan(tmp_path)
    assert plan.claims == round_.plan.claims
    assert tm.verify(round_.organisation, round_.programme, plan, certificate) == round_.verdict
    assert tm.reopen(round_.organisation, round_.programme, plan, certificate).summary() == round_.summary()
    tm.write_plan((plan, certificate), tmp_path / "again")
    for file in sorted(tmp_path.glob("*.*")):
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()
    policy = round_.programme.policy
    tm.write_policy(policy, tmp_path / "policy.toml")
    assert tm.read_policy(tmp_path / "policy.toml") == policy


def test_the_summary_tells_what_was_reached_at_each_aim(round_: tm.Round) -> None:
    """Would be broken: what a reader sees of the aims."""
    values = {one["aim"]: one["value"] for one in round_.plan.claims.aims}
    assert list(values) == ["fewest-changes", "max-min", "load-spread", "score"]
    assert values["score"] == round_.plan.claims.score
    assert f"max-min {values['max-min']:,}; load-spread" in round_.summary()
    assert "; best at fewest-changes, then max-min, then load-spread, then score" in str(round_.verdict)


@pytest.mark.parametrize(
    ("aim", "told"),
    [
        (aims.Leximin(), "leximin 1 of "),
        (aims.RankMaximal(), " of 1, "),
        (aims.MaxMin(by="rank"), "max-min "),
        (aims.WishesMet(), "wishes-met 0."),
    ],
)
def test_every_aim_is_told_in_words(aim: aims.Aim, told: str, round_: tm.Round) -> None:
    """Would be broken: lists of grades, and ranks, which are told as they are and not below 0."""
    policy = evolve(round_.programme.policy, aims=(aim,))
    found = tm.match(round_.organisation, evolve(round_.programme, policy=policy), on=DAY)
    assert told in found.summary()
    assert found.verdict.ok


def test_what_a_plan_claims_of_aims_is_checked(round_: tm.Round) -> None:
    """Would be broken: a plan that says more of itself than is true."""
    claims = round_.plan.claims
    told: tuple[dict[str, Described], ...] = ({"aim": "fewest-changes", "value": 10**6}, *claims.aims[1:])
    plan = evolve(round_.plan, claims=evolve(claims, aims=told))
    faults = tm.verify(round_.organisation, round_.programme, plan, round_.certificate).faults
    assert [fault for fault in faults if fault.startswith("at the aims the plan reaches")]


def test_a_price_on_disk_is_of_a_step_that_there_can_be(round_: tm.Round, tmp_path: Path) -> None:
    """Would be broken: the column of steps as it is read."""
    tm.write_plan(round_, tmp_path)
    file = tmp_path / "certificate.csv"
    header, first, *rest = file.read_text().splitlines()
    assert header == "side,id,skill_id,price,step"
    file.write_text("\n".join([header, first.rpartition(",")[0] + ",-1", *rest, ""]))
    with pytest.raises(InputError, match=r"certificate\.csv line 2 column step"):
        tm.read_plan(tmp_path)
    file.write_text("\n".join([header, first, first, *rest, ""]))
    plan, certificate = tm.read_plan(tmp_path)
    faults = tm.verify(round_.organisation, round_.programme, plan, certificate).faults
    assert [fault for fault in faults if "stands there twice" in fault]


def test_what_is_claimed_of_aims_is_read_strictly(round_: tm.Round, tmp_path: Path) -> None:
    """Would be broken: claims that are no list of objects."""
    tm.write_plan(round_, tmp_path)
    file = tmp_path / "solution.json"
    claims = json.loads(file.read_text())
    for wrong, why in (({"max-min": 3}, "is not a list"), ([3], "is not an object"), ([{"value": 1.5}], "1.5 stands")):
        file.write_text(json.dumps({**claims, "aims": wrong}))
        with pytest.raises(InputError, match=why):
            tm.read_plan(tmp_path)


@pytest.mark.parametrize("kept", ["ann sql", ("ann", "sql"), (("ann", "sql", 3),)])
def test_pairs_to_keep_are_of_three_ids(kept: object) -> None:
    """Would be broken: rows of a policy file that name no pair."""
    with pytest.raises(InputError, match=r"WRONG-TYPE aims column kept.*is no pair"):
        aims.FewestChanges(kept=kept)  # type: ignore[arg-type]


def test_a_policy_has_each_aim_once() -> None:
    """Would be broken: two aims that results could not tell apart."""
    with pytest.raises(InputError, match="'max-min' stands there more than once"):
        tm.Policy(aims=(aims.MaxMin(), aims.MaxMin(by="rank")))
