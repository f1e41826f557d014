"""The table of moves: which action leads from which state to which, as data that can be checked and drawn."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from taskmentor.authorisation import ActionName

__all__ = ["FINAL", "TRANSITIONS", "State", "Transitions", "as_mermaid", "transition_problems"]


class State(StrEnum):
    """Where an engagement stands; the way to completion first, then the other ends."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    INTRODUCED = "introduced"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    AWAITING_REASSESSMENT = "awaiting-reassessment"
    AWAITING_CONFIRMATION = "awaiting-confirmation"
    COMPLETED = "completed"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


FINAL = frozenset({State.COMPLETED, State.DECLINED, State.EXPIRED, State.WITHDRAWN, State.ENDED})
"""The states that nothing leaves."""

Transitions = Mapping[tuple[State | None, ActionName], tuple[State, ...]]
"""The states that each action may lead to from each state; None stands for before the proposal."""

TRANSITIONS: Transitions = MappingProxyType(
    {
        (None, ActionName.PROPOSE): (State.PROPOSED,),
        (State.PROPOSED, ActionName.ACCEPT): (State.PROPOSED, State.ACCEPTED),
        (State.PROPOSED, ActionName.DECLINE): (State.DECLINED,),
        (State.PROPOSED, ActionName.WITHDRAW): (State.WITHDRAWN,),
        (State.PROPOSED, ActionName.EXPIRE): (State.EXPIRED,),
        (State.ACCEPTED, ActionName.RECORD_INTRO): (State.INTRODUCED,),
        (State.ACCEPTED, ActionName.SCHEDULE): (State.SCHEDULED,),
        (State.ACCEPTED, ActionName.WITHDRAW): (State.WITHDRAWN,),
        (State.INTRODUCED, ActionName.DECLINE): (State.DECLINED,),
        (State.INTRODUCED, ActionName.SCHEDULE): (State.SCHEDULED,),
        (State.INTRODUCED, ActionName.WITHDRAW): (State.WITHDRAWN,),
        (State.SCHEDULED, ActionName.START): (State.ACTIVE,),
        (State.SCHEDULED, ActionName.WITHDRAW): (State.WITHDRAWN,),
        (State.ACTIVE, ActionName.RECORD_PRACTICE): (State.ACTIVE,),
        (State.ACTIVE, ActionName.FINISH): (State.AWAITING_REASSESSMENT,),
        (State.ACTIVE, ActionName.END): (State.ENDED,),
        (State.AWAITING_REASSESSMENT, ActionName.REASSESS): (State.AWAITING_CONFIRMATION,),
        (State.AWAITING_REASSESSMENT, ActionName.END): (State.ENDED,),
        (State.AWAITING_CONFIRMATION, ActionName.CONFIRM): (State.COMPLETED,),
        (State.AWAITING_CONFIRMATION, ActionName.RETURN): (State.ACTIVE,),
        (State.AWAITING_CONFIRMATION, ActionName.END): (State.ENDED,),
    }
)
"""Every legal move. Only an acceptance has two ends: the other side has accepted already, or has not."""


def transition_problems(table: Transitions) -> list[str]:
    """Return what is wrong with a table of moves: states never reached, traps, and moves out of final states.

    Examples:
        >>> transition_problems(TRANSITIONS)
        []
    """
    reached = _reachable(table, None)
    return [
        *(f"{state} is never reached" for state in State if state not in reached),
        *(f"{state} is a trap: no end can be reached from it" for state in State if _is_trap(table, state)),
        *(f"{state} is final, and {name} leaves it" for state, name in table if state in FINAL),
    ]


def _reachable(table: Transitions, start: State | None) -> set[State]:
    reached: set[State] = set()
    open_states: list[State | None] = [start]
    while open_states:
        current = open_states.pop()
        following = {state for (before, _), after in table.items() if before is current for state in after}
        open_states.extend(following - reached)
        reached |= following
    return reached


def _is_trap(table: Transitions, state: State) -> bool:
    return state not in FINAL and FINAL.isdisjoint(_reachable(table, state))


def as_mermaid(table: Transitions) -> str:
    """Return a table of moves as the text of a Mermaid state diagram, in the order of the table."""
    names = [f'    state "{state}" as {_identifier(state)}' for state in State]
    moves = [
        f"    {_identifier(before)} --> {_identifier(after)}: {name}"
        for (before, name), following in table.items()
        for after in following
    ]
    ends = [f"    {_identifier(state)} --> [*]" for state in State if state in FINAL]
    return "\n".join(["stateDiagram-v2", *names, *moves, *ends])


def _identifier(state: State | None) -> str:
    return "[*]" if state is None else state.replace("-", "_")
