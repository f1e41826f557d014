"""Checks a set of groups without any solver: every demand, every point and the bound, in plain Python.

No code is shared with what forms groups, nor with what finds prices: only the columns of the problem are read.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, combinations_with_replacement
from math import comb

from attrs import frozen

from taskmentor.matching.groups.problem import GroupProblem
from taskmentor.matching.groups.solution import Group, GroupSolution, Proof
from taskmentor.matching.solution import Status

__all__ = ["GroupVerdict", "verify_groups"]

_PARTS = 1_000
_MOST_CHOICES = 250


@frozen(kw_only=True)
class GroupVerdict:
    """What was found when groups were checked.

    Attributes:
        ok: Whether everything holds.
        faults: What does not.
        value: What the groups are worth, counted anew.
        bound: What the prices prove, counted anew; a lower bound that a solver has told stays the solver's word.
    """

    ok: bool
    faults: tuple[str, ...]
    value: int
    bound: int


def verify_groups(problem: GroupProblem, solution: GroupSolution) -> GroupVerdict:
    """Return whether groups obey every demand, are worth what is claimed, and cannot exceed the bound.

    Args:
        problem: The problem, made anew from the tables where those are to be trusted and nothing else.
        solution: The groups and what is claimed of them.

    Complexity:
        O(topics times choices of slots times members times log members) for the bound, in plain Python.
    """
    check = _Check(problem)
    faults = [fault for number, group in enumerate(solution.groups) for fault in check.faults_of(number, group)]
    known = not any(": unknown" in fault for fault in faults)
    value = sum(check.worth(group) for group in solution.groups) if known else 0
    faults += check.faults_between(solution.groups) if known else []
    bound = check.bound(solution)
    faults += [*_claim_faults(solution, value, bound)] if known else []
    faults += check.faults_of_left_out(solution)
    return GroupVerdict(ok=not faults, faults=tuple(faults), value=value, bound=bound)


def _claim_faults(solution: GroupSolution, value: int, bound: int) -> Iterator[str]:
    if solution.value != value:
        yield f"the groups are worth {value:,}, and {solution.value:,} is claimed"
    if solution.priced_bound != bound:
        yield f"the prices prove {bound:,}, and {solution.priced_bound:,} is claimed"
    if solution.proof is Proof.PRICES and solution.bound < bound:
        yield f"the bound {solution.bound:,} is below what the prices prove"
    if solution.bound < value:
        yield f"the bound {solution.bound:,} is below the value"
    if (solution.status is Status.OPTIMAL) != (solution.bound == solution.value):
        yield f"the status is {solution.status} with a gap of {solution.gap:,}"


class _Check:
    """A problem as plain Python, by id."""

    def __init__(self, problem: GroupProblem) -> None:
        self.problem, self.policy = problem, problem.policy
        self.place = {str(person_id): place for place, person_id in enumerate(problem.ids)}
        self.topic = {topic_id: place for place, topic_id in enumerate(problem.topics)}
        members, experts = problem.members, problem.experts
        rows = zip(members.topic.tolist(), members.person.tolist(), range(len(members.person)), strict=True)
        self.wanting = {(topic, person): row for topic, person, row in rows}
        rows = zip(experts.topic.tolist(), experts.person.tolist(), range(len(experts.person)), strict=True)
        self.helping = {(topic, person): row for topic, person, row in rows}
        self.apart = {frozenset(pair) for pair in problem.apart.tolist()}
        self.met = {frozenset(pair) for pair in problem.met.tolist()}

    # --- one group

    def faults_of(self, number: int, group: Group) -> list[str]:
        """Return what one group breaks by itself."""
        name = f"group {number} ({group.topic_id})"
        topic = self.topic.get(group.topic_id)
        strangers = [one for one in (*group.members, *group.experts) if one not in self.place]
        if topic is None or strangers:
            return [f"{name}: unknown {', '.join(strangers) or 'topic'}"]
        members, experts = [self.place[one] for one in group.members], [self.place[one] for one in group.experts]
        if any((topic, one) not in self.wanting for one in members) or any(
            (topic, one) not in self.helping for one in experts
        ):
            return [f"{name}: unknown here as a member or an expert"]
        broken = [*self._size_faults(topic, members, experts), *self._company_faults(members + experts)]
        broken += self._meeting_faults(members, experts, group.slot)
        if self.policy.facilitator != (group.facilitator is not None) or (
            group.facilitator is not None and group.facilitator not in (*group.members, *group.experts)
        ):
            broken.append("the facilitator is nobody of the group, or nobody was asked for")
        if self.worth(group) != group.points.total:
            broken.append(f"it is worth {self.worth(group)}, and {group.points.total} is claimed")
        return [f"{name}: {one}" for one in broken]

    def _size_faults(self, topic: int, members: list[int], experts: list[int]) -> Iterator[str]:
        policy, problem = self.policy, self.problem
        if not policy.min_members <= len(members) <= policy.max_members:
            yield f"{len(members)} members"
        if not policy.min_experts <= len(experts) <= policy.max_experts:
            yield f"{len(experts)} experts"
        rows, helpers = [self.wanting[topic, one] for one in members], [self.helping[topic, one] for one in experts]
        levels = {int(problem.members.level[row]) for row in rows}
        targets = [int(problem.members.target[row]) for row in rows]
        if any(int(problem.experts.level[row]) < target for row in helpers for target in targets):
            yield "an expert is below a member's target"
        masks = [int(problem.experts.skills[row]) for row in helpers]
        skills = range(int(problem.n_skills[topic]))
        if policy.every_skill and not all(any(mask >> skill & 1 for mask in masks) for skill in skills):
            yield "a skill has no expert"
        departments = {int(problem.department[one]) for one in members} - {-1}
        if policy.min_departments > 1 and len(departments) < policy.min_departments:
            yield f"{len(departments)} departments"
        if len(levels) < policy.min_levels:
            yield f"{len(levels)} levels"
        if policy.max_level_spread is not None and max(levels) - min(levels) > policy.max_level_spread:
            yield f"levels from {min(levels)} to {max(levels)}"

    def _company_faults(self, present: list[int]) -> Iterator[str]:
        if len(set(present)) < len(present):
            yield "somebody is in it twice"
        if any(frozenset(pair) in self.apart for pair in combinations(present, 2)):
            yield "people are in it who are kept apart"
        if any(0 < len(set(some) & set(present)) < len(some) for some in self.problem.together):
            yield "people are torn who must be together"

    def _meeting_faults(self, members: list[int], experts: list[int], slot: int | None) -> Iterator[str]:
        if not self.policy.attendance or slot is None:
            if self.policy.attendance or slot is not None:
                yield "it has no slot, or one that nobody asked for"
            return
        if not 0 <= slot < self.problem.attends.shape[1]:
            yield "there is no such slot"
            return
        able = [bool(self.problem.attends[one, slot]) for one in members]
        if 100 * sum(able) < self.policy.attendance * len(able):
            yield f"{sum(able)} of {len(able)} members can come"
        if not all(bool(self.problem.attends[one, slot]) for one in experts):
            yield "an expert cannot come"

    def worth(self, group: Group) -> int:
        """Return what a group is worth."""
        policy, problem, topic = self.policy, self.problem, self.topic[group.topic_id]
        members, experts = [self.place[one] for one in group.members], [self.place[one] for one in group.experts]
        points = sum(int(problem.members.points[self.wanting[topic, one]]) + policy.member_points for one in members)
        points += sum(int(problem.experts.points[self.helping[topic, one]]) - policy.expert_cost for one in experts)
        points += policy.department_points * len({int(problem.department[one]) for one in members} - {-1})
        points -= policy.size_cost * abs(len(members) - policy.wanted_members)
        again = sum(frozenset(pair) in self.met for pair in combinations(members + experts, 2))
        return points - policy.repeat_cost * again

    # --- groups together

    def faults_between(self, groups: Sequence[Group]) -> list[str]:
        """Return what groups break together."""
        policy, problem = self.policy, self.problem
        faults = []
        learning = Counter(one for group in groups for one in group.members)
        helping = Counter(one for group in groups for one in group.experts)
        faults += [f"{one} is a member {n} times" for one, n in learning.items() if n > problem.limit[self.place[one]]]
        faults += [
            f"{one} is an expert {n} times" for one, n in helping.items() if n > problem.capacity[self.place[one]]
        ]
        twice = Counter((group.topic_id, one) for group in groups for one in group.members)
        faults += [f"{one} is twice a member of {topic_id}" for (topic_id, one), n in twice.items() if n > 1]
        met = Counter(
            (group.slot, one) for group in groups if group.slot is not None for one in group.members + group.experts
        )
        faults += [f"{one} is in {n} groups at slot {slot}" for (slot, one), n in met.items() if n > 1]
        if policy.max_groups is not None and len(groups) > policy.max_groups:
            faults.append(f"there are {len(groups)} groups")
        sizes = [len(group.members) for group in groups]
        if policy.max_size_difference is not None and sizes and max(sizes) - min(sizes) > policy.max_size_difference:
            faults.append(f"sizes go from {min(sizes)} to {max(sizes)}")
        return faults

    def faults_of_left_out(self, solution: GroupSolution) -> list[str]:
        """Return who is neither in a group nor among those left out, or in both."""
        placed = {one for group in solution.groups for one in group.members}
        could = {str(self.problem.ids[person]) for _, person in self.wanting}
        told = [one.person_id for one in solution.left_out]
        if sorted(told) == sorted(could - placed):
            return []
        return ["those left out are not those who are in no group"]

    # --- the bound

    def bound(self, solution: GroupSolution) -> int:
        """Return what the prices prove."""
        prices, problem = solution.prices, self.problem
        member, expert = [int(one) for one in prices.member], [int(one) for one in prices.expert]
        if min([*member, *expert, prices.group], default=0) < 0:
            return 2**62  # prices below nothing prove nothing
        total = prices.group * (self.policy.max_groups or 0)
        total += sum(price * int(places) for price, places in zip(member, problem.limit, strict=True))
        total += sum(price * int(places) for price, places in zip(expert, problem.capacity, strict=True))
        total += sum(_TopicCheck(self, topic, member, expert, prices.group).most() for topic in self.topic.values())
        return total // _PARTS


class _TopicCheck:
    """What one topic could gain at some prices, looked at way by way."""

    def __init__(self, check: _Check, topic: int, member: list[int], expert: list[int], group: int) -> None:
        problem, policy = check.problem, check.policy
        self.policy, self.group = policy, group
        self.there = problem.attends
        self.department = [int(one) for one in problem.department]
        self.capacity = [int(one) for one in problem.capacity]
        self.worth = {
            person: _PARTS * (int(problem.members.points[row]) + policy.member_points) - member[person]
            for (own, person), row in check.wanting.items()
            if own == topic and problem.limit[person] > 0
        }
        self.help = {
            person: _PARTS * (int(problem.experts.points[row]) - policy.expert_cost) - expert[person]
            for (own, person), row in check.helping.items()
            if own == topic and problem.capacity[person] > 0
        }
        every = policy.every_skill and int(problem.n_skills[topic]) > 0
        self.least = max(policy.min_experts, int(every))
        masks = {person: int(problem.experts.skills[check.helping[topic, person]]) for person in self.help}
        needed = range(int(problem.n_skills[topic])) if every else range(0)
        slots = range(problem.attends.shape[1]) if policy.attendance else range(0)
        self.slots = [slot for slot in slots if self._usable(slot, masks, needed)]
        self.most_groups = self._most_groups()

    def _usable(self, slot: int, masks: dict[int, int], needed: range) -> bool:
        able = sum(bool(self.there[person, slot]) for person in self.worth)
        helping = [masks[person] for person in self.help if self.there[person, slot]]
        covered = all(any(mask >> skill & 1 for mask in helping) for skill in needed)
        return 100 * able >= self.policy.attendance * self.policy.min_members and len(helping) >= self.least and covered

    def _most_groups(self) -> int:
        if self.policy.attendance and not self.slots:
            return 0
        most = len(self.worth) // self.policy.min_members
        if self.least:
            most = min(most, sum(self.capacity[person] for person in self.help) // self.least)
        return most if self.policy.max_groups is None else min(most, self.policy.max_groups)

    def most(self) -> int:
        """Return the most that the topic could gain."""
        best = 0
        for n_groups in range(1, self.most_groups + 1):
            open_gain = self._gain(n_groups, None)
            if open_gain is None or open_gain <= best:
                continue
            if self.slots and comb(len(self.slots) + n_groups - 1, n_groups) <= _MOST_CHOICES:
                ways = combinations_with_replacement(self.slots, n_groups)
                gains = [gain for way in ways if (gain := self._gain(n_groups, way)) is not None]
                best = max(best, min(open_gain, max(gains, default=0)))
            else:
                best = max(best, open_gain)
        return best

    def _gain(self, n_groups: int, way: Sequence[int] | None) -> int | None:
        """Return the most that so many groups gain, at chosen slots or anywhere; None where it is impossible."""
        helped = self._helped(n_groups, way)
        able = {person for person in self.worth if self._able(person, way)}
        falling = self._falling(able, n_groups)
        if helped is None or falling is None:
            return None
        absent: list[int] = []
        if 0 < self.policy.attendance < 100:
            absent = self._falling(self.worth.keys() - able, n_groups) or []
        gains = []
        for size in range(n_groups * self.policy.min_members, n_groups * self.policy.max_members + 1):
            may_miss = size * (100 - self.policy.attendance) // 100 if absent else 0
            chosen = _most_of(falling, absent, size, may_miss)
            if chosen is not None:
                gains.append(
                    chosen - _PARTS * self.policy.size_cost * abs(size - n_groups * self.policy.wanted_members)
                )
        return max(gains) + helped - n_groups * self.group if gains else None

    def _able(self, person: int, way: Sequence[int] | None) -> bool:
        if way is None:
            return self.policy.attendance != 100 or any(bool(self.there[person, slot]) for slot in self.slots)
        return any(bool(self.there[person, slot]) for slot in way)

    def _falling(self, people: set[int], n_groups: int) -> list[int] | None:
        """Return what people are worth, falling; the first of each department, once a group, with points for that."""
        count: Counter[int] = Counter()
        worth = []
        for person in sorted(people, key=lambda one: -self.worth[one]):
            department = self.department[person]
            count[department] += 1
            first = department >= 0 and count[department] <= n_groups
            worth.append(self.worth[person] + _PARTS * self.policy.department_points * first)
        del count[-1]
        different = sum(min(number, n_groups) for number in count.values())
        demanded = self.policy.min_departments > 1 and self.policy.attendance in (0, 100)
        if demanded and different < n_groups * self.policy.min_departments:
            return None
        return sorted(worth, reverse=True)

    def _helped(self, n_groups: int, way: Sequence[int] | None) -> int | None:
        if way is None:
            places = [worth for person, worth in self.help.items() for _ in range(min(self.capacity[person], n_groups))]
            return self._best(sorted(places, reverse=True), n_groups)
        parts = []
        for slot, number in Counter(way).items():
            there = [worth for person, worth in self.help.items() if self.there[person, slot]]
            parts.append(self._best(sorted(there, reverse=True), number))
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    def _best(self, falling: list[int], n_groups: int) -> int | None:
        least, most = n_groups * self.least, n_groups * self.policy.max_experts
        if len(falling) < least:
            return None
        return sum(falling[:least]) + sum(one for one in falling[least:most] if one > 0)


def _most_of(falling: Sequence[int], absent: Sequence[int], size: int, may_miss: int) -> int | None:
    """Return the largest sum of so many numbers, of which at most some are of the second list; None without so many."""
    ways = [
        sum(falling[: size - missing]) + sum(absent[:missing])
        for missing in range(min(may_miss, len(absent), size) + 1)
        if size - missing <= len(falling)
    ]
    return max(ways, default=None)
