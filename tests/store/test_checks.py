"""The invariants: they hold of every store, and each of them finds what it is there for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from taskmentor.authorisation import ActionName, Relation
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import Confirmed, Event, PracticeRecorded, Reassessed, Started
from taskmentor.lifecycle.moves import State
from taskmentor.store import MemoryDatabase, PlacesSet, Store
from taskmentor.store.chain import FIRST_LINK, link_after
from taskmentor.store.checks import INVARIANTS, Invariant, check
from taskmentor.store.reckoning import Evidence, Looked, evidence
from tests.lifecycle.examples import BEGIN, MANAGER, MENTEE, MENTOR, PROGRAMME_MANAGER, held_by
from tests.store.desk import AUTHORITY, OFFICER, bring, days_after, do, engagement_ids, new_id, open_places, places_set


def lived_in(store: Store) -> None:
    """Give a store a history with everything in it: returns to practice, ends, refusals, places, an erasure."""
    store.ledger = attrs.evolve(store.ledger, snapshot_every=4)
    open_places(store, mentors=(MENTOR, "moe"), places=3)
    first, second, third, fourth = engagement_ids(4)
    bring(store, State.AWAITING_CONFIRMATION, first)
    do(store, ActionName.RETURN, MANAGER, first)
    do(store, ActionName.RECORD_PRACTICE, MENTEE, first)
    do(store, ActionName.FINISH, MENTOR, first)
    do(store, ActionName.REASSESS, MENTEE, first)
    do(store, ActionName.CONFIRM, MANAGER, first)
    bring(store, State.ENDED, second)
    bring(store, State.ACTIVE, third, mentor="moe")
    bring(store, State.DECLINED, fourth)
    store.set_places(new_id(), [places_set(MENTOR, Relation.MENTOR, 1, days_after(30).date())], AUTHORITY)


@pytest.fixture
def whole() -> Evidence:
    store = Store(MemoryDatabase())
    lived_in(store)
    return evidence(store)


def held_then(event: Event, engagement: Engagement | None) -> frozenset[Relation]:
    also = {Relation.MENTOR} if engagement is not None and event.actor == engagement.mentor_id else set()
    return held_by(event.actor, event.at) | also


def test_all_invariants_hold(store: Store) -> None:
    lived_in(store)
    assert check(evidence(store, held=held_then)) == []


@pytest.mark.parametrize("person", [MENTEE, MENTOR, MANAGER, PROGRAMME_MANAGER])
def test_all_invariants_hold_after_an_erasure(store: Store, person: str) -> None:
    """I13 among them: whoever it was, and whatever of theirs was part of others' engagements."""
    lived_in(store)
    store.erase(new_id(), person, ticket="T-1", actor=OFFICER, at=days_after(60), authority=AUTHORITY)
    assert check(evidence(store)) == []
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER, [*engagement_ids(9)][-1])
    assert check(evidence(store)) == []


def test_an_empty_store_is_in_order(store: Store) -> None:
    assert check(evidence(store)) == []


# --- each of them finds what it is there for


def place_of(given: Evidence, kind: type) -> int:
    return next(place for place, looked in enumerate(given.log) if isinstance(looked.event, kind))


def with_entry(given: Evidence, place: int, looked: Looked) -> Evidence:
    log = list(given.log)
    log[place] = looked
    return attrs.evolve(given, log=log)


def with_event(given: Evidence, kind: type, **changes: Any) -> Evidence:
    """Change what one event says."""
    place = place_of(given, kind)
    looked = given.log[place]
    event: Any = looked.event
    return with_entry(given, place, attrs.evolve(looked, event=attrs.evolve(event, **changes)))


def with_header(given: Evidence, place: int, **changes: Any) -> Evidence:
    looked = given.log[place]
    return with_entry(given, place, attrs.evolve(looked, header=attrs.evolve(looked.header, **changes)))


def relinked(given: Evidence) -> Evidence:
    """Forge the whole chain anew after a change, as somebody could who may write everywhere."""
    link, log = FIRST_LINK, []
    for looked in given.log:
        link = link_after(link, looked.header)
        log.append(attrs.evolve(looked, link=link))
    return attrs.evolve(given, log=log, end=attrs.evolve(given.end, link=link))


def lost(given: Evidence) -> Evidence:
    log = list(given.log)
    del log[place_of(given, PracticeRecorded)]
    return attrs.evolve(given, log=log)


def doubled(given: Evidence) -> Evidence:
    return attrs.evolve(given, log=[*given.log, given.log[place_of(given, PracticeRecorded)]])


def overbooked(given: Evidence) -> Evidence:
    return with_event(given, PlacesSet, places=0)


def without_limit(given: Evidence) -> Evidence:
    log = [
        attrs.evolve(looked, event=attrs.evolve(looked.event, places=0))
        if isinstance(looked.event, PlacesSet) and looked.event.side is Relation.MENTEE
        else looked
        for looked in given.log
    ]
    return attrs.evolve(given, log=log)


def without_mentors_places(given: Evidence) -> Evidence:
    log = [
        attrs.evolve(looked, event=attrs.evolve(looked.event, places=0))
        if isinstance(looked.event, PlacesSet) and looked.event.side is Relation.MENTOR
        else looked
        for looked in given.log
    ]
    return attrs.evolve(given, log=log)


def with_other_snapshot(given: Evidence) -> Evidence:
    stream, kept = next(iter(given.snapshots.items()))
    return attrs.evolve(given, snapshots={**given.snapshots, stream: attrs.evolve(kept, model_version="2031")})


def found_no_more(given: Evidence) -> Evidence:
    return attrs.evolve(given, standings={})


def found_after_its_erasure(given: Evidence) -> Evidence:
    stream = next(iter(given.standings or ()))
    gone = [attrs.evolve(looked, event=None) if looked.header.stream == stream else looked for looked in given.log]
    return attrs.evolve(given, log=gone)


def without_a_claim(given: Evidence) -> Evidence:
    return attrs.evolve(given, claims=[held for held in given.claims if held[1].from_on == held[1].until_on])


def won_twice(given: Evidence) -> Evidence:
    place = place_of(given, PracticeRecorded)
    return with_header(given, place, version=given.log[place].header.version - 1)


def earlier(given: Evidence) -> Evidence:
    return with_event(given, Started, at=BEGIN - timedelta(days=9))


def confirmed_by_the_mentor(given: Evidence) -> Evidence:
    return with_event(given, Confirmed, actor=MENTOR)


def reassessed_before(given: Evidence) -> Evidence:
    """Move all reassessments to before the start, and let the lifecycle itself look away."""
    walk = given.walk
    moves = [
        (attrs.evolve(looked, event=attrs.evolve(looked.event, assessed_on=days_after(-9).date())), before, after)
        if isinstance(looked.event, Reassessed)
        else (looked, before, after)
        for looked, before, after in walk.moves
    ]
    other = attrs.evolve(given)
    other.__dict__["walk"] = attrs.evolve(walk, moves=moves)
    return other


def with_another_link(given: Evidence) -> Evidence:
    return with_entry(given, 3, attrs.evolve(given.log[3], link="f" * 64))


def with_another_end(given: Evidence) -> Evidence:
    return attrs.evolve(given, end=attrs.evolve(given.end, link="f" * 64))


def with_another_command(given: Evidence) -> Evidence:
    return with_header(given, 3, command_id="forged")


def without_a_payload(given: Evidence) -> Evidence:
    return with_entry(given, 3, attrs.evolve(given.log[3], event=None, schema=None, has_words=False))


def with_a_newer_schema(given: Evidence) -> Evidence:
    return with_entry(given, 3, attrs.evolve(given.log[3], schema=2))


def with_another_fact(given: Evidence) -> Evidence:
    return with_entry(given, 3, attrs.evolve(given.log[3], faults=("the facts are not those",)))


def jumped(given: Evidence) -> Evidence:
    """Let an engagement move where no move leads."""
    walk = given.walk
    looked, before, _ = walk.moves[0]
    other = attrs.evolve(given)
    other.__dict__["walk"] = attrs.evolve(walk, moves=[(looked, before, State.ACTIVE), *walk.moves[1:]])
    return other


@pytest.mark.parametrize(
    ("change", "invariant"),
    [
        (lost, "I1"),
        (doubled, "I1"),
        (with_another_command, "I2"),
        (without_mentors_places, "I3"),
        (without_limit, "I4"),
        (jumped, "I5"),
        (lost, "I5"),
        (with_other_snapshot, "I6"),
        (without_a_claim, "I6"),
        (found_no_more, "I6"),
        (found_after_its_erasure, "I6"),
        (doubled, "I7"),
        (won_twice, "I8"),
        (lost, "I9"),
        (won_twice, "I9"),
        (earlier, "I10"),
        (confirmed_by_the_mentor, "I5"),
        (reassessed_before, "I11"),
        (with_another_link, "I12"),
        (with_another_end, "I12"),
        (without_a_payload, "I12"),
        (with_another_fact, "I12"),
        (with_another_command, "I12"),
        (with_a_newer_schema, "I14"),
    ],
)
def test_what_does_not_hold_is_found(whole: Evidence, change: Callable[[Evidence], Evidence], invariant: str) -> None:
    problems = check(change(whole))
    assert invariant in {problem.invariant for problem in problems}
    assert all(str(problem).startswith(problem.invariant) for problem in problems)


@pytest.mark.parametrize("change", [lost, with_another_command])
def test_a_forged_chain_does_not_end_at_the_anchor(whole: Evidence, change: Callable[[Evidence], Evidence]) -> None:
    """Who may write everywhere can forge a chain that holds; the anchor that was published is another one."""
    forged = relinked(change(whole))
    assert "I12" not in {problem.invariant for problem in check(attrs.evolve(forged, acks={}, commands=frozenset()))}
    assert forged.end.link != whole.end.link


def test_an_actor_without_the_right_is_found(whole: Evidence) -> None:
    """I2, where the organisation of those days is known."""
    given = attrs.evolve(whole, held=lambda event, _: frozenset())
    assert {problem.invariant for problem in check(given)} == {"I2"}


def test_what_is_left_of_an_erasure_is_found() -> None:
    """I13: a payload that came back, from an old backup perhaps."""
    store = Store(MemoryDatabase())
    lived_in(store)
    before = evidence(store)
    store.erase(new_id(), MENTEE, ticket="T-1", actor=PROGRAMME_MANAGER, at=days_after(60), authority=AUTHORITY)
    after = evidence(store)
    came_back = attrs.evolve(after, log=[*before.log, after.log[-1]], snapshots=before.snapshots)
    assert "I13" in {problem.invariant for problem in check(came_back)}
    place = next(place for place, looked in enumerate(after.log) if looked.header.words_digest)
    words = with_entry(after, place, attrs.evolve(after.log[place], has_words=True))
    assert "I13" in {problem.invariant for problem in check(words)}


def test_no_more_than_twenty_of_each_are_told(whole: Evidence) -> None:
    given = attrs.evolve(whole, commands=frozenset())
    assert [problem.invariant for problem in check(given)] == ["I2"] * 20


def test_every_invariant_says_what_it_is_about() -> None:
    assert [one.name for one in INVARIANTS] == [f"I{number}" for number in range(1, 15)]
    assert all(one.says.endswith(".") for one in INVARIANTS)
    nothing: object = Invariant(name="I0", says="Nothing.").of_whole
    assert all((one.of_whole is nothing) + (one.of_streams is nothing) < 2 for one in INVARIANTS)
