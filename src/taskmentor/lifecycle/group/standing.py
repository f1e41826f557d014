"""A group as it stands after its last event, and what follows from that alone."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import pairwise

from attrs import frozen

from taskmentor.authorisation import Enrolment, Relation
from taskmentor.lifecycle.events import ProgrammeId, utc_day
from taskmentor.lifecycle.goals import Goal
from taskmentor.lifecycle.group.events import GroupId, GroupStepTaken
from taskmentor.lifecycle.group.moves import GroupRelation, GroupState
from taskmentor.lifecycle.group.terms import GroupTerms
from taskmentor.lifecycle.group.values import (
    LEARNING,
    TEACHING,
    Focus,
    GroupEnd,
    GroupSession,
    LoopStep,
    Member,
    MemberState,
    Place,
    Resource,
    Result,
    Role,
    SideSession,
    Story,
    Thread,
)
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.people import PersonId

__all__ = ["Group", "missing_of"]


@frozen(kw_only=True)
class Group:
    """One group as it stands after its last event.

    Attributes:
        id: Its id.
        state: Where it stands.
        version: The version of its last event.
        at: The time of its last event, as it was given.
        programme_id: The programme.
        focus: What it is around.
        initiator: In which relation it was formed.
        terms: What the programme demanded when it was formed.
        model_version: The version of the competency model that the levels are of.
        formed_by: Who formed it.
        formed_at: When.
        members: Everybody who was ever invited or joined, each as they stand last.
        goals: What each of those who learn is to reach, and how far it has come.
        started_at: When it began.
        ends_on: The end date that is planned.
        sessions: All sessions, in the order they were planned or logged.
        side_sessions: What mentors and mentees had by themselves, in the order it was logged (G3).
        steps: The steps of learning on the job that were taken (P6).
        threads: What members write about (D4).
        resources: What was shared (T20, D6).
        stories: What was fed back of a launch (P2).
        result: What became of the problem, as it was said last (P7).
        active_at: When somebody last gave a sign of life.
        idle_noticed_at: When notice was given that nobody has since.
        end_passed_on: The end date that was noted to have gone by.
        end_reason: Why it came to its end.
        closed_at: When.
        closed_by: Who took the last step.
        closed_because: The words given with that step.
    """

    id: GroupId
    state: GroupState
    version: int
    at: datetime
    programme_id: ProgrammeId
    focus: Focus
    initiator: Relation
    terms: GroupTerms
    model_version: str
    formed_by: PersonId
    formed_at: datetime
    active_at: datetime
    members: tuple[Member, ...]
    goals: tuple[Goal, ...] = ()
    started_at: datetime | None = None
    ends_on: date | None = None
    sessions: tuple[GroupSession, ...] = ()
    side_sessions: tuple[SideSession, ...] = ()
    steps: tuple[GroupStepTaken, ...] = ()
    threads: tuple[Thread, ...] = ()
    resources: tuple[Resource, ...] = ()
    stories: tuple[Story, ...] = ()
    result: Result | None = None
    idle_noticed_at: datetime | None = None
    end_passed_on: date | None = None
    end_reason: GroupEnd | None = None
    closed_at: datetime | None = None
    closed_by: PersonId | None = None
    closed_because: str = ""

    @property
    def dates(self) -> tuple[datetime, date]:
        """Return when a group that has started began, and the day on which it is to end."""
        assert self.started_at is not None, "a running group has started"
        assert self.ends_on is not None, "a running group has an end date"
        return self.started_at, self.ends_on

    @property
    def active(self) -> tuple[PersonId, ...]:
        """Return who has accepted a place and has not left, in the order of `members`."""
        return tuple(one.place.person_id for one in self.members if one.state is MemberState.ACTIVE)

    @property
    def missing_to_start(self) -> tuple[str, ...]:
        """Return what the terms ask for before it may start and is not there yet, in words."""
        return missing_of(self.terms, (one.place for one in self.members if one.state is MemberState.ACTIVE))

    @property
    def outstanding(self) -> tuple[Goal, ...]:
        """Return the goals of its learners that wait for a reassessment or a confirmation; of leavers none."""
        if not self.terms.reassessment:
            return ()
        there, confirmation = set(self.active), self.terms.confirmation
        return tuple(
            goal for goal in self.goals if goal.person_id in there and goal.is_outstanding(confirmation=confirmation)
        )

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """Return what the terms ask for of sessions and was not held yet, in words."""
        counted, least = sum(one.quorate for one in self.sessions), self.terms.least_sessions
        return (f"{counted} of {least} sessions with a quorum",) if counted < least else ()

    @property
    def enrolments(self) -> tuple[Enrolment, ...]:
        """Return each mentor's part in what each mentee learns, by which an authority says who may see what."""
        there = [one for one in self.members if one.state is MemberState.ACTIVE]
        since = {one.place.person_id: utc_day(one.since) for one in there if one.place.role in LEARNING}
        learnt = dict.fromkeys((goal.person_id, goal.scope.skill_id) for goal in self.goals)  # some of them twice
        return tuple(
            Enrolment(
                programme_id=self.programme_id,
                mentee_id=mentee_id,
                mentor_id=mentor.place.person_id,
                skill_id=skill_id,
                from_on=max(since[mentee_id], utc_day(mentor.since)),
                started_on=None if self.started_at is None else utc_day(self.started_at),
                until_on=None if self.closed_at is None else utc_day(self.closed_at),
            )
            for mentee_id, skill_id in learnt
            for mentor in there
            if mentee_id in since and mentor.place.role in TEACHING
        )

    def member(self, person_id: str) -> Member | None:
        """Return somebody in the group as they stand; None for those who never were in it."""
        return next((one for one in self.members if one.place.person_id == person_id), None)

    def relation_of(self, person_id: str) -> GroupRelation:
        """Return what the group itself knows somebody to be."""
        member = self.member(person_id)
        if member is None or member.state not in (MemberState.INVITED, MemberState.ACTIVE):
            return GroupRelation.OUTSIDER
        if member.state is MemberState.INVITED:
            return GroupRelation.INVITED
        if member.place.role is Role.FACILITATOR:
            return GroupRelation.FACILITATOR
        return GroupRelation.MENTOR if member.place.role in TEACHING else GroupRelation.MENTEE

    def goal(self, person_id: str, skill_id: str) -> Goal | None:
        """Return what somebody is to reach in a skill, the last such goal; None where there is none."""
        found = (one for one in reversed(self.goals) if (one.person_id, one.scope.skill_id) == (person_id, skill_id))
        return next(found, None)

    def session(self, number: int) -> GroupSession | None:
        """Return the session of that number if it is planned; None otherwise."""
        return next(
            (one for one in self.sessions if (one.number, one.state) == (number, SessionState.PLANNED)), None
        )  # fmt: skip

    def unlogged(self, at: datetime) -> tuple[GroupSession, ...]:
        """Return the planned sessions whose time has passed and of which nobody has said how they went."""
        moment = at.astimezone(UTC)
        return tuple(one for one in self.sessions if one.state is SessionState.PLANNED and one.ends_at <= moment)

    def attendance(self, person_id: str) -> tuple[int, int]:
        """Return how many sessions somebody came to, and how many they missed while they were a member."""
        expected = [one for one in self.sessions if person_id in one.expected]
        came = sum(person_id in one.attended for one in expected)
        return came, len(expected) - came

    def next_steps(self, person_id: str) -> tuple[LoopStep, ...]:
        """Return the steps that somebody may take now: to learn at first, then the same again or the next one (P6)."""
        taken = [step.step for step in self.steps if step.actor == person_id]
        return (taken[-1], taken[-1].following) if taken else (LoopStep.LEARN,)

    def loops(self, person_id: str) -> int:
        """Return how often somebody has gone all the way from learning to adjusting (P6)."""
        taken = [step.step for step in self.steps if step.actor == person_id]
        return sum((before, step) == (LoopStep.SHARE, LoopStep.ADJUST) for before, step in pairwise(taken))


def missing_of(terms: GroupTerms, places: Iterable[Place]) -> tuple[str, ...]:
    """Return what terms ask for of a group and some places do not hold, in words.

    Args:
        terms: The terms.
        places: The places of those who are there.
    """
    there = [*places]
    departments = {one.department for one in there} - {""}  # of whom none is known, bring none
    counts = (
        ("mentors or experts", sum(one.role in TEACHING for one in there), terms.min_mentors),
        ("mentees or peers", sum(one.role in LEARNING for one in there), terms.min_mentees),
        ("facilitators", sum(one.role is Role.FACILITATOR for one in there), int(terms.facilitator)),
        ("departments", len(departments) or int(bool(there)), terms.min_departments),
    )
    return tuple(f"{n} of {least} {what}" for what, n, least in counts if n < least)
