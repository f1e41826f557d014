"""From a pair that was chosen to the action that proposes its engagement."""

import hashlib
from datetime import datetime

from taskmentor import authorisation
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.events import EngagementId, Scope, utc_day
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.programmes.programme import Programme

__all__ = ["engagement_id", "proposal_of"]


def engagement_id(programme: Programme, *parts: str) -> EngagementId:
    """Return the same id for the same parts, so that proposing something twice can be noticed."""
    text = chr(0).join((programme.id, *parts))
    return EngagementId(f"e-{hashlib.sha256(text.encode()).hexdigest()[:20]}")


def proposal_of(
    organisation: Organisation,
    programme: Programme,
    *,
    id: EngagementId,
    mentee_id: PersonId,
    mentor_id: PersonId,
    skill_id: SkillId,
    levels: tuple[int, int],
    at: datetime,
) -> Propose:
    """Return the action that proposes one pair for one skill, with the behaviours to practise.

    Args:
        organisation: The organisation.
        programme: The programme.
        id: The id that the engagement shall have.
        mentee_id: Who would learn.
        mentor_id: Who would teach.
        skill_id: The skill.
        levels: The mentee's confirmed level and the target.
        at: When it will be proposed; aware. It settles who would confirm, for the record.
    """
    model, terms = organisation.model, programme.terms
    person = organisation.people[organisation.people.code(mentee_id)]
    to_practise = model.behaviours_for(skill_id, above=levels[0], up_to=levels[1], role_id=person.role_id)
    return Propose(
        engagement_id=id,
        mentee_id=mentee_id,
        mentor_id=mentor_id,
        scope=Scope(
            skill_id=skill_id,
            from_level=levels[0],
            target_level=levels[1],
            behaviours=tuple(behaviour.text for behaviour in to_practise),
            scale=(model.scale.lowest, model.scale.highest),
        ),
        programme_id=programme.id,
        initiator=programme.initiator,
        terms=terms,
        model_version=model.version,
        confirmer_id=authorisation.confirmer(
            organisation,
            mentee_id=mentee_id,
            mentor_id=mentor_id,
            on=utc_day(at),
            delegate=terms.delegate_on(utc_day(at)),
        ),
    )
