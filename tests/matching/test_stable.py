"""`Stable`: no pair would both rather have each other, held against every plan there is."""

import json
from collections import Counter

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.errors import TooLargeError
from taskmentor.matching.blocking import blocking_pairs
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.policy import Objective
from taskmentor.matching.preferences import Given, Lists, lists_of
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution, Strategy, solve
from taskmentor.matching.stable import Stable
from taskmentor.models.preferences import Preferences
from taskmentor.programmes import task_based
from taskmentor.rounds import match
from tests import profiles
from tests.data import real_data
from tests.organisations import ON, organisation
from tests.random_problems import from_scores, random_round
from tests.stable_brute_force import Market, Matching

BOTH = (Stable(passes=1), Stable(proposing="mentors", passes=1))
LONG = [pytest.param(chunk, marks=pytest.mark.long) for chunk in range(100, 130)]


@frozen(eq=False)
class Drawn:
    """A random market, as a problem and as lists."""

    problem: Problem
    market: Market


def drawn(rng: Generator, *, ties: bool) -> Drawn:
    """Return a random small market: lists of some, none of others; empty ones, open ones, places and limits of 0 to 3.

    Each request has a skill of its own, so that lists can tell the requests of one mentee apart.
    """
    n, m = (int(rng.integers(0, 6)), int(rng.integers(0, 5))) if ties else (4, 3 + int(rng.integers(2)))
    _, mentee = np.unique(np.sort(rng.integers(0, max(1, n), n)), return_inverse=True)
    n_mentees = int(mentee.max(initial=-1)) + 1
    admitted = rng.random((n, m)) < (rng.choice([0.6, 0.9, 1]) if ties else 1)
    scores = rng.integers(-2, 3, (n, m)) if ties else rng.permutation(n * m).reshape(n, m) - n
    limit, capacity = rng.integers(0, 4, n_mentees), rng.choice([0, 1, 2, 3] if ties else [1, 1, 1, 2], m)
    objective: Objective = "score" if rng.random() < 0.3 else "requests-then-score"
    problem = Problem.from_scores(
        scores, admitted=admitted, capacity=capacity, mentee=mentee, limit=limit, objective=objective
    )
    by_mentee, mentees = _lists(rng, mentee, scores, n_mentees, ties=ties)
    by_mentor, mentors = _lists(rng, np.arange(n_mentees, n_mentees + m), scores.T, 0, ties=ties, others=mentee)
    worth = admitted & ((scores > 0) | (objective == "requests-then-score"))
    kept = [pair for pair in map(tuple, np.argwhere(worth).tolist()) if pair in by_mentee and pair[::-1] in by_mentor]
    given = Given(
        mentees=Lists.of(mentees, n_skills=n, n_people=n_mentees + m),
        mentors=Lists.of(mentors, n_skills=n, n_people=n_mentees + m),
        mentee=mentee.astype(np.int32),
        mentor=np.arange(n_mentees, n_mentees + m, dtype=np.int32),
        skill=np.arange(n, dtype=np.int32),
    )
    market = Market(
        mentee=mentee.tolist(), limit=limit.tolist(), capacity=capacity.tolist(),
        by_mentee={pair: by_mentee[pair] for pair in kept}, by_mentor={pair: by_mentor[pair[::-1]] for pair in kept},
    )  # fmt: skip
    return Drawn(evolve(problem, given=given), market)


def _lists(
    rng: Generator,
    owner: NDArray[np.integer],
    scores: NDArray[np.integer],
    first_other: int,
    *,
    ties: bool,
    others: NDArray[np.integer] | None = None,
) -> tuple[dict[tuple[int, int], tuple[int, int]], Preferences]:
    """Return what each pair is to one side, the smaller the better, without those who are refused, and the lists.

    Args:
        rng: Draws.
        owner: The code of each row's person. Shape (n_rows,).
        scores: Points of all pairs. Shape (n_rows, n_columns).
        first_other: The code of the first column's person, where `others` does not give them.
        ties: Whether ranks may be equal.
        others: The code of each column's person; then columns are requests. Shape (n_columns,).
    """
    behind: dict[tuple[int, int], tuple[int, int]] = {}
    rows: list[tuple[int, int, int, int]] = []
    share, ranks = (rng.choice([0, 0.5, 1]) if ties else 0.9), (1 + rng.permutation(scores.size)).reshape(scores.shape)
    if ties:
        ranks = rng.integers(1, 4, scores.shape)
    # A list is of one person and skill, and so of one request of theirs, or of everything that they think of one.
    lists: dict[tuple[int, int], tuple[bool, bool]] = {}
    for row, column in np.ndindex(scores.shape):
        me, request = int(owner[row]), column if others is not None else row
        other = first_other + column if others is None else int(others[column])
        given, is_open = lists.setdefault((me, request), (bool(rng.random() < share), bool(rng.random() < 0.3)))
        points, rank = int(scores[row, column]), int(ranks[row, column])
        if given and rng.random() < 0.8:
            rows.append((me, request, other, rank))
            behind[row, column] = 0, rank
        elif is_open or not given:
            behind[row, column] = 1, -points
    rows += [(me, request, -1, 0) for (me, request), (given, is_open) in lists.items() if given and is_open]
    # What somebody refuses altogether is a list on which somebody stands whom nobody asks about: themselves.
    rows += [(me, request, me, 1) for (me, request), (given, is_open) in lists.items() if given and not is_open]
    columns = np.array(rows, np.int32).reshape(-1, 4).T
    return behind, Preferences(columns[0], np.zeros(len(rows), np.int8), columns[1], columns[2], columns[3])


def plan_of(solution: Solution) -> Matching:
    return frozenset(zip(solution.request.tolist(), solution.mentor.tolist(), strict=True))


@pytest.mark.parametrize("chunk", [*range(3), *LONG])
def test_row_20_and_22_no_pair_blocks_the_plan_whatever_the_lists(chunk: int) -> None:
    """Would be broken: stability under ties, incomplete, one-sided and empty lists, and places of 0 to 3."""
    for number in profiles.some(150):
        case = drawn(default_rng([31, chunk, number]), ties=True)
        for strategy in BOTH:
            solution = solve(case.problem, strategy)
            assert plan_of(solution) in set(case.market.stable())
            assert blocking_pairs(case.problem, solution).n == 0
            assert verify_solution(case.problem, solution).ok


@pytest.mark.parametrize("chunk", [*range(3), *LONG])
def test_without_ties_the_side_that_proposes_gets_the_best_of_all_stable_plans(chunk: int) -> None:
    """Would be broken: who is favoured, which is what `proposing` means."""
    several = 0
    for number in profiles.some(150):
        case = drawn(default_rng([32, chunk, number]), ties=False)
        stable = case.market.stable()
        several += len(stable) > 1
        for_mentees, for_mentors = (plan_of(solve(case.problem, strategy)) for strategy in BOTH)
        for plan in stable:
            assert case.market.mentees_choice(plan | for_mentees) == for_mentees
            assert case.market.mentors_choice(plan | for_mentors) == for_mentors
    assert several


@pytest.mark.parametrize("chunk", [*range(2), *LONG])
def test_rural_hospitals_every_stable_plan_matches_the_same(chunk: int) -> None:
    """Would be broken: who is left over must not depend on which side proposes, where nobody is equal to another."""
    for number in profiles.some(150):
        market = drawn(default_rng([32, chunk, number]), ties=False).market
        stable = market.stable()
        loads = {tuple(sorted(Counter(mentor for _, mentor in plan).items())) for plan in stable}
        learning = {tuple(sorted(Counter(market.mentee[request] for request, _ in plan).items())) for plan in stable}
        assert len(loads) == len(learning) == 1
        ((counts,), (first, *others)) = loads, stable
        full = {mentor for mentor, load in counts if load == market.capacity[mentor]}
        # Who has places left is given the same in every stable plan, not only as many.
        for plan in others:
            assert {pair for pair in plan if pair[1] not in full} == {pair for pair in first if pair[1] not in full}


@pytest.mark.parametrize("chunk", range(2))
@pytest.mark.parametrize("strategy", [Flow(), CpSat(), Greedy(), *BOTH], ids=repr)
def test_blocking_pairs_of_every_strategy_are_those_of_brute_force(strategy: Strategy, chunk: int) -> None:
    """Would be broken: the number that is reported, and the pairs that are named."""
    for number in profiles.some(60):
        case = drawn(default_rng([33, chunk, number]), ties=True)
        solution = solve(case.problem, strategy)
        plan = plan_of(solution)
        found = blocking_pairs(case.problem, solution, most_listed=100)
        unwanted = {pair for pair in plan if pair not in case.market.by_mentee}
        assert found.n_refused == len(unwanted)
        if unwanted:  # only who ignores lists makes pairs that one of the two refuses
            assert strategy not in BOTH
            continue
        listed = set(zip(found.request.tolist(), found.mentor.tolist(), strict=True))
        assert listed == case.market.blocking(plan)
        assert found.n == len(listed)


def test_without_lists_the_plan_is_that_of_best_pair_first() -> None:
    """Would be broken: points as what both sides want; where they agree, the stable plan is greedy's."""
    for number in profiles.some(150):
        problem, _ = from_scores(default_rng([34, number]))
        plans = [plan_of(solve(problem, strategy)) for strategy in (Greedy(), *BOTH)]
        assert plans[0] == plans[1] == plans[2]


def test_rules_pins_and_engagements_hold_and_the_bound_is_proven() -> None:
    """Would be broken: lawfulness on whole organisations, and the gap that results state."""
    for number in profiles.some(60):
        round_ = random_round(default_rng([35, number]))
        best, _ = round_.small.optimal()
        for strategy in BOTH:
            solution = solve(round_.problem, strategy)
            assert verify_solution(round_.problem, solution).ok
            assert blocking_pairs(round_.problem, solution).n == 0
            assert solution.value <= round_.problem.value(*best) <= solution.bound


def test_row_19_most_requests_and_stable_are_different_promises_and_results_say_which() -> None:
    """Users expect one and get the other: the objective, the gap and the blocking pairs are in the result."""
    problem = Problem.from_scores(np.array([[10, 5], [9, 0]]), admitted=np.array([[True, True], [True, False]]))
    flow, stable = solve(problem, Flow()), solve(problem, Stable())
    assert (flow.n_matched, stable.n_matched) == (2, 1)
    assert (flow.strategy, stable.strategy) == ("flow", "stable")
    assert blocking_pairs(problem, flow).n == 1
    assert stable.gap > 0
    assert stable.bound >= flow.value


def test_row_20_and_22_the_published_instance_with_empty_lists_has_a_stable_plan_both_ways() -> None:
    """Others crash on it: half of the residents rank nobody, some hospitals do not, and most lists are one-sided."""
    data = json.loads((real_data("hospital_resident") / "issue_159.json").read_text(encoding="utf-8"))
    residents = {int(one): listed for one, listed in data["residents"].items()}
    hospitals = {int(one): listed for one, listed in data["hospitals"].items()}
    assert (len(residents), len(hospitals)) == (100, 50)
    n, m = len(residents), len(hospitals)
    given = lists_of(np.arange(n), m, mentees=residents, mentors=hospitals)
    for places in (1, 2, 3):
        problem = Problem.from_scores(np.zeros((n, m), np.int64), capacity=np.full(m, places))
        problem = evolve(problem, given=given)
        wanted = {(one, other) for one, listed in residents.items() for other in listed if one in hospitals[other]}
        market = Market(
            mentee=range(n),
            limit=[1] * n,
            capacity=[places] * m,
            by_mentee={(one, other): (0, residents[one].index(other)) for one, other in wanted},
            by_mentor={(one, other): (0, hospitals[other].index(one)) for one, other in wanted},
        )
        by_mentees, by_mentors = (plan_of(solve(problem, strategy)) for strategy in BOTH)
        assert by_mentees <= wanted
        assert market.blocking(by_mentees) == market.blocking(by_mentors) == set()
        assert {one for one, _ in by_mentees} == {one for one, _ in by_mentors}
        assert market.mentees_choice(by_mentees | by_mentors) == by_mentees
        assert not {one for one, _ in by_mentees} & {one for one, listed in residents.items() if not listed}


def test_too_many_pairs_are_refused_by_name() -> None:
    """Would be broken: a plan that silently looked at some of the pairs."""
    problem = Problem.from_scores(np.ones((4, 4), np.int64))
    with pytest.raises(TooLargeError, match="Stable"):
        solve(problem, Stable(most_pairs=15))


def test_too_many_pairs_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: a count that takes hours."""
    problem = Problem.from_scores(np.ones((4, 4), np.int64))
    monkeypatch.setattr("taskmentor.matching.blocking.MOST_PAIRS", 15)
    with pytest.raises(TooLargeError, match="blocking_pairs"):
        blocking_pairs(problem, solve(problem, Stable()))


def test_stable_says_its_name_and_parameters() -> None:
    """Would be broken: what results record."""
    assert Stable().name == "stable"
    assert Stable(proposing="mentors", passes=3, most_pairs=9).get_params() == {
        "proposing": "mentors", "passes": 3, "most_pairs": 9
    }  # fmt: skip
    with pytest.raises(ValueError, match="mentors"):
        Stable(proposing="nobody")  # type: ignore[arg-type]


def test_lists_of_a_table_are_obeyed_by_skill_and_everybody_else_comes_after_an_open_one() -> None:
    """Would be broken: the way from table to plan: a skill's list before that of all, refusals, open ends."""

    def mentors(*rows: tuple[str, str, str | None, str | None, int | None]) -> dict[tuple[str, str], str]:
        columns = ("person_id", "side", "skill_id", "preferred_id", "rank")
        made = organisation(
            {"ann": {"capacity": 9}, "bob": {"capacity": 9}, "cy": {"capacity": 0, "mentee_limit": 9}},
            knows={"ann": {"sql": 4, "law": 4}, "bob": {"sql": 4, "law": 4}},
            wants={"cy": {"sql": 3, "law": 3}},
            preferences=[dict(zip(columns, row, strict=True)) for row in rows],
        )
        plan = match(made, task_based(), on=ON, strategy=Stable(passes=1)).plan
        return dict(zip(zip(plan.mentee_id, plan.skill_id, strict=True), plan.mentor_id.tolist(), strict=True))

    sql, law = ("cy", "sql"), ("cy", "law")
    assert mentors(("cy", "mentee", None, "bob", 1)) == {sql: "bob", law: "bob"}
    assert mentors(("cy", "mentee", None, "bob", 1), ("cy", "mentee", "law", "ann", 1)) == {sql: "bob", law: "ann"}
    refused = (("bob", "mentor", "sql", "ann", 1),)
    assert mentors(("cy", "mentee", None, "bob", 1), *refused) == {law: "bob"}
    assert mentors(("cy", "mentee", None, "bob", 1), ("cy", "mentee", None, None, None), *refused) == {
        sql: "ann", law: "bob"
    }  # fmt: skip
    # Nobody's own ranks count for the other side.
    assert mentors(("cy", "mentor", None, "bob", 1)).keys() == {sql, law}


def test_those_who_are_equal_on_a_list_are_told_apart_by_nothing_but_the_hash() -> None:
    """Would be broken: ties inside a list, which points must not break."""
    problem = Problem.from_scores(np.array([[1, 9]]), capacity=np.array([1, 1]))
    tied = lists_of(problem.mentee, 2, mentees={0: [[0, 1]]}, mentors={})
    solution = solve(evolve(problem, given=tied), Stable())
    first = np.argmin(problem.tie(np.zeros(2, np.int64), np.arange(2)))
    assert solution.mentor.tolist() == [first]
    assert blocking_pairs(evolve(problem, given=tied), solution).n == 0
    one, other = (lists_of(problem.mentee, 2, mentees={0: [place]}, mentors={}) for place in (0, 1))
    assert [solve(evolve(problem, given=given), Stable()).mentor.tolist() for given in (one, other)] == [[0], [1]]
    ignoring = solve(evolve(problem, given=one), Flow())
    found = blocking_pairs(evolve(problem, given=one), ignoring)
    assert (found.n, found.n_refused, found.mentor.tolist()) == (1, 1, [0])
