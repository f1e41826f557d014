"""The preset of task-based mentoring."""

import pytest

from taskmentor.authorisation import Relation
from taskmentor.errors import InputError
from taskmentor.lifecycle.terms import Terms
from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import StaysFor
from taskmentor.programmes import Format, Purpose, task_based


def test_task_based_mentoring_is_one_to_one_for_skills() -> None:
    """T1, T10, T17: a few weeks, one to one, no rule about teams or grades."""
    programme = task_based()
    assert (programme.format, programme.purpose) == (Format.ONE_TO_ONE, Purpose.SKILLS)
    assert (programme.terms.weeks, programme.initiator) == (6, Relation.PROGRAMME_MANAGER)
    assert [rule.name for rule in programme.policy.rules] == [
        "qualified", "not-manager", "shared-language", "stays-for",
    ]  # fmt: skip


def test_the_length_is_that_of_the_terms_and_of_the_rule() -> None:
    """A mentor who leaves after a month cannot mentor for two."""
    programme = task_based(weeks=9)
    assert programme.terms.weeks == 9
    assert StaysFor(days=63) in programme.policy.rules


def test_other_terms_come_with_their_length() -> None:
    """A programme that asks for check-ins is task-based mentoring all the same."""
    terms = Terms(weeks=4, check_in_days=(14,), mentor_reassessment=False)
    programme = task_based(terms=terms)
    assert programme.terms is terms
    assert StaysFor(days=28) in programme.policy.rules


def test_a_policy_of_ones_own_replaces_the_usual_one() -> None:
    """Whoever brings a policy means that one."""
    policy = Policy(rules=(), scorers=())
    assert task_based(policy=policy).policy is policy
    assert task_based(objective="score").policy.objective == "score"


@pytest.mark.parametrize("weeks", [0, -1, 521, 10**6, "6", 1.5, True])
def test_a_length_that_is_none_is_refused_by_name(weeks: int) -> None:
    """The message names the terms and the range, whatever was given."""
    with pytest.raises(InputError, match="terms column weeks"):
        task_based(weeks=weeks)
