"""Kinds: requests with the same candidates, so that one look at all who hold a skill serves every one of them."""

from collections.abc import Sequence
from functools import cached_property
from math import gcd

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError
from taskmentor.matching.kernels.scanning import Scan
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.shapes import (
    CategoryBar,
    CategoryPoints,
    CompiledRule,
    CompiledScorer,
    ExplicitBar,
    ExplicitPoints,
    IntervalBar,
    LevelFloor,
    LevelPoints,
    MentorBar,
    MentorPoints,
    RequestPoints,
    SharedLanguages,
)
from taskmentor.models.ranges import ranges

__all__ = ["Exceptions", "Kinds", "free_functions", "kinds_of_arcs", "starts"]

Whole = NDArray[np.signedinteger]

_NARROW_BITS, _WIDE_BITS = 26, 58
"""Sums of points and prices below 2 to the power of these are counted in 32 and in 64 bits."""

_MOST_TABLES = 7
"""So many bars together still do not overflow."""

_MOST_ENTRIES = 1 << 20
_MOST_COLUMNS = 1 << 13


def free_functions(problem: Problem) -> list[str]:
    """Return the names of the rules and scorers that can only be asked pair by pair."""
    rules = [rule.name for rule in problem.rules if not isinstance(rule.shape, _STRUCTURED_RULES)]
    return rules + [one.name for one in problem.scorers if not isinstance(one.shape, _STRUCTURED_POINTS)]


_STRUCTURED_RULES = (CategoryBar, ExplicitBar, IntervalBar, LevelFloor, MentorBar, SharedLanguages)
_STRUCTURED_POINTS = (CategoryPoints, ExplicitPoints, LevelPoints, MentorPoints, RequestPoints)


@frozen(eq=False, kw_only=True)
class Exceptions:
    """Single pairs that differ from what their kinds say, sorted by request.

    Attributes:
        start: Where those of each request begin. Shape (n_requests + 1,).
        mentor: Shape (n,).
        points: What the pair is worth without the request's own points, `scan.least` where it is barred. Shape (n,).
        level: The mentor's level, as a column of the table of levels. Shape (n,).
        n_mentors: How many mentors the problem has.
    """

    start: NDArray[np.int64]
    mentor: NDArray[np.int32]
    points: Whole
    level: NDArray[np.int8]
    n_mentors: int

    def take(self, requests: NDArray[np.integer]) -> "Exceptions":
        """Return the exceptions of some requests, in their order."""
        count = self.start[requests + 1] - self.start[requests]
        rows = ranges(self.start[requests], count)
        return Exceptions(
            start=np.append(0, np.cumsum(count)),
            mentor=self.mentor[rows],
            points=self.points[rows],
            level=self.level[rows],
            n_mentors=self.n_mentors,
        )


def starts(row: NDArray[np.integer], n: int) -> NDArray[np.int64]:
    """Return where each of n rows begins where entries stand by row, and where the last one ends. Shape (n + 1,)."""
    return np.append(0, np.cumsum(np.bincount(row, minlength=n)))


@frozen(eq=False, kw_only=True)
class Kinds:
    """The requests of a problem by kind, and what everybody is worth to each kind.

    A pair's score is the request's `base`, and what the mentor is worth to its kind or, where the pair is an
    exception, what that says.

    Attributes:
        kind: The kind of each request, -1 for those left out. Shape (n_requests,).
        request: The requests sorted by kind. Shape (n,).
        start: Where those of each kind begin. Shape (n_kinds + 1,).
        base: The points of each request itself. Shape (n_requests,).
        scan: What everybody is worth to each kind.
        exceptions: Pairs that differ from that.
        lowest_level: The level of the first column of the table of levels.
    """

    kind: NDArray[np.int32]
    request: NDArray[np.int32]
    start: NDArray[np.int64]
    base: NDArray[np.int64]
    scan: Scan
    exceptions: Exceptions
    lowest_level: int

    @property
    def n_kinds(self) -> int:
        """Return how many kinds there are."""
        return len(self.start) - 1

    @cached_property
    def unit(self) -> int:
        """Return the greatest number that all points are multiples of, 1 or more."""
        scan, listed = self.scan, self.exceptions.points
        parts = (
            self.base,
            scan.by_mentor,
            scan.levels,
            scan.table[scan.table > scan.least],
            listed[listed > scan.least],
        )
        return max(gcd(*(int(np.gcd.reduce(part.ravel(), initial=0)) for part in parts)), 1)

    def measured(self, unit: int, times: int) -> "Kinds":
        """Return the same kinds with all points divided by a unit and taken so many times.

        Args:
            unit: All points must be multiples of it.
            times: The result must fit the width of the points; see `Kinds.of`.
        """
        scan, least = self.scan, self.scan.least

        def scaled(points: Whole) -> Whole:
            return np.where(points <= least, points, points // unit * times).astype(points.dtype)

        return evolve(
            self,
            base=self.base // unit * times,
            scan=scan._replace(
                by_mentor=scaled(scan.by_mentor),
                levels=scaled(scan.levels),
                table=scaled(scan.table),
                kind_rest=scaled(scan.kind_rest),
            ),
            exceptions=evolve(self.exceptions, points=scaled(self.exceptions.points)),
        )

    @cached_property
    def offering(self) -> NDArray[np.bool_]:
        """Return which mentors hold any skill here. Shape (n_mentors,)."""
        holds = np.zeros(len(self.scan.by_mentor), np.bool_)
        holds[self.scan.holder] = True
        return holds

    @cached_property
    def most_exceptions(self) -> NDArray[np.int64]:
        """Return how many exceptions a request of each kind has at the most. Shape (n_kinds,)."""
        most = np.zeros(self.n_kinds, np.int64)
        np.maximum.at(most, self.kind[self.request], np.diff(self.exceptions.start)[self.request])
        return most

    @classmethod
    def of(
        cls,
        problem: Problem,
        requests: NDArray[np.integer],
        *,
        offering: NDArray[np.bool_] | None = None,
        highest_price: int = 0,
    ) -> "Kinds":
        """Return the kinds of some requests.

        Args:
            problem: The problem; it must have no free functions.
            requests: Places of requests, each once, rising. Shape (n,).
            offering: Which mentors are looked at; all who hold a skill unless given. Shape (n_mentors,).
            highest_price: No price will exceed it, in points.

        Complexity:
            O(n log n) for n requests, holders and single pairs.
        """
        looked_at = np.ones(problem.n_mentors, np.bool_) if offering is None else offering.copy()
        for rule in problem.rules:
            if isinstance(rule.shape, MentorBar):
                looked_at &= rule.shape.allowed
        held = looked_at[problem.holdings.mentor]
        skill = np.repeat(np.arange(len(problem.holdings.start) - 1), np.diff(problem.holdings.start))[held]
        holder, level = problem.holdings.mentor[held], problem.holdings.level[held].astype(np.int32)
        bits = _bits(problem, highest_price)
        width = np.int32 if bits == _NARROW_BITS else np.int64
        level_row, levels, lowest = _level_table(problem, requests, level)
        tables = _tables(problem, requests, holder)
        if tables:  # holders of one block stand together
            n_columns, n_levels = tables[0].values.shape[1], int(level.max(initial=0)) - lowest + 1
            block = (skill * n_levels + (lowest + n_levels - 1 - level)) * n_columns + tables[0].column
            order = np.argsort(block, kind="stable")
            holder, level, skill = holder[order], level[order], skill[order]
            tables = [_Table(table.row, table.column[order], table.values) for table in tables]
        rows = [problem.skill[requests], problem.need[requests], level_row, *(table.row for table in tables)]
        kind_of, first = _grouped(rows, len(requests))
        asked = requests[first]
        order = np.argsort(kind_of.astype(np.min_scalar_type(len(first))), kind="stable")  # by digits where that is few
        kind = np.full(problem.n_requests, -1, np.int32)
        kind[requests] = kind_of
        start = np.searchsorted(skill, np.arange(len(problem.holdings.start))).astype(np.int64)
        block_start, block_first = _blocks(start, skill, level, tables)
        scan = Scan(
            holder_start=start,
            holder=holder,
            level=level - lowest,
            code=_stacked([table.column for table in tables], len(holder)),
            kind_skill=problem.skill[asked].astype(np.int32),
            kind_count=_counts(start, skill, level, problem.skill[asked], problem.need[asked]),
            kind_level=level_row[first].astype(np.int32),
            kind_row=_stacked([table.row[first] for table in tables], len(first)),
            levels=levels.astype(width),
            table=np.concatenate([np.zeros(0, width), *(_entries(table, bits).astype(width) for table in tables)]),
            table_start=np.cumsum([0, *(table.values.size for table in tables)])[:-1].astype(np.int64),
            table_width=np.array([table.values.shape[1] for table in tables], np.int64),
            by_mentor=_sum_of(problem, MentorPoints, problem.n_mentors).astype(width),
            block_start=block_start,
            block_first=block_first,
            kind_rest=_rest(
                [_Table(table.row[first], table.column, table.values) for table in tables[1:]], len(first), bits
            ).astype(width),
            least=_least(bits),
        )
        base = _sum_of(problem, RequestPoints, problem.n_requests)
        return cls(
            kind=kind,
            request=requests[order].astype(np.int32),
            start=starts(kind_of, len(first)),
            base=base,
            scan=scan,
            exceptions=_exceptions(problem, kind, looked_at, base, scan, lowest),
            lowest_level=lowest,
        )


def kinds_of_arcs(arcs: Arcs, n_requests: int, n_mentors: int, *, highest_price: int) -> Kinds:
    """Return every request as a kind of its own, worth exactly what some arcs say.

    Args:
        arcs: The pairs that may be made, sorted by request.
        n_requests: How many requests the problem has.
        n_mentors: How many mentors.
        highest_price: No price will exceed it, in points.
    """
    first = np.flatnonzero(np.diff(arcs.request, prepend=-1))
    asked = arcs.request[first]
    n, largest = len(asked), max(abs(int(arcs.weight.max(initial=0))), abs(int(arcs.weight.min(initial=0))))
    bits = _bits_for(largest + highest_price)
    width = np.int32 if bits == _NARROW_BITS else np.int64
    kind = np.full(n_requests, -1, np.int32)
    kind[asked] = np.arange(n)
    start = np.append(first, len(arcs)).astype(np.int64)
    none = np.zeros(0, np.int64)
    return Kinds(
        kind=kind,
        request=asked,
        start=np.arange(n + 1),
        base=np.zeros(n_requests, np.int64),
        scan=Scan(
            holder_start=start,
            holder=arcs.mentor,
            level=np.arange(len(arcs), dtype=np.int32),  # so that each pair has an entry of its own in the table
            code=_stacked([], len(arcs)),
            kind_skill=np.arange(n, dtype=np.int32),
            kind_count=np.diff(start),
            kind_level=np.zeros(n, np.int32),
            kind_row=_stacked([], n),
            levels=arcs.weight[None, :].astype(width),
            table=none.astype(width),
            table_start=none,
            table_width=none,
            by_mentor=np.zeros(n_mentors, width),
            block_start=np.arange(n + 1),
            block_first=np.zeros(n, np.int64),
            kind_rest=np.zeros(n, width),
            least=_least(bits),
        ),
        exceptions=Exceptions(
            start=np.zeros(n_requests + 1, np.int64),
            mentor=np.zeros(0, np.int32),
            points=none.astype(width),
            level=none.astype(np.int8),
            n_mentors=n_mentors,
        ),
        lowest_level=0,
    )


def _bits(problem: Problem, highest_price: int) -> int:
    """Return how many bits hold every sum of parts of a score and a price.

    Raises:
        CostRangeError: If 64 are too few.
    """
    parts = sum(max(abs(low), abs(high)) for low, high in (scorer.bounds for scorer in problem.scorers))
    return _bits_for(parts + highest_price)


def _bits_for(largest: int) -> int:
    if largest >= 1 << _WIDE_BITS:
        raise CostRangeError("a score and a price", largest, 1 << _WIDE_BITS)
    return _NARROW_BITS if largest < 1 << _NARROW_BITS else _WIDE_BITS


def _least(bits: int) -> int:
    """Return what no sum of points and prices falls to, and every barred pair falls below."""
    return -(1 << (bits + 1))


def _entries(table: "_Table", bits: int) -> NDArray[np.int64]:
    """Return the entries of a table row by row, so low where a pair is barred that no points make up for it."""
    return np.where(table.values <= _BARRED, 2 * _least(bits), table.values).ravel()


def _sum_of(problem: Problem, shape: type[RequestPoints] | type[MentorPoints], n: int) -> NDArray[np.int64]:
    """Return the sum of all points of one side. Shape (n,)."""
    total = np.zeros(n, np.int64)
    for scorer in problem.scorers:
        if isinstance(scorer.shape, shape):
            given = scorer.shape.by_request if isinstance(scorer.shape, RequestPoints) else scorer.shape.by_mentor
            total += scorer.weight * given
    return total


def _counts(
    start: NDArray[np.int64],
    skill: NDArray[np.integer],
    level: NDArray[np.int32],
    asked: NDArray[np.int32],
    need: NDArray[np.int8],
) -> NDArray[np.int64]:
    """Return how many holders of each skill, highest level first, have the needed level."""
    key = skill.astype(np.int64) * 256 - level
    upper = np.searchsorted(key, asked.astype(np.int64) * 256 - need, side="right")
    count: NDArray[np.int64] = np.maximum(upper - start[asked], 0)
    return count


def _stacked(columns: Sequence[NDArray[np.integer]], n: int) -> NDArray[np.int32]:
    return np.stack(columns).astype(np.int32) if columns else np.zeros((0, n), np.int32)


def _blocks(
    start: NDArray[np.int64], skill: NDArray[np.integer], level: NDArray[np.int32], tables: "list[_Table]"
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the blocks of each skill begin, and which of the skill's holders each block begins with."""
    if not len(skill):
        return np.zeros(len(start), np.int64), np.zeros(0, np.int64)
    column = tables[0].column if tables else np.zeros(len(skill), np.int64)
    differs = (np.diff(skill) != 0) | (np.diff(level) != 0) | (np.diff(column) != 0)
    begins = np.flatnonzero(np.append(True, differs))
    return np.searchsorted(begins, start).astype(np.int64), begins - start[skill[begins]]


def _rest(tables: "list[_Table]", n_kinds: int, bits: int) -> NDArray[np.int64]:
    """Return the most that some tables together give to each kind. Shape (n_kinds,)."""
    rest = np.zeros(n_kinds, np.int64)
    for table in tables:
        rest += np.where(table.values <= _BARRED, 2 * _least(bits), table.values).max(axis=1, initial=2 * _least(bits))[
            table.row
        ]
    return np.maximum(rest, 2 * _least(bits))


# Categories


_BARRED = -(2**61)
"""An entry of a table at or below this bars the pair."""


@frozen(eq=False)
class _Table:
    """Points by a row of each request and a column of each holder.

    Attributes:
        row: Of each request asked about. Shape (n_requests,).
        column: Of each holder, or each mentor. Shape (n,).
        values: Points, below `_BARRED` where a pair is barred. Shape (rows, columns).
    """

    row: NDArray[np.integer]
    column: NDArray[np.integer]
    values: NDArray[np.int64]


def _grouped(columns: Sequence[NDArray[np.integer]], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the group of each row of some columns, and the first row of each group."""
    group, n_groups = np.zeros(n, np.int64), 1
    for column in columns:
        low, high = (int(column.min()), int(column.max())) if n else (0, 0)
        if n_groups * (high - low + 1) > _MOST_ENTRIES:  # those that do not occur are left out
            used, group = _distinct(group, n_groups)
            n_groups = len(used)
        group = group * (high - low + 1) + (column.astype(np.int64) - low)
        n_groups *= high - low + 1
    used, group = _distinct(group, n_groups)
    first = np.empty(len(used), np.int64)
    first[group[::-1]] = np.arange(n)[::-1]
    return group, first


def _distinct(codes: NDArray[np.int64], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which codes below n occur, and each code's place among them."""
    if n <= _MOST_ENTRIES:
        return _renumbered(codes, n)
    used, place = np.unique(codes, return_inverse=True)
    return used, place


def _level_table(
    problem: Problem, requests: NDArray[np.integer], level: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return each request's row in one table for all points by level, the table, and the level of its first column."""
    lowest, highest = (int(level.min()), int(level.max())) if len(level) else (0, 0)
    all_levels = np.arange(lowest, highest + 1)
    shapes = [(one.weight, one.shape) for one in problem.scorers if isinstance(one.shape, LevelPoints)]
    row, first = _grouped([shape.request[requests] for _, shape in shapes], len(requests))
    table = np.zeros((len(first), len(all_levels)), np.int64)
    for weight, shape in shapes:
        column = all_levels - shape.first
        known = (column >= 0) & (column < shape.table.shape[1])
        table[:, known] += weight * shape.table[shape.request[requests[first]]][:, column[known]]
    return row, table, lowest


def _tables(problem: Problem, requests: NDArray[np.integer], holder: NDArray[np.int32]) -> list[_Table]:
    """Return as few tables as hold all points and bars by categories, without growing large."""
    mentors, place = _renumbered(holder, problem.n_mentors)
    scorers = [_by_points(one, requests, mentors) for one in problem.scorers if isinstance(one.shape, CategoryPoints)]
    rules = [_by_bar(rule, requests, mentors) for rule in problem.rules if isinstance(rule.shape, CategoryBar)]
    languages = [
        _by_languages(rule.shape, requests, mentors)
        for rule in problem.rules
        if isinstance(rule.shape, SharedLanguages)
    ]
    packed: list[_Table] = []
    for table in sorted([*scorers, *rules, *languages], key=lambda one: one.values.size):
        joined = _joined(packed[-1], table) if packed else None
        if joined is None:
            packed.append(table)
        else:
            packed[-1] = joined
    telling = [table for table in packed if table.values.size > 1 or table.values.any()]
    return [_Table(table.row, table.column.astype(np.int32)[place], table.values) for table in telling]


def _by_points(scorer: CompiledScorer, requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> _Table:
    assert isinstance(scorer.shape, CategoryPoints)
    shape = scorer.shape
    return _smallest(_Table(shape.request[requests], shape.mentor[mentors], scorer.weight * shape.table))


def _by_bar(rule: CompiledRule, requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> _Table:
    assert isinstance(rule.shape, CategoryBar)
    shape = rule.shape
    return _smallest(_Table(shape.request[requests], shape.mentor[mentors], np.where(shape.table, 0, 2 * _BARRED)))


def _by_languages(shape: SharedLanguages, requests: NDArray[np.integer], mentors: NDArray[np.integer]) -> _Table:
    asked, row = np.unique(shape.request[requests], return_inverse=True)
    spoken, by_mentor = np.unique(shape.mentor, return_inverse=True)
    shared = (asked[:, None] & spoken[None, :]) != 0
    return _smallest(_Table(row, by_mentor[mentors], np.where(shared, 0, 2 * _BARRED)))


def _smallest(table: _Table) -> _Table:
    """Return the same points with rows and columns that do not occur left out, and those that are the same made one."""
    rows, row = _renumbered(table.row, table.values.shape[0])
    columns, column = _renumbered(table.column, table.values.shape[1])
    values = table.values[np.ix_(rows, columns)]
    if values.size:
        values, again = np.unique(values, axis=0, return_inverse=True)
        row = again.ravel()[row]
        values, again = np.unique(values, axis=1, return_inverse=True)
        column = again.ravel()[column]
    return _Table(row, column, values)


def _renumbered(codes: NDArray[np.integer], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which codes below n occur, and each code's place among them."""
    used = np.flatnonzero(np.bincount(codes, minlength=n))
    place = np.zeros(n, np.int64)
    place[used] = np.arange(len(used))
    return used, place[codes]


def _joined(one: _Table, other: _Table) -> _Table | None:
    """Return two tables as one, or None where that would be too large."""
    n_rows, n_columns = other.values.shape
    rows, row = _pairs_of(one.row, other.row, n_rows)
    columns, column = _pairs_of(one.column, other.column, n_columns)
    if len(rows) * len(columns) > _MOST_ENTRIES or len(columns) > _MOST_COLUMNS:
        return None
    values = one.values[np.ix_(rows // max(n_rows, 1), columns // max(n_columns, 1))]
    added = other.values[np.ix_(rows % max(n_rows, 1), columns % max(n_columns, 1))]
    barred = (values <= _BARRED) | (added <= _BARRED)
    values = np.where(barred, 2 * _BARRED, values + added)
    return _Table(row, column, values)


def _pairs_of(
    one: NDArray[np.integer], other: NDArray[np.integer], n_other: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which combinations of two codes occur, as one number each, and which of them each row has."""
    keys = one.astype(np.int64) * n_other + other
    highest = int(keys.max(initial=0))
    return _renumbered(keys, highest + 1) if highest < _MOST_ENTRIES else np.unique(keys, return_inverse=True)


# Single pairs


def _exceptions(
    problem: Problem,
    kind: NDArray[np.int32],
    looked_at: NDArray[np.bool_],
    base: NDArray[np.int64],
    scan: Scan,
    lowest_level: int,
) -> Exceptions:
    """Return the single pairs of the requests asked about with those who could be their mentors."""
    named = problem.named.take((kind[problem.named.request] >= 0) & looked_at[problem.named.mentor])
    request, mentor, level = named.request, named.mentor, named.level
    points = problem.worth(request, mentor, level) - base[request]
    points[~problem.admits(request, mentor, level)] = scan.least
    return Exceptions(
        start=starts(request, problem.n_requests),
        mentor=mentor.astype(np.int32),
        points=points.astype(scan.by_mentor.dtype),
        level=(level - lowest_level).astype(np.int8),
        n_mentors=problem.n_mentors,
    )
