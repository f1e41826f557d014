"""Uses of mentors under budgets of hours: the best ones, prices that cover them, and the best plan made of them."""

from itertools import combinations

import numpy as np
import pytest
from attrs import define, evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from benchmarks.instances import organisation_of
from taskmentor.matching import generation, highs, use_branching, use_search
from taskmentor.matching.all_uses import underpriced
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.constraints import (
    Constraint,
    LeastShare,
    MentorHours,
    OncePerPair,
    TeachLearnCycles,
    UnitQuota,
)
from taskmentor.matching.duals import Duals
from taskmentor.matching.milp import Milp
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Arcs, Problem, daily_problem
from taskmentor.matching.rows import CompiledConstraint, HourRows, RowPrices
from taskmentor.matching.solution import Solution, Status
from taskmentor.matching.use_search import best_of_uses
from taskmentor.matching.uses import best_uses, near_pairs, near_uses, room_of, use_duals
from taskmentor.programmes import task_based
from taskmentor.synthetic import DAY
from tests.matching.test_constraints import CHOICES, KINDS, case, check


@frozen(kw_only=True)
class OverUses(Milp):
    """`Milp` as it takes large problems with hours, at any size."""

    def __call__(self, problem: Problem) -> Solution:
        """Return the best plan over uses."""
        return best_of_uses(problem, self) or Solution.impossible(problem, self, ("something",))


WITH_HOURS = [kinds for kinds in CHOICES if MentorHours in kinds and TeachLearnCycles not in kinds]
"""Rings have a search of their own."""
each_choice = pytest.mark.parametrize("kinds", WITH_HOURS, ids=lambda kinds: "+".join(kind.__name__ for kind in kinds))


@each_choice
@pytest.mark.parametrize("n", [pytest.param(3, id="few"), pytest.param(150, id="many", marks=pytest.mark.long)])
def test_the_best_plan_over_uses_equals_brute_force(kinds: tuple[type[Constraint], ...], n: int) -> None:
    """Would be broken: a use that no price asks for, or a row that joins too late."""
    rng = default_rng([77, *(KINDS.index(kind) for kind in kinds)])
    for _ in range(n):
        check(case(rng, kinds), OverUses())


@frozen(eq=False)
class Shop:
    """A problem with hours, and what each of its pairs is worth net of some prices."""

    problem: Problem
    arcs: Arcs
    net: np.ndarray[tuple[int], np.dtype[np.int64]]

    def uses(self, mentor: int) -> list[tuple[int, tuple[int, ...]]]:
        """Return what each use of a mentor gains, with its pairs, the empty one too."""
        room = room_of(self.problem)
        assert room is not None
        own = np.flatnonzero(self.arcs.mentor == mentor).tolist()
        hours = room.length[self.arcs.request]
        return [
            (sum(self.net[list(some)].tolist()), some)
            for n in range(int(room.places[mentor]) + 1)
            for some in combinations(own, n)
            if hours[list(some)].sum() <= room.budget[mentor]
        ]


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    n_requests, n_mentors = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    net = draw(st.lists(st.integers(-9, 9), min_size=n_requests * n_mentors, max_size=n_requests * n_mentors))
    lengths = sorted(draw(st.sets(st.integers(0, 6), min_size=1, max_size=3)))
    shape = HourRows(
        length=np.array(
            draw(st.lists(st.integers(0, len(lengths) - 1), min_size=n_requests, max_size=n_requests)), np.int32
        ),
        hours=np.array(lengths, np.int64),
        budget=np.array(draw(st.lists(st.integers(0, 12), min_size=n_mentors, max_size=n_mentors)), np.int64),
    )
    places = draw(st.lists(st.integers(0, 3), min_size=n_mentors, max_size=n_mentors))
    worth = np.array(net, np.int64).reshape(n_requests, n_mentors)
    problem = Problem.from_scores(
        worth,
        objective="score",
        capacity=np.array(places),
        constraints=(CompiledConstraint(name="hours", shape=shape),),
    )
    request, mentor = (side.ravel().astype(np.int32) for side in np.indices(worth.shape))
    return Shop(problem, Arcs(request=request, mentor=mentor, weight=worth.ravel()), worth.ravel())


@given(shops())
def test_best_uses_equal_all_uses(shop: Shop) -> None:
    """Would be broken: a knapsack that takes too much or too little, and what is said of pairs outside."""
    room = room_of(shop.problem)
    assert room is not None
    found = best_uses(room, shop.arcs, shop.net)
    for mentor in range(shop.problem.n_mentors):
        uses = shop.uses(mentor)
        best = max(uses)[0]
        assert found.worth[mentor] == best
        places = shop.problem.capacity[mentor]
        paid = [gain - int(found.place[mentor]) * len(some) for gain, some in uses]
        assert places == 0 or max(paid) == best - found.place[mentor] * places
        taken = tuple(sorted(found.pair[shop.arcs.mentor[found.pair] == mentor].tolist()))
        assert (best, taken) in uses
        for pair in np.flatnonzero(shop.arcs.mentor == mentor).tolist():
            most = max((gain for gain, some in uses if pair in some), default=None)
            assert most is None or found.spare[pair] <= best - most


@given(shops(), st.integers(0, 6))
def test_near_uses_are_all_that_are_near(shop: Shop, within: int) -> None:
    """Would be broken: a use that a better plan may have and that is not listed, or is listed twice."""
    problem, room = shop.problem, room_of(shop.problem)
    assert room is not None
    duals, _ = use_duals(problem, room, Duals.none(problem))
    pairs = near_pairs(problem, room, duals, within)
    found = near_uses(problem, room, duals, pairs, within, 10_000)
    assert found is not None
    listed = [
        (cost, tuple(sorted(zip(*(side[own].tolist() for side in (pairs.mentor, pairs.request)), strict=True))))
        for one, cost in enumerate(found.cost.tolist())
        for own in [found.columns.pair[found.columns.column == one]]
    ]
    expected = []
    for mentor in range(problem.n_mentors):
        # A pair of 0 points or less is in no plan.
        uses = [(gain, some) for gain, some in shop.uses(mentor) if (shop.net[list(some)] > 0).all()]
        most = max(uses)[0]
        expected += [
            (most - gain, tuple(sorted((mentor, int(shop.arcs.request[pair])) for pair in some)))
            for gain, some in uses
            if some and most - gain <= within
        ]
    assert sorted(listed) == sorted(expected)
    assert len(listed) < 2 or near_uses(problem, room, duals, pairs, within, 1) is None


@given(shops(), st.integers(-2, 2))
def test_a_use_worth_more_than_its_price_is_found(shop: Shop, away: int) -> None:
    """Would be broken: the check of prices, by which alone a bound under hours can be trusted."""
    problem, n = shop.problem, shop.problem.n_mentors
    best = np.array([max(shop.uses(mentor))[0] for mentor in range(n)])
    price = np.maximum(best + away, 0)
    duals = evolve(Duals.none(problem), rows=(RowPrices.of(n + np.arange(n), price),))
    gains = shop.net > 0
    found = underpriced(problem, duals, shop.arcs.request[gains], shop.arcs.mentor[gains])
    assert found.tolist() == np.flatnonzero(best > price).tolist()


def test_a_pair_that_takes_too_long_needs_no_price() -> None:
    """Would be broken: the check of prices where no use has any, so that only pairs are looked at."""
    shape = HourRows(length=np.zeros(1, np.int32), hours=np.array([3]), budget=np.array([2]))
    hours = CompiledConstraint(name="hours", shape=shape)
    problem = Problem.from_scores(np.array([[5]]), objective="score", constraints=(hours,))
    found = OverUses()(problem)
    assert (found.status, found.n_matched, found.priced) == (Status.OPTIMAL, 0, 0)
    assert verify_solution(problem, found).ok


HOURS = MentorHours(each=8, by_skill={f"s-{number:04}": 4 + number % 9 for number in range(1, 41)}, per_place=8)


def round_of(*constraints: Constraint, people: int = 150, seed: int = 3) -> Problem:
    """Return the problem of an invented organisation."""
    policy = evolve(task_based().policy, constraints=constraints, objective="score")
    return daily_problem(organisation_of("scarce", people, seed=seed), policy, on=DAY)


@pytest.fixture(scope="module")
def tight() -> tuple[Problem, Solution]:
    problem = round_of(HOURS, OncePerPair(), LeastShare(percent=30, same=True))
    return problem, OverUses()(problem)


def test_prices_of_uses_prove_a_near_bound_that_is_verified(tight: tuple[Problem, Solution]) -> None:
    """Would be broken: prices from the linear programme over uses that do not hold over all pairs."""
    problem, found = tight
    assert found.status is Status.OPTIMAL
    verdict = verify_solution(problem, found, method="oracle")
    assert verdict.ok
    assert verdict.method == "all pairs"
    assert verdict.bound == found.priced
    assert (found.priced - found.value) * 1_000 <= found.priced


def test_a_cheaper_use_is_found(tight: tuple[Problem, Solution]) -> None:
    """Would be broken: a bound that is lowered through the price of one use, by the smallest part of a point."""
    problem, found = tight
    rows = found.duals.rows[0]
    uses = np.flatnonzero(rows.row >= problem.n_mentors)
    assert len(uses)
    for use in uses[:: max(len(uses) // 5, 1)].tolist():
        price = rows.price.copy()
        price[use] -= 1
        changed = (RowPrices.of(rows.row, price), *found.duals.rows[1:])
        verdict = verify_solution(problem, evolve(found, duals=evolve(found.duals, rows=changed)))
        assert any("prices do not cover the use of" in fault for fault in verdict.faults)


def test_no_better_plan_has_a_pair_that_is_left_out(tight: tuple[Problem, Solution]) -> None:
    """Would be broken: reduced costs by which pairs are left out before branching."""
    problem, found = tight
    room = room_of(problem)
    assert room is not None
    near = near_pairs(problem, room, found.duals, found.priced - found.value)
    pairs = set(zip(near.request.tolist(), near.mentor.tolist(), strict=True))
    assert set(zip(found.request.tolist(), found.mentor.tolist(), strict=True)) <= pairs


@pytest.mark.parametrize("seed", [0, 2])
def test_branching_over_uses_and_over_pairs_agree(seed: int) -> None:
    """Would be broken: numbers of pairs, or rows of odd cycles, that leave the best plan out."""
    share, quota = LeastShare(percent=35, same=True), UnitQuota(at_most=5)
    problem = round_of(HOURS, share, quota, people=100, seed=seed)
    over_uses, over_pairs = OverUses()(problem), Milp()(problem)
    assert over_uses.status is over_pairs.status is Status.OPTIMAL
    assert over_uses.value == over_pairs.value


@define
class Clock:
    """A clock that stands still but where it is asked whether to choose anew once more.

    Attributes:
        now: What it shows, in seconds.
    """

    now: float = 0.0

    def show(self) -> float:
        """Return what the clock shows."""
        return self.now

    def go(self) -> float:
        """Return what the clock shows a second later."""
        self.now += 1.0
        return self.now


def test_many_uses_are_rounded_and_chosen_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: how large rounds are planned: settled uses that clash, or a plan that breaks a row."""
    monkeypatch.setattr(use_search, "_WHOLE", 0)
    monkeypatch.setattr(use_branching, "_TOGETHER", 20)
    clock = Clock()
    for module in (use_search, generation, highs):
        monkeypatch.setattr(module, "monotonic", clock.show)
    monkeypatch.setattr(use_branching, "monotonic", clock.go)
    problem = round_of(HOURS, OncePerPair(), UnitQuota(at_most=6))
    found = OverUses(seconds=30)(problem)
    assert clock.now > 30, "as often as there are seconds"
    verdict = verify_solution(problem, found)
    assert verdict.ok
    assert (found.priced - found.value) * 50 <= found.priced


@pytest.mark.parametrize(
    ("kinds", "seed", "number"), [((MentorHours, OncePerPair), 3, 3), ((MentorHours, LeastShare), 7, 2)]
)
def test_a_plan_that_serves_too_few_is_found_out(
    kinds: tuple[type[Constraint], ...], seed: int, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: the most requests first, where points of a plan by score are taken for its requests."""
    monkeypatch.setattr(use_search, "_TIMES", 0)
    rng = default_rng([82, seed])
    cases = [case(rng, kinds) for _ in range(number + 1)]
    check(cases[number], OverUses())


@pytest.mark.parametrize("objective", ["score", "requests-then-score"])
def test_a_moment_is_enough_for_some_plan(objective: Objective) -> None:
    """Would be broken: a plan that serves nobody where the time is short, while many could be served."""
    problem = evolve(round_of(HOURS, OncePerPair()), objective=objective)
    found = OverUses(seconds=1e-6)(problem)
    assert found.status is Status.TIME_LIMIT
    assert verify_solution(problem, found).ok
    assert 2 * found.n_matched > OverUses()(problem).n_matched


def test_prices_of_uses_are_the_least_that_cover(tight: tuple[Problem, Solution]) -> None:
    """Would be broken: `use_duals`, which says what every best use is worth over all eligible pairs."""
    problem, found = tight
    room = room_of(problem)
    assert room is not None
    rows = tuple(
        RowPrices.of(one.row[one.row < problem.n_mentors], one.price[one.row < problem.n_mentors])
        if place == room.constraint
        else one
        for place, one in enumerate(found.duals.rows)
    )
    again, _ = use_duals(problem, room, evolve(found.duals, rows=rows))
    assert again.rows[0].row.tolist() == found.duals.rows[0].row.tolist()
    assert again.rows[0].price.tolist() == found.duals.rows[0].price.tolist()
