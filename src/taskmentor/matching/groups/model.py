"""The door to CP-SAT: some groups are formed anew as well as can be, while the others stay as they are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from attrs import Factory, define, field, frozen

from taskmentor.errors import CostRangeError, SolverError
from taskmentor.matching.cpsat import proving_solver
from taskmentor.matching.groups.problem import NO_SLOT, Draft, GroupProblem

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntVar, LinearExprT

__all__ = ["Answer", "Question", "check_range", "solve_question"]

_LARGEST = 2**53
"""CP-SAT compares objective and bound as floats: above this it calls groups the best that are a point below."""


@frozen(kw_only=True)
class Question:
    """Which groups are formed anew.

    Attributes:
        topics: The topics of the groups that may be formed, one entry for each group, rising.
        fixed: The groups that stay as they are.
        people: Who may be put into the new groups; None for everybody.
        hint: Groups to begin from.
        required: Somebody who must be a member; None for nobody.
        effort: The most work, in CP-SAT's deterministic unit, of about a second each.
        seconds: The most time.
        seed: The solver's own seed.
        most: What the new groups are known not to exceed; None where nothing is known.
    """

    topics: tuple[int, ...]
    fixed: tuple[Draft, ...] = ()
    people: frozenset[int] | None = None
    hint: tuple[Draft, ...] = ()
    required: int | None = None
    effort: float = 5.0
    seconds: float = 60.0
    seed: int = 0
    most: int | None = None


@frozen(kw_only=True)
class Answer:
    """What CP-SAT found.

    Attributes:
        groups: The new groups; None where none were found that obey everything.
        proven: Whether CP-SAT says that there is nothing better, or nothing at all.
    """

    groups: tuple[Draft, ...] | None
    proven: bool


def solve_question(problem: GroupProblem, question: Question) -> Answer:
    """Return the best new groups that are found within the effort.

    Raises:
        SolverError: If CP-SAT refuses the model.
    """
    from ortools.sat.python import cp_model

    asked = _Asked(problem=problem, question=question, model=cp_model.CpModel())
    asked.state()
    solver = proving_solver(seed=question.seed, seconds=max(question.seconds, 0.001))
    solver.parameters.max_deterministic_time = question.effort
    if question.fixed:  # parts are improved without the whole linear programme, which proves
        solver.parameters.linearization_level = 1
        solver.parameters.add_lp_constraints_lazily = True
    status = solver.solve(asked.model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(groups=asked.read(solver), proven=status == cp_model.OPTIMAL)
    if status in (cp_model.INFEASIBLE, cp_model.UNKNOWN):
        return Answer(groups=None, proven=status == cp_model.INFEASIBLE)
    raise SolverError(f"CP-SAT ended with {solver.status_name(status)}")


def check_range(problem: GroupProblem) -> None:
    """Refuse points that do not fit the exact range of CP-SAT.

    Raises:
        CostRangeError: If a sum of points of the problem, whatever their signs, could leave it.
    """
    policy = problem.policy
    points = int(np.abs(problem.members.points).sum()) + int(np.abs(problem.experts.points).sum())
    places = int(problem.limit.sum()) + int(problem.capacity.sum())
    largest_group = max(policy.max_members + policy.max_experts, policy.wanted_members)
    a_place = policy.member_points + policy.department_points + policy.size_cost + policy.expert_cost
    a_place += policy.repeat_cost * largest_group
    largest = points * max(1, int(problem.capacity.max(initial=0))) + places * largest_group * a_place
    if largest > _LARGEST:
        raise CostRangeError("CP-SAT's objective", largest, _LARGEST)


@define(eq=False)
class _Group:
    """The variables of one group that may be formed.

    Attributes:
        topic: Its topic.
        open: Whether it is formed.
        member: For each possible member whether they are one.
        expert: For each possible expert whether they are one.
        slot: For each slot whether it meets then.
        gains: What its worth is made of.
    """

    topic: int
    open: "IntVar"
    member: "dict[int, IntVar]"
    expert: "dict[int, IntVar]"
    slot: "dict[int, IntVar]"
    gains: "list[LinearExprT]" = field(factory=list)

    def present(self, person: int) -> "list[IntVar]":
        """Return the variables of which one says that somebody is in the group; none where they cannot be."""
        return [variables[person] for variables in (self.member, self.expert) if person in variables]

    @property
    def people(self) -> list[int]:
        """Return everybody who can be in the group."""
        return sorted({*self.member, *self.expert})


@define(eq=False, kw_only=True)
class _Asked:
    """A question as a model of CP-SAT."""

    problem: GroupProblem
    question: Question
    model: "CpModel"
    groups: list[_Group] = Factory(list)

    @cached_property
    def left(self) -> tuple[dict[int, int], dict[int, int]]:
        """Return in how many new groups each person may be, as member and as expert."""
        memberships = Counter(person for group in self.question.fixed for person in group.members)
        helping = Counter(person for group in self.question.fixed for person in group.experts)
        people = range(self.problem.n_people) if self.question.people is None else sorted(self.question.people)
        limit, capacity = self.problem.limit, self.problem.capacity
        return (
            {one: room for one in people if (room := int(limit[one]) - memberships[one]) > 0},
            {one: room for one in people if (room := int(capacity[one]) - helping[one]) > 0},
        )

    def state(self) -> None:
        """State the whole question."""
        self.groups = [self._variables(topic) for topic in self.question.topics]
        for group in self.groups:
            self._state_sizes(group)
            self._state_experts(group)
            self._state_departments(group)
            self._state_levels(group)
            self._state_attendance(group)
            self._state_company(group)
        self._state_limits()
        self._state_meetings()
        self._state_size_difference()
        self._break_symmetry()
        self._state_objective()
        self._hint()

    # --- one group

    def _variables(self, topic: int) -> _Group:
        problem, model = self.problem, self.model
        as_member, as_expert = self.left
        taken = {person for group in self.question.fixed if group.topic == topic for person in group.members}
        members = [int(problem.members.person[row]) for row in problem.member_rows(topic)]
        experts = [int(problem.experts.person[row]) for row in problem.expert_rows(topic)]
        return _Group(
            topic=topic,
            open=model.new_bool_var(""),
            member={one: model.new_bool_var("") for one in members if one in as_member and one not in taken},
            expert={one: model.new_bool_var("") for one in experts if one in as_expert},
            slot={slot: model.new_bool_var("") for slot in range(problem.n_slots)},
        )

    def _state_sizes(self, group: _Group) -> None:
        policy, model = self.problem.policy, self.model
        size = sum(group.member.values())
        model.add(size >= policy.min_members * group.open)
        model.add(size <= policy.max_members * group.open)
        for person, chosen in group.member.items():
            row = self.problem.member_row[group.topic, person]
            group.gains.append((int(self.problem.members.points[row]) + policy.member_points) * chosen)
            model.add_implication(chosen, group.open)
        if policy.size_cost:
            off = model.new_int_var(0, policy.max_members, "")
            model.add(off >= size - policy.wanted_members * group.open)
            model.add(off >= policy.wanted_members * group.open - size)
            group.gains.append(-policy.size_cost * off)

    def _state_experts(self, group: _Group) -> None:
        problem, policy, model = self.problem, self.problem.policy, self.model
        number = sum(group.expert.values())
        model.add(number >= policy.min_experts * group.open)
        model.add(number <= policy.max_experts * group.open)
        rows = {person: problem.expert_row[group.topic, person] for person in group.expert}
        for person, chosen in group.expert.items():
            points = int(problem.experts.points[rows[person]]) - policy.expert_cost
            group.gains.append(points * chosen)
            if person in group.member:
                model.add_at_most_one(chosen, group.member[person])
        if policy.every_skill:
            for skill in range(int(problem.n_skills[group.topic])):
                able = [
                    one for person, one in group.expert.items() if problem.experts.skills[rows[person]] >> skill & 1
                ]
                model.add(sum(able) >= group.open)
        self._state_targets(group, {person: int(problem.experts.level[row]) for person, row in rows.items()})

    def _state_targets(self, group: _Group, level_of: Mapping[int, int]) -> None:
        """State that no member wants to reach a level above that of an expert of the group."""
        targets = self._levels(group, self.problem.members.target.tolist())
        for person, level in level_of.items():
            for target, variables in targets.items():
                if target > level:
                    some = self._any(variables)
                    self.model.add_at_most_one(group.expert[person], some)

    def _levels(self, group: _Group, column: Sequence[int]) -> "dict[int, list[IntVar]]":
        """Return the variables of the members by a number of theirs."""
        by_level: dict[int, list[IntVar]] = defaultdict(list)
        for person, chosen in group.member.items():
            by_level[column[self.problem.member_row[group.topic, person]]].append(chosen)
        return dict(sorted(by_level.items()))

    def _any(self, variables: "Sequence[IntVar]") -> "IntVar":
        """Return whether one of some variables holds."""
        some = self.model.new_bool_var("")
        self.model.add_max_equality(some, variables)
        return some

    def _state_departments(self, group: _Group) -> None:
        policy, model = self.problem.policy, self.model
        if policy.min_departments == 1 and not policy.department_points:
            return
        by_department: dict[int, list[IntVar]] = defaultdict(list)
        for person, chosen in group.member.items():
            if (department := int(self.problem.department[person])) >= 0:
                by_department[department].append(chosen)
        there = []
        for some in by_department.values():
            one = model.new_bool_var("")
            model.add(one <= sum(some))
            there.append(one)
        if policy.min_departments > 1:
            model.add(sum(there) >= policy.min_departments * group.open)
        # A department that is there counts once, however many come from it: more are never gained than that.
        group.gains += [policy.department_points * one for one in there]

    def _state_levels(self, group: _Group) -> None:
        policy, model = self.problem.policy, self.model
        if policy.min_levels == 1 and policy.max_level_spread is None:
            return
        there = {
            level: self._any(some) for level, some in self._levels(group, self.problem.members.level.tolist()).items()
        }
        if policy.min_levels > 1:
            model.add(sum(there.values()) >= policy.min_levels * group.open)
        if policy.max_level_spread is not None:
            for low, some_low in there.items():
                for high, some_high in there.items():
                    if high - low > policy.max_level_spread:
                        model.add_at_most_one(some_low, some_high)

    def _state_attendance(self, group: _Group) -> None:
        attendance, model = self.problem.policy.attendance, self.model
        if not attendance:
            return
        model.add(sum(group.slot.values()) == group.open)
        for person, chosen in group.expert.items():
            model.add(chosen <= self._able(group, person))
        if attendance == 100:
            for person, chosen in group.member.items():
                model.add(chosen <= self._able(group, person))
            return
        able = []
        for person, chosen in group.member.items():
            one = model.new_bool_var("")
            model.add_implication(one, chosen)
            model.add(one <= self._able(group, person))
            able.append(one)
        model.add(100 * sum(able) >= attendance * sum(group.member.values()))

    def _able(self, group: _Group, person: int) -> "LinearExprT":
        """Return whether a person can come when the group meets."""
        return sum(one for slot, one in group.slot.items() if self.problem.attends[person, slot])

    def _state_company(self, group: _Group) -> None:
        """State who is kept apart, who stays together, and what repeated company costs."""
        problem, model = self.problem, self.model
        for person in group.people:
            for other in sorted(problem.apart_from[person]):
                if person < other and (company := group.present(other)):
                    model.add_at_most_one(*group.present(person), *company)
            if circle := problem.circle_of.get(person):
                for other in circle:
                    if other != person:
                        model.add(sum(group.present(person)) == sum(group.present(other)))
        if not problem.policy.repeat_cost:
            return
        for person in group.people:
            for other in sorted(problem.met_with[person]):
                if person < other and (company := group.present(other)):
                    again = model.new_bool_var("")
                    model.add(again >= sum(group.present(person)) + sum(company) - 1)
                    group.gains.append(-problem.policy.repeat_cost * again)

    # --- groups together

    def _state_limits(self) -> None:
        for variables, left in zip(("member", "expert"), self.left, strict=True):
            chosen: dict[int, list[IntVar]] = defaultdict(list)
            on_topic: dict[tuple[int, int], list[IntVar]] = defaultdict(list)
            for group in self.groups:
                for person, one in getattr(group, variables).items():
                    chosen[person].append(one)
                    on_topic[group.topic, person].append(one)
            for person, some in chosen.items():
                if len(some) > left[person]:
                    self.model.add(sum(some) <= left[person])
            if variables == "member":
                for some in on_topic.values():
                    self.model.add_at_most_one(some)
        if (most := self.problem.policy.max_groups) is not None:
            self.model.add(sum(group.open for group in self.groups) <= most - len(self.question.fixed))

    def _state_meetings(self) -> None:
        """State that nobody is in two groups that meet at the same slot."""
        if not self.problem.n_slots:
            return
        busy: dict[int, set[int]] = defaultdict(set)
        for fixed in self.question.fixed:
            for person in fixed.present:
                busy[person].add(fixed.slot)
        where: dict[int, list[_Group]] = defaultdict(list)
        for group in self.groups:
            for person in group.people:
                where[person].append(group)
        as_member, as_expert = self.left
        for person, groups in where.items():
            for slot in sorted(busy[person]):
                for group in groups:
                    self.model.add(sum(group.present(person)) + group.slot[slot] <= 1)
            if as_member.get(person, 0) + as_expert.get(person, 0) > 1 and len(groups) > 1:
                self._state_one_at_a_time(person, groups)

    def _state_one_at_a_time(self, person: int, groups: Sequence[_Group]) -> None:
        for slot in range(self.problem.n_slots):
            meets = []
            for group in groups:
                one = self.model.new_bool_var("")
                self.model.add(one >= sum(group.present(person)) + group.slot[slot] - 1)
                meets.append(one)
            self.model.add_at_most_one(meets)

    def _state_size_difference(self) -> None:
        difference, model = self.problem.policy.max_size_difference, self.model
        if difference is None:
            return
        most = self.problem.policy.max_members
        lowest, highest = model.new_int_var(0, most, ""), model.new_int_var(0, most, "")
        model.add(highest - lowest <= difference)
        for fixed in self.question.fixed:
            model.add(lowest <= len(fixed.members))
            model.add(highest >= len(fixed.members))
        for group in self.groups:
            size = sum(group.member.values())
            model.add(highest >= size)
            model.add(lowest <= size + most * (1 - group.open))

    def _break_symmetry(self) -> None:
        """State that groups of one topic come in the order of their first members, those that are not formed last.

        Where a few groups are formed anew beside others the first members are left out: there are few orders, and the
        statements would be longer than all others together.
        """
        for before, after in zip(self.groups, self.groups[1:], strict=False):
            if before.topic != after.topic:
                continue
            self.model.add_implication(after.open, before.open)
            if self.question.fixed:
                continue
            earlier: list[IntVar] = []
            for person, chosen in after.member.items():
                # Whoever is in the later group has somebody of the earlier one before them.
                self.model.add(chosen <= sum(earlier))
                earlier.append(before.member[person])

    def _state_objective(self) -> None:
        if self.question.required is not None:
            person = self.question.required
            self.model.add(sum(group.member[person] for group in self.groups if person in group.member) >= 1)
            return
        value = sum(gain for group in self.groups for gain in group.gains)
        if self.question.most is not None:
            self.model.add(value <= self.question.most)
        self.model.maximize(value)

    # --- from groups to variables and back

    def _hint(self) -> None:
        if not self.question.hint:
            return
        for group, draft in _in_places(self.groups, self.question.hint):
            self.model.add_hint(group.open, draft is not None)
            there = set() if draft is None else {*draft.members}
            for person, one in group.member.items():
                self.model.add_hint(one, person in there)
            for person, one in group.expert.items():
                self.model.add_hint(one, draft is not None and person in draft.experts)
            for slot, one in group.slot.items():
                self.model.add_hint(one, draft is not None and draft.slot == slot)

    def read(self, solver: "CpSolver") -> tuple[Draft, ...]:
        """Return the groups of a solution."""

        def chosen(variables: "Mapping[int, IntVar]") -> tuple[int, ...]:
            return tuple(sorted(key for key, one in variables.items() if solver.boolean_value(one)))

        return tuple(
            Draft(group.topic, chosen(group.member), chosen(group.expert), next(iter(chosen(group.slot)), NO_SLOT))
            for group in self.groups
            if solver.boolean_value(group.open)
        )


def _in_places(groups: Iterable[_Group], hint: Sequence[Draft]) -> list[tuple[_Group, Draft | None]]:
    """Return each group that may be formed with the draft that stands in its place, first members rising."""
    waiting: dict[int, list[Draft]] = defaultdict(list)
    for draft in sorted(hint, reverse=True):
        waiting[draft.topic].append(draft)
    return [(group, waiting[group.topic].pop() if waiting[group.topic] else None) for group in groups]
