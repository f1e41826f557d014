"""One booked session without an engagement (micromentoring, office hours)."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from taskmentor.authorisation import Authority, Grant, Relation
from taskmentor.errors import IllegalMoveError, InputError, NotAuthorisedError, RefusedError
from taskmentor.lifecycle.booking import (
    BOOKING_FINAL,
    BOOKING_MOVES,
    BOOKING_OPEN,
    BOOKING_RIGHTS,
    BOOKING_SEEN_BY,
    AcceptBooking,
    Book,
    Booking,
    BookingAccepted,
    BookingAction,
    BookingActionName,
    BookingEvent,
    BookingExpired,
    BookingHeld,
    BookingId,
    BookingState,
    BookingTerms,
    CancelBooking,
    ExpireBooking,
    GiveFeedback,
    HoldBooking,
    MissBooking,
    MoveBooking,
    OtherBookings,
    RecordBookingLeaver,
    booked_places,
    booking_seen_by,
    decide_booking,
    evolve_booking,
    mentors_met,
    replay_booking,
    skill_notes,
    tick_booking,
)
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.moves import problems_of
from taskmentor.models.assessments import Source
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from tests.lifecycle.examples import BEGIN, MANAGER, MENTEE, MENTOR, Lines
from tests.walks import go

PAM, CLOCK, STAN = PersonId("pam"), PersonId("clock"), PersonId("stan")
HELD = {PAM: {Relation.PROGRAMME_MANAGER}, CLOCK: {Relation.SYSTEM}, MANAGER: {Relation.MANAGER, Relation.CONFIRMER}}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SESSION = BEGIN + DAY
ASKED = BookingTerms(approval=True)


def booking(terms: BookingTerms | None = None, **facts: Any) -> Book:
    usual = Book(
        booking_id=BookingId("b-1"),
        mentee_id=MENTEE,
        mentor_id=MENTOR,
        programme_id=ProgrammeId("micro"),
        starts_at=SESSION,
        minutes=20,
        terms=terms or BookingTerms(),
    )
    return attrs.evolve(usual, **facts)


class Story:
    """The log of one booking, and what happens to it."""

    def __init__(self, action: Book | None = None, others: OtherBookings | None = None) -> None:
        self.log: list[BookingEvent] = []
        self.others = others or OtherBookings()
        first = action or booking()
        self.take(first, first.mentee_id, BEGIN)

    @property
    def now(self) -> Booking:
        return replay_booking(self.log)

    def take(self, action: BookingAction, actor: PersonId, at: datetime | None = None) -> Booking:
        before = self.now if self.log else None
        assert at is not None or before is not None
        moment = at or self.now.at
        held = frozenset(HELD.get(actor, set()))
        self.log.extend(decide_booking(before, action, actor, held, moment, others=self.others))
        return self.now

    def tick(self, at: datetime) -> list[type[BookingEvent]]:
        caused = tick_booking(self.now, at)
        self.log.extend(caused)
        return [type(event) for event in caused]

    def refused(self, action: BookingAction, actor: PersonId, match: str, at: datetime | None = None) -> None:
        before = list(self.log)
        with pytest.raises((RefusedError, InputError), match=match):
            self.take(action, actor, at)
        assert self.log == before


# What the requirements say


@pytest.mark.parametrize(
    ("programme", "organisation", "mentee", "most"),
    [
        (20, None, None, 20),
        (30, None, None, 30),
        (30, 25, None, 25),
        (30, 25, 15, 15),
        (30, None, 15, 15),
        (20, 45, 60, 45),
        (20, 60, 30, 30),  # both say otherwise
        (20, 45, None, 20),
        (20, None, 60, 20),  # one alone does
    ],
)
def test_u1_a_session_is_as_long_as_the_programme_says_unless_organisation_and_mentee_say_otherwise(
    programme: int, organisation: int | None, mentee: int | None, most: int
) -> None:
    terms = BookingTerms(session_minutes=programme, organisation_minutes=organisation)
    assert Story(booking(terms, own_minutes=mentee, minutes=most)).now.minutes == most
    with pytest.raises(IllegalMoveError, match=f"{most + 1} minutes are more than the {most} of the programme"):
        Story(booking(terms, own_minutes=mentee, minutes=most + 1))


def test_u1_moving_keeps_to_the_limit_too() -> None:
    story = Story(booking(own_minutes=15, minutes=15))
    story.refused(MoveBooking(starts_at=SESSION, minutes=20), MENTOR, "more than the 15")


def test_u3_the_mentee_books_the_session_herself_and_nobody_else_does() -> None:
    assert Story().now.state is BookingState.BOOKED
    for actor in (MENTOR, PAM, CLOCK, MANAGER, STAN):
        with pytest.raises(NotAuthorisedError, match="may not book: it takes mentee"):
            decide_booking(None, booking(), actor, {*Relation}, BEGIN)


def test_u4_it_is_physical_or_online() -> None:
    assert Story(booking(face_to_face=True)).now.face_to_face
    assert not Story().now.face_to_face


def test_u5_and_u11_a_session_needs_no_engagement_and_three_steps_at_most() -> None:
    story = Story(booking(ASKED))
    story.take(AcceptBooking(), MENTOR, BEGIN + HOUR)
    held = story.take(HoldBooking(minutes=18), MENTEE, SESSION + HOUR)
    assert (held.state, held.minutes, held.closed_at) == (BookingState.HELD, 18, SESSION + HOUR)
    assert len(story.log) == 3


def test_u7_somebody_at_the_lowest_level_books_and_says_afterwards_where_they_stand() -> None:
    story = Story(booking(skill_id=SkillId("data-analysis"), level=0, topic="What is a pivot table?"))
    story.take(HoldBooking(minutes=20), MENTEE, SESSION + HOUR)
    story.refused(GiveFeedback(rating=5, level=1), MENTOR, "only the mentee says where they stand")
    assert skill_notes(story.take(GiveFeedback(rating=4), MENTOR)) == ()
    (note,) = skill_notes(story.take(GiveFeedback(rating=5, level=1), MENTEE))
    assert (note.person_id, note.skill_id, note.level, note.source) == (MENTEE, "data-analysis", 1, Source.SELF)
    assert note.assessed_on == (SESSION + HOUR).date()


def test_no_level_is_noted_without_a_skill() -> None:
    story = Story()
    story.take(HoldBooking(minutes=20), MENTEE, SESSION + HOUR)
    story.refused(GiveFeedback(rating=5, level=1), MENTEE, "in the skill that was noted")


def test_u8_different_mentors_are_counted_once_each() -> None:
    held = attrs.evolve(Story().now, state=BookingState.HELD)
    others = [attrs.evolve(held, mentor_id=PersonId(name)) for name in ("otto", "olga", "otto")]
    assert mentors_met([held, *others, attrs.evolve(Story().now, mentor_id=STAN)]) == {MENTEE: 3}


def test_u10_what_nobody_spoke_of_is_found_and_expires_by_itself() -> None:
    story = Story()
    assert [story.now.is_unlogged(SESSION + minutes * timedelta(minutes=1)) for minutes in (0, 19, 20)] == [
        False, False, True,
    ]  # fmt: skip
    assert story.tick(SESSION + 7 * DAY) == []
    assert story.tick(SESSION + 8 * DAY) == [BookingExpired]
    assert (story.now.state, story.now.closed_by) == (BookingState.EXPIRED, CLOCK)
    assert not story.now.is_unlogged(SESSION + 9 * DAY)


# Approval, moving, cancelling, missing


def test_where_the_mentor_says_yes_to_each_silence_expires_at_the_latest_when_it_would_begin() -> None:
    slow = Story(booking(attrs.evolve(ASKED, answer_hours=10)))
    assert slow.now.expires_at == BEGIN + 10 * HOUR
    assert slow.tick(BEGIN + 10 * HOUR) == [BookingExpired]
    near = Story(booking(ASKED))
    near.refused(AcceptBooking(), MENTOR, "its time was over at 2026-01-06T09:00:00", SESSION)
    near.refused(ExpireBooking(), CLOCK, "it is due at 2026-01-06T09:00:00.* and not before", SESSION - HOUR)
    assert near.tick(SESSION) == [BookingExpired]
    with pytest.raises(IllegalMoveError, match="accept-booking in state booked"):
        Story().take(AcceptBooking(), MENTOR)


def test_a_mentor_who_does_not_want_it_cancels_and_need_not_say_why() -> None:
    story = Story(booking(attrs.evolve(ASKED, notice_hours=48)))
    cancelled = story.take(CancelBooking(), MENTOR)
    assert (cancelled.state, cancelled.closed_by, cancelled.late) == (BookingState.CANCELLED, MENTOR, ())


def test_row_25_it_is_moved_and_the_mentor_who_says_yes_to_each_says_it_again() -> None:
    later = MoveBooking(starts_at=SESSION + DAY, minutes=10)
    straight = Story()
    moved = straight.take(later, MENTEE)
    assert (moved.state, moved.moved, moved.starts_at, moved.minutes) == (
        BookingState.MOVED, 1, SESSION + DAY, 10,
    )  # fmt: skip
    asked = Story(booking(ASKED))
    asked.refused(later, MENTOR, "the mentee asks for another time")
    assert asked.take(later, MENTEE, BEGIN + HOUR).state is BookingState.REQUESTED
    asked.take(AcceptBooking(), MENTOR)
    again = asked.take(later, MENTEE, BEGIN + 2 * HOUR)
    assert (again.state, again.asked_at) == (BookingState.REQUESTED, BEGIN + 2 * HOUR)
    asked.take(AcceptBooking(), MENTOR)
    assert asked.take(later, MENTOR).state is BookingState.MOVED


def test_after_the_notice_moving_and_cancelling_take_a_reason_and_are_remembered() -> None:
    story = Story(booking(BookingTerms(notice_hours=4)))
    late = SESSION - 3 * HOUR
    story.refused(CancelBooking(), MENTEE, "the notice was over at 2026-01-06T05:00:00.* takes a reason since", late)
    story.refused(MoveBooking(starts_at=SESSION + DAY, minutes=20, reason=" "), MENTOR, "takes a reason since", late)
    story.take(MoveBooking(starts_at=SESSION + DAY, minutes=20, reason="The train stands."), MENTOR, late)
    ended = story.take(CancelBooking(reason="Ill."), MENTEE, SESSION + DAY)
    assert (ended.late, ended.closed_because) == ((MENTOR, MENTEE), "Ill.")


def test_what_has_begun_is_not_moved_and_what_has_not_begun_was_not_held() -> None:
    story = Story()
    story.refused(HoldBooking(minutes=20), MENTEE, "has not begun", SESSION - HOUR)
    story.refused(MissBooking(absent=(Relation.MENTOR,)), MENTEE, "has not begun", SESSION - HOUR)
    story.refused(MoveBooking(starts_at=SESSION + DAY, minutes=20, reason="Late."), MENTEE, "it has begun", SESSION)


def test_who_did_not_come_is_said() -> None:
    missed = Story().take(MissBooking(absent=(Relation.MENTOR,)), MENTEE, SESSION + HOUR)
    assert (missed.state, missed.absent, missed.closed_by) == (BookingState.MISSED, (Relation.MENTOR,), MENTEE)


def test_each_side_says_once_what_it_was_worth() -> None:
    story = Story()
    story.take(HoldBooking(minutes=20), MENTEE, SESSION + HOUR)
    story.take(GiveFeedback(rating=5, words="Clear."), MENTEE)
    story.refused(GiveFeedback(rating=1), MENTEE, "this side has said it already")
    story.take(GiveFeedback(rating=4), MENTOR)
    assert [said.rating for said in story.now.feedback] == [5, 4]


def test_row_13_a_leaver_calls_it_off_and_cannot_be_booked() -> None:
    story = Story()
    story.refused(RecordBookingLeaver(person_id=STAN), PAM, "'stan' takes no part in it")
    assert story.take(RecordBookingLeaver(person_id=MENTOR), PAM).state is BookingState.CANCELLED
    with pytest.raises(IllegalMoveError, match="'max' has left"):
        Story(others=OtherBookings(away=frozenset({MENTOR})))


# Limits


def other(name: str, starts_at: datetime = SESSION + 2 * DAY, **facts: Any) -> Booking:
    return Story(booking(booking_id=BookingId(name), starts_at=starts_at, **facts)).now


def test_how_far_ahead_and_not_in_the_past() -> None:
    assert Story(booking(starts_at=BEGIN + 28 * DAY)).now.state is BookingState.BOOKED
    with pytest.raises(IllegalMoveError, match="is more than 28 days ahead"):
        Story(booking(starts_at=BEGIN + 28 * DAY + HOUR))
    with pytest.raises(InputError, match="has gone by"):
        Story(booking(starts_at=BEGIN))
    with pytest.raises(InputError, match="NAIVE-TIME"):
        booking(starts_at=datetime(2026, 1, 6, 9))


def test_row_6_and_33_a_mentee_and_a_mentor_have_so_many_open_bookings() -> None:
    terms = BookingTerms(open_per_mentee=1, open_per_mentor=1)
    mine, theirs = other("b-2", mentor_id=PersonId("otto")), other("b-3", mentee_id=STAN)
    for one, problem in ((mine, "the mentee has 1 open bookings"), (theirs, "the mentor has 1 open bookings")):
        with pytest.raises(IllegalMoveError, match=problem):
            Story(booking(terms), OtherBookings(bookings=(one,)))
        elsewhere = attrs.evolve(one, programme_id=ProgrammeId("office-hours"))
        closed = attrs.evolve(one, state=BookingState.CANCELLED)
        assert Story(booking(terms), OtherBookings(bookings=(elsewhere, closed))).now.is_open


def test_a_mentor_has_so_many_sessions_in_a_week_held_ones_among_them() -> None:
    """The week runs from Monday to Sunday; BEGIN is a Monday."""
    terms = BookingTerms(mentor_sessions_a_week=1)
    sunday, monday = BEGIN + 6 * DAY, BEGIN + 7 * DAY
    held = attrs.evolve(other("b-2", sunday, mentee_id=STAN), state=BookingState.HELD)
    others = OtherBookings(bookings=(held,))
    with pytest.raises(IllegalMoveError, match="the mentor has 1 sessions in that week"):
        Story(booking(terms), others)
    story = Story(booking(terms, starts_at=monday), others)
    story.refused(MoveBooking(starts_at=SESSION, minutes=20), MENTEE, "1 sessions in that week")
    for state in (BookingState.CANCELLED, BookingState.MISSED, BookingState.EXPIRED):
        free = OtherBookings(bookings=(attrs.evolve(held, state=state),))
        assert Story(booking(terms), free).now.is_open


@pytest.mark.parametrize(("minutes", "busy"), [(-20, False), (-19, True), (0, True), (19, True), (20, False)])
def test_row_25_nobody_is_booked_twice_at_a_time_on_either_side(minutes: int, busy: bool) -> None:
    at = SESSION + timedelta(minutes=minutes)
    for one in (other("b-2", at, mentor_id=MENTEE, mentee_id=STAN), other("b-3", at, mentee_id=STAN)):
        others = OtherBookings(bookings=(one,))
        if not busy:
            assert Story(others=others).now.is_open
            continue
        with pytest.raises(IllegalMoveError, match="has another session at that time"):
            Story(others=others)


def test_a_session_takes_no_place_of_the_mentors_capacity_unless_the_terms_say_so() -> None:
    full = OtherBookings(full=frozenset({MENTOR}))
    light, heavy = Story(others=full).now, Story(booking(BookingTerms(takes_place=True))).now
    assert booked_places([light, heavy, attrs.evolve(heavy, state=BookingState.HELD)]) == {MENTOR: 1}
    with pytest.raises(IllegalMoveError, match="the mentor has no free place"):
        Story(booking(BookingTerms(takes_place=True)), full)


@pytest.mark.parametrize(
    ("given", "column", "sentence"),
    [
        ({"session_minutes": 0}, "session_minutes", "0 is below 1"),
        ({"organisation_minutes": 1_441}, "organisation_minutes", "1441 is above 1,440"),
        ({"ahead_days": 1.5}, "ahead_days", "1.5 is not a whole number"),
        ({"notice_hours": -1}, "notice_hours", "-1 is below 0"),
        ({"notice_hours": 48, "ahead_days": 2}, "notice_hours", "could be cancelled in time"),
    ],
)
def test_impossible_terms_are_refused_when_made(given: dict[str, int], column: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as refused:
        BookingTerms(**given)  # type: ignore[arg-type]
    assert [fault.column for fault in refused.value.faults] == [column]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: booking(mentor_id=MENTEE), "is mentee and mentor"),
        (lambda: booking(minutes=0), "0 minutes do not fit into a day"),
        (lambda: booking(own_minutes=0), "column own_minutes: 0 minutes do not fit"),
        (lambda: booking(level=1), "a level stands without its skill"),
        (lambda: booking(skill_id=SkillId("x"), level=-1), "whole number of 0 or more"),
        (lambda: GiveFeedback(rating=6), "from|up to 5"),
        (lambda: MissBooking(absent=()), "it does not say who did not come"),
    ],
)
def test_what_cannot_be_is_refused_when_made(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        make()


# Rights and moves


def in_state(state: BookingState, terms: BookingTerms | None = None) -> Story:
    asked = terms or (ASKED if state is BookingState.REQUESTED else BookingTerms())
    story = Story(booking(asked, skill_id=SkillId("data-analysis")))
    if asked.approval and state is not BookingState.REQUESTED:
        story.take(AcceptBooking(), MENTOR)
    match state:
        case BookingState.MOVED:
            story.take(MoveBooking(starts_at=SESSION, minutes=20), MENTOR)
        case BookingState.HELD:
            story.take(HoldBooking(minutes=20), MENTEE, SESSION)
        case BookingState.MISSED:
            story.take(MissBooking(absent=(Relation.MENTEE,)), MENTOR, SESSION)
        case BookingState.CANCELLED:
            story.take(CancelBooking(), MENTEE)
        case BookingState.EXPIRED:
            story.tick(BEGIN + 20 * DAY)
    assert story.now.state is state
    return story


EXAMPLES: dict[str, BookingAction] = {
    "accept-booking": AcceptBooking(),
    "move-booking": MoveBooking(starts_at=SESSION + DAY, minutes=15, reason="A meeting."),
    "cancel-booking": CancelBooking(reason="A meeting."),
    "hold-booking": HoldBooking(minutes=20),
    "miss-booking": MissBooking(absent=(Relation.MENTEE,)),
    "give-feedback": GiveFeedback(rating=5),
    "record-leaver": RecordBookingLeaver(person_id=MENTOR),
    "expire-booking": ExpireBooking(),
}
PEOPLE = (MENTEE, MENTOR, PAM, CLOCK, MANAGER, STAN)


def is_lawful(now: Booking, name: str, actor: PersonId, at: datetime) -> bool:
    """Return what the words of the requirements say of each example; reads no table of ours."""
    agreed = now.state in ("booked", "moved")
    is_open, sides = agreed or now.state == "requested", actor in (MENTEE, MENTOR)
    over = now.starts_at + timedelta(minutes=now.minutes) + timedelta(days=now.terms.log_days)
    if now.state == "requested":
        over = min(now.starts_at, now.asked_at + timedelta(hours=now.terms.answer_hours))
    if at < now.at or (is_open and (at >= over) != (name == "expire-booking")):
        return False
    match name:
        case "accept-booking":
            return now.state == "requested" and actor == MENTOR
        case "move-booking":
            may = actor == MENTEE or (agreed and actor == MENTOR)
            near = at < SESSION + DAY <= at + timedelta(days=now.terms.ahead_days)
            return is_open and may and at < now.starts_at and near
        case "cancel-booking":
            return is_open and (sides or actor == PAM)
        case "hold-booking" | "miss-booking":
            return agreed and sides and at >= now.starts_at
        case "give-feedback":
            return now.state == "held" and sides and actor not in [said.actor for said in now.feedback]
        case "record-leaver":
            return is_open and actor in (PAM, CLOCK)
    return is_open and actor == CLOCK


def test_every_cell_of_state_action_actor_and_time_is_what_the_requirements_say() -> None:
    hits: Counter[tuple[str, str, bool]] = Counter()
    walked = set()
    for terms, state, name, actor, days in product(
        (BookingTerms(), ASKED), BookingState, EXAMPLES, PEOPLE, (-1, 0, 0.5, 1, 1.5, 12)
    ):
        story = in_state(state, ASKED if state is BookingState.REQUESTED else terms)
        at = story.now.at + days * DAY
        wanted = is_lawful(story.now, name, actor, at)
        try:
            after = story.take(EXAMPLES[name], actor, at)
        except (RefusedError, InputError):
            succeeded = False
        else:
            succeeded = True
            walked.add((state, BookingActionName(name), after.state))
        assert succeeded == wanted, (state, name, actor, days)
        hits[state, name, succeeded] += 1
    assert {(state, name) for state, name, _ in hits} == {*product(BookingState, EXAMPLES)}
    assert walked == {
        (before, name, after) for (before, name), following in BOOKING_MOVES.items() for after in following if before
    }


def test_the_table_of_moves_has_no_traps_and_every_move_a_right() -> None:
    assert problems_of(BOOKING_MOVES, BookingState, BOOKING_FINAL) == []
    assert {name for _, name in BOOKING_MOVES} == set(BookingActionName) == set(BOOKING_RIGHTS)
    assert {name.value for name in BookingActionName} == {"book", *EXAMPLES}


def test_it_is_booked_once_and_first() -> None:
    Story().refused(booking(), MENTEE, "it is booked already")
    with pytest.raises(IllegalMoveError, match="accept-booking in state not booked: nothing is booked yet"):
        decide_booking(None, AcceptBooking(), MENTOR, frozenset(), BEGIN)


def test_times_run_forwards_and_are_aware() -> None:
    story = Story()
    story.refused(CancelBooking(), MENTEE, "is before the last event", BEGIN - HOUR)
    with pytest.raises(InputError, match="NAIVE-TIME"):
        tick_booking(story.now, datetime(2026, 1, 5))


def test_an_authority_tells_what_somebody_is_to_a_booking() -> None:
    grant = Grant(person_id=PAM, relation=Relation.PROGRAMME_MANAGER, from_on=BEGIN.date(), programme_id="micro")
    authority = Authority(organisation=Lines(), grants=(grant,))
    held = {who: authority.relations(who, Story().now, BEGIN.date()) for who in (MENTEE, MENTOR, PAM, MANAGER, STAN)}
    assert Story().now.initiator is Relation.MENTEE
    assert held[MENTEE] == {Relation.MENTEE}
    assert held[MENTOR] == {Relation.MENTOR}
    assert held[PAM] == {Relation.PROGRAMME_MANAGER}
    assert held[MANAGER] == {Relation.MANAGER, Relation.CONFIRMER}
    assert held[STAN] == frozenset()


# Who sees what


def full() -> Booking:
    """Return a booking in which every part that is protected holds something."""
    story = Story(booking(own_minutes=20, skill_id=SkillId("data-analysis"), level=0, topic="Pivot tables"))
    story.take(HoldBooking(minutes=20), MENTEE, SESSION)
    story.take(GiveFeedback(rating=5, words="Clear."), MENTEE)
    told = story.take(GiveFeedback(rating=2, words="Unprepared."), MENTOR)
    return attrs.evolve(told, absent=(Relation.MENTOR,), closed_because="Ill.", late=(MENTOR,))


def seen_in_words(part: str, relation: Relation) -> bool:
    """Return who sees what; reads no table of ours."""
    if part in ("topic", "level", "own_minutes"):
        return relation in ("mentee", "mentor")
    if part in ("absent", "closed_because", "late"):
        return relation in ("mentee", "mentor", "programme manager")
    return True


@pytest.mark.parametrize("relation", Relation)
def test_each_part_is_seen_by_those_who_may_and_by_nobody_else(relation: Relation) -> None:
    whole = full()
    actor = {Relation.MENTEE: MENTEE, Relation.MENTOR: MENTOR}.get(relation, STAN)
    seen = booking_seen_by(whole, actor, {relation})
    for field in attrs.fields(Booking):
        if field.name == "feedback":
            continue
        value = getattr(whole, field.name)
        if seen_in_words(field.name, relation):
            assert getattr(seen, field.name) == value, field.name
        else:
            assert getattr(seen, field.name) == field.default != value, field.name
    said = {"mentee": ["Clear."], "mentor": ["Unprepared."], "programme manager": ["Clear.", "Unprepared."]}
    assert [one.words for one in seen.feedback] == said.get(relation, [])


def test_who_is_nothing_to_it_sees_nothing_whatever_they_claim() -> None:
    with pytest.raises(NotAuthorisedError, match="'stan' may not read-booking"):
        booking_seen_by(full(), STAN, {Relation.MENTEE, Relation.MENTOR})
    fields = attrs.fields_dict(Booking)
    assert all(getattr(full(), name) != fields[name].default for name in BOOKING_SEEN_BY)


# Logs


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda one: attrs.evolve(one, booking_id=BookingId("b-9")), "belongs to another booking"),
        (lambda one: attrs.evolve(one, version=7), "version 7 stands where 2 belongs"),
        (lambda one: attrs.evolve(one, at=BEGIN - DAY), "is before the event that it follows"),
        (lambda one: attrs.evolve(one, actor=MENTEE), "'mia' cannot have done this"),
    ],
)
def test_a_log_that_cannot_be_is_refused(change: Callable[[BookingEvent], BookingEvent], problem: str) -> None:
    story = Story(booking(ASKED))
    yes = BookingAccepted(booking_id=BookingId("b-1"), version=2, actor=MENTOR, at=BEGIN)
    assert replay_booking([*story.log, yes]).state is BookingState.BOOKED
    with pytest.raises(InputError, match=problem) as refused:
        replay_booking([*story.log, change(yes)])
    assert refused.value.faults[0].code == "LOG-CORRUPT"


def test_a_log_begins_with_the_booking_and_holds_no_move_that_the_table_does_not_know() -> None:
    story = Story(booking(ASKED))
    held = BookingHeld(booking_id=BookingId("b-1"), version=2, actor=MENTOR, at=BEGIN, minutes=20)
    for log, problem in (
        ([], "there is no event"),
        ([held], "a log begins with BookingMade at version 1"),
        ([attrs.evolve(story.log[0], version=2)], "a log begins with BookingMade at version 1"),
        ([*story.log, held], "BookingHeld does not follow in state requested"),
        ([*story.log, attrs.evolve(story.log[0], version=2)], "BookingMade does not follow in state requested"),
    ):
        with pytest.raises(InputError, match=problem):
            replay_booking(log)


# Anything, by anybody, at any time


class BookingWalk(RuleBasedStateMachine):
    """One booking, by anybody, at any time."""

    walked: ClassVar[set[tuple[BookingState, BookingActionName, BookingState]]] = set()

    @initialize(
        state=st.sampled_from(BookingState),
        approval=st.booleans(),
        notice=st.integers(0, 30),
        answer=st.integers(1, 60),
    )
    def begin(self, state: BookingState, approval: bool, notice: int, answer: int) -> None:
        """Begin anywhere, so that late moves do not hang on a long run of luck."""
        asks = approval or state is BookingState.REQUESTED
        usual = state in (BookingState.MOVED, BookingState.CANCELLED)
        terms = BookingTerms(approval=asks, notice_hours=0 if usual else notice, answer_hours=answer)
        self.story = in_state(state, terms)

    @precondition(lambda self: not self.story.now.is_open)
    @rule(state=st.sampled_from(sorted(BOOKING_OPEN)), approval=st.booleans())
    def another_one_begins(self, state: BookingState, approval: bool) -> None:
        self.begin(state, approval, 0, 40)

    @rule(name=st.sampled_from(sorted(EXAMPLES)), actor=st.sampled_from(PEOPLE), hours=st.integers(-3, 60))
    def anybody_does_anything(self, name: str, actor: PersonId, hours: int) -> None:
        before = self.story.now
        at = before.at + hours * HOUR
        wanted = is_lawful(before, name, actor, at)
        try:
            after = self.story.take(EXAMPLES[name], actor, at)
        except (RefusedError, InputError):
            assert not wanted
            assert self.story.now == before
        else:
            assert wanted
            assert after.state in BOOKING_MOVES[before.state, BookingActionName(name)]
            self.walked.add((before.state, BookingActionName(name), after.state))

    @rule(data=st.data())
    def somebody_goes_on(self, data: st.DataObject) -> None:
        """Take a lawful move, which must succeed."""
        now = self.story.now
        moments = (now.at, max(now.at, now.starts_at))
        possible: dict[str, list[tuple[PersonId, datetime]]] = {}
        for name, actor, at in product(EXAMPLES, PEOPLE, moments):
            if is_lawful(now, name, actor, at):
                possible.setdefault(name, []).append((actor, at))
        if possible:
            name = data.draw(st.sampled_from(sorted(possible)))
            after = self.story.take(EXAMPLES[name], *data.draw(st.sampled_from(possible[name])))
            self.walked.add((now.state, BookingActionName(name), after.state))

    @rule(hours=st.integers(0, 24 * 12), share=st.integers(0, 10))
    def time_goes_by(self, hours: int, share: int) -> None:
        before = self.story.now
        late, early = before.at + hours * HOUR, before.at + hours * HOUR * share // 10
        once = tick_booking(before, late)
        self.story.tick(early)
        self.story.tick(late)
        assert self.story.log[before.version :] == [*once]
        assert tick_booking(self.story.now, late) == ()
        if once:
            self.walked.add((before.state, BookingActionName.EXPIRE, self.story.now.state))

    @invariant()
    def promises_hold(self) -> None:
        now = self.story.now
        assert [event.version for event in self.story.log] == list(range(1, len(self.story.log) + 1))
        assert (now.closed_at is None) == now.is_open
        assert now.starts_at.tzinfo is UTC
        assert len({said.actor for said in now.feedback}) == len(now.feedback) <= 2
        assert bool(now.absent) == (now.state is BookingState.MISSED)
        current = None
        for event in self.story.log:
            current = evolve_booking(current, event)
        assert current == now


def test_bookings_walked_at_random_keep_every_promise() -> None:
    BookingWalk.walked.clear()
    go(BookingWalk, walks=100, longest=15)
    assert {name for _, name, _ in BookingWalk.walked} == set(BookingActionName) - {BookingActionName.BOOK}
