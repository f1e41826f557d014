"""Mentors with a budget of hours, on published instances of the generalised assignment problem.

Source: the instances of Cattrysse, Salomon and Van Wassenhove (1994) and of Chu and Beasley (1997), with the optima
that are stated for them.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.milp import Milp
from taskmentor.matching.problem import Problem
from taskmentor.matching.rows import UNLIMITED, CompiledConstraint, TableRows
from taskmentor.matching.solution import Status
from tests.data import real_data

SLOW = ("chu1997/b05200", "chu1997/b10200", "chu1997/b05100", "chu1997/b20200")
NAMES = [f"cattrysse1994/gap{size}-{number}" for size in range(1, 5) for number in range(5)]
NAMES += [
    f"chu1997/{kind}{mentors}{size}" for kind in "ab" for size in ("100", "200") for mentors in ("05", "10", "20")
]


def read(file: Path) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return costs and hours, shape (n_mentors, n_requests), and budgets."""
    numbers = [int(one) for one in file.read_text(encoding="ascii").split()]
    n_mentors, n_requests = numbers[:2]
    cells = n_mentors * n_requests
    costs, hours, budgets = np.split(np.array(numbers[2:], np.int64), [cells, 2 * cells])
    assert len(budgets) == n_mentors
    return costs.reshape(n_mentors, n_requests), hours.reshape(n_mentors, n_requests), budgets


def problem(costs: NDArray[np.int64], hours: NDArray[np.int64], budgets: NDArray[np.int64]) -> Problem:
    """Return the problem of serving everybody at the least cost within all budgets."""
    n_mentors, n_requests = costs.shape
    row = np.arange(n_mentors, dtype=np.int32)
    rows = TableRows(
        request=np.arange(n_requests, dtype=np.int32),
        mentor=row,
        row=np.broadcast_to(row, (n_requests, n_mentors)),
        amount=hours.T,
        low=np.full(n_mentors, -UNLIMITED),
        high=budgets,
    )
    budget = CompiledConstraint(name="hours", shape=rows)
    return Problem.from_scores(-costs.T, capacity=np.full(n_mentors, n_requests), constraints=(budget,))


def test_all_published_instances_are_here() -> None:
    """Would be broken: an instance that nobody solves."""
    with (real_data("gap") / "data_shared.csv").open(encoding="utf-8", newline="") as file:
        assert sorted(row["Path"] for row in csv.DictReader(file)) == sorted(NAMES)
    assert len(NAMES) == 32


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.long] * (name in SLOW)) for name in NAMES])
def test_published_optima_are_found_and_proven(name: str) -> None:
    """Would be broken: hours, the search, or the bound."""
    folder = real_data("gap")
    with (folder / "data_shared.csv").open(encoding="utf-8", newline="") as file:
        stated = {row["Path"]: int(row["Optimum"]) for row in csv.DictReader(file)}
    costs, hours, budgets = read(folder / name)
    given = problem(costs, hours, budgets)
    found = Milp(seconds=600)(given)
    assert found.status is Status.OPTIMAL
    assert found.n_matched == given.n_requests
    assert -found.score == stated[name]
    spent = np.bincount(found.mentor, weights=hours[found.mentor, found.request], minlength=len(budgets))
    assert (spent <= budgets).all()
    verdict = verify_solution(given, found)
    assert verdict.ok
    assert verdict.bound is not None
    assert verdict.bound >= found.value
