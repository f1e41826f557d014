"""Rings of people who teach each other, against plain enumeration: plans, prices, and the check of prices."""

from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import Generator, default_rng

from taskmentor.errors import CostRangeError, SolverError, TooLargeError
from taskmentor.matching import all_rings, cpsat, ring_search, rings
from taskmentor.matching.all_pairs import Holders
from taskmentor.matching.all_rings import uncovered_rings
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.duals import Duals, bound
from taskmentor.matching.kernels.ringing import FAR, rings_above
from taskmentor.matching.milp import Milp
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import Problem
from taskmentor.matching.ring_search import _Search
from taskmentor.matching.rings import lessons_of
from taskmentor.matching.rows import CompiledConstraint, CycleRows, RowPrices
from taskmentor.matching.solution import Solution, Status, Strategy, solve

Pair = tuple[int, int]
MILP = Milp()


@frozen(eq=False)
class Peers:
    """A problem of people who all could teach, and its pairs in plain words."""

    problem: Problem
    rows: CycleRows
    score: list[list[int]]

    def pairs(self) -> list[Pair]:
        """Return every pair that a plan could have, pinned ones included."""
        problem, found = self.problem, []
        for request, row in enumerate(self.score):
            for mentor, score in enumerate(row):
                level = problem.levels(np.array([request]), np.array([mentor]))
                admitted = bool(problem.admits(np.array([request]), np.array([mentor]), level)[0])
                has_place = problem.limit[problem.mentee[request]] > 0 and problem.capacity[mentor] > 0
                worthwhile = score > 0 or problem.objective != "score"
                if problem.pinned[request] == mentor or (
                    problem.pinned[request] < 0 and admitted and has_place and worthwhile
                ):
                    found.append((request, mentor))
        return found

    def people(self, pair: Pair) -> tuple[int, int]:
        return int(self.rows.learner[pair[0]]), int(self.rows.teacher[pair[1]])

    def rings(self) -> list[tuple[Pair, ...]]:
        """Return every ring of pairs that a plan could have, from its person of the lowest code on."""
        between: dict[tuple[int, int], list[Pair]] = {}
        pins = {(request, int(self.problem.pinned[request])) for request in range(len(self.score))}
        learns, teaches = ({self.people(pin)[side] for pin in pins if pin[1] >= 0} for side in (0, 1))
        for pair in self.pairs():
            learner, teacher = self.people(pair)
            if pair in pins or (learner not in learns and teacher not in teaches):
                between.setdefault((learner, teacher), []).append(pair)
        found: list[tuple[Pair, ...]] = []
        for size in range(1, self.rows.longest + 1):
            for people in permutations(range(self.rows.n_people), size):
                if people[0] == min(people):
                    ways: list[tuple[Pair, ...]] = [()]
                    for both in zip(people, (*people[1:], people[0]), strict=True):
                        ways = [(*way, pair) for way in ways for pair in between.get(both, ())]
                    found += ways
        return found

    def is_pinned(self, pair: Pair) -> bool:
        return int(self.problem.pinned[pair[0]]) == pair[1]

    def worth(self, ring: tuple[Pair, ...]) -> int:
        """Return what a ring adds to the objective, its pinned pairs left out."""
        free = [pair for pair in ring if not self.is_pinned(pair)]
        return sum(self.score[request][mentor] for request, mentor in free) + len(free) * self.problem.count_weight

    def best(self) -> int | None:
        """Return the most that rings of different people are worth together, None where a pin is in none of them."""
        pins = [self.people((one, mentor)) for one, mentor in enumerate(self.problem.pinned.tolist()) if mentor >= 0]
        pinned = {learner for learner, _ in pins}
        if len(pinned) < len(pins):
            return None
        of_first: dict[int, list[tuple[frozenset[int], int]]] = {}
        for ring in self.rings():
            people = frozenset(self.people(pair)[0] for pair in ring)
            of_first.setdefault(min(people), []).append((people, self.worth(ring)))

        @cache
        def most(first: int, taken: frozenset[int]) -> int | None:
            if first == self.rows.n_people:
                return 0
            rest = taken - {first}
            found = [most(first + 1, rest)] if first in taken or first not in pinned else []
            for people, worth in of_first.get(first, ()) if first not in taken else ():
                if not people & taken and (more := most(first + 1, (taken | people) - {first})) is not None:
                    found.append(worth + more)
            return max((one for one in found if one is not None), default=None)

        return most(0, frozenset())


def peers(
    rng: Generator, *, longest: int, objective: Objective = "score", pins: int = 0, n: int | None = None
) -> Peers:
    """Return a random problem of 8 to 12 people, of whom some ask twice and not all can be taught by all."""
    n = int(rng.integers(8, 13)) if n is None else n
    mentee = np.sort(rng.integers(0, n, n + 2))
    person, mentee = np.unique(mentee, return_inverse=True)
    learner = person[mentee]
    teacher = rng.permutation(n)
    scores = rng.integers(-3 if objective == "score" else 1, 30, (len(mentee), n))
    admitted = (rng.random(scores.shape) < rng.uniform(0.15, 0.4)) & (learner[:, None] != teacher[None])
    capacity = rng.integers(0, 3, n) + (rng.random(n) < 0.8)
    limit = rng.integers(1, 3, len(person)) * (rng.random(len(person)) < 0.95)
    rows = CycleRows(learner=learner.astype(np.int32), teacher=teacher.astype(np.int32), n_people=n, longest=longest)
    problem = Problem.from_scores(
        scores,
        admitted=admitted,
        capacity=capacity,
        mentee=mentee,
        limit=limit,
        objective=objective,
        constraints=(CompiledConstraint(name="cycles", shape=rows),),
    )
    free = Peers(problem, rows, scores.tolist())
    some = free.pairs()
    for place in rng.permutation(len(some))[:pins].tolist():
        problem = _with_pin(problem, *some[place])
    return Peers(problem, rows, scores.tolist())


def _with_pin(problem: Problem, request: int, mentor: int) -> Problem:
    if problem.pinned[request] >= 0 or problem.limit[problem.mentee[request]] < 1 or problem.capacity[mentor] < 1:
        return problem
    pinned, limit, capacity = problem.pinned.copy(), problem.limit.copy(), problem.capacity.copy()
    pinned[request] = mentor
    limit[problem.mentee[request]] -= 1
    capacity[mentor] -= 1
    return evolve(problem, pinned=pinned, limit=limit, capacity=capacity)


def many(n: int) -> list[Peers]:
    """Return random problems of every length of rings, both objectives, with pins and without."""
    return [
        peers(
            default_rng([41, number]),
            longest=2 + number % 4,
            objective=("score", "requests-then-score")[number // 4 % 2],
            pins=(0, 0, 1, 2)[number // 8 % 4],
        )
        for number in range(n)
    ]


def holders_of(problem: Problem) -> Holders:
    skill = np.repeat(np.arange(len(problem.holdings.start) - 1), np.diff(problem.holdings.start))
    return Holders(skill.astype(np.int32), problem.holdings.mentor, problem.holdings.level)


def check(given: Peers, strategy: Strategy = MILP) -> Solution:
    """Hold what a strategy finds against plain enumeration."""
    found, expected = solve(given.problem, strategy), given.best()
    if expected is None:
        assert found.status is Status.INFEASIBLE
        return found
    pinned = sum(
        given.score[request][int(given.problem.pinned[request])] + given.problem.count_weight
        for request in np.flatnonzero(given.problem.pinned >= 0).tolist()
    )
    assert found.status is Status.OPTIMAL
    assert found.value == expected + pinned
    verdict = verify_solution(given.problem, found)
    assert verdict.faults == ()
    assert verdict.bound == found.priced
    assert bound(given.problem, found.duals) >= found.value
    return found


@pytest.mark.parametrize("strategy", [MILP, CpSat()], ids=lambda strategy: strategy.name)
def test_plans_equal_plain_enumeration(strategy: Strategy) -> None:
    """Would be broken: a ring that is missed, met twice or too long, a pin that is forgotten."""
    statuses = {check(given, strategy).status for given in many(32)}
    assert statuses == {Status.OPTIMAL, Status.INFEASIBLE}


@pytest.mark.long
@pytest.mark.parametrize("strategy", [MILP, CpSat()], ids=lambda strategy: strategy.name)
def test_plans_equal_plain_enumeration_on_hundreds(strategy: Strategy) -> None:
    """The same on many more problems."""
    for given in many(200):
        check(given, strategy)


def test_plans_are_the_same_where_rings_are_added_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: columns that are left out, or proofs over the listed rings alone."""
    monkeypatch.setattr(ring_search, "_WHOLE", 0)
    monkeypatch.setattr(ring_search, "_EACH", 1)
    monkeypatch.setattr(ring_search, "_TIMES", 1)
    for given in many(32):
        check(given)


def test_plans_are_the_same_where_they_are_made_better_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: large problems, whose plans are given other rings for some people at a time."""
    large = peers(default_rng(45), longest=3, n=40)
    whole = solve(large.problem, MILP)
    for name, value in (("_WHOLE", 0), ("_TIMES", 1), ("_SOME", 2), ("_FAILED", 0), ("_NEAREST", 0), ("_FURTHER", 3)):
        monkeypatch.setattr(ring_search, name, value)
    branched = _Search.branched

    def unproven(*asked: Any, **named: Any) -> Any:
        found = branched(*asked, **named)
        return found if "share" not in named else evolve(found, proven=False)

    # As where time runs out among the rings that are nearest.
    monkeypatch.setattr(_Search, "branched", unproven)
    for given in many(24):
        check(given)
    found = solve(large.problem, MILP)
    assert found.status is Status.OPTIMAL
    assert found.value == whole.value


def test_fewer_rings_than_matter_prove_nothing_beyond_the_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: a solver's word about the rings that it was given, taken for all."""
    monkeypatch.setattr(ring_search, "_WHOLE", 0)
    for given in many(16):
        found, best = solve(given.problem, Milp(most_listed=1)), given.best()
        if best is not None:
            verdict = verify_solution(given.problem, found)
            assert verdict.faults == ()
            assert found.value <= bound(given.problem, found.duals)
            assert found.status is Status.OPTIMAL or found.proof == "prices"


def test_time_that_is_over_leaves_a_lawful_plan_with_prices() -> None:
    """Would be broken: large rounds in little time."""
    given = peers(default_rng(45), longest=3, n=100)
    found = solve(given.problem, Milp(seconds=1e-6))
    verdict = verify_solution(given.problem, found)
    assert verdict.faults == ()
    assert found.status is Status.TIME_LIMIT
    assert found.value < found.bound == bound(given.problem, found.duals)


def test_whether_there_is_a_plan_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: "there is no plan", said of rings that were never looked at."""
    impossible = next(given for given in many(64) if given.best() is None and len(given.rings()) > 1)
    assert solve(impossible.problem, Milp()).clash
    monkeypatch.setattr(ring_search, "_EVERY", 0)
    with pytest.raises(TooLargeError, match="milp takes at most 0 teach-learn cycles"):
        solve(impossible.problem, Milp())
    monkeypatch.setattr(ring_search, "_WHOLE", 0)
    with pytest.raises(SolverError, match=r"milp found no plan that keeps cycles in 60.0 seconds"):
        solve(impossible.problem, Milp())


def test_prices_reach_the_linear_relaxation() -> None:
    """Would be broken: prices that are rounded up further than the smallest part that counts."""
    gaps = [found.priced - found.value for found in map(check, many(16)) if found.status is Status.OPTIMAL]
    assert sum(gap == 0 for gap in gaps) > len(gaps) // 2
    assert min(gaps) == 0


def test_prices_found_without_a_solver_cover_every_ring() -> None:
    """Would be broken: the bound of CpSat."""
    for given in many(32):
        lessons = lessons_of(given.problem, who="a test")
        weight = lessons.arcs.weight
        every = lessons.rings(weight)
        price = lessons.fair_prices(every)
        assert (price >= 0).all()
        assert (every.sums(lessons.gain(weight, price)) <= 0).all()
        assert not _over(given, lessons.duals(given.problem, price, unit=1))


def test_the_rings_listed_are_all_there_are() -> None:
    """Would be broken: every plan and every price made from them."""
    for given in many(32):
        lessons = lessons_of(given.problem, who="a test")
        found = lessons.rings(lessons.arcs.weight)
        got = [
            tuple((int(lessons.arcs.request[one]), int(lessons.arcs.mentor[one])) for one in ring if one >= 0)
            for ring in found.lesson.tolist()
        ]
        plain: dict[tuple[tuple[int, int], ...], int] = {}
        for ring in given.rings():
            people = tuple(given.people(pair) for pair in ring)
            plain[people] = max(plain.get(people, 0), given.worth(ring))
        assert sorted(tuple(given.people(pair) for pair in ring) for ring in got) == sorted(plain)
        assert {tuple(given.people(pair) for pair in ring): given.worth(ring) for ring in got} == plain


def _prices(given: Peers, rng: Generator) -> Duals:
    """Return prices near those that cover, of all sides and rows."""
    found = solve(given.problem, Milp())
    exact = found.duals
    if found.status is Status.INFEASIBLE:
        exact = Duals.none(given.problem)
    duals = evolve(
        exact,
        request=exact.request + rng.integers(0, 2, len(exact.request)) * exact.unit,
        mentee=exact.mentee + rng.integers(0, 2, len(exact.mentee)) * exact.unit,
    )
    row = np.arange(given.rows.n_rows)
    moved = RowPrices.of(row, rng.integers(-2, 3, len(row)) * (row < given.rows.n_people) * exact.unit)
    own = (*exact.rows, RowPrices.none())[0]
    return evolve(duals, rows=(own.plus(moved, 1, 1) if rng.random() < 0.5 else own,))


def _over(given: Peers, duals: Duals) -> dict[frozenset[Pair], int]:
    """Return by how much each ring that is not covered is worth more than its price, in plain words."""
    price = dict(zip(duals.rows[0].row.tolist(), duals.rows[0].price.tolist(), strict=True)) if duals.rows else {}
    n, found = given.rows.n_people, {}
    for ring in given.rings():
        over = given.worth(ring) * duals.unit
        for request, mentor in ring:
            if not given.is_pinned((request, mentor)):
                learner, teacher = given.people((request, mentor))
                over -= price.get(learner, 0) - price.get(teacher, 0) + price.get(n + teacher, 0)
                over -= int(duals.request[request] + duals.mentee[given.problem.mentee[request]] + duals.mentor[mentor])
        if over > 0:
            found[frozenset(ring)] = over
    return found


def test_every_set_of_prices_that_leaves_a_ring_uncovered_is_found() -> None:
    """Would be broken: a bound that is too low and passes."""
    rng, seen = default_rng(42), [0, 0]
    for given in many(32):
        problem = given.problem
        for duals in [_prices(given, rng) for _ in range(2)]:
            plain = _over(given, duals)
            found = uncovered_rings(problem, duals, holders_of(problem))
            assert bool(found) == bool(plain)
            for ring in found:
                pairs = frozenset(zip(ring.request.tolist(), ring.mentor.tolist(), strict=True))
                assert plain[pairs] == ring.over
            seen[bool(plain)] += 1
    assert min(seen) > 5


def test_prices_lower_by_one_part_of_a_point_are_found_wherever_they_are_tight() -> None:
    """Would be broken: a check that rounds."""
    tight = 0
    for given in many(12):
        found = solve(given.problem, Milp())
        if found.status is Status.INFEASIBLE:
            continue
        assert not _over(given, found.duals)
        prices = found.duals.rows[0]
        for place in range(len(prices.row)):
            lower = prices.price.copy()
            lower[place] -= 1
            duals = evolve(found.duals, rows=(RowPrices(prices.row, lower),))
            plain = _over(given, duals)
            verdict = verify_solution(given.problem, evolve(found, duals=duals))
            assert any("the ring of" in fault for fault in verdict.faults) == bool(plain)
            tight += bool(plain)
    assert tight > 5


def test_prices_that_cover_every_pair_still_prove() -> None:
    """Would be broken: certificates of earlier releases."""
    for given in many(16):
        problem = given.problem
        found = solve(problem, Milp())
        if found.status is Status.OPTIMAL:
            heaviest = problem.count_weight + 30
            duals = evolve(Duals.none(problem), request=np.full(problem.n_requests, heaviest))
            proven = bound(problem, duals)
            verdict = verify_solution(
                problem, evolve(found, duals=duals, priced=proven, bound=proven, status=Status.FEASIBLE)
            )
            assert verdict.faults == () or proven == found.value


def test_somebody_who_would_teach_themselves_is_a_ring_of_one() -> None:
    """Would be broken: a bound that no pair of one person with themselves is counted in."""
    rows = CycleRows(learner=np.zeros(1, np.int32), teacher=np.zeros(1, np.int32), n_people=1, longest=2)
    problem = Problem.from_scores(
        np.array([[7]]), objective="score", constraints=(CompiledConstraint(name="cycles", shape=rows),)
    )
    found = solve(problem, Milp())
    assert (found.status, found.value, found.priced) == (Status.OPTIMAL, 7, 7)
    assert verify_solution(problem, found).status == "optimal"
    assert uncovered_rings(problem, Duals.none(problem), holders_of(problem))[0].over == 7


def test_a_ring_is_told_without_the_ways_that_a_walk_makes_beside_it() -> None:
    """Would be broken: the names in a fault, where somebody is met twice on a walk."""
    met = 0
    for number in range(40):
        rng = default_rng([46, number])
        rows = CycleRows(
            learner=np.arange(5, dtype=np.int32), teacher=np.arange(5, dtype=np.int32), n_people=5, longest=5
        )
        scores = rng.integers(1, 40, (5, 5))
        problem = Problem.from_scores(
            scores,
            admitted=rng.random((5, 5)) < 0.8,
            objective="score",
            constraints=(CompiledConstraint(name="c", shape=rows),),
        )
        given = Peers(problem, rows, scores.tolist())
        duals = evolve(Duals.none(problem), request=rng.integers(10, 40, 5))
        found, plain = uncovered_rings(problem, duals, holders_of(problem)), _over(given, duals)
        told = {frozenset(zip(one.request.tolist(), one.mentor.tolist(), strict=True)): one.over for one in found}
        assert bool(told) == bool(plain)
        assert told.items() <= plain.items()
        met += len(told)
    assert met > 40


def test_prices_and_points_too_large_for_sums_are_refused() -> None:
    """Would be broken: sums that overflow and pass."""
    rows = CycleRows(learner=np.arange(2, dtype=np.int32), teacher=np.arange(2, dtype=np.int32), n_people=2, longest=3)
    problem = Problem.from_scores(
        np.full((2, 2), 2**57), objective="score", constraints=(CompiledConstraint(name="c", shape=rows),)
    )
    found = Solution.of(
        problem, MILP, problem.arcs(who="a test", most=9).take(np.zeros(0, np.int64)), Duals.none(problem)
    )
    with pytest.raises(CostRangeError, match="what rings are worth"):
        uncovered_rings(problem, Duals.none(problem), holders_of(problem))
    assert any("prices too large to be checked" in fault for fault in verify_solution(problem, found).faults)
    huge = evolve(Duals.none(problem), request=np.full(2, 2**62))
    small = evolve(problem, constraints=(CompiledConstraint(name="c", shape=rows),), scorers=())
    assert uncovered_rings(small, huge, holders_of(small)) == []


def test_pins_that_are_a_ring_already_take_part_in_nothing_else() -> None:
    """Would be broken: prices of people whom no other ring can have."""
    rows = CycleRows(learner=np.arange(4, dtype=np.int32), teacher=np.arange(4, dtype=np.int32), n_people=4, longest=3)
    scores = np.arange(1, 17).reshape(4, 4)
    problem = Problem.from_scores(
        scores,
        admitted=~np.eye(4, dtype=np.bool_),
        objective="score",
        constraints=(CompiledConstraint(name="c", shape=rows),),
    )
    for request, mentor in ((0, 1), (1, 0)):
        problem = _with_pin(problem, request, mentor)
    check(Peers(problem, rows, scores.tolist()))


@pytest.mark.parametrize("strategy", [MILP, CpSat()], ids=lambda strategy: strategy.name)
def test_two_pins_of_the_same_two_people_are_kept_by_no_plan(strategy: Strategy) -> None:
    """Would be broken: a pin that is lost without a word."""
    rows = CycleRows(learner=np.array([0, 0, 1], np.int32), teacher=np.arange(2, dtype=np.int32), n_people=2, longest=2)
    scores = np.array([[0, 5], [0, 6], [7, 0]])
    problem = Problem.from_scores(
        scores,
        capacity=np.array([1, 2]),
        mentee=np.array([0, 0, 1]),
        limit=np.array([2, 1]),
        objective="score",
        constraints=(CompiledConstraint(name="c", shape=rows),),
    )
    assert solve(problem, strategy).value == 13
    twice = _with_pin(_with_pin(problem, 0, 1), 1, 1)
    found = solve(twice, strategy)
    assert found.status is Status.INFEASIBLE
    assert found.clash == ("the pin of request 0", "the pin of request 1", "c")


@pytest.mark.parametrize("longest", [2, 3, 4, 5])
def test_the_kernel_gives_the_same_compiled_and_in_little_room(longest: int) -> None:
    """Would be broken: machines with the extra `fast`, or rings that are lost where the search pauses."""
    for number in range(4):
        given = peers(default_rng([43, number]), longest=longest)
        lessons = lessons_of(given.problem, who="a test")
        n = len(lessons.arcs)
        gain = default_rng(number).integers(-9, 10, n)
        for least, most in ((FAR, 2**62), (0, 2**62), (-5, 2), (0, 1)):
            whole = lessons.rings(gain, least=least, most=most)
            ring, worth = np.empty((5_000, longest), np.int64), np.empty(5_000, np.int64)
            after, found = rings_above.compiled(lessons.ways, gain, least, most, 0, ring, worth)
            assert (after, found) == (lessons.n_people, len(whole))
            assert ring[:found].tolist() == whole.lesson.tolist()
            assert worth[:found].tolist() == whole.sums(gain).tolist()
            if least != FAR:
                assert (worth[:found] > least).all()


def test_little_room_loses_no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: large problems, whose rings are written down bit by bit."""
    for given in many(8):
        lessons = lessons_of(given.problem, who="a test")
        whole = lessons.rings(lessons.arcs.weight)
        best = lessons.rings(lessons.arcs.weight, least=0, most=1)
        with monkeypatch.context() as small:
            small.setattr(rings, "_ROOM", 3)
            assert lessons.rings(lessons.arcs.weight).lesson.tolist() == whole.lesson.tolist()
            few = lessons.rings(lessons.arcs.weight, least=0, most=1)
        assert lessons.learner[few.lesson[:, 0]].tolist() == lessons.learner[best.lesson[:, 0]].tolist()


def test_what_is_too_large_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: a check or a search that never ends, without a word."""
    given = peers(default_rng(44), longest=3)
    duals = Duals.none(given.problem)
    with monkeypatch.context() as small:
        small.setattr(all_rings, "_MOST_PAIRS", 10)
        with pytest.raises(TooLargeError, match="verify takes at most 10 qualified pairs under cycles"):
            uncovered_rings(given.problem, duals, holders_of(given.problem))
    with monkeypatch.context() as small:
        small.setattr(all_rings, "_MOST_STEPS", 10)
        with pytest.raises(TooLargeError, match="steps around cycles"):
            uncovered_rings(given.problem, duals, holders_of(given.problem))
    with monkeypatch.context() as small:
        small.setattr(rings, "_MOST_PAIRS", 10)
        with pytest.raises(TooLargeError, match="milp takes at most 10 qualified pairs"):
            solve(given.problem, Milp())
    with monkeypatch.context() as small:
        small.setattr(cpsat, "_MOST_RINGS", 1)
        with pytest.raises(TooLargeError, match="CpSat takes at most 1 teach-learn cycles"):
            solve(given.problem, CpSat())
    with monkeypatch.context() as small:
        small.setattr(ring_search, "LARGEST", 10)
        with pytest.raises(CostRangeError, match="HiGHS"):
            solve(given.problem, Milp())
