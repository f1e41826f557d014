"""Impact ratios, flags and p values, against plain counting of all that could have been."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.outcomes.breakdowns import Breakdown, added_up, tally
from taskmentor.outcomes.impact import MOST_EXACT, fisher_exact, impact_table

Counts = Mapping[tuple[str, ...], tuple[int, int]]


def counted_out(yes: int, n: int, other_yes: int, other_n: int) -> Fraction:
    """Draw everybody who could have been chosen, and count how often the tables were as improbable as the one found."""
    drawn = [sum(one < n for one in chosen) for chosen in combinations(range(n + other_n), yes + other_yes)]
    times = {value: drawn.count(value) for value in set(drawn)}
    return Fraction(sum(count for count in times.values() if count <= times[yes]), len(drawn))


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int, int, int]:
    n, other_n = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    return draw(st.integers(0, n)), n, draw(st.integers(0, other_n)), other_n


@given(shares())
def test_the_p_value_counts_all_that_could_have_been_drawn(table: tuple[int, int, int, int]) -> None:
    yes, n, other_yes, other_n = table
    assert fisher_exact(*table) == counted_out(*table) == fisher_exact(other_yes, other_n, yes, n)
    assert fisher_exact(n - yes, n, other_n - other_yes, other_n) == fisher_exact(*table)


def test_published_p_values_are_met() -> None:
    """The tea test of Fisher (1935), and the twins of convicts there, one-sided halves of which he prints."""
    assert fisher_exact(4, 4, 0, 4) == Fraction(2, 70)
    assert float(fisher_exact(10, 13, 2, 17)) == pytest.approx(0.0005367, abs=1e-7)


def found(counts: Counts, *, smallest: int = 1) -> Breakdown:
    """Return a breakdown of chosen people from how many are chosen and are there, by category."""
    cells, amounts = [], []
    for labels, (chosen, n) in counts.items():
        cells += n * [labels]
        amounts += chosen * [1] + (n - chosen) * [0]
    groups = []
    for place in range(len(next(iter(counts)))):
        names, group = np.unique(np.array([labels[place] for labels in cells]), return_inverse=True)
        groups.append((group.astype(np.int64), names.tolist()))
    by = ("sex", "origin")[: len(groups)]
    return added_up("chosen", by, groups, np.array(amounts, np.int64), np.arange(len(amounts)), smallest)


def test_one_example_by_hand() -> None:
    """Of 40 women 12 are chosen, of 50 men 20: 3/10 over 2/5 is 3/4, below four fifths; nothing is known of 6."""
    table = impact_table(found({("f",): (12, 40), ("m",): (20, 50), ("",): (3, 6)}), (0,))
    women, men = table
    assert (women.rate, women.ratio, women.below_four_fifths) == (Fraction(3, 10), Fraction(3, 4), True)
    assert (men.rate, men.ratio, men.below_four_fifths, men.p_value) == (Fraction(2, 5), Fraction(1), False, None)
    assert women.p_value == float(fisher_exact(12, 40, 20, 50))
    assert (table.highest, table.unknown) == (("m",), 6)
    z = NormalDist().inv_cdf(0.975)
    assert women.interval is not None
    for end in women.interval:  # where the score test is just at its limit
        assert abs(end - 0.3) / (end * (1 - end) / 40) ** 0.5 == pytest.approx(z)
    assert table.impact("f") is women
    with pytest.raises(KeyError):
        table.impact("x")
    assert "below 4/5" in str(table)
    assert "Not known of: 6." in str(table)


@pytest.mark.parametrize(("chosen", "below"), [(31, True), (32, False)])
def test_exactly_four_fifths_is_not_below(chosen: int, below: bool) -> None:
    """40 of 50 against 32 of 50 are exactly 4/5; floats would have to be lucky."""
    table = impact_table(found({("f",): (chosen, 50), ("m",): (40, 50)}), (0,))
    assert table.impact("f").below_four_fifths is below


@pytest.mark.parametrize(("n", "other_n", "verdict"), [(29, 200, None), (30, 200, True), (200, 29, None)])
def test_there_is_no_verdict_on_few_people_nor_beside_few(n: int, other_n: int, verdict: bool | None) -> None:
    table = impact_table(found({("f",): (n // 10, n), ("m",): (other_n, other_n)}), (0,))
    assert table.impact("f").below_four_fifths is verdict
    assert table.impact("f").ratio == Fraction(n // 10, n)
    assert ("too few" in str(table)) is (verdict is None)


def test_a_small_share_may_be_excluded_and_then_is_not_the_highest_either() -> None:
    """The exclusion is of less than the share: 10 of 500 are 2 % and stay."""
    counts: Counts = {("a",): (6, 9), ("b",): (5, 10), ("c",): (100, 481)}
    plain = impact_table(found(counts), (0,))
    assert plain.highest == ("a",)
    fewer = impact_table(found(counts), (0,), exclude_below=Fraction(2, 100))
    assert (fewer.highest, fewer.impact("a").excluded, fewer.impact("b").excluded) == (("b",), True, False)
    excluded = fewer.impact("a")
    assert (excluded.ratio, excluded.p_value, excluded.below_four_fifths) == (None, None, None)
    assert (excluded.people, excluded.rate) == (9, Fraction(2, 3))
    assert "excluded" in str(fewer)
    everybody = impact_table(found(counts), (0,), exclude_below=Fraction(1))
    assert everybody.highest is None
    assert all(one.ratio is None for one in everybody)


def test_where_nobody_is_chosen_there_is_no_ratio() -> None:
    table = impact_table(found({("f",): (0, 40), ("m",): (0, 50)}), (0,))
    assert [(one.rate, one.ratio, one.p_value, one.below_four_fifths) for one in table] == 2 * [
        (Fraction(0), None, None, None)
    ]


def test_a_group_that_is_kept_back_is_not_what_others_are_compared_with() -> None:
    """Else a ratio and a rate would tell the rate of the few."""
    table = impact_table(found({("a",): (3, 3), ("b",): (4, 5), ("c",): (20, 40)}, smallest=5), (0,))
    assert [one.people for one in table] == [None, None, 40]
    assert table.highest == ("c",)
    assert "·" in str(table)


def test_two_attributes_make_three_tables_and_each_counts_its_own_unknown() -> None:
    counts: Counts = {("f", "x"): (1, 2), ("f", ""): (1, 3), ("", "x"): (2, 4), ("", ""): (0, 5), ("m", "y"): (3, 6)}
    whole = found(counts)
    by_sex, by_origin, crossed = (impact_table(whole, axis) for axis in ((0,), (1,), (0, 1)))
    assert [(one.labels, one.chosen, one.people) for one in by_sex] == [(("f",), 2, 5), (("m",), 3, 6)]
    assert [(one.labels, one.chosen, one.people) for one in by_origin] == [(("x",), 3, 6), (("y",), 3, 6)]
    assert [(one.labels, one.people) for one in crossed] == [(("f", "x"), 2), (("m", "y"), 6)]
    assert (by_sex.unknown, by_origin.unknown, crossed.unknown) == (9, 8, 12)
    assert crossed.by == ("sex", "origin")
    back = impact_table(found({**counts, ("", ""): (0, 0), ("", "x"): (1, 1)}, smallest=2), (0, 1))
    assert back.unknown is None


def test_no_p_value_is_counted_for_very_many_people() -> None:
    counts: Counts = {("f",): (1, MOST_EXACT // 2), ("m",): (2, MOST_EXACT // 2 + 1)}
    assert impact_table(found(counts), (0,)).impact("f").p_value is None
    assert "–" in str(impact_table(found(counts), (0,)))


def test_a_tally_of_nothing_has_no_categories() -> None:
    assert [*impact_table(tally("chosen", ("sex",), []), (0,))] == []
