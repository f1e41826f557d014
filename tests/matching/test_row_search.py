"""The search for prices of rows: it ends beside the price at which the row is no longer broken."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.row_search import Bracketing
from taskmentor.matching.rows import CompiledConstraint, RowPrices, TableRows

UNIT = 16
N = 40


def one_row(low: int, high: int) -> tuple[Problem, CompiledConstraint]:
    """Return a problem of so many requests and mentors, and a row in which every pair counts 1."""
    shape = TableRows(
        request=np.zeros(N, np.int32),
        mentor=np.zeros(N, np.int32),
        row=np.zeros((1, 1), np.int32),
        amount=np.ones((1, 1), np.int64),
        low=np.array([low]),
        high=np.array([high]),
    )
    return Problem.from_scores(np.full((N, N), 100), objective="score"), CompiledConstraint(name="one", shape=shape)


def plan_of(n: int) -> Arcs:
    """Return a plan of so many pairs."""
    place = np.arange(n, dtype=np.int32)
    return Arcs(request=place, mentor=place, weight=np.full(n, 100))


def price_of(search: Bracketing) -> int:
    return int(search.prices().price.sum())


@given(
    values=st.lists(st.integers(-99 * UNIT, 99 * UNIT), min_size=N, max_size=N),
    low=st.integers(0, N),
    width=st.integers(0, N),
    known=st.none() | st.integers(-100 * UNIT, 100 * UNIT),
)
def test_a_row_that_falls_with_its_price_settles_where_it_is_kept(
    values: list[int], low: int, width: int, known: int | None
) -> None:
    """Would be broken: a search that runs past the price, or never comes to an end.

    Each of so many pairs is there as long as the price is below what it is worth.
    """
    problem, constraint = one_row(low, low + width)
    given_price = None if known is None else RowPrices.of(np.array([0]), np.array([known]))
    search = Bracketing.of(problem, constraint, unit=UNIT, known=given_price)
    tried: dict[int, int] = {}
    grain = UNIT
    for _ in range(80):
        price = price_of(search)
        tried[price] = sum(value > price for value in values)
        search.move(plan_of(tried[price]), grain)
        if search.settled:
            if grain == 1:
                break
            grain = max(grain // 4, 1)
    assert search.settled
    high = low + width
    # Either side of the price: one grain apart, too many pairs at one end and not at the other.
    beside = [(n, tried[price + 1]) for price, n in tried.items() if price + 1 in tried]
    is_kept_at_none = low <= tried.get(0, -1) <= high
    assert is_kept_at_none or any(n > high >= then or n >= low > then for n, then in beside)


@given(before=st.integers(-90, 90), after=st.integers(-90, 90), low=st.integers(1, N - 1))
def test_where_other_rows_move_the_search_follows(before: int, after: int, low: int) -> None:
    """Would be broken: a search that stays between two ends that have long ceased to hold."""
    problem, constraint = one_row(low, N)
    search = Bracketing.of(problem, constraint, unit=1)
    for worth in (before, after):
        for _ in range(60):
            price = price_of(search)
            search.move(plan_of(N if price < worth else 0), 1)
        assert price_of(search) in ({0} if worth > 0 else {worth - 1, worth})
