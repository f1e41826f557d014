"""What somebody has done as a mentor: practice for leading others, and what they were thanked for (T15, T16, T18)."""

from collections.abc import Iterable
from datetime import date

from attrs import evolve, frozen

from taskmentor.lifecycle.events import PracticeKind, utc_day
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.outcomes.mentoring import Mentoring, engagements_in, meetings
from taskmentor.outcomes.wording import counted

__all__ = ["CoachingRecord", "coaching_record"]


@frozen(kw_only=True)
class CoachingRecord:
    """What somebody has done as a mentor until a day.

    Attributes:
        person_id: Who.
        on: The day.
        asked: How often they were proposed, which is a recognition in itself (T16).
        engagements: How many began.
        mentees: With how many people, in engagements and in sessions of any kind.
        teams: Of how many departments these are.
        skills: In which skills, sorted.
        first_on: The first day; None before there is one.
        last_on: The last day on which one began.
        completed: How many were completed.
        recognitions: How often they were thanked.
        sessions: How many sessions they held, booked ones and those of groups among them; None where the reader may not
            see it.
        minutes: How long these were; None where the reader may not see it.
        shadowing: Minutes in which mentees watched them; None where the reader may not see it.
        practising: Minutes in which mentees practised; None where the reader may not see it.
        levels: Levels that their mentees' managers confirmed, which count for both (T15); None where the reader may not
            see it.
    """

    person_id: PersonId
    on: date
    asked: int
    engagements: int
    mentees: int
    teams: int
    skills: tuple[SkillId, ...]
    first_on: date | None
    last_on: date | None
    completed: int
    recognitions: int
    sessions: int | None
    minutes: int | None
    shadowing: int | None
    practising: int | None
    levels: int | None

    def without_mentees(self) -> "CoachingRecord":
        """Return the record with nothing that sessions or levels of the mentees would tell."""
        return evolve(self, sessions=None, minutes=None, shadowing=None, practising=None, levels=None)

    def __str__(self) -> str:
        parts = [
            f"{counted(self.engagements, 'engagement')} with {counted(self.mentees, 'mentee')} of "
            f"{counted(self.teams, 'department')}",
            f"{self.completed:,} completed",
            f"thanked {counted(self.recognitions, 'time')}",
        ]
        if self.sessions is not None and self.minutes is not None:
            parts.append(f"{counted(self.sessions, 'session')} ({self.minutes:,} minutes)")
        if self.levels is not None:
            parts.append(f"{counted(self.levels, 'level')} confirmed")
        return f"{self.person_id} as a mentor until {self.on}: {', '.join(parts)}"


def coaching_record(
    organisation: Organisation, known: Iterable[Mentoring], person_id: str, *, on: date
) -> CoachingRecord:
    """Return what somebody has done as a mentor until a day; days are those of UTC.

    Args:
        organisation: Tells the mentees' departments.
        known: Engagements, booked sessions and groups.
        person_id: Who.
        on: The day.

    Raises:
        UnknownIdError: If somebody is not in the organisation.
    """
    people = organisation.people
    me = people.id(people.code(person_id))
    given = [*known]
    mine = [one for one in engagements_in(given) if one.mentor_id == me and utc_day(one.proposed_at) <= on]
    begun = [one for one in mine if one.started_at is not None and utc_day(one.started_at) <= on]
    held = [
        meeting
        for meeting in meetings(given)
        if meeting.state is SessionState.HELD and me in meeting.teaching and utc_day(meeting.starts_at) <= on
    ]
    mentees = {one.mentee_id for one in begun}.union(*(meeting.learning for meeting in held))
    about = {one.scope.skill_id for one in begun} | {one.skill_id for one in held if one.skill_id is not None}
    days = sorted(utc_day(one.started_at) for one in begun if one.started_at is not None)
    closed = [one for one in begun if one.closed_at is not None and utc_day(one.closed_at) <= on]
    completed = [one for one in closed if one.state is State.COMPLETED]
    practised = [record for one in begun for record in one.practice if record.day <= on]
    return CoachingRecord(
        person_id=me,
        on=on,
        asked=len(mine),
        engagements=len(begun),
        mentees=len(mentees),
        teams=len({people.department.label(people.code(one)) for one in mentees}),
        skills=tuple(sorted(about)),
        first_on=days[0] if days else None,
        last_on=days[-1] if days else None,
        completed=len(completed),
        recognitions=sum(utc_day(thanks.at) <= on for one in mine for thanks in one.recognitions),
        sessions=len(held),
        minutes=sum(session.minutes for session in held),
        shadowing=sum(record.minutes for record in practised if record.kind is PracticeKind.SHADOWING),
        practising=sum(record.minutes for record in practised if record.kind is PracticeKind.PRACTISING),
        levels=sum(one.change or 0 for one in completed if one.confirmed_level is not None),
    )
