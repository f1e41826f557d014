"""The table of moves: against predicates written apart from it, and for its own soundness."""

from types import MappingProxyType

from taskmentor.authorisation import ActionName
from taskmentor.lifecycle.moves import FINAL, PLACED, TRANSITIONS, State, Transitions, as_mermaid, transition_problems
from tests.lifecycle.examples import cells, state_allows


def test_the_predicates_and_the_table_agree_on_every_cell() -> None:
    assert {cell for cell in cells() if state_allows(*cell)} == set(TRANSITIONS)


def test_the_table_has_no_unreachable_states_and_no_traps() -> None:
    assert transition_problems(TRANSITIONS) == []


def without(*dropped: tuple[State | None, ActionName]) -> Transitions:
    return {cell: after for cell, after in TRANSITIONS.items() if cell not in dropped}


def test_an_unreachable_state_is_named() -> None:
    table = without(*((state, ActionName.EXPIRE) for state in State))
    assert transition_problems(table) == ["expired is never reached"]


def test_a_trap_is_named() -> None:
    """An engagement that can neither go on nor end keeps its place for ever."""
    waiting = State.AWAITING_CONFIRMATION
    table = without(*((waiting, name) for name in ActionName if name is not ActionName.COMMENT))
    assert transition_problems(table) == [
        "awaiting-confirmation is a trap: no end can be reached from it",
    ]


def test_a_way_out_of_a_final_state_is_named() -> None:
    table = {**TRANSITIONS, (State.ENDED, ActionName.START): (State.ACTIVE,)}
    assert transition_problems(table) == ["ended is final, and start leaves it"]


def test_final_states_are_those_that_nothing_leaves() -> None:
    """What is done in one, such as thanking the mentor, stays in it."""
    left = {state for (state, _), following in TRANSITIONS.items() if state is not None and set(following) != {state}}
    assert set(State) - left == FINAL
    assert not PLACED & FINAL
    assert PLACED | FINAL | {State.PROPOSED} == set(State)


def test_the_table_cannot_be_written_to() -> None:
    assert isinstance(TRANSITIONS, MappingProxyType)


def test_the_mermaid_text_draws_every_move_once() -> None:
    lines = as_mermaid(TRANSITIONS).splitlines()
    n_moves = sum(len(after) for after in TRANSITIONS.values())
    assert lines[0] == "stateDiagram-v2"
    assert sum("-->" in line and ": " in line for line in lines) == n_moves
    assert "    [*] --> proposed: propose" in lines
    assert "    awaiting_confirmation --> completed: confirm" in lines
    assert sum(line.endswith("--> [*]") for line in lines) == len(FINAL)
