"""What is said of a group, held against it: what an action or an event refers to, and what an action says itself."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import singledispatch

from taskmentor.errors import shown
from taskmentor.lifecycle.engagement import first_day, last_day
from taskmentor.lifecycle.events import check_dates, input_error, utc_day
from taskmentor.lifecycle.goals import GoalState, check_within, target_problem
from taskmentor.lifecycle.group import actions, events
from taskmentor.lifecycle.group.actions import GroupAction, check_place
from taskmentor.lifecycle.group.events import GroupEvent
from taskmentor.lifecycle.group.moves import GroupRelation
from taskmentor.lifecycle.group.standing import Group
from taskmentor.lifecycle.group.terms import GroupPurpose, GroupTerms
from taskmentor.lifecycle.group.values import LEARNING, TEACHING, MemberState, Place, Role
from taskmentor.lifecycle.terms import Shortfall
from taskmentor.models.people import PersonId

__all__ = ["problems_of_action", "reference_problems", "size_problem"]


def reference_problems(group: Group, said: GroupAction | GroupEvent, actor: PersonId) -> Iterator[str]:
    """Yield what an action or event refers to and is not there; the same for both, so that every log can be replayed.

    Args:
        group: The group as it stands.
        said: What is to happen, or has happened.
        actor: Who does it or did it.
    """
    match said:
        case actions.Invite() | events.GroupInvited():
            yield from _place_problems(group, said.place)
        case actions.Join() | events.GroupJoined():
            yield from _place_problems(group, said.place)
            if said.place.person_id != actor:
                yield f"{shown(actor)} cannot join for somebody else"
        case actions.AcceptPlace() | events.GroupPlaceAccepted():
            member = group.member(actor)
            if member is None or member.place != said.place:
                yield f"the place acknowledged is {said.place}, and not the one that was offered"
        case actions.LapseInvitation() | events.GroupInvitationLapsed():
            if group.relation_of(said.person_id) is not GroupRelation.INVITED:
                yield f"{shown(said.person_id)} is not invited"
        case (
            actions.RemoveMember()
            | events.GroupMemberRemoved()
            | actions.RecordGroupLeaver()
            | events.GroupPersonLeft()
        ):
            if group.relation_of(said.person_id) is GroupRelation.OUTSIDER:
                yield f"{shown(said.person_id)} is not in it"
        case actions.ReplaceMentor() | events.GroupMentorReplaced():
            if group.relation_of(said.mentor_id) is not GroupRelation.MENTOR:
                yield f"{shown(said.mentor_id)} does not teach in it"
            yield from _place_problems(group, said.place)
        case (
            actions.MoveGroupSession()
            | events.GroupSessionMoved()
            | actions.CancelGroupSession()
            | events.GroupSessionCancelled()
            | actions.HoldGroupSession()
            | events.GroupSessionHeld()
        ):
            if group.session(said.session) is None:
                yield f"no session {said.session} is planned"
            if isinstance(said, actions.HoldGroupSession | events.GroupSessionHeld):
                yield from _attendance_problems(group, said.attended)
        case actions.LogGroupSession() | events.GroupSessionLogged():
            yield from _attendance_problems(group, said.attended)
        case actions.LogSideSession() | events.GroupSideSessionLogged():
            pair = (group.relation_of(said.mentor_id), group.relation_of(said.mentee_id))
            if pair != (GroupRelation.MENTOR, GroupRelation.MENTEE):
                yield f"{shown(said.mentor_id)} and {shown(said.mentee_id)} are no mentor and mentee of it"
            if actor not in (said.mentor_id, said.mentee_id):
                yield f"{shown(actor)} was not there"
        case actions.TakeStep() | events.GroupStepTaken():
            if said.step not in (steps := group.next_steps(actor)):
                yield f"to {said.step} does not come now, but to {' or to '.join(dict.fromkeys(steps))}"
        case actions.PostWords() | events.GroupPosted():
            if not 1 <= said.thread <= len(group.threads):
                yield f"there is no thread {said.thread}"
        case actions.ReassessGoal() | events.GroupGoalReassessed():
            goal = group.goal(actor, said.skill_id)
            if goal is None or goal.state is GoalState.CONFIRMED:
                yield f"{shown(actor)} has nothing to reassess in {shown(said.skill_id)}"
        case (
            actions.ConfirmGoal() | events.GroupGoalConfirmed() | actions.ReturnGoal() | events.GroupGoalReturned()
        ):  # fmt: skip
            goal = group.goal(said.person_id, said.skill_id)
            if goal is None or goal.state is not GoalState.REASSESSED:
                yield f"no reassessment of {shown(said.person_id)} in {shown(said.skill_id)} waits for a word"


def _place_problems(group: Group, place: Place) -> Iterator[str]:
    if group.relation_of(place.person_id) is not GroupRelation.OUTSIDER:
        yield f"{shown(place.person_id)} is in it already"


def _attendance_problems(group: Group, attended: tuple[PersonId, ...]) -> Iterator[str]:
    if strangers := [person_id for person_id in attended if person_id not in group.active]:
        yield f"{shown(strangers[0])} is no member"
    if len(set(attended)) < len(attended):
        yield "somebody came twice"


def size_problem(terms: GroupTerms, held: Iterable[Role], place: Place) -> str:
    """Return why there is no room for another place; nothing where there is.

    Args:
        terms: The terms.
        held: The roles of the other places, those of invited people too.
        place: The place.
    """
    roles = [*held]
    if place.role is Role.FACILITATOR:
        return "it has a facilitator already" if Role.FACILITATOR in roles else ""
    kind, most = (TEACHING, terms.max_mentors) if place.teaches else (LEARNING, terms.max_mentees)
    taken = sum(role in kind for role in roles)
    return f"all {most} places of those who {'teach' if place.teaches else 'learn'} are taken" if taken >= most else ""


def _roles(group: Group, *, without: PersonId | None = None) -> Iterator[Role]:
    for one in group.members:
        if one.state in (MemberState.INVITED, MemberState.ACTIVE) and one.place.person_id != without:
            yield one.place.role


@singledispatch
def problems_of_action(action: GroupAction, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    """Return what an action itself says that terms or the moment refuse; many say nothing that could be wrong.

    Args:
        action: What somebody wants to do.
        group: The group as it stands.
        actor: Who wants it.
        at: When; aware.

    Raises:
        InputError: If a date, level or number in it cannot be.
    """
    return iter(())


@problems_of_action.register
def _invite(action: actions.Invite, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    check_place(group.focus, action.place)
    yield size_problem(group.terms, _roles(group), action.place)


@problems_of_action.register
def _join(action: actions.Join, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    check_place(group.focus, action.place)
    if not group.terms.self_join:
        yield "the terms let nobody join by themselves"
    yield size_problem(group.terms, _roles(group), action.place)


@problems_of_action.register
def _accept(action: actions.AcceptPlace, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    member = group.member(actor)
    assert member is not None, "who is invited is in it"
    over = member.since.astimezone(UTC) + timedelta(days=group.terms.answer_days)
    if over <= at.astimezone(UTC):
        yield f"the time for an answer was over at {over.isoformat()}"


@problems_of_action.register
def _replace(action: actions.ReplaceMentor, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    yield size_problem(group.terms, _roles(group, without=action.mentor_id), action.place)


@problems_of_action.register
def _leaver(action: actions.RecordGroupLeaver, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    if action.left_on > last_day(at):
        problem = f"the day {action.left_on} is still to come"
        raise input_error("DATE-ORDER", "left_on", problem, f"Give {last_day(at)} or before.")
    return iter(())


@problems_of_action.register
def _start(action: actions.StartGroup, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    if missing := group.missing_to_start:
        yield f"the terms ask for more: {' and '.join(missing)} are there"
    yield _end_problem(group, utc_day(at), action.ends_on)


def _end_problem(group: Group, starts_on: date, ends_on: date) -> str:
    check_dates(starts_on, ends_on)
    n_days, most = (ends_on - starts_on).days, group.terms.longest_days
    return "" if n_days <= most else f"{n_days} days are more than the {most} of the terms"


@problems_of_action.register
def _extend(action: actions.ExtendGroup, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    started_at, ends_on = group.dates
    if action.ends_on <= ends_on:
        problem = f"{action.ends_on} is not after the end date {ends_on}"
        raise input_error("DATE-ORDER", "ends_on", problem, "Give a later day, or finish it.")
    yield _end_problem(group, utc_day(started_at), action.ends_on)


@problems_of_action.register(actions.PlanGroupSession)
@problems_of_action.register(actions.MoveGroupSession)
def _plan(
    action: actions.PlanGroupSession | actions.MoveGroupSession, group: Group, actor: PersonId, at: datetime
) -> Iterator[str]:
    if action.starts_at.astimezone(UTC) < at.astimezone(UTC):
        problem = f"{action.starts_at.isoformat()} has gone by"
        raise input_error("DATE-ORDER", "starts_at", problem, "Log a session that was held without a plan.")
    most = group.terms.session_minutes
    if most is not None and action.minutes > most:
        yield f"{action.minutes} minutes are more than the {most} of the terms"


@problems_of_action.register
def _hold(action: actions.HoldGroupSession, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    session = group.session(action.session)
    assert session is not None, "what is held was planned"
    yield _begun_problem(session.starts_at, at)


@problems_of_action.register(actions.LogGroupSession)
@problems_of_action.register(actions.LogSideSession)
def _log(
    action: actions.LogGroupSession | actions.LogSideSession, group: Group, actor: PersonId, at: datetime
) -> Iterator[str]:
    started_at, _ = group.dates
    yield _begun_problem(action.starts_at, at)
    if last_day(action.starts_at) < first_day(started_at):
        problem = f"{action.starts_at.isoformat()} is before the start"
        raise input_error("DATE-ORDER", "starts_at", problem, f"Give a time on {first_day(started_at)} or later.")


def _begun_problem(starts_at: datetime, at: datetime) -> str:
    has_begun = starts_at.astimezone(UTC) <= at.astimezone(UTC)
    return "" if has_begun else f"the session of {starts_at.isoformat()} has not begun"


@problems_of_action.register
def _tell(action: actions.TellStory, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    if group.focus.product_id is None:
        yield "the group launches no product"


@problems_of_action.register
def _result(action: actions.RecordResult, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    if group.terms.purpose is not GroupPurpose.PROBLEM:
        yield "the group is around no problem"


@problems_of_action.register
def _finish(action: actions.FinishGroup, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    if group.terms.shortfall is Shortfall.BLOCK and group.shortfalls:
        yield f"the terms ask for more: {' and '.join(group.shortfalls)} were held"


@problems_of_action.register
def _reassess(action: actions.ReassessGoal, group: Group, actor: PersonId, at: datetime) -> Iterator[str]:
    goal = group.goal(actor, action.skill_id)
    assert goal is not None, "who reassesses has a goal"
    goal.scope.check_level(action.level)
    day = utc_day(at) if action.assessed_on is None else action.assessed_on
    check_within(first_day(group.dates[0]), day, last_day(at), "assessed_on")
    if not group.terms.reassessment:
        yield "the terms provide for no reassessment"


@problems_of_action.register(actions.ConfirmGoal)
@problems_of_action.register(actions.ReturnGoal)
def _confirm(
    action: actions.ConfirmGoal | actions.ReturnGoal, group: Group, actor: PersonId, at: datetime
) -> Iterator[str]:
    goal = group.goal(action.person_id, action.skill_id)
    assert goal is not None, "what is confirmed was reassessed"
    if not group.terms.confirmation:
        yield "the terms provide for no confirmation"
    if isinstance(action, actions.ConfirmGoal):
        yield target_problem(goal.scope, action.level)
