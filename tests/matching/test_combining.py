"""Combining and mending: what comes of two plans is a plan, and no worse than the first of them."""

import numpy as np
import pytest
from attrs import evolve
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching.combining import combined
from taskmentor.matching.listing import Listing, listing
from taskmentor.matching.mending import filled, mended
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import UNLIMITED, CompiledConstraint, MeetingRows, TableRows

SHAPES = ("table", "meeting")
N_MENTEES, N_MENTORS = 15, 8


def random_shape(shape: str, mentee: NDArray[np.int32], rng: Generator) -> MeetingRows | TableRows:
    """Return rows with floors, ceilings or none, in which pairs count below 0 and above."""
    if shape == "meeting":
        return MeetingRows(mentee=mentee, person=np.arange(N_MENTORS, dtype=np.int32), most=1)
    low, high = rng.integers(-3, 3, 3), rng.integers(3, 8, 3)
    return TableRows(
        request=rng.integers(0, 3, len(mentee)).astype(np.int32),
        mentor=rng.integers(0, 3, N_MENTORS).astype(np.int32),
        row=rng.integers(-1, 3, (3, 3)).astype(np.int32),
        amount=rng.integers(-1, 4, (3, 3)),
        low=np.where(rng.random(3) < 0.5, -UNLIMITED, low),
        high=np.where(rng.random(3) < 0.2, UNLIMITED, high),
    )


def random_problem(shape: str, rng: Generator) -> Problem:
    """Return a problem of two requests of each mentee, in which many pairs are worth the same."""
    mentee = np.repeat(np.arange(N_MENTEES, dtype=np.int32), 2)
    scores = rng.integers(-2, 20, (len(mentee), N_MENTORS)) * 5
    constraint = CompiledConstraint(name=shape, shape=random_shape(shape, mentee, rng))
    return Problem.from_scores(
        scores,
        capacity=rng.integers(0, 5, N_MENTORS),
        mentee=mentee,
        limit=rng.integers(0, 3, N_MENTEES),
        objective="score",
        constraints=(constraint,),
    )


def random_plan(problem: Problem, rng: Generator) -> Arcs:
    """Return a plan that keeps everything but constraints, from pairs drawn one after the other."""
    arcs = problem.arcs(who="a test", most=10_000)
    places, room, open_ = problem.capacity.tolist(), problem.limit.tolist(), set(problem.free.tolist())
    taken = []
    for arc in rng.permutation(len(arcs)).tolist():
        request, mentor = int(arcs.request[arc]), int(arcs.mentor[arc])
        mentee = int(problem.mentee[request])
        if request in open_ and places[mentor] > 0 and room[mentee] > 0 and rng.random() < 0.8:
            open_.remove(request)
            places[mentor] -= 1
            room[mentee] -= 1
            taken.append(arc)
    return arcs.take(np.array(sorted(taken), np.int64))


def is_lawful(problem: Problem, plan: Arcs) -> bool:
    """Return whether a plan keeps everything but constraints."""
    arcs = problem.arcs(who="a test", most=10_000)
    known = set(zip(arcs.request.tolist(), arcs.mentor.tolist(), arcs.weight.tolist(), strict=True))
    return (
        set(zip(plan.request.tolist(), plan.mentor.tolist(), plan.weight.tolist(), strict=True)) <= known
        and len(set(plan.request.tolist())) == len(plan)
        and bool((np.bincount(plan.mentor, minlength=problem.n_mentors) <= problem.capacity).all())
        and bool((np.bincount(problem.mentee[plan.request], minlength=problem.n_mentees) <= problem.limit).all())
    )


def broken(problem: Problem, plan: Arcs) -> int:
    """Return by how much a plan breaks rows, all together."""
    rows = listing(problem, plan)
    sums = rows.sums(np.ones(len(plan), np.bool_))
    return int((np.maximum(sums - rows.high, 0) + np.maximum(rows.low - sums, 0)).sum())


def keeps(problem: Problem, plan: Arcs) -> bool:
    return broken(problem, plan) == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_what_comes_of_two_plans_is_a_plan_and_no_worse_than_the_first(shape: str) -> None:
    """Would be broken: trails that give a place twice, and gains that are reckoned wrongly."""
    rng, better = default_rng([31, SHAPES.index(shape)]), 0
    for _ in range(40):
        problem = random_problem(shape, rng)
        one, other = random_plan(problem, rng), random_plan(problem, rng)
        each = int(rng.integers(0, 200))

        def penalty(rows: Listing, each: int = each) -> NDArray[np.int64]:
            return np.full(len(rows), 3 * each)

        found = combined(problem, one, other, penalty, unit=3)
        assert is_lawful(problem, found)
        before, after = (int(plan.weight.sum()) - each * broken(problem, plan) for plan in (one, found))
        assert after >= before
        better += after > before
    assert better > 20


def test_without_rows_what_comes_of_two_plans_is_no_worse_than_either_and_often_better() -> None:
    """Would be broken: trails that are joined although each could be followed alone, and gains left lying."""
    rng, better = default_rng(32), 0
    for _ in range(40):
        problem = evolve(random_problem("table", rng), constraints=())
        one, other = random_plan(problem, rng), random_plan(problem, rng)
        found = combined(problem, one, other, lambda rows: np.zeros(len(rows), np.int64))
        assert is_lawful(problem, found)
        worse, best = sorted(int(plan.weight.sum()) for plan in (one, other))
        assert int(found.weight.sum()) >= best >= worse
        better += int(found.weight.sum()) > best
    assert better > 20


def test_the_same_plan_twice_stays_as_it_is() -> None:
    """Would be broken: pairs that both plans have, and plans without any."""
    problem = random_problem("table", default_rng(33))
    for plan in (random_plan(problem, default_rng(34)), random_plan(problem, default_rng(34)).take(np.zeros(0, int))):
        found = combined(problem, plan, plan, lambda rows: np.ones(len(rows), np.int64))
        assert (found.request.tolist(), found.mentor.tolist()) == (plan.request.tolist(), plan.mentor.tolist())


@pytest.mark.parametrize("shape", SHAPES)
def test_mended_and_filled_plans_keep_all_rows(shape: str) -> None:
    """Would be broken: rows that are broken while others are mended, and pairs added for which there is no place."""
    rng, n_mended, n_added = default_rng([35, SHAPES.index(shape)]), 0, 0
    for _ in range(60):
        problem = random_problem(shape, rng)
        plan = random_plan(problem, rng)
        found = mended(problem, plan)
        if found is None:
            assert not keeps(problem, plan)
            continue
        assert keeps(problem, found)
        assert len(found) == len(plan) or not keeps(problem, plan)
        full = filled(problem, found)
        assert is_lawful(problem, full)
        assert keeps(problem, full)
        pairs = (set(zip(some.request.tolist(), some.mentor.tolist(), strict=True)) for some in (found, full))
        assert next(pairs) <= next(pairs)
        n_mended += len(found) < len(plan)
        n_added += len(full) - len(found)
    assert n_mended > 5
    assert n_added > 20
