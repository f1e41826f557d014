"""The table of rights, and the relations of people to an engagement on a day."""

from collections.abc import Callable
from datetime import date

import pytest

from taskmentor.authorisation import (
    INITIATORS,
    NEVER,
    RIGHTS,
    ActionName,
    Grant,
    Relation,
    ReportingLines,
    confirmer,
    may,
    relations,
    require,
)
from taskmentor.errors import InputError, NotAuthorisedError
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId

DAY = date(2026, 1, 5)


ORGANISATIONS_TELL_THEIR_LINES: type[ReportingLines] = Organisation  # asserted by mypy


class Company:
    """`ann` leads; `ben` is under her; `cy` and `di` are under `ben`; `di` moves to `eve` in March."""

    def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
        lines: dict[str, tuple[str, ...]] = {
            "ann": (),
            "ben": ("ann",),
            "cy": ("ben", "ann"),
            "di": ("ben", "ann") if on < date(2026, 3, 1) else ("eve", "ann"),
        }
        return tuple(PersonId(manager_id) for manager_id in lines[person_id])


COMPANY = Company()


def held(actor: str, mentee_id: str, mentor_id: str, *, on: date = DAY, delegate: str | None = None) -> set[Relation]:
    return set(
        relations(
            COMPANY,
            actor=actor,
            mentee_id=mentee_id,
            mentor_id=mentor_id,
            on=on,
            delegate=None if delegate is None else PersonId(delegate),
            programme_managers={"pam", "cy"},
            system_actors={"clock"},
        )
    )


def test_every_action_has_a_line_in_the_table_of_rights() -> None:
    """A new action without a right would be refused to everybody and nobody would notice why."""
    assert set(RIGHTS) == set(ActionName)
    assert all(RIGHTS.values())
    assert set(NEVER) <= set(ActionName)


@pytest.mark.parametrize("action", ActionName)
def test_nobody_may_do_anything_without_a_relation(action: ActionName) -> None:
    """Deny by default: a stranger has no rights."""
    assert not may(action, frozenset())
    with pytest.raises(NotAuthorisedError, match=f"'stan' may not {action}: it takes ") as refused:
        require(action, "stan", frozenset())
    assert set(refused.value.needed) == RIGHTS[action]


@pytest.mark.parametrize("action", ActionName)
def test_each_relation_of_the_table_is_enough_alone(action: ActionName) -> None:
    """A right that needs two relations at once is none."""
    for relation in RIGHTS[action]:
        require(action, "somebody", {relation})


@pytest.mark.parametrize("action", [ActionName.CONFIRM, ActionName.RETURN])
@pytest.mark.parametrize("side", [Relation.MENTEE, Relation.MENTOR])
def test_t14_neither_side_confirms_whatever_else_they_are(action: ActionName, side: Relation) -> None:
    """Somebody would confirm their own success."""
    assert not may(action, set(Relation) - {Relation.MENTEE, Relation.MENTOR} | {side})
    assert may(action, set(Relation) - {Relation.MENTEE, Relation.MENTOR})


def test_the_programme_manager_never_confirms() -> None:
    """A target reported as reached by those whose programme is judged by it."""
    assert not may(ActionName.CONFIRM, {Relation.PROGRAMME_MANAGER, Relation.MANAGER_ABOVE, Relation.SYSTEM})


def test_only_initiators_may_propose() -> None:
    assert RIGHTS[ActionName.PROPOSE] == INITIATORS


def test_the_tables_cannot_be_written_to() -> None:
    """A right added at run time would hold for every programme of the process."""
    with pytest.raises(TypeError):
        RIGHTS[ActionName.CONFIRM] = frozenset(Relation)  # type: ignore[index]


def test_t14_the_confirmer_is_the_mentees_manager() -> None:
    assert confirmer(COMPANY, mentee_id="cy", mentor_id="di", on=DAY) == "ben"


def test_t14_a_manager_who_is_the_mentor_leaves_it_to_the_next_one_up() -> None:
    """The mentor would confirm their own teaching."""
    assert confirmer(COMPANY, mentee_id="cy", mentor_id="ben", on=DAY) == "ann"
    assert held("ben", "cy", "ben") == {Relation.MENTOR, Relation.MANAGER}


def test_t14_without_a_manager_the_delegate_confirms() -> None:
    """The head of an organisation could never complete an engagement."""
    assert confirmer(COMPANY, mentee_id="ann", mentor_id="ben", on=DAY) is None
    assert confirmer(COMPANY, mentee_id="ann", mentor_id="ben", on=DAY, delegate=PersonId("dora")) == "dora"
    assert held("dora", "ann", "ben", delegate="dora") == {Relation.CONFIRMER, Relation.MENTORS_MANAGER}


def test_t14_where_the_only_manager_is_the_mentor_the_delegate_confirms() -> None:
    assert confirmer(COMPANY, mentee_id="ben", mentor_id="ann", on=DAY) is None
    assert confirmer(COMPANY, mentee_id="ben", mentor_id="ann", on=DAY, delegate=PersonId("dora")) == "dora"


@pytest.mark.parametrize("delegate", ["ann", "ben"])
def test_t14_a_delegate_who_takes_part_does_not_confirm(delegate: str) -> None:
    """Naming a side as delegate would be a way round the rule."""
    assert confirmer(COMPANY, mentee_id="ann", mentor_id="ben", on=DAY, delegate=PersonId(delegate)) is None
    assert Relation.CONFIRMER not in held(delegate, "ann", "ben", delegate=delegate)


def test_t14_the_delegate_does_not_confirm_while_there_is_a_manager() -> None:
    assert held("dora", "cy", "di", delegate="dora") == set()


def test_t14_the_manager_of_the_day_confirms_and_the_former_one_does_not() -> None:
    """A manager who has left the team would confirm what they no longer see."""
    april = date(2026, 4, 1)
    assert held("ben", "di", "cy") == {Relation.CONFIRMER, Relation.MANAGER, Relation.MENTORS_MANAGER}
    assert held("ben", "di", "cy", on=april) == {Relation.MENTORS_MANAGER}
    assert held("eve", "di", "cy", on=april) == {Relation.CONFIRMER, Relation.MANAGER}


def test_somebody_may_be_several_things_at_once() -> None:
    """A programme manager who is the mentee keeps both relations, and NEVER bars the confirmation."""
    assert held("cy", "cy", "di") == {Relation.MENTEE, Relation.PROGRAMME_MANAGER}


def test_the_other_relations_are_told_apart() -> None:
    assert held("ann", "cy", "di") == {Relation.MANAGER_ABOVE}
    assert held("clock", "cy", "di") == {Relation.SYSTEM}
    assert held("pam", "cy", "di") == {Relation.PROGRAMME_MANAGER}
    assert held("eve", "cy", "di") == set()


def grant(
    person_id: str,
    relation: Relation,
    *,
    by: str | None = None,
    until: date | None = None,
    programme: str | None = None,
) -> Grant:
    return Grant(
        person_id=PersonId(person_id),
        relation=relation,
        from_on=DAY,
        until_on=until,
        programme_id=programme,
        granted_by=None if by is None else PersonId(by),
    )


def granted(actor: str, *grants: Grant, on: date = DAY, mentee: str = "di", programme: str = "p") -> set[Relation]:
    return set(
        relations(COMPANY, actor=actor, mentee_id=mentee, mentor_id="cy", on=on, programme_id=programme, grants=grants)
    )


def test_a_manager_passes_the_confirmation_on_by_a_written_grant_with_dates() -> None:
    """The manager is away for a month: a delegate stands in, and on no other day."""
    given = grant("ann", Relation.CONFIRMER, by="ben", until=date(2026, 1, 31))
    assert granted("ann", given) == {Relation.CONFIRMER, Relation.MANAGER_ABOVE}
    assert granted("ann", given, on=date(2026, 2, 1)) == {Relation.MANAGER_ABOVE}
    assert granted("ann", given, on=date(2026, 1, 4)) == {Relation.MANAGER_ABOVE}
    assert granted("ben", given) >= {Relation.CONFIRMER}, "who grants it keeps it"


def test_a_past_manager_after_moving_has_lost_the_right_and_what_they_granted() -> None:
    april = date(2026, 4, 1)
    given = grant("ann", Relation.CONFIRMER, by="ben")
    assert Relation.CONFIRMER not in granted("ann", given, on=april)
    assert Relation.CONFIRMER not in granted("ben", given, on=april)
    assert granted("eve", given, on=april) == {Relation.CONFIRMER, Relation.MANAGER}


def test_nobody_grants_what_is_not_theirs() -> None:
    """A head two levels up would pass on a confirmation that they do not have."""
    assert granted("stan", grant("stan", Relation.CONFIRMER, by="ann")) == set()


@pytest.mark.parametrize("side", ["di", "cy"])
def test_a_grant_does_not_make_a_side_confirm(side: str) -> None:
    assert Relation.CONFIRMER not in granted(side, grant(side, Relation.CONFIRMER, by="ben"))


def test_without_anybody_who_confirms_nobody_can_pass_it_on() -> None:
    assert granted("stan", grant("stan", Relation.CONFIRMER, by="ben"), mentee="ann") == set()


def test_a_person_in_two_programmes_is_programme_manager_of_the_one_alone() -> None:
    given = grant("stan", Relation.PROGRAMME_MANAGER, programme="p")
    assert granted("stan", given, programme="p") == {Relation.PROGRAMME_MANAGER}
    assert granted("stan", given, programme="q") == set()
    assert granted("stan", grant("stan", Relation.PROGRAMME_MANAGER), programme="q") == {Relation.PROGRAMME_MANAGER}


def test_a_service_account_is_that_and_nothing_else() -> None:
    """An account under a manager's id would confirm by itself."""
    assert granted("ben", grant("ben", Relation.SYSTEM)) == {Relation.SYSTEM}


@pytest.mark.parametrize(
    ("make", "column", "sentence"),
    [
        (lambda: grant("stan", Relation.MENTOR), "relation", "nobody is made mentor by a grant. Grant confirmer or"),
        (lambda: grant("stan", Relation.CONFIRMER), "granted_by", "'stan' confirms in nobody else's place"),
        (lambda: grant("stan", Relation.CONFIRMER, by="stan"), "granted_by", "Name whose place it is"),
        (lambda: grant("stan", Relation.SYSTEM, until=date(2026, 1, 4)), "until_on", "is before the first"),
    ],
)
def test_a_grant_that_cannot_be_is_refused_when_made(make: Callable[[], Grant], column: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as refused:
        make()
    assert refused.value.faults[0].column == column


class Circle:
    """Two who manage each other, as no table would be read."""

    def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
        return (PersonId("b"), PersonId("a")) if person_id == "a" else (PersonId("a"), PersonId("b"))


def test_where_managers_manage_each_other_nothing_is_decided() -> None:
    with pytest.raises(InputError, match="the managers above 'a' manage each other on 2026-01-05: b > a") as refused:
        relations(Circle(), actor="a", mentee_id="a", mentor_id="c", on=DAY)
    assert refused.value.faults[0].code == "MANAGER-CYCLE"


def test_a_vacancy_leaves_it_to_the_next_one_up() -> None:
    """Somebody who has left is in no line of managers, so nothing waits for them."""

    class Vacant(Company):
        def line_of_managers(self, person_id: str, on: date) -> tuple[PersonId, ...]:
            return tuple(one for one in super().line_of_managers(person_id, on) if one != "ben")

    assert confirmer(Vacant(), mentee_id="di", mentor_id="cy", on=DAY) == "ann"
