"""One pool for several programmes, from an organisation to what widening each limit would bring."""

from collections import Counter, defaultdict
from datetime import date

import numpy as np
import pytest
from attrs import evolve

from taskmentor.errors import InputError
from taskmentor.formats.reading import read_organisation
from taskmentor.joint import JointRound, Share, match_jointly
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.matching.aims import Leximin
from taskmentor.matching.joint import joint_faults
from taskmentor.matching.policy import Policy
from taskmentor.matching.reasons import Reason
from taskmentor.matching.rules import MenteesWhere, Qualified, Rule, ValuesNear
from taskmentor.matching.scorers import ValuesCloseness
from taskmentor.models.organisation import Organisation
from taskmentor.proficiency import Latest, confirmed_proficiency
from taskmentor.programmes import Format, Programme, circle, group, job_shadowing, micromentoring, task_based
from taskmentor.rounds import match
from taskmentor.sample import folder
from tests.organisations import organisation as organisation_of

ON = date(2026, 10, 1)


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return read_organisation(folder())


def named(name: str, policy: Policy) -> Programme:
    return evolve(task_based(), id=ProgrammeId(name), title=name, policy=policy)


GROUP, SESSIONS = group(), micromentoring()


@pytest.fixture(scope="module")
def pool(organisation: Organisation) -> JointRound:
    return match_jointly(organisation, [task_based(), GROUP, SESSIONS], on=ON)


def test_one_programme_alone_is_its_round(organisation: Organisation) -> None:
    """Then nothing is shared, and a plain flow must find the same value."""
    joint = match_jointly(organisation, [task_based()], on=ON)
    alone = match(organisation, task_based(), on=ON)
    assert len(joint.matches) == alone.plan.claims.matched
    assert sum(one.score for one in joint.matches) == alone.plan.claims.score
    assert joint.solution.gap == 0
    assert Counter(reason for *_, reason in joint.unmatched) == Counter(alone.plan.unmatched.counts())


def test_more_are_served_where_places_are_shared(organisation: Organisation, pool: JointRound) -> None:
    alone = match_jointly(organisation, [task_based()], on=ON)
    assert len(pool.matches) > len(alone.matches)
    assert 0 <= pool.solution.gap < pool.problem.count_weight  # nobody could serve one request more
    assert joint_faults(pool.problem, pool.solution) == ()
    assert len(pool.matches) + len(pool.unmatched) == pool.problem.n_requests
    assert sum(pool.counts().values()) == len(pool.matches)


def test_everybody_stays_within_the_one_capacity(organisation: Organisation, pool: JointRound) -> None:
    people = organisation.people
    places = defaultdict(set)
    for one in pool.matches:
        places[one.mentor_id].add(one.place)
    assert all(len(taken) <= people[people.code(mentor)].capacity for mentor, taken in places.items())
    mentees = Counter(one.mentee_id for one in pool.matches)
    assert all(n <= people[people.code(mentee)].mentee_limit for mentee, n in mentees.items())
    sharing = defaultdict(list)
    for one in pool.matches:
        sharing[one.mentor_id, one.place].append(one)
    for members in sharing.values():
        assert len({one.programme_id for one in members}) == 1
        programme = members[0].programme_id
        if programme == "group":
            assert 3 <= len(members) <= 8
            assert len({one.skill_id for one in members}) == 1
        else:
            assert len(members) <= (1 if programme == "task-based" else 4)


def test_a_wider_limit_brings_what_it_says(organisation: Organisation) -> None:
    """One more place of everybody is put into the table itself, and the pool is solved from there."""
    small = match_jointly(organisation, [task_based(), GROUP], on=ON)
    found = {limit.name: limit for limit in small.limits()}
    people = organisation.people
    wider = evolve(organisation, people=evolve(people, capacity=people.capacity + (people.capacity > 0)))
    again = match_jointly(wider, [task_based(), GROUP], on=ON)
    limit = found["one more place of every mentor"]
    assert limit.served == len(again.matches) - len(small.matches)
    assert limit.score == sum(one.score for one in again.matches) - sum(one.score for one in small.matches)
    assert "one more seat in each place of group" in found
    assert "one fewer needed in each place of group" in found
    assert all(limit.served >= 0 for limit in found.values())
    assert any(limit.binds for limit in found.values())
    assert str(limit).startswith("one more place of every mentor: +")


def test_reasons_name_what_stands_in_the_way(pool: JointRound) -> None:
    reasons = Counter(reason for *_, reason in pool.unmatched)
    assert reasons[Reason.MENTEES_LIMIT] > 0
    assert "mentees-limit" in pool.summary()
    assert f"{len(pool.matches)} of {pool.problem.n_requests}" in pool.summary()


def test_each_programme_serves_whom_its_own_policy_admits(organisation: Organisation) -> None:
    strict = named("strict", Policy(rules=(Qualified(above_target=1),), scorers=()))
    joint = match_jointly(
        organisation, [Share(programme=task_based()), Share(programme=strict, seats=8, bonus=9_999)], on=ON
    )
    members = [one for one in joint.matches if one.programme_id == "strict"]
    known = confirmed_proficiency(organisation, on=ON)
    people, skills = organisation.people, organisation.model.skill_ids
    assert members
    for one in members:
        levels, _ = known.levels(
            np.array([people.code(one.mentee_id), people.code(one.mentor_id)]), np.full(2, skills.index(one.skill_id))
        )
        assert levels[1] >= one.target_level + 1
        assert one.score == 9_999


def test_programmes_that_cannot_share_a_pool_are_refused_at_once(organisation: Organisation) -> None:
    other = evolve(task_based(), policy=Policy(proficiency=Latest()))
    with pytest.raises(InputError) as refused:
        match_jointly(organisation, [task_based(), other], on=ON)
    assert {fault.code for fault in refused.value.faults} == {"DUPLICATE-ID", "CONFLICTING-POLICY"}
    with pytest.raises(InputError, match="circle takes no mentor's place"):
        match_jointly(organisation, [task_based(), circle()], on=ON)
    with pytest.raises(InputError, match="job-shadowing has places_per_mentor"):
        match_jointly(organisation, [task_based(), job_shadowing()], on=ON)
    fair = task_based(policy=Policy(aims=(Leximin(),)))
    with pytest.raises(InputError, match="has aims, which one pool does not know"):
        match_jointly(organisation, [fair], on=ON)
    with pytest.raises(InputError, match="has load_cost, which one pool does not know"):
        match_jointly(organisation, [task_based(policy=Policy(load_cost=2))], on=ON)
    with pytest.raises(InputError, match="there is no programme"):
        match_jointly(organisation, [], on=ON)


def test_a_format_says_what_a_place_is() -> None:
    shares = [Share.of(programme) for programme in (task_based(), group(), micromentoring())]
    assert [(one.seats, one.least, one.one_skill) for one in shares] == [(1, 1, True), (8, 3, True), (4, 1, False)]
    assert {one.programme.format for one in shares} == {Format.ONE_TO_ONE, Format.GROUP, Format.SESSION}


def test_a_share_that_no_place_could_keep_is_refused() -> None:
    with pytest.raises(InputError, match="3 at least are more than the 2 seats"):
        Share(programme=GROUP, seats=2, least=3)


def test_a_limit_binds_where_fewer_are_served_for_a_better_score() -> None:
    """Bob's second place goes to cy alone, without whom ann's group of two does not meet: one fewer, 90 points more."""
    columns = {"ann": (95, 1), "bob": (0, 2), "cy": (0, 1), "dee": (0, 1), "gil": (50, 2), "hal": (50, 2)}
    staff = organisation_of(
        {one: {"x_points": points, "x_group": group, "x_alone": "yes" if one == "cy" else "no",
               "capacity": int(one in ("ann", "bob"))} for one, (points, group) in columns.items()},
        knows={"ann": {"sql": 4}, "bob": {"sql": 4}},
        wants={one: {"sql": 3} for one in ("cy", "dee", "gil", "hal")},
    )  # fmt: skip
    near, alone = ValuesNear(column="x_group", most=0), MenteesWhere(column="x_alone")
    shares = [
        Share(
            programme=evolve(task_based(policy=scored((Qualified(), near))), id=ProgrammeId("two")), seats=2, least=2
        ),
        Share(programme=evolve(task_based(policy=scored((Qualified(), alone))), id=ProgrammeId("one"))),
    ]
    pool = match_jointly(staff, shares, on=ON)
    assert (len(pool.matches), pool.solution.value) == (4, 110)
    first = pool.limits()[0]
    assert (first.name, first.served, first.score) == ("one more place of every mentor", -1, 90)
    assert first.binds


def scored(rules: tuple[Rule, ...]) -> Policy:
    return Policy(rules=rules, scorers=(ValuesCloseness(column="x_points", per_step=1),), objective="score")


def test_wishes_are_not_passed_over() -> None:
    said = [
        {"person_id": person, "side": side, "characteristic": "returner", "consented_on": "2026-09-01"}
        for person, side in (("cy", "mentee"), ("ann", "mentor"))
    ]
    staff = organisation_of(
        {"ann": {"capacity": 1}, "cy": {}}, knows={"ann": {"sql": 4}}, wants={"cy": {"sql": 3}}, wishes=said
    )
    with pytest.raises(InputError, match="wishes='unused'"):
        match_jointly(staff, [task_based()], on=ON)
    unused = evolve(task_based().policy, wishes="unused")
    assert len(match_jointly(staff, [task_based(policy=unused)], on=ON).matches) == 1
