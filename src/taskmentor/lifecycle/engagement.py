"""An engagement as it stands after its last event, and what follows from that alone."""

from datetime import UTC, date, datetime, timedelta

from attrs import frozen

from taskmentor.authorisation import Approver, Enrolment, Relation
from taskmentor.lifecycle.checklist import ChecklistItem, ItemText
from taskmentor.lifecycle.events import (
    CheckedIn,
    EndReason,
    EngagementId,
    PracticeKind,
    PracticeRecorded,
    ProgrammeId,
    Recognised,
    Scope,
    utc_day,
)
from taskmentor.lifecycle.goals import Goal, GoalState
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.terms import Terms
from taskmentor.lifecycle.values import (
    Agreement,
    Exchange,
    Product,
    Session,
    SessionState,
    Training,
)
from taskmentor.models.people import PersonId

__all__ = ["Engagement", "first_day", "last_day"]


_BEFORE_REASSESSMENT = (State.ACTIVE, State.PAUSED, State.AWAITING_REASSESSMENT)


def first_day(at: datetime) -> date:
    """Return the earliest day that is today somewhere on Earth."""
    return (at.astimezone(UTC) - timedelta(hours=12)).date()


def last_day(at: datetime) -> date:
    """Return the latest day that is today somewhere on Earth, so that nobody east of UTC waits for their own day."""
    return (at.astimezone(UTC) + timedelta(hours=14)).date()


@frozen(kw_only=True)
class Engagement:
    """One engagement as it stands after its last event.

    Attributes:
        id: Its id.
        state: Where it stands.
        version: The version of its last event.
        at: The time of its last event, as it was given.
        mentee_id: Who learns.
        mentor_id: Who teaches.
        scope: The one skill, its levels and the behaviours to practise.
        programme_id: The programme.
        initiator: The relation in which it was proposed.
        terms: What the programme demanded when it was proposed.
        model_version: The version of the competency model that the levels are of.
        proposed_by: Who proposed.
        proposed_at: When.
        expected_confirmer_id: Who would have confirmed when it was proposed.
        continues: The engagement that was handed over to this one.
        mentee_accepted_at: When the mentee accepted and acknowledged the scope.
        mentor_accepted_at: When the mentor did.
        approved: Who else has said yes, in that order.
        accepted_at: When the last yes came.
        training: The mentor's training on record.
        course_completed_on: When the mentee completed the course that comes first.
        draft: What one side wrote and signed, and the other has not signed yet.
        draft_version: The version of the event that holds the draft.
        draft_by: Who wrote it.
        agreement: What both have signed.
        starts_on: The start date.
        ends_on: The end date that is planned.
        started_at: When it began.
        second_offer: A goal in the other direction that one side wrote down, and the other has not accepted yet.
        second_offer_version: The version of the event that holds it.
        second_offer_by: Who wrote it.
        second_goal: What the mentor is to reach, and how far it has come; the two have agreed on it (RV2).
        sessions: All sessions, in the order they were planned or logged.
        exchanges: What was exchanged without a time slot, in the order it was recorded (D4).
        practice: What was practised, in the order it was recorded.
        products: Work products and artefacts, in the order they were added.
        ticked_off: The items of the checklist that are seen to, in that order.
        overdue_items: The items whose day went by, as noted.
        check_ins: What each side said of how it is going.
        paused_at: When a pause began.
        paused_until: The day on which a pause ends.
        extension_until: The end date that one side asked for, and nobody has decided on.
        active_at: When somebody last gave a sign of life.
        idle_noticed_at: When notice was given that nobody has since.
        overdue: The check-in days that went by without a word, as noted.
        excused: The check-in days that fell into a pause.
        end_passed_on: The end date that was noted to have gone by.
        reassessed_level: The mentee's last reassessment.
        reassessed_on: The day of that reassessment.
        comments: What the mentor said of reassessments.
        returned: The notes with which it was sent back to practice.
        confirmed_level: The level that was confirmed.
        confirmed_by: Who confirmed.
        confirmed_at: When.
        recognitions: Who thanked the mentor, and how.
        mentor_level: The mentor's own level, as they saw it afterwards.
        mentor_reassessed_on: The day of that.
        end_reason: Why it ended after its start, if it did.
        successor_id: The engagement that goes on in its place.
        closed_at: When the last step was taken, once nothing can follow.
        closed_by: Who took the last step, once nothing can follow.
        closed_because: The words given with that step.
    """

    id: EngagementId
    state: State
    version: int
    at: datetime
    mentee_id: PersonId
    mentor_id: PersonId
    scope: Scope
    programme_id: ProgrammeId
    initiator: Relation
    terms: Terms
    model_version: str
    proposed_by: PersonId
    proposed_at: datetime
    expected_confirmer_id: PersonId | None = None
    continues: EngagementId | None = None
    mentee_accepted_at: datetime | None = None
    mentor_accepted_at: datetime | None = None
    approved: tuple[Approver, ...] = ()
    accepted_at: datetime | None = None
    training: Training | None = None
    course_completed_on: date | None = None
    draft: Agreement | None = None
    draft_version: int | None = None
    draft_by: PersonId | None = None
    agreement: Agreement | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    started_at: datetime | None = None
    second_offer: Scope | None = None
    second_offer_version: int | None = None
    second_offer_by: PersonId | None = None
    second_goal: Goal | None = None
    sessions: tuple[Session, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    practice: tuple[PracticeRecorded, ...] = ()
    products: tuple[Product, ...] = ()
    ticked_off: tuple[ItemText, ...] = ()
    overdue_items: tuple[ItemText, ...] = ()
    check_ins: tuple[CheckedIn, ...] = ()
    paused_at: datetime | None = None
    paused_until: date | None = None
    extension_until: date | None = None
    active_at: datetime
    idle_noticed_at: datetime | None = None
    overdue: tuple[date, ...] = ()
    excused: tuple[date, ...] = ()
    end_passed_on: date | None = None
    reassessed_level: int | None = None
    reassessed_on: date | None = None
    comments: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    confirmed_level: int | None = None
    confirmed_by: PersonId | None = None
    confirmed_at: datetime | None = None
    recognitions: tuple[Recognised, ...] = ()
    mentor_level: int | None = None
    mentor_reassessed_on: date | None = None
    end_reason: EndReason | None = None
    successor_id: EngagementId | None = None
    closed_at: datetime | None = None
    closed_by: PersonId | None = None
    closed_because: str = ""

    @property
    def goal(self) -> Goal:
        """Return what the mentee is to reach, and how far it has come."""
        practising = self.reassessed_level is None or self.state in _BEFORE_REASSESSMENT
        state = GoalState.PRACTISING if practising else GoalState.REASSESSED
        return Goal(
            person_id=self.mentee_id,
            scope=self.scope,
            state=state if self.confirmed_level is None else GoalState.CONFIRMED,
            reassessed_level=self.reassessed_level,
            reassessed_on=self.reassessed_on,
            returned=self.returned,
            confirmed_level=self.confirmed_level,
            confirmed_by=self.confirmed_by,
            confirmed_at=self.confirmed_at,
        )

    @property
    def open_items(self) -> tuple[ChecklistItem, ...]:
        """Return the items of the checklist that nobody has ticked off, in their order (D7)."""
        return tuple(item for item in self.terms.checklist if item.text not in self.ticked_off)

    @property
    def change(self) -> int | None:
        """Return by how many levels the skill changed: after minus before (T13); None before the reassessment."""
        return self.goal.change

    @property
    def dates(self) -> tuple[date, date]:
        """Return the start date and the end date of an engagement that is scheduled."""
        assert self.starts_on is not None, "a scheduled engagement has a start date"
        assert self.ends_on is not None, "a scheduled engagement has an end date"
        return self.starts_on, self.ends_on

    @property
    def enrolment(self) -> Enrolment:
        """Return the part that the two have in the programme, by which an authority says who may see what."""
        return Enrolment(
            programme_id=self.programme_id,
            mentee_id=self.mentee_id,
            mentor_id=self.mentor_id,
            skill_id=self.scope.skill_id,
            from_on=utc_day(self.proposed_at),
            started_on=None if self.started_at is None else utc_day(self.started_at),
            until_on=None if self.closed_at is None else utc_day(self.closed_at),
        )

    @property
    def outstanding(self) -> tuple[Approver, ...]:
        """Return whose yes is still to come, in the order of the terms."""
        order = self.terms.approvals or (Approver.MENTEE, Approver.MENTOR)
        accepted = {Approver.MENTEE: self.mentee_accepted_at, Approver.MENTOR: self.mentor_accepted_at}
        return tuple(one for one in order if one not in self.approved and accepted.get(one) is None)

    @property
    def asked(self) -> tuple[Approver, ...]:
        """Return whose yes is waited for now: the next one's where the terms state an order, else everybody's."""
        return self.outstanding[:1] if self.terms.approvals else self.outstanding

    @property
    def session_minutes(self) -> int | None:
        """Return the longest session that the programme and the agreement allow (U1); None for no limit."""
        own = None if self.agreement is None else self.agreement.session_minutes
        return min((minutes for minutes in (own, self.terms.session_minutes) if minutes is not None), default=None)

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """Return what the terms ask for of sessions, exchanges and items and is not there yet, in words."""
        held = [session for session in self.sessions if session.state is SessionState.HELD]
        together = sum(session.face_to_face for session in held)
        counts = (
            ("sessions", len(held), self.terms.least_sessions),
            ("meetings face to face", together, self.terms.least_face_to_face),
            ("exchanges", len(self.exchanges), self.terms.least_exchanges),
            ("items of the checklist", len(self.ticked_off), len(self.terms.checklist)),
        )
        return tuple(f"{n} of {least} {what}" for what, n, least in counts if n < least)

    def minutes(self, kind: PracticeKind) -> int:
        """Return how many minutes were recorded of one kind of practice (T11)."""
        return sum(record.minutes for record in self.practice if record.kind is kind)

    def session(self, number: int, state: SessionState = SessionState.PLANNED) -> Session | None:
        """Return the session of that number if it stands so; None otherwise."""
        return next((one for one in self.sessions if (one.number, one.state) == (number, state)), None)

    def unlogged(self, at: datetime) -> tuple[Session, ...]:
        """Return the planned sessions whose time has passed and of which nobody has said how they went."""
        moment = at.astimezone(UTC)
        return tuple(one for one in self.sessions if one.state is SessionState.PLANNED and one.ends_at <= moment)

    def attended(self, side: Relation) -> tuple[int, int]:
        """Return how many sessions one side came to, and how many it missed."""
        met = [one for one in self.sessions if one.state in (SessionState.HELD, SessionState.MISSED)]
        missed = sum(side in one.absent for one in met)
        return len(met) - missed, missed

    def side_of(self, person_id: str) -> Relation | None:
        """Return whether somebody is the mentee or the mentor; None for anybody else."""
        sides = {self.mentee_id: Relation.MENTEE, self.mentor_id: Relation.MENTOR}
        return sides.get(PersonId(person_id))
