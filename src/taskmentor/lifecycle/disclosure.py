"""An engagement as one person may see it: what they may not read is not in it."""

from collections.abc import Mapping, Set
from types import MappingProxyType
from typing import Any

import attrs
from attrs import AttrsInstance

from taskmentor.authorisation import SIDES, Relation
from taskmentor.errors import NotAuthorisedError
from taskmentor.lifecycle.deciding import held_by
from taskmentor.lifecycle.engagement import Engagement

__all__ = ["SEEN_BY", "hidden_parts", "seen_by"]

_PROGRAMME = frozenset({Relation.PROGRAMME_MANAGER})
_ABOVE = frozenset({Relation.CONFIRMER, Relation.MANAGER})
_MENTORS = frozenset({Relation.MENTOR, Relation.MENTORS_MANAGER})

SEEN_BY: Mapping[str, frozenset[Relation]] = MappingProxyType(
    {
        "draft": SIDES,
        "agreement": SIDES,
        "second_offer": SIDES,
        "second_goal": SIDES | {Relation.MENTORS_MANAGER},
        "exchanges": SIDES,
        "sessions": SIDES | _ABOVE | _PROGRAMME,
        "practice": SIDES | _ABOVE,
        "products": SIDES | _ABOVE,
        "check_ins": SIDES | _PROGRAMME,
        "reassessed_level": SIDES | _ABOVE,
        "reassessed_on": SIDES | _ABOVE | _PROGRAMME,
        "comments": SIDES | _ABOVE,
        "returned": SIDES | _ABOVE,
        "confirmed_level": SIDES | _ABOVE | {Relation.MANAGER_ABOVE},
        "mentor_level": _MENTORS,
        "mentor_reassessed_on": _MENTORS,
        "closed_because": SIDES | _PROGRAMME,
    }
)
"""The relations of which one is enough to see a part of an engagement; everybody concerned sees the other parts.

The confirmed level is seen by the mentor too, for whom the change counts as much (T15). Of check-ins, the two see
their own, and the programme manager, who keeps in touch with both, sees all (D15).
"""


def seen_by(engagement: Engagement, actor: str, relations: Set[Relation]) -> Engagement:
    """Return an engagement with nothing in it that an actor may not see: those parts are as if nothing had happened.

    Args:
        engagement: All of it.
        actor: Who looks.
        relations: What they are to it on that day, see `Authority.relations`.

    Raises:
        NotAuthorisedError: If they are nothing to it at all.
    """
    held = held_by(actor, relations, engagement.mentee_id, engagement.mentor_id)
    hidden = hidden_parts(engagement, SEEN_BY, "check_ins", "read-engagement", actor, held)
    return attrs.evolve(engagement, **hidden)


def hidden_parts(
    whole: AttrsInstance,
    seen: Mapping[str, frozenset[Relation]],
    own: str,
    action: str,
    actor: str,
    held: Set[Relation],
) -> dict[str, Any]:
    """Return the parts of a standing that somebody may not see, each with what stands there instead.

    Args:
        whole: All of it; a part that is left out has the default of its field.
        seen: The relations of which one is enough to see a part.
        own: The part of which everybody but the programme manager sees no more than what they said themselves.
        action: What looking is called in a refusal.
        actor: Who looks.
        held: What they are to it.

    Raises:
        NotAuthorisedError: If they are nothing to it at all.
    """
    if not held:
        raise NotAuthorisedError(action, actor, tuple(Relation))
    fields = attrs.fields_dict(type(whole))
    hidden: dict[str, Any] = {name: fields[name].default for name, who in seen.items() if who.isdisjoint(held)}
    if Relation.PROGRAMME_MANAGER not in held:
        hidden[own] = tuple(one for one in getattr(whole, own) if one.actor == actor)
    return hidden
