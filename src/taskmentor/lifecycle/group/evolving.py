"""Remembering: the group after an event, and replay as a loop over it. Nothing is decided again here."""

from collections.abc import Iterable, Iterator
from functools import singledispatch
from typing import Any

import attrs

from taskmentor.authorisation import Relation
from taskmentor.errors import InputError, shown
from taskmentor.lifecycle.events import log_corrupt
from taskmentor.lifecycle.goals import Goal, GoalState
from taskmentor.lifecycle.group import events
from taskmentor.lifecycle.group.checks import reference_problems
from taskmentor.lifecycle.group.events import GroupEvent, GroupFormed
from taskmentor.lifecycle.group.moves import GROUP_FINAL, GROUP_MOVES, GROUP_RIGHTS, MEMBERS, GroupRelation, GroupState
from taskmentor.lifecycle.group.standing import Group
from taskmentor.lifecycle.group.values import (
    GroupEnd,
    GroupSession,
    Member,
    MemberState,
    Place,
    Post,
    Resource,
    Result,
    SideSession,
    Story,
    Thread,
)
from taskmentor.lifecycle.logs import order_problems, replayed
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.people import PersonId

__all__ = ["evolve_group", "replay_group"]

_Facts = dict[str, Any]  # fields of a group and their values

_NOTICES = (events.GroupInvitationLapsed, events.GroupIdleNoticed, events.GroupEndDatePassed)
_GOING = (events.GroupMemberLeft, events.GroupMemberRemoved, events.GroupPersonLeft)
_KNOWN_FROM_GROUP = MEMBERS | {GroupRelation.INVITED, GroupRelation.OUTSIDER}
_LAST_TWO = 2


def evolve_group(group: Group | None, event: GroupEvent) -> Group:
    """Return the group after an event; it does not decide again, it only refuses what no log can hold.

    Raises:
        InputError: If the event cannot follow (`LOG-CORRUPT`).
    """
    if group is None:
        return _begun(event)
    if problem := next(_log_problems(group, event), ""):
        raise _corrupt(event, group.version + 1, problem)
    facts: _Facts = {"version": event.version, "at": event.at}
    if not isinstance(event, _NOTICES):
        facts |= {"active_at": event.at, "idle_noticed_at": None}
    after = attrs.evolve(group, **(facts | _facts_of(event, group)))
    state = _next_state(group, event, after)
    if state in GROUP_FINAL and group.state not in GROUP_FINAL:
        too_few = group.state is GroupState.RUNNING and isinstance(event, _GOING)
        reason = after.end_reason or (GroupEnd.TOO_FEW if too_few else GroupEnd.DONE)
        after = attrs.evolve(after, closed_at=event.at, closed_by=event.actor, end_reason=reason)
    return attrs.evolve(after, state=state)


def _corrupt(event: GroupEvent, position: int, problem: str) -> InputError:
    return log_corrupt(event, event.group_id, "group", position, problem)


def _begun(event: GroupEvent) -> Group:
    if not isinstance(event, GroupFormed) or event.version != 1:
        raise _corrupt(event, 1, "a log begins with GroupFormed at version 1")
    facts = attrs.asdict(event, recurse=False)
    for name in ("group_id", "actor", "places"):
        del facts[name]
    by_itself = event.initiator in (Relation.MENTEE, Relation.MENTOR)
    members = (_member(place, event, by_itself and place.person_id == event.actor) for place in event.places)
    return Group(
        id=event.group_id,
        state=GroupState.FORMING,
        formed_by=event.actor,
        formed_at=event.at,
        active_at=event.at,
        members=tuple(members),
        goals=tuple(goal for place in event.places for goal in _goals(place)),
        **facts,
    )


def _member(place: Place, event: GroupEvent, is_active: bool) -> Member:
    if is_active:
        return Member(place=place, state=MemberState.ACTIVE, since=event.at, joined_at=event.at)
    return Member(place=place, state=MemberState.INVITED, since=event.at)


def _goals(place: Place) -> Iterator[Goal]:
    for scope in place.scopes:
        yield Goal(person_id=place.person_id, scope=scope)


def _log_problems(group: Group, event: GroupEvent) -> Iterator[str]:
    if event.group_id != group.id:
        yield f"it belongs to another group than {shown(group.id)}"
    yield from order_problems(group, event)
    if (group.state, event.action) not in GROUP_MOVES:
        yield f"{type(event).__name__} does not follow in state {group.state}"
    rights = GROUP_RIGHTS[event.action]
    if rights <= _KNOWN_FROM_GROUP and group.relation_of(event.actor) not in rights:
        yield f"{shown(event.actor)} cannot have done this"
    yield from reference_problems(group, event, event.actor)


def _next_state(group: Group, event: GroupEvent, after: Group) -> GroupState:
    following = GROUP_MOVES[group.state, event.action]
    if len(following) == 1:
        return following[0]
    if group.state is GroupState.REVIEWING or isinstance(event, events.GroupFinished):
        return GroupState.REVIEWING if after.outstanding else GroupState.CLOSED
    return GroupState.CLOSED if len(after.active) < _LAST_TWO else group.state


@singledispatch
def _facts_of(event: GroupEvent, group: Group) -> _Facts:
    """Return what an event changes of a group beside the move: fields and values."""
    raise _corrupt(event, event.version, "it is none of the events of a group")


def _with(group: Group, member: Member) -> tuple[Member, ...]:
    """Return the members with one of them as they stand now; who is new comes last."""
    person_id = member.place.person_id
    if group.member(person_id) is None:
        return (*group.members, member)
    return tuple(member if one.place.person_id == person_id else one for one in group.members)


def _moved(group: Group, person_id: PersonId, event: GroupEvent, state: MemberState, because: str = "") -> _Facts:
    member = group.member(person_id)
    assert member is not None, "who comes or goes is in the group"
    joined_at = event.at if state is MemberState.ACTIVE else member.joined_at
    after = attrs.evolve(member, state=state, since=event.at, joined_at=joined_at, because=because)
    return {"members": _with(group, after)}


def _placed(group: Group, place: Place, event: GroupEvent, is_active: bool) -> _Facts:
    """Return what a place changes: its goals take the place of former ones, except what was confirmed, which stays."""
    kept = tuple(one for one in group.goals if one.person_id != place.person_id or one.state is GoalState.CONFIRMED)
    reached = {one.scope.skill_id: one.confirmed_level for one in kept if one.person_id == place.person_id}
    new = (goal for goal in _goals(place) if (reached.get(goal.scope.skill_id) or 0) < goal.scope.target_level)
    before = group.member(place.person_id)
    member = attrs.evolve(_member(place, event, is_active), earlier=() if before is None else before.stays)
    return {"members": _with(group, member), "goals": (*kept, *new)}


@_facts_of.register
def _invited(event: events.GroupInvited, group: Group) -> _Facts:
    return _placed(group, event.place, event, False)


@_facts_of.register
def _joined(event: events.GroupJoined, group: Group) -> _Facts:
    return _placed(group, event.place, event, True)


@_facts_of.register
def _accepted(event: events.GroupPlaceAccepted, group: Group) -> _Facts:
    return _moved(group, event.actor, event, MemberState.ACTIVE)


@_facts_of.register
def _declined(event: events.GroupPlaceDeclined, group: Group) -> _Facts:
    return _moved(group, event.actor, event, MemberState.DECLINED, event.reason)


@_facts_of.register
def _lapsed(event: events.GroupInvitationLapsed, group: Group) -> _Facts:
    return _moved(group, event.person_id, event, MemberState.LAPSED)


@_facts_of.register
def _left(event: events.GroupMemberLeft, group: Group) -> _Facts:
    return _moved(group, event.actor, event, MemberState.LEFT, event.reason)


@_facts_of.register
def _removed(event: events.GroupMemberRemoved, group: Group) -> _Facts:
    return _moved(group, event.person_id, event, MemberState.LEFT, event.reason)


@_facts_of.register
def _person_left(event: events.GroupPersonLeft, group: Group) -> _Facts:
    return _moved(group, event.person_id, event, MemberState.LEFT)


@_facts_of.register
def _replaced(event: events.GroupMentorReplaced, group: Group) -> _Facts:
    without = attrs.evolve(group, **_moved(group, event.mentor_id, event, MemberState.LEFT, event.reason))
    return _placed(without, event.place, event, False)


@_facts_of.register
def _started(event: events.GroupStarted, group: Group) -> _Facts:
    return {"started_at": event.at, "ends_on": event.ends_on}


@_facts_of.register
def _session_planned(event: events.GroupSessionPlanned, group: Group) -> _Facts:
    return {"sessions": (*group.sessions, _session(event, group))}


def _session(event: events.GroupSessionPlanned | events.GroupSessionLogged, group: Group) -> GroupSession:
    return GroupSession(
        number=len(group.sessions) + 1,
        starts_at=event.starts_at,
        minutes=event.minutes,
        face_to_face=event.face_to_face,
    )


@_facts_of.register
def _session_logged(event: events.GroupSessionLogged, group: Group) -> _Facts:
    session = _session(event, group).held(event.minutes, group.active, event.attended, group.terms.quorum_percent)
    return {"sessions": (*group.sessions, session)}


@_facts_of.register
def _session_moved(event: events.GroupSessionMoved, group: Group) -> _Facts:
    return _with_session(group, group.sessions[event.session - 1].to(event.starts_at, event.minutes))


@_facts_of.register
def _session_cancelled(event: events.GroupSessionCancelled, group: Group) -> _Facts:
    return _with_session(group, attrs.evolve(group.sessions[event.session - 1], state=SessionState.CANCELLED))


@_facts_of.register
def _session_held(event: events.GroupSessionHeld, group: Group) -> _Facts:
    before = group.sessions[event.session - 1]
    return _with_session(group, before.held(event.minutes, group.active, event.attended, group.terms.quorum_percent))


def _with_session(group: Group, session: GroupSession) -> _Facts:
    return {"sessions": tuple(session if one.number == session.number else one for one in group.sessions)}


@_facts_of.register
def _side_session(event: events.GroupSideSessionLogged, group: Group) -> _Facts:
    session = SideSession(
        mentor_id=event.mentor_id,
        mentee_id=event.mentee_id,
        starts_at=event.starts_at,
        minutes=event.minutes,
        face_to_face=event.face_to_face,
    )
    return {"side_sessions": (*group.side_sessions, session)}


@_facts_of.register
def _step_taken(event: events.GroupStepTaken, group: Group) -> _Facts:
    return {"steps": (*group.steps, event)}


@_facts_of.register
def _thread_opened(event: events.GroupThreadOpened, group: Group) -> _Facts:
    return {"threads": (*group.threads, Thread(number=len(group.threads) + 1, title=event.title))}


@_facts_of.register
def _posted(event: events.GroupPosted, group: Group) -> _Facts:
    thread = group.threads[event.thread - 1]
    after = attrs.evolve(thread, posts=(*thread.posts, Post(actor=event.actor, at=event.at, words=event.words)))
    return {"threads": tuple(after if one.number == event.thread else one for one in group.threads)}


@_facts_of.register
def _resource_added(event: events.GroupResourceAdded, group: Group) -> _Facts:
    number = len(group.resources) + 1
    resource = Resource(number=number, actor=event.actor, title=event.title, reference=event.reference)
    return {"resources": (*group.resources, resource)}


@_facts_of.register
def _story_told(event: events.GroupStoryTold, group: Group) -> _Facts:
    story = Story(actor=event.actor, at=event.at, kind=event.kind, words=event.words)
    return {"stories": (*group.stories, story)}


@_facts_of.register
def _result_recorded(event: events.GroupResultRecorded, group: Group) -> _Facts:
    return {
        "result": Result(
            resolved=event.resolved, measure=event.measure, before=event.before, after=event.after
        )
    }  # fmt: skip


@_facts_of.register
def _extended(event: events.GroupExtended, group: Group) -> _Facts:
    return {"ends_on": event.ends_on}


@_facts_of.register
def _finished(event: events.GroupFinished, group: Group) -> _Facts:
    waiting = [one for one in group.members if one.state is MemberState.INVITED]
    for one in waiting:
        group = attrs.evolve(group, **_moved(group, one.place.person_id, event, MemberState.LAPSED))
    return {"members": group.members}


@_facts_of.register
def _reassessed(event: events.GroupGoalReassessed, group: Group) -> _Facts:
    return _with_goal(group, _goal(group, event.actor, event.skill_id).reassess(event.level, event.assessed_on))


@_facts_of.register
def _confirmed(event: events.GroupGoalConfirmed, group: Group) -> _Facts:
    goal = _goal(group, event.person_id, event.skill_id)
    return _with_goal(group, goal.confirm(event.level, event.actor, event.at))


@_facts_of.register
def _returned(event: events.GroupGoalReturned, group: Group) -> _Facts:
    return _with_goal(group, _goal(group, event.person_id, event.skill_id).send_back(event.note))


def _goal(group: Group, person_id: str, skill_id: str) -> Goal:
    goal = group.goal(person_id, skill_id)
    assert goal is not None, "what is reassessed or confirmed is a goal"
    return goal


def _with_goal(group: Group, goal: Goal) -> _Facts:
    before = _goal(group, goal.person_id, goal.scope.skill_id)
    return {"goals": tuple(goal if one is before else one for one in group.goals)}


@_facts_of.register
def _closed(event: events.GroupClosed, group: Group) -> _Facts:
    return {"end_reason": event.reason, "closed_because": event.words}


@_facts_of.register
def _expired(event: events.GroupExpired, group: Group) -> _Facts:
    return {"end_reason": GroupEnd.TIME_OVER}


@_facts_of.register
def _closed_idle(event: events.GroupClosedIdle, group: Group) -> _Facts:
    return {"end_reason": GroupEnd.NO_RESPONSE}


@_facts_of.register
def _idle(event: events.GroupIdleNoticed, group: Group) -> _Facts:
    return {"idle_noticed_at": event.at}


@_facts_of.register
def _end_passed(event: events.GroupEndDatePassed, group: Group) -> _Facts:
    return {"end_passed_on": event.ends_on}


def replay_group(log: Iterable[GroupEvent]) -> Group:
    """Return the group that a log tells of.

    Raises:
        InputError: If the log is empty or an event in it cannot follow (`LOG-CORRUPT`, with its position).
    """
    return replayed(log, evolve_group, "forming")
