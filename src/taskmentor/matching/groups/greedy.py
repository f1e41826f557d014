"""A quick start: the best group that can be seen is formed, then the next best of what is left."""

from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from taskmentor.matching.groups.problem import NO_SLOT, Draft, GroupProblem
from taskmentor.matching.groups.worth import broken, worth

__all__ = ["Surroundings", "greedy_groups"]

_DEMANDED = 2**40
"""What is demanded comes before all points."""

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


def greedy_groups(problem: GroupProblem) -> tuple[Draft, ...]:
    """Return groups that obey the policy, formed one after the other, each the best that is seen at that time.

    What has been seen is looked for anew only when its turn comes and somebody of it has been taken meanwhile.

    Source:
        Minoux, "Accelerated greedy algorithms for maximizing submodular set functions" (1978), for looking again late.
    """
    standing, most = _Standing(problem), problem.policy.max_groups
    crews = [_Crew(problem, topic) for topic in range(len(problem.topics))]
    keys = [(crew, slot, target) for crew in crews for slot in _slots(problem) for target in crew.targets]
    seen = [_attempt(standing, *key) for key in keys]
    waiting = [(-_points(problem, group), place) for place, group in enumerate(seen)]
    heapify(waiting)
    while waiting and waiting[0][0] < 0 and (most is None or len(standing.groups) < most):
        _, place = heappop(waiting)
        group = seen[place]
        if group is not None and standing.allows(group):
            standing.add(group)
        seen[place] = _attempt(standing, *keys[place])
        heappush(waiting, (-_points(problem, seen[place]), place))
    return _of_like_size(tuple(sorted(standing.groups)), problem.policy.max_size_difference)


class Surroundings:
    """Forms groups around one person after the other, as if nobody had a place yet."""

    def __init__(self, problem: GroupProblem) -> None:
        self.problem = problem
        self._standing = _Standing(problem)
        self._crews: dict[int, _Crew] = {}

    def group(self, topic: int, person: int) -> Draft | None:
        """Return a group of a topic with somebody among its members; None where none is seen, though one may be."""
        crew = self._crews.get(topic) or self._crews.setdefault(topic, _Crew(self.problem, topic))
        for slot in _slots(self.problem):
            for target in crew.targets:
                if (group := _attempt(self._standing, crew, slot, target, first=person)) is not None:
                    return group
        return None


def _slots(problem: GroupProblem) -> list[int]:
    return list(range(problem.n_slots)) if problem.policy.attendance else [NO_SLOT]


def _points(problem: GroupProblem, group: Draft | None) -> int:
    return 0 if group is None else worth(problem, group).total


def _of_like_size(groups: tuple[Draft, ...], difference: int | None) -> tuple[Draft, ...]:
    """Return the groups of those sizes, within what is allowed, in which there are most members."""
    if difference is None or not groups:
        return groups
    sizes = sorted({len(group.members) for group in groups})
    windows = [[group for group in groups if 0 <= len(group.members) - least <= difference] for least in sizes]
    return tuple(max(windows, key=lambda some: sum(len(group.members) for group in some)))


class _Standing:
    """Who has what left while groups are formed one after the other."""

    def __init__(self, problem: GroupProblem) -> None:
        self.problem = problem
        self.groups: list[Draft] = []
        self.limit, self.capacity = problem.limit.copy(), problem.capacity.copy()
        self.busy = np.zeros((problem.n_people, max(problem.n_slots, 1)), np.bool_)
        self.on_topic: set[tuple[int, int]] = set()

    def allows(self, group: Draft) -> bool:
        """Return whether everybody of a group still has a place, and is nowhere else when it meets."""
        members, experts = list(group.members), list(group.experts)
        free = bool((self.limit[members] > 0).all() and (self.capacity[experts] > 0).all())
        free &= all((group.topic, person) not in self.on_topic for person in members)
        return free and (group.slot == NO_SLOT or not self.busy[list(group.present), group.slot].any())

    def add(self, group: Draft) -> None:
        """Form a group."""
        self.groups.append(group)
        self.limit[list(group.members)] -= 1
        self.capacity[list(group.experts)] -= 1
        self.on_topic |= {(group.topic, person) for person in group.members}
        if group.slot != NO_SLOT:
            self.busy[list(group.present), group.slot] = True


class _Crew:
    """Who may be in the groups of a topic, in columns: members one by one, or sets of those who must be together.

    Sets are passed over where one of them could only be an expert, and so are experts who are in a set.
    """

    def __init__(self, problem: GroupProblem, topic: int) -> None:
        self.problem, self.topic = problem, topic
        columns = problem.members
        row_of = {int(columns.person[row]): row for row in problem.member_rows(topic)}
        circles = dict.fromkeys(problem.circle_of.get(person, (person,)) for person in row_of)
        self.sets = [some for some in circles if row_of.keys() >= set(some) and self._peaceful(some)]
        rows = [[row_of[person] for person in some] for some in self.sets]
        self.size = np.array([len(some) for some in self.sets], np.int64)
        self.points = np.array([int(columns.points[some].sum()) for some in rows], np.int64)
        self.points += problem.policy.member_points * self.size
        self.target = np.array([int(columns.target[some].max()) for some in rows], np.int64)
        self.targets = sorted({*self.target.tolist()}, reverse=True) if problem.policy.max_experts else [0]
        levels = [columns.level[some] for some in rows]
        self.lowest = np.array([int(some.min()) for some in levels], np.int64)
        self.highest = np.array([int(some.max()) for some in levels], np.int64)
        self.levels = _marks([some.tolist() for some in levels])
        self.departments = _marks(
            [[one for one in problem.department[list(some)].tolist() if one >= 0] for some in self.sets]
        )
        self.experts = [
            row for row in problem.expert_rows(topic) if int(problem.experts.person[row]) not in problem.circle_of
        ]
        self._place = {person: place for place, some in enumerate(self.sets) for person in some}
        self.met = np.zeros((len(self.sets), problem.n_people), np.int64)
        self.apart = np.zeros((len(self.sets), problem.n_people), np.bool_)
        for place, some in enumerate(self.sets):
            for person in some:
                self.met[place, list(problem.met_with[person])] += 1
                self.apart[place, list(problem.apart_from[person])] = True
                self.apart[place, person] = True  # nobody joins twice, nor a group whose expert they are

    def _peaceful(self, some: tuple[int, ...]) -> bool:
        return all(self.problem.apart_from[one].isdisjoint(some) for one in some)

    def place(self, person: int) -> int | None:
        """Return the set that somebody is in."""
        return self._place.get(person)

    def absent(self, slot: int) -> Whole:
        """Return how many of each set cannot come."""
        if slot == NO_SLOT:
            return np.zeros(len(self.sets), np.int64)
        there = self.problem.attends[:, slot]
        return np.array([sum(not there[one] for one in some) for some in self.sets], np.int64)

    def free(self, standing: _Standing, slot: int) -> Flags:
        """Return of which sets everybody has a place left, and is nowhere else at that slot."""
        able = standing.limit > 0
        if slot != NO_SLOT:
            able &= ~standing.busy[:, slot]
        return np.array(
            [all(able[one] and (self.topic, one) not in standing.on_topic for one in some) for some in self.sets],
            np.bool_,
        )


def _marks(lists: list[list[int]]) -> Flags:
    """Return in each row which numbers are in a list."""
    columns = {number: place for place, number in enumerate(sorted({one for some in lists for one in some}))}
    marks = np.zeros((len(lists), len(columns)), np.bool_)
    for row, some in enumerate(lists):
        marks[row, [columns[one] for one in some]] = True
    return marks


def _attempt(standing: _Standing, crew: _Crew, slot: int, target: int, first: int | None = None) -> Draft | None:
    """Return a lawful group that meets at a slot, with members up to a target; None where none is seen."""
    experts = _experts(standing, crew, slot, target)
    members = None if experts is None else _members(standing, crew, slot, target, experts, first)
    if experts is None or not members:
        return None
    group = Draft(crew.topic, tuple(sorted(members)), tuple(sorted(experts)), slot)
    return None if broken(crew.problem, group) else group


def _experts(standing: _Standing, crew: _Crew, slot: int, target: int) -> list[int] | None:
    """Return the fewest experts who are enough for members up to a target, the best first; None without enough."""
    problem, policy, columns = crew.problem, crew.problem.policy, crew.problem.experts
    missing = (1 << int(problem.n_skills[crew.topic])) - 1 if policy.every_skill else 0
    able = [
        row
        for row in crew.experts
        if columns.level[row] >= target and _may_help(standing, slot, int(columns.person[row]))
    ]
    able.sort(key=lambda row: -int(columns.points[row]))
    chosen: list[int] = []
    while missing or len(chosen) < policy.min_experts:
        free = [row for row in able if _is_welcome(problem, int(columns.person[row]), chosen)]
        if not free or len(chosen) == policy.max_experts:
            return None
        row = max(free, key=lambda one: (int(columns.skills[one]) & missing).bit_count())
        chosen.append(int(columns.person[row]))
        missing &= ~int(columns.skills[row])
    return chosen


def _may_help(standing: _Standing, slot: int, person: int) -> bool:
    if standing.capacity[person] <= 0:
        return False
    return slot == NO_SLOT or bool(standing.problem.attends[person, slot] and not standing.busy[person, slot])


def _is_welcome(problem: GroupProblem, person: int, company: list[int]) -> bool:
    return person not in company and problem.apart_from[person].isdisjoint(company)


def _members(
    standing: _Standing, crew: _Crew, slot: int, target: int, experts: list[int], first: int | None
) -> list[int]:
    """Return members, a set at a time, each time the one that gains most, as long as that gains or is needed."""
    policy = crew.problem.policy
    growing = _Growing(crew, slot, experts, crew.free(standing, slot) & (crew.target <= target))
    if first is not None:
        place = crew.place(first)
        if place is None or not growing.fits()[place]:
            return []
        growing.add(place)
    while growing.size < policy.max_members:
        fitting = np.flatnonzero(growing.fits())
        if not len(fitting):
            break
        gains = growing.gains()[fitting]
        best = int(np.argmax(gains))
        if gains[best] <= 0 and growing.size >= policy.min_members:
            break
        growing.add(int(fitting[best]))
    return growing.members


class _Growing:
    """A group to which members are added."""

    def __init__(self, crew: _Crew, slot: int, experts: list[int], free: Flags) -> None:
        self.crew, self.policy = crew, crew.problem.policy
        self.members: list[int] = []
        self.size = self.absent = 0
        self._free = free & ~crew.apart[:, experts].any(axis=1)
        self._absent = crew.absent(slot)
        self._met = crew.met[:, experts].sum(axis=1)
        self._departments = np.zeros(crew.departments.shape[1], np.bool_)
        self._levels = np.zeros(crew.levels.shape[1], np.bool_)
        self._lowest, self._highest = 2**40, -(2**40)

    def fits(self) -> Flags:
        """Return which sets could join without breaking what is never mended by further members."""
        policy, crew = self.policy, self.crew
        size = self.size + crew.size
        fits = self._free & (size <= policy.max_members)
        share = 100 - policy.attendance if policy.attendance else 100
        fits &= 100 * (self.absent + self._absent) <= share * np.maximum(size, policy.min_members)
        if policy.max_level_spread is not None:
            spread = np.maximum(crew.highest, self._highest) - np.minimum(crew.lowest, self._lowest)
            fits &= spread <= policy.max_level_spread
        return fits

    def gains(self) -> Whole:
        """Return what each set adds, with what is demanded before all else."""
        policy, crew = self.policy, self.crew
        new = (crew.departments & ~self._departments).sum(axis=1)
        short = int(self._departments.sum()) < policy.min_departments > 1
        gains = crew.points + new * (policy.department_points + _DEMANDED * short)
        if policy.min_levels > 1 and int(self._levels.sum()) < policy.min_levels:
            gains = gains + _DEMANDED * (crew.levels & ~self._levels).sum(axis=1)
        off = np.abs(self.size + crew.size - policy.wanted_members) - abs(self.size - policy.wanted_members)
        gained: Whole = gains - policy.size_cost * off - policy.repeat_cost * self._met
        return gained

    def add(self, place: int) -> None:
        """Let a set join."""
        crew, some = self.crew, list(self.crew.sets[place])
        self.members += some
        self.size += len(some)
        self.absent += int(self._absent[place])
        self._free &= ~crew.apart[:, some].any(axis=1)
        self._met = self._met + crew.met[:, some].sum(axis=1)
        self._departments |= crew.departments[place]
        self._levels |= crew.levels[place]
        self._lowest = min(self._lowest, int(crew.lowest[place]))
        self._highest = max(self._highest, int(crew.highest[place]))
