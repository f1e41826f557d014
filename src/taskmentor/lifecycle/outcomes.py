"""What an engagement leaves behind: assessments, credit for both, and the one that goes on in its place."""

from collections.abc import Iterable, Iterator
from datetime import date

from attrs import frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.checks import illegal
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EndReason, EngagementId
from taskmentor.lifecycle.goals import Goal, self_assessment
from taskmentor.models.assessments import Assessment
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = [
    "Credit",
    "credited",
    "not_again",
    "outcome",
    "second_credited",
    "second_outcome",
    "self_assessments",
    "succession",
]


@frozen(kw_only=True)
class Credit:
    """What a confirmed engagement counts for one of the two (T15)."""

    person_id: PersonId
    relation: Relation
    skill_id: SkillId
    change: int
    earned_on: date


def outcome(engagement: Engagement) -> Assessment:
    """Return the assessment that a confirmed engagement is: the confirmed level, dated by the confirmation (T14).

    Raises:
        IllegalMoveError: If nothing was confirmed.
    """
    return _outcome(engagement, engagement.goal, "a completed engagement")


def second_outcome(engagement: Engagement) -> Assessment:
    """Return the assessment that the confirmation of the goal in the other direction is (RV2).

    Raises:
        IllegalMoveError: If nothing was confirmed of it.
    """
    return _outcome(engagement, engagement.second_goal, "a second goal that was reached")


def _outcome(engagement: Engagement, goal: Goal | None, only: str) -> Assessment:
    found = None if goal is None else goal.outcome(engagement.model_version)
    if found is None:
        raise illegal(engagement.state, "outcome", f"only {only} has an outcome that was confirmed")
    return found


def credited(engagement: Engagement) -> tuple[Credit, Credit]:
    """Return what the confirmed change counts for the mentee and, equally, for the mentor (T15).

    Raises:
        IllegalMoveError: If nothing was confirmed.
    """
    return _credits(outcome(engagement), engagement.goal, engagement.mentor_id)


def second_credited(engagement: Engagement) -> tuple[Credit, Credit]:
    """Return what the change in the other direction counts: for the mentor who learnt, and the mentee who taught.

    Raises:
        IllegalMoveError: If nothing was confirmed of it.
    """
    return _credits(second_outcome(engagement), engagement.second_goal, engagement.mentee_id)


def _credits(earned: Assessment, goal: Goal | None, teacher_id: PersonId) -> tuple[Credit, Credit]:
    change = None if goal is None else goal.change
    assert change is not None, "what was confirmed has changed by some levels"
    learner, teacher = (
        Credit(
            person_id=person_id,
            relation=relation,
            skill_id=earned.skill_id,
            change=change,
            earned_on=earned.assessed_on,
        )
        for person_id, relation in ((earned.person_id, Relation.MENTEE), (teacher_id, Relation.MENTOR))
    )
    return learner, teacher


def self_assessments(engagement: Engagement) -> tuple[Assessment, ...]:
    """Return what the two said of themselves: the mentee's reassessment (T13), and the mentor's own (T19, RV2).

    Of who was erased nothing is left to say.
    """
    return tuple(found for found in _self_assessments(engagement) if found is not None)


def _self_assessments(engagement: Engagement) -> Iterator[Assessment | None]:
    version = engagement.model_version
    for goal in (engagement.goal, engagement.second_goal):
        if goal is not None:
            yield goal.self_assessment(version)
    level, day = engagement.mentor_level, engagement.mentor_reassessed_on
    if level is not None and day is not None:
        yield self_assessment(engagement.mentor_id, engagement.scope.skill_id, level, day, version)


_OF_THE_PAIR = frozenset({EndReason.TIME_ZONE, EndReason.LANGUAGE, EndReason.NO_RESPONSE, EndReason.CONDUCT})


def not_again(engagements: Iterable[Engagement]) -> tuple[tuple[PersonId, PersonId, SkillId | None], ...]:
    """Return the pairs that should not be matched again, for why they ended; blame nobody (D16).

    Where time zone, language, silence or conduct was the reason, the pair is named for all skills; where there was no
    progress, for the one skill. `Organisation.pairs` makes blocks of them.

    Args:
        engagements: Those that have ended, among others.
    """
    return tuple(
        (one.mentee_id, one.mentor_id, one.scope.skill_id if one.end_reason is EndReason.NO_PROGRESS else None)
        for one in engagements
        if one.end_reason in _OF_THE_PAIR or one.end_reason is EndReason.NO_PROGRESS
    )


def succession(engagement: Engagement, *, successor_id: EngagementId, mentor_id: PersonId) -> Propose:
    """Return the proposal of an engagement that goes on with another mentor: same mentee, scope, programme and terms.

    Both accept it like any other, as nobody is handed over without being asked (D10).

    Args:
        engagement: What is handed over, has ended, or is to be.
        successor_id: The id of the new one.
        mentor_id: The other mentor.

    Raises:
        InputError: If the mentor is the mentee.
    """
    return Propose(
        engagement_id=successor_id,
        mentee_id=engagement.mentee_id,
        mentor_id=mentor_id,
        scope=engagement.scope,
        programme_id=engagement.programme_id,
        initiator=engagement.initiator,
        terms=engagement.terms,
        model_version=engagement.model_version,
        continues=engagement.id,
    )
