"""Who may take which action: one table of rights, and the relations of a person to an engagement on a day.

Nothing is allowed that the table does not name. The relations come from the organisation as of the day of the action,
so a former manager has lost them and a new one has them, whatever was true when the engagement began.
"""

from collections.abc import Collection, Mapping, Set
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from taskmentor.errors import NotAuthorisedError
from taskmentor.models.people import PersonId

__all__ = [
    "INITIATORS",
    "NEVER",
    "RIGHTS",
    "SIDES",
    "ActionName",
    "Relation",
    "ReportingLines",
    "authorise",
    "confirmer",
    "may",
    "relations",
]


class Relation(StrEnum):
    """What somebody is to an engagement on a given day."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    CONFIRMER = "confirmer"
    MANAGER = "manager"
    MANAGER_ABOVE = "manager above"
    PROGRAMME_MANAGER = "programme manager"
    SYSTEM = "system"


class ActionName(StrEnum):
    """The name of everything that can be done to an engagement."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    DECLINE = "decline"
    RECORD_INTRO = "record-intro"
    SCHEDULE = "schedule"
    START = "start"
    RECORD_PRACTICE = "record-practice"
    FINISH = "finish"
    REASSESS = "reassess"
    CONFIRM = "confirm"
    RETURN = "return"
    WITHDRAW = "withdraw"
    END = "end"
    EXPIRE = "expire"


SIDES = frozenset({Relation.MENTEE, Relation.MENTOR})
"""The relations of those whom an engagement itself names."""

_SIDES_OR_PROGRAMME = SIDES | {Relation.PROGRAMME_MANAGER}

INITIATORS = frozenset({Relation.PROGRAMME_MANAGER, Relation.MANAGER, Relation.MENTEE})
"""The relations of which a programme names one as its initiator."""

RIGHTS: Mapping[ActionName, frozenset[Relation]] = MappingProxyType(
    {
        ActionName.PROPOSE: INITIATORS,
        ActionName.ACCEPT: SIDES,
        ActionName.DECLINE: SIDES,
        ActionName.RECORD_INTRO: SIDES,
        ActionName.SCHEDULE: _SIDES_OR_PROGRAMME,
        ActionName.START: _SIDES_OR_PROGRAMME | {Relation.SYSTEM},
        ActionName.RECORD_PRACTICE: SIDES,
        ActionName.FINISH: _SIDES_OR_PROGRAMME | {Relation.SYSTEM},
        ActionName.REASSESS: frozenset({Relation.MENTEE}),
        ActionName.CONFIRM: frozenset({Relation.CONFIRMER}),
        ActionName.RETURN: frozenset({Relation.CONFIRMER}),
        ActionName.WITHDRAW: _SIDES_OR_PROGRAMME,
        ActionName.END: _SIDES_OR_PROGRAMME,
        ActionName.EXPIRE: frozenset({Relation.PROGRAMME_MANAGER, Relation.SYSTEM}),
    }
)
"""The relations of which one is enough for an action."""

NEVER: Mapping[ActionName, frozenset[Relation]] = MappingProxyType(
    {ActionName.CONFIRM: SIDES, ActionName.RETURN: SIDES}
)
"""The relations that bar an action, whatever else the actor may be."""


class ReportingLines(Protocol):
    """What an organisation must tell: who manages whom on a day. `Organisation` does."""

    def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
        """Return the managers of a person on a day, the nearest first, without those who had left by then."""


def may(action: ActionName, held: Set[Relation]) -> bool:
    """Return whether somebody with these relations may take an action.

    Examples:
        >>> may(ActionName.CONFIRM, {Relation.CONFIRMER})
        True
        >>> may(ActionName.CONFIRM, {Relation.CONFIRMER, Relation.MENTOR})
        False
    """
    return not RIGHTS[action].isdisjoint(held) and NEVER.get(action, frozenset()).isdisjoint(held)


def authorise(action: ActionName, actor: str, held: Set[Relation]) -> None:
    """Refuse an action to somebody whose relations do not allow it.

    Raises:
        NotAuthorisedError: If no relation allows the action, or one bars it.
    """
    if not may(action, held):
        raise NotAuthorisedError(action, actor, tuple(relation for relation in Relation if relation in RIGHTS[action]))


def confirmer(
    organisation: ReportingLines, *, mentee_id: str, mentor_id: str, on: date, delegate: PersonId | None = None
) -> PersonId | None:
    """Return who alone may confirm, on a day, that the mentee reached the target; None where nobody may.

    This is the mentee's manager on that day; where that person is the mentor, the next one up; where there is none, the
    delegate of the programme's terms; never the mentee nor the mentor.

    Args:
        organisation: Tells the line of managers.
        mentee_id: Who learns.
        mentor_id: Who teaches.
        on: The day of the confirmation.
        delegate: Who confirms where there is no manager.

    Raises:
        UnknownIdError: If the organisation does not know the mentee.
    """
    managers = organisation.line_of_managers(mentee_id, on)
    in_order = managers if delegate is None else (*managers, delegate)
    return next((person_id for person_id in in_order if person_id not in (mentee_id, mentor_id)), None)


def relations(
    organisation: ReportingLines,
    *,
    actor: str,
    mentee_id: str,
    mentor_id: str,
    on: date,
    delegate: PersonId | None = None,
    programme_managers: Collection[str] = frozenset(),
    system_actors: Collection[str] = frozenset(),
) -> frozenset[Relation]:
    """Return everything that somebody is to an engagement on a day.

    Args:
        organisation: Tells the line of managers.
        actor: The person, or the service account, who wants to act.
        mentee_id: Who learns.
        mentor_id: Who teaches.
        on: The day of the action, in UTC.
        delegate: Who confirms where the mentee has no manager.
        programme_managers: Those who run the programme on that day.
        system_actors: The service accounts that act for the programme by themselves.

    Raises:
        UnknownIdError: If the organisation does not know the mentee.
    """
    managers = organisation.line_of_managers(mentee_id, on)
    confirms = confirmer(organisation, mentee_id=mentee_id, mentor_id=mentor_id, on=on, delegate=delegate)
    held = {
        Relation.MENTEE: actor == mentee_id,
        Relation.MENTOR: actor == mentor_id,
        Relation.CONFIRMER: actor == confirms,
        Relation.MANAGER: actor in managers[:1],
        Relation.MANAGER_ABOVE: actor in managers[1:],
        Relation.PROGRAMME_MANAGER: actor in programme_managers,
        Relation.SYSTEM: actor in system_actors,
    }
    return frozenset(relation for relation, holds in held.items() if holds)
