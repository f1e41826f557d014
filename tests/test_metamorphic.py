"""Relations that hold between the optima of related problems, whatever they are: no expected value is written down."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.formats.reading import read_organisation
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.organisation import Organisation, PairList
from taskmentor.proficiency import gaps
from taskmentor.programmes import task_based
from taskmentor.rounds import match
from taskmentor.sample import folder

N_PROBLEMS = 150
ON = date(2026, 10, 1)


@frozen(eq=False, kw_only=True)
class Instance:
    """A problem as plain arrays, which is easier to change than a `Problem`."""

    scores: NDArray[np.int64]
    admitted: NDArray[np.bool_]
    capacity: NDArray[np.int64]
    mentee: NDArray[np.int64]
    limit: NDArray[np.int64]
    objective: Objective

    def problem(self) -> Problem:
        return Problem.from_scores(
            self.scores,
            admitted=self.admitted,
            capacity=self.capacity,
            mentee=self.mentee,
            limit=self.limit,
            objective=self.objective,
        )

    def solution(self) -> Solution:
        return Flow(ties="any")(self.problem())

    def optimum(self) -> tuple[int, int]:
        """Return (matched, score), which are compared in this order or, under `score`, by the second alone."""
        found = self.solution()
        return (found.n_matched if self.objective == "requests-then-score" else 0, found.score)

    def total(self) -> int:
        return self.solution().value


def instances(objective: Objective, *, single: bool = False, n: int = N_PROBLEMS) -> Iterator[Instance]:
    """Return seeded problems with ties, zero places, islands and empty sides; `single`: one request a mentee."""
    rng = np.random.default_rng(20)
    for _ in range(n):
        n_requests, n_mentors = rng.integers(1, 9), rng.integers(1, 6)
        n_mentees = n_requests if single else rng.integers(1, n_requests + 1)
        mentee = np.arange(n_requests) if single else np.sort(rng.integers(0, n_mentees, n_requests))
        yield Instance(
            scores=rng.integers(1, rng.integers(2, 30), (n_requests, n_mentors)),
            admitted=rng.random((n_requests, n_mentors)) < rng.choice([0.3, 0.7, 1.0]),
            capacity=rng.integers(0, 4, n_mentors),
            mentee=mentee,
            limit=np.ones(n_mentees, np.int64) if single else rng.integers(0, 4, n_mentees),
            objective=objective,
        )


objectives = pytest.mark.parametrize("objective", ["score", "requests-then-score"])


def test_scaling_all_scores_scales_the_optimum() -> None:
    """Relation 3: points have no unit that the optimum depends on."""
    for given in instances("score"):
        assert evolve(given, scores=7 * given.scores).total() == 7 * given.total()


def test_a_constant_on_every_pair_adds_once_for_each_served_request() -> None:
    """Relation 4, for all mentees at once: it cannot change who is best served."""
    for given in instances("requests-then-score"):
        matched, score = given.optimum()
        assert evolve(given, scores=given.scores + 11).optimum() == (matched, score + 11 * matched)


@objectives
def test_a_mentor_who_can_serve_nobody_changes_nothing(objective: Objective) -> None:
    """Relations 5 and 6: barred from everything, or without places."""
    for given in instances(objective):
        n_requests = len(given.mentee)
        scores = np.hstack([given.scores, np.full((n_requests, 1), 5)])
        for bars, places in ((False, 3), (True, 0)):
            more = evolve(
                given,
                scores=scores,
                admitted=np.hstack([given.admitted, np.full((n_requests, 1), bars)]),
                capacity=np.append(given.capacity, places),
            )
            assert more.optimum() == given.optimum()


@objectives
def test_a_place_more_is_worth_at_most_its_price(objective: Objective) -> None:
    """Relations 7 and 10: the optimum does not fall, and rises by no more than the mentor's price."""
    for given in instances(objective):
        problem, before = given.problem(), given.solution()
        for mentor in range(len(given.capacity)):
            places = given.capacity + (np.arange(len(given.capacity)) == mentor)
            after = Flow(ties="any")(evolve(problem, capacity=places.astype(np.int32)))
            # The worth of a request is the problem's own, so only the sum of worths may be compared.
            gain = sum_of_weights(problem, after) - sum_of_weights(problem, before)
            assert 0 <= gain <= before.duals.mentor[mentor]


@objectives
def test_places_beyond_demand_are_worth_nothing(objective: Objective) -> None:
    """Relation 8: a mentor never serves more requests than there are."""
    for given in instances(objective):
        enough = np.full(len(given.capacity), len(given.mentee))
        assert evolve(given, capacity=enough).optimum() == evolve(given, capacity=enough + 5).optimum()


@objectives
def test_gains_of_a_place_fall_as_places_grow(objective: Objective) -> None:
    """Relation 20: places are substitutes, so the second one is worth no more than the first."""
    for given in instances(objective, n=60):
        problem = given.problem()
        worth = []
        for places in range(4):
            capacity = problem.capacity.copy()
            capacity[0] = places
            worth.append(sum_of_weights(problem, Flow(ties="any")(evolve(problem, capacity=capacity))))
        gains = np.diff(worth)
        assert (np.diff(gains) <= 0).all()
        assert (gains >= 0).all()


@objectives
def test_removing_a_mentee_costs_between_their_prices_and_their_pairs(objective: Objective) -> None:
    """Relation 9: at least what the proof charges them, at most what the plan gives them."""
    for given in instances(objective):
        problem, before = given.problem(), given.solution()
        for mentee in range(len(given.limit)):
            own = given.mentee == mentee
            limit = problem.limit.copy()
            limit[mentee] = 0
            loss = sum_of_weights(problem, before) - sum_of_weights(
                problem, Flow(ties="any")(evolve(problem, limit=limit))
            )
            charged = int(before.duals.request[own].sum()) + int(before.duals.mentee[mentee] * given.limit[mentee])
            served = np.isin(before.request, np.flatnonzero(own))
            weight = problem.weight(given.scores[before.request[served], before.mentor[served]])
            assert charged <= loss <= int(weight.sum())


@objectives
def test_separate_organisations_add_up(objective: Objective) -> None:
    """Relation 11: nobody gains or loses by a company that they have nothing to do with."""
    given = list(instances(objective, n=40))
    for one, other in zip(given[::2], given[1::2], strict=True):
        admitted = np.zeros((len(one.mentee) + len(other.mentee), len(one.capacity) + len(other.capacity)), np.bool_)
        scores = np.zeros(admitted.shape, np.int64)
        for part, rows, columns in ((one, 0, 0), (other, len(one.mentee), len(one.capacity))):
            place = np.s_[rows : rows + len(part.mentee), columns : columns + len(part.capacity)]
            admitted[place], scores[place] = part.admitted, part.scores
        both = Instance(
            scores=scores,
            admitted=admitted,
            capacity=np.append(one.capacity, other.capacity),
            mentee=np.append(one.mentee, other.mentee + len(one.limit)),
            limit=np.append(one.limit, other.limit),
            objective=objective,
        )
        parts = one.optimum(), other.optimum()
        assert both.optimum() == (parts[0][0] + parts[1][0], parts[0][1] + parts[1][1])


@objectives
def test_a_mentor_of_several_places_is_several_mentors_of_one(objective: Objective) -> None:
    """Relations 12 and 13: splitting a mentor, and merging twins, change nothing."""
    for given in instances(objective):
        copies = np.repeat(np.arange(len(given.capacity)), given.capacity)
        split = evolve(
            given,
            scores=given.scores[:, copies],
            admitted=given.admitted[:, copies],
            capacity=np.ones(len(copies), np.int64),
        )
        assert split.optimum() == given.optimum()


@objectives
def test_pairs_that_are_not_used_may_go_and_used_ones_be_forced(objective: Objective) -> None:
    """Relations 14 and 15."""
    for given in instances(objective):
        found = given.solution()
        used = np.zeros(given.admitted.shape, np.bool_)
        used[found.request, found.mentor] = True
        forced = given.admitted.copy()
        forced[found.request] = False
        assert evolve(given, admitted=used).optimum() == given.optimum()
        assert evolve(given, admitted=forced | used).optimum() == given.optimum()


@objectives
def test_forbidding_a_used_pair_costs_at_most_its_worth(objective: Objective) -> None:
    """Relation 16: the rest of the plan can always be kept."""
    for given in instances(objective, n=60):
        problem, found = given.problem(), given.solution()
        for request, mentor in zip(found.request.tolist(), found.mentor.tolist(), strict=True):
            admitted = given.admitted.copy()
            admitted[request, mentor] = False
            without = Flow(ties="any")(evolve(problem, rules=evolve(given, admitted=admitted).problem().rules))
            loss = sum_of_weights(problem, found) - sum_of_weights(problem, without)
            assert 0 <= loss <= int(problem.weight(given.scores[request, mentor]))


@objectives
def test_pairs_that_prices_rule_out_may_go(objective: Objective) -> None:
    """Relation 17: a pair that costs more than it is worth is in no optimal plan."""
    for given in instances(objective):
        problem, found = given.problem(), given.solution()
        duals = found.duals
        cost = duals.request[:, None] + duals.mentee[given.mentee][:, None] + duals.mentor[None, :]
        tight = given.admitted & (cost == problem.weight(given.scores))
        assert evolve(given, admitted=tight).optimum() == given.optimum()


@objectives
def test_greedy_is_at_least_half_as_good(objective: Objective) -> None:
    """Relation 18, in the worth of the objective."""
    for given in instances(objective):
        best, quick = given.solution(), Greedy()(given.problem())
        assert quick.value <= best.value <= 2 * quick.value
        assert best.value <= quick.bound


def test_transposing_the_sides_changes_nothing() -> None:
    """Relation 21, where both sides have one place each."""
    for given in instances("score", single=True):
        one_each = evolve(given, capacity=np.ones(len(given.capacity), np.int64))
        n_mentors = len(given.capacity)
        turned = Instance(
            scores=given.scores.T,
            admitted=given.admitted.T,
            capacity=np.ones(len(given.mentee), np.int64),
            mentee=np.arange(n_mentors),
            limit=np.ones(n_mentors, np.int64),
            objective="score",
        )
        assert turned.optimum() == one_each.optimum()


def test_no_gaps_give_an_empty_plan() -> None:
    """Relation 23: where everybody is at their target there is nothing to match, and that is optimal."""
    organisation = evolve(sample(), pins=PairList.empty())
    closed = organisation.assessed(
        *(
            Assessment(
                person_id=gap.person_id,
                skill_id=gap.skill_id,
                level=gap.required,
                source=Source.OUTCOME,
                assessed_on=ON,
            )
            for gap in gaps(organisation, on=ON)
        )
    )
    done = match(closed, task_based(), on=ON)
    assert (len(done.plan), done.solution.value, done.verdict.status) == (0, 0, "optimal")


def test_shifting_every_day_shifts_the_round() -> None:
    """Relation 24: only distances between days matter (the shift leaves every zone's clock as it is)."""
    week, organisation = np.timedelta64(7, "D"), sample()
    people, engaged = organisation.people, organisation.engaged
    later = evolve(
        organisation,
        people=evolve(people, joined_on=people.joined_on + week, left_on=people.left_on + week),
        assessments=evolve(organisation.assessments, assessed_on=organisation.assessments.assessed_on + week),
        engaged=evolve(engaged, from_on=engaged.from_on + week, until_on=engaged.until_on + week),
    )
    one, other = match(organisation, task_based(), on=ON), match(later, task_based(), on=ON + timedelta(days=7))
    for column in ("mentee_id", "skill_id", "mentor_id", "score"):
        assert (getattr(one.plan, column) == getattr(other.plan, column)).all()


def sample() -> Organisation:
    return read_organisation(folder())


def sum_of_weights(problem: Problem, solution: Solution) -> int:
    """Return what a plan is worth in the worth of one problem, so that related problems can be compared."""
    return problem.value(solution.n_matched, solution.score)
