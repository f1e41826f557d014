"""Sets of instants: disjoint half-open spans of time, as columns of whole seconds in UTC."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError
from taskmentor.models.tables import hold_read_only
from taskmentor.validators import check_instant

__all__ = ["Span", "Spans", "full_seconds_of", "instant_of", "seconds_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Seconds = NDArray[np.int64]


def seconds_of(at: datetime) -> int:
    """Return the whole seconds from 1970 to an aware moment; what is left of a second is dropped."""
    return (at - _EPOCH) // timedelta(seconds=1)


def full_seconds_of(at: datetime) -> int:
    """Return the whole seconds from 1970 to an aware moment; what is left of a second counts as one."""
    return -((_EPOCH - at) // timedelta(seconds=1))


def instant_of(seconds: int) -> datetime:
    """Return the moment so many seconds after 1970, in UTC."""
    return _EPOCH + timedelta(seconds=seconds)


def _in_utc(at: datetime) -> datetime:
    check_instant(at, "span", "at")
    return at.astimezone(UTC)


@frozen
class Span:
    """The time from one moment up to, but not including, another; both in UTC, whatever zone they are given in.

    Raises:
        InputError: If a moment is naive (`NAIVE-TIME`), or the end is not after the start (`DATE-ORDER`).
    """

    starts_at: datetime = field(converter=_in_utc)
    ends_at: datetime = field(converter=_in_utc)

    def __attrs_post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            problem = f"{self.ends_at.isoformat()} is not after {self.starts_at.isoformat()}"
            remedy = "Give an end after the start."
            raise InputError([Fault(code="DATE-ORDER", table="span", column="ends_at", problem=problem, remedy=remedy)])


@frozen(eq=False)
class Spans:
    """A set of instants: spans that neither overlap nor touch, in order.

    Attributes:
        begin: Seconds since 1970 in UTC, rising. Shape (n,).
        end: Seconds since 1970 in UTC, each above its begin and below the next. Shape (n,).
    """

    begin: Seconds
    end: Seconds

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    @classmethod
    def none(cls) -> "Spans":
        """Return the empty set."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))

    @classmethod
    def between(cls, begin: Seconds, end: Seconds) -> "Spans":
        """Return the instants that lie in at least one of some spans; a span that ends before it begins holds none.

        Args:
            begin: Seconds since 1970, in any order. Shape (n,).
            end: Seconds since 1970. Shape (n,).

        Complexity:
            O(n log n).
        """
        some = begin < end
        return _where(*_depths([(begin[some], end[some], 1)]))

    @classmethod
    def of(cls, spans: Iterable[Span]) -> "Spans":
        """Return the instants that lie in at least one of some spans, with the whole of every second they touch."""
        pairs = [(seconds_of(span.starts_at), full_seconds_of(span.ends_at)) for span in spans]
        begin, end = np.array(pairs, np.int64).reshape(-1, 2).T
        return cls.between(begin, end)

    def __len__(self) -> int:
        return len(self.begin)

    def __iter__(self) -> Iterator[Span]:
        pairs = zip(self.begin.tolist(), self.end.tolist(), strict=True)
        return (Span(instant_of(begin), instant_of(end)) for begin, end in pairs)

    def __or__(self, other: "Spans") -> "Spans":
        if not len(other):
            return self
        return _where(*_depths([(self.begin, self.end, 1), (other.begin, other.end, 1)]))

    def __and__(self, other: "Spans") -> "Spans":
        at, depth = _depths([(self.begin, self.end, 1), (other.begin, other.end, 1)])
        return _where(at, depth - 1)

    def __sub__(self, other: "Spans") -> "Spans":
        if not len(other):
            return self
        # What lies in both adds up to 0, what lies in the other alone to less.
        return _where(*_depths([(self.begin, self.end, 1), (other.begin, other.end, -1)]))

    def hold(self, begin: Seconds, end: Seconds) -> NDArray[np.bool_]:
        """Return for each of some spans whether all of it lies in this set.

        Args:
            begin: Seconds since 1970. Shape (m,).
            end: Seconds since 1970, each above its begin. Shape (m,).

        Complexity:
            O(m log n).
        """
        if not len(self):
            return np.zeros(len(begin), np.bool_)
        place = np.searchsorted(self.begin, begin, side="right") - 1
        return (place >= 0) & (end <= self.end[place])


def _depths(sets: Iterable[tuple[Seconds, Seconds, int]]) -> tuple[Seconds, Seconds]:
    """Return every moment at which a span begins or ends, and the sum of the weights of the spans that follow it."""
    weighted = list(sets)
    edges = np.concatenate([column for begin, end, _ in weighted for column in (begin, end)])
    steps = np.concatenate([np.full(len(begin), step) for begin, _, weight in weighted for step in (weight, -weight)])
    order = np.argsort(edges, kind="stable")
    at, depth = edges[order], np.cumsum(steps[order])
    last = np.append(at[1:] != at[:-1], np.ones(min(len(at), 1), np.bool_))
    return at[last], depth[last]


def _where(at: Seconds, depth: Seconds) -> Spans:
    """Return the instants that follow moments of a depth above 0, up to the next moment of another."""
    inside = depth > 0
    turns = np.flatnonzero(np.diff(inside, prepend=False))
    return Spans(at[turns[::2]], at[turns[1::2]])
