"""The small values that a group's actions, events and standing carry: what it is around, its places and sessions."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from attrs import evolve, frozen

from taskmentor.errors import shown
from taskmentor.lifecycle.events import Scope, check_dates, input_error
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId

__all__ = [
    "LEARNING",
    "TEACHING",
    "Focus",
    "GroupEnd",
    "GroupSession",
    "LoopStep",
    "Member",
    "MemberState",
    "Place",
    "Post",
    "ProductId",
    "Resource",
    "Result",
    "Role",
    "SideSession",
    "Stay",
    "Story",
    "StoryKind",
    "Thread",
]

ProductId = NewType("ProductId", str)


class Role(StrEnum):
    """What somebody is in a group (P9)."""

    MENTOR = "mentor"
    EXPERT = "expert"
    MENTEE = "mentee"
    PEER = "peer"
    FACILITATOR = "facilitator"


TEACHING = frozenset({Role.MENTOR, Role.EXPERT})
"""The roles of those who teach."""

LEARNING = frozenset({Role.MENTEE, Role.PEER})
"""The roles of those who learn."""


@frozen(kw_only=True)
class Focus:
    """What a group is around: skills, a problem, a product, or several of these.

    Attributes:
        skill_ids: The skills.
        problem: The business problem, in words (P1).
        product_id: The product to be launched (P2).
        launch_from: The first day of the launch.
        launch_until: The last day of the launch.

    Raises:
        InputError: If it is around nothing, names a skill twice, or has a launch without both dates or a product.
    """

    skill_ids: tuple[SkillId, ...] = ()
    problem: str = ""
    product_id: ProductId | None = None
    launch_from: date | None = None
    launch_until: date | None = None

    def __attrs_post_init__(self) -> None:
        if len(set(self.skill_ids)) < len(self.skill_ids):
            raise input_error("DUPLICATE-ID", "skill_ids", "a skill stands in it twice", "Name each skill once.")
        if len({self.product_id is None, self.launch_from is None, self.launch_until is None}) > 1:
            problem = "a launch has a product, a first and a last day"
            raise input_error("MISSING-VALUE", "product_id", problem, "Give all three or none.")
        if self.launch_from is not None and self.launch_until is not None:
            check_dates(self.launch_from, self.launch_until)


@frozen(kw_only=True)
class Place:
    """Somebody's place in a group, as it is offered.

    Attributes:
        person_id: Whose.
        role: As what.
        department: Their department on that day.
        scopes: What they are to reach, one skill each; for those who learn.

    Raises:
        InputError: If somebody who does not learn is to reach something, or a skill stands in it twice.
    """

    person_id: PersonId
    role: Role
    department: str = ""
    scopes: tuple[Scope, ...] = ()

    @property
    def teaches(self) -> bool:
        """Return whether they teach: as mentor or expert."""
        return self.role in TEACHING

    def __attrs_post_init__(self) -> None:
        if self.scopes and self.role not in LEARNING:
            problem = f"{shown(self.person_id)} is {self.role}, and is to reach something"
            raise input_error("BAD-CHOICE", "scopes", problem, "Give scopes to those who learn.")
        if len({scope.skill_id for scope in self.scopes}) < len(self.scopes):
            raise input_error("DUPLICATE-ID", "scopes", "a skill stands in it twice", "Name each skill once.")


class MemberState(StrEnum):
    """Where somebody stands in a group."""

    INVITED = "invited"
    ACTIVE = "active"
    DECLINED = "declined"
    LAPSED = "lapsed"
    LEFT = "left"


@frozen(kw_only=True)
class Stay:
    """A time in which somebody was a member of a group.

    Attributes:
        place: The place on which they were.
        joined_at: When they became a member.
        left_at: When they left; None while they have not.
    """

    place: Place
    joined_at: datetime
    left_at: datetime | None = None


@frozen(kw_only=True)
class Member:
    """Somebody in a group, as it stands.

    Attributes:
        place: The place that was offered.
        state: Where they stand.
        since: Since when.
        joined_at: When they became a member on this place; None where they never did.
        because: The words with which they left or declined.
        earlier: When they were a member before, on former places.
    """

    place: Place
    state: MemberState
    since: datetime
    joined_at: datetime | None = None
    because: str = ""
    earlier: tuple[Stay, ...] = ()

    @property
    def stays(self) -> tuple[Stay, ...]:
        """Return all times in which they were a member, the last one last."""
        if self.joined_at is None:
            return self.earlier
        left_at = self.since if self.state is MemberState.LEFT else None
        return (*self.earlier, Stay(place=self.place, joined_at=self.joined_at, left_at=left_at))


@frozen(kw_only=True)
class GroupSession:
    """One meeting of a group.

    Attributes:
        number: Its place among the sessions of the group, 1 for the first.
        starts_at: When it begins or began, aware.
        minutes: How long it is or was.
        face_to_face: Whether they meet in one place.
        state: Planned, held or cancelled.
        moved: How often it was moved.
        expected: Who were members when it was held.
        attended: Who of them came.
        quorate: Whether enough of them came for it to count (G2).
    """

    number: int
    starts_at: datetime
    minutes: int
    face_to_face: bool = False
    state: SessionState = SessionState.PLANNED
    moved: int = 0
    expected: tuple[PersonId, ...] = ()
    attended: tuple[PersonId, ...] = ()
    quorate: bool = False

    @property
    def ends_at(self) -> datetime:
        """Return when it ends, in UTC."""
        return self.starts_at.astimezone(UTC) + timedelta(minutes=self.minutes)

    def to(self, starts_at: datetime, minutes: int) -> "GroupSession":
        """Return the session moved to another time."""
        return evolve(self, starts_at=starts_at, minutes=minutes, moved=self.moved + 1)

    def held(
        self, minutes: int, expected: tuple[PersonId, ...], attended: tuple[PersonId, ...], quorum_percent: int
    ) -> "GroupSession":
        """Return the session once it has been held."""
        quorate = 100 * len(attended) >= quorum_percent * len(expected)
        return evolve(
            self,
            state=SessionState.HELD,
            minutes=minutes,
            expected=expected,
            attended=attended,
            quorate=quorate,
        )


@frozen(kw_only=True)
class SideSession:
    """A session of a mentor and one mentee of the group by themselves (G3)."""

    mentor_id: PersonId
    mentee_id: PersonId
    starts_at: datetime
    minutes: int
    face_to_face: bool = False


class LoopStep(StrEnum):
    """The steps of learning on the job, one after the other, and again (P6)."""

    LEARN = "learn"
    APPLY = "apply"
    SHARE = "share"
    ADJUST = "adjust"

    @property
    def following(self) -> "LoopStep":
        """Return the step that comes after this one."""
        steps = tuple(LoopStep)
        return steps[(steps.index(self) + 1) % len(steps)]


@frozen(kw_only=True)
class Post:
    """What a member wrote on a thread."""

    actor: PersonId
    at: datetime
    words: str


@frozen(kw_only=True)
class Thread:
    """Something that members write about, each in their own time (D4).

    Attributes:
        number: Its place among the threads, 1 for the first.
        title: What it is about.
        posts: What was written, in that order.
    """

    number: int
    title: str
    posts: tuple[Post, ...] = ()


@frozen(kw_only=True)
class Resource:
    """A tool, template, instruction or course that somebody shares (T20, D6).

    Attributes:
        number: Its place among them, 1 for the first.
        actor: Who shares it.
        title: What it is called.
        reference: Where it is kept.
    """

    number: int
    actor: PersonId
    title: str
    reference: str = ""


class StoryKind(StrEnum):
    """What members of a launch group feed back (P2)."""

    CUSTOMER = "customer story"
    ISSUE = "issue"
    IDEA = "marketing idea"


@frozen(kw_only=True)
class Story:
    """What a member of a launch group fed back (P2)."""

    actor: PersonId
    at: datetime
    kind: StoryKind
    words: str


@frozen(kw_only=True)
class Result:
    """What became of the problem (P7).

    Attributes:
        resolved: Whether it is resolved.
        measure: What was measured.
        before: The measure before, in whole units of its own.
        after: The measure afterwards.
    """

    resolved: bool
    measure: str
    before: int | None = None
    after: int | None = None


class GroupEnd(StrEnum):
    """Why a group came to its end; none of them is a failure."""

    DONE = "done"
    TOO_FEW = "too few members"
    GOALS_CHANGED = "goals changed"
    NO_RESPONSE = "no response"
    TIME_OVER = "time over"
    OTHER = "other"
