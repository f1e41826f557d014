"""Groups, circles, cohorts and sessions: from the sample organisation to what came of them."""

from datetime import date, datetime, timedelta

import pytest
from attrs import define, evolve

from taskmentor.authorisation import Relation
from taskmentor.errors import IllegalMoveError, InputError, UnsupportedError
from taskmentor.lifecycle.booking import (
    Book,
    Booking,
    BookingId,
    BookingState,
    BookingTerms,
    GiveFeedback,
    HoldBooking,
    decide_booking,
    evolve_booking,
    mentors_met,
)
from taskmentor.lifecycle.group import (
    AcceptPlace,
    ConfirmGoal,
    FinishGroup,
    Focus,
    FormGroup,
    Group,
    GroupAction,
    GroupState,
    LogGroupSession,
    LogSideSession,
    LoopStep,
    ReassessGoal,
    RecordResult,
    Role,
    StartGroup,
    StoryKind,
    TakeStep,
    TellStory,
    decide_group,
    evolve_group,
    group_outcomes,
)
from taskmentor.lifecycle.group.values import ProductId
from taskmentor.lifecycle.terms import Terms
from taskmentor.matching.directory import find_mentors
from taskmentor.matching.groups import Topic, form_groups
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.programmes import (
    Programme,
    circle,
    group,
    group_of,
    launch_group,
    micromentoring,
    one_to_one,
    problem_group,
    reskilling,
    reverse,
    task_based,
)
from taskmentor.rounds import match
from tests.programmes.living import AT, DAY, LARKSPUR, PROGRAMME_MANAGER

ANALYSIS = Focus(skill_ids=(SkillId("data-analysis"),))
LEARNERS = ("p-0034", "p-0036", "p-0042", "p-0046")
EXPERT = "p-0044"


@define
class GroupLife:
    """One group, and the clock of its tests."""

    group: Group | None = None
    at: datetime = AT

    def take(self, action: GroupAction, actor: str, *relations: Relation) -> Group:
        for event in decide_group(self.group, action, PersonId(actor), {*relations}, self.at):
            self.group = evolve_group(self.group, event)
        self.at += timedelta(hours=1)
        assert self.group is not None
        return self.group


def running(form: FormGroup) -> GroupLife:
    """Return the life of a group whose members have all accepted, and which has started."""
    life = GroupLife()
    life.take(form, PROGRAMME_MANAGER, Relation.PROGRAMME_MANAGER)
    for place in form.places:
        life.take(AcceptPlace(place=place), place.person_id)
    life.take(StartGroup(ends_on=form.terms.usual_end(DAY)), PROGRAMME_MANAGER, Relation.PROGRAMME_MANAGER)
    return life


def meet(life: GroupLife, times: int) -> Group:
    """Let everybody meet as often as the terms ask for."""
    assert life.group is not None
    found = life.group
    for _ in range(times):
        life.at += timedelta(days=7)
        session = LogGroupSession(starts_at=life.at - timedelta(hours=2), minutes=60, attended=found.active)
        found = life.take(session, found.active[0])
    return found


def finished(life: GroupLife) -> Group:
    """Return a group after its last step, with every goal reassessed and confirmed by a manager."""
    assert life.group is not None
    found = life.take(FinishGroup(), life.group.active[0])
    for goal in found.outstanding:
        skill, level = goal.scope.skill_id, goal.scope.target_level
        life.take(ReassessGoal(skill_id=skill, level=level), goal.person_id)
        manager = LARKSPUR.line_of_managers(goal.person_id, DAY)[0]
        found = life.take(
            ConfirmGoal(person_id=goal.person_id, skill_id=skill, level=level), manager, Relation.CONFIRMER
        )
    return found


@pytest.mark.requirement("G1", "G2", "P5", "G3")
def test_g1_one_mentor_and_several_mentees_meet_and_each_reaches_their_own_target() -> None:
    """Would be broken: group mentoring from gaps to confirmed outcomes, with a session of two beside it."""
    programme = group()
    form = group_of(LARKSPUR, programme, id="g-1", focus=ANALYSIS, members=LEARNERS, experts=[EXPERT], on=DAY)
    assert [place.role for place in form.places] == [Role.MENTOR, *[Role.MENTEE] * 4]
    assert all(scope.behaviours for place in form.places[1:] for scope in place.scopes)
    life = running(form)
    life.at += timedelta(days=1)
    side = LogSideSession(
        mentor_id=PersonId(EXPERT), mentee_id=PersonId("p-0036"), starts_at=life.at - timedelta(hours=1), minutes=30
    )
    life.take(side, EXPERT)
    half = life.group
    assert half is not None
    meet(life, 3)
    done = finished(life)
    assert done.state is GroupState.CLOSED
    outcomes = {one.person_id: one.level for one in group_outcomes(done)}
    assert outcomes == {place.person_id: place.scopes[0].target_level for place in form.places[1:]}
    assert len(done.side_sessions) == 1


@pytest.mark.requirement("D1")
def test_d1_one_mentor_in_the_strict_form_and_several_where_they_share_the_work() -> None:
    """Would be broken: where the documents disagree, the programme's fields differ."""
    with pytest.raises(IllegalMoveError):
        running(
            group_of(LARKSPUR, group(), id="g", focus=ANALYSIS, members=LEARNERS, experts=["p-0044", "p-0043"], on=DAY)
        )
    several = group(mentors=2)
    life = running(
        group_of(LARKSPUR, several, id="g", focus=ANALYSIS, members=LEARNERS, experts=["p-0044", "p-0043"], on=DAY)
    )
    assert life.group is not None
    assert life.group.state is GroupState.RUNNING


@pytest.mark.requirement("G1")
@pytest.mark.parametrize("n_members", [2, 9])
def test_g1_three_to_eight_mentees(n_members: int) -> None:
    """Would be broken: groups that are too small or too large."""
    everybody = [str(one.id) for one in LARKSPUR.people if one.id not in (EXPERT, "p-0060", "p-0029")]
    form = group_of(
        LARKSPUR, group(), id="g", focus=ANALYSIS, members=everybody[10 : 10 + n_members], experts=[EXPERT], on=DAY
    )
    with pytest.raises(IllegalMoveError):
        running(form)


@pytest.mark.requirement("D3")
def test_d3_peers_support_each_other_without_a_mentor() -> None:
    """Would be broken: a circle that waits for an expert, or for somebody's confirmation."""
    form = group_of(
        LARKSPUR, circle(), id="c-1", focus=ANALYSIS, members=("p-0034", "p-0035", "p-0040", "p-0049"),
        facilitator="p-0053", on=DAY,
    )  # fmt: skip
    assert {place.role for place in form.places} == {Role.PEER, Role.FACILITATOR}
    assert all(place.scopes == () for place in form.places)
    life = running(form)
    meet(life, 1)
    assert finished(life).state is GroupState.CLOSED


@pytest.mark.requirement("P3", "P6", "P9")
def test_p3_a_cohort_learns_from_experts_and_peers_applies_and_reports() -> None:
    """Would be broken: roles in a cohort, the loop on the job, and too few sessions, which are not let by."""
    focus = Focus(skill_ids=(SkillId("data-analysis"), SkillId("presenting")))
    form = group_of(
        LARKSPUR, reskilling(), id="r-1", focus=focus, members=LEARNERS, experts=[EXPERT, "p-0039"],
        facilitator="p-0053", on=DAY,
    )  # fmt: skip
    assert {place.role for place in form.places} == {Role.EXPERT, Role.PEER, Role.FACILITATOR}
    life = running(form)
    for step in (LoopStep.LEARN, LoopStep.APPLY, LoopStep.SHARE, LoopStep.ADJUST):
        life.take(TakeStep(step=step, words="Tried it on the weekly figures"), LEARNERS[0])
    with pytest.raises(IllegalMoveError):
        life.take(FinishGroup(), LEARNERS[0])
    meet(life, 4)
    done = finished(life)
    assert done.state is GroupState.CLOSED
    assert done.loops(LEARNERS[0]) == 1


@pytest.mark.requirement("P1", "P4", "P7")
def test_p1_a_problem_is_looked_at_from_several_departments_and_its_end_is_measured() -> None:
    """Would be broken: a group of one department, and an outcome that nobody can look at."""
    focus = Focus(problem="Too many instruments come back within a month")
    blend = ("p-0034", "p-0031", "p-0056", "p-0049")
    same = ("p-0019", "p-0020", "p-0023", "p-0024")
    with pytest.raises(IllegalMoveError):
        running(group_of(LARKSPUR, problem_group(), id="q", focus=focus, members=same, on=DAY))
    life = running(group_of(LARKSPUR, problem_group(), id="q", focus=focus, members=blend, on=DAY))
    meet(life, 2)
    life.take(RecordResult(resolved=True, measure="returns a month", before=31, after=12), blend[0])
    done = finished(life)
    assert done.state is GroupState.CLOSED
    assert done.result is not None
    assert (done.result.before, done.result.after) == (31, 12)


@pytest.mark.requirement("P2")
def test_p2_a_launch_is_learnt_together_and_customers_are_heard() -> None:
    """Would be broken: product and dates of a launch, and what is fed back."""
    focus = Focus(product_id=ProductId("aurora"), launch_from=DAY, launch_until=date(2026, 12, 1))
    life = running(
        group_of(
            LARKSPUR,
            launch_group(),
            id="l",
            focus=focus,
            members=("p-0034", "p-0039", "p-0056"),
            experts=["p-0037"],
            on=DAY,
        )
    )
    for kind in StoryKind:
        life.take(TellStory(kind=kind, words="The display is hard to read outdoors"), "p-0039")
    meet(life, 2)
    done = finished(life)
    assert done.state is GroupState.CLOSED
    assert [story.kind for story in done.stories] == [*StoryKind]


OPTIMISED = [
    (group(), Topic(id="t", skills=("data-analysis",)), ANALYSIS),
    (circle(), Topic(id="t", skills=("data-analysis",)), ANALYSIS),
    (
        reskilling(),
        Topic(id="t", skills=("data-analysis", "presenting")),
        Focus(skill_ids=(SkillId("data-analysis"), SkillId("presenting"))),
    ),
    (
        problem_group(),
        Topic(id="t", members=("p-0034", "p-0031", "p-0056", "p-0049", "p-0019", "p-0043")),
        Focus(problem="Too many instruments come back"),
    ),
    (
        launch_group(),
        Topic(id="t", members=("p-0034", "p-0039", "p-0056", "p-0049"), experts=("p-0037",)),
        Focus(product_id=ProductId("aurora"), launch_from=DAY, launch_until=date(2026, 12, 1)),
    ),
]


@pytest.mark.requirement("D20", "P5")
@pytest.mark.parametrize(("programme", "topic", "focus"), OPTIMISED, ids=lambda one: str(getattr(one, "id", "")))
def test_groups_that_are_formed_by_optimisation_run_to_their_end(
    programme: Programme, topic: Topic, focus: Focus
) -> None:
    """Would be broken: groups that could never start under the terms of their own programme."""
    assert programme.groups is not None
    found = form_groups(LARKSPUR, programme.groups, [topic], on=DAY)
    assert found.groups
    for number, formed in enumerate(found.groups):
        form = group_of(
            LARKSPUR, programme, id=f"g-{number}", focus=focus, members=formed.members, experts=formed.experts,
            facilitator=formed.facilitator, on=DAY,
        )  # fmt: skip
        assert len(form.places) == len({*formed.members, *formed.experts})
        life = running(form)
        meet(life, max(1, form.terms.least_sessions))
        assert finished(life).state is GroupState.CLOSED


def test_only_programmes_of_groups_form_groups_and_only_pairs_are_matched() -> None:
    """Would be broken: a group of a programme for two, or a round of one for many."""
    with pytest.raises(UnsupportedError, match="forms no groups, as its format is one-to-one"):
        group_of(LARKSPUR, one_to_one(), id="g", focus=ANALYSIS, members=LEARNERS, on=DAY)
    for programme, instead in ((group(), "groups"), (circle(), "groups"), (micromentoring(), "slots")):
        with pytest.raises(UnsupportedError, match=f"a round matches one to one; .* `taskmentor {instead}`"):
            match(LARKSPUR, programme, on=DAY)


@pytest.mark.parametrize(
    ("programme", "fields", "column"),
    [
        (task_based(), {"groups": group().groups}, "format"),
        (group(), {"group_terms": None}, "format"),
        (micromentoring(), {"booking_terms": None}, "format"),
        (task_based(), {"booking_terms": BookingTerms()}, "format"),
        (group(), {"group_terms": circle().group_terms}, "groups"),
        (group(), {"groups": circle().groups}, "groups"),
        (problem_group(), {"groups": group(mentors=2).groups}, "groups"),
        (reskilling(), {"groups": group(fewest=4, mentors=3).groups}, "groups"),
        (problem_group(), {"groups": evolve(problem_group().groups, min_departments=2)}, "groups"),  # type: ignore[misc]
        (reskilling(), {"groups": evolve(reskilling().groups, facilitator=False)}, "groups"),  # type: ignore[misc]
        (group(), {"initiator": Relation.MANAGER}, "format"),
        (circle(), {"terms": Terms(second_goal=True)}, "terms"),
        (reverse(), {"format": group().format}, "format"),
    ],
)
def test_parts_that_do_not_fit_the_format_are_refused(
    programme: Programme, fields: dict[str, object], column: str
) -> None:
    """Would be broken: groups that could not run under the terms of their programme."""
    with pytest.raises(InputError) as caught:
        evolve(programme, **fields)  # type: ignore[arg-type]
    assert column in [fault.column for fault in caught.value.faults]
    assert {fault.code for fault in caught.value.faults} == {"CONFLICTING-PROGRAMME"}


# Micromentoring


def booked(programme: Programme, **facts: object) -> Book:
    """Return a booking of the best mentor whom a mentee finds (U3)."""
    found = find_mentors(LARKSPUR, "p-0042", "data-analysis", on=DAY, programme=programme)[0]
    assert programme.booking_terms is not None
    usual = Book(
        booking_id=BookingId("b-1"),
        mentee_id=PersonId("p-0042"),
        mentor_id=found.mentor_id,
        programme_id=programme.id,
        starts_at=AT + timedelta(days=1),
        minutes=20,
        skill_id=SkillId("data-analysis"),
        terms=programme.booking_terms,
    )
    return evolve(usual, **facts)  # type: ignore[arg-type]


def made(action: Book) -> Booking:
    (event,) = decide_booking(None, action, action.mentee_id, {Relation.MENTEE}, AT)
    return evolve_booking(None, event)


@pytest.mark.requirement("U2", "U3", "U5", "U8", "U11")
def test_u5_the_mentee_books_one_session_which_is_the_unit() -> None:
    """Would be broken: a session without an engagement, found, booked, held and rated by the two alone."""
    booking = made(booked(micromentoring()))
    assert booking.state is BookingState.BOOKED
    held = AT + timedelta(days=1, minutes=30)
    for action, actor in (
        (HoldBooking(minutes=18), booking.mentor_id),
        (GiveFeedback(rating=5), booking.mentee_id),
    ):
        (event,) = decide_booking(booking, action, actor, set(), held)
        booking = evolve_booking(booking, event)
    assert booking.state is BookingState.HELD
    assert mentors_met([booking]) == {"p-0042": 1}


@pytest.mark.requirement("U1")
def test_u1_twenty_minutes_unless_organisation_and_mentee_say_otherwise() -> None:
    """Would be broken: the limit of the programme, of the organisation and of the mentee."""
    assert made(booked(micromentoring())).state is BookingState.BOOKED
    too_long: tuple[Book, ...] = (
        booked(micromentoring(), minutes=21),
        booked(micromentoring(organisation_minutes=15), minutes=16),
        booked(micromentoring(), minutes=11, own_minutes=10),
    )
    too_long += (
        booked(micromentoring(), minutes=21, own_minutes=40),
        booked(micromentoring(organisation_minutes=40), minutes=21),
        booked(micromentoring(organisation_minutes=40), minutes=31, own_minutes=30),
    )
    both = booked(micromentoring(organisation_minutes=40), minutes=30, own_minutes=30)
    assert made(both).state is BookingState.BOOKED
    for action in too_long:
        with pytest.raises(IllegalMoveError):
            made(action)
    assert made(booked(micromentoring(session_minutes=45), minutes=45)).state is BookingState.BOOKED


@pytest.mark.requirement("U4", "U7")
def test_u4_physical_or_online_and_u7_from_the_lowest_level_on() -> None:
    """Would be broken: where the two meet, and people who begin with a skill."""
    for face_to_face in (True, False):
        assert made(booked(micromentoring(), face_to_face=face_to_face, level=0)).face_to_face is face_to_face


def test_micromentoring_looks_at_no_values_and_leaves_nobody_out() -> None:
    """Where the documents disagree: values matter in a long relation, the exchange in a session."""
    policy = micromentoring().policy
    assert [rule.name for rule in policy.rules] == ["qualified", "shared-language"]
    assert [one.name for one in policy.scorers] == ["level-fit", "importance", "time-zone", "known-already"]
