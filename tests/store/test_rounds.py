"""Rounds in a store: kept as drafts, reviewed, published or discarded, whole or not at all."""

from collections.abc import Callable

import attrs
import pytest

from taskmentor.authorisation import Grant, Relation
from taskmentor.errors import CommandReusedError, IllegalMoveError, InputError, NotAuthorisedError, UnknownIdError
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.events import EngagementId, ProgrammeId
from taskmentor.lifecycle.moves import State
from taskmentor.models.people import PersonId
from taskmentor.store import CommandId, Receipt, RoundId, RoundState, Store
from taskmentor.store.checks import check
from taskmentor.store.reckoning import evidence
from tests.lifecycle.examples import BEGIN, MENTOR, PROGRAMME_MANAGER, STRANGER, SYSTEM, proposal
from tests.store.desk import AUTHORITY, LONG_AGO, days_after, new_id

ROUND = RoundId("spring-2026")
PAIRS = [
    attrs.evolve(proposal(), engagement_id=EngagementId(f"e-{number}"), mentee_id=PersonId(f"mentee-{number % 4}"))
    for number in range(9)
]
CLAIMS: dict[str, object] = {"strategy": "flow", "matched": 9, "policy": {"rules": []}}


PROGRAMME = proposal().programme_id
OTHER_PROGRAMME = ProgrammeId("career")
OF_ONE = PersonId("pia")
"""Runs one programme, and not the other."""
RIGHTS = attrs.evolve(
    AUTHORITY,
    grants=(
        *AUTHORITY.grants,
        Grant(person_id=OF_ONE, relation=Relation.PROGRAMME_MANAGER, from_on=LONG_AGO, programme_id=PROGRAMME),
    ),
)


def keep(
    store: Store,
    pairs: list[Propose] = PAIRS,
    round_id: RoundId = ROUND,
    *,
    command_id: CommandId | None = None,
    programme_id: ProgrammeId = PROGRAMME,
    claims: dict[str, object] = CLAIMS,
    actor: PersonId = PROGRAMME_MANAGER,
) -> Receipt:
    return store.keep_round(
        command_id or new_id(), round_id, pairs, programme_id=programme_id, claims=claims, actor=actor, at=BEGIN,
        authority=RIGHTS,
    )  # fmt: skip


def move(store: Store, state: RoundState, round_id: RoundId = ROUND, *, actor: PersonId = PROGRAMME_MANAGER) -> Receipt:
    return store.move_round(new_id(), round_id, state, actor=actor, at=BEGIN, authority=RIGHTS)


def publish(
    store: Store,
    round_id: RoundId = ROUND,
    *,
    command_id: CommandId | None = None,
    actor: PersonId = PROGRAMME_MANAGER,
) -> Receipt:
    return store.publish_round(command_id or new_id(), round_id, actor=actor, at=BEGIN, authority=RIGHTS)


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
    first = publish(store, command_id=command_id)
    assert publish(store, command_id=command_id) == first
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
        move(store, RoundState.REVIEW, RoundId("before"))
        publish(store, RoundId("before"))
    keep(store, again)
    move(store, RoundState.REVIEW)
    end = store.anchor()
    with pytest.raises(IllegalMoveError, match="proposed already, or twice"):
        publish(store)
    assert store.anchor() == end
    assert store.round(ROUND).state is RoundState.REVIEW
    assert store.engagements_of("mentee-1") == ()


def test_who_does_not_run_the_programme_does_nothing_to_its_rounds(store: Store) -> None:
    """Not with a round of no pairs either; and who runs another programme is nobody here."""
    calls: list[Callable[[PersonId], Receipt]] = [
        lambda actor: keep(store, [], actor=actor),
        lambda actor: move(store, RoundState.REVIEW, actor=actor),
        lambda actor: publish(store, actor=actor),
    ]
    for number, call in enumerate(calls):
        end = store.anchor()
        for actor in (STRANGER, MENTOR, SYSTEM):
            with pytest.raises(NotAuthorisedError) as refused:
                call(actor)
            assert refused.value.needed == (Relation.PROGRAMME_MANAGER,)
        assert store.anchor() == end
        assert call((OF_ONE, PROGRAMME_MANAGER, OF_ONE)[number]).n_events == 1
    with pytest.raises(NotAuthorisedError):
        keep(store, [], RoundId("other"), programme_id=OTHER_PROGRAMME, actor=OF_ONE)
    keep(store, [], RoundId("other"), programme_id=OTHER_PROGRAMME)
    with pytest.raises(NotAuthorisedError):
        move(store, RoundState.REVIEW, RoundId("other"), actor=OF_ONE)
    actors = [entry.event.actor for entry in store.log() if entry.event is not None]
    assert actors == [OF_ONE, PROGRAMME_MANAGER, OF_ONE, PROGRAMME_MANAGER]
    assert store.round(ROUND).programme_id == PROGRAMME


def test_a_stranger_is_not_told_whether_there_is_a_round(store: Store) -> None:
    keep(store)
    told = set()
    for round_id in (ROUND, RoundId("none")):
        with pytest.raises(NotAuthorisedError) as refused:
            move(store, RoundState.REVIEW, round_id, actor=STRANGER)
        told.add(str(refused.value))
    assert len(told) == 1


def test_proposals_that_somebody_else_must_make_are_not_published_for_them(store: Store) -> None:
    """Where the mentees of a programme propose, its manager does not propose in their place."""
    keep(store, [attrs.evolve(proposal(), initiator=Relation.MENTEE)])
    move(store, RoundState.REVIEW)
    with pytest.raises(NotAuthorisedError) as refused:
        publish(store)
    assert refused.value.needed == (Relation.MENTEE,)
    assert store.round(ROUND).state is RoundState.REVIEW


def test_a_round_is_of_one_programme(store: Store) -> None:
    with pytest.raises(InputError, match="WRONG-PROGRAMME"):
        keep(store, [*PAIRS, attrs.evolve(PAIRS[0], programme_id=OTHER_PROGRAMME)])


def test_keeping_again_must_ask_for_the_same(store: Store) -> None:
    """The first answer stands for one round: with these pairs, of this programme, by this actor."""
    command_id = new_id()
    first = keep(store, command_id=command_id)
    assert keep(store, command_id=command_id) == first
    others: list[Callable[[], Receipt]] = [
        lambda: keep(store, PAIRS[1:], command_id=command_id),
        lambda: keep(store, [*PAIRS[1:], PAIRS[0]], command_id=command_id),
        lambda: keep(store, claims={"strategy": "greedy"}, command_id=command_id),
        lambda: keep(store, round_id=RoundId("other"), command_id=command_id),
        lambda: keep(store, actor=OF_ONE, command_id=command_id),
    ]
    for again in others:
        with pytest.raises(CommandReusedError):
            again()
    assert keep(store, [], RoundId("r"), command_id=CommandId("empty")).n_events == 1
    with pytest.raises(CommandReusedError):
        keep(store, [], RoundId("r"), command_id=CommandId("empty"), programme_id=OTHER_PROGRAMME)


def test_a_person_is_erased_from_drafts_too(store: Store) -> None:
    keep(store)
    store.erase(new_id(), "mentee-1", ticket="T-1", actor=PROGRAMME_MANAGER, at=days_after(1), authority=AUTHORITY)
    assert [pair.engagement_id for pair in store.proposals(ROUND)] == ["e-0", "e-2", "e-3", "e-4", "e-6", "e-7", "e-8"]
    assert check(evidence(store)) == []
