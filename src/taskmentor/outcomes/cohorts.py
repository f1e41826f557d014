"""Two groups of people compared by a measure of the caller's, with an interval for the difference (T27)."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import cos, exp, pi, sqrt
from statistics import NormalDist

from attrs import frozen

from taskmentor.errors import Fault, InputError
from taskmentor.models.people import PersonId
from taskmentor.outcomes.breakdowns import SMALLEST
from taskmentor.outcomes.wording import as_decimal

__all__ = ["Cohort", "Comparison", "compare", "student_t", "wilson"]

Measure = Callable[[PersonId], int | Fraction | bool | None]


@frozen(kw_only=True)
class Cohort:
    """A group of people and what was measured of them.

    Attributes:
        people: How many there are.
        measured: How many of them something is known of.
        mean: The mean; the share of those for whom it is true, where the measure is yes or no.
    """

    people: int
    measured: int
    mean: Fraction


@frozen(kw_only=True)
class Comparison:
    """The difference between two groups, and what it may as well be.

    The groups were not drawn by lot, so that a difference does not say that the one thing in which they were chosen to
    differ has brought it about.

    Attributes:
        one: The first group.
        other: The second.
        difference: The mean of the first less that of the second.
        low: The lower end of the interval.
        high: The upper end.
        confidence: In which share of repetitions such an interval holds the true difference.
        method: How the interval was made.
    """

    one: Cohort
    other: Cohort
    difference: Fraction
    low: float
    high: float
    confidence: float
    method: str

    @property
    def clear(self) -> bool:
        """Return whether 0 lies outside the interval."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return (
            f"{as_decimal(self.one.mean)} of {self.one.measured:,} against {as_decimal(self.other.mean)} of "
            f"{self.other.measured:,}: difference {as_decimal(self.difference)}, "
            f"{self.confidence:.0%} interval {self.low:.2f} to {self.high:.2f} ({self.method})"
        )


def compare(
    one: Iterable[str],
    other: Iterable[str],
    measure: Measure,
    *,
    confidence: float = 0.95,
    smallest: int = SMALLEST,
) -> Comparison:
    """Return how two groups of people differ by a measure, with an interval.

    Where the measure is yes or no, the interval is Newcombe's for the difference of two independent shares; else
    Welch's for the difference of two means of unequal spread.

    Args:
        one: The people of the first group, such as those who had a mentor.
        other: Those of the second, such as others in the same roles; nobody is in both.
        measure: What is known of a person: a whole number, a fraction, yes or no, or None where nothing is known.
        confidence: Between 0 and 1.
        smallest: The fewest people of whom something must be known in each group.

    Raises:
        InputError: If somebody is in both groups, one has too few people, some are measured as yes or no and others
            not, or the confidence is out of range.

    Source:
        Newcombe (1998), Interval estimation for the difference between independent proportions, Statistics in Medicine
        17, method 10; Welch (1947), The generalization of Student's problem, Biometrika 34, with the degrees of
        freedom of Satterthwaite (1946).
    """
    groups = sorted(set(one)), sorted(set(other))
    values = [[value for person in group if (value := measure(PersonId(person))) is not None] for group in groups]
    _check(groups, values, confidence, smallest)
    cohorts = [
        Cohort(people=len(group), measured=len(known), mean=Fraction(sum(map(Fraction, known)), len(known)))
        for group, known in zip(groups, values, strict=True)
    ]
    yes_or_no = isinstance(values[0][0], bool)
    low, high = (_newcombe if yes_or_no else _welch)(values[0], values[1], confidence)
    return Comparison(
        one=cohorts[0],
        other=cohorts[1],
        difference=cohorts[0].mean - cohorts[1].mean,
        low=low,
        high=high,
        confidence=confidence,
        method="Newcombe" if yes_or_no else "Welch",
    )


_Values = list[int | Fraction | bool]


def _check(groups: tuple[list[str], list[str]], values: list[_Values], confidence: float, smallest: int) -> None:
    faults = []
    if both := sorted(set(groups[0]) & set(groups[1])):
        faults.append(_fault("people", f"{both[0]} is in both groups", "Put everybody into one group at most."))
    for name, known in zip(("one", "other"), values, strict=True):
        if len(known) < max(smallest, 2):
            problem = f"of {len(known)} people something is known"
            faults.append(_fault(name, problem, f"Compare groups of {max(smallest, 2)} such people or more."))
    kinds = {isinstance(value, bool) for known in values for value in known}
    if len(kinds) > 1:
        faults.append(_fault("measure", "some are yes or no and others numbers", "Measure everybody alike."))
    if not 0 < confidence < 1:
        faults.append(_fault("confidence", f"{confidence} is out of range", "Give a share such as 0.95."))
    if faults:
        raise InputError(faults)


def _fault(column: str, problem: str, remedy: str) -> Fault:
    return Fault(code="BAD-COMPARISON", table="comparison", column=column, problem=problem, remedy=remedy)


def _newcombe(one: _Values, other: _Values, confidence: float) -> tuple[float, float]:
    shares = [(sum(map(int, known)), len(known)) for known in (one, other)]
    (low_1, high_1), (low_2, high_2) = (wilson(yes, n, confidence) for yes, n in shares)
    p_1, p_2 = (yes / n for yes, n in shares)
    difference = p_1 - p_2
    below = sqrt((p_1 - low_1) ** 2 + (high_2 - p_2) ** 2)
    above = sqrt((high_1 - p_1) ** 2 + (p_2 - low_2) ** 2)
    return difference - below, difference + above


def wilson(yes: int, n: int, confidence: float) -> tuple[float, float]:
    """Return Wilson's interval for a share.

    Args:
        yes: How many are.
        n: Of how many, 1 or more.
        confidence: Between 0 and 1.

    Source:
        Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = yes / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # At the ends the interval begins or ends exactly there, whatever rounding does.
    return (0.0 if yes == 0 else middle - half), (1.0 if yes == n else middle + half)


def _welch(one: _Values, other: _Values, confidence: float) -> tuple[float, float]:
    means, squares = [], []
    for known in (one, other):
        exact = [Fraction(value) for value in known]
        mean = sum(exact) / len(exact)
        means.append(mean)
        squares.append(sum((value - mean) ** 2 for value in exact) / (len(exact) - 1) / len(exact))
    difference, spread = float(means[0] - means[1]), squares[0] + squares[1]
    if not spread:
        return difference, difference
    freedom = spread**2 / sum(square**2 / (len(known) - 1) for square, known in zip(squares, (one, other), strict=True))
    # Hill's approximation is for 3 and more; below, whole degrees are exact, and fewer make the interval wider.
    degrees = float(freedom) if freedom >= 3 else float(int(freedom))
    half = student_t((1 + confidence) / 2, degrees) * sqrt(float(spread))
    return difference - half, difference + half


def student_t(probability: float, freedom: float) -> float:
    """Return the quantile of Student's t distribution for a probability above one half.

    Args:
        probability: Above 0.5 and below 1.
        freedom: Degrees of freedom: 1, 2, or 3 and more, not only whole ones.

    Source:
        Hill (1970), Algorithm 396, Student's t-quantiles, CACM 13: exact for 1 and 2 degrees of freedom, and from 3 on
        of a probability that is right to a millionth.
    """
    two_sided = 2 * (1 - probability)
    if freedom == 1:
        return cos(two_sided * pi / 2) / sqrt(1 - cos(two_sided * pi / 2) ** 2)
    if freedom == 2:
        return sqrt(2 / (two_sided * (2 - two_sided)) - 2)
    a = 1 / (freedom - 0.5)
    b = 48 / (a * a)
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * sqrt(a * pi / 2) * freedom
    x = d * two_sided
    y = x ** (2 / freedom)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(two_sided / 2)
        y = x * x
        if freedom < 5:
            c += 0.3 * (freedom - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = a * y * y
        y = exp(y) - 1 if y > 0.002 else 0.5 * y * y + y
    else:
        y = (
            (1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3) + 0.5 / (freedom + 4)) * y
            - 1
        ) * (freedom + 1) / (freedom + 2) + 1 / y
    return sqrt(freedom * y)
