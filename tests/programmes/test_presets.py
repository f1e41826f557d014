"""Every preset: from the sample organisation to a closed engagement, and what no other preset does."""

from collections.abc import Callable, Mapping

import pytest

from taskmentor.errors import InputError
from taskmentor.lifecycle.group.terms import GroupPurpose
from taskmentor.lifecycle.moves import State
from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import NoRepeat, Qualified, RecruitsOnly, Senior, TheoryFirst
from taskmentor.matching.scorers import FewHolders, KnownAlready, OtherDepartment, SeniorityCloseness, SimilarField
from taskmentor.programmes import PRESETS, Format, MatchingMode, Medium, Programme, Purpose, reverse
from taskmentor.programmes.presets.admitting import usual_rules
from taskmentor.rounds import match
from tests.programmes.living import AT, DAY, LARKSPUR, closed, unpinned

ONE_TO_ONE = [name for name, preset in PRESETS.items() if preset().format is Format.ONE_TO_ONE]


def has(programme: Programme, *kinds: type) -> bool:
    """Return whether a programme has a rule or scorer of one of some kinds."""
    return any(isinstance(one, kinds) for one in (*programme.policy.rules, *programme.policy.scorers))


def levels_the_field(programme: Programme) -> bool:
    """DV1: nothing that is near gives points, and what gives most is another department."""
    weights = {scorer.name: scorer.weight for scorer in programme.policy.scorers}
    near = has(programme, SeniorityCloseness, SimilarField) or "time-zone" in weights
    return (
        not near
        and max(weights, key=lambda name: weights[name]) == OtherDepartment().name
        and has(programme, KnownAlready)
    )


def purpose_of(programme: Programme) -> GroupPurpose | None:
    return None if programme.group_terms is None else programme.group_terms.purpose


WHAT_IT_IS: Mapping[str, Callable[[Programme], bool]] = {
    "task-based": lambda one: (
        one.mode is MatchingMode.BULK
        and one.medium is Medium.EITHER
        and one.policy == Policy(rules=usual_rules(one.terms))
        and one.terms.confirmation
        and one.terms.weeks <= 8
    ),
    "micromentoring": lambda one: one.format is Format.SESSION,
    "group": lambda one: one.format is Format.GROUP and purpose_of(one) is GroupPurpose.MENTORING,
    "circle": lambda one: one.format is Format.CIRCLE,
    "reskilling": lambda one: one.groups is not None and one.groups.every_skill,
    "problem-group": lambda one: purpose_of(one) is GroupPurpose.PROBLEM,
    "launch-group": lambda one: purpose_of(one) is GroupPurpose.LAUNCH,
    "one-to-one": lambda one: one.terms.training_hours > 0 and one.terms.intro_meeting and one.terms.agreement,
    "reverse": lambda one: any(isinstance(rule, Senior) and rule.side == "mentee" for rule in one.policy.rules),
    "job-shadowing": lambda one: one.policy.places_per_mentor == 1 and one.medium is Medium.IN_PERSON,
    "virtual": lambda one: one.medium is Medium.VIRTUAL and one.terms.least_face_to_face > 0,
    "digital": lambda one: one.medium is Medium.ASYNCHRONOUS,
    "training-based": lambda one: one.mode is MatchingMode.ASSIGNMENT and has(one, TheoryFirst),
    "resource-based": lambda one: one.mode is MatchingMode.DIRECTORY and one.weak_below is not None,
    "onboarding": lambda one: has(one, RecruitsOnly) and bool(one.terms.checklist),
    "diversity": lambda one: levels_the_field(one) and one.policy.requests_per_person == 1,
    "leadership": lambda one: Qualified(above_target=1) in one.policy.rules and Senior(least=2) in one.policy.rules,
    "career-development": lambda one: one.mode is MatchingMode.SUGGESTED and has(one, Senior),
    "education-support": lambda one: one.purpose is Purpose.EDUCATION and one.terms.products_reviewed,
    "knowledge-transfer": lambda one: has(one, FewHolders),
    "informal": lambda one: one.mode is MatchingMode.SELF_MATCH_ONE_SIDED and not one.terms.reassessment,
    "rotation": lambda one: one.mode is MatchingMode.ROTATION and has(one, NoRepeat),
}
"""What each preset is, as a claim that holds of no other one."""


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_what_no_other_one_is(name: str) -> None:
    """Would be broken: two presets that do the same, or one that has lost what it is for."""
    assert [other for other, preset in PRESETS.items() if WHAT_IT_IS[name](preset())] == [name]


def test_every_preset_is_listed_under_its_own_id() -> None:
    """Would be broken: a name on the command line that gives another programme."""
    assert {preset().id: name for name, preset in PRESETS.items()} == {name: name for name in PRESETS}
    assert set(WHAT_IT_IS) == set(PRESETS)
    titles = [preset().title for preset in PRESETS.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.requirement("D20")
@pytest.mark.parametrize("name", ONE_TO_ONE)
def test_each_preset_leads_from_the_organisation_to_a_closed_engagement(name: str) -> None:
    """Would be broken: defaults that are not good enough to run without settings."""
    programme, organisation = PRESETS[name](), unpinned()
    round_ = match(organisation, programme, on=DAY)
    assert round_.verdict.ok
    proposals = round_.proposals(at=AT)
    assert proposals
    for proposal in proposals[:3]:
        engagement = closed(organisation, programme, proposal)
        assert engagement.state is State.COMPLETED
        assert engagement.programme_id == programme.id
        assert (engagement.confirmed_level == proposal.scope.target_level) is programme.terms.confirmation
        assert engagement.shortfalls == ()


def test_a_pin_for_one_programme_is_told_where_another_one_bars_it() -> None:
    """Would be broken: a pin that goes before a rule; pins are settled for one programme."""
    with pytest.raises(InputError, match="breaks the rule senior"):
        match(LARKSPUR, reverse(), on=DAY)
    assert match(unpinned(), reverse(), on=DAY).verdict.ok
