"""Every cell of state, action, role and organisation, against the requirements in words."""

from collections import Counter
from functools import cache
from itertools import product

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import InputError, RefusedError
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.moves import State
from tests.lifecycle.examples import (
    DELEGATE,
    HEAD,
    MENTOR,
    PEOPLE,
    Lines,
    example,
    held_by,
    moment_for,
    ready_for,
    state_after,
)
from tests.lifecycle.words import is_lawful

STATES = [None, *State]
LINES = [Lines(), Lines(mentee_line=(MENTOR, HEAD)), Lines(mentee_line=()), Lines(mentee_line=(MENTOR,))]
NOBODY = "nobody in particular"
Cell = tuple[State | None, ActionName, str]


@cache
def ready(state: State | None, name: ActionName, relation: Relation) -> Engagement | None:
    return state_after(ready_for(state, name, relation))


def table_of(allowed: Counter[Cell], refused: Counter[Cell]) -> str:
    """Return how often each cell was hit, allowed/refused: one line a state and action, one column a role."""
    roles = [*Relation, NOBODY]
    lines = [" | ".join(["state", "action", *roles])]
    for state, name in product(STATES, ActionName):
        counts = [f"{allowed[state, name, role]}/{refused[state, name, role]}" for role in roles]
        lines.append(" | ".join([state or "before", name, *counts]))
    return "\n".join(lines)


def test_every_cell_does_what_the_requirements_say_and_every_cell_is_hit() -> None:
    """Ten people under four organisations try every action in every state: no difference to the second oracle.

    `pytest -s` shows the table of hits. No cell is out of reach, as each relation can be held in each state.
    """
    allowed: Counter[Cell] = Counter()
    refused: Counter[Cell] = Counter()
    differences = []
    for lines, state, name, actor in product(LINES, STATES, ActionName, PEOPLE):
        at = moment_for(name, None)
        held = held_by(actor, at, lines=lines, delegate=DELEGATE)
        for role in [*map(str, sorted(held))] or [NOBODY]:
            engagement = ready(state, name, Relation(role) if role != NOBODY else Relation.SYSTEM)
            at = moment_for(name, engagement)
            try:
                decide(engagement, example(name, at, engagement), actor, held, at)
            except (RefusedError, InputError):
                succeeded = False
            else:
                succeeded = True
            (allowed if succeeded else refused)[state, name, role] += 1
            if succeeded != is_lawful(engagement, name, held, at):
                differences.append((state, name, role, actor, succeeded))
    print(table_of(allowed, refused))
    assert differences == []
    assert {*allowed, *refused} == {*product(STATES, ActionName, [*Relation, NOBODY])}
    assert len({*allowed, *refused}) >= 5_000
    assert sum(allowed.values()) >= 400
