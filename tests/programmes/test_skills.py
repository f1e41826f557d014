"""Presets for learning one skill, on the sample organisation."""

from collections.abc import Sequence

import pytest
from attrs import evolve

from taskmentor.authorisation import Relation
from taskmentor.lifecycle import (
    Confirm,
    Finish,
    LogSession,
    PracticeKind,
    Reassess,
    RecordPractice,
    State,
    credited,
    outcome,
    utc_day,
)
from taskmentor.lifecycle.actions import AddProduct, ReviewProduct
from taskmentor.lifecycle.values import ProductKind
from taskmentor.models.assessments import Source
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import Person
from taskmentor.proficiency import gaps
from taskmentor.programmes import (
    Medium,
    Programme,
    education_support,
    job_shadowing,
    knowledge_transfer,
    task_based,
    training_based,
    virtual,
)
from taskmentor.rounds import match
from tests.organisations import ON, PeopleRows, organisation
from tests.programmes.living import AT, DAY, LARKSPUR, closed, started, unpinned

PEOPLE = {str(person.id): person for person in LARKSPUR.people}


def pairs(programme: Programme, whole: Organisation = LARKSPUR) -> Sequence[tuple[Person, Person, str]]:
    """Return mentee, mentor and skill of every pair of a round."""
    plan = match(whole, programme, on=DAY).plan
    columns = (plan.mentee_id.tolist(), plan.mentor_id.tolist(), plan.skill_id.tolist())
    return [(PEOPLE[mentee], PEOPLE[mentor], skill) for mentee, mentor, skill in zip(*columns, strict=True)]


@pytest.mark.requirement("T3")
def test_t3_one_model_has_several_names() -> None:
    """Would be broken: a second model for the same thing."""
    assert task_based().labels == ("flash mentoring", "peer coaching", "modern apprenticeship")
    assert evolve(task_based(), labels=("buddies",)).policy == task_based().policy


@pytest.mark.requirement("T4", "V1")
def test_t4_in_person_or_virtual_and_virtual_reaches_further() -> None:
    """Would be broken: the medium as a field; mentors of other places for those who cannot leave theirs."""
    near = {mentor.location == mentee.location for mentee, mentor, _ in pairs(job_shadowing())}
    far = [mentor.location != mentee.location for mentee, mentor, _ in pairs(virtual())]
    assert near == {True}
    assert any(far)
    assert {evolve(task_based(), medium=medium).medium for medium in (Medium.IN_PERSON, Medium.VIRTUAL)} == {
        "in person", "virtual",
    }  # fmt: skip


@pytest.mark.requirement("T6")
def test_t6_what_people_say_of_themselves_yields_who_needs_and_who_could_teach() -> None:
    """Would be broken: a round on self-assessments alone."""
    people: PeopleRows = {"mia": {"role_id": "clerk"}, "ann": {"role_id": "clerk", "capacity": 1}}
    said = [
        {"person_id": who, "skill_id": "sql", "level": level, "source": "self", "assessed_on": "2026-01-05"}
        for who, level in (("mia", 1), ("ann", 4))
    ]
    whole = organisation(people, requires={"clerk": {"sql": 3}}, assessments=said)
    assert [gap.person_id for gap in gaps(whole, on=ON)] == ["mia"]
    plan = match(whole, task_based(), on=ON).plan
    assert (plan.mentee_id.tolist(), plan.mentor_id.tolist()) == (["mia"], ["ann"])


@pytest.mark.requirement("T7")
def test_t7_one_person_is_mentor_and_mentee_at_the_same_time() -> None:
    """Would be broken: people who are put on one side only."""
    found = pairs(task_based())
    both = {mentee.id for mentee, _, _ in found} & {mentor.id for _, mentor, _ in found}
    assert both
    skills = {one: ({s for m, _, s in found if m.id == one}, {s for _, m, s in found if m.id == one}) for one in both}
    assert any(learns.isdisjoint(teaches) for learns, teaches in skills.values()), "on different skills"


@pytest.mark.requirement("T10")
def test_t10_the_same_team_is_no_obstacle_and_another_department_a_plus() -> None:
    """Would be broken: a ban of pairs that deepen respect."""
    departments = [mentee.department == mentor.department for mentee, mentor, _ in pairs(task_based())]
    assert any(departments)
    assert not all(departments)
    assert "other-department" in [scorer.name for scorer in task_based().policy.scorers]


@pytest.mark.requirement("T17")
def test_t17_one_skill_is_enough_whatever_the_grade() -> None:
    """Would be broken: mentors chosen by rank; nearly everybody has something to teach."""
    found = pairs(task_based())
    assert any((mentor.grade or 0) < (mentee.grade or 0) for mentee, mentor, _ in found)
    people: PeopleRows = {"boss": {"grade": 9}, "new": {"grade": 1, "capacity": 1}}
    whole = organisation(people, knows={"new": {"sql": 3, "law": 0}, "boss": {"law": 5}}, wants={"boss": {"sql": 2}})
    assert match(whole, task_based(), on=ON).plan.mentor_id.tolist() == ["new"]


@pytest.mark.requirement("T21")
def test_t21_next_to_nothing_is_asked_of_mentors() -> None:
    """Would be broken: training, agreements and meetings before a few weeks of practice."""
    terms = task_based().terms
    assert (terms.training_hours, terms.intro_meeting, terms.agreement, terms.least_sessions) == (0, False, False, 0)


@pytest.mark.requirement("T30", "T11", "T12", "T13", "T14", "T15")
def test_t30_one_trend_is_shown_the_mentee_goes_on_and_both_sum_up() -> None:
    """The worked example: data analysis, from the first chart to the manager's confirmation."""
    round_ = match(LARKSPUR, task_based(), on=DAY)
    proposal = next(
        one for one in round_.proposals(at=AT) if (one.mentee_id, one.scope.skill_id) == ("p-0042", "data-analysis")
    )
    assert proposal.scope.behaviours
    life, behaviour = started(LARKSPUR, task_based(), proposal), proposal.scope.behaviours[0]
    mentee, mentor = proposal.mentee_id, proposal.mentor_id
    life.take(LogSession(starts_at=life.at, minutes=60), mentor)
    for kind, actor, minutes in ((PracticeKind.SHADOWING, mentor, 30), (PracticeKind.PRACTISING, mentee, 90)):
        life.take(RecordPractice(kind=kind, behaviour=behaviour, day=utc_day(life.at), minutes=minutes), actor)
    life.take(AddProduct(kind=ProductKind.DELIVERABLE, title="Joint summary of the trends"), mentee)
    life.take(ReviewProduct(product=1, approved=True, feedback="The totals agree with the source"), mentor)
    life.take(Finish(), mentor)
    life.take(Reassess(level=3), mentee)
    assert proposal.confirmer_id is not None
    engagement = life.take(Confirm(level=3), proposal.confirmer_id)
    assert (engagement.state, engagement.change) == (State.COMPLETED, 1)
    assert (engagement.minutes(PracticeKind.SHADOWING), engagement.minutes(PracticeKind.PRACTISING)) == (30, 90)
    assert outcome(engagement).source is Source.OUTCOME
    assert {credit.person_id: credit.change for credit in credited(engagement)} == {mentee: 1, mentor: 1}


@pytest.mark.requirement("TB2", "D5")
def test_tb2_training_keeps_to_the_subject_and_comes_after_the_theory() -> None:
    """Would be broken: skills that the course does not teach, and people who have not been through it."""
    assert [skill for _, _, skill in pairs(training_based(skills=["sql"]), unpinned())] == ["sql"]
    rows = [LARKSPUR.assessment(row) for row in range(len(LARKSPUR.assessments))]
    tested = {(row.person_id, row.skill_id) for row in rows if row.source is Source.TEST}
    found = pairs(training_based(), unpinned())
    assert {(mentee.id, skill) for mentee, _, skill in found} <= tested
    assert found


@pytest.mark.requirement("D2")
def test_d2_the_mentee_follows_a_host_at_the_same_place_of_work() -> None:
    """Would be broken: too many who follow one host, and hosts elsewhere; nothing is assessed at the end."""
    found = pairs(job_shadowing())
    hosts = [mentor.id for _, mentor, _ in found]
    assert len(hosts) == len(set(hosts))
    assert max(PEOPLE[host].capacity for host in hosts) > 1, (
        "a host who offers more places is followed by one all the same"
    )
    assert len(pairs(job_shadowing(shadows_per_host=2))) > len(found)
    (proposal, *_) = match(LARKSPUR, job_shadowing(), on=DAY).proposals(at=AT)
    engagement = closed(LARKSPUR, job_shadowing(), proposal)
    assert engagement.confirmed_level is engagement.reassessed_level is None
    assert [session.face_to_face for session in engagement.sessions] == [True]


@pytest.mark.requirement("KT1", "D17", "D18")
def test_kt1_who_leaves_and_what_few_hold_come_first() -> None:
    """Would be broken: knowledge that goes with its last holder."""
    people: PeopleRows = {
        "mia": {}, "pat": {}, "stay": {"capacity": 2}, "goes": {"capacity": 1, "left_on": "2027-02-01"},
        "last": {"capacity": 1},
    }  # fmt: skip
    knows = {"stay": {"sql": 4, "law": 4}, "goes": {"sql": 4}, "last": {"art": 4, "law": 4}}
    whole = organisation(people, knows=knows, wants={"mia": {"sql": 2}, "pat": {"law": 2, "art": 2}})
    plan = match(whole, knowledge_transfer(), on=ON).plan
    mentors = dict(zip(plan.skill_id.tolist(), plan.mentor_id.tolist(), strict=True))
    assert mentors["sql"] == "goes", "the one who leaves hands on what others could teach later"
    assert mentors["art"] == "last"
    assert mentors["law"] == "stay"


@pytest.mark.requirement("ES1", "D19")
def test_es1_students_who_are_not_employed_bring_theory_into_practice() -> None:
    """Would be broken: apprentices and students as mentees, and mentors who have left school behind."""
    people: PeopleRows = {
        "student": {"x_student": "yes", "grade": 1},
        "clerk": {"grade": 1},
        "mate": {"grade": 2, "capacity": 2},
        "senior": {"grade": 3, "capacity": 2},
    }
    knows = {"mate": {"sql": 4}, "senior": {"sql": 4}}
    whole = organisation(people, knows=knows, wants={"student": {"sql": 2}, "clerk": {"sql": 2}})
    plan = match(whole, education_support(students_in="x_student"), on=ON).plan
    assert (plan.mentee_id.tolist(), plan.mentor_id.tolist()) == (["student"], ["senior"])
    assert education_support().terms.products_reviewed


@pytest.mark.requirement("MG2")
def test_mg2_a_programme_manager_matches_and_proposes_in_the_standard_model() -> None:
    """Would be broken: pairs that anybody could propose for others."""
    proposals = match(LARKSPUR, task_based(), on=DAY).proposals(at=AT)
    assert {one.initiator for one in proposals} == {Relation.PROGRAMME_MANAGER}
    (engagement, *_) = match(LARKSPUR, task_based(), on=DAY).propose(at=AT, actor="p-0006")
    assert engagement.proposed_by == "p-0006"
