"""What a programme demands of a group, as data; terms that no group could keep are refused when made."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from attrs import Factory, field, frozen

from taskmentor.errors import Fault
from taskmentor.lifecycle.demands import check_terms
from taskmentor.lifecycle.terms import Shortfall
from taskmentor.lifecycle.values import MINUTES_A_DAY
from taskmentor.models.people import PersonId
from taskmentor.validators import Conflict, whole_faults

__all__ = ["GroupPurpose", "GroupTerms"]

_MOST_WEEKS, _MOST_DAYS, _MOST_PEOPLE = 520, 7_280, 1_000
_LEAST_AND_MOST = {
    "weeks": (1, _MOST_WEEKS), "longest_days": (1, _MOST_DAYS), "min_mentors": (0, _MOST_PEOPLE),
    "max_mentors": (0, _MOST_PEOPLE), "min_mentees": (1, _MOST_PEOPLE), "max_mentees": (1, _MOST_PEOPLE),
    "min_departments": (1, _MOST_PEOPLE), "quorum_percent": (1, 100), "answer_days": (1, _MOST_DAYS),
    "form_days": (1, _MOST_DAYS), "session_minutes": (1, MINUTES_A_DAY), "least_sessions": (0, _MOST_DAYS),
    "idle_days": (1, _MOST_DAYS), "idle_notice_days": (1, _MOST_DAYS),
}  # fmt: skip
_OR_NONE = frozenset({"session_minutes", "idle_days", "idle_notice_days"})


class GroupPurpose(StrEnum):
    """What a group comes together for."""

    PROBLEM = "problem"  # one business problem, looked at from several departments (P1)
    LAUNCH = "launch"  # a product to be learnt and launched together (P2)
    RESKILL = "reskill"  # a set of skills, learnt from experts and peers (P3)
    CIRCLE = "circle"  # peers who support each other (D3)
    MENTORING = "group mentoring"  # one or several mentors with several mentees (G1, D1)


def _fewest_mentors(terms: "GroupTerms") -> int:
    return 0 if terms.purpose is GroupPurpose.CIRCLE else 1


def _fewest_departments(terms: "GroupTerms") -> int:
    return 2 if terms.purpose is GroupPurpose.PROBLEM else 1


def _twice_as_long(terms: "GroupTerms") -> int:
    weeks: object = terms.weeks
    # Weeks that are no count have a fault of their own; one for the days that follow from them would say it twice.
    return 14 * weeks if isinstance(weeks, int) and 1 <= weeks <= _MOST_WEEKS else _MOST_DAYS


@frozen(kw_only=True)
class GroupTerms:
    """What a programme demands of each of its groups.

    Attributes:
        purpose: What its groups come together for.
        weeks: How long a group usually lasts.
        longest_days: The most days from start to end; by default twice the usual length.
        min_mentors: The fewest mentors and experts; none in a circle, else one, unless given.
        max_mentors: The most mentors and experts: one as in the strict form of group mentoring (G1), or several (D1).
        min_mentees: The fewest mentees and peers.
        max_mentees: The most mentees and peers.
        facilitator: Whether somebody must facilitate.
        min_departments: From how many departments, at least, the members come (P1); two around a problem, else one.
        self_join: Whether people may form a group by themselves and join one, while it runs too.
        answer_days: How many days somebody who is invited has for an answer.
        form_days: How many days a group has to start.
        quorum_percent: How many per cent of the members must come for a session to count (G2).
        session_minutes: The longest session; None for no limit.
        least_sessions: The fewest sessions, with a quorum, before the group has done its work.
        shortfall: What follows where fewer were held.
        idle_days: After how many days without a sign of life notice is given; None for never.
        idle_notice_days: How many days after that notice the group is closed; None for never.
        reassessment: Whether each mentee reassesses each skill that they are to reach (T13).
        confirmation: Whether each mentee's manager confirms (T14).
        confirmation_delegate: Who confirms where a mentee has no manager, or none but a mentor of the group.
        delegate_until: The last day on which the delegate is one; None for no end.

    Raises:
        InputError: If no group could keep these terms, with everything that is wrong in them.
    """

    purpose: GroupPurpose = GroupPurpose.MENTORING
    weeks: int = 12
    longest_days: int = field(default=Factory(_twice_as_long, takes_self=True))
    min_mentors: int = field(default=Factory(_fewest_mentors, takes_self=True))
    max_mentors: int = 3
    min_mentees: int = 3
    max_mentees: int = 8
    facilitator: bool = False
    min_departments: int = field(default=Factory(_fewest_departments, takes_self=True))
    self_join: bool = False
    answer_days: int = 7
    form_days: int = 28
    quorum_percent: int = 50
    session_minutes: int | None = None
    least_sessions: int = 0
    shortfall: Shortfall = Shortfall.WARN
    idle_days: int | None = None
    idle_notice_days: int | None = None
    reassessment: bool = True
    confirmation: bool = True
    confirmation_delegate: PersonId | None = None
    delegate_until: date | None = None

    def __attrs_post_init__(self) -> None:
        check_terms(self, self._faults(), _CONFLICTS)

    def usual_end(self, starts_on: date) -> date:
        """Return the end date of a group of the usual length."""
        return starts_on + timedelta(weeks=self.weeks)

    def delegate_on(self, on: date) -> PersonId | None:
        """Return the delegate of a day: who confirms where there is no manager."""
        return None if self.delegate_until is not None and on > self.delegate_until else self.confirmation_delegate

    def _faults(self) -> Iterator[Fault]:
        for name, (least, most) in _LEAST_AND_MOST.items():
            value = getattr(self, name)
            if value is not None or name not in _OR_NONE:
                yield from whole_faults("terms", name, value, least, most)


def _at_least(more: str, fewer: str) -> Conflict[GroupTerms]:
    return Conflict(
        (more, fewer),
        lambda terms: getattr(terms, more) < getattr(terms, fewer),
        lambda terms: f"{getattr(terms, more)} are fewer than the {getattr(terms, fewer)} of {fewer}",
        f"Give at least as many as {fewer}.",
    )


def _needs(name: str, needed: str) -> Conflict[GroupTerms]:
    return Conflict(
        (name, needed),
        lambda terms: bool(getattr(terms, name)) and not getattr(terms, needed),
        lambda _: f"it means nothing without {needed}",
        f"Set {needed} too, or leave this out.",
    )


_CONFLICTS: tuple[Conflict[GroupTerms], ...] = (
    _at_least("max_mentors", "min_mentors"),
    _at_least("max_mentees", "min_mentees"),
    Conflict(
        ("longest_days", "weeks"),
        lambda terms: terms.weeks * 7 > terms.longest_days,
        lambda terms: f"the usual {terms.weeks} weeks are more than the longest {terms.longest_days} days",
        "Set a later limit, or another usual length.",
    ),
    Conflict(
        ("min_departments", "max_mentors", "max_mentees"),
        lambda terms: terms.min_departments > terms.max_mentors + terms.max_mentees + terms.facilitator,
        lambda terms: f"a group of these sizes has too few people for {terms.min_departments} departments",
        "Ask for fewer departments, or for larger groups.",
    ),
    Conflict(
        ("min_mentors", "purpose"),
        lambda terms: terms.min_mentors == 0 and terms.purpose in (GroupPurpose.MENTORING, GroupPurpose.RESKILL),
        lambda terms: f"nobody teaches in {terms.purpose}",
        "Ask for a mentor or expert, or make it a circle.",
    ),
    Conflict(
        ("confirmation", "reassessment"),
        lambda terms: terms.confirmation and not terms.reassessment,
        lambda _: "there is nothing to confirm without a reassessment",
        "Ask for both, or set both to False.",
    ),
    _needs("idle_notice_days", "idle_days"),
    _needs("delegate_until", "confirmation_delegate"),
)
