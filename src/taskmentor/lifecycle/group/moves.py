"""The moves of a group and who may make them, as data."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from taskmentor.lifecycle.group.events import GroupActionName

__all__ = ["GROUP_FINAL", "GROUP_MOVES", "GROUP_PLACED", "GROUP_RIGHTS", "MEMBERS", "GroupRelation", "GroupState"]


class GroupState(StrEnum):
    """Where a group stands."""

    FORMING = "forming"
    RUNNING = "running"
    REVIEWING = "reviewing"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class GroupRelation(StrEnum):
    """What somebody is to a group on a given day."""

    MENTOR = "mentor"  # a mentor or expert who has accepted
    MENTEE = "mentee"  # a mentee or peer who has accepted
    FACILITATOR = "facilitator"
    INVITED = "invited"
    OUTSIDER = "nobody in it"
    CONFIRMER = "confirmer"  # of the member whom an action names
    PROGRAMME_MANAGER = "programme manager"
    SYSTEM = "system"


GROUP_FINAL = frozenset({GroupState.CLOSED, GroupState.CANCELLED, GroupState.EXPIRED})
"""The states that nothing leaves; what became of the problem may still be recorded in one."""

GROUP_PLACED = frozenset({GroupState.FORMING, GroupState.RUNNING, GroupState.REVIEWING})
"""The states in which those who have accepted take a place of their capacity."""

_A, _S = GroupActionName, GroupState

_OUT = (_A.LEAVE, _A.REMOVE, _A.RECORD_LEAVER)  # somebody goes
_IN = (_A.INVITE, _A.JOIN, _A.ACCEPT_PLACE, _A.DECLINE_PLACE, _A.LAPSE_INVITATION, _A.REPLACE_MENTOR)
_WORK = (
    _A.PLAN_SESSION, _A.MOVE_SESSION, _A.CANCEL_SESSION, _A.HOLD_SESSION, _A.LOG_SESSION, _A.LOG_SIDE_SESSION,
    _A.TAKE_STEP, _A.OPEN_THREAD, _A.POST, _A.ADD_RESOURCE, _A.TELL_STORY, _A.RECORD_RESULT, _A.EXTEND, _A.REASSESS,
    _A.CONFIRM, _A.RETURN, _A.NOTE_IDLE, _A.NOTE_END_PASSED,
)  # fmt: skip

GROUP_MOVES: Mapping[tuple[GroupState | None, GroupActionName], tuple[GroupState, ...]] = MappingProxyType(
    {
        (None, _A.FORM): (_S.FORMING,),
        **{(_S.FORMING, name): (_S.FORMING,) for name in (*_IN, *_OUT)},
        (_S.FORMING, _A.START): (_S.RUNNING,),
        (_S.FORMING, _A.CLOSE): (_S.CANCELLED,),
        (_S.FORMING, _A.EXPIRE): (_S.EXPIRED,),
        **{(_S.RUNNING, name): (_S.RUNNING,) for name in (*_IN, *_WORK)},
        **{(_S.RUNNING, name): (_S.RUNNING, _S.CLOSED) for name in _OUT},
        (_S.RUNNING, _A.FINISH): (_S.REVIEWING, _S.CLOSED),
        (_S.RUNNING, _A.CLOSE): (_S.CLOSED,),
        (_S.RUNNING, _A.CLOSE_IDLE): (_S.CLOSED,),
        (_S.REVIEWING, _A.REASSESS): (_S.REVIEWING, _S.CLOSED),
        (_S.REVIEWING, _A.CONFIRM): (_S.REVIEWING, _S.CLOSED),
        (_S.REVIEWING, _A.RETURN): (_S.REVIEWING,),
        **{(_S.REVIEWING, name): (_S.REVIEWING, _S.CLOSED) for name in _OUT},
        (_S.REVIEWING, _A.RECORD_RESULT): (_S.REVIEWING,),
        (_S.REVIEWING, _A.CLOSE): (_S.CLOSED,),
        (_S.REVIEWING, _A.NOTE_IDLE): (_S.REVIEWING,),
        (_S.REVIEWING, _A.CLOSE_IDLE): (_S.CLOSED,),
        (_S.CLOSED, _A.RECORD_RESULT): (_S.CLOSED,),
    }
)
"""Every legal move. Where fewer than two members are left, or nothing is outstanding in a review, the group closes."""

MEMBERS = frozenset({GroupRelation.MENTOR, GroupRelation.MENTEE, GroupRelation.FACILITATOR})
"""The relations of those who have accepted a place."""

_PROGRAMME = frozenset({GroupRelation.PROGRAMME_MANAGER})
_SYSTEM = frozenset({GroupRelation.SYSTEM})
_INVITED = frozenset({GroupRelation.INVITED})
_CONFIRMER = frozenset({GroupRelation.CONFIRMER})
_LEADS = _PROGRAMME | {GroupRelation.MENTOR, GroupRelation.FACILITATOR}

GROUP_RIGHTS: Mapping[GroupActionName, frozenset[GroupRelation]] = MappingProxyType(
    {
        _A.FORM: _PROGRAMME | _SYSTEM | {GroupRelation.MENTOR, GroupRelation.MENTEE},
        _A.INVITE: _LEADS | _SYSTEM,
        _A.JOIN: frozenset({GroupRelation.OUTSIDER}),
        _A.ACCEPT_PLACE: _INVITED,
        _A.DECLINE_PLACE: _INVITED,
        _A.LAPSE_INVITATION: _SYSTEM,
        _A.START: MEMBERS | _PROGRAMME | _SYSTEM,
        _A.PLAN_SESSION: MEMBERS | _PROGRAMME | _SYSTEM,
        _A.MOVE_SESSION: MEMBERS | _PROGRAMME | _SYSTEM,
        _A.CANCEL_SESSION: MEMBERS | _PROGRAMME | _SYSTEM,
        _A.HOLD_SESSION: MEMBERS,
        _A.LOG_SESSION: MEMBERS,
        _A.LOG_SIDE_SESSION: frozenset({GroupRelation.MENTOR, GroupRelation.MENTEE}),
        _A.TAKE_STEP: MEMBERS,
        _A.OPEN_THREAD: MEMBERS,
        _A.POST: MEMBERS,
        _A.ADD_RESOURCE: MEMBERS,
        _A.TELL_STORY: MEMBERS,
        _A.RECORD_RESULT: MEMBERS | _PROGRAMME,
        _A.LEAVE: MEMBERS,
        _A.REMOVE: _PROGRAMME | {GroupRelation.FACILITATOR},
        _A.REPLACE_MENTOR: _PROGRAMME,
        _A.RECORD_LEAVER: _PROGRAMME | _SYSTEM,
        _A.EXTEND: _PROGRAMME,
        _A.FINISH: MEMBERS | _PROGRAMME | _SYSTEM,
        _A.REASSESS: frozenset({GroupRelation.MENTEE}),
        _A.CONFIRM: _CONFIRMER,
        _A.RETURN: _CONFIRMER,
        _A.CLOSE: _LEADS,
        _A.EXPIRE: _PROGRAMME | _SYSTEM,
        _A.NOTE_IDLE: _SYSTEM,
        _A.CLOSE_IDLE: _SYSTEM,
        _A.NOTE_END_PASSED: _SYSTEM,
    }
)
"""The relations of which one is enough; the group itself says who is a member, invited, or nobody in it."""
