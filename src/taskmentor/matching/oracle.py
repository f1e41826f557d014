"""The oracle: for any prices, the mentors worth most to each kind of request, over all who hold the skill."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import pairwise
from typing import TypeVar

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.matching.kernels.choosing import best_of
from taskmentor.matching.kernels.circulation import sorted_places
from taskmentor.matching.kernels.finding import points_of_pairs
from taskmentor.matching.kernels.scanning import Scan, best_kinds, nearest
from taskmentor.matching.kinds import Exceptions, Kinds, starts
from taskmentor.models.ranges import ranges

__all__ = ["Askers", "Found", "Nearest", "Oracle", "workers"]

Whole = NDArray[np.signedinteger]
_T = TypeVar("_T")

_BY_BLOCKS_ABOVE = 2_000
"""For fewer holders, looking at all of them is faster than choosing between blocks of them."""

_CHUNK = 1_000_000
"""About how many pairs one task looks at: a few milliseconds of machine code."""

_OVERHEAD = 100
"""What a kind costs beside its pairs, in pairs."""


@frozen(eq=False, kw_only=True)
class Nearest:
    """The mentors worth most to some kinds, less their prices, kind by kind, best first.

    Attributes:
        count: How many there are for each kind. Shape (n_kinds,).
        beyond: No other mentor is worth more to the kind; far below any points for nobody. Shape (n_kinds,).
        mentor: Shape (n,).
        net: What they are worth to the kind, less their prices. Shape (n,).
    """

    count: NDArray[np.int32]
    beyond: Whole
    mentor: NDArray[np.int32]
    net: Whole


@frozen(eq=False, kw_only=True)
class Askers:
    """The kinds to which some mentors are worth most beyond what they have.

    Attributes:
        mentor: Shape (n,).
        kind: Shape (n,).
        value: What the mentor is worth to the kind beyond what it has, without any price. Shape (n,).
    """

    mentor: NDArray[np.int32]
    kind: NDArray[np.int64]
    value: Whole


@frozen(eq=False, kw_only=True)
class Found:
    """The k best mentors of some requests.

    Attributes:
        request: Shape (n,).
        mentor: -1 where there are fewer than k. Shape (n, k).
        level: Their levels, as columns of the table of levels. Shape (n, k).
        net: What they are worth to the kind, less their prices. Shape (n, k).
    """

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    level: NDArray[np.int8]
    net: Whole


@contextmanager
def workers(executor: Executor | None, *, compiled: bool) -> Iterator[Executor | None]:
    """Give an executor to work with: the caller's, else a thread for each core where machine code runs, else none."""
    n_cores = os.cpu_count() or 1
    if executor is not None or not compiled or n_cores == 1:
        yield executor
        return
    with ThreadPoolExecutor(n_cores) as own:
        yield own


@frozen(eq=False, kw_only=True)
class Oracle:
    """Looks at all holders of a skill for one kind of request after the other.

    Attributes:
        kinds: The requests by kind.
        compiled: Whether machine code runs.
        executor: Who does the work, in parts that do not depend on how many take part; None for the caller itself.
    """

    kinds: Kinds = field(kw_only=False)
    compiled: bool
    executor: Executor | None

    def among(self, holders: NDArray[np.bool_]) -> "Oracle":
        """Return an oracle that looks at some of the holders alone, for `nearest`.

        Args:
            holders: Which of them. Shape (n_holders,).
        """
        scan = self.kinds.scan
        before = np.append(0, np.cumsum(holders))
        first = scan.holder_start[scan.kind_skill]
        some = scan._replace(
            holder_start=before[scan.holder_start],
            holder=scan.holder[holders],
            level=scan.level[holders],
            code=scan.code[:, holders],
            kind_count=before[first + scan.kind_count] - before[first],
            block_start=np.zeros_like(scan.block_start),
            block_first=scan.block_first[:0],
        )
        return evolve(self, kinds=evolve(self.kinds, scan=some))

    def nearest(
        self,
        kinds: NDArray[np.integer],
        price: NDArray[np.integer],
        width: NDArray[np.integer],
        floor: NDArray[np.integer] | None = None,
    ) -> Nearest:
        """Return the mentors worth most to some kinds.

        Args:
            kinds: Kinds, those of one skill together. Shape (n,).
            price: Points. Shape (n_mentors,).
            width: How many mentors are wanted for each kind, 1 or more. Shape (n,).
            floor: Mentors worth no more to the kind are left out; nobody is unless given. Shape (n,).

        Complexity:
            O(p + n w log w) for p pairs of the kinds and mentors who hold the skill at the needed level.
        """
        scan, narrow = self.kinds.scan, price.astype(self.kinds.scan.by_mentor.dtype)
        room = np.minimum(width, np.maximum(scan.kind_count[kinds], 1)).astype(np.int64)
        least = np.full(len(kinds), scan.least, narrow.dtype) if floor is None else floor.astype(narrow.dtype)
        parts = self._all(
            [
                partial(_nearest, scan, kinds[part], narrow, room[part], least[part], self.compiled)
                for part in self._parts(kinds)
            ]
        )
        return Nearest(
            count=np.concatenate([part.count for part in parts]),
            beyond=np.concatenate([part.beyond for part in parts]),
            mentor=np.concatenate([part.mentor for part in parts]),
            net=np.concatenate([part.net for part in parts]),
        )

    def askers(self, mentors: NDArray[np.integer], floor: NDArray[np.int64], k: int) -> "Askers":
        """Return the kinds to which some mentors are worth most beyond what the kinds have.

        Args:
            mentors: Mentors, each once. Shape (n,).
            floor: What each kind has. Shape (n_kinds,).
            k: How many kinds of each mentor, 1 or more.

        Complexity:
            O(p + n k) for p pairs of these mentors and kinds.
        """
        scan = self.kinds.scan
        place = np.full(len(scan.by_mentor), -1, np.int32)
        place[mentors] = np.arange(len(mentors))
        some = self.among(place[scan.holder] >= 0).kinds.scan
        some = some._replace(holder=place[some.holder], by_mentor=scan.by_mentor[mentors])
        value, which = np.zeros((len(mentors), k), scan.by_mentor.dtype), np.zeros((len(mentors), k), np.int64)
        size = np.zeros(len(mentors), np.int64)
        asking = np.flatnonzero(some.kind_count)
        best_kinds.for_size(self.compiled)(some, asking, floor, value, which, size)
        there = np.arange(k) < size[:, None]
        return Askers(mentor=np.repeat(mentors, size).astype(np.int32), kind=which[there], value=value[there])

    def best(self, price: NDArray[np.integer], turn: NDArray[np.int64], k: int) -> Found:
        """Return the k best mentors of every request that has a kind, to the last tie.

        Args:
            price: Points. Shape (n_mentors,).
            turn: Which mentor comes first among equals for each request. Shape (n_requests,).
            k: 1 or more.

        Complexity:
            O(p + n k) for n requests and p pairs of their kinds and mentors who hold the skill at the needed level.
        """
        kinds, narrow = self.kinds, price.astype(self.kinds.scan.by_mentor.dtype)
        order = self.by_skill
        tasks = [_BestOf.of(kinds, order[part], narrow, turn, k, self.compiled) for part in self._parts(order)]
        parts = self._all([partial(_best, task) for task in tasks])
        return Found(
            request=np.concatenate([task.request for task in tasks]),
            mentor=np.concatenate([mentor for mentor, _, _ in parts]),
            level=np.concatenate([level for _, level, _ in parts]),
            net=np.concatenate([net for _, _, net in parts]),
        )

    def points(
        self, request: NDArray[np.integer], mentor: NDArray[np.integer]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return what mentors are worth to some requests without these' own points, and which pairs are exceptions.

        Args:
            request: Places of requests that have a kind. Shape (n,).
            mentor: Places of mentors. Shape (n,).

        Returns:
            Points, `scan.least` or less where the pair may not be made, and truths. Shapes (n,).
        """
        kinds, (start, held) = self.kinds, self._held
        points, excepted = np.empty(len(request), np.int64), np.empty(len(request), np.bool_)
        listed = kinds.exceptions
        points_of_pairs.for_size(self.compiled)(
            kinds.scan,
            kinds.kind,
            start,
            held,
            listed.start,
            listed.mentor,
            listed.points,
            request.astype(np.int32),
            mentor.astype(np.int32),
            points,
            excepted,
        )
        return points, excepted

    @cached_property
    def _held(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Where the holders that each mentor is begin, and these holders, mentor by mentor."""
        holder, n_mentors = self.kinds.scan.holder, len(self.kinds.scan.by_mentor)
        return starts(holder, n_mentors), sorted_places.for_size(self.compiled)(holder, n_mentors)

    @cached_property
    def by_skill(self) -> NDArray[np.int64]:
        """Return all kinds in the order of their skills."""
        return np.argsort(self.kinds.scan.kind_skill, kind="stable")

    def _parts(self, kinds: NDArray[np.integer]) -> list[slice]:
        """Return parts of about equal work, which do not depend on who does it."""
        cost = np.cumsum(np.minimum(self.kinds.scan.kind_count[kinds], _BY_BLOCKS_ABOVE) + _OVERHEAD)
        cuts = np.searchsorted(cost, np.arange(_CHUNK, int(cost[-1]) if len(cost) else 0, _CHUNK)).tolist()
        return [slice(begin, end) for begin, end in pairwise([0, *cuts, len(kinds)])]

    def _all(self, tasks: list[Callable[[], _T]]) -> list[_T]:
        if self.executor is None or len(tasks) == 1:
            return [task() for task in tasks]
        return list(self.executor.map(_done, tasks))


def _done(task: Callable[[], _T]) -> _T:
    return task()


def _nearest(
    scan: Scan, kinds: NDArray[np.integer], price: Whole, width: NDArray[np.int64], floor: Whole, compiled: bool
) -> Nearest:
    start = np.cumsum(width) - width
    mentor, net = np.empty(width.sum(), np.int32), np.empty(width.sum(), price.dtype)
    count, beyond = np.empty(len(kinds), np.int32), np.empty(len(kinds), price.dtype)
    by_blocks = _by_blocks_above(scan)
    nearest.for_size(compiled)(
        scan, kinds.astype(np.int64), price, start, width, floor, by_blocks, mentor, net, count, beyond
    )
    rows = ranges(start, count)
    return Nearest(count=count, beyond=beyond, mentor=mentor[rows], net=net[rows])


def _by_blocks_above(scan: Scan) -> int:
    """Return for how many holders blocks are looked at; never where no table, or nothing at all, tells blocks apart."""
    return _BY_BLOCKS_ABOVE if len(scan.table_start) and len(scan.block_first) else int(scan.holder_start[-1])


@frozen(eq=False, kw_only=True)
class _BestOf:
    """What one part of the work needs to find the best mentors of the requests of some kinds."""

    scan: Scan
    kinds: NDArray[np.int64]
    first: NDArray[np.int64]
    request: NDArray[np.int32]
    price: Whole
    turn: NDArray[np.int64]
    exceptions: Exceptions
    k: int
    compiled: bool

    @classmethod
    def of(
        cls, kinds: Kinds, some: NDArray[np.int64], price: Whole, turn: NDArray[np.int64], k: int, compiled: bool
    ) -> "_BestOf":
        count = np.diff(kinds.start)[some]
        request = kinds.request[ranges(kinds.start[some], count)]
        return cls(
            scan=kinds.scan,
            kinds=some,
            first=np.append(0, np.cumsum(count)),
            request=request,
            price=price,
            turn=turn[request],
            exceptions=kinds.exceptions.take(request),
            k=k,
            compiled=compiled,
        )


def _best(task: _BestOf) -> tuple[NDArray[np.int32], NDArray[np.int8], Whole]:
    shape = (len(task.request), task.k)
    mentor, level, net = np.full(shape, -1, np.int32), np.zeros(shape, np.int8), np.zeros(shape, task.price.dtype)
    listed = task.exceptions
    best_of.for_size(task.compiled)(
        task.scan,
        task.kinds,
        task.first,
        task.price,
        _by_blocks_above(task.scan),
        task.turn,
        listed.start,
        listed.mentor,
        listed.points,
        listed.level,
        mentor,
        level,
        net,
    )
    return mentor, level, net
