"""Requests put to ranked mentors, kept in a store: what every store promises of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import attrs
import pytest

from taskmentor.authorisation import Relation
from taskmentor.errors import (
    CapacityError,
    CommandReusedError,
    ConcurrencyConflict,
    IllegalMoveError,
    InputError,
    NotAuthorisedError,
    TaskmentorError,
    UnknownIdError,
)
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.cascade import (
    AcceptAsk,
    AskAccepted,
    AskEnd,
    Cascade,
    CascadeAction,
    CascadeExhausted,
    CascadeId,
    CascadeState,
    CloseAsk,
    DeclineAsk,
    Engage,
    OpenCascade,
    Release,
    Suggest,
    WithdrawCascade,
    replay_cascade,
)
from taskmentor.lifecycle.cascade.events import CascadeEvent
from taskmentor.lifecycle.events import EngagementId, Event, ProgrammeId
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.terms import Terms, WaitOrder
from taskmentor.models.people import PersonId
from taskmentor.store import (
    CascadeCommand,
    Cascades,
    Command,
    CommandId,
    Receipt,
    Record,
    Store,
    check,
    check_log,
    evidence,
    own_data,
    write_log,
)
from tests.lifecycle.examples import BEGIN, MENTEE, PROGRAMME_MANAGER, SCOPE, STRANGER, SYSTEM
from tests.store.desk import AUTHORITY, new_id, places_set

ANN, BEN, CY, DI = (PersonId(name) for name in ("ann", "ben", "cy", "di"))
FIRST, SECOND = CascadeId("c-1"), CascadeId("c-2")
HELD = {PROGRAMME_MANAGER: frozenset({Relation.PROGRAMME_MANAGER}), SYSTEM: frozenset({Relation.SYSTEM})}
TWO_AT_ONCE = Terms(asked_at_once=2)
WAITING = Terms(wait_order=WaitOrder.FIRST_COME)
PROGRAMME = ProgrammeId("task-based")


def opening(
    cascade_id: CascadeId = FIRST,
    mentors: tuple[PersonId, ...] = (ANN, BEN, CY),
    terms: Terms | None = None,
    mentee: PersonId = MENTEE,
) -> OpenCascade:
    return OpenCascade(
        cascade_id=cascade_id, mentee_id=mentee, mentor_ids=mentors, scope=SCOPE, programme_id=PROGRAMME,
        terms=terms or Terms(),
    )  # fmt: skip


def asking(
    action: CascadeAction | None,
    actor: PersonId,
    cascade_id: CascadeId = FIRST,
    *,
    at: datetime = BEGIN,
    seen: int | None = None,
) -> CascadeCommand:
    cascade_id = action.cascade_id if isinstance(action, OpenCascade) else cascade_id
    return CascadeCommand(id=new_id(), cascade_id=cascade_id, action=action, actor=actor, at=at, expected_version=seen)


def send(store: Store, sent: CascadeCommand) -> Receipt:
    return Cascades(store).execute(sent, lambda _: HELD.get(sent.actor, frozenset()))


def do(
    store: Store, action: CascadeAction | None, actor: PersonId, cascade_id: CascadeId = FIRST, *, days: int = 0
) -> Cascade:
    send(store, asking(action, actor, cascade_id, at=BEGIN + timedelta(days=days)))
    return Cascades(store).load(cascade_id)


def give_places(store: Store, places: int = 1, mentors: tuple[PersonId, ...] = (ANN, BEN, CY)) -> None:
    changes = [places_set(mentor, Relation.MENTOR, places) for mentor in mentors]
    store.set_places(new_id(), [*changes, places_set(MENTEE, Relation.MENTEE, 5)], AUTHORITY)


def test_a_whole_story_is_kept_as_it_was_decided(store: Store) -> None:
    """Replay equals what is loaded, the log has it in order, and every invariant holds."""
    give_places(store)
    do(store, opening(), MENTEE)
    do(store, DeclineAsk(reason="No time."), ANN)
    do(store, None, SYSTEM, days=30)
    done, events = Cascades(store).load(FIRST), Cascades(store).events(FIRST)
    assert replay_cascade(events) == done
    logged = [entry.event for entry in store.log() if isinstance(entry.event, CascadeEvent)]
    assert logged == list(events)
    assert [event.version for event in events] == [*range(1, len(events) + 1)]
    assert check(evidence(store)) == []


def test_the_first_yes_holds_the_place_and_ends_all_other_asks_at_once(store: Store) -> None:
    give_places(store)
    do(store, opening(terms=TWO_AT_ONCE), MENTEE)
    accepted = do(store, AcceptAsk(), BEN)
    assert (accepted.state, accepted.accepted_by, accepted.asks) == (CascadeState.ACCEPTED, BEN, ())
    assert store.places(BEN, Relation.MENTOR, BEGIN.date()) == (1, 1)
    assert store.places(ANN, Relation.MENTOR, BEGIN.date()) == (1, 0)
    with pytest.raises(TaskmentorError):
        do(store, AcceptAsk(), ANN)
    assert check(evidence(store)) == []


def test_of_yeses_at_once_the_database_takes_one_a_request_and_one_a_place(store: Store) -> None:
    """Two mentors who are asked say yes to one request, and one mentor to two requests."""
    give_places(store)
    terms = Terms(asked_at_once=2, open_requests=5, open_asks=5)
    do(store, opening(terms=terms), MENTEE)
    do(store, opening(SECOND, terms=terms, mentee=DI), DI)
    sent = [asking(AcceptAsk(), actor, cascade_id) for actor in (ANN, BEN) for cascade_id in (FIRST, SECOND)]

    def answer(one: CascadeCommand) -> Receipt | TaskmentorError:
        try:
            return send(store, one)
        except TaskmentorError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(answer, sent))
    assert sum(isinstance(one, Receipt) for one in answers) == 2
    by = {Cascades(store).load(one).accepted_by for one in (FIRST, SECOND)}
    assert by == {ANN, BEN}
    assert [store.places(one, Relation.MENTOR, BEGIN.date()) for one in (ANN, BEN)] == [(1, 1), (1, 1)]
    assert check(evidence(store)) == []


def test_who_is_full_is_passed_over_and_whoever_lost_the_place_meanwhile_is_refused(store: Store) -> None:
    give_places(store, mentors=(ANN, BEN))
    do(store, opening(mentors=(CY, ANN)), MENTEE)
    assert Cascades(store).load(FIRST).ask_of(ANN)
    do(store, opening(SECOND, mentors=(ANN,), mentee=DI), DI)
    do(store, AcceptAsk(), ANN, SECOND)
    with pytest.raises((IllegalMoveError, CapacityError)):
        do(store, AcceptAsk(), ANN)
    assert store.places(ANN, Relation.MENTOR, BEGIN.date()) == (1, 1)
    closed = do(store, CloseAsk(mentor_id=ANN, because=AskEnd.FULL), PROGRAMME_MANAGER)
    assert closed.state is CascadeState.EXHAUSTED
    assert isinstance(Cascades(store).events(FIRST)[-1], CascadeExhausted)
    assert Cascades(store).open() == (Cascades(store).load(SECOND),)


def test_a_yes_that_is_taken_back_gives_the_place_back(store: Store) -> None:
    give_places(store)
    do(store, opening(), MENTEE)
    do(store, AcceptAsk(), ANN)
    again = do(store, Release(reason="Ill."), ANN)
    assert (again.state, again.ask_of(BEN) is not None) == (CascadeState.OPEN, True)
    assert store.places(ANN, Relation.MENTOR, BEGIN.date()) == (1, 0)
    do(store, AcceptAsk(), BEN)
    do(store, WithdrawCascade(), MENTEE)
    assert store.places(BEN, Relation.MENTOR, BEGIN.date()) == (1, 0)
    assert check(evidence(store)) == []


def test_an_engagement_that_was_proposed_from_it_ends_it(store: Store) -> None:
    give_places(store)
    do(store, opening(), MENTEE)
    proposal = do(store, AcceptAsk(), ANN).proposal(EngagementId("e-1"))

    def propose(action: Propose) -> None:
        sent = Command(id=new_id(), engagement_id=action.engagement_id, action=action, actor=MENTEE, at=BEGIN)
        store.execute(sent, lambda _: frozenset({Relation.MENTEE}))

    propose(attrs.evolve(proposal, engagement_id=EngagementId("e-2"), mentor_id=BEN))
    for other in ("e-1", "e-2"):
        with pytest.raises(InputError, match="OTHER-ENGAGEMENT"):
            do(store, Engage(engagement_id=EngagementId(other)), SYSTEM)
    propose(proposal)
    engaged = do(store, Engage(engagement_id=EngagementId("e-1")), SYSTEM)
    assert (engaged.state, engaged.engagement_id) == (CascadeState.ENGAGED, "e-1")
    assert store.places(ANN, Relation.MENTOR, BEGIN.date()) == (1, 0)
    assert store.load("e-1").state is State.PROPOSED
    assert Cascades(store).events(FIRST)[-1].engagement_id == "e-1"  # type: ignore[attr-defined]
    assert check(evidence(store)) == []


def test_a_command_is_carried_out_once_for_its_actor(store: Store) -> None:
    give_places(store)
    sent = asking(opening(), MENTEE)
    first = send(store, sent)
    assert send(store, attrs.evolve(sent, at=BEGIN + timedelta(days=3))) == first
    with pytest.raises(CommandReusedError):
        send(store, attrs.evolve(sent, actor=STRANGER))
    assert first.version == len(Cascades(store).events(FIRST)) == 2
    refused = asking(AcceptAsk(), ANN, seen=1)
    for _ in range(2):
        with pytest.raises(ConcurrencyConflict) as conflict:
            send(store, refused)
        assert conflict.value.current == 2
    with pytest.raises(InputError, match="BAD-ID"):
        send(store, attrs.evolve(sent, id=CommandId("a b")))
    with pytest.raises(InputError, match="OTHER-ID"):
        send(store, attrs.evolve(sent, id=new_id(), cascade_id=SECOND))


@pytest.mark.parametrize("seen", [None, 7])
@pytest.mark.parametrize(
    "action", [AcceptAsk(), WithdrawCascade(), Suggest(mentor_id=DI), None, opening(mentee=STRANGER)]
)
def test_a_stranger_is_told_nothing(store: Store, action: CascadeAction | None, seen: int | None) -> None:
    """The words are the same whether there is such a request; only who may open one finds that an id is free."""
    give_places(store)
    do(store, opening(), MENTEE)
    told = set()
    others = (FIRST,) if isinstance(action, OpenCascade) else (FIRST, CascadeId("none"))
    for cascade_id in others:
        with pytest.raises(NotAuthorisedError) as refused:
            send(store, asking(action, STRANGER, cascade_id, seen=seen))
        told.add(str(refused.value))
    assert len(told) == 1


def test_those_who_wait_stand_in_a_list_with_their_place(store: Store) -> None:
    give_places(store, mentors=(ANN,))
    for day, (cascade_id, mentee) in enumerate(((FIRST, DI), (SECOND, MENTEE))):
        do(store, opening(cascade_id, mentors=(), terms=WAITING, mentee=mentee), mentee, cascade_id, days=day)
    listed = Cascades(store).waitlist(PROGRAMME, WaitOrder.FIRST_COME)
    assert [one.cascade_id for one in listed.queue] == [FIRST, SECOND]
    by_rounds = Cascades(store).waitlist(PROGRAMME, WaitOrder.UNMATCHED_FIRST, rounds_unmatched={MENTEE: 2})
    assert [one.mentee_id for one in by_rounds.queue] == [MENTEE, DI]
    assert Cascades(store).waitlist("other", WaitOrder.FIRST_COME).queue == ()
    do(store, Suggest(mentor_id=ANN), SYSTEM, days=2)
    assert [one.cascade_id for one in Cascades(store).waitlist(PROGRAMME, WaitOrder.FIRST_COME).queue] == [SECOND]
    assert [one.id for one in Cascades(store).open(person_id=ANN)] == [FIRST]
    assert [one.id for one in Cascades(store).open(programme_id=PROGRAMME)] == [FIRST, SECOND]
    assert Cascades(store).open(person_id=STRANGER) == ()


def test_what_is_due_is_found_and_done_once(store: Store) -> None:
    """Silence leads to the next mentor; requests are no engagements, and are not listed among them."""
    give_places(store)
    opened = do(store, opening(), MENTEE)
    until = opened.asks[0].until
    assert Cascades(store).due(until - timedelta(microseconds=1)) == ()
    assert Cascades(store).due(until) == (FIRST,)
    assert (store.due(until), store.open_engagements(), store.engagements_of(MENTEE)) == ((), (), ())
    assert store.engaged(BEGIN.date()) == []
    send(store, asking(None, SYSTEM, at=until))
    assert Cascades(store).load(FIRST).ask_of(BEN) is not None
    assert Cascades(store).due(until) == ()
    assert send(store, asking(None, SYSTEM, at=until)).n_events == 0
    with pytest.raises(InputError, match="BAD-ID"):
        store.carry_out(new_id(), EngagementId("cascade/c-1"), lambda _: (), asked="tick", actor=SYSTEM)
    with pytest.raises(UnknownIdError):
        store.load("cascade/c-1")


def test_limits_are_counted_over_all_requests_of_the_programme(store: Store) -> None:
    give_places(store)
    one_at_a_time = Terms(open_requests=1, open_asks=1)
    sent = [asking(opening(one, terms=one_at_a_time), MENTEE, one) for one in (FIRST, SECOND)]

    def answer(one: CascadeCommand) -> bool:
        try:
            return send(store, one).n_events > 0
        except IllegalMoveError:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(answer, sent)) == [False, True]
    third = CascadeId("c-3")
    do(store, opening(third, terms=one_at_a_time, mentee=DI), DI, third)
    assert Cascades(store).load(third).ask_of(ANN) is None


def test_the_request_of_a_mentee_is_erased_with_them_and_a_mentor_from_it(store: Store) -> None:
    give_places(store)
    do(store, opening(), MENTEE)
    do(store, DeclineAsk(reason="planted-word"), ANN)
    do(store, AcceptAsk(), BEN)
    store.erase(new_id(), ANN, ticket="T-1", actor=PROGRAMME_MANAGER, at=BEGIN, authority=AUTHORITY)
    left = Cascades(store).load(FIRST)
    assert left.mentor_ids[0].startswith("erased-")
    assert "planted-word" not in repr(list(store.log()))
    assert check(evidence(store)) == []
    store.erase(new_id(), MENTEE, ticket="T-2", actor=PROGRAMME_MANAGER, at=BEGIN, authority=AUTHORITY)
    with pytest.raises(UnknownIdError):
        Cascades(store).load(FIRST)
    assert (Cascades(store).events(FIRST), Cascades(store).open()) == ((), ())
    assert store.places(BEN, Relation.MENTOR, BEGIN.date()) == (1, 0)
    assert check(evidence(store)) == []


def test_everybody_gets_their_own_of_a_request(store: Store) -> None:
    """The mentee all of it but others' words; a mentor what they were asked and answered, and nothing of the others."""
    give_places(store)
    do(store, opening(), MENTEE)
    do(store, DeclineAsk(reason="ann's reason"), ANN)
    do(store, AcceptAsk(), BEN)
    mentee, ann = own_data(store, MENTEE), own_data(store, ANN)
    assert [one["kind"] for one in mentee.cascades["c-1"]["events"]][:2] == ["CascadeOpened", "MentorAsked"]
    assert "ann's reason" not in mentee.as_json()
    assert [one["kind"] for one in ann.cascades["c-1"]["events"]] == ["MentorAsked", "AskDeclined"]
    assert "ann's reason" in ann.as_json()
    assert BEN not in ann.as_json()
    assert (mentee.engagements, ann.engagements) == ({}, {})


def test_an_exported_log_with_requests_is_checked_without_the_store(store: Store, tmp_path: Path) -> None:
    give_places(store)
    do(store, opening(), MENTEE)
    do(store, AcceptAsk(), ANN)
    anchor = write_log(store, tmp_path / "log.jsonl")
    assert list(check_log(tmp_path / "log.jsonl", anchor=anchor)) == []


def test_a_log_of_requests_that_cannot_be_is_found(store: Store) -> None:
    """Somebody said yes who was never asked, and a place is held that nobody's yes tells of."""
    give_places(store)
    do(store, opening(), MENTEE)
    do(store, AcceptAsk(), ANN)
    whole = evidence(store)
    log = [
        attrs.evolve(one, event=attrs.evolve(one.event, mentor_id=DI, actor=DI))
        if isinstance(one.event, AskAccepted)
        else one
        for one in whole.log
    ]
    assert "I5" in {one.invariant for one in check(attrs.evolve(whole, log=log))}
    assert [one.invariant for one in check(attrs.evolve(whole, claims=[]))] == ["I6"]


def test_no_two_kinds_of_event_share_a_name() -> None:
    """The log tells them apart by their names."""

    def below(kind: type) -> list[str]:
        children: list[type] = kind.__subclasses__()
        return [one.__name__ for one in children] + [name for one in children for name in below(one)]

    kinds: tuple[type, ...] = (Event, CascadeEvent, Record)
    names = [name for kind in kinds for name in below(kind)]
    assert len(set(names)) == len(names)
