"""What mentors' places cost: `Flow` against brute force, the proof, and who refuses it."""

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

import taskmentor as tm
from taskmentor.errors import InputError, TooLargeError, UnsupportedError
from taskmentor.matching import aims
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution, solve
from taskmentor.matching.stable import Stable
from taskmentor.models.organisation import Organisation
from taskmentor.testing.small import NOBODY, Plan, SmallProblem
from tests.organisations import ON, organisation
from tests.random_problems import as_plan, contended, from_scores, random_round


def _reached(small: SmallProblem, plan: Plan, cost: int, load: list[int]) -> tuple[int, int]:
    """Return how many requests a plan serves, where that counts, and its score less what its places cost."""
    served, score = small.worth(plan)
    free = [mentor for request, mentor in enumerate(plan) if mentor != NOBODY and request not in small.pins]
    places = sum(sum(range(load[one], load[one] + free.count(one))) for one in set(free))
    return served, score - cost * places


def _solved(problem: Problem) -> Solution:
    solution = solve(problem, Flow())
    verdict = verify_solution(problem, solution)
    assert verdict.status == "optimal", verdict
    return solution


@pytest.mark.parametrize("hundred", range(2))
def test_plans_equal_brute_force(hundred: int) -> None:
    """Would be broken: the spread of load, exact under both objectives, on 200 small problems."""
    for seed in range(100):
        rng = default_rng([51, hundred, seed])
        problem, small = from_scores(rng)
        cost = int(rng.integers(1, 6))
        problem, load = evolve(problem, load_cost=cost), [0] * problem.n_mentors
        found = _reached(small, as_plan(problem, _solved(problem)), cost, load)
        assert found == max(_reached(small, plan, cost, load) for plan in small.plans())


@pytest.mark.parametrize("seed", range(40))
def test_plans_of_organisations_equal_brute_force(seed: int) -> None:
    """Would be broken: running engagements and pins, which count as load."""
    rng = default_rng([52, seed])
    round_ = random_round(rng)
    cost, pool = int(rng.integers(1, 60)), round_.problem.pool
    assert pool is not None
    problem = evolve(round_.problem, load_cost=cost)
    running = pool.organisation.engaged.running(pool.on).mentor.tolist()
    pinned = list(round_.small.pins.values())
    load = [running.count(person) + pinned.count(place) for place, person in enumerate(pool.mentors.tolist())]
    found = _reached(round_.small, as_plan(problem, _solved(problem)), cost, load)
    assert found == max(_reached(round_.small, plan, cost, load) for plan in round_.small.plans())


def test_a_higher_cost_spreads_more_and_scores_less() -> None:
    """Would be broken: the one thing that the cost is for."""
    problem = contended(4, requests=9)
    loads, scores = [], []
    for cost in (0, 5, 50, 500):
        solution = _solved(evolve(problem, load_cost=cost))
        loads.append(int((np.bincount(solution.mentor) ** 2).sum()))
        scores.append(solution.score)
    assert loads == sorted(loads, reverse=True)
    assert scores == sorted(scores, reverse=True)
    assert loads[0] > loads[-1]


def test_a_proof_that_is_damaged_in_one_number_is_refused() -> None:
    """Would be broken: prices of mentors, which count only with what they are above the cost of each place."""
    problem = evolve(contended(4), load_cost=7)
    solution = _solved(problem)
    for side, places in (("request", range(30)), ("mentee", range(30)), ("mentor", range(problem.n_mentors))):
        for place in places:
            for by in (-1, 1):
                column = getattr(solution.duals, side).copy()
                column[place] += by
                damaged = evolve(solution, duals=evolve(solution.duals, **{side: column}))
                assert not verify_solution(problem, damaged).ok, (side, place, by)


def test_a_plan_that_pays_more_for_its_places_is_refused() -> None:
    """Would be broken: the value, in which the cost of places is taken off."""
    problem = evolve(contended(4), load_cost=7)
    solution = _solved(problem)
    cheap = evolve(solution, value=solution.value + 7, bound=solution.bound + 7)
    assert any(fault.startswith("the value is") for fault in verify_solution(problem, cheap).faults)


@pytest.mark.parametrize("strategy", [Greedy(), Exact(), CpSat(), Stable(), Flow(engine="networkx")])
def test_all_others_refuse_it_by_name(strategy: tm.Strategy) -> None:
    """Would be broken: a cost that a strategy does not look at."""
    with pytest.raises(UnsupportedError, match="takes no account of load_cost"):
        solve(evolve(contended(4), load_cost=7), strategy)


def test_more_pairs_than_it_takes_are_refused() -> None:
    """Would be broken: memory for a flow with an arc a place."""
    with pytest.raises(TooLargeError, match="with load_cost takes at most 9 qualified pairs, and here are 240"):
        solve(evolve(contended(4), load_cost=7), Flow(most_pairs=9))


def test_a_policy_says_one_thing() -> None:
    """Would be broken: a cost of places beside aims, whose order it has no place in, and costs below 0."""
    with pytest.raises(InputError, match=r"CONFLICTING-POLICY policy column load_cost.*beside aims"):
        tm.Policy(load_cost=3, aims=(aims.Score(),))
    with pytest.raises(InputError, match="load_cost"):
        tm.Policy(load_cost=-1)


def _wishing() -> Organisation:
    """Return a mentee who wishes for a mentor like ann, and a better mentor, bob, who is not."""
    said = [("cy", "mentee", "returner"), ("ann", "mentor", "returner")]
    return organisation(
        {"ann": {"department": "a"}, "bob": {"department": "b"}, "cy": {"department": "a"}},
        knows={"ann": {"sql": 4}, "bob": {"sql": 4}},
        wants={"cy": {"sql": 3}},
        wishes=[
            {"person_id": person, "side": side, "characteristic": word, "consented_on": "2026-09-01"}
            for person, side, word in said
        ],
    )


def test_wishes_stand_beside_aims_and_not_beside_a_cost_of_places() -> None:
    """Would be broken: levels of an objective whose weights know nothing of what places cost."""
    wishing, usual = _wishing(), tm.programmes.task_based().policy
    with pytest.raises(InputError, match="and mentees wish something"):
        tm.match(wishing, tm.programmes.task_based(policy=evolve(usual, load_cost=2)), on=ON)
    free = evolve(usual, load_cost=2, wishes="unused")
    assert tm.match(wishing, tm.programmes.task_based(policy=free), on=ON).plan.mentor_id.tolist() == ["bob"]
    for wanted, mentor in (((aims.WishesMet(), aims.Score()), "ann"), ((aims.Score(), aims.WishesMet()), "bob")):
        policy = evolve(usual, aims=wanted)
        assert tm.match(wishing, tm.programmes.task_based(policy=policy), on=ON).plan.mentor_id.tolist() == [mentor]
