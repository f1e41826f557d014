"""What a programme demands of an engagement."""

from collections.abc import Iterator
from datetime import date, timedelta

from attrs import Attribute, Factory, field, fields, frozen

from taskmentor.errors import Fault, InputError, shown
from taskmentor.models.people import PersonId

__all__ = ["Terms"]

_DAYS_A_WEEK = 7
_MOST_WEEKS = 520  # ten years: no engagement leaves the calendar


@frozen(kw_only=True)
class Terms:
    """What a programme demands of each of its engagements.

    Attributes:
        weeks: How long an engagement usually lasts.
        shortest_days: The fewest days from start date to end date.
        longest_days: The most days from start date to end date; by default twice the usual length.
        intro_meeting: Whether the two meet without obligation before they fix dates (D12).
        expires_after_days: After how many days a proposal that is not accepted by both may expire.
        confirmation_delegate: Who confirms where the mentee has no manager, or none but the mentor.

    Raises:
        InputError: If no engagement could keep these terms.
    """

    weeks: int = 6
    shortest_days: int = 1
    longest_days: int = field(default=Factory(lambda terms: _twice_as_long(terms.weeks), takes_self=True))
    intro_meeting: bool = False
    expires_after_days: int = 14
    confirmation_delegate: PersonId | None = None

    def __attrs_post_init__(self) -> None:
        faults = [*self._number_faults()] or [*self._length_faults()]
        if faults:
            raise InputError(faults)

    def usual_end(self, starts_on: date) -> date:
        """Return the end date of an engagement of the usual length."""
        return starts_on + timedelta(weeks=self.weeks)

    def _number_faults(self) -> Iterator[Fault]:
        counts = fields(type(self))
        for attribute in (counts.weeks, counts.shortest_days, counts.longest_days, counts.expires_after_days):
            yield from _count_faults(attribute, getattr(self, attribute.name))

    def _length_faults(self) -> Iterator[Fault]:
        usual = self.weeks * _DAYS_A_WEEK
        if not self.shortest_days <= usual <= self.longest_days:
            yield Fault(
                code="OUT-OF-RANGE",
                table="terms",
                column="weeks",
                problem=f"the usual {self.weeks} weeks are not within {self.shortest_days} to {self.longest_days} days",
                remedy=f"Set limits around {usual} days, or another usual length.",
            )


def _twice_as_long(weeks: object) -> int:
    # Weeks that are no count have a fault of their own; one for the days that follow from them would say it twice.
    return 2 * _DAYS_A_WEEK * weeks if isinstance(weeks, int) and 1 <= weeks <= _MOST_WEEKS else 1


def _count_faults(attribute: "Attribute[int]", value: object) -> Iterator[Fault]:
    most = _MOST_WEEKS if attribute.name == "weeks" else 2 * _DAYS_A_WEEK * _MOST_WEEKS
    remedy = f"Give a whole number from 1 to {most:,}."
    if isinstance(value, bool) or not isinstance(value, int):
        problem = f"{shown(value)} is not a whole number"
        yield Fault(code="NOT-WHOLE", table="terms", column=attribute.name, problem=problem, remedy=remedy)
    elif not 1 <= value <= most:
        problem = f"{value} is {'below 1' if value < 1 else f'above {most:,}'}"
        yield Fault(code="OUT-OF-RANGE", table="terms", column=attribute.name, problem=problem, remedy=remedy)
