"""The problem that strategies see."""

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from taskmentor.errors import CostRangeError, TooLargeError
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Arcs, Pairs, Problem, daily_problem
from taskmentor.matching.rules import Qualified
from taskmentor.matching.scorers import Importance
from taskmentor.matching.solution import Strategy, solve
from tests import profiles
from tests.organisations import ON, PeopleRows, organisation
from tests.random_problems import from_scores, random_round


def test_eligible_pairs_and_their_scores_are_those_of_the_plain_rules_and_scorers() -> None:
    """Would be broken: any rule, scorer or shape, limits, capacities, or the list of pairs."""
    for number in profiles.some(400):
        drawn = random_round(default_rng([4, number]))
        problem, small = drawn.problem, drawn.small
        offered = np.array([person.capacity for person in drawn.organisation.people])
        assert problem.pool is not None
        offering = offered[problem.pool.mentors] > 0
        expected = {
            (request, mentor): score
            for request, row in enumerate(small.scores)
            for mentor, score in enumerate(row)
            if score is not None and offering[mentor] and request not in small.pins
        }
        found: dict[tuple[int, int], int] = {}
        for pairs in problem.pairs():
            scores = problem.score(pairs.request, pairs.mentor, pairs.level).tolist()
            found.update(zip(zip(pairs.request.tolist(), pairs.mentor.tolist(), strict=True), scores, strict=True))
            assert (problem.levels(pairs.request, pairs.mentor) == pairs.level).all()
        assert found == expected
        low, high = problem.score_bounds
        assert all(low <= score <= high for score in found.values())
        taken = np.bincount(list(small.pins.values()), minlength=problem.n_mentors)
        assert (problem.capacity + taken).tolist() == list(small.capacity)
        learning = np.bincount([small.mentee[request] for request in small.pins], minlength=problem.n_mentees)
        assert (problem.limit + learning).tolist() == list(small.limit)


def test_pairs_come_in_blocks_in_the_order_of_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: memory, which must not grow with the number of pairs."""
    problem = Problem.from_scores(np.ones((20, 7), np.int64))
    (whole,) = problem.pairs()
    monkeypatch.setattr("taskmentor.matching.problem._BLOCK", 20)
    blocks = list(problem.pairs())
    assert len(blocks) > 5
    together = Pairs.joined(blocks)
    assert together.request.tolist() == whole.request.tolist()
    assert together.mentor.tolist() == whole.mentor.tolist()
    assert together.level.tolist() == whole.level.tolist()
    assert solve(problem, Flow()).n_matched == 7


def test_arcs_of_no_parts_are_none_of_the_usual_width() -> None:
    """Would be broken: a search that found nothing, which joins what it found all the same."""
    none = Arcs.joined([])
    assert len(none) == 0
    assert [column.dtype.name for column in (none.request, none.mentor, none.weight)] == ["int32", "int32", "int64"]


def test_arcs_are_pairs_of_some_worth_with_places_on_both_sides() -> None:
    """Would be broken: what strategies may use."""
    scores = np.array([[5, 0, -1], [1, 2, 3], [4, 4, 4]])
    problem = Problem.from_scores(
        scores, mentee=np.array([0, 0, 1]), limit=np.array([1, 0]), capacity=np.array([1, 1, 0]), objective="score"
    )
    arcs = problem.arcs(who="a test", most=9)
    found = zip(arcs.request.tolist(), arcs.mentor.tolist(), arcs.weight.tolist(), strict=True)
    assert list(found) == [(0, 0, 5), (1, 0, 1), (1, 1, 2)]


def test_one_more_request_outweighs_any_loss_of_score() -> None:
    """Would be broken: K, also where every score is below 0 (decision 2)."""
    lonely = Problem.from_scores(np.array([[-5]]))
    assert lonely.count_weight == 6
    assert solve(lonely, Flow()).n_matched == 1
    two_or_one = Problem.from_scores(np.array([[-9, -9], [100, -9]]), admitted=np.array([[True, False], [True, True]]))
    assert solve(two_or_one, Flow()).n_matched == 2
    assert Problem.from_scores(np.array([[7]]), objective="score").count_weight == 0
    nobody = Problem.from_scores(np.array([[-5]]), capacity=np.array([0]))
    assert nobody.count_weight == 1
    assert solve(nobody, Flow()).value == 0


BIG = 2**60


@pytest.mark.parametrize("strategy", [Flow(), Flow(engine="networkx"), CpSat(), Greedy()], ids=repr)
def test_points_beyond_exact_arithmetic_are_refused_before_any_solver_is_called(
    strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: exactness; solvers wrap around or cap in silence."""
    monkeypatch.setitem(__import__("sys").modules, "ortools", None)
    monkeypatch.setitem(__import__("sys").modules, "networkx", None)
    with pytest.raises(CostRangeError, match="COST-RANGE the objective"):
        solve(Problem.from_scores(np.full((3, 3), BIG)), strategy)
    for huge in (np.full((1, 1), -(2**63)), np.full((1, 1), 2**64 - 1, np.uint64)):
        with pytest.raises(CostRangeError):
            solve(Problem.from_scores(huge), strategy)


def test_weights_beyond_exact_arithmetic_are_refused_when_the_problem_is_built() -> None:
    """Would be broken: the same check for policies."""
    whole = organisation({"mia": {}, "ann": {"capacity": 1}}, knows={"ann": {"sql": 3}}, wants={"mia": {"sql": 2}})
    with pytest.raises(CostRangeError) as refused:
        daily_problem(whole, Policy(scorers=(Importance(weight=10**20),)), on=ON)
    assert refused.value.largest > refused.value.limit == 2**62
    assert "coarser" in str(refused.value)


@pytest.mark.parametrize(
    ("strategy", "who"),
    [
        (Flow(most_pairs=11), "Flow(engine='ortools')"),
        (Flow(engine="networkx", most_pairs=11), "Flow(engine='networkx')"),
        (CpSat(most_pairs=11), "CpSat"),
        (Greedy(most_pairs=11), "Greedy"),
    ],
    ids=repr,
)
def test_problems_above_the_stated_size_are_refused_by_name(strategy: Strategy, who: str) -> None:
    """Would be broken: the message with the strategy, the size, the limit and the way out."""
    problem = Problem.from_scores(np.ones((3, 4), np.int64))
    with pytest.raises(TooLargeError) as refused:
        solve(problem, strategy)
    assert (refused.value.who, refused.value.size, refused.value.limit) == (who, 12, 11)
    assert str(refused.value).startswith(f"{who} takes at most 11 qualified pairs, and here are 12; match ")
    solve(problem, evolve(strategy, most_pairs=12))  # type: ignore[misc]


@pytest.mark.parametrize(
    "wrong",
    [
        {"scores": np.ones(3, np.int64)},
        {"scores": np.ones((3, 2))},
        {"scores": np.ones((3, 2), np.bool_)},
        {"admitted": np.ones((2, 3), np.bool_)},
        {"admitted": np.ones((3, 2), np.int64)},
        {"capacity": np.ones(3, np.int64)},
        {"capacity": np.array([1.7, 1.0])},
        {"capacity": np.array([1, -1])},
        {"capacity": np.array([1, 2**40])},
        {"mentee": np.array([0, 1])},
        {"mentee": np.array([1, 0, 2])},
        {"mentee": np.array([-1, 0, 1])},
        {"limit": np.array([1, 1])},
        {"limit": np.array([1, 1, -1])},
        {"limit": np.ones((3, 3), np.int64)},
    ],
)
def test_columns_that_disagree_or_would_be_cut_to_fit_are_refused(wrong: dict[str, object]) -> None:
    """Would be broken: numbers that are cut off in silence."""
    with pytest.raises(ValueError, match=r"scores|admitted|capacity|mentee|limit"):
        Problem.from_scores(**{"scores": np.ones((3, 2), np.int64), **wrong})  # type: ignore[arg-type]


def test_a_list_of_pairs_makes_the_problem_of_the_matrix_that_holds_them() -> None:
    """Would be broken: graphs that come from elsewhere, in any order."""
    for seed in profiles.some(200):
        rng = default_rng([31, seed])
        matrix, small = from_scores(rng)
        listed = [(r, m) for r, row in enumerate(small.scores) for m, score in enumerate(row) if score is not None]
        request, mentor = np.array(listed, np.int64).reshape(-1, 2)[rng.permutation(len(listed))].T
        score = np.array([small.scores[r][m] for r, m in zip(request.tolist(), mentor.tolist(), strict=True)], np.int64)
        problem = Problem.from_pairs(
            request, mentor, score, capacity=matrix.capacity, mentee=matrix.mentee, limit=matrix.limit,
            objective=matrix.objective,
        )  # fmt: skip
        (pairs,) = problem.pairs()
        assert list(zip(pairs.request.tolist(), pairs.mentor.tolist(), strict=True)) == listed
        assert problem.n_qualified() == len(listed)
        found, expected = solve(problem, Flow()), solve(matrix, Flow())
        assert (found.n_matched, found.score, found.gap) == (expected.n_matched, expected.score, 0)
        assert verify_solution(problem, found).status == "optimal"


@pytest.mark.parametrize(
    "wrong",
    [
        {"request": np.array([0.0, 1.0])},
        {"score": np.array([0.5, 1.0])},
        {"request": np.array([0])},
        {"score": np.array([[1, 2]])},
        {"request": np.array([0, 2])},
        {"mentor": np.array([0, -1])},
        {"mentor": np.array([0, 3])},
        {"request": np.array([1, 1]), "mentor": np.array([2, 2])},
        {"mentee": np.array([1, 0])},
        {"capacity": np.ones((1, 3), np.int64)},
        {"limit": np.array([1])},
    ],
)
def test_lists_of_pairs_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    """Would be broken: pairs of nobody, and one pair with two scores."""
    columns = {"request": np.array([0, 1]), "mentor": np.array([0, 2]), "score": np.array([1, 2])}
    sides = {"capacity": np.ones(3, np.int64), "mentee": np.array([0, 1]), "limit": np.array([1, 1])}
    with pytest.raises(ValueError, match="must"):
        Problem.from_pairs(**{**columns, **sides, **wrong})  # type: ignore[arg-type]


def test_more_limits_than_mentees_are_allowed() -> None:
    """Would be broken: mentees without requests, who may stand in a table of limits."""
    problem = Problem.from_scores(np.ones((2, 2), np.int64), limit=np.array([1, 1, 5]))
    assert problem.n_mentees == 3
    assert solve(problem, Flow()).n_matched == solve(problem, Greedy()).n_matched == 2


def test_repr_says_how_large_a_problem_is() -> None:
    """Would be broken: what a notebook shows."""
    problem = Problem.from_scores(np.ones((1000, 20), np.int64), capacity=np.full(20, 100))
    assert repr(problem) == "Problem(1,000 requests, 1,000 mentees, 2,000 places, 'requests-then-score')"


def test_places_that_engagements_take_are_off_capacity_and_limit() -> None:
    """Would be broken: places taken by earlier rounds; more engagements than places leave 0."""
    people: PeopleRows = {
        "mia": {"mentee_limit": 1},
        "pat": {"mentee_limit": 3},
        "ann": {"capacity": 2},
        "bob": {"capacity": 1},
    }
    running = [("ann", "mia", "tax"), ("bob", "pat", "tax"), ("bob", "pat", "art")]
    whole = organisation(
        people,
        knows={"ann": {"sql": 3}, "bob": {"sql": 3}},
        wants={"mia": {"sql": 2}, "pat": {"sql": 2}},
        skills=("art", "tax"),
        engaged=[{"mentor_id": j, "mentee_id": i, "skill_id": s, "from_on": "2026-09-01"} for j, i, s in running],
    )
    problem = daily_problem(whole, Policy(scorers=()), on=ON)
    assert problem.pool is not None
    ids = whole.people.ids
    capacity = dict(zip(ids[problem.pool.mentors].tolist(), problem.capacity.tolist(), strict=True))
    assert capacity == {"ann": 1, "bob": 0, "mia": 0, "pat": 0}
    limit = dict(zip(ids[problem.pool.mentees].tolist(), problem.limit[problem.mentee].tolist(), strict=True))
    assert limit == {"mia": 0, "pat": 1}


def test_a_problem_without_requests_or_mentors_has_an_empty_plan() -> None:
    """Would be broken: the first round of a new organisation."""
    nobody_asks = daily_problem(organisation("ann bob"), Policy(), on=ON)
    nobody_knows = daily_problem(
        organisation("mia ann", wants={"mia": {"sql": 2}}), Policy(rules=(Qualified(),)), on=ON
    )
    for problem in (nobody_asks, nobody_knows, from_scores(default_rng(0), most_requests=0)[0]):
        for strategy in (Flow(), Flow(engine="networkx"), CpSat(), Greedy()):
            solution = solve(problem, strategy)
            assert (solution.n_matched, solution.value, solution.bound) == (0, 0, 0)
    assert nobody_knows.levels(np.zeros(1, np.int64), np.zeros(1, np.int64)).tolist() == [-1]
