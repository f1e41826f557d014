"""The kernel of costs that are lists: digits, and what it does when its engine fails."""

import numpy as np
import pytest
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, SolverError
from taskmentor.matching.kernels import lexicographic
from taskmentor.matching.kernels.lexicographic import Circulation, Network


def _ring() -> Network:
    """Return a way around over one of two arcs: 0 -> 1 twice, 1 -> 0."""
    return Network(
        tail=np.array([0, 0, 1]), head=np.array([1, 1, 0]), capacity=np.array([1, 1, 1]), n_nodes=2, reach=4
    )  # fmt: skip


def _costs(*rows: list[int]) -> list[NDArray[np.int64]]:
    return [np.array(row, np.int64) for row in rows]


def test_the_first_cost_decides_and_then_the_next() -> None:
    """Would be broken: the order of costs."""
    circulation = Circulation.of(_ring())
    found = circulation.improve(_costs([-1, -1, 0], [5, 4, 0], [0, 9, 0]))
    assert circulation.flow.tolist() == [0, 1, 1]
    paid = found.digits[:, 1] - found.digits[:, 0]
    assert (-1, 4, 9) <= tuple(paid.tolist()) <= (-1, 5, 0)


def test_digits_are_told_apart() -> None:
    """Would be broken: lists of numbers of either sign, read back from one number."""
    rows = np.random.default_rng(1).integers(-7, 8, (3, 500))
    merged = rows[0] * 15 * 17 + rows[1] * 17 + rows[2]
    assert (lexicographic._digits(merged, [99, 15, 17]) == rows).all()


def test_what_must_be_full_is() -> None:
    """Would be broken: arcs that are settled, whatever they cost."""
    circulation = Circulation.of(_ring())
    circulation.is_full[:] = [True, False, False]
    circulation.is_open[:] = [False, True, True]
    circulation.improve(_costs([1, 1, 1]))
    assert circulation.flow.tolist() == [1, 0, 1]
    assert not circulation.can_be(np.array([True, True, False]), np.zeros(3, np.int64))


def test_costs_beyond_the_limits_are_refused() -> None:
    """Would be broken: whole numbers that would wrap around in silence."""
    circulation = Circulation.of(_ring())
    large = 2**40
    assert circulation.fits(_costs([large, 1, 0]))
    assert not circulation.fits(_costs([large, 1, 0], [0, large, 0]))
    with pytest.raises(CostRangeError, match="COST-RANGE OR-Tools' minimum-cost flow"):
        circulation.improve(_costs([2**61, 0, 0]))


def test_an_engine_that_fails_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: the word of the engine, which is never taken unchecked."""
    from ortools.graph.python import min_cost_flow

    circulation = Circulation.of(_ring())
    circulation.is_full[:], circulation.is_open[:] = [False, False, True], False
    with pytest.raises(SolverError, match="found no circulation where there is one"):
        circulation.improve(_costs([1, 1, 1]))

    class Idle(min_cost_flow.SimpleMinCostFlow):  # type: ignore[misc]
        def flows(self, arcs: NDArray[np.int64]) -> NDArray[np.int64]:
            return np.zeros(len(arcs), np.int64)

    monkeypatch.setattr(min_cost_flow, "SimpleMinCostFlow", Idle)
    with pytest.raises(SolverError, match="returned a circulation that can be improved"):
        Circulation.of(_ring()).improve(_costs([-1, -2, 0]))

    class Failing(min_cost_flow.SimpleMinCostFlow):  # type: ignore[misc]
        def solve(self) -> object:
            return self.BAD_RESULT

    monkeypatch.setattr(min_cost_flow, "SimpleMinCostFlow", Failing)
    with pytest.raises(SolverError, match="ended with BAD_RESULT"):
        Circulation.of(_ring()).improve(_costs([-1, -2, 0]))
