"""Deciding for a group: an action is answered with an event or refused; and the clock, which reads none by itself."""

from collections.abc import Iterator, Mapping, Set
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import attrs

from taskmentor.authorisation import Relation
from taskmentor.errors import IllegalMoveError, NotAuthorisedError
from taskmentor.lifecycle.clock import CLOCK
from taskmentor.lifecycle.events import check_instant, utc_day
from taskmentor.lifecycle.group import actions, events
from taskmentor.lifecycle.group.actions import (
    CloseIdleGroup,
    ConfirmGoal,
    ExpireGroup,
    FormGroup,
    GroupAction,
    LapseInvitation,
    LaterGroupAction,
    NoteGroupEndPassed,
    NoteGroupIdle,
    ReassessGoal,
    ReturnGoal,
    TimelyGroupAction,
)
from taskmentor.lifecycle.group.checks import problems_of_action, reference_problems, size_problem
from taskmentor.lifecycle.group.events import GroupEvent, GroupFormed
from taskmentor.lifecycle.group.evolving import evolve_group
from taskmentor.lifecycle.group.moves import GROUP_MOVES, GROUP_RIGHTS, GroupRelation, GroupState
from taskmentor.lifecycle.group.standing import Group, missing_of
from taskmentor.lifecycle.group.terms import GroupTerms
from taskmentor.lifecycle.group.values import MemberState, Place
from taskmentor.lifecycle.logs import check_order, ticked
from taskmentor.lifecycle.moves import refusal
from taskmentor.models.people import PersonId

__all__ = ["decide_group", "group_deadlines", "held_in_group", "tick_group"]

_EVENTS: Mapping[type[LaterGroupAction], type[GroupEvent]] = MappingProxyType(
    {
        actions.Invite: events.GroupInvited,
        actions.Join: events.GroupJoined,
        actions.AcceptPlace: events.GroupPlaceAccepted,
        actions.DeclinePlace: events.GroupPlaceDeclined,
        actions.LapseInvitation: events.GroupInvitationLapsed,
        actions.StartGroup: events.GroupStarted,
        actions.PlanGroupSession: events.GroupSessionPlanned,
        actions.MoveGroupSession: events.GroupSessionMoved,
        actions.CancelGroupSession: events.GroupSessionCancelled,
        actions.HoldGroupSession: events.GroupSessionHeld,
        actions.LogGroupSession: events.GroupSessionLogged,
        actions.LogSideSession: events.GroupSideSessionLogged,
        actions.TakeStep: events.GroupStepTaken,
        actions.OpenThread: events.GroupThreadOpened,
        actions.PostWords: events.GroupPosted,
        actions.AddResource: events.GroupResourceAdded,
        actions.TellStory: events.GroupStoryTold,
        actions.RecordResult: events.GroupResultRecorded,
        actions.Leave: events.GroupMemberLeft,
        actions.RemoveMember: events.GroupMemberRemoved,
        actions.ReplaceMentor: events.GroupMentorReplaced,
        actions.RecordGroupLeaver: events.GroupPersonLeft,
        actions.ExtendGroup: events.GroupExtended,
        actions.FinishGroup: events.GroupFinished,
        actions.ReassessGoal: events.GroupGoalReassessed,
        actions.ConfirmGoal: events.GroupGoalConfirmed,
        actions.ReturnGoal: events.GroupGoalReturned,
        actions.CloseGroup: events.GroupClosed,
        actions.ExpireGroup: events.GroupExpired,
        actions.NoteGroupIdle: events.GroupIdleNoticed,
        actions.CloseIdleGroup: events.GroupClosedIdle,
        actions.NoteGroupEndPassed: events.GroupEndDatePassed,
    }
)
"""The event that each action becomes, with the same fields."""

_GIVEN = {Relation.CONFIRMER, Relation.PROGRAMME_MANAGER, Relation.SYSTEM}


def decide_group(
    group: Group | None, action: GroupAction, actor: PersonId, relations: Set[Relation], at: datetime
) -> tuple[GroupEvent, ...]:
    """Return the event that an action brings about, or refuse it; nothing is changed.

    Args:
        group: The group as it stands; None before it is formed.
        action: What somebody wants to do.
        actor: Who wants it.
        relations: What the actor is to it on the day of `at` in UTC: programme manager, system, or confirmer of the
            member whom the action names; who is a member is known from the group itself. See `relations_in_group`.
        at: When, aware, and not before the last event.

    Raises:
        NotAuthorisedError: If the actor may not take this action.
        IllegalMoveError: If the state or the terms do not allow it.
        InputError: If a date, time, level or number in it cannot be.
    """
    check_instant(at)
    if isinstance(action, FormGroup):
        return (_formed(group, action, actor, relations, at),)
    if group is None:
        raise _illegal(None, action, "nothing is formed yet")
    _check_right(action, actor, held_in_group(group, actor, relations))
    if (group.state, action.name) not in GROUP_MOVES:
        raise _illegal(group, action, "the state does not know this move")
    check_order(group, at)
    if problem := next(filter(None, _problems(group, action, actor, at)), ""):
        raise _illegal(group, action, problem)
    facts = attrs.asdict(action, recurse=False)
    if isinstance(action, ReassessGoal) and action.assessed_on is None:
        facts["assessed_on"] = utc_day(at)
    kind = _EVENTS[type(action)]
    return (kind(group_id=group.id, version=group.version + 1, actor=actor, at=at, **facts),)


def held_in_group(group: Group, actor: str, relations: Set[Relation]) -> frozenset[GroupRelation]:
    """Return the relations that count: what the group knows of the actor, and what was given beside that."""
    return frozenset({group.relation_of(actor), *(GroupRelation(one.value) for one in relations & _GIVEN)})


def _illegal(group: Group | None, action: GroupAction, problem: str) -> IllegalMoveError:
    state = None if group is None else group.state
    return refusal(GROUP_MOVES, state, action.name, problem, "not formed")


def _check_right(action: LaterGroupAction, actor: PersonId, held: Set[GroupRelation]) -> None:
    needed = GROUP_RIGHTS[action.name]
    # Nobody who teaches in the group confirms what came of it, nor does anybody for themselves.
    barred = isinstance(action, ConfirmGoal | ReturnGoal) and (
        GroupRelation.MENTOR in held or action.person_id == actor
    )
    if barred or needed.isdisjoint(held):
        raise NotAuthorisedError(action.name, actor, tuple(one for one in GroupRelation if one in needed))


def _formed(
    group: Group | None, action: FormGroup, actor: PersonId, relations: Set[Relation], at: datetime
) -> GroupFormed:
    own = next((place for place in action.places if place.person_id == actor), None)
    held = {*(relations & _GIVEN)}
    if own is not None and action.terms.self_join:
        held.add(Relation.MENTOR if own.teaches else Relation.MENTEE)
    if action.initiator not in held:
        raise NotAuthorisedError(action.name, actor, (action.initiator,))
    if group is not None:
        raise _illegal(group, action, "it is formed already")
    if problem := _problem_of_places(action.terms, action.places):
        raise _illegal(None, action, problem)
    return GroupFormed(version=1, actor=actor, at=at, **attrs.asdict(action, recurse=False))


def _problem_of_places(terms: GroupTerms, places: tuple[Place, ...]) -> str:
    """Return why places do not make a group; where people may join by themselves they need not all be there yet."""
    for n, place in enumerate(places):
        if problem := size_problem(terms, (one.role for one in places[:n]), place):
            return problem
    missing = () if terms.self_join else missing_of(terms, places)
    return f"the terms ask for more: {' and '.join(missing)} are named" if missing else ""


def _problems(group: Group, action: LaterGroupAction, actor: PersonId, at: datetime) -> Iterator[str]:
    yield from reference_problems(group, action, actor)
    yield from problems_of_action(action, group, actor, at)
    due = group_deadlines(group)
    if isinstance(action, TimelyGroupAction):
        yield from _timely_problems(action, due, at)
        return
    for moment, closing in due:
        if isinstance(closing, ExpireGroup | CloseIdleGroup) and moment <= at.astimezone(UTC):
            yield f"its time was over at {moment.isoformat()}"


def _timely_problems(
    action: TimelyGroupAction, due: list[tuple[datetime, TimelyGroupAction]], at: datetime
) -> Iterator[str]:
    moments = [moment for moment, known in due if known == action]
    if not moments:
        yield "nothing of the kind will be due"
    elif at.astimezone(UTC) < moments[0]:
        yield f"it is due at {moments[0].isoformat()} and not before"


def group_deadlines(group: Group) -> list[tuple[datetime, TimelyGroupAction]]:
    """Return what time will do to a group if nobody acts, the earliest first, each with its moment in UTC.

    Days are over when they are over everywhere on Earth. A deadline is never before the last event.
    """
    last = group.at.astimezone(UTC)
    return sorted(((max(at, last), action) for at, action in _due(group)), key=lambda found: found[0])


def _due(group: Group) -> Iterator[tuple[datetime, TimelyGroupAction]]:
    terms = group.terms
    if group.state in (GroupState.FORMING, GroupState.RUNNING):
        for one in group.members:
            if one.state is MemberState.INVITED:
                yield _after(one.since, terms.answer_days), LapseInvitation(person_id=one.place.person_id)
    if group.state is GroupState.FORMING:
        yield _after(group.formed_at, terms.form_days), ExpireGroup()
    if group.state is GroupState.RUNNING:
        _, ends_on = group.dates
        if group.end_passed_on != ends_on:
            over = datetime(ends_on.year, ends_on.month, ends_on.day, tzinfo=UTC) + timedelta(days=1, hours=12)
            yield over, NoteGroupEndPassed(ends_on=ends_on)
    if group.state in (GroupState.RUNNING, GroupState.REVIEWING) and terms.idle_days is not None:
        if group.idle_noticed_at is None:
            yield _after(group.active_at, terms.idle_days), NoteGroupIdle()
        if terms.idle_notice_days is not None:
            yield _after(group.active_at, terms.idle_days + terms.idle_notice_days), CloseIdleGroup()


def _after(at: datetime, days: int) -> datetime:
    return at.astimezone(UTC) + timedelta(days=days)


def tick_group(group: Group, at: datetime, *, actor: PersonId = CLOCK) -> tuple[GroupEvent, ...]:
    """Return the events that time alone has caused by a moment: silence lapses, what never started expires, and so on.

    Each is dated by the moment at which it was due, so asking often and asking once give the same log.

    Args:
        group: The group as it stands.
        at: Until when, aware.
        actor: The service account in whose name the events are logged.

    Raises:
        InputError: If the moment is naive (`NAIVE-TIME`).
    """

    def act(current: Group, action: TimelyGroupAction, moment: datetime) -> tuple[GroupEvent, ...]:
        return decide_group(current, action, actor, {Relation.SYSTEM}, moment)

    return ticked(group, at, group_deadlines, act, evolve_group)
