"""Whether prices cover every eligible pair, found by looking at each pair by itself.

A second reading of what rules and scorers mean, from the raw columns of their shapes: it shares no code with what finds
candidates, with any strategy, or with the shapes' own answers. Only a free function of the pair has no columns to read;
it is its own definition, and is called.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from os import cpu_count

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.matching.duals import Duals
from taskmentor.matching.kernels.compiling import can_compile
from taskmentor.matching.kernels.scan import Sheet, short_pairs
from taskmentor.matching.problem import Problem
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

__all__ = ["Holders", "Uncovered", "every_pair", "uncovered_pairs"]

_COMPILED_FROM = 50_000_000
"""Pairs from which on machine code is worth its loading."""

_CHUNK = 1 << 24
"""Pairs for one thread at a time."""

_BLOCK = 1 << 17
"""Pairs that numpy looks at together."""

_WRITTEN = 1 << 16
"""Short pairs that the kernel writes down before they are judged."""

_LARGEST_TABLE = 1 << 20
"""Entries of a table into which others were merged, at the most."""

_LOWEST, _HIGHEST = -128, 127
"""The levels that fit their column."""

Places = NDArray[np.integer]
Walk = Callable[["_Reading", NDArray[np.int32]], Iterator[tuple[Places, Places]]]


@frozen(eq=False)
class Holders:
    """Who offers places and holds which skill, in any order.

    Attributes:
        skill: Shape (n,).
        mentor: Places of mentors. Shape (n,).
        level: Shape (n,).
    """

    skill: NDArray[np.int32]
    mentor: NDArray[np.int32]
    level: NDArray[np.int8]

    def take(self, rows: NDArray[np.generic]) -> "Holders":
        """Return some of them, by places or by a mask."""
        return Holders(self.skill[rows], self.mentor[rows], self.level[rows])


@frozen(eq=False, kw_only=True)
class Uncovered:
    """Eligible pairs that prices do not cover.

    Attributes:
        n: How many there are.
        request: Places of the requests of the first of them. Shape (n_witnesses,).
        mentor: Places of their mentors. Shape (n_witnesses,).
    """

    n: int
    request: Places
    mentor: Places


def uncovered_pairs(
    problem: Problem, duals: Duals, requests: NDArray[np.int32], holders: Holders, *, witnesses: int = 20
) -> Uncovered:
    """Return the eligible pairs of some requests whose weight exceeds the three prices that should cover it.

    From fifty million pairs on, the walk is machine code on all cores (extra `fast`); below, without that extra, and
    where a rule or scorer is a free function of the pair, it is blocks of numpy.

    Args:
        problem: The problem, of which only columns are read.
        duals: The prices; those below 0 count as 0.
        requests: Places of requests, each once. Shape (n,).
        holders: Everybody who offers places, with the skills they hold.
        witnesses: How many of the pairs are named.

    Raises:
        ValueError: If a scorer's table has no entry for a pair.

    Complexity:
        O(pairs at the needed level), whatever the prices; memory for requests and holders, not for pairs.
    """
    reading = _read(problem, duals, requests, holders)
    if reading.is_free or reading.n_pairs < _COMPILED_FROM or not can_compile():
        found: Iterator[Uncovered] = map(partial(_scanned, reading, _by_blocks, witnesses), reading.chunks())
        return _together([_listed(reading, witnesses), *found], witnesses)
    walk = partial(_by_kernel, reading.sheet(), short_pairs.compiled)
    with ThreadPoolExecutor(cpu_count()) as threads:
        found = threads.map(partial(_scanned, reading, walk, witnesses), reading.chunks())
        return _together([_listed(reading, witnesses), *found], witnesses)


def every_pair(
    problem: Problem, requests: NDArray[np.int32], holders: Holders
) -> tuple[Places, Places, NDArray[np.int64]]:
    """Return all eligible pairs of some requests, as columns of requests, mentors and scores, in any order.

    Args:
        problem: The problem, of which only columns are read.
        requests: Places of requests, each once. Shape (n,).
        holders: Everybody who offers places, with the skills they hold.

    Complexity:
        O(pairs at the needed level) time and memory.
    """
    alone = evolve(problem, scorers=problem.point_scorers, plain=None, wish=None, objective="score")
    reading = _read(alone, Duals.none(problem), requests, holders)
    count = (reading.stop - reading.first)[reading.asked]
    request = np.repeat(reading.asked, count)
    row = np.arange(len(request)) + np.repeat(reading.first[reading.asked] - np.cumsum(count) + count, count)
    for rule in reading.rules:
        kept = _admits(rule, request, reading.holders.mentor[row], reading.holders.level[row])
        request, row = request[kept], row[kept]
    mentor = reading.holders.mentor[row]
    keys = _keys(request, mentor, reading.n_mentors)
    listed = np.append(reading.listed_points, 0)[np.searchsorted(reading.listed, keys)]
    score = np.where(_stands_in(reading.listed, keys), listed, 0) - reading.slack(request, row)
    return request, mentor, score


def _together(parts: Iterable[Uncovered], witnesses: int) -> Uncovered:
    """Return what was found in several places, in their order."""
    whole = Uncovered(n=0, request=np.zeros(0, np.int64), mentor=np.zeros(0, np.int64))
    for part in parts:
        missing = witnesses - len(whole.request)
        whole = Uncovered(
            n=whole.n + part.n,
            request=np.append(whole.request, part.request[:missing]),
            mentor=np.append(whole.mentor, part.mentor[:missing]),
        )
    return whole


# Reading the columns


@frozen(eq=False, kw_only=True)
class _Table:
    """Points by a category of the request and a category of the holder.

    Attributes:
        points: Shape (categories of requests, categories of holders).
        row: The category of each request. Shape (n_requests,).
        column: The category of each holder. Shape (n_holders,).
    """

    points: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int32]

    @classmethod
    def of(cls, scorer: CompiledScorer, points: NDArray[np.int64], row: Places, column: Places) -> "_Table":
        """Return the table of a scorer, of which every request and holder must have an entry."""
        for given, end in zip((row, column), points.shape, strict=True):
            if ((given < 0) | (given >= end)).any():
                raise ValueError(f"scorer {scorer.name!r} has a category outside its table of shape {points.shape}")
        return cls(points=scorer.weight * points, row=row.astype(np.int64), column=column.astype(np.int32))

    def merged(self, other: "_Table") -> "_Table":
        """Return one table for the sum of two, by both categories of either side."""
        rows, columns = other.points.shape
        points = self.points[:, None, :, None] + other.points[None, :, None, :]
        return _Table(
            points=points.reshape(rows * len(self.points), columns * self.points.shape[1]),
            row=self.row * rows + other.row,
            column=self.column * columns + other.column,
        )


def _merged(tables: tuple[_Table, ...], largest: int) -> tuple[_Table, ...]:
    """Return fewer tables with the same sum, so that there is less to look up for each pair."""
    rest = sorted(tables, key=lambda table: table.points.size)
    while len(rest) > 1 and rest[0].points.size * rest[1].points.size <= largest:
        rest = sorted([rest[0].merged(rest[1]), *rest[2:]], key=lambda table: table.points.size)
    return tuple(rest)


@frozen(eq=False, kw_only=True)
class _Reading:
    """A problem and prices, as columns of requests and of holders sorted by skill, highest level first.

    Attributes:
        asked: The requests to look at, sorted by skill and the level they need, highest first. Shape (n_asked,).
        first: The first holder of each asked request's skill. Shape (n_requests,).
        stop: The end of those whose level is high enough, not included; 0 for requests not asked. Shape (n_requests,).
        paid: What request and mentee pay, less what the request alone adds to the weight. Shape (n_requests,).
        price: What the mentor costs, less what the mentor alone adds to the weight. Shape (n_holders,).
        skill: The skill of each request. Shape (n_requests,).
        holders: Those whom no rule bars from every request.
        tables: What categories of both sides add to the weight.
        listed: Pairs of asked requests with points of their own, rising; see `_keys`. Shape (n_listed,).
        listed_points: What they add to the weight. Shape (n_listed,).
        free_scorers: Scorers that are functions of the pair.
        rules: Rules that look at both sides.
        n_mentors: How many mentors the problem has.
    """

    asked: NDArray[np.int32]
    first: NDArray[np.int64]
    stop: NDArray[np.int64]
    paid: NDArray[np.int64]
    price: NDArray[np.int64]
    skill: NDArray[np.int32]
    holders: Holders
    tables: tuple[_Table, ...]
    listed: NDArray[np.int64]
    listed_points: NDArray[np.int64]
    free_scorers: tuple[CompiledScorer, ...]
    rules: tuple[CompiledRule, ...]
    n_mentors: int

    @property
    def is_free(self) -> bool:
        """Return whether a rule or scorer is a function of the pair, which machine code cannot call."""
        return bool(self.free_scorers) or not all(isinstance(rule.shape, _READABLE) for rule in self.rules)

    @cached_property
    def n_pairs(self) -> int:
        """Return how many pairs of an asked request and a holder of high enough level there are."""
        return int((self.stop - self.first).sum())

    def chunks(self) -> list[NDArray[np.int32]]:
        """Return the asked requests in parts of about as many pairs each."""
        part = np.cumsum((self.stop - self.first)[self.asked]) // _CHUNK
        return np.split(self.asked, np.flatnonzero(np.diff(part)) + 1)

    def slack(self, request: Places, row: Places) -> NDArray[np.int64]:
        """Return what pairs of requests and holders are paid beyond their weight, points of listed pairs left out."""
        slack = self.paid[request] + self.price[row]
        for table in self.tables:
            slack -= table.points[table.row[request], table.column[row]]
        for scorer in self.free_scorers:
            slack -= scorer.points(request, self.holders.mentor[row], self.holders.level[row])
        return slack

    def sheet(self) -> Sheet:
        """Return the columns for the kernel."""
        begins = np.cumsum([0, *(table.points.size for table in self.tables)])
        row = np.zeros((len(self.tables), len(self.first)), np.int64)
        code = np.zeros((len(self.tables), len(self.price)), np.int32)
        for place, table in enumerate(self.tables):
            row[place] = begins[place] + table.row * table.points.shape[1]
            code[place] = table.column
        points = np.concatenate([np.zeros(0, np.int64), *(table.points.ravel() for table in self.tables)])
        return Sheet(self.first, self.stop, self.paid, self.price, points, row, code)


_ONE_SIDED = (LevelFloor, MentorBar)
_READABLE = (CategoryBar, ExplicitBar, IntervalBar, SharedLanguages)
_COUNTED = (RequestPoints, MentorPoints, CategoryPoints, LevelPoints, ExplicitPoints)


def _read(problem: Problem, duals: Duals, requests: NDArray[np.int32], holders: Holders) -> _Reading:
    """Return the columns that the pairs of some requests are judged by."""
    need = _need(problem)
    held = _allowed(problem, holders)
    held = held.take(held.level >= need[requests].min(initial=_HIGHEST))
    held = held.take(np.argsort(_order(held.skill, held.level), kind="stable"))
    asked = requests[np.argsort(_order(problem.skill, need)[requests], kind="stable")]
    first, stop = _stretches(problem, need, asked, held)
    paid, price = _paid(problem, duals)
    listed, listed_points = _listed_points(problem, stop > first)
    return _Reading(
        asked=asked,
        first=first,
        stop=stop,
        paid=paid,
        price=price[held.mentor],
        skill=problem.skill,
        holders=held,
        tables=_merged(_tables(problem, held), min(_LARGEST_TABLE, int((stop - first).sum()))),
        listed=listed,
        listed_points=listed_points,
        free_scorers=tuple(scorer for scorer in problem.scorers if not isinstance(scorer.shape, _COUNTED)),
        rules=_two_sided(problem),
        n_mentors=problem.n_mentors,
    )


def _order(skill: Places, level: Places) -> NDArray[np.int64]:
    """Return numbers that rise with the skill and, within it, fall with the level."""
    return skill.astype(np.int64) * (1 + _HIGHEST - _LOWEST) + (_HIGHEST - level.astype(np.int64))


def _stretches(
    problem: Problem, need: NDArray[np.int8], asked: NDArray[np.int32], held: Holders
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the holders of each asked request begin and end, both 0 for all others. Shape (n_requests,)."""
    order, skill = _order(held.skill, held.level), problem.skill[asked]
    first, stop = np.zeros(problem.n_requests, np.int64), np.zeros(problem.n_requests, np.int64)
    first[asked] = np.searchsorted(order, _order(skill, np.full(len(asked), _HIGHEST)))
    stop[asked] = np.searchsorted(order, _order(skill, need[asked]), side="right")
    return first, stop


def _need(problem: Problem) -> NDArray[np.int8]:
    """Return the least level that the rules ask of each request's mentor. Shape (n_requests,)."""
    need = np.full(problem.n_requests, _LOWEST, np.int8)
    for rule in problem.rules:
        if isinstance(rule.shape, LevelFloor):
            need = np.maximum(need, rule.shape.need)
    return need


def _allowed(problem: Problem, holders: Holders) -> Holders:
    """Return the holders whom no rule bars from every request."""
    allowed = np.ones(problem.n_mentors, np.bool_)
    for rule in problem.rules:
        if isinstance(rule.shape, MentorBar):
            allowed &= rule.shape.allowed
    return holders.take(allowed[holders.mentor])


def _two_sided(problem: Problem) -> tuple[CompiledRule, ...]:
    """Return the rules that look at both sides, those that search a list last: they take longest."""
    rules = [rule for rule in problem.rules if not isinstance(rule.shape, _ONE_SIDED)]
    return tuple(sorted(rules, key=lambda rule: isinstance(rule.shape, ExplicitBar)))


def _paid(problem: Problem, duals: Duals) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what request and mentee pay, and the mentor costs, each less what that side alone adds to the weight.

    A price above the heaviest weight covers no more than that weight does, so prices are cut there: then no sum of what
    `Problem.check_range` admits exceeds 63 bits, whatever a certificate says.
    """
    heaviest = max(problem.count_weight + problem.score_bounds[1], 0)
    request, mentee, price = (_cut(side, heaviest) for side in (duals.request, duals.mentee, duals.mentor))
    paid = np.minimum(request + mentee[problem.mentee], heaviest) - problem.count_weight
    for scorer in problem.scorers:
        if isinstance(scorer.shape, RequestPoints):
            paid -= scorer.weight * scorer.shape.by_request
        elif isinstance(scorer.shape, MentorPoints):
            price -= scorer.weight * scorer.shape.by_mentor
    return paid, price


def _cut(prices: NDArray[np.integer], heaviest: int) -> NDArray[np.int64]:
    cut: NDArray[np.integer] = np.clip(prices, 0, min(heaviest, np.iinfo(prices.dtype).max))
    return cut.astype(np.int64)


def _tables(problem: Problem, held: Holders) -> tuple[_Table, ...]:
    """Return the tables of all scorers that have one."""
    tables = []
    for scorer in problem.scorers:
        match scorer.shape:
            case CategoryPoints(request=row, mentor=category, table=points):
                tables.append(_Table.of(scorer, points, row, category[held.mentor]))
            case LevelPoints(request=row, first=lowest, table=points):
                tables.append(_Table.of(scorer, points, row, held.level.astype(np.int32) - lowest))
    return tuple(tables)


def _listed_points(problem: Problem, asked: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of some requests that scorers list, rising, and the sum of the points that each has there."""
    lists = [(scorer.weight, scorer.shape) for scorer in problem.scorers if isinstance(scorer.shape, ExplicitPoints)]
    meant = [np.flatnonzero(asked[shape.keys // max(problem.n_mentors, 1)]) for _, shape in lists]
    nothing = np.zeros(0, np.int64)
    keys = np.concatenate([nothing, *(shape.keys[rows] for (_, shape), rows in zip(lists, meant, strict=True))])
    worth = [weight * shape.by_pair[rows] for (weight, shape), rows in zip(lists, meant, strict=True)]
    points = np.concatenate([nothing, *worth])
    listed, place = np.unique(keys, return_inverse=True)
    total = np.zeros(len(listed), np.int64)
    np.add.at(total, place, points)
    return listed, total


# Looking at pairs


def _scanned(reading: _Reading, walk: Walk, witnesses: int, asked: NDArray[np.int32]) -> Uncovered:
    """Return the uncovered pairs of some requests, those aside that are listed."""
    judged = (_judged(reading, *_unlisted(reading, *short)) for short in walk(reading, asked))
    return _together((Uncovered(n=len(pairs[0]), request=pairs[0], mentor=pairs[1]) for pairs in judged), witnesses)


def _by_blocks(reading: _Reading, asked: NDArray[np.int32]) -> Iterator[tuple[Places, Places]]:
    """Return the requests and holders of short pairs, found block by block by numpy."""
    for same in np.split(asked, np.flatnonzero(np.diff(reading.first[asked])) + 1):
        n_holders = int((reading.stop[same] - reading.first[same]).max(initial=0))
        step = max(1, _BLOCK // max(1, n_holders))
        for begin in range(0, len(same) if n_holders else 0, step):
            request = same[begin : begin + step, None]
            row = np.arange(reading.first[request[0, 0]], reading.stop[request].max())[None, :]
            at, place = np.nonzero((reading.slack(request, row) < 0) & (row < reading.stop[request]))
            yield request[at, 0], row[0, place]


def _by_kernel(
    sheet: Sheet, scan: Callable[..., tuple[int, int, int]], reading: _Reading, asked: NDArray[np.int32]
) -> Iterator[tuple[Places, Places]]:
    """Return the requests and holders of short pairs, found by the kernel."""
    request, holder = np.empty(_WRITTEN, np.int64), np.empty(_WRITTEN, np.int64)
    at, begin = 0, 0
    while at < len(asked):
        at, begin, found = scan(sheet, asked, at, begin, request, holder)
        yield request[:found], holder[:found]


def _unlisted(reading: _Reading, request: Places, row: Places) -> tuple[Places, Places]:
    """Return those of some pairs of requests and holders that have no points of their own."""
    keys = _keys(request, reading.holders.mentor[row], reading.n_mentors)
    apart = ~_stands_in(reading.listed, keys)
    return request[apart], row[apart]


def _listed(reading: _Reading, witnesses: int) -> Uncovered:
    """Return the uncovered pairs among those that have points of their own."""
    request, mentor = np.divmod(reading.listed, max(reading.n_mentors, 1))
    row = _rows(reading, request, mentor)
    known = (row >= 0) & (row < reading.stop[request])
    request, row = request[known], row[known]
    short = reading.slack(request, row) < reading.listed_points[known]
    request, mentor = _judged(reading, request[short], row[short])
    return _together([Uncovered(n=len(request), request=request, mentor=mentor)], witnesses)


def _rows(reading: _Reading, request: Places, mentor: Places) -> NDArray[np.int64]:
    """Return the row of each mentor among the holders of each request's skill, -1 where there is none."""
    if not len(request):
        return np.zeros(0, np.int64)
    # One more key, below all others, so that something stands at or before every wanted one.
    keys = np.append(_keys(reading.holders.skill, reading.holders.mentor, reading.n_mentors), -1)
    wanted = _keys(reading.skill[request], mentor, reading.n_mentors)
    by_key, order = np.argsort(keys), np.argsort(wanted)
    row = np.empty(len(wanted), np.int64)
    # One after the other, rising: each search then ends near where the one before did.
    row[order] = by_key[np.searchsorted(keys[by_key], wanted[order], side="right") - 1]
    return np.where(keys[row] == wanted, row, -1)


def _judged(reading: _Reading, request: Places, row: Places) -> tuple[Places, Places]:
    """Return those of some short pairs that every rule admits, as requests and mentors."""
    for rule in reading.rules:
        kept = _admits(rule, request, reading.holders.mentor[row], reading.holders.level[row])
        request, row = request[kept], row[kept]
    return request, reading.holders.mentor[row]


def _admits(rule: CompiledRule, request: Places, mentor: Places, level: Places) -> NDArray[np.bool_]:
    match rule.shape:
        case SharedLanguages(request=spoken, mentor=understood):
            return np.asarray((spoken[request] & understood[mentor]) > 0)
        case CategoryBar(request=row, mentor=column, table=table):
            return table[row[request], column[mentor]]
        case IntervalBar(low=low, high=high, place=place):
            return (place[request] <= low[mentor]) | (place[request] >= high[mentor])
        case ExplicitBar(keys=keys, n_mentors=n_mentors):
            return ~_stands_in(keys, _keys(request, mentor, n_mentors))
        case _:
            return np.broadcast_to(rule.admits(request, mentor, level), request.shape)


def _keys(row: Places, column: Places, n_columns: int) -> NDArray[np.int64]:
    """Return one number for each pair, as shapes that list pairs write them."""
    return row.astype(np.int64) * n_columns + column


def _stands_in(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which numbers stand among rising ones."""
    return np.searchsorted(keys, wanted, side="right") > np.searchsorted(keys, wanted, side="left")
