"""How often something good happened to each category of people, beside the category to which it happened most often."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import comb

from attrs import evolve, field, frozen

from taskmentor.outcomes.breakdowns import Breakdown, Line
from taskmentor.outcomes.cohorts import wilson
from taskmentor.outcomes.wording import aligned, as_decimal, shown

__all__ = [
    "CONFIDENCE",
    "FEWEST_FOR_A_VERDICT",
    "FOUR_FIFTHS",
    "MOST_EXACT",
    "Impact",
    "ImpactTable",
    "fisher_exact",
    "impact_table",
]

FOUR_FIFTHS = Fraction(4, 5)
"""A ratio below this is flagged: 29 CFR 1607.4(D)."""

FEWEST_FOR_A_VERDICT = 30
"""Of a category with fewer people, or compared with one, nothing is said to be below four fifths or not."""

CONFIDENCE = 0.95
"""In which share of repetitions an interval holds the true rate."""

MOST_EXACT = 50_000
"""For more people in the two categories together no exact p value is computed."""


@frozen(kw_only=True)
class Impact:
    """The rate of one category, and how it compares with the highest; all None where the category is kept back.

    Attributes:
        labels: What the category is called, one label for each attribute.
        people: How many people are in it.
        chosen: How many of them it happened to.
        rate: Their share.
        interval: Wilson's interval of 95 % for it.
        ratio: The rate over the highest rate; None where that is 0, or the category is excluded.
        p_value: How probable it is that the two categories, were chosen people drawn from both by lot, would be as
            far apart or further: Fisher's exact test, two-sided. None for the category of the highest rate, and where
            there is no ratio or more people than are counted exactly.
        below_four_fifths: Whether the ratio is below four fifths; None where either category has too few people for a
            verdict, and where there is no ratio.
        excluded: Whether the category is too small a share of all to be compared, as the caller wished.
    """

    labels: tuple[str, ...]
    people: int | None = None
    chosen: int | None = None
    rate: Fraction | None = None
    interval: tuple[float, float] | None = None
    ratio: Fraction | None = None
    p_value: float | None = None
    below_four_fifths: bool | None = None
    excluded: bool = False


@frozen(kw_only=True)
class ImpactTable:
    """The rates of all categories by one attribute, or by two of them crossed.

    Attributes:
        what: What happened to people, such as `matched`.
        by: The attributes.
        unknown: How many people are in no category, as an attribute of theirs is not known; they are counted nowhere
            here. None where that is kept back.
        highest: The labels of the category with the highest rate among those that are shown and not excluded; the
            first of equals, None where there is none.
        impacts: The categories in the order of their labels.
    """

    what: str
    by: tuple[str, ...]
    unknown: int | None
    highest: tuple[str, ...] | None
    impacts: tuple[Impact, ...] = field(repr=False)

    def __iter__(self) -> Iterator[Impact]:
        return iter(self.impacts)

    def impact(self, *labels: str) -> Impact:
        """Return the category of some labels.

        Raises:
            KeyError: If there is none.
        """
        for impact in self.impacts:
            if impact.labels == labels:
                return impact
        raise KeyError(labels)

    def __str__(self) -> str:
        header = (*self.by, "people", self.what, "rate", "95 % interval", "ratio", "p", "verdict")
        lines = aligned(header, [_row(impact) for impact in self.impacts], n_texts=len(self.by))
        return "\n".join([*lines, f"Not known of: {shown(self.unknown)}."])


def _row(impact: Impact) -> tuple[str, ...]:
    if impact.interval is None:
        return (*impact.labels, *7 * ["·"])
    low, high = impact.interval
    p_value = "–" if impact.p_value is None else f"{impact.p_value:.4f}"
    verdict = {True: "below 4/5", False: "4/5 or more", None: "excluded" if impact.excluded else "too few"}
    return (
        *impact.labels, shown(impact.people), shown(impact.chosen), as_decimal(impact.rate, 3),
        f"{low:.3f} to {high:.3f}", as_decimal(impact.ratio, 3), p_value, verdict[impact.below_four_fifths],
    )  # fmt: skip


def impact_table(found: Breakdown, by: Sequence[int], *, exclude_below: Fraction = Fraction(0)) -> ImpactTable:
    """Return the rates of the categories of a breakdown, from the lines that it shows and nothing else.

    So it tells no more of small groups than the breakdown does, and a group that is kept back is never the one that
    others are compared with.

    Args:
        found: A breakdown of 1 for each person to whom it happened and 0 for each other, one number a person.
        by: Places of the columns that the categories are made of.
        exclude_below: Categories of a smaller share of all people than this are not compared.

    Source:
        Impact ratio and flag: 29 CFR 1607.4(D), and 6 RCNY 5-300 and 5-301, where the exclusion is one that the auditor
        of a bias audit may make below 2 %. Interval: Wilson (1927). p value: Fisher (1935), The design of experiments,
        chapter 2.
    """
    lines = [line for line in found if _is_category(line, by)]
    shares = found.total.people or 0
    compared = [line for line in lines if line.people is not None and line.people >= exclude_below * shares]
    highest = max(compared, key=_rate, default=None)
    return ImpactTable(
        what=found.what,
        by=tuple(found.by[place] for place in by),
        unknown=_unknown(found, by),
        highest=None if highest is None else _labels(highest, by),
        impacts=tuple(_impact(line, by, highest, compared=line in compared) for line in lines),
    )


def _is_category(line: Line, by: Sequence[int]) -> bool:
    """Return whether a line is about known groups by some columns, and about everybody by the others."""
    return all(bool(label) if place in by else label is None for place, label in enumerate(line.labels))


def _labels(line: Line, by: Sequence[int]) -> tuple[str, ...]:
    return tuple(str(line.labels[place]) for place in by)


def _rate(line: Line) -> Fraction:
    assert line.mean is not None, "a line that is shown is about somebody"
    return line.mean


def _impact(line: Line, by: Sequence[int], highest: Line | None, *, compared: bool) -> Impact:
    labels = _labels(line, by)
    if line.people is None or line.total is None:
        return Impact(labels=labels)
    rate = _rate(line)
    plain = Impact(
        labels=labels,
        people=line.people,
        chosen=line.total,
        rate=rate,
        interval=wilson(line.total, line.people, CONFIDENCE),
        excluded=not compared,
    )
    if not compared or highest is None or not _rate(highest):
        return plain
    ratio = rate / _rate(highest)
    assert highest.people is not None
    enough = min(line.people, highest.people) >= FEWEST_FOR_A_VERDICT
    return evolve(
        plain,
        ratio=ratio,
        p_value=None if line == highest else _p_value(line, highest),
        below_four_fifths=ratio < FOUR_FIFTHS if enough else None,
    )


def _p_value(line: Line, highest: Line) -> float | None:
    """Return the p value of two lines that are shown, where their people can be counted exactly."""
    assert line.people is not None
    assert line.total is not None
    assert highest.people is not None
    assert highest.total is not None
    if line.people + highest.people > MOST_EXACT:
        return None
    return float(fisher_exact(line.total, line.people, highest.total, highest.people))


def _unknown(found: Breakdown, by: Sequence[int]) -> int | None:
    """Return how many people are in no category: those unknown by either column, less those unknown by both."""
    people = {line.labels: line.people for line in found}

    def unknown(*places: int) -> int | None:
        return people.get(tuple("" if place in places else None for place in range(len(found.by))), 0)

    counts = [unknown(place) for place in by] + ([unknown(*by)] if len(by) > 1 else [])
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    return sum(known) if len(by) == 1 else sum(known[:2]) - known[2]


def fisher_exact(yes: int, n: int, other_yes: int, other_n: int) -> Fraction:
    """Return the two-sided p value of Fisher's exact test for two shares, in whole numbers throughout.

    It adds up the probabilities of all tables with the same totals that are no more probable than the one that was
    found.

    Args:
        yes: How many of the first group are.
        n: How many the first group has.
        other_yes: How many of the second group are.
        other_n: How many the second group has.

    Source:
        Fisher (1935), The design of experiments, chapter 2; two-sided as Freeman and Halton (1951), Biometrika 38.

    Complexity:
        O(m) products of numbers of about n + other_n bits for the m values that a cell may take.

    Examples:
        >>> fisher_exact(3, 4, 1, 4)
        Fraction(17, 35)
    """
    all_yes = yes + other_yes
    lowest, highest = max(0, all_yes - other_n), min(n, all_yes)
    found = comb(n, yes) * comb(other_n, other_yes)
    ways = comb(n, lowest) * comb(other_n, all_yes - lowest)
    as_far = 0
    for value in range(lowest, highest + 1):
        as_far += ways if ways <= found else 0
        ways = ways * (n - value) * (all_yes - value) // ((value + 1) * (other_n - all_yes + value + 1))
    return Fraction(as_far, comb(n + other_n, all_yes))
