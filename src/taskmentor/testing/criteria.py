"""What every rule and every scorer promises, to be held against one of one's own, by pytest or without it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, cached_property
from typing import ClassVar, Protocol
from unittest import SkipTest

import numpy as np
from attrs import evolve, field, frozen
from numpy.random import default_rng
from numpy.typing import NDArray

from taskmentor.errors import InputError, TaskmentorError
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.certificate import Method, verify_solution
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import pool_of, request_ids
from taskmentor.matching.policy import Policy, described
from taskmentor.matching.pool import Pool, build_pool
from taskmentor.matching.problem import Pairs, Problem, daily_problem
from taskmentor.matching.rules import Rule
from taskmentor.matching.scorers import Scorer
from taskmentor.matching.shapes import CompiledRule, CompiledScorer
from taskmentor.matching.solution import Strategy, solve
from taskmentor.models.organisation import Organisation
from taskmentor.testing.draws import Draws, Seeded
from taskmentor.testing.elsewhere import CannotTravelError, called_elsewhere
from taskmentor.testing.promises import Broken, Promise, arrays_of, check_names, names_of, raise_broken
from taskmentor.testing.small import SmallProblem
from taskmentor.testing.tables import ON, Row, Tables, as_text, random_tables, renamed, smaller_tables

__all__ = [
    "CRITERION_PROMISES",
    "CriterionPromises",
    "RuleConformance",
    "ScorerConformance",
    "check_rule",
    "check_scorer",
]

Places = NDArray[np.integer]
Reading = Callable[[Places, Places, Places], NDArray[np.generic]]
"""What a rule or a scorer says of pairs: places of requests, places of mentors, and the mentors' levels."""

Pair = tuple[str, str, str]
"""Mentee, skill and mentor by id."""

_METHODS: tuple[Method, ...] = ("all pairs", "oracle")
_READERS: tuple[Strategy, ...] = (Flow(ties="any"), Exact())


@frozen(kw_only=True)
class CriterionPromises:
    """On what a rule or a scorer is tried.

    Attributes:
        invent: Gives tables of organisations in which it finds what it reads; with columns of its own, it is
            `functools.partial(random_tables, columns={"x_site": ("a", "b", None)})`.
        organisations: How many are tried.
        leave_out: Names of promises that are not asked for.
        seed: Of the random organisations.
    """

    invent: Callable[[Draws], Tables] = random_tables
    organisations: int = 30
    leave_out: frozenset[str] = field(default=frozenset(), converter=names_of)
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        check_names(self.leave_out, CRITERION_PROMISES, "promise of a rule or scorer")


@frozen(eq=False)
class PoolCase:
    """An organisation on its day, under no rule but those of every policy.

    Attributes:
        tables: The organisation.
    """

    most_tries: ClassVar[int] = 200

    tables: Tables

    @cached_property
    def problem(self) -> Problem:
        """Return the problem of the day."""
        return self.under(Policy(rules=(), scorers=()))

    @cached_property
    def organisation(self) -> Organisation:
        """Return the organisation that the tables describe."""
        return organisation_from_rows(self.tables)

    def under(self, policy: Policy) -> Problem:
        """Return the problem of the day under a policy."""
        return daily_problem(self.organisation, policy, on=ON)

    @property
    def pool(self) -> Pool:
        """Return the pool of the day."""
        return pool_of(self.problem)

    @cached_property
    def pairs(self) -> Pairs:
        """Return every pair of a request and somebody else who holds its skill and offers a place."""
        return Pairs.joined(self.problem.pairs(np.arange(self.problem.n_requests)))

    @cached_property
    def names(self) -> list[Pair]:
        """Return the ids of all pairs."""
        mentees, skills = request_ids(self.problem, self.pairs.request)
        mentors = self.pool.organisation.people.ids[self.pool.mentors[self.pairs.mentor]]
        return list(zip(mentees.tolist(), skills.tolist(), mentors.tolist(), strict=True))

    def read(self, reading: Reading) -> dict[Pair, int]:
        """Return what a reading says of every pair, by ids."""
        said = reading(self.pairs.request, self.pairs.mentor, self.pairs.level)
        return dict(zip(self.names, said.astype(np.int64).tolist(), strict=True))

    @cached_property
    def reordered(self) -> "PoolCase":
        """Return the same organisation with the rows of its tables in another order."""
        return PoolCase({name: rows[::-1] for name, rows in self.tables.items()})

    @cached_property
    def renamed(self) -> tuple["PoolCase", dict[str, str]]:
        """Return the same organisation with other ids for everybody, and the new ids by the old ones."""
        tables, names = renamed(self.tables, Seeded(default_rng(1)))
        return PoolCase(tables), names

    @cached_property
    def unseen(self) -> "PoolCase":
        """Return the organisation with other names and words, and with assessments of later days."""
        tables = {name: [_in_other_words(name, row) for row in rows] for name, rows in self.tables.items()}
        highest = max(int(str(row["level"])) for row in tables["scale"])
        later = [
            {
                "person_id": row["person_id"],
                "skill_id": skill["skill_id"],
                "level": highest,
                "source": "outcome",
                "assessed_on": ON + timedelta(days=40 + place),
            }
            for place, row in enumerate(tables["people"])
            for skill in tables["skills"]
        ]
        return PoolCase({**tables, "assessments": [*tables["assessments"], *later]})

    def smaller(self) -> "Iterator[PoolCase]":
        """Return the cases that are a step smaller and can still be read."""
        return (one for one in map(PoolCase, smaller_tables(self.tables)) if one.is_read())

    def is_read(self) -> bool:
        """Return whether the tables can be read, and all pins be kept."""
        try:
            return self.problem is not None
        except InputError:
            return False

    def __str__(self) -> str:
        return as_text(self.tables)


def _in_other_words(table: str, row: Row) -> Row:
    """Return a row with other words where nobody may be judged by them."""
    if table == "people":
        return {**row, "name": f"Somebody {str(row['person_id'])[-1]}"}
    return {**row, "reason": f"for {row['skill_id']}"} if table == "requests" else row


class _Criterion(Protocol):
    """A rule or a scorer, seen alike."""

    @property
    def given(self) -> Rule | Scorer:
        """Return the rule or scorer itself."""
        ...

    def reading(self, pool: Pool) -> Reading:
        """Return what it says of pairs, with its columns checked."""
        ...

    def policies(self) -> tuple[Policy, ...]:
        """Return policies of nothing else."""
        ...

    def idle(self, cases: tuple[PoolCase, ...]) -> str | None:
        """Return what it never does in any case, and should sometimes."""
        ...


@frozen
class _OneRule:
    given: Rule

    def reading(self, pool: Pool) -> Reading:
        compiled = CompiledRule(self.given.name, self.given.compile(pool))
        compiled.check(len(pool.requests), len(pool.mentors))
        return compiled.admits

    def policies(self) -> tuple[Policy, ...]:
        return (Policy(rules=(self.given,), scorers=()),)

    def idle(self, cases: tuple[PoolCase, ...]) -> str | None:
        said = {answer for case in cases for answer in case.read(self.reading(case.pool)).values()}
        never = [word for answer, word in ((1, "admits"), (0, "bars")) if answer not in said]
        return f"it {never[0]} nobody in any of {len(cases)} organisations" if never else None


@frozen
class _OneScorer:
    given: Scorer

    def reading(self, pool: Pool) -> Reading:
        compiled = CompiledScorer(self.given.name, self.given.weight, self.given.compile(pool))
        compiled.check(len(pool.requests), len(pool.mentors))
        return compiled.points

    def policies(self) -> tuple[Policy, ...]:
        return (
            Policy(rules=(), scorers=(self.given,)),
            Policy(rules=(), scorers=(self.given,), objective="score"),
        )

    def idle(self, cases: tuple[PoolCase, ...]) -> str | None:
        if any(_tells_plans_apart(case.under(self.policies()[0])) for case in cases):
            return None
        return f"it changes no optimum in any of {len(cases)} organisations, so no plan could tell that it is there"


def _tells_plans_apart(problem: Problem) -> bool:
    """Return whether of the plans of most requests one has more points than another."""
    (scorer,) = problem.scorers
    worst = evolve(problem, scorers=(CompiledScorer(scorer.name, -scorer.weight, scorer.shape),))
    flow = Flow(ties="any")
    return solve(problem, flow).score != -solve(worst, flow).score


@cache
def _invented(invent: Callable[[Draws], Tables], organisations: int, seed: int) -> tuple[PoolCase, ...]:
    drawn = (PoolCase(invent(Seeded(default_rng([seed, 2, number])))) for number in range(organisations))
    return tuple(sorted(drawn, key=lambda case: len(case.tables["people"])))


@frozen(eq=False)
class _Trial:
    """One rule or scorer on trial."""

    criterion: _Criterion
    promised: CriterionPromises

    @cached_property
    def cases(self) -> tuple[PoolCase, ...]:
        """Return the cases that are tried, the smallest first."""
        return _invented(self.promised.invent, self.promised.organisations, self.promised.seed)

    @cached_property
    def compiled(self) -> tuple[PoolCase, ...]:
        """Return those of them for which it compiles, which is a promise of its own."""
        return tuple(case for case in self.cases if _compiles(self, case) is None)


# What is promised of every pool


def _compiles(trial: _Trial, case: PoolCase) -> str | None:
    try:
        case.read(trial.criterion.reading(case.pool))
        for policy in trial.criterion.policies():
            case.under(policy)
    except Exception as error:  # whatever it is, it is what is judged
        return f"{type(error).__name__}: {error}"
    return None


def _by_pair(trial: _Trial, case: PoolCase) -> str | None:
    reading, pairs = trial.criterion.reading(case.pool), case.pairs
    said = reading(pairs.request, pairs.mentor, pairs.level).tolist()
    backwards = reading(pairs.request[::-1], pairs.mentor[::-1], pairs.level[::-1]).tolist()[::-1]
    if said != backwards:
        return "pairs in another order are said other things of"
    for place, name in enumerate(case.names):
        one = np.s_[place : place + 1]
        (alone,) = reading(pairs.request[one], pairs.mentor[one], pairs.level[one]).tolist()
        if alone != said[place]:
            return f"{name} alone is {alone}, and {said[place]} beside others"
    return _in_blocks(reading, pairs, said)


def _in_blocks(reading: Reading, pairs: Pairs, said: list[object]) -> str | None:
    """Return what is wrong where the mentors of each request are asked for as one row."""
    for request in np.unique(pairs.request).tolist():
        own = np.flatnonzero(pairs.request == request)
        block = reading(np.array([[request]]), pairs.mentor[None, own], pairs.level[None, own])
        row = np.broadcast_to(block, (1, len(own))).tolist()[0]
        if row != [said[place] for place in own.tolist()]:
            return f"as a row of request {request}: {row}, as pairs: {[said[place] for place in own.tolist()]}"
    return None


def _declared(trial: _Trial, case: PoolCase) -> str | None:
    for policy in trial.criterion.policies():
        problem = case.under(policy)
        for strategy in _READERS:
            try:
                solution = solve(problem, strategy)
            except TaskmentorError as error:
                return f"{type(error).__name__}: {error}"
            for method in _METHODS:
                if not (verdict := verify_solution(problem, solution, method=method)).ok:
                    return f"{strategy.name}, checked by {method}: {verdict}"
            plain = solve(SmallProblem.of(problem).problem(), strategy)
            found, best = (solution.n_matched, solution.score), (plain.n_matched, plain.score)
            if problem.value(*found) != problem.value(*best):
                return f"{strategy.name} finds {found} (requests, score), and pair by pair it is {best}"
    return None


def _differs(trial: _Trial, case: PoolCase, other: PoolCase, names: dict[str, str] | None = None) -> str | None:
    """Return what is said otherwise of the same pairs in an organisation that means the same."""
    one, two = (some.read(trial.criterion.reading(some.pool)) for some in (case, other))
    if names is not None:
        one = {(names[mentee], skill, names[mentor]): said for (mentee, skill, mentor), said in one.items()}
    for pair in sorted(one):
        if one[pair] != two.get(pair):
            return f"{' '.join(pair)} was {one[pair]} and became {two.get(pair)}"
    return None


def _rows(trial: _Trial, case: PoolCase) -> str | None:
    return _differs(trial, case, case.reordered)


def _ids(trial: _Trial, case: PoolCase) -> str | None:
    return _differs(trial, case, *case.renamed)


def _blind(trial: _Trial, case: PoolCase) -> str | None:
    return _differs(trial, case, case.unseen)


def _absolute(trial: _Trial, case: PoolCase) -> str | None:
    pool, pairs = case.pool, case.pairs
    kept = np.arange(0, len(pool.requests), 2)
    fewer = build_pool(pool.organisation, pool.requests.take(kept), pool.proficiency, on=ON, salt="another")
    place = {pair: row for row, pair in enumerate(_requests(fewer))}
    mentor = {int(code): row for row, code in enumerate(fewer.mentors.tolist())}
    asked = np.array([place.get(pair, -1) for pair in _requests(pool)], np.int64)[pairs.request]
    some = np.flatnonzero(asked >= 0)
    teaching = np.array([mentor[int(code)] for code in pool.mentors[pairs.mentor[some]]], np.int64)
    before = trial.criterion.reading(pool)(pairs.request[some], pairs.mentor[some], pairs.level[some]).tolist()
    after = trial.criterion.reading(fewer)(asked[some], teaching, pairs.level[some]).tolist()
    for row, (one, other) in zip(some.tolist(), zip(before, after, strict=True), strict=True):
        if one != other:
            return f"{' '.join(case.names[row])} was {one} and became {other} when others asked for nothing"
    return None


def _requests(pool: Pool) -> list[tuple[int, int]]:
    return list(zip(pool.requests.mentee.tolist(), pool.requests.skill.tolist(), strict=True))


def _unchanged(trial: _Trial, case: PoolCase) -> str | None:
    before = arrays_of(case.pool)
    case.read(trial.criterion.reading(case.pool))
    return None if arrays_of(case.pool) == before else "the pool's columns are not what they were before"


def _repeats(trial: _Trial, case: PoolCase) -> str | None:
    first, second = (case.read(trial.criterion.reading(case.pool)) for _ in range(2))
    return None if first == second else "compiled twice, it says two different things"


# What is promised of all pools together


def _matters(trial: _Trial) -> str | None:
    return trial.criterion.idle(trial.compiled) if trial.compiled else None


def _described(trial: _Trial) -> str | None:
    given = trial.criterion.given
    name: object = getattr(given, "name", None)
    if not isinstance(name, str) or not name:
        return f"its name is {name!r}, and has to be a text"
    weight: object = getattr(given, "weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, int):
        return f"its weight is {weight!r}, and has to be a whole number"
    try:
        json.dumps(described(given))
    except TypeError as error:
        return f"it is no plain data: {error}"
    return None


def _fresh(trial: _Trial) -> str | None:
    asked = trial.criterion, [case.tables for case in trial.compiled]
    try:
        others = called_elsewhere(_said, asked, home=type(trial.criterion.given))
    except CannotTravelError as error:
        return f"{error}; define it at the top of a module, or leave this promise out by its name"
    return None if others == _said(asked) else "in a fresh process it says other things of the same pairs"


def _said(given: tuple[_Criterion, list[Tables]]) -> list[dict[Pair, int]]:
    criterion, those = given
    cases = [PoolCase(tables) for tables in those]
    return [case.read(criterion.reading(case.pool)) for case in cases]


_Kept = Promise[_Trial, PoolCase]


def _once_compiled(check: Callable[[_Trial, PoolCase], str | None]) -> Callable[[_Trial, PoolCase], str | None]:
    """Return a check that finds nothing where the rule or scorer does not compile, which is a promise of its own."""
    return lambda trial, case: None if _compiles(trial, case) is not None else check(trial, case)


_PROMISES: dict[str, _Kept] = {
    "compiles": _Kept("it compiles to a shape of the pool's size, with answers of the right kind", _compiles),
    "by-pair": _Kept("columns, blocks and single pairs are said the same of", _once_compiled(_by_pair)),
    "declared": _Kept("whoever reads the shape finds what is said pair by pair", _once_compiled(_declared)),
    "rows": _Kept("the order of the rows of the tables changes nothing", _once_compiled(_rows)),
    "ids": _Kept("other ids of people change nothing", _once_compiled(_ids)),
    "blind": _Kept("names, words of requests and what comes after the day change nothing", _once_compiled(_blind)),
    "absolute": _Kept(
        "who else asks for something, and the salt of the round, change nothing", _once_compiled(_absolute)
    ),
    "unchanged": _Kept("the pool is left as it is", _once_compiled(_unchanged)),
    "repeats": _Kept("the same pool is said the same of", _once_compiled(_repeats)),
    "matters": _Kept("it makes a difference to some plan", of_all=_matters),
    "described": _Kept("name, weight and parameters are plain data", of_all=_described),
    "fresh": _Kept("a fresh process says the same", of_all=_fresh),
}

CRITERION_PROMISES: dict[str, str] = {name: promise.meaning for name, promise in _PROMISES.items()}
"""What is promised of every rule and every scorer, by the name of the promise."""


def _broken(trial: _Trial, promise: str) -> Iterator[Broken]:
    return _PROMISES[promise].broken(promise, trial, trial.cases)


def _check(criterion: _Criterion, promised: CriterionPromises | None) -> None:
    trial = _Trial(criterion, promised or CriterionPromises())
    asked = [promise for promise in CRITERION_PROMISES if promise not in trial.promised.leave_out]
    raise_broken(criterion.given, (broken for promise in asked for broken in _broken(trial, promise)))


def check_rule(rule: Rule, promised: CriterionPromises | None = None) -> None:
    """Return nothing where a rule keeps every promise, on many random organisations.

    Args:
        rule: The rule.
        promised: On what it is tried.

    Raises:
        BrokenPromiseError: With every promise that does not hold, each with the smallest organisation that shows it.
    """
    _check(_OneRule(rule), promised)


def check_scorer(scorer: Scorer, promised: CriterionPromises | None = None) -> None:
    """Return nothing where a scorer keeps every promise, on many random organisations.

    Args:
        scorer: The scorer.
        promised: On what it is tried.

    Raises:
        BrokenPromiseError: With every promise that does not hold, each with the smallest organisation that shows it.
    """
    _check(_OneScorer(scorer), promised)


_TRIALS: "dict[type[_Conformance], _Trial]" = {}
"""The trial of each test class, the same for all of its tests."""


class _Conformance:
    """One test a promise."""

    promised: ClassVar[CriterionPromises] = CriterionPromises()

    def _criterion(self) -> _Criterion:
        raise NotImplementedError

    def _keeps(self, promise: str) -> None:
        if promise in self.promised.leave_out:
            raise SkipTest(f"{promise} is left out")
        trial = _TRIALS.setdefault(type(self), _Trial(self._criterion(), self.promised))
        raise_broken(trial.criterion.given, _broken(trial, promise))

    def test_it_compiles_to_a_shape_of_the_pools_size(self) -> None:
        """It compiles to a shape of the pool's size, with answers of the right kind."""
        self._keeps("compiles")

    def test_columns_blocks_and_pairs_agree(self) -> None:
        """Columns, blocks and single pairs are said the same of."""
        self._keeps("by-pair")

    def test_whoever_reads_the_shape_finds_what_is_said_pair_by_pair(self) -> None:
        """Whoever reads the shape finds what is said pair by pair."""
        self._keeps("declared")

    def test_the_order_of_rows_changes_nothing(self) -> None:
        """The order of the rows of the tables changes nothing."""
        self._keeps("rows")

    def test_other_ids_change_nothing(self) -> None:
        """Other ids of people change nothing."""
        self._keeps("ids")

    def test_names_words_and_the_future_change_nothing(self) -> None:
        """Names, words of requests and what comes after the day change nothing."""
        self._keeps("blind")

    def test_who_else_asks_changes_nothing(self) -> None:
        """Who else asks for something, and the salt of the round, change nothing."""
        self._keeps("absolute")

    def test_the_pool_is_left_as_it_is(self) -> None:
        """The pool is left as it is."""
        self._keeps("unchanged")

    def test_the_same_pool_is_said_the_same_of(self) -> None:
        """The same pool is said the same of."""
        self._keeps("repeats")

    def test_it_makes_a_difference_to_some_plan(self) -> None:
        """It makes a difference to some plan."""
        self._keeps("matters")

    def test_it_is_plain_data(self) -> None:
        """Name, weight and parameters are plain data."""
        self._keeps("described")

    def test_a_fresh_process_says_the_same(self) -> None:
        """A fresh process says the same."""
        self._keeps("fresh")


class RuleConformance(_Conformance):
    """A test class for a rule, one test a promise, for pytest or, with `unittest.TestCase` beside it, unittest.

    Attributes:
        rule: The rule.
        promised: On what it is tried.
    """

    rule: ClassVar[Rule]

    def _criterion(self) -> _Criterion:
        return _OneRule(self.rule)


class ScorerConformance(_Conformance):
    """A test class for a scorer, one test a promise, for pytest or, with `unittest.TestCase` beside it, unittest.

    Attributes:
        scorer: The scorer.
        promised: On what it is tried.
    """

    scorer: ClassVar[Scorer]

    def _criterion(self) -> _Criterion:
        return _OneScorer(self.scorer)
