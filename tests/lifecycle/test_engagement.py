"""The lifecycle of an engagement, requirement by requirement."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import attrs
import pytest

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import IllegalMoveError, InputError, NotAuthorisedError, RefusedError
from taskmentor.lifecycle.actions import (
    Accept,
    Action,
    Confirm,
    Decline,
    End,
    Expire,
    Finish,
    Reassess,
    RecordIntro,
    RecordPractice,
    Return,
    Schedule,
    Start,
    Withdraw,
)
from taskmentor.lifecycle.deciding import allowed_actions, decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import (
    AcceptedByMentee,
    AcceptedByMentor,
    Confirmed,
    EndReason,
    EngagementId,
    Event,
    Introduced,
    PracticeKind,
    Proposed,
    Reassessed,
    Scheduled,
    Scope,
)
from taskmentor.lifecycle.evolving import evolve, replay
from taskmentor.lifecycle.moves import TRANSITIONS, State
from taskmentor.lifecycle.outcomes import credited, outcome
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.assessments import Source
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from tests.lifecycle.examples import (
    ACTOR_OF,
    BEGIN,
    DELEGATE,
    HEAD,
    LATER_MANAGER,
    MANAGER,
    MENTEE,
    MENTOR,
    PROGRAMME_MANAGER,
    SCOPE,
    STRANGER,
    SYSTEM,
    Lines,
    engagement_in,
    example,
    held_by,
    log_to,
    moment_for,
    proposal,
    ready_for,
    relation_allows,
    state_after,
    state_allows,
    take,
)

HOUR = timedelta(hours=1)
PRACTICE = RecordPractice(kind=PracticeKind.PRACTISING, behaviour=SCOPE.behaviours[0], day=date(2026, 1, 5), minutes=45)


def attempt(engagement: Engagement | None, action: Action, actor: PersonId, at: datetime) -> tuple[Event, ...]:
    return decide(engagement, action, actor, held_by(actor, at), at)


def code_of(refused: pytest.ExceptionInfo[InputError]) -> str:
    return refused.value.faults[0].code


def test_t1_it_does_not_start_before_its_dates_are_fixed() -> None:
    assert ActionName.START not in allowed_actions(engagement_in(State.ACCEPTED), {Relation.MENTEE})


@pytest.mark.parametrize(("n_days", "kept"), [(6, False), (7, True), (14, True), (15, False)])
def test_t1_the_length_keeps_the_limits_of_the_terms(n_days: int, kept: bool) -> None:
    engagement = engagement_in(State.ACCEPTED, terms=Terms(weeks=1, shortest_days=7, longest_days=14))
    start = date(2026, 2, 2)
    action = Schedule(starts_on=start, ends_on=start + timedelta(days=n_days))
    if kept:
        assert evolve(engagement, *attempt(engagement, action, MENTEE, engagement.at)).ends_on == action.ends_on
    else:
        with pytest.raises(IllegalMoveError, match=f"{n_days} days are not within the 7 to 14"):
            attempt(engagement, action, MENTEE, engagement.at)


def test_t1_a_start_date_that_has_gone_by_is_refused() -> None:
    engagement = engagement_in(State.ACCEPTED)
    action = Schedule(starts_on=date(2026, 1, 3), ends_on=date(2026, 2, 3))
    with pytest.raises(InputError, match="the start 2026-01-03 has gone by") as refused:
        attempt(engagement, action, MENTEE, engagement.at)
    assert code_of(refused) == "DATE-ORDER"


def scheduled(starts_on: date) -> Engagement:
    log = log_to(State.ACCEPTED)
    action = Schedule(starts_on=starts_on, ends_on=starts_on + timedelta(days=14))
    return take(log, action, MENTEE, BEGIN + 5 * HOUR)


def test_t1_it_starts_on_its_start_date_wherever_people_are() -> None:
    """In Auckland the day begins 13 hours before it does in UTC."""
    engagement = scheduled(date(2026, 1, 20))
    with pytest.raises(InputError, match="the start date 2026-01-20 has not come") as refused:
        attempt(engagement, Start(), MENTEE, datetime(2026, 1, 19, 9, tzinfo=UTC))
    assert code_of(refused) == "DATE-ORDER"
    morning_in_auckland = datetime(2026, 1, 20, 9, tzinfo=ZoneInfo("Pacific/Auckland"))
    assert attempt(engagement, Start(), MENTEE, morning_in_auckland)


def test_t1_it_does_not_start_after_its_end_date() -> None:
    """The dates would lie: start <= end."""
    with pytest.raises(InputError, match="the end date 2026-02-03 has gone by") as refused:
        attempt(scheduled(date(2026, 1, 20)), Start(), MENTEE, datetime(2026, 2, 4, 13, tzinfo=UTC))
    assert code_of(refused) == "DATE-ORDER"


def test_t2_both_sides_acknowledge_the_scope_before_it_starts() -> None:
    log = log_to(State.PROPOSED)
    one = take(log, Accept(scope=SCOPE), MENTOR, BEGIN + HOUR)
    assert (one.state, one.mentor_accepted_at, one.mentee_accepted_at) == (State.PROPOSED, BEGIN + HOUR, None)
    both = take(log, Accept(scope=SCOPE), MENTEE, BEGIN + 2 * HOUR)
    assert (both.state, both.mentee_accepted_at) == (State.ACCEPTED, BEGIN + 2 * HOUR)
    assert [type(event) for event in log[1:]] == [AcceptedByMentor, AcceptedByMentee]
    assert all(
        event.scope == both.scope for event in log[1:] if isinstance(event, (AcceptedByMentee, AcceptedByMentor))
    )


def test_t2_another_scope_than_the_proposed_one_is_not_acknowledged() -> None:
    """A screen that was open for a week would accept what nobody read."""
    engagement = engagement_in(State.PROPOSED)
    with pytest.raises(IllegalMoveError, match="the scope acknowledged is"):
        attempt(engagement, Accept(scope=attrs.evolve(SCOPE, target_level=2)), MENTEE, engagement.at)


def test_t2_a_side_accepts_once() -> None:
    log = log_to(State.PROPOSED)
    engagement = take(log, Accept(scope=SCOPE), MENTEE, BEGIN)
    with pytest.raises(IllegalMoveError, match="this side has accepted already"):
        attempt(engagement, Accept(scope=SCOPE), MENTEE, BEGIN)
    assert ActionName.ACCEPT not in allowed_actions(engagement, {Relation.MENTEE})
    assert ActionName.ACCEPT in allowed_actions(engagement, {Relation.MENTOR})


def test_t2_nobody_accepts_for_somebody_else_by_claiming_to_be_them() -> None:
    """Relations come from outside; who the two are is known from the engagement."""
    engagement = engagement_in(State.PROPOSED)
    with pytest.raises(NotAuthorisedError, match="may not accept: it takes mentee or mentor"):
        decide(engagement, Accept(scope=SCOPE), STRANGER, frozenset({Relation.MENTEE}), BEGIN)


def test_t11_time_is_recorded_for_shadowing_and_for_practising_the_behaviours() -> None:
    log = log_to(State.ACTIVE)
    at = BEGIN + timedelta(days=1)
    shadowing = attrs.evolve(PRACTICE, kind=PracticeKind.SHADOWING, behaviour=SCOPE.behaviours[1], minutes=30)
    take(log, PRACTICE, MENTEE, at)
    take(log, PRACTICE, MENTOR, at)
    engagement = take(log, shadowing, MENTOR, at)
    assert engagement.state is State.ACTIVE
    assert engagement.minutes(PracticeKind.PRACTISING) == 90
    assert engagement.minutes(PracticeKind.SHADOWING) == 30
    assert [record.behaviour for record in engagement.practice] == [*2 * SCOPE.behaviours[:1], SCOPE.behaviours[1]]


def test_t11_only_agreed_behaviours_are_practised() -> None:
    """Scope creep: an engagement is about one skill."""
    engagement = engagement_in(State.ACTIVE)
    with pytest.raises(InputError, match=r"'Sings' is none of the behaviours .* Use 'Builds a pivot table' or"):
        attempt(engagement, attrs.evolve(PRACTICE, behaviour="Sings"), MENTEE, engagement.at)


def test_t11_where_no_behaviours_were_agreed_any_words_will_do() -> None:
    """Many competency models name no behaviours at all."""
    engagement = attrs.evolve(engagement_in(State.ACTIVE), scope=attrs.evolve(SCOPE, behaviours=()))
    assert attempt(engagement, attrs.evolve(PRACTICE, behaviour="Sings"), MENTEE, engagement.at)


@pytest.mark.parametrize("day", [date(2026, 1, 3), date(2026, 1, 7)])
def test_t11_practice_lies_between_the_start_and_today(day: date) -> None:
    engagement = engagement_in(State.ACTIVE)
    with pytest.raises(InputError, match="Give a day from 2026-01-05 to 2026-01-06") as refused:
        attempt(engagement, attrs.evolve(PRACTICE, day=day), MENTEE, engagement.at)
    assert code_of(refused) == "DATE-ORDER"


def test_t13_the_mentee_reassesses_and_the_change_is_after_minus_before() -> None:
    log = log_to(State.AWAITING_REASSESSMENT)
    before = replay(log)
    assert before.change is None
    after = take(log, Reassess(level=2), MENTEE, before.at)
    assert (after.state, after.reassessed_level, after.change) == (State.AWAITING_CONFIRMATION, 2, 1)
    assert after.reassessed_on == date(2026, 1, 5)


@pytest.mark.parametrize("actor", [MENTOR, MANAGER, HEAD, PROGRAMME_MANAGER, SYSTEM, STRANGER])
def test_t13_nobody_else_reassesses(actor: PersonId) -> None:
    engagement = engagement_in(State.AWAITING_REASSESSMENT)
    with pytest.raises(NotAuthorisedError, match="may not reassess: it takes mentee"):
        attempt(engagement, Reassess(level=3), actor, engagement.at)


@pytest.mark.parametrize("day", [date(2026, 1, 2), date(2026, 1, 4), date(2026, 1, 7)])
def test_t13_a_reassessment_lies_between_the_start_and_today(day: date) -> None:
    """An old self-assessment would pass as the result of the engagement."""
    engagement = engagement_in(State.AWAITING_REASSESSMENT)
    with pytest.raises(InputError, match="is before the start or still to come") as refused:
        attempt(engagement, Reassess(level=3, assessed_on=day), MENTEE, engagement.at)
    assert code_of(refused) == "DATE-ORDER"


def test_t13_a_reassessment_lies_after_the_day_on_which_it_really_started() -> None:
    """The start date is a plan; practice began when it began."""
    log = log_to(State.SCHEDULED)
    later = datetime(2026, 1, 20, 12, tzinfo=UTC)
    take(log, Start(), MENTEE, later)
    engagement = take(log, Finish(), MENTEE, later)
    with pytest.raises(InputError, match="Give a day from 2026-01-20 to 2026-01-21"):
        attempt(engagement, Reassess(level=3, assessed_on=date(2026, 1, 10)), MENTEE, later)
    assert attempt(engagement, Reassess(level=3, assessed_on=date(2026, 1, 20)), MENTEE, later)


def test_t13_a_reassessment_does_not_lie_before_the_start_date_though_somewhere_it_is_still_yesterday() -> None:
    log = log_to(State.ACCEPTED)
    take(log, Schedule(starts_on=date(2026, 1, 20), ends_on=date(2026, 2, 3)), MENTEE, BEGIN + 5 * HOUR)
    morning = datetime(2026, 1, 20, 9, tzinfo=UTC)
    take(log, Start(), MENTEE, morning)
    engagement = take(log, Finish(), MENTEE, morning)
    with pytest.raises(InputError, match="Give a day from 2026-01-20 to 2026-01-20"):
        attempt(engagement, Reassess(level=3, assessed_on=date(2026, 1, 19)), MENTEE, morning)


def test_t14_a_confirmed_target_is_a_new_assessment() -> None:
    log = log_to(State.AWAITING_CONFIRMATION)
    engagement = take(log, Confirm(level=4), MANAGER, datetime(2026, 2, 17, 8, tzinfo=ZoneInfo("Asia/Tokyo")))
    assessment = outcome(engagement)
    assert engagement.state is State.COMPLETED
    assert (assessment.person_id, assessment.skill_id, assessment.level) == (MENTEE, SCOPE.skill_id, 4)
    assert (assessment.source, assessment.assessor_id) == (Source.OUTCOME, MANAGER)
    assert assessment.assessed_on == date(2026, 2, 16), "the day in UTC"
    assert assessment.model_version == "2026"


@pytest.mark.parametrize("actor", [MENTEE, MENTOR, HEAD, PROGRAMME_MANAGER, SYSTEM, STRANGER])
@pytest.mark.parametrize("action", [Confirm(level=3), Return(note="Not yet.")])
def test_t14_nobody_but_the_confirmer_confirms(actor: PersonId, action: Action) -> None:
    engagement = engagement_in(State.AWAITING_CONFIRMATION)
    with pytest.raises(NotAuthorisedError, match="it takes confirmer"):
        attempt(engagement, action, actor, engagement.at)


@pytest.mark.parametrize("side", [MENTEE, MENTOR])
def test_t14_a_side_does_not_confirm_even_when_all_relations_are_claimed(side: PersonId) -> None:
    engagement = engagement_in(State.AWAITING_CONFIRMATION)
    with pytest.raises(NotAuthorisedError):
        decide(engagement, Confirm(level=3), side, frozenset(Relation), engagement.at)
    with pytest.raises(NotAuthorisedError):
        decide(engagement, Confirm(level=3), side, frozenset({Relation.CONFIRMER}), engagement.at)


def test_t14_a_level_below_the_target_is_not_confirmed_but_returned() -> None:
    log = log_to(State.AWAITING_CONFIRMATION)
    waiting = replay(log)
    with pytest.raises(IllegalMoveError, match="level 2 is below the target 3; return it to practice"):
        attempt(waiting, Confirm(level=2), MANAGER, waiting.at)
    back = take(log, Return(note="The chart has no title yet."), MANAGER, waiting.at)
    assert (back.state, back.returned) == (State.ACTIVE, ("The chart has no title yet.",))
    assert allowed_actions(back, {Relation.CONFIRMER}) == ()
    take(log, Finish(), MENTEE, waiting.at)
    take(log, Reassess(level=3), MENTEE, waiting.at)
    assert take(log, Confirm(level=3), MANAGER, waiting.at).state is State.COMPLETED


def test_t14_practice_after_a_return_may_lie_after_the_planned_end() -> None:
    log = log_to(State.AWAITING_CONFIRMATION)
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    back = take(log, Return(note="Not yet."), MANAGER, at)
    assert back.ends_on is not None
    assert back.ends_on < at.date()
    assert take(log, attrs.evolve(PRACTICE, day=at.date()), MENTEE, at).practice


def test_t14_the_manager_of_the_day_of_confirmation_confirms_and_both_are_on_record() -> None:
    """A manager changes in mid-engagement: the former one no longer sees the mentee's work."""
    log, lines = log_to(State.AWAITING_CONFIRMATION), Lines(moves_on=date(2026, 2, 1))
    at = datetime(2026, 2, 16, 9, tzinfo=UTC)
    with pytest.raises(NotAuthorisedError):
        take(log, Confirm(level=3), MANAGER, at, held_by(MANAGER, at, lines=lines))
    engagement = take(log, Confirm(level=3), LATER_MANAGER, at, held_by(LATER_MANAGER, at, lines=lines))
    assert (engagement.expected_confirmer_id, engagement.confirmed_by) == (MANAGER, LATER_MANAGER)


def test_t14_a_manager_who_is_the_mentor_leaves_the_confirmation_to_the_next_one_up() -> None:
    log, lines = log_to(State.AWAITING_CONFIRMATION), Lines(mentee_line=(MENTOR, HEAD))
    at = replay(log).at
    with pytest.raises(NotAuthorisedError):
        take(log, Confirm(level=3), MENTOR, at, held_by(MENTOR, at, lines=lines))
    assert take(log, Confirm(level=3), HEAD, at, held_by(HEAD, at, lines=lines)).confirmed_by == HEAD


def test_t14_without_a_manager_the_delegate_of_the_terms_confirms() -> None:
    log = log_to(State.AWAITING_CONFIRMATION, terms=Terms(confirmation_delegate=DELEGATE))
    engagement = replay(log)
    delegate = engagement.terms.confirmation_delegate
    held = held_by(DELEGATE, engagement.at, lines=Lines(mentee_line=()), delegate=delegate)
    assert take(log, Confirm(level=3), DELEGATE, engagement.at, held).confirmed_by == DELEGATE


def test_t15_the_change_counts_for_both() -> None:
    mentee, mentor = credited(engagement_in(State.COMPLETED))
    assert (mentee.person_id, mentee.relation) == (MENTEE, Relation.MENTEE)
    assert (mentor.person_id, mentor.relation) == (MENTOR, Relation.MENTOR)
    assert mentee.change == mentor.change == 2
    assert mentee.skill_id == mentor.skill_id == SCOPE.skill_id
    assert mentee.earned_on == mentor.earned_on == date(2026, 1, 5)


@pytest.mark.parametrize("state", [state for state in State if state is not State.COMPLETED])
def test_t15_nothing_counts_before_the_confirmation(state: State) -> None:
    for read in (outcome, credited):
        with pytest.raises(IllegalMoveError, match="only a completed engagement has an outcome"):
            read(engagement_in(state))


def test_d12_where_the_terms_ask_for_it_the_two_meet_before_they_fix_dates() -> None:
    log = log_to(State.ACCEPTED, terms=Terms(intro_meeting=True))
    accepted = replay(log)
    dates = Schedule(starts_on=date(2026, 1, 12), ends_on=date(2026, 2, 9))
    assert ActionName.SCHEDULE not in allowed_actions(accepted, {Relation.MENTEE})
    with pytest.raises(IllegalMoveError, match="the terms ask for an intro meeting first"):
        attempt(accepted, dates, MENTEE, accepted.at)
    introduced = take(log, RecordIntro(), MENTOR, accepted.at)
    assert introduced.state is State.INTRODUCED
    assert take(log, dates, MENTEE, accepted.at).state is State.SCHEDULED


@pytest.mark.parametrize("actor", [MENTEE, MENTOR])
def test_d12_after_the_intro_either_side_says_no_and_nobody_asks_why(actor: PersonId) -> None:
    log = log_to(State.INTRODUCED)
    engagement = take(log, Decline(), actor, replay(log).at)
    assert (engagement.state, engagement.closed_by, engagement.closed_because) == (State.DECLINED, actor, "")


@pytest.mark.parametrize("state", [State.ACTIVE, State.AWAITING_REASSESSMENT, State.AWAITING_CONFIRMATION])
@pytest.mark.parametrize("actor", [MENTEE, MENTOR, PROGRAMME_MANAGER])
def test_d16_either_side_ends_it_at_any_time_without_blame(state: State, actor: PersonId) -> None:
    log = log_to(state)
    engagement = take(log, End(reason=EndReason.NO_PROGRESS), actor, replay(log).at)
    assert (engagement.state, engagement.end_reason, engagement.closed_by) == (
        State.ENDED, EndReason.NO_PROGRESS, actor,
    )  # fmt: skip


def test_d16_the_words_of_an_end_are_kept() -> None:
    log = log_to(State.ACTIVE)
    engagement = take(log, End(reason=EndReason.OTHER, words="We moved house."), MENTEE, replay(log).at)
    assert engagement.closed_because == "We moved house."


@pytest.mark.parametrize("state", [State.PROPOSED, State.ACCEPTED, State.INTRODUCED, State.SCHEDULED])
def test_d16_before_the_start_either_side_withdraws_with_a_reason(state: State) -> None:
    for actor in (MENTEE, MENTOR):
        log = log_to(state)
        engagement = take(log, Withdraw(reason="Another project."), actor, replay(log).at)
        assert (engagement.state, engagement.closed_because) == (State.WITHDRAWN, "Another project.")


def test_a_proposal_expires_only_when_its_time_is_over() -> None:
    engagement = engagement_in(State.PROPOSED, terms=Terms(expires_after_days=10))
    due = BEGIN + timedelta(days=10)
    with pytest.raises(IllegalMoveError, match="it is due at 2026-01-15T09:00:00"):
        attempt(engagement, Expire(), SYSTEM, due - timedelta(seconds=1))
    for actor in (SYSTEM, PROGRAMME_MANAGER):
        expired = evolve(engagement, *attempt(engagement, Expire(), actor, due))
        assert (expired.state, expired.closed_by) == (State.EXPIRED, actor)


@pytest.mark.parametrize(
    ("initiator", "actor"),
    [
        (Relation.PROGRAMME_MANAGER, PROGRAMME_MANAGER),
        (Relation.MANAGER, MANAGER),
        (Relation.MENTEE, MENTEE),
        (Relation.MENTOR, MENTOR),
    ],
)
def test_only_the_initiator_of_the_programme_proposes(initiator: Relation, actor: PersonId) -> None:
    action = proposal(initiator=initiator)
    (event,) = attempt(None, action, actor, BEGIN)
    assert isinstance(event, Proposed)
    assert (event.version, event.actor, event.initiator) == (1, actor, initiator)
    for somebody in {PROGRAMME_MANAGER, MANAGER, MENTEE, MENTOR, HEAD, STRANGER} - {actor}:
        with pytest.raises(NotAuthorisedError) as refused:
            attempt(None, action, somebody, BEGIN)
        assert refused.value.needed == (initiator,)


def test_it_is_proposed_first_and_once() -> None:
    with pytest.raises(IllegalMoveError, match=r"start in state not proposed: .* Possible here: propose"):
        attempt(None, Start(), MENTEE, BEGIN)
    engagement = engagement_in(State.PROPOSED)
    with pytest.raises(IllegalMoveError, match="it is proposed already"):
        attempt(engagement, proposal(), PROGRAMME_MANAGER, engagement.at)


def test_a_stranger_learns_nothing_of_the_state() -> None:
    """Who may act is asked first."""
    with pytest.raises(NotAuthorisedError):
        attempt(engagement_in(State.ENDED), Start(), STRANGER, BEGIN)


def test_a_refusal_names_what_is_possible() -> None:
    engagement = engagement_in(State.SCHEDULED)
    with pytest.raises(IllegalMoveError, match=r"Possible here: record-training, .*plan-session, .*start") as refused:
        attempt(engagement, Finish(), MENTEE, engagement.at)
    assert refused.value.allowed == (
        "record-training", "record-course", "offer-second-goal", "accept-second-goal", "plan-session", "move-session",
        "cancel-session", "start", "withdraw", "record-leaver", "expire",
    )  # fmt: skip


def test_time_does_not_run_backwards() -> None:
    engagement = engagement_in(State.ACCEPTED)
    with pytest.raises(InputError, match="is before the last event") as refused:
        attempt(engagement, RecordIntro(), MENTEE, engagement.at - timedelta(seconds=1))
    assert code_of(refused) == "DATE-ORDER"
    assert attempt(engagement, RecordIntro(), MENTEE, engagement.at)


def test_time_runs_forwards_while_clocks_go_back() -> None:
    """02:50 before the change and 02:10 after it: Python compares the wall clocks, which would refuse the second."""
    berlin = ZoneInfo("Europe/Berlin")
    log: list[Event] = []
    before, after = datetime(2026, 10, 25, 2, 50, tzinfo=berlin), datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=berlin)
    take(log, proposal(), PROGRAMME_MANAGER, before)
    assert after < before
    assert take(log, Accept(scope=SCOPE), MENTEE, after).mentee_accepted_at == after
    assert replay(log).version == 2


def test_a_naive_time_decides_nothing() -> None:
    with pytest.raises(InputError) as refused:
        decide(None, proposal(), PROGRAMME_MANAGER, {Relation.PROGRAMME_MANAGER}, datetime(2026, 1, 5))
    assert code_of(refused) == "NAIVE-TIME"


def test_allowed_actions_before_the_proposal() -> None:
    assert allowed_actions(None, {Relation.MENTEE}) == (ActionName.PROPOSE,)
    assert allowed_actions(None, {Relation.MENTORS_MANAGER}) == ()


@pytest.mark.parametrize("state", State)
def test_replay_gives_the_same_engagement_field_by_field(state: State) -> None:
    log = log_to(state)
    engagement, again = state_after(log), replay(log)
    assert engagement is not None
    for field in attrs.fields(Engagement):
        assert getattr(again, field.name) == getattr(engagement, field.name), field.name


def corrupt(log: list[Event]) -> tuple[int | None, str]:
    with pytest.raises(InputError) as refused:
        replay(log)
    (fault,) = refused.value.faults
    assert fault.code == "LOG-CORRUPT"
    return fault.line, fault.problem


def test_an_empty_log_is_refused() -> None:
    assert corrupt([]) == (1, "there is no event")


def test_a_log_begins_with_the_proposal_at_version_1() -> None:
    log = log_to(State.ACTIVE)
    assert corrupt(log[1:]) == (1, "a log begins with Proposed")
    assert corrupt([attrs.evolve(log[0], version=2)]) == (1, "version 2 stands where 1 belongs")


@pytest.mark.parametrize(("version", "problem"), [(2, "version 2"), (4, "version 4"), (9, "version 9")])
def test_a_gap_or_repetition_in_the_versions_is_refused_with_its_position(version: int, problem: str) -> None:
    log = log_to(State.ACTIVE)
    log[2] = attrs.evolve(log[2], version=version)
    assert corrupt(log) == (3, f"{problem} stands where 3 belongs")


def test_events_of_two_engagements_are_not_one_log() -> None:
    log = log_to(State.ACTIVE)
    log[1] = attrs.evolve(log[1], engagement_id=EngagementId("e-2"))
    assert corrupt(log) == (2, "it belongs to another engagement than 'e-1'")


def test_a_log_whose_time_runs_backwards_is_refused() -> None:
    log = log_to(State.ACTIVE)
    log[3] = attrs.evolve(log[3], at=BEGIN)
    line, problem = corrupt(log)
    assert line == 4
    assert "is before the event that it follows" in problem


def test_a_log_that_is_no_way_through_the_table_is_refused() -> None:
    """Invariant I5: each log is a word of the machine."""
    log = log_to(State.PROPOSED)
    log.append(Introduced(engagement_id=log[0].engagement_id, version=2, actor=MENTEE, at=BEGIN))
    assert corrupt(log) == (2, "record-intro in state proposed: the state does not know this move")
    log[1] = attrs.evolve(log[0], version=2)
    assert corrupt(log) == (2, "propose in state proposed: the state does not know this move")


def test_a_log_in_which_one_side_acts_for_the_other_is_refused() -> None:
    """A forged acceptance, reassessment or confirmation shows in the log itself."""
    accepted = log_to(State.ACCEPTED)
    forged = attrs.evolve(accepted[1], actor=MENTOR)
    assert corrupt([accepted[0], forged]) == (2, "'max' cannot have done this")
    reassessed = log_to(State.AWAITING_CONFIRMATION)
    reassessed[-1] = attrs.evolve(reassessed[-1], actor=MENTOR)
    assert corrupt(reassessed) == (7, "'max' cannot have done this")
    confirmed = log_to(State.AWAITING_CONFIRMATION)
    for side in (MENTEE, MENTOR):
        header = {"engagement_id": confirmed[0].engagement_id, "version": 8, "at": confirmed[-1].at}
        event = Confirmed(actor=side, level=3, **header)  # type: ignore[arg-type]
        assert corrupt([*confirmed, event]) == (8, f"{side!r} cannot have done this")


def test_every_move_of_the_table_has_a_right() -> None:
    """A move nobody may make is a dead line."""
    for state, name in TRANSITIONS:
        logs = {relation: ready_for(state, name, relation) for relation in Relation}
        assert any(name in allowed_actions(state_after(log), {relation}) for relation, log in logs.items()), (
            state, name,
        )  # fmt: skip


@pytest.mark.parametrize("state", [None, *State])
def test_each_relation_does_exactly_what_the_predicates_say(state: State | None) -> None:
    """A cell that the table opens by mistake would let somebody through."""
    for name, relation in product(ActionName, Relation):
        engagement = state_after(ready_for(state, name, relation))
        at, actor = moment_for(name, engagement), ACTOR_OF[relation]
        initiators = ("mentee", "mentor", "manager", "programme manager")
        action = example(name, at, engagement)
        if name == "propose" and relation in initiators:
            action = proposal(initiator=relation)
        expected = state_allows(state, name) and relation_allows(name, relation)
        try:
            events = decide(engagement, action, actor, {relation}, at)
        except RefusedError:
            assert not expected, (state, name, relation)
        else:
            assert expected, (state, name, relation)
            assert evolve(engagement, *events).state in TRANSITIONS[state, name]


def test_nothing_waits_for_a_clock() -> None:
    """The same log and the same action give the same events, whenever they are asked for."""
    engagement = engagement_in(State.ACTIVE)
    at = engagement.at + timedelta(days=1)
    action, held = example(ActionName.FINISH, at), {Relation.MENTEE}
    first = decide(engagement, action, engagement.mentee_id, held, at)
    assert first == decide(engagement, action, engagement.mentee_id, held, at)


def _logged(log: tuple[Event, ...], kind: type[Event], **facts: object) -> list[Event]:
    """Return a log with some facts of its events of one kind changed."""
    return [attrs.evolve(event, **facts) if isinstance(event, kind) else event for event in log]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "facts", "message"),
    [
        (AcceptedByMentee, {"scope": Scope(skill_id=SkillId("law"), from_level=0, target_level=1)}, "another scope"),
        (Confirmed, {"level": 0}, "below the target"),
        (Scheduled, {"ends_on": date(2040, 1, 1)}, "of the terms"),
        (Reassessed, {"assessed_on": date(2020, 1, 1)}, "before the start"),
        (Proposed, {"mentor_id": None}, "is mentee and mentor"),
    ],
)
def test_a_log_that_no_engagement_can_have_is_refused(
    kind: type[Event], facts: dict[str, object], message: str
) -> None:
    """I10, I11: what the log itself refutes is not replayed, whoever wrote it."""
    log = log_to(State.COMPLETED)
    if kind is Proposed:
        first = log[0]
        assert isinstance(first, Proposed)
        facts = {"mentor_id": first.mentee_id}
    with pytest.raises(InputError, match=message) as refused:
        replay(_logged(tuple(log), kind, **facts))
    assert {fault.code for fault in refused.value.faults} == {"LOG-CORRUPT"}
