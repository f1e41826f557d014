"""Who may see what of whom: the matrix of data rights against a second oracle, and its edge cases."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import attrs
import pytest

from taskmentor.authorisation import (
    DATA_RIGHTS,
    RIGHTS,
    ActionName,
    Allow,
    Authority,
    DataAction,
    Deny,
    Enrolment,
    Grant,
    Group,
    PersonData,
    PersonRelation,
    ProgrammeAction,
    Relation,
    WholeProgramme,
)
from taskmentor.errors import InputError, NotAuthorisedError, UnknownIdError
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.people import PersonId
from tests.lifecycle.examples import (
    DELEGATE,
    HEAD,
    MANAGER,
    MENTEE,
    MENTOR,
    MENTORS_MANAGER,
    PEOPLE,
    PROGRAMME_MANAGER,
    SYSTEM,
    Lines,
    engagement_in,
    proposal,
    relation_allows,
)

DAY = date(2026, 5, 4)
SKILL, OTHER_SKILL = "data-analysis", "law"
ANALYST, AUDITOR, STRANGER = "anna", "otis", "stan"


class Known(Lines):
    """The reporting lines of all tests, of people it knows."""

    def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
        if person_id == "nobody":
            raise UnknownIdError("person", person_id)
        return super().line_of_managers(person_id, on)


def office(person_id: str, relation: Relation | PersonRelation, programme_id: str | None = None) -> Grant:
    return Grant(
        person_id=PersonId(person_id), relation=relation, from_on=date(2026, 1, 1), until_on=date(2026, 6, 30),
        programme_id=programme_id,
    )  # fmt: skip


ENROLMENT = Enrolment(
    programme_id="task-based",
    mentee_id=MENTEE,
    mentor_id=MENTOR,
    skill_id=SKILL,
    from_on=date(2026, 4, 1),
    started_on=date(2026, 4, 10),
    until_on=date(2026, 5, 31),
)
AUTHORITY = Authority(
    organisation=Known(),
    grants=(
        office(PROGRAMME_MANAGER, Relation.PROGRAMME_MANAGER, "task-based"),
        office(ANALYST, PersonRelation.HR_ANALYST),
        office(AUDITOR, PersonRelation.AUDITOR),
        office(SYSTEM, Relation.SYSTEM),
    ),
    enrolments=(ENROLMENT,),
    released_after_days=10,
)
ROLES = {
    "self": MENTEE, "mentor": MENTOR, "direct manager": MANAGER, "manager above": HEAD,
    "programme manager": PROGRAMME_MANAGER, "HR analyst": ANALYST, "auditor": AUDITOR, "service account": SYSTEM,
    "other": STRANGER,
}  # fmt: skip


def allowed_by_words(role: str, action: str, *, agreed: bool, released: bool, ticket: bool, policy: bool) -> bool:
    """Return what the requirements say of who may see or do what with a person's data; reads no table of ours."""
    match action:
        case "read-self-assessment":
            return (
                role in ("self", "direct manager", "auditor")
                or (role == "mentor" and agreed)
                or (role == "manager above" and policy)
            )
        case "read-manager-assessment":
            return role in ("direct manager", "manager above", "auditor") or (role == "self" and released)
        case "read-gaps":
            everybody = ("self", "direct manager", "manager above", "auditor")
            return role in everybody or (role in ("mentor", "programme manager") and agreed)
        case "read-outcomes":
            return role in ("self", "direct manager", "manager above", "auditor")
        case "write-self-assessment" | "request-erasure" | "write-group-attributes":
            return role == "self"
        case "read-group-attributes":
            return role in ("self", "auditor")
        case "write-manager-assessment":
            return role == "direct manager"
        case "export":
            return role == "self" or (role == "programme manager" and ticket)
        case "erase":
            return role == "programme manager" and ticket
        case "read-log":
            return role == "auditor"
    return False  # an aggregate is of a group and never of one person


def cells() -> Iterator[tuple[str, DataAction, bool, bool, bool, bool]]:
    yield from product(ROLES, DataAction, *4 * [(False, True)])


def test_every_cell_of_the_matrix_is_what_the_requirements_say() -> None:
    differences = []
    for role, action, agreed, released, ticket, policy in cells():
        data = PersonData(
            person_id=MENTEE,
            skill_id=SKILL if agreed else OTHER_SKILL,
            dated=DAY - timedelta(days=10 if released else 9),
            ticket="T-1" if ticket else "",
        )
        answer = attrs.evolve(AUTHORITY, managers_above_read=policy).authorise(ROLES[role], action, data, DAY)
        wanted = allowed_by_words(role, action, agreed=agreed, released=released, ticket=ticket, policy=policy)
        if isinstance(answer, Allow) != wanted:
            differences.append((role, action, agreed, released, ticket, policy))
    assert differences == []
    assert len([*cells()]) > 1_700


def test_every_action_on_an_engagement_goes_through_it_too() -> None:
    """The relations are computed here, and the answer is that of the requirements in words."""
    engagement = engagement_in(State.ACTIVE)
    for name, person in product(ActionName, [*PEOPLE, ANALYST, AUDITOR]):
        held = AUTHORITY.relations(person, engagement, DAY)
        barred = name in ("confirm", "return", "approve", "disapprove") and bool(held & {"mentee", "mentor"})
        wanted = any(relation_allows(name, one) for one in held) and not barred
        if name == "propose":
            wanted = "programme manager" in held
        answer = AUTHORITY.authorise(person, name, engagement, DAY)
        assert isinstance(answer, Allow) == wanted, (name, person)


@pytest.mark.parametrize("initiator", [Relation.MENTEE, Relation.MANAGER, Relation.PROGRAMME_MANAGER])
def test_only_the_initiator_of_the_programme_proposes(initiator: Relation) -> None:
    actors = {Relation.MENTEE: MENTEE, Relation.MANAGER: MANAGER, Relation.PROGRAMME_MANAGER: PROGRAMME_MANAGER}
    for relation, actor in actors.items():
        answer = AUTHORITY.authorise(actor, ActionName.PROPOSE, proposal(initiator=initiator), DAY)
        assert answer == (
            Allow(initiator) if relation is initiator else Deny(f"propose takes {initiator}", (initiator,))
        )


def test_every_data_action_has_a_line() -> None:
    assert set(DATA_RIGHTS) == set(DataAction)
    assert all(DATA_RIGHTS.values())


# What a refusal tells


def test_a_refusal_names_the_missing_right_and_nothing_of_the_value() -> None:
    """The same words whether there is such an assessment, such a skill or such a person at all."""
    answers = {
        AUTHORITY.authorise(STRANGER, DataAction.READ_MANAGER_ASSESSMENT, data, DAY)
        for data in (
            PersonData(person_id=MENTEE, skill_id=SKILL, dated=DAY),
            PersonData(person_id=MENTEE, skill_id="no-such-skill"),
            PersonData(person_id="nobody"),
        )
    }
    assert answers == {
        Deny(
            "read-manager-assessment takes self after release or direct manager or manager above or auditor",
            ("self after release", "direct manager", "manager above", "auditor"),
        )
    }


def test_an_action_on_an_engagement_of_people_unknown_is_refused_in_the_same_words() -> None:
    engagement = attrs.evolve(engagement_in(State.ACTIVE), mentee_id=PersonId("nobody"))
    known = AUTHORITY.authorise(STRANGER, ActionName.CONFIRM, engagement_in(State.ACTIVE), DAY)
    assert (
        AUTHORITY.authorise(STRANGER, ActionName.CONFIRM, engagement, DAY)
        == known
        == Deny("confirm takes confirmer", ("confirmer",))
    )


@pytest.mark.parametrize("side", ["mentee_id", "mentor_id"])
def test_an_engagement_outlives_somebody_whom_the_organisation_does_not_know_any_more(side: str) -> None:
    """As after an erasure: the others close it, nobody is a manager of nobody, and none begins so."""
    active, nobody = engagement_in(State.ACTIVE), PersonId("nobody")
    gone = attrs.evolve(active, mentee_id=nobody) if side == "mentee_id" else attrs.evolve(active, mentor_id=nobody)
    other = MENTOR if side == "mentee_id" else MENTEE
    assert isinstance(AUTHORITY.authorise(other, ActionName.END, gone, DAY), Allow)
    assert isinstance(AUTHORITY.authorise(PROGRAMME_MANAGER, ActionName.END, gone, DAY), Allow)
    assert isinstance(AUTHORITY.authorise(SYSTEM, ActionName.NOTE_IDLE, gone, DAY), Allow)
    assert isinstance(AUTHORITY.authorise(PROGRAMME_MANAGER, ActionName.PROPOSE, gone, DAY), Deny)
    terms = Terms(confirmation_delegate=PersonId("dora"))
    delegated = attrs.evolve(gone, terms=terms)
    held = {one: AUTHORITY.relations(one, delegated, DAY) for one in (MANAGER, HEAD, MENTORS_MANAGER, "dora")}
    if side == "mentee_id":
        expected = {MENTORS_MANAGER: {Relation.MENTORS_MANAGER}}
    else:
        expected = {MANAGER: {Relation.CONFIRMER, Relation.MANAGER}, HEAD: {Relation.MANAGER_ABOVE}}
    assert {one: found for one, found in held.items() if found} == expected


def test_what_an_auditor_reads_is_to_be_logged() -> None:
    data = PersonData(person_id=MENTEE, skill_id=SKILL)
    assert AUTHORITY.authorise(AUDITOR, DataAction.READ_SELF_ASSESSMENT, data, DAY) == Allow("auditor", logged=True)
    assert AUTHORITY.authorise(MANAGER, DataAction.READ_SELF_ASSESSMENT, data, DAY) == Allow("direct manager")


# Edge cases


def allows(actor: str, action: ActionName | DataAction, on: date = DAY, authority: Authority = AUTHORITY) -> bool:
    resource = PersonData(person_id=MENTEE, skill_id=SKILL, dated=date(2026, 1, 5))
    engagement = engagement_in(State.AWAITING_CONFIRMATION)
    return isinstance(
        authority.authorise(actor, action, engagement if isinstance(action, ActionName) else resource, on), Allow
    )


def test_edge_manager_is_the_mentor() -> None:
    authority = attrs.evolve(AUTHORITY, organisation=Lines(mentee_line=(MENTOR, HEAD)))
    assert not allows(MENTOR, ActionName.CONFIRM, authority=authority)
    assert allows(HEAD, ActionName.CONFIRM, authority=authority)


def test_edge_no_manager_leaves_it_to_the_delegate_named_in_the_terms() -> None:
    authority = attrs.evolve(AUTHORITY, organisation=Lines(mentee_line=()))
    engagement = engagement_in(State.AWAITING_CONFIRMATION)
    named = attrs.evolve(engagement, terms=attrs.evolve(engagement.terms, confirmation_delegate=DELEGATE))
    assert isinstance(authority.authorise(DELEGATE, ActionName.CONFIRM, named, DAY), Allow)
    assert isinstance(authority.authorise(DELEGATE, ActionName.CONFIRM, engagement, DAY), Deny)


def test_edge_a_manager_who_changed_in_mid_engagement_and_a_past_one() -> None:
    authority = attrs.evolve(AUTHORITY, organisation=Lines(moves_on=DAY))
    before = DAY - timedelta(days=1)
    for action in (ActionName.CONFIRM, DataAction.READ_MANAGER_ASSESSMENT, DataAction.WRITE_MANAGER_ASSESSMENT):
        assert allows(MANAGER, action, before, authority)
        assert not allows(MANAGER, action, DAY, authority)
        assert allows("nina", action, DAY, authority)
        assert not allows("nina", action, before, authority)


def test_edge_rights_withdrawn_between_command_and_commit() -> None:
    """Asked again on the day of the commit, the answer is another one."""
    assert allows(PROGRAMME_MANAGER, ActionName.END, date(2026, 6, 30))
    assert not allows(PROGRAMME_MANAGER, ActionName.END, date(2026, 7, 1))


def test_edge_the_programme_manager_who_is_the_mentee() -> None:
    authority = attrs.evolve(AUTHORITY, grants=(office(MENTEE, Relation.PROGRAMME_MANAGER),))
    assert allows(MENTEE, ActionName.EXTEND, authority=authority)
    for action in (ActionName.CONFIRM, ActionName.APPROVE, ActionName.RETURN):
        assert not allows(MENTEE, action, authority=authority)


def test_edge_a_service_account_reads_nothing_and_confirms_nothing() -> None:
    assert allows(SYSTEM, ActionName.START)
    assert not allows(SYSTEM, ActionName.CONFIRM)
    assert not any(allows(SYSTEM, action) for action in DataAction)


def test_edge_a_person_in_two_programmes() -> None:
    """The manager of one programme learns nothing of what belongs to the other."""
    other = attrs.evolve(ENROLMENT, programme_id="reverse", skill_id=OTHER_SKILL)
    authority = attrs.evolve(AUTHORITY, enrolments=(ENROLMENT, other))
    for skill, seen in ((SKILL, True), (OTHER_SKILL, False)):
        data = PersonData(person_id=MENTEE, skill_id=skill)
        answer = authority.authorise(PROGRAMME_MANAGER, DataAction.READ_GAPS, data, DAY)
        assert isinstance(answer, Allow) == seen


def test_edge_matrix_managers() -> None:
    """A second line of reporting is a grant with dates, given by the one whose right it is."""
    matrix = Grant(
        person_id=PersonId("maxine"), relation=Relation.CONFIRMER, from_on=DAY, until_on=DAY, granted_by=MANAGER
    )
    authority = attrs.evolve(AUTHORITY, grants=(matrix,))
    assert allows("maxine", ActionName.CONFIRM, authority=authority)
    assert not allows("maxine", ActionName.CONFIRM, DAY + timedelta(days=1), authority)
    assert not allows("maxine", DataAction.READ_MANAGER_ASSESSMENT, authority=authority)


def test_edge_a_cycle_decides_nothing() -> None:
    authority = attrs.evolve(AUTHORITY, organisation=Lines(mentee_line=(MANAGER, HEAD, MANAGER)))
    for action in (ActionName.CONFIRM, DataAction.READ_GAPS):
        with pytest.raises(InputError, match="MANAGER-CYCLE"):
            allows(MANAGER, action, authority=authority)


@pytest.mark.parametrize(
    ("on", "seen"),
    [(date(2026, 4, 9), False), (date(2026, 4, 10), True), (date(2026, 5, 31), True), (date(2026, 6, 1), False)],
)
def test_a_mentor_reads_while_the_engagement_goes_on_and_not_before_or_after(on: date, seen: bool) -> None:
    assert allows(MENTOR, DataAction.READ_SELF_ASSESSMENT, on) == seen
    assert not allows(MENTOR, DataAction.READ_MANAGER_ASSESSMENT, on)


def test_an_engagement_that_was_not_started_shows_a_mentor_nothing() -> None:
    authority = attrs.evolve(AUTHORITY, enrolments=(attrs.evolve(ENROLMENT, started_on=None),))
    assert not allows(MENTOR, DataAction.READ_GAPS, authority=authority)


@pytest.mark.parametrize(("n_people", "seen"), [(4, False), (5, True)])
def test_numbers_of_a_group_take_five_people(n_people: int, seen: bool) -> None:
    """Four people's average tells each of them about the other three."""
    group = Group(frozenset(f"p-{place}" for place in range(n_people)))
    assert isinstance(AUTHORITY.authorise(ANALYST, DataAction.READ_AGGREGATE, group, DAY), Allow) == seen
    assert isinstance(AUTHORITY.authorise(MANAGER, DataAction.READ_AGGREGATE, group, DAY), Deny)
    assert isinstance(AUTHORITY.authorise(ANALYST, DataAction.READ_GAPS, group, DAY), Deny)


def test_rights_and_answers_agree_that_nothing_is_open_to_everybody() -> None:
    assert all(RIGHTS[name] for name in ActionName)
    assert not any(allows(STRANGER, action) for action in (*ActionName, *DataAction))


@pytest.mark.parametrize("action", ProgrammeAction)
@pytest.mark.parametrize("programme", ["task-based", "other", None])
@pytest.mark.parametrize("person", [*ROLES.values()])
def test_a_programme_as_a_whole_is_a_matter_of_grants(
    action: ProgrammeAction, programme: str | None, person: str
) -> None:
    """One programme's manager has no say in another, nor in what reaches into all; a grant that has run out is none."""
    by_words = (person == PROGRAMME_MANAGER and programme == "task-based") or (
        person == SYSTEM and action in ("set-places", "record-courses")
    )
    for day, allowed in ((DAY, by_words), (date(2026, 7, 1), False)):
        answer = AUTHORITY.authorise(person, action, WholeProgramme(programme), day)
        assert isinstance(answer, Allow) is allowed
        if allowed:
            AUTHORITY.require(person, action, programme, day)
        else:
            with pytest.raises(NotAuthorisedError, match=f"may not {action}: it takes programme manager"):
                AUTHORITY.require(person, action, programme, day)
