"""Alternating paths, held against every plan of small problems."""

import numpy as np
from attrs import evolve
from numpy.random import default_rng

from taskmentor.answers.alternating import NOBODY, GrowingPlan
from tests.random_problems import from_scores


def test_a_filled_plan_serves_the_most() -> None:
    """From any plan, and one request at a time; no limit is exceeded on the way."""
    improved = 0
    for seed in range(300):
        problem, small = from_scores(default_rng([31, seed]))
        if problem.objective == "score":
            continue
        arcs = problem.arcs(who="test", most=1_000)
        plan = GrowingPlan.of(problem, arcs, np.zeros(0, np.int32), np.zeros(0, np.int32))
        pairs = set(zip(arcs.request.tolist(), arcs.mentor.tolist(), strict=True))
        while True:
            before = plan.n_served
            plan.fill(most=1)
            served = np.flatnonzero(plan.mentor_of != NOBODY)
            assert {(request, int(plan.mentor_of[request])) for request in served.tolist()} <= pairs
            assert (plan.load <= problem.capacity).all()
            assert (np.bincount(problem.mentee[served], minlength=problem.n_mentees) <= problem.limit).all()
            if plan.n_served == before:
                break
            assert plan.n_served == before + 1
        improved += plan.n_served
        (most, _), _ = small.optimal()
        assert plan.n_served == most
        again = plan.copy()
        again.capacity += 1
        again.fill()
        wider = evolve(small, capacity=[places + 1 if places else 0 for places in small.capacity])
        assert again.n_served == wider.optimal()[0][0]  # who had no place has no pair either
        assert plan.n_served == most
    assert improved > 100
