"""What every store promises, run over memory, SQLite and PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import zip_longest
from typing import Any

import attrs
import pytest
from sqlalchemy import event, inspect

from taskmentor.authorisation import ActionName, Grant, Relation
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
from taskmentor.lifecycle.clock import tick
from taskmentor.lifecycle.deadlines import deadlines
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EngagementId, Event
from taskmentor.lifecycle.evolving import evolve, replay
from taskmentor.lifecycle.moves import FINAL, State
from taskmentor.models.organisation import EngagedRow
from taskmentor.models.people import PersonId
from taskmentor.store import Command, CommandId, PlacesSet, Receipt, Store, check, evidence, open_store
from taskmentor.store.database import EVERY_STREAM, Entry
from taskmentor.store.sql import SqlDatabase
from tests.lifecycle.examples import (
    BEGIN,
    MANAGER,
    MENTEE,
    MENTOR,
    PROGRAMME_MANAGER,
    SCOPE,
    STRANGER,
    SYSTEM,
    TIMED,
    WAYS,
    example,
    held_by,
    log_to,
    moment_for,
    proposal,
)
from tests.store.desk import (
    AUTHORITY,
    DAY,
    FIRST,
    LONG_AGO,
    bring,
    command,
    days_after,
    do,
    engagement_ids,
    found,
    new_id,
    open_places,
    places_set,
    send,
)

N_AT_ONCE = 8


def _nothing(_: Engagement | None) -> tuple[Event, ...]:
    return ()


def in_threads(calls: list[Callable[[], Receipt]]) -> list[Receipt | TaskmentorError]:
    """Return what calls at once return or raise, in their order."""

    def answer(call: Callable[[], Receipt]) -> Receipt | TaskmentorError:
        try:
            return call()
        except TaskmentorError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(answer, calls))


# --- events


@pytest.mark.parametrize("state", State)
def test_what_is_kept_is_what_was_decided(store: Store, state: State) -> None:
    """Events come back equal, in order, and what is loaded is what they add up to."""
    open_places(store)
    bring(store, state)
    assert list(store.events(FIRST)) == log_to(state)
    assert repr(store.events(FIRST)) == repr(tuple(log_to(state)))  # a member of an enumeration equals its text
    assert store.load(FIRST) == replay(log_to(state))


def test_an_engagement_that_is_not_there_is_said_to_be_unknown(store: Store) -> None:
    with pytest.raises(UnknownIdError, match="'e-1' names no engagement"):
        store.load(FIRST)
    assert store.events(FIRST) == ()
    assert store.engagements_of(MENTEE) == ()


def test_a_time_zone_comes_back_as_it_was_given(store: Store) -> None:
    """SQLite knows no time zones, and a day in Tokyo is not the day in UTC."""
    zone = timezone(timedelta(hours=9))
    sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER, at=BEGIN.astimezone(zone))
    send(store, sent)
    assert store.load(FIRST).at.isoformat() == BEGIN.astimezone(zone).isoformat()


def test_people_find_their_engagements(store: Store) -> None:
    open_places(store)
    bring(store, State.ACCEPTED)
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER, EngagementId("e-2"), mentor="moe")
    assert store.engagements_of(MENTEE) == ("e-1", "e-2")
    assert store.engagements_of(MENTOR) == ("e-1",)
    assert store.engagements_of(MENTOR, Relation.MENTEE) == ()
    assert store.engagements_of("moe", Relation.MENTOR) == ("e-2",)


def test_the_log_has_one_order_without_gaps(store: Store) -> None:
    """A reader who has come to a position goes on from there, and sees each entry once."""
    open_places(store)
    for engagement_id in engagement_ids(3):
        do(store, ActionName.PROPOSE, PROGRAMME_MANAGER, engagement_id)
    do(store, ActionName.ACCEPT, MENTEE)
    log = list(store.log())
    assert [entry.position for entry in log] == [1, 2, 3, 4, 5, 6]
    assert [type(entry.event).__name__ for entry in log] == ["PlacesSet"] * 2 + ["Proposed"] * 3 + ["AcceptedByMentee"]
    assert list(store.log(after=4)) == log[4:]
    assert list(store.log(after=6)) == []
    assert [entry.version for entry in log if entry.stream == log[-1].stream] == [1, 2]
    assert store.anchor().position == 6


def test_a_reader_never_misses_what_comes_below(store: Store) -> None:
    """I9: while many write, whoever reads on from the last position sees every one, in order, and none too late."""
    sent = [
        command(store, ActionName.PROPOSE, PROGRAMME_MANAGER, engagement_id) for engagement_id in engagement_ids(40)
    ]
    seen: list[int] = []
    with ThreadPoolExecutor(N_AT_ONCE) as pool:
        writing = [pool.submit(send, store, one) for one in sent]
        while len(seen) < len(sent):
            seen += [entry.position for entry in store.log(after=seen[-1] if seen else 0)]
        assert all(one.result().n_events == 1 for one in writing)
    assert seen == [*range(1, len(sent) + 1)]


def test_the_log_is_read_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskmentor.store.keeping._READ_AT_ONCE", 2)
    for engagement_id in engagement_ids(4):
        do(store, ActionName.PROPOSE, PROGRAMME_MANAGER, engagement_id)
    assert [entry.position for entry in store.log()] == [1, 2, 3, 4]


# --- the log as checks read it


def some_log(store: Store) -> list[Entry]:
    """Keep a few engagements whose events alternate, erase one of them, and return the entries by `log`."""
    open_places(store)
    both = [*engagement_ids(2)]
    for engagement_id, mentor in zip(both, (MENTOR, "moe"), strict=True):
        do(store, ActionName.PROPOSE, PROGRAMME_MANAGER, engagement_id, mentor=mentor)
    for engagement_id in both:
        do(store, ActionName.ACCEPT, MENTEE, engagement_id)
    with store.database.reading() as transaction:
        before = transaction.log(0, 100)
    store.erase(new_id(), "moe", ticket="T-1", actor=PROGRAMME_MANAGER, at=days_after(30), authority=AUTHORITY)
    third = EngagementId("e-3")
    sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER, third)
    send(store, attrs.evolve(sent, action=attrs.evolve(proposal(), engagement_id=third, mentee_id=PersonId("ann"))))
    store.erase(new_id(), "ann", ticket="T-2", actor=PROGRAMME_MANAGER, at=days_after(31), authority=AUTHORITY)
    with store.database.reading() as transaction:
        log = transaction.log(0, 100)
    assert [entry.header for entry in log[: len(before)]] == [entry.header for entry in before]
    assert len(log) == len(before) + 3
    assert [entry.kind for entry in log].count(None) == 1
    return log


def test_headers_are_read_in_order_and_in_parts(store: Store) -> None:
    """With their links, whatever was erased; from a position on, and no more than were asked for."""
    told = [(entry.header, entry.link) for entry in some_log(store)]
    with store.database.reading() as transaction:
        assert transaction.headers(0, 100) == told
        assert [header.position for header, _ in told] == [*range(1, len(told) + 1)]
        for after in range(len(told) + 1):
            for most in (1, 2, len(told)):
                assert transaction.headers(after, most) == told[after : after + most]
        end = transaction.anchor()
        assert transaction.headers(end.position - 1, 1)[0][1] == end.link
        assert transaction.headers(end.position, 1) == []


def test_entries_are_read_stream_by_stream(store: Store) -> None:
    """Each stream whole and in order, from one name until before another; those that were erased too."""
    log = some_log(store)
    names = sorted({entry.header.stream for entry in log})
    of_stream = {name: [entry for entry in log if entry.header.stream == name] for name in names}
    assert max(map(len, of_stream.values())) == 2
    with store.database.reading() as transaction:
        whole = transaction.entries_between(EVERY_STREAM)
        assert whole == [entry for name in names for entry in of_stream[name]]
        for first, until in zip(names, [*names[1:], EVERY_STREAM[1]], strict=True):
            assert transaction.entries_between((first, until)) == of_stream[first]
            assert transaction.entries_between((EVERY_STREAM[0], until)) == [
                entry for name in names if name < until for entry in of_stream[name]
            ]
        assert transaction.entries_between((names[0], names[0])) == []


def test_entries_of_one_kind_are_read_in_order(store: Store) -> None:
    """What was erased is of no kind any more."""
    log = some_log(store)
    with store.database.reading() as transaction:
        for kind, n_entries in (("PlacesSet", 2), ("Proposed", 2), ("AcceptedByMentee", 2), ("Erased", 2)):
            found = transaction.entries_of_kind(kind)
            assert found == [entry for entry in log if entry.kind == kind]
            assert len(found) == n_entries
        assert transaction.entries_of_kind("Proposed2") == []
        assert transaction.entries_of_kind("") == []


# --- commands


def test_a_command_that_comes_twice_gets_its_first_answer(store: Store) -> None:
    """I7: the caller may not have heard the first; nothing is done twice, at whatever time it comes again."""
    open_places(store)
    sent: list[tuple[Command, Receipt]] = []
    for name, actor in WAYS[State.COMPLETED]:
        once = command(store, name, actor)
        sent.append((once, send(store, once)))
    end = store.anchor()
    for again, first in sent:
        assert send(store, again) == first
        assert send(store, attrs.evolve(again, at=again.at + timedelta(days=1))) == first
    assert store.anchor() == end


@pytest.mark.parametrize("ways", [(State.COMPLETED, State.ACTIVE), (State.COMPLETED, State.COMPLETED)])
def test_commands_to_different_streams_commute(store: Store, ways: tuple[State, State]) -> None:
    """Who comes first between two engagements makes no difference to either."""
    open_places(store, places=4)
    first, second, third, fourth = engagement_ids(4)
    one, other = (list(WAYS[state]) for state in ways)
    turns = [*zip_longest(one, other)]
    for engagement, (name, actor) in [pair for a, b in turns for pair in ((first, a), (second, b)) if pair[1]]:
        do(store, name, actor, engagement)
    for engagement, way in ((fourth, other), (third, one)):
        for name, actor in way:
            do(store, name, actor, engagement)
    for before, after in ((first, third), (second, fourth)):
        assert attrs.evolve(store.load(after), id=before) == store.load(before)


@pytest.mark.parametrize(
    ("name", "actor", "error"),
    [
        (ActionName.CONFIRM, MANAGER, IllegalMoveError),
        (ActionName.CONFIRM, STRANGER, NotAuthorisedError),
        (ActionName.ACCEPT, MENTOR, CapacityError),
    ],
)
def test_a_refusal_is_an_answer_too(
    store: Store, name: ActionName, actor: PersonId, error: type[TaskmentorError]
) -> None:
    """A command that was refused stays refused, even where it would be allowed by now."""
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    do(store, ActionName.ACCEPT, MENTEE)
    sent, end = command(store, name, actor), store.anchor()
    with pytest.raises(error) as first:
        send(store, sent)
    open_places(store)
    with pytest.raises(error) as second:
        send(store, sent)
    assert second.type is first.type
    assert second.value.args == first.value.args
    assert str(second.value) == str(first.value)
    assert store.load(FIRST).version == 2
    assert store.anchor().position == end.position + 2


def test_wrong_input_is_an_answer_too(store: Store) -> None:
    open_places(store)
    bring(store, State.SCHEDULED)
    early = command(store, ActionName.START, MENTEE, at=days_after(-1))
    for _ in range(2):
        with pytest.raises(InputError, match="DATE-ORDER") as refused:
            send(store, early)
        assert refused.value.faults[0].column == "at"


def test_a_proposal_begins_what_it_is_sent_to(store: Store) -> None:
    """Otherwise one engagement would stand under the id of another."""
    sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    with pytest.raises(InputError, match="OTHER-ID"):
        send(store, attrs.evolve(sent, engagement_id=EngagementId("e-2")))


def test_an_id_stands_for_one_command(store: Store) -> None:
    """Otherwise somebody gets the answer to a question they never asked."""
    first = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    send(store, first)
    for other in (
        attrs.evolve(first, actor=STRANGER),
        attrs.evolve(first, action=example(ActionName.EXPIRE, BEGIN)),
        attrs.evolve(first, engagement_id=EngagementId("e-2")),
        attrs.evolve(first, expected_version=0),
    ):
        with pytest.raises(CommandReusedError, match="stands for another command"):
            send(store, other)
    assert store.anchor().position == 1


def test_a_command_from_many_at_once_is_done_once(store: Store) -> None:
    """Impatient users press twice, and gateways send again."""
    sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    answers = in_threads([lambda: send(store, sent)] * N_AT_ONCE)
    assert answers == [Receipt(command_id=sent.id, version=1, position=1, n_events=1)] * N_AT_ONCE
    assert store.anchor().position == 1


def test_of_many_writers_on_one_version_one_wins(store: Store) -> None:
    """I8: the others are told the version that there is now."""
    open_places(store)
    bring(store, State.ACTIVE)
    version = store.load(FIRST).version
    sent = [command(store, ActionName.RECORD_PRACTICE, MENTEE, expected_version=version) for _ in range(N_AT_ONCE)]
    answers = in_threads([lambda one=one: send(store, one) for one in sent])  # type: ignore[misc]
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1
    conflicts = [answer for answer in answers if isinstance(answer, ConcurrencyConflict)]
    assert len(conflicts) == N_AT_ONCE - 1
    assert {(conflict.expected, conflict.current) for conflict in conflicts} == {(version, version + 1)}
    assert store.load(FIRST).version == version + 1


def test_a_conflict_says_what_to_do(store: Store) -> None:
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    with pytest.raises(ConcurrencyConflict, match=r"'e-1' is at version 1, and 7 was expected: look at it again"):
        send(store, command(store, ActionName.ACCEPT, MENTEE, expected_version=7))


@pytest.mark.parametrize("expected_version", [None, 0, 1, 7])
@pytest.mark.parametrize("name", [ActionName.APPROVE, ActionName.CONFIRM])
def test_a_stranger_is_told_nothing(store: Store, name: ActionName, expected_version: int | None) -> None:
    """Neither the version, nor the state, nor whether there is an engagement: the words are the same."""
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    told = []
    for engagement_id in (FIRST, EngagementId("e-9")):
        sent = command(store, name, STRANGER, engagement_id, at=BEGIN, expected_version=expected_version)
        for _ in range(2):
            with pytest.raises(NotAuthorisedError) as refused:
                send(store, sent)
            told.append((refused.value.args, str(refused.value)))
    assert len(set(told)) == 1


@pytest.mark.parametrize("expected_version", [None, 0, 7])
def test_an_id_that_is_taken_tells_a_stranger_nothing_of_who_took_it(
    store: Store, expected_version: int | None
) -> None:
    """Who may propose for themselves cannot look at others' engagements by proposing under their ids."""
    open_places(store)
    bring(store, State.ACTIVE)
    own = attrs.evolve(
        proposal(initiator=Relation.MENTEE), mentee_id=STRANGER, mentor_id=PersonId("moe"), confirmer_id=None
    )
    sent = Command(
        id=new_id(), engagement_id=FIRST, action=own, actor=STRANGER, at=BEGIN, expected_version=expected_version
    )
    with pytest.raises(NotAuthorisedError) as refused:
        send(store, sent)
    assert refused.value.needed == (Relation.MENTEE,)


def test_who_has_the_right_is_told_of_a_conflict_before_all_else(store: Store) -> None:
    """The state may have changed too; what is asked for was right when it was looked at."""
    open_places(store)
    bring(store, State.ACTIVE)
    late = command(store, ActionName.SCHEDULE, MENTEE, expected_version=3)
    with pytest.raises(ConcurrencyConflict) as refused:
        send(store, late)
    assert refused.value.current == store.load(FIRST).version
    with pytest.raises(NotAuthorisedError):
        send(store, command(store, ActionName.CONFIRM, MENTEE, expected_version=3))


def test_an_answer_is_for_the_one_who_asked(store: Store) -> None:
    """Whoever guesses a command's id is told nothing of what it brought about."""
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER)

    def ticked(actor: PersonId, engagement_id: EngagementId = FIRST) -> Receipt:
        return store.carry_out(CommandId("tick"), engagement_id, _nothing, asked="tick", actor=actor)

    first = ticked(PROGRAMME_MANAGER)
    assert ticked(PROGRAMME_MANAGER) == first
    with pytest.raises(CommandReusedError):
        ticked(STRANGER)
    with pytest.raises(CommandReusedError):
        ticked(PROGRAMME_MANAGER, EngagementId("e-9"))


def test_nobody_acts_under_the_name_of_somebody_who_was_erased(store: Store) -> None:
    """The name that is left stands in the engagement; it must not open it."""
    open_places(store)
    bring(store, State.ACTIVE)
    store.erase(new_id(), MENTOR, ticket="T-1", actor=PROGRAMME_MANAGER, at=days_after(2), authority=AUTHORITY)
    left = store.load(FIRST).mentor_id
    sent = command(store, ActionName.FINISH, left, at=days_after(3))
    with pytest.raises(NotAuthorisedError):
        send(store, sent)


def test_rights_are_asked_with_the_engagement_as_it_stands(store: Store) -> None:
    """Rights that were withdrawn between the sending of a command and its commit are gone."""
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    seen: list[Engagement | None] = []

    def none_left(engagement: Engagement | None) -> frozenset[Relation]:
        seen.append(engagement)
        return frozenset()

    with pytest.raises(NotAuthorisedError):
        store.execute(command(store, ActionName.WITHDRAW, PROGRAMME_MANAGER), none_left)
    assert seen == [store.load(FIRST)]


def test_a_decision_may_bring_about_nothing_or_much(store: Store) -> None:
    """What time alone causes is decided elsewhere and kept here, as often as it is asked for."""
    open_places(store)
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER)

    def both_accept(engagement: Engagement | None) -> tuple[Event, ...]:
        events: list[Event] = []
        for actor in (MENTEE, MENTOR):
            action = example(ActionName.ACCEPT, BEGIN)
            events += decide(engagement, action, actor, held_by(actor, BEGIN), BEGIN)
            engagement = evolve(engagement, events[-1])
        return tuple(events)

    first = store.carry_out(CommandId("tick-1"), FIRST, _nothing, asked="tick", actor=PROGRAMME_MANAGER)
    assert first == Receipt(command_id=CommandId("tick-1"), version=1, position=0, n_events=0)
    second = store.carry_out(CommandId("tick-2"), FIRST, both_accept, asked="both", actor=PROGRAMME_MANAGER)
    assert second == Receipt(command_id=CommandId("tick-2"), version=3, position=5, n_events=2)
    assert store.load(FIRST).state is State.ACCEPTED
    nowhere = store.carry_out(CommandId("tick-3"), EngagementId("e-9"), _nothing, asked="t", actor=PROGRAMME_MANAGER)
    assert nowhere.version == 0


@pytest.mark.parametrize("wrong", ["", "a b", "ann@acme", "x" * 65])
def test_an_id_that_cannot_stand_in_a_header_is_refused(store: Store, wrong: str) -> None:
    with pytest.raises(InputError, match="BAD-ID"):
        attrs.evolve(command(store, ActionName.PROPOSE, PROGRAMME_MANAGER), id=CommandId(wrong))
    with pytest.raises(InputError, match="BAD-ID"):
        store.set_places(CommandId(wrong), [places_set(MENTOR, Relation.MENTOR, 1)], AUTHORITY)


# --- places


def test_the_last_places_go_to_as_many_as_there_are(store: Store) -> None:
    """I3: everybody accepts at once; the database itself says who was too late."""
    open_places(store, places=3)
    ids = list(engagement_ids(N_AT_ONCE))
    for engagement_id in ids:
        do(store, ActionName.PROPOSE, PROGRAMME_MANAGER, engagement_id)
        do(store, ActionName.ACCEPT, MENTEE, engagement_id)
    sent = [command(store, ActionName.ACCEPT, MENTOR, engagement_id) for engagement_id in ids]
    answers = in_threads([lambda one=one: send(store, one) for one in sent])  # type: ignore[misc]
    assert sum(isinstance(answer, Receipt) for answer in answers) == 3
    assert sum(isinstance(answer, CapacityError) for answer in answers) == N_AT_ONCE - 3
    states = [store.load(engagement_id).state for engagement_id in ids]
    assert states.count(State.ACCEPTED) == 3
    assert store.places(MENTOR, Relation.MENTOR, BEGIN.date()) == (3, 3)


def test_a_mentees_limit_holds_likewise(store: Store) -> None:
    """I4; what the mentor had claimed in the same transaction is undone."""
    open_places(store, mentors=("max", "moe"), limit=1)
    bring(store, State.ACCEPTED)
    second = list(engagement_ids(2))[1]
    with pytest.raises(CapacityError, match="'mia' has no free place as mentee from 2026-01-05 on: all 1 places"):
        bring(store, State.ACCEPTED, second, mentor="moe")
    assert store.places("moe", Relation.MENTOR, BEGIN.date()) == (1, 0)


def test_nobody_has_places_who_was_given_none(store: Store) -> None:
    store.set_places(new_id(), [places_set(MENTEE, Relation.MENTEE, 1)], AUTHORITY)
    with pytest.raises(CapacityError, match="no places are set"):
        bring(store, State.ACCEPTED)
    assert store.places(MENTOR, Relation.MENTOR, DAY) == (0, 0)


@pytest.mark.parametrize("state", [State.COMPLETED, State.DECLINED, State.WITHDRAWN, State.ENDED, State.EXPIRED])
def test_what_is_over_holds_no_place(store: Store, state: State) -> None:
    open_places(store)
    bring(store, state)
    on = store.load(FIRST).at.date()
    assert store.places(MENTOR, Relation.MENTOR, on) == (1, 0)
    bring(store, State.ACTIVE, list(engagement_ids(2))[1])
    assert store.places(MENTOR, Relation.MENTOR, on) == (1, 1)
    assert store.places(MENTEE, Relation.MENTEE, on) == (50, 1)


def test_a_place_is_held_on_the_days_before_its_end(store: Store) -> None:
    """Somebody who reports late cannot take on a day what another held on that day."""
    open_places(store)
    bring(store, State.ACTIVE)
    sent = command(store, ActionName.END, MENTOR, at=days_after(10))
    send(store, sent)
    second, third = list(engagement_ids(3))[1:]
    for engagement_id in (second, third):
        send(store, command(store, ActionName.PROPOSE, PROGRAMME_MANAGER, engagement_id, at=days_after(5)))
        send(store, command(store, ActionName.ACCEPT, MENTEE, engagement_id, at=days_after(5)))
    with pytest.raises(CapacityError):
        send(store, command(store, ActionName.ACCEPT, MENTOR, second, at=days_after(9)))
    send(store, command(store, ActionName.ACCEPT, MENTOR, third, at=days_after(10)))


def test_places_change_from_a_day_on(store: Store) -> None:
    """Capacity is data with a date: more from then on, fewer where nobody is in them."""
    open_places(store, places=1)
    later = BEGIN.date() + timedelta(days=7)
    store.set_places(new_id(), [places_set(MENTOR, Relation.MENTOR, 3, later)], AUTHORITY)
    assert store.places(MENTOR, Relation.MENTOR, later - timedelta(days=1)) == (1, 0)
    assert store.places(MENTOR, Relation.MENTOR, later) == (3, 0)
    bring(store, State.ACCEPTED)
    second = list(engagement_ids(2))[1]
    do(store, ActionName.PROPOSE, PROGRAMME_MANAGER, second)
    do(store, ActionName.ACCEPT, MENTEE, second)
    with pytest.raises(CapacityError):
        do(store, ActionName.ACCEPT, MENTOR, second)
    send(store, command(store, ActionName.ACCEPT, MENTOR, second, at=BEGIN + timedelta(days=7)))
    store.set_places(new_id(), [places_set(MENTOR, Relation.MENTOR, 2, later)], AUTHORITY)
    with pytest.raises(CapacityError, match="all 2 places are taken"):
        store.set_places(new_id(), [places_set(MENTOR, Relation.MENTOR, 1, later)], AUTHORITY)
    assert store.places(MENTOR, Relation.MENTOR, later) == (2, 2)
    store.set_places(new_id(), [places_set(MENTOR, Relation.MENTOR, 4, later)], AUTHORITY)
    assert store.places(MENTOR, Relation.MENTOR, later) == (4, 2)


def test_changes_of_places_come_in_the_order_of_their_days(store: Store) -> None:
    open_places(store)
    store.set_places(new_id(), [places_set(MENTOR, Relation.MENTOR, 0, date(2026, 3, 1))], AUTHORITY)
    with pytest.raises(InputError, match=r"DATE-ORDER .* changed as of 2026-03-01"):
        store.set_places(new_id(), [places_set(MENTOR, Relation.MENTOR, 2, date(2026, 2, 1))], AUTHORITY)
    with pytest.raises(CapacityError):
        bring(store, State.ACCEPTED)


def test_setting_places_twice_with_one_id_sets_them_once(store: Store) -> None:
    changes = [places_set(MENTOR, Relation.MENTOR, 2)]
    first = store.set_places(CommandId("places"), changes, AUTHORITY)
    assert store.set_places(CommandId("places"), changes, AUTHORITY) == first
    assert store.places(MENTOR, Relation.MENTOR, DAY) == (2, 0)
    with pytest.raises(CommandReusedError):
        store.set_places(CommandId("places"), [places_set(MENTOR, Relation.MENTOR, 3)], AUTHORITY)


@pytest.mark.parametrize(
    ("given", "code"),
    [({"places": -1}, "OUT-OF-RANGE"), ({"places": True}, "WRONG-TYPE"), ({"side": "manager"}, "BAD-CHOICE"),
     ({"at": BEGIN.replace(tzinfo=None)}, "NAIVE-TIME")],
)  # fmt: skip
def test_places_that_cannot_be_are_refused(given: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError, match=code):
        attrs.evolve(places_set(MENTOR, Relation.MENTOR, 1), **given)


def test_who_has_no_right_sets_no_places(store: Store) -> None:
    """Places count everywhere: whoever runs one programme alone does not set them, nor does anybody for themselves."""
    of_one = Grant(
        person_id=MANAGER, relation=Relation.PROGRAMME_MANAGER, from_on=LONG_AGO, programme_id=proposal().programme_id
    )
    rights = attrs.evolve(AUTHORITY, grants=(*AUTHORITY.grants, of_one))
    own = places_set(MENTOR, Relation.MENTOR, 3)
    for actor in (MENTOR, MANAGER, STRANGER):
        with pytest.raises(NotAuthorisedError) as refused:
            store.set_places(new_id(), [own, attrs.evolve(own, side=Relation.MENTEE, actor=actor)], rights)
        assert refused.value.needed == (Relation.PROGRAMME_MANAGER, Relation.SYSTEM)
    assert store.places(MENTOR, Relation.MENTOR, DAY) == (0, 0)
    store.set_places(new_id(), [attrs.evolve(own, actor=SYSTEM)], rights)
    assert [entry.event.actor for entry in store.log() if entry.event is not None] == [SYSTEM]


def test_no_change_of_places_is_refused(store: Store) -> None:
    nothing: list[PlacesSet] = []
    with pytest.raises(InputError, match="MISSING-VALUE"):
        store.set_places(new_id(), nothing, AUTHORITY)


# --- what is open, and what is due


@pytest.mark.parametrize("state", State)
def test_what_is_open_is_found_until_it_is_over(store: Store, state: State) -> None:
    open_places(store)
    bring(store, state)
    expected = () if state in FINAL else (FIRST,)
    programme_id = store.load(FIRST).programme_id
    assert store.open_engagements() == expected
    assert store.open_engagements(programme_id=programme_id, person_id=MENTOR) == expected
    for other in ({"programme_id": "other"}, {"person_id": MANAGER}, {"person_id": "moe"}):
        assert store.open_engagements(**other) == ()
    assert check(evidence(store)) == []


@pytest.mark.parametrize("state", [state for state in State if state not in FINAL])
def test_what_is_due_is_what_the_deadlines_say(store: Store, state: State) -> None:
    """To the microsecond; and besides, who is to start or to finish is found from the dates on."""
    open_places(store)
    timed = attrs.evolve(proposal(terms=TIMED), confirmer_id=None)
    for name, actor in WAYS[state]:
        sent = command(store, name, actor)
        send(store, attrs.evolve(sent, action=timed) if name is ActionName.PROPOSE else sent)
    engagement = store.load(FIRST)
    dues = [deadline.at for deadline in deadlines(engagement)]
    if state is State.SCHEDULED:
        dues.append(datetime(2026, 1, 5, tzinfo=UTC))
    if state is State.ACTIVE:
        dues.append(datetime(2026, 2, 17, tzinfo=UTC))
    if dues:
        assert store.due(min(dues)) == (FIRST,)
        assert store.due(min(dues).astimezone(timezone(timedelta(hours=9)))) == (FIRST,)
        assert store.due(min(dues) - timedelta(microseconds=1)) == ()
    else:
        assert store.due(days_after(10_000)) == ()
    with pytest.raises(InputError, match="NAIVE-TIME"):
        store.due(datetime(2026, 1, 5))


def test_what_is_due_first_comes_first_and_is_over_when_it_is_done(store: Store) -> None:
    for number, engagement_id in enumerate(engagement_ids(3)):
        sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER, engagement_id, at=days_after(3 - number))
        send(store, sent)
    ids = tuple(engagement_ids(3))
    assert store.due(days_after(60)) == ids[::-1]
    until = store.load("e-3").proposed_at + timedelta(days=store.load("e-3").terms.expires_after_days)
    assert store.due(until) == ids[2:]
    for engagement_id in ids:

        def ticked(engagement: Engagement | None) -> tuple[Event, ...]:
            assert engagement is not None
            return tick(engagement, days_after(60))

        store.carry_out(new_id(), engagement_id, ticked, asked="tick", actor=SYSTEM)
    assert store.due(days_after(10_000)) == ()
    assert store.open_engagements() == ()


def test_pairs_that_are_open_are_rows_for_the_next_round(store: Store) -> None:
    """From the day of the proposal on, until they are over; whether or not they hold a place already."""
    open_places(store, places=2)
    ids = list(engagement_ids(3))
    for engagement_id, state in zip(ids, (State.PROPOSED, State.ACTIVE, State.ENDED), strict=True):
        bring(store, state, engagement_id)
    row = EngagedRow(MENTOR, MENTEE, SCOPE.skill_id, BEGIN.date())
    assert store.engaged(BEGIN.date()) == [row, row]
    assert store.engaged(BEGIN.date() - timedelta(days=1)) == []


def test_everybody_sees_of_what_is_open_what_is_theirs_to_see(store: Store) -> None:
    open_places(store)
    bring(store, State.ACTIVE)
    do(store, ActionName.CHECK_IN, MENTEE)
    on = days_after(0).date()
    seen = {one: list(store.open_to(one, AUTHORITY, on)) for one in (MENTEE, MANAGER, PROGRAMME_MANAGER, STRANGER)}
    assert {one: len(found) for one, found in seen.items()} == {
        MENTEE: 1,
        MANAGER: 1,
        PROGRAMME_MANAGER: 1,
        STRANGER: 0,
    }
    assert [len(seen[one][0].check_ins) for one in (MENTEE, MANAGER, PROGRAMME_MANAGER)] == [1, 0, 1]
    assert list(store.open_to(MENTEE, AUTHORITY, on, person_id="moe")) == []


def test_what_is_open_is_found_by_an_index(sql_address: str) -> None:
    """Neither the log nor all engagements are read to find the few that are due."""
    with open_store(sql_address) as store:
        do(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
        assert isinstance(store.database, SqlDatabase)
        asked: list[str] = []
        event.listen(store.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert store.due(days_after(60)) == (FIRST,)
        assert store.open_engagements(person_id=MENTEE) == (FIRST,)
        assert asked
        assert not any("tm_header" in one or "tm_facts" in one for one in asked)
        names = {index["name"] for index in inspect(store.database.engine).get_indexes("tm_standing")}
        assert names == {"ix_tm_standing_due_at", "ix_tm_standing_programme_id"}


# --- snapshots


@pytest.mark.parametrize("every", [1, 2, 3, 100])
def test_a_snapshot_anywhere_gives_the_same_engagement(address: str, every: int) -> None:
    """I6: a snapshot and the events after it tell what all events tell."""
    opened = open_store(address)
    with Store(opened.database, snapshot_every=every) as store:
        open_places(store)
        bring(store, State.AWAITING_CONFIRMATION)
        for _ in range(2):
            do(store, ActionName.RETURN, MANAGER)
            do(store, ActionName.RECORD_PRACTICE, MENTEE)
            do(store, ActionName.FINISH, MENTOR)
            do(store, ActionName.REASSESS, MENTEE)
            assert store.load(FIRST) == replay(store.events(FIRST)) == found(store)


def test_what_was_kept_is_there_for_who_comes_after(sql_address: str) -> None:
    """Nothing depends on the process that wrote it."""
    with open_store(sql_address) as before:
        open_places(before)
        bring(before, State.ACCEPTED)
        loaded, end = before.load(FIRST), before.anchor()
        at = moment_for(ActionName.SCHEDULE, loaded)
    with open_store(sql_address) as after:
        assert after.load(FIRST) == loaded
        assert after.anchor() == end
        send(after, command(after, ActionName.SCHEDULE, MENTOR, at=at))
