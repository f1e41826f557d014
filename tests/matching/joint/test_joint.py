"""One pool: equal to the best of all plans tried one by one, and proven by prices, which a check takes again."""

from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from taskmentor.errors import InputError, TooLargeError
from taskmentor.matching.joint import JointProblem, JointSolution, Offer, Prices, bound, joint_faults, solve_jointly
from taskmentor.matching.joint.filling import fill
from taskmentor.matching.joint.proving import divided_places
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Status

NOBODY = (-1, -1)
WAYS = (
    (Offer(name="alone"),),
    (Offer(name="alone"), Offer(name="group", seats=3, least=2)),
    (Offer(name="group", seats=2, least=2, bonus=3), Offer(name="sessions", seats=3, one_skill=False)),
    (
        Offer(name="alone", bonus=1),
        Offer(name="pair", seats=2),
        Offer(name="sessions", seats=4, least=3, one_skill=False),
    ),
)


@frozen(kw_only=True)
class Small:
    """A pool as lists: points of each request with each mentor in each way, None where the pair is not admitted."""

    offers: tuple[Offer, ...]
    points: Sequence[Sequence[Sequence[int | None]]]
    skill: Sequence[int]
    mentee: Sequence[int]
    limit: Sequence[int]
    capacity: Sequence[int]
    objective: Objective

    def problem(self) -> JointProblem:
        """Return the pool as the problem under test."""
        return JointProblem.of([self._way(way) for way in self.points], self.offers, objective=self.objective)

    def _way(self, points: Sequence[Sequence[int | None]]) -> Problem:
        scores = np.array([[0 if one is None else one for one in row] for row in points], np.int64)
        admitted = np.array([[one is not None for one in row] for row in points], np.bool_)
        problem = Problem.from_scores(
            scores,
            admitted=admitted,
            capacity=np.array(self.capacity),
            mentee=np.array(self.mentee),
            limit=np.array(self.limit),
            objective=self.objective,
        )
        return with_skills(problem, self.skill)

    def best(self) -> tuple[int, int]:
        """Return the greatest number served (0 where it does not count) and score, of all plans tried one by one."""
        mentors, ways = range(len(self.capacity)), range(len(self.offers))
        choices = [
            [
                NOBODY,
                *(
                    (mentor, way)
                    for mentor, way in product(mentors, ways)
                    if self._may(way, self.points[way][request][mentor])
                ),
            ]
            for request in range(len(self.skill))
        ]
        return max(self.worth(plan) for plan in product(*choices) if self.lawful(plan))

    def _may(self, way: int, points: int | None) -> bool:
        """Tell whether a pair may be made; under `score` none of 0 points or less is, not even to fill a group."""
        if points is None:
            return False
        return self.objective == "requests-then-score" or points + self.offers[way].bonus > 0

    def lawful(self, plan: Sequence[tuple[int, int]]) -> bool:
        """Tell whether a plan, the mentor and way of each request, is within every limit."""
        served = [request for request, choice in enumerate(plan) if choice != NOBODY]
        mentees = Counter(self.mentee[request] for request in served)
        if any(n > self.limit[mentee] for mentee, n in mentees.items()):
            return False
        sharing: Counter[tuple[int, int, int]] = Counter()
        for request in served:
            mentor, way = plan[request]
            sharing[mentor, way, self.skill[request] if self.offers[way].one_skill else -1] += 1
        options = [self._places(way, n) for (_, way, _), n in sharing.items()]
        if any(not one for one in options):
            return False
        taken: Counter[int] = Counter()
        for (mentor, _, _), possible in zip(sharing, options, strict=True):
            taken[mentor] += min(possible)
        return all(n <= self.capacity[mentor] for mentor, n in taken.items())

    def _places(self, way: int, served: int) -> list[int]:
        """Return the numbers of places in which so many can be served."""
        offer = self.offers[way]
        return [n for n in range(1, served + 1) if offer.least * n <= served <= offer.seats * n]

    def worth(self, plan: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """Return what a plan is compared by."""
        points = [
            (self.points[way][request][mentor] or 0) + self.offers[way].bonus
            for request, (mentor, way) in enumerate(plan)
            if (mentor, way) != NOBODY
        ]
        return (len(points) if self.objective == "requests-then-score" else 0), sum(points)


def with_skills(problem: Problem, skill: Sequence[int]) -> Problem:
    """Return the problem with a skill for each request, each of which every mentor holds."""
    n_skills, n = max(skill, default=0) + 1, problem.n_mentors
    held = np.repeat(np.arange(n_skills), n)
    holdings = problem.holdings.of(held, np.zeros(len(held), np.int8), np.tile(np.arange(n), n_skills), n_skills)
    return evolve(problem, skill=np.array(skill, np.int32), holdings=holdings)


def small(rng: np.random.Generator, offers: tuple[Offer, ...], objective: Objective) -> Small:
    """Return a random pool of a few requests."""
    n_requests, n_mentors = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    mentee = np.sort(rng.integers(0, n_requests, n_requests))
    mentee = np.unique(mentee, return_inverse=True)[1]
    low = -3 if rng.random() < 0.3 else 0

    def points() -> list[list[int | None]]:
        return [
            [int(rng.integers(low, 9)) if rng.random() < 0.75 else None for _ in range(n_mentors)]
            for _ in range(n_requests)
        ]

    return Small(
        offers=offers,
        points=[points() for _ in offers],
        skill=rng.integers(0, 2, n_requests).tolist(),
        mentee=mentee.tolist(),
        limit=rng.integers(0, 3, mentee.max() + 1).tolist(),
        capacity=rng.integers(0, 3, n_mentors).tolist(),
        objective=objective,
    )


def worth(problem: JointProblem, solution: JointSolution) -> tuple[int, int]:
    """Return what a solution is compared by."""
    counted = len(solution.pairs) if problem.count_weight else 0
    return counted, int(problem.score[solution.pairs].sum())


@pytest.mark.parametrize("objective", ["requests-then-score", "score"])
@pytest.mark.parametrize("offers", WAYS, ids=lambda offers: "+".join(offer.name for offer in offers))
def test_the_plan_is_the_best_of_all(offers: tuple[Offer, ...], objective: Objective) -> None:
    rng = np.random.default_rng(7)
    proven = 0
    for _ in range(60):
        pool = small(rng, offers, objective)
        problem = pool.problem()
        solution = solve_jointly(problem)
        assert worth(problem, solution) == pool.best()
        assert joint_faults(problem, solution) == ()
        assert solution.solver_says_optimal
        assert solution.bound >= solution.value
        proven += solution.status is Status.OPTIMAL
    assert proven >= 50  # prices prove nearly all; whole groups are where a linear programme may stay above


@pytest.mark.parametrize("offers", WAYS, ids=lambda offers: "+".join(offer.name for offer in offers))
def test_what_is_filled_in_turn_is_lawful(offers: tuple[Offer, ...]) -> None:
    rng = np.random.default_rng(11)
    served = 0
    for _ in range(60):
        problem = small(rng, offers, "requests-then-score").problem()
        prices = divided_places(problem)
        pairs = fill(problem, prices)
        value = int(problem.weight[pairs].sum())
        solution = JointSolution(
            pairs=pairs,
            status=Status.FEASIBLE,
            value=value,
            bound=bound(problem, prices),
            solver_says_optimal=False,
            prices=prices,
        )
        assert joint_faults(problem, solution) == ()
        assert value <= solution.bound
        served += len(pairs)
    assert served > 40


@given(st.integers(0, 2**32 - 1), st.integers(0, 60))
def test_any_prices_prove_a_bound(seed: int, highest: int) -> None:
    rng = np.random.default_rng(seed)
    pool = small(rng, WAYS[int(rng.integers(len(WAYS)))], "requests-then-score")
    problem = pool.problem()
    count, score = pool.best()
    prices = Prices(
        request=rng.integers(0, highest * 2520 + 1, problem.n_requests),
        mentee=rng.integers(0, highest * 2520 + 1, len(problem.limit)),
    )
    assert bound(problem, prices) >= problem.count_weight * count + score


def damaged(problem: JointProblem, solution: JointSolution) -> dict[str, JointSolution]:
    """Return the solution with one thing wrong in each."""
    pairs = solution.pairs
    again = np.flatnonzero((problem.request == problem.request[pairs[0]]) & (np.arange(len(problem)) != pairs[0]))
    return {
        "a pair that is not there": evolve(solution, pairs=np.append(pairs, len(problem))),
        "a request twice": evolve(solution, pairs=np.sort(np.append(pairs, again[0]))),
        "another value": evolve(solution, value=solution.value + 1),
        "a lower bound": evolve(solution, bound=solution.bound - 1),
        "a pair less": evolve(solution, pairs=pairs[1:]),
    }


def pool_of(points: NDArray[np.int64], capacity: Sequence[int], limit: Sequence[int], *offers: Offer) -> JointProblem:
    """Return a pool of one skill in which all ways give the same points."""
    problem = Problem.from_scores(points, capacity=np.array(capacity), limit=np.array(limit))
    return JointProblem.of([problem] * len(offers), offers, objective="requests-then-score")


def test_damages_are_found() -> None:
    problem = pool_of(np.arange(1, 9).reshape(4, 2), [1, 1], [1] * 4, Offer(name="alone"), Offer(name="pair", seats=2))
    solution = solve_jointly(problem)
    assert joint_faults(problem, solution) == ()
    found = {name: joint_faults(problem, one) for name, one in damaged(problem, solution).items()}
    assert [name for name, faults in found.items() if not faults] == []


def test_a_place_beyond_the_capacity_or_below_the_least_is_found() -> None:
    problem = pool_of(np.ones((4, 1), np.int64), [1], [1] * 4, Offer(name="group", seats=3, least=2))
    solution = solve_jointly(problem)
    assert len(solution.pairs) == 3
    four = evolve(solution, pairs=np.arange(4))
    assert any("opens 2 places and has 1" in fault for fault in joint_faults(problem, four))
    one = evolve(solution, pairs=np.arange(1))
    assert any("each of which needs 2" in fault for fault in joint_faults(problem, one))


def test_groups_open_where_mentors_are_few() -> None:
    """Five ask two mentors of one place each: alone two are served, with groups all five."""
    points = np.full((5, 2), 10, np.int64)
    alone = solve_jointly(pool_of(points, [1, 1], [1] * 5, Offer(name="alone")))
    both = solve_jointly(
        pool_of(points, [1, 1], [1] * 5, Offer(name="alone", bonus=1), Offer(name="group", seats=4, least=3))
    )
    assert (len(alone.pairs), len(both.pairs)) == (2, 5)
    assert alone.gap == both.gap == 0


def test_an_offer_that_no_place_could_keep_is_refused() -> None:
    with pytest.raises(InputError, match="3 at least are more than the 2 seats"):
        Offer(name="group", seats=2, least=3)


def test_too_many_pairs_are_refused_by_name() -> None:
    problem = Problem.from_scores(np.ones((30, 30), np.int64))
    with pytest.raises(TooLargeError, match="one pool"):
        JointProblem.of([problem, problem], [Offer(name="a"), Offer(name="b")], objective="score", most_pairs=1_000)
    with pytest.raises(TooLargeError, match="one pool"):
        JointProblem.of([problem], [Offer(name="a")], objective="score", most_pairs=10)


def test_ways_of_different_requests_are_refused() -> None:
    some, other = Problem.from_scores(np.ones((2, 2), np.int64)), Problem.from_scores(np.ones((3, 2), np.int64))
    with pytest.raises(ValueError, match="same requests and mentors"):
        JointProblem.of([some, other], [Offer(name="a"), Offer(name="b")], objective="score")
    with pytest.raises(ValueError, match="one offer for each"):
        JointProblem.of([some], [], objective="score")


def test_prices_below_nothing_prove_nothing() -> None:
    problem = pool_of(np.ones((1, 1), np.int64), [1], [1], Offer(name="alone"))
    with pytest.raises(ValueError, match="below 0"):
        bound(problem, Prices(request=np.array([-1]), mentee=np.array([0])))
