"""Sets of instants do what sets of numbers do."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.errors import InputError
from taskmentor.scheduling.spans import Span, Spans, instant_of, seconds_of

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)

pairs = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=6)


def made(given_pairs: list[tuple[int, int]]) -> Spans:
    begin, end = np.array(given_pairs, np.int64).reshape(-1, 2).T
    return Spans.between(begin, end)


def held(spans: Spans) -> set[int]:
    return {second for begin, end in zip(spans.begin, spans.end, strict=True) for second in range(begin, end)}


def plain(given_pairs: list[tuple[int, int]]) -> set[int]:
    return {second for begin, end in given_pairs for second in range(begin, end)}


@given(pairs, pairs)
def test_spans_are_joined_cut_and_taken_away_as_sets_are(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    """An off-by-one at an edge would book a session into the first minute of a holiday."""
    spans, others = made(one), made(other)
    assert held(spans) == plain(one)
    assert held(spans | others) == plain(one) | plain(other)
    assert held(spans & others) == plain(one) & plain(other)
    assert held(spans - others) == plain(one) - plain(other)
    for found in (spans, spans | others, spans & others, spans - others):
        edges = np.column_stack([found.begin, found.end]).ravel()
        assert (np.diff(edges) > 0).all(), "spans neither overlap nor touch, and are in order"


@given(pairs, pairs)
def test_a_span_is_held_when_all_of_it_is(one: list[tuple[int, int]], asked: list[tuple[int, int]]) -> None:
    wanted = [(begin, end) for begin, end in asked if begin < end]
    begin, end = np.array(wanted, np.int64).reshape(-1, 2).T
    assert made(one).hold(begin, end).tolist() == [plain([pair]) <= plain(one) for pair in wanted]


def test_spans_of_time_come_back_as_they_were() -> None:
    spans = [Span(NOON, NOON + timedelta(hours=1)), Span(NOON + timedelta(hours=3), NOON + timedelta(hours=4))]
    found = Spans.of(reversed(spans))
    assert list(found) == spans
    assert len(found) == 2
    assert list(Spans.of([])) == list(Spans.none()) == []


def test_a_span_is_kept_in_utc() -> None:
    """Two spans that are the same time are the same value, whoever gave them."""
    east = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert Span(east, NOON + timedelta(minutes=5)) == Span(NOON, east + timedelta(minutes=5))
    assert Span(east, NOON + timedelta(minutes=5)).starts_at.tzinfo is UTC
    assert instant_of(seconds_of(east)) == NOON


@pytest.mark.parametrize(
    ("begin", "end", "code"),
    [
        (NOON.replace(tzinfo=None), NOON, "NAIVE-TIME"),
        (NOON, (NOON + timedelta(hours=1)).replace(tzinfo=None), "NAIVE-TIME"),
        (NOON, NOON, "DATE-ORDER"),
        (NOON, NOON - timedelta(seconds=1), "DATE-ORDER"),
        (datetime(1, 1, 1, tzinfo=UTC), NOON, "OUT-OF-RANGE"),
    ],
)
def test_a_span_of_no_certain_time_is_refused(begin: datetime, end: datetime, code: str) -> None:
    with pytest.raises(InputError, match=f"TM-{code}"):
        Span(begin, end)
