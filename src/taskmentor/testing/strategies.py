"""What every strategy promises, to be held against a strategy of one's own, by pytest or without it."""

import json
from collections.abc import Iterator
from typing import ClassVar
from unittest import SkipTest

from attrs import evolve, field, frozen

from taskmentor.errors import CostRangeError, UnsupportedError, shown
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.ids import request_ids
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Solution, Status, Strategy, solve
from taskmentor.testing.cases import (
    FEATURES,
    Case,
    OrganisationCase,
    features,
    is_held,
    is_huge,
    is_plain,
    problem_cases,
)
from taskmentor.testing.elsewhere import CannotTravelError, called_elsewhere
from taskmentor.testing.promises import Broken, Promise, arrays_of, check_names, names_of, raise_broken
from taskmentor.testing.small import SmallProblem, plan_of
from taskmentor.testing.tables import ON

__all__ = ["STRATEGY_PROMISES", "StrategyConformance", "StrategyPromises", "check_strategy"]

Digest = tuple[object, ...]


@frozen(kw_only=True)
class StrategyPromises:
    """What is promised of a strategy beyond what all promise, and how much is tried.

    Attributes:
        exact: Every plan is optimal and proven to be.
        monotone: A place more never makes the plan worth less; what exact ones promise anyway.
        at_least: So many per cent of the optimum, what pins are worth left aside on both sides.
        refuses: What the strategy refuses, of `FEATURES`; everything else it must answer.
        leave_out: Names of promises that are not asked for.
        problems: How many random problems from scores are tried, beside the corners.
        organisations: How many random organisations are tried.
        seed: Of the random problems.
    """

    exact: bool = False
    monotone: bool = False
    at_least: int = 0
    refuses: frozenset[str] = field(default=frozenset(), converter=names_of)
    leave_out: frozenset[str] = field(default=frozenset(), converter=names_of)
    problems: int = 60
    organisations: int = 12
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        check_names(self.refuses, FEATURES, "feature of a problem")
        check_names(self.leave_out, STRATEGY_PROMISES, "promise of a strategy")

    def leaves_out(self, promise: str) -> str:
        """Return why a promise is not asked for; nothing where it is."""
        if promise in self.leave_out:
            return f"{promise} is left out"
        asked = {"exact": self.exact, "monotone": self.exact or self.monotone, "share": self.at_least > 0}
        return "" if asked.get(promise, True) else f"{promise} is not promised"


@frozen(eq=False)
class _Outcome:
    """What came of asking a strategy: a solution, or an error; and what it changed that is not its own."""

    solution: Solution | None = None
    error: Exception | None = None
    changed: str | None = None

    def digest(self, problem: Problem) -> Digest:
        """Return everything that must be the same whenever the same is asked."""
        if self.solution is None:
            return (type(self.error).__name__,)
        one = self.solution
        return _plan(problem, one), str(one.status), int(one.value), int(one.bound), int(one.score)


def _plan(problem: Problem, solution: Solution) -> tuple[object, ...]:
    """Return the pairs of a plan in ids, where there are ids."""
    if problem.pool is None:
        return tuple(zip(solution.request.tolist(), solution.mentor.tolist(), strict=True))
    mentees, skills = request_ids(problem, solution.request)
    people = problem.pool.organisation.people.ids
    mentors = people[problem.pool.mentors[solution.mentor]]
    return tuple(sorted(zip(mentees.tolist(), skills.tolist(), mentors.tolist(), strict=True)))


def _ask(strategy: Strategy, problem: Problem) -> _Outcome:
    try:
        return _Outcome(solve(problem, strategy))
    except Exception as error:  # whatever it is, it is what is judged
        return _Outcome(error=error)


def _watched(strategy: Strategy, problem: Problem) -> _Outcome:
    """Return what a strategy answers, and what it leaves changed."""
    before, parameters = arrays_of(problem), strategy.get_params()
    outcome = _ask(strategy, problem)
    if arrays_of(problem) != before:
        return evolve(outcome, changed="the problem's columns are not what they were before")
    if (after := strategy.get_params()) != parameters:
        return evolve(outcome, changed=f"the parameters were {parameters} and are {after}")
    return outcome


@frozen(eq=False)
class Trial:
    """One strategy on trial: what is promised of it, and what it has answered so far."""

    strategy: Strategy
    promised: StrategyPromises
    _answers: dict[Case, _Outcome] = field(factory=dict, init=False, repr=False)

    @property
    def cases(self) -> tuple[Case, ...]:
        """Return the cases that are tried, the smallest first."""
        some = self.promised
        return problem_cases(problems=some.problems, organisations=some.organisations, seed=some.seed)

    def ask(self, case: Case) -> _Outcome:
        """Return what the strategy answers, asking it once for each case."""
        if case not in self._answers:
            self._answers[case] = _watched(self.strategy, case.again())
        return self._answers[case]

    def solution(self, case: Case) -> Solution | None:
        """Return the plan of a case, None where there is none; whether there must be one is a promise of its own."""
        found = self.ask(case).solution
        return found if found is not None and not _misshapen(case.problem, found) else None


def _misshapen(problem: Problem, solution: Solution) -> str | None:
    """Return why a plan cannot even be looked at."""
    for name, column, end in (
        ("request", solution.request, problem.n_requests),
        ("mentor", solution.mentor, problem.n_mentors),
    ):
        if column.dtype.kind not in "iu" or column.shape != (len(solution.request),):
            return f"{name} is {column.dtype} of shape {column.shape}"
        if ((column < 0) | (column >= end)).any():
            return f"{name} holds places outside 0 to {end - 1}"
    return None


# What is promised of every answer


def _answers(trial: Trial, case: Case) -> str | None:
    outcome, refused = trial.ask(case), features(case.problem) & trial.promised.refuses
    if outcome.solution is not None:
        if refused:
            return f"it answers, and is said to refuse {' and '.join(sorted(refused))}"
        return _misshapen(case.problem, outcome.solution)
    error = outcome.error
    seen = f"{type(error).__name__}: {error}"
    if isinstance(error, CostRangeError) and is_huge(case.problem):
        return None
    if not isinstance(error, UnsupportedError):
        return seen
    if not refused and is_held(case.problem, trial.strategy):
        return f"it refuses what it is not said to refuse: {seen}"
    return None if _named(trial.strategy, str(error)) else f"the refusal does not name the strategy: {seen}"


def _named(strategy: Strategy, text: str) -> bool:
    def plain(words: str) -> str:
        return "".join(letter for letter in words.lower() if letter.isalnum())

    return any(plain(name) in plain(text) for name in (strategy.name, type(strategy).__name__))


def _lawful(trial: Trial, case: Case) -> str | None:
    if (found := trial.solution(case)) is None:
        return None
    faults = case.small.faults(list(zip(found.request.tolist(), found.mentor.tolist(), strict=True)))
    if case.blocked:
        pairs = _plan(case.problem, found)
        faults += [f"{pair} is blocked" for pair in pairs if isinstance(pair, tuple) and _is_blocked(case, pair)]
    return "; ".join(faults) or None


def _is_blocked(case: Case, pair: tuple[str, str, str]) -> bool:
    mentee, skill, mentor = pair
    return bool({(mentee, mentor, None), (mentee, mentor, skill)} & case.blocked)


def _verified(trial: Trial, case: Case) -> str | None:
    if (found := trial.ask(case).solution) is None:
        return None
    verdict = verify_solution(case.problem, found)
    return None if verdict.ok else str(verdict)


def _worth(case: Case, solution: Solution) -> tuple[int, int]:
    return case.small.worth(plan_of(solution, case.problem.n_requests))


def _optimum(case: Case) -> int:
    """Return the objective of the best plan there is."""
    served, score = case.small.optimum
    return case.problem.value(served, score)


def _bounded(trial: Trial, case: Case) -> str | None:
    found = trial.solution(case)
    if (
        found is None
        or not is_plain(case.problem)
        or case.small.faults(list(zip(found.request.tolist(), found.mentor.tolist(), strict=True)))
    ):
        return None
    best = _optimum(case)
    if found.bound < best:
        return f"the bound is {found.bound:,}, and there is a plan of {best:,}"
    if found.value > best:
        return f"the value is said to be {found.value:,}, and no plan has more than {best:,}"
    if found.status is Status.OPTIMAL and found.value < best:
        return f"it is said to be optimal with {found.value:,}, and there is a plan of {best:,}"
    return None


def _exact(trial: Trial, case: Case) -> str | None:
    if not is_plain(case.problem) or (found := trial.solution(case)) is None:
        return None
    if (worth := _worth(case, found)) != case.small.optimum:
        return f"the plan is worth {worth}, and the best one {case.small.optimum} (requests served, score)"
    if found.status is not Status.OPTIMAL or found.gap != 0:
        return f"the plan is optimal, and claims to be {found.status} with a gap of {found.gap:,}"
    return None


def _share(trial: Trial, case: Case) -> str | None:
    if not is_plain(case.problem) or (found := trial.solution(case)) is None:
        return None
    small, problem = case.small, case.problem
    pinned = sum(small.scores[request][mentor] or 0 for request, mentor in small.pins.items())
    kept = problem.value(len(small.pins), pinned)
    value, best = problem.value(*_worth(case, found)) - kept, _optimum(case) - kept
    promised = trial.promised.at_least
    if 100 * value < promised * best:
        return f"beside its pins the plan is worth {value:,} of {best:,}, which is less than {promised} per cent"
    return None


def _repeats(trial: Trial, case: Case) -> str | None:
    first, again = trial.ask(case).digest(case.problem), case.again()
    second = _ask(trial.strategy, again).digest(again)
    return None if first == second else f"first {first}, then {second}"


def _unchanged(trial: Trial, case: Case) -> str | None:
    return trial.ask(case).changed


def _monotone(trial: Trial, case: Case) -> str | None:
    if isinstance(case, OrganisationCase) or (found := trial.solution(case)) is None:
        return None
    before = _worth(case, found)
    for mentor, places in enumerate(case.small.capacity):
        more = case.small.with_capacity(mentor, places + 1)
        after = _ask(trial.strategy, more.problem()).solution
        if after is not None and (worth := more.worth(plan_of(after, case.problem.n_requests))) < before:
            return f"{before} (requests served, score) became {worth} with a place more of mentor {mentor}"
    return None


def _rows(trial: Trial, case: Case) -> str | None:
    if not isinstance(case, OrganisationCase):
        return None
    first = trial.ask(case).digest(case.problem)
    for organisation in case.reordered:
        other = daily_problem(organisation, case.policy, on=ON)
        second = _ask(trial.strategy, other).digest(other)
        if first != second:
            return f"{first} became {second} with the rows of the tables in another order"
    return None


# What is promised of all answers together


def _described(trial: Trial) -> str | None:
    strategy = trial.strategy
    name: object = getattr(strategy, "name", None)
    if not isinstance(name, str) or not name:
        return f"its name is {shown(name)}, and has to be a text"
    if not callable(getattr(strategy, "get_params", None)):
        return "it has no get_params, which has to give its parameters as plain data"
    try:
        json.dumps(strategy.get_params())
    except TypeError as error:
        return f"its parameters are no plain data: {error}"
    for case in trial.cases:
        found = trial.ask(case).solution
        if found is not None and (found.strategy, found.parameters) != (strategy.name, strategy.get_params()):
            return f"a solution says that it is by {found.strategy} with {found.parameters}"
    return None


def _fresh(trial: Trial) -> str | None:
    asked = [case.small for case in trial.cases if not isinstance(case, OrganisationCase)]
    try:
        others = called_elsewhere(_digests, (trial.strategy, asked), home=type(trial.strategy))
    except CannotTravelError as error:
        return f"{error}; define it at the top of a module, or leave this promise out by its name"
    for small, mine, other in zip(asked, _digests((trial.strategy, asked)), others, strict=True):
        if mine != other:
            return f"here {mine}, there {other}, for {small!r}.problem()"
    return None


def _digests(given: tuple[Strategy, list[SmallProblem]]) -> list[Digest]:
    strategy, smalls = given
    problems = [small.problem() for small in smalls]
    return [_ask(strategy, problem).digest(problem) for problem in problems]


_Kept = Promise[Trial, Case]
_PROMISES: dict[str, _Kept] = {
    "answers": _Kept("every problem is answered, or refused by name where that is said beforehand", _answers),
    "lawful": _Kept("every plan keeps places, limits, rules, pins and blocks", _lawful),
    "verified": _Kept("every solution verifies: sums, prices, bound, status, and constraints that are held", _verified),
    "bounded": _Kept("no plan there is exceeds the bound, and what claims to be optimal is", _bounded),
    "exact": _Kept("every plan is optimal, and proven to be", _exact),
    "share": _Kept("every plan is worth its share of the optimum", _share),
    "monotone": _Kept("a place more never makes the plan worth less", _monotone),
    "repeats": _Kept("the same problem gets the same answer", _repeats),
    "rows": _Kept("the order of the rows of the tables changes nothing", _rows),
    "unchanged": _Kept("the problem and the parameters are left as they are", _unchanged),
    "described": _Kept("name and parameters are plain data, and stand in every solution", of_all=_described),
    "fresh": _Kept("a fresh process gives the same answers", of_all=_fresh),
}

STRATEGY_PROMISES: dict[str, str] = {name: promise.meaning for name, promise in _PROMISES.items()}
"""What is promised of every strategy, by the name of the promise."""


def _broken(trial: Trial, promise: str) -> Iterator[Broken]:
    return _PROMISES[promise].broken(promise, trial, trial.cases)


def check_strategy(strategy: Strategy, promised: StrategyPromises | None = None) -> None:
    """Return nothing where a strategy keeps every promise, on the corners and on many random problems.

    Args:
        strategy: The strategy.
        promised: What it promises beyond what all promise, and how much is tried.

    Raises:
        BrokenPromiseError: With every promise that does not hold, each with the smallest problem that shows it.
        TypeError: If it is a class instead of a strategy.

    Examples:
        >>> from taskmentor import Greedy
        >>> check_strategy(Greedy(), StrategyPromises(monotone=True, at_least=50, problems=5, organisations=1))
    """
    if isinstance(strategy, type):
        raise TypeError(f"a strategy is an object such as Flow() or Greedy(), not {shown(strategy)}")
    trial = Trial(strategy, promised or StrategyPromises())
    asked = [promise for promise in STRATEGY_PROMISES if not trial.promised.leaves_out(promise)]
    raise_broken(strategy, (broken for promise in asked for broken in _broken(trial, promise)))


_TRIALS: "dict[type[StrategyConformance], Trial]" = {}
"""The trial of each test class, the same for all of its tests."""


class StrategyConformance:
    """A test class for a strategy, one test a promise, for pytest or, with `unittest.TestCase` beside it, unittest.

    Attributes:
        strategy: The strategy.
        promised: What it promises beyond what all promise, and how much is tried.

    Examples:
        A whole test module:

        ```python
        class TestFirstCome(StrategyConformance):
            strategy = FirstCome()
            promised = StrategyPromises(refuses={"pins"})
        ```
    """

    strategy: ClassVar[Strategy]
    promised: ClassVar[StrategyPromises] = StrategyPromises()

    def _keeps(self, promise: str) -> None:
        if why := self.promised.leaves_out(promise):
            raise SkipTest(why)
        trial = _TRIALS.setdefault(type(self), Trial(self.strategy, self.promised))
        raise_broken(self.strategy, _broken(trial, promise))

    def test_answers_or_refuses_by_name(self) -> None:
        """Every problem is answered, or refused by name where that is said beforehand."""
        self._keeps("answers")

    def test_plans_are_lawful(self) -> None:
        """Every plan keeps places, limits, rules, pins and blocks."""
        self._keeps("lawful")

    def test_solutions_verify(self) -> None:
        """Every solution verifies: sums, prices, bound, status, and constraints that are held."""
        self._keeps("verified")

    def test_no_plan_exceeds_the_bound(self) -> None:
        """No plan there is exceeds the bound, and what claims to be optimal is."""
        self._keeps("bounded")

    def test_plans_are_optimal_where_that_is_said(self) -> None:
        """Every plan is optimal, and proven to be."""
        self._keeps("exact")

    def test_plans_are_worth_their_share(self) -> None:
        """Every plan is worth its share of the optimum."""
        self._keeps("share")

    def test_a_place_more_costs_nothing_where_that_is_said(self) -> None:
        """A place more never makes the plan worth less."""
        self._keeps("monotone")

    def test_the_same_problem_gets_the_same_answer(self) -> None:
        """The same problem gets the same answer."""
        self._keeps("repeats")

    def test_the_order_of_rows_changes_nothing(self) -> None:
        """The order of the rows of the tables changes nothing."""
        self._keeps("rows")

    def test_the_problem_is_left_as_it_is(self) -> None:
        """The problem and the parameters are left as they are."""
        self._keeps("unchanged")

    def test_solutions_say_who_made_them(self) -> None:
        """Name and parameters are plain data, and stand in every solution."""
        self._keeps("described")

    def test_a_fresh_process_gives_the_same_answers(self) -> None:
        """A fresh process gives the same answers."""
        self._keeps("fresh")
