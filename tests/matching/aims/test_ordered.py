"""`Ordered` against brute force, and what it refuses."""

import numpy as np
import pytest
from attrs import evolve
from numpy.random import Generator, default_rng

import taskmentor as tm
from taskmentor.errors import CostRangeError, TooLargeError, UnsupportedError
from taskmentor.matching import aims
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import request_ids
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Solution, Status, solve
from tests.aims_brute_force import Weighed
from tests.random_problems import as_plan, contended, from_scores, random_round

EVERY: tuple[aims.Aim, ...] = (
    aims.MostRequests(),
    aims.Score(),
    aims.LoadSpread(),
    aims.MaxMin(),
    aims.MaxMin(by="rank"),
    aims.Leximin(),
    aims.Leximin(by="rank"),
    aims.RankMaximal(),
)


def _checked(problem: Problem, strategy: Ordered) -> Solution:
    """Return the solution of a problem, after verification."""
    solution = solve(problem, strategy)
    verdict = verify_solution(problem, solution)
    assert verdict.ok, verdict
    assert verdict.aims == tuple(aim.name for aim in problem.aims)
    return solution


def _weighed(rng: Generator) -> tuple[Problem, Weighed]:
    problem, small = from_scores(rng)
    return problem, Weighed(small=small)


@pytest.mark.parametrize("aim", [aims.Leximin(), aims.RankMaximal()], ids=lambda aim: aim.name)
@pytest.mark.parametrize("hundred", range(10))
def test_fair_plans_equal_brute_force(aim: aims.Aim, hundred: int) -> None:
    """Would be broken: leximin and rank-maximal plans on 2,000 small problems with ties, limits and points below 0."""
    for seed in range(100):
        problem, weighed = _weighed(default_rng([31, hundred, seed]))
        # Every tenth proof is checked too: that takes as long as all the rest.
        answer = solve if seed % 10 else _checked
        solution = answer(evolve(problem, aims=(aim,)), Ordered())
        assert weighed.reached([aim], as_plan(problem, solution)) == weighed.best([aim])


@pytest.mark.parametrize("hundred", range(2))
def test_lists_of_aims_equal_brute_force(hundred: int) -> None:
    """Would be broken: any order of any aims, max-min and load spread among them."""
    for seed in range(100):
        rng = default_rng([32, hundred, seed])
        problem, weighed = _weighed(rng)
        wanted = tuple(EVERY[place] for place in rng.choice(len(EVERY), int(rng.integers(1, 4)), replace=False))
        solution = _checked(evolve(problem, aims=wanted), Ordered())
        assert weighed.reached(wanted, as_plan(problem, solution)) == weighed.best(wanted), wanted


def _running(pool: Pool) -> list[int]:
    """Return how many engagements of each mentor run on the day."""
    running = pool.organisation.engaged.running(pool.on).mentor.tolist()
    return [running.count(person) for person in pool.mentors.tolist()]


@pytest.mark.parametrize("seed", range(50))
def test_lists_of_aims_equal_brute_force_for_organisations_with_pins(seed: int) -> None:
    """Would be broken: pins and running engagements as load, kept pairs by their ids, and aims beside rules."""
    rng = default_rng([33, seed])
    round_ = random_round(rng)
    problem, pool = round_.problem, round_.problem.pool
    assert pool is not None
    pinned = problem.pinned[problem.pinned >= 0].tolist()
    load = [running + pinned.count(mentor) for mentor, running in enumerate(_running(pool))]
    pairs = [(r, j) for r in range(problem.n_requests) for j in range(problem.n_mentors) if rng.random() < 0.2]
    mentee_id, skill_id = request_ids(problem, np.array([r for r, _ in pairs], np.int64))
    mentor_id = pool.organisation.people.ids[pool.mentors[[j for _, j in pairs]]]
    keep = aims.FewestChanges(kept=tuple(zip(mentee_id.tolist(), skill_id.tolist(), mentor_id.tolist(), strict=True)))
    every = (keep, *(aim for aim in EVERY if getattr(aim, "by", "score") == "score" and aim != aims.RankMaximal()))
    wanted = tuple(every[place] for place in rng.choice(len(every), int(rng.integers(1, 4)), replace=False))
    weighed = Weighed(small=round_.small, load=load, kept=frozenset(pairs))
    solution = _checked(evolve(problem, aims=wanted), Ordered())
    assert weighed.reached(wanted, as_plan(problem, solution)) == weighed.best(wanted), wanted


def test_the_least_grade_of_leximin_is_that_of_max_min_and_no_other_list_has_a_higher_one() -> None:
    """Would be broken: leximin over requests, whose worst-off is as well off as in any plan that serves as many."""
    differed = 0
    for seed in range(12):
        problem = contended(seed, requests=20)
        least: dict[tuple[aims.Aim, ...], tuple[int, int]] = {}
        lists: list[tuple[aims.Aim, ...]] = [(aims.Leximin(),), (aims.MaxMin(),)]
        for wanted in [*lists, *((aims.MostRequests(), aim) for aim in EVERY[1:4])]:
            solution = solve(evolve(problem, aims=wanted), Ordered())
            scores = problem.score(solution.request, solution.mentor, np.zeros(solution.n_matched, np.int8))
            least[wanted] = (solution.n_matched, int(scores.min()))
        assert max(least.values()) == least[aims.Leximin(),] == least[aims.MaxMin(),]
        differed += len(set(least.values())) > 1
    assert differed > 3


def test_the_aims_of_an_objective_give_its_optimum() -> None:
    """Would be broken: value, bound and gap, which are those of the objective whatever the aims are."""
    for seed in range(10):
        problem = contended(seed)
        solution = solve(evolve(problem, aims=(aims.MostRequests(), aims.Score())), Ordered())
        assert solution.status is Status.OPTIMAL
        assert solution.value == solution.bound == solve(problem, Flow()).value
        fair = solve(evolve(problem, aims=(aims.RankMaximal(),)), Ordered())
        assert fair.bound == solution.bound
        assert fair.value <= fair.bound


def test_the_order_of_rows_changes_no_score() -> None:
    """Would be broken: ties, which a hash of ids settles and not the order in which pairs are listed."""
    rng = default_rng(8)
    scores, capacity = rng.integers(0, 4, (12, 6)), rng.integers(1, 3, 6)
    wanted = (aims.MaxMin(), aims.LoadSpread(), aims.Score())
    order, other = rng.permutation(12), rng.permutation(6)
    one = evolve(Problem.from_scores(scores, capacity=capacity), aims=wanted)
    two = evolve(
        Problem.from_scores(scores[order][:, other], capacity=capacity[other]),
        aims=wanted,
        request_key=one.request_key[order],
        mentor_key=one.mentor_key[other],
    )
    first, second = solve(one, Ordered()), solve(two, Ordered())
    assert dict(zip(order[second.request].tolist(), other[second.mentor].tolist(), strict=True)) == dict(
        zip(first.request.tolist(), first.mentor.tolist(), strict=True)
    )


def test_what_ordered_does_not_do_it_refuses_by_name() -> None:
    """Would be broken: refusals, which name who refuses, what, and what to take instead."""
    problem = contended(1)
    with pytest.raises(UnsupportedError, match="the policy has no aims; use Flow"):
        solve(problem, Ordered())
    fair = evolve(problem, aims=(aims.Leximin(),))
    with pytest.raises(TooLargeError, match="at most 5 qualified pairs, and here are 240"):
        solve(fair, Ordered(most_pairs=5))
    with pytest.raises(UnsupportedError, match="flow holds no aims in order, and the policy has leximin; take Ordered"):
        solve(fair, Flow())
    with pytest.raises(ValueError, match="most_pairs"):
        Ordered(most_pairs=0)
    with pytest.raises(ValueError, match="made from scores"):
        solve(evolve(problem, aims=(aims.FewestChanges(kept=(("a", "b", "c"),)),)), Ordered())


def test_ordered_holds_no_cycles() -> None:
    """Would be broken: a constraint that nobody looks at, as pairs alone know no rings."""
    organisation, usual = tm.synthetic.organisation(30, seed=1), tm.programmes.task_based()
    cycles = tm.constraints.TeachLearnCycles()
    policy = evolve(usual.policy, aims=(aims.Leximin(),), constraints=(tm.constraints.OncePerPair(), cycles))
    with pytest.raises(UnsupportedError, match="ordered does not hold teach-learn-cycles, which the policy has; give"):
        tm.match(organisation, evolve(usual, policy=policy), on=tm.synthetic.DAY)
    problem = daily_problem(organisation, policy, on=tm.synthetic.DAY)
    with pytest.raises(UnsupportedError, match="Ordered does not hold teach-learn-cycles, which the policy has"):
        Ordered()(problem)


def test_points_that_do_not_fit_are_refused() -> None:
    """Would be broken: sums beyond what the solver adds exactly."""
    problem = evolve(Problem.from_scores(np.full((3, 3), 2**59), objective="score"), aims=(aims.Score(),))
    with pytest.raises(CostRangeError, match="COST-RANGE OR-Tools' minimum-cost flow"):
        solve(problem, Ordered())


def test_ordered_says_its_name_and_parameters() -> None:
    """Would be broken: what results record."""
    assert Ordered().name == "ordered"
    expected = {"most_pairs": 7, "seconds": "2.0", "seed": 3}
    assert Ordered(most_pairs=7, seconds=2, seed=3).get_params() == expected
