"""Ranges of rows, against plain loops."""

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.models.ranges import begins, place_in_run, places_of, ranges, rows_of

numbers = st.lists(st.integers(0, 5), max_size=8)


def test_ranges_follow_one_another() -> None:
    """Would be broken: every list that is cut out of another."""
    assert ranges(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
    assert ranges(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == []


@given(sizes=st.lists(st.integers(0, 3), min_size=1, max_size=6), data=st.data())
def test_rows_of_owners_are_those_between_their_starts(sizes: list[int], data: st.DataObject) -> None:
    owners = data.draw(st.lists(st.integers(0, len(sizes) - 1), max_size=8))
    start = np.append(0, np.cumsum(sizes))
    expected = [row for owner in owners for row in range(start[owner], start[owner + 1])]
    assert rows_of(start, np.array(owners, np.intp)).tolist() == expected


@given(given_=numbers, wanted=numbers)
def test_places_of_wanted_numbers_are_all_where_they_stand(given_: list[int], wanted: list[int]) -> None:
    rising = sorted(given_)
    which, place = places_of(np.array(rising, np.int64), np.array(wanted, np.int64))
    expected = [(n, at) for n, one in enumerate(wanted) for at, other in enumerate(rising) if one == other]
    assert list(zip(which.tolist(), place.tolist(), strict=True)) == expected


@given(column=numbers)
def test_runs_are_what_stands_together(column: list[int]) -> None:
    runs = [[*run] for _, run in groupby(column)]
    sizes = [len(run) for run in runs]
    assert begins(np.array(column, np.int64)).tolist() == [sum(sizes[:n]) for n in range(len(sizes))]
    assert place_in_run(np.array(column, np.int64)).tolist() == [place for run in runs for place in range(len(run))]
