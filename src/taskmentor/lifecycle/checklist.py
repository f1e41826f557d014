"""What is to be done around an engagement, by whom and by when, such as the first weeks of a recruit (OB1, D7)."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NewType

from attrs import Attribute, field, frozen

from taskmentor.authorisation import ITEM_OWNERS, Relation
from taskmentor.errors import Fault, InputError
from taskmentor.validators import whole, words

__all__ = ["ChecklistItem", "ItemText", "due_items"]

ItemText = NewType("ItemText", str)

_MOST_DAYS = 7_280  # as long as the longest engagement


def _check_owner(_: object, __: "Attribute[Relation]", owner: Relation) -> None:
    if owner not in ITEM_OWNERS:
        remedy = f"Use {' or '.join(relation for relation in Relation if relation in ITEM_OWNERS)}."
        problem = f"a {owner} owns no item"
        raise InputError(
            [Fault(code="BAD-CHOICE", table="ChecklistItem", column="owner", problem=problem, remedy=remedy)]
        )


@frozen(kw_only=True)
class ChecklistItem:
    """One thing to be done, which somebody owns.

    Attributes:
        text: What is to be done; it names the item.
        owner: Who sees to it: the mentee, the mentor, the mentee's manager or the programme manager.
        due_days: How many days after the start it should be done; 0 for the first day.

    Raises:
        InputError: If it says nothing, somebody else shall see to it, or the days are out of range.
    """

    text: ItemText = field()
    owner: Relation = field(validator=_check_owner)
    due_days: int = field(validator=whole(at_least=0, at_most=_MOST_DAYS))

    @text.validator
    def _check_text(self, attribute: "Attribute[str]", text: ItemText) -> None:
        words(self, attribute, text)

    def due_on(self, starts_on: date) -> date:
        """Return the day by which it should be done."""
        return starts_on + timedelta(days=self.due_days)


def due_items(
    checklist: Iterable[ChecklistItem], *, starts_on: date, on: date, done: Collection[str] = ()
) -> tuple[ChecklistItem, ...]:
    """Return what should be done by a day and is not, the oldest first.

    Args:
        checklist: The items.
        starts_on: The first day of the engagement.
        on: The day that is asked about.
        done: The texts of the items that are done.
    """
    due = (item for item in checklist if item.due_on(starts_on) <= on and item.text not in done)
    return tuple(sorted(due, key=lambda item: item.due_days))
