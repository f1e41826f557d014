"""The table of moves: which action leads from which state to which, as data that can be checked and drawn."""

from collections.abc import Iterable, Mapping, Set
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from taskmentor.authorisation import ActionName
from taskmentor.errors import IllegalMoveError

__all__ = [
    "FINAL",
    "PLACED",
    "RUNNING",
    "TRANSITIONS",
    "State",
    "Transitions",
    "as_mermaid",
    "diagram_of",
    "problems_of",
    "refusal",
    "transition_problems",
]


class State(StrEnum):
    """Where an engagement stands; the way to completion first, then the other ends."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    INTRODUCED = "introduced"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    AWAITING_REASSESSMENT = "awaiting-reassessment"
    AWAITING_CONFIRMATION = "awaiting-confirmation"
    COMPLETED = "completed"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    HANDED_OVER = "handed-over"


FINAL = frozenset({State.COMPLETED, State.DECLINED, State.EXPIRED, State.WITHDRAWN, State.ENDED, State.HANDED_OVER})
"""The states that nothing leaves; what is done in one, such as thanking the mentor, stays in it."""

RUNNING = frozenset({State.ACTIVE, State.PAUSED, State.AWAITING_REASSESSMENT, State.AWAITING_CONFIRMATION})
"""The states between start and end."""

PLACED = RUNNING | {State.ACCEPTED, State.INTRODUCED, State.SCHEDULED}
"""The states that take a place of the mentor's and of the mentee's: from acceptance to the end."""

Transitions = Mapping[tuple[State | None, ActionName], tuple[State, ...]]
"""The states that each action may lead to from each state; None stands for before the proposal."""

TRANSITIONS: Transitions = MappingProxyType(
    {
        (None, ActionName.PROPOSE): (State.PROPOSED,),
        (State.PROPOSED, ActionName.ACCEPT): (State.PROPOSED, State.ACCEPTED),
        (State.PROPOSED, ActionName.APPROVE): (State.PROPOSED, State.ACCEPTED),
        (State.PROPOSED, ActionName.DISAPPROVE): (State.DECLINED,),
        (State.PROPOSED, ActionName.DECLINE): (State.DECLINED,),
        (State.PROPOSED, ActionName.WITHDRAW): (State.WITHDRAWN,),
        (State.PROPOSED, ActionName.RECORD_LEAVER): (State.WITHDRAWN,),
        (State.PROPOSED, ActionName.EXPIRE): (State.EXPIRED,),
        (State.ACCEPTED, ActionName.RECORD_INTRO): (State.INTRODUCED,),
        (State.ACCEPTED, ActionName.RECORD_TRAINING): (State.ACCEPTED,),
        (State.ACCEPTED, ActionName.RECORD_COURSE): (State.ACCEPTED,),
        (State.ACCEPTED, ActionName.OFFER_SECOND_GOAL): (State.ACCEPTED,),
        (State.ACCEPTED, ActionName.ACCEPT_SECOND_GOAL): (State.ACCEPTED,),
        (State.ACCEPTED, ActionName.DRAFT_AGREEMENT): (State.ACCEPTED,),
        (State.ACCEPTED, ActionName.SIGN_AGREEMENT): (State.ACCEPTED,),
        (State.ACCEPTED, ActionName.SCHEDULE): (State.SCHEDULED,),
        (State.ACCEPTED, ActionName.WITHDRAW): (State.WITHDRAWN,),
        (State.ACCEPTED, ActionName.RECORD_LEAVER): (State.WITHDRAWN,),
        (State.ACCEPTED, ActionName.EXPIRE): (State.EXPIRED,),
        (State.INTRODUCED, ActionName.DECLINE): (State.DECLINED,),
        (State.INTRODUCED, ActionName.RECORD_TRAINING): (State.INTRODUCED,),
        (State.INTRODUCED, ActionName.RECORD_COURSE): (State.INTRODUCED,),
        (State.INTRODUCED, ActionName.OFFER_SECOND_GOAL): (State.INTRODUCED,),
        (State.INTRODUCED, ActionName.ACCEPT_SECOND_GOAL): (State.INTRODUCED,),
        (State.INTRODUCED, ActionName.DRAFT_AGREEMENT): (State.INTRODUCED,),
        (State.INTRODUCED, ActionName.SIGN_AGREEMENT): (State.INTRODUCED,),
        (State.INTRODUCED, ActionName.SCHEDULE): (State.SCHEDULED,),
        (State.INTRODUCED, ActionName.WITHDRAW): (State.WITHDRAWN,),
        (State.INTRODUCED, ActionName.RECORD_LEAVER): (State.WITHDRAWN,),
        (State.INTRODUCED, ActionName.EXPIRE): (State.EXPIRED,),
        (State.SCHEDULED, ActionName.RECORD_TRAINING): (State.SCHEDULED,),
        (State.SCHEDULED, ActionName.RECORD_COURSE): (State.SCHEDULED,),
        (State.SCHEDULED, ActionName.OFFER_SECOND_GOAL): (State.SCHEDULED,),
        (State.SCHEDULED, ActionName.ACCEPT_SECOND_GOAL): (State.SCHEDULED,),
        (State.SCHEDULED, ActionName.PLAN_SESSION): (State.SCHEDULED,),
        (State.SCHEDULED, ActionName.MOVE_SESSION): (State.SCHEDULED,),
        (State.SCHEDULED, ActionName.CANCEL_SESSION): (State.SCHEDULED,),
        (State.SCHEDULED, ActionName.START): (State.ACTIVE,),
        (State.SCHEDULED, ActionName.WITHDRAW): (State.WITHDRAWN,),
        (State.SCHEDULED, ActionName.RECORD_LEAVER): (State.WITHDRAWN,),
        (State.SCHEDULED, ActionName.EXPIRE): (State.EXPIRED,),
        (State.ACTIVE, ActionName.DRAFT_AGREEMENT): (State.ACTIVE,),
        (State.ACTIVE, ActionName.SIGN_AGREEMENT): (State.ACTIVE,),
        (State.ACTIVE, ActionName.PLAN_SESSION): (State.ACTIVE,),
        (State.ACTIVE, ActionName.MOVE_SESSION): (State.ACTIVE,),
        (State.ACTIVE, ActionName.CANCEL_SESSION): (State.ACTIVE,),
        (State.ACTIVE, ActionName.HOLD_SESSION): (State.ACTIVE,),
        (State.ACTIVE, ActionName.MISS_SESSION): (State.ACTIVE,),
        (State.ACTIVE, ActionName.LOG_SESSION): (State.ACTIVE,),
        (State.ACTIVE, ActionName.OFFER_SECOND_GOAL): (State.ACTIVE,),
        (State.ACTIVE, ActionName.ACCEPT_SECOND_GOAL): (State.ACTIVE,),
        (State.ACTIVE, ActionName.RECORD_EXCHANGE): (State.ACTIVE,),
        (State.ACTIVE, ActionName.RECORD_PRACTICE): (State.ACTIVE,),
        (State.ACTIVE, ActionName.ADD_PRODUCT): (State.ACTIVE,),
        (State.ACTIVE, ActionName.REVIEW_PRODUCT): (State.ACTIVE,),
        (State.ACTIVE, ActionName.TICK_OFF): (State.ACTIVE,),
        (State.ACTIVE, ActionName.CHECK_IN): (State.ACTIVE,),
        (State.ACTIVE, ActionName.PAUSE): (State.PAUSED,),
        (State.ACTIVE, ActionName.REQUEST_EXTENSION): (State.ACTIVE,),
        (State.ACTIVE, ActionName.EXTEND): (State.ACTIVE,),
        (State.ACTIVE, ActionName.FINISH): (State.AWAITING_REASSESSMENT, State.COMPLETED),
        (State.ACTIVE, ActionName.END): (State.ENDED,),
        (State.ACTIVE, ActionName.HAND_OVER): (State.HANDED_OVER,),
        (State.ACTIVE, ActionName.RECORD_LEAVER): (State.ENDED,),
        (State.ACTIVE, ActionName.NOTE_OVERDUE_CHECK_IN): (State.ACTIVE,),
        (State.ACTIVE, ActionName.NOTE_OVERDUE_ITEM): (State.ACTIVE,),
        (State.ACTIVE, ActionName.NOTE_IDLE): (State.ACTIVE,),
        (State.ACTIVE, ActionName.CLOSE_IDLE): (State.ENDED,),
        (State.ACTIVE, ActionName.NOTE_END_PASSED): (State.ACTIVE,),
        (State.ACTIVE, ActionName.REASSESS_SECOND_GOAL): (State.ACTIVE,),
        (State.ACTIVE, ActionName.CONFIRM_SECOND_GOAL): (State.ACTIVE,),
        (State.ACTIVE, ActionName.RETURN_SECOND_GOAL): (State.ACTIVE,),
        (State.PAUSED, ActionName.RESUME): (State.ACTIVE,),
        (State.PAUSED, ActionName.REQUEST_EXTENSION): (State.PAUSED,),
        (State.PAUSED, ActionName.EXTEND): (State.PAUSED,),
        (State.PAUSED, ActionName.END): (State.ENDED,),
        (State.PAUSED, ActionName.HAND_OVER): (State.HANDED_OVER,),
        (State.PAUSED, ActionName.RECORD_LEAVER): (State.ENDED,),
        (State.PAUSED, ActionName.NOTE_END_PASSED): (State.PAUSED,),
        (State.AWAITING_REASSESSMENT, ActionName.REASSESS): (State.AWAITING_CONFIRMATION, State.COMPLETED),
        (State.AWAITING_REASSESSMENT, ActionName.REASSESS_SECOND_GOAL): (State.AWAITING_REASSESSMENT,),
        (State.AWAITING_REASSESSMENT, ActionName.CONFIRM_SECOND_GOAL): (State.AWAITING_REASSESSMENT,),
        (State.AWAITING_REASSESSMENT, ActionName.RETURN_SECOND_GOAL): (State.AWAITING_REASSESSMENT,),
        (State.AWAITING_REASSESSMENT, ActionName.END): (State.ENDED,),
        (State.AWAITING_REASSESSMENT, ActionName.RECORD_LEAVER): (State.ENDED,),
        (State.AWAITING_REASSESSMENT, ActionName.NOTE_IDLE): (State.AWAITING_REASSESSMENT,),
        (State.AWAITING_REASSESSMENT, ActionName.CLOSE_IDLE): (State.ENDED,),
        (State.AWAITING_CONFIRMATION, ActionName.COMMENT): (State.AWAITING_CONFIRMATION,),
        (State.AWAITING_CONFIRMATION, ActionName.CONFIRM): (State.COMPLETED,),
        (State.AWAITING_CONFIRMATION, ActionName.RETURN): (State.ACTIVE,),
        (State.AWAITING_CONFIRMATION, ActionName.REASSESS_SECOND_GOAL): (State.AWAITING_CONFIRMATION,),
        (State.AWAITING_CONFIRMATION, ActionName.CONFIRM_SECOND_GOAL): (State.AWAITING_CONFIRMATION,),
        (State.AWAITING_CONFIRMATION, ActionName.RETURN_SECOND_GOAL): (State.AWAITING_CONFIRMATION,),
        (State.AWAITING_CONFIRMATION, ActionName.END): (State.ENDED,),
        (State.AWAITING_CONFIRMATION, ActionName.RECORD_LEAVER): (State.ENDED,),
        (State.COMPLETED, ActionName.RECOGNISE): (State.COMPLETED,),
        (State.COMPLETED, ActionName.REASSESS_AS_MENTOR): (State.COMPLETED,),
        (State.COMPLETED, ActionName.REASSESS_SECOND_GOAL): (State.COMPLETED,),
        (State.COMPLETED, ActionName.CONFIRM_SECOND_GOAL): (State.COMPLETED,),
        (State.COMPLETED, ActionName.RETURN_SECOND_GOAL): (State.COMPLETED,),
    }
)
"""Every legal move. A yes has two ends, whether others are still to come or not; and so have finishing and
reassessing, whether the terms ask for more or not."""


_S = TypeVar("_S", bound=StrEnum)
_A = TypeVar("_A", bound=StrEnum)


def transition_problems(table: Transitions) -> list[str]:
    """Return what is wrong with a table of moves: states never reached, traps, and moves out of final states.

    Examples:
        >>> transition_problems(TRANSITIONS)
        []
    """
    return problems_of(table, State, FINAL)


def problems_of(
    table: Mapping[tuple[_S | None, _A], tuple[_S, ...]], states: Iterable[_S], final: Set[_S]
) -> list[str]:
    """Return what is wrong with a table of moves of any states; see `transition_problems`.

    Args:
        table: The states that each action may lead to from each state; None stands for before the first.
        states: All states.
        final: Those that nothing may leave.
    """
    known, reached = [*states], _reachable(table, None)
    traps = (state for state in known if state not in final and final.isdisjoint(_reachable(table, state)))
    return [
        *(f"{state} is never reached" for state in known if state not in reached),
        *(f"{state} is a trap: no end can be reached from it" for state in traps),
        *(
            f"{state} is final, and {name} leaves it"
            for (state, name), following in table.items()
            if state in final and set(following) != {state}
        ),
    ]


def refusal(
    table: Mapping[tuple[_S | None, _A], tuple[_S, ...]], state: _S | None, action: str, problem: str, before: str
) -> IllegalMoveError:
    """Return the error that refuses a move, with what the state allows instead.

    Args:
        table: All moves.
        state: Where it stands; None where it has not begun.
        action: What was tried.
        problem: A clause that says why it is refused.
        before: What it is where it has not begun.
    """
    allowed = tuple(name.value for known, name in table if known is state)
    return IllegalMoveError(action, before if state is None else state, problem, allowed)


def _reachable(table: Mapping[tuple[_S | None, _A], tuple[_S, ...]], start: _S | None) -> Set[_S]:
    reached: set[_S] = set()
    open_states: list[_S | None] = [start]
    while open_states:
        current = open_states.pop()
        following = {state for (before, _), after in table.items() if before is current for state in after}
        open_states.extend(following - reached)
        reached |= following
    return reached


def as_mermaid(table: Transitions) -> str:
    """Return a table of moves as the text of a Mermaid state diagram, in the order of the table."""
    return diagram_of(table, State, FINAL)


def diagram_of(table: Mapping[tuple[_S | None, _A], tuple[_S, ...]], states: Iterable[_S], final: Set[_S]) -> str:
    """Return a table of moves of any states as the text of a Mermaid state diagram; see `problems_of`."""
    known = [*states]
    names = [f'    state "{state}" as {_identifier(state)}' for state in known]
    moves = [
        f"    {_identifier(before)} --> {_identifier(after)}: {name}"
        for (before, name), following in table.items()
        for after in following
    ]
    ends = [f"    {_identifier(state)} --> [*]" for state in known if state in final]
    return "\n".join(["stateDiagram-v2", *names, *moves, *ends])


def _identifier(state: StrEnum | None) -> str:
    return "[*]" if state is None else state.replace("-", "_")
