"""What a programme demands of a booked session, as data; terms that no booking could keep are refused when made."""

from collections.abc import Iterator
from datetime import date

from attrs import frozen

from taskmentor.errors import Fault
from taskmentor.lifecycle.demands import check_terms
from taskmentor.lifecycle.values import MINUTES_A_DAY
from taskmentor.models.people import PersonId
from taskmentor.validators import Conflict, whole_faults

__all__ = ["BookingTerms"]

_MOST_DAYS, _MOST_BOOKINGS = 366, 10_000
_MOST = {
    "session_minutes": MINUTES_A_DAY,
    "organisation_minutes": MINUTES_A_DAY,
    "ahead_days": _MOST_DAYS,
    "answer_hours": 24 * _MOST_DAYS,
    "log_days": _MOST_DAYS,
    "open_per_mentee": _MOST_BOOKINGS,
    "open_per_mentor": _MOST_BOOKINGS,
    "mentor_sessions_a_week": _MOST_BOOKINGS,
}


@frozen(kw_only=True)
class BookingTerms:
    """What a programme demands of each session that is booked without an engagement.

    Attributes:
        session_minutes: The longest session of the programme, unless organisation and mentee both say otherwise (U1).
        organisation_minutes: The longest session of the organisation; None where it sets no limit of its own.
        approval: Whether the mentor says yes to each booking; otherwise the mentee books straight into free time.
        ahead_days: How many days ahead a session is booked at most.
        notice_hours: How many hours before the session it may be moved or cancelled without a reason; 0 for until
            it begins.
        answer_hours: How many hours a mentor has for an answer, and never longer than until the session.
        log_days: How many days after the session the two may say how it went.
        open_per_mentee: How many open bookings a mentee may have at a time.
        open_per_mentor: How many open bookings a mentor may have at a time.
        mentor_sessions_a_week: How many sessions of a mentor may lie in one week from Monday to Sunday, in UTC.
        takes_place: Whether an open booking takes a place of the mentor's capacity. A session is short, so by default
            it takes none, and the limit of sessions a week is what guards the mentor's time.

    Raises:
        InputError: If no booking could keep these terms, with everything that is wrong in them.
    """

    session_minutes: int = 20
    organisation_minutes: int | None = None
    approval: bool = False
    ahead_days: int = 28
    notice_hours: int = 0
    answer_hours: int = 72
    log_days: int = 7
    open_per_mentee: int = 3
    open_per_mentor: int = 5
    mentor_sessions_a_week: int = 5
    takes_place: bool = False

    def __attrs_post_init__(self) -> None:
        check_terms(self, self._faults(), _CONFLICTS)

    def longest_minutes(self, own_minutes: int | None = None) -> int:
        """Return the longest session: that of the programme, unless organisation and mentee say otherwise (U1).

        Each of the two alone may want shorter ones; longer ones take both, and are as long as both allow.

        Args:
            own_minutes: The mentee's limit; None for none.
        """
        own = [minutes for minutes in (self.organisation_minutes, own_minutes) if minutes is not None]
        return min(own) if len(own) == 2 else min([self.session_minutes, *own])

    def delegate_on(self, on: date) -> PersonId | None:
        """Return nobody: no manager has a say in a booked session, so nobody stands in for one."""
        return None

    def _faults(self) -> Iterator[Fault]:
        for name, most in _MOST.items():
            if not (name == "organisation_minutes" and self.organisation_minutes is None):
                yield from whole_faults("terms", name, getattr(self, name), 1, most)
        yield from whole_faults("terms", "notice_hours", self.notice_hours, 0, 24 * _MOST_DAYS)


_CONFLICTS: tuple[Conflict[BookingTerms], ...] = (
    Conflict(
        ("notice_hours", "ahead_days"),
        lambda terms: terms.notice_hours >= 24 * terms.ahead_days,
        lambda terms: f"nothing that is booked within {terms.ahead_days} days could be cancelled in time",
        "Ask for a shorter notice, or let sessions be booked further ahead.",
    ),
)
