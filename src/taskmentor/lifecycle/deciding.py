"""Deciding: an action is answered with events or refused, in this order.

Who acts; whether state and terms know the move; whether time runs forwards; what the action itself says; and whether
time has closed the engagement already. Nothing here reads a clock.
"""

from collections.abc import Mapping, Set
from datetime import UTC, datetime
from types import MappingProxyType

import attrs

from taskmentor.authorisation import APPROVERS, ActionName, Relation, may, require
from taskmentor.errors import NotAuthorisedError
from taskmentor.lifecycle import actions, events
from taskmentor.lifecycle.actions import (
    Accept,
    Action,
    Approve,
    CloseIdle,
    Disapprove,
    Expire,
    LaterAction,
    Propose,
    Reassess,
    ReassessAsMentor,
    ReassessSecondGoal,
    TickOff,
    TimelyAction,
)
from taskmentor.lifecycle.checks import check, illegal
from taskmentor.lifecycle.deadlines import deadlines
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import (
    AcceptedByMentee,
    AcceptedByMentor,
    Event,
    Proposed,
    check_instant,
    utc_day,
)
from taskmentor.lifecycle.logs import check_order
from taskmentor.lifecycle.moves import FINAL, TRANSITIONS
from taskmentor.lifecycle.objections import objection
from taskmentor.models.people import PersonId

__all__ = ["allowed_actions", "decide", "held_by"]

_EVENTS: Mapping[type[LaterAction], type[Event]] = MappingProxyType(
    {
        actions.Approve: events.Approved,
        actions.Disapprove: events.Disapproved,
        actions.Decline: events.Declined,
        actions.RecordIntro: events.Introduced,
        actions.RecordTraining: events.TrainingRecorded,
        actions.DraftAgreement: events.AgreementDrafted,
        actions.SignAgreement: events.AgreementSigned,
        actions.Schedule: events.Scheduled,
        actions.Start: events.Started,
        actions.PlanSession: events.SessionPlanned,
        actions.MoveSession: events.SessionMoved,
        actions.CancelSession: events.SessionCancelled,
        actions.HoldSession: events.SessionHeld,
        actions.MissSession: events.SessionMissed,
        actions.LogSession: events.SessionLogged,
        actions.RecordPractice: events.PracticeRecorded,
        actions.AddProduct: events.ProductAdded,
        actions.ReviewProduct: events.ProductReviewed,
        actions.CheckIn: events.CheckedIn,
        actions.Pause: events.Paused,
        actions.Resume: events.Resumed,
        actions.RequestExtension: events.ExtensionRequested,
        actions.Extend: events.Extended,
        actions.Finish: events.ReassessmentDue,
        actions.Reassess: events.Reassessed,
        actions.Comment: events.Commented,
        actions.Confirm: events.Confirmed,
        actions.Return: events.Returned,
        actions.Recognise: events.Recognised,
        actions.ReassessAsMentor: events.ReassessedAsMentor,
        actions.RecordCourse: events.CourseCompleted,
        actions.OfferSecondGoal: events.SecondGoalOffered,
        actions.AcceptSecondGoal: events.SecondGoalAccepted,
        actions.RecordExchange: events.ExchangeRecorded,
        actions.TickOff: events.ItemTickedOff,
        actions.ReassessSecondGoal: events.SecondGoalReassessed,
        actions.ConfirmSecondGoal: events.SecondGoalConfirmed,
        actions.ReturnSecondGoal: events.SecondGoalReturned,
        actions.NoteOverdueItem: events.ItemOverdue,
        actions.Withdraw: events.Withdrawn,
        actions.End: events.Ended,
        actions.HandOver: events.HandedOver,
        actions.RecordLeaver: events.PersonLeft,
        actions.Expire: events.Expired,
        actions.NoteOverdueCheckIn: events.CheckInOverdue,
        actions.NoteIdle: events.IdleNoticed,
        actions.CloseIdle: events.ClosedIdle,
        actions.NoteEndPassed: events.EndDatePassed,
    }
)
"""The event that each action becomes, with the same fields; an acceptance becomes that of its side."""


def decide(
    engagement: Engagement | None, action: Action, actor: PersonId, relations: Set[Relation], at: datetime
) -> tuple[Event, ...]:
    """Return the events that an action brings about, or refuse it; nothing is changed.

    Whether the actor is the mentee or the mentor is known from the engagement itself; a claim to be one is not taken.
    What time has closed is closed, whether or not `clock.tick` was called in between.

    Args:
        engagement: The engagement as it stands; None before it is proposed.
        action: What somebody wants to do.
        actor: Who wants it.
        relations: What the actor is to the engagement on the day of `at` in UTC, see `authorisation.relations`.
        at: When, aware, and not before the last event.

    Raises:
        NotAuthorisedError: If the actor may not take this action.
        IllegalMoveError: If the state or the terms do not allow it.
        InputError: If a date or time in it cannot be (`NAIVE-TIME`, `DATE-ORDER`).
    """
    check_instant(at)
    if isinstance(action, Propose):
        return (_proposed(engagement, action, actor, relations, at),)
    if engagement is None:
        raise illegal(None, action.name, "nothing is proposed yet")
    held = held_by(actor, relations, engagement.mentee_id, engagement.mentor_id)
    _check_right(engagement, action, actor, held)
    if problem := objection(engagement, action.name, held):
        raise illegal(engagement.state, action.name, problem)
    check_order(engagement, at)
    check(action, engagement, at)
    _check_closed(engagement, action, at)
    return (_event(engagement, action, actor, at),)


def held_by(actor: str, relations: Set[Relation], mentee_id: str, mentor_id: str) -> frozenset[Relation]:
    """Return the relations that count: those given, except that only the engagement says who its two sides are."""
    sides = {Relation.MENTEE: mentee_id, Relation.MENTOR: mentor_id}
    is_side = {side for side, person_id in sides.items() if person_id == actor}
    return frozenset((relations - sides.keys()) | is_side)


def _check_right(engagement: Engagement, action: LaterAction, actor: PersonId, held: Set[Relation]) -> None:
    require(action.name, actor, held)
    if isinstance(action, Approve | Disapprove) and (needed := APPROVERS[action.approver]) not in held:
        raise NotAuthorisedError(action.name, actor, (needed,))
    owners = [
        item.owner for item in engagement.terms.checklist if isinstance(action, TickOff) and item.text == action.item
    ]
    if owners and held.isdisjoint(owners):
        raise NotAuthorisedError(action.name, actor, tuple(owners))


def _check_closed(engagement: Engagement, action: LaterAction, at: datetime) -> None:
    """Refuse what comes after time has closed the engagement, except what closes it too."""
    if isinstance(action, TimelyAction) or FINAL.issuperset(TRANSITIONS[engagement.state, action.name]):
        return
    for deadline in deadlines(engagement):
        if isinstance(deadline.action, Expire | CloseIdle) and deadline.at <= at.astimezone(UTC):
            raise illegal(engagement.state, action.name, f"its time was over at {deadline.at.isoformat()}")


def _proposed(
    engagement: Engagement | None, action: Propose, actor: PersonId, relations: Set[Relation], at: datetime
) -> Proposed:
    if action.initiator not in held_by(actor, relations, action.mentee_id, action.mentor_id):
        raise NotAuthorisedError(action.name, actor, (action.initiator,))
    if engagement is not None:
        raise illegal(engagement.state, action.name, "it is proposed already")
    facts = attrs.asdict(action, recurse=False)
    return Proposed(version=1, actor=actor, at=at, **facts)


def _event(engagement: Engagement, action: LaterAction, actor: PersonId, at: datetime) -> Event:
    facts = attrs.asdict(action, recurse=False)
    if isinstance(action, Reassess | ReassessAsMentor | ReassessSecondGoal) and action.assessed_on is None:
        facts["assessed_on"] = utc_day(at)
    if isinstance(action, Accept):
        kind: type[Event] = AcceptedByMentee if actor == engagement.mentee_id else AcceptedByMentor
    else:
        kind = _EVENTS[type(action)]
    return kind(engagement_id=engagement.id, version=engagement.version + 1, actor=actor, at=at, **facts)


def allowed_actions(engagement: Engagement | None, relations: Set[Relation]) -> tuple[ActionName, ...]:
    """Return what somebody with these relations may do to an engagement now, in the order of `ActionName`.

    What depends on the arguments of an action, its time or the programme's initiator is for `decide` to say.
    """
    if engagement is None:
        return (ActionName.PROPOSE,) if may(ActionName.PROPOSE, relations) else ()
    return tuple(name for name in ActionName if may(name, relations) and not objection(engagement, name, relations))
