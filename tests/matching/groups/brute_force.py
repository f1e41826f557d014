"""Every way to form groups of a few people, tried one after the other in plain Python, and what the best is worth.

Nothing here knows columns, places, prices or solvers: it reads the values that a problem is made from.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from attrs import field, frozen

from taskmentor.matching.groups import GroupPolicy
from taskmentor.matching.groups.problem import GroupPerson, GroupProblem, GroupTopic, PossibleExpert, PossibleMember

Pairs = tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class SmallCase:
    """A case as values."""

    policy: GroupPolicy
    people: tuple[GroupPerson, ...]
    topics: tuple[GroupTopic, ...]
    members: tuple[PossibleMember, ...]
    experts: tuple[PossibleExpert, ...] = ()
    met: Pairs = ()
    apart: Pairs = ()

    def problem(self, *, reverse: bool = False, salt: str = "") -> GroupProblem:
        """Return the case as a problem, its rows in the given order or the other way round."""
        turn = -1 if reverse else 1
        return GroupProblem.build(
            self.policy,
            self.people[::turn],
            self.topics[::turn],
            self.members[::turn],
            self.experts[::turn],
            met=self.met[::turn],
            apart=self.apart[::turn],
            salt=salt,
        )


@frozen
class Circle:
    """A group as ids."""

    topic: str
    members: frozenset[str]
    experts: frozenset[str]
    slot: int | None
    worth: int = field(default=0, eq=False)


def best_worth(case: SmallCase) -> int:
    """Return what the best groups are worth; forming none is worth 0."""
    return max(sum(circle.worth for circle in circles) for circles in all_ways(case))


def all_ways(case: SmallCase) -> Iterator[tuple[Circle, ...]]:
    """Yield every lawful set of groups."""
    lawful = list(lawful_circles(case))

    def extended(chosen: tuple[Circle, ...], begin: int) -> Iterator[tuple[Circle, ...]]:
        sizes = [len(circle.members) for circle in chosen]
        difference = case.policy.max_size_difference
        if difference is None or not sizes or max(sizes) - min(sizes) <= difference:
            yield chosen
        for place in range(begin, len(lawful)):
            more = (*chosen, lawful[place])
            if goes_together(case, more):
                yield from extended(more, place + 1)

    yield from extended((), 0)


def goes_together(case: SmallCase, circles: Sequence[Circle]) -> bool:
    if case.policy.max_groups is not None and len(circles) > case.policy.max_groups:
        return False
    for person in case.people:
        mine = [circle for circle in circles if person.id in circle.members]
        helped = [circle for circle in circles if person.id in circle.experts]
        if len(mine) > min(person.member_limit, case.policy.groups_per_person) or len(helped) > person.expert_capacity:
            return False
        if len({circle.topic for circle in mine}) < len(mine):
            return False
        slots = [circle.slot for circle in [*mine, *helped] if circle.slot is not None]
        if len(set(slots)) < len(slots):
            return False
    return True


def lawful_circles(case: SmallCase) -> Iterator[Circle]:
    """Yield every group that obeys the policy by itself."""
    slots: list[int | None] = [None]
    if case.policy.attendance:
        slots = [*sorted({slot for person in case.people for slot in person.slots})]
    for topic in case.topics:
        wanting = [row.person_id for row in case.members if row.topic_id == topic.id]
        helping = [row.person_id for row in case.experts if row.topic_id == topic.id]
        for members in subsets(wanting, case.policy.min_members, case.policy.max_members):
            for experts in subsets(helping, case.policy.min_experts, case.policy.max_experts):
                for slot in slots:
                    circle = Circle(topic.id, members, experts, slot)
                    if obeys(case, circle):
                        yield Circle(topic.id, members, experts, slot, points(case, circle))


def subsets(ids: Sequence[str], least: int, most: int) -> Iterator[frozenset[str]]:
    for size in range(least, min(most, len(ids)) + 1):
        yield from map(frozenset, combinations(ids, size))


def obeys(case: SmallCase, circle: Circle) -> bool:
    policy = case.policy
    everybody = circle.members | circle.experts
    if circle.members & circle.experts:
        return False
    rows = [row for row in case.members if row.topic_id == circle.topic and row.person_id in circle.members]
    helpers = [row for row in case.experts if row.topic_id == circle.topic and row.person_id in circle.experts]
    if any(helper.level < row.target for helper in helpers for row in rows):
        return False
    (topic,) = [topic for topic in case.topics if topic.id == circle.topic]
    covered = {skill for helper in helpers for skill in helper.skills}
    if policy.every_skill and not covered.issuperset(range(topic.n_skills)):
        return False
    departments = {person.department for person in case.people if person.id in circle.members} - {""}
    if policy.min_departments > 1 and len(departments) < policy.min_departments:
        return False
    levels = [row.level for row in rows]
    if len(set(levels)) < policy.min_levels:
        return False
    if policy.max_level_spread is not None and max(levels) - min(levels) > policy.max_level_spread:
        return False
    forbidden = [*case.apart, *(pair for some in policy.apart for pair in combinations(some, 2))]
    forbidden += case.met if policy.bar_repeats else ()
    if any(one != other and {one, other} <= everybody for one, other in forbidden):
        return False
    if any(0 < len(everybody & set(some)) < len(set(some)) for some in policy.together):
        return False
    return circle.slot is None or can_meet(case, circle, circle.slot)


def can_meet(case: SmallCase, circle: Circle, slot: int) -> bool:
    there = {person.id for person in case.people if slot in person.slots}
    return circle.experts <= there and 100 * len(circle.members & there) >= case.policy.attendance * len(circle.members)


def points(case: SmallCase, circle: Circle) -> int:
    policy = case.policy
    total = 0
    for row in case.members:
        if row.topic_id == circle.topic and row.person_id in circle.members:
            total += policy.member_points + row.points
    for helper in case.experts:
        if helper.topic_id == circle.topic and helper.person_id in circle.experts:
            total += helper.points - policy.expert_cost
    departments = {person.department for person in case.people if person.id in circle.members} - {""}
    total += policy.department_points * len(departments)
    total -= policy.size_cost * abs(len(circle.members) - policy.wanted_members)
    again = {frozenset(pair) for pair in case.met if len(set(pair)) == 2 and {*pair} <= circle.members | circle.experts}
    if not policy.bar_repeats:
        kept_apart = {frozenset(pair) for pair in case.apart}
        total -= policy.repeat_cost * len(again - kept_apart)
    return total
