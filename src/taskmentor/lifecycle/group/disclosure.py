"""A group as one person may see it: what they may not read is not in it."""

from collections.abc import Mapping, Set
from types import MappingProxyType
from typing import Any

import attrs

from taskmentor.authorisation import Relation
from taskmentor.errors import NotAuthorisedError
from taskmentor.lifecycle.goals import Goal
from taskmentor.lifecycle.group.deciding import held_in_group
from taskmentor.lifecycle.group.moves import MEMBERS, GroupRelation
from taskmentor.lifecycle.group.standing import Group
from taskmentor.lifecycle.group.values import Member

__all__ = ["GROUP_SEEN_BY", "group_seen_by"]

_PROGRAMME = frozenset({GroupRelation.PROGRAMME_MANAGER})

GROUP_SEEN_BY: Mapping[str, frozenset[GroupRelation]] = MappingProxyType(
    {
        "sessions": MEMBERS | _PROGRAMME | {GroupRelation.CONFIRMER},
        "side_sessions": MEMBERS | _PROGRAMME,
        "steps": MEMBERS,
        "threads": MEMBERS,
        "resources": MEMBERS,
        "stories": MEMBERS | _PROGRAMME,
        "result": MEMBERS | _PROGRAMME,
        "closed_because": MEMBERS | _PROGRAMME,
    }
)
"""The relations of which one is enough to see a part of a group; everybody concerned sees the other parts.

Of what is to be reached, each learner sees their own, those who teach see all, and a confirmer sees what the learner is
to reach whom they confirm. Why somebody left or declined is seen by that person and the programme manager.
"""


def group_seen_by(group: Group, actor: str, relations: Set[Relation], *, member_id: str | None = None) -> Group:
    """Return a group with nothing in it that an actor may not see: those parts are as if nothing had happened.

    Args:
        group: All of it.
        actor: Who looks.
        relations: What they are to it on that day; see `relations_in_group`.
        member_id: Whose confirmer the actor is, if they are one.

    Raises:
        NotAuthorisedError: If they are nothing to it at all.
    """
    held = held_in_group(group, actor, relations) - {GroupRelation.OUTSIDER}
    if not held:
        raise NotAuthorisedError("read-group", actor, tuple(one for one in GroupRelation))
    fields = attrs.fields_dict(Group)
    seen: dict[str, Any] = {
        name: fields[name].default for name, who in GROUP_SEEN_BY.items() if who.isdisjoint(held)
    }  # fmt: skip
    confirms = member_id if GroupRelation.CONFIRMER in held else None
    seen["goals"] = tuple(goal for goal in group.goals if _may_see_goal(goal, actor, held, confirms))
    seen["members"] = tuple(_as_seen(one, actor, held) for one in group.members)
    return attrs.evolve(group, **seen)


def _may_see_goal(goal: Goal, actor: str, held: Set[GroupRelation], confirms: str | None) -> bool:
    return GroupRelation.MENTOR in held or goal.person_id in (actor, confirms)


def _as_seen(member: Member, actor: str, held: Set[GroupRelation]) -> Member:
    if GroupRelation.PROGRAMME_MANAGER in held or member.place.person_id == actor:
        return member
    scopes = member.place.scopes if GroupRelation.MENTOR in held else ()
    return attrs.evolve(member, because="", place=attrs.evolve(member.place, scopes=scopes))
