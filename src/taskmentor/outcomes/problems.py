"""What became of the problems that groups were formed around (P7)."""

from collections.abc import Iterable

from attrs import frozen

from taskmentor.lifecycle.group import Group, GroupId
from taskmentor.lifecycle.group.values import MemberState
from taskmentor.lifecycle.values import SessionState

__all__ = ["ProblemOutcome", "problem_outcomes"]


@frozen(kw_only=True)
class ProblemOutcome:
    """What became of one business problem (P7).

    Attributes:
        group_id: The group.
        problem: The problem, in its words.
        resolved: Whether it is resolved; None while nobody has said.
        measure: What was measured.
        before: The measure before, in whole units of its own.
        after: The measure afterwards.
        members: How many people worked on it.
        departments: From how many departments, as of when they were invited.
        sessions: How many sessions were held.
    """

    group_id: GroupId
    problem: str
    resolved: bool | None
    measure: str
    before: int | None
    after: int | None
    members: int
    departments: int
    sessions: int

    @property
    def change(self) -> int | None:
        """Return the measure after less that before; None where one of them is not known."""
        return None if self.before is None or self.after is None else self.after - self.before

    def __str__(self) -> str:
        word = {None: "open", True: "resolved", False: "not resolved"}[self.resolved]
        change = "" if self.change is None else f"; {self.measure}: {self.before} before, {self.after} after"
        return f"{self.problem}: {word}{change}"


def problem_outcomes(groups: Iterable[Group]) -> tuple[ProblemOutcome, ...]:
    """Return what became of the problems of groups, in their order; those without a problem are left out."""
    return tuple(_outcome(group) for group in groups if group.focus.problem)


def _outcome(group: Group) -> ProblemOutcome:
    took_part = [one.place for one in group.members if one.state in (MemberState.ACTIVE, MemberState.LEFT)]
    result = group.result
    return ProblemOutcome(
        group_id=group.id,
        problem=group.focus.problem,
        resolved=None if result is None else result.resolved,
        measure="" if result is None else result.measure,
        before=None if result is None else result.before,
        after=None if result is None else result.after,
        members=len(took_part),
        departments=len({place.department for place in took_part if place.department}),
        sessions=sum(session.state is SessionState.HELD for session in group.sessions),
    )
