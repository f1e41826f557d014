"""Portions of hours: a flow over them is a plan that keeps hours, and prices met on the way prove what none exceeds."""

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.errors import SolverError
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.constraints import Constraint, LeastShare, MentorHours, OncePerPair, UnitQuota
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.listing import listing
from taskmentor.matching.multipliers import Multipliers
from taskmentor.matching.portion_search import PortionSearch
from taskmentor.matching.portions import Portions
from taskmentor.matching.problem import Problem
from taskmentor.matching.shapes import IntervalBar
from taskmentor.matching.solution import Status, solve
from taskmentor.matching.uses import best_uses, room_of
from tests.matching.test_constraints import case
from tests.matching.test_uses import HOURS, Shop, round_of, shops


def portions_of(problem: Problem, seed: int) -> Portions:
    """Return portions whose hours are drawn, with places closed."""
    room = room_of(problem)
    assert room is not None
    hours = default_rng(seed).integers(-1, 7, (problem.n_mentors, int(room.places.max(initial=0))))
    own = np.arange(hours.shape[1]) < room.places[:, None]
    return Portions.of(np.where(own, hours, -1))


@given(st.integers(0, 2**32 - 1))
def test_portions_are_worth_what_their_mentors_are(seed: int) -> None:
    """Would be broken: a column of mentors that is not copied, and a request in a portion that is too short."""
    problem = case(default_rng(seed), (MentorHours, OncePerPair, UnitQuota)).problem
    room, portions = room_of(problem), portions_of(problem, seed)
    assert room is not None
    shared = portions.problem(problem, room)
    request, portion = (side.ravel() for side in np.indices((problem.n_requests, len(portions))))
    mentor = portions.mentor[portion]
    level = problem.levels(request, mentor)
    assert (shared.levels(request, portion) == level).all()
    assert (shared.worth(request, portion, level) == problem.worth(request, mentor, level)).all()
    fits = room.length[request] <= portions.hours[portion]
    assert (shared.admits(request, portion, level) == (problem.admits(request, mentor, level) & fits)).all()
    others = [one for one in problem.constraints if one.name != "mentor-hours"]
    for own, copied in zip(others, shared.constraints, strict=True):
        before, after = own.shape.entries(request, mentor), copied.shape.entries(request, portion)
        assert (before.row.tolist(), before.amount.tolist()) == (after.row.tolist(), after.amount.tolist())


def test_intervals_and_pairs_are_barred_for_every_portion() -> None:
    """Would be broken: pairs that a rule names once, and are barred for one portion only."""
    problem = round_of(HOURS)
    room, portions = room_of(problem), portions_of(problem, 5)
    assert room is not None
    inside = IntervalBar(
        low=np.arange(problem.n_mentors, dtype=np.int32),
        high=np.full(problem.n_mentors, problem.n_mentors, np.int32),
        place=(np.arange(problem.n_requests) % problem.n_mentors).astype(np.int32),
    )
    problem = evolve(problem, rules=(*problem.rules, evolve(problem.rules[0], shape=inside)))
    shared = portions.problem(problem, room)
    named = {(r, portions.mentor[m]) for r, m in zip(shared.named.request, shared.named.mentor, strict=True)}
    offered = set(portions.mentor.tolist())
    assert named == {
        (r, m) for r, m in zip(problem.named.request, problem.named.mentor, strict=True) if int(m) in offered
    }


@given(shops(), st.integers(0, 4))
def test_hours_and_places_are_paid_by_the_best_use(shop: Shop, most: int) -> None:
    """Would be broken: prices of places and hours together at which another use would be worth more."""
    room = room_of(shop.problem)
    assert room is not None
    found = best_uses(room, shop.arcs, shop.net, most)
    hours = room.length[shop.arcs.request] * room.step
    for mentor in range(shop.problem.n_mentors):
        uses, hour, place = shop.uses(mentor), int(found.hour[mentor]), int(found.place[mentor])
        assert 0 <= hour * room.step <= max(most, 0)
        budget, places = int(room.budget[mentor] * room.step), int(room.places[mentor])
        beyond = max(gain - hour * int(hours[list(some)].sum()) - place * len(some) for gain, some in uses)
        assert beyond + hour * budget + place * places == max(uses)[0]


def searched(*constraints: Constraint, rounds: int = 20) -> None:
    """Hold a plan of a thousand people against its bound, and the bound against all pairs."""
    problem = round_of(HOURS, *constraints, people=1_000)
    found = solve(problem, Multipliers(strategy=Exact(), rounds=rounds))
    verdict = verify_solution(problem, found, method="oracle")
    assert verdict.faults == ()
    assert verdict.bound == found.priced == found.bound
    assert found.gap * 100 <= found.bound


def test_plans_under_hours_are_near_what_prices_prove() -> None:
    """Would be broken: portions that stay as they were, and a bound that is far away or does not hold."""
    searched()


def test_plans_under_hours_keep_other_rows_too() -> None:
    """Would be broken: prices of rows that portions do not follow, or a row that a plan over portions breaks."""
    searched(OncePerPair(), LeastShare(percent=30, same=True), UnitQuota(at_most=30), rounds=40)


def test_portions_never_exceed_hours_or_places() -> None:
    """Would be broken: a portion that grows beyond what its mentor has left."""
    problem = round_of(HOURS)
    room = room_of(problem)
    assert room is not None
    search = PortionSearch.of(problem, room, Flow(ties="any"))
    for _ in range(3):
        search.round()
        portions = search.portions
        open_ = portions.places > 0
        used = np.bincount(portions.mentor[open_], (portions.hours * portions.places)[open_], problem.n_mentors)
        assert (used <= room.budget).all()
        assert (np.bincount(portions.mentor, portions.places, problem.n_mentors) <= room.places).all()
        assert search.plan is not None
        rows = listing(problem, search.plan)
        assert rows.kept(np.ones(len(search.plan), np.bool_)).all()


def test_where_requests_come_first_hours_are_proven_too() -> None:
    """Would be broken: a number of served requests that uses do not prove."""
    problem = evolve(round_of(HOURS), objective="requests-then-score")
    found = solve(problem, Multipliers(strategy=Exact(), rounds=3))
    assert verify_solution(problem, found).faults == ()
    assert found.n_matched * problem.count_weight <= found.bound < (found.n_matched + 2) * problem.count_weight


def test_pinned_pairs_that_take_too_many_hours_leave_no_plan() -> None:
    """Would be broken: hours below none."""
    free = round_of(MentorHours(each=20, per_place=8))
    mentor = int(np.flatnonzero(free.capacity == 1)[0])
    pinned = np.full(free.n_requests, -1, np.int32)
    pinned[0] = mentor
    capacity = np.where(np.arange(free.n_mentors) == mentor, 0, free.capacity).astype(np.int32)
    problem = evolve(free, pinned=pinned, capacity=capacity)
    with pytest.raises(SolverError, match="found no plan"):
        solve(problem, Multipliers(strategy=Exact()))


def test_time_ends_the_search_with_a_plan() -> None:
    """Would be broken: no plan at all where time is short, and one that is called the best there is."""
    problem = round_of(HOURS, LeastShare(percent=30, same=True))
    found = solve(problem, Multipliers(strategy=Flow(ties="any"), seconds=1e-9))
    assert verify_solution(problem, found).faults == ()
    assert found.status is Status.TIME_LIMIT
    assert 0 < found.value < found.bound


def test_a_request_that_no_longer_fits_beside_a_pin_needs_no_price() -> None:
    """Would be broken: prices found to be too low for a pair whose mentor's hours a pinned one has taken."""
    problem = case(default_rng([991, 169]), (OncePerPair, MentorHours)).problem
    found = solve(problem, Multipliers(strategy=Flow(ties="any")))
    assert found.status is Status.OPTIMAL
    assert verify_solution(problem, found).ok
