"""A bound on what any set of groups is worth, proven by whole-number prices of people's places; it needs no solver.

Each place of a member, each place of an expert and each group has a price. At these prices each topic buys what it
gains most from, apart from all other topics. What all places cost, and what all topics gain, is together a bound
(Lagrangian relaxation). How many groups a topic forms is a whole number there, nobody is its member twice, departments
and sizes count as they do, and where a few groups meet they choose their slots. The other demands are left out, which
can only raise the bound.

Source:
    Fisher, "The Lagrangian relaxation method for solving integer programming problems", Management Science 27 (1981);
    the step is Polyak's, "Minimization of unsmooth functionals", USSR Computational Mathematics 9 (1969).
"""

from itertools import combinations_with_replacement
from math import comb

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.groups.problem import GroupProblem

__all__ = ["MOST_CHOICES", "PARTS", "Prices", "TopicBounds"]

PARTS = 1_000
"""Prices are in thousandths of a point."""

MOST_CHOICES = 250
"""Slots of so many groups are chosen only where there are at most so many choices."""

_NEVER = -(2**50)
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@frozen(eq=False, kw_only=True)
class Prices:
    """What places cost, in thousandths of a point, all 0 or more.

    Attributes:
        member: Each place of each person as a member. Shape (n_people,).
        expert: Each place of each person as an expert. Shape (n_people,).
        group: Each group, where there is a limit of groups.
    """

    member: Whole
    expert: Whole
    group: int

    @classmethod
    def nothing(cls, problem: GroupProblem) -> "Prices":
        """Return prices of nothing."""
        none = np.zeros(problem.n_people, np.int64)
        return cls(member=none, expert=none.copy(), group=0)

    def earned(self, problem: GroupProblem) -> int:
        """Return what all places cost together."""
        groups = self.group * (problem.policy.max_groups or 0)
        return int(self.member @ problem.limit) + int(self.expert @ problem.capacity) + groups


@frozen(eq=False, kw_only=True)
class Bought:
    """What a topic would buy.

    Attributes:
        gain: What it gains, in thousandths of a point.
        members: Whom it takes as members.
        experts: Whom it takes as experts, once for each place.
        n_groups: How many groups it forms.
    """

    gain: int
    members: NDArray[np.int32]
    experts: NDArray[np.int32]
    n_groups: int


class TopicBounds:
    """What each topic of a problem would gain at given prices."""

    def __init__(self, problem: GroupProblem) -> None:
        self.problem = problem
        self._topics = [_Topic(problem, topic) for topic in range(len(problem.topics))]

    def bought(self, prices: Prices) -> list[Bought]:
        """Return what each topic would buy."""
        return [topic.bought(prices) for topic in self._topics]


class _Topic:
    """One topic of a problem, ready to be asked what it would buy."""

    def __init__(self, problem: GroupProblem, topic: int) -> None:
        policy = problem.policy
        rows = [row for row in problem.member_rows(topic) if problem.limit[problem.members.person[row]]]
        helpers = [row for row in problem.expert_rows(topic) if problem.capacity[problem.experts.person[row]]]
        self.policy = policy
        self.person, self.expert = problem.members.person[rows], problem.experts.person[helpers]
        self.points = PARTS * (problem.members.points[rows] + policy.member_points)
        self.expert_points = PARTS * (problem.experts.points[helpers] - policy.expert_cost)
        self.department = problem.department[self.person]
        self.capacity = problem.capacity[self.expert]
        every = policy.every_skill and bool(problem.n_skills[topic])
        self.least = max(policy.min_experts, int(every))
        skills = problem.experts.skills[helpers]
        needed = (1 << int(problem.n_skills[topic])) - 1 if every else 0
        member_there, expert_there = problem.attends[self.person], problem.attends[self.expert]
        # Slots at which a group could meet, by counting those who can come.
        usable = [
            slot
            for slot in range(problem.n_slots)
            if 100 * int(member_there[:, slot].sum()) >= policy.attendance * policy.min_members
            and int(expert_there[:, slot].sum()) >= self.least
            and not needed & ~int(np.bitwise_or.reduce(skills[expert_there[:, slot]], initial=0))
        ]
        self.there, self.expert_there = member_there[:, usable], expert_there[:, usable]
        self.n_slots = len(usable)
        self.most_groups = 0 if policy.attendance and not usable else problem.most_groups(topic)
        self._choices: dict[int, Whole] = {}

    def bought(self, prices: Prices) -> Bought:
        """Return what the topic would buy at some prices."""
        none = np.zeros(0, np.int32)
        best = Bought(gain=0, members=none, experts=none, n_groups=0)
        if not self.most_groups:
            return best
        offer = _Offer(
            member=self.points - prices.member[self.person],
            expert=self.expert_points - prices.expert[self.expert],
            group=prices.group,
        )
        # First with slots left open, for all numbers of groups at once; then, as long as that could be the best, with
        # chosen slots.
        rough = _Ways(n_groups=np.arange(1, self.most_groups + 1), slots=None)
        gains, sizes = self._gains(offer, rough)
        for place in np.argsort(-gains, kind="stable").tolist():
            if gains[place] <= best.gain:
                break
            n_groups = place + 1
            way, gain, size = rough.only(place), int(gains[place]), int(sizes[place])
            if (slots := self._slots(n_groups)) is not None:
                fine = _Ways(n_groups=np.full(len(slots), n_groups), slots=slots)
                fine_gains, fine_sizes = self._gains(offer, fine)
                at = int(np.argmax(fine_gains))
                if fine_gains[at] < gain:
                    way, gain, size = fine.only(at), int(fine_gains[at]), int(fine_sizes[at])
            if gain > best.gain:
                members, experts = self._picked(offer, way, size)
                best = Bought(gain=gain, members=members, experts=experts, n_groups=n_groups)
        return best

    def _slots(self, n_groups: int) -> Whole | None:
        """Return in each row how many of the groups meet at each slot; None where the choices are too many."""
        if not self.n_slots or comb(self.n_slots + n_groups - 1, n_groups) > MOST_CHOICES:
            return None
        if n_groups not in self._choices:
            rows = combinations_with_replacement(range(self.n_slots), n_groups)
            counted = [np.bincount(row, minlength=self.n_slots) for row in rows]
            self._choices[n_groups] = np.array(counted, np.int64)
        return self._choices[n_groups]

    def _gains(self, offer: "_Offer", ways: "_Ways") -> tuple[Whole, Whole]:
        """Return what each way gains at the most, and with how many members. Shape (n_ways,) each."""
        policy, number = self.policy, ways.n_groups[:, None]
        tops = self._tops(offer, ways)
        sizes = np.arange(tops.shape[1])
        off = PARTS * policy.size_cost * np.abs(sizes - number * policy.wanted_members)
        gains = tops - off + self._helped(offer, ways)[:, None] - number * offer.group
        gains[(sizes < number * policy.min_members) | (sizes > number * policy.max_members)] = _NEVER
        best = np.argmax(gains, axis=1)
        return gains[np.arange(len(gains)), best], best

    # --- members

    def _able(self, ways: "_Ways") -> Flags:
        """Return who can come to one of the slots of each way. Shape (n_ways, n_members)."""
        if ways.slots is not None:
            return np.asarray((ways.slots > 0) @ self.there.T)
        anywhere = np.ones((len(ways.n_groups), len(self.person)), np.bool_)
        return anywhere & self.there.any(axis=1) if self.policy.attendance == 100 else anywhere

    def _tops(self, offer: "_Offer", ways: "_Ways") -> Whole:
        """Return the most that each number of members is worth, from nobody on. Shape (n_ways, most + 1)."""
        most = min(int(ways.n_groups.max()) * self.policy.max_members, len(self.person))
        able = self._able(ways)
        tops = _prefixes(self._adjusted(offer, ways, able), most)
        share = 100 - self.policy.attendance
        if 0 < share < 100 and not able.all():
            others = _prefixes(self._adjusted(offer, ways, ~able), most * share // 100)
            mixed = tops.copy()
            for absent in range(1, others.shape[1]):
                size = np.arange(-(-100 * absent // share), most + 1)  # so many members allow so many absent
                mixed[:, size] = np.maximum(mixed[:, size], tops[:, size - absent] + others[:, absent, None])
            return mixed
        return tops

    def _adjusted(self, offer: "_Offer", ways: "_Ways", able: Flags) -> Whole:
        """Return what each member is worth, the first of a department in each group with its points for that."""
        order = np.lexsort((-offer.member, self.department))
        department, there = self.department[order], able[:, order]
        begins = np.ones(len(order), np.bool_)
        begins[1:] = department[1:] != department[:-1]
        count = there.cumsum(axis=1)
        before = np.maximum.accumulate(np.where(begins, count - there, 0), axis=1)
        first = (count - before <= ways.n_groups[:, None]) & (department >= 0) & there
        worth = np.where(there, offer.member[order] + PARTS * self.policy.department_points * first, _NEVER)
        least = self.policy.min_departments
        if least > 1 and self.policy.attendance in (0, 100):
            worth[first.sum(axis=1) < least * ways.n_groups] = _NEVER
        found = np.empty_like(worth)
        found[:, order] = worth
        return found

    # --- experts

    def _helped(self, offer: "_Offer", ways: "_Ways") -> Whole:
        """Return the most that the experts of each way are worth. Shape (n_ways,)."""
        if not self.policy.max_experts:
            return np.zeros(len(ways.n_groups), np.int64)
        order = np.argsort(-offer.expert, kind="stable")
        if ways.slots is None:
            return np.array([self._best(self._copies(offer, order, n), n)[0] for n in ways.n_groups.tolist()])
        n_groups = int(ways.n_groups[0])
        at_slot = np.zeros((self.n_slots, n_groups + 1), np.int64)
        for slot in range(self.n_slots):
            there = offer.expert[order[self.expert_there[order, slot]]]
            at_slot[slot, 1:] = [self._best(there, number)[0] for number in range(1, n_groups + 1)]
        worth: Whole = at_slot[np.arange(self.n_slots), ways.slots].sum(axis=1)
        return np.maximum(worth, _NEVER)

    def _copies(self, offer: "_Offer", order: NDArray[np.intp], n_groups: int) -> Whole:
        """Return what each expert's places are worth, falling, for experts ordered so."""
        return np.repeat(offer.expert[order], np.minimum(self.capacity[order], n_groups))

    def _best(self, falling: Whole, n_groups: int) -> tuple[int, int]:
        """Return the most that the experts of some groups are worth, of those given falling, and how many they are."""
        least, most = n_groups * self.least, n_groups * self.policy.max_experts
        if len(falling) < least:
            return _NEVER, 0
        number = max(least, min(most, int(np.count_nonzero(falling > 0))))
        return int(falling[:number].sum()), number

    # --- whom it would buy

    def _picked(self, offer: "_Offer", way: "_Ways", size: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        able = self._able(way)
        worth = self._adjusted(offer, way, able)[0]
        share = 100 - self.policy.attendance
        if 0 < share < 100 and not able.all():
            others = self._adjusted(offer, way, ~able)[0]
            absent = np.argsort(-others, kind="stable")[: size * share // 100]
            worth[absent] = others[absent]
        members = self.person[np.argsort(-worth, kind="stable")[:size]]
        return members, self._picked_experts(offer, way)

    def _picked_experts(self, offer: "_Offer", way: "_Ways") -> NDArray[np.int32]:
        if not self.policy.max_experts:
            return np.zeros(0, np.int32)
        order, n_groups = np.argsort(-offer.expert, kind="stable"), int(way.n_groups[0])
        if way.slots is None:
            number = self._best(self._copies(offer, order, n_groups), n_groups)[1]
            return np.asarray(np.repeat(self.expert[order], np.minimum(self.capacity[order], n_groups))[:number])
        picked = [np.zeros(0, np.int32)]
        for slot in np.flatnonzero(way.slots[0]).tolist():
            there = order[self.expert_there[order, slot]]
            number = self._best(offer.expert[there], int(way.slots[0, slot]))[1]
            picked.append(self.expert[there[:number]])
        return np.concatenate(picked)


@frozen(eq=False, kw_only=True)
class _Offer:
    """What is before a topic: points less prices, in thousandths of a point.

    Attributes:
        member: What each possible member is worth. Shape (n_members,).
        expert: What each possible expert is worth. Shape (n_experts,).
        group: What each group costs.
    """

    member: Whole
    expert: Whole
    group: int


@frozen(eq=False, kw_only=True)
class _Ways:
    """Ways to form the groups of a topic.

    Attributes:
        n_groups: How many groups. Shape (n_ways,).
        slots: How many of them meet at each slot; None where that is left open. Shape (n_ways, n_slots).
    """

    n_groups: Whole
    slots: Whole | None

    def only(self, place: int) -> "_Ways":
        """Return one of the ways alone."""
        return _Ways(
            n_groups=self.n_groups[place : place + 1],
            slots=None if self.slots is None else self.slots[place : place + 1],
        )


def _prefixes(worth: Whole, most: int) -> Whole:
    """Return the sums of the largest numbers of each row: of none, of one, up to so many. Shape (n_rows, most + 1)."""
    falling = -np.sort(-worth, axis=1)[:, :most]
    sums = np.zeros((len(worth), most + 1), np.int64)
    np.cumsum(falling, axis=1, out=sums[:, 1:])
    return sums
