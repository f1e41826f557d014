"""What a programme demands of an engagement, as data; terms that no engagement could keep are refused when made."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from attrs import Factory, field, frozen

from taskmentor.authorisation import Approver
from taskmentor.errors import Fault
from taskmentor.lifecycle.checklist import ChecklistItem
from taskmentor.lifecycle.demands import check_terms
from taskmentor.lifecycle.values import CourseId
from taskmentor.models.people import PersonId
from taskmentor.validators import Conflict, whole_faults

__all__ = ["Shortfall", "Terms", "WaitOrder"]

_DAYS_A_WEEK = 7
_MOST_WEEKS = 520  # ten years: no engagement leaves the calendar
_MOST_DAYS = 2 * _DAYS_A_WEEK * _MOST_WEEKS
_MINUTES_A_DAY = 24 * 60
_MOST = {"weeks": _MOST_WEEKS, "session_minutes": _MINUTES_A_DAY}
_COUNTS = (
    "weeks", "shortest_days", "longest_days", "expires_after_days", "answer_days", "asked_at_once",
    "open_requests", "open_asks", "longest_pause_days",
)  # fmt: skip
_COUNTS_OR_NONE = (
    "schedule_within_days", "training_valid_days", "session_minutes", "session_every_days", "idle_days",
    "idle_notice_days", "host_limit",
)  # fmt: skip
_COUNTS_OR_ZERO = ("training_hours", "least_sessions", "least_face_to_face", "least_exchanges")


class Shortfall(StrEnum):
    """What follows where fewer sessions or meetings face to face were held than the terms ask for."""

    INFO = "info"
    WARN = "warn"
    BLOCK = "block"


class WaitOrder(StrEnum):
    """In which order those who wait are served."""

    FIRST_COME = "first come"
    UNMATCHED_FIRST = "unmatched first"


@frozen(kw_only=True)
class Terms:
    """What a programme demands of each of its engagements, and of the requests that lead to them.

    Attributes:
        weeks: How long an engagement usually lasts.
        shortest_days: The fewest days from start date to end date.
        longest_days: The most days from start date to end date; by default twice the usual length.
        approvals: Whose yes it takes, in this order; the mentee and the mentor in any order where it is empty.
        intro_meeting: Whether the two meet without obligation before they fix dates (D12).
        agreement: Whether both sign an agreement before they fix dates (D13).
        expires_after_days: After how many days without every yes a proposal expires, and a request without a mentor.
        schedule_within_days: After how many days without dates an accepted proposal expires; None for never.
        training_hours: The hours of training that a mentor needs before the start; 0 for none (T21, TR1).
        training_valid_days: For how many days training counts; None for ever.
        course_id: The course that the mentee completes before the start, theory first (D5); None for none.
        checklist: What somebody sees to after the start, each with its owner and day (D7).
        session_minutes: The longest session; None for no limit of the programme's.
        session_every_days: The rhythm: after how many days the next session should be held; None for no rhythm.
        least_sessions: The fewest sessions to be held.
        least_face_to_face: The fewest of them to be held face to face (V2).
        least_exchanges: The fewest exchanges without a time slot (D4).
        shortfall: What follows where fewer were held, or an item of the checklist is open.
        products_reviewed: Whether the mentor approves every work product before practice is over.
        check_in_days: How many days after the start both check in (D9).
        longest_pause_days: The most days from a pause to its end.
        idle_days: After how many days without a sign of life notice is given; None for never.
        idle_notice_days: How many days after that notice the engagement is closed; None for never.
        reassessment: Whether the mentee reassesses (T13).
        confirmation: Whether the mentee's manager confirms (T14).
        mentor_reassessment: Whether the mentor may reassess their own level afterwards (T19).
        second_goal: Whether the two may agree on a goal in the other direction: what the mentor learns (RV2).
        host_limit: How many engagements of the programme a mentor has at a time, as where people are shadowed at their
            work; None for no limit but their capacity. See `places.at_host_limit`.
        confirmation_delegate: Who confirms where the mentee has no manager, or none but the mentor.
        delegate_until: The last day on which the delegate is one; None for no end.
        asked_at_once: How many mentors are asked at a time, best first.
        answer_days: How many days a mentor who is asked has for an answer; by default a week, or the whole time.
        open_requests: How many open requests a mentee may have at a time.
        open_asks: How many open requests a mentor is asked at a time.
        wait_order: In which order those without a mentor wait; None where nobody waits.

    Raises:
        InputError: If no engagement could keep these terms, with everything that is wrong in them.
    """

    weeks: int = 6
    shortest_days: int = 1
    longest_days: int = field(default=Factory(lambda terms: _twice_as_long(terms.weeks), takes_self=True))
    approvals: tuple[Approver, ...] = ()
    intro_meeting: bool = False
    agreement: bool = False
    expires_after_days: int = 14
    schedule_within_days: int | None = None
    training_hours: int = 0
    training_valid_days: int | None = None
    course_id: CourseId | None = None
    checklist: tuple[ChecklistItem, ...] = ()
    session_minutes: int | None = None
    session_every_days: int | None = None
    least_sessions: int = 0
    least_face_to_face: int = 0
    least_exchanges: int = 0
    shortfall: Shortfall = Shortfall.WARN
    products_reviewed: bool = False
    check_in_days: tuple[int, ...] = ()
    longest_pause_days: int = 90
    idle_days: int | None = None
    idle_notice_days: int | None = None
    reassessment: bool = True
    confirmation: bool = True
    mentor_reassessment: bool = True
    second_goal: bool = False
    host_limit: int | None = None
    confirmation_delegate: PersonId | None = None
    delegate_until: date | None = None
    asked_at_once: int = 1
    answer_days: int = field(default=Factory(lambda terms: _a_week_of(terms.expires_after_days), takes_self=True))
    open_requests: int = 3
    open_asks: int = 5
    wait_order: WaitOrder | None = None

    def __attrs_post_init__(self) -> None:
        check_terms(self, self._number_faults(), _CONFLICTS)

    def usual_end(self, starts_on: date) -> date:
        """Return the end date of an engagement of the usual length."""
        return starts_on + timedelta(weeks=self.weeks)

    def delegate_on(self, on: date) -> PersonId | None:
        """Return the delegate of a day: who confirms where there is no manager."""
        return None if self.delegate_until is not None and on > self.delegate_until else self.confirmation_delegate

    def _number_faults(self) -> Iterator[Fault]:
        for name in _COUNTS:
            yield from whole_faults("terms", name, getattr(self, name), 1, _most(name))
        for name in _COUNTS_OR_NONE:
            if getattr(self, name) is not None:
                yield from whole_faults("terms", name, getattr(self, name), 1, _most(name))
        for name in _COUNTS_OR_ZERO:
            yield from whole_faults("terms", name, getattr(self, name), 0, _most(name))
        for days in self.check_in_days:
            yield from whole_faults("terms", "check_in_days", days, 1, _most("check_in_days"))
        yield from self._approval_faults()

    def _approval_faults(self) -> Iterator[Fault]:
        for approver in Approver:
            if self.approvals.count(approver) > 1:
                yield _approval_fault(f"the {approver} is asked twice", "Name each approver once.")
        for side in (Approver.MENTEE, Approver.MENTOR):
            if self.approvals and side not in self.approvals:
                yield _approval_fault(f"the {side} is not asked", "Ask both sides, or leave the list empty.")


def _twice_as_long(weeks: object) -> int:
    # Weeks that are no count have a fault of their own; one for the days that follow from them would say it twice.
    return 2 * _DAYS_A_WEEK * weeks if isinstance(weeks, int) and 1 <= weeks <= _MOST_WEEKS else _MOST_DAYS


def _a_week_of(days: object) -> int:
    return min(_DAYS_A_WEEK, int(days)) if isinstance(days, int) and days >= 1 else 1


def _most(name: str) -> int:
    return _MOST.get(name, _MOST_DAYS)


def _approval_fault(problem: str, remedy: str) -> Fault:
    return Fault(code="CONFLICTING-TERMS", table="terms", column="approvals", problem=problem, remedy=remedy)


def _needs(name: str, needed: str) -> Conflict[Terms]:
    return Conflict(
        (name, needed),
        lambda terms: bool(getattr(terms, name)) and not getattr(terms, needed),
        lambda _: f"it means nothing without {needed}",
        f"Set {needed} too, or leave this out.",
    )


def _days_of_sessions(terms: Terms) -> int:
    """Return how many days lie between the first and the last of the sessions that the terms ask for."""
    return (terms.least_sessions - 1) * (terms.session_every_days or 0)


_CONFLICTS: tuple[Conflict[Terms], ...] = (
    Conflict(
        ("weeks", "shortest_days", "longest_days"),
        lambda terms: not terms.shortest_days <= terms.weeks * _DAYS_A_WEEK <= terms.longest_days,
        lambda terms: (
            f"the usual {terms.weeks} weeks are not within {terms.shortest_days} to {terms.longest_days} days"
        ),
        "Set limits around the usual length, or another usual length.",
        code="OUT-OF-RANGE",
    ),
    Conflict(
        ("answer_days", "expires_after_days"),
        lambda terms: terms.answer_days > terms.expires_after_days,
        lambda terms: f"a request has expired after {terms.expires_after_days} days, before an answer is due",
        "Give an answer at most as long as the whole request.",
    ),
    Conflict(
        ("least_face_to_face", "least_sessions"),
        lambda terms: terms.least_face_to_face > terms.least_sessions,
        lambda terms: (
            f"{terms.least_face_to_face} face to face are more than the {terms.least_sessions} sessions in all"
        ),
        "Ask for at least as many sessions.",
    ),
    Conflict(
        ("least_sessions", "session_every_days", "longest_days"),
        lambda terms: _days_of_sessions(terms) > terms.longest_days,
        lambda terms: (
            f"{terms.least_sessions} sessions every {terms.session_every_days} days take "
            f"{_days_of_sessions(terms)} days, and the longest engagement has {terms.longest_days}"
        ),
        "Ask for fewer sessions, a faster rhythm or a longer engagement.",
    ),
    Conflict(
        ("check_in_days", "longest_days"),
        lambda terms: any(days > terms.longest_days for days in terms.check_in_days),
        lambda terms: f"the longest engagement is over after {terms.longest_days} days",
        "Check in before the end.",
    ),
    Conflict(
        ("checklist", "longest_days"),
        lambda terms: any(item.due_days > terms.longest_days for item in terms.checklist),
        lambda terms: f"the longest engagement is over after {terms.longest_days} days",
        "Let each item be due before the end.",
    ),
    Conflict(
        ("checklist",),
        lambda terms: len({item.text for item in terms.checklist}) < len(terms.checklist),
        lambda terms: "an item stands in it twice",
        "Name each item once.",
    ),
    Conflict(
        ("check_in_days",),
        lambda terms: list(terms.check_in_days) != sorted(set(terms.check_in_days)),
        lambda terms: f"{terms.check_in_days} does not rise",
        "Give each day once, the earliest first.",
    ),
    Conflict(
        ("idle_days", "session_every_days"),
        lambda terms: (
            terms.idle_days is not None
            and terms.session_every_days is not None
            and terms.idle_days < terms.session_every_days
        ),
        lambda terms: f"a session every {terms.session_every_days} days is in time, and counts as idle all the same",
        "Wait at least from one session to the next.",
    ),
    Conflict(
        ("confirmation", "reassessment"),
        lambda terms: terms.confirmation and not terms.reassessment,
        lambda _: "there is nothing to confirm without a reassessment",
        "Ask for both, or set both to False.",
    ),
    _needs("training_valid_days", "training_hours"),
    _needs("idle_notice_days", "idle_days"),
    _needs("delegate_until", "confirmation_delegate"),
)
"""What contradicts what; each is told by name, all at once, when terms are made."""
