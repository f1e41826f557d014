"""`Milp` as it takes large problems: pairs near the prices, and better plans by how many requests they serve."""

from itertools import product

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.matching import milp
from taskmentor.matching.constraints import Constraint, LeastShare, MentorHours, TeachLearnCycles
from taskmentor.matching.listing import Listing, at_least
from taskmentor.matching.milp import Milp
from taskmentor.matching.programme import Chosen
from taskmentor.matching.rows import UNLIMITED
from tests.matching.test_constraints import CHOICES, KINDS, case, check

OVER_PAIRS = [kinds for kinds in CHOICES if not {MentorHours, TeachLearnCycles} & set(kinds)]
each_choice = pytest.mark.parametrize("kinds", OVER_PAIRS, ids=lambda kinds: "+".join(kind.__name__ for kind in kinds))
FEW_AND_MANY = [pytest.param(1, id="few"), pytest.param(150, id="many", marks=pytest.mark.long)]


@each_choice
@pytest.mark.parametrize("n", FEW_AND_MANY)
def test_the_best_plan_of_pairs_near_the_prices_equals_brute_force(
    kinds: tuple[type[Constraint], ...], n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: a pair that no price asks for, or a number of requests that no plan is looked for with."""
    monkeypatch.setattr(milp, "_SMALL", 0)
    rng = default_rng([78, *(KINDS.index(kind) for kind in kinds)])
    for _ in range(n):
        check(case(rng, kinds), Milp())


def test_better_plans_of_too_many_sizes_are_looked_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: proofs where the number of requests is not told by the relaxation."""
    monkeypatch.setattr(milp, "_SMALL", 0)
    monkeypatch.setattr(milp, "_NUMBERS", 0)
    rng = default_rng(79)
    for _ in range(20):
        check(case(rng, (LeastShare,)), Milp())


@st.composite
def listings(draw: st.DrawFn) -> tuple[int, Listing]:
    """Return how many columns there are, and rows over all or some of them."""
    n = draw(st.integers(1, 6))
    amounts = st.integers(-3, 3).map(lambda one: 5 * one + 2) | st.integers(-4, 4)
    limit = st.integers(-20, 20)
    rows = None
    for _ in range(draw(st.integers(1, 3))):
        amount = np.array(draw(st.lists(amounts, min_size=n, max_size=n)), np.int64)
        row = at_least(amount, draw(limit | st.just(-UNLIMITED)))
        high = np.array([draw(limit | st.just(UNLIMITED))])
        row = evolve(row, high=high)
        rows = row if rows is None else rows.joined(row)
    assert rows is not None
    return n, rows


@given(listings())
def test_rounded_rows_are_kept_by_the_same_choices(drawn: tuple[int, Listing]) -> None:
    """Would be broken: a limit that is rounded the wrong way, or of a row over some columns only."""
    n, rows = drawn
    for picks in product((False, True), repeat=n):
        chosen = np.array(picks)
        rounded = rows.rounded(n, int(chosen.sum()))
        assert (rounded.kept(chosen) == rows.kept(chosen)).all()


def test_a_share_of_so_many_pairs_is_a_number_of_them() -> None:
    """Would be broken: three in ten of seven pairs taken as two and a tenth."""
    row = at_least(np.array([7, -3, 7, -3, -3, 7, 7, -3]), 0).rounded(8, 7)
    assert row.amount.tolist() == [1, 0, 1, 0, 0, 1, 1, 0]
    assert row.low.tolist() == [3]
    assert row.high.tolist() == [UNLIMITED]


def test_of_two_answers_the_better_plan_is_kept_and_the_weaker_proof() -> None:
    """Would be broken: a bound of some plans that is told of all."""
    weight = np.array([3, 5])
    poor = Chosen(chosen=np.array([True, False]), told=3, proven=True)
    rich = Chosen(chosen=np.array([False, True]), told=9)
    both = poor.or_better(rich, weight)
    assert both.chosen is rich.chosen
    assert both.told == 9
    assert not both.proven
    assert poor.or_better(Chosen(impossible=True), weight) is poor
    unknown = poor.or_better(Chosen(), weight)
    assert unknown.chosen is poor.chosen
    assert unknown.told is None
