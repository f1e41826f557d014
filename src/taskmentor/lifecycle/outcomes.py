"""What an engagement leaves behind: assessments, credit for both, and the one that goes on in its place."""

from collections.abc import Iterable, Iterator
from datetime import date

from attrs import frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.checks import illegal
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EndReason, EngagementId, utc_day
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId, key_of_erased

__all__ = ["Credit", "credited", "not_again", "outcome", "self_assessments", "succession"]


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
    level, confirmed_by, confirmed_on = _confirmation(engagement)
    return Assessment(
        person_id=engagement.mentee_id,
        skill_id=engagement.scope.skill_id,
        level=level,
        source=Source.OUTCOME,
        assessed_on=confirmed_on,
        assessor_id=confirmed_by,
        model_version=engagement.model_version,
    )


def credited(engagement: Engagement) -> tuple[Credit, Credit]:
    """Return what the confirmed change counts for the mentee and, equally, for the mentor (T15).

    Raises:
        IllegalMoveError: If nothing was confirmed.
    """
    level, _, earned_on = _confirmation(engagement)
    scope = engagement.scope
    sides = ((engagement.mentee_id, Relation.MENTEE), (engagement.mentor_id, Relation.MENTOR))
    mentee, mentor = (
        Credit(
            person_id=person_id,
            relation=relation,
            skill_id=scope.skill_id,
            change=level - scope.from_level,
            earned_on=earned_on,
        )
        for person_id, relation in sides
    )
    return mentee, mentor


def _confirmation(engagement: Engagement) -> tuple[int, PersonId, date]:
    level, by, at = engagement.confirmed_level, engagement.confirmed_by, engagement.confirmed_at
    if level is None or by is None or at is None:
        raise illegal(engagement.state, "outcome", "only a completed engagement has an outcome that was confirmed")
    return level, by, utc_day(at)


def self_assessments(engagement: Engagement) -> tuple[Assessment, ...]:
    """Return what the two said of themselves: the mentee's reassessment (T13), and the mentor's own (T19).

    Of who was erased nothing is left to say.
    """
    return tuple(_self_assessments(engagement))


def _self_assessments(engagement: Engagement) -> Iterator[Assessment]:
    said = (
        (engagement.mentee_id, engagement.reassessed_level, engagement.reassessed_on),
        (engagement.mentor_id, engagement.mentor_level, engagement.mentor_reassessed_on),
    )
    for person_id, level, day in said:
        if level is not None and day is not None and not key_of_erased(person_id):
            yield Assessment(
                person_id=person_id,
                skill_id=engagement.scope.skill_id,
                level=level,
                source=Source.SELF,
                assessed_on=day,
                assessor_id=person_id,
                model_version=engagement.model_version,
            )


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
