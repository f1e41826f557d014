"""Training that is kept per mentor and counts in all their engagements, over all three stores."""

from datetime import date

import attrs
import pytest

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import CommandReusedError, IllegalMoveError, InputError, NotAuthorisedError
from taskmentor.lifecycle.events import EngagementId
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.terms import Terms
from taskmentor.lifecycle.training import Course, CourseKind
from taskmentor.models.people import PersonId
from taskmentor.store import CommandId, CourseRecorded, Receipt, Store, check, evidence, own_data
from tests.lifecycle.examples import BEGIN, MENTEE, MENTOR, PROGRAMME_MANAGER, SYSTEM, WAYS, proposal
from tests.store.desk import AUTHORITY, FIRST, command, days_after, do, engagement_ids, new_id, open_places, send

TODAY = BEGIN.date()
TRAINED = Terms(training_hours=20, training_valid_days=365)


def recorded(
    hours: int, *, kind: CourseKind = CourseKind.INITIAL, day: date = TODAY, actor: PersonId = PROGRAMME_MANAGER
) -> CourseRecorded:
    course = Course(kind=kind, hours=hours, completed_on=day)
    return CourseRecorded(actor=actor, at=BEGIN, person_id=MENTOR, course=course)


def record(store: Store, *courses: CourseRecorded, command_id: CommandId | None = None) -> Receipt:
    return store.record_courses(command_id or new_id(), courses, AUTHORITY)


def schedule(store: Store, engagement_id: EngagementId = FIRST) -> None:
    for name, actor in WAYS[State.SCHEDULED]:
        sent = command(store, name, actor, engagement_id)
        if name is ActionName.PROPOSE:
            action = attrs.evolve(proposal(terms=TRAINED), engagement_id=engagement_id)
            sent = attrs.evolve(sent, action=action)
        send(store, sent)


def test_what_a_mentor_learnt_counts_in_all_their_engagements(store: Store) -> None:
    open_places(store, places=2)
    ids = list(engagement_ids(2))
    for engagement_id in ids:
        schedule(store, engagement_id)
    record(store, recorded(16))
    with pytest.raises(IllegalMoveError, match="16 hours of training on record, and the terms ask for 20"):
        do(store, ActionName.START, MENTEE)
    record(store, recorded(4, kind=CourseKind.REFRESHER))
    for engagement_id in ids:
        do(store, ActionName.START, MENTEE, engagement_id)
        assert store.load(engagement_id).state is State.ACTIVE
        assert store.load(engagement_id).training is None
    assert [one.hours for one in store.courses(MENTOR)] == [16, 4]
    assert store.courses(MENTEE) == store.courses("nobody") == ()
    assert check(evidence(store)) == []


def test_what_is_recorded_for_one_engagement_counts_as_before(store: Store) -> None:
    """Whichever is more; and what has lapsed on the day is none."""
    open_places(store)
    schedule(store)
    record(store, recorded(30, day=date(2024, 6, 1)))
    with pytest.raises(IllegalMoveError, match="0 hours of training"):
        do(store, ActionName.START, MENTEE)
    do(store, ActionName.RECORD_TRAINING, PROGRAMME_MANAGER)
    record(store, recorded(3))
    do(store, ActionName.START, MENTEE)
    assert store.load(FIRST).state is State.ACTIVE


def test_courses_are_recorded_once_by_who_has_the_right(store: Store) -> None:
    command_id = new_id()
    first = record(store, recorded(16), command_id=command_id)
    assert record(store, recorded(16), command_id=command_id) == first
    with pytest.raises(CommandReusedError):
        record(store, recorded(17), command_id=command_id)
    record(store, recorded(5, actor=SYSTEM))
    for actor in (MENTOR, MENTEE):
        with pytest.raises(NotAuthorisedError) as refused:
            record(store, recorded(99, actor=actor))
        assert refused.value.needed == (Relation.PROGRAMME_MANAGER, Relation.SYSTEM)
    with pytest.raises(InputError, match="MISSING-VALUE"):
        record(store)
    with pytest.raises(InputError, match="DATE-ORDER"):
        record(store, recorded(5, day=days_after(3).date()))
    assert [one.hours for one in store.courses(MENTOR)] == [16, 5]


def test_courses_are_exported_and_erased_with_the_mentor(store: Store) -> None:
    record(store, recorded(16))
    assert own_data(store, MENTOR).courses == [
        {"kind": "initial", "hours": 16, "completed_on": "2026-01-05", "expires_on": None}
    ]
    store.erase(new_id(), MENTOR, ticket="T-1", actor=PROGRAMME_MANAGER, at=days_after(1), authority=AUTHORITY)
    assert store.courses(MENTOR) == ()
    assert check(evidence(store)) == []


def test_a_course_that_is_kept_and_was_never_recorded_is_found(store: Store) -> None:
    record(store, recorded(16))
    found = evidence(store)
    assert found.courses is not None
    assert [one.invariant for one in check(attrs.evolve(found, courses=found.courses + found.courses))] == ["I6"]
