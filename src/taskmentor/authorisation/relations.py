"""What somebody is to an engagement on a day, from the organisation as of that day and the grants in force on it.

So a former manager has lost what a new one has, whatever was true when the engagement began.
"""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from attrs import frozen

from taskmentor.authorisation.words import PersonRelation, Relation
from taskmentor.errors import Fault, InputError, UnknownIdError, shown
from taskmentor.models.people import PersonId

__all__ = ["GRANTED", "Grant", "ReportingLines", "confirmer", "confirmers", "line_if_known", "relations"]

GRANTED: tuple[Relation | PersonRelation, ...] = (
    Relation.CONFIRMER,
    Relation.PROGRAMME_MANAGER,
    Relation.SYSTEM,
    PersonRelation.HR_ANALYST,
    PersonRelation.AUDITOR,
)
"""What a grant may make somebody; everything else follows from the organisation."""


class ReportingLines(Protocol):
    """What an organisation must tell: who manages whom on a day. `Organisation` does."""

    def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
        """Return the managers of a person on a day, the nearest first, without those who had left by then."""


@frozen(kw_only=True)
class Grant:
    """A written grant with dates: it makes somebody what the organisation's tables do not say.

    Attributes:
        person_id: Who is given it.
        relation: What the person is: programme manager, HR analyst, auditor, system, or confirmer in the place of
            `granted_by`.
        from_on: The first day on which it holds.
        until_on: The last; None for no end.
        programme_id: The one programme it holds for; None for all.
        granted_by: Whose place a confirmer takes. The grant holds only while that person would confirm.

    Raises:
        InputError: If it grants what no grant can give, names nobody whose place a confirmer takes, or ends before it
            begins.
    """

    person_id: PersonId
    relation: Relation | PersonRelation
    from_on: date
    until_on: date | None = None
    programme_id: str | None = None
    granted_by: PersonId | None = None

    def __attrs_post_init__(self) -> None:
        if self.relation not in GRANTED:
            wanted = f"Grant {' or '.join(GRANTED)}."
            raise _refused("BAD-GRANT", "relation", f"nobody is made {self.relation} by a grant", wanted)
        if self.relation is Relation.CONFIRMER and self.granted_by in (None, self.person_id):
            problem = f"{shown(self.person_id)} confirms in nobody else's place"
            raise _refused("BAD-GRANT", "granted_by", problem, "Name whose place it is.")
        if self.until_on is not None and self.until_on < self.from_on:
            problem = f"the last day {self.until_on} is before the first, {self.from_on}"
            raise _refused("DATE-ORDER", "until_on", problem, f"Give {self.from_on} or a later day.")

    def holds(self, on: date, programme_id: str | None = None) -> bool:
        """Return whether it is in force on a day, in a programme."""
        dated = self.from_on <= on and (self.until_on is None or on <= self.until_on)
        return dated and self.programme_id in (None, programme_id)


def _refused(code: str, column: str, problem: str, remedy: str, table: str = "grants") -> InputError:
    return InputError([Fault(code=code, table=table, column=column, problem=problem, remedy=remedy)])


def confirmer(
    organisation: ReportingLines,
    *,
    mentee_id: str,
    mentor_id: str,
    on: date,
    delegate: PersonId | None = None,
    also_mentors: Collection[str] = (),
) -> PersonId | None:
    """Return who alone may confirm, on a day, that the mentee reached the target; None where nobody may.

    This is the mentee's manager on that day; where that person is the mentor, the next one up; where there is none, the
    delegate of the programme's terms; never the mentee nor the mentor.

    Args:
        organisation: Tells the line of managers.
        mentee_id: Who learns.
        mentor_id: Who teaches.
        on: The day of the confirmation.
        delegate: Who confirms where there is no manager.
        also_mentors: Who else teaches, as in a group, and so does not confirm either.

    Raises:
        UnknownIdError: If the organisation does not know the mentee.
        InputError: If managers manage each other in a circle (`MANAGER-CYCLE`).
    """
    return _nearest(line_above(organisation, mentee_id, on), (mentee_id, mentor_id, *also_mentors), delegate)


def line_above(organisation: ReportingLines, person_id: str, on: date) -> tuple[PersonId, ...]:
    """Return the managers of a person on a day, nearest first.

    Raises:
        UnknownIdError: If the organisation does not know the person.
        InputError: If managers manage each other in a circle (`MANAGER-CYCLE`).
    """
    line = organisation.line_of_managers(person_id, on)
    if len({person_id, *line}) <= len(line):
        problem = f"the managers above {shown(person_id)} manage each other on {on}: {' > '.join(line[:10])}"
        raise _refused("MANAGER-CYCLE", "manager_id", problem, "Give each person a manager above them.", "reporting")
    return line


def line_if_known(organisation: ReportingLines, person_id: str, on: date) -> tuple[PersonId, ...] | None:
    """Return the managers of a person on a day, nearest first; None of one whom the organisation does not know.

    Raises:
        InputError: If managers manage each other in a circle (`MANAGER-CYCLE`).
    """
    try:
        return line_above(organisation, person_id, on)
    except UnknownIdError:
        return None


def _nearest(line: tuple[PersonId, ...], sides: tuple[str, ...], delegate: PersonId | None) -> PersonId | None:
    in_order = line if delegate is None else (*line, delegate)
    return next((person_id for person_id in in_order if person_id not in sides), None)


def confirmers(
    organisation: ReportingLines,
    *,
    mentee_id: str,
    mentor_id: str,
    on: date,
    delegate: PersonId | None = None,
    programme_id: str | None = None,
    grants: Collection[Grant] = (),
    also_mentors: Collection[str] = (),
) -> frozenset[PersonId]:
    """Return everybody who may confirm on a day: the confirmer, and whoever that person has granted it to in writing.

    A grant by anybody else gives nothing, and the grant of a manager who has moved on has ended with it.

    Args:
        organisation: Tells the line of managers.
        mentee_id: Who learns.
        mentor_id: Who teaches.
        on: The day of the confirmation.
        delegate: Who confirms where there is no manager.
        programme_id: The programme of the engagement.
        grants: All grants; those of other days or programmes are passed over.
        also_mentors: Who else teaches, as in a group, and so does not confirm either.

    Raises:
        UnknownIdError: If the organisation does not know the mentee.
    """
    sides = (mentee_id, mentor_id, *also_mentors)
    named = confirmer(
        organisation,
        mentee_id=mentee_id,
        mentor_id=mentor_id,
        on=on,
        delegate=delegate,
        also_mentors=also_mentors,
    )
    if named is None:
        return frozenset()
    stand_ins = {
        grant.person_id
        for grant in grants
        if grant.relation is Relation.CONFIRMER and grant.granted_by == named and grant.holds(on, programme_id)
    }
    return frozenset({named} | {person_id for person_id in stand_ins if person_id not in sides})


def relations(
    organisation: ReportingLines,
    *,
    actor: str,
    mentee_id: str,
    mentor_id: str,
    on: date,
    delegate: PersonId | None = None,
    programme_managers: Collection[str] = frozenset(),
    system_actors: Collection[str] = frozenset(),
    programme_id: str | None = None,
    grants: Collection[Grant] = (),
) -> frozenset[Relation]:
    """Return everything that somebody is to an engagement on a day.

    A service account is what a grant or the caller says and nothing else: it is never a side nor anybody's manager.
    Of a side whom the organisation does not know, as after an erasure, nobody is the manager, a delegate neither, and
    nobody confirms what became of them. Everybody else is what they were, so the engagement can go on or be closed.

    Args:
        organisation: Tells the line of managers.
        actor: The person, or the service account, who wants to act.
        mentee_id: Who learns.
        mentor_id: Who teaches.
        on: The day of the action, in UTC.
        delegate: Who confirms where the mentee has no manager, and approves where the mentor has none.
        programme_managers: Those who run the programme on that day.
        system_actors: The service accounts that act for the programme by themselves.
        programme_id: The programme of the engagement, for grants that hold for one.
        grants: All grants; those of other days or programmes are passed over.

    Raises:
        InputError: If managers manage each other in a circle, so that nobody's rights can be told (`MANAGER-CYCLE`).
    """
    granted = {grant.relation for grant in grants if grant.person_id == actor and grant.holds(on, programme_id)}
    if actor in system_actors or Relation.SYSTEM in granted:
        return frozenset({Relation.SYSTEM})
    managers, above_mentor = (line_if_known(organisation, side, on) for side in (mentee_id, mentor_id))
    confirming: frozenset[PersonId] = frozenset()
    if managers is not None:
        confirming = confirmers(
            organisation,
            mentee_id=mentee_id,
            mentor_id=mentor_id,
            on=on,
            delegate=delegate,
            programme_id=programme_id,
            grants=grants,
        )
    mentors_manager = None if above_mentor is None else _nearest(above_mentor, (mentee_id, mentor_id), delegate)
    line = managers or ()
    held = {
        Relation.MENTEE: actor == mentee_id,
        Relation.MENTOR: actor == mentor_id,
        Relation.CONFIRMER: actor in confirming,
        Relation.MANAGER: actor in line[:1],
        Relation.MANAGER_ABOVE: actor in line[1:],
        Relation.MENTORS_MANAGER: actor == mentors_manager,
        Relation.PROGRAMME_MANAGER: actor in programme_managers or Relation.PROGRAMME_MANAGER in granted,
    }
    return frozenset(relation for relation, holds in held.items() if holds)
