"""What is to be done around an engagement, by whom and by when, such as the first weeks of a recruit (OB1, D7)."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from attrs import field, frozen

from taskmentor.authorisation import Relation
from taskmentor.validators import whole, words

__all__ = ["ChecklistItem", "due_items"]

_MOST_DAYS = 7_280  # as long as the longest engagement


@frozen(kw_only=True)
class ChecklistItem:
    """One thing to be done, which somebody owns.

    Attributes:
        text: What is to be done.
        owner: Who sees to it.
        due_days: How many days after the start it should be done; 0 for the first day.
    """

    text: str = field(validator=words)
    owner: Relation
    due_days: int = field(validator=whole(at_least=0, at_most=_MOST_DAYS))

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
