"""The library's own strategies keep what is promised of strategies, and what breaks a promise is caught."""

import sys
import unittest
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from attrs import evolve

from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.milp import Milp
from taskmentor.matching.stable import Stable
from taskmentor.testing import (
    STRATEGY_PROMISES,
    BrokenPromiseError,
    StrategyConformance,
    StrategyPromises,
    check_strategy,
)
from taskmentor.testing.small import SmallProblem
from tests.testing import mutants
from tests.testing.mutants import Base

FEW_OF_ALL = 4
EXACT = StrategyPromises(exact=True, problems=FEW_OF_ALL, organisations=FEW_OF_ALL)
QUICK = StrategyPromises(monotone=True, at_least=50, problems=FEW_OF_ALL, organisations=FEW_OF_ALL)
# All of them are asked in a fresh process in the long run.
EXACT_HERE, QUICK_HERE = evolve(EXACT, leave_out={"fresh"}), evolve(QUICK, leave_out={"fresh"})


class TestFlow(StrategyConformance):
    strategy = Flow()
    promised = EXACT_HERE


class TestFlowOnNetworkx(StrategyConformance):
    strategy = Flow(engine="networkx", ties="any")
    promised = evolve(EXACT_HERE, refuses={"load cost"})


class TestExact(StrategyConformance):
    strategy = Exact()
    promised = EXACT_HERE


@pytest.mark.long
class TestCanonicalExact(StrategyConformance):
    strategy = Exact(ties="canonical")
    promised = EXACT_HERE


class TestCpSat(StrategyConformance):
    strategy = CpSat()
    promised = EXACT_HERE


class TestMilp(StrategyConformance):
    strategy = Milp()
    promised = EXACT_HERE


class TestGreedy(StrategyConformance):
    strategy = Greedy()
    promised = QUICK_HERE


class TestStable(StrategyConformance):
    strategy = Stable()
    promised = QUICK_HERE


@pytest.mark.long
class TestStableByMentors(StrategyConformance):
    strategy = Stable(proposing="mentors")
    promised = QUICK_HERE


OWN = (
    TestFlow,
    TestFlowOnNetworkx,
    TestExact,
    TestCanonicalExact,
    TestCpSat,
    TestMilp,
    TestGreedy,
    TestStable,
    TestStableByMentors,
)


@pytest.mark.long
@pytest.mark.parametrize("suite", OWN)
def test_the_librarys_own_strategies_keep_their_promises_on_many_problems(suite: type[StrategyConformance]) -> None:
    """Would be broken: what hundreds of problems show, and a few do not."""
    check_strategy(suite.strategy, evolve(suite.promised, problems=400, organisations=150, leave_out=()))


class TestByUnittest(StrategyConformance, unittest.TestCase):
    """The same class is a test case of the standard library."""

    strategy = Base()
    promised = StrategyPromises(exact=True, problems=5, organisations=1, leave_out={"fresh"})


FEW = StrategyPromises(problems=10, organisations=3)
FEW_EXACT = evolve(FEW, exact=True)
HALF = evolve(FEW, at_least=50)
MONOTONE = evolve(FEW, monotone=True)
WITHOUT_PINS = evolve(FEW, refuses={"pins"})

BROKEN: list[tuple[type[Base], StrategyPromises, set[str]]] = [
    (mutants.IgnoresLimits, FEW, {"lawful", "verified"}),
    (mutants.IgnoresPlaces, FEW, {"lawful", "verified"}),
    (mutants.IgnoresRules, FEW, {"lawful", "verified"}),
    (mutants.IgnoresBlocks, FEW, {"lawful", "verified"}),
    (mutants.IgnoresPins, FEW, {"lawful", "verified"}),
    (mutants.ServesTwice, FEW, {"lawful", "verified"}),
    (mutants.MakesPairsOfNoWorth, FEW, {"lawful", "verified"}),
    (mutants.NamesNobody, FEW, {"answers", "verified"}),
    (mutants.ClaimsOptimal, FEW, {"verified", "bounded"}),
    (mutants.BoundsByItsValue, FEW, {"verified", "bounded"}),
    (mutants.HasNoPrices, FEW, {"verified"}),
    (mutants.AddsUpWrongly, FEW, {"verified"}),
    (mutants.IsOnlyQuick, FEW_EXACT, {"exact"}),
    (mutants.CountsInFloats, FEW_EXACT, {"exact"}),
    (mutants.ServesHalf, HALF, {"share"}),
    (mutants.ShrinksAsPlacesGrow, MONOTONE, {"monotone"}),
    (mutants.DrawsLots, FEW, {"repeats", "rows"}),
    (mutants.Remembers, FEW, {"repeats"}),
    (mutants.HashesTexts, FEW, {"fresh"}),
    (mutants.FirstRowsFirst, FEW, {"rows"}),
    (mutants.TakesPlacesOff, FEW, {"unchanged"}),
    (mutants.ChangesItself, FEW, {"unchanged"}),
    (mutants.SignsAsSomebodyElse, FEW, {"described"}),
    (mutants.HasParametersThatAreNoData, FEW, {"described"}),
    (mutants.CrashesWithoutMentors, FEW, {"answers"}),
    (mutants.RefusesWithoutItsName, WITHOUT_PINS, {"answers"}),
    (mutants.RefusesMoreThanItSays, FEW, {"answers"}),
    (mutants.RefusesPins, FEW, {"answers"}),
    (mutants.AnswersWithNothing, FEW, {"answers"}),
    (mutants.SaysItHoldsConstraints, FEW, {"verified"}),
    (mutants.RefusesWhatItHolds, FEW, {"answers"}),
    (Base, WITHOUT_PINS, {"answers"}),
]


@pytest.mark.parametrize(
    ("kind", "promised", "names"), BROKEN, ids=[f"{kind.__name__}-{min(names)}" for kind, _, names in BROKEN]
)
def test_a_strategy_that_breaks_a_promise_is_caught(
    kind: type[Base], promised: StrategyPromises, names: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: the whole point; a suite that passes whatever it is given."""
    monkeypatch.setattr("taskmentor.testing.cases.OrganisationCase.most_tries", 5)  # what is smallest is tested apart
    others = set(STRATEGY_PROMISES) - names
    with pytest.raises(BrokenPromiseError) as caught:
        check_strategy(kind(), evolve(promised, leave_out=others))
    assert {broken.promise for broken in caught.value.broken} == names


@pytest.mark.parametrize(
    ("strategy", "seen"), [(mutants.HasNoName(), "its name is None"), (mutants.HasNoParameters(), "no get_params")]
)
def test_what_a_strategy_lacks_is_told(strategy: Base, seen: str) -> None:
    """Would be broken: an AttributeError from within the suite."""
    alone = evolve(FEW, leave_out=set(STRATEGY_PROMISES) - {"described"})
    with pytest.raises(BrokenPromiseError) as caught:
        check_strategy(strategy, alone)
    assert seen in caught.value.broken[0].seen


def test_every_promise_is_broken_by_somebody() -> None:
    """Would be broken: a promise whose check cannot fail."""
    assert set().union(*(names for _, _, names in BROKEN)) == set(STRATEGY_PROMISES)


@pytest.mark.parametrize(
    ("strategy", "promised"), [(Base(), FEW_EXACT), (mutants.RefusesPins(), WITHOUT_PINS)], ids=repr
)
def test_a_strategy_that_keeps_its_promises_passes(strategy: Base, promised: StrategyPromises) -> None:
    """Would be broken: a suite that nobody can pass; what the mutants are made from is not the fault."""
    check_strategy(strategy, evolve(promised, leave_out={"fresh"}))


def test_the_smallest_problem_is_shown() -> None:
    """Would be broken: reports of large inputs, in which the reader has to look for the fault."""
    with pytest.raises(BrokenPromiseError) as caught:
        check_strategy(mutants.IgnoresPlaces(), evolve(FEW, leave_out=set(STRATEGY_PROMISES) - {"lawful"}))
    (lawful,) = caught.value.broken
    assert lawful.seen == "mentor 0 has 1 of 0 places"
    small = SmallProblem(scores=[[0]], mentee=[0], limit=[1], capacity=[0])
    assert lawful.case in (f"{small!r}.problem({shape!r})" for shape in ("free", "listed"))
    assert str(caught.value).startswith("IgnoresPlaces() breaks 1 promise\nlawful: every plan keeps places, limits")


def test_every_promise_has_a_test_in_the_class() -> None:
    """Would be broken: a promise that `check_strategy` asks for and the class forgets."""
    asked: list[str] = []

    class Listening(StrategyConformance):
        def _keeps(self, promise: str) -> None:
            asked.append(promise)

    for name in dir(Listening):
        if name.startswith("test_"):
            getattr(Listening(), name)()
    assert sorted(asked) == sorted(STRATEGY_PROMISES)


def test_promises_that_are_not_asked_for_are_skipped_with_a_reason() -> None:
    """Would be broken: tests that pass without having looked at anything."""

    class Suite(StrategyConformance):
        strategy = Greedy()
        promised = StrategyPromises(leave_out={"fresh"})

    with pytest.raises(unittest.SkipTest, match="fresh is left out"):
        Suite().test_a_fresh_process_gives_the_same_answers()
    with pytest.raises(unittest.SkipTest, match="exact is not promised"):
        Suite().test_plans_are_optimal_where_that_is_said()


@pytest.mark.parametrize(
    ("field", "message"), [("refuses", "no feature of a problem; did"), ("leave_out", "no promise")]
)
def test_names_that_there_are_not_are_refused(field: str, message: str) -> None:
    """Would be broken: a promise that is left out by a misspelt name is still asked for, and the other way round."""
    with pytest.raises(ValueError, match=message):
        StrategyPromises(**{field: {"pinss"}})  # type: ignore[arg-type]


def test_what_no_other_process_can_load_is_told() -> None:
    """Would be broken: strategies of a notebook, about which a fresh process knows nothing."""

    class Local(Base):
        pass

    promised = evolve(FEW, leave_out=set(STRATEGY_PROMISES) - {"fresh"})
    with pytest.raises(BrokenPromiseError, match="define it at the top of a module"):
        check_strategy(Local(), promised)


ALONE = """
from tests.testing.mutants import Base

class Mine(Base):
    name = "mine"

    def __call__(self, problem):
        print("words on the standard output are no answer")
        return self.best(problem)
"""


def test_a_strategy_is_loaded_from_its_file_where_no_path_leads_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would be broken: strategies in test files, which pytest imports from wherever they are."""
    (tmp_path / "mine.py").write_text(ALONE, encoding="utf-8")
    spec = spec_from_file_location("a_file_of_mine", tmp_path / "mine.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "a_file_of_mine", module)
    spec.loader.exec_module(module)
    check_strategy(module.Mine(), evolve(FEW, leave_out=set(STRATEGY_PROMISES) - {"fresh"}))


def test_a_class_is_no_strategy() -> None:
    """Would be broken: the message of a common slip."""
    with pytest.raises(TypeError, match="a strategy is an object such as"):
        check_strategy(Base, FEW)  # type: ignore[arg-type]
