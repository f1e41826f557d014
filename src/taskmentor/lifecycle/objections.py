"""Why state and terms refuse a move, whatever its arguments: asked before a move is made, and of every log."""

from collections.abc import Callable, Mapping, Set
from types import MappingProxyType

from taskmentor.authorisation import APPROVERS, SIDES, ActionName, Approver, Relation
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.goals import GoalState
from taskmentor.lifecycle.moves import TRANSITIONS, State
from taskmentor.lifecycle.terms import Shortfall
from taskmentor.lifecycle.values import SessionState

__all__ = ["objection"]

_Objection = Callable[[Engagement, Set[Relation]], str]


def objection(engagement: Engagement, action: ActionName, held: Set[Relation]) -> str:
    """Return why state and terms refuse a move to somebody with these relations; nothing where they do not."""
    if (engagement.state, action) not in TRANSITIONS:
        return "the state does not know this move"
    return _OBJECTIONS[action](engagement, held) if action in _OBJECTIONS else ""


def _accept(engagement: Engagement, held: Set[Relation]) -> str:
    own = {Approver.MENTEE, Approver.MENTOR} & {one for one in Approver if APPROVERS[one] in held}
    if own.isdisjoint(engagement.outstanding):
        return "this side has accepted already"
    return "" if own & {*engagement.asked} else _turn(engagement)


def _turn(engagement: Engagement) -> str:
    return f"the yes of the {engagement.asked[0]} comes first"


def _approve(engagement: Engagement, held: Set[Relation]) -> str:
    return _disapprove(engagement, held) or ("" if _waited_for(engagement.asked, held) else _turn(engagement))


def _disapprove(engagement: Engagement, held: Set[Relation]) -> str:
    return "" if _waited_for(engagement.outstanding, held) else "nobody waits for this yes"


def _waited_for(approvers: tuple[Approver, ...], held: Set[Relation]) -> bool:
    return any(APPROVERS[one] in held for one in approvers if APPROVERS[one] not in SIDES)


def _sign(engagement: Engagement, held: Set[Relation]) -> str:
    if engagement.draft_by is None:
        return "there is no draft to sign"
    return "this side wrote it; the other one signs" if engagement.side_of(engagement.draft_by) in held else ""


def _schedule(engagement: Engagement, _: Set[Relation]) -> str:
    if engagement.state is State.ACCEPTED and engagement.terms.intro_meeting:
        return "the terms ask for an intro meeting first"
    if engagement.terms.agreement and engagement.agreement is None:
        return "the terms ask for an agreement first"
    return ""


def _planned_session(engagement: Engagement, _: Set[Relation]) -> str:
    return "" if any(one.state is SessionState.PLANNED for one in engagement.sessions) else "no session is planned"


def _review(engagement: Engagement, _: Set[Relation]) -> str:
    return "" if any(not one.approved for one in engagement.products) else "no work product waits for a review"


def _finish(engagement: Engagement, held: Set[Relation]) -> str:
    if engagement.terms.shortfall is Shortfall.BLOCK and engagement.shortfalls:
        return f"the terms ask for more: {' and '.join(engagement.shortfalls)} were held"
    if engagement.terms.products_reviewed and not _review(engagement, held):
        return "the mentor has not approved every work product"
    return ""


def _offer_second(engagement: Engagement, _: Set[Relation]) -> str:
    if not engagement.terms.second_goal:
        return "the terms provide for no goal in the other direction"
    return "" if engagement.second_goal is None else "there is a goal in the other direction already"


def _accept_second(engagement: Engagement, held: Set[Relation]) -> str:
    if engagement.second_offer_by is None:
        return "no goal in the other direction is offered"
    by = engagement.side_of(engagement.second_offer_by)
    return "this side wrote it; the other one accepts" if by in held else ""


def _reassess_second(engagement: Engagement, _: Set[Relation]) -> str:
    goal = engagement.second_goal
    if goal is None:
        return "there is no goal in the other direction"
    return "it is confirmed already" if goal.state is GoalState.CONFIRMED else ""


def _answer_second(engagement: Engagement, _: Set[Relation]) -> str:
    goal = engagement.second_goal
    waits = goal is not None and goal.state is GoalState.REASSESSED
    return "" if waits else "no reassessment in the other direction waits for a word"


def _record_course(engagement: Engagement, _: Set[Relation]) -> str:
    if engagement.terms.course_id is None:
        return "the terms ask for no course"
    return "" if engagement.course_completed_on is None else "it is on record already"


def _tick_off(engagement: Engagement, held: Set[Relation]) -> str:
    own = any(item.owner in held for item in engagement.open_items)
    return "" if own else "no item of the checklist is open that is theirs to see to"


def _reassess_as_mentor(engagement: Engagement, _: Set[Relation]) -> str:
    if not engagement.terms.mentor_reassessment:
        return "the terms provide for no reassessment by the mentor"
    return "" if engagement.mentor_level is None else "the mentor has reassessed already"


_OBJECTIONS: Mapping[ActionName, _Objection] = MappingProxyType(
    {
        ActionName.ACCEPT: _accept,
        ActionName.APPROVE: _approve,
        ActionName.DISAPPROVE: _disapprove,
        ActionName.SIGN_AGREEMENT: _sign,
        ActionName.SCHEDULE: _schedule,
        ActionName.MOVE_SESSION: _planned_session,
        ActionName.CANCEL_SESSION: _planned_session,
        ActionName.HOLD_SESSION: _planned_session,
        ActionName.MISS_SESSION: _planned_session,
        ActionName.RECORD_COURSE: _record_course,
        ActionName.OFFER_SECOND_GOAL: _offer_second,
        ActionName.ACCEPT_SECOND_GOAL: _accept_second,
        ActionName.REASSESS_SECOND_GOAL: _reassess_second,
        ActionName.CONFIRM_SECOND_GOAL: _answer_second,
        ActionName.RETURN_SECOND_GOAL: _answer_second,
        ActionName.TICK_OFF: _tick_off,
        ActionName.REVIEW_PRODUCT: _review,
        ActionName.FINISH: _finish,
        ActionName.REASSESS_AS_MENTOR: _reassess_as_mentor,
    }
)
