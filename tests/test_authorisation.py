"""The table of rights, and the relations of people to an engagement on a day."""

from datetime import date

import pytest

from taskmentor.authorisation import (
    INITIATORS,
    NEVER,
    RIGHTS,
    ActionName,
    Relation,
    ReportingLines,
    authorise,
    confirmer,
    may,
    relations,
)
from taskmentor.errors import NotAuthorisedError
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
        authorise(action, "stan", frozenset())
    assert set(refused.value.needed) == RIGHTS[action]


@pytest.mark.parametrize("action", ActionName)
def test_each_relation_of_the_table_is_enough_alone(action: ActionName) -> None:
    """A right that needs two relations at once is none."""
    for relation in RIGHTS[action]:
        authorise(action, "somebody", {relation})


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
    assert held("dora", "ann", "ben", delegate="dora") == {Relation.CONFIRMER}


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
    assert held("ben", "di", "cy") == {Relation.CONFIRMER, Relation.MANAGER}
    assert held("ben", "di", "cy", on=april) == set()
    assert held("eve", "di", "cy", on=april) == {Relation.CONFIRMER, Relation.MANAGER}


def test_somebody_may_be_several_things_at_once() -> None:
    """A programme manager who is the mentee keeps both relations, and NEVER bars the confirmation."""
    assert held("cy", "cy", "di") == {Relation.MENTEE, Relation.PROGRAMME_MANAGER}


def test_the_other_relations_are_told_apart() -> None:
    assert held("ann", "cy", "di") == {Relation.MANAGER_ABOVE}
    assert held("clock", "cy", "di") == {Relation.SYSTEM}
    assert held("pam", "cy", "di") == {Relation.PROGRAMME_MANAGER}
    assert held("eve", "cy", "di") == set()
