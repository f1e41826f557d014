"""What is to be done around an engagement, by whom and by when."""

from datetime import date

import pytest

from taskmentor.authorisation import Relation
from taskmentor.errors import InputError
from taskmentor.lifecycle.checklist import ItemText
from taskmentor.programmes import ChecklistItem, due_items, onboarding

START = date(2026, 10, 1)


@pytest.mark.requirement("OB1", "D7")
def test_ob1_and_d7_the_first_weeks_have_owners_and_days() -> None:
    """Would be broken: the contact point, who introduces the technology, and who is asked."""
    checklist = onboarding().terms.checklist
    assert {item.owner for item in checklist} == {
        Relation.MENTOR, Relation.MANAGER, Relation.MENTEE, Relation.PROGRAMME_MANAGER,
    }  # fmt: skip
    assert checklist[0].due_on(START) == START
    assert checklist[2].due_on(START) == date(2026, 10, 8)
    assert "tools" in checklist[2].text
    assert all(item.due_days <= 7 * onboarding().terms.weeks for item in checklist)


@pytest.mark.parametrize(
    ("on", "done", "left"),
    [
        (date(2026, 9, 30), (), []),
        (date(2026, 10, 1), (), ["greet"]),
        (date(2026, 10, 3), (), ["greet", "lunch"]),
        (date(2026, 10, 3), ("greet",), ["lunch"]),
        (date(2026, 11, 3), ("greet", "lunch"), ["talk"]),
    ],
)
def test_what_should_be_done_and_is_not(on: date, done: tuple[str, ...], left: list[str]) -> None:
    """Would be broken: the day itself, what is done, and the order."""
    items = [
        ChecklistItem(text=ItemText(text), owner=Relation.MENTOR, due_days=days)
        for text, days in (("talk", 9), ("greet", 0), ("lunch", 2))
    ]
    assert [item.text for item in due_items(items, starts_on=START, on=on, done=done)] == left


@pytest.mark.parametrize(("text", "days"), [("", 1), (" ", 1), ("x", -1), ("x", True), ("x", 10**6)])
def test_an_item_that_says_nothing_or_is_never_due_is_refused(text: str, days: int) -> None:
    """Would be broken: items that nobody can do."""
    with pytest.raises(InputError):
        ChecklistItem(text=ItemText(text), owner=Relation.MENTOR, due_days=days)
