"""Who may take which action: one table of rights, in which nothing is allowed that it does not name."""

from collections.abc import Mapping, Set
from types import MappingProxyType

from taskmentor.authorisation.words import APPROVERS, INITIATORS, SIDES, ActionName, Relation
from taskmentor.errors import NotAuthorisedError

__all__ = ["ITEM_OWNERS", "NEVER", "RIGHTS", "may", "require"]

_MENTEE, _MENTOR = frozenset({Relation.MENTEE}), frozenset({Relation.MENTOR})
_PROGRAMME = frozenset({Relation.PROGRAMME_MANAGER})
_SYSTEM = frozenset({Relation.SYSTEM})
_SIDES_OR_PROGRAMME = SIDES | _PROGRAMME
_APPROVERS = frozenset(APPROVERS.values()) - SIDES

ITEM_OWNERS = _SIDES_OR_PROGRAMME | {Relation.MANAGER}
"""The relations of which one owns an item of a checklist."""

RIGHTS: Mapping[ActionName, frozenset[Relation]] = MappingProxyType(
    {
        ActionName.PROPOSE: INITIATORS,
        ActionName.ACCEPT: SIDES,
        ActionName.APPROVE: _APPROVERS,
        ActionName.DISAPPROVE: _APPROVERS,
        ActionName.DECLINE: SIDES,
        ActionName.RECORD_INTRO: SIDES,
        ActionName.RECORD_TRAINING: _PROGRAMME,
        ActionName.RECORD_COURSE: _PROGRAMME | _SYSTEM,
        ActionName.DRAFT_AGREEMENT: SIDES,
        ActionName.SIGN_AGREEMENT: SIDES,
        ActionName.OFFER_SECOND_GOAL: SIDES,
        ActionName.ACCEPT_SECOND_GOAL: SIDES,
        ActionName.SCHEDULE: _SIDES_OR_PROGRAMME,
        ActionName.START: _SIDES_OR_PROGRAMME | _SYSTEM,
        ActionName.PLAN_SESSION: SIDES,
        ActionName.MOVE_SESSION: SIDES,
        ActionName.CANCEL_SESSION: SIDES,
        ActionName.HOLD_SESSION: SIDES,
        ActionName.MISS_SESSION: SIDES,
        ActionName.LOG_SESSION: SIDES,
        ActionName.RECORD_EXCHANGE: SIDES,
        ActionName.RECORD_PRACTICE: SIDES,
        ActionName.ADD_PRODUCT: SIDES,
        ActionName.REVIEW_PRODUCT: _MENTOR,
        ActionName.TICK_OFF: ITEM_OWNERS,
        ActionName.CHECK_IN: SIDES,
        ActionName.PAUSE: _SIDES_OR_PROGRAMME,
        ActionName.RESUME: _SIDES_OR_PROGRAMME | _SYSTEM,
        ActionName.REQUEST_EXTENSION: SIDES,
        ActionName.EXTEND: _PROGRAMME,
        ActionName.FINISH: _SIDES_OR_PROGRAMME | _SYSTEM,
        ActionName.REASSESS: _MENTEE,
        ActionName.COMMENT: _MENTOR,
        ActionName.CONFIRM: frozenset({Relation.CONFIRMER}),
        ActionName.RETURN: frozenset({Relation.CONFIRMER}),
        ActionName.RECOGNISE: frozenset({Relation.MENTEE, Relation.MENTORS_MANAGER, Relation.PROGRAMME_MANAGER}),
        ActionName.REASSESS_AS_MENTOR: _MENTOR,
        ActionName.REASSESS_SECOND_GOAL: _MENTOR,
        ActionName.CONFIRM_SECOND_GOAL: frozenset({Relation.MENTORS_MANAGER}),
        ActionName.RETURN_SECOND_GOAL: frozenset({Relation.MENTORS_MANAGER}),
        ActionName.WITHDRAW: _SIDES_OR_PROGRAMME,
        ActionName.END: _SIDES_OR_PROGRAMME,
        ActionName.HAND_OVER: _PROGRAMME,
        ActionName.RECORD_LEAVER: _PROGRAMME | _SYSTEM,
        ActionName.EXPIRE: _PROGRAMME | _SYSTEM,
        ActionName.NOTE_OVERDUE_CHECK_IN: _SYSTEM,
        ActionName.NOTE_OVERDUE_ITEM: _SYSTEM,
        ActionName.NOTE_IDLE: _SYSTEM,
        ActionName.CLOSE_IDLE: _SYSTEM,
        ActionName.NOTE_END_PASSED: _SYSTEM,
    }
)
"""The relations of which one is enough for an action."""

NEVER: Mapping[ActionName, frozenset[Relation]] = MappingProxyType(
    {
        ActionName.APPROVE: SIDES,
        ActionName.DISAPPROVE: SIDES,
        ActionName.CONFIRM: SIDES,
        ActionName.RETURN: SIDES,
        ActionName.CONFIRM_SECOND_GOAL: SIDES,
        ActionName.RETURN_SECOND_GOAL: SIDES,
        ActionName.RECOGNISE: _MENTOR,
    }
)
"""The relations that bar an action, whatever else the actor may be."""


def may(action: ActionName, held: Set[Relation]) -> bool:
    """Return whether somebody with these relations may take an action.

    Examples:
        >>> may(ActionName.CONFIRM, {Relation.CONFIRMER})
        True
        >>> may(ActionName.CONFIRM, {Relation.CONFIRMER, Relation.MENTOR})
        False
    """
    return not RIGHTS[action].isdisjoint(held) and NEVER.get(action, frozenset()).isdisjoint(held)


def require(action: ActionName, actor: str, held: Set[Relation]) -> None:
    """Refuse an action to somebody whose relations do not allow it.

    Raises:
        NotAuthorisedError: If no relation allows the action, or one bars it.
    """
    if not may(action, held):
        raise NotAuthorisedError(action, actor, tuple(relation for relation in Relation if relation in RIGHTS[action]))
