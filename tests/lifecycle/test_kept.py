"""Every kind of event goes through the store's payloads and back, and replays without its words."""

import json
from itertools import product

import attrs
import pytest

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import InputError
from taskmentor.lifecycle import events
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.events import Event
from taskmentor.lifecycle.evolving import replay
from taskmentor.lifecycle.moves import TRANSITIONS, State
from taskmentor.lifecycle.terms import Terms
from taskmentor.store.payloads import LATER, Codec
from tests.lifecycle.examples import (
    ACTOR_OF,
    example,
    moment_for,
    ready_for,
    relation_allows,
    state_after,
)


def logs() -> list[tuple[Event, ...]]:
    """Return a log for every move of the table, which ends with that move."""
    found = []
    for (state, name), relation in product(TRANSITIONS, Relation):
        if not relation_allows(name, relation) or (name is ActionName.PROPOSE and relation != "programme manager"):
            continue
        before = ready_for(state, name, relation)
        engagement = state_after(before)
        at = moment_for(name, engagement)
        action = example(name, at, engagement)
        found.append((*before, *decide(engagement, action, ACTOR_OF[relation], {relation}, at)))
    return found


LOGS = logs()
CODEC = Codec()


def kept(event: Event, *, words: bool = True) -> Event:

    people = CODEC.people(event)
    payload = CODEC.write(event, {person: f"key-of-{person}" for person in people})
    if not words:
        payload = attrs.evolve(payload, words=None)
    names = {f"key-of-{person}": person for person in people}
    read = CODEC.read(payload, names, engagement_id=event.engagement_id, version=event.version, position=1)
    assert isinstance(read, Event)
    return read


def test_every_kind_of_event_is_there() -> None:
    kinds = {type(event) for log in LOGS for event in log}
    assert kinds == {getattr(events, name) for name in events.__all__ if is_kind(getattr(events, name))}


def is_kind(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, Event) and one not in (Event, events.Accepted)


def test_every_event_comes_back_as_it_was() -> None:
    for event in {event for log in LOGS for event in log}:
        assert kept(event) == event


@pytest.mark.parametrize("state", State)
def test_a_log_whose_words_were_erased_leads_to_the_same_state(state: State) -> None:
    """What people wrote may be erased, and nothing hangs on it."""
    for log in LOGS:
        engagement = replay(log)
        if engagement.state is state:
            without = replay([kept(event, words=False) for event in log])
            assert (without.state, without.version) == (engagement.state, engagement.version)
            assert without.closed_because == ""


def test_a_log_that_was_kept_before_some_terms_came_reads_with_their_defaults() -> None:
    """What is kept is never rewritten, and a new demand must not make old logs unreadable."""
    event = LOGS[0][0]
    payload = CODEC.write(event, {person: person for person in CODEC.people(event)})
    facts = json.loads(payload.facts)
    for name in LATER[Terms]:
        del facts["terms"][name]
    older = attrs.evolve(payload, facts=json.dumps(facts))
    where = {"engagement_id": event.engagement_id, "version": event.version, "position": 1}
    names = {person: person for person in CODEC.people(event)}
    assert CODEC.read(older, names, **where) == event  # type: ignore[arg-type]
    del facts["terms"]["weeks"]
    with pytest.raises(InputError, match="Terms: it lacks weeks"):
        CODEC.read(attrs.evolve(payload, facts=json.dumps(facts)), names, **where)  # type: ignore[arg-type]
