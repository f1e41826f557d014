"""The benchmark of groups: its cases are what they say, and a small run is verified and shown."""

import pytest

from benchmarks.group_cases import KINDS, group_case
from benchmarks.groups import measured, table
from taskmentor.matching.groups import GroupSearch


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_small_run_of_each_kind_is_verified_and_no_worse_than_the_start(kind: str) -> None:
    """Would be broken: figures of runs that were not lawful, and a search that loses what it began with."""
    row = measured(kind, seed=1, people=120, search=GroupSearch(rounds=1, steps=10, most_whole=0))
    assert isinstance(row["start"], int)
    assert isinstance(row["value"], int)
    assert isinstance(row["bound"], int)
    assert 0 < row["start"] <= row["value"] <= row["bound"]
    assert kind in table([row])


def test_cases_are_the_same_for_the_same_numbers() -> None:
    """Would be broken: figures that nobody can measure again."""
    one, other = (group_case("skills", seed=3, people=40) for _ in range(2))
    assert one.ids.tolist() == other.ids.tolist()
    assert one.members.points.tolist() == other.members.points.tolist()
    assert group_case("skills", seed=4, people=40).members.points.tolist() != one.members.points.tolist()
