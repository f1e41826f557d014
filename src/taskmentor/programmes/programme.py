"""The programme: a kind of mentoring as data, with purpose, format, who starts it, policy and terms."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from attrs import field, frozen

from taskmentor.authorisation import INITIATORS, Relation
from taskmentor.errors import Fault, InputError
from taskmentor.lifecycle.booking.terms import BookingTerms
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.group.actions import FORMED_BY
from taskmentor.lifecycle.group.terms import GroupPurpose, GroupTerms
from taskmentor.lifecycle.terms import Terms
from taskmentor.matching.groups.policy import GroupPolicy
from taskmentor.matching.policy import Policy
from taskmentor.validators import Conflict, conflicts, row_of, whole_faults

__all__ = ["STARTED_BY", "Format", "MatchingMode", "Medium", "Programme", "Purpose"]


class Purpose(StrEnum):
    """What a programme is for (PU1)."""

    ONBOARDING = "onboarding"
    SKILLS = "skills enhancement"
    IDENTITY = "professional identity"
    CAREER = "career development"
    LEADERSHIP = "leadership"
    EDUCATION = "education support"
    CHANGE = "organisational development"
    SERVICE = "customer service"
    RETENTION = "staff retention"
    RECRUITMENT = "recruitment"
    TRANSFER = "knowledge transfer"


class Format(StrEnum):
    """Who sits together in a session."""

    ONE_TO_ONE = "one-to-one"  # exactly one mentor and one mentee (O1)
    GROUP = "group"  # one or several mentors and several mentees (G1, D1)
    CIRCLE = "circle"  # peers, who need no mentor (D3)
    SESSION = "session"  # one booked session of two is the unit (U5)


class MatchingMode(StrEnum):
    """How mentees come to their mentors."""

    BULK = "bulk"  # all requests of a day are matched at once
    SUGGESTED = "suggested"  # each mentee is shown the best few, and chooses
    SELF_MATCH_ONE_SIDED = "self-match-one-sided"  # one side asks whom it likes, the other answers
    SELF_MATCH_TWO_SIDED = "self-match-two-sided"  # both sides say whom they would like
    DIRECTORY = "directory"  # mentors list themselves, and mentees ask (RB1, RB2)
    ROTATION = "rotation"  # everybody is matched again and again, with somebody else each time
    ASSIGNMENT = "assignment"  # a mentor is assigned for what is being taught (TB1)


class Medium(StrEnum):
    """Where the two meet (T4)."""

    EITHER = "either"
    IN_PERSON = "in person"
    VIRTUAL = "virtual"  # by video or telephone (V1)
    ASYNCHRONOUS = "asynchronous"  # in writing, each in their own time (D4)


_MOST_POINTS = 1_000_000_000

_PROGRAMME = frozenset({Relation.PROGRAMME_MANAGER, Relation.MANAGER})
_SIDES = frozenset({Relation.MENTEE, Relation.MENTOR})

STARTED_BY: Mapping[MatchingMode, frozenset[Relation]] = MappingProxyType(
    {
        MatchingMode.BULK: INITIATORS,
        MatchingMode.SUGGESTED: INITIATORS,
        MatchingMode.SELF_MATCH_ONE_SIDED: _SIDES,
        MatchingMode.SELF_MATCH_TWO_SIDED: _SIDES,
        MatchingMode.DIRECTORY: frozenset({Relation.MENTEE}),
        MatchingMode.ROTATION: _PROGRAMME,
        MatchingMode.ASSIGNMENT: _PROGRAMME,
    }
)
"""Who may propose engagements under each mode."""


_IN_GROUPS = frozenset({Format.GROUP, Format.CIRCLE})


@frozen(kw_only=True)
class Programme:
    """One kind of mentoring as an organisation runs it.

    Attributes:
        id: The programme's id.
        title: What people call it.
        purpose: What it is for.
        goals: The business goals it is linked to (PR1).
        labels: Other names by which people know it (T3).
        format: Who sits together.
        mode: How mentees come to their mentors.
        medium: Where the two meet.
        initiator: Who proposes its engagements.
        policy: Whom it matches with whom.
        terms: What it demands of an engagement.
        groups: How its groups are formed, where the format is a group or a circle.
        group_terms: What it demands of a group, where the format is one.
        booking_terms: What it demands of a booked session, where the format is one.
        weak_below: The points below which a pair that somebody chose is warned of (RB3); None for never.

    Raises:
        InputError: If its parts contradict each other, with everything that is wrong.
    """

    id: ProgrammeId
    title: str
    purpose: Purpose
    goals: tuple[str, ...] = field(default=(), converter=row_of)
    labels: tuple[str, ...] = field(default=(), converter=row_of)
    format: Format = Format.ONE_TO_ONE
    mode: MatchingMode = MatchingMode.BULK
    medium: Medium = Medium.EITHER
    initiator: Relation = Relation.PROGRAMME_MANAGER
    policy: Policy = field(factory=Policy)
    terms: Terms = field(factory=Terms)
    groups: GroupPolicy | None = None
    group_terms: GroupTerms | None = None
    booking_terms: BookingTerms | None = None
    weak_below: int | None = None

    def __attrs_post_init__(self) -> None:
        faults = [*self._field_faults()]
        faults += conflicts(self, _CONFLICTS, table="programme", wrong={fault.column for fault in faults})
        if faults:
            raise InputError(faults)

    @property
    def weeks(self) -> int | None:
        """Return how long an engagement or a group usually lasts; None where the unit is a session."""
        if self.format is Format.SESSION:
            return None
        return self.terms.weeks if self.group_terms is None else self.group_terms.weeks

    def _field_faults(self) -> Iterator[Fault]:
        for name in ("id", "title"):
            if not getattr(self, name).strip():
                yield _fault("MISSING-VALUE", name, "there are no words", "Say it in a few words.")
        for name in ("goals", "labels"):
            if not all(words.strip() for words in getattr(self, name)):
                yield _fault("MISSING-VALUE", name, "one of them has no words", "Leave it out.")
        if self.initiator not in INITIATORS:
            can = " or ".join(relation for relation in Relation if relation in INITIATORS)
            problem = f"a {self.initiator} cannot start an engagement"
            yield _fault("BAD-INITIATOR", "initiator", problem, f"Use {can}.")
        if self.weak_below is not None:
            yield from whole_faults("programme", "weak_below", self.weak_below, 0, _MOST_POINTS)


def _fault(code: str, column: str, problem: str, remedy: str) -> Fault:
    return Fault(code=code, table="programme", column=column, problem=problem, remedy=remedy)


def _is_asynchronous(programme: Programme) -> bool:
    return programme.medium is Medium.ASYNCHRONOUS


def _misfits(programme: Programme) -> Iterator[str]:
    """Yield in what the groups that are formed could break what the terms ask of them."""
    groups, terms = programme.groups, programme.group_terms
    if groups is None or terms is None:
        return
    pairs = (
        ("members", groups.min_members, terms.min_mentees, groups.max_members, terms.max_mentees),
        ("experts", groups.min_experts, terms.min_mentors, groups.max_experts, terms.max_mentors),
    )
    for who, formed, asked, most, allowed in pairs:
        least = max(formed - groups.facilitator, 0)  # whoever facilitates was one of them
        if least < asked or most > allowed:
            yield f"{least} to {most} {who}, where {asked} to {allowed} are asked for"
    if groups.min_departments < terms.min_departments:
        yield f"{groups.min_departments} departments, where {terms.min_departments} are asked for"
    if terms.facilitator and not groups.facilitator:
        yield "nobody is named as facilitator"


def _only_for(part: str, formats: frozenset[Format]) -> Conflict[Programme]:
    """Return the conflict of a part that some formats need, and others have no use for."""
    names = " or ".join(sorted(formats))
    return Conflict(
        ("format", part),
        lambda programme: (programme.format in formats) != (getattr(programme, part) is not None),
        lambda programme: (
            f"a {programme.format} needs {part}" if programme.format in formats else f"{part} are for a {names}"
        ),
        f"Give {part} for a {names}, and for nothing else.",
    )


_CONFLICTS: tuple[Conflict[Programme], ...] = (
    Conflict(
        ("mode", "initiator"),
        lambda programme: programme.initiator not in STARTED_BY[programme.mode],
        lambda programme: f"under {programme.mode} no {programme.initiator} proposes engagements",
        "Let those start it who can under this mode: see STARTED_BY.",
    ),
    Conflict(
        ("medium", "terms"),
        lambda programme: _is_asynchronous(programme) and programme.terms.least_sessions > 0,
        lambda programme: f"{programme.terms.least_sessions} sessions are asked of people who write to each other",
        "Ask for no sessions, or let them meet.",
    ),
    _only_for("groups", _IN_GROUPS),
    _only_for("group_terms", _IN_GROUPS),
    Conflict(
        ("groups", "group_terms"),
        lambda programme: next(_misfits(programme), None) is not None,
        lambda programme: f"its groups would not do: {'; '.join(_misfits(programme))}",
        "Form groups within what group_terms ask for.",
    ),
    Conflict(
        ("format", "group_terms"),
        lambda programme: (
            programme.group_terms is not None
            and (programme.format is Format.CIRCLE) != (programme.group_terms.purpose is GroupPurpose.CIRCLE)
        ),
        lambda programme: f"a {programme.format} is not for {getattr(programme.group_terms, 'purpose', '')}",
        "Give a circle the purpose circle, and a group another one.",
    ),
    Conflict(
        ("format", "initiator"),
        lambda programme: programme.format in _IN_GROUPS and programme.initiator not in FORMED_BY,
        lambda programme: f"no {programme.initiator} forms a {programme.format}",
        f"Use {' or '.join(sorted(FORMED_BY - {Relation.SYSTEM}))}.",
    ),
    _only_for("booking_terms", frozenset({Format.SESSION})),
    Conflict(
        ("terms", "format"),
        lambda programme: programme.terms.second_goal and programme.format is not Format.ONE_TO_ONE,
        lambda programme: f"a {programme.format} has no two sides that teach each other",
        "Leave it out, or make it one-to-one.",
    ),
)
"""What contradicts what; each is told by name, all at once, when a programme is made."""
