"""GroupSolution: the groups that are formed, who is left out and why, and how good this is at the least."""

from collections.abc import Sequence
from enum import StrEnum

from attrs import field, frozen

from taskmentor.matching.groups.bound import Prices
from taskmentor.matching.groups.problem import NO_SLOT, Draft, GroupProblem
from taskmentor.matching.groups.worth import Worth, worth
from taskmentor.matching.policy import Described
from taskmentor.matching.solution import Status
from taskmentor.models.people import PersonId

__all__ = ["Group", "GroupReason", "GroupRole", "GroupSolution", "LeftOutPerson", "Proof"]


class GroupRole(StrEnum):
    """What somebody is in a group (P9)."""

    EXPERT = "expert"
    PEER = "peer"
    FACILITATOR = "facilitator"


class GroupReason(StrEnum):
    """Why somebody who could have been a member is in no group."""

    NO_PLACE = "no-place"
    EXPERTS = "experts"
    MEMBERS = "members"
    ATTENDANCE = "attendance"
    DEPARTMENTS = "departments"
    LEVELS = "levels"
    APART = "apart"
    TOGETHER = "together"
    SEVERAL = "several"
    WORTH_LESS = "worth-less"


class Proof(StrEnum):
    """What a bound rests on."""

    PRICES = "prices"
    SOLVER = "solver"


@frozen(kw_only=True)
class Group:
    """A group that is formed.

    Attributes:
        topic_id: What it is formed around.
        members: Who learns in it, sorted.
        experts: Who helps them, sorted.
        facilitator: Who leads it, one of the others; None where the policy names nobody.
        slot: When it meets; None where no slot was looked for.
        points: What it is worth, part by part.
    """

    topic_id: str
    members: tuple[PersonId, ...]
    experts: tuple[PersonId, ...]
    facilitator: PersonId | None
    slot: int | None
    points: Worth

    def role(self, person_id: str) -> GroupRole | None:
        """Return what somebody is in this group; None for those who are not in it."""
        if person_id == self.facilitator:
            return GroupRole.FACILITATOR
        if person_id in self.experts:
            return GroupRole.EXPERT
        return GroupRole.PEER if person_id in self.members else None


@frozen(kw_only=True)
class LeftOutPerson:
    """Somebody who could have been a member, and is in no group.

    Attributes:
        person_id: Who.
        reason: Why: the one demand without which a group with them could be formed, `several` where it takes more than
            one, `no-place` where their own limit leaves none, `worth-less` where such a group could be formed and the
            groups are worth no less without.
    """

    person_id: PersonId
    reason: GroupReason


@frozen(eq=False, kw_only=True)
class GroupSolution:
    """The groups that are formed, with how good they are.

    Attributes:
        problem: What was decided on.
        groups: The groups, in the order of topics and first members.
        left_out: Everybody who could have been a member and is in no group, sorted by id.
        status: `optimal` where value and bound are the same, `time-limit` where the time ran out before the search was
            over, else `feasible`.
        value: What was maximised: the points of all groups.
        bound: What no groups can exceed.
        proof: What the bound rests on: `prices`, which `verify_groups` checks without a solver, or the word of the
            `solver`, which has looked at everything.
        priced_bound: The bound that the prices prove.
        start_value: What the greedy start was worth.
        prices: The prices.
        parameters: How it was searched.
    """

    problem: GroupProblem = field(repr=False)
    groups: tuple[Group, ...] = field(repr=False)
    left_out: tuple[LeftOutPerson, ...] = field(repr=False)
    status: Status
    value: int
    bound: int
    proof: Proof
    priced_bound: int
    start_value: int
    prices: Prices = field(repr=False)
    parameters: dict[str, Described] = field(repr=False)

    @property
    def gap(self) -> int:
        """Return how far the value is from the bound; 0 is a proof that there is nothing better."""
        return self.bound - self.value

    @property
    def gap_per_cent(self) -> float:
        """Return the gap as a share of the bound, in per cent."""
        return 100 * self.gap / self.bound if self.bound else 0.0

    @property
    def n_placed(self) -> int:
        """Return how many memberships there are."""
        return sum(len(group.members) for group in self.groups)


def groups_of(problem: GroupProblem, drafts: Sequence[Draft]) -> tuple[Group, ...]:
    """Return groups with ids, in one order."""
    return tuple(_group(problem, draft) for draft in sorted(drafts))


def _group(problem: GroupProblem, draft: Draft) -> Group:
    facilitator = _facilitator(problem, draft) if problem.policy.facilitator else None
    return Group(
        topic_id=problem.topics[draft.topic],
        members=_ids(problem, draft.members),
        experts=_ids(problem, draft.experts),
        facilitator=None if facilitator is None else PersonId(str(problem.ids[facilitator])),
        slot=None if draft.slot == NO_SLOT else draft.slot,
        points=worth(problem, draft),
    )


def _facilitator(problem: GroupProblem, draft: Draft) -> int:
    """Return an expert, the one with most points; without experts the member with the highest level."""
    if draft.experts:
        return max(
            draft.experts, key=lambda one: (int(problem.experts.points[problem.expert_row[draft.topic, one]]), -one)
        )
    return max(draft.members, key=lambda one: (int(problem.members.level[problem.member_row[draft.topic, one]]), -one))


def _ids(problem: GroupProblem, places: Sequence[int]) -> tuple[PersonId, ...]:
    return tuple(sorted(PersonId(str(problem.ids[place])) for place in places))
