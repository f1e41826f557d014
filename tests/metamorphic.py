"""Relations between the plans of related problems, each written once for any strategy, and for which of them it holds.

No expected value is written down: a strategy is asked twice, about a problem and about one that was changed in a known
way, and the answers are compared in whole numbers.
"""

from collections.abc import Callable, Sequence

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator
from numpy.typing import NDArray

from taskmentor.matching.aims import Leximin
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.milp import Milp
from taskmentor.matching.problem import Problem
from taskmentor.matching.solution import Solution, Strategy, solve
from taskmentor.matching.stable import Stable
from taskmentor.testing.small import Plan, SmallProblem, plan_of

Worth = tuple[int, int]
Keys = tuple[NDArray[np.uint64], NDArray[np.uint64]]


@frozen
class Contender:
    """A strategy, and what may be asked of it.

    Attributes:
        strategy: The strategy.
        exact: Whether its plans are optimal.
        settled: Whether ties are settled by the hashes of pairs alone, so that plans, and not only optima, compare.
        quick: Whether it takes about a millisecond.
    """

    strategy: Strategy
    exact: bool = True
    settled: bool = True
    quick: bool = True


CONTENDERS = {
    "Flow": Contender(Flow()),
    "Flow, any ties": Contender(Flow(ties="any"), settled=False),
    "Flow on networkx": Contender(Flow(engine="networkx"), quick=False),
    "CpSat": Contender(CpSat(), quick=False),
    "Exact": Contender(Exact(), settled=False, quick=False),
    "Exact, canonical ties": Contender(Exact(ties="canonical"), quick=False),
    "Milp": Contender(Milp(), settled=False, quick=False),
    "Greedy": Contender(Greedy(passes=3), exact=False),
    "Stable": Contender(Stable(passes=3), exact=False),
    "Stable, mentors propose": Contender(Stable(proposing="mentors", passes=3), exact=False),
}


@frozen(eq=False)
class Answer:
    """A solution, counted by brute force's own sums."""

    small: SmallProblem
    problem: Problem
    solution: Solution

    @property
    def plan(self) -> Plan:
        return plan_of(self.solution, len(self.small.scores))

    @property
    def worth(self) -> Worth:
        return self.small.worth(self.plan)

    @property
    def matched(self) -> int:
        return self.solution.n_matched

    @property
    def score(self) -> int:
        return self.solution.score


@frozen(eq=False)
class Ask:
    """Asks one contender."""

    contender: Contender

    def __call__(self, small: SmallProblem, keys: Keys | None = None) -> Answer:
        problem = small.problem()
        if keys is not None:
            problem = evolve(problem, request_key=keys[0], mentor_key=keys[1])
        return Answer(small, problem, solve(problem, self.contender.strategy))

    def changed(self, answer: Answer, **columns: object) -> int:
        """Return what the plan of a problem with other columns is worth, in the worth of the problem before."""
        other = solve(evolve(answer.problem, **columns), self.contender.strategy)  # type: ignore[arg-type]
        return answer.problem.value(other.n_matched, other.score)


# The relations; each returns whether there was anything to compare


def rows_in_another_order(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    before = ask(small)
    of_mentee = rng.permutation(len(small.limit)).tolist()
    requests = [one for mentee in of_mentee for one in rng.permutation(_requests_of(small, mentee)).tolist()]
    mentors = rng.permutation(len(small.capacity)).tolist()
    after = ask(_reordered(small, requests, mentors), _keys_of(before.problem, requests, mentors))
    assert after.worth == before.worth
    if ask.contender.settled:
        assert _taken_back(after.plan, requests, mentors) == before.plan
    return len(requests) > 1


def other_ids(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """Other ids are other hashes."""
    before = ask(small)
    n, m = len(small.scores), len(small.capacity)
    after = ask(small, (rng.integers(0, 2**64, n, np.uint64), rng.integers(0, 2**64, m, np.uint64)))
    assert after.worth == before.worth
    unique = not ask.contender.exact or len(small.optimal()[1]) == 1
    assert not unique or after.plan == before.plan
    return True


def scaled(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    k = int(rng.integers(2, 9))
    before, after = ask(small), ask(_with_scores(small, lambda request, mentor, score: k * score))
    assert after.worth == (before.worth[0], k * before.worth[1])
    assert small.worth(after.plan) == before.worth
    if ask.contender.settled:
        assert after.plan == before.plan
    return True


def constant_on_who_must_be_served(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """Who cannot be left out without losing a request is in every plan of most requests."""
    before, compared = ask(small), 0
    for request in np.flatnonzero(np.array(before.plan) >= 0).tolist():
        barred = [[None if one == request else score for score in row] for one, row in enumerate(small.scores)]
        if request not in small.pins and ask(evolve(small, scores=barred)).matched == before.matched:
            continue
        compared += 1
        add = int(rng.integers(1, 20))
        better = [score if score is None else score + add for score in small.scores[request]]
        after = ask(evolve(small, scores=[*small.scores[:request], better, *small.scores[request + 1 :]]))
        assert (after.matched, after.score) == (before.matched, before.score + add)
    return compared > 0


def constant_on_everybody(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    add = int(rng.integers(1, 20))
    before, after = ask(small), ask(_with_scores(small, lambda request, mentor, score: score + add))
    assert (after.matched, after.score) == (before.matched, before.score + add * before.matched)
    if ask.contender.settled:
        assert after.plan == before.plan
    return before.matched > 0


def an_ineligible_mentor_more(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    return _a_useless_mentor_more(small, ask, [None for _ in small.scores], int(rng.integers(1, 4)))


def a_mentor_without_places_more(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    return _a_useless_mentor_more(small, ask, [int(rng.integers(0, 9)) for _ in small.scores], 0)


def _a_useless_mentor_more(small: SmallProblem, ask: Ask, column: Sequence[int | None], places: int) -> bool:
    before = ask(small)
    rows = [[*row, score] for row, score in zip(small.scores, column, strict=True)]
    after = ask(evolve(small, scores=rows, capacity=[*small.capacity, places]))
    assert after.worth == before.worth
    if ask.contender.settled:
        assert after.plan == before.plan
    return bool(column)


def a_place_more_costs_nothing(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    before = ask(small)
    for mentor, places in enumerate(small.capacity):
        assert ask(small.with_capacity(mentor, places + 1)).worth >= before.worth
    return bool(small.capacity) and bool(small.scores)


def places_beyond_demand(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    n, mentor = len(small.scores), int(rng.integers(max(1, len(small.capacity))))
    if not n or not small.capacity:
        return False
    before = ask(small.with_capacity(mentor, n))
    after = ask(small.with_capacity(mentor, n + int(rng.integers(1, 9))))
    assert after.worth == before.worth
    if ask.contender.settled:
        assert after.plan == before.plan
    return True


def a_mentee_less(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """The optimum falls by at least what prices charge for the mentee, and at most by what the plan gives them."""
    before, duals = ask(small), ask(small).solution.duals
    for mentee, places in enumerate(small.limit):
        own = np.array(_requests_of(small, mentee), np.int64)
        limit = before.problem.limit.copy()
        limit[mentee] = 0
        loss = before.solution.value - ask.changed(before, limit=limit)
        charged = int(duals.request[own].sum()) + int(duals.mentee[mentee]) * places
        served = np.isin(before.solution.request, own)
        pairs = zip(before.solution.request[served].tolist(), before.solution.mentor[served].tolist(), strict=True)
        given = sum(before.problem.count_weight + _score(small, *pair) for pair in pairs)
        assert charged <= loss <= given
    return bool(small.limit)


def a_place_more_is_worth_its_price_at_the_most(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """For what is not optimal, beside the bound instead of the value."""
    before = ask(small)
    for mentor in range(len(small.capacity)):
        capacity = before.problem.capacity.copy()
        capacity[mentor] += 1
        after = ask.changed(before, capacity=capacity)
        assert after <= before.solution.bound + int(before.solution.duals.mentor[mentor])
    return bool(small.capacity) and bool(small.scores)


def strangers_beside(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """Two organisations that have nothing to do with each other: optima add, and plans are put side by side."""
    other = small_of(rng, objective=small.objective)
    n, m = len(small.scores), len(small.capacity)
    both = evolve(
        small,
        scores=[
            *([*row, *[None] * len(other.capacity)] for row in small.scores),
            *([*[None] * m, *row] for row in other.scores),
        ],
        mentee=[*small.mentee, *(one + len(small.limit) for one in other.mentee)],
        limit=[*small.limit, *other.limit],
        capacity=[*small.capacity, *other.capacity],
    )
    keys = rng.integers(0, 2**64, len(both.scores), np.uint64), rng.integers(0, 2**64, len(both.capacity), np.uint64)
    together = ask(both, keys)
    one, two = ask(small, (keys[0][:n], keys[1][:m])), ask(other, (keys[0][n:], keys[1][m:]))
    assert together.worth == (one.worth[0] + two.worth[0], one.worth[1] + two.worth[1])
    if ask.contender.settled:
        assert together.plan == (*one.plan, *(mentor if mentor < 0 else mentor + m for mentor in two.plan))
    return bool(n and other.scores)


def mentors_of_one_place_each(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    before = ask(small)
    copies = np.repeat(np.arange(len(small.capacity)), small.capacity).tolist()
    split = evolve(small, scores=[[row[one] for one in copies] for row in small.scores], capacity=[1] * len(copies))
    after = ask(split, (before.problem.request_key, before.problem.mentor_key[copies]))
    assert after.worth == before.worth
    return max(small.capacity, default=0) > 1


def twins_as_one(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """Two mentors whom nobody can tell apart, and one with the places of both."""
    if not small.capacity:
        return False
    twin, places = int(rng.integers(len(small.capacity))), int(rng.integers(1, 3))
    twins = evolve(small, scores=[[*row, row[twin]] for row in small.scores], capacity=[*small.capacity, places])
    one = ask(small.with_capacity(twin, small.capacity[twin] + places))
    key = one.problem.mentor_key
    assert ask(twins, (one.problem.request_key, np.append(key, key[twin]))).worth == one.worth
    return bool(small.scores)


def unused_pairs_may_go(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    before = ask(small)
    unused = [
        (request, mentor)
        for request, row in enumerate(small.scores)
        for mentor, score in enumerate(row)
        if score is not None and before.plan[request] != mentor
    ]
    if not unused:
        return False
    one = unused[int(rng.integers(len(unused)))]
    for gone in ([one], unused):
        after = ask(_without(small, gone))
        assert after.worth == before.worth
        if ask.contender.settled:
            assert after.plan == before.plan
    return True


def used_pairs_may_be_pinned(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    before = ask(small)
    used = [(request, mentor) for request, mentor in enumerate(before.plan) if mentor >= 0]
    for request, mentor in used:
        after = ask(evolve(small, pins={**small.pins, request: mentor}))
        assert after.worth == before.worth
        if ask.contender.settled:
            assert after.plan == before.plan
    return bool(used)


def a_used_pair_less(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """The rest of the plan can always be kept."""
    before = ask(small)
    used = [pair for pair in enumerate(before.plan) if pair[1] >= 0]
    for request, mentor in used:
        after = ask(small.with_score(request, mentor, None))
        value = before.problem.value(after.matched, after.score)
        worth = before.problem.count_weight + _score(small, request, mentor)
        assert before.solution.value - worth <= value <= before.solution.value
    return bool(used)


def pairs_that_prices_rule_out(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    before = ask(small)
    duals, weight = before.solution.duals, before.problem.count_weight

    def paid_exactly(request: int, mentor: int, score: int) -> int | None:
        price = duals.request[request] + duals.mentee[small.mentee[request]] + duals.mentor[mentor]
        return None if price > weight + score else score

    after = ask(_with_scores(small, paid_exactly))
    assert after.worth == before.worth
    if ask.contender.settled:
        assert after.plan == before.plan
    return after.small != small


def at_least_half(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    found, best = ask(small), Flow(ties="any")(small.problem())
    assert found.solution.value <= best.value <= 2 * found.solution.value
    assert best.value <= found.solution.bound
    return best.value > 0


def programmes_merged(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """Two programmes with mentees of their own share the mentors' places, or keep them apart."""
    if len(small.limit) < 2:
        return False
    first = int(rng.integers(1, len(small.limit)))
    kept = [int(rng.integers(0, places + 1)) for places in small.capacity]
    parts = []
    for mentees, capacity in (
        (range(first), kept),
        (range(first, len(small.limit)), [a - b for a, b in zip(small.capacity, kept, strict=True)]),
    ):
        rows = [row for row, mentee in zip(small.scores, small.mentee, strict=True) if mentee in mentees]
        of_whom = [mentee - mentees[0] for mentee in small.mentee if mentee in mentees]
        limit = [small.limit[mentee] for mentee in mentees]
        parts.append(ask(evolve(small, scores=rows, mentee=of_whom, limit=limit, capacity=capacity)).worth)
    assert ask(small).worth >= (parts[0][0] + parts[1][0], parts[0][1] + parts[1][1])
    return True


def places_are_substitutes(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    if not small.capacity:
        return False
    mentor, worth = int(rng.integers(len(small.capacity))), []
    # What one more request is worth grows with the places there are: all are compared by what is enough for the most.
    most = ask(small.with_capacity(mentor, 3))
    for places in range(4):
        capacity = most.problem.capacity.copy()
        capacity[mentor] = places
        worth.append(ask.changed(most, capacity=capacity))
    gains = np.diff(worth)
    assert (gains >= 0).all()
    assert (np.diff(gains) <= 0).all()
    return bool(gains.any())


def sides_turned(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """Each side with one place each."""
    n, m = len(small.scores), len(small.capacity)
    one = SmallProblem(scores=small.scores, mentee=range(n), limit=[1] * n, capacity=[1] * m, objective=small.objective)
    turned = SmallProblem(
        scores=[[row[mentor] for row in small.scores] for mentor in range(m)],
        mentee=range(m),
        limit=[1] * m,
        capacity=[1] * n,
        objective=small.objective,
    )
    assert ask(turned).worth == ask(one).worth
    return n > 0 and m > 0


def fair_is_best_for_the_worst_off(small: SmallProblem, ask: Ask, rng: Generator) -> bool:
    """Nobody is worse off in the leximin plan than the worst-off in any plan that serves as many."""
    found = ask(small)
    fair = Answer(small, found.problem, solve(evolve(found.problem, aims=(Leximin(),)), Ordered()))
    least, other = (_worst_off(answer) for answer in (fair, found))
    assert least >= other
    return found.matched > 0


def _worst_off(answer: Answer) -> Worth:
    """Return how many are served, and the least score of anybody who is."""
    scores = [_score(answer.small, *pair) for pair in enumerate(answer.plan) if pair[1] >= 0]
    return len(scores), min(scores, default=0)


# Which problems they are tried on


def small_of(rng: Generator, *, objective: str | None = None, distinct: bool = False) -> SmallProblem:
    """Return a random problem without pins: ties, islands, points below 0, places and limits of 0."""
    n, m = int(rng.integers(1, 8)), int(rng.integers(1, 6))
    lowest, highest = [(0, 2), (1, 9), (-4, 4), (1, 30)][int(rng.integers(4))]
    points = rng.permutation(n * m).reshape(n, m) - (3 if lowest < 0 else 0) if distinct else None
    scores = rng.integers(lowest, highest + 1, (n, m)) if points is None else points
    admitted = rng.random((n, m)) < rng.choice([0.4, 0.8, 1.0])
    mentee = np.unique(np.sort(rng.integers(0, n, n)), return_inverse=True)[1]
    drawn = "score" if rng.random() < 0.5 else "requests-then-score"
    return SmallProblem(
        scores=[
            [score if may else None for score, may in zip(*rows, strict=True)]
            for rows in zip(scores.tolist(), admitted.tolist(), strict=True)
        ],
        mentee=mentee.tolist(),
        limit=rng.integers(0, 4, int(mentee.max()) + 1).tolist(),
        capacity=rng.integers(0, 4, m).tolist(),
        objective=objective or drawn,  # type: ignore[arg-type]
    )


@frozen(kw_only=True)
class Relation:
    """One relation, and for whom it holds.

    Attributes:
        numbers: Its numbers in the list of relations.
        compare: Asks and compares; returns whether there was anything to compare.
        holds: Who keeps it.
        elsewhere: Why it does not hold for the others; empty where it holds for all.
        objective: The objective that it speaks of, None for both.
        distinct: For those who are not exact, whether points must be different, so that no ties are broken.
    """

    numbers: tuple[int, ...]
    compare: Callable[[SmallProblem, Ask, Generator], bool]
    holds: Callable[[Contender], bool] = lambda contender: True
    elsewhere: str = ""
    objective: str | None = None
    distinct: bool = False

    @property
    def name(self) -> str:
        return f"{'+'.join(map(str, self.numbers))} {self.compare.__name__}"

    def drawn(self, rng: Generator, contender: Contender) -> SmallProblem:
        return small_of(rng, objective=self.objective, distinct=self.distinct and not contender.exact)


def exactly(contender: Contender) -> bool:
    return contender.exact


_ORDER = "points decide which pair comes first, and a pair that comes earlier may cost two that come later"
_CHAIN = "what one gives up goes to the next who wants it, and the chain may end better or worse"

RELATIONS = (
    Relation(numbers=(1,), compare=rows_in_another_order),
    Relation(numbers=(2,), compare=other_ids, distinct=True),
    Relation(numbers=(3,), compare=scaled),
    Relation(
        numbers=(4,),
        compare=constant_on_who_must_be_served,
        holds=exactly,
        elsewhere=_ORDER,
        objective="requests-then-score",
    ),
    Relation(numbers=(4,), compare=constant_on_everybody, objective="requests-then-score"),
    Relation(numbers=(5,), compare=an_ineligible_mentor_more),
    Relation(numbers=(6,), compare=a_mentor_without_places_more),
    Relation(numbers=(7,), compare=a_place_more_costs_nothing),
    Relation(numbers=(8,), compare=places_beyond_demand),
    Relation(numbers=(9,), compare=a_mentee_less, holds=exactly, elsewhere=_CHAIN),
    Relation(numbers=(10,), compare=a_place_more_is_worth_its_price_at_the_most),
    Relation(numbers=(11,), compare=strangers_beside),
    Relation(numbers=(12,), compare=mentors_of_one_place_each),
    Relation(numbers=(13,), compare=twins_as_one),
    Relation(numbers=(14,), compare=unused_pairs_may_go),
    Relation(numbers=(15,), compare=used_pairs_may_be_pinned),
    Relation(numbers=(16,), compare=a_used_pair_less, holds=exactly, elsewhere=_CHAIN),
    Relation(
        numbers=(17,),
        compare=pairs_that_prices_rule_out,
        holds=exactly,
        elsewhere="only prices whose bound is reached rule anything out",
    ),
    Relation(numbers=(18,), compare=at_least_half),
    Relation(numbers=(19,), compare=programmes_merged, holds=exactly, elsewhere=_ORDER),
    Relation(numbers=(20,), compare=places_are_substitutes, holds=exactly, elsewhere=_CHAIN),
    Relation(numbers=(21,), compare=sides_turned, distinct=True),
    Relation(numbers=(22,), compare=fair_is_best_for_the_worst_off, objective="requests-then-score"),
)


# Small changes of problems


def _requests_of(small: SmallProblem, mentee: int) -> list[int]:
    return [request for request, one in enumerate(small.mentee) if one == mentee]


def _score(small: SmallProblem, request: int, mentor: int) -> int:
    score = small.scores[request][mentor]
    assert score is not None
    return score


def _with_scores(small: SmallProblem, new: Callable[[int, int, int], int | None]) -> SmallProblem:
    return evolve(
        small,
        scores=[
            [None if score is None else new(request, mentor, score) for mentor, score in enumerate(row)]
            for request, row in enumerate(small.scores)
        ],
    )


def _without(small: SmallProblem, pairs: Sequence[tuple[int, int]]) -> SmallProblem:
    return _with_scores(small, lambda request, mentor, score: None if (request, mentor) in pairs else score)


def _reordered(small: SmallProblem, requests: Sequence[int], mentors: Sequence[int]) -> SmallProblem:
    """Return a problem with requests and mentors in another order; the requests of a mentee stay together."""
    owners = [small.mentee[request] for request in requests]
    mentees = list(dict.fromkeys(owners))
    return evolve(
        small,
        scores=[[small.scores[request][mentor] for mentor in mentors] for request in requests],
        mentee=[mentees.index(owner) for owner in owners],
        limit=[small.limit[mentee] for mentee in mentees],
        capacity=[small.capacity[mentor] for mentor in mentors],
    )


def _keys_of(problem: Problem, requests: Sequence[int], mentors: Sequence[int]) -> Keys:
    return problem.request_key[list(requests)], problem.mentor_key[list(mentors)]


def _taken_back(plan: Plan, requests: Sequence[int], mentors: Sequence[int]) -> Plan:
    """Return a plan of a reordered problem in the order before."""
    back = dict(zip(requests, plan, strict=True))
    return tuple(-1 if back[request] < 0 else mentors[back[request]] for request in range(len(plan)))
