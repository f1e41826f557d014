"""`form_groups`: from an organisation to groups."""

from datetime import date

import pytest
from attrs import evolve

import taskmentor as tm
from taskmentor.errors import InputError, UnknownIdError
from taskmentor.matching.groups import (
    GroupPolicy,
    GroupRole,
    GroupSearch,
    Topic,
    company,
    form_groups,
    group_problem,
    verify_groups,
)
from taskmentor.models.organisation import Organisation
from taskmentor.sample import folder

ON = date(2026, 10, 1)
PEERS = GroupPolicy(
    min_members=3, wanted_members=4, max_members=5, min_experts=0, max_experts=0, min_departments=3,
    level_kind="grade", facilitator=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def org() -> Organisation:
    return tm.read_organisation(folder())


def _lacked(org: Organisation) -> list[str]:
    return sorted({gap.skill_id for gap in tm.gaps(org, on=ON)})


@pytest.mark.requirement("P5", "G1")
def test_members_have_the_gap_and_experts_are_qualified(org: Organisation) -> None:
    """P5, D1: groups come from gaps, and no expert of a group is below what one of its members wants to reach."""
    policy = GroupPolicy(min_members=2, wanted_members=4, max_members=6)
    found = form_groups(org, policy, Topic.of_skills(*_lacked(org)), on=ON)
    assert found.groups
    gaps = {(str(gap.person_id), str(gap.skill_id)): gap for gap in tm.gaps(org, on=ON)}
    known = tm.proficiency.confirmed_proficiency(org, on=ON)
    for group in found.groups:
        needed = max(gaps[one, group.topic_id].required for one in group.members)
        for expert in group.experts:
            codes = org.people.codes([expert]), org.model.skill_code(group.topic_id)
            assert known.levels(codes[0], codes[0] * 0 + codes[1])[0][0] >= needed
        managers = {org.people[org.people.code(one)].manager_id for one in group.members + group.experts}
        assert managers.isdisjoint(group.members + group.experts)


@pytest.mark.requirement("P1", "P4")
def test_a_problem_brings_departments_together_and_names_a_facilitator(org: Organisation) -> None:
    """P1, P4, P9, D3: a cross-functional group of peers around one business problem, one of them its facilitator."""
    topic = Topic(id="late-deliveries", members=org.people.ids[:30].tolist())
    found = form_groups(org, PEERS, [topic], on=ON)
    assert found.groups
    for group in found.groups:
        departments = {org.people[org.people.code(one)].department for one in group.members}
        assert len(departments) >= 3
        assert group.facilitator in group.members
        assert group.role(str(group.facilitator)) is GroupRole.FACILITATOR
        assert sum(group.role(one) is GroupRole.PEER for one in group.members) == len(group.members) - 1
        assert group.role("nobody") is None


@pytest.mark.requirement("P3", "P9")
def test_a_cohort_has_experts_and_peers_and_each_skill_an_expert(org: Organisation) -> None:
    """P3, P9: a part of the workforce learns a set of skills from several experts and from each other."""
    skills = ["presenting", "leading-change"]
    policy = GroupPolicy(max_experts=3, every_skill=True)
    problem = group_problem(org, policy, [Topic(id="new-tools", skills=skills)], on=ON)
    found = tm.matching.groups.solve_groups(problem)
    assert verify_groups(problem, found).ok
    assert found.groups
    assert {found.groups[0].role(one) for one in found.groups[0].experts} == {GroupRole.EXPERT}


def test_who_was_in_a_group_together_is_not_put_together_again(org: Organisation) -> None:
    """G2 and the wish not to meet the same people again and again: history is a rule within groups too."""
    topic = Topic(id="circle", members=org.people.ids[:24].tolist())
    first = form_groups(org, PEERS, [topic], on=ON)
    before = company(first.groups)
    again = form_groups(org, evolve(PEERS, bar_repeats=True), [topic], on=ON, met=before)
    assert before
    assert again.groups
    assert before.isdisjoint(company(again.groups))


@pytest.mark.requirement("G2")
def test_all_can_come_at_the_slot_of_their_group(org: Organisation) -> None:
    """G2: a slot that all can attend."""
    topic = Topic(id="circle", members=org.people.ids[:24].tolist())
    free = {str(one): [place % 3, 3] for place, one in enumerate(org.people.ids[:20])}
    found = form_groups(org, evolve(PEERS, attendance=100), [topic], on=ON, free=free)
    assert found.groups
    for group in found.groups:
        assert all(group.slot in free[one] for one in group.members)
    never = {person.person_id for person in found.left_out if person.reason == "attendance"}
    assert never >= {str(one) for one in org.people.ids[20:24]}


def test_given_experts_count_as_qualified(org: Organisation) -> None:
    """P3: the organisation may name its experts itself."""
    able = [person.id for person in org.people if person.capacity > 0][:4]
    topic = Topic(id="launch", members=org.people.ids[:20].tolist(), experts=able)
    found = form_groups(org, GroupPolicy(), [topic], on=ON, search=GroupSearch(rounds=5))
    assert found.groups
    assert {one for group in found.groups for one in group.experts} <= set(able)


def test_slots_of_somebody_unknown_are_refused(org: Organisation) -> None:
    topic = Topic(id="t", skills=(org.model.skill_ids[0],))
    with pytest.raises(UnknownIdError, match="'nobody' names no person"):
        form_groups(org, PEERS, [topic], on=ON, free={str(org.people.ids[0]): [1], "nobody": [1]})


def test_what_cannot_be_decided_is_refused_at_once(org: Organisation) -> None:
    """Would be broken: empty answers to questions that were put wrongly."""
    with pytest.raises(InputError) as refused:
        form_groups(org, GroupPolicy(attendance=80), [Topic(id="empty")], on=ON)
    assert [(fault.code, fault.column) for fault in refused.value.faults] == [
        ("MISSING-VALUE", "free"), ("MISSING-VALUE", "skills"),
    ]  # fmt: skip
    with pytest.raises(UnknownIdError, match="skill"):
        form_groups(org, GroupPolicy(), Topic.of_skills("juggling"), on=ON)
    with pytest.raises(UnknownIdError, match="person"):
        form_groups(org, GroupPolicy(), [Topic(id="x", members=["p-none"])], on=ON)
    some = str(org.people.ids[0])
    with pytest.raises(UnknownIdError, match="person"):
        form_groups(org, GroupPolicy(apart=[[some, "p-none"]]), Topic.of_skills(str(org.model.skill_ids[0])), on=ON)
