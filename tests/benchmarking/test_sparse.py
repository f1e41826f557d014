"""Graphs of pairs, what other programs are given of them, and that an answer is believed only if it is lawful."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from ortools.graph.python import linear_sum_assignment

from benchmarks import sparse
from benchmarks.graphs import best_pairs, every_pair
from benchmarks.instances import INSTANCES, POLICY, organisation_of, policy_of
from benchmarks.measuring import Stopwatch
from benchmarks.sparse import PROGRAMS, Assignment, Graph
from taskmentor.matching.flow import Flow
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import solve
from taskmentor.synthetic import DAY


def random_graph(rng: Generator) -> Graph:
    """Return a small graph with ties, people without places, and mentees with more requests than places."""
    n_requests, n_mentors = int(rng.integers(1, 6)), int(rng.integers(1, 5))
    mentee = np.unique(np.sort(rng.integers(0, 3, n_requests)), return_inverse=True)[1].astype(np.int64)
    request, mentor = np.nonzero(rng.random((n_requests, n_mentors)) < 0.6)
    return Graph(
        request=request.astype(np.int64),
        mentor=mentor.astype(np.int64),
        score=rng.integers(1, 6, len(request)),
        worth=int(rng.choice([0, 100])),
        capacity=rng.integers(0, 3, n_mentors),
        mentee=mentee,
        limit=rng.integers(0, 3, int(mentee.max()) + 1),
    )


def optimum(graph: Graph) -> int:
    """Return the highest value of a plan, by trying every one."""
    pairs: list[list[int | None]] = [
        [None, *np.flatnonzero(graph.request == request).tolist()] for request in range(len(graph.mentee))
    ]
    values = [0]
    for chosen in product(*pairs):
        used = np.array([pair for pair in chosen if pair is not None], np.int64)
        found = graph.checked(graph.request[used], graph.mentor[used])
        if found["status"] == "done":
            values.append(int(str(found["value"])))
    return max(values)


GRAPHS = [graph for graph in (random_graph(default_rng(seed)) for seed in range(60)) if len(graph)]


@pytest.mark.parametrize("name", ["ortools", "networkx-simplex", "networkx-matching"])
def test_programs_find_the_optimum_of_the_graph(name: str) -> None:
    """Would be broken: capacities, limits, and what stands for them in programs that have none."""
    run = PROGRAMS[name]()
    for graph in GRAPHS:
        found = graph.checked(*run(graph, Stopwatch()))
        assert (found["status"], found["value"]) == ("done", optimum(graph))


@pytest.mark.parametrize("form", [Assignment.with_stay, Assignment.square])
def test_the_forms_for_assignment_programs_are_exact(form: object) -> None:
    """Would be broken: columns that stand for staying, for surplus requests, and the rows of a square matrix."""
    for graph in GRAPHS:
        given = Assignment.of(graph)
        row, column, cost, size = form(given)  # type: ignore[operator]
        assert ((row[1:] > row[:-1]) | ((row[1:] == row[:-1]) & (column[1:] > column[:-1]))).all()
        assert (cost >= 0).all()
        # OR-Tools assigns as many rows as columns: rows that are nobody's may take any column.
        spare = np.arange(int(row.max()) + 1, size)
        rows = np.append(row, np.repeat(spare, size))
        columns, costs = (
            np.append(column, np.tile(np.arange(size), len(spare))),
            np.append(cost, [0] * len(spare) * size),
        )
        solver = linear_sum_assignment.SimpleLinearSumAssignment()
        solver.add_arcs_with_cost(rows, columns, costs)
        assert solver.solve() == solver.OPTIMAL
        taken = np.array([solver.right_mate(place) for place in range(size)])
        found = graph.checked(*given.pairs(np.arange(size), taken))
        assert (found["status"], found["value"]) == ("done", optimum(graph))


def small() -> Graph:
    """Return two mentees, one of them with two requests, and two mentors with one place each."""
    return Graph(
        request=np.array([0, 0, 1, 2]),
        mentor=np.array([0, 1, 1, 1]),
        score=np.array([5, 4, 3, 2]),
        worth=10,
        capacity=np.array([1, 1]),
        mentee=np.array([0, 0, 1]),
        limit=np.array([1, 1]),
    )


@pytest.mark.parametrize(
    ("request_", "mentor", "status"),
    [
        ([0, 2], [0, 1], "done"),
        ([], [], "done"),
        ([2], [0], "failed"),  # no such pair
        ([0, 0], [0, 1], "failed"),  # a request twice
        ([0, 1], [0, 1], "failed"),  # a mentee over the limit
        ([1, 2], [1, 1], "failed"),  # a mentor over the places
    ],
)
def test_a_plan_counts_only_if_it_is_lawful(request_: list[int], mentor: list[int], status: str) -> None:
    """Would be broken: the time of an answer that is none."""
    found = small().checked(np.array(request_, np.int64), np.array(mentor, np.int64))
    assert found["status"] == status
    if status == "done":
        assert found["value"] == (27 if request_ else 0)


def test_a_graph_is_read_back_and_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Would be broken: what the other programs are given, and what they leave."""
    small().save(tmp_path / "graph.npz")
    sparse.main(["ortools", str(tmp_path / "graph.npz"), str(tmp_path / "answer.json")])
    found = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    assert (found["status"], found["matched"], found["value"]) == ("done", 2, 27)
    assert set(found["seconds"]) == {"build", "solve"}


def test_what_is_too_large_for_a_dense_matrix_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: a benchmark that fills the machine's memory."""

    def refusing() -> sparse.Run:
        def run(graph: Graph, watch: Stopwatch) -> sparse.Pairs:
            raise sparse.Refused("its dense matrix would take 117 GiB")

        return run

    monkeypatch.setitem(PROGRAMS, "scipy-dense", refusing)
    assert sparse.measured("scipy-dense", small())["status"] == "refused"


def problem_of(instance: str, objective: Objective | None = None) -> Problem:
    return daily_problem(organisation_of(instance, 60, seed=1), policy_of(str(POLICY), instance, objective), on=DAY)


@pytest.mark.parametrize("objective", ["score", "requests-then-score"])
def test_the_graph_of_all_pairs_has_the_optimum_of_the_problem(objective: Objective) -> None:
    """Would be broken: what OR-Tools is given for the full graph."""
    problem = problem_of("scarce", objective)
    graph = every_pair(problem)
    found = graph.checked(*PROGRAMS["ortools"]()(graph, Stopwatch()))
    assert found["value"] == solve(problem, Flow()).value


def test_a_graph_of_the_best_keeps_no_more_than_asked_for() -> None:
    """Would be broken: the task that all programs are given."""
    problem = problem_of("scarce")
    graph = best_pairs(problem, k=3)
    assert np.bincount(graph.request).max() == 3
    (pairs,) = problem.pairs()
    scores = problem.score(pairs.request, pairs.mentor, pairs.level)
    for request in range(problem.n_requests):
        there = sorted(scores[pairs.request == request].tolist())
        assert sorted(graph.score[graph.request == request].tolist()) == there[-3:]


@pytest.mark.parametrize("instance", INSTANCES)
def test_every_instance_is_what_its_name_says(instance: str) -> None:
    """Would be broken: figures under the wrong name."""
    problem = problem_of(instance)
    places = int(problem.capacity.sum()) / problem.n_requests
    assert places > 1 if instance == "surplus" else places > 0.4
    assert len(np.unique(problem.skill)) == 1 if instance == "one-skill" else len(np.unique(problem.skill)) > 5
    low, high = problem.score_bounds
    assert (low == high) == (instance == "equal")
    zones = len(organisation_of(instance, 60, seed=1).people.time_zone.labels)
    assert (zones == 1) == (instance == "one-zone")
