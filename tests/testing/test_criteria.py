"""The library's own rules and scorers keep what is promised of them, and what breaks a promise is caught."""

import unittest
from functools import partial

import pytest
from attrs import evolve

from taskmentor.matching.rules import NotBlocked, NotOneself, Qualified, Rule
from taskmentor.matching.scorers import Importance, Scorer
from taskmentor.testing import (
    CRITERION_PROMISES,
    BrokenPromiseError,
    CriterionPromises,
    RuleConformance,
    ScorerConformance,
    check_rule,
    check_scorer,
    random_tables,
)
from taskmentor.testing.policies import RULES, SCORERS
from tests.testing import criteria_mutants as mutants

ALWAYS: tuple[Rule, ...] = (NotOneself(), NotBlocked())
OWN_RULES = (*RULES, Qualified(), *ALWAYS)
OWN_SCORERS = tuple(kind() for kind in SCORERS)
# Whether they matter needs more organisations than the rest, and a fresh process takes a second: both in the long run.
FEW = CriterionPromises(organisations=2, leave_out={"matters", "fresh"})
MANY = CriterionPromises(organisations=80)


class TestQualified(RuleConformance):
    rule = Qualified()
    promised = CriterionPromises(organisations=5, leave_out={"fresh"})


class TestImportance(ScorerConformance, unittest.TestCase):
    scorer = Importance()
    promised = CriterionPromises(organisations=12, leave_out={"fresh"})


@pytest.mark.parametrize("rule", OWN_RULES, ids=repr)
def test_a_rule_of_the_library_keeps_its_promises(rule: Rule) -> None:
    """Would be broken: a rule that reads what it must not, or says one thing of a pair and another of a block."""
    check_rule(rule, FEW)


@pytest.mark.parametrize("scorer", OWN_SCORERS, ids=repr)
def test_a_scorer_of_the_library_keeps_its_promises(scorer: Scorer) -> None:
    """Would be broken: the same of scorers, and their bounds."""
    check_scorer(scorer, FEW)


@pytest.mark.long
@pytest.mark.parametrize("rule", OWN_RULES, ids=repr)
def test_a_rule_of_the_library_keeps_its_promises_on_many_organisations(rule: Rule) -> None:
    """Would be broken: what few organisations do not show."""
    # What holds under every policy holds where a rule is asked too, and so bars nobody more.
    check_rule(rule, evolve(MANY, leave_out={"matters"} if rule in ALWAYS else ()))


@pytest.mark.long
@pytest.mark.parametrize("scorer", OWN_SCORERS, ids=repr)
def test_row_18_every_scorer_of_the_library_can_change_some_optimum(scorer: Scorer) -> None:
    """A weight on what is the same for all plans would be ignored by every one of them."""
    check_scorer(scorer, MANY)


BROKEN_RULES: list[tuple[Rule, str]] = [
    (mutants.OfAnotherSize(), "compiles"),
    (mutants.AnswersWithNumbers(), "compiles"),
    (mutants.Raises(), "compiles"),
    (mutants.DependsOnItsPlace(), "by-pair"),
    (mutants.SaysOneThingAndDeclaresAnother(), "declared"),
    (mutants.BarsByRow(), "rows"),
    (mutants.BarsByIds(), "ids"),
    (mutants.BarsByName(), "blind"),
    (mutants.LooksAhead(), "blind"),
    (mutants.BarsByHowManyAsk(), "absolute"),
    (mutants.BarsByHash(), "absolute"),
    (mutants.ShiftsTheDay(), "unchanged"),
    (mutants.TossesACoin(), "repeats"),
    (mutants.AdmitsEverybody(), "matters"),
    (mutants.HasNoName(), "described"),
    (mutants.BarsByHashOfText(), "fresh"),
]
BROKEN_SCORERS: list[tuple[Scorer, str]] = [
    (mutants.GivesFractions(), "compiles"),
    (mutants.LeavesItsBounds(), "compiles"),
    (mutants.IsTheSameForAll(), "matters"),
    (mutants.IsScaledByThePool(), "absolute"),
    (mutants.WeighsHalf(), "described"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("rule", "promise"), BROKEN_RULES, ids=lambda one: type(one).__name__)
def test_a_rule_that_breaks_a_promise_is_caught(rule: Rule, promise: str) -> None:
    """Would be broken: a suite that passes whatever it is given."""
    with pytest.raises(BrokenPromiseError) as caught:
        check_rule(rule, alone(promise))
    (broken,) = caught.value.broken
    assert broken.promise == promise


@pytest.mark.parametrize(("scorer", "promise"), BROKEN_SCORERS, ids=lambda one: type(one).__name__)
def test_a_scorer_that_breaks_a_promise_is_caught(scorer: Scorer, promise: str) -> None:
    """Would be broken: the same of scorers."""
    with pytest.raises(BrokenPromiseError) as caught:
        check_scorer(scorer, alone(promise))
    (broken,) = caught.value.broken
    assert broken.promise == promise


@pytest.mark.parametrize("rule", [mutants.OfAnotherSize(), mutants.AnswersWithNumbers(), mutants.Raises()])
def test_what_does_not_compile_is_told_as_that_and_nothing_else(rule: Rule) -> None:
    """Would be broken: the error of the first promise that compiles it, in place of the report."""
    with pytest.raises(BrokenPromiseError) as caught:
        check_rule(rule, CriterionPromises(organisations=3))
    assert [broken.promise for broken in caught.value.broken] == ["compiles"]


def alone(promise: str) -> CriterionPromises:
    return CriterionPromises(organisations=25, leave_out=set(CRITERION_PROMISES) - {promise})


@pytest.fixture(autouse=True)
def few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest organisation is looked for in a test of its own."""
    monkeypatch.setattr("taskmentor.testing.criteria.PoolCase.most_tries", 5)


def test_every_promise_is_broken_by_somebody() -> None:
    """Would be broken: a promise whose check cannot fail."""
    assert {promise for _, promise in (*BROKEN_RULES, *BROKEN_SCORERS)} == set(CRITERION_PROMISES)


def test_the_smallest_organisation_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: reports of large inputs, in which the reader has to look for the fault."""
    monkeypatch.setattr("taskmentor.testing.criteria.PoolCase.most_tries", 200)
    with pytest.raises(BrokenPromiseError) as caught:
        check_rule(mutants.BarsByName(), alone("blind"))
    (broken,) = caught.value.broken
    assert broken.case.count("'person_id'") <= 4
    assert "people:" in broken.case


def test_columns_of_ones_own_are_invented_on_demand() -> None:
    """Would be broken: rules over columns that no random organisation has."""
    invent = partial(random_tables, columns={"x_site": ("north", "south")})
    check_rule(mutants.SameSite(), CriterionPromises(invent=invent, organisations=4, leave_out={"fresh"}))
    with pytest.raises(BrokenPromiseError, match="x_site"):
        check_rule(mutants.SameSite(), alone("compiles"))


def test_every_promise_has_a_test_in_the_classes() -> None:
    """Would be broken: a promise that the functions ask for and the classes forget."""
    asked: list[str] = []

    class Listening(RuleConformance):
        def _keeps(self, promise: str) -> None:
            asked.append(promise)

    for name in dir(Listening):
        if name.startswith("test_"):
            getattr(Listening(), name)()
    assert sorted(asked) == sorted(CRITERION_PROMISES)


def test_promises_that_are_left_out_are_skipped_and_misspelt_ones_refused() -> None:
    """Would be broken: tests that pass without having looked at anything."""

    class Suite(RuleConformance):
        rule = Qualified()
        promised = CriterionPromises(leave_out={"fresh"})

    with pytest.raises(unittest.SkipTest, match="fresh is left out"):
        Suite().test_a_fresh_process_says_the_same()
    with pytest.raises(ValueError, match="no promise of a rule or scorer; did you mean 'fresh'"):
        CriterionPromises(leave_out={"fressh"})
