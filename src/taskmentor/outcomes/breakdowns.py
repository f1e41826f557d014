"""Breakdowns: numbers about people, added up by department, role and the like, with small groups kept back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal, Protocol, get_args

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.models.organisation import Organisation
from taskmentor.models.tables import hold_read_only
from taskmentor.outcomes.suppression import Hidden, Members, hide, hide_totals
from taskmentor.outcomes.wording import aligned, as_decimal
from taskmentor.proficiency import SkillGaps

__all__ = [
    "SMALLEST",
    "Amounts",
    "Breakdown",
    "By",
    "Grouping",
    "Line",
    "added_up",
    "breakdown",
    "gap_amounts",
    "grouping",
    "hidden_alike",
    "said",
    "tally",
    "totals",
]

SMALLEST = 5
"""The fewest people whose numbers are shown together, unless another number is given."""

By = Literal["department", "location", "role", "grade", "skill"]
"""What people are grouped by, or, where the numbers are about skills, the skill."""


@frozen(eq=False, kw_only=True)
class Amounts:
    """What a breakdown adds up: whole numbers, each about one person and perhaps one skill of theirs.

    Attributes:
        organisation: Whose people these are.
        what: What the numbers count, such as `open gaps`.
        person: Person codes; a person may be there several times. Shape (n,).
        amount: The numbers. Shape (n,).
        skill: Skill codes; None where the numbers are about no skill. Shape (n,).
    """

    organisation: Organisation
    what: str
    person: NDArray[np.int32]
    amount: NDArray[np.int64]
    skill: NDArray[np.int32] | None = None

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.person)


def gap_amounts(gaps: SkillGaps) -> Amounts:
    """Return one for every skill gap."""
    return Amounts(
        organisation=gaps.organisation,
        what="open gaps",
        person=gaps.person,
        amount=np.ones(len(gaps), np.int64),
        skill=gaps.skill,
    )


@frozen(kw_only=True)
class Line:
    """One group of a breakdown, or a total.

    Attributes:
        labels: What the group is called in each part; "" where that is not known of people, None for all of them.
        people: How many people it has; None where the line is kept back.
        n: How many numbers were added up; None where the line is kept back.
        total: Their sum; None where the line is kept back.
    """

    labels: tuple[str | None, ...]
    people: int | None
    n: int | None
    total: int | None

    @property
    def hidden(self) -> bool:
        """Return whether the line is kept back, for it or one that it would tell is about too few people."""
        return self.people is None

    @property
    def mean(self) -> Fraction | None:
        """Return the sum over the count; None where the line is kept back or counts nothing."""
        return Fraction(self.total, self.n) if self.n and self.total is not None else None

    def kept_back(self) -> "Line":
        """Return the line without its numbers."""
        return evolve(self, people=None, n=None, total=None)


@frozen(kw_only=True)
class Breakdown:
    """Numbers added up by groups of people, totals last, safe to show to whoever may see aggregates.

    No sum or difference of the numbers that are shown is about fewer people than `smallest`. What this does not keep
    anybody from: a large group that is all alike tells of each of its members; and two breakdowns by different columns,
    or of different days, may tell together what neither tells alone. Show one, or one by both columns, or `totals`.

    Attributes:
        what: What the numbers count.
        by: What they are grouped by.
        smallest: The fewest people whose numbers are shown together.
        lines: The groups in the order of their labels, then the totals.
    """

    what: str
    by: tuple[str, ...]
    smallest: int
    lines: tuple[Line, ...] = field(repr=False)

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def line(self, *labels: str | None) -> Line:
        """Return the line of a group, or of a total, by its labels.

        Raises:
            KeyError: If there is no such line.
        """
        for line in self.lines:
            if line.labels == labels:
                return line
        raise KeyError(labels)

    @property
    def total(self) -> Line:
        """Return the total of everything."""
        return self.lines[-1]

    @property
    def by_the_first(self) -> "Breakdown":
        """Return the totals by the first column alone."""
        totals = (line for line in self.lines if line.labels[1:] in ((), (None,)))
        lines = tuple(evolve(line, labels=line.labels[:1]) for line in totals)
        return evolve(self, by=self.by[:1], lines=lines)

    @property
    def by_the_last(self) -> "Breakdown":
        """Return the totals by the last column alone."""
        totals = (line for line in self.lines if line.labels[:-1] in ((), (None,)))
        lines = tuple(evolve(line, labels=line.labels[-1:]) for line in totals)
        return evolve(self, by=self.by[-1:], lines=lines)

    def kept_back(self) -> "Breakdown":
        """Return it without any numbers but those of nobody."""
        return evolve(self, lines=tuple(line.kept_back() if line.people else line for line in self.lines))

    def __str__(self) -> str:
        rows = [(*(said(label) for label in line.labels), *_numbers(line)) for line in self.lines]
        lines = aligned((*self.by, "people", "count", self.what, "mean"), rows, n_texts=len(self.by))
        if any(line.hidden for line in self.lines):
            lines.append(f"·: fewer than {self.smallest} people, or kept back so that those cannot be computed.")
        return "\n".join(lines)


def said(label: str | None) -> str:
    """Return what a label is called for reading."""
    return "all" if label is None else label or "not given"


def _numbers(line: Line) -> tuple[str, ...]:
    if line.people is None or line.n is None or line.total is None:
        return ("·",) * 4
    return f"{line.people:,}", f"{line.n:,}", f"{line.total:,}", as_decimal(line.mean)


def breakdown(amounts: Amounts, by: By, *, and_by: By | None = None, smallest: int = SMALLEST) -> Breakdown:
    """Return numbers added up by one or two columns, with every small group kept back and what would tell it.

    Args:
        amounts: The numbers.
        by: The first column.
        and_by: A second one, for a group for each pair that occurs, and totals of both.
        smallest: The fewest people whose numbers are shown together; 1 shows all, to those who may see everybody's.

    Raises:
        InputError: If a column is unknown, is named twice, or is the skill where the numbers are about none.

    Complexity:
        O(n log n) for n numbers, and what it takes to keep small groups back; see `suppression.hide`.
    """
    parts: tuple[By, ...] = (by,) if and_by is None else (by, and_by)
    _check(amounts, parts, smallest)
    groups = [_grouped(amounts, part) for part in parts]
    return added_up(amounts.what, parts, groups, amounts.amount, amounts.person, smallest)


def totals(amounts: Amounts, by: By, and_by: By, *, smallest: int = SMALLEST) -> tuple[Breakdown, Breakdown]:
    """Return numbers added up by one column, and by another, safe to be shown both.

    A breakdown of each alone would not be: what all skills of a department make, less what these skills make in all
    departments, may be about one person. Groups of the second column are kept back first.

    Args:
        amounts: The numbers.
        by: The first column.
        and_by: The second one; where it is the same there is one breakdown, twice.
        smallest: The fewest people whose numbers are shown together; 1 shows all, to those who may see everybody's.

    Raises:
        InputError: If a column is unknown, or is the skill where the numbers are about none.

    Complexity:
        As that of `breakdown` by both.
    """
    if by == and_by:
        return (breakdown(amounts, by, smallest=smallest),) * 2
    _check(amounts, (by, and_by), smallest)
    groups = [_grouped(amounts, part) for part in (by, and_by)]
    found = added_up(amounts.what, (by, and_by), groups, amounts.amount, amounts.person, smallest, hiding=hide_totals)
    return found.by_the_first, found.by_the_last


Grouping = tuple[NDArray[np.int64], Sequence[str]]
"""The group of each number, and the groups' names."""


class _Hiding(Protocol):
    """What says what of a table is kept back."""

    def __call__(self, members: Members, *, smallest: int) -> Hidden:
        """Return that."""


def added_up(
    what: str,
    by: tuple[str, ...],
    groups: Sequence[Grouping],
    amount: NDArray[np.int64],
    person: NDArray[np.integer],
    smallest: int,
    *,
    hiding: _Hiding = hide,
) -> Breakdown:
    """Return numbers added up by one or two groupings, with every small group kept back and what would tell it.

    Args:
        what: What the numbers count.
        by: What the groupings are by.
        groups: One or two groupings of the numbers.
        amount: The numbers. Shape (n,).
        person: Codes of whom each is about; which groups are kept back follows from these and the groupings alone.
            Shape (n,).
        smallest: The fewest people whose numbers are shown together.
        hiding: What says what is kept back.
    """
    (row, row_names), (column, column_names) = (*groups, (np.zeros(len(amount), np.int64), ("",)))[:2]
    members = Members.of(row, column, person, (len(row_names), len(column_names)))
    sums = _Sums.of(amount, row, column, members)
    hidden = hiding(members, smallest=smallest)
    lines = sums.one_way(row_names, hidden) if len(groups) == 1 else sums.two_way(row_names, column_names, hidden)
    return Breakdown(what=what, by=by, smallest=smallest, lines=tuple(lines))


def _check(amounts: Amounts, parts: tuple[str, ...], smallest: int) -> None:
    faults = []
    for part in parts:
        if part not in get_args(By):
            faults.append(_fault(f"{shown(part)} is no column to group by", f"Use one of {', '.join(get_args(By))}."))
        elif part == "skill" and amounts.skill is None:
            faults.append(_fault(f"{amounts.what} are about no skill", "Group by a column of people."))
    if len(set(parts)) < len(parts):
        faults.append(_fault(f"{shown(parts[0])} is there twice", "Name two different columns, or one."))
    if smallest < 1:
        faults.append(_fault(f"{shown(smallest)} is no number of people", "Give a whole number of 1 or more."))
    if faults:
        raise InputError(faults)


def _fault(problem: str, remedy: str) -> Fault:
    return Fault(code="BAD-BREAKDOWN", table="breakdown", problem=problem, remedy=remedy)


def _grouped(amounts: Amounts, by: By) -> Grouping:
    return grouping(*_codes(amounts, by))


def grouping(codes: NDArray[np.integer], names: Callable[[int], str]) -> Grouping:
    """Return the group of each number and the names of groups that occur, in the order of codes, those not known first.

    Args:
        codes: The group of each number, below 0 where it is not known. Shape (n,).
        names: What each code is called; what is not known is called "".
    """
    shifted = codes.astype(np.int64) + 1
    used = np.flatnonzero(np.bincount(shifted))
    group = np.zeros(int(used.max(initial=0)) + 1, np.int64)
    group[used] = np.arange(len(used))
    return group[shifted], ["" if code == 0 else names(code - 1) for code in used.tolist()]


def _codes(amounts: Amounts, by: By) -> tuple[NDArray[np.integer], Callable[[int], str]]:
    """Return a code for each number, below 0 where nothing is known, and what turns codes into names."""
    people, model = amounts.organisation.people, amounts.organisation.model
    if by == "skill":
        assert amounts.skill is not None, "this was checked"
        return amounts.skill, model.skill_ids.__getitem__
    if by == "role":
        return people.role[amounts.person], model.role_ids.__getitem__
    if by == "grade":
        return people.grade[amounts.person], str
    categories = people.department if by == "department" else people.location
    return categories.codes[amounts.person], categories.labels.__getitem__


@frozen(eq=False, kw_only=True)
class _Sums:
    """The counts and sums of a table.

    Attributes:
        members: Who is in which cell.
        n: How many numbers are in each cell. Shape (n_rows, n_columns).
        total: Their sums. Shape (n_rows, n_columns).
    """

    members: Members
    n: NDArray[np.int64]
    total: NDArray[np.int64]

    @classmethod
    def of(
        cls, amount: NDArray[np.int64], row: NDArray[np.integer], column: NDArray[np.integer], members: Members
    ) -> "_Sums":
        n = np.zeros((members.n_rows, members.n_columns), np.int64)
        total = np.zeros_like(n)
        np.add.at(n, (row, column), 1)
        np.add.at(total, (row, column), amount)
        return cls(members=members, n=n, total=total)

    def one_way(self, names: Sequence[str], hidden: Hidden) -> Iterator[Line]:
        n, total = self.n[:, 0], self.total[:, 0]
        for place, name in enumerate(names):
            people = int(self.members.cells[place, 0])
            yield _line((name,), people, n[place], total[place], hidden.cells[place, 0])
        yield _line((None,), self.members.all, n.sum(), total.sum(), hidden.all)

    def two_way(self, rows: Sequence[str], columns: Sequence[str], hidden: Hidden) -> Iterator[Line]:
        members, n, total = self.members, self.n, self.total
        cells = members.cells
        for row, column in np.argwhere(cells > 0).tolist():
            labels, cell = (rows[row], columns[column]), (row, column)
            yield _line(labels, int(cells[cell]), n[cell], total[cell], hidden.cells[cell])
        for row, people in enumerate(members.rows.tolist()):
            yield _line((rows[row], None), people, n[row].sum(), total[row].sum(), hidden.rows[row])
        for column, people in enumerate(members.columns.tolist()):
            sums = n[:, column].sum(), total[:, column].sum()
            yield _line((None, columns[column]), people, *sums, hidden.columns[column])
        yield _line((None, None), members.all, n.sum(), total.sum(), hidden.all)


def _line(labels: tuple[str | None, ...], people: int, n: np.int64, total: np.int64, hidden: np.bool_ | bool) -> Line:
    line = Line(labels=labels, people=people, n=int(n), total=int(total))
    return line.kept_back() if hidden and people else line


def tally(what: str, by: tuple[str, ...], cases: Iterable[tuple[str, ...]], *, smallest: int = SMALLEST) -> Breakdown:
    """Return how many cases of each kind there are, with kinds of too few people kept back.

    Args:
        what: What is counted, such as `engagements`.
        by: What the kinds are, such as `end reason`; one, or two of them.
        cases: The kind, or both kinds, and the person of each case.
        smallest: The fewest people whose numbers are shown together.
    """
    columns = np.array([*cases], np.str_).reshape(-1, len(by) + 1).T
    *kinds, (_, person) = (np.unique(column, return_inverse=True) for column in columns)
    groups = [(kind, names.tolist()) for names, kind in kinds]
    return added_up(what, by, groups, np.ones(len(person), np.int64), person, smallest)


def hidden_alike(series: Sequence[tuple[date, Breakdown]]) -> tuple[tuple[date, Breakdown], ...]:
    """Return breakdowns of several days by one column, where a group kept back on one day is so on every day.

    Otherwise the day on which a small group has grown enough to be shown would tell of the one who came.
    """
    kept_back = {line.labels for _, found in series for line in found if line.hidden}
    return tuple(
        (
            day,
            evolve(
                found,
                lines=tuple(line.kept_back() if line.labels in kept_back and line.people else line for line in found),
            ),
        )
        for day, found in series
    )
