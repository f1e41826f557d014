"""The actions: what each refuses when it is made."""

from collections.abc import Callable
from datetime import date

import attrs
import pytest

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import InputError
from taskmentor.lifecycle.actions import End, RecordPractice, Return, Schedule, Withdraw
from taskmentor.lifecycle.events import EndReason, PracticeKind
from tests.lifecycle.examples import BEGIN, MENTEE, SCOPE, example, proposal


def code_of(refused: pytest.ExceptionInfo[InputError]) -> str:
    return refused.value.faults[0].code


def practice(*, behaviour: str = SCOPE.behaviours[0], minutes: int = 45) -> RecordPractice:
    return RecordPractice(kind=PracticeKind.PRACTISING, behaviour=behaviour, day=date(2026, 1, 5), minutes=minutes)


@pytest.mark.parametrize("name", ActionName)
def test_every_name_has_one_action_and_it_knows_its_name(name: ActionName) -> None:
    """Rights and moves are looked up by it."""
    assert example(name, BEGIN).name is name


def test_t1_start_and_end_date_are_mandatory() -> None:
    """An engagement without an end is no task-based mentoring."""
    with pytest.raises(TypeError, match="ends_on"):
        Schedule(starts_on=date(2026, 1, 5))  # type: ignore[call-arg]
    with pytest.raises(InputError, match="is not after the start"):
        Schedule(starts_on=date(2026, 1, 5), ends_on=date(2026, 1, 5))


@pytest.mark.parametrize("minutes", [0, -5, 1441])
def test_t11_minutes_fit_into_a_day(minutes: int) -> None:
    with pytest.raises(InputError, match="Give 1 to 1440 minutes"):
        practice(minutes=minutes)


@pytest.mark.parametrize(
    ("make", "column"),
    [
        (lambda: Withdraw(reason=" "), "reason"),
        (lambda: Return(note=""), "note"),
        (lambda: practice(behaviour=" "), "behaviour"),
    ],
)
def test_where_words_are_asked_for_blanks_will_not_do(make: Callable[[], object], column: str) -> None:
    """The other side would be left to guess."""
    with pytest.raises(InputError, match="Say it in a few words") as refused:
        make()
    assert refused.value.faults[0].column == column


def test_d16_the_reason_other_takes_words() -> None:
    with pytest.raises(InputError, match="Say it in a few words"):
        End(reason=EndReason.OTHER, words=" ")


def test_a_proposal_that_cannot_be_is_refused_when_made() -> None:
    with pytest.raises(InputError, match="is mentee and mentor") as refused:
        attrs.evolve(proposal(), mentor_id=MENTEE)
    assert code_of(refused) == "SELF-MENTOR"
    with pytest.raises(InputError, match=r"a system proposes nothing\. Use mentee or mentor or manager or programme"):
        proposal(initiator=Relation.SYSTEM)
