"""Outcomes as one reader may see them: somebody's own, or those of a group that is large enough."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date

from attrs import frozen

from taskmentor import authorisation
from taskmentor.authorisation import Allow, Authority, DataAction, Deny, PersonData
from taskmentor.errors import NotAuthorisedError
from taskmentor.lifecycle.disclosure import seen_by
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.group import Group, group_seen_by, relations_in_group
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.outcomes.acquaintance import Contact, Partners, partners, who_do_i_know
from taskmentor.outcomes.breakdowns import Amounts, Breakdown, By, breakdown
from taskmentor.outcomes.change import SkillChange, skill_changes
from taskmentor.outcomes.mentoring import Mentoring
from taskmentor.outcomes.period import Period
from taskmentor.outcomes.record import CoachingRecord, coaching_record

__all__ = ["PersonalOutcomes", "breakdown_to", "outcomes_to", "who_do_i_know_to"]


@frozen(kw_only=True)
class PersonalOutcomes:
    """What mentoring has done for one person, as a reader may see it.

    Attributes:
        person_id: The person.
        period: The period of the changes; the rest is as of its last day.
        changes: How their levels changed, as mentee and as mentor; of what the reader may not see nothing is told.
        record: What they have done as a mentor.
        partners: Whom they have worked with, as counts.
        logged: Whether the read must be put on record.
    """

    person_id: PersonId
    period: Period
    changes: tuple[SkillChange, ...]
    record: CoachingRecord
    partners: Partners
    logged: bool


def outcomes_to(
    reader: str,
    person_id: str,
    organisation: Organisation,
    known: Iterable[Mentoring],
    period: Period,
    *,
    authority: Authority,
) -> PersonalOutcomes:
    """Return what mentoring has done for one person, with nothing in it that a reader may not see.

    Of each engagement and group only what `lifecycle.seen_by` and `group_seen_by` leave the reader counts for the
    changes. What sessions and the levels of mentees would tell is in the coaching record for the mentor alone, and for
    auditors.

    Args:
        reader: Who asks.
        person_id: Of whom.
        organisation: The organisation.
        known: Engagements, booked sessions and groups.
        period: The period; rights are those of its last day.
        authority: Says who may see what.

    Raises:
        NotAuthorisedError: If the reader may not read this person's outcomes.
        UnknownIdError: If nobody has this id, and the reader might read of them.
    """
    answer = authority.authorise(reader, DataAction.READ_OUTCOMES, PersonData(person_id=person_id), period.on)
    if isinstance(answer, Deny):
        raise NotAuthorisedError(DataAction.READ_OUTCOMES, reader, answer.needed)
    given = [*known]
    seen = given if answer.logged else [*_seen(given, person_id, reader, authority, period.on)]
    record = coaching_record(organisation, given, person_id, on=period.on)
    return PersonalOutcomes(
        person_id=PersonId(person_id),
        period=period,
        changes=tuple(one for one in skill_changes(organisation, seen, period) if one.person_id == person_id),
        record=record if answer.logged or reader == person_id else record.without_mentees(),
        partners=partners(organisation, given, person_id, on=period.on),
        logged=answer.logged,
    )


def _seen(
    known: Iterable[Mentoring], person_id: str, reader: str, authority: Authority, on: date
) -> Iterator[Mentoring]:
    """Yield the engagements and groups in which somebody takes part, as a reader may see them."""
    for one in known:
        if isinstance(one, Engagement) and person_id in (one.mentee_id, one.mentor_id):
            if held := authority.relations(reader, one, on):
                yield seen_by(one, reader, held)
        elif isinstance(one, Group) and one.member(person_id) is not None:
            held_in_group = relations_in_group(authority, one, reader, on, member_id=person_id)
            with suppress(NotAuthorisedError):
                yield group_seen_by(one, reader, held_in_group, member_id=person_id)


def who_do_i_know_to(
    reader: str,
    organisation: Organisation,
    known: Iterable[Mentoring],
    skill_id: str,
    *,
    on: date,
    authority: Authority,
    at_least: int | None = None,
) -> tuple[Contact, ...]:
    """Return whom a reader knows who can help with a skill, with nothing in it that they may not see; see `told`.

    Args:
        reader: Who asks, for themselves.
        organisation: The organisation.
        known: Engagements, booked sessions and groups.
        skill_id: The skill.
        on: The day.
        authority: Says whose levels the reader may read.
        at_least: The level to be confirmed at; one above the reader's own unless given.

    Raises:
        UnknownIdError: If the reader, the skill or the level is unknown.
    """

    def may_read(person_id: PersonId) -> bool:
        data = PersonData(person_id=person_id, skill_id=skill_id)
        return isinstance(authority.authorise(reader, DataAction.READ_MANAGER_ASSESSMENT, data, on), Allow)

    found = who_do_i_know(organisation, known, reader, skill_id, on=on, at_least=at_least)
    # Those told alike are told once, in an order that says nothing of levels.
    told = {contact.told(may_read) for contact in found}
    return tuple(sorted(told, key=lambda one: (one.distance, one.through, one.person_id or "")))


def breakdown_to(
    reader: str, amounts: Amounts, by: By, *, on: date, authority: Authority, and_by: By | None = None
) -> Breakdown:
    """Return numbers added up by groups, for those who may read aggregates, with small groups kept back.

    Args:
        reader: Who asks.
        amounts: The numbers.
        by: The first column.
        on: The day as of which the reader has the right.
        authority: Says who may read aggregates, and of how many people.
        and_by: A second column.

    Raises:
        NotAuthorisedError: If the reader may not read aggregates, or the numbers are about too few people.
    """
    people = amounts.organisation.people
    about = authorisation.Group(frozenset(people.ids[amounts.person].tolist()))
    answer = authority.authorise(reader, DataAction.READ_AGGREGATE, about, on)
    if isinstance(answer, Deny):
        raise NotAuthorisedError(DataAction.READ_AGGREGATE, reader, answer.needed)
    return breakdown(amounts, by, and_by=and_by, smallest=authority.smallest_group)
