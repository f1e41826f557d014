"""Rounds kept until somebody decides: draft, review, then published as engagements or discarded; all in bulk."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from types import MappingProxyType

from attrs import frozen

from taskmentor.authorisation import Authority, ProgrammeAction, Relation
from taskmentor.errors import IllegalMoveError, UnknownIdError, shown
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.events import ProgrammeId, input_error, utc_day
from taskmentor.lifecycle.evolving import evolve
from taskmentor.models.people import PersonId, name_of_erased
from taskmentor.store.database import KeptProposal, KeptRound, Transaction
from taskmentor.store.ledger import Ledger, Placed
from taskmentor.store.payloads import compact_json, people_in, people_of, plain_converter, with_people
from taskmentor.store.records import RoundId, RoundMoved, RoundState
from taskmentor.store.standing import standing

__all__ = [
    "StoredRound",
    "check_programme",
    "keep",
    "move",
    "proposals",
    "proposals_of",
    "publish",
    "said_of",
    "stored",
]

_converter = plain_converter()


_MOVES: Mapping[RoundState, tuple[RoundState, ...]] = MappingProxyType(
    {
        RoundState.DRAFT: (RoundState.REVIEW, RoundState.DISCARDED),
        RoundState.REVIEW: (RoundState.DRAFT, RoundState.PUBLISHED, RoundState.DISCARDED),
        RoundState.PUBLISHED: (),
        RoundState.DISCARDED: (),
    }
)


@frozen(kw_only=True)
class StoredRound:
    """A round as it is kept.

    Attributes:
        id: Its id.
        state: Where it stands.
        version: How often it was moved, 1 for the draft.
        claims: What its plan says of itself, as `formats.plans.claims_data` gives it.
        n_proposals: How many pairs it holds.
        programme_id: The programme; None of a round that was kept before it was noted.
    """

    id: RoundId
    state: RoundState
    version: int
    claims: Mapping[str, object]
    n_proposals: int
    programme_id: ProgrammeId | None


def check_programme(programme_id: ProgrammeId, pairs: Iterable[Propose]) -> None:
    """Refuse a round with pairs of other programmes, whose managers were not asked.

    Raises:
        InputError: With code `WRONG-PROGRAMME`.
    """
    for pair in pairs:
        if pair.programme_id != programme_id:
            problem = f"{shown(pair.engagement_id)} is of {shown(pair.programme_id)}, and the round of {programme_id}"
            raise input_error("WRONG-PROGRAMME", "programme_id", problem, "Keep one round a programme.")


def said_of(pairs: Iterable[Propose], claims: Mapping[str, object]) -> str:
    """Return a digest of everything that a round holds, the same whenever it is sent again."""
    digest = hashlib.sha256(compact_json(claims).encode())
    for pair in pairs:
        digest.update(compact_json(_converter.unstructure(pair)).encode())
    return digest.hexdigest()


def keep(
    ledger: Ledger,
    transaction: Transaction,
    round_id: RoundId,
    programme_id: ProgrammeId,
    pairs: Sequence[Propose],
    claims: Mapping[str, object],
    *,
    actor: PersonId,
    at: datetime,
) -> list[Placed]:
    """Return what the log shall say, after a draft was kept.

    Raises:
        IllegalMoveError: If a round of this id is there already.
    """
    stream = ledger.token()
    kept = KeptRound(
        stream=stream,
        state=RoundState.DRAFT,
        version=1,
        claims=json.dumps(claims),
        n_proposals=len(pairs),
        programme_id=programme_id,
    )
    if not transaction.add_round(round_id, kept):
        raise IllegalMoveError("keep", "draft", f"a round {round_id} is there already")
    keys = ledger.keys(transaction, {person for pair in pairs for person in people_of(pair)})
    transaction.add_proposals(round_id, [_written(number, pair, keys) for number, pair in enumerate(pairs)])
    return [(stream, 1, RoundMoved(actor=actor, at=at, round_id=round_id, state=RoundState.DRAFT))]


def move(
    transaction: Transaction,
    round_id: RoundId,
    state: RoundState,
    *,
    actor: PersonId,
    at: datetime,
    authority: Authority,
) -> list[Placed]:
    """Return what the log shall say, after a round was moved.

    Raises:
        NotAuthorisedError: If the actor does not run its programme; of a round that is not there, all programmes.
        UnknownIdError: If there is no such round.
        IllegalMoveError: If it cannot go there from where it stands.
    """
    kept = transaction.lock_round(round_id)
    action = ProgrammeAction.PUBLISH_ROUND if state is RoundState.PUBLISHED else ProgrammeAction.MOVE_ROUND
    authority.require(actor, action, None if kept is None else kept.programme_id, utc_day(at))
    if kept is None:
        raise UnknownIdError("round", round_id)
    before = RoundState(kept.state)
    if state not in _MOVES[before]:
        raise IllegalMoveError(f"move to {state}", before, "the state does not know this move", _MOVES[before])
    transaction.move_round(round_id, state, kept.version + 1)
    return [(kept.stream, kept.version + 1, RoundMoved(actor=actor, at=at, round_id=round_id, state=state))]


def publish(
    ledger: Ledger,
    transaction: Transaction,
    pairs: Sequence[Propose],
    *,
    actor: PersonId,
    at: datetime,
    authority: Authority,
) -> tuple[list[Placed], dict[str, str]]:
    """Return what the log shall say when all pairs are proposed, and the keys of all whom it names.

    Raises:
        IllegalMoveError: If one of them is proposed already.
        NotAuthorisedError: If the actor may not propose one of them.
    """
    events = [
        event
        for pair in pairs
        for event in decide(None, pair, actor, _proposing(authority, actor, pair, utc_day(at)), at)
    ]
    streams: dict[str, str] = {pair.engagement_id: ledger.token() for pair in pairs}
    if len(streams) < len(pairs) or not transaction.add_streams(streams):
        raise IllegalMoveError("propose", "proposed", "one of the pairs is proposed already, or twice")
    keys = ledger.keys(transaction, {actor}.union(*map(people_of, events)))
    transaction.add_parties(
        [
            (streams[pair.engagement_id], side, keys[person])
            for pair in pairs
            for side, person in ((Relation.MENTEE, pair.mentee_id), (Relation.MENTOR, pair.mentor_id))
        ]
    )
    proposed = ((streams[event.engagement_id], standing(evolve(None, event))) for event in events)
    transaction.stand({stream: one for stream, one in proposed if one is not None})
    return [(streams[event.engagement_id], event.version, event) for event in events], keys


def _proposing(authority: Authority, actor: PersonId, pair: Propose, on: date) -> Set[Relation]:
    """Return what may let somebody propose a pair; managers of programmes are known without looking at the two."""
    if pair.initiator is not Relation.PROGRAMME_MANAGER:
        return authority.relations(actor, pair, on)
    runs = authority.holds(actor, Relation.PROGRAMME_MANAGER, on, pair.programme_id)
    return {Relation.PROGRAMME_MANAGER} if runs else set()


def stored(transaction: Transaction, round_id: RoundId) -> StoredRound:
    """Return a round as it is kept.

    Raises:
        UnknownIdError: If there is no such round.
    """
    kept = transaction.find_round(round_id)
    if kept is None:
        raise UnknownIdError("round", round_id)
    return StoredRound(
        id=round_id,
        state=RoundState(kept.state),
        version=kept.version,
        claims=json.loads(kept.claims),
        n_proposals=kept.n_proposals,
        programme_id=None if kept.programme_id is None else ProgrammeId(kept.programme_id),
    )


def proposals(transaction: Transaction, round_id: RoundId) -> list[Propose]:
    """Return the pairs of a round in their order, without those of which somebody was erased."""
    return _read(transaction, transaction.proposals(round_id))


def proposals_of(transaction: Transaction, key: str) -> list[Propose]:
    """Return the pairs of all rounds in which somebody is."""
    return _read(transaction, transaction.proposals_of(key))


def _read(transaction: Transaction, kept: Sequence[KeptProposal]) -> list[Propose]:
    data = [json.loads(proposal.body) for proposal in kept]
    people = transaction.people({key for one in data for key in people_in(one, Propose)})
    return [
        _converter.structure(with_people(one, Propose, lambda key: people.get(key) or name_of_erased(key)), Propose)
        for one in data
    ]


def _written(number: int, pair: Propose, keys: Mapping[str, str]) -> KeptProposal:
    data = with_people(_converter.unstructure(pair), Propose, keys.__getitem__)
    return KeptProposal(
        number=number, mentee=keys[pair.mentee_id], mentor=keys[pair.mentor_id], body=compact_json(data)
    )
