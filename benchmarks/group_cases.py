"""Invented cases for the benchmark of groups: people with gaps, departments, levels, hours and a history, by seed."""

from attrs import frozen
from numpy.random import Generator, default_rng

from taskmentor.matching.groups import GroupPolicy, GroupProblem
from taskmentor.matching.groups.problem import GroupPerson, GroupTopic, PossibleExpert, PossibleMember
from taskmentor.models.people import PersonId

__all__ = ["KINDS", "group_case"]

DEPARTMENTS = 12
ZONES = 3
SLOTS = 15
"""Three times of day on five days."""


@frozen(kw_only=True)
class _Kind:
    """One kind of groups.

    Attributes:
        policy: What groups must obey.
        topics: How many topics there are.
        n_skills: How many skills each has.
        wishes: How many topics each person may be put into.
        knows: In how many topics each person is qualified; one in three offers a place or two.
    """

    policy: GroupPolicy
    topics: int
    n_skills: int = 1
    wishes: int = 2
    knows: int = 0


KINDS = {
    # An expert in each group, three departments, a slot that all can attend.
    "skills": _Kind(
        policy=GroupPolicy(
            min_members=5, wanted_members=8, max_members=10, min_experts=1, max_experts=1, min_departments=3,
            attendance=100, max_groups=60,
        ),
        topics=25, wishes=3, knows=4,
    ),
    # Sets of three skills, an expert for each, a slot for a quorum of three in four, nobody with old company.
    "cohorts": _Kind(
        policy=GroupPolicy(
            min_members=6, wanted_members=8, max_members=10, min_experts=1, max_experts=3, every_skill=True,
            min_departments=3, attendance=75, bar_repeats=True, max_groups=60,
        ),
        topics=10, n_skills=3, wishes=2, knows=3,
    ),
    # Business problems: five departments, two levels, no experts, a slot that all can attend.
    "problems": _Kind(
        policy=GroupPolicy(
            min_members=6, wanted_members=8, max_members=9, min_experts=0, max_experts=0, min_departments=5,
            min_levels=2, level_kind="grade", attendance=100, department_points=20, max_groups=60, facilitator=True,
        ),
        topics=20, wishes=3,
    ),
    # Circles of peers near in grade, all of one topic, nobody with old company, sizes that differ by two at the most.
    "circles": _Kind(
        policy=GroupPolicy(
            min_members=7, wanted_members=8, max_members=9, min_experts=0, max_experts=0, min_departments=4,
            max_level_spread=3, level_kind="grade", max_size_difference=2, attendance=100, bar_repeats=True,
            max_groups=60, facilitator=True,
        ),
        topics=1, wishes=1,
    ),
}  # fmt: skip
"""The kinds of groups, by name."""


def group_case(kind: str, *, seed: int, people: int = 500) -> GroupProblem:
    """Return the problem of a kind, the same for the same numbers.

    Few topics are wanted by many and many by few, and so for departments. People of a department want some topics more
    than others. Everybody was in two groups of six before.
    """
    rng, asked = default_rng([seed, people]), KINDS[kind]
    ids = [PersonId(f"p-{place:04}") for place in range(people)]
    department = rng.choice(DEPARTMENTS, size=people, p=_falling(DEPARTMENTS))
    topics = [GroupTopic(id=f"topic-{place:02}", n_skills=asked.n_skills) for place in range(asked.topics)]
    grade = rng.integers(1, 9, size=people)
    members = [
        PossibleMember(
            person_id=one,
            topic_id=topics[topic].id,
            points=int(rng.integers(1, 6) * rng.integers(1, 4)),
            level=int(grade[place]) if asked.policy.level_kind == "grade" else int(rng.integers(0, 4)),
            target=int(rng.integers(2, 5)) if asked.knows and asked.n_skills == 1 else 0,
        )
        for place, one in enumerate(ids)
        for topic in _wished(rng, asked, int(department[place]), 1 + int(rng.integers(asked.wishes)))
    ]
    experts = [
        PossibleExpert(
            person_id=one,
            topic_id=topics[topic].id,
            points=int(rng.integers(0, 3)),
            level=int(rng.integers(3, 6)),
            skills=frozenset(rng.choice(asked.n_skills, size=1 + int(rng.integers(asked.n_skills))).tolist()),
        )
        for place, one in enumerate(ids)
        for topic in _wished(rng, asked, int(department[place]), asked.knows)
    ]
    persons = [
        GroupPerson(
            id=one,
            department=f"department-{department[place]:02}",
            expert_capacity=int(rng.choice([0, 0, 0, 0, 1, 2])),
            slots=_slots(rng, zone=int(rng.integers(ZONES))),
        )
        for place, one in enumerate(ids)
    ]
    return GroupProblem.build(asked.policy, persons, topics, members, experts, met=_history(rng, ids), salt="benchmark")


def _falling(n: int) -> list[float]:
    shares = [1 / (place + 1) ** 0.7 for place in range(n)]
    return [share / sum(shares) for share in shares]


def _wished(rng: Generator, asked: _Kind, department: int, number: int) -> list[int]:
    """Return different topics, popular ones more often, each department's own popular ones first."""
    shares = _falling(asked.topics)
    turned = [shares[(topic + 3 * (department % 4)) % asked.topics] for topic in range(asked.topics)]
    return sorted(rng.choice(asked.topics, size=min(number, asked.topics), replace=False, p=turned).tolist())


def _slots(rng: Generator, zone: int) -> frozenset[int]:
    """Return when somebody can come: the times of day of their zone, on most days."""
    times = {zone, (zone + 1) % ZONES} if rng.random() < 0.8 else {zone}
    return frozenset(slot for slot in range(SLOTS) if slot % ZONES in times and rng.random() < 0.75)


def _history(rng: Generator, ids: list[PersonId]) -> set[tuple[str, str]]:
    met: set[tuple[str, str]] = set()
    for _ in range(2):
        order = [ids[place] for place in rng.permutation(len(ids))]
        for begin in range(0, len(order), 6):
            some = sorted(order[begin : begin + 6])
            met |= {(one, other) for one in some for other in some if one < other}
    return met
