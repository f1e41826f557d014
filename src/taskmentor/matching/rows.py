"""Rows: what constraints compile to. A row is a sum over the pairs of a plan that must stay between two limits.

A shape says of any pairs in which rows they count and how much, so that a strategy can list the rows of the pairs that
it looks at, and what all pairs cost when rows have prices: `charges` are points like those of a scorer, and a problem
whose pairs are charged is one without constraints.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.shapes import (
    CategoryBar,
    CategoryPoints,
    CompiledRule,
    ExplicitPoints,
    MentorPoints,
    PointsShape,
    RequestPoints,
    distinct,
    pair_keys,
)
from taskmentor.models.ranges import places_of

__all__ = [
    "UNLIMITED",
    "CompiledConstraint",
    "CycleRows",
    "Entries",
    "HourRows",
    "ListedRows",
    "MeetingRows",
    "RowPrices",
    "RowsShape",
    "TableRows",
    "bars",
]

UNLIMITED = 2**60
"""A limit that nothing reaches; on the low side taken below 0."""

Places = NDArray[np.integer]
Numbers = NDArray[np.int64]


@frozen(eq=False)
class Entries:
    """How much some pairs count in which rows; a pair may count in several rows or in none.

    Attributes:
        pair: Which of the pairs. Shape (n,).
        row: The number of the row. Shape (n,).
        amount: Not 0. Shape (n,).
    """

    pair: Numbers
    row: Numbers
    amount: Numbers


@frozen(eq=False)
class RowPrices:
    """What one unit of some rows costs; all other rows are free.

    Attributes:
        row: Numbers of rows, rising. Shape (n,).
        price: Above 0 where the high limit of the row is charged for, below 0 where the low one is. Shape (n,).
    """

    row: Numbers
    price: Numbers

    @classmethod
    def none(cls) -> "RowPrices":
        """Return no prices."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))

    @classmethod
    def of(cls, row: Places, price: Places) -> "RowPrices":
        """Return prices of different rows given in any order; rows that cost nothing are left out."""
        kept = np.flatnonzero(price)
        kept = kept[np.argsort(row[kept], kind="stable")]
        return cls(row[kept].astype(np.int64), price[kept].astype(np.int64))

    def plus(self, other: "RowPrices", own: int, times: int) -> "RowPrices":
        """Return these prices so many times, with others added to them so many times."""
        row = distinct(np.append(self.row, other.row))
        price = np.zeros(len(row), np.int64)
        price[np.searchsorted(row, self.row)] += own * self.price
        price[np.searchsorted(row, other.row)] += times * other.price
        return RowPrices.of(row, price)


class RowsShape(Protocol):
    """What a constraint compiles to."""

    @property
    def n_rows(self) -> int:
        """Return a number that the numbers of all rows are below."""
        ...

    @property
    def n_stated(self) -> int:
        """Return how many rows, the first ones, state the constraint; all others follow from them and from places."""
        ...

    @property
    def largest(self) -> int:
        """Return what the amounts of no pair exceed together, without their signs."""
        ...

    @property
    def required(self) -> Numbers:
        """Return the rows that no pair at all would break, rising."""
        ...

    def entries(self, requests: Places, mentors: Places) -> Entries:
        """Return how much some pairs count in which rows. Shapes (n,)."""
        ...

    def limits(self, rows: Places) -> tuple[Numbers, Numbers]:
        """Return the low and the high limit of some rows."""
        ...

    def charges(self, prices: RowPrices) -> tuple[PointsShape, ...]:
        """Return what every pair is charged when rows have prices, as points to be summed up."""
        ...


def _dense(prices: RowPrices, n_rows: int) -> Numbers:
    price = np.zeros(n_rows, np.int64)
    price[prices.row] = prices.price
    return price


@frozen(eq=False, kw_only=True)
class _LimitedRows:
    """Rows of which each has limits of its own, written down.

    Attributes:
        low: The least sum of each row. Shape (n_rows,).
        high: The largest. Shape (n_rows,).
    """

    low: Numbers
    high: Numbers

    @property
    def n_rows(self) -> int:
        """Return how many rows there are."""
        return len(self.low)

    @property
    def n_stated(self) -> int:
        """Return that all rows are stated."""
        return self.n_rows

    @property
    def required(self) -> Numbers:
        """Return the rows that no pair at all would break, rising."""
        return np.flatnonzero((self.low > 0) | (self.high < 0))

    def limits(self, rows: Places) -> tuple[Numbers, Numbers]:
        """Return the low and the high limit of some rows."""
        return self.low[rows], self.high[rows]


@frozen(eq=False, kw_only=True)
class TableRows(_LimitedRows):
    """Rows in which a pair counts by a category of the request and a category of the mentor, each pair in one at most.

    Attributes:
        request: Rows of the tables. Shape (n_requests,).
        mentor: Columns of the tables. Shape (n_mentors,).
        row: In which row a pair counts, -1 for none. Shape (categories of requests, categories of mentors).
        amount: How much. The same shape.
        low: The least sum of each row. Shape (n_rows,).
        high: The largest. Shape (n_rows,).
    """

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    row: NDArray[np.int32]
    amount: Numbers

    @property
    def largest(self) -> int:
        """Return what the amount of no pair exceeds, without its sign."""
        return int(np.abs(self.amount).max(initial=0))

    def entries(self, requests: Places, mentors: Places) -> Entries:
        """Return how much some pairs count in which rows."""
        cell = self.request[requests], self.mentor[mentors]
        row, amount = self.row[cell], self.amount[cell]
        pair = np.flatnonzero((row >= 0) & (amount != 0))
        return Entries(pair, row[pair].astype(np.int64), amount[pair])

    @property
    def bar(self) -> CategoryBar | None:
        """Return a bar to pairs that count more than their row may have, where none counts below 0; else None."""
        counts = self.row >= 0
        if (self.amount[counts] < 0).any():
            return None
        high = np.append(self.high, UNLIMITED)
        fits = self.amount <= high[self.row]
        return None if fits.all() else CategoryBar(self.request, self.mentor, fits)

    def charges(self, prices: RowPrices) -> tuple[PointsShape, ...]:
        """Return what every pair is charged when rows have prices."""
        if not len(prices.row):
            return ()
        price = np.append(_dense(prices, len(self.low)), 0)  # the last one for pairs that count in no row
        return (CategoryPoints(self.request, self.mentor, price[self.row] * self.amount),)


@frozen(eq=False, kw_only=True)
class HourRows:
    """What mentors give, at most what they have: hours.

    With `n_mentors` mentors, row `j` says of mentor j that hours given are at most those there are. Row
    `n_mentors + j` says that mentor j does one thing with all places and hours: a *use*, which is all requests that
    they serve together. No single pair is charged for that row; its price covers what the best use is worth beyond all
    other prices.

    Attributes:
        length: Which of `hours` each request takes. Shape (n_requests,).
        hours: Different numbers of hours, rising. Shape (n_lengths,).
        budget: Hours of each mentor. Shape (n_mentors,).
    """

    length: NDArray[np.int32]
    hours: Numbers
    budget: Numbers

    @property
    def n_mentors(self) -> int:
        """Return how many mentors there are."""
        return len(self.budget)

    @property
    def n_rows(self) -> int:
        """Return a number that the numbers of all rows are below."""
        return 2 * self.n_mentors

    @property
    def n_stated(self) -> int:
        """Return one row for each mentor."""
        return self.n_mentors

    @property
    def largest(self) -> int:
        """Return what the amount of no pair exceeds."""
        return int(self.hours.max(initial=0))

    @property
    def required(self) -> Numbers:
        """Return the rows that no pair at all would break, which are none."""
        return np.zeros(0, np.int64)

    def entries(self, requests: Places, mentors: Places) -> Entries:
        """Return how much some pairs count in the stated rows."""
        amount = self.hours[self.length[requests]]
        pair = np.flatnonzero(amount)
        return Entries(pair, np.asarray(mentors)[pair].astype(np.int64), amount[pair])

    def limits(self, rows: Places) -> tuple[Numbers, Numbers]:
        """Return the low and the high limit of some rows."""
        whole = np.append(self.budget, np.ones(self.n_mentors, np.int64))
        return np.full(len(rows), -UNLIMITED), whole[rows]

    @property
    def bar(self) -> CategoryBar | None:
        """Return a bar to pairs that take more hours than their mentor has, None where there are none."""
        fits = self.hours[:, None] <= self.budget[None, :]
        return None if fits.all() else CategoryBar(self.length, np.arange(self.n_mentors, dtype=np.int32), fits)

    def charges(self, prices: RowPrices) -> tuple[PointsShape, ...]:
        """Return what every pair is charged when rows have prices."""
        paid = _dense(prices, self.n_rows)[: self.n_mentors]
        if not paid.any():
            return ()
        table = self.hours[:, None] * paid[None, :]
        return (CategoryPoints(self.length, np.arange(self.n_mentors, dtype=np.int32), table),)


@frozen(eq=False, kw_only=True)
class MeetingRows:
    """One row for each mentee and person: so many requests of the one the other may serve.

    Attributes:
        mentee: The place of each request's mentee, rising. Shape (n_requests,).
        person: Who each mentor is; one person may be several mentors. Shape (n_mentors,).
        most: The high limit of every row.
    """

    mentee: NDArray[np.int32]
    person: NDArray[np.int32]
    most: int

    @property
    def n_people(self) -> int:
        """Return how many people are mentors."""
        return int(self.person.max(initial=-1)) + 1

    @property
    def n_rows(self) -> int:
        """Return how many pairs of a mentee and a person there are."""
        return (int(self.mentee.max(initial=-1)) + 1) * self.n_people

    @property
    def n_stated(self) -> int:
        """Return that all rows are stated."""
        return self.n_rows

    @property
    def largest(self) -> int:
        """Return 1, what every pair counts."""
        return 1

    @property
    def required(self) -> Numbers:
        """Return none: no pair at all breaks nothing."""
        return np.zeros(0, np.int64)

    def entries(self, requests: Places, mentors: Places) -> Entries:
        """Return how much some pairs count in which rows."""
        row = pair_keys(self.mentee[requests], self.person[mentors], self.n_people)
        return Entries(np.arange(len(row)), row, np.ones(len(row), np.int64))

    def limits(self, rows: Places) -> tuple[Numbers, Numbers]:
        """Return the low and the high limit of some rows."""
        return np.full(len(rows), -UNLIMITED), np.full(len(rows), self.most, np.int64)

    def charges(self, prices: RowPrices) -> tuple[PointsShape, ...]:
        """Return what every pair is charged when rows have prices."""
        if not len(prices.row):
            return ()
        mentee, person = np.divmod(prices.row, max(self.n_people, 1))
        row, request = places_of(self.mentee, mentee)
        mentors = np.argsort(self.person, kind="stable")
        pair, place = places_of(self.person[mentors], person[row])
        keys = pair_keys(request[pair], mentors[place], len(self.person))
        order = np.argsort(keys, kind="stable")
        return (ExplicitPoints(keys[order], prices.price[row[pair]][order], len(self.person)),)


@frozen(eq=False, kw_only=True)
class ListedRows(_LimitedRows):
    """Rows that are written down pair by pair.

    Attributes:
        keys: `pair_keys` of each entry's pair, rising; a pair may stand there more than once. Shape (n_entries,).
        row: Shape (n_entries,).
        amount: Shape (n_entries,).
        low: The least sum of each row. Shape (n_rows,).
        high: The largest. Shape (n_rows,).
        n_mentors: How many mentors there are.
    """

    keys: Numbers
    row: Numbers
    amount: Numbers
    n_mentors: int

    @classmethod
    def of(
        cls, keys: Places, row: Places, amount: Places, limits: tuple[Places, Places], *, n_mentors: int
    ) -> "ListedRows":
        """Return rows from entries in any order."""
        order = np.argsort(keys, kind="stable")
        columns = (column[order].astype(np.int64) for column in (keys, row, amount))
        low, high = (limit.astype(np.int64) for limit in limits)
        keys, row, amount = columns
        return cls(keys=keys, row=row, amount=amount, low=low, high=high, n_mentors=n_mentors)

    @property
    def largest(self) -> int:
        """Return what the amounts of no pair exceed together, without their signs."""
        sums = np.zeros(len(self.keys), np.int64)
        np.add.at(sums, np.searchsorted(self.keys, self.keys), np.abs(self.amount))
        return int(sums.max(initial=0))

    def entries(self, requests: Places, mentors: Places) -> Entries:
        """Return how much some pairs count in which rows."""
        pair, place = places_of(self.keys, pair_keys(requests, mentors, self.n_mentors))
        return Entries(pair, self.row[place], self.amount[place])

    def charges(self, prices: RowPrices) -> tuple[PointsShape, ...]:
        """Return what every pair is charged when rows have prices."""
        if not len(prices.row):
            return ()
        price = _dense(prices, len(self.low))[self.row] * self.amount
        keys = distinct(self.keys)
        charge = np.zeros(len(keys), np.int64)
        np.add.at(charge, np.searchsorted(keys, self.keys), price)
        return (ExplicitPoints(keys, charge, self.n_mentors),)


@frozen(eq=False, kw_only=True)
class CycleRows:
    """Everybody who learns teaches one, and the other way round; nobody teaches more than one.

    Row `p` says for the person p that learning less teaching is 0, and row `n_people + p` that teaching is 1 at most.
    That the cycles which the pairs then form are short is looked at by `too_long`.

    Attributes:
        learner: The person of each request. Shape (n_requests,).
        teacher: The person of each mentor. Shape (n_mentors,).
        n_people: How many people there are.
        longest: How many people a cycle has at most.
    """

    learner: NDArray[np.int32]
    teacher: NDArray[np.int32]
    n_people: int
    longest: int

    @property
    def n_rows(self) -> int:
        """Return two for each person."""
        return 2 * self.n_people

    @property
    def n_stated(self) -> int:
        """Return that all rows are stated."""
        return self.n_rows

    @property
    def largest(self) -> int:
        """Return 3: one for who learns, two for who teaches."""
        return 3

    @property
    def required(self) -> Numbers:
        """Return none: no pair at all breaks nothing."""
        return np.zeros(0, np.int64)

    def entries(self, requests: Places, mentors: Places) -> Entries:
        """Return how much some pairs count in which rows."""
        learner, teacher = (self.learner[requests].astype(np.int64), self.teacher[mentors].astype(np.int64))
        n, each, one = len(learner), np.arange(len(learner)), np.ones(len(learner), np.int64)
        row = np.concatenate([learner, teacher, teacher + self.n_people])
        amount = np.concatenate([one, -one, one])
        pair = np.concatenate([each, each, each])
        counts = np.ones(3 * n, np.bool_)
        counts[: 2 * n] = np.tile(learner != teacher, 2)  # who would teach themselves has learned and taught one
        return Entries(pair[counts], row[counts], amount[counts])

    def limits(self, rows: Places) -> tuple[Numbers, Numbers]:
        """Return the low and the high limit of some rows."""
        teaching = np.asarray(rows) >= self.n_people
        return np.where(teaching, -UNLIMITED, 0), teaching.astype(np.int64)

    def charges(self, prices: RowPrices) -> tuple[PointsShape, ...]:
        """Return what every pair is charged when rows have prices."""
        if not len(prices.row):
            return ()
        price = _dense(prices, 2 * self.n_people)
        balance, teaching = price[: self.n_people], price[self.n_people :]
        return (
            RequestPoints(balance[self.learner]),
            MentorPoints((teaching - balance)[self.teacher]),
        )

    def too_long(self, requests: Places, mentors: Places) -> list[int]:
        """Return a person of each cycle that has too many people, of pairs that keep all rows."""
        taught_by = dict(zip(self.learner[requests].tolist(), self.teacher[mentors].tolist(), strict=True))
        found, seen = [], set[int]()
        for first in taught_by:
            length, person = 0, first
            while person not in seen and person in taught_by:
                seen.add(person)
                person, length = taught_by[person], length + 1
            if length > self.longest:
                found.append(first)
        return found


@frozen(eq=False, kw_only=True)
class CompiledConstraint:
    """A constraint's name and the shape that it has for one problem.

    Attributes:
        name: The constraint's name.
        shape: Its rows.
        keeps_flow: Whether a problem with this constraint alone is still a flow, so that prices prove its optimum.
        labels: What some rows are called, such as the id of a mentor; by their numbers where nothing is given.
    """

    name: str
    shape: RowsShape
    keeps_flow: bool = False
    labels: "Labels | None" = None

    def named(self, rows: Places) -> list[str]:
        """Return what some rows are called in messages."""
        if self.labels is not None:
            return [f"{self.name} of {label}" for label in self.labels(np.asarray(rows))]
        return [f"{self.name} {row}" for row in np.asarray(rows).tolist()]


def bars(constraints: Sequence[CompiledConstraint]) -> tuple[CompiledRule, ...]:
    """Return rules against pairs that no plan could have because of one constraint, whatever else it has.

    They change no plan, and make bounds nearer.
    """
    shapes = [(one.name, one.shape.bar) for one in constraints if isinstance(one.shape, HourRows | TableRows)]
    return tuple(CompiledRule(name, bar) for name, bar in shapes if bar is not None)


class Labels(Protocol):
    """Says what rows are called."""

    def __call__(self, rows: Places) -> Sequence[str]:
        """Return what some rows are called."""
        ...
