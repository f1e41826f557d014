"""What every group must be like and what makes one better, as data; policies that no group could obey are refused."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from attrs import field, frozen

from taskmentor.errors import Fault, InputError, shown
from taskmentor.matching.policy import Described, described
from taskmentor.models.people import PersonId

__all__ = ["GroupPolicy", "LevelKind", "PeopleSets", "joined"]

LevelKind = Literal["proficiency", "grade"]
PeopleSets = tuple[tuple[PersonId, ...], ...]

_MOST_PEOPLE = 100
_MOST_GROUPS = 10_000
_MOST_LEVELS = 1_000
_MOST_POINTS = 1_000_000
_BOUNDS = {
    "min_members": (1, _MOST_PEOPLE), "wanted_members": (1, _MOST_PEOPLE), "max_members": (1, _MOST_PEOPLE),
    "max_size_difference": (0, _MOST_PEOPLE), "min_experts": (0, _MOST_PEOPLE), "max_experts": (0, _MOST_PEOPLE),
    "min_departments": (1, _MOST_PEOPLE), "min_levels": (1, _MOST_PEOPLE), "max_level_spread": (0, _MOST_LEVELS),
    "attendance": (0, 100), "max_groups": (1, _MOST_GROUPS), "groups_per_person": (1, _MOST_PEOPLE),
    "member_points": (0, _MOST_POINTS), "department_points": (0, _MOST_POINTS), "size_cost": (0, _MOST_POINTS),
    "expert_cost": (0, _MOST_POINTS), "repeat_cost": (0, _MOST_POINTS),
}  # fmt: skip
_MAY_BE_NONE = ("max_size_difference", "max_level_spread", "max_groups")
_YES_OR_NO = ("every_skill", "bar_repeats", "managers_apart", "facilitator")


def _sets(given: Iterable[Iterable[str]]) -> PeopleSets:
    """Return sets of people in one order, whatever order they were given in; what is no set is left to the checks."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        return given  # type: ignore[return-value]
    return tuple(sorted((_set(one) for one in given), key=str))


def _set(given: Iterable[str]) -> tuple[PersonId, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        return given  # type: ignore[return-value]
    return tuple(sorted(map(PersonId, given), key=str))


@frozen(kw_only=True)
class GroupPolicy:
    """What groups must obey, and the points by which one set of groups is better than another.

    What must be is never broken; where a group cannot be formed so, people are left out, with a reason. The number of
    people in a group is its members; its experts are counted apart. Points are whole numbers.

    Attributes:
        min_members: The fewest members of a group.
        wanted_members: How many members a group should have.
        max_members: The most members of a group.
        max_size_difference: By how many members the largest group may exceed the smallest; None for no such limit.
        min_experts: The fewest experts of a group; 0 for circles of peers (D3).
        max_experts: The most experts of a group (D1).
        every_skill: Whether each skill of the topic needs an expert of the group's own (P3).
        min_departments: From how many departments, at least, the members come (P1, P4).
        min_levels: How many different levels, at least, the members have.
        max_level_spread: How many levels, at most, lie between the highest and the lowest member; None for no limit.
        level_kind: What counts as a member's level: `proficiency` in the topic's skills, or `grade`.
        attendance: How many per cent of the members must be able to come at the group's slot: 100 for all, fewer for a
            quorum, 0 where no slot is looked for. Experts must always be able to come (G2).
        together: Sets of people of whom a group has all or nobody.
        apart: Sets of people of whom a group has one at most.
        managers_apart: Whether people and their direct managers are kept apart.
        bar_repeats: Whether people who were in a group together before are kept apart.
        max_groups: The most groups that are formed; None for as many as the people allow.
        groups_per_person: In how many groups one person is a member at most, each of another topic.
        facilitator: Whether somebody of each group is named as its facilitator (P9).
        member_points: Points of each member who is placed, beside those for the gap.
        department_points: Points of each department among the members of a group.
        size_cost: Points taken off for each member above or below the wanted number.
        expert_cost: Points taken off for each expert, whose time is scarce.
        repeat_cost: Points taken off for each two people who were in a group together before.

    Raises:
        InputError: If no group could obey this, with everything that is wrong in it.
    """

    min_members: int = 3
    wanted_members: int = 6
    max_members: int = 8
    max_size_difference: int | None = None
    min_experts: int = 1
    max_experts: int = 2
    every_skill: bool = False
    min_departments: int = 1
    min_levels: int = 1
    max_level_spread: int | None = None
    level_kind: LevelKind = "proficiency"
    attendance: int = 0
    together: PeopleSets = field(default=(), converter=_sets)
    apart: PeopleSets = field(default=(), converter=_sets)
    managers_apart: bool = True
    bar_repeats: bool = False
    max_groups: int | None = None
    groups_per_person: int = 1
    facilitator: bool = False
    member_points: int = 100
    department_points: int = 10
    size_cost: int = 10
    expert_cost: int = 10
    repeat_cost: int = 20

    def __attrs_post_init__(self) -> None:
        faults = [*self._field_faults()]
        wrong = {fault.column for fault in faults}
        # A conflict is told where its fields are sound alone; otherwise one mistake would be told twice.
        sound = (conflict for conflict in _CONFLICTS if wrong.isdisjoint(conflict.fields))
        faults += [_fault("CONFLICTING-POLICY", c.fields[0], c.problem(self), c.remedy) for c in sound if c.holds(self)]
        if faults:
            raise InputError(faults)

    def describe(self) -> Described:
        """Return the whole policy as plain data, the same for equal policies."""
        return described(self)

    def _field_faults(self) -> Iterator[Fault]:
        for name, (least, most) in _BOUNDS.items():
            value = getattr(self, name)
            if value is not None or name not in _MAY_BE_NONE:
                yield from _number_faults(name, value, least, most)
        for name in _YES_OR_NO:
            if not isinstance(getattr(self, name), bool):
                yield _fault("WRONG-TYPE", name, f"{shown(getattr(self, name))} is not accepted", "Give True or False.")
        if self.level_kind not in ("proficiency", "grade"):
            problem = f"{shown(self.level_kind)} is not accepted"
            yield _fault("BAD-CHOICE", "level_kind", problem, "Give 'proficiency' or 'grade'.")
        for name in ("together", "apart"):
            yield from _set_faults(name, getattr(self, name))


def joined(sets: Iterable[Iterable[PersonId]]) -> PeopleSets:
    """Return sets of people with those that share somebody made one, each sorted.

    Examples:
        >>> joined([("a", "b"), ("c", "d"), ("b", "e")])
        (('a', 'b', 'e'), ('c', 'd'))
    """
    apart: list[set[PersonId]] = []
    for one in map(set, sets):
        touched = [other for other in apart if one & other]
        apart = [other for other in apart if not one & other] + [one.union(*touched)]
    return tuple(sorted(tuple(sorted(one)) for one in apart))


def _fault(code: str, column: str, problem: str, remedy: str) -> Fault:
    return Fault(code=code, table="groups", column=column, problem=problem, remedy=remedy)


def _number_faults(name: str, value: object, least: int, most: int) -> Iterator[Fault]:
    remedy = f"Give a whole number from {least} to {most:,}{', or None' if name in _MAY_BE_NONE else ''}."
    if isinstance(value, bool) or not isinstance(value, int):
        yield _fault("NOT-WHOLE", name, f"{shown(value)} is not a whole number", remedy)
    elif not least <= value <= most:
        yield _fault("OUT-OF-RANGE", name, f"{value} is {'below' if value < least else 'above'} the range", remedy)


def _set_faults(name: str, sets: object) -> Iterator[Fault]:
    remedy = "Give sets of two or more different ids."
    if not isinstance(sets, tuple):
        yield _fault("WRONG-TYPE", name, f"{shown(sets)} is no list of sets", remedy)
        return
    for one in sets:
        if not isinstance(one, tuple) or not all(isinstance(person_id, str) and person_id for person_id in one):
            yield _fault("WRONG-TYPE", name, f"{shown(one)} is no set of ids", remedy)
        elif len(set(one)) < max(2, len(one)):
            yield _fault("BAD-SET", name, f"{shown(one)} has fewer than two, or somebody twice", remedy)


def _torn(policy: GroupPolicy) -> str:
    """Return two people who must be both together and apart, as text; nothing where there are none."""
    for one in joined(policy.together):
        for other in policy.apart:
            both = sorted(set(one) & set(other))
            if len(both) > 1:
                return f"{both[0]} and {both[1]}"
    return ""


def _crowd(policy: GroupPolicy) -> int:
    """Return the size of the largest set that must stay together."""
    return max((len(one) for one in joined(policy.together)), default=0)


@frozen
class _Conflict:
    """Demands that no group can meet together.

    Attributes:
        fields: The fields that take part, the one to be named first.
        holds: Tells whether a policy is in conflict.
        problem: Says how.
        remedy: Says what would have been accepted.
    """

    fields: tuple[str, ...]
    holds: Callable[[GroupPolicy], bool]
    problem: Callable[[GroupPolicy], str]
    remedy: str


_CONFLICTS = (
    _Conflict(
        ("max_members", "min_members"),
        lambda policy: policy.max_members < policy.min_members,
        lambda policy: f"at most {policy.max_members} members are fewer than at least {policy.min_members}",
        "Allow at least as many as are needed.",
    ),
    _Conflict(
        ("wanted_members", "min_members", "max_members"),
        lambda policy: (
            policy.min_members <= policy.max_members
            and not policy.min_members <= policy.wanted_members <= policy.max_members
        ),
        lambda policy: f"{policy.wanted_members} is not within {policy.min_members} to {policy.max_members} members",
        "Give a number that is wanted from the fewest to the most.",
    ),
    _Conflict(
        ("max_experts", "min_experts"),
        lambda policy: policy.max_experts < policy.min_experts,
        lambda policy: f"at most {policy.max_experts} experts are fewer than at least {policy.min_experts}",
        "Allow at least as many as are needed.",
    ),
    _Conflict(
        ("every_skill", "max_experts"),
        lambda policy: policy.every_skill and not policy.max_experts,
        lambda _: "each skill needs an expert, and groups have none",
        "Allow experts, or leave this out.",
    ),
    _Conflict(
        ("min_departments", "max_members"),
        lambda policy: policy.min_departments > policy.max_members,
        lambda policy: f"{policy.max_members} members cannot come from {policy.min_departments} departments",
        "Ask for at most as many departments as members.",
    ),
    _Conflict(
        ("min_levels", "max_members"),
        lambda policy: policy.min_levels > policy.max_members,
        lambda policy: f"{policy.max_members} members cannot have {policy.min_levels} different levels",
        "Ask for at most as many levels as members.",
    ),
    _Conflict(
        ("max_level_spread", "min_levels"),
        lambda policy: policy.max_level_spread is not None and policy.min_levels > policy.max_level_spread + 1,
        lambda policy: (
            f"within a spread of {policy.max_level_spread} there are no {policy.min_levels} different levels"
        ),
        "Allow a wider spread, or ask for fewer levels.",
    ),
    _Conflict(
        ("together", "max_members", "max_experts"),
        lambda policy: _crowd(policy) > policy.max_members + policy.max_experts,
        lambda policy: (
            f"{_crowd(policy)} people must be together, and a group has at most "
            f"{policy.max_members + policy.max_experts}"
        ),
        "Make the sets smaller; sets that share somebody count as one.",
    ),
    _Conflict(
        ("together", "apart"),
        lambda policy: bool(_torn(policy)),
        lambda policy: f"{_torn(policy)} must be together, and apart too",
        "Take them out of one of the two.",
    ),
)
"""What contradicts what; each is told by name, all at once, when a policy is made."""
