"""Booked sessions and groups are measured beside engagements: ties, partners, outcomes, waiting, places, problems."""

from datetime import date, timedelta

import pytest
from attrs import evolve

from taskmentor.authorisation import Authority, Grant, Relation
from taskmentor.lifecycle.booking import Booking, BookingId, BookingState, BookingTerms
from taskmentor.lifecycle.events import ProgrammeId, Scope
from taskmentor.lifecycle.goals import Goal, GoalState
from taskmentor.lifecycle.group import (
    Focus,
    Group,
    GroupId,
    GroupPurpose,
    GroupState,
    GroupTerms,
    Member,
    MemberState,
    Place,
    Role,
)
from taskmentor.lifecycle.group.values import GroupSession, Result, SideSession
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.outcomes import (
    Mentoring,
    Period,
    activity,
    asked_as_gaps,
    coaching_record,
    mentoring_ties,
    network_reach,
    outcomes_to,
    partners,
    problem_outcomes,
    report,
    skill_changes,
    waits,
    who_do_i_know,
    with_outcomes,
    worked_together,
)
from taskmentor.outcomes.load import places_held
from taskmentor.outcomes.mentoring import known_here, meetings
from taskmentor.proficiency import gaps
from tests.organisations import ON, organisation
from tests.outcomes.made import SINCE, at, engagement

PERIOD = Period(since=SINCE, on=ON)
STAFF = organisation(
    {
        "max": {"department": "data", "capacity": 2},
        "mia": {"department": "data", "role_id": "analyst", "manager_id": "mona"},
        "ben": {"department": "legal", "role_id": "analyst"},
        "fay": {"department": "board"},
        "mona": {},
        "pam": {},
    },
    requires={"analyst": {"sql": 3}},
    knows={"max": {"sql": 5}, "ben": {"sql": 2}},
)
MAX, MIA, BEN, FAY = (PersonId(name) for name in ("max", "mia", "ben", "fay"))
FIRST, SECOND = SINCE + timedelta(days=10), SINCE + timedelta(days=20)


def booked(
    mentee: PersonId = MIA, state: BookingState = BookingState.HELD, day: date = FIRST, **more: object
) -> Booking:
    is_open = state in (BookingState.BOOKED, BookingState.MOVED, BookingState.REQUESTED)
    skill = more.get("skill", "sql")
    return Booking(
        id=BookingId(f"b-{mentee}-{state}-{day}"),
        state=state,
        version=1,
        at=at(day),
        mentee_id=mentee,
        mentor_id=MAX,
        programme_id=ProgrammeId("micro"),
        terms=BookingTerms(takes_place=bool(more.get("takes_place"))),
        booked_at=at(SINCE),
        asked_at=at(SINCE),
        starts_at=at(day),
        minutes=20,
        skill_id=None if skill is None else SkillId(str(skill)),
        closed_at=None if is_open else at(day, 10),
    )


def met(number: int, day: date, *attended: PersonId, state: SessionState = SessionState.HELD) -> GroupSession:
    return GroupSession(number=number, starts_at=at(day), minutes=60, state=state, attended=attended)


SCOPE = Scope(skill_id=SkillId("sql"), from_level=1, target_level=3)
ROLES = {MAX: Role.MENTOR, MIA: Role.MENTEE, BEN: Role.PEER, FAY: Role.FACILITATOR}


def grouped(**changes: object) -> Group:
    goal = Goal(
        person_id=MIA, scope=SCOPE, state=GoalState.CONFIRMED, reassessed_level=3, reassessed_on=SECOND,
        confirmed_level=3, confirmed_by=PersonId("mona"), confirmed_at=at(SECOND, 15),
    )  # fmt: skip
    members = tuple(
        Member(
            place=Place(
                person_id=person, role=role, department=STAFF.people[STAFF.people.code(person)].department,
                scopes=(SCOPE,) if role in (Role.MENTEE, Role.PEER) else (),
            ),
            state=MemberState.ACTIVE,
            since=at(SINCE),
            joined_at=at(SINCE),
        )
        for person, role in ROLES.items()
    )  # fmt: skip
    facts: dict[str, object] = {
        "id": GroupId("g-1"), "state": GroupState.RUNNING, "version": 9, "at": at(SECOND), "active_at": at(SECOND),
        "programme_id": ProgrammeId("problems"),
        "focus": Focus(skill_ids=(SkillId("sql"),), problem="Returns take three weeks."),
        "initiator": Relation.PROGRAMME_MANAGER, "terms": GroupTerms(purpose=GroupPurpose.PROBLEM),
        "model_version": "", "formed_by": PersonId("pam"), "formed_at": at(SINCE), "members": members,
        "goals": (goal, Goal(person_id=BEN, scope=SCOPE)), "started_at": at(FIRST), "ends_on": ON,
        "sessions": (met(1, FIRST, MAX, MIA), met(2, SECOND, MAX, MIA, BEN, FAY)),
    }  # fmt: skip
    return Group(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_session_that_was_held_is_a_tie_and_one_that_was_missed_is_none() -> None:
    """U8: the unit is the session, and many of them make many partners."""
    known = [booked(), booked(BEN, BookingState.MISSED), booked(BEN, BookingState.CANCELLED), booked(day=SECOND)]
    worked = worked_together(STAFF, known)
    assert worked.day.tolist() == [FIRST, SECOND]
    found = partners(STAFF, known, "max", on=ON)
    assert (found.distinct, found.times, found.mentees) == (1, 2, 1)
    assert partners(STAFF, [*known, booked(BEN)], "max", on=ON).distinct == 2


def test_in_a_group_those_who_met_know_each_other_from_the_first_session_of_both() -> None:
    """Peers too; a facilitator taught nobody anything."""
    ties = mentoring_ties(STAFF, [grouped()])
    found = {frozenset(pair): day.item() for pair, day in zip(ties.pairs(STAFF), ties.day, strict=True)}
    assert found == {
        frozenset((MAX, MIA)): FIRST,
        frozenset((MAX, BEN)): SECOND,
        frozenset((MIA, BEN)): SECOND,
    }
    assert network_reach(STAFF, [grouped()], PERIOD).new_across == 2
    assert [one.person_id for one in who_do_i_know(STAFF, [grouped()], "mia", "sql", on=ON, at_least=2)] == [MAX, BEN]
    found_partners = partners(STAFF, [grouped()], "mia", on=ON)
    assert (found_partners.distinct, found_partners.mentors, found_partners.mentees) == (2, 1, 0)


def test_a_goal_that_was_confirmed_in_a_group_is_an_outcome() -> None:
    """T13, T14: and the gap is closed."""
    mentee, *others = skill_changes(STAFF, [grouped(), booked()], PERIOD)
    assert (mentee.engagement_id, mentee.person_id, mentee.levels, mentee.reached) == ("g-1", MIA, 2, True)
    assert others == []
    after = with_outcomes(STAFF, [grouped(), booked()])
    assert [gap.person_id for gap in gaps(after, on=ON)] == [BEN]
    assert with_outcomes(after, [grouped()]) is after


def test_whoever_learns_in_a_group_has_been_served_from_its_start() -> None:
    waited = {one.person_id: one.served_on for one in waits(asked_as_gaps(STAFF, [SINCE]), [grouped()], on=ON)}
    assert waited == {BEN: FIRST, MIA: FIRST}
    not_begun = grouped(started_at=None, state=GroupState.FORMING)
    assert not waits(asked_as_gaps(STAFF, [SINCE]), [not_begun, booked()], on=ON).served.any()


@pytest.mark.parametrize(
    ("one", "places"),
    [
        (grouped(), 1),
        (grouped(closed_at=at(SECOND), state=GroupState.CLOSED), 0),
        (booked(state=BookingState.BOOKED, day=ON, takes_place=True), 1),
        (booked(state=BookingState.BOOKED, day=ON), 0),
        (booked(takes_place=True), 0),
        (engagement("mia", "max"), 1),
    ],
)
def test_one_capacity_holds_for_engagements_groups_and_sessions(one: Mentoring, places: int) -> None:
    assert places_held(STAFF, [one], on=ON)[STAFF.people.code("max")] == places
    assert places_held(STAFF, [one], on=SINCE - timedelta(days=1)).sum() == 0


def test_sessions_of_every_kind_are_counted() -> None:
    side = SideSession(mentor_id=MAX, mentee_id=BEN, starts_at=at(SECOND), minutes=15)
    planned = (*grouped().sessions, met(3, ON - timedelta(days=1), state=SessionState.PLANNED))
    known: list[Mentoring] = [
        grouped(sessions=planned, side_sessions=(side,)),
        booked(),
        booked(BEN, BookingState.MISSED),
    ]
    found = activity(known, PERIOD, smallest=1)
    assert (found.held, found.missed, found.unlogged, found.minutes) == (4, 1, 1, 155)
    assert len([*meetings(known)]) == 6
    record = coaching_record(STAFF, known, "max", on=ON)
    assert (record.sessions, record.minutes, record.mentees, record.engagements) == (4, 155, 2, 0)
    assert record.skills == ("sql",)


def test_of_several_skills_a_session_is_about_none() -> None:
    both = grouped(focus=Focus(problem="Returns take three weeks."))
    assert {meeting.skill_id for meeting in meetings([both, booked(skill=None)])} == {None}
    assert partners(STAFF, [both], "mia", on=ON).skills == 0


def test_what_became_of_a_problem_is_an_outcome_too() -> None:
    """P7: the effect on the business, as it was measured."""
    result = Result(resolved=True, measure="days until money is back", before=21, after=8)
    (found,) = problem_outcomes([grouped(result=result), grouped(focus=Focus(skill_ids=(SkillId("sql"),)))])
    assert (found.resolved, found.change, found.members, found.departments, found.sessions) == (True, -13, 4, 3, 2)
    assert str(found) == "Returns take three weeks.: resolved; days until money is back: 21 before, 8 after"
    (open_one,) = problem_outcomes([grouped()])
    assert (open_one.resolved, open_one.change) == (None, None)
    assert str(open_one) == "Returns take three weeks.: open"


def test_a_manager_reads_of_a_goal_in_a_group_and_a_colleague_does_not() -> None:
    pam = Grant(person_id=PersonId("pam"), relation=Relation.PROGRAMME_MANAGER, from_on=SINCE)
    authority = Authority(organisation=STAFF, grants=(pam,))
    for reader in ("mia", "mona"):
        (change,) = outcomes_to(reader, "mia", STAFF, [grouped()], PERIOD, authority=authority).changes
        assert change.confirmed == 3
    assert outcomes_to("ben", "ben", STAFF, [grouped()], PERIOD, authority=authority).changes == ()
    assert outcomes_to("fay", "fay", STAFF, [grouped()], PERIOD, authority=authority).changes == ()


def test_what_the_organisation_does_not_know_is_counted_apart() -> None:
    lost = grouped(focus=Focus(skill_ids=(SkillId("lost-art"),)))
    known = booked(skill=None)
    assert known_here(STAFF, [lost, known, booked(PersonId("zoe"))]) == [known]
    found = report(STAFF, [grouped(), booked(), lost, engagement("mia", "max")], PERIOD)
    assert (found.engagements, found.bookings, found.groups, found.strangers) == (1, 1, 1, 1)
    assert "1 engagement, 1 booked session, 1 group. 1 other of people or skills no longer known." in str(found)


@pytest.mark.parametrize(
    ("state", "joined", "since", "served"),
    [
        (MemberState.ACTIVE, SECOND, SECOND, SECOND),
        (MemberState.LEFT, SINCE, SECOND, FIRST),
        (MemberState.LEFT, SECOND, ON, SECOND),
        (MemberState.LEFT, SINCE, SINCE, None),
        (MemberState.LEFT, None, SECOND, None),
        *[(one, None, SINCE, None) for one in (MemberState.INVITED, MemberState.DECLINED, MemberState.LAPSED)],
    ],
)
def test_a_group_serves_those_alone_who_are_members_and_from_then_on(
    state: MemberState, joined: date | None, since: date, served: date | None
) -> None:
    """Whoever said no to a place waits on, and whoever came later was not served before."""
    members = tuple(
        evolve(one, state=state, since=at(since), joined_at=None if joined is None else at(joined))
        if one.place.person_id == BEN
        else one
        for one in grouped().members
    )
    waited = waits(asked_as_gaps(STAFF, [SINCE]), [grouped(members=members)], on=ON)
    assert {one.person_id: one.served_on for one in waited}[BEN] == served
    again = tuple(evolve(one, earlier=one.stays, joined_at=None, state=MemberState.INVITED) for one in members)
    waited = waits(asked_as_gaps(STAFF, [SINCE]), [grouped(members=again)], on=ON)
    assert {one.person_id: one.served_on for one in waited}[BEN] == served, "a new invitation takes nothing away"
