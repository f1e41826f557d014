"""A programme in plain words."""

import re

import attrs
import pytest

from taskmentor.lifecycle.booking import BookingTerms
from taskmentor.lifecycle.group import GroupTerms
from taskmentor.lifecycle.terms import Terms
from taskmentor.matching.groups import GroupPolicy
from taskmentor.matching.policy import Policy
from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import RuleShape
from taskmentor.programmes import PRESETS, Programme, task_based
from taskmentor.programmes.describing import in_words, meanings


@pytest.mark.parametrize("kind", [Programme, Policy, Terms, GroupPolicy, GroupTerms, BookingTerms])
def test_every_field_has_a_meaning(kind: type[attrs.AttrsInstance]) -> None:
    """Would be broken: a field that the description says nothing of."""
    assert [*meanings(kind)] == [field.name for field in attrs.fields(kind)]


@pytest.mark.parametrize("name", PRESETS)
def test_everything_that_a_programme_says_is_said(name: str) -> None:
    """Would be broken: a rule, a scorer or a term that is left out, and ids that only we know."""
    programme = PRESETS[name]()
    said = in_words(programme)
    assert [one.name for one in said if one.part == "rules"] == [rule.name for rule in programme.policy.rules]
    assert [one.name for one in said if one.part == "scorers"] == [one.name for one in programme.policy.scorers]
    assert {field.name for field in attrs.fields(Terms)} == {one.name for one in said if one.part == "terms"}
    assert len([one for one in said if one.part == "checklist"]) == len(programme.terms.checklist)
    for part in ("groups", "group_terms", "booking_terms"):
        given = getattr(programme, part)
        names = [one.name for one in said if one.part == part]
        assert names == ([] if given is None else [field.name for field in attrs.fields(type(given))])
    assert all(one.meaning or one.part == "checklist" for one in said)
    assert not any(re.search(r"\([A-Z]+[0-9]", one.meaning) for one in said)


class Undocumented:
    name = "undocumented"

    def compile(self, pool: Pool) -> RuleShape:
        raise NotImplementedError


def test_a_rule_of_ones_own_is_said_as_far_as_it_says_something() -> None:
    """Would be broken: a description that fails at a class without words or parameters."""
    programme = task_based(policy=Policy(rules=(Undocumented(),), scorers=()))
    (rule,) = [one for one in in_words(programme) if one.part == "rules"]
    assert (rule.name, rule.value, rule.meaning) == ("undocumented", "", "")
