"""HiGHS, asked for something that is worth so much at least."""

from itertools import product
from time import monotonic

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.matching.highs import branching, model, says_impossible
from taskmentor.matching.listing import Entries

pytest.importorskip("highspy", reason="the extra milp is not installed")


@given(st.data())
def test_a_goal_is_reached_where_anything_reaches_it(data: st.DataObject) -> None:
    """Would be broken: a branch given up that reaches the goal, and so a proof that nothing does."""
    n, n_rows = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))
    worth = np.array(data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), np.int64)
    cells = data.draw(st.lists(st.integers(0, 3), min_size=n * n_rows, max_size=n * n_rows))
    amount = np.array(cells, np.int64).reshape(n_rows, n)
    high = np.array(data.draw(st.lists(st.integers(0, 6), min_size=n_rows, max_size=n_rows)), np.int64)
    low = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n_rows, max_size=n_rows)), np.int64)
    choices = [np.array(one) for one in product((0, 1), repeat=n)]
    kept = [one for one in choices if (low <= amount @ one).all() and (amount @ one <= high).all()]
    best = max((int(worth @ one) for one in kept), default=-1)
    goal = data.draw(st.integers(0, int(worth.sum()) + 2))
    row, column = np.nonzero(amount)
    entries = Entries(
        start=np.searchsorted(row, np.arange(n_rows + 1)), index=column, amount=amount[row, column], by_row=True
    )
    highs = branching(model(worth, (low, high), entries, whole=True), seed=0, end=monotonic() + 60, goal=goal)
    highs.run()
    chosen = np.array(highs.getSolution().col_value, np.float64) > 0.5
    found = int(worth[chosen].sum()) if len(chosen) == n and not says_impossible(highs) else -1
    if best >= goal:
        assert found == best
    else:
        assert found < goal
