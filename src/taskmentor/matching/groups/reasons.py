"""Why somebody is in no group: the one demand without which a group with them could be formed."""

from collections.abc import Callable, Sequence

import numpy as np
from attrs import evolve

from taskmentor.matching.groups.greedy import Surroundings
from taskmentor.matching.groups.model import Question, solve_question
from taskmentor.matching.groups.policy import GroupPolicy
from taskmentor.matching.groups.problem import Draft, GroupProblem
from taskmentor.matching.groups.solution import GroupReason, LeftOutPerson
from taskmentor.models.people import PersonId

__all__ = ["left_out", "lifted"]

_NO_PAIRS = np.zeros((0, 2), np.int32)


def left_out(problem: GroupProblem, groups: Sequence[Draft]) -> tuple[LeftOutPerson, ...]:
    """Return everybody who could have been a member and is in none of the groups, with the reason, sorted by id.

    Args:
        problem: The problem.
        groups: The groups that are formed.

    Complexity:
        One small question to CP-SAT for each person around whom no group is quickly found, and for each demand lifted.
    """
    placed = {person for group in groups for person in group.members}
    wanting = sorted({*problem.members.person.tolist()} - placed)
    asked = _Possibilities(problem)
    # What is possible without one demand is looked at only where something is impossible.
    lifts = {reason: _Possibilities(lift(problem)) for reason, lift in _LIFTS.items()}
    found = []
    for person in wanting:
        reason = GroupReason.WORTH_LESS if problem.limit[person] else GroupReason.NO_PLACE
        if problem.limit[person] and not asked.holds(person):
            ways = (reason for reason, lifted in lifts.items() if lifted.holds(person))
            reason = next(ways, GroupReason.SEVERAL)
        found.append(LeftOutPerson(person_id=PersonId(str(problem.ids[person])), reason=reason))
    return tuple(sorted(found, key=lambda one: one.person_id))


class _Possibilities:
    """Whether a group with somebody could be formed if nobody had a place yet."""

    def __init__(self, problem: GroupProblem) -> None:
        self.problem = problem
        self._around = Surroundings(problem)
        self._seen: set[int] = set()

    def holds(self, person: int) -> bool:
        """Return whether there is such a group."""
        topics = self.problem.members.topic[self.problem.members.person == person].tolist()
        for topic in topics:
            if person in self._seen:
                break
            group = self._around.group(topic, person) or self._asked(topic, person)
            self._seen.update(group.members if group is not None else ())
        return person in self._seen

    def _asked(self, topic: int, person: int) -> Draft | None:
        question = Question(topics=(topic,), required=person, effort=1e9, seconds=1e9)
        answer = solve_question(self.problem, question)
        return answer.groups[0] if answer.groups else None


def lifted(problem: GroupProblem, reason: GroupReason) -> GroupProblem:
    """Return the same problem without one demand, to put a reason to the test.

    Raises:
        KeyError: If the reason is no demand that can be lifted.
    """
    return _LIFTS[reason](problem)


def _lift_policy(problem: GroupProblem, policy: GroupPolicy) -> GroupProblem:
    return evolve(problem, policy=policy)


_LIFTS: dict[GroupReason, Callable[[GroupProblem], GroupProblem]] = {
    GroupReason.EXPERTS: lambda all: _lift_policy(all, evolve(all.policy, min_experts=0, every_skill=False)),
    GroupReason.MEMBERS: lambda all: _lift_policy(all, evolve(all.policy, min_members=1)),
    GroupReason.ATTENDANCE: lambda all: _lift_policy(all, evolve(all.policy, attendance=0)),
    GroupReason.DEPARTMENTS: lambda all: _lift_policy(all, evolve(all.policy, min_departments=1)),
    GroupReason.LEVELS: lambda all: _lift_policy(all, evolve(all.policy, min_levels=1, max_level_spread=None)),
    GroupReason.APART: lambda all: evolve(all, apart=_NO_PAIRS),
    GroupReason.TOGETHER: lambda all: evolve(all, together=()),
}
"""What is lifted for each reason, in the order in which they are tried."""
