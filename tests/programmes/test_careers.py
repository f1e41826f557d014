"""Presets for longer relations, on the sample organisation."""

import pytest

from taskmentor.errors import IllegalMoveError
from taskmentor.lifecycle import Accept, Decline, RecordIntro, State
from taskmentor.lifecycle.actions import Start
from taskmentor.lifecycle.terms import Shortfall
from taskmentor.matching.policy import Policy
from taskmentor.models.organisation import Organisation
from taskmentor.programmes import (
    MatchingMode,
    career_development,
    diversity,
    informal,
    leadership,
    micromentoring,
    onboarding,
    one_to_one,
    reverse,
    rotation,
    task_based,
)
from taskmentor.rounds import match
from tests.organisations import ON, PeopleRows, organisation
from tests.programmes.living import AT, DAY, LARKSPUR, Life, closed, initiator_of, started, unpinned
from tests.programmes.test_skills import pairs


def one_request(people: PeopleRows) -> Organisation:
    """Return an organisation in which everybody but mia knows the one skill that she wants."""
    return organisation(people, knows={one: {"sql": 4} for one in people if one != "mia"}, wants={"mia": {"sql": 2}})


@pytest.mark.requirement("O1")
def test_o1_one_mentor_and_one_mentee_limited_by_the_places_of_mentors() -> None:
    """Would be broken: exactly two in each engagement, and nobody above their places."""
    round_ = match(LARKSPUR, one_to_one(), on=DAY)
    mentors = round_.plan.mentor_id.tolist()
    engaged = LARKSPUR.engaged.running(DAY).mentor.tolist()
    for mentor in set(mentors):
        code = LARKSPUR.people.code(mentor)
        assert mentors.count(mentor) + engaged.count(code) <= int(LARKSPUR.people.capacity[code])
    assert "all-full" in round_.plan.unmatched.counts()
    (proposal, *_) = round_.proposals(at=AT)
    assert proposal.mentee_id != proposal.mentor_id


@pytest.mark.requirement("TR1", "T21", "T22")
def test_tr1_orientation_is_a_gate_in_one_model_and_not_asked_for_in_another() -> None:
    """Would be broken: where the documents disagree, each programme has its own terms, side by side."""
    assert (one_to_one().terms.training_hours, task_based().terms.training_hours) == (2, 0)
    (proposal, *_) = match(LARKSPUR, one_to_one(training_hours=2), on=DAY).proposals(at=AT)
    life = started(LARKSPUR, one_to_one(), proposal)
    assert life.engagement is not None
    assert life.engagement.training is not None
    assert one_to_one(training_hours=0).terms.training_hours == 0
    with pytest.raises(IllegalMoveError):
        life.take(Start(), proposal.mentor_id)


@pytest.mark.requirement("D8", "D12", "D13", "D14", "D9")
def test_d12_a_long_relation_begins_without_obligation_and_states_how_often_to_meet() -> None:
    """Would be broken: intro meeting, agreement, rhythm and check-ins of the long form; a no leaves no mark."""
    terms = one_to_one().terms
    assert (terms.intro_meeting, terms.agreement, terms.session_every_days, terms.check_in_days) == (
        True, True, 30, (30, 90),
    )  # fmt: skip
    assert terms.weeks > 3 * task_based().terms.weeks
    round_ = match(LARKSPUR, one_to_one(), on=DAY)
    proposal = round_.proposals(at=AT)[1]
    life = Life(LARKSPUR, one_to_one())
    life.take(proposal, initiator_of(LARKSPUR, proposal))
    for side in (proposal.mentee_id, proposal.mentor_id):
        life.take(Accept(scope=proposal.scope), side)
    life.take(RecordIntro(), proposal.mentee_id)
    assert life.take(Decline(), proposal.mentor_id).state is State.DECLINED


@pytest.mark.requirement("D10", "D11")
def test_d10_both_are_ready_and_d11_not_too_far_apart() -> None:
    """Would be broken: both sides say so themselves; values count in a long relation, and not in a session."""
    people: PeopleRows = {
        "mia": {"x_ready": "yes", "x_values": 5},
        "far": {"capacity": 1, "x_ready": "yes", "x_values": 9},
        "shy": {"capacity": 1, "x_ready": "no", "x_values": 5},
        "ann": {"capacity": 1, "x_ready": "yes", "x_values": 7},
    }
    programme = one_to_one(values_in="x_values", ready_in="x_ready")
    assert match(one_request(people), programme, on=ON).plan.mentor_id.tolist() == ["ann"]
    unready: PeopleRows = {**people, "mia": {"x_ready": "no", "x_values": 5}}
    assert len(match(one_request(unready), programme, on=ON).plan) == 0
    assert "values" not in {scorer.name for scorer in micromentoring().policy.scorers}


@pytest.mark.requirement("MG1")
def test_mg1_a_similar_field_counts_most() -> None:
    """Would be broken: mentors who know nothing of the mentee's work."""
    weights = {scorer.name: scorer.weight for scorer in one_to_one().policy.scorers}
    assert max(weights, key=lambda name: weights[name]) == "similar-field"


@pytest.mark.requirement("RV1", "RV2")
@pytest.mark.parametrize("by", ["grade", "tenure", "position"])
def test_rv1_the_junior_teaches_whatever_makes_them_the_junior(by: str) -> None:
    """Would be broken: grade, tenure or position as a setting, through to a closed engagement."""
    programme = reverse(by=by)  # type: ignore[arg-type]
    found = pairs(programme, unpinned())
    assert found
    if by == "grade":
        assert all((mentee.grade or 0) > (mentor.grade or 0) for mentee, mentor, _ in found)
    if by == "position":
        line = LARKSPUR.line_of_managers
        assert all(len(line(mentee.id, DAY)) < len(line(mentor.id, DAY)) for mentee, mentor, _ in found)
    (proposal, *_) = match(unpinned(), programme, on=DAY).proposals(at=AT)
    assert closed(unpinned(), programme, proposal).state is State.COMPLETED
    assert programme.terms.second_goal


@pytest.mark.requirement("OB1")
def test_ob1_only_recruits_are_welcomed() -> None:
    """Would be broken: onboarding for people who have been there for years."""
    assert [mentee.id for mentee, _, _ in pairs(onboarding())] == ["p-0036"]
    assert pairs(onboarding(joined_within_days=58), unpinned()) == []


@pytest.mark.requirement("IN1")
def test_in1_informal_mentoring_is_recorded_lightly() -> None:
    """Would be broken: forms for people who chose each other."""
    programme = informal()
    assert programme.mode is MatchingMode.SELF_MATCH_ONE_SIDED
    assert (programme.terms.reassessment, programme.terms.confirmation) == (False, False)
    assert programme.terms.check_in_days == ()


@pytest.mark.requirement("DV1")
def test_dv1_everybody_has_a_turn_and_other_departments_come_first() -> None:
    """Would be broken: a level playing field: nearness gives no points, and nobody is served twice."""
    found = pairs(diversity())
    assert len({mentee.id for mentee, _, _ in found}) == len(found)
    across = sum(mentee.department != mentor.department for mentee, mentor, _ in found)
    assert across > sum(mentee.department != mentor.department for mentee, mentor, _ in pairs(one_to_one()))


@pytest.mark.requirement("LD1")
def test_ld1_high_potentials_meet_leaders_and_top_performers() -> None:
    """Would be broken: who counts as a leader, who as a high potential, and their own line of managers."""
    found = pairs(leadership())
    assert found
    assert all((mentor.grade or 0) >= (mentee.grade or 0) + 2 for mentee, mentor, _ in found)
    assert all(mentor.id not in LARKSPUR.line_of_managers(mentee.id, DAY) for mentee, mentor, _ in found)
    people: PeopleRows = {"mia": {"grade": 1, "x_talent": "no"}, "ann": {"grade": 5, "capacity": 1}}
    assert len(match(one_request(people), leadership(), on=ON).plan) == 1
    assert len(match(one_request(people), leadership(talents_in="x_talent"), on=ON).plan) == 0


@pytest.mark.requirement("CD1")
def test_cd1_the_mentee_chooses_among_those_a_step_ahead() -> None:
    """Would be broken: options that lead no further."""
    people: PeopleRows = {
        "mia": {"grade": 3}, "same": {"grade": 3, "capacity": 1}, "next": {"grade": 4, "capacity": 1},
    }  # fmt: skip
    programme = career_development()
    assert programme.mode is MatchingMode.SUGGESTED
    assert match(one_request(people), programme, on=ON).plan.mentor_id.tolist() == ["next"]


@pytest.mark.requirement("T23")
def test_rotation_never_brings_the_same_two_together_again() -> None:
    """Would be broken: the same few partners, round after round."""
    people: PeopleRows = {"mia": {}, "ann": {"capacity": 1}, "bob": {"capacity": 1}}
    past = {"mentee_id": "mia", "skill_id": "law", "from_on": "2026-01-01", "until_on": "2026-02-01"}
    knows = {one: {"sql": 4} for one in ("ann", "bob")}

    def partner(programme_days: int | None, *met: str) -> list[str]:
        engaged = [{**past, "mentor_id": one} for one in met]
        whole = organisation(people, knows=knows, wants={"mia": {"sql": 2}}, skills=("sql", "law"), engaged=engaged)
        plan = match(whole, rotation(again_after_days=programme_days), on=ON).plan
        found: list[str] = plan.mentor_id.tolist()
        return found

    assert partner(None, "ann") == ["bob"]
    assert partner(None, "ann", "bob") == []
    assert partner(200, "ann", "bob") != []


@pytest.mark.requirement("D20")
def test_d20_nothing_has_to_be_set() -> None:
    """Would be broken: a preset that asks for an argument."""
    assert one_to_one().policy != Policy()
    assert one_to_one().terms.shortfall is Shortfall.WARN
