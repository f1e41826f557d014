"""Small random cases of forming groups, each with one demand or with all of them at once."""

from attrs import evolve
from numpy.random import Generator, default_rng

from taskmentor.matching.groups import GroupPolicy
from taskmentor.matching.groups.problem import GroupPerson, GroupTopic, PossibleExpert, PossibleMember
from taskmentor.models.people import PersonId
from tests.matching.groups.brute_force import SmallCase

DEMANDS = (
    "plain", "experts", "every-skill", "departments", "levels", "spread", "attendance", "quorum", "together", "apart",
    "apart-sets", "barred-repeats", "repeats", "equal-sizes", "max-groups", "several-groups", "targets", "negative",
    "all",
)  # fmt: skip


def small_case(demand: str, number: int) -> SmallCase:
    """Return a case in which a demand is likely to bind."""
    rng = default_rng([DEMANDS.index(demand), number])
    ids = [f"p-{place}" for place in range(int(rng.integers(4, 7)))]
    topics = tuple(GroupTopic(id=f"t-{place}", n_skills=2) for place in range(int(rng.integers(1, 3))))
    policy = _policy(demand, rng, ids)
    n_slots = int(rng.integers(2, 4)) if policy.attendance else 0
    people = tuple(
        GroupPerson(
            id=PersonId(one),
            department=str(rng.choice(["a", "a", "b", "c", ""])),
            member_limit=int(rng.integers(0, 3)) if rng.random() < 0.3 else policy.groups_per_person,
            expert_capacity=int(rng.integers(1 if demand == "all" else 0, 3)),
            slots=frozenset(slot for slot in range(n_slots) if rng.random() < (0.95 if demand == "all" else 0.7)),
        )
        for one in ids
    )
    targeted = demand in ("targets", "all")
    low = -150 if demand == "negative" else 0
    members = tuple(
        PossibleMember(
            person_id=PersonId(one),
            topic_id=topic.id,
            points=int(rng.integers(low, 20)),
            level=int(rng.integers(0, 4)),
            target=int(rng.integers(1, 4)) if targeted else 0,
        )
        for topic in topics
        for one in ids
        if rng.random() < 0.8
    )
    experts = tuple(
        PossibleExpert(
            person_id=PersonId(one),
            topic_id=topic.id,
            points=int(rng.integers(-5, 25)),
            level=int(rng.integers(2, 4)) if targeted else 0,
            skills=frozenset(skill for skill in range(2) if rng.random() < (0.9 if demand == "all" else 0.6)),
        )
        for topic in topics
        for one in ids
        if policy.max_experts and rng.random() < (0.8 if demand == "all" else 0.4)
    )
    met = _pairs(rng, ids, {"barred-repeats": 0.3, "repeats": 0.3, "all": 0.15}.get(demand, 0.0))
    apart = _pairs(rng, ids, {"apart": 0.2, "all": 0.1}.get(demand, 0.0))
    return SmallCase(
        policy=policy, people=people, topics=topics, members=members, experts=experts, met=met, apart=apart
    )


def _pairs(rng: Generator, ids: list[str], share: float) -> tuple[tuple[str, str], ...]:
    both = [(one, other) for one in ids for other in ids if one < other]
    return tuple(pair for pair in both if rng.random() < share)


def _policy(demand: str, rng: Generator, ids: list[str]) -> GroupPolicy:
    least = 1 if len(ids) == 4 else 2
    policy = GroupPolicy(
        min_members=least, wanted_members=least + 1, max_members=least + 2, min_experts=0, max_experts=0,
        member_points=int(rng.choice([0, 30, 100])), size_cost=int(rng.choice([0, 7, 40])),
    )  # fmt: skip
    some = [tuple(str(one) for one in rng.choice(ids, size=2, replace=False)) for _ in range(2)]
    changes: dict[str, dict[str, object]] = {
        "experts": {"min_experts": 1, "max_experts": 2},
        "every-skill": {"max_experts": 2, "every_skill": True},
        "departments": {"min_departments": 2},
        "levels": {"min_levels": 2},
        "spread": {"max_level_spread": 1},
        "attendance": {"attendance": 100, "min_experts": 1, "max_experts": 1},
        "quorum": {"attendance": 60},
        "together": {"together": some, "max_experts": 1},
        "apart-sets": {"apart": some},
        "barred-repeats": {"bar_repeats": True},
        "repeats": {"repeat_cost": 35},
        "equal-sizes": {"max_size_difference": int(rng.integers(0, 2))},
        "max-groups": {"max_groups": 1},
        "several-groups": {"groups_per_person": 2, "attendance": 100},
        "targets": {"min_experts": 1, "max_experts": 2},
    }
    if demand != "all":
        return evolve(policy, **changes.get(demand, {}))  # type: ignore[arg-type]
    return evolve(
        policy, min_experts=1, max_experts=2, every_skill=bool(rng.random() < 0.5), min_departments=2,
        wanted_members=max(2, least), max_members=max(3, least + 1), max_level_spread=2, attendance=60,
        together=some[:1], bar_repeats=bool(rng.random() < 0.5), max_size_difference=1, max_groups=2,
        groups_per_person=2,
    )  # fmt: skip
