"""Rounds in a store: kept as drafts, reviewed, published or discarded, whole or not at all."""

import attrs
import pytest

from taskmentor.authorisation import Relation
from taskmentor.errors import IllegalMoveError, InputError, NotAuthorisedError, UnknownIdError
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.events import EngagementId
from taskmentor.lifecycle.moves import State
from taskmentor.models.people import PersonId
from taskmentor.store import RoundId, RoundState, Store
from taskmentor.store.checks import check, evidence
from tests.lifecycle.examples import BEGIN, PROGRAMME_MANAGER, STRANGER, proposal
from tests.store.desk import days_after, new_id

ROUND = RoundId("spring-2026")
PAIRS = [
    attrs.evolve(proposal(), engagement_id=EngagementId(f"e-{number}"), mentee_id=PersonId(f"mentee-{number % 4}"))
    for number in range(9)
]
CLAIMS = {"strategy": "flow", "matched": 9, "policy": {"rules": []}}


def managing(_: Propose) -> frozenset[Relation]:
    return frozenset({Relation.PROGRAMME_MANAGER})


def keep(store: Store, pairs: list[Propose] = PAIRS, round_id: RoundId = ROUND) -> None:
    store.keep_round(new_id(), round_id, pairs, claims=CLAIMS, actor=PROGRAMME_MANAGER, at=BEGIN)


def move(store: Store, state: RoundState) -> None:
    store.move_round(new_id(), ROUND, state, actor=PROGRAMME_MANAGER, at=BEGIN)


def publish(store: Store) -> None:
    store.publish_round(new_id(), ROUND, managing, actor=PROGRAMME_MANAGER, at=BEGIN)


def test_a_draft_is_kept_whole(store: Store) -> None:
    keep(store)
    kept = store.round(ROUND)
    assert (kept.state, kept.version, kept.claims, kept.n_proposals) == (RoundState.DRAFT, 1, CLAIMS, 9)
    assert store.proposals(ROUND) == PAIRS
    assert repr(store.proposals(ROUND)) == repr(PAIRS)
    assert store.engagements_of("mentee-1") == ()


def test_a_reviewed_round_is_published_whole(store: Store) -> None:
    keep(store)
    move(store, RoundState.REVIEW)
    publish(store)
    assert store.round(ROUND).state is RoundState.PUBLISHED
    assert [store.load(pair.engagement_id).state for pair in PAIRS] == [State.PROPOSED] * 9
    assert store.engagements_of("mentee-1") == ("e-1", "e-5")
    assert store.anchor().position == 12
    assert check(evidence(store)) == []


def test_publishing_twice_with_one_id_publishes_once(store: Store) -> None:
    keep(store)
    move(store, RoundState.REVIEW)
    command_id = new_id()
    first = store.publish_round(command_id, ROUND, managing, actor=PROGRAMME_MANAGER, at=BEGIN)
    assert store.publish_round(command_id, ROUND, managing, actor=PROGRAMME_MANAGER, at=BEGIN) == first
    assert (first.n_events, first.position) == (10, 12)


@pytest.mark.parametrize(
    ("way", "state"),
    [
        ([], RoundState.PUBLISHED),
        ([RoundState.DISCARDED], RoundState.REVIEW),
        ([RoundState.REVIEW, RoundState.PUBLISHED], RoundState.DISCARDED),
        ([RoundState.REVIEW, RoundState.PUBLISHED], RoundState.PUBLISHED),
        ([RoundState.REVIEW, RoundState.DRAFT], RoundState.PUBLISHED),
    ],
)
def test_a_round_goes_no_other_way(store: Store, way: list[RoundState], state: RoundState) -> None:
    """Nothing is published that nobody has reviewed, and nothing twice."""
    keep(store)

    def go(to: RoundState) -> None:
        publish(store) if to is RoundState.PUBLISHED else move(store, to)

    for step in way:
        go(step)
    end = store.anchor()
    with pytest.raises(IllegalMoveError):
        go(state)
    assert store.anchor() == end


def test_publishing_is_not_a_mere_move(store: Store) -> None:
    keep(store)
    move(store, RoundState.REVIEW)
    with pytest.raises(IllegalMoveError, match="with all its proposals"):
        move(store, RoundState.PUBLISHED)


def test_a_round_that_is_not_there_is_unknown(store: Store) -> None:
    for call in (lambda: move(store, RoundState.REVIEW), lambda: publish(store), lambda: store.round(ROUND)):
        with pytest.raises(UnknownIdError, match="names no round"):
            call()
    assert store.proposals(ROUND) == []


def test_a_round_is_kept_once(store: Store) -> None:
    keep(store)
    with pytest.raises(IllegalMoveError, match="is there already"):
        keep(store)
    with pytest.raises(InputError, match="BAD-ID"):
        keep(store, round_id=RoundId("a b"))


def test_an_empty_round_is_published_too(store: Store) -> None:
    keep(store, [])
    move(store, RoundState.REVIEW)
    publish(store)
    assert store.round(ROUND).n_proposals == 0


@pytest.mark.parametrize("again", [[*PAIRS, PAIRS[0]], PAIRS])
def test_a_pair_is_proposed_once(store: Store, again: list[Propose]) -> None:
    """Not twice by one round, nor by one round after another: then nothing of the round is published."""
    if again == PAIRS:
        keep(store, PAIRS[3:4], RoundId("before"))
        store.move_round(new_id(), RoundId("before"), RoundState.REVIEW, actor=PROGRAMME_MANAGER, at=BEGIN)
        store.publish_round(new_id(), RoundId("before"), managing, actor=PROGRAMME_MANAGER, at=BEGIN)
    keep(store, again)
    move(store, RoundState.REVIEW)
    end = store.anchor()
    with pytest.raises(IllegalMoveError, match="proposed already, or twice"):
        publish(store)
    assert store.anchor() == end
    assert store.round(ROUND).state is RoundState.REVIEW
    assert store.engagements_of("mentee-1") == ()


def test_who_may_not_propose_may_not_publish(store: Store) -> None:
    keep(store)
    move(store, RoundState.REVIEW)
    with pytest.raises(NotAuthorisedError):
        store.publish_round(new_id(), ROUND, lambda _: frozenset(), actor=STRANGER, at=BEGIN)
    assert store.round(ROUND).state is RoundState.REVIEW


def test_a_person_is_erased_from_drafts_too(store: Store) -> None:
    keep(store)
    store.erase(new_id(), "mentee-1", ticket="T-1", actor=PROGRAMME_MANAGER, at=days_after(1))
    assert [pair.engagement_id for pair in store.proposals(ROUND)] == ["e-0", "e-2", "e-3", "e-4", "e-6", "e-7", "e-8"]
    assert check(evidence(store)) == []
