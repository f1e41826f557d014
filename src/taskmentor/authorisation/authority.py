"""Authorising: everything that anybody does to an engagement, or sees of a person, is asked of an authority.

What it is not asked to allow by a table is denied. A refusal says which right is missing, in the same words whatever
the protected value is and whether there is one at all.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol

from attrs import field, frozen

from taskmentor.authorisation.relations import Grant, ReportingLines, line_if_known, relations
from taskmentor.authorisation.rights import RIGHTS, may
from taskmentor.authorisation.words import ActionName, DataAction, PersonRelation, ProgrammeAction, Relation
from taskmentor.errors import NotAuthorisedError
from taskmentor.models.people import PersonId
from taskmentor.validators import whole

__all__ = [
    "DATA_RIGHTS",
    "PROGRAMME_RIGHTS",
    "Allow",
    "Authority",
    "Concerned",
    "Demands",
    "Deny",
    "Enrolment",
    "Group",
    "PersonData",
    "WholeProgramme",
]


class Demands(Protocol):
    """What the terms of an engagement must tell: who stands in where there is no manager."""

    def delegate_on(self, on: date) -> PersonId | None:
        """Return the delegate of a day."""


class Concerned(Protocol):
    """An engagement, or the proposal of one: what an action is done to."""

    @property
    def mentee_id(self) -> PersonId:
        """Return who learns."""

    @property
    def mentor_id(self) -> PersonId:
        """Return who teaches."""

    @property
    def programme_id(self) -> str:
        """Return the programme."""

    @property
    def initiator(self) -> Relation:
        """Return the relation in which the programme lets proposals be made."""

    @property
    def terms(self) -> Demands:
        """Return the terms."""


@frozen(kw_only=True)
class PersonData:
    """What is known of one person.

    Attributes:
        person_id: The person.
        skill_id: The one skill it is about; None for all of them.
        dated: The day of the assessment, which decides whether it is released to the person; None for no day.
        ticket: What a request to export or erase is filed under.
    """

    person_id: str
    skill_id: str | None = None
    dated: date | None = None
    ticket: str = ""


@frozen
class Group:
    """Several people whose numbers are read together."""

    person_ids: frozenset[str]


@frozen
class WholeProgramme:
    """A programme as a whole, apart from its engagements; None for all programmes at once."""

    programme_id: str | None


@frozen(kw_only=True)
class Enrolment:
    """Somebody's part in an engagement, as far as it decides who may see what of them.

    Attributes:
        programme_id: The programme.
        mentee_id: Who learns.
        mentor_id: Who teaches.
        skill_id: The one skill.
        from_on: The first day in the programme.
        started_on: The first day of the engagement itself; None before its start.
        until_on: The last day; None while it goes on.
    """

    programme_id: str
    mentee_id: str
    mentor_id: str
    skill_id: str
    from_on: date
    started_on: date | None = None
    until_on: date | None = None

    def holds(self, on: date) -> bool:
        """Return whether it is there on a day."""
        return self.from_on <= on and (self.until_on is None or on <= self.until_on)

    def is_active(self, on: date) -> bool:
        """Return whether the engagement itself goes on on a day."""
        return self.holds(on) and self.started_on is not None and self.started_on <= on


@frozen
class Allow:
    """Yes.

    Attributes:
        relation: The relation that was enough.
        logged: Whether the read must be put on record.
    """

    relation: str
    logged: bool = False


@frozen
class Deny:
    """No.

    Attributes:
        reason: Which right is missing; nothing about what is protected.
        needed: The relations of which one would have been enough.
    """

    reason: str
    needed: tuple[str, ...]


_Condition = Callable[["Authority", str, "PersonData", date], bool]


def _always(authority: "Authority", actor: str, data: PersonData, on: date) -> bool:
    return True


def _released(authority: "Authority", actor: str, data: PersonData, on: date) -> bool:
    return data.dated is not None and data.dated + timedelta(days=authority.released_after_days) <= on


def _agreed_skill(authority: "Authority", actor: str, data: PersonData, on: date) -> bool:
    return any(
        (one.mentor_id, one.mentee_id, one.skill_id) == (actor, data.person_id, data.skill_id) and one.is_active(on)
        for one in authority.enrolments
    )


def _target_skill(authority: "Authority", actor: str, data: PersonData, on: date) -> bool:
    return any(
        (one.mentee_id, one.skill_id) == (data.person_id, data.skill_id) and authority.runs(actor, one, on)
        for one in authority.enrolments
    )


def _by_policy(authority: "Authority", actor: str, data: PersonData, on: date) -> bool:
    return authority.managers_above_read


def _with_ticket(authority: "Authority", actor: str, data: PersonData, on: date) -> bool:
    return bool(data.ticket.strip())


DATA_RIGHTS: Mapping[DataAction, Mapping[PersonRelation, str]] = MappingProxyType(
    {
        DataAction.READ_SELF_ASSESSMENT: {
            PersonRelation.SELF: "",
            PersonRelation.MENTOR: "of an agreed skill",
            PersonRelation.MANAGER: "",
            PersonRelation.MANAGER_ABOVE: "where the policy says so",
            PersonRelation.AUDITOR: "",
        },
        DataAction.WRITE_SELF_ASSESSMENT: {PersonRelation.SELF: ""},
        DataAction.READ_MANAGER_ASSESSMENT: {
            PersonRelation.SELF: "after release",
            PersonRelation.MANAGER: "",
            PersonRelation.MANAGER_ABOVE: "",
            PersonRelation.AUDITOR: "",
        },
        DataAction.WRITE_MANAGER_ASSESSMENT: {PersonRelation.MANAGER: ""},
        DataAction.READ_GAPS: {
            PersonRelation.SELF: "",
            PersonRelation.MENTOR: "of an agreed skill",
            PersonRelation.MANAGER: "",
            PersonRelation.MANAGER_ABOVE: "",
            PersonRelation.PROGRAMME_MANAGER: "of a target skill",
            PersonRelation.AUDITOR: "",
        },
        DataAction.READ_OUTCOMES: {
            PersonRelation.SELF: "",
            PersonRelation.MANAGER: "",
            PersonRelation.MANAGER_ABOVE: "",
            PersonRelation.AUDITOR: "",
        },
        DataAction.READ_AGGREGATE: {PersonRelation.HR_ANALYST: "of a large enough group"},
        DataAction.READ_GROUP_ATTRIBUTES: {PersonRelation.SELF: "", PersonRelation.AUDITOR: ""},
        DataAction.WRITE_GROUP_ATTRIBUTES: {PersonRelation.SELF: ""},
        DataAction.EXPORT: {PersonRelation.SELF: "", PersonRelation.PROGRAMME_MANAGER: "with a ticket"},
        DataAction.REQUEST_ERASURE: {PersonRelation.SELF: ""},
        DataAction.ERASE: {PersonRelation.PROGRAMME_MANAGER: "with a ticket"},
        DataAction.READ_LOG: {PersonRelation.AUDITOR: ""},
    }
)
"""Which relation to a person is enough for what, and on which condition; "" for none."""

PROGRAMME_RIGHTS: Mapping[ProgrammeAction, frozenset[Relation]] = MappingProxyType(
    {
        ProgrammeAction.KEEP_ROUND: frozenset({Relation.PROGRAMME_MANAGER}),
        ProgrammeAction.MOVE_ROUND: frozenset({Relation.PROGRAMME_MANAGER}),
        ProgrammeAction.PUBLISH_ROUND: frozenset({Relation.PROGRAMME_MANAGER}),
        ProgrammeAction.SET_PLACES: frozenset({Relation.PROGRAMME_MANAGER, Relation.SYSTEM}),
        ProgrammeAction.RECORD_COURSES: frozenset({Relation.PROGRAMME_MANAGER, Relation.SYSTEM}),
        ProgrammeAction.ERASE_PERSON: frozenset({Relation.PROGRAMME_MANAGER}),
    }
)
"""The relations to a programme of which one is enough to do something to it as a whole; grants alone give them."""

_CONDITIONS: Mapping[str, _Condition] = MappingProxyType(
    {
        "": _always,
        "after release": _released,
        "of an agreed skill": _agreed_skill,
        "of a target skill": _target_skill,
        "where the policy says so": _by_policy,
        "with a ticket": _with_ticket,
    }
)
"""What each condition asks; the size of a group is asked of groups."""


@frozen(kw_only=True)
class Authority:
    """Who may do and see what: an organisation, the grants and enrolments beside it, and the policy.

    Attributes:
        organisation: Tells who manages whom on a day.
        grants: Who is what the organisation's tables do not say.
        enrolments: Who takes part in which engagement.
        managers_above_read: Whether managers above the direct one read self-assessments.
        released_after_days: After how many days a manager's assessment is released to the person.
        smallest_group: The fewest people whose numbers are read together.
    """

    organisation: ReportingLines
    grants: tuple[Grant, ...] = ()
    enrolments: tuple[Enrolment, ...] = ()
    managers_above_read: bool = False
    released_after_days: int = field(default=0, validator=whole(at_least=0, at_most=3_660))
    smallest_group: int = field(default=5, validator=whole(at_least=2))

    def authorise(
        self,
        actor: str,
        action: ActionName | DataAction | ProgrammeAction,
        resource: Concerned | PersonData | Group | WholeProgramme,
        on: date,
    ) -> Allow | Deny:
        """Return whether somebody may do something on a day; ask again on the day and at the moment it is done.

        Args:
            actor: The person, or the service account.
            action: What they want to do.
            resource: The engagement or proposal that an action is done to, or the programme; what is read of a person
                or a group.
            on: The day, in UTC.

        Raises:
            InputError: If managers manage each other in a circle, so that nobody's rights can be told.
        """
        if isinstance(action, ActionName):
            assert not isinstance(resource, PersonData | Group | WholeProgramme), "an action is done to an engagement"
            return self._to_engagement(actor, action, resource, on)
        if isinstance(action, ProgrammeAction):
            assert isinstance(resource, WholeProgramme), "this is done to a programme"
            return self._to_programme(actor, action, resource, on)
        if isinstance(resource, Group):
            return self._to_group(actor, action, resource, on)
        assert isinstance(resource, PersonData), "what is read belongs to a person or a group"
        return self._to_person(actor, action, resource, on)

    def require(self, actor: str, action: ProgrammeAction, programme_id: str | None, on: date) -> None:
        """Refuse what is done to a programme as a whole to everybody whom no grant allows it.

        Args:
            actor: The person, or the service account.
            action: What they want to do.
            programme_id: The programme; None for what reaches into all, which takes a grant that is not for one alone.
            on: The day, in UTC.

        Raises:
            NotAuthorisedError: If it is denied.
        """
        answer = self.authorise(actor, action, WholeProgramme(programme_id), on)
        if isinstance(answer, Deny):
            raise NotAuthorisedError(action, actor, answer.needed)

    def relations(self, actor: str, engagement: Concerned, on: date) -> frozenset[Relation]:
        """Return everything that somebody is to an engagement on a day; see `relations.relations`.

        Raises:
            InputError: If managers manage each other in a circle.
        """
        return relations(
            self.organisation,
            actor=actor,
            mentee_id=engagement.mentee_id,
            mentor_id=engagement.mentor_id,
            on=on,
            delegate=engagement.terms.delegate_on(on),
            programme_id=engagement.programme_id,
            grants=self.grants,
        )

    def person_relations(self, actor: str, person_id: str, on: date) -> frozenset[PersonRelation]:
        """Return everything that somebody is to a person on a day; nothing to one whom the organisation does not know.

        Raises:
            InputError: If managers manage each other in a circle.
        """
        return frozenset(self._person_relations(actor, person_id, on))

    def runs(self, actor: str, enrolment: Enrolment, on: date) -> bool:
        """Return whether somebody is the programme manager of an enrolment on a day."""
        return enrolment.holds(on) and self.holds(actor, Relation.PROGRAMME_MANAGER, on, enrolment.programme_id)

    def holds(self, actor: str, relation: Relation | PersonRelation, on: date, programme_id: str | None = None) -> bool:
        """Return whether a grant in force on a day makes somebody this, in a programme."""
        granted = (grant for grant in self.grants if (grant.person_id, grant.relation) == (actor, relation))
        return any(grant.holds(on, programme_id) for grant in granted)

    def _person_relations(self, actor: str, person_id: str, on: date) -> Iterator[PersonRelation]:
        if self.holds(actor, PersonRelation.AUDITOR, on):
            yield PersonRelation.AUDITOR
        line = line_if_known(self.organisation, person_id, on)
        if line is None:
            return
        if actor == person_id:
            yield PersonRelation.SELF
        if actor in line[:1]:
            yield PersonRelation.MANAGER
        if actor in line[1:]:
            yield PersonRelation.MANAGER_ABOVE
        mine = [one for one in self.enrolments if one.mentee_id == person_id]
        if any(one.mentor_id == actor and one.is_active(on) for one in mine):
            yield PersonRelation.MENTOR
        theirs = [one for one in self.enrolments if person_id in (one.mentee_id, one.mentor_id)]
        if any(self.runs(actor, one, on) for one in theirs):
            yield PersonRelation.PROGRAMME_MANAGER

    def _to_engagement(self, actor: str, action: ActionName, engagement: Concerned, on: date) -> Allow | Deny:
        needed = RIGHTS[action] if action is not ActionName.PROPOSE else frozenset({engagement.initiator})
        held = self.relations(actor, engagement, on)
        sides = (engagement.mentee_id, engagement.mentor_id)
        if action is ActionName.PROPOSE and any(line_if_known(self.organisation, one, on) is None for one in sides):
            held = frozenset()  # an engagement goes on without somebody who was erased, but it does not begin so
        enough = [relation for relation in Relation if relation in needed & held]
        if enough and may(action, held):
            return Allow(enough[0])
        return _deny(action, [relation for relation in Relation if relation in needed])

    def _to_person(self, actor: str, action: DataAction, data: PersonData, on: date) -> Allow | Deny:
        rights, held = DATA_RIGHTS[action], self.person_relations(actor, data.person_id, on)
        for relation, condition in rights.items():
            if relation in held and _CONDITIONS[condition](self, actor, data, on):
                return Allow(relation, logged=relation is PersonRelation.AUDITOR)
        return _deny_data(action)

    def _to_programme(self, actor: str, action: ProgrammeAction, programme: WholeProgramme, on: date) -> Allow | Deny:
        needed = [relation for relation in Relation if relation in PROGRAMME_RIGHTS[action]]
        for relation in needed:
            if self.holds(actor, relation, on, programme.programme_id):
                return Allow(relation)
        return _deny(action, needed)

    def _to_group(self, actor: str, action: DataAction, group: Group, on: date) -> Allow | Deny:
        large_enough = len(group.person_ids) >= self.smallest_group
        if action is DataAction.READ_AGGREGATE and large_enough and self.holds(actor, PersonRelation.HR_ANALYST, on):
            return Allow(PersonRelation.HR_ANALYST)
        return _deny_data(action)


def _deny_data(action: DataAction) -> Deny:
    return _deny(action, [f"{relation} {condition}".strip() for relation, condition in DATA_RIGHTS[action].items()])


def _deny(action: ActionName | DataAction | ProgrammeAction, needed: Collection[str]) -> Deny:
    return Deny(f"{action} takes {' or '.join(needed)}", tuple(needed))
