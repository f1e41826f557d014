"""The k best mentors of each request under prices."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.matching.candidates import NOBODY, Candidates, best, best_by_kind, best_by_pair
from taskmentor.matching.kinds import free_functions
from taskmentor.matching.problem import Problem
from tests.random_problems import from_scores, random_round


def _plainly(problem: Problem, request: int, prices: list[int], k: int) -> list[tuple[int, int, int]]:
    """Return mentor, level and net weight of the k best, by looking at every holder of the skill one by one."""
    found = []
    for pairs in problem.pairs(np.array([request])):
        for row in range(len(pairs)):
            one = pairs.take(np.array([row]))
            weight = int(problem.weight(problem.score(one.request, one.mentor, one.level))[0])
            mentor, level = int(one.mentor[0]), int(one.level[0])
            tie = (mentor - (int(problem.request_key[request]) >> 32) * problem.n_mentors // 2**32) % problem.n_mentors
            found.append((-(weight - prices[mentor]), tie, mentor, level))
    return [(mentor, level, -net) for net, _, mentor, level in sorted(found)[:k]]


def _by_kind(problem: Problem, asked: NDArray[np.int32], prices: NDArray[np.int64], *, k: int) -> Candidates:
    """Return the best candidates by kind, with the kernels as they are written."""
    return best_by_kind(problem, asked, prices, k=k, compiled=False)


def _by_block(problem: Problem, asked: NDArray[np.int32], prices: NDArray[np.int64], *, k: int) -> Candidates:
    """Return the best candidates by kind, where blocks of holders are chosen between however few there are."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("taskmentor.matching.oracle._BY_BLOCKS_ABOVE", 0)
        return best_by_kind(problem, asked, prices, k=k, compiled=False)


WAYS = {"pairs": best_by_pair, "kinds": _by_kind, "blocks": _by_block, "compiled": best_by_kind}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_best_equals_brute_force_for_any_prices_and_k_to_the_last_tie(way: Callable[..., Candidates]) -> None:
    """Would be broken: the one primitive; order among equals, fewer than k, pinned requests, any order of asking."""
    for number in range(250):
        rng = default_rng([5, number])
        drawn = random_round(rng)
        if way is not best_by_pair and free_functions(drawn.problem):
            continue
        _assert_best(way, drawn.problem, rng)


def test_best_equals_brute_force_where_free_functions_give_the_points() -> None:
    """Would be broken: the blocks of pairs, for matrices of scores."""
    for number in range(250):
        rng = default_rng([5, number])
        _assert_best(best_by_pair, from_scores(rng)[0], rng)


def _assert_best(way: Callable[..., Candidates], problem: Problem, rng: Generator) -> None:
    prices, k = rng.integers(-3, 4, problem.n_mentors) * int(rng.integers(0, 30)), int(rng.integers(1, 5))
    asked = rng.permutation(problem.n_requests)[: int(rng.integers(0, problem.n_requests + 1))].astype(np.int32)
    found = way(problem, asked, prices, k=k)
    assert found.request.tolist() == asked.tolist()
    assert found.mentor.shape == found.level.shape == found.net.shape == (len(asked), k)
    for row, request in enumerate(asked.tolist()):
        expected = _plainly(problem, request, prices.tolist(), k)
        missing = k - len(expected)
        assert found.mentor[row].tolist() == [mentor for mentor, _, _ in expected] + [NOBODY] * missing
        assert found.level[row].tolist() == [level for _, level, _ in expected] + [0] * missing
        assert found.net[row].tolist() == [net for _, _, net in expected] + [0] * missing


def test_the_plain_pairs_of_organisations_are_those_of_the_tables() -> None:
    """Would be broken: what the test above takes for granted, that every eligible pair is among those looked at."""
    for number in range(100):
        drawn = random_round(default_rng([6, number]))
        everybody = best(drawn.problem, np.arange(drawn.problem.n_requests), k=10)
        assert drawn.problem.pool is not None
        people = drawn.organisation.people
        offers = people.capacity[drawn.problem.pool.mentors] > 0
        for request, row in enumerate(drawn.small.scores):
            expected = {mentor for mentor, score in enumerate(row) if score is not None and offers[mentor]}
            assert set(everybody.mentor[request].tolist()) - {NOBODY} == expected


def test_without_prices_everybody_costs_nothing_and_full_mentors_are_listed_too() -> None:
    """Would be broken: the directory."""
    problem = Problem.from_scores(np.array([[1, 3, 2]]), capacity=np.array([1, 0, 1]))
    found = best(problem, np.array([0]), k=5)
    assert found.mentor.tolist() == [[1, 2, 0, NOBODY, NOBODY]]
    assert (found.net[0, :3] - problem.count_weight).tolist() == [3, 2, 1]


def test_equal_mentors_are_not_all_listed_in_the_same_order_for_everybody() -> None:
    """Would be broken: ties that would send everybody to the same mentor first."""
    problem = Problem.from_scores(np.ones((40, 4), np.int64))
    firsts = best(problem, np.arange(40), k=1).mentor[:, 0]
    assert set(firsts.tolist()) == {0, 1, 2, 3}
    assert np.bincount(firsts).max() < 25


def test_best_works_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: what is kept of a block when the next one comes."""
    problem = Problem.from_scores(default_rng(3).integers(0, 5, (30, 9)))
    whole = best(problem, np.arange(30), k=3)
    monkeypatch.setattr("taskmentor.matching.problem._BLOCK", 10)
    assert best(problem, np.arange(30), k=3).mentor.tolist() == whole.mentor.tolist()


def test_fewer_than_one_mentor_cannot_be_asked_for() -> None:
    """Would be broken: the message for a wrong k."""
    with pytest.raises(ValueError, match="k must be 1 or more, not 0"):
        best(Problem.from_scores(np.ones((1, 1), np.int64)), np.array([0]), k=0)


def test_many_pairs_are_looked_at_by_kind_with_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the way that large directories and verification of large plans go."""
    for number in range(30):
        problem = random_round(default_rng([7, number])).problem
        asked = np.arange(problem.n_requests)
        by_pair = best(problem, asked, k=3)
        with monkeypatch.context() as patched:
            patched.setattr("taskmentor.matching.candidates._BY_KIND_ABOVE", -1)
            by_kind = best(problem, asked, k=3)
        for name in ("request", "mentor", "level", "net"):
            assert getattr(by_kind, name).tolist() == getattr(by_pair, name).tolist()
