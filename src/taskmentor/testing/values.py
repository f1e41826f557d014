"""Strategies of Hypothesis for the library's values: what they draw is lawful, and shrinks to what is plain.

Needs Hypothesis, which the extra `testing` brings.
"""

from collections.abc import Sequence
from typing import TypeVar

from attrs import frozen
from hypothesis import strategies as st

from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem
from taskmentor.models.organisation import Organisation
from taskmentor.testing.cases import random_small
from taskmentor.testing.policies import random_policy
from taskmentor.testing.small import SmallProblem
from taskmentor.testing.tables import Tables, random_tables

__all__ = ["organisations", "policies", "problems", "small_problems", "tables"]

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
