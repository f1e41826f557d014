"""Policies as data."""

import json

import numpy as np
import pytest
from attrs import evolve, frozen

from taskmentor.errors import InputError
from taskmentor.matching.policy import Policy, described
from taskmentor.matching.rules import Qualified, StaysFor
from taskmentor.matching.scorers import LevelFit
from taskmentor.proficiency import Discounted, Latest


def test_two_rules_or_scorers_of_one_name_are_refused() -> None:
    """Would be broken: reasons by rule and columns by scorer, which tell them apart by name."""
    with pytest.raises(InputError, match=r"DUPLICATE-ID policy column rules: 'qualified'"):
        Policy(rules=(Qualified(), Qualified(above_target=1)))
    with pytest.raises(InputError, match=r"DUPLICATE-ID policy column scorers: 'level-fit'"):
        Policy(scorers=(LevelFit(), LevelFit(weight=2)))


@pytest.mark.parametrize("wrong", [{"objective": "penalty"}, {"requests_per_person": 0}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    """Would be broken: policies that mean nothing."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Policy(**wrong)  # type: ignore[arg-type]


def test_lists_become_tuples_so_that_a_policy_stays_what_it_is() -> None:
    """Would be broken: a frozen value with a list in it."""
    rules = [Qualified()]
    policy = Policy(rules=rules, scorers=[LevelFit()])  # type: ignore[arg-type]
    rules.clear()
    assert policy.rules == (Qualified(),)
    assert hash(policy) == hash(evolve(policy))


def test_a_policy_is_described_whole_and_the_same_after_json() -> None:
    """Would be broken: `verify`, which compares the written policy with the programme's."""
    policy = Policy(rules=(Qualified(), StaysFor(days=9)), proficiency=Discounted(policy=Latest(), days_per_level=30))
    data = policy.describe()
    assert json.loads(json.dumps(data)) == data
    assert data["rules"] == [{"class": "Qualified", "above_target": 0}, {"class": "StaysFor", "days": 9}]
    assert data["proficiency"] == {"class": "Discounted", "policy": {"class": "Latest"}, "days_per_level": 30}
    for other in (
        evolve(policy, rules=()),
        evolve(policy, scorers=()),
        evolve(policy, objective="score"),
        evolve(policy, requests_per_person=1),
        evolve(policy, proficiency=Latest()),
    ):
        assert other.describe() != data


@frozen
class WithTable:
    """A rule of one's own with parameters of other kinds."""

    shares: tuple[float, ...]
    pairs: frozenset[int]


def test_other_values_are_described_by_their_repr() -> None:
    """Would be broken: rules of others with parameters of any kind."""
    shown = described(WithTable(shares=(0.5,), pairs=frozenset({3})))
    name = f"{WithTable.__module__}.WithTable"
    assert shown == {"class": name, "shares": ["0.5"], "pairs": "frozenset({3})"}
    assert described(np.int64(3)) == "np.int64(3)"
    assert described([True, None, "a"]) == [True, None, "a"]


class Plain:
    """A rule of one's own that is no attrs class."""

    def __init__(self, days: int) -> None:
        self.days = days


def test_plain_objects_and_functions_are_described_without_addresses() -> None:
    """Would be broken: equal policies of two processes, whose objects lie at different addresses."""
    assert described(Plain(days=3)) == described(Plain(days=3)) == {"class": f"{Plain.__module__}.Plain", "days": 3}
    assert described(Plain) == f"{Plain.__module__}.Plain"
    assert described(len) == "builtins.len"
