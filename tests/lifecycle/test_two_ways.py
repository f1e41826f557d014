"""Exchanges without a time slot, courses that come first, checklists with owners, and a goal in the other direction."""

from collections.abc import Callable
from datetime import date, timedelta

import attrs
import pytest

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import IllegalMoveError, InputError, NotAuthorisedError, RefusedError
from taskmentor.lifecycle.actions import (
    AcceptSecondGoal,
    Action,
    ConfirmSecondGoal,
    OfferSecondGoal,
    ReassessSecondGoal,
    RecordCourse,
    RecordExchange,
    ReturnSecondGoal,
    TickOff,
)
from taskmentor.lifecycle.checklist import ChecklistItem, ItemText
from taskmentor.lifecycle.clock import tick
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import (
    EngagementId,
    Event,
    ItemOverdue,
    ItemTickedOff,
    ProgrammeId,
    SecondGoalAccepted,
    SecondGoalConfirmed,
)
from taskmentor.lifecycle.evolving import evolve, replay
from taskmentor.lifecycle.goals import GoalState
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.outcomes import credited, outcome, second_credited, second_outcome, self_assessments
from taskmentor.lifecycle.places import at_host_limit
from taskmentor.lifecycle.terms import Shortfall, Terms
from taskmentor.lifecycle.values import CourseId
from taskmentor.models.assessments import Source
from taskmentor.models.people import PersonId, name_of_erased
from tests.lifecycle.examples import (
    BEGIN,
    COURSE,
    MANAGER,
    MENTEE,
    MENTOR,
    MENTORS_MANAGER,
    PROGRAMME_MANAGER,
    SCOPE,
    SECOND_SCOPE,
    STRANGER,
    SYSTEM,
    engagement_in,
    example,
    log_to,
    take,
)

TODAY = BEGIN.date()
BADGE, LUNCH, TOUR = ItemText("badge"), ItemText("lunch"), ItemText("tour")
CHECKLIST = (
    ChecklistItem(text=BADGE, owner=Relation.MANAGER, due_days=0),
    ChecklistItem(text=LUNCH, owner=Relation.MENTOR, due_days=2),
    ChecklistItem(text=TOUR, owner=Relation.MENTEE, due_days=7),
)
TWO_WAYS = Terms(second_goal=True)


def refused(log: list[Event], action: Action, actor: PersonId, match: str) -> None:
    before = list(log)
    with pytest.raises((RefusedError, InputError), match=match):
        take(log, action, actor, replay(log).at)
    assert log == before


def now(log: list[Event]) -> Engagement:
    return replay(log)


def then(log: list[Event], action: Action, actor: PersonId) -> Engagement:
    return take(log, action, actor, replay(log).at)


# D4: exchanges without a time slot


def test_d4_an_exchange_has_a_day_and_no_time_slot() -> None:
    log = log_to(State.ACTIVE, terms=Terms(least_exchanges=1, shortfall=Shortfall.BLOCK))
    today = now(log).at.date()
    refused(log, example_of("finish"), MENTEE, "0 of 1 exchanges")
    refused(log, RecordExchange(day=date(2025, 12, 1), words="Early."), MENTEE, "is before the start")
    with pytest.raises(InputError, match="Say it in a few words"):
        RecordExchange(day=today, words=" ")
    (exchange,) = then(log, RecordExchange(day=today, words="Three remarks on my chart."), MENTOR).exchanges
    assert (exchange.actor, exchange.day, exchange.words) == (MENTOR, today, "Three remarks on my chart.")
    assert now(log).sessions == ()
    assert then(log, example_of("finish"), MENTEE).state is State.AWAITING_REASSESSMENT


def example_of(name: str) -> Action:
    return example(ActionName(name), BEGIN)


# D5: the course comes first


def test_d5_practice_starts_once_the_course_is_on_record_as_completed() -> None:
    log = log_to(State.SCHEDULED, terms=Terms(course_id=COURSE))
    refused(log, example_of("start"), MENTEE, "the course 'charts-101' comes first")
    for actor in (MENTEE, MENTOR, STRANGER):
        refused(log, RecordCourse(course_id=COURSE, completed_on=TODAY), actor, "may not record-course")
    other = RecordCourse(course_id=CourseId("cooking"), completed_on=TODAY)
    refused(log, other, PROGRAMME_MANAGER, "the terms ask for 'charts-101', not for 'cooking'")
    late = RecordCourse(course_id=COURSE, completed_on=date(2026, 6, 1))
    refused(log, late, PROGRAMME_MANAGER, "is still to come")
    assert then(log, RecordCourse(course_id=COURSE, completed_on=TODAY), SYSTEM).course_completed_on == TODAY
    refused(log, RecordCourse(course_id=COURSE, completed_on=TODAY), SYSTEM, "it is on record already")
    assert then(log, example_of("start"), MENTEE).state is State.ACTIVE


def test_where_the_terms_ask_for_no_course_none_is_recorded() -> None:
    log = log_to(State.ACCEPTED)
    refused(log, RecordCourse(course_id=COURSE, completed_on=TODAY), PROGRAMME_MANAGER, "the terms ask for no course")


# D7: the checklist


def test_d7_each_item_is_ticked_off_by_its_owner() -> None:
    log = log_to(State.ACTIVE, terms=Terms(checklist=CHECKLIST, shortfall=Shortfall.BLOCK))
    refused(log, TickOff(item=BADGE), MENTOR, "'max' may not tick-off: it takes manager")
    refused(log, TickOff(item=ItemText("coffee")), MENTEE, "no item 'coffee' is open.* Use 'badge' or")
    refused(log, TickOff(item=TOUR), STRANGER, "may not tick-off")
    assert then(log, TickOff(item=BADGE), MANAGER).ticked_off == (BADGE,)
    refused(log, TickOff(item=BADGE), MANAGER, "no item of the checklist is open that is theirs")
    then(log, TickOff(item=LUNCH), MENTOR)
    refused(log, example_of("finish"), MENTEE, "2 of 3 items of the checklist")
    assert [item.text for item in now(log).open_items] == [TOUR]
    then(log, TickOff(item=TOUR), MENTEE)
    assert then(log, example_of("finish"), MENTEE).state is State.AWAITING_REASSESSMENT


def test_d7_an_item_whose_day_went_by_is_noted_once_and_can_still_be_seen_to() -> None:
    log = log_to(State.ACTIVE, terms=Terms(checklist=CHECKLIST))
    starts_on, _ = now(log).dates
    caused = tick(now(log), BEGIN + timedelta(days=5))
    assert [(event.item, event.due_on) for event in caused if isinstance(event, ItemOverdue)] == [
        (BADGE, starts_on),
        (LUNCH, starts_on + timedelta(days=2)),
    ]
    log.extend(caused)
    assert now(log).overdue_items == (BADGE, LUNCH)
    assert tick(now(log), BEGIN + timedelta(days=5)) == ()
    assert now(log).active_at < now(log).at, "a notice is no sign of life"
    assert then(log, TickOff(item=BADGE), MANAGER).ticked_off == (BADGE,)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Terms(checklist=(*CHECKLIST, CHECKLIST[0])), "an item stands in it twice"),
        (lambda: Terms(weeks=1, checklist=(attrs.evolve(CHECKLIST[0], due_days=15),)), "is over after 14 days"),
        (lambda: Terms(least_exchanges=-1), "-1 is below 0"),
        (lambda: Terms(host_limit=0), "0 is below 1"),
        (
            lambda: ChecklistItem(text=BADGE, owner=Relation.CONFIRMER, due_days=1),
            "Use mentee or mentor or manager or ",
        ),
        (lambda: ChecklistItem(text=BADGE, owner=Relation.MENTEE, due_days=-1), "of 0 or more"),
    ],
)
def test_impossible_terms_are_refused_when_made(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        make()


# RV2: a goal in the other direction


def test_rv2_the_two_agree_on_what_the_mentor_learns_in_turn() -> None:
    log = log_to(State.ACCEPTED, terms=TWO_WAYS)
    refused(log, AcceptSecondGoal(offer=3), MENTEE, "no goal in the other direction is offered")
    refused(log, OfferSecondGoal(scope=SCOPE), MENTEE, "'data-analysis' is what the mentee learns")
    first = then(log, OfferSecondGoal(scope=SECOND_SCOPE), MENTEE).version
    refused(log, AcceptSecondGoal(offer=first), MENTEE, "this side wrote it; the other one accepts")
    second = then(log, OfferSecondGoal(scope=attrs.evolve(SECOND_SCOPE, target_level=3)), MENTEE).version
    refused(log, AcceptSecondGoal(offer=first), MENTOR, f"offer {first} was replaced by offer {second}")
    goal = then(log, AcceptSecondGoal(offer=second), MENTOR).second_goal
    assert goal is not None
    assert (goal.person_id, goal.scope.target_level, goal.state) == (MENTOR, 3, GoalState.PRACTISING)
    refused(log, OfferSecondGoal(scope=SECOND_SCOPE), MENTOR, "there is a goal in the other direction already")


def test_rv2_the_terms_say_whether_there_is_a_goal_in_the_other_direction() -> None:
    refused(log_to(State.ACTIVE), OfferSecondGoal(scope=SECOND_SCOPE), MENTEE, "provide for no goal in the other")
    refused(log_to(State.ACTIVE), ReassessSecondGoal(level=2), MENTOR, "there is no goal in the other direction")


def with_second_goal() -> list[Event]:
    log = log_to(State.ACTIVE, terms=TWO_WAYS)
    offer = then(log, OfferSecondGoal(scope=SECOND_SCOPE), MENTOR).version
    then(log, AcceptSecondGoal(offer=offer), MENTEE)
    return log


def test_rv2_the_mentor_reassesses_and_their_own_manager_confirms_and_the_other_goal_goes_its_way() -> None:
    log = with_second_goal()
    refused(log, ReassessSecondGoal(level=2), MENTEE, "may not reassess-second-goal: it takes mentor")
    refused(log, ReassessSecondGoal(level=9), MENTOR, "OUT-OF-SCALE")
    refused(log, ReassessSecondGoal(level=2, assessed_on=date(2025, 1, 1)), MENTOR, "is before the start")
    refused(log, ConfirmSecondGoal(level=2), MENTORS_MANAGER, "no reassessment in the other direction waits")
    then(log, ReassessSecondGoal(level=2), MENTOR)
    for actor in (MENTEE, MENTOR, MANAGER, PROGRAMME_MANAGER):
        refused(log, ConfirmSecondGoal(level=2), actor, "may not confirm-second-goal")
    refused(log, ConfirmSecondGoal(level=1), MENTORS_MANAGER, "level 1 is below the target 2")
    then(log, ReturnSecondGoal(note="The cut is too hard."), MENTORS_MANAGER)
    for name, actor in (("finish", MENTEE), ("reassess", MENTEE), ("confirm", MANAGER)):
        then(log, example_of(name), actor)
    assert now(log).state is State.COMPLETED
    then(log, ReassessSecondGoal(level=3), MENTOR)
    done = then(log, ConfirmSecondGoal(level=2), MENTORS_MANAGER)
    assert done.state is State.COMPLETED
    assert done.second_goal is not None
    assert (done.second_goal.change, done.second_goal.returned) == (2, ("The cut is too hard.",))
    refused(log, ReassessSecondGoal(level=2), MENTOR, "it is confirmed already")
    forth, back = outcome(done), second_outcome(done)
    assert (forth.person_id, forth.level, forth.assessor_id) == (MENTEE, 3, MANAGER)
    assert (back.person_id, back.skill_id, back.level) == (MENTOR, "video-editing", 2)
    assert (back.assessor_id, back.source, back.model_version) == (MENTORS_MANAGER, Source.OUTCOME, "2026")
    assert [(one.person_id, one.change) for one in credited(done)] == [(MENTEE, 2), (MENTOR, 2)]
    assert [(one.person_id, one.skill_id) for one in second_credited(done)] == [
        (MENTOR, "video-editing"),
        (MENTEE, "video-editing"),
    ]
    assert [(one.person_id, one.skill_id, one.level) for one in self_assessments(done)] == [
        (MENTEE, "data-analysis", 3),
        (MENTOR, "video-editing", 3),
    ]


def test_where_nothing_was_confirmed_there_is_no_outcome() -> None:
    for engagement in (engagement_in(State.COMPLETED), now(with_second_goal())):
        for ask in (second_outcome, second_credited):
            with pytest.raises(IllegalMoveError, match="only a second goal that was reached has an outcome"):
                ask(engagement)


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (State.ACTIVE, GoalState.PRACTISING),
        (State.AWAITING_CONFIRMATION, GoalState.REASSESSED),
        (State.COMPLETED, GoalState.CONFIRMED),
    ],
)
def test_the_mentees_own_goal_is_told_like_the_other(state: State, wanted: GoalState) -> None:
    assert engagement_in(state).goal.state is wanted


# Logs


def forged(log: list[Event], kind: type[Event], actor: PersonId, **facts: object) -> Event:
    last = log[-1]
    return kind(engagement_id=last.engagement_id, version=last.version + 1, actor=actor, at=last.at, **facts)


def test_a_log_that_cannot_be_is_refused() -> None:
    listed = log_to(State.ACTIVE, terms=Terms(checklist=CHECKLIST))
    offered, two_ways = log_to(State.ACTIVE, terms=TWO_WAYS), with_second_goal()
    then(offered, OfferSecondGoal(scope=SECOND_SCOPE), MENTOR)
    then(two_ways, ReassessSecondGoal(level=2), MENTOR)
    for log, event, problem in (
        (listed, forged(listed, ItemTickedOff, MENTEE, item=ItemText("coffee")), "no item 'coffee' is open"),
        (listed, forged(listed, ItemTickedOff, MENTEE, item=LUNCH), "'mia' cannot have done this"),
        (offered, forged(offered, SecondGoalAccepted, MENTEE, offer=1), "offer 1 is not the one that waits"),
        (two_ways, forged(two_ways, SecondGoalConfirmed, MENTORS_MANAGER, level=1), "level 1 is below the target"),
        (two_ways, forged(two_ways, SecondGoalConfirmed, MENTEE, level=2), "'mia' cannot have done this"),
    ):
        with pytest.raises(InputError, match=problem) as refused:
            evolve(now(log), event)
        assert refused.value.faults[0].code == "LOG-CORRUPT"


# D2: shadowing


def test_d2_and_row_50_a_host_is_shadowed_by_so_many_at_a_time() -> None:
    """Too many shadows for one lead, and no idea of what it takes."""
    terms = Terms(host_limit=2)
    one = engagement_in(State.ACTIVE)
    two = attrs.evolve(one, id=EngagementId("e-2"))
    elsewhere = attrs.evolve(two, programme_id=ProgrammeId("reverse"))
    over = attrs.evolve(two, state=State.COMPLETED)
    assert at_host_limit([one, two], terms, one.programme_id) == {MENTOR}
    assert at_host_limit([one, elsewhere, over], terms, one.programme_id) == frozenset()
    assert at_host_limit([one, two], Terms(), one.programme_id) == frozenset()


def test_who_owns_no_item_is_told_whose_it_is() -> None:
    log = log_to(State.ACTIVE, terms=Terms(checklist=CHECKLIST))
    with pytest.raises(NotAuthorisedError) as refused:
        take(log, TickOff(item=LUNCH), MENTEE, now(log).at)
    assert refused.value.needed == (Relation.MENTOR,)


def test_of_who_was_erased_nothing_is_left_to_say() -> None:
    log = with_second_goal()
    goal = then(log, ReassessSecondGoal(level=2), MENTOR).second_goal
    assert goal is not None
    assert goal.self_assessment("2026") is not None
    assert attrs.evolve(goal, person_id=PersonId(name_of_erased("0" * 32))).self_assessment("2026") is None
