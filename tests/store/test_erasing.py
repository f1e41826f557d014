"""A person is erased: their words and name are nowhere any more, the chain still verifies, and others keep theirs."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from attrs import evolve

from taskmentor.authorisation import ActionName, Allow, Grant, Relation
from taskmentor.errors import (
    CommandReusedError,
    InputError,
    NotAuthorisedError,
    UnknownIdError,
)
from taskmentor.formats.reading import read_organisation
from taskmentor.lifecycle.actions import (
    Accept,
    Action,
    Confirm,
    End,
    Expire,
    Finish,
    Reassess,
    Return,
    Schedule,
    Start,
    Withdraw,
)
from taskmentor.lifecycle.clock import tick
from taskmentor.lifecycle.disclosure import seen_by
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EndReason, EngagementId
from taskmentor.lifecycle.evolving import replay
from taskmentor.lifecycle.moves import FINAL, State
from taskmentor.lifecycle.outcomes import outcome, self_assessments
from taskmentor.models.people import PersonId, key_of_erased
from taskmentor.sample import folder
from taskmentor.store import Command, CommandId, Erased, RoundId, Store, check, evidence, open_store
from tests.lifecycle.examples import BEGIN, MANAGER, MENTEE, MENTOR, PROGRAMME_MANAGER, SCOPE, SYSTEM, Lines, proposal
from tests.store.desk import AUTHORITY, FIRST, OFFICER, bring, days_after, new_id, open_places, places_set
from tests.store.server import Server

ZED = PersonId("zed-planted-name")
PLANTED = (ZED, "planted-end", "planted-by-mentee", "planted-by-manager")
TODAY = BEGIN.date()


def say(store: Store, engagement_id: str, actor: PersonId, action: Action, relation: Relation, day: int = 0) -> None:
    at = BEGIN + timedelta(days=day)
    sent = Command(id=new_id(), engagement_id=EngagementId(engagement_id), action=action, actor=actor, at=at)
    store.execute(sent, lambda _: frozenset({relation}))


def propose(store: Store, engagement_id: str, mentee: str, mentor: str) -> None:
    action = evolve(
        proposal(),
        engagement_id=EngagementId(engagement_id),
        mentee_id=PersonId(mentee),
        mentor_id=PersonId(mentor),
        confirmer_id=ZED,
    )
    say(store, engagement_id, PROGRAMME_MANAGER, action, Relation.PROGRAMME_MANAGER)


def start(store: Store, engagement_id: str, mentee: str, mentor: str) -> None:
    """Begin an engagement and let it run."""
    propose(store, engagement_id, mentee, mentor)
    say(store, engagement_id, PersonId(mentee), Accept(scope=SCOPE), Relation.MENTEE)
    say(store, engagement_id, PersonId(mentor), Accept(scope=SCOPE), Relation.MENTOR)
    schedule = Schedule(starts_on=TODAY, ends_on=TODAY + timedelta(weeks=6))
    say(store, engagement_id, PersonId(mentor), schedule, Relation.MENTOR)
    say(store, engagement_id, PersonId(mentee), Start(), Relation.MENTEE)


def end(store: Store, engagement_id: str, actor: str, words: str, day: int = 2) -> None:
    say(store, engagement_id, PersonId(actor), End(reason=EndReason.OTHER, words=words), Relation.MENTOR, day)


def plant(store: Store) -> None:
    """Let somebody be mentee, mentor, manager and part of a draft, and leave words everywhere."""
    store.ledger = evolve(store.ledger, snapshot_every=2)
    people = (ZED, "ann", "ben", "cat")
    sides = (Relation.MENTEE, Relation.MENTOR)
    store.set_places(new_id(), [places_set(person, side, 5) for person in people for side in sides], AUTHORITY)
    start(store, "as-mentee", ZED, "ann")
    end(store, "as-mentee", ZED, "planted-end")
    start(store, "as-mentor", "ben", ZED)
    end(store, "as-mentor", "ben", "planted-by-mentee")
    start(store, "as-manager", "cat", "ann")
    say(store, "as-manager", PersonId("cat"), Finish(), Relation.MENTEE, day=3)
    say(store, "as-manager", PersonId("cat"), Reassess(level=3), Relation.MENTEE, day=3)
    say(store, "as-manager", ZED, Return(note="planted-by-manager"), Relation.CONFIRMER, day=4)
    end(store, "as-manager", "ann", "ann's words stay", day=5)
    start(store, "running", ZED, "ann")
    start(store, "others", "ben", "ann")
    end(store, "others", "ann", "words that stay")
    draft = [evolve(proposal(), engagement_id=EngagementId("draft"), mentee_id=PersonId("ann"), mentor_id=ZED)]
    store.keep_round(
        new_id(), RoundId("r"), draft, programme_id=proposal().programme_id, claims={}, actor=PROGRAMME_MANAGER,
        at=BEGIN, authority=AUTHORITY,
    )  # fmt: skip
    with pytest.raises(NotAuthorisedError):
        say(store, "others", ZED, Expire(), Relation.MANAGER)


def erase(store: Store, person: str = ZED, command_id: CommandId | None = None, ticket: str = "T-1") -> None:
    store.erase(command_id or new_id(), person, ticket=ticket, actor=OFFICER, at=days_after(30), authority=AUTHORITY)


def occurrences(data: bytes) -> list[str]:
    return [word for word in PLANTED if word.encode() in data]


def sqlite_bytes(address: str) -> bytes:
    path = Path(address.removeprefix("sqlite:///"))
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def postgresql_bytes(server: Server) -> bytes:
    """Return what is in the files of tables and indexes, after they were written out."""
    server.psql("CHECKPOINT", "template")
    return b"".join(file.read_bytes() for file in (server.folder / "data" / "base").rglob("*") if file.is_file())


def test_on_sqlite_their_words_are_in_no_byte_of_the_files(new_sqlite: object) -> None:
    """Neither in a table nor in free pages, the write-ahead log, or an index."""
    assert callable(new_sqlite)
    address = new_sqlite()
    with open_store(address) as store:
        plant(store)
        assert occurrences(sqlite_bytes(address)) == [*PLANTED]
        erase(store)
        assert occurrences(sqlite_bytes(address)) == []
        assert check(evidence(store)) == []
        assert b"words that stay" in sqlite_bytes(address)
    assert occurrences(sqlite_bytes(address)) == []


def test_on_postgresql_their_words_are_in_no_table_index_or_dump(new_postgresql: object, server: Server) -> None:
    assert callable(new_postgresql)
    with open_store(new_postgresql()) as store:
        plant(store)
        assert occurrences(server.dump("template").encode()) == [*PLANTED]
        assert occurrences(postgresql_bytes(server)) == [*PLANTED]
        erase(store)
        assert occurrences(server.dump("template").encode()) == []
        assert occurrences(postgresql_bytes(server)) == []
        assert check(evidence(store)) == []
        assert "words that stay" in server.dump("template")


def test_nobody_finds_them_any_more(store: Store) -> None:
    plant(store)
    erase(store)
    assert store.engagements_of(ZED) == ()
    for engagement_id in ("as-mentee", "running"):
        with pytest.raises(UnknownIdError):
            store.load(engagement_id)
        assert store.events(engagement_id) == ()
    assert store.proposals(RoundId("r")) == []
    with pytest.raises(UnknownIdError):
        erase(store)
    assert not any(word in repr(list(store.log())) for word in PLANTED)


def test_others_keep_theirs(store: Store) -> None:
    """Whose mentor was erased keeps what they learnt; whose manager was erased too; others lose nothing."""
    plant(store)
    before = {engagement_id: store.load(engagement_id) for engagement_id in ("others", "as-mentor", "as-manager")}
    erase(store)
    others, as_mentor, as_manager = (store.load(engagement_id) for engagement_id in before)
    assert others == evolve(before["others"], expected_confirmer_id=others.expected_confirmer_id)
    assert str(others.expected_confirmer_id).startswith("erased-")
    assert others.closed_because == "words that stay"
    assert as_mentor.state is before["as-mentor"].state
    assert as_mentor.mentee_id == "ben"
    assert as_mentor.mentor_id.startswith("erased-")
    assert as_mentor.closed_because == ""
    assert as_manager.closed_because == "ann's words stay"
    assert as_manager.returned == ("",)
    assert replay(store.events("as-manager")) == as_manager


def test_their_places_are_given_back(store: Store) -> None:
    plant(store)
    on = days_after(30).date()
    assert store.places("ann", Relation.MENTOR, on) == (5, 1)
    erase(store)
    assert store.places("ann", Relation.MENTOR, on) == (5, 0)


def test_an_engagement_goes_on_after_its_mentor_was_erased(store: Store) -> None:
    """What is left of them is a name that means nothing, which still holds and gives back a place."""
    open_places(store)
    bring(store, State.ACTIVE)
    erase(store, MENTOR)
    left = store.load("e-1").mentor_id
    assert left.startswith("erased-")
    say(store, "e-1", MENTEE, End(reason=EndReason.LEFT_ORGANISATION), Relation.MENTEE, day=40)
    assert store.load("e-1").state is State.ENDED
    assert check(evidence(store)) == []


class Rest(Lines):
    """The reporting lines without those who were erased."""

    def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
        if key_of_erased(person_id):
            raise UnknownIdError("person", person_id)
        return super().line_of_managers(person_id, on)


REST = evolve(AUTHORITY, organisation=Rest())


def act(store: Store, actor: PersonId, action: Action, day: int) -> None:
    at = days_after(day)
    sent = Command(id=new_id(), engagement_id=FIRST, action=action, actor=actor, at=at)

    def held(engagement: Engagement | None) -> frozenset[Relation]:
        assert engagement is not None
        return REST.relations(actor, engagement, at.date())

    store.execute(sent, held)


@pytest.mark.parametrize("state", [State.PROPOSED, State.ACCEPTED, State.SCHEDULED, State.ACTIVE, State.PAUSED])
def test_what_goes_on_without_its_mentor_is_read_and_closed_by_the_others(store: Store, state: State) -> None:
    open_places(store)
    bring(store, state)
    erase(store, MENTOR)
    left, on = store.load(FIRST), days_after(31).date()
    for reader in (MENTEE, MANAGER, PROGRAMME_MANAGER):
        held = REST.relations(reader, left, on)
        assert seen_by(left, reader, held).mentor_id == left.mentor_id
        assert isinstance(REST.authorise(reader, ActionName.CONFIRM, left, on), Allow) is (reader == MANAGER)
    due = store.carry_out(
        new_id(), FIRST, lambda one: tick(one, days_after(60)) if one else (), asked="t", actor=SYSTEM
    )
    assert (due.n_events > 0) is (state is not State.ACCEPTED)
    if store.load(FIRST).state not in FINAL:
        running = state in (State.ACTIVE, State.PAUSED)
        closing = End(reason=EndReason.LEFT_ORGANISATION) if running else Withdraw(reason="Nobody teaches it.")
        act(store, MENTEE if state is State.ACTIVE else PROGRAMME_MANAGER, closing, day=61)
    assert store.load(FIRST).state in FINAL
    assert check(evidence(store)) == []


def test_what_a_mentor_taught_is_confirmed_after_their_erasure(store: Store) -> None:
    """The change is the mentee's; and it stays after whoever confirmed it was erased too."""
    organisation = read_organisation(folder())
    mentee = PersonId("p-0042")
    open_places(store)
    bring(store, State.AWAITING_CONFIRMATION)
    erase(store, MENTOR)
    act(store, MANAGER, Confirm(level=3), day=31)
    erase(store, MANAGER)
    done = store.load(FIRST)
    assert done.state is State.COMPLETED
    assert done.confirmed_by is not None
    assert key_of_erased(done.confirmed_by)
    assert [one.person_id for one in self_assessments(done)] == [MENTEE]
    after = organisation.assessed(evolve(outcome(done), person_id=mentee))
    assert len(after.assessments) == len(organisation.assessments) + 1
    with pytest.raises(UnknownIdError):
        organisation.assessed(evolve(outcome(done), person_id=mentee, assessor_id=PersonId("no-such-manager")))


def test_the_log_tells_of_the_erasure_and_not_of_whom(store: Store) -> None:
    plant(store)
    anchor = store.anchor()
    erase(store)
    last = list(store.log())[-1].event
    assert isinstance(last, Erased)
    assert (last.ticket, last.actor) == ("T-1", OFFICER)
    assert sum(end - first + 1 for first, end in last.entries) == len(store_positions(store))
    assert store.anchor().position == anchor.position + 1


def store_positions(store: Store) -> list[int]:
    return [entry.position for entry in store.log() if entry.event is None]


def test_an_erasure_is_done_once(store: Store) -> None:
    plant(store)
    command_id = new_id()
    erase(store, command_id=command_id)
    end = store.anchor()
    erase(store, command_id=command_id)
    assert store.anchor() == end
    with pytest.raises(CommandReusedError):
        erase(store, "ann", command_id)
    with pytest.raises(CommandReusedError):
        erase(store, command_id=command_id, ticket="T-2")
    assert store.engagements_of("ann") == ("as-manager", "others")


def test_nobody_erases_themselves(store: Store) -> None:
    plant(store)
    with pytest.raises(InputError, match="SELF-ERASURE"):
        erase(store, OFFICER)


@pytest.mark.parametrize("actor", [ZED, MANAGER, SYSTEM, PersonId("of-one"), PersonId("of-yesterday"), MENTOR])
def test_only_who_runs_all_programmes_erases(store: Store, actor: PersonId) -> None:
    """And whoever does not learns nothing of whether there is such a person."""
    plant(store)
    authority = evolve(
        AUTHORITY,
        grants=(
            *AUTHORITY.grants,
            Grant(person_id=PersonId("of-one"), relation=Relation.PROGRAMME_MANAGER, from_on=TODAY,
                  programme_id="task-based"),
            Grant(person_id=PersonId("of-yesterday"), relation=Relation.PROGRAMME_MANAGER, from_on=TODAY,
                  until_on=days_after(29).date()),
        ),
    )  # fmt: skip
    end = store.anchor()
    for person in ("ann", "nobody-at-all"):
        with pytest.raises(NotAuthorisedError, match="may not erase-person: it takes programme manager"):
            store.erase(new_id(), person, ticket="T-1", actor=actor, at=days_after(30), authority=authority)
    assert store.anchor() == end


def test_nobody_is_erased_without_a_ticket(store: Store) -> None:
    plant(store)
    with pytest.raises(InputError, match="nobody is erased without a ticket"):
        erase(store, ticket=" ")
    with pytest.raises(UnknownIdError):
        erase(store, "nobody-at-all")


def test_who_comes_back_begins_anew(store: Store) -> None:
    plant(store)
    erase(store)
    propose(store, "new", ZED, "ann")
    assert store.engagements_of(ZED) == ("new",)
    assert check(evidence(store)) == []
