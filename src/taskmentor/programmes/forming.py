"""From people who were put together to the action that forms their group."""

from collections.abc import Collection
from datetime import date

import numpy as np

from taskmentor.errors import UnsupportedError
from taskmentor.lifecycle.events import Scope
from taskmentor.lifecycle.group.actions import FormGroup
from taskmentor.lifecycle.group.events import GroupId
from taskmentor.lifecycle.group.terms import GroupPurpose
from taskmentor.lifecycle.group.values import Focus, Place, Role
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE, PersonId
from taskmentor.proficiency import SkillGap, confirmed_proficiency, gaps_of
from taskmentor.programmes.programme import Programme

__all__ = ["group_of"]


def group_of(
    organisation: Organisation,
    programme: Programme,
    *,
    id: str,
    focus: Focus,
    members: Collection[str],
    experts: Collection[str] = (),
    facilitator: str | None = None,
    on: date,
) -> FormGroup:
    """Return the action that forms a group of some people, with what each member is to reach (P5).

    Members are to reach what their roles require of the group's skills, where the programme's groups are reassessed.

    Args:
        organisation: The organisation.
        programme: The programme, whose format is a group or a circle.
        id: The id that the group shall have.
        focus: What it is around.
        members: Who learns.
        experts: Who teaches.
        facilitator: Who keeps it together; one of the others, who then does that instead, or somebody else.
        on: The day as of which gaps are looked at.

    Raises:
        UnsupportedError: If the programme forms no groups.
        UnknownIdError: If somebody or a skill is unknown.
        InputError: If somebody has two places, or the purpose lacks its problem, product or skill.
    """
    terms = programme.group_terms
    if terms is None:
        problem = f"{programme.title} forms no groups, as its format is {programme.format}"
        raise UnsupportedError(f"{problem}; use a programme whose format is a group or a circle.")
    mentoring = terms.purpose is GroupPurpose.MENTORING
    learns, teaches = (Role.MENTEE, Role.MENTOR) if mentoring else (Role.PEER, Role.EXPERT)
    goals = _goals(organisation, programme, focus, members, on) if terms.reassessment else {}
    people = organisation.people

    def place(person_id: str, role: Role) -> Place:
        department = people.department.label(people.code(person_id))
        own = goals.get(person_id, ()) if role is learns else ()
        return Place(person_id=PersonId(person_id), role=role, department=department, scopes=own)

    return FormGroup(
        group_id=GroupId(id),
        programme_id=programme.id,
        focus=focus,
        places=(
            *(place(one, teaches) for one in experts if one != facilitator),
            *(place(one, learns) for one in members if one != facilitator),
            *(() if facilitator is None else (place(facilitator, Role.FACILITATOR),)),
        ),
        initiator=programme.initiator,
        terms=terms,
        model_version=organisation.model.version,
    )


def _goals(
    organisation: Organisation, programme: Programme, focus: Focus, members: Collection[str], on: date
) -> dict[str, tuple[Scope, ...]]:
    """Return what each member is to reach: their gaps in the group's skills."""
    people, model = organisation.people, organisation.model
    codes = np.array([people.code(one) for one in members], np.int32)
    known = confirmed_proficiency(organisation, on=on, policy=programme.policy.proficiency)
    gaps = gaps_of(organisation, known, np.unique(codes[people.role[codes] != NO_CODE]))

    def scope(gap: SkillGap) -> Scope:
        role_id = people[people.code(gap.person_id)].role_id
        shows = model.behaviours_for(gap.skill_id, above=gap.confirmed, up_to=gap.required, role_id=role_id)
        return Scope(
            skill_id=gap.skill_id,
            from_level=gap.confirmed,
            target_level=gap.required,
            behaviours=tuple(one.text for one in shows),
            scale=(model.scale.lowest, model.scale.highest),
        )

    found: dict[str, tuple[Scope, ...]] = {}
    for gap in gaps:
        if gap.skill_id in focus.skill_ids:
            found[gap.person_id] = (*found.get(gap.person_id, ()), scope(gap))
    return found
