"""The table of moves: against predicates written apart from it, for its own soundness, and walked."""

from collections import deque
from datetime import timedelta
from itertools import product
from types import MappingProxyType

import pytest

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import RefusedError
from taskmentor.lifecycle import (
    FINAL,
    TRANSITIONS,
    Engagement,
    State,
    Transitions,
    as_mermaid,
    decide,
    evolve,
    transition_problems,
)
from tests.lifecycle.moves import ACTOR_OF, cells, engagement_in, example, moment_for, proposal, state_of

BEFORE_START = {"proposed", "accepted", "introduced", "scheduled"}
RUNNING = {"active", "awaiting-reassessment", "awaiting-confirmation"}
STATES_OF = {
    "propose": {"none"},
    "accept": {"proposed"},
    "expire": {"proposed"},
    "decline": {"proposed", "introduced"},
    "record-intro": {"accepted"},
    "schedule": {"accepted", "introduced"},
    "start": {"scheduled"},
    "record-practice": {"active"},
    "finish": {"active"},
    "reassess": {"awaiting-reassessment"},
    "confirm": {"awaiting-confirmation"},
    "return": {"awaiting-confirmation"},
    "withdraw": BEFORE_START,
    "end": RUNNING,
}


def state_allows(state: State | None, name: ActionName) -> bool:
    return ("none" if state is None else state.value) in STATES_OF[name.value]


def relation_allows(name: ActionName, relation: Relation) -> bool:
    """Return what the words of the requirements say about who may do what."""
    if name in ("confirm", "return"):
        return relation == "confirmer"
    if name == "reassess":
        return relation == "mentee"
    if relation in ("mentee", "mentor"):
        return name != "expire" and not (name == "propose" and relation == "mentor")
    if relation == "programme manager":
        return name in ("propose", "schedule", "start", "finish", "withdraw", "end", "expire")
    if relation == "system":
        return name in ("start", "finish", "expire")
    return relation == "manager" and name == "propose"


def test_the_predicates_and_the_table_agree_on_every_cell() -> None:
    assert {cell for cell in cells() if state_allows(*cell)} == set(TRANSITIONS)


@pytest.mark.parametrize("state", [None, *State])
def test_each_relation_does_exactly_what_the_predicates_say(state: State | None) -> None:
    """A cell that the table opens by mistake would let somebody through."""
    for name, relation in product(ActionName, Relation):
        engagement = None if state is None else engagement_in(state)
        at, actor = moment_for(name, engagement), ACTOR_OF[relation]
        initiators = ("mentee", "manager", "programme manager")
        action = proposal(initiator=relation) if name == "propose" and relation in initiators else example(name, at)
        expected = state_allows(state, name) and relation_allows(name, relation)
        try:
            events = decide(engagement, action, actor, {relation}, at)
        except RefusedError:
            assert not expected, (state, name, relation)
        else:
            assert expected, (state, name, relation)
            assert evolve(engagement, *events).state in TRANSITIONS[state, name]


def test_the_table_has_no_unreachable_states_and_no_traps() -> None:
    assert transition_problems(TRANSITIONS) == []


def without(*dropped: tuple[State | None, ActionName]) -> Transitions:
    return {cell: after for cell, after in TRANSITIONS.items() if cell not in dropped}


def test_an_unreachable_state_is_named() -> None:
    table = without((State.PROPOSED, ActionName.EXPIRE))
    assert transition_problems(table) == ["expired is never reached"]


def test_a_trap_is_named() -> None:
    """An engagement that can neither go on nor end keeps its place for ever."""
    waiting = State.AWAITING_CONFIRMATION
    table = without(*((waiting, name) for name in (ActionName.CONFIRM, ActionName.RETURN, ActionName.END)))
    assert transition_problems(table) == [
        "completed is never reached",
        "awaiting-confirmation is a trap: no end can be reached from it",
    ]


def test_a_way_out_of_a_final_state_is_named() -> None:
    table = {**TRANSITIONS, (State.ENDED, ActionName.START): (State.ACTIVE,)}
    assert transition_problems(table) == ["ended is final, and start leaves it"]


def test_final_states_are_those_that_nothing_leaves() -> None:
    assert set(State) - {state for state, _ in TRANSITIONS} == FINAL


def test_the_table_cannot_be_written_to() -> None:
    assert isinstance(TRANSITIONS, MappingProxyType)


def test_a_directed_walk_takes_every_move_of_the_table() -> None:
    """Breadth first through real engagements: each legal cell is driven through decide, to each of its ends."""
    walked: set[tuple[State | None, ActionName, State]] = set()
    seen: set[tuple[object, ...]] = set()
    open_engagements: deque[Engagement | None] = deque([None])
    while open_engagements:
        before = open_engagements.popleft()
        for name, relation in product(ActionName, Relation):
            if not (state_allows(state_of(before), name) and relation_allows(name, relation)):
                continue
            if name is ActionName.PROPOSE and relation is not Relation.PROGRAMME_MANAGER:
                continue
            if name is ActionName.ACCEPT and before and already_accepted(before, relation):
                continue
            at = moment_for(name, before)
            after = evolve(before, *decide(before, example(name, at), ACTOR_OF[relation], {relation}, at))
            walked.add((state_of(before), name, after.state))
            shape = (after.state, after.mentee_accepted_at is None, after.mentor_accepted_at is None)
            if shape not in seen:
                seen.add(shape)
                open_engagements.append(after)
    assert walked == {(before, name, state) for (before, name), after in TRANSITIONS.items() for state in after}


def already_accepted(engagement: Engagement, relation: Relation) -> bool:
    accepted = {"mentee": engagement.mentee_accepted_at, "mentor": engagement.mentor_accepted_at}
    return accepted[relation.value] is not None


def test_the_mermaid_text_draws_every_move_once() -> None:
    lines = as_mermaid(TRANSITIONS).splitlines()
    n_moves = sum(len(after) for after in TRANSITIONS.values())
    assert lines[0] == "stateDiagram-v2"
    assert sum("-->" in line and ": " in line for line in lines) == n_moves
    assert "    [*] --> proposed: propose" in lines
    assert "    awaiting_confirmation --> completed: confirm" in lines
    assert sum(line.endswith("--> [*]") for line in lines) == len(FINAL)


def test_nothing_waits_for_a_clock() -> None:
    """The same log and the same action give the same events, whenever they are asked for."""
    engagement = engagement_in(State.ACTIVE)
    at = engagement.at + timedelta(days=1)
    action, held = example(ActionName.FINISH, at), {Relation.MENTEE}
    first = decide(engagement, action, engagement.mentee_id, held, at)
    assert first == decide(engagement, action, engagement.mentee_id, held, at)
