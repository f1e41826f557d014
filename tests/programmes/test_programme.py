"""Programmes: a kind of mentoring as data, and what contradicts itself in one."""

from typing import Any

import pytest
from attrs import evolve

from taskmentor.authorisation import INITIATORS, Relation
from taskmentor.errors import InputError
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.terms import Terms
from taskmentor.programmes import STARTED_BY, Format, MatchingMode, Medium, Programme, Purpose, task_based


def faults_of(**fields: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(InputError) as caught:
        evolve(task_based(), **fields)
    assert all(fault.table == "programme" and fault.remedy for fault in caught.value.faults)
    return [(fault.code, fault.column) for fault in caught.value.faults]


def test_a_programme_needs_only_a_name_and_a_purpose() -> None:
    """D20: without settings it is one to one, matched in bulk by the programme manager."""
    programme = Programme(id=ProgrammeId("ours"), title="Ours", purpose=Purpose.SERVICE)
    assert (programme.format, programme.mode, programme.medium) == (
        Format.ONE_TO_ONE, MatchingMode.BULK, Medium.EITHER,
    )  # fmt: skip
    assert programme.initiator is Relation.PROGRAMME_MANAGER
    assert programme.terms == Terms()


@pytest.mark.requirement("PU1", "PR1")
def test_all_purposes_of_the_documents_can_be_named() -> None:
    """PU1: eleven purposes, and goals beside them (PR1)."""
    assert len(Purpose) == 11
    programme = evolve(task_based(), purpose=Purpose.RETENTION, goals=("Half as many leave in their first year",))
    assert programme.goals == ("Half as many leave in their first year",)
    assert hash(programme) == hash(evolve(programme))


def test_nobody_starts_engagements_who_could_not_propose_them() -> None:
    """A confirmer or a service account is no initiator."""
    for relation in Relation:
        if relation in INITIATORS:
            assert evolve(task_based(), initiator=relation).initiator is relation
        else:
            assert faults_of(initiator=relation) == [("BAD-INITIATOR", "initiator")]
    with pytest.raises(InputError, match=r"a system cannot start an engagement\. Use mentee or mentor or manager or"):
        evolve(task_based(), initiator=Relation.SYSTEM)


@pytest.mark.parametrize("mode", MatchingMode)
def test_the_mode_says_who_can_start(mode: MatchingMode) -> None:
    """RB2, TB1: in a directory mentees ask; what is assigned, nobody asks for."""
    for initiator in sorted(INITIATORS):
        if initiator in STARTED_BY[mode]:
            assert evolve(task_based(), mode=mode, initiator=initiator).mode is mode
        else:
            assert faults_of(mode=mode, initiator=initiator) == [("CONFLICTING-PROGRAMME", "mode")]


def test_nobody_who_writes_to_each_other_is_asked_for_sessions() -> None:
    """D4: asynchronous mentoring has no time slots."""
    meeting = Terms(least_sessions=2, least_face_to_face=1)
    assert faults_of(medium=Medium.ASYNCHRONOUS, terms=meeting) == [("CONFLICTING-PROGRAMME", "medium")]
    assert evolve(task_based(), medium=Medium.VIRTUAL, terms=meeting).terms.least_face_to_face == 1


def test_everything_that_is_wrong_is_told_at_once() -> None:
    """One message at a time would have to be mended one at a time; a fault of a field is not told twice."""
    wrong = faults_of(
        id=" ",
        title="",
        goals=("Fewer mistakes", " "),
        labels=("",),
        initiator=Relation.CONFIRMER,
        mode=MatchingMode.DIRECTORY,
        medium=Medium.ASYNCHRONOUS,
        terms=Terms(least_sessions=1),
    )
    assert wrong == [
        ("MISSING-VALUE", "id"),
        ("MISSING-VALUE", "title"),
        ("MISSING-VALUE", "goals"),
        ("MISSING-VALUE", "labels"),
        ("BAD-INITIATOR", "initiator"),
        ("CONFLICTING-PROGRAMME", "medium"),
    ]
