"""From an organisation to groups: who lacks a skill is a possible member, who is qualified a possible expert."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import combinations

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.matching.groups.policy import GroupPolicy
from taskmentor.matching.groups.problem import GroupPerson, GroupProblem, GroupTopic, PossibleExpert, PossibleMember
from taskmentor.matching.groups.search import GroupSearch, solve_groups
from taskmentor.matching.groups.solution import Group, GroupSolution
from taskmentor.matching.requests import Requests, open_requests
from taskmentor.models.forest import NOBODY
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_GRADE, PersonId
from taskmentor.proficiency import Proficiency, ProficiencyPolicy, confirmed_proficiency

__all__ = ["Topic", "company", "form_groups", "group_problem"]

_ALL = 10**9
Free = Mapping[str, Iterable[int]]
Pairs = Iterable[tuple[str, str]]


def _ids(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def _ids_or_none(given: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(given)


@frozen(kw_only=True)
class Topic:
    """What groups are formed around: one skill, a set of skills (P3), or a problem (P1).

    Attributes:
        id: What it is called in the groups.
        skills: The skills that are learnt, or that experts stand for.
        members: Who may be a member; everybody with a gap in one of the skills unless given.
        experts: Who may be an expert; everybody who is qualified unless given. Who is named here counts as qualified.
    """

    id: str
    skills: tuple[str, ...] = field(default=(), converter=_ids)
    members: tuple[str, ...] | None = field(default=None, converter=_ids_or_none)
    experts: tuple[str, ...] | None = field(default=None, converter=_ids_or_none)

    @classmethod
    def of_skills(cls, *skill_ids: str) -> "tuple[Topic, ...]":
        """Return one topic for each of some skills."""
        return tuple(cls(id=skill_id, skills=(skill_id,)) for skill_id in skill_ids)


def form_groups(
    organisation: Organisation,
    policy: GroupPolicy,
    topics: Iterable[Topic],
    *,
    on: date,
    free: Free | None = None,
    met: Pairs = (),
    proficiency: ProficiencyPolicy | None = None,
    search: GroupSearch | None = None,
    salt: str = "",
) -> GroupSolution:
    """Return groups of people of an organisation, as good as the search finds, with a bound that is proven.

    Args:
        organisation: The organisation.
        policy: What groups must obey, and what makes one better.
        topics: What groups may be formed around.
        on: The day.
        free: The slots at which each person can come; those who are not named can never come.
        met: Pairs of people who were in a group together before, such as `company` gives.
        proficiency: Which assessment counts; `ManagerFirst()` unless said otherwise.
        search: How groups are looked for.
        salt: Settles ties; publish it beforehand.

    Raises:
        UnknownIdError: If a skill or a person is unknown.
        InputError: If slots are asked for and nobody's are given, or a topic has neither skills nor members.
    """
    problem = group_problem(organisation, policy, topics, on=on, free=free, met=met, proficiency=proficiency, salt=salt)
    return solve_groups(problem, search)


def company(groups: Iterable[Group]) -> frozenset[tuple[PersonId, PersonId]]:
    """Return all pairs of people who are in a group together, each sorted, to be kept as history."""
    return frozenset(pair for group in groups for pair in combinations(sorted(group.members + group.experts), 2))


def group_problem(
    organisation: Organisation,
    policy: GroupPolicy,
    topics: Iterable[Topic],
    *,
    on: date,
    free: Free | None = None,
    met: Pairs = (),
    proficiency: ProficiencyPolicy | None = None,
    salt: str = "",
) -> GroupProblem:
    """Return the problem of forming groups in an organisation; see `form_groups`.

    Points of a member are the importance of the gap times the levels that are missing, summed over the topic's skills;
    points of an expert the levels above the lowest target. Whoever has an engagement in a skill learns it there
    already. Running engagements take places, blocked pairs are kept apart, and so are, unless the policy says
    otherwise, people and their managers.
    """
    asked = tuple(topics)
    if faults := [*_faults(policy, asked, free)]:
        raise InputError(faults)
    for some in (*policy.apart, sorted(free or ())):
        organisation.people.codes(some)
    known = confirmed_proficiency(organisation, on=on, policy=proficiency)
    pool = _Pool(organisation, policy, on, known, open_requests(organisation, known, on=on, per_person=_ALL))
    members = [row for topic in asked for row in pool.members(topic)]
    experts = [row for topic in asked for row in pool.experts(topic)] if policy.max_experts else []
    named = {*(row.person_id for row in members), *(row.person_id for row in experts)}
    named.update(one for some in policy.together for one in some)
    people = pool.people(sorted(named), free or {})
    return GroupProblem.build(
        policy,
        people,
        [GroupTopic(id=topic.id, n_skills=len(topic.skills)) for topic in asked],
        members,
        experts,
        met=met,
        apart=pool.apart(),
        salt=salt,
    )


def _faults(policy: GroupPolicy, topics: tuple[Topic, ...], free: Free | None) -> Iterator[Fault]:
    if policy.attendance and free is None:
        problem, remedy = "the policy looks for a slot, and nobody's slots are given", "Give free, or attendance=0."
        yield Fault(code="MISSING-VALUE", table="arguments", column="free", problem=problem, remedy=remedy)
    for topic in topics:
        if not topic.skills and topic.members is None:
            problem = f"{shown(topic.id)} has neither skills nor members"
            remedy = "Give the skills that are learnt, or who may be a member."
            yield Fault(code="MISSING-VALUE", table="topics", column="skills", problem=problem, remedy=remedy)


@frozen(eq=False)
class _Pool:
    """The organisation on one day, as far as groups need it."""

    organisation: Organisation
    policy: GroupPolicy
    on: date
    known: Proficiency
    wishes: Requests

    def members(self, topic: Topic) -> list[PossibleMember]:
        """Return the possible members of a topic."""
        skills = self._skill_codes(topic)
        rows = np.flatnonzero(np.isin(self.wishes.skill, skills))
        gains = (self.wishes.priority[rows].astype(np.int64)) * (self.wishes.target[rows] - self.wishes.current[rows])
        points: dict[int, int] = {}
        for person, gain in zip(self.wishes.mentee[rows].tolist(), gains.tolist(), strict=True):
            points[person] = points.get(person, 0) + gain
        single = len(skills) == 1
        target = dict(zip(self.wishes.mentee[rows].tolist(), self.wishes.target[rows].tolist(), strict=True))
        who = sorted(points) if topic.members is None else self._present(topic.members)
        levels = self._levels(np.array(who, np.int32), skills)
        return [
            PossibleMember(
                person_id=self.organisation.people.id(person),
                topic_id=topic.id,
                points=points.get(person, 0),
                level=level,
                target=target.get(person, 0) if single else 0,
            )
            for person, level in zip(who, levels, strict=True)
        ]

    def experts(self, topic: Topic) -> list[PossibleExpert]:
        """Return the possible experts of a topic."""
        people, highest = self.organisation.people, self.organisation.model.scale.highest
        if topic.experts is not None:
            every = frozenset(range(len(topic.skills)))
            return [
                PossibleExpert(person_id=people.id(one), topic_id=topic.id, level=highest, skills=every)
                for one in self._present(topic.experts)
            ]
        there = np.flatnonzero(people.active(self.on) & (people.capacity > 0)).astype(np.int32)
        covered: dict[int, set[int]] = {}
        surplus: dict[int, tuple[int, int]] = {}
        single = len(topic.skills) == 1
        for number, skill in enumerate(self._skill_codes(topic)):
            targets = self.wishes.target[self.wishes.skill == skill]
            least = int((targets.min if single else targets.max)(initial=highest) if len(targets) else highest)
            levels, assessed = self.known.levels(there, np.full(len(there), skill))
            for place in np.flatnonzero(assessed & (levels >= least)).tolist():
                covered.setdefault(int(there[place]), set()).add(number)
                surplus[int(there[place])] = int(levels[place]), int(levels[place]) - least
        return [
            PossibleExpert(
                person_id=people.id(one),
                topic_id=topic.id,
                points=surplus[one][1],
                level=surplus[one][0] if single else highest,
                skills=frozenset(skills),
            )
            for one, skills in sorted(covered.items())
        ]

    def people(self, person_ids: list[str], free: Free) -> list[GroupPerson]:
        """Return some people with the places that running engagements leave them."""
        people, running = self.organisation.people, self.organisation.engaged.running(self.on)
        codes = people.codes(person_ids)
        mentoring = np.bincount(running.mentor, minlength=len(people))[codes]
        learning = np.bincount(running.mentee, minlength=len(people))[codes]
        limit = np.maximum(people.mentee_limit[codes] - learning, 0).tolist()
        capacity = np.maximum(people.capacity[codes] - mentoring, 0).tolist()
        return [
            GroupPerson(
                id=PersonId(person_id),
                department=people.department.label(int(code)),
                member_limit=limit[place],
                expert_capacity=capacity[place],
                slots=frozenset(free.get(person_id, ())),
            )
            for place, (person_id, code) in enumerate(zip(person_ids, codes, strict=True))
        ]

    def apart(self) -> list[tuple[str, str]]:
        """Return the pairs that are kept apart: blocked ones and, where the policy says so, people and managers."""
        people, blocks = self.organisation.people, self.organisation.blocks
        pairs = list(zip(people.ids[blocks.mentee].tolist(), people.ids[blocks.mentor].tolist(), strict=True))
        if self.policy.managers_apart:
            manager = self.organisation.managers(self.on)
            led = np.flatnonzero(manager != NOBODY)
            pairs += zip(people.ids[led].tolist(), people.ids[manager[led]].tolist(), strict=True)
        return pairs

    def _skill_codes(self, topic: Topic) -> list[int]:
        return [self.organisation.model.skill_code(skill_id) for skill_id in topic.skills]

    def _present(self, person_ids: tuple[str, ...]) -> list[int]:
        """Return the codes of those who are there on the day, each once."""
        codes = np.unique(self.organisation.people.codes(person_ids)) if person_ids else np.zeros(0, np.int32)
        return [int(code) for code in codes[self.organisation.people.active(self.on)[codes]]]

    def _levels(self, person: NDArray[np.int32], skills: list[int]) -> list[int]:
        """Return each person's level: the grade, or the mean over the skills, rounded down."""
        if self.policy.level_kind == "grade" or not skills:
            grade = self.organisation.people.grade[person]
            return [int(one) if one != NO_GRADE else 0 for one in grade]
        total = sum(self.known.levels(person, np.full(len(person), skill))[0].astype(np.int64) for skill in skills)
        return [int(one) for one in np.asarray(total) // len(skills)]
