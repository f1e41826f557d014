"""A year of mentoring in the sample organisation: what twelve months of programmes change.

    python examples/sample_year.py --seed 1

Everything that happens is decided by the library and by a table of chances; the same seed gives the same year.
"""

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from attrs import define, evolve, field, frozen

from taskmentor import authorisation, lifecycle, outcomes
from taskmentor.authorisation import Approver, Relation
from taskmentor.errors import RefusedError
from taskmentor.formats import read_organisation
from taskmentor.lifecycle import Engagement, Event, State
from taskmentor.lifecycle.booking import (
    Book,
    Booking,
    BookingAction,
    BookingId,
    BookingState,
    GiveFeedback,
    HoldBooking,
    MissBooking,
    OtherBookings,
    decide_booking,
    evolve_booking,
)
from taskmentor.lifecycle.group import (
    GROUP_FINAL,
    AcceptPlace,
    CloseGroup,
    ConfirmGoal,
    DeclinePlace,
    FinishGroup,
    Focus,
    Group,
    GroupAction,
    GroupEnd,
    GroupState,
    LogGroupSession,
    MemberState,
    ReassessGoal,
    RecordGroupLeaver,
    StartGroup,
    decide_group,
    evolve_group,
    relations_in_group,
    tick_group,
)
from taskmentor.matching.directory import find_mentors
from taskmentor.matching.groups import GroupSearch, Topic, form_groups
from taskmentor.models import Organisation, PersonId, SkillId
from taskmentor.models.organisation import EngagedRow, PairList
from taskmentor.proficiency import SkillGap, gaps
from taskmentor.programmes import (
    Format,
    Programme,
    group,
    group_of,
    knowledge_transfer,
    micromentoring,
    reverse,
    task_based,
)
from taskmentor.rounds import Round, match
from taskmentor.sample import folder

FIRST, WEEKS = date(2026, 10, 5), 52
PROGRAMME_MANAGER = PersonId("p-0006")
LEAVERS, NOTICE_DAYS = 3, 60

CHANCES = {
    "answers this week": 75,
    "says yes": 85,
    "is content after the intro meeting": 95,
    "comes to the session": 88,
    "logs the session": 92,
    "goes on": 98,
    "reaches the target": 80,
    "is confirmed": 85,
    "thanks the mentor": 50,
    "has learned as a mentor": 30,
    "books a session": 8,
}
"""How likely things are, in per cent; each is drawn anew for each engagement and week."""

REASONS = (lifecycle.EndReason.WORKLOAD, lifecycle.EndReason.TIME_ZONE, lifecycle.EndReason.GOALS_CHANGED)

STATES = {Format.SESSION: BookingState, Format.GROUP: GroupState}


@frozen(kw_only=True)
class Running:
    """A programme as it runs: when its rounds are.

    Attributes:
        programme: The programme.
        first_week: The week of its first round, 0 for the first.
        every_weeks: From one round to the next.
    """

    programme: Programme
    first_week: int = 0
    every_weeks: int = 4

    def has_round(self, week: int) -> bool:
        """Return whether there is a round in a week."""
        return week >= self.first_week and (week - self.first_week) % self.every_weeks == 0


PROGRAMMES = (
    Running(programme=reverse(), every_weeks=26),
    Running(programme=group(), first_week=1, every_weeks=26),
    Running(programme=knowledge_transfer(), first_week=2, every_weeks=13),
    Running(programme=task_based(), first_week=4),
    Running(programme=micromentoring(), every_weeks=1),
)


@define(kw_only=True)
class Year:
    """A year as it goes by.

    Attributes:
        seed: Draws everything that is left to chance.
        running: The programmes.
        begun_with: The organisation as it was.
        organisation: The organisation as it is, with what was confirmed.
        rounds: The rounds so far.
        logs: What has happened to each engagement.
        engagements: Each engagement as it stands.
        bookings: Each booked session as it stands.
        groups: Each group as it stands.
        leavers: Who leaves on which day; it is known some weeks before.
    """

    seed: int
    running: tuple[Running, ...]
    begun_with: Organisation
    organisation: Organisation
    rounds: list[Round] = field(factory=list)
    logs: dict[str, list[Event]] = field(factory=dict)
    engagements: dict[str, Engagement] = field(factory=dict)
    bookings: dict[str, Booking] = field(factory=dict)
    groups: dict[str, Group] = field(factory=dict)
    leavers: dict[PersonId, date] = field(factory=dict)

    @classmethod
    def of(cls, seed: int, running: tuple[Running, ...] = PROGRAMMES) -> "Year":
        """Return a year before its first day."""
        organisation = evolve(read_organisation(folder()), pins=PairList.empty())
        year = cls(seed=seed, running=running, begun_with=organisation, organisation=organisation)
        staff = [person.id for person in organisation.people if organisation.team(person.id, FIRST) == ()]
        for place in range(LEAVERS):
            leaver = staff.pop(year.drawn(len(staff), "who leaves", place))
            year.leavers[leaver] = FIRST + timedelta(weeks=10 + year.drawn(WEEKS - 12, "when", leaver))
        return year

    # --- chance

    def drawn(self, n: int, *about: object) -> int:
        """Return a number from 0 to n - 1, the same for the same seed and words."""
        words = "\0".join(map(str, (self.seed, *about)))
        return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") % n

    def chance(self, what: str, *about: object) -> bool:
        """Return whether something happens, as likely as the table says."""
        return self.drawn(100, what, *about) < CHANCES[what]

    # --- a week

    def pass_week(self, week: int) -> None:
        """Let a week go by: people leave, rounds are held, and every open engagement goes a step."""
        monday = FIRST + timedelta(weeks=week)
        self.ask_the_clock(at(monday, 6))
        self.announce_leavers(monday)
        for running in self.running:
            if running.programme.format is Format.SESSION:
                self.meet_shortly(running.programme, monday)
            elif running.has_round(week) and running.programme.format is Format.GROUP:
                self.form_groups(running.programme, monday)
            elif running.has_round(week):
                self.hold_round(running.programme, monday)
        self.ask_the_clock(at(monday, 10))
        for engagement in self.open():
            self.go_a_step(engagement.id, week, monday)
        for name in self.groups:
            self.meet_as_group(name, week, monday)

    def ask_the_clock(self, moment: datetime) -> None:
        """Let happen what time alone brings about."""
        for engagement in self.open():
            for event in lifecycle.tick(engagement, moment):
                self.record(event)

    def open(self) -> list[Engagement]:
        """Return the engagements that nothing has closed yet."""
        return [one for one in self.engagements.values() if one.state not in lifecycle.FINAL]

    def announce_leavers(self, monday: date) -> None:
        """Note who leaves soon, and let what they take part in end when they do."""
        people = self.organisation.people
        left_on = people.left_on.copy()
        for person, day in self.leavers.items():
            if day - timedelta(days=NOTICE_DAYS) <= monday:
                left_on[people.code(person)] = np.datetime64(day)
        self.organisation = evolve(self.organisation, people=evolve(people, left_on=left_on))
        for engagement in self.open():
            for person in (engagement.mentee_id, engagement.mentor_id):
                if (
                    self.leavers.get(person, date.max) <= monday
                    and self.current(engagement).state not in lifecycle.FINAL
                ):
                    self.part(engagement, person, monday)

        for one in self.open_groups():
            for person in one.active:
                if self.leavers.get(person, date.max) <= monday and self.groups[one.id].state not in GROUP_FINAL:
                    left = RecordGroupLeaver(person_id=person, left_on=self.leavers[person])
                    self.do_in_group(one.id, left, PROGRAMME_MANAGER, at(monday, 7))

    def part(self, engagement: Engagement, person: PersonId, monday: date) -> None:
        """End an engagement whose person has left; what only waits for the mentee's side goes on without the mentor."""
        waiting = (State.AWAITING_REASSESSMENT, State.AWAITING_CONFIRMATION)
        if person == engagement.mentor_id and engagement.state in waiting:
            return
        action = lifecycle.RecordLeaver(person_id=person, left_on=self.leavers[person])
        self.do(engagement, action, PROGRAMME_MANAGER, at(monday, 7))

    def hold_round(self, programme: Programme, monday: date) -> None:
        """Match what is asked for, beside all that is open, and propose it."""
        apart = lifecycle.not_again(self.engagements.values())
        blocked = self.organisation.pairs([*apart])
        blocks = self.organisation.blocks
        both = (np.append(getattr(blocks, name), getattr(blocked, name)) for name in ("mentee", "mentor", "skill"))
        beside = evolve(self.beside_all_that_is_open(), blocks=PairList(*both))
        held = match(beside, programme, on=monday, seed=self.seed)
        self.rounds.append(held)
        for proposal in held.proposals(at=at(monday, 8)):
            actor = self.who_proposes(proposal, monday)
            if actor is not None:
                self.do(None, proposal, actor, at(monday, 8))

    def beside_all_that_is_open(self) -> Organisation:
        """Return the organisation with the places that engagements and groups take; a group keeps its mentor busy."""
        rows = [EngagedRow(one.mentor_id, one.mentee_id, one.scope.skill_id) for one in self.open()]
        for one in self.open_groups():
            teachers = [member.place.person_id for member in one.members if member.place.teaches]
            rows += [
                EngagedRow(teacher, goal.person_id, goal.scope.skill_id) for teacher in teachers for goal in one.goals
            ]
        return self.organisation.engaging(rows)

    def who_proposes(self, proposal: lifecycle.Propose, monday: date) -> PersonId | None:
        """Return who proposes under the programme's terms."""
        if proposal.initiator is Relation.MENTEE:
            return proposal.mentee_id
        if proposal.initiator is Relation.MENTOR:
            return proposal.mentor_id
        if proposal.initiator is Relation.MANAGER:
            return next(iter(self.organisation.line_of_managers(proposal.mentee_id, monday)), None)
        return PROGRAMME_MANAGER

    # --- groups

    def open_groups(self) -> list[Group]:
        """Return the groups that nothing has closed yet."""
        return [one for one in self.groups.values() if one.state not in GROUP_FINAL]

    def form_groups(self, programme: Programme, monday: date) -> None:
        """Form groups around the skills that many lack, and invite their people."""
        assert programme.groups is not None, "a programme of groups says how they are formed"
        beside = self.beside_all_that_is_open()
        taken = {(one.mentee_id, one.scope.skill_id) for one in self.open()}
        lacking: dict[SkillId, list[str]] = {}
        for gap in gaps(beside, on=monday):
            if (gap.person_id, gap.skill_id) not in taken:
                lacking.setdefault(gap.skill_id, []).append(gap.person_id)
        topics = [Topic(id=skill, skills=(skill,), members=members) for skill, members in sorted(lacking.items())]
        found = form_groups(beside, programme.groups, topics, on=monday, search=GroupSearch(seed=self.seed))
        for formed in found.groups:
            action = group_of(
                self.organisation,
                programme,
                id=f"g-{formed.topic_id}-{monday}-{formed.members[0]}",
                focus=Focus(skill_ids=(SkillId(formed.topic_id),)),
                members=formed.members,
                experts=formed.experts,
                on=monday,
            )
            self.do_in_group(None, action, PROGRAMME_MANAGER, at(monday, 8))

    def meet_as_group(self, name: str, week: int, monday: date) -> None:
        """Let a group go a step: invitations, sessions, and in the end what each has reached."""
        for event in tick_group(self.groups[name], at(monday, 9)):
            self.groups[name] = evolve_group(self.groups[name], event)
        match self.groups[name].state:
            case GroupState.FORMING:
                self.answer_invitations(name, monday)
            case GroupState.RUNNING:
                self.learn_together(name, week, monday)
            case GroupState.REVIEWING:
                self.review(name, monday)

    def answer_invitations(self, name: str, monday: date) -> None:
        """Let everybody who is invited say yes or no, and begin once enough have said yes."""
        for member in self.groups[name].members:
            if member.state is MemberState.INVITED:
                yes = self.chance("says yes", name, member.place.person_id)
                action: GroupAction = AcceptPlace(place=member.place) if yes else DeclinePlace()
                self.do_in_group(name, action, member.place.person_id, at(monday, 10))
        now = self.groups[name]
        if not now.missing_to_start:
            ends_on = monday + timedelta(weeks=now.terms.weeks)
            self.do_in_group(name, StartGroup(ends_on=ends_on), PROGRAMME_MANAGER, at(monday, 11))
        else:
            self.do_in_group(name, CloseGroup(reason=GroupEnd.TOO_FEW), PROGRAMME_MANAGER, at(monday, 11))

    def learn_together(self, name: str, week: int, monday: date) -> None:
        """Let the session of the week take place; when the time is over, each says where they stand."""
        now = self.groups[name]
        came = tuple(one for one in now.active if self.chance("comes to the session", name, one, week))
        log = LogGroupSession(starts_at=at(monday, 13), minutes=60, attended=came)
        if came:
            self.do_in_group(name, log, came[0], at(monday, 15))
        _, ends_on = now.dates
        if monday < ends_on:
            return
        for goal in now.goals:
            if goal.person_id in now.active:
                reached = self.chance("reaches the target", name, goal.person_id)
                level = goal.scope.target_level if reached else goal.scope.target_level - 1
                said = ReassessGoal(skill_id=goal.scope.skill_id, level=level)
                self.do_in_group(name, said, goal.person_id, at(monday, 16))
        self.do_in_group(name, FinishGroup(), PROGRAMME_MANAGER, at(monday, 17))

    def review(self, name: str, monday: date) -> None:
        """Let managers confirm what was reached, and close the group."""
        for goal in self.groups[name].goals:  # where all is confirmed, the group closes by itself
            level, target = goal.reassessed_level, goal.scope.target_level
            manager = authorisation.confirmer(
                self.organisation, mentee_id=goal.person_id, mentor_id=self.teacher(name), on=monday
            )
            if manager is None or level is None or level < target:
                continue
            if self.chance("is confirmed", name, goal.person_id):
                word = ConfirmGoal(person_id=goal.person_id, skill_id=goal.scope.skill_id, level=target)
                self.do_in_group(name, word, manager, at(monday, 12), member_id=goal.person_id)
        if self.groups[name].state is GroupState.REVIEWING:
            self.do_in_group(name, CloseGroup(reason=GroupEnd.DONE), PROGRAMME_MANAGER, at(monday, 14))
        self.organisation = outcomes.with_outcomes(self.organisation, [self.groups[name]])

    def teacher(self, name: str) -> PersonId:
        """Return who teaches in a group of one mentor."""
        return next(one.place.person_id for one in self.groups[name].members if one.place.teaches)

    def do_in_group(
        self,
        name: str | None,
        action: GroupAction,
        actor: PersonId,
        moment: datetime,
        *,
        member_id: str | None = None,
    ) -> None:
        """Let somebody do something in a group, with the rights that they have on that day."""
        before = None if name is None else self.groups[name]
        held: frozenset[Relation] = frozenset({Relation.PROGRAMME_MANAGER} if actor == PROGRAMME_MANAGER else set())
        if before is not None:
            held |= relations_in_group(self.authority, before, actor, moment.date(), member_id=member_id)
        for event in decide_group(before, action, actor, held, moment):
            self.groups[event.group_id] = evolve_group(before, event)
            before = self.groups[event.group_id]

    @property
    def authority(self) -> authorisation.Authority:
        """Return who may do what, as of now."""
        return authorisation.Authority(organisation=self.organisation)

    # --- booked sessions

    def meet_shortly(self, programme: Programme, monday: date) -> None:
        """Let last week's sessions take place, and those with a gap book one for this week."""
        for name, booking in [*self.bookings.items()]:
            if booking.is_unlogged(at(monday, 8)):
                self.say_how_it_went(name, monday)
        for gap in gaps(self.organisation, on=monday):
            if self.chance("books a session", gap.person_id, gap.skill_id, monday):
                self.book(programme, gap, monday)

    def book(self, programme: Programme, gap: SkillGap, monday: date) -> None:
        """Book a session with the best mentor who is suggested and has time."""
        assert programme.booking_terms is not None, "a programme of sessions has terms for them"
        found = find_mentors(self.organisation, gap.person_id, gap.skill_id, on=monday, k=3, programme=programme)
        others = OtherBookings(bookings=tuple(self.bookings.values()))
        for mentor in found:
            hour = 9 + self.drawn(8, "when to meet", gap.person_id, gap.skill_id, monday)
            action = Book(
                booking_id=BookingId(f"b-{gap.person_id}-{gap.skill_id}-{monday}"),
                mentee_id=gap.person_id,
                mentor_id=mentor.mentor_id,
                programme_id=programme.id,
                starts_at=at(monday + timedelta(days=1 + self.drawn(4, "the day", gap.person_id, monday)), hour),
                minutes=programme.booking_terms.longest_minutes(),
                skill_id=gap.skill_id,
                level=gap.confirmed,
                terms=programme.booking_terms,
            )
            try:
                (event,) = decide_booking(None, action, gap.person_id, set(), at(monday, 9), others=others)
            except RefusedError:  # one of the two has another session then, or enough of them
                continue
            self.bookings[action.booking_id] = evolve_booking(None, event)
            return

    def say_how_it_went(self, name: str, monday: date) -> None:
        """Say that a session took place, and what it was worth, or that the mentee did not come."""
        booking = self.bookings[name]
        steps: list[tuple[BookingAction, PersonId]] = [(MissBooking(absent=(Relation.MENTEE,)), booking.mentor_id)]
        if self.chance("comes to the session", name):
            rating = GiveFeedback(rating=3 + self.drawn(3, "what it was worth", name))
            steps = [(HoldBooking(minutes=booking.minutes), booking.mentee_id), (rating, booking.mentee_id)]
        for action, actor in steps:
            (event,) = decide_booking(self.bookings[name], action, actor, set(), at(monday, 8))
            self.bookings[name] = evolve_booking(self.bookings[name], event)

    # --- an engagement

    def current(self, engagement: Engagement) -> Engagement:
        """Return an engagement as it stands now."""
        return self.engagements[engagement.id]

    def do(
        self,
        engagement: Engagement | None,
        action: lifecycle.Action,
        actor: PersonId,
        moment: datetime,
    ) -> None:
        """Let somebody do something, with the rights that they have on that day."""
        about = action if isinstance(action, lifecycle.Propose) else engagement
        assert about is not None, "only a proposal is made before there is an engagement"
        held = authorisation.relations(
            self.organisation,
            actor=actor,
            mentee_id=about.mentee_id,
            mentor_id=about.mentor_id,
            on=moment.date(),
            delegate=about.terms.delegate_on(moment.date()),
            programme_managers={PROGRAMME_MANAGER},
        )
        before = None if engagement is None else self.current(engagement)
        for event in lifecycle.decide(before, action, actor, held, moment):
            self.record(event)

    def record(self, event: Event) -> None:
        """Write an event into its log, and let the engagement become what follows."""
        self.logs.setdefault(event.engagement_id, []).append(event)
        before = self.engagements.get(event.engagement_id)
        self.engagements[event.engagement_id] = lifecycle.evolve(before, event)

    def go_a_step(self, name: str, week: int, monday: date) -> None:
        """Let the people of an engagement do what is theirs to do in a week."""
        for action, actor in self.steps(self.engagements[name], week, monday):
            self.do(self.engagements[name], action, actor, at(monday, 10))
        after = self.engagements[name]
        if after.state is State.COMPLETED and after.closed_at == at(monday, 10):
            self.close(after, monday)

    def steps(self, engagement: Engagement, week: int, monday: date) -> Iterator[tuple[lifecycle.Action, PersonId]]:
        """Yield what happens in a week, one after the other."""
        match engagement.state:
            case State.PROPOSED:
                yield from self.answers(engagement, week, monday)
            case State.ACCEPTED | State.INTRODUCED:
                yield from self.preparations(engagement, week, monday)
            case State.SCHEDULED:
                if monday >= engagement.dates[0]:
                    yield lifecycle.Start(), engagement.mentor_id
                    yield self.next_session(engagement, week, monday), engagement.mentee_id
            case State.ACTIVE:
                yield from self.practice(engagement, week, monday)
            case State.AWAITING_REASSESSMENT:
                reached = self.chance("reaches the target", engagement.id, len(engagement.returned))
                level = engagement.scope.target_level if reached else engagement.scope.target_level - 1
                yield lifecycle.Reassess(level=level), engagement.mentee_id
            case State.AWAITING_CONFIRMATION:
                yield from self.verdict(engagement, monday)

    def answers(self, engagement: Engagement, week: int, monday: date) -> Iterator[tuple[lifecycle.Action, PersonId]]:
        """Yield who says yes, or no, this week; whoever keeps silent lets the proposal expire in the end."""
        for approver in engagement.asked:
            actor = self.who_approves(engagement, approver, monday)
            if actor is None or not self.chance("answers this week", engagement.id, approver, week):
                continue
            yes = self.chance("says yes", engagement.id, approver)
            if approver in (Approver.MENTEE, Approver.MENTOR):
                yield lifecycle.Accept(scope=engagement.scope) if yes else lifecycle.Decline(), actor
            elif yes:
                yield lifecycle.Approve(approver=approver), actor
            else:
                yield lifecycle.Disapprove(approver=approver, reason="Needed elsewhere."), actor
            if not yes:
                return

    def who_approves(self, engagement: Engagement, approver: Approver, monday: date) -> PersonId | None:
        """Return whose yes is waited for."""
        if approver is Approver.MENTEE:
            return engagement.mentee_id
        if approver is Approver.MENTOR:
            return engagement.mentor_id
        if approver is Approver.MENTEES_MANAGER:
            return self.confirmer(engagement, monday)
        if approver is Approver.MENTORS_MANAGER:
            line = self.organisation.line_of_managers(engagement.mentor_id, monday)
            return next((one for one in line if one != engagement.mentee_id), None)
        return PROGRAMME_MANAGER

    def preparations(
        self, engagement: Engagement, week: int, monday: date
    ) -> Iterator[tuple[lifecycle.Action, PersonId]]:
        """Yield an intro meeting, training and an agreement where the terms ask for them, and the dates."""
        terms = engagement.terms
        if terms.intro_meeting and engagement.state is State.ACCEPTED:
            yield lifecycle.RecordIntro(), engagement.mentee_id
            if not self.chance("is content after the intro meeting", engagement.id):
                yield lifecycle.Decline(), engagement.mentee_id
            return
        if terms.training_hours:
            training = lifecycle.Training(completed_on=monday, hours=terms.training_hours)
            yield lifecycle.RecordTraining(training=training), PROGRAMME_MANAGER
        if terms.agreement and engagement.agreement is None:
            goal = f"Level {engagement.scope.target_level} of {engagement.scope.skill_id}"
            draft = lifecycle.DraftAgreement(agreement=lifecycle.Agreement(goals=(goal,)))
            yield draft, engagement.mentee_id
            yield lifecycle.SignAgreement(draft=self.current(engagement).version), engagement.mentor_id
        begins = monday + timedelta(weeks=1)
        yield lifecycle.Schedule(starts_on=begins, ends_on=terms.usual_end(begins)), engagement.mentee_id

    def practice(self, engagement: Engagement, week: int, monday: date) -> Iterator[tuple[lifecycle.Action, PersonId]]:
        """Yield how the last session went, the next one, and in the end that practice is over."""
        mentee, minutes = engagement.mentee_id, minutes_of(engagement)
        for session in engagement.unlogged(at(monday, 10)):
            if self.chance("logs the session", engagement.id, session.number):
                if self.chance("comes to the session", engagement.id, session.number):
                    yield lifecycle.HoldSession(session=session.number, minutes=minutes), mentee
                else:
                    yield lifecycle.MissSession(session=session.number, absent=(Relation.MENTEE,)), engagement.mentor_id
        yield from self.check_ins(engagement, monday)
        blocked = engagement.terms.shortfall is lifecycle.Shortfall.BLOCK and self.current(engagement).shortfalls
        if not self.chance("goes on", engagement.id, week):
            reason = REASONS[self.drawn(len(REASONS), "why it ends", engagement.id)]
            yield lifecycle.End(reason=reason), mentee
        elif monday >= engagement.dates[1] and not blocked:
            yield lifecycle.Finish(), mentee
        elif not any(one.ends_at > at(monday, 10) for one in engagement.sessions):
            yield self.next_session(engagement, week, monday), mentee

    def next_session(self, engagement: Engagement, week: int, monday: date) -> lifecycle.PlanSession:
        """Return the plan of the next session: at some hour of the week in which the rhythm wants it."""
        weeks = (engagement.terms.session_every_days or 7) // 7
        day = monday + timedelta(weeks=weeks - 1, days=self.drawn(5, "which day", engagement.id, week))
        hour = 11 + self.drawn(6, "which hour", engagement.id, week)
        together = engagement.terms.least_face_to_face > 0
        return lifecycle.PlanSession(starts_at=at(day, hour), minutes=minutes_of(engagement), face_to_face=together)

    def check_ins(self, engagement: Engagement, monday: date) -> Iterator[tuple[lifecycle.Action, PersonId]]:
        """Yield what the two say of how it is going, in the week in which they are asked to."""
        begun, _ = engagement.dates
        for days in engagement.terms.check_in_days:
            if timedelta(0) <= begun + timedelta(days=days) - monday < timedelta(weeks=1):
                for person in (engagement.mentee_id, engagement.mentor_id):
                    yield lifecycle.CheckIn(trust=4, communication=4, meetings=3, responsibilities=4), person

    def verdict(self, engagement: Engagement, monday: date) -> Iterator[tuple[lifecycle.Action, PersonId]]:
        """Yield what the manager says: reached, or back to practice once, or that it was enough."""
        manager = self.confirmer(engagement, monday)
        target, n_returned = engagement.scope.target_level, len(engagement.returned)
        reached = engagement.reassessed_level is not None and engagement.reassessed_level >= target
        if manager is None:
            yield lifecycle.End(reason=lifecycle.EndReason.OTHER), engagement.mentee_id
        elif reached and self.chance("is confirmed", engagement.id, n_returned):
            yield lifecycle.Confirm(level=target), manager
        elif n_returned == 0:
            yield lifecycle.Return(note="Not on your own yet."), manager
        else:
            yield lifecycle.End(reason=lifecycle.EndReason.NO_PROGRESS), engagement.mentee_id

    def confirmer(self, engagement: Engagement, monday: date) -> PersonId | None:
        """Return who confirms for the mentee on a day."""
        return authorisation.confirmer(
            self.organisation,
            mentee_id=engagement.mentee_id,
            mentor_id=engagement.mentor_id,
            on=monday,
            delegate=engagement.terms.delegate_on(monday),
        )

    def close(self, engagement: Engagement, monday: date) -> None:
        """Let the confirmed level become an assessment, and the two look back."""
        if self.chance("thanks the mentor", engagement.id):
            words = lifecycle.Recognise(words="You took your time.")
            self.do(engagement, words, engagement.mentee_id, at(monday, 11))
        highest = self.organisation.model.scale.highest
        if engagement.terms.mentor_reassessment and self.chance("has learned as a mentor", engagement.id):
            level = min(engagement.scope.target_level + 1, highest)
            self.do(engagement, lifecycle.ReassessAsMentor(level=level), engagement.mentor_id, at(monday, 12))
        self.organisation = outcomes.with_outcomes(self.organisation, [engagement])


def at(day: date, hour: int) -> datetime:
    """Return an hour of a day, in UTC."""
    return datetime.combine(day, time(hour), UTC)


def minutes_of(engagement: Engagement) -> int:
    """Return how long a session is: three quarters of an hour, or as long as may be."""
    return min(45, engagement.session_minutes or 45)


def live(seed: int = 1, running: tuple[Running, ...] = PROGRAMMES) -> Year:
    """Return a whole year."""
    year = Year.of(seed, running)
    for week in range(WEEKS):
        year.pass_week(week)
    return year


def told(year: Year) -> str:
    """Return what the year has changed, for reading."""
    period = outcomes.Period(since=FIRST, on=FIRST + timedelta(weeks=WEEKS))
    known: list[outcomes.Mentoring] = [
        *year.engagements.values(),
        *year.bookings.values(),
        *year.groups.values(),
    ]
    asked = outcomes.asked_in_rounds(year.begun_with, year.rounds)
    found = outcomes.report(year.organisation, known, period, asked=asked)
    states = Counter[tuple[str, str]]((one.programme_id, one.state) for one in year.engagements.values())
    states.update((one.programme_id, one.state) for one in year.bookings.values())
    states.update((one.programme_id, one.state) for one in year.groups.values())
    counts = f"{len(year.rounds)} rounds, {len(year.engagements)} engagements, {len(year.groups)} groups"
    lines = [f"{counts}, {len(year.bookings)} booked sessions, {len(year.leavers)} people left."]
    for running in year.running:
        programme = running.programme
        parts = [f"{n} {state}" for state in STATES.get(programme.format, State) if (n := states[programme.id, state])]
        lines.append(f"{programme.title}: {', '.join(parts)}.")
    return "\n".join([*lines, "", str(found)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A year of mentoring in the sample organisation.")
    parser.add_argument("--seed", type=int, default=1)
    sys.stdout.write(f"{told(live(parser.parse_args().seed))}\n")
