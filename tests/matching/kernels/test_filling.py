"""Plans filled up with the best remaining pairs."""

import numpy as np
import pytest
from numpy.random import default_rng

from taskmentor.matching.kernels.filling import best_first
from taskmentor.matching.problem import Arcs, Problem
from tests import profiles
from tests.random_problems import contended, from_scores


def _plainly(problem: Problem, arcs: Arcs, start: list[bool]) -> list[bool]:
    ties = problem.tie(arcs.request, arcs.mentor).tolist()
    used, places, room = list(start), problem.capacity.tolist(), problem.limit.tolist()
    waiting = set(range(problem.n_requests))
    rows = list(zip(arcs.request.tolist(), arcs.mentor.tolist(), strict=True))
    for arc in [arc for arc, is_used in enumerate(start) if is_used]:
        waiting.remove(rows[arc][0])
        places[rows[arc][1]] -= 1
        room[problem.mentee[rows[arc][0]]] -= 1
    for arc in sorted(range(len(rows)), key=lambda arc: (-arcs.weight[arc], ties[arc])):
        request, mentor = rows[arc]
        if request in waiting and places[mentor] and room[problem.mentee[request]]:
            used[arc] = True
            waiting.remove(request)
            places[mentor] -= 1
            room[problem.mentee[request]] -= 1
    return used


@pytest.mark.parametrize("block", [3, 4096])
def test_the_best_remaining_pair_is_added_until_nothing_fits(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: greedy, its order among equals, and plans that are filled up."""
    monkeypatch.setattr("taskmentor.matching.kernels.filling._BLOCK", block)
    for number in profiles.some(150):
        rng = default_rng([11, number])
        problem = from_scores(rng)[0] if number % 3 else contended(number, requests=9, mentors=3)
        arcs = problem.arcs(who="a test", most=10**6)
        empty = np.zeros(len(arcs), np.bool_)
        filled = best_first(problem, arcs)
        assert filled.tolist() == _plainly(problem, arcs, empty.tolist())
        start = filled & (rng.random(len(arcs)) < 0.5)
        before = start.copy()
        assert best_first(problem, arcs, start=start).tolist() == _plainly(problem, arcs, start.tolist())
        assert (start == before).all()
