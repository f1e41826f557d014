"""The strategies that are installed."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.stable import Stable
from taskmentor.matching.strategies import available_strategies


def test_the_librarys_own_strategies_are_there() -> None:
    """Would be broken: the entry points of the package."""
    found = available_strategies()
    assert list(found) == sorted(found)
    assert found["cpsat"] is CpSat
    assert found["exact"] is Exact
    assert found["flow"] is Flow
    assert found["greedy"] is Greedy
    assert found["ordered"] is Ordered
    assert found["stable"] is Stable


def test_strategies_of_other_packages_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: strategies that are no part of this package."""
    group = "taskmentor.strategies"
    points = [
        EntryPoint(name, f"taskmentor.matching.{home}", group)
        for name, home in (("z", "flow:Flow"), ("a", "greedy:Greedy"))
    ]
    monkeypatch.setattr(
        "taskmentor.matching.strategies.entry_points", lambda *, group: EntryPoints(points).select(group=group)
    )
    assert available_strategies() == {"a": Greedy, "z": Flow}
    assert list(available_strategies()) == ["a", "z"]
