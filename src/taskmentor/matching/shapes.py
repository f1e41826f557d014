"""The shapes that rules and scorers compile to: whole-number columns that any strategy, oracle or verifier can read.

A shape answers for pairs of a request and a mentor, given as their places in the problem. `requests`, `mentors` and
`levels` (the mentor's level of the request's skill) may have any shapes that broadcast: two columns of equal length, or
a block of requests against mentors.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from attrs import Attribute, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.models.people import NO_CODE, Categories

__all__ = [
    "CategoryBar",
    "CategoryPoints",
    "CompiledRule",
    "CompiledScorer",
    "ExplicitBar",
    "ExplicitPoints",
    "IntervalBar",
    "LevelFloor",
    "LevelPoints",
    "MentorBar",
    "MentorPoints",
    "PairBar",
    "PairPoints",
    "PointsShape",
    "RequestPoints",
    "RuleShape",
    "SharedLanguages",
    "distinct",
    "find_keys",
    "pair_keys",
    "with_unknown",
]

Places = NDArray[np.integer]
Truths = NDArray[np.bool_]
Points = NDArray[np.int64]


class RuleShape(Protocol):
    """What a rule compiles to."""

    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        """Return which pairs the rule admits."""
        ...


class PointsShape(Protocol):
    """What a scorer compiles to; `lowest` and `highest` bound the points of every pair there could be."""

    @property
    def lowest(self) -> int:
        """Return a number that no pair's points fall below."""
        ...

    @property
    def highest(self) -> int:
        """Return a number that no pair's points exceed."""
        ...

    def points(self, requests: Places, mentors: Places, levels: Places) -> Points:
        """Return the points of each pair."""
        ...


def with_unknown(categories: Categories, rows: Places) -> NDArray[np.int32]:
    """Return the codes of some rows, with one more category, the last, for the empty cell."""
    codes = categories.codes[rows]
    return np.where(codes == NO_CODE, len(categories.labels), codes).astype(np.int32)


def distinct(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers of 0 or more in rising order, each once; several times faster than `np.unique` on millions."""
    rising = np.sort(keys, kind="stable")  # what is sorted in stretches already takes one pass
    return rising[np.flatnonzero(np.diff(rising, prepend=-1))]


def pair_keys(requests: Places, mentors: Places, n_mentors: int) -> NDArray[np.int64]:
    """Return one number for each pair, different for different pairs."""
    return requests.astype(np.int64) * n_mentors + mentors


_MANY_KEYS = 1_000_000
_SOME_KEYS = 10_000


def _find_many(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the place of each wanted key that stands among sorted keys, any place for the others.

    What is here is done for the sake of memory, which single searches would read all over: most keys that are not there
    are told by the last bits of their numbers, and the others are searched for one after the other, rising.
    """
    last_bits = (1 << (8 * len(keys)).bit_length()) - 1
    ends_so = np.zeros(last_bits + 1, np.bool_)
    ends_so[keys & last_bits] = True
    rows = np.flatnonzero(ends_so[wanted & last_bits])
    rows = rows[np.argsort(wanted[rows], kind="stable")]
    place = np.zeros(wanted.shape, np.intp)
    place[rows] = np.searchsorted(keys, wanted[rows])
    return place


def find_keys(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[NDArray[np.intp], Truths]:
    """Return the place of each wanted key among sorted keys, and whether it stands there."""
    if not len(keys):
        return np.zeros(wanted.shape, np.intp), np.zeros(wanted.shape, np.bool_)
    if keys.shape == wanted.shape and (keys == wanted).all():  # all of them, which takes no search
        return np.arange(len(keys)), np.ones(len(keys), np.bool_)
    if min(wanted.size, len(keys)) >= _MANY_KEYS:
        place = _find_many(keys, wanted.ravel()).reshape(wanted.shape)
    elif wanted.ndim == 1 and min(wanted.size, len(keys)) >= _SOME_KEYS:
        # Keys that rise, if only by and large, are found near each other; 16 bits are sorted by digits, not compared.
        rough = wanted >> max(int(keys[-1]).bit_length() - 16, 0)
        order = np.argsort(rough.astype(np.uint16), kind="stable")
        place = np.empty_like(wanted, np.intp)
        place[order] = np.searchsorted(keys, wanted[order])
    else:
        place = np.searchsorted(keys, wanted)
    place = np.minimum(place, len(keys) - 1)
    return place, keys[place] == wanted


def _spread(given: NDArray[np.generic], *others: Places) -> NDArray[np.generic]:
    return np.broadcast_to(given, np.broadcast_shapes(given.shape, *(other.shape for other in others)))


def _whole(points: NDArray[np.generic]) -> Points:
    """Return points as they are counted; narrow whole numbers would overflow when they are weighted."""
    if points.dtype.kind == "b" or not np.can_cast(points.dtype, np.int64):
        raise ValueError(f"points must be whole numbers, not {points.dtype}")
    return points.astype(np.int64, copy=False)


def _rising(_: object, attribute: "Attribute[NDArray[np.int64]]", keys: NDArray[np.int64]) -> None:
    if (keys[1:] <= keys[:-1]).any():
        raise ValueError(f"{attribute.name} must be sorted, each once")


def _lowest(points: Points) -> int:
    return int(points.min()) if points.size else 0


def _highest(points: Points) -> int:
    return int(points.max()) if points.size else 0


# Rules


@frozen(eq=False)
class LevelFloor:
    """Admits mentors whose level of the skill is at least `need`. Shape (n_requests,)."""

    need: NDArray[np.int8]

    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        """Return which pairs the rule admits."""
        return np.asarray(levels >= self.need[requests])


@frozen(eq=False)
class MentorBar:
    """Admits the mentors that are `allowed`, whatever the request. Shape (n_mentors,)."""

    allowed: Truths

    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        """Return which pairs the rule admits."""
        return _spread(self.allowed[mentors], requests)  # type: ignore[return-value]


@frozen(eq=False)
class CategoryBar:
    """Admits pairs by a table over a category of the request and a category of the mentor.

    Attributes:
        request: Rows of the table. Shape (n_requests,).
        mentor: Columns of the table. Shape (n_mentors,).
        table: Whether the pair is admitted. Shape (categories of requests, categories of mentors).
    """

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    table: Truths

    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        """Return which pairs the rule admits."""
        return self.table[self.request[requests], self.mentor[mentors]]


@frozen(eq=False)
class SharedLanguages:
    """Admits pairs that have a bit in common.

    Attributes:
        request: Shape (n_requests,).
        mentor: Shape (n_mentors,).
    """

    request: NDArray[np.uint64]
    mentor: NDArray[np.uint64]

    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        """Return which pairs the rule admits."""
        return np.asarray((self.request[requests] & self.mentor[mentors]) != 0)


@frozen(eq=False)
class IntervalBar:
    """Bars pairs where the place of one side lies strictly inside the interval of the other, as in a reporting forest.

    Attributes:
        low: First place of each mentor's interval, which is the mentor's own. Shape (n_mentors,).
        high: End of each mentor's interval, not included. Shape (n_mentors,).
        place: The place of each request's mentee. Shape (n_requests,).
    """

    low: NDArray[np.int32]
    high: NDArray[np.int32]
    place: NDArray[np.int32]

    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        """Return which pairs the rule admits."""
        place = self.place[requests]
        return ~((self.low[mentors] < place) & (place < self.high[mentors]))

    @property
    def keys(self) -> NDArray[np.int64]:
        """Return the `pair_keys` of all pairs that the rule bars.

        Complexity:
            O(n log n + answers) for n intervals and requests, where intervals are nested or apart as in a forest.
        """
        order = np.argsort(self.low, kind="stable")
        low, high = self.low[order], self.high[order]
        wider = _previous_higher(high)
        request = np.arange(len(self.place))
        place = np.searchsorted(low, self.place, side="left") - 1
        found = [np.zeros(0, np.int64)]
        while len(request):
            known = place >= 0
            request, place = request[known], place[known]
            inside = high[place] > self.place[request]
            found.append(pair_keys(request[inside], order[place[inside]], len(low)))
            # What lies between an interval that ends too early and the last one before that ends later ends too early.
            place = np.where(inside, place - 1, wider[place])
        return np.concatenate(found)


def _previous_higher(high: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return for each place the last one before it with a greater number, -1 where there is none."""
    answer = np.arange(-1, len(high) - 1)
    pending = np.flatnonzero(answer >= 0)
    while len(pending):
        lower = pending[high[answer[pending]] <= high[pending]]
        # Jump over what was skipped before; the answers of earlier places that are final are never passed.
        answer[lower] = answer[answer[lower]]
        pending = lower[answer[lower] >= 0]
    return answer


@frozen(eq=False)
class ExplicitBar:
    """Bars listed pairs.

    Attributes:
        keys: `pair_keys` of the barred pairs, sorted. Shape (n_pairs,).
        n_mentors: How many mentors the problem has.
    """

    keys: NDArray[np.int64] = field(validator=_rising)
    n_mentors: int

    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        """Return which pairs the rule admits."""
        return ~find_keys(self.keys, pair_keys(requests, mentors, self.n_mentors))[1]


@frozen(eq=False)
class PairBar:
    """Admits pairs by a free function of both; only strategies that list all pairs can hold it."""

    function: Callable[[Places, Places], Truths]

    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        """Return which pairs the rule admits."""
        return self.function(requests, mentors)


# Points


@frozen(eq=False)
class RequestPoints:
    """Points on the request, whoever the mentor is. Shape (n_requests,)."""

    by_request: Points = field(converter=_whole)

    @property
    def lowest(self) -> int:
        """Return the fewest points."""
        return _lowest(self.by_request)

    @property
    def highest(self) -> int:
        """Return the most points."""
        return _highest(self.by_request)

    def points(self, requests: Places, mentors: Places, levels: Places) -> Points:
        """Return the points of each pair."""
        return _spread(self.by_request[requests], mentors)  # type: ignore[return-value]


@frozen(eq=False)
class MentorPoints:
    """Points on the mentor, whatever the request. Shape (n_mentors,)."""

    by_mentor: Points = field(converter=_whole)

    @property
    def lowest(self) -> int:
        """Return the fewest points."""
        return _lowest(self.by_mentor)

    @property
    def highest(self) -> int:
        """Return the most points."""
        return _highest(self.by_mentor)

    def points(self, requests: Places, mentors: Places, levels: Places) -> Points:
        """Return the points of each pair."""
        return _spread(self.by_mentor[mentors], requests)  # type: ignore[return-value]


@frozen(eq=False)
class CategoryPoints:
    """Points by a table over a category of the request and a category of the mentor.

    Attributes:
        request: Rows of the table. Shape (n_requests,).
        mentor: Columns of the table. Shape (n_mentors,).
        table: Points. Shape (categories of requests, categories of mentors).
    """

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    table: Points = field(converter=_whole)

    @property
    def lowest(self) -> int:
        """Return the fewest points."""
        return _lowest(self.table)

    @property
    def highest(self) -> int:
        """Return the most points."""
        return _highest(self.table)

    def points(self, requests: Places, mentors: Places, levels: Places) -> Points:
        """Return the points of each pair."""
        return self.table[self.request[requests], self.mentor[mentors]]


@frozen(eq=False)
class LevelPoints:
    """Points by a table over a category of the request and the mentor's level of the skill.

    Attributes:
        request: Rows of the table. Shape (n_requests,).
        first: The level of the table's first column.
        table: Points. Shape (categories of requests, levels).
    """

    request: NDArray[np.int32]
    first: int
    table: Points = field(converter=_whole)

    @property
    def lowest(self) -> int:
        """Return the fewest points."""
        return _lowest(self.table)

    @property
    def highest(self) -> int:
        """Return the most points."""
        return _highest(self.table)

    def points(self, requests: Places, mentors: Places, levels: Places) -> Points:
        """Return the points of each pair."""
        return self.table[self.request[requests], levels - self.first]


@frozen(eq=False)
class ExplicitPoints:
    """Points on listed pairs, 0 on all others.

    Attributes:
        keys: `pair_keys` of the listed pairs, sorted. Shape (n_pairs,).
        by_pair: Their points. Shape (n_pairs,).
        n_mentors: How many mentors the problem has.
    """

    keys: NDArray[np.int64] = field(validator=_rising)
    by_pair: Points = field(converter=_whole)
    n_mentors: int

    @property
    def lowest(self) -> int:
        """Return the fewest points, at most 0."""
        return int(self.by_pair.min(initial=0))

    @property
    def highest(self) -> int:
        """Return the most points, at least 0."""
        return int(self.by_pair.max(initial=0))

    def points(self, requests: Places, mentors: Places, levels: Places) -> Points:
        """Return the points of each pair."""
        place, listed = find_keys(self.keys, pair_keys(requests, mentors, self.n_mentors))
        if not len(self.keys):
            return np.zeros(listed.shape, np.int64)
        return np.where(listed, self.by_pair[place], 0)


@frozen(eq=False)
class PairPoints:
    """Points by a free function of both, with stated bounds; a pair outside them is an error of the scorer.

    Attributes:
        function: Gives whole points for places of requests and mentors that broadcast.
        lowest: No pair has fewer.
        highest: No pair has more.
    """

    function: Callable[[Places, Places], Points]
    lowest: int
    highest: int

    def points(self, requests: Places, mentors: Places, levels: Places) -> Points:
        """Return the points of each pair.

        Raises:
            ValueError: If the function breaks its bounds or does not give whole numbers.
        """
        given = _whole(self.function(requests, mentors))
        if given.size and (given.min() < self.lowest or given.max() > self.highest):
            bounds = f"its bounds {self.lowest} to {self.highest}"
            raise ValueError(f"a pair scorer gave {given.min()} to {given.max()} points, outside {bounds}")
        return given


# With their names


_BY_REQUEST = ("need", "request", "place", "by_request")
_BY_MENTOR = ("allowed", "mentor", "low", "high", "by_mentor")


def _check_shape(kind: str, name: str, shape: object, method: str, sizes: tuple[int, int]) -> None:
    """Refuse what is no shape, and columns that are not aligned with the pool."""
    if not hasattr(shape, method):
        problem = f"{kind} {name!r} compiles to {shown(shape)}"
        raise _refusal("WRONG-SHAPE", name, problem, "Return one of the shapes of taskmentor.matching.shapes.")
    for names, size, what in ((_BY_REQUEST, sizes[0], "requests"), (_BY_MENTOR, sizes[1], "mentors")):
        for column in names:
            given = getattr(shape, column, None)
            if isinstance(given, np.ndarray) and given.shape != (size,):
                problem = f"{kind} {name!r} gives {column} of shape {given.shape}"
                remedy = f"Give one entry for each of the {size:,} {what} of the pool (pool.{what}), in that order."
                raise _refusal("WRONG-SHAPE", name, problem, remedy)


def _refusal(code: str, name: str, problem: str, remedy: str) -> InputError:
    return InputError([Fault(code=code, table="policy", column=name, problem=problem, remedy=remedy)])


@frozen(eq=False)
class CompiledRule:
    """A rule's name and the shape that it has for one problem."""

    name: str
    shape: RuleShape

    def check(self, n_requests: int, n_mentors: int) -> None:
        """Raise InputError if the shape is none, or its columns are not aligned with the pool."""
        _check_shape("rule", self.name, self.shape, "admits", (n_requests, n_mentors))

    def admits(self, requests: Places, mentors: Places, levels: Places) -> Truths:
        """Return which pairs the rule admits.

        Raises:
            InputError: If the rule answers with anything but True and False.
        """
        given = np.asarray(self.shape.admits(requests, mentors, levels))
        if given.dtype.kind != "b":
            problem = f"rule {self.name!r} answers with {given.dtype}"
            raise _refusal("WRONG-TYPE", self.name, problem, "Answer with True and False for each pair.")
        return given


@frozen(eq=False)
class CompiledScorer:
    """A scorer's name and weight, and the shape that it has for one problem."""

    name: str
    weight: int
    shape: PointsShape

    def check(self, n_requests: int, n_mentors: int) -> None:
        """Raise InputError if the shape is none, or its columns are not aligned with the pool."""
        _check_shape("scorer", self.name, self.shape, "points", (n_requests, n_mentors))

    @property
    def bounds(self) -> tuple[int, int]:
        """Return the lowest and the highest weighted points."""
        ends = (self.weight * self.shape.lowest, self.weight * self.shape.highest)
        return min(ends), max(ends)

    def points(self, requests: Places, mentors: Places, levels: Places) -> Points:
        """Return the weighted points of each pair.

        Raises:
            InputError: If the scorer gives anything but whole numbers within its own bounds.
        """
        try:
            given = _whole(np.asarray(self.shape.points(requests, mentors, levels)))
        except ValueError as error:
            raise _refusal("WRONG-TYPE", self.name, f"scorer {self.name!r}: {error}", "Give whole points.") from error
        low, high = self.shape.lowest, self.shape.highest
        if given.size and (given.min() < low or given.max() > high):
            problem = f"scorer {self.name!r} gives {given.min()} to {given.max()} points"
            raise _refusal("OUT-OF-RANGE", self.name, problem, f"Its shape promises {low} to {high}.")
        return self.weight * given
