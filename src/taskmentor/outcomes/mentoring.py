"""What may be measured: engagements, booked sessions and groups, as they stand, all together in any order."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from attrs import frozen

from taskmentor.lifecycle.booking import Booking, BookingState
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.group import Group
from taskmentor.lifecycle.group.values import LEARNING, TEACHING
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId

__all__ = ["Meeting", "Mentoring", "bookings_in", "engagements_in", "groups_in", "known_here", "meetings"]

Mentoring = Engagement | Booking | Group
"""One thing that people do together."""


def engagements_in(known: Iterable[Mentoring]) -> list[Engagement]:
    """Return the engagements among all that is known."""
    return [one for one in known if isinstance(one, Engagement)]


def bookings_in(known: Iterable[Mentoring]) -> list[Booking]:
    """Return the booked sessions among all that is known."""
    return [one for one in known if isinstance(one, Booking)]


def groups_in(known: Iterable[Mentoring]) -> list[Group]:
    """Return the groups among all that is known."""
    return [one for one in known if isinstance(one, Group)]


def known_here(organisation: Organisation, known: Iterable[Mentoring]) -> list[Mentoring]:
    """Return what is between people, and about skills, all of whom an organisation knows."""
    here = {*organisation.people.ids.tolist()}, {*organisation.model.skill_ids}
    return [one for one in known if all(some <= there for some, there in zip(_concerned(one), here, strict=True))]


def _concerned(one: Mentoring) -> tuple[set[str], set[str]]:
    match one:
        case Engagement():
            return {one.mentee_id, one.mentor_id}, {one.scope.skill_id}
        case Booking():
            return {one.mentee_id, one.mentor_id}, set() if one.skill_id is None else {one.skill_id}
    skills: set[str] = {*one.focus.skill_ids, *(goal.scope.skill_id for goal in one.goals)}
    people: set[str] = {member.place.person_id for member in one.members}
    return people, skills


@frozen(kw_only=True)
class Meeting:
    """One session of any kind, as far as it is measured.

    Attributes:
        state: Where it stands.
        starts_at: When it begins or began.
        minutes: How long it is or was.
        teaching: Who teaches; of a group's session that was held, who came of them.
        learning: Who learns; the same.
        skill_id: The one skill it was about; None where that is not one.
    """

    state: SessionState
    starts_at: datetime
    minutes: int
    teaching: tuple[PersonId, ...]
    learning: tuple[PersonId, ...]
    skill_id: SkillId | None


_BOOKED = {
    BookingState.HELD: SessionState.HELD,
    BookingState.MISSED: SessionState.MISSED,
    BookingState.BOOKED: SessionState.PLANNED,
    BookingState.MOVED: SessionState.PLANNED,
}


def meetings(known: Iterable[Mentoring]) -> Iterator[Meeting]:
    """Yield every session that was held, missed or is planned: of engagements, booked ones, and those of groups."""
    for one in known:
        match one:
            case Engagement():
                for held in one.sessions:
                    yield Meeting(
                        state=held.state,
                        starts_at=held.starts_at,
                        minutes=held.minutes,
                        teaching=(one.mentor_id,),
                        learning=(one.mentee_id,),
                        skill_id=one.scope.skill_id,
                    )
            case Booking():
                if one.state in _BOOKED:
                    yield Meeting(
                        state=_BOOKED[one.state],
                        starts_at=one.starts_at,
                        minutes=one.minutes,
                        teaching=(one.mentor_id,),
                        learning=(one.mentee_id,),
                        skill_id=one.skill_id,
                    )
            case _:
                yield from _of_group(one)


def _of_group(group: Group) -> Iterator[Meeting]:
    roles = {member.place.person_id: member.place.role for member in group.members}
    skill_id = group.focus.skill_ids[0] if len(group.focus.skill_ids) == 1 else None
    for session in group.sessions:
        there = session.attended if session.state is SessionState.HELD else group.active
        yield Meeting(
            state=session.state,
            starts_at=session.starts_at,
            minutes=session.minutes,
            teaching=tuple(person for person in there if roles.get(person) in TEACHING),
            learning=tuple(person for person in there if roles.get(person) in LEARNING),
            skill_id=skill_id,
        )
    for side in group.side_sessions:
        yield Meeting(
            state=SessionState.HELD,
            starts_at=side.starts_at,
            minutes=side.minutes,
            teaching=(side.mentor_id,),
            learning=(side.mentee_id,),
            skill_id=skill_id,
        )
