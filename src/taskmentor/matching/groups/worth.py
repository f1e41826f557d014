"""What one group is worth, part by part, and which demands it breaks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations

from attrs import frozen

from taskmentor.matching.groups.problem import NO_SLOT, Draft, GroupProblem

__all__ = ["Worth", "broken", "broken_between", "worth"]


@frozen(kw_only=True)
class Worth:
    """The points of one group; costs are below 0.

    Attributes:
        members: For its members, and for their gaps.
        departments: For the departments among them.
        size: For the members above or below the wanted number.
        experts: For its experts.
        repeats: For pairs who were in a group together before.
    """

    members: int
    departments: int
    size: int
    experts: int
    repeats: int

    @property
    def total(self) -> int:
        """Return all points together."""
        return self.members + self.departments + self.size + self.experts + self.repeats


def worth(problem: GroupProblem, draft: Draft) -> Worth:
    """Return what a group is worth."""
    policy = problem.policy
    rows = [problem.member_row[draft.topic, person] for person in draft.members]
    helpers = [problem.expert_row[draft.topic, person] for person in draft.experts]
    departments = set(problem.department[list(draft.members)].tolist()) - {-1}
    repeats = sum(other in problem.met_with[one] for one, other in combinations(draft.present, 2))
    return Worth(
        members=int(problem.members.points[rows].sum()) + policy.member_points * len(rows),
        departments=policy.department_points * len(departments),
        size=-policy.size_cost * abs(len(rows) - policy.wanted_members),
        experts=int(problem.experts.points[helpers].sum()) - policy.expert_cost * len(helpers),
        repeats=-policy.repeat_cost * repeats,
    )


def broken(problem: GroupProblem, draft: Draft) -> list[str]:
    """Return the names of the demands that a group breaks by itself, whatever the other groups are."""
    return [name for name, breaks in _demands(problem, draft) if breaks]


def _demands(problem: GroupProblem, draft: Draft) -> Iterator[tuple[str, bool]]:
    policy, members, experts = problem.policy, draft.members, draft.experts
    strange = any((draft.topic, person) not in problem.member_row for person in members)
    strange |= any((draft.topic, person) not in problem.expert_row for person in experts)
    yield "candidates", strange
    if strange:
        return
    rows = [problem.member_row[draft.topic, person] for person in members]
    helpers = [problem.expert_row[draft.topic, person] for person in experts]
    levels = problem.members.level[rows].tolist()
    departments = set(problem.department[list(members)].tolist()) - {-1}
    yield "members", not policy.min_members <= len(members) <= policy.max_members
    yield "experts", not _helped(problem, draft, rows, helpers)
    yield "departments", policy.min_departments > 1 and len(departments) < policy.min_departments
    spread = max(levels, default=0) - min(levels, default=0)
    wide = policy.max_level_spread is not None and spread > policy.max_level_spread
    yield "levels", wide or len(set(levels)) < policy.min_levels
    yield "apart", any(other in problem.apart_from[one] for one, other in combinations(draft.present, 2))
    present = set(draft.present)
    yield "together", any(set(problem.circle_of.get(person, ())) - present for person in present)
    yield "twice", len(present) < len(draft.present)
    yield "attendance", not _attended(problem, draft)


def _helped(problem: GroupProblem, draft: Draft, rows: list[int], helpers: list[int]) -> bool:
    policy = problem.policy
    if not policy.min_experts <= len(helpers) <= policy.max_experts:
        return False
    target = max(problem.members.target[rows].tolist(), default=0)
    if any(level < target for level in problem.experts.level[helpers].tolist()):
        return False
    covered = 0
    for skills in problem.experts.skills[helpers].tolist():
        covered |= skills
    return not policy.every_skill or covered == (1 << int(problem.n_skills[draft.topic])) - 1


def _attended(problem: GroupProblem, draft: Draft) -> bool:
    attendance = problem.policy.attendance
    if not attendance:
        return draft.slot == NO_SLOT
    if not 0 <= draft.slot < problem.n_slots:
        return False
    there = problem.attends[:, draft.slot]
    able = int(there[list(draft.members)].sum())
    return 100 * able >= attendance * len(draft.members) and bool(there[list(draft.experts)].all())


def broken_between(problem: GroupProblem, drafts: Iterable[Draft]) -> list[str]:
    """Return the names of the demands that groups break together, each of which may be lawful by itself."""
    groups = list(drafts)
    policy = problem.policy
    memberships = Counter(person for group in groups for person in group.members)
    helping = Counter(person for group in groups for person in group.experts)
    on_topic = Counter((group.topic, person) for group in groups for person in group.members)
    meetings = Counter((group.slot, person) for group in groups for person in group.present if group.slot != NO_SLOT)
    sizes = [len(group.members) for group in groups]
    found = {
        "limit": any(n > problem.limit[person] for person, n in memberships.items()),
        "capacity": any(n > problem.capacity[person] for person, n in helping.items()),
        "topic-twice": any(n > 1 for n in on_topic.values()),
        "slot-twice": any(n > 1 for n in meetings.values()),
        "groups": policy.max_groups is not None and len(groups) > policy.max_groups,
        "sizes": policy.max_size_difference is not None
        and max(sizes, default=0) - min(sizes, default=0) > policy.max_size_difference,
    }
    return [name for name, breaks in found.items() if breaks]
