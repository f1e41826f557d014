"""The same answer whoever does the work: nobody else, threads, processes, or a cluster."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np
import pytest

from benchmarks.instances import POLICY, organisation_of, policy_of
from taskmentor.formats.plans import FILES, write_plan
from taskmentor.matching.candidates import best_by_kind
from taskmentor.matching.exact import Exact
from taskmentor.matching.kinds import Kinds
from taskmentor.matching.oracle import Oracle
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.models.organisation import Organisation
from taskmentor.programmes import Programme, task_based
from taskmentor.rounds import match
from taskmentor.synthetic import DAY

P = ParamSpec("P")
T = TypeVar("T")

CHUNK = 20_000
"""Small enough that the work of these organisations is split."""


@cache
def _organisation() -> Organisation:
    return organisation_of("scarce", 1_500, seed=8)


@cache
def _programme() -> Programme:
    return task_based(policy=policy_of(str(POLICY), "scarce", None))


def _problem() -> Problem:
    return daily_problem(_organisation(), _programme().policy, on=DAY)


@contextmanager
def _nobody_else() -> Iterator[None]:
    yield None


@contextmanager
def _processes() -> Iterator[Executor]:
    # Not by fork: numba's and OR-Tools' threads would be gone in the copy.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def _cluster() -> Iterator[Executor]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,  # type: ignore[no-untyped-call]
    ):
        yield client.get_executor()


WAYS: dict[str, Callable[[], AbstractContextManager[Executor | None]]] = {
    "a thread for each core": _nobody_else,
    "one thread": lambda: ThreadPoolExecutor(1),
    "three threads": lambda: ThreadPoolExecutor(3),
    "two processes": _processes,
    "a cluster": _cluster,
}


class Counting(Executor):
    """Does the work itself, and counts the tasks."""

    def __init__(self) -> None:
        self.tasks = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        self.tasks += 1
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@pytest.fixture
def split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Split the work of small organisations too."""
    monkeypatch.setattr("taskmentor.matching.oracle._CHUNK", CHUNK)


def _written(executor: Executor | None, folder: Path) -> dict[str, bytes]:
    """Return the files of a round."""
    write_plan(match(_organisation(), _programme(), on=DAY, strategy=Exact(executor=executor)), folder)
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}


@pytest.mark.usefixtures("split")
@pytest.mark.parametrize("way", list(WAYS)[1:])
def test_plan_certificate_and_claims_are_the_same_to_the_byte_whoever_does_the_work(way: str, tmp_path: Path) -> None:
    """Would be broken: the promise that a plan does not depend on the machine, for threads, processes and clusters."""
    counting = Counting()
    expected = _written(counting, tmp_path / "expected")
    assert counting.tasks > 20
    with WAYS[way]() as executor:
        assert _written(executor, tmp_path / "found") == expected
    assert len(expected) >= 3
    assert all(expected.values())


@pytest.mark.usefixtures("split")
def test_the_threads_that_are_taken_unless_others_are_given_find_the_same(tmp_path: Path) -> None:
    """Would be broken: the usual way."""
    assert _written(None, tmp_path / "threads") == _written(Counting(), tmp_path / "expected")


@pytest.mark.usefixtures("split")
def test_the_best_mentors_are_the_same_whoever_looks() -> None:
    """Would be broken: `best` with an executor."""
    problem = _problem()
    nothing = np.zeros(problem.n_mentors, np.int64)
    plain = best_by_kind(problem, problem.free, nothing, k=3, executor=Counting())
    with ThreadPoolExecutor(3) as threads:
        found = best_by_kind(problem, problem.free, nothing, k=3, executor=threads)
    for name in ("request", "mentor", "level", "net"):
        assert getattr(found, name).tolist() == getattr(plain, name).tolist()


def test_the_size_of_the_parts_does_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: lists that depend on where the work was cut."""
    problem = _problem()
    kinds = Kinds.of(problem, problem.free)
    found = []
    for chunk in (1_000, CHUNK, 10**9):
        monkeypatch.setattr("taskmentor.matching.oracle._CHUNK", chunk)
        counting = Counting()
        oracle = Oracle(kinds, compiled=True, executor=counting)
        nearest = oracle.nearest(oracle.by_skill, problem.capacity, oracle.by_skill % 5 + 1)
        found.append([nearest.count.tolist(), nearest.beyond.tolist(), nearest.mentor.tolist(), nearest.net.tolist()])
        assert (counting.tasks > 0) == (chunk < 10**9)
    assert found[0] == found[1] == found[2]
