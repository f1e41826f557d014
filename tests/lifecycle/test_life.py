"""The whole life of an engagement beside its main way: approvals, agreement, sessions, products, pauses, ends."""

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from taskmentor.authorisation import ActionName, Approver, Relation
from taskmentor.errors import IllegalMoveError, InputError, NotAuthorisedError
from taskmentor.lifecycle.actions import (
    Accept,
    Action,
    AddProduct,
    Approve,
    CancelSession,
    CheckIn,
    Comment,
    Confirm,
    Disapprove,
    DraftAgreement,
    End,
    Extend,
    Finish,
    HandOver,
    HoldSession,
    LogSession,
    MissSession,
    MoveSession,
    Pause,
    PlanSession,
    Propose,
    Reassess,
    ReassessAsMentor,
    Recognise,
    RecordLeaver,
    RecordTraining,
    RequestExtension,
    Resume,
    ReviewProduct,
    Schedule,
    SignAgreement,
    Start,
)
from taskmentor.lifecycle.deciding import allowed_actions
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import (
    AgreementSigned,
    EndReason,
    EngagementId,
    Event,
    Extended,
    ProductReviewed,
    SessionHeld,
)
from taskmentor.lifecycle.evolving import replay
from taskmentor.lifecycle.moves import FINAL, State
from taskmentor.lifecycle.outcomes import credited, not_again, outcome, self_assessments, succession
from taskmentor.lifecycle.terms import Shortfall, Terms
from taskmentor.lifecycle.values import Agreement, ProductKind, SessionState, Training
from taskmentor.models.assessments import Source
from taskmentor.models.people import PersonId
from tests.lifecycle.examples import (
    BEGIN,
    DELEGATE,
    HEAD,
    MANAGER,
    MENTEE,
    MENTOR,
    MENTORS_MANAGER,
    OTHER_MENTOR,
    PROGRAMME_MANAGER,
    SCOPE,
    STRANGER,
    SYSTEM,
    Lines,
    engagement_in,
    held_by,
    log_to,
    proposal,
    state_after,
    take,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHAIN = (Approver.MENTEE, Approver.MENTEES_MANAGER, Approver.MENTORS_MANAGER, Approver.MENTOR)


class Life:
    """A log that goes on an hour at a time."""

    def __init__(self, state: State, terms: Terms | None = None) -> None:
        self.log: list[Event] = log_to(state, terms=terms)
        self.at = self.now.at

    @property
    def now(self) -> Engagement:
        return replay(self.log)

    def take(self, action: Action, actor: PersonId, *, later: timedelta = HOUR) -> Engagement:
        self.at += later
        return take(self.log, action, actor, self.at)

    def refused(self, action: Action, actor: PersonId, match: str, *, later: timedelta = HOUR) -> None:
        before = list(self.log)
        with pytest.raises((IllegalMoveError, InputError, NotAuthorisedError), match=match):
            take(self.log, action, actor, self.at + later)
        assert self.log == before


def code_of(refused: pytest.ExceptionInfo[InputError]) -> str:
    return refused.value.faults[0].code


# Approvals


def test_row_51_four_approvals_come_in_the_order_of_the_terms() -> None:
    """The employee picks, then the own manager, then the mentor's, and last the mentor."""
    life = Life(State.PROPOSED, Terms(approvals=CHAIN))
    assert life.now.outstanding == CHAIN
    life.refused(Accept(scope=SCOPE), MENTOR, "the yes of the mentee comes first")
    life.refused(Approve(approver=Approver.MENTEES_MANAGER), MANAGER, "the yes of the mentee comes first")
    life.take(Accept(scope=SCOPE), MENTEE)
    life.refused(Approve(approver=Approver.MENTORS_MANAGER), MENTORS_MANAGER, "the yes of the mentee's manager comes")
    life.take(Approve(approver=Approver.MENTEES_MANAGER), MANAGER)
    life.take(Approve(approver=Approver.MENTORS_MANAGER), MENTORS_MANAGER)
    assert life.now.asked == (Approver.MENTOR,)
    assert life.now.accepted_at is None
    accepted = life.take(Accept(scope=SCOPE), MENTOR)
    assert (accepted.state, accepted.accepted_at) == (State.ACCEPTED, life.at)
    assert accepted.approved == (Approver.MENTEES_MANAGER, Approver.MENTORS_MANAGER)


def test_row_51_whoever_is_asked_may_say_no_at_any_time_and_says_why() -> None:
    life = Life(State.PROPOSED, Terms(approvals=CHAIN))
    ended = life.take(Disapprove(approver=Approver.MENTORS_MANAGER, reason="Needed elsewhere."), MENTORS_MANAGER)
    assert (ended.state, ended.closed_by, ended.closed_because) == (
        State.DECLINED, MENTORS_MANAGER, "Needed elsewhere.",
    )  # fmt: skip


def test_row_51_nobody_approves_for_somebody_else_or_unasked() -> None:
    life = Life(State.PROPOSED, Terms(approvals=(Approver.MENTEES_MANAGER, Approver.MENTEE, Approver.MENTOR)))
    life.refused(Approve(approver=Approver.MENTEES_MANAGER), MENTORS_MANAGER, "it takes confirmer")
    life.refused(Approve(approver=Approver.PROGRAMME_MANAGER), PROGRAMME_MANAGER, "nobody waits for this yes")
    life.refused(Approve(approver=Approver.MENTORS_MANAGER), MANAGER, "it takes mentor's manager")
    life.refused(Approve(approver=Approver.MENTEES_MANAGER), STRANGER, "may not approve")
    assert ActionName.APPROVE in allowed_actions(life.now, {Relation.CONFIRMER})
    assert ActionName.APPROVE not in allowed_actions(life.now, {Relation.MENTORS_MANAGER})


def test_two_relations_at_once_are_told_apart_by_whose_yes_it_is() -> None:
    """Somebody who manages both gives two approvals, each in its turn."""
    life = Life(State.PROPOSED, Terms(approvals=(Approver.MENTEES_MANAGER, Approver.MENTORS_MANAGER, *CHAIN[::3])))
    both = frozenset({Relation.CONFIRMER, Relation.MENTORS_MANAGER})
    with pytest.raises(IllegalMoveError, match="nobody waits now for the yes of the mentor's manager"):
        take(life.log, Approve(approver=Approver.MENTORS_MANAGER), HEAD, life.at, both)
    take(life.log, Approve(approver=Approver.MENTEES_MANAGER), HEAD, life.at, both)
    assert take(life.log, Approve(approver=Approver.MENTORS_MANAGER), HEAD, life.at, both).asked == (Approver.MENTEE,)


def test_where_the_manager_is_the_mentor_the_next_one_up_approves() -> None:
    """One person would say yes twice."""
    life, lines = Life(State.PROPOSED, Terms(approvals=CHAIN)), Lines(mentee_line=(MENTOR, HEAD))
    life.take(Accept(scope=SCOPE), MENTEE)
    approve = Approve(approver=Approver.MENTEES_MANAGER)
    with pytest.raises(NotAuthorisedError):
        take(life.log, approve, MENTOR, life.at, held_by(MENTOR, life.at, lines=lines))
    assert take(life.log, approve, HEAD, life.at, held_by(HEAD, life.at, lines=lines)).approved


@pytest.mark.parametrize("approver", [Approver.MENTEE, Approver.MENTOR])
def test_the_two_accept_and_do_not_approve(approver: Approver) -> None:
    with pytest.raises(InputError, match="accepts or declines") as refused:
        Approve(approver=approver)
    assert code_of(refused) == "BAD-APPROVER"


# Agreement and training


def test_d13_where_the_terms_ask_for_an_agreement_both_sign_one_before_dates_are_fixed() -> None:
    life = Life(State.ACCEPTED, Terms(agreement=True))
    dates = Schedule(starts_on=date(2026, 1, 12), ends_on=date(2026, 2, 9))
    life.refused(dates, MENTEE, "the terms ask for an agreement first")
    life.refused(SignAgreement(draft=4), MENTOR, "there is no draft to sign")
    agreement = Agreement(goals=("One report a month",), mentee_duties=("Prepare",), session_minutes=30)
    drafted = life.take(DraftAgreement(agreement=agreement), MENTEE)
    assert (drafted.agreement, drafted.draft_by) == (None, MENTEE)
    life.refused(SignAgreement(draft=4), MENTEE, "this side wrote it; the other one signs")
    signed = life.take(SignAgreement(draft=4), MENTOR)
    assert (signed.agreement, signed.draft) == (agreement, None)
    assert life.take(dates, MENTEE).state is State.SCHEDULED


def test_d13_what_was_replaced_meanwhile_is_not_signed() -> None:
    """A screen that was open for a week would sign what nobody read."""
    life = Life(State.ACCEPTED)
    life.take(DraftAgreement(agreement=Agreement(mentee_expects="Patience.")), MENTEE)
    life.take(DraftAgreement(agreement=Agreement(mentor_expects="Preparation.")), MENTEE)
    life.refused(SignAgreement(draft=4), MENTOR, "draft 4 was replaced by draft 5")


@pytest.mark.requirement("TR1")
def test_row_49_a_mentor_without_valid_training_does_not_start() -> None:
    life = Life(State.SCHEDULED, Terms(training_hours=6, training_valid_days=30))
    life.refused(Start(), MENTOR, "0 hours of training on record, and the terms ask for 6")
    life.take(RecordTraining(training=Training(completed_on=date(2025, 12, 1), hours=4)), PROGRAMME_MANAGER)
    life.refused(Start(), MENTOR, "4 hours of training on record")
    life.take(RecordTraining(training=Training(completed_on=date(2025, 12, 1), hours=20)), PROGRAMME_MANAGER)
    life.refused(Start(), MENTOR, "training counted until 2025-12-31")
    training = Training(completed_on=date(2026, 1, 5), hours=6)
    life.refused(
        RecordTraining(training=attrs.evolve(training, completed_on=date(2027, 1, 1))), PROGRAMME_MANAGER, "come"
    )
    life.take(RecordTraining(training=training), PROGRAMME_MANAGER)
    assert life.take(Start(), MENTOR).state is State.ACTIVE


def test_training_without_an_expiry_counts_for_ever() -> None:
    life = Life(State.SCHEDULED, Terms(training_hours=6))
    life.take(RecordTraining(training=Training(completed_on=date(1999, 1, 1), hours=6)), PROGRAMME_MANAGER)
    assert life.take(Start(), MENTOR).state is State.ACTIVE


# Sessions


@pytest.mark.requirement("D14")
def test_sessions_are_planned_moved_held_missed_and_called_off() -> None:
    life = Life(State.ACTIVE)
    for day in (1, 2, 3):
        life.take(PlanSession(starts_at=life.at + day * DAY, minutes=45, face_to_face=day == 2), MENTEE)
    life.take(MoveSession(session=1, starts_at=life.at + 5 * DAY, minutes=30), MENTOR)
    life.take(CancelSession(session=3), MENTOR)
    life.refused(HoldSession(session=2, minutes=50), MENTEE, "has not begun")
    life.take(HoldSession(session=2, minutes=50), MENTEE, later=3 * DAY)
    life.take(MissSession(session=1, absent=(Relation.MENTEE,)), MENTOR, later=4 * DAY)
    one, two, three = life.now.sessions
    assert (one.state, one.moved, one.minutes, one.absent) == (SessionState.MISSED, 1, 30, (Relation.MENTEE,))
    assert (two.state, two.minutes, two.face_to_face) == (SessionState.HELD, 50, True)
    assert three.state is SessionState.CANCELLED
    life.refused(CancelSession(session=3), MENTEE, "no session is planned")
    life.take(PlanSession(starts_at=life.at + 2 * DAY, minutes=10), MENTEE)
    life.refused(CancelSession(session=3), MENTEE, "no session 3 is planned")
    life.refused(MoveSession(session=9, starts_at=life.at + 9 * DAY, minutes=10), MENTEE, "no session 9 is planned")


def test_row_28_attendance_is_known_for_each_and_what_nobody_logged_too() -> None:
    """The programme was blind without logs, and absent mentees were not followed up."""
    life = Life(State.ACTIVE)
    for absent in ((Relation.MENTEE,), (Relation.MENTEE, Relation.MENTOR), ()):
        life.take(PlanSession(starts_at=life.at + HOUR, minutes=30), MENTEE)
        number = len(life.now.sessions)
        action = MissSession(session=number, absent=absent) if absent else HoldSession(session=number, minutes=30)
        life.take(action, MENTOR, later=2 * HOUR)
    planned = life.take(PlanSession(starts_at=life.at + HOUR, minutes=30), MENTEE)
    assert planned.attended(Relation.MENTEE) == (1, 2)
    assert planned.attended(Relation.MENTOR) == (2, 1)
    assert planned.unlogged(life.at + 29 * timedelta(minutes=1)) == ()
    assert [one.number for one in planned.unlogged(life.at + 2 * HOUR)] == [4]


def test_sessions_may_be_logged_afterwards() -> None:
    life = Life(State.ACTIVE)
    logged = life.take(LogSession(starts_at=life.at, minutes=20, face_to_face=True), MENTOR, later=2 * DAY)
    assert [(one.state, one.minutes) for one in logged.sessions] == [(SessionState.HELD, 20)]
    life.refused(LogSession(starts_at=life.at + 2 * HOUR, minutes=20), MENTEE, "has not begun")
    life.refused(LogSession(starts_at=BEGIN - 3 * DAY, minutes=20), MENTEE, "is before the start")


@pytest.mark.requirement("U1")
def test_row_27_and_u1_a_session_keeps_the_limits_of_the_programme_and_of_the_two() -> None:
    """Minutes are free up to the shorter of both limits."""
    life = Life(State.ACTIVE, Terms(session_minutes=20))
    life.refused(PlanSession(starts_at=life.at + DAY, minutes=21), MENTEE, "21 minutes are more than the 20")
    life.take(PlanSession(starts_at=life.at + DAY, minutes=13), MENTEE)
    life.take(DraftAgreement(agreement=Agreement(session_minutes=10)), MENTEE)
    agreed = life.take(SignAgreement(draft=life.now.version), MENTOR)
    assert agreed.session_minutes == 10
    life.refused(MoveSession(session=1, starts_at=life.at + DAY, minutes=11), MENTEE, "11 minutes are more than the 10")


def test_a_session_is_planned_neither_for_the_past_nor_before_the_start() -> None:
    life = Life(State.ACCEPTED)
    life.take(Schedule(starts_on=date(2026, 2, 2), ends_on=date(2026, 3, 2)), MENTEE)
    life.refused(PlanSession(starts_at=datetime(2026, 1, 30, 9, tzinfo=UTC), minutes=20), MENTEE, "before the start")
    life.refused(PlanSession(starts_at=life.at, minutes=20), MENTEE, "has gone by")
    assert life.take(PlanSession(starts_at=datetime(2026, 2, 2, 9, tzinfo=UTC), minutes=20), MENTEE).sessions


@pytest.mark.parametrize("absent", [(), (Relation.MANAGER,)])
def test_somebody_missed_a_session_that_was_missed(absent: tuple[Relation, ...]) -> None:
    with pytest.raises(InputError, match="it does not say who did not come"):
        MissSession(session=1, absent=absent)


def test_v2_fewer_sessions_than_asked_for_are_found_and_stop_only_where_the_terms_say_so() -> None:
    for shortfall in Shortfall:
        life = Life(State.ACTIVE, Terms(least_sessions=2, least_face_to_face=1, shortfall=shortfall))
        life.take(LogSession(starts_at=life.at, minutes=20), MENTOR)
        assert life.now.shortfalls == ("1 of 2 sessions", "0 of 1 meetings face to face")
        if shortfall is Shortfall.BLOCK:
            life.refused(Finish(), MENTEE, "1 of 2 sessions and 0 of 1 meetings face to face were held")
            life.take(LogSession(starts_at=life.at, minutes=20, face_to_face=True), MENTOR)
        assert life.take(Finish(), MENTEE).state is State.AWAITING_REASSESSMENT


# Work products, check-ins


def test_t12_row_29_what_the_mentee_made_waits_for_the_mentors_yes() -> None:
    life = Life(State.ACTIVE, Terms(products_reviewed=True))
    life.take(AddProduct(kind=ProductKind.DELIVERABLE, title="Report", reference="wiki/report"), MENTEE)
    life.refused(Finish(), MENTEE, "the mentor has not approved every work product")
    life.refused(ReviewProduct(product=1, approved=True), MENTEE, "it takes mentor")
    life.take(ReviewProduct(product=1, approved=False, feedback="The chart has no title."), MENTOR)
    life.refused(Finish(), MENTEE, "the mentor has not approved every work product")
    reviewed = life.take(ReviewProduct(product=1, approved=True, feedback="Now it has."), MENTOR)
    assert [(one.approved, one.feedback) for one in reviewed.products] == [(True, "Now it has.")]
    life.refused(ReviewProduct(product=1, approved=True), MENTOR, "no work product waits for a review")
    assert life.take(Finish(), MENTEE).state is State.AWAITING_REASSESSMENT


def test_t20_an_artefact_of_the_mentors_is_kept_too() -> None:
    life = Life(State.ACTIVE)
    life.take(AddProduct(kind=ProductKind.ARTEFACT, title="Template"), MENTOR)
    life.take(AddProduct(kind=ProductKind.DELIVERABLE, title="Report"), MENTEE)
    life.refused(ReviewProduct(product=3, approved=True), MENTOR, "Use 1 or 2")
    reviewed = life.take(ReviewProduct(product=2, approved=True), MENTOR)
    assert [one.approved for one in reviewed.products] == [None, True]


def test_row_29_a_stranger_adds_nothing_and_is_told_so_first() -> None:
    """A stranger could add tasks to others' relation, and got the wrong error."""
    life = Life(State.ENDED)
    life.refused(AddProduct(kind=ProductKind.DELIVERABLE, title="Report"), STRANGER, "may not add-product")


def test_d9_a_check_in_names_the_four_prerequisites() -> None:
    life = Life(State.ACTIVE)
    checked = life.take(CheckIn(trust=5, communication=4, meetings=2, responsibilities=3, words="Too few."), MENTOR)
    (one,) = checked.check_ins
    assert (one.trust, one.communication, one.meetings, one.responsibilities) == (5, 4, 2, 3)
    for wrong in (0, 6, True):
        with pytest.raises(InputError, match="Give a whole number of 1 or more up to 5"):
            CheckIn(trust=wrong, communication=4, meetings=2, responsibilities=3)


# Pause, extension, handing over, leaving


def test_a_pause_has_an_end_and_the_sides_may_end_it_before() -> None:
    life = Life(State.ACTIVE, Terms(longest_pause_days=30, check_in_days=(3, 30)))
    life.refused(Pause(until=date(2026, 1, 5), reason="Trip."), MENTEE, "does not end within the 30 days")
    life.refused(Pause(until=date(2026, 4, 5), reason="Trip."), MENTEE, "does not end within the 30 days")
    paused = life.take(Pause(until=date(2026, 2, 1), reason="Trip."), MENTEE)
    assert (paused.state, paused.paused_until) == (State.PAUSED, date(2026, 2, 1))
    resumed = life.take(Resume(), MENTOR, later=10 * DAY)
    assert (resumed.state, resumed.paused_until, resumed.excused) == (State.ACTIVE, None, (date(2026, 1, 8),))


def test_d15_a_side_asks_for_more_time_and_the_programme_manager_gives_it() -> None:
    life = Life(State.ACTIVE, Terms(longest_days=50))
    later = date(2026, 2, 23)
    life.refused(Extend(ends_on=later, reason="Illness."), MENTEE, "it takes programme manager")
    assert life.take(RequestExtension(ends_on=later, reason="Illness."), MENTEE).extension_until == later
    life.refused(Extend(ends_on=date(2026, 2, 16), reason="Illness."), PROGRAMME_MANAGER, "is not after the end date")
    life.refused(Extend(ends_on=date(2026, 3, 23), reason="Illness."), PROGRAMME_MANAGER, "77 days are not within")
    extended = life.take(Extend(ends_on=later, reason="Illness."), PROGRAMME_MANAGER)
    assert (extended.ends_on, extended.extension_until) == (later, None)


def test_it_is_handed_over_to_another_mentor_who_is_asked_like_any_other() -> None:
    life = Life(State.ACTIVE)
    action = HandOver(successor_id=EngagementId("e-2"), mentor_id=OTHER_MENTOR, reason="Parental leave.")
    life.refused(attrs.evolve(action, mentor_id=MENTEE), PROGRAMME_MANAGER, "'mia' takes part already")
    life.refused(attrs.evolve(action, successor_id=EngagementId("e-1")), PROGRAMME_MANAGER, "in its own place")
    ended = life.take(action, PROGRAMME_MANAGER)
    assert (ended.state, ended.successor_id) == (State.HANDED_OVER, "e-2")
    log: list[Event] = []
    follows = succession(ended, successor_id=EngagementId("e-2"), mentor_id=OTHER_MENTOR)
    engagement = take(log, follows, PROGRAMME_MANAGER, life.at)
    assert (engagement.state, engagement.continues, engagement.mentor_id) == (State.PROPOSED, "e-1", OTHER_MENTOR)
    assert (engagement.scope, engagement.terms) == (ended.scope, ended.terms)


@pytest.mark.parametrize("leaver", [MENTEE, MENTOR])
@pytest.mark.parametrize("actor", [PROGRAMME_MANAGER, SYSTEM])
def test_row_13_a_leaver_keeps_no_engagement(leaver: PersonId, actor: PersonId) -> None:
    """Leavers stayed "inactive" in the programme and the relation did not end."""
    for state in (State.PROPOSED, State.ACCEPTED, State.INTRODUCED, State.SCHEDULED, State.ACTIVE, State.PAUSED):
        life = Life(state)
        closed = life.take(RecordLeaver(person_id=leaver, left_on=date(2026, 1, 5)), actor)
        assert closed.state is (State.ENDED if state in (State.ACTIVE, State.PAUSED) else State.WITHDRAWN)
        assert closed.end_reason is EndReason.LEFT_ORGANISATION


def test_row_13_what_waits_for_mentee_and_manager_goes_on_without_the_mentor() -> None:
    """The mentee would lose what is learnt already."""
    for state in (State.AWAITING_REASSESSMENT, State.AWAITING_CONFIRMATION):
        life = Life(state)
        life.refused(RecordLeaver(person_id=MENTOR, left_on=date(2026, 1, 5)), SYSTEM, "the mentor's part is done")
        assert life.take(RecordLeaver(person_id=MENTEE, left_on=date(2026, 1, 5)), SYSTEM).state is State.ENDED


def test_only_those_who_take_part_leave_it_and_not_in_the_future() -> None:
    life = Life(State.ACTIVE)
    life.refused(RecordLeaver(person_id=STRANGER, left_on=date(2026, 1, 5)), SYSTEM, "'stan' takes no part in it")
    life.refused(RecordLeaver(person_id=MENTOR, left_on=date(2026, 3, 5)), SYSTEM, "2026-03-05 is still to come")


# The end


def test_where_the_terms_ask_for_neither_it_is_completed_without_reassessment_and_confirmation() -> None:
    life = Life(State.ACTIVE, Terms(reassessment=False, confirmation=False))
    completed = life.take(Finish(), MENTEE)
    assert (completed.state, completed.closed_by, completed.change) == (State.COMPLETED, MENTEE, None)
    for read in (outcome, credited):
        with pytest.raises(IllegalMoveError, match="an outcome that was confirmed"):
            read(completed)
    assert self_assessments(completed) == ()


def test_where_the_terms_ask_for_no_confirmation_the_reassessment_completes_it() -> None:
    life = Life(State.AWAITING_REASSESSMENT, Terms(confirmation=False))
    completed = life.take(Reassess(level=3), MENTEE)
    assert (completed.state, completed.change) == (State.COMPLETED, 2)
    (own,) = self_assessments(completed)
    assert (own.person_id, own.level, own.source) == (MENTEE, 3, Source.SELF)


def test_the_mentor_comments_on_the_reassessment() -> None:
    life = Life(State.AWAITING_CONFIRMATION)
    life.refused(Comment(words="All alone."), MENTEE, "it takes mentor")
    assert life.take(Comment(words="All alone."), MENTOR).comments == ("All alone.",)


def test_t16_the_mentor_is_thanked_on_the_record_by_those_who_saw_it_and_not_by_themselves() -> None:
    life = Life(State.COMPLETED)
    life.refused(Recognise(words="Great."), MENTOR, "may not recognise")
    for actor in (MENTEE, MENTORS_MANAGER, PROGRAMME_MANAGER):
        life.take(Recognise(words="Patient."), actor)
    assert [(one.actor, one.words) for one in life.now.recognitions] == [
        (MENTEE, "Patient."), (MENTORS_MANAGER, "Patient."), (PROGRAMME_MANAGER, "Patient."),
    ]  # fmt: skip
    assert life.now.closed_by == MANAGER, "thanks change nothing about who closed it"


def test_t19_the_mentor_may_reassess_their_own_level_once() -> None:
    life = Life(State.COMPLETED)
    completed = life.take(ReassessAsMentor(level=5), MENTOR)
    mentee, mentor = self_assessments(completed)
    assert (mentor.person_id, mentor.level, mentor.source, mentor.assessed_on) == (
        MENTOR, 5, Source.SELF, date(2026, 1, 5),
    )  # fmt: skip
    assert mentee.person_id == MENTEE
    life.refused(ReassessAsMentor(level=5), MENTOR, "the mentor has reassessed already")
    assert outcome(completed).assessed_on == date(2026, 1, 5), "later steps do not move the day of the confirmation"


def test_t19_not_where_the_terms_provide_for_none() -> None:
    life = Life(State.COMPLETED, Terms(mentor_reassessment=False))
    life.refused(ReassessAsMentor(level=5), MENTOR, "the terms provide for no reassessment by the mentor")


def test_the_delegate_of_the_terms_is_one_until_a_day() -> None:
    terms = Terms(confirmation_delegate=DELEGATE, delegate_until=date(2026, 1, 31))
    assert terms.delegate_on(date(2026, 1, 31)) == DELEGATE
    assert terms.delegate_on(date(2026, 2, 1)) is None
    life = Life(State.AWAITING_CONFIRMATION, terms)
    late = datetime(2026, 2, 1, 12, tzinfo=UTC)
    held = held_by(DELEGATE, late, lines=Lines(mentee_line=()), delegate=terms.delegate_on(late.date()))
    with pytest.raises(NotAuthorisedError):
        take(life.log, Confirm(level=3), DELEGATE, late, held)


# Logs that no engagement can have


def header(log: list[Event], actor: PersonId) -> dict[str, object]:
    last = log[-1]
    return {"engagement_id": last.engagement_id, "version": last.version + 1, "actor": actor, "at": last.at}


@pytest.mark.parametrize(
    ("kind", "facts", "actor", "problem"),
    [
        (SessionHeld, {"session": 4, "minutes": 5}, MENTEE, "no session 4 is planned"),
        (ProductReviewed, {"product": 7, "approved": True}, MENTOR, "there is no product 7"),
        (AgreementSigned, {"draft": 1}, MENTOR, "draft 1 is not the one"),
        (Extended, {"ends_on": date(2030, 1, 1), "reason": ""}, PROGRAMME_MANAGER, "are not within the 1 to 84"),
    ],
)
def test_a_log_that_refers_to_what_is_not_there_is_refused(
    kind: type[Event], facts: dict[str, object], actor: PersonId, problem: str
) -> None:
    life = Life(State.ACTIVE)
    life.take(PlanSession(starts_at=life.at + HOUR, minutes=5), MENTEE)
    life.take(AddProduct(kind=ProductKind.DELIVERABLE, title="Report"), MENTEE)
    life.take(DraftAgreement(agreement=Agreement()), MENTEE)
    with pytest.raises(InputError, match=problem) as refused:
        replay([*life.log, kind(**header(life.log, actor), **facts)])  # type: ignore[arg-type]
    assert code_of(refused) == "LOG-CORRUPT"


def test_a_naive_session_is_refused() -> None:
    with pytest.raises(InputError, match="NAIVE-TIME"):
        PlanSession(starts_at=datetime(2026, 1, 5), minutes=5)


def test_who_is_a_side_is_known() -> None:
    engagement = engagement_in(State.PROPOSED)
    assert [engagement.side_of(one) for one in (MENTEE, MENTOR, MANAGER)] == [Relation.MENTEE, Relation.MENTOR, None]
    assert state_after([]) is None
    assert proposal().continues is None


def test_the_enrolment_tells_from_when_to_when_a_mentor_may_see_what() -> None:
    life = Life(State.ACTIVE)
    began = life.now.enrolment
    assert (began.from_on, began.started_on, began.until_on) == (date(2026, 1, 5), date(2026, 1, 5), None)
    assert (began.mentee_id, began.mentor_id, began.skill_id) == (MENTEE, MENTOR, SCOPE.skill_id)
    assert engagement_in(State.SCHEDULED).enrolment.started_on is None
    completed = Life(State.COMPLETED)
    assert completed.take(Recognise(words="Patient."), MENTEE, later=40 * DAY).enrolment.until_on == date(2026, 1, 5)


def test_row_4_no_engagement_is_without_a_programme() -> None:
    """Matches landed in the wrong cycle, as one was built in."""
    with pytest.raises(TypeError, match="programme_id"):
        Propose(engagement_id=EngagementId("e-1"), mentee_id=MENTEE, mentor_id=MENTOR, scope=SCOPE)  # type: ignore[call-arg]


def test_row_14_either_side_leaves_whenever_they_want() -> None:
    """Nobody could remove themselves."""
    for state in State:
        if state not in FINAL:
            ways = {ActionName.WITHDRAW, ActionName.END}
            for side in (Relation.MENTEE, Relation.MENTOR):
                assert ways & {*allowed_actions(engagement_in(state), {side})}, (state, side)


@pytest.mark.parametrize(
    ("reason", "skill"),
    [
        (EndReason.TIME_ZONE, None), (EndReason.LANGUAGE, None), (EndReason.CONDUCT, None),
        (EndReason.NO_RESPONSE, None), (EndReason.NO_PROGRESS, SCOPE.skill_id),
    ],
)  # fmt: skip
def test_row_42_what_came_of_the_pair_itself_keeps_it_from_being_matched_again(
    reason: EndReason, skill: str | None
) -> None:
    """A bad match was made again at once."""
    life = Life(State.ACTIVE)
    ended = life.take(End(reason=reason), MENTEE)
    assert not_again([ended, engagement_in(State.COMPLETED)]) == ((MENTEE, MENTOR, skill),)


@pytest.mark.parametrize(
    "reason", [EndReason.WORKLOAD, EndReason.GOALS_CHANGED, EndReason.LEFT_ORGANISATION, EndReason.OTHER]
)
def test_row_42_what_had_nothing_to_do_with_the_pair_does_not(reason: EndReason) -> None:
    life = Life(State.ACTIVE)
    assert not_again([life.take(End(reason=reason, words="It was."), MENTEE)]) == ()
