"""Failures injected at every database call of every command: nothing is half done, and trying again finishes it."""

import ast
import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from itertools import count
from types import FunctionType
from typing import Any

import attrs
import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from taskmentor import store as package
from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import CapacityError, ErasedError, RefusedError
from taskmentor.lifecycle.actions import Accept, Action, Propose
from taskmentor.lifecycle.cascade import AcceptAsk, CascadeId, CascadeState, OpenCascade, Release
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EngagementId, Event, ProgrammeId
from taskmentor.lifecycle.evolving import replay
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.training import Course, CourseKind
from taskmentor.models.people import PersonId
from taskmentor.store import (
    Anchor,
    CascadeCommand,
    Cascades,
    Command,
    CourseRecorded,
    Receipt,
    RoundId,
    RoundState,
    Store,
    check,
    evidence,
    open_store,
    sql,
)
from taskmentor.store.database import Transaction
from tests.lifecycle.examples import BEGIN, MANAGER, MENTEE, MENTOR, PROGRAMME_MANAGER, SCOPE, WAYS, proposal
from tests.store.desk import (
    AUTHORITY,
    OFFICER,
    bring,
    command,
    days_after,
    do,
    new_id,
    open_places,
    places_set,
    send,
    without_waiting,
)
from tests.store.fuse import Fuse, FusedDatabase, PowerFailureError, Prepared, fail_everywhere, kept_in

Call = Callable[[], Receipt]


@pytest.fixture
def fuse() -> Fuse:
    return Fuse()


@pytest.fixture
def fused(address: str, fuse: Fuse) -> Iterator[Store]:
    """Give a store whose database calls go through the fuse."""
    with open_store(address) as opened:
        yield Store(FusedDatabase(without_waiting(opened).database, fuse), snapshot_every=3)


def tried_until_done(store: Store, fuse: Fuse, call: Callable[[], Receipt]) -> int:
    """Fail at the first call, then at the second, and so on until it is done; return how often it failed.

    After each failure the store must be as it was, and in order; after the last one only the answer was lost.
    """
    before, end = kept_in(store), store.anchor().position
    for k in count(1):
        fuse.set(k)
        with pytest.raises(PowerFailureError):
            call()
        fuse.set(0)
        assert check(evidence(store)) == []
        if (after := kept_in(store)) != before:
            break
    answer = answer_to(call)
    assert answer == answer_to(call)
    assert kept_in(store) == after
    assert store.anchor().position == (answer.position if isinstance(answer, Receipt) else end)
    return k


def answer_to(call: Callable[[], Receipt]) -> Receipt | str:
    try:
        return call()
    except CapacityError as refusal:
        return str(refusal)


def test_every_command_fails_everywhere_without_harm(fused: Store, fuse: Fuse) -> None:
    """Each way through the lifecycle, each command at each of its database calls."""
    changes = [places_set(MENTOR, Relation.MENTOR, 1), places_set(MENTEE, Relation.MENTEE, 1)]
    places_id = new_id()
    failures = [tried_until_done(fused, fuse, lambda: fused.set_places(places_id, changes, AUTHORITY))]
    for name, actor in [*WAYS[State.AWAITING_CONFIRMATION], (ActionName.RETURN, MANAGER), (ActionName.END, MENTEE)]:
        sent = command(fused, name, actor)
        failures.append(tried_until_done(fused, fuse, lambda sent=sent: send(fused, sent)))  # type: ignore[misc]
    assert min(failures) >= 5


def test_a_refusal_fails_everywhere_without_harm(fused: Store, fuse: Fuse) -> None:
    """Where the mentee has no place left, the mentor's that was claimed before is given back at each failure."""
    fused.set_places(
        new_id(), [places_set(MENTOR, Relation.MENTOR, 2), places_set(MENTEE, Relation.MENTEE, 1)], AUTHORITY
    )
    bring(fused, State.ACCEPTED)
    second = EngagementId("e-2")
    do(fused, ActionName.PROPOSE, PROGRAMME_MANAGER, second)
    do(fused, ActionName.ACCEPT, MENTEE, second)
    sent = command(fused, ActionName.ACCEPT, MENTOR, second)
    assert tried_until_done(fused, fuse, lambda: send(fused, sent)) >= 5
    with pytest.raises(CapacityError):
        send(fused, sent)


def test_a_request_to_ranked_mentors_fails_everywhere_without_harm(fused: Store, fuse: Fuse) -> None:
    """Opened, accepted with its place claimed, and taken back."""
    fused.set_places(new_id(), [places_set(MENTOR, Relation.MENTOR, 1)], AUTHORITY)
    opened = OpenCascade(
        cascade_id=CascadeId("c-1"), mentee_id=MENTEE, mentor_ids=(PersonId("moe"), MENTOR), scope=SCOPE,
        programme_id=ProgrammeId("task-based"),
    )  # fmt: skip
    for action, actor in ((opened, MENTEE), (AcceptAsk(), MENTOR), (Release(reason="Ill."), MENTOR)):
        sent = CascadeCommand(id=new_id(), cascade_id=opened.cascade_id, action=action, actor=actor, at=days_after(0))
        execute = partial(Cascades(fused).execute, sent, lambda _: frozenset())
        assert tried_until_done(fused, fuse, execute) >= 5
    assert Cascades(fused).load("c-1").state is CascadeState.EXHAUSTED


# --- every public write


def pairs_of(number: int) -> list[Propose]:
    """Return three pairs of three mentees with one mentor, none of whom is in those of another number."""
    return [
        attrs.evolve(
            proposal(),
            engagement_id=EngagementId(f"e-{number}-{place}"),
            mentee_id=PersonId(f"mentee-{number}-{place}"),
            mentor_id=PersonId(f"mentor-{number}"),
        )
        for place in range(3)
    ]


def give_places(store: Store, pair: Propose, places: int = 3) -> None:
    sides = ((pair.mentee_id, Relation.MENTEE), (pair.mentor_id, Relation.MENTOR))
    store.set_places(new_id(), [places_set(person, side, places) for person, side in sides], AUTHORITY)


def carried_out(store: Store, pair: Propose, actor: PersonId, relation: Relation, action: Action | None = None) -> Call:
    """Return what sends a command of somebody who is one thing to an engagement."""
    sent = Command(
        id=new_id(),
        engagement_id=pair.engagement_id,
        action=action or Accept(scope=SCOPE),
        actor=actor,
        at=BEGIN,
    )
    return partial(store.execute, sent, lambda _: frozenset({relation}))


def accepted_by_mentee(store: Store, number: int) -> Propose:
    """Bring an engagement to where the mentor's yes claims the places."""
    pair = pairs_of(number)[0]
    give_places(store, pair)
    carried_out(store, pair, PROGRAMME_MANAGER, Relation.PROGRAMME_MANAGER, pair)()
    carried_out(store, pair, pair.mentee_id, Relation.MENTEE)()
    return pair


def accepting(store: Store, number: int) -> Call:
    pair = accepted_by_mentee(store, number)
    return carried_out(store, pair, pair.mentor_id, Relation.MENTOR)


def carrying_out(store: Store, number: int) -> Call:
    """Prepare two events of one decision."""
    pair = pairs_of(number)[0]
    give_places(store, pair)
    command_id = new_id()

    def deciding(engagement: Engagement | None) -> tuple[Event, ...]:
        proposed = decide(engagement, pair, PROGRAMME_MANAGER, frozenset({Relation.PROGRAMME_MANAGER}), BEGIN)
        yes = Accept(scope=SCOPE)
        return (*proposed, *decide(replay(proposed), yes, pair.mentee_id, frozenset({Relation.MENTEE}), BEGIN))

    return lambda: store.carry_out(command_id, pair.engagement_id, deciding, asked="both", actor=PROGRAMME_MANAGER)


def doing_once(store: Store, number: int) -> Call:
    """Prepare work of somebody else's, which gives one person a key."""
    command_id = new_id()

    def work(transaction: Transaction) -> Receipt:
        store.ledger.keys(transaction, {f"person-{number}"})
        return Receipt(command_id=command_id, version=0, position=0, n_events=0)

    return lambda: store.once(command_id, f"work {number}", PROGRAMME_MANAGER, work)


def setting_places(store: Store, number: int) -> Call:
    """Prepare places that are added to one person and taken away from another."""
    pair = pairs_of(number)[0]
    give_places(store, pair)
    changes = [places_set(pair.mentee_id, Relation.MENTEE, 5), places_set(pair.mentor_id, Relation.MENTOR, 1)]
    return partial(store.set_places, new_id(), changes, AUTHORITY)


def recording_courses(store: Store, number: int) -> Call:
    """Prepare courses of two people, one of whom has had some already."""

    def course(person: str, hours: int) -> CourseRecorded:
        had = Course(kind=CourseKind.INITIAL, hours=hours, completed_on=BEGIN.date())
        return CourseRecorded(actor=PROGRAMME_MANAGER, at=BEGIN, person_id=PersonId(f"{person}-{number}"), course=had)

    store.record_courses(new_id(), [course("mentor", 3)], AUTHORITY)
    return partial(
        store.record_courses, new_id(), [course("mentor", 4), course("other", 5), course("mentor", 6)], AUTHORITY
    )


def keeping_round(store: Store, number: int) -> Call:
    return partial(
        store.keep_round, new_id(), RoundId(f"r-{number}"), pairs_of(number), programme_id=proposal().programme_id,
        claims={"matched": 3}, actor=PROGRAMME_MANAGER, at=BEGIN, authority=AUTHORITY,
    )  # fmt: skip


def moving_round(store: Store, number: int) -> Call:
    keeping_round(store, number)()
    return partial(
        store.move_round, new_id(), RoundId(f"r-{number}"), RoundState.REVIEW, actor=PROGRAMME_MANAGER, at=BEGIN,
        authority=AUTHORITY,
    )  # fmt: skip


def publishing_round(store: Store, number: int) -> Call:
    moving_round(store, number)()
    return partial(
        store.publish_round, new_id(), RoundId(f"r-{number}"), actor=PROGRAMME_MANAGER, at=BEGIN, authority=AUTHORITY
    )


def erasing(store: Store, number: int) -> Call:
    """Prepare the erasure of somebody who holds a place, has said something, and is in a draft."""
    pair = accepted_by_mentee(store, number)
    carried_out(store, pair, pair.mentor_id, Relation.MENTOR)()
    keeping_round(store, number)()
    return partial(
        store.erase,
        new_id(),
        pair.mentee_id,
        ticket=f"T-{number}",
        actor=OFFICER,
        at=days_after(30),
        authority=AUTHORITY,
    )


def saying_yes_to_a_request(store: Store, number: int) -> Call:
    """Prepare the yes of a mentor, in a programme of its own: all open requests of one are looked at each time."""
    pair = pairs_of(number)[0]
    give_places(store, pair)
    opening = OpenCascade(
        cascade_id=CascadeId(f"c-{number}"), mentee_id=pair.mentee_id, mentor_ids=(pair.mentor_id,), scope=SCOPE,
        programme_id=ProgrammeId(f"programme-{number}"),
    )  # fmt: skip
    calls = [
        partial(
            Cascades(store).execute,
            CascadeCommand(id=new_id(), cascade_id=opening.cascade_id, action=action, actor=actor, at=BEGIN),
            lambda _, relation=relation: frozenset({relation}),  # type: ignore[misc]
        )
        for action, actor, relation in (
            (opening, pair.mentee_id, Relation.MENTEE),
            (AcceptAsk(), pair.mentor_id, Relation.MENTOR),
        )
    ]
    calls[0]()
    return calls[1]


WRITES: dict[str, Prepared] = {
    "Cascades.execute": saying_yes_to_a_request,
    "Store.carry_out": carrying_out,
    "Store.erase": erasing,
    "Store.execute": accepting,
    "Store.keep_round": keeping_round,
    "Store.move_round": moving_round,
    "Store.once": doing_once,
    "Store.publish_round": publishing_round,
    "Store.record_courses": recording_courses,
    "Store.set_places": setting_places,
}


@pytest.mark.parametrize("name", WRITES)
def test_every_public_write_fails_everywhere_without_harm(fused: Store, fuse: Fuse, name: str) -> None:
    """Sent again after each failure, with the same id, it is done once, and its first answer stands."""
    failures = fail_everywhere(fused, fuse, WRITES[name])
    assert failures.n_seen == failures.n_injected >= 5


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if name == "Store.erase" else []) for name in WRITES]
)
def test_a_lost_connection_is_made_good_by_the_store_itself(sql_address: str, fuse: Fuse, name: str) -> None:
    """Before the commit or after it: nobody need send the command again, and it has one effect."""
    fuse.error = DBAPIError("lost", None, OSError(), connection_invalidated=True)
    with open_store(sql_address) as opened:
        failures = fail_everywhere(Store(FusedDatabase(without_waiting(opened).database, fuse)), fuse, WRITES[name])
    assert failures.n_injected >= 5
    # What an erasure leaves in the files is cleaned after its transaction, which is not tried twice.
    assert (failures.n_seen > 0) == (name == "Store.erase")


@pytest.mark.parametrize("name", ["Store.keep_round", "Store.publish_round", "Store.record_courses"])
def test_rows_that_are_copied_in_bulk_fail_everywhere_without_harm(
    new_postgresql: Callable[[], str], fuse: Fuse, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL takes many rows as a stream: it breaks off at its beginning, and at each row."""
    monkeypatch.setattr(sql, "_MANY", 2)
    for kind, step in ((psycopg.Cursor, "copy"), (psycopg.Copy, "write_row")):
        monkeypatch.setattr(kind, step, behind(fuse, getattr(kind, step)))
    with open_store(new_postgresql()) as opened:
        failures = fail_everywhere(Store(FusedDatabase(opened.database, fuse)), fuse, WRITES[name])
    assert failures.n_seen == failures.n_injected >= 12


def behind(fuse: Fuse, step: Callable[..., Any]) -> Callable[..., Any]:
    def fused_step(*arguments: Any, **named: Any) -> Any:
        fuse.call()
        return step(*arguments, **named)

    return fused_step


def test_no_public_write_is_left_out() -> None:
    """What is found by reading the code for whatever comes to a transaction that writes."""
    assert public_writes() == WRITES.keys()


def public_writes() -> set[str]:
    """Return all that the package makes public and that comes to a transaction that writes, by qualified name."""
    public = [getattr(package, name) for name in package.__all__]
    used = {}
    for thing in public:
        if not isinstance(thing, type | FunctionType) or isinstance(thing, Enum):
            continue
        for node in ast.walk(ast.parse(inspect.getsource(thing))):
            if isinstance(node, ast.FunctionDef):
                name = f"{thing.__name__}.{node.name}" if isinstance(thing, type) else node.name
                used[name] = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
    reaching = {"writing"}
    while more := {name.split(".")[-1] for name, parts in used.items() if parts & reaching} - reaching:
        reaching |= more
    return {name for name, parts in used.items() if parts & reaching and not name.split(".")[-1].startswith("_")}


# --- refusals halfway


def refused_places(store: Store) -> Call:
    """Prepare changes of which the second takes away a place that is held, after the first has taken away one."""
    accepting(store, 0)()
    pair = pairs_of(0)[0]
    changes = [places_set(pair.mentee_id, Relation.MENTEE, 1), places_set(pair.mentor_id, Relation.MENTOR, 0)]
    return partial(store.set_places, new_id(), changes, AUTHORITY)


def refused_round(store: Store) -> Call:
    keeping_round(store, 0)()
    return keeping_round(store, 0)


def refused_publishing(store: Store) -> Call:
    """Prepare a round of which one pair is proposed already."""
    call = publishing_round(store, 0)
    pair = pairs_of(0)[2]
    carried_out(store, pair, PROGRAMME_MANAGER, Relation.PROGRAMME_MANAGER, pair)()
    return call


@pytest.mark.parametrize("prepare", [refused_places, refused_round, refused_publishing])
def test_what_is_refused_halfway_fails_everywhere_without_harm(
    fused: Store, fuse: Fuse, prepare: Callable[[Store], Call]
) -> None:
    """Nothing is left of what was done before the refusal, whether or not it came to that."""
    call = prepare(fused)
    before = kept_in(fused)
    for k in count(1):
        fuse.set(k)
        with pytest.raises((PowerFailureError, RefusedError)) as stopped:
            call()
        fuse.set(0)
        assert kept_in(fused) == before
        if not isinstance(stopped.value, PowerFailureError):
            break
    assert k >= 3
    assert check(evidence(fused)) == []


# --- answers


def test_an_answer_that_was_lost_on_the_way_is_given_again(sql_address: str) -> None:
    """The commit is done and its caller never hears of it: the retry finds the answer and does nothing."""
    with open_store(sql_address) as store:
        open_places(store)
        bring(store, State.PROPOSED)
        sent = command(store, ActionName.ACCEPT, MENTEE)
        first = send(store, sent)
    with open_store(sql_address) as later:
        end: Anchor = later.anchor()
        assert send(later, sent) == first
        assert later.anchor() == end


def test_an_answer_that_was_erased_is_not_given_again(store: Store) -> None:
    """Nor is anything done: the caller is told that it was erased."""
    open_places(store)
    sent = command(store, ActionName.PROPOSE, PROGRAMME_MANAGER)
    send(store, sent)
    store.erase(new_id(), MENTEE, ticket="T-1", actor=OFFICER, at=days_after(30), authority=AUTHORITY)
    end = store.anchor()
    with pytest.raises(ErasedError, match="was erased"):
        send(store, sent)
    assert store.anchor() == end
