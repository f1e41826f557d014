"""What an action itself says, held against the engagement and the moment: one function for each kind of action."""

from datetime import UTC, date, datetime, timedelta
from functools import singledispatch

from taskmentor.authorisation import ActionName
from taskmentor.errors import IllegalMoveError, shown
from taskmentor.lifecycle.actions import (
    Accept,
    AcceptSecondGoal,
    Approve,
    CancelSession,
    CloseIdle,
    Confirm,
    ConfirmSecondGoal,
    Disapprove,
    Expire,
    Extend,
    HandOver,
    HoldSession,
    LogSession,
    MissSession,
    MoveSession,
    NoteEndPassed,
    NoteIdle,
    NoteOverdueCheckIn,
    NoteOverdueItem,
    OfferSecondGoal,
    Pause,
    PlanSession,
    Reassess,
    ReassessAsMentor,
    ReassessSecondGoal,
    RecordCourse,
    RecordExchange,
    RecordLeaver,
    RecordPractice,
    RecordTraining,
    RequestExtension,
    ReviewProduct,
    Schedule,
    SignAgreement,
    Start,
    TickOff,
)
from taskmentor.lifecycle.deadlines import deadlines
from taskmentor.lifecycle.engagement import Engagement, first_day, last_day
from taskmentor.lifecycle.events import input_error, utc_day
from taskmentor.lifecycle.goals import check_within, target_problem
from taskmentor.lifecycle.moves import TRANSITIONS, State, refusal
from taskmentor.lifecycle.values import Session

__all__ = ["check", "illegal"]


def illegal(state: State | None, action: str, problem: str) -> IllegalMoveError:
    """Return the error that refuses a move, with what the state allows instead."""
    return refusal(TRANSITIONS, state, action, problem, "not proposed")


@singledispatch
def check(action: object, engagement: Engagement, at: datetime) -> None:
    """Refuse an action for what it says: its dates, levels and numbers. Most actions say nothing that could be wrong.

    Args:
        action: What somebody wants to do.
        engagement: The engagement as it stands.
        at: When; aware.

    Raises:
        IllegalMoveError: If the terms do not allow it.
        InputError: If a date, level or number in it cannot be.
    """


@check.register
def _accept(action: Accept, engagement: Engagement, at: datetime) -> None:
    if action.scope != engagement.scope:
        problem = f"the scope acknowledged is {action.scope}, the one proposed is {engagement.scope}"
        raise illegal(engagement.state, action.name, problem)


@check.register(Approve)
@check.register(Disapprove)
def _approve(action: Approve | Disapprove, engagement: Engagement, at: datetime) -> None:
    waited_for = engagement.asked if isinstance(action, Approve) else engagement.outstanding
    if action.approver not in waited_for:
        raise illegal(engagement.state, action.name, f"nobody waits now for the yes of the {action.approver}")


@check.register
def _record_training(action: RecordTraining, engagement: Engagement, at: datetime) -> None:
    _check_past(action.training.completed_on, at, "completed_on")


@check.register
def _record_course(action: RecordCourse, engagement: Engagement, at: datetime) -> None:
    if action.course_id != engagement.terms.course_id:
        problem = f"the terms ask for {shown(engagement.terms.course_id)}, not for {shown(action.course_id)}"
        raise illegal(engagement.state, action.name, problem)
    _check_past(action.completed_on, at, "completed_on")


@check.register
def _offer_second(action: OfferSecondGoal, engagement: Engagement, at: datetime) -> None:
    if action.scope.skill_id == engagement.scope.skill_id:
        problem = f"{shown(action.scope.skill_id)} is what the mentee learns"
        raise input_error("DUPLICATE-ID", "scope", problem, "Name another skill.")


@check.register
def _accept_second(action: AcceptSecondGoal, engagement: Engagement, at: datetime) -> None:
    if action.offer != engagement.second_offer_version:
        problem = f"offer {action.offer} was replaced by offer {engagement.second_offer_version}"
        raise illegal(engagement.state, action.name, problem)


@check.register
def _record_exchange(action: RecordExchange, engagement: Engagement, at: datetime) -> None:
    _check_day(engagement, action.day, at, "day")


@check.register
def _tick_off(action: TickOff, engagement: Engagement, at: datetime) -> None:
    if action.item not in [item.text for item in engagement.open_items]:
        wanted = " or ".join(shown(item.text) for item in engagement.open_items)
        raise input_error("UNKNOWN-ITEM", "item", f"no item {shown(action.item)} is open", f"Use {wanted}.")


def _check_past(day: date, at: datetime, column: str) -> None:
    if day > last_day(at):
        raise input_error("DATE-ORDER", column, f"the day {day} is still to come", f"Give {last_day(at)} or before.")


@check.register
def _sign(action: SignAgreement, engagement: Engagement, at: datetime) -> None:
    if action.draft != engagement.draft_version:
        problem = f"draft {action.draft} was replaced by draft {engagement.draft_version}"
        raise illegal(engagement.state, action.name, problem)


@check.register
def _schedule(action: Schedule, engagement: Engagement, at: datetime) -> None:
    _check_length(engagement, action.name, action.starts_on, action.ends_on)
    today = first_day(at)
    if action.starts_on < today:
        problem = f"the start {action.starts_on} has gone by"
        raise input_error("DATE-ORDER", "starts_on", problem, f"Give {today} or a later day.")


def _check_length(engagement: Engagement, action: ActionName, starts_on: date, ends_on: date) -> None:
    terms, n_days = engagement.terms, (ends_on - starts_on).days
    if not terms.shortest_days <= n_days <= terms.longest_days:
        problem = f"{n_days} days are not within the {terms.shortest_days} to {terms.longest_days} of the terms"
        raise illegal(engagement.state, action, problem)


@check.register
def _start(action: Start, engagement: Engagement, at: datetime) -> None:
    starts_on, ends_on = engagement.dates
    if last_day(at) < starts_on:
        problem = f"the start date {starts_on} has not come"
        raise input_error("DATE-ORDER", "at", problem, "Start on that day or later.")
    if first_day(at) > ends_on:
        problem = f"the end date {ends_on} has gone by"
        raise input_error("DATE-ORDER", "at", problem, "Withdraw, and propose again with other dates.")
    if problem := _training_problem(engagement, at) or _course_problem(engagement):
        raise illegal(engagement.state, action.name, problem)


def _training_problem(engagement: Engagement, at: datetime) -> str:
    needed, training = engagement.terms.training_hours, engagement.training
    if needed == 0:
        return ""
    if training is None or training.hours < needed:
        known = 0 if training is None else training.hours
        return f"the mentor has {known} hours of training on record, and the terms ask for {needed}"
    until = training.valid_until(engagement.terms.training_valid_days)
    return f"the mentor's training counted until {until}" if until is not None and until < first_day(at) else ""


def _course_problem(engagement: Engagement) -> str:
    course_id = engagement.terms.course_id
    missing = course_id is not None and engagement.course_completed_on is None
    return f"the course {shown(course_id)} comes first, and is not on record as completed" if missing else ""


@check.register(PlanSession)
@check.register(MoveSession)
def _plan(action: PlanSession | MoveSession, engagement: Engagement, at: datetime) -> None:
    if isinstance(action, MoveSession):
        _planned(engagement, action.session)
    starts_on, _ = engagement.dates
    if action.starts_at.astimezone(UTC) < at.astimezone(UTC):
        problem = f"{action.starts_at.isoformat()} has gone by"
        raise input_error("DATE-ORDER", "starts_at", problem, "Log a session that was held without a plan.")
    if last_day(action.starts_at) < starts_on:
        problem = f"{action.starts_at.isoformat()} is before the start on {starts_on}"
        raise input_error("DATE-ORDER", "starts_at", problem, "Plan it on that day or later.")
    most = engagement.session_minutes
    if most is not None and action.minutes > most:
        problem = f"{action.minutes} minutes are more than the {most} of the terms and the agreement"
        raise illegal(engagement.state, action.name, problem)


def _planned(engagement: Engagement, number: int) -> Session:
    session = engagement.session(number)
    if session is None:
        raise input_error("UNKNOWN-SESSION", "session", f"no session {number} is planned", "Name a planned one.")
    return session


@check.register
def _cancel(action: CancelSession, engagement: Engagement, at: datetime) -> None:
    _planned(engagement, action.session)


@check.register(HoldSession)
@check.register(MissSession)
def _met(action: HoldSession | MissSession, engagement: Engagement, at: datetime) -> None:
    _check_begun(_planned(engagement, action.session).starts_at, at)


def _check_begun(starts_at: datetime, at: datetime) -> None:
    if starts_at.astimezone(UTC) > at.astimezone(UTC):
        problem = f"the session of {starts_at.isoformat()} has not begun"
        raise input_error("DATE-ORDER", "starts_at", problem, "Say how it went once it has begun.")


@check.register
def _log(action: LogSession, engagement: Engagement, at: datetime) -> None:
    _check_begun(action.starts_at, at)
    first, _ = _open_days(engagement, at)
    if last_day(action.starts_at) < first:
        problem = f"{action.starts_at.isoformat()} is before the start"
        raise input_error("DATE-ORDER", "starts_at", problem, f"Give a time on {first} or later.")


@check.register
def _practice(action: RecordPractice, engagement: Engagement, at: datetime) -> None:
    agreed = engagement.scope.behaviours
    if agreed and action.behaviour not in agreed:
        problem = f"{shown(action.behaviour)} is none of the behaviours that were agreed"
        remedy = f"Use {' or '.join(shown(behaviour) for behaviour in agreed)}."
        raise input_error("UNKNOWN-BEHAVIOUR", "behaviour", problem, remedy)
    _check_day(engagement, action.day, at, "day")


def _open_days(engagement: Engagement, at: datetime) -> tuple[date, date]:
    """Return the days on which something can have happened. What was sent back goes on after the planned end."""
    starts_on, _ = engagement.dates
    assert engagement.started_at is not None, "an active engagement has started"
    return max(starts_on, first_day(engagement.started_at)), last_day(at)


def _check_day(engagement: Engagement, day: date, at: datetime, column: str) -> None:
    first, last = _open_days(engagement, at)
    check_within(first, day, last, column)


@check.register
def _review(action: ReviewProduct, engagement: Engagement, at: datetime) -> None:
    waiting = [product.number for product in engagement.products if not product.approved]
    if action.product not in waiting:
        remedy = f"Use {' or '.join(map(str, waiting))}."
        raise input_error("UNKNOWN-PRODUCT", "product", f"no product {action.product} waits for a review", remedy)


@check.register
def _pause(action: Pause, engagement: Engagement, at: datetime) -> None:
    first, last = last_day(at), last_day(at) + timedelta(days=engagement.terms.longest_pause_days)
    if not first < action.until <= last:
        problem = f"a pause until {action.until} does not end within the {engagement.terms.longest_pause_days} days"
        raise input_error("DATE-ORDER", "until", problem, f"Give a day after {first}, {last} at the latest.")


@check.register(RequestExtension)
@check.register(Extend)
def _extend(action: RequestExtension | Extend, engagement: Engagement, at: datetime) -> None:
    starts_on, ends_on = engagement.dates
    if action.ends_on <= ends_on:
        problem = f"{action.ends_on} is not after the end date {ends_on}"
        raise input_error("DATE-ORDER", "ends_on", problem, "Give a later day, or end it.")
    _check_length(engagement, action.name, starts_on, action.ends_on)


@check.register(Reassess)
@check.register(ReassessAsMentor)
def _reassess(action: Reassess | ReassessAsMentor, engagement: Engagement, at: datetime) -> None:
    engagement.scope.check_level(action.level)
    day = utc_day(at) if action.assessed_on is None else action.assessed_on
    _check_day(engagement, day, at, "assessed_on")


@check.register(ReassessSecondGoal)
@check.register(ConfirmSecondGoal)
def _second(action: ReassessSecondGoal | ConfirmSecondGoal, engagement: Engagement, at: datetime) -> None:
    goal = engagement.second_goal
    assert goal is not None, "what is reassessed or confirmed is a goal"
    goal.scope.check_level(action.level)
    if isinstance(action, ConfirmSecondGoal):
        if problem := target_problem(goal.scope, action.level):
            raise illegal(engagement.state, action.name, problem)
        return
    _check_day(engagement, utc_day(at) if action.assessed_on is None else action.assessed_on, at, "assessed_on")


@check.register
def _confirm(action: Confirm, engagement: Engagement, at: datetime) -> None:
    if problem := target_problem(engagement.scope, action.level):
        raise illegal(engagement.state, action.name, problem)


@check.register
def _hand_over(action: HandOver, engagement: Engagement, at: datetime) -> None:
    if engagement.side_of(action.mentor_id) is not None:
        problem = f"{shown(action.mentor_id)} takes part already"
        raise input_error("SELF-MENTOR", "mentor_id", problem, "Name another mentor.")
    if action.successor_id == engagement.id:
        problem = "it cannot go on in its own place"
        raise input_error("DUPLICATE-ID", "successor_id", problem, "Give the other engagement an id of its own.")


@check.register
def _leave(action: RecordLeaver, engagement: Engagement, at: datetime) -> None:
    if engagement.side_of(action.person_id) is None:
        problem = f"{shown(action.person_id)} takes no part in it"
        raise input_error("UNKNOWN-PERSON", "person_id", problem, "Name the mentee or the mentor.")
    _check_past(action.left_on, at, "left_on")
    waiting = (State.AWAITING_REASSESSMENT, State.AWAITING_CONFIRMATION)
    if engagement.state in waiting and action.person_id == engagement.mentor_id:
        problem = "the mentor's part is done, and the rest goes on without them"
        raise illegal(engagement.state, action.name, problem)


@check.register(Expire)
@check.register(NoteOverdueCheckIn)
@check.register(NoteOverdueItem)
@check.register(NoteIdle)
@check.register(CloseIdle)
@check.register(NoteEndPassed)
def _timely(
    action: Expire | NoteOverdueCheckIn | NoteOverdueItem | NoteIdle | CloseIdle | NoteEndPassed,
    engagement: Engagement,
    at: datetime,
) -> None:
    due = [deadline.at for deadline in deadlines(engagement) if deadline.action == action]
    if not due:
        raise illegal(engagement.state, action.name, "nothing of the kind will be due")
    if at.astimezone(UTC) < due[0]:
        raise illegal(engagement.state, action.name, f"it is due at {due[0].isoformat()} and not before")
