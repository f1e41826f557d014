"""Strategies of Hypothesis for the library's values: what they draw is lawful, and shrinks to what is plain.

Needs Hypothesis, which the extra `testing` brings.
"""

from collections.abc import Sequence
from typing import TypeVar

from attrs import frozen

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(f"{__name__} needs Hypothesis; install taskmentor[testing].", name=error.name) from error

from taskmentor.formats.reading import organisation_from_rows
from taskmentor.lifecycle.events import Event
from taskmentor.matching.ids import pool_of
from taskmentor.matching.plan import Plan
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.requests import Requests
from taskmentor.models.assessments import Assessment
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import Person
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match
from taskmentor.testing.cases import random_small
from taskmentor.testing.lives import random_life
from taskmentor.testing.policies import random_policy
from taskmentor.testing.small import SmallProblem
from taskmentor.testing.tables import ON, Tables, random_tables

__all__ = [
    "assessments",
    "logs",
    "models",
    "organisations",
    "people",
    "plans",
    "policies",
    "problems",
    "requests",
    "rounds",
    "small_problems",
    "tables",
]

Thing = TypeVar("Thing")


@frozen
class _Drawn:
    """Choices by Hypothesis, which it shrinks.

    Attributes:
        draw: What `hypothesis.strategies.composite` hands in.
    """

    draw: st.DrawFn

    def whole(self, lowest: int, highest: int) -> int:
        """Return a whole number between two, both included."""
        return self.draw(st.integers(lowest, highest))

    def chance(self, per_cent: int) -> bool:
        """Return True in so many of a hundred cases."""
        return self.draw(st.integers(0, 99)) >= 100 - per_cent

    def one_of(self, choices: Sequence[Thing]) -> Thing:
        """Return one of some things."""
        return self.draw(st.sampled_from(choices))

    def order(self, things: Sequence[Thing]) -> list[Thing]:
        """Return the things in any order."""
        return self.draw(st.permutations(things))


@st.composite
def small_problems(draw: st.DrawFn, *, requests: int = 5, mentors: int = 4) -> SmallProblem:
    """Return small problems as tuples, of which every plan can be tried.

    Args:
        draw: Filled in by Hypothesis.
        requests: How many there are at the most.
        mentors: How many there are at the most.
    """
    return random_small(_Drawn(draw), requests=requests, mentors=mentors)


def problems(*, requests: int = 5, mentors: int = 4) -> st.SearchStrategy[Problem]:
    """Return small problems, as strategies of matching see them.

    Args:
        requests: How many there are at the most.
        mentors: How many there are at the most.
    """
    return small_problems(requests=requests, mentors=mentors).map(SmallProblem.problem)


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """Return the tables of small organisations, as rows."""
    return random_tables(_Drawn(draw))


def organisations() -> st.SearchStrategy[Organisation]:
    """Return small organisations with everything that can occur."""
    return tables().map(organisation_from_rows)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Return policies of any of the library's rules and scorers."""
    return random_policy(_Drawn(draw))


def models() -> st.SearchStrategy[CompetencyModel]:
    """Return small competency models."""
    return organisations().map(lambda organisation: organisation.model)


def people() -> st.SearchStrategy[Person]:
    """Return people of small organisations, with empty cells and columns of the organisation's own."""
    return organisations().flatmap(lambda organisation: st.sampled_from(list(organisation.people)))


def assessments() -> st.SearchStrategy[Assessment]:
    """Return assessments of people in skills, by any source, before and after the day `tables.ON`."""

    def one_of(organisation: Organisation) -> st.SearchStrategy[Assessment]:
        return st.sampled_from([organisation.assessment(row) for row in range(len(organisation.assessments))])

    return organisations().filter(lambda one: len(one.assessments) > 0).flatmap(one_of)


def requests() -> st.SearchStrategy[Requests]:
    """Return the requests of the day `tables.ON` in small organisations, made from gaps or given."""

    def asked(organisation: Organisation) -> Requests:
        return pool_of(daily_problem(organisation, Policy(), on=ON)).requests

    return organisations().map(asked)


@st.composite
def rounds(draw: st.DrawFn) -> Round:
    """Return rounds of small organisations under any policy, with their plans and proofs."""
    programme = task_based(policy=random_policy(_Drawn(draw)))
    return match(draw(organisations()), programme, on=ON)


def plans() -> st.SearchStrategy[Plan]:
    """Return the plans of such rounds."""
    return rounds().map(lambda round_: round_.plan)


@st.composite
def logs(draw: st.DrawFn) -> tuple[Event, ...]:
    """Return the logs of engagements, which may have come to any state."""
    return random_life(_Drawn(draw))
