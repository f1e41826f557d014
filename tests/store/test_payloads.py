"""Payloads: every event there is comes back as it was; what is not an event is refused with its place."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import attrs
import pytest

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import InputError, RefusedError
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.events import Event
from taskmentor.lifecycle.evolving import evolve
from taskmentor.lifecycle.moves import State
from taskmentor.models.people import key_of_erased, name_of_erased
from taskmentor.store.payloads import Codec, Data, Payload
from tests.lifecycle.examples import ACTOR_OF, engagement_in, example, log_to, moment_for

CODEC = Codec()


def all_events() -> Iterator[Event]:
    """Yield every event that some action brings about in some state."""
    yield from (event for state in State for event in log_to(state))
    for state in State:
        before = engagement_in(state)
        for name in ActionName:
            at = moment_for(name, before)
            for relation in Relation:
                try:
                    yield from decide(before, example(name, at), ACTOR_OF[relation], {relation}, at)
                except (RefusedError, InputError):
                    continue


EVENTS = {type(event).__name__: event for event in all_events()}


def keys_of(event: Event) -> dict[str, str]:
    return {person: sha256(person.encode()).hexdigest()[:32] for person in CODEC.people(event)}


def read(payload: Payload, event: Event, people: dict[str, str]) -> object:
    return CODEC.read(payload, people, engagement_id=event.engagement_id, version=event.version, position=7)


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_comes_back_as_it_was(kind: str) -> None:
    event = EVENTS[kind]
    payload = CODEC.write(event, keys_of(event))
    assert read(payload, event, {key: person for person, key in keys_of(event).items()}) == event
    assert CODEC.keys(payload.facts) == set(keys_of(event).values())


@pytest.mark.parametrize("kind", EVENTS)
def test_facts_name_nobody_and_hold_nobodys_words(kind: str) -> None:
    """Both live apart, so that they can go."""
    event = EVENTS[kind]
    payload = CODEC.write(event, keys_of(event))
    texts = set(json.loads(payload.words or "[]"))
    assert not any(json.dumps(text) in payload.facts for text in texts if text)
    assert not any(json.dumps(person) in payload.facts for person in CODEC.people(event))


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_without_its_words_and_people_still_reads(kind: str) -> None:
    """Erasing what somebody said must not take an engagement from the other."""
    event = EVENTS[kind]
    bare = attrs.evolve(CODEC.write(event, keys_of(event)), words=None)
    found = read(bare, event, {})
    assert isinstance(found, Event)
    assert found.actor == name_of_erased(keys_of(event)[event.actor])
    assert found.at == event.at


@pytest.mark.parametrize("state", State)
def test_a_log_without_words_still_replays(state: State) -> None:
    engagement = None
    for event in log_to(state):
        keys = keys_of(event)
        bare = attrs.evolve(CODEC.write(event, keys), words=None)
        found = read(bare, event, {key: person for person, key in keys.items()})
        assert isinstance(found, Event)
        engagement = evolve(engagement, found)
    assert engagement is not None
    assert engagement.state is state


def test_somebody_erased_is_named_by_a_key_and_nobody_else_is() -> None:
    key = "0123456789abcdef" * 2
    assert key_of_erased(name_of_erased(key)) == key
    assert key_of_erased("erased-x") is None
    assert key_of_erased("mia") is None


STARTED = EVENTS["Started"]
PROPOSED = EVENTS["Proposed"]
CHANGES: dict[str, Callable[[Any], Any]] = {
    "not an object": lambda data: [],
    "unknown field": lambda data: {**data, "mood": "good"},
    "missing field": lambda data: {name: value for name, value in data.items() if name != "scope"},
    "missing field with a default": lambda data: {name: data[name] for name in data if name != "model_version"},
    "text for a number": lambda data: {**data, "scope": {**data["scope"], "target_level": "3"}},
    "fraction for a number": lambda data: {**data, "scope": {**data["scope"], "target_level": 3.0}},
    "truth for a number": lambda data: {**data, "scope": {**data["scope"], "target_level": True}},
    "number for a text": lambda data: {**data, "model_version": 2026},
    "text for an object": lambda data: {**data, "scope": "data-analysis"},
    "no such relation": lambda data: {**data, "initiator": "boss"},
    "impossible value": lambda data: {**data, "scope": {**data["scope"], "target_level": 0}},
    "time without zone": lambda data: {**data, "at": "2026-01-05T09:00:00"},
    "no time": lambda data: {**data, "at": "yesterday"},
    "time in another form": lambda data: {**data, "at": "2026-01-05 09:00:00+00:00"},
    "nothing for a time": lambda data: {**data, "at": None},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_no_event_says_is_refused_with_its_place(change: str) -> None:
    payload = CODEC.write(PROPOSED, keys_of(PROPOSED))
    forged = attrs.evolve(payload, facts=json.dumps(CHANGES[change](json.loads(payload.facts))))
    with pytest.raises(InputError, match="TM-LOG-CORRUPT log line 7: Proposed cannot be read"):
        read(forged, PROPOSED, {})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "Dismissed"}, "'Dismissed' is no kind of event"),
        ({"kind": "Event"}, "'Event' is no kind of event"),
        ({"schema": 0}, "schema 0 is not among 1 to 1"),
        ({"schema": 2}, "schema 2 is not among 1 to 1"),
        ({"facts": "{"}, "cannot be read"),
        ({"facts": "gASVCgAAAAAAAACMBnN5c3RlbZQu"}, "cannot be read"),
    ],
)
def test_a_payload_of_another_kind_is_refused(changes: dict[str, object], said: str) -> None:
    forged = attrs.evolve(CODEC.write(STARTED, keys_of(STARTED)), **changes)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="TM-LOG-CORRUPT") as refused:
        read(forged, STARTED, {})
    assert said in str(refused.value)


# --- older schemas


def named_lines(kind: str, data: Data) -> tuple[str, Data]:
    """Raise schema 1, in which the start was called a kick-off and had a mood."""
    if kind != "KickedOff":
        return kind, data
    return "Started", {name: value for name, value in data.items() if name != "mood"}


def test_older_payloads_are_raised_as_they_are_read() -> None:
    """I14: the bytes stay, and their commitment; only the reading changes."""
    newer = Codec([named_lines])
    payload = CODEC.write(STARTED, keys_of(STARTED))
    old = attrs.evolve(payload, kind="KickedOff", facts=json.dumps({**json.loads(payload.facts), "mood": "good"}))
    people = {key: person for person, key in keys_of(STARTED).items()}
    where = {"engagement_id": STARTED.engagement_id, "version": STARTED.version, "position": 7}
    assert newer.read(old, people, **where) == STARTED  # type: ignore[arg-type]
    assert newer.write(STARTED, keys_of(STARTED)).schema == newer.schema == 2
    assert newer.read(newer.write(STARTED, keys_of(STARTED)), people, **where) == STARTED  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no kind of event"):
        read(old, STARTED, {})
