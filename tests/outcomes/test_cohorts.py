"""Two groups compared by a measure of the caller's, with intervals that hold what they promise (T27)."""

from fractions import Fraction
from math import exp, inf, lgamma, pi, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.errors import InputError
from taskmentor.models.people import PersonId
from taskmentor.outcomes import compare
from taskmentor.outcomes.cohorts import student_t, wilson

ONE, OTHER = [f"a{number}" for number in range(8)], [f"b{number}" for number in range(7)]


def number_in(person: PersonId) -> int:
    return int(person[1:]) + (10 if person.startswith("a") else 0)


@pytest.mark.requirement("T27")
def test_staying_is_compared_as_a_share() -> None:
    """T27: of those with a mentor 56 of 70 stayed, of the others 48 of 80; Newcombe's own example of this."""
    mentored, others = [f"a{place}" for place in range(70)], [f"b{place}" for place in range(80)]
    stayed = {*mentored[:56], *others[:48]}
    found = compare(mentored, others, lambda person: person in stayed)
    assert found.difference == Fraction(1, 5)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert found.clear
    assert str(found).endswith("difference 0.20, 95% interval 0.05 to 0.33 (Newcombe)")


def test_numbers_are_compared_as_means() -> None:
    found = compare(ONE, OTHER, number_in)
    assert (found.one.mean, found.other.mean, found.difference) == (Fraction(27, 2), Fraction(3), Fraction(21, 2))
    # 8 and 7 values in a row have variances 6 and 14/3: 6/8 + 14/21 = 17/12, and 12.99 degrees of freedom.
    half = student_t(0.975, (17 / 12) ** 2 / (0.75**2 / 7 + (2 / 3) ** 2 / 6)) * sqrt(17 / 12)
    assert (found.low, found.high) == pytest.approx((10.5 - half, 10.5 + half))
    assert (found.one.people, found.one.measured, found.method) == (8, 8, "Welch")


def test_of_whom_nothing_is_known_is_said() -> None:
    found = compare([*ONE, "a99"], OTHER, lambda person: None if person == "a99" else number_in(person))
    assert (found.one.people, found.one.measured) == (9, 8)


def test_groups_that_are_all_alike_differ_for_certain() -> None:
    found = compare(ONE, OTHER, lambda person: Fraction(1, 2) if person.startswith("a") else 1)
    assert (found.low, found.high) == (-0.5, -0.5)


@pytest.mark.parametrize(
    ("one", "other", "confidence", "said"),
    [
        (ONE, ONE, 0.95, "a0 is in both groups"),
        (ONE[:4], OTHER, 0.95, "of 4 people something is known. Compare groups of 5"),
        (ONE, OTHER, 1.0, "1.0 is out of range"),
    ],
)
def test_what_cannot_be_compared_is_refused(one: list[str], other: list[str], confidence: float, said: str) -> None:
    with pytest.raises(InputError, match=said):
        compare(one, other, number_in, confidence=confidence)


def test_everybody_is_measured_alike() -> None:
    with pytest.raises(InputError, match="yes or no and others numbers"):
        compare(ONE, OTHER, lambda person: True if person == "a1" else 1)


def below(quantile: float, freedom: float) -> float:
    """Return the probability below a quantile by Simpson's rule over the density of Student's t."""
    scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)
    n, step = 2_000, quantile / 2_000
    heights = [scale * (1 + (place * step) ** 2 / freedom) ** (-(freedom + 1) / 2) for place in range(n + 1)]
    return float(0.5 + step / 3 * (heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2])))


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5.5, 12, 80, 900])
@pytest.mark.parametrize("probability", [0.75, 0.95, 0.975, 0.995])
def test_quantiles_of_students_t_are_right_to_a_millionth(probability: float, freedom: float) -> None:
    assert below(student_t(probability, freedom), freedom) == pytest.approx(probability, abs=1e-6)


@given(st.integers(0, 30), st.integers(1, 30), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_share_lies_within_wilsons_interval_whose_ends_it_may_just_be(yes: int, n: int, confidence: float) -> None:
    """At each end, the share that was seen is as far away as the confidence allows."""
    yes = min(yes, n)
    low, high = wilson(yes, n, confidence)
    assert 0 <= low <= yes / n <= high <= 1
    z = student_t((1 + confidence) / 2, 1e7)
    for end in {low, high} - {0.0, 1.0}:
        assert abs(yes / n - end) == pytest.approx(z * sqrt(end * (1 - end) / n), rel=1e-4)


@given(st.integers(0, 2**32 - 1))
def test_turned_round_the_interval_is_turned_round(seed: int) -> None:
    rng = default_rng(seed)
    values = {person: int(value) for person, value in zip([*ONE, *OTHER], rng.integers(0, 9, 15), strict=True)}
    there = compare(ONE, OTHER, lambda person: values[person])
    back = compare(OTHER, ONE, lambda person: values[person])
    assert there.difference == -back.difference
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert -inf < there.low <= float(there.difference) <= there.high < inf


def test_the_interval_holds_the_true_difference_about_as_often_as_it_says() -> None:
    """500 draws of 20 and 30 from normal distributions of means 1 and 0 and unequal spreads; 95 % is wanted."""
    rng = default_rng(7)
    hits = 0
    for _ in range(500):
        values = [*(rng.normal(1, 1, 20) * 1000).astype(int), *(rng.normal(0, 3, 30) * 1000).astype(int)]
        known = {str(place): int(value) for place, value in enumerate(values)}
        found = compare([*known][:20], [*known][20:], lambda person, known=known: known[person])  # type: ignore[misc]
        hits += found.low <= 1000 <= found.high
    assert 460 <= hits <= 490
